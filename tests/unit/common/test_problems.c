#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/problems.h"

static struct problems problems;
static char printed[64 * 1024];

static const char *print_all(void)
{
    memset(printed, 0, sizeof printed);
    FILE *out = fmemopen(printed, sizeof printed - 1, "w");
    cr_assert_not_null(out);
    problems_print(&problems, out);
    cr_assert_eq(fclose(out), 0);
    problems_done(&problems);
    return printed;
}

Test(problems, a_line_names_file_place_key_and_reason_as_far_as_there_are_any)
{
    cr_assert_not(problems_add(&problems, "a.yaml", 3, 9, "batch.rows", "must lie in %d to %d", 1, 9));
    cr_assert_not(problems_add(&problems, "b.yaml", 0, 0, "", "cannot be read"));
    cr_assert_not(problems_add(&problems, "TILLSTREAM__BATCH__ROWS", 0, 0, "batch.rows", "must be a whole number"));
    cr_assert_str_eq(print_all(), "a.yaml:3:9: batch.rows: must lie in 1 to 9\n"
                                  "b.yaml: cannot be read\n"
                                  "TILLSTREAM__BATCH__ROWS: batch.rows: must be a whole number\n");
}

Test(problems, lines_come_in_the_order_of_files_as_met_and_then_of_places)
{
    (void)problems_add(&problems, "z.yaml", 7, 1, "", "4th");
    (void)problems_add(&problems, "z.yaml", 2, 10, "", "2nd");
    (void)problems_add(&problems, "a.yaml", 1, 1, "", "5th");
    (void)problems_add(&problems, "z.yaml", 2, 10, "", "3rd");
    (void)problems_add(&problems, "z.yaml", 2, 9, "", "1st");
    cr_assert_str_eq(print_all(), "z.yaml:2:9: 1st\nz.yaml:2:10: 2nd\nz.yaml:2:10: 3rd\nz.yaml:7:1: 4th\na.yaml:1:1: 5th\n");
}

Test(problems, what_is_beyond_the_most_is_counted)
{
    for (unsigned i = 1; i <= PROBLEMS_MAX + 17; i++)
        (void)problems_add(&problems, "a.yaml", i, 1, "", "wrong");
    cr_assert_eq(problems.count, PROBLEMS_MAX);
    const char *last = strrchr(print_all(), '.');
    cr_assert_str_eq(last - 2, "... and 17 more\n");
}

Test(problems, texts_are_copied)
{
    char file[] = "a.yaml", key[] = "rows";
    (void)problems_add(&problems, file, 1, 1, key, "wrong");
    file[0] = key[0] = '?';
    cr_assert_str_eq(print_all(), "a.yaml:1:1: rows: wrong\n");
}

Test(problems, what_was_told_already_is_not_told_again)
{
    for (int metric = 0; metric < 16; metric++) {
        (void)problems_add(&problems, "a.yaml", 3, 9, "detect.warn_z", "must be at least %g", 0.1);
        (void)problems_add(&problems, "a.yaml", 3, 9, "detect.warn_z", "and finite");
    }
    (void)problems_add(&problems, "b.yaml", 3, 9, "detect.warn_z", "and finite");
    (void)problems_add(&problems, "b.yaml", 3, 9, "", "and finite");
    cr_assert_eq(problems.count, 4);
    cr_assert_eq(problems.unshown, 0);
    problems_done(&problems);
}
