#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "producers/buyer_key.h"
#include "producers/text_map.h"

Test(text_map, numbers_texts_by_their_first_coming_through_all_growth)
{
    struct text_map map = {0};
    struct arena arena;
    char text[16];
    arena_init(&arena);
    cr_assert_eq(text_map_find(&map, text_of("0")), TEXT_MAP_NONE);
    for (uint32_t round = 0; round < 2; round++)
        for (uint32_t i = 0; i < 10000; i++) {
            (void)snprintf(text, sizeof text, "%u", i);
            cr_assert_eq(text_map_put(&map, &arena, text_of(text)), i);
        }
    cr_assert_eq(map.count, 10000);
    cr_assert_eq(text_map_find(&map, text_of("9999")), 9999);
    cr_assert_eq(text_map_find(&map, text_of("10000")), TEXT_MAP_NONE);
    cr_assert_eq(map.texts[77].len, 2);
    text_map_clear(&map);
    cr_assert_eq(text_map_find(&map, text_of("77")), TEXT_MAP_NONE);
    cr_assert_eq(text_map_put(&map, &arena, text_of("77")), 0);
    text_map_done(&map);
    arena_done(&arena);
}

Test(text_map, a_text_that_another_one_begins_with_is_another_one_and_the_empty_one_is_one_too)
{
    struct text_map map = {0};
    struct arena arena;
    arena_init(&arena);
    cr_assert_eq(text_map_put(&map, &arena, text_of("ab")), 0);
    cr_assert_eq(text_map_put(&map, &arena, text_of("a")), 1);
    cr_assert_eq(text_map_put(&map, &arena, (struct text){"ab\0", 3}), 2);
    cr_assert_eq(text_map_put(&map, &arena, (struct text){NULL, 0}), 3);
    cr_assert_eq(text_map_find(&map, text_of("")), 3);
    text_map_done(&map);
    arena_done(&arena);
}

Test(buyer_key, is_the_same_for_ever_and_another_one_in_another_shop)
{
    char key[BUYER_KEY_BYTES], other[BUYER_KEY_BYTES];
    buyer_key_make(text_of("shop-1"), text_of("17850"), key);
    /* Made once by libxxhash 0.8: keys are stored. */
    cr_assert_eq(memcmp(key, "3803a7fb36ca0a257cf1c21b9ddb54c7", BUYER_KEY_BYTES), 0, "%.32s", key);
    buyer_key_make(text_of("shop-2"), text_of("17850"), other);
    cr_assert_neq(memcmp(key, other, BUYER_KEY_BYTES), 0);
    buyer_key_make(text_of("shop-1"), text_of("17851"), other);
    cr_assert_neq(memcmp(key, other, BUYER_KEY_BYTES), 0);
}
