#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "common/hash.h"
#include "producers/simulator.h"
#include "schemas/wire.h"

#define START_US INT64_C(1767225600000000) /* 2026-01-01 */
#define DAY_US INT64_C(86400000000)
#define SHOPS 5
#define DAYS 40

static struct simulator_config config_of(uint64_t seed)
{
    printf("seed %llu\n", (unsigned long long)seed);
    return (struct simulator_config){.seed = seed, .shops = SHOPS, .days = 25, .orders = 8000, .start_us = START_US,
                                     .refund_ppm = 150000, .leak_ppm = 20000};
}

static bool is_type(const struct settlement *settlement, const char *type)
{
    return settlement->native_type.len == strlen(type) && memcmp(settlement->native_type.ptr, type, strlen(type)) == 0;
}

Test(sim_statement, ads_are_paid_as_first_reported_and_reserves_come_back)
{
    struct simulator_config config = config_of(25);
    struct err err = {0};
    struct simulator *simulator = simulator_new(&config, &err);
    struct sim_item item;
    int64_t spend[SHOPS][DAYS] = {{0}}, reserve[SHOPS] = {0}, most = 0;
    uint64_t ads = 0, collected = 0, released = 0;
    while (simulator_next(simulator, &item)) {
        const struct settlement *settlement = &item.event->settlement;
        if (item.event->kind == EVENT_AD_SPEND && item.event->revision % 10 == 0)
            spend[item.shop->number - 1][item.event->ad_spend.day - START_US / DAY_US] += item.event->ad_spend.spend_minor;
        if (item.event->kind != EVENT_SETTLEMENT || settlement->order_id.ptr)
            continue;
        int64_t day = settlement->settled_at_us / DAY_US - START_US / DAY_US, amount = settlement->amounts[0].amount_minor;
        if (is_type(settlement, "GMV payment for TikTok Ads")) {
            cr_assert_eq(amount, -spend[item.shop->number - 1][day - 1]);
            ads++;
            continue;
        }
        cr_assert(is_type(settlement, amount < 0 ? "Reserve collected" : "Reserve released"));
        reserve[item.shop->number - 1] += amount;
        cr_assert_leq(reserve[item.shop->number - 1], 0, "nothing is released before it was collected");
        most = reserve[item.shop->number - 1] < most ? reserve[item.shop->number - 1] : most;
        *(amount < 0 ? &collected : &released) += 1;
    }
    printf("%lu ads, %lu collected, %lu released\n", ads, collected, released);
    cr_assert_eq(ads, 2 * 24, "two shops are tiktok_shop");
    cr_assert_gt(released, 0);
    cr_assert_geq(collected, released);
    cr_assert_lt(most, 0);
    simulator_free(simulator);
}

Test(sim_statement, the_same_seed_gives_the_same_bytes_and_single_lives_have_none)
{
    struct simulator_config config = config_of(26);
    uint64_t hashes[2] = {0}, records[2] = {0};
    config.duplicate_ppm = config.late_ppm = config.malformed_ppm = 20000;
    for (int turn = 0; turn < 3; turn++) {
        struct err err = {0};
        struct sim_item item;
        config.single_lives = turn == 2;
        struct simulator *simulator = simulator_new(&config, &err);
        struct wire_encoder *encoder = wire_encoder_new(&err);
        while (simulator_next(simulator, &item)) {
            const uint8_t *bytes;
            size_t len;
            if (item.event->kind != EVENT_SETTLEMENT)
                continue;
            cr_assert_lt(turn, 2);
            cr_assert(wire_encode(encoder, item.event, &bytes, &len, &err), "%s", err.text);
            hashes[turn] = XXH3_64bits_withSeed(bytes, len, hashes[turn] ^ (uint64_t)item.log_time_us ^ item.malformed);
            records[turn]++;
        }
        wire_encoder_free(encoder);
        simulator_free(simulator);
    }
    cr_assert_gt(records[0], 2000);
    cr_assert_eq(hashes[0], hashes[1]);
}
