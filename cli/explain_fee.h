/*
 * A fee taken apart: what its base was made of, and what of it is rate, fixed part and cap.
 */
#ifndef CLI_EXPLAIN_FEE_H
#define CLI_EXPLAIN_FEE_H

#include "cli/explain.h"

/* Of the index-th charge of a trace over that event. Everything in ret is the arena's, the trace's and the schedule's. */
void explain_fee_make(const struct fee_schedule *schedule, const struct event *event, const struct fee_trace *trace, size_t index,
                      struct arena *arena, struct explain_fee *ret_fee);

#endif
