#include "postgres/alert_writer.h"

#include "common/hash.h"
#include "core/mix.h"

#define KEY "shop_key, metric, dimension, key, window_start, baseline"
#define REST                                                                                                                      \
    "value, expected, lower, upper, z_raw, z_calibrated, n, severity, direction, hypothesis, width_us, edits, withdrawn,"         \
    " source_topic, source_partition, source_offset, row_hash"

#define WAKES_ANEW "interval '6 hours'" /* a price that is wrong is wrong in every order: once is enough for a while */

/* Joined by the primary key, one probe a row. Nobody else writes these rows meanwhile: their shops' partition is ours. What comes
 * withdrawn before anybody has heard of it is kept, for it may be raised again, but nobody hears of that. The webhook is told of prices only:
 * buckets that stand out are incidents, which it hears of as such, and a single order wakes nobody. */
static const struct pg_statement write_anomalies = {
    "write_anomalies",
    "WITH fresh AS MATERIALIZED (SELECT DISTINCT ON (shop_key, metric COLLATE \"C\", dimension COLLATE \"C\", key COLLATE \"C\","
    " window_start, baseline COLLATE \"C\") * FROM unnest($3::int4[], $4::text[], $5::text[], $6::text[], $7::timestamptz[],"
    " $8::text[], $9::float8[], $10::float8[], $11::float8[], $12::float8[], $13::float8[], $14::float8[], $15::int4[],"
    " $16::text[], $17::text[], $18::text[], $19::int8[], $20::int4[], $21::bool[], $22::text[], $23::int4[], $24::int8[],"
    " $25::int8[], $26::uuid[]) WITH ORDINALITY AS u(" KEY ", " REST ", alert_id, ordinal)"
    " ORDER BY shop_key, metric COLLATE \"C\", dimension COLLATE \"C\", key COLLATE \"C\", window_start, baseline COLLATE \"C\","
    " edits DESC, ordinal DESC),"
    " news AS MATERIALIZED (SELECT u.*, f.edits AS old_edits, lag(u.window_start) OVER (PARTITION BY u.shop_key, u.metric, u.dimension,"
    " u.key, u.baseline, u.severity = 'warn' ORDER BY u.window_start, u.ordinal) AS one_before"
    " FROM fresh u LEFT JOIN warehouse.fact_anomaly f USING (" KEY ") WHERE f.edits IS NULL OR f.edits < u.edits),"
    " written AS (INSERT INTO warehouse.fact_anomaly AS f (" KEY ", " REST ") SELECT " KEY ", " REST " FROM news"
    " ON CONFLICT (" KEY ") DO UPDATE SET (" REST ") = (EXCLUDED.value, EXCLUDED.expected, EXCLUDED.lower, EXCLUDED.upper,"
    " EXCLUDED.z_raw, EXCLUDED.z_calibrated, EXCLUDED.n, EXCLUDED.severity, EXCLUDED.direction, EXCLUDED.hypothesis,"
    " EXCLUDED.width_us, EXCLUDED.edits, EXCLUDED.withdrawn, EXCLUDED.source_topic, EXCLUDED.source_partition,"
    " EXCLUDED.source_offset, EXCLUDED.row_hash) WHERE f.edits < EXCLUDED.edits)"
    " INSERT INTO tillstream.alert_outbox (pipeline, channel, alert_id, shop_key, kind, metric, dimension, key, baseline, status,"
    " severity, direction, hypothesis, revision, since, until, width_us, value, expected, lower, upper, z_calibrated)"
    " SELECT $1::text, channel, alert_id, shop_key, 'anomaly', metric, dimension, key, baseline,"
    " CASE WHEN withdrawn THEN 'withdrawn' ELSE 'raised' END, severity, direction, hypothesis, edits, window_start,"
    " CASE WHEN width_us > 0 THEN window_start + width_us * interval '1 microsecond' END, width_us, value, expected, lower, upper,"
    " z_calibrated FROM news u CROSS JOIN unnest($2::text[]) AS channel"
    " WHERE NOT (old_edits IS NULL AND withdrawn) AND (channel = '" CHANNEL_TOPIC "' OR old_edits IS NULL AND baseline = 'events'"
    " AND dimension <> 'shop' AND severity <> 'warn' AND coalesce(one_before < window_start - " WAKES_ANEW ", true)"
    " AND NOT EXISTS (SELECT FROM warehouse.fact_anomaly p WHERE p.shop_key = u.shop_key AND p.metric = u.metric"
    " AND p.dimension = u.dimension AND p.key = u.key AND p.window_start >= u.window_start - " WAKES_ANEW
    " AND p.window_start < u.window_start AND p.baseline = u.baseline AND p.severity <> 'warn')) ORDER BY ordinal"};

/* Rows that were written before dimensions were kept have none, and this hash without them. */
static uint64_t hash_of_first_columns(const struct anomaly_columns *columns)
{
    const struct text texts[] = {columns->shop_id,  columns->metric,    columns->key,       columns->baseline,
                                 columns->severity, columns->direction, columns->hypothesis};
    const double values[] = {columns->value, columns->expected, columns->lower,
                             columns->upper, columns->z_raw,    columns->z_calibrated};
    uint64_t hash = hash64(&columns->window_start_us, sizeof columns->window_start_us) ^ (uint32_t)columns->n;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        hash = XXH3_64bits_withSeed(texts[i].ptr ? texts[i].ptr : "", texts[i].len, hash + (texts[i].ptr == NULL));
    return XXH3_64bits_withSeed(values, sizeof values, hash);
}

uint64_t anomaly_row_hash(const struct anomaly_columns *columns)
{
    uint64_t hash = hash_of_first_columns(columns);
    struct mix mix;
    if (!columns->dimension.len)
        return hash;
    mix_init(&mix, hash);
    mix_text(&mix, columns->dimension);
    mix_two(&mix, (uint64_t)columns->width_us, (uint64_t)columns->edits << 1 | columns->withdrawn);
    return mix_end(&mix);
}

static uint64_t id_part(const struct anomaly_columns *columns, uint64_t seed)
{
    const struct text texts[] = {columns->shop_id, columns->metric, columns->dimension, columns->key, columns->baseline};
    struct mix mix;
    mix_init(&mix, seed);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        mix_text(&mix, texts[i]);
    mix_two(&mix, (uint64_t)columns->window_start_us, (uint64_t)columns->edits);
    return mix_end(&mix);
}

struct hash128 anomaly_alert_id(const struct anomaly_columns *columns)
{
    return (struct hash128){.hi = id_part(columns, 1), .lo = id_part(columns, 2)};
}

static struct anomaly_columns columns_of(const struct anomaly_fact *anomaly)
{
    return (struct anomaly_columns){.shop_id = anomaly->shop->id,
                                    .metric = text_of(metric_name(anomaly->metric)),
                                    .dimension = text_of(dimension_name(anomaly->dimension)),
                                    .key = anomaly->key,
                                    .baseline = text_of(anomaly->baseline),
                                    .severity = text_of(severity_name(anomaly->severity)),
                                    .direction = text_of(anomaly->above ? "above" : "below"),
                                    .hypothesis = anomaly->hypothesis,
                                    .window_start_us = anomaly->window_start_us,
                                    .width_us = anomaly->width_us,
                                    .value = anomaly->value,
                                    .expected = anomaly->expected,
                                    .lower = anomaly->lower,
                                    .upper = anomaly->upper,
                                    .z_raw = anomaly->z_raw,
                                    .z_calibrated = anomaly->z_calibrated,
                                    .n = (int32_t)anomaly->n,
                                    .edits = (int32_t)anomaly->edits,
                                    .withdrawn = anomaly->withdrawn};
}

static void add_anomaly(struct pg_array *columns, const struct anomaly_columns *row, int32_t shop_key,
                        const struct position *source, int64_t offset)
{
    array_int4(columns++, shop_key);
    array_text(columns++, row->metric);
    array_text(columns++, row->dimension);
    array_text(columns++, row->key);
    array_time(columns++, row->window_start_us);
    array_text(columns++, row->baseline);
    array_float8(columns++, row->value);
    array_float8(columns++, row->expected);
    array_float8(columns++, row->lower);
    array_float8(columns++, row->upper);
    array_float8(columns++, row->z_raw);
    array_float8(columns++, row->z_calibrated);
    array_int4(columns++, row->n);
    array_text(columns++, row->severity);
    array_text(columns++, row->direction);
    array_text(columns++, row->hypothesis);
    array_int8(columns++, row->width_us);
    array_int4(columns++, row->edits);
    array_bool(columns++, row->withdrawn);
    array_text(columns++, text_of(source->topic));
    array_int4(columns++, source->partition);
    array_int8(columns++, offset);
    array_int8(columns++, (int64_t)anomaly_row_hash(row));
    array_uuid(columns, anomaly_alert_id(row));
}

bool anomalies_write(struct alert_writer *writer, const struct batch *batch, const struct anomaly_fact *anomalies, size_t count,
                     struct pg_failure *failure)
{
    static const enum pg_type types[] = {PG_INT4,   PG_TEXT,   PG_TEXT, PG_TEXT, PG_TIMESTAMPTZ, PG_TEXT, PG_FLOAT8, PG_FLOAT8,
                                         PG_FLOAT8, PG_FLOAT8, PG_FLOAT8, PG_FLOAT8, PG_INT4,    PG_TEXT, PG_TEXT,   PG_TEXT,
                                         PG_INT8,   PG_INT4,   PG_BOOL, PG_TEXT, PG_INT4,        PG_INT8, PG_INT8,   PG_UUID};
    if (!count)
        return true;
    alert_writer_start(writer, types, sizeof types / sizeof *types);
    for (size_t i = 0; i < count; i++) {
        const struct anomaly_columns row = columns_of(&anomalies[i]);
        add_anomaly(writer->columns, &row, dims_shop(writer->dims, anomalies[i].shop)->shop_key,
                    &batch->advances[anomalies[i].origin.slot].from, anomalies[i].origin.offset);
    }
    return alert_writer_run(writer, &write_anomalies, sizeof types / sizeof *types, failure);
}
