/*
 * What the simulated history adds up to, computed from the events as they are sent by arithmetic of its own: slow and obvious, so
 * that nothing in the pipeline has to be trusted. Final revision of every order that reached the log, booked ones only.
 *
 * Fees as of 2024-04-01 and later: tiktok_shop US takes 6 % of list - seller discount + shipping paid, once per order, and
 * creators their rate of list - seller - platform discount, per line; Shopify Payments US 2.9 % + 0.30 of the charged total;
 * others nothing.
 */
#ifndef PRODUCERS_SIM_TRUTH_H
#define PRODUCERS_SIM_TRUTH_H

#include <stdio.h>

#include "producers/simulator.h"

struct sim_truth;

/* For events of days start_us / day - 2 to + days + 40. NULL when memory is out. */
struct sim_truth *sim_truth_new(const struct simulator_config *config);
void sim_truth_free(struct sim_truth *truth);

/* Takes in one item as it is sent. */
void sim_truth_add(struct sim_truth *truth, const struct sim_item *item);

/* JSON: totals, days per shop, incidents, what was sent, refusals to expect by reason; all of these of orders and ad spend. Then
 * refunds (sim_truth_refund.h), settlements (sim_truth_settlement.h) and the catalog (sim_truth_catalog.h), but for single lives.
 * Costs are those that the catalog has now, after everything that was added. false where it cannot be written. */
bool sim_truth_write(struct sim_truth *truth, const struct simulator *simulator, FILE *out);

#endif
