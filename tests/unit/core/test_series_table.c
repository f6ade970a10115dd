#include "core/series_table.h"

#include <stdlib.h>

#include <criterion/criterion.h>

static uint64_t *record_of(uint64_t i)
{
    uint64_t *record = malloc(sizeof *record);
    *record = i;
    return record;
}

static void holds_all(uint64_t count, uint64_t (*hash_of)(uint64_t i))
{
    struct series_table table = {0};
    for (uint64_t i = 0; i < count; i++) {
        cr_assert_null(series_table_find(&table, hash_of(i)), "%lu before it came", (unsigned long)i);
        cr_assert(series_table_add(&table, hash_of(i), record_of(i)));
    }
    for (uint64_t i = 0; i < count; i++) {
        uint64_t *record = series_table_find(&table, hash_of(i));
        cr_assert(record && *record == i, "%lu", (unsigned long)i);
    }
    cr_assert_eq(table.count, count);
    cr_assert_leq(table.count, table.room / 4 * 3);
    series_table_done(&table);
}

static uint64_t itself(uint64_t i)
{
    return i;
}

static uint64_t in_high_bits(uint64_t i)
{
    return i << 40;
}

/* 2^64 / golden ratio, inverted: the table's own multiplication turns these into small numbers, which all want slot 0. */
static uint64_t worst_case(uint64_t i)
{
    uint64_t inverse = 1, factor = UINT64_C(0x9e3779b97f4a7c15);
    for (int step = 0; step < 6; step++)
        inverse *= 2 - factor * inverse;
    return i * inverse;
}

Test(series_table, finds_what_was_added_through_all_growth)
{
    holds_all(20000, itself);
}

Test(series_table, hashes_that_differ_in_high_bits_only_stay_apart)
{
    holds_all(20000, in_high_bits);
}

Test(series_table, is_right_even_where_every_key_wants_one_slot)
{
    holds_all(3000, worst_case);
}

Test(series_table, zero_is_a_hash_like_any_other)
{
    struct series_table table = {0};
    cr_assert_null(series_table_find(&table, 0));
    cr_assert(series_table_add(&table, 0, record_of(42)));
    uint64_t *record = series_table_find(&table, 0);
    cr_assert(record && *record == 42);
    series_table_done(&table);
}
