/*
 * Why this exists: one place turns an order and dated rules into fee columns. Everything inside is counted in
 * ranks, the lines in the order of their ids, so that "ties by line id" is "ties by index" all the way down.
 * The invariant: the parts of every split add up to what was split.
 */
#include "core/fees.h"

#include <stdlib.h>
#include <string.h>

#include "core/fact.h"
#include "core/money.h"

#define STACK_LINES 64
#define CURRENCY_LEN 3

const char *fee_component_name(enum fee_component component)
{
    static const char *const names[COMPONENT_COUNT] = {
        [COMPONENT_LIST] = "list",
        [COMPONENT_SELLER_DISCOUNT] = "seller_discount",
        [COMPONENT_PLATFORM_DISCOUNT] = "platform_discount",
        [COMPONENT_TAX] = "tax",
        [COMPONENT_SHIPPING_PAID] = "shipping_paid",
        [COMPONENT_CUSTOMER_TOTAL] = "customer_total",
        [COMPONENT_BUYER_FEES] = "buyer_fees",
        [COMPONENT_PAYMENT_PLATFORM_DISCOUNT] = "payment_platform_discount",
    };
    return names[component];
}

const char *fee_class_name(enum fee_class class)
{
    static const char *const names[FEE_CLASS_COUNT] = {"platform", "payment", "affiliate", "other"};
    return names[class];
}

/* One order at work. The arrays have line_count entries, by rank. */
struct work {
    const struct order *order;
    struct line_fact *lines;
    uint32_t line_count;
    uint32_t *line_at; /* index of the line of that rank */
    uint32_t *scratch;
    int64_t *goods;    /* list - seller discount: what order-level money is spread by */
    int64_t *shipping; /* of what the buyer paid for it */
    int64_t *parts;    /* of the base of the rule at hand */
    int64_t *split;    /* of whatever was split last */
};

/* What a rule takes from this order, at the order's scale. */
struct terms {
    int64_t rate_ppm;
    int64_t fixed_minor;
    int64_t cap_minor; /* -1: none */
};

static int compare_texts(struct text a, struct text b)
{
    int order = memcmp(a.ptr, b.ptr, a.len < b.len ? a.len : b.len);
    return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

struct ranked_id {
    struct text id;
    uint32_t index;
};

static int compare_ranked_ids(const void *a, const void *b)
{
    return compare_texts(((const struct ranked_id *)a)->id, ((const struct ranked_id *)b)->id);
}

static void rank_many(struct work *work, void *(*alloc)(void *ctx, size_t size), void *alloc_ctx)
{
    struct ranked_id *ids = alloc(alloc_ctx, work->line_count * sizeof *ids);
    for (uint32_t i = 0; i < work->line_count; i++)
        ids[i] = (struct ranked_id){work->order->lines[i].line_id, i};
    qsort(ids, work->line_count, sizeof *ids, compare_ranked_ids);
    for (uint32_t i = 0; i < work->line_count; i++)
        work->line_at[i] = ids[i].index;
}

static void rank_few(struct work *work)
{
    const struct order_line *lines = work->order->lines;
    for (uint32_t i = 0; i < work->line_count; i++) {
        uint32_t rank = i;
        for (; rank > 0 && compare_texts(lines[i].line_id, lines[work->line_at[rank - 1]].line_id) < 0;
             rank--)
            work->line_at[rank] = work->line_at[rank - 1];
        work->line_at[rank] = i;
    }
}

static void work_rank(struct work *work, void *(*alloc)(void *ctx, size_t size), void *alloc_ctx)
{
    if (work->line_count > STACK_LINES)
        rank_many(work, alloc, alloc_ctx);
    else
        rank_few(work);
}

/* Non-zero where an amount is out of range in either direction; ORed together they ask once for a whole
 * order. */
static uint64_t excess(int64_t amount)
{
    return (uint64_t)(amount ^ (amount >> 63)) & ~(uint64_t)(FEES_AMOUNT_MAX_MINOR - 1);
}

static bool amounts_fit(const struct work *work)
{
    const struct order *order = work->order;
    uint64_t beyond = excess(order->shipping_paid_minor) | excess(order->customer_total_minor) |
                      excess(order->buyer_fees_minor) | excess(order->payment_platform_discount_minor);
    for (uint32_t i = 0; i < work->line_count; i++) {
        const struct order_line *line = &order->lines[i];
        beyond |= excess(work->lines[i].gross_minor) | excess(line->seller_discount_minor) |
                  excess(line->platform_discount_minor) | excess(line->tax_minor);
    }
    return beyond == 0;
}

static void spread(struct work *work, int64_t total_minor, const int64_t *weights, int64_t *ret_parts)
{
    money_allocate(total_minor, weights, work->line_count, work->scratch, ret_parts);
}

static void work_begin(struct work *work)
{
    for (uint32_t rank = 0; rank < work->line_count; rank++) {
        uint32_t at = work->line_at[rank];
        work->goods[rank] = work->lines[at].gross_minor - work->order->lines[at].seller_discount_minor;
    }
    spread(work, work->order->shipping_paid_minor, work->goods, work->shipping);
    for (uint32_t rank = 0; rank < work->line_count; rank++) {
        struct line_fact *line = &work->lines[work->line_at[rank]];
        line->shipping_share_minor = work->shipping[rank];
        line->platform_fee_minor = 0;
        line->payment_fee_minor = 0;
        line->affiliate_commission_minor = 0;
        line->other_fees_minor = 0;
        line->fee_returnable_minor = 0;
    }
}

/* The lines' shares of the order-level components of a base; NULL where they add up to nothing. */
static const int64_t *order_level_shares(struct work *work, const int8_t *base)
{
    const struct order *order = work->order;
    int64_t total = base[COMPONENT_SHIPPING_PAID] * order->shipping_paid_minor +
                    base[COMPONENT_CUSTOMER_TOTAL] * order->customer_total_minor +
                    base[COMPONENT_BUYER_FEES] * order->buyer_fees_minor +
                    base[COMPONENT_PAYMENT_PLATFORM_DISCOUNT] * order->payment_platform_discount_minor;
    if (total == 0)
        return NULL;
    if (total == order->shipping_paid_minor)
        return work->shipping; /* the same amount by the same weights */
    spread(work, total, work->goods, work->split);
    return work->split;
}

/* Fills the parts and their sum, the base. No part overflows, by FEES_AMOUNT_MAX_MINOR; the sum may. */
static bool work_base(struct work *work, const int8_t *base, int64_t *ret_base)
{
    const int64_t *shares = order_level_shares(work, base);
    const int64_t list = base[COMPONENT_LIST], seller = base[COMPONENT_SELLER_DISCOUNT],
                  platform = base[COMPONENT_PLATFORM_DISCOUNT], tax = base[COMPONENT_TAX];
    int64_t sum = 0;
    for (uint32_t rank = 0; rank < work->line_count; rank++) {
        uint32_t at = work->line_at[rank];
        const struct order_line *line = &work->order->lines[at];
        int64_t part = list * work->lines[at].gross_minor + seller * line->seller_discount_minor +
                       platform * line->platform_discount_minor + tax * line->tax_minor;
        work->parts[rank] = part += shares ? shares[rank] : 0;
        if (!money_add(sum, part, &sum))
            return false;
    }
    *ret_base = sum;
    return true;
}

static enum reason terms_resolve(const struct fee_schedule *schedule, const struct fee_rule *rule,
                                 const struct event *event, struct terms *ret_terms)
{
    const struct affiliate *affiliate = &event->order.affiliate;
    *ret_terms = (struct terms){rule->rate_ppm, rule->fixed_minor, rule->cap_minor};
    if (rule->rate_source == RATE_OF_AFFILIATE)
        ret_terms->rate_ppm = affiliate->shop_ads_rate_ppm >= 0 ? affiliate->shop_ads_rate_ppm
                              : affiliate->rate_ppm >= 0        ? affiliate->rate_ppm
                                                                : 0;
    if (schedule->amount_scale == event->amount_scale || (rule->fixed_minor == 0 && rule->cap_minor < 0))
        return REASON_NONE;
    if (!money_rescale(rule->fixed_minor, schedule->amount_scale, event->amount_scale,
                       &ret_terms->fixed_minor))
        return REASON_WRONG_SCALE;
    if (rule->cap_minor >= 0 &&
        !money_rescale(rule->cap_minor, schedule->amount_scale, event->amount_scale, &ret_terms->cap_minor))
        return REASON_WRONG_SCALE;
    return REASON_NONE;
}

static bool is_above(int64_t fee_minor, int64_t base_minor)
{
    return base_minor < 0 ? fee_minor < base_minor : fee_minor > base_minor;
}

static enum reason charge(const struct terms *terms, int64_t base_minor, int64_t *ret_fee)
{
    int64_t fee;
    if (!money_rate(base_minor, terms->rate_ppm, &fee))
        return REASON_AMOUNT_OVERFLOW;
    if (is_above(fee, base_minor))
        return REASON_FEE_ABOVE_BASE;
    if (base_minor > 0 && !money_add(fee, terms->fixed_minor, &fee))
        return REASON_AMOUNT_OVERFLOW;
    if (terms->cap_minor >= 0 && fee > terms->cap_minor)
        fee = terms->cap_minor;
    else if (terms->cap_minor >= 0 && fee < -terms->cap_minor)
        fee = -terms->cap_minor;
    *ret_fee = fee;
    return REASON_NONE;
}

static int64_t *fee_of(struct line_fact *line, enum fee_class class)
{
    switch (class) {
    case FEE_PLATFORM:
        return &line->platform_fee_minor;
    case FEE_PAYMENT:
        return &line->payment_fee_minor;
    case FEE_AFFILIATE:
        return &line->affiliate_commission_minor;
    case FEE_OTHER:
    case FEE_CLASS_COUNT:
        break;
    }
    return &line->other_fees_minor;
}

static enum reason book_split(struct work *work, const struct fee_rule *rule)
{
    bool returned = rule->on_refund == FEE_RETURNED && rule->class != FEE_AFFILIATE;
    for (uint32_t rank = 0; rank < work->line_count; rank++) {
        struct line_fact *line = &work->lines[work->line_at[rank]];
        int64_t *fee = fee_of(line, rule->class);
        if (!money_add(*fee, work->split[rank], fee))
            return REASON_AMOUNT_OVERFLOW;
        if (returned && !money_add(line->fee_returnable_minor, work->split[rank], &line->fee_returnable_minor))
            return REASON_AMOUNT_OVERFLOW;
    }
    return REASON_NONE;
}

static enum reason charge_lines(struct work *work, const struct terms *terms)
{
    for (uint32_t rank = 0; rank < work->line_count; rank++) {
        enum reason reason = charge(terms, work->parts[rank], &work->split[rank]);
        if (reason != REASON_NONE)
            return reason;
    }
    return REASON_NONE;
}

static enum reason charge_order(struct work *work, const struct terms *terms, int64_t base_minor)
{
    int64_t fee;
    enum reason reason = charge(terms, base_minor, &fee);
    if (reason == REASON_NONE)
        spread(work, fee, work->parts, work->split);
    return reason;
}

static enum reason rule_apply(struct work *work, const struct fee_schedule *schedule,
                              const struct fee_rule *rule, const struct event *event)
{
    const struct affiliate *affiliate = &work->order->affiliate;
    bool of_affiliate = rule->rate_source == RATE_OF_AFFILIATE;
    int64_t base;
    struct terms terms;
    if (of_affiliate && !affiliate->creator.ptr)
        return REASON_NONE;
    if (!work_base(work, rule->base, &base))
        return REASON_AMOUNT_OVERFLOW;
    enum reason reason = terms_resolve(schedule, rule, event, &terms);
    if (reason != REASON_NONE)
        return reason;
    if (of_affiliate && affiliate->actual_commission_minor != EVENT_ABSENT)
        spread(work, affiliate->actual_commission_minor, work->parts, work->split);
    else if (rule->level == FEE_PER_ORDER)
        reason = charge_order(work, &terms, base);
    else
        reason = charge_lines(work, &terms);
    return reason != REASON_NONE ? reason : book_split(work, rule);
}

static enum reason rules_apply(struct work *work, const struct fee_schedule *schedule,
                               const struct event *event)
{
    int64_t at_us = event->order.created_at_us;
    work_begin(work);
    for (size_t i = 0; i < schedule->rule_count; i++) {
        const struct fee_rule *rule = &schedule->rules[i];
        if (at_us < rule->valid_from_us || at_us >= rule->valid_to_us)
            continue;
        enum reason reason = rule_apply(work, schedule, rule, event);
        if (reason != REASON_NONE)
            return reason;
    }
    return REASON_NONE;
}

static bool currency_fits(const struct fee_schedule *schedule, struct text currency)
{
    return !schedule->currency ||
           (currency.len == CURRENCY_LEN && memcmp(currency.ptr, schedule->currency, CURRENCY_LEN) == 0);
}

/* The room of an order of ordinary length. */
struct small_room {
    uint32_t line_at[STACK_LINES], scratch[STACK_LINES];
    int64_t goods[STACK_LINES], shipping[STACK_LINES], parts[STACK_LINES], split[STACK_LINES];
};

static void work_place(struct work *work, struct small_room *small, void *(*alloc)(void *ctx, size_t size),
                       void *alloc_ctx)
{
    size_t count = work->line_count;
    if (count <= STACK_LINES) {
        work->line_at = small->line_at;
        work->scratch = small->scratch;
        work->goods = small->goods;
        work->shipping = small->shipping;
        work->parts = small->parts;
        work->split = small->split;
        return;
    }
    work->goods = alloc(alloc_ctx, 4 * count * sizeof *work->goods);
    work->shipping = work->goods + count;
    work->parts = work->shipping + count;
    work->split = work->parts + count;
    work->line_at = alloc(alloc_ctx, 2 * count * sizeof *work->line_at);
    work->scratch = work->line_at + count;
}

enum reason fees_apply(const struct fee_schedule *schedule, const struct event *event,
                       void *(*alloc)(void *ctx, size_t size), void *alloc_ctx, struct line_fact *lines)
{
    struct small_room small;
    struct work work = {.order = &event->order, .lines = lines, .line_count = event->order.line_count};
    if (!currency_fits(schedule, event->currency))
        return REASON_WRONG_CURRENCY;
    if (!amounts_fit(&work))
        return REASON_AMOUNT_OVERFLOW;
    if (work.line_count == 0)
        return REASON_NONE;
    work_place(&work, &small, alloc, alloc_ctx);
    work_rank(&work, alloc, alloc_ctx);
    return rules_apply(&work, schedule, event);
}
