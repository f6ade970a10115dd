#include "cli/run_alerts.h"

#include "alerts/alert_topic.h"
#include "alerts/webhook.h"
#include "cli/servers.h"
#include "common/log.h"
#include "postgres/alert_writer.h"

#define TIMEOUT_MS 10000
#define DRAIN_US INT64_C(8000000)

static void say(void *ctx, char level, const char *text)
{
    (void)ctx;
    log_line(level == 'w' ? LEVEL_WARN : LEVEL_INFO, "%s", text);
}

/* Takes the channel. */
static bool start(struct run_alerts *alerts, const char *name, struct alert_channel *channel, const struct pg_sink_config *sink,
                  struct err *err)
{
    if (!channel)
        return false;
    struct alert_sender_config config = {.name = name, .channel = channel, .outbox = outbox_new(sink, name), .on_message = say};
    if (!config.outbox) {
        channel->close(channel);
        return err_set(err, ERR_FATAL, EXIT_CODE_INTERNAL, "out of memory for alerts");
    }
    struct alert_sender *sender = alert_sender_start(&config, err);
    if (sender)
        alerts->senders[alerts->count++] = sender;
    return sender != NULL;
}

static bool start_topic(struct run_alerts *alerts, const struct app_config *config, const struct pg_sink_config *sink, struct err *err)
{
    const struct kafka_output_config kafka = {.kafka = kafka_settings_of(config), .timeout_ms = TIMEOUT_MS};
    return start(alerts, CHANNEL_TOPIC, alert_topic_open(&kafka, config->kafka.anomalies_topic, err), sink, err);
}

static bool start_webhook(struct run_alerts *alerts, const struct app_config *config, const struct pg_sink_config *sink, struct err *err)
{
    const struct webhook_config webhook = {.url = config->webhook.url,
                                           .secret = config->webhook.secret,
                                           .budget_per_shop_hour = config->webhook.budget_per_shop_hour,
                                           .timeout_us = config->webhook.timeout_us};
    return start(alerts, CHANNEL_WEBHOOK, webhook_open(&webhook, err), sink, err);
}

bool run_alerts_start(struct run_alerts *alerts, const struct app_config *config, const struct pg_sink_config *sink, struct err *err)
{
    return (!config->kafka.anomalies_topic || start_topic(alerts, config, sink, err)) &&
           (!config->webhook.url || start_webhook(alerts, config, sink, err));
}

void run_alerts_stop(struct run_alerts *alerts)
{
    for (size_t i = 0; i < alerts->count; i++)
        alert_sender_stop(alerts->senders[i], DRAIN_US);
    alerts->count = 0;
}
