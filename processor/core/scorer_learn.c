/*
 * What a value teaches. Residuals are one-step prediction errors: how badly the profile is known is part of their spread, so an
 * early verdict is as careful as it has to be. No sum of squares of values is ever taken, only of residuals, which lie around 0; and
 * what one value may teach is limited, so a spike does not stay behind in profile or spread.
 *
 * Most values do not stand out, and are taken in here without a verdict: to tell so, squares are compared, with room for rounding.
 */
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/scorer_internal.h"
#include "core/tail.h"

#define PROFILE_CENTRE_EVERY 24
#define SURELY 0.99           /* a comparison by squares, and not by quotients and roots, leaves so much room for their rounding */
#define SURE_VARIANCE_MIN 1e-200 /* below, squares lose digits */
#define SUM_ROUNDING 1e-14
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
    state->excess = tail_after(state->excess, state->excess_count, config->tail_pace, z);
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
                          .x = scale_to(config->scale, value),
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

/* A floor counts where there is no spread. */
static inline double at_least(double variance, double floor)
{
    return variance > SURE_VARIANCE_MIN ? variance : floor * floor;
}

static inline bool is_mean_quiet(const struct scorer_seasonal *state, uint32_t span, const struct spread *spread, uint32_t warm_up, double sum,
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
    return is_profiled(config) && scorer->count >= config->warm_up && scale_takes(value) &&
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
    if (!scale_takes(value))
        return;
    if (is_profiled(config)) {
        (void)seasonal_step((struct scorer_seasonal *)scorer, config, slot, value, events, false, true);
        return;
    }
    double x = scale_to(config->scale, value);
    if (config->method == SCORER_PLAIN)
        plain_learn((struct scorer_plain *)scorer, config, x);
    else
        sorted_window_push(&((struct scorer_robust *)scorer)->window, config->window, x);
    scorer->count += scorer->count < UINT32_MAX;
}

