/*
 * Where commands that make records put them: Kafka, or a file that holds the same bytes. In a file a record is three little-endian u32
 * lengths (of topic, key and value; UINT32_MAX for a null value), then the bytes of the three. One thread.
 */
#ifndef CLI_RECORD_OUTPUT_H
#define CLI_RECORD_OUTPUT_H

#include "cli/servers.h"
#include "common/err.h"
#include "producers/kafka_output.h"
#include "schemas/event.h"

struct record_output {
    struct topic_names topics;
    struct kafka_output *kafka; /* one of the two */
    FILE *file;
    uint64_t sent;
};

/* path NULL: the topics of the configuration, all of which must be there; "-": stdout. false with err; the output must be given to
 * record_output_close either way. */
bool record_output_open(struct record_output *ret_output, const struct app_config *config, const char *path, struct err *err);

/* To the topic of an event of that kind. value NULL is a null value. */
bool record_output_send(struct record_output *output, enum event_kind kind, struct text key, const uint8_t *value, size_t len,
                        struct err *err);

/* Waits until everything is delivered, or handed to the system. */
bool record_output_flush(struct record_output *output, struct err *err);

/* Harmless on a zeroed output. false with err: what was written did not reach the file. */
bool record_output_close(struct record_output *output, struct err *err);

/* Whether the records go where data for people would go. */
bool record_output_is_stdout(const struct record_output *output);

#endif
