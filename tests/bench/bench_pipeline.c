/*
 * Scripted source, decoder, engine, memory sink: what the program itself costs per order, on one core.
 * bench_pipeline FILE: records as `tillstream simulate --out FILE` writes them. Prints name and value per line.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "processor/pipeline.h"
#include "support/memory_sink.h"
#include "support/record_file.h"
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
    struct pipeline_config config = {.topics = {{"orders", EVENT_ORDER}, {"ad-spend", EVENT_AD_SPEND}},
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

static void bench_whole(const struct record_file *file)
{
    struct err err = {0};
    struct sink *sink = memory_sink_new();
    memory_sink_keep(sink, false);
    struct pipeline_config config = bench_config();
    struct pipeline *pipeline = pipeline_new(&config, sink, &err);
    if (!pipeline) {
        (void)fprintf(stderr, "bench_pipeline: %s\n", err.text);
        exit(1);
    }
    struct source_handler handler = pipeline_handler(pipeline);
    struct source *source = scripted_source_new(file->logs, file->log_count, &handler);
    atomic_bool stop = false;
    int64_t start_us = wall_us(NULL), start_cpu = cpu_ns();
    enum exit_code code = pipeline_run(pipeline, source, &stop, &err);
    double seconds = (double)(wall_us(NULL) - start_us) / 1e6, cpu = (double)(cpu_ns() - start_cpu) / 1e9;
    const struct pipeline_counts *counts = pipeline_counts(pipeline);
    if (code != EXIT_CODE_OK)
        (void)fprintf(stderr, "bench_pipeline: %s\n", err.text);
    printf("pipeline_orders %llu\n", (unsigned long long)counts->engine.orders);
    printf("pipeline_orders_per_s %.0f\n", (double)counts->records / seconds);
    printf("pipeline_cpu_ns_per_record %.1f\n", cpu * 1e9 / (double)counts->records);
    source->close(source);
    pipeline_free(pipeline);
    sink->close(sink);
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        (void)fprintf(stderr, "usage: bench_pipeline FILE\n");
        return 64;
    }
    struct record_file file;
    if (!record_file_read(&file, argv[1])) {
        (void)fprintf(stderr, "bench_pipeline: cannot read %s\n", argv[1]);
        return 65;
    }
    for (int round = 0; round < 3; round++)
        bench_whole(&file);
    record_file_done(&file);
    return 0;
}
