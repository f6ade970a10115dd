/*
 * Avro's binary form of one flat record is a dozen lines, and knows doubles, which events do not have: so this is not avro-c's matter. The
 * test reads the bytes back with avro-c under the schema.
 */
#include "schemas/alert_wire.h"

#include <string.h>

#include "schemas/schema_ids.h"

#define FIXED_BYTES_MAX 512 /* frame, numbers, lengths and branches of all fields */

bool alert_wire_id(int32_t *ret_id, struct err *err)
{
    return schema_ids_find("alerts", ret_id, err);
}

static uint8_t *put_long(uint8_t *at, int64_t value)
{
    uint64_t zigzag = (uint64_t)value << 1 ^ (uint64_t)(value >> 63);
    for (; zigzag >= 0x80; zigzag >>= 7)
        *at++ = (uint8_t)(zigzag | 0x80);
    *at++ = (uint8_t)zigzag;
    return at;
}

static uint8_t *put_text(uint8_t *at, struct text text)
{
    at = put_long(at, text.len);
    if (text.len)
        memcpy(at, text.ptr, text.len);
    return at + text.len;
}

static uint8_t *put_text_or_null(uint8_t *at, struct text text)
{
    return text.ptr ? put_text(put_long(at, 1), text) : put_long(at, 0);
}

static uint8_t *put_time_or_null(uint8_t *at, int64_t time_us)
{
    return time_us == EVENT_ABSENT ? put_long(at, 0) : put_long(put_long(at, 1), time_us);
}

static uint8_t *put_double(uint8_t *at, double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    for (int i = 0; i < 8; i++)
        *at++ = (uint8_t)(bits >> 8 * i);
    return at;
}

static uint8_t *put_frame(uint8_t *at, int32_t schema_id)
{
    *at++ = 0;
    for (int shift = 24; shift >= 0; shift -= 8)
        *at++ = (uint8_t)((uint32_t)schema_id >> shift);
    return at;
}

static uint8_t *put_what(uint8_t *at, const struct alert *alert)
{
    char id[ALERT_ID_CHARS + 1];
    alert_id_text(alert->id, id);
    at = put_text(at, (struct text){id, ALERT_ID_CHARS});
    at = put_text(at, alert->kind);
    at = put_text(at, alert->shop_id);
    at = put_text(at, alert->metric);
    at = put_text(at, alert->dimension);
    at = put_text(at, alert->key);
    at = put_text_or_null(at, alert->baseline);
    at = put_text(at, alert->status);
    at = put_text(at, alert->severity);
    at = put_text(at, alert->direction);
    at = put_text_or_null(at, alert->hypothesis);
    return put_text_or_null(at, alert->currency);
}

static uint8_t *put_figures(uint8_t *at, const struct alert *alert)
{
    at = put_long(at, alert->amount_scale);
    at = put_long(at, alert->revision);
    at = put_long(at, alert->since_us);
    at = put_time_or_null(at, alert->until_us);
    at = put_time_or_null(at, alert->closed_us);
    at = put_long(at, alert->width_us);
    at = put_double(at, alert->value);
    at = put_double(at, alert->expected);
    at = put_double(at, alert->lower);
    at = put_double(at, alert->upper);
    at = put_double(at, alert->z_calibrated);
    at = put_long(at, alert->bucket_count);
    at = put_long(at, alert->child_count);
    return put_long(at, alert->committed_us);
}

void alert_wire_write(const struct alert *alert, int32_t schema_id, struct arena *arena, const uint8_t **ret_bytes, size_t *ret_len)
{
    const struct text texts[] = {alert->kind,     alert->shop_id,  alert->metric,    alert->dimension,  alert->key,
                                 alert->baseline, alert->status,   alert->severity,  alert->direction,  alert->hypothesis,
                                 alert->currency};
    size_t room = FIXED_BYTES_MAX;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        room += texts[i].len;
    uint8_t *bytes = arena_alloc(arena, room);
    *ret_bytes = bytes;
    *ret_len = (size_t)(put_figures(put_what(put_frame(bytes, schema_id), alert), alert) - bytes);
}
