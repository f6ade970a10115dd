/*
 * How unusual the next value of a series is, against what was learnt of it before: one key and metric, one value per bucket (or
 * sample), in order.
 *   x        = value on a scale where its noise is even (core/scale.h)
 *   residual = x - expected(hour, weekday)          [seasonal; a running mean for ewma; the window's mean or median otherwise]
 *   z        = (residual - mean) / sd of the residuals so far, exponentially weighted; sd at least the floors
 *   z of the means of the last `span` and `long_span` residuals likewise, against the spread that such means have had: residuals of real series
 *              hang together, so sd / sqrt(span) would be far too small
 * z is then calibrated: by Student's t (core/zscore.h), and the last value's by the series' own tail. Beyond 2 it is divided by
 * how much longer the series' excesses over 2 are than a normal's 0.373, so that 5 is as rare in a series that is given to bursts.
 * The value that is tested is never part of its own baseline: test first, learn afterwards.
 *
 * State is pointer-free: scorer_bytes() bytes, aligned to 8; all zero is an empty one; its bytes are its snapshot. It must be used
 * with one and the same config. Pure, no failure. Not thread-safe.
 */
#ifndef CORE_SCORER_H
#define CORE_SCORER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/profile.h"
#include "core/scale.h"

enum scorer_method {
    SCORER_SEASONAL, /* hour-of-day and day-of-week profile */
    SCORER_PLAIN,    /* textbook: mean and sd of exactly the last `window` values */
    SCORER_EWMA,     /* as seasonal, with a running mean instead of a profile */
    SCORER_ROBUST,   /* median and 1.4826 MAD of exactly the last `window` values */
};

#define SCORER_SPAN_MAX 16
#define SCORER_FIRST 8 /* values that set level and spread, by their median and its deviation: one wild one among them does no harm */
#define SCORER_WINDOW_MAX 2880 /* of plain and robust: what the state has room for */

struct scorer_config {
    enum scorer_method method;
    enum scorer_scale scale;
    uint32_t window;  /* of plain and robust: values, 3 .. SCORER_WINDOW_MAX */
    uint32_t memory;  /* of the others: the spread of the last so many values counts, older ones fade */
    uint32_t warm_up; /* values before the first verdict, > SCORER_FIRST */
    uint32_t span, long_span; /* of the two means that are tested beside the last value: what is too little in each of some values adds
                                 up. 2 .. SCORER_SPAN_MAX, the newest included; 0: none. Not for plain and robust */
    struct profile_pace pace;
    double clip_sd;        /* one value teaches no more than this many sd; 0: without limit */
    double tail_pace;      /* weight of an excess in the tail's length; 0: the tail is taken for a normal one */
    double floor_relative; /* sd is at least this share of |expected|, on the scale that is used (scale_floor) ... */
    double floor_unit;     /* ... and at least this much, in the metric's unit */
    double last_z, mean_z, long_z; /* at which the last value and the two means stand out; calibrated */
};

/* What ships: but for the scale and the metric's unit, the same numbers whatever the series is. plain takes values as they are whatever
 * the scale, so that its z can be checked by hand. */
void scorer_config_default(enum scorer_method method, enum scorer_scale scale, struct scorer_config *ret_config);

struct verdict {
    double value;                  /* that was tested, in the metric's unit, as are the next three */
    double expected, lower, upper; /* lower, upper: where the last value alone would just stand out */
    double z_raw, z;               /* of whichever of the tests came nearest to its level */
    double strength;               /* z / its level: stands out at 1 and above, at -1 and below. Where raw z is below its level,
                                      z is not calibrated by n: it would only be smaller */
    uint32_t n;                    /* residuals in the baseline */
    bool of_mean;                  /* z is that of one of the means */
    bool flat;                     /* the baseline has no spread of its own: sd is the floor */
};

struct scorer;

/* Size of a scorer's state. seasonal and ewma: the same whatever their config says. */
size_t scorer_bytes(const struct scorer_config *config);

/*
 * False, ret untouched: before warm_up, for values that are not finite or beyond 1e30, and where nothing gives a scale (no spread
 * and no floor). Cheap unless the value comes near to a level.
 */
bool scorer_test(const struct scorer *scorer, const struct scorer_config *config, struct profile_slot slot, double value,
                 struct verdict *ret_verdict);

/* The value enters the baseline; the same ones that cannot be tested are ignored. */
void scorer_learn(struct scorer *scorer, const struct scorer_config *config, struct profile_slot slot, double value);

/* The same for a value that is the average of so many events (>= 1) of its bucket: its residual counts by the root of that number, so
 * that an hour of forty orders is not as uncertain as one of two. A bucket without events has no average and is left out. plain and
 * robust take all averages alike. A series must be fed by one of the two pairs only. */
bool scorer_test_average(const struct scorer *scorer, const struct scorer_config *config, struct profile_slot slot, double value,
                         uint32_t events, struct verdict *ret_verdict);
void scorer_learn_average(struct scorer *scorer, const struct scorer_config *config, struct profile_slot slot, double value,
                          uint32_t events);

/*
 * The usual case of the above at a fraction of their cost. True where scorer_test_average would return true and a strength between -1
 * and 1; the value is then learnt, if learns says so, as scorer_learn_average would. False says nothing, and nothing was done: with
 * plain and robust always.
 */
bool scorer_pass(struct scorer *scorer, const struct scorer_config *config, struct profile_slot slot, double value, uint32_t events,
                 bool learns);

/* What a value at that slot should be, in the metric's unit: its mean, not the root's. 0 where nothing was learnt. */
double scorer_expected(const struct scorer *scorer, const struct scorer_config *config, struct profile_slot slot);

/* Whether bytes can be the state of a scorer of that config: for those that come from outside, before they are used. */
bool scorer_fits(const struct scorer *scorer, const struct scorer_config *config);

/* Values learnt so far. */
uint32_t scorer_count(const struct scorer *scorer);

#endif
