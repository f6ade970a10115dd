/*
 * THE loop: records from a source, through decoding and one engine per partition, into batches, into a sink. The same loop
 * runs with a scripted source, a fake clock and a memory sink in tests, and with Kafka and PostgreSQL in production.
 *
 * How it stays exact, in the order in which things can go wrong:
 *   1. A batch carries, per partition, the offset that the sink should hold before it and the one it holds after it. The
 *      sink writes facts and offset in one transaction, or nothing.
 *   2. At most one batch is under way while the next one fills; the next one starts where the first will end. If the first
 *      fails, both are thrown away, engines too, and everything starts again from the offsets that the sink really holds.
 *   3. When partitions go, the open batch is finished inside the callback; when they are lost, nothing more is written.
 *   4. The engines' state travels in the same transactions (state_saver.h). Who takes a partition over loads the newest state
 *      that fits and reads what came after it again, with nothing written, up to the position (recovery.h): an alert is
 *      raised once, and statistics count an order once, whatever died.
 *   5. A process that slept through its own eviction finds the epoch changed: the sink says SINK_FENCED and wrote nothing.
 */
#ifndef PROCESSOR_PIPELINE_H
#define PROCESSOR_PIPELINE_H

#include <stdatomic.h>

#include "core/engine.h"
#include "processor/source.h"
#include "sinks/sink.h"

#define PIPELINE_TOPICS_MAX TOPIC_COUNT

struct pipeline_topic {
    const char *name; /* borrowed */
    enum event_topic topic;
};

struct pipeline;

struct pipeline_config {
    struct pipeline_topic topics[PIPELINE_TOPICS_MAX];
    size_t topic_count;
    struct engine_config engine;
    size_t batch_rows;         /* facts in a batch */
    size_t batch_bytes;        /* bytes of records in a batch: two batches bound what is in flight */
    int64_t linger_us;         /* how long a record may wait for company */
    int64_t snapshot_every_us; /* the state of each engine goes into the sink that often, or more rarely where it is large */
    uint32_t stop_above_ppm;   /* more refused records than this ... */
    uint32_t stop_over_events; /* ... among this many stop the run */
    bool until_end;            /* stop at the end offsets seen at the start */
    bool accept_gap;           /* go on behind records that the log has dropped */
    /* Microseconds that never run backwards. */
    int64_t (*now_us)(void *ctx);
    void *now_ctx;
    /* Asked between batches; where it says true and engine has new policies, they are taken over with nothing in flight: facts
     * point into the old ones, which may be freed by the next call. May be NULL. */
    bool (*on_swap)(void *ctx, struct engine_config *engine);
    bool (*wants_swap)(void *ctx);
    void *swap_ctx;
    /* Called about once in progress_every_us with the counts so far; may be NULL. */
    void (*on_progress)(void *ctx, const struct pipeline *pipeline);
    int64_t progress_every_us;
    void *progress_ctx;
    /* Says what happens, once each; may be NULL. level: 'i' information, 'w' warning. */
    void (*on_message)(void *ctx, char level, const char *text);
    void *message_ctx;
};

struct pipeline_counts {
    uint64_t records, bytes, batches;
    struct engine_counters engine;
    struct detector_counters detector;
    struct write_counts writes;
    uint64_t rejects_by_reason[REASON_COUNT];
    uint64_t anomalies;
    uint64_t assignments, fences;
    uint64_t replayed;         /* records read again to bring engines up to date; nothing of them was written */
    int64_t snapshot_pause_us; /* the longest time that this thread was held up by saving a state */
};

/* sink is borrowed and stays the caller's. NULL with err. */
struct pipeline *pipeline_new(const struct pipeline_config *config, struct sink *sink, struct err *err);
void pipeline_free(struct pipeline *pipeline);

/* What the source is opened with. */
struct source_handler pipeline_handler(struct pipeline *pipeline);

/* Runs until *stop, until the end (until_end), or until something stops it; drains what is open. Returns the exit code; err
 * is filled where that is not 0. */
enum exit_code pipeline_run(struct pipeline *pipeline, struct source *source, const atomic_bool *stop, struct err *err);

/* As of the last batch; call it from the thread of pipeline_run or after it. */
const struct pipeline_counts *pipeline_counts(const struct pipeline *pipeline);

/* How many records of the log are not in the sink yet, over the assigned partitions, by the end offsets seen last. */
int64_t pipeline_lag(const struct pipeline *pipeline);

#endif
