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

struct pg_settings pg_settings_of(const struct app_config *config, const char *application_name)
{
    return (struct pg_settings){.dsn = config->postgres.dsn,
                                .password = config->postgres.password,
                                .sslmode = config->postgres.sslmode,
                                .application_name = application_name};
}

struct topic_names topic_names_of(const struct app_config *config)
{
    return (struct topic_names){.of = {[TOPIC_ORDERS] = config->kafka.orders_topic,
                                       [TOPIC_AD_SPEND] = config->kafka.ad_spend_topic,
                                       [TOPIC_REFUNDS] = config->kafka.refunds_topic,
                                       [TOPIC_SETTLEMENTS] = config->kafka.settlements_topic,
                                       [TOPIC_CATALOG] = config->kafka.catalog_topic}};
}

void prefix_brokers(const struct app_config *config, struct err *err)
{
    if (err->exit_code == EXIT_CODE_UNAVAILABLE)
        err_prefix(err, "kafka.brokers \"%s\"", config->kafka.brokers);
}

bool probe_kafka(const struct app_config *config, struct err *err)
{
    const struct kafka_settings settings = kafka_settings_of(config);
    const struct topic_names topics = topic_names_of(config);
    const char *const told[] = {config->kafka.anomalies_topic, NULL};
    if (kafka_probe(&settings, topics.of, PROBE_MS, err) && (!told[0] || kafka_probe(&settings, told, PROBE_MS, err)))
        return true;
    prefix_brokers(config, err);
    return false;
}

bool probe_postgres(const struct app_config *config, struct err *err)
{
    const struct pg_sink_config sink = pg_sink_config_of(config);
    return pg_probe(&sink, err);
}
