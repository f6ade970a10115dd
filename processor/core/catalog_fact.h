/*
 * What the catalog says, as rows: mappings of SKUs, unit costs, products, shops. Each is a version, known by the shop, a SKU (none for
 * shops) and the instant it is valid from.
 */
#ifndef CORE_CATALOG_FACT_H
#define CORE_CATALOG_FACT_H

#include "core/fact.h"
#include "schemas/reason.h"

/* Fills ret_fact; columns_hash is not filled. Sorts the components of a mapping by SKU. Returns why the event is impossible, or
 * REASON_NONE. Pure. */
enum reason catalog_fact_make(struct event *event, const struct shop *shop, struct origin origin, struct catalog_fact *ret_fact);

#endif
