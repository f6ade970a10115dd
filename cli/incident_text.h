/*
 * Incidents for people, or as one JSON object {"incidents": [...]}: times there as microseconds since 1970 UTC, money in minor units of the
 * shop's currency. Of each incident:
 *   shop_id, status, metric, dimension, key, severity, direction, revision, currency, amount_scale
 *   opened_at, last_at, closed_at (null while it is open)
 *   peak_at, width_us, value, expected, lower, upper, z_calibrated     the bucket that stood out most, and where one value may lie
 *   of_mean            the value lies within that range: it was the mean of several up to it that stood out
 *   bucket_count, child_count, hypothesis (or null)
 *   intact             the stored row is the one that was written
 *   series             null, or {start, width_us, values}: buckets as the warehouse has them now, null where there is nothing to divide
 *                      by; those wider than an hour keep to the shop's clocks, so that a day has 23 to 25 hours
 */
#ifndef CLI_INCIDENT_TEXT_H
#define CLI_INCIDENT_TEXT_H

#include <stdio.h>

#include "postgres/incident_load.h"
#include "rules/shop_policy.h"

struct incident_page {
    FILE *out;
    bool colour, unicode;         /* of the text */
    struct shop_policies *policies; /* whose zones the times are told in */
};

void incidents_print_text(const struct incident_page *page, const struct loaded_incidents *loaded);
void incidents_print_json(const struct incident_page *page, const struct loaded_incidents *loaded);

/* A value of a metric as people read it: money with its currency's decimals, counts, ratios. */
struct figure figure_metric(struct text metric, double value, int32_t amount_scale);

#endif
