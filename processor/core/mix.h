/*
 * A small streaming hash over the columns of a row: tells whether two rows are the same, and whether a stored one was
 * changed by hand. Not for secrets. The result is stored in the database: it must never change for equal columns.
 * Construction: 64 x 64 -> 128 bit multiplication folded by xor, one multiplication per two words.
 */
#ifndef CORE_MIX_H
#define CORE_MIX_H

#include <stdint.h>
#include <string.h>

#include "schemas/event.h"

struct mix {
    uint64_t state;
    uint64_t words; /* so that rows of different length differ */
};

static inline uint64_t mix_fold(uint64_t a, uint64_t b)
{
    __extension__ typedef unsigned __int128 wide;
    wide product = (wide)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static inline void mix_init(struct mix *mix, uint64_t seed)
{
    mix->state = seed ^ UINT64_C(0x9e3779b97f4a7c15);
    mix->words = 0;
}

static inline void mix_two(struct mix *mix, uint64_t a, uint64_t b)
{
    mix->state = mix_fold(a ^ UINT64_C(0xd6e8feb86659fd93), b ^ mix->state);
    mix->words += 2;
}

static inline void mix_text(struct mix *mix, struct text text)
{
    mix_two(mix, text.ptr ? text.len : UINT64_MAX, UINT64_C(0xa0761d6478bd642f));
    const char *at = text.ptr;
    uint32_t left = text.ptr ? text.len : 0;
    for (; left >= 16; at += 16, left -= 16) {
        uint64_t a, b;
        memcpy(&a, at, 8);
        memcpy(&b, at + 8, 8);
        mix_two(mix, a, b);
    }
    if (left) {
        char rest[16] = {0};
        uint64_t a, b;
        memcpy(rest, at, left);
        memcpy(&a, rest, 8);
        memcpy(&b, rest + 8, 8);
        mix_two(mix, a, b);
    }
}

static inline uint64_t mix_end(const struct mix *mix)
{
    return mix_fold(mix->state ^ mix->words, UINT64_C(0xe7037ed1a0b428db));
}

#endif
