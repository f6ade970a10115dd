/*
 * The rule at the end of a TZif file: how clocks move after the last change that is written down, in the notation of POSIX
 * with the extensions of RFC 8536, as in "EST5EDT,M3.2.0,M11.1.0".
 */
#ifndef COMMON_TZ_RULE_H
#define COMMON_TZ_RULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum tz_day_kind { TZ_DAY_JULIAN, TZ_DAY_OF_YEAR, TZ_DAY_OF_WEEK };

/* One day of every year, and the second of it, counted from its midnight; may lie on another day. */
struct tz_moment {
    enum tz_day_kind kind;
    int32_t day;        /* JULIAN: 1..365, never 29 February; OF_YEAR: 0..365; OF_WEEK: 0 is Sunday */
    int32_t month, week; /* OF_WEEK: 1..12; 1..5, 5 is the last */
    int32_t second;
};

struct tz_rule {
    int32_t standard_s;  /* seconds east of UTC */
    int32_t daylight_s;
    bool has_daylight;   /* else the clocks stand still and the rest is zero */
    struct tz_moment daylight_from, daylight_to;
};

/* Reads text[0..len). false where it is no rule; ret_rule is undefined then. */
bool tz_rule_parse(const char *text, size_t len, struct tz_rule *ret_rule);

/* The instants (seconds since 1970 UTC) at which daylight time starts and ends in a year. */
void tz_rule_year(const struct tz_rule *rule, int32_t year, int64_t *ret_from_s, int64_t *ret_to_s);

/* Days since 1970-01-01 of the first of January. */
int64_t tz_year_day(int32_t year);

#endif
