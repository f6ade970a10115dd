#include "postgres/verify.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "postgres/pg_migrate.h"

static const char session_sql[] = "SET search_path = pg_catalog; SET TimeZone = 'UTC'; SET client_min_messages = warning;"
                                  " SET work_mem = '64MB'; SET jit = off; SET extra_float_digits = 1";

static const char *const names[VERIFY_CHECK_COUNT] = {"orders",       "lines",     "ad_spends",   "refunds",  "refund_lines", "settlements",
                                                      "amounts",      "catalog", "anomalies", "incidents", "daily_sales", "products", "positions"};

const char *verify_check_name(enum verify_check check)
{
    return names[check];
}

void verify_difference(struct verifier *verifier, enum verify_check check, const char *format, ...)
{
    char text[1024];
    va_list arguments;
    if (++verifier->counts[check].differences > VERIFY_EXAMPLES_MAX || !verifier->on_difference)
        return;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    verifier->on_difference(verifier->ctx, check, text);
}

bool row_stream_begin(struct row_stream *stream, struct pg_link *link, const char *declare_sql,
                      const struct pg_statement *fetch, struct pg_failure *failure)
{
    stream->fetch = fetch;
    stream->row = -1;
    return pg_do(link, declare_sql, failure);
}

bool row_stream_next(struct row_stream *stream, struct pg_link *link, bool *ret_there, struct pg_failure *failure)
{
    stream->row++;
    if (!stream->rows || stream->row == PQntuples(stream->rows)) {
        struct pg_call call = {.statement = stream->fetch};
        PQclear(stream->rows);
        stream->rows = NULL;
        if (!pg_run(link, &call, 1, failure))
            return false;
        stream->rows = call.result;
        stream->row = 0;
    }
    *ret_there = PQntuples(stream->rows) > 0;
    return true;
}

void row_stream_done(struct row_stream *stream)
{
    PQclear(stream->rows);
    stream->rows = NULL;
}

bool pg_verify(struct verifier *verifier, const struct pg_settings *settings, struct err *err)
{
    struct pg_settings reading = *settings;
    reading.session_sql = session_sql;
    struct pg_link link = {.settings = &reading};
    struct pg_failure failure = {0};
    verifier->link = &link;
    bool done = pg_link_open(&link, &failure) && pg_check_version(&link, &failure) &&
                pg_do(&link, "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY", &failure) &&
                verify_orders(verifier, &failure) && verify_ad_spends(verifier, &failure) &&
                verify_refunds(verifier, &failure) && verify_settlements(verifier, &failure) &&
                verify_catalog(verifier, &failure) && verify_anomalies(verifier, &failure) &&
                verify_incidents(verifier, &failure) && verify_sums(verifier, &failure) && pg_do(&link, "COMMIT", &failure);
    pg_link_close(&link);
    verifier->link = NULL;
    if (!done)
        pg_failure_to_err(&failure, err);
    return done;
}
