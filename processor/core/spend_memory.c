#include "core/spend_memory.h"

static void generation_done(struct spend_generation *generation)
{
    record_pool_done(&generation->rows);
    key_table_done(&generation->table);
}

void spend_memory_init(struct spend_memory *memory, uint32_t rows_max)
{
    *memory = (struct spend_memory){.generation_max = rows_max / 2 ? rows_max / 2 : 1};
    record_pool_init(&memory->newer.rows, sizeof(struct spend_row));
    record_pool_init(&memory->older.rows, sizeof(struct spend_row));
}

void spend_memory_done(struct spend_memory *memory)
{
    generation_done(&memory->newer);
    generation_done(&memory->older);
}

static struct spend_row *find(const struct spend_generation *generation, uint64_t hash)
{
    uint32_t number = key_table_find(&generation->table, &generation->rows, hash);
    return number == RECORD_NONE ? NULL : record_pool_at(&generation->rows, number);
}

struct spend_row *spend_memory_find(struct spend_memory *memory, uint64_t hash)
{
    struct spend_row *row = find(&memory->newer, hash);
    return row ? row : find(&memory->older, hash);
}

struct spend_row *spend_memory_add(struct spend_memory *memory, uint64_t hash)
{
    if (memory->newer.rows.count >= memory->generation_max) {
        generation_done(&memory->older);
        memory->older = memory->newer;
        memory->newer = (struct spend_generation){0};
        record_pool_init(&memory->newer.rows, sizeof(struct spend_row));
    }
    uint32_t number = record_pool_take(&memory->newer.rows);
    if (number == RECORD_NONE)
        return NULL;
    struct spend_row *row = record_pool_at(&memory->newer.rows, number);
    row->hash = hash;
    if (key_table_add(&memory->newer.table, &memory->newer.rows, hash, number))
        return row;
    record_pool_give_back(&memory->newer.rows, number);
    return NULL;
}

void spend_memory_save(const struct spend_memory *memory, struct snapshot_writer *writer)
{
    record_pool_save(&memory->newer.rows, writer);
    record_pool_save(&memory->older.rows, writer);
}

static bool restore_generation(struct spend_generation *generation, struct snapshot_reader *reader, uint32_t count_max)
{
    if (!record_pool_restore(&generation->rows, reader, count_max) || generation->rows.free_head != RECORD_NONE)
        return false;
    for (uint32_t i = 0; i < generation->rows.count; i++) {
        const struct spend_row *row = record_pool_at(&generation->rows, i);
        if (!key_table_add(&generation->table, &generation->rows, row->hash, i))
            return false;
    }
    return true;
}

bool spend_memory_restore(struct spend_memory *memory, struct snapshot_reader *reader)
{
    return restore_generation(&memory->newer, reader, memory->generation_max) &&
           restore_generation(&memory->older, reader, memory->generation_max);
}
