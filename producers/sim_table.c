#include "producers/sim_table.h"

#include <stdlib.h>

static struct sim_table_slot *slot_of(struct sim_table_slot *slots, size_t room, struct hash128 hash)
{
    size_t i = hash.lo & (room - 1);
    while (slots[i].index != SIM_TABLE_NONE && (slots[i].hash.lo != hash.lo || slots[i].hash.hi != hash.hi))
        i = (i + 1) & (room - 1);
    return &slots[i];
}

static void grow(struct sim_table *table)
{
    size_t room = table->room ? table->room * 2 : 1024;
    struct sim_table_slot *larger = malloc(room * sizeof *larger);
    if (!larger)
        abort();
    for (size_t i = 0; i < room; i++)
        larger[i].index = SIM_TABLE_NONE;
    for (size_t i = 0; i < table->room; i++)
        if (table->slots[i].index != SIM_TABLE_NONE)
            *slot_of(larger, room, table->slots[i].hash) = table->slots[i];
    free(table->slots);
    table->slots = larger;
    table->room = room;
}

uint32_t sim_table_add(struct sim_table *table, struct hash128 hash)
{
    if ((size_t)table->count * 2 >= table->room)
        grow(table);
    struct sim_table_slot *slot = slot_of(table->slots, table->room, hash);
    if (slot->index == SIM_TABLE_NONE)
        *slot = (struct sim_table_slot){hash, table->count++};
    return slot->index;
}

uint32_t sim_table_find(const struct sim_table *table, struct hash128 hash)
{
    return table->room ? slot_of(table->slots, table->room, hash)->index : SIM_TABLE_NONE;
}

void sim_table_done(struct sim_table *table)
{
    free(table->slots);
    *table = (struct sim_table){0};
}

void *sim_array_grow(void *array, size_t count, size_t item_size)
{
    if (count & (count - 1) || (count && count < 1024)) /* not full: rooms are 1024, 2048 ... */
        return array;
    void *larger = realloc(array, (count ? count * 2 : 1024) * item_size);
    if (!larger)
        abort();
    return larger;
}
