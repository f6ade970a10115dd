#include <criterion/criterion.h>

#include "core/zone.h"

#define HOUR_US INT64_C(3600000000)
#define DAY_US (24 * HOUR_US)
#define SPRING_US INT64_C(1710054000000000) /* 2024-03-10 07:00 UTC: New York 02:00 becomes 03:00 */
#define AUTUMN_US INT64_C(1730613600000000) /* 2024-11-03 06:00 UTC: New York 02:00 becomes 01:00 again */
#define SEED UINT64_C(8)

static const struct zone new_york = {
    .count = 3, .change_us = {INT64_MIN, SPRING_US, AUTUMN_US}, .offset_s = {-18000, -14400, -18000}};

/* A place that moves its clocks every few days, also before 2000 and after 2100. */
static void restless_zone(struct zone *ret_zone)
{
    uint64_t state = SEED;
    *ret_zone = (struct zone){.count = ZONE_CHANGES_MAX};
    ret_zone->change_us[0] = INT64_MIN;
    for (size_t i = 0; i < ZONE_CHANGES_MAX; i++) {
        state = state * UINT64_C(6364136223846793005) + 1442695040888963407u;
        if (i > 0)
            ret_zone->change_us[i] = i == 1 ? 900 * INT64_C(1000000000000)
                                            : ret_zone->change_us[i - 1] + 1 + (int64_t)(state >> 20);
        ret_zone->offset_s[i] = (int32_t)(state % 93600) - 46800;
    }
}

static int32_t offset_oracle(const struct zone *zone, int64_t utc_us)
{
    int32_t offset_s = 0;
    for (size_t i = 0; i < zone->count && zone->change_us[i] <= utc_us; i++)
        offset_s = zone->offset_s[i];
    return offset_s;
}

static int64_t day_oracle(const struct zone *zone, int64_t utc_us)
{
    __extension__ typedef __int128 wide;
    wide local = (wide)utc_us + offset_oracle(zone, utc_us) * INT64_C(1000000);
    return (int64_t)(local >= 0 ? local / DAY_US : -((-local + DAY_US - 1) / DAY_US));
}

Test(zone, an_offset_holds_from_its_change_to_the_microsecond)
{
    cr_assert_eq(zone_offset_s(&new_york, SPRING_US - 1), -18000);
    cr_assert_eq(zone_offset_s(&new_york, SPRING_US), -14400);
    cr_assert_eq(zone_offset_s(&new_york, AUTUMN_US - 1), -14400);
    cr_assert_eq(zone_offset_s(&new_york, AUTUMN_US), -18000);
    cr_assert_eq(zone_offset_s(&new_york, INT64_MIN), -18000);
    cr_assert_eq(zone_offset_s(&new_york, INT64_MAX), -18000);
}

Test(zone, offsets_and_days_agree_with_a_linear_search_indexed_or_not)
{
    static struct zone plain, indexed;
    uint64_t state = SEED;
    restless_zone(&plain);
    indexed = plain;
    zone_index(&indexed);
    for (int i = 0; i < 20000; i++) {
        state = state * UINT64_C(6364136223846793005) + 1442695040888963407u;
        int64_t at = i % 2 ? plain.change_us[1 + state % (ZONE_CHANGES_MAX - 1)] + (int64_t)(state >> 62) - 1
                           : (int64_t)(state >> 11);
        if (i % 97 == 0)
            at = (int64_t)state;
        cr_assert_eq(zone_offset_s(&plain, at), offset_oracle(&plain, at), "seed %lu", (unsigned long)SEED);
        cr_assert_eq(zone_offset_s(&indexed, at), offset_oracle(&plain, at), "seed %lu", (unsigned long)SEED);
        cr_assert_eq(zone_day(&indexed, at), day_oracle(&plain, at), "seed %lu: %ld", (unsigned long)SEED,
                     (long)at);
    }
}

Test(zone, the_ends_of_time_have_a_day)
{
    static const int32_t offsets_s[] = {-86399, -1, 0, 1, 86399};
    static const int64_t times_us[] = {INT64_MIN, INT64_MIN + 1, -DAY_US, -1,
                                       0,         DAY_US - 1,    DAY_US,  INT64_MAX};
    for (size_t i = 0; i < sizeof offsets_s / sizeof *offsets_s; i++)
        for (size_t j = 0; j < sizeof times_us / sizeof *times_us; j++) {
            const struct zone zone = {.count = 1, .change_us = {INT64_MIN}, .offset_s = {offsets_s[i]}};
            cr_assert_eq(zone_day(&zone, times_us[j]), day_oracle(&zone, times_us[j]));
        }
}

Test(zone, midnight_before_1970_starts_the_earlier_day)
{
    const struct zone utc = {.count = 1, .change_us = {INT64_MIN}};
    cr_assert_eq(zone_day(&utc, -1), -1);
    cr_assert_eq(zone_day(&utc, -DAY_US), -1);
    cr_assert_eq(zone_day(&utc, -DAY_US - 1), -2);
    cr_assert_eq(zone_day(&utc, 0), 0);
}

Test(zone, a_skipped_local_time_is_the_instant_of_the_change)
{
    int64_t wall = SPRING_US - 5 * HOUR_US; /* 02:00, which that day does not have */
    cr_assert_eq(zone_to_utc_us(&new_york, wall - 1), SPRING_US - 1);
    cr_assert_eq(zone_to_utc_us(&new_york, wall), SPRING_US);
    cr_assert_eq(zone_to_utc_us(&new_york, wall + HOUR_US - 1), SPRING_US);
    cr_assert_eq(zone_to_utc_us(&new_york, wall + HOUR_US), SPRING_US);
    cr_assert_eq(zone_to_utc_us(&new_york, wall + HOUR_US + 1), SPRING_US + 1);
}

Test(zone, a_local_time_that_happens_twice_is_its_first_occurrence)
{
    int64_t wall = AUTUMN_US - 5 * HOUR_US; /* 01:00, daylight time an hour before the change */
    cr_assert_eq(zone_to_utc_us(&new_york, wall), AUTUMN_US - HOUR_US);
    cr_assert_eq(zone_to_utc_us(&new_york, wall + HOUR_US - 1), AUTUMN_US - 1);
    cr_assert_eq(zone_to_utc_us(&new_york, wall + HOUR_US), AUTUMN_US + HOUR_US);
}

Test(zone, local_times_beyond_the_range_give_its_ends)
{
    const struct zone east = {.count = 1, .change_us = {INT64_MIN}, .offset_s = {50400}};
    cr_assert_eq(zone_to_utc_us(&east, INT64_MIN), INT64_MIN);
    cr_assert_eq(zone_to_utc_us(&new_york, INT64_MAX), INT64_MAX);
}

Test(zone, every_instant_outside_of_a_change_survives_the_way_to_the_wall_and_back)
{
    for (int64_t at = SPRING_US - 400 * DAY_US; at < SPRING_US + 400 * DAY_US;
         at += 1799 * INT64_C(1000000)) {
        bool second_time = at >= AUTUMN_US && at < AUTUMN_US + HOUR_US;
        int64_t local = at + zone_offset_s(&new_york, at) * INT64_C(1000000);
        cr_assert_eq(zone_to_utc_us(&new_york, local), second_time ? at - HOUR_US : at);
    }
}
