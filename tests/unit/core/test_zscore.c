#include "core/zscore.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "core/student.h"

#define GOLDEN "../shared/reference/zscore/rolling_w20_exclude_current.csv"
#define GOLDEN_WINDOW 20
#define COUNT(array) (sizeof(array) / sizeof *(array))

static const struct zscore_limits no_floor = {.warn_z = 4};

static struct moments baseline_of(double mean, double sd, uint32_t n)
{
    return (struct moments){mean, sd * sd * (n - 1), n};
}

/* One row of the golden file against a window of the values before it; empty z: no spread. */
static void check_golden_row(char *line, struct value_window *window)
{
    char *at = line;
    double fields[6] = {0};
    bool absent[6] = {false};
    for (size_t i = 0; i < COUNT(fields); i++) {
        char *field = strsep(&at, ",");
        cr_assert_not_null(field);
        absent[i] = !*field;
        fields[i] = atof(field);
    }
    double x = fields[1], mean = fields[3], sd = fields[4], z = fields[5];
    struct moments moments = value_window_moments(window);
    if (fields[2] == GOLDEN_WINDOW) {
        double got_sd = sqrt(moments.m2 / (moments.n - 1));
        cr_assert_eq(moments.n, GOLDEN_WINDOW);
        cr_assert(fabs(moments.mean - mean) <= 1e-15 * fabs(mean) + 1e-9 * sd, "row %g: mean %.17g", fields[0], moments.mean);
        cr_assert(fabs(got_sd - sd) <= 1e-9 * sd, "row %g: sd %.17g, not %.17g", fields[0], got_sd, sd);
        cr_assert_eq(moments.m2 == 0, absent[5], "row %g: no z where and only where there is no spread", fields[0]);
        if (!absent[5]) {
            double got = value_window_deviation(window, x) / got_sd;
            /* The second term is for the rows whose exact z is 0, of which nothing is a relative part. */
            cr_assert(fabs(got - z) <= 1e-9 * fabs(z) + 1e-14, "row %g: z %.17g, not %.17g", fields[0], got, z);
        }
    }
    value_window_push(window, x);
}

Test(zscore, rolling_z_equals_the_golden_file_to_1e_9)
{
    FILE *file = fopen(SOURCE_DIR "/" GOLDEN, "r");
    if (!file)
        cr_skip_test("rolling_z_equals_the_golden_file_to_1e_9: " GOLDEN " is not there");
    char line[512];
    double ring[GOLDEN_WINDOW];
    struct value_window window;
    value_window_init(&window, ring, GOLDEN_WINDOW);
    int rows = 0;
    cr_assert_not_null(fgets(line, sizeof line, file));
    for (; fgets(line, sizeof line, file); rows++)
        check_golden_row(line, &window);
    fclose(file);
    cr_assert_geq(rows, 500);
}

/* A rate of one in a million: the z of a small baseline must be much larger than that of a large one. */
Test(zscore, raw_z_for_a_rate_of_one_in_a_million_has_its_known_values)
{
    const struct {
        uint32_t n;
        double raw;
    } known[] = {{14, 8.9}, {20, 7.2}, {28, 6.4}, {168, 5.1}};
    double z = normal_log_tail_inverse(log(0.5e-6));
    cr_assert_float_eq(z, 4.8916, 1e-4);
    for (size_t i = 0; i < COUNT(known); i++)
        cr_assert_float_eq(zscore_uncalibrate(z, known[i].n), known[i].raw, 0.0501, "n %u: %g", known[i].n,
                           zscore_uncalibrate(z, known[i].n));
}

Test(zscore, three_sigma_alarms_come_as_often_as_student_says)
{
    const struct {
        uint32_t n;
        double percent;
    } known[] = {{20, 0.86}, {28, 0.65}, {1000000, 0.27}};
    for (size_t i = 0; i < COUNT(known); i++) {
        double percent = 200 * exp(normal_log_tail(zscore_calibrate(3, known[i].n)));
        cr_assert_float_eq(percent, known[i].percent, 0.006, "n %u: %g %%", known[i].n, percent);
    }
}

Test(zscore, calibration_shrinks_is_odd_and_is_undone_by_its_inverse)
{
    const uint32_t sizes[] = {2, 3, 14, 20, 28, 168, 255, 1024, 65536};
    for (size_t i = 0; i < COUNT(sizes); i++) {
        double last = 0;
        for (double raw = 0.1; raw < 1e9; raw *= 1.3) {
            double z = zscore_calibrate(raw, sizes[i]);
            cr_assert(z > last && z < raw, "n %u, raw %g: %.17g", sizes[i], raw, z);
            cr_assert_eq(zscore_calibrate(-raw, sizes[i]), -z);
            cr_assert_float_eq(zscore_uncalibrate(z, sizes[i]), raw, 1e-7 * raw, "n %u, raw %g", sizes[i], raw);
            last = z;
        }
    }
}

Test(zscore, calibrated_z_of_forty_is_reached_without_underflow)
{
    for (uint32_t n = 14; n <= 1024; n *= 2) {
        double raw = zscore_uncalibrate(40, n);
        cr_assert(isfinite(raw) && raw > 40);
        cr_assert_float_eq(zscore_calibrate(raw, n), 40, 1e-7, "n %u, raw %g", n, raw);
    }
}

Test(zscore, limits_are_exactly_where_a_value_becomes_a_warning)
{
    for (uint32_t n = 14; n <= 256; n += 11) {
        struct moments baseline = baseline_of(1000, 20, n);
        struct zscore zscore, edge;
        cr_assert(zscore_passes(&baseline, 1e4, &no_floor, &zscore));
        cr_assert_not(zscore_passes(&baseline, zscore.upper * (1 - 1e-9), &no_floor, &edge), "n %u", n);
        cr_assert(zscore_passes(&baseline, zscore.upper * (1 + 1e-9), &no_floor, &edge), "n %u", n);
        cr_assert_float_eq(edge.calibrated, 4, 1e-7);
        cr_assert_eq(zscore.lower, -zscore.upper);
    }
}

Test(zscore, a_raw_z_beyond_the_warning_is_quiet_where_the_baseline_is_small)
{
    struct moments small = baseline_of(0, 1, 14), large = baseline_of(0, 1, 100000);
    struct zscore zscore;
    cr_assert_not(zscore_passes(&small, 5, &no_floor, &zscore));
    cr_assert(zscore_passes(&large, 5, &no_floor, &zscore));
    cr_assert(zscore.raw == 5 && zscore.calibrated < 5 && zscore.calibrated > 4.99 && !zscore.flat);
}

Test(zscore, the_larger_floor_holds_where_the_spread_is_smaller)
{
    const struct zscore_limits floors = {.warn_z = 4, .floor_relative = 0.02, .floor_unit = 1};
    struct zscore zscore;
    struct moments of_1000 = baseline_of(-1000, 0.1, 100), of_10 = baseline_of(10, 0.1, 100), wide = baseline_of(10, 3, 100);
    cr_assert(zscore_passes(&of_1000, -200, &floors, &zscore) && zscore.raw == -10, "2 %% of 1000: %g", zscore.raw);
    cr_assert(zscore_passes(&of_10, 30, &floors, &zscore) && zscore.raw == 30, "the unit: %g", zscore.raw);
    cr_assert(zscore_passes(&wide, 30, &floors, &zscore) && fabs(zscore.raw - 10) < 1e-9, "its own: %g", zscore.raw);
    cr_assert_not(zscore_passes(&of_1000, 79, &floors, &zscore));
}

Test(zscore, a_baseline_without_spread_is_told_apart_and_needs_a_floor)
{
    const struct zscore_limits floors = {.warn_z = 4, .floor_relative = 0.02, .floor_unit = 1};
    struct moments flat = baseline_of(500, 0, 50);
    struct zscore zscore;
    cr_assert(zscore_passes(&flat, 200, &floors, &zscore) && zscore.flat && zscore.raw == 20);
    cr_assert_not(zscore_passes(&flat, 0, &floors, &zscore));
    cr_assert_not(zscore_passes(&flat, 1e6, &no_floor, &zscore));
}

Test(zscore, the_cheap_gate_never_stops_what_would_pass)
{
    const struct zscore_limits floors = {.warn_z = 4, .floor_relative = 0.01, .floor_unit = 0.5};
    struct zscore zscore;
    int passed = 0;
    for (uint32_t n = 2; n < 300; n += 7)
        for (double sd = 0; sd < 50; sd += 3.7)
            for (double deviation = -400; deviation < 400; deviation += 3.1) {
                struct moments baseline = baseline_of(100, sd, n);
                bool passes = zscore_passes(&baseline, deviation, &floors, &zscore);
                passed += passes;
                cr_assert(!passes || zscore_may_pass(&baseline, deviation, floors.warn_z), "n %u sd %g deviation %g", n, sd,
                          deviation);
            }
    cr_assert_gt(passed, 1000);
}

Test(zscore, the_short_way_to_a_calibrated_z_is_near_the_exact_one)
{
    static const uint32_t counts[] = {256, 500, 2000, 4002, 100000};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        for (double raw = -40; raw <= 40; raw += 0.37) {
            double exact = zscore_calibrate(raw, counts[i]), near = zscore_calibrate_near(raw, counts[i]);
            cr_assert(fabs(near - exact) <= 1e-3 * fabs(exact) + 1e-6, "raw %g, n %u: %.10g, not %.10g", raw, counts[i], near, exact);
        }
}
