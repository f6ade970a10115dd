#include "cli/figures.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define PPM_DIGITS 6
#define DAY_S INT64_C(86400)
#define SECOND_US INT64_C(1000000)

__extension__ typedef __int128 wide;
__extension__ typedef unsigned __int128 unsigned_wide;

/* Writes backwards from the end: digits with a point before the last `decimals`, and a comma between thousands. */
static struct figure format_decimal(wide value, int decimals, int decimals_min)
{
    struct figure figure;
    char backwards[sizeof figure.text];
    size_t used = 0;
    unsigned_wide rest = value < 0 ? -(unsigned_wide)value : (unsigned_wide)value;
    for (; decimals > decimals_min && rest % 10 == 0; decimals--)
        rest /= 10;
    for (int at = 0; (rest || at <= decimals) && used + 4 < sizeof backwards; at++, rest /= 10) {
        if (at == decimals && decimals > 0)
            backwards[used++] = '.';
        else if (at > decimals && (at - decimals) % 3 == 0)
            backwards[used++] = ',';
        backwards[used++] = (char)('0' + (int)(rest % 10));
    }
    if (value < 0)
        backwards[used++] = '-';
    for (size_t i = 0; i < used; i++)
        figure.text[i] = backwards[used - 1 - i];
    figure.text[used] = '\0';
    return figure;
}

struct figure figure_money(int64_t amount_minor, int32_t amount_scale)
{
    return format_decimal(amount_minor, amount_scale, amount_scale);
}

struct figure figure_exact(int64_t base_minor, int64_t rate_ppm, int64_t more_minor, int64_t more_rate_ppm, int32_t amount_scale)
{
    return format_decimal((wide)base_minor * rate_ppm + (wide)more_minor * more_rate_ppm, amount_scale + PPM_DIGITS, amount_scale);
}

struct figure figure_rate(int64_t rate_ppm)
{
    struct figure figure = format_decimal(rate_ppm, PPM_DIGITS - 2, 0);
    (void)strcat(figure.text, " %"); /* an int64 leaves room */
    return figure;
}

/* Proleptic Gregorian; the era of 400 years and its days are of H. Hinnant's "chrono-compatible low-level date algorithms". */
static void civil_of(int64_t day, int64_t *ret_year, int *ret_month, int *ret_day)
{
    int64_t from_march = day + 719468, era = (from_march >= 0 ? from_march : from_march - 146096) / 146097;
    int64_t of_era = from_march - era * 146097;
    int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year + year / 4 - year / 100), month = (5 * of_year + 2) / 153;
    *ret_day = (int)(of_year - (153 * month + 2) / 5 + 1);
    *ret_month = (int)(month < 10 ? month + 3 : month - 9);
    *ret_year = year + era * 400 + (*ret_month <= 2);
}

struct figure figure_day(int32_t day)
{
    struct figure figure;
    int64_t year;
    int month, of_month;
    civil_of(day, &year, &month, &of_month);
    (void)snprintf(figure.text, sizeof figure.text, "%04" PRId64 "-%02d-%02d", year, month, of_month);
    return figure;
}

static int64_t floor_of(int64_t value, int64_t unit)
{
    return value / unit - (value % unit < 0);
}

struct figure figure_instant(int64_t at_us, const struct zone *zone)
{
    int64_t local_s = floor_of(at_us, SECOND_US) + (zone ? zone_offset_s(zone, at_us) : 0), day = floor_of(local_s, DAY_S);
    int second = (int)(local_s - day * DAY_S), micros = (int)(at_us - floor_of(at_us, SECOND_US) * SECOND_US);
    struct figure figure = figure_day((int32_t)day);
    size_t used = strlen(figure.text);
    used += (size_t)snprintf(figure.text + used, sizeof figure.text - used, " %02d:%02d:%02d", second / 3600, second / 60 % 60,
                             second % 60);
    if (micros)
        (void)snprintf(figure.text + used, sizeof figure.text - used, ".%06d", micros);
    return figure;
}

struct figure figure_boundary(int64_t at_us, const struct zone *zone)
{
    struct figure figure = figure_instant(at_us, zone);
    char *time = strstr(figure.text, " 00:00:00");
    if (time && !time[9])
        *time = '\0';
    return figure;
}
