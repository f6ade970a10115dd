/*
 * The seasonal recipe. Residuals are one-step prediction errors: how badly the profile is known is part of their spread, so an
 * early verdict is as careful as it has to be. No sum of squares of values is ever taken, only of residuals, which lie around 0; and
 * what one value may teach is limited, so a spike does not stay behind in profile or spread.
 */
#include "core/scorer.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/sorted_window.h"
#include "core/window.h"
#include "core/zscore.h"

#define VALUE_MAX 1e30
#define TAIL_START 2
#define NORMAL_EXCESS 0.3732155328228572 /* E[Z - 2 | Z > 2] */
#define TAIL_PRIOR 100 /* excesses that a normal tail counts for */
#define TAIL_EXCESS_MAX 10
#define TAIL_SPAN_MAX 4 /* a mean of so few still has some of their tail, of more hardly any */
#define NEAR_N_MIN 256 /* from here the short way to a calibrated z is as good */
#define PROFILE_CENTRE_EVERY 24
#define MAD_TO_SD 1.4826022185056018 /* 1 / the normal's upper quartile */
#define SURELY 0.99           /* a comparison by squares, and not by quotients and roots, leaves so much room for their rounding */
#define SURE_VARIANCE_MIN 1e-200 /* below, squares lose digits */
#define SUM_ROUNDING 1e-14

/* fmax and fmin are calls, and no NaN comes here. */
static inline double larger(double a, double b)
{
    return a > b ? a : b;
}

static inline double smaller(double a, double b)
{
    return a < b ? a : b;
}

static inline double root_of(uint32_t events)
{
    return events == 1 ? 1 : sqrt(events);
}

/* What every method begins with. */
struct scorer {
    _Alignas(8) uint32_t count; /* as aligned as what it is the beginning of */
};

static inline double per_root(double value, double root_events)
{
    return root_events == 1 ? value : value / root_events;
}

/* Exponentially weighted, as 1 / n at first. */
struct spread {
    double mean, variance;
};

struct scorer_seasonal {
    struct scorer base;
    uint32_t excess_count;
    double excess;             /* mean length of the tail beyond TAIL_START sd, relative to a normal one's; 0: as if 1 */
    struct profile profile;
    struct spread last, mean, long_mean; /* of residuals, and of the means of some of them */
    double mean_sum, long_sum;           /* of the newest span - 1 and long_span - 1 residuals */
    union {
        double first[SCORER_FIRST];    /* the first values, as long as count is below SCORER_FIRST */
        float recent[SCORER_SPAN_MAX]; /* residuals, a ring by count */
    };
};
_Static_assert(sizeof(struct scorer_seasonal) <= 400, "with its gate and its bucket a series has to stay within 512 bytes");

struct scorer_plain {
    struct scorer base;
    struct value_window window; /* its values are those here, whenever it is used */
    double values[];
};

struct scorer_robust {
    struct scorer base;
    uint32_t unused;
    struct sorted_window window;
};

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
                                         .scale = scale,
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

static inline double to_scale(enum scorer_scale scale, double value)
{
    return scale == SCALE_RAW ? value : copysign(sqrt(fabs(value) + 1) - 1, value);
}

static double from_scale(enum scorer_scale scale, double x)
{
    if (scale == SCALE_RAW)
        return x;
    double root = fabs(x) + 1, value = copysign(root * root - 1, x);
    return scale == SCALE_ROOT ? larger(value, 0) : value;
}

/* E[v] = E[root]^2 + Var[root]: the square of the mean root alone would be too small. */
static double mean_from_scale(enum scorer_scale scale, const struct baseline *baseline)
{
    return from_scale(scale, baseline->expected) + (scale == SCALE_RAW ? 0 : copysign(baseline->sd * baseline->sd, baseline->expected));
}

static bool can_enter(double value)
{
    return fabs(value) <= VALUE_MAX; /* false for NaN */
}

static struct profile_slot slot_used(const struct scorer_config *config, struct profile_slot slot)
{
    return config->method == SCORER_SEASONAL ? slot : (struct profile_slot){0, 0};
}

/* Whether deviation, be it rounded this way or that, is less than so many sd. False says nothing. */
static inline bool is_surely_within(double deviation, double sd_count, double variance)
{
    double reach = SURELY * sd_count;
    return deviation * deviation < reach * reach * variance && variance > SURE_VARIANCE_MIN;
}

static inline double clipped(const struct spread *spread, double clip_sd, double deviation)
{
    if (is_surely_within(deviation, clip_sd, spread->variance))
        return deviation;
    double reach = clip_sd * sqrt(spread->variance);
    return reach > 0 && fabs(deviation) > reach ? copysign(reach, deviation) : deviation;
}

static inline double spread_learn(struct spread *spread, double weight, double clip_sd, double value)
{
    double deviation = clipped(spread, clip_sd, value - spread->mean);
    spread->mean += weight * deviation;
    spread->variance = (1 - weight) * (spread->variance + weight * deviation * deviation);
    return deviation;
}

static int double_compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median_of_first(double *values)
{
    qsort(values, SCORER_FIRST, sizeof *values, double_compare);
    return (values[SCORER_FIRST / 2 - 1] + values[SCORER_FIRST / 2]) / 2;
}

/* The first values have come: their median becomes the level, and the median deviation from it the spread. */
static void settle_first(struct scorer_seasonal *state)
{
    double values[SCORER_FIRST];
    memcpy(values, state->first, sizeof values);
    double median = median_of_first(values);
    for (int i = 0; i < SCORER_FIRST; i++)
        values[i] = fabs(values[i] - median);
    double sd = MAD_TO_SD * median_of_first(values);
    memset(state->recent, 0, sizeof state->recent);
    state->profile.shift = median;
    state->last.variance = sd * sd;
}

static inline void tail_learn(struct scorer_seasonal *state, const struct scorer_config *config, double deviation)
{
    if (is_surely_within(deviation, TAIL_START, state->last.variance))
        return;
    double sd = sqrt(state->last.variance), z = fabs(deviation) / sd;
    if (!(config->tail_pace > 0) || !(sd > 0) || z <= TAIL_START)
        return;
    double weight = larger(1.0 / (state->excess_count + TAIL_PRIOR), config->tail_pace);
    double excess = fmin(z - TAIL_START, TAIL_EXCESS_MAX) / NORMAL_EXCESS;
    double before = state->excess > 0 ? state->excess : 1;
    state->excess = before + weight * (excess - before);
    state->excess_count += state->excess_count < UINT32_MAX;
}

static double newest_sum(const struct scorer_seasonal *state, uint32_t count)
{
    double sum = 0;
    for (uint32_t age = 0; age < count; age++)
        sum += (double)state->recent[(state->base.count - age) % SCORER_SPAN_MAX];
    return sum;
}

static inline double newest_moved(const struct scorer_seasonal *state, uint32_t count, double sum)
{
    uint32_t at = state->base.count;
    return sum + (double)state->recent[at % SCORER_SPAN_MAX] - (double)state->recent[(at - count) % SCORER_SPAN_MAX];
}

/* Sums for the next value's means. They slide, and are counted afresh once in every ring, so nothing of a spike stays in them. */
static void sum_recent(struct scorer_seasonal *state, const struct scorer_config *config)
{
    uint32_t few = config->span ? config->span - 1 : 0, many = config->long_span ? config->long_span - 1 : 0;
    bool afresh = state->base.count % SCORER_SPAN_MAX == 0;
    state->mean_sum = afresh ? newest_sum(state, few) : newest_moved(state, few, state->mean_sum);
    state->long_sum = afresh ? newest_sum(state, many) : newest_moved(state, many, state->long_sum);
}

/* The sd of a prediction error over that of the noise: an hour's mean over n values is itself off by a variance of 1 / n. 0
 * where the hour was never seen: there is nothing to learn of the spread, or to tell, from how far off a mere guess is. */
static double unknown_part(const struct scorer_seasonal *state, struct profile_slot slot)
{
    uint16_t n = state->profile.hour_counts[slot.hour];
    return n ? sqrt(1 + 1.0 / n) : 0;
}

/* sum: of residual and the span - 1 before it. */
static inline void mean_learn(const struct scorer_seasonal *state, const struct scorer_config *config, uint32_t span, double sum,
                       struct spread *spread)
{
    uint32_t known = state->base.count - SCORER_FIRST;
    if (span < 2 || known + 1 < span)
        return;
    double weight = 1 / smaller(known + 2.0 - span, config->memory);
    (void)spread_learn(spread, weight, config->clip_sd, sum / span);
}

/* A value as the profile sees it: x, and what the profile expects. unknown is wanted last, but divisions and roots take long enough to be
 * begun first. */
struct point {
    struct profile_slot slot;
    double x, profiled, root_events, unknown;
};

static inline struct point point_of(const struct scorer_seasonal *state, const struct scorer_config *config, struct profile_slot slot,
                             double value, uint32_t events)
{
    struct profile_slot used = slot_used(config, slot);
    return (struct point){.slot = used,
                          .x = to_scale(config->scale, value),
                          .profiled = profile_expected(&state->profile, &config->pace, used),
                          .root_events = root_of(events),
                          .unknown = unknown_part(state, used)};
}

static void first_learn(struct scorer_seasonal *state, double x)
{
    state->first[state->base.count] = x;
    if (state->base.count + 1 == SCORER_FIRST)
        settle_first(state);
}

/* Returns the residual that the next means are made of. */
static double residual_learn(struct scorer_seasonal *state, const struct scorer_config *config, const struct point *point)
{
    double residual = (point->x - point->profiled) * point->root_events, unknown = point->unknown, before = state->last.mean;
    if (!(unknown > 0)) {
        profile_learn(&state->profile, &config->pace, point->slot, per_root(residual, point->root_events));
        return before;
    }
    uint32_t known = state->base.count - SCORER_FIRST - state->profile.seen; /* residuals */
    residual /= unknown;
    tail_learn(state, config, residual - before);
    mean_learn(state, config, config->span, state->mean_sum + residual, &state->mean);
    mean_learn(state, config, config->long_span, state->long_sum + residual, &state->long_mean);
    double weight = 1 / smaller(known + 2.0, config->memory);
    double taught = before + spread_learn(&state->last, weight, config->clip_sd, residual);
    profile_learn(&state->profile, &config->pace, point->slot, per_root(taught * unknown, point->root_events));
    return residual;
}

static void seasonal_learn(struct scorer_seasonal *state, const struct scorer_config *config, const struct point *point)
{
    uint32_t count = state->base.count;
    if (count < SCORER_FIRST) {
        first_learn(state, point->x);
    } else {
        state->recent[count % SCORER_SPAN_MAX] = (float)residual_learn(state, config, point);
        sum_recent(state, config);
        if (count % PROFILE_CENTRE_EVERY == 0)
            profile_centre(&state->profile);
    }
    state->base.count += count < UINT32_MAX;
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

static bool is_profiled(const struct scorer_config *config)
{
    return config->method == SCORER_SEASONAL || config->method == SCORER_EWMA;
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

/* In the unit of x: a step of the metric's unit is smaller there the larger the value is. */
static double sd_floor(const struct scorer_config *config, double expected)
{
    double unit = config->floor_unit;
    if (config->scale != SCALE_RAW)
        unit /= 2 * (fabs(expected) + 1); /* d sqrt(v + 1) = dv / (2 sqrt(v + 1)) */
    return larger(config->floor_relative * fabs(expected), unit);
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

/* As raw a z as it takes, at least, for the last value to stand out. */
static double unstretch(double z, double stretch)
{
    return fabs(z) > TAIL_START ? copysign(TAIL_START + (fabs(z) - TAIL_START) * stretch, z) : z;
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
    if (size > TAIL_START && test->stretch > 1)
        size = TAIL_START + (size - TAIL_START) / test->stretch;
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
    if (!can_enter(value) || scorer->count < config->warm_up)
        return false;
    double x = to_scale(config->scale, value);
    double root_events = root_of(events);
    struct baseline baseline = baseline_of(scorer, config, slot, root_events);
    double floor = sd_floor(config, baseline.expected), sd = larger(baseline.sd, floor);
    if (!(sd > 0))
        return false;
    /* The plain mean, rounded to a double, would cost digits at large offsets. */
    double deviation = config->method == SCORER_PLAIN ? value_window_deviation(&((const struct scorer_plain *)scorer)->window, x)
                                                      : x - baseline.expected;
    struct test last = test_last(scorer, config, deviation, sd);
    struct outcome outcome = test_all(scorer, config, &last, deviation * root_events, baseline.n, floor * root_events);
    double reach = unstretch(config->last_z, last.stretch) * sd;
    *ret_verdict = (struct verdict){.value = value,
                                    .expected = mean_from_scale(config->scale, &baseline),
                                    .lower = from_scale(config->scale, baseline.expected - reach),
                                    .upper = from_scale(config->scale, baseline.expected + reach),
                                    .z_raw = outcome.raw,
                                    .z = outcome.z,
                                    .strength = outcome.strength,
                                    .n = baseline.n,
                                    .of_mean = outcome.of_mean,
                                    .flat = !(baseline.sd > 0)};
    return true;
}

/* A floor counts where there is no spread. */
static inline double at_least(double variance, double floor)
{
    return variance > SURE_VARIANCE_MIN ? variance : floor * floor;
}

static bool is_mean_quiet(const struct scorer_seasonal *state, uint32_t span, const struct spread *spread, uint32_t warm_up, double sum,
                          double level, double floor)
{
    if (span < 2 || state->base.count < warm_up)
        return true;
    double usual = span * spread->mean, off = fabs(sum - usual) + SUM_ROUNDING * (fabs(sum) + fabs(usual));
    return is_surely_within(off, level * span, at_least(spread->variance, floor));
}

/* A floor matters where there is no spread at all; that it may hold up a small one, or a long tail lower z, would only make it quieter. */
static bool is_quiet(const struct scorer_seasonal *state, const struct scorer_config *config, const struct point *point)
{
    double mean = state->last.mean;
    double expected = point->profiled + per_root(mean, point->root_events);
    double deviation = (point->x - expected) * point->root_events, residual = deviation + mean;
    double floor = state->last.variance > SURE_VARIANCE_MIN ? 0 : sd_floor(config, expected) * point->root_events;
    return is_surely_within(deviation, config->last_z, at_least(state->last.variance, floor)) &&
           is_mean_quiet(state, config->span, &state->mean, config->warm_up, state->mean_sum + residual, config->mean_z, floor) &&
           is_mean_quiet(state, config->long_span, &state->long_mean, 2 * config->warm_up, state->long_sum + residual, config->long_z,
                         floor);
}

/* False, and nothing done, where the value has to be quiet and is not surely so. */
static bool seasonal_step(struct scorer_seasonal *state, const struct scorer_config *config, struct profile_slot slot, double value,
                          uint32_t events, bool has_to_be_quiet, bool learns)
{
    const struct point point = point_of(state, config, slot, value, events);
    if (has_to_be_quiet && !is_quiet(state, config, &point))
        return false;
    if (learns)
        seasonal_learn(state, config, &point);
    return true;
}

bool scorer_pass(struct scorer *scorer, const struct scorer_config *config, struct profile_slot slot, double value, uint32_t events,
                 bool learns)
{
    assert(config->warm_up > SCORER_FIRST && events >= 1);
    return is_profiled(config) && scorer->count >= config->warm_up && can_enter(value) &&
           seasonal_step((struct scorer_seasonal *)scorer, config, slot, value, events, true, learns);
}

static void plain_learn(struct scorer_plain *state, const struct scorer_config *config, double x)
{
    if (!state->base.count)
        value_window_init(&state->window, state->values, config->window);
    state->window.values = state->values;
    value_window_push(&state->window, x);
    state->window.values = NULL;
}

void scorer_learn(struct scorer *scorer, const struct scorer_config *config, struct profile_slot slot, double value)
{
    scorer_learn_average(scorer, config, slot, value, 1);
}

void scorer_learn_average(struct scorer *scorer, const struct scorer_config *config, struct profile_slot slot, double value,
                          uint32_t events)
{
    assert(events >= 1);
    if (!can_enter(value))
        return;
    if (is_profiled(config)) {
        (void)seasonal_step((struct scorer_seasonal *)scorer, config, slot, value, events, false, true);
        return;
    }
    double x = to_scale(config->scale, value);
    if (config->method == SCORER_PLAIN)
        plain_learn((struct scorer_plain *)scorer, config, x);
    else
        sorted_window_push(&((struct scorer_robust *)scorer)->window, config->window, x);
    scorer->count += scorer->count < UINT32_MAX;
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
