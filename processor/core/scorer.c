/*
 * The seasonal recipe. Residuals are one-step prediction errors: how badly the profile is known is part of their spread, so an
 * early verdict is as careful as it has to be. Their moments are kept in counted-off sub-buckets of floats, which lose no digits
 * because residuals lie around 0, and are merged again from what is left whenever one goes: nothing of a spike stays behind.
 */
#include "core/scorer.h"

#include <assert.h>
#include <math.h>

#include "core/sorted_window.h"
#include "core/window.h"
#include "core/zscore.h"

#define VALUE_MAX 1e30
#define MAD_TO_SD 1.4826022185056018 /* 1 / the normal's upper quartile */

struct sub_bucket {
    float mean, rms; /* rms: of the deviations from the mean; squared sums would leave a float's range */
};

/* What every method begins with. */
struct scorer {
    uint32_t count;
};

struct scorer_seasonal {
    struct scorer base;
    uint32_t open_n;
    double open_mean, open_m2;
    struct profile profile;
    struct sub_bucket full[SCORER_SUB_BUCKETS], closed; /* closed: all full ones merged */
    float recent[SCORER_SPAN_MAX];                      /* residuals, a ring */
    uint8_t full_count, full_next, recent_next;
};
_Static_assert(sizeof(struct scorer_seasonal) <= 448, "with its gate and its bucket a series has to stay within 512 bytes");

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

/* What a value is tested against, on the scale of x. */
struct baseline {
    double expected;         /* of x */
    struct moments residual; /* of x - expected */
    double recent_mean;      /* the mean of the last span residuals, with the tested one; of_mean tests only */
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
                                         .window = 672,
                                         .warm_up = 72,
                                         .span = 3,
                                         .pace = {.hour = 0.05, .weekday = 0.01},
                                         .floor_relative = 0.01,
                                         .floor_unit = 1,
                                         .last_z = 5,
                                         .mean_z = 5};
    if (method != SCORER_SEASONAL)
        ret_config->pace = (struct profile_pace){0.01, 0};
    if (method == SCORER_PLAIN || method == SCORER_ROBUST)
        ret_config->window = 168;
}

static double to_scale(enum scorer_scale scale, double value)
{
    return scale == SCALE_RAW ? value : copysign(sqrt(fabs(value) + 1) - 1, value);
}

static double from_scale(enum scorer_scale scale, double x)
{
    if (scale == SCALE_RAW)
        return x;
    double root = fabs(x) + 1, value = copysign(root * root - 1, x);
    return scale == SCALE_ROOT ? fmax(value, 0) : value;
}

static bool can_enter(double value)
{
    return fabs(value) <= VALUE_MAX; /* false for NaN */
}

static struct profile_slot slot_used(const struct scorer_config *config, struct profile_slot slot)
{
    return config->method == SCORER_SEASONAL ? slot : (struct profile_slot){0, 0};
}

static uint32_t sub_bucket_size(const struct scorer_config *config)
{
    return (config->window + SCORER_SUB_BUCKETS) / (SCORER_SUB_BUCKETS + 1);
}

static struct moments seasonal_moments(const struct scorer_seasonal *state, uint32_t size)
{
    uint32_t n = state->full_count * size;
    double rms = (double)state->closed.rms;
    struct moments closed = {(double)state->closed.mean, rms * rms * n, n};
    return moments_merge(closed, (struct moments){state->open_mean, state->open_m2, state->open_n});
}

static void close_sub_bucket(struct scorer_seasonal *state, uint32_t size)
{
    state->full[state->full_next] = (struct sub_bucket){(float)state->open_mean, (float)sqrt(state->open_m2 / size)};
    state->full_next = (uint8_t)((state->full_next + 1) % SCORER_SUB_BUCKETS);
    state->full_count += state->full_count < SCORER_SUB_BUCKETS;
    struct moments all = {0};
    for (int i = 0; i < state->full_count; i++) {
        double rms = (double)state->full[i].rms;
        all = moments_merge(all, (struct moments){(double)state->full[i].mean, rms * rms * size, size});
    }
    state->closed = (struct sub_bucket){(float)all.mean, (float)sqrt(all.m2 / all.n)};
    state->open_mean = state->open_m2 = 0;
    state->open_n = 0;
    profile_centre(&state->profile);
}

static void seasonal_learn(struct scorer_seasonal *state, const struct scorer_config *config, struct profile_slot slot, double x)
{
    uint32_t size = sub_bucket_size(config);
    double residual = x - profile_expected(&state->profile, slot);
    profile_learn(&state->profile, &config->pace, slot, residual);
    if (!state->base.count)
        return; /* the first value is the profile's, not a prediction's error */
    struct moments open = {state->open_mean, state->open_m2, state->open_n};
    moments_push(&open, residual);
    state->open_mean = open.mean;
    state->open_m2 = open.m2;
    state->open_n = open.n;
    state->recent[state->recent_next] = (float)residual;
    state->recent_next = (uint8_t)((state->recent_next + 1) % SCORER_SPAN_MAX);
    if (open.n == size)
        close_sub_bucket(state, size);
}

/* The mean of residual and the span - 1 before it; the caller knows that there are so many. */
static double recent_mean(const struct scorer_seasonal *state, uint32_t span, double residual)
{
    double sum = residual;
    for (uint32_t age = 1; age < span; age++)
        sum += (double)state->recent[(state->recent_next + SCORER_SPAN_MAX - age) % SCORER_SPAN_MAX];
    return sum / span;
}

static struct baseline seasonal_baseline(const struct scorer_seasonal *state, const struct scorer_config *config,
                                         struct profile_slot slot, double x)
{
    double expected = profile_expected(&state->profile, slot);
    return (struct baseline){expected, seasonal_moments(state, sub_bucket_size(config)),
                             recent_mean(state, config->span, x - expected)};
}

static struct baseline plain_baseline(const struct scorer_plain *state)
{
    struct moments moments = value_window_moments(&state->window);
    return (struct baseline){moments.mean, {0, moments.m2, moments.n}, 0};
}

static struct baseline robust_baseline(const struct scorer_robust *state, uint32_t window)
{
    double median = sorted_window_median(&state->window, window);
    double sd = MAD_TO_SD * sorted_window_mad(&state->window, window, median);
    return (struct baseline){median, {0, sd * sd * (state->window.n - 1), state->window.n}, 0};
}

static struct baseline baseline_of(const struct scorer *scorer, const struct scorer_config *config, struct profile_slot slot,
                                   double x)
{
    switch (config->method) {
    case SCORER_PLAIN:
        return plain_baseline((const struct scorer_plain *)scorer);
    case SCORER_ROBUST:
        return robust_baseline((const struct scorer_robust *)scorer, config->window);
    case SCORER_SEASONAL:
    case SCORER_EWMA:
        break;
    }
    return seasonal_baseline((const struct scorer_seasonal *)scorer, config, slot_used(config, slot), x);
}

/* In the unit of x: a step of the metric's unit is smaller there the larger the value is. */
static double sd_floor(const struct scorer_config *config, double expected)
{
    double unit = config->floor_unit;
    if (config->scale != SCALE_RAW)
        unit /= 2 * (fabs(expected) + 1); /* d sqrt(v + 1) = dv / (2 sqrt(v + 1)) */
    return fmax(config->floor_relative * fabs(expected), unit);
}

static bool tests_mean(const struct scorer_config *config)
{
    return config->span > 1 && (config->method == SCORER_SEASONAL || config->method == SCORER_EWMA);
}

bool scorer_test(const struct scorer *scorer, const struct scorer_config *config, struct profile_slot slot, double value,
                 struct verdict *ret_verdict)
{
    if (!can_enter(value) || scorer->count < config->warm_up)
        return false;
    double x = to_scale(config->scale, value);
    struct baseline baseline = baseline_of(scorer, config, slot, x);
    double spread = sqrt(fmax(baseline.residual.m2, 0) / (baseline.residual.n - 1));
    double sd = fmax(spread, sd_floor(config, baseline.expected));
    if (!(sd > 0))
        return false;
    double expected = baseline.expected + baseline.residual.mean;
    struct verdict verdict = {.value = value, .n = baseline.residual.n, .flat = baseline.residual.m2 <= 0};
    double last = (x - expected) / sd, level = config->last_z;
    verdict.z_raw = last;
    if (tests_mean(config)) {
        double mean = (baseline.recent_mean - baseline.residual.mean) * sqrt(config->span) / sd;
        if (fabs(mean) * config->last_z > fabs(last) * config->mean_z) {
            verdict.z_raw = mean;
            verdict.of_mean = true;
            level = config->mean_z;
        }
    }
    verdict.z = verdict.z_raw;
    double reach = config->last_z * sd;
    if (fabs(verdict.z_raw) >= level / 2) {
        verdict.z = zscore_calibrate(verdict.z_raw, baseline.residual.n);
        reach = zscore_uncalibrate(config->last_z, baseline.residual.n) * sd;
    }
    verdict.strength = verdict.z / level;
    verdict.expected = from_scale(config->scale, expected) + (config->scale == SCALE_RAW ? 0 : spread * spread);
    verdict.lower = from_scale(config->scale, expected - reach);
    verdict.upper = from_scale(config->scale, expected + reach);
    *ret_verdict = verdict;
    return true;
}

void scorer_learn(struct scorer *scorer, const struct scorer_config *config, struct profile_slot slot, double value)
{
    if (!can_enter(value))
        return;
    double x = to_scale(config->scale, value);
    switch (config->method) {
    case SCORER_PLAIN: {
        struct scorer_plain *plain = (struct scorer_plain *)scorer;
        if (!scorer->count)
            value_window_init(&plain->window, plain->values, config->window);
        plain->window.values = plain->values;
        value_window_push(&plain->window, x);
        plain->window.values = NULL;
        break;
    }
    case SCORER_ROBUST:
        sorted_window_push(&((struct scorer_robust *)scorer)->window, config->window, x);
        break;
    case SCORER_SEASONAL:
    case SCORER_EWMA:
        seasonal_learn((struct scorer_seasonal *)scorer, config, slot_used(config, slot), x);
        break;
    }
    scorer->count += scorer->count < UINT32_MAX;
}

double scorer_expected(const struct scorer *scorer, const struct scorer_config *config, struct profile_slot slot)
{
    if (!scorer->count)
        return 0;
    struct baseline baseline = baseline_of(scorer, config, slot, 0);
    double spread = baseline.residual.n > 1 ? fmax(baseline.residual.m2, 0) / (baseline.residual.n - 1) : 0;
    return from_scale(config->scale, baseline.expected + baseline.residual.mean) + (config->scale == SCALE_RAW ? 0 : spread);
}

uint32_t scorer_count(const struct scorer *scorer)
{
    return scorer->count;
}
