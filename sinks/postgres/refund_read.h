/*
 * Rows of fact_refunds and fact_refund_lines made what they were written from: for those who prove or explain what stands there.
 */
#ifndef POSTGRES_REFUND_READ_H
#define POSTGRES_REFUND_READ_H

#include "common/arena.h"
#include "core/refund_fact.h"
#include "postgres/presentment.h"

/* A row per line of a refund, and one for a refund without lines: those of a refund follow each other. The first three columns are
 * shop_id, order_id and refund_id. */
#define REFUND_READ_COLUMNS \
    "s.shop_id, r.order_id, r.refund_id, r.day, r.revision, r.occurred_at," \
    " r.content_hash, r.row_hash, r.shipping_refund_minor, r.discrepancy_minor, r.amount_scale, r.flags, r.event_id, r.currency," \
    " r.initiator, r.case_fee_minor, r.reason, " PRESENTMENT_READ_COLUMNS("r") ", l.line_id, l.quantity, l.amount_minor, l.tax_minor, l.restocked"
#define REFUND_READ_FROM \
    " FROM warehouse.fact_refunds r LEFT JOIN warehouse.dim_shop s USING (shop_key)" \
    " LEFT JOIN LATERAL unnest(r.line_ids, r.quantities, r.amounts_minor, r.taxes_minor, r.restocked) WITH ORDINALITY" \
    " AS l(line_id, quantity, amount_minor, tax_minor, restocked, n) ON true"

/* A refund while its rows are read. fact points to the refund here: zero it, and do not copy it. */
struct stored_refund {
    struct refund_fact fact;
    struct refund refund;
    uint64_t row_hash; /* as stored; a row that was never written (unknown flags) gets one that no refund has */
};

/* Reads all but the lines from the refund's first row. Texts are copied into the arena. */
void refund_read_head(const PGresult *rows, int i, struct arena *arena, struct stored_refund *ret_stored);

/* Adds the line of this row, where it has one. Lines are the arena's. */
void refund_read_line(const PGresult *rows, int i, struct arena *arena, struct stored_refund *stored);

/* The first three columns are shop_id, order_id and refund_id; row_hash is EFFECT_COLUMN_ROW_HASH. */
#define EFFECT_READ_COLUMNS \
    "s.shop_id, f.order_id, f.refund_id, f.line_no, f.findings, f.amount_scale," \
    " f.day, f.order_day, f.booked, f.restocked, f.quantity, f.gross_minor, f.seller_discount_minor," \
    " f.platform_discount_minor, f.amount_minor, f.tax_minor, f.shipping_minor, f.discrepancy_minor, f.fx_minor," \
    " f.affiliate_commission_minor, f.fees_returned_minor, f.admin_fee_minor, f.case_fee_minor, f.net_minor, f.row_hash," \
    " f.currency, f.sku, f.cost_minor"
#define EFFECT_READ_FROM " FROM warehouse.fact_refund_lines f LEFT JOIN warehouse.dim_shop s USING (shop_key)"
#define EFFECT_COLUMN_ROW_HASH 24

/* Texts are borrowed from the result; ret_row points to ret_effect, whose claim is not filled. */
void effect_read_row(const PGresult *rows, int i, struct refund_line_row *ret_row, struct refund_effect *ret_effect);

#endif
