#include "core/recent_orders.h"

#include <stdlib.h>
#include <string.h>

#define SLOTS_MIN 1024
#define NO_BATCH UINT32_MAX /* a sequence: the entry is taken, and of no batch that is open */

/* Open addressing with linear probing; a slot with sequence 0 is free, so sequences are never 0. At most 3/4 full. */
struct generation {
    struct recent_order *slots;
    uint32_t slot_count; /* a power of two */
    uint32_t used;
};

struct recent_orders {
    struct generation newer, older; /* older.slots may be NULL */
    uint32_t generation_max;        /* entries */
    bool complete;
};

static bool generation_init(struct generation *generation, uint32_t slot_count)
{
    generation->slots = calloc(slot_count, sizeof *generation->slots);
    generation->slot_count = slot_count;
    generation->used = 0;
    return generation->slots != NULL;
}

struct recent_orders *recent_orders_new(uint32_t capacity)
{
    struct recent_orders *recent = calloc(1, sizeof *recent);
    if (!recent)
        return NULL;
    recent->generation_max = capacity / 2 ? capacity / 2 : 1;
    recent->complete = true;
    if (generation_init(&recent->newer, SLOTS_MIN))
        return recent;
    free(recent);
    return NULL;
}

void recent_orders_free(struct recent_orders *recent)
{
    if (!recent)
        return;
    free(recent->newer.slots);
    free(recent->older.slots);
    free(recent);
}

static struct recent_order *generation_slot(const struct generation *generation, struct hash128 hash)
{
    uint32_t mask = generation->slot_count - 1;
    for (uint32_t i = (uint32_t)hash.lo & mask;; i = (i + 1) & mask) {
        struct recent_order *entry = &generation->slots[i];
        if (!entry->sequence || (entry->hash.lo == hash.lo && entry->hash.hi == hash.hi))
            return entry;
    }
}

void recent_orders_prefetch(const struct recent_orders *recent, struct hash128 hash)
{
    __builtin_prefetch(&recent->newer.slots[(uint32_t)hash.lo & (recent->newer.slot_count - 1)]);
    if (recent->older.slots)
        __builtin_prefetch(&recent->older.slots[(uint32_t)hash.lo & (recent->older.slot_count - 1)]);
}

static bool generation_grow(struct generation *generation)
{
    struct generation larger;
    if (!generation_init(&larger, generation->slot_count * 2))
        return false;
    for (uint32_t i = 0; i < generation->slot_count; i++)
        if (generation->slots[i].sequence)
            *generation_slot(&larger, generation->slots[i].hash) = generation->slots[i];
    larger.used = generation->used;
    free(generation->slots);
    *generation = larger;
    return true;
}

/* The newer generation becomes the older one, and the older one's slots serve again. */
static void rotate(struct recent_orders *recent)
{
    struct generation fresh = recent->older;
    if (fresh.slots && fresh.slot_count == recent->newer.slot_count) {
        memset(fresh.slots, 0, fresh.slot_count * sizeof *fresh.slots);
        fresh.used = 0;
        recent->complete = false;
    } else {
        recent->complete = recent->complete && !fresh.slots;
        free(fresh.slots);
        if (!generation_init(&fresh, recent->newer.slot_count)) {
            memset(recent->newer.slots, 0, recent->newer.slot_count * sizeof *recent->newer.slots);
            recent->newer.used = 0;
            recent->older.slots = NULL;
            recent->complete = false;
            return;
        }
    }
    recent->older = recent->newer;
    recent->newer = fresh;
}

static void make_room(struct recent_orders *recent)
{
    struct generation *newer = &recent->newer;
    if (newer->used >= recent->generation_max)
        rotate(recent);
    else if (newer->used >= newer->slot_count / 4 * 3 && !generation_grow(newer))
        rotate(recent);
}

struct recent_order *recent_orders_add(struct recent_orders *recent, struct hash128 hash)
{
    make_room(recent);
    struct recent_order *entry = generation_slot(&recent->newer, hash);
    memset(entry, 0, sizeof *entry);
    entry->hash = hash;
    entry->sequence = NO_BATCH;
    recent->newer.used++;
    return entry;
}

struct recent_order *recent_orders_find(struct recent_orders *recent, struct hash128 hash)
{
    struct recent_order *entry = generation_slot(&recent->newer, hash);
    if (entry->sequence)
        return entry;
    if (!recent->older.slots)
        return NULL;
    entry = generation_slot(&recent->older, hash);
    return entry->sequence ? entry : NULL;
}

bool recent_orders_complete(const struct recent_orders *recent)
{
    return recent->complete;
}

/* An entry in a snapshot: no padding, and nothing of batches, which do not outlive the process. */
struct saved_order {
    struct hash128 hash;
    int64_t revision;
    uint64_t content;
    uint64_t counted;
};

enum { SAVED_TOGETHER = 64 };

static void save_generation(const struct generation *generation, struct snapshot_writer *writer)
{
    snapshot_put_u32(writer, generation->slots ? generation->slot_count : 0);
    snapshot_put_records_head(writer, generation->slots ? generation->used : 0, sizeof(struct saved_order));
    struct saved_order saved[SAVED_TOGETHER];
    size_t count = 0;
    for (uint32_t i = 0; generation->slots && i < generation->slot_count; i++) {
        const struct recent_order *entry = &generation->slots[i];
        if (!entry->sequence)
            continue;
        saved[count++] = (struct saved_order){entry->hash, entry->revision, entry->content, entry->counted};
        if (count == SAVED_TOGETHER) {
            snapshot_put_bytes(writer, saved, sizeof saved);
            count = 0;
        }
    }
    snapshot_put_bytes(writer, saved, count * sizeof *saved);
}

void recent_orders_save(const struct recent_orders *recent, struct snapshot_writer *writer)
{
    snapshot_put_u32(writer, recent->complete);
    save_generation(&recent->newer, writer);
    save_generation(&recent->older, writer);
}

/* A generation grows by doubling until generation_max entries fill no more than three quarters of it. */
static bool is_slot_count(const struct recent_orders *recent, uint32_t slot_count)
{
    if (slot_count < SLOTS_MIN || (slot_count & (slot_count - 1)))
        return false;
    return slot_count == SLOTS_MIN || slot_count / 8 * 3 <= recent->generation_max;
}

static bool restore_entry(struct generation *generation, const uint8_t *record)
{
    struct saved_order saved;
    memcpy(&saved, record, sizeof saved);
    struct recent_order *entry = generation_slot(generation, saved.hash);
    if (entry->sequence || saved.counted > 1)
        return false;
    *entry = (struct recent_order){.hash = saved.hash,
                                   .revision = saved.revision,
                                   .content = saved.content,
                                   .sequence = NO_BATCH,
                                   .counted = (uint32_t)saved.counted & 1};
    generation->used++;
    return true;
}

static bool restore_generation(const struct recent_orders *recent, struct generation *generation, struct snapshot_reader *reader)
{
    size_t count;
    uint32_t slot_count = snapshot_take_u32(reader);
    const uint8_t *records = snapshot_take_records(reader, sizeof(struct saved_order), recent->generation_max, &count);
    free(generation->slots);
    *generation = (struct generation){0};
    if (!records || (!slot_count && !count))
        return records != NULL;
    if (!is_slot_count(recent, slot_count) || count > slot_count / 4 * 3 || !generation_init(generation, slot_count))
        return false;
    for (size_t i = 0; i < count; i++)
        if (!restore_entry(generation, records + i * sizeof(struct saved_order)))
            return false;
    return true;
}

bool recent_orders_restore(struct recent_orders *recent, struct snapshot_reader *reader)
{
    uint32_t complete = snapshot_take_u32(reader);
    recent->complete = complete == 1;
    return complete <= 1 && restore_generation(recent, &recent->newer, reader) &&
           restore_generation(recent, &recent->older, reader) && recent->newer.slots;
}
