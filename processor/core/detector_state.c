/*
 * A detector in a snapshot: clock, admission, and per dimension the texts and the records as they lie in memory. What a record says of
 * places outside or inside of itself is held against them before it is used.
 */
#include <string.h>

#include "core/detector_internal.h"

void detector_save(const struct detector *detector, struct snapshot_writer *writer)
{
    snapshot_put_i64(writer, detector->clock.watermark_us);
    snapshot_put_u32(writer, detector->clock.ahead_run);
    snapshot_put_u32(writer, detector->clock.back_run);
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

static bool windows_fit(const struct key_layout *layout, const struct key_record *record)
{
    for (int metric = 0; metric < METRIC_COUNT; metric++) {
        if (!layout->window_at[metric])
            continue;
        const struct event_window *window = key_window(layout, record, (enum metric)metric);
        if (window->full_count >= EVENT_WINDOW_SUB_BUCKETS || window->full_next >= EVENT_WINDOW_SUB_BUCKETS - 1)
            return false;
    }
    return true;
}

static bool series_fit(const struct detector *detector, const struct key_layout *layout, const struct key_record *record)
{
    for (unsigned slot = 0; slot < layout->metric_count; slot++) {
        struct series *series = key_series(layout, record, slot);
        if (series->width > WIDTH_COUNT || series->incident > detector->incidents.count)
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
        if (bucket->start_us >= bucket->end_us || (place && bucket->start_us != key_bucket(layout, record, place - 1)->end_us))
            return false;
    }
    return true;
}

static bool record_fits(const struct detector *detector, const struct key_space *space, uint32_t number)
{
    const struct key_record *record = record_pool_at(&space->pool, number);
    if (!record->live)
        return true;
    return record->live == 1 && record->number == number && record->shop < shop_table_count(detector->shops) &&
           (size_t)record->text_at + record->text_len <= space->texts.used && ring_fits(&space->layout, record) &&
           series_fit(detector, &space->layout, record) && windows_fit(&space->layout, record);
}

static bool restore_texts(struct key_texts *texts, struct snapshot_reader *reader)
{
    size_t len;
    uint32_t at;
    texts->lost = (size_t)snapshot_take_u64(reader);
    const uint8_t *bytes = snapshot_take_records(reader, 1, UINT32_MAX, &len);
    return !reader->failed && texts->lost <= len && key_texts_add(texts, (struct text){(const char *)bytes, (uint32_t)len}, &at);
}

static bool restore_space(struct detector *detector, struct key_space *space, struct snapshot_reader *reader)
{
    if (!restore_texts(&space->texts, reader) || !record_pool_restore(&space->pool, reader, detector->config.keys_max))
        return false;
    for (uint32_t i = 0; i < space->pool.count; i++)
        if (!record_fits(detector, space, i))
            return false;
    return true;
}

bool detector_restore(struct detector *detector, struct snapshot_reader *reader)
{
    size_t count;
    detector->clock.watermark_us = snapshot_take_i64(reader);
    detector->clock.ahead_run = snapshot_take_u32(reader);
    detector->clock.back_run = snapshot_take_u32(reader);
    detector->admission.halved_day = snapshot_take_i64(reader);
    const uint8_t *counters = snapshot_take_records(reader, 1, ADMISSION_COUNTERS, &count);
    if (count != ADMISSION_COUNTERS || !record_pool_restore(&detector->incidents, reader, UINT32_MAX - 1))
        return false;
    for (uint32_t i = 0; i < detector->incidents.count; i++)
        if (((const struct incident_entry *)record_pool_at(&detector->incidents, i))->cause_len >= INCIDENT_CAUSE_BYTES)
            return false;
    memcpy(detector->admission.counters, counters, count);
    for (int dimension = 0; dimension < DIMENSION_COUNT; dimension++)
        if (!restore_space(detector, &detector->spaces[dimension], reader))
            return false;
    return !reader->failed && detector_reindex(detector);
}
