-- What the demo prints of the warehouse. truth_file: of simulate --truth; load_file, now_file: of run --json, the first one and this one.
\set truth `cat :'truth_file'`
\set load `cat :'load_file'`
\set now `cat :'now_file'`
\pset format aligned
\pset tuples_only off
\pset footer off
\pset border 0
\pset null ''
SET client_min_messages = warning;

CREATE FUNCTION pg_temp.money(amount numeric, digits integer) RETURNS text LANGUAGE sql IMMUTABLE
RETURN to_char(amount, 'FM999,999,999,999,990' || CASE WHEN digits > 0 THEN '.' || repeat('0', digits) ELSE '' END);

-- An anomaly's value: minor units of the shop's currency, or a count.
CREATE FUNCTION pg_temp.value_text(value numeric, metric text, amount_scale integer) RETURNS text LANGUAGE sql IMMUTABLE
RETURN CASE WHEN metric = 'hourly_orders' THEN pg_temp.money(value, 0) ELSE pg_temp.money(value / 10::numeric ^ amount_scale, amount_scale) END;

\echo
\echo '== what the shops earned'
WITH sums AS (
    SELECT s.shop_id, s.currency, s.amount_scale::int AS digits, sum(d.orders) AS orders, sum(d.gross) AS gross, sum(d.seller_discount) AS discount,
           sum(d.platform_fee + d.payment_fee + d.other_fees) AS fees, sum(d.affiliate_commission) AS affiliate, sum(d.ad_spend) AS ads,
           sum(d.net_after_ads) AS net
    FROM analytics.daily_sales d JOIN warehouse.dim_shop s USING (shop_id) GROUP BY s.shop_id, s.currency, s.amount_scale),
texts AS (
    SELECT shop_id, currency, to_char(orders, 'FM999,999,990') AS orders, pg_temp.money(gross, digits) AS gross, pg_temp.money(discount, digits) AS discount,
           pg_temp.money(fees, digits) AS fees, pg_temp.money(affiliate, digits) AS affiliate, pg_temp.money(ads, digits) AS ads,
           pg_temp.money(net, digits) AS net, round(100 * fees / nullif(gross - discount, 0), 2) || ' %' AS take_rate
    FROM sums)
SELECT shop_id AS shop, currency AS cur, lpad(orders, greatest(6, max(length(orders)) OVER ())) AS orders, lpad(gross, greatest(5, max(length(gross)) OVER ())) AS gross,
       lpad(discount, greatest(12, max(length(discount)) OVER ())) AS "seller disc.", lpad(fees, greatest(13, max(length(fees)) OVER ())) AS "platform fees",
       lpad(affiliate, greatest(9, max(length(affiliate)) OVER ())) AS affiliate, lpad(ads, greatest(8, max(length(ads)) OVER ())) AS "ad spend",
       lpad(net, greatest(3, max(length(net)) OVER ())) AS net, lpad(take_rate, 9) AS "take rate"
FROM texts ORDER BY shop_id;
\echo 'net = gross - seller discount - platform fees (with payment fees) - affiliate - ad spend; take rate = platform fees of gross - seller discount'

\echo
\echo '== the strongest anomalies'
WITH ranked AS (
    SELECT *, row_number() OVER (PARTITION BY shop_id, metric, key ORDER BY abs(z_calibrated) DESC, window_start) AS nth FROM analytics.anomalies),
strongest AS (SELECT * FROM ranked WHERE nth = 1 ORDER BY abs(z_calibrated) DESC, shop_id, metric, key LIMIT 10),
texts AS (
    SELECT *, pg_temp.value_text(value::numeric, metric, amount_scale) AS value_text, pg_temp.value_text(expected::numeric, metric, amount_scale) AS expected_text,
           pg_temp.value_text(lower::numeric, metric, amount_scale) AS lower_text, pg_temp.value_text(upper::numeric, metric, amount_scale) AS upper_text
    FROM strongest)
SELECT shop_id AS shop, metric, left(key, 28) AS key, to_char(window_start AT TIME ZONE 'UTC', 'MM-DD HH24:MI') AS "when (UTC)",
       CASE WHEN metric = 'hourly_orders' THEN '' ELSE currency END AS cur, lpad(value_text, max(length(value_text)) OVER ()) AS value,
       lpad(expected_text, greatest(8, max(length(expected_text)) OVER ())) AS expected,
       lpad(lower_text, max(length(lower_text)) OVER ()) || ' to ' || lpad(upper_text, max(length(upper_text)) OVER ()) AS "expected range",
       round(z_calibrated::numeric, 1) AS z
FROM texts ORDER BY abs(z_calibrated) DESC, shop_id, metric, key;

-- An incident is found by an anomaly of its metric and key, in its direction, whose hour, day or moment lies in its time. The bucket
-- of a day closes when figures of the day after the next one come.
CREATE TEMP TABLE incident AS
WITH injected AS (
    SELECT i.*, to_timestamp(i.start_us / 1e6) AS starts, to_timestamp(i.end_us / 1e6) AS ends FROM jsonb_to_recordset(:'truth'::jsonb -> 'incidents')
        AS i(kind text, shop_id text, metric text, key text, start_us bigint, end_us bigint, factor_ppm bigint))
SELECT i.*, a.anomalies, a.z, i.metric = 'daily_spend' AND NOT EXISTS (
           SELECT FROM analytics.ad_spend s WHERE s.shop_id = i.shop_id AND s.day > (i.ends AT TIME ZONE 'UTC')::date) AS is_open
FROM injected i, LATERAL (
    SELECT count(*) AS anomalies, max(abs(a.z_calibrated)) AS z FROM analytics.anomalies a
    WHERE a.shop_id = i.shop_id AND a.metric = i.metric AND a.key = i.key AND (a.value > a.expected) = (i.factor_ppm > 1000000)
          AND a.window_start >= i.starts AND a.window_start < i.ends) AS a;

\echo '== injected incidents'
SELECT kind AS incident, shop_id AS shop, left(key, 28) AS key, to_char(starts AT TIME ZONE 'UTC', 'MM-DD HH24:MI') AS "from (UTC)",
       lpad(extract(epoch FROM ends - starts)::int / 3600 || ' h', 5) AS lasts, lpad('x ' || round(factor_ppm / 1e6, 1), 6) AS factor,
       CASE WHEN anomalies > 0 THEN 'found' WHEN is_open THEN 'day still open' ELSE 'not found' END AS result,
       nullif(anomalies, 0) AS anomalies, round(z::numeric, 1) AS "largest z"
FROM incident ORDER BY kind, starts;
\pset tuples_only on
\pset format unaligned
SELECT count(*) FILTER (WHERE anomalies > 0) || ' of ' || count(*) || ' incidents found; ' || sum(anomalies) || ' of '
       || (SELECT to_char(count(*), 'FM999,999,990') FROM analytics.anomalies) || ' anomalies belong to them'
       || CASE WHEN bool_or(metric = 'hourly_orders' AND anomalies = 0) THEN '; drops and spikes of a few hours hide in the daily rhythm' ELSE '' END FROM incident;
\pset tuples_only off
\pset format aligned

\echo
\echo '== refused records, in tillstream.quarantine'
WITH sent AS (SELECT key AS reason, value::bigint AS records FROM jsonb_each_text(:'truth'::jsonb -> 'malformed')),
refused AS (SELECT reason, count(*) AS records FROM tillstream.quarantine GROUP BY reason)
SELECT reason, coalesce(s.records, 0) AS sent, coalesce(r.records, 0) AS refused FROM sent s FULL JOIN refused r USING (reason) ORDER BY reason;

\echo '== speed'
\pset tuples_only on
\pset format unaligned
SELECT 'the load: ' || to_char((l ->> 'records')::bigint, 'FM999,999,999,990') || ' events in ' || round((l ->> 'seconds')::numeric, 1) || ' s, '
       || to_char((l ->> 'records_per_s')::bigint, 'FM999,999,990') || ' events per second'
       || CASE WHEN l = n THEN '' ELSE '; this start: ' || to_char((n ->> 'records')::bigint, 'FM999,999,999,990') || ' events to read' END
FROM (VALUES (:'load'::jsonb, :'now'::jsonb)) AS runs(l, n);
