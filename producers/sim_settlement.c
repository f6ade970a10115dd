#include "producers/sim_settlement.h"

#include <stdio.h>
#include <string.h>

#include "producers/sim_effect.h"

#define MINUTE_US INT64_C(60000000)
#define HOUR_US (60 * MINUTE_US)
#define DAY_US (24 * HOUR_US)
#define STATEMENT_HOUR 20 /* UTC: the same day in every zone of the United States */

#define REFUNDED_FACTOR 10 /* of leak_ppm */
#define WRONG_REFERRAL_PPM 80000 /* announced for 2024-07-01, never in force */
#define ADMIN_PPM 200000
#define ADMIN_CAP_MINOR 500

const char *const sim_settled_fields[STATED_FIELD_COUNT] = {
    "total_settlement_amount", "net_sales",       "gross_sales",        "gross_sales_refund",
    "seller_discount",         "seller_discount_refund", "referral_fee", "refund_administration_fee",
    "affiliate_commission",    "transaction_fee", "customer_paid_shipping_fee", "actual_shipping_fee",
    "adjustment_amount",       "seller_growth_levy"};

/* An order on its way into statements. */
struct settling {
    struct random random;
    const struct sim_shop *shop;
    const struct order *order;
    const struct sim_refund_plan *refunds;
    int64_t haste;
    struct sim_sold_line lines[SIM_LINES_MAX];
    int64_t figures[SIM_REFUNDS_MAX][BACK_COUNT]; /* of the refunds as they end up */
    struct sim_settlement_plan *plan;
};

static int64_t at_of(const struct sim_life *life, enum order_status status)
{
    for (uint32_t i = 0; i < life->steps; i++)
        if (life->status[i] == status)
            return life->at_us[i];
    return EVENT_ABSENT;
}

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

int64_t sim_statement_us(int32_t day)
{
    return day * DAY_US + STATEMENT_HOUR * HOUR_US;
}

/* The next statement from then on; live ones are made every minute. */
static int64_t statement_after(int64_t at_us, int64_t haste)
{
    int64_t period_us = haste == 1 ? DAY_US : MINUTE_US, phase_us = haste == 1 ? STATEMENT_HOUR * HOUR_US : 0;
    return (at_us - phase_us + period_us - 1) / period_us * period_us + phase_us;
}

static int64_t wait(struct settling *settling, int64_t low_us, int64_t high_us)
{
    return random_between(&settling->random, low_us, high_us) / settling->haste;
}

static struct sim_settled_line *add_line(struct settling *settling, const char *native_type, int64_t settled_at_us,
                                         uint32_t refunds)
{
    struct sim_settled_line *line = &settling->plan->lines[settling->plan->count++];
    *line = (struct sim_settled_line){.native_type = native_type, .settled_at_us = settled_at_us, .refunds = refunds};
    return line;
}

static void add_sale(const struct settling *settling, int64_t *amounts)
{
    const struct order *order = settling->order;
    for (uint32_t i = 0; i < order->line_count; i++) {
        amounts[STATED_GROSS] += settling->lines[i].gross_minor;
        amounts[STATED_DISCOUNT] -= settling->lines[i].seller_discount_minor;
        amounts[STATED_AFFILIATE] -= settling->lines[i].affiliate_minor;
    }
    amounts[STATED_REFERRAL] = -sim_referral(order);
    amounts[STATED_SHIPPING_PAID] = order->shipping_paid_minor;
    amounts[STATED_SHIPPING_ACTUAL] = -order->shipping_paid_minor;
}

static void add_refund(const struct settling *settling, uint32_t i, int64_t *amounts)
{
    const int64_t *back = settling->figures[i];
    amounts[STATED_GROSS_REFUND] -= back[BACK_GROSS];
    amounts[STATED_DISCOUNT_REFUND] += back[BACK_SELLER_DISCOUNT];
    amounts[STATED_AFFILIATE] += back[BACK_AFFILIATE];
    amounts[STATED_REFERRAL] += back[BACK_FEES];
    amounts[STATED_ADMIN] -= back[BACK_ADMIN_FEE];
    amounts[STATED_SHIPPING_PAID] -= back[BACK_SHIPPING];
    amounts[STATED_SHIPPING_ACTUAL] += back[BACK_SHIPPING];
}

static void add_cases(struct settling *settling, uint32_t first, uint32_t end, int64_t settled_at_us)
{
    for (uint32_t i = first; i < end; i++) {
        if (settling->figures[i][BACK_CASE_FEE])
            add_line(settling, "Chargeback", settled_at_us, end)->amounts_minor[STATED_ADJUSTMENT] =
                -settling->figures[i][BACK_CASE_FEE];
    }
}

/* Refunds first .. end - 1, with the sale where it is the order's first line. */
static void settle(struct settling *settling, bool sale, uint32_t first, uint32_t end, int64_t settled_at_us)
{
    struct sim_settled_line *line = add_line(settling, "Order", settled_at_us, end);
    if (sale)
        add_sale(settling, line->amounts_minor);
    for (uint32_t i = first; i < end; i++)
        add_refund(settling, i, line->amounts_minor);
    add_cases(settling, first, end, settled_at_us);
}

static void settle_delivered(struct settling *settling, int64_t delivered_at_us)
{
    uint32_t count = settling->refunds->count, done = 0;
    int64_t at_us[SIM_REFUNDS_MAX],
        last_us = statement_after(delivered_at_us + wait(settling, 3 * DAY_US, 6 * DAY_US), settling->haste);
    for (uint32_t i = 0; i < count; i++) {
        const struct sim_refund *refund = &settling->refunds->refunds[i];
        int64_t through_us = refund->restated ? refund->restated_at_us : refund->at_us;
        at_us[i] = statement_after(through_us + wait(settling, DAY_US, 3 * DAY_US), settling->haste);
        at_us[i] = later(at_us[i], i ? at_us[i - 1] : last_us);
    }
    for (bool sale = true; sale || done < count; sale = false) {
        uint32_t first = done;
        last_us = sale ? last_us : at_us[done];
        while (done < count && at_us[done] == last_us)
            done++;
        settle(settling, sale, first, done, last_us);
    }
}

/* What was never sent was never sold: all of it goes back, whatever the refunds say. */
static void settle_cancelled(struct settling *settling, int64_t cancelled_at_us)
{
    int64_t at_us = cancelled_at_us;
    for (uint32_t i = 0; i < settling->refunds->count; i++) {
        const struct sim_refund *refund = &settling->refunds->refunds[i];
        at_us = later(at_us, refund->restated ? refund->restated_at_us : refund->at_us);
    }
    struct sim_settled_line *line =
        add_line(settling, "Order", statement_after(at_us + wait(settling, DAY_US, 3 * DAY_US), settling->haste),
                 settling->refunds->count);
    int64_t *amounts = line->amounts_minor;
    add_sale(settling, amounts);
    amounts[STATED_GROSS_REFUND] = -amounts[STATED_GROSS];
    amounts[STATED_DISCOUNT_REFUND] = -amounts[STATED_DISCOUNT];
    amounts[STATED_REFERRAL] = amounts[STATED_AFFILIATE] = amounts[STATED_SHIPPING_PAID] = amounts[STATED_SHIPPING_ACTUAL] = 0;
}

static void leak(struct sim_settled_line *line, enum sim_leak kind, enum sim_settled_field field, int64_t amount)
{
    line->leak = kind;
    line->leak_minor = amount;
    line->amounts_minor[field] += amount;
}

static struct sim_settled_line *line_with_admin_fee(struct sim_settlement_plan *plan)
{
    for (uint32_t i = 0; i < plan->count; i++)
        if (plan->lines[i].amounts_minor[STATED_ADMIN])
            return &plan->lines[i];
    return NULL;
}

static void leak_from_sale(struct settling *settling, struct sim_settled_line *line)
{
    int64_t base = settling->order->shipping_paid_minor, fee = sim_referral(settling->order);
    switch (random_below(&settling->random, 3)) {
    case 0:
        for (uint32_t i = 0; i < settling->order->line_count; i++)
            base += settling->lines[i].gross_minor - settling->lines[i].seller_discount_minor;
        if (line->amounts_minor[STATED_REFERRAL] == -fee)
            leak(line, LEAK_REFERRAL_RATE, STATED_REFERRAL, fee - sim_rate(base, WRONG_REFERRAL_PPM));
        break;
    case 1:
        leak(line, LEAK_UNKNOWN_FEE, STATED_UNKNOWN, -random_between(&settling->random, 10, 250));
        break;
    default:
        leak(line, LEAK_ADJUSTMENT, STATED_ADJUSTMENT,
             random_between(&settling->random, 50, 600) * (random_chance(&settling->random, 800000) ? -1 : 1));
    }
}

/* Of an order with no more SKUs than lines. */
static int64_t above_all_caps(struct settling *settling)
{
    return ADMIN_CAP_MINOR * (int64_t)settling->order->line_count + random_between(&settling->random, 50, 400);
}

static void maybe_leak(struct settling *settling, uint32_t leak_ppm, bool cancelled)
{
    struct sim_settlement_plan *plan = settling->plan;
    struct sim_settled_line *admin = line_with_admin_fee(plan);
    if (!random_chance(&settling->random, (uint64_t)leak_ppm * (settling->refunds->count ? REFUNDED_FACTOR : 1)))
        return;
    if (cancelled)
        leak(plan->lines, LEAK_ADMIN_FEE, STATED_ADMIN, -later(sim_rate(sim_referral(settling->order), ADMIN_PPM), 1));
    else if (admin)
        leak(admin, LEAK_ADMIN_CAP, STATED_ADMIN, -admin->amounts_minor[STATED_ADMIN] - above_all_caps(settling));
    else
        leak_from_sale(settling, plan->lines);
}

static void add_up(struct sim_settled_line *line)
{
    int64_t *amounts = line->amounts_minor;
    amounts[STATED_NET_SALES] = amounts[STATED_GROSS] + amounts[STATED_DISCOUNT] + amounts[STATED_GROSS_REFUND] +
                                 amounts[STATED_DISCOUNT_REFUND];
    amounts[STATED_TOTAL] = amounts[STATED_NET_SALES];
    for (int i = STATED_REFERRAL; i < STATED_FIELD_COUNT; i++)
        amounts[STATED_TOTAL] += amounts[i];
}

static void compute_refunds(struct settling *settling, const struct event *order_event)
{
    struct sim_claim claims[SIM_REFUNDS_MAX];
    struct sim_refund_scratch refund;
    uint32_t line_count = sim_sold_lines(settling->shop, settling->order, settling->lines);
    for (uint32_t i = 0; i < settling->refunds->count; i++) {
        sim_refund_make(settling->shop, order_event, settling->refunds, i,
                        settling->refunds->refunds[i].restated != RESTATED_NEVER, &refund);
        sim_claim_of(&refund.event, &claims[i]);
    }
    sim_effects(settling->shop, settling->lines, line_count, claims, settling->refunds->count, settling->figures);
}

void sim_settlement_plan_make(const struct sim_order_key *key, const struct sim_life *life, const struct event *order_event,
                              const struct sim_refund_plan *refunds, uint32_t leak_ppm, int64_t haste,
                              struct sim_settlement_plan *ret_plan)
{
    struct settling settling = {
        .shop = key->shop, .order = &order_event->order, .refunds = refunds, .haste = haste, .plan = ret_plan};
    int64_t delivered_at_us = at_of(life, ORDER_DELIVERED), cancelled_at_us = at_of(life, ORDER_CANCELLED);
    bool cancelled = cancelled_at_us != EVENT_ABSENT;
    random_seed(&settling.random, key->seed ^ UINT64_C(0x5e771e), key->shop->number, key->number);
    ret_plan->count = 0;
    if (key->shop->charges != SIM_TIKTOK_US || (cancelled && !refunds->count))
        return;
    compute_refunds(&settling, order_event);
    if (cancelled)
        settle_cancelled(&settling, cancelled_at_us);
    else
        settle_delivered(&settling, delivered_at_us);
    maybe_leak(&settling, leak_ppm, cancelled);
    for (uint32_t i = 0; i < ret_plan->count; i++)
        add_up(&ret_plan->lines[i]);
}

static void add_amount(struct sim_settlement_scratch *scratch, const char *field, int64_t amount)
{
    scratch->amounts[scratch->event.settlement.amount_count++] = (struct settled_amount){text_of(field), amount};
}

static void make_head(const struct sim_shop *shop, int64_t settled_at_us, const char *native_type,
                      struct sim_settlement_scratch *scratch)
{
    long long minute = (long long)(settled_at_us / MINUTE_US);
    (void)snprintf(scratch->statement_id, sizeof scratch->statement_id, "7300%03u%09lld", shop->number, minute);
    (void)snprintf(scratch->payout_id, sizeof scratch->payout_id, "3500%03u%09lld", shop->number, minute);
    (void)snprintf(scratch->event_id, sizeof scratch->event_id, "%u-%s", shop->number, scratch->transaction_id);
    struct event *event = &scratch->event;
    *event = (struct event){.kind = EVENT_SETTLEMENT,
                            .event_id = text_of(scratch->event_id),
                            .shop_id = text_of(shop->id),
                            .currency = text_of(shop->currency),
                            .amount_scale = shop->amount_scale,
                            .revision = EVENT_ABSENT,
                            .occurred_at_us = EVENT_ABSENT};
    event->settlement = (struct settlement){.statement_id = text_of(scratch->statement_id),
                                            .payout_id = text_of(scratch->payout_id),
                                            .transaction_id = text_of(scratch->transaction_id),
                                            .native_type = text_of(native_type),
                                            .status = text_of("PAID"),
                                            .settled_at_us = settled_at_us,
                                            .amounts = scratch->amounts};
}

void sim_settlement_make(const struct sim_shop *shop, const struct event *order_event, const struct sim_settlement_plan *plan,
                         uint32_t index, struct sim_settlement_scratch *ret_scratch)
{
    const struct sim_settled_line *line = &plan->lines[index];
    bool whole = strcmp(line->native_type, "Order") == 0;
    (void)snprintf(ret_scratch->transaction_id, sizeof ret_scratch->transaction_id, "3600%.36s%u",
                   order_event->order.order_id.ptr, index + 1);
    make_head(shop, line->settled_at_us, line->native_type, ret_scratch);
    ret_scratch->event.settlement.order_id = order_event->order.order_id;
    for (int i = 0; i < STATED_FIELD_COUNT; i++)
        if (line->amounts_minor[i] || (whole && i != STATED_UNKNOWN))
            add_amount(ret_scratch, sim_settled_fields[i], line->amounts_minor[i]);
}

bool sim_reserve_of(const struct sim_shop *shop, uint64_t seed, int32_t day, int32_t *ret_released_day, int64_t *ret_amount_minor)
{
    struct random random;
    random_seed(&random, seed ^ UINT64_C(0x4e5e47e), shop->number, (uint64_t)day);
    bool collected = random_chance(&random, 140000);
    *ret_released_day = day + (int32_t)random_between(&random, 5, 10);
    *ret_amount_minor = random_between(&random, 5000, 40000) * shop->unit;
    return collected;
}

void sim_statement_row_make(const struct sim_shop *shop, enum sim_statement_row row, int32_t day, int64_t settled_at_us,
                            int64_t amount_minor, struct sim_settlement_scratch *ret_scratch)
{
    static const char *const types[] = {"GMV payment for TikTok Ads", "Reserve collected", "Reserve released"};
    (void)snprintf(ret_scratch->transaction_id, sizeof ret_scratch->transaction_id, "37%u%03u%09d", (unsigned)row, shop->number,
                   day);
    make_head(shop, settled_at_us, types[row], ret_scratch);
    add_amount(ret_scratch, sim_settled_fields[STATED_TOTAL], amount_minor);
    add_amount(ret_scratch, sim_settled_fields[STATED_ADJUSTMENT], amount_minor);
}

const char *sim_leak_name(enum sim_leak leak)
{
    static const char *const names[LEAK_COUNT] = {"none",        "admin_fee_not_due", "referral_rate", "admin_fee_above_cap",
                                                  "unknown_fee", "adjustment"};
    return names[leak];
}
