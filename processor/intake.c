/*
 * From a record's bytes to facts or a refusal. The bytes are copied into the batch once: texts of facts are slices of that
 * copy, and a refused record keeps it for the quarantine.
 */
#include <stdlib.h>
#include <string.h>

#include "common/crash_point.h"
#include "processor/batch.h"
#include "processor/pipeline_state.h"

bool breaker_init(struct breaker *breaker, uint32_t stop_above_ppm, uint32_t over_events)
{
    breaker->size = over_events ? over_events : 1;
    breaker->refused = calloc(breaker->size, 1);
    breaker->refused_max = (uint64_t)stop_above_ppm * breaker->size / 1000000;
    return breaker->refused != NULL;
}

/* Takes a verdict in; true where too many of the last ones were refusals. */
static bool breaker_trips(struct breaker *breaker, bool refused)
{
    breaker->refused_count += (uint32_t)refused - breaker->refused[breaker->at];
    breaker->refused[breaker->at] = refused;
    if (++breaker->at == breaker->size)
        breaker->at = 0;
    return breaker->refused_count > breaker->refused_max;
}

static struct lane *lane_of(struct pipeline *pipeline, const struct record *record)
{
    struct lane *last = pipeline->last_lane;
    if (last && last->topic == record->topic && last->partition == record->partition)
        return last;
    for (size_t i = 0; i < pipeline->lane_count; i++) {
        struct lane *lane = &pipeline->lanes[i];
        if (lane->partition == record->partition && strcmp(lane->topic, record->topic) == 0)
            return pipeline->last_lane = lane;
    }
    return NULL;
}

static void trip(struct pipeline *pipeline, const struct lane *lane, const struct record *record, enum reason reason)
{
    struct err err = {0};
    (void)err_set(&err, ERR_FATAL, EXIT_CODE_DATA,
                  "%s[%d] offset %lld: more than %llu of the last %u records were refused, this one as %s; "
                  "a wrong topic or schema? Nothing of the last batch was written. See tillstream.quarantine, or raise "
                  "quarantine.stop_above_ppm",
                  lane->topic, lane->partition, (long long)record->offset,
                  (unsigned long long)pipeline->breaker.refused_max, pipeline->breaker.size, reason_name(reason));
    pipeline_fail(pipeline, &err);
}

enum reason intake_apply(struct pipeline *pipeline, struct lane *lane, const struct record *record, struct text value,
                         struct origin origin, struct batch *batch)
{
    if (!value.ptr)
        return REASON_NULL_VALUE;
    struct event *event = arena_alloc(&batch->arena, sizeof *event);
    enum reason reason = wire_decode(pipeline->decoder, lane->carries, record->key, record->key_len,
                                     (const uint8_t *)value.ptr, value.len, &batch->arena, event);
    crash_point("after_decode");
    batch->sealed = false;
    if (reason == REASON_NONE)
        reason = engine_apply(lane->engine, event, origin, record->timestamp_us, &batch->facts);
    if (reason == REASON_NONE)
        rate_pairs_step(pipeline, lane, origin, &batch->facts);
    return reason;
}

static struct text copied(struct batch *batch, const uint8_t *bytes, size_t len)
{
    if (!bytes)
        return (struct text){NULL, 0};
    return (struct text){arena_copy(&batch->arena, bytes, len), (uint32_t)len};
}

static void refuse(struct pipeline *pipeline, const struct record *record, struct origin origin, enum reason reason,
                   struct text value)
{
    struct batch *batch = pipeline->open;
    batch_reject(batch, origin, reason, copied(batch, record->key, record->key_len), value);
    pipeline->counts.rejects_by_reason[reason]++;
}

void intake_record(struct pipeline *pipeline, const struct record *record)
{
    struct lane *lane = lane_of(pipeline, record);
    if (!lane)
        return;
    if (record->offset < lane->next_offset) {
        if (recovery_is_behind(lane))
            recovery_feed(pipeline, lane, record);
        return;
    }
    if (recovery_is_behind(lane))
        recovery_end(pipeline, lane);
    crash_point("after_poll");
    struct batch *batch = pipeline->open;
    pipeline_touch(pipeline);
    struct origin origin = {.offset = record->offset, .slot = (uint32_t)(lane - pipeline->lanes)};
    struct text value = copied(batch, record->value, record->value_len);
    enum reason reason = intake_apply(pipeline, lane, record, value, origin, batch);
    if (reason != REASON_NONE)
        refuse(pipeline, record, origin, reason, value);
    lane->next_offset = record->offset + 1;
    lane->ended = lane->ended || lane->next_offset >= lane->end_offset;
    batch->record_count++;
    batch->byte_count += record->key_len + record->value_len;
    if (breaker_trips(&pipeline->breaker, reason != REASON_NONE))
        trip(pipeline, lane, record, reason);
}
