/*
 * Where records come from. The source tells of assignments through callbacks, in the thread that polls; the callbacks
 * say where to start. A source never commits by itself.
 */
#ifndef PROCESSOR_SOURCE_H
#define PROCESSOR_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"

/* One record. Bytes are borrowed until the next poll. */
struct record {
    const char *topic;       /* lives as long as the source */
    int32_t partition;
    int64_t offset;
    int64_t timestamp_us;    /* the broker's, -1 unknown */
    const uint8_t *key;      /* NULL where null */
    size_t key_len;
    const uint8_t *value;    /* NULL where null */
    size_t value_len;
};

/* A partition given to us. The handler fills start_offset. */
struct assigned {
    const char *topic;
    int32_t partition;
    int64_t low_offset, end_offset; /* what the log holds at the time of the assignment: [low, end) */
    int64_t start_offset;           /* out: where to begin */
};

struct source_handler {
    void *ctx;
    /* Partitions arrive: take them over, fill start_offset. false with err: give up (the poll then returns SOURCE_FAILED). */
    bool (*on_assign)(void *ctx, struct assigned *partitions, size_t count, struct err *err);
    /* Partitions go (all of them: eager protocol). lost: they are somebody else's already, write nothing more. */
    void (*on_revoke)(void *ctx, bool lost);
    /* The partition has been read up to end_offset. */
    void (*on_end)(void *ctx, const char *topic, int32_t partition, int64_t end_offset);
};

enum source_result {
    SOURCE_RECORD, /* ret_record is filled */
    SOURCE_IDLE,   /* nothing within timeout_ms, or only a callback was served */
    SOURCE_FAILED  /* err is filled; ERR_RETRY: the source goes on by itself, poll again */
};

struct source {
    enum source_result (*poll)(struct source *source, int timeout_ms, struct record *ret_record, struct err *err);
    /* Stops and restarts delivery while the writer is behind. */
    bool (*pause)(struct source *source, bool paused, struct err *err);
    /* Gives all partitions back and joins again: on_assign is called anew. After a fence or a lost sink. */
    bool (*rejoin)(struct source *source, struct err *err);
    /* Mirrors the position to the broker's group for lag tools; best effort, does not block. */
    void (*mirror)(struct source *source, const char *topic, int32_t partition, int64_t next_offset);
    void (*close)(struct source *source); /* leaves the group, frees it */
};

#endif
