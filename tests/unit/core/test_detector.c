#include "core/detector.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "core/detector_internal.h"
#include "core/zscore.h"
#include "detector_bench.h"
#include "support/sample.h"

static void order_value(struct bench *bench, double value)
{
    struct key_record *record = key_at(bench, DIMENSION_SHOP, 0, START + 5);
    detector_event(bench->detector, DIMENSION_SHOP, record, METRIC_ORDER_VALUE, START + 5, value, text_of("order-1"), origin_at(9),
                   &bench->facts);
}

static struct bench events_bench(void)
{
    struct bench bench = bench_new();
    advance(&bench, 0);
    return bench;
}

Test(detector, an_outlier_shows_its_value_range_position_and_direction)
{
    struct bench bench = events_bench();
    for (int i = 0; i < 20; i++)
        order_value(&bench, 100 + i % 5);
    cr_assert_eq(bench.facts.anomaly_count, 0);
    order_value(&bench, 150);
    cr_assert_eq(bench.facts.anomaly_count, 1);
    const struct anomaly_fact *anomaly = bench.facts.anomalies;
    cr_assert(anomaly->metric == METRIC_ORDER_VALUE && anomaly->value == 150 && anomaly->above && anomaly->n == 20);
    cr_assert(anomaly->severity == SEVERITY_ALERT && anomaly->window_start_us == START + 5 && anomaly->width_us == 0);
    cr_assert(anomaly->shop == bench.shop && anomaly->dimension == DIMENSION_SHOP);
    /* ln(v + 1) of 100 to 104, four times each: the mean 4.62487, the variance (20 / 19) * 0.000192 below the floor of 2 % of v. */
    double mean = (log(101) + log(102) + log(103) + log(104) + log(105)) / 5, floor = 0.02 * (1 - exp(-mean)), variance = 0;
    for (int i = 0; i < 5; i++)
        variance += 4 * pow(log(101 + i) - mean, 2) / 19;
    cr_assert(variance < floor * floor);
    cr_assert_float_eq(anomaly->expected, exp(mean + variance / 2) - 1, 1e-9);
    cr_assert_float_eq(anomaly->expected, 102, 1e-3);
    cr_assert_float_eq(anomaly->z_raw, (log(151) - mean) / floor, 1e-9);
    cr_assert_float_eq(anomaly->z_calibrated, zscore_calibrate((log(151) - mean) / floor, 20), 1e-9);
    cr_assert_float_eq(anomaly->upper, exp(mean + zscore_uncalibrate(4, 20) * floor) - 1, 1e-9);
    cr_assert_float_eq(anomaly->lower, exp(mean - zscore_uncalibrate(4, 20) * floor) - 1, 1e-9);
    cr_assert(anomaly->origin.offset == 9 && anomaly->origin.slot == 1);
    cr_assert_str_eq(anomaly->baseline, "events");
    cr_assert(text_same(anomaly->key, text_of("order-1")));
    bench_done(&bench);
}

Test(detector, a_value_is_not_part_of_its_own_baseline)
{
    struct bench bench = events_bench();
    for (int i = 0; i < 16; i++)
        order_value(&bench, 1000 + i % 2);
    order_value(&bench, 1e9); /* inside its own baseline no z of 16 values could pass 3.9 */
    cr_assert(bench.facts.anomaly_count == 1 && bench.facts.anomalies[0].z_calibrated > 10);
    bench_done(&bench);
}

Test(detector, there_is_no_verdict_before_the_warm_up)
{
    struct bench bench = events_bench();
    for (int i = 0; i < 16; i++)
        order_value(&bench, i == 15 ? 1e6 : 100);
    cr_assert(bench.facts.anomaly_count == 0 && counters(&bench)->tests == 0);
    order_value(&bench, 100);
    cr_assert_eq(counters(&bench)->tests, 1);
    bench_done(&bench);
}

Test(detector, a_change_of_a_flat_baseline_has_a_severity_of_its_own)
{
    struct bench bench = events_bench();
    for (int i = 0; i < 40; i++)
        order_value(&bench, 1999);
    order_value(&bench, 999);
    cr_assert_eq(bench.facts.anomaly_count, 1);
    cr_assert(bench.facts.anomalies[0].severity == SEVERITY_FLAT && !bench.facts.anomalies[0].above);
    cr_assert_float_eq(bench.facts.anomalies[0].expected, 1999, 1e-9);
    cr_assert_float_eq(bench.facts.anomalies[0].z_raw, log(1000.0 / 2000) / (0.02 * 1999 / 2000), 1e-9); /* 2 % of v, in ln(v + 1) */
    order_value(&bench, 2000);
    cr_assert_eq(bench.facts.anomaly_count, 1, "one cent is no news");
    bench_done(&bench);
}

Test(detector, a_spike_of_1e12_blinds_for_one_window_at_most)
{
    struct bench bench = events_bench();
    for (int i = 0; i < 40; i++)
        order_value(&bench, 100 + i % 5);
    order_value(&bench, 1e12);
    for (int i = 0; i < 32; i++)
        order_value(&bench, 100 + i % 5);
    cr_assert_eq(bench.facts.anomaly_count, 1);
    order_value(&bench, 150);
    cr_assert_eq(bench.facts.anomaly_count, 2);
    cr_assert_float_eq(bench.facts.anomalies[1].expected, 102, 1);
    bench_done(&bench);
}

Test(detector, a_bucket_is_judged_when_it_ends)
{
    struct bench bench = bench_new();
    fill_hours(&bench, 60);
    cr_assert_eq(bench.facts.anomaly_count, 0);
    hourly(&bench, 60, 900000);
    (void)detector_advance(bench.detector, START + 61 * HOUR - 1, true, origin_at(60), &bench.facts);
    cr_assert_eq(bench.facts.anomaly_count, 0);
    advance(&bench, 61);
    cr_assert_eq(bench.facts.anomaly_count, 1);
    const struct anomaly_fact *anomaly = bench.facts.anomalies;
    cr_assert(anomaly->metric == METRIC_GROSS && anomaly->value == 900000 && anomaly->above && anomaly->edits == 0);
    cr_assert(anomaly->window_start_us == START + 60 * HOUR && anomaly->width_us == HOUR && anomaly->key.len == 0);
    cr_assert(anomaly->expected > 90000 && anomaly->expected < 110000 && anomaly->upper < 900000 && anomaly->lower < 100000);
    cr_assert_eq(anomaly->origin.offset, 61, "the event that closed it");
    cr_assert_str_eq(anomaly->baseline, "buckets");
    cr_assert_eq(bench.facts.incident_count, 1);
    const struct incident_fact *incident = bench.facts.incidents;
    cr_assert(incident->status == INCIDENT_OPEN && incident->revision == 1 && incident->opened_us == START + 60 * HOUR);
    cr_assert(incident->last_us == START + 61 * HOUR && incident->closed_us == EVENT_ABSENT && incident->value == 900000);
    cr_assert(incident->bucket_count == 1 && incident->above && incident->peak_us == START + 60 * HOUR);
    bench_done(&bench);
}

Test(detector, what_was_told_when_a_bucket_ended_is_not_told_again_when_it_is_settled)
{
    struct bench bench = bench_new();
    fill_hours(&bench, 60);
    hourly(&bench, 60, 900000);
    for (int64_t hour = 61; hour < 63; hour++)
        hourly(&bench, hour, usual(hour));
    size_t of_hour_60 = 0;
    for (size_t i = 0; i < bench.facts.anomaly_count; i++)
        of_hour_60 += bench.facts.anomalies[i].window_start_us == START + 60 * HOUR;
    cr_assert_eq(of_hour_60, 1);
    cr_assert_eq(counters(&bench)->incidents, 1);
    bench_done(&bench);
}

Test(detector, an_incident_is_told_once_and_once_more_when_it_is_over)
{
    struct bench bench = bench_new();
    fill_hours(&bench, 60);
    hourly(&bench, 60, 900000);
    for (int64_t hour = 61; hour < 90; hour++)
        hourly(&bench, hour, usual(hour));
    cr_assert_eq(counters(&bench)->incidents, 1);
    const struct incident_fact *last = &bench.facts.incidents[bench.facts.incident_count - 1];
    cr_assert(last->status == INCIDENT_RECOVERED && last->revision == bench.facts.incident_count);
    cr_assert(last->opened_us == START + 60 * HOUR && last->value == 900000 && last->closed_us > START + 61 * HOUR);
    bench_done(&bench);
}

Test(detector, a_level_that_stays_becomes_normal)
{
    struct bench bench = bench_new();
    fill_hours(&bench, 80);
    for (int64_t hour = 80; hour < 300; hour++)
        hourly(&bench, hour, 5 * usual(hour));
    cr_assert(bench.facts.incident_count > 1);
    const struct incident_fact *last = &bench.facts.incidents[bench.facts.incident_count - 1];
    cr_assert(last->status == INCIDENT_NEW_NORMAL, "%s", incident_status_name(last->status));
    cr_assert_eq(counters(&bench)->incidents, 1);
    bench_done(&bench);
}

Test(detector, the_hour_in_which_a_key_is_first_seen_is_left_out)
{
    struct bench bench = bench_new();
    hourly(&bench, 0, 5e8);
    for (int64_t hour = 1; hour <= 60; hour++)
        hourly(&bench, hour, usual(hour));
    hourly(&bench, 61, 900000);
    advance(&bench, 62);
    cr_assert_eq(bench.facts.anomaly_count, 1);
    cr_assert(bench.facts.anomalies[0].expected < 110000);
    bench_done(&bench);
}

Test(detector, an_hour_without_events_counts_as_zero)
{
    struct bench bench = bench_new();
    fill_hours(&bench, 60);
    for (int64_t hour = 0; hour < 61; hour++)
        add(&bench, DIMENSION_SKU, START + 60 * HOUR, 0, 0);
    for (int64_t hour = 60; hour < 62; hour++)
        add(&bench, DIMENSION_SHOP, START + hour * HOUR + 1, hour == 60 ? 0 : 10, 0);
    cr_assert(bench.facts.anomaly_count >= 1);
    cr_assert(bench.facts.anomalies[0].value == 0 && !bench.facts.anomalies[0].above);
    cr_assert_eq(bench.facts.anomalies[0].window_start_us, START + 60 * HOUR);
    bench_done(&bench);
}

Test(detector, late_events_within_the_lateness_withdraw_what_they_make_ordinary)
{
    struct bench bench = bench_new();
    fill_hours(&bench, 60);
    hourly(&bench, 60, 1000);
    hourly(&bench, 61, usual(61));
    cr_assert(bench.facts.anomaly_count == 1 && bench.facts.incident_count == 1 && !bench.facts.anomalies[0].above);
    hourly(&bench, 60, usual(60) - 1000);
    hourly(&bench, 62, usual(62));
    cr_assert_eq(bench.facts.anomaly_count, 2);
    const struct anomaly_fact *anomaly = &bench.facts.anomalies[1];
    cr_assert(anomaly->withdrawn && anomaly->edits == 1 && anomaly->window_start_us == START + 60 * HOUR);
    cr_assert_eq(anomaly->value, usual(60));
    cr_assert_eq(bench.facts.incident_count, 2);
    const struct incident_fact *incident = &bench.facts.incidents[1];
    cr_assert(incident->status == INCIDENT_WITHDRAWN && incident->revision == 2 && incident->opened_us == START + 60 * HOUR);
    cr_assert_eq(counters(&bench)->withdrawn, 1);
    cr_assert_eq(counters(&bench)->late_values, 0);
    bench_done(&bench);
}

Test(detector, late_events_within_the_lateness_raise_what_they_make_stand_out)
{
    struct bench bench = bench_new();
    fill_hours(&bench, 60);
    hourly(&bench, 60, usual(60));
    hourly(&bench, 61, usual(61));
    hourly(&bench, 60, 900000);
    cr_assert_eq(bench.facts.anomaly_count, 0);
    hourly(&bench, 62, usual(62));
    cr_assert(bench.facts.anomaly_count >= 1 && bench.facts.anomalies[0].window_start_us == START + 60 * HOUR);
    cr_assert(bench.facts.incident_count >= 1 && bench.facts.incidents[0].opened_us == START + 60 * HOUR);
    bench_done(&bench);
}

Test(detector, later_events_are_counted_and_change_nothing)
{
    struct bench bench = bench_new();
    fill_hours(&bench, 60);
    hourly(&bench, 57, 1e9);
    cr_assert_eq(counters(&bench)->late_values, 1);
    for (int64_t hour = 60; hour < 70; hour++)
        hourly(&bench, hour, usual(hour));
    cr_assert_eq(bench.facts.anomaly_count, 0);
    bench_done(&bench);
}

Test(detector, late_or_in_time_the_end_is_the_same)
{
    struct bench late = bench_new(), timely = bench_new();
    for (int64_t hour = 0; hour < 200; hour++) {
        double value = hour % 37 == 30 ? 800000 : usual(hour);
        hourly(&timely, hour, value);
        hourly(&late, hour, value / 4);
        if (hour > 0)
            add(&late, DIMENSION_SHOP, START + hour * HOUR - HOUR / 2, 0, (hour - 1) % 37 == 30 ? 600000 : usual(hour - 1) * 3 / 4);
    }
    add(&late, DIMENSION_SHOP, START + 199 * HOUR + HOUR / 2, 0, usual(199) * 3 / 4);
    advance(&late, 203);
    advance(&timely, 203);
    struct key_record *a = key_at(&late, DIMENSION_SHOP, 0, 0), *b = key_at(&timely, DIMENSION_SHOP, 0, 0);
    const struct key_layout *layout = &late.detector->spaces[DIMENSION_SHOP].layout;
    unsigned slot = (unsigned)layout->slot_of[METRIC_GROSS];
    cr_assert_eq(counters(&late)->late_values, 0);
    cr_assert(scorer_count(series_scorer(key_series(layout, a, slot))) > 190);
    cr_assert_eq(memcmp(series_scorer(key_series(layout, a, slot)), series_scorer(key_series(layout, b, slot)),
                        layout->scorer_bytes[slot]),
                 0);
    bench_done(&late);
    bench_done(&timely);
}

Test(detector, a_key_silent_for_too_long_is_forgotten_and_its_place_given_to_another)
{
    struct detector_config config = small_config();
    config.forget_after_us = 5 * DAY;
    config.keys_max = 2;
    struct bench bench = bench_of(config, FEED_ORDERS);
    hourly(&bench, 0, 1);
    add(&bench, DIMENSION_SKU, START + HOUR, 1, 1);
    cr_assert_eq(counters(&bench)->keys, 2);
    cr_assert_null(key_at(&bench, DIMENSION_SKU, 4, START + HOUR));
    for (int64_t hour = 2; hour < 6 * 24; hour++)
        hourly(&bench, hour, 1);
    cr_assert(counters(&bench)->keys == 1 && counters(&bench)->keys_forgotten == 1);
    cr_assert_not_null(key_at(&bench, DIMENSION_SKU, 4, START + 6 * DAY - HOUR / 2));
    cr_assert_not_null(key_at(&bench, DIMENSION_SKU, 4, START + 6 * DAY - HOUR / 2), "it is found again");
    bench_done(&bench);
}

Test(detector, keys_beyond_the_bound_are_refused_and_counted)
{
    struct detector_config config = small_config();
    config.keys_max = 10;
    struct bench bench = bench_of(config, FEED_ORDERS);
    advance(&bench, 0);
    for (uint64_t key = 0; key < 15; key++)
        (void)key_at(&bench, DIMENSION_SKU, key, START);
    cr_assert_null(key_at(&bench, DIMENSION_SHOP, 0, START));
    cr_assert(counters(&bench)->keys == 10 && counters(&bench)->keys_refused == 6);
    bench_done(&bench);
}

Test(detector, a_flood_of_keys_that_come_once_gets_no_state)
{
    struct detector_config config = small_config();
    config.min_events = 8;
    struct bench bench = bench_of(config, FEED_ORDERS);
    advance(&bench, 0);
    for (uint64_t key = 0; key < 20000; key++)
        (void)key_at(&bench, DIMENSION_SKU, (key + 1) * UINT64_C(0x9e3779b97f4a7c15), START);
    cr_assert(counters(&bench)->keys < 20, "%lu", (unsigned long)counters(&bench)->keys);
    cr_assert_eq(counters(&bench)->keys_awaited + counters(&bench)->keys, 20000);
    for (int i = 0; i < 8; i++)
        cr_assert_eq(key_at(&bench, DIMENSION_SKU, 77, START) != NULL, i == 7, "with its eighth event, %d", i);
    bench_done(&bench);
}

Test(detector, a_value_too_late_for_every_bucket_does_not_begin_a_key)
{
    struct bench bench = bench_new();
    advance(&bench, 50);
    cr_assert_null(key_at(&bench, DIMENSION_SHOP, 0, START + 10 * HOUR));
    cr_assert(counters(&bench)->keys == 0 && counters(&bench)->late_values == 1);
    bench_done(&bench);
}

Test(detector, a_metric_switched_off_costs_and_says_nothing)
{
    struct detector_config config = small_config();
    config.metrics[METRIC_GROSS].enabled[DIMENSION_SHOP] = config.metrics[METRIC_ORDER_VALUE].enabled[DIMENSION_SHOP] = false;
    struct bench bench = bench_of(config, FEED_ORDERS);
    fill_hours(&bench, 60);
    hourly(&bench, 60, 1e9);
    advance(&bench, 62);
    for (int i = 0; i < 40; i++)
        order_value(&bench, i == 39 ? 1e9 : 1);
    cr_assert(bench.facts.anomaly_count == 0 && counters(&bench)->tests == 0);
    cr_assert_not(detector_wants(bench.detector, DIMENSION_CAMPAIGN));
    bench_done(&bench);
}

Test(detector, a_series_of_one_value_is_silent_until_it_changes)
{
    struct bench bench = bench_new();
    for (int64_t hour = 0; hour < 24 * 30; hour++)
        hourly(&bench, hour, 5000);
    cr_assert_eq(bench.facts.anomaly_count, 0);
    hourly(&bench, 24 * 30, 20000);
    advance(&bench, 24 * 30 + 1);
    cr_assert(bench.facts.anomaly_count == 1 && bench.facts.anomalies[0].severity == SEVERITY_FLAT);
    bench_done(&bench);
}

Test(detector, counts_of_zero_for_weeks_say_nothing)
{
    struct bench bench = bench_new();
    add(&bench, DIMENSION_SKU, START, 1, 100);
    for (int64_t hour = 1; hour < 24 * 60; hour++)
        hourly(&bench, hour, usual(hour));
    cr_assert_eq(bench.facts.anomaly_count, 0);
    cr_assert_eq(counters(&bench)->keys_forgotten, 1, "the SKU");
    bench_done(&bench);
}

static struct bench average_bench(void)
{
    struct detector_config config = small_config();
    for (int metric = 0; metric < METRIC_COUNT; metric++)
        memset(config.metrics[metric].enabled, 0, sizeof config.metrics[metric].enabled);
    config.metrics[METRIC_AVERAGE_ORDER_VALUE].enabled[DIMENSION_SHOP] = true;
    config.metrics[METRIC_AVERAGE_ORDER_VALUE].scorer.warm_up = 168;
    return bench_of(config, FEED_ORDERS);
}

static double uniform(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (double)(*state >> 11) / 9007199254740992.0;
}

/* An hour of as many orders of 10.00 to 90.00 as a binomial of 2 * mean draws says, each at price / divisor. */
static void orders_hour(struct bench *bench, uint64_t *random, int64_t hour, int mean, double divisor)
{
    double orders = 0, gross = 0;
    for (int i = 0; i < 2 * mean; i++) {
        if (uniform(random) < 0.5)
            continue;
        orders++;
        gross += floor((1000 + 8000 * uniform(random)) / divisor);
    }
    if (orders > 0)
        add(bench, DIMENSION_SHOP, START + hour * HOUR + HOUR / 2, orders, gross);
}

#define WEEKS_4 (28 * 24)

/* The incident that opened within those hours, or NULL. What chance opens before them (1 in these 80 weeks) is not the matter here. */
static const struct incident_fact *opened_within(const struct bench *bench, int64_t from_hour, int64_t to_hour)
{
    for (size_t i = 0; i < bench->facts.incident_count; i++) {
        const struct incident_fact *incident = &bench->facts.incidents[i];
        if (incident->opened_us >= START + from_hour * HOUR && incident->opened_us < START + to_hour * HOUR)
            return incident;
    }
    return NULL;
}

Test(detector, a_price_mistake_at_30_orders_an_hour_is_found_by_the_average_order_value)
{
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct bench bench = average_bench();
        uint64_t random = seed;
        for (int64_t hour = 0; hour < WEEKS_4 + 4; hour++)
            orders_hour(&bench, &random, hour, 30, hour < WEEKS_4 ? 1 : 5);
        advance(&bench, WEEKS_4 + 4);
        const struct incident_fact *incident = opened_within(&bench, WEEKS_4, WEEKS_4 + 1);
        cr_assert_not_null(incident, "seed %d", (int)seed);
        cr_assert(incident->metric == METRIC_AVERAGE_ORDER_VALUE && incident->status == INCIDENT_OPEN && !incident->above);
        cr_assert(fabs(incident->expected - 5000) < 500 && fabs(incident->value - 1000) < 250); /* of 1000 to 9000, and a fifth of it */
        char reason[200] = "";
        memcpy(reason, incident->hypothesis.ptr, incident->hypothesis.len < 199 ? incident->hypothesis.len : 199);
        cr_assert(strncmp(reason, "average_order_value -", 21) == 0 && strstr(reason, "consistent with: price -"), "%s", reason);
        bench_done(&bench);
    }
}

Test(detector, a_drop_in_orders_leaves_their_average_alone)
{
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct bench bench = average_bench();
        uint64_t random = seed;
        for (int64_t hour = 0; hour < WEEKS_4 + 12; hour++)
            orders_hour(&bench, &random, hour, hour < WEEKS_4 ? 30 : hour < WEEKS_4 + 6 ? 9 : 3, 1);
        advance(&bench, WEEKS_4 + 12);
        cr_assert_null(opened_within(&bench, WEEKS_4, WEEKS_4 + 12), "seed %d", (int)seed);
        bench_done(&bench);
    }
}

Test(detector, hours_without_orders_have_no_average)
{
    struct bench bench = average_bench();
    for (int64_t hour = 0; hour <= 600; hour++)
        if (hour % 5 != 3)
            add(&bench, DIMENSION_SHOP, START + hour * HOUR + HOUR / 2, 10, 10 * usual(hour)); /* one empty hour is no silence yet */
    const struct key_layout *layout = &bench.detector->spaces[DIMENSION_SHOP].layout;
    unsigned slot = (unsigned)layout->slot_of[METRIC_AVERAGE_ORDER_VALUE];
    struct key_record *record = key_at(&bench, DIMENSION_SHOP, 0, START);
    uint32_t orders = scorer_count(series_scorer(key_series(layout, record, (unsigned)layout->slot_of[METRIC_ORDERS])));
    uint32_t averages = scorer_count(series_scorer(key_series(layout, record, slot)));
    cr_assert(orders > 500 && averages <= orders * 4 / 5 + 1 && averages + 1 >= orders * 4 / 5);
    cr_assert_eq(bench.facts.incident_count, 0);
    bench_done(&bench);
}

/* Every part of a bucket in turn, and a value of an event, is no figure. */
static void what_no_figure_is(struct bench *bench, int64_t hour)
{
    static const double bad[] = {NAN, INFINITY, -INFINITY, 2e30};
    int64_t at_us = START + hour * HOUR + HOUR / 2;
    struct key_record *record = key_at(bench, DIMENSION_SHOP, 0, at_us);
    for (int i = 0; i < 4; i++) {
        for (int part = 0; part < PART_COUNT; part++) {
            double sums[PART_COUNT] = {1, 1, 1, 1, 1, 1, 1};
            sums[part] = bad[i];
            detector_add(bench->detector, DIMENSION_SHOP, record, at_us, sums, origin_at(hour), &bench->facts);
        }
        order_value(bench, bad[i]);
    }
}

Test(detector, what_no_figure_is_enters_nothing_and_is_counted)
{
    struct bench clean = bench_new(), bench = bench_new();
    for (int64_t hour = 0; hour < 100; hour++) {
        hourly(&clean, hour, usual(hour));
        order_value(&clean, 4000 + 10 * (double)(hour % 7));
        hourly(&bench, hour, usual(hour));
        order_value(&bench, 4000 + 10 * (double)(hour % 7));
        what_no_figure_is(&bench, hour);
    }
    advance(&clean, 100);
    advance(&bench, 100);
    cr_assert_eq(counters(&bench)->unusable_values, 100 * 4 * (PART_COUNT + 1));
    cr_assert(bench.facts.anomaly_count == 0 && counters(&clean)->unusable_values == 0);
    cr_assert_eq(counters(&bench)->tests, counters(&clean)->tests);
    const struct key_layout *layout = &bench.detector->spaces[DIMENSION_SHOP].layout;
    cr_assert_eq(memcmp(key_at(&bench, DIMENSION_SHOP, 0, 0), key_at(&clean, DIMENSION_SHOP, 0, 0), layout->record_bytes), 0);
    struct detector_counters sum = {0};
    detector_counters_add(&sum, counters(&bench));
    cr_assert_eq(sum.unusable_values, counters(&bench)->unusable_values);
    bench_done(&clean);
    bench_done(&bench);
}

Test(detector, names_are_those_of_the_warehouse)
{
    const char *const names[] = {"order_value", "unit_price", "discount_share", "margin", "shipping", "orders", "units", "gross",
                                 "net_profit", "average_order_value", "refunds", "refund_rate", "ad_spend", "clicks", "roas", "conversion",
                                 "source_silent"};
    for (int metric = 0; metric < METRIC_COUNT; metric++)
        cr_assert_str_eq(metric_name((enum metric)metric), names[metric]);
    cr_assert_str_eq(severity_name(SEVERITY_WARN), "warn");
    cr_assert_str_eq(severity_name(SEVERITY_ALERT), "alert");
    cr_assert_str_eq(severity_name(SEVERITY_FLAT), "flat");
}
