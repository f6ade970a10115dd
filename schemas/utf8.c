#include "schemas/utf8.h"

/* Length of the sequence at bytes[0..left), 0 where it is none. Table 3-7 of the Unicode standard. */
static size_t sequence_len(const uint8_t *bytes, size_t left)
{
    uint8_t lead = bytes[0], low = 0x80, high = 0xbf;
    size_t len = lead < 0x80 ? 1 : lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
    if (len <= 1)
        return len;
    if (lead == 0xe0)
        low = 0xa0;
    else if (lead == 0xed)
        high = 0x9f;
    else if (lead == 0xf0)
        low = 0x90;
    else if (lead == 0xf4)
        high = 0x8f;
    if (left < len || bytes[1] < low || bytes[1] > high)
        return 0;
    for (size_t i = 2; i < len; i++)
        if ((bytes[i] & 0xc0) != 0x80)
            return 0;
    return len;
}

enum reason utf8_check(const uint8_t *bytes, size_t len)
{
    size_t at = 0;
    while (at < len) {
        if (len - at >= 8 && !utf8_not_plain(utf8_load8(bytes + at))) {
            at += 8;
            continue;
        }
        size_t step = sequence_len(bytes + at, len - at);
        if (!step)
            return REASON_BAD_UTF8;
        if (!bytes[at])
            return REASON_NUL_IN_STRING;
        at += step;
    }
    return REASON_NONE;
}
