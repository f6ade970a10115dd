/*
 * The memory of one batch and how it fills. See sinks/sink.h for what a batch is.
 */
#ifndef PROCESSOR_BATCH_H
#define PROCESSOR_BATCH_H

#include "sinks/sink.h"

/* NULL when memory is out. */
struct batch *batch_new(void);
void batch_free(struct batch *batch);

/* Empties the batch, keeps up to keep_bytes of its memory, gives it the sequence (never 0). */
void batch_reset(struct batch *batch, uint64_t sequence, size_t keep_bytes);

/* Computes the hashes of all rows, unless that was done since the last fact was added. */
void batch_seal(struct batch *batch);

/* Adds a refused record; key and value must live as long as the batch's arena. */
void batch_reject(struct batch *batch, struct origin origin, enum reason reason, struct text key, struct text value);

#endif
