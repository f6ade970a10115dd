#include "producers/simulator.h"

#include <stdlib.h>
#include <string.h>

#include "producers/sim_incident.h"
#include "producers/sim_malformed.h"
#include "producers/sim_state.h"

#define HOUR_US INT64_C(3600000000)
#define DAY_US (24 * HOUR_US)

static const struct tz_table *zone_of(struct simulator *sim, const char *name, struct err *err)
{
    for (size_t i = 0; i < sim->zone_count; i++)
        if (strcmp(sim->zone_names[i], name) == 0)
            return &sim->zones[i];
    size_t i = sim->zone_count;
    if (i == SIM_ZONES_MAX || !tz_load(name, &sim->zones[i], err))
        return NULL;
    sim->zone_names[i] = name;
    sim->zone_count++;
    return &sim->zones[i];
}

/* Sizes as in life: the second shop sells half of what the first does, the third a third. A bench wants them alike. */
static bool make_shops(struct simulator *sim, struct err *err)
{
    for (uint32_t i = 0; i < sim->config.shops; i++) {
        struct sim_shop *shop = &sim->shops[i];
        sim_shop_make(shop, sim->config.seed, i + 1);
        shop->zone = zone_of(sim, shop->zone_name, err);
        if (!shop->zone)
            return false;
        shop->size = sim->config.single_lives ? 1 : 720720 / (i + 1);
    }
    sim->total_weight = sim_total_weight(sim);
    return true;
}

static void make_campaigns(struct simulator *sim)
{
    uint64_t sizes = 0;
    for (uint32_t i = 0; i < sim->config.shops; i++)
        sizes += sim->shops[i].size;
    for (uint32_t i = 0; i < sim->config.shops; i++) {
        struct sim_shop *shop = &sim->shops[i];
        uint64_t orders = sim->config.orders * shop->size / sizes / (sim->config.days ? sim->config.days : 1) + 1;
        for (uint32_t c = 0; c < shop->campaign_count; c++)
            shop->campaign_spend_minor[c] = (int64_t)(orders * 3000 * (uint64_t)shop->unit / 12 / (c + 1));
    }
}

struct simulator *simulator_new(const struct simulator_config *config, struct err *err)
{
    struct simulator *sim = calloc(1, sizeof *sim);
    if (sim)
        sim->shops = calloc(config->shops, sizeof *sim->shops);
    if (!sim || !sim->shops) {
        (void)err_set(err, ERR_FATAL, EXIT_CODE_INTERNAL, "out of memory for %u shops", config->shops);
        simulator_free(sim);
        return NULL;
    }
    sim->config = *config;
    sim->hour_us = config->start_us;
    sim->end_us = config->start_us + config->days * DAY_US;
    random_seed(&sim->random, config->seed, 1, 1);
    random_seed(&sim->money_random, config->seed, 1, 2);
    random_seed(&sim->catalog_random, config->seed, 1, 3);
    if (make_shops(sim, err)) {
        make_campaigns(sim);
        sim_incidents_make(config, sim->shops, &sim->random, sim->incidents);
        sim->incident_count = config->incidents;
        return sim;
    }
    simulator_free(sim);
    return NULL;
}

void simulator_free(struct simulator *sim)
{
    if (!sim)
        return;
    sim_queue_done(&sim->queue);
    free(sim->shops);
    free(sim);
}

static struct random *random_of(struct simulator *sim, const struct sim_entry *entry)
{
    if (entry->kind == ENTRY_CATALOG)
        return &sim->catalog_random;
    return entry->kind == ENTRY_ORDER || entry->kind == ENTRY_SPEND ? &sim->random : &sim->money_random;
}

/* True where the entry is to be put off; it then comes again later, with the times it has now. */
static bool put_off(struct simulator *sim, const struct sim_entry *entry)
{
    struct random *random = random_of(sim, entry);
    if (entry->late || entry->duplicate || !random_chance(random, sim->config.late_ppm))
        return false;
    struct sim_entry late = *entry;
    late.late = true;
    late.time_us += random_between(random, HOUR_US, 36 * HOUR_US);
    sim_queue_push(&sim->queue, late);
    return true;
}

static void maybe_repeat(struct simulator *sim, const struct sim_entry *entry)
{
    struct random *random = random_of(sim, entry);
    if (entry->duplicate || !random_chance(random, sim->config.duplicate_ppm))
        return;
    struct sim_entry copy = *entry;
    copy.duplicate = true;
    copy.time_us += random_between(random, 0, HOUR_US);
    sim_queue_push(&sim->queue, copy);
}

static void maybe_spoil_next(struct simulator *sim, const struct sim_entry *entry)
{
    enum event_kind kind = sim->last.event->kind;
    if (kind != EVENT_AD_SPEND && random_chance(random_of(sim, entry), sim->config.malformed_ppm))
        sim->pending_malformed = sim_malformed_reason(kind, sim->malformed_turns[kind]++);
}

/* Hands the entry out; false where it was put off. */
static bool deliver(struct simulator *sim, const struct sim_entry *entry, struct sim_item *ret_item)
{
    struct sim_life life = {0};
    struct sim_item item = {.shop = &sim->shops[entry->shop],
                            .log_time_us = entry->time_us,
                            .late = entry->late,
                            .duplicate = entry->duplicate};
    bool is_first = entry->kind == ENTRY_ORDER && !entry->late && !entry->duplicate;
    if (entry->kind == ENTRY_CATALOG && !entry->late && !entry->duplicate)
        sim_schedule_catalog(sim, entry);
    item.event = sim_make_event(sim, entry, &life, &item);
    if (is_first)
        sim_schedule_next(sim, entry, &life);
    bool late = put_off(sim, entry);
    if (is_first && entry->step == 0)
        sim_schedule_aftermath(sim, entry, &life, late);
    if (late)
        return false;
    maybe_repeat(sim, entry);
    *ret_item = sim->last = item;
    maybe_spoil_next(sim, entry);
    return true;
}

/* Never an id of a real one: those are digits. */
static struct event *disown_last(struct simulator *sim)
{
    static const char prefix[] = "bad-";
    if (sim->last.event == &sim->refund.event) {
        memcpy(sim->refund.refund_id, prefix, 4);
        return &sim->refund.event;
    }
    if (sim->last.event == &sim->settlement.event) {
        memcpy(sim->settlement.transaction_id, prefix, 4);
        return &sim->settlement.event;
    }
    if (sim->last.event == &sim->catalog.event) {
        memcpy(sim->catalog.sku, prefix, 4); /* a shop has none: it is spoilt in its bytes */
        return &sim->catalog.event;
    }
    memcpy(sim->scratch.order_id, prefix, 4);
    return &sim->scratch.event;
}

/* A copy of the record just handed out, under an id of its own, that must be refused. */
static void deliver_malformed(struct simulator *sim, struct sim_item *ret_item)
{
    *ret_item = sim->last;
    ret_item->malformed = sim->pending_malformed;
    sim->pending_malformed = REASON_NONE;
    sim_spoil_event(ret_item->malformed, disown_last(sim));
}

bool simulator_next(struct simulator *sim, struct sim_item *ret_item)
{
    if (sim->pending_malformed != REASON_NONE) {
        deliver_malformed(sim, ret_item);
        return true;
    }
    if (!sim->catalog_begun && !sim->config.single_lives)
        sim_push_catalog(sim);
    sim->catalog_begun = true;
    for (;;) {
        while (sim->hour_us < sim->end_us && sim_queue_next_us(&sim->queue) >= sim->hour_us)
            sim_push_hour(sim);
        if (!sim->queue.count)
            return false;
        struct sim_entry entry = sim_queue_pop(&sim->queue);
        /* What would happen after the end has not happened; what was put off or repeated still arrives. */
        if (entry.time_us >= sim->end_us && !entry.late && !entry.duplicate)
            continue;
        if (deliver(sim, &entry, ret_item))
            return true;
    }
}

void simulator_next_live(struct simulator *sim, int64_t now_us, struct sim_item *ret_item)
{
    uint64_t sizes = 0, draw;
    uint32_t shop = 0;
    for (;;) {
        if (sim->pending_malformed != REASON_NONE) {
            deliver_malformed(sim, ret_item);
            return;
        }
        while (sim_queue_next_us(&sim->queue) <= now_us) {
            struct sim_entry entry = sim_queue_pop(&sim->queue);
            if (deliver(sim, &entry, ret_item))
                return;
        }
        for (uint32_t i = sizes ? sim->config.shops : 0; i < sim->config.shops; i++)
            sizes += sim->shops[i].size;
        draw = random_below(&sim->random, sizes);
        for (shop = 0; draw >= sim->shops[shop].size; shop++)
            draw -= sim->shops[shop].size;
        /* Numbers of live orders are times: no two runs share one. */
        sim->next_number = (uint64_t)now_us / 10 % UINT64_C(1000000000000);
        sim_push_order(sim, shop, now_us, true);
    }
}

const struct incident *simulator_incidents(const struct simulator *sim, size_t *ret_count)
{
    *ret_count = sim->incident_count;
    return sim->incidents;
}

const struct sim_shop *simulator_shop(const struct simulator *sim, uint32_t index)
{
    return &sim->shops[index];
}
