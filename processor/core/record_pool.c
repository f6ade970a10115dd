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

static bool add_block(struct record_pool *pool)
{
    if (pool->block_count == pool->block_room) {
        uint32_t room = pool->block_room ? pool->block_room * 2 : 16;
        uint8_t **larger = realloc(pool->blocks, room * sizeof *larger);
        if (!larger)
            return false;
        pool->blocks = larger;
        pool->block_room = room;
    }
    uint8_t *block = calloc((size_t)1 << RECORD_POOL_BLOCK_LOG2, pool->record_bytes);
    if (!block)
        return false;
    pool->blocks[pool->block_count++] = block;
    return true;
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

void record_pool_save(const struct record_pool *pool, struct snapshot_writer *writer)
{
    snapshot_put_u32(writer, pool->free_head);
    snapshot_put_records_head(writer, pool->count, pool->record_bytes);
    for (uint32_t at = 0; at < pool->count; at += 1u << RECORD_POOL_BLOCK_LOG2) {
        uint32_t left = pool->count - at, whole = 1u << RECORD_POOL_BLOCK_LOG2;
        snapshot_put_bytes(writer, record_pool_at(pool, at), (left < whole ? left : whole) * pool->record_bytes);
    }
}

/* Free records must lead from one to the next and to an end. */
static bool free_chain_ends(const struct record_pool *pool)
{
    uint32_t number = pool->free_head;
    for (uint32_t i = 0; i <= pool->count; i++) {
        if (number == RECORD_NONE)
            return true;
        if (number >= pool->count)
            return false;
        memcpy(&number, record_pool_at(pool, number), sizeof number);
    }
    return false;
}

bool record_pool_restore(struct record_pool *pool, struct snapshot_reader *reader, uint32_t count_max)
{
    size_t count;
    pool->free_head = snapshot_take_u32(reader);
    const uint8_t *records = snapshot_take_records(reader, pool->record_bytes, count_max, &count);
    for (size_t i = 0; i < count; i++) {
        if (pool->count >> RECORD_POOL_BLOCK_LOG2 == pool->block_count && !add_block(pool))
            return false;
        memcpy(record_pool_at(pool, pool->count++), records + i * pool->record_bytes, pool->record_bytes);
    }
    return !reader->failed && free_chain_ends(pool);
}
