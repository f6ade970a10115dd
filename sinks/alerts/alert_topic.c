/*
 * A round sends what it took, waits until the brokers have all of it, and removes it then. A producer that lost a record is closed, for it
 * does not know which: the next round sends all again.
 */
#include "alerts/alert_topic.h"

#include <stdlib.h>

#include "common/crash_point.h"
#include "schemas/alert_wire.h"

struct alert_topic {
    struct alert_channel channel; /* first: the vtable is the object */
    struct kafka_output_config config;
    const char *topic;
    int32_t schema_id;
    struct kafka_output *output; /* NULL: not open */
    struct arena arena;
};

static bool open_output(struct alert_topic *topic, struct err *err)
{
    const char *const topics[] = {topic->topic, NULL};
    if (!topic->output)
        topic->output = kafka_output_open(&topic->config, topics, err);
    return topic->output != NULL;
}

static bool send_all(struct alert_topic *topic, const struct alert *alerts, size_t count, struct err *err)
{
    bool good = open_output(topic, err);
    for (size_t i = 0; i < count && good; i++) {
        const uint8_t *bytes;
        size_t len;
        alert_wire_write(&alerts[i], topic->schema_id, &topic->arena, &bytes, &len);
        good = kafka_output_send(topic->output, topic->topic, alerts[i].shop_id.ptr, alerts[i].shop_id.len, bytes, len, err);
    }
    good = good && kafka_output_flush(topic->output, err);
    arena_reset(&topic->arena, SIZE_MAX);
    if (good)
        return true;
    kafka_output_close(topic->output);
    topic->output = NULL;
    return false;
}

static bool topic_round(struct alert_channel *self, struct outbox *outbox, bool *ret_idle, struct err *err)
{
    struct alert_topic *topic = (struct alert_topic *)self;
    const struct alert *alerts;
    size_t count;
    if (!outbox_take(outbox, OUTBOX_TAKE_MAX, &alerts, &count, err))
        return false;
    *ret_idle = count == 0;
    if (!count)
        return true;
    if (!send_all(topic, alerts, count, err))
        return false;
    crash_point("topic_delivered");
    return outbox_remove(outbox, count, err);
}

static void topic_close(struct alert_channel *self)
{
    struct alert_topic *topic = (struct alert_topic *)self;
    kafka_output_close(topic->output);
    arena_done(&topic->arena);
    free(topic);
}

struct alert_channel *alert_topic_open(const struct kafka_output_config *config, const char *name, struct err *err)
{
    struct alert_topic *topic = calloc(1, sizeof *topic);
    if (!topic) {
        (void)err_set(err, ERR_FATAL, EXIT_CODE_INTERNAL, "out of memory for the topic of alerts");
        return NULL;
    }
    topic->channel = (struct alert_channel){topic_round, topic_close};
    topic->config = *config;
    topic->topic = name;
    arena_init(&topic->arena);
    if (alert_wire_id(&topic->schema_id, err))
        return &topic->channel;
    topic_close(&topic->channel);
    return NULL;
}
