#include "postgres/alert_writer.h"

#include "core/mix.h"

#define KEY "shop_key, metric, dimension, key, opened_at"
#define REST                                                                                                                      \
    "last_at, closed_at, peak_at, width_us, revision, bucket_count, child_count, value, expected, lower, upper, z_calibrated,"    \
    " status, severity, direction, hypothesis, source_topic, source_partition, source_offset, row_hash"

/* As that of anomalies. The webhook is there to wake somebody up: it does not hear of every bucket that an incident goes on. */
static const struct pg_statement write_incidents = {
    "write_incidents",
    "WITH fresh AS MATERIALIZED (SELECT DISTINCT ON (shop_key, metric COLLATE \"C\", dimension COLLATE \"C\", key COLLATE \"C\","
    " opened_at) * FROM unnest($3::int4[], $4::text[], $5::text[], $6::text[], $7::timestamptz[], $8::timestamptz[],"
    " $9::timestamptz[], $10::timestamptz[], $11::int8[], $12::int4[], $13::int4[], $14::int4[], $15::float8[], $16::float8[],"
    " $17::float8[], $18::float8[], $19::float8[], $20::text[], $21::text[], $22::text[], $23::text[], $24::text[], $25::int4[],"
    " $26::int8[], $27::int8[], $28::uuid[]) WITH ORDINALITY AS u(" KEY ", " REST ", alert_id, ordinal)"
    " ORDER BY shop_key, metric COLLATE \"C\", dimension COLLATE \"C\", key COLLATE \"C\", opened_at, revision DESC, ordinal DESC),"
    " news AS MATERIALIZED (SELECT u.*, f.revision AS old_revision, f.status AS old_status, f.severity AS old_severity"
    " FROM fresh u LEFT JOIN warehouse.fact_incident f USING (" KEY ") WHERE f.revision IS NULL OR f.revision < u.revision),"
    " written AS (INSERT INTO warehouse.fact_incident AS f (" KEY ", " REST ") SELECT " KEY ", " REST " FROM news"
    " ON CONFLICT (" KEY ") DO UPDATE SET (" REST ") = (EXCLUDED.last_at, EXCLUDED.closed_at, EXCLUDED.peak_at, EXCLUDED.width_us,"
    " EXCLUDED.revision, EXCLUDED.bucket_count, EXCLUDED.child_count, EXCLUDED.value, EXCLUDED.expected, EXCLUDED.lower,"
    " EXCLUDED.upper, EXCLUDED.z_calibrated, EXCLUDED.status, EXCLUDED.severity, EXCLUDED.direction, EXCLUDED.hypothesis,"
    " EXCLUDED.source_topic, EXCLUDED.source_partition, EXCLUDED.source_offset, EXCLUDED.row_hash)"
    " WHERE f.revision < EXCLUDED.revision)"
    " INSERT INTO tillstream.alert_outbox (pipeline, channel, alert_id, shop_key, kind, metric, dimension, key, status, severity,"
    " direction, hypothesis, revision, since, until, closed_at, width_us, value, expected, lower, upper, z_calibrated,"
    " bucket_count, child_count)"
    " SELECT $1::text, channel, alert_id, shop_key, 'incident', metric, dimension, key, status, severity, direction, hypothesis,"
    " revision, opened_at, last_at, closed_at, width_us, value, expected, lower, upper, z_calibrated, bucket_count, child_count"
    " FROM news CROSS JOIN unnest($2::text[]) AS channel"
    " WHERE (channel = '" CHANNEL_TOPIC "' OR old_revision IS NULL OR old_status <> status"
    " OR old_severity = 'warn' AND severity <> 'warn') AND NOT (old_revision IS NULL AND status = 'withdrawn') ORDER BY ordinal"};

static uint64_t bits_of(double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static void mix_identity(struct mix *mix, const struct incident_columns *columns)
{
    const struct text texts[] = {columns->shop_id, columns->metric, columns->dimension, columns->key};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        mix_text(mix, texts[i]);
    mix_two(mix, (uint64_t)columns->opened_us, (uint64_t)columns->revision);
}

uint64_t incident_row_hash(const struct incident_columns *columns)
{
    const struct text texts[] = {columns->status, columns->severity, columns->direction, columns->hypothesis};
    struct mix mix;
    mix_init(&mix, (uint64_t)columns->width_us);
    mix_identity(&mix, columns);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        mix_text(&mix, texts[i]);
    mix_two(&mix, (uint64_t)columns->last_us, (uint64_t)columns->closed_us);
    mix_two(&mix, (uint64_t)columns->peak_us, bits_of(columns->z_calibrated));
    mix_two(&mix, (uint64_t)columns->bucket_count, (uint64_t)columns->child_count);
    mix_two(&mix, bits_of(columns->value), bits_of(columns->expected));
    mix_two(&mix, bits_of(columns->lower), bits_of(columns->upper));
    return mix_end(&mix);
}

static uint64_t id_part(const struct incident_columns *columns, uint64_t seed)
{
    struct mix mix;
    mix_init(&mix, seed);
    mix_identity(&mix, columns);
    return mix_end(&mix);
}

struct hash128 incident_alert_id(const struct incident_columns *columns)
{
    return (struct hash128){.hi = id_part(columns, 3), .lo = id_part(columns, 4)};
}

static struct incident_columns columns_of(const struct incident_fact *incident)
{
    return (struct incident_columns){.shop_id = incident->shop->id,
                                     .metric = text_of(metric_name(incident->metric)),
                                     .dimension = text_of(dimension_name(incident->dimension)),
                                     .key = incident->key,
                                     .status = text_of(incident_status_name(incident->status)),
                                     .severity = text_of(severity_name(incident->severity)),
                                     .direction = text_of(incident->above ? "above" : "below"),
                                     .hypothesis = incident->hypothesis,
                                     .opened_us = incident->opened_us,
                                     .last_us = incident->last_us,
                                     .closed_us = incident->closed_us,
                                     .peak_us = incident->peak_us,
                                     .width_us = incident->width_us,
                                     .value = incident->value,
                                     .expected = incident->expected,
                                     .lower = incident->lower,
                                     .upper = incident->upper,
                                     .z_calibrated = incident->z_calibrated,
                                     .revision = (int32_t)incident->revision,
                                     .bucket_count = (int32_t)incident->bucket_count,
                                     .child_count = (int32_t)incident->child_count};
}

static struct pg_array *add_figures(struct pg_array *columns, const struct incident_columns *row)
{
    array_time(columns++, row->opened_us);
    array_time(columns++, row->last_us);
    array_time(columns++, row->closed_us);
    array_time(columns++, row->peak_us);
    array_int8(columns++, row->width_us);
    array_int4(columns++, row->revision);
    array_int4(columns++, row->bucket_count);
    array_int4(columns++, row->child_count);
    array_float8(columns++, row->value);
    array_float8(columns++, row->expected);
    array_float8(columns++, row->lower);
    array_float8(columns++, row->upper);
    array_float8(columns++, row->z_calibrated);
    return columns;
}

static void add_incident(struct pg_array *columns, const struct incident_columns *row, int32_t shop_key,
                         const struct position *source, int64_t offset)
{
    array_int4(columns++, shop_key);
    array_text(columns++, row->metric);
    array_text(columns++, row->dimension);
    array_text(columns++, row->key);
    columns = add_figures(columns, row);
    array_text(columns++, row->status);
    array_text(columns++, row->severity);
    array_text(columns++, row->direction);
    array_text(columns++, row->hypothesis);
    array_text(columns++, text_of(source->topic));
    array_int4(columns++, source->partition);
    array_int8(columns++, offset);
    array_int8(columns++, (int64_t)incident_row_hash(row));
    array_uuid(columns, incident_alert_id(row));
}

bool incidents_write(struct alert_writer *writer, const struct batch *batch, const struct incident_fact *incidents, size_t count,
                     struct pg_failure *failure)
{
    static const enum pg_type types[] = {
        PG_INT4, PG_TEXT, PG_TEXT,   PG_TEXT,   PG_TIMESTAMPTZ, PG_TIMESTAMPTZ, PG_TIMESTAMPTZ, PG_TIMESTAMPTZ, PG_INT8,
        PG_INT4, PG_INT4, PG_INT4,   PG_FLOAT8, PG_FLOAT8,      PG_FLOAT8,      PG_FLOAT8,      PG_FLOAT8,      PG_TEXT,
        PG_TEXT, PG_TEXT, PG_TEXT,   PG_TEXT,   PG_INT4,        PG_INT8,        PG_INT8,        PG_UUID};
    if (!count)
        return true;
    alert_writer_start(writer, types, sizeof types / sizeof *types);
    for (size_t i = 0; i < count; i++) {
        const struct incident_columns row = columns_of(&incidents[i]);
        add_incident(writer->columns, &row, dims_shop(writer->dims, incidents[i].shop)->shop_key,
                     &batch->advances[incidents[i].origin.slot].from, incidents[i].origin.offset);
    }
    return alert_writer_run(writer, &write_incidents, sizeof types / sizeof *types, failure);
}
