/*
 * Generated from the tables of event_fields.h by the macros below. Reads of eight bytes at a time are made only where eight
 * bytes are left; near the end of the message the careful readers of decode_value.h take over for a value.
 */
#include "schemas/decode_fast.h"

#include "schemas/decode_value.h"
#include "schemas/utf8.h"

#define LIKELY(condition) __builtin_expect(!!(condition), 1)
#define INLINE static inline __attribute__((always_inline))

INLINE bool slow_long(struct cursor *cursor, int64_t *ret_value)
{
    struct cursor copy = *cursor; /* a copy, so that the caller's cursor can stay in registers */
    if (read_long(&copy, ret_value))
        return false;
    *cursor = copy;
    return true;
}

/* Values of up to eight bytes by one load: the lowest byte without its top bit ends it; then squeeze out the top bits. */
INLINE bool fast_long(struct cursor *cursor, int64_t *ret_value)
{
    if (!LIKELY(cursor->end - cursor->at >= 8))
        return slow_long(cursor, ret_value);
    uint64_t word = utf8_load8(cursor->at);
    uint64_t ends = ~word & UTF8_HIGH_BITS;
    if (LIKELY((word & 0x80) == 0)) {
        word &= 0x7f;
        cursor->at++;
    } else if (LIKELY((word & 0x8000) == 0)) {
        word = (word & 0x7f) | (word >> 1 & 0x3f80);
        cursor->at += 2;
    } else {
        if (!ends)
            return false;
        word &= ends ^ (ends - 1);
        cursor->at += (__builtin_ctzll(ends) + 1) / 8;
        word = (word & UINT64_C(0x007f007f007f007f)) | (word & UINT64_C(0x7f007f007f007f00)) >> 1;
        word = (word & UINT64_C(0x00003fff00003fff)) | (word & UINT64_C(0x3fff00003fff0000)) >> 2;
        word = (word & UINT64_C(0x000000000fffffff)) | (word & UINT64_C(0x0fffffff00000000)) >> 4;
    }
    *ret_value = (int64_t)(word >> 1) ^ -(int64_t)(word & 1);
    return true;
}

INLINE bool fast_between(struct cursor *cursor, int64_t from, int64_t to, int64_t *ret_value)
{
    return fast_long(cursor, ret_value) && *ret_value >= from && *ret_value <= to;
}

/* Whether bytes[0..len) is ASCII without NUL; room: bytes that may be read, at least len. */
INLINE bool is_plain(const uint8_t *bytes, size_t len, size_t room)
{
    if (len >= 8) {
        uint64_t odd = utf8_not_plain(utf8_load8(bytes + len - 8));
        for (size_t at = 0; at + 8 < len; at += 8)
            odd |= utf8_not_plain(utf8_load8(bytes + at));
        return !odd;
    }
    if (!LIKELY(room >= 8))
        return false;
    uint64_t behind = ~UINT64_C(0) << 8 * len;
    return !utf8_not_plain((utf8_load8(bytes) & ~behind) | (UTF8_ONES & behind));
}

INLINE bool fast_text(struct cursor *cursor, size_t from, size_t to, struct text *ret_text)
{
    const uint8_t *at = cursor->at;
    size_t left = (size_t)(cursor->end - at);
    if (!LIKELY(left >= 2))
        return false;
    size_t len = at[0], head = 1;
    if (!LIKELY(len < 0x80)) {
        if (at[1] >= 0x80)
            return false;
        len = (len & 0x7f) | (size_t)at[1] << 7;
        head = 2;
    }
    if (len & 1)
        return false;
    len >>= 1;
    at += head;
    left -= head;
    if (!LIKELY(len <= left && len >= from && len <= to))
        return false;
    if (!LIKELY(is_plain(at, len, left)) && utf8_check(at, len))
        return false;
    *ret_text = (struct text){(const char *)at, (uint32_t)len};
    cursor->at = at + len;
    return true;
}

INLINE bool is_capital(char c)
{
    return c >= 'A' && c <= 'Z';
}

INLINE bool fast_currency(struct cursor *cursor, struct text *ret_text)
{
    const char *at = (const char *)cursor->at;
    if (!LIKELY(cursor->end - cursor->at >= 4) || at[0] != 6 || !is_capital(at[1]) || !is_capital(at[2]) ||
        !is_capital(at[3]))
        return false;
    *ret_text = (struct text){at + 1, 3};
    cursor->at += 4;
    return true;
}

/* A byte of its own: a boolean, or an index below 64 as its double. */
INLINE bool fast_byte(struct cursor *cursor, uint8_t to, uint8_t *ret_byte)
{
    if (!LIKELY(cursor->at < cursor->end))
        return false;
    *ret_byte = *cursor->at++;
    return *ret_byte <= to;
}

#define FAST_INT(from, to, member)                                                                           \
    if (!fast_between(&cursor, from, to, &number))                                                           \
        return false;                                                                                        \
    member = (int32_t)number;

#define FAST_ID(member)                                                                                      \
    if (!fast_text(&cursor, 1, EVENT_ID_BYTES_MAX, &member))                                                 \
        return false;
#define FAST_TEXT(member)                                                                                    \
    if (!fast_text(&cursor, 0, FIELD_TEXT_BYTES_MAX, &member))                                               \
        return false;
#define FAST_CURRENCY(member)                                                                                \
    if (!fast_currency(&cursor, &member))                                                                    \
        return false;
#define FAST_SCALE(member) FAST_INT(0, 9, member)
#define FAST_STATUS(member)                                                                                  \
    if (!fast_byte(&cursor, 2 * (ORDER_STATUS_COUNT - 1), &byte) || byte & 1)                                \
        return false;                                                                                        \
    member = (enum order_status)(byte >> 1);
#define FAST_LONG(member)                                                                                    \
    if (!fast_between(&cursor, INT64_MIN + 1, INT64_MAX, &member))                                           \
        return false;
#define FAST_TIME(member)                                                                                    \
    if (!fast_between(&cursor, FIELD_TIME_US_MIN, FIELD_TIME_US_END - 1, &member))                           \
        return false;
#define FAST_RATE(member) FAST_INT(0, FIELD_RATE_PPM_MAX, member)
#define FAST_BOOL(member)                                                                                    \
    if (!fast_byte(&cursor, 1, &byte))                                                                       \
        return false;                                                                                        \
    member = byte;

#define ABSENT_ID(member) member = (struct text){0};
#define ABSENT_TEXT(member) member = (struct text){0};
#define ABSENT_LONG(member) member = EVENT_ABSENT;
#define ABSENT_TIME(member) member = EVENT_ABSENT;
#define ABSENT_RATE(member) member = -1;

#define FAST_REQUIRED(kind, member) FAST_##kind(member)
#define FAST_DEFAULTED(kind, member) FAST_##kind(member)
#define FAST_NULLABLE(kind, member)                                                                          \
    if (!fast_byte(&cursor, 2, &byte) || byte & 1)                                                           \
        return false;                                                                                        \
    if (!byte) {                                                                                             \
        ABSENT_##kind(member)                                                                                \
    } else {                                                                                                 \
        FAST_##kind(member)                                                                                  \
    }

#define FAST_FIELD(name, kind, presence, member) FAST_##presence(kind, event->member)
#define FAST_LINE_FIELD(name, kind, presence, member) FAST_##presence(kind, line->member)
#define ABSENT_FIELD(name, kind, presence, member) ABSENT_##kind(event->member)

#define RECORD_REQUIRED(fields) fields(FAST_FIELD)
#define RECORD_NULLABLE(fields)                                                                              \
    if (!fast_byte(&cursor, 2, &byte) || byte & 1)                                                           \
        return false;                                                                                        \
    if (!byte) {                                                                                             \
        fields(ABSENT_FIELD)                                                                                 \
    } else {                                                                                                 \
        fields(FAST_FIELD)                                                                                   \
    }
#define RECORD_REPEATED(fields)                                                                              \
    if (!fast_lines(&cursor, arena, &event->order))                                                          \
        return false;
#define FAST_RECORD(name, record, presence, fields) RECORD_##presence(fields)

/* A field takes a byte at least. */
#define ONE_BYTE(name, kind, presence, member) +1
#define LINE_BYTES_MIN (0 LINE_FIELDS(ONE_BYTE))

INLINE bool fast_line(struct cursor *outer, struct order_line *line)
{
    struct cursor cursor = *outer;
    uint8_t byte = 0;
    LINE_FIELDS(FAST_LINE_FIELD)
    *outer = cursor;
    return true;
}

/* One block and the end of the array. */
INLINE bool fast_lines(struct cursor *cursor, struct arena *arena, struct order *order)
{
    int64_t count = 0;
    uint8_t end = 0;
    if (!fast_between(cursor, 0, EVENT_LINES_MAX, &count) || count > (cursor->end - cursor->at) / LINE_BYTES_MIN)
        return false;
    order->line_count = (uint32_t)count;
    order->lines = NULL;
    if (!count)
        return true;
    order->lines = arena_alloc(arena, (size_t)count * sizeof *order->lines);
    for (struct order_line *line = order->lines; line < order->lines + count; line++)
        if (!fast_line(cursor, line))
            return false;
    return fast_byte(cursor, 0, &end);
}

bool decode_fast_order(const uint8_t *bytes, size_t len, struct arena *arena, struct event *ret_event)
{
    struct event *event = ret_event;
    struct cursor cursor = {bytes, bytes + len};
    int64_t number = 0;
    uint8_t byte = 0;
    event->kind = EVENT_ORDER;
    ORDER_FIELDS(FAST_FIELD, FAST_RECORD)
    return cursor.at == cursor.end;
}
