-- Lines of payout statements. What the platform settled stands beside what an order should yield; neither replaces the other.

CREATE TABLE warehouse.fact_settlements (
    shop_key integer NOT NULL,
    day date NOT NULL,
    revision bigint NOT NULL,
    settled_at timestamptz NOT NULL,
    occurred_at timestamptz NOT NULL,
    content_hash uuid NOT NULL,
    lines_hash bigint NOT NULL,
    row_hash bigint NOT NULL,
    total_minor bigint NOT NULL,
    total_break_minor bigint NOT NULL,
    sales_break_minor bigint NOT NULL,
    shipping_break_minor bigint NOT NULL,
    source_offset bigint NOT NULL,
    source_partition integer NOT NULL,
    line_count integer NOT NULL,
    unknown_count integer NOT NULL,
    amount_scale smallint NOT NULL,
    total_stated boolean NOT NULL,
    transaction_id text COLLATE "C" NOT NULL,
    sku text COLLATE "C" NOT NULL,
    statement_id text COLLATE "C" NOT NULL,
    native_type text NOT NULL,
    type text COLLATE "C" NOT NULL,
    status text NOT NULL,
    currency text COLLATE "C" NOT NULL,
    event_id text NOT NULL,
    source_topic text NOT NULL,
    payout_id text COLLATE "C",
    order_id text COLLATE "C",
    PRIMARY KEY (shop_key, transaction_id, sku)
) WITH (autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.05);
CREATE INDEX fact_settlements_by_order ON warehouse.fact_settlements (shop_key, order_id) WHERE order_id IS NOT NULL;
COMMENT ON TABLE warehouse.fact_settlements IS 'Transactions of payout statements, per SKU where the platform says it, as of their latest revision.';
COMMENT ON COLUMN warehouse.fact_settlements.day IS 'business day of settled_at in the shop''s time zone';
COMMENT ON COLUMN warehouse.fact_settlements.revision IS 'the higher one wins; where the platform states none, occurred_at, or else settled_at, in microseconds';
COMMENT ON COLUMN warehouse.fact_settlements.total_minor IS 'as stated, or else the sum of the lines; always equal to that sum; positive: to the seller';
COMMENT ON COLUMN warehouse.fact_settlements.total_break_minor IS 'total less sales, shipping, fees and adjustment as stated; 0: they add up';
COMMENT ON COLUMN warehouse.fact_settlements.sales_break_minor IS 'stated sales less gross, seller discount, gross refund and seller discount refund; 0: they add up';
COMMENT ON COLUMN warehouse.fact_settlements.shipping_break_minor IS 'carrier + platform discount + buyer + buyer refund of shipping, where it is passed through; 0: it is';
COMMENT ON COLUMN warehouse.fact_settlements.unknown_count IS 'amounts of the line, and its type, that have no name here';
COMMENT ON COLUMN warehouse.fact_settlements.sku IS 'the platform''s; empty: the line is about none';
COMMENT ON COLUMN warehouse.fact_settlements.type IS 'order, refund, ads_payment, reimbursement, chargeback, violation, rebate, service, tax, reserve, balance, adjustment, unknown';
COMMENT ON COLUMN warehouse.fact_settlements.lines_hash IS 'of all columns of its lines; verify computes it anew';
COMMENT ON COLUMN warehouse.fact_settlements.row_hash IS 'of all columns but the source position; verify computes it anew';

CREATE TABLE warehouse.fact_settlement_lines (
    shop_key integer NOT NULL,
    amount_minor bigint NOT NULL,
    transaction_id text COLLATE "C" NOT NULL,
    sku text COLLATE "C" NOT NULL,
    field text COLLATE "C" NOT NULL,
    class text COLLATE "C" NOT NULL,
    PRIMARY KEY (shop_key, transaction_id, sku, field)
) WITH (autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.05);
COMMENT ON TABLE warehouse.fact_settlement_lines IS 'Amounts of fact_settlements: they add up to its total_minor. A sum is never a line, what it holds beyond its components is.';
COMMENT ON COLUMN warehouse.fact_settlement_lines.amount_minor IS 'positive: to the seller; never 0';
COMMENT ON COLUMN warehouse.fact_settlement_lines.field IS 'the platform''s own name in lower case, other characters as _; residual:... of a sum: what it holds beyond the amounts that are named';
COMMENT ON COLUMN warehouse.fact_settlement_lines.class IS 'gross, seller_discount, refund, shipping, platform_fee, refund_admin_fee, payment_fee, affiliate, other_fee, ads (cash only), tax, adjustment, reserve (cash timing, no profit), unknown';

-- Each migration adds its tables to what the ones before it grant.
ALTER FUNCTION tillstream.grant_rights() RENAME TO grant_rights_before_settlements;
CREATE FUNCTION tillstream.grant_rights() RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog AS $rights$
BEGIN
    PERFORM tillstream.grant_rights_before_settlements();
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'tillstream_ingest') THEN
        GRANT INSERT, DELETE ON warehouse.fact_settlements, warehouse.fact_settlement_lines TO tillstream_ingest;
    END IF;
END
$rights$;
REVOKE ALL ON FUNCTION tillstream.grant_rights() FROM PUBLIC;
