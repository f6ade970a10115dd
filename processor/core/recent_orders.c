#include "core/recent_orders.h"

#include <stdlib.h>
#include <string.h>

#define SLOTS_MIN 1024

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
    entry->sequence = UINT32_MAX; /* taken, of no batch yet */
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
