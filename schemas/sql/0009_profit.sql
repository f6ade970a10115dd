-- From gross sales to net profit: per order, and as a bridge per shop and period, with what was settled beside what is estimated.

CREATE VIEW analytics.order_profit AS
SELECT s.shop_id, o.order_id, o.day, o.created_at, o.channel, o.currency, z.status, l.lines, l.units,
       analytics.money(l.gross_minor, o.amount_scale) AS gross_sales,
       analytics.money(l.seller_discount_minor, o.amount_scale) AS seller_discount,
       analytics.money(l.platform_discount_minor, o.amount_scale) AS platform_discount,
       analytics.money(r.net_sales_minor, o.amount_scale) AS refunds,
       analytics.money(l.gross_minor - l.seller_discount_minor - r.net_sales_minor, o.amount_scale) AS net_sales,
       analytics.money(l.platform_fee_minor, o.amount_scale) AS platform_fee,
       analytics.money(l.payment_fee_minor, o.amount_scale) AS payment_fee,
       analytics.money(l.other_fees_minor, o.amount_scale) AS other_fees,
       analytics.money(r.fees_returned_minor, o.amount_scale) AS fees_returned,
       analytics.money(r.admin_fee_minor, o.amount_scale) AS refund_admin_fee,
       analytics.money(r.case_fee_minor, o.amount_scale) AS case_fee,
       analytics.money(l.affiliate_commission_minor, o.amount_scale) AS affiliate_commission,
       analytics.money(r.affiliate_commission_minor, o.amount_scale) AS commission_returned,
       analytics.money(r.discrepancy_minor, o.amount_scale) AS refund_discrepancy,
       analytics.money(r.fx_minor, o.amount_scale) AS exchange_difference,
       analytics.money(l.net_minor - r.net_minor, o.amount_scale) AS net_seller_revenue,
       CASE WHEN l.uncosted = 0 THEN analytics.money(l.cost_minor, o.amount_scale) END AS cost,
       CASE WHEN r.uncosted = 0 THEN analytics.money(r.cost_minor, o.amount_scale) END AS restocked_cost,
       l.uncosted = 0 AND r.uncosted = 0 AS complete,
       CASE WHEN l.uncosted = 0 AND r.uncosted = 0
            THEN analytics.money(l.net_minor - r.net_minor - l.cost_minor + r.cost_minor, o.amount_scale) END AS profit,
       analytics.money(o.shipping_paid_minor, o.amount_scale) AS shipping_paid,
       analytics.money(r.shipping_minor, o.amount_scale) AS shipping_refunded,
       analytics.money(z.net, o.amount_scale) AS settled_net
FROM warehouse.fact_orders o JOIN warehouse.dim_shop s USING (shop_key)
CROSS JOIN LATERAL (
    SELECT count(*) AS lines, coalesce(sum(f.quantity), 0) AS units, coalesce(sum(f.gross_minor), 0) AS gross_minor,
           coalesce(sum(f.seller_discount_minor), 0) AS seller_discount_minor,
           coalesce(sum(f.platform_discount_minor), 0) AS platform_discount_minor,
           coalesce(sum(f.platform_fee_minor), 0) AS platform_fee_minor, coalesce(sum(f.payment_fee_minor), 0) AS payment_fee_minor,
           coalesce(sum(f.other_fees_minor), 0) AS other_fees_minor,
           coalesce(sum(f.affiliate_commission_minor), 0) AS affiliate_commission_minor, coalesce(sum(f.net_minor), 0) AS net_minor,
           coalesce(sum(f.cost_minor), 0) AS cost_minor, count(*) - count(f.cost_minor) AS uncosted
    FROM warehouse.fact_sales f WHERE f.order_key = o.order_key) AS l
CROSS JOIN LATERAL (
    SELECT coalesce(sum(f.gross_minor - f.seller_discount_minor), 0) AS net_sales_minor,
           coalesce(sum(f.fees_returned_minor), 0) AS fees_returned_minor, coalesce(sum(f.admin_fee_minor), 0) AS admin_fee_minor,
           coalesce(sum(f.case_fee_minor), 0) AS case_fee_minor,
           coalesce(sum(f.affiliate_commission_minor), 0) AS affiliate_commission_minor,
           coalesce(sum(f.discrepancy_minor), 0) AS discrepancy_minor, coalesce(sum(f.fx_minor), 0) AS fx_minor, coalesce(sum(f.shipping_minor), 0) AS shipping_minor,
           coalesce(sum(f.net_minor), 0) AS net_minor, coalesce(sum(f.cost_minor), 0) AS cost_minor,
           count(*) - count(f.cost_minor) AS uncosted
    FROM warehouse.fact_refund_lines f WHERE f.shop_key = o.shop_key AND f.order_id = o.order_id AND f.booked) AS r
LEFT JOIN warehouse.order_settlement z ON z.order_key = o.order_key
WHERE o.booked;
COMMENT ON VIEW analytics.order_profit IS 'What every order that counts earns, by the rules, after all of its refunds; what was settled for it beside that. Ads are no part of an order: see profit_bridge.';
COMMENT ON COLUMN analytics.order_profit.shop_id IS 'the shop';
COMMENT ON COLUMN analytics.order_profit.order_id IS 'the platform''s id of the order';
COMMENT ON COLUMN analytics.order_profit.day IS 'business day of the order in the shop''s time zone; its refunds count here too, whenever they came';
COMMENT ON COLUMN analytics.order_profit.created_at IS 'when the order was placed';
COMMENT ON COLUMN analytics.order_profit.channel IS 'as the platform states it; null: it does not';
COMMENT ON COLUMN analytics.order_profit.currency IS 'of all amounts of the row';
COMMENT ON COLUMN analytics.order_profit.status IS 'of order_settlement: PROVISIONAL, SETTLED, PAID, REFUNDED, ADJUSTED';
COMMENT ON COLUMN analytics.order_profit.lines IS 'lines of the order';
COMMENT ON COLUMN analytics.order_profit.units IS 'quantities of all lines, before refunds';
COMMENT ON COLUMN analytics.order_profit.gross_sales IS 'list price x quantity, before any discount';
COMMENT ON COLUMN analytics.order_profit.seller_discount IS 'paid for by the seller';
COMMENT ON COLUMN analytics.order_profit.platform_discount IS 'paid for by the platform: lowers what the buyer pays, not net sales';
COMMENT ON COLUMN analytics.order_profit.refunds IS 'net sales given back: refunded goods at list price less the seller discount that they give back';
COMMENT ON COLUMN analytics.order_profit.net_sales IS 'gross_sales - seller_discount - refunds';
COMMENT ON COLUMN analytics.order_profit.platform_fee IS 'as charged for the sale, before fees_returned; likewise the other two';
COMMENT ON COLUMN analytics.order_profit.payment_fee IS 'of the payment, by the rules';
COMMENT ON COLUMN analytics.order_profit.other_fees IS 'fees by the rules that are neither the platform''s nor of the payment';
COMMENT ON COLUMN analytics.order_profit.fees_returned IS 'platform, payment and other fees that refunds give back';
COMMENT ON COLUMN analytics.order_profit.refund_admin_fee IS 'what the platform keeps of the fees that come back';
COMMENT ON COLUMN analytics.order_profit.case_fee IS 'of chargebacks, as their events state it';
COMMENT ON COLUMN analytics.order_profit.affiliate_commission IS 'actual as far as the platform states it, else estimated; before commission_returned';
COMMENT ON COLUMN analytics.order_profit.commission_returned IS 'affiliate commission that refunds give back';
COMMENT ON COLUMN analytics.order_profit.refund_discrepancy IS 'what was given back beyond lines, tax and shipping';
COMMENT ON COLUMN analytics.order_profit.exchange_difference IS 'what refunds cost beyond what was sold, for the rate of exchange has moved since';
COMMENT ON COLUMN analytics.order_profit.net_seller_revenue IS 'net_sales - platform_fee - payment_fee - other_fees + fees_returned - refund_admin_fee - case_fee - affiliate_commission + commission_returned - refund_discrepancy - exchange_difference';
COMMENT ON COLUMN analytics.order_profit.cost IS 'of the goods, at the time of the order; null while that of any line is unknown';
COMMENT ON COLUMN analytics.order_profit.restocked_cost IS 'cost of goods that came back and can be sold again; null while it is unknown';
COMMENT ON COLUMN analytics.order_profit.complete IS 'the cost of every line and of all that was restocked is known';
COMMENT ON COLUMN analytics.order_profit.profit IS 'net_seller_revenue - cost + restocked_cost, before ads; null unless complete, never as if an unknown cost were 0';
COMMENT ON COLUMN analytics.order_profit.shipping_paid IS 'by the buyer; passed through, no part of any other figure';
COMMENT ON COLUMN analytics.order_profit.shipping_refunded IS 'to the buyer; passed through as well';
COMMENT ON COLUMN analytics.order_profit.settled_net IS 'what the platform settled, without ads paid from proceeds and reserves; null: nothing yet. To be compared with net_seller_revenue';

-- Samples and replacements are few.
CREATE INDEX fact_orders_given_away ON warehouse.fact_orders (shop_key, day) WHERE flags & 6 <> 0;

CREATE VIEW warehouse.given_away AS
SELECT o.shop_key, o.order_id, o.day, o.currency COLLATE "C" AS currency, o.amount_scale, o.flags & 2 <> 0 AS sample,
       o.affiliate_creator, o.affiliate_content_type, o.affiliate_content_id, o.shipping_seller_discount_minor AS shipping_minor,
       l.units, l.cost_minor
FROM warehouse.fact_orders o
CROSS JOIN LATERAL (
    SELECT sum(f.quantity) AS units, CASE WHEN count(*) = count(f.cost_minor) THEN coalesce(sum(f.cost_minor), 0)::bigint END AS cost_minor
    FROM warehouse.fact_sales f WHERE f.order_key = o.order_key) AS l
WHERE o.flags & 6 <> 0 AND o.flags & 9 = 0 AND o.status IN ('PAID', 'SHIPPED', 'DELIVERED', 'COMPLETED');
COMMENT ON VIEW warehouse.given_away IS 'Samples and replacements, by order: no sales, but their goods are gone, and the seller pays for the way of samples. Minor units; cost null: not known of every line.';

CREATE VIEW analytics.samples AS
SELECT s.shop_id, g.order_id, g.day, g.currency, g.affiliate_creator AS creator, g.affiliate_content_type AS content_type,
       g.affiliate_content_id AS content_id, g.units, analytics.money(g.cost_minor, g.amount_scale) AS cost,
       analytics.money(g.shipping_minor, g.amount_scale) AS shipping,
       analytics.money(g.cost_minor + g.shipping_minor, g.amount_scale) AS marketing_cost
FROM warehouse.given_away g JOIN warehouse.dim_shop s USING (shop_key) WHERE g.sample;
COMMENT ON VIEW analytics.samples IS 'Free samples: no orders of any average, but marketing: their goods and their way, for the creator who got them.';
COMMENT ON COLUMN analytics.samples.creator IS 'of the order''s affiliate block; null: the platform states none';
COMMENT ON COLUMN analytics.samples.shipping IS 'shipping at list price as far as the seller pays for it';
COMMENT ON COLUMN analytics.samples.marketing_cost IS 'cost + shipping; null while a cost is unknown';

CREATE VIEW warehouse.daily_books AS
SELECT a.shop_key, a.day, a.currency, a.amount_scale, a.gross_minor, a.seller_discount_minor, a.refunds_minor, a.platform_fee_minor,
       a.payment_fee_minor, a.other_fees_minor, a.refund_fees_returned_minor, a.refund_admin_fee_minor, a.refund_case_fee_minor,
       a.affiliate_commission_minor - a.refund_affiliate_commission_minor AS affiliate_minor, a.refund_discrepancy_minor,
       a.refund_fx_minor, a.ad_spend_minor, a.cost_minor, a.lines - a.cost_lines AS cost_unknown, a.refund_cost_minor, a.refund_cost_unknown,
       0::bigint AS sample_minor, 0::bigint AS sample_unknown, 0::bigint AS replacement_minor, 0::bigint AS replacement_unknown,
       0::bigint AS settled_amounts, NULL::text AS class,
       0::numeric AS settled_minor
FROM warehouse.agg_daily_sales a
UNION ALL
SELECT shop_key, day, currency, amount_scale, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
       CASE WHEN sample THEN coalesce(cost_minor, 0) + shipping_minor ELSE 0 END, (sample AND cost_minor IS NULL)::int,
       CASE WHEN sample THEN 0 ELSE coalesce(cost_minor, 0) END, (NOT sample AND cost_minor IS NULL)::int, 0, NULL, 0
FROM warehouse.given_away
UNION ALL
SELECT f.shop_key, f.day, f.currency, f.amount_scale, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, count(*), l.class,
       sum(l.amount_minor)
FROM warehouse.fact_settlements f CROSS JOIN LATERAL unnest(string_to_array(f.classes, ','), f.amounts_minor) AS l(class, amount_minor)
WHERE l.class NOT IN ('ads', 'reserve')
GROUP BY f.shop_key, f.day, f.currency, f.amount_scale, l.class;
COMMENT ON VIEW warehouse.daily_books IS 'Behind analytics.profit_bridge: rows of both books, in minor units, to be summed.';

CREATE VIEW analytics.profit_bridge AS
SELECT s.shop_id, p.period, p.period_start, p.currency, b.step_no, b.step, b.leads_to,
       analytics.money(b.estimated, p.amount_scale) AS estimated, analytics.money(b.settled, p.amount_scale) AS settled,
       analytics.money(b.running_estimated, p.amount_scale) AS running_estimated,
       analytics.money(b.running_settled, p.amount_scale) AS running_settled, p.cost_unknown = 0 AS complete
FROM (
    SELECT d.shop_key, g.period, g.period_start, d.currency, d.amount_scale, sum(d.gross_minor) AS gross,
           sum(d.seller_discount_minor) AS seller_discount, sum(d.refunds_minor) AS refunds, sum(d.platform_fee_minor) AS platform_fee,
           sum(d.payment_fee_minor) AS payment_fee, sum(d.other_fees_minor) AS other_fees,
           sum(d.refund_fees_returned_minor) AS fees_returned, sum(d.refund_admin_fee_minor) AS admin_fee,
           sum(d.refund_case_fee_minor) AS case_fee, sum(d.affiliate_minor) AS affiliate,
           sum(d.refund_discrepancy_minor) AS discrepancy, sum(d.refund_fx_minor) AS fx, sum(d.ad_spend_minor) AS ad_spend,
           CASE WHEN sum(d.cost_unknown) = 0 THEN sum(d.cost_minor) END AS cost,
           CASE WHEN sum(d.refund_cost_unknown) = 0 THEN sum(d.refund_cost_minor) END AS restocked_cost,
           CASE WHEN sum(d.sample_unknown) = 0 THEN sum(d.sample_minor) END AS samples,
           CASE WHEN sum(d.replacement_unknown) = 0 THEN sum(d.replacement_minor) END AS replacements,
           sum(d.cost_unknown + d.refund_cost_unknown + d.sample_unknown + d.replacement_unknown) AS cost_unknown,
           sum(d.settled_amounts) AS settled_amounts,
           coalesce(sum(d.settled_minor) FILTER (WHERE d.class = 'gross'), 0) AS settled_gross,
           coalesce(sum(d.settled_minor) FILTER (WHERE d.class = 'seller_discount'), 0) AS settled_seller_discount,
           coalesce(sum(d.settled_minor) FILTER (WHERE d.class = 'refund'), 0) AS settled_refunds,
           coalesce(sum(d.settled_minor) FILTER (WHERE d.class = 'platform_fee'), 0) AS settled_platform_fee,
           coalesce(sum(d.settled_minor) FILTER (WHERE d.class = 'payment_fee'), 0) AS settled_payment_fee,
           coalesce(sum(d.settled_minor) FILTER (WHERE d.class = 'other_fee'), 0) AS settled_other_fees,
           coalesce(sum(d.settled_minor) FILTER (WHERE d.class = 'refund_admin_fee'), 0) AS settled_admin_fee,
           coalesce(sum(d.settled_minor) FILTER (WHERE d.class = 'affiliate'), 0) AS settled_affiliate,
           coalesce(sum(d.settled_minor) FILTER (WHERE d.class = 'shipping'), 0) AS settled_shipping,
           coalesce(sum(d.settled_minor) FILTER (WHERE d.class = 'tax'), 0) AS settled_tax,
           coalesce(sum(d.settled_minor) FILTER (WHERE d.class = 'adjustment'), 0) AS settled_adjustments,
           coalesce(sum(d.settled_minor) FILTER (WHERE d.class = 'unknown'), 0) AS settled_unknown
    FROM warehouse.daily_books d
    CROSS JOIN LATERAL (VALUES ('day', d.day), ('month', date_trunc('month', d.day)::date)) AS g(period, period_start)
    GROUP BY d.shop_key, g.period, g.period_start, d.currency, d.amount_scale) AS p
JOIN warehouse.dim_shop s USING (shop_key)
CROSS JOIN LATERAL (
    SELECT v.step_no, v.step, v.leads_to, v.estimated, t.settled,
           CASE WHEN count(v.estimated) OVER steps = v.step_no THEN sum(v.estimated) OVER steps END AS running_estimated,
           CASE WHEN v.leads_to IN ('net_sales', 'net_seller_revenue') THEN sum(t.settled) OVER steps END AS running_settled
    FROM (VALUES (1, 'gross_sales', 'net_sales', p.gross, p.settled_gross),
                 (2, 'seller_discounts', 'net_sales', -p.seller_discount, p.settled_seller_discount),
                 (3, 'refunds', 'net_sales', -p.refunds, p.settled_refunds),
                 (4, 'platform_fees', 'net_seller_revenue', -p.platform_fee, p.settled_platform_fee),
                 (5, 'payment_fees', 'net_seller_revenue', -p.payment_fee, p.settled_payment_fee),
                 (6, 'other_fees', 'net_seller_revenue', -p.other_fees, p.settled_other_fees),
                 (7, 'fees_returned', 'net_seller_revenue', p.fees_returned, NULL),
                 (8, 'refund_admin_fees', 'net_seller_revenue', -p.admin_fee, p.settled_admin_fee),
                 (9, 'case_fees', 'net_seller_revenue', -p.case_fee, NULL),
                 (10, 'affiliate_commission', 'net_seller_revenue', -p.affiliate, p.settled_affiliate),
                 (11, 'shipping', 'net_seller_revenue', 0, p.settled_shipping),
                 (12, 'tax', 'net_seller_revenue', 0, p.settled_tax),
                 (13, 'adjustments', 'net_seller_revenue', -p.discrepancy, p.settled_adjustments),
                 (14, 'exchange', 'net_seller_revenue', -p.fx, NULL),
                 (15, 'unknown', 'net_seller_revenue', 0, p.settled_unknown),
                 (16, 'ad_spend', 'take_home', -p.ad_spend, NULL),
                 (17, 'cost_of_goods', 'net_profit', -p.cost, NULL),
                 (18, 'restocked_goods', 'net_profit', p.restocked_cost, NULL),
                 (19, 'samples', 'net_profit', -p.samples, NULL),
                 (20, 'replacements', 'net_profit', -p.replacements, NULL))
         AS v(step_no, step, leads_to, estimated, stated)
    CROSS JOIN LATERAL (SELECT CASE WHEN p.settled_amounts > 0 THEN v.stated END) AS t(settled)
    WINDOW steps AS (ORDER BY v.step_no)) AS b;
COMMENT ON VIEW analytics.profit_bridge IS 'From gross sales to net profit, step by step: per shop, currency and day or month. The steps of a period add up to running_estimated of the last one, exactly.';
COMMENT ON COLUMN analytics.profit_bridge.shop_id IS 'the shop';
COMMENT ON COLUMN analytics.profit_bridge.period IS 'day or month: take one of them, each has everything';
COMMENT ON COLUMN analytics.profit_bridge.period_start IS 'first day of the period, in the shop''s time zone; days of ads are those of their account';
COMMENT ON COLUMN analytics.profit_bridge.currency IS 'of all amounts of the row';
COMMENT ON COLUMN analytics.profit_bridge.step_no IS 'order of the steps, from 1';
COMMENT ON COLUMN analytics.profit_bridge.step IS 'gross_sales: list price x quantity; seller_discounts: paid for by the seller (the platform''s are not); refunds: net sales given back; platform, payment and other fees: as charged for sales; fees_returned: what of these refunds give back; refund_admin_fees, case_fees: charged for refunds and chargebacks; affiliate_commission: less what refunds give back; shipping, tax: passed through, so only what was settled beyond; adjustments: estimated refund discrepancies, settled adjustments; exchange: what refunds cost more since the rate of exchange has moved; unknown: settled amounts without a name; ad_spend: of the ad report, never what was paid for ads from proceeds; cost_of_goods: at the time of the order; restocked_goods: cost of what came back and can be sold again; samples: marketing, their goods and their way; replacements: cost of goods sent again';
COMMENT ON COLUMN analytics.profit_bridge.leads_to IS 'the figure that the step is part of: net_sales, net_seller_revenue, take_home, net_profit; it is the running sum of its last step';
COMMENT ON COLUMN analytics.profit_bridge.estimated IS 'by the rules, signed: positive is earned; sales count on the day of the order, refunds on their own; null where costs are unknown';
COMMENT ON COLUMN analytics.profit_bridge.settled IS 'of payout statements, signed, by the day of settlement: it lags behind; null: no statement in the period, or statements do not know this step (returned fees are inside of theirs, case fees inside of adjustments)';
COMMENT ON COLUMN analytics.profit_bridge.running_estimated IS 'sum of estimated up to this step; null from the first unknown cost on';
COMMENT ON COLUMN analytics.profit_bridge.running_settled IS 'sum of settled up to this step: of net seller revenue, all that statements of the period say but ads paid from proceeds and reserves; they know nothing of what follows';
COMMENT ON COLUMN analytics.profit_bridge.complete IS 'every cost of the period is known';

CREATE VIEW analytics.kpi_daily AS
SELECT s.shop_id, p.day, p.currency, p.orders, p.units, p.units_shipped,
       analytics.money(p.gross, p.amount_scale) AS gross_sales,
       analytics.money(p.gmv_paid, p.amount_scale) AS gmv_paid,
       analytics.money(p.gross - p.seller_discount, p.amount_scale) AS gmv_net_disc,
       analytics.money(p.refunds, p.amount_scale) AS refunds,
       analytics.money(f.net_sales, p.amount_scale) AS net_sales,
       analytics.money(f.charged_fees, p.amount_scale) AS charged_fees,
       round(f.charged_fees / nullif(f.net_sales, 0), 6) AS take_rate,
       analytics.money(f.net_seller_revenue, p.amount_scale) AS net_seller_revenue,
       analytics.money(p.ad_spend, p.amount_scale) AS ad_spend,
       analytics.money(p.samples, p.amount_scale) AS sample_cost,
       analytics.money(p.ad_spend + p.samples, p.amount_scale) AS marketing,
       analytics.money(f.net_seller_revenue - p.ad_spend, p.amount_scale) AS take_home,
       analytics.money(f.net_sales - f.cost, p.amount_scale) AS cm1,
       analytics.money(f.cm2, p.amount_scale) AS cm2,
       analytics.money(f.cm2 - p.affiliate - p.ad_spend, p.amount_scale) AS cm3,
       round(f.net_seller_revenue / nullif(p.ad_spend, 0), 6) AS roas_adjusted,
       round((p.gross - p.seller_discount) / nullif(p.ad_spend, 0), 6) AS roas_blended,
       round(p.reported_revenue / nullif(p.reporting_spend, 0), 6) AS roas_reported,
       round(f.net_sales / nullif(p.ad_spend + p.samples, 0), 6) AS mer,
       round((p.ad_spend + p.samples) / nullif(f.net_sales, 0), 6) AS ad_cost_ratio,
       CASE WHEN f.cm2 > 0 THEN round(f.net_sales / f.cm2, 6) END AS break_even_roas,
       round(analytics.money(p.gross - p.seller_discount, p.amount_scale) / nullif(p.orders, 0), 6) AS aov,
       round(p.refund_gross / nullif(p.gross, 0), 6) AS refund_rate_value,
       round(p.units_returned / nullif(p.units_shipped, 0), 6) AS refund_rate_units,
       p.impressions, p.clicks,
       round(p.ctr_clicks / nullif(p.ctr_impressions, 0), 6) AS ctr,
       round(analytics.money(p.clicking_spend, p.amount_scale) / nullif(p.clicks, 0), 6) AS cpc,
       round(1000 * analytics.money(p.showing_spend, p.amount_scale) / nullif(p.impressions, 0), 6) AS cpm,
       round(p.reporting_spend / nullif(p.reported_revenue, 0), 6) AS acos
FROM (
    SELECT shop_key, day, currency, amount_scale, sum(orders) AS orders, sum(units) AS units, sum(gross) AS gross,
           sum(seller_discount) AS seller_discount, sum(refunds) AS refunds, sum(refund_gross) AS refund_gross, sum(fees) AS fees,
           sum(affiliate) AS affiliate, sum(discrepancy) AS discrepancy, sum(ad_spend) AS ad_spend,
           CASE WHEN sum(cost_unknown) = 0 THEN sum(cost) END AS cost, sum(gmv_paid) AS gmv_paid, sum(units_shipped) AS units_shipped,
           sum(units_returned) AS units_returned, sum(impressions) AS impressions, sum(clicks) AS clicks,
           sum(ctr_clicks) AS ctr_clicks, sum(ctr_impressions) AS ctr_impressions, sum(showing_spend) AS showing_spend,
           sum(clicking_spend) AS clicking_spend, sum(reporting_spend) AS reporting_spend, sum(reported_revenue) AS reported_revenue,
           CASE WHEN sum(sample_unknown) = 0 THEN sum(sample_cost) END AS samples
    FROM (
        SELECT shop_key, day, currency, amount_scale, orders, units, gross_minor AS gross, seller_discount_minor AS seller_discount,
               refunds_minor AS refunds, refund_gross_minor AS refund_gross,
               platform_fee_minor + payment_fee_minor + other_fees_minor - refund_fees_returned_minor + refund_admin_fee_minor
               + refund_case_fee_minor AS fees,
               affiliate_commission_minor - refund_affiliate_commission_minor AS affiliate, refund_discrepancy_minor + refund_fx_minor AS discrepancy,
               ad_spend_minor AS ad_spend, cost_minor - refund_cost_minor AS cost, lines - cost_lines + refund_cost_unknown AS cost_unknown,
               0::bigint AS gmv_paid, 0::bigint AS units_shipped, 0::bigint AS units_returned, NULL::bigint AS impressions,
               NULL::bigint AS clicks, NULL::bigint AS ctr_clicks, NULL::bigint AS ctr_impressions, NULL::bigint AS showing_spend,
               NULL::bigint AS clicking_spend, NULL::bigint AS reporting_spend, NULL::bigint AS reported_revenue,
               0::bigint AS sample_cost, 0::bigint AS sample_unknown
        FROM warehouse.agg_daily_sales
        UNION ALL
        SELECT shop_key, day, currency COLLATE "C", amount_scale, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, customer_total_minor, 0, 0,
               NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0, 0
        FROM warehouse.fact_orders WHERE booked
        UNION ALL
        SELECT o.shop_key, o.day, o.currency COLLATE "C", o.amount_scale, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, f.quantity, 0,
               NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0, 0
        FROM warehouse.fact_orders o JOIN warehouse.fact_sales f USING (order_key)
        WHERE o.booked AND (o.shipped_at IS NOT NULL OR o.delivered_at IS NOT NULL OR o.status IN ('SHIPPED', 'DELIVERED', 'COMPLETED'))
        UNION ALL
        SELECT l.shop_key, l.day, l.currency, l.amount_scale, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, l.quantity,
               NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0, 0
        FROM warehouse.fact_refund_lines l JOIN warehouse.fact_refunds r USING (shop_key, order_id, refund_id)
        WHERE l.booked AND r.flags & 1 <> 0
        UNION ALL
        SELECT shop_key, day, currency COLLATE "C", amount_scale, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
               impressions, clicks, CASE WHEN impressions IS NOT NULL THEN clicks END, CASE WHEN clicks IS NOT NULL THEN impressions END,
               CASE WHEN impressions IS NOT NULL THEN spend_minor END, CASE WHEN clicks IS NOT NULL THEN spend_minor END,
               CASE WHEN reported_revenue_minor IS NOT NULL THEN spend_minor END, reported_revenue_minor, 0, 0
        FROM warehouse.fact_ad_spend
        UNION ALL
        SELECT shop_key, day, currency, amount_scale, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
               NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, coalesce(cost_minor, 0) + shipping_minor, (cost_minor IS NULL)::int
        FROM warehouse.given_away WHERE sample) AS rows
    GROUP BY shop_key, day, currency, amount_scale) AS p
JOIN warehouse.dim_shop s USING (shop_key)
CROSS JOIN LATERAL (
    SELECT p.gross - p.seller_discount - p.refunds AS net_sales, p.fees AS charged_fees, p.cost,
           p.gross - p.seller_discount - p.refunds - p.fees - p.affiliate - p.discrepancy AS net_seller_revenue,
           p.gross - p.seller_discount - p.refunds - p.cost - p.fees - p.discrepancy AS cm2) AS f;
COMMENT ON VIEW analytics.kpi_daily IS 'Metrics per shop, business day and currency. A ratio over several days is the sum of its numerators over the sum of its denominators, never the mean of these; nothing over 0 is null.';
COMMENT ON COLUMN analytics.kpi_daily.shop_id IS 'the shop';
COMMENT ON COLUMN analytics.kpi_daily.day IS 'of orders, refunds and ads each their own, as in daily_sales';
COMMENT ON COLUMN analytics.kpi_daily.currency IS 'of all amounts of the row';
COMMENT ON COLUMN analytics.kpi_daily.orders IS 'paid sales; no samples, replacements, tests or mirrors';
COMMENT ON COLUMN analytics.kpi_daily.units IS 'sold, before refunds';
COMMENT ON COLUMN analytics.kpi_daily.units_shipped IS 'of the day''s orders, what is on its way or delivered by now';
COMMENT ON COLUMN analytics.kpi_daily.gross_sales IS 'list price x quantity, before any discount';
COMMENT ON COLUMN analytics.kpi_daily.gmv_paid IS 'what buyers paid in all, with tax, shipping and buyer fees: the GMV of seller centres';
COMMENT ON COLUMN analytics.kpi_daily.gmv_net_disc IS 'gross_sales - seller discount';
COMMENT ON COLUMN analytics.kpi_daily.refunds IS 'net sales given back on the day, whenever they were sold';
COMMENT ON COLUMN analytics.kpi_daily.net_sales IS 'gross_sales - seller discount - refunds; without tax, shipping, buyer fees and money of the platform';
COMMENT ON COLUMN analytics.kpi_daily.charged_fees IS 'platform, payment and other fees - what refunds give back of them + fees for refunds and chargebacks';
COMMENT ON COLUMN analytics.kpi_daily.take_rate IS 'charged_fees / net_sales; affiliates and ads stand apart';
COMMENT ON COLUMN analytics.kpi_daily.net_seller_revenue IS 'net_sales - charged_fees - affiliate commission less what of it comes back - refund discrepancies and differences of exchange';
COMMENT ON COLUMN analytics.kpi_daily.ad_spend IS 'of the ad report, on the day of the ad account';
COMMENT ON COLUMN analytics.kpi_daily.sample_cost IS 'goods and way of free samples, as in samples; null while a cost is unknown';
COMMENT ON COLUMN analytics.kpi_daily.marketing IS 'ad_spend + sample_cost: neither is part of cm1 and cm2, samples not of cm3';
COMMENT ON COLUMN analytics.kpi_daily.take_home IS 'net_seller_revenue - ad_spend';
COMMENT ON COLUMN analytics.kpi_daily.cm1 IS 'net_sales - cost of goods + cost of restocked goods; null while a cost is unknown, as are cm2 and cm3';
COMMENT ON COLUMN analytics.kpi_daily.cm2 IS 'cm1 - charged_fees - refund discrepancies; fulfilment is not known and not in it';
COMMENT ON COLUMN analytics.kpi_daily.cm3 IS 'cm2 - affiliate commission - ad_spend: the profit of daily_sales';
COMMENT ON COLUMN analytics.kpi_daily.roas_adjusted IS 'net_seller_revenue / ad_spend; null where nothing was spent';
COMMENT ON COLUMN analytics.kpi_daily.roas_blended IS 'gmv_net_disc, whatever brought it and before refunds / ad_spend';
COMMENT ON COLUMN analytics.kpi_daily.roas_reported IS 'revenue that ad platforms report / spend of the rows that report any; not disjoint from affiliate and organic sales';
COMMENT ON COLUMN analytics.kpi_daily.mer IS 'net_sales / marketing: marketing efficiency over all channels';
COMMENT ON COLUMN analytics.kpi_daily.ad_cost_ratio IS 'marketing / net_sales: the inverse of mer, which others call MER';
COMMENT ON COLUMN analytics.kpi_daily.break_even_roas IS 'net_sales / cm2: the ROAS at which ads eat up all of cm2; null where cm2 is not above 0 or not known';
COMMENT ON COLUMN analytics.kpi_daily.aov IS 'gmv_net_disc / orders: net sales before refunds; samples are out';
COMMENT ON COLUMN analytics.kpi_daily.refund_rate_value IS 'list price of what was given back on the day / gross_sales of the day';
COMMENT ON COLUMN analytics.kpi_daily.refund_rate_units IS 'units that came back on the day after they were shipped / units_shipped';
COMMENT ON COLUMN analytics.kpi_daily.impressions IS 'of the ad rows that state them; null: none does';
COMMENT ON COLUMN analytics.kpi_daily.clicks IS 'of the ad rows that state them; null: none does';
COMMENT ON COLUMN analytics.kpi_daily.ctr IS 'clicks / impressions, of the ad rows that state both';
COMMENT ON COLUMN analytics.kpi_daily.cpc IS 'spend / clicks, of the ad rows that state clicks';
COMMENT ON COLUMN analytics.kpi_daily.cpm IS '1000 x spend / impressions, of the ad rows that state impressions';
COMMENT ON COLUMN analytics.kpi_daily.acos IS 'spend / revenue that ad platforms report, of the ad rows that report any';

CREATE VIEW analytics.attribution AS
SELECT s.shop_id, a.day, a.source, a.reported_by, a.currency, a.orders, a.lines, a.units,
       analytics.money(a.sales, a.amount_scale) AS sales, analytics.money(a.refunds, a.amount_scale) AS refunds,
       analytics.money(a.sales - a.refunds, a.amount_scale) AS net_sales, analytics.money(a.commission, a.amount_scale) AS commission,
       a.reported_orders, analytics.money(a.reported_revenue, a.amount_scale) AS reported_revenue,
       analytics.money(a.ad_spend, a.amount_scale) AS ad_spend
FROM (
    SELECT shop_key, day, source, NULL AS reported_by, currency, amount_scale, count(DISTINCT order_key) AS orders,
           count(*) AS lines, sum(quantity) AS units, sum(sales) AS sales, sum(refunds) AS refunds, sum(commission) AS commission,
           NULL::numeric AS reported_orders, NULL::numeric AS reported_revenue, NULL::numeric AS ad_spend
    FROM (
        SELECT o.shop_key, o.day, o.currency, o.amount_scale, o.order_key, f.quantity,
               CASE WHEN o.affiliate_shop_ads_rate_ppm IS NOT NULL THEN 'shop_ads'
                    WHEN o.affiliate_creator IS NOT NULL OR f.affiliate_commission_minor > 0 THEN 'affiliate' ELSE 'organic' END AS source,
               f.gross_minor - f.seller_discount_minor AS sales, r.net_sales_minor AS refunds,
               f.affiliate_commission_minor - r.affiliate_commission_minor AS commission
        FROM warehouse.fact_orders o JOIN warehouse.fact_sales f USING (order_key)
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(b.gross_minor - b.seller_discount_minor), 0) AS net_sales_minor,
                   coalesce(sum(b.affiliate_commission_minor), 0) AS affiliate_commission_minor
            FROM warehouse.fact_refund_lines b
            WHERE b.shop_key = o.shop_key AND b.order_id = o.order_id AND b.booked
                  AND (b.line_no = f.line_no OR (b.line_no = 0 AND f.line_no = 1))) AS r
        WHERE o.booked) AS sold
    GROUP BY shop_key, day, source, currency, amount_scale
    UNION ALL
    SELECT shop_key, day, 'overlay', coalesce(channel, platform), currency, amount_scale, NULL, NULL, NULL, NULL, NULL, NULL,
           sum(reported_orders), sum(reported_revenue_minor), sum(spend_minor)
    FROM warehouse.fact_ad_spend
    WHERE reported_orders IS NOT NULL OR reported_revenue_minor IS NOT NULL
    GROUP BY shop_key, day, coalesce(channel, platform), currency, amount_scale) AS a
JOIN warehouse.dim_shop s USING (shop_key);
COMMENT ON VIEW analytics.attribution IS 'What brought the sales, line by line: affiliate, shop_ads and organic share them out and never overlap. Rows of source overlay are what ad platforms claim of the same sales: not disjoint from the others, not to be added to them.';
COMMENT ON COLUMN analytics.attribution.shop_id IS 'the shop';
COMMENT ON COLUMN analytics.attribution.day IS 'of the order, also for its refunds; of overlays, that of the ad account';
COMMENT ON COLUMN analytics.attribution.source IS 'shop_ads: the order has a shop-ads commission rate, which replaces the creator''s own; affiliate: it has a creator, or the line a commission (actual, else estimated) above 0; organic: neither; overlay: what ads report';
COMMENT ON COLUMN analytics.attribution.reported_by IS 'of overlays: the ad row''s channel (GMV Max and others), or else its platform';
COMMENT ON COLUMN analytics.attribution.currency IS 'of all amounts of the row';
COMMENT ON COLUMN analytics.attribution.orders IS 'with lines of this source; one whose lines differ counts in each';
COMMENT ON COLUMN analytics.attribution.lines IS 'order lines';
COMMENT ON COLUMN analytics.attribution.units IS 'sold, before refunds';
COMMENT ON COLUMN analytics.attribution.sales IS 'gross - seller discount';
COMMENT ON COLUMN analytics.attribution.refunds IS 'of these lines, net sales given back by now; what belongs to no line counts with the first';
COMMENT ON COLUMN analytics.attribution.net_sales IS 'sales - refunds';
COMMENT ON COLUMN analytics.attribution.commission IS 'affiliate commission (actual, else estimated) less what refunds give back';
COMMENT ON COLUMN analytics.attribution.reported_orders IS 'of overlays: orders that the ad platform claims, organic and affiliate ones among them';
COMMENT ON COLUMN analytics.attribution.reported_revenue IS 'of overlays: revenue that the ad platform claims';
COMMENT ON COLUMN analytics.attribution.ad_spend IS 'of overlays: spend of the rows that claim any';

CREATE OR REPLACE VIEW analytics.product_performance AS
SELECT s.shop_id, p.sku, p.day, s.currency, p.lines, p.units,
       analytics.money(p.gross_minor, s.amount_scale) AS gross,
       analytics.money(p.seller_discount_minor, s.amount_scale) AS seller_discount,
       analytics.money(p.platform_discount_minor, s.amount_scale) AS platform_discount,
       analytics.money(p.platform_fee_minor, s.amount_scale) AS platform_fee,
       analytics.money(p.payment_fee_minor, s.amount_scale) AS payment_fee,
       analytics.money(p.affiliate_commission_minor, s.amount_scale) AS affiliate_commission,
       analytics.money(p.other_fees_minor, s.amount_scale) AS other_fees,
       analytics.money(p.net_minor, s.amount_scale) AS net,
       CASE WHEN p.cost_lines = p.lines THEN analytics.money(p.cost_minor, s.amount_scale) END AS cost,
       CASE WHEN p.cost_lines = p.lines THEN analytics.money(p.net_minor - p.cost_minor, s.amount_scale) END AS margin,
       p.refund_units, analytics.money(p.refunds_minor, s.amount_scale) AS refunds,
       analytics.money(p.refund_net_minor, s.amount_scale) AS refund_net,
       analytics.money(p.net_minor - p.refund_net_minor, s.amount_scale) AS net_after_refunds,
       CASE WHEN p.cost_lines = p.lines AND p.refund_cost_unknown = 0
            THEN analytics.money(p.net_minor - p.refund_net_minor - p.cost_minor + p.refund_cost_minor, s.amount_scale) END
           AS margin_after_refunds
FROM (
    SELECT shop_key, sku, day, sum(lines)::bigint AS lines, sum(units)::bigint AS units, sum(gross_minor)::bigint AS gross_minor,
           sum(seller_discount_minor)::bigint AS seller_discount_minor, sum(platform_discount_minor)::bigint AS platform_discount_minor,
           sum(platform_fee_minor)::bigint AS platform_fee_minor, sum(payment_fee_minor)::bigint AS payment_fee_minor,
           sum(affiliate_commission_minor)::bigint AS affiliate_commission_minor, sum(other_fees_minor)::bigint AS other_fees_minor,
           sum(net_minor)::bigint AS net_minor, sum(cost_minor)::bigint AS cost_minor, sum(cost_lines)::bigint AS cost_lines,
           sum(refund_units)::bigint AS refund_units, sum(refunds_minor)::bigint AS refunds_minor,
           sum(refund_net_minor)::bigint AS refund_net_minor, sum(refund_cost_minor)::bigint AS refund_cost_minor,
           sum(refund_cost_unknown)::bigint AS refund_cost_unknown
    FROM (
        SELECT shop_key, sku, day, lines, units, gross_minor, seller_discount_minor, platform_discount_minor, platform_fee_minor,
               payment_fee_minor, affiliate_commission_minor, other_fees_minor, net_minor, cost_minor, cost_lines,
               0::bigint AS refund_units, 0::bigint AS refunds_minor, 0::bigint AS refund_net_minor, 0::bigint AS refund_cost_minor,
               0::bigint AS refund_cost_unknown
        FROM warehouse.agg_product_performance
        UNION ALL
        SELECT shop_key, sku, day, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, quantity, gross_minor - seller_discount_minor, net_minor,
               coalesce(cost_minor, 0), (cost_minor IS NULL)::int
        FROM warehouse.fact_refund_lines WHERE booked AND sku IS NOT NULL) AS rows
    GROUP BY shop_key, sku, day) AS p
JOIN warehouse.dim_shop s USING (shop_key);
COMMENT ON VIEW analytics.product_performance IS 'Booked sales per shop, SKU and business day, and what refunds of the day gave back of the SKU, whenever it was sold.';
COMMENT ON COLUMN analytics.product_performance.refunds IS 'net sales given back on the day; without what belongs to no line';
COMMENT ON COLUMN analytics.product_performance.refund_units IS 'units that came back on the day';
COMMENT ON COLUMN analytics.product_performance.refund_net IS 'what the seller loses of net by these refunds: fees and commission that come back taken off, fees for refunds added';
COMMENT ON COLUMN analytics.product_performance.net_after_refunds IS 'net - refund_net';
COMMENT ON COLUMN analytics.product_performance.margin_after_refunds IS 'net_after_refunds - cost + cost of restocked goods, before ads; null while a cost is unknown';

CREATE VIEW analytics.findings AS
SELECT s.shop_id, f.kind, f.reference, f.day, f.currency, analytics.money(f.amount_minor, f.amount_scale) AS amount, f.text
FROM (
    SELECT r.shop_key, 'refund_' || k.kind AS kind, r.order_id || '/' || r.refund_id AS reference, r.day, r.currency, r.amount_scale,
           CASE WHEN k.bit = 4 THEN (SELECT sum(a) FROM unnest(r.amounts_minor) AS a) ELSE sum(l.amount_minor) END AS amount_minor, k.text
    FROM warehouse.fact_refund_lines l JOIN warehouse.fact_refunds r USING (shop_key, order_id, refund_id)
    JOIN (VALUES (1, 'above_sale', 'more was refunded than was sold: it is booked as stated'),
                 (2, 'unknown_line', 'a refund of a line that the order does not have: it is booked on no line'),
                 (4, 'wrong_currency', 'a refund in another currency than its order: nothing is booked'),
                 (8, 'fees_assumed_kept', 'a partial refund that is not settled yet: its fees are taken to be kept'),
                 (16, 'other_rules', 'fees come back by other rules than the order was charged by, and never more than it was charged'),
                 (32, 'other_presentment', 'given back in a currency that the order was not sold in: no difference of exchange is booked')) AS k(bit, kind, text)
        ON l.findings::int & k.bit <> 0
    WHERE k.bit <> 8 OR NOT EXISTS (
        SELECT FROM warehouse.fact_settlements z
        WHERE z.shop_key = l.shop_key AND z.order_id = l.order_id AND 'refund' = ANY (string_to_array(z.classes, ',')))
    GROUP BY r.shop_key, k.bit, k.kind, k.text, r.order_id, r.refund_id, r.day, r.currency, r.amount_scale, r.amounts_minor
    UNION ALL
    SELECT shop_key, 'refund_of_two_orders', string_agg(order_id || '/' || refund_id, ', ' ORDER BY order_id), max(day), min(currency),
           min(amount_scale), sum((SELECT sum(a) FROM unnest(amounts_minor) AS a)), 'the same id of a refund with more than one order: each counts'
    FROM warehouse.fact_refunds GROUP BY shop_key, refund_id HAVING count(*) > 1
    UNION ALL
    SELECT shop_key, 'refund_parked', order_id || '/' || refund_id, day, currency, amount_scale,
           (SELECT sum(a) FROM unnest(amounts_minor) AS a), 'a refund whose order has not come: nothing is booked'
    FROM warehouse.fact_refunds WHERE order_key IS NULL
    UNION ALL
    SELECT f.shop_key, b.kind, f.statement_id || '/' || f.transaction_id, f.day, f.currency, f.amount_scale, b.amount_minor, b.text
    FROM warehouse.fact_settlements f
    CROSS JOIN LATERAL (VALUES
        ('statement_total_break', f.total_break_minor, 'the stated total is not sales + shipping + fees + adjustment'),
        ('statement_sales_break', f.sales_break_minor, 'the stated sales are not gross + discounts + refunds'),
        ('statement_shipping_break', f.shipping_break_minor, 'shipping that is passed through does not add up to 0'))
        AS b(kind, amount_minor, text)
    WHERE b.amount_minor <> 0
    UNION ALL
    SELECT shop_key, 'unknown_type', statement_id || '/' || transaction_id, day, currency, amount_scale, total_minor,
           'a transaction of a type that is not known: ' || native_type
    FROM warehouse.fact_settlements WHERE type = 'unknown'
    UNION ALL
    SELECT f.shop_key, 'unknown_field', f.statement_id || '/' || f.transaction_id, f.day, f.currency, f.amount_scale, l.amount_minor,
           'an amount that is not known: ' || l.field
    FROM warehouse.fact_settlements f
    CROSS JOIN LATERAL unnest(string_to_array(f.fields, ','), string_to_array(f.classes, ','), f.amounts_minor) AS l(field, class, amount_minor)
    WHERE f.type <> 'unknown' AND l.class = 'unknown' AND l.field NOT LIKE 'residual:%'
    UNION ALL
    SELECT s.shop_key, 'leak_' || l.kind, l.order_id, l.day, l.currency, s.amount_scale,
           (l.excess * 10::numeric ^ s.amount_scale)::bigint, format('%s: %s charged, %s expected', l.class, l.settled, l.expected)
    FROM analytics.fee_leaks l JOIN warehouse.dim_shop s USING (shop_id) WHERE l.kind <> 'unknown_fee'
    UNION ALL
    SELECT s.shop_key, CASE WHEN u.unmapped THEN 'sku_unmapped' ELSE 'sku_uncosted' END, u.sku, u.first_day, s.currency, s.amount_scale,
           NULL,
           format('%s lines from %s to %s have no cost%s: profit is incomplete', u.lines, u.first_day, u.last_day,
                  CASE WHEN u.unmapped THEN ', and the SKU no mapping' ELSE '' END)
    FROM analytics.uncosted_skus u JOIN warehouse.dim_shop s USING (shop_id)) AS f
JOIN warehouse.dim_shop s USING (shop_key);
COMMENT ON VIEW analytics.findings IS 'Everything that needs a person, in one list: nothing of it was lost, and no total moved silently.';
COMMENT ON COLUMN analytics.findings.shop_id IS 'the shop';
COMMENT ON COLUMN analytics.findings.kind IS 'refund_above_sale, refund_unknown_line, refund_wrong_currency, refund_fees_assumed_kept (until it is settled), refund_other_rules, refund_other_presentment, refund_of_two_orders, refund_parked; statement_total_break, statement_sales_break, statement_shipping_break, unknown_type, unknown_field; leak_ and the kind of fee_leaks (but unknown fees, which are unknown fields); sku_unmapped, sku_uncosted';
COMMENT ON COLUMN analytics.findings.reference IS 'order/refund, statement/transaction, order, or SKU';
COMMENT ON COLUMN analytics.findings.day IS 'of the refund, the settlement, or the SKU''s first line without cost';
COMMENT ON COLUMN analytics.findings.currency IS 'of amount';
COMMENT ON COLUMN analytics.findings.amount IS 'what was refunded (goods, without tax), by how much a statement breaks, what the unknown amount is, what leaked; null: not known';
COMMENT ON COLUMN analytics.findings.text IS 'what is wrong, in words';
