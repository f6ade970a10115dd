/*
 * Rows that stand for themselves: ad spend, anomalies and incidents, hashed anew.
 */
#include "postgres/verify.h"

#include "core/fact.h"
#include "postgres/alert_writer.h"

#define SPEND_READ_COLUMNS "f.day, f.hour, f.amount_scale, f.revision, f.occurred_at," \
    " f.content_hash, f.row_hash, f.spend_minor, f.platform, f.account_id, f.campaign_id, f.event_id, f.currency," \
    " f.timezone, f.impressions, f.clicks, f.reported_orders, f.reported_revenue_minor, f.campaign_name, f.channel, s.shop_id"

static const char declare_spends[] =
    "DECLARE spend_rows NO SCROLL CURSOR FOR SELECT " SPEND_READ_COLUMNS
    " FROM warehouse.fact_ad_spend f LEFT JOIN warehouse.dim_shop s USING (shop_key)"
    " ORDER BY f.shop_key, f.platform, f.account_id, f.campaign_id, f.day, f.hour";
static const char declare_spend_versions[] =
    "DECLARE spend_version_rows NO SCROLL CURSOR FOR SELECT " SPEND_READ_COLUMNS
    " FROM warehouse.ad_spend_version f LEFT JOIN warehouse.dim_shop s USING (shop_key)"
    " ORDER BY f.shop_key, f.platform, f.account_id, f.campaign_id, f.day, f.hour, f.revision, f.content_hash";
static const struct pg_statement fetch_spends = {"fetch_spends", "FETCH FORWARD 4096 FROM spend_rows"};
static const struct pg_statement fetch_spend_versions = {"fetch_spend_versions", "FETCH FORWARD 4096 FROM spend_version_rows"};

static const char declare_anomalies[] =
    "DECLARE anomaly_rows NO SCROLL CURSOR FOR SELECT s.shop_id, f.metric, f.key, f.baseline, f.severity, f.direction,"
    " f.hypothesis, f.window_start, f.value, f.expected, f.lower, f.upper, f.z_raw, f.z_calibrated, f.n, f.row_hash,"
    " f.dimension, f.width_us, f.edits, f.withdrawn"
    " FROM warehouse.fact_anomaly f LEFT JOIN warehouse.dim_shop s USING (shop_key)"
    " ORDER BY f.shop_key, f.metric, f.key, f.window_start, f.baseline";
static const struct pg_statement fetch_anomalies = {"fetch_anomalies", "FETCH FORWARD 4096 FROM anomaly_rows"};

static const char declare_incidents[] =
    "DECLARE incident_rows NO SCROLL CURSOR FOR SELECT s.shop_id, f.metric, f.dimension, f.key, f.status, f.severity, f.direction,"
    " f.hypothesis, f.opened_at, f.last_at, f.closed_at, f.peak_at, f.width_us, f.value, f.expected, f.lower, f.upper,"
    " f.z_calibrated, f.revision, f.bucket_count, f.child_count, f.row_hash"
    " FROM warehouse.fact_incident f LEFT JOIN warehouse.dim_shop s USING (shop_key)"
    " ORDER BY f.shop_key, f.metric, f.dimension, f.key, f.opened_at";
static const struct pg_statement fetch_incidents = {"fetch_incidents", "FETCH FORWARD 4096 FROM incident_rows"};

/* A version is older than the row that stands there. */
static const struct pg_statement astray_versions = {
    "verify_spend_versions",
    "SELECT count(*) OVER (), format('shop %s, campaign %s/%s/%s, %s: a version is not older than the row', s.shop_id, v.platform,"
    " v.account_id, v.campaign_id, v.day) FROM warehouse.ad_spend_version v"
    " LEFT JOIN warehouse.fact_ad_spend f USING (shop_key, platform, account_id, campaign_id, day, hour)"
    " LEFT JOIN warehouse.dim_shop s USING (shop_key)"
    " WHERE f.revision IS NULL OR v.revision > f.revision OR (v.revision = f.revision AND v.content_hash >= f.content_hash) LIMIT 10"};

static uint64_t read_spend(const PGresult *rows, int i, struct ad_spend *spend, struct ad_spend_fact *fact)
{
    int c = 0;
    spend->day = get_date(rows, i, c++);
    spend->hour = get_int2(rows, i, c++);
    fact->amount_scale = get_int2(rows, i, c++);
    fact->revision = get_int8(rows, i, c++);
    fact->occurred_at_us = get_time(rows, i, c++);
    fact->content_hash = get_uuid(rows, i, c++);
    uint64_t stored_hash = (uint64_t)get_int8(rows, i, c++);
    spend->spend_minor = get_int8(rows, i, c++);
    spend->platform = get_text(rows, i, c++);
    spend->account_id = get_text(rows, i, c++);
    spend->campaign_id = get_text(rows, i, c++);
    fact->event_id = get_text(rows, i, c++);
    fact->currency = get_text(rows, i, c++);
    spend->timezone = get_text(rows, i, c++);
    spend->impressions = get_int8_or_absent(rows, i, c++);
    spend->clicks = get_int8_or_absent(rows, i, c++);
    spend->reported_orders = get_int8_or_absent(rows, i, c++);
    spend->reported_revenue_minor = get_int8_or_absent(rows, i, c++);
    spend->campaign_name = get_text(rows, i, c++);
    spend->channel = get_text(rows, i, c);
    return stored_hash;
}

static void check_spend(struct verifier *verifier, const PGresult *rows, int i)
{
    struct ad_spend spend = {0};
    struct ad_spend_fact fact = {.spend = &spend};
    uint64_t stored_hash = read_spend(rows, i, &spend, &fact);
    if (ad_spend_columns_hash(&fact) != stored_hash)
        verify_difference(verifier, VERIFY_AD_SPENDS, "shop %s, campaign %s/%s/%s: a row is not the one that was written",
                          PQgetvalue(rows, i, 20), PQgetvalue(rows, i, 8), PQgetvalue(rows, i, 9), PQgetvalue(rows, i, 10));
}

static void check_anomaly(struct verifier *verifier, const PGresult *rows, int i)
{
    const struct anomaly_columns columns = {.shop_id = get_text(rows, i, 0),
                                            .metric = get_text(rows, i, 1),
                                            .key = get_text(rows, i, 2),
                                            .baseline = get_text(rows, i, 3),
                                            .severity = get_text(rows, i, 4),
                                            .direction = get_text(rows, i, 5),
                                            .hypothesis = get_text(rows, i, 6),
                                            .window_start_us = get_time(rows, i, 7),
                                            .value = get_float8(rows, i, 8),
                                            .expected = get_float8(rows, i, 9),
                                            .lower = get_float8(rows, i, 10),
                                            .upper = get_float8(rows, i, 11),
                                            .z_raw = get_float8(rows, i, 12),
                                            .z_calibrated = get_float8(rows, i, 13),
                                            .n = get_int4(rows, i, 14),
                                            .dimension = get_text(rows, i, 16),
                                            .width_us = get_int8(rows, i, 17),
                                            .edits = get_int4(rows, i, 18),
                                            .withdrawn = get_bool(rows, i, 19)};
    if (anomaly_row_hash(&columns) != (uint64_t)get_int8(rows, i, 15))
        verify_difference(verifier, VERIFY_ANOMALIES, "shop %s, %s of %s: the row is not the one that was written",
                          PQgetvalue(rows, i, 0), PQgetvalue(rows, i, 1), PQgetvalue(rows, i, 2));
}

static void check_incident(struct verifier *verifier, const PGresult *rows, int i)
{
    int c = 0;
    struct incident_columns columns = {.shop_id = get_text(rows, i, c++)};
    columns.metric = get_text(rows, i, c++);
    columns.dimension = get_text(rows, i, c++);
    columns.key = get_text(rows, i, c++);
    columns.status = get_text(rows, i, c++);
    columns.severity = get_text(rows, i, c++);
    columns.direction = get_text(rows, i, c++);
    columns.hypothesis = get_text(rows, i, c++);
    columns.opened_us = get_time(rows, i, c++);
    columns.last_us = get_time(rows, i, c++);
    columns.closed_us = get_time(rows, i, c++);
    columns.peak_us = get_time(rows, i, c++);
    columns.width_us = get_int8(rows, i, c++);
    columns.value = get_float8(rows, i, c++);
    columns.expected = get_float8(rows, i, c++);
    columns.lower = get_float8(rows, i, c++);
    columns.upper = get_float8(rows, i, c++);
    columns.z_calibrated = get_float8(rows, i, c++);
    columns.revision = get_int4(rows, i, c++);
    columns.bucket_count = get_int4(rows, i, c++);
    columns.child_count = get_int4(rows, i, c++);
    if (incident_row_hash(&columns) != (uint64_t)get_int8(rows, i, c))
        verify_difference(verifier, VERIFY_INCIDENTS, "shop %s, %s of %s: the row is not the one that was written",
                          PQgetvalue(rows, i, 0), PQgetvalue(rows, i, 1), PQgetvalue(rows, i, 3));
}

static bool check_rows(struct verifier *verifier, enum verify_check check, const char *declare_sql,
                       const struct pg_statement *fetch, void (*check_row)(struct verifier *, const PGresult *, int),
                       struct pg_failure *failure)
{
    struct row_stream stream = {0};
    bool there, done = row_stream_begin(&stream, verifier->link, declare_sql, fetch, failure);
    while ((done = done && row_stream_next(&stream, verifier->link, &there, failure)) && there) {
        verifier->counts[check].rows++;
        check_row(verifier, stream.rows, stream.row);
    }
    row_stream_done(&stream);
    return done;
}

bool verify_ad_spends(struct verifier *verifier, struct pg_failure *failure)
{
    return check_rows(verifier, VERIFY_AD_SPENDS, declare_spends, &fetch_spends, check_spend, failure) &&
           check_rows(verifier, VERIFY_AD_SPENDS, declare_spend_versions, &fetch_spend_versions, check_spend, failure) &&
           verify_query(verifier, VERIFY_AD_SPENDS, &astray_versions, failure);
}

bool verify_anomalies(struct verifier *verifier, struct pg_failure *failure)
{
    return check_rows(verifier, VERIFY_ANOMALIES, declare_anomalies, &fetch_anomalies, check_anomaly, failure);
}

bool verify_incidents(struct verifier *verifier, struct pg_failure *failure)
{
    return check_rows(verifier, VERIFY_INCIDENTS, declare_incidents, &fetch_incidents, check_incident, failure);
}
