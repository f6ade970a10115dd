/*
 * A straight-line decoder for the one case that matters for speed: an order, written under exactly our schema, without
 * anything odd in it. It takes an event only where decode_plan_run takes it with the same result, and leaves everything else
 * to it: bad input, arrays in several blocks, numbers beyond 55 bits.
 */
#ifndef SCHEMAS_DECODE_FAST_H
#define SCHEMAS_DECODE_FAST_H

#include "common/arena.h"
#include "schemas/event.h"

#define DECODE_FAST_READ_BYTES 192

/* Room for the end of a message and zeros behind it. Zeroed by its owner before the first use, used by one thread. */
struct decode_tail {
    uint8_t bytes[2 * DECODE_FAST_READ_BYTES];
};

struct fast_codec {
    /* true: ret_event is decoded, but for its hashes. false: it is undefined, ask decode_plan_run. */
    bool (*decode_order)(const uint8_t *bytes, size_t len, struct decode_tail *tail, struct arena *arena,
                         struct event *ret_event);
    /* XXH3, 128 bits, seed 0. */
    struct hash128 (*hash_content)(const void *bytes, size_t len);
};

/* The one for any machine, and the best that this machine can run. All give the same results. */
const struct fast_codec *fast_codec_any(void);
const struct fast_codec *fast_codec_best(void);
/* x86 with AVX2 and BMI2: for fast_codec_best, which knows whether it can run. */
const struct fast_codec *fast_codec_avx2(void);

#endif
