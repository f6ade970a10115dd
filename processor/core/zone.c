/*
 * Why this exists: which day a sale belongs to, and which rule was in force, must not depend on the machine's
 * clock or its time zone. The table of changes is all that is known here of a place.
 */
#include "core/zone.h"

#define SECOND_US INT64_C(1000000)
#define DAY_US (86400 * SECOND_US)

/* The last change at or before utc_us. change_us[0] is before everything. */
static size_t change_search(const struct zone *zone, int64_t utc_us)
{
    size_t low = 0, high = zone->count;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (zone->change_us[middle] <= utc_us)
            low = middle;
        else
            high = middle;
    }
    return low;
}

void zone_index(struct zone *zone)
{
    for (int64_t slot = 0; slot < ZONE_SLOT_COUNT; slot++) {
        int64_t from_us = ZONE_SLOTS_FROM_US + (slot << ZONE_SLOT_BITS);
        zone->slot_index[slot] = (uint16_t)change_search(zone, from_us);
    }
}

int32_t zone_offset_s(const struct zone *zone, int64_t utc_us)
{
    /* Times before the first slot wrap around to a slot far behind the last one. */
    uint64_t slot = ((uint64_t)utc_us - (uint64_t)ZONE_SLOTS_FROM_US) >> ZONE_SLOT_BITS;
    if (slot >= ZONE_SLOT_COUNT)
        return zone->offset_s[change_search(zone, utc_us)];
    size_t at = zone->slot_index[slot];
    while (at + 1 < zone->count && zone->change_us[at + 1] <= utc_us)
        at++;
    return zone->offset_s[at];
}

int32_t zone_day(const struct zone *zone, int64_t utc_us)
{
    /* The quotient is taken before the offset is added: the ends of the range must not overflow. */
    int64_t day = utc_us / DAY_US, rest_us = utc_us % DAY_US + zone_offset_s(zone, utc_us) * SECOND_US;
    return (int32_t)(day + (rest_us >= DAY_US) - (rest_us < 0) - (rest_us < -DAY_US));
}

/* Oracle-simple on purpose: it runs when rules are loaded, not per event. */
int64_t zone_to_utc_us(const struct zone *zone, int64_t local_us)
{
    for (size_t i = 0;; i++) {
        int64_t utc_us;
        if (__builtin_sub_overflow(local_us, zone->offset_s[i] * SECOND_US, &utc_us))
            utc_us = local_us < 0 ? INT64_MIN : INT64_MAX;
        if (i + 1 == zone->count || utc_us < zone->change_us[i + 1])
            return utc_us < zone->change_us[i] ? zone->change_us[i] : utc_us;
    }
}
