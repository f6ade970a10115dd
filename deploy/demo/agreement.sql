-- Every figure of every shop and day, and of every payout statement, of the truth that simulate --truth wrote against the warehouse;
-- fails where one differs. What one side does not have counts as zeros there. What came live is of later days.
\set truth `cat :'truth_file'`
\pset footer off
\pset border 0
SET client_min_messages = warning;
SET jit = off;

CREATE TEMP TABLE figure AS
WITH truth AS (
    SELECT b.book, d ->> 'shop_id' AS shop, coalesce(d ->> 'day', d ->> 'statement_id') AS at, d ->> 'currency' AS currency, b.prefix || f.key AS figure,
           f.value::bigint AS value
    FROM (VALUES ('sales', 'days', ''), ('refunds', 'refund_days', 'refund_'), ('settled', 'statements', 'settled_')) AS b(book, name, prefix),
         jsonb_array_elements(:'truth'::jsonb -> b.name) AS d,
         jsonb_each_text(d - '{shop_id,day,statement_id,currency,amount_scale,refunds}'::text[]) AS f),
last_day AS (SELECT book, max(at) AS at FROM truth WHERE book <> 'settled' GROUP BY book),
daily AS (
    SELECT s.shop_id AS shop, a.day::text AS at, a.currency, f.key AS figure, f.value
    FROM warehouse.agg_daily_sales a JOIN warehouse.dim_shop s USING (shop_key),
         jsonb_each_text(to_jsonb(a) || jsonb_build_object('shipping_minor', a.shipping_share_minor)) AS f),
refunded AS (
    SELECT s.shop_id AS shop, f.day::text AS at, f.currency, v.figure, sum(v.value)::text AS value
    FROM warehouse.fact_refund_lines f JOIN warehouse.dim_shop s USING (shop_key),
         LATERAL (VALUES ('refund_amount_minor', f.amount_minor), ('refund_tax_minor', f.tax_minor), ('refund_platform_discount_minor', f.platform_discount_minor))
             AS v(figure, value)
    WHERE f.booked GROUP BY s.shop_id, f.day, f.currency, v.figure),
settled AS (
    SELECT shop, at, currency, 'settled_' || f.key AS figure, (f.value::numeric * 10::numeric ^ CASE f.key WHEN 'lines' THEN 0 ELSE digits END)::bigint AS value
    FROM (SELECT s.shop_id AS shop, z.statement_id AS at, z.currency, s.amount_scale AS digits, count(*) AS lines, sum(z.total) AS total_minor,
                 sum(z.gross) AS gross_minor, sum(z.seller_discount) AS seller_discount_minor, sum(z.refund) AS refund_minor, sum(z.shipping) AS shipping_minor,
                 sum(z.platform_fee) AS platform_fee_minor, sum(z.refund_admin_fee) AS refund_admin_fee_minor, sum(z.affiliate) AS affiliate_minor,
                 sum(z.adjustment) AS adjustment_minor, sum(z.unknown) AS unknown_minor, sum(z.ads) AS ads_minor, sum(z.reserve) AS reserve_minor
          FROM analytics.settlements z JOIN warehouse.dim_shop s USING (shop_id) GROUP BY s.shop_id, z.statement_id, z.currency, s.amount_scale) AS z,
         jsonb_each_text(to_jsonb(z) - '{shop,at,currency,digits}'::text[]) AS f),
held AS (
    SELECT CASE WHEN figure LIKE 'refund\_%' THEN 'refunds' ELSE 'sales' END AS book, shop, at, currency, figure, value::bigint
    FROM (SELECT * FROM daily UNION ALL SELECT * FROM refunded) AS d
    WHERE figure IN (SELECT figure FROM truth)
    UNION ALL SELECT 'settled', shop, at, currency, figure, value FROM settled)
SELECT book, shop, at, currency, figure, coalesce(t.value, 0) AS truth, coalesce(h.value, 0) AS warehouse
FROM truth t FULL JOIN (SELECT h.* FROM held h LEFT JOIN last_day l USING (book) WHERE l.at IS NULL OR h.at <= l.at) AS h USING (book, shop, at, currency, figure);

SELECT book || ': ' || count(DISTINCT (shop, at)) || CASE book WHEN 'settled' THEN ' statements, ' ELSE ' shop-days, ' END || to_char(count(*), 'FM999,990')
       || ' figures compared: ' || string_agg(DISTINCT replace(regexp_replace(figure, '^(refund|settled)_', ''), '_minor', ''), ', ')
FROM figure GROUP BY book ORDER BY book DESC;
SELECT count(*) AS differing, count(*) > 0 AS differs FROM figure WHERE truth <> warehouse \gset
\echo :differing differ
\if :differs
\pset format aligned
\pset tuples_only off
SELECT * FROM figure WHERE truth <> warehouse ORDER BY book, shop, at, figure LIMIT 20;
DO $$ BEGIN RAISE 'figures differ'; END $$;
\endif
