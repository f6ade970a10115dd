/* For any machine, and the choice of the right one. */
#include "schemas/decode_fast.inc"

#include "common/hash.h"

static struct hash128 hash_content(const void *bytes, size_t len)
{
    XXH128_hash_t hash = XXH3_128bits(bytes, len);
    return (struct hash128){.lo = hash.low64, .hi = hash.high64};
}

static const struct fast_codec any_machine = {decode_order, hash_content};

const struct fast_codec *fast_codec_any(void)
{
    return &any_machine;
}

const struct fast_codec *fast_codec_best(void)
{
#ifdef __x86_64__
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2"))
        return fast_codec_v3();
#endif
    return &any_machine;
}
