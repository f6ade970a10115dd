#include <criterion/criterion.h>
#include <string.h>

#include "common/arena.h"

Test(arena, allocations_are_aligned_and_do_not_overlap)
{
    struct arena arena;
    unsigned char *blocks[300];
    size_t sizes[300];
    arena_init(&arena);
    for (size_t i = 0; i < 300; i++) {
        sizes[i] = i * i % 7919;
        blocks[i] = arena_alloc(&arena, sizes[i]);
        cr_assert_eq((uintptr_t)blocks[i] % 8, 0);
        memset(blocks[i], (int)(i % 251), sizes[i]);
    }
    for (size_t i = 0; i < 300; i++)
        for (size_t k = 0; k < sizes[i]; k++)
            cr_assert_eq(blocks[i][k], i % 251);
    arena_done(&arena);
}

Test(arena, a_reset_keeps_no_more_than_it_is_told)
{
    struct arena arena;
    arena_init(&arena);
    for (int i = 0; i < 100; i++)
        (void)arena_alloc(&arena, 100000);
    cr_assert_geq(arena.used_bytes, 10000000);
    arena_reset(&arena, 3000000);
    cr_assert_eq(arena.used_bytes, 0);
    cr_assert_leq(arena.held_bytes, 3000000);
    cr_assert_not_null(arena_alloc(&arena, 0));
    arena_reset(&arena, 0);
    arena_done(&arena);
}

Test(arena, a_warm_arena_takes_no_more_memory)
{
    struct arena arena;
    arena_init(&arena);
    for (int i = 0; i < 50; i++)
        (void)arena_alloc(&arena, 5000);
    size_t held = arena.held_bytes;
    for (int round = 0; round < 10; round++) {
        arena_reset(&arena, SIZE_MAX);
        for (int i = 0; i < 50; i++)
            (void)arena_alloc(&arena, 5000);
        cr_assert_eq(arena.held_bytes, held);
    }
    arena_done(&arena);
}

Test(arena, copies_are_copies)
{
    struct arena arena;
    char source[] = "till";
    arena_init(&arena);
    char *copy = arena_copy(&arena, source, sizeof source);
    source[0] = 'f';
    cr_assert_str_eq(copy, "till");
    arena_done(&arena);
}
