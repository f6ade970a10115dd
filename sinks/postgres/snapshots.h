/*
 * tillstream.engine_snapshot and its pieces: the engines' states.
 *   1. A piece goes in with the batch that brings it, under the epoch of its owner: who was fenced adds nothing.
 *   2. The last piece brings the row that makes the state whole. Older ones than the two newest go then, and with them pieces
 *      of states that were given up.
 *   3. The newest is the one of the highest epoch, then offset. A position that was set back by hand takes the states beyond it
 *      along: who takes over forgets them.
 */
#ifndef POSTGRES_SNAPSHOTS_H
#define POSTGRES_SNAPSHOTS_H

#include "postgres/pg_link.h"
#include "sinks/sink.h"

struct snapshots {
    const char *pipeline; /* borrowed */
    struct pg_array columns[2];
};

void snapshots_done(struct snapshots *snapshots);

/* The batch's piece, if it brings one; adds to counts. */
bool snapshots_write(struct snapshots *snapshots, struct pg_link *link, const struct batch *batch, struct write_counts *counts,
                     struct pg_failure *failure);

/* Forgets states beyond the positions that these partitions stand at. */
bool snapshots_forget_beyond(struct snapshots *snapshots, struct pg_link *link, const struct position *positions, size_t count,
                             struct pg_failure *failure);

/* Hands the whole states of a partition to on_state, the newest first, until it returns true. One that lacks pieces is handed
 * over as far as it goes. */
bool snapshots_load(struct snapshots *snapshots, struct pg_link *link, const struct position *of,
                    bool (*on_state)(void *ctx, const struct stored_state *state), void *ctx, struct pg_failure *failure);

#endif
