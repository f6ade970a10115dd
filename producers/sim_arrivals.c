#include "producers/sim_incident.h"
#include "producers/sim_state.h"

#define HOUR_US INT64_C(3600000000)
#define DAY_US (24 * HOUR_US)

static uint64_t hour_weight(const struct simulator *sim, const struct sim_shop *shop, int64_t hour_us)
{
    int64_t local_us = hour_us + sim_offset_s(shop->zone, hour_us) * INT64_C(1000000);
    return sim_hour_weight(local_us, hour_us - sim->config.start_us) * shop->size;
}

uint64_t sim_total_weight(const struct simulator *sim)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < sim->config.shops; i++)
        for (int64_t hour_us = sim->config.start_us; hour_us < sim->end_us; hour_us += HOUR_US)
            sum += hour_weight(sim, &sim->shops[i], hour_us) >> 10;
    return sum;
}

void sim_push_order(struct simulator *sim, uint32_t shop, int64_t created_us, bool live)
{
    sim_queue_push(&sim->queue, (struct sim_entry){.time_us = created_us,
                                                   .kind = ENTRY_ORDER,
                                                   .shop = shop,
                                                   .number = sim->next_number++,
                                                   .created_us = created_us,
                                                   .live = live});
}

struct sim_slots sim_slots_of(uint64_t orders_millionths)
{
    uint64_t count = orders_millionths < 6000000 ? 60 : 3600;
    return (struct sim_slots){count, orders_millionths / count};
}

uint64_t sim_slot_draw(const struct sim_slots *slots, struct random *random)
{
    return slots->each_millionths / 1000000 + random_chance(random, slots->each_millionths % 1000000);
}

static void push_hour_of_shop(struct simulator *sim, uint32_t shop, int64_t hour_us)
{
    __extension__ typedef unsigned __int128 wide;
    uint64_t weight = hour_weight(sim, &sim->shops[shop], hour_us) >> 10;
    uint64_t millionths = (uint64_t)((wide)weight * sim->config.orders * 1000000 / (sim->total_weight ? sim->total_weight : 1));
    millionths = millionths * (uint64_t)sim_order_factor(sim->incidents, sim->incident_count, shop, hour_us) / 1000000;
    struct sim_slots slots = sim_slots_of(millionths);
    int64_t slot_us = HOUR_US / (int64_t)slots.count;
    for (uint64_t i = 0; i < slots.count; i++) {
        for (uint64_t count = sim_slot_draw(&slots, &sim->random); count; count--)
            sim_push_order(sim, shop, hour_us + (int64_t)i * slot_us + (int64_t)random_below(&sim->random, (uint64_t)slot_us),
                           false);
    }
}

/* In the small hours the ad platforms report what yesterday cost, and correct the day before. */
static void push_spends(struct simulator *sim, uint32_t shop, int64_t hour_us)
{
    const struct sim_shop *s = &sim->shops[shop];
    int64_t local_us = hour_us + sim_offset_s(s->zone, hour_us) * INT64_C(1000000);
    if (local_us % DAY_US / HOUR_US != 3)
        return;
    int32_t today = (int32_t)(local_us / DAY_US), first = (int32_t)(sim->config.start_us / DAY_US);
    for (uint32_t campaign = 0; campaign < s->campaign_count; campaign++)
        for (uint16_t restated = 0; restated < 2; restated++)
            if (today - 1 - restated >= first)
                sim_queue_push(&sim->queue,
                               (struct sim_entry){.time_us = hour_us + (campaign * 2 + restated) * INT64_C(60000000),
                                                  .kind = ENTRY_SPEND,
                                                  .shop = shop,
                                                  .number = campaign,
                                                  .created_us = hour_us,
                                                  .day = today - 1 - restated,
                                                  .step = restated});
}

static void push_row(struct simulator *sim, uint32_t shop, enum sim_statement_row row, int32_t day, int32_t statement_day)
{
    sim_queue_push(&sim->queue, (struct sim_entry){.time_us = sim_statement_us(statement_day) + row,
                                                   .kind = ENTRY_STATEMENT,
                                                   .shop = shop,
                                                   .created_us = sim_statement_us(statement_day),
                                                   .day = day,
                                                   .step = (uint16_t)row});
}

/* What a statement has beside orders: it pays for yesterday's ads, and now and then some of it is held back for a while. */
static void push_statement(struct simulator *sim, uint32_t shop, int64_t hour_us)
{
    int32_t today = (int32_t)(hour_us / DAY_US), released;
    int64_t amount;
    if (sim->shops[shop].charges != SIM_TIKTOK_US || sim_statement_us(today) != hour_us)
        return;
    if (hour_us - DAY_US >= sim->config.start_us)
        push_row(sim, shop, STATEMENT_ADS, today - 1, today);
    if (!sim_reserve_of(&sim->shops[shop], sim->config.seed, today, &released, &amount))
        return;
    push_row(sim, shop, STATEMENT_RESERVE_COLLECTED, today, today);
    push_row(sim, shop, STATEMENT_RESERVE_RELEASED, today, released);
}

void sim_push_catalog(struct simulator *sim)
{
    for (uint32_t shop = 0; shop < sim->config.shops; shop++) {
        for (uint32_t sku = 0; sku <= sim->shops[shop].sku_count; sku++) {
            struct sim_entry entry = {.kind = ENTRY_CATALOG, .shop = shop, .number = sku};
            struct sim_catalog_key key;
            struct sim_catalog_plan plan;
            sim_plan_catalog(sim, &entry, &key, &plan);
            entry.time_us = plan.items[0].at_us;
            sim_queue_push(&sim->queue, entry);
        }
    }
}

void sim_push_hour(struct simulator *sim)
{
    for (uint32_t shop = 0; shop < sim->config.shops; shop++) {
        push_hour_of_shop(sim, shop, sim->hour_us);
        if (!sim->config.single_lives) {
            push_spends(sim, shop, sim->hour_us);
            push_statement(sim, shop, sim->hour_us);
        }
    }
    sim->hour_us += HOUR_US;
}
