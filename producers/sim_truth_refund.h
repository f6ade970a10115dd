/*
 * What came back, of booked orders only and as of the last revision of order and refund: by the shop-local day of the refund, and
 * by that of the order. The rules are sim_effect.h's. Holds every order and every refund until the end.
 */
#ifndef PRODUCERS_SIM_TRUTH_REFUND_H
#define PRODUCERS_SIM_TRUTH_REFUND_H

#include <stdio.h>

#include "producers/sim_truth_catalog.h"

struct sim_refund_truth;

/* NULL when memory is out; later calls abort then. */
struct sim_refund_truth *sim_refund_truth_new(const struct simulator_config *config);
void sim_refund_truth_free(struct sim_refund_truth *truth);

/* One item of an order or a refund as it is sent, malformed ones too. */
void sim_refund_truth_add(struct sim_refund_truth *truth, const struct sim_item *item);

/* Gives every line the cost that the catalog has for it now. */
void sim_refund_truth_price(struct sim_refund_truth *truth, const struct sim_catalog_truth *catalog);

/* Calls on_order for every booked order, as it is now. */
void sim_refund_truth_orders(const struct sim_refund_truth *truth,
                             void (*on_order)(void *ctx, const struct sim_shop *shop, int64_t created_at_us,
                                              const struct sim_sold_line *lines, uint32_t line_count),
                             void *ctx);

/* Two members of a JSON object, "refunds" and its tables, each with a comma behind. parked: refunds whose order never came;
 * unbooked: those of orders that are not booked, as they are in the end. */
void sim_refund_truth_write(struct sim_refund_truth *truth, const struct simulator *simulator, FILE *out);

#endif
