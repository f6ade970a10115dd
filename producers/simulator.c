#include "producers/simulator.h"

#include <stdlib.h>
#include <string.h>

#include "producers/sim_order.h"

#define HOUR_US INT64_C(3600000000)
#define DAY_US (24 * HOUR_US)
#define ZONES_MAX 8
#define LIVE_HASTE 1500 /* a life of days in minutes */

enum entry_kind { ENTRY_ORDER, ENTRY_SPEND };

/* Something that the log will take at a time; ties in the order in which they were thought of. */
struct entry {
    int64_t time_us;
    uint64_t sequence;
    uint64_t number;     /* of the order; of a spend: campaign */
    int64_t created_us;  /* of the order; of a spend: when it is reported */
    int32_t day;         /* of a spend */
    uint32_t shop;
    uint16_t step;       /* of the life; of a spend: restated */
    uint8_t kind;
    bool late, duplicate, live;
};

struct simulator {
    struct simulator_config config;
    struct random random;
    struct sim_shop *shops;
    struct tz_table zones[ZONES_MAX];
    const char *zone_names[ZONES_MAX];
    size_t zone_count;
    struct incident incidents[SIM_INCIDENTS_MAX];
    size_t incident_count;
    struct entry *heap;
    size_t heap_count, heap_room;
    uint64_t sequence, next_number;
    uint64_t total_weight; /* of all hours of all shops */
    int64_t hour_us, end_us;
    struct sim_scratch scratch;
    enum reason pending_malformed; /* of the item handed out last */
    struct sim_item last;
    uint32_t malformed_turn;
};

static bool is_before(const struct entry *a, const struct entry *b)
{
    return a->time_us != b->time_us ? a->time_us < b->time_us : a->sequence < b->sequence;
}

static void push(struct simulator *sim, struct entry entry)
{
    if (sim->heap_count == sim->heap_room) {
        size_t room = sim->heap_room ? sim->heap_room * 2 : 4096;
        struct entry *larger = realloc(sim->heap, room * sizeof *larger);
        if (!larger)
            abort();
        sim->heap = larger;
        sim->heap_room = room;
    }
    entry.sequence = sim->sequence++;
    size_t at = sim->heap_count++;
    for (; at && is_before(&entry, &sim->heap[(at - 1) / 2]); at = (at - 1) / 2)
        sim->heap[at] = sim->heap[(at - 1) / 2];
    sim->heap[at] = entry;
}

static struct entry pop(struct simulator *sim)
{
    struct entry top = sim->heap[0], last = sim->heap[--sim->heap_count];
    size_t at = 0;
    for (size_t child; (child = 2 * at + 1) < sim->heap_count; at = child) {
        if (child + 1 < sim->heap_count && is_before(&sim->heap[child + 1], &sim->heap[child]))
            child++;
        if (!is_before(&sim->heap[child], &last))
            break;
        sim->heap[at] = sim->heap[child];
    }
    if (sim->heap_count)
        sim->heap[at] = last;
    return top;
}

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

/* Spread over the second half, when baselines are warm, in the larger shops. */
static void make_incidents(struct simulator *sim)
{
    static const int64_t factors[INCIDENT_KIND_COUNT] = {200000, 300000, 2500000, 4000000};
    static const int64_t hours[INCIDENT_KIND_COUNT] = {6, 6, 3, 24};
    int64_t length_us = sim->end_us - sim->config.start_us;
    sim->incident_count = sim->config.incidents;
    for (size_t i = 0; i < sim->incident_count; i++) {
        struct incident *incident = &sim->incidents[i];
        incident->kind = (enum incident_kind)(i % INCIDENT_KIND_COUNT);
        incident->shop = (uint32_t)(i / INCIDENT_KIND_COUNT + i) % (sim->config.shops < 3 ? sim->config.shops : 3);
        incident->target = (uint32_t)random_below(&sim->random, incident->kind == INCIDENT_SPEND
                                                                    ? sim->shops[incident->shop].campaign_count
                                                                    : 3);
        incident->factor_ppm = i / INCIDENT_KIND_COUNT % 2 && incident->kind == INCIDENT_PRICE ? 10000000 : factors[incident->kind];
        int64_t at_us = sim->config.start_us + length_us / 100 * 58 + length_us / 100 * 36 * (int64_t)i / (int64_t)sim->incident_count;
        incident->start_us = incident->kind == INCIDENT_SPEND ? at_us / DAY_US * DAY_US : at_us / HOUR_US * HOUR_US;
        incident->end_us = incident->start_us + hours[incident->kind] * HOUR_US;
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
    if (make_shops(sim, err)) {
        make_campaigns(sim);
        make_incidents(sim);
        return sim;
    }
    simulator_free(sim);
    return NULL;
}

void simulator_free(struct simulator *sim)
{
    if (!sim)
        return;
    free(sim->heap);
    free(sim->shops);
    free(sim);
}

static void push_order(struct simulator *sim, uint32_t shop, int64_t created_us, bool live)
{
    push(sim, (struct entry){.time_us = created_us,
                             .kind = ENTRY_ORDER,
                             .shop = shop,
                             .number = sim->next_number++,
                             .created_us = created_us,
                             .live = live});
}

static int64_t order_factor(const struct simulator *sim, uint32_t shop, int64_t hour_us)
{
    int64_t factor = 1000000;
    for (size_t i = 0; i < sim->incident_count; i++) {
        const struct incident *incident = &sim->incidents[i];
        bool orders = incident->kind == INCIDENT_DROP || incident->kind == INCIDENT_SPIKE;
        if (orders && incident->shop == shop && hour_us >= incident->start_us && hour_us < incident->end_us)
            factor = factor * incident->factor_ppm / 1000000;
    }
    return factor;
}

/* An hour in slots, each with a chance of its own: arrivals are independent, as customers are. */
static void push_hour_of_shop(struct simulator *sim, uint32_t shop, int64_t hour_us)
{
    __extension__ typedef unsigned __int128 wide;
    uint64_t weight = hour_weight(sim, &sim->shops[shop], hour_us) >> 10;
    uint64_t millionths = (uint64_t)((wide)weight * sim->config.orders * 1000000 / (sim->total_weight ? sim->total_weight : 1));
    millionths = millionths * (uint64_t)order_factor(sim, shop, hour_us) / 1000000;
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
                push(sim, (struct entry){.time_us = hour_us + (campaign * 2 + restated) * INT64_C(60000000),
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

static struct sim_order_key key_of(const struct simulator *sim, const struct entry *entry)
{
    return (struct sim_order_key){&sim->shops[entry->shop], sim->config.seed, entry->number, entry->created_us};
}

static void schedule_next_step(struct simulator *sim, const struct entry *entry, const struct sim_life *life)
{
    struct entry next = *entry;
    next.step++;
    if (next.step >= life->steps)
        return;
    next.time_us = life->at_us[next.step];
    push(sim, next);
}

static void make_event(struct simulator *sim, const struct entry *entry, struct sim_life *life)
{
    if (entry->kind == ENTRY_SPEND) {
        sim_spend_make(&sim->shops[entry->shop], sim->config.seed, (uint32_t)entry->number, entry->day, entry->step,
                       entry->created_us + entry->step, sim->incidents, sim->incident_count, &sim->scratch);
        return;
    }
    struct sim_order_key key = key_of(sim, entry);
    sim_life_make(&key, sim->config.single_lives, entry->live ? LIVE_HASTE : 1, life);
    sim_order_make(&key, life, entry->step, sim->config.single_lives, sim->incidents, sim->incident_count, &sim->scratch);
}

/* True where the entry is to be put off; it then comes again later, with the times it has now. */
static bool put_off(struct simulator *sim, const struct entry *entry)
{
    if (entry->late || entry->duplicate || !random_chance(&sim->random, sim->config.late_ppm))
        return false;
    struct entry late = *entry;
    late.late = true;
    late.time_us += random_between(&sim->random, HOUR_US, 36 * HOUR_US);
    push(sim, late);
    return true;
}

static void maybe_repeat(struct simulator *sim, const struct entry *entry)
{
    if (entry->duplicate || !random_chance(&sim->random, sim->config.duplicate_ppm))
        return;
    struct entry copy = *entry;
    copy.duplicate = true;
    copy.time_us += random_between(&sim->random, 0, HOUR_US);
    push(sim, copy);
}

static enum reason next_malformed(struct simulator *sim)
{
    static const enum reason reasons[] = {REASON_TRUNCATED,  REASON_NULL_VALUE, REASON_WRONG_FRAME, REASON_UNKNOWN_SCHEMA,
                                          REASON_TRAILING_BYTES, REASON_BAD_UTF8, REASON_BAD_LENGTH, REASON_WRONG_CURRENCY,
                                          REASON_WRONG_SCALE, REASON_IMPOSSIBLE_LINE};
    return reasons[sim->malformed_turn++ % (sizeof reasons / sizeof *reasons)];
}

/* Hands the entry out; false where it was put off. */
static bool deliver(struct simulator *sim, const struct entry *entry, struct sim_item *ret_item)
{
    struct sim_life life = {0};
    make_event(sim, entry, &life);
    if (entry->kind == ENTRY_ORDER && !entry->late && !entry->duplicate)
        schedule_next_step(sim, entry, &life);
    if (put_off(sim, entry))
        return false;
    maybe_repeat(sim, entry);
    *ret_item = sim->last = (struct sim_item){.event = &sim->scratch.event,
                                              .shop = &sim->shops[entry->shop],
                                              .log_time_us = entry->time_us,
                                              .late = entry->late,
                                              .duplicate = entry->duplicate};
    if (entry->kind == ENTRY_ORDER && random_chance(&sim->random, sim->config.malformed_ppm))
        sim->pending_malformed = next_malformed(sim);
    return true;
}

/* A copy of the order just handed out, under an id of its own, that must be refused. */
static void deliver_malformed(struct simulator *sim, struct sim_item *ret_item)
{
    static const char currency[] = "XTS"; /* ISO 4217 for tests */
    struct event *event = &sim->scratch.event;
    *ret_item = sim->last;
    ret_item->malformed = sim->pending_malformed;
    sim->pending_malformed = REASON_NONE;
    memcpy(sim->scratch.order_id, "bad-", 4); /* never an id of a real order: those are digits */
    if (ret_item->malformed == REASON_WRONG_CURRENCY)
        event->currency = (struct text){currency, 3};
    if (ret_item->malformed == REASON_WRONG_SCALE)
        event->amount_scale++;
    if (ret_item->malformed == REASON_IMPOSSIBLE_LINE)
        event->order.lines[0].quantity = 0;
}

bool simulator_next(struct simulator *sim, struct sim_item *ret_item)
{
    if (sim->pending_malformed != REASON_NONE) {
        deliver_malformed(sim, ret_item);
        return true;
    }
    for (;;) {
        while (sim->hour_us < sim->end_us && (!sim->heap_count || sim->heap[0].time_us >= sim->hour_us))
            push_hour(sim);
        if (!sim->heap_count)
            return false;
        struct entry entry = pop(sim);
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
        while (sim->heap_count && sim->heap[0].time_us <= now_us) {
            struct entry entry = pop(sim);
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

const char *incident_kind_name(enum incident_kind kind)
{
    static const char *const names[INCIDENT_KIND_COUNT] = {"price_error", "order_drop", "order_spike", "ad_overspend"};
    return names[kind];
}

const char *incident_metric(enum incident_kind kind)
{
    static const char *const names[INCIDENT_KIND_COUNT] = {"unit_price", "hourly_orders", "hourly_orders", "daily_spend"};
    return names[kind];
}

size_t sim_spoil(enum reason reason, uint8_t *bytes, size_t len)
{
    switch ((int)reason) {
    case REASON_TRUNCATED:
        return len - 1;
    case REASON_TRAILING_BYTES:
        bytes[len] = 0;
        return len + 1;
    case REASON_WRONG_FRAME:
        bytes[0] = 1;
        return len;
    case REASON_UNKNOWN_SCHEMA:
        bytes[4] = 99;
        return len;
    case REASON_BAD_LENGTH:
        bytes[5] = 1; /* the length of the first text becomes -1 */
        return len;
    case REASON_BAD_UTF8:
        bytes[6] = 0xff; /* the first text's first byte */
        return len;
    default:
        return len;
    }
}
