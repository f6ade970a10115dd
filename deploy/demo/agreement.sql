-- Every figure of every shop and day, of the truth that simulate --truth wrote against the warehouse; fails where one differs.
-- A day that one side does not have counts as zeros there. What came live is of later days.
\set truth `cat :'truth_file'`
\pset footer off
\pset border 0
SET client_min_messages = warning;

CREATE TEMP TABLE figure AS
WITH truth AS (
    SELECT d ->> 'shop_id' AS shop, (d ->> 'day')::date AS day, d ->> 'currency' AS currency, f.key AS figure, f.value::bigint AS value
    FROM jsonb_array_elements(:'truth'::jsonb -> 'days') AS d, jsonb_each_text(d - '{shop_id,day,currency,amount_scale}'::text[]) AS f),
named AS (
    SELECT s.shop_id AS shop, a.day, a.currency, replace(f.key, 'shipping_share', 'shipping') AS figure, f.value
    FROM warehouse.agg_daily_sales a JOIN warehouse.dim_shop s USING (shop_key), jsonb_each_text(to_jsonb(a)) AS f),
held AS (
    SELECT shop, day, currency, figure, value::bigint FROM named
    WHERE figure IN (SELECT figure FROM truth) AND day <= (SELECT max(day) FROM truth))
SELECT shop, day, currency, figure, coalesce(t.value, 0) AS truth, coalesce(h.value, 0) AS warehouse
FROM truth t FULL JOIN held h USING (shop, day, currency, figure);

SELECT count(DISTINCT (shop, day)) || ' shop-days, ' || to_char(count(*), 'FM999,990') || ' figures compared: '
       || string_agg(DISTINCT replace(figure, '_minor', ''), ', ') FROM figure;
SELECT count(*) AS differing, count(*) > 0 AS differs FROM figure WHERE truth <> warehouse \gset
\echo :differing differ
\if :differs
\pset format aligned
\pset tuples_only off
SELECT * FROM figure WHERE truth <> warehouse ORDER BY shop, day, figure LIMIT 20;
DO $$ BEGIN RAISE 'figures differ'; END $$;
\endif
