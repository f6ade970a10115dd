/*
 * What goes wrong in the simulation: prices, orders and ad spend that the detectors should notice.
 */
#ifndef PRODUCERS_SIM_INCIDENT_H
#define PRODUCERS_SIM_INCIDENT_H

#include "producers/simulator.h"

/* Fills config->incidents of them, spread over the second half, when baselines are warm, in the larger shops. */
void sim_incidents_make(const struct simulator_config *config, const struct sim_shop *shops, struct random *random,
                        struct incident *ret_incidents);

/* What a shop's orders of that hour are multiplied by, in ppm. */
int64_t sim_order_factor(const struct incident *incidents, size_t count, uint32_t shop, int64_t hour_us);

/* One drop to 30 % for 6 h, one spike of 2.5 times for 3 h and one price error of all SKUs to a fifth for 4 h, at any hour of the last
 * two thirds of the days, at least four days from one another: ret_incidents[0 .. SIM_LABELLED_COUNT). */
#define SIM_LABELLED_COUNT 3
void sim_incidents_labelled(uint32_t shop, int64_t start_us, uint32_t days, struct random *random, struct incident *ret_incidents);

#endif
