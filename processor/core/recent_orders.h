/*
 * A bounded memory of the orders seen last: the latest revision of each, so that redeliveries and status updates are known
 * for what they are without asking a database, and do not count twice in the statistics. Two generations: when the newer one
 * is full the older one is forgotten. What is forgotten costs a look-up in the database, never correctness.
 */
#ifndef CORE_RECENT_ORDERS_H
#define CORE_RECENT_ORDERS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/snapshot.h"
#include "schemas/event.h"

struct recent_order {
    struct hash128 hash;   /* of shop and order */
    int64_t revision;
    uint64_t content;      /* content_hash.hi of that revision */
    uint32_t sequence;     /* of the batch that holds the revision's fact, low bits */
    uint32_t index : 31;   /* of the fact in that batch */
    uint32_t counted : 1;  /* has entered the statistics */
};

struct recent_orders;

/* Remembers at least capacity / 2 and at most capacity orders, at 40 to 110 bytes each. NULL when memory is out. */
struct recent_orders *recent_orders_new(uint32_t capacity);
void recent_orders_free(struct recent_orders *recent);

/* Fetches the place of an order into the cache; a hint, to be given some work ahead of the look-up. */
void recent_orders_prefetch(const struct recent_orders *recent, struct hash128 hash);

/* The order's entry, or NULL. It may be changed (but for hash), until the next call of recent_orders_add. */
struct recent_order *recent_orders_find(struct recent_orders *recent, struct hash128 hash);

/* Adds an entry for an order that recent_orders_find did not find; all fields but hash are zero. Never NULL: where memory
 * is out the older generation is given up. */
struct recent_order *recent_orders_add(struct recent_orders *recent, struct hash128 hash);

/* True as long as nothing was ever forgotten. */
bool recent_orders_complete(const struct recent_orders *recent);

/* Both generations, as records of a snapshot. Restored is what was saved under the same capacity, but that no entry belongs to
 * a batch any more; recent must be new. False, and recent is to be thrown away, where it does not fit or memory is out. */
void recent_orders_save(const struct recent_orders *recent, struct snapshot_writer *writer);
bool recent_orders_restore(struct recent_orders *recent, struct snapshot_reader *reader);

#endif
