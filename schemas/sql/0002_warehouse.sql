-- The star. Columns stand in the order in which rows are cheapest to build and to read: fixed width first, then texts, then
-- what may be null. No foreign keys and no checks on facts: they cost a quarter of the load speed, and `verify` proves
-- more than they could.

CREATE TABLE warehouse.dim_shop (
    shop_key integer GENERATED ALWAYS AS IDENTITY NOT NULL,
    shop_id text COLLATE "C" PRIMARY KEY,
    platform text,
    market text,
    currency text,
    amount_scale smallint,
    timezone text NOT NULL,
    fee_pack text NOT NULL
);
COMMENT ON TABLE warehouse.dim_shop IS 'Shops. Platform, market, currency and scale are those of the first order; null until there is one.';

CREATE TABLE warehouse.dim_date (
    day date PRIMARY KEY,
    year smallint NOT NULL,
    quarter smallint NOT NULL,
    month smallint NOT NULL,
    day_of_month smallint NOT NULL,
    iso_year smallint NOT NULL,
    iso_week smallint NOT NULL,
    iso_weekday smallint NOT NULL,
    month_start date NOT NULL,
    is_weekend boolean NOT NULL
);
COMMENT ON TABLE warehouse.dim_date IS 'Days from 2000 to 2100; iso_weekday 1 is Monday.';

INSERT INTO warehouse.dim_date
SELECT d, extract(year FROM d), extract(quarter FROM d), extract(month FROM d), extract(day FROM d), extract(isoyear FROM d),
       extract(week FROM d), extract(isodow FROM d), date_trunc('month', d)::date, extract(isodow FROM d) >= 6
FROM (SELECT '2000-01-01'::date + n AS d FROM generate_series(0, '2100-12-31'::date - '2000-01-01'::date) AS n) AS days;

-- An index over text keys that come shop by shop costs lines a third of their load speed; over a number that grows it costs next to
-- nothing. Writers take numbers by the block.
CREATE SEQUENCE warehouse.order_key_block AS bigint INCREMENT BY 65536;

CREATE TABLE warehouse.fact_orders (
    order_key bigint NOT NULL,
    shop_key integer NOT NULL,
    day date NOT NULL,
    revision bigint NOT NULL,
    created_at timestamptz NOT NULL,
    occurred_at timestamptz NOT NULL,
    content_hash uuid NOT NULL,
    lines_hash bigint NOT NULL,
    row_hash bigint NOT NULL,
    shipping_list_minor bigint NOT NULL,
    shipping_seller_discount_minor bigint NOT NULL,
    shipping_platform_discount_minor bigint NOT NULL,
    shipping_paid_minor bigint NOT NULL,
    payment_platform_discount_minor bigint NOT NULL,
    buyer_fees_minor bigint NOT NULL,
    tax_minor bigint NOT NULL,
    customer_total_minor bigint NOT NULL,
    source_offset bigint NOT NULL,
    source_partition integer NOT NULL,
    rule_set integer NOT NULL,
    amount_scale smallint NOT NULL,
    flags smallint NOT NULL,
    booked boolean NOT NULL,
    order_id text COLLATE "C" NOT NULL,
    event_id text NOT NULL,
    status text NOT NULL,
    currency text NOT NULL,
    source_topic text NOT NULL,
    paid_at timestamptz,
    shipped_at timestamptz,
    delivered_at timestamptz,
    cancelled_at timestamptz,
    buyer_key text,
    channel text,
    payment_method text,
    session_id text,
    linked_order_id text,
    cancelled_by text,
    affiliate_creator text,
    affiliate_content_type text,
    affiliate_content_id text,
    affiliate_rate_ppm integer,
    affiliate_shop_ads_rate_ppm integer,
    affiliate_actual_commission_minor bigint,
    platform text,
    market text,
    PRIMARY KEY (shop_key, order_id)
) WITH (autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.05);
COMMENT ON TABLE warehouse.fact_orders IS 'Orders as of their latest revision.';
COMMENT ON COLUMN warehouse.fact_orders.order_key IS 'number of the order in this database, the same in all its revisions; lines are found by it';
COMMENT ON COLUMN warehouse.fact_orders.day IS 'business day of created_at in the shop''s time zone';
COMMENT ON COLUMN warehouse.fact_orders.revision IS 'the platform''s updated_at in microseconds: the higher one wins';
COMMENT ON COLUMN warehouse.fact_orders.flags IS 'sum of 1 mirror, 2 sample, 4 replacement, 8 test, 16 cash on delivery, 32 taxes included';
COMMENT ON COLUMN warehouse.fact_orders.booked IS 'counts in aggregates: a paid sale that is no mirror, sample, replacement or test';
COMMENT ON COLUMN warehouse.fact_orders.platform IS 'null: the shop''s own; likewise market';
COMMENT ON COLUMN warehouse.fact_orders.content_hash IS 'of the event but for its event_id: equal revision and equal content is a duplicate';
COMMENT ON COLUMN warehouse.fact_orders.row_hash IS 'of all columns but the source position; verify computes it anew';
COMMENT ON COLUMN warehouse.fact_orders.lines_hash IS 'of all columns of the order''s lines; verify computes it anew';

CREATE TABLE warehouse.fact_sales (
    order_key bigint NOT NULL,
    shop_key integer NOT NULL,
    day date NOT NULL,
    gross_minor bigint NOT NULL,
    seller_discount_minor bigint NOT NULL,
    platform_discount_minor bigint NOT NULL,
    shipping_share_minor bigint NOT NULL,
    platform_fee_minor bigint NOT NULL,
    payment_fee_minor bigint NOT NULL,
    affiliate_commission_minor bigint NOT NULL,
    other_fees_minor bigint NOT NULL,
    net_minor bigint NOT NULL,
    quantity integer NOT NULL,
    line_no smallint NOT NULL,
    booked boolean NOT NULL,
    order_id text COLLATE "C" NOT NULL,
    line_id text NOT NULL,
    sku text COLLATE "C" NOT NULL,
    category text,
    cost_minor bigint,
    PRIMARY KEY (order_key, line_no)
) WITH (autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.05);
COMMENT ON TABLE warehouse.fact_sales IS 'Order lines: net = gross - seller_discount - platform_fee - payment_fee - affiliate_commission - other_fees.';
COMMENT ON COLUMN warehouse.fact_sales.order_key IS 'fact_orders.order_key: (shop_key, order_id) is unique there, (order_key, line_no) here';
COMMENT ON COLUMN warehouse.fact_sales.gross_minor IS 'list price x quantity, before any discount';
COMMENT ON COLUMN warehouse.fact_sales.shipping_share_minor IS 'of what the buyer paid for shipping';
COMMENT ON COLUMN warehouse.fact_sales.cost_minor IS 'cost of goods; null until it is known';

CREATE TABLE warehouse.fact_ad_spend (
    shop_key integer NOT NULL,
    day date NOT NULL,
    hour smallint NOT NULL,
    amount_scale smallint NOT NULL,
    revision bigint NOT NULL,
    occurred_at timestamptz NOT NULL,
    content_hash uuid NOT NULL,
    row_hash bigint NOT NULL,
    spend_minor bigint NOT NULL,
    source_offset bigint NOT NULL,
    source_partition integer NOT NULL,
    platform text COLLATE "C" NOT NULL,
    account_id text COLLATE "C" NOT NULL,
    campaign_id text COLLATE "C" NOT NULL,
    event_id text NOT NULL,
    currency text NOT NULL,
    timezone text NOT NULL,
    source_topic text NOT NULL,
    impressions bigint,
    clicks bigint,
    reported_orders bigint,
    reported_revenue_minor bigint,
    campaign_name text,
    channel text,
    PRIMARY KEY (shop_key, platform, account_id, campaign_id, day, hour)
);
COMMENT ON TABLE warehouse.fact_ad_spend IS 'What campaigns spent, as of the latest revision; hour -1: the row covers the day.';
COMMENT ON COLUMN warehouse.fact_ad_spend.row_hash IS 'of all columns but the source position; verify computes it anew';

CREATE TABLE warehouse.agg_daily_sales (
    shop_key integer NOT NULL,
    day date NOT NULL,
    orders bigint NOT NULL,
    lines bigint NOT NULL,
    units bigint NOT NULL,
    gross_minor bigint NOT NULL,
    seller_discount_minor bigint NOT NULL,
    platform_discount_minor bigint NOT NULL,
    shipping_share_minor bigint NOT NULL,
    platform_fee_minor bigint NOT NULL,
    payment_fee_minor bigint NOT NULL,
    affiliate_commission_minor bigint NOT NULL,
    other_fees_minor bigint NOT NULL,
    net_minor bigint NOT NULL,
    ad_spend_minor bigint NOT NULL,
    ad_spend_rows bigint NOT NULL,
    refunds_minor bigint NOT NULL DEFAULT 0,
    amount_scale smallint NOT NULL,
    currency text COLLATE "C" NOT NULL,
    cost_minor bigint,
    PRIMARY KEY (shop_key, day, currency, amount_scale)
) WITH (fillfactor = 60, autovacuum_vacuum_scale_factor = 0.05);
COMMENT ON TABLE warehouse.agg_daily_sales IS 'Booked sales and ad spend per shop, business day and currency: always the sum of the facts.';
COMMENT ON COLUMN warehouse.agg_daily_sales.net_minor IS 'net of the lines, before ad spend and cost';
COMMENT ON COLUMN warehouse.agg_daily_sales.ad_spend_rows IS 'rows of fact_ad_spend in ad_spend_minor';

-- The product aggregate has as many keys as half the order lines, and an upsert of each would halve the load speed. So
-- batches append what they changed, and that is folded into the base when there is time. Readers take the view.
CREATE TABLE warehouse.agg_product_base (
    shop_key integer NOT NULL,
    day date NOT NULL,
    lines bigint NOT NULL,
    units bigint NOT NULL,
    gross_minor bigint NOT NULL,
    seller_discount_minor bigint NOT NULL,
    platform_discount_minor bigint NOT NULL,
    platform_fee_minor bigint NOT NULL,
    payment_fee_minor bigint NOT NULL,
    affiliate_commission_minor bigint NOT NULL,
    other_fees_minor bigint NOT NULL,
    net_minor bigint NOT NULL,
    sku text COLLATE "C" NOT NULL,
    PRIMARY KEY (shop_key, sku, day)
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05);
COMMENT ON TABLE warehouse.agg_product_base IS 'The folded part of agg_product_performance: read the view.';

CREATE TABLE warehouse.agg_product_delta (
    shop_key integer NOT NULL,
    day date NOT NULL,
    lines bigint NOT NULL,
    units bigint NOT NULL,
    gross_minor bigint NOT NULL,
    seller_discount_minor bigint NOT NULL,
    platform_discount_minor bigint NOT NULL,
    platform_fee_minor bigint NOT NULL,
    payment_fee_minor bigint NOT NULL,
    affiliate_commission_minor bigint NOT NULL,
    other_fees_minor bigint NOT NULL,
    net_minor bigint NOT NULL,
    sku text COLLATE "C" NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000, autovacuum_vacuum_insert_threshold = -1);
COMMENT ON TABLE warehouse.agg_product_delta IS 'What batches changed in agg_product_performance and nobody has folded yet: read the view.';

CREATE VIEW warehouse.agg_product_performance AS
SELECT shop_key, sku, day, sum(lines)::bigint AS lines, sum(units)::bigint AS units, sum(gross_minor)::bigint AS gross_minor,
       sum(seller_discount_minor)::bigint AS seller_discount_minor,
       sum(platform_discount_minor)::bigint AS platform_discount_minor, sum(platform_fee_minor)::bigint AS platform_fee_minor,
       sum(payment_fee_minor)::bigint AS payment_fee_minor,
       sum(affiliate_commission_minor)::bigint AS affiliate_commission_minor,
       sum(other_fees_minor)::bigint AS other_fees_minor, sum(net_minor)::bigint AS net_minor
FROM (SELECT * FROM warehouse.agg_product_base UNION ALL SELECT * FROM warehouse.agg_product_delta) AS parts
GROUP BY shop_key, sku, day
HAVING sum(lines) <> 0;
COMMENT ON VIEW warehouse.agg_product_performance IS 'Booked sales per shop, SKU and business day: always the sum of the facts.';

CREATE TABLE warehouse.fact_anomaly (
    shop_key integer NOT NULL,
    metric text COLLATE "C" NOT NULL,
    key text COLLATE "C" NOT NULL,
    window_start timestamptz NOT NULL,
    baseline text COLLATE "C" NOT NULL,
    value double precision NOT NULL,
    expected double precision NOT NULL,
    lower double precision NOT NULL,
    upper double precision NOT NULL,
    z_raw double precision NOT NULL,
    z_calibrated double precision NOT NULL,
    n integer NOT NULL,
    severity text NOT NULL,
    direction text NOT NULL,
    hypothesis text,
    source_topic text NOT NULL,
    source_partition integer NOT NULL,
    source_offset bigint NOT NULL,
    row_hash bigint NOT NULL,
    PRIMARY KEY (shop_key, metric, key, window_start, baseline)
);
COMMENT ON TABLE warehouse.fact_anomaly IS 'Values that lie outside of what the past lets expect, in the metric''s unit (minor units or a count).';
COMMENT ON COLUMN warehouse.fact_anomaly.lower IS 'lower to upper: where a value would not even have been a warning';
COMMENT ON COLUMN warehouse.fact_anomaly.z_calibrated IS 'z that a normal value of the same rarity would have: small baselines raise z_raw';
COMMENT ON COLUMN warehouse.fact_anomaly.row_hash IS 'of all columns but the source position; verify computes it anew';
