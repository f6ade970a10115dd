/*
 * Records found by a 64-bit hash that is their identity: two keys never share one in practice. Open addressing with linear
 * probing, at most 3/4 full, grows by doubling, forgets nothing. All zero: an empty table. Not thread-safe.
 */
#ifndef CORE_SERIES_TABLE_H
#define CORE_SERIES_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct series_slot {
    uint64_t hash;
    void *record; /* NULL: a free slot */
};

struct series_table {
    struct series_slot *slots;
    size_t count, room; /* room: a power of two, or 0 */
    unsigned shift;     /* 64 - log2(room) */
};

/* The multiplication spreads hashes that differ in a few bits only; its top bits are the best. */
static inline size_t series_slot_of(const struct series_table *table, uint64_t hash)
{
    return (size_t)((hash * UINT64_C(0x9e3779b97f4a7c15)) >> table->shift);
}

/* NULL where there is none. */
static inline void *series_table_find(const struct series_table *table, uint64_t hash)
{
    if (!table->room)
        return NULL;
    size_t slot = series_slot_of(table, hash);
    while (table->slots[slot].record && table->slots[slot].hash != hash)
        slot = (slot + 1) & (table->room - 1);
    return table->slots[slot].record;
}

/* Brings what a look-up of hash will touch into the cache: first its slot, and once that is there, its record. Hints only. */
static inline void series_table_prefetch_slot(const struct series_table *table, uint64_t hash)
{
    if (table->room)
        __builtin_prefetch(&table->slots[series_slot_of(table, hash)]);
}

static inline void series_table_prefetch_record(const struct series_table *table, uint64_t hash)
{
    const char *record = series_table_find(table, hash);
    if (!record)
        return;
    __builtin_prefetch(record, 1);
    __builtin_prefetch(record + 64, 1);
}

/* Takes record, from malloc, under a hash that is not in the table. False, and nothing taken, when memory is out. */
bool series_table_add(struct series_table *table, uint64_t hash, void *record);

/* Frees every record and the table. */
void series_table_done(struct series_table *table);

#endif
