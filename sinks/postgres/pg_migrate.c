#include "postgres/pg_migrate.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/embedded.h"
#include "common/hash.h"

#define LOCK "SELECT pg_advisory_lock(7240112358)" /* any number that nobody else takes */

static const struct pg_statement is_begun = {
    "is_begun", "SELECT to_regclass('tillstream.schema_migration') IS NOT NULL"};

static const char begin_record[] =
    "CREATE SCHEMA IF NOT EXISTS tillstream;"
    "CREATE TABLE tillstream.schema_migration (version integer PRIMARY KEY, name text NOT NULL, checksum bigint NOT NULL,"
    " applied_at timestamptz NOT NULL DEFAULT now());"
    "COMMENT ON TABLE tillstream.schema_migration IS 'Which of schemas/sql have been applied; see tillstream migrate.'";

static const struct pg_statement applied = {
    "applied", "SELECT version, checksum FROM tillstream.schema_migration ORDER BY version"};

static const struct pg_statement record = {
    "record", "INSERT INTO tillstream.schema_migration (version, name, checksum) VALUES ($1::int4, $2::text, $3::int8)"};

static int version_of(const struct embedded_file *file)
{
    return atoi(file->name);
}

static int64_t checksum_of(const struct embedded_file *file)
{
    return (int64_t)hash64(file->data, file->size);
}

static int newest_version(void)
{
    int newest = 0;
    for (const struct embedded_file *file = embedded_sql; file->name; file++)
        newest = version_of(file);
    return newest;
}

static bool fail_newer(struct pg_failure *failure, int version)
{
    char text[ERR_TEXT_MAX];
    (void)snprintf(text, sizeof text,
                   "the database is newer (version %d) than this program (version %d): install the program that "
                   "migrated it",
                   version, newest_version());
    return pg_fail_as(failure, PG_STOPS, "", text);
}

static bool fail_changed(struct pg_failure *failure, const struct embedded_file *file)
{
    char text[ERR_TEXT_MAX];
    (void)snprintf(text, sizeof text,
                   "migration %s was applied from a different file than this program carries: install the program that "
                   "migrated the database, or migrate an empty one",
                   file->name);
    return pg_fail_as(failure, PG_STOPS, "", text);
}

static bool read_applied(struct pg_link *link, PGresult **ret_rows, struct pg_failure *failure)
{
    struct pg_call call = {.statement = &applied};
    if (!pg_run(link, &call, 1, failure))
        return false;
    *ret_rows = call.result;
    int count = PQntuples(call.result);
    int newest = count ? get_int4(call.result, count - 1, 0) : 0;
    if (newest <= newest_version())
        return true;
    pg_calls_clear(&call, 1);
    *ret_rows = NULL;
    return fail_newer(failure, newest);
}

static bool begin(struct pg_link *link, struct pg_failure *failure)
{
    struct pg_call call = {.statement = &is_begun};
    if (!pg_run(link, &call, 1, failure))
        return false;
    bool begun = get_bool(call.result, 0, 0);
    pg_calls_clear(&call, 1);
    return begun || pg_do(link, begin_record, failure);
}

static bool apply(struct pg_link *link, const struct embedded_file *file, struct pg_failure *failure)
{
    uint8_t version[4], checksum[8];
    (void)put_u32(version, (uint32_t)version_of(file));
    (void)put_u64(checksum, (uint64_t)checksum_of(file));
    struct pg_call call = {.statement = &record};
    call_bytes(&call, version, sizeof version);
    call_text(&call, file->name);
    call_bytes(&call, checksum, sizeof checksum);
    bool ok = pg_do(link, "BEGIN", failure) && pg_do(link, file->data, failure) && pg_run(link, &call, 1, failure) &&
              pg_do(link, "COMMIT", failure);
    pg_calls_clear(&call, 1);
    return ok;
}

/* 1: applied from this very file, 0: not yet, -1: from another one. */
static int state_of(const PGresult *rows, const struct embedded_file *file)
{
    for (int i = 0; i < PQntuples(rows); i++)
        if (get_int4(rows, i, 0) == version_of(file))
            return get_int8(rows, i, 1) == checksum_of(file) ? 1 : -1;
    return 0;
}

static bool apply_missing(struct pg_link *link, const PGresult *rows, void (*on_applied)(void *ctx, const char *file),
                          void *ctx, struct pg_failure *failure)
{
    for (const struct embedded_file *file = embedded_sql; file->name; file++) {
        int state = state_of(rows, file);
        if (state < 0)
            return fail_changed(failure, file);
        if (state > 0)
            continue;
        if (!apply(link, file, failure))
            return false;
        if (on_applied)
            on_applied(ctx, file->name);
    }
    return pg_do(link, "SELECT tillstream.grant_rights()", failure);
}

bool pg_migrate(const struct pg_settings *settings, void (*on_applied)(void *ctx, const char *file), void *ctx,
                struct err *err)
{
    struct pg_link link = {.settings = settings};
    struct pg_failure failure = {0};
    PGresult *rows = NULL;
    bool ok = pg_link_open(&link, &failure) && pg_do(&link, LOCK, &failure) && begin(&link, &failure) &&
              read_applied(&link, &rows, &failure) && apply_missing(&link, rows, on_applied, ctx, &failure);
    PQclear(rows);
    pg_link_close(&link); /* the lock goes with the session */
    if (!ok)
        pg_failure_to_err(&failure, err);
    return ok;
}

bool pg_check_version(struct pg_link *link, struct pg_failure *failure)
{
    PGresult *rows = NULL;
    if (!read_applied(link, &rows, failure))
        return false;
    int count = PQntuples(rows), version = count ? get_int4(rows, count - 1, 0) : 0;
    PQclear(rows);
    if (version == newest_version())
        return true;
    char text[ERR_TEXT_MAX];
    (void)snprintf(text, sizeof text, "the database has version %d, this program needs %d: run `tillstream migrate`",
                   version, newest_version());
    return pg_fail_as(failure, PG_STOPS, "", text);
}
