/*
 * A shop's hours with labelled incidents, hour by hour, made of the simulator's own arrivals, orders and incidents: for judging
 * detectors at a known volume, where a whole history of events would be too much. A pure function of its arguments. The shop keeps
 * UTC hours.
 */
#ifndef PRODUCERS_SIM_HOURLY_H
#define PRODUCERS_SIM_HOURLY_H

#include "producers/sim_incident.h"
#include "producers/sim_shop.h"

struct sim_hourly {
    struct sim_shop shop;
    struct incident incidents[SIM_LABELLED_COUNT];
    struct random random;
    uint64_t seed, next_number;
    uint64_t orders_per_hour, weight_mean; /* on average over all hours */
    int64_t start_us, hour_us, end_us;
};

struct sim_hour {
    int64_t start_us;
    uint32_t orders;
    const int64_t *gross_minor; /* of each order, before discounts: the amounts that were given */
};

/* number >= 1: which shop. start_us: a midnight, UTC. days >= 21. */
void sim_hourly_start(struct sim_hourly *ret_stream, uint64_t seed, uint32_t number, uint32_t orders_per_hour, int64_t start_us,
                      uint32_t days);

#define SIM_HOUR_ORDERS_MAX 4096 /* of an hour; more are left out */

/* The next hour, gross_minor written to the caller's SIM_HOUR_ORDERS_MAX amounts; false at the end. */
bool sim_hourly_next(struct sim_hourly *stream, int64_t *gross_minor, struct sim_hour *ret_hour);

#endif
