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
           coalesce(sum(f.discrepancy_minor), 0) AS discrepancy_minor, coalesce(sum(f.shipping_minor), 0) AS shipping_minor,
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
COMMENT ON COLUMN analytics.order_profit.net_seller_revenue IS 'net_sales - platform_fee - payment_fee - other_fees + fees_returned - refund_admin_fee - case_fee - affiliate_commission + commission_returned - refund_discrepancy';
COMMENT ON COLUMN analytics.order_profit.cost IS 'of the goods, at the time of the order; null while that of any line is unknown';
COMMENT ON COLUMN analytics.order_profit.restocked_cost IS 'cost of goods that came back and can be sold again; null while it is unknown';
COMMENT ON COLUMN analytics.order_profit.complete IS 'the cost of every line and of all that was restocked is known';
COMMENT ON COLUMN analytics.order_profit.profit IS 'net_seller_revenue - cost + restocked_cost, before ads; null unless complete, never as if an unknown cost were 0';
COMMENT ON COLUMN analytics.order_profit.shipping_paid IS 'by the buyer; passed through, no part of any other figure';
COMMENT ON COLUMN analytics.order_profit.shipping_refunded IS 'to the buyer; passed through as well';
COMMENT ON COLUMN analytics.order_profit.settled_net IS 'what the platform settled, without ads paid from proceeds and reserves; null: nothing yet. To be compared with net_seller_revenue';

-- Samples and replacements are no sales, but their goods are gone. They are few.
CREATE INDEX fact_orders_given_away ON warehouse.fact_orders (shop_key, day) WHERE flags & 6 <> 0;

CREATE VIEW warehouse.daily_books AS
SELECT a.shop_key, a.day, a.currency, a.amount_scale, a.gross_minor, a.seller_discount_minor, a.refunds_minor, a.platform_fee_minor,
       a.payment_fee_minor, a.other_fees_minor, a.refund_fees_returned_minor, a.refund_admin_fee_minor, a.refund_case_fee_minor,
       a.affiliate_commission_minor - a.refund_affiliate_commission_minor AS affiliate_minor, a.refund_discrepancy_minor,
       a.ad_spend_minor, a.cost_minor, a.lines - a.cost_lines AS cost_unknown, a.refund_cost_minor, a.refund_cost_unknown,
       0::bigint AS given_away_minor, 0::bigint AS given_away_unknown, 0::bigint AS settled_amounts, NULL::text AS class,
       0::numeric AS settled_minor
FROM warehouse.agg_daily_sales a
UNION ALL
SELECT o.shop_key, o.day, o.currency COLLATE "C", o.amount_scale, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
       coalesce(l.cost_minor, 0), (l.cost_minor IS NULL)::int, 0, NULL, 0
FROM warehouse.fact_orders o JOIN warehouse.fact_sales l USING (order_key)
WHERE o.flags & 6 <> 0 AND o.flags & 9 = 0 AND o.status IN ('PAID', 'SHIPPED', 'DELIVERED', 'COMPLETED')
UNION ALL
SELECT f.shop_key, f.day, f.currency, f.amount_scale, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, count(*), l.class,
       sum(l.amount_minor)
FROM warehouse.fact_settlements f JOIN warehouse.fact_settlement_lines l USING (shop_key, transaction_id, sku)
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
           sum(d.refund_discrepancy_minor) AS discrepancy, sum(d.ad_spend_minor) AS ad_spend,
           CASE WHEN sum(d.cost_unknown) = 0 THEN sum(d.cost_minor) END AS cost,
           CASE WHEN sum(d.refund_cost_unknown) = 0 THEN sum(d.refund_cost_minor) END AS restocked_cost,
           CASE WHEN sum(d.given_away_unknown) = 0 THEN sum(d.given_away_minor) END AS given_away,
           sum(d.cost_unknown + d.refund_cost_unknown + d.given_away_unknown) AS cost_unknown,
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
                 (14, 'unknown', 'net_seller_revenue', 0, p.settled_unknown),
                 (15, 'ad_spend', 'take_home', -p.ad_spend, NULL),
                 (16, 'cost_of_goods', 'net_profit', -p.cost, NULL),
                 (17, 'restocked_goods', 'net_profit', p.restocked_cost, NULL),
                 (18, 'samples_and_replacements', 'net_profit', -p.given_away, NULL))
         AS v(step_no, step, leads_to, estimated, stated)
    CROSS JOIN LATERAL (SELECT CASE WHEN p.settled_amounts > 0 THEN v.stated END) AS t(settled)
    WINDOW steps AS (ORDER BY v.step_no)) AS b;
COMMENT ON VIEW analytics.profit_bridge IS 'From gross sales to net profit, step by step: per shop, currency and day or month. The steps of a period add up to running_estimated of the last one, exactly.';
COMMENT ON COLUMN analytics.profit_bridge.shop_id IS 'the shop';
COMMENT ON COLUMN analytics.profit_bridge.period IS 'day or month: take one of them, each has everything';
COMMENT ON COLUMN analytics.profit_bridge.period_start IS 'first day of the period, in the shop''s time zone; days of ads are those of their account';
COMMENT ON COLUMN analytics.profit_bridge.currency IS 'of all amounts of the row';
COMMENT ON COLUMN analytics.profit_bridge.step_no IS 'order of the steps, from 1';
COMMENT ON COLUMN analytics.profit_bridge.step IS 'gross_sales: list price x quantity; seller_discounts: paid for by the seller (the platform''s are not); refunds: net sales given back; platform, payment and other fees: as charged for sales; fees_returned: what of these refunds give back; refund_admin_fees, case_fees: charged for refunds and chargebacks; affiliate_commission: less what refunds give back; shipping, tax: passed through, so only what was settled beyond; adjustments: estimated refund discrepancies, settled adjustments; unknown: settled amounts without a name; ad_spend: of the ad report, never what was paid for ads from proceeds; cost_of_goods: at the time of the order; restocked_goods: cost of what came back and can be sold again; samples_and_replacements: cost of goods given away';
COMMENT ON COLUMN analytics.profit_bridge.leads_to IS 'the figure that the step is part of: net_sales, net_seller_revenue, take_home, net_profit; it is the running sum of its last step';
COMMENT ON COLUMN analytics.profit_bridge.estimated IS 'by the rules, signed: positive is earned; sales count on the day of the order, refunds on their own; null where costs are unknown';
COMMENT ON COLUMN analytics.profit_bridge.settled IS 'of payout statements, signed, by the day of settlement: it lags behind; null: no statement in the period, or statements do not know this step (returned fees are inside of theirs, case fees inside of adjustments)';
COMMENT ON COLUMN analytics.profit_bridge.running_estimated IS 'sum of estimated up to this step; null from the first unknown cost on';
COMMENT ON COLUMN analytics.profit_bridge.running_settled IS 'sum of settled up to this step: of net seller revenue, all that statements of the period say but ads paid from proceeds and reserves; they know nothing of what follows';
COMMENT ON COLUMN analytics.profit_bridge.complete IS 'every cost of the period is known';
