"""Orders, items and payments of three files in the warehouse, to the cent."""
import json

import pytest

from harness import ROOT, SHARED

FIXTURES = ROOT / "tests/fixtures/olist"
ZONE = {"shops": {"olist": {"timezone": "America/Sao_Paulo"}}}


@pytest.fixture
def olist_case(make_case):
    case = make_case(**ZONE)
    case.migrate()
    return case


@pytest.fixture
def olist_folder():
    path = SHARED / "data/olist_sample"
    if not path.exists():
        pytest.skip(f"{path} is not there: the sample of the Olist data set is needed")
    return path


def test_the_olist_sample_lands_whole_and_twice_is_once(olist_case, olist_folder):
    case = olist_case
    dry = json.loads(case.run("import", "olist", "--dry-run", "--json", olist_folder).stdout)
    assert (dry["totals"]["gross"], dry["totals"]["shipping"], dry["totals"]["customer_total"]) == ("1093264.35", "172288.39", "1428602.81")
    assert dry["finding_kinds"]["payments-differ"] == {"count": 42, "amount": "458.12"}
    assert dry["finding_kinds"]["order-without-items"]["count"] == 775
    assert dry["sent"] == 0

    told = case.run("import", "olist", olist_folder).stderr
    assert told.count("payments-differ: order") == 42
    case.run("run", "--until-end")
    assert case.value("SELECT count(*) FROM tillstream.quarantine") == 0
    assert case.sql("SELECT count(*), sum(customer_total_minor)::bigint, sum(shipping_paid_minor)::bigint FROM warehouse.fact_orders") == [
        (8135, 142860281, 17228839)]
    assert case.sql("SELECT count(*), sum(gross_minor)::bigint FROM warehouse.fact_sales") == [(8365, 109326435)]
    assert case.value("SELECT count(*) FROM warehouse.fact_orders o"
                      " WHERE NOT EXISTS (SELECT FROM warehouse.fact_sales s WHERE s.order_key = o.order_key)") == 775
    assert case.sql("SELECT count(*), sum(d)::bigint FROM (SELECT o.customer_total_minor - o.shipping_paid_minor - sum(s.gross_minor) AS d"
                    " FROM warehouse.fact_orders o JOIN warehouse.fact_sales s USING (order_key) GROUP BY o.order_key,"
                    " o.customer_total_minor, o.shipping_paid_minor) AS differences WHERE d <> 0") == [(42, 45812)]
    assert case.sql("SELECT to_char(day, 'YYYY-MM') AS month, sum(customer_total_minor)::bigint FROM warehouse.fact_orders"
                    " WHERE to_char(day, 'YYYY-MM') IN ('2017-11', '2018-03', '2018-07') GROUP BY 1 ORDER BY 1") == [
        ("2017-11", 10591108), ("2018-03", 10550987), ("2018-07", 10266549)]
    assert dict(case.sql("SELECT status, count(*) FROM warehouse.fact_orders GROUP BY 1")) == {
        "DELIVERED": 5172, "SHIPPED": 1107, "CANCELLED": 625, "ON_HOLD": 609, "PAID": 314 + 301 + 2, "UNPAID": 5}
    assert case.value("SELECT count(DISTINCT buyer_key) FROM warehouse.fact_orders") == 8016
    assert case.value("SELECT count(*) FROM (SELECT FROM warehouse.fact_orders GROUP BY buyer_key HAVING count(*) > 1) AS repeated") == 73
    case.run("verify")

    before = case.facts()
    case.run("import", "olist", olist_folder)
    case.run("run", "--until-end")
    assert case.facts() == before
    case.rewind()
    case.run("run", "--until-end")
    assert case.facts() == before
    case.run("verify")


def test_the_olist_fixture_lands_as_written_here(olist_case):
    case = olist_case
    case.run("import", "olist", FIXTURES)
    case.run("run", "--until-end")
    assert case.sql("SELECT order_id, status, customer_total_minor, shipping_paid_minor, payment_method, to_char(created_at AT TIME ZONE 'UTC',"
                    " 'YYYY-MM-DD HH24:MI:SS'), day::text, booked FROM warehouse.fact_orders ORDER BY 1") == [
        ("o-1", "DELIVERED", 22480, 2500, "credit_card", "2018-02-10 23:57:05", "2018-02-10", True),
        ("o-2", "ON_HOLD", 8400, 0, "boleto", "2018-02-11 14:00:00", "2018-02-11", False),
        ("o-3", "UNPAID", 1702, 700, "credit_card", "2018-02-12 02:30:00", "2018-02-12", False),
        ("o-4", "CANCELLED", 2875, 325, "debit_card", "2018-02-12 11:00:00", "2018-02-12", False)]
    assert case.sql("SELECT order_id, line_id, sku, category, quantity, gross_minor FROM warehouse.fact_sales ORDER BY 1, 2") == [
        ("o-1", "1", "p-lamp", "furniture_decor", 1, 9990), ("o-1", "2", "p-lamp", "furniture_decor", 1, 9990),
        ("o-3", "1", "p-cup", "utilidades_xyz", 1, 1000), ("o-4", "1", "p-other", None, 1, 2550)]
    keys = dict(case.sql("SELECT order_id, buyer_key FROM warehouse.fact_orders"))
    assert keys["o-1"] == keys["o-3"] != keys["o-2"] and keys["o-4"] is None and len(keys["o-1"]) == 32
    case.run("verify")

    # o-3 was paid 0.02 more than 10 + 7; o-2 has no items.
    dry = json.loads(case.run("import", "olist", "--dry-run", "--json", FIXTURES).stdout)
    assert [(f["code"], f["order_id"], f["amount"]) for f in dry["findings"]] == [
        ("order-without-items", "o-2", "84.00"), ("payments-differ", "o-3", "0.02")]

    before = case.facts()
    case.run("import", "olist", FIXTURES)
    case.run("run", "--until-end")
    assert case.facts() == before


def test_nothing_is_sent_where_any_of_the_files_is_broken(olist_case, tmp_path):
    case = olist_case
    broken = tmp_path / "broken.csv"
    broken.write_text((FIXTURES / "payments.csv").read_text().replace("28.75", "28,75"))
    done = case.run("import", "olist", FIXTURES / "orders.csv", FIXTURES / "items.csv", broken, expect=65)
    assert f"{broken}:6:1: 6 fields where the first row has 5" in done.stderr
    done = case.run("import", "olist", FIXTURES / "orders.csv", FIXTURES / "payments.csv", expect=65)
    assert "without olist_order_items_dataset.csv" in done.stderr
    done = case.run("import", "uci-online-retail", "--shop", "x", FIXTURES / "orders.csv", expect=64)
    assert "--shop is not for uci-online-retail" in done.stderr
    case.run("run", "--until-end")
    assert case.value("SELECT count(*) FROM warehouse.fact_orders") == 0
