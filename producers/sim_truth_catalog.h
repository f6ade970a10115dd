/*
 * What goods cost, of every version of the catalog as its last revision says, whenever it came. In force at an instant is the
 * version that began last; where that one has ended nothing is. A line costs what it is made of as of the order's creation: the
 * components of the platform's SKU where a mapping is in force, else that SKU itself; unknown where any has no cost then.
 */
#ifndef PRODUCERS_SIM_TRUTH_CATALOG_H
#define PRODUCERS_SIM_TRUTH_CATALOG_H

#include <stdio.h>

#include "producers/sim_effect.h"

struct sim_catalog_truth;

/* NULL when memory is out; later calls abort then. */
struct sim_catalog_truth *sim_catalog_truth_new(const struct simulator_config *config);
void sim_catalog_truth_free(struct sim_catalog_truth *truth);

/* One item of the catalog as it is sent, malformed ones too; other items are let pass. */
void sim_catalog_truth_add(struct sim_catalog_truth *truth, const struct sim_item *item);

/* What one unit of a platform's SKU (its hash64) costs at an instant; false: that is unknown. */
bool sim_catalog_truth_cost(const struct sim_catalog_truth *truth, const struct sim_shop *shop, uint64_t sku, int64_t at_us,
                            int64_t *ret_cost_minor);

/* A member of a JSON object, "catalog", with a comma behind: records sent by kind, versions by kind, and "uncosted": the SKUs
 * that shops sell but that have neither a mapping nor a cost of any time. */
void sim_catalog_truth_write(const struct sim_catalog_truth *truth, const struct simulator *simulator, FILE *out);

#endif
