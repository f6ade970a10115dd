/*
 * One order as the warehouse holds it, in one snapshot: its row, its lines, its refunds and what these took back. Made an event again,
 * as far as the warehouse keeps it, so that what was computed of it can be computed anew.
 */
#ifndef POSTGRES_ORDER_LOAD_H
#define POSTGRES_ORDER_LOAD_H

#include "postgres/order_books.h"
#include "postgres/order_read.h"
#include "postgres/refund_read.h"

/* A refund as it is stated. */
struct loaded_refund {
    struct stored_refund stored;
    bool intact; /* it is what was written, by its hash */
};

/* What a refund takes back of a line. */
struct loaded_effect {
    struct refund_line_row row;
    struct refund_effect effect;
    bool intact;
};

/* Points into itself: never copied. */
struct loaded_order {
    bool found;
    bool shop_found;
    struct stored_order stored; /* fact.lines by line_no; event.order.lines likewise, made of them */
    int64_t *costs_minor;       /* by line; EVENT_ABSENT: not known */
    int64_t *catalog_costs_minor; /* the same, of what the catalog holds now */
    struct loaded_component *components; /* by line */
    size_t component_count;
    bool row_intact, lines_intact; /* they are what was written, by their hashes */
    struct loaded_refund *refunds; /* by occurred_at and refund_id, as they take effect; without the order, those that wait for it */
    size_t refund_count;
    struct loaded_effect *effects; /* by refund_id and line_no */
    size_t effect_count;
    struct loaded_settlement *settlements; /* by settled_at */
    size_t settlement_count;
    struct text settlement_status; /* PROVISIONAL, SETTLED, PAID, REFUNDED, ADJUSTED; absent: neither booked nor settled */
    struct text *nearby;        /* not found: ids of the shop's orders around this one; without the shop, ids of shops */
    size_t nearby_count;
    struct text *elsewhere;     /* not found: shops that have an order of this id */
    size_t elsewhere_count;
    struct arena arena;         /* owns all that is not borrowed from the results */
    PGresult *row;              /* owns the texts of stored, but for those of lines */
    PGresult *effect_rows;      /* owns those of effects */
};

/* Reads only. false with err: it could not be read. A zeroed *ret_loaded is given to pg_order_done either way. */
bool pg_order_load(const struct pg_settings *settings, struct text shop_id, struct text order_id, struct loaded_order *ret_loaded,
                   struct err *err);
void pg_order_done(struct loaded_order *loaded);

#endif
