#include "core/event_clock.h"

void event_clock_restart(struct event_clock *clock, int64_t at_us)
{
    *clock = (struct event_clock){.watermark_us = at_us, .era = clock->era + 1};
}

enum clock_step event_clock_step(struct event_clock *clock, int64_t at_us, int64_t lateness_us, bool vouched)
{
    if (clock->watermark_us == INT64_MIN) {
        clock->watermark_us = at_us;
        return CLOCK_MOVES;
    }
    bool ahead = at_us > clock->watermark_us + CLOCK_LEAD_US && !vouched;
    bool back = at_us < clock->watermark_us - lateness_us - CLOCK_LEAD_US;
    clock->ahead_run = ahead ? clock->ahead_run + 1 : 0;
    clock->back_run = back ? clock->back_run + 1 : 0;
    if (ahead && clock->ahead_run < CLOCK_AHEAD_RUN)
        return CLOCK_DOUBTS;
    if (back && clock->back_run < CLOCK_BACK_RUN)
        return CLOCK_STAYS;
    if (back) {
        event_clock_restart(clock, at_us);
        return CLOCK_RESTARTS;
    }
    if (at_us <= clock->watermark_us)
        return CLOCK_STAYS;
    clock->watermark_us = at_us;
    clock->ahead_run = 0;
    return CLOCK_MOVES;
}
