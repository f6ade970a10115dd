/*
 * Which series there are, which limits hold for them, and what an anomaly says. How values are kept is the windows' matter
 * (window.c, bucket_clock.c), how they are judged zscore.c's.
 *
 * Memory per key: about 340 bytes for a metric tested per event (296 of window, the rest malloc and table); per bucket
 * metric about 1.6 kB with a window of 168. keys_max bounds the keys of all metrics together.
 *
 * Room for later: a seasonal profile belongs beside the window in struct bucket_series and changes the moments and the
 * deviation that report() is given; a snapshot is, per table, the records as they lie in memory, without their pointers.
 */
#include "core/detector.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/bucket_clock.h"
#include "core/series_table.h"
#include "core/window.h"
#include "core/zscore.h"

#define US_PER_HOUR INT64_C(3600000000)

enum bucket_width { WIDTH_HOUR, WIDTH_DAY, WIDTH_COUNT };

struct detector {
    struct detector_config config;
    int64_t due_us; /* the earliest of the clocks' */
    struct bucket_clock clocks[WIDTH_COUNT];
    struct series_table tables[METRIC_COUNT]; /* of struct event_window or struct bucket_series, by metric */
    struct detector_counters counters;
};

void detector_config_default(struct detector_config *ret_config)
{
    const struct detector_metric_config per_event = {.enabled = true, .warn_z = 4, .alert_z = 5, .floor_relative = 0.02,
                                                     .floor_unit = 1, .window = 256, .warm_up = 32};
    struct detector_config config = {.lateness_us = US_PER_HOUR, .keys_max = 100000};
    for (int metric = 0; metric < METRIC_COUNT; metric++)
        config.metrics[metric] = per_event;
    config.metrics[METRIC_HOURLY_ORDERS].window = config.metrics[METRIC_HOURLY_GROSS].window = 168;
    config.metrics[METRIC_HOURLY_ORDERS].warm_up = config.metrics[METRIC_HOURLY_GROSS].warm_up = 48;
    config.metrics[METRIC_DAILY_SPEND].window = 28;
    config.metrics[METRIC_DAILY_SPEND].warm_up = 14;
    *ret_config = config;
}

static bool is_bucket_metric(enum metric metric)
{
    return metric == METRIC_HOURLY_ORDERS || metric == METRIC_HOURLY_GROSS || metric == METRIC_DAILY_SPEND;
}

static enum bucket_width width_of(enum metric metric)
{
    return metric == METRIC_DAILY_SPEND ? WIDTH_DAY : WIDTH_HOUR;
}

struct detector *detector_new(const struct detector_config *config)
{
    struct detector *detector = calloc(1, sizeof *detector);
    if (!detector)
        return NULL;
    detector->config = *config;
    detector->due_us = INT64_MIN;
    bucket_clock_init(&detector->clocks[WIDTH_HOUR], US_PER_HOUR, config->lateness_us);
    bucket_clock_init(&detector->clocks[WIDTH_DAY], 24 * US_PER_HOUR, config->lateness_us);
    return detector;
}

void detector_free(struct detector *detector)
{
    if (!detector)
        return;
    for (int metric = 0; metric < METRIC_COUNT; metric++)
        series_table_done(&detector->tables[metric]);
    for (int width = 0; width < WIDTH_COUNT; width++)
        bucket_clock_done(&detector->clocks[width]);
    free(detector);
}

static struct text text_copy(struct text text, struct facts *facts)
{
    if (!text.len)
        return (struct text){"", 0};
    char *copy = facts->alloc(facts->alloc_ctx, text.len);
    memcpy(copy, text.ptr, text.len);
    return (struct text){copy, text.len};
}

/* What is tested, apart from its baseline. */
struct sample {
    enum metric metric;
    const struct shop *shop;
    struct text key;
    int64_t start_us;
    double value;
    struct origin origin;
};

static void report(struct detector *detector, const struct sample *sample, const struct moments *baseline, double deviation,
                   struct facts *facts)
{
    const struct detector_metric_config *config = &detector->config.metrics[sample->metric];
    const struct zscore_limits limits = {config->warn_z, config->floor_relative, config->floor_unit};
    struct zscore zscore;
    if (!zscore_passes(baseline, deviation, &limits, &zscore))
        return;
    bool alert = fabs(zscore.calibrated) >= config->alert_z;
    *(alert ? &detector->counters.alerts : &detector->counters.warnings) += 1;
    *facts_add_anomaly(facts) = (struct anomaly_fact){
        .shop = sample->shop,
        .metric = sample->metric,
        .key = text_copy(sample->key, facts),
        .window_start_us = sample->start_us,
        .baseline = is_bucket_metric(sample->metric) ? "buckets" : "events",
        .value = sample->value,
        .expected = baseline->mean,
        .lower = baseline->mean + zscore.lower,
        .upper = baseline->mean + zscore.upper,
        .z_raw = zscore.raw,
        .z_calibrated = zscore.calibrated,
        .n = baseline->n,
        .severity = zscore.flat ? SEVERITY_FLAT : alert ? SEVERITY_ALERT : SEVERITY_WARN,
        .above = deviation > 0,
        .origin = sample->origin,
    };
}

/* Gives record to the metric's table; refused, freed and counted where there are too many keys or memory is out. */
static void *keep(struct detector *detector, const struct series *series, void *record)
{
    bool kept = record && series_table_add(&detector->tables[series->metric], series->hash, record);
    detector->counters.keys += kept;
    detector->counters.keys_refused += !kept;
    if (kept)
        return record;
    free(record);
    return NULL;
}

static bool is_full(const struct detector *detector)
{
    return detector->counters.keys >= detector->config.keys_max;
}

static struct event_window *event_window_of(struct detector *detector, const struct series *series)
{
    struct event_window *window = series_table_find(&detector->tables[series->metric], series->hash);
    if (window)
        return window;
    return keep(detector, series, is_full(detector) ? NULL : calloc(1, sizeof *window));
}

void detector_event(struct detector *detector, const struct series *series, int64_t event_time_us, double value,
                    struct origin origin, struct facts *facts)
{
    assert(!is_bucket_metric(series->metric));
    const struct detector_metric_config *config = &detector->config.metrics[series->metric];
    struct event_window *window = config->enabled ? event_window_of(detector, series) : NULL;
    if (!window)
        return;
    struct moments baseline = event_window_moments(window);
    if (baseline.n >= config->warm_up) {
        double deviation = value - baseline.mean;
        detector->counters.tests++;
        if (zscore_may_pass(&baseline, deviation, config->warn_z)) {
            struct sample sample = {series->metric, series->shop, series->key, event_time_us, value, origin};
            report(detector, &sample, &baseline, deviation, facts);
        }
    }
    event_window_push(window, value, config->window / EVENT_WINDOW_SUB_BUCKETS);
}

void detector_prefetch_place(const struct detector *detector, enum metric metric, uint64_t hash)
{
    series_table_prefetch_slot(&detector->tables[metric], hash);
}

void detector_prefetch_values(const struct detector *detector, enum metric metric, uint64_t hash)
{
    series_table_prefetch_record(&detector->tables[metric], hash);
}

struct closing {
    struct detector *detector;
    struct origin origin;
    struct facts *facts;
};

static void test_closed(void *ctx, const struct bucket_series *series, int64_t bucket_start_us, double total)
{
    struct closing *closing = ctx;
    struct detector *detector = closing->detector;
    const struct detector_metric_config *config = &detector->config.metrics[series->metric];
    struct moments baseline = value_window_moments(&series->window);
    if (baseline.n < config->warm_up)
        return;
    double deviation = value_window_deviation(&series->window, total);
    detector->counters.tests++;
    if (!zscore_may_pass(&baseline, deviation, config->warn_z))
        return;
    struct sample sample = {series->metric, series->shop, series->key, bucket_start_us, total, closing->origin};
    report(detector, &sample, &baseline, deviation, closing->facts);
}

static struct bucket_clock *next_due(struct detector *detector)
{
    struct bucket_clock *hour = &detector->clocks[WIDTH_HOUR], *day = &detector->clocks[WIDTH_DAY];
    return day->due_us < hour->due_us ? day : hour;
}

static void close_due(struct detector *detector, int64_t watermark_us, struct origin origin, struct facts *facts)
{
    struct closing closing = {detector, origin, facts};
    struct bucket_clock *clock = next_due(detector);
    for (; clock->due_us <= watermark_us; clock = next_due(detector))
        bucket_clock_close_one(clock, watermark_us, test_closed, &closing);
    detector->due_us = clock->due_us;
}

void detector_advance(struct detector *detector, int64_t watermark_us, struct origin origin, struct facts *facts)
{
    if (watermark_us >= detector->due_us)
        close_due(detector, watermark_us, origin, facts);
}

static struct bucket_series *bucket_record_new(const struct detector *detector, const struct series *series,
                                               const struct bucket_clock *clock)
{
    return bucket_series_new(clock, series->metric, series->shop, series->key,
                             detector->config.metrics[series->metric].window);
}

/* The series, active; NULL where it cannot be. A key is not begun, nor begun again, by a value too late for every bucket. */
static struct bucket_series *bucket_series_of(struct detector *detector, const struct series *series,
                                              struct bucket_clock *clock, int64_t bucket)
{
    struct bucket_series *record = series_table_find(&detector->tables[series->metric], series->hash);
    if (record && record->active)
        return record;
    if (bucket < clock->frontier) {
        detector->counters.late_values++;
        return NULL;
    }
    if (!record)
        record = keep(detector, series, is_full(detector) ? NULL : bucket_record_new(detector, series, clock));
    return record && bucket_clock_start(clock, record, bucket) ? record : NULL;
}

void detector_bucket(struct detector *detector, const struct series *series, int64_t event_time_us, double value,
                     double replaced, struct origin origin, struct facts *facts)
{
    assert(is_bucket_metric(series->metric));
    if (!detector->config.metrics[series->metric].enabled)
        return;
    detector_advance(detector, event_time_us, origin, facts);
    struct bucket_clock *clock = &detector->clocks[width_of(series->metric)];
    int64_t bucket = bucket_clock_bucket(clock, event_time_us);
    struct bucket_series *record = bucket_series_of(detector, series, clock, bucket);
    if (record && !bucket_clock_add(clock, record, bucket, value - replaced))
        detector->counters.late_values++;
}

const struct detector_counters *detector_counters(const struct detector *detector)
{
    return &detector->counters;
}

void detector_forget_counters(struct detector *detector)
{
    detector->counters = (struct detector_counters){.keys = detector->counters.keys};
}

struct saved_window {
    uint64_t hash;
    struct event_window window;
};

static void save_events(const struct series_table *table, struct snapshot_writer *writer)
{
    snapshot_put_records_head(writer, table->count, sizeof(struct saved_window));
    for (size_t i = 0; i < table->room; i++) {
        if (!table->slots[i].record)
            continue;
        struct saved_window saved = {table->slots[i].hash, *(const struct event_window *)table->slots[i].record};
        snapshot_put_bytes(writer, &saved, sizeof saved);
    }
}

/* A bucket series without its pointers; its totals, closed ones and open ones, and the key follow. */
struct saved_series {
    uint64_t hash, shop_hash;
    int64_t first_bucket, last_bucket;
    double shift, mean, m2, peak_m2;
    uint32_t n, next, changes, head, active, unused;
};

static void save_buckets(const struct series_table *table, uint32_t open_room, struct snapshot_writer *writer)
{
    snapshot_put_u32(writer, (uint32_t)table->count);
    for (size_t i = 0; i < table->room; i++) {
        const struct bucket_series *series = table->slots[i].record;
        if (!series)
            continue;
        const struct value_window *window = &series->window;
        struct saved_series saved = {table->slots[i].hash, series->shop->hash, series->first_bucket, series->last_bucket,
                                     window->shift, window->mean, window->m2, window->peak_m2, window->n, window->next,
                                     window->changes, series->head, series->active, 0};
        if (!series->active) {
            memset((char *)&saved + offsetof(struct saved_series, first_bucket), 0, sizeof saved - offsetof(struct saved_series, first_bucket));
        }
        snapshot_put_records(writer, &saved, 1, sizeof saved);
        snapshot_put_records(writer, series->totals, series->active ? window->size + open_room : 0, sizeof(double));
        snapshot_put_text(writer, series->shop->id);
        snapshot_put_text(writer, series->key);
    }
}

void detector_save(const struct detector *detector, struct snapshot_writer *writer)
{
    for (int width = 0; width < WIDTH_COUNT; width++) {
        snapshot_put_i64(writer, detector->clocks[width].frontier);
        snapshot_put_i64(writer, detector->clocks[width].due_us);
    }
    snapshot_put_i64(writer, detector->due_us);
    for (int metric = 0; metric < METRIC_COUNT; metric++) {
        if (is_bucket_metric((enum metric)metric))
            save_buckets(&detector->tables[metric], detector->clocks[width_of((enum metric)metric)].open_room, writer);
        else
            save_events(&detector->tables[metric], writer);
    }
}

static bool add_restored(struct detector *detector, enum metric metric, uint64_t hash, void *record)
{
    const struct series series = {.metric = metric, .hash = hash};
    bool known = series_table_find(&detector->tables[metric], hash) != NULL;
    if (known || is_full(detector)) {
        free(record);
        return false;
    }
    return keep(detector, &series, record) != NULL;
}

static bool restore_events(struct detector *detector, enum metric metric, struct snapshot_reader *reader)
{
    size_t count;
    const uint8_t *records = snapshot_take_records(reader, sizeof(struct saved_window), detector->config.keys_max, &count);
    for (size_t i = 0; i < count; i++) {
        struct saved_window saved;
        memcpy(&saved, records + i * sizeof saved, sizeof saved);
        struct event_window *window = malloc(sizeof *window);
        if (!window || saved.window.open.n > detector->config.metrics[metric].window / EVENT_WINDOW_SUB_BUCKETS ||
            saved.window.full_count >= EVENT_WINDOW_SUB_BUCKETS || saved.window.full_next >= EVENT_WINDOW_SUB_BUCKETS - 1) {
            free(window);
            return false;
        }
        *window = saved.window;
        if (!add_restored(detector, metric, saved.hash, window))
            return false;
    }
    return records != NULL;
}

static bool restore_series(struct detector *detector, enum metric metric, struct snapshot_reader *reader,
                           const struct shop *(*shop_of)(void *ctx, struct text id, uint64_t hash), void *ctx)
{
    struct bucket_clock *clock = &detector->clocks[width_of(metric)];
    uint32_t size = detector->config.metrics[metric].window;
    struct saved_series saved = {0};
    size_t one, total_count;
    const uint8_t *record = snapshot_take_records(reader, sizeof saved, 1, &one);
    const uint8_t *totals = snapshot_take_records(reader, sizeof(double), size + clock->open_room, &total_count);
    struct text id = snapshot_take_text(reader), key = snapshot_take_text(reader);
    if (reader->failed || one != 1)
        return false;
    memcpy(&saved, record, sizeof saved);
    bool fits = saved.active <= 1 && total_count == (saved.active ? size + clock->open_room : 0) && saved.n <= size &&
                saved.next < size && saved.head < clock->open_room;
    const struct shop *shop = fits ? shop_of(ctx, id, saved.shop_hash) : NULL;
    struct bucket_series *series = shop ? bucket_series_new(clock, metric, shop, key, size) : NULL;
    if (!series || !add_restored(detector, metric, saved.hash, series))
        return false;
    if (!saved.active)
        return true;
    if (!bucket_clock_start(clock, series, clock->frontier))
        return false;
    series->first_bucket = saved.first_bucket;
    memcpy(series->totals, totals, total_count * sizeof(double));
    series->last_bucket = saved.last_bucket;
    series->head = saved.head;
    series->window = (struct value_window){series->totals, size, saved.n, saved.next, saved.changes, saved.shift, saved.mean, saved.m2,
                                           saved.peak_m2};
    return true;
}

bool detector_restore(struct detector *detector, struct snapshot_reader *reader,
                      const struct shop *(*shop_of)(void *ctx, struct text id, uint64_t hash), void *ctx)
{
    for (int width = 0; width < WIDTH_COUNT; width++) {
        detector->clocks[width].frontier = snapshot_take_i64(reader);
        detector->clocks[width].due_us = snapshot_take_i64(reader);
    }
    detector->due_us = snapshot_take_i64(reader);
    for (int i = 0; i < METRIC_COUNT; i++) {
        enum metric metric = (enum metric)i;
        if (!is_bucket_metric(metric)) {
            if (!restore_events(detector, metric, reader))
                return false;
            continue;
        }
        uint32_t count = snapshot_take_count(reader, sizeof(struct saved_series), detector->config.keys_max);
        for (uint32_t j = 0; j < count; j++)
            if (!restore_series(detector, metric, reader, shop_of, ctx))
                return false;
    }
    return !reader->failed;
}
