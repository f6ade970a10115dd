/*
 * tillstream.source_position: where every partition stands, and who may move it.
 *   1. Taking over gives a partition a new epoch, larger than any before.
 *   2. A batch moves a position only from exactly what its process believes, under its own epoch. Where that finds no row,
 *      another process owns the partition: nothing of the batch may be written.
 *   3. The moved row is locked until the commit, so one who takes over waits for a batch that is under way and then starts
 *      behind it.
 */
#ifndef POSTGRES_POSITIONS_H
#define POSTGRES_POSITIONS_H

#include "postgres/pg_link.h"
#include "sinks/sink.h"

struct positions {
    const char *pipeline, *owner; /* borrowed */
    struct pg_array columns[5];
};

void positions_done(struct positions *positions);

bool positions_take_over(struct positions *positions, struct pg_link *link, struct position *taken, size_t count,
                         struct pg_failure *failure);

/* Advances that move nothing are left out. ret_owner is false where any of the others is no longer ours; some may have been
 * moved then, so roll back. */
bool positions_advance(struct positions *positions, struct pg_link *link, const struct advance *advances,
                       size_t advance_count, bool *ret_owner, struct pg_failure *failure);

/* Whether the database stands where the advances lead, under our epoch: then they were committed, whatever became of the
 * answer. */
bool positions_arrived(struct positions *positions, struct pg_link *link, const struct advance *advances,
                       size_t advance_count, bool *ret_arrived, struct pg_failure *failure);

bool positions_note_gap(struct positions *positions, struct pg_link *link, const struct data_gap *gap,
                        struct pg_failure *failure);

#endif
