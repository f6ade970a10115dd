/*
 * What the parts of the pipeline share: the loop (pipeline.c), the taking-in of records (intake.c), and the coming and going
 * of partitions (assignment.c). Nobody else includes this.
 */
#ifndef PROCESSOR_PIPELINE_STATE_H
#define PROCESSOR_PIPELINE_STATE_H

#include "processor/pipeline.h"
#include "processor/rate_pairs.h"
#include "processor/recovery.h"
#include "processor/state_saver.h"
#include "processor/writer.h"
#include "schemas/wire.h"

/* One assigned partition of one topic. Its index in lanes is the slot of its batch advance and of its facts' origin. */
struct lane {
    const char *topic; /* the source's */
    enum event_topic carries;
    int32_t partition;
    struct position position; /* what the sink holds once every submitted batch is in */
    int64_t next_offset;      /* first offset that has not been taken into a batch */
    int64_t end_offset;       /* of the log, as seen at the assignment, and later ends where they are seen */
    bool ended;               /* has been read up to the end seen at the assignment */
    struct engine *engine;    /* of this lane alone: what it puts out hangs on no other lane's records */
    struct rate_pair *pair;   /* NULL: it makes no rate with another */
    int64_t replay_offset;    /* first record that the engine has not seen; less than position at the assignment: it is behind */
    int64_t replay_until;     /* where the sink stood at the assignment: records before it are fed to the engine, no more */
    int64_t saved_offset;     /* of the last state that was begun, or that the engine was loaded from; -1: none */
    int64_t saved_at_us;      /* when that was begun */
    int64_t state_cost_us;    /* what the last whole one cost, here and in the sink */
};

/* Share of refused records among the last events, over a ring of their verdicts. */
struct breaker {
    uint8_t *refused; /* ring of stop_over_events verdicts */
    uint32_t size, at, refused_count;
    uint64_t refused_max;
};

struct pipeline {
    struct pipeline_config config;
    struct sink *sink;
    struct writer *writer;
    struct wire_decoder *decoder;
    struct source *source; /* during pipeline_run */
    struct lane lanes[POSITIONS_MAX];
    size_t lane_count;
    struct lane *last_lane;
    struct rate_pair pairs[POSITIONS_MAX];
    size_t pair_count;
    struct batch *open, *spare; /* open fills; spare is under way, or free */
    struct batch *muted;        /* takes what engines make of records that are read again; nobody writes it */
    struct state_saver saver;
    bool under_way;
    bool open_moved;           /* the open batch holds something, if only a position */
    int64_t open_since_us;
    uint64_t sequence;
    struct breaker breaker;
    bool assigned, must_rejoin, failed;
    struct err failure;
    int64_t last_idle_us, last_progress_us, last_replay_us;
    struct pipeline_counts counts;
    struct engine_counters retired_engine; /* of engines that are gone */
    struct detector_counters retired_detector;
};

void pipeline_say(struct pipeline *pipeline, char level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Remembers why the run must end; the first reason stands. */
void pipeline_fail(struct pipeline *pipeline, const struct err *err);

/* Waits up to timeout_ms (-1: for ever) for the batch under way and books its outcome. true: nothing is under way. */
bool pipeline_collect(struct pipeline *pipeline, int timeout_ms);

/* Hands the open batch to the writer, if it holds anything or a state is to be saved; nothing may be under way. */
void pipeline_submit(struct pipeline *pipeline);

/* The open batch holds something now. */
void pipeline_touch(struct pipeline *pipeline);

/* Throws the open batch away. */
void pipeline_discard(struct pipeline *pipeline);

/* intake.c */
bool breaker_init(struct breaker *breaker, uint32_t stop_above_ppm, uint32_t over_events);
void intake_record(struct pipeline *pipeline, const struct record *record);
/* Decodes into the batch's memory and applies. value lives in the batch. */
enum reason intake_apply(struct pipeline *pipeline, struct lane *lane, const struct record *record, struct text value,
                         struct origin origin, struct batch *batch);

/* TOPIC_COUNT where it is none of ours. */
enum event_topic pipeline_carried_by(const struct pipeline *pipeline, const char *topic);

/* assignment.c: the handler's functions, and what they build on. */
bool assignment_begin(void *ctx, struct assigned *partitions, size_t count, struct err *err);
void assignment_end(void *ctx, bool lost);
void assignment_reached_end(void *ctx, const char *topic, int32_t partition, int64_t end_offset);
void assignment_drop(struct pipeline *pipeline);
void assignment_count(const struct pipeline *pipeline, struct pipeline_counts *counts);

#endif
