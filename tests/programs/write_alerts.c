/*
 * Writes anomalies and incidents through the PostgreSQL sink, as the engine would have made them. write_alerts DSN [topic] [webhook]: the
 * channels that are told; lines on standard input, fields with tabs between them, "-" absent; an empty line ends a batch.
 *   i SHOP METRIC DIMENSION KEY OPENED_H LAST_H CLOSED_H REVISION STATUS SEVERITY VALUE EXPECTED HYPOTHESIS
 *   a SHOP METRIC DIMENSION KEY START_H EDITS WITHDRAWN SEVERITY VALUE EXPECTED HYPOTHESIS    of a bucket; e: of a single event
 * Hours are those since 2026-01-01T00:00:00Z; buckets are an hour wide.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/hash.h"
#include "postgres/pg_sink.h"
#include "processor/batch.h"
#include "support/sample.h"

#define FIELDS_MAX 16
#define SHOPS_MAX 64

struct writing {
    struct sink *sink;
    struct position position;
    struct batch *batch;
    struct shop shops[SHOPS_MAX];
    size_t shop_count;
};

static void fail(const char *text)
{
    (void)fprintf(stderr, "write_alerts: %s\n", text);
    exit(1);
}

static struct text kept(struct writing *writing, const char *word)
{
    if (strcmp(word, "-") == 0)
        return (struct text){NULL, 0};
    return (struct text){arena_copy(&writing->batch->arena, word, strlen(word)), (uint32_t)strlen(word)};
}

static struct text kept_key(struct writing *writing, const char *word)
{
    struct text key = kept(writing, word);
    return key.ptr ? key : (struct text){"", 0};
}

static const struct shop *shop_of(struct writing *writing, const char *id)
{
    for (size_t i = 0; i < writing->shop_count; i++)
        if (text_same(writing->shops[i].id, text_of(id)))
            return &writing->shops[i];
    if (writing->shop_count == SHOPS_MAX)
        fail("too many shops");
    struct text text = text_of(strdup(id));
    struct shop *shop = &writing->shops[writing->shop_count++];
    *shop = (struct shop){.id = text, .policy = sample_policy_free(NULL, text), .currency = "USD", .amount_scale = 2};
    shop->hash = hash64(text.ptr, text.len);
    return shop;
}

/* The number of the name, of count names. */
static int number_of(const char *word, const char *(*name)(int), int count)
{
    for (int i = 0; i < count; i++)
        if (strcmp(name(i), word) == 0)
            return i;
    fail(word);
    return -1;
}

static const char *metric_at(int i)
{
    return metric_name((enum metric)i);
}

static const char *dimension_at(int i)
{
    return dimension_name((enum dimension)i);
}

static const char *status_at(int i)
{
    return incident_status_name((enum incident_status)i);
}

static const char *severity_at(int i)
{
    return severity_name((enum severity)i);
}

static int64_t time_of(const char *word)
{
    return strcmp(word, "-") == 0 ? EVENT_ABSENT : SAMPLE_TIME_US + atoll(word) * SAMPLE_HOUR_US;
}

static void add_incident(struct writing *writing, char **fields)
{
    double value = atof(fields[11]), expected = atof(fields[12]);
    *facts_add_incident(&writing->batch->facts) = (struct incident_fact){
        .shop = shop_of(writing, fields[1]),
        .metric = (enum metric)number_of(fields[2], metric_at, METRIC_COUNT),
        .dimension = (enum dimension)number_of(fields[3], dimension_at, DIMENSION_COUNT),
        .key = kept_key(writing, fields[4]),
        .opened_us = time_of(fields[5]),
        .last_us = time_of(fields[6]),
        .closed_us = time_of(fields[7]),
        .revision = (uint32_t)atoi(fields[8]),
        .status = (enum incident_status)number_of(fields[9], status_at, INCIDENT_WITHDRAWN + 1),
        .severity = (enum severity)number_of(fields[10], severity_at, SEVERITY_FLAT + 1),
        .above = value > expected,
        .value = value,
        .expected = expected,
        .lower = expected * 0.75,
        .upper = expected * 1.25,
        .z_calibrated = value > expected ? 6.5 : -6.5,
        .peak_us = time_of(fields[5]),
        .width_us = SAMPLE_HOUR_US,
        .bucket_count = (uint32_t)(atoi(fields[6]) - atoi(fields[5])),
        .child_count = 1,
        .hypothesis = kept(writing, fields[13]),
        .origin = {.offset = writing->position.next_offset++}};
}

static void add_anomaly(struct writing *writing, char **fields)
{
    double value = atof(fields[9]), expected = atof(fields[10]);
    *facts_add_anomaly(&writing->batch->facts) = (struct anomaly_fact){
        .shop = shop_of(writing, fields[1]),
        .metric = (enum metric)number_of(fields[2], metric_at, METRIC_COUNT),
        .dimension = (enum dimension)number_of(fields[3], dimension_at, DIMENSION_COUNT),
        .key = kept_key(writing, fields[4]),
        .window_start_us = time_of(fields[5]),
        .width_us = fields[0][0] == 'e' ? 0 : SAMPLE_HOUR_US,
        .edits = (uint32_t)atoi(fields[6]),
        .withdrawn = atoi(fields[7]) != 0,
        .severity = (enum severity)number_of(fields[8], severity_at, SEVERITY_FLAT + 1),
        .baseline = fields[0][0] == 'e' ? "events" : "buckets",
        .above = value > expected,
        .value = value,
        .expected = expected,
        .lower = expected * 0.75,
        .upper = expected * 1.25,
        .z_raw = 7,
        .z_calibrated = 6.5,
        .n = 100,
        .hypothesis = kept(writing, fields[11]),
        .origin = {.offset = writing->position.next_offset++}};
}

static void write_batch(struct writing *writing, int64_t from_offset)
{
    struct write_counts counts = {0};
    struct err err = {0};
    struct batch *batch = writing->batch;
    batch->advance_count = 1;
    batch->advances[0] = (struct advance){.from = writing->position, .next_offset = writing->position.next_offset};
    batch->advances[0].from.next_offset = from_offset;
    batch_seal(batch);
    if (writing->sink->write(writing->sink, batch, &counts, &err) != SINK_OK)
        fail(err.text);
    (void)printf("refused %d\n", (int)counts.rejects);
    batch_reset(batch, batch->facts.sequence + 1, 0);
}

static void read_lines(struct writing *writing)
{
    char line[4096];
    int64_t from_offset = writing->position.next_offset;
    while (fgets(line, sizeof line, stdin)) {
        char *fields[FIELDS_MAX] = {NULL}, *rest = line;
        int count = 0;
        line[strcspn(line, "\n")] = '\0';
        while (line[0] && count < FIELDS_MAX && (fields[count] = strsep(&rest, "\t")))
            count++;
        if (count == 14 && fields[0][0] == 'i') {
            add_incident(writing, fields);
        } else if (count == 12 && (fields[0][0] == 'a' || fields[0][0] == 'e')) {
            add_anomaly(writing, fields);
        } else if (count == 0) {
            write_batch(writing, from_offset);
            from_offset = writing->position.next_offset;
        } else {
            fail("a line has neither 14 fields nor 12");
        }
    }
    write_batch(writing, from_offset);
}

static void say(void *ctx, char level, const char *text)
{
    (void)ctx;
    (void)fprintf(stderr, "%c %s\n", level, text);
}

int main(int argc, char **argv)
{
    static struct writing writing = {.position = {.topic = "alerts", .partition = 0}};
    struct err err = {0};
    if (argc < 2)
        fail("needs a DSN");
    struct pg_sink_config config = {
        .dsn = argv[1], .pipeline = "main", .owner = "test", .application_name = "write_alerts", .on_message = say};
    for (int i = 2; i < argc; i++) {
        config.alerts_to_topic |= strcmp(argv[i], "topic") == 0;
        config.alerts_to_webhook |= strcmp(argv[i], "webhook") == 0;
    }
    writing.sink = pg_sink_open(&config, &err);
    if (!writing.sink || writing.sink->take_over(writing.sink, &writing.position, 1, &err) != SINK_OK)
        fail(err.text);
    if (writing.position.next_offset < 0) {
        if (writing.sink->start_at(writing.sink, &writing.position, 0, &err) != SINK_OK)
            fail(err.text);
        writing.position.next_offset = 0;
    }
    writing.batch = batch_new();
    batch_reset(writing.batch, 1, 0);
    read_lines(&writing);
    batch_free(writing.batch);
    writing.sink->close(writing.sink);
    for (size_t i = 0; i < writing.shop_count; i++)
        free((char *)writing.shops[i].id.ptr);
    return 0;
}
