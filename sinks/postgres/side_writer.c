#include "postgres/side_writer.h"

#include "common/hash.h"

/* The first one stays: an alert is raised once, however often the log is read. */
static const struct pg_statement insert_anomalies = {
    "insert_anomalies",
    "INSERT INTO warehouse.fact_anomaly (shop_key, metric, key, window_start, baseline, value, expected, lower, upper,"
    " z_raw, z_calibrated, n, severity, direction, source_topic, source_partition, source_offset, row_hash)"
    " SELECT shop_key, metric, key, window_start, baseline, value, expected, lower, upper, z_raw, z_calibrated, n,"
    " severity, direction, source_topic, source_partition, source_offset, row_hash"
    " FROM unnest($1::int4[], $2::text[], $3::text[], $4::timestamptz[], $5::text[], $6::float8[], $7::float8[],"
    " $8::float8[], $9::float8[], $10::float8[], $11::float8[], $12::int4[], $13::text[], $14::text[], $15::text[],"
    " $16::int4[], $17::int8[], $18::int8[]) WITH ORDINALITY AS u(shop_key, metric, key, window_start, baseline, value,"
    " expected, lower, upper, z_raw, z_calibrated, n, severity, direction, source_topic, source_partition,"
    " source_offset, row_hash, ordinal)"
    " ORDER BY shop_key, metric COLLATE \"C\", key COLLATE \"C\", window_start, baseline COLLATE \"C\", ordinal"
    " ON CONFLICT (shop_key, metric, key, window_start, baseline) DO NOTHING"};

static const struct pg_statement insert_rejects = {
    "insert_rejects",
    "INSERT INTO tillstream.quarantine (pipeline, topic, partition, \"offset\", reason, detail, key, value)"
    " SELECT $1::text, * FROM unnest($2::text[], $3::int4[], $4::int8[], $5::text[], $6::text[], $7::bytea[], $8::bytea[])"
    " AS u(topic, partition, \"offset\", reason, detail, key, value) ORDER BY topic COLLATE \"C\", partition, \"offset\""
    " ON CONFLICT (pipeline, topic, partition, \"offset\") DO NOTHING"};

void side_writer_done(struct side_writer *writer)
{
    for (int i = 0; i < SIDE_COLUMNS; i++)
        copy_buffer_done(&writer->columns[i].buffer);
}

uint64_t anomaly_row_hash(const struct anomaly_columns *columns)
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

static struct anomaly_columns columns_of(const struct anomaly_fact *anomaly)
{
    return (struct anomaly_columns){.shop_id = anomaly->shop->id,
                                    .metric = text_of(metric_name(anomaly->metric)),
                                    .key = anomaly->key,
                                    .baseline = text_of(anomaly->baseline),
                                    .severity = text_of(severity_name(anomaly->severity)),
                                    .direction = text_of(anomaly->above ? "above" : "below"),
                                    .window_start_us = anomaly->window_start_us,
                                    .value = anomaly->value,
                                    .expected = anomaly->expected,
                                    .lower = anomaly->lower,
                                    .upper = anomaly->upper,
                                    .z_raw = anomaly->z_raw,
                                    .z_calibrated = anomaly->z_calibrated,
                                    .n = (int32_t)anomaly->n};
}

static void add_anomaly(struct pg_array *columns, const struct anomaly_columns *row, int32_t shop_key,
                        const struct position *source, int64_t offset)
{
    array_int4(columns++, shop_key);
    array_text(columns++, row->metric);
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
    array_text(columns++, text_of(source->topic));
    array_int4(columns++, source->partition);
    array_int8(columns++, offset);
    array_int8(columns, (int64_t)anomaly_row_hash(row));
}

static bool run(struct side_writer *writer, struct pg_link *link, struct pg_call *call, int columns,
                struct pg_failure *failure)
{
    for (int i = 0; i < columns; i++)
        call_array(call, &writer->columns[i]);
    bool ok = pg_run(link, call, 1, failure);
    pg_calls_clear(call, 1);
    return ok;
}

bool anomalies_write(struct side_writer *writer, struct pg_link *link, struct dims *dims, const struct batch *batch,
                     const struct anomaly_fact *anomalies, size_t count, struct pg_failure *failure)
{
    static const enum pg_type types[] = {PG_INT4,   PG_TEXT,   PG_TEXT,   PG_TIMESTAMPTZ, PG_TEXT, PG_FLOAT8,
                                         PG_FLOAT8, PG_FLOAT8, PG_FLOAT8, PG_FLOAT8,      PG_FLOAT8, PG_INT4,
                                         PG_TEXT,   PG_TEXT,   PG_TEXT,   PG_INT4,        PG_INT8, PG_INT8};
    int column_count = sizeof types / sizeof *types;
    if (!count)
        return true;
    for (int i = 0; i < column_count; i++)
        array_start(&writer->columns[i], types[i]);
    for (size_t i = 0; i < count; i++) {
        const struct anomaly_columns row = columns_of(&anomalies[i]);
        add_anomaly(writer->columns, &row, dims_shop(dims, anomalies[i].shop)->shop_key,
                    &batch->advances[anomalies[i].origin.slot].from, anomalies[i].origin.offset);
    }
    struct pg_call call = {.statement = &insert_anomalies};
    return run(writer, link, &call, column_count, failure);
}

bool rejects_write(struct side_writer *writer, struct pg_link *link, const char *pipeline, const struct batch *batch,
                   const struct reject *rejects, size_t count, struct pg_failure *failure)
{
    static const enum pg_type types[] = {PG_TEXT, PG_INT4, PG_INT8, PG_TEXT, PG_TEXT, PG_BYTEA, PG_BYTEA};
    int column_count = sizeof types / sizeof *types;
    if (!count)
        return true;
    for (int i = 0; i < column_count; i++)
        array_start(&writer->columns[i], types[i]);
    for (size_t i = 0; i < count; i++) {
        const struct reject *reject = &rejects[i];
        const struct position *source = &batch->advances[reject->origin.slot].from;
        array_text(&writer->columns[0], text_of(source->topic));
        array_int4(&writer->columns[1], source->partition);
        array_int8(&writer->columns[2], reject->origin.offset);
        array_text(&writer->columns[3], text_of(reason_name(reject->reason)));
        array_text(&writer->columns[4], reject->detail);
        array_text(&writer->columns[5], reject->key);
        array_text(&writer->columns[6], reject->value);
    }
    struct pg_call call = {.statement = &insert_rejects};
    call_text(&call, pipeline);
    return run(writer, link, &call, column_count, failure);
}
