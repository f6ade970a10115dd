/*
 * The decoder on hostile bytes. The first byte of an input chooses the schema id, the rest is the body of the message. What is
 * held: no read outside of the bytes (they lie on the heap at their exact size), texts are slices of them, the fast decoder and
 * the plan agree, and what was taken is the same event after encoding and decoding it again.
 */
#include <stdio.h>
#include <stdlib.h>

#include "schemas/decode_plan.h"
#include "schemas/schema_ids.h"
#include "schemas/wire.h"
#include "support/event_check.h"
#include "support/fast_check.h"
#include "support/event_maker.h"
#include "support/written_event.h"

#define FRAME_BYTES 5
#define KEEP_BYTES (4 * 1024 * 1024)
#define FIRST_CHANGE_ID 9

/* Writers with other schemas, under ids from FIRST_CHANGE_ID on. */
static const struct change changes[] = {
    {.path = "Order.paid_at", .removed = true},
    {.path = "Order.tax", .type = "\"int\""},
    {.path = "Order.channel", .type = "[\"string\",\"null\",\"long\"]", .bytes = RAW("\x00\x02x")},
    {.path = "OrderLine.", .after = "{\"name\":\"x\",\"type\":{\"type\":\"array\",\"items\":{\"type\":\"map\",\"values\":"
                                    "[\"null\",\"string\",{\"type\":\"array\",\"items\":\"null\"}]}}}",
     .after_bytes = RAW("\x02\x02\x02k\x02\x02v\x00\x00")},
    {.path = "Order.", .before = "{\"name\":\"x\",\"type\":[\"null\",{\"type\":\"record\",\"name\":\"X\",\"fields\":["
                                 "{\"name\":\"d\",\"type\":\"double\"},{\"name\":\"b\",\"type\":\"bytes\"}]}]}",
     .before_bytes = RAW("\x02" "12345678" "\x04xx")},
};
#define CHANGES (sizeof changes / sizeof changes[0])

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t size_max, unsigned seed);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t size_max);

static struct wire_encoder *encoder;
static struct wire_decoder *decoder;
static struct decode_plan *order_plan;
static struct arena arena;
static struct written written;
static struct made_event made;

static void must(bool good, const char *what)
{
    if (good)
        return;
    (void)fprintf(stderr, "fuzz_decode: %s\n", what);
    abort();
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    struct err err = {.text = ""};
    struct schema_ids ids;
    arena_init(&arena);
    encoder = wire_encoder_new(&err);
    decoder = wire_decoder_new(&err);
    must(encoder && decoder && schema_ids_load(&ids, &err), err.text);
    const struct embedded_file *file = schema_ids_newest(&ids, EVENT_ORDER)->file;
    order_plan = decode_plan_new(EVENT_ORDER, file->data, file->size, &err);
    must(order_plan != NULL, err.text);
    for (size_t i = 0; i < CHANGES; i++) {
        write_event(&written, EVENT_ORDER, &changes[i]);
        must(wire_decoder_add(decoder, EVENT_ORDER, FIRST_CHANGE_ID + (int32_t)i, written.json, written.json_len, &err),
             err.text);
    }
    return 0;
}

static void check_both(const uint8_t *body, size_t len)
{
    struct event planned;
    uint64_t taken = 0;
    enum reason reason = decode_plan_run(order_plan, body, len, &arena, &planned);
    const char *fault = fast_fault(body, len, &arena, reason, &planned, &taken);
    must(!fault, fault);
}

/* Encoding is by avro-c: whatever was taken is an event that can be written. */
static void check_again(const struct event *event)
{
    struct err err = {.text = ""};
    const uint8_t *bytes = NULL;
    size_t len = 0;
    struct event again;
    if (!wire_encode(encoder, event, &bytes, &len, &err)) {
        must(err.kind == ERR_REJECT && strstr(err.text, "1 MiB"), err.text);
        return;
    }
    must(!wire_decode(decoder, event_topic_of(event->kind), NULL, 0, bytes, len, &arena, &again), "refused after encoding");
    must(events_equal(event, &again), "another event after encoding");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!size)
        return 0;
    int32_t id = data[0] % (FIRST_CHANGE_ID + CHANGES);
    enum event_kind kind = id >= 1 && id <= EVENT_KIND_COUNT ? (enum event_kind)(id - 1) : EVENT_ORDER; /* as in ids.yaml */
    size_t len = size - 1 + FRAME_BYTES;
    uint8_t *bytes = malloc(len);
    must(bytes != NULL, "out of memory");
    memcpy(bytes, (uint8_t[]){0, 0, 0, 0, (uint8_t)id}, FRAME_BYTES);
    memcpy(bytes + FRAME_BYTES, data + 1, size - 1);
    struct event event;
    if (wire_decode(decoder, event_topic_of(kind), NULL, 0, bytes, len, &arena, &event) == REASON_NONE) {
        must(texts_inside(&event, bytes + FRAME_BYTES, size - 1), "a text is outside of the bytes");
        must(kind != EVENT_ORDER || event.order.line_count <= EVENT_LINES_MAX, "too many lines");
        check_again(&event);
    }
    must(arena.used_bytes <= 64 * size + 4096, "more memory than the bytes can ask for");
    if (kind == EVENT_ORDER)
        check_both(bytes + FRAME_BYTES, size - 1);
    free(bytes);
    arena_reset(&arena, KEEP_BYTES);
    return 0;
}

static size_t use_seed(uint8_t *data, size_t size_max, uint8_t id, const uint8_t *body, size_t len)
{
    if (len + 1 > size_max)
        return 0;
    data[0] = id;
    memcpy(data + 1, body, len);
    return len + 1;
}

/* A whole event, as no chance would find one. */
static size_t make_seed(uint8_t *data, size_t size_max, unsigned seed)
{
    const uint8_t *bytes = NULL;
    size_t len = 0;
    if (seed % 3 == 0) {
        size_t change = seed / 3 % CHANGES;
        write_event(&written, EVENT_ORDER, &changes[change]);
        return use_seed(data, size_max, (uint8_t)(FIRST_CHANGE_ID + change), written.bytes, written.len);
    }
    const struct event *event = seed % 3 == 1   ? make_usual_order(&made, seed)
                                : seed % 4 == 0 ? make_wild_order(&made, seed)
                                : seed % 4 == 1 ? make_wild_spend(&made, seed)
                                                : make_wild_other(&made, seed);
    must(wire_encode(encoder, event, &bytes, &len, NULL), "a seed is not encoded");
    return use_seed(data, size_max, bytes[4], bytes + FRAME_BYTES, len - FRAME_BYTES);
}

/* One in 64 mutations starts over from a whole event. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t size_max, unsigned seed)
{
    size_t fresh = size < 16 || seed % 64 == 0 ? make_seed(data, size_max, seed / 64) : 0;
    return fresh ? fresh : LLVMFuzzerMutate(data, size, size_max);
}
