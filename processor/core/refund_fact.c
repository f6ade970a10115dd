#include "core/refund_fact.h"

#include <stdlib.h>
#include <string.h>

#include "core/mix.h"
#include "core/order_fact.h"
#include "core/zone.h"

static int compare_line_ids(const void *a, const void *b)
{
    return text_compare(((const struct refund_line *)a)->line_id, ((const struct refund_line *)b)->line_id);
}

/* Sorted, where ids that come twice are neighbours. */
static bool ids_repeat(const struct refund *refund)
{
    for (uint32_t i = 1; i < refund->line_count; i++)
        if (compare_line_ids(&refund->lines[i - 1], &refund->lines[i]) == 0)
            return true;
    return false;
}

static bool is_amount(int64_t amount)
{
    return amount >= 0 && amount <= AMOUNT_MAX_MINOR;
}

/* A refund may wait for its order: what cannot be added up must not become the order's fault. */
static bool sums_fit(const struct refund *refund)
{
    int64_t amount = 0, tax = 0; /* of at most EVENT_LINES_MAX lines; checked one by one, so that none of the sums can overflow */
    for (uint32_t i = 0; i < refund->line_count && is_amount(amount) && is_amount(tax); i++) {
        amount += refund->lines[i].amount_minor;
        tax += refund->lines[i].tax_minor;
    }
    return is_amount(amount) && is_amount(tax);
}

static enum reason check_refund(struct refund *refund, int32_t amount_scale)
{
    if (refund->shipping_refund_minor < 0 || (refund->case_fee_minor != EVENT_ABSENT && refund->case_fee_minor < 0))
        return REASON_IMPOSSIBLE_AMOUNT;
    if (refund->shipping_refund_minor > AMOUNT_MAX_MINOR || refund->case_fee_minor > AMOUNT_MAX_MINOR ||
        refund->discrepancy_minor > AMOUNT_MAX_MINOR || refund->discrepancy_minor < -AMOUNT_MAX_MINOR)
        return REASON_AMOUNT_OVERFLOW;
    for (uint32_t i = 0; i < refund->line_count; i++) {
        const struct refund_line *line = &refund->lines[i];
        if (line->quantity < 0)
            return REASON_IMPOSSIBLE_LINE;
        if (line->amount_minor < 0 || line->tax_minor < 0)
            return REASON_IMPOSSIBLE_AMOUNT;
        if (!is_amount(line->amount_minor) || !is_amount(line->tax_minor) || line->quantity > QUANTITY_MAX)
            return REASON_AMOUNT_OVERFLOW;
    }
    if (!sums_fit(refund))
        return REASON_AMOUNT_OVERFLOW;
    if (refund->presentment.currency.ptr && refund->presentment.total_minor < 0)
        return REASON_IMPOSSIBLE_AMOUNT;
    enum reason reason = presentment_check(&refund->presentment, amount_scale);
    if (reason != REASON_NONE)
        return reason;
    if (refund->line_count > 1)
        qsort(refund->lines, refund->line_count, sizeof *refund->lines, compare_line_ids);
    return ids_repeat(refund) ? REASON_DUPLICATE_LINE : REASON_NONE;
}

static struct hash128 key_hash(const struct shop *shop, const struct refund *refund)
{
    return mix_key(shop->hash, (const struct text[]){refund->order_id, refund->refund_id}, 2, 0, 0);
}

enum reason refund_fact_make(struct event *event, const struct shop *shop, struct origin origin, struct refund_fact *ret_fact)
{
    enum reason reason = check_refund(&event->refund, event->amount_scale);
    if (reason != REASON_NONE)
        return reason;
    *ret_fact = (struct refund_fact){.shop = shop,
                                     .refund = &event->refund,
                                     .event_id = event->event_id,
                                     .currency = event->currency,
                                     .amount_scale = event->amount_scale,
                                     .revision = event->revision,
                                     .occurred_at_us = event->occurred_at_us,
                                     .content_hash = event->content_hash,
                                     .key_hash = key_hash(shop, &event->refund),
                                     .day = zone_day(shop->policy->zone, event->occurred_at_us),
                                     .origin = origin};
    return REASON_NONE;
}

uint64_t refund_line_hash(const struct refund_line_row *row)
{
    const struct refund_effect *effect = row->effect;
    struct mix mix;
    mix_init(&mix, (uint64_t)row->amount_scale);
    mix_text(&mix, row->order_id);
    mix_text(&mix, row->refund_id);
    mix_text(&mix, row->currency);
    mix_text(&mix, effect->sku);
    mix_two(&mix, (uint64_t)row->day, (uint64_t)row->order_day);
    mix_two(&mix, (uint64_t)effect->line_no, (uint64_t)row->booked | (uint64_t)effect->restocked << 1);
    mix_two(&mix, (uint64_t)effect->findings, (uint64_t)effect->quantity);
    mix_two(&mix, (uint64_t)effect->gross_minor, (uint64_t)effect->seller_discount_minor);
    mix_two(&mix, (uint64_t)effect->platform_discount_minor, (uint64_t)effect->amount_minor);
    mix_two(&mix, (uint64_t)effect->tax_minor, (uint64_t)effect->shipping_minor);
    mix_two(&mix, (uint64_t)effect->discrepancy_minor, (uint64_t)effect->affiliate_commission_minor);
    mix_two(&mix, (uint64_t)effect->fees_returned_minor, (uint64_t)effect->admin_fee_minor);
    mix_two(&mix, (uint64_t)effect->case_fee_minor, (uint64_t)effect->net_minor);
    mix_two(&mix, (uint64_t)effect->cost_minor, (uint64_t)effect->fx_minor);
    return mix_end(&mix);
}
