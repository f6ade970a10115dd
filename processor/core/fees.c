/*
 * Why this exists: one place turns an order and dated rules into fee columns. Rules are tried in the order of the schedule;
 * what a rule does not ask for is not looked at, because most orders meet rules that ask for nothing.
 */
#include "core/fees.h"

#include <string.h>

#include "core/fact.h"
#include "core/fee_when.h"
#include "core/fee_work.h"
#include "core/money.h"

#define CURRENCY_LEN 3

/* What a rule takes from this order, at the order's scale. */
struct terms {
    int64_t rate_ppm;
    int64_t tier_above_minor; /* 0: no tier */
    int64_t tier_rate_ppm;
    int64_t fixed_minor;
    int64_t cap_minor; /* -1: none */
};

/* The lines' shares of the order-level components of a base; NULL where they add up to nothing. */
static const int64_t *order_level_shares(struct fee_work *work, const int8_t *base)
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
    fee_work_spread(work, total, work->goods, work->split);
    return work->split;
}

/* Fills the parts of the components and their sum. No part overflows, by FEES_AMOUNT_MAX_MINOR; the sum may. */
static bool fill_parts(struct fee_work *work, const int8_t *base, int64_t *ret_sum)
{
    int64_t sum = 0;
    const int64_t *shares = order_level_shares(work, base);
    const int64_t list = base[COMPONENT_LIST], seller = base[COMPONENT_SELLER_DISCOUNT],
                  platform = base[COMPONENT_PLATFORM_DISCOUNT], tax = base[COMPONENT_TAX];
    for (uint32_t rank = 0; rank < work->line_count; rank++) {
        uint32_t at = work->line_at[rank];
        const struct order_line *line = &work->order->lines[at];
        int64_t part = list * work->lines[at].gross_minor + seller * line->seller_discount_minor +
                       platform * line->platform_discount_minor + tax * line->tax_minor;
        work->parts[rank] = part += shares ? shares[rank] : 0;
        if (!money_add(sum, part, &sum))
            return false;
    }
    *ret_sum = sum;
    return true;
}

static bool add_fees(struct fee_work *work, const struct fee_rule *rule)
{
    for (uint16_t i = 0; i < rule->fee_count; i++) {
        const int64_t *fees = work->kept + (size_t)rule->fees[i].slot * work->line_count;
        for (uint32_t rank = 0; rank < work->line_count; rank++) {
            int64_t *part = &work->parts[rank];
            if (!(rule->fees[i].sign < 0 ? money_subtract(*part, fees[rank], part)
                                         : money_add(*part, fees[rank], part)))
                return false;
        }
    }
    return true;
}

static void drop_other_categories(struct fee_work *work, const struct fee_texts *categories)
{
    for (uint32_t rank = 0; rank < work->line_count; rank++)
        if (!fee_texts_allow(categories, work->order->lines[work->line_at[rank]].category))
            work->parts[rank] = 0;
}

static bool sum_parts(const struct fee_work *work, int64_t *ret_sum)
{
    int64_t sum = 0;
    for (uint32_t rank = 0; rank < work->line_count; rank++)
        if (!money_add(sum, work->parts[rank], &sum))
            return false;
    *ret_sum = sum;
    return true;
}

/* Fills the parts and their sum, the base. What overflows before fees and categories have their say is refused too. */
static bool work_base(struct fee_work *work, const struct fee_rule *rule, int64_t *ret_base)
{
    const struct fee_texts *categories = rule->when && rule->when->categories.count ? &rule->when->categories : NULL;
    if (!fill_parts(work, rule->base, ret_base))
        return false;
    if (!rule->fee_count && !categories)
        return true;
    if (rule->fee_count && !add_fees(work, rule))
        return false;
    if (categories)
        drop_other_categories(work, categories);
    return sum_parts(work, ret_base);
}

static bool rescale_terms(const struct fee_work *work, const struct fee_rule *rule, struct terms *terms)
{
    int32_t from = work->schedule->amount_scale, to = work->event->amount_scale;
    return money_rescale(rule->fixed_minor, from, to, &terms->fixed_minor) &&
           money_rescale(rule->tier_above_minor, from, to, &terms->tier_above_minor) &&
           (rule->cap_minor < 0 || money_rescale(rule->cap_minor, from, to, &terms->cap_minor));
}

static enum reason terms_resolve(const struct fee_work *work, const struct fee_rule *rule, struct terms *ret_terms)
{
    const struct affiliate *affiliate = &work->order->affiliate;
    *ret_terms = (struct terms){rule->rate_ppm, rule->tier_above_minor, rule->tier_rate_ppm, rule->fixed_minor,
                                rule->cap_minor};
    if (rule->rate_source == RATE_OF_AFFILIATE)
        ret_terms->rate_ppm = affiliate->shop_ads_rate_ppm >= 0 ? affiliate->shop_ads_rate_ppm
                              : affiliate->rate_ppm >= 0        ? affiliate->rate_ppm
                                                                : 0;
    if (work->schedule->amount_scale == work->event->amount_scale ||
        (rule->fixed_minor == 0 && rule->cap_minor < 0 && rule->tier_above_minor == 0))
        return REASON_NONE;
    return rescale_terms(work, rule, ret_terms) ? REASON_NONE : REASON_WRONG_SCALE;
}

static bool is_above(int64_t fee_minor, int64_t base_minor)
{
    return base_minor < 0 ? fee_minor < base_minor : fee_minor > base_minor;
}

static bool take_rate(struct fee_work *work, int64_t base_minor, int64_t rate_ppm, int64_t *ret_fee)
{
    if (work->is_traced && base_minor % PPM * (rate_ppm % PPM) % PPM != 0)
        work->marks |= FEE_ROUNDED;
    return money_rate(base_minor, rate_ppm, ret_fee);
}

static bool take_rates(struct fee_work *work, const struct terms *terms, int64_t base_minor, int64_t *ret_fee)
{
    int64_t edge = base_minor < 0 ? -terms->tier_above_minor : terms->tier_above_minor, below, above;
    if (edge == 0 || !is_above(base_minor, edge))
        return take_rate(work, base_minor, terms->rate_ppm, ret_fee);
    return take_rate(work, edge, terms->rate_ppm, &below) &&
           take_rate(work, base_minor - edge, terms->tier_rate_ppm, &above) && money_add(below, above, ret_fee);
}

static int64_t cap(struct fee_work *work, int64_t fee_minor, int64_t cap_minor)
{
    if (cap_minor < 0 || (fee_minor <= cap_minor && fee_minor >= -cap_minor))
        return fee_minor;
    work->marks |= FEE_CAPPED;
    return fee_minor < 0 ? -cap_minor : cap_minor;
}

static inline enum reason charge(struct fee_work *work, const struct terms *terms, int64_t base_minor, int64_t *ret_fee)
{
    int64_t fee;
    if (!take_rates(work, terms, base_minor, &fee))
        return REASON_AMOUNT_OVERFLOW;
    if (is_above(fee, base_minor))
        return REASON_FEE_ABOVE_BASE;
    if (base_minor > 0 && (!money_add(fee, terms->fixed_minor, &fee) ||
                           !money_add(work->fixed_minor, terms->fixed_minor, &work->fixed_minor)))
        return REASON_AMOUNT_OVERFLOW;
    *ret_fee = cap(work, fee, terms->cap_minor);
    return REASON_NONE;
}

static enum reason charge_order(struct fee_work *work, const struct terms *terms, int64_t base_minor)
{
    int64_t fee;
    enum reason reason = charge(work, terms, base_minor, &fee);
    if (reason == REASON_NONE)
        fee_work_spread(work, fee, work->parts, work->split);
    return reason;
}

static enum reason charge_lines(struct fee_work *work, const struct terms *terms)
{
    for (uint32_t rank = 0; rank < work->line_count; rank++) {
        enum reason reason = charge(work, terms, work->parts[rank], &work->split[rank]);
        if (reason != REASON_NONE)
            return reason;
    }
    return REASON_NONE;
}

static bool times_units(const struct terms *terms, int64_t quantity, struct terms *ret_terms)
{
    int64_t units = quantity < 0 ? -quantity : quantity;
    *ret_terms = *terms;
    return money_multiply(terms->fixed_minor, units, &ret_terms->fixed_minor) &&
           money_multiply(terms->tier_above_minor, units, &ret_terms->tier_above_minor) &&
           (terms->cap_minor < 0 || money_multiply(terms->cap_minor, units, &ret_terms->cap_minor));
}

static enum reason charge_items(struct fee_work *work, const struct terms *terms)
{
    struct terms of_line;
    for (uint32_t rank = 0; rank < work->line_count; rank++) {
        if (!times_units(terms, work->order->lines[work->line_at[rank]].quantity, &of_line))
            return REASON_AMOUNT_OVERFLOW;
        enum reason reason = charge(work, &of_line, work->parts[rank], &work->split[rank]);
        if (reason != REASON_NONE)
            return reason;
    }
    return REASON_NONE;
}

/* The lines by_sku[first..end) are of one SKU. Their parts add up: all lines' do. */
static enum reason charge_sku(struct fee_work *work, const struct terms *terms, uint32_t first, uint32_t end)
{
    int64_t fee, base = 0;
    for (uint32_t i = first; i < end; i++) {
        work->weights[i - first] = work->parts[work->by_sku[i]];
        if (!money_add(base, work->weights[i - first], &base))
            return REASON_AMOUNT_OVERFLOW;
    }
    enum reason reason = charge(work, terms, base, &fee);
    if (reason != REASON_NONE)
        return reason;
    money_allocate(fee, work->weights, end - first, work->scratch, work->group);
    for (uint32_t i = first; i < end; i++)
        work->split[work->by_sku[i]] = work->group[i - first];
    return REASON_NONE;
}

static enum reason charge_skus(struct fee_work *work, const struct terms *terms)
{
    enum reason reason = REASON_NONE;
    fee_work_group(work);
    for (uint32_t first = 0, end; first < work->line_count && reason == REASON_NONE; first = end) {
        for (end = first + 1; end < work->line_count; end++)
            if (!fee_work_same_sku(work, work->by_sku[first], work->by_sku[end]))
                break;
        reason = charge_sku(work, terms, first, end);
    }
    return reason;
}

static enum reason charge_level(struct fee_work *work, enum fee_level level, const struct terms *terms, int64_t base_minor)
{
    switch (level) {
    case FEE_PER_LINE:
        return charge_lines(work, terms);
    case FEE_PER_ITEM:
        return charge_items(work, terms);
    case FEE_PER_SKU:
        return charge_skus(work, terms);
    case FEE_PER_ORDER:
    case FEE_LEVEL_COUNT:
        break;
    }
    return charge_order(work, terms, base_minor);
}

static enum reason charge_rule(struct fee_work *work, const struct fee_rule *rule, const struct terms *terms,
                               int64_t base_minor)
{
    const struct affiliate *affiliate = &work->order->affiliate;
    if (rule->rate_source == RATE_OF_RULE)
        return charge_level(work, rule->level, terms, base_minor);
    if (affiliate->actual_commission_minor == EVENT_ABSENT) {
        work->marks |= FEE_ESTIMATED;
        return charge_level(work, rule->level, terms, base_minor);
    }
    work->marks |= FEE_ACTUAL;
    fee_work_spread(work, affiliate->actual_commission_minor, work->parts, work->split);
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

static bool is_returnable(const struct fee_rule *rule)
{
    return rule->class != FEE_AFFILIATE && (rule->refund.kind == FEE_RETURNED || rule->refund.kind == FEE_PRO_RATA);
}

/* For the bases of later rules. */
static enum reason keep_split(struct fee_work *work, uint16_t slot)
{
    int64_t *kept = work->kept + (size_t)(slot - 1) * work->line_count;
    for (uint32_t rank = 0; rank < work->line_count; rank++)
        if (!money_add(kept[rank], work->split[rank], &kept[rank]))
            return REASON_AMOUNT_OVERFLOW;
    return REASON_NONE;
}

static enum reason book_split(struct fee_work *work, const struct fee_rule *rule, int64_t *ret_amount)
{
    bool returnable = is_returnable(rule);
    int64_t amount = 0;
    for (uint32_t rank = 0; rank < work->line_count; rank++) {
        struct line_fact *line = &work->lines[work->line_at[rank]];
        int64_t part = work->split[rank], *fee = fee_of(line, rule->class);
        if (!money_add(*fee, part, fee) || !money_add(amount, part, &amount) ||
            !money_add(line->fee_returnable_minor, returnable ? part : 0, &line->fee_returnable_minor))
            return REASON_AMOUNT_OVERFLOW;
    }
    *ret_amount = amount;
    return rule->slot ? keep_split(work, rule->slot) : REASON_NONE;
}

static enum reason rule_apply(struct fee_work *work, uint32_t index, struct fee_instant instant, struct fee_trace *trace)
{
    const struct fee_rule *rule = &work->schedule->rules[index];
    int64_t base, amount;
    struct terms terms;
    work->marks = instant.estimated ? FEE_ESTIMATED : 0;
    work->fixed_minor = 0;
    if (!work_base(work, rule, &base))
        return REASON_AMOUNT_OVERFLOW;
    enum reason reason = terms_resolve(work, rule, &terms);
    if (reason == REASON_NONE)
        reason = charge_rule(work, rule, &terms, base);
    if (reason == REASON_NONE)
        reason = book_split(work, rule, &amount);
    if (reason == REASON_NONE && trace)
        fee_work_note(work,
                      &(struct fee_charge){index, rule->class, work->marks, instant.at_us, terms.rate_ppm, work->fixed_minor,
                                           base, amount, NULL},
                    trace);
    return reason;
}

/* Whether any line is of the rule's categories: else it has nothing to do with the order. */
static bool is_for_some_line(const struct fee_work *work, const struct fee_texts *categories)
{
    for (uint32_t i = 0; i < work->line_count; i++)
        if (fee_texts_allow(categories, work->order->lines[i].category))
            return true;
    return false;
}

static bool rule_holds(const struct fee_work *work, const struct fee_rule *rule, struct fee_instant *ret_instant)
{
    struct fee_instant instant = {work->order->created_at_us, false};
    if (rule->clock != FEE_CLOCK_CREATED)
        instant = fee_instant_of(rule->clock, work->order, work->context);
    if (instant.at_us < rule->valid_from_us || instant.at_us >= rule->valid_to_us)
        return false;
    if (rule->rate_source == RATE_OF_AFFILIATE && !work->order->affiliate.creator.ptr)
        return false;
    if (rule->when && !(fee_when_holds(rule->when, work->order, work->context, &instant) &&
                        is_for_some_line(work, &rule->when->categories)))
        return false;
    *ret_instant = instant;
    return true;
}

static bool currency_fits(const struct fee_schedule *schedule, struct text currency)
{
    return !schedule->currency ||
           (currency.len == CURRENCY_LEN && memcmp(currency.ptr, schedule->currency, CURRENCY_LEN) == 0);
}

enum reason fees_apply(const struct fee_schedule *schedule, const struct fee_context *context, const struct event *event,
                       void *(*alloc)(void *ctx, size_t size), void *alloc_ctx, struct line_fact *lines,
                       struct fee_trace *trace)
{
    struct fee_room room;
    struct fee_work work; /* field by field: to zero it costs a tenth of an order */
    enum reason reason = REASON_NONE;
    work.schedule = schedule;
    work.event = event;
    work.order = &event->order;
    work.context = context;
    work.alloc = alloc;
    work.alloc_ctx = alloc_ctx;
    work.lines = lines;
    work.line_count = event->order.line_count;
    work.is_grouped = false;
    work.is_traced = trace != NULL;
    if (!currency_fits(schedule, event->currency))
        return REASON_WRONG_CURRENCY;
    if (!fee_work_fits(&work))
        return REASON_AMOUNT_OVERFLOW;
    if (work.line_count == 0)
        return REASON_NONE;
    fee_work_begin(&work, &room);
    for (uint32_t i = 0; i < schedule->rule_count && reason == REASON_NONE; i++) {
        struct fee_instant instant;
        if (rule_holds(&work, &schedule->rules[i], &instant))
            reason = rule_apply(&work, i, instant, trace);
    }
    return reason;
}
