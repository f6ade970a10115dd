-- Refunds as they are stated, and what they take back of their orders. A refund that comes before its order waits here.

ALTER TABLE warehouse.fact_sales ADD COLUMN fee_returnable_minor bigint NOT NULL DEFAULT 0;
COMMENT ON COLUMN warehouse.fact_sales.fee_returnable_minor IS 'of platform, payment and other fees: what a refund of the whole line gives back';

ALTER TABLE warehouse.fact_orders
    ADD COLUMN presentment_currency text COLLATE "C",
    ADD COLUMN presentment_scale smallint,
    ADD COLUMN presentment_total_minor bigint,
    ADD COLUMN fx_rate_ppb bigint;
COMMENT ON COLUMN warehouse.fact_orders.presentment_currency IS 'what the buyer saw and paid in, where that is not the currency of the shop, which is booked; null: it is';
COMMENT ON COLUMN warehouse.fact_orders.presentment_total_minor IS 'what the buyer pays in all, at presentment_scale: customer_total_minor in the buyer''s currency';
COMMENT ON COLUMN warehouse.fact_orders.fx_rate_ppb IS 'units of the shop''s currency for one of the buyer''s, in parts per billion, as the platform states it with the order';

CREATE TABLE warehouse.fact_refunds (
    shop_key integer NOT NULL,
    day date NOT NULL,
    revision bigint NOT NULL,
    occurred_at timestamptz NOT NULL,
    content_hash uuid NOT NULL,
    row_hash bigint NOT NULL,
    shipping_refund_minor bigint NOT NULL,
    discrepancy_minor bigint NOT NULL,
    source_offset bigint NOT NULL,
    source_partition integer NOT NULL,
    amount_scale smallint NOT NULL,
    flags smallint NOT NULL,
    order_id text COLLATE "C" NOT NULL,
    refund_id text COLLATE "C" NOT NULL,
    event_id text NOT NULL,
    currency text NOT NULL,
    initiator text NOT NULL,
    source_topic text NOT NULL,
    line_ids text[] NOT NULL,
    quantities bigint[] NOT NULL,
    amounts_minor bigint[] NOT NULL,
    taxes_minor bigint[] NOT NULL,
    restocked boolean[] NOT NULL,
    order_key bigint,
    case_fee_minor bigint,
    reason text,
    presentment_currency text COLLATE "C",
    presentment_scale smallint,
    presentment_total_minor bigint,
    fx_rate_ppb bigint,
    PRIMARY KEY (shop_key, order_id, refund_id)
) WITH (autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.05);
COMMENT ON TABLE warehouse.fact_refunds IS 'Refunds and chargebacks as of their latest revision, as the platform states them.';
COMMENT ON COLUMN warehouse.fact_refunds.refund_id IS 'a refund is known by shop, order and this id: the same id with another order is another refund, both count, and analytics.findings has refund_of_two_orders';
COMMENT ON COLUMN warehouse.fact_refunds.day IS 'business day of occurred_at in the shop''s time zone';
COMMENT ON COLUMN warehouse.fact_refunds.flags IS 'sum of 1 shipped before, 2 chargeback, 4 voided';
COMMENT ON COLUMN warehouse.fact_refunds.line_ids IS 'the lines, sorted by id; quantities, amounts_minor, taxes_minor and restocked go with them';
COMMENT ON COLUMN warehouse.fact_refunds.order_key IS 'fact_orders.order_key; null: parked until its order comes';
COMMENT ON COLUMN warehouse.fact_refunds.case_fee_minor IS 'what the case costs the seller, where the platform states it';
COMMENT ON COLUMN warehouse.fact_refunds.presentment_total_minor IS 'all that the buyer gets back, in the buyer''s currency; null, as the other three: the shop''s';
COMMENT ON COLUMN warehouse.fact_refunds.fx_rate_ppb IS 'as in fact_orders, but of the refund''s own day';
COMMENT ON COLUMN warehouse.fact_refunds.row_hash IS 'of all columns but order_key and the source position; verify computes it anew';
CREATE INDEX fact_refunds_parked ON warehouse.fact_refunds (shop_key, order_id) WHERE order_key IS NULL;

CREATE TABLE warehouse.fact_refund_lines (
    shop_key integer NOT NULL,
    line_no smallint NOT NULL,
    findings smallint NOT NULL,
    amount_scale smallint NOT NULL,
    day date NOT NULL,
    order_day date NOT NULL,
    booked boolean NOT NULL,
    restocked boolean NOT NULL,
    quantity bigint NOT NULL,
    gross_minor bigint NOT NULL,
    seller_discount_minor bigint NOT NULL,
    platform_discount_minor bigint NOT NULL,
    amount_minor bigint NOT NULL,
    tax_minor bigint NOT NULL,
    shipping_minor bigint NOT NULL,
    discrepancy_minor bigint NOT NULL,
    fx_minor bigint NOT NULL,
    affiliate_commission_minor bigint NOT NULL,
    fees_returned_minor bigint NOT NULL,
    admin_fee_minor bigint NOT NULL,
    case_fee_minor bigint NOT NULL,
    net_minor bigint NOT NULL,
    row_hash bigint NOT NULL,
    order_id text COLLATE "C" NOT NULL,
    refund_id text COLLATE "C" NOT NULL,
    currency text COLLATE "C" NOT NULL,
    sku text COLLATE "C",
    PRIMARY KEY (shop_key, order_id, refund_id, line_no)
) WITH (autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.05);
COMMENT ON TABLE warehouse.fact_refund_lines IS 'What refunds take back of order lines: net = gross - seller_discount - affiliate_commission - fees_returned + admin_fee + case_fee + discrepancy + fx.';
COMMENT ON COLUMN warehouse.fact_refund_lines.line_no IS 'of the order''s line; 0: what belongs to none (shipping, discrepancy, exchange, case fee, unknown lines)';
COMMENT ON COLUMN warehouse.fact_refund_lines.findings IS 'sum of 1 above what was sold, 2 unknown line, 4 wrong currency (nothing is booked), 8 fees assumed kept until the settlement, 16 other rules than the order was charged by bound what comes back, 32 given back in a currency that the order was not sold in';
COMMENT ON COLUMN warehouse.fact_refund_lines.day IS 'of the refund; order_day that of its order';
COMMENT ON COLUMN warehouse.fact_refund_lines.booked IS 'as its order: counts in agg_daily_sales';
COMMENT ON COLUMN warehouse.fact_refund_lines.gross_minor IS 'list price taken back: amount + both discounts given back';
COMMENT ON COLUMN warehouse.fact_refund_lines.fx_minor IS 'what was given back in the buyer''s currency, at the rate of the refund, less the same at the rate of the order; positive: it costs more than it was sold for';
COMMENT ON COLUMN warehouse.fact_refund_lines.amount_minor IS 'of the goods, as the buyer got it back, without tax';
COMMENT ON COLUMN warehouse.fact_refund_lines.net_minor IS 'what the seller loses against the order''s net';
COMMENT ON COLUMN warehouse.fact_refund_lines.row_hash IS 'of all other columns; verify computes it anew';

ALTER TABLE warehouse.agg_daily_sales
    ADD COLUMN refund_lines bigint NOT NULL DEFAULT 0,
    ADD COLUMN refund_units bigint NOT NULL DEFAULT 0,
    ADD COLUMN refund_gross_minor bigint NOT NULL DEFAULT 0,
    ADD COLUMN refund_seller_discount_minor bigint NOT NULL DEFAULT 0,
    ADD COLUMN refund_shipping_minor bigint NOT NULL DEFAULT 0,
    ADD COLUMN refund_discrepancy_minor bigint NOT NULL DEFAULT 0,
    ADD COLUMN refund_fx_minor bigint NOT NULL DEFAULT 0,
    ADD COLUMN refund_affiliate_commission_minor bigint NOT NULL DEFAULT 0,
    ADD COLUMN refund_fees_returned_minor bigint NOT NULL DEFAULT 0,
    ADD COLUMN refund_admin_fee_minor bigint NOT NULL DEFAULT 0,
    ADD COLUMN refund_case_fee_minor bigint NOT NULL DEFAULT 0,
    ADD COLUMN refund_net_minor bigint NOT NULL DEFAULT 0;
COMMENT ON COLUMN warehouse.agg_daily_sales.refunds_minor IS 'net sales given back: refund_gross - refund_seller_discount, by the day of the refund';
COMMENT ON COLUMN warehouse.agg_daily_sales.refund_lines IS 'booked rows of fact_refund_lines in the columns of refunds';
COMMENT ON COLUMN warehouse.agg_daily_sales.refund_net_minor IS 'what refunds of the day take off net';

CREATE OR REPLACE VIEW analytics.daily_sales AS
SELECT s.shop_id, a.day, a.currency, a.orders, a.units,
       analytics.money(a.gross_minor, a.amount_scale) AS gross,
       analytics.money(a.seller_discount_minor, a.amount_scale) AS seller_discount,
       analytics.money(a.platform_discount_minor, a.amount_scale) AS platform_discount,
       analytics.money(a.shipping_share_minor, a.amount_scale) AS shipping_paid,
       analytics.money(a.platform_fee_minor, a.amount_scale) AS platform_fee,
       analytics.money(a.payment_fee_minor, a.amount_scale) AS payment_fee,
       analytics.money(a.affiliate_commission_minor, a.amount_scale) AS affiliate_commission,
       analytics.money(a.other_fees_minor, a.amount_scale) AS other_fees,
       analytics.money(a.refunds_minor, a.amount_scale) AS refunds,
       analytics.money(a.cost_minor, a.amount_scale) AS cost,
       analytics.money(a.net_minor, a.amount_scale) AS net,
       analytics.money(a.ad_spend_minor, a.amount_scale) AS ad_spend,
       analytics.money(a.net_minor - a.ad_spend_minor, a.amount_scale) AS net_after_ads,
       round((a.platform_fee_minor + a.payment_fee_minor + a.other_fees_minor)::numeric /
             nullif(a.gross_minor - a.seller_discount_minor, 0), 4) AS take_rate,
       a.refund_units,
       analytics.money(a.refund_fees_returned_minor, a.amount_scale) AS refund_fees_returned,
       analytics.money(a.refund_affiliate_commission_minor, a.amount_scale) AS refund_affiliate_commission,
       analytics.money(a.refund_admin_fee_minor + a.refund_case_fee_minor, a.amount_scale) AS refund_fees_charged,
       analytics.money(a.refund_shipping_minor, a.amount_scale) AS refund_shipping,
       analytics.money(a.refund_net_minor, a.amount_scale) AS refund_net,
       analytics.money(a.net_minor - a.refund_net_minor, a.amount_scale) AS net_after_refunds,
       analytics.money(a.net_minor - a.refund_net_minor - a.ad_spend_minor, a.amount_scale) AS net_after_refunds_and_ads
FROM warehouse.agg_daily_sales a JOIN warehouse.dim_shop s USING (shop_key);
COMMENT ON COLUMN analytics.daily_sales.net IS 'gross - seller discount - platform, payment and other fees - affiliate commission, of the day''s orders, before refunds';
COMMENT ON COLUMN analytics.daily_sales.refunds IS 'net sales given back on this day, whenever they were sold';
COMMENT ON COLUMN analytics.daily_sales.refund_net IS 'refunds - fees and commission returned + fees charged for refunds and cases + discrepancies + differences of exchange';

CREATE VIEW analytics.refunds AS
SELECT s.shop_id, r.order_id, r.refund_id, r.day, r.occurred_at, r.initiator, r.reason, r.flags & 1 <> 0 AS shipped_before,
       r.flags & 2 <> 0 AS chargeback, r.flags & 4 <> 0 AS voided, r.order_key IS NULL AS parked, r.currency,
       coalesce(l.units, 0) AS units,
       analytics.money(coalesce(l.amount_minor, 0), r.amount_scale) AS amount,
       analytics.money(coalesce(l.tax_minor, 0), r.amount_scale) AS tax,
       analytics.money(coalesce(l.shipping_minor, 0), r.amount_scale) AS shipping,
       analytics.money(coalesce(l.net_sales_minor, 0), r.amount_scale) AS net_sales,
       analytics.money(coalesce(l.fees_returned_minor, 0), r.amount_scale) AS fees_returned,
       analytics.money(coalesce(l.affiliate_commission_minor, 0), r.amount_scale) AS affiliate_commission_returned,
       analytics.money(coalesce(l.admin_fee_minor, 0), r.amount_scale) AS admin_fee,
       analytics.money(coalesce(l.case_fee_minor, 0), r.amount_scale) AS case_fee,
       analytics.money(coalesce(l.net_minor, 0), r.amount_scale) AS net,
       coalesce(l.booked, false) AS booked, coalesce(l.findings, '{}') AS findings, r.revision,
       r.presentment_currency, analytics.money(r.presentment_total_minor, r.presentment_scale) AS presentment_total,
       r.fx_rate_ppb * 0.000000001 AS fx_rate, analytics.money(coalesce(l.fx_minor, 0), r.amount_scale) AS fx
FROM warehouse.fact_refunds r JOIN warehouse.dim_shop s USING (shop_key)
LEFT JOIN LATERAL (
    SELECT sum(f.quantity)::bigint AS units, sum(f.amount_minor)::bigint AS amount_minor, sum(f.tax_minor)::bigint AS tax_minor,
           sum(f.shipping_minor)::bigint AS shipping_minor, sum(f.gross_minor - f.seller_discount_minor)::bigint AS net_sales_minor,
           sum(f.fees_returned_minor)::bigint AS fees_returned_minor,
           sum(f.affiliate_commission_minor)::bigint AS affiliate_commission_minor, sum(f.admin_fee_minor)::bigint AS admin_fee_minor,
           sum(f.case_fee_minor)::bigint AS case_fee_minor, sum(f.net_minor)::bigint AS net_minor, sum(f.fx_minor)::bigint AS fx_minor, bool_or(f.booked) AS booked,
           array_remove(ARRAY[CASE WHEN bool_or(f.findings & 1 <> 0) THEN 'above_sale' END,
                              CASE WHEN bool_or(f.findings & 2 <> 0) THEN 'unknown_line' END,
                              CASE WHEN bool_or(f.findings & 4 <> 0) THEN 'wrong_currency' END,
                              CASE WHEN bool_or(f.findings & 8 <> 0) THEN 'fees_assumed_kept' END,
                              CASE WHEN bool_or(f.findings & 16 <> 0) THEN 'other_rules' END,
                              CASE WHEN bool_or(f.findings & 32 <> 0) THEN 'other_presentment' END], NULL) AS findings
    FROM warehouse.fact_refund_lines f
    WHERE f.shop_key = r.shop_key AND f.order_id = r.order_id AND f.refund_id = r.refund_id) AS l ON true;
COMMENT ON VIEW analytics.refunds IS 'Refunds and chargebacks, and what they take back of their orders.';
COMMENT ON COLUMN analytics.refunds.parked IS 'its order has not come yet: nothing is booked';
COMMENT ON COLUMN analytics.refunds.booked IS 'counts in daily_sales: its order does';
COMMENT ON COLUMN analytics.refunds.findings IS 'above_sale, unknown_line, wrong_currency, fees_assumed_kept, other_rules, other_presentment';
COMMENT ON COLUMN analytics.refunds.fx_rate IS 'units of the shop''s currency for one of the buyer''s, at the refund';
COMMENT ON COLUMN analytics.refunds.fx IS 'presentment_total at fx_rate less the same at the order''s rate: part of net';
COMMENT ON COLUMN analytics.refunds.net IS 'what the seller loses against the order''s net';

CREATE OR REPLACE VIEW analytics.orders AS
SELECT s.shop_id, o.order_id, o.status, o.booked, o.day, o.created_at, o.paid_at, o.shipped_at, o.delivered_at,
       o.cancelled_at, o.cancelled_by, coalesce(o.platform, s.platform) AS platform, coalesce(o.market, s.market) AS market,
       o.buyer_key, o.channel, o.payment_method, o.session_id, o.linked_order_id, o.flags & 1 <> 0 AS mirror,
       o.flags & 2 <> 0 AS sample, o.flags & 4 <> 0 AS replacement, o.flags & 8 <> 0 AS test, o.flags & 16 <> 0 AS cod,
       o.flags & 32 <> 0 AS taxes_included, o.currency,
       analytics.money(o.shipping_list_minor, o.amount_scale) AS shipping_list,
       analytics.money(o.shipping_seller_discount_minor, o.amount_scale) AS shipping_seller_discount,
       analytics.money(o.shipping_platform_discount_minor, o.amount_scale) AS shipping_platform_discount,
       analytics.money(o.shipping_paid_minor, o.amount_scale) AS shipping_paid,
       analytics.money(o.payment_platform_discount_minor, o.amount_scale) AS payment_platform_discount,
       analytics.money(o.buyer_fees_minor, o.amount_scale) AS buyer_fees,
       analytics.money(o.tax_minor, o.amount_scale) AS tax,
       analytics.money(o.customer_total_minor, o.amount_scale) AS customer_total,
       o.affiliate_creator, o.affiliate_content_type, o.affiliate_content_id, o.affiliate_rate_ppm,
       o.affiliate_shop_ads_rate_ppm,
       analytics.money(o.affiliate_actual_commission_minor, o.amount_scale) AS affiliate_actual_commission,
       o.revision, r.name AS rule_set, o.source_topic, o.source_partition, o.source_offset, o.presentment_currency,
       analytics.money(o.presentment_total_minor, o.presentment_scale) AS presentment_total, o.fx_rate_ppb * 0.000000001 AS fx_rate
FROM warehouse.fact_orders o JOIN warehouse.dim_shop s USING (shop_key)
LEFT JOIN tillstream.rule_set r ON r.rule_set = o.rule_set;
COMMENT ON COLUMN analytics.orders.presentment_currency IS 'what the buyer saw and paid in; null: the shop''s currency';
COMMENT ON COLUMN analytics.orders.presentment_total IS 'customer_total in the buyer''s currency';
COMMENT ON COLUMN analytics.orders.fx_rate IS 'units of the shop''s currency for one of the buyer''s, as stated with the order';

-- Each migration adds its tables to what the ones before it grant.
ALTER FUNCTION tillstream.grant_rights() RENAME TO grant_rights_before_refunds;
CREATE FUNCTION tillstream.grant_rights() RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog AS $rights$
BEGIN
    PERFORM tillstream.grant_rights_before_refunds();
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'tillstream_ingest') THEN
        GRANT INSERT, DELETE ON warehouse.fact_refund_lines TO tillstream_ingest;
        GRANT INSERT, UPDATE, DELETE ON warehouse.fact_refunds TO tillstream_ingest;
    END IF;
END
$rights$;
REVOKE ALL ON FUNCTION tillstream.grant_rights() FROM PUBLIC;
