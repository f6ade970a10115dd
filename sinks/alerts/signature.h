/*
 * HMAC-SHA256 (RFC 2104) by libcrypto, which stays in here. Any thread.
 */
#ifndef ALERTS_SIGNATURE_H
#define ALERTS_SIGNATURE_H

#include <stdbool.h>
#include <stddef.h>

#define SIGNATURE_CHARS 64

/* Of the bytes, as lower-case hexadecimal digits. false when memory is out. */
bool signature_make(const char *key, size_t key_len, const void *bytes, size_t len, char ret_text[SIGNATURE_CHARS + 1]);

#endif
