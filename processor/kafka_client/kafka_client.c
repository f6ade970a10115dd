#include "kafka_client/kafka_client.h"

#include <stdio.h>
#include <string.h>

#include "common/log.h"

#define REASON_BYTES 256

bool kafka_conf_set(rd_kafka_conf_t *conf, const struct kafka_property *properties, struct err *err)
{
    char reason[REASON_BYTES];
    for (; properties->name; properties++) {
        if (!properties->value)
            continue;
        if (rd_kafka_conf_set(conf, properties->name, properties->value, reason, sizeof reason) == RD_KAFKA_CONF_OK)
            continue;
        bool secret = strstr(properties->name, "password") != NULL;
        return err_set(err, ERR_FATAL, EXIT_CODE_CONFIG, "kafka: %s: %s", properties->name,
                       secret ? "the value is refused" : reason);
    }
    return true;
}

/* librdkafka says every failed connection attempt; the source says once that the brokers are away. */
static void on_log(const rd_kafka_t *client, int level, const char *facility, const char *text)
{
    (void)client;
    bool reconnecting = strcmp(facility, "FAIL") == 0 || strcmp(facility, "ERROR") == 0 ||
                        strcmp(facility, "GETPID") == 0;
    if (level <= 4 && !reconnecting)
        log_warn("kafka: %s: %s", facility, text);
}

rd_kafka_conf_t *kafka_conf_new(const struct kafka_settings *settings, struct err *err)
{
    const struct kafka_property properties[] = {
        {"bootstrap.servers", settings->brokers},
        {"client.id", "tillstream"},
        {"security.protocol", settings->protocol},
        {"sasl.mechanism", settings->sasl_mechanism},
        {"sasl.username", settings->username},
        {"sasl.password", settings->password},
        {"ssl.ca.location", settings->ca_file},
        {"ssl.certificate.location", settings->certificate_file},
        {"ssl.key.location", settings->key_file},
        {"reconnect.backoff.ms", "100"},
        {"reconnect.backoff.max.ms", "2000"},
        {"socket.keepalive.enable", "true"},
        {"log.connection.close", "false"},
        {NULL, NULL},
    };
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_set_log_cb(conf, on_log);
    if (kafka_conf_set(conf, properties, err))
        return conf;
    rd_kafka_conf_destroy(conf);
    return NULL;
}

rd_kafka_t *kafka_client_new(rd_kafka_type_t type, rd_kafka_conf_t *conf, struct err *err)
{
    char reason[REASON_BYTES];
    rd_kafka_t *client = rd_kafka_new(type, conf, reason, sizeof reason);
    if (client)
        return client;
    rd_kafka_conf_destroy(conf); /* librdkafka takes it only where it succeeds */
    (void)err_set(err, ERR_FATAL, EXIT_CODE_CONFIG, "kafka: %s", reason);
    return NULL;
}

bool kafka_error(rd_kafka_resp_err_t code, const char *what, const char *detail, struct err *err)
{
    const char *name = detail && detail[0] ? detail : rd_kafka_err2str(code);
    switch ((int)code) {
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
    case RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION:
        return err_set(err, ERR_FATAL, EXIT_CODE_CONFIG,
                       "kafka: topic \"%s\" does not exist; make it, all topics with the same number of partitions: "
                       "kafka-topics.sh --create --topic %s --partitions 4",
                       what, what);
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
        return err_set(err, ERR_FATAL, EXIT_CODE_CONFIG, "kafka: %s: %s; the user needs READ and DESCRIBE rights", what, name);
    case RD_KAFKA_RESP_ERR__AUTHENTICATION:
    case RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED:
        return err_set(err, ERR_FATAL, EXIT_CODE_CONFIG, "kafka: the brokers refuse our credentials: %s", name);
    case RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID:
        return err_set(err, ERR_FATAL, EXIT_CODE_CONFIG,
                       "kafka: another process uses the same kafka.instance_id; every process needs one of its own");
    default:
        return err_set(err, ERR_RETRY, EXIT_CODE_UNAVAILABLE, "kafka: %s: %s", what, name);
    }
}

bool kafka_partition_count(rd_kafka_t *client, const char *topic, int timeout_ms, int *ret_count, struct err *err)
{
    const struct rd_kafka_metadata *metadata = NULL;
    rd_kafka_topic_t *handle = rd_kafka_topic_new(client, topic, NULL);
    if (!handle)
        return kafka_error(rd_kafka_last_error(), topic, NULL, err);
    rd_kafka_resp_err_t code = rd_kafka_metadata(client, 0, handle, &metadata, timeout_ms);
    rd_kafka_topic_destroy(handle);
    if (code)
        return kafka_error(code, "the brokers do not answer", NULL, err);
    code = metadata->topic_cnt == 1 ? metadata->topics[0].err : RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
    int count = metadata->topic_cnt == 1 ? metadata->topics[0].partition_cnt : 0;
    rd_kafka_metadata_destroy(metadata);
    if (code || !count)
        return kafka_error(code ? code : RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, topic, NULL, err);
    *ret_count = count;
    return true;
}

static bool probe_topics(rd_kafka_t *client, const char *const *topics, int timeout_ms, struct err *err)
{
    int first = 0;
    for (size_t i = 0; topics[i]; i++) {
        int count;
        if (!kafka_partition_count(client, topics[i], timeout_ms, &count, err))
            return false;
        if (i && count != first)
            return err_set(err, ERR_FATAL, EXIT_CODE_CONFIG,
                           "kafka: topic \"%s\" has %d partitions and \"%s\" %d; all topics need the same number, so that "
                           "the events of a shop meet in one process",
                           topics[0], first, topics[i], count);
        first = count;
    }
    return true;
}

bool kafka_probe(const struct kafka_settings *settings, const char *const *topics, int timeout_ms, struct err *err)
{
    rd_kafka_conf_t *conf = kafka_conf_new(settings, err);
    rd_kafka_t *client = conf ? kafka_client_new(RD_KAFKA_PRODUCER, conf, err) : NULL;
    if (!client)
        return false;
    bool good = probe_topics(client, topics, timeout_ms, err);
    rd_kafka_destroy(client);
    return good;
}
