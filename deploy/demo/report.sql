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
SET jit = off;

CREATE FUNCTION pg_temp.money(amount numeric, digits integer) RETURNS text LANGUAGE sql IMMUTABLE
RETURN to_char(amount, 'FM999,999,999,999,990' || CASE WHEN digits > 0 THEN '.' || repeat('0', digits) ELSE '' END);

-- An anomaly's value: minor units of the shop's currency, or a count.
CREATE FUNCTION pg_temp.value_text(value numeric, metric text, amount_scale integer) RETURNS text LANGUAGE sql IMMUTABLE
RETURN CASE WHEN metric = 'orders' THEN pg_temp.money(value, 0) ELSE pg_temp.money(value / 10::numeric ^ amount_scale, amount_scale) END;

-- Rows of a statement, a column per shop. figure: what it says, in the shop's currency; null: cannot be said yet.
CREATE TEMP TABLE statement AS
WITH bridge AS (
    SELECT b.shop_id, b.step, b.leads_to, CASE WHEN count(b.estimated) = count(*) THEN sum(b.estimated) END AS estimated
    FROM analytics.profit_bridge b WHERE b.period = 'day' GROUP BY b.shop_id, b.step, b.leads_to),
steps AS (
    SELECT shop_id, coalesce(sum(estimated) FILTER (WHERE step = 'gross_sales'), 0) AS gross, sum(estimated) FILTER (WHERE step = 'seller_discounts') AS discounts,
           sum(estimated) FILTER (WHERE step = 'refunds') AS refunds, sum(estimated) FILTER (WHERE step LIKE '%fees%') AS fees,
           sum(estimated) FILTER (WHERE step = 'affiliate_commission') AS affiliate,
           sum(estimated) FILTER (WHERE leads_to = 'net_seller_revenue' AND step NOT LIKE '%fees%' AND step <> 'affiliate_commission') AS others,
           sum(estimated) FILTER (WHERE step = 'ad_spend') AS ads, CASE WHEN bool_and(estimated IS NOT NULL) THEN sum(estimated) FILTER (WHERE leads_to = 'net_profit') END AS cost
    FROM bridge GROUP BY shop_id),
settled AS (
    SELECT shop_id, count(*) AS orders, count(profit) AS complete_orders, sum(profit) AS profit, count(settled_net) AS settled_orders, sum(net_seller_revenue) FILTER (WHERE settled_net IS NOT NULL) AS expected,
           sum(settled_net) AS settled
    FROM analytics.order_profit GROUP BY shop_id)
SELECT s.shop_id, s.currency, s.amount_scale::int AS digits, r.row_no, r.label, r.figure, r.kind
FROM steps p JOIN warehouse.dim_shop s USING (shop_id) LEFT JOIN settled z USING (shop_id)
LEFT JOIN (SELECT shop_id, count(*) AS skus FROM analytics.uncosted_skus GROUP BY shop_id) AS u USING (shop_id)
CROSS JOIN LATERAL (VALUES
    (1, 'orders', z.orders::numeric, 'count'), (2, 'gross sales', p.gross, 'money'), (3, '  seller discounts', p.discounts, 'money'),
    (4, '  refunds', p.refunds, 'money'), (5, 'net sales', p.gross + p.discounts + p.refunds, 'money'), (6, '  platform and payment fees', p.fees, 'money'),
    (7, '  affiliates', p.affiliate, 'money'), (8, '  adjustments', p.others, 'money'),
    (9, 'net seller revenue', p.gross + p.discounts + p.refunds + p.fees + p.affiliate + p.others, 'money'), (10, '  ad spend', p.ads, 'money'),
    (11, 'take-home', p.gross + p.discounts + p.refunds + p.fees + p.affiliate + p.others + p.ads, 'money'), (12, '  cost of goods', p.cost, 'money'),
    (13, 'profit', p.gross + p.discounts + p.refunds + p.fees + p.affiliate + p.others + p.ads + p.cost, 'money'), (14, 'SKUs without cost', coalesce(u.skus, 0), 'count'),
    (15, 'orders with known costs', z.complete_orders::numeric, 'count'), (16, '  profit of these, before ads', z.profit, 'money'), (17, 'orders settled so far', z.settled_orders::numeric, 'count'), (18, '  expected for these', coalesce(z.expected, 0), 'money'), (19, '  settled for these', coalesce(z.settled, 0), 'money'))
    AS r(row_no, label, figure, kind);

\echo
\echo '== what the shops earned: from gross sales to profit'
WITH texts AS (
    SELECT *, CASE WHEN kind = 'count' THEN to_char(figure, 'FM999,999,990') ELSE coalesce(pg_temp.money(figure, digits), 'incomplete') END AS figure_text FROM statement)
SELECT label AS " ", shop_id || ' ' || currency AS shop, lpad(figure_text, max(greatest(length(figure_text), length(shop_id || ' ' || currency))) OVER (PARTITION BY shop_id)) AS figure
FROM texts ORDER BY row_no, shop_id
\crosstabview " " shop figure
\echo 'Estimated by the rules, to the minor unit; fees and affiliates less what refunds give back. Profit is incomplete while the cost of any goods is unknown: it is'
\echo 'never taken for 0. The last rows are the second book, what the platform settled: refunds that are not settled yet and leaks make the difference.'

-- A leak is found where fee_leaks has its order and kind with exactly the amount that was injected. What is no more than the rounding
-- of an order may be is not reported; nor are leaks in the seller's favour.
CREATE TEMP TABLE leak AS
WITH injected AS (
    SELECT l.shop_id, l.order_id, k.kind, -l.amount_minor AS amount_minor
    FROM jsonb_to_recordset(:'truth'::jsonb -> 'leaks') AS l(shop_id text, order_id text, kind text, amount_minor bigint)
    LEFT JOIN (VALUES ('referral_rate', 'wrong_rate'), ('unknown_fee', 'unknown_fee'), ('adjustment', 'adjustment'), ('admin_fee_above_cap', 'refund_fee_above_cap'),
                      ('admin_fee_not_due', 'fee_not_due')) AS k(injected, kind) ON k.injected = l.kind),
tolerated AS (
    SELECT i.*, (SELECT 2 * count(*) FROM warehouse.fact_orders o JOIN warehouse.fact_sales f USING (order_key) JOIN warehouse.dim_shop s ON s.shop_key = o.shop_key
                 WHERE s.shop_id = i.shop_id AND o.order_id = i.order_id) AS tolerance_minor FROM injected i),
found AS (
    SELECT l.shop_id, l.order_id, l.kind, (l.excess * 10::numeric ^ s.amount_scale)::bigint AS amount_minor
    FROM analytics.fee_leaks l JOIN warehouse.dim_shop s USING (shop_id)
    WHERE l.order_id IN (SELECT order_id FROM injected) OR EXISTS (
        SELECT FROM warehouse.fact_orders o WHERE o.shop_key = s.shop_key AND o.order_id = l.order_id
               AND o.day <= (SELECT max((d ->> 'day')::date) FROM jsonb_array_elements(:'truth'::jsonb -> 'days') AS d)))
SELECT coalesce(i.shop_id, f.shop_id) AS shop_id, coalesce(i.kind, f.kind) AS kind, i.amount_minor AS injected_minor,
       CASE WHEN f.amount_minor = i.amount_minor OR i.shop_id IS NULL THEN f.amount_minor END AS found_minor,
       i.amount_minor <= i.tolerance_minor AS is_small, i.shop_id IS NULL AS is_false
FROM tolerated i FULL JOIN found f ON (i.shop_id, i.order_id, i.kind) = (f.shop_id, f.order_id, f.kind);

\echo
\echo '== fee leaks: what was charged beyond the rules'
SELECT l.shop_id AS shop, l.kind, count(l.injected_minor) AS injected, count(*) FILTER (WHERE l.is_small AND l.found_minor IS NULL) AS "below tolerance",
       count(l.found_minor) FILTER (WHERE NOT l.is_false) AS found, count(*) FILTER (WHERE NOT l.is_small AND l.found_minor IS NULL) AS missed,
       count(*) FILTER (WHERE l.is_false) AS "found, not injected", s.currency AS cur,
       lpad(pg_temp.money(coalesce(sum(l.found_minor), 0) / 10::numeric ^ s.amount_scale, s.amount_scale), 14) AS "amount found"
FROM leak l JOIN warehouse.dim_shop s USING (shop_id) GROUP BY l.shop_id, l.kind, s.currency, s.amount_scale ORDER BY l.shop_id, l.kind;
\pset tuples_only on
\pset format unaligned
SELECT count(l.found_minor) FILTER (WHERE NOT l.is_false) || ' of ' || count(l.injected_minor) || ' leaks found to the minor unit; '
       || count(*) FILTER (WHERE l.is_small AND l.found_minor IS NULL) || ' are no more than rounding may be (2 minor units per line) or in the seller''s favour; '
       || count(*) FILTER (WHERE NOT l.is_small AND l.found_minor IS NULL) || ' missed; ' || count(*) FILTER (WHERE l.is_false) || ' found that nobody injected' FROM leak l;
\pset tuples_only off
\pset format aligned

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
       CASE WHEN metric = 'orders' THEN '' ELSE currency END AS cur, lpad(value_text, max(length(value_text)) OVER ()) AS value,
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
SELECT i.*, a.anomalies, a.z, i.metric = 'ad_spend' AND NOT EXISTS (
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
       || CASE WHEN bool_or(metric = 'orders' AND anomalies = 0) THEN '; what is not found stayed within what the hours before allow for' ELSE '' END FROM incident;
\pset tuples_only off
\pset format aligned

\echo
\echo '== refused records, in tillstream.quarantine'
WITH sent AS (
    SELECT key AS reason, sum(value::bigint) AS records
    FROM (VALUES ('{malformed}'::text[]), ('{refunds,malformed}'), ('{settlements,malformed}'), ('{catalog,malformed}')) AS p(path),
         jsonb_each_text(:'truth'::jsonb #> p.path) GROUP BY key),
refused AS (SELECT reason, count(*) AS records FROM tillstream.quarantine GROUP BY reason)
SELECT reason, coalesce(s.records, 0) AS sent, coalesce(r.records, 0) AS refused FROM sent s FULL JOIN refused r USING (reason) ORDER BY reason;

\echo '== speed'
\pset tuples_only on
\pset format unaligned
SELECT 'the load: ' || to_char((l ->> 'records')::bigint, 'FM999,999,999,990') || ' events in ' || round((l ->> 'seconds')::numeric, 1) || ' s, '
       || to_char((l ->> 'records_per_s')::bigint, 'FM999,999,990') || ' events per second'
       || CASE WHEN l = n THEN '' ELSE '; this start: ' || to_char((n ->> 'records')::bigint, 'FM999,999,999,990') || ' events to read' END
FROM (VALUES (:'load'::jsonb, :'now'::jsonb)) AS runs(l, n);
