/*
 * The consumer, story by story:
 *   1. The first polls ask for the topics: a missing one ends the run with its name, absent brokers are waited for.
 *   2. The group hands partitions out: the handler says where each starts, and that stands in the list given to
 *      rd_kafka_assign. Seeking afterwards would race with messages fetched already (librdkafka 2.0.2 waits 1000 times too
 *      short in it).
 *   3. The group takes them back: the handler finishes its batch inside the callback, or drops it where they are lost.
 *   4. Joining again means a new consumer: leaving and subscribing with one handle has been the source of many a stuck one.
 */
#include "kafka/kafka_source.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/log.h"

#define WATERMARK_MS 10000
#define METADATA_MS 1000
#define CLOSE_MS 10000
#define WAKE_EVERY_MS 50
#define WAKE_MS 200
#define MIRROR_EVERY_MS 1000
#define PARTITIONS_MAX 1024

struct kafka_source {
    struct source source; /* first: the vtable is the object */
    struct kafka_source_config config;
    const char *unended; /* topic of the last record, where no end of a partition came behind it */
    int32_t unended_partition;
    int64_t woken_ms;
    struct source_handler handler;
    rd_kafka_t *client;
    rd_kafka_message_t *held; /* lent to the caller until the next poll */
    rd_kafka_topic_t *last_topic;
    const char *last_topic_name;
    bool subscribed, away, failed;
    struct err failure;
    rd_kafka_topic_partition_list_t *mirror; /* positions to tell the group, latest ones */
    bool mirror_changed;
    int64_t mirrored_ms;
};

static int64_t now_ms(void)
{
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return at.tv_sec * INT64_C(1000) + at.tv_nsec / 1000000;
}

static void fail(struct kafka_source *self, const struct err *err)
{
    if (self->failed)
        return;
    self->failed = true;
    self->failure = *err;
}

static void note_away(struct kafka_source *self, const char *why)
{
    if (!self->away)
        log_warn("Kafka is away (%s); waiting for it", why);
    self->away = true;
}

static void note_back(struct kafka_source *self)
{
    if (self->away)
        log_info("Kafka is back");
    self->away = false;
}

/* The configured name: it outlives every handle. */
static const char *own_name(const struct kafka_source *self, const char *name)
{
    for (size_t i = 0; self->config.topics[i]; i++)
        if (strcmp(self->config.topics[i], name) == 0)
            return self->config.topics[i];
    return NULL;
}

static void on_error(rd_kafka_t *client, int code, const char *reason, void *opaque)
{
    struct kafka_source *self = opaque;
    struct err err = {0};
    char fatal[256];
    if (code == RD_KAFKA_RESP_ERR__FATAL)
        code = rd_kafka_fatal_error(client, fatal, sizeof fatal);
    if (code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN || code == RD_KAFKA_RESP_ERR__TRANSPORT) {
        if (code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN)
            note_away(self, reason);
        return;
    }
    (void)kafka_error((rd_kafka_resp_err_t)code, self->config.group, reason, &err);
    if (err.kind == ERR_FATAL)
        fail(self, &err);
}

static bool fill_assigned(struct kafka_source *self, const rd_kafka_topic_partition_list_t *list, struct assigned *assigned,
                          struct err *err)
{
    for (int i = 0; i < list->cnt; i++) {
        const rd_kafka_topic_partition_t *part = &list->elems[i];
        assigned[i] = (struct assigned){.topic = own_name(self, part->topic), .partition = part->partition};
        rd_kafka_resp_err_t code = rd_kafka_query_watermark_offsets(self->client, part->topic, part->partition,
                                                                    &assigned[i].low_offset, &assigned[i].end_offset,
                                                                    WATERMARK_MS);
        if (code)
            return kafka_error(code, part->topic, NULL, err);
    }
    return true;
}

static bool take_assignment(struct kafka_source *self, rd_kafka_topic_partition_list_t *list, struct err *err)
{
    if (list->cnt > PARTITIONS_MAX)
        return err_set(err, ERR_FATAL, EXIT_CODE_CONFIG, "kafka: %d partitions are too many for one process", list->cnt);
    struct assigned *assigned = calloc((size_t)list->cnt + 1, sizeof *assigned);
    if (!assigned)
        return err_set(err, ERR_FATAL, EXIT_CODE_INTERNAL, "out of memory for %d partitions", list->cnt);
    bool good = fill_assigned(self, list, assigned, err) &&
                self->handler.on_assign(self->handler.ctx, assigned, (size_t)list->cnt, err);
    for (int i = 0; good && i < list->cnt; i++)
        list->elems[i].offset = assigned[i].start_offset;
    free(assigned);
    return good;
}

static int place_of(const struct kafka_source *self, const char *name)
{
    int place = 0;
    while (self->config.topics[place] && strcmp(self->config.topics[place], name) != 0)
        place++;
    return place;
}

/* The last comes first: librdkafka (2.0.2) begins to fetch at the end of the list. */
static int compare_places(const void *a, const void *b, void *opaque)
{
    const rd_kafka_topic_partition_t *left = a, *right = b;
    int order = place_of(opaque, right->topic) - place_of(opaque, left->topic);
    return order ? order : (left->partition > right->partition) - (left->partition < right->partition);
}

static void flush_mirror(struct kafka_source *self)
{
    if (!self->mirror_changed)
        return;
    self->mirror_changed = false;
    self->mirrored_ms = now_ms();
    (void)rd_kafka_commit(self->client, self->mirror, 1); /* best effort: only lag tools read it */
}

static void on_rebalance(rd_kafka_t *client, rd_kafka_resp_err_t code, rd_kafka_topic_partition_list_t *list, void *opaque)
{
    struct kafka_source *self = opaque;
    struct err err = {0};
    self->unended = NULL;
    if (code == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS && take_assignment(self, list, &err)) {
        rd_kafka_topic_partition_list_sort(list, compare_places, self);
        rd_kafka_assign(client, list);
        return;
    }
    if (code == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
        if (err.kind == ERR_RETRY)
            self->subscribed = false; /* the next poll begins anew */
        else
            fail(self, &err);
    } else if (code == RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS) {
        bool lost = rd_kafka_assignment_lost(client) != 0;
        self->handler.on_revoke(self->handler.ctx, lost);
        if (!lost)
            flush_mirror(self);
    }
    rd_kafka_topic_partition_list_destroy(self->mirror);
    self->mirror = rd_kafka_topic_partition_list_new(8);
    self->mirror_changed = false;
    rd_kafka_assign(client, NULL);
}

static rd_kafka_t *consumer_new(struct kafka_source *self, struct err *err)
{
    const struct kafka_property properties[] = {
        {"group.id", self->config.group},
        {"group.instance.id", self->config.instance_id},
        {"enable.auto.commit", "false"},
        {"enable.auto.offset.store", "false"},
        {"auto.offset.reset", "error"},
        {"enable.partition.eof", "true"},
        {"partition.assignment.strategy", "range"},
        {"session.timeout.ms", "10000"},
        {"heartbeat.interval.ms", "2000"},
        /* A full queue postpones the next fetch by a whole second in 2.0.2, so it must hold more than a second's work;
         * bounded by bytes, the messages by nothing that could be reached first. */
        {"queued.min.messages", "1000000"},
        {"queued.max.messages.kbytes", "57344"},
        {"fetch.message.max.bytes", "1048576"},
        {"fetch.max.bytes", "16777216"},
        {"fetch.error.backoff.ms", "50"},
        {NULL, NULL},
    };
    rd_kafka_conf_t *conf = kafka_conf_new(&self->config.kafka, err);
    if (!conf)
        return NULL;
    rd_kafka_conf_set_opaque(conf, self);
    rd_kafka_conf_set_rebalance_cb(conf, on_rebalance);
    rd_kafka_conf_set_error_cb(conf, on_error);
    if (!kafka_conf_set(conf, properties, err)) {
        rd_kafka_conf_destroy(conf);
        return NULL;
    }
    rd_kafka_t *client = kafka_client_new(RD_KAFKA_CONSUMER, conf, err);
    if (client)
        (void)rd_kafka_poll_set_consumer(client); /* fails only for producers */
    return client;
}

static bool check_topics(struct kafka_source *self, struct err *err)
{
    int first = 0;
    for (size_t i = 0; self->config.topics[i]; i++) {
        int count;
        if (!kafka_partition_count(self->client, self->config.topics[i], METADATA_MS, &count, err))
            return false;
        if (i && count != first)
            return err_set(err, ERR_FATAL, EXIT_CODE_CONFIG,
                           "kafka: topic \"%s\" has %d partitions and \"%s\" %d; all topics need the same number",
                           self->config.topics[0], first, self->config.topics[i], count);
        first = count;
    }
    return true;
}

static bool subscribe(struct kafka_source *self, struct err *err)
{
    if (!check_topics(self, err))
        return false;
    note_back(self);
    rd_kafka_topic_partition_list_t *topics = rd_kafka_topic_partition_list_new(KAFKA_TOPICS_MAX);
    for (size_t i = 0; self->config.topics[i]; i++)
        rd_kafka_topic_partition_list_add(topics, self->config.topics[i], RD_KAFKA_PARTITION_UA);
    rd_kafka_resp_err_t code = rd_kafka_subscribe(self->client, topics);
    rd_kafka_topic_partition_list_destroy(topics);
    self->subscribed = !code;
    return !code || kafka_error(code, self->config.group, NULL, err);
}

static void release_held(struct kafka_source *self)
{
    if (self->held)
        rd_kafka_message_destroy(self->held);
    self->held = NULL;
}

static const char *topic_of(struct kafka_source *self, rd_kafka_topic_t *topic)
{
    if (topic != self->last_topic) {
        self->last_topic = topic;
        self->last_topic_name = own_name(self, rd_kafka_topic_name(topic));
    }
    return self->last_topic_name;
}

static enum source_result take_error(struct kafka_source *self, const rd_kafka_message_t *message, struct err *err)
{
    const char *topic = message->rkt ? rd_kafka_topic_name(message->rkt) : self->config.group;
    if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
        note_back(self);
        self->unended = NULL;
        self->handler.on_end(self->handler.ctx, own_name(self, topic), message->partition, message->offset);
        return SOURCE_IDLE;
    }
    if (message->err == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET || message->err == RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE)
        (void)err_set(err, ERR_FATAL, EXIT_CODE_DATA,
                      "kafka: %s[%d]: the log no longer holds what comes next (%s); start again, and it will be noted as a gap; "
                      "--accept-gap goes on behind it",
                      topic, message->partition, rd_kafka_message_errstr(message));
    else
        (void)kafka_error(message->err, topic, rd_kafka_message_errstr(message), err);
    if (err->kind == ERR_RETRY)
        return SOURCE_IDLE;
    fail(self, err);
    return SOURCE_FAILED;
}

/* A full queue puts the thread that fetches to sleep for a second, in 2.0.2, however soon there is room again. Any request to the
 * broker wakes it: worth its few milliseconds once the queue is empty and the partition is not at its end. */
static void wake_fetcher(struct kafka_source *self)
{
    int64_t now = now_ms(), low, high;
    if (!self->unended || now - self->woken_ms < WAKE_EVERY_MS)
        return;
    self->woken_ms = now;
    (void)rd_kafka_query_watermark_offsets(self->client, self->unended, self->unended_partition, &low, &high,
                                           WAKE_MS); /* what it answers is of no interest */
}

static enum source_result take_message(struct kafka_source *self, rd_kafka_message_t *message, struct record *ret_record)
{
    rd_kafka_timestamp_type_t type;
    self->held = message;
    *ret_record = (struct record){.topic = topic_of(self, message->rkt),
                                  .partition = message->partition,
                                  .offset = message->offset,
                                  .key = message->key,
                                  .key_len = message->key_len,
                                  .value = message->payload,
                                  .value_len = message->len};
    self->unended = ret_record->topic;
    self->unended_partition = message->partition;
    int64_t ms = rd_kafka_message_timestamp(message, &type);
    ret_record->timestamp_us = ms >= 0 ? ms * 1000 : -1;
    return SOURCE_RECORD;
}

static enum source_result begin(struct kafka_source *self, int timeout_ms, struct err *err)
{
    if (subscribe(self, err))
        return SOURCE_IDLE;
    if (err->kind != ERR_RETRY) {
        fail(self, err);
        return SOURCE_FAILED;
    }
    note_away(self, err->text);
    struct timespec pause = {.tv_nsec = (long)(timeout_ms < 10 ? 10 : timeout_ms > 500 ? 500 : timeout_ms) * 1000000};
    (void)nanosleep(&pause, NULL); /* cut short by a signal: as good */
    return SOURCE_IDLE;
}

static enum source_result kafka_poll(struct source *source, int timeout_ms, struct record *ret_record, struct err *err)
{
    struct kafka_source *self = (struct kafka_source *)source;
    release_held(self);
    if (!self->subscribed && !self->failed)
        return begin(self, timeout_ms, err);
    if (self->mirror_changed && now_ms() - self->mirrored_ms >= MIRROR_EVERY_MS)
        flush_mirror(self);
    rd_kafka_message_t *message = rd_kafka_consumer_poll(self->client, timeout_ms);
    if (self->failed) {
        if (message)
            rd_kafka_message_destroy(message);
        *err = self->failure;
        return SOURCE_FAILED;
    }
    if (!message) {
        wake_fetcher(self);
        return SOURCE_IDLE;
    }
    if (!message->err)
        return take_message(self, message, ret_record);
    enum source_result result = take_error(self, message, err);
    rd_kafka_message_destroy(message);
    return result;
}

static bool kafka_pause(struct source *source, bool paused, struct err *err)
{
    struct kafka_source *self = (struct kafka_source *)source;
    rd_kafka_topic_partition_list_t *list = NULL;
    rd_kafka_resp_err_t code = rd_kafka_assignment(self->client, &list);
    if (!code)
        code = paused ? rd_kafka_pause_partitions(self->client, list) : rd_kafka_resume_partitions(self->client, list);
    if (list)
        rd_kafka_topic_partition_list_destroy(list);
    return !code || kafka_error(code, "pause", NULL, err);
}

/* 2.0.2 may hang in a plain close after a partition was lost, so closing has a deadline; after it the handle is dropped
 * without another word to the group, which then waits for the session to time out. */
static void consumer_close(struct kafka_source *self)
{
    release_held(self);
    self->last_topic = NULL;
    if (!self->client)
        return;
    rd_kafka_queue_t *queue = rd_kafka_queue_new(self->client);
    rd_kafka_error_t *error = rd_kafka_consumer_close_queue(self->client, queue);
    for (int64_t deadline = now_ms() + CLOSE_MS; !error && !rd_kafka_consumer_closed(self->client) && now_ms() < deadline;) {
        rd_kafka_message_t *unread = rd_kafka_consume_queue(queue, 50); /* serves the callbacks too */
        if (unread)
            rd_kafka_message_destroy(unread);
    }
    if (error)
        rd_kafka_error_destroy(error);
    rd_kafka_queue_destroy(queue);
    rd_kafka_destroy_flags(self->client, rd_kafka_consumer_closed(self->client) ? 0 : RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
    self->client = NULL;
}

static bool kafka_rejoin(struct source *source, struct err *err)
{
    struct kafka_source *self = (struct kafka_source *)source;
    consumer_close(self);
    self->subscribed = false;
    self->client = consumer_new(self, err);
    return self->client != NULL;
}

static void kafka_mirror(struct source *source, const char *topic, int32_t partition, int64_t next_offset)
{
    struct kafka_source *self = (struct kafka_source *)source;
    rd_kafka_topic_partition_t *part = rd_kafka_topic_partition_list_find(self->mirror, topic, partition);
    if (!part)
        part = rd_kafka_topic_partition_list_add(self->mirror, topic, partition);
    part->offset = next_offset;
    self->mirror_changed = true;
}

static void kafka_close(struct source *source)
{
    struct kafka_source *self = (struct kafka_source *)source;
    if (self->subscribed && !self->failed)
        flush_mirror(self);
    consumer_close(self);
    rd_kafka_topic_partition_list_destroy(self->mirror);
    free(self);
}

struct source *kafka_source_open(const struct kafka_source_config *config, const struct source_handler *handler,
                                 struct err *err)
{
    struct kafka_source *self = calloc(1, sizeof *self);
    if (!self) {
        (void)err_set(err, ERR_FATAL, EXIT_CODE_INTERNAL, "out of memory for the consumer");
        return NULL;
    }
    self->source = (struct source){kafka_poll, kafka_pause, kafka_rejoin, kafka_mirror, kafka_close};
    self->config = *config;
    self->handler = *handler;
    self->mirror = rd_kafka_topic_partition_list_new(8);
    self->client = consumer_new(self, err);
    if (self->client)
        return &self->source;
    rd_kafka_topic_partition_list_destroy(self->mirror);
    free(self);
    return NULL;
}
