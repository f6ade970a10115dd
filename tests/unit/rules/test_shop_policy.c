#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "rules/shop_policy.h"

#define PACK SOURCE_DIR "/deploy/fees/tiktok-us.yaml"
#define OTHER_PACK SOURCE_DIR "/deploy/fees/none.yaml"

static struct shop_policies *make(const struct shop_setting *settings, size_t count)
{
    struct problems problems = {.count = 0};
    struct shop_policies *policies = shop_policies_new(settings, count, NULL, &problems);
    cr_assert_not_null(policies, "%s", problems.count ? problems.items[0].reason : "");
    cr_assert_eq(problems.count, 0);
    return policies;
}

Test(shop_policy, a_named_shop_has_its_own_policy_and_the_others_the_default)
{
    const struct shop_setting settings[] = {
        {.shop_id = "shop-7", .timezone = "Asia/Jakarta", .currency = "IDR", .amount_scale = 0},
        {.timezone = "America/Los_Angeles", .fees_path = PACK, .amount_scale = -1},
    };
    struct shop_policies *policies = make(settings, 2);
    const struct shop_policy *named = shop_policies_of(policies, text_of("shop-7"));
    const struct shop_policy *other = shop_policies_of(policies, text_of("shop-8"));
    cr_assert_str_eq(named->zone_name, "Asia/Jakarta");
    cr_assert_eq(zone_offset_s(named->zone, 0), 25200);
    cr_assert_str_eq(named->fees->name, "none");
    cr_assert_eq(named->fees->rule_count, 0);
    cr_assert_str_eq(named->currency, "IDR");
    cr_assert_eq(named->amount_scale, 0);
    cr_assert_str_eq(other->zone_name, "America/Los_Angeles");
    cr_assert_eq(strncmp(other->fees->name, "tiktok-us@", 10), 0);
    cr_assert_null(other->currency);
    cr_assert_eq(other->amount_scale, -1);
    shop_policies_free(policies);
}

Test(shop_policy, only_the_whole_id_is_the_shop)
{
    const struct shop_setting settings[] = {
        {.shop_id = "shop", .timezone = "Asia/Tokyo", .amount_scale = -1}};
    static const char *const others[] = {"sho", "shop-", "shoq", "", "shnp", "Shop"};
    struct shop_policies *policies = make(settings, 1);
    cr_assert_str_eq(shop_policies_of(policies, text_of("shop"))->zone_name, "Asia/Tokyo");
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        cr_assert_str_eq(shop_policies_of(policies, text_of(others[i]))->zone_name, "UTC", "%s", others[i]);
    shop_policies_free(policies);
}

Test(shop_policy, without_any_setting_shops_live_in_utc_and_are_charged_nothing)
{
    struct shop_policies *policies = make(NULL, 0);
    const struct shop_policy *policy = shop_policies_of(policies, text_of("any"));
    cr_assert_str_eq(policy->zone_name, "UTC");
    cr_assert_eq(zone_day(policy->zone, 0), 0);
    cr_assert_str_eq(policy->fees->name, "none");
    cr_assert(policy->currency == NULL && policy->amount_scale == -1);
    shop_policies_free(policies);
}

Test(shop_policy, every_one_of_two_thousand_shops_is_found_and_they_share_zones_and_packs)
{
    enum { SHOPS = 2000 };
    static char ids[SHOPS][16];
    static struct shop_setting settings[SHOPS];
    for (int i = 0; i < SHOPS; i++) {
        (void)snprintf(ids[i], sizeof ids[i], "shop-%d", (i * 7919) % SHOPS);
        settings[i] = (struct shop_setting){.shop_id = ids[i],
                                            .timezone = i % 2 ? "Europe/London" : "Asia/Jakarta",
                                            .fees_path = i % 3 ? PACK : OTHER_PACK,
                                            .amount_scale = i};
    }
    struct shop_policies *policies = make(settings, SHOPS);
    const struct shop_policy *first[6];
    for (int i = 0; i < SHOPS; i++) {
        const struct shop_policy *policy = shop_policies_of(policies, text_of(ids[i]));
        cr_assert_eq(policy->amount_scale, i);
        if (i < 6)
            first[i] = policy;
        cr_assert_eq(policy->zone, first[i % 6]->zone);
        cr_assert_eq(policy->fees, first[i % 6]->fees);
    }
    cr_assert_neq(first[0]->zone, first[1]->zone);
    cr_assert_neq(first[0]->fees, first[1]->fees);
    shop_policies_free(policies);
}

Test(shop_policy, texts_of_the_settings_are_not_needed_afterwards)
{
    char id[] = "shop-1", zone[] = "Asia/Tokyo", currency[] = "JPY";
    const struct shop_setting setting = {
        .shop_id = id, .timezone = zone, .currency = currency, .amount_scale = 0};
    struct shop_policies *policies = make(&setting, 1);
    memset(id, 'x', sizeof id - 1);
    memset(zone, 'x', sizeof zone - 1);
    memset(currency, 'x', sizeof currency - 1);
    const struct shop_policy *policy = shop_policies_of(policies, text_of("shop-1"));
    cr_assert_str_eq(policy->zone_name, "Asia/Tokyo");
    cr_assert_str_eq(policy->currency, "JPY");
    shop_policies_free(policies);
}

Test(shop_policy, everything_wrong_is_said_at_its_place_at_once)
{
    const struct shop_setting settings[] = {
        {.shop_id = "a",
         .timezone = "Asia/Jakrta",
         .amount_scale = -1,
         .timezone_at = {"till.yaml", 12, 20, "shops.a.timezone"}},
        {.shop_id = "b",
         .fees_path = SOURCE_DIR "/deploy/fees/no-such.yaml",
         .amount_scale = -1,
         .fees_at = {"till.yaml", 13, 9, "shops.b.fees"}},
        {.timezone = "Mars", .amount_scale = -1},
    };
    struct problems problems = {.count = 0};
    cr_assert_null(shop_policies_new(settings, 3, NULL, &problems));
    cr_assert_eq(problems.count, 3);
    cr_assert_str_eq(problems.items[0].file, "till.yaml");
    cr_assert(problems.items[0].line == 12 && problems.items[0].column == 20);
    cr_assert_str_eq(problems.items[0].key, "shops.a.timezone");
    cr_assert(strstr(problems.items[0].reason, "did you mean Asia/Jakarta?"), "%s", problems.items[0].reason);
    cr_assert(problems.items[1].line == 13 && problems.items[1].column == 9);
    cr_assert(strstr(problems.items[1].reason, "cannot read the fee pack"), "%s", problems.items[1].reason);
    problems_done(&problems);
}

Test(shop_policy, a_wrong_pack_is_reported_once_however_many_shops_use_it)
{
    const char *path = BINARY_DIR "/wrong-pack.yaml";
    FILE *file = fopen(path, "w");
    cr_assert_not_null(file);
    (void)fputs("name: p\ntimezone: UTC\nrules: [{name: r, class: platform, base: list, rate_ppm: 1}]\n",
                file);
    cr_assert_eq(fclose(file), 0);
    const struct shop_setting settings[] = {{.shop_id = "a", .fees_path = path, .amount_scale = -1},
                                            {.shop_id = "b", .fees_path = path, .amount_scale = -1}};
    struct problems problems = {.count = 0};
    cr_assert_null(shop_policies_new(settings, 2, NULL, &problems));
    cr_assert_eq(problems.count, 1);
    cr_assert_str_eq(problems.items[0].file, path);
    cr_assert(strstr(problems.items[0].reason, "source is missing"), "%s", problems.items[0].reason);
    problems_done(&problems);
    cr_assert_eq(remove(path), 0);
}

static uint64_t flags_at(const struct fee_seller *seller, int64_t at_us)
{
    uint64_t flags = 0;
    for (uint32_t i = 0; i < seller->flag_count; i++)
        if (at_us >= seller->flags[i].from_us && at_us < seller->flags[i].to_us)
            flags |= UINT64_C(1) << seller->flags[i].bit;
    return flags;
}

/* 2024-02-10 00:00 in Los Angeles is 08:00 UTC; 2024-04-10 is 07:00. */
Test(shop_policy, a_shop_has_its_flags_and_its_opening_by_its_own_clock)
{
    const struct shop_flag_setting flags[] = {
        {"reduced_rate", INT64_MIN, INT64_MAX, {0}},
        {"new_seller", INT64_C(1707523200000000), INT64_C(1712707200000000), {0}}};
    const struct shop_setting settings[] = {{.shop_id = "shop",
                                             .timezone = "America/Los_Angeles",
                                             .fees_path = PACK,
                                             .amount_scale = -1,
                                             .opened_local_us = INT64_C(1707523200000000),
                                             .flags = flags,
                                             .flag_count = 2},
                                            {.fees_path = PACK, .amount_scale = -1}};
    struct shop_policies *policies = make(settings, 2);
    const struct fee_seller *seller = &shop_policies_of(policies, text_of("shop"))->seller;
    cr_assert_eq(seller->opened_at_us, INT64_C(1707552000000000));
    cr_assert_eq(flags_at(seller, INT64_C(1707552000000000) - 1), 2, "reduced_rate is the second flag of the pack");
    cr_assert_eq(flags_at(seller, INT64_C(1707552000000000)), 3);
    cr_assert_eq(flags_at(seller, INT64_C(1712732400000000) - 1), 3);
    cr_assert_eq(flags_at(seller, INT64_C(1712732400000000)), 2);
    cr_assert_eq(shop_policies_of(policies, text_of("other"))->seller.opened_at_us, EVENT_ABSENT);
    cr_assert_eq(shop_policies_of(policies, text_of("other"))->seller.flag_count, 0);
    shop_policies_free(policies);
}

Test(shop_policy, a_flag_that_the_pack_does_not_know_is_refused_at_its_place)
{
    const struct shop_flag_setting flags[] = {{"new_sellr", INT64_MIN, INT64_MAX, {"t.yaml", 7, 9, "shops.s.flags[0]"}},
                                              {"mall", INT64_MIN, INT64_MAX, {"t.yaml", 7, 20, "shops.s.flags[1]"}}};
    const struct shop_setting setting = {.shop_id = "s", .fees_path = PACK, .amount_scale = -1, .flags = flags, .flag_count = 2};
    struct problems problems = {.count = 0};
    cr_assert_null(shop_policies_new(&setting, 1, NULL, &problems));
    cr_assert_eq(problems.count, 2);
    cr_assert(problems.items[0].line == 7 && problems.items[0].column == 9);
    cr_assert_not_null(strstr(problems.items[0].reason, "did you mean new_seller?"), "%s", problems.items[0].reason);
    cr_assert_not_null(strstr(problems.items[1].reason, "knows no flag \"mall\""), "%s", problems.items[1].reason);
    problems_done(&problems);
}
