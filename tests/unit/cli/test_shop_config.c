#include <criterion/criterion.h>
#include <string.h>

#include "cli/shop_config.h"

#define PATH SOURCE_DIR "/deploy/shops.yaml" /* where the text would stand: fee packs are found from there */

static struct yaml_file file;
static struct problems problems;
static struct shop_policies *policies;

static void load(const char *text)
{
    memset(&problems, 0, sizeof problems);
    cr_assert(yaml_text_read(&file, PATH, text, strlen(text), &problems), "%s", text);
    policies = shop_config_load(&file, yaml_get(file.root, "shops"), &problems);
}

static void close_all(void)
{
    shop_policies_free(policies);
    yaml_file_done(&file);
    problems_done(&problems);
}

static const struct shop_policy *policy_of(const char *shop_id)
{
    return shop_policies_of(policies, (struct text){shop_id, (uint32_t)strlen(shop_id)});
}

/* A problem of that key in that line of the file. */
static void assert_told(const char *key, unsigned line, const char *reason)
{
    for (size_t i = 0; i < problems.count; i++) {
        const struct problem *problem = &problems.items[i];
        if (strcmp(problem->key, key) != 0)
            continue;
        cr_assert_str_eq(problem->file, PATH);
        cr_assert_eq(problem->line, line, "%s: line %u", key, problem->line);
        cr_assert_not_null(strstr(problem->reason, reason), "%s: %s", key, problem->reason);
        return;
    }
    cr_assert_fail("nothing is said of %s", key);
}

Test(shop_config, without_shops_everybody_lives_in_utc_and_pays_nothing)
{
    load("pipeline: main\n");
    cr_assert_not_null(policies);
    cr_assert_str_eq(policy_of("shop-1")->zone_name, "UTC");
    cr_assert_null(policy_of("shop-1")->currency);
    cr_assert_eq(policy_of("shop-1")->amount_scale, -1);
    close_all();
}

Test(shop_config, fee_packs_are_found_from_the_folder_of_the_file)
{
    load("shops: {shop-1: {fees: fees/tiktok-us.yaml, currency: USD, amount_scale: 2}, shop-2: {fees: fees/tiktok-us.yaml}}\n");
    cr_assert_not_null(policies);
    cr_assert_eq(policy_of("shop-1")->fees, policy_of("shop-2")->fees);
    cr_assert_neq(policy_of("shop-1")->fees, policy_of("shop-3")->fees);
    cr_assert_str_eq(policy_of("shop-1")->currency, "USD");
    cr_assert_eq(policy_of("shop-1")->amount_scale, 2);
    cr_assert_null(policy_of("shop-2")->currency);
    close_all();
}

Test(shop_config, the_default_is_for_those_who_are_not_named)
{
    load("shops:\n  default: {timezone: Asia/Jakarta}\n  shop-1: {currency: USD}\n");
    cr_assert_not_null(policies);
    cr_assert_str_eq(policy_of("shop-9")->zone_name, "Asia/Jakarta");
    cr_assert_str_eq(policy_of("shop-1")->zone_name, "UTC");
    cr_assert_str_eq(policy_of("default")->zone_name, "Asia/Jakarta");
    close_all();
}

Test(shop_config, all_that_is_wrong_with_all_shops_is_told_at_once)
{
    load("shops:\n"
         "  default: {timezone: Mars/Olympus, amount_scale: 10}\n"
         "  shop-1: {currency: usd, fees: fees/nowhere.yaml}\n"
         "  shop-2: {timezon: UTC}\n"
         "  shop-3: UTC\n"
         "  shop-4: {timezone: [UTC]}\n");
    cr_assert_null(policies);
    assert_told("shops.default.timezone", 2, "Mars/Olympus");
    assert_told("shops.default.amount_scale", 2, "0 to 9");
    assert_told("shops.shop-1.currency", 3, "capital letters");
    assert_told("shops.shop-1.fees", 3, "fees/nowhere.yaml");
    assert_told("shops.shop-2.timezon", 4, "timezone");
    assert_told("shops.shop-3", 5, "map");
    assert_told("shops.shop-4.timezone", 6, "text");
    cr_assert_eq(problems.count, 7);
    close_all();
}

/* 2025-08-11 00:00 in Jakarta is 2025-08-10 17:00 UTC. */
Test(shop_config, a_shop_tells_when_it_opened_and_what_it_is)
{
    load("shops:\n  shop-1:\n    timezone: Asia/Jakarta\n    fees: fees/tiktok-id.yaml\n    opened: 2025-08-11\n"
         "    flags: [mall, {name: first_50_orders, to: \"2025-08-11 06:30\"}]\n");
    cr_assert_not_null(policies, "%s", problems.count ? problems.items[0].reason : "");
    const struct fee_seller *seller = &policy_of("shop-1")->seller;
    cr_assert_eq(seller->opened_at_us, INT64_C(1754845200000000));
    cr_assert_eq(seller->flag_count, 2);
    cr_assert(seller->flags[0].from_us == INT64_MIN && seller->flags[0].to_us == INT64_MAX);
    cr_assert(seller->flags[1].from_us == INT64_MIN);
    cr_assert_eq(seller->flags[1].to_us, INT64_C(1754868600000000));
    close_all();
}

Test(shop_config, what_is_wrong_with_flags_is_told_at_its_place)
{
    load("shops:\n  a: {fees: fees/tiktok-id.yaml, opened: yesterday}\n  b: {fees: fees/tiktok-id.yaml, flags: mall}\n"
         "  c:\n    fees: fees/tiktok-id.yaml\n    flags:\n    - mal\n    - {from: 2024-01-01}\n"
         "    - {name: mall, from: 2024-01-02, to: 2024-01-01}\n    - {name: mall, form: 2024-01-02}\n");
    cr_assert_null(policies);
    assert_told("shops.a.opened", 2, "no local time");
    assert_told("shops.b.flags", 3, "must be a list");
    assert_told("shops.c.flags[0]", 7, "did you mean mall?");
    assert_told("shops.c.flags[1]", 8, "which flag?");
    assert_told("shops.c.flags[2].to", 9, "ends before it begins");
    assert_told("shops.c.flags[3].form", 10, "did you mean from?");
    close_all();
}
