/*
 * The pieces that the truth's tables share.
 */
#ifndef PRODUCERS_SIM_JSON_H
#define PRODUCERS_SIM_JSON_H

#include <stdio.h>

#include "producers/simulator.h"

/* {"shop_id": ..., "currency": ..., "amount_scale": ... : the caller goes on and closes it. */
void sim_json_shop(const struct sim_shop *shop, FILE *out);
/* , "day": "2026-01-31" */
void sim_json_day(int32_t day, FILE *out);
/* , "name": value for each, and the closing brace. */
void sim_json_figures(const char *const *names, const int64_t *figures, int count, FILE *out);
/* {"reason": count, ...} of those that are not 0. */
void sim_json_reasons(const uint64_t *counts, FILE *out);

#endif
