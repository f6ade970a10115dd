#include "core/student.h"

#include <math.h>

#include <criterion/criterion.h>

#define PI 3.14159265358979323846
#define COUNT(array) (sizeof(array) / sizeof *(array))

static const double degrees[] = {1, 2, 3, 5, 13, 27, 39.5, 40.5, 100, 167, 255, 1023};

/*
 * The oracle: Simpson's rule over the angle phi with T = sqrt(df) / tan(phi), where the density is sin(phi)^(df - 1) up to a
 * factor. The part beyond the tail's own edge is relative to its value there, so that no probability underflows.
 */
static double log_sine_integral(double phi, double power)
{
    enum { STEPS = 200000 };
    double edge = log(sin(phi)), sum = 0;
    for (int i = 0; i <= STEPS; i++) {
        double weight = i == 0 || i == STEPS ? 1 : i % 2 ? 4 : 2;
        double sine = sin(phi * i / STEPS);
        sum += weight * (sine > 0 ? exp(power * (log(sine) - edge)) : power == 0);
    }
    return power * edge + log(sum * phi / STEPS / 3);
}

static double student_log_tail_integrated(double t, double df)
{
    double whole = log_sine_integral(PI / 2, df - 1) + log(2.0);
    return log_sine_integral(atan2(sqrt(df), t), df - 1) - whole;
}

static double normal_log_tail_integrated(double z)
{
    enum { STEPS = 200000 };
    double width = z < 1 ? 40 : 40 / z, sum = 0;
    for (int i = 0; i <= STEPS; i++) {
        double weight = i == 0 || i == STEPS ? 1 : i % 2 ? 4 : 2, s = width * i / STEPS;
        sum += weight * exp(-z * s - 0.5 * s * s);
    }
    return log(sum * width / STEPS / 3) - 0.5 * z * z - 0.5 * log(2 * PI);
}

Test(student, normal_tail_equals_the_integral_of_the_density)
{
    for (double z = 0; z <= 60; z += 0.37) {
        double got = normal_log_tail(z), want = normal_log_tail_integrated(z);
        cr_assert_float_eq(got, want, 1e-12 * fabs(want) + 1e-13, "z %g: %.17g, not %.17g", z, got, want);
    }
}

Test(student, normal_tail_has_its_known_values)
{
    const double known[][2] = {{0, 0.5}, {1, 0.15865525393145705}, {3, 1.3498980316300946e-3}, {5, 2.8665157187919391e-7},
                               {6, 9.8658764503769814e-10}, {10, 7.6198530241605261e-24}, {37, 5.7255712225245177e-300}};
    for (size_t i = 0; i < COUNT(known); i++)
        cr_assert_float_eq(normal_log_tail(known[i][0]), log(known[i][1]), 1e-12, "z %g", known[i][0]);
}

Test(student, normal_tail_has_no_step_where_the_formula_changes)
{
    for (double z = 19.9; z < 20.1; z += 1e-4)
        cr_assert(normal_log_tail(z + 1e-4) < normal_log_tail(z), "z %g", z);
    cr_assert_float_eq(normal_log_tail(nextafter(20, 0)), normal_log_tail(20), 1e-12);
}

Test(student, normal_inverse_undoes_the_tail_up_to_a_z_of_a_thousand)
{
    for (double z = 1e-3; z < 1000; z *= 1.07)
        cr_assert_float_eq(normal_log_tail_inverse(normal_log_tail(z)), z, 1e-12 * z + 1e-12, "z %g", z);
    cr_assert_eq(normal_log_tail_inverse(log(0.5)), 0);
    cr_assert_eq(normal_log_tail_inverse(-0.1), 0);
}

Test(student, tail_equals_the_integral_of_the_density)
{
    for (size_t d = 0; d < COUNT(degrees); d++) {
        for (double t = 0.05; t < 1e4; t *= 1.9) {
            double got = student_log_tail(t, degrees[d]), want = student_log_tail_integrated(t, degrees[d]);
            cr_assert_float_eq(got, want, 2e-11 * (1 + fabs(want)), "t %g, df %g: %.17g, not %.17g", t, degrees[d],
                               got, want);
        }
    }
}

Test(student, one_and_two_degrees_of_freedom_have_closed_forms)
{
    for (double t = 1e-3; t < 1e12; t *= 2.3) {
        double cauchy = log(atan2(1, t) / PI);
        double root = sqrt(2 + t * t), two = log(1 / (root * (root + t)));
        cr_assert_float_eq(student_log_tail(t, 1), cauchy, 1e-12 * (1 + fabs(cauchy)), "t %g", t);
        cr_assert_float_eq(student_log_tail(t, 2), two, 1e-12 * (1 + fabs(two)), "t %g", t);
    }
}

Test(student, tail_has_its_tabled_critical_values)
{
    const struct {
        double df, t, p;
    } table[] = {{1, 63.657, .005}, {5, 4.032, .005}, {13, 3.012, .005}, {19, 2.861, .005}, {27, 2.052, .025},
                 {30, 3.646, .0005}, {120, 3.373, .0005}};
    for (size_t i = 0; i < COUNT(table); i++)
        cr_assert_float_eq(exp(student_log_tail(table[i].t, table[i].df)), table[i].p, table[i].p * 2e-3, "df %g",
                           table[i].df);
}

Test(student, tail_falls_at_every_step_into_the_far_tail)
{
    for (size_t d = 0; d < COUNT(degrees); d++) {
        double last = log(0.5);
        for (double t = 1e-6; t < 1e100; t *= 1.01) {
            double log_p = student_log_tail(t, degrees[d]);
            cr_assert(isfinite(log_p) && log_p < last, "t %g, df %g: %.17g after %.17g", t, degrees[d], log_p, last);
            last = log_p;
        }
    }
}

Test(student, tail_nears_the_normal_one_with_many_degrees_of_freedom)
{
    for (double t = 0.5; t < 8; t += 0.5)
        cr_assert_float_eq(student_log_tail(t, 1e9), normal_log_tail(t), 1e-5, "t %g", t);
}

Test(student, inverse_undoes_the_tail)
{
    for (size_t d = 0; d < COUNT(degrees); d++)
        for (double t = 0.05; t < 1e20; t *= 1.7)
            cr_assert_float_eq(student_log_tail_inverse(student_log_tail(t, degrees[d]), degrees[d]), t, 1e-9 * t,
                               "t %g, df %g", t, degrees[d]);
    cr_assert_eq(student_log_tail_inverse(log(0.5), 7), 0);
}
