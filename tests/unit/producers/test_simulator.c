#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/hash.h"
#include "producers/sim_truth.h"
#include "producers/simulator.h"
#include "schemas/wire.h"

#define START_US INT64_C(1767225600000000) /* 2026-01-01 */
#define DAY_US INT64_C(86400000000)

static struct simulator_config config_of(uint64_t seed)
{
    printf("seed %llu\n", (unsigned long long)seed);
    return (struct simulator_config){.seed = seed, .shops = 5, .days = 10, .orders = 4000, .start_us = START_US};
}

static struct simulator *start(const struct simulator_config *config)
{
    struct err err = {0};
    struct simulator *simulator = simulator_new(config, &err);
    cr_assert_not_null(simulator, "%s", err.text);
    return simulator;
}

/* Hash of all records as they would be sent. */
static uint64_t hash_of(const struct simulator_config *config)
{
    struct err err = {0};
    struct simulator *simulator = start(config);
    struct wire_encoder *encoder = wire_encoder_new(&err);
    struct sim_item item;
    uint64_t hash = 0;
    while (simulator_next(simulator, &item)) {
        const uint8_t *bytes;
        size_t len;
        cr_assert(wire_encode(encoder, item.event, &bytes, &len, &err), "%s", err.text);
        hash = XXH3_64bits_withSeed(bytes, len, hash);
    }
    wire_encoder_free(encoder);
    simulator_free(simulator);
    return hash;
}

Test(simulator, the_same_seed_gives_the_same_bytes_and_another_one_others)
{
    struct simulator_config config = config_of(1), other = config_of(2);
    config.duplicate_ppm = config.late_ppm = other.duplicate_ppm = other.late_ppm = 10000;
    cr_assert_eq(hash_of(&config), hash_of(&config));
    cr_assert_neq(hash_of(&config), hash_of(&other));
}

Test(simulator, makes_about_the_orders_that_it_is_asked_for_and_cancels_3_to_6_percent)
{
    struct simulator_config config = config_of(3);
    config.orders = 20000;
    config.days = 20;
    struct simulator *simulator = start(&config);
    struct sim_item item;
    uint64_t paid = 0, cancelled = 0;
    while (simulator_next(simulator, &item)) {
        if (item.event->kind != EVENT_ORDER)
            continue;
        paid += item.event->order.status == ORDER_PAID;
        cancelled += item.event->order.status == ORDER_CANCELLED;
    }
    cr_assert(paid > 18000 && paid < 22000, "%llu orders", (unsigned long long)paid);
    cr_assert(cancelled * 100 > paid * 3 && cancelled * 100 < paid * 6, "%llu of %llu", (unsigned long long)cancelled,
              (unsigned long long)paid);
    simulator_free(simulator);
}

Test(simulator, comes_in_the_order_of_the_log_and_ad_spend_is_restated_once)
{
    struct simulator_config config = config_of(4);
    struct simulator *simulator = start(&config);
    struct sim_item item;
    int64_t log_time_us = INT64_MIN;
    uint64_t first = 0, restated = 0;
    while (simulator_next(simulator, &item)) {
        cr_assert_geq(item.log_time_us, log_time_us);
        log_time_us = item.log_time_us;
        if (item.event->kind == EVENT_AD_SPEND)
            *(item.event->revision % 10 ? &restated : &first) += 1;
    }
    cr_assert_gt(first, 0);
    cr_assert_gt(restated, 0);
    cr_assert_leq(restated, first);
    simulator_free(simulator);
}

Test(simulator, duplicates_and_late_records_come_as_often_as_asked)
{
    struct simulator_config config = config_of(5);
    config.duplicate_ppm = config.late_ppm = 50000;
    struct simulator *simulator = start(&config);
    struct sim_item item;
    uint64_t records = 0, duplicates = 0, late = 0;
    for (; simulator_next(simulator, &item); records++) {
        duplicates += item.duplicate;
        late += item.late;
    }
    cr_assert(duplicates * 100 > records * 3 && duplicates * 100 < records * 7, "%llu of %llu", (unsigned long long)duplicates,
              (unsigned long long)records);
    cr_assert(late * 100 > records * 3 && late * 100 < records * 7);
    simulator_free(simulator);
}

Test(simulator, a_spoilt_record_is_refused_for_the_reason_that_it_claims)
{
    struct simulator_config config = config_of(6);
    struct err err = {0};
    config.malformed_ppm = 100000;
    config.refund_ppm = 200000;
    struct simulator *simulator = start(&config);
    struct wire_encoder *encoder = wire_encoder_new(&err);
    struct wire_decoder *decoder = wire_decoder_new(&err);
    struct arena arena;
    struct sim_item item;
    uint64_t refused[EVENT_KIND_COUNT] = {0};
    arena_init(&arena);
    while (simulator_next(simulator, &item)) {
        const uint8_t *bytes;
        static uint8_t spoilt[65536];
        struct event event;
        size_t len;
        cr_assert(wire_encode(encoder, item.event, &bytes, &len, &err), "%s", err.text);
        memcpy(spoilt, bytes, len);
        len = sim_spoil(item.malformed, spoilt, len);
        enum reason reason = wire_decode(decoder, event_topic_of(item.event->kind), NULL, 0, spoilt, len, &arena, &event);
        refused[item.event->kind] += reason != REASON_NONE;
        if (reason != REASON_NONE) /* the others are the engine's to refuse, or a null value */
            cr_assert_eq(reason, item.malformed, "%s, not %s", reason_name(reason), reason_name(item.malformed));
        arena_reset(&arena, SIZE_MAX);
    }
    cr_assert_gt(refused[EVENT_ORDER], 100);
    cr_assert_gt(refused[EVENT_REFUND], 20);
    cr_assert_gt(refused[EVENT_SETTLEMENT], 20);
    cr_assert_gt(refused[EVENT_UNIT_COST], 5);
    cr_assert_gt(refused[EVENT_SKU_MAPPING], 5);
    arena_done(&arena);
    wire_decoder_free(decoder);
    wire_encoder_free(encoder);
    simulator_free(simulator);
}

Test(simulator, incidents_lie_inside_the_history)
{
    struct simulator_config config = config_of(7);
    size_t count;
    config.incidents = 12;
    struct simulator *simulator = start(&config);
    const struct incident *incidents = simulator_incidents(simulator, &count);
    cr_assert_eq(count, 12);
    for (size_t i = 0; i < count; i++) {
        cr_assert_lt(incidents[i].start_us, incidents[i].end_us);
        cr_assert_geq(incidents[i].start_us, START_US);
        cr_assert_leq(incidents[i].end_us, START_US + 10 * DAY_US);
        cr_assert_lt(incidents[i].shop, 5);
    }
    simulator_free(simulator);
}

Test(simulator, live_records_follow_the_clock)
{
    struct simulator_config config = config_of(8);
    struct simulator *simulator = start(&config);
    for (int64_t i = 0; i < 1000; i++) {
        struct sim_item item;
        int64_t now_us = START_US + 20 * DAY_US + i * 50000;
        simulator_next_live(simulator, now_us, &item);
        cr_assert_leq(item.event->occurred_at_us, now_us);
        cr_assert_gt(item.event->occurred_at_us, now_us - DAY_US);
    }
    simulator_free(simulator);
}

/* The number behind the first "name": of some JSON. */
static int64_t number_of(const char *json, const char *name)
{
    char quoted[64];
    (void)snprintf(quoted, sizeof quoted, "\"%s\": ", name);
    const char *at = strstr(json, quoted);
    cr_assert_not_null(at, "%s", name);
    return strtoll(at + strlen(quoted), NULL, 10);
}

Test(sim_truth, sums_the_last_revision_of_every_order_once)
{
    struct simulator_config config = config_of(9);
    config.shops = 1;
    config.duplicate_ppm = 50000;
    struct simulator *simulator = start(&config);
    struct sim_truth *truth = sim_truth_new(&config);
    struct sim_item item;
    int64_t gross = 0, orders = 0;
    /* Every life begins with UNPAID or PAID and an order counts from PAID until CANCELLED: both come once, but for duplicates. */
    while (simulator_next(simulator, &item)) {
        sim_truth_add(truth, &item);
        if (item.duplicate || item.event->kind != EVENT_ORDER)
            continue;
        const struct order *order = &item.event->order;
        int64_t sign = order->status == ORDER_PAID ? 1 : order->status == ORDER_CANCELLED ? -1 : 0;
        orders += sign;
        for (uint32_t i = 0; i < order->line_count; i++)
            gross += sign * order->lines[i].unit_list_minor * order->lines[i].quantity;
    }
    static char json[1 << 20];
    FILE *out = fmemopen(json, sizeof json, "w");
    cr_assert(sim_truth_write(truth, simulator, out));
    cr_assert_eq(fclose(out), 0);
    const char *shops = strstr(json, "\"shops\"");
    cr_assert_eq(number_of(shops, "orders"), orders);
    cr_assert_eq(number_of(shops, "gross_minor"), gross);
    sim_truth_free(truth);
    simulator_free(simulator);
}
