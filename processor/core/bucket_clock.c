/*
 * Invariant: every active series has exactly open_room open totals, the first of them the frontier's, and as many closed
 * ones as buckets have closed since its first, at most its window. So no bucket numbers are stored with the totals.
 */
#include "core/bucket_clock.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

static void set_frontier(struct bucket_clock *clock, int64_t bucket)
{
    clock->frontier = bucket;
    clock->due_us = (bucket + 1) * clock->width_us + clock->lateness_us;
}

void bucket_clock_init(struct bucket_clock *clock, int64_t width_us, int64_t lateness_us)
{
    assert(width_us > 0 && lateness_us >= 0);
    /* Before the first watermark everything is due and no series is there: the first close sets the frontier. */
    *clock = (struct bucket_clock){.width_us = width_us, .lateness_us = lateness_us, .due_us = INT64_MIN};
    /* A value before due_us lies at most lateness / width + 1 buckets past the frontier. */
    clock->open_room = (uint32_t)(lateness_us / width_us + 2);
}

void bucket_clock_done(struct bucket_clock *clock)
{
    free(clock->active);
    clock->active = NULL;
}

int64_t bucket_clock_bucket(struct bucket_clock *clock, int64_t event_time_us)
{
    uint64_t into = (uint64_t)event_time_us - (uint64_t)clock->recent_start_us;
    if (into >= (uint64_t)clock->width_us) {
        clock->recent_bucket = floor_div(event_time_us, clock->width_us);
        clock->recent_start_us = clock->recent_bucket * clock->width_us;
    }
    return clock->recent_bucket;
}

struct bucket_series *bucket_series_new(const struct bucket_clock *clock, enum metric metric, const struct shop *shop,
                                        struct text key, uint32_t window_size)
{
    size_t totals = (size_t)window_size + clock->open_room;
    struct bucket_series *series = malloc(sizeof *series + totals * sizeof(double) + key.len);
    if (!series)
        return NULL;
    char *text = (char *)(series->totals + totals);
    if (key.len)
        memcpy(text, key.ptr, key.len);
    *series = (struct bucket_series){.metric = metric, .shop = shop, .key = {text, key.len}};
    series->open = series->totals + window_size;
    value_window_init(&series->window, series->totals, window_size);
    return series;
}

static bool append_active(struct bucket_clock *clock, struct bucket_series *series)
{
    if (clock->active_count == clock->active_room) {
        size_t room = clock->active_room ? clock->active_room * 2 : 16;
        struct bucket_series **larger = realloc(clock->active, room * sizeof(struct bucket_series *));
        if (!larger)
            return false;
        clock->active = larger;
        clock->active_room = room;
    }
    clock->active[clock->active_count++] = series;
    return true;
}

bool bucket_clock_start(struct bucket_clock *clock, struct bucket_series *series, int64_t bucket)
{
    assert(!series->active && bucket >= clock->frontier);
    if (!append_active(clock, series))
        return false;
    value_window_init(&series->window, series->totals, series->window.size);
    memset(series->open, 0, clock->open_room * sizeof *series->open);
    series->active = true;
    series->head = 0;
    series->first_bucket = series->last_bucket = bucket;
    return true;
}

static bool edit_closed(struct bucket_series *series, int64_t age, double value)
{
    if (age >= series->window.n)
        return false;
    value_window_edit(&series->window, (uint32_t)age, value);
    return true;
}

bool bucket_clock_add(struct bucket_clock *clock, struct bucket_series *series, int64_t bucket, double value)
{
    assert(series->active);
    if (bucket > series->last_bucket)
        series->last_bucket = bucket;
    if (bucket < clock->frontier)
        return edit_closed(series, clock->frontier - 1 - bucket, value);
    uint64_t slot = (uint64_t)(bucket - clock->frontier);
    assert(slot < clock->open_room);
    slot += series->head;
    series->open[slot < clock->open_room ? slot : slot - clock->open_room] += value;
    return true;
}

static double take_oldest(struct bucket_series *series, uint32_t open_room)
{
    double total = series->open[series->head];
    series->open[series->head] = 0;
    series->head = series->head + 1 == open_room ? 0 : series->head + 1;
    return total;
}

/* end: the first bucket that stays open. */
static bool is_silent(const struct bucket_series *series, int64_t bucket, int64_t end)
{
    return bucket > series->last_bucket && end - 1 - series->last_bucket > series->window.size;
}

void bucket_clock_close_one(struct bucket_clock *clock, int64_t watermark_us, bucket_closed_fn *on_closed, void *ctx)
{
    int64_t bucket = clock->frontier, end = floor_div(watermark_us - clock->lateness_us, clock->width_us);
    size_t kept = 0;
    for (size_t i = 0; i < clock->active_count; i++) {
        struct bucket_series *series = clock->active[i];
        series->active = !is_silent(series, bucket, end);
        if (!series->active)
            continue;
        clock->active[kept++] = series;
        double total = take_oldest(series, clock->open_room);
        if (bucket <= series->first_bucket)
            continue;
        on_closed(ctx, series, bucket * clock->width_us, total);
        value_window_push(&series->window, total);
    }
    clock->active_count = kept;
    set_frontier(clock, kept ? bucket + 1 : end);
}
