/*
 * How unusual the value of one event is, against those of the key's last events: a rolling z on the metric's scale (core/scale.h),
 * calibrated by Student's t (core/zscore.h) and by the series' own tail (core/tail.h), above and below for themselves: a wholesaler
 * has many orders that are far too small and hardly one too large.
 *
 * Of struct scorer_config it uses window (a multiple of 16: the baseline holds 15/16 of them to all), warm_up, scale, tail_pace, floors and
 * last_z. All of that is the same in every call for a series. Pointer-free, all zero is an empty one, its bytes are its snapshot. Pure. Not
 * thread-safe.
 */
#ifndef CORE_EVENT_SERIES_H
#define CORE_EVENT_SERIES_H

#include <stdbool.h>

#include "core/scorer.h"
#include "core/window.h"

struct event_series {
    struct event_window window; /* of x */
    double tail[2];             /* below and above the baseline, as core/tail.h tells it */
    uint32_t excess_count[2];
};

/* A value beside what it is tested against, and not part of it. */
struct event_sample {
    double value, x;
    struct moments baseline;
};

/* value: finite and of a size of 1e30 at most. */
struct event_sample event_sample_of(const struct event_series *series, const struct scorer_config *config, double value);

/* True where the sample stands out: ret_verdict's strength is 1 and above, or -1 and below. False, ret untouched, elsewhere and before
 * warm_up. lower and upper: where it would just stand out by widening (1 and above) times last_z. Cheap unless the value comes near. */
bool event_series_test(const struct event_series *series, const struct scorer_config *config, const struct event_sample *sample,
                       double widening, struct verdict *ret_verdict);

/* The value, and how far it lay out, enter the series. */
void event_series_learn(struct event_series *series, const struct scorer_config *config, const struct event_sample *sample);

/* Whether bytes can be a series of that config: for those that come from outside, before they are used. */
bool event_series_fits(const struct event_series *series, const struct scorer_config *config);

#endif
