/*
 * Rows of fact_orders and fact_sales made facts again, as the writer had them: for those who prove or explain what stands there.
 */
#ifndef POSTGRES_ORDER_READ_H
#define POSTGRES_ORDER_READ_H

#include "common/arena.h"
#include "core/fact.h"
#include "postgres/presentment.h"

/* What order_read_row takes: the first two columns are order_key and shop_key. */
#define ORDER_READ_COLUMNS \
    "o.order_key, o.shop_key, o.order_id, o.day, o.revision, o.created_at," \
    " o.occurred_at, o.content_hash, o.lines_hash, o.row_hash, o.shipping_list_minor, o.shipping_seller_discount_minor," \
    " o.shipping_platform_discount_minor, o.shipping_paid_minor, o.payment_platform_discount_minor, o.buyer_fees_minor," \
    " o.tax_minor, o.customer_total_minor, o.amount_scale, o.flags, o.booked, o.event_id, o.status, o.currency," \
    " o.paid_at, o.shipped_at, o.delivered_at, o.cancelled_at, o.buyer_key, o.channel, o.payment_method, o.session_id," \
    " o.linked_order_id, o.cancelled_by, o.affiliate_creator, o.affiliate_content_type, o.affiliate_content_id," \
    " o.affiliate_rate_ppm, o.affiliate_shop_ads_rate_ppm, o.affiliate_actual_commission_minor," \
    " coalesce(o.platform, s.platform), coalesce(o.market, s.market), coalesce(r.name, ''), s.shop_id," \
    " " PRESENTMENT_READ_COLUMNS("o")
#define ORDER_READ_FROM \
    " FROM warehouse.fact_orders o LEFT JOIN warehouse.dim_shop s USING (shop_key)" \
    " LEFT JOIN tillstream.rule_set r USING (rule_set)"

/* What line_read_row takes; it reads the columns of a line itself, what it shares with its order is left to the caller. */
#define LINE_READ_COLUMNS \
    "f.order_key, f.shop_key, f.order_id, f.line_no, f.day, f.booked, f.line_id, f.sku, f.category," \
    " f.quantity, f.gross_minor, f.seller_discount_minor, f.platform_discount_minor, f.shipping_share_minor, f.platform_fee_minor," \
    " f.payment_fee_minor, f.affiliate_commission_minor, f.other_fees_minor, f.net_minor, f.cost_minor," \
    " f.fee_returnable_minor, f.tax_minor, f.gift"
enum line_column {
    LINE_COLUMN_ORDER_KEY,
    LINE_COLUMN_SHOP_KEY,
    LINE_COLUMN_ORDER_ID,
    LINE_COLUMN_LINE_NO,
    LINE_COLUMN_DAY,
    LINE_COLUMN_BOOKED,
    LINE_COLUMN_COST = 19
};

/* A row of fact_orders. fact points to the shop and the event here; what an event has and a row does not is zero. */
struct stored_order {
    struct shop shop; /* what the order's row says of it; no policy */
    struct event event;
    struct order_fact fact;
    uint64_t row_hash; /* as stored */
};

/* Zeroes it and ties its parts together. */
void stored_order_init(struct stored_order *stored);

/* Texts are borrowed from the result. A row that was never written (an unknown status, flag or currency) gets a status that no hash
 * was made with. Leaves the lines as they are. */
void order_read_row(const PGresult *rows, int i, struct stored_order *ret_stored);

/* Texts are copied into the arena. sku_hash is not filled. */
void line_read_row(const PGresult *rows, int i, struct arena *arena, struct line_fact *ret_line);

/* The order's lines in the arena, and what else its event needs to be made a fact anew; fact.lines are there. It points to stored. */
void order_read_event(struct stored_order *stored, struct arena *arena);

#endif
