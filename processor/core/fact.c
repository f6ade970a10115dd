#include "core/fact.h"

#include <string.h>

#include "core/mix.h"

#define ROOM_MIN 64

/* Grows by doubling inside the batch's memory, where the old array is simply left behind. */
static void *grown(struct facts *facts, const void *items, size_t count, size_t *room, size_t item_size)
{
    size_t larger = *room ? *room * 2 : ROOM_MIN;
    void *fresh = facts->alloc(facts->alloc_ctx, larger * item_size);
    if (count)
        memcpy(fresh, items, count * item_size);
    *room = larger;
    return fresh;
}

/* facts_add_order and its like: the last place of an array that doubles when it is full. */
#define FACTS_ADD(one, many)                                                                                          \
    struct one##_fact *facts_add_##one(struct facts *facts)                                                          \
    {                                                                                                                 \
        if (facts->one##_count == facts->one##_room)                                                                  \
            facts->many = grown(facts, facts->many, facts->one##_count, &facts->one##_room, sizeof *facts->many);      \
        return &facts->many[facts->one##_count++];                                                                    \
    }

FACTS_ADD(order, orders)
FACTS_ADD(ad_spend, ad_spends)
FACTS_ADD(refund, refunds)
FACTS_ADD(settlement, settlements)
FACTS_ADD(catalog, catalog)
FACTS_ADD(anomaly, anomalies)
FACTS_ADD(incident, incidents)
FACTS_ADD(settled, settled)

static void mix_line(struct mix *mix, const struct line_fact *line)
{
    mix_text(mix, line->line_id);
    mix_text(mix, line->sku);
    mix_text(mix, line->category);
    mix_two(mix, (uint64_t)line->line_no, (uint64_t)line->quantity);
    mix_two(mix, (uint64_t)line->gross_minor, (uint64_t)line->seller_discount_minor);
    mix_two(mix, (uint64_t)line->platform_discount_minor, (uint64_t)line->shipping_share_minor);
    mix_two(mix, (uint64_t)line->platform_fee_minor, (uint64_t)line->payment_fee_minor);
    mix_two(mix, (uint64_t)line->affiliate_commission_minor, (uint64_t)line->other_fees_minor);
    mix_two(mix, (uint64_t)line->net_minor, (uint64_t)line->fee_returnable_minor);
    if (line->tax_minor || line->gift) /* rows that were written before these were kept have neither, and their hash */
        mix_two(mix, (uint64_t)line->tax_minor, line->gift);
}

uint64_t lines_hash(const struct order_fact *fact)
{
    struct mix mix;
    mix_init(&mix, fact->line_count);
    mix_two(&mix, (uint64_t)fact->day, fact->booked);
    for (uint32_t i = 0; i < fact->line_count; i++)
        mix_line(&mix, &fact->lines[i]);
    return mix_end(&mix);
}

static uint64_t order_flags(const struct order *order)
{
    return (uint64_t)order->mirror | (uint64_t)order->sample << 1 | (uint64_t)order->replacement << 2 |
           (uint64_t)order->test << 3 | (uint64_t)order->cod << 4 | (uint64_t)order->taxes_included << 5;
}

static void mix_order_texts(struct mix *mix, const struct order *order)
{
    const struct text texts[] = {order->order_id, order->platform, order->market, order->cancelled_by, order->buyer_key,
                                 order->payment_method, order->channel, order->session_id, order->linked_order_id};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        mix_text(mix, texts[i]);
}

static void mix_order_numbers(struct mix *mix, const struct order *order)
{
    mix_two(mix, (uint64_t)order->status, order_flags(order));
    mix_two(mix, (uint64_t)order->created_at_us, (uint64_t)order->paid_at_us);
    mix_two(mix, (uint64_t)order->shipped_at_us, (uint64_t)order->delivered_at_us);
    mix_two(mix, (uint64_t)order->cancelled_at_us, (uint64_t)order->shipping_list_minor);
    mix_two(mix, (uint64_t)order->shipping_seller_discount_minor, (uint64_t)order->shipping_platform_discount_minor);
    mix_two(mix, (uint64_t)order->shipping_paid_minor, (uint64_t)order->payment_platform_discount_minor);
    mix_two(mix, (uint64_t)order->buyer_fees_minor, (uint64_t)order->tax_minor);
    mix_two(mix, (uint64_t)order->customer_total_minor, order->affiliate.creator.ptr != NULL);
}

static void mix_affiliate(struct mix *mix, const struct affiliate *affiliate)
{
    if (!affiliate->creator.ptr)
        return;
    mix_text(mix, affiliate->creator);
    mix_text(mix, affiliate->content_type);
    mix_text(mix, affiliate->content_id);
    mix_two(mix, (uint64_t)affiliate->rate_ppm, (uint64_t)affiliate->shop_ads_rate_ppm);
    mix_two(mix, (uint64_t)affiliate->actual_commission_minor, 0);
}

static void mix_presentment(struct mix *mix, const struct presentment *presentment)
{
    if (!presentment->currency.ptr)
        return;
    mix_text(mix, presentment->currency);
    mix_two(mix, (uint64_t)presentment->amount_scale, (uint64_t)presentment->total_minor);
    mix_two(mix, (uint64_t)presentment->rate_ppb, 0);
}

uint64_t order_row_hash(const struct order_fact *fact)
{
    struct mix mix;
    mix_init(&mix, fact->lines_hash);
    mix_text(&mix, fact->event_id);
    mix_order_texts(&mix, fact->order);
    mix_order_numbers(&mix, fact->order);
    mix_affiliate(&mix, &fact->order->affiliate);
    mix_presentment(&mix, &fact->order->presentment);
    mix_two(&mix, (uint64_t)fact->revision, (uint64_t)fact->occurred_at_us);
    mix_two(&mix, fact->content_hash.hi, fact->content_hash.lo);
    mix_two(&mix, (uint64_t)fact->day, fact->booked);
    mix_two(&mix, (uint64_t)fact->shop->amount_scale, fact->line_count);
    mix_text(&mix, text_of(fact->shop->currency));
    mix_text(&mix, text_of(fact->rule_set));
    return mix_end(&mix);
}

uint64_t ad_spend_columns_hash(const struct ad_spend_fact *fact)
{
    const struct ad_spend *spend = fact->spend;
    const struct text texts[] = {fact->event_id, fact->currency, spend->platform, spend->account_id, spend->campaign_id,
                                 spend->campaign_name, spend->timezone, spend->channel};
    struct mix mix;
    mix_init(&mix, (uint64_t)fact->amount_scale);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        mix_text(&mix, texts[i]);
    mix_two(&mix, (uint64_t)fact->revision, (uint64_t)fact->occurred_at_us);
    mix_two(&mix, fact->content_hash.hi, fact->content_hash.lo);
    mix_two(&mix, (uint64_t)spend->day, (uint64_t)spend->hour);
    mix_two(&mix, (uint64_t)spend->spend_minor, (uint64_t)spend->impressions);
    mix_two(&mix, (uint64_t)spend->clicks, (uint64_t)spend->reported_orders);
    mix_two(&mix, (uint64_t)spend->reported_revenue_minor, 0);
    return mix_end(&mix);
}

static void mix_refund_line(struct mix *mix, const struct refund_line *line)
{
    mix_text(mix, line->line_id);
    mix_two(mix, (uint64_t)line->quantity, (uint64_t)line->amount_minor);
    mix_two(mix, (uint64_t)line->tax_minor, line->restocked);
}

uint64_t refund_columns_hash(const struct refund_fact *fact)
{
    const struct refund *refund = fact->refund;
    const struct text texts[] = {fact->event_id, fact->currency, refund->refund_id, refund->order_id, refund->initiator,
                                 refund->reason};
    struct mix mix;
    mix_init(&mix, (uint64_t)fact->amount_scale);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        mix_text(&mix, texts[i]);
    mix_two(&mix, (uint64_t)fact->revision, (uint64_t)fact->occurred_at_us);
    mix_two(&mix, fact->content_hash.hi, fact->content_hash.lo);
    mix_two(&mix, (uint64_t)fact->day, refund_flags(refund));
    mix_two(&mix, (uint64_t)refund->shipping_refund_minor, (uint64_t)refund->discrepancy_minor);
    mix_two(&mix, (uint64_t)refund->case_fee_minor, refund->line_count);
    for (uint32_t i = 0; i < refund->line_count; i++)
        mix_refund_line(&mix, &refund->lines[i]);
    mix_presentment(&mix, &refund->presentment);
    return mix_end(&mix);
}

uint64_t settlement_rows_hash(const struct settlement_fact *fact)
{
    struct mix mix;
    mix_init(&mix, fact->row_count);
    for (uint32_t i = 0; i < fact->row_count; i++) {
        mix_text(&mix, fact->rows[i].field);
        mix_text(&mix, text_of(settled_class_name(fact->rows[i].class)));
        mix_two(&mix, (uint64_t)fact->rows[i].amount_minor, 0);
    }
    return mix_end(&mix);
}

/* An absent SKU is a part of the key all the same, and stands in the warehouse as an empty one. */
static struct text present(struct text text)
{
    return text.ptr ? text : (struct text){"", 0};
}

uint64_t settlement_columns_hash(const struct settlement_fact *fact)
{
    const struct settlement *settlement = fact->settlement;
    const struct text texts[] = {fact->shop->id,        fact->event_id,           fact->currency,       settlement->statement_id,
                                 settlement->payout_id, settlement->transaction_id, settlement->order_id,
                                 present(settlement->sku), settlement->native_type, settlement->status,
                                 text_of(settled_type_name(fact->type))};
    struct mix mix;
    mix_init(&mix, fact->rows_hash);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        mix_text(&mix, texts[i]);
    mix_two(&mix, (uint64_t)fact->amount_scale, (uint64_t)fact->day);
    mix_two(&mix, (uint64_t)fact->revision, (uint64_t)fact->occurred_at_us);
    mix_two(&mix, fact->content_hash.hi, fact->content_hash.lo);
    mix_two(&mix, (uint64_t)settlement->settled_at_us, fact->total_stated);
    mix_two(&mix, (uint64_t)fact->total_minor, (uint64_t)fact->total_break_minor);
    mix_two(&mix, (uint64_t)fact->sales_break_minor, (uint64_t)fact->shipping_break_minor);
    mix_two(&mix, fact->unknown_count, fact->row_count);
    return mix_end(&mix);
}

static void mix_mapping(struct mix *mix, const struct sku_mapping *mapping)
{
    mix_two(mix, (uint64_t)mapping->valid_to_us, mapping->component_count);
    for (uint32_t i = 0; i < mapping->component_count; i++) {
        mix_text(mix, mapping->components[i].sku);
        mix_two(mix, (uint64_t)mapping->components[i].quantity, 0);
    }
}

static void mix_version(struct mix *mix, const struct event *event)
{
    if (event->kind == EVENT_SKU_MAPPING) {
        mix_mapping(mix, &event->sku_mapping);
    } else if (event->kind == EVENT_UNIT_COST) {
        mix_text(mix, event->currency);
        mix_two(mix, (uint64_t)event->amount_scale, (uint64_t)event->unit_cost.valid_to_us);
        mix_two(mix, (uint64_t)event->unit_cost.cost_minor, 0);
    } else if (event->kind == EVENT_PRODUCT) {
        mix_text(mix, event->product.name);
        mix_text(mix, event->product.category);
        mix_text(mix, event->product.brand);
    } else {
        mix_text(mix, event->shop.name);
        mix_text(mix, event->shop.platform);
        mix_text(mix, event->shop.market);
        mix_text(mix, event->shop.timezone);
        mix_two(mix, (uint64_t)event->shop.opened_at_us, 0);
    }
}

uint64_t catalog_columns_hash(const struct catalog_fact *fact)
{
    const struct event *event = fact->event;
    struct mix mix;
    mix_init(&mix, (uint64_t)event->kind);
    mix_text(&mix, fact->sku);
    mix_text(&mix, event->event_id);
    mix_two(&mix, (uint64_t)event->revision, (uint64_t)event->occurred_at_us);
    mix_two(&mix, event->content_hash.hi, event->content_hash.lo);
    mix_two(&mix, (uint64_t)fact->valid_from_us, 0);
    mix_version(&mix, event);
    return mix_end(&mix);
}

void facts_seal(struct facts *facts)
{
    for (size_t i = 0; i < facts->catalog_count; i++)
        facts->catalog[i].columns_hash = catalog_columns_hash(&facts->catalog[i]);
    for (size_t i = 0; i < facts->order_count; i++) {
        facts->orders[i].lines_hash = lines_hash(&facts->orders[i]);
        facts->orders[i].row_hash = order_row_hash(&facts->orders[i]);
    }
    for (size_t i = 0; i < facts->ad_spend_count; i++)
        facts->ad_spends[i].columns_hash = ad_spend_columns_hash(&facts->ad_spends[i]);
    for (size_t i = 0; i < facts->refund_count; i++)
        facts->refunds[i].columns_hash = refund_columns_hash(&facts->refunds[i]);
    for (size_t i = 0; i < facts->settlement_count; i++) {
        facts->settlements[i].rows_hash = settlement_rows_hash(&facts->settlements[i]);
        facts->settlements[i].columns_hash = settlement_columns_hash(&facts->settlements[i]);
    }
}
