#include "postgres/incident_load.h"

#include <stdlib.h>

#include "postgres/pg_migrate.h"

/* A list is worth a few seconds, not more. */
static const char session_sql[] = "SET search_path = pg_catalog; SET TimeZone = 'UTC'; SET client_min_messages = warning; SET jit = off;"
                                  " SET default_transaction_read_only = on; SET statement_timeout = '5s'";

static const struct pg_statement load_incidents = {
    "load_incidents",
    "SELECT s.shop_id, f.metric, f.dimension, f.key, f.status, f.severity, f.direction, f.hypothesis, f.opened_at, f.last_at,"
    " f.closed_at, f.peak_at, f.width_us, f.value, f.expected, f.lower, f.upper, f.z_calibrated, f.revision, f.bucket_count,"
    " f.child_count, f.row_hash, f.shop_key, coalesce(s.amount_scale, 0)::int4, s.currency"
    " FROM warehouse.fact_incident f JOIN warehouse.dim_shop s USING (shop_key)"
    " WHERE ($1::text IS NULL OR s.shop_id = $1::text) AND ($2::text IS NULL OR f.metric = $2::text)"
    " AND (NOT $3::bool OR f.status = 'open') AND ($4::timestamptz IS NULL OR f.last_at >= $4::timestamptz)"
    " ORDER BY f.opened_at DESC, s.shop_id, f.metric, f.dimension, f.key LIMIT $5::int4"};

static const struct pg_statement find_shop = {"find_shop", "SELECT FROM warehouse.dim_shop WHERE shop_id = $1::text"};

static void take_row(const PGresult *rows, int i, struct loaded_incident *ret_incident)
{
    int c = 0;
    struct incident_columns *columns = &ret_incident->columns;
    columns->shop_id = get_text(rows, i, c++);
    columns->metric = get_text(rows, i, c++);
    columns->dimension = get_text(rows, i, c++);
    columns->key = get_text(rows, i, c++);
    columns->status = get_text(rows, i, c++);
    columns->severity = get_text(rows, i, c++);
    columns->direction = get_text(rows, i, c++);
    columns->hypothesis = get_text(rows, i, c++);
    columns->opened_us = get_time(rows, i, c++);
    columns->last_us = get_time(rows, i, c++);
    columns->closed_us = get_time(rows, i, c++);
    columns->peak_us = get_time(rows, i, c++);
    columns->width_us = get_int8(rows, i, c++);
    columns->value = get_float8(rows, i, c++);
    columns->expected = get_float8(rows, i, c++);
    columns->lower = get_float8(rows, i, c++);
    columns->upper = get_float8(rows, i, c++);
    columns->z_calibrated = get_float8(rows, i, c++);
    columns->revision = get_int4(rows, i, c++);
    columns->bucket_count = get_int4(rows, i, c++);
    columns->child_count = get_int4(rows, i, c++);
    ret_incident->intact = incident_row_hash(columns) == (uint64_t)get_int8(rows, i, c++);
    ret_incident->shop_key = get_int4(rows, i, c++);
    ret_incident->amount_scale = get_int4(rows, i, c++);
    ret_incident->currency = get_text(rows, i, c);
}

static bool ask_shop(struct pg_link *link, const struct incident_filter *filter, bool *ret_found, struct pg_failure *failure)
{
    struct pg_call call = {.statement = &find_shop};
    *ret_found = true;
    if (!filter->shop_id)
        return true;
    call_text(&call, filter->shop_id);
    if (!pg_run(link, &call, 1, failure))
        return false;
    *ret_found = PQntuples(call.result) > 0;
    pg_calls_clear(&call, 1);
    return true;
}

static bool ask_incidents(struct pg_link *link, const struct incident_filter *filter, struct loaded_incidents *loaded,
                          struct pg_failure *failure)
{
    uint8_t open = filter->only_open, since[8], limit[4];
    struct pg_call call = {.statement = &load_incidents};
    (void)put_u64(since, (uint64_t)filter->since_us - PG_EPOCH_US);
    (void)put_u32(limit, (uint32_t)filter->limit);
    call_text(&call, filter->shop_id);
    call_text(&call, filter->metric);
    call_bytes(&call, &open, 1);
    call_bytes(&call, filter->since_us == EVENT_ABSENT ? NULL : since, sizeof since);
    call_bytes(&call, limit, sizeof limit);
    if (!pg_run(link, &call, 1, failure))
        return false;
    loaded->rows = call.result;
    loaded->count = (size_t)PQntuples(call.result);
    loaded->incidents = calloc(loaded->count + 1, sizeof *loaded->incidents);
    if (!loaded->incidents)
        return pg_fail_as(failure, PG_STOPS, "", "out of memory for incidents");
    bool good = true;
    for (size_t i = 0; i < loaded->count && good; i++) {
        take_row(call.result, (int)i, &loaded->incidents[i]);
        good = incident_series_load(link, &loaded->incidents[i], failure);
    }
    return good;
}

bool pg_incidents_load(const struct pg_settings *settings, const struct incident_filter *filter, struct loaded_incidents *ret_loaded,
                       struct err *err)
{
    struct pg_settings reading = *settings;
    reading.session_sql = session_sql;
    struct pg_link link = {.settings = &reading};
    struct pg_failure failure = {0};
    bool good = pg_link_open(&link, &failure) && pg_check_version(&link, &failure) &&
                ask_shop(&link, filter, &ret_loaded->shop_found, &failure) && ask_incidents(&link, filter, ret_loaded, &failure);
    pg_link_close(&link);
    if (!good)
        pg_failure_to_err(&failure, err);
    return good;
}

void pg_incidents_done(struct loaded_incidents *loaded)
{
    PQclear(loaded->rows);
    free(loaded->incidents);
    *loaded = (struct loaded_incidents){.count = 0};
}
