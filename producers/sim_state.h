/*
 * The simulator's own: what its parts share. Nothing outside of producers/ includes it.
 */
#ifndef PRODUCERS_SIM_STATE_H
#define PRODUCERS_SIM_STATE_H

#include "producers/sim_catalog.h"
#include "producers/sim_queue.h"
#include "producers/sim_settlement.h"

#define SIM_ZONES_MAX 8

struct simulator {
    struct simulator_config config;
    struct random random;
    struct random money_random; /* of refunds and settlements, so that orders do not depend on there being any */
    struct random catalog_random; /* likewise */
    struct sim_shop *shops;
    struct tz_table zones[SIM_ZONES_MAX];
    const char *zone_names[SIM_ZONES_MAX];
    size_t zone_count;
    struct incident incidents[SIM_INCIDENTS_MAX];
    size_t incident_count;
    struct sim_queue queue;
    uint64_t next_number;
    uint64_t total_weight; /* of all hours of all shops */
    int64_t hour_us, end_us;
    struct sim_scratch scratch;
    struct sim_scratch sold; /* the order that a refund or a settlement is of */
    struct sim_refund_scratch refund;
    struct sim_settlement_scratch settlement;
    struct sim_catalog_scratch catalog;
    bool catalog_begun;
    enum reason pending_malformed; /* of the item handed out last */
    struct sim_item last;
    uint32_t malformed_turns[EVENT_KIND_COUNT];
};

/* sim_arrivals.c: what comes without anything before it. */

/* The weights of all hours of all shops, which have their zones and sizes. */
uint64_t sim_total_weight(const struct simulator *sim);
void sim_push_order(struct simulator *sim, uint32_t shop, int64_t created_us, bool live);
/* The first record of every SKU and shop of the catalog. */
void sim_push_catalog(struct simulator *sim);
/* Orders, ad spend and statements of the hour at hour_us, which it moves on. */
void sim_push_hour(struct simulator *sim);

/* An hour in slots, each with a chance of its own: arrivals are independent, as customers are. */
struct sim_slots {
    uint64_t count, each_millionths;
};
struct sim_slots sim_slots_of(uint64_t orders_millionths);
uint64_t sim_slot_draw(const struct sim_slots *slots, struct random *random);

/* sim_make.c: what an entry of the queue becomes, and what it entails. */

/* The event of the entry, in the simulator's memory until the next call. *ret_life is filled for orders; the others fill what is
 * theirs of *ret_item. */
const struct event *sim_make_event(struct simulator *sim, const struct sim_entry *entry, struct sim_life *ret_life,
                                   struct sim_item *ret_item);
/* The catalog's plan for the entry's SKU. */
void sim_plan_catalog(const struct simulator *sim, const struct sim_entry *entry, struct sim_catalog_key *ret_key,
                      struct sim_catalog_plan *ret_plan);
/* The next record of the catalog's plan. */
void sim_schedule_catalog(struct simulator *sim, const struct sim_entry *entry);
/* The next step of an order's life. */
void sim_schedule_next(struct simulator *sim, const struct sim_entry *entry, const struct sim_life *life);
/* The refunds and settlements of an order whose first record is at hand; late: it is put off. */
void sim_schedule_aftermath(struct simulator *sim, const struct sim_entry *entry, const struct sim_life *life, bool late);

#endif
