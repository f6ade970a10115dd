/*
 * Which keys are tracked, and where their records are. One look-up per key and event finds the record; everything about the key lies in it.
 */
#include <stdlib.h>
#include <string.h>

#include "core/detector_internal.h"

#define CACHE_LINE_BYTES 64
#define PREFETCH_BYTES_MAX 1024 /* of a record with a long ring the beginning */

static uint32_t *grown(uint32_t *numbers, uint32_t *room, uint32_t needed)
{
    uint32_t larger = *room ? *room : 64;
    while (larger < needed)
        larger *= 2;
    numbers = realloc(numbers, larger * sizeof *numbers);
    if (!numbers)
        return NULL;
    memset(numbers + *room, 0, (larger - *room) * sizeof *numbers);
    *room = larger;
    return numbers;
}

static bool due_fits(struct key_space *space, uint32_t number)
{
    if (number < space->due_room)
        return true;
    uint32_t room = space->due_room ? space->due_room * 2 : 256;
    int64_t *larger = realloc(space->due_us, room * sizeof *larger);
    if (!larger)
        return false;
    space->due_us = larger;
    space->due_room = room;
    return true;
}

/* Where the look-up of a key finds its record from now on. */
static bool enter(struct detector *detector, struct key_space *space, enum dimension dimension, const struct key_record *record)
{
    if (!due_fits(space, record->number))
        return false;
    if (dimension != DIMENSION_SHOP)
        return key_table_add(&space->table, &space->pool, record->hash, record->number);
    if (record->shop >= detector->shop_room) {
        uint32_t *numbers = grown(detector->shop_numbers, &detector->shop_room, record->shop + 1);
        if (!numbers)
            return false;
        detector->shop_numbers = numbers;
    }
    detector->shop_numbers[record->shop] = record->number + 1;
    return true;
}

static void set_due(struct detector *detector, struct key_space *space, const struct key_record *record)
{
    int64_t due_us = key_due_us(detector, &space->layout, record);
    space->due_us[record->number] = due_us;
    detector->due_us = due_us < detector->due_us ? due_us : detector->due_us;
}

/* NULL, and nothing done, when memory is out. */
static struct key_record *begin(struct detector *detector, const struct key *key, struct bucket_span span, enum bucket_width width,
                                int64_t at_us)
{
    struct key_space *space = &detector->spaces[key->dimension];
    uint32_t number = record_pool_take(&space->pool), text_at;
    if (number == RECORD_NONE)
        return NULL;
    struct key_record *record = record_pool_at(&space->pool, number);
    *record = (struct key_record){.hash = key->dimension == DIMENSION_SHOP ? key->shop->hash : key->hash, .last_us = at_us,
                                  .first_us = at_us, .number = number, .shop = key->shop->index, .live = 1, .width = (uint8_t)width};
    struct text text = key->dimension == DIMENSION_SHOP ? (struct text){"", 0} : key->text;
    record->text_len = (uint16_t)text.len;
    if (!key_texts_add(&space->texts, text, &text_at) || !enter(detector, space, key->dimension, record)) {
        record_pool_give_back(&space->pool, number);
        return NULL;
    }
    record->text_at = text_at;
    key_ring_begin(&space->layout, record, span);
    set_due(detector, space, record);
    detector->counters.keys++;
    return record;
}

static bool is_awaited(struct detector *detector, const struct key *key)
{
    if (key->dimension == DIMENSION_SHOP || key->dimension == DIMENSION_CAMPAIGN)
        return false;
    return !admission_count(&detector->admission, key->hash, detector->config.min_events);
}

static struct key_record *begin_if_wanted(struct detector *detector, const struct key *key, int64_t at_us)
{
    if (!detector->spaces[key->dimension].wanted)
        return NULL;
    if (is_awaited(detector, key)) {
        detector->counters.keys_awaited++;
        return NULL;
    }
    enum bucket_width width = feed_is_daily(detector->feed) ? WIDTH_DAY : WIDTH_HOUR;
    struct bucket_span span = bucket_span_at(key->shop->policy->zone, width, detector->clock.watermark_us);
    if (at_us < span.start_us) {
        detector->counters.late_values++;
        return NULL;
    }
    struct key_record *record = detector->counters.keys < detector->config.keys_max ? begin(detector, key, span, width, at_us) : NULL;
    detector->counters.keys_refused += !record;
    return record;
}

static uint32_t number_of(const struct detector *detector, enum dimension dimension, const struct shop *shop, uint64_t hash)
{
    const struct key_space *space = &detector->spaces[dimension];
    if (dimension != DIMENSION_SHOP)
        return key_table_find(&space->table, &space->pool, hash);
    return shop->index < detector->shop_room ? detector->shop_numbers[shop->index] - 1 : RECORD_NONE;
}

struct key_record *detector_key(struct detector *detector, const struct key *key, int64_t at_us)
{
    uint32_t number = number_of(detector, key->dimension, key->shop, key->hash);
    if (number != RECORD_NONE)
        return record_pool_at(&detector->spaces[key->dimension].pool, number);
    return begin_if_wanted(detector, key, at_us);
}

/* Live again where they lie: holes are moved to the end and cut off. */
static void close_holes(struct key_space *space)
{
    struct key_texts fresh = {0};
    for (uint32_t i = 0; i < space->pool.count; i++) {
        const struct key_record *record = record_pool_at(&space->pool, i);
        uint32_t at;
        if (record->live && !key_texts_add(&fresh, key_texts_at(&space->texts, record->text_at, record->text_len), &at)) {
            key_texts_done(&fresh);
            return;
        }
    }
    uint32_t at = 0;
    for (uint32_t i = 0; i < space->pool.count; i++) {
        struct key_record *record = record_pool_at(&space->pool, i);
        if (!record->live)
            continue;
        record->text_at = at;
        at += record->text_len;
    }
    key_texts_done(&space->texts);
    space->texts = fresh;
}

void detector_forget(struct detector *detector, struct key_space *space, struct key_record *record)
{
    bool is_shop = space == &detector->spaces[DIMENSION_SHOP];
    if (is_shop)
        detector->shop_numbers[record->shop] = 0;
    else
        key_table_remove(&space->table, &space->pool, record->hash, record->number);
    space->due_us[record->number] = INT64_MAX;
    key_texts_give_up(&space->texts, record->text_len);
    record_pool_give_back(&space->pool, record->number);
    detector->counters.keys--;
    detector->counters.keys_forgotten++;
    if (key_texts_has_holes(&space->texts))
        close_holes(space);
}

bool detector_reindex(struct detector *detector)
{
    detector->due_us = INT64_MAX;
    detector->counters.keys = 0;
    for (int dimension = 0; dimension < DIMENSION_COUNT; dimension++) {
        struct key_space *space = &detector->spaces[dimension];
        key_table_done(&space->table);
        for (uint32_t i = 0; i < space->pool.count; i++) {
            const struct key_record *record = record_pool_at(&space->pool, i);
            if (!due_fits(space, i))
                return false;
            space->due_us[i] = INT64_MAX;
            if (!record->live)
                continue;
            if (!enter(detector, space, (enum dimension)dimension, record))
                return false;
            set_due(detector, space, record);
            detector->counters.keys++;
        }
    }
    return true;
}

void detector_prefetch_place(const struct detector *detector, enum dimension dimension, uint64_t hash)
{
    key_table_prefetch(&detector->spaces[dimension].table, hash);
}

void detector_prefetch_record(const struct detector *detector, enum dimension dimension, uint64_t hash)
{
    const struct key_space *space = &detector->spaces[dimension];
    uint32_t number = key_table_guess(&space->table, hash);
    if (number == RECORD_NONE)
        return;
    const char *record = record_pool_at(&space->pool, number);
    uint32_t touched_bytes = space->layout.bucket_at + space->layout.bucket_bytes * space->layout.bucket_count;
    for (uint32_t at = 0; at < touched_bytes && at < PREFETCH_BYTES_MAX; at += CACHE_LINE_BYTES)
        __builtin_prefetch(record + at, 1);
}
