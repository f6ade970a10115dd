/*
 * P(T > t) = I_x(df/2, 1/2) / 2 with x = df / (df + t^2), the incomplete beta function, by its continued fraction
 * (Abramowitz and Stegun 26.5.8, evaluated by Lentz's method). Both inverses are Newton's method on a concave falling
 * function: one step from anywhere lands on the far side of the root, and from there the steps approach it without
 * crossing. Steps square the error, so the one after a step of 1e-8 would be below rounding.
 */
#include "core/student.h"

#include <math.h>
#include <stdbool.h>

#define LN_2 0.693147180559945309417
#define HALF_LN_2PI 0.918938533204672741780
#define SQRT_HALF 0.707106781186547524401
#define HALF_LN_PI 0.572364942924700087072
#define STEPS_MAX 100
#define LAST_STEP 1e-8
#define FRACTION_STEPS_MAX 100000
#define FRACTION_PRECISION 1e-15
#define ERFC_Z_MAX 20 /* far from where erfc underflows, 37 */

/* P(Z > z) / density(z) for z >= 20: Laplace's continued fraction 1/(z + 1/(z + 2/(z + 3/(z + ...)))), from its far end. */
static double mills_ratio(double z)
{
    double fraction = z;
    for (int i = 12; i >= 1; i--)
        fraction = z + i / fraction;
    return 1 / fraction;
}

double normal_log_tail(double z)
{
    if (z < ERFC_Z_MAX)
        return log(erfc(z * SQRT_HALF)) - LN_2;
    return -0.5 * z * z - HALF_LN_2PI + log(mills_ratio(z));
}

double normal_log_tail_inverse(double log_p)
{
    if (log_p >= -LN_2)
        return 0;
    double y = -2 * (log_p + HALF_LN_2PI);
    double z = y > 4 ? sqrt(y - log(y)) : sqrt(-2 * (log_p + LN_2)); /* the tail is about density / z */
    for (int i = 0; i < STEPS_MAX; i++) {
        double log_tail = normal_log_tail(z);
        double step = (log_tail - log_p) * exp(log_tail + 0.5 * z * z + HALF_LN_2PI);
        z += step;
        if (fabs(step) <= LAST_STEP * z)
            break;
    }
    return z;
}

/* ln Gamma(a + 1/2) - ln Gamma(a). The difference of two large lgamma would lose digits; the series is Stirling's. */
static double log_gamma_half_step(double a)
{
    if (a < 20) {
        int sign;
        return lgamma_r(a + 0.5, &sign) - lgamma_r(a, &sign);
    }
    double r = 1 / (a * a);
    return 0.5 * log(a) - (1 / a) * (1.0 / 8 - r * (1.0 / 192 - r * (1.0 / 640 - r * 17.0 / 14336)));
}

static double away_from_zero(double value)
{
    return fabs(value) < 1e-300 ? 1e-300 : value;
}

/* The continued fraction of the incomplete beta function; converges fast for x < (a + 1) / (a + b + 2). */
static double beta_fraction(double a, double b, double x)
{
    double c = 1, d = 1 / away_from_zero(1 - (a + b) * x / (a + 1)), value = d;
    for (int m = 1; m < FRACTION_STEPS_MAX; m++) {
        double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
        d = 1 / away_from_zero(1 + even * d);
        c = away_from_zero(1 + even / c);
        value *= d * c;
        double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
        d = 1 / away_from_zero(1 + odd * d);
        c = away_from_zero(1 + odd / c);
        value *= d * c;
        if (fabs(d * c - 1) < FRACTION_PRECISION)
            break;
    }
    return value;
}

/* ln of x^a (1 - x)^(1/2) / B(a, 1/2), with x = df / (df + t^2) and a = df / 2. */
static double log_beta_front(double t, double df)
{
    double ratio = t * t / df;
    return -0.5 * df * log1p(ratio) + 0.5 * (log(ratio) - log1p(ratio)) + log_gamma_half_step(0.5 * df) - HALF_LN_PI;
}

double student_log_tail(double t, double df)
{
    if (t <= 0)
        return -LN_2;
    double a = 0.5 * df, ratio = t * t / df, x = 1 / (1 + ratio);
    double front = log_beta_front(t, df);
    if (x < (a + 1) / (a + 2.5))
        return front + log(beta_fraction(a, 0.5, x) / a) - LN_2;
    double centre = exp(front) * beta_fraction(0.5, a, ratio / (1 + ratio)) / 0.5; /* P(|T| < t) */
    return log1p(-centre) - LN_2;
}

/* ln of t * density(t): what d ln P(T > t) / d ln t is made of. */
static double log_scaled_density(double t, double df)
{
    return log(t) - 0.5 * (df + 1) * log1p(t * t / df) + log_gamma_half_step(0.5 * df) - HALF_LN_PI - 0.5 * log(df);
}

/* ln of a t near the one whose tail is the normal tail of z (D. L. Wallace 1959, inverted). */
static double log_t_near(double z, double df)
{
    double scaled = z * (8 * df + 3) / (8 * df + 1), exponent = scaled * scaled / df;
    return 0.5 * (log(df) + (exponent > 30 ? exponent : log(expm1(exponent))));
}

double student_log_tail_inverse(double log_p, double df)
{
    if (log_p >= -LN_2)
        return 0;
    double log_t = log_t_near(normal_log_tail_inverse(log_p), df);
    for (int i = 0; i < STEPS_MAX; i++) {
        double t = exp(log_t), log_tail = student_log_tail(t, df);
        double step = (log_tail - log_p) * exp(log_tail - log_scaled_density(t, df));
        log_t += step;
        if (fabs(step) <= LAST_STEP)
            break;
    }
    return exp(log_t);
}
