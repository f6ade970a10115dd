#include "core/scorer.h"

#include <math.h>
#include <stdlib.h>

#include <criterion/criterion.h>

#include "core/gate.h"

#define SEED UINT64_C(20260305)
#define HOUR_US INT64_C(3600000000)

static double uniform(uint64_t *state)
{
    uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (double)((z ^ (z >> 31)) >> 11) * 0x1p-53;
}

/* About normal, variance 1. */
static double noise(uint64_t *state)
{
    double sum = -6;
    for (int i = 0; i < 12; i++)
        sum += uniform(state);
    return sum;
}

static struct profile_slot slot_at(uint32_t hour)
{
    return (struct profile_slot){(uint8_t)(hour % 24), (uint8_t)(hour / 24 % 7)};
}

static struct scorer *scorer_of(const struct scorer_config *config)
{
    return calloc(1, scorer_bytes(config));
}

/* A shop's hourly orders: a day's and a week's shape on Poisson-like noise. */
static double orders_at(uint32_t hour, uint64_t *state)
{
    double mean = (hour % 24 < 7 ? 10 : 90) * (hour / 24 % 7 == 0 ? 1.3 : 1);
    return fmax(0, round(mean + sqrt(mean) * noise(state)));
}

Test(scorer, a_drop_in_the_evening_stands_out_and_an_ordinary_night_does_not)
{
    struct scorer_config config;
    scorer_config_default(SCORER_SEASONAL, SCALE_ROOT, &config);
    struct scorer *scorer = scorer_of(&config);
    uint64_t state = SEED;
    struct verdict verdict;
    for (uint32_t hour = 0; hour < 24 * 7 * 6; hour++) {
        double value = orders_at(hour, &state);
        if (hour > 24 * 28 && scorer_test(scorer, &config, slot_at(hour), value, &verdict))
            cr_assert_lt(fabs(verdict.strength), 1, "hour %u: %g, expected %g, z %g", hour, value, verdict.expected, verdict.z);
        scorer_learn(scorer, &config, slot_at(hour), value);
    }
    cr_assert(scorer_test(scorer, &config, slot_at(20), 30, &verdict));
    cr_assert_lt(verdict.strength, -1, "%g", verdict.strength);
    cr_assert_lt(fabs(verdict.expected - 117), 20); /* 90 * 1.3 */
    cr_assert(verdict.lower > 30 && verdict.lower < verdict.expected && verdict.expected < verdict.upper);
    free(scorer);
}

Test(scorer, a_gate_opens_once_for_a_level_shift_and_calls_it_normal_in_the_end)
{
    struct scorer_config config;
    struct gate_config gate_config;
    scorer_config_default(SCORER_SEASONAL, SCALE_ROOT, &config);
    gate_config_default(SCALE_ROOT, &gate_config);
    struct scorer *scorer = scorer_of(&config);
    struct gate gate = {0};
    uint64_t state = SEED;
    int opened = 0, normal = 0;
    for (uint32_t hour = 0; hour < 24 * 7 * 10; hour++) {
        double value = orders_at(hour, &state) * (hour >= 24 * 42 ? 2.5 : 1);
        struct verdict verdict;
        bool tested = scorer_test(scorer, &config, slot_at(hour), value, &verdict);
        enum gate_event event = gate_step(&gate, &gate_config, tested ? &verdict : NULL, hour * HOUR_US);
        opened += event == GATE_OPENED;
        normal += event == GATE_NEW_NORMAL;
        scorer_learn(scorer, &config, slot_at(hour), value);
    }
    cr_assert(opened >= 1 && opened <= 3, "%d openings", opened);
    cr_assert_geq(normal, 1);
    free(scorer);
}
