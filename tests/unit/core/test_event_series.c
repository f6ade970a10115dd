#include "core/event_series.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "core/detector.h"
#include "core/zscore.h"

#define SUB (256 / 16)

static double uniform(uint64_t *state)
{
    uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return ((double)((z ^ (z >> 31)) >> 11) + 0.5) * 0x1p-53;
}

/* Box and Muller: a normal one, tails included. */
static double normal(uint64_t *state)
{
    double radius = sqrt(-2 * log(uniform(state)));
    return radius * cos(6.283185307179586 * uniform(state));
}

/* Order values around 50.00 in cents, whose logarithm has that sd. */
static double order_value(uint64_t *state, double sd)
{
    return round(5000 * exp(sd * normal(state)));
}

/* As it ships. */
static struct scorer_config config_of(enum metric metric)
{
    struct detector_config config;
    detector_config_default(&config);
    return config.metrics[metric].scorer;
}

static bool stands_out(const struct event_series *series, const struct scorer_config *config, double value)
{
    struct event_sample sample = event_sample_of(series, config, value);
    struct verdict verdict;
    return event_series_test(series, config, &sample, 1, &verdict);
}

static void learn(struct event_series *series, const struct scorer_config *config, double value)
{
    struct event_sample sample = event_sample_of(series, config, value);
    event_series_learn(series, config, &sample);
}

static struct event_series log_normal(uint64_t *state, const struct scorer_config *config, double sd, int count)
{
    struct event_series series = {0};
    for (int i = 0; i < count; i++)
        learn(&series, config, order_value(state, sd));
    return series;
}

/* Of values whose logarithm has an sd of 0.25 (half of them within 42.00 to 59.00) a fifth is 6.4 sd away, tenfold 9.2. */
Test(event_series, a_fifth_of_the_price_and_ten_times_it_are_found_at_once)
{
    struct scorer_config config = config_of(METRIC_ORDER_VALUE);
    int found = 0;
    for (uint64_t seed = 1; seed <= 200; seed++) {
        uint64_t state = seed;
        struct event_series series = log_normal(&state, &config, 0.25, 400);
        cr_assert(stands_out(&series, &config, 1000) && stands_out(&series, &config, 50000), "seed %d: of 50.00", (int)seed);
        cr_assert_not(stands_out(&series, &config, 2500) || stands_out(&series, &config, 10000), "seed %d: 2.8 sd", (int)seed);
        double value = order_value(&state, 0.25);
        found += stands_out(&series, &config, round(value / 5)) && stands_out(&series, &config, value * 10);
    }
    cr_assert(found >= 194, "of any order's value: %d of 200", found); /* 2.4 sd of luck save one in 120 */
}

static double false_per_10000(enum scorer_scale scale, double tail_pace, double sd)
{
    struct scorer_config config = config_of(METRIC_ORDER_VALUE);
    config.scale = scale;
    config.tail_pace = tail_pace;
    uint64_t state = 20260401;
    struct event_series series = log_normal(&state, &config, sd, 1000);
    int raised = 0, count = 200000;
    for (int i = 0; i < count; i++) {
        double value = order_value(&state, sd);
        raised += stands_out(&series, &config, value);
        learn(&series, &config, value);
    }
    return raised * 1e4 / count;
}

/* By chance alone a calibrated z of 4 comes 0.63 times in 10,000. Raw and untold tails are what shipped before. */
Test(event_series, log_normal_values_raise_about_as_much_as_chance_does)
{
    double before = false_per_10000(SCALE_RAW, 0, 0.25), now = false_per_10000(SCALE_LOG, 0.003, 0.25);
    double wide_before = false_per_10000(SCALE_RAW, 0, 0.8), wide_now = false_per_10000(SCALE_LOG, 0.003, 0.8);
    printf("per 10,000 log-normal values: sd 0.25 %.2f, before %.2f; sd 0.8 %.2f, before %.2f\n", now, before, wide_now, wide_before);
    cr_assert(before > 10 && now < 1.0);
    cr_assert(wide_before > 80 && wide_now < 1.0);
}

/* Logarithms of Student's t with 4 degrees of freedom: values beyond 4 sd are 12 in 10,000 of a sample that large. */
static double burst(uint64_t *state)
{
    double squares = 0;
    for (int i = 0; i < 4; i++)
        squares += pow(normal(state), 2);
    return normal(state) / sqrt(squares / 4);
}

static double bursts_per_10000(double tail_pace)
{
    struct scorer_config config = config_of(METRIC_ORDER_VALUE);
    struct event_series series = {0};
    config.tail_pace = tail_pace;
    uint64_t state = 7;
    int raised = 0, count = 100000;
    for (int i = 0; i < count; i++) {
        double value = round(5000 * exp(0.3 * burst(&state)));
        raised += stands_out(&series, &config, value);
        learn(&series, &config, value);
    }
    return raised * 1e4 / count;
}

Test(event_series, a_series_given_to_bursts_is_judged_by_its_own_tail)
{
    double without = bursts_per_10000(0), with = bursts_per_10000(0.003);
    printf("per 10,000 values of a long tail: %.2f, without knowing it %.2f\n", with, without);
    cr_assert(without > 40 && with < without / 4);
}

Test(event_series, a_tail_below_leaves_what_is_above_alone)
{
    struct scorer_config config = config_of(METRIC_ORDER_VALUE);
    struct event_series series = {0};
    uint64_t state = 11;
    for (int i = 0; i < 20000; i++)
        learn(&series, &config, round(5000 * exp(-fabs(0.3 * burst(&state)) + 0.1 * normal(&state))));
    cr_assert(series.tail[0] > 1.5 && series.tail[1] < 1.2, "%g, %g", series.tail[0], series.tail[1]);
    struct event_series without = series;
    without.tail[0] = without.tail[1] = 0;
    double reach = 0;
    for (double value = 100000; !(reach > 0); value *= 1.05)
        reach = stands_out(&without, &config, value) ? value : 0;
    cr_assert(stands_out(&series, &config, reach * 1.5));
}

Test(event_series, a_constant_price_is_flat_and_cents_are_no_news)
{
    struct scorer_config config = config_of(METRIC_UNIT_PRICE);
    struct event_series series = {0};
    for (int i = 0; i < 300; i++) {
        cr_assert_not(stands_out(&series, &config, 1999));
        learn(&series, &config, 1999);
    }
    static const double ordinary[] = {1998, 2000, 1900, 2100}, wrong[] = {19990, 400, 19.99, 1500, 2600, 199900};
    for (int i = 0; i < 4; i++)
        cr_assert_not(stands_out(&series, &config, ordinary[i]), "%g", ordinary[i]);
    for (int i = 0; i < 6; i++) {
        struct event_sample sample = event_sample_of(&series, &config, wrong[i]);
        struct verdict verdict;
        cr_assert(event_series_test(&series, &config, &sample, 1, &verdict) && verdict.flat, "%g", wrong[i]);
        cr_assert_float_eq(verdict.expected, 1999, 1e-6);
        cr_assert_eq(verdict.z > 0, wrong[i] > 1999);
    }
}

/* All values are kept, and everything is made of them anew for each. */
struct oracle {
    double x[6000];
    int count;
    double tail[2];
    int excesses[2];
};

static void oracle_baseline(const struct oracle *oracle, double *ret_mean, double *ret_sd, int *ret_n)
{
    int open = oracle->count ? (oracle->count - 1) % SUB + 1 : 0, full = (oracle->count - open) / SUB;
    int n = open + SUB * (full < 15 ? full : 15);
    double sum = 0, squares = 0;
    for (int i = oracle->count - n; i < oracle->count; i++)
        sum += oracle->x[i];
    for (int i = oracle->count - n; i < oracle->count; i++)
        squares += pow(oracle->x[i] - sum / n, 2);
    *ret_mean = sum / n;
    *ret_sd = sqrt(squares / (n - 1));
    *ret_n = n;
}

/* The verdict's z, 0 where there is none; then takes the value in. */
static double oracle_step(struct oracle *oracle, double value, const struct scorer_config *config)
{
    double mean, sd, x = log(value + 1), z = 0;
    int n;
    oracle_baseline(oracle, &mean, &sd, &n);
    bool above = x > mean;
    double floored = fmax(sd, fmax(0.02 * (exp(mean) - 1), 1) / exp(mean));
    double raw = fabs(x - mean) / floored, stretch = fmax(oracle->tail[above], 1);
    if (n >= (int)config->warm_up) {
        z = zscore_calibrate(raw, (uint32_t)n);
        z = z > 2 ? 2 + (z - 2) / stretch : z;
        if (raw > 2) {
            double weight = fmax(1.0 / (oracle->excesses[above]++ + 100), config->tail_pace);
            double before = oracle->tail[above] > 0 ? oracle->tail[above] : 1;
            oracle->tail[above] = before + weight * (fmin(raw - 2, 10) / 0.3732155328228572 - before);
        }
    }
    oracle->x[oracle->count++] = x;
    return z < config->last_z ? 0 : above ? z : -z;
}

Test(event_series, an_oracle_that_keeps_every_value_says_the_same)
{
    struct scorer_config config = config_of(METRIC_ORDER_VALUE);
    static struct oracle oracle;
    struct event_series series = {0};
    uint64_t state = 20260402;
    int raised = 0;
    for (int i = 0; i < 6000; i++) {
        double value = round(5000 * exp(0.4 * burst(&state))) * (uniform(&state) < 0.01 ? 10 : 1);
        struct event_sample sample = event_sample_of(&series, &config, value);
        struct verdict verdict = {0};
        raised += event_series_test(&series, &config, &sample, 1, &verdict);
        event_series_learn(&series, &config, &sample);
        double z = oracle_step(&oracle, value, &config);
        cr_assert_float_eq(verdict.z, z, 1e-9 * (1 + fabs(z)), "value %d: %.12g, not %.12g", i, verdict.z, z);
    }
    cr_assert(raised > 5, "%d", raised);
}

/* value: where the bound is said to be. */
static void check_edge(const struct event_series *series, const struct scorer_config *config, double value, bool above)
{
    cr_assert_not(stands_out(series, config, value * (above ? 1 - 1e-6 : 1 + 1e-6)), "within %g", value);
    cr_assert(stands_out(series, config, value * (above ? 1 + 1e-6 : 1 - 1e-6)), "beyond %g", value);
}

Test(event_series, the_bounds_told_are_where_a_value_just_stands_out)
{
    struct scorer_config config = config_of(METRIC_ORDER_VALUE);
    struct event_series series = {0};
    uint64_t state = 5;
    for (int i = 0; i < 5000; i++)
        learn(&series, &config, round(5000 * exp(0.2 * burst(&state))));
    struct event_sample sample = event_sample_of(&series, &config, 1e8);
    struct verdict ordinary, widened;
    cr_assert(event_series_test(&series, &config, &sample, 1, &ordinary) && event_series_test(&series, &config, &sample, 2, &widened));
    cr_assert(series.tail[0] > 1.2 && series.tail[1] > 1.2 && ordinary.lower > 0);
    check_edge(&series, &config, ordinary.upper, true);
    check_edge(&series, &config, ordinary.lower, false);
    cr_assert(widened.upper > ordinary.upper && widened.lower < ordinary.lower && widened.z == ordinary.z);
    config.last_z *= 2;
    check_edge(&series, &config, widened.upper, true);
    cr_assert(ordinary.expected > 4500 && ordinary.expected < 6000);
}

Test(event_series, bytes_of_another_window_do_not_fit)
{
    struct scorer_config config = config_of(METRIC_ORDER_VALUE);
    uint64_t state = 3;
    struct event_series series = log_normal(&state, &config, 0.3, 256 + 15), damaged = series;
    cr_assert(event_series_fits(&series, &config));
    damaged.window.full_next = 15;
    cr_assert_not(event_series_fits(&damaged, &config));
    damaged = series;
    damaged.window.full_count = 16;
    cr_assert_not(event_series_fits(&damaged, &config));
    config.window = 128;
    cr_assert_not(event_series_fits(&series, &config), "15 values in a sub-bucket of 8");
}
