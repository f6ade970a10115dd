"""What a user sees when something is missing, wrong or away: one line with the remedy, and the right exit code."""
import contextlib
import json
import os
import signal
import subprocess

import pytest

from harness import BINARY, wait_until


def free_port():
    import socket
    with contextlib.closing(socket.socket()) as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def test_migrating_twice_and_two_at_once_is_safe(make_case):
    case = make_case()
    both = [case.start("migrate") for _ in range(2)]
    assert [process.wait(60) for process in both] == [0, 0], [p.log.read_text() for p in both]
    case.run("migrate")


def test_a_run_on_an_unmigrated_database_names_the_remedy(make_case):
    done = make_case().run("run", "--until-end", expect=78)
    assert "tillstream migrate" in done.stderr


def test_a_database_of_a_newer_program_is_refused(case):
    case.sql("INSERT INTO tillstream.schema_migration SELECT (to_jsonb(m)).* FROM tillstream.schema_migration m WHERE false") \
        if False else case.sql("UPDATE tillstream.schema_migration SET version = 9999 WHERE version ="
                               " (SELECT max(version) FROM tillstream.schema_migration)")
    for command in (("run", "--until-end"), ("migrate",)):
        done = case.run(*command, expect=78)
        assert "newer" in done.stderr


def test_a_wrong_password_is_said_in_one_line_and_never_shown(case, tmp_path):
    secret = tmp_path / "password"
    secret.write_text("canary-of-a-wrong-password\n")
    secret.chmod(0o600)
    case.configure(postgres__password_file=str(secret))
    done = case.run("run", "--until-end", expect=78)
    assert "password" in done.stderr and "canary" not in done.stderr + done.stdout


def test_a_missing_right_stops_the_run_and_is_never_quarantined(case):
    case.sql("REVOKE INSERT ON warehouse.fact_orders FROM tillstream_ingest")
    case.run("simulate", "--seed", 1, "--orders", 50, "--days", 2, "--shops", 2)
    done = case.run("run", "--until-end", expect=78)
    assert "fact_orders" in done.stderr
    assert case.value("SELECT count(*) FROM tillstream.quarantine") == 0
    case.sql("GRANT INSERT ON warehouse.fact_orders TO tillstream_ingest")
    case.run("run", "--until-end")
    case.run("verify")


def test_a_missing_topic_is_named_with_the_command_that_makes_it(case):
    case.configure(kafka__topics={**case.topics, "orders": "no_such_topic"})
    done = case.run("run", "--until-end", expect=78)
    assert "no_such_topic" in done.stderr


def test_one_shot_commands_say_unavailable_when_a_server_is_away(case):
    brokers = f"127.0.0.1:{free_port()}"
    case.configure(kafka__brokers=brokers)
    assert brokers in case.run("simulate", "--orders", 10, "--days", 1, expect=69).stderr
    case.configure(postgres__dsn=f"postgresql://tillstream_ingest@127.0.0.1:{free_port()}/nowhere",
                   postgres__owner_dsn=f"postgresql://tillstream_owner@127.0.0.1:{free_port()}/nowhere")
    case.run("verify", expect=69)
    case.run("migrate", expect=69)


def test_a_run_waits_for_a_database_that_is_away_and_resumes_alone(case, syncing_rig):
    case.run("simulate", "--seed", 2, "--orders", 200, "--days", 2, "--shops", 2)
    syncing_rig.kill("postgres")
    process = case.start("run")
    wait_until(lambda: "PostgreSQL" in process.log.read_text(), "one clear line")
    syncing_rig.up()
    wait_until(lambda: case.value("SELECT count(*) FROM warehouse.fact_orders") > 100, "the orders")
    process.terminate()
    assert process.wait(60) == 0, process.log.read_text()


def test_a_broken_configuration_shows_all_errors_at_once_with_their_places(case):
    case.config_file.write_text("kafka: {brokerz: 'x', group: 7}\nbatch: {rows: many, linger: 50}\nquarantine: {stop_above_ppm: -1}\n")
    done = case.run("check-config", "--offline", expect=78)
    text = done.stderr + done.stdout
    assert f"{case.config_file}:1:" in text and "brokers" in text, "a suggestion for the unknown key"
    for key in ("rows", "linger", "stop_above_ppm"):
        assert key in text
    case.run("run", expect=78)


def test_too_many_refused_records_stop_the_run_with_65(make_case):
    case = make_case(quarantine={"stop_above_ppm": 50000, "over_events": 1000})
    case.migrate()
    case.produce("orders", [("shop-1", b"\x00\x00\x00\x00\x63nonsense", None)] * 500)
    done = case.run("run", "--until-end", expect=65)
    assert "unknown_schema" in done.stderr and "stop_above_ppm" in done.stderr
    assert case.value("SELECT count(*) FROM tillstream.quarantine") <= 50


def test_a_refused_record_keeps_its_reason_position_and_bytes(case):
    case.run("simulate", "--seed", 3, "--orders", 50, "--days", 2, "--shops", 1)
    case.produce("orders", [("shop-1", None, 0), ("shop-1", b"\x01junk", 0), (None, b"\x00\x00\x00\x00\x01", 0)])
    case.run("run", "--until-end")
    rows = case.sql("SELECT reason, encode(value, 'hex'), topic FROM tillstream.quarantine ORDER BY \"offset\"")
    assert [row[0] for row in rows] == ["null_value", "wrong_frame", "truncated"]
    assert [row[1] for row in rows] == [None, "016a756e6b", "0000000001"]
    assert {row[2] for row in rows} == {case.topics["orders"]}


def test_records_gone_from_the_log_are_a_gap_and_need_consent(make_case, rig):
    case = make_case()
    case.migrate()
    case.run("simulate", "--seed", 4, "--orders", 300, "--days", 2, "--shops", 3)
    case.run("run", "--until-end")
    case.run("simulate", "--seed", 5, "--orders", 300, "--days", 2, "--shops", 3)
    positions = dict(case.sql("SELECT partition, next_offset FROM tillstream.source_position WHERE topic = %s", case.topics["orders"]))
    partition = next(p for p in positions if case.value("SELECT 1 WHERE %s >= 0", p) and positions[p] > 0)
    delete_records(rig, case, partition, positions[partition] + 5)
    done = case.run("run", "--until-end", expect=65)
    assert "--accept-gap" in done.stderr
    assert case.sql("SELECT from_offset, to_offset FROM tillstream.data_gap") == [(positions[partition], positions[partition] + 5)]
    case.run("run", "--until-end", "--accept-gap")
    case.run("verify")


def delete_records(rig, case, partition, before_offset):
    import json
    plan = case.folder / "delete.json"
    plan.write_text(json.dumps({"version": 1, "partitions": [
        {"topic": case.topics["orders"], "partition": partition, "offset": before_offset}]}))
    subprocess.run(["java", "-cp", f"{rig.env['KAFKA_LIBS']}/*", "org.apache.kafka.tools.DeleteRecordsCommand",
                    "--bootstrap-server", rig.brokers, "--offset-json-file", str(plan)], check=True, timeout=60,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def test_help_needs_no_server_and_no_configuration(case):
    case.config_file.unlink()
    for command in ("check-config", "migrate", "simulate", "import", "run", "verify"):
        done = subprocess.run([case.command(command)[0], command, "--help"], capture_output=True, text=True, timeout=10)
        assert done.returncode == 0 and "tillstream " + command in done.stdout.splitlines()[1] + done.stdout.splitlines()[0]


@pytest.mark.parametrize("words, code, told", [
    (("simulate", "--start", "2026-02-30", "--out", "-"), 64, '--start needs a date such as 2026-01-01, not \\"2026-02-30'),
    (("import", "olits", "x.csv"), 64, 'did you mean \\"olist\\"? There are: uci-online-retail'),
    (("import", "olist", "--dry-run", "nowhere.csv"), 65, "nowhere.csv cannot be read: No such file"),
    (("check-config", "--offline", "-c", "nowhere.yaml"), 78, "nowhere.yaml: cannot be read: No such file"),
    (("check-config", "--offline", "-c", "/tmp"), 78, "/tmp: cannot be read: Is a directory"),
    (("check-config", "--offline"), 0, "no configuration: there is neither -c FILE"),
])
def test_a_mistake_is_told_with_its_place_and_remedy(words, code, told, tmp_path):
    environment = {key: value for key, value in os.environ.items() if not key.startswith("TILLSTREAM")}
    done = subprocess.run([str(BINARY), *words], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=10)
    assert (done.returncode, told in done.stderr) == (code, True), done.stderr


def test_a_typo_gets_a_suggestion(case):
    done = subprocess.run([case.command("run")[0], "verfy"], capture_output=True, text=True, timeout=10)
    assert done.returncode == 64 and "verify" in done.stderr


def test_a_row_that_the_database_refuses_stands_alone_in_quarantine(case):
    case.run("simulate", "--seed", 5, "--orders", 300, "--days", 2, "--shops", 2, "--lives", "single")
    case.configure(batch__rows=100000)
    case.run("run", "--until-end")
    victim, total = case.sql("SELECT max(order_id), count(*) FROM warehouse.fact_orders")[0]
    case.sql("TRUNCATE warehouse.fact_orders, warehouse.fact_sales, warehouse.fact_ad_spend, warehouse.agg_daily_sales,"
             " warehouse.agg_product_base, warehouse.agg_product_delta, warehouse.fact_anomaly")
    case.sql("ALTER TABLE warehouse.fact_orders ADD CONSTRAINT refuses CHECK (order_id <> '" + victim + "')")
    case.rewind()
    case.run("run", "--until-end")
    assert case.value("SELECT count(*) FROM warehouse.fact_orders") == total - 1
    assert case.sql("SELECT reason, detail LIKE '%refuses%' FROM tillstream.quarantine") == [("database_refused", True)]
    case.run("verify")


def test_a_hangup_reloads_the_fee_rules_all_or_nothing(case):
    process = case.start("run")
    wait_until(lambda: "assigned" in process.log.read_text(), "the assignment")
    good = case.config_file.read_text()
    case.config_file.write_text(good.replace("none.yaml", "nothing.yaml"))
    process.send_signal(signal.SIGHUP)
    wait_until(lambda: "stay in force" in process.log.read_text(), "the refusal of a broken configuration")
    case.config_file.write_text(good.replace("tiktok-us.yaml", "none.yaml"))
    process.send_signal(signal.SIGHUP)
    wait_until(lambda: "fee rules and shops reloaded" in process.log.read_text(), "the new rules")
    case.run("simulate", "--seed", 6, "--orders", 100, "--days", 1, "--shops", 1, "--lives", "single")
    wait_until(lambda: case.value("SELECT count(*) FROM warehouse.fact_orders") > 50, "orders")
    assert case.value("SELECT sum(platform_fee_minor)::bigint FROM warehouse.agg_daily_sales") == 0
    process.terminate()
    assert process.wait(30) == 0, process.log.read_text()


def test_keys_beyond_the_cap_are_booked_and_told(make_case):
    case = make_case(detect={"keys_max": 2})
    case.migrate()
    case.run("simulate", "--seed", 4, "--shops", 6, "--days", 3, "--orders", 300)
    done = case.run("run", "--until-end", "--json")
    assert json.loads(done.stdout)["keys_refused"] > 0
    case.run("verify")
