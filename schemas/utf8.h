/*
 * Text as PostgreSQL takes it: UTF-8 without overlong forms, surrogates and code points beyond U+10FFFF, and without NUL.
 */
#ifndef SCHEMAS_UTF8_H
#define SCHEMAS_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "schemas/reason.h"

#define UTF8_HIGH_BITS UINT64_C(0x8080808080808080)
#define UTF8_ONES UINT64_C(0x0101010101010101)

static inline uint64_t utf8_load8(const uint8_t *at)
{
    uint64_t word;
    memcpy(&word, at, 8);
    return word;
}

/* Not 0 where one of the word's bytes is NUL or beyond ASCII: a borrow can only come out of a NUL. */
static inline uint64_t utf8_not_plain(uint64_t word)
{
    return ((word - UTF8_ONES) | word) & UTF8_HIGH_BITS;
}

/* REASON_NONE, REASON_NUL_IN_STRING or REASON_BAD_UTF8 for bytes[0..len). */
enum reason utf8_check(const uint8_t *bytes, size_t len);

#endif
