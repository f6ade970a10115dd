#include "core/record_pool.h"

#include <stdlib.h>
#include <string.h>

void record_pool_init(struct record_pool *pool, size_t record_bytes)
{
    *pool = (struct record_pool){.record_bytes = record_bytes, .free_head = RECORD_NONE};
}

void record_pool_done(struct record_pool *pool)
{
    for (uint32_t i = 0; i < pool->block_count; i++)
        free(pool->blocks[i]);
    free(pool->blocks);
    record_pool_init(pool, pool->record_bytes);
}

static int add_block(struct record_pool *pool)
{
    if (pool->block_count == pool->block_room) {
        uint32_t room = pool->block_room ? pool->block_room * 2 : 16;
        uint8_t **larger = realloc(pool->blocks, room * sizeof *larger);
        if (!larger)
            return 0;
        pool->blocks = larger;
        pool->block_room = room;
    }
    uint8_t *block = calloc((size_t)1 << RECORD_POOL_BLOCK_LOG2, pool->record_bytes);
    if (!block)
        return 0;
    pool->blocks[pool->block_count++] = block;
    return 1;
}

uint32_t record_pool_take(struct record_pool *pool)
{
    uint32_t number = pool->free_head;
    if (number != RECORD_NONE) {
        uint8_t *record = record_pool_at(pool, number);
        memcpy(&pool->free_head, record, sizeof pool->free_head);
        memset(record, 0, pool->record_bytes);
        return number;
    }
    if (pool->count >> RECORD_POOL_BLOCK_LOG2 == pool->block_count && !add_block(pool))
        return RECORD_NONE;
    return pool->count++;
}

void record_pool_give_back(struct record_pool *pool, uint32_t number)
{
    uint8_t *record = record_pool_at(pool, number);
    memset(record, 0, pool->record_bytes);
    memcpy(record, &pool->free_head, sizeof pool->free_head);
    pool->free_head = number;
}
