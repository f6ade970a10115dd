/*
 * What the sellers of the simulation know of their goods: what a platform's SKU is made of, what a unit costs, and when they come
 * to know it. A pure function of seed, shop and SKU, so that a copy sent hours later can be made again without keeping it.
 *
 * Of a hundred SKUs of a shop 2 are never mapped and have no cost, 5 are mapped when the history has been under way for a while
 * (from long ago on), 10 are bundles of 2 or 3 components, 10 have no mapping but a cost under their own name, 5 have a mapping
 * that expires, 3 one that was wrong at first; the others are mapped to one unit under another name. All bundles share the
 * shop's box.
 *
 * A unit costs 35 to 65 % of the price. Half of the costs change, once or twice: some changes are announced, some come to light
 * late; some costs expire, some are restated by a later revision of the same valid_from.
 */
#ifndef PRODUCERS_SIM_CATALOG_H
#define PRODUCERS_SIM_CATALOG_H

#include "producers/sim_shop.h"

#define SIM_CATALOG_ITEMS_MAX 32
#define SIM_COMPONENTS_MAX 3

/* What a thing is called. All but the platform's own name are canonical only. */
enum sim_good { GOOD_OWN, GOOD_ITEM, GOOD_PART_A, GOOD_PART_B, GOOD_BOX };

struct sim_component {
    enum sim_good good;
    int64_t quantity;
};

/* A version of something, as it is stated once. */
struct sim_catalog_item {
    enum event_kind kind;
    int64_t at_us; /* when it is stated; the revision */
    int64_t valid_from_us;
    int64_t valid_to_us; /* EVENT_ABSENT: open */
    enum sim_good good;  /* of costs and products */
    int64_t cost_minor;
    uint32_t component_count; /* of mappings */
    struct sim_component components[SIM_COMPONENTS_MAX];
    bool renamed; /* of products and shops */
};

/* By at_us, no two at the same one. */
struct sim_catalog_plan {
    uint32_t count;
    struct sim_catalog_item items[SIM_CATALOG_ITEMS_MAX];
};

struct sim_catalog_key {
    const struct sim_shop *shop;
    uint64_t seed;
    uint32_t sku; /* index; sku_count: the shop itself, and its box */
    int64_t start_us, end_us; /* of the history; what is known from the beginning is stated in the six hours before */
};

void sim_catalog_plan_make(const struct sim_catalog_key *key, struct sim_catalog_plan *ret_plan);

/* An event and all that its texts point into. */
struct sim_catalog_scratch {
    struct event event;
    struct sku_component components[SIM_COMPONENTS_MAX];
    char event_id[48], sku[40], names[SIM_COMPONENTS_MAX][40], text[64];
};

/* The item of that index as it is stated. Hashes are not filled. */
void sim_catalog_make(const struct sim_catalog_key *key, const struct sim_catalog_plan *plan, uint32_t index,
                      struct sim_catalog_scratch *ret_scratch);

#endif
