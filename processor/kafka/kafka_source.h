/*
 * Kafka as a source: one consumer of a group, eager `range` assignment, positions given with the assignment, never by seeking.
 * The group's own offsets are only a mirror for lag tools.
 */
#ifndef KAFKA_KAFKA_SOURCE_H
#define KAFKA_KAFKA_SOURCE_H

#include "kafka_client/kafka_client.h"
#include "processor/source.h"

#define KAFKA_TOPICS_MAX 8

/* All borrowed while the source lives. */
struct kafka_source_config {
    struct kafka_settings kafka;
    const char *group;
    const char *instance_id;            /* NULL: dynamic membership */
    const char *topics[KAFKA_TOPICS_MAX + 1]; /* ends with NULL; all with the same number of partitions; begun in this order */
};

/* Does not wait for the brokers: polls do, and say once that they are away and once that they are back. NULL with err. */
struct source *kafka_source_open(const struct kafka_source_config *config, const struct source_handler *handler,
                                 struct err *err);

#endif
