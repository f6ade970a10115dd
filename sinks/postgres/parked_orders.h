/*
 * Orders that refunds wait for: which new order has refunds already, without asking the database for each. Names may be here that
 * nobody waits for any more; none is missing, for the shops of a writer are its own. Not thread-safe.
 */
#ifndef POSTGRES_PARKED_ORDERS_H
#define POSTGRES_PARKED_ORDERS_H

#include "postgres/pg_link.h"

struct parked_orders {
    uint64_t *slots; /* hashes, 0: free; a power of two, at most half full */
    size_t count, room;
    bool loaded;
    bool many; /* more than are kept: any order may be one */
};

void parked_orders_done(struct parked_orders *parked);
/* Partitions were taken over: the next load asks again. */
void parked_orders_forget(struct parked_orders *parked);
/* Asks once, until it is forgotten or too much was added since. */
bool parked_orders_load(struct parked_orders *parked, struct pg_link *link, struct pg_failure *failure);
void parked_orders_add(struct parked_orders *parked, int32_t shop_key, struct text order_id);
/* After a load. A new order for which this is false has no refunds. */
bool parked_orders_has(const struct parked_orders *parked, int32_t shop_key, struct text order_id);

#endif
