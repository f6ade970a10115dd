/*
 * A straight-line decoder for the one case that matters for speed: an order, written under exactly our schema, without
 * anything odd in it. It takes an event only where decode_plan_run takes it with the same result, and leaves everything else
 * to it: bad input, arrays in several blocks, numbers beyond 55 bits.
 */
#ifndef SCHEMAS_DECODE_FAST_H
#define SCHEMAS_DECODE_FAST_H

#include "common/arena.h"
#include "schemas/event.h"

/* true: ret_event is decoded, but for its hashes. false: it is undefined, ask decode_plan_run. */
bool decode_fast_order(const uint8_t *bytes, size_t len, struct arena *arena, struct event *ret_event);

#endif
