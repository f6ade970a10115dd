/*
 * Consumer, decoder and engine on a real topic, with a sink that only counts.
 * bench_intake BROKERS TOPIC: prints a name and a value per line.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "kafka/kafka_source.h"
#include "processor/pipeline.h"
#include "support/memory_sink.h"
#include "support/sample.h"

static int64_t wall_us(void *ctx)
{
    struct timespec at;
    (void)ctx;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return at.tv_sec * INT64_C(1000000) + at.tv_nsec / 1000;
}

/* The time at which records begin to come: joining the group is no part of the rate. */
static int64_t first_us;
static bool (*begin_assignment)(void *ctx, struct assigned *partitions, size_t count, struct err *err);

static bool assign_and_note(void *ctx, struct assigned *partitions, size_t count, struct err *err)
{
    bool good = begin_assignment(ctx, partitions, count, err);
    first_us = wall_us(NULL);
    return good;
}

int main(int argc, char **argv)
{
    char group[64];
    struct err err = {0};
    if (argc != 3) {
        (void)fprintf(stderr, "usage: bench_intake BROKERS TOPIC\n");
        return 64;
    }
    (void)snprintf(group, sizeof group, "bench-%lld", (long long)time(NULL) * 1000 + clock());
    struct pipeline_config config = {.topics = {{argv[2], TOPIC_ORDERS}},
                                     .topic_count = 1,
                                     .engine = {.memory_orders = 131072, .shops_max = 100000, .policy_of = sample_policy_free},
                                     .batch_rows = 20000,
                                     .batch_bytes = 8 << 20,
                                     .linger_us = 50000,
                                     .stop_above_ppm = 50000,
                                     .stop_over_events = 10000,
                                     .until_end = true,
                                     .now_us = wall_us};
    detector_config_default(&config.engine.detector);
    struct sink *sink = memory_sink_new();
    memory_sink_keep(sink, false);
    struct pipeline *pipeline = pipeline_new(&config, sink, &err);
    struct source_handler handler = pipeline_handler(pipeline);
    begin_assignment = handler.on_assign;
    handler.on_assign = assign_and_note;
    const struct kafka_source_config source_config = {.kafka = {.brokers = argv[1]}, .group = group, .topics = {argv[2], NULL}};
    struct source *source = kafka_source_open(&source_config, &handler, &err);
    atomic_bool stop = false;
    enum exit_code code = source ? pipeline_run(pipeline, source, &stop, &err) : EXIT_CODE_UNAVAILABLE;
    double seconds = (double)(wall_us(NULL) - first_us) / 1e6;
    if (code != EXIT_CODE_OK)
        (void)fprintf(stderr, "bench_intake: %s\n", err.text);
    printf("intake_messages %llu\n", (unsigned long long)pipeline_counts(pipeline)->records);
    printf("intake_messages_per_s %.0f\n", (double)pipeline_counts(pipeline)->records / seconds);
    source->close(source);
    pipeline_free(pipeline);
    sink->close(sink);
    return (int)code;
}
