/*
 * Which bucket a time belongs to: an hour, a quarter of a day or a day on the clocks of the shop's zone. A day on which clocks change
 * has 23 or 25 hours; an hour is always one. And how wide the buckets of a key should be: where an hour sees too few events for
 * a verdict, a wider bucket still does. Pure.
 */
#ifndef CORE_BUCKET_CLOCK_H
#define CORE_BUCKET_CLOCK_H

#include <stdint.h>

#include "core/scorer.h"
#include "core/zone.h"

#define US_PER_HOUR INT64_C(3600000000)

enum bucket_width { WIDTH_HOUR, WIDTH_QUARTER, WIDTH_DAY, WIDTH_COUNT };

/* Nominal length. */
int64_t bucket_width_us(enum bucket_width width);

/* Bounds of the bucket at_us lies in: start inclusive, end exclusive. Buckets of one width and zone follow each other without gaps. */
struct bucket_span {
    int64_t start_us, end_us;
};
struct bucket_span bucket_span_at(const struct zone *zone, enum bucket_width width, int64_t at_us);

/* The width of a bucket by its bounds; clock changes make days of 23 and 25 hours. */
static inline enum bucket_width bucket_width_of_span(int64_t start_us, int64_t end_us)
{
    int64_t width_us = end_us - start_us;
    return width_us <= 2 * US_PER_HOUR ? WIDTH_HOUR : width_us <= 8 * US_PER_HOUR ? WIDTH_QUARTER : WIDTH_DAY;
}

struct profile_slot bucket_slot(const struct zone *zone, int64_t start_us);

/* The width for so many events an hour of a shop, or of a key within one, given the present width: a key that lies near a limit does not
 * go back and forth. */
enum bucket_width bucket_width_of(bool is_shop, double events_per_hour, enum bucket_width now);

#endif
