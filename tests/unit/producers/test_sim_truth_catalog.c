#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/hash.h"
#include "producers/sim_truth.h"
#include "producers/sim_truth_catalog.h"

#define START_US INT64_C(1767225600000000) /* 2026-01-01 */
#define DAY_US INT64_C(86400000000)
#define LONG_AGO_US (START_US - 100 * DAY_US)
#define SHOPS 5
#define DAYS 40
#define LINES_MAX 5

/*
 * The second computation: everything that was sent is kept as it was, with its names; what is in force is found by the intervals
 * between one version's beginning and the next one's.
 */
struct kept_version {
    char sku[40], components[3][40];
    int64_t quantities[3], cost_minor, from_us, to_us, revision;
    uint32_t shop, component_count;
    enum event_kind kind;
};

struct kept_order {
    char id[40], skus[LINES_MAX][24];
    const struct sim_shop *shop;
    int64_t revision, created_us, quantities[LINES_MAX];
    uint32_t line_count;
    bool booked;
};

struct kept_refund {
    char id[64], order_id[40];
    int64_t at_us, revision, quantities[LINES_MAX];
    uint32_t lines[LINES_MAX], line_count;
    bool voided, restocked[LINES_MAX];
};

struct figures {
    int64_t cost_minor, count; /* count: of lines with a known cost, or of refunded ones without */
};

static struct kept_version versions[4000];
static struct kept_order orders[6000];
static struct kept_refund refunds[2000];
static size_t version_count, order_count, refund_count;
static struct figures sold[SHOPS][DAYS], back[SHOPS][DAYS];

static void keep_text(char *to, size_t size, struct text text)
{
    (void)snprintf(to, size, "%.*s", (int)text.len, text.ptr);
}

static struct kept_version version_of(const struct event *event, const struct sim_shop *shop)
{
    struct kept_version kept = {.shop = shop->number, .kind = event->kind, .revision = event->revision};
    if (event->kind == EVENT_UNIT_COST) {
        keep_text(kept.sku, sizeof kept.sku, event->unit_cost.sku);
        kept.cost_minor = event->unit_cost.cost_minor;
        kept.from_us = event->unit_cost.valid_from_us;
        kept.to_us = event->unit_cost.valid_to_us;
    }
    if (event->kind == EVENT_SKU_MAPPING) {
        const struct sku_mapping *mapping = &event->sku_mapping;
        keep_text(kept.sku, sizeof kept.sku, mapping->platform_sku);
        kept.from_us = mapping->valid_from_us;
        kept.to_us = mapping->valid_to_us;
        kept.component_count = mapping->component_count;
        for (uint32_t i = 0; i < mapping->component_count; i++) {
            keep_text(kept.components[i], sizeof kept.components[i], mapping->components[i].sku);
            kept.quantities[i] = mapping->components[i].quantity;
        }
    }
    return kept;
}

static void keep_version(const struct sim_item *item)
{
    struct kept_version kept = version_of(item->event, item->shop);
    for (size_t i = 0; i < version_count; i++) {
        struct kept_version *held = &versions[i];
        if (held->kind != kept.kind || held->shop != kept.shop || held->from_us != kept.from_us ||
            strcmp(held->sku, kept.sku) != 0)
            continue;
        if (kept.revision > held->revision)
            *held = kept;
        return;
    }
    cr_assert_lt(version_count, sizeof versions / sizeof *versions);
    versions[version_count++] = kept;
}

static struct kept_order *order_of(const char *id)
{
    for (size_t i = 0; i < order_count; i++)
        if (strcmp(orders[i].id, id) == 0)
            return &orders[i];
    return NULL;
}

static void keep_order(const struct sim_item *item)
{
    const struct order *order = &item->event->order;
    char id[40];
    keep_text(id, sizeof id, order->order_id);
    struct kept_order *kept = order_of(id);
    if (kept && item->event->revision <= kept->revision)
        return;
    cr_assert_lt(order_count, sizeof orders / sizeof *orders);
    kept = kept ? kept : &orders[order_count++];
    *kept = (struct kept_order){.shop = item->shop,
                                .revision = item->event->revision,
                                .created_us = order->created_at_us,
                                .line_count = order->line_count,
                                .booked = order->status != ORDER_UNPAID && order->status != ORDER_CANCELLED};
    memcpy(kept->id, id, sizeof id);
    for (uint32_t i = 0; i < order->line_count; i++) {
        kept->quantities[i] = order->lines[i].quantity;
        keep_text(kept->skus[i], sizeof kept->skus[i], order->lines[i].platform_sku);
    }
}

static void keep_refund(const struct sim_item *item)
{
    const struct refund *refund = &item->event->refund;
    char id[64];
    size_t at = 0;
    keep_text(id, sizeof id, refund->refund_id);
    while (at < refund_count && strcmp(refunds[at].id, id) != 0)
        at++;
    cr_assert_lt(at, sizeof refunds / sizeof *refunds);
    if (at < refund_count && item->event->revision <= refunds[at].revision)
        return;
    refund_count += at == refund_count;
    refunds[at] = (struct kept_refund){.at_us = item->event->occurred_at_us,
                                       .revision = item->event->revision,
                                       .line_count = refund->line_count,
                                       .voided = refund->voided};
    memcpy(refunds[at].id, id, sizeof id);
    keep_text(refunds[at].order_id, sizeof refunds[at].order_id, refund->order_id);
    for (uint32_t i = 0; i < refund->line_count; i++) {
        char line_id[48];
        keep_text(line_id, sizeof line_id, refund->lines[i].line_id);
        refunds[at].lines[i] = (uint32_t)strtoul(strchr(line_id, '-') + 1, NULL, 10) - 1;
        refunds[at].quantities[i] = refund->lines[i].quantity;
        refunds[at].restocked[i] = refund->lines[i].restocked;
    }
}

/* The one whose time it is: from its beginning until its end or the beginning of the next one, whichever is first. */
static const struct kept_version *find(enum event_kind kind, uint32_t shop, const char *sku, int64_t at_us)
{
    const struct kept_version *found = NULL;
    for (size_t i = 0; i < version_count; i++) {
        const struct kept_version *v = &versions[i];
        if (v->kind != kind || v->shop != shop || strcmp(v->sku, sku) != 0)
            continue;
        int64_t until_us = v->to_us == EVENT_ABSENT ? INT64_MAX : v->to_us;
        for (size_t k = 0; k < version_count; k++)
            if (versions[k].kind == kind && versions[k].shop == shop && strcmp(versions[k].sku, sku) == 0 &&
                versions[k].from_us > v->from_us && versions[k].from_us < until_us)
                until_us = versions[k].from_us;
        if (at_us < v->from_us || at_us >= until_us)
            continue;
        cr_assert_null(found, "one at a time");
        found = v;
    }
    return found;
}

static int64_t unit_cost(uint32_t shop, const char *sku, int64_t at_us)
{
    const struct kept_version *cost = find(EVENT_UNIT_COST, shop, sku, at_us);
    return cost ? cost->cost_minor : -1;
}

/* -1: unknown. */
static int64_t platform_cost(uint32_t shop, const char *sku, int64_t at_us)
{
    const struct kept_version *mapping = find(EVENT_SKU_MAPPING, shop, sku, at_us);
    int64_t sum = 0;
    if (!mapping)
        return unit_cost(shop, sku, at_us);
    for (uint32_t i = 0; i < mapping->component_count; i++) {
        int64_t cost = unit_cost(shop, mapping->components[i], at_us);
        if (cost < 0)
            return -1;
        sum += cost * mapping->quantities[i];
    }
    return sum;
}

static struct figures *day_at(struct figures days[SHOPS][DAYS], const struct sim_shop *shop, int64_t at_us)
{
    int64_t day = (at_us + sim_offset_s(shop->zone, at_us) * INT64_C(1000000)) / DAY_US - START_US / DAY_US + 2;
    cr_assert(day >= 0 && day < DAYS);
    return &days[shop->number - 1][day];
}

static void compute_sold(void)
{
    for (size_t i = 0; i < order_count; i++) {
        for (uint32_t l = 0; l < orders[i].line_count && orders[i].booked; l++) {
            int64_t cost = platform_cost(orders[i].shop->number, orders[i].skus[l], orders[i].created_us);
            struct figures *day = day_at(sold, orders[i].shop, orders[i].created_us);
            day->count += cost >= 0;
            day->cost_minor += cost >= 0 ? cost * orders[i].quantities[l] : 0;
        }
    }
}

/* All units of a line cost the same here, so that it does not matter which of them come back. */
static void compute_back(void)
{
    for (size_t i = 0; i < refund_count; i++) {
        const struct kept_order *order = order_of(refunds[i].order_id);
        for (uint32_t l = 0; order && order->booked && !refunds[i].voided && l < refunds[i].line_count; l++) {
            if (!refunds[i].restocked[l] || !refunds[i].quantities[l])
                continue;
            int64_t cost = platform_cost(order->shop->number, order->skus[refunds[i].lines[l]], order->created_us);
            struct figures *day = day_at(back, order->shop, refunds[i].at_us);
            day->count += cost < 0;
            day->cost_minor += cost >= 0 ? cost * refunds[i].quantities[l] : 0;
        }
    }
}

static int64_t number_of(const char *json, const char *name)
{
    char quoted[64];
    (void)snprintf(quoted, sizeof quoted, "\"%s\": ", name);
    const char *at = strstr(json, quoted);
    cr_assert_not_null(at, "%s", name);
    return strtoll(at + strlen(quoted), NULL, 10);
}

/* Every row of the table is as computed, and no computed day has no row. */
static void check_table(const char *json, const char *name, const char *count_name, struct figures days[SHOPS][DAYS])
{
    char quoted[64];
    (void)snprintf(quoted, sizeof quoted, " \"%s\": [", name);
    const char *at = strstr(json, quoted), *end = at ? strstr(at, "\n ]") : NULL;
    cr_assert_not_null(end, "%s", name);
    int64_t sum = 0, counts = 0;
    while ((at = strstr(at, "{\"shop_id\": \"shop-")) && at < end) {
        int64_t shop = strtoll(at + 18, NULL, 10), month = strtoll(strstr(at, "\"day\"") + 13, NULL, 10);
        int64_t day = strtoll(strstr(at, "\"day\"") + 16, NULL, 10) + (month == 12 ? -32 : month == 2 ? 30 : -1) + 2;
        struct figures *expected = &days[shop - 1][day];
        cr_assert_eq(number_of(at, "cost_minor"), expected->cost_minor, "%s: shop-%ld day %ld", name, shop, day - 1);
        cr_assert_eq(number_of(at, count_name), expected->count, "%s: shop-%ld day %ld", name, shop, day - 1);
        sum += expected->cost_minor;
        counts += expected->count;
        expected->cost_minor = expected->count = 0;
        at++;
    }
    cr_assert_gt(sum, 100000);
    cr_assert_gt(counts, 5);
    for (int s = 0; s < SHOPS; s++)
        for (int d = 0; d < DAYS; d++)
            cr_assert(!days[s][d].cost_minor && !days[s][d].count, "%s: no row for shop-%d day %d", name, s + 1, d - 1);
}

static int64_t lines_of(const char *json, const char *text)
{
    int64_t count = 0;
    for (const char *at = strstr(json, text); at; at = strstr(at + 1, text))
        count++;
    return count;
}

/* SKUs of which no version of any time was ever kept. */
static int64_t count_uncosted(const struct simulator *simulator, const char *json)
{
    int64_t count = 0;
    for (uint32_t s = 0; s < SHOPS; s++) {
        const struct sim_shop *shop = simulator_shop(simulator, s);
        for (uint32_t i = 0; i < shop->sku_count; i++) {
            size_t v = 0;
            while (v < version_count && strcmp(versions[v].sku, shop->skus[i].id) != 0)
                v++;
            count += v == version_count;
            cr_assert_eq(v == version_count, strstr(json, shop->skus[i].id) != NULL, "%s", shop->skus[i].id);
        }
    }
    return count;
}

Test(sim_truth_catalog, agrees_with_a_second_computation_to_the_minor_unit)
{
    struct simulator_config config = {.seed = 12,
                                      .shops = SHOPS,
                                      .days = 25,
                                      .orders = 4000,
                                      .start_us = START_US,
                                      .late_ppm = 30000,
                                      .duplicate_ppm = 30000,
                                      .malformed_ppm = 30000,
                                      .incidents = 8,
                                      .refund_ppm = 200000};
    struct err err = {0};
    struct simulator *simulator = simulator_new(&config, &err);
    struct sim_truth *truth = sim_truth_new(&config);
    struct sim_item item;
    int64_t malformed = 0, costs = 0;
    printf("seed %llu\n", (unsigned long long)config.seed);
    while (simulator_next(simulator, &item)) {
        sim_truth_add(truth, &item);
        malformed += item.malformed && event_topic_of(item.event->kind) == TOPIC_CATALOG;
        costs += !item.malformed && item.event->kind == EVENT_UNIT_COST;
        if (!item.malformed && item.event->kind == EVENT_ORDER)
            keep_order(&item);
        if (!item.malformed && item.event->kind == EVENT_REFUND)
            keep_refund(&item);
        if (!item.malformed && (item.event->kind == EVENT_UNIT_COST || item.event->kind == EVENT_SKU_MAPPING))
            keep_version(&item);
    }
    compute_sold();
    compute_back();
    static char json[4 << 20];
    FILE *out = fmemopen(json, sizeof json, "w");
    cr_assert(sim_truth_write(truth, simulator, out));
    cr_assert_eq(fclose(out), 0);
    check_table(json, "days", "cost_lines", sold);
    check_table(json, "refund_days", "cost_unknown", back);
    const char *catalog = strstr(json, " \"catalog\": {");
    cr_assert_eq(number_of(strstr(catalog, "\"sent\""), "unit_costs"), costs);
    const char *held = strstr(catalog, "\"versions\"");
    cr_assert_eq(number_of(held, "unit_costs") + number_of(held, "sku_mappings"), (int64_t)version_count);
    cr_assert_gt(malformed, 10);
    cr_assert_gt(number_of(catalog, "restated"), 10);
    const char *uncosted = strstr(catalog, "\"uncosted\"");
    cr_assert_eq(lines_of(uncosted, "{\"shop_id\""), count_uncosted(simulator, uncosted));
    cr_assert_gt(count_uncosted(simulator, uncosted), 0);
    sim_truth_free(truth);
    simulator_free(simulator);
}

Test(sim_truth_catalog, skus_that_have_no_mapping_at_first_are_mapped_later_and_their_old_lines_then_cost_something)
{
    struct simulator_config config = {.seed = 13, .shops = SHOPS, .days = 25, .orders = 3000, .start_us = START_US};
    struct err err = {0};
    struct simulator *simulator = simulator_new(&config, &err);
    struct sim_catalog_truth *truth = sim_catalog_truth_new(&config);
    struct sim_item item;
    int64_t unknown_then = 0, known_since = 0, lines = 0;
    static struct {
        const struct sim_shop *shop;
        uint64_t sku;
        int64_t at_us;
    } unknown[6000];
    while (simulator_next(simulator, &item)) {
        sim_catalog_truth_add(truth, &item);
        if (item.event->kind != EVENT_ORDER || item.event->order.status != ORDER_PAID)
            continue;
        for (uint32_t i = 0; i < item.event->order.line_count; i++, lines++) {
            struct text sku = item.event->order.lines[i].platform_sku;
            int64_t cost;
            uint64_t hash = hash64(sku.ptr, sku.len);
            if (sim_catalog_truth_cost(truth, item.shop, hash, item.event->order.created_at_us, &cost))
                continue;
            cr_assert_lt(unknown_then, 6000);
            unknown[unknown_then].shop = item.shop;
            unknown[unknown_then].sku = hash;
            unknown[unknown_then++].at_us = item.event->order.created_at_us;
        }
    }
    for (int64_t i = 0; i < unknown_then; i++) {
        int64_t cost;
        known_since += sim_catalog_truth_cost(truth, unknown[i].shop, unknown[i].sku, unknown[i].at_us, &cost);
    }
    printf("of %ld lines %ld unknown, %ld of them known by the end\n", lines, unknown_then, known_since);
    cr_assert_gt(known_since * 100, lines);
    cr_assert_gt((unknown_then - known_since) * 500, lines);
    sim_catalog_truth_free(truth);
    simulator_free(simulator);
}

/* One shop and records made by hand. */
static struct sim_catalog_truth *truth;
static const struct sim_shop shop = {.id = "shop-1", .number = 1};

static void begin(void)
{
    const struct simulator_config config = {.shops = 1};
    truth = sim_catalog_truth_new(&config);
    cr_assert_not_null(truth);
}

static void end(void)
{
    sim_catalog_truth_free(truth);
}

static void say_cost(const char *sku, int64_t revision, int64_t from_us, int64_t to_us, int64_t cost_minor)
{
    const struct event event = {.kind = EVENT_UNIT_COST,
                                .revision = revision,
                                .unit_cost = {text_of(sku), cost_minor, from_us, to_us}};
    const struct sim_item item = {.event = &event, .shop = &shop};
    sim_catalog_truth_add(truth, &item);
}

static void say_mapping(const char *sku, int64_t from_us, int64_t to_us, struct sku_component *components, uint32_t count)
{
    const struct event event = {.kind = EVENT_SKU_MAPPING,
                                .revision = 1,
                                .sku_mapping = {text_of(sku), from_us, to_us, components, count}};
    const struct sim_item item = {.event = &event, .shop = &shop};
    sim_catalog_truth_add(truth, &item);
}

/* -1: unknown. */
static int64_t cost_of(const char *sku, int64_t at_us)
{
    int64_t cost = -2;
    return sim_catalog_truth_cost(truth, &shop, hash64(sku, strlen(sku)), at_us, &cost) ? cost : -1;
}

Test(sim_truth_catalog, a_version_that_has_expired_does_not_give_way_to_an_older_one, .init = begin, .fini = end)
{
    say_cost("a", 1, LONG_AGO_US, EVENT_ABSENT, 100);
    say_cost("a", 2, START_US, START_US + DAY_US, 90);
    cr_assert_eq(cost_of("a", LONG_AGO_US - 1), -1);
    cr_assert_eq(cost_of("a", LONG_AGO_US), 100);
    cr_assert_eq(cost_of("a", START_US - 1), 100);
    cr_assert_eq(cost_of("a", START_US), 90);
    cr_assert_eq(cost_of("a", START_US + DAY_US - 1), 90);
    cr_assert_eq(cost_of("a", START_US + DAY_US), -1);
}

/* 2 x 100 + 3 x 7 = 221, and from the day on 1 x 100 + 3 x 7 = 121. */
Test(sim_truth_catalog, a_bundle_costs_its_components_and_nothing_is_known_where_one_of_them_is_not, .init = begin, .fini = end)
{
    struct sku_component two[] = {{text_of("a"), 2}, {text_of("b"), 3}}, one[] = {{text_of("a"), 1}, {text_of("b"), 3}};
    say_mapping("p", LONG_AGO_US, EVENT_ABSENT, two, 2);
    say_mapping("p", START_US, EVENT_ABSENT, one, 2);
    say_cost("a", 1, LONG_AGO_US, EVENT_ABSENT, 100);
    cr_assert_eq(cost_of("p", START_US), -1);
    say_cost("b", 1, LONG_AGO_US, EVENT_ABSENT, 7);
    cr_assert_eq(cost_of("p", START_US - 1), 221);
    cr_assert_eq(cost_of("p", START_US), 121);
}

Test(sim_truth_catalog, without_a_mapping_in_force_a_sku_is_what_it_is_called, .init = begin, .fini = end)
{
    struct sku_component a[] = {{text_of("a"), 1}};
    say_cost("p", 1, LONG_AGO_US, EVENT_ABSENT, 55);
    say_cost("a", 1, LONG_AGO_US, EVENT_ABSENT, 100);
    cr_assert_eq(cost_of("p", START_US), 55);
    say_mapping("p", START_US, START_US + DAY_US, a, 1);
    cr_assert_eq(cost_of("p", START_US - 1), 55);
    cr_assert_eq(cost_of("p", START_US), 100);
    cr_assert_eq(cost_of("p", START_US + DAY_US), 55);
    say_mapping("p", START_US + 2 * DAY_US, EVENT_ABSENT, NULL, 0);
    cr_assert_eq(cost_of("p", START_US + 2 * DAY_US), -1, "made of nothing is not known");
}

Test(sim_truth_catalog, the_last_revision_of_a_version_counts_in_whatever_order_they_come, .init = begin, .fini = end)
{
    say_cost("a", 2, LONG_AGO_US, EVENT_ABSENT, 200);
    say_cost("a", 1, LONG_AGO_US, EVENT_ABSENT, 100);
    cr_assert_eq(cost_of("a", START_US), 200);
    say_cost("a", 3, LONG_AGO_US, START_US, 300);
    cr_assert_eq(cost_of("a", START_US - 1), 300);
    cr_assert_eq(cost_of("a", START_US), -1);
    cr_assert_eq(cost_of("b", START_US), -1);
}
