"""Real Kafka and real PostgreSQL for the integration tests, and one case's own database, topics and configuration in them."""
import contextlib
import json
import os
import random
import re
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import psycopg2
import yaml
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic

ROOT = Path(__file__).resolve().parents[2]
BINARY = Path(os.environ.get("TILLSTREAM", ROOT / "build/debug/tillstream"))
SHARED = ROOT.parent / "shared"
PARTITIONS = 4


def wait_until(condition, what, timeout_s=60.0, every_s=0.05):
    """Waits for condition() to be true; fails by name after timeout_s."""
    deadline = time.monotonic() + timeout_s
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {timeout_s} s in vain: {what}")
        time.sleep(every_s)


def is_gone(pid):
    """Whether a process has ended, though its parent may not have asked for it yet."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes() == b""
    except (FileNotFoundError, ProcessLookupError):
        return True


class Rig:
    """deploy/local.sh in a temporary folder: one Kafka and one PostgreSQL for all cases."""

    MIGRATED = "migrated"

    def __init__(self, folder):
        self.folder = Path(folder)
        self.local = ROOT / "deploy/local.sh"
        self.has_migrated = False
        self.up()

    def up(self):
        subprocess.run([self.local, "up", self.folder, "--no-topics"], check=True, timeout=180,
                       stdout=subprocess.DEVNULL)
        self.env = dict(line.split("=", 1) for line in (self.folder / "env").read_text().splitlines() if "=" in line)
        self.env = {key.removeprefix("export ").strip(): value.strip("'\"") for key, value in self.env.items()}
        self.config = yaml.safe_load((self.folder / "tillstream.yaml").read_text())
        self.brokers = self.env["KAFKA_BROKERS"]

    def down(self):
        subprocess.run([self.local, "down", self.folder], check=True, timeout=120, stdout=subprocess.DEVNULL)

    def pid(self, server):
        return int(self.env[{"kafka": "KAFKA_PID", "postgres": "POSTGRES_PID"}[server]])

    def kill(self, server):
        os.kill(self.pid(server), signal.SIGKILL)
        wait_until(lambda: is_gone(self.pid(server)), f"{server} is gone")

    def admin_dsn(self, database="postgres"):
        return re.sub(r"/tillstream(\?|$)", rf"/{database}\1", self.env["DATABASE_URL"])

    def sql(self, *statements):
        """As the superuser, each on its own."""
        with contextlib.closing(psycopg2.connect(self.admin_dsn())) as connection:
            connection.autocommit = True
            for statement in statements:
                connection.cursor().execute(statement)

    def sync_to_disk(self, syncs):
        """Whether PostgreSQL waits for the disk, without which a crash of the machine would cost data, but not one of the server."""
        self.sql(f"ALTER SYSTEM SET fsync = {'on' if syncs else 'off'}", "SELECT pg_reload_conf()")

    def admin(self):
        return AdminClient({"bootstrap.servers": self.brokers})


class Case:
    """A database, topics and a configuration that belong to one test."""

    serial = 0

    def __init__(self, rig, folder, partitions=PARTITIONS, **settings):
        Case.serial += 1
        self.rig, self.folder = rig, Path(folder)
        self.name = f"case_{os.getpid()}_{Case.serial}"
        self.topics = {topic: f"{self.name}_{topic}" for topic in ("orders", "ad_spend", "refunds", "settlements", "catalog")}
        self.processes = []
        self.producer = None
        self.own_topics = []
        rig.sql(f'CREATE DATABASE "{self.name}" OWNER tillstream_owner')
        self.make_topics(self.topics.values(), partitions)
        self.configure(**settings)

    def make_topics(self, names, partitions):
        admin = self.rig.admin()
        self.own_topics += names
        for future in admin.create_topics([NewTopic(name, partitions, 1) for name in names]).values():
            future.result(30)
        # A broker that has just come back tells of a topic later than its controller does.
        wait_until(lambda: all(len(t.partitions) == partitions for t in (admin.list_topics(name, 10).topics[name] for name in names)),
                   "the topics")

    def migrate(self):
        """The database as `tillstream migrate` leaves it: a copy of the first that it made, which takes a tenth of the time."""
        if self.rig.has_migrated:
            self.rig.sql(f'DROP DATABASE "{self.name}"', f'CREATE DATABASE "{self.name}" OWNER tillstream_owner TEMPLATE {Rig.MIGRATED}')
        else:
            self.run("migrate")
            self.rig.sql(f'CREATE DATABASE {Rig.MIGRATED} TEMPLATE "{self.name}"')
            self.rig.has_migrated = True

    def configure(self, **settings):
        config = json.loads(json.dumps(self.rig.config))
        config["kafka"]["topics"] = dict(self.topics)
        config["kafka"]["group"] = self.name
        for key in ("dsn", "owner_dsn"):
            config["postgres"][key] = re.sub(r"/tillstream(\?|$)", rf"/{self.name}\1", config["postgres"][key])
        for path, value in settings.items():
            node = config
            *parents, leaf = path.split("__")
            for parent in parents:
                node = node.setdefault(parent, {})
            node[leaf] = value
        self.config = config
        self.config_file = self.folder / f"{self.name}.yaml"
        self.config_file.write_text(yaml.safe_dump(config))
        self.config_file.chmod(0o600)

    def command(self, name, *args):
        return [str(BINARY), name, "-c", str(self.config_file), *map(str, args)]

    def run(self, name, *args, env=None, expect=0, timeout=180):
        """Runs a command to its end and returns it; expect=None accepts any exit code."""
        done = subprocess.run(self.command(name, *args), env={**os.environ, **(env or {})}, timeout=timeout,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if expect is not None and done.returncode != expect:
            raise AssertionError(f"{name} {args} ended with {done.returncode}, not {expect}:\n{done.stdout}\n{done.stderr}")
        return done

    def start(self, name, *args, env=None):
        log = tempfile.NamedTemporaryFile("w+", dir=self.folder, suffix=".log", delete=False)
        process = subprocess.Popen(self.command(name, *args), env={**os.environ, **(env or {})},
                                   stdout=log, stderr=subprocess.STDOUT)
        process.log = Path(log.name)
        self.processes.append(process)
        return process

    def kill_at_random(self, random, rounds, longest_s):
        """Runs to the end of the log, unless killed on the way there, as often as rounds says."""
        for _ in range(rounds):
            process = self.start("run", "--until-end", "--instance-id", "one")
            try:
                process.wait(random.uniform(0.2, longest_s))
            except subprocess.TimeoutExpired:
                process.kill()
            process.wait(30)

    def close(self):
        """Ends its processes; drops its database and its topics, of which the servers would otherwise have ever more."""
        for process in self.processes:
            if process.poll() is None:
                process.send_signal(signal.SIGCONT)
                process.kill()
                process.wait()
        self.rig.sql(f'DROP DATABASE "{self.name}" WITH (FORCE)')
        admin = self.rig.admin()
        for future in admin.delete_topics(self.own_topics).values():
            future.result(30)

    @contextlib.contextmanager
    def connected(self):
        with contextlib.closing(psycopg2.connect(self.rig.admin_dsn(self.name))) as connection:
            connection.autocommit = True
            yield connection.cursor()

    def sql(self, text, *values):
        with self.connected() as cursor:
            cursor.execute(text, values or None)
            return cursor.fetchall() if cursor.description else None

    def value(self, text, *values):
        return self.sql(text, *values)[0][0]

    def produce(self, topic, records):
        """records: (key, value, partition or None)."""
        producer = self.producer = self.producer or Producer({"bootstrap.servers": self.rig.brokers, "partitioner": "murmur2", "linger.ms": 1})
        lost = []
        for key, value, partition in records:
            extra = {} if partition is None else {"partition": partition}
            producer.produce(self.topics[topic], value=value, key=key, on_delivery=lambda error, _: error and lost.append(str(error)), **extra)
            producer.poll(0)
        assert producer.flush(30) == 0 and not lost, f"{self.topics[topic]} did not take {len(lost)} records: {lost[:3]}"

    def rewind(self):
        """The next run reads everything again, onto the facts that are there."""
        self.sql("DELETE FROM tillstream.source_position")

    # What must be the same however a log was read: everything but surrogate keys, wall-clock times and epochs.
    TABLES = {
        "orders": "SELECT s.shop_id, to_jsonb(f) - 'shop_key' - 'order_key' - 'rule_set' - 'source_offset' - 'source_partition' - 'source_topic',"
                  " r.name FROM warehouse.fact_orders f JOIN warehouse.dim_shop s USING (shop_key)"
                  " LEFT JOIN tillstream.rule_set r ON r.rule_set = f.rule_set",
        "sales": "SELECT s.shop_id, to_jsonb(f) - 'shop_key' - 'order_key' FROM warehouse.fact_sales f JOIN warehouse.dim_shop s USING (shop_key)",
        "ad_spend": "SELECT s.shop_id, to_jsonb(f) - 'shop_key' - 'source_offset' - 'source_partition' - 'source_topic'"
                    " FROM warehouse.fact_ad_spend f JOIN warehouse.dim_shop s USING (shop_key)",
        "refunds": "SELECT s.shop_id, to_jsonb(f) - 'shop_key' - 'order_key' - 'source_offset' - 'source_partition' - 'source_topic',"
                   " order_key IS NULL FROM warehouse.fact_refunds f JOIN warehouse.dim_shop s USING (shop_key)",
        "refund_lines": "SELECT s.shop_id, to_jsonb(f) - 'shop_key' FROM warehouse.fact_refund_lines f"
                        " JOIN warehouse.dim_shop s USING (shop_key)",
        "settlements": "SELECT s.shop_id, to_jsonb(f) - 'shop_key' - 'source_offset' - 'source_partition' - 'source_topic'"
                       " FROM warehouse.fact_settlements f JOIN warehouse.dim_shop s USING (shop_key)",
        "catalog": "SELECT s.shop_id, c.version FROM warehouse.dim_shop s JOIN ("
                   "SELECT shop_key, to_jsonb(m) - 'shop_key' - 'source_offset' - 'source_partition' - 'source_topic' AS version FROM warehouse.sku_mapping m"
                   " UNION ALL SELECT shop_key, to_jsonb(m) - 'shop_key' - 'source_offset' - 'source_partition' - 'source_topic' AS version FROM warehouse.unit_cost m"
                   " UNION ALL SELECT shop_key, to_jsonb(m) - 'shop_key' - 'source_offset' - 'source_partition' - 'source_topic' AS version FROM warehouse.product_version m"
                   " UNION ALL SELECT shop_key, to_jsonb(m) - 'shop_key' - 'source_offset' - 'source_partition' - 'source_topic' AS version FROM warehouse.shop_version m"
                   ") c USING (shop_key)",
        "daily": "SELECT s.shop_id, to_jsonb(f) - 'shop_key' FROM warehouse.agg_daily_sales f JOIN warehouse.dim_shop s USING (shop_key)",
        "product": "SELECT s.shop_id, to_jsonb(f) - 'shop_key' FROM warehouse.agg_product_performance f"
                   " JOIN warehouse.dim_shop s USING (shop_key)",
        "shops": "SELECT shop_id, to_jsonb(s) - 'shop_key' FROM warehouse.dim_shop s",
        "quarantine": "SELECT topic, to_jsonb(q) - 'first_seen' - 'topic' FROM tillstream.quarantine q",
        "positions": "SELECT topic, partition, next_offset FROM tillstream.source_position",
    }
    ANOMALIES = ("SELECT s.shop_id, to_jsonb(f) - 'shop_key' - 'source_offset' - 'source_partition' - 'source_topic'"
                 " FROM warehouse.fact_anomaly f JOIN warehouse.dim_shop s USING (shop_key)")
    INCIDENTS = ANOMALIES.replace("fact_anomaly", "fact_incident")

    def facts(self):
        """tables() without how far the log was read."""
        return {name: digest for name, digest in self.tables().items() if name != "positions"}

    def tables(self, anomalies=False):
        """A digest per table; equal digests are equal tables, to the byte of every figure."""
        queries = {**self.TABLES, **({"anomalies": self.ANOMALIES, "incidents": self.INCIDENTS} if anomalies else {})}
        row = f"replace(t::text, '{self.name}_', '')"  # topics carry the case's name
        digests = {}
        with self.connected() as cursor:
            for name, query in queries.items():
                # A sum needs no order, and several processes can work at it.
                cursor.execute(f"SELECT count(*) || ':' || coalesce(sum(hashtextextended({row}, 1)::numeric), 0) FROM ({query}) t")
                digests[name] = cursor.fetchone()[0]
        return digests


def seeded(seed):
    print(f"seed {seed}")
    return random.Random(seed)
