/*
 * Times as exports write them. "Local" are microseconds since 1970 on a wall clock of some zone. Only times that a calendar has are read.
 */
#ifndef PRODUCERS_IMPORT_TIME_H
#define PRODUCERS_IMPORT_TIME_H

#include "schemas/event.h"

/* "2010-12-01 08:26:00", or with a T between; 2000 to 2099. */
bool import_time_iso(struct text text, int64_t *ret_local_us);

/* "2024-03-18 23:59:59 -0400", "...-04:00" or "...Z": as UTC. */
bool import_time_offset(struct text text, int64_t *ret_utc_us);

/* A date whose first two numbers are day and month, or month and day. */
struct slash_time {
    uint8_t first, second;
    uint16_t year;
    int32_t second_of_day;
};

/* "03/31/2026 11:59:59 PM", "31/03/2026 23:59:59", "31/03/2026 23:59"; also with '-' or '.' between the numbers of the date. */
bool import_time_slashed(struct text text, struct slash_time *ret_time);

/* Without a time of day: "2026-03-31" or "2026/03/31", and "03/31/2026"; the day's first instant. */
bool import_date_iso(struct text text, int64_t *ret_local_us);
bool import_date_slashed(struct text text, struct slash_time *ret_time);

/* The time on the wall; false where there is no such day. */
bool slash_time_local(struct slash_time time, bool month_first, int64_t *ret_local_us);

#endif
