#include "support/scripted_source.h"

#include <stdlib.h>

#define LOGS_MAX 64

struct scripted_source {
    struct source source; /* first: the vtable is the object */
    const struct scripted_log *logs;
    size_t count, turn;
    size_t at[LOGS_MAX];
    bool told_end[LOGS_MAX];
    struct source_handler handler;
    bool assigned, rebalance, lost, paused;
    struct scripted_fate fate;
    uint64_t polls;
    size_t burst_left;
};

static int64_t end_of(const struct scripted_log *log)
{
    return log->count ? log->records[log->count - 1].offset + 1 : log->low_offset;
}

static bool assign(struct scripted_source *self, struct err *err)
{
    struct assigned assigned[LOGS_MAX];
    for (size_t i = 0; i < self->count; i++)
        assigned[i] = (struct assigned){.topic = self->logs[i].topic,
                                        .partition = self->logs[i].partition,
                                        .low_offset = self->logs[i].low_offset,
                                        .end_offset = end_of(&self->logs[i])};
    if (!self->handler.on_assign(self->handler.ctx, assigned, self->count, err))
        return false;
    for (size_t i = 0; i < self->count; i++) {
        self->at[i] = 0;
        self->told_end[i] = false;
        while (self->at[i] < self->logs[i].count && self->logs[i].records[self->at[i]].offset < assigned[i].start_offset)
            self->at[i]++;
    }
    self->assigned = true;
    return true;
}

static bool next_record(struct scripted_source *self, struct record *ret_record)
{
    for (size_t tried = 0; tried < self->count; tried++) {
        size_t i = self->turn % self->count;
        if (self->at[i] >= self->logs[i].count || self->burst_left == 0) {
            self->turn++;
            self->burst_left = self->fate.burst ? self->fate.burst : 1;
            i = self->turn % self->count;
        }
        if (self->at[i] >= self->logs[i].count)
            continue;
        self->burst_left--;
        *ret_record = self->logs[i].records[self->at[i]++];
        ret_record->topic = self->logs[i].topic;
        ret_record->partition = self->logs[i].partition;
        return true;
    }
    return false;
}

static void tell_ends(struct scripted_source *self)
{
    for (size_t i = 0; i < self->count; i++) {
        if (self->told_end[i])
            continue;
        self->told_end[i] = true;
        self->handler.on_end(self->handler.ctx, self->logs[i].topic, self->logs[i].partition, end_of(&self->logs[i]));
    }
}

static enum source_result scripted_poll(struct source *source, int timeout_ms, struct record *ret_record, struct err *err)
{
    struct scripted_source *self = (struct scripted_source *)source;
    (void)timeout_ms;
    self->polls++;
    if (self->polls == self->fate.dies_at) {
        (void)err_set(err, ERR_FATAL, EXIT_CODE_INTERNAL, "killed at poll %llu", (unsigned long long)self->polls);
        return SOURCE_FAILED;
    }
    if (self->fate.rebalance_every && self->polls % self->fate.rebalance_every == 0)
        scripted_source_rebalance(source, self->polls / self->fate.rebalance_every % 2);
    if (self->rebalance && self->assigned) {
        self->handler.on_revoke(self->handler.ctx, self->lost);
        self->assigned = false;
    }
    self->rebalance = false;
    if (!self->assigned)
        return assign(self, err) ? SOURCE_IDLE : SOURCE_FAILED;
    if (self->paused)
        return SOURCE_IDLE;
    if (next_record(self, ret_record))
        return SOURCE_RECORD;
    tell_ends(self);
    return SOURCE_IDLE;
}

static bool scripted_pause(struct source *source, bool paused, struct err *err)
{
    (void)err;
    ((struct scripted_source *)source)->paused = paused;
    return true;
}

static bool scripted_rejoin(struct source *source, struct err *err)
{
    struct scripted_source *self = (struct scripted_source *)source;
    (void)err;
    self->rebalance = true;
    self->lost = true;
    return true;
}

static void scripted_mirror(struct source *source, const char *topic, int32_t partition, int64_t next_offset)
{
    (void)source, (void)topic, (void)partition, (void)next_offset; /* no broker to tell */
}

static void scripted_close(struct source *source)
{
    free(source);
}

void scripted_source_fate(struct source *source, const struct scripted_fate *fate)
{
    ((struct scripted_source *)source)->fate = *fate;
}

void scripted_source_rebalance(struct source *source, bool lost)
{
    struct scripted_source *self = (struct scripted_source *)source;
    self->rebalance = true;
    self->lost = lost;
}

struct source *scripted_source_new(const struct scripted_log *logs, size_t count, const struct source_handler *handler)
{
    struct scripted_source *self = calloc(1, sizeof *self);
    if (!self || count > LOGS_MAX)
        abort();
    self->source = (struct source){scripted_poll, scripted_pause, scripted_rejoin, scripted_mirror, scripted_close};
    self->logs = logs;
    self->count = count;
    self->handler = *handler;
    return &self->source;
}
