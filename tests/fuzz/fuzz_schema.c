/*
 * Hostile schemas, and bytes under them. An input is a schema's JSON, a NUL, and a body. What is held: no crash, no endless
 * work, no more memory than a small multiple of the input, texts are slices of the body.
 */
#include <stdio.h>
#include <stdlib.h>

#include "schemas/decode_plan.h"
#include "support/event_check.h"
#include "support/fast_check.h"
#include "support/event_maker.h"
#include "support/written_event.h"

#define KEEP_BYTES (4 * 1024 * 1024)

static const struct change changes[] = {
    {.path = ""},
    {.path = "Order.created_at", .type = "{\"type\":\"long\",\"logicalType\":\"timestamp-micros\"}"},
    {.path = "OrderLine.tax", .type = "\"int\""},
    {.path = "Order.channel", .type = "[\"string\",\"null\",\"long\"]", .bytes = RAW("\x00\x02x")},
    {.path = "Order.", .after = "{\"name\":\"x\",\"type\":{\"type\":\"array\",\"items\":{\"type\":\"map\",\"values\":"
                                "[\"null\",\"string\",{\"type\":\"array\",\"items\":\"null\"}]}}}",
     .after_bytes = RAW("\x02\x02\x02k\x02\x02v\x00\x00")},
    {.path = "Order.", .before = "{\"name\":\"x\",\"type\":{\"type\":\"record\",\"name\":\"n.X\",\"fields\":["
                                 "{\"name\":\"f\",\"type\":{\"type\":\"fixed\",\"name\":\"F\",\"size\":2}},"
                                 "{\"name\":\"g\",\"type\":\"n.F\"}]}}",
     .before_bytes = RAW("1234")},
    {.path = "Order.status", .type = "{\"type\":\"enum\",\"name\":\"a.OrderStatus\",\"symbols\":[\"PAID\",\"LOST\"]}",
     .bytes = RAW("\x00")},
};
#define CHANGES (sizeof changes / sizeof changes[0])

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t size_max, unsigned seed);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t size_max);

static void must(bool good, const char *what)
{
    if (good)
        return;
    (void)fprintf(stderr, "fuzz_schema: %s\n", what);
    abort();
}

static uint8_t *exact_copy(const uint8_t *bytes, size_t len)
{
    uint8_t *copy = malloc(len ? len : 1);
    must(copy != NULL, "out of memory");
    if (len)
        memcpy(copy, bytes, len);
    return copy;
}

static void run_plan(const struct decode_plan *plan, const uint8_t *bytes, size_t len)
{
    struct arena arena;
    struct event event;
    uint64_t taken = 0;
    arena_init(&arena);
    uint8_t *body = exact_copy(bytes, len);
    enum reason reason = decode_plan_run(plan, body, len, &arena, &event);
    if (reason == REASON_NONE)
        must(texts_inside(&event, body, len), "a text is outside of the bytes");
    must(arena.used_bytes <= 160 * len + 4096, "more memory than the bytes can ask for");
    const char *fault = NULL;
    if (event.kind == EVENT_ORDER && decode_plan_is_ours(plan))
        fault = fast_fault(body, len, &arena, reason, &event, &taken);
    must(!fault, fault);
    free(body);
    arena_done(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *nul = size ? memchr(data, 0, size) : NULL;
    size_t json_len = nul ? (size_t)(nul - data) : size, body = nul ? json_len + 1 : size;
    uint8_t *json = exact_copy(data, json_len);
    for (int kind = 0; kind < EVENT_KIND_COUNT; kind++) {
        struct err err = {.text = ""};
        struct decode_plan *plan = decode_plan_new((enum event_kind)kind, (const char *)json, json_len, &err);
        must(plan || err.text[0], "refused without a word");
        if (plan)
            run_plan(plan, data + body, size - body);
        decode_plan_free(plan);
    }
    free(json);
    return 0;
}

static size_t make_seed(uint8_t *data, size_t size_max, unsigned seed)
{
    static struct written written;
    enum event_kind kind = seed % 2 ? EVENT_ORDER : (enum event_kind)(seed / 2 % EVENT_KIND_COUNT);
    write_event(&written, kind, &changes[seed / 4 % CHANGES]);
    if (written.json_len + 1 + written.len > size_max)
        return 0;
    memcpy(data, written.json, written.json_len);
    data[written.json_len] = 0;
    memcpy(data + written.json_len + 1, written.bytes, written.len);
    return written.json_len + 1 + written.len;
}

static bool swap_words(uint8_t *data, size_t size, unsigned seed)
{
    static const char *const words[] = {"\"int\"", "\"long\"", "\"null\"", "\"bytes\"", "\"string\"", "\"Order\"", "\"float\""};
    const char *word = words[seed % 7];
    size_t len = strlen(word), from = size ? seed / 7 % size : 0;
    for (size_t at = from; at + len < size; at++) {
        if (data[at] != '"' || data[at + len - 1] != '"')
            continue;
        memcpy(data + at, word, len);
        return true;
    }
    return false;
}

/* Whole schemas, types put in place of other words of the same length, and mutations of the bytes. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t size_max, unsigned seed)
{
    size_t fresh = size < 16 || seed % 64 == 0 ? make_seed(data, size_max, seed / 64) : 0;
    if (fresh)
        return fresh;
    return seed % 4 == 1 && swap_words(data, size, seed / 4) ? size : LLVMFuzzerMutate(data, size, size_max);
}
