#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "common/hash.h"
#include "producers/sim_catalog.h"
#include "producers/simulator.h"
#include "schemas/wire.h"

#define START_US INT64_C(1767225600000000) /* 2026-01-01 */
#define DAY_US INT64_C(86400000000)
#define SHOPS 5

static struct simulator_config config_of(uint64_t seed)
{
    printf("seed %llu\n", (unsigned long long)seed);
    return (struct simulator_config){
        .seed = seed, .shops = SHOPS, .days = 30, .orders = 1000, .start_us = START_US, .refund_ppm = 85000};
}

static struct simulator *start(const struct simulator_config *config)
{
    struct err err = {0};
    struct simulator *simulator = simulator_new(config, &err);
    cr_assert_not_null(simulator, "%s", err.text);
    return simulator;
}

static struct sim_catalog_key key_of(const struct simulator *simulator, uint32_t shop, uint32_t sku)
{
    return (struct sim_catalog_key){simulator_shop(simulator, shop), 1, sku, START_US, START_US + 30 * DAY_US};
}

/* The plain bytes of the catalog's records. */
static uint64_t hash_of(const struct simulator_config *config, uint64_t *ret_records)
{
    struct err err = {0};
    struct simulator *simulator = start(config);
    struct wire_encoder *encoder = wire_encoder_new(&err);
    struct sim_item item;
    uint64_t hash = 0;
    *ret_records = 0;
    while (simulator_next(simulator, &item)) {
        const uint8_t *bytes;
        size_t len;
        if (event_topic_of(item.event->kind) != TOPIC_CATALOG)
            continue;
        cr_assert(wire_encode(encoder, item.event, &bytes, &len, &err), "%s", err.text);
        hash = XXH3_64bits_withSeed(bytes, len, hash ^ (uint64_t)item.log_time_us ^ item.malformed);
        ++*ret_records;
    }
    wire_encoder_free(encoder);
    simulator_free(simulator);
    return hash;
}

Test(sim_catalog, the_same_seed_gives_the_same_bytes_and_another_one_others)
{
    struct simulator_config config = config_of(1), other = config_of(2);
    uint64_t records, same;
    config.duplicate_ppm = config.late_ppm = config.malformed_ppm = 20000;
    uint64_t hash = hash_of(&config, &records);
    cr_assert_gt(records, 500);
    cr_assert_eq(hash, hash_of(&config, &same));
    cr_assert_eq(records, same);
    cr_assert_neq(hash, hash_of(&other, &same));
    config.orders = 10;
    config.refund_ppm = 0;
    cr_assert_eq(hash, hash_of(&config, &same), "it does not depend on what is bought");
}

Test(sim_catalog, single_lives_have_none)
{
    struct simulator_config config = config_of(3);
    uint64_t records;
    config.single_lives = true;
    (void)hash_of(&config, &records);
    cr_assert_eq(records, 0);
}

/* Two thirds of the records, about, come before the first order; those of the history at their times. */
Test(sim_catalog, what_is_known_from_the_beginning_comes_before_the_first_order)
{
    struct simulator_config config = config_of(4);
    struct simulator *simulator = start(&config);
    struct sim_item item;
    uint64_t before = 0, during = 0;
    while (simulator_next(simulator, &item)) {
        if (event_topic_of(item.event->kind) != TOPIC_CATALOG) {
            cr_assert_geq(item.log_time_us, START_US);
            continue;
        }
        cr_assert_eq(item.log_time_us, item.event->revision);
        cr_assert_gt(item.log_time_us, START_US - DAY_US);
        before += item.log_time_us < START_US;
        during += item.log_time_us >= START_US;
    }
    printf("%lu before, %lu during\n", before, during);
    cr_assert_gt(before, 400);
    cr_assert_gt(during, 100);
    simulator_free(simulator);
}

/* What a plan states of a kind, and of these how many before the history begins. */
static uint32_t count_of(const struct sim_catalog_plan *plan, enum event_kind kind, uint32_t *ret_known)
{
    uint32_t count = 0;
    *ret_known = 0;
    for (uint32_t i = 0; i < plan->count; i++) {
        count += plan->items[i].kind == kind;
        *ret_known += plan->items[i].kind == kind && plan->items[i].at_us < START_US;
    }
    return count;
}

Test(sim_catalog, of_a_hundred_skus_2_have_nothing_5_are_mapped_later_10_are_bundles_and_10_are_their_own)
{
    struct simulator_config config = config_of(1);
    uint32_t skus = 0, nothing = 0, late = 0, bundles = 0, own = 0, known;
    config.shops = 100;
    struct simulator *simulator = start(&config);
    for (uint32_t s = 0; s < config.shops; s++) {
        for (uint32_t i = 0; i < simulator_shop(simulator, s)->sku_count; i++) {
            struct sim_catalog_key key = key_of(simulator, s, i);
            struct sim_catalog_plan plan;
            sim_catalog_plan_make(&key, &plan);
            bool costs = count_of(&plan, EVENT_UNIT_COST, &known) != 0;
            uint32_t mappings = count_of(&plan, EVENT_SKU_MAPPING, &known);
            skus++;
            nothing += !mappings && !costs;
            own += !mappings && costs;
            late += mappings && !known;
            for (uint32_t k = 0; k < plan.count; k++) {
                if (plan.items[k].kind != EVENT_SKU_MAPPING)
                    continue;
                bundles += plan.items[k].component_count > 1 && plan.items[k].components[0].good == GOOD_PART_A;
                cr_assert(known || plan.items[k].valid_from_us < START_US - 300 * DAY_US, "mapped later, but from long ago on");
                break;
            }
        }
    }
    printf("%u of %u nothing, %u late, %u bundles, %u own\n", nothing, skus, late, bundles, own);
    cr_assert(nothing * 1000 > skus * 15 && nothing * 1000 < skus * 25);
    cr_assert(late * 1000 > skus * 40 && late * 1000 < skus * 60);
    cr_assert(bundles * 1000 > skus * 90 && bundles * 1000 < skus * 110);
    cr_assert(own * 1000 > skus * 90 && own * 1000 < skus * 110);
    simulator_free(simulator);
}

/* A bundle's parts and box are together what one item would be, but for what division leaves. */
Test(sim_catalog, a_unit_costs_35_to_65_percent_of_its_price_as_first_stated)
{
    struct simulator_config config = config_of(1);
    struct simulator *simulator = start(&config);
    for (uint32_t s = 0; s < SHOPS; s++) {
        const struct sim_shop *shop = simulator_shop(simulator, s);
        for (uint32_t i = 0; i < shop->sku_count; i++) {
            struct sim_catalog_key key = key_of(simulator, s, i);
            struct sim_catalog_plan plan;
            sim_catalog_plan_make(&key, &plan);
            for (uint32_t k = 0; k < plan.count; k++) {
                const struct sim_catalog_item *item = &plan.items[k];
                if (item->kind != EVENT_UNIT_COST)
                    continue;
                cr_assert_gt(item->cost_minor, 0);
                if (item->good == GOOD_ITEM && item->at_us < START_US)
                    cr_assert(item->cost_minor * 100 >= shop->skus[i].price_minor * 34 &&
                              item->cost_minor * 100 <= shop->skus[i].price_minor * 66 * 12 / 10);
            }
        }
    }
    simulator_free(simulator);
}

/* How often what is meant to be found is there. */
struct found {
    uint32_t announced, late, restated, expiring, changed_bundles, corrected_mappings, renamed;
};

static void look(const struct sim_catalog_plan *plan, struct found *found)
{
    for (uint32_t i = 0; i < plan->count; i++) {
        const struct sim_catalog_item *item = &plan->items[i];
        bool first = true;
        cr_assert(!i || item->at_us > plan->items[i - 1].at_us, "revisions differ");
        cr_assert(item->valid_to_us == EVENT_ABSENT || item->valid_to_us > item->valid_from_us);
        for (uint32_t k = 0; k < i; k++) {
            const struct sim_catalog_item *before = &plan->items[k];
            if (before->kind != item->kind || before->good != item->good)
                continue;
            first = false;
            if (before->valid_from_us != item->valid_from_us)
                continue;
            found->restated += item->kind == EVENT_UNIT_COST && before->cost_minor != item->cost_minor;
            found->corrected_mappings += item->kind == EVENT_SKU_MAPPING;
        }
        bool mapping = item->kind == EVENT_SKU_MAPPING;
        found->announced += !first && item->kind == EVENT_UNIT_COST && item->at_us < item->valid_from_us;
        found->late += !first && item->kind == EVENT_UNIT_COST && item->at_us > item->valid_from_us + DAY_US / 3 &&
                       item->valid_from_us > START_US;
        found->expiring += mapping && item->valid_to_us != EVENT_ABSENT;
        found->changed_bundles += mapping && !first && item->components[0].good == GOOD_PART_A;
        found->renamed += item->renamed;
    }
}

Test(sim_catalog, changes_are_announced_or_come_to_light_late_and_some_are_restated)
{
    struct simulator_config config = config_of(1);
    struct simulator *simulator = start(&config);
    struct found found = {0};
    for (uint32_t s = 0; s < SHOPS; s++) {
        for (uint32_t i = 0; i <= simulator_shop(simulator, s)->sku_count; i++) {
            struct sim_catalog_key key = key_of(simulator, s, i);
            struct sim_catalog_plan plan;
            sim_catalog_plan_make(&key, &plan);
            cr_assert_gt(plan.count, 0);
            look(&plan, &found);
        }
    }
    printf("announced %u late %u restated %u expiring %u bundles %u corrected %u renamed %u\n", found.announced, found.late,
           found.restated, found.expiring, found.changed_bundles, found.corrected_mappings, found.renamed);
    cr_assert_gt(found.announced, 20);
    cr_assert_gt(found.late, 10);
    cr_assert_gt(found.restated, 5);
    cr_assert_gt(found.expiring, 3);
    cr_assert_gt(found.changed_bundles, 5);
    cr_assert_gt(found.corrected_mappings, 3);
    cr_assert_gt(found.renamed, 5);
    simulator_free(simulator);
}

/* A history that is over as it begins, and the first one that an event may be of. */
Test(sim_catalog, is_made_for_any_history)
{
    const int64_t starts_us[] = {INT64_C(946684800000000), START_US};
    struct simulator_config config = config_of(1);
    struct simulator *simulator = start(&config);
    for (size_t s = 0; s < 2; s++) {
        for (int64_t days = 0; days < 3; days++) {
            for (uint32_t i = 0; i <= simulator_shop(simulator, 0)->sku_count; i++) {
                struct sim_catalog_key key = {simulator_shop(simulator, 0), 1, i, starts_us[s], starts_us[s] + days * DAY_US};
                struct sim_catalog_plan plan;
                sim_catalog_plan_make(&key, &plan);
                for (uint32_t k = 0; k < plan.count; k++) {
                    cr_assert_geq(plan.items[k].at_us, starts_us[0]);
                    cr_assert_geq(plan.items[k].valid_from_us, starts_us[0]);
                    if (plan.items[k].valid_to_us != EVENT_ABSENT)
                        cr_assert_gt(plan.items[k].valid_to_us, plan.items[k].valid_from_us);
                }
            }
        }
    }
    simulator_free(simulator);
}
