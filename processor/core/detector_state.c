/*
 * A detector's state in a snapshot: its clock, which keys are awaited, and per dimension records and texts as they lie in memory.
 * Whatever else there is follows from them (detector_reindex). A record that comes from outside is looked at before anything
 * follows its numbers: they lead into tables, rings and loops over time.
 */
#include <stdlib.h>
#include <string.h>

#include "core/detector_internal.h"
#include "core/mix.h"

/* Of events, wider by the days that buckets and zones may add. */
#define TIME_US_MIN (INT64_C(946684800000000) - 7 * 24 * US_PER_HOUR)
#define TIME_US_MAX (INT64_C(4102444800000000) + 7 * 24 * US_PER_HOUR)
#define BUCKET_US_MAX (26 * US_PER_HOUR)

static void save_admission(const struct admission *admission, struct snapshot_writer *writer)
{
    static const uint8_t none[ADMISSION_COUNTERS];
    bool any = memcmp(admission->counters, none, sizeof none) != 0;
    snapshot_put_i64(writer, admission->halved_day);
    snapshot_put_records(writer, admission->counters, any ? sizeof none : 0, 1);
}

void detector_save(const struct detector *detector, struct snapshot_writer *writer)
{
    snapshot_put_i64(writer, detector->clock.watermark_us);
    snapshot_put_u32(writer, detector->clock.ahead_run);
    snapshot_put_u32(writer, detector->clock.back_run);
    save_admission(&detector->admission, writer);
    record_pool_save(&detector->incidents, writer);
    for (int dimension = 0; dimension < DIMENSION_COUNT; dimension++) {
        const struct key_space *space = &detector->spaces[dimension];
        record_pool_save(&space->pool, writer);
        snapshot_put_u64(writer, space->texts.lost);
        snapshot_put_records(writer, space->texts.bytes, space->texts.used, 1);
    }
}

static bool is_time(int64_t at_us)
{
    return at_us >= TIME_US_MIN && at_us <= TIME_US_MAX;
}

static bool is_bool(const bool *at)
{
    uint8_t byte;
    memcpy(&byte, at, 1);
    return byte <= 1;
}

static bool restore_admission(struct admission *admission, struct snapshot_reader *reader)
{
    size_t count;
    admission->halved_day = snapshot_take_i64(reader);
    const uint8_t *counters = snapshot_take_records(reader, 1, ADMISSION_COUNTERS, &count);
    if (count == ADMISSION_COUNTERS)
        memcpy(admission->counters, counters, count);
    return counters && (count == 0 || count == ADMISSION_COUNTERS);
}

static bool restore_texts(struct key_texts *texts, struct snapshot_reader *reader)
{
    uint32_t at;
    size_t len;
    uint64_t lost = snapshot_take_u64(reader);
    const uint8_t *bytes = snapshot_take_records(reader, 1, UINT32_MAX, &len);
    if (!bytes || lost > len || !key_texts_add(texts, (struct text){(const char *)bytes, (uint32_t)len}, &at))
        return false;
    texts->lost = (size_t)lost;
    return true;
}

/* Buckets follow each other without gaps. */
static bool is_ring_sound(const struct key_layout *layout, const struct key_record *record)
{
    if (record->head >= layout->bucket_count || record->count < 1 || record->count > layout->bucket_count)
        return false;
    for (unsigned place = 0; place < record->count; place++) {
        const struct bucket *bucket = key_bucket(layout, record, place);
        if (!is_time(bucket->start_us) || !is_time(bucket->end_us) || bucket->end_us <= bucket->start_us ||
            bucket->end_us - bucket->start_us > BUCKET_US_MAX)
            return false;
        if (place && key_bucket(layout, record, place - 1)->end_us != bucket->start_us)
            return false;
    }
    return true;
}

static bool is_shop_sound(const struct shop_part *part)
{
    return (!part->from_us || is_time(part->from_us)) && (!part->to_us || part->to_us == INT64_MAX || is_time(part->to_us)) &&
           (!part->opened_us || is_time(part->opened_us)) && (!part->declared_us || is_time(part->declared_us)) &&
           is_bool(&part->silent);
}

static bool is_window_sound(const struct event_window *window, uint32_t size)
{
    return window->open.n <= size && window->full_count < EVENT_WINDOW_SUB_BUCKETS && window->full_next < EVENT_WINDOW_SUB_BUCKETS - 1;
}

/* incident_used: by number, of those that are free or belong to another series. */
static bool is_series_sound(const struct detector *detector, const struct series *series, enum metric metric, uint8_t *incident_used)
{
    const struct gate *gate = &series->gate;
    if (series->width > WIDTH_COUNT || series->incident > detector->incidents.count || !is_bool(&gate->has_opened) ||
        !is_bool(&gate->is_open) || !is_bool(&gate->above))
        return false;
    if (series->width && !scorer_is_sound((const struct scorer *)(const void *)(series + 1),
                                          &detector->scorers[metric][series->width - 1]))
        return false;
    return !series->incident || !incident_used[series->incident - 1]++;
}

static bool is_record_sound(const struct detector *detector, const struct key_space *space, const struct key_record *record,
                            uint32_t number, uint8_t *incident_used)
{
    const struct key_layout *layout = &space->layout;
    if (record->live != 1 || record->number != number || record->shop >= shop_table_count(detector->shops) ||
        record->text_at > space->texts.used || record->text_len > space->texts.used - record->text_at ||
        record->width >= WIDTH_COUNT || !is_time(record->first_us) || !is_time(record->last_us) || !is_ring_sound(layout, record))
        return false;
    if (layout->shop_at && !is_shop_sound(key_shop_part(layout, record)))
        return false;
    for (int metric = 0; metric < METRIC_COUNT; metric++) {
        uint32_t size = detector->config.metrics[metric].scorer.window / EVENT_WINDOW_SUB_BUCKETS;
        if (layout->window_at[metric] && !is_window_sound(key_window(layout, record, (enum metric)metric), size))
            return false;
    }
    for (unsigned slot = 0; slot < layout->metric_count; slot++)
        if (!is_series_sound(detector, key_series(layout, record, slot), layout->metrics[slot], incident_used))
            return false;
    return true;
}

static bool restore_space(struct detector *detector, struct key_space *space, struct snapshot_reader *reader, uint8_t *incident_used)
{
    uint8_t *is_free;
    if (!record_pool_restore(&space->pool, reader, detector->config.keys_max, &is_free))
        return false;
    bool sound = restore_texts(&space->texts, reader);
    for (uint32_t i = 0; sound && i < space->pool.count; i++) {
        const struct key_record *record = record_pool_at(&space->pool, i);
        sound = is_free[i] ? !record->live : is_record_sound(detector, space, record, i, incident_used);
    }
    free(is_free);
    return sound;
}

static bool is_view_sound(const struct incident_view *view)
{
    return is_bool(&view->above) && is_bool(&view->folded) && is_bool(&view->exists) && view->status <= INCIDENT_WITHDRAWN &&
           view->severity <= SEVERITY_FLAT;
}

static bool are_incidents_sound(const struct detector *detector, const uint8_t *is_free)
{
    for (uint32_t i = 0; i < detector->incidents.count; i++) {
        const struct incident_entry *entry = record_pool_at(&detector->incidents, i);
        if (!is_free[i] && !(is_view_sound(&entry->now) && is_view_sound(&entry->told)))
            return false;
    }
    return true;
}

bool detector_restore(struct detector *detector, struct snapshot_reader *reader)
{
    uint8_t *incident_used = NULL;
    detector->clock.watermark_us = snapshot_take_i64(reader);
    detector->clock.ahead_run = snapshot_take_u32(reader);
    detector->clock.back_run = snapshot_take_u32(reader);
    if ((detector->clock.watermark_us != INT64_MIN && !is_time(detector->clock.watermark_us)) ||
        !restore_admission(&detector->admission, reader) ||
        !record_pool_restore(&detector->incidents, reader, UINT32_MAX - 1, &incident_used))
        return false;
    bool sound = are_incidents_sound(detector, incident_used);
    for (int dimension = 0; sound && dimension < DIMENSION_COUNT; dimension++)
        sound = restore_space(detector, &detector->spaces[dimension], reader, incident_used);
    free(incident_used);
    return sound && !reader->failed && detector_reindex(detector);
}

void detector_forget_counters(struct detector *detector)
{
    detector->counters = (struct detector_counters){.keys = detector->counters.keys};
}

static void mix_doubles(struct mix *mix, double a, double b)
{
    uint64_t bits[2];
    memcpy(&bits[0], &a, sizeof a);
    memcpy(&bits[1], &b, sizeof b);
    mix_two(mix, bits[0], bits[1]);
}

static void mix_scorer(struct mix *mix, const struct scorer_config *config)
{
    mix_two(mix, (uint64_t)config->method << 32 | config->scale, (uint64_t)config->window << 32 | config->warm_up);
    mix_two(mix, config->span, 0);
    mix_doubles(mix, config->pace.hour, config->pace.weekday);
    mix_doubles(mix, config->clip_sd, config->floor_relative);
    mix_doubles(mix, config->floor_unit, config->last_z);
    mix_doubles(mix, config->mean_z, 0);
}

static void mix_gate(struct mix *mix, const struct gate_config *config)
{
    mix_two(mix, config->direction, (uint64_t)config->refractory << 32 | config->rearm_after);
    mix_two(mix, config->settle_after, 0);
    mix_doubles(mix, config->rearm, config->min_relative);
    mix_doubles(mix, config->min_absolute, 0);
}

uint64_t detector_fingerprint(const struct detector_config *config)
{
    struct mix mix;
    mix_init(&mix, METRIC_COUNT);
    mix_two(&mix, (uint64_t)config->lateness_us, (uint64_t)config->spend_lateness_us);
    mix_two(&mix, (uint64_t)config->forget_after_us, (uint64_t)config->keys_max << 32 | config->min_events);
    for (int metric = 0; metric < METRIC_COUNT; metric++) {
        const struct detector_metric_config *of = &config->metrics[metric];
        uint64_t enabled = 0;
        for (int dimension = 0; dimension < DIMENSION_COUNT; dimension++)
            enabled |= (uint64_t)of->enabled[dimension] << dimension;
        mix_two(&mix, enabled, 0);
        mix_doubles(&mix, of->alert_z, 0);
        mix_scorer(&mix, &of->scorer);
        mix_gate(&mix, &of->gate);
    }
    return mix_end(&mix);
}
