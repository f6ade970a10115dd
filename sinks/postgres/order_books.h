/*
 * What others say of one order: the catalog of what its goods cost, payout statements of what was settled.
 */
#ifndef POSTGRES_ORDER_BOOKS_H
#define POSTGRES_ORDER_BOOKS_H

#include "core/settlement_names.h"
#include "postgres/pg_link.h"

/* What one unit of a line's SKU is made of when its order was created; the SKU itself where no mapping was in force. */
struct loaded_component {
    uint32_t line;           /* index */
    bool mapped;
    struct text sku;         /* the seller's own */
    int64_t quantity;        /* in one unit */
    int64_t unit_cost_minor; /* EVENT_ABSENT: unknown */
};

struct loaded_amount {
    struct text field;
    enum settled_class class; /* SETTLED_CLASS_COUNT: the row has none of ours */
    int64_t amount_minor;     /* positive: to the seller */
};

/* A transaction of a payout statement, with its amounts. */
struct loaded_settlement {
    struct text transaction_id, sku, statement_id, payout_id, type, native_type, status, currency;
    int32_t amount_scale;
    int64_t settled_at_us, total_minor;
    struct loaded_amount *amounts;
    uint32_t amount_count;
};

/* Parameters of all: shop_id, order_id. */
extern const struct pg_statement order_costs;       /* by line_no */
extern const struct pg_statement order_settlements; /* by settled_at */
extern const struct pg_statement order_status;      /* of order_settlement; no row: neither booked nor settled */

/* Everything is copied into the arena. costs_minor, of line_count lines, gets what the catalog makes of each now;
 * EVENT_ABSENT: unknown. */
size_t order_costs_take(const PGresult *rows, uint32_t line_count, struct arena *arena, int64_t *costs_minor,
                        struct loaded_component **ret_components);
size_t order_settlements_take(const PGresult *rows, struct arena *arena, struct loaded_settlement **ret_settlements);

#endif
