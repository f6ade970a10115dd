/*
 * The tables of event_fields.h as data: which fields a record of ours has, of what kind, and where in an event they live.
 */
#ifndef SCHEMAS_EVENT_RULES_H
#define SCHEMAS_EVENT_RULES_H

#include "schemas/event_fields.h"
#include "schemas/schema.h"

struct record_rule;

struct field_rule {
    const char *name;
    enum field_presence presence;
    enum field_kind kind;             /* where record is NULL */
    uint16_t offset;                  /* in struct event, or in the item's struct for the fields of an item */
    uint16_t count_offset;            /* REPEATED: of the uint32_t that counts what offset points to */
    const struct record_rule *record; /* of a nested record, or of an array's items */
};

struct record_rule {
    const char *name; /* without namespace */
    const struct field_rule *fields;
    uint32_t count;
    uint32_t item_size; /* of an array's item; 0: its fields live in the event */
};

extern const struct record_rule event_rules[EVENT_KIND_COUNT];
extern const char *const order_status_symbols[ORDER_STATUS_COUNT];

/* The Avro type and logical type of a kind; *ret_logical is NULL where it has none. */
enum schema_type field_avro_type(enum field_kind kind, const char **ret_logical);

#endif
