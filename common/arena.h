/*
 * Memory of one batch: allocations that are all given back at once. Not thread-safe; a batch has one user at a time.
 * Blocks are kept over a reset, so a warm arena does not call malloc.
 */
#ifndef COMMON_ARENA_H
#define COMMON_ARENA_H

#include <stddef.h>
#include <stdint.h>

struct arena_block;

struct arena {
    uint8_t *next;              /* free space of the current block: next..end */
    uint8_t *end;
    struct arena_block *first;  /* owned chain */
    struct arena_block *current;
    size_t used_bytes;          /* handed out since the last reset */
    size_t held_bytes;          /* in blocks */
};

/* An empty arena; the first allocation takes the first block. */
void arena_init(struct arena *arena);
/* Gives all blocks back. Harmless on a zeroed arena. */
void arena_done(struct arena *arena);
/* Forgets all allocations; keeps blocks up to keep_bytes in all, gives the others back. */
void arena_reset(struct arena *arena, size_t keep_bytes);

/* Aligned to 8; never NULL: ends the program with a message when memory is out. size 0 gives a valid pointer. */
void *arena_alloc_slow(struct arena *arena, size_t size);
static inline void *arena_alloc(struct arena *arena, size_t size)
{
    size_t rounded = (size + 7) & ~(size_t)7;
    if (rounded - 1 < (size_t)(arena->end - arena->next)) { /* 0 wraps around and takes the slow way */
        void *at = arena->next;
        arena->next += rounded;
        arena->used_bytes += rounded;
        return at;
    }
    return arena_alloc_slow(arena, size);
}
/* Copies len bytes of src. */
void *arena_copy(struct arena *arena, const void *src, size_t len);

#endif
