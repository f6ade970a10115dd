/*
 * Nanoseconds per two-line order: wire_decode with all hashes, the flat plan alone, and encoding. The orders differ from each
 * other, as real ones do, so that branches are guessed no better than in earnest. Best of several rounds: the machine is shared.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "schemas/decode_fast.h"
#include "schemas/decode_plan.h"
#include "schemas/schema_ids.h"
#include "schemas/wire.h"
#include "support/event_maker.h"

#define ORDERS 1000
#define ROUNDS 300
#define KEEP_BYTES (16 * 1024 * 1024)

struct message {
    const uint8_t *bytes;
    size_t len;
};

static double now_ns(void)
{
    struct timespec time;
    (void)clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static void fail(const char *what)
{
    (void)fprintf(stderr, "bench_decode: %s\n", what);
    exit(EXIT_CODE_INTERNAL);
}

static size_t make_messages(struct wire_encoder *encoder, struct arena *arena, struct message *messages)
{
    static struct made_event made;
    size_t total = 0;
    struct err err;
    for (int i = 0; i < ORDERS; i++) {
        const uint8_t *bytes = NULL;
        if (!wire_encode(encoder, make_usual_order(&made, (uint64_t)i), &bytes, &messages[i].len, &err))
            fail(err.text);
        messages[i].bytes = arena_copy(arena, bytes, messages[i].len);
        total += messages[i].len;
    }
    return total;
}

typedef bool decode_function(void *decoder, const struct message *message, struct arena *arena, struct event *ret_event);

static bool decode_wire(void *decoder, const struct message *message, struct arena *arena, struct event *ret_event)
{
    return !wire_decode(decoder, TOPIC_ORDERS, NULL, 0, message->bytes, message->len, arena, ret_event);
}

static bool decode_plan(void *plan, const struct message *message, struct arena *arena, struct event *ret_event)
{
    return !decode_plan_run(plan, message->bytes + 5, message->len - 5, arena, ret_event);
}

static bool decode_fast(void *tail, const struct message *message, struct arena *arena, struct event *ret_event)
{
    return fast_codec_best()->decode_order(message->bytes + 5, message->len - 5, tail, arena, ret_event);
}

/* Inlined, so that what is measured is called directly. */
static inline __attribute__((always_inline)) double measure(decode_function *decode, void *decoder, const struct message *messages)
{
    struct arena arena;
    struct event event;
    double best = 1e18;
    arena_init(&arena);
    for (int round = 0; round < ROUNDS; round++) {
        arena_reset(&arena, KEEP_BYTES);
        double start = now_ns();
        for (int i = 0; i < ORDERS; i++)
            if (!decode(decoder, &messages[i], &arena, &event) || event.order.line_count != 2)
                fail("an order was refused");
        double spent = (now_ns() - start) / ORDERS;
        best = spent < best ? spent : best;
    }
    arena_done(&arena);
    return best;
}

static double measure_encoding(struct wire_encoder *encoder)
{
    static struct made_event made;
    struct err err;
    const struct event *event = make_usual_order(&made, 1);
    double start = now_ns();
    for (int i = 0; i < ORDERS; i++) {
        const uint8_t *bytes = NULL;
        size_t len = 0;
        if (!wire_encode(encoder, event, &bytes, &len, &err))
            fail(err.text);
    }
    return (now_ns() - start) / ORDERS;
}

int main(void)
{
    struct err err;
    struct schema_ids ids;
    struct arena arena;
    static struct decode_tail tail;
    arena_init(&arena);
    struct wire_encoder *encoder = wire_encoder_new(&err);
    struct wire_decoder *decoder = wire_decoder_new(&err);
    struct message *messages = calloc(ORDERS, sizeof *messages);
    if (!encoder || !decoder || !messages || !schema_ids_load(&ids, &err))
        fail(err.text);
    const struct embedded_file *file = schema_ids_newest(&ids, EVENT_ORDER)->file;
    struct decode_plan *plan = decode_plan_new(EVENT_ORDER, file->data, file->size, &err);
    if (!plan)
        fail(err.text);
    size_t bytes = make_messages(encoder, &arena, messages);
    printf("bytes_per_order %.1f\n", (double)bytes / ORDERS);
    printf("decode_ns_per_order %.1f\n", measure(decode_wire, decoder, messages));
    printf("decode_unhashed_ns_per_order %.1f\n", measure(decode_fast, &tail, messages));
    printf("decode_plan_ns_per_order %.1f\n", measure(decode_plan, plan, messages));
    printf("encode_ns_per_order %.1f\n", measure_encoding(encoder));
    decode_plan_free(plan);
    wire_decoder_free(decoder);
    wire_encoder_free(encoder);
    arena_done(&arena);
    free(messages);
    return EXIT_CODE_OK;
}
