"""What the simulator says it settled and charged beyond the rules, against the warehouse: every statement, every leak, to the minor unit."""
import json
from collections import Counter

import pytest

SMALL = ("--shops", 5, "--days", 20, "--orders", 3000, "--start", "2026-01-01", "--leak-ppm", 30000)
DIRTY = ("--duplicate-ppm", 20000, "--late-ppm", 20000, "--malformed-ppm", 5000)
FIGURES = ("total", "gross", "seller_discount", "refund", "shipping", "platform_fee", "refund_admin_fee", "affiliate", "adjustment",
           "unknown", "ads", "reserve")
KINDS = {"referral_rate": "wrong_rate", "unknown_fee": "unknown_fee", "adjustment": "adjustment",
         "admin_fee_above_cap": "refund_fee_above_cap", "admin_fee_not_due": "fee_not_due"}


@pytest.fixture(params=[1, 2, 3])
def simulated(request, case):
    truth = case.folder / "truth.json"
    case.run("simulate", "--seed", request.param, "--truth", truth, *SMALL, *DIRTY)
    case.run("run", "--until-end")
    return case, json.loads(truth.read_text())


def leaks(case):
    return {(shop, order, kind): (excess, tolerance) for shop, order, kind, excess, tolerance in
            case.sql("SELECT shop_id, order_id, kind, (excess * 100)::int, (tolerance * 100)::int FROM analytics.fee_leaks")}


def test_every_statement_and_every_leak_is_found_and_nothing_else(simulated):
    case, truth = simulated
    held = {(row[0], row[1]): row[2:] for row in case.sql(
        "SELECT shop_id, statement_id, count(*)::int, " + ", ".join(f"(sum({name}) * 100)::bigint" for name in FIGURES) +
        " FROM analytics.settlements GROUP BY 1, 2")}
    expected = {(row["shop_id"], row["statement_id"]): (row["lines"], *(row[f"{name}_minor"] for name in FIGURES))
                for row in truth["statements"]}
    assert held == expected and len(held) > 30
    assert case.value("SELECT count(*) FROM analytics.statement_check WHERE difference <> 0 OR total_breaks + sales_breaks > 0") == 0
    assert case.value("SELECT sum(unknown_count)::int FROM analytics.statement_check") == sum(
        leak["kind"] == "unknown_fee" for leak in truth["leaks"])

    injected = {(leak["shop_id"], leak["order_id"], KINDS[leak["kind"]]): -leak["amount_minor"] for leak in truth["leaks"]}
    found = leaks(case)
    tolerance = dict(case.sql("SELECT order_id, (2 * count(*))::int FROM warehouse.fact_sales GROUP BY 1"))
    costs = {key: amount for key, amount in injected.items() if amount > tolerance[key[1]]}
    assert {key: excess for key, (excess, _) in found.items()} == costs
    assert len(Counter(kind for _, _, kind in found)) >= 4, "most kinds of leaks were injected"
    case.run("verify")


def test_a_settled_order_without_leaks_ends_where_its_rules_and_refunds_say(simulated):
    """Shipping is passed through; what is left are leaks, and refunds that no line has yet."""
    case, truth = simulated
    excused = {(row["shop_id"], row["order_id"]) for row in truth["leaks"] + truth["unsettled"]}
    off = case.sql("SELECT shop_id, order_id, net_difference FROM analytics.order_settlement WHERE status <> 'PROVISIONAL'"
                   " AND net_difference <> 0")
    assert [row for row in off if (row[0], row[1]) not in excused] == []
    assert case.value("SELECT count(*) FROM analytics.order_settlement WHERE status <> 'PROVISIONAL' AND net_difference = 0") > 500
    statuses = dict(case.sql("SELECT status, count(*)::int FROM analytics.order_settlement GROUP BY 1"))
    assert set(statuses) == {"PROVISIONAL", "PAID", "REFUNDED", "ADJUSTED"}, statuses
