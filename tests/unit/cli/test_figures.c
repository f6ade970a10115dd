#include <criterion/criterion.h>

#include "cli/figures.h"

#define HOUR_US INT64_C(3600000000)
#define NEW_YEAR_2026_US INT64_C(1767225600000000)

Test(figures, money_has_the_decimals_of_its_scale_and_commas)
{
    static const struct {
        int64_t minor;
        int32_t scale;
        const char *text;
    } vectors[] = {{0, 2, "0.00"},       {5, 2, "0.05"},          {-5, 2, "-0.05"},      {123456, 2, "1,234.56"},
                   {-100000, 2, "-1,000.00"}, {93006, 0, "93,006"}, {999, 0, "999"},       {1000000, 0, "1,000,000"},
                   {1234, 3, "1.234"},   {7, 3, "0.007"},         {0, 0, "0"},           {INT64_MIN, 2, "-92,233,720,368,547,758.08"},
                   {INT64_MAX, 9, "9,223,372,036.854775807"}};
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++)
        cr_assert_str_eq(figure_money(vectors[i].minor, vectors[i].scale).text, vectors[i].text);
}

Test(figures, an_exact_product_shows_all_its_digits_and_no_idle_zeros)
{
    cr_assert_str_eq(figure_exact(5099, 60000, 0, 0, 2).text, "3.0594");
    cr_assert_str_eq(figure_exact(4000, 100000, 0, 0, 2).text, "4.00");
    cr_assert_str_eq(figure_exact(1000000, 50000, 234500, 30000, 2).text, "570.35"); /* 500.00 + 70.35 */
    cr_assert_str_eq(figure_exact(-1, 1, 0, 0, 2).text, "-0.00000001");
    cr_assert_str_eq(figure_exact(87360, 75000, 0, 0, 0).text, "6,552");
    cr_assert_str_eq(figure_exact(INT64_MAX, 1000000, 0, 0, 2).text, "92,233,720,368,547,758.07");
}

Test(figures, rates_are_percent)
{
    cr_assert_str_eq(figure_rate(60000).text, "6 %");
    cr_assert_str_eq(figure_rate(54500).text, "5.45 %");
    cr_assert_str_eq(figure_rate(1).text, "0.0001 %");
    cr_assert_str_eq(figure_rate(0).text, "0 %");
    cr_assert_str_eq(figure_rate(1000000).text, "100 %");
}

Test(figures, instants_are_told_on_the_clocks_of_their_zone)
{
    const struct zone tokyo = {.count = 1, .change_us = {INT64_MIN}, .offset_s = {9 * 3600}};
    cr_assert_str_eq(figure_instant(NEW_YEAR_2026_US, NULL).text, "2026-01-01 00:00:00");
    cr_assert_str_eq(figure_instant(NEW_YEAR_2026_US - 1, NULL).text, "2025-12-31 23:59:59.999999");
    cr_assert_str_eq(figure_instant(NEW_YEAR_2026_US - HOUR_US, &tokyo).text, "2026-01-01 08:00:00");
    cr_assert_str_eq(figure_instant(-1000000, NULL).text, "1969-12-31 23:59:59");
    cr_assert_str_eq(figure_boundary(NEW_YEAR_2026_US, NULL).text, "2026-01-01");
    cr_assert_str_eq(figure_boundary(NEW_YEAR_2026_US + HOUR_US / 2, NULL).text, "2026-01-01 00:30:00");
}

Test(figures, days_are_those_of_the_calendar)
{
    cr_assert_str_eq(figure_day(0).text, "1970-01-01");
    cr_assert_str_eq(figure_day(19782).text, "2024-02-29");
    cr_assert_str_eq(figure_day(-1).text, "1969-12-31");
    cr_assert_str_eq(figure_day(11016).text, "2000-02-29");
}
