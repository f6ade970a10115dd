"""Anomalies and incidents as they stand in the warehouse: the latest of each, once, whatever is written again."""
from alerts import anomaly, incident, write

INCIDENTS = ("SELECT s.shop_id, i.metric, i.dimension, i.key, i.revision, i.status FROM warehouse.fact_incident i"
             " JOIN warehouse.dim_shop s USING (shop_key) ORDER BY 1, 2, 3, 4, i.opened_at")
ANOMALIES = "SELECT edits, withdrawn, value FROM warehouse.fact_anomaly ORDER BY window_start, key"
ROWS = "SELECT md5(string_agg(i::text, '|' ORDER BY i::text)) FROM (SELECT * FROM warehouse.{}) i"


def test_the_largest_revision_stands_within_a_batch_and_over_batches(case):
    write(case, [incident(revision=2), incident(revision=3, last=14), incident(revision=1)],
          [incident(revision=3, last=99), incident(shop="shop-b", dimension="sku", key="k")], [incident(revision=2, status="recovered")])
    assert case.sql(INCIDENTS) == [("shop-a", "order_value", "shop", "", 3, "open"), ("shop-b", "order_value", "sku", "k", 1, "open")]
    assert case.value("SELECT max(last_at) - max(opened_at) FROM warehouse.fact_incident JOIN warehouse.dim_shop USING (shop_key)"
                      " WHERE shop_id = 'shop-a'").total_seconds() == 4 * 3600, "of equally late ones the first stays"
    case.run("verify")


def test_edits_raise_withdraw_and_raise_an_anomaly_again(case):
    write(case, [anomaly(), anomaly(edits=1, value=2600), anomaly(key="other", dimension="sku")])
    assert case.sql(ANOMALIES) == [(1, False, 2600.0), (0, False, 2500.0)]
    write(case, [anomaly(edits=2, withdrawn=1, value=7900)], [anomaly(edits=1, value=1)])
    assert case.sql(ANOMALIES) == [(2, True, 7900.0), (0, False, 2500.0)]
    write(case, [anomaly(edits=3, value=1000)])
    assert case.sql(ANOMALIES) == [(3, False, 1000.0), (0, False, 2500.0)]
    case.run("verify")


def test_what_is_written_again_moves_no_byte_and_is_told_to_nobody(case):
    rows = [[incident(), anomaly(), anomaly(start=11)], [incident(revision=2, last=13)], [incident(revision=3, status="recovered", closed=15)]]
    write(case, *rows, channels=("topic", "webhook"))
    before = [case.value(ROWS.format(table)) for table in ("fact_incident", "fact_anomaly")]
    told = case.sql("SELECT channel, count(*) FROM tillstream.alert_outbox GROUP BY 1 ORDER BY 1")
    assert told == [("topic", 5), ("webhook", 2)], "the topic hears of every change, the webhook of the opening and the end"
    write(case, *rows, channels=("topic", "webhook"))
    write(case, sum(rows, []), channels=("topic", "webhook"))
    assert [case.value(ROWS.format(table)) for table in ("fact_incident", "fact_anomaly")] == before
    assert case.sql("SELECT channel, count(*) FROM tillstream.alert_outbox GROUP BY 1 ORDER BY 1") == told
    case.run("verify")


def test_the_outbox_is_filled_only_for_channels_that_are_there(case):
    write(case, [incident(), anomaly()])
    assert case.value("SELECT count(*) FROM tillstream.alert_outbox") == 0


def test_an_alert_has_one_id_in_every_database(case, make_case):
    other = make_case()
    other.run("migrate")
    write(other, [incident(shop="earlier")])
    ids = "SELECT alert_id FROM tillstream.alert_outbox ORDER BY alert_id"
    for target in (case, other):
        write(target, [incident(), anomaly()], [incident(revision=2)], channels=("topic",))
    assert case.sql(ids) == other.sql(ids)
    assert case.value("SELECT count(DISTINCT alert_id) FROM tillstream.alert_outbox") == 3


def test_nobody_hears_of_what_was_withdrawn_before_it_was_told(case):
    write(case, [anomaly(edits=1, withdrawn=1), incident(), incident(revision=2, status="withdrawn", closed=12)], channels=("topic", "webhook"))
    assert case.value("SELECT count(*) FROM tillstream.alert_outbox") == 0
    write(case, [anomaly(edits=2)], channels=("topic", "webhook"))
    assert case.sql("SELECT channel, kind, status FROM tillstream.alert_outbox") == [("topic", "anomaly", "raised")]


def test_a_row_that_the_database_refuses_stands_alone_in_quarantine(case):
    case.sql("ALTER TABLE warehouse.fact_incident ADD CONSTRAINT refuses CHECK (key <> 'bad')")
    rows = [incident(key=f"k{i}", dimension="sku") for i in range(20)] + [incident(key="bad", dimension="sku"), anomaly()]
    assert write(case, rows, channels=("topic",)) == 1
    assert case.value("SELECT count(*) FROM warehouse.fact_incident") == 20
    assert case.value("SELECT count(*) FROM warehouse.fact_anomaly") == 1
    assert case.value("SELECT count(*) FROM tillstream.alert_outbox") == 21
    assert case.sql("SELECT reason, detail LIKE '%%refuses%%' FROM tillstream.quarantine") == [("database_refused", True)]


def test_verify_finds_any_column_that_was_altered(case):
    write(case, [incident(hypothesis="orders -36 %"), anomaly()])
    case.run("verify")
    changes = {"fact_incident": ["last_at = last_at + '1 s'", "closed_at = now()", "peak_at = now()", "width_us = 1", "value = 1", "expected = 1",
                                 "lower = 1", "upper = 1", "z_calibrated = 1", "bucket_count = 7", "child_count = 7", "status = 'recovered'",
                                 "severity = 'warn'", "direction = 'above'", "hypothesis = NULL", "revision = 2", "opened_at = now()",
                                 "metric = 'x'", "dimension = 'x'", "key = 'x'"],
               "fact_anomaly": ["dimension = 'x'", "width_us = 1", "edits = 9", "withdrawn = true", "hypothesis = 'x'", "value = 1",
                                "key = 'x'", "n = 1", "window_start = now()"]}
    for table, assignments in changes.items():
        case.sql(f"CREATE TABLE public.kept AS TABLE warehouse.{table}")
        for assignment in assignments:
            case.sql(f"UPDATE warehouse.{table} SET {assignment}")
            assert "the row is not the one" in case.run("verify", expect=1).stderr, assignment
            case.sql(f"DELETE FROM warehouse.{table}; INSERT INTO warehouse.{table} TABLE public.kept")
        case.sql("DROP TABLE public.kept")
    case.run("verify")


def test_views_tell_money_in_the_currencys_unit(case):
    write(case, [incident(hypothesis="price"), anomaly()])
    assert case.sql("SELECT value, expected, status, direction, hypothesis, width::text FROM analytics.incidents") == \
        [(25.0, 80.0, "open", "below", "price", "01:00:00")]
    assert case.sql("SELECT dimension, width::text, edits, withdrawn FROM analytics.anomalies") == [("shop", "01:00:00", 0, False)]
    assert case.value("SELECT count(*) FROM pg_attribute a WHERE attrelid = 'analytics.incidents'::regclass AND attnum > 0"
                      " AND col_description(attrelid, attnum) IS NULL") == 0
