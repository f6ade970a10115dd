#include "processor/state_saver.h"

#include "common/crash_point.h"
#include "common/hash.h"
#include "processor/pipeline_state.h"

#define STATE_BYTES_MAX ((size_t)4 << 30)
#define KEEP_BYTES ((size_t)64 << 20) /* memory of a state that is kept for the next one */

void state_saver_init(struct state_saver *saver, const struct pipeline *pipeline)
{
    *saver = (struct state_saver){.state.bytes_max = STATE_BYTES_MAX};
    saver->fingerprint = engine_fingerprint(&pipeline->config.engine);
}

void state_saver_done(struct state_saver *saver)
{
    snapshot_done(&saver->state);
}

void state_saver_drop(struct state_saver *saver)
{
    saver->next.bytes = NULL;
    saver->cost_us = 0;
    if (saver->state.room > KEEP_BYTES)
        snapshot_done(&saver->state);
}

static int64_t now_us(const struct pipeline *pipeline)
{
    return pipeline->config.now_us(pipeline->config.now_ctx);
}

/* Between two states of one lane. */
static int64_t interval_us(const struct pipeline *pipeline)
{
    int64_t round_us = 0;
    for (size_t i = 0; i < pipeline->lane_count; i++)
        round_us += pipeline->lanes[i].state_cost_us;
    round_us *= STATE_COST_SHARE;
    return round_us > pipeline->config.snapshot_every_us ? round_us : pipeline->config.snapshot_every_us;
}

/* The lane whose last state is the oldest, of those that have moved since. lane_count: none is due. */
static size_t due_lane(const struct pipeline *pipeline)
{
    size_t due = pipeline->lane_count;
    int64_t oldest_us = now_us(pipeline) - interval_us(pipeline);
    for (size_t i = 0; i < pipeline->lane_count; i++) {
        const struct lane *lane = &pipeline->lanes[i];
        if (!engine_remembers(lane->carries) || recovery_is_behind(lane) || lane->next_offset == lane->saved_offset ||
            lane->saved_at_us > oldest_us)
            continue;
        oldest_us = lane->saved_at_us;
        due = i;
    }
    return due;
}

bool state_saver_wants(const struct pipeline *pipeline)
{
    return pipeline->saver.next.bytes || due_lane(pipeline) < pipeline->lane_count;
}

static void begin(struct pipeline *pipeline, size_t index)
{
    struct state_saver *saver = &pipeline->saver;
    struct lane *lane = &pipeline->lanes[index];
    int64_t start_us = now_us(pipeline);
    snapshot_begin(&saver->state);
    engine_save(lane->engine, &saver->state);
    if (lane->pair)
        refund_rate_save(lane->pair->rate, &saver->state);
    lane->saved_offset = lane->next_offset;
    lane->saved_at_us = now_us(pipeline);
    saver->cost_us = lane->saved_at_us - start_us;
    if (saver->cost_us > pipeline->counts.snapshot_pause_us)
        pipeline->counts.snapshot_pause_us = saver->cost_us;
    if (saver->state.failed) {
        pipeline_say(pipeline, 'w', "%s[%d]: the state of the statistics is too large to be saved (memory is out, or beyond %zu bytes): "
                     "after a restart the log is read from an earlier state", lane->topic, lane->partition, saver->state.bytes_max);
        return;
    }
    saver->next = (struct state_piece){.slot = (uint32_t)index,
                                       .next_offset = lane->next_offset,
                                       .fingerprint = saver->fingerprint,
                                       .bytes = saver->state.bytes,
                                       .len = saver->state.used};
}

void state_saver_offer(struct pipeline *pipeline, struct batch *batch)
{
    struct state_saver *saver = &pipeline->saver;
    if (!saver->next.bytes) {
        size_t due = due_lane(pipeline);
        if (due < pipeline->lane_count)
            begin(pipeline, due);
    }
    batch->state = saver->next;
    if (!saver->next.bytes)
        return;
    crash_point("with_state");
    if (++saver->next.index == state_piece_count(saver->next.len))
        saver->next.bytes = NULL;
}

void state_saver_seal(struct state_piece *piece)
{
    if (piece->bytes && piece->index == 0)
        snapshot_seal(piece->bytes, piece->len, hash64);
}

void state_saver_written(struct pipeline *pipeline, const struct batch *batch, uint64_t sink_us)
{
    struct state_saver *saver = &pipeline->saver;
    if (!batch->state.bytes)
        return;
    saver->cost_us += (int64_t)sink_us;
    if (saver->next.bytes)
        return;
    pipeline->lanes[batch->state.slot].state_cost_us = saver->cost_us;
    state_saver_drop(saver);
}
