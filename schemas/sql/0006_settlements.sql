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
    fields text COLLATE "C" NOT NULL,
    classes text COLLATE "C" NOT NULL,
    amounts_minor bigint[] NOT NULL,
    payout_id text COLLATE "C",
    order_id text COLLATE "C",
    PRIMARY KEY (shop_key, transaction_id, sku)
) WITH (autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.05);
-- No index of orders: it would cost every row a fifth of its load speed, and few look-ups go by one order. They read the shop's rows.
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
COMMENT ON COLUMN warehouse.fact_settlements.lines_hash IS 'of fields, classes and amounts_minor; verify computes it anew';
COMMENT ON COLUMN warehouse.fact_settlements.row_hash IS 'of the shop and all columns but the source position; verify computes it anew';

COMMENT ON COLUMN warehouse.fact_settlements.amounts_minor IS 'they add up to total_minor; sorted by field: see fact_settlement_lines';
COMMENT ON COLUMN warehouse.fact_settlements.fields IS 'of amounts_minor, with commas between: two texts load twice as fast as two arrays of texts; likewise classes';

CREATE VIEW warehouse.fact_settlement_lines AS
SELECT f.shop_key, l.amount_minor, f.transaction_id, f.sku, l.field, l.class
FROM warehouse.fact_settlements f CROSS JOIN LATERAL unnest(string_to_array(f.fields, ','), string_to_array(f.classes, ','), f.amounts_minor) AS l(field, class, amount_minor);
COMMENT ON VIEW warehouse.fact_settlement_lines IS 'Amounts of fact_settlements, a row each: they add up to its total_minor. A sum is never a line, what it holds beyond its components is.';
COMMENT ON COLUMN warehouse.fact_settlement_lines.amount_minor IS 'positive: to the seller; never 0';
COMMENT ON COLUMN warehouse.fact_settlement_lines.field IS 'the platform''s own name in lower case, other characters as _; residual:... of a sum: what it holds beyond the amounts that are named';
COMMENT ON COLUMN warehouse.fact_settlement_lines.class IS 'gross, seller_discount, refund, shipping, platform_fee, refund_admin_fee, payment_fee, affiliate, other_fee, ads (cash only), tax, adjustment, reserve (cash timing, no profit), unknown';

-- Each migration adds its tables to what the ones before it grant.
ALTER FUNCTION tillstream.grant_rights() RENAME TO grant_rights_before_settlements;
CREATE FUNCTION tillstream.grant_rights() RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog AS $rights$
BEGIN
    PERFORM tillstream.grant_rights_before_settlements();
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'tillstream_ingest') THEN
        GRANT INSERT, DELETE ON warehouse.fact_settlements TO tillstream_ingest;
        GRANT INSERT ON warehouse.refund_fee_rule TO tillstream_ingest;
    END IF;
END
$rights$;
REVOKE ALL ON FUNCTION tillstream.grant_rights() FROM PUBLIC;

CREATE OR REPLACE FUNCTION analytics.money(amount_minor numeric, amount_scale smallint) RETURNS numeric
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN amount_minor * (ARRAY[1, 0.1, 0.01, 0.001, 0.0001, 0.00001, 0.000001, 0.0000001, 0.00000001, 0.000000001])[amount_scale + 1];
COMMENT ON FUNCTION analytics.money(numeric, smallint) IS 'A sum of minor units as an exact number in the currency''s unit.';

CREATE VIEW analytics.settlements AS
SELECT s.shop_id, f.transaction_id, nullif(f.sku, '') AS sku, f.statement_id, f.payout_id, f.order_id, f.type, f.native_type,
       f.status, f.day, f.settled_at, f.currency, analytics.money(f.total_minor, f.amount_scale) AS total,
       analytics.money(a.gross, f.amount_scale) AS gross,
       analytics.money(a.seller_discount, f.amount_scale) AS seller_discount,
       analytics.money(a.refund, f.amount_scale) AS refund,
       analytics.money(a.shipping, f.amount_scale) AS shipping,
       analytics.money(a.platform_fee, f.amount_scale) AS platform_fee,
       analytics.money(a.refund_admin_fee, f.amount_scale) AS refund_admin_fee,
       analytics.money(a.payment_fee, f.amount_scale) AS payment_fee,
       analytics.money(a.affiliate, f.amount_scale) AS affiliate,
       analytics.money(a.other_fee, f.amount_scale) AS other_fee,
       analytics.money(a.ads, f.amount_scale) AS ads,
       analytics.money(a.tax, f.amount_scale) AS tax,
       analytics.money(a.adjustment, f.amount_scale) AS adjustment,
       analytics.money(a.reserve, f.amount_scale) AS reserve,
       analytics.money(a.unknown, f.amount_scale) AS unknown,
       analytics.money(f.total_break_minor, f.amount_scale) AS total_break,
       analytics.money(f.sales_break_minor, f.amount_scale) AS sales_break,
       analytics.money(f.shipping_break_minor, f.amount_scale) AS shipping_break,
       f.unknown_count, f.revision, f.source_topic, f.source_partition, f.source_offset
FROM warehouse.fact_settlements f JOIN warehouse.dim_shop s USING (shop_key)
CROSS JOIN LATERAL (
    SELECT coalesce(sum(l.amount_minor) FILTER (WHERE l.class = 'gross'), 0) AS gross,
           coalesce(sum(l.amount_minor) FILTER (WHERE l.class = 'seller_discount'), 0) AS seller_discount,
           coalesce(sum(l.amount_minor) FILTER (WHERE l.class = 'refund'), 0) AS refund,
           coalesce(sum(l.amount_minor) FILTER (WHERE l.class = 'shipping'), 0) AS shipping,
           coalesce(sum(l.amount_minor) FILTER (WHERE l.class = 'platform_fee'), 0) AS platform_fee,
           coalesce(sum(l.amount_minor) FILTER (WHERE l.class = 'refund_admin_fee'), 0) AS refund_admin_fee,
           coalesce(sum(l.amount_minor) FILTER (WHERE l.class = 'payment_fee'), 0) AS payment_fee,
           coalesce(sum(l.amount_minor) FILTER (WHERE l.class = 'affiliate'), 0) AS affiliate,
           coalesce(sum(l.amount_minor) FILTER (WHERE l.class = 'other_fee'), 0) AS other_fee,
           coalesce(sum(l.amount_minor) FILTER (WHERE l.class = 'ads'), 0) AS ads,
           coalesce(sum(l.amount_minor) FILTER (WHERE l.class = 'tax'), 0) AS tax,
           coalesce(sum(l.amount_minor) FILTER (WHERE l.class = 'adjustment'), 0) AS adjustment,
           coalesce(sum(l.amount_minor) FILTER (WHERE l.class = 'reserve'), 0) AS reserve,
           coalesce(sum(l.amount_minor) FILTER (WHERE l.class = 'unknown'), 0) AS unknown
    FROM unnest(string_to_array(f.classes, ','), f.amounts_minor) AS l(class, amount_minor)) AS a;
COMMENT ON VIEW analytics.settlements IS 'Transactions of payout statements by class of amount; all amounts signed, positive to the seller, and their sum is the total.';
COMMENT ON COLUMN analytics.settlements.total IS 'gross + seller_discount + refund + shipping + the fees + affiliate + ads + tax + adjustment + reserve + unknown';
COMMENT ON COLUMN analytics.settlements.ads IS 'ads paid from proceeds: cash only, the cost is that of the ad report';
COMMENT ON COLUMN analytics.settlements.reserve IS 'withheld and released: cash timing, no profit';
COMMENT ON COLUMN analytics.settlements.unknown IS 'amounts without a name here, and what breaks the stated sums';
COMMENT ON COLUMN analytics.settlements.total_break IS 'stated total less sales, shipping, fees and adjustment as stated';
COMMENT ON COLUMN analytics.settlements.sales_break IS 'stated sales less gross, discount and refunds as stated';
COMMENT ON COLUMN analytics.settlements.shipping_break IS 'what shipping that should be passed through leaves with the seller';

CREATE VIEW analytics.statement_check AS
SELECT s.shop_id, f.statement_id, f.currency, count(*) AS lines, min(f.day) AS first_day, max(f.day) AS last_day,
       analytics.money(sum(f.total_minor), f.amount_scale) AS total,
       analytics.money(coalesce(sum(a.amounts), 0), f.amount_scale) AS amounts,
       analytics.money(sum(f.total_minor) - coalesce(sum(a.amounts), 0), f.amount_scale) AS difference,
       count(*) FILTER (WHERE f.total_stated) AS lines_with_total,
       count(*) FILTER (WHERE f.total_break_minor <> 0) AS total_breaks,
       analytics.money(sum(f.total_break_minor), f.amount_scale) AS total_break,
       count(*) FILTER (WHERE f.sales_break_minor <> 0) AS sales_breaks,
       analytics.money(sum(f.sales_break_minor), f.amount_scale) AS sales_break,
       count(*) FILTER (WHERE f.shipping_break_minor <> 0) AS shipping_breaks,
       analytics.money(sum(f.shipping_break_minor), f.amount_scale) AS shipping_break,
       sum(f.unknown_count) AS unknown_count,
       count(*) FILTER (WHERE f.total_break_minor <> 0 OR f.sales_break_minor <> 0 OR f.shipping_break_minor <> 0
                        OR f.unknown_count > 0) = 0
       AND sum(f.total_minor) = coalesce(sum(a.amounts), 0) AS clean
FROM warehouse.fact_settlements f JOIN warehouse.dim_shop s USING (shop_key)
CROSS JOIN LATERAL (SELECT sum(l.amount_minor) AS amounts FROM unnest(f.amounts_minor) AS l(amount_minor)) AS a
GROUP BY s.shop_id, f.shop_key, f.statement_id, f.currency, f.amount_scale;
COMMENT ON VIEW analytics.statement_check IS 'Payout statements against themselves: what was booked against the stated totals, the platform''s own identities, what has no name here.';
COMMENT ON COLUMN analytics.statement_check.difference IS 'stated totals less booked amounts: always 0';
COMMENT ON COLUMN analytics.statement_check.total_breaks IS 'lines whose total is not sales + shipping + fees + adjustment as stated; total_break is by how much, signed';
COMMENT ON COLUMN analytics.statement_check.sales_breaks IS 'lines whose sales are not gross + seller discount + refunds as stated';
COMMENT ON COLUMN analytics.statement_check.shipping_breaks IS 'lines of shipping that is passed through and does not add up to 0';
COMMENT ON COLUMN analytics.statement_check.clean IS 'every identity holds and every amount has a name';

CREATE TABLE warehouse.refund_fee_rule (
    rule_set integer NOT NULL,
    class text COLLATE "C" NOT NULL,
    level text COLLATE "C" NOT NULL,
    valid_from timestamptz NOT NULL,
    valid_to timestamptz NOT NULL,
    rate_ppm bigint NOT NULL,
    cap_minor bigint,
    amount_scale smallint NOT NULL,
    UNIQUE NULLS NOT DISTINCT (rule_set, class, level, valid_from, valid_to, rate_ppm, cap_minor)
);
COMMENT ON TABLE warehouse.refund_fee_rule IS 'What fee schedules charge for giving fees back, as their files say it: rate of the fee that comes back, cap per level. For orders whose refunds no event tells; else the schedule itself is applied to the refund.';
COMMENT ON COLUMN warehouse.refund_fee_rule.rule_set IS 'tillstream.rule_set; a schedule is added with the first order that it charges';
COMMENT ON COLUMN warehouse.refund_fee_rule.class IS 'platform, payment, affiliate, other: of the fee that comes back';
COMMENT ON COLUMN warehouse.refund_fee_rule.level IS 'order, line, sku: what it is rounded and capped by';
COMMENT ON COLUMN warehouse.refund_fee_rule.valid_from IS 'half-open, by the instant of the refund: that of the settlement, where no event tells';

CREATE VIEW warehouse.order_settlement AS
WITH sold AS (
    SELECT o.order_key, o.shop_key, o.order_id, o.currency COLLATE "C" AS currency, o.amount_scale, o.booked, o.day,
           upper(o.cancelled_by) = 'BUYER' AND o.shipped_at IS NULL AS cancelled_early, count(*) AS order_lines,
           sum(CASE WHEN o.booked THEN l.gross_minor ELSE 0 END) AS gross,
           sum(CASE WHEN o.booked THEN l.seller_discount_minor ELSE 0 END) AS seller_discount,
           sum(CASE WHEN o.booked THEN l.platform_fee_minor ELSE 0 END) AS platform_fee,
           sum(CASE WHEN o.booked THEN l.payment_fee_minor ELSE 0 END) AS payment_fee,
           sum(CASE WHEN o.booked THEN l.affiliate_commission_minor ELSE 0 END) AS affiliate,
           sum(CASE WHEN o.booked THEN l.other_fees_minor ELSE 0 END) AS other_fee,
           sum(CASE WHEN o.booked THEN l.net_minor ELSE 0 END) AS net
    FROM warehouse.fact_orders o JOIN warehouse.fact_sales l USING (order_key)
    GROUP BY o.order_key, o.shop_key, o.order_id, o.currency, o.amount_scale, o.booked, o.day, o.cancelled_by, o.shipped_at),
returned AS (
    SELECT shop_key, order_id, currency, amount_scale,
           sum(CASE WHEN booked THEN gross_minor - seller_discount_minor ELSE 0 END) AS net_sales,
           sum(CASE WHEN booked THEN fees_returned_minor ELSE 0 END) AS fees,
           sum(CASE WHEN booked THEN affiliate_commission_minor ELSE 0 END) AS affiliate,
           sum(CASE WHEN booked THEN admin_fee_minor ELSE 0 END) AS admin_fee,
           sum(CASE WHEN booked THEN case_fee_minor ELSE 0 END) AS case_fee,
           sum(CASE WHEN booked THEN net_minor ELSE 0 END) AS net
    FROM warehouse.fact_refund_lines GROUP BY shop_key, order_id, currency, amount_scale),
settled AS (
    SELECT f.shop_key, f.order_id, f.currency, f.amount_scale, min(f.statement_id) <> max(f.statement_id) AS several_statements,
           min(f.settled_at) AS first_settled_at, max(f.settled_at) AS last_settled_at, max(f.day) AS last_day,
           bool_and(f.payout_id IS NOT NULL AND upper(f.status) = 'PAID') AS paid,
           bool_or(f.type NOT IN ('order', 'refund') OR l.class = 'adjustment') AS adjusted,
           max(f.settled_at) FILTER (WHERE f.total_minor < 0) > min(f.settled_at) AS taken_back,
           coalesce(sum(l.amount_minor) FILTER (WHERE l.class = 'gross'), 0) AS gross,
           coalesce(sum(l.amount_minor) FILTER (WHERE l.class = 'seller_discount'), 0) AS seller_discount,
           coalesce(sum(l.amount_minor) FILTER (WHERE l.class = 'refund'), 0) AS refund,
           coalesce(sum(l.amount_minor) FILTER (WHERE l.class = 'shipping'), 0) AS shipping,
           -coalesce(sum(l.amount_minor) FILTER (WHERE l.class = 'platform_fee'), 0) AS platform_fee,
           -coalesce(sum(l.amount_minor) FILTER (WHERE l.class = 'refund_admin_fee'), 0) AS refund_admin_fee,
           -coalesce(sum(l.amount_minor) FILTER (WHERE l.class = 'payment_fee'), 0) AS payment_fee,
           -coalesce(sum(l.amount_minor) FILTER (WHERE l.class = 'affiliate'), 0) AS affiliate,
           -coalesce(sum(l.amount_minor) FILTER (WHERE l.class = 'other_fee'), 0) AS other_fee,
           coalesce(sum(l.amount_minor) FILTER (WHERE l.class = 'ads'), 0) AS ads,
           coalesce(sum(l.amount_minor) FILTER (WHERE l.class = 'tax'), 0) AS tax,
           coalesce(sum(l.amount_minor) FILTER (WHERE l.class = 'adjustment'), 0) AS adjustment,
           -coalesce(sum(l.amount_minor) FILTER (WHERE l.class = 'adjustment' AND f.type IN ('order', 'refund', 'adjustment')), 0)
               AS taken_by_adjustment,
           coalesce(sum(l.amount_minor) FILTER (WHERE l.class = 'reserve'), 0) AS reserve,
           coalesce(sum(l.amount_minor) FILTER (WHERE l.class = 'unknown'), 0) AS unknown,
           coalesce(sum(l.amount_minor), 0) AS total
    FROM warehouse.fact_settlements f LEFT JOIN LATERAL unnest(string_to_array(f.classes, ','), f.amounts_minor) AS l(class, amount_minor) ON true
    WHERE f.order_id IS NOT NULL
    GROUP BY f.shop_key, f.order_id, f.currency, f.amount_scale),
-- Refunds count in what is expected once the platform has settled as much: until then their fees have yet to come back.
expected AS (
    SELECT e.*, r.net_sales IS NOT NULL AS refunded, coalesce(r.net_sales, 0) AS refund,
           CASE WHEN r.net_sales <= -coalesce(z.refund, 0) THEN r.fees ELSE 0 END AS fees_back,
           CASE WHEN r.net_sales <= -coalesce(z.refund, 0) THEN r.affiliate ELSE 0 END AS affiliate_back,
           coalesce(r.admin_fee, 0) AS admin_fee, coalesce(r.case_fee, 0) AS case_fee, coalesce(r.net, 0) AS refund_net
    FROM sold e LEFT JOIN returned r USING (shop_key, order_id, currency, amount_scale)
    LEFT JOIN settled z USING (shop_key, order_id, currency, amount_scale)
    WHERE e.booked OR z.total IS NOT NULL)
SELECT shop_key, order_id, currency, amount_scale, e.order_key, e.day, e.booked, e.cancelled_early,
       coalesce(e.order_lines, 0) AS order_lines, coalesce(e.refunded, false) AS refunded,
       CASE WHEN z.total IS NULL THEN 'PROVISIONAL'
            WHEN z.adjusted OR z.taken_back THEN 'ADJUSTED'
            WHEN z.refund <> 0 AND z.gross + z.seller_discount + z.refund = 0 THEN 'REFUNDED'
            WHEN z.paid THEN 'PAID'
            ELSE 'SETTLED' END AS status,
       z.several_statements, z.first_settled_at, z.last_settled_at, z.last_day, z.paid,
       e.gross AS expected_gross, e.seller_discount AS expected_seller_discount, -e.refund AS expected_refund,
       e.platform_fee - least(greatest(e.fees_back, 0), e.platform_fee) AS expected_platform_fee,
       e.payment_fee - least(greatest(e.fees_back - e.platform_fee - e.other_fee, 0), e.payment_fee) AS expected_payment_fee,
       e.affiliate - e.affiliate_back AS expected_affiliate,
       e.other_fee - least(greatest(e.fees_back - e.platform_fee, 0), e.other_fee) AS expected_other_fee,
       e.admin_fee AS expected_refund_admin_fee, e.case_fee AS expected_case_fee,
       e.net - e.refund_net AS expected_net, z.gross, z.seller_discount, z.refund, z.shipping, z.platform_fee,
       z.refund_admin_fee, z.payment_fee, z.affiliate, z.other_fee, z.ads, z.tax, z.adjustment, z.taken_by_adjustment, z.reserve,
       z.unknown, z.total, z.total - z.ads - z.reserve AS net
FROM expected e FULL JOIN settled z USING (shop_key, order_id, currency, amount_scale);
COMMENT ON VIEW warehouse.order_settlement IS 'Behind analytics.order_settlement and analytics.fee_leaks: minor units; fees and commission as costs, all else positive to the seller.';

CREATE VIEW analytics.order_settlement AS
SELECT s.shop_id, o.order_id, o.day, o.currency, o.status, o.several_statements, o.first_settled_at, o.last_settled_at, o.paid,
       analytics.money(o.expected_gross, o.amount_scale) AS expected_gross,
       analytics.money(o.expected_seller_discount, o.amount_scale) AS expected_seller_discount,
       analytics.money(o.expected_refund, o.amount_scale) AS expected_refund,
       analytics.money(o.expected_platform_fee, o.amount_scale) AS expected_platform_fee,
       analytics.money(o.expected_refund_admin_fee, o.amount_scale) AS expected_refund_admin_fee,
       analytics.money(o.expected_payment_fee, o.amount_scale) AS expected_payment_fee,
       analytics.money(o.expected_affiliate, o.amount_scale) AS expected_affiliate,
       analytics.money(o.expected_other_fee, o.amount_scale) AS expected_other_fee,
       analytics.money(o.expected_case_fee, o.amount_scale) AS expected_case_fee,
       analytics.money(o.expected_net, o.amount_scale) AS expected_net,
       analytics.money(o.gross, o.amount_scale) AS settled_gross,
       analytics.money(-o.seller_discount, o.amount_scale) AS settled_seller_discount,
       analytics.money(o.refund, o.amount_scale) AS settled_refund,
       analytics.money(o.shipping, o.amount_scale) AS settled_shipping,
       analytics.money(o.platform_fee, o.amount_scale) AS settled_platform_fee,
       analytics.money(o.refund_admin_fee, o.amount_scale) AS settled_refund_admin_fee,
       analytics.money(o.payment_fee, o.amount_scale) AS settled_payment_fee,
       analytics.money(o.affiliate, o.amount_scale) AS settled_affiliate,
       analytics.money(o.other_fee, o.amount_scale) AS settled_other_fee,
       analytics.money(o.ads, o.amount_scale) AS settled_ads,
       analytics.money(o.tax, o.amount_scale) AS settled_tax,
       analytics.money(o.adjustment, o.amount_scale) AS settled_adjustment,
       analytics.money(o.reserve, o.amount_scale) AS settled_reserve,
       analytics.money(o.unknown, o.amount_scale) AS settled_unknown,
       analytics.money(o.total, o.amount_scale) AS settled_total,
       analytics.money(o.net, o.amount_scale) AS settled_net,
       analytics.money(o.platform_fee - o.expected_platform_fee, o.amount_scale) AS platform_fee_difference,
       analytics.money(o.payment_fee - o.expected_payment_fee, o.amount_scale) AS payment_fee_difference,
       analytics.money(o.affiliate - o.expected_affiliate, o.amount_scale) AS affiliate_difference,
       analytics.money(o.other_fee - o.expected_other_fee, o.amount_scale) AS other_fee_difference,
       analytics.money(o.net - o.expected_net, o.amount_scale) AS net_difference
FROM warehouse.order_settlement o JOIN warehouse.dim_shop s USING (shop_key);
COMMENT ON VIEW analytics.order_settlement IS 'The two books of every booked or settled order: what it should yield by the rules, and what the platform settled.';
COMMENT ON COLUMN analytics.order_settlement.status IS 'PROVISIONAL: not settled yet; SETTLED; PAID: all of it was paid out; REFUNDED: given back whole before it was settled; ADJUSTED: adjusted, charged back, or taken back in part or whole after it was settled';
COMMENT ON COLUMN analytics.order_settlement.several_statements IS 'its lines stand in more than one statement';
COMMENT ON COLUMN analytics.order_settlement.expected_platform_fee IS 'a cost, as all fees and commissions of both books; less what settled refunds give back; null where the order is not known, 0 where it is not booked';
COMMENT ON COLUMN analytics.order_settlement.expected_case_fee IS 'of chargebacks, as their events state it: settled as an adjustment';
COMMENT ON COLUMN analytics.order_settlement.settled_refund IS 'of the gross, less the seller discount that it gives back; negative';
COMMENT ON COLUMN analytics.order_settlement.settled_shipping IS 'positive to the seller, as ads, tax, adjustment, reserve, unknown and total';
COMMENT ON COLUMN analytics.order_settlement.settled_net IS 'total without ads paid from proceeds (the ad report has them) and without reserves (cash timing)';
COMMENT ON COLUMN analytics.order_settlement.platform_fee_difference IS 'settled - expected: positive is charged above what the rules say; likewise the other fees';
COMMENT ON COLUMN analytics.order_settlement.expected_net IS 'net of its lines less what its refunds take back, settled or not';
COMMENT ON COLUMN analytics.order_settlement.net_difference IS 'settled - expected: with shipping and adjustments, which the expected net does not know';

-- Costs are compared class by class, but a class leaks only as far as all that the platform charges does: platforms and rules do not
-- always call the same fee a platform, payment or other fee.
CREATE VIEW analytics.fee_leaks AS
SELECT s.shop_id, o.order_id, o.last_day AS day, o.currency, c.class,
       CASE WHEN c.class = 'unknown' THEN 'unknown_fee' WHEN c.class = 'adjustment' THEN 'adjustment'
            WHEN c.expected = 0 THEN 'fee_not_due' WHEN c.class = 'refund_admin_fee' THEN 'refund_fee_above_cap'
            ELSE 'wrong_rate' END AS kind,
       analytics.money(c.expected, o.amount_scale) AS expected, analytics.money(c.settled, o.amount_scale) AS settled,
       analytics.money(least(c.settled - c.expected, c.at_most), o.amount_scale) AS excess,
       analytics.money(t.tolerance::numeric, o.amount_scale) AS tolerance
FROM warehouse.order_settlement o JOIN warehouse.dim_shop s USING (shop_key)
CROSS JOIN LATERAL (SELECT 2 * greatest(o.order_lines, 1)) AS t(tolerance)
CROSS JOIN LATERAL (
    SELECT CASE WHEN o.booked IS NULL THEN NULL WHEN o.refunded THEN o.expected_refund_admin_fee
                WHEN o.cancelled_early OR o.refund_admin_fee <= t.tolerance THEN 0
                ELSE (SELECT coalesce(sum(k.due), 0)
                      FROM (SELECT r.class, max(least(round(r.rate_ppm * f.fee / 1000000), r.cap_minor)) AS due
                            FROM warehouse.fact_orders b
                            JOIN warehouse.refund_fee_rule r ON r.rule_set = b.rule_set AND r.amount_scale = b.amount_scale
                                AND o.last_settled_at >= r.valid_from AND o.last_settled_at < r.valid_to
                            CROSS JOIN LATERAL (
                                SELECT CASE r.level WHEN 'sku' THEN l.sku WHEN 'line' THEN l.line_no::text ELSE '' END AS part,
                                       sum(CASE r.class WHEN 'platform' THEN l.platform_fee_minor WHEN 'payment' THEN l.payment_fee_minor
                                                WHEN 'other' THEN l.other_fees_minor ELSE l.affiliate_commission_minor END) AS fee
                                FROM warehouse.fact_sales l WHERE l.order_key = o.order_key GROUP BY 1) AS f
                            WHERE b.shop_key = o.shop_key AND b.order_id = o.order_id GROUP BY r.class, f.part) AS k) END) AS d(due)
CROSS JOIN LATERAL (
    SELECT o.platform_fee + o.payment_fee + o.other_fee - o.expected_platform_fee - o.expected_payment_fee
           - o.expected_other_fee) AS p(charged_above)
CROSS JOIN LATERAL (VALUES ('platform_fee', o.expected_platform_fee, o.platform_fee, p.charged_above),
                           ('payment_fee', o.expected_payment_fee, o.payment_fee, p.charged_above),
                           ('other_fee', o.expected_other_fee, o.other_fee, p.charged_above),
                           ('affiliate', o.expected_affiliate, o.affiliate, NULL),
                           ('refund_admin_fee', d.due, o.refund_admin_fee, NULL),
                           ('adjustment', 0, o.taken_by_adjustment, NULL),
                           ('unknown', 0, -o.unknown, NULL)) AS c(class, expected, settled, at_most)
WHERE c.settled - c.expected > t.tolerance AND coalesce(c.at_most, c.settled - c.expected) > t.tolerance;
COMMENT ON VIEW analytics.fee_leaks IS 'What was charged above what the rules say, by order and class, beyond the tolerance.';
COMMENT ON COLUMN analytics.fee_leaks.kind IS 'fee_not_due: nothing was expected; wrong_rate: less was; refund_fee_above_cap: above its rate or cap; adjustment: taken without a reason (a chargeback, violation or reimbursement is one); unknown_fee: a cost without a name here';
COMMENT ON COLUMN analytics.fee_leaks.expected IS 'by the fee schedule, less what settled refunds give back; of the refund fee: by the schedule where refunds are told by events, else by refund_fee_rule, 0 for a buyer''s cancellation before shipping';
COMMENT ON COLUMN analytics.fee_leaks.tolerance IS '2 minor units per line of the order: each line and fee is rounded by itself';
COMMENT ON COLUMN analytics.fee_leaks.excess IS 'settled - expected, for platform, payment and other fees no more than what all three together exceed';
COMMENT ON COLUMN analytics.fee_leaks.day IS 'of the order''s last settlement';

CREATE VIEW analytics.payouts AS
SELECT s.shop_id, f.payout_id, f.currency, count(DISTINCT f.statement_id) AS statements,
       count(DISTINCT (f.transaction_id, f.sku)) AS lines, min(f.day) AS first_day, max(f.day) AS last_day,
       string_agg(DISTINCT f.status, ', ') AS statuses,
       analytics.money(coalesce(sum(l.amount_minor), 0), f.amount_scale) AS total,
       analytics.money(greatest(coalesce(sum(l.amount_minor), 0), 0), f.amount_scale) AS paid_out,
       analytics.money(least(coalesce(sum(l.amount_minor), 0), 0), f.amount_scale) AS carried,
       analytics.money(coalesce(sum(l.amount_minor) FILTER (WHERE l.class NOT IN ('ads', 'reserve')), 0), f.amount_scale) AS earned,
       analytics.money(coalesce(sum(l.amount_minor) FILTER (WHERE l.class = 'ads'), 0), f.amount_scale) AS ads,
       analytics.money(coalesce(sum(l.amount_minor) FILTER (WHERE l.class = 'reserve'), 0), f.amount_scale) AS reserve
FROM warehouse.fact_settlements f JOIN warehouse.dim_shop s USING (shop_key)
LEFT JOIN LATERAL unnest(string_to_array(f.classes, ','), f.amounts_minor) AS l(class, amount_minor) ON true
GROUP BY s.shop_id, f.payout_id, f.currency, f.amount_scale;
COMMENT ON VIEW analytics.payouts IS 'What reached the bank: total = earned + ads + reserve = paid_out + carried, exactly.';
COMMENT ON COLUMN analytics.payouts.payout_id IS 'null: settled and not yet paid out';
COMMENT ON COLUMN analytics.payouts.carried IS 'a payout is never below 0: what is missing is carried into the balance';
COMMENT ON COLUMN analytics.payouts.earned IS 'without ads paid from proceeds and reserves';
COMMENT ON COLUMN analytics.payouts.reserve IS 'withheld, released or carried: cash timing, no profit';

CREATE VIEW analytics.ads_cash AS
SELECT s.shop_id, p.month, p.currency, analytics.money(sum(p.reported), p.amount_scale) AS reported,
       analytics.money(sum(p.paid), p.amount_scale) AS paid_from_proceeds,
       analytics.money(sum(p.reported) - sum(p.paid), p.amount_scale) AS difference
FROM (SELECT shop_key, date_trunc('month', day)::date, currency COLLATE "C", amount_scale, spend_minor::numeric, 0::numeric
      FROM warehouse.fact_ad_spend
      UNION ALL
      SELECT f.shop_key, date_trunc('month', f.day)::date, f.currency, f.amount_scale, 0, -l.amount_minor
      FROM warehouse.fact_settlements f CROSS JOIN LATERAL unnest(string_to_array(f.classes, ','), f.amounts_minor) AS l(class, amount_minor)
      WHERE l.class = 'ads') AS p(shop_key, month, currency, amount_scale, reported, paid)
JOIN warehouse.dim_shop s USING (shop_key)
GROUP BY s.shop_id, p.month, p.currency, p.amount_scale;
COMMENT ON VIEW analytics.ads_cash IS 'Ads by month, once as the ad report has them and once as they were paid from proceeds: the report is the cost, the payment is cash.';
COMMENT ON COLUMN analytics.ads_cash.difference IS 'reported - paid from proceeds: paid by other means, or in another month';
