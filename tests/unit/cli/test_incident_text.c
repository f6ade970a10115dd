#include <stdio.h>
#include <string.h>

#include "cli/figures.h"
#include "cli/incident_text.h"

#include <criterion/criterion.h>

static const char *figure(const char *metric, double value, int32_t scale)
{
    static struct figure figure;
    figure = figure_metric(text_of(metric), value, scale);
    return figure.text;
}

Test(incident_text, money_has_the_decimals_of_its_currency)
{
    cr_assert_str_eq(figure("gross", 123456, 2), "1,234.56");
    cr_assert_str_eq(figure("gross", 123456.4, 0), "123,456");
    cr_assert_str_eq(figure("net_profit", -50.6, 2), "-0.51");
}

Test(incident_text, a_count_is_whole_unless_it_is_an_expectation)
{
    cr_assert_str_eq(figure("orders", 1200, 2), "1,200");
    cr_assert_str_eq(figure("orders", 41.27, 2), "41.3");
}

Test(incident_text, a_ratio_is_a_ratio)
{
    cr_assert_str_eq(figure("roas", 3.14159, 2), "3.142");
    cr_assert_str_eq(figure("refund_rate", 0.3, 2), "0.3");
    cr_assert_str_eq(figure("margin", -0.25, 2), "-0.25");
}

Test(incident_text, a_figure_beyond_what_money_can_be_is_not_made_up)
{
    cr_assert_str_eq(figure("gross", 1e300, 2), "1e+300");
}

#define HOUR_US INT64_C(3600000000)
#define DAY_US (24 * HOUR_US)
#define MIDNIGHT_US INT64_C(1773028800000000) /* 2026-03-09 04:00 UTC, midnight in New York, whose clocks changed the day before */

static char printed[8192];
static struct problems problems;

/* An incident of two days on the clocks of a zone, with the series that is loaded for it: SERIES_LEAD buckets before it, and one behind. */
static struct loaded_incident incident_of(int64_t opened_us, int64_t last_us, int64_t width_us, int64_t series_width_us)
{
    struct loaded_incident incident = {.intact = true, .amount_scale = 2, .currency = text_of("USD")};
    incident.columns = (struct incident_columns){
        .shop_id = text_of("shop-1"), .status = text_of("open"), .metric = text_of("gross"), .dimension = text_of("shop"),
        .key = text_of(""), .severity = text_of("warn"), .direction = text_of("above"), .opened_us = opened_us, .last_us = last_us, .closed_us = EVENT_ABSENT,
        .peak_us = opened_us, .width_us = width_us, .value = 12000, .expected = 10000, .lower = 8000, .upper = 11000, .z_calibrated = 4.2,
        .revision = 1, .bucket_count = 1};
    incident.series = (struct loaded_series){.state = SERIES_THERE, .start_us = opened_us - SERIES_LEAD * series_width_us,
                                             .width_us = series_width_us, .count = SERIES_LEAD + 3};
    return incident;
}

static const char *print(struct loaded_incident *incident, const char *zone, bool json)
{
    const struct shop_setting setting = {.timezone = zone, .amount_scale = -1};
    struct shop_policies *policies = shop_policies_new(&setting, 1, NULL, &problems);
    cr_assert_not_null(policies);
    memset(printed, 0, sizeof printed);
    FILE *out = fmemopen(printed, sizeof printed - 1, "w");
    const struct incident_page page = {.out = out, .policies = policies};
    const struct loaded_incidents loaded = {.shop_found = true, .incidents = incident, .count = 1};
    if (json)
        incidents_print_json(&page, &loaded);
    else
        incidents_print_text(&page, &loaded);
    cr_assert_eq(fclose(out), 0);
    shop_policies_free(policies);
    return printed;
}

static size_t column_of(const char *text, const char *at)
{
    const char *line = at;
    while (line > text && line[-1] != '\n')
        line--;
    return (size_t)(at - line);
}

/* How many buckets of the series are marked, and which is the first. */
static size_t marks(const char *text, size_t *ret_first)
{
    const char *first = strchr(text, '^'), *series = strstr(text, "series ");
    cr_assert(first && series);
    *ret_first = column_of(text, first) - column_of(text, series + 6 + strspn(series + 6, " "));
    return strspn(first, "^");
}

Test(incident_text, a_series_of_days_begins_with_a_local_day_on_either_side_of_a_clock_change)
{
    /* 20 days before 9 March, when New York was an hour behind where it is now. */
    struct loaded_incident incident = incident_of(MIDNIGHT_US, MIDNIGHT_US + 2 * DAY_US, DAY_US, DAY_US);
    cr_assert_not_null(strstr(print(&incident, "America/New_York", false), "a character per day from 2026-02-17, as"), "%s", printed);
    cr_assert_not_null(strstr(print(&incident, "America/New_York", true), "\"start\": 1771304400000000,"), "05:00 UTC: %s", printed);
    cr_assert_not_null(strstr(print(&incident, "UTC", false), "a character per day from 2026-02-17 04:00:00, as"), "%s", printed);
}

Test(incident_text, quarters_of_a_day_keep_to_the_wall_and_hours_do_not)
{
    struct loaded_incident incident = incident_of(MIDNIGHT_US, MIDNIGHT_US + 12 * HOUR_US, 6 * HOUR_US, 6 * HOUR_US);
    cr_assert_not_null(strstr(print(&incident, "America/New_York", false), "a character per 6 hours from 2026-03-04 00:00:00, as"), "%s",
                       printed);
    incident = incident_of(MIDNIGHT_US, MIDNIGHT_US + 2 * HOUR_US, HOUR_US, HOUR_US);
    cr_assert_not_null(strstr(print(&incident, "America/New_York", false), "a character per hour from 2026-03-08 04:00:00, as"), "%s",
                       printed);
}

Test(incident_text, a_day_of_25_hours_is_one_day_of_the_incident)
{
    int64_t sunday_us = INT64_C(1793505600000000); /* 2026-11-01 04:00 UTC, New York's midnight */
    struct loaded_incident incident = incident_of(sunday_us, sunday_us + 25 * HOUR_US, 25 * HOUR_US, DAY_US);
    size_t first, count = marks(print(&incident, "America/New_York", false), &first);
    cr_assert(count == 1 && first == SERIES_LEAD, "%zu marks from %zu on: %s", count, first, printed);
    cr_assert_not_null(strstr(printed, ", the day, z 4.2"), "%s", printed);
}

Test(incident_text, a_value_within_its_range_was_told_for_a_mean)
{
    struct loaded_incident incident = incident_of(MIDNIGHT_US, MIDNIGHT_US + HOUR_US, HOUR_US, HOUR_US);
    cr_assert_null(strstr(print(&incident, "UTC", false), "mean"));
    cr_assert_not_null(strstr(print(&incident, "UTC", true), "\"of_mean\": false"));
    incident.columns.value = 10900;
    cr_assert_not_null(strstr(print(&incident, "UTC", false), "z 4.2 (the mean of several up to it), warn"), "%s", printed);
    cr_assert_not_null(strstr(print(&incident, "UTC", true), "\"of_mean\": true"));
    incident.columns.width_us = 0;
    cr_assert_null(strstr(print(&incident, "UTC", false), "mean"), "a single event has no others before it");
}
