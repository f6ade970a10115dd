#include "processor/pipeline.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "processor/batch.h"
#include "processor/pipeline_state.h"

#define RECORDS_BETWEEN_CHORES 64
#define POLL_MS_IDLE 100
#define POLL_MS_UNDER_WAY 2
#define WAIT_MS_BEFORE_PAUSE 1000
#define IDLE_EVERY_US 1000000
/* Memory of a batch that is kept for the next one, as a multiple of the bytes that came in. */
#define ARENA_KEEP_FACTOR 6

struct pipeline *pipeline_new(const struct pipeline_config *config, struct sink *sink, struct err *err)
{
    struct pipeline *pipeline = calloc(1, sizeof *pipeline);
    if (!pipeline) {
        (void)err_set(err, ERR_FATAL, EXIT_CODE_INTERNAL, "out of memory for the pipeline");
        return NULL;
    }
    pipeline->config = *config;
    pipeline->sink = sink;
    pipeline->sequence = 1;
    pipeline->open = batch_new();
    pipeline->spare = batch_new();
    pipeline->muted = batch_new();
    state_saver_init(&pipeline->saver, pipeline);
    pipeline->decoder = wire_decoder_new(err);
    bool ready = breaker_init(&pipeline->breaker, config->stop_above_ppm, config->stop_over_events);
    if (pipeline->open && pipeline->spare && pipeline->muted && pipeline->decoder && ready)
        pipeline->writer = writer_start(sink, err);
    if (pipeline->writer)
        return pipeline;
    pipeline_free(pipeline);
    return NULL;
}

void pipeline_free(struct pipeline *pipeline)
{
    if (!pipeline)
        return;
    writer_stop(pipeline->writer);
    if (pipeline->open)
        assignment_drop(pipeline);
    wire_decoder_free(pipeline->decoder);
    batch_free(pipeline->open);
    batch_free(pipeline->spare);
    batch_free(pipeline->muted);
    state_saver_done(&pipeline->saver);
    free(pipeline->breaker.refused);
    free(pipeline);
}

struct source_handler pipeline_handler(struct pipeline *pipeline)
{
    return (struct source_handler){.ctx = pipeline,
                                   .on_assign = assignment_begin,
                                   .on_revoke = assignment_end,
                                   .on_end = assignment_reached_end};
}

void pipeline_say(struct pipeline *pipeline, char level, const char *format, ...)
{
    if (!pipeline->config.on_message)
        return;
    char text[ERR_TEXT_MAX];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    pipeline->config.on_message(pipeline->config.message_ctx, level, text);
}

void pipeline_fail(struct pipeline *pipeline, const struct err *err)
{
    if (pipeline->failed)
        return;
    pipeline->failed = true;
    pipeline->failure = *err;
}

void pipeline_touch(struct pipeline *pipeline)
{
    pipeline->open->sealed = false;
    if (pipeline->open_moved)
        return;
    pipeline->open_moved = true;
    pipeline->open_since_us = pipeline->config.now_us(pipeline->config.now_ctx);
}

void pipeline_discard(struct pipeline *pipeline)
{
    batch_reset(pipeline->open, ++pipeline->sequence, ARENA_KEEP_FACTOR * pipeline->config.batch_bytes);
    pipeline->open_moved = false;
}

static void book_written(struct pipeline *pipeline, const struct write_counts *writes)
{
    const struct batch *batch = pipeline->spare;
    pipeline->counts.records += batch->record_count;
    pipeline->counts.bytes += batch->byte_count;
    pipeline->counts.anomalies += batch->facts.anomaly_count;
    pipeline->counts.batches++;
    write_counts_add(&pipeline->counts.writes, writes);
    state_saver_written(pipeline, batch, writes->state_us);
    for (uint32_t i = 0; pipeline->source && i < batch->advance_count; i++) {
        const struct advance *advance = &batch->advances[i];
        if (advance->next_offset != advance->from.next_offset)
            pipeline->source->mirror(pipeline->source, advance->from.topic, advance->from.partition,
                                     advance->next_offset);
    }
}

bool pipeline_collect(struct pipeline *pipeline, int timeout_ms)
{
    enum sink_result result = SINK_OK;
    struct write_counts writes = {0};
    struct err err = {0};
    if (!pipeline->under_way)
        return true;
    if (writer_wait(pipeline->writer, timeout_ms, &result, &writes, &err) == WRITER_BUSY)
        return false;
    pipeline->under_way = false;
    switch (result) {
    case SINK_OK:
        book_written(pipeline, &writes);
        break;
    case SINK_FENCED:
        pipeline->counts.fences++;
        pipeline->must_rejoin = true;
        pipeline_say(pipeline, 'w', "another process owns a partition of ours (%s): nothing was written, joining again",
                     err.text);
        break;
    case SINK_RETRY:
    case SINK_FATAL:
        pipeline_fail(pipeline, &err);
        break;
    }
    return true;
}

static void fill_advances(struct pipeline *pipeline, struct batch *batch)
{
    for (size_t i = 0; i < pipeline->lane_count; i++) {
        struct lane *lane = &pipeline->lanes[i];
        batch->advances[i] = (struct advance){.from = lane->position, .next_offset = lane->next_offset};
        lane->position.next_offset = lane->next_offset;
    }
    batch->advance_count = (uint32_t)pipeline->lane_count;
}

void pipeline_submit(struct pipeline *pipeline)
{
    if (!pipeline->open_moved && !state_saver_wants(pipeline))
        return;
    struct batch *batch = pipeline->open;
    fill_advances(pipeline, batch);
    state_saver_offer(pipeline, batch);
    pipeline->open = pipeline->spare;
    pipeline->spare = batch;
    pipeline->under_way = true;
    writer_submit(pipeline->writer, batch);
    pipeline_discard(pipeline);
}

static bool is_full(const struct pipeline *pipeline)
{
    return pipeline->open->facts.row_count >= pipeline->config.batch_rows ||
           pipeline->open->byte_count >= pipeline->config.batch_bytes;
}

static bool is_due(const struct pipeline *pipeline)
{
    if (!pipeline->open_moved)
        return state_saver_wants(pipeline);
    int64_t now_us = pipeline->config.now_us(pipeline->config.now_ctx);
    return now_us - pipeline->open_since_us >= pipeline->config.linger_us;
}

static void poll_once(struct pipeline *pipeline, int timeout_ms, bool *ret_idle)
{
    struct record record;
    struct err err = {0};
    *ret_idle = true;
    switch (pipeline->source->poll(pipeline->source, timeout_ms, &record, &err)) {
    case SOURCE_RECORD:
        *ret_idle = false;
        intake_record(pipeline, &record);
        break;
    case SOURCE_IDLE:
        break;
    case SOURCE_FAILED:
        if (err.kind != ERR_RETRY)
            pipeline_fail(pipeline, &err);
        break;
    }
}

/* The batch is full and the writer is behind. Kafka must be polled all the same, or the group takes us for dead; after a
 * while without reading, because a pause throws away what was fetched ahead. */
static void wait_for_writer(struct pipeline *pipeline, const atomic_bool *stop)
{
    struct err err = {0};
    bool idle;
    batch_seal(pipeline->open); /* there is time, and the writer has none */
    if (pipeline_collect(pipeline, WAIT_MS_BEFORE_PAUSE))
        return;
    if (!pipeline->source->pause(pipeline->source, true, &err))
        pipeline_fail(pipeline, &err);
    while (!pipeline->failed && !atomic_load(stop) && !pipeline_collect(pipeline, 0))
        poll_once(pipeline, POLL_MS_IDLE, &idle);
    if (!pipeline->failed && !pipeline->source->pause(pipeline->source, false, &err))
        pipeline_fail(pipeline, &err);
}

static int poll_timeout_ms(const struct pipeline *pipeline)
{
    if (pipeline->under_way)
        return POLL_MS_UNDER_WAY;
    if (!pipeline->open_moved)
        return POLL_MS_IDLE;
    int64_t waited_us = pipeline->config.now_us(pipeline->config.now_ctx) - pipeline->open_since_us;
    int64_t left_ms = (pipeline->config.linger_us - waited_us + 999) / 1000;
    return left_ms < 1 ? 1 : left_ms > POLL_MS_IDLE ? POLL_MS_IDLE : (int)left_ms;
}

static void rejoin(struct pipeline *pipeline)
{
    struct err err = {0};
    pipeline->must_rejoin = false;
    assignment_drop(pipeline);
    if (!pipeline->source->rejoin(pipeline->source, &err))
        pipeline_fail(pipeline, &err);
}

/* New policies come in while nothing is in flight: facts point into the old ones. */
static void swap_policies(struct pipeline *pipeline)
{
    struct pipeline_config *config = &pipeline->config;
    if (!config->wants_swap || !config->wants_swap(config->swap_ctx))
        return;
    (void)pipeline_collect(pipeline, -1);
    if (!pipeline->failed && !pipeline->must_rejoin)
        pipeline_submit(pipeline);
    (void)pipeline_collect(pipeline, -1);
    if (pipeline->failed || pipeline->must_rejoin || !config->on_swap(config->swap_ctx, &config->engine))
        return;
    for (size_t i = 0; i < pipeline->lane_count; i++)
        engine_set_policies(pipeline->lanes[i].engine, config->engine.policy_of, config->engine.policy_ctx);
    for (size_t i = 0; i < pipeline->pair_count; i++)
        refund_rate_set_policies(pipeline->pairs[i].rate, config->engine.policy_of, config->engine.policy_ctx);
}

static void tell_progress(struct pipeline *pipeline)
{
    const struct pipeline_config *config = &pipeline->config;
    int64_t now_us = config->now_us(config->now_ctx);
    if (!config->on_progress || now_us - pipeline->last_progress_us < config->progress_every_us)
        return;
    pipeline->last_progress_us = now_us;
    assignment_count(pipeline, &pipeline->counts);
    config->on_progress(config->progress_ctx, pipeline);
}

static void do_idle_work(struct pipeline *pipeline)
{
    int64_t now_us = pipeline->config.now_us(pipeline->config.now_ctx);
    if (pipeline->under_way || pipeline->open_moved || now_us - pipeline->last_idle_us < IDLE_EVERY_US)
        return;
    pipeline->last_idle_us = now_us;
    writer_submit_idle(pipeline->writer);
    enum sink_result result;
    struct write_counts writes;
    struct err err = {0};
    (void)writer_wait(pipeline->writer, -1, &result, &writes, &err);
    if (result == SINK_FATAL)
        pipeline_fail(pipeline, &err);
}

static void do_chores(struct pipeline *pipeline, const atomic_bool *stop)
{
    swap_policies(pipeline);
    tell_progress(pipeline);
    (void)pipeline_collect(pipeline, 0);
    if (pipeline->must_rejoin)
        rejoin(pipeline);
    else if (is_full(pipeline) && pipeline->under_way)
        wait_for_writer(pipeline, stop);
    if (!pipeline->under_way && !pipeline->failed && !pipeline->must_rejoin && (is_full(pipeline) || is_due(pipeline)))
        pipeline_submit(pipeline);
}

static bool is_at_end(const struct pipeline *pipeline)
{
    if (!pipeline->config.until_end || !pipeline->assigned || pipeline->must_rejoin)
        return false;
    for (size_t i = 0; i < pipeline->lane_count; i++)
        if (!pipeline->lanes[i].ended)
            return false;
    return true;
}

static void drain(struct pipeline *pipeline)
{
    (void)pipeline_collect(pipeline, -1);
    if (!pipeline->failed && !pipeline->must_rejoin)
        pipeline_submit(pipeline);
    (void)pipeline_collect(pipeline, -1);
}

/* True where the run is over; with until_end a fence at the very end means that another process goes on, or that we begin
 * again, so the end counts only once everything is written. */
static bool is_over(struct pipeline *pipeline, const atomic_bool *stop)
{
    if (pipeline->failed || atomic_load(stop))
        return true;
    if (!is_at_end(pipeline))
        return false;
    drain(pipeline);
    return !pipeline->must_rejoin;
}

enum exit_code pipeline_run(struct pipeline *pipeline, struct source *source, const atomic_bool *stop, struct err *err)
{
    pipeline->source = source;
    for (uint32_t records = 0; !is_over(pipeline, stop);) {
        bool idle;
        poll_once(pipeline, records ? 0 : poll_timeout_ms(pipeline), &idle);
        records = idle || is_full(pipeline) ? 0 : (records + 1) % RECORDS_BETWEEN_CHORES;
        if (records == 0 && !pipeline->failed)
            do_chores(pipeline, stop);
        if (idle)
            do_idle_work(pipeline);
    }
    drain(pipeline);
    assignment_count(pipeline, &pipeline->counts);
    pipeline->source = NULL;
    if (!pipeline->failed)
        return EXIT_CODE_OK;
    *err = pipeline->failure;
    return err->exit_code;
}

const struct pipeline_counts *pipeline_counts(const struct pipeline *pipeline)
{
    return &pipeline->counts;
}

int64_t pipeline_lag(const struct pipeline *pipeline)
{
    int64_t lag = 0;
    for (size_t i = 0; i < pipeline->lane_count; i++)
        if (pipeline->lanes[i].end_offset > pipeline->lanes[i].next_offset)
            lag += pipeline->lanes[i].end_offset - pipeline->lanes[i].next_offset;
    return lag;
}
