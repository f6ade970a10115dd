"""One order taken apart: the figures of worked examples, what is unknown, what was altered."""
import json

import pytest
import yaml

from harness import ROOT, seeded
from statements import line as settled
from statements import send as send_statements
from test_refunds import DAY, FEES, SHOP, START, event, line, order, read, refund, send


@pytest.fixture
def shop(make_case):
    case = make_case(**FEES)
    case.migrate()
    return case


def explain(case, order_id, shop=SHOP, expect=0, *args, **more):
    return case.run("explain", shop, order_id, *args, expect=expect, **more)


def has(text, *fragments):
    words = " ".join(text.split())
    for fragment in fragments:
        assert fragment in words, f"{fragment!r} is not in:\n{text}"


def test_the_worked_bridge_is_explained_from_list_price_to_net(shop):
    send(shop, "orders", order("o"))
    read(shop)
    text = explain(shop, "o").stdout
    has(text, "list 50.00 - seller_discount 5.00 + shipping_paid 5.99 = 50.99", "6 % of 50.99 = 3.0594, rounded 3.06",
        "list 50.00 - seller_discount 5.00 - platform_discount 5.00 = 40.00", "10 % of 40.00 = 4.00",
        "The buyer paid 49.14: goods 40.00, shipping 5.99, tax 3.15", "the order's creation, 2025-12-31 16:00:00 America/Los_Angeles",
        "knowledge 5982454398175018", "Cost of goods unknown: profit incomplete", "agrees with the stored row")
    assert [l.split()[-1] for l in text.splitlines() if l.startswith("  Net")] == ["45.00", "37.94", "45.00", "37.94"]
    assert "\033" not in text


def test_its_full_refund_gives_3_06_back_and_keeps_0_61(shop):
    send(shop, "orders", order("o"))
    send(shop, "refunds", refund("r", "o", [("1", 1, 4000, 315)], shipping=599))
    read(shop)
    text = explain(shop, "o").stdout
    has(text, "Comes back of referral, 3.06 3.06", "20 % of 3.06 that came back = 0.612", "cap 5.00 not reached",
        "Administration fee of referral, SKU sku-1 -0.61 -0.61", "Net of the refund -38.55 -0.61", "Net after refunds -0.61", "agrees with the stored row")


def test_a_partial_refund_says_what_stays_and_why(shop):
    send(shop, "orders", order("o", lines=[line("1"), line("2", 3, 2000, 300, 0)]))
    send(shop, "refunds", refund("r-1", "o", [("2", 1, 1900, 0)]), refund("r-2", "o", [("2", 0, 100, 0)], at=START + 4 * DAY),
         refund("r-3", "o", [], at=START + 5 * DAY, chargeback=True, case_fee=1500),
         refund("r-4", "o", [("9", 1, 500, 0)], at=START + 6 * DAY))
    read(shop)
    text = explain(shop, "o").stdout
    has(text, "Refund r-1", "Line 2, sku-2: 1 unit, restocked", "until the settlement it is taken to be kept",
        "Chargeback r-3", "Fee of the case -15.00", "of a line that the order does not have", "Given back for no line of the order -5.00",
        "agrees with the stored row")


def test_an_altered_refund_is_named(shop):
    send(shop, "orders", order("o"))
    send(shop, "refunds", refund("r", "o", [("1", 1, 4000, 315)]))
    read(shop)
    shop.sql("UPDATE warehouse.fact_refund_lines SET admin_fee_minor = 60")
    has(explain(shop, "o", expect=1).stdout, "refund r, line 1, admin_fee_minor: stored 60, computed 61")
    shop.sql("UPDATE warehouse.fact_refunds SET amounts_minor = ARRAY[-5]")
    has(explain(shop, "o", expect=1).stdout, "refund r, row: stored accepted, computed impossible_amount")
    shop.sql("DELETE FROM warehouse.fact_refund_lines; UPDATE warehouse.fact_refunds SET amounts_minor = ARRAY[4000]")
    has(explain(shop, "o", expect=1).stdout, "refund r, line 1, row: stored none, computed there is one")


def test_what_was_settled_stands_beside_what_is_expected(shop):
    """Referral 8 % of 50.99 = 4.08 where 3.06 is due, and a fee that has no name here; then all of it comes back."""
    send(shop, "orders", order("o"), order("p"))
    send(shop, "refunds", refund("r", "o", [("1", 1, 4000, 315)]))
    send_statements(shop, "settlements", [
        settled(SHOP, "t1", {"Total settlement amount": 3690, "Net sales": 4500, "Gross sales": 5000, "Seller discount": -500,
                             "Fees": -810, "Referral fee": -408, "Affiliate Commission": -400, "Odd fee": -2}, order_id="o", payout_id="p1"),
        settled(SHOP, "t2", {"Total settlement amount": -3855, "Net sales": -4500, "Gross sales refund": -5000, "Seller discount refund": 500,
                             "Fees": 645, "Referral fee": 306, "Refund administration fee": -61, "Affiliate Commission": 400},
                order_id="o", statement="st-2", settled_at=START + 30 * DAY)])
    read(shop)
    has(explain(shop, "o").stdout, "Settlement, ADJUSTED", "Platform fee 0.00 -1.02 -1.02", "Administration fee of refunds -0.61 -0.61 0.00",
        "Without a name here -0.02 -0.02", "Net, settled against expected -0.61 -1.65 -1.04", "statement st-2, transaction t2",
        "agrees with the stored row")
    has(explain(shop, "p").stdout, "not settled yet")
    shop.sql("UPDATE warehouse.fact_settlements SET amounts_minor[array_position(string_to_array(fields, ','), 'referral_fee')] = -410 WHERE transaction_id = 't1'")
    has(explain(shop, "o", expect=1).stdout, "settlement t1, total_minor: stored 3690, computed 3688")


def costs(**units):
    return [event("unit_costs", event_id=f"c-{sku}", shop_id=SHOP, sku=sku, currency="USD", amount_scale=2, unit_cost=cost,
                  valid_from=START - DAY, revision=1, occurred_at=START) for sku, cost in units.items()]


def test_a_bundle_costs_what_its_components_do_and_restocked_goods_give_it_back(shop):
    send(shop, "orders", order("o", lines=[line("1", 3, 2000, 300, 0)]))
    send(shop, "refunds", refund("r", "o", [("1", 1, 1900, 0)]))
    read(shop)
    has(explain(shop, "o").stdout, "Cost of goods unknown: profit incomplete", "1 x sku-1 of unknown cost")
    send(shop, "catalog", *costs(mug=350, box=100), event(
        "sku_mappings", event_id="m", shop_id=SHOP, platform_sku="sku-1", valid_from=START - DAY, revision=1, occurred_at=START,
        components=[{"sku": "mug", "quantity": 2}, {"sku": "box", "quantity": 1}]))
    read(shop)
    has(explain(shop, "o").stdout, "1 x box at 1.00, 2 x mug at 3.50", "Cost of goods -24.00",
        "Cost of what came back and can be sold again 8.00", "agrees with the stored row")
    shop.sql("UPDATE warehouse.fact_sales SET cost_minor = 1")
    has(explain(shop, "o", expect=1).stdout, "line 1, cost_minor: stored 1, computed 2400")


def test_the_same_as_json_for_programs(shop):
    send(shop, "orders", order("o", lines=[line("1"), line('2"', 3, 1999, 100, 50)]))
    send(shop, "refunds", refund("r", "o", [("1", 1, 4000, 315)]))
    read(shop)
    told = json.loads(explain(shop, "o", SHOP, 0, "--json").stdout)
    assert told["agrees"] and told["differences"] == [] and told["rule_set"] == told["stored_rule_set"]
    assert [l["line_id"] for l in told["lines"]] == ["1", '2"']
    for fee in told["fees"]:
        assert sum(term["sign"] * term["amount_minor"] for term in fee["base"]) == fee["base_minor"]
        assert sum(fee["split_minor"]) == sum(step["amount_minor"] for step in fee["steps"]) == fee["amount_minor"]
    assert told["fees"][-1]["total_minor"] == told["net_minor"] == sum(l["net_minor"] for l in told["lines"])
    assert told["refunds"][-1]["total_minor"] == told["net_after_refunds_minor"]
    assert told["cost_minor"] is told["profit_minor"] is None and told["settlement"]["status"] == "PROVISIONAL"
    shop.sql("UPDATE warehouse.fact_sales SET net_minor = 0 WHERE line_no = 2")
    told = json.loads(explain(shop, "o", SHOP, 1, "--json").stdout)
    assert not told["agrees"] and {"where": "line 2", "column": "net_minor", "stored": "0", "computed": str(told["lines"][1]["net_minor"])} \
        in told["differences"]


def test_200_orders_of_a_simulation_agree_to_the_minor_unit(case):
    case.run("simulate", "--seed", 7, "--shops", 6, "--days", 20, "--orders", 3000, "--duplicate-ppm", 20000, "--late-ppm", 20000)
    read(case)
    orders = case.sql("SELECT shop_id, order_id FROM analytics.orders ORDER BY shop_id, order_id")
    refunded = set(case.sql("SELECT shop_id, order_id FROM analytics.refunds WHERE NOT parked"))
    chosen = seeded(7).sample(orders, 150) + seeded(8).sample(sorted(refunded), 50)
    nets = dict(((shop, order_id), net) for shop, order_id, net in case.sql(
        "SELECT s.shop_id, f.order_id, sum(f.net_minor)::int8 FROM warehouse.fact_sales f JOIN warehouse.dim_shop s USING (shop_key)"
        " GROUP BY 1, 2"))
    for shop_id, order_id in chosen:
        told = json.loads(explain(case, order_id, shop_id, 0, "--json").stdout)
        assert told["agrees"] and told["net_minor"] == nets[shop_id, order_id], (shop_id, order_id)
        assert sum(fee["amount_minor"] for fee in told["fees"]) == \
            told["gross_minor"] - told["seller_discount_minor"] - told["net_minor"]


PACKS = sorted(path.stem for path in (ROOT / "deploy/fees").glob("*.yaml"))


def pack_order(pack, shop, taxes_included):
    rules = yaml.safe_load((ROOT / f"deploy/fees/{pack}.yaml").read_text())
    market = rules.get("market") or "US"
    scale = rules.get("amount_scale", 2)
    unit = 10 ** scale * (10 if scale else 10000)
    lines = [{"line_id": str(n), "platform_sku": f"sku-{n % 2}", "category": category, "quantity": n, "unit_list": unit * n + 7,
              "seller_discount": n * 11, "platform_discount": n * 5, "tax": n * 13} for n, category in ((1, None), (2, "Electronics"), (3, "Toys"))]
    paid = sum(l["unit_list"] * l["quantity"] - l["seller_discount"] - l["platform_discount"] for l in lines)
    return event("orders", event_id=f"e-{shop}", shop_id=shop, order_id="o", revision=START, status="DELIVERED", platform="tiktok_shop",
                 market=market[0] if isinstance(market, list) else market, currency=rules.get("currency", "USD"), amount_scale=scale,
                 created_at=START, paid_at=START, shipped_at=START, delivered_at=START + DAY, occurred_at=START,
                 shipping={"list": 99, "seller_discount": 0, "platform_discount": 0, "paid": 99}, payment_platform_discount=3, buyer_fees=2,
                 tax=78, customer_total=paid + 98, taxes_included=taxes_included, affiliate={"creator": "c", "rate_ppm": 75000}, lines=lines), lines


def test_an_order_of_every_pack_agrees_with_and_without_tax_in_its_prices(make_case):
    shops = {f"{pack}{'-taxed' if taxed else ''}": (pack, taxed) for pack in PACKS for taxed in (False, True)}
    case = make_case(**{f"shops__{shop}": {"timezone": "Asia/Jakarta", "fees": str(ROOT / f"deploy/fees/{pack}.yaml")}
                        for shop, (pack, _) in shops.items()})
    case.migrate()
    for shop, (pack, taxed) in shops.items():
        send(case, "orders", pack_order(pack, shop, taxed)[0], shop=shop)
    read(case)
    assert case.value("SELECT count(*) FROM tillstream.quarantine") == 0
    for shop, (pack, taxed) in shops.items():
        told = json.loads(explain(case, "o", shop, 0, "--json").stdout)
        assert told["agrees"] and told["rule_set"].startswith(f"{pack}@") and bool(told["fees"]) == (pack not in ("none", "tokopedia-legacy"))
        assert [l["gross_minor"] + (l["tax_minor"] if taxed else 0) for l in told["lines"]] == \
            [l["unit_list"] * l["quantity"] for l in pack_order(pack, shop, taxed)[1]]
        for fee in told["fees"]:
            assert sum(term["sign"] * term["amount_minor"] for term in fee["base"]) == fee["base_minor"]
        has(explain(case, "o", shop).stdout, "agrees with the stored row", *(["Tax in the price: not yours"] if taxed else []))


def test_a_refund_that_waits_for_its_order_is_mentioned(shop):
    send(shop, "refunds", refund("r", "o", [("1", 1, 4000, 315)]))
    read(shop)
    assert "1 refund of it waits here" in explain(shop, "o", expect=65).stderr


def test_what_is_not_there_is_answered_with_what_is_nearby(shop):
    send(shop, "orders", order("Order-1001"), order("Order-1002"), order("other"))
    read(shop)
    assert 'did you mean \\"Order-1001\\"' in explain(shop, "order-1001", expect=65).stderr
    assert "Order-1001, Order-1002" in explain(shop, "Order-10", expect=65).stderr
    assert 'did you mean \\"Order-1002\\"' in explain(shop, "Order-10022", expect=65).stderr
    assert 'did you mean \\"shop-r\\"' in explain(shop, "other", "Shop-R", 65).stderr
    assert "shop shop-r has an order of this id" in explain(shop, "other", "elsewhere", 65).stderr
    assert explain(shop, "nothing", expect=65).stdout == ""
    assert shop.run("explain", SHOP, expect=64).stdout == ""


@pytest.mark.parametrize("change, found", [
    ("fact_sales SET platform_fee_minor = 307", "line 1, platform_fee_minor: stored 307, computed 306"),
    ("fact_sales SET net_minor = net_minor + 1", "line 1, net_minor: stored 3795, computed 3794"),
    ("fact_sales SET seller_discount_minor = 400", "line 1, platform_fee_minor: stored 306, computed 312"),
    ("fact_sales SET quantity = 3", "order, row: stored accepted, computed impossible_line"),
    ("fact_sales SET gift = true", "order, lines_hash: the lines are not those that were written"),
    ("fact_orders SET booked = false", "order, booked: stored false, computed true"),
    ("fact_orders SET buyer_key = 'b'", "order, row_hash: the row is not the one that was written"),
    ("fact_orders SET shipping_paid_minor = 0", "line 1, shipping_share_minor: stored 599, computed 0"),
])
def test_an_altered_row_is_named_column_by_column(shop, change, found):
    send(shop, "orders", order("o"))
    read(shop)
    shop.sql(f"UPDATE warehouse.{change}")
    text = explain(shop, "o", expect=1).stdout
    has(text, "DIFFERS from the stored row", found)


def test_another_schedule_than_the_stored_one_is_named(shop):
    send(shop, "orders", order("o"))
    read(shop)
    shop.configure(**{"shops__shop-r": {"timezone": "UTC", "fees": str(ROOT / "deploy/fees/none.yaml")}})
    text = explain(shop, "o", expect=1).stdout
    has(text, "fees by the schedule none@", "It was stored with tiktok-us@", "line 1, platform_fee_minor: stored 306, computed 0")
