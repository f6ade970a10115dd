"""What an order should yield against what the platform settled: status, differences, leaks, statements, payouts. Golden figures by hand."""
from decimal import Decimal

from harness import seeded
from statements import DAY_US, START_US, line, order, send
from test_settlements import random_lines

CLASSES = ("gross", "seller_discount", "refund", "shipping", "platform_fee", "refund_admin_fee", "payment_fee", "affiliate", "other_fee",
           "ads", "tax", "adjustment", "reserve", "unknown")


def run(case, orders, lines):
    send(case, "orders", orders)
    send(case, "settlements", lines)
    case.run("run", "--until-end")
    assert case.value("SELECT count(*) FROM tillstream.quarantine") == 0
    case.run("verify")


def bridge_order(order_id="o1", **fields):
    """List 50.00 less 5.00; 5.00 of the platform's; shipping 5.99. Referral 6 % of 50.99 = 3.06, creator 10 % of 40.00 = 4.00."""
    return order("shop-1", order_id, [("sku-a", 5000, 500, 500)],
                 shipping={"list": 599, "seller_discount": 0, "platform_discount": 0, "paid": 599},
                 affiliate={"creator": "c", "rate_ppm": 100_000}, **fields)


def bridge_line(transaction_id="t1", order_id="o1", referral=-306, total=None, **fields):
    stated = {"Net sales": 4500, "Gross sales": 5000, "Seller discount": -500, "Shipping": 0, "TikTok Shop shipping fee": -599,
              "Customer-paid shipping fee": 599, "Fees": referral - 400, "Referral fee": referral, "Affiliate Commission": -400}
    return line("shop-1", transaction_id, {"Total settlement amount": 4500 + referral - 400 if total is None else total, **stated},
                order_id=order_id, **fields)


def refund_line(transaction_id="t2", order_id="o1", admin=-61, **fields):
    """All of it back after shipping: -45.00 + 3.06 + 4.00 less the administration fee."""
    return line("shop-1", transaction_id,
                {"Total settlement amount": -4500 + 706 + admin, "Net sales": -4500, "Gross sales refund": -5000,
                 "Seller discount refund": 500, "Fees": 706 + admin, "Referral fee": 306, "Refund administration fee": admin,
                 "Affiliate Commission": 400}, order_id=order_id, **fields)


def book(case, order_id="o1", *columns):
    return case.sql(f"SELECT {', '.join(columns)} FROM analytics.order_settlement WHERE shop_id = 'shop-1' AND order_id = %s", order_id)[0]


def leaks(case):
    return case.sql("SELECT order_id, class, kind, expected::text, settled::text, excess::text FROM analytics.fee_leaks ORDER BY 1, 2")


def test_an_order_that_settles_as_expected_has_no_difference_and_no_leak(case):
    run(case, [bridge_order()], [bridge_line()])
    assert book(case, "o1", "status", "expected_platform_fee", "expected_affiliate", "expected_net", "settled_total", "settled_net",
                "platform_fee_difference", "affiliate_difference", "net_difference") == (
        "SETTLED", Decimal("3.06"), Decimal("4.00"), Decimal("37.94"), Decimal("37.94"), Decimal("37.94"), 0, 0, 0)
    assert leaks(case) == []


def test_the_life_of_an_order_is_provisional_settled_paid_adjusted_refunded(case):
    """Cases 7 (refunded before it is settled), 9 (a negative line in a later statement) and 40 (chargeback)."""
    run(case, [bridge_order(name) for name in ("provisional", "settled", "paid", "adjusted", "refunded", "charged-back")], [
        bridge_line("t1", "settled"),
        bridge_line("t2", "paid", payout_id="p1"),
        bridge_line("t3", "adjusted", payout_id="p1"), refund_line("t4", "adjusted", settled_at=START_US + 40 * DAY_US, statement="st-2"),
        line("shop-1", "t5", {"settlement_amount": 0, "net_sales_amount": 0, "gross_sales_amount": 5000, "seller_discount_amount": -500,
                              "gross_sales_refund_amount": -5000, "seller_discount_refund_amount": 500}, order_id="refunded"),
        bridge_line("t6", "charged-back"),
        line("shop-1", "t7", {"Total settlement amount": -6499, "Adjustment amount": -6499}, native_type="Chargeback",
             order_id="charged-back"),
    ])
    assert dict(case.sql("SELECT order_id, status FROM analytics.order_settlement")) == {
        "provisional": "PROVISIONAL", "settled": "SETTLED", "paid": "PAID", "adjusted": "ADJUSTED", "refunded": "REFUNDED",
        "charged-back": "ADJUSTED"}
    assert leaks(case) == []


def test_an_estimate_is_replaced_by_what_is_settled_and_by_what_is_settled_anew(case):
    """Case 32. The actual commission replaces the estimated one: never both."""
    run(case, [bridge_order()], [bridge_line(revision=1)])
    send(case, "settlements", [{**bridge_line(revision=2), "amounts": [{"field": "Total settlement amount", "amount": 4500 - 306 - 350},
         {"field": "Net sales", "amount": 4500}, {"field": "Gross sales", "amount": 5000}, {"field": "Seller discount", "amount": -500},
         {"field": "Fees", "amount": -656}, {"field": "Referral fee", "amount": -306}, {"field": "Affiliate Commission", "amount": -350}]}])
    case.run("run", "--until-end")
    assert book(case, "o1", "expected_affiliate", "settled_affiliate", "affiliate_difference") == (4, Decimal("3.5"), Decimal("-0.5"))
    case.run("verify")


def test_a_wrong_rate_a_fee_that_is_not_due_and_one_without_a_name_leak(case):
    """Case 35 for the last. 8 % of 50.99 is 4.0792 -> 4.08, 1.02 above 3.06."""
    run(case, [bridge_order("rate"), bridge_order("payment"), bridge_order("galaxy"), bridge_order("rounding"), bridge_order("off"),
               bridge_order("cancelled", status="CANCELLED", cancelled_by="SELLER", cancelled_at=START_US)], [
        bridge_line("t1", "rate", referral=-408),
        line("shop-1", "t2", {"settlement_amount": 4044, "net_sales_amount": 4500, "gross_sales_amount": 5000,
                              "seller_discount_amount": -500, "fee_amount": -456, "referral_fee_amount": -306,
                              "transaction_fee_amount": -150}, order_id="payment"),
        line("shop-1", "t3", {"settlement_amount": 4144, "net_sales_amount": 4500, "gross_sales_amount": 5000,
                              "seller_discount_amount": -500, "fee_amount": -356, "referral_fee_amount": -306,
                              "galaxy_fee_amount": -50}, order_id="galaxy"),
        bridge_line("t4", "rounding", referral=-308),
        bridge_line("t5", "off", referral=-309),
        line("shop-1", "t6", {"settlement_amount": -306, "net_sales_amount": 0, "fee_amount": -306, "referral_fee_amount": -306},
             order_id="cancelled"),
        line("shop-1", "t7", {"settlement_amount": -306, "net_sales_amount": 0, "fee_amount": -306, "referral_fee_amount": -306},
             order_id="nobody-knows-it"),
    ])
    assert leaks(case) == [
        ("cancelled", "platform_fee", "fee_not_due", "0.00", "3.06", "3.06"),
        ("galaxy", "unknown", "unknown_fee", "0.00", "0.50", "0.50"),
        ("off", "platform_fee", "wrong_rate", "3.06", "3.09", "0.03"),
        ("payment", "payment_fee", "fee_not_due", "0.00", "1.50", "1.50"),
        ("rate", "platform_fee", "wrong_rate", "3.06", "4.08", "1.02")]


def refund_event(order_id, amount=4000, shipped_before=True, at=START_US + 10 * DAY_US, **fields):
    return {"event_id": f"r-{order_id}", "shop_id": "shop-1", "refund_id": f"r-{order_id}", "order_id": order_id, "revision": 1,
            "occurred_at": at, "currency": "USD", "amount_scale": 2, "initiator": "BUYER", "shipped_before": shipped_before,
            "lines": [{"line_id": "1", "quantity": 1, "amount": amount, "tax": 0}], "shipping_refund": 0, "discrepancy": 0, **fields}


def test_what_a_refund_gives_back_by_the_schedule_is_expected_once_the_platform_settles_the_refund(case):
    """The referral fee of 3.06 and the commission of 4.00 come back, 0.61 is kept. Kept: the referral fee is not given back."""
    send(case, "refunds", [refund_event(name) for name in ("returned", "kept", "admin", "waiting")])
    kept = {"Net sales": -4500, "Gross sales refund": -5000, "Seller discount refund": 500, "Total settlement amount": -4500 + 400 - 61,
            "Fees": 339, "Refund administration fee": -61, "Affiliate Commission": 400}
    later = {"settled_at": START_US + 40 * DAY_US, "statement": "st-2"}
    run(case, [bridge_order(name) for name in ("returned", "kept", "admin", "waiting")], [
        *(bridge_line(f"sale-{name}", name) for name in ("returned", "kept", "admin", "waiting")),
        refund_line("t1", "returned", **later),
        line("shop-1", "t2", kept, order_id="kept", **later),
        refund_line("t3", "admin", admin=-161, **later),
    ])
    assert leaks(case) == [("admin", "refund_admin_fee", "refund_fee_above_cap", "0.61", "1.61", "1.00"),
                           ("kept", "platform_fee", "fee_not_due", "0.00", "3.06", "3.06")]
    assert book(case, "returned", "expected_refund", "expected_platform_fee", "expected_affiliate", "expected_refund_admin_fee",
                "expected_net", "settled_net", "net_difference") == (-45, 0, 0, Decimal("0.61"), Decimal("-0.61"), Decimal("-0.61"), 0)
    assert book(case, "waiting", "status", "expected_platform_fee", "settled_platform_fee") == ("SETTLED", Decimal("3.06"), Decimal("3.06"))


def test_a_refund_fee_on_what_was_never_shipped_is_not_due(case):
    send(case, "refunds", [refund_event("o1", shipped_before=False)])
    fee = {"Total settlement amount": -61, "Net sales": 0, "Gross sales": 5000, "Seller discount": -500, "Gross sales refund": -5000,
           "Seller discount refund": 500, "Fees": -61, "Refund administration fee": -61}
    run(case, [bridge_order(status="CANCELLED", cancelled_by="SELLER", cancelled_at=START_US)], [line("shop-1", "t1", fee, order_id="o1")])
    assert leaks(case) == [("o1", "refund_admin_fee", "fee_not_due", "0.00", "0.61", "0.61")]


def test_an_adjustment_without_a_reason_is_a_finding_and_a_reimbursement_is_none(case):
    adjusted = {"Total settlement amount": -250, "Adjustment amount": -250}
    run(case, [bridge_order("o1"), bridge_order("o2"), bridge_order("o3")], [
        bridge_line("t1", "o1"), line("shop-1", "t2", adjusted, native_type="Other adjustment", order_id="o1"),
        bridge_line("t3", "o2"), line("shop-1", "t4", adjusted, native_type="Violation fee", order_id="o2"),
        bridge_line("t5", "o3"), line("shop-1", "t6", {k: -v for k, v in adjusted.items()}, native_type="Other adjustment", order_id="o3")])
    assert leaks(case) == [("o1", "adjustment", "adjustment", "0.00", "2.50", "2.50")]


def test_a_fee_that_goes_by_another_name_is_no_leak(case):
    """2.06 called referral and 1.00 called transaction fee: together what is due."""
    run(case, [bridge_order()], [
        line("shop-1", "t1", {"settlement_amount": 3794, "net_sales_amount": 4500, "gross_sales_amount": 5000, "seller_discount_amount": -500,
                              "fee_amount": -706, "referral_fee_amount": -206, "transaction_fee_amount": -100,
                              "affiliate_commission_amount": -400}, order_id="o1")])
    assert leaks(case) == []


def test_the_refund_fee_is_20_percent_of_the_referral_fee_and_5_per_sku_at_most(case):
    """Case 11. 20 % of 3.06 = 0.612 -> 0.61. 6 % of 1,000.00 = 60.00, 20 % of it 12.00 -> 5.00 per SKU, two SKUs 10.00."""
    dear = [("sku-a", 100_000, 0, 0), ("sku-b", 100_000, 0, 0)]
    gone = {"Gross sales": 200_000, "Gross sales refund": -200_000, "Net sales": 0}
    run(case, [bridge_order("due"), bridge_order("above"), order("shop-1", "capped", dear), order("shop-1", "uncapped", dear)], [
        bridge_line("t1", "due"), refund_line("t2", "due", settled_at=START_US + 40 * DAY_US),
        bridge_line("t3", "above"), refund_line("t4", "above", admin=-75, settled_at=START_US + 40 * DAY_US),
        line("shop-1", "t5", {**gone, "Total settlement amount": -1000, "Fees": -1000, "Refund administration fee": -1000}, order_id="capped"),
        line("shop-1", "t6", {**gone, "Total settlement amount": -2400, "Fees": -2400, "Refund administration fee": -2400}, order_id="uncapped"),
    ])
    assert leaks(case) == [("above", "refund_admin_fee", "refund_fee_above_cap", "0.61", "0.75", "0.14"),
                           ("uncapped", "refund_admin_fee", "refund_fee_above_cap", "10.00", "24.00", "14.00")]


def test_an_affiliates_locked_rate_is_what_counts_and_the_estimate_is_flagged(case):
    """Case 30. The order says 7 % of 40.00 = 2.80; for a creator who promoted before the cut it is still 10 %."""
    lowered = {**bridge_order(), "affiliate": {"creator": "c", "rate_ppm": 70_000}}
    run(case, [lowered], [bridge_line()])
    assert book(case, "o1", "settled_affiliate", "settled_net", "affiliate_difference") == (4, Decimal("37.94"), Decimal("1.20"))
    assert leaks(case) == [("o1", "affiliate", "wrong_rate", "2.80", "4.00", "1.20")]


def test_a_zero_sum_order_with_kept_fees_is_a_loss_of_whole_rupiah(case):
    """Case 44. Given back whole after it was delivered: commission 8,000, processing 1,250 and logistics 1,000 stay with the platform."""
    kept = {"Total settlement amount": -10250, "Total Revenue": 0, "Subtotal after seller discounts": 100000,
            "Subtotal before discounts": 100000, "Refund subtotal after seller discounts": -100000,
            "Refund subtotal before seller discounts": -100000, "Total Fees": -10250, "Shipping cost": -1000, "Logistics service fee": -1000}
    run(case, [], [line("shop-4", "t1", kept, currency="IDR", scale=0, order_id="o1")])
    assert case.sql("SELECT status, settled_gross + settled_refund, settled_platform_fee, settled_shipping, settled_net, expected_net"
                    " FROM analytics.order_settlement") == [("REFUNDED", 0, 9250, -1000, -10250, None)]


def test_a_buyers_cancellation_before_shipping_owes_no_refund_fee(case):
    """Case 8."""
    cancelled = {"status": "CANCELLED", "cancelled_by": "BUYER", "cancelled_at": START_US + DAY_US}
    fee = {"Total settlement amount": -61, "Net sales": 0, "Gross sales": 5000, "Gross sales refund": -5000, "Fees": -61,
           "Refund administration fee": -61}
    run(case, [bridge_order("before", **cancelled), bridge_order("after", **cancelled, shipped_at=START_US + 1)],
        [line("shop-1", "t1", fee, order_id="before"), line("shop-1", "t2", fee, order_id="after")])
    assert leaks(case) == [("before", "refund_admin_fee", "fee_not_due", "0.00", "0.61", "0.61")]


def test_the_cap_of_the_refund_fee_holds_from_the_day_on_which_it_was_introduced(case):
    dear = [("sku-a", 100_000, 0, 0)]
    fee = {"Gross sales": 100_000, "Gross sales refund": -100_000, "Net sales": 0, "Total settlement amount": -1200, "Fees": -1200,
           "Refund administration fee": -1200}
    may_15_us = 1_747_267_200_000_000  # 2025-05-15T00:00:00Z, still the 14th in Los Angeles
    run(case, [order("shop-1", "before", dear, created_at=may_15_us - 40 * DAY_US), order("shop-1", "since", dear, created_at=may_15_us - 40 * DAY_US)],
        [line("shop-1", "t1", fee, order_id="before", settled_at=may_15_us),
         line("shop-1", "t2", fee, order_id="since", settled_at=may_15_us + 8 * 3_600_000_000)])
    assert leaks(case) == [("since", "refund_admin_fee", "refund_fee_above_cap", "5.00", "12.00", "7.00")]


def test_statements_are_checked_against_themselves(case):
    run(case, [], [
        bridge_line("t1", "o1", statement="clean"), bridge_line("t2", "o2", statement="clean"),
        bridge_line("t3", "o3", total=3803, statement="broken"),
        line("shop-1", "t4", {"Total settlement amount": 4478, "Net sales": 4478, "Gross sales": 5000, "Seller discount": -500},
             statement="broken"),
        line("shop-1", "t5", {"Total settlement amount": -700, "Adjustment amount": -700}, native_type="Galaxy", statement="unknown"),
    ])
    rows = case.sql("SELECT statement_id, lines, total::text, difference::text, total_breaks, total_break::text, sales_breaks,"
                    " sales_break::text, unknown_count::int, clean FROM analytics.statement_check ORDER BY 1")
    assert rows == [("broken", 2, "82.81", "0.00", 1, "0.09", 1, "-0.22", 0, False),
                    ("clean", 2, "75.88", "0.00", 0, "0.00", 0, "0.00", 0, True),
                    ("unknown", 1, "-7.00", "0.00", 0, "0.00", 0, "0.00", 1, False)]


def test_ads_and_reserves_reach_the_bank_but_not_the_profit_and_a_negative_month_is_carried(case):
    """Cases 36, 37, 47. 37.94 earned; 20.00 reserved; 30.00 of ads, of which the report says 32.50: 37.94 - 20 - 30 = -12.06."""
    run(case, [bridge_order()], [
        bridge_line("t1", payout_id="p1"),
        line("shop-1", "t2", {"Total settlement amount": -2000, "Adjustment amount": -2000}, native_type="Reserve", payout_id="p1",
             order_id="o1"),
        line("shop-1", "t3", {"Total settlement amount": -3000, "Adjustment amount": -3000}, native_type="GMV payment for TikTok Ads",
             payout_id="p1"),
        line("shop-1", "t4", {"Total settlement amount": 1206, "Adjustment amount": 1206}, native_type="Net earnings balance",
             statement="st-2"),
    ])
    send(case, "ad_spend", [{"event_id": "a", "shop_id": "shop-1", "platform": "tiktok_ads", "account_id": "1", "campaign_id": "1",
                             "day": START_US // DAY_US + 19, "timezone": "UTC", "revision": 1, "currency": "USD", "amount_scale": 2,
                             "spend": 3250, "occurred_at": START_US + 20 * DAY_US}])
    case.run("run", "--until-end")
    assert case.sql("SELECT payout_id, total::text, paid_out::text, carried::text, earned::text, ads::text, reserve::text"
                    " FROM analytics.payouts ORDER BY 1") == [
        ("p1", "-12.06", "0.00", "-12.06", "37.94", "-30.00", "-20.00"), (None, "12.06", "12.06", "0.00", "0.00", "0.00", "12.06")]
    assert book(case, "o1", "settled_total", "settled_reserve", "settled_net", "net_difference") == (
        Decimal("17.94"), -20, Decimal("37.94"), 0)
    assert case.sql("SELECT month::text, reported::text, paid_from_proceeds::text, difference::text FROM analytics.ads_cash") == [
        ("2026-01-01", "32.50", "30.00", "2.50")]
    assert leaks(case) == []


def test_every_view_adds_up_whatever_the_lines_say(case):
    send(case, "settlements", random_lines(seeded(30), 400))
    case.run("run", "--until-end")
    total = case.value("SELECT sum(total_minor) / 100.0 FROM warehouse.fact_settlements")
    assert case.value(f"SELECT count(*) FROM analytics.settlements WHERE total <> {' + '.join(CLASSES)}") == 0
    for view in ("settlements", "statement_check", "payouts"):
        assert case.value(f"SELECT sum(total) FROM analytics.{view}") == total, view
    assert case.value("SELECT sum(settled_total) FROM analytics.order_settlement") == total, "every line is of an order here"
    assert case.value("SELECT sum(difference) FROM analytics.statement_check") == 0
    assert case.value("SELECT count(*) FROM analytics.payouts WHERE total <> earned + ads + reserve OR total <> paid_out + carried") == 0


def test_a_reader_may_read_every_view(case):
    views = [row[0] for row in case.sql("SELECT viewname FROM pg_views WHERE schemaname = 'analytics'")]
    assert {"settlements", "statement_check", "order_settlement", "fee_leaks", "payouts", "ads_cash"} <= set(views)
    case.sql("SET ROLE tillstream_reader; " + "; ".join(f"SELECT * FROM analytics.{view} LIMIT 1" for view in views))
