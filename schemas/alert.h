/*
 * An alert: one change of one anomaly or incident, whole, as it goes to the topic and to the webhook. Plain values; texts are borrowed.
 */
#ifndef SCHEMAS_ALERT_H
#define SCHEMAS_ALERT_H

#include "schemas/event.h"

struct alert {
    struct hash128 id;       /* the same for the same change of the same thing, however often it is told, in every database */
    struct text kind;        /* "anomaly", "incident" */
    struct text shop_id, metric, dimension, key;
    struct text baseline;    /* of an anomaly; absent of an incident */
    struct text status;      /* raised, withdrawn; open, recovered, new_normal, withdrawn */
    struct text severity, direction;
    struct text hypothesis;  /* may be absent */
    struct text currency;    /* may be absent: the shop has had no order */
    int32_t amount_scale;    /* money metrics are in minor units of the currency */
    int32_t revision;        /* of an incident, or edits of an anomaly: the largest stands */
    int64_t since_us;        /* start of the first bucket, or the event's time */
    int64_t until_us;        /* end of the last bucket so far; EVENT_ABSENT of a single event */
    int64_t closed_us;       /* EVENT_ABSENT: open, or an anomaly */
    int64_t width_us;        /* of a bucket; 0: single events */
    double value, expected, lower, upper, z_calibrated;
    int32_t bucket_count, child_count; /* of an incident, else 0 */
    int64_t committed_us;    /* when it was written into the warehouse */
};

#define ALERT_ID_CHARS 32

/* The id as lower-case hexadecimal digits. */
static inline void alert_id_text(struct hash128 id, char ret_text[ALERT_ID_CHARS + 1])
{
    static const char digits[] = "0123456789abcdef";
    for (int i = 0; i < ALERT_ID_CHARS; i++) {
        uint64_t half = i < 16 ? id.hi : id.lo;
        ret_text[i] = digits[half >> (60 - i % 16 * 4) & 15];
    }
    ret_text[ALERT_ID_CHARS] = '\0';
}

#endif
