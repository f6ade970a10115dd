/*
 * From the configuration to what the edges are opened with, and one question to each server.
 */
#ifndef CLI_SERVERS_H
#define CLI_SERVERS_H

#include "cli/app_config.h"
#include "common/err.h"
#include "kafka_client/kafka_client.h"
#include "postgres/pg_sink.h"

/* Borrowed from the configuration. */
struct kafka_settings kafka_settings_of(const struct app_config *config);
struct pg_sink_config pg_sink_config_of(const struct app_config *config);

/* One round to the server; false with err. For check-config. */
bool probe_kafka(const struct app_config *config, struct err *err);
bool probe_postgres(const struct app_config *config, struct err *err);

#endif
