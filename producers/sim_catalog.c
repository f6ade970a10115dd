#include "producers/sim_catalog.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define HOUR_US INT64_C(3600000000)
#define DAY_US (24 * HOUR_US)
#define KNOWN_DAYS 400 /* before the history: what is valid from long ago */
#define EARLIEST_US INT64_C(946684800000000) /* 2000-01-01: no event may be of a time before */
#define BOX_CENTS 40

enum fate { FATE_NEVER, FATE_LATER, FATE_BUNDLE, FATE_OWN, FATE_LAPSING, FATE_CORRECTED, FATE_PLAIN };

/* A SKU on its way into a plan. */
struct planning {
    struct random random;
    const struct sim_catalog_key *key;
    struct sim_catalog_plan *plan;
    int64_t length_us; /* of the history */
    int64_t known_us;  /* when all that is known from the beginning is stated */
    int64_t long_ago_us;
};

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* Half away from zero, amounts here are positive. */
static int64_t part_of(int64_t amount, int64_t ppm)
{
    return (amount * ppm + 500000) / 1000000;
}

static int64_t varied(struct planning *planning, int64_t amount, int64_t low_ppm, int64_t high_ppm)
{
    return part_of(amount, random_between(&planning->random, low_ppm, high_ppm));
}

/* An instant between two percentages of the history, on the hour. */
static int64_t instant(struct planning *planning, int64_t low_percent, int64_t high_percent)
{
    int64_t percent = planning->length_us / 100;
    int64_t at_us = planning->key->start_us + random_between(&planning->random, low_percent * percent, high_percent * percent);
    return at_us / HOUR_US * HOUR_US;
}

/* When people come to state what is valid from an instant on: half before, a fifth long after. */
static int64_t stated_at(struct planning *planning, int64_t valid_from_us)
{
    uint64_t draw = random_below(&planning->random, 10);
    int64_t lead_us = random_between(&planning->random, 0, planning->length_us / 6);
    int64_t lag_us = planning->length_us / 60 + random_between(&planning->random, 0, planning->length_us / 10);
    return later(planning->known_us, draw < 5 ? valid_from_us - lead_us : draw < 8 ? valid_from_us : valid_from_us + lag_us);
}

static struct sim_catalog_item *add(struct planning *planning, enum event_kind kind, int64_t at_us, int64_t valid_from_us)
{
    struct sim_catalog_plan *plan = planning->plan;
    assert(plan->count < SIM_CATALOG_ITEMS_MAX);
    struct sim_catalog_item *item = &plan->items[plan->count++];
    *item = (struct sim_catalog_item){.kind = kind,
                                      .at_us = later(at_us, EARLIEST_US),
                                      .valid_from_us = later(valid_from_us, EARLIEST_US),
                                      .valid_to_us = EVENT_ABSENT};
    return item;
}

static struct sim_catalog_item *add_cost(struct planning *planning, int64_t at_us, int64_t valid_from_us, enum sim_good good,
                                         int64_t cost_minor)
{
    struct sim_catalog_item *item = add(planning, EVENT_UNIT_COST, at_us, valid_from_us);
    item->good = good;
    item->cost_minor = cost_minor;
    return item;
}

/* The same version again, to be changed. */
static struct sim_catalog_item *restate(struct planning *planning, const struct sim_catalog_item *stated, int64_t at_us)
{
    struct sim_catalog_item copy = *stated, *item = add(planning, copy.kind, at_us, copy.valid_from_us);
    copy.at_us = item->at_us;
    *item = copy;
    return item;
}

static void change_cost(struct planning *planning, const struct sim_catalog_item *first)
{
    int64_t valid_from_us = instant(planning, 5, 95), at_us = stated_at(planning, valid_from_us);
    int64_t lasts_us = HOUR_US + random_between(&planning->random, 0, planning->length_us / 5);
    struct sim_catalog_item *change =
        add_cost(planning, at_us, valid_from_us, first->good, varied(planning, first->cost_minor, 850000, 1200000));
    if (random_chance(&planning->random, 100000))
        change->valid_to_us = change->valid_from_us + lasts_us;
    if (random_chance(&planning->random, 80000)) {
        struct sim_catalog_item *again = restate(planning, change, at_us + 1 + planning->length_us / 20);
        again->cost_minor = varied(planning, change->cost_minor, 930000, 1070000);
    }
    if (random_chance(&planning->random, 200000)) /* who knows when the old cost ends may say so */
        restate(planning, first, at_us)->valid_to_us = later(change->valid_from_us, first->valid_from_us + 1);
}

static void add_costs(struct planning *planning, enum sim_good good, int64_t cost_minor)
{
    struct sim_catalog_item *first = add_cost(planning, planning->known_us, planning->long_ago_us, good, cost_minor);
    if (random_chance(&planning->random, 50000)) {
        struct sim_catalog_item *again = restate(planning, first, instant(planning, 10, 90));
        again->cost_minor = varied(planning, cost_minor, 930000, 1070000);
    }
    int64_t changes = random_chance(&planning->random, 500000) ? random_between(&planning->random, 1, 2) : 0;
    for (; changes; changes--)
        change_cost(planning, first);
}

static void add_product(struct planning *planning, enum sim_good good)
{
    add(planning, EVENT_PRODUCT, planning->known_us, planning->long_ago_us)->good = good;
    if (!random_chance(&planning->random, 100000))
        return;
    int64_t valid_from_us = instant(planning, 5, 95);
    struct sim_catalog_item *change = add(planning, EVENT_PRODUCT, stated_at(planning, valid_from_us), valid_from_us);
    change->good = good;
    change->renamed = true;
}

static void add_component(struct sim_catalog_item *mapping, enum sim_good good, int64_t quantity)
{
    mapping->components[mapping->component_count++] = (struct sim_component){good, quantity};
}

static struct sim_catalog_item *add_mapping(struct planning *planning, int64_t at_us, int64_t valid_from_us, enum sim_good good,
                                            int64_t quantity)
{
    struct sim_catalog_item *mapping = add(planning, EVENT_SKU_MAPPING, at_us, valid_from_us);
    add_component(mapping, good, quantity);
    return mapping;
}

static void plan_bundle(struct planning *planning, int64_t cost_minor)
{
    int64_t quantity_a = random_between(&planning->random, 1, 3), quantity_b = random_between(&planning->random, 1, 2);
    bool has_b = random_chance(&planning->random, 500000), grows = random_chance(&planning->random, 500000);
    int64_t goods_minor = cost_minor - BOX_CENTS * planning->key->shop->unit, b_minor = has_b ? goods_minor / 3 : 0;
    struct sim_catalog_item *first = add_mapping(planning, planning->known_us, planning->long_ago_us, GOOD_PART_A, quantity_a);
    if (has_b)
        add_component(first, GOOD_PART_B, quantity_b);
    add_component(first, GOOD_BOX, 1);
    add_costs(planning, GOOD_PART_A, (goods_minor - b_minor) / quantity_a);
    add_product(planning, GOOD_PART_A);
    if (has_b) {
        add_costs(planning, GOOD_PART_B, b_minor / quantity_b);
        add_product(planning, GOOD_PART_B);
    }
    if (!random_chance(&planning->random, 700000))
        return;
    int64_t valid_from_us = instant(planning, 20, 80), at_us = stated_at(planning, valid_from_us);
    struct sim_catalog_item *change = restate(planning, first, at_us);
    change->valid_from_us = valid_from_us;
    change->components[0].quantity += grows || quantity_a == 1 ? 1 : -1;
    if (random_chance(&planning->random, 200000))
        restate(planning, change, at_us + 1 + planning->length_us / 20)->components[change->component_count - 1].quantity = 2;
}

/* Boxed for a while, then nothing: the version before does not come back. Some have a cost of their own for that time, for some a
 * new mapping begins after a gap. */
static void plan_lapsing(struct planning *planning, int64_t cost_minor)
{
    int64_t from_us = instant(planning, 10, 35), to_us = instant(planning, 40, 60), again_us = instant(planning, 65, 90);
    (void)add_mapping(planning, planning->known_us, planning->long_ago_us, GOOD_ITEM, 1);
    struct sim_catalog_item *boxed = add_mapping(planning, stated_at(planning, from_us), from_us, GOOD_ITEM, 1);
    add_component(boxed, GOOD_BOX, 1);
    boxed->valid_to_us = later(to_us, boxed->valid_from_us + HOUR_US);
    if (random_chance(&planning->random, 500000))
        add_costs(planning, GOOD_OWN, varied(planning, cost_minor, 900000, 1100000));
    if (random_chance(&planning->random, 500000))
        (void)add_mapping(planning, stated_at(planning, again_us), again_us, GOOD_ITEM, 1);
    add_costs(planning, GOOD_ITEM, cost_minor);
}

/* Spread evenly over the SKUs of a shop: each has its part of every hundred. */
static enum fate fate_of(const struct sim_catalog_key *key)
{
    static const struct {
        uint32_t below;
        enum fate fate;
    } fates[] = {{2, FATE_NEVER}, {7, FATE_LATER}, {17, FATE_BUNDLE}, {27, FATE_OWN}, {32, FATE_LAPSING}, {35, FATE_CORRECTED}};
    struct random random;
    random_seed(&random, key->seed ^ UINT64_C(0xfa7e), key->shop->number, 0);
    uint32_t draw = (uint32_t)(random_below(&random, 100) + key->sku * 37) % 100;
    for (size_t i = 0; i < sizeof fates / sizeof *fates; i++)
        if (draw < fates[i].below)
            return fates[i].fate;
    return FATE_PLAIN;
}

static void plan_one_to_one(struct planning *planning, enum fate fate, int64_t cost_minor)
{
    int64_t known_us = fate == FATE_LATER ? instant(planning, 10, 60) : planning->known_us;
    bool wrong = fate == FATE_CORRECTED;
    struct sim_catalog_item *mapping =
        add_mapping(planning, later(known_us, planning->known_us), planning->long_ago_us, GOOD_ITEM, wrong ? 2 : 1);
    if (wrong)
        restate(planning, mapping, instant(planning, 10, 60))->components[0].quantity = 1;
    add_costs(planning, GOOD_ITEM, cost_minor);
}

static void plan_sku(struct planning *planning)
{
    enum fate fate = fate_of(planning->key);
    int64_t cost_minor = varied(planning, planning->key->shop->skus[planning->key->sku].price_minor, 350000, 650000);
    switch (fate) {
    case FATE_BUNDLE:
        plan_bundle(planning, cost_minor);
        return;
    case FATE_NEVER:
        break;
    case FATE_OWN:
        add_costs(planning, GOOD_OWN, cost_minor);
        break;
    case FATE_LAPSING:
        plan_lapsing(planning, cost_minor);
        break;
    case FATE_LATER:
    case FATE_CORRECTED:
    case FATE_PLAIN:
        plan_one_to_one(planning, fate, cost_minor);
        break;
    }
    add_product(planning, fate == FATE_NEVER || fate == FATE_OWN ? GOOD_OWN : GOOD_ITEM);
}

static void plan_shop(struct planning *planning)
{
    (void)add(planning, EVENT_SHOP, planning->known_us, planning->long_ago_us);
    if (random_chance(&planning->random, 300000)) {
        int64_t valid_from_us = instant(planning, 5, 95);
        add(planning, EVENT_SHOP, stated_at(planning, valid_from_us), valid_from_us)->renamed = true;
    }
    add_costs(planning, GOOD_BOX, BOX_CENTS * planning->key->shop->unit);
    add_product(planning, GOOD_BOX);
}

/* Those of the same time in the order in which they were added, a microsecond apart: a revision is of one record. */
static void sort(struct sim_catalog_plan *plan)
{
    for (uint32_t i = 1; i < plan->count; i++) {
        struct sim_catalog_item item = plan->items[i];
        uint32_t at = i;
        for (; at && plan->items[at - 1].at_us > item.at_us; at--)
            plan->items[at] = plan->items[at - 1];
        plan->items[at] = item;
    }
    for (uint32_t i = 1; i < plan->count; i++)
        plan->items[i].at_us = later(plan->items[i].at_us, plan->items[i - 1].at_us + 1);
}

void sim_catalog_plan_make(const struct sim_catalog_key *key, struct sim_catalog_plan *ret_plan)
{
    struct planning planning = {.key = key,
                                .plan = ret_plan,
                                .length_us = key->end_us - key->start_us,
                                .long_ago_us = key->start_us - KNOWN_DAYS * DAY_US};
    random_seed(&planning.random, key->seed ^ UINT64_C(0xca7a), key->shop->number, key->sku);
    planning.known_us = key->start_us - random_between(&planning.random, HOUR_US, 6 * HOUR_US);
    ret_plan->count = 0;
    if (key->sku == key->shop->sku_count)
        plan_shop(&planning);
    else
        plan_sku(&planning);
    sort(ret_plan);
}

static struct text name_of(const struct sim_catalog_key *key, enum sim_good good, char *name, size_t size)
{
    unsigned shop = key->shop->number, sku = key->sku + 1;
    switch (good) {
    case GOOD_OWN:
        (void)snprintf(name, size, "%s", key->shop->skus[key->sku].id);
        break;
    case GOOD_ITEM:
        (void)snprintf(name, size, "item-%u-%03u", shop, sku);
        break;
    case GOOD_PART_A:
    case GOOD_PART_B:
        (void)snprintf(name, size, "part-%u-%03u-%c", shop, sku, good == GOOD_PART_A ? 'a' : 'b');
        break;
    case GOOD_BOX:
        (void)snprintf(name, size, "box-%u", shop);
        break;
    }
    return text_of(name);
}

static void make_mapping(const struct sim_catalog_key *key, const struct sim_catalog_item *item,
                         struct sim_catalog_scratch *scratch)
{
    for (uint32_t i = 0; i < item->component_count; i++)
        scratch->components[i] = (struct sku_component){
            name_of(key, item->components[i].good, scratch->names[i], sizeof scratch->names[i]), item->components[i].quantity};
    scratch->event.sku_mapping = (struct sku_mapping){.platform_sku = name_of(key, GOOD_OWN, scratch->sku, sizeof scratch->sku),
                                                      .valid_from_us = item->valid_from_us,
                                                      .valid_to_us = item->valid_to_us,
                                                      .components = scratch->components,
                                                      .component_count = item->component_count};
}

static void make_product(const struct sim_catalog_key *key, const struct sim_catalog_item *item,
                         struct sim_catalog_scratch *scratch)
{
    const struct sim_sku *sku = item->good == GOOD_BOX ? NULL : &key->shop->skus[key->sku];
    (void)snprintf(scratch->text, sizeof scratch->text, "%s%s", sku ? sku->name : "Gift box",
                   item->renamed ? ", new edition" : "");
    scratch->event.product = (struct product){.sku = name_of(key, item->good, scratch->sku, sizeof scratch->sku),
                                              .name = text_of(scratch->text),
                                              .category = text_of(sku ? sku->category : "packaging"),
                                              .brand = key->sku % 3 ? text_of("House of Tills") : (struct text){0},
                                              .valid_from_us = item->valid_from_us};
}

static void make_shop(const struct sim_catalog_key *key, const struct sim_catalog_item *item, struct sim_catalog_scratch *scratch)
{
    const struct sim_shop *shop = key->shop;
    (void)snprintf(scratch->text, sizeof scratch->text, "Shop %u%s", shop->number, item->renamed ? " and Sons" : "");
    scratch->event.shop = (struct shop_info){.name = text_of(scratch->text),
                                             .platform = text_of(shop->platform),
                                             .market = text_of(shop->market),
                                             .timezone = text_of(shop->zone_name),
                                             .opened_at_us = later(key->start_us - KNOWN_DAYS * DAY_US, EARLIEST_US),
                                             .valid_from_us = item->valid_from_us};
}

void sim_catalog_make(const struct sim_catalog_key *key, const struct sim_catalog_plan *plan, uint32_t index,
                      struct sim_catalog_scratch *ret_scratch)
{
    const struct sim_catalog_item *item = &plan->items[index];
    (void)snprintf(ret_scratch->event_id, sizeof ret_scratch->event_id, "cat-%u-%u-%u", key->shop->number, key->sku + 1, index);
    ret_scratch->event = (struct event){.kind = item->kind,
                                        .event_id = text_of(ret_scratch->event_id),
                                        .shop_id = text_of(key->shop->id),
                                        .revision = item->at_us,
                                        .occurred_at_us = item->at_us};
    if (item->kind == EVENT_SKU_MAPPING)
        make_mapping(key, item, ret_scratch);
    if (item->kind == EVENT_PRODUCT)
        make_product(key, item, ret_scratch);
    if (item->kind == EVENT_SHOP)
        make_shop(key, item, ret_scratch);
    if (item->kind != EVENT_UNIT_COST)
        return;
    ret_scratch->event.currency = text_of(key->shop->currency);
    ret_scratch->event.amount_scale = key->shop->amount_scale;
    ret_scratch->event.unit_cost = (struct unit_cost){.sku = name_of(key, item->good, ret_scratch->sku, sizeof ret_scratch->sku),
                                                      .cost_minor = item->cost_minor,
                                                      .valid_from_us = item->valid_from_us,
                                                      .valid_to_us = item->valid_to_us};
}
