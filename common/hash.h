/*
 * XXH3 of libxxhash (BSD-2), in one place. Stable over versions and machines: hashes are stored.
 */
#ifndef COMMON_HASH_H
#define COMMON_HASH_H

#define XXH_INLINE_ALL
#include <xxhash.h>

static inline uint64_t hash64(const void *bytes, size_t len)
{
    return XXH3_64bits(bytes, len);
}

#endif
