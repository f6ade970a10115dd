/*
 * Costs of lines. New lines take theirs from the cost book. Where the catalog changed, the lines that are there already and that the
 * change concerns get theirs anew, and the aggregates move by the difference.
 */
#include <stdlib.h>

#include "common/hash.h"
#include "postgres/fact_writer.h"

/* Whatever plan is best for few SKUs is not for many, and this may take its time. */
static const char open_plans[] = "SET LOCAL enable_hashjoin = on; SET LOCAL enable_bitmapscan = on; SET LOCAL enable_seqscan = on;"
                                 " SET LOCAL statement_timeout = 0";
static const char close_plans[] = "SET LOCAL enable_hashjoin = off; SET LOCAL enable_bitmapscan = off; SET LOCAL enable_seqscan = off;"
                                  " SET LOCAL statement_timeout = '30s'";

static const struct pg_statement restate = {
    "restate_costs",
    "WITH changed AS MATERIALIZED (SELECT * FROM unnest($1::int4[], $2::text[], $3::timestamptz[]) AS u(shop_key, sku, at)),"
    " concerned AS MATERIALIZED (SELECT shop_key, sku COLLATE \"C\" AS sku, min(at) AS at FROM (SELECT * FROM changed UNION ALL"
    " SELECT m.shop_key, m.platform_sku, c.at FROM changed c JOIN warehouse.sku_mapping m ON m.shop_key = c.shop_key"
    " AND c.sku = ANY (m.component_skus)) AS all_of_them GROUP BY 1, 2),"
    " lines AS MATERIALIZED (SELECT s.order_key, s.line_no, s.shop_key, s.sku, s.quantity, s.cost_minor AS old, o.created_at,"
    " o.currency COLLATE \"C\" AS currency, o.amount_scale FROM concerned c JOIN warehouse.fact_sales s ON s.shop_key = c.shop_key AND s.sku = c.sku"
    " AND s.day >= (SELECT min(at)::date - 1 FROM concerned)"
    " JOIN warehouse.fact_orders o ON o.shop_key = s.shop_key AND o.order_id = s.order_id WHERE o.created_at >= c.at),"
    " keys AS (SELECT DISTINCT shop_key, sku, currency, amount_scale FROM lines),"
    " steps AS MATERIALIZED (SELECT t.shop_key, t.sku COLLATE \"C\" AS sku, t.currency COLLATE \"C\" AS currency, t.amount_scale, t.at,"
    " lead(t.at, 1, 'infinity') OVER (PARTITION BY t.n ORDER BY t.at) AS until, t.cost_minor FROM (SELECT array_agg(shop_key) AS shops,"
    " array_agg(sku) AS skus, array_agg(currency) AS currencies, array_agg(amount_scale) AS scales FROM keys) AS k"
    " CROSS JOIN LATERAL warehouse.cost_steps(k.shops, k.skus, k.currencies, k.scales) AS t),"
    " priced AS MATERIALIZED (SELECT l.*, warehouse.line_cost(t.cost_minor, l.quantity) AS cost FROM lines l LEFT JOIN steps t"
    " ON t.shop_key = l.shop_key AND t.sku = l.sku AND t.currency = l.currency AND t.amount_scale = l.amount_scale"
    " AND l.created_at >= t.at AND l.created_at < t.until),"
    " moved AS (UPDATE warehouse.fact_sales f SET cost_minor = l.cost FROM priced l WHERE f.order_key = l.order_key"
    " AND f.line_no = l.line_no AND l.cost IS DISTINCT FROM l.old"
    " RETURNING f.shop_key, f.day, f.sku, f.booked, f.order_id, l.currency, l.amount_scale, l.old, l.cost)"
    " SELECT shop_key, day, sku, currency, amount_scale, booked, (coalesce(sum(cost), 0) - coalesce(sum(old), 0))::int8,"
    " count(cost) - count(old), array_agg(DISTINCT order_id) FILTER (WHERE EXISTS (SELECT FROM"
    " warehouse.fact_refunds r WHERE r.shop_key = moved.shop_key AND r.order_id = moved.order_id))"
    " FROM moved GROUP BY shop_key, day, sku, currency, amount_scale, booked ORDER BY 1, 2, 3, 4, 5, 6"};

static size_t whole_lines(const struct fact_writer *writer)
{
    size_t count = 0;
    for (size_t i = 0; i < writer->order_count; i++)
        if (writer->orders[i].version.action == ROW_WHOLE)
            count += writer->orders[i].fact->line_count;
    return count;
}

static void ask_lines(struct fact_writer *writer)
{
    size_t at = 0;
    for (size_t i = 0; i < writer->order_count; i++) {
        struct order_row *row = &writer->orders[i];
        if (row->version.action != ROW_WHOLE)
            continue;
        row->first_cost = at;
        struct cost_entry key = {.shop_key = row->shop->shop_key, .amount_scale = row->fact->shop->amount_scale};
        memcpy(key.currency, row->fact->shop->currency, sizeof key.currency);
        for (uint32_t n = 0; n < row->fact->line_count; n++) {
            key.sku = row->fact->lines[n].sku;
            key.sku_hash = row->fact->lines[n].sku_hash;
            writer->line_costs[at++] = (int64_t)cost_book_entry(&writer->costs, &key);
        }
    }
}

static void price_lines(struct fact_writer *writer)
{
    for (size_t i = 0; i < writer->order_count; i++) {
        const struct order_row *row = &writer->orders[i];
        if (row->version.action != ROW_WHOLE)
            continue;
        for (uint32_t n = 0; n < row->fact->line_count; n++) {
            int64_t *cost = &writer->line_costs[row->first_cost + n];
            *cost = cost_book_line(&writer->costs, (size_t)*cost, row->fact->order->created_at_us, row->fact->lines[n].quantity);
        }
    }
}

bool costs_find(struct fact_writer *writer, struct pg_failure *failure)
{
    size_t count = whole_lines(writer);
    writer->any_costs = false;
    if (!count)
        return true;
    if (!cost_book_start(&writer->costs, writer->link, &writer->any_costs, failure))
        return false;
    writer->costs.tainted = writer->catalog_count > 0; /* what is read now may be rolled back with this range */
    if (!writer->any_costs)
        return true;
    writer->line_costs = writer_room(writer->line_costs, &writer->line_cost_room, count, sizeof *writer->line_costs);
    ask_lines(writer);
    if (!cost_book_load(&writer->costs, writer->link, failure))
        return false;
    price_lines(writer);
    return true;
}

static size_t add_changes(struct fact_writer *writer)
{
    size_t count = 0;
    writer_column(writer, 0, PG_INT4);
    writer_column(writer, 1, PG_TEXT);
    writer_column(writer, 2, PG_TIMESTAMPTZ);
    for (size_t i = 0; i < writer->catalog_count; i++) {
        const struct catalog_row *row = &writer->catalog[i];
        enum event_kind kind = row->fact->event->kind;
        if (row->version.action == ROW_SKIP || (kind != EVENT_SKU_MAPPING && kind != EVENT_UNIT_COST))
            continue;
        array_int4(&writer->columns[0], row->shop->shop_key);
        array_text(&writer->columns[1], row->fact->sku);
        array_time(&writer->columns[2], row->fact->valid_from_us);
        count++;
    }
    return count;
}

static bool take_row(struct fact_writer *writer, const PGresult *rows, int i)
{
    struct rollup_key key = rollup_key_of(get_int4(rows, i, 0), get_date(rows, i, 1), get_int2(rows, i, 4), get_text(rows, i, 3));
    struct text sku = get_text(rows, i, 2);
    return !get_bool(rows, i, 5) || rollup_add_cost(writer->rollup, &key, sku, hash64(sku.ptr, sku.len), get_int8(rows, i, 6),
                                                    get_int8(rows, i, 7));
}

bool costs_restate(struct fact_writer *writer, struct pg_failure *failure)
{
    if (!add_changes(writer))
        return true;
    if (!pg_do(writer->link, open_plans, failure) || !writer_run(writer, &restate, 3, &writer->restated, failure) ||
        !pg_do(writer->link, close_plans, failure))
        return false;
    bool fits = true;
    for (int i = 0; i < PQntuples(writer->restated); i++)
        fits &= take_row(writer, writer->restated, i);
    return fits || writer_fail_sum(failure);
}
