#include "core/key_table.h"

#include <criterion/criterion.h>

#define KEYS 5000

/* Hashes that share their low bits, so that many begin to look in the same place. */
static uint64_t hash_of(uint64_t i)
{
    return i % 7 * UINT64_C(0x100000000) + i;
}

Test(key_table, every_key_is_found_and_no_other)
{
    struct key_table table = {0};
    struct record_pool pool;
    record_pool_init(&pool, 16);
    for (uint64_t i = 0; i < KEYS; i++) {
        uint32_t number = record_pool_take(&pool);
        cr_assert_eq(number, i);
        *(uint64_t *)record_pool_at(&pool, number) = hash_of(i);
        cr_assert(key_table_add(&table, &pool, hash_of(i), number));
    }
    for (uint64_t i = 0; i < KEYS; i++)
        cr_assert_eq(key_table_find(&table, &pool, hash_of(i)), i);
    cr_assert_eq(key_table_find(&table, &pool, UINT64_C(1) << 63), RECORD_NONE);
    key_table_done(&table);
    record_pool_done(&pool);
}

Test(key_table, taking_out_leaves_the_others_where_a_search_finds_them)
{
    struct key_table table = {0};
    struct record_pool pool;
    uint8_t present[KEYS] = {0};
    uint64_t state = 1;
    record_pool_init(&pool, 16);
    uint32_t numbers[KEYS];
    for (int step = 0; step < 60000; step++) {
        state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        uint64_t i = (state >> 33) % 200;
        if (present[i]) {
            key_table_remove(&table, &pool, hash_of(i), numbers[i]);
            record_pool_give_back(&pool, numbers[i]);
        } else {
            numbers[i] = record_pool_take(&pool);
            *(uint64_t *)record_pool_at(&pool, numbers[i]) = hash_of(i);
            cr_assert(key_table_add(&table, &pool, hash_of(i), numbers[i]));
        }
        present[i] ^= 1;
        uint64_t other = (state >> 13) % 200;
        cr_assert_eq(key_table_find(&table, &pool, hash_of(other)), present[other] ? numbers[other] : RECORD_NONE);
    }
    cr_assert(pool.count <= 200, "places are used again");
    key_table_done(&table);
    record_pool_done(&pool);
}

Test(key_table, a_record_stays_where_it_is_and_comes_back_empty)
{
    struct record_pool pool;
    record_pool_init(&pool, 24);
    uint32_t first = record_pool_take(&pool);
    uint64_t *record = record_pool_at(&pool, first);
    record[2] = 5;
    for (int i = 0; i < 3000; i++)
        (void)record_pool_take(&pool);
    cr_assert_eq(record_pool_at(&pool, first), (void *)record);
    record_pool_give_back(&pool, first);
    cr_assert_eq(record_pool_take(&pool), first);
    cr_assert(record[0] == 0 && record[2] == 0);
    record_pool_done(&pool);
}
