/*
 * The engine of one partition: events in, facts and anomalies out. Pure: no I/O, no clock, no global; what it puts out is
 * a function of the events so far, whatever the batches they are cut into. Not thread-safe.
 */
#ifndef CORE_ENGINE_H
#define CORE_ENGINE_H

#include "core/detector.h"
#include "core/fact.h"
#include "core/snapshot.h"
#include "schemas/event.h"
#include "schemas/reason.h"

struct engine_config {
    struct detector_config detector;
    uint32_t memory_orders; /* recent orders remembered, at least twice the largest batch */
    uint32_t shops_max;
    /* Policy of a shop by id; never NULL. Called once per shop; pure. */
    const struct shop_policy *(*policy_of)(void *ctx, struct text shop_id);
    void *policy_ctx;
};

struct engine_counters {
    uint64_t orders, ad_spends, refunds, settlements, catalog; /* accepted into facts */
    uint64_t settlements_unknown;       /* with amounts or a type that have no name here */
    uint64_t settlements_broken;        /* that do not add up */
    uint64_t duplicates;                /* same revision, same content */
    uint64_t stale;                     /* an older revision came late */
    uint64_t conflicts;                 /* same revision, other content: the larger content hash wins */
    uint64_t folded;                    /* replaced an earlier revision inside the same batch */
    uint64_t rejects;
};

struct engine;

/* from_start: the engine sees the partition from its first record, so an order it does not remember is new. Copies config.
 * NULL when memory is out. */
struct engine *engine_new(const struct engine_config *config, bool from_start);
void engine_free(struct engine *engine);

/* What is known of a shop from earlier runs. Call before the first event; texts are copied. shop_hash is as decoding fills it.
 * false when memory is out or there are more than shops_max. */
bool engine_know_shop(struct engine *engine, struct text shop_id, uint64_t shop_hash, struct text currency,
                      int32_t amount_scale, struct text platform, struct text market);

/*
 * Turns an event into facts. The event's texts and lines must live as long as facts' memory. A rejected event leaves no
 * trace but its count. A duplicate or stale event that the engine remembers leaves none either; what it cannot know is
 * settled by the sink. logged_at_us is when the log took the record (-1: unknown): an order, refund or report that claims to be from
 * more than a day after that is refused. Where it is unknown, one from more than a day after everything before it is booked, but enters no
 * statistics until the next ones confirm it (core/event_clock.h). Amortised O(lines), no allocation but facts' memory and the growth of bounded tables.
 */
enum reason engine_apply(struct engine *engine, struct event *event, struct origin origin, int64_t logged_at_us,
                         struct facts *facts);

/* Up to when the statistics of a feed are settled: no bucket of a shop that ends at or before it will come among facts' settled any more. */
struct settled_until engine_settled_until(const struct engine *engine, enum feed feed);

/* Exchanges the policies of all shops, present and future. No fact made by the old ones may be in use any more. */
void engine_set_policies(struct engine *engine, const struct shop_policy *(*policy_of)(void *ctx, struct text shop_id),
                         void *policy_ctx);

/*
 * The state as sections of a snapshot, and an engine as it was when they were written: put to the same further events it puts out
 * the same, but for the counters, which begin at 0, and for orders of the open batch, which it no longer folds. Cost: one
 * pass over the state's memory.
 *
 * A snapshot fits engines of the same fingerprint only: it covers what of the configuration the statistics depend on (the
 * detector's settings, the sizes of memories), not the shops' policies, which change while the program runs.
 *
 * engine_load: NULL where the snapshot does not fit or memory is out, nothing half-restored then. Trusts no byte of it.
 */
void engine_save(const struct engine *engine, struct snapshot_writer *writer);
struct engine *engine_load(const struct engine_config *config, struct snapshot_reader *reader);
uint64_t engine_fingerprint(const struct engine_config *config);

/* Whether events of that topic leave anything in the engine but counters: only then is there a state to save. */
bool engine_remembers(enum event_topic topic);

/* Counts from 0 again: after records that were counted in an earlier run. */
void engine_forget_counters(struct engine *engine);

const struct engine_counters *engine_counters(const struct engine *engine);
void engine_detector_counters(const struct engine *engine, struct detector_counters *ret_counters);

#endif
