/*
 * Single Avro values off a run of bytes: the rules of what a value may be, each with the reason it is refused for. Every read
 * is held against the bytes that are left. Where a function does not return REASON_NONE, cursor and output are as good as
 * undefined.
 */
#ifndef SCHEMAS_DECODE_VALUE_H
#define SCHEMAS_DECODE_VALUE_H

#include <stddef.h>

#include "schemas/event.h"
#include "schemas/event_fields.h"
#include "schemas/reason.h"

struct cursor {
    const uint8_t *at, *end;
};

enum reason read_long(struct cursor *cursor, int64_t *ret_value);
enum reason read_int(struct cursor *cursor, int32_t *ret_value);
enum reason read_bool(struct cursor *cursor, bool *ret_value);
/* An index of an enum or union: 0 <= index < count. */
enum reason read_index(struct cursor *cursor, uint32_t count, uint32_t *ret_index);
/* A length that is not larger than the bytes left. */
enum reason read_length(struct cursor *cursor, size_t *ret_len);
enum reason skip_bytes(struct cursor *cursor, size_t len);

/* Head of a block of array items: *ret_count 0 ends the array; *ret_end is where the block must end, NULL if it does not say. */
enum reason read_block(struct cursor *cursor, int64_t *ret_count, const uint8_t **ret_end);

/* One field of a kind (but FIELD_STATUS, whose symbols are the writer's) into an object of the kind's C type. */
enum reason read_field(struct cursor *cursor, enum field_kind kind, void *ret_value);
/* What stands for null, or for a default, into the same. */
void set_absent(enum field_kind kind, void *ret_value);

#endif
