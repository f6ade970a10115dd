/*
 * Mean and spread of the newest values of a series. Two windows:
 *   event_window: about the last N values in 16 sub-buckets; 296 bytes whatever N is; cannot be edited.
 *   value_window: exactly the last N values, each of which can still be edited; 8 bytes a value.
 * Neither computes E[x^2] - mean^2, which loses every digit once mean^2 / variance nears 2^53; neither keeps anything of a
 * value that has left, however large it was. Values are finite and below 1e150. No function fails. Not thread-safe.
 */
#ifndef CORE_WINDOW_H
#define CORE_WINDOW_H

#include <stdint.h>

/* Count, mean and m2, the sum of squared deviations from the mean; the sample variance is m2 / (n - 1), undefined for n < 2.
 * m2 is exactly 0 where all values were equal. All zero: no values. */
struct moments {
    double mean, m2;
    uint32_t n;
};

/* One more value (Welford 1962). */
void moments_push(struct moments *moments, double value);

/* Moments of both sets of values together (the parallel-variance formula of Chan, Golub and LeVeque 1979). */
struct moments moments_merge(struct moments a, struct moments b);

#define EVENT_WINDOW_SUB_BUCKETS 16

/*
 * The values are counted off into sub-buckets of N / 16; a value that finds the newest one full starts another and drops the
 * oldest as a whole. So the window holds more than 15/16 N values and at most N. All zero: empty.
 * A snapshot of a series is these bytes as they are.
 */
struct event_window {
    struct moments open;   /* the newest sub-bucket, growing */
    struct moments closed; /* all full ones, merged once per sub-bucket: an event costs one merge, not sixteen */
    uint32_t full_count, full_next;
    struct {
        double mean, m2;
    } full[EVENT_WINDOW_SUB_BUCKETS - 1];
};

/* size: values in a full sub-bucket, >= 1 and the same in every call. */
void event_window_push(struct event_window *window, double value, uint32_t size);
struct moments event_window_moments(const struct event_window *window);

/*
 * Sliding sums over a ring of values, held relative to one value of the window (shift), so that an offset of 1e8 costs no
 * digits. They are counted afresh from the ring every `size` changes, and at once where m2 falls to 1e-4 of its peak
 * since: what is left would be rounding dirt of a value that has gone. Amortised O(1).
 */
struct value_window {
    double *values; /* borrowed, room for size */
    uint32_t size, n, next, changes;
    double shift, mean, m2, peak_m2;
};

/* An empty window of the last size (>= 2) values over the caller's array, which must outlive it. */
void value_window_init(struct value_window *window, double *values, uint32_t size);
void value_window_push(struct value_window *window, double value);

/* Adds delta to the value that was pushed age pushes before the newest (0: the newest); age < n. */
void value_window_edit(struct value_window *window, uint32_t age, double delta);

struct moments value_window_moments(const struct value_window *window);

/* value - mean, without the digits lost by rounding the mean to a double. */
double value_window_deviation(const struct value_window *window, double value);

#endif
