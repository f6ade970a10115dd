#include "core/order_fact.h"

#include <stdlib.h>
#include <string.h>

#include "core/fees.h"
#include "core/money.h"
#include "core/zone.h"

#define PAIRWISE_MAX 12

static bool is_negative(int64_t amount)
{
    return amount < 0;
}

/* A discount lowers what a line costs: it has the sign of the gross and stays within it. */
static bool discounts_fit(int64_t gross, int64_t seller_discount, int64_t platform_discount)
{
    if (gross < 0) {
        gross = -gross;
        seller_discount = -seller_discount;
        platform_discount = -platform_discount;
    }
    return seller_discount >= 0 && platform_discount >= 0 && seller_discount <= gross &&
           platform_discount <= gross - seller_discount;
}

static bool within(int64_t amount, int64_t max)
{
    return amount >= -max && amount <= max;
}

static enum reason make_line(const struct order_line *line, int32_t line_no, struct line_fact *ret_line)
{
    int64_t gross;
    if (line->quantity == 0)
        return REASON_IMPOSSIBLE_LINE;
    if (!within(line->quantity, QUANTITY_MAX) || !within(line->unit_list_minor, AMOUNT_MAX_MINOR) ||
        !within(line->tax_minor, AMOUNT_MAX_MINOR) ||
        !money_multiply(line->unit_list_minor, line->quantity, &gross) || !within(gross, AMOUNT_MAX_MINOR))
        return REASON_AMOUNT_OVERFLOW;
    if (line->seller_discount_minor == EVENT_ABSENT || line->platform_discount_minor == EVENT_ABSENT ||
        !discounts_fit(gross, line->seller_discount_minor, line->platform_discount_minor))
        return REASON_IMPOSSIBLE_LINE;
    *ret_line = (struct line_fact){.line_id = line->line_id,
                                   .sku = line->platform_sku,
                                   .category = line->category,
                                   .sku_hash = line->sku_hash,
                                   .line_no = line_no,
                                   .quantity = (int32_t)line->quantity,
                                   .gift = line->gift,
                                   .tax_minor = line->tax_minor,
                                   .gross_minor = gross,
                                   .seller_discount_minor = line->seller_discount_minor,
                                   .platform_discount_minor = line->platform_discount_minor};
    return REASON_NONE;
}

static int compare_ids(const void *a, const void *b)
{
    const struct text *left = a, *right = b;
    if (left->len != right->len)
        return left->len < right->len ? -1 : 1;
    return memcmp(left->ptr, right->ptr, left->len);
}

static bool ids_repeat_sorted(const struct order *order, struct facts *facts)
{
    struct text *ids = facts->alloc(facts->alloc_ctx, order->line_count * sizeof *ids);
    for (uint32_t i = 0; i < order->line_count; i++)
        ids[i] = order->lines[i].line_id;
    qsort(ids, order->line_count, sizeof *ids, compare_ids);
    for (uint32_t i = 1; i < order->line_count; i++)
        if (text_same(ids[i - 1], ids[i]))
            return true;
    return false;
}

static bool ids_repeat(const struct order *order, struct facts *facts)
{
    if (order->line_count > PAIRWISE_MAX)
        return ids_repeat_sorted(order, facts);
    for (uint32_t i = 1; i < order->line_count; i++)
        for (uint32_t j = 0; j < i; j++)
            if (text_same(order->lines[i].line_id, order->lines[j].line_id))
                return true;
    return false;
}

static enum reason check_rates(const struct affiliate *affiliate)
{
    if (!affiliate->creator.ptr)
        return REASON_NONE;
    bool rate_fits = affiliate->rate_ppm >= 0 && affiliate->rate_ppm <= PPM;
    bool ads_rate_fits = affiliate->shop_ads_rate_ppm >= -1 && affiliate->shop_ads_rate_ppm <= PPM;
    if (!rate_fits || !ads_rate_fits)
        return REASON_IMPOSSIBLE_RATE;
    int64_t actual = affiliate->actual_commission_minor;
    return actual == EVENT_ABSENT || within(actual, AMOUNT_MAX_MINOR) ? REASON_NONE : REASON_AMOUNT_OVERFLOW;
}

enum reason presentment_check(const struct presentment *presentment, int32_t shops_scale)
{
    int64_t shops;
    if (!presentment->currency.ptr)
        return REASON_NONE;
    if (presentment->rate_ppb <= 0 || presentment->rate_ppb > MONEY_RATE_PPB_MAX)
        return REASON_IMPOSSIBLE_RATE;
    bool fits = within(presentment->total_minor, AMOUNT_MAX_MINOR) &&
                money_convert(presentment->total_minor, presentment->amount_scale, presentment->rate_ppb, shops_scale, &shops) &&
                within(shops, AMOUNT_MAX_MINOR);
    return fits ? REASON_NONE : REASON_AMOUNT_OVERFLOW;
}

/* Order-level money may be negative on a credit note, but not on a sale. */
static enum reason check_amounts(const struct order *order, int64_t gross)
{
    const int64_t amounts[] = {order->shipping_list_minor,
                               order->shipping_seller_discount_minor,
                               order->shipping_platform_discount_minor,
                               order->shipping_paid_minor,
                               order->payment_platform_discount_minor,
                               order->buyer_fees_minor,
                               order->tax_minor,
                               order->customer_total_minor};
    for (size_t i = 0; i < sizeof amounts / sizeof *amounts; i++) {
        if (!within(amounts[i], AMOUNT_MAX_MINOR))
            return REASON_AMOUNT_OVERFLOW;
        if (gross > 0 && is_negative(amounts[i]))
            return REASON_IMPOSSIBLE_AMOUNT;
    }
    return check_rates(&order->affiliate);
}

static enum reason make_lines(const struct order *order, struct facts *facts, struct line_fact *lines,
                              int64_t *ret_gross)
{
    int64_t sum = 0;
    for (uint32_t i = 0; i < order->line_count; i++) {
        enum reason reason = make_line(&order->lines[i], (int32_t)i + 1, &lines[i]);
        if (reason != REASON_NONE)
            return reason;
        if (!money_add(sum, lines[i].gross_minor, &sum) || !within(sum, AMOUNT_MAX_MINOR))
            return REASON_AMOUNT_OVERFLOW;
    }
    *ret_gross = sum;
    return ids_repeat(order, facts) ? REASON_DUPLICATE_LINE : REASON_NONE;
}

/* Prices that include taxes are not all the seller's, though platforms charge fees on them. */
static enum reason back_tax_out(const struct order *order, struct line_fact *lines)
{
    int64_t sum = 0;
    for (uint32_t i = 0; order->taxes_included && i < order->line_count; i++) {
        lines[i].gross_minor -= lines[i].tax_minor;
        if (!money_add(sum, lines[i].gross_minor, &sum) || !within(sum, AMOUNT_MAX_MINOR))
            return REASON_AMOUNT_OVERFLOW;
    }
    return REASON_NONE;
}

static bool net_of(const struct line_fact *line, int64_t *ret_net)
{
    int64_t net = line->gross_minor;
    const int64_t parts[] = {line->seller_discount_minor, line->platform_fee_minor, line->payment_fee_minor,
                             line->affiliate_commission_minor, line->other_fees_minor};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (!money_subtract(net, parts[i], &net))
            return false;
    *ret_net = net;
    return within(net, 4 * AMOUNT_MAX_MINOR);
}

static bool is_booked(const struct order *order)
{
    bool sold = order->status == ORDER_PAID || order->status == ORDER_SHIPPED || order->status == ORDER_DELIVERED ||
                order->status == ORDER_COMPLETED;
    return sold && !order->test && !order->mirror && !order->sample && !order->replacement;
}

enum reason order_fact_make(struct event *event, const struct shop *shop, struct origin origin, struct facts *facts,
                            struct fee_trace *trace, struct order_fact *ret_fact)
{
    struct order *order = &event->order;
    struct line_fact *lines = facts->alloc(facts->alloc_ctx, order->line_count * sizeof *lines);
    int64_t gross;
    enum reason reason = make_lines(order, facts, lines, &gross);
    if (reason == REASON_NONE)
        reason = check_amounts(order, gross);
    if (reason == REASON_NONE)
        reason = presentment_check(&order->presentment, event->amount_scale);
    if (reason == REASON_NONE)
        reason = fees_apply(shop->policy->fees,
                            &(struct fee_context){.seller = &shop->policy->seller, .settled_at_us = EVENT_ABSENT}, event,
                            facts->alloc, facts->alloc_ctx, lines, trace);
    if (reason == REASON_NONE)
        reason = back_tax_out(order, lines);
    if (reason != REASON_NONE)
        return reason;
    for (uint32_t i = 0; i < order->line_count; i++)
        if (!net_of(&lines[i], &lines[i].net_minor))
            return REASON_AMOUNT_OVERFLOW;
    *ret_fact = (struct order_fact){.shop = shop,
                                    .event = event,
                                    .order = order,
                                    .event_id = event->event_id,
                                    .revision = event->revision,
                                    .occurred_at_us = event->occurred_at_us,
                                    .content_hash = event->content_hash,
                                    .lines = lines,
                                    .line_count = order->line_count,
                                    .day = zone_day(shop->policy->zone, order->created_at_us),
                                    .booked = is_booked(order),
                                    .rule_set = shop->policy->fees->name,
                                    .origin = origin};
    return REASON_NONE;
}

int64_t order_fact_gross(const struct order_fact *fact)
{
    int64_t sum = 0;
    for (uint32_t i = 0; i < fact->line_count; i++)
        sum += fact->lines[i].gross_minor;
    return sum;
}
