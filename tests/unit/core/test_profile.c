#include "core/profile.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

static double uniform(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (double)(*state >> 11) * 0x1p-53;
}

static void learn(struct profile *profile, const struct profile_pace *pace, struct profile_slot slot, double value)
{
    profile_learn(profile, pace, slot, value - profile_expected(profile, pace, slot));
}

/* Absolute levels in doubles, where the profile has floats around a shift that moves. */
struct oracle {
    double hours[PROFILE_HOURS], weekdays[PROFILE_WEEKDAYS];
    int hour_counts[PROFILE_HOURS], weekday_counts[PROFILE_WEEKDAYS];
};

static double oracle_hour(const struct oracle *oracle, int hour)
{
    double sum = 0;
    int seen = 0;
    for (int i = 0; i < PROFILE_HOURS; i++) {
        sum += oracle->hour_counts[i] ? oracle->hours[i] : 0;
        seen += oracle->hour_counts[i] > 0;
    }
    return oracle->hour_counts[hour] ? oracle->hours[hour] : seen ? sum / seen : 0;
}

static double oracle_expected(const struct oracle *oracle, struct profile_slot slot)
{
    return oracle_hour(oracle, slot.hour) + oracle->weekdays[slot.weekday];
}

static void oracle_learn(struct oracle *oracle, const struct profile_pace *pace, struct profile_slot slot, double value, bool first)
{
    double before = first ? value : oracle_hour(oracle, slot.hour), residual = first ? 0 : value - oracle_expected(oracle, slot);
    double weight = fmax(1.0 / (oracle->hour_counts[slot.hour]++ + 1), pace->hour);
    oracle->hours[slot.hour] = before + weight * residual;
    if (pace->weekday > 0) {
        double of_day = fmax(1.0 / (oracle->weekday_counts[slot.weekday]++ + 24 + 1), pace->weekday);
        oracle->weekdays[slot.weekday] += of_day * (1 - weight) * residual; /* what the hour left over */
    }
}

static void agree(double offset, struct profile_pace pace, uint64_t seed)
{
    struct profile profile = {0};
    struct oracle oracle = {0};
    uint64_t state = seed;
    for (int i = 0; i < 4000; i++) {
        struct profile_slot slot = {(uint8_t)(uniform(&state) * 24), (uint8_t)(uniform(&state) * 7)};
        double value = offset + 100 * sin(slot.hour) + 30 * slot.weekday + 50 * uniform(&state);
        double expected = oracle_expected(&oracle, slot);
        cr_assert_float_eq(profile_expected(&profile, &pace, slot), expected, 1e-3, "value %d of offset %g", i, offset);
        oracle_learn(&oracle, &pace, slot, value, i == 0);
        learn(&profile, &pace, slot, value);
        if (uniform(&state) < 0.05)
            profile_centre(&profile);
    }
}

Test(profile, an_oracle_of_absolute_levels_says_the_same_at_any_offset)
{
    static const double offsets[] = {0, 500, -500, 1e8};
    for (int i = 0; i < 4; i++) {
        agree(offsets[i], (struct profile_pace){0.05, 0.01, false}, 20260403);
        agree(offsets[i], (struct profile_pace){0.05, 0, false}, 20260404);
        agree(offsets[i], (struct profile_pace){0, 0, false}, 20260405);
    }
}

Test(profile, without_floors_an_hour_is_the_mean_of_all_its_values)
{
    const struct profile_pace pace = {0, 0, false};
    struct profile profile = {0};
    double sums[PROFILE_HOURS] = {0};
    uint64_t state = 20260406;
    for (int i = 0; i < 2400; i++) {
        double value = 1000 * uniform(&state);
        sums[i % 24] += value;
        learn(&profile, &pace, (struct profile_slot){(uint8_t)(i % 24), (uint8_t)(i / 24 % 7)}, value);
    }
    for (uint8_t hour = 0; hour < 24; hour++)
        for (uint8_t weekday = 0; weekday < 7; weekday++)
            cr_assert_float_eq(profile_expected(&profile, &pace, (struct profile_slot){hour, weekday}), sums[hour] / 100, 1e-3);
}

Test(profile, an_hour_never_seen_is_the_mean_of_those_that_were)
{
    const struct profile_pace pace = {0, 0, false};
    struct profile profile = {0};
    learn(&profile, &pace, (struct profile_slot){3, 0}, 10);
    learn(&profile, &pace, (struct profile_slot){4, 0}, 20);
    learn(&profile, &pace, (struct profile_slot){4, 0}, 30);
    cr_assert_float_eq(profile_expected(&profile, &pace, (struct profile_slot){9, 5}), (10 + 25) / 2.0, 1e-4);
    cr_assert_eq(profile_expected(&(struct profile){0}, &pace, (struct profile_slot){9, 5}), 0);
}

Test(profile, a_busy_day_is_busy_in_proportion)
{
    const struct profile_pace pace = {0.05, 0.01, true};
    struct profile profile = {0};
    for (int i = 0; i < 26 * 7 * 24; i++) {
        struct profile_slot slot = {(uint8_t)(i % 24), (uint8_t)(i / 24 % 7)};
        learn(&profile, &pace, slot, (slot.hour < 8 ? 20 : 100) * (slot.weekday == 6 ? 1.5 : 1));
        if (i % 24 == 0)
            profile_centre(&profile);
    }
    static const struct {
        struct profile_slot slot;
        double value;
    } wanted[] = {{{3, 2}, 20}, {{3, 6}, 30}, {{15, 2}, 100}, {{15, 6}, 150}};
    for (int i = 0; i < 4; i++)
        cr_assert_float_eq(profile_expected(&profile, &pace, wanted[i].slot), wanted[i].value, 0.08 * wanted[i].value, "%d: %g", i,
                           profile_expected(&profile, &pace, wanted[i].slot));
}

Test(profile, a_constant_series_is_expected_exactly)
{
    static const struct profile_pace paces[] = {{0.05, 0.01, false}, {0.05, 0.01, true}};
    for (int p = 0; p < 2; p++) {
        struct profile profile = {0};
        for (int i = 0; i < 500; i++) {
            struct profile_slot slot = {(uint8_t)(i % 24), (uint8_t)(i / 24 % 7)};
            cr_assert(i == 0 || profile_expected(&profile, &paces[p], slot) == 19.99);
            learn(&profile, &paces[p], slot, 19.99);
            if (i % 24 == 0)
                profile_centre(&profile);
        }
    }
}
