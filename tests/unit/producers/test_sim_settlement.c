#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "producers/sim_effect.h"
#include "producers/sim_settlement.h"
#include "producers/sim_truth.h"

#define START_US INT64_C(1767225600000000) /* 2026-01-01 */
#define DAY_US INT64_C(86400000000)
#define ORDERS_MAX 12000
#define SHOPS 5

static struct simulator_config config_of(uint64_t seed)
{
    printf("seed %llu\n", (unsigned long long)seed);
    return (struct simulator_config){.seed = seed, .shops = SHOPS, .days = 25, .orders = 8000, .start_us = START_US,
                                     .refund_ppm = 150000, .leak_ppm = 20000};
}

/* Of an order, by its number: what was sold, what came back, what was settled. */
struct settled {
    const struct sim_shop *shop;
    bool cancelled, delivered;
    struct sim_sold_line lines[SIM_LINES_MAX];
    uint32_t line_count, claim_count, settled_refunds, line_records;
    struct sim_claim claims[SIM_REFUNDS_MAX];
    int64_t referral_minor, shipping_minor;
    int64_t fields[STATED_FIELD_COUNT], cases_minor;
    enum sim_leak leak;
    int64_t leak_minor;
};

static struct settled *orders;
static int64_t once_lines, once_total_minor; /* of all lines that are no duplicates */

static struct settled *order_of(struct text id)
{
    unsigned long long number = strtoull(id.ptr + 7, NULL, 10);
    cr_assert_lt(number, ORDERS_MAX);
    return &orders[number];
}

static void take_order(const struct sim_item *item)
{
    const struct order *order = &item->event->order;
    struct settled *o = order_of(order->order_id);
    o->shop = item->shop;
    o->line_count = sim_sold_lines(item->shop, order, o->lines);
    o->referral_minor = sim_referral(order);
    o->shipping_minor = order->shipping_paid_minor;
    o->cancelled |= order->status == ORDER_CANCELLED;
    o->delivered |= order->status == ORDER_DELIVERED;
}

static void take_refund(const struct sim_item *item)
{
    struct sim_claim claim;
    if (memcmp(item->event->refund.order_id.ptr, "5769", 4) != 0)
        return;
    struct settled *o = order_of(item->event->refund.order_id);
    uint32_t i = 0;
    sim_claim_of(item->event, &claim);
    while (i < o->claim_count && strcmp(o->claims[i].refund_id, claim.refund_id) != 0)
        i++;
    cr_assert_lt(i, SIM_REFUNDS_MAX);
    if (i == o->claim_count)
        o->claim_count++;
    o->claims[i] = claim;
}

static int field_of(struct text name)
{
    int i = 0;
    while (i < STATED_FIELD_COUNT &&
           (strlen(sim_settled_fields[i]) != name.len || memcmp(sim_settled_fields[i], name.ptr, name.len) != 0))
        i++;
    cr_assert_lt(i, STATED_FIELD_COUNT, "%.*s", (int)name.len, name.ptr);
    return i;
}

static bool is_type(const struct settlement *settlement, const char *type)
{
    return settlement->native_type.len == strlen(type) && memcmp(settlement->native_type.ptr, type, strlen(type)) == 0;
}

static void check_sums(const struct settlement *settlement, int64_t *fields)
{
    for (uint32_t i = 0; i < settlement->amount_count; i++)
        fields[field_of(settlement->amounts[i].field)] += settlement->amounts[i].amount_minor;
    cr_assert_eq(fields[STATED_NET_SALES], fields[STATED_GROSS] + fields[STATED_DISCOUNT] + fields[STATED_GROSS_REFUND] +
                                               fields[STATED_DISCOUNT_REFUND]);
    cr_assert_eq(fields[STATED_SHIPPING_PAID] + fields[STATED_SHIPPING_ACTUAL], 0, "shipping is passed through");
    cr_assert_eq(fields[STATED_TOTAL], fields[STATED_NET_SALES] + fields[STATED_REFERRAL] + fields[STATED_ADMIN] +
                                           fields[STATED_AFFILIATE] + fields[STATED_TRANSACTION] + fields[STATED_ADJUSTMENT] +
                                           fields[STATED_UNKNOWN]);
}

static void take_line(const struct sim_item *item)
{
    const struct settlement *settlement = &item->event->settlement;
    struct settled *o = order_of(settlement->order_id);
    int64_t fields[STATED_FIELD_COUNT] = {0};
    check_sums(settlement, fields);
    cr_assert_eq(settlement->settled_at_us % DAY_US, 20 * DAY_US / 24, "statements are daily");
    cr_assert_geq(item->log_time_us, settlement->settled_at_us);
    o->settled_refunds = item->settled_refunds > o->settled_refunds ? item->settled_refunds : o->settled_refunds;
    if (is_type(settlement, "Chargeback")) {
        o->cases_minor += fields[STATED_TOTAL];
        return;
    }
    cr_assert(is_type(settlement, "Order"));
    o->line_records++;
    for (int i = 0; i < STATED_FIELD_COUNT; i++)
        o->fields[i] += fields[i];
    if (item->leak == LEAK_NONE)
        return;
    cr_assert_eq(o->leak, LEAK_NONE, "one leak of an order");
    o->leak = item->leak;
    o->leak_minor = item->leak_minor;
}

static void run(const struct simulator_config *config, struct simulator **ret_simulator, struct sim_truth **ret_truth)
{
    struct err err = {0};
    struct sim_item item;
    *ret_simulator = simulator_new(config, &err);
    *ret_truth = sim_truth_new(config);
    orders = calloc(ORDERS_MAX, sizeof *orders);
    cr_assert(orders && *ret_simulator && *ret_truth);
    while (simulator_next(*ret_simulator, &item)) {
        sim_truth_add(*ret_truth, &item);
        if (item.event->kind == EVENT_ORDER)
            take_order(&item);
        if (item.event->kind == EVENT_REFUND)
            take_refund(&item);
        if (item.event->kind != EVENT_SETTLEMENT || item.duplicate)
            continue;
        once_lines++;
        once_total_minor += item.event->settlement.amounts[0].amount_minor;
        if (item.event->settlement.order_id.ptr)
            take_line(&item);
    }
}

static void stop(struct simulator *simulator, struct sim_truth *truth)
{
    sim_truth_free(truth);
    simulator_free(simulator);
    free(orders);
}

/* What the rules yield for the order with all its refunds, by field. */
static void expect(const struct settled *o, int64_t *f, int64_t *ret_cases)
{
    int64_t back[SIM_REFUNDS_MAX][BACK_COUNT] = {{0}}, gross = 0, discount = 0, affiliate = 0;
    sim_effects(o->shop, o->lines, o->line_count, o->claims, o->claim_count, back);
    for (uint32_t i = 0; i < o->line_count; i++) {
        gross += o->lines[i].gross_minor;
        discount += o->lines[i].seller_discount_minor;
        affiliate += o->lines[i].affiliate_minor;
    }
    f[STATED_GROSS] = gross;
    f[STATED_DISCOUNT] = -discount;
    f[STATED_REFERRAL] = -o->referral_minor;
    f[STATED_AFFILIATE] = -affiliate;
    f[STATED_SHIPPING_PAID] = o->shipping_minor;
    for (uint32_t i = 0; i < o->claim_count; i++) {
        f[STATED_GROSS_REFUND] -= back[i][BACK_GROSS];
        f[STATED_DISCOUNT_REFUND] += back[i][BACK_SELLER_DISCOUNT];
        f[STATED_REFERRAL] += back[i][BACK_FEES];
        f[STATED_AFFILIATE] += back[i][BACK_AFFILIATE];
        f[STATED_ADMIN] -= back[i][BACK_ADMIN_FEE];
        f[STATED_SHIPPING_PAID] -= back[i][BACK_SHIPPING];
        *ret_cases -= back[i][BACK_CASE_FEE];
    }
    if (o->cancelled) {
        memset(f, 0, STATED_FIELD_COUNT * sizeof *f);
        f[STATED_GROSS] = gross;
        f[STATED_GROSS_REFUND] = -gross;
        f[STATED_DISCOUNT] = -discount;
        f[STATED_DISCOUNT_REFUND] = discount;
    }
}

static enum sim_settled_field leaky_field(enum sim_leak leak)
{
    static const enum sim_settled_field fields[LEAK_COUNT] = {STATED_TOTAL, STATED_ADMIN,   STATED_REFERRAL,
                                                              STATED_ADMIN, STATED_UNKNOWN, STATED_ADJUSTMENT};
    return fields[leak];
}

/* A line settles what its order is worth by the rules, and nothing else but the leak that it is said to have. */
static void check_order(const struct settled *o)
{
    static const enum sim_settled_field parts[] = {
        STATED_GROSS,     STATED_GROSS_REFUND, STATED_DISCOUNT,      STATED_DISCOUNT_REFUND, STATED_REFERRAL, STATED_ADMIN,
        STATED_AFFILIATE, STATED_TRANSACTION,  STATED_SHIPPING_PAID, STATED_ADJUSTMENT,      STATED_UNKNOWN};
    int64_t expected[STATED_FIELD_COUNT] = {0}, cases = 0;
    expect(o, expected, &cases);
    if (o->leak != LEAK_NONE) {
        cr_assert_neq(o->leak_minor, 0);
        cr_assert(o->leak == LEAK_ADJUSTMENT || o->leak_minor < 0, "%s", sim_leak_name(o->leak));
        expected[leaky_field(o->leak)] += o->leak_minor;
    }
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        cr_assert_eq(o->fields[parts[i]], expected[parts[i]], "%s of %s: %ld, not %ld", sim_settled_fields[parts[i]],
                     sim_leak_name(o->leak), o->fields[parts[i]], expected[parts[i]]);
    cr_assert_eq(o->cases_minor, o->cancelled ? 0 : cases);
}

static void check_leak(const struct settled *o)
{
    uint64_t caps = o->line_count;
    if (o->leak == LEAK_ADMIN_FEE)
        cr_assert(o->cancelled);
    if (o->leak == LEAK_ADMIN_CAP)
        cr_assert_lt(o->fields[STATED_ADMIN], -500 * (int64_t)caps);
    if (o->leak == LEAK_REFERRAL_RATE) /* 8 % of the base, of which 6 % is known to half a cent */
        cr_assert(llabs(o->referral_minor * 4 - (o->referral_minor - o->leak_minor) * 3) <= 4);
}

Test(sim_settlement, a_settled_order_is_worth_what_the_rules_say_but_for_its_leak)
{
    struct simulator_config config = config_of(21);
    struct simulator *simulator;
    struct sim_truth *truth;
    uint64_t whole = 0, pending = 0, leaks[LEAK_COUNT] = {0}, several = 0, cancelled = 0;
    run(&config, &simulator, &truth);
    for (size_t i = 0; i < ORDERS_MAX; i++) {
        const struct settled *o = &orders[i];
        if (!o->line_records)
            continue;
        cr_assert_eq(strcmp(o->shop->platform, "tiktok_shop"), 0);
        cr_assert(o->delivered || (o->cancelled && o->claim_count));
        leaks[o->leak]++;
        several += o->line_records > 1;
        cancelled += o->cancelled;
        check_leak(o);
        if (o->settled_refunds < o->claim_count)
            pending++;
        else {
            check_order(o);
            whole++;
        }
    }
    printf("%lu whole, %lu pending, %lu of several lines, %lu cancelled; leaks %lu %lu %lu %lu %lu of %lu\n", whole, pending,
           several, cancelled, leaks[1], leaks[2], leaks[3], leaks[4], leaks[5], leaks[0]);
    cr_assert_gt(whole, 2000);
    cr_assert_gt(pending, 5);
    cr_assert_gt(several, 20);
    cr_assert_gt(cancelled, 50);
    for (int kind = 1; kind < LEAK_COUNT; kind++)
        cr_assert_gt(leaks[kind], 0, "%s", sim_leak_name((enum sim_leak)kind));
    stop(simulator, truth);
}

Test(sim_settlement, nothing_leaks_where_no_leaks_are_asked_for)
{
    struct simulator_config config = config_of(22);
    struct simulator *simulator;
    struct sim_truth *truth;
    uint64_t whole = 0;
    config.leak_ppm = 0;
    run(&config, &simulator, &truth);
    for (size_t i = 0; i < ORDERS_MAX; i++) {
        cr_assert_eq(orders[i].leak, LEAK_NONE);
        if (orders[i].line_records && orders[i].settled_refunds == orders[i].claim_count) {
            check_order(&orders[i]);
            whole++;
        }
    }
    cr_assert_gt(whole, 2000);
    stop(simulator, truth);
}

static char *json_of(struct sim_truth *truth, struct simulator *simulator)
{
    char *json;
    size_t size;
    FILE *out = open_memstream(&json, &size);
    cr_assert(sim_truth_write(truth, simulator, out));
    cr_assert_eq(fclose(out), 0);
    return json;
}

static int64_t number_of(const char *json, const char *name)
{
    char quoted[64];
    (void)snprintf(quoted, sizeof quoted, "\"%s\": ", name);
    const char *at = strstr(json, quoted);
    cr_assert_not_null(at, "%s", name);
    return strtoll(at + strlen(quoted), NULL, 10);
}

Test(sim_truth_settlement, lists_the_leaks_of_the_lines_and_statements_that_add_up)
{
    struct simulator_config config = config_of(23);
    struct simulator *simulator;
    struct sim_truth *truth;
    uint64_t leaks = 0, listed = 0, statements = 0;
    static const char *const classes[] = {"gross_minor",     "seller_discount_minor", "refund_minor",
                                          "shipping_minor",  "platform_fee_minor",    "refund_admin_fee_minor",
                                          "affiliate_minor", "adjustment_minor",      "unknown_minor",
                                          "ads_minor",       "reserve_minor"};
    config.duplicate_ppm = config.late_ppm = 20000;
    run(&config, &simulator, &truth);
    char *json = json_of(truth, simulator);
    const char *at = strstr(json, "\"leaks\": ["), *end = strstr(at, "\n ]");
    while ((at = strstr(at, "\"order_id\": \"")) && at < end) {
        const struct settled *o = order_of((struct text){at + 13, 19});
        cr_assert_eq(number_of(at, "amount_minor"), o->leak_minor);
        cr_assert_eq(strncmp(strstr(at, "\"kind\": \"") + 9, sim_leak_name(o->leak), strlen(sim_leak_name(o->leak))), 0);
        listed++;
        at++;
    }
    for (size_t i = 0; i < ORDERS_MAX; i++)
        leaks += orders[i].leak != LEAK_NONE;
    cr_assert_gt(leaks, 20);
    cr_assert_eq(leaks, listed);
    at = strstr(json, "\"statements\": [");
    end = strstr(at, "\n ]");
    while ((at = strstr(at, "{\"shop_id\"")) && at < end) {
        int64_t sum = 0;
        for (size_t c = 0; c < sizeof classes / sizeof *classes; c++)
            sum += number_of(at, classes[c]);
        cr_assert_eq(sum, number_of(at, "total_minor"));
        cr_assert_gt(number_of(at, "lines"), 0);
        statements++;
        at++;
    }
    cr_assert_gt(statements, 30);
    free(json);
    stop(simulator, truth);
}

Test(sim_truth_settlement, counts_every_transaction_once_and_names_orders_with_refunds_to_come)
{
    struct simulator_config config = config_of(24);
    struct simulator *simulator;
    struct sim_truth *truth;
    uint64_t pending = 0, listed = 0;
    int64_t lines = 0, total = 0;
    config.duplicate_ppm = 200000;
    run(&config, &simulator, &truth);
    char *json = json_of(truth, simulator);
    for (size_t i = 0; i < ORDERS_MAX; i++)
        pending += orders[i].line_records && orders[i].settled_refunds < orders[i].claim_count;
    const char *at = strstr(json, "\"unsettled\": [");
    for (const char *end = strstr(at, "\n ]"); (at = strstr(at, "\"order_id\"")) && at < end; at++)
        listed++;
    cr_assert_gt(pending, 5);
    cr_assert_eq(listed, pending);
    cr_assert_gt(number_of(strstr(json, "\"settlements\""), "duplicates"), 100);
    at = strstr(json, "\"statements\": [");
    for (const char *end = strstr(at, "\n ]"); (at = strstr(at, "{\"shop_id\"")) && at < end; at++) {
        lines += number_of(at, "lines");
        total += number_of(at, "total_minor");
    }
    cr_assert_eq(lines, once_lines);
    cr_assert_eq(total, once_total_minor);
    free(json);
    stop(simulator, truth);
}
