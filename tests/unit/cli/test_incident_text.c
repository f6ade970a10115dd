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
    cr_assert_str_eq(figure("margin", -0.25, 2), "-0.25");
}

Test(incident_text, a_figure_beyond_what_money_can_be_is_not_made_up)
{
    cr_assert_str_eq(figure("gross", 1e300, 2), "1e+300");
}
