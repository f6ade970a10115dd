/*
 * What the engine is made of, for engine.c, which applies events, and engine_state.c, which saves and restores it. Nobody else
 * includes this.
 */
#ifndef CORE_ENGINE_INTERNAL_H
#define CORE_ENGINE_INTERNAL_H

#include "core/engine.h"
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

#endif
