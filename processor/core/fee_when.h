/*
 * When a rule of fees applies: its clock, its validity, its conditions.
 */
#ifndef CORE_FEE_WHEN_H
#define CORE_FEE_WHEN_H

#include <stdbool.h>

#include "core/fees.h"

struct fee_instant {
    int64_t at_us;
    bool estimated; /* the clock has not struck, or the order has not got as far as the rule asks */
};

/* What the clock shows for this order: its own instant, or the order's creation as an estimate. */
struct fee_instant fee_instant_of(enum fee_clock clock, const struct order *order, const struct fee_context *context);

/* Whether the conditions that are of the whole order hold at instant->at_us; may mark the instant as estimated. */
bool fee_when_holds(const struct fee_when *when, const struct order *order, const struct fee_context *context,
                    struct fee_instant *instant);

/* Whether the list allows this text. */
bool fee_texts_allow(const struct fee_texts *texts, struct text text);

#endif
