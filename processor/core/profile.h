/*
 * What a value of a series should be at an hour of the day and on a day of the week: expected = (shift + hour[h]) + weekday[d], or
 * (shift + hour[h]) * (1 + weekday[d]) for values that are never negative: a busy day is busy in proportion.
 * Each part is an exponentially weighted mean of what the other leaves over; a part that was seen n times learns with weight
 * max(1 / (n + 1), floor), so the first values count alike and old ones fade afterwards; a weekday, which is told what its hour
 * left over, starts as if a day of zeros had been seen. 24 + 7 numbers learn a week's shape
 * from two weeks where 168 would need a quarter.
 *
 * Pointer-free; all zero is empty; its bytes are its snapshot. Parts are floats relative to shift, a double that follows the
 * level, so an offset of 1e8 costs no digits. Pure, no failure. Not thread-safe.
 */
#ifndef CORE_PROFILE_H
#define CORE_PROFILE_H

#include <stdbool.h>
#include <stdint.h>

#define PROFILE_HOURS 24
#define PROFILE_WEEKDAYS 7

/* When a value is of, in the zone that its people live in. */
struct profile_slot {
    uint8_t hour;    /* 0 .. 23 */
    uint8_t weekday; /* 0 .. 6, from Sunday */
};

struct profile {
    double shift;
    float hours[PROFILE_HOURS], weekdays[PROFILE_WEEKDAYS];
    uint16_t hour_counts[PROFILE_HOURS], weekday_counts[PROFILE_WEEKDAYS];
    uint16_t seen; /* hours with a count: the mean of theirs stands in for the others */
};

/* How fast the parts follow: the floors of their weights, at most 1. A weekday of 0: that part is not used. */
struct profile_pace {
    double hour, weekday;
    bool in_proportion;
};

double profile_expected(const struct profile *profile, const struct profile_pace *pace, struct profile_slot slot);

/* residual = value - profile_expected before the call, perhaps cut to what the caller thinks one value may teach. */
void profile_learn(struct profile *profile, const struct profile_pace *pace, struct profile_slot slot, double residual);

/* Moves shift to the mean of the hours, so that the parts stay small beside what they differ by. */
void profile_centre(struct profile *profile);

#endif
