/*
 * The limit that reading from Kafka sets: librdkafka's own consumer_poll over a topic, nothing done with the messages.
 * bench_consumer BROKERS TOPIC: prints a name and a value per line.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "kafka/kafka_source.h"

static double seconds_now(clockid_t clock)
{
    struct timespec at;
    clock_gettime(clock, &at);
    return (double)at.tv_sec + (double)at.tv_nsec / 1e9;
}

struct reading {
    size_t partitions, ended;
};

static bool start_at_low(void *ctx, struct assigned *partitions, size_t count, struct err *err)
{
    struct reading *reading = ctx;
    (void)err;
    reading->partitions = count;
    for (size_t i = 0; i < count; i++)
        partitions[i].start_offset = partitions[i].low_offset;
    return true;
}

static void revoked(void *ctx, bool lost)
{
    (void)ctx, (void)lost;
}

static void ended(void *ctx, const char *topic, int32_t partition, int64_t end_offset)
{
    (void)topic, (void)partition, (void)end_offset;
    ((struct reading *)ctx)->ended++;
}

int main(int argc, char **argv)
{
    char group[64];
    struct err err = {0};
    struct reading reading = {0};
    if (argc != 3) {
        (void)fprintf(stderr, "usage: bench_consumer BROKERS TOPIC\n");
        return 64;
    }
    (void)snprintf(group, sizeof group, "bench-%lld", (long long)time(NULL) * 1000 + clock());
    const struct kafka_source_config config = {.kafka = {.brokers = argv[1]}, .group = group, .topics = {argv[2], NULL}};
    const struct source_handler handler = {&reading, start_at_low, revoked, ended};
    struct source *source = kafka_source_open(&config, &handler, &err);
    double start = 0, start_cpu = 0;
    unsigned long long count = 0;
    struct record record;
    while (source && (!reading.partitions || reading.ended < reading.partitions)) {
        enum source_result result = source->poll(source, 100, &record, &err);
        if (result == SOURCE_FAILED)
            break;
        if (result == SOURCE_RECORD && count++ == 0) {
            start = seconds_now(CLOCK_MONOTONIC);
            start_cpu = seconds_now(CLOCK_THREAD_CPUTIME_ID);
        }
    }
    double seconds = seconds_now(CLOCK_MONOTONIC) - start, cpu = seconds_now(CLOCK_THREAD_CPUTIME_ID) - start_cpu;
    if (!count) {
        (void)fprintf(stderr, "bench_consumer: nothing read: %s\n", err.text);
        return 1;
    }
    printf("consumer_messages %llu\nconsumer_messages_per_s %.0f\n", count, (double)count / seconds);
    printf("consumer_poll_cpu_ns %.0f\n", cpu * 1e9 / (double)count);
    source->close(source);
    return 0;
}
