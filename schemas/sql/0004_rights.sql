-- Least rights for the two working roles. migrate calls this every time: roles may be made after the tables.

CREATE FUNCTION tillstream.grant_rights() RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog AS $rights$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'tillstream_ingest') THEN
        GRANT USAGE ON SCHEMA tillstream, warehouse TO tillstream_ingest;
        GRANT SELECT ON ALL TABLES IN SCHEMA tillstream, warehouse TO tillstream_ingest;
        GRANT USAGE ON SEQUENCE tillstream.epoch, warehouse.order_key_block TO tillstream_ingest;
        GRANT INSERT, UPDATE ON tillstream.source_position, tillstream.quarantine, tillstream.data_gap, warehouse.dim_shop
            TO tillstream_ingest;
        GRANT INSERT ON tillstream.rule_set, warehouse.fact_anomaly TO tillstream_ingest;
        GRANT INSERT, DELETE ON warehouse.fact_orders, warehouse.fact_sales, warehouse.fact_ad_spend,
            warehouse.agg_product_delta TO tillstream_ingest;
        GRANT INSERT, UPDATE, DELETE ON warehouse.agg_daily_sales, warehouse.agg_product_base TO tillstream_ingest;
    END IF;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'tillstream_reader') THEN
        GRANT USAGE ON SCHEMA analytics TO tillstream_reader;
        GRANT SELECT ON ALL TABLES IN SCHEMA analytics TO tillstream_reader;
    END IF;
END
$rights$;
REVOKE ALL ON FUNCTION tillstream.grant_rights() FROM PUBLIC;
