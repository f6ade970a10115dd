/* The same code for x86 machines with AVX2 and BMI2 (all servers since about 2015). Only functions of this file are compiled so. */
#include "schemas/decode_fast.h"

#ifdef __x86_64__
#ifdef __clang__
#pragma clang attribute push(__attribute__((target("avx2,bmi,bmi2"))), apply_to = function)
#else
#pragma GCC target("avx2,bmi,bmi2")
#endif

#define FAST_AVX2
#include "schemas/decode_fast.inc"

const struct fast_codec *fast_codec_avx2(void)
{
    return &this_codec;
}

#ifdef __clang__
#pragma clang attribute pop
#endif
#endif
