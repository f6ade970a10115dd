/*
 * Buyers who pay in another currency than their shop books in: some of Shopify's, in euros. The rate moves by the day.
 */
#ifndef PRODUCERS_SIM_EXCHANGE_H
#define PRODUCERS_SIM_EXCHANGE_H

#include "producers/sim_order.h"

/* Units of the shop's currency for a euro on that day of UTC, in parts per billion. */
int64_t sim_rate_ppb(const struct sim_shop *shop, int64_t at_us);

/* What the order's buyer sees; none for most. */
struct presentment sim_presented(const struct sim_order_key *key, const struct order *order);

/* Of a refund of an order that was sold in euros: what the buyer gets back of so much in the shop's currency, as it was sold. */
struct presentment sim_presented_back(const struct sim_shop *shop, const struct presentment *sold, int64_t shops_minor, int64_t at_us);

#endif
