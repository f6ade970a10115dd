#include "bench/nab_score.h"

#include <math.h>

static const struct {
    double false_one, miss;
} weights[NAB_PROFILE_COUNT] = {{0.11, 1}, {0.22, 1}, {0.11, 2}};

static double sigmoid(double y)
{
    return y > 3 ? -1 : 2 / (1 + exp(5 * y)) - 1;
}

uint32_t nab_probation(uint32_t n)
{
    uint32_t share = (uint32_t)(0.15 * n);
    return share < 750 ? share : 750;
}

static double worth_inside(const struct nab_window *window, uint32_t row)
{
    double length = window->last - window->first + 1.0;
    return sigmoid(-(window->last - row + 1.0) / length) / sigmoid(-1);
}

static double worth_outside(const struct nab_window *before, uint32_t row)
{
    if (!before)
        return -1;
    double length = before->last - before->first;
    return sigmoid((row - before->last) / fmax(length, 1));
}

static void add_to_all(struct nab_tally *tally, double worth)
{
    for (int profile = 0; profile < NAB_PROFILE_COUNT; profile++)
        tally->raw[profile] += worth;
}

static void add_false_one(struct nab_tally *tally, double worth)
{
    tally->false_ones++;
    for (int profile = 0; profile < NAB_PROFILE_COUNT; profile++)
        tally->raw[profile] += weights[profile].false_one * worth;
}

static void add_miss(struct nab_tally *tally)
{
    for (int profile = 0; profile < NAB_PROFILE_COUNT; profile++)
        tally->raw[profile] -= weights[profile].miss;
}

void nab_tally_add(struct nab_tally *tally, const struct nab_series *series, const uint32_t *detections, uint32_t count)
{
    uint32_t at = 0, probation = nab_probation(series->n);
    while (at < count && detections[at] < probation)
        at++;
    for (uint32_t w = 0; w < series->window_count; w++) {
        const struct nab_window *window = &series->windows[w];
        for (; at < count && detections[at] < window->first; at++)
            add_false_one(tally, worth_outside(w ? window - 1 : NULL, detections[at]));
        bool found = at < count && detections[at] <= window->last;
        if (found)
            add_to_all(tally, worth_inside(window, detections[at])); /* the first is the best: worth falls with the row */
        else
            add_miss(tally);
        tally->found += found;
        while (at < count && detections[at] <= window->last)
            at++;
    }
    for (; at < count; at++)
        add_false_one(tally, worth_outside(series->window_count ? &series->windows[series->window_count - 1] : NULL, detections[at]));
    tally->windows += series->window_count;
}

void nab_tally_merge(struct nab_tally *tally, const struct nab_tally *other)
{
    for (int profile = 0; profile < NAB_PROFILE_COUNT; profile++)
        tally->raw[profile] += other->raw[profile];
    tally->windows += other->windows;
    tally->found += other->found;
    tally->false_ones += other->false_ones;
}

double nab_score(const struct nab_tally *tally, enum nab_profile profile)
{
    double nothing = -weights[profile].miss * tally->windows, perfect = tally->windows;
    return tally->windows ? 100 * (tally->raw[profile] - nothing) / (perfect - nothing) : 0;
}
