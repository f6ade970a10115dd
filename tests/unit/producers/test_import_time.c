#include <criterion/criterion.h>
#include <string.h>

#include "producers/import_time.h"

#define ABSENT INT64_MIN

static int64_t iso(const char *string)
{
    int64_t us;
    return import_time_iso(text_of(string), &us) ? us : ABSENT;
}

static int64_t with_offset(const char *string)
{
    int64_t us;
    return import_time_offset(text_of(string), &us) ? us : ABSENT;
}

static int64_t slashed(const char *string, bool month_first)
{
    struct slash_time time;
    int64_t us;
    return import_time_slashed(text_of(string), &time) && slash_time_local(time, month_first, &us) ? us : ABSENT;
}

#define NOON_S INT64_C(1709208000) /* 2024-02-29 12:00:00, `date -u -d 2024-02-29T12:00:00 +%s` */

Test(import_time, reads_days_of_the_calendar_and_no_others)
{
    cr_assert_eq(iso("2024-02-29 12:00:00"), NOON_S * 1000000);
    cr_assert_eq(iso("2024-02-29T12:00:00"), NOON_S * 1000000);
    cr_assert_eq(iso("2024-02-29 23:59:59"), (NOON_S + 43199) * 1000000);
    static const char *const refused[] = {"",
                                          "2024-02-29",
                                          "2023-02-29 12:00:00",
                                          "2024-02-29 24:00:00",
                                          "2024-02-29 12:60:00",
                                          "2024-02-29 12:00:60",
                                          "2024-13-01 12:00:00",
                                          "2024-00-01 12:00:00",
                                          "2024-01-00 12:00:00",
                                          "1999-12-31 12:00:00",
                                          "2100-01-01 00:00:00",
                                          "2024-02-29 12:00",
                                          "2024-02-29 12:00:00 ",
                                          "2024-2-29 12:00:00",
                                          "29-02-2024 12:00:00",
                                          "2024-02-2912:00:00"};
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        cr_assert_eq(iso(refused[i]), ABSENT, "%s", refused[i]);
}

Test(import_time, an_offset_leads_to_utc)
{
    cr_assert_eq(with_offset("2024-02-29 08:00:00 -0400"), NOON_S * 1000000);
    cr_assert_eq(with_offset("2024-02-29T17:30:00+05:30"), NOON_S * 1000000);
    cr_assert_eq(with_offset("2024-02-29T12:00:00Z"), NOON_S * 1000000);
    cr_assert_eq(with_offset("2024-02-29 12:00:00 UTC"), NOON_S * 1000000);
    static const char *const refused[] = {"2024-02-29 12:00:00",       "2024-02-29 12:00:00 0400",  "2024-02-29 12:00:00 -04",
                                          "2024-02-29 12:00:00 -0460", "2024-02-29 12:00:00 -1600", "2024-02-29 12:00:00 -0400x"};
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        cr_assert_eq(with_offset(refused[i]), ABSENT, "%s", refused[i]);
}

Test(import_time, day_and_month_stand_as_they_are_told_to)
{
    cr_assert_eq(slashed("02/29/2024 12:00:00 PM", true), NOON_S * 1000000);
    cr_assert_eq(slashed("29/02/2024 12:00:00", false), NOON_S * 1000000);
    cr_assert_eq(slashed("29/02/2024 12:00", false), NOON_S * 1000000);
    cr_assert_eq(slashed("29-02-2024 12:00:00", false), NOON_S * 1000000);
    cr_assert_eq(slashed("29/02/2024 12:00:00", true), ABSENT);
    cr_assert_eq(slashed("2/29/2024 12:00:00 AM", true), (NOON_S - 43200) * 1000000);
    cr_assert_eq(slashed("2/29/2024 1:05:09 pm", true), (NOON_S + 3600 + 309) * 1000000);
    cr_assert_eq(slashed("03/04/2024 00:00:00", true), (NOON_S + 43200 + 3 * 86400) * 1000000);   /* March 4 */
    cr_assert_eq(slashed("03/04/2024 00:00:00", false), (NOON_S + 43200 + 33 * 86400) * 1000000); /* April 3 */
    static const char *const refused[] = {"",
                                          "2/29/2024",
                                          "2/29/24 1:00:00",
                                          "2/29-2024 1:00:00",
                                          "2/29/2024 0:00:00 AM",
                                          "2/29/2024 13:00:00 PM",
                                          "2/29/2024 1:00:00 XM",
                                          "2/29/2024 1:00:00 A",
                                          "2/29/2024 1:00:00 AM ",
                                          "2 29 2024 1:00:00"};
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        cr_assert_eq(slashed(refused[i], true), ABSENT, "%s", refused[i]);
}

Test(import_time, what_cannot_be_read_leaves_the_output_as_it_was)
{
    struct slash_time time = {.year = 7};
    int64_t us = 7;
    cr_assert(!import_time_iso(text_of("2024-02-30 12:00:00"), &us) && us == 7);
    cr_assert(!import_time_offset(text_of("2024-02-29 12:00:00 x"), &us) && us == 7);
    cr_assert(!import_time_slashed(text_of("2/29/2024 1:00:00 XM"), &time) && time.year == 7);
    cr_assert(!slash_time_local((struct slash_time){31, 4, 2024, 0}, false, &us) && us == 7);
}
