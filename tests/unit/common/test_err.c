#include <criterion/criterion.h>
#include <string.h>

#include "common/err.h"

Test(err, setting_one_is_false_and_says_what_it_was_told)
{
    struct err err = {0};
    cr_assert_not(err_set(&err, ERR_RETRY, EXIT_CODE_UNAVAILABLE, "%s: %d", "away", 3));
    cr_assert_eq(err.kind, ERR_RETRY);
    cr_assert_eq(err.exit_code, EXIT_CODE_UNAVAILABLE);
    cr_assert_str_eq(err.text, "away: 3");
    err_prefix(&err, "shop %d", 7);
    cr_assert_str_eq(err.text, "shop 7: away: 3");
    cr_assert_eq(err.kind, ERR_RETRY);
}

Test(err, nobody_who_wants_to_know_is_fine)
{
    cr_assert_not(err_set(NULL, ERR_FATAL, EXIT_CODE_INTERNAL, "lost"));
    err_prefix(NULL, "lost");
}

Test(err, long_texts_are_cut_at_their_end)
{
    struct err err = {0};
    char text[2 * ERR_TEXT_MAX + 1] = {0};
    memset(text, 'x', sizeof text - 1);
    cr_assert_not(err_set(&err, ERR_FATAL, EXIT_CODE_DATA, "begins %s", text));
    cr_assert_eq(strlen(err.text), ERR_TEXT_MAX - 1);
    cr_assert_eq(strncmp(err.text, "begins x", 8), 0);
    for (size_t len = ERR_TEXT_MAX - 20; len <= 2 * ERR_TEXT_MAX; len += 7) {
        (void)err_set(&err, ERR_FATAL, EXIT_CODE_DATA, "inner");
        err_prefix(&err, "%.*s", (int)len, text);
        cr_assert_lt(strlen(err.text), ERR_TEXT_MAX);
        cr_assert_not_null(strstr(err.text, "x: "));
    }
}
