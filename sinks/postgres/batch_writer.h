/*
 * What a batch brings, inside an open transaction:
 *   1. Facts and aggregates under a savepoint, straight where the engine vouches for them. A unique violation takes this part back
 *      and writes it again, asking first.
 *   2. A refused value takes it back too, and the range is halved until the culprit stands alone; that goes to quarantine.
 *   3. Anomalies and incidents, in the same way; quarantine.
 */
#ifndef POSTGRES_BATCH_WRITER_H
#define POSTGRES_BATCH_WRITER_H

#include "postgres/alert_writer.h"
#include "postgres/fact_writer.h"
#include "postgres/side_writer.h"

struct batch_writer {
    struct pg_link *link; /* borrowed, as are dims and pipeline */
    struct dims *dims;
    const char *pipeline;
    struct fact_writer facts;
    struct alert_writer alerts;
    struct side_writer side;
    struct reject *refused; /* by the database, in this batch */
    size_t refused_count, refused_room;
    bool asks_first;     /* the last batches met rows that the engine had vouched for as new */
    uint64_t delta_rows; /* appended to the product deltas and not folded yet, as far as this process knows */
};

/* Zero it first, but for alerts.to_topic and alerts.to_webhook. false when memory is out; give it to batch_writer_done either way. */
bool batch_writer_init(struct batch_writer *writer, struct pg_link *link, struct dims *dims, const char *pipeline);
void batch_writer_done(struct batch_writer *writer);

/* Adds to counts. On false the transaction must be rolled back. */
bool batch_writer_write(struct batch_writer *writer, struct batch *batch, struct write_counts *counts,
                        struct pg_failure *failure);

#endif
