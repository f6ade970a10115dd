#include "cli/record_output.h"

#include <stdio.h>
#include <string.h>

#define TIMEOUT_MS 15000
#define NULL_VALUE UINT32_MAX

static bool unwritten(struct err *err)
{
    return err_set(err, ERR_FATAL, EXIT_CODE_UNAVAILABLE, "the records cannot be written: %m");
}

bool record_output_open(struct record_output *ret_output, const struct app_config *config, const char *path, struct err *err)
{
    *ret_output = (struct record_output){.topics = topic_names_of(config)};
    if (path) {
        ret_output->file = strcmp(path, "-") == 0 ? stdout : fopen(path, "wb");
        return ret_output->file || err_set(err, ERR_FATAL, EXIT_CODE_UNAVAILABLE, "%s cannot be written: %m", path);
    }
    const struct kafka_output_config kafka = {.kafka = kafka_settings_of(config), .timeout_ms = TIMEOUT_MS};
    ret_output->kafka = kafka_output_open(&kafka, ret_output->topics.of, err);
    if (!ret_output->kafka)
        prefix_brokers(config, err);
    return ret_output->kafka != NULL;
}

static bool write_record(FILE *out, const char *topic, struct text key, const uint8_t *value, size_t len, struct err *err)
{
    const uint32_t lengths[] = {(uint32_t)strlen(topic), key.len, value ? (uint32_t)len : NULL_VALUE};
    bool written = fwrite(lengths, sizeof lengths, 1, out) == 1 && fwrite(topic, lengths[0], 1, out) == 1 &&
                   fwrite(key.ptr, key.len, 1, out) == 1 && (!value || fwrite(value, len, 1, out) == 1);
    return written || unwritten(err);
}

bool record_output_send(struct record_output *output, enum event_kind kind, struct text key, const uint8_t *value, size_t len,
                        struct err *err)
{
    const char *topic = output->topics.of[event_topic_of(kind)];
    output->sent++;
    return output->file ? write_record(output->file, topic, key, value, len, err)
                        : kafka_output_send(output->kafka, topic, key.ptr, key.len, value, value ? len : 0, err);
}

bool record_output_flush(struct record_output *output, struct err *err)
{
    if (output->kafka)
        return kafka_output_flush(output->kafka, err);
    return fflush(output->file) == 0 || unwritten(err);
}

bool record_output_close(struct record_output *output, struct err *err)
{
    FILE *file = output->file;
    kafka_output_close(output->kafka);
    output->kafka = NULL;
    output->file = NULL;
    return !file || (file == stdout ? fflush(file) : fclose(file)) == 0 || unwritten(err);
}

bool record_output_is_stdout(const struct record_output *output)
{
    return output->file == stdout;
}
