/*
 * Figures as people read them: money with its decimals, rates in percent, instants in a zone. Results are values, for printf.
 */
#ifndef CLI_FIGURES_H
#define CLI_FIGURES_H

#include <stdint.h>

#include "core/zone.h"

struct figure {
    char text[72];
};

/* 123456 at scale 2: "1,234.56". Scales 0 to 9. */
struct figure figure_money(int64_t amount_minor, int32_t amount_scale);

/* base x rate + more x more_rate, before it is rounded: 5099 x 60000 ppm at scale 2 is "3.0594". All digits, no idle zeros behind
 * the scale's. */
struct figure figure_exact(int64_t base_minor, int64_t rate_ppm, int64_t more_minor, int64_t more_rate_ppm, int32_t amount_scale);

/* 60000: "6 %", 54500: "5.45 %". */
struct figure figure_rate(int64_t rate_ppm);

/* "2026-01-01 00:00:00" on the clocks of the zone; NULL: of UTC. Microseconds are left out where they are 0. */
struct figure figure_instant(int64_t at_us, const struct zone *zone);

/* The same, but only the day where it begins: what boundaries of validity mostly are. */
struct figure figure_boundary(int64_t at_us, const struct zone *zone);

/* "2026-01-01", of days since 1970-01-01. */
struct figure figure_day(int32_t day);

#endif
