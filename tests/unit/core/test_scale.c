#include "core/scale.h"

#include <criterion/criterion.h>

static const enum scorer_scale scales[] = {SCALE_RAW, SCALE_ROOT, SCALE_SIGNED_ROOT, SCALE_LOG};

Test(scale, a_value_there_and_back_is_itself)
{
    static const double values[] = {0, 0.01, 1, 99, 1999, 5e6, 1e12, SCALE_VALUE_MAX};
    for (int s = 0; s < 4; s++)
        for (int i = 0; i < 8; i++)
            for (int sign = scales[s] == SCALE_ROOT ? 1 : -1; sign <= 1; sign += 2) {
                double value = sign * values[i];
                cr_assert_float_eq(scale_from(scales[s], scale_to(scales[s], value)), value, 1e-9 * (1 + values[i]), "%d of %g", s, value);
            }
}

Test(scale, a_step_of_x_is_a_share_of_the_value_on_the_log_scale)
{
    /* 1.5 ln 10 further is 10^1.5 times the value + 1: 20 * 31.6228 = 632.456. */
    cr_assert_float_eq(scale_from(SCALE_LOG, scale_to(SCALE_LOG, 19) + 1.5 * log(10)), 631.4555320336758, 1e-9);
    cr_assert_float_eq(scale_to(SCALE_LOG, -19), -log(20), 1e-15);
    cr_assert(isfinite(scale_from(SCALE_LOG, 1e6)) && isfinite(scale_from(SCALE_LOG, -1e6)));
    cr_assert_eq(scale_from(SCALE_ROOT, -3), 0, "there are no fewer than no orders");
}

/* What was asked for: the mean of v, from the mean and the sd of x. */
Test(scale, the_mean_taken_back_is_that_of_the_values)
{
    /* v is 24 or 99: x is 5 - 1 or 10 - 1, mean 6.5, sd 2.5. The mean of v is 61.5. */
    cr_assert_float_eq(scale_mean(SCALE_ROOT, 6.5, 2.5), (24 + 99) / 2.0, 1e-9);
    cr_assert_float_eq(scale_mean(SCALE_SIGNED_ROOT, -6.5, 2.5), -(24 + 99) / 2.0, 1e-9);
    cr_assert_float_eq(scale_mean(SCALE_LOG, 4, 0.5), exp(4.125) - 1, 1e-9); /* of the log-normal, and exactly so */
    cr_assert_eq(scale_mean(SCALE_RAW, 4, 0.5), 4);
    for (int s = 0; s < 4; s++)
        cr_assert_float_eq(scale_mean(scales[s], scale_to(scales[s], 1999), 0), 1999, 1e-9, "without a spread it is the value, %d", s);
}

Test(scale, floors_are_in_the_unit_of_x)
{
    cr_assert_float_eq(scale_floor(SCALE_RAW, 0.02, 1, 2000), 40, 1e-12);
    cr_assert_float_eq(scale_floor(SCALE_RAW, 0.02, 1, -10), 1, 1e-12);
    /* v = 99: root 10, a step of 1 there is 1 / 20; the share is one of x = 9. */
    cr_assert_float_eq(scale_floor(SCALE_ROOT, 0, 1, 9), 0.05, 1e-12);
    cr_assert_float_eq(scale_floor(SCALE_ROOT, 0.02, 1, 9), 0.18, 1e-12);
    /* v = 99: a step of 1 is 1 / 100 of v + 1, and 2 % of v is 1.98 / 100. */
    cr_assert_float_eq(scale_floor(SCALE_LOG, 0, 1, log(100)), 0.01, 1e-12);
    cr_assert_float_eq(scale_floor(SCALE_LOG, 0.02, 1, log(100)), 0.0198, 1e-12);
    cr_assert_float_eq(scale_floor(SCALE_LOG, 0.02, 1, -log(100)), 0.0198, 1e-12);
    cr_assert_float_eq(scale_floor(SCALE_LOG, 0.02, 1, 0), 1, 1e-12);
}
