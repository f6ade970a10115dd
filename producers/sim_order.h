/*
 * One order of the simulation: what is bought, and what becomes of it. A pure function of seed, shop, number and time of creation, so
 * that every revision of an order, and a copy of it sent hours later, can be made again without keeping it.
 */
#ifndef PRODUCERS_SIM_ORDER_H
#define PRODUCERS_SIM_ORDER_H

#include "producers/simulator.h"

#define SIM_STEPS_MAX 4
#define SIM_LINES_MAX 5

/* The stations of an order's life. */
struct sim_life {
    uint32_t steps;
    enum order_status status[SIM_STEPS_MAX];
    int64_t at_us[SIM_STEPS_MAX]; /* ascending */
};

/* An event and all that its texts point into. */
struct sim_scratch {
    struct event event;
    struct order_line lines[SIM_LINES_MAX];
    char event_id[64], order_id[40], buyer[40], line_ids[SIM_LINES_MAX][48];
    char account[24], campaign[32], campaign_name[48];
};

struct sim_order_key {
    const struct sim_shop *shop;
    uint64_t seed, number;
    int64_t created_us;
};

/* haste divides all waiting times (1: days, as in a history). */
void sim_life_make(const struct sim_order_key *key, bool single, int64_t haste, struct sim_life *ret_life);

/* The order as it stands at that step. incidents change prices; hashes are not filled. */
void sim_order_make(const struct sim_order_key *key, const struct sim_life *life, uint32_t step, bool single,
                    const struct incident *incidents, size_t incident_count, struct sim_scratch *ret_scratch);

/* What the lines of that order come to before discounts, without making the rest of it. */
int64_t sim_order_gross(const struct sim_order_key *key, const struct incident *incidents, size_t incident_count);

/* What a campaign spent in a local day, as first reported (0) or restated a day later (1). */
void sim_spend_make(const struct sim_shop *shop, uint64_t seed, uint32_t campaign, int32_t day, uint32_t restated, int64_t at_us,
                    const struct incident *incidents, size_t incident_count, struct sim_scratch *ret_scratch);

#endif
