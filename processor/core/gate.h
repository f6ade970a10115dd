/*
 * From verdicts to incidents: one series' state machine. An incident opens when a verdict stands out in a direction that matters,
 * goes on while strength stays above rearm, and ends
 *   - recovered: rearm_after verdicts in a row were quiet and the value is back where it was expected to be when it opened, or
 *   - new normal: they were quiet because the baseline has moved to where the value is; or after settle_after steps, come what may.
 * After an opening nothing opens for refractory_us of event time, and not before the last one has ended.
 *
 * Pointer-free, 40 bytes; all zero is a fresh one; its bytes are its snapshot. Pure, no failure. Not thread-safe.
 */
#ifndef CORE_GATE_H
#define CORE_GATE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/scorer.h"

enum gate_direction { GATE_BOTH, GATE_ABOVE, GATE_BELOW };

struct gate_config {
    enum gate_direction direction;
    double rearm;           /* share of the level below which a verdict is quiet */
    double min_relative;    /* deviations below this share of |expected| never open; 0: any */
    double min_absolute;    /* likewise, in the metric's unit */
    int64_t refractory_us;
    uint32_t rearm_after;   /* quiet steps in a row that end an incident, >= 1 */
    uint32_t settle_after;  /* steps after which what goes on is normal */
};

/* What ships: the same whatever the scale is. */
void gate_config_default(enum scorer_scale scale, struct gate_config *ret_config);

enum gate_event { GATE_NOTHING, GATE_OPENED, GATE_CONTINUED, GATE_RECOVERED, GATE_NEW_NORMAL };

struct gate {
    int64_t opened_at_us; /* bucket_start_us of the last opening */
    double opened_expected, opened_value;
    uint32_t steps;       /* since the opening; stops counting at UINT32_MAX */
    uint16_t quiet;       /* in a row */
    bool has_opened, is_open, above;
};

/* One step, given the verdict of the next bucket; NULL where there was none. */
enum gate_event gate_step(struct gate *gate, const struct gate_config *config, const struct verdict *verdict,
                          int64_t bucket_start_us);

/* The same where none is open and the verdict does not stand out: cheaper, because nothing comes of it. */
static inline void gate_rest(struct gate *gate)
{
    gate->steps += gate->steps < UINT32_MAX;
}

#endif
