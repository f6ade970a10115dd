#include "postgres/product_fold.h"

/* Deleted and not truncated: TRUNCATE is not transactional for readers with an older snapshot, and waits for writers. */
static const char fold_sql[] =
    "BEGIN;"
    "SET LOCAL work_mem = '64MB';"
    "SET LOCAL statement_timeout = '10min';"
    "WITH turn AS MATERIALIZED (SELECT pg_try_advisory_xact_lock(7240112359) AS mine),"
    " moved AS (DELETE FROM warehouse.agg_product_delta WHERE (SELECT mine FROM turn) RETURNING *)"
    " INSERT INTO warehouse.agg_product_base AS b (shop_key, sku, day, lines, units, gross_minor, seller_discount_minor,"
    " platform_discount_minor, platform_fee_minor, payment_fee_minor, affiliate_commission_minor, other_fees_minor,"
    " net_minor)"
    " SELECT shop_key, sku, day, sum(lines), sum(units), sum(gross_minor), sum(seller_discount_minor),"
    " sum(platform_discount_minor), sum(platform_fee_minor), sum(payment_fee_minor), sum(affiliate_commission_minor),"
    " sum(other_fees_minor), sum(net_minor)"
    " FROM moved GROUP BY shop_key, sku, day ORDER BY shop_key, sku, day"
    " ON CONFLICT (shop_key, sku, day) DO UPDATE SET lines = b.lines + excluded.lines, units = b.units + excluded.units,"
    " gross_minor = b.gross_minor + excluded.gross_minor,"
    " seller_discount_minor = b.seller_discount_minor + excluded.seller_discount_minor,"
    " platform_discount_minor = b.platform_discount_minor + excluded.platform_discount_minor,"
    " platform_fee_minor = b.platform_fee_minor + excluded.platform_fee_minor,"
    " payment_fee_minor = b.payment_fee_minor + excluded.payment_fee_minor,"
    " affiliate_commission_minor = b.affiliate_commission_minor + excluded.affiliate_commission_minor,"
    " other_fees_minor = b.other_fees_minor + excluded.other_fees_minor, net_minor = b.net_minor + excluded.net_minor;"
    "COMMIT";

bool product_fold(struct pg_link *link, struct pg_failure *failure)
{
    if (pg_do(link, fold_sql, failure))
        return true;
    struct pg_failure ignored;
    (void)pg_do(link, "ROLLBACK", &ignored); /* where this fails too the connection is gone, and the transaction with it */
    return false;
}
