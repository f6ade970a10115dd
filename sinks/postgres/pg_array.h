/*
 * One-dimensional arrays as binary parameters: a set of rows goes to a statement as one array per column.
 */
#ifndef POSTGRES_PG_ARRAY_H
#define POSTGRES_PG_ARRAY_H

#include "postgres/copy_buffer.h"

/* Type oids of PostgreSQL; they are part of its wire protocol. */
enum pg_type {
    PG_BOOL = 16,
    PG_BYTEA = 17,
    PG_INT8 = 20,
    PG_INT2 = 21,
    PG_INT4 = 23,
    PG_TEXT = 25,
    PG_FLOAT8 = 701,
    PG_DATE = 1082,
    PG_TIMESTAMPTZ = 1184,
    PG_UUID = 2950
};

struct pg_array {
    struct copy_buffer buffer; /* keeps its memory from one use to the next */
    uint32_t count;
};

/* Starts an empty array of that type. */
static inline void array_start(struct pg_array *array, enum pg_type type)
{
    array->buffer.used = 0;
    array->count = 0;
    uint8_t *at = copy_reserve(&array->buffer, 20);
    at = put_u32(at, 1);              /* dimensions */
    at = put_u32(at, 1);              /* may hold nulls */
    at = put_u32(at, (uint32_t)type);
    at = put_u32(at, 0);              /* elements: array_finish */
    at = put_u32(at, 1);              /* lower bound */
    copy_end(&array->buffer, at);
}

static inline void array_finish(struct pg_array *array)
{
    (void)put_u32(array->buffer.bytes + 12, array->count);
}

/* Room for one element of len bytes behind its length; the caller puts exactly one field there and calls array_added. */
static inline uint8_t *array_next(struct pg_array *array, size_t len)
{
    return copy_reserve(&array->buffer, 4 + len);
}

static inline void array_added(struct pg_array *array, const uint8_t *end)
{
    copy_end(&array->buffer, end);
    array->count++;
}

static inline void array_bool(struct pg_array *array, bool value)
{
    array_added(array, put_bool(array_next(array, 1), value));
}

static inline void array_int2(struct pg_array *array, int32_t value)
{
    array_added(array, put_int2(array_next(array, 2), value));
}

static inline void array_int4(struct pg_array *array, int32_t value)
{
    array_added(array, put_int4(array_next(array, 4), value));
}

static inline void array_int8(struct pg_array *array, int64_t value)
{
    array_added(array, put_int8(array_next(array, 8), value));
}

static inline void array_float8(struct pg_array *array, double value)
{
    array_added(array, put_float8(array_next(array, 8), value));
}

static inline void array_date(struct pg_array *array, int32_t days)
{
    array_added(array, put_date(array_next(array, 4), days));
}

static inline void array_time(struct pg_array *array, int64_t time_us)
{
    array_added(array, put_time(array_next(array, 8), time_us));
}

static inline void array_uuid(struct pg_array *array, struct hash128 hash)
{
    array_added(array, put_uuid(array_next(array, 16), hash));
}

/* Also for bytea. An absent text is null. */
static inline void array_text(struct pg_array *array, struct text text)
{
    array_added(array, put_text(array_next(array, text.len), text));
}

/* The whole array as one field of a row; its buffer.used bytes and COPY_FIELD_MAX are room enough. */
static inline uint8_t *put_array(uint8_t *at, struct pg_array *array)
{
    array_finish(array);
    return put_text(at, (struct text){(const char *)array->buffer.bytes, (uint32_t)array->buffer.used});
}

#endif
