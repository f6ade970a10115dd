/*
 * Orders with refunds, as the tables hold them inside the transaction: loaded in one go, then read one by one in the sequence of their
 * numbers. Texts live as long as the results and the batch; lines and claims in the arena, until the next order.
 */
#ifndef POSTGRES_REFUNDED_ORDERS_H
#define POSTGRES_REFUNDED_ORDERS_H

#include "common/arena.h"
#include "core/refund_fact.h"
#include "postgres/order_read.h"

/* A refund, and the day it was made on. */
struct stated {
    struct refund refund;
    int32_t day;
};

struct refunded_orders {
    PGresult *orders, *lines, *costs, *refunds; /* NULL: of none */
    int order_at, line_at, cost_at, refund_at; /* where the reading stands */
    struct arena arena;               /* of one order */
};

/* An order as it was sold. Points into itself: it must not be copied. */
struct refunded_order {
    struct stored_order stored;
    const struct order_fact *fact; /* that of stored, or of the batch */
    struct sold_order sold;
    int64_t order_key; /* 0: of the batch */
    struct refund_claim *claims; /* whose refund is the first member of a struct stated */
    size_t claim_count;
    bool any_parked; /* of its refunds */
};

extern const struct pg_statement load_refunded_orders; /* $1: shop keys, $2: order ids, $3: numbers, ascending */
extern const struct pg_statement load_refunded_lines;  /* the same */
extern const struct pg_statement load_line_costs;      /* $1: order keys, $2: numbers, ascending */
extern const struct pg_statement load_stated_refunds;  /* as the first two */

/* Order number index, and its shop's policy; false where it has not come. In ascending sequence, every one once, by either of the two. */
bool refunded_orders_read(struct refunded_orders *orders, size_t index, const struct shop_policy *policy,
                          struct refunded_order *ret_order);
/* The same of an order that the batch has written: only its refunds are loaded, and, where costs_minor is NULL, what its lines cost
 * (unknown where that was not loaded). Always true. */
bool refunded_orders_take(struct refunded_orders *orders, size_t index, const struct order_fact *written, const int64_t *costs_minor,
                          struct refunded_order *ret_order);
void refunded_orders_done(struct refunded_orders *orders);

#endif
