"""The figures of tillstream, measured in one run on private servers. See run.sh."""
import argparse
import functools
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import psycopg2
from confluent_kafka import Consumer, Producer, TopicPartition

ROOT = Path(__file__).resolve().parents[2]
os.environ["TILLSTREAM"] = str(ROOT / "build/release/tillstream")
sys.path.insert(0, str(ROOT / "tests/integration"))
from harness import PARTITIONS, Case, Rig, wait_until  # noqa: E402

BUILD = ROOT / "build/release"
LATENCY_RATE = 5000  # events/s
SINGLE = ("--lives", "single", "--shops", 200, "--days", 90, "--seed", 1, "--duplicate-ppm", 10000)


def figures_of(*command):
    """Runs a bench program; its lines `name value` as a dictionary."""
    done = subprocess.run([str(part) for part in command], check=True, stdout=subprocess.PIPE, text=True)
    return {name: float(value) for name, value in (line.split()[:2] for line in done.stdout.splitlines()
                                              if len(line.split()) == 2 and line[0] != "#")}


class Table:
    def __init__(self):
        self.rows = []

    def add(self, name, value, unit, target=None, better="more"):
        met = None if target is None else (value >= target if better == "more" else value <= target)
        self.rows.append({"name": name, "value": value, "unit": unit, "target": target, "better": better, "met": met})
        limit = "" if target is None else f"{'>=' if better == 'more' else '<='} {target:,g}"
        mark = {None: "", True: "met", False: "MISSED"}[met]
        print(f"{name:<62} {value:>14,.2f} {unit:<9} {limit:>12}  {mark}", flush=True)


def timed_runs(case, processes):
    """Seconds from the first start to the last end, and the largest resident set in MB."""
    start = time.monotonic()
    running = [case.start("run", "--until-end", "--instance-id", f"bench-{i}") for i in range(processes)]
    usages = [os.wait4(process.pid, 0) for process in running]
    seconds = time.monotonic() - start
    for process, (_, status, _) in zip(running, usages):
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise SystemExit(process.log.read_text())
    return seconds, max(usage.ru_maxrss for _, _, usage in usages) / 1024


def settle(rig):
    """A checkpoint: the next load finds files of the write-ahead log to use again, as on a server that has been up for a while.
    A new server makes every file anew and fills it with zeros first, which costs a load a quarter of its speed, the yardstick too."""
    rig.sql("CHECKPOINT")


def fresh_case(rig, folder, filled, only=None):
    """A case with a database of its own that reads the topics of another, or only some of them."""
    settle(rig)
    case = Case(rig, folder)
    case.topics.update({name: topic for name, topic in filled.topics.items() if only is None or name in only})
    case.configure()
    case.run("migrate")
    return case


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


class Watcher(threading.Thread):
    """Notes when which offset became visible in the database."""

    def __init__(self, case):
        super().__init__(daemon=True)
        self.connection = psycopg2.connect(case.rig.admin_dsn(case.name))
        self.connection.autocommit = True
        self.seen, self.stop, self.topic = {p: [] for p in range(PARTITIONS)}, False, case.topics["orders"]

    def run(self):
        cursor = self.connection.cursor()
        while not self.stop:
            cursor.execute("SELECT partition, next_offset FROM tillstream.source_position WHERE topic = %s", (self.topic,))
            now = time.time()
            for partition, offset in cursor.fetchall():
                history = self.seen[partition]
                if not history or history[-1][1] < offset:
                    history.append((now, offset))
            time.sleep(0.004)


def first_messages(rig, topic, count):
    """The first of a topic, or all where it has no more than count."""
    consumer = Consumer({"bootstrap.servers": rig.brokers, "group.id": f"{topic}_reader", "enable.auto.commit": False})
    places = [TopicPartition(topic, p, 0) for p in range(PARTITIONS)]
    there = sum(end - begin for begin, end in (consumer.get_watermark_offsets(place, 10) for place in places))
    consumer.assign(places)
    messages = []
    while len(messages) < min(count, there):
        messages += [(m.key(), m.value()) for m in consumer.consume(5000, 1) if not m.error()]
    consumer.close()
    return messages[:count]


def latencies(rig, folder, filled, rate=LATENCY_RATE, seconds=12):
    """Of the orders after the first second, in which everything is still cold."""
    case = Case(rig, folder)
    case.run("migrate")
    messages = first_messages(rig, filled.topics["orders"], rate * seconds)
    process = case.start("run")
    wait_until(lambda: case.value("SELECT count(*) FROM tillstream.source_position") >= 2 * PARTITIONS, "the assignment")
    watcher = Watcher(case)
    watcher.start()
    sent = {p: [] for p in range(PARTITIONS)}

    def on_delivery(error, message):
        if error is None:
            sent[message.partition()].append((message.offset(), message.timestamp()[1] / 1000))

    producer = Producer({"bootstrap.servers": rig.brokers, "partitioner": "murmur2", "linger.ms": 1})
    start = time.monotonic()
    for i, (key, value) in enumerate(messages):
        producer.produce(case.topics["orders"], key=key, value=value, on_delivery=on_delivery)
        if i % 25 == 24:
            producer.poll(0)
            time.sleep(max(0, start + (i + 1) / rate - time.monotonic()))
    if producer.flush(30) or sum(map(len, sent.values())) != len(messages):
        raise SystemExit("the broker did not take all orders")
    wait_until(lambda: all(not sent[p] or (watcher.seen[p] and watcher.seen[p][-1][1] > max(sent[p])[0]) for p in sent), "the last order")
    watcher.stop = True
    watcher.join()
    process.terminate()
    process.wait(30)
    case.close()
    result = []
    for partition, records in sent.items():
        history = iter(watcher.seen[partition])
        visible, upto = next(history)
        for offset, produced in sorted(records)[rate // PARTITIONS:]:
            while upto <= offset:
                visible, upto = next(history)
            result.append((visible - produced) * 1000)
    return percentile(result, 0.5), percentile(result, 0.99)


def best_of(program, figure, pick, runs=5, arguments=()):
    """The machine is shared: the best run is the one that was disturbed least."""
    return pick(figures_of(BUILD / program, *arguments)[figure] for _ in range(runs))


class Bench:
    """What the parts share: the table, the servers, and the topic of single orders, which is filled when the first part asks for it.
    They close each case at once: what was measured must not be written to the disk while the next load is."""

    def __init__(self, table, rig, folder, orders):
        self.table, self.rig, self.folder, self.orders = table, rig, folder, orders
        self.is_warm = False

    @functools.cached_property
    def filled(self):
        case = Case(self.rig, self.folder)
        case.run("simulate", *SINGLE, "--orders", self.orders, timeout=600)
        return case

    def fresh(self, filled, only=None):
        """A fresh case; before the first one, a load that is not measured makes the files that settle speaks of."""
        if not self.is_warm:
            self.is_warm = True
            warm = fresh_case(self.rig, self.folder, filled)
            timed_runs(warm, 2)
            warm.close()
        return fresh_case(self.rig, self.folder, filled, only)


def measure_alone(table):
    """What needs no server, before there is one."""
    table.add("decode of a two-line order", best_of("bench_decode", "decode_unhashed_ns_per_order", min), "ns", 120, "less")
    table.add("  ... with the hashes of content and keys", best_of("bench_decode", "decode_ns_per_order", min), "ns")
    table.add("fees of a two-line order, US pack",
              best_of("bench_fees", "fees_ns", min, arguments=(ROOT / "deploy/fees/tiktok-us.yaml",)), "ns", 400, "less")
    table.add("engine per order, all default z-scores", best_of("bench_engine", "engine_ns_per_order", min), "ns", 500, "less")
    table.add("scripted source, engine, memory sink", best_of("bench_pipeline", "pipeline_orders_per_s", max, 3), "orders/s", 1e6)


def measure_intake(bench):
    raw, intake = [], []
    topic = bench.filled.topics["orders"]
    for _ in range(3):
        raw.append(figures_of(BUILD / "bench_consumer", bench.rig.brokers, topic)["consumer_messages_per_s"])
        intake.append(figures_of(BUILD / "bench_intake", bench.rig.brokers, topic)["intake_messages_per_s"])
    bench.table.add("raw librdkafka consumer", statistics.median(raw), "orders/s")
    bench.table.add("consumer + decode + engine, no sink", statistics.median(intake), "orders/s")
    bench.table.add("  ... of the raw consumer", statistics.median(intake) / statistics.median(raw), "ratio", 0.8)


def measure_sink(bench):
    bench.fresh(bench.filled).close()
    settle(bench.rig)
    case = Case(bench.rig, bench.folder)
    case.run("migrate")
    os.environ["TILLSTREAM_TEST_DSN"] = bench.rig.admin_dsn(case.name)
    sink = figures_of(BUILD / "bench_sink")
    bench.table.add("plain binary COPY, same rows and keyed tables", sink["plain_copy_orders_per_s"], "orders/s")
    bench.table.add("PostgreSQL sink, every table, exactly once", sink["sink_orders_per_s"], "orders/s")
    bench.table.add("  ... of plain COPY", sink["sink_of_plain_copy"], "ratio", 0.75)
    case.close()


def measure_load(bench):
    table, orders = bench.table, bench.orders
    one = bench.fresh(bench.filled)
    seconds, rss = timed_runs(one, 1)
    one_rate = orders / seconds
    table.add(f"whole job, first load of {orders:,} orders, one process", one_rate, "orders/s", 120000)
    table.add("  ... largest resident set", rss, "MB", 256, "less")
    before = one.tables(anomalies=True)
    one.rewind()
    seconds, _ = timed_runs(one, 1)
    table.add("the same events again, of the first load", orders / seconds / one_rate, "ratio", 1.2)
    table.add("  ... tables unchanged", float(one.tables(anomalies=True) == before), "1 = yes", 1)

    one.close()
    two = bench.fresh(bench.filled)
    seconds, rss = timed_runs(two, 2)
    table.add("whole job, two processes", orders / seconds, "orders/s", 160000)
    table.add("  ... largest resident set", rss, "MB", 256, "less")
    settle(bench.rig)
    rival = figures_of(sys.executable, ROOT / "tests/bench/rival.py", bench.rig.brokers, bench.filled.topics["orders"],
                       bench.rig.admin_dsn(two.name), 2)
    table.add("the Python yardstick, two processes", rival["rival_orders_per_s"], "orders/s")
    table.add("  two processes, of the yardstick", orders / seconds / (orders / rival["rival_seconds"]), "ratio", 2.5)
    two.close()


def events_read(case):
    """What the case's last process says it has read."""
    return next(int(line.split()[1]) for line in case.processes[-1].log.read_text().splitlines() if line.startswith("records "))


def measure_money(bench):
    """Whole order lives, by turns without and with refunds, settlements and costs: what these cost the job, and the orders."""
    orders = bench.orders // 5
    lives = Case(bench.rig, bench.folder)
    lives.run("simulate", "--shops", 50, "--days", 60, "--seed", 2, "--orders", orders, timeout=600)
    events, all_orders = {}, {}
    for only in (("orders", "ad_spend"), None) * 3:
        case = bench.fresh(lives, only)
        seconds, _ = timed_runs(case, 1)
        events.setdefault(only, []).append(events_read(case) / seconds)
        all_orders.setdefault(only, []).append(case.value("SELECT count(*) FROM warehouse.fact_orders") / seconds)
        case.close()
    bare, whole = max(events[("orders", "ad_spend")]), max(events[None])
    bench.table.add(f"{orders:,} order lives, orders and ad spend only", bare, "events/s")
    bench.table.add("  with refunds, settlements and costs flowing", whole, "events/s")
    bench.table.add("  ... of orders and ad spend only", whole / bare, "ratio", 0.8)
    bench.table.add("  ... counted in orders, though an order has more events", max(all_orders[None]) / max(all_orders[("orders", "ad_spend")]),
                    "ratio")


def measure_states(bench):
    """The same load by turns with the statistics saved every second and never; then what a large state costs."""
    table, rates = bench.table, {}
    for every in ("24h", "1s") * 3:
        case = bench.fresh(bench.filled)
        case.configure(state__snapshot_every=every)
        seconds, _ = timed_runs(case, 1)
        rates.setdefault(every, []).append(bench.orders / seconds)
        case.close()
    table.add("whole job with the statistics saved every second, of never", max(rates["1s"]) / max(rates["24h"]), "ratio", 0.97)
    os.environ["TILLSTREAM_TEST_DSN"] = bench.rig.admin_dsn()
    state = figures_of(BUILD / "bench_snapshot", 100000)
    table.add("state of 100,000 keys", state["snapshot_bytes"] / 1e6, "MB")
    table.add("  saving it holds the reader up", state["snapshot_pause_ms"], "ms")
    table.add("  ... the first time, into fresh memory", state["snapshot_pause_ms_first"], "ms", 100, "less")
    table.add("  the slowest of the batches that carry it", state["snapshot_store_ms_slowest_piece"], "ms")
    table.add("  restored from PostgreSQL", state["snapshot_restore_ms"], "ms", 2000, "less")


def measure_latency(bench):
    p50, p99 = latencies(bench.rig, bench.folder, bench.filled)
    bench.table.add("produced to visible at 5,000 events/s, p50", p50, "ms", 100, "less")
    bench.table.add("produced to visible at 5,000 events/s, p99", p99, "ms", 500, "less")


def measure_program(bench):
    starts = []
    for _ in range(5):
        start = time.monotonic()
        subprocess.run([os.environ["TILLSTREAM"], "run", "--help"], check=True, stdout=subprocess.DEVNULL)
        starts.append((time.monotonic() - start) * 1000)
    bench.table.add("tillstream run --help", statistics.median(starts), "ms", 50, "less")
    bench.table.add("size of the program", Path(os.environ["TILLSTREAM"]).stat().st_size / 1e6, "MB", 5, "less")


# In the order in which they run.
PARTS = {"intake": measure_intake, "sink": measure_sink, "load": measure_load, "money": measure_money,
         "states": measure_states, "latency": measure_latency, "program": measure_program}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", metavar="FILE")
    parser.add_argument("--orders", type=int, default=500000)
    parser.add_argument("--only", metavar="PART", nargs="+", choices=["alone", *PARTS], default=["alone", *PARTS],
                        help="some parts of it: alone, " + ", ".join(PARTS))
    options = parser.parse_args()
    if options.orders < 2 * LATENCY_RATE:
        parser.error(f"--orders must be at least {2 * LATENCY_RATE}: the latency is measured for a second, after a second that is not")
    table = Table()
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        if "alone" in options.only:
            measure_alone(table)
        if set(options.only) & set(PARTS):
            rig = Rig(Path(folder) / "rig")
            try:
                bench = Bench(table, rig, Path(folder), options.orders)
                for name in PARTS:
                    if name in options.only:
                        PARTS[name](bench)
            finally:
                rig.down()
    if options.json:
        Path(options.json).write_text(json.dumps(table.rows, indent=1) + "\n")


if __name__ == "__main__":
    main()
