#include "producers/kafka_output.h"

#include <stdlib.h>
#include <string.h>

#define TOPICS_MAX 8

struct kafka_output {
    struct kafka_output_config config;
    rd_kafka_t *client;
    const char *names[TOPICS_MAX];
    rd_kafka_topic_t *topics[TOPICS_MAX];
    size_t topic_count;
    uint64_t delivered, lost;
    rd_kafka_resp_err_t first_loss;
};

static void on_delivery(rd_kafka_t *client, const rd_kafka_message_t *message, void *opaque)
{
    struct kafka_output *output = opaque;
    (void)client;
    output->delivered += !message->err;
    output->lost += message->err != 0;
    if (message->err && !output->first_loss)
        output->first_loss = message->err;
}

static rd_kafka_t *producer_new(struct kafka_output *output, struct err *err)
{
    const struct kafka_property properties[] = {
        {"enable.idempotence", "true"},
        {"acks", "all"},
        {"compression.codec", "lz4"},
        {"linger.ms", "5"},
        {"batch.size", "1000000"},
        {"batch.num.messages", "10000"},
        {"queue.buffering.max.messages", "200000"},
        {"queue.buffering.max.kbytes", "131072"},
        {"message.max.bytes", "2097152"},
        /* The same hash as Java's producers, so that a shop stays in its partition whoever writes. */
        {"partitioner", "murmur2_random"},
        {NULL, NULL},
    };
    rd_kafka_conf_t *conf = kafka_conf_new(&output->config.kafka, err);
    if (!conf)
        return NULL;
    rd_kafka_conf_set_opaque(conf, output);
    rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
    if (kafka_conf_set(conf, properties, err))
        return kafka_client_new(RD_KAFKA_PRODUCER, conf, err);
    rd_kafka_conf_destroy(conf);
    return NULL;
}

static bool open_topics(struct kafka_output *output, const char *const *topics, struct err *err)
{
    int first = 0;
    for (size_t i = 0; topics[i] && i < TOPICS_MAX; i++) {
        int count;
        if (!kafka_partition_count(output->client, topics[i], output->config.timeout_ms, &count, err))
            return false;
        if (i && count != first)
            return err_set(err, ERR_FATAL, EXIT_CODE_CONFIG, "kafka: topics \"%s\" and \"%s\" differ in their number of partitions",
                           topics[0], topics[i]);
        first = count;
        output->names[i] = topics[i];
        output->topics[i] = rd_kafka_topic_new(output->client, topics[i], NULL);
        output->topic_count = i + 1;
    }
    return true;
}

struct kafka_output *kafka_output_open(const struct kafka_output_config *config, const char *const *topics, struct err *err)
{
    struct kafka_output *output = calloc(1, sizeof *output);
    if (!output) {
        (void)err_set(err, ERR_FATAL, EXIT_CODE_INTERNAL, "out of memory for the producer");
        return NULL;
    }
    output->config = *config;
    output->client = producer_new(output, err);
    if (output->client && open_topics(output, topics, err))
        return output;
    kafka_output_close(output);
    return NULL;
}

static rd_kafka_topic_t *topic_of(const struct kafka_output *output, const char *topic)
{
    for (size_t i = 0; i < output->topic_count; i++)
        if (output->names[i] == topic || strcmp(output->names[i], topic) == 0)
            return output->topics[i];
    return NULL;
}

static bool check_losses(const struct kafka_output *output, struct err *err)
{
    if (!output->lost)
        return true;
    (void)kafka_error(output->first_loss, "delivery", NULL, err);
    err_prefix(err, "%llu records were not delivered", (unsigned long long)output->lost);
    return false;
}

bool kafka_output_send(struct kafka_output *output, const char *topic, const void *key, size_t key_len, const void *value,
                       size_t value_len, struct err *err)
{
    rd_kafka_topic_t *handle = topic_of(output, topic);
    if (!handle)
        return err_set(err, ERR_FATAL, EXIT_CODE_INTERNAL, "kafka: topic \"%s\" was not opened", topic);
    while (rd_kafka_produce(handle, RD_KAFKA_PARTITION_UA, RD_KAFKA_MSG_F_COPY, (void *)value, value_len, key, key_len, NULL) != 0) {
        rd_kafka_resp_err_t code = rd_kafka_last_error();
        if (code != RD_KAFKA_RESP_ERR__QUEUE_FULL)
            return kafka_error(code, topic, NULL, err);
        (void)rd_kafka_poll(output->client, 50); /* serves deliveries, which make room */
        if (!check_losses(output, err))
            return false;
    }
    (void)rd_kafka_poll(output->client, 0);
    return check_losses(output, err);
}

bool kafka_output_flush(struct kafka_output *output, struct err *err)
{
    rd_kafka_resp_err_t code = rd_kafka_flush(output->client, output->config.timeout_ms);
    return check_losses(output, err) && (!code || kafka_error(code, "flush", NULL, err));
}

bool kafka_output_is_empty(struct kafka_output *output, const char *topic, bool *ret_empty, struct err *err)
{
    int count;
    if (!kafka_partition_count(output->client, topic, output->config.timeout_ms, &count, err))
        return false;
    *ret_empty = true;
    for (int i = 0; i < count; i++) {
        int64_t low, high;
        rd_kafka_resp_err_t code = rd_kafka_query_watermark_offsets(output->client, topic, i, &low, &high, output->config.timeout_ms);
        if (code)
            return kafka_error(code, topic, NULL, err);
        *ret_empty = *ret_empty && high <= low;
    }
    return true;
}

uint64_t kafka_output_delivered(const struct kafka_output *output)
{
    return output->delivered;
}

void kafka_output_close(struct kafka_output *output)
{
    if (!output)
        return;
    for (size_t i = 0; i < output->topic_count; i++)
        rd_kafka_topic_destroy(output->topics[i]);
    if (output->client) {
        (void)rd_kafka_purge(output->client, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
        (void)rd_kafka_flush(output->client, 1000);
        rd_kafka_destroy(output->client);
    }
    free(output);
}
