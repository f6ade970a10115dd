/*
 * What the engine is made of, for engine.c, which applies events, engine_orders.c, which applies orders, and engine_state.c, which saves
 * and restores it. Nobody else includes this.
 */
#ifndef CORE_ENGINE_INTERNAL_H
#define CORE_ENGINE_INTERNAL_H

#include <string.h>

#include "core/engine.h"
#include "core/event_clock.h"
#include "core/recent_orders.h"
#include "core/spend_memory.h"

struct engine {
    struct engine_config config;
    struct shop_table *shops;
    struct recent_orders *recent;
    /* A clock each: ad platforms report a day after it ended and restate it later, orders come as they happen. */
    struct detector *detectors[FEED_LANES];
    struct spend_memory spend_rows;
    bool from_start;
    struct engine_counters counters;
};

static inline struct shop *shop_of(struct engine *engine, const struct event *event)
{
    return shop_table_get(engine->shops, event->shop_id, event->shop_hash, engine->config.policy_of,
                          engine->config.policy_ctx);
}

static inline bool currency_is(const char *currency, struct text text)
{
    return text.len == 3 && memcmp(currency, text.ptr, 3) == 0;
}

/* Its time would end the buckets of all the others; and what it is about has not happened. A property of the record alone. */
static inline bool is_from_the_future(int64_t at_us, int64_t logged_at_us)
{
    return logged_at_us >= 0 && at_us > logged_at_us + CLOCK_LEAD_US;
}

/* What is told of one fact, and when it was. */
struct observation {
    struct detector *detector;
    const struct shop *shop;
    int64_t at_us;
    struct origin origin;
    struct facts *facts;
};

/* Adds sums to the key's bucket; its record, for what is tested of the event itself, or NULL. */
static inline struct key_record *observe(const struct observation *seen, enum dimension dimension, uint64_t hash, struct text text,
                                         const double sums[PART_COUNT])
{
    const struct key key = {dimension, seen->shop, hash, text};
    struct key_record *record = detector_key(seen->detector, &key, seen->at_us);
    if (record)
        detector_add(seen->detector, dimension, record, seen->at_us, sums, seen->origin, seen->facts);
    return record;
}

/* Is it possible, what does it yield, is it new. Facts are added; a reason where it is refused. */
enum reason engine_apply_order(struct engine *engine, struct event *event, struct origin origin, int64_t logged_at_us, struct facts *facts);

#endif
