/*
 * What is unusual: a value's baseline, the tests of it and of the means that it ends, and the verdict.
 */
#include "core/scorer_internal.h"

#include <assert.h>

#include "core/tail.h"
#include "core/zscore.h"

#define TAIL_SPAN_MAX 4 /* a mean of so few still has some of their tail, of more hardly any */
#define NEAR_N_MIN 256 /* from here the short way to a calibrated z is as good */

/* What a value is tested against, on the scale of x; sd: over n values. */
struct baseline {
    double expected, sd;
    uint32_t n;
};

size_t scorer_bytes(const struct scorer_config *config)
{
    switch (config->method) {
    case SCORER_PLAIN:
        return sizeof(struct scorer_plain) + config->window * sizeof(double);
    case SCORER_ROBUST:
        return offsetof(struct scorer_robust, window) + sorted_window_bytes(config->window);
    case SCORER_SEASONAL:
    case SCORER_EWMA:
        break;
    }
    return sizeof(struct scorer_seasonal);
}

void scorer_config_default(enum scorer_method method, enum scorer_scale scale, struct scorer_config *ret_config)
{
    *ret_config = (struct scorer_config){.method = method,
                                         .scale = method == SCORER_PLAIN ? SCALE_RAW : scale,
                                         .window = 168,
                                         .memory = 4000,
                                         .warm_up = 168,
                                         .span = 3,
                                         .long_span = 15,
                                         .pace = {0.05, 0.01, scale == SCALE_ROOT},
                                         .clip_sd = 12,
                                         .tail_pace = 0.003,
                                         .floor_relative = 0.02,
                                         .floor_unit = scale == SCALE_RAW ? 0 : 1,
                                         .last_z = 4.4,
                                         .mean_z = 4.0,
                                         .long_z = 3.75};
    if (method != SCORER_SEASONAL)
        ret_config->pace = (struct profile_pace){0.01, 0, false};
}

static double mean_from_scale(enum scorer_scale scale, const struct baseline *baseline)
{
    return scale_mean(scale, baseline->expected, baseline->sd);
}

/* Residuals of averages are kept as those of one event. */
static struct baseline seasonal_baseline(const struct scorer_seasonal *state, const struct scorer_config *config,
                                         struct profile_slot slot, double root_events)
{
    double expected = profile_expected(&state->profile, &config->pace, slot) + per_root(state->last.mean, root_events);
    uint32_t count = state->base.count < SCORER_FIRST ? 0 : state->base.count - SCORER_FIRST;
    return (struct baseline){expected, per_root(sqrt(state->last.variance), root_events),
                             count < config->memory ? count + 2 : config->memory + 2};
}

static struct baseline plain_baseline(const struct scorer_plain *state)
{
    struct moments moments = value_window_moments(&state->window);
    return (struct baseline){moments.mean, moments.n > 1 ? sqrt(larger(moments.m2, 0) / (moments.n - 1)) : 0, moments.n};
}

static struct baseline robust_baseline(const struct scorer_robust *state, uint32_t window)
{
    double median = sorted_window_median(&state->window, window);
    double sd = MAD_TO_SD * sorted_window_mad(&state->window, window, median);
    return (struct baseline){median, sd, state->window.n};
}

static struct baseline baseline_of(const struct scorer *scorer, const struct scorer_config *config, struct profile_slot slot,
                                   double root_events)
{
    if (config->method == SCORER_PLAIN)
        return plain_baseline((const struct scorer_plain *)scorer);
    if (config->method == SCORER_ROBUST)
        return robust_baseline((const struct scorer_robust *)scorer, config->window);
    return seasonal_baseline((const struct scorer_seasonal *)scorer, config, slot_used(config, slot), root_events);
}

/* One of the two tests. stretch: how much longer the tail is than a normal's. */
struct test {
    double raw, level, stretch;
    bool of_mean;
};

static struct test test_last(const struct scorer *scorer, const struct scorer_config *config, double deviation, double sd)
{
    struct test test = {deviation / sd, config->last_z, 1, false};
    if (is_profiled(config) && config->tail_pace > 0)
        test.stretch = larger(((const struct scorer_seasonal *)scorer)->excess, 1);
    return test;
}

/* raw 0 where there is no such test, or not yet. */
static struct test test_mean(const struct scorer_seasonal *state, uint32_t span, const struct spread *spread, uint32_t warm_up,
                             double sum, double floor)
{
    struct test test = {.stretch = span <= TAIL_SPAN_MAX ? sqrt(larger(state->excess, 1)) : 1, .of_mean = true};
    if (span < 2 || state->base.count < warm_up)
        return test;
    double sd = larger(sqrt(spread->variance), floor);
    test.raw = sd > 0 ? (sum / span - spread->mean) / sd : 0;
    return test;
}

struct outcome {
    double raw, z, strength;
    bool of_mean;
};

static struct outcome outcome_of(const struct test *test, uint32_t n)
{
    double size = fabs(test->raw);
    if (size >= test->level)
        size = fabs(n >= NEAR_N_MIN ? zscore_calibrate_near(size, n) : zscore_calibrate(size, n));
    size = tail_shrink(size, test->stretch);
    double z = copysign(size, test->raw);
    return (struct outcome){test->raw, z, z / test->level, test->of_mean};
}

static struct outcome stronger(struct outcome a, struct outcome b)
{
    return fabs(b.strength) > fabs(a.strength) ? b : a;
}

/* Of all tests the one that came nearest to its level, or went furthest beyond. */
static struct outcome test_all(const struct scorer *scorer, const struct scorer_config *config, const struct test *last,
                               double deviation, uint32_t n, double floor)
{
    struct outcome strongest = outcome_of(last, n);
    if (!is_profiled(config))
        return strongest;
    const struct scorer_seasonal *state = (const struct scorer_seasonal *)scorer;
    double residual = deviation + state->last.mean;
    struct test mean = test_mean(state, config->span, &state->mean, config->warm_up, state->mean_sum + residual, floor);
    struct test long_mean = test_mean(state, config->long_span, &state->long_mean, 2 * config->warm_up,
                                      state->long_sum + residual, floor);
    mean.level = config->mean_z;
    long_mean.level = config->long_z;
    return stronger(strongest, stronger(outcome_of(&mean, n), outcome_of(&long_mean, n)));
}

bool scorer_test(const struct scorer *scorer, const struct scorer_config *config, struct profile_slot slot, double value,
                 struct verdict *ret_verdict)
{
    return scorer_test_average(scorer, config, slot, value, 1, ret_verdict);
}

bool scorer_test_average(const struct scorer *scorer, const struct scorer_config *config, struct profile_slot slot, double value,
                         uint32_t events, struct verdict *ret_verdict)
{
    assert(config->warm_up > SCORER_FIRST && events >= 1);
    if (!scale_takes(value) || scorer->count < config->warm_up)
        return false;
    double x = scale_to(config->scale, value);
    double root_events = root_of(events);
    struct baseline baseline = baseline_of(scorer, config, slot, root_events);
    double floor = sd_floor(config, baseline.expected);
    double sd = larger(baseline.sd, floor);
    if (!(sd > 0))
        return false;
    /* The plain mean, rounded to a double, would cost digits at large offsets. */
    double deviation = config->method == SCORER_PLAIN ? value_window_deviation(&((const struct scorer_plain *)scorer)->window, x)
                                                      : x - baseline.expected;
    struct test last = test_last(scorer, config, deviation, sd);
    struct outcome outcome = test_all(scorer, config, &last, deviation * root_events, baseline.n, floor * root_events);
    double reach = tail_stretch(config->last_z, last.stretch) * sd;
    *ret_verdict = (struct verdict){.value = value,
                                    .expected = mean_from_scale(config->scale, &baseline),
                                    .lower = scale_from(config->scale, baseline.expected - reach),
                                    .upper = scale_from(config->scale, baseline.expected + reach),
                                    .z_raw = outcome.raw,
                                    .z = outcome.z,
                                    .strength = outcome.strength,
                                    .n = baseline.n,
                                    .of_mean = outcome.of_mean,
                                    .flat = !(baseline.sd > 0)};
    return true;
}

double scorer_expected(const struct scorer *scorer, const struct scorer_config *config, struct profile_slot slot)
{
    if (!scorer->count)
        return 0;
    struct baseline baseline = baseline_of(scorer, config, slot, 1);
    return mean_from_scale(config->scale, &baseline);
}

bool scorer_fits(const struct scorer *scorer, const struct scorer_config *config)
{
    if (!scorer->count)
        return true;
    switch (config->method) {
    case SCORER_PLAIN: {
        const struct value_window *window = &((const struct scorer_plain *)scorer)->window;
        return !window->values && window->size == config->window && window->n && window->n <= window->size && window->next < window->size;
    }
    case SCORER_ROBUST:
        return sorted_window_fits(&((const struct scorer_robust *)scorer)->window, config->window);
    case SCORER_SEASONAL:
    case SCORER_EWMA:
        break;
    }
    return true; /* no place is kept in it */
}

uint32_t scorer_count(const struct scorer *scorer)
{
    return scorer->count;
}
