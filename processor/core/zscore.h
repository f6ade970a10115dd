/*
 * How far a value stands from a baseline it is not part of.
 *   raw z        = (value - mean) / sd, sd = max(sample sd, floor_relative * |mean|, floor_unit)
 *   calibrated z = the normal z that is as rare as t = raw / sqrt(1 + 1/n) is under Student's t, n - 1 degrees of freedom
 * A baseline of 14 values yields |raw| > 4 once in 510 by chance, not once in 16,000: only the calibrated z compares
 * across n.
 * The seasonal baselines to come change what is handed in as moments and deviation, not what is made of them.
 */
#ifndef CORE_ZSCORE_H
#define CORE_ZSCORE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/window.h"

struct zscore_limits {
    double warn_z; /* > 0 */
    double floor_relative, floor_unit;
};

struct zscore {
    double raw, calibrated;
    double lower, upper; /* deviations from the mean that would just not be a warning */
    bool flat;           /* the baseline has no spread of its own: sd is the floor */
};

/* Cheap and without a root: false where |deviation| can never pass warn_z, whatever the floors say. baseline->n >= 2. */
static inline bool zscore_may_pass(const struct moments *baseline, double deviation, double warn_z)
{
    return deviation * deviation * (baseline->n - 1) > warn_z * warn_z * baseline->m2;
}

/*
 * True where the calibrated z of value - mean reaches warn_z in size, and then fills ret_zscore; costs about 2 us.
 * Where the baseline has no spread and both floors are 0 there is no scale to measure by, and it is false. baseline->n >= 2.
 */
bool zscore_passes(const struct moments *baseline, double deviation, const struct zscore_limits *limits,
                   struct zscore *ret_zscore);

/* From a raw z to a calibrated one and back, n >= 2, odd in their first argument, rising, for |raw| < 1e150. */
double zscore_calibrate(double raw, uint32_t n);
double zscore_uncalibrate(double calibrated, uint32_t n);

/* zscore_calibrate to 1e-3 relative for |raw| <= 40 and n >= 256, in a hundredth of its time (D. L. Wallace 1959). */
double zscore_calibrate_near(double raw, uint32_t n);

#endif
