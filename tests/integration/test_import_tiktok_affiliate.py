"""Creators' commissions and refunds of exports in the warehouse, and both books of the same orders: what the rules expect is what was settled."""
from decimal import Decimal

import pytest

from harness import ROOT

SETTLED = ROOT / "tests/fixtures/tiktok_settlement"
AFFILIATES = ROOT / "tests/fixtures/tiktok_affiliate"


@pytest.fixture
def books(make_case):
    case = make_case(shops={
        "shop-us": {"timezone": "America/Los_Angeles", "currency": "USD", "amount_scale": 2, "fees": str(ROOT / "deploy/fees/tiktok-us.yaml")},
        "shop-id": {"timezone": "Asia/Jakarta", "fees": str(ROOT / "deploy/fees/tiktok-id.yaml")}})
    case.migrate()
    return case


def import_us(case):
    told = case.run("import", "tiktok-affiliate", "--shop", "shop-us", "--market", "US", SETTLED / "us_orders.csv", AFFILIATES / "us.csv").stderr
    case.run("import", "tiktok-settlement", "--shop", "shop-us", "--market", "US", SETTLED / "us.csv")
    return told


def import_id(case):
    case.run("import", "tiktok-affiliate", "--shop", "shop-id", SETTLED / "id_orders.csv", AFFILIATES / "id.csv")
    case.run("import", "tiktok-settlement", "--shop", "shop-id", SETTLED / "id.csv")


def settle(case):
    case.run("run", "--until-end")
    assert case.value("SELECT count(*) FROM tillstream.quarantine") == 0
    case.run("verify")


def test_the_settled_indonesian_fees_are_those_of_the_rules_to_the_rupiah(books):
    """Eleven orders that bear fees: 8.00 % of (list - seller discount) + 1,250 + logistics + 7.5 % of what the buyer paid for the goods to a
    creator; one of them came back after delivery and settles at -10,250; one that was cancelled before it was sent at 0."""
    case = books
    import_id(case)
    settle(case)
    rows = case.sql(
        "SELECT o.order_id, s.gross, s.discount, s.platform_discount, -t.dynamic, -t.processing, -t.logistics, -t.affiliate, t.total, t.back"
        " FROM (SELECT order_id, sum(gross_minor)::bigint AS gross, sum(seller_discount_minor)::bigint AS discount,"
        " sum(platform_discount_minor)::bigint AS platform_discount FROM warehouse.fact_sales GROUP BY 1) s"
        " JOIN warehouse.fact_orders o USING (order_id)"
        " JOIN (SELECT f.order_id, min(f.total_minor) AS total,"
        " coalesce(sum(l.amount_minor) FILTER (WHERE l.field = 'dynamic_commission'), 0)::bigint AS dynamic,"
        " coalesce(sum(l.amount_minor) FILTER (WHERE l.field = 'order_processing_fee'), 0)::bigint AS processing,"
        " coalesce(sum(l.amount_minor) FILTER (WHERE l.field = 'logistics_service_fee'), 0)::bigint AS logistics,"
        " coalesce(sum(l.amount_minor) FILTER (WHERE l.field = 'affiliate_commission'), 0)::bigint AS affiliate,"
        " coalesce(sum(l.amount_minor) FILTER (WHERE l.class = 'refund'), 0)::bigint AS back"
        " FROM warehouse.fact_settlements f LEFT JOIN warehouse.fact_settlement_lines l USING (shop_key, transaction_id, sku)"
        " GROUP BY f.order_id) t ON t.order_id = o.order_id WHERE o.status = 'COMPLETED' ORDER BY 1")
    assert len(rows) == 11
    for order_id, gross, discount, platform_discount, dynamic, processing, logistics, affiliate, total, back in rows:
        assert dynamic * 100 == 8 * (gross - discount), order_id
        assert processing == 1250 and affiliate in (0, (gross - discount - platform_discount) * 75 // 1000)
        assert total == gross - discount + back - dynamic - processing - logistics - affiliate
    assert (rows[0][7], rows[10][8], rows[10][9]) == (6552, -10250, -100000)

    expected = case.sql("SELECT order_id, status, expected_platform_fee, expected_affiliate, platform_fee_difference, affiliate_difference,"
                        " net_difference - settled_shipping FROM analytics.order_settlement WHERE order_id LIKE '5790%' ORDER BY 1")
    assert [row[4:] for row in expected] == [(0, 0, 0)] * 12, expected
    assert expected[0][2:4] == (8530, 6552) and expected[10][1:3] == ("REFUNDED", 9250) and expected[11][2] == 0
    assert case.sql("SELECT * FROM analytics.fee_leaks") == []


def test_the_settled_american_refund_fee_is_that_of_the_rules_to_the_cent(books):
    """6 % of 19.98 + 4.00 = 1.44 come back with the whole order, 20 % of it, 0.29, are kept. The creator's 10 % of 40.00 are 4.00."""
    case = books
    told = import_us(case)
    settle(case)
    assert "affiliate-without-order: order 577000000000000999" in told
    assert case.sql("SELECT refund_id, order_id, initiator, flags, amounts_minor, taxes_minor, shipping_refund_minor, discrepancy_minor, reason"
                    " FROM warehouse.fact_refunds") == [
        ("577000000000000666-refunds", "577000000000000666", "BUYER", 1, [1998], [160], 400, 0, "Return/Refund")]
    assert case.sql("SELECT right(order_id, 3), expected_platform_fee, expected_affiliate, expected_refund_admin_fee, settled_refund_admin_fee,"
                    " platform_fee_difference, affiliate_difference FROM analytics.order_settlement WHERE order_id LIKE '577%' ORDER BY 1"
                    " LIMIT 3") == [
        ("111", Decimal("3.06"), 4, 0, 0, 0, 0), ("222", Decimal("3.60"), 0, 0, 0, 0, 0), ("666", 0, 0, Decimal("0.29"), Decimal("0.29"), 0, 0)]
    assert case.sql("SELECT right(order_id, 3), class, kind, excess FROM analytics.fee_leaks ORDER BY 1") == [
        ("222", "unknown", "unknown_fee", Decimal("0.25"))]


def test_twice_is_once_and_a_plain_import_does_not_take_the_creator_away(books):
    case = books
    import_us(case)
    import_id(case)
    settle(case)
    assert case.sql("SELECT right(order_id, 3), affiliate_creator, affiliate_content_type, affiliate_content_id, affiliate_rate_ppm,"
                    " affiliate_shop_ads_rate_ppm, affiliate_actual_commission_minor FROM warehouse.fact_orders"
                    " WHERE affiliate_creator IS NOT NULL ORDER BY order_id") == [
        ("111", "invented.creator", "Video", "7400000000000000123", 100_000, None, 400),
        ("101", "kreator.contoh", "Video", "7400000000000000123", 75_000, None, 6552),
        ("104", "kreator.contoh", "LIVE", "7400000000000000123", 75_000, None, 14100),
        ("107", "kreator.contoh", "LIVE", "7400000000000000123", 75_000, None, None)]
    before = case.facts()
    import_us(case)
    import_id(case)
    case.run("import", "tiktok-orders", "--shop", "shop-us", "--market", "US", SETTLED / "us_orders.csv")
    case.run("import", "tiktok-orders", "--shop", "shop-id", SETTLED / "id_orders.csv")
    settle(case)
    assert case.facts() == before
