/*
 * Anomalies and incidents of a batch, inside an open transaction: of those with one key the latest stands (an anomaly by its edits, an
 * incident by its revision), equally late ones change nothing. Whatever changed in the tables goes into the outbox too, per channel
 * that is told, in the same statement: so nothing is told that was not committed, and all that was committed is told.
 */
#ifndef POSTGRES_ALERT_WRITER_H
#define POSTGRES_ALERT_WRITER_H

#include "postgres/dims.h"
#include "postgres/pg_link.h"
#include "sinks/sink.h"

#define ALERT_COLUMNS 26

/* Names of channels, as they stand in tillstream.alert_outbox. The topic is told of every change; the webhook of incidents that open,
 * change their status or grow more severe, and of a SKU's price that stands out by more than a warning, once in six hours. */
#define CHANNEL_TOPIC "topic"
#define CHANNEL_WEBHOOK "webhook"

struct alert_writer {
    struct pg_link *link; /* borrowed, as are dims and pipeline */
    struct dims *dims;
    const char *pipeline;
    bool to_topic, to_webhook;
    struct pg_array columns[ALERT_COLUMNS];
    struct pg_array channels;
};

void alert_writer_done(struct alert_writer *writer);

/* Of the batch; dims must be resolved for it. */
bool anomalies_write(struct alert_writer *writer, const struct batch *batch, const struct anomaly_fact *anomalies, size_t count,
                     struct pg_failure *failure);
bool incidents_write(struct alert_writer *writer, const struct batch *batch, const struct incident_fact *incidents, size_t count,
                     struct pg_failure *failure);

/* For the two above: empty arrays of these types; a statement over pipeline, channels and these arrays. */
void alert_writer_start(struct alert_writer *writer, const enum pg_type *types, size_t count);
bool alert_writer_run(struct alert_writer *writer, const struct pg_statement *statement, size_t count, struct pg_failure *failure);

/* The columns of a row as they stand in the database, without the source position. */
struct anomaly_columns {
    struct text shop_id, metric, dimension, key, baseline, severity, direction, hypothesis;
    int64_t window_start_us, width_us;
    double value, expected, lower, upper, z_raw, z_calibrated;
    int32_t n, edits;
    bool withdrawn;
};

struct incident_columns {
    struct text shop_id, metric, dimension, key, status, severity, direction, hypothesis;
    int64_t opened_us, last_us, closed_us, peak_us, width_us;
    double value, expected, lower, upper, z_calibrated;
    int32_t revision, bucket_count, child_count;
};

uint64_t anomaly_row_hash(const struct anomaly_columns *columns);
uint64_t incident_row_hash(const struct incident_columns *columns);

/* What one change of one thing is known by, for ever: of its identity and its edits or revision. */
struct hash128 anomaly_alert_id(const struct anomaly_columns *columns);
struct hash128 incident_alert_id(const struct incident_columns *columns);

#endif
