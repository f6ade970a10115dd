/* The validator beside a slow oracle that decodes code points one by one. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "schemas/utf8.h"

#define SEED 7u

/* Encodes every code point and looks whether the bytes start with that: obvious, and thousands of times slower. */
static size_t encode(uint32_t point, uint8_t *ret_bytes)
{
    if (point < 0x80) {
        ret_bytes[0] = (uint8_t)point;
        return 1;
    }
    size_t len = point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    for (size_t i = len - 1; i > 0; i--, point >>= 6)
        ret_bytes[i] = (uint8_t)(0x80 | (point & 0x3f));
    static const uint8_t leads[] = {0, 0, 0xc0, 0xe0, 0xf0};
    ret_bytes[0] = (uint8_t)(leads[len] | point);
    return len;
}

static bool is_scalar(uint32_t point)
{
    return point <= 0x10ffff && !(point >= 0xd800 && point <= 0xdfff);
}

Test(utf8, every_code_point_is_taken_and_surrogates_are_not)
{
    uint8_t bytes[4];
    for (uint32_t point = 1; point < 0x120000; point++) {
        size_t len = encode(point, bytes);
        enum reason expected = is_scalar(point) ? REASON_NONE : REASON_BAD_UTF8;
        cr_assert_eq(utf8_check(bytes, len), expected, "U+%04X", point);
        for (size_t cut = 1; cut < len; cut++)
            cr_assert_eq(utf8_check(bytes, cut), REASON_BAD_UTF8, "U+%04X cut", point);
    }
    cr_assert_eq(utf8_check((const uint8_t *)"", 1), REASON_NUL_IN_STRING);
    cr_assert_eq(utf8_check((const uint8_t *)"", 0), REASON_NONE);
}

/* All pairs of bytes. */
Test(utf8, every_pair_of_bytes_is_what_the_encoder_says)
{
    static bool valid[65536];
    uint8_t bytes[4];
    for (uint32_t point = 1; point < 0x800; point++) {
        size_t len = encode(point, bytes);
        if (len == 2)
            valid[bytes[0] << 8 | bytes[1]] = true;
        for (uint32_t second = 1; len == 1 && second < 0x80; second++)
            valid[bytes[0] << 8 | second] = true;
    }
    for (uint32_t pair = 0; pair < 65536; pair++) {
        uint8_t two[2] = {(uint8_t)(pair >> 8), (uint8_t)pair};
        cr_assert_eq(utf8_check(two, 2) == REASON_NONE, valid[pair], "%04x", pair);
    }
}

static enum reason check_slowly(const uint8_t *bytes, size_t len)
{
    for (size_t at = 0; at < len;) {
        size_t step = 0;
        uint8_t wanted[4];
        for (uint32_t point = 0; point < 0x110000 && !step; point++) {
            size_t size = encode(point, wanted);
            if (is_scalar(point) && size <= len - at && !memcmp(wanted, bytes + at, size))
                step = size;
        }
        if (!step)
            return REASON_BAD_UTF8;
        if (!bytes[at])
            return REASON_NUL_IN_STRING;
        at += step;
    }
    return REASON_NONE;
}

Test(utf8, damaged_texts_of_all_lengths_are_judged_as_the_oracle_does, .timeout = 120)
{
    static const char sample[] = "plain ASCII of some length, caf\xc3\xa9, \xe2\x82\xac 5, \xf0\x9f\x98\x80!";
    printf("seed %u\n", SEED);
    srand(SEED);
    for (int round = 0; round < 600; round++) {
        size_t from = (size_t)rand() % 30, len = (size_t)rand() % (sizeof sample - 1 - from);
        uint8_t *text = malloc(len ? len : 1);
        cr_assert_not_null(text);
        memcpy(text, sample + from, len);
        if (len && round % 3)
            text[(size_t)rand() % len] = (uint8_t)(rand() % 4 ? rand() % 256 : 0);
        cr_assert_eq(utf8_check(text, len), check_slowly(text, len), "round %d", round);
        free(text);
    }
}
