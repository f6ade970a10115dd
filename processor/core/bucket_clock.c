#include "core/bucket_clock.h"

#define SECOND_US INT64_C(1000000)
#define US_PER_DAY (24 * US_PER_HOUR)
#define SUNDAY_US (-(INT64_C(1000000) * 7 + 4) * US_PER_DAY) /* 1970-01-01 was a Thursday */

/* Events an hour from which a width is fine enough, and how far beyond a limit a change needs to be. The means over 3 and 15 buckets add
 * hours up already: at 2 an hour hourly buckets find more than wider ones, which straddle an incident (tests/bench/bench_incidents.c). Where
 * most hours are empty there is nothing to be seen by the hour, and below seven a day neither by the quarter. Keys within a shop are so many
 * that judging each by the hour would cost more than all else: theirs are the limits below which an hour alone tells nothing. */
static const double rate_min[2][WIDTH_COUNT] = {{2, 0.3, 0}, {6, 1, 0}};
#define RATE_MARGIN 1.5

int64_t bucket_width_us(enum bucket_width width)
{
    static const int64_t hours[WIDTH_COUNT] = {1, 6, 24};
    return hours[width] * US_PER_HOUR;
}

static int64_t floor_to(int64_t value, int64_t step)
{
    int64_t rest = value % step;
    return value - rest - (rest < 0 ? step : 0);
}

/* Hours go on through a change of clocks: only what an offset has beyond whole hours moves where they begin. */
static struct bucket_span hour_at(const struct zone *zone, int64_t at_us)
{
    int64_t beyond_us = zone_offset_s(zone, at_us) % 3600 * SECOND_US;
    int64_t start_us = floor_to(at_us + beyond_us, US_PER_HOUR) - beyond_us;
    return (struct bucket_span){start_us, start_us + US_PER_HOUR};
}

/* The instant at which the clocks show local_us, where hint_us lies less than two days from it. */
static int64_t instant_of(const struct zone *zone, int64_t local_us, int64_t hint_us)
{
    int64_t at_us = local_us - zone_offset_s(zone, hint_us) * SECOND_US;
    return local_us - zone_offset_s(zone, at_us) * SECOND_US;
}

struct bucket_span bucket_span_at(const struct zone *zone, enum bucket_width width, int64_t at_us)
{
    if (width == WIDTH_HOUR)
        return hour_at(zone, at_us);
    int64_t width_us = bucket_width_us(width);
    int64_t local_us = floor_to(at_us + zone_offset_s(zone, at_us) * SECOND_US, width_us);
    struct bucket_span span = {instant_of(zone, local_us, at_us), instant_of(zone, local_us + width_us, at_us)};
    /* Where clocks change at the very edge, the wall shows the edge twice or never: at_us must lie inside all the same. */
    if (span.start_us > at_us)
        span = (struct bucket_span){instant_of(zone, local_us - width_us, at_us), span.start_us};
    if (span.end_us <= at_us)
        span = (struct bucket_span){span.end_us, instant_of(zone, local_us + 2 * width_us, at_us)};
    return span;
}

struct profile_slot bucket_slot(const struct zone *zone, int64_t start_us)
{
    int64_t local_us = start_us + zone_offset_s(zone, start_us) * SECOND_US;
    /* From a Sunday before every time there is, so that nothing is negative and remainders are plain. */
    uint32_t hours = (uint32_t)((uint64_t)(local_us - SUNDAY_US) / (uint64_t)US_PER_HOUR);
    return (struct profile_slot){.hour = (uint8_t)(hours % 24), .weekday = (uint8_t)(hours / 24 % 7)};
}

static enum bucket_width width_at(bool is_shop, double events_per_hour, double factor)
{
    int width = WIDTH_HOUR;
    while (events_per_hour < rate_min[!is_shop][width] * factor)
        width++;
    return (enum bucket_width)width;
}

enum bucket_width bucket_width_of(bool is_shop, double events_per_hour, enum bucket_width now)
{
    enum bucket_width finest = width_at(is_shop, events_per_hour, 1 / RATE_MARGIN);
    enum bucket_width coarsest = width_at(is_shop, events_per_hour, RATE_MARGIN);
    return now < finest ? finest : now > coarsest ? coarsest : now;
}
