/*
 * Nanoseconds per call of the detector, one line per figure: warm with one series (the arithmetic), with as many series as
 * a shop has products, with more series than a cache holds, and of what a closed bucket and an anomaly cost. Best of rounds.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "core/detector.h"
#include "core/zscore.h"
#include "support/sample.h"

#define CALLS 400000
#define ROUNDS 7
#define START SAMPLE_TIME_US

static const struct shop shop = {.id = {"shop", 4}};
static double values[4096];

static double now_ns(void)
{
    struct timespec time;
    (void)clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

/* Deterministic order values: the sum of four uniform ones. */
static void fill_values(void)
{
    uint64_t state = 1;
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        for (int k = 0; k < 4; k++) {
            state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
            values[i] += (double)(state >> 40) * 0x1p-24 * 2500;
        }
        values[i] = (double)(int64_t)values[i];
    }
}

static double value_at(uint64_t i)
{
    return values[i % (sizeof values / sizeof *values)];
}

/* A work load makes call i. */
typedef void load_fn(struct detector *detector, uint64_t i, struct facts *facts);

static uint64_t series_count;

static void call_event(struct detector *detector, uint64_t i, struct facts *facts)
{
    uint64_t key = i * UINT64_C(2654435761) % series_count;
    struct series series = {METRIC_UNIT_PRICE, &shop, key * UINT64_C(0xd6e8feb86659fd93), {"sku", 3}};
    detector_event(detector, &series, START, value_at(i), (struct origin){0}, facts);
}

/* One value in 256, so in every window, is 1,000 times too large. */
static void call_event_with_anomalies(struct detector *detector, uint64_t i, struct facts *facts)
{
    struct series series = {METRIC_ORDER_VALUE, &shop, 1, {"order", 5}};
    double value = i % 256 == 255 ? value_at(i) * 1e3 : value_at(i);
    detector_event(detector, &series, START, value, (struct origin){0}, facts);
}

static void call_bucket(struct detector *detector, uint64_t i, struct facts *facts)
{
    uint64_t key = i % series_count;
    struct series series = {METRIC_HOURLY_GROSS, &shop, key * UINT64_C(0xd6e8feb86659fd93), {"", 0}};
    detector_bucket(detector, &series, START + (int64_t)(i * 100000), value_at(i), 0, (struct origin){0}, facts);
}

/* Each call is an hour later: closes one bucket of each series_count series. */
static void call_closing(struct detector *detector, uint64_t i, struct facts *facts)
{
    for (uint64_t key = 0; key < series_count; key++) {
        struct series series = {METRIC_HOURLY_GROSS, &shop, key * UINT64_C(0xd6e8feb86659fd93), {"", 0}};
        detector_bucket(detector, &series, START + (int64_t)i * SAMPLE_HOUR_US, value_at(i + key), 0, (struct origin){0},
                        facts);
    }
}

static double measure(load_fn *load, uint64_t calls, struct detector_counters *ret_counters)
{
    double best = 1e300;
    for (int round = 0; round < ROUNDS; round++) {
        struct detector_config config;
        detector_config_default(&config);
        config.keys_max = 1000000;
        struct detector *detector = detector_new(&config);
        struct facts facts = sample_facts();
        for (uint64_t i = 0; i < calls / 2; i++)
            load(detector, i, &facts);
        facts = sample_facts();
        double start = now_ns();
        for (uint64_t i = calls / 2; i < calls; i++)
            load(detector, i, &facts);
        double each = (now_ns() - start) / (double)(calls - calls / 2);
        best = each < best ? each : best;
        *ret_counters = *detector_counters(detector);
        detector_free(detector);
    }
    return best;
}

static void print_load(const char *name, load_fn *load, uint64_t series, uint64_t calls, uint64_t divisor)
{
    struct detector_counters counters;
    series_count = series;
    double each = measure(load, calls, &counters) / (double)divisor;
    printf("%-46s %9.1f ns   (%lu tests, %lu anomalies)\n", name, each, (unsigned long)counters.tests,
           (unsigned long)(counters.warnings + counters.alerts));
}

static void print_calibration(void)
{
    const struct zscore_limits limits = {.warn_z = 4};
    struct moments baseline = {0, 255, 256};
    struct zscore zscore;
    double sum = 0, best = 1e300;
    for (int round = 0; round < ROUNDS; round++) {
        double start = now_ns();
        for (int i = 0; i < 10000; i++)
            sum += zscore_passes(&baseline, 4.5 + i * 1e-3, &limits, &zscore) ? zscore.calibrated : 0;
        double each = (now_ns() - start) / 10000;
        best = each < best ? each : best;
    }
    printf("%-46s %9.1f ns   (sum %.0f)\n", "verdict on one outlier, t-calibrated", best, sum);
}

int main(void)
{
    fill_values();
    print_load("detector_event, 1 series", call_event, 1, CALLS, 1);
    print_load("detector_event, 1,000 series", call_event, 1000, CALLS, 1);
    print_load("detector_event, 50,000 series", call_event, 50000, CALLS * 5, 1);
    print_load("detector_event, 1 in 256 an outlier", call_event_with_anomalies, 1, CALLS, 1);
    print_load("detector_bucket, 1 series", call_bucket, 1, CALLS, 1);
    print_load("detector_bucket, 100 series", call_bucket, 100, CALLS, 1);
    print_load("detector_bucket + closing it, 100 series", call_closing, 100, 4000, 100);
    print_calibration();
    return 0;
}
