/*
 * Repeats are what makes people switch alerts off: a level shift is told once, when it happens, and once more when it has become
 * normal.
 */
#include "core/gate.h"

#include <math.h>

#define US_PER_HOUR INT64_C(3600000000)

void gate_config_default(enum scorer_scale scale, struct gate_config *ret_config)
{
    (void)scale; /* the interface leaves room for a difference; none was worth making */
    *ret_config = (struct gate_config){.direction = GATE_BOTH, .rearm = 0.5, .refractory_us = 15 * US_PER_HOUR,
                                       .rearm_after = 2, .settle_after = 72};
}

static bool opens(const struct gate_config *config, const struct verdict *verdict)
{
    if (!(fabs(verdict->strength) >= 1))
        return false;
    bool above = verdict->strength > 0;
    if ((config->direction == GATE_ABOVE && !above) || (config->direction == GATE_BELOW && above))
        return false;
    double deviation = fabs(verdict->value - verdict->expected);
    return deviation >= config->min_absolute && deviation >= config->min_relative * fabs(verdict->expected);
}

static enum gate_event close(struct gate *gate, const struct verdict *verdict)
{
    gate->is_open = false;
    if (!verdict)
        return GATE_RECOVERED;
    double was_off = fabs(gate->opened_value - gate->opened_expected);
    bool is_back = fabs(verdict->value - gate->opened_expected) < was_off / 2;
    return is_back ? GATE_RECOVERED : GATE_NEW_NORMAL;
}

static enum gate_event go_on(struct gate *gate, const struct gate_config *config, const struct verdict *verdict)
{
    bool quiet = !verdict || fabs(verdict->strength) < config->rearm || (verdict->strength > 0) != gate->above;
    gate->quiet = quiet ? (uint16_t)(gate->quiet + (gate->quiet < UINT16_MAX)) : 0;
    if (gate->quiet >= config->rearm_after)
        return close(gate, verdict);
    if (gate->steps < config->settle_after)
        return GATE_CONTINUED;
    gate->is_open = false;
    return GATE_NEW_NORMAL;
}

enum gate_event gate_step(struct gate *gate, const struct gate_config *config, const struct verdict *verdict,
                          int64_t bucket_start_us)
{
    gate->steps += gate->steps < UINT32_MAX;
    if (gate->is_open)
        return go_on(gate, config, verdict);
    if (!verdict || (gate->has_opened && bucket_start_us < gate->opened_at_us + config->refractory_us) || !opens(config, verdict))
        return GATE_NOTHING;
    *gate = (struct gate){.opened_at_us = bucket_start_us,
                          .opened_expected = verdict->expected,
                          .opened_value = verdict->value,
                          .has_opened = true,
                          .is_open = true,
                          .above = verdict->strength > 0};
    return GATE_OPENED;
}
