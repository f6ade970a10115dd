/*
 * Rolling moments that stay true. The invariant of both windows: what they report is what two passes over their values
 * would give, to 1e-10 of the spread; test_window holds them to that.
 */
#include "core/window.h"

#include <assert.h>

#define M2_LEFT_MIN 1e-4 /* 2^-53 / 1e-4 leaves eleven true digits of m2 */

void moments_push(struct moments *moments, double value)
{
    double delta = value - moments->mean;
    moments->n++;
    moments->mean += delta / moments->n;
    moments->m2 += delta * (value - moments->mean);
}

struct moments moments_merge(struct moments a, struct moments b)
{
    if (!a.n)
        return b;
    double n = (double)a.n + b.n, delta = b.mean - a.mean, share = b.n / n;
    return (struct moments){
        .mean = a.mean + delta * share,
        .m2 = a.m2 + b.m2 + delta * delta * a.n * share,
        .n = a.n + b.n,
    };
}

/* The full sub-buckets are of one size: the parallel-variance formula becomes the moments of their means. */
static struct moments merge_full(const struct event_window *window, uint32_t size)
{
    double shift = window->full[0].mean, sum = 0, m2 = 0, means_m2 = 0;
    for (uint32_t i = 0; i < window->full_count; i++)
        sum += window->full[i].mean - shift;
    double mean = sum / window->full_count;
    for (uint32_t i = 0; i < window->full_count; i++) {
        double delta = window->full[i].mean - shift - mean;
        means_m2 += delta * delta;
        m2 += window->full[i].m2;
    }
    return (struct moments){shift + mean, m2 + means_m2 * size, window->full_count * size};
}

static void close_sub_bucket(struct event_window *window)
{
    window->full[window->full_next].mean = window->open.mean;
    window->full[window->full_next].m2 = window->open.m2;
    window->full_next = (window->full_next + 1) % (EVENT_WINDOW_SUB_BUCKETS - 1);
    if (window->full_count < EVENT_WINDOW_SUB_BUCKETS - 1)
        window->full_count++;
    window->closed = merge_full(window, window->open.n);
    window->open = (struct moments){0};
}

void event_window_push(struct event_window *window, double value, uint32_t size)
{
    assert(size >= 1 && window->open.n <= size);
    if (window->open.n == size)
        close_sub_bucket(window);
    moments_push(&window->open, value);
}

struct moments event_window_moments(const struct event_window *window)
{
    return moments_merge(window->closed, window->open);
}

void value_window_init(struct value_window *window, double *values, uint32_t size)
{
    assert(size >= 2);
    *window = (struct value_window){.values = values, .size = size};
}

static uint32_t slot_of_age(const struct value_window *window, uint32_t age)
{
    assert(age < window->n);
    return age < window->next ? window->next - 1 - age : window->next + window->size - 1 - age;
}

/* Two passes. The shift is a value of the window, so a flat window has differences of exactly 0. */
static void recount(struct value_window *window)
{
    double sum = 0, m2 = 0, rest = 0;
    window->shift = window->values[slot_of_age(window, 0)];
    for (uint32_t i = 0; i < window->n; i++)
        sum += window->values[i] - window->shift;
    window->mean = sum / window->n;
    for (uint32_t i = 0; i < window->n; i++) {
        double delta = window->values[i] - window->shift - window->mean;
        m2 += delta * delta;
        rest += delta;
    }
    window->m2 = m2 - rest * rest / window->n;
    window->peak_m2 = window->m2;
    window->changes = 0;
}

static void settle(struct value_window *window)
{
    if (window->m2 > window->peak_m2)
        window->peak_m2 = window->m2;
    if (++window->changes >= window->size || window->m2 < window->peak_m2 * M2_LEFT_MIN)
        recount(window);
}

static void add(struct value_window *window, double value)
{
    if (!window->n)
        window->shift = value;
    double shifted = value - window->shift, delta = shifted - window->mean;
    window->values[window->next] = value;
    window->n++;
    window->mean += delta / window->n;
    window->m2 += delta * (shifted - window->mean);
}

static void replace(struct value_window *window, uint32_t slot, double value)
{
    double old = window->values[slot], change = value - old;
    double old_deviation = old - window->shift - window->mean;
    window->values[slot] = value;
    window->mean += change / window->n;
    window->m2 += change * (value - window->shift - window->mean + old_deviation);
}

void value_window_push(struct value_window *window, double value)
{
    if (window->n < window->size)
        add(window, value);
    else
        replace(window, window->next, value);
    window->next = window->next + 1 == window->size ? 0 : window->next + 1;
    settle(window);
}

void value_window_edit(struct value_window *window, uint32_t age, double delta)
{
    uint32_t slot = slot_of_age(window, age);
    replace(window, slot, window->values[slot] + delta);
    settle(window);
}

struct moments value_window_moments(const struct value_window *window)
{
    return (struct moments){window->shift + window->mean, window->m2, window->n};
}

double value_window_deviation(const struct value_window *window, double value)
{
    return value - window->shift - window->mean;
}
