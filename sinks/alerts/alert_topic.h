/*
 * Alerts into a Kafka topic: keyed by shop, Avro (schemas/avro/alert.avsc), at least once.
 */
#ifndef ALERTS_ALERT_TOPIC_H
#define ALERTS_ALERT_TOPIC_H

#include "alerts/alert_channel.h"
#include "producers/kafka_output.h"

/* config and topic are borrowed while the channel lives. The brokers are asked at the first alert. NULL with err. */
struct alert_channel *alert_topic_open(const struct kafka_output_config *config, const char *topic, struct err *err);

#endif
