/* The same code for x86 machines with AVX2 and BMI2 (all servers since about 2015). Only functions of this file are compiled so. */
#include "schemas/decode_fast.h"

#ifdef __x86_64__
#ifdef __clang__
#pragma clang attribute push(__attribute__((target("avx2,bmi,bmi2"))), apply_to = function)
#else
#pragma GCC target("avx2,bmi,bmi2")
#endif
#define XXH_VECTOR 2 /* XXH_AVX2 */

#define FAST_V3
#include "schemas/decode_fast.inc"

#include "common/hash.h"

static struct hash128 hash_content(const void *bytes, size_t len)
{
    XXH128_hash_t hash = XXH3_128bits(bytes, len);
    _mm256_zeroupper();
    return (struct hash128){.lo = hash.low64, .hi = hash.high64};
}

static const struct fast_codec v3 = {decode_order, hash_content};

const struct fast_codec *fast_codec_v3(void)
{
    return &v3;
}
#ifdef __clang__
#pragma clang attribute pop
#endif
#endif
