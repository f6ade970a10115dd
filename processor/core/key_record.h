/*
 * What is kept of one key, as bytes without pointers: a record is
 *
 *   struct key_record | shop_part of a shop | ring of open buckets | struct series and scorer per bucket metric | event_series per event metric
 *
 * where each bucket is a struct bucket and a struct told per bucket metric. Which metrics there are, the configuration says per
 * dimension: all records of a dimension have one layout and one size, and lie in one pool.
 *
 * The ring holds the buckets that may still change, contiguous in time: the newest is the one the watermark lies in, older ones have
 * ended less than the lateness ago. What falls out of the ring has been judged for good and is in the scorers.
 */
#ifndef CORE_KEY_RECORD_H
#define CORE_KEY_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "core/bucket_clock.h"
#include "core/event_series.h"
#include "core/gate.h"
#include "core/metric.h"

struct detector_config;

struct key_record {
    uint64_t hash;       /* of shop and key; unique in its dimension. A record that is free has no text and lives not */
    int64_t last_us;     /* newest value */
    int64_t first_us;    /* buckets that began at or before it were not seen whole: they are left out */
    uint32_t number;     /* its own, in its pool */
    uint32_t shop;       /* its number in the shop table */
    uint32_t text_at;    /* in the dimension's texts */
    uint16_t text_len;
    uint16_t whole_days; /* that rate is the mean of */
    float rate;          /* events an hour */
    float day_events;    /* since the local day began */
    float usual[PART_COUNT]; /* fading sums of what closed buckets held: how a sum is usually made up */
    uint8_t live;        /* 0: a free record */
    uint8_t width;       /* enum bucket_width, of the newest bucket */
    uint8_t head, count; /* of the ring: head is the oldest */
};

/* Whether a shop's source is alive (core/silence.c). */
struct shop_part {
    double missed;             /* events expected in the empty buckets that came last */
    int64_t from_us, to_us;    /* the last silence: from the last event before it to the first after; to_us INT64_MAX while it lasts */
    int64_t opened_us;         /* start of its first empty bucket: the incident's identity */
    int64_t declared_us;       /* up to when nothing had come when it was told */
    double opened_missed;
    uint32_t revision;         /* of its incident */
    uint32_t empty;            /* buckets in a row */
    uint32_t whole;            /* buckets seen so far, at most UINT32_MAX */
    bool silent;
};

struct bucket {
    int64_t start_us, end_us;
    double sums[PART_COUNT];
};

/* What the world was told of a bucket and metric. */
struct told {
    uint32_t tellings : 31, withdrawn : 1;
    uint32_t digest;
};

/* Before each scorer. */
struct series {
    struct gate gate;
    uint32_t incident; /* + 1, in the detector's book of incidents; 0: it never had one */
    uint32_t width;    /* + 1, of the buckets that the scorer has learnt; 0: none */
};

struct key_layout {
    uint32_t record_bytes;
    uint32_t shop_at, bucket_at, bucket_bytes, bucket_count;
    uint32_t metric_count;
    enum metric metrics[METRIC_COUNT];   /* per bucket, in this order */
    uint32_t series_at[METRIC_COUNT], scorer_bytes[METRIC_COUNT];
    bool shown[METRIC_COUNT];            /* false: learnt, but never told */
    uint32_t events_at[METRIC_COUNT];    /* by enum metric; 0: no such event metric here */
    int slot_of[METRIC_COUNT];           /* by enum metric: its place in metrics; -1: none */
};

/* The layout of a dimension's records in a feed. False where nothing of it is wanted. */
bool key_layout_make(const struct detector_config *config, enum feed feed, enum dimension dimension, struct key_layout *ret_layout);

static inline struct bucket *key_bucket(const struct key_layout *layout, const struct key_record *record, unsigned place)
{
    unsigned at = record->head + place;
    at = at < layout->bucket_count ? at : at - layout->bucket_count;
    return (struct bucket *)(void *)((char *)record + layout->bucket_at + (size_t)at * layout->bucket_bytes);
}

static inline struct bucket *key_newest(const struct key_layout *layout, const struct key_record *record)
{
    return key_bucket(layout, record, record->count - 1u);
}

static inline struct told *bucket_told(struct bucket *bucket, unsigned slot)
{
    return (struct told *)(void *)(bucket + 1) + slot;
}

static inline struct series *key_series(const struct key_layout *layout, const struct key_record *record, unsigned slot)
{
    return (struct series *)(void *)((char *)record + layout->series_at[slot]);
}

static inline struct scorer *series_scorer(struct series *series)
{
    return (struct scorer *)(void *)(series + 1);
}

static inline struct shop_part *key_shop_part(const struct key_layout *layout, const struct key_record *record)
{
    return (struct shop_part *)(void *)((char *)record + layout->shop_at);
}

static inline struct event_series *key_events(const struct key_layout *layout, const struct key_record *record, enum metric metric)
{
    return (struct event_series *)(void *)((char *)record + layout->events_at[metric]);
}

/* Empties the ring and begins it with the bucket at_us lies in. */
void key_ring_begin(const struct key_layout *layout, struct key_record *record, struct bucket_span span);

/* The next bucket, empty; the ring has room. */
struct bucket *key_ring_open(const struct key_layout *layout, struct key_record *record, struct bucket_span span);
void key_ring_drop_oldest(const struct key_layout *layout, struct key_record *record);

#endif
