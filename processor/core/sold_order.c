#include "core/sold_order.h"

#include "core/money.h"
#include "core/order_fact.h"

struct charged {
    struct order_fact fact;
    struct fee_trace trace;
    enum reason reason;
};

/* Twice: how much room the trace needs is known after it was too small. */
static void charge(const struct order_fact *stored, const struct shop *shop, struct facts *facts, struct charged *ret)
{
    struct fee_trace *trace = &ret->trace;
    *ret = (struct charged){.trace = {0}};
    ret->reason = order_fact_make(stored->event, shop, (struct origin){0}, facts, trace, &ret->fact);
    if (ret->reason != REASON_NONE)
        return;
    *trace = (struct fee_trace){.charge_room = trace->missed, .part_room = trace->missed * stored->line_count};
    trace->charges = facts->alloc(facts->alloc_ctx, (trace->charge_room + 1) * sizeof *trace->charges);
    trace->parts = facts->alloc(facts->alloc_ctx, (trace->part_room + 1) * sizeof *trace->parts);
    ret->reason = order_fact_make(stored->event, shop, (struct origin){0}, facts, trace, &ret->fact);
}

static bool is_charged_alike(const struct line_fact *a, const struct line_fact *b)
{
    return a->platform_fee_minor == b->platform_fee_minor && a->payment_fee_minor == b->payment_fee_minor &&
           a->affiliate_commission_minor == b->affiliate_commission_minor && a->other_fees_minor == b->other_fees_minor;
}

static bool is_as_stored(const struct charged *charged, const struct order_fact *stored)
{
    if (charged->reason != REASON_NONE)
        return false;
    for (uint32_t i = 0; i < stored->line_count; i++)
        if (!is_charged_alike(&charged->fact.lines[i], &stored->lines[i]))
            return false;
    return true;
}

static struct sold_line sold_line_of(const struct line_fact *line, int64_t cost_minor)
{
    int64_t fees = line->platform_fee_minor; /* a row that was altered may not add up: nothing comes back of it */
    if (!money_add(fees, line->payment_fee_minor, &fees) || !money_add(fees, line->other_fees_minor, &fees))
        fees = 0;
    return (struct sold_line){.line_id = line->line_id,
                              .sku = line->sku,
                              .line_no = line->line_no,
                              .quantity = line->quantity,
                              .gross_minor = line->gross_minor,
                              .seller_discount_minor = line->seller_discount_minor,
                              .platform_discount_minor = line->platform_discount_minor,
                              .affiliate_commission_minor = line->affiliate_commission_minor,
                              .fees_minor = fees,
                              .cost_minor = cost_minor};
}

void sold_order_make(const struct order_fact *stored, const struct shop *shop, const int64_t *costs_minor,
                     void *(*alloc)(void *ctx, size_t size), void *alloc_ctx, struct sold_order *ret_sold)
{
    struct facts facts = {.alloc = alloc, .alloc_ctx = alloc_ctx};
    const struct order *order = &stored->event->order;
    struct sold_line *lines = alloc(alloc_ctx, (stored->line_count + 1) * sizeof *lines);
    struct charged charged;
    for (uint32_t i = 0; i < stored->line_count; i++)
        lines[i] = sold_line_of(&stored->lines[i], costs_minor[i]);
    charge(stored, shop, &facts, &charged);
    *ret_sold = (struct sold_order){.currency = stored->event->currency,
                                    .amount_scale = stored->event->amount_scale,
                                    .presentment = order->presentment,
                                    .lines = lines,
                                    .line_count = stored->line_count,
                                    .is_delivered = order->status == ORDER_DELIVERED || order->status == ORDER_COMPLETED,
                                    .delivered_at_us = order->delivered_at_us,
                                    .schedule = shop->policy->fees,
                                    .charges = charged.trace.charges,
                                    .charge_count = charged.reason == REASON_NONE ? charged.trace.charge_count : 0,
                                    .other_rules = !is_as_stored(&charged, stored)};
}
