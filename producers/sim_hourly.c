#include "producers/sim_hourly.h"

#include "producers/sim_order.h"
#include "producers/sim_state.h"

#define HOUR_US INT64_C(3600000000)
#define HOURS_PER_DAY 24

void sim_hourly_start(struct sim_hourly *ret_stream, uint64_t seed, uint32_t number, uint32_t orders_per_hour, int64_t start_us,
                      uint32_t days)
{
    uint64_t weights = 0, hours = (uint64_t)days * HOURS_PER_DAY;
    for (uint64_t hour = 0; hour < hours; hour++)
        weights += sim_hour_weight(start_us + (int64_t)hour * HOUR_US, (int64_t)hour * HOUR_US);
    *ret_stream = (struct sim_hourly){.seed = seed,
                                      .orders_per_hour = orders_per_hour,
                                      .weight_mean = weights / hours,
                                      .start_us = start_us,
                                      .hour_us = start_us,
                                      .end_us = start_us + (int64_t)hours * HOUR_US};
    sim_shop_make(&ret_stream->shop, seed, number);
    random_seed(&ret_stream->random, seed, UINT64_C(0x40075), number);
    sim_incidents_labelled(number - 1, start_us, days, &ret_stream->random, ret_stream->incidents);
}

bool sim_hourly_next(struct sim_hourly *stream, int64_t *gross_minor, struct sim_hour *ret_hour)
{
    int64_t hour_us = stream->hour_us;
    if (hour_us >= stream->end_us)
        return false;
    uint64_t weight = sim_hour_weight(hour_us, hour_us - stream->start_us);
    uint64_t factor = (uint64_t)sim_order_factor(stream->incidents, SIM_LABELLED_COUNT, stream->shop.number - 1, hour_us);
    struct sim_slots slots = sim_slots_of(stream->orders_per_hour * factor * weight / stream->weight_mean);
    uint32_t orders = 0;
    for (uint64_t slot = 0; slot < slots.count; slot++)
        for (uint64_t more = sim_slot_draw(&slots, &stream->random); more && orders < SIM_HOUR_ORDERS_MAX; more--) {
            struct sim_order_key key = {&stream->shop, stream->seed, stream->next_number++, hour_us};
            gross_minor[orders++] = sim_order_gross(&key, stream->incidents, SIM_LABELLED_COUNT);
        }
    *ret_hour = (struct sim_hour){hour_us, orders, gross_minor};
    stream->hour_us += HOUR_US;
    return true;
}
