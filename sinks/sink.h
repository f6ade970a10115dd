/*
 * Where batches go. One batch is written in one transaction: facts, aggregates, anomalies, quarantine, positions, all or
 * nothing. A sink is used by one thread at a time.
 */
#ifndef SINKS_SINK_H
#define SINKS_SINK_H

#include "common/arena.h"
#include "common/err.h"
#include "core/fact.h"
#include "schemas/reason.h"

#define POSITIONS_MAX 256

/* A partition's place in the log, as the sink holds it. topic is borrowed from the configuration. */
struct position {
    const char *topic;
    int32_t partition;
    int64_t next_offset;     /* the first offset that is not in the sink yet; -1: the sink has none */
    int64_t epoch;           /* grows with every take-over: an owner with an older one writes nothing */
};

/* How a batch moves one position. */
struct advance {
    struct position from;    /* what this process believes the sink holds */
    int64_t next_offset;     /* what it holds after this batch; equal to from.next_offset: untouched */
};

struct reject {
    struct origin origin;
    enum reason reason;
    struct text detail;      /* may be absent */
    struct text key, value;  /* raw bytes as they came; absent where null */
};

struct data_gap {
    struct position position; /* next_offset: first offset missed */
    int64_t to_offset;        /* first offset that is there */
};

/* How the facts of a batch met what the sink held. */
struct write_counts {
    uint64_t orders_new, orders_revised, orders_duplicate, orders_stale;
    uint64_t ad_spends_new, ad_spends_revised, ad_spends_duplicate, ad_spends_stale;
    uint64_t refunds_new, refunds_revised, refunds_duplicate, refunds_stale;
    uint64_t settlements_new, settlements_revised, settlements_duplicate, settlements_stale;
    uint64_t catalog_new, catalog_revised, catalog_duplicate, catalog_stale;
    uint64_t rejects;      /* incl. those that the sink itself had to refuse */
    uint64_t fallbacks;    /* straight writes that met a row already there */
    uint64_t retries;      /* whole transactions repeated for the world's sake */
};

static inline void write_counts_add(struct write_counts *sum, const struct write_counts *part)
{
    sum->orders_new += part->orders_new;
    sum->orders_revised += part->orders_revised;
    sum->orders_duplicate += part->orders_duplicate;
    sum->orders_stale += part->orders_stale;
    sum->ad_spends_new += part->ad_spends_new;
    sum->ad_spends_revised += part->ad_spends_revised;
    sum->ad_spends_duplicate += part->ad_spends_duplicate;
    sum->ad_spends_stale += part->ad_spends_stale;
    sum->refunds_new += part->refunds_new;
    sum->refunds_revised += part->refunds_revised;
    sum->refunds_duplicate += part->refunds_duplicate;
    sum->refunds_stale += part->refunds_stale;
    sum->settlements_new += part->settlements_new;
    sum->settlements_revised += part->settlements_revised;
    sum->settlements_duplicate += part->settlements_duplicate;
    sum->settlements_stale += part->settlements_stale;
    sum->catalog_new += part->catalog_new;
    sum->catalog_revised += part->catalog_revised;
    sum->catalog_duplicate += part->catalog_duplicate;
    sum->catalog_stale += part->catalog_stale;
    sum->rejects += part->rejects;
    sum->fallbacks += part->fallbacks;
    sum->retries += part->retries;
}

struct batch {
    struct arena arena;
    struct facts facts;
    bool sealed;              /* facts_seal was called since the last fact was added */
    struct reject *rejects;   /* in the arena */
    size_t reject_count, reject_room;
    struct advance advances[POSITIONS_MAX]; /* origin.slot is an index here */
    uint32_t advance_count;
    uint64_t record_count;    /* records polled into this batch, whatever became of them */
    uint64_t byte_count;
};

enum sink_result {
    SINK_OK,
    SINK_FENCED, /* another process took a partition over: nothing was written, drop the assignment */
    SINK_RETRY,  /* unreachable; nothing of this batch is known to be written. Positions must be read again */
    SINK_FATAL   /* rights, schema, configuration: nothing was written, stop */
};

/* What a sink knows of a shop from earlier runs. Texts live until the next call of any function of the sink. */
struct known_shop {
    struct text id, currency, platform, market; /* currency absent: no order yet */
    int32_t amount_scale;
};

struct sink {
    /* Makes the caller the owner of the partitions: bumps their epochs, fills next_offset (-1 where new) and epoch. */
    enum sink_result (*take_over)(struct sink *sink, struct position *positions, size_t count, struct err *err);
    /* Calls on_shop for every shop known. */
    enum sink_result (*load_shops)(struct sink *sink, void (*on_shop)(void *ctx, const struct known_shop *shop), void *ctx,
                                   struct err *err);
    /* Sets the start of partitions that the sink had no position of, or moves them behind a gap that was accepted. */
    enum sink_result (*start_at)(struct sink *sink, const struct position *from, int64_t next_offset, struct err *err);
    enum sink_result (*note_gap)(struct sink *sink, const struct data_gap *gap, struct err *err);
    /* Retries inside for as long as should_stop(ctx) is false; counts are added to, on SINK_OK only. */
    enum sink_result (*write)(struct sink *sink, struct batch *batch, struct write_counts *counts, struct err *err);
    /* Housekeeping while nothing is waiting (folding of deltas). May do nothing. */
    enum sink_result (*idle)(struct sink *sink, struct err *err);
    void (*close)(struct sink *sink); /* frees it; NULL is not allowed */
};

#endif
