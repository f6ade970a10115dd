#include <criterion/criterion.h>

#include "common/suggest.h"

static const char *const names[] = {"brokers", "group", "topics", "instance_id", NULL};

Test(suggest, one_slip_is_understood)
{
    cr_assert_str_eq(suggest_of("broker", names), "brokers");
    cr_assert_str_eq(suggest_of("brokerz", names), "brokers");
    cr_assert_str_eq(suggest_of("borkers", names), "brokers");
    cr_assert_str_eq(suggest_of("toppics", names), "topics");
    cr_assert_str_eq(suggest_of("instance-id", names), "instance_id");
}

Test(suggest, what_is_far_from_all_names_gets_none)
{
    cr_assert_null(suggest_of("zebra", names));
    cr_assert_null(suggest_of("", names));
    cr_assert_null(suggest_of("brokersbrokersbrokersbrokersbrokersbrokersbrokersbrokersbrokersbrokers", names));
}
