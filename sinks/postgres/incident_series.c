/*
 * One statement per lane gives sums per bucket; a metric is one of them or the quotient of two. Bounded by the number of buckets: the index
 * over created_at (BRIN) finds the orders of a stretch of time, the primary keys all else.
 */
#include "postgres/incident_load.h"

#include <math.h>

#define HOUR_US INT64_C(3600000000)
#define YEAR_2100_US INT64_C(4102444800000000)
/* Wider buckets than an hour begin on the shop's clocks, as the detector's do: a day on which these change has 23 or 25 hours. */
#define BUCKET(time)                                                                                                              \
    "floor(extract(epoch FROM CASE WHEN $5::int8 > 3600000000 THEN (" time " AT TIME ZONE s.timezone) -"                            \
    " ($4::timestamptz AT TIME ZONE s.timezone) ELSE " time " - $4::timestamptz END) * 1000000 / $5::int8)::int8"
#define WITHIN(time)                                                                                                              \
    time " >= $4::timestamptz - $5::int8 * $6::int4 * interval '1 microsecond' - interval '2 hours' AND " time                    \
         " < $4::timestamptz + $5::int8 * $7::int4 * interval '1 microsecond' + interval '2 hours'"

enum sum { SUM_NONE, SUM_1, SUM_2, SUM_3, SUM_4, SUM_5, SUM_6, SUM_7 };

/* Parameters: shop_key, dimension, key, start of the incident, width, buckets before it, buckets from it on. The first column is the bucket,
 * counted from the incident. */
static const struct pg_statement order_sums = {
    "order_sums",
    "SELECT " BUCKET("o.created_at") " AS bucket, count(DISTINCT o.order_key)::float8, coalesce(sum(f.quantity), 0)::float8,"
    " coalesce(sum(f.gross_minor), 0)::float8, coalesce(sum(f.net_minor), 0)::float8, coalesce(sum(f.seller_discount_minor), 0)::float8,"
    " coalesce(sum(f.shipping_share_minor), 0)::float8"
    " FROM warehouse.dim_shop s JOIN warehouse.fact_orders o USING (shop_key) LEFT JOIN warehouse.fact_sales f USING (order_key)"
    " WHERE s.shop_key = $1::int4 AND o.shop_key = $1::int4 AND o.booked AND " WITHIN("o.created_at")
    " AND CASE $2::text WHEN 'sku' THEN f.sku = $3::text WHEN 'category' THEN f.category = $3::text"
    " WHEN 'channel' THEN o.channel = $3::text ELSE $2::text = 'shop' END GROUP BY 1"};

/* A report of a day counts at noon of it on the shop's clocks, as in the detector. */
static const struct pg_statement ad_sums = {
    "ad_sums",
    "SELECT " BUCKET("t.at") " AS bucket, sum(a.spend_minor)::float8, sum(a.clicks)::float8, sum(a.reported_orders)::float8,"
    " sum(a.reported_revenue_minor)::float8, 0::float8, 0::float8"
    " FROM warehouse.dim_shop s JOIN warehouse.fact_ad_spend a USING (shop_key) CROSS JOIN LATERAL (SELECT (a.day::timestamp +"
    " CASE WHEN a.hour < 0 THEN 12 ELSE a.hour END * interval '1 hour') AT TIME ZONE s.timezone AS at) AS t"
    " WHERE s.shop_key = $1::int4 AND a.shop_key = $1::int4 AND " WITHIN("t.at") " AND CASE $2::text WHEN 'campaign'"
    " THEN a.platform || '/' || a.account_id || '/' || a.campaign_id = $3::text WHEN 'channel' THEN a.channel = $3::text"
    " ELSE $2::text = 'shop' END GROUP BY 1"};

static const struct pg_statement refund_sums = {
    "refund_sums",
    "SELECT " BUCKET("r.occurred_at") " AS bucket, sum(r.shipping_refund_minor + r.discrepancy_minor +"
    " (SELECT coalesce(sum(a), 0) FROM unnest(r.amounts_minor || r.taxes_minor) AS a))::float8, 0::float8, 0::float8, 0::float8,"
    " 0::float8, 0::float8 FROM warehouse.dim_shop s JOIN warehouse.fact_refunds r USING (shop_key)"
    " WHERE s.shop_key = $1::int4 AND r.shop_key = $1::int4 AND r.flags & 4 = 0 AND " WITHIN("r.occurred_at")
    " AND $2::text = 'shop' AND $3::text = '' GROUP BY 1"};

/* Both by the shop's days, as a rate's buckets are. */
static const struct pg_statement refund_rate_sums = {
    "refund_rate_sums",
    "SELECT bucket, sum(given_back)::float8, sum(gross)::float8 FROM (SELECT " BUCKET("r.occurred_at") " AS bucket,"
    " r.shipping_refund_minor + r.discrepancy_minor + (SELECT coalesce(sum(a), 0) FROM unnest(r.amounts_minor || r.taxes_minor) AS a)"
    " AS given_back, 0 AS gross FROM warehouse.dim_shop s JOIN warehouse.fact_refunds r USING (shop_key)"
    " WHERE s.shop_key = $1::int4 AND r.shop_key = $1::int4 AND r.flags & 4 = 0 AND " WITHIN("r.occurred_at")
    " UNION ALL SELECT " BUCKET("o.created_at") ", 0, f.gross_minor"
    " FROM warehouse.dim_shop s JOIN warehouse.fact_orders o USING (shop_key) JOIN warehouse.fact_sales f USING (order_key)"
    " WHERE s.shop_key = $1::int4 AND o.shop_key = $1::int4 AND o.booked AND " WITHIN("o.created_at") ") AS sides"
    " WHERE $2::text = 'shop' AND $3::text = '' GROUP BY 1"};

static const struct series_kind {
    const char *metric;
    const struct pg_statement *sums;
    enum sum over, under;
} kinds[] = {
    {"orders", &order_sums, SUM_1, SUM_NONE},         {"units", &order_sums, SUM_2, SUM_NONE},
    {"gross", &order_sums, SUM_3, SUM_NONE},          {"net_profit", &order_sums, SUM_4, SUM_NONE},
    {"order_value", &order_sums, SUM_3, SUM_1},       {"unit_price", &order_sums, SUM_3, SUM_2},
    {"discount_share", &order_sums, SUM_5, SUM_3},    {"margin", &order_sums, SUM_4, SUM_3},
    {"shipping", &order_sums, SUM_6, SUM_1},          {"ad_spend", &ad_sums, SUM_1, SUM_NONE},
    {"clicks", &ad_sums, SUM_2, SUM_NONE},            {"roas", &ad_sums, SUM_4, SUM_1},
    {"conversion", &ad_sums, SUM_3, SUM_2},           {"refunds", &refund_sums, SUM_1, SUM_NONE},
    {"hourly_orders", &order_sums, SUM_1, SUM_NONE},  {"hourly_gross", &order_sums, SUM_3, SUM_NONE},
    {"daily_spend", &ad_sums, SUM_1, SUM_NONE},      {"source_silent", &order_sums, SUM_1, SUM_NONE},
    {"average_order_value", &order_sums, SUM_3, SUM_1}, {"refund_rate", &refund_rate_sums, SUM_1, SUM_2},
};

static const struct series_kind *kind_of(struct text metric)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (text_same(text_of(kinds[i].metric), metric))
            return &kinds[i];
    return NULL;
}

/* A row that was altered may say anything. */
static bool is_plausible(const struct incident_columns *columns)
{
    return columns->opened_us > 0 && columns->opened_us < YEAR_2100_US && columns->last_us > 0 && columns->last_us < YEAR_2100_US &&
           columns->width_us >= 0 && columns->width_us <= 366 * 24 * HOUR_US;
}

/* A day on which clocks change, or a quarter of it, is as wide as any other: the buckets around it are. */
static int64_t nominal_us(int64_t width_us)
{
    int64_t hours = width_us / HOUR_US;
    return width_us <= 0 ? HOUR_US : hours == 23 || hours == 25 ? 24 * HOUR_US : hours == 5 || hours == 7 ? 6 * HOUR_US : width_us;
}

/* Some buckets before the incident, it, and some behind; of one that is longer than that, its beginning. */
static void choose_buckets(const struct incident_columns *columns, struct loaded_series *series)
{
    int64_t width_us = nominal_us(columns->width_us), buckets = (columns->last_us - columns->opened_us + width_us / 2) / width_us;
    int64_t count = SERIES_LEAD + (buckets < 1 ? 1 : buckets) + SERIES_TAIL;
    series->width_us = width_us;
    series->start_us = columns->opened_us - SERIES_LEAD * width_us;
    series->count = count < SERIES_VALUES_MAX ? (size_t)count : SERIES_VALUES_MAX;
}

static bool run(struct pg_link *link, const struct loaded_incident *incident, struct pg_call *call, struct pg_failure *failure)
{
    const struct loaded_series *series = &incident->series;
    uint8_t shop_key[4], opened[8], width[8], before[4], after[4];
    (void)put_u32(shop_key, (uint32_t)incident->shop_key);
    (void)put_u64(opened, (uint64_t)(incident->columns.opened_us - PG_EPOCH_US));
    (void)put_u64(width, (uint64_t)series->width_us);
    (void)put_u32(before, SERIES_LEAD);
    (void)put_u32(after, (uint32_t)series->count - SERIES_LEAD);
    call_bytes(call, shop_key, sizeof shop_key);
    call_bytes(call, incident->columns.dimension.ptr, incident->columns.dimension.len);
    call_bytes(call, incident->columns.key.ptr, incident->columns.key.len);
    call_bytes(call, opened, sizeof opened);
    call_bytes(call, width, sizeof width);
    call_bytes(call, before, sizeof before);
    call_bytes(call, after, sizeof after);
    return pg_run(link, call, 1, failure);
}

static double value_of(const struct series_kind *kind, const PGresult *rows, int row)
{
    double over = PQgetisnull(rows, row, (int)kind->over) ? NAN : get_float8(rows, row, (int)kind->over);
    if (kind->under == SUM_NONE)
        return over;
    double under = PQgetisnull(rows, row, (int)kind->under) ? 0 : get_float8(rows, row, (int)kind->under);
    return under > 0 || under < 0 ? over / under : NAN;
}

/* A bucket without facts is 0, and has no quotient. Behind the incident and the last fact nothing is known yet. */
static void take_sums(const struct series_kind *kind, const PGresult *rows, size_t incident_end, struct loaded_series *series)
{
    for (size_t i = 0; i < series->count; i++)
        series->values[i] = kind->under == SUM_NONE ? 0 : NAN;
    size_t known = SERIES_LEAD + 1;
    for (int row = 0; row < PQntuples(rows); row++) {
        int64_t bucket = get_int8(rows, row, 0) + SERIES_LEAD;
        if (bucket < 0 || bucket >= (int64_t)series->count)
            continue;
        series->values[bucket] = value_of(kind, rows, row);
        known = (size_t)bucket >= known ? (size_t)bucket + 1 : known;
    }
    size_t end = incident_end < series->count ? incident_end : series->count;
    series->count = known > end ? known : end;
    series->state = SERIES_THERE;
}

bool incident_series_load(struct pg_link *link, struct loaded_incident *incident, struct pg_failure *failure)
{
    const struct series_kind *kind = kind_of(incident->columns.metric);
    incident->series.state = SERIES_NONE;
    if (!kind || !is_plausible(&incident->columns))
        return true;
    choose_buckets(&incident->columns, &incident->series);
    struct pg_call call = {.statement = kind->sums};
    if (!run(link, incident, &call, failure)) {
        incident->series.state = pg_failed_as(failure, "57014") ? SERIES_SLOW : SERIES_NONE;
        return incident->series.state == SERIES_SLOW || failure->kind == PG_REFUSED; /* a zone that this server does not know */
    }
    take_sums(kind, call.result, incident->series.count - SERIES_TAIL, &incident->series);
    pg_calls_clear(&call, 1);
    return true;
}
