/*
 * Writers of any schema: the JSON and the bytes of an event whose fields are those of our tables, with one field written in
 * another way. A path is Record.field, as "OrderLine.quantity".
 */
#ifndef SUPPORT_WRITTEN_EVENT_H
#define SUPPORT_WRITTEN_EVENT_H

#include <stdio.h>
#include <string.h>

#include "schemas/event_rules.h"

#define WRITTEN_BYTES_MAX (4 * 1024 * 1024)

struct written {
    uint8_t bytes[WRITTEN_BYTES_MAX];
    size_t len;
    char json[64 * 1024];
    size_t json_len;
};

/* type: JSON of the field's type, NULL where it is the usual one; bytes: of the value, NULL where it is the usual one.
 * removed: the writer does not have the field. before, after: JSON of fields around all others of the path's record, with
 * before_bytes and after_bytes as their values. */
struct change {
    const char *path, *type;
    const void *bytes;
    size_t len;
    bool removed;
    const char *before, *before_bytes;
    size_t before_len;
    const char *after, *after_bytes;
    size_t after_len;
};

#define RAW(literal) (literal), sizeof(literal) - 1

static inline void put_raw(struct written *written, const void *bytes, size_t len)
{
    if (len)
        memcpy(written->bytes + written->len, bytes, len);
    written->len += len;
}

static inline void put_long(struct written *written, int64_t value)
{
    uint64_t raw = (uint64_t)value << 1 ^ (uint64_t)(value >> 63);
    while (raw >= 0x80) {
        written->bytes[written->len++] = (uint8_t)(raw | 0x80);
        raw >>= 7;
    }
    written->bytes[written->len++] = (uint8_t)raw;
}

static inline void put_text(struct written *written, const char *text)
{
    put_long(written, (int64_t)strlen(text));
    put_raw(written, text, strlen(text));
}

static inline void add_json(struct written *written, const char *first, const char *second, const char *third)
{
    written->json_len += (size_t)snprintf(written->json + written->json_len, sizeof written->json - written->json_len,
                                          "%s%s%s", first, second, third);
}

static inline void put_usual(struct written *written, const struct field_rule *rule)
{
    switch (rule->kind) {
    case FIELD_ID:
    case FIELD_TEXT:
        put_text(written, rule->name);
        return;
    case FIELD_CURRENCY:
        put_text(written, "USD");
        return;
    case FIELD_TIME:
        put_long(written, INT64_C(1717200000000000));
        return;
    case FIELD_DAY:
        put_long(written, 19875);
        return;
    case FIELD_LONG:
    case FIELD_SCALE:
    case FIELD_RATE:
    case FIELD_HOUR:
        put_long(written, 2);
        return;
    case FIELD_BOOL:
    case FIELD_STATUS: /* PAID */
        put_long(written, rule->kind == FIELD_BOOL ? -1 : 1);
        return;
    case FIELD_KIND_COUNT:
        break;
    }
}

static inline const char *usual_type(enum field_kind kind)
{
    const char *logical;
    enum schema_type type = field_avro_type(kind, &logical);
    return type == SCHEMA_ENUM ? "{\"type\":\"enum\",\"name\":\"OrderStatus\",\"symbols\":[\"UNPAID\",\"PAID\","
                                 "\"SHIPPED\",\"DELIVERED\",\"COMPLETED\",\"CANCELLED\",\"ON_HOLD\"]}"
           : type == SCHEMA_STRING  ? "\"string\""
           : type == SCHEMA_INT     ? "\"int\""
           : type == SCHEMA_BOOLEAN ? "\"boolean\""
                                    : "\"long\"";
}

static inline void write_record(struct written *written, const struct record_rule *record, const struct change *change);

static inline void write_value(struct written *written, const struct field_rule *rule, const struct change *change)
{
    if (rule->presence == FIELD_NULLABLE) {
        add_json(written, "[\"null\",", "", "");
        put_long(written, 1);
    }
    if (rule->presence == FIELD_REPEATED) {
        add_json(written, "{\"type\":\"array\",\"items\":", "", "");
        put_long(written, 1);
    }
    if (rule->record) {
        write_record(written, rule->record, change);
    } else {
        add_json(written, usual_type(rule->kind), "", "");
        put_usual(written, rule);
    }
    if (rule->presence == FIELD_NULLABLE)
        add_json(written, "]", "", "");
    if (rule->presence == FIELD_REPEATED) {
        add_json(written, "}", "", "");
        put_long(written, 0);
    }
}

static inline void write_field(struct written *written, const struct field_rule *rule, const struct change *change,
                               bool changed)
{
    size_t json_len = 0, len = 0;
    add_json(written, "{\"name\":\"", rule->name, "\",\"type\":");
    json_len = written->json_len;
    len = written->len;
    write_value(written, rule, change);
    if (changed && change->type) {
        written->json_len = json_len;
        add_json(written, change->type, "", "");
    }
    if (changed && change->bytes) {
        written->len = len;
        put_raw(written, change->bytes, change->len);
    }
    add_json(written, "}", "", "");
}

static inline void write_record(struct written *written, const struct record_rule *record, const struct change *change)
{
    char path[100];
    size_t name = strlen(record->name);
    bool here = !strncmp(change->path, record->name, name) && change->path[name] == '.';
    add_json(written, "{\"type\":\"record\",\"name\":\"", record->name, "\",\"fields\":[");
    if (here && change->before) {
        add_json(written, change->before, ",", "");
        put_raw(written, change->before_bytes, change->before_len);
    }
    for (uint32_t i = 0, count = 0; i < record->count; i++) {
        (void)snprintf(path, sizeof path, "%s.%s", record->name, record->fields[i].name); /* names of ours, they fit */
        bool changed = !strcmp(path, change->path);
        if (changed && change->removed)
            continue;
        if (count++)
            add_json(written, ",", "", "");
        write_field(written, &record->fields[i], change, changed);
    }
    if (here && change->after) {
        add_json(written, ",", change->after, "");
        put_raw(written, change->after_bytes, change->after_len);
    }
    add_json(written, "]}", "", "");
}

static inline void write_event(struct written *written, enum event_kind kind, const struct change *change)
{
    static const struct change nothing = {.path = ""};
    written->len = written->json_len = 0;
    write_record(written, &event_rules[kind], change ? change : &nothing);
}

#endif
