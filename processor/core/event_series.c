#include "core/event_series.h"

#include <math.h>

#include "core/tail.h"
#include "core/zscore.h"

struct event_sample event_sample_of(const struct event_series *series, const struct scorer_config *config, double value)
{
    return (struct event_sample){value, scale_to(config->scale, value), event_window_moments(&series->window)};
}

static double own_sd(const struct moments *baseline)
{
    return sqrt(fmax(baseline->m2, 0) / (baseline->n - 1));
}

static double sd_of(const struct moments *baseline, const struct scorer_config *config)
{
    return fmax(own_sd(baseline), scale_floor(config->scale, config->floor_relative, config->floor_unit, baseline->mean));
}

static double stretch_of(const struct event_series *series, bool above)
{
    return fmax(series->tail[above], 1);
}

static double bound(const struct event_series *series, const struct scorer_config *config, const struct event_sample *sample,
                    double level, double sd, bool above)
{
    double reach = zscore_uncalibrate(tail_stretch(level, stretch_of(series, above)), sample->baseline.n) * sd;
    return scale_from(config->scale, sample->baseline.mean + (above ? reach : -reach));
}

bool event_series_test(const struct event_series *series, const struct scorer_config *config, const struct event_sample *sample,
                       double widening, struct verdict *ret_verdict)
{
    const struct moments *baseline = &sample->baseline;
    double deviation = sample->x - baseline->mean, level = config->last_z * widening;
    if (baseline->n < config->warm_up || !zscore_may_pass(baseline, deviation, config->last_z))
        return false;
    double sd = sd_of(baseline, config), raw = deviation / sd, stretch = stretch_of(series, raw > 0);
    if (!(sd > 0) || tail_shrink(fabs(raw), stretch) < config->last_z)
        return false; /* as it is before the calibration by n, which costs more than all else and makes z smaller */
    double size = tail_shrink(fabs(zscore_calibrate(raw, baseline->n)), stretch);
    if (size < config->last_z)
        return false;
    *ret_verdict = (struct verdict){.value = sample->value,
                                    .expected = scale_mean(config->scale, baseline->mean, own_sd(baseline)),
                                    .lower = bound(series, config, sample, level, sd, false),
                                    .upper = bound(series, config, sample, level, sd, true),
                                    .z_raw = raw,
                                    .z = copysign(size, raw),
                                    .strength = copysign(size / config->last_z, raw),
                                    .n = baseline->n,
                                    .flat = baseline->m2 <= 0};
    return true;
}

/* What lies beyond TAIL_START is an excess, of however many sd: a series that is flat but for steps within its floor has none. */
static void learn_tail(struct event_series *series, const struct scorer_config *config, const struct event_sample *sample)
{
    double deviation = sample->x - sample->baseline.mean, size = fabs(deviation) / sd_of(&sample->baseline, config);
    bool above = deviation > 0;
    if (!(size > TAIL_START))
        return;
    series->tail[above] = tail_after(series->tail[above], series->excess_count[above], config->tail_pace, size);
    series->excess_count[above] += series->excess_count[above] < UINT32_MAX;
}

void event_series_learn(struct event_series *series, const struct scorer_config *config, const struct event_sample *sample)
{
    const struct moments *baseline = &sample->baseline;
    if (config->tail_pace > 0 && baseline->n >= config->warm_up && baseline->m2 > 0 &&
        zscore_may_pass(baseline, sample->x - baseline->mean, TAIL_START))
        learn_tail(series, config, sample);
    event_window_push(&series->window, sample->x, config->window / EVENT_WINDOW_SUB_BUCKETS);
}

bool event_series_fits(const struct event_series *series, const struct scorer_config *config)
{
    const struct event_window *window = &series->window;
    return window->open.n <= config->window / EVENT_WINDOW_SUB_BUCKETS && window->full_count < EVENT_WINDOW_SUB_BUCKETS &&
           window->full_next < EVENT_WINDOW_SUB_BUCKETS - 1;
}
