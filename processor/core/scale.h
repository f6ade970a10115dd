/*
 * Scales on which a metric's noise is even, x of a value v and back:
 *   SCALE_RAW          x = v                               ratios and averages
 *   SCALE_ROOT         x = sign(v) (sqrt(|v| + 1) - 1)     counts and sums, whose variance grows as their mean; never below 0
 *   SCALE_SIGNED_ROOT  the same                            sums that may be negative, as profit
 *   SCALE_LOG          x = sign(v) ln(|v| + 1)             amounts of one event: they differ by factors, and their tail is long
 * A mean of x taken back is not the mean of v: scale_mean adds what the spread of x is worth. Pure, no failure.
 */
#ifndef CORE_SCALE_H
#define CORE_SCALE_H

#include <math.h>
#include <stdbool.h>

#define SCALE_VALUE_MAX 1e30 /* of |v|: what is larger, or no number, enters nothing */

enum scorer_scale { SCALE_RAW, SCALE_ROOT, SCALE_SIGNED_ROOT, SCALE_LOG };

static inline bool scale_takes(double value)
{
    return fabs(value) <= SCALE_VALUE_MAX; /* false for NaN */
}

static inline double scale_to(enum scorer_scale scale, double value)
{
    if (scale == SCALE_RAW)
        return value;
    return copysign(scale == SCALE_LOG ? log(fabs(value) + 1) : sqrt(fabs(value) + 1) - 1, value);
}

/* Finite: what lies beyond e^230 (1e100) on the log scale ends there. */
static inline double scale_from(enum scorer_scale scale, double x)
{
    if (scale == SCALE_RAW)
        return x;
    if (scale == SCALE_LOG)
        return copysign(expm1(fmin(fabs(x), 230)), x);
    double root = fabs(x) + 1, value = copysign(root * root - 1, x);
    return scale == SCALE_ROOT && value < 0 ? 0 : value;
}

/* The mean of v where x has that mean and sd. Roots: E[root]^2 + Var[root], exactly. Logs: that of the log-normal, exp(mean + sd^2 / 2). */
static inline double scale_mean(enum scorer_scale scale, double mean, double sd)
{
    if (scale == SCALE_LOG)
        return scale_from(scale, mean + copysign(sd * sd / 2, mean));
    return scale_from(scale, mean) + (scale == SCALE_RAW ? 0 : copysign(sd * sd, mean));
}

/* The least sd of x around expected: a share of it, and a step of the metric's unit, which is smaller in x the larger v is (dx / dv). On
 * the log scale, where an sd is itself a share, the share is that of v: 0.02 is 2 % of the value there. */
static inline double scale_floor(enum scorer_scale scale, double relative, double unit, double expected)
{
    double size = fabs(expected), share = relative * size;
    if (scale == SCALE_LOG) {
        double step = exp(-size); /* dx = dv / (v + 1) */
        return fmax(relative * (1 - step), unit * step);
    }
    if (scale != SCALE_RAW)
        unit /= 2 * (size + 1); /* d sqrt(v + 1) = dv / (2 sqrt(v + 1)) */
    return share > unit ? share : unit;
}

#endif
