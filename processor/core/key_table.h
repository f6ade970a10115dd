/*
 * Numbers of records by a 64-bit hash. A slot keeps half of the hash: whoever looks up compares the whole with what stands in the
 * record. Open addressing with linear probing, at most 3/4 full, 8 bytes a slot. Holds nothing that its records do not: it is built
 * anew from them. All zero: empty. Not thread-safe.
 */
#ifndef CORE_KEY_TABLE_H
#define CORE_KEY_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/record_pool.h"

struct key_slot {
    uint32_t tag;
    uint32_t number; /* + 1; 0: a free slot */
};

struct key_table {
    struct key_slot *slots;
    size_t count, room; /* room: a power of two, or 0 */
    unsigned shift;     /* 64 - log2(room) */
};

/* The multiplication spreads hashes that differ in a few bits only. */
static inline uint64_t key_table_mix(uint64_t hash)
{
    return hash * UINT64_C(0x9e3779b97f4a7c15);
}

/* Records begin with their hash. RECORD_NONE where there is none. */
static inline uint32_t key_table_find(const struct key_table *table, const struct record_pool *pool, uint64_t hash)
{
    if (!table->room)
        return RECORD_NONE;
    uint64_t mixed = key_table_mix(hash);
    size_t slot = (size_t)(mixed >> table->shift);
    for (; table->slots[slot].number; slot = (slot + 1) & (table->room - 1))
        if (table->slots[slot].tag == (uint32_t)mixed) {
            uint32_t number = table->slots[slot].number - 1;
            if (*(const uint64_t *)record_pool_at(pool, number) == hash)
                return number;
        }
    return RECORD_NONE;
}

/* The number that key_table_find most likely returns, without a look at the record. */
static inline uint32_t key_table_guess(const struct key_table *table, uint64_t hash)
{
    uint64_t mixed = key_table_mix(hash);
    size_t slot = (size_t)(mixed >> table->shift);
    while (table->room && table->slots[slot].number && table->slots[slot].tag != (uint32_t)mixed)
        slot = (slot + 1) & (table->room - 1);
    return table->room && table->slots[slot].number ? table->slots[slot].number - 1 : RECORD_NONE;
}

static inline void key_table_prefetch(const struct key_table *table, uint64_t hash)
{
    if (table->room)
        __builtin_prefetch(&table->slots[(size_t)(key_table_mix(hash) >> table->shift)]);
}

/* A hash that is not in the table. False, and nothing done, when memory is out. */
bool key_table_add(struct key_table *table, const struct record_pool *pool, uint64_t hash, uint32_t number);

/* Takes out what was added. Records must still hold their hashes. */
void key_table_remove(struct key_table *table, const struct record_pool *pool, uint64_t hash, uint32_t number);

void key_table_done(struct key_table *table);

#endif
