#include "processor/recovery.h"

#include "common/crash_point.h"
#include "common/hash.h"
#include "processor/batch.h"
#include "processor/pipeline_state.h"

#define TELL_EVERY_US 5000000
#define RECORDS_BETWEEN_LOOKS 4096 /* at the clock */

struct loading {
    struct pipeline *pipeline;
    const struct lane *lane;
    struct engine *engine; /* NULL: none has fitted yet */
    int64_t next_offset;   /* of the state that fitted */
    uint32_t refused;
};

/* NULL where the state fits and is in loading->engine. */
static const char *load(struct loading *loading, const struct stored_state *state)
{
    struct pipeline *pipeline = loading->pipeline;
    struct snapshot_reader reader;
    if (state->fingerprint != pipeline->saver.fingerprint)
        return "the settings of `detect` or `memory` were others";
    enum snapshot_fault fault = snapshot_open(&reader, state->bytes, state->len, hash64);
    if (fault != SNAPSHOT_GOOD)
        return snapshot_fault_text(fault);
    loading->engine = engine_load(&pipeline->config.engine, &reader);
    if (!loading->engine)
        return "its layout is that of another version, or memory is out";
    rate_pairs_load(pipeline, loading->lane, &reader);
    return NULL;
}

static bool on_state(void *ctx, const struct stored_state *state)
{
    struct loading *loading = ctx;
    const char *why = load(loading, state);
    loading->next_offset = state->next_offset;
    if (!why)
        return true;
    loading->refused++;
    pipeline_say(loading->pipeline, 'w', "%s[%d]: the state of the statistics saved at offset %lld cannot be used: %s",
                 loading->lane->topic, loading->lane->partition, (long long)state->next_offset, why);
    return false;
}

static void say_missing(struct pipeline *pipeline, const struct lane *lane, int64_t from, int64_t low)
{
    pipeline_say(pipeline, 'w', "%s[%d]: records %lld to %lld, which came after the saved state of the statistics, are gone from the log "
                 "(retention too short?): the statistics go on without them", lane->topic, lane->partition, (long long)from,
                 (long long)low - 1);
}

static void say_start(struct pipeline *pipeline, const struct lane *lane, bool loaded)
{
    long long behind = (long long)(lane->replay_until - lane->replay_offset);
    if (loaded && behind)
        pipeline_say(pipeline, 'i', "%s[%d]: %lld records after the saved state of the statistics are read again, nothing of them is "
                     "written", lane->topic, lane->partition, behind);
    if (!loaded && behind)
        pipeline_say(pipeline, 'w', "%s[%d]: no usable state of the statistics was saved: they are rebuilt from the log's beginning, "
                     "offset %lld, by reading %lld records again; nothing of them is written", lane->topic, lane->partition,
                     (long long)lane->replay_offset, behind);
}

bool recovery_begin(struct pipeline *pipeline, struct lane *lane, struct assigned *assigned, bool fresh, struct err *err)
{
    struct loading loading = {.pipeline = pipeline, .lane = lane};
    bool remembers = engine_remembers(lane->carries) && !fresh;
    if (remembers && pipeline->sink->load_states(pipeline->sink, &lane->position, on_state, &loading, err) != SINK_OK)
        return false;
    /* An engine that begins where the log does sees every order from its first revision that there is. */
    lane->engine = loading.engine ? loading.engine : engine_new(&pipeline->config.engine, fresh || remembers);
    if (!lane->engine)
        return err_set(err, ERR_FATAL, EXIT_CODE_INTERNAL, "out of memory for the state of %s[%d]", lane->topic, lane->partition);
    lane->replay_until = lane->replay_offset = lane->position.next_offset;
    if (remembers)
        lane->replay_offset = loading.engine ? loading.next_offset : assigned->low_offset;
    if (lane->replay_offset < assigned->low_offset) {
        say_missing(pipeline, lane, lane->replay_offset, assigned->low_offset);
        lane->replay_offset = assigned->low_offset;
    }
    say_start(pipeline, lane, loading.engine != NULL);
    assigned->start_offset = lane->replay_offset;
    lane->saved_offset = loading.engine ? loading.next_offset : recovery_is_behind(lane) ? -1 : lane->replay_until;
    return true;
}

bool recovery_is_behind(const struct lane *lane)
{
    return lane->replay_offset < lane->replay_until;
}

static void tell(struct pipeline *pipeline, const struct lane *lane)
{
    int64_t now_us = pipeline->config.now_us(pipeline->config.now_ctx);
    if (now_us - pipeline->last_replay_us < TELL_EVERY_US)
        return;
    pipeline->last_replay_us = now_us;
    pipeline_say(pipeline, 'i', "%s[%d]: statistics are at offset %lld, %lld records to read again", lane->topic, lane->partition,
                 (long long)lane->replay_offset, (long long)(lane->replay_until - lane->replay_offset));
}

void recovery_feed(struct pipeline *pipeline, struct lane *lane, const struct record *record)
{
    struct batch *batch = pipeline->muted;
    if (record->offset < lane->replay_offset)
        return;
    crash_point("in_replay");
    if (batch->byte_count >= pipeline->config.batch_bytes || batch->facts.row_count >= pipeline->config.batch_rows)
        batch_reset(batch, ++pipeline->sequence, pipeline->config.batch_bytes);
    struct origin origin = {.offset = record->offset, .slot = (uint32_t)(lane - pipeline->lanes)};
    struct text value = {NULL, 0};
    if (record->value)
        value = (struct text){arena_copy(&batch->arena, record->value, record->value_len), (uint32_t)record->value_len};
    (void)intake_apply(pipeline, lane, record, value, origin, batch); /* a refused record is in quarantine already */
    batch->byte_count += record->value_len;
    lane->replay_offset = record->offset + 1;
    if (++pipeline->counts.replayed % RECORDS_BETWEEN_LOOKS == 0)
        tell(pipeline, lane);
    if (!recovery_is_behind(lane))
        recovery_end(pipeline, lane);
}

void recovery_end(struct pipeline *pipeline, struct lane *lane)
{
    lane->replay_offset = lane->replay_until;
    engine_forget_counters(lane->engine); /* they were counted when they were written */
    batch_reset(pipeline->muted, ++pipeline->sequence, 0);
}
