"""TikTok Shop's settlement exports in the warehouse, to the minor unit, and against what the rules expected of their orders."""
import json
from decimal import Decimal

import pytest

from harness import ROOT

FIXTURES = ROOT / "tests/fixtures/tiktok_settlement"
US = ("--shop", "shop-us", FIXTURES / "us.csv")
INDONESIA = ("--shop", "shop-id", FIXTURES / "id.csv")


@pytest.fixture
def settled_case(make_case):
    case = make_case(shops={
        "shop-us": {"timezone": "America/Los_Angeles", "currency": "USD", "amount_scale": 2, "fees": str(ROOT / "deploy/fees/tiktok-us.yaml")},
        "shop-id": {"timezone": "Asia/Jakarta", "fees": str(ROOT / "deploy/fees/tiktok-id.yaml")}})
    case.migrate()
    return case


def dry_run(case, *arguments):
    return json.loads(case.run("import", "tiktok-settlement", "--dry-run", "--json", *arguments).stdout)


def test_a_dry_run_tells_the_totals_of_every_column_and_type_and_sends_nothing(settled_case):
    told = dry_run(settled_case, "--market", "US", *US)
    assert (told["sent"], told["currency"], told["totals"]["settlement_lines"]) == (0, "USD", 11)
    assert told["totals"]["total_settlement_amount"] == told["totals"]["sum_of_rows"] == "49.23"
    assert told["columns"]["Referral fee"] == {"class": "platform_fee", "lines": 6, "amount": "-9.66"}
    assert told["columns"]["Galaxy service fee"] == {"class": "unknown", "lines": 1, "amount": "-0.25"}
    assert {name: (kind["class"], kind["amount"]) for name, kind in told["types"].items()} == {
        "Order": ("order", "138.88"), "GMV payment for TikTok Ads": ("ads_payment", "-93.65"), "Logistics reimbursement": ("reimbursement", "5.00"),
        "Reserve": ("reserve", "0.00"), "Moon levy": ("unknown", "-1.00")}
    assert [(f["code"], f["line"], f["amount"]) for f in told["findings"]] == [
        ("unknown-column", 1, "-0.25"), ("column-passed-over", 3, None), ("unknown-type", 12, "-1.00"), ("settlement-differs", 13, "0.09")]


def test_the_american_export_lands_as_written_here_and_twice_is_once(settled_case):
    case = settled_case
    case.run("import", "tiktok-settlement", "--market", "US", *US)
    case.run("run", "--until-end")
    assert case.value("SELECT count(*) FROM tillstream.quarantine") == 0
    assert case.sql("SELECT right(transaction_id, 4), right(order_id, 3), right(sku, 3), type, total_minor FROM warehouse.fact_settlements"
                    " ORDER BY 1, 3, 5 DESC") == [
        ("0001", None, "", "ads_payment", -9365), ("0002", "222", "", "reimbursement", 500), ("0003", None, "", "reserve", -2000),
        ("0004", None, "", "reserve", 2000), ("0005", None, "", "unknown", -100), ("0111", "111", "101", "order", 3794),
        ("0222", "222", "101", "order", 3726), ("0222", "222", "202", "order", 1688), ("0666", "666", "202", "order", 1854),
        ("0666", "666", "202", "order", -1883), ("0999", "999", "101", "order", 4709)]
    assert case.value("SELECT sum(amount_minor)::bigint FROM warehouse.fact_settlement_lines") == 4923
    # 04/10/2026 in Los Angeles
    assert case.sql("SELECT DISTINCT to_char(settled_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI'), payout_id FROM warehouse.fact_settlements ORDER BY 1") == [
        ("2026-04-10 07:00", "3500000000000000011"), ("2026-04-20 07:00", None)]
    case.run("verify")

    before = case.facts()
    case.run("import", "tiktok-settlement", "--market", "US", *US)
    case.run("run", "--until-end")
    assert case.facts() == before
    case.run("verify")


def test_a_damaged_id_is_refused_with_line_and_column_and_nothing_is_sent(settled_case, tmp_path):
    case = settled_case
    damaged = tmp_path / "damaged.csv"
    damaged.write_text((FIXTURES / "us.csv").read_text(encoding="utf-8-sig").replace('"577000000000000666\t"', "5.77E+17", 1))
    done = case.run("import", "tiktok-settlement", "--market", "US", *US, damaged, expect=65)
    assert f"{damaged}:6:68: Order/adjustment ID 5.77E+17 was rounded by a spreadsheet: export the file again" in done.stderr
    case.run("run", "--until-end")
    assert case.value("SELECT count(*) FROM warehouse.fact_settlements") == 0
