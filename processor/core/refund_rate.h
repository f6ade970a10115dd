/*
 * The refund rate of shops: what is given back on a day in the shop's zone / gross of what was sold on it. The two sides come from two
 * topics, which are read independently; so the rate is made of what either side has settled for good (facts' settled), and a day is judged
 * when both have settled it: what is told is a function of the two logs, however they interleave and wherever they are cut.
 * A day that a side has not seen, or not judged, as a whole (its first, one of silence, one that a known event mutes) is left out.
 *
 * Recovery. A side that is read again tells again what it has told: that changes nothing, for each shop's buckets are taken in order, once.
 * So any state serves that is no newer than what the sink holds, and the newest of several is the right one to go on from. What follows from it
 * is told again, under the same identity, which the sink knows.
 *
 * Pure. Not thread-safe. One partition's shops.
 */
#ifndef CORE_REFUND_RATE_H
#define CORE_REFUND_RATE_H

#include "core/engine.h"

struct refund_rate;

/* Whether the configuration wants it at all. */
bool refund_rate_wanted(const struct detector_config *config);

/* Copies config. NULL when memory is out. */
struct refund_rate *refund_rate_new(const struct engine_config *config);
void refund_rate_free(struct refund_rate *rate);

/* A bucket that is settled. Where memory is out, or there are too many shops or open days, it takes no part, and counts as a value of a key
 * that found no room. */
void refund_rate_take(struct refund_rate *rate, const struct settled_fact *settled);

/* A side has told of all buckets up to there. Judges the days that both sides have settled now. origin: the event that moved the time; it and
 * facts as of detector_advance. Cheap where nothing is due. */
void refund_rate_reach(struct refund_rate *rate, bool given_back, struct settled_until until, struct origin origin, struct facts *facts);

/* Exchanges the policies of all shops, as engine_set_policies. */
void refund_rate_set_policies(struct refund_rate *rate, const struct shop_policy *(*policy_of)(void *ctx, struct text shop_id),
                              void *policy_ctx);

/* Sections of their own in a snapshot of either side's engine; of the engine's fingerprint. NULL where there are none, they do not fit, or
 * memory is out. Trusts no byte. */
void refund_rate_save(const struct refund_rate *rate, struct snapshot_writer *writer);
struct refund_rate *refund_rate_load(const struct engine_config *config, struct snapshot_reader *reader);

/* Whether a has taken more than b. */
bool refund_rate_is_newer(const struct refund_rate *a, const struct refund_rate *b);

void refund_rate_count(const struct refund_rate *rate, struct detector_counters *ret_counters);

#endif
