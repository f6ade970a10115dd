/*
 * A small streaming hash over the columns of a row: tells whether two rows are the same, and whether a stored one was
 * changed by hand. Not for secrets. The result is stored in the database: it must never change for equal columns.
 * Construction: 64 x 64 -> 128 bit multiplication folded by xor, one multiplication per two words.
 */
#ifndef CORE_MIX_H
#define CORE_MIX_H

#include <stddef.h>
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

static inline uint64_t mix_load(const char *at, size_t size)
{
    uint64_t word = 0;
    memcpy(&word, at, size);
    return word;
}

/* The last words of a text overlap those before: no byte behind it is read and nothing is copied. The length tells them apart. */
static inline void mix_text(struct mix *mix, struct text text)
{
    if (!text.ptr || !text.len) {
        mix_two(mix, text.ptr ? 0 : UINT64_MAX, 0);
        return;
    }
    const char *at = text.ptr, *end = at + text.len;
    uint64_t len = text.len;
    if (len < 4) {
        mix_two(mix, len, (uint64_t)(uint8_t)at[0] << 16 | (uint64_t)(uint8_t)at[len / 2] << 8 | (uint8_t)end[-1]);
    } else if (len <= 8) {
        mix_two(mix, len, mix_load(at, 4) << 32 | mix_load(end - 4, 4));
    } else {
        mix_two(mix, len ^ mix_load(end - 8, 8), mix_load(at, 8));
        for (at += 8; end - at > 8; at += 16)
            mix_two(mix, mix_load(at, 8), end - at >= 16 ? mix_load(at + 8, 8) : mix_load(end - 16, 8));
    }
}

static inline uint64_t mix_end(const struct mix *mix)
{
    return mix_fold(mix->state ^ mix->words, UINT64_C(0xe7037ed1a0b428db));
}

/* 128 bits of a key, for tables in memory: of its texts and two numbers more. */
static inline struct hash128 mix_key(uint64_t seed, const struct text *texts, size_t text_count, uint64_t a, uint64_t b)
{
    uint64_t halves[2];
    for (uint64_t i = 0; i < 2; i++) {
        struct mix mix;
        mix_init(&mix, seed ^ i);
        for (size_t n = 0; n < text_count; n++)
            mix_text(&mix, texts[n]);
        mix_two(&mix, a, b);
        halves[i] = mix_end(&mix);
    }
    return (struct hash128){.hi = halves[0], .lo = halves[1]};
}

#endif
