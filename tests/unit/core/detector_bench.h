/*
 * A detector of one shop with one batch of facts, for tests of what happens over hours and days.
 */
#ifndef CORE_DETECTOR_BENCH_H
#define CORE_DETECTOR_BENCH_H

#include <string.h>

#include "core/detector.h"
#include "support/sample.h"

#define HOUR SAMPLE_HOUR_US
#define DAY (24 * HOUR)
#define START SAMPLE_TIME_US

static inline struct origin origin_at(int64_t offset)
{
    return (struct origin){.offset = offset, .slot = 1};
}

/* One metric of orders in buckets and one of events, for shops and SKUs; a short warm-up. */
static inline struct detector_config small_config(void)
{
    struct detector_config config;
    detector_config_default(&config);
    for (int metric = 0; metric < METRIC_COUNT; metric++) {
        memset(config.metrics[metric].enabled, 0, sizeof config.metrics[metric].enabled);
        config.metrics[metric].scorer.warm_up = 16;
        if (metric_rule((enum metric)metric)->per_event)
            config.metrics[metric].scorer.window = 32;
    }
    config.metrics[METRIC_GROSS].enabled[DIMENSION_SHOP] = config.metrics[METRIC_GROSS].enabled[DIMENSION_SKU] = true;
    config.metrics[METRIC_ORDER_VALUE].enabled[DIMENSION_SHOP] = true;
    config.metrics[METRIC_UNIT_PRICE].enabled[DIMENSION_SKU] = true;
    config.metrics[METRIC_SOURCE_SILENT].enabled[DIMENSION_SHOP] = true;
    config.min_events = 1;
    return config;
}

/* One detector with one batch of facts, enough for the short tests. */
struct bench {
    struct shop_table *shops;
    const struct shop *shop;
    struct detector *detector;
    struct facts facts;
};

static inline struct bench bench_of(struct detector_config config, enum feed feed)
{
    struct bench bench = {.shops = shop_table_new(100), .facts = sample_facts()};
    bench.shop = shop_table_get(bench.shops, text_of("shop"), 7, sample_policy_free, NULL);
    bench.detector = detector_new(&config, feed, bench.shops);
    return bench;
}

static inline struct bench bench_new(void)
{
    return bench_of(small_config(), FEED_ORDERS);
}

static inline void bench_done(struct bench *bench)
{
    detector_free(bench->detector);
    shop_table_free(bench->shops);
}

static inline struct key_record *key_at(struct bench *bench, enum dimension dimension, uint64_t hash, int64_t at_us)
{
    const struct key key = {dimension, bench->shop, hash, text_of(dimension == DIMENSION_SHOP ? "" : "sku")};
    return detector_key(bench->detector, &key, at_us);
}

/* count orders of that gross in all, on a shop or SKU. */
static inline void add(struct bench *bench, enum dimension dimension, int64_t at_us, double count, double gross)
{
    const double sums[PART_COUNT] = {[PART_EVENTS] = count, [PART_UNITS] = count, [PART_GROSS] = gross};
    if (!detector_advance(bench->detector, at_us, true, origin_at((at_us - START) / HOUR), &bench->facts))
        return;
    struct key_record *record = key_at(bench, dimension, 3, at_us);
    if (record)
        detector_add(bench->detector, dimension, record, at_us, sums, origin_at((at_us - START) / HOUR), &bench->facts);
}

static inline void hourly(struct bench *bench, int64_t hour, double gross)
{
    add(bench, DIMENSION_SHOP, START + hour * HOUR + HOUR / 2, 10, gross);
}

static inline void advance(struct bench *bench, int64_t hour)
{
    (void)detector_advance(bench->detector, START + hour * HOUR, true, origin_at(hour), &bench->facts);
}

static inline double usual(int64_t hour)
{
    return 100000 + (double)(hour % 5) * 1000;
}

/* Hours 0 (partial) to hours - 1. */
static inline void fill_hours(struct bench *bench, int64_t hours)
{
    for (int64_t hour = 0; hour < hours; hour++)
        hourly(bench, hour, usual(hour));
}

/* The last that was told of that status. */
static inline const struct incident_fact *incident_of(const struct bench *bench, enum metric metric, enum dimension dimension,
                                                      enum incident_status status)
{
    for (size_t i = bench->facts.incident_count; i-- > 0;) {
        const struct incident_fact *incident = &bench->facts.incidents[i];
        if (incident->metric == metric && incident->dimension == dimension && incident->status == status)
            return incident;
    }
    return NULL;
}

static inline const struct detector_counters *counters(const struct bench *bench)
{
    return detector_counters(bench->detector);
}

#endif
