"""Whatever dies, and whoever goes on: the anomalies are those of the undisturbed run, each raised once, and nothing is forgotten."""
import signal
import time

import pytest

from harness import seeded, wait_until

# Enough days for windows to fill, incidents for something to be found.
STREAM = ("--shops", 5, "--days", 12, "--orders", 6000, "--start", "2026-01-01", "--incidents", 12, "--duplicate-ppm", 20000,
          "--late-ppm", 20000, "--malformed-ppm", 10000)
OFTEN = {"batch__rows": 300, "state__snapshot_every": "100ms", "detect__warn_z": 3, "detect__warm_up": 12}
CRASH_POINTS = ("after_poll", "after_decode", "mid_copy", "before_commit", "after_commit", "in_rebalance", "with_state", "in_replay")


@pytest.fixture(scope="module")
def expected(rig, tmp_path_factory):
    """The tables that a run without any accident leaves, and states saved so rarely that there is none."""
    from harness import Case
    case = Case(rig, tmp_path_factory.mktemp("undisturbed"), **{**OFTEN, "state__snapshot_every": "1h"})
    case.migrate()
    case.run("simulate", "--seed", 20, *STREAM)
    case.run("run", "--until-end")
    assert case.value("SELECT count(*) FROM warehouse.fact_anomaly") > 20
    yield case.tables(anomalies=True)
    case.close()


@pytest.fixture
def filled(make_case):
    case = make_case(**OFTEN)
    case.migrate()
    case.run("simulate", "--seed", 20, *STREAM)
    return case


def die_at(case, point, count):
    done = case.run("run", "--until-end", "--instance-id", "one", env={"TILLSTREAM_CRASH_AT": f"{point}:{count}"}, expect=None)
    assert done.returncode in (0, -signal.SIGKILL), done.stderr
    return done.returncode == -signal.SIGKILL


def surely_die_at(case, point, count):
    """Where a slow machine has read all of the log, or saved too few states, before the point was met so often: from the beginning again,
    part of the way, and at the first time that it is met. Only orders and ad spend are replayed, of which the first batches may have none;
    nor is there anything to replay where a state was saved with every batch: then there is none."""
    for commits in (2, 4, 8, 16, 32, 32):
        if die_at(case, point, count):
            return
        case.rewind()
        die_at(case, "after_commit", commits)
        if point == "in_replay":
            case.sql("DELETE FROM tillstream.engine_snapshot")
        count = 1
    raise AssertionError(f"{point} was never met")


def test_kills_at_every_named_point_and_at_random_repeat_and_miss_no_anomaly(filled, expected):
    random = seeded(21)
    for _ in range(2):
        for point in CRASH_POINTS:
            high = {"after_poll": 900, "after_decode": 900, "in_replay": 60, "mid_copy": 4, "in_rebalance": 1}.get(point, 3)
            surely_die_at(filled, point, random.randint(1, high))
    filled.kill_at_random(random, 6, 1.2)
    filled.run("run", "--until-end", "--instance-id", "one")
    assert filled.tables(anomalies=True) == expected
    filled.run("verify")


def states(case):
    return case.sql("SELECT topic, partition, count(*) FROM tillstream.engine_snapshot GROUP BY 1, 2")


def test_the_two_newest_states_of_a_partition_are_kept_whole(filled, expected):
    filled.run("run", "--until-end")
    assert states(filled) and all(count <= 2 for _, _, count in states(filled))
    assert filled.value("SELECT count(*) FROM tillstream.engine_snapshot s WHERE bytes <> (SELECT coalesce(sum(length(p.bytes)), 0)"
                        " FROM tillstream.engine_snapshot_piece p WHERE (p.pipeline, p.topic, p.partition, p.epoch, p.next_offset)"
                        " = (s.pipeline, s.topic, s.partition, s.epoch, s.next_offset))") == 0
    assert filled.tables(anomalies=True) == expected


SPOIL = "UPDATE tillstream.engine_snapshot_piece p SET bytes = set_byte(bytes, 50, 255 - get_byte(bytes, 50))"
NEWEST = (" WHERE (epoch, next_offset) = (SELECT epoch, next_offset FROM tillstream.engine_snapshot s WHERE s.topic = p.topic"
          " AND s.partition = p.partition ORDER BY epoch DESC, next_offset DESC LIMIT 1)")


@pytest.mark.parametrize("accident, message", [
    (SPOIL + NEWEST, "cannot be used: its checksum does not hold"),
    (SPOIL, "rebuilt from the log's beginning"),
    ("DELETE FROM tillstream.engine_snapshot_piece", "cannot be used: it is not a snapshot"),
    ("DELETE FROM tillstream.engine_snapshot", "rebuilt from the log's beginning"),
], ids=["newest spoilt", "all spoilt", "pieces gone", "gone"])
def test_an_unusable_state_is_said_and_made_up_for(filled, expected, accident, message):
    process = filled.start("run", "--until-end", "--instance-id", "one")
    wait_until(lambda: any(topic == filled.topics["orders"] and count == 2 for topic, _, count in states(filled)), "two states")
    process.kill()
    process.wait(30)
    filled.sql(accident)
    done = filled.run("run", "--until-end", "--instance-id", "one")
    assert message in done.stderr
    assert filled.tables(anomalies=True) == expected


@pytest.mark.parametrize("rows", [37, 20000])
def test_a_replay_raises_the_same_for_any_batch_size_into_an_empty_database_and_a_full_one(filled, expected, rows):
    filled.configure(**{**OFTEN, "batch__rows": rows})
    for _ in range(2):
        filled.run("run", "--until-end")
        assert filled.tables(anomalies=True) == expected
        filled.rewind()


def test_two_processes_hand_their_partitions_over_with_the_state(filled, expected):
    first = filled.start("run", "--instance-id", "a")
    wait_until(lambda: filled.value("SELECT count(*) FROM warehouse.fact_orders") > 0, "the first batch")
    second = filled.start("run", "--instance-id", "b")
    time.sleep(1)
    first.kill()
    wait_until(lambda: filled.tables(anomalies=True) == expected, "the whole log", timeout_s=120, every_s=0.5)
    second.terminate()
    assert second.wait(60) == 0, second.log.read_text()
    filled.run("verify")
