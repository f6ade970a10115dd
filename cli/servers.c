#include "cli/servers.h"

#include "common/log.h"

#define PROBE_MS 5000

struct kafka_settings kafka_settings_of(const struct app_config *config)
{
    const struct kafka_security *security = &config->kafka.security;
    return (struct kafka_settings){.brokers = config->kafka.brokers,
                                   .protocol = security->protocol,
                                   .sasl_mechanism = security->sasl_mechanism,
                                   .username = security->username,
                                   .password = security->password,
                                   .ca_file = security->ca_file,
                                   .certificate_file = security->certificate_file,
                                   .key_file = security->key_file};
}

static void pass_on(void *ctx, char level, const char *text)
{
    (void)ctx;
    log_line(level == 'w' ? LEVEL_WARN : LEVEL_INFO, "%s", text);
}

struct pg_sink_config pg_sink_config_of(const struct app_config *config)
{
    return (struct pg_sink_config){.dsn = config->postgres.dsn,
                                   .password = config->postgres.password,
                                   .sslmode = config->postgres.sslmode,
                                   .pipeline = config->pipeline,
                                   .owner = config->kafka.instance_id ? config->kafka.instance_id : "tillstream",
                                   .application_name = "tillstream",
                                   .alerts_to_topic = config->kafka.anomalies_topic != NULL,
                                   .alerts_to_webhook = config->webhook.url != NULL,
                                   .on_message = pass_on};
}

bool probe_kafka(const struct app_config *config, struct err *err)
{
    const struct kafka_settings settings = kafka_settings_of(config);
    const char *const topics[] = {config->kafka.orders_topic, config->kafka.ad_spend_topic, config->kafka.refunds_topic,
                                  config->kafka.settlements_topic, config->kafka.catalog_topic, NULL};
    const char *const told[] = {config->kafka.anomalies_topic, NULL};
    return kafka_probe(&settings, topics, PROBE_MS, err) && (!told[0] || kafka_probe(&settings, told, PROBE_MS, err));
}

bool probe_postgres(const struct app_config *config, struct err *err)
{
    const struct pg_sink_config sink = pg_sink_config_of(config);
    return pg_probe(&sink, err);
}
