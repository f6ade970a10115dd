-- What the demo prints. truth_file is what simulate --truth wrote.
\set truth `cat :'truth_file'`
\pset format aligned
\pset tuples_only off
\pset footer off
\pset null ''
SET client_min_messages = warning;

CREATE FUNCTION pg_temp.money(amount numeric, amount_scale integer) RETURNS text LANGUAGE sql IMMUTABLE
RETURN lpad(to_char(amount, 'FM999,999,999,990' || CASE WHEN amount_scale > 0 THEN '.' || repeat('0', amount_scale) ELSE '' END), 14);

SELECT s.shop_id AS shop, s.currency AS cur, to_char(sum(d.orders), '999,999,990') AS orders,
       pg_temp.money(sum(d.gross), s.amount_scale) AS gross, pg_temp.money(sum(d.platform_fee + d.payment_fee), s.amount_scale) AS "platform fees",
       pg_temp.money(sum(d.affiliate_commission), s.amount_scale) AS affiliate, pg_temp.money(sum(d.ad_spend), s.amount_scale) AS "ad spend",
       pg_temp.money(sum(d.net_after_ads), s.amount_scale) AS "net after ads",
       lpad(round(100 * sum(d.platform_fee + d.payment_fee + d.other_fees) / nullif(sum(d.gross - d.seller_discount), 0), 2) || ' %', 9) AS "take rate"
FROM analytics.daily_sales d JOIN warehouse.dim_shop s USING (shop_id) GROUP BY s.shop_id, s.currency, s.amount_scale ORDER BY s.shop_id;

\echo '== the strongest anomalies'
WITH found AS (SELECT *, row_number() OVER (PARTITION BY shop_id, metric, key ORDER BY abs(z_calibrated) DESC, window_start) AS nth
               FROM analytics.anomalies),
strongest AS (SELECT * FROM found WHERE nth = 1 ORDER BY abs(z_calibrated) DESC, shop_id, metric, key LIMIT 10)
SELECT shop_id AS shop, metric, left(key, 28) AS key, to_char(window_start, 'YYYY-MM-DD HH24:MI') AS "when (UTC)",
       round(v.val / scale, digits) AS value, round(v.exp / scale, digits) AS expected,
       '[' || round(v.low / scale, digits) || ', ' || round(v.high / scale, digits) || ']' AS "expected range", round(z_calibrated::numeric, 1) AS z, n
FROM strongest, LATERAL (SELECT value::numeric, expected::numeric, lower::numeric, upper::numeric,
    CASE WHEN metric = 'hourly_orders' THEN 1 ELSE 10::numeric ^ amount_scale END AS scale,
    CASE WHEN metric = 'hourly_orders' THEN 1 ELSE least(amount_scale, 2) END AS digits) AS v (val, exp, low, high, scale, digits)
ORDER BY abs(z_calibrated) DESC, shop_id, metric, key;

\echo '== injected incidents'
WITH injected AS (SELECT i.* FROM jsonb_to_recordset(:'truth'::jsonb -> 'incidents')
    AS i(kind text, shop_id text, metric text, key text, start_us bigint, end_us bigint, factor_ppm bigint)),
timed AS (SELECT *, to_timestamp(start_us / 1e6) AS starts, to_timestamp(end_us / 1e6) AS ends,
                 CASE metric WHEN 'daily_spend' THEN interval '1 day' WHEN 'unit_price' THEN interval '0' ELSE interval '1 hour' END AS bucket
          FROM injected)
SELECT kind AS incident, shop_id AS shop, left(key, 28) AS key, to_char(starts, 'YYYY-MM-DD HH24:MI') AS "from (UTC)",
       extract(epoch FROM ends - starts)::int / 3600 || ' h' AS lasts, 'x ' || round(factor_ppm / 1e6, 2) AS factor, CASE WHEN a.alerts > 0 THEN 'found' ELSE 'not found' END AS result,
       a.alerts, round(a.z::numeric, 1) AS "largest z"
FROM timed t, LATERAL (SELECT count(*) AS alerts, max(abs(z_calibrated)) AS z FROM analytics.anomalies a
    WHERE a.shop_id = t.shop_id AND (a.metric = t.metric OR (t.metric = 'hourly_orders' AND a.metric = 'hourly_gross'))
    AND (a.key = t.key OR t.metric = 'hourly_orders') AND a.window_start >= t.starts - t.bucket AND a.window_start < t.ends) AS a
ORDER BY kind, starts;

\echo '== refused records, in tillstream.quarantine'
SELECT reason, count(*) AS records FROM tillstream.quarantine GROUP BY reason ORDER BY reason;

\echo '== agreement with the truth of the simulation, to the minor unit'
WITH truth AS (SELECT t.shop_id COLLATE "C" AS shop_id, t.day, t.currency COLLATE "C" AS currency, t.orders, t.lines, t.units, t.gross_minor,
    t.seller_discount_minor, t.platform_discount_minor, t.platform_fee_minor, t.payment_fee_minor, t.affiliate_commission_minor, t.net_minor,
    t.ad_spend_minor FROM jsonb_to_recordset(:'truth'::jsonb -> 'days') AS t(shop_id text, day date, currency text, orders bigint,
    lines bigint, units bigint, gross_minor bigint, seller_discount_minor bigint, platform_discount_minor bigint, platform_fee_minor bigint,
    payment_fee_minor bigint, affiliate_commission_minor bigint, net_minor bigint, ad_spend_minor bigint)
    WHERE t.orders <> 0 OR t.ad_spend_minor <> 0),
held AS (SELECT s.shop_id, a.day, a.currency, a.orders, a.lines, a.units, a.gross_minor, a.seller_discount_minor, a.platform_discount_minor,
    a.platform_fee_minor, a.payment_fee_minor, a.affiliate_commission_minor, a.net_minor, a.ad_spend_minor
    FROM warehouse.agg_daily_sales a JOIN warehouse.dim_shop s USING (shop_key) WHERE a.day <= (SELECT max(day) FROM truth))
SELECT count(*) AS "shop-days compared", count(*) FILTER (WHERE t IS DISTINCT FROM h) AS different
FROM truth t FULL JOIN held h USING (shop_id, day, currency);
