#include "core/series_table.h"

#include <stdlib.h>

#define ROOM_MIN_LOG2 5

static void put(struct series_table *table, struct series_slot entry)
{
    size_t slot = series_slot_of(table, entry.hash);
    while (table->slots[slot].record)
        slot = (slot + 1) & (table->room - 1);
    table->slots[slot] = entry;
}

static bool grow(struct series_table *table)
{
    unsigned log2 = table->room ? 64 - table->shift + 1 : ROOM_MIN_LOG2;
    struct series_table larger = {.count = table->count, .room = (size_t)1 << log2, .shift = 64 - log2};
    larger.slots = calloc(larger.room, sizeof *larger.slots);
    if (!larger.slots)
        return false;
    for (size_t i = 0; i < table->room; i++)
        if (table->slots[i].record)
            put(&larger, table->slots[i]);
    free(table->slots);
    *table = larger;
    return true;
}

bool series_table_add(struct series_table *table, uint64_t hash, void *record)
{
    if (table->count >= table->room / 4 * 3 && !grow(table))
        return false;
    put(table, (struct series_slot){hash, record});
    table->count++;
    return true;
}

void series_table_done(struct series_table *table)
{
    for (size_t i = 0; i < table->room; i++)
        free(table->slots[i].record);
    free(table->slots);
    *table = (struct series_table){0};
}
