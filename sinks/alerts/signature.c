#include "alerts/signature.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

bool signature_make(const char *key, size_t key_len, const void *bytes, size_t len, char ret_text[SIGNATURE_CHARS + 1])
{
    static const char digits[] = "0123456789abcdef";
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int digest_len = 0;
    if (!HMAC(EVP_sha256(), key, (int)key_len, bytes, len, digest, &digest_len) || digest_len * 2 != SIGNATURE_CHARS)
        return false;
    for (unsigned int i = 0; i < digest_len; i++) {
        ret_text[2 * i] = digits[digest[i] >> 4];
        ret_text[2 * i + 1] = digits[digest[i] & 15];
    }
    ret_text[SIGNATURE_CHARS] = '\0';
    return true;
}
