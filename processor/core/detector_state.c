/*
 * A detector in a snapshot: clock, admission, and per dimension the texts and the records as they lie in memory. What a record says of
 * places outside or inside of itself, and of time, is held against them before it is used: it leads into tables, rings and loops.
 */
#include <stdlib.h>
#include <string.h>

#include "core/detector_internal.h"

/* Of events, wider by the days that buckets and zones may add. */
#define TIME_US_MIN (INT64_C(946684800000000) - 7 * 24 * US_PER_HOUR)
#define TIME_US_MAX (INT64_C(4102444800000000) + 7 * 24 * US_PER_HOUR)
#define BUCKET_US_MAX (26 * US_PER_HOUR)

void detector_save(const struct detector *detector, struct snapshot_writer *writer)
{
    snapshot_put_i64(writer, detector->clock.watermark_us);
    snapshot_put_u32(writer, detector->clock.ahead_run);
    snapshot_put_u32(writer, detector->clock.back_run);
    snapshot_put_u32(writer, detector->clock.era);
    snapshot_put_i64(writer, detector->admission.halved_day);
    snapshot_put_records(writer, detector->admission.counters, ADMISSION_COUNTERS, 1);
    record_pool_save(&detector->incidents, writer);
    for (int dimension = 0; dimension < DIMENSION_COUNT; dimension++) {
        const struct key_space *space = &detector->spaces[dimension];
        snapshot_put_u64(writer, space->texts.lost);
        snapshot_put_records(writer, space->texts.bytes, space->texts.used, 1);
        record_pool_save(&space->pool, writer);
    }
}

static bool is_time(int64_t at_us)
{
    return at_us >= TIME_US_MIN && at_us <= TIME_US_MAX;
}

static bool is_time_or_none(int64_t at_us)
{
    return !at_us || is_time(at_us);
}

/* Another byte in a bool is not to be looked at as one. */
static bool is_bool(const bool *at)
{
    uint8_t byte;
    memcpy(&byte, at, 1);
    return byte <= 1;
}

static bool events_fit(const struct detector *detector, const struct key_layout *layout, const struct key_record *record)
{
    for (int metric = 0; metric < METRIC_COUNT; metric++)
        if (layout->events_at[metric] &&
            !event_series_fits(key_events(layout, record, (enum metric)metric), &detector->config.metrics[metric].scorer))
            return false;
    return true;
}

static bool gate_fits(const struct gate *gate)
{
    return is_bool(&gate->has_opened) && is_bool(&gate->is_open) && is_bool(&gate->above);
}

/* incident_taken: by number, 1 of those that are free or belong to a series. */
static bool series_fit(const struct detector *detector, const struct key_layout *layout, const struct key_record *record,
                       uint8_t *incident_taken)
{
    for (unsigned slot = 0; slot < layout->metric_count; slot++) {
        struct series *series = key_series(layout, record, slot);
        if (series->width > WIDTH_COUNT || series->incident > detector->incidents.count || !gate_fits(&series->gate))
            return false;
        if (series->incident && incident_taken[series->incident - 1]++)
            return false;
        const struct scorer_config *config = &detector->scorers[layout->metrics[slot]][series->width ? series->width - 1 : 0];
        if (!scorer_fits(series_scorer(series), config))
            return false;
    }
    return true;
}

/* Buckets follow each other in time. */
static bool ring_fits(const struct key_layout *layout, const struct key_record *record)
{
    if (!record->count || record->count > layout->bucket_count || record->head >= layout->bucket_count || record->width >= WIDTH_COUNT)
        return false;
    for (unsigned place = 0; place < record->count; place++) {
        const struct bucket *bucket = key_bucket(layout, record, place);
        if (!is_time(bucket->start_us) || !is_time(bucket->end_us) || bucket->end_us - bucket->start_us > BUCKET_US_MAX)
            return false;
        if (bucket->start_us >= bucket->end_us || (place && bucket->start_us != key_bucket(layout, record, place - 1)->end_us))
            return false;
    }
    return true;
}

static bool shop_fits(const struct shop_part *part)
{
    return is_time_or_none(part->from_us) && (part->to_us == INT64_MAX || is_time_or_none(part->to_us)) &&
           is_time_or_none(part->opened_us) && is_time_or_none(part->declared_us) && is_bool(&part->silent);
}

static bool record_fits(const struct detector *detector, const struct key_space *space, uint32_t number, uint8_t *incident_taken)
{
    const struct key_record *record = record_pool_at(&space->pool, number);
    if (space->layout.shop_at && !shop_fits(key_shop_part(&space->layout, record)))
        return false;
    return record->live == 1 && is_time(record->first_us) && is_time(record->last_us) && record->number == number && record->shop < shop_table_count(detector->shops) &&
           (size_t)record->text_at + record->text_len <= space->texts.used && ring_fits(&space->layout, record) &&
           series_fit(detector, &space->layout, record, incident_taken) && events_fit(detector, &space->layout, record);
}

static bool restore_texts(struct key_texts *texts, struct snapshot_reader *reader)
{
    size_t len;
    uint32_t at;
    texts->lost = (size_t)snapshot_take_u64(reader);
    const uint8_t *bytes = snapshot_take_records(reader, 1, UINT32_MAX, &len);
    return !reader->failed && texts->lost <= len && key_texts_add(texts, (struct text){(const char *)bytes, (uint32_t)len}, &at);
}

/* By number, 1 of the free ones; to be freed. The chain is known to end. */
static uint8_t *free_of(const struct record_pool *pool)
{
    uint8_t *is_free = calloc((size_t)pool->count + 1, 1);
    for (uint32_t number = pool->free_head; is_free && number != RECORD_NONE;) {
        is_free[number] = 1;
        memcpy(&number, record_pool_at(pool, number), sizeof number);
    }
    return is_free;
}

static bool restore_space(struct detector *detector, struct key_space *space, struct snapshot_reader *reader, uint8_t *incident_taken)
{
    if (!restore_texts(&space->texts, reader) || !record_pool_restore(&space->pool, reader, detector->config.keys_max))
        return false;
    uint8_t *is_free = free_of(&space->pool);
    bool fits = is_free != NULL;
    for (uint32_t i = 0; fits && i < space->pool.count; i++) {
        const struct key_record *record = record_pool_at(&space->pool, i);
        fits = is_free[i] ? !record->live : record_fits(detector, space, i, incident_taken);
    }
    free(is_free);
    return fits;
}

static bool view_fits(const struct incident_view *view)
{
    return is_bool(&view->above) && is_bool(&view->folded) && is_bool(&view->exists) && view->status <= INCIDENT_WITHDRAWN &&
           view->severity <= SEVERITY_FLAT;
}

static bool incidents_fit(const struct detector *detector, const uint8_t *is_free)
{
    for (uint32_t i = 0; i < detector->incidents.count; i++) {
        const struct incident_entry *entry = record_pool_at(&detector->incidents, i);
        if (!is_free[i] && !(view_fits(&entry->now) && view_fits(&entry->told)))
            return false;
    }
    return true;
}

static bool restore_spaces(struct detector *detector, struct snapshot_reader *reader)
{
    uint8_t *incident_taken = free_of(&detector->incidents);
    bool fits = incident_taken && incidents_fit(detector, incident_taken);
    for (int dimension = 0; fits && dimension < DIMENSION_COUNT; dimension++)
        fits = restore_space(detector, &detector->spaces[dimension], reader, incident_taken);
    free(incident_taken);
    return fits;
}

bool detector_restore(struct detector *detector, struct snapshot_reader *reader)
{
    size_t count;
    detector->clock.watermark_us = snapshot_take_i64(reader);
    detector->clock.ahead_run = snapshot_take_u32(reader);
    detector->clock.back_run = snapshot_take_u32(reader);
    detector->clock.era = snapshot_take_u32(reader);
    detector->admission.halved_day = snapshot_take_i64(reader);
    const uint8_t *counters = snapshot_take_records(reader, 1, ADMISSION_COUNTERS, &count);
    if ((detector->clock.watermark_us != INT64_MIN && !is_time(detector->clock.watermark_us)) || count != ADMISSION_COUNTERS || !record_pool_restore(&detector->incidents, reader, UINT32_MAX - 1))
        return false;
    for (uint32_t i = 0; i < detector->incidents.count; i++)
        if (((const struct incident_entry *)record_pool_at(&detector->incidents, i))->cause_len >= INCIDENT_CAUSE_BYTES)
            return false;
    memcpy(detector->admission.counters, counters, count);
    return restore_spaces(detector, reader) && !reader->failed && detector_reindex(detector);
}
