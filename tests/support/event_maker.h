/*
 * Events out of a seed, for tests and benches: every field is used, optional ones are often absent. An event lives in a
 * struct made_event; texts point into it. Header only, so that a test of the codec needs no other layer.
 */
#ifndef SUPPORT_EVENT_MAKER_H
#define SUPPORT_EVENT_MAKER_H

#include <stdio.h>
#include <string.h>

#include "schemas/event.h"

#define MADE_LINES_MAX 64
#define MADE_TEXT_BYTES (32 * 1024)

struct made_event {
    struct event event;
    struct order_line lines[MADE_LINES_MAX];
    struct refund_line refund_lines[MADE_LINES_MAX];
    struct settled_amount amounts[MADE_LINES_MAX];
    struct sku_component components[MADE_LINES_MAX];
    char text[MADE_TEXT_BYTES];
    size_t text_used;
    uint64_t state;
};

/* As a decoder leaves it where there is none. */
static const struct presentment no_presentment = {.total_minor = EVENT_ABSENT, .rate_ppb = EVENT_ABSENT};

/* splitmix64 */
static inline uint64_t make_random(struct made_event *made)
{
    uint64_t z = made->state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static inline uint64_t make_below(struct made_event *made, uint64_t limit)
{
    return make_random(made) % limit;
}

static inline struct text make_text(struct made_event *made, const char *prefix, uint64_t number)
{
    char *at = made->text + made->text_used;
    int len = snprintf(at, MADE_TEXT_BYTES - made->text_used, "%s%llu", prefix, (unsigned long long)number);
    made->text_used += (size_t)len;
    return (struct text){at, (uint32_t)len};
}

static inline struct text make_maybe(struct made_event *made, const char *prefix, uint64_t number, unsigned percent)
{
    return make_below(made, 100) < percent ? make_text(made, prefix, number) : (struct text){0};
}

/* Amounts of all magnitudes: as many of one byte as of nine. */
static inline int64_t make_wild(struct made_event *made)
{
    int64_t value = (int64_t)(make_random(made) >> (1 + make_below(made, 63)));
    return make_below(made, 2) ? value : -value;
}

static inline int64_t make_time(struct made_event *made)
{
    return INT64_C(1704067200000000) + (int64_t)make_below(made, UINT64_C(63072000000000));
}

static inline int64_t make_maybe_time(struct made_event *made, unsigned percent)
{
    return make_below(made, 100) < percent ? make_time(made) : EVENT_ABSENT;
}

static inline struct event *make_start(struct made_event *made, uint64_t seed, enum event_kind kind)
{
    made->state = seed;
    made->text_used = 0;
    memset(&made->event, 0, sizeof made->event);
    made->event.kind = kind;
    return &made->event;
}

/* A usual order of two lines, about 310 bytes on the wire. */
static inline struct event *make_usual_order(struct made_event *made, uint64_t seed)
{
    struct event *event = make_start(made, seed, EVENT_ORDER);
    struct order *order = &event->order;
    int64_t now = make_time(made);
    event->event_id = make_text(made, "evt-", 100000000 + make_below(made, 900000000));
    event->shop_id = make_text(made, "shop-", make_below(made, 200));
    event->currency = (struct text){"USD", 3};
    event->amount_scale = 2;
    event->revision = now + 5000000;
    event->occurred_at_us = now + 5000000;
    order->order_id = make_text(made, "5765", UINT64_C(10000000000000) + make_below(made, UINT64_C(90000000000000)));
    order->status = ORDER_PAID;
    order->platform = (struct text){"tiktok_shop", 11};
    order->market = (struct text){"US", 2};
    order->buyer_key = make_text(made, "b", UINT64_C(1000000000000000) + make_below(made, UINT64_C(9000000000000000)));
    order->payment_method = (struct text){"card", 4};
    order->channel = make_below(made, 3) ? (struct text){"video", 5} : (struct text){"live", 4};
    order->created_at_us = now;
    order->paid_at_us = now + 3000000;
    order->shipped_at_us = order->delivered_at_us = order->cancelled_at_us = EVENT_ABSENT;
    order->shipping_list_minor = 499;
    order->shipping_paid_minor = make_below(made, 2) ? 499 : 0;
    order->shipping_platform_discount_minor = 499 - order->shipping_paid_minor;
    order->affiliate.rate_ppm = order->affiliate.shop_ads_rate_ppm = -1;
    order->affiliate.actual_commission_minor = EVENT_ABSENT;
    order->presentment = no_presentment;
    if (make_below(made, 10) < 7) {
        order->affiliate.creator = make_text(made, "creator-", make_below(made, 5000));
        order->affiliate.content_type = (struct text){"video", 5};
        order->affiliate.content_id = make_text(made, "v", 7300000000 + make_below(made, 99999999));
        order->affiliate.rate_ppm = 150000;
    }
    order->lines = made->lines;
    order->line_count = 2;
    for (uint32_t i = 0; i < order->line_count; i++) {
        struct order_line *line = &made->lines[i];
        uint64_t sku = make_below(made, 300);
        memset(line, 0, sizeof *line);
        line->line_id = make_text(made, "", i + 1);
        line->platform_sku = make_text(made, "sku-", 10000 + sku);
        line->product_name = make_text(made, sku % 2 ? "Vitamin serum " : "Hydrating cleanser ", sku);
        line->category = (struct text){"beauty", 6};
        line->quantity = 1 + (int64_t)make_below(made, 3);
        line->unit_list_minor = 999 + 100 * (int64_t)(sku % 60);
        line->seller_discount_minor = make_below(made, 4) ? 0 : line->unit_list_minor / 10;
        line->tax_minor = line->unit_list_minor / 12;
        order->customer_total_minor += line->quantity * line->unit_list_minor;
        order->tax_minor += line->tax_minor;
    }
    return event;
}

static inline struct presentment make_presentment(struct made_event *made)
{
    if (make_below(made, 2))
        return no_presentment;
    return (struct presentment){{"EUR", 3}, (int32_t)make_below(made, 10), make_wild(made), make_wild(made)};
}

/* Everything that the schema allows, likely or not. */
static inline struct event *make_wild_order(struct made_event *made, uint64_t seed)
{
    struct event *event = make_start(made, seed, EVENT_ORDER);
    struct order *order = &event->order;
    event->event_id = make_text(made, "evt-", make_random(made));
    event->shop_id = make_text(made, "shop-", make_below(made, 1000));
    event->currency = make_below(made, 2) ? (struct text){"IDR", 3} : (struct text){"GBP", 3};
    event->amount_scale = (int32_t)make_below(made, 10);
    event->revision = make_wild(made);
    event->occurred_at_us = make_time(made);
    order->order_id = make_text(made, "", make_random(made) >> make_below(made, 64));
    order->status = (enum order_status)make_below(made, ORDER_STATUS_COUNT);
    order->platform = make_text(made, "p", make_below(made, 5));
    order->market = (struct text){"ID", 2};
    order->cancelled_by = make_maybe(made, "BUYER \xc3\xa9\xe2\x82\xac", 1, 30);
    order->buyer_key = make_maybe(made, "a-rather-long-buyer-key-of-more-than-sixty-four-bytes-in-one-string-",
                                  make_random(made), 50);
    order->payment_method = make_maybe(made, "pm", make_below(made, 9), 50);
    order->channel = make_maybe(made, "\xf0\x9f\x98\x80", make_below(made, 9), 50);
    order->session_id = make_maybe(made, "s", make_random(made), 50);
    order->linked_order_id = make_maybe(made, "l", make_random(made), 20);
    order->created_at_us = make_time(made);
    order->paid_at_us = make_maybe_time(made, 80);
    order->shipped_at_us = make_maybe_time(made, 50);
    order->delivered_at_us = make_maybe_time(made, 30);
    order->cancelled_at_us = make_maybe_time(made, 10);
    order->mirror = make_below(made, 2);
    order->sample = make_below(made, 2);
    order->replacement = make_below(made, 2);
    order->test = make_below(made, 2);
    order->cod = make_below(made, 2);
    order->taxes_included = make_below(made, 2);
    order->shipping_list_minor = make_wild(made);
    order->shipping_seller_discount_minor = make_wild(made);
    order->shipping_platform_discount_minor = make_wild(made);
    order->shipping_paid_minor = make_wild(made);
    order->payment_platform_discount_minor = make_wild(made);
    order->buyer_fees_minor = make_wild(made);
    order->tax_minor = make_wild(made);
    order->customer_total_minor = make_wild(made);
    order->affiliate.creator = make_maybe(made, "c", make_below(made, 100), 50);
    order->affiliate.rate_ppm = order->affiliate.shop_ads_rate_ppm = -1;
    order->affiliate.actual_commission_minor = EVENT_ABSENT;
    if (order->affiliate.creator.ptr) {
        order->affiliate.content_type = make_maybe(made, "video", 1, 50);
        order->affiliate.content_id = make_maybe(made, "id", make_random(made), 50);
        order->affiliate.rate_ppm = (int64_t)make_below(made, 1000001);
        if (make_below(made, 2))
            order->affiliate.shop_ads_rate_ppm = (int64_t)make_below(made, 1000001);
        if (make_below(made, 2))
            order->affiliate.actual_commission_minor = make_wild(made);
    }
    order->presentment = make_presentment(made);
    order->lines = made->lines;
    order->line_count = (uint32_t)make_below(made, make_below(made, 8) ? 5 : MADE_LINES_MAX + 1);
    for (uint32_t i = 0; i < order->line_count; i++) {
        struct order_line *line = &made->lines[i];
        memset(line, 0, sizeof *line);
        line->line_id = make_text(made, "", i);
        line->platform_sku = make_text(made, "sku", make_random(made));
        line->seller_sku = make_maybe(made, "own", make_below(made, 1000), 50);
        line->product_name = make_maybe(made, "Caf\xc3\xa9 \xe6\x9d\xb1\xe4\xba\xac and a name that needs two bytes of length, as it is long ",
                                        make_below(made, 1000), 50);
        line->category = make_maybe(made, "", make_below(made, 10), 50);
        line->quantity = make_wild(made);
        line->unit_list_minor = make_wild(made);
        line->seller_discount_minor = make_wild(made);
        line->platform_discount_minor = make_wild(made);
        line->tax_minor = make_wild(made);
        line->gift = make_below(made, 2);
    }
    return event;
}

static inline int64_t make_maybe_wild(struct made_event *made)
{
    return make_below(made, 2) ? make_wild(made) : EVENT_ABSENT;
}

static inline struct event *make_wild_spend(struct made_event *made, uint64_t seed)
{
    struct event *event = make_start(made, seed, EVENT_AD_SPEND);
    struct ad_spend *spend = &event->ad_spend;
    event->event_id = make_text(made, "evt-", make_random(made));
    event->shop_id = make_text(made, "shop-", make_below(made, 1000));
    event->currency = (struct text){"USD", 3};
    event->amount_scale = (int32_t)make_below(made, 10);
    event->revision = make_wild(made);
    event->occurred_at_us = make_time(made);
    spend->platform = make_text(made, "p", make_below(made, 5));
    spend->account_id = make_text(made, "a", make_random(made));
    spend->campaign_id = make_text(made, "c", make_random(made));
    spend->campaign_name = make_maybe(made, "Summer \xc3\xbc", make_below(made, 100), 50);
    spend->timezone = (struct text){"Asia/Jakarta", 12};
    spend->channel = make_maybe(made, "ch", make_below(made, 9), 50);
    spend->day = 19700 + (int32_t)make_below(made, 800);
    spend->hour = (int32_t)make_below(made, 25) - 1;
    spend->spend_minor = make_wild(made);
    spend->impressions = make_maybe_wild(made);
    spend->clicks = make_maybe_wild(made);
    spend->reported_orders = make_maybe_wild(made);
    spend->reported_revenue_minor = make_maybe_wild(made);
    return event;
}

static inline void make_envelope(struct made_event *made, struct event *event)
{
    event->event_id = make_text(made, "evt-", make_random(made));
    event->shop_id = make_text(made, "shop-", make_below(made, 1000));
    event->revision = make_wild(made);
    event->occurred_at_us = make_time(made);
}

static inline void make_currency(struct made_event *made, struct event *event)
{
    event->currency = (struct text){"IDR", 3};
    event->amount_scale = (int32_t)make_below(made, 10);
}

static inline uint32_t make_count(struct made_event *made)
{
    return (uint32_t)make_below(made, make_below(made, 8) ? 5 : MADE_LINES_MAX + 1);
}

static inline void make_wild_refund(struct made_event *made, struct event *event)
{
    struct refund *refund = &event->refund;
    make_currency(made, event);
    refund->refund_id = make_text(made, "r", make_random(made));
    refund->order_id = make_text(made, "", make_random(made));
    refund->initiator = make_text(made, "BUYER", make_below(made, 3));
    refund->reason = make_maybe(made, "too small \xc3\xa9", 1, 50);
    refund->shipped_before = make_below(made, 2);
    refund->chargeback = make_below(made, 2);
    refund->voided = make_below(made, 2);
    refund->shipping_refund_minor = make_wild(made);
    refund->discrepancy_minor = make_wild(made);
    refund->case_fee_minor = make_maybe_wild(made);
    refund->presentment = make_presentment(made);
    refund->lines = made->refund_lines;
    refund->line_count = make_count(made);
    for (uint32_t i = 0; i < refund->line_count; i++)
        made->refund_lines[i] = (struct refund_line){.line_id = make_text(made, "", i), .quantity = make_wild(made),
                                                     .amount_minor = make_wild(made), .tax_minor = make_wild(made),
                                                     .restocked = make_below(made, 2)};
}

static inline void make_wild_settlement(struct made_event *made, struct event *event)
{
    struct settlement *settlement = &event->settlement;
    make_currency(made, event);
    if (make_below(made, 2))
        event->revision = event->occurred_at_us = EVENT_ABSENT;
    settlement->statement_id = make_text(made, "st", make_random(made));
    settlement->payout_id = make_maybe(made, "p", make_random(made), 50);
    settlement->transaction_id = make_text(made, "t", make_random(made));
    settlement->order_id = make_maybe(made, "", make_random(made), 80);
    settlement->sku = make_maybe(made, "sku", make_random(made), 50);
    settlement->native_type = make_text(made, "Order", make_below(made, 9));
    settlement->status = make_text(made, "PAID", make_below(made, 3));
    settlement->settled_at_us = make_time(made);
    settlement->amounts = made->amounts;
    settlement->amount_count = make_count(made);
    for (uint32_t i = 0; i < settlement->amount_count; i++)
        made->amounts[i] = (struct settled_amount){make_text(made, "fee_", i), make_wild(made)};
}

static inline void make_wild_catalog(struct made_event *made, struct event *event)
{
    struct text sku = make_text(made, "sku", make_random(made));
    int64_t from = make_time(made), to = make_maybe_time(made, 50);
    if (event->kind == EVENT_SKU_MAPPING) {
        event->sku_mapping = (struct sku_mapping){sku, from, to, made->components, make_count(made)};
        for (uint32_t i = 0; i < event->sku_mapping.component_count; i++)
            made->components[i] = (struct sku_component){make_text(made, "own", i), make_wild(made)};
    } else if (event->kind == EVENT_PRODUCT) {
        event->product = (struct product){sku, make_maybe(made, "Caf\xc3\xa9 ", make_below(made, 9), 50),
                                          make_maybe(made, "c", 1, 50), make_maybe(made, "b", 1, 50), from};
    } else if (event->kind == EVENT_UNIT_COST) {
        make_currency(made, event);
        event->unit_cost = (struct unit_cost){sku, make_wild(made), from, to};
    } else {
        event->shop = (struct shop_info){make_maybe(made, "n", 1, 50), make_maybe(made, "p", 1, 50), make_maybe(made, "m", 1, 50),
                                         make_maybe(made, "z", 1, 50), to, from};
    }
}

/* Of the kinds that are neither orders nor ad spend, each in turn. */
static inline struct event *make_wild_other(struct made_event *made, uint64_t seed)
{
    struct event *event = make_start(made, seed, EVENT_REFUND);
    event->kind = EVENT_REFUND + (enum event_kind)make_below(made, EVENT_KIND_COUNT - EVENT_REFUND);
    make_envelope(made, event);
    if (event->kind == EVENT_REFUND)
        make_wild_refund(made, event);
    else if (event->kind == EVENT_SETTLEMENT)
        make_wild_settlement(made, event);
    else
        make_wild_catalog(made, event);
    return event;
}

#endif
