/*
 * Why this exists: zone files end in the past or in 2037, and a ledger's zone must not. A cursor that never
 * passes the end of the text is the only thing that reads it.
 */
#include "common/tz_rule.h"

#define HOUR_S 3600
#define DAY_S 86400
#define OFFSET_HOURS_MAX 24
#define MOMENT_HOURS_MAX 167

struct cursor {
    const char *at, *end;
};

static bool take(struct cursor *cursor, char wanted)
{
    if (cursor->at == cursor->end || *cursor->at != wanted)
        return false;
    cursor->at++;
    return true;
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* "EST" or "<-03>": at least three characters. */
static bool skip_name(struct cursor *cursor)
{
    bool quoted = take(cursor, '<');
    const char *from = cursor->at;
    while (cursor->at < cursor->end &&
           (is_letter(*cursor->at) ||
            (quoted && (is_digit(*cursor->at) || *cursor->at == '+' || *cursor->at == '-'))))
        cursor->at++;
    return cursor->at - from >= 3 && (!quoted || take(cursor, '>'));
}

static bool read_number(struct cursor *cursor, int32_t min, int32_t max, int32_t *ret_number)
{
    int32_t number = 0;
    const char *from = cursor->at;
    while (cursor->at < cursor->end && is_digit(*cursor->at) && number <= max)
        number = number * 10 + (*cursor->at++ - '0');
    *ret_number = number;
    return cursor->at > from && number >= min && number <= max;
}

/* [+-]hh[:mm[:ss]] */
static bool read_seconds(struct cursor *cursor, int32_t hours_max, int32_t *ret_seconds)
{
    int32_t hours, minutes = 0, seconds = 0;
    bool negative = take(cursor, '-');
    if (!negative)
        (void)take(cursor, '+'); /* means nothing, and may stand there */
    if (!read_number(cursor, 0, hours_max, &hours))
        return false;
    if (take(cursor, ':') && !read_number(cursor, 0, 59, &minutes))
        return false;
    if (take(cursor, ':') && !read_number(cursor, 0, 59, &seconds))
        return false;
    *ret_seconds = hours * HOUR_S + minutes * 60 + seconds;
    if (negative)
        *ret_seconds = -*ret_seconds;
    return true;
}

/* West is positive in POSIX. */
static bool read_offset(struct cursor *cursor, int32_t *ret_east_s)
{
    int32_t west_s;
    if (!read_seconds(cursor, OFFSET_HOURS_MAX, &west_s) || west_s <= -DAY_S || west_s >= DAY_S)
        return false;
    *ret_east_s = -west_s;
    return true;
}

static bool read_day(struct cursor *cursor, struct tz_moment *moment)
{
    if (take(cursor, 'M')) {
        moment->kind = TZ_DAY_OF_WEEK;
        return read_number(cursor, 1, 12, &moment->month) && take(cursor, '.') &&
               read_number(cursor, 1, 5, &moment->week) && take(cursor, '.') &&
               read_number(cursor, 0, 6, &moment->day);
    }
    moment->kind = take(cursor, 'J') ? TZ_DAY_JULIAN : TZ_DAY_OF_YEAR;
    return read_number(cursor, moment->kind == TZ_DAY_JULIAN, 365, &moment->day);
}

static bool read_moment(struct cursor *cursor, struct tz_moment *ret_moment)
{
    *ret_moment = (struct tz_moment){.second = 2 * HOUR_S};
    return take(cursor, ',') && read_day(cursor, ret_moment) &&
           (!take(cursor, '/') || read_seconds(cursor, MOMENT_HOURS_MAX, &ret_moment->second));
}

bool tz_rule_parse(const char *text, size_t len, struct tz_rule *ret_rule)
{
    struct cursor cursor = {text, text + len};
    *ret_rule = (struct tz_rule){0};
    if (!skip_name(&cursor) || !read_offset(&cursor, &ret_rule->standard_s))
        return false;
    if (cursor.at == cursor.end)
        return true;
    if (!skip_name(&cursor))
        return false;
    ret_rule->has_daylight = true;
    ret_rule->daylight_s = ret_rule->standard_s + HOUR_S;
    if (cursor.at < cursor.end && *cursor.at != ',' && !read_offset(&cursor, &ret_rule->daylight_s))
        return false;
    return read_moment(&cursor, &ret_rule->daylight_from) && read_moment(&cursor, &ret_rule->daylight_to) &&
           cursor.at == cursor.end;
}

static bool is_leap(int32_t year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

int64_t tz_year_day(int32_t year)
{
    int64_t before = year - 1;
    return (before - 1969) * 365 + (before / 4 - 492) - (before / 100 - 19) + (before / 400 - 4);
}

static int32_t month_day(int32_t year, int32_t month)
{
    static const int32_t days[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365};
    return days[month - 1] + (month > 2 && is_leap(year));
}

/* Day of the year, 0 is the first of January. */
static int32_t moment_day(const struct tz_moment *moment, int32_t year)
{
    if (moment->kind == TZ_DAY_OF_YEAR)
        return moment->day;
    if (moment->kind == TZ_DAY_JULIAN)
        return moment->day - 1 + (moment->day > 59 && is_leap(year));
    int32_t first = month_day(year, moment->month);
    int32_t length = moment->month == 12 ? 31 : month_day(year, moment->month + 1) - first;
    int32_t weekday = (int32_t)((tz_year_day(year) + first + 4) % 7); /* 1970 began on a Thursday */
    int32_t day = (moment->day - weekday + 7) % 7 + 7 * (moment->week - 1);
    return first + (day < length ? day : day - 7);
}

void tz_rule_year(const struct tz_rule *rule, int32_t year, int64_t *ret_from_s, int64_t *ret_to_s)
{
    int64_t first = tz_year_day(year);
    int64_t from_day = first + moment_day(&rule->daylight_from, year);
    int64_t to_day = first + moment_day(&rule->daylight_to, year);
    *ret_from_s = from_day * DAY_S + rule->daylight_from.second - rule->standard_s;
    *ret_to_s = to_day * DAY_S + rule->daylight_to.second - rule->daylight_s;
}
