#include "cli/sparkline.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

Test(sparkline, eight_heights_stand_for_eighths_of_the_scale)
{
    const double values[] = {0, 1, 2, 3, 4, 5, 6, 7, 8};
    struct sparkline line;
    sparkline_make(values, 9, NAN, NAN, true, &line);
    cr_assert_str_eq(line.text, "▁▂▃▄▅▆▇██", "7 of 8 is the last eighth, and 8 its end");
    sparkline_make(values, 9, NAN, NAN, false, &line);
    cr_assert_str_eq(line.text, "_.:-=+*##");
}

Test(sparkline, the_expected_range_widens_the_scale_and_is_told_on_it)
{
    const double values[] = {10, 10, 20};
    struct sparkline line;
    sparkline_make(values, 3, 30, 80, false, &line);
    cr_assert_str_eq(line.text, "..:"); /* 10/80 and 20/80 of eight heights: 1 and 2 */
    cr_assert_str_eq(sparkline_glyph(&line, 30), "-");
    cr_assert_str_eq(sparkline_glyph(&line, 80), "#");
    cr_assert_str_eq(sparkline_glyph(&line, 1000), "#");
    cr_assert_str_eq(sparkline_glyph(&line, -1), "_");
}

Test(sparkline, losses_are_below_zero)
{
    const double values[] = {-4, 0, 4};
    struct sparkline line;
    sparkline_make(values, 3, NAN, NAN, false, &line);
    cr_assert_str_eq(line.text, "_=#");
}

Test(sparkline, a_missing_value_is_not_a_zero)
{
    const double values[] = {NAN, 0, 1};
    struct sparkline line;
    sparkline_make(values, 3, NAN, NAN, false, &line);
    cr_assert_str_eq(line.text, "?_#");
}

Test(sparkline, a_flat_or_empty_series_has_a_line_too)
{
    const double zeros[] = {0, 0};
    struct sparkline line;
    sparkline_make(zeros, 2, NAN, NAN, false, &line);
    cr_assert_str_eq(line.text, "__");
    sparkline_make(zeros, 0, NAN, NAN, true, &line);
    cr_assert_str_eq(line.text, "");
}

Test(sparkline, no_more_is_shown_than_has_room)
{
    double values[SPARKLINE_VALUES_MAX + 10];
    struct sparkline line;
    for (size_t i = 0; i < SPARKLINE_VALUES_MAX + 10; i++)
        values[i] = (double)i;
    sparkline_make(values, SPARKLINE_VALUES_MAX + 10, NAN, NAN, true, &line);
    cr_assert_eq(strlen(line.text), SPARKLINE_VALUES_MAX * 3);
}
