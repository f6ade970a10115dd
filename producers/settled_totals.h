/*
 * The part of an import's totals that is of settlements: per column and per type, and what the stream will book of them. One
 * thread.
 */
#ifndef PRODUCERS_SETTLED_TOTALS_H
#define PRODUCERS_SETTLED_TOTALS_H

#include "core/settlement.h"
#include "common/arena.h"
#include "producers/import_totals.h"

struct settled_totals {
    struct arena scratch;
    struct shop_policy policy;
};

/* zone is borrowed. */
void settled_totals_init(struct settled_totals *settled, const struct zone *zone);
void settled_totals_done(struct settled_totals *settled);

/* Makes of the event what the engine makes of it: its rows. The fact is valid until the next call. */
enum reason settled_totals_fact(struct settled_totals *settled, const struct event *event, struct settlement_fact *ret_fact);

/* Adds an event of EVENT_SETTLEMENT. false with err: a total does not fit, or the engine would refuse the line. */
bool settled_totals_add(struct settled_totals *settled, const struct event *event, struct import_totals *totals, struct err *err);

#endif
