/*
 * What a batch writes beside facts: anomalies and refused records. Both are written once: what is there already stays.
 */
#ifndef POSTGRES_SIDE_WRITER_H
#define POSTGRES_SIDE_WRITER_H

#include "postgres/dims.h"
#include "postgres/pg_link.h"
#include "sinks/sink.h"

#define SIDE_COLUMNS 19

struct side_writer {
    struct pg_array columns[SIDE_COLUMNS];
};

void side_writer_done(struct side_writer *writer);

/* anomalies[0..count) of the batch; dims must be resolved for it. */
bool anomalies_write(struct side_writer *writer, struct pg_link *link, struct dims *dims, const struct batch *batch,
                     const struct anomaly_fact *anomalies, size_t count, struct pg_failure *failure);

bool rejects_write(struct side_writer *writer, struct pg_link *link, const char *pipeline, const struct batch *batch,
                   const struct reject *rejects, size_t count, struct pg_failure *failure);

/* The columns of an anomaly as they stand in the database, without the source position. */
struct anomaly_columns {
    struct text shop_id, metric, key, baseline, severity, direction, hypothesis;
    int64_t window_start_us;
    double value, expected, lower, upper, z_raw, z_calibrated;
    int32_t n;
};

uint64_t anomaly_row_hash(const struct anomaly_columns *columns);

#endif
