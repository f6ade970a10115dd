/*
 * Texts numbered in the order in which they are met first. One thread.
 */
#ifndef PRODUCERS_TEXT_MAP_H
#define PRODUCERS_TEXT_MAP_H

#include <stddef.h>
#include <stdint.h>

#include "common/arena.h"
#include "schemas/event.h"

#define TEXT_MAP_NONE UINT32_MAX

/* Zeroed, it is empty. The texts are the arena's that text_map_put was given. */
struct text_map {
    struct text *texts; /* by their numbers */
    uint32_t *slots;    /* number + 1; 0 is free */
    size_t slot_count, room;
    uint32_t count;
};

/* The number of text; where it is new, count until now, and a copy in the arena is kept. TEXT_MAP_NONE when memory is out. */
uint32_t text_map_put(struct text_map *map, struct arena *arena, struct text text);

/* TEXT_MAP_NONE where it was never put. */
uint32_t text_map_find(const struct text_map *map, struct text text);

/* Forgets the texts and keeps the room. */
void text_map_clear(struct text_map *map);
void text_map_done(struct text_map *map);

#endif
