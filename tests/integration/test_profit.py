"""From gross sales to net profit: by the figures of the worked example, and every step of every day against the truth of the simulator."""
import json
from collections import defaultdict
from decimal import Decimal

import pytest

from avro import encode
from test_refunds import DAY, FEES, SHOP, START, line, order, read, refund, send

NET_SALES, NET_SELLER_REVENUE, TAKE_HOME, NET_PROFIT = "net_sales", "net_seller_revenue", "take_home", "net_profit"


def unit_cost(sku, cost, at=START - DAY):
    return encode("unit_costs", {"event_id": f"c-{sku}-{at}", "shop_id": SHOP, "sku": sku, "revision": at, "valid_from": at, "currency": "USD",
                                 "amount_scale": 2, "unit_cost": cost, "occurred_at": at})


def ads(spend, day=0, campaign="c1", **fields):
    return encode("ad_spend", {"event_id": f"a-{campaign}-{day}", "shop_id": SHOP, "platform": "tiktok_ads", "account_id": "1",
                               "campaign_id": campaign, "day": START // DAY + day, "timezone": "UTC", "revision": 1, "currency": "USD",
                               "amount_scale": 2, "spend": spend, "occurred_at": START + (day + 1) * DAY, **fields})


def settled(transaction_id, order_id, day=20, native_type="Order", **amounts):
    return encode("settlements", {"event_id": f"s-{transaction_id}", "shop_id": SHOP, "statement_id": "st-1", "transaction_id": transaction_id,
                                  "order_id": order_id, "native_type": native_type, "settled_at": START + day * DAY, "currency": "USD",
                                  "amount_scale": 2, "status": "PAID",
                                  "amounts": [{"field": name.replace("_", " "), "amount": amount} for name, amount in amounts.items()]})


def plain_order(order_id, lines=None, **fields):
    """Of one line at 50.00 - 5.00 - 5.00, nobody's commission."""
    return encode("orders", {"event_id": f"e-{order_id}", "shop_id": SHOP, "order_id": order_id, "revision": START, "status": "DELIVERED",
                             "platform": "tiktok_shop", "market": "US", "currency": "USD", "amount_scale": 2, "created_at": START,
                             "occurred_at": START, "payment_platform_discount": 0, "buyer_fees": 0, "tax": 0, "customer_total": 4000,
                             "shipping": {"list": 0, "seller_discount": 0, "platform_discount": 0, "paid": 0},
                             "lines": lines or [line("1")], **fields})


@pytest.fixture
def shop(make_case):
    case = make_case(**FEES)
    case.migrate()
    return case


def bridge(case, period="month", start="2026-01-01", figure="estimated"):
    """step -> cents, in order; None: unknown."""
    rows = case.sql(f"SELECT step, ({figure} * 100)::bigint FROM analytics.profit_bridge WHERE period = %s AND period_start = %s"
                    " ORDER BY step_no", period, start)
    return dict(rows)


def figures(case, period="month", start="2026-01-01"):
    """What each group of steps leads to: the running sum of its last step."""
    rows = case.sql("SELECT DISTINCT ON (leads_to) leads_to, (running_estimated * 100)::bigint FROM analytics.profit_bridge"
                    " WHERE period = %s AND period_start = %s ORDER BY leads_to, step_no DESC", period, start)
    return dict(rows)


def steps(**moved):
    """All steps of a period but those that are 0."""
    return {name: value for name, value in moved.items() if value}


def some(bridge):
    return {name: value for name, value in bridge.items() if value}


def test_the_worked_bridge_leads_from_50_00_over_45_00_and_37_94_to_the_profit(shop):
    """Net sales 50.00 - 5.00. Referral 6 % of 50.99 = 3.06, creator 10 % of 40.00 = 4.00: 37.94. Ads 10.00, cost 12.00: 15.94."""
    send(shop, "catalog", unit_cost("sku-1", 1200))
    send(shop, "orders", order("o"))
    send(shop, "ad_spend", ads(1000))
    read(shop)
    worked = steps(gross_sales=5000, seller_discounts=-500, platform_fees=-306, affiliate_commission=-400, ad_spend=-1000, cost_of_goods=-1200)
    for period in ("day", "month"):
        assert some(bridge(shop, period)) == worked
        assert figures(shop, period) == {NET_SALES: 4500, NET_SELLER_REVENUE: 3794, TAKE_HOME: 2794, NET_PROFIT: 1594}
    assert shop.sql("SELECT gross_sales, seller_discount, platform_discount, net_sales, platform_fee, affiliate_commission, net_seller_revenue,"
                    " cost, complete, profit, shipping_paid, settled_net, status FROM analytics.order_profit") == [
        (50, 5, 5, 45, Decimal("3.06"), 4, Decimal("37.94"), 12, True, Decimal("25.94"), Decimal("5.99"), None, "PROVISIONAL")]


def test_a_full_refund_after_shipping_leaves_a_loss_of_0_61_and_what_went_to_ads(shop):
    send(shop, "catalog", unit_cost("sku-1", 1200))
    send(shop, "orders", order("o"))
    send(shop, "refunds", refund("r", "o", [("1", 1, 4000, 315)], shipping=599))
    send(shop, "ad_spend", ads(1000))
    read(shop)
    assert some(bridge(shop)) == steps(gross_sales=5000, seller_discounts=-500, refunds=-4500, platform_fees=-306, fees_returned=306,
                                       refund_admin_fees=-61, ad_spend=-1000, cost_of_goods=-1200, restocked_goods=1200)
    assert figures(shop) == {NET_SALES: 0, NET_SELLER_REVENUE: -61, TAKE_HOME: -1061, NET_PROFIT: -1061}
    assert figures(shop, "day", "2026-01-04") == {NET_SALES: -4500, NET_SELLER_REVENUE: -3855, TAKE_HOME: -3855, NET_PROFIT: -2655}
    assert shop.sql("SELECT refunds, net_sales, fees_returned, refund_admin_fee, commission_returned, net_seller_revenue, restocked_cost, profit,"
                    " shipping_refunded FROM analytics.order_profit") == [
        (45, 0, Decimal("3.06"), Decimal("0.61"), 4, Decimal("-0.61"), 12, Decimal("-0.61"), Decimal("5.99"))]


def test_what_was_settled_stands_beside_it_and_ads_paid_from_proceeds_in_neither(shop):
    """Case 37: the report's 10.00 are the cost, the 9.00 of the statement are cash."""
    send(shop, "catalog", unit_cost("sku-1", 1200))
    send(shop, "orders", order("o"))
    send(shop, "ad_spend", ads(1000))
    send(shop, "settlements",
         settled("t1", "o", Total_settlement_amount=3692, Net_sales=4500, Gross_sales=5000, Seller_discount=-500, Fees=-808,
                 Referral_fee=-408, Affiliate_Commission=-400),
         settled("t2", None, native_type="GMV payment for TikTok Ads", Total_settlement_amount=-900, Adjustment_amount=-900),
         settled("t3", None, native_type="Reserve", day=25, Total_settlement_amount=-2000, Adjustment_amount=-2000))
    read(shop)
    assert some(bridge(shop, figure="settled")) == steps(gross_sales=5000, seller_discounts=-500, platform_fees=-408, affiliate_commission=-400)
    assert bridge(shop, figure="running_settled")["unknown"] == 3692
    assert bridge(shop)["ad_spend"] == -1000
    assert set(bridge(shop, "day", figure="settled").values()) == {None}, "nothing was settled on the day of the order"
    assert bridge(shop, "day", "2026-01-26") == {}, "a reserve is cash timing"
    assert shop.sql("SELECT status, net_seller_revenue, settled_net FROM analytics.order_profit") == [
        ("SETTLED", Decimal("37.94"), Decimal("36.92"))]


def test_an_order_without_cost_has_no_profit_and_says_that_it_is_incomplete(shop):
    """Cases 25 and 27. 6 % of 95.99 = 5.76. The cost comes late and completes it."""
    send(shop, "catalog", unit_cost("sku-1", 1200))
    send(shop, "orders", order("known"), order("unknown", [line("1"), line("2")]))
    send(shop, "refunds", refund("r", "unknown", [("2", 1, 4000, 0)]))
    read(shop)
    profits = "SELECT order_id, cost, restocked_cost, complete, profit FROM analytics.order_profit ORDER BY 1"
    assert shop.sql(profits) == [("known", 12, 0, True, Decimal("25.94")), ("unknown", None, None, False, None)]
    assert figures(shop) == {NET_SALES: 9000, NET_SELLER_REVENUE: 9000 - 306 - 576 - 800, TAKE_HOME: 9000 - 306 - 576 - 800, NET_PROFIT: None}
    assert bridge(shop)["cost_of_goods"] is None
    assert shop.sql("SELECT DISTINCT complete FROM analytics.profit_bridge WHERE period_start = '2026-01-01'") == [(False,)]
    send(shop, "catalog", unit_cost("sku-2", 300))
    read(shop)
    assert shop.sql(profits)[1][1:4] == (15, 3, True)
    assert figures(shop)[NET_PROFIT] == 9000 - 306 - 576 - 800 - 1200 - 1500 + 300


def test_spend_without_orders_stays_and_is_a_loss(shop):
    """Case 38. The restated row replaces the first."""
    send(shop, "orders", order("elsewhere", at=START + 9 * DAY))
    send(shop, "ad_spend", ads(700, day=2), ads(0, day=3))
    read(shop)
    send(shop, "ad_spend", ads(750, day=2, revision=2))
    read(shop)
    assert some(bridge(shop, "day", "2026-01-03")) == {"ad_spend": -750}
    assert figures(shop, "day", "2026-01-03") == {NET_SALES: 0, NET_SELLER_REVENUE: 0, TAKE_HOME: -750, NET_PROFIT: -750}


def test_samples_and_replacements_cost_their_goods_and_are_no_sales(shop):
    """Cases 22 and 24; a cancelled one and a mirror cost nothing."""
    send(shop, "catalog", unit_cost("sku-1", 1200))

    send(shop, "orders", order("sale"), plain_order("sample", sample=True), plain_order("again", replacement=True, linked_order_id="sale"),
         plain_order("gone", sample=True, status="CANCELLED"), plain_order("mirror", sample=True, mirror=True))
    read(shop)
    assert some(bridge(shop)) == steps(gross_sales=5000, seller_discounts=-500, platform_fees=-306, affiliate_commission=-400,
                                       cost_of_goods=-1200, samples=-1200, replacements=-1200)
    assert figures(shop)[NET_PROFIT] == 3794 - 1200 - 2400
    assert shop.value("SELECT count(*) FROM analytics.order_profit") == 1


METRICS = {"gross_sales": 50, "gmv_paid": "49.14", "gmv_net_disc": 45, "net_sales": 45, "take_rate": "0.068", "net_seller_revenue": "37.94",
           "ad_spend": 15, "take_home": "22.94", "cm1": 33, "cm2": "29.94", "cm3": "10.94", "roas_adjusted": "2.529333", "roas_blended": 3,
           "roas_reported": 4, "sample_cost": 12, "marketing": 27, "mer": "1.666667", "ad_cost_ratio": "0.6", "break_even_roas": "1.503006", "aov": 45, "refund_rate_value": 0,
           "refund_rate_units": 0, "ctr": "0.02", "cpc": "0.05", "cpm": 1, "acos": "0.25"}


def metrics(case, day, *names):
    row = case.sql(f"SELECT {', '.join(names)} FROM analytics.kpi_daily WHERE day = %s", day)[0]
    return dict(zip(names, row))


def test_the_metrics_of_the_worked_example(shop):
    """Paid 49.14. Fees 3.06 of 45.00 are 6.8 %. CM1 45 - 12, CM2 less 3.06, CM3 less 4.00 and 15.00. One campaign states 10,000 views, 200
    clicks and revenue of 40.00 for 10.00; what the other one spent, 5.00, is in no ratio of views, clicks or reported revenue.
    Marketing is these 15.00 and the 12.00 of the sample."""
    send(shop, "catalog", unit_cost("sku-1", 1200))
    send(shop, "orders", order("o"), plain_order("sample", sample=True))
    send(shop, "ad_spend", ads(1000, impressions=10_000, clicks=200, reported_revenue=4000), ads(500, campaign="c2"))
    read(shop)
    assert metrics(shop, "2026-01-01", *METRICS) == {name: Decimal(value) for name, value in METRICS.items()}
    assert metrics(shop, "2026-01-01", "orders", "units", "units_shipped", "impressions", "clicks") == {
        "orders": 1, "units": 1, "units_shipped": 1, "impressions": 10_000, "clicks": 200}


def test_nothing_over_nothing_is_null_and_refunds_are_measured_against_the_day(shop):
    """Case 39. On the 1st nothing is spent, and no cost is known; two of four units are sent back on the 4th, on which a third order comes."""
    send(shop, "orders", order("a", [line("1", quantity=2)]), order("b", [line("1", quantity=2)]), order("c", at=START + 3 * DAY))
    send(shop, "refunds", refund("r", "a", [("1", 1, 4500, 0)]), refund("s", "b", [("1", 1, 4500, 0)], shipped_before=False))
    send(shop, "ad_spend", ads(0), ads(500, day=1, impressions=0, clicks=0))
    read(shop)
    ratios = ("roas_adjusted", "roas_blended", "roas_reported", "mer", "break_even_roas", "ctr", "cpc", "cpm", "acos", "cm1", "cm2", "cm3")
    assert set(metrics(shop, "2026-01-01", *ratios).values()) == {None}
    assert metrics(shop, "2026-01-02", "take_rate", "ad_cost_ratio", "aov", "ctr", "cpc", "cpm", "roas_adjusted", "take_home") == {
        "take_rate": None, "ad_cost_ratio": None, "aov": None, "ctr": None, "cpc": None, "cpm": None, "roas_adjusted": 0, "take_home": -5}
    gross_back = 2 * (4500 + 250 + 250)  # half of both discounts, of each of the two
    assert metrics(shop, "2026-01-04", "refund_rate_value", "refund_rate_units") == {
        "refund_rate_value": Decimal(gross_back) / 5000, "refund_rate_units": 1}


def test_every_line_has_one_source_and_what_ads_claim_stands_apart(shop):
    """Case 31. The creator's own 10 % of 40.00 are 4.00, the shop-ads rate of 5 % replaces them: 2.00."""
    send(shop, "orders", order("creator"), order("returned"), plain_order("ads", affiliate={"creator": "c", "rate_ppm": 100_000,
                                                                                              "shop_ads_rate_ppm": 50_000}),
         plain_order("none"), plain_order("two", [line("1"), line("2")]), plain_order("sample", sample=True))
    send(shop, "refunds", refund("r", "returned", [("1", 1, 4000, 0)]))
    send(shop, "ad_spend", ads(1000, reported_revenue=20_000, reported_orders=5, channel="gmv_max"), ads(300, campaign="c2"))
    read(shop)
    assert shop.sql("SELECT source, reported_by, orders, lines, sales, refunds, net_sales, commission, reported_orders::int, reported_revenue,"
                    " ad_spend FROM analytics.attribution ORDER BY 1") == [
        ("affiliate", None, 2, 2, 90, 45, 45, 4, None, None, None), ("organic", None, 2, 3, 135, 0, 135, 0, None, None, None),
        ("overlay", "gmv_max", None, None, None, None, None, None, 5, 200, 10), ("shop_ads", None, 1, 1, 45, 0, 45, 2, None, None, None)]


def test_a_products_refunds_and_margin_stand_on_the_day_of_the_refund(shop):
    send(shop, "catalog", unit_cost("sku-1", 1200), unit_cost("sku-2", 300))
    send(shop, "orders", order("o", [line("1"), line("2")]))
    send(shop, "refunds", refund("r", "o", [("1", 1, 4000, 0)]))
    read(shop)
    rows = shop.sql("SELECT sku, day::text, units, net, margin, refund_units, refunds, refund_net, net_after_refunds, margin_after_refunds"
                    " FROM analytics.product_performance ORDER BY 1, 2")
    net = Decimal("38.12")  # 45.00 - 4.00, and half of 6 % of 95.99 = 5.76
    assert rows == [("sku-1", "2026-01-01", 1, net, net - 12, 0, 0, 0, net, net - 12),
                    ("sku-1", "2026-01-04", 0, 0, 0, 1, 45, 41, -41, -29),
                    ("sku-2", "2026-01-01", 1, net, net - 3, 0, 0, 0, net, net - 3)]


def test_everything_that_needs_a_person_is_in_one_list(shop):
    send(shop, "refunds", refund("euro", "e", [("1", 1, 100, 0)], currency="EUR"))
    read(shop)
    send(shop, "orders", *(order(name) for name in ("a", "e", "u", "z")), order("p", [line("1"), line("2")]))
    send(shop, "refunds", refund("above", "a", [("1", 2, 9000, 0)]), refund("unknown", "u", [("9", 1, 700, 0)]),
         refund("part", "p", [("1", 1, 4000, 0)]), refund("parked", "nobody", [("1", 1, 4000, 0)]))
    send(shop, "settlements",
         settled("t1", "z", Total_settlement_amount=3692, Net_sales=4500, Gross_sales=5000, Seller_discount=-500, Fees=-808,
                 Referral_fee=-408, Affiliate_Commission=-400),
         settled("t2", "a", Total_settlement_amount=3803, Net_sales=4500, Gross_sales=5000, Seller_discount=-500, Fees=-706, Referral_fee=-306,
                 Affiliate_Commission=-400),
         settled("t3", None, native_type="Galaxy", Total_settlement_amount=-700, Adjustment_amount=-700),
         settled("t4", "u", settlement_amount=3744, net_sales_amount=4500, gross_sales_amount=5000, seller_discount_amount=-500,
                 fee_amount=-756, referral_fee_amount=-306, affiliate_commission_amount=-400, galaxy_fee_amount=-50))
    send(shop, "catalog", unit_cost("sku-2", 300))
    read(shop)
    assert shop.sql("SELECT kind, reference, currency, amount FROM analytics.findings ORDER BY 1, 2") == [
        ("leak_wrong_rate", "z", "USD", Decimal("1.02")), ("refund_above_sale", "a/above", "USD", 90),
        ("refund_fees_assumed_kept", "p/part", "USD", 40), ("refund_parked", "nobody/parked", "USD", 40),
        ("refund_unknown_line", "u/unknown", "USD", 7), ("refund_wrong_currency", "e/euro", "EUR", 1),
        ("sku_unmapped", "sku-1", "USD", None), ("statement_total_break", "st-1/t2", "USD", Decimal("0.09")),
        ("unknown_field", "st-1/t4", "USD", Decimal("-0.5")), ("unknown_type", "st-1/t3", "USD", -7)]
    assert shop.value("SELECT count(*) FROM analytics.findings WHERE text IS NULL OR day IS NULL") == 0


@pytest.fixture
def simulated(case):
    truth = case.folder / "truth.json"
    case.run("simulate", "--seed", 3, "--days", 20, "--orders", 2500, "--start", "2026-01-20", "--duplicate-ppm", 20000, "--late-ppm", 20000,
             "--malformed-ppm", 5000, "--truth", truth)
    case.run("run", "--until-end")
    return case, json.loads(truth.read_text())


def true_steps(truth):
    """(shop, day) -> step -> minor units, without those that are 0; None: a cost is unknown."""
    days, unknown = defaultdict(lambda: defaultdict(int)), set()
    for row in truth["days"]:
        at = days[row["shop_id"], row["day"]]
        for step, name, sign in (("gross_sales", "gross", 1), ("seller_discounts", "seller_discount", -1), ("platform_fees", "platform_fee", -1),
                                 ("payment_fees", "payment_fee", -1), ("affiliate_commission", "affiliate_commission", -1),
                                 ("ad_spend", "ad_spend", -1), ("cost_of_goods", "cost", -1)):
            at[step] += sign * row[f"{name}_minor"]
        if row["cost_lines"] < row["lines"]:
            unknown.add((row["shop_id"], row["day"], "cost_of_goods"))
    for row in truth["refund_days"]:
        at = days[row["shop_id"], row["day"]]
        at["refunds"] -= row["gross_minor"] - row["seller_discount_minor"]
        for step, name, sign in (("fees_returned", "fees_returned", 1), ("refund_admin_fees", "admin_fee", -1), ("case_fees", "case_fee", -1),
                                 ("affiliate_commission", "affiliate_commission", 1), ("adjustments", "discrepancy", -1), ("exchange", "fx", -1),
                                 ("restocked_goods", "cost", 1)):
            at[step] += sign * row[f"{name}_minor"]
        if row["cost_unknown"]:
            unknown.add((row["shop_id"], row["day"], "restocked_goods"))
    for shop, day, step in unknown:
        days[shop, day][step] = None
    return days


def by_period(days, period):
    sums = defaultdict(dict)
    for (shop, day), moved in days.items():
        at = sums[shop, day if period == "day" else day[:7] + "-01"]
        for step, value in moved.items():
            known = value is not None and at.get(step, 0) is not None
            at[step] = at.get(step, 0) + value if known else None
    return {key: {step: value for step, value in moved.items() if value != 0} for key, moved in sums.items()}


def held_steps(case, period):
    held = defaultdict(dict)
    for shop, start, step, minor in case.sql(
            "SELECT b.shop_id, b.period_start::text, b.step, (b.estimated * 10 ^ s.amount_scale)::bigint FROM analytics.profit_bridge b"
            " JOIN warehouse.dim_shop s USING (shop_id) WHERE b.period = %s", period):
        held[shop, start][step] = minor
    return held


@pytest.mark.parametrize("period", ["day", "month"])
def test_every_step_of_every_shop_and_period_is_what_the_simulator_says(simulated, period):
    case, truth = simulated
    expected = {key: moved for key, moved in by_period(true_steps(truth), period).items() if moved}
    held = {key: {step: value for step, value in moved.items() if value != 0} for key, moved in held_steps(case, period).items()}
    assert {key: moved for key, moved in held.items() if moved} == expected
    assert len({step for moved in expected.values() for step in moved}) >= 10, "most steps are in the history"


def test_the_steps_of_every_period_add_up_to_its_figures_in_both_books(simulated):
    case, truth = simulated
    assert case.value("SELECT count(*) FROM (SELECT sum(estimated) AS total, count(estimated) = count(*) AS known,"
                      " max(running_estimated) FILTER (WHERE step_no = 20) AS ends FROM analytics.profit_bridge"
                      " GROUP BY shop_id, period, period_start, currency) b WHERE CASE WHEN known THEN total END IS DISTINCT FROM ends") == 0
    figure = {3: "gross - seller_discount - refunds", 15: "net_after_refunds", 16: "net_after_refunds_and_ads", 18: "profit"}
    for step, of_day in figure.items():
        off = case.sql(f"SELECT * FROM (SELECT shop_id, period_start AS day, running_estimated AS x FROM analytics.profit_bridge"
                       f" WHERE period = 'day' AND step_no = {step}) b FULL JOIN (SELECT shop_id, day, {of_day} AS y FROM analytics.daily_sales) d"
                       " USING (shop_id, day) WHERE x IS DISTINCT FROM y AND (x <> 0 OR y IS NOT NULL)")
        assert off == [], (step, off[:5])
    for shop, settled_minor in {row["shop_id"]: 0 for row in truth["statements"]}.items():
        rows = [row for row in truth["statements"] if row["shop_id"] == shop]
        settled_minor = sum(row["total_minor"] - row["ads_minor"] - row["reserve_minor"] for row in rows)
        for period in ("day", "month"):
            assert case.value("SELECT (sum(settled) * 10 ^ max(s.amount_scale))::bigint FROM analytics.profit_bridge JOIN warehouse.dim_shop s"
                              " USING (shop_id) WHERE shop_id = %s AND period = %s", shop, period) == settled_minor
    case.run("verify")


def test_the_orders_of_a_shop_add_up_to_its_days(simulated):
    case, _ = simulated
    assert case.sql("SELECT shop_id, sum(net_seller_revenue), sum(shipping_paid), count(*) FROM analytics.order_profit GROUP BY 1 ORDER BY 1"
                    ) == case.sql("SELECT shop_id, sum(net_after_refunds), sum(shipping_paid), sum(orders) FROM analytics.daily_sales"
                                  " GROUP BY 1 ORDER BY 1")
    assert case.value("SELECT count(*) FROM analytics.order_profit WHERE (profit IS NULL) = complete") == 0
    incomplete, count = case.sql("SELECT count(*) FILTER (WHERE NOT complete), count(*) FROM analytics.order_profit")[0]
    assert 0 < incomplete < count


def test_metrics_sources_and_products_add_up_to_the_same_days(simulated):
    case, _ = simulated
    assert case.sql("SELECT shop_id, day, net_sales, take_home, cm3, orders FROM analytics.kpi_daily ORDER BY 1, 2") == case.sql(
        "SELECT shop_id, day, gross - seller_discount - refunds, net_after_refunds_and_ads, profit, orders FROM analytics.daily_sales ORDER BY 1, 2")
    assert case.sql("SELECT shop_id, sum(gmv_paid) FROM analytics.kpi_daily GROUP BY 1 ORDER BY 1") == case.sql(
        "SELECT shop_id, sum(customer_total) FROM analytics.orders WHERE booked GROUP BY 1 ORDER BY 1")
    assert case.sql("SELECT shop_id, sum(net_sales), sum(commission) FROM analytics.attribution WHERE source <> 'overlay' GROUP BY 1 ORDER BY 1"
                    ) == case.sql("SELECT shop_id, sum(net_sales), sum(affiliate_commission - commission_returned) FROM analytics.order_profit"
                                  " GROUP BY 1 ORDER BY 1")
    assert case.sql("SELECT shop_id, sum(net), sum(refund_units), sum(refunds) FROM analytics.product_performance GROUP BY 1 ORDER BY 1"
                    ) == case.sql("SELECT shop_id, sum(net), sum(refund_units), sum(refunds) FROM analytics.daily_sales GROUP BY 1 ORDER BY 1")


def test_every_column_is_explained_and_a_reader_may_read_it(case):
    views = ("order_profit", "profit_bridge", "kpi_daily", "attribution", "findings")
    assert case.sql("SELECT c.table_name, c.column_name FROM information_schema.columns c WHERE c.table_schema = 'analytics'"
                    " AND c.table_name = ANY(%s) AND col_description(format('analytics.%%I', c.table_name)::regclass, c.ordinal_position) IS NULL",
                    list(views)) == []
    case.sql("SET ROLE tillstream_reader; " + "; ".join(f"SELECT * FROM analytics.{view} LIMIT 1" for view in views))
