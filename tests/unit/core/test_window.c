#include "core/window.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#define SEED UINT64_C(20260117)
#define COUNT(array) (sizeof(array) / sizeof *(array))

static uint64_t next_random(uint64_t *state)
{
    uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static double uniform(uint64_t *state)
{
    return (double)(next_random(state) >> 11) * 0x1p-53;
}

/* The oracle: two passes in extended precision. */
static struct moments two_pass(const double *values, size_t n)
{
    long double sum = 0, m2 = 0;
    for (size_t i = 0; i < n; i++)
        sum += values[i];
    for (size_t i = 0; i < n; i++)
        m2 += (values[i] - sum / n) * (values[i] - sum / n);
    return (struct moments){(double)(sum / n), (double)m2, (uint32_t)n};
}

static void assert_close(struct moments got, struct moments want, double tolerance, const char *what, size_t at)
{
    double sd = sqrt(want.m2 / want.n);
    cr_assert_eq(got.n, want.n, "%s at %zu: n %u, not %u", what, at, got.n, want.n);
    cr_assert(fabs(got.m2 - want.m2) <= tolerance * want.m2, "%s at %zu: m2 %.17g, not %.17g", what, at, got.m2, want.m2);
    cr_assert(fabs(got.mean - want.mean) <= tolerance * sd + 4e-16 * fabs(want.mean), "%s at %zu: mean %.17g, not %.17g",
              what, at, got.mean, want.mean);
}

/* Series that break careless formulas. */
static double offset_1e8(uint64_t *state, size_t i)
{
    (void)i;
    return 1e8 + (double)(next_random(state) % 5) - 2;
}

static double rare_spikes_of_1e12(uint64_t *state, size_t i)
{
    return i % 701 == 650 ? 1e12 : 100 + 10 * uniform(state);
}

static double long_flat_stretches(uint64_t *state, size_t i)
{
    return i / 500 % 2 ? 49.9 : 1e6 * uniform(state);
}

static double shrinking_by_decades(uint64_t *state, size_t i)
{
    return pow(10, 9 - (double)(i % 4000) / 250) * (1 + uniform(state));
}

static double level_shifts(uint64_t *state, size_t i)
{
    return (i / 333 % 3 == 1 ? 1e9 : 7) + uniform(state);
}

static const struct hostile {
    const char *name;
    double (*value)(uint64_t *state, size_t i);
} hostile_series[] = {
    {"offset 1e8", offset_1e8},
    {"rare spikes of 1e12", rare_spikes_of_1e12},
    {"long flat stretches", long_flat_stretches},
    {"shrinking by decades", shrinking_by_decades},
    {"level shifts", level_shifts},
};

Test(window, merging_moments_is_the_same_as_counting_the_values_together)
{
    uint64_t state = SEED;
    for (int round = 0; round < 2000; round++) {
        double values[64];
        size_t n = next_random(&state) % COUNT(values) + 1, cut = next_random(&state) % (n + 1);
        struct moments left = {0}, right = {0};
        for (size_t i = 0; i < n; i++) {
            values[i] = 1e6 * uniform(&state);
            moments_push(i < cut ? &left : &right, values[i]);
        }
        assert_close(moments_merge(left, right), two_pass(values, n), 1e-12, "merge", (size_t)round);
    }
}

Test(window, merging_nothing_changes_nothing)
{
    struct moments some = {0}, none = {0};
    moments_push(&some, 3);
    moments_push(&some, 5);
    struct moments left = moments_merge(some, none), right = moments_merge(none, some);
    cr_assert(left.n == 2 && left.mean == 4 && left.m2 == 2);
    cr_assert(right.n == 2 && right.mean == 4 && right.m2 == 2);
    cr_assert_eq(moments_merge(none, none).n, 0);
}

Test(window, value_window_equals_two_passes_over_hostile_series)
{
    enum { N = 20000, SIZE = 168 };
    for (size_t s = 0; s < COUNT(hostile_series); s++) {
        uint64_t state = SEED;
        double *values = malloc(N * sizeof *values), ring[SIZE];
        struct value_window window;
        value_window_init(&window, ring, SIZE);
        for (size_t i = 0; i < N; i++) {
            values[i] = hostile_series[s].value(&state, i);
            value_window_push(&window, values[i]);
            size_t n = i + 1 < SIZE ? i + 1 : SIZE;
            assert_close(value_window_moments(&window), two_pass(values + i + 1 - n, n), 1e-10, hostile_series[s].name, i);
        }
        free(values);
    }
}

Test(window, value_window_equals_two_passes_under_random_edits)
{
    printf("seed %llu\n", (unsigned long long)SEED);
    uint64_t state = SEED;
    enum { OPERATIONS = 50000, SIZE_MAX_TRIED = 40 };
    for (uint32_t size = 2; size <= SIZE_MAX_TRIED; size += 19) {
        double *log = malloc(OPERATIONS * sizeof *log), ring[SIZE_MAX_TRIED];
        size_t pushed = 0;
        struct value_window window;
        value_window_init(&window, ring, size);
        for (size_t op = 0; op < OPERATIONS; op++) {
            double amount = (double)(int64_t)(next_random(&state) % 2000001) - 1e6;
            uint32_t n = (uint32_t)(pushed < size ? pushed : size), age = n ? (uint32_t)(next_random(&state) % n) : 0;
            if (op % 997 == 0)
                amount *= 1e6;
            if (n && next_random(&state) % 3 == 0) {
                value_window_edit(&window, age, amount);
                log[pushed - 1 - age] += amount;
            } else {
                value_window_push(&window, amount);
                log[pushed++] = amount;
            }
            n = (uint32_t)(pushed < size ? pushed : size);
            assert_close(value_window_moments(&window), two_pass(log + pushed - n, n), 1e-9, "edits", op);
        }
        free(log);
    }
}

Test(window, values_that_are_all_equal_have_a_spread_of_exactly_zero)
{
    double ring[28];
    struct value_window window;
    struct event_window events = {0};
    value_window_init(&window, ring, 28);
    uint64_t state = SEED;
    for (int i = 0; i < 1000; i++) {
        value_window_push(&window, 1e9 * uniform(&state));
        event_window_push(&events, 1e9 * uniform(&state), 4);
    }
    for (int i = 0; i < 68; i++) {
        if (i < 28)
            value_window_push(&window, 49.9);
        event_window_push(&events, 49.9, 4);
    }
    cr_assert(value_window_moments(&window).m2 == 0 && value_window_deviation(&window, 49.9) == 0);
    cr_assert(event_window_moments(&events).m2 == 0 && event_window_moments(&events).mean == 49.9);
}

Test(window, event_window_holds_more_than_fifteen_sixteenths_of_its_events_and_never_more_than_all)
{
    for (uint32_t size = 1; size <= 20; size += 3) {
        struct event_window window = {0};
        uint32_t whole = size * EVENT_WINDOW_SUB_BUCKETS;
        for (uint32_t i = 1; i <= 5 * whole; i++) {
            event_window_push(&window, i, size);
            uint32_t n = event_window_moments(&window).n;
            cr_assert(i <= whole ? n == i : n > whole - size && n <= whole, "size %u, event %u: n %u", size, i, n);
        }
    }
}

Test(window, event_window_equals_two_passes_over_hostile_series)
{
    enum { N = 20000, SIZE = 16 };
    for (size_t s = 0; s < COUNT(hostile_series); s++) {
        uint64_t state = SEED;
        double *values = malloc(N * sizeof *values);
        struct event_window window = {0};
        for (size_t i = 0; i < N; i++) {
            values[i] = hostile_series[s].value(&state, i);
            event_window_push(&window, values[i], SIZE);
            struct moments got = event_window_moments(&window);
            /* At an offset of 1e8 a mean in a double has an error of 1e-8, which is what these moments report. */
            struct moments want = two_pass(values + i + 1 - got.n, got.n);
            double digits = 1e-12 + 1e-15 * fabs(want.mean) / sqrt(want.m2 / want.n + 1e-300);
            if (want.m2 > 0)
                assert_close(got, want, digits * 10, hostile_series[s].name, i);
        }
        free(values);
    }
}

Test(window, a_spike_leaves_no_trace_in_an_event_window_once_it_is_out)
{
    struct event_window spiked = {0}, clean = {0};
    event_window_push(&spiked, 1e12, 16);
    event_window_push(&clean, 100, 16);
    for (int i = 0; i < 256; i++) {
        event_window_push(&spiked, 100 + i % 7, 16);
        event_window_push(&clean, 100 + i % 7, 16);
    }
    struct moments a = event_window_moments(&spiked), b = event_window_moments(&clean);
    cr_assert(a.n == b.n && a.mean == b.mean && a.m2 == b.m2);
}

Test(window, an_event_window_takes_296_bytes)
{
    cr_assert_eq(sizeof(struct event_window), 296);
}
