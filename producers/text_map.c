#include "producers/text_map.h"

#include <stdlib.h>
#include <string.h>

#include "common/hash.h"
#include "producers/grow.h"

static uint32_t *slot_of(const struct text_map *map, struct text text)
{
    size_t slot = hash64(text.ptr, text.len) & (map->slot_count - 1);
    while (map->slots[slot]) {
        struct text other = map->texts[map->slots[slot] - 1];
        if (other.len == text.len && memcmp(other.ptr, text.ptr, text.len) == 0)
            break;
        slot = (slot + 1) & (map->slot_count - 1);
    }
    return &map->slots[slot];
}

static bool grow_slots(struct text_map *map)
{
    if ((size_t)map->count * 2 < map->slot_count)
        return true;
    size_t more = map->slot_count ? map->slot_count * 2 : 4096;
    uint32_t *slots = calloc(more, sizeof *slots);
    if (!slots)
        return false;
    free(map->slots);
    map->slots = slots;
    map->slot_count = more;
    for (uint32_t i = 0; i < map->count; i++)
        *slot_of(map, map->texts[i]) = i + 1;
    return true;
}

uint32_t text_map_put(struct text_map *map, struct arena *arena, struct text text)
{
    if (map->count == TEXT_MAP_NONE - 1 || !grow_slots(map) || !grow_items(&map->texts, map->count, &map->room, sizeof *map->texts))
        return TEXT_MAP_NONE;
    uint32_t *slot = slot_of(map, text);
    if (!*slot) {
        map->texts[map->count] = (struct text){arena_copy(arena, text.ptr ? text.ptr : "", text.len), text.len};
        *slot = ++map->count;
    }
    return *slot - 1;
}

uint32_t text_map_find(const struct text_map *map, struct text text)
{
    uint32_t slot = map->slot_count ? *slot_of(map, text) : 0;
    return slot ? slot - 1 : TEXT_MAP_NONE;
}

void text_map_clear(struct text_map *map)
{
    if (map->slot_count)
        memset(map->slots, 0, map->slot_count * sizeof *map->slots);
    map->count = 0;
}

void text_map_done(struct text_map *map)
{
    free(map->texts);
    free(map->slots);
    *map = (struct text_map){0};
}
