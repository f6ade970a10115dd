#include "producers/sim_refund.h"

#include <stdio.h>
#include <string.h>

#include "producers/sim_exchange.h"

#define MINUTE_US INT64_C(60000000)
#define HOUR_US (60 * MINUTE_US)
#define DAY_US (24 * HOUR_US)

#define CANCELLED_FACTOR 3 /* of refund_ppm: about as many cancelled orders are refunded as others before they leave */

/* An order and what is left of it. */
struct rest {
    struct random random;
    const struct sim_shop *shop;
    const struct order *order;
    int64_t units[SIM_LINES_MAX], amount_minor[SIM_LINES_MAX], tax_minor[SIM_LINES_MAX];
    int64_t shipping_minor;
    int64_t haste;
};

static int64_t at_of(const struct sim_life *life, enum order_status status)
{
    for (uint32_t i = 0; i < life->steps; i++)
        if (life->status[i] == status)
            return life->at_us[i];
    return EVENT_ABSENT;
}

static int64_t wait(struct rest *rest, int64_t low_us, int64_t high_us)
{
    return random_between(&rest->random, low_us, high_us) / rest->haste;
}

static int64_t paid_of(const struct order_line *line)
{
    return line->unit_list_minor * line->quantity - line->seller_discount_minor - line->platform_discount_minor;
}

static void rest_begin(struct rest *rest, const struct order *order)
{
    rest->order = order;
    rest->shipping_minor = order->shipping_paid_minor;
    for (uint32_t i = 0; i < order->line_count; i++) {
        rest->units[i] = order->lines[i].quantity;
        rest->amount_minor[i] = paid_of(&order->lines[i]);
        rest->tax_minor[i] = order->lines[i].tax_minor;
    }
}

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* What the next units of a line have of its discount. */
static int64_t discount_share(int64_t discount, const struct order_line *line, int64_t back, int64_t quantity)
{
    return discount * (back + quantity) / line->quantity - discount * back / line->quantity;
}

static void take(struct rest *rest, struct sim_refund *refund, struct sim_refund_part part)
{
    if (part.amount_minor == 0 && part.quantity == 0)
        return;
    rest->units[part.line] -= part.quantity;
    rest->amount_minor[part.line] -= part.amount_minor;
    rest->tax_minor[part.line] -= part.tax_minor;
    refund->parts[refund->part_count++] = part;
}

static void take_units(struct rest *rest, struct sim_refund *refund, uint32_t i, int64_t quantity, bool restocked)
{
    const struct order_line *line = &rest->order->lines[i];
    int64_t back = line->quantity - rest->units[i];
    struct sim_refund_part part = {i, quantity, rest->amount_minor[i], rest->tax_minor[i], restocked};
    if (quantity < rest->units[i]) {
        int64_t amount = line->unit_list_minor * quantity - discount_share(line->seller_discount_minor, line, back, quantity) -
                         discount_share(line->platform_discount_minor, line, back, quantity);
        part.amount_minor = least(amount, rest->amount_minor[i]);
        part.tax_minor = least(discount_share(line->tax_minor, line, back, quantity), rest->tax_minor[i]);
    }
    take(rest, refund, part);
}

/* Money for a line that stays with the buyer. */
static void take_money(struct rest *rest, struct sim_refund *refund, uint32_t i, int64_t amount)
{
    int64_t paid = paid_of(&rest->order->lines[i]);
    amount = least(amount, rest->amount_minor[i]);
    if (amount <= 0)
        return;
    int64_t tax = amount == rest->amount_minor[i] ? rest->tax_minor[i] : rest->order->lines[i].tax_minor * amount / paid;
    take(rest, refund, (struct sim_refund_part){i, 0, amount, least(tax, rest->tax_minor[i]), false});
}

static void take_shipping(struct rest *rest, struct sim_refund *refund, uint64_t ppm)
{
    if (!random_chance(&rest->random, ppm))
        return;
    refund->shipping_minor = rest->shipping_minor;
    rest->shipping_minor = 0;
}

/* All that is left; goods: it comes back, and is not money alone. */
static void take_all(struct rest *rest, struct sim_refund *refund, bool goods, uint64_t restock_ppm)
{
    for (uint32_t i = 0; i < rest->order->line_count; i++) {
        if (goods && rest->units[i])
            take_units(rest, refund, i, rest->units[i], random_chance(&rest->random, restock_ppm));
        else
            take_money(rest, refund, i, rest->amount_minor[i]);
    }
}

static int64_t units_left(const struct rest *rest)
{
    int64_t units = 0;
    for (uint32_t i = 0; i < rest->order->line_count; i++)
        units += rest->units[i];
    return units;
}

/* Some units of one line where there are several, else a part of the price. */
static void take_some(struct rest *rest, struct sim_refund *refund)
{
    uint32_t i = (uint32_t)random_below(&rest->random, rest->order->line_count);
    bool units = units_left(rest) > 1 && rest->units[i] && random_chance(&rest->random, 750000);
    int64_t share_ppm = random_between(&rest->random, 100000, 600000);
    if (units)
        take_units(rest, refund, i, rest->units[i] > 1 ? random_between(&rest->random, 1, rest->units[i] - 1) : 1,
                   random_chance(&rest->random, 500000));
    else
        take_money(rest, refund, i, rest->amount_minor[i] * share_ppm / 1000000);
}

static void by(struct sim_refund *refund, const char *initiator, const char *reason)
{
    refund->initiator = initiator;
    refund->reason = reason;
}

/* Before the order left: a cancellation takes all; a shop that has run out of something leaves the rest in the order. */
static void before_shipping(struct rest *rest, struct sim_refund *refund, bool cancelled)
{
    if (cancelled || random_chance(&rest->random, 500000)) {
        by(refund, "BUYER", cancelled ? "ORDER_CANCELLED" : "CHANGED_MIND");
        take_all(rest, refund, true, 1000000);
        take_shipping(rest, refund, 1000000);
        return;
    }
    by(refund, "SELLER", "OUT_OF_STOCK");
    take_some(rest, refund);
}

/* The bank takes all at once and charges for the case; the seller wins some, weeks later, and the fee stays. */
static void charge_back(struct rest *rest, struct sim_refund *refund)
{
    by(refund, "BANK", "CARDHOLDER_DISPUTE");
    refund->chargeback = true;
    refund->case_fee_minor = 1500 * rest->shop->unit;
    take_all(rest, refund, random_chance(&rest->random, 500000), 0);
    take_shipping(rest, refund, 1000000);
    if (random_chance(&rest->random, 300000)) {
        refund->restated = RESTATED_VOIDED;
        refund->restated_at_us = refund->at_us + wait(rest, 3 * DAY_US, 8 * DAY_US);
    }
}

static void return_goods(struct rest *rest, struct sim_refund *refund)
{
    static const char *const reasons[] = {"DAMAGED", "WRONG_ITEM", "NOT_AS_DESCRIBED", "NO_LONGER_NEEDED", NULL};
    by(refund, random_chance(&rest->random, 850000) ? "BUYER" : "PLATFORM", reasons[random_below(&rest->random, 5)]);
    if (random_chance(&rest->random, 500000)) {
        take_all(rest, refund, random_chance(&rest->random, 900000), 600000);
        take_shipping(rest, refund, 500000);
    } else {
        take_some(rest, refund);
    }
    if (rest->shop->charges != SIM_TIKTOK_US && random_chance(&rest->random, 80000)) /* Shopify's word, and its kin's */
        refund->discrepancy_minor =
            random_between(&rest->random, 5, 150) * rest->shop->unit * (random_chance(&rest->random, 500000) ? 1 : -1);
}

static void maybe_restate(struct rest *rest, struct sim_refund *refund)
{
    if (refund->restated || !random_chance(&rest->random, 80000))
        return;
    refund->restated = (enum sim_restatement)random_between(&rest->random, RESTATED_VOIDED, RESTATED_LOWER);
    if (refund->restated == RESTATED_DISCREPANCY && rest->shop->charges == SIM_TIKTOK_US)
        refund->restated = RESTATED_STOCK;
    refund->restated_at_us = refund->at_us + wait(rest, 2 * HOUR_US, 3 * DAY_US);
    refund->restated_discrepancy_minor = refund->discrepancy_minor + random_between(&rest->random, 1, 99) * rest->shop->unit;
}

/* Ends what the first one began, or takes another part. */
static void second(struct rest *rest, struct sim_refund *refund)
{
    by(refund, "BUYER", "NOT_AS_DESCRIBED");
    if (random_chance(&rest->random, 600000)) {
        take_all(rest, refund, true, 600000);
        take_shipping(rest, refund, 500000);
    } else {
        take_some(rest, refund);
    }
}

static struct sim_refund *begin(struct sim_refund_plan *plan, int64_t at_us, int64_t shipped_at_us)
{
    struct sim_refund *refund = &plan->refunds[plan->count];
    *refund = (struct sim_refund){.at_us = at_us,
                                  .case_fee_minor = EVENT_ABSENT,
                                  .shipped_before = shipped_at_us != EVENT_ABSENT && at_us >= shipped_at_us};
    return refund;
}

/* A refund of nothing is none. */
static bool end(struct rest *rest, struct sim_refund_plan *plan, struct sim_refund *refund)
{
    if (!refund->part_count)
        return false;
    maybe_restate(rest, refund);
    plan->count++;
    return true;
}

static void plan_cancelled(struct rest *rest, int64_t cancelled_at_us, struct sim_refund_plan *plan)
{
    struct sim_refund *refund = begin(plan, cancelled_at_us + wait(rest, 0, 5 * MINUTE_US), EVENT_ABSENT);
    before_shipping(rest, refund, true);
    (void)end(rest, plan, refund);
}

static void plan_sent(struct rest *rest, int64_t paid_at_us, int64_t shipped_at_us, int64_t delivered_at_us,
                      struct sim_refund_plan *plan)
{
    uint64_t draw = random_below(&rest->random, 1000000);
    int64_t at_us = paid_at_us + wait(rest, MINUTE_US, 3 * HOUR_US);
    if (draw >= 150000)
        at_us = random_chance(&rest->random, 200000) ? random_between(&rest->random, shipped_at_us, delivered_at_us)
                                                      : delivered_at_us + wait(rest, HOUR_US, 7 * DAY_US);
    struct sim_refund *refund = begin(plan, at_us, shipped_at_us);
    if (draw < 150000)
        before_shipping(rest, refund, false);
    else if (draw < 200000)
        charge_back(rest, refund);
    else
        return_goods(rest, refund);
    if (!end(rest, plan, refund) || refund->chargeback || !random_chance(&rest->random, 400000))
        return;
    refund = begin(plan, at_us + wait(rest, 12 * HOUR_US, 4 * DAY_US), shipped_at_us);
    second(rest, refund);
    (void)end(rest, plan, refund);
}

static void plan_forced(struct rest *rest, int64_t at_us, int64_t shipped_at_us, struct sim_refund_plan *plan)
{
    struct sim_refund *refund = begin(plan, at_us, shipped_at_us);
    if (refund->shipped_before)
        return_goods(rest, refund);
    else
        before_shipping(rest, refund, false);
    (void)end(rest, plan, refund);
}

void sim_refund_plan_make(const struct sim_order_key *key, const struct sim_life *life, const struct order *order,
                          uint32_t refund_ppm, enum sim_refund_fate fate, int64_t haste, struct sim_refund_plan *ret_plan)
{
    struct rest rest = {.shop = key->shop, .haste = haste};
    int64_t paid_at_us = at_of(life, ORDER_PAID), shipped_at_us = at_of(life, ORDER_SHIPPED);
    uint64_t chance = shipped_at_us == EVENT_ABSENT ? (uint64_t)refund_ppm * CANCELLED_FACTOR : refund_ppm;
    random_seed(&rest.random, key->seed ^ UINT64_C(0x4ef0d), key->shop->number, key->number + ((uint64_t)fate << 60));
    rest_begin(&rest, order);
    *ret_plan = (struct sim_refund_plan){0};
    if (fate == REFUND_EARLY)
        plan_forced(&rest, paid_at_us + wait(&rest, MINUTE_US, 9 * MINUTE_US), shipped_at_us, ret_plan);
    else if (fate == REFUND_ORPHAN)
        plan_forced(&rest, key->created_us + wait(&rest, HOUR_US, DAY_US), key->created_us, ret_plan);
    else if (!random_chance(&rest.random, chance))
        return;
    else if (shipped_at_us == EVENT_ABSENT)
        plan_cancelled(&rest, at_of(life, ORDER_CANCELLED), ret_plan);
    else
        plan_sent(&rest, paid_at_us, shipped_at_us, at_of(life, ORDER_DELIVERED), ret_plan);
}

static void make_lines(const struct order *order, const struct sim_refund *refund, bool restated,
                       struct sim_refund_scratch *scratch)
{
    for (uint32_t i = 0; i < refund->part_count; i++) {
        const struct sim_refund_part *part = &refund->parts[i];
        struct refund_line *line = &scratch->lines[i];
        *line = (struct refund_line){.line_id = order->lines[part->line].line_id,
                                     .quantity = part->quantity,
                                     .amount_minor = part->amount_minor,
                                     .tax_minor = part->tax_minor,
                                     .restocked = part->restocked};
        if (restated && refund->restated == RESTATED_STOCK)
            line->restocked = part->quantity && !part->restocked;
        if (restated && refund->restated == RESTATED_LOWER) {
            line->amount_minor = part->amount_minor * 4 / 5;
            line->tax_minor = part->tax_minor * 4 / 5;
        }
    }
}

/* All that the buyer gets back, in the shop's currency as it was sold. */
static int64_t given_back(const struct refund *refund)
{
    int64_t sum_minor = refund->shipping_refund_minor;
    for (uint32_t i = 0; i < refund->line_count; i++)
        sum_minor += refund->lines[i].amount_minor + refund->lines[i].tax_minor;
    return sum_minor;
}

void sim_refund_make(const struct sim_shop *shop, const struct event *order_event, const struct sim_refund_plan *plan,
                     uint32_t index, uint32_t revision, struct sim_refund_scratch *ret_scratch)
{
    const struct sim_refund *refund = &plan->refunds[index];
    const struct order *order = &order_event->order;
    bool restated = revision != 0;
    (void)snprintf(ret_scratch->refund_id, sizeof ret_scratch->refund_id, "4035%.36s%u", order->order_id.ptr, index + 1);
    (void)snprintf(ret_scratch->event_id, sizeof ret_scratch->event_id, "%u-%s-%u", shop->number, ret_scratch->refund_id,
                   revision);
    make_lines(order, refund, restated, ret_scratch);
    struct event *event = &ret_scratch->event;
    *event = (struct event){.kind = EVENT_REFUND,
                            .event_id = text_of(ret_scratch->event_id),
                            .shop_id = text_of(shop->id),
                            .currency = text_of(shop->currency),
                            .amount_scale = shop->amount_scale,
                            .revision = restated ? refund->restated_at_us : refund->at_us,
                            .occurred_at_us = refund->at_us};
    event->refund = (struct refund){.refund_id = text_of(ret_scratch->refund_id),
                                    .order_id = order->order_id,
                                    .initiator = text_of(refund->initiator),
                                    .reason = refund->reason ? text_of(refund->reason) : (struct text){0},
                                    .shipped_before = refund->shipped_before,
                                    .chargeback = refund->chargeback,
                                    .voided = restated && refund->restated == RESTATED_VOIDED,
                                    .shipping_refund_minor = refund->shipping_minor,
                                    .discrepancy_minor = refund->discrepancy_minor,
                                    .case_fee_minor = refund->case_fee_minor,
                                    .lines = ret_scratch->lines,
                                    .line_count = refund->part_count};
    if (restated && refund->restated == RESTATED_DISCREPANCY)
        event->refund.discrepancy_minor = refund->restated_discrepancy_minor;
    event->refund.presentment = sim_presented_back(shop, &order->presentment, given_back(&event->refund), refund->at_us);
}

void sim_order_disown(struct sim_scratch *order)
{
    order->order_id[3] = '8'; /* 5769... are those of the history */
    for (uint32_t i = 0; i < order->event.order.line_count; i++)
        order->line_ids[i][3] = '8';
}
