#include "postgres/product_fold.h"

/* Deleted and not truncated: TRUNCATE is not transactional for readers with an older snapshot, and waits for writers. */
static const struct pg_statement fold = {
    "fold_products",
    "WITH turn AS MATERIALIZED (SELECT pg_try_advisory_xact_lock(7240112359) AS mine),"
    " moved AS (DELETE FROM warehouse.agg_product_delta WHERE ctid = ANY (ARRAY(SELECT d.ctid"
    " FROM warehouse.agg_product_delta d WHERE (SELECT mine FROM turn) LIMIT $1::int8)) RETURNING *),"
    " folded AS (INSERT INTO warehouse.agg_product_base AS b (shop_key, sku, day, lines, units, gross_minor,"
    " seller_discount_minor, platform_discount_minor, platform_fee_minor, payment_fee_minor, affiliate_commission_minor,"
    " other_fees_minor, net_minor, cost_minor, cost_lines)"
    " SELECT shop_key, sku, day, sum(lines), sum(units), sum(gross_minor), sum(seller_discount_minor),"
    " sum(platform_discount_minor), sum(platform_fee_minor), sum(payment_fee_minor), sum(affiliate_commission_minor),"
    " sum(other_fees_minor), sum(net_minor), sum(cost_minor), sum(cost_lines)"
    " FROM moved GROUP BY shop_key, sku, day ORDER BY shop_key, sku, day"
    " ON CONFLICT (shop_key, sku, day) DO UPDATE SET lines = b.lines + excluded.lines, units = b.units + excluded.units,"
    " gross_minor = b.gross_minor + excluded.gross_minor,"
    " seller_discount_minor = b.seller_discount_minor + excluded.seller_discount_minor,"
    " platform_discount_minor = b.platform_discount_minor + excluded.platform_discount_minor,"
    " platform_fee_minor = b.platform_fee_minor + excluded.platform_fee_minor,"
    " payment_fee_minor = b.payment_fee_minor + excluded.payment_fee_minor,"
    " affiliate_commission_minor = b.affiliate_commission_minor + excluded.affiliate_commission_minor,"
    " other_fees_minor = b.other_fees_minor + excluded.other_fees_minor, net_minor = b.net_minor + excluded.net_minor,"
    " cost_minor = b.cost_minor + excluded.cost_minor, cost_lines = b.cost_lines + excluded.cost_lines)"
    " SELECT count(*) FROM moved"};

bool product_fold(struct pg_link *link, uint64_t rows_max, uint64_t *ret_rows, struct pg_failure *failure)
{
    uint8_t limit[8];
    struct pg_call call = {.statement = &fold};
    (void)put_u64(limit, rows_max);
    call_bytes(&call, limit, sizeof limit);
    if (!pg_run(link, &call, 1, failure))
        return false;
    *ret_rows = (uint64_t)get_int8(call.result, 0, 0);
    pg_calls_clear(&call, 1);
    return true;
}
