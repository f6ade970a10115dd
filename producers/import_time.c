#include "producers/import_time.h"

#include <time.h>

#define SECOND_US INT64_C(1000000)

/* The bytes of a text, one after another. */
struct scan {
    const char *at, *end;
};

static bool take_char(struct scan *scan, char c)
{
    bool there = scan->at < scan->end && *scan->at == c;
    scan->at += there;
    return there;
}

/* A number of least to most digits. */
static bool take_number(struct scan *scan, int least, int most, int *ret_number)
{
    int number = 0, digits = 0;
    for (; digits < most && scan->at < scan->end && *scan->at >= '0' && *scan->at <= '9'; digits++)
        number = number * 10 + *scan->at++ - '0';
    *ret_number = number;
    return digits >= least;
}

/* "8:26:00", where the seconds may be missing if they may. */
static bool take_clock(struct scan *scan, bool seconds_required, int *ret_hour, int *ret_second_of_hour)
{
    int minute, second = 0;
    if (!take_number(scan, 1, 2, ret_hour) || !take_char(scan, ':') || !take_number(scan, 2, 2, &minute))
        return false;
    bool seconds = take_char(scan, ':');
    if (seconds ? !take_number(scan, 2, 2, &second) : seconds_required)
        return false;
    *ret_second_of_hour = minute * 60 + second;
    return *ret_hour <= 23 && minute <= 59 && second <= 59;
}

static bool make_local(int year, int month, int day, int second_of_day, int64_t *ret_local_us)
{
    struct tm date = {.tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day}, same = date;
    int64_t at_s = timegm(&same);
    if (year < 2000 || year > 2099 || same.tm_mon != date.tm_mon || same.tm_mday != date.tm_mday)
        return false;
    *ret_local_us = (at_s + second_of_day) * SECOND_US;
    return true;
}

static bool take_iso(struct scan *scan, int64_t *ret_local_us)
{
    int year, month, day, hour, rest;
    return take_number(scan, 4, 4, &year) && take_char(scan, '-') && take_number(scan, 2, 2, &month) && take_char(scan, '-') &&
           take_number(scan, 2, 2, &day) && (take_char(scan, ' ') || take_char(scan, 'T')) && take_clock(scan, true, &hour, &rest) &&
           make_local(year, month, day, hour * 3600 + rest, ret_local_us);
}

bool import_time_iso(struct text text, int64_t *ret_local_us)
{
    struct scan scan = {text.ptr, text.ptr + text.len};
    int64_t local_us;
    if (!take_iso(&scan, &local_us) || scan.at != scan.end)
        return false;
    *ret_local_us = local_us;
    return true;
}

static bool take_offset(struct scan *scan, int *ret_offset_s)
{
    int hours, minutes;
    *ret_offset_s = 0;
    (void)take_char(scan, ' '); /* some writers leave it out */
    if (take_char(scan, 'Z') || (take_char(scan, 'U') && take_char(scan, 'T') && take_char(scan, 'C')))
        return true;
    bool west = take_char(scan, '-');
    if ((!west && !take_char(scan, '+')) || !take_number(scan, 2, 2, &hours))
        return false;
    (void)take_char(scan, ':');
    if (!take_number(scan, 2, 2, &minutes) || hours > 15 || minutes > 59)
        return false;
    *ret_offset_s = (hours * 3600 + minutes * 60) * (west ? -1 : 1);
    return true;
}

bool import_time_offset(struct text text, int64_t *ret_utc_us)
{
    struct scan scan = {text.ptr, text.ptr + text.len};
    int64_t local_us;
    int offset_s;
    if (!take_iso(&scan, &local_us) || !take_offset(&scan, &offset_s) || scan.at != scan.end)
        return false;
    *ret_utc_us = local_us - offset_s * SECOND_US;
    return true;
}

static bool take_half_of_day(struct scan *scan, int *hour)
{
    if (!take_char(scan, ' '))
        return true;
    bool afternoon = take_char(scan, 'P') || take_char(scan, 'p');
    if (!afternoon && !take_char(scan, 'A') && !take_char(scan, 'a'))
        return false;
    if (*hour < 1 || *hour > 12)
        return false;
    *hour = *hour % 12 + (afternoon ? 12 : 0);
    return take_char(scan, 'M') || take_char(scan, 'm');
}

static bool take_date(struct scan *scan, int *ret_first, int *ret_second, int *ret_year)
{
    if (!take_number(scan, 1, 2, ret_first) || scan->at == scan->end)
        return false;
    char between = *scan->at;
    return (between == '/' || between == '-' || between == '.') && take_char(scan, between) && take_number(scan, 1, 2, ret_second) &&
           take_char(scan, between) && take_number(scan, 4, 4, ret_year);
}

bool import_time_slashed(struct text text, struct slash_time *ret_time)
{
    struct scan scan = {text.ptr, text.ptr + text.len};
    int first, second, year, hour, rest;
    if (!take_date(&scan, &first, &second, &year) || !take_char(&scan, ' ') || !take_clock(&scan, false, &hour, &rest) ||
        !take_half_of_day(&scan, &hour) || scan.at != scan.end)
        return false;
    *ret_time = (struct slash_time){(uint8_t)first, (uint8_t)second, (uint16_t)year, hour * 3600 + rest};
    return true;
}

bool import_date_slashed(struct text text, struct slash_time *ret_time)
{
    struct scan scan = {text.ptr, text.ptr + text.len};
    int first, second, year;
    if (!take_date(&scan, &first, &second, &year) || scan.at != scan.end)
        return false;
    *ret_time = (struct slash_time){(uint8_t)first, (uint8_t)second, (uint16_t)year, 0};
    return true;
}

bool import_date_iso(struct text text, int64_t *ret_local_us)
{
    struct scan scan = {text.ptr, text.ptr + text.len};
    int year, month, day;
    if (!take_number(&scan, 4, 4, &year) || scan.at == scan.end)
        return false;
    char between = *scan.at;
    return (between == '-' || between == '/') && take_char(&scan, between) && take_number(&scan, 1, 2, &month) &&
           take_char(&scan, between) && take_number(&scan, 1, 2, &day) && scan.at == scan.end &&
           make_local(year, month, day, 0, ret_local_us);
}

bool slash_time_local(struct slash_time time, bool month_first, int64_t *ret_local_us)
{
    return make_local(time.year, month_first ? time.first : time.second, month_first ? time.second : time.first, time.second_of_day,
                      ret_local_us);
}
