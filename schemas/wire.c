/* The frame, the table of schema ids, and what is checked and hashed once an event is decoded. */
#include "schemas/wire.h"

#include <stdlib.h>
#include <string.h>

#include "common/hash.h"
#include "schemas/avro_codec.h"
#include "schemas/decode_fast.h"
#include "schemas/decode_plan.h"
#include "schemas/schema_ids.h"

#define FRAME_BYTES 5
#define SCHEMAS_MAX 1024

struct known_schema {
    int32_t id;
    enum event_kind kind;
    bool fast;                /* decode_fast may try */
    struct decode_plan *plan; /* NULL: cannot be read as ours */
};

struct wire_decoder {
    struct known_schema *schemas;
    size_t count, room;
    const struct fast_codec *codec;
    struct decode_tail tail;
};

struct wire_encoder {
    struct avro_encoder *encoders[EVENT_KIND_COUNT];
    int32_t ids[EVENT_KIND_COUNT];
};

static struct known_schema *find_schema(const struct wire_decoder *decoder, int32_t id)
{
    for (size_t i = 0; i < decoder->count; i++)
        if (decoder->schemas[i].id == id)
            return &decoder->schemas[i];
    return NULL;
}

static struct known_schema *add_schema(struct wire_decoder *decoder, int32_t id, struct err *err)
{
    struct known_schema *known = find_schema(decoder, id);
    if (known) {
        decode_plan_free(known->plan);
        return known;
    }
    if (decoder->count == decoder->room) {
        size_t room = decoder->room ? 2 * decoder->room : 16;
        struct known_schema *schemas =
            room <= SCHEMAS_MAX ? realloc(decoder->schemas, room * sizeof *schemas) : NULL;
        if (!schemas) {
            (void)err_set(err, ERR_FATAL, EXIT_CODE_DATA, "schema id %d: more than %d schemas", id, SCHEMAS_MAX);
            return NULL;
        }
        decoder->schemas = schemas;
        decoder->room = room;
    }
    return &decoder->schemas[decoder->count++];
}

bool wire_decoder_add(struct wire_decoder *decoder, enum event_kind kind, int32_t schema_id, const char *schema_json,
                      size_t len, struct err *err)
{
    struct known_schema *known = add_schema(decoder, schema_id, err);
    if (!known)
        return false;
    struct decode_plan *plan = decode_plan_new(kind, schema_json, len, err);
    *known = (struct known_schema){
        .id = schema_id,
        .kind = kind,
        .fast = plan && kind == EVENT_ORDER && decode_plan_is_ours(plan),
        .plan = plan,
    };
    if (!plan)
        err_prefix(err, "schema id %d", schema_id);
    return plan != NULL;
}

struct wire_decoder *wire_decoder_new(struct err *err)
{
    struct schema_ids ids;
    if (!schema_ids_load(&ids, err))
        return NULL;
    struct wire_decoder *decoder = calloc(1, sizeof *decoder);
    bool good = decoder || err_set(err, ERR_FATAL, EXIT_CODE_INTERNAL, "out of memory");
    if (decoder)
        decoder->codec = fast_codec_best();
    for (size_t i = 0; i < ids.count && good; i++) {
        const struct schema_id *entry = &ids.entries[i];
        good = wire_decoder_add(decoder, entry->kind, entry->id, entry->file->data, entry->file->size, err);
    }
    if (good)
        return decoder;
    wire_decoder_free(decoder);
    return NULL;
}

void wire_decoder_free(struct wire_decoder *decoder)
{
    if (!decoder)
        return;
    for (size_t i = 0; i < decoder->count; i++)
        decode_plan_free(decoder->schemas[i].plan);
    free(decoder->schemas);
    free(decoder);
}

static enum reason open_frame(const struct wire_decoder *decoder, enum event_topic topic, const uint8_t *value, size_t len,
                              const struct known_schema **ret_schema)
{
    if (!value)
        return REASON_NULL_VALUE;
    if (len > EVENT_BYTES_MAX)
        return REASON_TOO_LARGE;
    if (len < FRAME_BYTES || value[0] != 0)
        return REASON_WRONG_FRAME;
    uint32_t id = (uint32_t)value[1] << 24 | (uint32_t)value[2] << 16 | (uint32_t)value[3] << 8 | value[4];
    const struct known_schema *known = find_schema(decoder, (int32_t)id);
    if (!known || event_topic_of(known->kind) != topic)
        return REASON_UNKNOWN_SCHEMA;
    *ret_schema = known;
    return known->plan ? REASON_NONE : REASON_UNRESOLVABLE_SCHEMA;
}

static struct hash128 to_hash128(XXH128_hash_t hash)
{
    return (struct hash128){.lo = hash.low64, .hi = hash.high64};
}

/* A body before and behind event_id: under our own schema there is nothing before it. */
static struct hash128 hash_content(const struct fast_codec *codec, const uint8_t *body, size_t len, struct text event_id)
{
    const uint8_t *id = (const uint8_t *)event_id.ptr, *behind = id + event_id.len;
    size_t before = (size_t)(id - body) - (event_id.len < 64 ? 1 : 2), after = (size_t)(body + len - behind);
    if (!before)
        return codec->hash_content(behind, after);
    return to_hash128(XXH3_128bits_withSeed(behind, after, XXH3_64bits(body, before)));
}

static void hash_text(XXH3_state_t *state, struct text text)
{
    (void)XXH3_128bits_update(state, text.ptr ? text.ptr : "", text.len); /* fails on NULL only, as the next */
    (void)XXH3_128bits_update(state, "", 1);
}

static void hash_number(XXH3_state_t *state, int32_t number)
{
    uint32_t bits = (uint32_t)number;
    uint8_t bytes[4] = {(uint8_t)bits, (uint8_t)(bits >> 8), (uint8_t)(bits >> 16), (uint8_t)(bits >> 24)};
    (void)XXH3_128bits_update(state, bytes, sizeof bytes);
}

static struct hash128 hash_spend(struct text shop_id, const struct ad_spend *spend)
{
    XXH3_state_t state;
    (void)XXH3_128bits_reset(&state);
    hash_text(&state, shop_id);
    hash_text(&state, spend->platform);
    hash_text(&state, spend->account_id);
    hash_text(&state, spend->campaign_id);
    hash_number(&state, spend->day);
    hash_number(&state, spend->hour);
    return to_hash128(XXH3_128bits_digest(&state));
}

static void hash_order(struct order *order, uint64_t shop_hash)
{
    order->order_hash = to_hash128(XXH3_128bits_withSeed(order->order_id.ptr, order->order_id.len, shop_hash));
    for (uint32_t i = 0; i < order->line_count; i++)
        order->lines[i].sku_hash = hash64(order->lines[i].platform_sku.ptr, order->lines[i].platform_sku.len);
}

static inline void hash_keys(struct event *event)
{
    event->shop_hash = hash64(event->shop_id.ptr, event->shop_id.len);
    if (event->kind == EVENT_ORDER)
        hash_order(&event->order, event->shop_hash);
    else if (event->kind == EVENT_AD_SPEND)
        event->ad_spend.row_hash = hash_spend(event->shop_id, &event->ad_spend);
}

void event_hash_keys(struct event *event)
{
    hash_keys(event);
}

static bool is_key(const uint8_t *key, size_t key_len, struct text shop_id)
{
    return key_len == shop_id.len && !memcmp(key, shop_id.ptr, key_len);
}

enum reason wire_decode(struct wire_decoder *decoder, enum event_topic topic, const uint8_t *key, size_t key_len,
                        const uint8_t *value, size_t len, struct arena *arena, struct event *ret_event)
{
    const struct known_schema *known = NULL;
    enum reason reason = open_frame(decoder, topic, value, len, &known);
    if (reason)
        return reason;
    const uint8_t *body = value + FRAME_BYTES;
    len -= FRAME_BYTES;
    if (!known->fast || !decoder->codec->decode_order(body, len, &decoder->tail, arena, ret_event))
        reason = decode_plan_run(known->plan, body, len, arena, ret_event);
    if (reason)
        return reason;
    if (key && !is_key(key, key_len, ret_event->shop_id))
        return REASON_WRONG_KEY;
    hash_keys(ret_event);
    ret_event->content_hash = hash_content(decoder->codec, body, len, ret_event->event_id);
    return REASON_NONE;
}

static bool open_encoder(struct wire_encoder *encoder, enum event_kind kind, const struct schema_id *newest,
                         struct err *err)
{
    const struct embedded_file *file = newest->file;
    struct decode_plan *plan = decode_plan_new(kind, file->data, file->size, err);
    bool ours = plan && decode_plan_is_ours(plan);
    if (plan && !ours)
        (void)err_set(err, ERR_FATAL, EXIT_CODE_INTERNAL, "%s: not the fields that the program was built with", file->name);
    decode_plan_free(plan);
    encoder->ids[kind] = newest->id;
    if (ours)
        encoder->encoders[kind] = avro_encoder_new(kind, file->data, file->size, FRAME_BYTES, err);
    return encoder->encoders[kind] != NULL;
}

struct wire_encoder *wire_encoder_new(struct err *err)
{
    struct schema_ids ids;
    if (!schema_ids_load(&ids, err))
        return NULL;
    struct wire_encoder *encoder = calloc(1, sizeof *encoder);
    bool good = encoder || err_set(err, ERR_FATAL, EXIT_CODE_INTERNAL, "out of memory");
    for (int kind = 0; kind < EVENT_KIND_COUNT && good; kind++)
        good = open_encoder(encoder, (enum event_kind)kind, schema_ids_newest(&ids, (enum event_kind)kind), err);
    if (good)
        return encoder;
    wire_encoder_free(encoder);
    return NULL;
}

void wire_encoder_free(struct wire_encoder *encoder)
{
    if (!encoder)
        return;
    for (int kind = 0; kind < EVENT_KIND_COUNT; kind++)
        avro_encoder_free(encoder->encoders[kind]);
    free(encoder);
}

bool wire_encode(struct wire_encoder *encoder, const struct event *event, const uint8_t **ret_bytes, size_t *ret_len,
                 struct err *err)
{
    uint8_t *bytes = NULL;
    if (!avro_encoder_write(encoder->encoders[event->kind], event, &bytes, ret_len, err))
        return false;
    uint32_t id = (uint32_t)encoder->ids[event->kind];
    bytes[0] = 0;
    bytes[1] = (uint8_t)(id >> 24);
    bytes[2] = (uint8_t)(id >> 16);
    bytes[3] = (uint8_t)(id >> 8);
    bytes[4] = (uint8_t)id;
    *ret_bytes = bytes;
    return true;
}
