/*
 * A source that plays records from memory: the log of a few partitions, served round robin, as a broker would after an
 * assignment. For tests and benches; no threads, no time.
 */
#ifndef SUPPORT_SCRIPTED_SOURCE_H
#define SUPPORT_SCRIPTED_SOURCE_H

#include "processor/source.h"

struct scripted_log {
    const char *topic;
    int32_t partition;
    const struct record *records; /* offset, key and value are used; ascending offsets */
    size_t count;
    int64_t low_offset;           /* earlier records are gone */
};

/* logs are borrowed. The first poll assigns all of them; behind the end it is idle. */
struct source *scripted_source_new(const struct scripted_log *logs, size_t count, const struct source_handler *handler);

/* Takes the partitions away and gives them back, at the next poll. */
void scripted_source_rebalance(struct source *source, bool lost);

/* What happens to who reads; all zero: nothing. */
struct scripted_fate {
    uint64_t dies_at;         /* poll of that number fails for good: what was not written by then is as after a kill */
    uint64_t rebalance_every; /* polls; lost and given back in turn */
    size_t burst;             /* records in a row of one partition */
};
void scripted_source_fate(struct source *source, const struct scripted_fate *fate);

#endif
