/*
 * What a detector is told: its settings, the time, and values. Keys are found by detector_keys.c; what happens when buckets end is
 * closing.c's matter, what is told of it incident_book.c's, whether a shop is alive silence.c's.
 */
#include "core/detector.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/calendar.h"
#include "core/detector_internal.h"

#define DAY_US (24 * US_PER_HOUR)

/* Steps of wider buckets that take the place of hourly ones: a week to begin with, two of days. Of plain and robust, as many weeks as fit. */
static uint32_t at_most(uint32_t value, uint32_t most)
{
    return value < most ? value : most;
}

static struct scorer_config scorer_at(struct scorer_config config, enum bucket_width width)
{
    static const uint32_t warm_up_most[WIDTH_COUNT] = {UINT32_MAX, 28, 14}, window_most[WIDTH_COUNT] = {UINT32_MAX, 112, 56};
    config.warm_up = at_most(config.warm_up, warm_up_most[width]);
    config.window = at_most(config.window, window_most[width]);
    return config;
}

static struct gate_config gate_at(struct gate_config config, enum bucket_width width)
{
    static const uint32_t settle_most[WIDTH_COUNT] = {UINT32_MAX, 28, 14};
    config.settle_after = at_most(config.settle_after, settle_most[width]);
    return config;
}

static struct detector_metric_config metric_default(enum metric metric)
{
    const struct metric_rule *rule = metric_rule(metric);
    struct detector_metric_config config = {0};
    for (int dimension = 0; dimension < DIMENSION_COUNT; dimension++)
        config.enabled[dimension] = rule->usual >> dimension & 1;
    scorer_config_default(SCORER_SEASONAL, rule->scale, &config.scorer);
    gate_config_default(rule->scale == SCALE_RAW ? SCALE_ROOT : rule->scale, &config.gate);
    if (rule->per_event) {
        config.scorer.window = 256;
        config.scorer.warm_up = 32;
        config.scorer.last_z = 4;
        config.scorer.floor_relative = 0.02;
    }
    config.alert_z = config.scorer.last_z + 1;
    return config;
}

void detector_config_default(struct detector_config *ret_config)
{
    struct detector_config config = {.lateness_us = US_PER_HOUR, .spend_lateness_us = 3 * DAY_US,
                                     .forget_after_us = 28 * DAY_US, .keys_max = 100000, .min_events = 8};
    for (int metric = 0; metric < METRIC_COUNT; metric++)
        config.metrics[metric] = metric_default((enum metric)metric);
    /* Shares and ratios have steps of their own. */
    config.metrics[METRIC_DISCOUNT_SHARE].scorer.floor_unit = config.metrics[METRIC_MARGIN].scorer.floor_unit = 0.01;
    config.metrics[METRIC_ROAS].scorer.floor_unit = 0.05;
    config.metrics[METRIC_CONVERSION].scorer.floor_unit = 0.001;
    config.metrics[METRIC_REFUND_RATE].scorer.floor_unit = 0.01;
    config.metrics[METRIC_REFUNDS].gate.direction = config.metrics[METRIC_REFUND_RATE].gate.direction = GATE_ABOVE;
    *ret_config = config;
}

static bool init_spaces(struct detector *detector)
{
    size_t largest = 1;
    for (int dimension = 0; dimension < DIMENSION_COUNT; dimension++) {
        struct key_space *space = &detector->spaces[dimension];
        space->wanted = key_layout_make(&detector->config, detector->feed, (enum dimension)dimension, &space->layout);
        record_pool_init(&space->pool, space->layout.record_bytes);
        for (uint32_t slot = 0; slot < space->layout.metric_count; slot++)
            largest = space->layout.scorer_bytes[slot] > largest ? space->layout.scorer_bytes[slot] : largest;
    }
    detector->scratch = malloc(largest);
    return detector->scratch != NULL;
}

struct detector *detector_new(const struct detector_config *config, enum feed feed, const struct shop_table *shops)
{
    struct detector *detector = calloc(1, sizeof *detector);
    if (!detector)
        return NULL;
    detector->config = *config;
    detector->feed = feed;
    detector->shops = shops;
    detector->lateness_us = detector_lateness_us(config, feed);
    detector->clock.watermark_us = INT64_MIN;
    detector->due_us = INT64_MAX;
    for (int metric = 0; metric < METRIC_COUNT; metric++)
        for (int width = 0; width < WIDTH_COUNT; width++) {
            detector->scorers[metric][width] = scorer_at(config->metrics[metric].scorer, (enum bucket_width)width);
            detector->gates[metric][width] = gate_at(config->metrics[metric].gate, (enum bucket_width)width);
        }
    record_pool_init(&detector->incidents, sizeof(struct incident_entry));
    if (init_spaces(detector))
        return detector;
    detector_free(detector);
    return NULL;
}

void detector_free(struct detector *detector)
{
    if (!detector)
        return;
    for (int dimension = 0; dimension < DIMENSION_COUNT; dimension++) {
        struct key_space *space = &detector->spaces[dimension];
        record_pool_done(&space->pool);
        key_texts_done(&space->texts);
        key_table_done(&space->table);
        free(space->due_us);
    }
    record_pool_done(&detector->incidents);
    free(detector->shop_numbers);
    free(detector->scratch);
    free(detector);
}

const struct shop *key_shop(const struct detector *detector, const struct key_record *record)
{
    return shop_table_at(detector->shops, record->shop);
}

struct key_record *shop_record(const struct detector *detector, uint32_t shop)
{
    uint32_t number = shop < detector->shop_room ? detector->shop_numbers[shop] : 0;
    return number ? record_pool_at(&detector->spaces[DIMENSION_SHOP].pool, number - 1) : NULL;
}

struct text closing_text(const struct closing *closing, struct text text)
{
    if (!text.len)
        return (struct text){"", 0};
    char *copy = closing->facts->alloc(closing->facts->alloc_ctx, text.len);
    memcpy(copy, text.ptr, text.len);
    return (struct text){copy, text.len};
}

struct settled_until detector_settled_until(const struct detector *detector)
{
    int64_t watermark_us = detector->clock.watermark_us;
    return (struct settled_until){watermark_us == INT64_MIN ? INT64_MIN : watermark_us - detector->lateness_us, detector->clock.era};
}

static void restart(const struct closing *closing)
{
    closing->detector->counters.clock_restarts++;
    closing_restart(closing);
}

void detector_turn_back(struct detector *detector, int64_t at_us, struct origin origin, struct facts *facts)
{
    const struct closing closing = {detector, origin, facts};
    event_clock_restart(&detector->clock, at_us);
    restart(&closing);
}

bool detector_advance(struct detector *detector, int64_t at_us, bool vouched, struct origin origin, struct facts *facts)
{
    const struct closing closing = {detector, origin, facts};
    switch (event_clock_step(&detector->clock, at_us, detector->lateness_us, vouched)) {
    case CLOCK_STAYS:
        return true;
    case CLOCK_MOVES:
        if (at_us >= detector->due_us)
            closing_sweep(&closing);
        return true;
    case CLOCK_RESTARTS:
        restart(&closing);
        return true;
    case CLOCK_DOUBTS:
        break;
    }
    detector->counters.doubted_values++;
    return false;
}

static void add_sums(struct bucket *bucket, const double sums[PART_COUNT])
{
    for (int i = 0; i < PART_COUNT; i++)
        bucket->sums[i] += sums[i];
}

/* NULL where the bucket is no longer open. */
static struct bucket *bucket_at(const struct key_layout *layout, const struct key_record *record, int64_t at_us)
{
    for (unsigned place = record->count; place-- > 0;) {
        struct bucket *bucket = key_bucket(layout, record, place);
        if (at_us >= bucket->start_us)
            return bucket;
    }
    return NULL;
}

/* False, and counted, for what is no figure: it would stay in every mean. */
static bool is_usable(struct detector *detector, double value)
{
    bool usable = scale_takes(value);
    detector->counters.unusable_values += !usable;
    return usable;
}

static bool are_usable(struct detector *detector, const double sums[PART_COUNT])
{
    for (int i = 0; i < PART_COUNT; i++)
        if (!is_usable(detector, sums[i]))
            return false;
    return true;
}

void detector_add(struct detector *detector, enum dimension dimension, struct key_record *record, int64_t at_us,
                  const double sums[PART_COUNT], struct origin origin, struct facts *facts)
{
    const struct key_layout *layout = &detector->spaces[dimension].layout;
    if (!are_usable(detector, sums))
        return;
    struct bucket *bucket = bucket_at(layout, record, at_us);
    if (!bucket) {
        detector->counters.late_values++;
        return;
    }
    add_sums(bucket, sums);
    record->day_events += (float)sums[PART_EVENTS];
    if (dimension == DIMENSION_SHOP && key_shop_part(layout, record)->silent) {
        const struct closing closing = {detector, origin, facts};
        silence_event(&closing, record, at_us);
    }
    record->last_us = at_us > record->last_us ? at_us : record->last_us;
}

static void report(struct detector *detector, enum dimension dimension, const struct key_record *record, enum metric metric,
                   const struct verdict *verdict, bool alert, int64_t at_us, struct text shown, struct origin origin, struct facts *facts)
{
    const struct closing closing = {detector, origin, facts};
    *(alert ? &detector->counters.alerts : &detector->counters.warnings) += 1;
    *facts_add_anomaly(facts) = (struct anomaly_fact){
        .shop = key_shop(detector, record),
        .metric = metric,
        .dimension = dimension,
        .key = closing_text(&closing, shown),
        .window_start_us = at_us,
        .baseline = "events",
        .value = verdict->value,
        .expected = verdict->expected,
        .lower = verdict->lower,
        .upper = verdict->upper,
        .z_raw = verdict->z_raw,
        .z_calibrated = verdict->z,
        .n = verdict->n,
        .severity = verdict->flat ? SEVERITY_FLAT : alert ? SEVERITY_ALERT : SEVERITY_WARN,
        .above = verdict->z > 0,
        .origin = origin,
    };
}

void detector_event(struct detector *detector, enum dimension dimension, struct key_record *record, enum metric metric,
                    int64_t at_us, double value, struct text shown, struct origin origin, struct facts *facts)
{
    const struct key_layout *layout = &detector->spaces[dimension].layout;
    if (!layout->events_at[metric])
        return;
    const struct detector_metric_config *config = &detector->config.metrics[metric];
    const struct calendar *calendar = key_shop(detector, record)->policy->calendar;
    const struct calendar_event *known = calendar ? calendar_over(calendar, at_us, at_us + 1) : NULL;
    if (!is_usable(detector, value) || (known && known->action == CALENDAR_MUTE))
        return;
    struct event_series *series = key_events(layout, record, metric);
    struct event_sample sample = event_sample_of(series, &config->scorer, value);
    double widening = calendar_widening(known);
    struct verdict verdict;
    detector->counters.tests += sample.baseline.n >= config->scorer.warm_up;
    bool stands_out = event_series_test(series, &config->scorer, &sample, widening, &verdict);
    if (stands_out && fabs(verdict.strength) >= widening)
        report(detector, dimension, record, metric, &verdict, fabs(verdict.z) >= config->alert_z * widening, at_us, shown, origin, facts);
    if (!(stands_out && known)) /* the event explains it, and ends */
        event_series_learn(series, &config->scorer, &sample);
}

bool detector_wants(const struct detector *detector, enum dimension dimension)
{
    return detector->spaces[dimension].wanted;
}

const struct detector_counters *detector_counters(const struct detector *detector)
{
    return &detector->counters;
}

void detector_forget_counters(struct detector *detector)
{
    detector->counters = (struct detector_counters){.keys = detector->counters.keys};
}

void detector_counters_add(struct detector_counters *sum, const struct detector_counters *part)
{
    sum->keys += part->keys;
    sum->keys_refused += part->keys_refused;
    sum->keys_awaited += part->keys_awaited;
    sum->keys_forgotten += part->keys_forgotten;
    sum->late_values += part->late_values;
    sum->doubted_values += part->doubted_values;
    sum->unusable_values += part->unusable_values;
    sum->clock_restarts += part->clock_restarts;
    sum->width_changes += part->width_changes;
    sum->tests += part->tests;
    sum->warnings += part->warnings;
    sum->alerts += part->alerts;
    sum->withdrawn += part->withdrawn;
    sum->incidents += part->incidents;
    sum->silences += part->silences;
}
