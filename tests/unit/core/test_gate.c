#include "core/gate.h"

#include <string.h>

#include <criterion/criterion.h>

#define HOUR_US INT64_C(3600000000)

static struct gate_config config_of(enum gate_direction direction)
{
    struct gate_config config;
    gate_config_default(SCALE_ROOT, &config);
    config.direction = direction;
    config.refractory_us = 6 * HOUR_US;
    config.rearm_after = 2;
    config.settle_after = 10;
    return config;
}

static struct verdict verdict_of(double value, double expected, double strength)
{
    return (struct verdict){.value = value, .expected = expected, .strength = strength, .z = strength * 4, .n = 100};
}

static enum gate_event step(struct gate *gate, const struct gate_config *config, int hour, double value, double expected, double strength)
{
    struct verdict verdict = verdict_of(value, expected, strength);
    return gate_step(gate, config, &verdict, hour * HOUR_US);
}

Test(gate, opens_at_the_level_goes_on_and_recovers_after_two_quiet_steps)
{
    struct gate_config config = config_of(GATE_BOTH);
    struct gate gate = {0};
    cr_assert_eq(step(&gate, &config, 0, 90, 100, -0.99), GATE_NOTHING);
    cr_assert_eq(step(&gate, &config, 1, 30, 100, -1.5), GATE_OPENED);
    cr_assert(gate.is_open && !gate.above && gate.opened_at_us == HOUR_US);
    cr_assert_eq(step(&gate, &config, 2, 60, 100, -0.6), GATE_CONTINUED);
    cr_assert_eq(step(&gate, &config, 3, 99, 100, -0.1), GATE_CONTINUED);
    cr_assert_eq(step(&gate, &config, 4, 99, 100, -0.1), GATE_RECOVERED);
    cr_assert(!gate.is_open);
}

Test(gate, nothing_opens_again_before_the_refractory_period_is_over)
{
    struct gate_config config = config_of(GATE_BOTH);
    struct gate gate = {0};
    cr_assert_eq(step(&gate, &config, 0, 30, 100, -1.5), GATE_OPENED);
    (void)step(&gate, &config, 1, 100, 100, 0);
    cr_assert_eq(step(&gate, &config, 2, 100, 100, 0), GATE_RECOVERED);
    cr_assert_eq(step(&gate, &config, 5, 30, 100, -1.5), GATE_NOTHING);
    cr_assert_eq(step(&gate, &config, 6, 30, 100, -1.5), GATE_OPENED);
}

Test(gate, a_level_that_the_baseline_has_reached_is_a_new_normal)
{
    struct gate_config config = config_of(GATE_BOTH);
    struct gate gate = {0};
    cr_assert_eq(step(&gate, &config, 0, 200, 100, 2), GATE_OPENED);
    (void)step(&gate, &config, 1, 200, 195, 0.1);
    cr_assert_eq(step(&gate, &config, 2, 200, 198, 0.1), GATE_NEW_NORMAL);
}

Test(gate, what_goes_on_for_too_long_becomes_normal_whatever_the_verdicts_say)
{
    struct gate_config config = config_of(GATE_BOTH);
    struct gate gate = {0};
    cr_assert_eq(step(&gate, &config, 0, 200, 100, 2), GATE_OPENED);
    for (int hour = 1; hour < 10; hour++)
        cr_assert_eq(step(&gate, &config, hour, 200, 100, 2), GATE_CONTINUED);
    cr_assert_eq(step(&gate, &config, 10, 200, 100, 2), GATE_NEW_NORMAL);
}

Test(gate, a_direction_that_does_not_matter_opens_nothing)
{
    struct gate_config above = config_of(GATE_ABOVE), below = config_of(GATE_BELOW);
    struct gate gate = {0};
    cr_assert_eq(step(&gate, &above, 0, 10, 100, -3), GATE_NOTHING);
    cr_assert_eq(step(&gate, &below, 0, 300, 100, 3), GATE_NOTHING);
    cr_assert_eq(step(&gate, &above, 1, 300, 100, 3), GATE_OPENED);
}

Test(gate, deviations_too_small_to_matter_open_nothing_however_rare_they_are)
{
    struct gate_config config = config_of(GATE_BOTH);
    config.min_absolute = 20;
    config.min_relative = 0.5;
    struct gate gate = {0};
    cr_assert_eq(step(&gate, &config, 0, 115, 100, 3), GATE_NOTHING);
    cr_assert_eq(step(&gate, &config, 0, 140, 100, 3), GATE_NOTHING);
    cr_assert_eq(step(&gate, &config, 0, 151, 100, 3), GATE_OPENED);
}

Test(gate, steps_without_a_verdict_count_as_quiet)
{
    struct gate_config config = config_of(GATE_BOTH);
    struct gate gate = {0};
    cr_assert_eq(gate_step(&gate, &config, NULL, 0), GATE_NOTHING);
    cr_assert_eq(step(&gate, &config, 1, 30, 100, -1.5), GATE_OPENED);
    cr_assert_eq(gate_step(&gate, &config, NULL, 2 * HOUR_US), GATE_CONTINUED);
    cr_assert_eq(gate_step(&gate, &config, NULL, 3 * HOUR_US), GATE_RECOVERED);
}

Test(gate, a_rest_is_a_step_of_which_nothing_comes)
{
    struct gate_config config = config_of(GATE_BOTH);
    struct gate stepped = {0}, rested = {0};
    for (int hour = 0; hour < 40; hour++) {
        if (hour == 10) {
            cr_assert_eq(step(&stepped, &config, hour, 30, 100, -1.5), GATE_OPENED);
            cr_assert_eq(step(&rested, &config, hour, 30, 100, -1.5), GATE_OPENED);
        } else {
            cr_assert_neq(step(&stepped, &config, hour, 100, 100, 0.9 - (hour > 10)), GATE_OPENED);
            if (rested.is_open)
                (void)step(&rested, &config, hour, 100, 100, 0.9 - (hour > 10));
            else
                gate_rest(&rested);
        }
        cr_assert_eq(memcmp(&stepped, &rested, sizeof stepped), 0, "hour %d", hour);
    }
    cr_assert_not(rested.is_open);
}
