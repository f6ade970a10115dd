/*
 * Nanoseconds per call of the detector, one line per figure: warm with one series (the arithmetic), with as many series as
 * a shop has products, with more series than a cache holds, and of what a closed bucket, one value of a series in it, and an anomaly cost.
 * Best of rounds.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/detector.h"
#include "core/zscore.h"
#include "support/sample.h"

#define CALLS 400000
#define ROUNDS 7
#define START SAMPLE_TIME_US
#define POINT_SERIES 100
#define POINT_HOURS 1000
#define POINT_ROUNDS 50

static double values[4096];
static struct shop_table *shops;
static const struct shop *shop;

static double now_ns(void)
{
    struct timespec time;
    (void)clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

/* Deterministic order values around 50.00: their logarithm is the sum of four uniform ones, with an sd of 0.29. */
static void fill_values(void)
{
    uint64_t state = 1;
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        for (int k = 0; k < 4; k++) {
            state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
            values[i] += ((double)(state >> 40) * 0x1p-24 - 0.5) / 2;
        }
        values[i] = round(5000 * exp(values[i]));
    }
}

static double value_at(uint64_t i)
{
    return values[i % (sizeof values / sizeof *values)];
}

/* A work load makes call i. */
typedef void load_fn(struct detector *detector, uint64_t i, struct facts *facts);

static uint64_t series_count;

static struct key_record *sku(struct detector *detector, uint64_t key, int64_t at_us)
{
    const struct key of = {DIMENSION_SKU, shop, (key + 1) * UINT64_C(0xd6e8feb86659fd93), {"sku", 3}};
    return detector_key(detector, &of, at_us);
}

static void test_price(struct detector *detector, struct key_record *record, int64_t at_us, double value, struct facts *facts)
{
    detector_event(detector, DIMENSION_SKU, record, METRIC_UNIT_PRICE, at_us, value, (struct text){"sku", 3}, (struct origin){0}, facts);
}

static void call_event(struct detector *detector, uint64_t i, struct facts *facts)
{
    test_price(detector, sku(detector, i * UINT64_C(2654435761) % series_count, START), START, value_at(i), facts);
}

/* One value in 256, so in every window, is 1,000 times too large. */
static void call_event_with_anomalies(struct detector *detector, uint64_t i, struct facts *facts)
{
    test_price(detector, sku(detector, 0, START), START, i % 256 == 255 ? value_at(i) * 1e3 : value_at(i), facts);
}

static void add_at(struct detector *detector, uint64_t key, int64_t at_us, double value, struct facts *facts)
{
    const double sums[PART_COUNT] = {[PART_EVENTS] = 20, [PART_GROSS] = value};
    (void)detector_advance(detector, at_us, true, (struct origin){0}, facts);
    detector_add(detector, DIMENSION_SKU, sku(detector, key, at_us), at_us, sums, (struct origin){0}, facts);
}

static void call_bucket(struct detector *detector, uint64_t i, struct facts *facts)
{
    add_at(detector, i % series_count, START + (int64_t)(i * 100000), value_at(i), facts);
}

/* Each call is an hour later: closes one bucket of each of series_count keys. */
static void call_closing(struct detector *detector, uint64_t i, struct facts *facts)
{
    for (uint64_t key = 0; key < series_count; key++)
        add_at(detector, key, START + (int64_t)i * SAMPLE_HOUR_US, value_at(i + key), facts);
}

static struct detector *bench_detector(uint32_t keys_max)
{
    struct detector_config config;
    detector_config_default(&config);
    config.keys_max = keys_max;
    config.min_events = 1;
    struct detector *detector = detector_new(&config, FEED_ORDERS, shops);
    if (!detector)
        abort();
    struct facts facts = sample_facts();
    (void)detector_advance(detector, START, true, (struct origin){0}, &facts);
    return detector;
}

static double measure(load_fn *load, uint64_t calls, struct detector_counters *ret_counters)
{
    double best = 1e300;
    for (int round = 0; round < ROUNDS; round++) {
        struct detector *detector = bench_detector(1000000);
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

static double resident_mb(void)
{
    char line[256];
    long kb = 0;
    FILE *in = fopen("/proc/self/status", "r");
    while (in && fgets(line, sizeof line, in))
        if (sscanf(line, "VmRSS: %ld", &kb) == 1)
            break;
    if (in)
        (void)fclose(in);
    return (double)kb / 1024;
}

/* SKUs with what they have by default, gross per bucket and the unit price per event: two key-metrics each. */
static void print_memory(uint32_t key_metrics)
{
    double before = resident_mb();
    struct detector *detector = bench_detector(key_metrics);
    struct facts facts = sample_facts();
    for (uint32_t key = 0; key < key_metrics / 2; key++)
        test_price(detector, sku(detector, key, START), START, 1, &facts);
    double used = resident_mb() - before;
    printf("memory of %u key-metrics: %.0f MB, %.0f bytes each\n", key_metrics, used, used * 1048576 / key_metrics);
    detector_free(detector);
}

/* The next value of one series: tested, through its gate, learnt. As core/closing.c takes a bucket for good. */
static void score_point(struct scorer *scorer, struct gate *gate, const struct detector_metric_config *config, uint32_t hour, double value)
{
    const struct profile_slot slot = {(uint8_t)(hour % 24), (uint8_t)(hour / 24 % 7)};
    struct verdict verdict;
    if (!gate->is_open && scorer_pass(scorer, &config->scorer, slot, value, 1, true)) {
        gate_rest(gate);
        return;
    }
    bool tested = scorer_test_average(scorer, &config->scorer, slot, value, 1, &verdict);
    (void)gate_step(gate, &config->gate, tested ? &verdict : NULL, START + hour * SAMPLE_HOUR_US);
    scorer_learn_average(scorer, &config->scorer, slot, value, 1);
}

/* Gross with its defaults. The first half of the hours warms up. */
static double points_round(const struct detector_metric_config *config, char *scorers, struct gate *gates)
{
    size_t bytes = scorer_bytes(&config->scorer);
    double start = 0;
    for (uint32_t hour = 0; hour < POINT_HOURS; hour++) {
        start = hour == POINT_HOURS / 2 ? now_ns() : start;
        for (uint32_t key = 0; key < POINT_SERIES; key++)
            score_point((struct scorer *)(void *)(scorers + key * bytes), &gates[key], config, hour, value_at(hour + 7 * key));
    }
    return (now_ns() - start) / (POINT_HOURS / 2) / POINT_SERIES;
}

static void print_point(void)
{
    static struct gate gates[POINT_SERIES];
    struct detector_config config;
    detector_config_default(&config);
    size_t bytes = scorer_bytes(&config.metrics[METRIC_GROSS].scorer) * POINT_SERIES;
    char *scorers = malloc(bytes);
    double best = 1e300;
    for (int round = 0; round < POINT_ROUNDS && scorers; round++) {
        memset(scorers, 0, bytes);
        memset(gates, 0, sizeof gates);
        double each = points_round(&config.metrics[METRIC_GROSS], scorers, gates);
        best = each < best ? each : best;
    }
    printf("%-46s %9.1f ns   (test and learn, %d series)\n", "a scored point", best, POINT_SERIES);
    free(scorers);
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
    shops = shop_table_new(1);
    shop = shop_table_get(shops, (struct text){"shop", 4}, 7, sample_policy_free, NULL);
    print_memory(1000000);
    print_load("an event, 1 key", call_event, 1, CALLS, 1);
    print_load("an event, 1,000 keys", call_event, 1000, CALLS, 1);
    print_load("an event, 50,000 keys", call_event, 50000, CALLS * 5, 1);
    print_load("an event, 1 in 256 an outlier", call_event_with_anomalies, 1, CALLS, 1);
    print_load("into a bucket, 1 key", call_bucket, 1, CALLS, 1);
    print_load("into a bucket, 100 keys", call_bucket, 100, CALLS, 1);
    print_load("into a bucket + judging it twice, 100 keys", call_closing, 100, 4000, 100);
    print_point();
    print_calibration();
    shop_table_free(shops);
    return 0;
}
