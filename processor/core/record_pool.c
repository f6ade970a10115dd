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

/* Of the records in a block, those that were given out. */
static size_t used_of_block(const struct record_pool *pool, uint32_t block)
{
    size_t left = pool->count - ((size_t)block << RECORD_POOL_BLOCK_LOG2), whole = (size_t)1 << RECORD_POOL_BLOCK_LOG2;
    return left < whole ? left : whole;
}

static uint32_t blocks_used(const struct record_pool *pool)
{
    return (uint32_t)(((uint64_t)pool->count + (1u << RECORD_POOL_BLOCK_LOG2) - 1) >> RECORD_POOL_BLOCK_LOG2);
}

void record_pool_save(const struct record_pool *pool, struct snapshot_writer *writer)
{
    snapshot_put_u32(writer, pool->free_head);
    snapshot_put_records_head(writer, pool->count, pool->record_bytes);
    for (uint32_t block = 0; block < blocks_used(pool); block++)
        snapshot_put_bytes(writer, pool->blocks[block], used_of_block(pool, block) * pool->record_bytes);
}

/* Each free record names the next one; a chain that does not end names one twice, or none that there is. */
static bool mark_free(const struct record_pool *pool, uint8_t *is_free)
{
    for (uint32_t number = pool->free_head; number != RECORD_NONE;) {
        if (number >= pool->count || is_free[number])
            return false;
        is_free[number] = 1;
        memcpy(&number, record_pool_at(pool, number), sizeof number);
    }
    return true;
}

static bool fill(struct record_pool *pool, const uint8_t *records, uint32_t count)
{
    pool->count = count;
    for (uint32_t block = 0; block < blocks_used(pool); block++) {
        size_t bytes = used_of_block(pool, block) * pool->record_bytes;
        if (!add_block(pool))
            return false;
        memcpy(pool->blocks[block], records, bytes);
        records += bytes;
    }
    return true;
}

bool record_pool_restore(struct record_pool *pool, struct snapshot_reader *reader, uint32_t count_max, uint8_t **ret_is_free)
{
    size_t count;
    uint32_t free_head = snapshot_take_u32(reader);
    const uint8_t *records = snapshot_take_records(reader, pool->record_bytes, count_max, &count);
    uint8_t *is_free = records ? calloc(count + 1, 1) : NULL;
    if (is_free && fill(pool, records, (uint32_t)count)) {
        pool->free_head = free_head;
        if (mark_free(pool, is_free)) {
            *ret_is_free = is_free;
            return true;
        }
    }
    free(is_free);
    record_pool_done(pool);
    return false;
}
