/* For any machine, and the choice of the right one. */
#include "schemas/decode_fast.inc"

const struct fast_codec *fast_codec_any(void)
{
    return &this_codec;
}

const struct fast_codec *fast_codec_best(void)
{
#ifdef __x86_64__
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2"))
        return fast_codec_avx2();
#endif
    return &this_codec;
}
