"""Alerts go out at least once, signed, in order, whatever fails or dies, and no more of them than the budget allows."""
import json
import struct
import time

import pytest
from alerts import anomaly, incident, write
from avro import SCHEMAS
from confluent_kafka import Consumer, TopicPartition
from harness import wait_until
from receiver import Receiver

SECRET = "a canary: 5f3c-never-to-be-logged"
TOPIC_PARTITIONS = 2
# As an instance of a name the next process takes the partitions of one that was killed at once, and not when its session is over.
INSTANCE = ("--instance-id", "one")
RUN = ("run", "--until-end", *INSTANCE)
LEFT = "SELECT count(*) FROM tillstream.alert_outbox"


@pytest.fixture
def receiver():
    receiver = Receiver(SECRET)
    yield receiver
    receiver.close()


@pytest.fixture
def hooked(make_case, receiver, tmp_path):
    """A case whose alerts go to the receiver."""
    secret = tmp_path / "secret"
    secret.write_text(SECRET + "\n")
    secret.chmod(0o600)
    case = make_case(alerts__webhook__url=receiver.url, alerts__webhook__secret_file=str(secret), alerts__webhook__budget_per_shop_hour=100)
    case.migrate()
    return case


def committed(case, channel="webhook"):
    rows = case.sql("SELECT replace(alert_id::text, '-', '') FROM tillstream.alert_outbox WHERE channel = %s ORDER BY seq", channel)
    return [row[0] for row in rows]


def many(count, shop="shop-a"):
    return [incident(shop=shop, dimension="sku", key=f"k{i:03}", opened=i, last=i + 1) for i in range(count)]


def test_every_alert_arrives_signed_and_in_order_after_some_failures(hooked, receiver):
    write(hooked, many(12), channels=("webhook",))
    ids = committed(hooked)
    receiver.failures = [500, 503, 429]
    log = hooked.run("run", "--until-end").stderr
    while hooked.value(LEFT):  # the end waits for no receiver that fails: the next run tells the rest
        log += hooked.run("run", "--until-end").stderr
    assert receiver.ids() == ids and not receiver.bad
    assert "are not delivered" in log and "status 500" in log
    assert SECRET not in log and "/hook" not in log
    alert = receiver.got[0]
    assert (alert["kind"], alert["status"], alert["shop_id"], alert["key"], alert["value"]) == ("incident", "open", "shop-a", "k000", 2500)
    assert alert["opened_at"] == 1767225600000000 and alert["currency"] == "USD" and alert["closed_at"] is None


def test_a_daemon_goes_on_trying_and_says_when_it_works_again(hooked, receiver):
    receiver.failures = [500] * 4
    process = hooked.start("run")
    write(hooked, many(3), channels=("webhook",))
    wait_until(lambda: hooked.value(LEFT) == 0, "all are told")
    write(hooked, [incident(dimension="sku", key="k000", opened=0, last=2, revision=2), incident(dimension="sku", key="k001", opened=1, closed=9, status="recovered", revision=2)],
          channels=("webhook",))
    wait_until(lambda: hooked.value(LEFT) == 0, "the end is told")
    process.terminate()
    assert process.wait(30) == 0
    assert [alert["status"] for alert in receiver.got] == ["open"] * 3 + ["recovered"], "that it goes on wakes nobody"
    text = process.log.read_text()
    assert text.count("are not delivered") == 1 and text.count("are delivered again") == 1
    assert SECRET not in text


@pytest.mark.parametrize("place", ["webhook_answered:2", "webhook_answered:5"])
def test_who_dies_between_the_answer_and_its_note_tells_again(hooked, receiver, place):
    write(hooked, many(8), channels=("webhook",))
    ids = committed(hooked)
    hooked.run(*RUN, env={"TILLSTREAM_CRASH_AT": place}, expect=-9)
    hooked.run(*RUN)
    assert hooked.value(LEFT) == 0
    assert sorted(set(receiver.ids())) == sorted(ids) and len(receiver.ids()) == len(ids) + 1 and not receiver.bad


def test_killed_again_and_again_every_alert_arrives(hooked, receiver):
    receiver.delay_s = 0.02
    receiver.failures = [500, 502]
    expected = []
    for round in range(4):
        process = hooked.start("run", *INSTANCE)
        write(hooked, many(10, f"shop-{round}"), channels=("webhook",))
        expected += [f"shop-{round}/k{i:03}" for i in range(10)]
        wait_until(lambda: len(receiver.ids()) > round * 10 + 2, "some have arrived")
        process.kill()
        process.wait()
    hooked.run(*RUN)
    wait_until(lambda: hooked.value(LEFT) == 0, "all are told")
    assert sorted({f"{alert['shop_id']}/{alert['key']}" for alert in receiver.got}) == expected and not receiver.bad


def test_a_dead_receiver_holds_up_no_batch_and_no_end(make_case, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text(SECRET)
    case = make_case(alerts__webhook__url="http://127.0.0.1:9/", alerts__webhook__secret_file=str(secret))
    case.migrate()
    write(case, many(3), channels=("webhook",))
    case.run("simulate", "--seed", 1, "--shops", 2, "--days", 2, "--orders", 300)
    started = time.monotonic()
    done = case.run("run", "--until-end")
    assert time.monotonic() - started < 30
    assert case.value("SELECT count(*) FROM warehouse.fact_orders") > 0
    assert case.value(LEFT + " WHERE shop_key = (SELECT shop_key FROM warehouse.dim_shop WHERE shop_id = 'shop-a')") == 3
    assert "are not delivered" in done.stderr


def test_beyond_the_budget_only_a_number_is_told(hooked, receiver):
    hooked.configure(**{"alerts__webhook": {**hooked.config["alerts"]["webhook"], "budget_per_shop_hour": 3}})
    write(hooked, many(10) + many(2, "shop-b"), channels=("webhook",))
    hooked.run("run", "--until-end")
    assert [alert["shop_id"] for alert in receiver.got] == ["shop-a"] * 3 + ["shop-b"] * 2
    assert hooked.value(LEFT) == 0
    hooked.sql("UPDATE tillstream.alert_budget SET hour = hour - interval '1 hour'")  # the hour is over
    write(hooked, [incident(dimension="sku", key="late", opened=50, last=51)], channels=("webhook",))
    hooked.run("run", "--until-end")
    told = receiver.got[5:]
    assert [alert["kind"] for alert in told] == ["incident", "held_back"]
    assert (told[1]["shop_id"], told[1]["count"]) == ("shop-a", 7) and "7 more alerts" in told[1]["text"]
    hooked.run("run", "--until-end")
    assert len(receiver.got) == 7 and not receiver.bad
    assert hooked.sql("SELECT sent, held FROM tillstream.alert_budget") == [(1, 0)]


def test_two_processes_do_not_tell_twice(hooked, receiver):
    receiver.delay_s = 0.01
    processes = [hooked.start("run"), hooked.start("run")]
    write(hooked, many(40), channels=("webhook",))
    wait_until(lambda: hooked.value(LEFT) == 0, "all are told")
    for process in processes:
        process.terminate()
        process.wait(30)
    assert len(receiver.ids()) == 40


def test_plain_http_to_elsewhere_is_a_mistake(make_case, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text(SECRET)
    case = make_case(alerts__webhook__url="http://10.1.2.3/hook", alerts__webhook__secret_file=str(secret))
    done = case.run("check-config", "--offline", expect=78)
    assert "alerts.webhook.url" in done.stderr and "https://" in done.stderr and SECRET not in done.stderr


def read_schema(data, schema):
    """Avro's binary form under a flat schema of ours."""
    at = 0

    def take_long():
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value >> 1 ^ -(value & 1)

    def take(kind):
        nonlocal at
        if isinstance(kind, list):
            return take(kind[take_long()])
        kind = kind["type"] if isinstance(kind, dict) else kind
        if kind == "null":
            return None
        if kind in ("int", "long"):
            return take_long()
        length = 8 if kind == "double" else take_long()
        at += length
        raw = data[at - length:at]
        return struct.unpack("<d", raw)[0] if kind == "double" else raw.decode()

    record = {field["name"]: take(field["type"]) for field in schema["fields"]}
    assert at == len(data)
    return record


@pytest.fixture
def topical(make_case):
    case = make_case()
    case.topics["anomalies"] = f"{case.name}_anomalies"
    case.make_topics([case.topics["anomalies"]], TOPIC_PARTITIONS)
    case.configure()
    case.migrate()
    return case


def in_topic(case):
    """All alerts that the topic has, partition by partition."""
    consumer = Consumer({"bootstrap.servers": case.rig.brokers, "group.id": case.name + "-reader", "enable.auto.commit": False})
    schema = json.loads((SCHEMAS / "alert.avsc").read_text())
    alerts = []
    for partition in range(TOPIC_PARTITIONS):
        place = TopicPartition(case.topics["anomalies"], partition, 0)
        _, end = consumer.get_watermark_offsets(place, 30)
        consumer.assign([place])
        for message in consumer.consume(end, 30) if end else []:
            assert not message.error() and message.value()[:5] == b"\0\0\0\0\x09"
            alert = read_schema(message.value()[5:], schema)
            assert message.key().decode() == alert["shop_id"]
            alerts.append(alert)
        assert not end or message.offset() == end - 1, "all of them have come"
    consumer.close()
    return alerts


def test_the_topic_gets_every_change_of_anomalies_and_incidents(topical):
    write(topical, [incident(hypothesis="orders -36 %"), anomaly(start=3)], [incident(revision=2, last=14), anomaly(start=3, edits=1, withdrawn=1)],
          channels=("topic",))
    ids = committed(topical, "topic")
    topical.run("check-config")
    topical.run("run", "--until-end")
    assert topical.value(LEFT) == 0
    alerts = in_topic(topical)
    assert [alert["alert_id"] for alert in alerts] == ids
    assert sorted((alert["kind"], alert["status"], alert["revision"]) for alert in alerts) == \
        [("anomaly", "raised", 0), ("anomaly", "withdrawn", 1), ("incident", "open", 1), ("incident", "open", 2)]
    told = next(alert for alert in alerts if alert["kind"] == "incident")
    assert (told["hypothesis"], told["value"], told["expected"], told["width_us"]) == ("orders -36 %", 2500, 8000, 3600000000)


def test_who_dies_after_the_brokers_have_it_sends_again(topical):
    write(topical, many(20), channels=("topic",))
    ids = committed(topical, "topic")
    topical.run(*RUN, env={"TILLSTREAM_CRASH_AT": "topic_delivered:1"}, expect=-9)
    topical.run(*RUN)
    told = [alert["alert_id"] for alert in in_topic(topical)]
    assert sorted(set(told)) == sorted(ids) and len(told) == 40


def test_a_topic_that_is_not_there_is_named(make_case):
    case = make_case()
    case.topics["anomalies"] = f"{case.name}_missing"
    case.configure()
    case.migrate()
    assert "_missing" in case.run("check-config", expect=None).stdout


def test_what_a_stream_raises_is_told_whatever_dies(topical, receiver, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text(SECRET)
    topical.configure(alerts__webhook={"url": receiver.url, "secret_file": str(secret), "budget_per_shop_hour": 1000}, batch__rows=2000)
    topical.run("simulate", "--seed", 5, "--shops", 1, "--days", 35, "--orders", 15000, "--start", "2026-01-01", "--incidents", 4)
    for place in ("before_commit:6", "after_commit:7", "topic_delivered:1", "webhook_answered:1"):
        topical.run(*RUN, env={"TILLSTREAM_CRASH_AT": place}, expect=None)
    topical.run(*RUN)
    topical.run("verify")
    assert topical.value(LEFT) == 0 and not receiver.bad
    incidents = topical.sql("SELECT metric, dimension, key, extract(epoch FROM opened_at)::int8 * 1000000, revision, status FROM warehouse.fact_incident")
    anomalies = topical.sql("SELECT metric, dimension, key, (extract(epoch FROM window_start) * 1000000)::int8, edits,"
                            " CASE WHEN withdrawn THEN 'withdrawn' ELSE 'raised' END FROM warehouse.fact_anomaly")
    assert any(row[0] == "ad_spend" for row in incidents) and any(row[0] == "unit_price" for row in anomalies)
    alerts = in_topic(topical)
    told = {tuple(alert[name] for name in ("metric", "dimension", "key", "since", "revision", "status"))
            for alert in alerts}
    assert {row for row in incidents + anomalies if row[5] != "withdrawn"} <= told
    woken = {(alert["metric"], alert["key"], alert["opened_at"]) for alert in receiver.got if alert["kind"] == "incident"}
    assert {(metric, key, opened) for metric, _, key, opened, _, status in incidents if status != "withdrawn"} <= woken
    before = topical.tables(anomalies=True)
    topical.rewind()
    topical.run(*RUN)
    assert topical.tables(anomalies=True) == before
    assert in_topic(topical) == alerts, "what is read again is told to nobody"
