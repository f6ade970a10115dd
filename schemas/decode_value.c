#include "schemas/decode_value.h"

#include "schemas/utf8.h"

/* The tenth byte holds one bit. */
enum reason read_long(struct cursor *cursor, int64_t *ret_value)
{
    uint64_t raw = 0;
    for (unsigned shift = 0; shift < 70; shift += 7) {
        if (cursor->at == cursor->end)
            return REASON_TRUNCATED;
        uint8_t byte = *cursor->at++;
        raw |= (uint64_t)(byte & 0x7f) << shift;
        if (byte >= 0x80)
            continue;
        if (shift == 63 && byte > 1)
            return REASON_BAD_VARINT;
        *ret_value = (int64_t)(raw >> 1) ^ -(int64_t)(raw & 1);
        return REASON_NONE;
    }
    return REASON_BAD_VARINT;
}

enum reason read_int(struct cursor *cursor, int32_t *ret_value)
{
    int64_t value = 0;
    enum reason reason = read_long(cursor, &value);
    if (reason)
        return reason;
    *ret_value = (int32_t)value;
    return value < INT32_MIN || value > INT32_MAX ? REASON_BAD_VARINT : REASON_NONE;
}

enum reason read_bool(struct cursor *cursor, bool *ret_value)
{
    if (cursor->at == cursor->end)
        return REASON_TRUNCATED;
    uint8_t byte = *cursor->at++;
    *ret_value = byte == 1;
    return byte > 1 ? REASON_BAD_BOOLEAN : REASON_NONE;
}

enum reason read_index(struct cursor *cursor, uint32_t count, uint32_t *ret_index)
{
    int64_t value = 0;
    enum reason reason = read_long(cursor, &value);
    if (reason)
        return reason;
    *ret_index = (uint32_t)value;
    return value < 0 || value >= (int64_t)count ? REASON_BAD_ENUM : REASON_NONE;
}

enum reason read_length(struct cursor *cursor, size_t *ret_len)
{
    int64_t len = 0;
    enum reason reason = read_long(cursor, &len);
    if (reason)
        return reason;
    if (len < 0 || len > EVENT_BYTES_MAX)
        return REASON_BAD_LENGTH;
    *ret_len = (size_t)len;
    return len > cursor->end - cursor->at ? REASON_TRUNCATED : REASON_NONE;
}

enum reason skip_bytes(struct cursor *cursor, size_t len)
{
    if (len > (size_t)(cursor->end - cursor->at))
        return REASON_TRUNCATED;
    cursor->at += len;
    return REASON_NONE;
}

enum reason read_block(struct cursor *cursor, int64_t *ret_count, const uint8_t **ret_end)
{
    enum reason reason = read_long(cursor, ret_count);
    *ret_end = NULL;
    if (reason || *ret_count >= 0)
        return reason;
    if (*ret_count == INT64_MIN)
        return REASON_BAD_LENGTH;
    *ret_count = -*ret_count;
    size_t size = 0;
    reason = read_length(cursor, &size);
    if (!reason)
        *ret_end = cursor->at + size;
    return reason;
}

static enum reason read_text(struct cursor *cursor, struct text *ret_text)
{
    size_t len = 0;
    enum reason reason = read_length(cursor, &len);
    if (reason)
        return reason;
    *ret_text = (struct text){(const char *)cursor->at, (uint32_t)len};
    cursor->at += len;
    return REASON_NONE;
}

static enum reason check_text(struct text text)
{
    return utf8_check((const uint8_t *)text.ptr, text.len);
}

static enum reason read_id(struct cursor *cursor, struct text *ret_text)
{
    enum reason reason = read_text(cursor, ret_text);
    if (reason)
        return reason;
    if (!ret_text->len)
        return REASON_EMPTY_ID;
    return ret_text->len > EVENT_ID_BYTES_MAX ? REASON_ID_TOO_LONG : check_text(*ret_text);
}

static enum reason read_limited_text(struct cursor *cursor, struct text *ret_text)
{
    enum reason reason = read_text(cursor, ret_text);
    if (reason)
        return reason;
    return ret_text->len > FIELD_TEXT_BYTES_MAX ? REASON_BAD_LENGTH : check_text(*ret_text);
}

static enum reason read_currency(struct cursor *cursor, struct text *ret_text)
{
    enum reason reason = read_text(cursor, ret_text);
    if (reason)
        return reason;
    for (uint32_t i = 0; i < ret_text->len; i++)
        if (ret_text->ptr[i] < 'A' || ret_text->ptr[i] > 'Z')
            return REASON_WRONG_CURRENCY;
    return ret_text->len == 3 ? REASON_NONE : REASON_WRONG_CURRENCY;
}

static enum reason read_int_between(struct cursor *cursor, int32_t from, int32_t to, enum reason otherwise,
                                    int32_t *ret_value)
{
    enum reason reason = read_int(cursor, ret_value);
    if (reason)
        return reason;
    return *ret_value < from || *ret_value > to ? otherwise : REASON_NONE;
}

static enum reason read_rate(struct cursor *cursor, int64_t *ret_rate_ppm)
{
    int32_t rate_ppm = 0;
    enum reason reason = read_int_between(cursor, 0, FIELD_RATE_PPM_MAX, REASON_IMPOSSIBLE_RATE, &rate_ppm);
    *ret_rate_ppm = rate_ppm;
    return reason;
}

static enum reason read_time(struct cursor *cursor, int64_t *ret_time_us)
{
    enum reason reason = read_long(cursor, ret_time_us);
    if (reason)
        return reason;
    return *ret_time_us < FIELD_TIME_US_MIN || *ret_time_us >= FIELD_TIME_US_END ? REASON_TIME_OUT_OF_RANGE : REASON_NONE;
}

static enum reason read_present_long(struct cursor *cursor, int64_t *ret_value)
{
    enum reason reason = read_long(cursor, ret_value);
    if (reason)
        return reason;
    return *ret_value == EVENT_ABSENT ? REASON_AMOUNT_OVERFLOW : REASON_NONE;
}

enum reason read_field(struct cursor *cursor, enum field_kind kind, void *ret_value)
{
    switch (kind) {
    case FIELD_ID:
        return read_id(cursor, ret_value);
    case FIELD_TEXT:
        return read_limited_text(cursor, ret_value);
    case FIELD_CURRENCY:
        return read_currency(cursor, ret_value);
    case FIELD_SCALE:
        return read_int_between(cursor, 0, 9, REASON_WRONG_SCALE, ret_value);
    case FIELD_LONG:
        return read_present_long(cursor, ret_value);
    case FIELD_TIME:
        return read_time(cursor, ret_value);
    case FIELD_RATE:
        return read_rate(cursor, ret_value);
    case FIELD_DAY:
        return read_int_between(cursor, FIELD_DAY_MIN, FIELD_DAY_END - 1, REASON_TIME_OUT_OF_RANGE, ret_value);
    case FIELD_HOUR:
        return read_int_between(cursor, 0, 23, REASON_TIME_OUT_OF_RANGE, ret_value);
    case FIELD_BOOL:
        return read_bool(cursor, ret_value);
    case FIELD_STATUS:
    case FIELD_KIND_COUNT:
        break;
    }
    return REASON_BAD_ENUM;
}

void set_absent(enum field_kind kind, void *ret_value)
{
    switch (kind) {
#define SET_ABSENT(id, c_type, absent, avro_type, logical)                                                   \
    case FIELD_##id:                                                                                         \
        *(c_type *)ret_value = absent;                                                                       \
        break;
        FIELD_KINDS(SET_ABSENT)
#undef SET_ABSENT
    case FIELD_KIND_COUNT:
        break;
    }
}
