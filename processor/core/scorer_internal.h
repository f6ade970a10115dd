/*
 * What a scorer is made of, for scorer.c, which tests, and scorer_learn.c, which learns. Nobody else includes this.
 */
#ifndef CORE_SCORER_INTERNAL_H
#define CORE_SCORER_INTERNAL_H

#include <math.h>

#include "core/scorer.h"
#include "core/sorted_window.h"
#include "core/window.h"

#define MAD_TO_SD 1.4826022185056018 /* 1 / the normal's upper quartile */

/* fmax and fmin are calls, and no NaN comes here. */
static inline double larger(double a, double b)
{
    return a > b ? a : b;
}

static inline double smaller(double a, double b)
{
    return a < b ? a : b;
}

static inline double root_of(uint32_t events)
{
    return events == 1 ? 1 : sqrt(events);
}

/* What every method begins with. */
struct scorer {
    _Alignas(8) uint32_t count; /* as aligned as what it is the beginning of */
};

static inline double per_root(double value, double root_events)
{
    return root_events == 1 ? value : value / root_events;
}

/* Exponentially weighted, as 1 / n at first. */
struct spread {
    double mean, variance;
};

struct scorer_seasonal {
    struct scorer base;
    uint32_t excess_count;
    double excess;             /* mean length of the tail beyond TAIL_START sd, relative to a normal one's; 0: as if 1 */
    struct profile profile;
    struct spread last, mean, long_mean; /* of residuals, and of the means of some of them */
    double mean_sum, long_sum;           /* of the newest span - 1 and long_span - 1 residuals */
    union {
        double first[SCORER_FIRST];    /* the first values, as long as count is below SCORER_FIRST */
        float recent[SCORER_SPAN_MAX]; /* residuals, a ring by count */
    };
};
_Static_assert(sizeof(struct scorer_seasonal) <= 400, "with its gate and its bucket a series has to stay within 512 bytes");

struct scorer_plain {
    struct scorer base;
    struct value_window window; /* its values are those here, whenever it is used */
    double values[];
};

struct scorer_robust {
    struct scorer base;
    uint32_t unused;
    struct sorted_window window;
};

static inline struct profile_slot slot_used(const struct scorer_config *config, struct profile_slot slot)
{
    return config->method == SCORER_SEASONAL ? slot : (struct profile_slot){0, 0};
}

static inline bool is_profiled(const struct scorer_config *config)
{
    return config->method == SCORER_SEASONAL || config->method == SCORER_EWMA;
}

static inline double sd_floor(const struct scorer_config *config, double expected)
{
    return scale_floor(config->scale, config->floor_relative, config->floor_unit, expected);
}

#endif
