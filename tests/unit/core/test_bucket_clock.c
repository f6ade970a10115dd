#include "core/bucket_clock.h"

#include <criterion/criterion.h>

#define MINUTE_US INT64_C(60000000)

/* 2026 in UTC, in microseconds: instants below are its hours. */
#define YEAR_US INT64_C(1767225600000000)
#define AT(day_of_year, hour) (YEAR_US + ((day_of_year) * INT64_C(24) + (hour)) * US_PER_HOUR)

/* Days of the year, from 0: 8 March is 66, 29 March 87, 25 October 297, 1 November 304. */
static const struct zone berlin = {
    .count = 3, .change_us = {INT64_MIN, AT(87, 1), AT(297, 1)}, .offset_s = {3600, 7200, 3600}};
static const struct zone new_york = {
    .count = 3, .change_us = {INT64_MIN, AT(66, 7), AT(304, 6)}, .offset_s = {-18000, -14400, -18000}};
static const struct zone kolkata = {.count = 1, .change_us = {INT64_MIN}, .offset_s = {19800}};

static void check_day(const struct zone *zone, int64_t start_us, int64_t hours)
{
    struct bucket_span day = bucket_span_at(zone, WIDTH_DAY, start_us + 9 * US_PER_HOUR);
    cr_assert_eq(day.start_us, start_us);
    cr_assert_eq(day.end_us, start_us + hours * US_PER_HOUR);
    cr_assert_eq(bucket_slot(zone, day.start_us).hour, 0);
    cr_assert_eq(bucket_slot(zone, day.end_us).hour, 0);
    cr_assert_eq(bucket_width_of_span(day.start_us, day.end_us), WIDTH_DAY);
}

Test(bucket_clock, a_day_on_which_clocks_change_has_23_or_25_hours)
{
    check_day(&berlin, AT(86, 23), 23);
    check_day(&berlin, AT(296, 22), 25);
    check_day(&new_york, AT(66, 5), 23);
    check_day(&new_york, AT(304, 4), 25);
    check_day(&berlin, AT(85, 23), 24);
    check_day(&berlin, AT(87, 22), 24);
    check_day(&new_york, AT(305, 5), 24);
}

/* Steps through the hours of a day; ret_hours counts how often the wall showed each. */
static int count_hours(const struct zone *zone, int64_t start_us, int ret_hours[24])
{
    int hours = 0;
    struct bucket_span day = bucket_span_at(zone, WIDTH_DAY, start_us);
    for (int64_t at_us = day.start_us; at_us < day.end_us; hours++) {
        struct bucket_span hour = bucket_span_at(zone, WIDTH_HOUR, at_us);
        cr_assert(hour.start_us == at_us && hour.end_us == at_us + US_PER_HOUR);
        ret_hours[bucket_slot(zone, at_us).hour]++;
        at_us = hour.end_us;
    }
    return hours;
}

Test(bucket_clock, an_hour_is_skipped_in_spring_and_comes_twice_in_autumn)
{
    static const struct {
        const struct zone *zone;
        int64_t start_us;
        int hours, odd_one, times;
    } days[] = {{&berlin, AT(86, 23), 23, 2, 0},
                {&berlin, AT(296, 22), 25, 2, 2},
                {&new_york, AT(66, 5), 23, 2, 0},
                {&new_york, AT(304, 4), 25, 1, 2}};
    for (int i = 0; i < 4; i++) {
        int hours[24] = {0};
        cr_assert_eq(count_hours(days[i].zone, days[i].start_us, hours), days[i].hours);
        for (int hour = 0; hour < 24; hour++)
            cr_assert_eq(hours[hour], hour == days[i].odd_one ? days[i].times : 1, "day %d, hour %d", i, hour);
    }
}

/* The quarters of a day by their lengths in hours; all begin at 0, 6, 12 and 18 on the wall. */
static void check_quarters(const struct zone *zone, int64_t start_us, const int lengths[4])
{
    int64_t at_us = start_us;
    for (int i = 0; i < 4; i++) {
        struct bucket_span quarter = bucket_span_at(zone, WIDTH_QUARTER, at_us + 2 * US_PER_HOUR);
        cr_assert(quarter.start_us == at_us && quarter.end_us == at_us + lengths[i] * US_PER_HOUR, "quarter %d", i);
        cr_assert_eq(bucket_slot(zone, at_us).hour, 6 * i);
        cr_assert_eq(bucket_width_of_span(quarter.start_us, quarter.end_us), WIDTH_QUARTER);
        at_us = quarter.end_us;
    }
    cr_assert_eq(bucket_slot(zone, at_us).hour, 0);
}

Test(bucket_clock, the_quarter_that_holds_the_change_has_5_or_7_hours)
{
    check_quarters(&berlin, AT(86, 23), (const int[]){5, 6, 6, 6});
    check_quarters(&berlin, AT(296, 22), (const int[]){7, 6, 6, 6});
    check_quarters(&new_york, AT(66, 5), (const int[]){5, 6, 6, 6});
    check_quarters(&new_york, AT(304, 4), (const int[]){7, 6, 6, 6});
    check_quarters(&new_york, AT(305, 5), (const int[]){6, 6, 6, 6});
}

static void walk(const struct zone *zone, enum bucket_width width)
{
    struct bucket_span before = bucket_span_at(zone, width, YEAR_US);
    for (int64_t at_us = YEAR_US; at_us < AT(366, 0); at_us += 10 * MINUTE_US) {
        struct bucket_span span = bucket_span_at(zone, width, at_us);
        cr_assert(span.start_us <= at_us && at_us < span.end_us);
        cr_assert(span.start_us == before.start_us ? span.end_us == before.end_us : span.start_us == before.end_us, "no gap, no overlap");
        before = span;
    }
}

Test(bucket_clock, buckets_of_a_year_follow_each_other_and_hold_every_instant)
{
    const struct zone *const zones[] = {&berlin, &new_york, &kolkata};
    for (int i = 0; i < 3; i++)
        for (int width = 0; width < WIDTH_COUNT; width++)
            walk(zones[i], (enum bucket_width)width);
}

Test(bucket_clock, hours_begin_on_the_wall_where_an_offset_has_half_an_hour)
{
    struct bucket_span hour = bucket_span_at(&kolkata, WIDTH_HOUR, AT(0, 0));
    cr_assert(hour.start_us == AT(0, 0) - 30 * MINUTE_US && hour.end_us == AT(0, 0) + 30 * MINUTE_US);
    cr_assert_eq(bucket_slot(&kolkata, hour.start_us).hour, 5);
}

Test(bucket_clock, the_weekday_is_the_walls)
{
    cr_assert_eq(bucket_slot(&berlin, AT(86, 22)).weekday, 6, "Saturday 28 March, 23:00 in Berlin");
    cr_assert_eq(bucket_slot(&berlin, AT(86, 23)).weekday, 0, "Sunday");
    cr_assert_eq(bucket_slot(&new_york, AT(66, 4)).weekday, 6, "Saturday 7 March, 23:00 in New York");
    cr_assert_eq(bucket_slot(&new_york, -US_PER_HOUR).weekday, 3, "Wednesday 31 December 1969, 18:00");
}

Test(bucket_clock, a_key_near_a_limit_keeps_its_width)
{
    /* Limits of a shop: hours from 2 an hour, quarters from 0.3; what has a width leaves it 1.5 times beyond. */
    cr_assert_eq(bucket_width_of(true, 1.4, WIDTH_HOUR), WIDTH_HOUR);
    cr_assert_eq(bucket_width_of(true, 1.3, WIDTH_HOUR), WIDTH_QUARTER);
    cr_assert_eq(bucket_width_of(true, 2.9, WIDTH_QUARTER), WIDTH_QUARTER);
    cr_assert_eq(bucket_width_of(true, 3.1, WIDTH_QUARTER), WIDTH_HOUR);
    cr_assert_eq(bucket_width_of(true, 0.1, WIDTH_HOUR), WIDTH_DAY);
    cr_assert_eq(bucket_width_of(true, 100, WIDTH_DAY), WIDTH_HOUR);
    cr_assert_eq(bucket_width_of(false, 3.9, WIDTH_HOUR), WIDTH_QUARTER, "keys within a shop have limits of their own");
    cr_assert_eq(bucket_width_of(false, 4.1, WIDTH_HOUR), WIDTH_HOUR);
}
