/*
 * The straight-line decoder itself, made from the tables of event_fields.h by the macros below. Included once for every kind
 * of machine: FAST_V3 says that AVX2 and BMI2 are there.
 *
 * One comparison guards several reads: as long as `at` is not beyond the limit, READ_BYTES from there are memory of ours.
 * That is enough for a text or a time and all that is read without asking up to the next one: numbers, booleans, indexes of
 * unions. The last bytes of a message are read from a padded copy, where a value that is cut off leaves `at` beyond `end`.
 *
 * `at` travels as a plain pointer, so that it stays in a register; NULL says that the event is not for us.
 */
#ifdef FAST_V3
#include <immintrin.h>
#elif defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "schemas/decode_fast.h"
#include "schemas/decode_value.h"
#include "schemas/utf8.h"

#define LIKELY(condition) __builtin_expect(!!(condition), 1)
#define INLINE static inline __attribute__((always_inline))
#define NOINLINE static __attribute__((noinline))

/* A text of 32 bytes and its length; what all other fields of an order, or of a line, take at most. */
#define TEXT_BYTES 33
#define READ_BYTES DECODE_FAST_READ_BYTES
#define FREE_BYTES (READ_BYTES - TEXT_BYTES)

struct frontier {
    const uint8_t *limit, *end;
    uintptr_t to_message; /* added to an address in the tail: the same byte in the message; 0 outside of the tail */
    const uint8_t *tail_end;
};

/* Called where at is beyond the limit: once on the way into the tail, and at the end of what cannot be read. */
NOINLINE const uint8_t *enter_tail(const uint8_t *at, struct frontier *frontier)
{
    if (frontier->to_message || at > frontier->end)
        return NULL;
    size_t left = (size_t)(frontier->end - at);
    frontier->to_message = (uintptr_t)frontier->end - (uintptr_t)frontier->tail_end;
    frontier->limit = frontier->end = frontier->tail_end;
    return frontier->end - left;
}

/* The tail is filled long before it is read: loads that follow upon stores of other widths would have to wait for them. */
INLINE const uint8_t *start(struct frontier *frontier, const uint8_t *bytes, size_t len, struct decode_tail *tail)
{
    frontier->tail_end = tail->bytes + READ_BYTES;
    frontier->end = bytes + len;
    frontier->to_message = 0;
    if (LIKELY(len >= READ_BYTES)) {
        frontier->limit = frontier->end - READ_BYTES;
        memcpy(tail->bytes, frontier->limit, READ_BYTES);
        return bytes;
    }
    memcpy(tail->bytes + READ_BYTES - len, bytes, len);
    return enter_tail(bytes, frontier);
}

/* Texts that are long, not plain or that must be refused. */
__attribute__((cold)) NOINLINE const uint8_t *other_text(const uint8_t *at, const struct frontier *frontier, enum field_kind kind,
                                   struct text *ret_text)
{
    struct cursor cursor = {at, frontier->end};
    if (read_field(&cursor, kind, ret_text))
        return NULL;
    ret_text->ptr = (const char *)((uintptr_t)ret_text->ptr + frontier->to_message);
    return cursor.at;
}

INLINE const uint8_t *make_room(const uint8_t *at, struct frontier *frontier)
{
    return LIKELY(at <= frontier->limit) ? at : enter_tail(at, frontier);
}

/* Whether the len bytes of a text are ASCII without NUL. Not plain to us: texts of more than 32 bytes. */
#ifdef FAST_V3
INLINE bool is_plain(const uint8_t *text, unsigned len)
{
    __m256i bytes = _mm256_loadu_si256((const __m256i *)(const void *)text);
    uint32_t plain = (uint32_t)_mm256_movemask_epi8(_mm256_cmpgt_epi8(bytes, _mm256_setzero_si256()));
    return !_bzhi_u64(~(uint64_t)plain, len);
}
#else
/* How many of the bytes from at on are, up to 16. */
INLINE unsigned plain_bytes(const uint8_t *at)
{
#ifdef __SSE2__
    __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)at);
    return (unsigned)__builtin_ctz(~(unsigned)_mm_movemask_epi8(_mm_cmpgt_epi8(bytes, _mm_setzero_si128())));
#else
    uint64_t first = utf8_not_plain(utf8_load8(at)), second = utf8_not_plain(utf8_load8(at + 8));
    return first ? (unsigned)__builtin_ctzll(first) / 8 : second ? 8 + (unsigned)__builtin_ctzll(second) / 8 : 16;
#endif
}

INLINE bool is_plain(const uint8_t *text, unsigned len)
{
    if (LIKELY(len <= plain_bytes(text)))
        return true;
    return len - 17 <= 32 - 17 && plain_bytes(text) == 16 && plain_bytes(text + len - 16) == 16;
}
#endif

/* Lengths are doubled on the wire (zigzag) and odd ones are negative. Less the smallest that is allowed, a good one has neither
 * the lowest bit nor the top one. Lengths above 32 bytes, and all that is not plain, are the business of other_text. The way
 * from one text to the next, load, shift, add, is what an event waits for: the barrier keeps the compiler from a slower
 * addition of three. */
INLINE const uint8_t *fast_text(const uint8_t *at, struct frontier *frontier, enum field_kind kind, struct text *ret_text)
{
    if (!(at = make_room(at, frontier)))
        return NULL;
    unsigned twice = *at, len = twice >> 1;
    const uint8_t *text = at + 1;
    __asm__("" : "+r"(text));
    if (!LIKELY(!((twice - (kind == FIELD_ID ? 2 : 0)) & 0x81) && is_plain(text, len)))
        return other_text(at, frontier, kind, ret_text);
    ret_text->ptr = (const char *)((uintptr_t)text + frontier->to_message);
    ret_text->len = len;
    return text + len;
}

/* The length 3 and three capitals: of the sums only bytes from 'A' on reach the top bit of the first, from '[' on of the second. */
INLINE const uint8_t *fast_currency(const uint8_t *at, struct frontier *frontier, struct text *ret_text)
{
    if (!(at = make_room(at, frontier)))
        return NULL;
    uint32_t word = at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
    uint32_t below_a = word + 0x3f3f3f00, above_z = word + 0x25252500;
    if (!LIKELY((word & 0x808080ff) == 6 && (below_a & ~above_z & 0x80808000) == 0x80808000))
        return NULL;
    ret_text->ptr = (const char *)((uintptr_t)at + 1 + frontier->to_message);
    ret_text->len = 3;
    return at + 4;
}

INLINE int64_t unzigzag(uint64_t raw)
{
    return (int64_t)(raw >> 1) ^ -(int64_t)(raw & 1);
}

/* The bits of low in eight bytes, the top bits of bytes squeezed out. */
INLINE uint64_t squeeze(uint64_t word, uint64_t low)
{
#ifdef FAST_V3
    return _pext_u64(word, low);
#else
    word &= low;
    word = (word & UINT64_C(0x007f007f007f007f)) | (word & UINT64_C(0x7f007f007f007f00)) >> 1;
    word = (word & UINT64_C(0x00003fff00003fff)) | (word & UINT64_C(0x3fff00003fff0000)) >> 2;
    return (word & UINT64_C(0x000000000fffffff)) | (word & UINT64_C(0x0fffffff00000000)) >> 4;
#endif
}

/* Numbers of up to eight bytes, most of which have one, two or three. None of them is EVENT_ABSENT. */
INLINE const uint8_t *fast_long(const uint8_t *at, int64_t *ret_value)
{
    uint64_t word = utf8_load8(at);
    if (LIKELY(!(word & 0x81))) {
        *ret_value = (int64_t)(word >> 1 & 0x3f);
        return at + 1;
    }
    if (LIKELY((word & 0x8080) == 0x80)) {
        *ret_value = unzigzag(squeeze(word, 0x7f7f));
        return at + 2;
    }
    if (LIKELY((word & 0x808080) == 0x8080)) {
        *ret_value = unzigzag(squeeze(word, 0x7f7f7f));
        return at + 3;
    }
    uint64_t ends = ~word & UTF8_HIGH_BITS;
    if (!ends)
        return NULL;
    *ret_value = unzigzag(squeeze(word, (ends ^ (ends - 1)) & ~UTF8_HIGH_BITS));
    return at + (__builtin_ctzll(ends) + 1) / 8;
}

/* A time between 2000 and 2100 has eight bytes, unless it is written in an odd way. Negative ones are odd before the rotation,
 * and larger than any behind it. */
INLINE const uint8_t *fast_time(const uint8_t *at, struct frontier *frontier, int64_t *ret_time_us)
{
    if (!(at = make_room(at, frontier)))
        return NULL;
    uint64_t word = utf8_load8(at), raw = squeeze(word, ~UTF8_HIGH_BITS), time_us = raw >> 1 | raw << 63;
    *ret_time_us = (int64_t)time_us;
    bool in_range = time_us - FIELD_TIME_US_MIN < (uint64_t)(FIELD_TIME_US_END - FIELD_TIME_US_MIN);
    return LIKELY((word & UTF8_HIGH_BITS) == UTF8_HIGH_BITS >> 8 && in_range) ? at + 8 : NULL;
}

#define TAKE(read)                                                                                           \
    if (!LIKELY(at = read))                                                                                  \
        return NULL;
#define TAKE_BYTE(refused)                                                                                   \
    byte = *at++;                                                                                            \
    if (!LIKELY(!(refused)))                                                                                 \
        return NULL;

#define FAST_ID(member) TAKE(fast_text(at, frontier, FIELD_ID, &(member)))
#define FAST_TEXT(member) TAKE(fast_text(at, frontier, FIELD_TEXT, &(member)))
#define FAST_CURRENCY(member) TAKE(fast_currency(at, frontier, &(member)))
#define FAST_LONG(member) TAKE(fast_long(at, &(member)))
#define FAST_TIME(member) TAKE(fast_time(at, frontier, &(member)))
#define FAST_SCALE(member)                                                                                   \
    TAKE_BYTE(byte > 2 * 9 || byte & 1)                                                                      \
    member = byte >> 1;
#define FAST_STATUS(member)                                                                                  \
    TAKE_BYTE(byte > 2 * (ORDER_STATUS_COUNT - 1) || byte & 1)                                               \
    member = (enum order_status)(byte >> 1);
#define FAST_RATE(member)                                                                                    \
    TAKE(fast_long(at, &(member)))                                                                 \
    if (member < 0 || member > FIELD_RATE_PPM_MAX)                                                           \
        return NULL;
#define FAST_BOOL(member)                                                                                    \
    TAKE_BYTE(byte > 1)                                                                                      \
    memcpy(&(member), &byte, 1); /* an assignment would mask it again */

#define ABSENT_ID(member) member = (struct text){0};
#define ABSENT_TEXT(member) member = (struct text){0};
#define ABSENT_LONG(member) member = EVENT_ABSENT;
#define ABSENT_TIME(member) member = EVENT_ABSENT;
#define ABSENT_RATE(member) member = -1;

#define WHEN_PRESENT(absent, present)                                                                        \
    byte = *at++;                                                                                            \
    if (!byte) {                                                                                             \
        absent                                                                                               \
    } else if (LIKELY(byte == 2)) {                                                                          \
        present                                                                                              \
    } else {                                                                                                 \
        return NULL;                                                                                         \
    }

#define FAST_REQUIRED(kind, member) FAST_##kind(member)
#define FAST_DEFAULTED(kind, member) FAST_##kind(member)
#define FAST_NULLABLE(kind, member) WHEN_PRESENT(ABSENT_##kind(member), FAST_##kind(member))

#define FAST_FIELD(name, kind, presence, member) FAST_##presence(kind, event->member)
#define FAST_LINE_FIELD(name, kind, presence, member) FAST_##presence(kind, line->member)
#define ABSENT_FIELD(name, kind, presence, member) ABSENT_##kind(event->member)

#define RECORD_REQUIRED(fields) fields(FAST_FIELD)
#define RECORD_NULLABLE(fields) WHEN_PRESENT(fields(ABSENT_FIELD), fields(FAST_FIELD))
#define RECORD_REPEATED(fields) TAKE(fast_lines(at, frontier, arena, &event->order))
#define FAST_RECORD(name, record, presence, fields) RECORD_##presence(fields)

#define ONE_BYTE(name, kind, presence, member) +1
#define LINE_BYTES_MIN (0 LINE_FIELDS(ONE_BYTE))

/* What is read of a field without asking. */
#define FREE_ID 0
#define FREE_TEXT 0
#define FREE_CURRENCY 0
#define FREE_TIME 0
#define FREE_SCALE 1
#define FREE_STATUS 1
#define FREE_BOOL 1
#define FREE_LONG 8
#define FREE_RATE 8
#define FREE_FIELD(name, kind, presence, member) +FREE_##kind + (FIELD_##presence == FIELD_NULLABLE)
#define FREE_RECORD_REQUIRED(fields) fields(FREE_FIELD)
#define FREE_RECORD_NULLABLE(fields) +1 fields(FREE_FIELD)
#define FREE_RECORD_REPEATED(fields) +FREE_LONG /* a line starts with a text */
#define FREE_RECORD(name, record, presence, fields) FREE_RECORD_##presence(fields)
_Static_assert((0 ORDER_FIELDS(FREE_FIELD, FREE_RECORD)) <= FREE_BYTES, "more is read without asking than there is room");

INLINE const uint8_t *fast_line(const uint8_t *at, struct frontier *frontier, struct order_line *line)
{
    uint8_t byte;
    LINE_FIELDS(FAST_LINE_FIELD)
    return at;
}

/* One block and the end of the array. */
INLINE const uint8_t *fast_lines(const uint8_t *at, struct frontier *frontier, struct arena *arena, struct order *order)
{
    int64_t count = 0;
    TAKE(fast_long(at, &count))
    if (count < 0 || count > EVENT_LINES_MAX || count * LINE_BYTES_MIN > frontier->end - at)
        return NULL;
    order->line_count = (uint32_t)count;
    order->lines = NULL;
    if (!count)
        return at;
    struct order_line *lines = arena_alloc(arena, (size_t)count * sizeof *lines), *end = lines + count;
    order->lines = lines;
    for (; lines < end; lines++) {
        TAKE(fast_line(at, frontier, lines))
    }
    return *at ? NULL : at + 1;
}

INLINE const uint8_t *fast_order(const uint8_t *at, struct frontier *frontier, struct arena *arena, struct event *event)
{
    uint8_t byte;
    ORDER_FIELDS(FAST_FIELD, FAST_RECORD)
    return at;
}

static bool decode_order(const uint8_t *bytes, size_t len, struct decode_tail *tail, struct arena *arena, struct event *ret_event)
{
    struct frontier frontier;
    const uint8_t *at = start(&frontier, bytes, len, tail);
    ret_event->kind = EVENT_ORDER;
    return fast_order(at, &frontier, arena, ret_event) == frontier.end;
}
