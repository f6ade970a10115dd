/*
 * The aggregates move by what the facts moved by. Daily rows are few and take the sums at once; product rows are many and
 * are appended as deltas, see schemas/sql/0002_warehouse.sql and product_fold.h.
 */
#include "postgres/fact_writer.h"

#define DELTA_COLUMNS 15
#define SALES_COLUMNS (7 + ROLLUP_SUM_COUNT) /* of the daily rows: the key, orders and ads, sums of lines */
#define ALL_COLUMNS (SALES_COLUMNS + ROLLUP_REFUND_SUM_COUNT)

static const struct pg_statement move_daily = {
    "move_daily",
    "INSERT INTO warehouse.agg_daily_sales AS a (shop_key, day, currency, amount_scale, orders, ad_spend_minor,"
    " ad_spend_rows, lines, units, gross_minor, seller_discount_minor, platform_discount_minor, shipping_share_minor,"
    " platform_fee_minor, payment_fee_minor, affiliate_commission_minor, other_fees_minor, net_minor, cost_minor,"
    " cost_lines, refund_lines, refund_units, refunds_minor, refund_gross_minor, refund_seller_discount_minor,"
    " refund_shipping_minor, refund_discrepancy_minor, refund_fx_minor, refund_affiliate_commission_minor,"
    " refund_fees_returned_minor,"
    " refund_admin_fee_minor, refund_case_fee_minor, refund_net_minor, refund_cost_minor, refund_cost_unknown)"
    " SELECT * FROM unnest($1::int4[], $2::date[], $3::text[], $4::int2[], $5::int8[], $6::int8[], $7::int8[],"
    " $8::int8[], $9::int8[], $10::int8[], $11::int8[], $12::int8[], $13::int8[], $14::int8[], $15::int8[], $16::int8[],"
    " $17::int8[], $18::int8[], $19::int8[], $20::int8[], $21::int8[], $22::int8[], $23::int8[], $24::int8[],"
    " $25::int8[], $26::int8[], $27::int8[], $28::int8[], $29::int8[], $30::int8[], $31::int8[], $32::int8[],"
    " $33::int8[], $34::int8[], $35::int8[])"
    " ON CONFLICT (shop_key, day, currency, amount_scale) DO UPDATE SET orders = a.orders + excluded.orders,"
    " ad_spend_minor = a.ad_spend_minor + excluded.ad_spend_minor,"
    " ad_spend_rows = a.ad_spend_rows + excluded.ad_spend_rows, lines = a.lines + excluded.lines,"
    " units = a.units + excluded.units, gross_minor = a.gross_minor + excluded.gross_minor,"
    " seller_discount_minor = a.seller_discount_minor + excluded.seller_discount_minor,"
    " platform_discount_minor = a.platform_discount_minor + excluded.platform_discount_minor,"
    " shipping_share_minor = a.shipping_share_minor + excluded.shipping_share_minor,"
    " platform_fee_minor = a.platform_fee_minor + excluded.platform_fee_minor,"
    " payment_fee_minor = a.payment_fee_minor + excluded.payment_fee_minor,"
    " affiliate_commission_minor = a.affiliate_commission_minor + excluded.affiliate_commission_minor,"
    " other_fees_minor = a.other_fees_minor + excluded.other_fees_minor, net_minor = a.net_minor + excluded.net_minor,"
    " cost_minor = a.cost_minor + excluded.cost_minor, cost_lines = a.cost_lines + excluded.cost_lines,"
    " refund_lines = a.refund_lines + excluded.refund_lines, refund_units = a.refund_units + excluded.refund_units,"
    " refunds_minor = a.refunds_minor + excluded.refunds_minor,"
    " refund_gross_minor = a.refund_gross_minor + excluded.refund_gross_minor,"
    " refund_seller_discount_minor = a.refund_seller_discount_minor + excluded.refund_seller_discount_minor,"
    " refund_shipping_minor = a.refund_shipping_minor + excluded.refund_shipping_minor,"
    " refund_discrepancy_minor = a.refund_discrepancy_minor + excluded.refund_discrepancy_minor,"
    " refund_fx_minor = a.refund_fx_minor + excluded.refund_fx_minor,"
    " refund_affiliate_commission_minor = a.refund_affiliate_commission_minor + excluded.refund_affiliate_commission_minor,"
    " refund_fees_returned_minor = a.refund_fees_returned_minor + excluded.refund_fees_returned_minor,"
    " refund_admin_fee_minor = a.refund_admin_fee_minor + excluded.refund_admin_fee_minor,"
    " refund_case_fee_minor = a.refund_case_fee_minor + excluded.refund_case_fee_minor,"
    " refund_net_minor = a.refund_net_minor + excluded.refund_net_minor,"
    " refund_cost_minor = a.refund_cost_minor + excluded.refund_cost_minor,"
    " refund_cost_unknown = a.refund_cost_unknown + excluded.refund_cost_unknown"};

/* A row that counts nothing any more goes, so that the tables do not tell how the log was cut into batches. */
static const struct pg_statement prune_daily = {
    "prune_daily",
    "DELETE FROM warehouse.agg_daily_sales a USING unnest($1::int4[], $2::date[], $3::text[], $4::int2[])"
    " AS u(shop_key, day, currency, amount_scale) WHERE a.shop_key = u.shop_key AND a.day = u.day"
    " AND a.currency = u.currency AND a.amount_scale = u.amount_scale AND a.orders = 0 AND a.lines = 0"
    " AND a.ad_spend_rows = 0 AND a.refund_lines = 0"};

static const char copy_deltas_sql[] =
    "COPY warehouse.agg_product_delta (shop_key, day, lines, units, gross_minor, seller_discount_minor,"
    " platform_discount_minor, platform_fee_minor, payment_fee_minor, affiliate_commission_minor, other_fees_minor,"
    " net_minor, cost_minor, cost_lines, sku) FROM STDIN (FORMAT binary)";

static const enum rollup_sum delta_sums[] = {SUM_LINES,        SUM_UNITS,       SUM_GROSS,
                                             SUM_SELLER_DISCOUNT, SUM_PLATFORM_DISCOUNT, SUM_PLATFORM_FEE,
                                             SUM_PAYMENT_FEE,  SUM_AFFILIATE_COMMISSION, SUM_OTHER_FEES,
                                             SUM_NET,          SUM_COST,         SUM_COST_LINES};
#define DELTA_SUM_COUNT (sizeof delta_sums / sizeof *delta_sums)

static bool copy_deltas(struct fact_writer *writer, struct pg_failure *failure)
{
    size_t count;
    const struct product_delta *rows = rollup_products(writer->rollup, &count);
    writer->product_rows = count;
    if (!count)
        return true;
    if (!pg_copy_begin(writer->link, copy_deltas_sql, &writer->copy, failure))
        return false;
    for (size_t i = 0; i < count; i++) {
        uint8_t *at = copy_reserve(&writer->copy, 2 + DELTA_COLUMNS * COPY_FIELD_MAX + rows[i].sku.len);
        at = put_u16(at, DELTA_COLUMNS);
        at = put_int4(at, rows[i].shop_key);
        at = put_date(at, rows[i].day);
        for (size_t sum = 0; sum < DELTA_SUM_COUNT; sum++)
            at = put_int8(at, rows[i].sums[delta_sums[sum]]);
        copy_end(&writer->copy, put_text(at, rows[i].sku));
        if (!writer_flush(writer, failure))
            return false;
    }
    return pg_copy_end(writer->link, &writer->copy, failure);
}

static void start_keys(struct fact_writer *writer)
{
    static const enum pg_type types[] = {PG_INT4, PG_DATE, PG_TEXT, PG_INT2};
    for (int i = 0; i < 4; i++)
        writer_column(writer, i, types[i]);
}

static void add_key(struct fact_writer *writer, const struct rollup_key *key)
{
    array_int4(&writer->columns[0], key->shop_key);
    array_date(&writer->columns[1], key->day);
    array_text(&writer->columns[2], text_of(key->currency));
    array_int2(&writer->columns[3], key->amount_scale);
}

static void fill_keys(struct fact_writer *writer, const struct daily_delta *rows, size_t count)
{
    start_keys(writer);
    for (size_t i = 0; i < count; i++)
        add_key(writer, &rows[i].key);
}

static void fill_sums(struct fact_writer *writer, const struct daily_delta *rows, size_t count)
{
    for (int i = 4; i < ALL_COLUMNS; i++)
        writer_column(writer, i, PG_INT8);
    for (size_t i = 0; i < count; i++) {
        array_int8(&writer->columns[4], rows[i].orders);
        array_int8(&writer->columns[5], rows[i].ad_spend_minor);
        array_int8(&writer->columns[6], rows[i].ad_spend_rows);
        for (int sum = 0; sum < ROLLUP_SUM_COUNT; sum++)
            array_int8(&writer->columns[7 + sum], rows[i].sums[sum]);
        for (int sum = 0; sum < ROLLUP_REFUND_SUM_COUNT; sum++)
            array_int8(&writer->columns[SALES_COLUMNS + sum], rows[i].refunds[sum]);
    }
}

static bool any_lowered(const struct daily_delta *rows, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (rows[i].orders < 0 || rows[i].sums[SUM_LINES] < 0 || rows[i].ad_spend_rows < 0 ||
            rows[i].refunds[REFUND_SUM_LINES] < 0)
            return true;
    return false;
}

bool aggregates_write(struct fact_writer *writer, struct pg_failure *failure)
{
    size_t count;
    if (!copy_deltas(writer, failure))
        return false;
    const struct daily_delta *rows = rollup_daily(writer->rollup, &count);
    if (!count)
        return true;
    fill_keys(writer, rows, count);
    fill_sums(writer, rows, count);
    struct pg_call calls[2] = {{.statement = &move_daily}, {.statement = &prune_daily}};
    for (int i = 0; i < ALL_COLUMNS; i++)
        call_array(&calls[0], &writer->columns[i]);
    for (int i = 0; i < 4; i++)
        call_array(&calls[1], &writer->columns[i]);
    size_t call_count = any_lowered(rows, count) ? 2 : 1;
    bool ok = pg_run(writer->link, calls, call_count, failure);
    pg_calls_clear(calls, call_count);
    return ok;
}
