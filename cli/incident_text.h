/*
 * Incidents for people, or as one JSON object: times there as microseconds since 1970 UTC, money in minor units of the shop's currency.
 */
#ifndef CLI_INCIDENT_TEXT_H
#define CLI_INCIDENT_TEXT_H

#include <stdio.h>

#include "postgres/incident_load.h"
#include "rules/shop_policy.h"

struct incident_page {
    FILE *out;
    bool colour, unicode;
    struct shop_policies *policies; /* whose zones the times are told in */
};

void incidents_print_text(const struct incident_page *page, const struct loaded_incidents *loaded);
void incidents_print_json(const struct loaded_incidents *loaded, FILE *out);

/* A value of a metric as people read it: money with its currency's decimals, counts, ratios. */
struct figure figure_metric(struct text metric, double value, int32_t amount_scale);

#endif
