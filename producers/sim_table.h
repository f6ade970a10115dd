/*
 * Numbers for keys in the order in which they were first seen: an open-addressing table that grows.
 */
#ifndef PRODUCERS_SIM_TABLE_H
#define PRODUCERS_SIM_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "schemas/event.h"

#define SIM_TABLE_NONE UINT32_MAX

struct sim_table_slot {
    struct hash128 hash;
    uint32_t index; /* SIM_TABLE_NONE: free */
};

struct sim_table {
    struct sim_table_slot *slots; /* owned; room is a power of two or 0 */
    size_t room;
    uint32_t count;
};

/* The key's number, a new one where it is unknown: then it is count - 1. Aborts where memory is out. */
uint32_t sim_table_add(struct sim_table *table, struct hash128 hash);
/* The key's number or SIM_TABLE_NONE. */
uint32_t sim_table_find(const struct sim_table *table, struct hash128 hash);
void sim_table_done(struct sim_table *table);

/* Room for one more in an array of count items, in powers of two; aborts where memory is out. */
void *sim_array_grow(void *array, size_t count, size_t item_size);

#endif
