/*
 * What the tests of the pipeline read: the log of a few shops, and a pipeline that reads it into a memory sink until its end.
 */
#ifndef PIPELINE_SHOP_LOG_H
#define PIPELINE_SHOP_LOG_H

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "processor/pipeline.h"
#include "schemas/wire.h"
#include "support/memory_sink.h"
#include "support/sample.h"
#include "support/scripted_source.h"

#define PARTITIONS 3
#define ORDERS 1500
#define RECORDS_MAX 12000
#define SEED 20260101u
#define ATTEMPTS_MAX 2000

/* The log of a few shops: orders with later revisions, duplicates, malformed records and ad spend, in a fixed random mix. */
struct shop_log {
    struct record records[2 * PARTITIONS][RECORDS_MAX];
    size_t counts[2 * PARTITIONS];
    struct scripted_log logs[2 * PARTITIONS];
    uint64_t malformed;
};

static uint32_t random_state;

static uint32_t next_random(uint32_t below)
{
    random_state = random_state * 1664525u + 1013904223u;
    return (random_state >> 8) % below;
}

static void append(struct shop_log *log, size_t lane, const char *key, const void *value, size_t len)
{
    cr_assert(log->counts[lane] < RECORDS_MAX);
    uint8_t *copy = malloc(len ? len : 1);
    memcpy(copy, value, len);
    /* Offsets have holes, as compacted and transactional logs do. */
    int64_t offset = (int64_t)log->counts[lane] * 2 + 5;
    log->records[lane][log->counts[lane]++] = (struct record){.offset = offset,
                                                              .timestamp_us = -1,
                                                              .key = (const uint8_t *)key,
                                                              .key_len = strlen(key),
                                                              .value = value ? copy : NULL,
                                                              .value_len = len};
}

static void append_event(struct shop_log *log, struct wire_encoder *encoder, size_t lane, const char *shop, const struct event *event)
{
    const uint8_t *bytes;
    size_t len;
    struct err err = {0};
    cr_assert(wire_encode(encoder, event, &bytes, &len, &err), "%s", err.text);
    append(log, lane, shop, bytes, len);
    if (next_random(20) == 0)
        append(log, lane, shop, bytes, len);
    if (next_random(50) == 0) {
        append(log, lane, shop, bytes, len - 1 - next_random((uint32_t)len / 2));
        log->malformed++;
    }
}

static inline void append_order(struct shop_log *log, struct wire_encoder *encoder, uint32_t number)
{
    static const char *const shops[PARTITIONS] = {"shop-a", "shop-b", "shop-c"};
    size_t lane = number % PARTITIONS;
    struct order_line lines[8];
    char id[16];
    (void)snprintf(id, sizeof id, "order-%u", number - next_random(number < 40 ? 1 : 40));
    struct event event = sample_order(shops[lane], id, lines, 1 + next_random(4));
    /* An hour in which nearly a day's orders come. */
    uint32_t burst = number > 900 && number < 1200 ? (number - 900) * 9 / 10 : 0;
    event.order.created_at_us += (number - burst) * (SAMPLE_HOUR_US / 20);
    event.revision = event.order.created_at_us + (int64_t)next_random(3) * SAMPLE_HOUR_US;
    event.order.status = (enum order_status)next_random(ORDER_STATUS_COUNT);
    lines[0].unit_list_minor = (1000 + next_random(5000)) * (number % 37 == 0 ? 40 : 1);
    append_event(log, encoder, lane, shops[lane], &event);
    if (number % 50 == 0) {
        struct event spend = sample_ad_spend(shops[lane], "campaign", 20454 + (int32_t)(number / 480), (1000 + next_random(900)) * (number % 350 ? 1 : 30));
        spend.revision += next_random(5);
        append_event(log, encoder, PARTITIONS + lane, shops[lane], &spend);
    }
}

/* Half of the lanes are of orders, the others of the topic other. */
static void name_lanes(struct shop_log *log, const char *other)
{
    for (size_t i = 0; i < 2 * PARTITIONS; i++)
        log->logs[i] = (struct scripted_log){.topic = i < PARTITIONS ? "orders" : other,
                                             .partition = (int32_t)(i % PARTITIONS),
                                             .records = log->records[i],
                                             .count = log->counts[i]};
}

static inline struct shop_log *log_new(void)
{
    struct err err = {0};
    struct shop_log *log = calloc(1, sizeof *log);
    struct wire_encoder *encoder = wire_encoder_new(&err);
    cr_assert(encoder, "%s", err.text);
    random_state = SEED;
    for (uint32_t number = 0; number < ORDERS; number++)
        append_order(log, encoder, number);
    wire_encoder_free(encoder);
    name_lanes(log, "ad-spend");
    return log;
}

static void log_free(struct shop_log *log)
{
    for (size_t i = 0; i < 2 * PARTITIONS; i++)
        for (size_t j = 0; j < log->counts[i]; j++)
            free((void *)log->records[i][j].value);
    free(log);
}

static int64_t tick(void *ctx)
{
    int64_t *now_us = ctx;
    return *now_us += 100;
}

static struct pipeline_config config_with(size_t batch_rows, int64_t *clock)
{
    struct pipeline_config config = {.topics = {{"orders", TOPIC_ORDERS}, {"ad-spend", TOPIC_AD_SPEND}},
                                     .topic_count = 2,
                                     .engine = {.memory_orders = 100000, .shops_max = 100, .policy_of = sample_policy_referral},
                                     .batch_rows = batch_rows,
                                     .batch_bytes = 8 << 20,
                                     .linger_us = 50000,
                                     .stop_above_ppm = 900000,
                                     .stop_over_events = 1000,
                                     .until_end = true,
                                     .now_us = tick,
                                     .now_ctx = clock};
    detector_config_default(&config.engine.detector);
    for (int metric = 0; metric < METRIC_COUNT; metric++)
        config.engine.detector.metrics[metric].scorer.warm_up = SCORER_FIRST + 1;
    config.engine.detector.min_events = 2;
    return config;
}

static inline enum exit_code run_with_fate(const struct shop_log *log, struct sink *sink, const struct pipeline_config *config,
                                           const struct scripted_fate *fate, struct pipeline_counts *ret_counts)
{
    struct err err = {0};
    struct pipeline *pipeline = pipeline_new(config, sink, &err);
    cr_assert(pipeline, "%s", err.text);
    struct source_handler handler = pipeline_handler(pipeline);
    struct source *source = scripted_source_new(log->logs, 2 * PARTITIONS, &handler);
    scripted_source_fate(source, fate);
    atomic_bool stop = false;
    enum exit_code code = pipeline_run(pipeline, source, &stop, &err);
    *ret_counts = *pipeline_counts(pipeline);
    source->close(source);
    pipeline_free(pipeline);
    return code;
}

static inline enum exit_code run(const struct shop_log *log, struct sink *sink, const struct pipeline_config *config,
                                 struct pipeline_counts *ret_counts)
{
    return run_with_fate(log, sink, config, &(struct scripted_fate){0}, ret_counts);
}

static struct memory_sink_totals totals_of(const struct sink *sink)
{
    struct memory_sink_totals totals;
    memory_sink_totals(sink, &totals);
    return totals;
}

static inline void same(const struct sink *sink, const struct memory_sink_totals *expected, const char *how, long number)
{
    struct memory_sink_totals totals = totals_of(sink);
    cr_assert_eq(totals.digest, expected->digest, "%s %ld: other facts", how, number);
    cr_assert_eq(totals.anomalies, expected->anomalies, "%s %ld: %lu anomalies, not %lu", how, number, (unsigned long)totals.anomalies,
                 (unsigned long)expected->anomalies);
    cr_assert_eq(totals.anomaly_digest, expected->anomaly_digest, "%s %ld: other anomalies", how, number);
    cr_assert_eq(totals.anomalies_raised, expected->anomalies_raised, "%s %ld: raised again", how, number);
    cr_assert_eq(totals.incident_digest, expected->incident_digest, "%s %ld: other incidents", how, number);
    cr_assert_eq(totals.incidents_told, expected->incidents_told, "%s %ld: told again", how, number);
}

/* Dies again and again, at polls up to `within` of each life, until a life comes to the end. Returns how often it died. */
static inline uint32_t run_with_kills(const struct shop_log *log, struct sink *sink, struct pipeline_config (*config_of)(size_t batch_rows, int64_t *clock),
                                      size_t batch_rows, int64_t every_us, uint32_t within)
{
    uint32_t kills = 0;
    int64_t clock = 0;
    for (int attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
        struct pipeline_config config = config_of(batch_rows, &clock);
        struct pipeline_counts counts;
        struct scripted_fate fate = {.dies_at = within / 2 + next_random(within), .burst = next_random(50)};
        config.snapshot_every_us = every_us;
        if (run_with_fate(log, sink, &config, &fate, &counts) == EXIT_CODE_OK)
            return kills;
        kills++;
    }
    cr_assert_fail("did not come to the end");
    return 0;
}

static inline void any_interleaving_tells(const struct shop_log *log, struct pipeline_config (*config_of)(size_t batch_rows, int64_t *clock),
                                          const struct memory_sink_totals *expected)
{
    for (size_t burst = 1; burst < 100000; burst = burst * 3 + 1) {
        struct sink *sink = memory_sink_new();
        int64_t clock = 0;
        struct pipeline_config config = config_of(1 + burst % 700, &clock);
        struct pipeline_counts counts;
        cr_assert_eq(run_with_fate(log, sink, &config, &(struct scripted_fate){.burst = burst}, &counts), EXIT_CODE_OK);
        same(sink, expected, "burst", (long)burst);
        sink->close(sink);
    }
}

/* A rebalance after every so many polls, from first to last. */
static inline void any_rebalance_tells(const struct shop_log *log, struct pipeline_config (*config_of)(size_t batch_rows, int64_t *clock),
                                       const struct memory_sink_totals *expected, uint64_t first, uint64_t last, uint64_t step)
{
    for (uint64_t every = first; every < last; every += step) {
        struct sink *sink = memory_sink_new();
        int64_t clock = 0;
        struct pipeline_config config = config_of(90, &clock);
        struct pipeline_counts counts;
        struct scripted_fate fate = {.rebalance_every = every, .burst = every % 7};
        config.snapshot_every_us = (int64_t)every * 20;
        cr_assert_eq(run_with_fate(log, sink, &config, &fate, &counts), EXIT_CODE_OK);
        same(sink, expected, "every", (long)every);
        sink->close(sink);
    }
}

static inline struct memory_sink_totals totals_with(const struct shop_log *log,
                                                    struct pipeline_config (*config_of)(size_t batch_rows, int64_t *clock))
{
    int64_t clock = 0;
    struct pipeline_config config = config_of(1000, &clock);
    struct sink *sink = memory_sink_new();
    struct pipeline_counts counts;
    cr_assert_eq(run(log, sink, &config, &counts), EXIT_CODE_OK);
    struct memory_sink_totals totals = totals_of(sink);
    sink->close(sink);
    return totals;
}

static inline struct memory_sink_totals undisturbed(const struct shop_log *log)
{
    struct memory_sink_totals totals = totals_with(log, config_with);
    cr_assert_eq(totals.rejects, log->malformed);
    cr_assert(totals.orders > ORDERS / 2);
    cr_assert(totals.net_minor > 0);
    cr_assert(totals.ad_spends > 0);
    cr_assert(totals.anomalies > 20, "%lu", (unsigned long)totals.anomalies);
    cr_assert_eq(totals.anomalies_raised, totals.anomalies);
    cr_assert(totals.incidents > 2, "%lu", (unsigned long)totals.incidents);
    cr_assert_eq(totals.incidents_told, totals.incidents);
    return totals;
}

#endif
