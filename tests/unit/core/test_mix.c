#include <criterion/criterion.h>

#include "core/mix.h"

#define LEN_MAX 80

static uint64_t hash_of(struct text text)
{
    struct mix mix;
    mix_init(&mix, 0);
    mix_text(&mix, text);
    return mix_end(&mix);
}

Test(mix, any_changed_byte_of_a_text_of_any_length_changes_the_hash)
{
    for (uint32_t len = 1; len <= LEN_MAX; len++) {
        char bytes[LEN_MAX];
        for (uint32_t i = 0; i < len; i++)
            bytes[i] = (char)('a' + i % 26);
        uint64_t before = hash_of((struct text){bytes, len});
        for (uint32_t i = 0; i < len; i++) {
            bytes[i] ^= 1;
            cr_assert_neq(hash_of((struct text){bytes, len}), before, "byte %u of %u", i, len);
            bytes[i] ^= 1;
        }
    }
}

Test(mix, texts_of_equal_bytes_and_different_length_differ)
{
    char bytes[LEN_MAX] = {0};
    uint64_t seen[LEN_MAX + 2] = {hash_of((struct text){NULL, 0})};
    for (uint32_t len = 0; len <= LEN_MAX; len++) {
        seen[len + 1] = hash_of((struct text){bytes, len});
        for (uint32_t i = 0; i <= len; i++)
            cr_assert_neq(seen[len + 1], seen[i], "lengths %u and %d", len, (int)i - 1);
    }
}
