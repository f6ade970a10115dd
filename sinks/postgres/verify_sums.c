/*
 * What a set-based query can prove. Both sides of a sum are numeric, so that a value altered beyond all measure is a difference and
 * no overflow.
 */
#include "postgres/verify.h"

#include <stdio.h>

#define SUMS "lines, units, gross_minor, seller_discount_minor, platform_discount_minor, platform_fee_minor," \
             " payment_fee_minor, affiliate_commission_minor, other_fees_minor, net_minor, cost_minor, cost_lines"
#define LINE_VALUES "1, f.quantity, f.gross_minor, f.seller_discount_minor, f.platform_discount_minor," \
                    " f.platform_fee_minor, f.payment_fee_minor, f.affiliate_commission_minor, f.other_fees_minor," \
                    " f.net_minor, coalesce(f.cost_minor, 0), (f.cost_minor IS NOT NULL)::int"
#define SUMMED "sum(lines)::numeric lines, sum(units)::numeric units, sum(gross_minor) gross_minor," \
               " sum(seller_discount_minor) seller_discount_minor, sum(platform_discount_minor) platform_discount_minor," \
               " sum(platform_fee_minor) platform_fee_minor, sum(payment_fee_minor) payment_fee_minor," \
               " sum(affiliate_commission_minor) affiliate_commission_minor, sum(other_fees_minor) other_fees_minor," \
               " sum(net_minor) net_minor, sum(cost_minor) cost_minor, sum(cost_lines)::numeric cost_lines"
/* A row per key on which stored and expected differ: how many do, and what differs in words. */
#define COMPARED(keys, title)                                                                                          \
    " SELECT count(*) OVER (), " title " || ': ' || CASE"                               \
    " WHEN e IS NULL THEN 'is there without facts' WHEN s IS NULL THEN 'is missing'"                                   \
    " ELSE (SELECT string_agg(format('%s is %s, the facts say %s', k, to_jsonb(s) ->> k, to_jsonb(e) ->> k), ', ')"    \
    " FROM jsonb_object_keys(to_jsonb(e)) k WHERE to_jsonb(s) -> k IS DISTINCT FROM to_jsonb(e) -> k) END"             \
    " FROM stored s FULL JOIN expected e USING (" keys ") LEFT JOIN warehouse.dim_shop d USING (shop_key)"             \
    " WHERE s IS DISTINCT FROM e LIMIT 10"

#define REFUND_SUMS "refund_lines, refund_units, refunds_minor, refund_gross_minor, refund_seller_discount_minor," \
                    " refund_shipping_minor, refund_discrepancy_minor, refund_fx_minor, refund_affiliate_commission_minor," \
                    " refund_fees_returned_minor, refund_admin_fee_minor, refund_case_fee_minor, refund_net_minor," \
                    " refund_cost_minor, refund_cost_unknown"
#define NO_REFUNDS ", 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0"
#define REFUND_VALUES "1, quantity, gross_minor - seller_discount_minor, gross_minor, seller_discount_minor, shipping_minor," \
                      " discrepancy_minor, fx_minor, affiliate_commission_minor, fees_returned_minor, admin_fee_minor, case_fee_minor, net_minor," \
                      " coalesce(cost_minor, 0), (cost_minor IS NULL)::int"
#define REFUNDS_SUMMED "sum(refund_lines)::numeric refund_lines, sum(refund_units)::numeric refund_units," \
                       " sum(refunds_minor)::numeric refunds_minor, sum(refund_gross_minor)::numeric refund_gross_minor," \
                       " sum(refund_seller_discount_minor)::numeric refund_seller_discount_minor," \
                       " sum(refund_shipping_minor)::numeric refund_shipping_minor," \
                       " sum(refund_discrepancy_minor)::numeric refund_discrepancy_minor, sum(refund_fx_minor)::numeric refund_fx_minor," \
                       " sum(refund_affiliate_commission_minor)::numeric refund_affiliate_commission_minor," \
                       " sum(refund_fees_returned_minor)::numeric refund_fees_returned_minor," \
                       " sum(refund_admin_fee_minor)::numeric refund_admin_fee_minor," \
                       " sum(refund_case_fee_minor)::numeric refund_case_fee_minor, sum(refund_net_minor)::numeric refund_net_minor," \
                       " sum(refund_cost_minor)::numeric refund_cost_minor, sum(refund_cost_unknown)::numeric refund_cost_unknown"

static const struct pg_statement daily_sales = {
    "verify_daily_sales",
    "WITH parts (shop_key, day, currency, amount_scale, orders, " SUMS ", shipping_share_minor, ad_spend_minor,"
    " ad_spend_rows, " REFUND_SUMS ") AS ("
    " SELECT shop_key, day, currency COLLATE \"C\", amount_scale, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0" NO_REFUNDS
    " FROM warehouse.fact_orders"
    " WHERE booked"
    " UNION ALL SELECT f.shop_key, f.day, o.currency COLLATE \"C\", o.amount_scale, 0, " LINE_VALUES ", f.shipping_share_minor, 0, 0" NO_REFUNDS
    " FROM warehouse.fact_sales f LEFT JOIN warehouse.fact_orders o USING (order_key) WHERE f.booked"
    " UNION ALL SELECT shop_key, day, currency COLLATE \"C\", amount_scale, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, spend_minor, 1" NO_REFUNDS
    " FROM warehouse.fact_ad_spend"
    " UNION ALL SELECT shop_key, day, currency COLLATE \"C\", amount_scale, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, " REFUND_VALUES
    " FROM warehouse.fact_refund_lines WHERE booked),"
    " expected AS (SELECT shop_key, day, currency, amount_scale, sum(orders)::numeric orders, " SUMMED ","
    " sum(shipping_share_minor) shipping_share_minor, sum(ad_spend_minor) ad_spend_minor,"
    " sum(ad_spend_rows)::numeric ad_spend_rows, " REFUNDS_SUMMED
    " FROM parts GROUP BY shop_key, day, currency, amount_scale),"
    " stored AS (SELECT shop_key, day, currency, amount_scale, orders::numeric, lines::numeric, units::numeric, gross_minor::numeric,"
    " seller_discount_minor::numeric, platform_discount_minor::numeric, platform_fee_minor::numeric,"
    " payment_fee_minor::numeric, affiliate_commission_minor::numeric, other_fees_minor::numeric, net_minor::numeric,"
    " cost_minor::numeric, cost_lines::numeric,"
    " shipping_share_minor::numeric, ad_spend_minor::numeric, ad_spend_rows::numeric, refund_lines::numeric,"
    " refund_units::numeric, refunds_minor::numeric, refund_gross_minor::numeric, refund_seller_discount_minor::numeric,"
    " refund_shipping_minor::numeric, refund_discrepancy_minor::numeric, refund_fx_minor::numeric, refund_affiliate_commission_minor::numeric,"
    " refund_fees_returned_minor::numeric, refund_admin_fee_minor::numeric, refund_case_fee_minor::numeric,"
    " refund_net_minor::numeric, refund_cost_minor::numeric, refund_cost_unknown::numeric FROM warehouse.agg_daily_sales)" COMPARED("shop_key, day, currency, amount_scale",
                                                                   "format('shop %s, %s, %s', d.shop_id, day, coalesce(s.currency, e.currency))")};

static const struct pg_statement products = {
    "verify_products",
    "WITH expected AS (SELECT shop_key, sku, day, " SUMMED " FROM (SELECT f.shop_key, f.sku, f.day, " LINE_VALUES
    " FROM warehouse.fact_sales f WHERE f.booked) AS parts (shop_key, sku, day, " SUMS ") GROUP BY shop_key, sku, day),"
    " stored AS (SELECT shop_key, sku, day, " SUMMED " FROM (SELECT shop_key, sku, day, " SUMS
    " FROM warehouse.agg_product_base UNION ALL SELECT shop_key, sku, day, " SUMS " FROM warehouse.agg_product_delta)"
    " AS parts GROUP BY shop_key, sku, day HAVING sum(lines) <> 0 OR sum(units) <> 0 OR sum(gross_minor) <> 0"
    " OR sum(net_minor) <> 0)" COMPARED("shop_key, sku, day", "format('shop %s, SKU %s, %s', d.shop_id, sku, day)")};

/* What was written from an offset was committed together with a position behind it. */
static const struct pg_statement positions = {
    "verify_positions",
    "WITH facts AS (SELECT source_topic AS topic, source_partition AS partition, max(source_offset) AS last"
    " FROM (SELECT source_topic, source_partition, source_offset FROM warehouse.fact_orders"
    " UNION ALL SELECT source_topic, source_partition, source_offset FROM warehouse.fact_ad_spend"
    " UNION ALL SELECT source_topic, source_partition, source_offset FROM warehouse.fact_refunds"
    " UNION ALL SELECT source_topic, source_partition, source_offset FROM warehouse.sku_mapping"
    " UNION ALL SELECT source_topic, source_partition, source_offset FROM warehouse.unit_cost"
    " UNION ALL SELECT source_topic, source_partition, source_offset FROM warehouse.product_version"
    " UNION ALL SELECT source_topic, source_partition, source_offset FROM warehouse.shop_version"
    " UNION ALL SELECT source_topic, source_partition, source_offset FROM warehouse.fact_settlements"
    " UNION ALL SELECT source_topic, source_partition, source_offset FROM warehouse.fact_anomaly"
    " UNION ALL SELECT source_topic, source_partition, source_offset FROM warehouse.fact_incident"
    " UNION ALL SELECT topic, partition, \"offset\" FROM tillstream.quarantine) AS sources GROUP BY 1, 2),"
    " moved AS (SELECT topic, partition, max(next_offset) AS next_offset FROM tillstream.source_position GROUP BY 1, 2)"
    " SELECT count(*) OVER (), format('%s [%s]: offset %s is in the warehouse, the position"
    " is %s', topic, partition, last, coalesce(next_offset::text, 'missing'))"
    " FROM facts LEFT JOIN moved USING (topic, partition) WHERE next_offset IS NULL OR next_offset <= last LIMIT 10"};

static const struct pg_statement count_daily = {"count_daily", "SELECT count(*) FROM warehouse.agg_daily_sales"};
static const struct pg_statement count_products = {"count_products", "SELECT count(*) FROM warehouse.agg_product_performance"};
static const struct pg_statement count_positions = {"count_positions", "SELECT count(*) FROM tillstream.source_position"};

bool verify_query(struct verifier *verifier, enum verify_check check, const struct pg_statement *differing,
                  struct pg_failure *failure)
{
    struct pg_call call = {.statement = differing};
    if (!pg_run(verifier->link, &call, 1, failure))
        return false;
    int told = PQntuples(call.result);
    for (int i = 0; i < told; i++)
        verify_difference(verifier, check, "%s", PQgetvalue(call.result, i, 1));
    if (told)
        verifier->counts[check].differences += (uint64_t)get_int8(call.result, 0, 0) - (uint64_t)told;
    pg_calls_clear(&call, 1);
    return true;
}

static bool compare(struct verifier *verifier, enum verify_check check, const struct pg_statement *count,
                    const struct pg_statement *differing, struct pg_failure *failure)
{
    struct pg_call call = {.statement = count};
    if (!pg_run(verifier->link, &call, 1, failure))
        return false;
    verifier->counts[check].rows += (uint64_t)get_int8(call.result, 0, 0);
    pg_calls_clear(&call, 1);
    return verify_query(verifier, check, differing, failure);
}

bool verify_sums(struct verifier *verifier, struct pg_failure *failure)
{
    return compare(verifier, VERIFY_DAILY_SALES, &count_daily, &daily_sales, failure) &&
           compare(verifier, VERIFY_PRODUCTS, &count_products, &products, failure) &&
           compare(verifier, VERIFY_POSITIONS, &count_positions, &positions, failure);
}
