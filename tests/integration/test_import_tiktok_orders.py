"""TikTok Shop's order exports in the warehouse, to the minor unit."""
import json

import pytest

from harness import ROOT

FIXTURES = ROOT / "tests/fixtures/tiktok_orders"


@pytest.fixture
def tiktok_case(make_case):
    case = make_case(shops={"shop-us": {"timezone": "America/Los_Angeles", "currency": "USD", "amount_scale": 2},
                            "shop-id": {"timezone": "Asia/Jakarta"}})
    case.migrate()
    return case


def test_the_american_export_lands_as_written_here_and_twice_is_once(tiktok_case):
    case = tiktok_case
    case.run("import", "tiktok-orders", "--shop", "shop-us", FIXTURES / "us.csv")
    case.run("run", "--until-end")
    assert case.value("SELECT count(*) FROM tillstream.quarantine") == 0
    # flags: 2 sample, 4 replacement. Amounts: shipping list and paid, payment discount, buyer fees, tax, customer total.
    assert case.sql("SELECT right(order_id, 3), status, flags, booked, shipping_list_minor, shipping_paid_minor, payment_platform_discount_minor,"
                    " buyer_fees_minor, tax_minor, customer_total_minor FROM warehouse.fact_orders ORDER BY 1") == [
        ("111", "COMPLETED", 0, True, 599, 599, 0, 0, 315, 4914),
        ("222", "DELIVERED", 0, True, 799, 200, 150, 28, 400, 6077),
        ("333", "CANCELLED", 0, False, 0, 0, 0, 0, 0, 999),
        ("444", "SHIPPED", 2, False, 0, 0, 0, 0, 0, 0),
        ("555", "PAID", 4, False, 0, 0, 0, 0, 0, 0),
        ("666", "COMPLETED", 0, True, 400, 400, 0, 0, 160, 2567),
        ("777", "UNPAID", 0, False, 0, 0, 0, 0, 0, 5000)]
    assert case.sql("SELECT right(order_id, 3), sku, quantity, gross_minor, seller_discount_minor, platform_discount_minor, category"
                    " FROM warehouse.fact_sales WHERE booked ORDER BY 1, 2") == [
        ("111", "1729000000000000101", 1, 5000, 500, 500, "Home/Lamps"),
        ("222", "1729000000000000101", 1, 5000, 1000, 200, "Home/Lamps"),
        ("222", "1729000000000000202", 2, 1998, 199, 0, "Home/Kitchen"),
        ("666", "1729000000000000202", 2, 1998, 0, 0, "Home/Kitchen")]
    # 03/30/2026 11:15:07 PM in Los Angeles is the 31st in UTC, and a sale of the 30th.
    assert case.sql("SELECT to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS'), day::text FROM warehouse.fact_orders"
                    " WHERE order_id LIKE '%111'") == [("2026-03-31 06:15:07", "2026-03-30")]
    assert case.sql("SELECT day::text, orders, units, gross_minor FROM warehouse.agg_daily_sales ORDER BY 1") == [
        ("2026-03-30", 1, 1, 5000), ("2026-03-31", 1, 3, 6998), ("2026-04-02", 1, 2, 1998)]
    assert case.sql("SELECT platform, market, currency, amount_scale FROM warehouse.dim_shop WHERE shop_id = 'shop-us'") == [
        ("tiktok_shop", "US", "USD", 2)]
    assert case.sql("SELECT refund_id, initiator, flags, quantities, amounts_minor, restocked, reason FROM warehouse.fact_refunds") == [
        ("577000000000000333-refunds", "BUYER", 0, [1], [999], [True], "Cancel")]
    assert case.value("SELECT count(*) FROM warehouse.fact_orders WHERE buyer_key ~ 'invented|anna|bo'") == 0
    assert case.value("SELECT count(DISTINCT buyer_key) FROM warehouse.fact_orders") == 5
    case.run("verify")

    before = case.facts()
    case.run("import", "tiktok-orders", "--shop", "shop-us", FIXTURES / "us.csv")
    case.run("run", "--until-end")
    assert case.facts() == before
    case.run("verify")


def test_the_indonesian_export_lands_as_written_here(tiktok_case):
    case = tiktok_case
    dry = json.loads(case.run("import", "tiktok-orders", "--shop", "shop-id", "--dry-run", "--json", FIXTURES / "id.csv").stdout)
    assert (dry["currency"], dry["timezone"], dry["totals"]["customer_total"], dry["findings"]) == ("IDR", "Asia/Jakarta", "393360", [])
    case.run("import", "tiktok-orders", "--shop", "shop-id", FIXTURES / "id.csv")
    case.run("run", "--until-end")
    # flags: 16 cash on delivery
    assert case.sql("SELECT right(order_id, 3), status, flags, platform, currency, amount_scale, buyer_fees_minor, customer_total_minor,"
                    " to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS'), day::text FROM warehouse.fact_orders ORDER BY 1") == [
        ("123", "COMPLETED", 0, None, "IDR", 0, 1000, 93360, "2026-05-13 16:59:59", "2026-05-13"),
        ("456", "SHIPPED", 16, "tokopedia", "IDR", 0, 0, 200000, "2026-06-01 03:00:00", "2026-06-01"),
        ("789", "CANCELLED", 0, None, "IDR", 0, 0, 100000, "2026-06-02 04:00:00", "2026-06-02")]
    assert case.sql("SELECT gross_minor, seller_discount_minor, platform_discount_minor FROM warehouse.fact_sales WHERE order_id LIKE '%123'") == [
        (100000, 9000, 3640)]
    case.run("verify")


def test_nothing_is_sent_where_a_file_behind_a_good_one_is_damaged(tiktok_case, tmp_path):
    case = tiktok_case
    damaged = tmp_path / "damaged.csv"
    damaged.write_text((FIXTURES / "us.csv").read_text(encoding="utf-8-sig").replace('"577000000000000666\t"', "5.77E+17"))
    done = case.run("import", "tiktok-orders", "--shop", "shop-us", FIXTURES / "us.csv", damaged, expect=65)
    assert f"{damaged}:9:1: Order ID 5.77E+17 was rounded by a spreadsheet" in done.stderr
    done = case.run("import", "tiktok-orders", FIXTURES / "us.csv", expect=64)
    assert "--shop" in done.stderr
    done = case.run("import", "tiktok-orders", "--shop", "shop-us", "--timezone", "America/Los_Angles", FIXTURES / "us.csv", expect=64)
    assert "America/Los_Angeles" in done.stderr
    case.run("run", "--until-end")
    assert case.value("SELECT count(*) FROM warehouse.fact_orders") == 0
