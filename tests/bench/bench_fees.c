/*
 * What charging an order of two lines costs, by pack, without and with its trace.
 * bench_fees PACK...: prints a name and nanoseconds per pack, the median over rounds.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/fact.h"
#include "core/fees.h"
#include "rules/fee_pack.h"

#define ROUNDS 201
#define ORDERS 5000

static int64_t now_ns(void)
{
    struct timespec at;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &at);
    return at.tv_sec * INT64_C(1000000000) + at.tv_nsec;
}

static void *allocate_never(void *ctx, size_t size)
{
    (void)ctx, (void)size;
    abort();
}

static int compare(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

static struct order_line lines[2] = {
    {.line_id = {"577087614418520388", 18}, .platform_sku = {"1729384756", 10}, .category = {"Shoes", 5}, .quantity = 1,
     .unit_list_minor = 500000, .seller_discount_minor = 50000, .platform_discount_minor = 50000, .tax_minor = 315},
    {.line_id = {"577087614418520389", 18}, .platform_sku = {"1729384757", 10}, .category = {"Toys", 4}, .quantity = 2,
     .unit_list_minor = 199900, .seller_discount_minor = 1000, .tax_minor = 120}};

static struct event order_for(const struct fee_schedule *schedule)
{
    struct event event = {.currency = {schedule->currency ? schedule->currency : "USD", 3}, .amount_scale = schedule->amount_scale};
    event.order = (struct order){.status = ORDER_DELIVERED,
                                 .created_at_us = INT64_C(1785542400000000),
                                 .paid_at_us = INT64_C(1785542400000000),
                                 .shipped_at_us = INT64_C(1785642400000000),
                                 .delivered_at_us = INT64_C(1785742400000000),
                                 .cancelled_at_us = EVENT_ABSENT,
                                 .shipping_paid_minor = 59900,
                                 .customer_total_minor = 858800,
                                 .lines = lines,
                                 .line_count = 2};
    event.order.affiliate = (struct affiliate){.creator = {"c", 1}, .rate_ppm = 100000, .shop_ads_rate_ppm = -1,
                                               .actual_commission_minor = EVENT_ABSENT};
    return event;
}

static double measure(const struct fee_schedule *schedule, bool with_trace)
{
    static double ns[ROUNDS];
    struct line_fact facts[2] = {{.gross_minor = 500000}, {.gross_minor = 399800}};
    struct fee_charge charges[32];
    struct fee_part parts[64];
    struct event event = order_for(schedule);
    for (size_t round = 0; round < ROUNDS; round++) {
        int64_t start = now_ns();
        for (int i = 0; i < ORDERS; i++) {
            struct fee_trace trace = {charges, 32, 0, parts, 64, 0, 0};
            event.order.shipping_paid_minor = 59900 + i;
            if (fees_apply(schedule, NULL, &event, allocate_never, NULL, facts, with_trace ? &trace : NULL) != REASON_NONE)
                abort();
        }
        ns[round] = (double)(now_ns() - start) / ORDERS;
    }
    qsort(ns, ROUNDS, sizeof *ns, compare);
    return ns[ROUNDS / 2];
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        struct problems problems = {.count = 0};
        struct fee_pack *pack = fee_pack_load(argv[i], &problems);
        problems_print(&problems, stderr);
        problems_done(&problems);
        if (!pack)
            return 78;
        const struct fee_schedule *schedule = fee_pack_schedule(pack);
        printf("# %s\nfees_ns %.1f\nfees_traced_ns %.1f\n", schedule->name, measure(schedule, false), measure(schedule, true));
        fee_pack_free(pack);
    }
    return 0;
}
