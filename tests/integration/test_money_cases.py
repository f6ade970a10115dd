"""The edge cases of money that cross events, by their numbers: from Kafka to the warehouse. Which test proves which case stands in
tests/unit/core/test_money_cases.c. All share one database; each has a shop of its own, and figures by hand."""
from decimal import Decimal

import pytest

from avro import encode
from harness import ROOT, Case
from statements import DAY_US, START_US, line, order, send

FEES = {name: str(ROOT / f"deploy/fees/{name}.yaml") for name in ("tiktok-us", "tiktok-id", "none")}
HOUR_US = 3_600_000_000


@pytest.fixture(scope="module")
def case(rig, tmp_path_factory):
    shops = {"default": {"timezone": "UTC", "fees": FEES["tiktok-us"]}, "case-13": {"timezone": "Asia/Jakarta", "fees": FEES["tiktok-id"]},
             "case-16": {"timezone": "Asia/Jakarta", "fees": FEES["tiktok-id"]},
             "case-46": {"timezone": "America/New_York", "fees": FEES["none"]}}
    case = Case(rig, tmp_path_factory.mktemp("money"), shops=shops)
    case.migrate()
    yield case
    case.close()


def play(case, **topics):
    """Events by topic, read in one run."""
    for topic, events in topics.items():
        if topic == "catalog":
            case.produce(topic, [(event["shop_id"], encode("sku_mappings" if "components" in event else "unit_costs", event), None)
                                 for event in events])
        else:
            send(case, topic, events)
    case.run("run", "--until-end")


def bridge(shop, order_id="o1", **fields):
    """List 50.00 less 5.00; 5.00 of the platform's; shipping 5.99. Referral 6 % of 50.99 = 3.06, creator 10 % of 40.00 = 4.00: 37.94."""
    return order(shop, order_id, [("sku-a", 5000, 500, 500)],
                 **{"shipping": {"list": 599, "seller_discount": 0, "platform_discount": 0, "paid": 599},
                    "affiliate": {"creator": "c", "rate_ppm": 100_000}, **fields})


def settled(shop, transaction_id="t1", order_id="o1", **fields):
    return line(shop, transaction_id, {"Total settlement amount": 3794, "Net sales": 4500, "Gross sales": 5000, "Seller discount": -500,
                                       "Fees": -706, "Referral fee": -306, "Affiliate Commission": -400}, order_id=order_id, **fields)


def refund(shop, refund_id="r1", order_id="o1", lines=(("1", 1, 4000, False),), at=START_US + 5 * DAY_US, revision=1, **fields):
    return {"event_id": f"{shop}-{refund_id}-{revision}", "shop_id": shop, "refund_id": refund_id, "order_id": order_id, "revision": revision,
            "occurred_at": at, "currency": "USD", "amount_scale": 2, "initiator": "BUYER", "shipped_before": True, "shipping_refund": 0,
            "discrepancy": 0, "lines": [{"line_id": i, "quantity": q, "amount": a, "tax": 0, "restocked": r} for i, q, a, r in lines], **fields}


def cost(shop, sku, minor, at=START_US - DAY_US, **fields):
    return {"event_id": f"{shop}-{sku}-{at}", "shop_id": shop, "sku": sku, "revision": 1, "valid_from": at, "valid_to": None, "currency": "USD",
            "amount_scale": 2, "unit_cost": minor, "occurred_at": START_US, **fields}


def mapping(shop, sku, components, at=START_US - DAY_US):
    return {"event_id": f"{shop}-{sku}-{at}", "shop_id": shop, "platform_sku": sku, "revision": 1, "valid_from": at, "valid_to": None,
            "occurred_at": START_US, "components": [{"sku": c, "quantity": q} for c, q in components.items()]}


def spend(shop, minor, revision=1, day=START_US // DAY_US, **fields):
    return {"event_id": f"{shop}-{day}-{revision}", "shop_id": shop, "platform": "tiktok_ads", "account_id": "1", "campaign_id": "1", "day": day,
            "timezone": "UTC", "revision": revision, "currency": "USD", "amount_scale": 2, "spend": minor, "occurred_at": START_US, **fields}


def sales(case, shop, columns="gross_minor, seller_discount_minor, platform_fee_minor, affiliate_commission_minor, net_minor, cost_minor"):
    return case.sql(f"SELECT {columns} FROM warehouse.fact_sales f JOIN warehouse.dim_shop s USING (shop_key) WHERE s.shop_id = %s"
                    " ORDER BY order_id, line_no", shop)


def daily(case, shop, columns="day::text, orders, net::float, refund_net::float"):
    return case.sql(f"SELECT {columns} FROM analytics.daily_sales WHERE shop_id = %s ORDER BY day", shop)


def test_case_05_taxes_in_the_price_are_no_sales(case):
    """20 % inside: 120.00 has 20.00 and 60.00 less 12.00 has 8.00. Fees are on what is asked for: 6 % of 168.00 = 10.08, 7.20 and 2.88. All
    of the second comes back: 40.00 without tax."""
    sold = order("case-05", "o1", [("a", 12000, 0, 0), ("b", 6000, 1200, 0)], taxes_included=True, tax=2800, customer_total=16800)
    sold["lines"][0]["tax"], sold["lines"][1]["tax"] = 2000, 800
    play(case, orders=[sold], refunds=[refund("case-05", lines=[("2", 1, 4000, False)])])
    assert sales(case, "case-05", "gross_minor, seller_discount_minor, platform_fee_minor, net_minor") == [
        (10000, 0, 720, 9280), (5200, 1200, 288, 3712)]
    assert daily(case, "case-05") == [("2026-01-01", 1, 129.92, 0), ("2026-01-06", 0, 0, 40)]
    words = " ".join(case.run("explain", "case-05", "o1").stdout.split())
    for fragment in ("List price of 2 lines 180.00 180.00", "Taxes in the prices: not yours -28.00 152.00", "List price 120.00 x 1 120.00",
                     "The buyer paid 168.00: goods 140.00, tax 28.00", "agrees with the stored row"):
        assert fragment in words, f"{fragment!r} is not in {words}"


def test_case_09_a_refund_after_settlement_adjusts_and_stands_on_its_own_day(case):
    back = line("case-09", "t2", {"Total settlement amount": -3855, "Net sales": -4500, "Gross sales refund": -5000, "Seller discount refund": 500,
                                  "Fees": 645, "Referral fee": 306, "Refund administration fee": -61, "Affiliate Commission": 400},
                order_id="o1", statement="st-2", settled_at=START_US + 40 * DAY_US)
    play(case, orders=[bridge("case-09")], settlements=[settled("case-09")])
    status = "SELECT status, settled_net::text FROM analytics.order_settlement WHERE shop_id = 'case-09'"
    assert case.sql(status) == [("SETTLED", "37.94")]
    play(case, refunds=[refund("case-09")], settlements=[back])
    assert case.sql(status) == [("ADJUSTED", "-0.61")]
    assert daily(case, "case-09") == [("2026-01-01", 1, 37.94, 0), ("2026-01-06", 0, 0, 38.55)], "of the order's day, and of the refund's"
    assert case.sql("SELECT day::text, order_day::text FROM warehouse.fact_refund_lines JOIN warehouse.dim_shop USING (shop_key)"
                    " WHERE shop_id = 'case-09'") == [("2026-01-06", "2026-01-01")]


def test_case_08_10_and_11_the_administration_fee_follows_the_rule_of_the_order(case):
    """20 % of 3.06 = 0.61, but nothing where the buyer cancels before shipping. A part of the price keeps the fee, and says so."""
    early = dict(shipped_before=False)
    play(case, orders=[bridge("case-08", name) for name in ("buyer", "later", "part", "seller")],
         refunds=[refund("case-08", "r1", "buyer", **early), refund("case-08", "r2", "later"),
                  refund("case-08", "r3", "part", [("1", 0, 1000, False)]), refund("case-08", "r4", "seller", initiator="SELLER", **early)])
    refunds = ("SELECT order_id, fees_returned::float, affiliate_commission_returned::float, admin_fee::float, findings FROM analytics.refunds"
               " WHERE shop_id = 'case-08' ORDER BY 1")
    assert case.sql(refunds) == [("buyer", 3.06, 4, 0, []), ("later", 3.06, 4, 0.61, []), ("part", 0, 1, 0, ["fees_assumed_kept"]),
                                 ("seller", 3.06, 4, 0.61, [])]
    play(case, refunds=[refund("case-08", "r5", "part", [("1", 1, 3000, False)], at=START_US + 6 * DAY_US)])
    assert [row[1:4] for row in case.sql(refunds) if row[0] == "part"] == [(0, 1, 0), (3.06, 3, 0.61)]
    for name in ("buyer", "part", "seller"):
        case.run("explain", "case-08", name)


def test_case_13_fees_of_a_delivered_order_stay_and_those_of_one_on_its_way_come_back(case):
    """Commission in proportion; processing 1,250 and the dynamic commission once it was delivered not at all. The delivery may be
    told after the refund: what comes back is computed anew."""
    sold = [order("case-13", name, [("sku-a", 100_000, 0, 0)], currency="IDR", scale=0, market="ID", status="SHIPPED",
                  shipped_at=START_US + DAY_US) for name in ("gone", "here")]
    back = [refund("case-13", f"r-{name}", name, [("1", 1, 100_000, False)], currency="IDR", amount_scale=0) for name in ("gone", "here")]
    play(case, orders=sold, refunds=back)
    fees = ("SELECT f.order_id, (platform_fee_minor + payment_fee_minor + other_fees_minor - r.fees_returned_minor)::int"
            " FROM warehouse.fact_sales f JOIN warehouse.dim_shop s USING (shop_key) JOIN warehouse.fact_refund_lines r"
            " USING (shop_key, order_id, line_no) WHERE s.shop_id = 'case-13' ORDER BY 1")
    assert case.sql(fees) == [("gone", 0), ("here", 0)], "the order is on its way: every fee is reversed or comes back"
    play(case, orders=[{**sold[1], "status": "DELIVERED", "delivered_at": START_US + 3 * DAY_US, "revision": START_US + 9 * DAY_US}])
    (_, gone), (_, kept) = case.sql(fees)
    assert gone == 0 and kept > 1250
    case.run("explain", "case-13", "here")
    case.run("verify")


def test_case_16_rupiah_have_no_cents(case):
    """From 2026-02-13 on a fee of 8 % is not split: here only that every figure is whole and that the shop takes no other scale."""
    rupiah = order("case-16", "o1", [("sku-a", 91007, 0, 0)], currency="IDR", scale=0, buyer_fees=2006, customer_total=93013, market="ID")
    cents = order("case-16", "o2", [("sku-a", 91007, 0, 0)], currency="IDR", scale=2, market="ID")
    play(case, orders=[rupiah, cents])
    ((gross, net, fees),) = sales(case, "case-16", "gross_minor, net_minor, platform_fee_minor + payment_fee_minor + other_fees_minor")
    assert gross == 91007 and net == gross - fees and fees > 1250
    assert daily(case, "case-16", "gross::text, net::text") == [("91007", str(net))]


def test_case_17_the_buyers_euros_are_kept_and_the_moved_rate_has_a_line_of_its_own(case):
    """49.14 USD were 45.50 EUR at 1.08. All of them back at 1.10 are 50.05 USD where 49.14 were sold: 0.91 more, and 0.61 of the
    referral fee. A second one, of pounds that nobody paid in, is booked as it is stated, and says so."""
    euros = {"currency": "EUR", "amount_scale": 2, "total": 4550}
    play(case, orders=[bridge("case-17-fx", customer_total=4914, presentment={**euros, "rate_ppb": 1_080_000_000}), bridge("case-17-fx", "o2")],
         refunds=[refund("case-17-fx", presentment={**euros, "rate_ppb": 1_100_000_000}),
                  refund("case-17-fx", "r2", "o2", presentment={**euros, "currency": "GBP", "rate_ppb": 1_250_000_000})])
    assert case.sql("SELECT customer_total::text, presentment_total::text, presentment_currency, fx_rate::float FROM analytics.orders"
                    " WHERE shop_id = 'case-17-fx' ORDER BY order_id") == [("49.14", "45.50", "EUR", 1.08), ("0.00", None, None, None)]
    assert case.sql("SELECT presentment_total::text, fx_rate::float, fx::text, net::text, findings FROM analytics.refunds"
                    " WHERE shop_id = 'case-17-fx' ORDER BY order_id") == [
        ("45.50", 1.1, "0.91", str(Decimal("38.55") + Decimal("0.91")), []), ("45.50", 1.25, "0.00", "38.55", ["other_presentment"])]
    assert case.sql("SELECT exchange_difference::text, net_seller_revenue::text FROM analytics.order_profit WHERE shop_id = 'case-17-fx'"
                    " ORDER BY order_id") == [("0.91", "-1.52"), ("0.00", "-0.61")]
    assert case.sql("SELECT sum(estimated)::text FROM analytics.profit_bridge WHERE shop_id = 'case-17-fx' AND period = 'month'"
                    " AND step = 'exchange'") == [("-0.91",)]
    assert case.value("SELECT kind FROM analytics.findings WHERE shop_id = 'case-17-fx'") == "refund_other_presentment"
    text = " ".join(case.run("explain", "case-17-fx", "o1").stdout.split())
    assert "Stated to the buyer as 45.50 EUR, at 1.080000000 USD for 1 EUR" in text and "Difference of exchange -0.91" in text
    case.run("explain", "case-17-fx", "o2")


def test_case_17_a_rate_that_is_none_is_refused(case):
    play(case, orders=[bridge("case-17-rate", presentment={"currency": "EUR", "amount_scale": 2, "total": 4550, "rate_ppb": 0})])
    assert case.sql("SELECT reason FROM tillstream.quarantine WHERE key = %s", b"case-17-rate") == [("impossible_rate",)]


def test_case_17_an_order_in_another_currency_is_refused_and_counted(case):
    play(case, orders=[bridge("case-17")])
    play(case, orders=[bridge("case-17", "o2", currency="EUR")])
    assert case.sql("SELECT reason FROM tillstream.quarantine WHERE key = %s", b"case-17") == [("wrong_currency",)]
    assert daily(case, "case-17", "currency, orders") == [("USD", 1)]


def test_case_18_twice_or_late_changes_no_byte(case):
    later = bridge("case-18", revision=START_US + DAY_US, status="DELIVERED")
    play(case, orders=[later])
    before = sales(case, "case-18", "f.*"), daily(case, "case-18", "*")
    play(case, orders=[later, bridge("case-18"), later])
    assert (sales(case, "case-18", "f.*"), daily(case, "case-18", "*")) == before
    assert case.value("SELECT status FROM warehouse.fact_orders JOIN warehouse.dim_shop USING (shop_key) WHERE shop_id = 'case-18'") == "DELIVERED"


def test_case_19_a_refund_before_its_order_is_parked_and_then_applied(case):
    play(case, refunds=[refund("case-19")])
    parked = "SELECT parked, net::float FROM analytics.refunds WHERE shop_id = 'case-19'"
    assert case.sql(parked) == [(True, 0)] and daily(case, "case-19") == []
    play(case, orders=[bridge("case-19")])
    assert case.sql(parked) == [(False, 38.55)]
    assert daily(case, "case-19") == [("2026-01-01", 1, 37.94, 0), ("2026-01-06", 0, 0, 38.55)]


def test_case_20_an_order_its_export_and_its_mirror_are_one_sale(case):
    mirror = bridge("case-20", "shopify-1", platform="shopify", mirror=True, linked_order_id="o1")
    play(case, orders=[bridge("case-20"), {**bridge("case-20"), "event_id": "export"}, mirror])
    assert daily(case, "case-20") == [("2026-01-01", 1, 37.94, 0)]
    assert [booked for booked, in sales(case, "case-20", "booked")] == [True, False], "kept, for logistics"


def test_case_18_a_refund_that_names_another_order_later_is_found(case):
    """By shop, order and id there are two, and both count: a person has to say which one is meant."""
    play(case, orders=[bridge("case-18-r"), bridge("case-18-r", "o2")], refunds=[refund("case-18-r")])
    play(case, refunds=[refund("case-18-r", order_id="o2", revision=2)])
    assert case.sql("SELECT kind, reference, amount::float FROM analytics.findings WHERE shop_id = 'case-18-r'"
                    " AND kind LIKE 'refund%'") == [
        ("refund_of_two_orders", "o1/r1, o2/r1", 80)]


def test_case_22_a_sample_is_no_order_but_marketing_for_its_creator(case):
    """Goods 12.00 and the way 5.99, beside ads of 10.00: 27.99 of marketing for 45.00 of net sales of the one order."""
    sample = bridge("case-22", "given", sample=True, shipping={"list": 599, "seller_discount": 599, "platform_discount": 0, "paid": 0})
    sample["lines"][0]["seller_discount"], sample["lines"][0]["platform_discount"] = 5000, 0
    play(case, orders=[sample, bridge("case-22", "sold")], catalog=[cost("case-22", "sku-a", 1200)], ad_spend=[spend("case-22", 1000)])
    assert daily(case, "case-22") == [("2026-01-01", 1, 37.94, 0)]
    assert sales(case, "case-22", "booked, net_minor + platform_fee_minor, cost_minor") == [(False, 0, 1200), (True, 4100, 1200)]
    assert case.sql("SELECT order_id, creator, units::int, cost::text, shipping::text, marketing_cost::text FROM analytics.samples"
                    " WHERE shop_id = 'case-22'") == [("given", "c", 1, "12.00", "5.99", "17.99")]
    assert case.sql("SELECT orders::int, aov, sample_cost::text, marketing::text, mer FROM analytics.kpi_daily WHERE shop_id = 'case-22'") == [
        (1, 45, "17.99", "27.99", Decimal("1.607717"))]
    assert case.sql("SELECT step, estimated::text FROM analytics.profit_bridge WHERE shop_id = 'case-22' AND period = 'day' AND step IN"
                    " ('gross_sales', 'cost_of_goods', 'samples', 'replacements') ORDER BY step_no") == [
        ("gross_sales", "50.00"), ("cost_of_goods", "-12.00"), ("samples", "-17.99"), ("replacements", "0.00")]
    assert case.value("SELECT count(*) FROM analytics.order_profit WHERE shop_id = 'case-22'") == 1


def test_case_24_a_replacement_costs_a_second_time_and_sells_nothing(case):
    again = bridge("case-24", "o2", replacement=True, linked_order_id="o1")
    play(case, orders=[bridge("case-24"), again], catalog=[cost("case-24", "sku-a", 1200)])
    assert sales(case, "case-24", "order_id, booked, cost_minor") == [("o1", True, 1200), ("o2", False, 1200)]
    assert daily(case, "case-24") == [("2026-01-01", 1, 37.94, 0)]
    assert case.value("SELECT linked_order_id FROM warehouse.fact_orders JOIN warehouse.dim_shop USING (shop_key)"
                      " WHERE shop_id = 'case-24' AND order_id = 'o2'") == "o1"


def test_case_25_an_unmapped_sku_books_its_money_and_its_profit_is_incomplete(case):
    play(case, orders=[bridge("case-25")])
    read = "net::float, cost::float, profit::float, cost_complete"
    assert daily(case, "case-25", read) == [(37.94, None, None, False)]
    assert case.sql("SELECT sku, unmapped FROM analytics.uncosted_skus WHERE shop_id = 'case-25'") == [("sku-a", True)]
    play(case, catalog=[mapping("case-25", "sku-a", {"cup": 1}), cost("case-25", "cup", 1200)])
    assert daily(case, "case-25", read) == [(37.94, 12, 25.94, True)]
    assert case.sql("SELECT sku FROM analytics.uncosted_skus WHERE shop_id = 'case-25'") == []


def test_case_26_a_bundle_costs_its_components_of_that_day(case):
    """2 x 3.00 + 4.00 = 10.00; from the second day on one of each: 7.00."""
    play(case, catalog=[mapping("case-26", "sku-a", {"cup": 2, "box": 1}), mapping("case-26", "sku-a", {"cup": 1, "box": 1}, START_US + DAY_US),
                        cost("case-26", "cup", 300), cost("case-26", "box", 400)],
         orders=[bridge("case-26"), bridge("case-26", "o2", created_at=START_US + DAY_US)])
    assert sales(case, "case-26", "order_id, cost_minor") == [("o1", 1000), ("o2", 700)]


def test_case_27_a_cost_is_that_of_the_order_and_none_is_never_0(case):
    play(case, catalog=[cost("case-27", "sku-a", 1200, START_US), cost("case-27", "sku-a", 1300, START_US + DAY_US)],
         orders=[bridge("case-27", name, created_at=at) for name, at in
                 (("before", START_US - 1), ("first", START_US), ("last", START_US + DAY_US - 1), ("changed", START_US + DAY_US))])
    assert dict(sales(case, "case-27", "order_id, cost_minor")) == {"before": None, "first": 1200, "last": 1200, "changed": 1300}


def test_case_28_only_what_is_restocked_gives_its_cost_back(case):
    play(case, catalog=[cost("case-28", "sku-a", 1200)], orders=[bridge("case-28", "kept"), bridge("case-28", "restocked")],
         refunds=[refund("case-28", "r1", "kept"), refund("case-28", "r2", "restocked", [("1", 1, 4000, True)])])
    assert dict(case.sql("SELECT order_id, cost_minor FROM warehouse.fact_refund_lines JOIN warehouse.dim_shop USING (shop_key)"
                         " WHERE shop_id = 'case-28'")) == {"kept": 0, "restocked": 1200}
    # 2 x 37.94 - 24.00 on the first day; 2 x -38.55 + 12.00 on the other
    assert daily(case, "case-28", "profit::float") == [(51.88,), (-65.1,)]


def test_case_35_an_unknown_type_has_its_own_bucket_and_stays_in_the_total(case):
    play(case, settlements=[line("case-35", "t1", {"Total settlement amount": -700, "Adjustment amount": -700}, native_type="Galaxy")])
    assert case.sql("SELECT total::text, unknown::text FROM analytics.settlements WHERE shop_id = 'case-35'") == [("-7.00", "-7.00")]
    assert case.sql("SELECT unknown_count::int, clean FROM analytics.statement_check WHERE shop_id = 'case-35'") == [(1, False)]


def test_case_36_37_47_reserves_and_ads_are_cash_and_a_negative_month_is_carried(case):
    """37.94 - 20.00 kept back - 30.00 of ads = -12.06: nothing is paid out. The report says 32.50 of ads: that is the cost."""
    shop = "case-36"
    play(case, orders=[bridge(shop)], ad_spend=[spend(shop, 3250, day=START_US // DAY_US + 20)], settlements=[
        settled(shop, payout_id="p1"),
        line(shop, "t2", {"Total settlement amount": -2000, "Adjustment amount": -2000}, native_type="Reserve", payout_id="p1", order_id="o1"),
        line(shop, "t3", {"Total settlement amount": -3000, "Adjustment amount": -3000}, native_type="GMV payment for TikTok Ads", payout_id="p1")])
    assert case.sql("SELECT total::text, paid_out::text, carried::text, earned::text, ads::text, reserve::text FROM analytics.payouts"
                    " WHERE shop_id = %s", shop) == [("-12.06", "0.00", "-12.06", "37.94", "-30.00", "-20.00")]
    assert case.sql("SELECT reported::text, paid_from_proceeds::text, difference::text FROM analytics.ads_cash WHERE shop_id = %s", shop) == [
        ("32.50", "30.00", "2.50")]
    assert daily(case, shop, "net::float, ad_spend::float") == [(37.94, 0), (0, 32.5)]
    assert case.value("SELECT settled_net::float FROM analytics.order_settlement WHERE shop_id = %s", shop) == 37.94


def test_case_38_a_restated_ad_day_is_one_day_and_stays_without_orders(case):
    play(case, ad_spend=[spend("case-38", 1000)])
    play(case, ad_spend=[spend("case-38", 1100, revision=2, reported_orders=3, reported_revenue=9900), spend("case-38", 1000)])
    assert daily(case, "case-38", "orders, ad_spend::float, net_after_ads::float") == [(0, 11, -11)]
    assert case.sql("SELECT spend_minor, reported_orders::int, revision FROM warehouse.fact_ad_spend JOIN warehouse.dim_shop USING (shop_key)"
                    " WHERE shop_id = 'case-38'") == [(1100, 3, 2)]
    versions = ("SELECT revision, latest, spend::float, reported_orders FROM analytics.ad_spend_versions WHERE shop_id = 'case-38'"
                " ORDER BY revision")
    assert case.sql(versions) == [(1, False, 10, None), (2, True, 11, 3)]
    play(case, ad_spend=[spend("case-38", 1050, revision=3), spend("case-38", 1000), spend("case-38", 1200, revision=5),
                         spend("case-38", 1150, revision=4), spend("case-38", 1200, revision=5)])
    assert case.sql(versions) == [(1, False, 10, None), (2, False, 11, 3), (3, False, 10.5, None), (4, False, 11.5, None), (5, True, 12, None)]
    assert daily(case, "case-38", "ad_spend::float") == [(12,)], "versions count nowhere"
    case.run("verify")


def test_case_39_a_spend_of_0_is_0_and_a_ratio_of_nothing_is_null(case):
    play(case, ad_spend=[spend("case-39", 0)])
    assert case.value("SELECT spend_minor FROM warehouse.fact_ad_spend JOIN warehouse.dim_shop USING (shop_key) WHERE shop_id = 'case-39'") == 0
    assert daily(case, "case-39", "ad_spend::float, net_after_ads::float, take_rate") == [(0, 0, None)]
    play(case, orders=[bridge("case-39")])
    assert case.sql("SELECT net_sales::float, roas_adjusted, roas_blended, roas_reported, mer FROM analytics.kpi_daily"
                    " WHERE shop_id = 'case-39'") == [(45, None, None, None, None)], "neither infinite nor the revenue"


def test_case_40_a_chargeback_goes_at_once_and_what_is_won_comes_back_without_its_fee(case):
    taken = dict(chargeback=True, initiator="BANK", case_fee=1500)
    play(case, orders=[bridge("case-40")], refunds=[refund("case-40", **taken)])
    assert daily(case, "case-40", "refund_net::float") == [(0,), (53.55,)]
    play(case, refunds=[refund("case-40", revision=2, voided=True, **taken)])
    assert daily(case, "case-40", "refund_net::float") == [(0,), (15,)]


def test_case_42_cash_that_was_never_paid_is_no_revenue(case):
    play(case, orders=[bridge("case-42", cod=True, status="SHIPPED")])
    assert daily(case, "case-42") == [("2026-01-01", 1, 37.94, 0)]
    play(case, orders=[bridge("case-42", cod=True, status="CANCELLED", cancelled_by="PLATFORM", cancelled_at=START_US, revision=START_US + 1)],
         settlements=[line("case-42", "t1", {"Total settlement amount": -350, "Net sales": 0, "Shipping": -350, "Return shipping fee": -350},
                           order_id="o1")])
    assert daily(case, "case-42") == []
    assert case.sql("SELECT expected_net::float, settled_shipping::float, settled_net::float FROM analytics.order_settlement"
                    " WHERE shop_id = 'case-42'") == [(0, -3.5, -3.5)]


def test_case_43_unpaid_held_test_and_voided_orders_are_kept_and_counted_apart(case):
    play(case, orders=[bridge("case-43", "unpaid", status="UNPAID"), bridge("case-43", "held", status="ON_HOLD"),
                       bridge("case-43", "test", test=True), bridge("case-43", "voided", status="CANCELLED"), bridge("case-43", "sold")])
    assert daily(case, "case-43", "orders") == [(1,)]
    assert dict(case.sql("SELECT order_id, booked FROM warehouse.fact_orders JOIN warehouse.dim_shop USING (shop_key) WHERE shop_id = 'case-43'")) == {
        "unpaid": False, "held": False, "test": False, "voided": False, "sold": True}


def test_case_45_what_is_of_the_order_counts_once_however_many_lines_it_has(case):
    """6 % of 20.00 + 25.00 + 5.00 + 5.99 = 3.3594 -> 3.36."""
    play(case, orders=[order("case-45", "o1", [("a", 2000, 0, 0), ("b", 2500, 0, 0), ("c", 500, 0, 0)],
                             shipping={"list": 599, "seller_discount": 0, "platform_discount": 0, "paid": 599})])
    assert daily(case, "case-45", "orders, shipping_paid::float, platform_fee::float, net::float") == [(1, 5.99, 3.36, 46.64)]


def test_case_46_days_are_the_shops_own_and_of_ads_the_accounts(case):
    """2026-03-08 has 23 hours in New York: from 05:00 UTC to 04:00 UTC."""
    begin = 1_772_946_000_000_000
    times = {"before": begin - 1, "first": begin, "last": begin + 23 * HOUR_US - 1, "after": begin + 23 * HOUR_US}
    play(case, orders=[bridge("case-46", name, created_at=at) for name, at in times.items()],
         ad_spend=[spend("case-46", 500, day=20520, timezone="Asia/Tokyo")])
    assert dict(sales(case, "case-46", "order_id, day::text")) == {"before": "2026-03-07", "first": "2026-03-08", "last": "2026-03-08",
                                                                   "after": "2026-03-09"}
    assert daily(case, "case-46", "day::text, orders, ad_spend::float") == [("2026-03-07", 1, 0), ("2026-03-08", 2, 5), ("2026-03-09", 1, 0)]
    assert case.value("SELECT min(created_at AT TIME ZONE 'UTC')::text FROM warehouse.fact_orders JOIN warehouse.dim_shop USING (shop_key)"
                      " WHERE shop_id = 'case-46' AND order_id = 'first'") == "2026-03-08 05:00:00"


def test_all_of_them_leave_a_warehouse_that_verifies(case):
    assert case.value("SELECT count(*) FROM warehouse.fact_orders") > 20
    case.run("verify")
