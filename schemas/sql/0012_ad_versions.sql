-- Ad platforms restate their days: conversions land later, and refunds of clicks. What they said before is kept.

CREATE TABLE warehouse.ad_spend_version (
    shop_key integer NOT NULL,
    day date NOT NULL,
    hour smallint NOT NULL,
    amount_scale smallint NOT NULL,
    revision bigint NOT NULL,
    occurred_at timestamptz NOT NULL,
    content_hash uuid NOT NULL,
    row_hash bigint NOT NULL,
    spend_minor bigint NOT NULL,
    platform text COLLATE "C" NOT NULL,
    account_id text COLLATE "C" NOT NULL,
    campaign_id text COLLATE "C" NOT NULL,
    event_id text NOT NULL,
    currency text NOT NULL,
    timezone text NOT NULL,
    impressions bigint,
    clicks bigint,
    reported_orders bigint,
    reported_revenue_minor bigint,
    campaign_name text,
    channel text,
    PRIMARY KEY (shop_key, platform, account_id, campaign_id, day, hour, revision, content_hash)
) WITH (autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.05);
COMMENT ON TABLE warehouse.ad_spend_version IS 'Revisions of fact_ad_spend that a later one has replaced, whether they came before it or after: they count nowhere.';
COMMENT ON COLUMN warehouse.ad_spend_version.row_hash IS 'of all columns; verify computes it anew';

CREATE VIEW analytics.ad_spend_versions AS
SELECT s.shop_id, v.platform, v.account_id, v.campaign_id, v.day, nullif(v.hour, -1) AS hour, v.revision, v.occurred_at, v.latest,
       v.currency, analytics.money(v.spend_minor, v.amount_scale) AS spend, v.impressions, v.clicks, v.reported_orders,
       analytics.money(v.reported_revenue_minor, v.amount_scale) AS reported_revenue
FROM (SELECT shop_key, platform, account_id, campaign_id, day, hour, revision, content_hash, occurred_at, true AS latest, currency,
             amount_scale, spend_minor, impressions, clicks, reported_orders, reported_revenue_minor FROM warehouse.fact_ad_spend
      UNION ALL
      SELECT shop_key, platform, account_id, campaign_id, day, hour, revision, content_hash, occurred_at, false, currency,
             amount_scale, spend_minor, impressions, clicks, reported_orders, reported_revenue_minor FROM warehouse.ad_spend_version) AS v
JOIN warehouse.dim_shop s USING (shop_key);
COMMENT ON VIEW analytics.ad_spend_versions IS 'Everything that ad platforms said of a campaign''s day: the row that counts, and what it replaced.';
COMMENT ON COLUMN analytics.ad_spend_versions.latest IS 'the one that counts, as in ad_spend';
COMMENT ON COLUMN analytics.ad_spend_versions.hour IS 'null: the row covers the day';

-- Each migration adds its tables to what the ones before it grant.
ALTER FUNCTION tillstream.grant_rights() RENAME TO grant_rights_before_ad_versions;
CREATE FUNCTION tillstream.grant_rights() RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog AS $rights$
BEGIN
    PERFORM tillstream.grant_rights_before_ad_versions();
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'tillstream_ingest') THEN
        GRANT INSERT ON warehouse.ad_spend_version TO tillstream_ingest;
    END IF;
END
$rights$;
REVOKE ALL ON FUNCTION tillstream.grant_rights() FROM PUBLIC;
