/*
 * Who bought, as far as it is anybody's business: the same customer of the same shop has the same key, and a key names nobody.
 */
#ifndef PRODUCERS_BUYER_KEY_H
#define PRODUCERS_BUYER_KEY_H

#include "schemas/event.h"

#define BUYER_KEY_BYTES 32

/* Writes 32 digits of the hexadecimal system, without an end: XXH3 of 128 bits over the customer's id as the platform or the file has
 * it, the seed being the hash of 64 bits of the shop's id; the high half first. Keys are stored: this may never change. */
void buyer_key_make(struct text shop_id, struct text customer_id, char ret_key[BUYER_KEY_BYTES]);

#endif
