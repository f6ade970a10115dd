#!/bin/sh
# All topics have the same number of partitions, so that all events of a shop meet in one process.
set -eu
for topic in orders ad-spend refunds settlements catalog; do
    /opt/kafka/bin/kafka-topics.sh --bootstrap-server kafka:9092 --create --if-not-exists \
        --topic "$topic" --partitions 4 --replication-factor 1
done
