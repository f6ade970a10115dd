#include "core/key_record.h"

#include <string.h>

#include "core/detector.h"

/* Of what config wants, a feed's own metrics; and the orders of a shop at any rate, because they tell whether it is alive. */
static bool holds(const struct detector_config *config, enum feed feed, enum dimension dimension, enum metric metric)
{
    const struct metric_rule *rule = metric_rule(metric);
    if (rule->feed != feed || !(rule->dimensions & 1u << dimension) || metric == METRIC_SOURCE_SILENT)
        return false;
    return config->metrics[metric].enabled[dimension] || (metric == METRIC_ORDERS && dimension == DIMENSION_SHOP);
}

/* Buckets that are open or have ended less than lateness ago. A day may have an hour less than its name says. */
static uint32_t ring_room(int64_t lateness_us, int64_t shortest_us)
{
    uint32_t room = (uint32_t)((lateness_us + shortest_us - 1) / shortest_us) + 1;
    return room < 2 ? 2 : room; /* the one that ends and the next */
}

static uint32_t place(struct key_layout *layout, uint32_t bytes)
{
    uint32_t at = layout->record_bytes;
    layout->record_bytes += (bytes + 7) / 8 * 8;
    return at;
}

bool key_layout_make(const struct detector_config *config, enum feed feed, enum dimension dimension, struct key_layout *ret_layout)
{
    struct key_layout layout = {0};
    bool wanted = dimension == DIMENSION_SHOP;
    (void)place(&layout, sizeof(struct key_record));
    if (dimension == DIMENSION_SHOP)
        layout.shop_at = place(&layout, sizeof(struct shop_part));
    for (int metric = 0; metric < METRIC_COUNT; metric++) {
        layout.slot_of[metric] = -1;
        if (!holds(config, feed, dimension, (enum metric)metric))
            continue;
        wanted = true;
        if (metric_rule((enum metric)metric)->per_event)
            layout.events_at[metric] = place(&layout, sizeof(struct event_series));
        else
            layout.slot_of[metric] = (int)layout.metric_count++;
    }
    layout.bucket_count = ring_room(detector_lateness_us(config, feed), (feed_is_daily(feed) ? 23 : 1) * US_PER_HOUR);
    layout.bucket_bytes = (uint32_t)(sizeof(struct bucket) + layout.metric_count * sizeof(struct told));
    layout.bucket_at = place(&layout, layout.bucket_bytes * layout.bucket_count);
    for (int metric = 0; metric < METRIC_COUNT; metric++) {
        int slot = layout.slot_of[metric];
        if (slot < 0)
            continue;
        layout.metrics[slot] = (enum metric)metric;
        layout.shown[slot] = config->metrics[metric].enabled[dimension];
        layout.scorer_bytes[slot] = (uint32_t)scorer_bytes(&config->metrics[metric].scorer);
        layout.series_at[slot] = place(&layout, (uint32_t)sizeof(struct series) + layout.scorer_bytes[slot]);
    }
    *ret_layout = layout;
    return wanted;
}

static struct bucket *clear(const struct key_layout *layout, struct bucket *bucket, struct bucket_span span)
{
    memset(bucket, 0, layout->bucket_bytes);
    bucket->start_us = span.start_us;
    bucket->end_us = span.end_us;
    return bucket;
}

void key_ring_begin(const struct key_layout *layout, struct key_record *record, struct bucket_span span)
{
    record->head = 0;
    record->count = 1;
    (void)clear(layout, key_bucket(layout, record, 0), span);
}

struct bucket *key_ring_open(const struct key_layout *layout, struct key_record *record, struct bucket_span span)
{
    record->count++;
    return clear(layout, key_newest(layout, record), span);
}

void key_ring_drop_oldest(const struct key_layout *layout, struct key_record *record)
{
    record->head = (uint8_t)(record->head + 1u == layout->bucket_count ? 0 : record->head + 1u);
    record->count--;
}
