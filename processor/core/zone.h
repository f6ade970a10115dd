/*
 * Local time of a place as a table of UTC offsets, so that business days and the validity of rules are pure functions.
 */
#ifndef CORE_ZONE_H
#define CORE_ZONE_H

#include <stddef.h>
#include <stdint.h>

#define ZONE_CHANGES_MAX 512

/* The years 2000 to 2100, in which events lie, cut into slots of 2^41 us: 25 days, so that few hold more than one change. */
#define ZONE_SLOT_BITS 41
#define ZONE_SLOTS_FROM_US INT64_C(946684800000000)
#define ZONE_SLOT_COUNT 1440

/* offset_s[i] (seconds east of UTC) holds from change_us[i] (inclusive) to change_us[i + 1]; change_us[0] is INT64_MIN.
 * slot_index is filled by zone_index; all zeros, it only makes looking up slower. */
struct zone {
    size_t count; /* at least 1 */
    int64_t change_us[ZONE_CHANGES_MAX];
    int32_t offset_s[ZONE_CHANGES_MAX];
    uint16_t slot_index[ZONE_SLOT_COUNT]; /* where the change in force at the start of the slot stands */
};

/* Makes look-ups of 2000 to 2100 cost the same few nanoseconds wherever they fall. Call when the changes are complete. */
void zone_index(struct zone *zone);

/* Seconds east of UTC in force at utc_us. */
int32_t zone_offset_s(const struct zone *zone, int64_t utc_us);

/* The local calendar day at utc_us, in days since 1970-01-01. */
int32_t zone_day(const struct zone *zone, int64_t utc_us);

/* The first instant of the local time given as microseconds since 1970 "on the wall"; a local time that a clock change
 * skips gives the instant of the change, one that happens twice its first occurrence. Local times beyond the range of
 * int64 give its ends. */
int64_t zone_to_utc_us(const struct zone *zone, int64_t local_us);

#endif
