/*
 * The t calibration costs a continued fraction; a calibrated z is never larger than its raw one (Student's tails are
 * thicker at every point, and the factor is below 1), so only raw z beyond the warning level pay for it.
 */
#include "core/zscore.h"

#include <assert.h>
#include <math.h>

#include "core/student.h"

double zscore_calibrate(double raw, uint32_t n)
{
    double t = fabs(raw) / sqrt(1 + 1.0 / n);
    return copysign(normal_log_tail_inverse(student_log_tail(t, n - 1.0)), raw);
}

double zscore_calibrate_near(double raw, uint32_t n)
{
    double t2 = raw * raw / (1 + 1.0 / n), df = n - 1.0;
    return copysign((8 * df + 1) / (8 * df + 3) * sqrt(df * log1p(t2 / df)), raw);
}

double zscore_uncalibrate(double calibrated, uint32_t n)
{
    double t = student_log_tail_inverse(normal_log_tail(fabs(calibrated)), n - 1.0);
    return copysign(t * sqrt(1 + 1.0 / n), calibrated);
}

bool zscore_passes(const struct moments *baseline, double deviation, const struct zscore_limits *limits,
                   struct zscore *ret_zscore)
{
    assert(baseline->n >= 2);
    double floor = fmax(limits->floor_relative * fabs(baseline->mean), limits->floor_unit);
    double sd = fmax(sqrt(fmax(baseline->m2, 0) / (baseline->n - 1)), floor);
    if (!(fabs(deviation) > limits->warn_z * sd) || !(sd > 0))
        return false;
    double raw = deviation / sd, calibrated = zscore_calibrate(raw, baseline->n);
    if (fabs(calibrated) < limits->warn_z)
        return false;
    double reach = zscore_uncalibrate(limits->warn_z, baseline->n) * sd;
    *ret_zscore = (struct zscore){raw, calibrated, -reach, reach, baseline->m2 <= 0};
    return true;
}
