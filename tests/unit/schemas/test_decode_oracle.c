/*
 * The decoder beside its oracles: avro-c, and for the straight-line decoder the flat plan. avro-c is asked only about bytes
 * that ours took, since it leaks on what it refuses; what ours takes it must take too, with the same values.
 */
#include <avro.h>
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "schemas/decode_plan.h"
#include "schemas/decode_value.h"
#include "schemas/schema_ids.h"
#include "schemas/wire.h"
#include "support/event_check.h"
#include "support/fast_check.h"
#include "support/event_maker.h"

#define SEED UINT64_C(20240607)
#define EVENTS 24000
#define MUTATIONS 12
#define FRAME_BYTES 5
#define KEEP_BYTES (4 * 1024 * 1024)

struct oracle {
    avro_schema_t schema;
    avro_value_iface_t *iface;
    avro_value_t value;
};

struct bench {
    struct wire_encoder *encoder;
    struct wire_decoder *decoder;
    struct decode_plan *plans[EVENT_KIND_COUNT];
    struct oracle oracles[EVENT_KIND_COUNT];
    struct arena arena;
    uint64_t accepted, refused, fast;
};

static void open_oracle(struct oracle *oracle, const struct embedded_file *file)
{
    cr_assert_eq(avro_schema_from_json_length(file->data, file->size, &oracle->schema), 0);
    oracle->iface = avro_generic_class_from_schema(oracle->schema);
    cr_assert_eq(avro_generic_value_new(oracle->iface, &oracle->value), 0);
}

static void open_bench(struct bench *bench)
{
    struct err err;
    struct schema_ids ids;
    memset(bench, 0, sizeof *bench);
    arena_init(&bench->arena);
    bench->encoder = wire_encoder_new(&err);
    bench->decoder = wire_decoder_new(&err);
    cr_assert(bench->encoder && bench->decoder && schema_ids_load(&ids, &err), "%s", err.text);
    for (int kind = 0; kind < EVENT_KIND_COUNT; kind++) {
        const struct embedded_file *file = schema_ids_newest(&ids, (enum event_kind)kind)->file;
        bench->plans[kind] = decode_plan_new((enum event_kind)kind, file->data, file->size, &err);
        cr_assert_not_null(bench->plans[kind], "%s", err.text);
        open_oracle(&bench->oracles[kind], file);
    }
}

static void close_bench(struct bench *bench)
{
    for (int kind = 0; kind < EVENT_KIND_COUNT; kind++) {
        decode_plan_free(bench->plans[kind]);
        avro_value_decref(&bench->oracles[kind].value);
        avro_value_iface_decref(bench->oracles[kind].iface);
        avro_schema_decref(bench->oracles[kind].schema);
    }
    wire_encoder_free(bench->encoder);
    wire_decoder_free(bench->decoder);
    arena_done(&bench->arena);
}

static bool same_text_as(avro_value_t *value, const struct text *text)
{
    const char *string = NULL;
    size_t size = 0;
    return !avro_value_get_string(value, &string, &size) && size == (size_t)text->len + 1 &&
           !memcmp(string, text->ptr, text->len);
}

static bool same_number_as(avro_value_t *value, int64_t ours)
{
    int64_t wide = 0;
    int32_t narrow = 0;
    if (avro_value_get_type(value) == AVRO_INT64)
        return !avro_value_get_long(value, &wide) && wide == ours;
    return !avro_value_get_int(value, &narrow) && narrow == ours;
}

static bool same_as_avro(avro_value_t *value, enum field_kind kind, const void *ours)
{
    int number = -1;
    switch (kind) {
    case FIELD_ID:
    case FIELD_TEXT:
    case FIELD_CURRENCY:
        return same_text_as(value, ours);
    case FIELD_LONG:
    case FIELD_TIME:
    case FIELD_RATE:
        return same_number_as(value, *(const int64_t *)ours);
    case FIELD_SCALE:
    case FIELD_DAY:
    case FIELD_HOUR:
        return same_number_as(value, *(const int32_t *)ours);
    case FIELD_STATUS:
        return !avro_value_get_enum(value, &number) && number == (int)*(const enum order_status *)ours;
    case FIELD_BOOL:
        return !avro_value_get_boolean(value, &number) && (number != 0) == *(const bool *)ours;
    case FIELD_KIND_COUNT:
        break;
    }
    return false;
}

static bool is_null(enum field_kind kind, const void *ours)
{
    struct text none = {0};
    int64_t absent[2] = {0};
    set_absent(kind, absent);
    return is_text_kind(kind) ? ((const struct text *)ours)->ptr == none.ptr : !memcmp(ours, absent, value_size(kind));
}

static bool same_record(avro_value_t *value, const struct record_rule *record, const void *base);

static bool same_items(avro_value_t *value, const struct field_rule *rule, const void *base)
{
    size_t count = 0;
    uint32_t ours = 0;
    const char *items = rule_items(rule, base, &ours);
    avro_value_t item;
    if (avro_value_get_size(value, &count) || count != ours)
        return false;
    for (size_t i = 0; i < count; i++)
        if (avro_value_get_by_index(value, i, &item, NULL) ||
            !same_record(&item, rule->record, items + i * rule->record->item_size))
            return false;
    return true;
}

static bool same_rule(avro_value_t *value, const struct field_rule *rule, const void *base)
{
    const struct field_rule *first = rule->record ? &rule->record->fields[0] : rule;
    if (rule->presence == FIELD_REPEATED)
        return same_items(value, rule, base);
    avro_value_t branch = *value;
    if (rule->presence == FIELD_NULLABLE) {
        int index = -1;
        if (avro_value_get_discriminant(value, &index) || avro_value_get_current_branch(value, &branch))
            return false;
        if (index == 0)
            return is_null(first->kind, (const char *)base + first->offset);
    }
    return rule->record ? same_record(&branch, rule->record, base)
                        : same_as_avro(&branch, rule->kind, (const char *)base + rule->offset);
}

static bool same_record(avro_value_t *value, const struct record_rule *record, const void *base)
{
    avro_value_t field;
    for (uint32_t i = 0; i < record->count; i++)
        if (avro_value_get_by_index(value, i, &field, NULL) || !same_rule(&field, &record->fields[i], base))
            return false;
    return true;
}

static bool avro_agrees(struct oracle *oracle, const struct event *event, const uint8_t *body, size_t len)
{
    avro_reader_t reader = avro_reader_memory((const char *)body, (int64_t)len);
    (void)avro_value_reset(&oracle->value); /* a fresh value cannot fail to be reset */
    bool good = !avro_value_read(reader, &oracle->value) &&
                same_record(&oracle->value, &event_rules[event->kind], event);
    avro_reader_free(reader);
    return good;
}

/* Bytes on the heap of exactly their size, so that the sanitizer sees a read behind them. */
static void check_bytes(struct bench *bench, enum event_kind kind, const uint8_t *bytes, size_t len, uint64_t seed)
{
    uint8_t *exact = malloc(len ? len : 1);
    cr_assert_not_null(exact);
    memcpy(exact, bytes, len);
    struct event planned;
    enum reason reason = decode_plan_run(bench->plans[kind], exact, len, &bench->arena, &planned);
    if (reason == REASON_NONE) {
        bench->accepted++;
        cr_assert(texts_inside(&planned, exact, len), "seed %llu: a text outside of the bytes", (unsigned long long)seed);
        cr_assert(avro_agrees(&bench->oracles[kind], &planned, exact, len), "seed %llu: avro-c reads otherwise",
                  (unsigned long long)seed);
    } else {
        bench->refused++;
    }
    if (kind == EVENT_ORDER) {
        const char *fault = fast_fault(exact, len, &bench->arena, reason, &planned, &bench->fast);
        cr_assert_null(fault, "seed %llu: a fast decoder: %s", (unsigned long long)seed, fault);
    }
    free(exact);
    arena_reset(&bench->arena, KEEP_BYTES);
}

static struct event *make_any(struct made_event *made, uint64_t seed)
{
    return seed % 8 == 0   ? make_wild_spend(made, seed)
           : seed % 8 == 4 ? make_wild_other(made, seed)
           : seed % 4 == 1 ? make_usual_order(made, seed)
                           : make_wild_order(made, seed);
}

static size_t mutate(struct made_event *random, uint8_t *bytes, size_t len)
{
    static const uint8_t edges[] = {0x00, 0x01, 0x02, 0x7f, 0x80, 0xff, 0xfe, 0x40};
    size_t at = make_below(random, len);
    switch (make_below(random, 6)) {
    case 0:
        return at; /* cut */
    case 1:
        bytes[at] ^= (uint8_t)(1u << make_below(random, 8));
        return len;
    case 2:
        bytes[at] = edges[make_below(random, sizeof edges)];
        return len;
    case 3:
        memmove(bytes + at, bytes + at + 1, len - at - 1);
        return len - 1;
    case 4:
        memmove(bytes + at + 1, bytes + at, len - at);
        bytes[at] = (uint8_t)make_random(random);
        return len + 1;
    default:
        bytes[at] = (uint8_t)make_random(random);
        return len;
    }
}

Test(decode_oracle, encoded_events_come_back_and_avro_reads_the_same, .timeout = 300)
{
    struct bench bench;
    static struct made_event made;
    struct err err;
    open_bench(&bench);
    printf("seed %llu\n", (unsigned long long)SEED);
    for (uint64_t seed = SEED; seed < SEED + EVENTS; seed++) {
        const struct event *event = make_any(&made, seed);
        const uint8_t *bytes = NULL;
        size_t len = 0;
        struct event back;
        cr_assert(wire_encode(bench.encoder, event, &bytes, &len, &err), "%s", err.text);
        enum reason reason = wire_decode(bench.decoder, event_topic_of(event->kind), NULL, 0, bytes, len, &bench.arena, &back);
        cr_assert_eq(reason, REASON_NONE, "seed %llu: %s", (unsigned long long)seed, reason_name(reason));
        cr_assert(events_equal(event, &back), "seed %llu: not what was encoded", (unsigned long long)seed);
        check_bytes(&bench, event->kind, bytes + FRAME_BYTES, len - FRAME_BYTES, seed);
    }
    cr_assert_eq(bench.accepted, EVENTS);
    cr_assert_gt(bench.fast, EVENTS / 4, "the fast decoder took only %llu", (unsigned long long)bench.fast);
    close_bench(&bench);
}

Test(decode_oracle, mutated_bytes_are_refused_or_read_as_avro_reads_them, .timeout = 300)
{
    struct bench bench;
    static struct made_event made, random;
    static uint8_t body[2 * MADE_TEXT_BYTES];
    struct err err;
    open_bench(&bench);
    printf("seed %llu\n", (unsigned long long)SEED);
    random.state = SEED;
    for (uint64_t seed = SEED; seed < SEED + EVENTS; seed++) {
        const struct event *event = make_any(&made, seed);
        const uint8_t *bytes = NULL;
        size_t len = 0;
        cr_assert(wire_encode(bench.encoder, event, &bytes, &len, &err), "%s", err.text);
        for (int i = 0; i < MUTATIONS; i++) {
            size_t left = len - FRAME_BYTES;
            memcpy(body, bytes + FRAME_BYTES, left);
            for (uint64_t times = 1 + make_below(&random, 2); times && left; times--)
                left = mutate(&random, body, left);
            check_bytes(&bench, event->kind, body, left, seed);
        }
    }
    printf("accepted %llu, refused %llu, fast %llu\n", (unsigned long long)bench.accepted,
           (unsigned long long)bench.refused, (unsigned long long)bench.fast);
    cr_assert_gt(bench.accepted, EVENTS);
    cr_assert_gt(bench.refused, EVENTS);
    cr_assert_gt(bench.fast, EVENTS / 4);
    close_bench(&bench);
}
