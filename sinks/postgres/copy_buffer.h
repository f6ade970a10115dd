/*
 * Rows in PostgreSQL's binary COPY format, and arrays in its binary parameter format: both are fields of an int32 length
 * and big-endian bytes. This is the path that every row takes, so a field is a few stores: the caller reserves a row's
 * worst case once, and writes behind the returned pointer without further checks. Not thread-safe.
 */
#ifndef POSTGRES_COPY_BUFFER_H
#define POSTGRES_COPY_BUFFER_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "schemas/event.h"

#define COPY_FIELD_MAX 20 /* of any field but text: length and at most 16 bytes */
#define PG_EPOCH_DAYS 10957
#define PG_EPOCH_US (PG_EPOCH_DAYS * INT64_C(86400000000))

struct copy_buffer {
    uint8_t *bytes; /* owned */
    size_t used, room;
};

void copy_buffer_done(struct copy_buffer *buffer);

/* Ends the program when memory is out, as the batch's arena does. */
void copy_grow(struct copy_buffer *buffer, size_t more);

/* At least `more` bytes behind the used ones. What was written counts once copy_end has been told. */
static inline uint8_t *copy_reserve(struct copy_buffer *buffer, size_t more)
{
    if (buffer->room - buffer->used < more)
        copy_grow(buffer, more);
    return buffer->bytes + buffer->used;
}

static inline void copy_end(struct copy_buffer *buffer, const uint8_t *end)
{
    buffer->used = (size_t)(end - buffer->bytes);
}

static inline uint8_t *put_u16(uint8_t *at, uint16_t value)
{
    value = __builtin_bswap16(value);
    memcpy(at, &value, sizeof value);
    return at + sizeof value;
}

static inline uint8_t *put_u32(uint8_t *at, uint32_t value)
{
    value = __builtin_bswap32(value);
    memcpy(at, &value, sizeof value);
    return at + sizeof value;
}

static inline uint8_t *put_u64(uint8_t *at, uint64_t value)
{
    value = __builtin_bswap64(value);
    memcpy(at, &value, sizeof value);
    return at + sizeof value;
}

static inline uint8_t *put_null(uint8_t *at)
{
    return put_u32(at, UINT32_MAX);
}

static inline uint8_t *put_bool(uint8_t *at, bool value)
{
    at = put_u32(at, 1);
    *at = value;
    return at + 1;
}

static inline uint8_t *put_int2(uint8_t *at, int32_t value)
{
    return put_u16(put_u32(at, 2), (uint16_t)value);
}

static inline uint8_t *put_int4(uint8_t *at, int32_t value)
{
    return put_u32(put_u32(at, 4), (uint32_t)value);
}

static inline uint8_t *put_int8(uint8_t *at, int64_t value)
{
    return put_u64(put_u32(at, 8), (uint64_t)value);
}

static inline uint8_t *put_float8(uint8_t *at, double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return put_u64(put_u32(at, 8), bits);
}

static inline uint8_t *put_date(uint8_t *at, int32_t days)
{
    return put_int4(at, days - PG_EPOCH_DAYS);
}

/* EVENT_ABSENT is null. */
static inline uint8_t *put_int8_or_null(uint8_t *at, int64_t value)
{
    return value == EVENT_ABSENT ? put_null(at) : put_int8(at, value);
}

static inline uint8_t *put_time(uint8_t *at, int64_t time_us)
{
    return time_us == EVENT_ABSENT ? put_null(at) : put_int8(at, time_us - PG_EPOCH_US);
}

static inline uint8_t *put_uuid(uint8_t *at, struct hash128 hash)
{
    return put_u64(put_u64(put_u32(at, 16), hash.hi), hash.lo);
}

/* An absent text is null. Needs 4 + len bytes. */
static inline uint8_t *put_text(uint8_t *at, struct text text)
{
    if (!text.ptr)
        return put_null(at);
    at = put_u32(at, text.len);
    memcpy(at, text.ptr, text.len);
    return at + text.len;
}

#endif
