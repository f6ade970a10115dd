/*
 * The engine alone: fees, memory of recent orders, all default z-scores, on orders that are decoded already.
 * bench_engine [ORDERS]: prints a name and a value per line, the median over batches.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/engine.h"
#include "processor/batch.h"
#include "schemas/wire.h"
#include "support/order_stream.h"
#include "support/sample.h"

#define BATCH_ORDERS 4000
#define ROUNDS_MAX 1024

static int64_t now_ns(void)
{
    struct timespec at;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &at);
    return at.tv_sec * INT64_C(1000000000) + at.tv_nsec;
}

static int compare(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

static size_t decode_batch(struct wire_decoder *decoder, const struct scripted_log *log, size_t at, struct batch *batch,
                           struct event **ret_events)
{
    size_t count = 0;
    for (; count < BATCH_ORDERS && at + count < log->count; count++) {
        const struct record *record = &log->records[at + count];
        const uint8_t *value = arena_copy(&batch->arena, record->value, record->value_len);
        ret_events[count] = arena_alloc(&batch->arena, sizeof **ret_events);
        if (wire_decode(decoder, TOPIC_ORDERS, record->key, record->key_len, value, record->value_len, &batch->arena,
                        ret_events[count]) != REASON_NONE)
            abort();
    }
    return count;
}

static double apply_batch(struct engine *engine, struct event **events, size_t count, struct batch *batch)
{
    int64_t start = now_ns();
    for (size_t i = 0; i < count; i++)
        if (engine_apply(engine, events[i], (struct origin){.offset = (int64_t)i}, -1, &batch->facts) != REASON_NONE)
            abort();
    return (double)(now_ns() - start) / (double)count;
}

int main(int argc, char **argv)
{
    static struct event *events[BATCH_ORDERS];
    static double ns[ROUNDS_MAX];
    struct err err = {0};
    struct order_stream stream;
    order_stream_make(&stream, "orders", argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 300000, 1);
    struct wire_decoder *decoder = wire_decoder_new(&err);
    struct engine_config config = {.memory_orders = 131072, .shops_max = 100000, .policy_of = sample_policy_referral};
    detector_config_default(&config.detector);
    struct engine *engine = engine_new(&config, true);
    struct batch *batch = batch_new();
    size_t rounds = 0, count;
    for (size_t at = 0; rounds < ROUNDS_MAX; at += count, rounds++) {
        batch_reset(batch, rounds + 1, SIZE_MAX);
        count = decode_batch(decoder, &stream.logs[0], at, batch, events);
        if (!count)
            break;
        ns[rounds] = apply_batch(engine, events, count, batch);
    }
    qsort(ns, rounds, sizeof *ns, compare);
    printf("engine_ns_per_order %.1f\n", ns[rounds / 2]);
    printf("engine_ns_per_order_worst_batch %.1f\n", ns[rounds - 1]);
    batch_free(batch);
    engine_free(engine);
    wire_decoder_free(decoder);
    order_stream_done(&stream);
    return 0;
}
