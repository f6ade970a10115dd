/*
 * The thread that owns the sink. At most one batch is under way; the main thread fills the other one meanwhile. While the
 * writer is idle the main thread may call the sink itself.
 */
#ifndef PROCESSOR_WRITER_H
#define PROCESSOR_WRITER_H

#include <stdbool.h>

#include "sinks/sink.h"

struct writer;

/* Starts the thread. NULL with err. sink is borrowed. */
struct writer *writer_start(struct sink *sink, struct err *err);

/* Waits for what is under way, ends the thread, frees. Harmless on NULL. */
void writer_stop(struct writer *writer);

/* Hands a batch over; the writer must be idle. The batch is the writer's until writer_wait says that it is done. */
void writer_submit(struct writer *writer, struct batch *batch);

/* Lets the sink do its housekeeping; the writer must be idle. */
void writer_submit_idle(struct writer *writer);

enum writer_state {
    WRITER_IDLE, /* nothing is under way; ret_result is that of the last job, and stays so until the next */
    WRITER_BUSY
};

/* Waits up to timeout_ms (-1: for ever) for the writer to be idle. counts is what this batch added. */
enum writer_state writer_wait(struct writer *writer, int timeout_ms, enum sink_result *ret_result,
                              struct write_counts *ret_counts, struct err *ret_err);

#endif
