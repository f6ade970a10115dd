"""Whatever is sent, in whatever order, and whatever dies meanwhile: the warehouse holds what the log says, once."""
import json
import os
import signal
import time
from collections import Counter

import pytest

from harness import seeded, wait_until

SMALL = ("--shops", 5, "--days", 6, "--orders", 3000, "--start", "2026-01-01")
DIRTY = ("--duplicate-ppm", 20000, "--late-ppm", 20000, "--malformed-ppm", 10000)


def simulate(case, seed, *options):
    truth = case.folder / f"truth-{seed}.json"
    case.run("simulate", "--seed", seed, "--truth", truth, *SMALL, *options)
    return json.loads(truth.read_text())


def undisturbed(make_case, seed, *options):
    """The tables that a run without any accident leaves."""
    case = make_case()
    case.migrate()
    simulate(case, seed, *options)
    case.run("run", "--until-end")
    return case, case.tables()


FIGURES = {
    "orders": "orders", "lines": "lines", "units": "units", "gross": "gross_minor",
    "seller_discount": "seller_discount_minor", "platform_discount": "platform_discount_minor",
    "platform_fee": "platform_fee_minor", "payment_fee": "payment_fee_minor",
    "affiliate_commission": "affiliate_commission_minor", "net": "net_minor", "ad_spend": "ad_spend_minor",
    "cost": "cost_minor", "cost_lines": "cost_lines",
}


def warehouse_days(case):
    rows = case.sql("SELECT s.shop_id, a.day::text, a.currency, a.amount_scale, " +
                    ", ".join(f"a.{column}::bigint" for column in FIGURES.values()) +
                    " FROM warehouse.agg_daily_sales a JOIN warehouse.dim_shop s USING (shop_key)")
    return {tuple(row[:4]): dict(zip(FIGURES, row[4:])) for row in rows}


def truth_days(truth):
    days = {}
    for day in truth["days"]:
        figures = {name: day[column] for name, column in FIGURES.items()}
        if any(figures.values()):
            days[(day["shop_id"], day["day"], day["currency"], day["amount_scale"])] = figures
    return days


REFUND_FIGURES = ("gross", "seller_discount", "platform_discount", "amount", "tax", "shipping", "discrepancy", "fx", "affiliate_commission",
                  "fees_returned", "admin_fee", "case_fee", "net")


def refunds_by(case, day):
    rows = case.sql(f"SELECT s.shop_id, f.{day}::text, f.currency, f.amount_scale, sum(f.quantity)::bigint, coalesce(sum(f.cost_minor), 0)::bigint, (count(*) - count(f.cost_minor))::bigint, " +
                    ", ".join(f"sum(f.{name}_minor)::bigint" for name in REFUND_FIGURES) +
                    " FROM warehouse.fact_refund_lines f JOIN warehouse.dim_shop s USING (shop_key) WHERE f.booked"
                    " GROUP BY 1, 2, 3, 4")
    return {tuple(row[:4]): row[4:] for row in rows if any(row[4:])}


def truth_refunds(days):
    rows = {(day["shop_id"], day["day"], day["currency"], day["amount_scale"]):
            (day["units"], day["cost_minor"], day["cost_unknown"], *(day[f"{name}_minor"] for name in REFUND_FIGURES)) for day in days}
    return {key: figures for key, figures in rows.items() if any(figures)}


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_warehouse_agrees_with_the_simulators_truth_to_the_minor_unit(case, seed):
    truth = simulate(case, seed, *DIRTY)
    case.run("run", "--until-end")
    held, expected = warehouse_days(case), truth_days(truth)
    assert held.keys() == expected.keys()
    for key in expected:
        assert held[key] == expected[key], key
    assert refunds_by(case, "day") == truth_refunds(truth["refund_days"])
    assert refunds_by(case, "order_day") == truth_refunds(truth["refund_order_days"])
    assert case.value("SELECT count(*) FROM analytics.refunds WHERE parked") == truth["refunds"]["parked"]
    refused = Counter(dict(case.sql("SELECT reason, count(*) FROM tillstream.quarantine GROUP BY 1")))
    assert refused == +sum((Counter(kind["malformed"]) for kind in (truth, truth["refunds"], truth["settlements"], truth["catalog"])), Counter())
    case.run("verify")


def test_reading_everything_again_moves_no_byte(case):
    simulate(case, 4, *DIRTY)
    case.run("run", "--until-end")
    before = case.tables(anomalies=True)
    for settings in ({}, {"batch__rows": 17}):
        case.configure(**settings)
        case.rewind()
        case.run("run", "--until-end")
        assert case.tables(anomalies=True) == before
    case.run("verify")


@pytest.mark.parametrize("rows", [1, 40, 200000])
def test_any_batch_size_leaves_the_same_tables(make_case, rows):
    options = (5, "--orders", 400, *DIRTY)
    _, expected = undisturbed(make_case, *options)
    case = make_case(batch__rows=rows)
    case.migrate()
    simulate(case, *options)
    case.run("run", "--until-end")
    assert case.tables() == expected


CRASH_POINTS = ("after_poll", "after_decode", "mid_copy", "before_commit", "after_commit", "in_rebalance")


def test_a_kill_at_every_named_point_loses_and_doubles_nothing(make_case):
    options = (6, *DIRTY)
    _, expected = undisturbed(make_case, *options)
    case = make_case(batch__rows=500)
    case.migrate()
    simulate(case, *options)
    killed = 0
    for point in CRASH_POINTS:
        for count in (1, 3):
            if point in ("after_poll", "after_decode"):
                count *= 700
            done = case.run("run", "--until-end", "--instance-id", "one", env={"TILLSTREAM_CRASH_AT": f"{point}:{count}"}, expect=None)
            assert done.returncode in (0, -signal.SIGKILL), done.stderr
            killed += done.returncode == -signal.SIGKILL
    assert killed >= 8, "most of the crash points must have been reached"
    case.run("run", "--until-end")
    assert case.tables() == expected
    case.run("verify")


def test_kills_at_random_moments_lose_and_double_nothing(make_case):
    random = seeded(7)
    options = (7, *DIRTY)
    _, expected = undisturbed(make_case, *options)
    case = make_case(batch__rows=300)
    case.migrate()
    simulate(case, *options)
    case.kill_at_random(random, 12, 1.5)
    case.run("run", "--until-end")
    assert case.tables() == expected
    case.run("verify")


def test_a_killed_postmaster_is_waited_for_and_nothing_is_lost(make_case, syncing_rig):
    options = (8, *DIRTY)
    _, expected = undisturbed(make_case, *options)
    case = make_case(batch__rows=200)
    case.migrate()
    simulate(case, *options)
    process = case.start("run", "--until-end", "--instance-id", "one")
    wait_until(lambda: case.value("SELECT count(*) FROM warehouse.fact_orders") > 0, "the first batch")
    syncing_rig.kill("postgres")
    time.sleep(1)
    syncing_rig.up()
    assert process.wait(120) == 0, process.log.read_text()
    assert case.tables() == expected


def test_a_killed_broker_is_waited_for_and_nothing_is_lost(make_case, rig):
    options = (9, *DIRTY)
    _, expected = undisturbed(make_case, *options)
    case = make_case(batch__rows=200)
    case.migrate()
    simulate(case, *options)
    process = case.start("run")
    wait_until(lambda: case.value("SELECT count(*) FROM warehouse.fact_orders") > 0, "the first batch")
    rig.kill("kafka")
    time.sleep(1)
    rig.up()
    wait_until(lambda: case.tables() == expected, "the whole log", timeout_s=120, every_s=0.5)
    process.terminate()
    assert process.wait(60) == 0, process.log.read_text()


def test_two_processes_share_the_partitions_and_a_kill_hands_them_over(make_case):
    options = (10, *DIRTY)
    _, expected = undisturbed(make_case, *options)
    case = make_case(batch__rows=200)
    case.migrate()
    simulate(case, *options)
    first = case.start("run", "--instance-id", "a")
    wait_until(lambda: case.value("SELECT count(*) FROM warehouse.fact_orders") > 0, "the first batch")
    second = case.start("run", "--instance-id", "b")
    time.sleep(1)
    first.kill()
    wait_until(lambda: case.tables() == expected, "the whole log", timeout_s=120, every_s=0.5)
    second.terminate()
    assert second.wait(60) == 0, second.log.read_text()
    case.run("verify")


def test_a_process_that_slept_through_its_eviction_writes_nothing(make_case):
    options = (11, *DIRTY)
    _, expected = undisturbed(make_case, *options)
    case = make_case(batch__rows=100)
    case.migrate()
    simulate(case, *options)
    sleeper = case.start("run")
    wait_until(lambda: case.value("SELECT count(*) FROM warehouse.fact_orders") > 0, "the first batch")
    sleeper.send_signal(signal.SIGSTOP)
    # Another member that believes it owns the same partitions: another group, the same positions.
    case.configure(kafka__group=f"{case.name}_other")
    case.run("run", "--until-end")
    assert case.tables() == expected
    sleeper.send_signal(signal.SIGCONT)
    wait_until(lambda: "another process owns" in sleeper.log.read_text(), "the sleeper to be told")
    sleeper.terminate()
    assert sleeper.wait(60) == 0, sleeper.log.read_text()
    assert case.tables() == expected
    case.run("verify")


def test_a_terminated_run_drains_and_leaves_with_success(case):
    simulate(case, 12, *DIRTY)
    process = case.start("run")
    wait_until(lambda: case.value("SELECT count(*) FROM warehouse.fact_orders") > 0, "the first batch")
    process.terminate()
    assert process.wait(30) == 0, process.log.read_text()
    case.run("verify")


def _alterable(case, schema, table):
    return [row[0] for row in case.sql(
        "SELECT column_name FROM information_schema.columns WHERE table_schema = %s AND table_name = %s"
        " AND data_type IN ('bigint', 'integer', 'smallint', 'text', 'boolean', 'date', 'timestamp with time zone')"
        " ORDER BY ordinal_position", schema, table)]


@pytest.mark.parametrize("table", ["fact_orders", "fact_sales", "fact_ad_spend", "agg_daily_sales", "agg_product_base"])
def test_verify_finds_any_single_value_altered_by_hand(case, table):
    simulate(case, 13, "--orders", 300)
    case.run("run", "--until-end")
    case.run("verify")
    if table == "agg_product_base" and not case.value("SELECT count(*) FROM warehouse.agg_product_base"):
        table = "agg_product_delta"
    change = {"bigint": "{0} + 1000000", "integer": "{0} + 1", "smallint": "{0} + 300", "text": "{0} || 'x'", "boolean": "NOT {0}",
              "date": "{0} + 5000", "timestamp with time zone": "{0} + interval '1 s'"}
    finer = {"flags": "{0} # 1", "amount_scale": "{0} + 1"}
    types = dict(case.sql("SELECT column_name, data_type FROM information_schema.columns WHERE table_schema = 'warehouse'"
                          " AND table_name = %s", table))
    provenance = {"source_topic", "source_partition", "source_offset", "shop_key", "rule_set"}
    missed = []
    for column in _alterable(case, "warehouse", table):
        if column in provenance:
            continue
        row = case.sql(f"SELECT ctid::text, {column} FROM warehouse.{table} WHERE {column} IS NOT NULL LIMIT 1")
        if not row:
            continue
        ctid, value = row[0]
        found = case.sql(f"UPDATE warehouse.{table} SET {column} = {(finer.get(column) or change[types[column]]).format(column)} WHERE ctid = %s"
                         " RETURNING ctid::text", ctid)
        if case.run("verify", expect=None).returncode != 1:
            missed.append(column)
        case.sql(f"UPDATE warehouse.{table} SET {column} = %s WHERE ctid = %s", value, found[0][0])
    assert missed == []
    case.run("verify")
