/*
 * Which lanes make a refund rate together: those of orders and of refunds of one partition, which hold the same shops. Both are always
 * assigned to one process, for all topics have as many partitions; where one of them is not, there is no rate.
 *
 * Of a lane that catches up nothing is written, but what follows for the rate goes into the open batch all the same: whether it was told before
 * cannot be known, and what was told before changes nothing (core/refund_rate.h).
 */
#ifndef PROCESSOR_RATE_PAIRS_H
#define PROCESSOR_RATE_PAIRS_H

#include "core/refund_rate.h"
#include "processor/source.h"

struct lane;
struct pipeline;

struct rate_pair {
    int32_t partition;
    struct refund_rate *rate;
};

/* Makes the pairs of an assignment; before its lanes. */
bool rate_pairs_begin(struct pipeline *pipeline, const struct assigned *partitions, size_t count, struct err *err);
void rate_pairs_drop(struct pipeline *pipeline);

/* The lane's pair; NULL: it has none. */
struct rate_pair *rate_pair_of(struct pipeline *pipeline, const struct lane *lane);

/* The lane's engine has taken a record, and told told of it. */
void rate_pairs_step(struct pipeline *pipeline, struct lane *lane, struct origin origin, struct facts *told);

/* The state of a rate goes with those of its lanes; of several that fit the newest serves. */
void rate_pairs_load(struct pipeline *pipeline, const struct lane *lane, struct snapshot_reader *reader);

#endif
