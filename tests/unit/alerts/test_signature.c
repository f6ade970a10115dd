/* Test cases 1 to 4, 6 and 7 of RFC 4231 (section 4), HMAC-SHA-256; 5 is of a truncated output. */
#include "alerts/signature.h"

#include <criterion/criterion.h>
#include <string.h>

static const struct {
    unsigned char key_byte; /* the key is key_len times this; 0: key */
    const char *key;
    size_t key_len;
    unsigned char data_byte;
    const char *data;
    size_t data_len;
    const char *hmac;
} vectors[] = {
    {0x0b, NULL, 20, 0, "Hi There", 8, "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
    {0, "Jefe", 4, 0, "what do ya want for nothing?", 28, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
    {0xaa, NULL, 20, 0xdd, NULL, 50, "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
    {0, "\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19", 25, 0xcd, NULL, 50,
     "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"},
    {0xaa, NULL, 131, 0, "Test Using Larger Than Block-Size Key - Hash Key First", 54,
     "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
    {0xaa, NULL, 131, 0,
     "This is a test using a larger than block-size key and a larger than block-size data. The key needs to be hashed before being used by "
     "the HMAC algorithm.",
     152, "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"},
};

static const void *bytes_of(unsigned char byte, const char *text, size_t len, unsigned char *room)
{
    if (text)
        return text;
    memset(room, byte, len);
    return room;
}

Test(signature, agrees_with_rfc_4231)
{
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        unsigned char key[256], data[256];
        char text[SIGNATURE_CHARS + 1];
        cr_assert(signature_make(bytes_of(vectors[i].key_byte, vectors[i].key, vectors[i].key_len, key), vectors[i].key_len,
                                 bytes_of(vectors[i].data_byte, vectors[i].data, vectors[i].data_len, data), vectors[i].data_len, text));
        cr_assert_str_eq(text, vectors[i].hmac);
    }
}
