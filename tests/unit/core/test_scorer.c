#include "core/scorer.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "core/gate.h"

#define SEED UINT64_C(20260305)
#define GOLDEN "../shared/reference/zscore/rolling_w20_exclude_current.csv"
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

/* The columns that are used of the golden file: i, x, n, mean, sd, z, median, mad, robust z. */
static void compare_golden(enum scorer_method method, int column, double tolerance)
{
    FILE *file = fopen(SOURCE_DIR "/" GOLDEN, "r");
    if (!file)
        cr_skip_test("the golden file rolling_w20_exclude_current.csv is not here");
    struct scorer_config config;
    scorer_config_default(method, method == SCORER_PLAIN ? SCALE_ROOT : SCALE_RAW, &config); /* plain has its own mind about it */
    config.window = 20;
    config.warm_up = 20;
    config.floor_relative = config.floor_unit = 0;
    config.last_z = 1e300; /* raw z of every row, none calibrated */
    struct scorer *scorer = scorer_of(&config);
    char line[512];
    size_t compared = 0;
    while (fgets(line, sizeof line, file)) {
        double cells[9] = {0};
        const char *at = line;
        bool has_z = true;
        for (int i = 0; i < 9; i++) {
            char *end;
            cells[i] = strtod(at, &end);
            has_z = i == column ? end != at : has_z;
            const char *comma = strchr(at, ',');
            at = comma ? comma + 1 : "";
        }
        if (line[0] == 'i')
            continue;
        struct verdict verdict;
        bool tested = scorer_test(scorer, &config, slot_at(0), cells[1], &verdict);
        if (cells[2] >= 20) {
            cr_assert_eq(tested, has_z, "row %g", cells[0]);
            if (has_z)
                cr_assert(fabs(verdict.z_raw - cells[column]) <= tolerance * fmax(fabs(cells[column]), 1e-6), "row %g: z %.17g, not %.17g", cells[0],
                          verdict.z_raw, cells[column]);
            compared += has_z;
        }
        scorer_learn(scorer, &config, slot_at(0), cells[1]);
    }
    cr_assert_gt(compared, 100);
    (void)fclose(file);
    free(scorer);
}

Test(scorer, plain_z_is_that_of_exact_arithmetic)
{
    compare_golden(SCORER_PLAIN, 5, 1e-9);
}

Test(scorer, robust_z_is_that_of_exact_arithmetic)
{
    compare_golden(SCORER_ROBUST, 8, 2e-6); /* the file's factor is 0.67449, ours has all its digits */
}

/* raw z of value after many values of 1e8 and noise of 2, some of them spikes. */
static double z_at_offset(enum scorer_method method, double offset, double spike)
{
    struct scorer_config config;
    scorer_config_default(method, SCALE_RAW, &config);
    config.floor_relative = 0;
    struct scorer *scorer = scorer_of(&config);
    uint64_t state = SEED;
    for (uint32_t i = 0; i < 3000; i++)
        scorer_learn(scorer, &config, slot_at(i), i == 1000 && spike > 0 ? spike : offset + 2 * noise(&state));
    struct verdict verdict;
    bool tested = scorer_test(scorer, &config, slot_at(3000), offset + 12, &verdict);
    cr_assert(tested);
    free(scorer);
    return verdict.z_raw;
}

Test(scorer, no_digit_is_lost_at_an_offset_of_1e8_nor_after_a_spike_of_1e12)
{
    static const enum scorer_method methods[] = {SCORER_SEASONAL, SCORER_EWMA, SCORER_PLAIN, SCORER_ROBUST};
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
        double z = z_at_offset(methods[i], 0, 0), shifted = z_at_offset(methods[i], 1e8, 0);
        cr_assert(fabs(z - 6) < 1.5, "method %zu: z %g of a deviation of 6 sd", i, z);
        cr_assert(fabs(shifted / z - 1) < 1e-4, "method %zu: %.17g at 1e8, %.17g at 0", i, shifted, z);
        double after = z_at_offset(methods[i], 1e8, 1e12);
        cr_assert(fabs(after / z - 1) < 0.1, "method %zu: %g after a spike, %g without", i, after, z);
    }
}

Test(scorer, one_wild_value_among_the_first_does_no_harm)
{
    struct scorer_config config;
    scorer_config_default(SCORER_SEASONAL, SCALE_RAW, &config);
    struct scorer *scorer = scorer_of(&config);
    uint64_t state = SEED;
    for (uint32_t i = 0; i < 400; i++)
        scorer_learn(scorer, &config, slot_at(i), i == 3 ? 1e12 : 1000 + 40 * noise(&state));
    struct verdict verdict;
    cr_assert(scorer_test(scorer, &config, slot_at(400), 1600, &verdict));
    cr_assert(verdict.strength > 1 && fabs(verdict.expected - 1000) < 40, "expected %g, strength %g", verdict.expected, verdict.strength);
    free(scorer);
}

Test(scorer, what_is_not_finite_cannot_enter)
{
    static const enum scorer_method methods[] = {SCORER_SEASONAL, SCORER_EWMA, SCORER_PLAIN, SCORER_ROBUST};
    static const double hostile[] = {NAN, INFINITY, -INFINITY, 1e300, -1e31};
    for (size_t m = 0; m < 4; m++) {
        struct scorer_config config;
        scorer_config_default(methods[m], SCALE_ROOT, &config);
        struct scorer *scorer = scorer_of(&config), *clean = scorer_of(&config);
        uint64_t state = SEED;
        for (uint32_t i = 0; i < 500; i++) {
            double value = orders_at(i, &state);
            scorer_learn(clean, &config, slot_at(i), value);
            scorer_learn(scorer, &config, slot_at(i), value);
            struct verdict verdict;
            cr_assert_not(scorer_test(scorer, &config, slot_at(i), hostile[i % 5], &verdict));
            scorer_learn(scorer, &config, slot_at(i), hostile[i % 5]);
        }
        cr_assert_eq(memcmp(scorer, clean, scorer_bytes(&config)), 0);
        free(scorer);
        free(clean);
    }
}

Test(scorer, zeros_for_weeks_and_a_series_of_one_value_are_silent_until_something_comes)
{
    static const double levels[] = {0, 49.9, 1e9};
    for (size_t i = 0; i < 3; i++) {
        struct scorer_config config;
        scorer_config_default(SCORER_SEASONAL, SCALE_ROOT, &config);
        struct scorer *scorer = scorer_of(&config);
        struct verdict verdict;
        for (uint32_t hour = 0; hour < 24 * 7 * 6; hour++) {
            if (scorer_test(scorer, &config, slot_at(hour), levels[i], &verdict))
                cr_assert(fabs(verdict.strength) < 1e-6 && verdict.flat, "level %g: strength %g", levels[i], verdict.strength);
            scorer_learn(scorer, &config, slot_at(hour), levels[i]);
        }
        cr_assert(scorer_test(scorer, &config, slot_at(0), levels[i] * 2 + 50, &verdict));
        cr_assert(verdict.strength > 1 && verdict.flat);
        free(scorer);
    }
}

/* The oracle: spread and mean of the residuals from the whole history of an ewma scorer that never forgets, clips or fades. */
Test(scorer, ewma_that_does_not_fade_is_the_mean_of_all_history)
{
    struct scorer_config config;
    scorer_config_default(SCORER_EWMA, SCALE_RAW, &config);
    config.memory = 1000000;
    config.pace.hour = 1e-9;
    config.clip_sd = 0;
    config.floor_relative = 0;
    struct scorer *scorer = scorer_of(&config);
    uint64_t state = SEED;
    double values[600], total = 0;
    for (uint32_t i = 0; i < 600; i++) {
        values[i] = 500 + 30 * noise(&state);
        scorer_learn(scorer, &config, slot_at(i), values[i]);
        total += i >= SCORER_FIRST ? values[i] : 0;
    }
    double mean = total / (600 - SCORER_FIRST);
    cr_assert(fabs(scorer_expected(scorer, &config, slot_at(0)) - mean) < 3, "%g, not %g", scorer_expected(scorer, &config, slot_at(0)),
              mean);
    free(scorer);
}

Test(scorer, an_average_of_many_events_is_held_to_a_narrower_band)
{
    struct scorer_config config;
    scorer_config_default(SCORER_SEASONAL, SCALE_RAW, &config);
    struct scorer *scorer = scorer_of(&config);
    uint64_t state = SEED;
    for (uint32_t i = 0; i < 24 * 28; i++) {
        uint32_t events = 1 + i % 40;
        scorer_learn_average(scorer, &config, slot_at(i), 100 + 20 * noise(&state) / sqrt(events), events);
    }
    struct verdict few, many;
    cr_assert(scorer_test_average(scorer, &config, slot_at(0), 130, 1, &few));
    cr_assert(scorer_test_average(scorer, &config, slot_at(0), 130, 36, &many));
    cr_assert(few.strength < 1 && many.strength > 1, "%g of one event, %g of 36", few.strength, many.strength);
    cr_assert(fabs((few.upper - few.expected) / (many.upper - many.expected) - 6) < 0.2);
    free(scorer);
}

/* Counts, sums that may be negative, ratios; with drops and spikes, spells of one value, and few or many events to an average. */
static double mixed_value(uint32_t hour, enum scorer_scale scale, uint64_t *state)
{
    double value = hour % 700 > 600 ? 40 : orders_at(hour, state);
    value *= hour % 331 < 5 ? 0.2 : hour % 457 == 0 ? 9 : 1;
    return scale == SCALE_RAW ? value / 100 : scale == SCALE_SIGNED_ROOT ? 30 - value : value;
}

/* One of two like scorers is asked to pass, the other always takes the long way. Returns how many values passed. */
static uint32_t pass_beside_the_long_way(const struct scorer_config *config, bool of_averages)
{
    struct scorer *quick = scorer_of(config), *slow = scorer_of(config), *before = scorer_of(config);
    uint64_t state = SEED;
    uint32_t passed = 0;
    struct verdict verdict;
    for (uint32_t hour = 0; hour < 4000; hour++) {
        double value = mixed_value(hour, config->scale, &state);
        uint32_t events = of_averages ? 1 + hour * 7 % 23 : 1;
        bool tested = scorer_test_average(slow, config, slot_at(hour), value, events, &verdict);
        memcpy(before, quick, scorer_bytes(config));
        bool would_pass = scorer_pass(quick, config, slot_at(hour), value, events, false);
        cr_assert_eq(memcmp(before, quick, scorer_bytes(config)), 0, "hour %u: learnt unasked", hour);
        cr_assert_eq(scorer_pass(quick, config, slot_at(hour), value, events, true), would_pass);
        cr_assert(!would_pass || (tested && fabs(verdict.strength) < 1), "hour %u: strength %g", hour, verdict.strength);
        passed += would_pass;
        if (!would_pass)
            scorer_learn_average(quick, config, slot_at(hour), value, events);
        scorer_learn_average(slow, config, slot_at(hour), value, events);
        cr_assert_eq(memcmp(slow, quick, scorer_bytes(config)), 0, "hour %u", hour);
    }
    free(quick);
    free(slow);
    free(before);
    return passed;
}

Test(scorer, what_passes_would_not_have_stood_out_and_is_learnt_to_the_same_bytes)
{
    static const enum scorer_method methods[] = {SCORER_SEASONAL, SCORER_EWMA};
    static const enum scorer_scale scales[] = {SCALE_RAW, SCALE_ROOT, SCALE_SIGNED_ROOT};
    for (size_t method = 0; method < 2; method++)
        for (size_t scale = 0; scale < 3; scale++)
            for (int variant = 0; variant < 8; variant++) {
                struct scorer_config config;
                scorer_config_default(methods[method], scales[scale], &config);
                config.clip_sd = variant & 1 ? 2 : config.clip_sd;
                config.tail_pace = variant & 2 ? 0 : config.tail_pace;
                config.span = variant & 4 ? 0 : config.span;
                uint32_t passed = pass_beside_the_long_way(&config, variant & 1);
                cr_assert_geq(passed, 3000, "method %zu scale %zu variant %d: %u of 4000", method, scale, variant, passed);
            }
}

Test(scorer, nothing_passes_that_is_tested_by_a_window_or_cannot_be_tested)
{
    static const enum scorer_method methods[] = {SCORER_PLAIN, SCORER_ROBUST};
    for (size_t i = 0; i < 2; i++) {
        struct scorer_config config;
        scorer_config_default(methods[i], SCALE_ROOT, &config);
        cr_assert_eq(pass_beside_the_long_way(&config, false), 0);
    }
    struct scorer_config config;
    scorer_config_default(SCORER_SEASONAL, SCALE_RAW, &config);
    struct scorer *scorer = scorer_of(&config);
    for (uint32_t hour = 0; hour < 400; hour++) {
        cr_assert_not(scorer_pass(scorer, &config, slot_at(hour), 0, 1, true)); /* neither spread nor a floor */
        scorer_learn(scorer, &config, slot_at(hour), 0);
    }
    cr_assert_not(scorer_pass(scorer, &config, slot_at(0), (double)NAN, 1, true));
    cr_assert_not(scorer_pass(scorer, &config, slot_at(0), 1e31, 1, true));
    free(scorer);
}
