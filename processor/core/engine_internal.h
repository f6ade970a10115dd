/*
 * What the engine is made of, for engine.c, which applies events, and engine_state.c, which saves and restores it. Nobody else
 * includes this.
 */
#ifndef CORE_ENGINE_INTERNAL_H
#define CORE_ENGINE_INTERNAL_H

#include "core/engine.h"
#include "core/recent_orders.h"

struct engine {
    struct engine_config config;
    struct shop_table *shops;
    struct recent_orders *recent;
    /* Two clocks: ad platforms report a day after it ended and restate it later, orders come as they happen. */
    struct detector *order_detector, *spend_detector;
    int64_t order_watermark_us, spend_watermark_us;
    bool from_start;
    struct engine_counters counters;
};

#endif
