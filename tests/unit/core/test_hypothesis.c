#include "core/hypothesis.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define CHAIN_MAX 3

static uint64_t state;

static double uniform(void)
{
    state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (double)(state >> 11) / 9007199254740992.0;
}

/* Log-uniform over seven decades, as money is. */
static double positive(void)
{
    return exp(16 * uniform() - 2);
}

static struct measures orders_units_gross(double orders, double units, double gross)
{
    struct measures measures = {0};
    measures_set(&measures, MEASURE_ORDERS, orders);
    measures_set(&measures, MEASURE_UNITS, units);
    measures_set(&measures, MEASURE_GROSS, gross);
    return measures;
}

static struct measures of_factors(double orders, double units_per_order, double price)
{
    return orders_units_gross(orders, orders * units_per_order, orders * units_per_order * price);
}

static struct measures one(enum measure measure, double value)
{
    struct measures measures = {0};
    measures_set(&measures, measure, value);
    return measures;
}

static struct measures profit(double gross, double discount, double fees, double commission, double refunds, double spend,
                              double net)
{
    struct measures measures = orders_units_gross(gross / 40, gross / 20, gross);
    measures_set(&measures, MEASURE_DISCOUNT, discount);
    measures_set(&measures, MEASURE_FEES, fees);
    measures_set(&measures, MEASURE_COMMISSION, commission);
    measures_set(&measures, MEASURE_REFUNDS, refunds);
    measures_set(&measures, MEASURE_SPEND, spend);
    measures_set(&measures, MEASURE_NET, net);
    return measures;
}

static struct hypothesis_child child_of(enum dimension dimension, const char *key, struct measures expected,
                                        struct measures actual)
{
    return (struct hypothesis_child){.dimension = dimension, .key = text_of(key), .actual = actual, .expected = expected};
}

static double sum_of(const struct hypothesis *hypothesis)
{
    double sum = 0;
    for (int effect = 0; effect < EFFECT_COUNT; effect++)
        sum += hypothesis->effects[effect].part;
    return sum;
}

static double size_of(const struct hypothesis *hypothesis)
{
    double size = fabs(hypothesis->deviation) + fabs(hypothesis->expected);
    for (int effect = 0; effect < EFFECT_COUNT; effect++)
        size += fabs(hypothesis->effects[effect].part);
    return size;
}

static struct hypothesis split(const struct hypothesis_input *input)
{
    struct hypothesis hypothesis;
    cr_assert(hypothesis_split(input, &hypothesis));
    cr_assert_float_eq(sum_of(&hypothesis), hypothesis.deviation, 1e-13 * size_of(&hypothesis), "parts %.17g, deviation %.17g",
                       sum_of(&hypothesis), hypothesis.deviation);
    for (int effect = 0; effect < EFFECT_COUNT; effect++) {
        const struct effect_part *part = &hypothesis.effects[effect];
        cr_assert(isfinite(part->part) && (part->known || part->part == 0));
    }
    return hypothesis;
}

static struct hypothesis_input reversed(const struct hypothesis_input *input, struct hypothesis_child *children)
{
    struct hypothesis_input back = *input;
    back.actual = input->expected;
    back.expected = input->actual;
    back.children = children;
    for (size_t i = 0; i < input->child_count; i++)
        children[i] = child_of(input->children[i].dimension, input->children[i].key.ptr, input->children[i].actual,
                               input->children[i].expected);
    return back;
}

static void check_text(const struct hypothesis_input *input, const char *expected)
{
    char text[HYPOTHESIS_TEXT_BYTES];
    size_t len = hypothesis_text(input, text, sizeof text);
    cr_assert_str_eq(text, expected);
    cr_assert_eq(len, strlen(text));
}

/*
 * The slow oracle: along the path on which every factor grows at its own constant rate, k(t) = k0 (k1/k0)^t, factor k does
 * integral R(t) k'(t)/k(t) dt; by Simpson's rule in long double.
 */
static long double path_integral(const long double before[], const long double after[], int count, int factor)
{
    const int steps = 512;
    long double sum = 0;
    for (int step = 0; step <= steps; step++) {
        long double product = 1, t = (long double)step / steps;
        for (int i = 0; i < count; i++)
            product *= before[i] * powl(after[i] / before[i], t);
        sum += product * (step == 0 || step == steps ? 1 : step % 2 ? 4 : 2);
    }
    return sum / (3 * steps) * logl(after[factor] / before[factor]);
}

Test(hypothesis, log_mean_effects_are_the_path_integral)
{
    state = 5;
    for (int round = 0; round < 300; round++) {
        long double before[CHAIN_MAX], after[CHAIN_MAX];
        for (int i = 0; i < CHAIN_MAX; i++) {
            before[i] = positive();
            after[i] = before[i] * (long double)exp(3 * uniform() - 1.5);
        }
        struct hypothesis_input input = {
            .subject = SUBJECT_GROSS,
            .expected = of_factors((double)before[0], (double)before[1], (double)before[2]),
            .actual = of_factors((double)after[0], (double)after[1], (double)after[2])};
        struct hypothesis got = split(&input);
        const enum effect effects[] = {EFFECT_ORDERS, EFFECT_UNITS_PER_ORDER, EFFECT_PRICE};
        for (int i = 0; i < CHAIN_MAX; i++) {
            double oracle = (double)path_integral(before, after, CHAIN_MAX, i);
            const struct effect_part *part = &got.effects[effects[i]];
            cr_assert_float_eq(part->part, oracle, 1e-9 * size_of(&got), "round %d, factor %d: %.17g, not %.17g", round, i,
                               part->part, oracle);
            cr_assert_float_eq(part->before, (double)before[i], 1e-12 * (double)before[i]);
            cr_assert_float_eq(part->after, (double)after[i], 1e-12 * (double)after[i]);
        }
    }
}

/* The slow oracle of the midpoint form: exchange the factors in each of the six orders, and take the mean. */
static double mean_over_orders(const double before[], const double after[], int factor)
{
    static const int orders[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
    double sum = 0;
    for (int order = 0; order < 6; order++) {
        double at[3] = {before[0], before[1], before[2]};
        for (int i = 0; i < 3; i++) {
            int which = orders[order][i];
            double was = at[0] * at[1] * at[2];
            at[which] = after[which];
            sum += which == factor ? at[0] * at[1] * at[2] - was : 0;
        }
    }
    return sum / 6;
}

Test(hypothesis, a_free_price_is_split_by_the_midpoint_over_all_orders)
{
    state = 6;
    for (int round = 0; round < 300; round++) {
        double before[3] = {positive(), positive(), positive()}, after[3] = {positive(), positive(), 0};
        struct hypothesis_input input = {.subject = SUBJECT_GROSS,
                                         .expected = of_factors(before[0], before[1], before[2]),
                                         .actual = orders_units_gross(after[0], after[0] * after[1], 0)};
        struct hypothesis got = split(&input);
        const enum effect effects[] = {EFFECT_ORDERS, EFFECT_UNITS_PER_ORDER, EFFECT_PRICE};
        for (int i = 0; i < 3; i++)
            cr_assert_float_eq(got.effects[effects[i]].part, mean_over_orders(before, after, i), 1e-12 * size_of(&got),
                               "round %d", round);
    }
}

Test(hypothesis, two_factors_at_zero_have_the_textbook_midpoint)
{
    /* 10 units at 5 expected, 8 units for nothing: units -2 x (5 + 0) / 2 = -5, price -5 x (10 + 8) / 2 = -45. */
    struct hypothesis_input input = {.subject = SUBJECT_GROSS};
    measures_set(&input.expected, MEASURE_UNITS, 10);
    measures_set(&input.expected, MEASURE_GROSS, 50);
    measures_set(&input.actual, MEASURE_UNITS, 8);
    measures_set(&input.actual, MEASURE_GROSS, 0);
    struct hypothesis got = split(&input);
    cr_assert_eq(got.effects[EFFECT_UNITS].part, -5);
    cr_assert_eq(got.effects[EFFECT_PRICE].part, -45);
}

Test(hypothesis, no_orders_at_all_are_the_orders_effect_alone)
{
    struct hypothesis_input input = {
        .subject = SUBJECT_GROSS, .expected = orders_units_gross(10, 15, 300), .actual = orders_units_gross(0, 0, 0)};
    struct hypothesis got = split(&input);
    cr_assert_eq(got.effects[EFFECT_ORDERS].part, -300);
    cr_assert_eq(got.effects[EFFECT_UNITS_PER_ORDER].part, 0);
    cr_assert_eq(got.effects[EFFECT_PRICE].part, 0);
    check_text(&input, "gross -100 % against expected; consistent with: orders -100 %");
    struct hypothesis_child none[1];
    struct hypothesis_input first = reversed(&input, none);
    check_text(&first, "gross above 0, which was expected; consistent with, of the difference: orders 100 %");
}

Test(hypothesis, all_zeros_deviate_by_nothing_and_say_nothing)
{
    struct hypothesis_input input = {
        .subject = SUBJECT_GROSS, .expected = orders_units_gross(0, 0, 0), .actual = orders_units_gross(0, 0, 0)};
    struct hypothesis got = split(&input);
    for (int effect = 0; effect < EFFECT_COUNT; effect++)
        cr_assert_eq(got.effects[effect].part, 0);
    check_text(&input, "");
}

Test(hypothesis, effects_that_cancel_are_still_told_apart)
{
    /* Twice the orders at half the price: the log-mean of 100 and 100 is 100, so +-100 x ln 2 = 69.31. */
    struct hypothesis_input input = {
        .subject = SUBJECT_GROSS, .expected = orders_units_gross(10, 10, 100), .actual = orders_units_gross(20, 20, 100)};
    struct hypothesis got = split(&input);
    cr_assert_float_eq(got.effects[EFFECT_ORDERS].part, 69.3147, 1e-4);
    cr_assert_float_eq(got.effects[EFFECT_PRICE].part, -69.3147, 1e-4);
}

Test(hypothesis, hardly_any_growth_keeps_its_digits)
{
    struct hypothesis_input input = {.subject = SUBJECT_UNITS};
    double orders = 1e8, growth = 1e-12, units_per_order = 3;
    measures_set(&input.expected, MEASURE_ORDERS, orders);
    measures_set(&input.expected, MEASURE_UNITS, orders * units_per_order);
    measures_set(&input.actual, MEASURE_ORDERS, orders * (1 + growth));
    measures_set(&input.actual, MEASURE_UNITS, orders * (1 + growth) * units_per_order);
    struct hypothesis got = split(&input);
    cr_assert_float_eq(got.effects[EFFECT_ORDERS].part, got.deviation, 1e-9 * fabs(got.deviation) + 3e8 * DBL_EPSILON);
}

static struct measures random_measures(bool zeros)
{
    double units = zeros && uniform() < 0.2 ? 0 : positive();
    struct measures measures = orders_units_gross(units ? units * uniform() : 0, units, units * positive());
    for (int measure = MEASURE_DISCOUNT; measure <= MEASURE_SPEND; measure++)
        measures_set(&measures, (enum measure)measure, zeros && uniform() < 0.2 ? 0 : positive());
    measures_set(&measures, MEASURE_NET, positive() - positive());
    measures_set(&measures, MEASURE_CLICKS, zeros && uniform() < 0.2 ? 0 : positive());
    measures_set(&measures, MEASURE_REPORTED_ORDERS, positive());
    measures_set(&measures, MEASURE_REPORTED_REVENUE, positive());
    for (int measure = 0; zeros && measure < MEASURE_COUNT; measure++)
        measures.known &= ~((uint32_t)(uniform() < 0.15) << measure);
    return measures;
}

static const char *const child_keys[] = {"a", "b", "c", "d", "e", "f", "g", "h"};

static struct hypothesis_input random_input(struct hypothesis_child *children)
{
    struct hypothesis_input input = {.subject = (enum subject)(uniform() * SUBJECT_COUNT), .children = children};
    input.expected = random_measures(true);
    input.actual = random_measures(true);
    input.child_count = (size_t)(uniform() * COUNT(child_keys));
    for (size_t i = 0; i < input.child_count; i++)
        children[i] = child_of((enum dimension)(1 + i % 3), child_keys[i], random_measures(true), random_measures(true));
    return input;
}

Test(hypothesis, effects_add_up_and_turn_their_sign_when_time_is_reversed)
{
    struct hypothesis_child children[COUNT(child_keys)], back[COUNT(child_keys)];
    int splits = 0, mixes = 0;
    state = 7;
    for (int round = 0; round < 20000; round++) {
        struct hypothesis_input input = random_input(children), reverse = reversed(&input, back);
        struct hypothesis there, again;
        if (!hypothesis_split(&input, &there)) {
            cr_assert_not(hypothesis_split(&reverse, &again));
            continue;
        }
        there = split(&input);
        again = split(&reverse);
        splits++;
        mixes += there.effects[EFFECT_MIX].known;
        for (int effect = 0; effect < EFFECT_COUNT; effect++)
            cr_assert_float_eq(there.effects[effect].part, -again.effects[effect].part, 1e-11 * size_of(&there),
                               "round %d, effect %d: %.17g and %.17g", round, effect, there.effects[effect].part,
                               again.effects[effect].part);
    }
    cr_assert_gt(splits, 10000);
    cr_assert_gt(mixes, 300);
}

Test(hypothesis, the_factors_may_stand_in_any_order)
{
    state = 8;
    for (int round = 0; round < 1000; round++) {
        double before[3], after[3];
        for (int i = 0; i < 3; i++) {
            before[i] = positive();
            after[i] = positive();
        }
        struct hypothesis_input input = {.subject = SUBJECT_GROSS,
                                         .expected = of_factors(before[0], before[1], before[2]),
                                         .actual = of_factors(after[0], after[1], after[2])};
        struct hypothesis_input other = {.subject = SUBJECT_GROSS,
                                         .expected = of_factors(before[2], before[0], before[1]),
                                         .actual = of_factors(after[2], after[0], after[1])};
        struct hypothesis a = split(&input), b = split(&other);
        cr_assert_float_eq(a.effects[EFFECT_ORDERS].part, b.effects[EFFECT_UNITS_PER_ORDER].part, 1e-12 * size_of(&a));
        cr_assert_float_eq(a.effects[EFFECT_UNITS_PER_ORDER].part, b.effects[EFFECT_PRICE].part, 1e-12 * size_of(&a));
        cr_assert_float_eq(a.effects[EFFECT_PRICE].part, b.effects[EFFECT_ORDERS].part, 1e-12 * size_of(&a));
    }
}

Test(hypothesis, the_sentence_does_not_depend_on_the_order_of_the_children)
{
    struct hypothesis_child children[COUNT(child_keys)];
    int texts = 0;
    state = 9;
    for (int round = 0; round < 5000; round++) {
        char first[HYPOTHESIS_TEXT_BYTES], again[HYPOTHESIS_TEXT_BYTES];
        struct hypothesis_input input = random_input(children);
        texts += hypothesis_text(&input, first, sizeof first) > 0;
        for (size_t i = input.child_count; i > 1; i--) {
            size_t at = (size_t)(uniform() * (double)i);
            struct hypothesis_child child = children[i - 1];
            children[i - 1] = children[at];
            children[at] = child;
        }
        (void)hypothesis_text(&input, again, sizeof again);
        cr_assert_str_eq(first, again);
    }
    cr_assert_gt(texts, 2000);
}

Test(hypothesis, a_sentence_names_the_effects_and_who_carries_them)
{
    /*
     * 100 orders, 100 units, 2,000 expected; 64 orders, 64 units, 1,240 came: -760 is -38 %. Log-mean of 1240 and 2000:
     * -760 / ln 0.62 = 1589.84; orders x ln 0.64 = -709.52 (-35.5 %), price x ln (19.375 / 20) = -50.48 (-2.5 %).
     * MUG-RED sold 14 for 280 instead of 48 for 960: its orders are -680, of -709.52: 96 %. The others 50 for 960 instead of 52
     * for 1,040: log-mean -80 / ln (12 / 13) = 999.47, volume x ln (50 / 52) = -39.20, price x ln (19.2 / 20) = -40.80.
     * Mix: -680 - 39.20 + 709.52 = -9.68 (-0.5 %), price is -40.80 (-2.0 %). 38 - 35 - 2 leaves 1.
     */
    struct hypothesis_child child =
        child_of(DIMENSION_SKU, "MUG-RED", orders_units_gross(48, 48, 960), orders_units_gross(14, 14, 280));
    struct hypothesis_input input = {.subject = SUBJECT_GROSS,
                                     .expected = orders_units_gross(100, 100, 2000),
                                     .actual = orders_units_gross(64, 64, 1240)};
    check_text(&input, "gross -38 % against expected; consistent with: orders -35 %, price -3 %");
    input.children = &child;
    input.child_count = 1;
    struct hypothesis got = split(&input);
    cr_assert_float_eq(got.effects[EFFECT_ORDERS].part, -709.52, 0.01);
    cr_assert_float_eq(got.effects[EFFECT_MIX].part, -9.68, 0.01);
    cr_assert_float_eq(got.effects[EFFECT_PRICE].part, -40.80, 0.01);
    cr_assert_float_eq(got.effects[EFFECT_UNEXPLAINED].part, 0, 1e-9);
    check_text(&input, "gross -38 % against expected; consistent with: orders -35 % (sku MUG-RED -71 %, 96 % of it), price -2 %, "
                       "rest -1 %");
}

Test(hypothesis, cheap_for_dear_is_mix_and_not_price)
{
    /* 50 at 10 and 50 at 30 expected, 80 at 10 and 20 at 30 came: no price has moved, 2,000 became 1,400. */
    struct hypothesis_child children[] = {
        child_of(DIMENSION_SKU, "cheap", orders_units_gross(50, 50, 500), orders_units_gross(80, 80, 800)),
        child_of(DIMENSION_SKU, "dear", orders_units_gross(50, 50, 1500), orders_units_gross(20, 20, 600))};
    struct hypothesis_input input = {.subject = SUBJECT_GROSS,
                                     .expected = orders_units_gross(100, 100, 2000),
                                     .actual = orders_units_gross(100, 100, 1400),
                                     .children = children};
    check_text(&input, "gross -30 % against expected; consistent with: price -30 %");
    input.child_count = 2;
    struct hypothesis got = split(&input);
    cr_assert_float_eq(got.effects[EFFECT_MIX].part, -600, 1e-9);
    cr_assert_float_eq(got.effects[EFFECT_PRICE].part, 0, 1e-9);
    cr_assert_eq(got.mix_of, DIMENSION_SKU);
    check_text(&input, "gross -30 % against expected; consistent with: sku mix -30 %");
}

Test(hypothesis, children_that_are_not_given_are_one_more_child)
{
    /* All halves, but only the smaller half is given: neither mix nor a residual comes of it. */
    struct hypothesis_child child = child_of(DIMENSION_CHANNEL, "ads",
                                             orders_units_gross(30, 40, 600), orders_units_gross(15, 20, 300));
    struct hypothesis_input input = {.subject = SUBJECT_GROSS,
                                     .expected = orders_units_gross(100, 140, 2000),
                                     .actual = orders_units_gross(50, 70, 1000),
                                     .children = &child,
                                     .child_count = 1};
    struct hypothesis got = split(&input);
    cr_assert_float_eq(got.effects[EFFECT_ORDERS].part, -1000, 1e-9);
    cr_assert_float_eq(got.effects[EFFECT_MIX].part, 0, 1e-9);
    cr_assert_float_eq(got.effects[EFFECT_PRICE].part, 0, 1e-9);
    cr_assert_float_eq(got.effects[EFFECT_UNEXPLAINED].part, 0, 1e-9);
    check_text(&input, "gross -50 % against expected; consistent with: orders -50 % (channel ads -50 %, 30 % of it)");
}

Test(hypothesis, children_expected_to_hold_more_than_their_parent_leave_a_residual)
{
    /* The only child was expected at 1,100 and its parent at 1,000; both came to 500: -600 of the child, so +100 is left over. */
    struct hypothesis_child child = child_of(DIMENSION_SKU, "a",
                                             orders_units_gross(55, 55, 1100), orders_units_gross(25, 25, 500));
    struct hypothesis_input input = {.subject = SUBJECT_GROSS,
                                     .expected = orders_units_gross(50, 50, 1000),
                                     .actual = orders_units_gross(25, 25, 500),
                                     .children = &child,
                                     .child_count = 1};
    struct hypothesis got = split(&input);
    cr_assert_float_eq(got.effects[EFFECT_ORDERS].part, -500, 1e-9);
    cr_assert_float_eq(got.effects[EFFECT_MIX].part, -100, 1e-9);
    cr_assert_float_eq(got.effects[EFFECT_UNEXPLAINED].part, 100, 1e-9);
    check_text(&input, "gross -50 % against expected; consistent with: orders -50 % (sku a -55 %, 120 % of it), "
                       "sku mix -10 %, rest +10 %");
}

Test(hypothesis, profit_is_gross_less_its_parts_and_what_is_left_is_other)
{
    /* 20,000 - 2,000 - 1,500 - 500 - 1,000 - 3,000 = 12,000 expected; 16,000 - 2,600 - 1,200 - 400 - 1,000 - 6,000 + 200 =
     * 5,000. */
    struct hypothesis_input input = {.subject = SUBJECT_NET_PROFIT,
                                     .expected = profit(20000, 2000, 1500, 500, 1000, 3000, 12000),
                                     .actual = profit(16000, 2600, 1200, 400, 1000, 6000, 5000)};
    struct hypothesis got = split(&input);
    cr_assert_float_eq(got.effects[EFFECT_ORDERS].part, -4000, 1e-9);
    cr_assert_eq(got.effects[EFFECT_DISCOUNTS].part, -600);
    cr_assert_eq(got.effects[EFFECT_FEES].part, 300);
    cr_assert_eq(got.effects[EFFECT_COMMISSION].part, 100);
    cr_assert_eq(got.effects[EFFECT_REFUNDS].part, 0);
    cr_assert_eq(got.effects[EFFECT_SPEND].part, -3000);
    cr_assert_float_eq(got.effects[EFFECT_OTHER].part, 200, 1e-9);
    check_text(&input, "net_profit -58 % against expected; consistent with: orders -33 %, higher spend -25 %, "
                       "higher discounts -5 %, lower fees +3 %, rest +2 %");
}

Test(hypothesis, a_loss_where_profit_was_expected_is_measured_by_the_difference)
{
    struct hypothesis_input input = {.subject = SUBJECT_NET_PROFIT,
                                     .expected = profit(1000, 0, 0, 0, 0, 990, 10),
                                     .actual = profit(500, 0, 0, 0, 0, 990, -490)};
    check_text(&input, "net_profit <-999 % against expected; consistent with, of the difference: orders 100 %");
}

Test(hypothesis, what_is_unknown_drops_out_and_its_neighbours_merge)
{
    struct hypothesis_input input = {
        .subject = SUBJECT_GROSS, .expected = orders_units_gross(10, 20, 400), .actual = orders_units_gross(5, 10, 100)};
    const struct {
        uint32_t unknown;
        const char *text;
    } cases[] = {
        {0, "gross -75 % against expected; consistent with: orders -38 %, price -38 %, rest +1 %"},
        {1U << MEASURE_ORDERS, "gross -75 % against expected; consistent with: units -38 %, price -38 %, rest +1 %"},
        {1U << MEASURE_UNITS, "gross -75 % against expected; consistent with: orders -38 %, order value -38 %, rest +1 %"},
        {1U << MEASURE_UNITS | 1U << MEASURE_ORDERS, "gross -75 % against expected"},
        {1U << MEASURE_GROSS, ""},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct hypothesis_input known = input;
        known.expected.known &= ~cases[i].unknown; /* on one side is enough */
        check_text(&known, cases[i].text);
        known = input;
        known.actual.known &= ~cases[i].unknown;
        check_text(&known, cases[i].text);
    }
}

Test(hypothesis, measures_that_contradict_each_other_count_as_unknown)
{
    struct hypothesis_input input = {
        .subject = SUBJECT_GROSS, .expected = orders_units_gross(10, 20, 400), .actual = orders_units_gross(5, 0, 100)};
    struct hypothesis got = split(&input);
    cr_assert_not(got.effects[EFFECT_PRICE].known);
    cr_assert(got.effects[EFFECT_ORDER_VALUE].known);
}

Test(hypothesis, what_no_number_is_does_not_enter)
{
    const double hostile[] = {NAN, INFINITY, -INFINITY, 1e31, -1e300, DBL_MAX};
    for (size_t i = 0; i < COUNT(hostile); i++) {
        struct measures measures = one(MEASURE_GROSS, 5);
        measures_set(&measures, MEASURE_GROSS, hostile[i]);
        cr_assert_eq(measures.known, 0);
        cr_assert_eq(measures.of[MEASURE_GROSS], 0);
    }
    const double extremes[] = {1e30, -1e30, 1e-30, DBL_TRUE_MIN, 0, -0.0, 1};
    char text[HYPOTHESIS_TEXT_BYTES];
    for (size_t i = 0; i < COUNT(extremes); i++)
        for (size_t j = 0; j < COUNT(extremes); j++)
            for (size_t k = 0; k < COUNT(extremes); k++) {
                struct hypothesis_input input = {.subject = SUBJECT_GROSS,
                                                 .expected = orders_units_gross(extremes[i], extremes[j], extremes[k]),
                                                 .actual = orders_units_gross(extremes[k], extremes[i], extremes[j])};
                (void)split(&input);
                cr_assert_lt(hypothesis_text(&input, text, sizeof text), sizeof text);
            }
}

Test(hypothesis, a_metric_that_is_its_own_only_effect_tells_its_children)
{
    struct hypothesis_child children[] = {
        child_of(DIMENSION_CHANNEL, "organic", one(MEASURE_ORDERS, 50), one(MEASURE_ORDERS, 52)),
        child_of(DIMENSION_CHANNEL, "ads", one(MEASURE_ORDERS, 40), one(MEASURE_ORDERS, 4)),
        child_of(DIMENSION_CHANNEL, "affiliate", one(MEASURE_ORDERS, 10), one(MEASURE_ORDERS, 4)),
        child_of(DIMENSION_SKU, "gift", one(MEASURE_UNITS, 100), one(MEASURE_UNITS, 4))};
    struct hypothesis_input input = {.subject = SUBJECT_ORDERS,
                                     .expected = one(MEASURE_ORDERS, 100),
                                     .actual = one(MEASURE_ORDERS, 60),
                                     .children = children,
                                     .child_count = COUNT(children)};
    check_text(&input, "orders -40 % against expected; consistent with: channel ads -90 %, 90 % of it; "
                       "channel affiliate -60 %, 15 % of it");
    struct hypothesis got = split(&input);
    cr_assert_eq(got.child_count, 3);
    cr_assert_eq(got.children[0].child, &children[1]);
    cr_assert_eq(got.children[0].deviation, -36);
    cr_assert_eq(got.children[2].deviation, 2);
    input.child_count = 0;
    check_text(&input, "orders -40 % against expected");
}

Test(hypothesis, a_child_that_says_the_metric_alone_goes_with_the_largest_effect)
{
    struct hypothesis_child child = child_of(DIMENSION_CATEGORY, "mugs", one(MEASURE_GROSS, 1000), one(MEASURE_GROSS, 300));
    struct hypothesis_input input = {.subject = SUBJECT_GROSS,
                                     .expected = orders_units_gross(100, 100, 2000),
                                     .actual = orders_units_gross(64, 64, 1240),
                                     .children = &child,
                                     .child_count = 1};
    check_text(&input, "gross -38 % against expected; consistent with: orders -35 % (category mugs -70 %, 99 % of it), "
                       "price -3 %");
}

Test(hypothesis, the_units_of_a_child_without_orders_are_its_volume)
{
    struct hypothesis_child child = {.dimension = DIMENSION_SKU, .key = text_of("mug")};
    struct hypothesis_input input = {.subject = SUBJECT_GROSS,
                                     .expected = orders_units_gross(100, 100, 2000),
                                     .actual = orders_units_gross(64, 64, 1280),
                                     .children = &child,
                                     .child_count = 1};
    child.expected = orders_units_gross(0, 48, 960);
    child.actual = orders_units_gross(0, 12, 240);
    child.expected.known &= ~(1U << MEASURE_ORDERS);
    check_text(&input, "gross -36 % against expected; consistent with: orders -36 % (sku mug -75 %, 100 % of it)");
}

Test(hypothesis, of_children_that_deviate_alike_the_first_by_key_is_told)
{
    struct hypothesis_child children[6];
    static const char *const keys[] = {"f", "b", "d", "a", "c", "e"};
    for (size_t i = 0; i < COUNT(children); i++)
        children[i] = child_of(DIMENSION_SKU, keys[i], one(MEASURE_REFUNDS, 10), one(MEASURE_REFUNDS, 20));
    struct hypothesis_input input = {.subject = SUBJECT_REFUNDS,
                                     .expected = one(MEASURE_REFUNDS, 60),
                                     .actual = one(MEASURE_REFUNDS, 120),
                                     .children = children,
                                     .child_count = COUNT(children)};
    check_text(&input, "refunds +100 % against expected; consistent with: sku a +100 %, 17 % of it; sku b +100 %, 17 % of it; "
                       "sku c +100 %, 17 % of it; sku d +100 %, 17 % of it");
}

Test(hypothesis, ratios_split_over_what_they_divide)
{
    /* 400 / 100 = 4 expected, 300 / 150 = 2 came: log-mean -2 / ln 0.5 = 2.885; revenue x ln 0.75 = -0.830, spend x -ln 1.5
     * = -1.170. */
    struct hypothesis_child child = child_of(DIMENSION_CAMPAIGN, "c", one(MEASURE_SPEND, 10), one(MEASURE_SPEND, 60));
    struct hypothesis_input input = {.subject = SUBJECT_ROAS,
                                     .expected = one(MEASURE_REPORTED_REVENUE, 400),
                                     .actual = one(MEASURE_REPORTED_REVENUE, 300),
                                     .children = &child,
                                     .child_count = 1};
    measures_set(&child.expected, MEASURE_REPORTED_REVENUE, 40);
    measures_set(&child.actual, MEASURE_REPORTED_REVENUE, 4);
    measures_set(&input.expected, MEASURE_SPEND, 100);
    measures_set(&input.actual, MEASURE_SPEND, 150);
    struct hypothesis got = split(&input);
    cr_assert_float_eq(got.effects[EFFECT_REPORTED_REVENUE].part, -0.830, 0.001);
    cr_assert_float_eq(got.effects[EFFECT_SPEND].part, -1.170, 0.001);
    check_text(&input, "roas -50 % against expected; consistent with: higher spend -29 %, reported revenue -21 %");
    measures_set(&input.actual, MEASURE_SPEND, 0);
    check_text(&input, "");
}

Test(hypothesis, an_average_order_is_units_per_order_times_their_price)
{
    /* 100 orders of 1.5 units at 20.00 make 30.00 each; 80 of 1.2 at 5.00 make 6.00. Log-mean -24 / ln 0.2 = 14.912; units per order
     * x ln 0.8 = -3.328, price x ln 0.25 = -20.672: -11 % and -69 % of 30. */
    struct hypothesis_child child = child_of(DIMENSION_SKU, "k", orders_units_gross(50, 75, 150000), orders_units_gross(40, 48, 24000));
    struct hypothesis_input input = {.subject = SUBJECT_AVERAGE_ORDER_VALUE,
                                     .expected = orders_units_gross(100, 150, 300000),
                                     .actual = orders_units_gross(80, 96, 48000),
                                     .children = &child,
                                     .child_count = 1};
    struct hypothesis got = split(&input);
    cr_assert_float_eq(got.expected, 3000, 1e-9);
    cr_assert_float_eq(got.effects[EFFECT_UNITS_PER_ORDER].part, -332.8, 0.1);
    cr_assert_float_eq(got.effects[EFFECT_PRICE].part, -2067.2, 0.1);
    cr_assert(got.child_count == 0 && !got.effects[EFFECT_MIX].known, "averages do not add up");
    check_text(&input, "average_order_value -80 % against expected; consistent with: price -69 %, units per order -11 %");
    input.actual = orders_units_gross(0, 0, 0);
    check_text(&input, "");
}

Test(hypothesis, spend_is_clicks_times_their_cost)
{
    struct hypothesis_child child = child_of(DIMENSION_CAMPAIGN, "tiktok/1/2", one(MEASURE_SPEND, 0), one(MEASURE_SPEND, 90));
    struct hypothesis_input input = {.subject = SUBJECT_AD_SPEND,
                                     .expected = one(MEASURE_SPEND, 100),
                                     .actual = one(MEASURE_SPEND, 200),
                                     .children = &child,
                                     .child_count = 1};
    measures_set(&input.expected, MEASURE_CLICKS, 50);
    measures_set(&input.actual, MEASURE_CLICKS, 50);
    check_text(&input, "ad_spend +100 % against expected; consistent with: cost per click +100 % "
                       "(campaign tiktok/1/2 from 0, 90 % of it)");
}

Test(hypothesis, a_small_but_certain_deviation_is_measured_by_itself)
{
    struct hypothesis_input input = {
        .subject = SUBJECT_UNITS, .expected = orders_units_gross(10000, 10000, 1), .actual = orders_units_gross(10040, 10040, 1)};
    check_text(&input, "units up by less than 1 % against expected; consistent with, of the difference: orders 100 %");
}

static void check_shown(const char *key, uint32_t len, const char *shown)
{
    struct hypothesis_child child = {
        .dimension = DIMENSION_SKU, .key = {key, len}, .expected = one(MEASURE_REFUNDS, 10), .actual = one(MEASURE_REFUNDS, 20)};
    struct hypothesis_input input = {.subject = SUBJECT_REFUNDS,
                                     .expected = one(MEASURE_REFUNDS, 10),
                                     .actual = one(MEASURE_REFUNDS, 20),
                                     .children = &child,
                                     .child_count = 1};
    char expected[HYPOTHESIS_TEXT_BYTES];
    int wrote = snprintf(expected, sizeof expected,
                       "refunds +100 %% against expected; consistent with: sku %s +100 %%, 100 %% of it", shown);
    cr_assert_lt(wrote, (int)sizeof expected);
    check_text(&input, expected);
}

Test(hypothesis, keys_cannot_break_the_line_nor_pass_for_the_sentence)
{
    const struct {
        const char *key, *shown;
    } cases[] = {
        {"MUG-RED_v2.1/x:y#z", "MUG-RED_v2.1/x:y#z"},
        {"", "\"\""},
        {"two words", "\"two words\""},
        {"a -99 %), price", "\"a -99 %), price\""},
        {"quote\"s", "\"quote?s\""},
        {"line\nend\ttab\r\x1b[31m\x7f", "\"line?end?tab??[31m?\""},
        {"\xc2\x85next", "\"?next\""},                               /* U+0085, next line */
        {"\xe2\x80\xaeright to left", "\"?right to left\""},           /* U+202E */
        {"Tasse-gr\xc3\xbcn", "Tasse-gr\xc3\xbcn"},                    /* u with diaeresis */
        {"\xff\xc3" "x", "\"??x\""},                                      /* no UTF-8 */
        {"\xed\xa0\x80\xc0\x80\xf4\x90\x80\x80", "\"?????????\""},     /* a surrogate, an overlong NUL, beyond Unicode */
        {"\xe0\x80\x80\xf0\x8f\xbf\xbf", "\"???????\""},                /* overlong forms of NUL and of U+FFFF */
        {"cut\xe2\x82", "\"cut??\""},                                  /* ends within a sequence */
        {"1234567890123456789012345678901234567890", "1234567890123456789012345678901234567890"},
        {"12345678901234567890123456789012345678901", "1234567890123456789012345678901234567890..."},
        /* Never half of a sign: */
        {"12345678901234567890123456789012345678\xe2\x82\xac", "12345678901234567890123456789012345678..."},
        {"1234567890123456789012345678901234567\xe2\x82\xac", "1234567890123456789012345678901234567\xe2\x82\xac"},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        check_shown(cases[i].key, (uint32_t)strlen(cases[i].key), cases[i].shown);
    check_shown("a\0b", 3, "\"a?b\"");
    check_shown(NULL, 0, "\"\"");
}

/* The keys of these tests hold neither. */
static bool is_whole(const char *text, const char *whole)
{
    int brackets = 0, quotes = 0;
    for (const char *at = text; *at; at++) {
        brackets += (*at == '(') - (*at == ')');
        quotes += *at == '"';
    }
    size_t len = strlen(text), headline = strcspn(whole, ";");
    const char *ends[] = {"expected", " %", " of it", ")"};
    bool ended = len == 0;
    for (size_t i = 0; i < COUNT(ends); i++)
        ended |= len >= strlen(ends[i]) && strcmp(text + len - strlen(ends[i]), ends[i]) == 0;
    return !brackets && quotes % 2 == 0 && ended && (!len || strncmp(text, whole, headline) == 0);
}

static void check_bounded(const struct hypothesis_input *input)
{
    char whole[HYPOTHESIS_TEXT_BYTES], text[HYPOTHESIS_TEXT_BYTES + 1];
    size_t whole_len = hypothesis_text(input, whole, sizeof whole), longest = 0;
    char exact[HYPOTHESIS_TEXT_BYTES * 4];
    cr_assert_eq(hypothesis_text(input, exact, sizeof exact), whole_len, "more room holds no more: %s", exact);
    for (size_t room = 1; room <= whole_len + 1; room++) {
        memset(text, '~', sizeof text);
        size_t len = hypothesis_text(input, text, room);
        cr_assert(len < room && text[len] == '\0' && text[room] == '~' && strlen(text) == len);
        cr_assert(is_whole(text, whole), "\"%s\" of \"%s\"", text, whole);
        longest = len > longest ? len : longest;
    }
    cr_assert_eq(longest, whole_len);
}

Test(hypothesis, no_sentence_outgrows_its_buffer_and_what_does_not_fit_is_left_out_whole)
{
    static char keys[200][200];
    static struct hypothesis_child children[200];
    struct measures expected = profit(20000, 2e9, 3e9, 4e9, 5e9, 6e9, -1), actual = profit(1, 9e9, 8e9, 7e9, 1e9, 1e8, 20);
    for (size_t i = 0; i < COUNT(children); i++) {
        memset(keys[i], 'k', sizeof keys[i]);
        keys[i][0] = (char)('0' + i % 10);
        keys[i][1] = ' ';
        keys[i][2] = (char)('0' + i / 10);
        children[i] = (struct hypothesis_child){.dimension = DIMENSION_CATEGORY, .key = {keys[i], sizeof keys[i]}};
        children[i].expected = expected;
        children[i].actual = actual;
        for (int measure = 0; measure < MEASURE_COUNT; measure++) {
            measures_set(&children[i].expected, (enum measure)measure, expected.of[measure] / 8 + (double)i);
            measures_set(&children[i].actual, (enum measure)measure, actual.of[measure] / 8);
        }
    }
    struct hypothesis_input input = {.subject = SUBJECT_NET_PROFIT,
                                     .expected = expected,
                                     .actual = actual,
                                     .children = children,
                                     .child_count = COUNT(children)};
    check_bounded(&input);
    state = 10;
    for (int round = 0; round < 300; round++) {
        struct hypothesis_child few[COUNT(child_keys)];
        struct hypothesis_input random = random_input(few);
        for (size_t i = 0; i < random.child_count; i++)
            few[i].key = (struct text){keys[i], sizeof keys[i]};
        check_bounded(&random);
    }
}

Test(hypothesis, of_too_many_children_the_largest_deviations_are_kept)
{
    static struct hypothesis_child children[3 * HYPOTHESIS_CHILDREN_MAX];
    char keys[COUNT(children)][8];
    for (size_t i = 0; i < COUNT(children); i++) {
        (void)snprintf(keys[i], sizeof keys[i], "%zu", i);
        children[i] = child_of(DIMENSION_SKU, keys[i], one(MEASURE_REFUNDS, 1000),
                               one(MEASURE_REFUNDS, 1000 + (double)(i * 71 % 192)));
    }
    struct hypothesis_input input = {.subject = SUBJECT_REFUNDS,
                                     .expected = one(MEASURE_REFUNDS, 192000),
                                     .actual = one(MEASURE_REFUNDS, 210336),
                                     .children = children,
                                     .child_count = COUNT(children)};
    struct hypothesis got = split(&input);
    cr_assert_eq(got.child_count, HYPOTHESIS_CHILDREN_MAX);
    for (size_t i = 0; i < got.child_count; i++)
        cr_assert_eq(got.children[i].deviation, 191 - (double)i);
}
