/*
 * Series of totals per hour or day of event time. All series of one clock share its frontier, the oldest bucket that is
 * still open: older ones are closed and lie in their series' window, the open ones are sums still growing.
 *
 * A bucket closes when the watermark reaches its end plus the allowed lateness. Then, per series, in the order in which
 * the series became active:
 *   - the bucket in which the key was first seen, and older ones, are partial: left out;
 *   - any other total, zero if nothing came, is shown to on_closed and then enters the window;
 *   - a key of which nothing came for more buckets than its window holds is forgotten, as if it had never been seen. Those
 *     of these buckets that close in the same call as the one that exceeds the limit are not shown: when the whole stream
 *     was silent for so long, that says nothing of the key.
 * Times lie within some 200,000 years of 1970. Not thread-safe.
 */
#ifndef CORE_BUCKET_CLOCK_H
#define CORE_BUCKET_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/detector.h"
#include "core/window.h"

/* One malloc, freed with free(). 120 bytes, 8 per bucket of window and lateness, and the key. */
struct bucket_series {
    struct value_window window; /* closed buckets up to the clock's frontier - 1 */
    enum metric metric;
    bool active;                /* false: forgotten, or not yet started; the window means nothing */
    uint32_t head;              /* where in open the frontier's bucket lies */
    double *open;               /* ring of the clock's open_room totals */
    int64_t first_bucket;       /* in which the key was seen first */
    int64_t last_bucket;        /* newest one that holds a value */
    const struct shop *shop;
    struct text key;            /* own copy */
    double totals[];            /* window.size closed ones, then the open ones, then the key's text */
};

struct bucket_clock {
    int64_t width_us, lateness_us;
    int64_t frontier;    /* bucket b covers [b * width_us, (b + 1) * width_us) */
    int64_t due_us;      /* the watermark at which the frontier's bucket closes */
    int64_t recent_bucket, recent_start_us; /* the last one asked for: saves a division */
    struct bucket_series **active; /* borrowed, in order of becoming active */
    size_t active_count, active_room;
    uint32_t open_room;
};

/* Called once per series and closed bucket, before total enters the window. */
typedef void bucket_closed_fn(void *ctx, const struct bucket_series *series, int64_t bucket_start_us, double total);

void bucket_clock_init(struct bucket_clock *clock, int64_t width_us, int64_t lateness_us);
void bucket_clock_done(struct bucket_clock *clock);

int64_t bucket_clock_bucket(struct bucket_clock *clock, int64_t event_time_us);

/* A series that is not active yet; copies key. NULL when memory is out. */
struct bucket_series *bucket_series_new(const struct bucket_clock *clock, enum metric metric, const struct shop *shop,
                                        struct text key, uint32_t window_size);

/* Makes series active and empty, first seen in bucket (>= frontier). False, and nothing done, when memory is out. */
bool bucket_clock_start(struct bucket_clock *clock, struct bucket_series *series, int64_t bucket);

/* Adds to an open or closed bucket of an active series. False where the bucket is no longer, or never was, in the window.
 * The clock must have been advanced to the time of the newest value. */
bool bucket_clock_add(struct bucket_clock *clock, struct bucket_series *series, int64_t bucket, double value);

/* Closes the frontier's bucket, given that watermark_us >= due_us. */
void bucket_clock_close_one(struct bucket_clock *clock, int64_t watermark_us, bucket_closed_fn *on_closed, void *ctx);

#endif
