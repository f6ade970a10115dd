/*
 * A sink in memory with the rules of the real one, written as plainly as possible: latest revision wins, positions move by
 * compare-and-set, all or nothing. Failures happen on request. For tests and benches.
 */
#ifndef SUPPORT_MEMORY_SINK_H
#define SUPPORT_MEMORY_SINK_H

#include "sinks/sink.h"

enum memory_failure {
    MEMORY_WORKS,
    MEMORY_LOSES_BEFORE, /* SINK_RETRY, nothing written */
    MEMORY_LOSES_AFTER,  /* SINK_RETRY, everything written: the answer got lost */
    MEMORY_FENCES        /* somebody else took over: the epoch is bumped, SINK_FENCED */
};

struct memory_sink_totals {
    uint64_t orders, lines, rejects, ad_spends, writes;
    uint64_t anomalies, incidents;             /* different tellings of them ... */
    uint64_t anomalies_raised, incidents_told; /* ... and how many were written, which is more where one came again */
    uint64_t anomaly_digest, incident_digest;  /* over what they say */
    uint64_t states;
    int64_t gross_minor, net_minor, platform_fee_minor, ad_spend_minor; /* of booked orders */
    uint64_t digest; /* over all rows, whatever their order: equal digests are equal tables */
};

struct sink *memory_sink_new(void);

/* keep false: facts are only counted, not kept (for benches). */
void memory_sink_keep(struct sink *sink, bool keep);
/* Write number nth from now (1 is the next) fails like that. */
void memory_sink_fail(struct sink *sink, uint64_t nth, enum memory_failure failure);
void memory_sink_totals(const struct sink *sink, struct memory_sink_totals *ret_totals);
int64_t memory_sink_position(const struct sink *sink, const char *topic, int32_t partition);
/* Forgets the engines' states; damages the `count` newest ones of each partition. */
void memory_sink_forget_states(struct sink *sink);
void memory_sink_spoil_states(struct sink *sink, size_t count);
/* Forgets the positions but keeps the facts: the next run reads everything again. */
void memory_sink_rewind(struct sink *sink);

#endif
