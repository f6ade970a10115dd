/*
 * Records that must be refused: which reasons each kind of event is spoilt for, and how.
 */
#ifndef PRODUCERS_SIM_MALFORMED_H
#define PRODUCERS_SIM_MALFORMED_H

#include "schemas/event.h"
#include "schemas/reason.h"

/* The reasons of a kind, by turns. */
enum reason sim_malformed_reason(enum event_kind kind, uint32_t turn);

/* Spoils the event itself where the reason is one of its values; reasons of bytes are sim_spoil's. */
void sim_spoil_event(enum reason reason, struct event *event);

#endif
