/*
 * Event time of one feed: the time of the newest event that is believed. One event dated far ahead must not end the world's buckets, and
 * a clock that was wrong for a while must not make everything after it late for good:
 *   - an event more than CLOCK_LEAD_US ahead of the watermark is believed at once where the log's own time vouches for it, otherwise
 *     only after CLOCK_AHEAD_RUN in a row, none of which came from before; until then it takes no part in statistics;
 *   - CLOCK_BACK_RUN events in a row that are all older than any bucket by CLOCK_LEAD_US: time has gone back, and goes on from there.
 * Plain bytes; all zero but watermark_us = INT64_MIN: no event yet.
 */
#ifndef CORE_EVENT_CLOCK_H
#define CORE_EVENT_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#define CLOCK_LEAD_US INT64_C(86400000000)
#define CLOCK_AHEAD_RUN 3
#define CLOCK_BACK_RUN 256

struct event_clock {
    int64_t watermark_us;
    uint32_t ahead_run, back_run;
    uint32_t era; /* how often time has gone back */
};

enum clock_step {
    CLOCK_STAYS,    /* not newer than what was seen */
    CLOCK_MOVES,    /* watermark_us is this event's time now */
    CLOCK_RESTARTS, /* likewise, and it lies before: open buckets are of another time */
    CLOCK_DOUBTS    /* an event that is not believed yet */
};

/* lateness_us: of the buckets. vouched: the log's own time says that at_us is not ahead. */
enum clock_step event_clock_step(struct event_clock *clock, int64_t at_us, int64_t lateness_us, bool vouched);

/* Time lies at at_us now, and a new era begins. */
void event_clock_restart(struct event_clock *clock, int64_t at_us);

#endif
