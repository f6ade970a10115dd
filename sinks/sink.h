/*
 * Where batches go. One batch is written in one transaction: facts, aggregates, anomalies, quarantine, positions, a piece of the
 * engine's state, all or nothing. A sink is used by one thread at a time.
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

/*
 * The state of the engine of one lane (core/snapshot.h) as it was before record next_offset, on its way into the sink: cut into
 * pieces, one per batch, so that no transaction grows by more than STATE_PIECE_BYTES. It counts once the last piece is in; the
 * sink keeps the two newest whole ones of a lane and forgets older ones then.
 */
#define STATE_PIECE_BYTES (INT64_C(1) << 20)

struct state_piece {
    uint32_t slot;        /* of the lane in advances */
    int64_t next_offset;  /* never beyond what the sink holds once this batch is in */
    uint64_t fingerprint; /* of the configuration that the state belongs to */
    uint8_t *bytes;       /* of the whole state, borrowed until the batch is done; NULL: the batch brings none */
    size_t len;
    uint32_t index;       /* the piece that this batch brings: bytes from index * STATE_PIECE_BYTES */
};

static inline uint32_t state_piece_count(size_t len)
{
    return (uint32_t)((len + STATE_PIECE_BYTES - 1) / STATE_PIECE_BYTES);
}

static inline size_t state_piece_len(const struct state_piece *piece)
{
    size_t from = piece->index * (size_t)STATE_PIECE_BYTES;
    return piece->len - from < (size_t)STATE_PIECE_BYTES ? piece->len - from : (size_t)STATE_PIECE_BYTES;
}

/* A state as the sink hands it back. The bytes live until the callback returns. */
struct stored_state {
    int64_t next_offset;
    uint64_t fingerprint;
    const uint8_t *bytes;
    size_t len;
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
    uint64_t states, state_bytes, state_us; /* whole states written; bytes of their pieces and the time that these took */
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
    sum->states += part->states;
    sum->state_bytes += part->state_bytes;
    sum->state_us += part->state_us;
}

struct batch {
    struct arena arena;
    struct facts facts;
    bool sealed;              /* facts_seal was called since the last fact was added */
    struct reject *rejects;   /* in the arena */
    size_t reject_count, reject_room;
    struct advance advances[POSITIONS_MAX]; /* origin.slot is an index here */
    uint32_t advance_count;
    struct state_piece state;
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
    /* Makes the caller the owner of the partitions: bumps their epochs, fills next_offset (-1 where new) and epoch. States of
     * records beyond next_offset are forgotten: they belong to another reading of the log. */
    enum sink_result (*take_over)(struct sink *sink, struct position *positions, size_t count, struct err *err);
    /* Calls on_shop for every shop known. */
    enum sink_result (*load_shops)(struct sink *sink, void (*on_shop)(void *ctx, const struct known_shop *shop), void *ctx,
                                   struct err *err);
    /* Hands the whole states of a partition to on_state, the newest first, until it returns true. Harmless where there are none. */
    enum sink_result (*load_states)(struct sink *sink, const struct position *of,
                                    bool (*on_state)(void *ctx, const struct stored_state *state), void *ctx, struct err *err);
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
