#include "postgres/order_books.h"

/* sku_cost_at says which mapping is in force; here its components are told apart. */
const struct pg_statement order_costs = {
    "order_costs",
    "SELECT f.line_no, m.platform_sku IS NOT NULL, c.sku, c.quantity,"
    " warehouse.unit_cost_at(f.shop_key, c.sku, o.created_at, o.currency, o.amount_scale),"
    " warehouse.line_cost(warehouse.sku_cost_at(f.shop_key, f.sku, o.created_at, o.currency, o.amount_scale), f.quantity)"
    " FROM warehouse.dim_shop s JOIN warehouse.fact_orders o USING (shop_key) JOIN warehouse.fact_sales f USING (order_key)"
    " LEFT JOIN LATERAL (SELECT * FROM warehouse.sku_mapping v WHERE v.shop_key = f.shop_key AND v.platform_sku = f.sku"
    " AND v.valid_from <= o.created_at ORDER BY v.valid_from DESC LIMIT 1) AS m ON m.valid_to IS NULL OR o.created_at < m.valid_to"
    " LEFT JOIN LATERAL unnest(coalesce(m.component_skus, ARRAY[f.sku]), coalesce(m.quantities, ARRAY[1::int8]))"
    " WITH ORDINALITY AS c(sku, quantity, n) ON true"
    " WHERE s.shop_id = $1::text AND o.order_id = $2::text ORDER BY f.line_no, c.n"};

const struct pg_statement order_settlements = {
    "order_settlements",
    "SELECT f.transaction_id, f.sku, f.statement_id, f.payout_id, f.type, f.native_type, f.status, f.currency, f.amount_scale,"
    " f.settled_at, f.total_minor, l.field, l.class, l.amount_minor"
    " FROM warehouse.dim_shop s JOIN warehouse.fact_settlements f USING (shop_key)"
    " LEFT JOIN LATERAL unnest(string_to_array(f.fields, ','), string_to_array(f.classes, ','), f.amounts_minor)"
    " AS l(field, class, amount_minor) ON true"
    " WHERE s.shop_id = $1::text AND f.order_id = $2::text ORDER BY f.settled_at, f.transaction_id, f.sku, l.class, l.field"};

const struct pg_statement order_status = {
    "order_status",
    "SELECT z.status FROM warehouse.order_settlement z"
    " WHERE z.shop_key = (SELECT shop_key FROM warehouse.dim_shop WHERE shop_id = $1::text) AND z.order_id = $2::text"
    " ORDER BY z.booked IS NULL LIMIT 1"};

size_t order_costs_take(const PGresult *rows, uint32_t line_count, struct arena *arena, int64_t *costs_minor,
                        struct loaded_component **ret_components)
{
    int row_count = PQntuples(rows);
    struct loaded_component *components = arena_alloc(arena, (size_t)row_count * sizeof *components);
    uint32_t line = 0;
    size_t count = 0;
    for (int i = 0; i < row_count; i++) {
        line += i > 0 && get_int2(rows, i, 0) != get_int2(rows, i - 1, 0); /* every line has a row, in the order of lines */
        if (line < line_count)
            costs_minor[line] = get_int8_or_absent(rows, i, 5);
        if (PQgetisnull(rows, i, 2) || PQgetisnull(rows, i, 3))
            continue;
        components[count++] = (struct loaded_component){.line = line,
                                                        .mapped = get_bool(rows, i, 1),
                                                        .sku = get_kept_text(rows, i, 2, arena),
                                                        .quantity = get_int8(rows, i, 3),
                                                        .unit_cost_minor = get_int8_or_absent(rows, i, 4)};
    }
    *ret_components = components;
    return count;
}

static enum settled_class class_of(struct text name)
{
    for (int class = 0; class < SETTLED_CLASS_COUNT; class++) {
        const char *known = settled_class_name((enum settled_class)class);
        if (strlen(known) == name.len && memcmp(known, name.ptr, name.len) == 0)
            return (enum settled_class)class;
    }
    return SETTLED_CLASS_COUNT;
}

static bool same_transaction(const PGresult *rows, int a, int b)
{
    return text_same(get_text(rows, a, 0), get_text(rows, b, 0)) && text_same(get_text(rows, a, 1), get_text(rows, b, 1));
}

static struct loaded_settlement read_settlement(const PGresult *rows, int i, struct arena *arena)
{
    struct loaded_settlement settlement = {.amount_scale = get_int2(rows, i, 8),
                                           .settled_at_us = get_time(rows, i, 9),
                                           .total_minor = get_int8(rows, i, 10)};
    struct text *const texts[] = {&settlement.transaction_id, &settlement.sku,         &settlement.statement_id, &settlement.payout_id,
                                  &settlement.type,           &settlement.native_type, &settlement.status,       &settlement.currency};
    for (int c = 0; c < (int)(sizeof texts / sizeof *texts); c++)
        *texts[c] = get_kept_text(rows, i, c, arena);
    return settlement;
}

size_t order_settlements_take(const PGresult *rows, struct arena *arena, struct loaded_settlement **ret_settlements)
{
    int row_count = PQntuples(rows);
    struct loaded_settlement *settlements = arena_alloc(arena, (size_t)row_count * sizeof *settlements);
    struct loaded_amount *amounts = arena_alloc(arena, (size_t)row_count * sizeof *amounts);
    size_t count = 0;
    for (int i = 0; i < row_count; i++) {
        if (i == 0 || !same_transaction(rows, i - 1, i)) {
            settlements[count] = read_settlement(rows, i, arena);
            settlements[count++].amounts = amounts + i;
        }
        if (PQgetisnull(rows, i, 11))
            continue;
        amounts[i] = (struct loaded_amount){get_kept_text(rows, i, 11, arena), class_of(get_text(rows, i, 12)), get_int8(rows, i, 13)};
        settlements[count - 1].amount_count++;
    }
    *ret_settlements = settlements;
    return count;
}
