/*
 * Orders with refunds, as the tables hold them inside the transaction: loaded in one go, then read one by one in the sequence of their
 * numbers. Texts live as long as the results and the batch; lines and claims in the arena, until the next read.
 */
#ifndef POSTGRES_REFUNDED_ORDERS_H
#define POSTGRES_REFUNDED_ORDERS_H

#include "common/arena.h"
#include "core/refund_fact.h"
#include "postgres/fact_writer.h"

/* A refund, and the day it was made on. */
struct stated {
    struct refund refund;
    int32_t day;
};

struct refunded_orders {
    PGresult *lines, *refunds; /* NULL: of none */
    int line_at, refund_at; /* where the reading stands */
    struct arena arena;     /* of one order */
};

/* An order as it was sold. */
struct refunded_order {
    struct sold_order sold;
    int64_t order_key;
    int32_t day;
    bool booked;
    struct refund_claim *claims; /* whose refund is the first member of a struct stated */
    size_t claim_count;
    bool any_parked; /* of its refunds */
};

extern const struct pg_statement load_refunded_lines; /* $1: shop keys, $2: order ids, $3: numbers, ascending */
extern const struct pg_statement load_stated_refunds; /* the same */

/* Order number index; false where it has not come. In ascending sequence, every one once. Its lines are those of written, which cost
 * what costs says (NULL: unknown); where written is NULL those that were loaded. */
bool refunded_orders_read(struct refunded_orders *orders, size_t index, const struct order_row *written, const int64_t *costs,
                          struct refunded_order *ret_order);
void refunded_orders_done(struct refunded_orders *orders);

#endif
