"""Costs: by dated mappings and unit costs, whenever these come, once, whatever dies meanwhile."""
import signal

import pytest

from avro import encode
from harness import seeded

DAY = 86400_000_000
START = 1767225600_000_000  # 2026-01-01 00:00 UTC
SHOP = "shop-c"


def order(order_id, lines, at=START, revision=None, status="DELIVERED"):
    """lines: (sku, quantity) each, 50.00 a unit."""
    return "orders", encode("orders", {
        "event_id": f"e-{order_id}-{revision or at}", "shop_id": SHOP, "order_id": order_id, "revision": revision or at, "status": status,
        "platform": "own", "market": "US", "currency": "USD", "amount_scale": 2, "created_at": at, "occurred_at": revision or at,
        "shipping": {"list": 0, "seller_discount": 0, "platform_discount": 0, "paid": 0}, "payment_platform_discount": 0, "buyer_fees": 0,
        "tax": 0, "customer_total": 0,
        "lines": [{"line_id": str(n), "platform_sku": sku, "quantity": quantity, "unit_list": 5000, "seller_discount": 0,
                   "platform_discount": 0, "tax": 0} for n, (sku, quantity) in enumerate(lines, 1)]})


def cost(sku, minor, at=START - DAY, to=None, revision=1, **more):
    return "catalog", encode("unit_costs", {"event_id": f"c-{sku}-{at}-{revision}", "shop_id": SHOP, "sku": sku, "revision": revision, "valid_from": at,
                                            "valid_to": to, "currency": "USD", "amount_scale": 2, "unit_cost": minor, "occurred_at": START, **more})


def mapping(sku, components, at=START - DAY, to=None, revision=1):
    return "catalog", encode("sku_mappings", {"event_id": f"m-{sku}-{at}-{revision}", "shop_id": SHOP, "platform_sku": sku, "revision": revision,
                                              "valid_from": at, "valid_to": to, "occurred_at": START,
                                              "components": [{"sku": c, "quantity": q} for c, q in components.items()]})


def refund(refund_id, order_id, lines, at=START + 3 * DAY, revision=None):
    """lines: (line_id, quantity, restocked) each."""
    return "refunds", encode("refunds", {"event_id": f"r-{refund_id}-{revision}", "shop_id": SHOP, "refund_id": refund_id, "order_id": order_id,
                                         "revision": revision or at, "occurred_at": at, "currency": "USD", "amount_scale": 2, "initiator": "BUYER",
                                         "shipping_refund": 0, "discrepancy": 0,
                                         "lines": [{"line_id": i, "quantity": q, "amount": 5000 * q, "tax": 0, "restocked": r} for i, q, r in lines]})


def send(case, events):
    for topic in ("orders", "refunds", "catalog"):
        case.produce(topic, [(SHOP.encode(), value, None) for name, value in events if name == topic])


def play(case, *events):
    send(case, events)
    case.run("run", "--until-end", "--instance-id", "one")


def costs(case):
    return dict(case.sql("SELECT order_id || '/' || line_no, cost_minor FROM warehouse.fact_sales"))


def sums(case):
    return case.sql("SELECT day::text, lines, cost_minor, cost_lines FROM warehouse.agg_daily_sales ORDER BY 1")


@pytest.fixture
def case(make_case):
    case = make_case(**{f"shops__{SHOP}": {"timezone": "UTC"}})
    case.migrate()
    return case


def test_a_line_costs_what_its_components_cost_when_it_was_ordered(case):
    play(case, mapping("box", {"a": 2, "b": 1}), cost("a", 300), cost("b", 1000), cost("a", 400, at=START + DAY), cost("own", 77),
         cost("gone", 5, to=START), order("o", [("box", 1), ("own", 3), ("gone", 1), ("nobody", 1)]), order("p", [("box", 2)], at=START + DAY))
    assert costs(case) == {"o/1": 1600, "o/2": 231, "o/3": None, "o/4": None, "p/1": 3600}
    assert sums(case) == [("2026-01-01", 4, 1831, 2), ("2026-01-02", 1, 3600, 1)]
    assert case.sql("SELECT cost, profit, cost_complete FROM analytics.daily_sales ORDER BY day")[0] == (None, None, False)
    assert case.value("SELECT profit FROM analytics.daily_sales ORDER BY day DESC LIMIT 1") == 64
    assert case.sql("SELECT sku, unmapped FROM analytics.uncosted_skus ORDER BY 1") == [("gone", True), ("nobody", True)]
    case.run("verify")


def test_a_late_mapping_and_a_late_cost_move_the_lines_they_concern(case):
    play(case, order("o", [("box", 1), ("other", 1)]), order("p", [("box", 1)], at=START + 5 * DAY))
    assert sums(case) == [("2026-01-01", 2, 0, 0), ("2026-01-06", 1, 0, 0)]
    play(case, cost("a", 300))
    assert set(costs(case).values()) == {None}
    play(case, mapping("box", {"a": 2}))
    assert costs(case) == {"o/1": 600, "o/2": None, "p/1": 600}
    play(case, cost("a", 500, at=START + 2 * DAY))
    assert costs(case) == {"o/1": 600, "o/2": None, "p/1": 1000}
    play(case, cost("a", 310, revision=2), cost("a", 9, revision=1))
    assert costs(case) == {"o/1": 620, "o/2": None, "p/1": 1000}
    assert sums(case) == [("2026-01-01", 2, 620, 1), ("2026-01-06", 1, 1000, 1)]
    case.run("verify")


def test_an_order_that_turns_out_to_be_older_or_younger_costs_what_its_goods_did_then(case):
    hour = 3600_000_000
    play(case, cost("a", 100), cost("a", 200, at=START + 2 * hour), order("o", [("a", 1)], at=START + hour))
    assert costs(case) == {"o/1": 100}
    play(case, order("o", [("a", 1)], at=START + 3 * hour, revision=START + DAY))
    assert costs(case) == {"o/1": 200}
    assert sums(case) == [("2026-01-01", 1, 200, 1)]
    case.run("verify")


def test_restocked_goods_give_their_cost_back_also_when_it_is_known_late(case):
    play(case, order("o", [("a", 3)]), refund("r", "o", [("1", 1, True)]), refund("s", "o", [("1", 1, False)], at=START + 4 * DAY))
    read = "SELECT refund_id, cost_minor FROM warehouse.fact_refund_lines ORDER BY 1"
    assert case.sql(read) == [("r", None), ("s", 0)]
    play(case, cost("a", 333))
    assert case.sql(read) == [("r", 333), ("s", 0)]
    assert case.sql("SELECT refund_cost_minor, refund_cost_unknown FROM warehouse.agg_daily_sales ORDER BY day") == [(0, 0), (333, 0), (0, 0)]
    case.run("verify")


def test_what_a_catalog_cannot_say_is_refused_with_a_reason(make_case):
    case = make_case(**{f"shops__{SHOP}": {"timezone": "UTC", "currency": "USD", "amount_scale": 2}})
    case.migrate()
    play(case, order("o", [("a", 1)]))
    play(case, mapping("a", {"a": 1}), mapping("b", {"x": 0}), mapping("c", {"x": 1}, to=START - 2 * DAY), cost("a", -1), cost("a", 5, currency="EUR"),
         cost("a", 5, amount_scale=0))
    assert sorted(r for r, in case.sql("SELECT reason FROM tillstream.quarantine")) == [
        "impossible_amount", "impossible_line", "impossible_validity", "self_mapping", "wrong_currency", "wrong_scale"]
    assert costs(case) == {"o/1": None}
    case.run("verify")


def test_costs_beyond_all_measure_are_unknown_and_stop_nothing(case):
    play(case, mapping("box", {"a": 1_000_000_000}), cost("a", 10**15), order("o", [("box", 1), ("a", 1), ("a", 2)]))
    assert costs(case) == {"o/1": None, "o/2": 10**15, "o/3": None}
    case.run("verify")


def history(random):
    events = []
    for n in range(60):
        at = START + n * 7200_000_000
        events.append(order(f"o{n}", [(random.choice("pqrst"), random.randint(1, 3)) for _ in range(random.randint(1, 3))], at=at,
                            status=random.choice(["PAID", "DELIVERED"])))
        if random.random() < .3:
            events.append(refund(f"r{n}", f"o{n}", [("1", 1, random.random() < .5)], at=at + DAY))
        if random.random() < .2:
            events.append(order(f"o{n}", [(random.choice("pqrst"), 1)], at=at, revision=at + DAY, status=random.choice(["DELIVERED", "CANCELLED"])))
    for sku in "pqrs":
        for version in range(3):
            at = START + random.randint(-2, 5) * DAY
            events.append(mapping(sku, {c: random.randint(1, 3) for c in random.sample("abc", 2)}, at=at, revision=version,
                                  to=at + 3 * DAY if random.random() < .3 else None))
    for sku in "abct":
        for version in range(3):
            events.append(cost(sku, random.randint(1, 3000), at=START + random.randint(-2, 5) * DAY, revision=version))
    return events


def test_a_delivery_beside_another_order_leaves_the_cost_of_what_was_restocked(case):
    """The revision changes no line, so that its lines are not priced in this batch, and those of the other order are."""
    play(case, cost("a", 300), cost("b", 900), order("o", [("a", 2)], status="SHIPPED"), refund("r", "o", [("1", 1, True)]))
    play(case, order("p", [("b", 1)]), order("o", [("a", 2)], revision=START + 5 * DAY))
    assert case.value("SELECT cost_minor FROM warehouse.fact_refund_lines") == 300
    assert case.value("SELECT sum(refund_cost_minor)::int FROM warehouse.agg_daily_sales") == 300
    case.run("verify")


RULES = ("sales", "refund_lines", "daily", "product", "catalog")


def test_any_order_of_arrival_any_duplicates_and_any_kill_leave_the_same_costs(make_case):
    random = seeded(21)
    events = history(random)
    held = []
    for rows, shuffled, point in ((20000, False, None), (20000, True, None), (9, True, "mid_copy"), (25, True, "before_commit")):
        case = make_case(**{f"shops__{SHOP}": {"timezone": "UTC"}}, batch__rows=rows)
        case.migrate()
        if shuffled:
            random.shuffle(events)
        for chunk in (events[:len(events) // 2], events[len(events) // 3:]):  # a third comes twice
            send(case, chunk)
            for nth in ((1, 3) if point else ()):
                done = case.run("run", "--until-end", "--instance-id", "one", env={"TILLSTREAM_CRASH_AT": f"{point}:{nth}"}, expect=None)
                assert done.returncode == -signal.SIGKILL
            case.run("run", "--until-end", "--instance-id", "one")
        case.run("verify")
        tables = case.tables()
        held.append({name: tables[name] for name in RULES})
    differing = {name: [tables[name] for tables in held] for name in RULES if len({tables[name] for tables in held}) > 1}
    assert not differing


def test_verify_finds_an_altered_cost_and_an_altered_version(case):
    play(case, mapping("box", {"a": 2}), cost("a", 300), order("o", [("box", 1)]), refund("r", "o", [("1", 1, True)]))
    case.run("verify")
    for table, change, back in (("fact_sales", "cost_minor = 1", "cost_minor = 600"), ("fact_sales", "cost_minor = NULL", "cost_minor = 600"),
                                ("unit_cost", "cost_minor = 301", "cost_minor = 300"),
                                ("sku_mapping", "quantities = '{3}'", "quantities = '{2}'"),
                                ("fact_refund_lines", "cost_minor = 1", "cost_minor = 600"),
                                ("agg_daily_sales", "cost_lines = cost_lines + 1", "cost_lines = cost_lines - 1")):
        case.sql(f"UPDATE warehouse.{table} SET {change}")
        assert case.run("verify", expect=None).returncode == 1, (table, change)
        case.sql(f"UPDATE warehouse.{table} SET {back}")
    case.run("verify")
