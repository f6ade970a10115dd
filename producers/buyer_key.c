#include "producers/buyer_key.h"

#include "common/hash.h"

static void write_hex(uint64_t number, char *ret_digits)
{
    static const char digits[] = "0123456789abcdef";
    for (int i = 0; i < 16; i++)
        ret_digits[i] = digits[number >> (60 - 4 * i) & 15];
}

void buyer_key_make(struct text shop_id, struct text customer_id, char ret_key[BUYER_KEY_BYTES])
{
    XXH128_hash_t hash = XXH3_128bits_withSeed(customer_id.ptr, customer_id.len, hash64(shop_id.ptr, shop_id.len));
    write_hex(hash.high64, ret_key);
    write_hex(hash.low64, ret_key + 16);
}
