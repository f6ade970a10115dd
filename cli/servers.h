/*
 * From the configuration to what the edges are opened with, and one question to each server.
 */
#ifndef CLI_SERVERS_H
#define CLI_SERVERS_H

#include "cli/app_config.h"
#include "common/err.h"
#include "kafka_client/kafka_client.h"
#include "postgres/pg_link.h"
#include "postgres/pg_sink.h"
#include "schemas/event.h"

/* Borrowed from the configuration. */
struct kafka_settings kafka_settings_of(const struct app_config *config);
struct pg_sink_config pg_sink_config_of(const struct app_config *config);

/* By which a command works as postgres.dsn; the server shows the name. */
struct pg_settings pg_settings_of(const struct app_config *config, const char *application_name);

/* By enum event_topic, with a NULL behind. */
struct topic_names {
    const char *of[TOPIC_COUNT + 1];
};
struct topic_names topic_names_of(const struct app_config *config);

/* Names the brokers in front of an error that says that they are away. */
void prefix_brokers(const struct app_config *config, struct err *err);

/* One round to the server; false with err. For check-config. */
bool probe_kafka(const struct app_config *config, struct err *err);
bool probe_postgres(const struct app_config *config, struct err *err);

#endif
