#include "postgres/outbox.h"

#include <stdlib.h>

#include "core/mix.h"
#include "postgres/pg_migrate.h"

static const char session_sql[] = "SET search_path = pg_catalog; SET TimeZone = 'UTC'; SET client_min_messages = warning; SET jit = off;"
                                  " SET statement_timeout = '30s'; SET idle_in_transaction_session_timeout = '15s'";

struct outbox {
    const char *channel, *pipeline;
    struct pg_settings settings;
    struct pg_link link;
    bool mine; /* of the connection: the lock is held */
    struct alert alerts[OUTBOX_TAKE_MAX];
    int64_t seqs[OUTBOX_TAKE_MAX];
    int32_t shop_keys[OUTBOX_TAKE_MAX];
    size_t count;
    PGresult *rows, *held_rows;
    struct pg_array removed;
};

static const struct pg_statement lock_outbox = {
    "lock_outbox", "SELECT pg_try_advisory_lock(hashtextextended('tillstream alerts ' || $1::text || ' ' || $2::text, 0))"};

static const struct pg_statement read_outbox = {
    "read_outbox",
    "SELECT o.alert_id, o.kind, s.shop_id, o.metric, o.dimension, o.key, o.baseline, o.status, o.severity, o.direction, o.hypothesis,"
    " s.currency, coalesce(s.amount_scale, 0)::int4, o.revision, o.since, o.until, o.closed_at, o.width_us, o.value, o.expected, o.lower,"
    " o.upper, o.z_calibrated, coalesce(o.bucket_count, 0), coalesce(o.child_count, 0), o.created_at, o.seq, o.shop_key"
    " FROM tillstream.alert_outbox o LEFT JOIN warehouse.dim_shop s USING (shop_key)"
    " WHERE o.pipeline = $1::text AND o.channel = $2::text ORDER BY o.seq LIMIT $3::int4"};

static const struct pg_statement remove_told = {
    "remove_told",
    "DELETE FROM tillstream.alert_outbox WHERE pipeline = $1::text AND channel = $2::text AND seq = ANY($3::int8[])"};

static const struct pg_statement sent_this_hour = {
    "sent_this_hour", "SELECT coalesce(sum(sent), 0)::int8 FROM tillstream.alert_budget"
                      " WHERE pipeline = $1::text AND shop_key = $2::int4 AND hour = date_trunc('hour', now())"};

static const struct pg_statement settle_told = {
    "settle_told",
    "WITH gone AS (DELETE FROM tillstream.alert_outbox WHERE pipeline = $1::text AND channel = $2::text AND seq = $3::int8)"
    " INSERT INTO tillstream.alert_budget AS b (pipeline, shop_key, hour, sent, held)"
    " VALUES ($1::text, $4::int4, date_trunc('hour', now()), $5::bool::int4, (NOT $5::bool)::int4)"
    " ON CONFLICT (pipeline, shop_key, hour) DO UPDATE SET sent = b.sent + EXCLUDED.sent, held = b.held + EXCLUDED.held"};

/* Hours in which nothing was held back leave nothing to tell. */
static const struct pg_statement forget_quiet = {
    "forget_quiet",
    "DELETE FROM tillstream.alert_budget WHERE pipeline = $1::text AND hour < date_trunc('hour', now()) AND held = 0"};

static const struct pg_statement read_held = {
    "read_held",
    "SELECT s.shop_id, b.hour, b.held::int8, b.shop_key FROM tillstream.alert_budget b JOIN warehouse.dim_shop s USING (shop_key)"
    " WHERE b.pipeline = $1::text AND b.hour < date_trunc('hour', now()) AND b.held > 0 ORDER BY b.hour, s.shop_id LIMIT 1"};

static const struct pg_statement forget_held = {
    "forget_held", "DELETE FROM tillstream.alert_budget WHERE pipeline = $1::text AND shop_key = $2::int4 AND hour = $3::timestamptz"};

struct outbox *outbox_new(const struct pg_sink_config *config, const char *channel)
{
    struct outbox *outbox = calloc(1, sizeof *outbox);
    if (!outbox)
        return NULL;
    outbox->channel = channel;
    outbox->pipeline = config->pipeline;
    outbox->settings = (struct pg_settings){.dsn = config->dsn,
                                            .password = config->password,
                                            .sslmode = config->sslmode,
                                            .application_name = "tillstream alerts",
                                            .session_sql = session_sql,
                                            .should_stop = config->should_stop,
                                            .stop_ctx = config->stop_ctx};
    outbox->link.settings = &outbox->settings;
    return outbox;
}

static void forget_taken(struct outbox *outbox)
{
    PQclear(outbox->rows);
    outbox->rows = NULL;
    outbox->count = 0;
}

void outbox_free(struct outbox *outbox)
{
    if (!outbox)
        return;
    forget_taken(outbox);
    PQclear(outbox->held_rows);
    copy_buffer_done(&outbox->removed.buffer);
    pg_link_close(&outbox->link);
    free(outbox);
}

static void name_outbox(const struct outbox *outbox, const struct pg_statement *statement, struct pg_call *ret_call)
{
    *ret_call = (struct pg_call){.statement = statement};
    call_text(ret_call, outbox->pipeline);
    call_text(ret_call, outbox->channel);
}

/* The lock lives as long as the connection. */
static bool own(struct outbox *outbox, struct pg_failure *failure)
{
    struct pg_call call;
    if (!pg_link_alive(&outbox->link))
        outbox->mine = false;
    if (outbox->mine)
        return true;
    if (!pg_link_open(&outbox->link, failure) || !pg_check_version(&outbox->link, failure))
        return false;
    name_outbox(outbox, &lock_outbox, &call);
    if (!pg_run(&outbox->link, &call, 1, failure))
        return false;
    outbox->mine = get_bool(call.result, 0, 0);
    pg_calls_clear(&call, 1);
    return true;
}

static void take_row(struct outbox *outbox, const PGresult *rows, int i)
{
    int c = 0;
    struct alert *alert = &outbox->alerts[i];
    alert->id = get_uuid(rows, i, c++);
    alert->kind = get_text(rows, i, c++);
    alert->shop_id = get_text(rows, i, c++);
    alert->metric = get_text(rows, i, c++);
    alert->dimension = get_text(rows, i, c++);
    alert->key = get_text(rows, i, c++);
    alert->baseline = get_text(rows, i, c++);
    alert->status = get_text(rows, i, c++);
    alert->severity = get_text(rows, i, c++);
    alert->direction = get_text(rows, i, c++);
    alert->hypothesis = get_text(rows, i, c++);
    alert->currency = get_text(rows, i, c++);
    alert->amount_scale = get_int4(rows, i, c++);
    alert->revision = get_int4(rows, i, c++);
    alert->since_us = get_time(rows, i, c++);
    alert->until_us = get_time(rows, i, c++);
    alert->closed_us = get_time(rows, i, c++);
    alert->width_us = get_int8(rows, i, c++);
    alert->value = get_float8(rows, i, c++);
    alert->expected = get_float8(rows, i, c++);
    alert->lower = get_float8(rows, i, c++);
    alert->upper = get_float8(rows, i, c++);
    alert->z_calibrated = get_float8(rows, i, c++);
    alert->bucket_count = get_int4(rows, i, c++);
    alert->child_count = get_int4(rows, i, c++);
    alert->committed_us = get_time(rows, i, c++);
    outbox->seqs[i] = get_int8(rows, i, c++);
    outbox->shop_keys[i] = get_int4(rows, i, c);
}

static bool take(struct outbox *outbox, size_t max, struct pg_failure *failure)
{
    struct pg_call call;
    uint8_t limit[4];
    if (!own(outbox, failure))
        return false;
    if (!outbox->mine)
        return true;
    name_outbox(outbox, &read_outbox, &call);
    (void)put_u32(limit, max < OUTBOX_TAKE_MAX ? (uint32_t)max : OUTBOX_TAKE_MAX);
    call_bytes(&call, limit, sizeof limit);
    if (!pg_run(&outbox->link, &call, 1, failure))
        return false;
    outbox->rows = call.result;
    outbox->count = (size_t)PQntuples(call.result);
    for (size_t i = 0; i < outbox->count; i++)
        take_row(outbox, call.result, (int)i);
    return true;
}

static bool told(bool good, const struct pg_failure *failure, struct err *err)
{
    if (!good)
        pg_failure_to_err(failure, err);
    return good;
}

/* Without the lock another process may be at work on the same rows. */
static bool run(struct outbox *outbox, struct pg_call *call, struct err *err)
{
    struct pg_failure failure = {0};
    bool owner = outbox->mine && pg_link_alive(&outbox->link);
    return told(owner ? pg_run(&outbox->link, call, 1, &failure) : pg_fail(&outbox->link, NULL, &failure), &failure, err);
}

static bool run_only(struct outbox *outbox, struct pg_call *call, struct err *err)
{
    bool good = run(outbox, call, err);
    if (good)
        pg_calls_clear(call, 1);
    return good;
}

bool outbox_take(struct outbox *outbox, size_t max, const struct alert **ret_alerts, size_t *ret_count, struct err *err)
{
    struct pg_failure failure = {0};
    forget_taken(outbox);
    if (!told(take(outbox, max, &failure), &failure, err))
        return false;
    *ret_alerts = outbox->alerts;
    *ret_count = outbox->count;
    return true;
}

bool outbox_remove(struct outbox *outbox, size_t count, struct err *err)
{
    struct pg_call call;
    name_outbox(outbox, &remove_told, &call);
    array_start(&outbox->removed, PG_INT8);
    for (size_t i = 0; i < count; i++)
        array_int8(&outbox->removed, outbox->seqs[i]);
    call_array(&call, &outbox->removed);
    return run_only(outbox, &call, err);
}

bool outbox_sent_count(struct outbox *outbox, size_t i, int64_t *ret_count, struct err *err)
{
    struct pg_call call = {.statement = &sent_this_hour};
    uint8_t shop_key[4];
    (void)put_u32(shop_key, (uint32_t)outbox->shop_keys[i]);
    call_text(&call, outbox->pipeline);
    call_bytes(&call, shop_key, sizeof shop_key);
    if (!run(outbox, &call, err))
        return false;
    *ret_count = get_int8(call.result, 0, 0);
    pg_calls_clear(&call, 1);
    return true;
}

bool outbox_settle(struct outbox *outbox, size_t i, bool sent, struct err *err)
{
    struct pg_call call;
    uint8_t seq[8], shop_key[4], was_sent = sent;
    (void)put_u64(seq, (uint64_t)outbox->seqs[i]);
    (void)put_u32(shop_key, (uint32_t)outbox->shop_keys[i]);
    name_outbox(outbox, &settle_told, &call);
    call_bytes(&call, seq, sizeof seq);
    call_bytes(&call, shop_key, sizeof shop_key);
    call_bytes(&call, &was_sent, 1);
    return run_only(outbox, &call, err);
}

static uint64_t held_id_part(const struct held_alerts *held, uint64_t seed)
{
    struct mix mix;
    mix_init(&mix, seed);
    mix_text(&mix, held->shop_id);
    mix_two(&mix, (uint64_t)held->hour_us, 0);
    return mix_end(&mix);
}

bool outbox_held(struct outbox *outbox, bool *ret_there, struct held_alerts *ret_held, struct err *err)
{
    struct pg_call quiet = {.statement = &forget_quiet}, call = {.statement = &read_held};
    *ret_there = false;
    if (!outbox->mine)
        return true;
    call_text(&quiet, outbox->pipeline);
    call_text(&call, outbox->pipeline);
    if (!run_only(outbox, &quiet, err) || !run(outbox, &call, err))
        return false;
    PQclear(outbox->held_rows);
    outbox->held_rows = call.result;
    if (!PQntuples(call.result))
        return true;
    *ret_held = (struct held_alerts){.shop_id = get_text(call.result, 0, 0),
                                     .hour_us = get_time(call.result, 0, 1),
                                     .count = get_int8(call.result, 0, 2),
                                     .shop_key = get_int4(call.result, 0, 3)};
    ret_held->id = (struct hash128){.hi = held_id_part(ret_held, 5), .lo = held_id_part(ret_held, 6)};
    *ret_there = true;
    return true;
}

bool outbox_forget_held(struct outbox *outbox, const struct held_alerts *held, struct err *err)
{
    struct pg_call call = {.statement = &forget_held};
    uint8_t shop_key[4], hour[8];
    (void)put_u32(shop_key, (uint32_t)held->shop_key);
    (void)put_u64(hour, (uint64_t)(held->hour_us - PG_EPOCH_US));
    call_text(&call, outbox->pipeline);
    call_bytes(&call, shop_key, sizeof shop_key);
    call_bytes(&call, hour, sizeof hour);
    return run_only(outbox, &call, err);
}
