#include "common/arena.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_BYTES_MIN (256 * 1024)

struct arena_block {
    struct arena_block *next;
    size_t size;
    _Alignas(16) uint8_t data[];
};

void arena_init(struct arena *arena)
{
    memset(arena, 0, sizeof *arena);
}

void arena_done(struct arena *arena)
{
    arena_reset(arena, 0);
}

static void use_block(struct arena *arena, struct arena_block *block)
{
    arena->current = block;
    arena->next = block ? block->data : NULL;
    arena->end = block ? block->data + block->size : NULL;
}

void arena_reset(struct arena *arena, size_t keep_bytes)
{
    struct arena_block **link = &arena->first;
    size_t kept = 0;
    while (*link) {
        struct arena_block *block = *link;
        if (kept + block->size <= keep_bytes) {
            kept += block->size;
            link = &block->next;
        } else {
            *link = block->next;
            free(block);
        }
    }
    arena->held_bytes = kept;
    arena->used_bytes = 0;
    use_block(arena, arena->first);
}

static struct arena_block *block_new(size_t size)
{
    struct arena_block *block = malloc(sizeof *block + size);
    if (!block) {
        (void)fprintf(stderr, "tillstream: out of memory (%zu bytes for a batch)\n", size);
        abort();
    }
    block->size = size;
    return block;
}

/* Blocks behind the current one are free ones kept by a reset: take the next that fits, else put a new one between. */
void *arena_alloc_slow(struct arena *arena, size_t size)
{
    size_t rounded = (size + 7) & ~(size_t)7;
    if (rounded < size) {
        (void)fprintf(stderr, "tillstream: impossible allocation of %zu bytes\n", size);
        abort();
    }
    struct arena_block **link = arena->current ? &arena->current->next : &arena->first;
    if (!*link || (*link)->size < rounded) {
        struct arena_block *fresh = block_new(rounded > BLOCK_BYTES_MIN ? rounded : BLOCK_BYTES_MIN);
        fresh->next = *link;
        *link = fresh;
        arena->held_bytes += fresh->size;
    }
    use_block(arena, *link);
    void *at = arena->next;
    arena->next += rounded;
    arena->used_bytes += rounded;
    return at;
}

void *arena_copy(struct arena *arena, const void *src, size_t len)
{
    void *copy = arena_alloc(arena, len);
    if (len)
        memcpy(copy, src, len);
    return copy;
}
