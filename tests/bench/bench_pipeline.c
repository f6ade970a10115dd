/*
 * Scripted source, decoder, engine, memory sink: what the program itself costs per order, on one core.
 * bench_pipeline [ORDERS]: prints a name and a value per line, the best of three rounds.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "processor/pipeline.h"
#include "support/memory_sink.h"
#include "support/order_stream.h"
#include "support/sample.h"
#include "support/scripted_source.h"

static int64_t cpu_ns(void)
{
    struct timespec at;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &at);
    return at.tv_sec * INT64_C(1000000000) + at.tv_nsec;
}

static int64_t wall_us(void *ctx)
{
    struct timespec at;
    (void)ctx;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return at.tv_sec * INT64_C(1000000) + at.tv_nsec / 1000;
}

static struct pipeline_config bench_config(void)
{
    struct pipeline_config config = {.topics = {{"orders", TOPIC_ORDERS}, {"ad-spend", TOPIC_AD_SPEND}},
                                     .topic_count = 2,
                                     .engine = {.memory_orders = 131072, .shops_max = 100000, .policy_of = sample_policy_referral},
                                     .batch_rows = 20000,
                                     .batch_bytes = 8 << 20,
                                     .linger_us = 50000,
                                     .stop_above_ppm = 50000,
                                     .stop_over_events = 10000,
                                     .until_end = true,
                                     .now_us = wall_us};
    detector_config_default(&config.engine.detector);
    return config;
}

struct figures {
    double seconds, cpu_seconds;
    uint64_t records, orders;
};

static struct figures run_once(const struct order_stream *stream)
{
    struct err err = {0};
    struct sink *sink = memory_sink_new();
    memory_sink_keep(sink, false);
    struct pipeline_config config = bench_config();
    struct pipeline *pipeline = pipeline_new(&config, sink, &err);
    struct source_handler handler = pipeline_handler(pipeline);
    struct source *source = scripted_source_new(stream->logs, STREAM_PARTITIONS, &handler);
    atomic_bool stop = false;
    int64_t start_us = wall_us(NULL), start_cpu = cpu_ns();
    if (pipeline_run(pipeline, source, &stop, &err) != EXIT_CODE_OK) {
        (void)fprintf(stderr, "bench_pipeline: %s\n", err.text);
        exit(1);
    }
    const struct pipeline_counts *counts = pipeline_counts(pipeline);
    struct figures figures = {.seconds = (double)(wall_us(NULL) - start_us) / 1e6,
                              .cpu_seconds = (double)(cpu_ns() - start_cpu) / 1e9,
                              .records = counts->records,
                              .orders = counts->engine.orders};
    source->close(source);
    pipeline_free(pipeline);
    sink->close(sink);
    return figures;
}

int main(int argc, char **argv)
{
    uint32_t orders = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 500000;
    struct order_stream stream;
    order_stream_make(&stream, "orders", orders, 1);
    struct figures best = run_once(&stream);
    for (int round = 1; round < 3; round++) {
        struct figures figures = run_once(&stream);
        if (figures.seconds < best.seconds)
            best = figures;
    }
    printf("pipeline_orders %llu\n", (unsigned long long)best.orders);
    printf("pipeline_record_bytes %zu\n", stream.logs[0].records[0].value_len);
    printf("pipeline_orders_per_s %.0f\n", (double)best.records / best.seconds);
    printf("pipeline_cpu_ns_per_order %.1f\n", best.cpu_seconds * 1e9 / (double)best.records);
    order_stream_done(&stream);
    return 0;
}
