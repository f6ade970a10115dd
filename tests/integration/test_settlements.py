"""Lines of payout statements from Kafka to the warehouse: once, in any batches, as of their latest revision, to the minor unit."""
import json

import pytest

from harness import ROOT, seeded
from statements import START_US, line, order, send

US_SALE = {"Total settlement amount": 3794, "Net sales": 4500, "Gross sales": 5000, "Seller discount": -500, "Fees": -706,
           "Referral fee": -306, "Affiliate Commission": -400, "Customer payment": 4914}


def facts(case):
    return case.sql("SELECT transaction_id, sku, type, total_minor, total_break_minor, sales_break_minor, unknown_count, revision"
                    " FROM warehouse.fact_settlements ORDER BY 1, 2")


def amounts(case, transaction_id, sku=""):
    return {field: (kind, amount) for field, kind, amount in
            case.sql("SELECT field, class, amount_minor FROM warehouse.fact_settlement_lines WHERE transaction_id = %s AND sku = %s",
                     transaction_id, sku)}


def random_lines(random, count):
    """Lines of a few shops, some restated, some delivered twice; amounts that add up and others that do not."""
    events = []
    types = ["Order", "Order", "Order", "Chargeback", "Reserve", "GMV payment for TikTok Ads", "Galaxy settlement"]
    for n in range(count):
        gross, referral = random.randrange(100, 100_000), random.randrange(0, 5_000)
        stated = {"settlement_amount": gross - referral + random.choice([0, 0, 0, 9]), "net_sales_amount": gross,
                  "gross_sales_amount": gross, "fee_amount": -referral, "referral_fee_amount": -referral}
        if random.random() < 0.1:
            stated["galaxy_fee_amount"] = -random.randrange(1, 100)
        event = line(f"shop-{random.randrange(5)}", f"t{n}", stated, statement=f"st-{n // 20}", native_type=random.choice(types),
                     order_id=f"o{n}", sku=random.choice([None, "sku-a"]), payout_id=random.choice([None, "p1"]), revision=START_US + n)
        events.append(event)
        if random.random() < 0.3:
            events.append({**event, "status": "ADJUSTED", "revision": event["revision"] + 5,
                           "amounts": [{"field": "settlement_amount", "amount": gross}]})
        if random.random() < 0.3:
            events.append(event)
    return events


def test_a_line_becomes_a_row_and_its_amounts_and_verify_agrees(case):
    send(case, "settlements", [line("shop-1", "t1", US_SALE, order_id="o1", payout_id="p1")])
    case.run("run", "--until-end")
    assert facts(case) == [("t1", "", "order", 3794, 0, 0, 0, START_US + 20 * 86_400_000_000)]
    assert amounts(case, "t1") == {"gross_sales": ("gross", 5000), "seller_discount": ("seller_discount", -500),
                                   "referral_fee": ("platform_fee", -306), "affiliate_commission": ("affiliate", -400)}
    case.run("verify")


def test_a_later_revision_replaces_the_line_and_its_amounts_and_an_earlier_one_does_not(case):
    first = line("shop-1", "t1", US_SALE, revision=1)
    send(case, "settlements", [first])
    case.run("run", "--until-end")
    restated = {**line("shop-1", "t1", {"Total settlement amount": 3800, "Net sales": 4500, "Gross sales": 5000, "Seller discount": -500,
                                         "Fees": -700, "Referral fee": -300, "Affiliate Commission": -400}, revision=2), "status": "PAID"}
    send(case, "settlements", [restated, first, first])
    case.run("run", "--until-end")
    assert [row[3] for row in facts(case)] == [3800]
    assert amounts(case, "t1")["referral_fee"] == ("platform_fee", -300)
    assert case.value("SELECT count(*) FROM warehouse.fact_settlement_lines") == 4
    case.run("verify")


@pytest.mark.parametrize("rows", [1, 7, 20000])
def test_reading_everything_again_in_any_batches_moves_no_byte(make_case, rows):
    random = seeded(20)
    case = make_case()
    case.migrate()
    send(case, "settlements", random_lines(random, 300))
    case.run("run", "--until-end")
    before = case.tables()
    assert case.value("SELECT count(*) FROM warehouse.fact_settlements") == 300
    case.configure(batch__rows=rows)
    case.rewind()
    case.run("run", "--until-end")
    assert case.tables() == before
    other = make_case(batch__rows=rows)
    other.migrate()
    send(other, "settlements", random_lines(seeded(20), 300))
    other.run("run", "--until-end")
    assert other.tables() == before
    other.run("verify")


def test_a_kill_in_the_middle_loses_and_doubles_nothing(make_case):
    events = random_lines(seeded(21), 200)
    calm = make_case()
    calm.migrate()
    send(calm, "settlements", events)
    calm.run("run", "--until-end")
    case = make_case(batch__rows=50)
    case.migrate()
    send(case, "settlements", events)
    for point in ("mid_copy:2", "before_commit:2", "after_commit:1"):
        case.run("run", "--until-end", "--instance-id", "one", env={"TILLSTREAM_CRASH_AT": point}, expect=None)
    case.run("run", "--until-end")
    assert case.tables() == calm.tables()
    case.run("verify")


def test_lines_that_state_nothing_or_a_thing_twice_are_refused_with_their_reason(case):
    send(case, "settlements", [
        line("shop-1", "t1", {"Customer payment": 100}),
        line("shop-1", "t2", {"Referral fee": -1, "referral_fee": -1}),
        line("shop-1", "t3", {"Referral fee": -10**16}),
        line("shop-1", "t4", US_SALE),
    ])
    case.run("run", "--until-end")
    refused = case.sql("SELECT reason FROM tillstream.quarantine ORDER BY 1")
    assert refused == [("amount_overflow",), ("duplicate_field",), ("no_amounts",)]
    assert [row[0] for row in facts(case)] == ["t4"]


def test_a_shop_that_books_in_another_currency_refuses_the_line(make_case):
    case = make_case(shops={"default": {"timezone": "UTC", "fees": str(ROOT / "deploy/fees/none.yaml"), "currency": "USD", "amount_scale": 2}})
    case.migrate()
    send(case, "settlements", [line("shop-1", "t1", US_SALE, currency="EUR"), line("shop-1", "t2", US_SALE, scale=3),
                               line("shop-1", "t3", US_SALE)])
    case.run("run", "--until-end")
    assert case.sql("SELECT reason FROM tillstream.quarantine ORDER BY 1") == [("wrong_currency",), ("wrong_scale",)]
    assert [row[0] for row in facts(case)] == ["t3"]


def test_the_summary_counts_what_is_unknown_and_what_does_not_add_up(case):
    send(case, "settlements", [line("shop-1", "t1", US_SALE), line("shop-1", "t2", {**US_SALE, "Total settlement amount": 3803}),
                               line("shop-1", "t3", {"Total settlement amount": -5}, native_type="Galaxy settlement")])
    done = json.loads(case.run("run", "--until-end", "--json").stdout)
    assert (done["settlements_new"], done["settlements_broken"], done["settlements_unknown"]) == (3, 1, 1)


def test_the_day_of_a_line_is_the_shops_own(make_case):
    case = make_case(shops={"default": {"timezone": "Asia/Jakarta", "fees": str(ROOT / "deploy/fees/none.yaml")}})
    case.migrate()
    send(case, "settlements", [line("shop-1", "t1", US_SALE, settled_at=START_US + 16 * 3_600_000_000),
                               line("shop-1", "t2", US_SALE, settled_at=START_US + 18 * 3_600_000_000)])
    case.run("run", "--until-end")
    assert case.sql("SELECT transaction_id, day::text FROM warehouse.fact_settlements ORDER BY 1") == [
        ("t1", "2026-01-01"), ("t2", "2026-01-02")]


def test_a_line_that_the_database_refuses_stands_alone_in_quarantine(case):
    case.sql("ALTER TABLE warehouse.fact_settlements ADD CONSTRAINT refuses CHECK (transaction_id <> 't77')")
    events = random_lines(seeded(23), 120)
    send(case, "settlements", events)
    case.run("run", "--until-end")
    refused = sum(event["transaction_id"] == "t77" for event in events)
    assert case.value("SELECT count(*) FROM warehouse.fact_settlements") == 119
    assert case.sql("SELECT reason, count(*)::int FROM tillstream.quarantine GROUP BY 1") == [("database_refused", refused)]
    case.run("verify")


def test_verify_finds_any_single_value_altered_by_hand(case):
    send(case, "settlements", random_lines(seeded(22), 30))
    case.run("run", "--until-end")
    case.run("verify")
    columns = case.sql("SELECT column_name, data_type FROM information_schema.columns WHERE table_schema = 'warehouse'"
                       " AND table_name = 'fact_settlements' AND data_type NOT IN ('uuid', 'ARRAY') ORDER BY ordinal_position")
    change = {"bigint": "{0} + 1000000", "integer": "{0} + 1", "smallint": "{0} + 1", "text": "{0} || 'x'", "boolean": "NOT {0}",
              "date": "{0} + 5000", "timestamp with time zone": "{0} + interval '1 s'"}
    altered = [(column, change[kind].format(column)) for column, kind in columns
               if column not in ("source_topic", "source_partition", "source_offset")]
    altered += [(column, expression.replace("LIST", column)) for column in ("fields", "classes") for expression in (
        "LIST || ',tax'", "LIST || ','", "'tax,' || LIST", "substr(LIST, strpos(LIST, ',') + 1)", "replace(LIST, ',', ';')", "''")]
    altered += [("amounts_minor", expression) for expression in (
        "7::bigint || amounts_minor[2:]", "7::bigint || amounts_minor", "amounts_minor[2:]",
        "array_replace(amounts_minor, amounts_minor[1], NULL)", "ARRAY[amounts_minor]", "'{}'")]
    missed = []
    for column, expression in altered:
        ctid, value = case.sql(f"SELECT ctid::text, {column} FROM warehouse.fact_settlements WHERE {column} IS NOT NULL"
                               " AND cardinality(amounts_minor) > 1 LIMIT 1")[0]
        new = case.sql(f"UPDATE warehouse.fact_settlements SET {column} = {expression} WHERE ctid = %s RETURNING ctid::text", ctid)
        if case.run("verify", expect=None).returncode != 1:
            missed.append(expression)
        case.sql(f"UPDATE warehouse.fact_settlements SET {column} = %s WHERE ctid = %s", value, new[0][0])
    assert missed == []
    case.run("verify")
