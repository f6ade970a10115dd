#include "bench/nab_score.h"

#include <criterion/criterion.h>

/* Of 1,000 rows 150 are not scored; the window has 100. */
static struct nab_window windows[] = {{400, 499}, {700, 799}};

static struct nab_tally tally_of(uint32_t window_count, const uint32_t *rows, uint32_t count)
{
    const struct nab_series series = {.n = 1000, .windows = windows, .window_count = window_count};
    struct nab_tally tally = {0};
    nab_tally_add(&tally, &series, rows, count);
    return tally;
}

static double raw_of(uint32_t window_count, const uint32_t *rows, uint32_t count)
{
    return tally_of(window_count, rows, count).raw[NAB_STANDARD];
}

/* s(y) = 2 / (1 + e^(5y)) - 1. The window's left edge is y = -1, s(-1) = 2 / (1 + 0.006737947) - 1 = 0.986614298. */
Test(nab_score, a_detection_is_worth_the_less_the_later_it_comes_in_its_window)
{
    cr_assert_float_eq(raw_of(1, (const uint32_t[]){400}, 1), 1, 1e-12);
    /* Row 449: 51 rows to the end, y = -0.51; e^-2.55 = 0.078081666, s = 0.855147029; / 0.986614298 = 0.866749074 */
    cr_assert_float_eq(raw_of(1, (const uint32_t[]){449}, 1), 0.866749074, 1e-8);
    /* Row 499: y = -0.01; e^-0.05 = 0.951229425, s = 0.024994793; / 0.986614298 = 0.025333905 */
    cr_assert_float_eq(raw_of(1, (const uint32_t[]){499}, 1), 0.025333905, 1e-8);
}

Test(nab_score, of_a_window_only_the_best_detection_counts)
{
    struct nab_tally tally = tally_of(1, (const uint32_t[]){449, 450, 470, 499}, 4);
    cr_assert_float_eq(tally.raw[NAB_STANDARD], 0.866749074, 1e-8);
    cr_assert(tally.found == 1 && tally.windows == 1 && tally.false_ones == 0);
}

Test(nab_score, outside_a_detection_costs_the_more_the_further_it_is_behind_the_last_window)
{
    /* First in the window, so 1, and: row 510, 11 rows or 11/99 lengths behind: e^(5/9) = 1.742908999, s = -0.270847119; weight 0.11. */
    cr_assert_float_eq(raw_of(1, (const uint32_t[]){400, 510}, 2), 1 - 0.11 * 0.270847119, 1e-8);
    /* Row 598 is one length behind: s(1) = -0.986614298. */
    cr_assert_float_eq(raw_of(1, (const uint32_t[]){400, 598}, 2), 1 - 0.11 * 0.986614298, 1e-8);
    /* More than three lengths, and before the first window: all of the weight. */
    cr_assert_float_eq(raw_of(1, (const uint32_t[]){400, 797}, 2), 0.89, 1e-12);
    cr_assert_float_eq(raw_of(1, (const uint32_t[]){399, 400}, 2), 0.89, 1e-12);
    struct nab_tally tally = tally_of(1, (const uint32_t[]){399, 400}, 2);
    cr_assert_float_eq(tally.raw[NAB_LOW_FP], 0.78, 1e-12);
    cr_assert_float_eq(tally.raw[NAB_LOW_FN], 0.89, 1e-12);
    cr_assert_eq(tally.false_ones, 1);
}

Test(nab_score, between_windows_the_one_before_is_what_counts)
{
    /* Row 699 lies 200 / 99 lengths behind the first one and just before the second: e^(1000/99) = 24367.6, s = -0.999917927. */
    cr_assert_float_eq(raw_of(2, (const uint32_t[]){400, 699, 700}, 3), 2 - 0.11 * 0.999917927, 1e-7);
}

Test(nab_score, the_first_rows_are_not_scored)
{
    cr_assert_eq(nab_probation(1000), 150);
    cr_assert_eq(nab_probation(5000), 750);
    cr_assert_eq(nab_probation(1000000), 750);
    cr_assert_float_eq(raw_of(1, (const uint32_t[]){0, 10, 149, 400}, 4), 1, 1e-12);
    cr_assert_float_eq(raw_of(1, (const uint32_t[]){149, 150, 400}, 3), 0.89, 1e-12);
}

Test(nab_score, all_windows_at_their_edges_are_100_and_nothing_is_0)
{
    struct nab_tally perfect = tally_of(2, (const uint32_t[]){400, 700}, 2), nothing = tally_of(2, NULL, 0);
    for (int profile = 0; profile < NAB_PROFILE_COUNT; profile++) {
        cr_assert_float_eq(nab_score(&perfect, (enum nab_profile)profile), 100, 1e-9);
        cr_assert_float_eq(nab_score(&nothing, (enum nab_profile)profile), 0, 1e-9);
    }
    cr_assert_float_eq(nothing.raw[NAB_LOW_FN], -4, 1e-12);
    /* One of two: standard (1 - 1 - -2) / (2 - -2), low FN (1 - 2 - -4) / (2 - -4). */
    struct nab_tally half = tally_of(2, (const uint32_t[]){400}, 1);
    cr_assert_float_eq(nab_score(&half, NAB_STANDARD), 50, 1e-9);
    cr_assert_float_eq(nab_score(&half, NAB_LOW_FN), 50, 1e-9);
    cr_assert_eq(nab_score(&(struct nab_tally){0}, NAB_STANDARD), 0);
}

Test(nab_score, series_add_up)
{
    struct nab_tally sum = tally_of(2, (const uint32_t[]){400, 510}, 2), part = tally_of(1, (const uint32_t[]){300, 449}, 2);
    double raw = sum.raw[NAB_LOW_FP] + part.raw[NAB_LOW_FP];
    nab_tally_merge(&sum, &part);
    cr_assert_float_eq(sum.raw[NAB_LOW_FP], raw, 1e-12);
    cr_assert(sum.windows == 3 && sum.found == 2 && sum.false_ones == 2);
}
