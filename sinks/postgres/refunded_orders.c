#include "postgres/refunded_orders.h"

const struct pg_statement load_refunded_lines = {
    "load_refunded_lines",
    "SELECT u.n, o.booked, o.day, o.amount_scale, o.currency, s.line_no, s.line_id, s.sku, s.quantity, s.gross_minor,"
    " s.seller_discount_minor, s.platform_discount_minor, s.affiliate_commission_minor, s.fee_returnable_minor,"
    " s.cost_minor, o.order_key"
    " FROM unnest($1::int4[], $2::text[]) WITH ORDINALITY AS u(shop_key, order_id, n)"
    " JOIN warehouse.fact_orders o ON o.shop_key = u.shop_key AND o.order_id = u.order_id"
    " LEFT JOIN warehouse.fact_sales s ON s.order_key = o.order_key ORDER BY u.n, s.line_no"};

const struct pg_statement load_stated_refunds = {
    "load_refunds",
    "SELECT u.n, r.refund_id, r.occurred_at, r.day, r.currency, r.amount_scale, r.flags, r.shipping_refund_minor,"
    " r.discrepancy_minor, r.case_fee_minor, l.line_id, l.quantity, l.amount_minor, l.tax_minor, l.restocked, r.order_key IS NULL"
    " FROM unnest($1::int4[], $2::text[]) WITH ORDINALITY AS u(shop_key, order_id, n)"
    " JOIN warehouse.fact_refunds r ON r.shop_key = u.shop_key AND r.order_id = u.order_id"
    " LEFT JOIN LATERAL unnest(r.line_ids, r.quantities, r.amounts_minor, r.taxes_minor, r.restocked)"
    " AS l(line_id, quantity, amount_minor, tax_minor, restocked) ON true ORDER BY u.n, r.refund_id"};

static bool is_row_of(const PGresult *rows, int row, size_t order)
{
    return row < PQntuples(rows) && get_int8(rows, row, 0) == (int64_t)order + 1;
}

/* false where the order has not come. */
static bool read_lines(struct refunded_orders *orders, size_t index, struct refunded_order *ret_order)
{
    const PGresult *rows = orders->lines;
    int first = orders->line_at, at = first;
    while (is_row_of(rows, at, index))
        at++;
    orders->line_at = at;
    if (at == first)
        return false;
    struct sold_line *lines = arena_alloc(&orders->arena, (size_t)(at - first) * sizeof *lines);
    uint32_t count = 0;
    for (int i = first; i < at && !PQgetisnull(rows, i, 5); i++)
        lines[count++] = (struct sold_line){.line_no = get_int2(rows, i, 5),
                                            .line_id = get_text(rows, i, 6),
                                            .sku = get_text(rows, i, 7),
                                            .quantity = get_int4(rows, i, 8),
                                            .gross_minor = get_int8(rows, i, 9),
                                            .seller_discount_minor = get_int8(rows, i, 10),
                                            .platform_discount_minor = get_int8(rows, i, 11),
                                            .affiliate_commission_minor = get_int8(rows, i, 12),
                                            .fee_returnable_minor = get_int8(rows, i, 13),
                                            .cost_minor = get_int8_or_absent(rows, i, 14)};
    ret_order->sold = (struct sold_order){.currency = get_text(rows, first, 4), .amount_scale = get_int2(rows, first, 3), .lines = lines,
                                          .line_count = count};
    ret_order->booked = get_bool(rows, first, 1);
    ret_order->day = get_date(rows, first, 2);
    ret_order->order_key = get_int8(rows, first, 15);
    return true;
}

static bool same_refund(const PGresult *rows, int a, int b)
{
    return text_same(get_text(rows, a, 1), get_text(rows, b, 1));
}

static void read_refund(const PGresult *rows, int first, int end, struct refund_line *lines, struct stated *ret_stated,
                        struct refund_claim *ret_claim)
{
    int32_t flags = get_int2(rows, first, 6);
    uint32_t count = 0;
    for (int i = first; i < end && !PQgetisnull(rows, i, 10); i++)
        lines[count++] = (struct refund_line){.line_id = get_text(rows, i, 10),
                                              .quantity = get_int8(rows, i, 11),
                                              .amount_minor = get_int8(rows, i, 12),
                                              .tax_minor = get_int8(rows, i, 13),
                                              .restocked = get_bool(rows, i, 14)};
    ret_stated->day = get_date(rows, first, 3);
    ret_stated->refund = (struct refund){.refund_id = get_text(rows, first, 1),
                                         .shipped_before = flags & 1,
                                         .chargeback = flags & 2,
                                         .voided = flags & 4,
                                         .shipping_refund_minor = get_int8(rows, first, 7),
                                         .discrepancy_minor = get_int8(rows, first, 8),
                                         .case_fee_minor = get_int8_or_absent(rows, first, 9),
                                         .lines = lines,
                                         .line_count = count};
    *ret_claim = (struct refund_claim){.refund = &ret_stated->refund,
                                       .currency = get_text(rows, first, 4),
                                       .amount_scale = get_int2(rows, first, 5),
                                       .occurred_at_us = get_time(rows, first, 2)};
}

static void read_refunds(struct refunded_orders *orders, size_t index, struct refunded_order *ret_order)
{
    const PGresult *rows = orders->refunds;
    int first = orders->refund_at, end = first;
    while (is_row_of(rows, end, index))
        end++;
    orders->refund_at = end;
    size_t count = 0, room = (size_t)(end - first) + 1;
    struct stated *stated = arena_alloc(&orders->arena, room * sizeof *stated);
    struct refund_line *lines = arena_alloc(&orders->arena, room * sizeof *lines);
    struct refund_claim *claims = arena_alloc(&orders->arena, room * sizeof *claims);
    ret_order->any_parked = false;
    for (int i = first, next; i < end; i = next) {
        for (next = i + 1; next < end && same_refund(rows, i, next);)
            next++;
        read_refund(rows, i, next, lines + (i - first), &stated[count], &claims[count]);
        ret_order->any_parked |= get_bool(rows, i, 15);
        count++;
    }
    ret_order->claims = claims;
    ret_order->claim_count = count;
}

bool refunded_orders_read(struct refunded_orders *orders, size_t index, struct refunded_order *ret_order)
{
    arena_reset(&orders->arena, SIZE_MAX);
    bool known = read_lines(orders, index, ret_order);
    read_refunds(orders, index, ret_order);
    return known;
}

void refunded_orders_done(struct refunded_orders *orders)
{
    PQclear(orders->lines);
    PQclear(orders->refunds);
    arena_done(&orders->arena);
}
