#include "core/detector.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "core/zscore.h"
#include "support/sample.h"

#define HOUR SAMPLE_HOUR_US
#define DAY (24 * HOUR)
#define START SAMPLE_TIME_US
#define SEED UINT64_C(20260118)

static uint64_t next_random(uint64_t *state)
{
    uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static struct series series_named(enum metric metric, uint64_t hash, const char *key)
{
    static const struct shop shop = {.id = {"shop", 4}};
    return (struct series){metric, &shop, hash, text_of(key)};
}

static struct origin origin_at(int64_t offset)
{
    return (struct origin){.offset = offset, .slot = 1};
}

static struct detector_config small_config(void)
{
    struct detector_config config;
    detector_config_default(&config);
    for (int metric = 0; metric < METRIC_COUNT; metric++) {
        config.metrics[metric].window = 32;
        config.metrics[metric].warm_up = 16;
    }
    return config;
}

/* One detector with one batch of facts, enough for the short tests. */
struct bench {
    struct detector *detector;
    struct facts facts;
};

static struct bench bench_new(struct detector_config config)
{
    return (struct bench){detector_new(&config), sample_facts()};
}

static void order_value(struct bench *bench, double value)
{
    struct series series = series_named(METRIC_ORDER_VALUE, 7, "order-1");
    detector_event(bench->detector, &series, START + 5, value, origin_at(9), &bench->facts);
}

static void hourly(struct bench *bench, int64_t hour, double value, double replaced)
{
    struct series series = series_named(METRIC_HOURLY_GROSS, 7, "");
    detector_bucket(bench->detector, &series, START + hour * HOUR + 1800, value, replaced, origin_at(hour), &bench->facts);
}

static void advance(struct bench *bench, int64_t hour)
{
    detector_advance(bench->detector, START + hour * HOUR, origin_at(hour), &bench->facts);
}

/* Hours 0 (partial) to hours - 1 of about 1000 each, all closed. */
static void fill_hours(struct bench *bench, int64_t hours)
{
    for (int64_t hour = 0; hour < hours; hour++)
        hourly(bench, hour, 1000 + (double)(hour % 5) * 10, 0);
    advance(bench, hours + 1);
}

Test(detector, an_outlier_shows_its_value_range_position_and_direction)
{
    struct bench bench = bench_new(small_config());
    for (int i = 0; i < 20; i++)
        order_value(&bench, 100 + i % 5);
    cr_assert_eq(bench.facts.anomaly_count, 0);
    order_value(&bench, 150);
    cr_assert_eq(bench.facts.anomaly_count, 1);
    const struct anomaly_fact *anomaly = bench.facts.anomalies;
    cr_assert(anomaly->metric == METRIC_ORDER_VALUE && anomaly->value == 150 && anomaly->above && anomaly->n == 20);
    cr_assert(anomaly->severity == SEVERITY_ALERT && anomaly->window_start_us == START + 5);
    cr_assert_float_eq(anomaly->expected, 102, 1e-9);
    /* Values 0..4 four times each: variance 40 / 19, below the floor of 2 % of 102. */
    cr_assert_float_eq(anomaly->z_raw, 48 / 2.04, 1e-9);
    cr_assert_float_eq(anomaly->z_calibrated, zscore_calibrate(48 / 2.04, 20), 1e-9);
    cr_assert_float_eq(anomaly->upper, 102 + zscore_uncalibrate(4, 20) * 2.04, 1e-9);
    cr_assert_float_eq(anomaly->lower + anomaly->upper, 204, 1e-9);
    cr_assert(anomaly->origin.offset == 9 && anomaly->origin.slot == 1);
    cr_assert_str_eq(anomaly->baseline, "events");
    cr_assert(anomaly->key.len == 7 && !memcmp(anomaly->key.ptr, "order-1", 7));
    detector_free(bench.detector);
}

Test(detector, a_value_is_not_part_of_its_own_baseline)
{
    struct bench bench = bench_new(small_config());
    for (int i = 0; i < 16; i++)
        order_value(&bench, 1000 + i % 2);
    order_value(&bench, 1e9); /* inside its own baseline no z of 16 values could pass 3.9 */
    cr_assert(bench.facts.anomaly_count == 1 && bench.facts.anomalies[0].z_calibrated > 10);
    detector_free(bench.detector);
}

Test(detector, there_is_no_verdict_before_the_warm_up)
{
    struct bench bench = bench_new(small_config());
    for (int i = 0; i < 16; i++)
        order_value(&bench, i == 15 ? 1e6 : 100);
    cr_assert(bench.facts.anomaly_count == 0 && detector_counters(bench.detector)->tests == 0);
    order_value(&bench, 100);
    cr_assert_eq(detector_counters(bench.detector)->tests, 1);
    detector_free(bench.detector);
}

Test(detector, a_change_of_a_flat_baseline_has_a_severity_of_its_own)
{
    struct bench bench = bench_new(small_config());
    for (int i = 0; i < 40; i++)
        order_value(&bench, 1999);
    order_value(&bench, 999);
    cr_assert_eq(bench.facts.anomaly_count, 1);
    cr_assert(bench.facts.anomalies[0].severity == SEVERITY_FLAT && !bench.facts.anomalies[0].above);
    cr_assert_float_eq(bench.facts.anomalies[0].z_raw, -1000 / (0.02 * 1999), 1e-9);
    order_value(&bench, 2000);
    cr_assert_eq(bench.facts.anomaly_count, 1, "one cent is no news");
    detector_free(bench.detector);
}

Test(detector, a_spike_of_1e12_blinds_for_one_window_at_most)
{
    struct bench bench = bench_new(small_config());
    for (int i = 0; i < 40; i++)
        order_value(&bench, 100 + i % 5);
    order_value(&bench, 1e12);
    for (int i = 0; i < 32; i++)
        order_value(&bench, 100 + i % 5);
    cr_assert_eq(bench.facts.anomaly_count, 1);
    order_value(&bench, 150);
    cr_assert_eq(bench.facts.anomaly_count, 2);
    cr_assert_float_eq(bench.facts.anomalies[1].expected, 102, 1);
    detector_free(bench.detector);
}

Test(detector, a_closed_hour_is_tested_against_the_hours_before_it)
{
    struct bench bench = bench_new(small_config());
    fill_hours(&bench, 30);
    cr_assert_eq(bench.facts.anomaly_count, 0);
    hourly(&bench, 30, 5000, 0);
    advance(&bench, 31);
    cr_assert_eq(bench.facts.anomaly_count, 0, "the hour may still get late events");
    detector_advance(bench.detector, START + 32 * HOUR - 1, origin_at(31), &bench.facts);
    cr_assert_eq(bench.facts.anomaly_count, 0);
    advance(&bench, 32);
    cr_assert_eq(bench.facts.anomaly_count, 1);
    const struct anomaly_fact *anomaly = bench.facts.anomalies;
    cr_assert(anomaly->metric == METRIC_HOURLY_GROSS && anomaly->value == 5000 && anomaly->n == 29);
    cr_assert_eq(anomaly->window_start_us, START + 30 * HOUR);
    cr_assert_eq(anomaly->origin.offset, 32, "the event that closed it");
    cr_assert_str_eq(anomaly->baseline, "buckets");
    detector_free(bench.detector);
}

Test(detector, the_hour_in_which_a_key_is_first_seen_is_left_out)
{
    struct bench bench = bench_new(small_config());
    hourly(&bench, 0, 1e6, 0);
    for (int64_t hour = 1; hour <= 20; hour++)
        hourly(&bench, hour, 1000 + (double)(hour % 5) * 10, 0);
    hourly(&bench, 21, 5000, 0);
    advance(&bench, 23);
    cr_assert_eq(bench.facts.anomaly_count, 1);
    cr_assert(bench.facts.anomalies[0].n == 20 && bench.facts.anomalies[0].expected == 1020);
    detector_free(bench.detector);
}

Test(detector, an_hour_without_events_counts_as_zero)
{
    struct bench bench = bench_new(small_config());
    fill_hours(&bench, 30);
    advance(&bench, 32);
    cr_assert_eq(bench.facts.anomaly_count, 1);
    cr_assert(bench.facts.anomalies[0].value == 0 && !bench.facts.anomalies[0].above);
    cr_assert_eq(bench.facts.anomalies[0].window_start_us, START + 30 * HOUR);
    detector_free(bench.detector);
}

Test(detector, late_events_within_the_lateness_enter_their_hour_before_it_is_tested)
{
    struct bench bench = bench_new(small_config());
    fill_hours(&bench, 30);
    hourly(&bench, 30, 400, 0);
    hourly(&bench, 31, 1010, 0);
    hourly(&bench, 30, 610, 0);
    advance(&bench, 33);
    cr_assert(bench.facts.anomaly_count == 0 && detector_counters(bench.detector)->late_values == 0);
    detector_free(bench.detector);
}

Test(detector, later_events_edit_the_window_and_still_later_ones_are_counted)
{
    struct bench edited = bench_new(small_config()), whole = bench_new(small_config());
    for (int64_t hour = 0; hour < 40; hour++) {
        hourly(&edited, hour, hour == 25 ? 300 : 1000 + (double)(hour % 5) * 10, 0);
        hourly(&whole, hour, 1000 + (double)(hour % 5) * 10, 0);
    }
    size_t before = edited.facts.anomaly_count;
    cr_assert_eq(before, 1, "the hour of 300");
    hourly(&edited, 25, 700, 0);
    hourly(&edited, 3, 1, 0);
    cr_assert_eq(detector_counters(edited.detector)->late_values, 1);
    cr_assert_eq(edited.facts.anomaly_count, before, "a closed hour is not tested again");
    hourly(&edited, 40, 5000, 0);
    hourly(&whole, 40, 5000, 0);
    advance(&edited, 42);
    advance(&whole, 42);
    const struct anomaly_fact *a = &edited.facts.anomalies[before], *b = whole.facts.anomalies;
    cr_assert(edited.facts.anomaly_count == before + 1 && whole.facts.anomaly_count == 1);
    cr_assert_float_eq(a->z_raw, b->z_raw, 1e-9 * b->z_raw);
    cr_assert_float_eq(a->expected, b->expected, 1e-9);
    detector_free(edited.detector);
    detector_free(whole.detector);
}

Test(detector, a_restated_figure_moves_its_bucket_by_the_difference)
{
    struct bench bench = bench_new(small_config());
    fill_hours(&bench, 30);
    hourly(&bench, 30, 5000, 0);
    hourly(&bench, 30, 1020, 5000);
    advance(&bench, 32);
    cr_assert_eq(bench.facts.anomaly_count, 0);
    detector_free(bench.detector);
}

Test(detector, a_day_of_spend_closes_by_the_watermark_of_days)
{
    struct detector_config config = small_config();
    struct bench bench = bench_new(config);
    struct series series = series_named(METRIC_DAILY_SPEND, 3, "meta/acc/camp");
    for (int64_t day = 0; day < 22; day++)
        detector_bucket(bench.detector, &series, START + day * DAY, day == 20 ? 9e5 : 1e4 + (double)(day % 3) * 100, 0,
                        origin_at(day), &bench.facts);
    cr_assert_eq(bench.facts.anomaly_count, 0);
    detector_advance(bench.detector, START + 22 * DAY, origin_at(22), &bench.facts);
    cr_assert_eq(bench.facts.anomaly_count, 1);
    const struct anomaly_fact *anomaly = bench.facts.anomalies;
    cr_assert(anomaly->window_start_us == START + 20 * DAY && anomaly->value == 9e5 && anomaly->key.len == 13);
    cr_assert(!memcmp(anomaly->key.ptr, "meta/acc/camp", 13), "an own copy of the key");
    detector_free(bench.detector);
}

Test(detector, a_key_silent_for_a_whole_window_is_forgotten)
{
    struct bench bench = bench_new(small_config());
    fill_hours(&bench, 40);
    for (int64_t hour = 41; hour <= 140; hour++)
        advance(&bench, hour);
    uint64_t tests = detector_counters(bench.detector)->tests;
    size_t anomalies = bench.facts.anomaly_count;
    cr_assert_eq(tests, 39 - 16 + 32, "32 hours of silence are tested, then no more");
    cr_assert(anomalies > 0 && anomalies < 8, "%zu", anomalies);
    for (int64_t hour = 140; hour < 156; hour++)
        hourly(&bench, hour, 1e6, 0);
    advance(&bench, 157);
    cr_assert_eq(detector_counters(bench.detector)->tests, tests, "it starts again, first hour and warm-up");
    advance(&bench, 159);
    cr_assert_eq(detector_counters(bench.detector)->tests, tests + 1);
    cr_assert_eq(detector_counters(bench.detector)->keys, 1);
    detector_free(bench.detector);
}

Test(detector, a_gap_in_the_whole_stream_longer_than_the_window_raises_nothing)
{
    struct bench bench = bench_new(small_config());
    fill_hours(&bench, 40);
    uint64_t tests = detector_counters(bench.detector)->tests;
    hourly(&bench, 24 * 365 * 50, 1000, 0);
    cr_assert(bench.facts.anomaly_count == 0 && detector_counters(bench.detector)->tests == tests);
    detector_free(bench.detector);
}

Test(detector, a_value_too_late_for_every_bucket_does_not_begin_a_key)
{
    struct bench bench = bench_new(small_config());
    advance(&bench, 50);
    hourly(&bench, 10, 5, 0);
    cr_assert(detector_counters(bench.detector)->keys == 0 && detector_counters(bench.detector)->late_values == 1);
    detector_free(bench.detector);
}

Test(detector, times_before_1970_have_buckets_like_any_other)
{
    struct bench bench = bench_new(small_config());
    int64_t back = START / HOUR + 500;
    for (int64_t hour = 0; hour < 30; hour++)
        hourly(&bench, hour - back, hour == 25 ? 9000 : 1000 + (double)(hour % 5) * 10, 0);
    cr_assert_eq(bench.facts.anomaly_count, 1);
    cr_assert_eq(bench.facts.anomalies[0].window_start_us, START + (25 - back) * HOUR);
    detector_free(bench.detector);
}

Test(detector, keys_beyond_the_bound_are_refused_and_counted)
{
    struct detector_config config = small_config();
    config.keys_max = 10;
    struct bench bench = bench_new(config);
    for (uint64_t key = 0; key < 15; key++) {
        struct series series = series_named(METRIC_UNIT_PRICE, key, "sku");
        detector_event(bench.detector, &series, START, 5, origin_at(1), &bench.facts);
    }
    hourly(&bench, 0, 1, 0);
    const struct detector_counters *counters = detector_counters(bench.detector);
    cr_assert(counters->keys == 10 && counters->keys_refused == 6);
    detector_free(bench.detector);
}

Test(detector, one_hash_under_two_metrics_makes_two_series)
{
    struct bench bench = bench_new(small_config());
    struct series value = series_named(METRIC_ORDER_VALUE, 7, "a"), price = series_named(METRIC_UNIT_PRICE, 7, "a");
    for (int i = 0; i < 20; i++) {
        detector_event(bench.detector, &value, START, 100 + i % 3, origin_at(i), &bench.facts);
        detector_event(bench.detector, &price, START, 1e6 + i % 3, origin_at(i), &bench.facts);
    }
    cr_assert(bench.facts.anomaly_count == 0 && detector_counters(bench.detector)->keys == 2);
    detector_free(bench.detector);
}

Test(detector, a_metric_switched_off_costs_and_says_nothing)
{
    struct detector_config config = small_config();
    config.metrics[METRIC_ORDER_VALUE].enabled = config.metrics[METRIC_HOURLY_GROSS].enabled = false;
    struct bench bench = bench_new(config);
    fill_hours(&bench, 40);
    for (int i = 0; i < 40; i++)
        order_value(&bench, i == 39 ? 1e9 : 1);
    cr_assert(bench.facts.anomaly_count == 0 && detector_counters(bench.detector)->keys == 0);
    detector_free(bench.detector);
}

Test(detector, warnings_and_alerts_are_counted_apart)
{
    struct detector_config config = small_config();
    config.metrics[METRIC_ORDER_VALUE].warm_up = 30;
    struct bench bench = bench_new(config);
    for (int i = 0; i < 32; i++)
        order_value(&bench, 1000 + (i % 2 ? 100 : -100));
    double sd = 100 * sqrt(32.0 / 31);
    order_value(&bench, 1000 + zscore_uncalibrate(4.5, 32) * sd);
    cr_assert(detector_counters(bench.detector)->warnings == 1 && detector_counters(bench.detector)->alerts == 0);
    cr_assert_eq(bench.facts.anomalies[0].severity, SEVERITY_WARN);
    order_value(&bench, -1e6);
    cr_assert(detector_counters(bench.detector)->warnings == 1 && detector_counters(bench.detector)->alerts == 1);
    detector_free(bench.detector);
}

Test(detector, names_are_those_of_the_warehouse)
{
    const char *const names[] = {"order_value", "unit_price", "hourly_orders", "hourly_gross", "daily_spend"};
    for (int metric = 0; metric < METRIC_COUNT; metric++)
        cr_assert_str_eq(metric_name((enum metric)metric), names[metric]);
    cr_assert_str_eq(severity_name(SEVERITY_WARN), "warn");
    cr_assert_str_eq(severity_name(SEVERITY_ALERT), "alert");
    cr_assert_str_eq(severity_name(SEVERITY_FLAT), "flat");
}

/* A stream of calls for the tests below: three hourly series, one per day, two per event; late, restated, silent. */
struct call {
    enum metric metric;
    uint64_t hash;
    int64_t time_us;
    double value, replaced;
};

enum { CALLS = 60000 };

static struct call random_call(uint64_t *state, int64_t now_us)
{
    static const enum metric metrics[] = {METRIC_HOURLY_GROSS, METRIC_HOURLY_GROSS, METRIC_HOURLY_ORDERS, METRIC_DAILY_SPEND,
                                          METRIC_ORDER_VALUE, METRIC_UNIT_PRICE};
    uint64_t pick = next_random(state) % 6, late = next_random(state) % 20;
    int64_t back = late == 0 ? (int64_t)(next_random(state) % (uint64_t)(120 * HOUR)) : late < 4 ? HOUR : 0;
    struct call call = {metrics[pick], pick == 1 ? 2 : 1, now_us - back, 100 + (double)(next_random(state) % 50), 0};
    if (next_random(state) % 400 == 0)
        call.value *= 100;
    if (next_random(state) % 10 == 0)
        call.replaced = (double)(next_random(state) % 100);
    return call;
}

static struct call *random_calls(void)
{
    struct call *calls = malloc(CALLS * sizeof *calls);
    uint64_t state = SEED;
    int64_t now_us = START + 150 * HOUR; /* the latest ones come 120 hours late */
    for (size_t i = 0; i < CALLS; i++) {
        now_us += (int64_t)(next_random(&state) % (uint64_t)(HOUR / 5));
        if (i % 7001 == 7000)
            now_us += (i % 2 ? 20 : 100) * HOUR;
        calls[i] = random_call(&state, now_us);
    }
    return calls;
}

static void make_call(struct detector *detector, const struct call *call, int64_t offset, struct facts *facts)
{
    struct series series = series_named(call->metric, call->hash, "key");
    if (call->metric == METRIC_ORDER_VALUE || call->metric == METRIC_UNIT_PRICE)
        detector_event(detector, &series, call->time_us, call->value, origin_at(offset), facts);
    else
        detector_bucket(detector, &series, call->time_us, call->value, call->replaced, origin_at(offset), facts);
}

/* All anomalies of the calls cut into batches of batch calls; the keys' texts are dropped. */
static struct anomaly_fact *run_in_batches(const struct call *calls, size_t batch, size_t *ret_count)
{
    struct detector_config config = small_config();
    struct detector *detector = detector_new(&config);
    struct anomaly_fact *all = malloc(CALLS * sizeof *all);
    struct facts facts = sample_facts();
    *ret_count = 0;
    for (size_t i = 0; i < CALLS; i++) {
        make_call(detector, &calls[i], (int64_t)i, &facts);
        if ((i + 1) % batch && i + 1 < CALLS)
            continue;
        for (size_t k = 0; k < facts.anomaly_count; k++) {
            all[*ret_count] = facts.anomalies[k];
            all[(*ret_count)++].key = (struct text){NULL, 0};
        }
        facts = sample_facts();
    }
    detector_free(detector);
    return all;
}

static bool same_anomaly(const struct anomaly_fact *a, const struct anomaly_fact *b)
{
    return a->metric == b->metric && a->window_start_us == b->window_start_us && a->value == b->value &&
           a->expected == b->expected && a->lower == b->lower && a->upper == b->upper && a->z_raw == b->z_raw &&
           a->z_calibrated == b->z_calibrated && a->n == b->n && a->severity == b->severity && a->above == b->above &&
           a->origin.offset == b->origin.offset;
}

Test(detector, the_same_calls_give_the_same_anomalies_however_they_are_cut_into_batches)
{
    struct call *calls = random_calls();
    size_t count, other_count;
    struct anomaly_fact *anomalies = run_in_batches(calls, CALLS, &count);
    cr_assert_gt(count, 100);
    const size_t batches[] = {1, 7, 1000, 33333};
    for (size_t b = 0; b < 4; b++) {
        struct anomaly_fact *other = run_in_batches(calls, batches[b], &other_count);
        cr_assert_eq(count, other_count);
        for (size_t i = 0; i < count; i++)
            cr_assert(same_anomaly(&anomalies[i], &other[i]), "anomaly %zu in batches of %zu", i, batches[b]);
        free(other);
    }
    free(anomalies);
    free(calls);
}

/*
 * The oracle of one hourly series: every total ever, in a plain array by hour; a bucket's verdict is worked out from scratch
 * when it closes.
 */
enum { HOURS_MAX = 20000 };

struct hourly_oracle {
    double totals[HOURS_MAX];
    int64_t first, last, frontier;
    bool active;
    uint64_t late, closed;
    struct anomaly_fact *anomalies;
    size_t count;
};

static struct moments two_pass(const double *values, int64_t n)
{
    struct moments moments = {.n = (uint32_t)n};
    for (int64_t i = 0; i < n; i++)
        moments.mean += values[i] / (double)n;
    for (int64_t i = 0; i < n; i++)
        moments.m2 += (values[i] - moments.mean) * (values[i] - moments.mean);
    return moments;
}

static void oracle_close(struct hourly_oracle *oracle, int64_t hour, const struct detector_metric_config *config)
{
    int64_t n = hour - oracle->first - 1;
    n = n > config->window ? config->window : n;
    if (n < config->warm_up)
        return;
    oracle->closed++;
    struct moments baseline = two_pass(oracle->totals + hour - n, n);
    struct zscore_limits limits = {config->warn_z, config->floor_relative, config->floor_unit};
    struct zscore zscore;
    double value = oracle->totals[hour];
    if (zscore_passes(&baseline, value - baseline.mean, &limits, &zscore))
        oracle->anomalies[oracle->count++] =
            (struct anomaly_fact){
                .window_start_us = START + hour * HOUR, .value = value, .z_raw = zscore.raw, .n = baseline.n};
}

static void oracle_advance(struct hourly_oracle *oracle, int64_t now_us, const struct detector_config *config)
{
    const struct detector_metric_config *metric = &config->metrics[METRIC_HOURLY_GROSS];
    int64_t end = (now_us - START - config->lateness_us + 1000 * HOUR) / HOUR - 1000;
    for (; oracle->frontier < end; oracle->frontier++) {
        if (oracle->frontier > oracle->last && end - 1 - oracle->last > metric->window)
            oracle->active = false;
        if (oracle->active && oracle->frontier > oracle->first)
            oracle_close(oracle, oracle->frontier, metric);
    }
}

static void oracle_add(struct hourly_oracle *oracle, const struct call *call, uint32_t window)
{
    int64_t hour = (call->time_us - START + 1000 * HOUR) / HOUR - 1000;
    bool late = hour < oracle->frontier;
    if (late && (!oracle->active || hour <= oracle->first || hour < oracle->frontier - window)) {
        oracle->late++;
        return;
    }
    if (!oracle->active) {
        oracle->active = true;
        oracle->first = oracle->last = hour;
    }
    oracle->last = hour > oracle->last ? hour : oracle->last;
    if (hour > oracle->first)
        oracle->totals[hour] += call->value - call->replaced;
}

static void check_anomalies(const struct hourly_oracle *oracle, const struct facts *facts)
{
    cr_assert_eq(facts->anomaly_count, oracle->count, "%zu, not %zu", facts->anomaly_count, oracle->count);
    for (size_t i = 0; i < oracle->count; i++) {
        const struct anomaly_fact *got = &facts->anomalies[i], *want = &oracle->anomalies[i];
        cr_assert(got->window_start_us == want->window_start_us && got->value == want->value && got->n == want->n,
                  "anomaly %zu", i);
        cr_assert_float_eq(got->z_raw, want->z_raw, 1e-9 * fabs(want->z_raw), "anomaly %zu", i);
    }
}

Test(detector, hourly_series_equal_a_plain_table_of_hours_under_late_and_restated_values)
{
    printf("seed %llu\n", (unsigned long long)SEED);
    struct call *calls = random_calls();
    for (int64_t lateness = 0; lateness <= 30; lateness += 15) {
        struct detector_config config = small_config();
        config.lateness_us = lateness * HOUR + lateness * 60000000;
        struct detector *detector = detector_new(&config);
        struct hourly_oracle *oracle = calloc(1, sizeof *oracle);
        oracle->frontier = INT16_MIN;
        oracle->anomalies = malloc(HOURS_MAX * sizeof *oracle->anomalies);
        struct facts facts = sample_facts();
        int64_t now_us = INT64_MIN;
        for (size_t i = 0; i < CALLS; i++) {
            if (calls[i].metric != METRIC_HOURLY_GROSS || calls[i].hash != 1)
                continue;
            now_us = calls[i].time_us > now_us ? calls[i].time_us : now_us;
            oracle_advance(oracle, now_us, &config);
            oracle_add(oracle, &calls[i], config.metrics[METRIC_HOURLY_GROSS].window);
            make_call(detector, &calls[i], (int64_t)i, &facts);
        }
        check_anomalies(oracle, &facts);
        cr_assert(oracle->count > 10 && oracle->late > 10, "%zu anomalies, %lu late", oracle->count,
                  (unsigned long)oracle->late);
        cr_assert_eq(detector_counters(detector)->late_values, oracle->late);
        cr_assert_eq(detector_counters(detector)->tests, oracle->closed);
        free(oracle->anomalies);
        free(oracle);
        detector_free(detector);
    }
    free(calls);
}
