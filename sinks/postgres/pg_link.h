/*
 * One connection to PostgreSQL: prepared statements in pipelines, binary COPY, and what a failure means. Constant SQL text
 * only; values travel as binary parameters. One thread at a time.
 */
#ifndef POSTGRES_PG_LINK_H
#define POSTGRES_PG_LINK_H

#include <libpq-fe.h>
#include <stdbool.h>

#include "common/arena.h"
#include "common/err.h"
#include "postgres/pg_array.h"

#define PG_PARAMS_MAX 36
#define PG_STATEMENTS_MAX 96

enum pg_kind {
    PG_WORKS,
    PG_AGAIN,   /* the world may heal: connection, deadlock, resources, shutdown */
    PG_REFUSED, /* a value of a record: classes 22, 23, 54 */
    PG_STOPS    /* rights, schema, configuration */
};

struct pg_failure {
    enum pg_kind kind;
    char sqlstate[6];         /* "" where there was no answer */
    char text[ERR_TEXT_MAX];  /* one line, with the remedy where we know one; never a secret */
};

struct pg_settings {
    const char *dsn;              /* connection string or URI */
    const char *password;         /* NULL: what the dsn or a .pgpass says */
    const char *sslmode;          /* NULL: what the dsn says, else verify-full, on loopback and sockets prefer */
    const char *application_name;
    const char *session_sql;      /* constant statements, run once a connection is there; may be NULL */
    bool (*should_stop)(void *ctx); /* ends waiting for a connection; may be NULL */
    void *stop_ctx;
};

struct pg_statement {
    const char *name;
    const char *sql;
};

/* One execution: parameters are borrowed until pg_run returns; NULL is null. The result is the caller's (pg_calls_clear). */
struct pg_call {
    const struct pg_statement *statement;
    int count;
    const char *values[PG_PARAMS_MAX];
    int lengths[PG_PARAMS_MAX];
    PGresult *result;
};

struct pg_link {
    const struct pg_settings *settings; /* borrowed */
    PGconn *conn;                       /* NULL: not connected */
    const struct pg_statement *prepared[PG_STATEMENTS_MAX];
    size_t prepared_count;
};

/* Connects where there is no live connection. Waits at most 10 seconds. */
bool pg_link_open(struct pg_link *link, struct pg_failure *failure);
void pg_link_close(struct pg_link *link);
bool pg_link_alive(const struct pg_link *link);

/* Runs the calls in order in one round trip. On false the results are cleared and what came after the failing call was not
 * run. */
bool pg_run(struct pg_link *link, struct pg_call *calls, size_t count, struct pg_failure *failure);
void pg_calls_clear(struct pg_call *calls, size_t count);

/* Statements without parameters or rows, constant text. */
bool pg_do(struct pg_link *link, const char *sql, struct pg_failure *failure);

/* COPY ... FROM STDIN (FORMAT binary): begin, flush whenever the buffer is large, end. The buffer is emptied by each. */
bool pg_copy_begin(struct pg_link *link, const char *sql, struct copy_buffer *buffer, struct pg_failure *failure);
bool pg_copy_flush(struct pg_link *link, struct copy_buffer *buffer, struct pg_failure *failure);
bool pg_copy_end(struct pg_link *link, struct copy_buffer *buffer, struct pg_failure *failure);

/* Reads what went wrong; false, for `return`. */
bool pg_fail(const struct pg_link *link, const PGresult *result, struct pg_failure *failure);
bool pg_fail_as(struct pg_failure *failure, enum pg_kind kind, const char *sqlstate, const char *text);

/* The failure as the edge reports it: PG_AGAIN is exit code 69, all else 78. */
void pg_failure_to_err(const struct pg_failure *failure, struct err *err);

bool pg_failed_as(const struct pg_failure *failure, const char *sqlstate);

/* Adds a parameter. */
static inline void call_bytes(struct pg_call *call, const void *bytes, size_t len)
{
    call->values[call->count] = bytes;
    call->lengths[call->count++] = (int)len;
}

static inline void call_array(struct pg_call *call, struct pg_array *array)
{
    array_finish(array);
    call_bytes(call, array->buffer.bytes, array->buffer.used);
}

static inline void call_text(struct pg_call *call, const char *string)
{
    call_bytes(call, string, string ? strlen(string) : 0);
}

/* Reads of binary columns; the caller knows type and that it is not null. */
static inline uint64_t get_bits(const char *value, int size)
{
    uint64_t bits = 0;
    for (int i = 0; i < size; i++)
        bits = bits << 8 | (uint8_t)value[i];
    return bits;
}

static inline int64_t get_int8(const PGresult *result, int row, int column)
{
    return (int64_t)get_bits(PQgetvalue(result, row, column), 8);
}

static inline int32_t get_int4(const PGresult *result, int row, int column)
{
    return (int32_t)get_bits(PQgetvalue(result, row, column), 4);
}

static inline int32_t get_int2(const PGresult *result, int row, int column)
{
    return (int16_t)get_bits(PQgetvalue(result, row, column), 2);
}

static inline bool get_bool(const PGresult *result, int row, int column)
{
    return PQgetvalue(result, row, column)[0] != 0;
}

static inline int32_t get_date(const PGresult *result, int row, int column)
{
    return (int32_t)((uint32_t)get_int4(result, row, column) + PG_EPOCH_DAYS); /* 'infinity' wraps */
}

static inline int64_t get_int8_or_absent(const PGresult *result, int row, int column)
{
    return PQgetisnull(result, row, column) ? EVENT_ABSENT : get_int8(result, row, column);
}

static inline int64_t get_time(const PGresult *result, int row, int column)
{
    if (PQgetisnull(result, row, column))
        return EVENT_ABSENT;
    return (int64_t)((uint64_t)get_int8(result, row, column) + PG_EPOCH_US); /* 'infinity' wraps */
}

static inline double get_float8(const PGresult *result, int row, int column)
{
    uint64_t bits = get_bits(PQgetvalue(result, row, column), 8);
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static inline struct hash128 get_uuid(const PGresult *result, int row, int column)
{
    const char *value = PQgetvalue(result, row, column);
    return (struct hash128){.hi = get_bits(value, 8), .lo = get_bits(value + 8, 8)};
}

/* Lives as long as the result. Null is absent. */
static inline struct text get_text(const PGresult *result, int row, int column)
{
    if (PQgetisnull(result, row, column))
        return (struct text){NULL, 0};
    return (struct text){PQgetvalue(result, row, column), (uint32_t)PQgetlength(result, row, column)};
}

/* The elements of a one-dimensional array, one by one; anything else, and null, has none. */
struct array_reader {
    const char *at;
    uint32_t left; /* elements */
};

static inline struct array_reader get_array(const PGresult *result, int row, int column)
{
    const char *value = PQgetvalue(result, row, column);
    if (PQgetisnull(result, row, column) || get_bits(value, 4) != 1)
        return (struct array_reader){NULL, 0};
    return (struct array_reader){value + 20, (uint32_t)get_bits(value + 12, 4)};
}

/* The bytes of the next of the elements that are left, which live as long as the result; null is absent. */
static inline struct text array_read(struct array_reader *reader)
{
    int32_t len = (int32_t)get_bits(reader->at, 4);
    struct text text = {len < 0 ? NULL : reader->at + 4, len < 0 ? 0 : (uint32_t)len};
    reader->at += 4 + text.len;
    reader->left--;
    return text;
}

/* A copy in the arena. */
static inline struct text get_kept_text(const PGresult *result, int row, int column, struct arena *arena)
{
    struct text text = get_text(result, row, column);
    if (text.ptr)
        text.ptr = arena_copy(arena, text.ptr, text.len);
    return text;
}

#endif
