"""A Shopify order export in the warehouse, to the cent."""
import pytest

from harness import ROOT

FIXTURES = ROOT / "tests/fixtures/shopify_orders"
IMPORT = ("import", "shopify-orders", "--shop", "shop-web", "--market", "US")


@pytest.fixture
def shopify_case(make_case):
    case = make_case(shops={"shop-web": {"timezone": "America/Los_Angeles"}})
    case.migrate()
    return case


def test_the_export_lands_as_written_here_and_twice_is_once(shopify_case):
    case = shopify_case
    told = case.run(*IMPORT, FIXTURES / "us.csv").stderr
    case.run("run", "--until-end")
    assert case.value("SELECT count(*) FROM tillstream.quarantine") == 0
    # flags: 1 mirror, 2 sample, 8 test, 16 cash on delivery
    assert case.sql("SELECT right(order_id, 1)::int, status, flags, booked, shipping_paid_minor, tax_minor, customer_total_minor, payment_method, channel"
                    " FROM warehouse.fact_orders ORDER BY 1") == [
        (1, "SHIPPED", 0, True, 599, 400, 5999, "shopify_payments", "web"),
        (2, "PAID", 0, True, 0, 80, 6080, "shopify_payments", "web"),
        (3, "PAID", 0, True, 0, 160, 2160, "gift_card", "web"),
        (4, "PAID", 1, False, 200, 0, 4000, "TikTok", "tiktok"),
        (5, "PAID", 3, False, 0, 0, 4000, None, "tiktok"),
        (6, "PAID", 8, False, 0, 0, 1000, "(for testing) Bogus Gateway", "web"),
        (7, "CANCELLED", 0, False, 0, 0, 1000, None, "web"),
        (8, "UNPAID", 16, False, 0, 0, 1000, "Cash on Delivery (COD)", "web")]
    # 10.00 off 40.00 and 20.00 is 6.67 and 3.33; the gift card is no line.
    assert case.sql("SELECT right(order_id, 1)::int, line_id, sku, quantity, gross_minor, seller_discount_minor FROM warehouse.fact_sales"
                    " WHERE booked ORDER BY 1, 2") == [
        (1, "1", "LAMP-1", 1, 4000, 667), (1, "2", "CUP-1", 2, 2000, 333), (2, "2", "CUP-1", 1, 1000, 0), (3, "1", "CUP-1", 2, 2000, 0)]
    assert case.sql("SELECT day::text, orders, units, gross_minor, seller_discount_minor FROM warehouse.agg_daily_sales ORDER BY 1") == [
        ("2026-03-30", 1, 3, 6000, 1000), ("2026-03-31", 2, 3, 3000, 0)]
    assert "gift-card-sold: order 5000000000002" in told
    assert "sample-at-full-price: order 5000000000005" in told and told.count("warning") + told.count("level=warn") == 2
    # 10.80 of 21.60: half of 20.00 and of 1.60 of taxes, as money without units.
    assert case.sql("SELECT r.refund_id, r.order_id, r.initiator, r.flags, l.quantity, l.gross_minor, l.amount_minor, l.tax_minor"
                    " FROM warehouse.fact_refunds r JOIN warehouse.fact_refund_lines l USING (shop_key, order_id, refund_id)") == [
        ("5000000000003-refunds", "5000000000003", "SELLER", 0, 0, 1000, 1000, 80)]
    keys = dict(case.sql("SELECT right(order_id, 1)::int, buyer_key FROM warehouse.fact_orders"))
    assert keys[1] == keys[3] and keys[1] != keys[2] and keys[4] is None
    case.run("verify")

    before = case.facts()
    case.run(*IMPORT, FIXTURES / "us.csv")
    case.run("run", "--until-end")
    assert case.facts() == before
    case.run("verify")
