"""Anomalies and incidents written through the PostgreSQL sink, without a stream: see tests/programs/write_alerts.c."""
import os
import subprocess
from pathlib import Path

from harness import BINARY

PROGRAM = BINARY.parent / "write_alerts"


def incident(shop="shop-a", metric="order_value", dimension="shop", key="-", opened=10, last=12, closed="-", revision=1, status="open",
             severity="alert", value=2500, expected=8000, hypothesis="-"):
    return ["i", shop, metric, dimension, key, opened, last, closed, revision, status, severity, value, expected, hypothesis]


def anomaly(shop="shop-a", metric="order_value", dimension="shop", key="-", start=10, edits=0, withdrawn=0, severity="alert",
            value=2500, expected=8000, hypothesis="-", kind="a"):
    return [kind, shop, metric, dimension, key, start, edits, withdrawn, severity, value, expected, hypothesis]


def event(**columns):
    """An anomaly of a single event."""
    return anomaly(kind="e", **columns)


def write(case, *batches, channels=(), check=True):
    """Each batch is a list of rows; returns how many rows the database refused."""
    text = "\n\n".join("\n".join("\t".join(map(str, row)) for row in batch) for batch in batches) + "\n"
    password = Path(case.config["postgres"]["password_file"]).read_text().strip()
    done = subprocess.run([str(PROGRAM), case.config["postgres"]["dsn"], *channels], input=text, text=True, timeout=60,
                          env={**os.environ, "PGPASSWORD": password}, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert not check or done.returncode == 0, done.stderr
    return sum(int(line.split()[1]) for line in done.stdout.splitlines())
