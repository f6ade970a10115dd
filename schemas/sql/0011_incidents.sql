-- Incidents, and anomalies that late events may move; what was not told to the outside yet.

ALTER TABLE warehouse.fact_anomaly
    ADD COLUMN dimension text COLLATE "C" NOT NULL DEFAULT '',
    ADD COLUMN width_us bigint NOT NULL DEFAULT 0,
    ADD COLUMN edits integer NOT NULL DEFAULT 0,
    ADD COLUMN withdrawn boolean NOT NULL DEFAULT false,
    DROP CONSTRAINT fact_anomaly_pkey,
    ADD PRIMARY KEY (shop_key, metric, dimension, key, window_start, baseline);
COMMENT ON COLUMN warehouse.fact_anomaly.dimension IS 'what key is a key of: shop, sku, category, channel, campaign; empty in rows that were written before it was kept';
COMMENT ON COLUMN warehouse.fact_anomaly.width_us IS 'width of the bucket in microseconds; 0: a single event';
COMMENT ON COLUMN warehouse.fact_anomaly.edits IS 'how often late events have moved the value since the bucket was closed: the row with the most stands';
COMMENT ON COLUMN warehouse.fact_anomaly.withdrawn IS 'late events have made the value an ordinary one';

CREATE TABLE warehouse.fact_incident (
    shop_key integer NOT NULL,
    revision integer NOT NULL,
    opened_at timestamptz NOT NULL,
    last_at timestamptz NOT NULL,
    peak_at timestamptz NOT NULL,
    width_us bigint NOT NULL,
    value double precision NOT NULL,
    expected double precision NOT NULL,
    lower double precision NOT NULL,
    upper double precision NOT NULL,
    z_calibrated double precision NOT NULL,
    row_hash bigint NOT NULL,
    source_offset bigint NOT NULL,
    source_partition integer NOT NULL,
    bucket_count integer NOT NULL,
    child_count integer NOT NULL,
    metric text COLLATE "C" NOT NULL,
    dimension text COLLATE "C" NOT NULL,
    key text COLLATE "C" NOT NULL,
    status text NOT NULL,
    severity text NOT NULL,
    direction text NOT NULL,
    source_topic text NOT NULL,
    closed_at timestamptz,
    hypothesis text,
    PRIMARY KEY (shop_key, metric, dimension, key, opened_at)
) WITH (fillfactor = 60, autovacuum_vacuum_scale_factor = 0.05);
COMMENT ON TABLE warehouse.fact_incident IS 'Stretches of time in which a series is not what was to be expected: one per shop, metric, dimension and key at a time, as of its latest revision.';
COMMENT ON COLUMN warehouse.fact_incident.revision IS '1, 2, ... with everything that changed about it: the largest stands';
COMMENT ON COLUMN warehouse.fact_incident.opened_at IS 'start of its first bucket';
COMMENT ON COLUMN warehouse.fact_incident.last_at IS 'end of its last bucket so far';
COMMENT ON COLUMN warehouse.fact_incident.closed_at IS 'null while it is open';
COMMENT ON COLUMN warehouse.fact_incident.peak_at IS 'start of the bucket that stood out most: value, expected, lower, upper and z are of that one, in the metric''s unit (minor units, a count, or a ratio)';
COMMENT ON COLUMN warehouse.fact_incident.width_us IS 'width of its buckets in microseconds; 0: single events';
COMMENT ON COLUMN warehouse.fact_incident.bucket_count IS 'buckets that stood out';
COMMENT ON COLUMN warehouse.fact_incident.child_count IS 'incidents of narrower keys that were folded into this one';
COMMENT ON COLUMN warehouse.fact_incident.status IS 'open, recovered, new_normal (the level has settled elsewhere), withdrawn (late events have made it ordinary)';
COMMENT ON COLUMN warehouse.fact_incident.row_hash IS 'of all columns but the source position; verify computes it anew';

-- For the series around an incident: orders of a stretch of time. Costs next to nothing to keep.
CREATE INDEX fact_orders_created ON warehouse.fact_orders USING brin (created_at) WITH (pages_per_range = 32, autosummarize = on);

-- Written in the transaction that writes what it tells of, removed once it is told: what is committed is told at least once. A row is
-- the whole alert as it was then, for a later revision may stand in the fact table by the time it is sent.
CREATE TABLE tillstream.alert_outbox (
    pipeline text COLLATE "C" NOT NULL,
    channel text COLLATE "C" NOT NULL,
    seq bigint GENERATED ALWAYS AS IDENTITY,
    created_at timestamptz NOT NULL DEFAULT now(),
    alert_id uuid NOT NULL,
    shop_key integer NOT NULL,
    kind text NOT NULL,
    metric text NOT NULL,
    dimension text NOT NULL,
    key text NOT NULL,
    baseline text,
    status text NOT NULL,
    severity text NOT NULL,
    direction text NOT NULL,
    hypothesis text,
    revision integer NOT NULL,
    since timestamptz NOT NULL,
    until timestamptz,
    closed_at timestamptz,
    width_us bigint NOT NULL,
    value double precision NOT NULL,
    expected double precision NOT NULL,
    lower double precision NOT NULL,
    upper double precision NOT NULL,
    z_calibrated double precision NOT NULL,
    bucket_count integer,
    child_count integer,
    PRIMARY KEY (pipeline, channel, seq)
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
COMMENT ON TABLE tillstream.alert_outbox IS 'Alerts that are still to be sent, per channel: topic, webhook.';
COMMENT ON COLUMN tillstream.alert_outbox.alert_id IS 'the same for the same change of the same thing, however often it is told';

CREATE TABLE tillstream.alert_budget (
    pipeline text COLLATE "C" NOT NULL,
    shop_key integer NOT NULL,
    hour timestamptz NOT NULL,
    sent integer NOT NULL,
    held integer NOT NULL,
    PRIMARY KEY (pipeline, shop_key, hour)
);
COMMENT ON TABLE tillstream.alert_budget IS 'How many alerts of a shop went to the webhook in an hour, and how many were held back and are told as a number when the hour is over.';

CREATE FUNCTION analytics.metric_figure(metric text, value double precision, amount_scale smallint) RETURNS double precision
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN metric IN ('gross', 'net_profit', 'average_order_value', 'order_value', 'unit_price', 'shipping', 'ad_spend', 'refunds', 'hourly_gross',
                           'daily_spend')
            THEN value / 10::double precision ^ coalesce(amount_scale, 0) ELSE value END;
COMMENT ON FUNCTION analytics.metric_figure IS 'A metric''s value for people: money in the currency''s unit, counts and ratios as they are.';

CREATE OR REPLACE VIEW analytics.anomalies AS
SELECT s.shop_id, a.metric, a.key, a.window_start, a.baseline, a.severity, a.direction, a.value, a.expected, a.lower, a.upper,
       a.z_raw, a.z_calibrated, a.n, a.hypothesis, s.currency, s.amount_scale,
       a.dimension, make_interval(secs => a.width_us / 1e6) AS width, a.edits, a.withdrawn
FROM warehouse.fact_anomaly a JOIN warehouse.dim_shop s USING (shop_key);
COMMENT ON COLUMN analytics.anomalies.hypothesis IS 'what the deviation is consistent with; null: nothing can be said';
COMMENT ON COLUMN analytics.anomalies.dimension IS 'what key is a key of: shop (key is empty), sku, category, channel, campaign';
COMMENT ON COLUMN analytics.anomalies.width IS 'of the bucket; 0: a single event';
COMMENT ON COLUMN analytics.anomalies.edits IS 'how often late events have moved the value since the bucket was closed';
COMMENT ON COLUMN analytics.anomalies.withdrawn IS 'late events have made the value an ordinary one: no anomaly any more';

CREATE VIEW analytics.incidents AS
SELECT s.shop_id, i.status, i.metric, i.dimension, i.key, i.opened_at, i.last_at, i.closed_at, i.severity, i.direction, i.peak_at,
       analytics.metric_figure(i.metric, i.value, s.amount_scale) AS value,
       analytics.metric_figure(i.metric, i.expected, s.amount_scale) AS expected,
       analytics.metric_figure(i.metric, i.lower, s.amount_scale) AS lower,
       analytics.metric_figure(i.metric, i.upper, s.amount_scale) AS upper,
       i.z_calibrated, make_interval(secs => i.width_us / 1e6) AS width, i.bucket_count, i.child_count, i.hypothesis, s.currency,
       i.revision
FROM warehouse.fact_incident i JOIN warehouse.dim_shop s USING (shop_key);
COMMENT ON VIEW analytics.incidents IS 'Incidents, open and past: where a metric left what its past lets expect, since when, by how much, and what that is consistent with.';
COMMENT ON COLUMN analytics.incidents.shop_id IS 'the shop';
COMMENT ON COLUMN analytics.incidents.status IS 'open, recovered, new_normal (the level has settled elsewhere), withdrawn (late events have made it ordinary)';
COMMENT ON COLUMN analytics.incidents.metric IS 'what is measured: orders, gross, net_profit, ad_spend, ...';
COMMENT ON COLUMN analytics.incidents.dimension IS 'what key is a key of: shop (key is empty), sku, category, channel, campaign';
COMMENT ON COLUMN analytics.incidents.key IS 'the SKU, category, channel, or platform/account/campaign';
COMMENT ON COLUMN analytics.incidents.opened_at IS 'start of the first bucket that stood out';
COMMENT ON COLUMN analytics.incidents.last_at IS 'end of the last one so far';
COMMENT ON COLUMN analytics.incidents.closed_at IS 'null while it is open';
COMMENT ON COLUMN analytics.incidents.severity IS 'the highest so far: warn, alert; flat: a series without any spread has changed';
COMMENT ON COLUMN analytics.incidents.direction IS 'above or below what was expected';
COMMENT ON COLUMN analytics.incidents.peak_at IS 'start of the bucket that stood out most; value, expected, lower, upper and z_calibrated are of that one';
COMMENT ON COLUMN analytics.incidents.value IS 'money in the currency''s unit, a count, or a ratio, as the metric is; likewise expected, lower, upper';
COMMENT ON COLUMN analytics.incidents.expected IS 'what the past lets expect of that bucket';
COMMENT ON COLUMN analytics.incidents.lower IS 'lower to upper: where a value would not even have been a warning';
COMMENT ON COLUMN analytics.incidents.upper IS 'see lower';
COMMENT ON COLUMN analytics.incidents.z_calibrated IS 'z that a normal value of the same rarity would have';
COMMENT ON COLUMN analytics.incidents.width IS 'of its buckets; 0: single events';
COMMENT ON COLUMN analytics.incidents.bucket_count IS 'buckets that stood out';
COMMENT ON COLUMN analytics.incidents.child_count IS 'incidents of narrower keys that were folded into this one';
COMMENT ON COLUMN analytics.incidents.hypothesis IS 'what the deviation is consistent with; null: nothing can be said';
COMMENT ON COLUMN analytics.incidents.currency IS 'of money metrics';
COMMENT ON COLUMN analytics.incidents.revision IS 'how often it was told anew';

ALTER FUNCTION tillstream.grant_rights() RENAME TO grant_rights_before_incidents;
CREATE FUNCTION tillstream.grant_rights() RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog AS $rights$
BEGIN
    PERFORM tillstream.grant_rights_before_incidents();
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'tillstream_ingest') THEN
        GRANT INSERT, UPDATE ON warehouse.fact_anomaly, warehouse.fact_incident TO tillstream_ingest;
        GRANT INSERT, DELETE ON tillstream.alert_outbox TO tillstream_ingest;
        GRANT INSERT, UPDATE, DELETE ON tillstream.alert_budget TO tillstream_ingest;
    END IF;
END
$rights$;
REVOKE ALL ON FUNCTION tillstream.grant_rights() FROM PUBLIC;
