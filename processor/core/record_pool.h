/*
 * Records of one size, found by a number that is theirs for life. They lie in blocks that never move, so a pointer is good until the
 * record is freed, and growing copies nothing. What stands in a record and in free_head and count is all there is: a pool restored
 * from those bytes gives out the same numbers. Not thread-safe.
 */
#ifndef CORE_RECORD_POOL_H
#define CORE_RECORD_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/snapshot.h"

#define RECORD_POOL_BLOCK_LOG2 8
#define RECORD_NONE UINT32_MAX

struct record_pool {
    size_t record_bytes;  /* a multiple of 8 */
    uint8_t **blocks;     /* of 1 << RECORD_POOL_BLOCK_LOG2 records */
    uint32_t block_count, block_room;
    uint32_t count;       /* numbers given out so far, freed ones among them */
    uint32_t free_head;   /* RECORD_NONE: none. A freed record begins with the number of the next free one */
};

void record_pool_init(struct record_pool *pool, size_t record_bytes);
void record_pool_done(struct record_pool *pool);

static inline void *record_pool_at(const struct record_pool *pool, uint32_t number)
{
    return pool->blocks[number >> RECORD_POOL_BLOCK_LOG2] +
           (size_t)(number & ((1u << RECORD_POOL_BLOCK_LOG2) - 1)) * pool->record_bytes;
}

/* A record of zeros; its number, or RECORD_NONE when memory is out. */
uint32_t record_pool_take(struct record_pool *pool);

void record_pool_give_back(struct record_pool *pool, uint32_t number);

/* The pool, free records and all; a pool that is restored must be new. What stands in the records is for their owner to check. False where
 * it does not fit, there are more than count_max, or memory is out. */
void record_pool_save(const struct record_pool *pool, struct snapshot_writer *writer);
bool record_pool_restore(struct record_pool *pool, struct snapshot_reader *reader, uint32_t count_max);

#endif
