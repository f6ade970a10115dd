#include "producers/sim_state.h"

#define HOUR_US INT64_C(3600000000)
#define DAY_US (24 * HOUR_US)
#define LIVE_HASTE 1500 /* a life of days in minutes */
#define EARLY_PPM 300000 /* of late orders: their refund is in the log before them */
#define ORPHAN_DAYS 5 /* that refunds of orders from before the history go on */

static struct sim_order_key key_of(const struct simulator *sim, const struct sim_entry *entry)
{
    return (struct sim_order_key){&sim->shops[entry->shop], sim->config.seed, entry->number, entry->created_us};
}

void sim_schedule_next(struct simulator *sim, const struct sim_entry *entry, const struct sim_life *life)
{
    struct sim_entry next = *entry;
    next.step++;
    if (next.step >= life->steps)
        return;
    next.time_us = life->at_us[next.step];
    sim_queue_push(&sim->queue, next);
}

void sim_plan_catalog(const struct simulator *sim, const struct sim_entry *entry, struct sim_catalog_key *ret_key,
                      struct sim_catalog_plan *ret_plan)
{
    *ret_key = (struct sim_catalog_key){.shop = &sim->shops[entry->shop],
                                        .seed = sim->config.seed,
                                        .sku = (uint32_t)entry->number,
                                        .start_us = sim->config.start_us,
                                        .end_us = sim->end_us};
    sim_catalog_plan_make(ret_key, ret_plan);
}

void sim_schedule_catalog(struct simulator *sim, const struct sim_entry *entry)
{
    struct sim_entry next = *entry;
    struct sim_catalog_key key;
    struct sim_catalog_plan plan;
    sim_plan_catalog(sim, entry, &key, &plan);
    next.step++;
    if (next.step >= plan.count)
        return;
    next.time_us = plan.items[next.step].at_us;
    sim_queue_push(&sim->queue, next);
}

static const struct event *make_catalog(struct simulator *sim, const struct sim_entry *entry)
{
    struct sim_catalog_key key;
    struct sim_catalog_plan plan;
    sim_plan_catalog(sim, entry, &key, &plan);
    sim_catalog_make(&key, &plan, entry->step, &sim->catalog);
    return &sim->catalog.event;
}

static int64_t haste_of(const struct sim_entry *entry)
{
    return entry->live ? LIVE_HASTE : 1;
}

static void make_sold(struct simulator *sim, const struct sim_entry *entry, struct sim_life *ret_life,
                      struct sim_refund_plan *ret_plan)
{
    struct sim_order_key key = key_of(sim, entry);
    enum sim_refund_fate fate = entry->early ? REFUND_EARLY : entry->orphan ? REFUND_ORPHAN : REFUND_AS_IT_COMES;
    sim_life_make(&key, false, haste_of(entry), ret_life);
    sim_order_make(&key, ret_life, 0, false, sim->incidents, sim->incident_count, &sim->sold);
    if (entry->orphan)
        sim_order_disown(&sim->sold);
    sim_refund_plan_make(&key, ret_life, &sim->sold.event.order, sim->config.refund_ppm, fate, haste_of(entry), ret_plan);
}

static void push_refunds(struct simulator *sim, struct sim_entry entry, const struct sim_refund_plan *plan)
{
    entry.kind = ENTRY_REFUND;
    for (uint32_t i = 0; i < plan->count; i++) {
        entry.step = (uint16_t)(2 * i);
        entry.time_us = plan->refunds[i].at_us;
        sim_queue_push(&sim->queue, entry);
        entry.step++;
        entry.time_us = plan->refunds[i].restated_at_us;
        if (plan->refunds[i].restated)
            sim_queue_push(&sim->queue, entry);
    }
}

/* A statement reaches the log within twenty minutes. */
static void push_settlements(struct simulator *sim, struct sim_entry entry, const struct sim_life *life,
                             const struct sim_refund_plan *refunds)
{
    struct sim_order_key key = key_of(sim, &entry);
    struct sim_settlement_plan plan;
    sim_settlement_plan_make(&key, life, &sim->sold.event, refunds, sim->config.leak_ppm, haste_of(&entry), &plan);
    entry.kind = ENTRY_SETTLEMENT;
    for (uint32_t i = 0; i < plan.count; i++) {
        entry.step = (uint16_t)i;
        entry.time_us = plan.lines[i].settled_at_us + (int64_t)(entry.number % 1200) * 1000000 / haste_of(&entry);
        sim_queue_push(&sim->queue, entry);
    }
}

static void push_orphan(struct simulator *sim, struct sim_entry entry)
{
    struct sim_life life;
    struct sim_refund_plan plan;
    entry.early = false;
    entry.orphan = true;
    make_sold(sim, &entry, &life, &plan);
    push_refunds(sim, entry, &plan);
}

void sim_schedule_aftermath(struct simulator *sim, const struct sim_entry *entry, const struct sim_life *life, bool late)
{
    struct sim_entry sold = *entry;
    struct sim_life same;
    struct sim_refund_plan plan;
    if (sim->config.single_lives)
        return;
    sold.early = sim->config.refund_ppm && late && life->status[0] == ORDER_PAID && random_chance(&sim->money_random, EARLY_PPM);
    make_sold(sim, &sold, &same, &plan);
    push_refunds(sim, sold, &plan);
    push_settlements(sim, sold, &same, &plan);
    bool young = !entry->live && entry->created_us < sim->config.start_us + ORPHAN_DAYS * DAY_US;
    if (young && random_chance(&sim->money_random, sim->config.refund_ppm / 10))
        push_orphan(sim, *entry);
}

static const struct event *make_refund(struct simulator *sim, const struct sim_entry *entry)
{
    struct sim_life life;
    struct sim_refund_plan plan;
    make_sold(sim, entry, &life, &plan);
    sim_refund_make(&sim->shops[entry->shop], &sim->sold.event, &plan, entry->step / 2, entry->step % 2, &sim->refund);
    return &sim->refund.event;
}

static const struct event *make_settlement(struct simulator *sim, const struct sim_entry *entry, struct sim_item *ret_item)
{
    struct sim_life life;
    struct sim_refund_plan refunds;
    struct sim_settlement_plan plan;
    struct sim_order_key key = key_of(sim, entry);
    make_sold(sim, entry, &life, &refunds);
    sim_settlement_plan_make(&key, &life, &sim->sold.event, &refunds, sim->config.leak_ppm, haste_of(entry), &plan);
    sim_settlement_make(key.shop, &sim->sold.event, &plan, entry->step, &sim->settlement);
    ret_item->leak = plan.lines[entry->step].leak;
    ret_item->leak_minor = plan.lines[entry->step].leak_minor;
    ret_item->settled_refunds = plan.lines[entry->step].refunds;
    return &sim->settlement.event;
}

/* What all campaigns of a shop cost on a day, as first reported. */
static int64_t spend_of(struct simulator *sim, const struct sim_shop *shop, int32_t day)
{
    int64_t sum = 0;
    for (uint32_t campaign = 0; campaign < shop->campaign_count; campaign++) {
        sim_spend_make(shop, sim->config.seed, campaign, day, 0, 0, sim->incidents, sim->incident_count, &sim->sold);
        sum += sim->sold.event.ad_spend.spend_minor;
    }
    return sum;
}

static const struct event *make_statement_row(struct simulator *sim, const struct sim_entry *entry)
{
    const struct sim_shop *shop = &sim->shops[entry->shop];
    enum sim_statement_row row = (enum sim_statement_row)entry->step;
    int32_t released;
    int64_t amount;
    (void)sim_reserve_of(shop, sim->config.seed, entry->day, &released, &amount);
    if (row == STATEMENT_ADS)
        amount = spend_of(sim, shop, entry->day);
    sim_statement_row_make(shop, row, entry->day, entry->created_us, row == STATEMENT_RESERVE_RELEASED ? amount : -amount,
                           &sim->settlement);
    return &sim->settlement.event;
}

const struct event *sim_make_event(struct simulator *sim, const struct sim_entry *entry, struct sim_life *ret_life,
                                   struct sim_item *ret_item)
{
    struct sim_order_key key = key_of(sim, entry);
    switch ((enum sim_entry_kind)entry->kind) {
    case ENTRY_ORDER:
        sim_life_make(&key, sim->config.single_lives, haste_of(entry), ret_life);
        sim_order_make(&key, ret_life, entry->step, sim->config.single_lives, sim->incidents, sim->incident_count, &sim->scratch);
        break;
    case ENTRY_SPEND:
        sim_spend_make(key.shop, sim->config.seed, (uint32_t)entry->number, entry->day, entry->step,
                       entry->created_us + entry->step, sim->incidents, sim->incident_count, &sim->scratch);
        break;
    case ENTRY_REFUND:
        return make_refund(sim, entry);
    case ENTRY_SETTLEMENT:
        return make_settlement(sim, entry, ret_item);
    case ENTRY_STATEMENT:
        return make_statement_row(sim, entry);
    case ENTRY_CATALOG:
        return make_catalog(sim, entry);
    }
    return &sim->scratch.event;
}
