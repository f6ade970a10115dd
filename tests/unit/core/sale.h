/*
 * What the tests of fees build orders of: an event with lines of its own and the facts that belong to them.
 */
#ifndef CORE_SALE_H
#define CORE_SALE_H

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/fact.h"
#include "core/fees.h"

#define ALWAYS .cap_minor = -1, .valid_from_us = INT64_MIN, .valid_to_us = INT64_MAX
#define REFERRAL_BASE                                                                                        \
    {                                                                                                        \
        [COMPONENT_LIST] = 1, [COMPONENT_SELLER_DISCOUNT] = -1, [COMPONENT_SHIPPING_PAID] = 1                \
    }
#define AFFILIATE_BASE                                                                                       \
    {                                                                                                        \
        [COMPONENT_LIST] = 1, [COMPONENT_SELLER_DISCOUNT] = -1, [COMPONENT_PLATFORM_DISCOUNT] = -1           \
    }

__extension__ typedef __int128 wide;

/* An order with its lines and their facts. */
struct sale {
    struct event event;
    struct order_line *lines;
    struct line_fact *facts;
    char (*ids)[12];
    void *taken[32]; /* by the order that is charged, at most four times per charge */
    size_t taken_count;
};

static inline void *allocate(void *ctx, size_t size)
{
    struct sale *sale = ctx;
    cr_assert_lt(sale->taken_count, sizeof sale->taken / sizeof *sale->taken);
    return sale->taken[sale->taken_count++] = malloc(size);
}

static inline void *allocate_never(void *ctx, size_t size)
{
    (void)ctx;
    cr_assert_fail("%zu bytes allocated", size);
    return NULL;
}

static inline void sale_init(struct sale *sale, uint32_t line_count)
{
    memset(sale, 0, sizeof *sale);
    sale->lines = calloc(line_count, sizeof *sale->lines);
    sale->facts = calloc(line_count, sizeof *sale->facts);
    sale->ids = calloc(line_count, sizeof *sale->ids);
    sale->event.currency = text_of("USD");
    sale->event.amount_scale = 2;
    sale->event.order.lines = sale->lines;
    sale->event.order.line_count = line_count;
    sale->event.order.paid_at_us = sale->event.order.shipped_at_us = EVENT_ABSENT;
    sale->event.order.delivered_at_us = sale->event.order.cancelled_at_us = EVENT_ABSENT;
    sale->event.order.affiliate =
        (struct affiliate){.rate_ppm = -1, .shop_ads_rate_ppm = -1, .actual_commission_minor = EVENT_ABSENT};
    for (uint32_t i = 0; i < line_count; i++) {
        snprintf(sale->ids[i], sizeof sale->ids[i], "%05u", i);
        sale->lines[i].line_id = text_of(sale->ids[i]);
        sale->lines[i].quantity = 1;
    }
}

static inline void sale_done(struct sale *sale)
{
    free(sale->lines);
    free(sale->facts);
    free(sale->ids);
    for (size_t i = 0; i < sale->taken_count; i++)
        free(sale->taken[i]);
}

static inline enum reason sale_charge(struct sale *sale, const struct fee_schedule *schedule)
{
    for (uint32_t i = 0; i < sale->event.order.line_count; i++)
        sale->facts[i].gross_minor = sale->lines[i].unit_list_minor * sale->lines[i].quantity;
    return fees_apply(schedule, NULL, &sale->event,
                      sale->event.order.line_count > 64 ? allocate : allocate_never, sale, sale->facts, NULL);
}

#endif
