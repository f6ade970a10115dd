/* One generic value per encoder, filled by index from the tables of our fields and written to a buffer that grows. Texts are
 * lent to it without a copy; it never outlives the call that lent them, as the next call lends others before it writes. */
#include "schemas/avro_codec.h"

#include <avro.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "schemas/event_rules.h"

#define BUFFER_BYTES 4096

struct avro_encoder {
    enum event_kind kind;
    avro_schema_t schema;
    avro_value_iface_t *iface;
    avro_value_t value;
    avro_writer_t writer;
    uint8_t *buffer;
    size_t room, head_bytes;
};

struct avro_encoder *avro_encoder_new(enum event_kind kind, const char *schema_json, size_t len, size_t head_bytes,
                                      struct err *err)
{
    struct avro_encoder *encoder = calloc(1, sizeof *encoder);
    if (encoder) {
        encoder->kind = kind;
        encoder->head_bytes = head_bytes;
        encoder->room = BUFFER_BYTES;
        encoder->buffer = malloc(encoder->room);
    }
    if (encoder && encoder->buffer && !avro_schema_from_json_length(schema_json, len, &encoder->schema) &&
        (encoder->iface = avro_generic_class_from_schema(encoder->schema)) &&
        !avro_generic_value_new(encoder->iface, &encoder->value) &&
        (encoder->writer = avro_writer_memory((char *)encoder->buffer, (int64_t)encoder->room)))
        return encoder;
    avro_encoder_free(encoder);
    (void)err_set(err, ERR_FATAL, EXIT_CODE_INTERNAL, "schema: avro-c does not take it");
    return NULL;
}

void avro_encoder_free(struct avro_encoder *encoder)
{
    if (!encoder)
        return;
    if (encoder->writer)
        avro_writer_free(encoder->writer);
    if (encoder->value.iface)
        avro_value_decref(&encoder->value);
    if (encoder->iface)
        avro_value_iface_decref(encoder->iface);
    if (encoder->schema)
        avro_schema_decref(encoder->schema);
    free(encoder->buffer);
    free(encoder);
}

/* avro-c counts a NUL behind the text but does not look at it, and does not write it. */
static int set_text(avro_value_t *to, struct text text)
{
    if (!text.ptr)
        return EINVAL;
    avro_wrapped_buffer_t lent = {.buf = text.ptr, .size = (size_t)text.len + 1};
    return avro_value_give_string_len(to, &lent);
}

static int64_t long_at(const void *from)
{
    int64_t value;
    memcpy(&value, from, sizeof value);
    return value;
}

static int32_t int_at(const void *from)
{
    int32_t value;
    memcpy(&value, from, sizeof value);
    return value;
}

static int set_value(avro_value_t *to, enum field_kind kind, const void *from)
{
    switch (kind) {
    case FIELD_ID:
    case FIELD_TEXT:
    case FIELD_CURRENCY:
        return set_text(to, *(const struct text *)from);
    case FIELD_LONG:
    case FIELD_TIME:
        return avro_value_set_long(to, long_at(from));
    case FIELD_RATE:
        return avro_value_set_int(to, (int32_t)long_at(from));
    case FIELD_SCALE:
    case FIELD_DAY:
    case FIELD_HOUR:
        return avro_value_set_int(to, int_at(from));
    case FIELD_STATUS:
        return avro_value_set_enum(to, (int)*(const enum order_status *)from);
    case FIELD_BOOL:
        return avro_value_set_boolean(to, *(const bool *)from);
    case FIELD_KIND_COUNT:
        break;
    }
    return EINVAL;
}

static bool is_absent(enum field_kind kind, const void *from)
{
    switch (kind) {
    case FIELD_ID:
    case FIELD_TEXT:
    case FIELD_CURRENCY:
        return !((const struct text *)from)->ptr;
    case FIELD_LONG:
    case FIELD_TIME:
        return long_at(from) == EVENT_ABSENT;
    case FIELD_RATE:
        return long_at(from) == -1;
    case FIELD_HOUR:
        return int_at(from) == -1;
    case FIELD_SCALE:
    case FIELD_STATUS:
    case FIELD_DAY:
    case FIELD_BOOL:
    case FIELD_KIND_COUNT:
        break;
    }
    return false;
}

static const void *member(const void *base, const struct field_rule *rule)
{
    return (const char *)base + rule->offset;
}

/* A nested record is absent where its first field is. */
static bool is_rule_absent(const struct field_rule *rule, const void *base)
{
    const struct field_rule *first = rule->record ? &rule->record->fields[0] : rule;
    return is_absent(first->kind, member(base, first));
}

static int set_record(avro_value_t *to, const struct record_rule *record, const void *base);

static int set_items(avro_value_t *to, const struct field_rule *rule, const void *base)
{
    const char *items;
    uint32_t count;
    memcpy(&items, (const char *)base + rule->offset, sizeof items);
    memcpy(&count, (const char *)base + rule->count_offset, sizeof count);
    int bad = avro_value_reset(to);
    for (uint32_t i = 0; i < count && !bad; i++) {
        avro_value_t item;
        bad = avro_value_append(to, &item, NULL);
        if (!bad)
            bad = set_record(&item, rule->record, items + (size_t)i * rule->record->item_size);
    }
    return bad;
}

static int set_field(avro_value_t *to, const struct field_rule *rule, const void *base)
{
    avro_value_t branch = *to;
    if (rule->presence == FIELD_REPEATED)
        return set_items(to, rule, base);
    if (rule->presence == FIELD_NULLABLE) {
        bool absent = is_rule_absent(rule, base);
        int bad = avro_value_set_branch(to, !absent, &branch);
        if (bad || absent)
            return bad;
    }
    return rule->record ? set_record(&branch, rule->record, base)
                        : set_value(&branch, rule->kind, member(base, rule));
}

static int set_record(avro_value_t *to, const struct record_rule *record, const void *base)
{
    int bad = 0;
    for (uint32_t i = 0; i < record->count && !bad; i++) {
        avro_value_t field;
        bad = avro_value_get_by_index(to, i, &field, NULL);
        if (!bad)
            bad = set_field(&field, &record->fields[i], base);
    }
    return bad;
}

/* Twice as large, up to the largest event; false where that was not enough. */
static bool grow(struct avro_encoder *encoder)
{
    size_t room = 2 * encoder->room;
    uint8_t *buffer = room <= 2 * EVENT_BYTES_MAX ? realloc(encoder->buffer, room) : NULL;
    if (!buffer)
        return false;
    encoder->buffer = buffer;
    encoder->room = room;
    return true;
}

static bool write_value(struct avro_encoder *encoder)
{
    size_t head = encoder->head_bytes;
    for (;;) {
        avro_writer_memory_set_dest(encoder->writer, (char *)encoder->buffer + head, (int64_t)(encoder->room - head));
        if (!avro_value_write(encoder->writer, &encoder->value))
            return true;
        if (!grow(encoder))
            return false;
    }
}

bool avro_encoder_write(struct avro_encoder *encoder, const struct event *event, uint8_t **ret_bytes, size_t *ret_len,
                        struct err *err)
{
    if (set_record(&encoder->value, &event_rules[encoder->kind], event))
        return err_set(err, ERR_REJECT, EXIT_CODE_DATA, "event: a text that must be there is absent");
    size_t len = 0;
    if (write_value(encoder))
        len = encoder->head_bytes + (size_t)avro_writer_tell(encoder->writer);
    if (!len || len > EVENT_BYTES_MAX)
        return err_set(err, ERR_REJECT, EXIT_CODE_DATA, "event: larger than 1 MiB");
    *ret_bytes = encoder->buffer;
    *ret_len = len;
    return true;
}
