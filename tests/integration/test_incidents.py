"""Anomalies and incidents as they stand in the warehouse: the latest of each, once, whatever is written again."""
import json

import pytest

from alerts import anomaly, event, incident, write

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
    other.migrate()
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


def test_the_webhook_hears_of_a_wrong_price_once_in_six_hours(case):
    def told():
        return [row[0] for row in case.sql("SELECT extract(epoch FROM since - '2026-01-01 00:00Z')::int / 3600 FROM tillstream.alert_outbox ORDER BY since")]

    price = {"metric": "unit_price", "dimension": "sku", "key": "k"}
    write(case, [event(start=1, severity="warn", **price), event(start=2, **price), event(start=3, **price), event(start=7, **price),
                 event(start=20, **price), anomaly(start=2), event(start=4, key="order")], channels=("webhook",))
    assert told() == [2, 20], "7 is within six hours of 3, which is an alert too"
    write(case, [event(start=25, **price), event(start=40, **price), event(start=21, severity="warn", **price), event(start=33, key="other", metric="unit_price", dimension="sku")],
          channels=("webhook",))
    assert told() == [2, 20, 33, 40]
    write(case, [event(start=2, edits=1, **price)], channels=("webhook",))
    assert len(told()) == 4


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


def stored(case):
    """A few days of two shops in the warehouse, without a detector's opinion of them."""
    case.run("simulate", "--seed", 3, "--shops", 2, "--days", 4, "--orders", 800, "--start", "2026-01-01")
    case.run("run", "--until-end")
    case.sql("DELETE FROM warehouse.fact_incident; DELETE FROM warehouse.fact_anomaly")


def listed(case, *options):
    return json.loads(case.run("incidents", "--json", *options).stdout)["incidents"]


def test_incidents_are_listed_newest_first_and_filtered(case):
    write(case, [incident(opened=10), incident(shop="shop-b", opened=30, last=32), incident(metric="unit_price", dimension="sku", key="k", opened=20, last=40,
                                                                                           closed=44, status="recovered")])
    assert [row["opened_at"] for row in listed(case)] == sorted((row["opened_at"] for row in listed(case)), reverse=True)
    assert [row["shop_id"] for row in listed(case, "--open")] == ["shop-b", "shop-a"]
    assert [row["shop_id"] for row in listed(case, "--shop", "shop-b")] == ["shop-b"]
    assert [row["key"] for row in listed(case, "--metric", "unit_price")] == ["k"]
    assert len(listed(case, "--limit", 2)) == 2
    assert [row["key"] for row in listed(case, "--since", "2026-01-02T12:00:00")] == ["k"], "36 hours after the year began"
    assert len(listed(case, "--since", "2026-01-02")) == 2
    assert listed(case, "--since", "1h") == []
    assert case.run("incidents", "--since", "1h").stdout == "no incidents\n"


def test_mistakes_in_the_options_are_told(case):
    assert 'no shop is called \\"nowhere' in case.run("incidents", "--shop", "nowhere", expect=65).stderr
    assert 'did you mean \\"unit_price' in case.run("incidents", "--metric", "unit_prize", expect=64).stderr
    assert "--since needs a time" in case.run("incidents", "--since", "2026-02-31", expect=64).stderr
    assert "--since needs a time" in case.run("incidents", "--since", "soon", expect=64).stderr


def test_the_series_is_what_the_facts_say(case):
    stored(case)
    shop, sku, campaign = case.sql("SELECT s.shop_id, (SELECT sku FROM warehouse.fact_sales f WHERE f.shop_key = s.shop_key AND booked ORDER BY sku LIMIT 1),"
                                   " (SELECT platform || '/' || account_id || '/' || campaign_id FROM warehouse.fact_ad_spend a WHERE a.shop_key = s.shop_key LIMIT 1)"
                                   " FROM warehouse.dim_shop s ORDER BY 1 LIMIT 1")[0]
    write(case, [incident(shop=shop, opened=40, last=46, value=3, expected=9),
                 incident(shop=shop, metric="unit_price", dimension="sku", key=sku, opened=50, last=51)])
    rows = {(row["metric"], row["dimension"]): row for row in listed(case)}
    expected = dict(case.sql("SELECT floor(extract(epoch FROM o.created_at - '2026-01-01 00:00Z') / 3600)::int, sum(f.gross_minor)::float8 / count(DISTINCT o.order_id)"
                             " FROM warehouse.fact_orders o JOIN warehouse.dim_shop s USING (shop_key) JOIN warehouse.fact_sales f USING (order_key)"
                             " WHERE o.booked AND s.shop_id = %s GROUP BY 1", shop))
    series = rows["order_value", "shop"]["series"]
    assert series["start"] == 1767225600000000 + 20 * 3600000000 and series["width_us"] == 3600000000
    assert len(series["values"]) == 20 + 6 + 6
    assert series["values"] == [expected.get(20 + i) for i in range(32)]
    assert any(value for value in rows["unit_price", "sku"]["series"]["values"])
    assert campaign


def test_days_of_a_series_are_the_shops_own(case):
    stored(case)
    shop, zone = case.sql("SELECT shop_id, timezone FROM warehouse.dim_shop ORDER BY 1 LIMIT 1")[0]
    write(case, [incident(shop=shop, opened=48 + 8, last=72 + 8)])  # midnight in Los Angeles
    assert zone == "America/Los_Angeles"
    case.sql("UPDATE warehouse.fact_incident SET width_us = 86400000000, metric = 'gross'")
    days = dict(case.sql("SELECT a.day - '2026-01-03'::date, a.gross_minor::float8 FROM warehouse.agg_daily_sales a JOIN warehouse.dim_shop s USING (shop_key)"
                         " WHERE s.shop_id = %s", shop))
    series = listed(case)[0]["series"]["values"]
    assert [value for value in series if value] == [days[day] for day in sorted(days) if -20 <= day < len(series) - 20 and days[day]]
    assert series[20] == days[0]


def test_a_refund_rate_shows_what_came_back_of_what_was_sold_day_by_day(case):
    case.run("simulate", "--seed", 5, "--shops", 1, "--days", 20, "--orders", 2000, "--start", "2026-01-01")
    case.run("run", "--until-end")
    case.sql("DELETE FROM warehouse.fact_incident; DELETE FROM warehouse.fact_anomaly")
    shop, zone = case.sql("SELECT shop_id, timezone FROM warehouse.dim_shop")[0]
    write(case, [incident(shop=shop, opened=10 * 24 + 8, last=11 * 24 + 8, value=0.25, expected=0.05)])
    case.sql("UPDATE warehouse.fact_incident SET width_us = 86400000000, metric = 'refund_rate'")
    case.sql("UPDATE warehouse.dim_shop SET timezone = %s", zone)
    assert zone == "America/Los_Angeles"
    days = dict(case.sql("SELECT day - '2026-01-11'::date, r.given_back / s.gross_minor FROM (SELECT day, sum(shipping_refund_minor + discrepancy_minor +"
                         " (SELECT coalesce(sum(a), 0) FROM unnest(amounts_minor || taxes_minor) AS a))::float8 AS given_back FROM warehouse.fact_refunds"
                         " WHERE flags & 4 = 0 GROUP BY 1) r JOIN (SELECT day, sum(gross_minor)::float8 AS gross_minor FROM warehouse.agg_daily_sales"
                         " GROUP BY 1 HAVING sum(gross_minor) > 0) s USING (day)"))
    values = listed(case)[0]["series"]["values"]
    assert len([day for day in days if 0 <= day < len(values) - 20]) > 3
    assert all(values[20 + day] == pytest.approx(rate) for day, rate in days.items() if -20 <= day < len(values) - 20)
    assert "refund_rate" in case.run("incidents").stdout and "0.25" in case.run("incidents").stdout
    case.sql("UPDATE warehouse.fact_incident SET metric = 'refunds'")
    assert any(listed(case)[0]["series"]["values"])


def test_days_after_a_change_of_clocks_begin_at_midnight_too(case):
    """Los Angeles changes on 8 March 2026: midnight is 08:00 UTC before and 07:00 after it."""
    case.run("simulate", "--seed", 3, "--shops", 1, "--days", 14, "--orders", 1400, "--start", "2026-03-02")
    case.run("run", "--until-end")
    case.sql("DELETE FROM warehouse.fact_incident; DELETE FROM warehouse.fact_anomaly")
    shop = case.value("SELECT min(shop_id) FROM warehouse.dim_shop")
    since_new_year = (59 + 9) * 24 + 7  # midnight of 10 March
    write(case, [incident(shop=shop, opened=since_new_year, last=since_new_year + 24, value=9000, expected=8000)])
    case.sql("UPDATE warehouse.fact_incident SET width_us = 86400000000, metric = 'gross'")
    case.sql("UPDATE warehouse.dim_shop SET timezone = 'America/Los_Angeles'")  # what writes alerts says UTC
    assert "a character per day from 2026-02-18, as" in case.run("incidents").stdout
    row = listed(case)[0]
    assert row["series"]["start"] == 1771401600000000, "2026-02-18 08:00 UTC"
    days = dict(case.sql("SELECT a.day - '2026-02-18'::date, a.gross_minor::float8 FROM warehouse.agg_daily_sales a JOIN warehouse.dim_shop s"
                         " USING (shop_key) WHERE s.shop_id = %s", shop))
    assert row["series"]["values"] == [days.get(day, 0) for day in range(len(row["series"]["values"]))]
    case.sql("UPDATE warehouse.fact_incident SET opened_at = opened_at - interval '47 hours', peak_at = opened_at - interval '47 hours',"
             " last_at = opened_at - interval '24 hours', width_us = 82800000000")  # 8 March, which had 23 hours
    row = listed(case)[0]
    assert row["series"]["width_us"] == 86400000000
    assert row["series"]["values"][20] == days[18] and row["series"]["values"][21] == days[19]
    text = case.run("incidents").stdout
    assert ", the day, z" in text and "at        2026-03-08, the day" in text, text


def test_a_value_within_its_range_says_that_a_mean_stood_out(case):
    write(case, [incident(value=8500), incident(shop="shop-b", value=2500)])
    assert {row["shop_id"]: row["of_mean"] for row in listed(case)} == {"shop-a": True, "shop-b": False}
    assert case.run("incidents").stdout.count("(the mean of several up to it)") == 1


def test_people_get_a_line_of_blocks_or_of_letters(case):
    stored(case)
    shop = case.value("SELECT min(shop_id) FROM warehouse.dim_shop")
    write(case, [incident(shop=shop, opened=40, last=43, hypothesis="orders -36 %\x1b[31m"), incident(shop=shop, metric="unit_price", dimension="sku", key="k", closed=43,
                                                                                              status="new_normal")])
    text = case.run("incidents", env={"LC_ALL": "C.UTF-8"}).stdout
    assert "USD 25.00 against 80.00 expected (-69 %); ordinary is 60.00 to 100.00" in text, text
    assert any(block in text for block in "▂▃▄▅▆▇█") and "^^^" in text and "\x1b" not in text
    assert "orders -36 %" in text and "America/Los_Angeles" in text
    plain = case.run("incidents", env={"LC_ALL": "C"}).stdout
    assert plain.isascii() and "^^^" in plain


def test_an_altered_row_is_pointed_out(case):
    write(case, [incident()])
    case.sql("UPDATE warehouse.fact_incident SET value = 1")
    assert "not the one that was written" in case.run("incidents").stdout
    assert [row["intact"] for row in listed(case)] == [False]
