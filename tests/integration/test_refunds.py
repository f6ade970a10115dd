"""Refunds: by the figures of worked examples, in any order of arrival, once, whatever dies meanwhile."""
import itertools
import json
import signal
from decimal import Decimal

import pytest

from avro import encode
from harness import ROOT, seeded

DAY = 86400_000_000
FEES = {"shops__shop-r": {"timezone": "UTC", "fees": str(ROOT / "deploy/fees/tiktok-us.yaml")}}
START = 1767225600_000_000  # 2026-01-01 00:00 UTC
SHOP = "shop-r"



def event(kind, **fields):
    return encode(kind, fields)


def line(line_id, quantity=1, unit_list=5000, seller=500, platform=500, sku=None):
    return {"line_id": line_id, "platform_sku": sku or f"sku-{line_id}", "quantity": quantity, "unit_list": unit_list,
            "seller_discount": seller, "platform_discount": platform, "tax": 315}


def order(order_id, lines=None, status="DELIVERED", revision=None, at=START, shipping=599, shop=SHOP):
    lines = lines or [line("1")]
    total = sum(l["unit_list"] * l["quantity"] - l["seller_discount"] - l["platform_discount"] for l in lines)
    return event("orders", event_id=f"e-{order_id}-{revision or at}", shop_id=shop, order_id=order_id, revision=revision or at, status=status,
                 platform="tiktok_shop", market="US", currency="USD", amount_scale=2, created_at=at, paid_at=at, occurred_at=at,
                 shipping={"list": shipping, "seller_discount": 0, "platform_discount": 0, "paid": shipping},
                 payment_platform_discount=0, buyer_fees=0, tax=315, customer_total=total + shipping + 315,
                 affiliate={"creator": "c", "rate_ppm": 100000}, lines=lines)


def refund(refund_id, order_id, lines, revision=None, at=START + 3 * DAY, shipping=0, currency="USD", shop=SHOP, **more):
    return event("refunds", event_id=f"e-{refund_id}-{revision or at}", shop_id=shop, refund_id=refund_id, order_id=order_id,
                 revision=revision or at, occurred_at=at, currency=currency, amount_scale=2, initiator="BUYER",
                 lines=[{"line_id": i, "quantity": q, "amount": a, "tax": t, "restocked": True} for i, q, a, t in lines],
                 shipping_refund=shipping, discrepancy=more.pop("discrepancy", 0), shipped_before=more.pop("shipped_before", True), **more)


def send(case, topic, *values, shop=SHOP):
    case.produce(topic, [(shop.encode(), value, None) for value in values])


def read(case):
    case.run("run", "--until-end", "--instance-id", "one")


def effects(case):
    return case.sql("SELECT order_id, refund_id, line_no, quantity, gross_minor, seller_discount_minor, affiliate_commission_minor,"
                    " fees_returned_minor, admin_fee_minor, case_fee_minor, net_minor, booked FROM warehouse.fact_refund_lines"
                    " ORDER BY 1, 2, 3")


def daily(case):
    return case.sql("SELECT day::text, orders, net_minor, refund_lines, refunds_minor, refund_fees_returned_minor, refund_admin_fee_minor,"
                    " refund_net_minor FROM warehouse.agg_daily_sales ORDER BY 1")


@pytest.fixture
def shop(make_case):
    case = make_case(**FEES)
    case.migrate()
    return case


FULL = ("o", "r", 1, 1, 5000, 500, 400, 306, 61, 0, 4500 - 400 - 306 + 61, True)


def test_the_worked_bridge_returns_3_06_and_keeps_0_61(shop):
    send(shop, "orders", order("o"))
    send(shop, "refunds", refund("r", "o", [("1", 1, 4000, 315)], shipping=599))
    read(shop)
    assert effects(shop) == [("o", "r", 0, 0, 0, 0, 0, 0, 0, 0, 0, True), FULL]
    assert daily(shop) == [("2026-01-01", 1, 4500 - 306 - 400, 0, 0, 0, 0, 0), ("2026-01-04", 0, 0, 2, 4500, 306, 61, 3855)]
    assert shop.sql("SELECT net, refund_net, net_after_refunds FROM analytics.daily_sales ORDER BY day") == [
        (Decimal("37.94"), 0, Decimal("37.94")), (0, Decimal("38.55"), Decimal("-38.55"))]
    shop.run("verify")


def test_a_refund_before_its_order_is_parked_and_applied_when_it_comes(shop):
    send(shop, "refunds", refund("r", "o", [("1", 1, 4000, 0)]))
    read(shop)
    assert effects(shop) == []
    assert shop.value("SELECT count(*) FROM analytics.refunds WHERE parked") == 1
    shop.run("verify")
    send(shop, "orders", order("other"), order("o"))
    read(shop)
    assert effects(shop) == [FULL]
    assert shop.value("SELECT count(*) FROM analytics.refunds WHERE parked") == 0
    shop.run("verify")


def test_a_later_revision_replaces_and_an_earlier_one_changes_nothing(shop):
    send(shop, "orders", order("o"))
    send(shop, "refunds", refund("r", "o", [("1", 0, 1000, 0)]))
    read(shop)
    assert effects(shop) == [("o", "r", 1, 0, 1000, 0, 100, 0, 0, 0, 900, True)]
    send(shop, "refunds", refund("r", "o", [("1", 1, 4000, 0)], revision=START + 5 * DAY), refund("r", "o", [("1", 0, 7, 0)], revision=START))
    read(shop)
    assert effects(shop) == [FULL]
    send(shop, "refunds", refund("r", "o", [("1", 1, 4000, 0)], revision=START + 6 * DAY, voided=True, case_fee=1500))
    read(shop)
    assert effects(shop) == [("o", "r", 0, 0, 0, 0, 0, 0, 0, 1500, 1500, True)]
    shop.run("verify")


def test_a_cancelled_order_takes_its_refunds_out_of_the_sums(shop):
    send(shop, "orders", order("o"))
    send(shop, "refunds", refund("r", "o", [("1", 1, 4000, 0)]))
    read(shop)
    send(shop, "orders", order("o", status="CANCELLED", revision=START + 9 * DAY))
    read(shop)
    assert effects(shop) == [FULL[:-1] + (False,)]
    assert daily(shop) == []
    shop.run("verify")


def test_an_edited_order_moves_what_its_refunds_take_back(shop):
    send(shop, "orders", order("o"))
    send(shop, "refunds", refund("r", "o", [("1", 1, 4000, 0)]))
    read(shop)
    send(shop, "orders", order("o", [line("1"), line("2")], revision=START + 9 * DAY))
    read(shop)
    ((_, _, _, _, _, _, _, returned, admin, _, net, _),) = effects(shop)
    assert (returned, admin, net) == (0, 0, 4100)  # half of the order: the fee is taken to be kept until it is settled
    assert shop.sql("SELECT findings FROM analytics.refunds") == [(["fees_assumed_kept"],)]
    shop.run("verify")


def test_what_cannot_be_right_is_a_finding_or_a_reason_and_never_lost(make_case):
    shop = make_case(**{"shops__shop-r": {**FEES["shops__shop-r"], "currency": "USD", "amount_scale": 2}})
    shop.migrate()
    send(shop, "orders", order("o"))
    send(shop, "refunds", refund("above", "o", [("1", 2, 9000, 0)]), refund("unknown", "o", [("9", 1, 700, 0)]),
         refund("twice", "o", [("1", 1, 1, 0), ("1", 1, 1, 0)]), refund("negative", "o", [("1", 1, -1, 0)]),
         refund("euro", "o", [("1", 1, 1, 0)], currency="EUR"))
    read(shop)
    assert dict(shop.sql("SELECT refund_id, findings FROM analytics.refunds")) == {"above": ["above_sale"], "unknown": ["unknown_line"]}
    reasons = sorted(reason for reason, in shop.sql("SELECT reason FROM tillstream.quarantine"))
    assert reasons == ["duplicate_line", "impossible_amount", "wrong_currency"]
    shop.run("verify")


def test_a_refund_of_another_currency_that_came_first_books_nothing(shop):
    send(shop, "refunds", refund("r", "o", [("1", 1, 4000, 0)], currency="EUR"))
    read(shop)
    send(shop, "orders", order("o"))
    read(shop)
    assert [row[10] for row in effects(shop)] == [0]
    assert shop.sql("SELECT findings FROM analytics.refunds") == [(["wrong_currency"],)]
    shop.run("verify")


def test_what_another_currency_does_hangs_on_the_configuration_and_not_on_what_came_first(make_case):
    held = []
    for orders_first in (True, False):
        case = make_case()  # nothing says what the shop books in but its orders
        case.migrate()
        events = [("orders", order("o")), ("refunds", refund("r", "o", [("1", 1, 4000, 0)], currency="EUR")), ("catalog", event(
            "unit_costs", event_id="c", shop_id=SHOP, sku="sku-1", revision=1, valid_from=START - DAY, currency="EUR", amount_scale=2,
            unit_cost=5, occurred_at=START))]
        for topic, value in events if orders_first else reversed(events):
            send(case, topic, value)
            read(case)
        case.run("verify")
        held.append({name: digest for name, digest in case.tables().items() if name != "positions"})
        before = case.tables()
        case.rewind()
        read(case)
        assert case.tables() == before
    assert held[0] == held[1]


def history(random, orders=40):
    """Orders and refunds of random lives: (topic, value), in the order in which they happen."""
    events = []
    for n in range(orders):
        lines = [line(str(i + 1), quantity=random.randint(1, 3), unit_list=random.randint(1, 90) * 100, seller=random.randint(0, 50),
                      platform=random.randint(0, 40), sku=random.choice("abc")) for i in range(random.randint(1, 3))]
        at = START + n * 3600_000_000
        events.append(("orders", order(f"o{n}", lines, "PAID", at=at)))
        if random.random() < .5:
            events.append(("orders", order(f"o{n}", lines, random.choice(["DELIVERED", "CANCELLED"]), revision=at + DAY, at=at)))
        for r in range(random.choice([0, 1, 1, 2])):
            taken = random.sample(lines, random.randint(1, len(lines)))
            back = [(l["line_id"], random.randint(0, l["quantity"]), random.randint(1, l["unit_list"]), 0) for l in taken]
            made = dict(at=at + (r + 2) * DAY, shipped_before=random.random() < .7, shipping=random.choice([0, 599]))
            events.append(("refunds", refund(f"r{n}-{r}", f"o{n}", back, **made)))
            if random.random() < .3:
                events.append(("refunds", refund(f"r{n}-{r}", f"o{n}", back[:1], revision=at + 9 * DAY, **made)))
    return events


def play(case, events):
    for topic in ("orders", "refunds"):
        send(case, topic, *(value for name, value in events if name == topic))


RULES = ("refunds", "refund_lines", "daily", "sales")


def some(tables):
    return {name: tables[name] for name in RULES}


def test_any_order_of_arrival_any_duplicates_and_any_batches_leave_the_same_tables(make_case):
    random = seeded(11)
    events = history(random)
    held = []
    for rows, shuffled in ((20000, False), (20000, True), (1, True), (7, True)):
        case = make_case(**FEES, batch__rows=rows)
        case.migrate()
        if shuffled:
            random.shuffle(events)
        for chunk in (events[:len(events) // 2], events[len(events) // 3:]):  # a third comes twice
            play(case, chunk)
            read(case)
        case.run("verify")
        held.append(some(case.tables()))
    assert all(tables == held[0] for tables in held), held
    before = case.tables()
    case.rewind()
    read(case)
    assert case.tables() == before


POINTS = ("after_decode", "mid_copy", "before_commit", "after_commit")


def test_kills_at_every_point_leave_what_an_undisturbed_run_does(make_case):
    events = history(seeded(12))
    held, kills = [], 0
    for killed in (False, True):
        case = make_case(**FEES, batch__rows=30)
        case.migrate()
        play(case, events)
        for point, nth in (itertools.product(POINTS, (1, 3)) if killed else ()):
            done = case.run("run", "--until-end", "--instance-id", "one", env={"TILLSTREAM_CRASH_AT": f"{point}:{nth}"}, expect=None)
            assert done.returncode in (0, -signal.SIGKILL), done.stderr
            kills += done.returncode == -signal.SIGKILL
        read(case)
        case.run("verify")
        held.append(some(case.tables()))
    assert kills >= 6, "most of the points must have been reached"
    assert held[0] == held[1]


def test_verify_finds_every_column_of_a_refund_that_was_altered(shop):
    send(shop, "orders", order("o"))
    send(shop, "refunds", refund("r", "o", [("1", 1, 4000, 315)], shipping=599), refund("parked", "later", [("1", 1, 4000, 0)]))
    read(shop)
    shop.run("verify")
    columns = {"fact_refunds": ("day", "revision", "shipping_refund_minor", "discrepancy_minor", "flags", "initiator", "amounts_minor", "order_key"),
               "fact_refund_lines": ("day", "order_day", "booked", "quantity", "gross_minor", "seller_discount_minor", "amount_minor", "tax_minor",
                                     "fees_returned_minor", "admin_fee_minor", "net_minor", "findings", "sku"),
               "agg_daily_sales": ("refunds_minor", "refund_net_minor", "refund_lines", "refund_admin_fee_minor")}
    changes = {"day": "day + 1", "order_day": "order_day + 1", "booked": "NOT booked", "initiator": "'SELLER'", "sku": "'x'",
               "amounts_minor": "ARRAY[1]", "order_key": "coalesce(order_key, 0) + 1"}
    for table, names in columns.items():
        for name in names:
            kept = shop.sql(f"SELECT to_jsonb(t) FROM warehouse.{table} t")
            shop.sql(f"UPDATE warehouse.{table} SET {name} = {changes.get(name, name + ' + 1')}")
            assert shop.run("verify", expect=None).returncode == 1, (table, name)
            shop.sql(f"TRUNCATE warehouse.{table}")
            for row, in kept:
                shop.sql(f"INSERT INTO warehouse.{table} SELECT * FROM jsonb_populate_record(NULL::warehouse.{table}, %s)", json.dumps(row))
    shop.run("verify")
