#include "core/key_table.h"

#include <stdlib.h>

#define ROOM_MIN_LOG2 5

static uint64_t mixed_of(const struct record_pool *pool, uint32_t number)
{
    return key_table_mix(*(const uint64_t *)record_pool_at(pool, number));
}

static void put(struct key_table *table, uint64_t mixed, uint32_t number)
{
    size_t slot = (size_t)(mixed >> table->shift);
    while (table->slots[slot].number)
        slot = (slot + 1) & (table->room - 1);
    table->slots[slot] = (struct key_slot){(uint32_t)mixed, number + 1};
}

static bool grow(struct key_table *table, const struct record_pool *pool)
{
    unsigned log2 = table->room ? 64 - table->shift + 1 : ROOM_MIN_LOG2;
    struct key_table larger = {.count = table->count, .room = (size_t)1 << log2, .shift = 64 - log2};
    larger.slots = calloc(larger.room, sizeof *larger.slots);
    if (!larger.slots)
        return false;
    for (size_t i = 0; i < table->room; i++)
        if (table->slots[i].number)
            put(&larger, mixed_of(pool, table->slots[i].number - 1), table->slots[i].number - 1);
    free(table->slots);
    *table = larger;
    return true;
}

bool key_table_add(struct key_table *table, const struct record_pool *pool, uint64_t hash, uint32_t number)
{
    if (table->count >= table->room / 4 * 3 && !grow(table, pool))
        return false;
    put(table, key_table_mix(hash), number);
    table->count++;
    return true;
}

void key_table_remove(struct key_table *table, const struct record_pool *pool, uint64_t hash, uint32_t number)
{
    size_t mask = table->room - 1, hole = (size_t)(key_table_mix(hash) >> table->shift);
    while (table->slots[hole].number != number + 1)
        hole = (hole + 1) & mask;
    /* What was pushed past the hole by probing moves back into it, so that no search ends too early (Knuth 6.4, algorithm R). */
    for (size_t next = (hole + 1) & mask; table->slots[next].number; next = (next + 1) & mask) {
        size_t home = (size_t)(mixed_of(pool, table->slots[next].number - 1) >> table->shift);
        if (((next - home) & mask) < ((next - hole) & mask))
            continue;
        table->slots[hole] = table->slots[next];
        hole = next;
    }
    table->slots[hole].number = 0;
    table->count--;
}

void key_table_done(struct key_table *table)
{
    free(table->slots);
    *table = (struct key_table){0};
}
