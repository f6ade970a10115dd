/*
 * What consumers and producers share: checked settings, security, logging, and the meaning of librdkafka's errors. A misspelt or
 * impossible property is an error here, never a silent default.
 */
#ifndef KAFKA_CLIENT_KAFKA_CLIENT_H
#define KAFKA_CLIENT_KAFKA_CLIENT_H

#include <librdkafka/rdkafka.h>
#include <stdbool.h>

#include "common/err.h"

/* All borrowed; NULL where not set. */
struct kafka_settings {
    const char *brokers;
    const char *protocol; /* PLAINTEXT where NULL */
    const char *sasl_mechanism, *username, *password;
    const char *ca_file, *certificate_file, *key_file;
};

struct kafka_property {
    const char *name, *value; /* a NULL value is skipped */
};

/* Sets properties; the table ends with a NULL name. false with err, which never shows a value that may be a secret. */
bool kafka_conf_set(rd_kafka_conf_t *conf, const struct kafka_property *properties, struct err *err);

/* A configuration with brokers, security, back-off and logging. NULL with err. */
rd_kafka_conf_t *kafka_conf_new(const struct kafka_settings *settings, struct err *err);

/* Makes the client; conf is taken, also on failure. NULL with err. */
rd_kafka_t *kafka_client_new(rd_kafka_type_t type, rd_kafka_conf_t *conf, struct err *err);

/* What an error means for us: kind and exit code, and a line with a remedy where there is one. Always returns false. */
bool kafka_error(rd_kafka_resp_err_t code, const char *what, const char *detail, struct err *err);

/* How many partitions a topic has. ERR_RETRY where the brokers do not answer within timeout_ms, ERR_FATAL where it is not there. */
bool kafka_partition_count(rd_kafka_t *client, const char *topic, int timeout_ms, int *ret_count, struct err *err);

/* Asks the brokers once, for check-config: the topics exist with equal partition counts. topics ends with NULL. */
bool kafka_probe(const struct kafka_settings *settings, const char *const *topics, int timeout_ms, struct err *err);

#endif
