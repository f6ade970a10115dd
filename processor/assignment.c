/*
 * Partitions come and go. Coming: every position is taken over in the sink (a new epoch), and reading starts where the sink
 * stands, never where the broker's group does; or before it, for an engine that has to catch up (recovery.h). Going: what is
 * open is finished first, unless it is lost.
 */
#include <stdlib.h>
#include <string.h>

#include "common/crash_point.h"
#include "common/hash.h"
#include "processor/pipeline_state.h"

enum event_topic pipeline_carried_by(const struct pipeline *pipeline, const char *topic)
{
    for (size_t i = 0; i < pipeline->config.topic_count; i++)
        if (strcmp(pipeline->config.topics[i].name, topic) == 0)
            return pipeline->config.topics[i].topic;
    return TOPIC_COUNT;
}

static bool gap_found(struct pipeline *pipeline, const struct lane *lane, const struct assigned *assigned, struct err *err)
{
    struct data_gap gap = {.position = lane->position, .to_offset = assigned->low_offset};
    if (pipeline->sink->note_gap(pipeline->sink, &gap, err) != SINK_OK)
        return false;
    if (pipeline->config.accept_gap) {
        pipeline_say(pipeline, 'w', "%s[%d]: records %lld to %lld are gone from the log; going on behind them",
                     lane->topic, lane->partition, (long long)lane->position.next_offset,
                     (long long)assigned->low_offset - 1);
        return true;
    }
    return err_set(err, ERR_FATAL, EXIT_CODE_DATA,
                   "%s[%d]: records %lld to %lld are gone from the log before they were read (retention too short?); "
                   "the gap is noted in tillstream.data_gap. Restore them, or go on without them by --accept-gap",
                   lane->topic, lane->partition, (long long)lane->position.next_offset,
                   (long long)assigned->low_offset - 1);
}

static bool start_at(struct pipeline *pipeline, struct lane *lane, int64_t offset, struct err *err)
{
    if (pipeline->sink->start_at(pipeline->sink, &lane->position, offset, err) != SINK_OK)
        return false;
    lane->position.next_offset = offset;
    return true;
}

/* Decides where a lane starts; the sink's position rules. */
static bool lane_start(struct pipeline *pipeline, struct lane *lane, struct assigned *assigned, struct err *err)
{
    int64_t held = lane->position.next_offset;
    if (held > assigned->end_offset)
        return err_set(err, ERR_FATAL, EXIT_CODE_DATA,
                       "%s[%d]: the warehouse has read up to offset %lld, but the log ends at %lld: was the topic made "
                       "anew? Use another pipeline name for a new log, or restore the old one",
                       lane->topic, lane->partition, (long long)held, (long long)assigned->end_offset);
    if (held >= 0 && held < assigned->low_offset && !gap_found(pipeline, lane, assigned, err))
        return false;
    if (held < assigned->low_offset && !start_at(pipeline, lane, assigned->low_offset, err))
        return false;
    lane->next_offset = lane->position.next_offset;
    lane->end_offset = assigned->end_offset;
    lane->ended = lane->next_offset >= lane->end_offset;
    return true;
}

struct shop_loading {
    struct pipeline *pipeline;
    bool complete;
};

static void know_shop(void *ctx, const struct known_shop *shop)
{
    struct shop_loading *loading = ctx;
    struct pipeline *pipeline = loading->pipeline;
    uint64_t hash = hash64(shop->id.ptr, shop->id.len);
    for (size_t i = 0; i < pipeline->lane_count; i++)
        if (pipeline->lanes[i].carries == TOPIC_ORDERS)
            loading->complete &= engine_know_shop(pipeline->lanes[i].engine, shop->id, hash, shop->currency,
                                                  shop->amount_scale, shop->platform, shop->market);
}

static bool load_shops(struct pipeline *pipeline, struct err *err)
{
    struct shop_loading loading = {.pipeline = pipeline, .complete = true};
    if (pipeline->sink->load_shops(pipeline->sink, know_shop, &loading, err) != SINK_OK)
        return false;
    return loading.complete || err_set(err, ERR_FATAL, EXIT_CODE_INTERNAL, "the warehouse knows more shops than fit");
}

static bool take_over(struct pipeline *pipeline, struct assigned *partitions, size_t count, struct err *err)
{
    struct position positions[POSITIONS_MAX];
    for (size_t i = 0; i < count; i++)
        positions[i] = (struct position){.topic = partitions[i].topic, .partition = partitions[i].partition};
    if (count && pipeline->sink->take_over(pipeline->sink, positions, count, err) != SINK_OK)
        return false;
    if (!rate_pairs_begin(pipeline, partitions, count, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        pipeline->lanes[i] = (struct lane){.topic = partitions[i].topic,
                                           .carries = pipeline_carried_by(pipeline, partitions[i].topic),
                                           .partition = partitions[i].partition,
                                           .position = positions[i]};
        pipeline->lanes[i].pair = rate_pair_of(pipeline, &pipeline->lanes[i]);
        pipeline->lane_count = i + 1;
        if (!lane_start(pipeline, &pipeline->lanes[i], &partitions[i], err) ||
            !recovery_begin(pipeline, &pipeline->lanes[i], &partitions[i], positions[i].next_offset < 0, err))
            return false;
    }
    return load_shops(pipeline, err);
}

bool assignment_begin(void *ctx, struct assigned *partitions, size_t count, struct err *err)
{
    struct pipeline *pipeline = ctx;
    (void)pipeline_collect(pipeline, -1);
    assignment_drop(pipeline);
    if (count > POSITIONS_MAX)
        return err_set(err, ERR_FATAL, EXIT_CODE_CONFIG, "%zu partitions for one process are more than %d: start more processes",
                       count, POSITIONS_MAX);
    crash_point("in_rebalance");
    if (!take_over(pipeline, partitions, count, err)) {
        assignment_drop(pipeline);
        return false;
    }
    pipeline->assigned = true;
    pipeline->counts.assignments++;
    pipeline_say(pipeline, 'i', "assigned %zu partitions, %lld records behind", count, (long long)pipeline_lag(pipeline));
    return true;
}

/*
 * 1. The broker takes all partitions back (eager protocol) before it gives some of them out again.
 * 2. Not lost: we still own them until this callback returns, so the open batch is written now, and the next owner starts
 *    behind it.
 * 3. Lost: the next owner may have started already. The batch under way is decided by its epoch; the open one is dropped.
 */
void assignment_end(void *ctx, bool lost)
{
    struct pipeline *pipeline = ctx;
    (void)pipeline_collect(pipeline, -1);
    crash_point("in_rebalance");
    if (!lost && !pipeline->failed && !pipeline->must_rejoin) {
        pipeline_submit(pipeline);
        (void)pipeline_collect(pipeline, -1);
    }
    if (pipeline->lane_count)
        pipeline_say(pipeline, lost ? 'w' : 'i', "%zu partitions %s", pipeline->lane_count, lost ? "lost" : "given back");
    assignment_drop(pipeline);
}

void assignment_reached_end(void *ctx, const char *topic, int32_t partition, int64_t end_offset)
{
    struct pipeline *pipeline = ctx;
    for (size_t i = 0; i < pipeline->lane_count; i++) {
        struct lane *lane = &pipeline->lanes[i];
        if (lane->partition != partition || strcmp(lane->topic, topic) != 0)
            continue;
        if (recovery_is_behind(lane))
            recovery_end(pipeline, lane);
        /* Offsets that carry no record (transaction markers, compaction) are passed over, not waited for. */
        if (end_offset > lane->next_offset) {
            lane->next_offset = end_offset;
            pipeline->open_moved = true;
        }
        lane->ended = lane->ended || end_offset >= lane->end_offset;
    }
}

static void add_engine_counters(struct engine_counters *sum, const struct engine_counters *part)
{
    sum->orders += part->orders;
    sum->ad_spends += part->ad_spends;
    sum->refunds += part->refunds;
    sum->catalog += part->catalog;
    sum->settlements += part->settlements;
    sum->settlements_unknown += part->settlements_unknown;
    sum->settlements_broken += part->settlements_broken;
    sum->duplicates += part->duplicates;
    sum->stale += part->stale;
    sum->conflicts += part->conflicts;
    sum->folded += part->folded;
    sum->rejects += part->rejects;
}

void assignment_count(const struct pipeline *pipeline, struct pipeline_counts *counts)
{
    counts->engine = pipeline->retired_engine;
    counts->detector = pipeline->retired_detector;
    for (size_t i = 0; i < pipeline->lane_count; i++) {
        if (!pipeline->lanes[i].engine || recovery_is_behind(&pipeline->lanes[i]))
            continue; /* what it has counted was counted before */
        struct detector_counters detector;
        engine_detector_counters(pipeline->lanes[i].engine, &detector);
        add_engine_counters(&counts->engine, engine_counters(pipeline->lanes[i].engine));
        detector_counters_add(&counts->detector, &detector);
    }
    for (size_t i = 0; i < pipeline->pair_count; i++) {
        struct detector_counters detector;
        refund_rate_count(pipeline->pairs[i].rate, &detector);
        detector_counters_add(&counts->detector, &detector);
    }
}

void assignment_drop(struct pipeline *pipeline)
{
    pipeline_discard(pipeline);
    struct pipeline_counts counts;
    assignment_count(pipeline, &counts);
    pipeline->retired_engine = counts.engine;
    pipeline->retired_detector = counts.detector;
    state_saver_drop(&pipeline->saver);
    for (size_t i = 0; i < pipeline->lane_count; i++)
        engine_free(pipeline->lanes[i].engine);
    rate_pairs_drop(pipeline);
    pipeline->lane_count = 0;
    pipeline->last_lane = NULL;
    pipeline->assigned = false; /* between two assignments nothing is at its end */
}
