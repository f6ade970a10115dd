#include "producers/simulator.h"

#include <stdlib.h>
#include <string.h>

#include "producers/sim_incident.h"
#include "producers/sim_malformed.h"
#include "producers/sim_queue.h"
#include "producers/sim_refund.h"

#define HOUR_US INT64_C(3600000000)
#define DAY_US (24 * HOUR_US)
#define ZONES_MAX 8
#define LIVE_HASTE 1500 /* a life of days in minutes */
#define EARLY_PPM 300000 /* of late orders: their refund is in the log before them */
#define ORPHAN_DAYS 5 /* that refunds of orders from before the history go on */

struct simulator {
    struct simulator_config config;
    struct random random;
    struct random money_random; /* of refunds, so that orders do not depend on there being any */
    struct sim_shop *shops;
    struct tz_table zones[ZONES_MAX];
    const char *zone_names[ZONES_MAX];
    size_t zone_count;
    struct incident incidents[SIM_INCIDENTS_MAX];
    size_t incident_count;
    struct sim_queue queue;
    uint64_t next_number;
    uint64_t total_weight; /* of all hours of all shops */
    int64_t hour_us, end_us;
    struct sim_scratch scratch;
    struct sim_scratch sold; /* the order that a refund is of */
    struct sim_refund_scratch refund;
    enum reason pending_malformed; /* of the item handed out last */
    struct sim_item last;
    uint32_t malformed_turns[EVENT_KIND_COUNT];
};

static const struct tz_table *zone_of(struct simulator *sim, const char *name, struct err *err)
{
    for (size_t i = 0; i < sim->zone_count; i++)
        if (strcmp(sim->zone_names[i], name) == 0)
            return &sim->zones[i];
    size_t i = sim->zone_count;
    if (i == ZONES_MAX || !tz_load(name, &sim->zones[i], err))
        return NULL;
    sim->zone_names[i] = name;
    sim->zone_count++;
    return &sim->zones[i];
}

static uint64_t hour_weight(const struct simulator *sim, const struct sim_shop *shop, int64_t hour_us)
{
    int64_t local_us = hour_us + sim_offset_s(shop->zone, hour_us) * INT64_C(1000000);
    return sim_hour_weight(local_us, hour_us - sim->config.start_us) * shop->size;
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
        for (int64_t hour_us = sim->config.start_us; hour_us < sim->end_us; hour_us += HOUR_US)
            sim->total_weight += hour_weight(sim, shop, hour_us) >> 10;
    }
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

static void push_order(struct simulator *sim, uint32_t shop, int64_t created_us, bool live)
{
    sim_queue_push(&sim->queue, (struct sim_entry){.time_us = created_us,
                                                   .kind = ENTRY_ORDER,
                                                   .shop = shop,
                                                   .number = sim->next_number++,
                                                   .created_us = created_us,
                                                   .live = live});
}

/* An hour in slots, each with a chance of its own: arrivals are independent, as customers are. */
static void push_hour_of_shop(struct simulator *sim, uint32_t shop, int64_t hour_us)
{
    __extension__ typedef unsigned __int128 wide;
    uint64_t weight = hour_weight(sim, &sim->shops[shop], hour_us) >> 10;
    uint64_t millionths = (uint64_t)((wide)weight * sim->config.orders * 1000000 / (sim->total_weight ? sim->total_weight : 1));
    millionths = millionths * (uint64_t)sim_order_factor(sim->incidents, sim->incident_count, shop, hour_us) / 1000000;
    uint64_t slots = millionths < 6000000 ? 60 : 3600;
    int64_t slot_us = HOUR_US / (int64_t)slots;
    uint64_t per_slot = millionths / slots;
    for (uint64_t i = 0; i < slots; i++) {
        uint64_t count = per_slot / 1000000 + random_chance(&sim->random, per_slot % 1000000);
        for (; count; count--)
            push_order(sim, shop, hour_us + (int64_t)i * slot_us + (int64_t)random_below(&sim->random, (uint64_t)slot_us), false);
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

static void push_hour(struct simulator *sim)
{
    for (uint32_t shop = 0; shop < sim->config.shops; shop++) {
        push_hour_of_shop(sim, shop, sim->hour_us);
        if (!sim->config.single_lives)
            push_spends(sim, shop, sim->hour_us);
    }
    sim->hour_us += HOUR_US;
}

static struct sim_order_key key_of(const struct simulator *sim, const struct sim_entry *entry)
{
    return (struct sim_order_key){&sim->shops[entry->shop], sim->config.seed, entry->number, entry->created_us};
}

static void schedule_next_step(struct simulator *sim, const struct sim_entry *entry, const struct sim_life *life)
{
    struct sim_entry next = *entry;
    next.step++;
    if (next.step >= life->steps)
        return;
    next.time_us = life->at_us[next.step];
    sim_queue_push(&sim->queue, next);
}

static int64_t haste_of(const struct sim_entry *entry)
{
    return entry->live ? LIVE_HASTE : 1;
}

static void make_sold(struct simulator *sim, const struct sim_entry *entry, struct sim_life *ret_life, struct sim_refund_plan *ret_plan)
{
    struct sim_order_key key = key_of(sim, entry);
    enum sim_refund_fate fate = entry->early ? REFUND_EARLY : entry->orphan ? REFUND_ORPHAN : REFUND_AS_IT_COMES;
    sim_life_make(&key, false, haste_of(entry), ret_life);
    sim_order_make(&key, ret_life, 0, false, sim->incidents, sim->incident_count, &sim->sold);
    if (entry->orphan)
        sim_order_disown(&sim->sold);
    sim_refund_plan_make(&key, ret_life, &sim->sold.event.order, sim->config.refund_ppm, fate, haste_of(entry), ret_plan);
}

static void push_refunds(struct simulator *sim, struct sim_entry entry)
{
    struct sim_life life;
    struct sim_refund_plan plan;
    make_sold(sim, &entry, &life, &plan);
    entry.kind = ENTRY_REFUND;
    for (uint32_t i = 0; i < plan.count; i++) {
        entry.step = (uint16_t)(2 * i);
        entry.time_us = plan.refunds[i].at_us;
        sim_queue_push(&sim->queue, entry);
        entry.step++;
        entry.time_us = plan.refunds[i].restated_at_us;
        if (plan.refunds[i].restated)
            sim_queue_push(&sim->queue, entry);
    }
}

/* What the first record of an order entails beyond the order. */
static void schedule_refunds(struct simulator *sim, const struct sim_entry *entry, const struct sim_life *life, bool late)
{
    struct sim_entry refund = *entry;
    if (sim->config.single_lives || !sim->config.refund_ppm)
        return;
    refund.early = late && life->status[0] == ORDER_PAID && random_chance(&sim->money_random, EARLY_PPM);
    push_refunds(sim, refund);
    if (entry->live || entry->created_us >= sim->config.start_us + ORPHAN_DAYS * DAY_US ||
        !random_chance(&sim->money_random, sim->config.refund_ppm / 10))
        return;
    refund.early = false;
    refund.orphan = true;
    push_refunds(sim, refund);
}

static const struct event *make_event(struct simulator *sim, const struct sim_entry *entry, struct sim_life *life)
{
    struct sim_refund_plan plan;
    struct sim_order_key key = key_of(sim, entry);
    switch ((enum sim_entry_kind)entry->kind) {
    case ENTRY_ORDER:
        sim_life_make(&key, sim->config.single_lives, haste_of(entry), life);
        sim_order_make(&key, life, entry->step, sim->config.single_lives, sim->incidents, sim->incident_count, &sim->scratch);
        break;
    case ENTRY_SPEND:
        sim_spend_make(key.shop, sim->config.seed, (uint32_t)entry->number, entry->day, entry->step, entry->created_us + entry->step,
                       sim->incidents, sim->incident_count, &sim->scratch);
        break;
    case ENTRY_REFUND:
        make_sold(sim, entry, life, &plan);
        sim_refund_make(key.shop, &sim->sold.event, &plan, entry->step / 2, entry->step % 2, &sim->refund);
        return &sim->refund.event;
    }
    return &sim->scratch.event;
}

static struct random *random_of(struct simulator *sim, const struct sim_entry *entry)
{
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
    bool is_first = entry->kind == ENTRY_ORDER && !entry->late && !entry->duplicate;
    const struct event *event = make_event(sim, entry, &life);
    if (is_first)
        schedule_next_step(sim, entry, &life);
    bool late = put_off(sim, entry);
    if (is_first && entry->step == 0)
        schedule_refunds(sim, entry, &life, late);
    if (late)
        return false;
    maybe_repeat(sim, entry);
    *ret_item = sim->last = (struct sim_item){.event = event,
                                              .shop = &sim->shops[entry->shop],
                                              .log_time_us = entry->time_us,
                                              .late = entry->late,
                                              .duplicate = entry->duplicate};
    maybe_spoil_next(sim, entry);
    return true;
}

/* A copy of the record just handed out, under an id of its own, that must be refused. */
static void deliver_malformed(struct simulator *sim, struct sim_item *ret_item)
{
    bool refund = sim->last.event->kind == EVENT_REFUND;
    *ret_item = sim->last;
    ret_item->malformed = sim->pending_malformed;
    sim->pending_malformed = REASON_NONE;
    memcpy(refund ? sim->refund.refund_id : sim->scratch.order_id, "bad-", 4); /* never an id of a real one: those are digits */
    sim_spoil_event(ret_item->malformed, refund ? &sim->refund.event : &sim->scratch.event);
}

bool simulator_next(struct simulator *sim, struct sim_item *ret_item)
{
    if (sim->pending_malformed != REASON_NONE) {
        deliver_malformed(sim, ret_item);
        return true;
    }
    for (;;) {
        while (sim->hour_us < sim->end_us && sim_queue_next_us(&sim->queue) >= sim->hour_us)
            push_hour(sim);
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
        push_order(sim, shop, now_us, true);
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
