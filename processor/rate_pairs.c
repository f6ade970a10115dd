#include "processor/rate_pairs.h"

#include "processor/batch.h"
#include "processor/pipeline_state.h"

static bool has_both(const struct pipeline *pipeline, const struct assigned *partitions, size_t count, int32_t partition)
{
    bool orders = false, refunds = false;
    for (size_t i = 0; i < count; i++) {
        enum event_topic topic = pipeline_carried_by(pipeline, partitions[i].topic);
        orders |= partitions[i].partition == partition && topic == TOPIC_ORDERS;
        refunds |= partitions[i].partition == partition && topic == TOPIC_REFUNDS;
    }
    return orders && refunds;
}

bool rate_pairs_begin(struct pipeline *pipeline, const struct assigned *partitions, size_t count, struct err *err)
{
    if (!refund_rate_wanted(&pipeline->config.engine.detector))
        return true;
    for (size_t i = 0; i < count; i++) {
        bool first = pipeline_carried_by(pipeline, partitions[i].topic) == TOPIC_ORDERS;
        if (!first || !has_both(pipeline, partitions, count, partitions[i].partition))
            continue;
        struct rate_pair *pair = &pipeline->pairs[pipeline->pair_count++];
        *pair = (struct rate_pair){partitions[i].partition, refund_rate_new(&pipeline->config.engine)};
        if (!pair->rate)
            return err_set(err, ERR_FATAL, EXIT_CODE_INTERNAL, "out of memory for the refund rates of partition %d", pair->partition);
    }
    return true;
}

void rate_pairs_drop(struct pipeline *pipeline)
{
    for (size_t i = 0; i < pipeline->pair_count; i++)
        refund_rate_free(pipeline->pairs[i].rate);
    pipeline->pair_count = 0;
}

struct rate_pair *rate_pair_of(struct pipeline *pipeline, const struct lane *lane)
{
    if (lane->carries != TOPIC_ORDERS && lane->carries != TOPIC_REFUNDS)
        return NULL;
    for (size_t i = 0; i < pipeline->pair_count; i++)
        if (pipeline->pairs[i].partition == lane->partition)
            return &pipeline->pairs[i];
    return NULL;
}

void rate_pairs_step(struct pipeline *pipeline, struct lane *lane, struct origin origin, struct facts *told)
{
    bool given_back = lane->carries == TOPIC_REFUNDS;
    struct facts *facts = &pipeline->open->facts;
    size_t before = facts->anomaly_count + facts->incident_count;
    if (!lane->pair)
        return;
    for (size_t i = 0; i < told->settled_count; i++)
        refund_rate_take(lane->pair->rate, &told->settled[i]);
    told->settled_count = 0;
    refund_rate_reach(lane->pair->rate, given_back, engine_settled_until(lane->engine, given_back ? FEED_REFUNDS : FEED_ORDERS), origin, facts);
    if (facts->anomaly_count + facts->incident_count > before)
        pipeline_touch(pipeline);
}

void rate_pairs_load(struct pipeline *pipeline, const struct lane *lane, struct snapshot_reader *reader)
{
    struct refund_rate *loaded = lane->pair ? refund_rate_load(&pipeline->config.engine, reader) : NULL;
    if (!loaded)
        return;
    if (!refund_rate_is_newer(loaded, lane->pair->rate)) {
        refund_rate_free(loaded);
        return;
    }
    refund_rate_free(lane->pair->rate);
    lane->pair->rate = loaded;
}
