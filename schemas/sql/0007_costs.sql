-- What goods cost: mappings of platform SKUs to the seller's own, unit costs with validity, and what follows for every line.

CREATE TABLE warehouse.sku_mapping (
    shop_key integer NOT NULL,
    revision bigint NOT NULL,
    valid_from timestamptz NOT NULL,
    occurred_at timestamptz NOT NULL,
    content_hash uuid NOT NULL,
    row_hash bigint NOT NULL,
    source_offset bigint NOT NULL,
    source_partition integer NOT NULL,
    platform_sku text COLLATE "C" NOT NULL,
    event_id text NOT NULL,
    source_topic text NOT NULL,
    component_skus text[] COLLATE "C" NOT NULL,
    quantities bigint[] NOT NULL,
    valid_to timestamptz,
    PRIMARY KEY (shop_key, platform_sku, valid_from)
);
COMMENT ON TABLE warehouse.sku_mapping IS 'What one unit of a platform''s SKU is made of; in force is the version with the latest valid_from, until its valid_to.';

CREATE TABLE warehouse.unit_cost (
    shop_key integer NOT NULL,
    revision bigint NOT NULL,
    valid_from timestamptz NOT NULL,
    occurred_at timestamptz NOT NULL,
    content_hash uuid NOT NULL,
    row_hash bigint NOT NULL,
    cost_minor bigint NOT NULL,
    source_offset bigint NOT NULL,
    source_partition integer NOT NULL,
    amount_scale smallint NOT NULL,
    sku text COLLATE "C" NOT NULL,
    event_id text NOT NULL,
    currency text NOT NULL,
    source_topic text NOT NULL,
    valid_to timestamptz,
    PRIMARY KEY (shop_key, sku, valid_from)
);
COMMENT ON TABLE warehouse.unit_cost IS 'What one unit of the seller''s own SKU costs; in force is the version with the latest valid_from, until its valid_to.';

CREATE TABLE warehouse.product_version (
    shop_key integer NOT NULL,
    revision bigint NOT NULL,
    valid_from timestamptz NOT NULL,
    occurred_at timestamptz NOT NULL,
    content_hash uuid NOT NULL,
    row_hash bigint NOT NULL,
    source_offset bigint NOT NULL,
    source_partition integer NOT NULL,
    sku text COLLATE "C" NOT NULL,
    event_id text NOT NULL,
    source_topic text NOT NULL,
    name text,
    category text,
    brand text,
    PRIMARY KEY (shop_key, sku, valid_from)
);
COMMENT ON TABLE warehouse.product_version IS 'Products by the seller''s own SKU, as of valid_from.';

CREATE TABLE warehouse.shop_version (
    shop_key integer NOT NULL,
    revision bigint NOT NULL,
    valid_from timestamptz NOT NULL,
    occurred_at timestamptz NOT NULL,
    content_hash uuid NOT NULL,
    row_hash bigint NOT NULL,
    source_offset bigint NOT NULL,
    source_partition integer NOT NULL,
    event_id text NOT NULL,
    source_topic text NOT NULL,
    name text,
    platform text,
    market text,
    timezone text,
    opened_at timestamptz,
    PRIMARY KEY (shop_key, valid_from)
);
COMMENT ON TABLE warehouse.shop_version IS 'What shops say of themselves, as of valid_from. What decides their business day and fees is the configuration.';

CREATE FUNCTION warehouse.unit_cost_at(of_shop integer, of_sku text, at timestamptz, in_currency text, in_scale smallint) RETURNS bigint
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN (valid_to IS NULL OR at < valid_to) AND currency = in_currency AND amount_scale = in_scale THEN cost_minor END
    FROM warehouse.unit_cost WHERE shop_key = of_shop AND sku = of_sku COLLATE "C" AND valid_from <= at
    ORDER BY valid_from DESC LIMIT 1
$$;
COMMENT ON FUNCTION warehouse.unit_cost_at IS 'Cost of one unit of the seller''s own SKU; null: unknown.';

CREATE FUNCTION warehouse.sku_cost_at(of_shop integer, of_sku text, at timestamptz, in_currency text, in_scale smallint) RETURNS bigint
LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE
    mapping warehouse.sku_mapping;
    cost numeric;
BEGIN
    SELECT * INTO mapping FROM warehouse.sku_mapping
    WHERE shop_key = of_shop AND platform_sku = of_sku COLLATE "C" AND valid_from <= at ORDER BY valid_from DESC LIMIT 1;
    IF NOT FOUND OR at >= mapping.valid_to THEN
        cost := warehouse.unit_cost_at(of_shop, of_sku, at, in_currency, in_scale);
    ELSE
        SELECT CASE WHEN count(*) = count(c.cost) THEN sum(c.cost::numeric * p.quantity) END INTO cost
        FROM unnest(mapping.component_skus, mapping.quantities) AS p(sku, quantity)
        CROSS JOIN LATERAL (SELECT warehouse.unit_cost_at(of_shop, p.sku, at, in_currency, in_scale)) AS c(cost);
    END IF;
    RETURN CASE WHEN cost <= 1000000000000000 THEN cost END;
END
$$;
COMMENT ON FUNCTION warehouse.sku_cost_at IS 'Cost of one unit of a platform''s SKU: of its components, or of itself where no mapping is in force; null: unknown.';

-- A SKU's cost is a step function of time: here are its steps, for many SKUs at once. Every look-up goes by a key, whatever the planner knows.
CREATE FUNCTION warehouse.cost_steps(of_shops integer[], of_skus text[], in_currencies text[], in_scales smallint[])
RETURNS TABLE (n bigint, shop_key integer, sku text, currency text, amount_scale smallint, at timestamptz, cost_minor bigint)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    WITH keys AS MATERIALIZED (
        SELECT k.n, k.shop_key, k.sku COLLATE "C" AS sku, k.currency COLLATE "C" AS currency, k.amount_scale
        FROM unnest(of_shops, of_skus, in_currencies, in_scales) WITH ORDINALITY AS k(shop_key, sku, currency, amount_scale, n)),
    mappings AS MATERIALIZED (
        SELECT k.*, m.valid_from, m.valid_to, m.component_skus
        FROM keys k JOIN warehouse.sku_mapping m ON m.shop_key = k.shop_key AND m.platform_sku = k.sku),
    parts AS (
        SELECT keys.*, keys.sku AS part FROM keys
        UNION SELECT m.n, m.shop_key, m.sku, m.currency, m.amount_scale, c.sku FROM mappings m CROSS JOIN LATERAL unnest(m.component_skus) AS c(sku)),
    edges AS (
        SELECT m.n, m.shop_key, m.sku, m.currency, m.amount_scale, e.at
        FROM mappings m CROSS JOIN LATERAL (VALUES (m.valid_from), (m.valid_to)) AS e(at) WHERE e.at IS NOT NULL
        UNION
        SELECT p.n, p.shop_key, p.sku, p.currency, p.amount_scale, e.at
        FROM parts p JOIN warehouse.unit_cost c ON c.shop_key = p.shop_key AND c.sku = p.part
        CROSS JOIN LATERAL (VALUES (c.valid_from), (c.valid_to)) AS e(at) WHERE e.at IS NOT NULL)
    SELECT e.n, e.shop_key, e.sku, e.currency, e.amount_scale, e.at, CASE WHEN u.cost <= 1000000000000000 THEN u.cost END::bigint
    FROM edges e
    LEFT JOIN LATERAL (
        SELECT m.component_skus, m.quantities, m.valid_to IS NULL OR e.at < m.valid_to AS in_force
        FROM warehouse.sku_mapping m WHERE m.shop_key = e.shop_key AND m.platform_sku = e.sku AND m.valid_from <= e.at
        ORDER BY m.valid_from DESC LIMIT 1) AS m ON true
    CROSS JOIN LATERAL (
        SELECT CASE WHEN count(*) = count(c.cost) THEN sum(c.cost::numeric * p.quantity) END AS cost
        FROM unnest(CASE WHEN m.in_force THEN m.component_skus ELSE ARRAY[e.sku] END,
                    CASE WHEN m.in_force THEN m.quantities ELSE ARRAY[1::bigint] END) AS p(sku, quantity)
        LEFT JOIN LATERAL (
            SELECT CASE WHEN (c.valid_to IS NULL OR e.at < c.valid_to) AND c.currency = e.currency AND c.amount_scale = e.amount_scale
                        THEN c.cost_minor END AS cost
            FROM warehouse.unit_cost c WHERE c.shop_key = e.shop_key AND c.sku = p.sku COLLATE "C" AND c.valid_from <= e.at
            ORDER BY c.valid_from DESC LIMIT 1) AS c ON true) AS u
    ORDER BY e.n, e.at
$$;
COMMENT ON FUNCTION warehouse.cost_steps IS 'From each instant on, until the next, what a unit of the SKU costs, as sku_cost_at says it; unknown before the first. n is the place in the arrays, from 1.';

CREATE FUNCTION warehouse.line_cost(unit_cost_minor bigint, quantity bigint) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN abs(unit_cost_minor::numeric * quantity) <= 1000000000000000 THEN unit_cost_minor * quantity END;

-- Lines are found by the days that a change concerns; an index of their SKUs would cost every line a third of its load speed.
CREATE INDEX fact_sales_day ON warehouse.fact_sales USING brin (day) WITH (pages_per_range = 32, autosummarize = on);

ALTER TABLE warehouse.fact_refund_lines ADD COLUMN cost_minor bigint;
COMMENT ON COLUMN warehouse.fact_refund_lines.cost_minor IS 'cost of what was restocked; null where the line''s cost is unknown';

UPDATE warehouse.agg_daily_sales SET cost_minor = 0;
ALTER TABLE warehouse.agg_daily_sales
    ALTER COLUMN cost_minor SET DEFAULT 0, ALTER COLUMN cost_minor SET NOT NULL,
    ADD COLUMN cost_lines bigint NOT NULL DEFAULT 0,
    ADD COLUMN refund_cost_minor bigint NOT NULL DEFAULT 0,
    ADD COLUMN refund_cost_unknown bigint NOT NULL DEFAULT 0;
COMMENT ON COLUMN warehouse.agg_daily_sales.cost_minor IS 'of the lines whose cost is known: complete where cost_lines = lines';
COMMENT ON COLUMN warehouse.agg_daily_sales.refund_cost_minor IS 'cost of restocked goods; refund_cost_unknown counts the rows for which it is not known';

ALTER TABLE warehouse.agg_product_base ADD COLUMN cost_minor bigint NOT NULL DEFAULT 0, ADD COLUMN cost_lines bigint NOT NULL DEFAULT 0;
ALTER TABLE warehouse.agg_product_delta ADD COLUMN cost_minor bigint NOT NULL DEFAULT 0, ADD COLUMN cost_lines bigint NOT NULL DEFAULT 0;

CREATE OR REPLACE VIEW warehouse.agg_product_performance AS
SELECT shop_key, sku, day, sum(lines)::bigint AS lines, sum(units)::bigint AS units, sum(gross_minor)::bigint AS gross_minor,
       sum(seller_discount_minor)::bigint AS seller_discount_minor,
       sum(platform_discount_minor)::bigint AS platform_discount_minor, sum(platform_fee_minor)::bigint AS platform_fee_minor,
       sum(payment_fee_minor)::bigint AS payment_fee_minor,
       sum(affiliate_commission_minor)::bigint AS affiliate_commission_minor,
       sum(other_fees_minor)::bigint AS other_fees_minor, sum(net_minor)::bigint AS net_minor,
       sum(cost_minor)::bigint AS cost_minor, sum(cost_lines)::bigint AS cost_lines
FROM (SELECT shop_key, sku, day, lines, units, gross_minor, seller_discount_minor, platform_discount_minor, platform_fee_minor,
             payment_fee_minor, affiliate_commission_minor, other_fees_minor, net_minor, cost_minor, cost_lines
      FROM warehouse.agg_product_base
      UNION ALL
      SELECT shop_key, sku, day, lines, units, gross_minor, seller_discount_minor, platform_discount_minor, platform_fee_minor,
             payment_fee_minor, affiliate_commission_minor, other_fees_minor, net_minor, cost_minor, cost_lines
      FROM warehouse.agg_product_delta) AS parts
GROUP BY shop_key, sku, day
HAVING sum(lines) <> 0;
COMMENT ON COLUMN warehouse.agg_product_performance.cost_minor IS 'of the lines whose cost is known: complete where cost_lines = lines';

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
       CASE WHEN a.cost_lines = a.lines THEN analytics.money(a.cost_minor, a.amount_scale) END AS cost,
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
       analytics.money(a.net_minor - a.refund_net_minor - a.ad_spend_minor, a.amount_scale) AS net_after_refunds_and_ads,
       a.cost_lines = a.lines AND a.refund_cost_unknown = 0 AS cost_complete,
       analytics.money(a.cost_minor, a.amount_scale) AS known_cost,
       analytics.money(a.refund_cost_minor, a.amount_scale) AS refund_cost,
       CASE WHEN a.cost_lines = a.lines AND a.refund_cost_unknown = 0
            THEN analytics.money(a.net_minor - a.refund_net_minor - a.ad_spend_minor - a.cost_minor + a.refund_cost_minor,
                                 a.amount_scale) END AS profit
FROM warehouse.agg_daily_sales a JOIN warehouse.dim_shop s USING (shop_key);
COMMENT ON COLUMN analytics.daily_sales.cost IS 'cost of goods sold; null while the cost of any line is unknown';
COMMENT ON COLUMN analytics.daily_sales.known_cost IS 'of the lines whose cost is known';
COMMENT ON COLUMN analytics.daily_sales.refund_cost IS 'cost of goods that came back and can be sold again';
COMMENT ON COLUMN analytics.daily_sales.profit IS 'net - refund_net - ad_spend - cost + refund_cost; null while it is incomplete, never as if an unknown cost were 0';

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
       CASE WHEN p.cost_lines = p.lines THEN analytics.money(p.net_minor - p.cost_minor, s.amount_scale) END AS margin
FROM warehouse.agg_product_performance p JOIN warehouse.dim_shop s USING (shop_key);
COMMENT ON COLUMN analytics.product_performance.margin IS 'net - cost, before refunds and ads; null while a cost is unknown';

CREATE VIEW analytics.uncosted_skus AS
SELECT s.shop_id, f.sku, count(*) AS lines, min(f.day) AS first_day, max(f.day) AS last_day,
       NOT EXISTS (SELECT FROM warehouse.sku_mapping m WHERE m.shop_key = f.shop_key AND m.platform_sku = f.sku) AS unmapped
FROM warehouse.fact_sales f JOIN warehouse.dim_shop s USING (shop_key)
WHERE f.booked AND f.cost_minor IS NULL GROUP BY s.shop_id, f.shop_key, f.sku;
COMMENT ON VIEW analytics.uncosted_skus IS 'Sold SKUs whose cost is unknown on some day: what makes profit incomplete.';

-- Each migration adds its tables to what the ones before it grant.
ALTER FUNCTION tillstream.grant_rights() RENAME TO grant_rights_before_costs;
CREATE FUNCTION tillstream.grant_rights() RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog AS $rights$
BEGIN
    PERFORM tillstream.grant_rights_before_costs();
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'tillstream_ingest') THEN
        GRANT INSERT, DELETE ON warehouse.sku_mapping, warehouse.unit_cost, warehouse.product_version, warehouse.shop_version
            TO tillstream_ingest;
        GRANT UPDATE (cost_minor) ON warehouse.fact_sales TO tillstream_ingest;
    END IF;
END
$rights$;
REVOKE ALL ON FUNCTION tillstream.grant_rights() FROM PUBLIC;
