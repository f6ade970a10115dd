#include "producers/sim_exchange.h"

#include <string.h>

#define DAY_US INT64_C(86400000000)
#define PPB INT64_C(1000000000)
#define PRESENTED_PPM 200000

int64_t sim_rate_ppb(const struct sim_shop *shop, int64_t at_us)
{
    int64_t usual = strcmp(shop->currency, "GBP") == 0 ? 860000000 : 1080000000;
    return usual + usual / 10000 * (at_us / DAY_US * 7919 % 401 - 200); /* 2 % up and down, by no rule that one could guess */
}

/* Both have two decimals. Amounts are positive. */
static struct presentment in_euros(int64_t shops_minor, int64_t sold_rate_ppb, int64_t rate_ppb)
{
    return (struct presentment){.currency = text_of("EUR"),
                                .amount_scale = 2,
                                .total_minor = (shops_minor * PPB + sold_rate_ppb / 2) / sold_rate_ppb,
                                .rate_ppb = rate_ppb};
}

struct presentment sim_presented(const struct sim_order_key *key, const struct order *order)
{
    struct random random;
    random_seed(&random, key->seed ^ UINT64_C(0xe0f0), key->shop->number, key->number);
    if (strcmp(key->shop->platform, "shopify") != 0 || !random_chance(&random, PRESENTED_PPM))
        return (struct presentment){.total_minor = EVENT_ABSENT, .rate_ppb = EVENT_ABSENT};
    int64_t rate_ppb = sim_rate_ppb(key->shop, key->created_us);
    return in_euros(order->customer_total_minor, rate_ppb, rate_ppb);
}

struct presentment sim_presented_back(const struct sim_shop *shop, const struct presentment *sold, int64_t shops_minor, int64_t at_us)
{
    if (!sold->currency.ptr)
        return *sold;
    return in_euros(shops_minor, sold->rate_ppb, sim_rate_ppb(shop, at_us));
}
