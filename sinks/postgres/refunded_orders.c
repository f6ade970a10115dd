#include "postgres/refunded_orders.h"

#include "core/sold_order.h"
#include "postgres/presentment.h"

const struct pg_statement load_refunded_orders = {
    "load_refunded_orders",
    "SELECT " ORDER_READ_COLUMNS ", u.n FROM unnest($1::int4[], $2::text[], $3::int4[]) AS u(shop_key, order_id, n)"
    " JOIN warehouse.fact_orders o ON o.shop_key = u.shop_key AND o.order_id = u.order_id"
    " LEFT JOIN warehouse.dim_shop s ON s.shop_key = o.shop_key LEFT JOIN tillstream.rule_set r ON r.rule_set = o.rule_set"
    " ORDER BY u.n"};

const struct pg_statement load_refunded_lines = {
    "load_refunded_lines",
    "SELECT " LINE_READ_COLUMNS ", u.n FROM unnest($1::int4[], $2::text[], $3::int4[]) AS u(shop_key, order_id, n)"
    " JOIN warehouse.fact_orders o ON o.shop_key = u.shop_key AND o.order_id = u.order_id"
    " JOIN warehouse.fact_sales f ON f.order_key = o.order_key ORDER BY u.n, f.line_no"};

const struct pg_statement load_line_costs = {
    "load_line_costs",
    "SELECT u.n, f.cost_minor FROM unnest($1::int8[], $2::int4[]) AS u(order_key, n)"
    " JOIN warehouse.fact_sales f ON f.order_key = u.order_key ORDER BY u.n, f.line_no"};

const struct pg_statement load_stated_refunds = {
    "load_refunds",
    "SELECT u.n, r.refund_id, r.occurred_at, r.day, r.currency, r.amount_scale, r.flags, r.shipping_refund_minor,"
    " r.discrepancy_minor, r.case_fee_minor, r.line_ids, r.quantities, r.amounts_minor, r.taxes_minor, r.restocked, r.order_key IS NULL,"
    " r.initiator, " PRESENTMENT_READ_COLUMNS("r")
    " FROM unnest($1::int4[], $2::text[], $3::int4[]) AS u(shop_key, order_id, n)"
    " JOIN warehouse.fact_refunds r ON r.shop_key = u.shop_key AND r.order_id = u.order_id ORDER BY u.n, r.refund_id"};

static bool is_row_of(const PGresult *rows, int row, int column, size_t order)
{
    return row < PQntuples(rows) && (size_t)get_int4(rows, row, column) == order;
}

/* Rows first .. end - 1 are of the order. */
static int end_of(const PGresult *rows, int first, int column, size_t order)
{
    while (is_row_of(rows, first, column, order))
        first++;
    return first;
}

static void read_lines(struct refunded_orders *orders, size_t index, struct order_fact *fact, const int64_t **ret_costs_minor)
{
    const PGresult *rows = orders->lines;
    int first = orders->line_at, end = end_of(rows, first, PQnfields(rows) - 1, index);
    int64_t *costs_minor = arena_alloc(&orders->arena, (size_t)(end - first + 1) * sizeof *costs_minor);
    orders->line_at = end;
    fact->lines = arena_alloc(&orders->arena, (size_t)(end - first + 1) * sizeof *fact->lines);
    fact->line_count = (uint32_t)(end - first);
    for (uint32_t i = 0; i < fact->line_count; i++) {
        line_read_row(rows, first + (int)i, &orders->arena, &fact->lines[i]);
        costs_minor[i] = get_int8_or_absent(rows, first + (int)i, LINE_COLUMN_COST);
    }
    *ret_costs_minor = costs_minor;
}

static void *in_arena(void *ctx, size_t size)
{
    return arena_alloc(ctx, size);
}

/* false where the order has not come. */
static bool read_order(struct refunded_orders *orders, size_t index, const struct shop_policy *policy,
                       struct refunded_order *ret_order)
{
    const PGresult *rows = orders->orders;
    int row = orders->order_at;
    struct stored_order *stored = &ret_order->stored;
    const int64_t *costs_minor;
    if (!is_row_of(rows, row, PQnfields(rows) - 1, index))
        return false;
    orders->order_at++;
    stored_order_init(stored);
    order_read_row(rows, row, stored);
    stored->shop.policy = policy;
    read_lines(orders, index, &stored->fact, &costs_minor);
    order_read_event(stored, &orders->arena);
    sold_order_make(&stored->fact, &stored->shop, costs_minor, in_arena, &orders->arena, &ret_order->sold);
    ret_order->fact = &stored->fact;
    ret_order->order_key = get_int8(rows, row, 0);
    return true;
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
                                         .initiator = get_text(rows, row, 16),
                                         .shipped_before = flags & 1,
                                         .chargeback = flags & 2,
                                         .voided = flags & 4,
                                         .shipping_refund_minor = get_int8(rows, row, 7),
                                         .discrepancy_minor = get_int8(rows, row, 8),
                                         .case_fee_minor = get_int8_or_absent(rows, row, 9),
                                         .lines = lines,
                                         .line_count = count};
    presentment_read(rows, row, 17, &ret_stated->refund.presentment);
    *ret_claim = (struct refund_claim){.refund = &ret_stated->refund,
                                       .currency = get_text(rows, row, 4),
                                       .amount_scale = get_int2(rows, row, 5),
                                       .occurred_at_us = get_time(rows, row, 2)};
}

static void read_refunds(struct refunded_orders *orders, size_t index, struct refunded_order *ret_order)
{
    const PGresult *rows = orders->refunds;
    int first = orders->refund_at, end = end_of(rows, first, 0, index);
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

bool refunded_orders_read(struct refunded_orders *orders, size_t index, const struct shop_policy *policy,
                          struct refunded_order *ret_order)
{
    arena_reset(&orders->arena, SIZE_MAX);
    bool known = read_order(orders, index, policy, ret_order);
    read_refunds(orders, index, ret_order);
    return known;
}

static const int64_t *stored_costs(struct refunded_orders *orders, size_t index, uint32_t line_count)
{
    int64_t *costs_minor = arena_alloc(&orders->arena, (line_count + 1) * sizeof *costs_minor);
    for (uint32_t i = 0; i < line_count; i++) {
        bool there = is_row_of(orders->costs, orders->cost_at, 0, index);
        costs_minor[i] = there ? get_int8_or_absent(orders->costs, orders->cost_at, 1) : EVENT_ABSENT;
        orders->cost_at += there;
    }
    return costs_minor;
}

bool refunded_orders_take(struct refunded_orders *orders, size_t index, const struct order_fact *written, const int64_t *costs_minor,
                          struct refunded_order *ret_order)
{
    arena_reset(&orders->arena, SIZE_MAX);
    if (!costs_minor)
        costs_minor = stored_costs(orders, index, written->line_count);
    sold_order_make(written, written->shop, costs_minor, in_arena, &orders->arena, &ret_order->sold);
    ret_order->fact = written;
    ret_order->order_key = 0;
    read_refunds(orders, index, ret_order);
    return true;
}

void refunded_orders_done(struct refunded_orders *orders)
{
    PQclear(orders->orders);
    PQclear(orders->lines);
    PQclear(orders->costs);
    PQclear(orders->refunds);
    arena_done(&orders->arena);
}
