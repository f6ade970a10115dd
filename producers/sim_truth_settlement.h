/*
 * What was settled: per shop and statement the lines, their total and its parts by class, every transaction once. And what was
 * charged beyond the rules, order by order.
 *
 * Classes: gross, seller_discount, refund (of the gross, less the discount that it gives back), shipping, platform_fee
 * (referral), refund_admin_fee, affiliate, adjustment (cases too), unknown; all of a payment for ads is ads, all of a reserve is
 * reserve. Signed as the lines are: positive to the seller.
 */
#ifndef PRODUCERS_SIM_TRUTH_SETTLEMENT_H
#define PRODUCERS_SIM_TRUTH_SETTLEMENT_H

#include <stdio.h>

#include "producers/simulator.h"

struct sim_settlement_truth;

/* NULL when memory is out; later calls abort then. */
struct sim_settlement_truth *sim_settlement_truth_new(void);
void sim_settlement_truth_free(struct sim_settlement_truth *truth);

/* One item as it is sent: settlements, and refunds, of which it knows how many an order has; malformed ones too. */
void sim_settlement_truth_add(struct sim_settlement_truth *truth, const struct sim_item *item);

/* Members of a JSON object, each with a comma behind: "settlements", "statements", "leaks", and "unsettled": orders that have
 * lines, but refunds that none of them has yet. */
void sim_settlement_truth_write(const struct sim_settlement_truth *truth, FILE *out);

#endif
