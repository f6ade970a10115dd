-- Views for people and dashboards.

CREATE FUNCTION analytics.money(amount_minor bigint, amount_scale smallint) RETURNS numeric
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN amount_minor * (ARRAY[1, 0.1, 0.01, 0.001, 0.0001, 0.00001, 0.000001, 0.0000001, 0.00000001, 0.000000001])[amount_scale + 1];
COMMENT ON FUNCTION analytics.money IS 'Minor units as an exact number in the currency''s unit.';

CREATE VIEW analytics.daily_sales AS
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
             nullif(a.gross_minor - a.seller_discount_minor, 0), 4) AS take_rate
FROM warehouse.agg_daily_sales a JOIN warehouse.dim_shop s USING (shop_key);
COMMENT ON VIEW analytics.daily_sales IS 'Booked sales and ad spend per shop, business day and currency.';
COMMENT ON COLUMN analytics.daily_sales.gross IS 'list price x quantity, before any discount';
COMMENT ON COLUMN analytics.daily_sales.shipping_paid IS 'what buyers paid for shipping; not part of gross';
COMMENT ON COLUMN analytics.daily_sales.net IS 'gross - seller discount - platform, payment and other fees - affiliate commission';
COMMENT ON COLUMN analytics.daily_sales.net_after_ads IS 'net - ad spend';
COMMENT ON COLUMN analytics.daily_sales.take_rate IS 'platform, payment and other fees as a part of gross - seller discount; affiliate commission and ads stand apart';

CREATE VIEW analytics.product_performance AS
SELECT s.shop_id, p.sku, p.day, s.currency, p.lines, p.units,
       analytics.money(p.gross_minor, s.amount_scale) AS gross,
       analytics.money(p.seller_discount_minor, s.amount_scale) AS seller_discount,
       analytics.money(p.platform_discount_minor, s.amount_scale) AS platform_discount,
       analytics.money(p.platform_fee_minor, s.amount_scale) AS platform_fee,
       analytics.money(p.payment_fee_minor, s.amount_scale) AS payment_fee,
       analytics.money(p.affiliate_commission_minor, s.amount_scale) AS affiliate_commission,
       analytics.money(p.other_fees_minor, s.amount_scale) AS other_fees,
       analytics.money(p.net_minor, s.amount_scale) AS net
FROM warehouse.agg_product_performance p JOIN warehouse.dim_shop s USING (shop_key);
COMMENT ON VIEW analytics.product_performance IS 'Booked sales per shop, SKU and business day.';

CREATE VIEW analytics.orders AS
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
       o.revision, r.name AS rule_set, o.source_topic, o.source_partition, o.source_offset
FROM warehouse.fact_orders o JOIN warehouse.dim_shop s USING (shop_key)
LEFT JOIN tillstream.rule_set r ON r.rule_set = o.rule_set;
COMMENT ON VIEW analytics.orders IS 'Orders as of their latest revision.';
COMMENT ON COLUMN analytics.orders.booked IS 'counts in daily_sales and product_performance';

CREATE VIEW analytics.sales AS
SELECT s.shop_id, f.order_id, f.line_no, f.line_id, f.day, f.booked, f.sku, f.category, f.quantity, s.currency,
       analytics.money(f.gross_minor, s.amount_scale) AS gross,
       analytics.money(f.seller_discount_minor, s.amount_scale) AS seller_discount,
       analytics.money(f.platform_discount_minor, s.amount_scale) AS platform_discount,
       analytics.money(f.shipping_share_minor, s.amount_scale) AS shipping_share,
       analytics.money(f.platform_fee_minor, s.amount_scale) AS platform_fee,
       analytics.money(f.payment_fee_minor, s.amount_scale) AS payment_fee,
       analytics.money(f.affiliate_commission_minor, s.amount_scale) AS affiliate_commission,
       analytics.money(f.other_fees_minor, s.amount_scale) AS other_fees,
       analytics.money(f.cost_minor, s.amount_scale) AS cost,
       analytics.money(f.net_minor, s.amount_scale) AS net
FROM warehouse.fact_sales f JOIN warehouse.dim_shop s USING (shop_key);
COMMENT ON VIEW analytics.sales IS 'Order lines with fees and net.';
COMMENT ON COLUMN analytics.sales.net IS 'gross - seller discount - platform, payment and other fees - affiliate commission';

CREATE VIEW analytics.ad_spend AS
SELECT s.shop_id, a.platform, a.account_id, a.campaign_id, a.campaign_name, a.day, nullif(a.hour, -1) AS hour, a.timezone,
       a.currency, analytics.money(a.spend_minor, a.amount_scale) AS spend, a.impressions, a.clicks, a.reported_orders,
       analytics.money(a.reported_revenue_minor, a.amount_scale) AS reported_revenue, a.channel, a.revision
FROM warehouse.fact_ad_spend a JOIN warehouse.dim_shop s USING (shop_key);
COMMENT ON VIEW analytics.ad_spend IS 'What campaigns spent per day or hour, as of the latest revision; hour null: the whole day.';

CREATE VIEW analytics.anomalies AS
SELECT s.shop_id, a.metric, a.key, a.window_start, a.baseline, a.severity, a.direction, a.value, a.expected, a.lower, a.upper,
       a.z_raw, a.z_calibrated, a.n, a.hypothesis, s.currency, s.amount_scale
FROM warehouse.fact_anomaly a JOIN warehouse.dim_shop s USING (shop_key);
COMMENT ON VIEW analytics.anomalies IS 'Anomalies; values in the metric''s unit: minor units of the shop''s currency, or a count.';
