#include "postgres/refunded_orders.h"

const struct pg_statement load_refunded_lines = {
    "load_refunded_lines",
    "SELECT u.n, o.booked, o.day, o.amount_scale, o.currency, s.line_no, s.line_id, s.sku, s.quantity, s.gross_minor,"
    " s.seller_discount_minor, s.platform_discount_minor, s.affiliate_commission_minor, s.fee_returnable_minor,"
    " s.cost_minor, o.order_key"
    " FROM unnest($1::int4[], $2::text[], $3::int4[]) AS u(shop_key, order_id, n)"
    " JOIN warehouse.fact_orders o ON o.shop_key = u.shop_key AND o.order_id = u.order_id"
    " LEFT JOIN warehouse.fact_sales s ON s.order_key = o.order_key ORDER BY u.n, s.line_no"};

const struct pg_statement load_stated_refunds = {
    "load_refunds",
    "SELECT u.n, r.refund_id, r.occurred_at, r.day, r.currency, r.amount_scale, r.flags, r.shipping_refund_minor,"
    " r.discrepancy_minor, r.case_fee_minor, r.line_ids, r.quantities, r.amounts_minor, r.taxes_minor, r.restocked, r.order_key IS NULL"
    " FROM unnest($1::int4[], $2::text[], $3::int4[]) AS u(shop_key, order_id, n)"
    " JOIN warehouse.fact_refunds r ON r.shop_key = u.shop_key AND r.order_id = u.order_id ORDER BY u.n, r.refund_id"};

static bool is_row_of(const PGresult *rows, int row, size_t order)
{
    return row < PQntuples(rows) && (size_t)get_int4(rows, row, 0) == order;
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

/* The same, of an order that this batch has written. */
static void take_lines(struct refunded_orders *orders, const struct order_row *written, const int64_t *costs,
                       struct refunded_order *ret_order)
{
    const struct order_fact *fact = written->fact;
    struct sold_line *lines = arena_alloc(&orders->arena, fact->line_count * sizeof *lines);
    for (uint32_t i = 0; i < fact->line_count; i++)
        lines[i] = (struct sold_line){.line_no = fact->lines[i].line_no,
                                      .line_id = fact->lines[i].line_id,
                                      .sku = fact->lines[i].sku,
                                      .quantity = fact->lines[i].quantity,
                                      .gross_minor = fact->lines[i].gross_minor,
                                      .seller_discount_minor = fact->lines[i].seller_discount_minor,
                                      .platform_discount_minor = fact->lines[i].platform_discount_minor,
                                      .affiliate_commission_minor = fact->lines[i].affiliate_commission_minor,
                                      .fee_returnable_minor = fact->lines[i].fee_returnable_minor,
                                      .cost_minor = costs ? costs[i] : EVENT_ABSENT};
    ret_order->sold = (struct sold_order){.currency = text_of(fact->shop->currency),
                                          .amount_scale = fact->shop->amount_scale,
                                          .lines = lines,
                                          .line_count = fact->line_count};
    ret_order->booked = fact->booked;
    ret_order->day = fact->day;
    ret_order->order_key = written->order_key;
}

static int64_t read_number(struct array_reader *column)
{
    struct text bytes = array_read(column);
    return bytes.ptr ? (int64_t)get_bits(bytes.ptr, (int)bytes.len) : 0;
}

/* The columns of a refund's lines have as many elements each, none of them null: it was written so. */
static uint32_t read_refund_lines(struct refunded_orders *orders, int row, struct refund_line **ret_lines)
{
    struct array_reader columns[5];
    for (int c = 0; c < 5; c++)
        columns[c] = get_array(orders->refunds, row, 10 + c);
    uint32_t count = columns[0].left;
    struct refund_line *lines = arena_alloc(&orders->arena, count * sizeof *lines);
    for (int c = 1; c < 5; c++)
        count = columns[c].left < count ? columns[c].left : count;
    for (uint32_t i = 0; i < count; i++)
        lines[i] = (struct refund_line){.line_id = array_read(&columns[0]),
                                        .quantity = read_number(&columns[1]),
                                        .amount_minor = read_number(&columns[2]),
                                        .tax_minor = read_number(&columns[3]),
                                        .restocked = read_number(&columns[4]) != 0};
    *ret_lines = lines;
    return count;
}

static void read_refund(struct refunded_orders *orders, int row, struct stated *ret_stated, struct refund_claim *ret_claim)
{
    const PGresult *rows = orders->refunds;
    int32_t flags = get_int2(rows, row, 6);
    struct refund_line *lines;
    uint32_t count = read_refund_lines(orders, row, &lines);
    ret_stated->day = get_date(rows, row, 3);
    ret_stated->refund = (struct refund){.refund_id = get_text(rows, row, 1),
                                         .shipped_before = flags & 1,
                                         .chargeback = flags & 2,
                                         .voided = flags & 4,
                                         .shipping_refund_minor = get_int8(rows, row, 7),
                                         .discrepancy_minor = get_int8(rows, row, 8),
                                         .case_fee_minor = get_int8_or_absent(rows, row, 9),
                                         .lines = lines,
                                         .line_count = count};
    *ret_claim = (struct refund_claim){.refund = &ret_stated->refund,
                                       .currency = get_text(rows, row, 4),
                                       .amount_scale = get_int2(rows, row, 5),
                                       .occurred_at_us = get_time(rows, row, 2)};
}

static void read_refunds(struct refunded_orders *orders, size_t index, struct refunded_order *ret_order)
{
    const PGresult *rows = orders->refunds;
    int first = orders->refund_at, end = first;
    while (is_row_of(rows, end, index))
        end++;
    orders->refund_at = end;
    size_t count = (size_t)(end - first);
    struct stated *stated = arena_alloc(&orders->arena, count * sizeof *stated);
    struct refund_claim *claims = arena_alloc(&orders->arena, count * sizeof *claims);
    ret_order->any_parked = false;
    for (size_t i = 0; i < count; i++) {
        read_refund(orders, first + (int)i, &stated[i], &claims[i]);
        ret_order->any_parked |= get_bool(rows, first + (int)i, 15);
    }
    ret_order->claims = claims;
    ret_order->claim_count = count;
}

bool refunded_orders_read(struct refunded_orders *orders, size_t index, const struct order_row *written, const int64_t *costs,
                          struct refunded_order *ret_order)
{
    bool known = true;
    arena_reset(&orders->arena, SIZE_MAX);
    if (written)
        take_lines(orders, written, costs, ret_order);
    else
        known = read_lines(orders, index, ret_order);
    read_refunds(orders, index, ret_order);
    return known;
}

void refunded_orders_done(struct refunded_orders *orders)
{
    PQclear(orders->lines);
    PQclear(orders->refunds);
    arena_done(&orders->arena);
}
