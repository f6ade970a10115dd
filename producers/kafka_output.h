/*
 * Records into Kafka: idempotent, partitioned by key alike in every topic, so that all events of a shop meet. One thread.
 */
#ifndef PRODUCERS_KAFKA_OUTPUT_H
#define PRODUCERS_KAFKA_OUTPUT_H

#include <stddef.h>
#include <stdint.h>

#include "kafka_client/kafka_client.h"

struct kafka_output;

/* Borrowed while the output lives. */
struct kafka_output_config {
    struct kafka_settings kafka;
    int timeout_ms; /* how long to wait for the brokers before giving up */
};

/* NULL with err (exit code 69 where the brokers do not answer in time). topics ends with NULL: all must be there, with equal
 * partition counts. */
struct kafka_output *kafka_output_open(const struct kafka_output_config *config, const char *const *topics, struct err *err);

/* Sends one record; value NULL is a null value. The bytes are copied. Waits while the queue is full. false with err where records
 * could not be delivered. */
bool kafka_output_send(struct kafka_output *output, const char *topic, const void *key, size_t key_len, const void *value,
                       size_t value_len, struct err *err);

/* Waits until everything is delivered. false with err where something was not. */
bool kafka_output_flush(struct kafka_output *output, struct err *err);

/* Whether the log of the topic holds no record at all. */
bool kafka_output_is_empty(struct kafka_output *output, const char *topic, bool *ret_empty, struct err *err);

uint64_t kafka_output_delivered(const struct kafka_output *output);

/* Drops what was not flushed. Accepts NULL. */
void kafka_output_close(struct kafka_output *output);

#endif
