#include "producers/sim_incident.h"

#define HOUR_US INT64_C(3600000000)
#define DAY_US (24 * HOUR_US)

void sim_incidents_make(const struct simulator_config *config, const struct sim_shop *shops, struct random *random,
                        struct incident *ret_incidents)
{
    static const int64_t factors[INCIDENT_KIND_COUNT] = {200000, 300000, 2500000, 4000000};
    static const int64_t hours[INCIDENT_KIND_COUNT] = {6, 6, 3, 24};
    int64_t length_us = config->days * DAY_US;
    for (size_t i = 0; i < config->incidents; i++) {
        struct incident *incident = &ret_incidents[i];
        incident->kind = (enum incident_kind)(i % INCIDENT_KIND_COUNT);
        incident->shop = (uint32_t)(i / INCIDENT_KIND_COUNT + i) % (config->shops < 3 ? config->shops : 3);
        incident->target =
            (uint32_t)random_below(random, incident->kind == INCIDENT_SPEND ? shops[incident->shop].campaign_count : 3);
        incident->factor_ppm =
            i / INCIDENT_KIND_COUNT % 2 && incident->kind == INCIDENT_PRICE ? 10000000 : factors[incident->kind];
        int64_t at_us = config->start_us + length_us / 100 * 58 + length_us / 100 * 36 * (int64_t)i / (int64_t)config->incidents;
        incident->start_us = incident->kind == INCIDENT_SPEND ? at_us / DAY_US * DAY_US : at_us / HOUR_US * HOUR_US;
        incident->end_us = incident->start_us + hours[incident->kind] * HOUR_US;
    }
}

void sim_incidents_labelled(uint32_t shop, int64_t start_us, uint32_t days, struct random *random, struct incident *ret_incidents)
{
    static const struct incident kinds[SIM_LABELLED_COUNT] = {
        {.kind = INCIDENT_DROP, .end_us = 6 * HOUR_US, .factor_ppm = 300000},
        {.kind = INCIDENT_SPIKE, .end_us = 3 * HOUR_US, .factor_ppm = 2500000},
        {.kind = INCIDENT_PRICE, .end_us = 4 * HOUR_US, .factor_ppm = 200000, .target = SIM_ALL_SKUS},
    };
    uint64_t first = random_below(random, SIM_LABELLED_COUNT); /* which of them comes first */
    int64_t slot_hours = days * 24 * 2 / 3 / SIM_LABELLED_COUNT, quiet_hours = 4 * 24;
    for (uint32_t i = 0; i < SIM_LABELLED_COUNT; i++) {
        struct incident *incident = &ret_incidents[i];
        *incident = kinds[(first + i) % SIM_LABELLED_COUNT];
        incident->shop = shop;
        int64_t hour = days * 24 / 3 + slot_hours * i + (int64_t)random_below(random, (uint64_t)(slot_hours - quiet_hours));
        incident->start_us = start_us + hour * HOUR_US;
        incident->end_us += incident->start_us;
    }
}

int64_t sim_order_factor(const struct incident *incidents, size_t count, uint32_t shop, int64_t hour_us)
{
    int64_t factor = 1000000;
    for (size_t i = 0; i < count; i++) {
        const struct incident *incident = &incidents[i];
        bool orders = incident->kind == INCIDENT_DROP || incident->kind == INCIDENT_SPIKE;
        if (orders && incident->shop == shop && hour_us >= incident->start_us && hour_us < incident->end_us)
            factor = factor * incident->factor_ppm / 1000000;
    }
    return factor;
}

const char *incident_kind_name(enum incident_kind kind)
{
    static const char *const names[INCIDENT_KIND_COUNT] = {"price_error", "order_drop", "order_spike", "ad_overspend"};
    return names[kind];
}

const char *incident_metric(enum incident_kind kind)
{
    static const char *const names[INCIDENT_KIND_COUNT] = {"unit_price", "orders", "orders", "ad_spend"};
    return names[kind];
}
