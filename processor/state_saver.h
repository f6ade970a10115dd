/*
 * How the engines' states get into the sink: one lane at a time, its state taken in one go between two batches (a pass over its
 * memory, during which nothing is polled: about 10 ms per 100,000 series), then carried out in pieces of STATE_PIECE_BYTES, one
 * per batch, so that no batch waits long for it. A lane's turn comes every snapshot_every_us, if it has moved. Where states
 * are large the turns are stretched: what they cost, on this thread and in the sink, stays below 1/STATE_COST_SHARE of the time.
 *
 * Memory: a copy of one lane's state, from its turn until its last piece is written.
 */
#ifndef PROCESSOR_STATE_SAVER_H
#define PROCESSOR_STATE_SAVER_H

#include "core/snapshot.h"
#include "sinks/sink.h"

#define STATE_COST_SHARE 50

struct pipeline;

struct state_saver {
    struct snapshot_writer state; /* what is being carried out */
    struct state_piece next;      /* its next piece; bytes NULL: none is under way */
    int64_t cost_us;              /* of this state so far */
    uint64_t fingerprint;
};

void state_saver_init(struct state_saver *saver, const struct pipeline *pipeline);
void state_saver_done(struct state_saver *saver);

/* There is a piece to carry out, or a lane whose turn it is. */
bool state_saver_wants(const struct pipeline *pipeline);

/* Gives the batch a piece where there is one. The batch is about to be written and brings the engines' lanes up to where the
 * engines are. */
void state_saver_offer(struct pipeline *pipeline, struct batch *batch);

/* Puts the checksums on, ahead of the first piece; by the thread that writes. */
void state_saver_seal(struct state_piece *piece);

/* The batch is in the sink, and its piece took that long. */
void state_saver_written(struct pipeline *pipeline, const struct batch *batch, uint64_t sink_us);

/* The lanes go: what is not written yet is given up. */
void state_saver_drop(struct state_saver *saver);

#endif
