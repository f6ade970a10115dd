#include "producers/sim_shop.h"

#include <stdio.h>
#include <string.h>

#define HOUR_US INT64_C(3600000000)
#define DAY_US (24 * HOUR_US)

struct kind {
    const char *platform, *market, *currency, *zone_name;
    int32_t amount_scale;
    enum sim_charges charges;
    int64_t unit; /* minor units to a US cent, about */
};

static const struct kind kinds[] = {
    {"tiktok_shop", "US", "USD", "America/Los_Angeles", 2, SIM_TIKTOK_US, 1},
    {"shopify", "US", "USD", "America/New_York", 2, SIM_SHOPIFY_US, 1},
    {"tiktok_shop", "US", "USD", "America/New_York", 2, SIM_TIKTOK_US, 1},
    {"tokopedia", "ID", "IDR", "Asia/Jakarta", 0, SIM_NO_CHARGES, 160},
    {"shopify", "GB", "GBP", "Europe/London", 2, SIM_NO_CHARGES, 1},
};

static const struct {
    const char *category, *name;
} goods[] = {
    {"beauty", "Rose hand cream"},   {"beauty", "Lip balm set"},    {"home", "Linen tea towel"},
    {"home", "Beeswax candle"},      {"apparel", "Ribbed socks"},   {"apparel", "Cotton tote bag"},
    {"toys", "Wooden puzzle"},       {"kitchen", "Bamboo spatula"}, {"kitchen", "Enamel mug"},
    {"electronics", "USB-C cable"},
};

static void make_sku(struct sim_shop *shop, struct random *random, uint32_t index)
{
    static const int64_t cents[] = {499, 799, 999, 1299, 1499, 1999, 2499, 2999, 3999, 4999, 7999};
    struct sim_sku *sku = &shop->skus[index];
    size_t good = random_below(random, sizeof goods / sizeof *goods);
    (void)snprintf(sku->id, sizeof sku->id, "17%03u%08u", shop->number % 1000, 29000000 + index);
    (void)snprintf(sku->seller_id, sizeof sku->seller_id, "S%u-%03u", shop->number, index + 1);
    sku->category = goods[good].category;
    sku->name = goods[good].name;
    sku->price_minor = cents[random_below(random, sizeof cents / sizeof *cents)] * shop->unit;
    sku->weight = 1000 / (index + 3) + 1; /* a few best sellers, a long tail */
    shop->sku_weight += sku->weight;
}

void sim_shop_make(struct sim_shop *ret_shop, uint64_t seed, uint32_t number)
{
    /* Five of a kind each; all further ones are like the first, so that one default in the configuration fits them. */
    const struct kind *kind = &kinds[number <= sizeof kinds / sizeof *kinds ? number - 1 : 0];
    struct random random;
    random_seed(&random, seed, UINT64_C(0x5109), number);
    *ret_shop = (struct sim_shop){.number = number,
                                  .platform = kind->platform,
                                  .market = kind->market,
                                  .currency = kind->currency,
                                  .zone_name = kind->zone_name,
                                  .amount_scale = kind->amount_scale,
                                  .charges = kind->charges,
                                  .unit = kind->unit};
    (void)snprintf(ret_shop->id, sizeof ret_shop->id, "shop-%u", number);
    ret_shop->sku_count = (uint32_t)random_between(&random, 20, number <= 5 ? 60 : 40);
    for (uint32_t i = 0; i < ret_shop->sku_count; i++)
        make_sku(ret_shop, &random, i);
    ret_shop->campaign_count = (uint32_t)random_between(&random, 1, SIM_CAMPAIGNS_MAX - 1);
}

const struct sim_sku *sim_shop_sku(const struct sim_shop *shop, uint64_t draw)
{
    uint32_t i = 0;
    while (i + 1 < shop->sku_count && draw >= shop->skus[i].weight)
        draw -= shop->skus[i++].weight;
    return &shop->skus[i];
}

uint64_t sim_hour_weight(int64_t local_us, int64_t since_start_us)
{
    static const uint16_t hours[24] = {28, 18, 12, 10, 10, 14, 24, 36, 46, 54, 60, 66, 70, 68, 64, 62, 64, 70, 80, 92, 100, 96, 76, 48};
    static const uint16_t weekdays[7] = {118, 84, 86, 90, 96, 104, 112}; /* from Sunday */
    int64_t day = local_us / DAY_US;
    uint64_t trend = 1000 + (uint64_t)(since_start_us / DAY_US) * 3;
    return hours[local_us % DAY_US / HOUR_US] * (uint64_t)weekdays[(day + 4) % 7] * trend;
}

int32_t sim_offset_s(const struct tz_table *zone, int64_t utc_us)
{
    size_t low = 0, high = zone->count;
    while (high - low > 1) {
        size_t middle = (low + high) / 2;
        *(zone->change_us[middle] <= utc_us ? &low : &high) = middle;
    }
    return zone->offset_s[low];
}
