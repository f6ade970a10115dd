/*
 * What the tests of shipped fee packs build orders of: up to four lines of one unit, charged by a pack of deploy/fees.
 */
#ifndef RULES_PACK_ORDER_H
#define RULES_PACK_ORDER_H

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "core/fact.h"
#include "core/fees.h"
#include "rules/fee_pack.h"

#define PACKS SOURCE_DIR "/deploy/fees/"
#define PACK_LINES 4
#define PACK_CHARGES 16

/* 00:00 UTC of that day. */
#define DAY(days_since_1970) ((days_since_1970) * INT64_C(86400000000))
#define HOUR INT64_C(3600000000)

struct pack_order {
    struct fee_pack *pack;
    const struct fee_schedule *schedule;
    struct event event;
    struct order_line lines[PACK_LINES];
    struct line_fact facts[PACK_LINES];
    struct fee_flag flags[4];
    struct fee_seller seller;
    struct fee_context context;
    struct fee_charge charges[PACK_CHARGES];
    struct fee_part parts[PACK_CHARGES * PACK_LINES];
    struct fee_trace trace;
};

static inline void *allocate_never(void *ctx, size_t size)
{
    (void)ctx;
    cr_assert_fail("%zu bytes allocated", size);
    return NULL;
}

static inline void pack_order_init(struct pack_order *order, const char *pack, int64_t created_at_us)
{
    char path[512];
    struct problems problems = {.count = 0};
    memset(order, 0, sizeof *order);
    snprintf(path, sizeof path, PACKS "%s.yaml", pack);
    order->pack = fee_pack_load(path, &problems);
    cr_assert_not_null(order->pack, "%s: %s", path, problems.count ? problems.items[0].reason : "");
    order->schedule = fee_pack_schedule(order->pack);
    order->event.currency = text_of(order->schedule->currency);
    order->event.amount_scale = order->schedule->amount_scale;
    order->event.order = (struct order){.status = ORDER_DELIVERED,
                                        .created_at_us = created_at_us,
                                        .paid_at_us = created_at_us,
                                        .shipped_at_us = created_at_us + HOUR,
                                        .delivered_at_us = created_at_us + 48 * HOUR,
                                        .cancelled_at_us = EVENT_ABSENT,
                                        .lines = order->lines};
    order->event.order.affiliate =
        (struct affiliate){.rate_ppm = -1, .shop_ads_rate_ppm = -1, .actual_commission_minor = EVENT_ABSENT};
    order->seller = (struct fee_seller){.opened_at_us = EVENT_ABSENT, .flags = order->flags};
    order->context = (struct fee_context){.seller = &order->seller, .settled_at_us = EVENT_ABSENT};
}

static inline void pack_order_done(struct pack_order *order)
{
    fee_pack_free(order->pack);
}

/* One more line of one unit; category may be NULL. Ids rise with the lines. */
static inline struct order_line *pack_order_line(struct pack_order *order, int64_t list, int64_t seller_discount,
                                                 int64_t platform_discount, const char *category)
{
    static const char *const ids[] = {"1", "2", "3", "4"};
    uint32_t at = order->event.order.line_count++;
    order->lines[at] = (struct order_line){.line_id = text_of(ids[at]),
                                           .platform_sku = text_of(ids[at]),
                                           .category = category ? text_of(category) : (struct text){0},
                                           .quantity = 1,
                                           .unit_list_minor = list,
                                           .seller_discount_minor = seller_discount,
                                           .platform_discount_minor = platform_discount};
    return &order->lines[at];
}

static inline void pack_order_flag(struct pack_order *order, const char *name)
{
    for (uint32_t bit = 0; bit < order->schedule->flag_count; bit++)
        if (strcmp(order->schedule->flag_names[bit], name) == 0) {
            order->flags[order->seller.flag_count++] = (struct fee_flag){bit, INT64_MIN, INT64_MAX};
            return;
        }
    cr_assert_fail("no flag %s", name);
}

static inline void pack_order_creator(struct pack_order *order, int64_t rate_ppm)
{
    order->event.order.affiliate.creator = text_of("creator");
    order->event.order.affiliate.rate_ppm = rate_ppm;
}

static inline void pack_order_charge(struct pack_order *order)
{
    for (uint32_t i = 0; i < order->event.order.line_count; i++)
        order->facts[i].gross_minor = order->lines[i].unit_list_minor * order->lines[i].quantity;
    order->trace = (struct fee_trace){order->charges, PACK_CHARGES, 0, order->parts, PACK_CHARGES * PACK_LINES, 0, 0};
    cr_assert_eq(fees_apply(order->schedule, &order->context, &order->event, allocate_never, NULL, order->facts,
                            &order->trace),
                 REASON_NONE);
    cr_assert_eq(order->trace.missed, 0);
}

/* The charge of that rule; one of -1 where it did not apply. */
static inline const struct fee_charge *pack_order_find(const struct pack_order *order, const char *rule)
{
    static struct fee_part no_parts[PACK_LINES];
    static const struct fee_charge none = {.rule = UINT32_MAX, .amount_minor = -1, .parts = no_parts};
    for (size_t i = 0; i < order->trace.charge_count; i++)
        if (strcmp(order->schedule->rules[order->charges[i].rule].name, rule) == 0)
            return &order->charges[i];
    return &none;
}

static inline int64_t pack_order_fee(const struct pack_order *order, const char *rule)
{
    return pack_order_find(order, rule)->amount_minor;
}

/* All fees of the order. */
static inline int64_t pack_order_total(const struct pack_order *order)
{
    int64_t sum = 0;
    for (uint32_t i = 0; i < order->event.order.line_count; i++)
        sum += order->facts[i].platform_fee_minor + order->facts[i].payment_fee_minor +
               order->facts[i].affiliate_commission_minor + order->facts[i].other_fees_minor;
    return sum;
}

#endif
