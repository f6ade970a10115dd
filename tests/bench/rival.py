"""The yardstick: what a good engineer writes in Python for the same topic. fastavro, batches of 5,000 orders, binary COPY into a
temporary table, one statement that inserts what is new and moves the daily aggregate by it, offsets in the same transaction.
Two processes share the partitions by hand. No order header, no revisions, no product aggregate, no statistics.

  rival.py BROKERS TOPIC DSN WORKERS   prints seconds and orders/s
"""
import io
import multiprocessing
import struct
import sys
import time
from pathlib import Path

import fastavro
import psycopg2
from confluent_kafka import Consumer, TopicPartition

SCHEMA = fastavro.parse_schema(__import__("json").loads(
    (Path(__file__).resolve().parents[2] / "schemas/avro/order.avsc").read_text()))
BATCH = 5000
TABLES = """
CREATE SCHEMA IF NOT EXISTS rival;
DROP TABLE IF EXISTS rival.sales, rival.daily, rival.position;
CREATE TABLE rival.sales (shop_id text COLLATE "C", order_id text COLLATE "C", line_id text COLLATE "C", day date, sku text,
  quantity int, gross bigint, seller_discount bigint, platform_discount bigint, platform_fee bigint, affiliate bigint, net bigint,
  PRIMARY KEY (shop_id, order_id, line_id));
CREATE TABLE rival.daily (shop_id text COLLATE "C", day date, units bigint, gross bigint, fees bigint, net bigint, PRIMARY KEY (shop_id, day));
CREATE TABLE rival.position (partition int PRIMARY KEY, next_offset bigint);
"""
STAGE = "CREATE TEMP TABLE stage (LIKE rival.sales) ON COMMIT DELETE ROWS"
WRITE = """
WITH fresh AS (INSERT INTO rival.sales SELECT * FROM stage ON CONFLICT DO NOTHING RETURNING shop_id, day, quantity, gross, platform_fee, affiliate, net)
INSERT INTO rival.daily SELECT shop_id, day, sum(quantity), sum(gross), sum(platform_fee + affiliate), sum(net) FROM fresh GROUP BY 1, 2 ORDER BY 1, 2
ON CONFLICT (shop_id, day) DO UPDATE SET units = daily.units + excluded.units, gross = daily.gross + excluded.gross,
  fees = daily.fees + excluded.fees, net = daily.net + excluded.net
"""
NUMBERS = struct.Struct("!" + "iq" * 6)
DAY, QUANTITY = struct.Struct("!ii"), struct.Struct("!ii")


def text(value):
    raw = value.encode()
    return struct.pack("!i", len(raw)) + raw


def rate(base, ppm):
    return (base * ppm + 500000) // 1000000


def rows_of(order):
    lines = order["lines"]
    bases = [l["unit_list"] * l["quantity"] - l["seller_discount"] for l in lines]
    fee = rate(sum(bases) + order["shipping"]["paid"], 60000)
    total, given, affiliate = sum(bases) or 1, 0, order["affiliate"]
    shop, number = text(order["shop_id"]), text(order["order_id"])
    day = order["created_at"].date().toordinal() - 730120
    for i, (line, base) in enumerate(zip(lines, bases)):
        part = fee - given if i == len(lines) - 1 else fee * base // total
        given += part
        commission = rate(base - line["platform_discount"], affiliate["rate_ppm"]) if affiliate else 0
        gross = line["unit_list"] * line["quantity"]
        yield b"".join((b"\x00\x0c", shop, number, text(line["line_id"]), DAY.pack(4, day), text(line["platform_sku"]),
                        QUANTITY.pack(4, line["quantity"]),
                        NUMBERS.pack(8, gross, 8, line["seller_discount"], 8, line["platform_discount"], 8, part, 8, commission,
                                     8, base - part - commission)))


def write(connection, orders, offsets):
    buffer = io.BytesIO()
    buffer.write(b"PGCOPY\n\xff\r\n\x00" + b"\x00" * 8)
    for order in orders:
        buffer.writelines(rows_of(order))
    buffer.write(b"\xff\xff")
    buffer.seek(0)
    cursor = connection.cursor()
    cursor.copy_expert("COPY stage FROM STDIN (FORMAT binary)", buffer)
    cursor.execute(WRITE)
    for partition, offset in offsets.items():
        cursor.execute("INSERT INTO rival.position VALUES (%s, %s) ON CONFLICT (partition) DO UPDATE SET next_offset = excluded.next_offset",
                       (partition, offset))
    connection.commit()


def work(brokers, topic, dsn, partitions, counted):
    consumer = Consumer({"bootstrap.servers": brokers, "group.id": "rival", "enable.auto.commit": False,
                         "queued.min.messages": 1000000, "queued.max.messages.kbytes": 65536})
    ends = {p: consumer.get_watermark_offsets(TopicPartition(topic, p), timeout=10)[1] for p in partitions}
    consumer.assign([TopicPartition(topic, p, 0) for p in partitions])
    connection = psycopg2.connect(dsn)
    connection.cursor().execute(STAGE)
    connection.commit()
    at, count = {p: 0 for p in partitions}, 0
    while any(at[p] < ends[p] for p in partitions):
        messages = consumer.consume(BATCH, 0.2)
        latest, offsets = {}, {}
        for message in messages:
            if message.error():
                continue
            order = fastavro.schemaless_reader(io.BytesIO(memoryview(message.value())[5:]), SCHEMA)
            latest[order["shop_id"], order["order_id"]] = order
            at[message.partition()] = offsets[message.partition()] = message.offset() + 1
        if offsets:
            write(connection, latest.values(), offsets)
            count += len(messages)
    with counted.get_lock():
        counted.value += count


def main():
    brokers, topic, dsn, workers = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
    with psycopg2.connect(dsn) as connection:
        connection.cursor().execute(TABLES)
    consumer = Consumer({"bootstrap.servers": brokers, "group.id": "rival"})
    partitions = sorted(consumer.list_topics(topic).topics[topic].partitions)
    consumer.close()
    counted = multiprocessing.Value("q", 0)
    processes = [multiprocessing.Process(target=work, args=(brokers, topic, dsn, partitions[i::workers], counted)) for i in range(workers)]
    start = time.monotonic()
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    seconds = time.monotonic() - start
    print(f"rival_orders {counted.value}\nrival_seconds {seconds:.3f}\nrival_orders_per_s {counted.value / seconds:.0f}")
    return 0 if all(p.exitcode == 0 for p in processes) else 1


if __name__ == "__main__":
    sys.exit(main())
