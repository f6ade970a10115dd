/*
 * The shops of the simulator: who they are, what they sell, when their customers buy. A pure function of seed and number.
 */
#ifndef PRODUCERS_SIM_SHOP_H
#define PRODUCERS_SIM_SHOP_H

#include "common/tz.h"
#include "producers/random.h"
#include "schemas/event.h"

#define SIM_SKUS_MAX 120
#define SIM_CAMPAIGNS_MAX 4
#define SIM_SHOPS_MAX 5000

/* How a shop is charged: what the truth computes fees by. */
enum sim_charges { SIM_TIKTOK_US, SIM_SHOPIFY_US, SIM_NO_CHARGES };

struct sim_sku {
    char id[24];
    char seller_id[24];
    const char *category;
    const char *name;
    int64_t price_minor;
    uint32_t weight; /* how often it is bought */
};

struct sim_shop {
    char id[24];
    uint32_t number; /* from 1 */
    const char *platform, *market, *currency, *zone_name;
    int32_t amount_scale;
    enum sim_charges charges;
    const struct tz_table *zone; /* shared by the shops of a zone, the simulation's */
    uint64_t size;           /* share of all orders, in any unit */
    struct sim_sku skus[SIM_SKUS_MAX];
    uint32_t sku_count, sku_weight;
    uint32_t campaign_count;
    int64_t campaign_spend_minor[SIM_CAMPAIGNS_MAX]; /* of an ordinary day */
    int64_t unit; /* a hundredth of a dollar's worth in minor units: prices are multiples of something sensible */
};

/* Fills all but zone, size and campaign spends. */
void sim_shop_make(struct sim_shop *ret_shop, uint64_t seed, uint32_t number);

/* The SKU that a draw of 0 .. sku_weight - 1 falls on. */
const struct sim_sku *sim_shop_sku(const struct sim_shop *shop, uint64_t draw);

/* How many orders an hour of that local time brings, relative to others; the product of hour, weekday and trend. */
uint64_t sim_hour_weight(int64_t local_us, int64_t since_start_us);

/* Seconds east of UTC at an instant. */
int32_t sim_offset_s(const struct tz_table *zone, int64_t utc_us);

#endif
