#include <criterion/criterion.h>
#include <stdio.h>
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
    policies = shop_config_load(&file, yaml_get(file.root, "shops"), yaml_get(file.root, "calendar"), &problems);
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

#define US_PER_DAY INT64_C(86400000000)
#define NOVEMBER_27 (INT64_C(20784) * US_PER_DAY) /* 2026-11-27 00:00 UTC */
#define HOURS(n) ((n) * INT64_C(3600000000))

static const char *event_at(const char *shop_id, int64_t at_us)
{
    const struct calendar_event *event = calendar_over(policy_of(shop_id)->calendar, at_us, at_us + 1);
    return event ? event->name : NULL;
}

/* Midnight of Jakarta is 17:00 UTC of the day before, that of Los Angeles in winter 08:00 UTC. */
Test(shop_config, an_event_begins_and_ends_at_each_shops_own_midnight)
{
    load("shops: {a: {timezone: Asia/Jakarta}, b: {timezone: America/Los_Angeles}}\n"
         "calendar: [{name: black friday, from: 2026-11-27, to: 2026-11-28, action: widen 2.5}]\n");
    cr_assert_not_null(policies, "%s", problems.count ? problems.items[0].reason : "");
    cr_assert_null(event_at("a", NOVEMBER_27 - HOURS(7) - 1));
    cr_assert_str_eq(event_at("a", NOVEMBER_27 - HOURS(7)), "black friday");
    cr_assert_null(event_at("a", NOVEMBER_27 + HOURS(17)));
    cr_assert_null(event_at("b", NOVEMBER_27 + HOURS(8) - 1));
    cr_assert_str_eq(event_at("b", NOVEMBER_27 + HOURS(8)), "black friday");
    cr_assert_str_eq(event_at("unnamed", NOVEMBER_27), "black friday");
    const struct calendar_event *event = calendar_over(policy_of("b")->calendar, INT64_MIN, INT64_MAX);
    cr_assert(event->action == CALENDAR_WIDEN && event->factor == 2.5);
    close_all();
}

Test(shop_config, an_event_may_be_of_some_shops_or_markets_only)
{
    load("shops:\n  default: {market: US, currency: USD}\n  a: {market: ID}\n  b: {market: TH}\n  c: {}\ncalendar:\n"
         "- {name: asia, from: 2026-11-27, to: \"2026-11-27 01:00\", markets: [TH, ID], action: mute}\n"
         "- {name: some, from: \"2026-11-27 01:00\", to: \"2026-11-27 02:00\", shops: [zz, b, zz], action: mute}\n"
         "- {name: both, from: \"2026-11-27 02:00\", to: \"2026-11-27 03:00\", shops: [a, zz], markets: [US], action: mute}\n");
    cr_assert_not_null(policies, "%s", problems.count ? problems.items[0].reason : "");
    const struct {
        const char *shop_id, *events[3];
    } cases[] = {{"a", {"asia", NULL, NULL}},
                 {"b", {"asia", "some", NULL}},
                 {"c", {NULL, NULL, NULL}},
                 {"zz", {NULL, "some", "both"}},
                 {"unnamed", {NULL, NULL, NULL}}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (int hour = 0; hour < 3; hour++) {
            const char *name = event_at(cases[i].shop_id, NOVEMBER_27 + HOURS(hour)), *expected = cases[i].events[hour];
            cr_assert((!name && !expected) || (name && expected && strcmp(name, expected) == 0), "%s in hour %d", cases[i].shop_id,
                      hour);
        }
    cr_assert_null(policy_of("unnamed")->calendar, "nothing to look up where there is nothing");
    cr_assert_str_eq(policy_of("zz")->currency, "USD", "otherwise as every shop that is not named");
    close_all();
}

Test(shop_config, shops_of_one_zone_that_know_the_same_events_share_a_calendar)
{
    load("shops: {a: {timezone: Asia/Jakarta}, b: {timezone: Asia/Jakarta}, c: {}, d: {timezone: Asia/Jakarta}}\n"
         "calendar:\n- {name: x, from: 2026-11-27, to: 2026-11-28, action: mute}\n"
         "- {name: y, from: 2026-11-28, to: 2026-11-29, shops: [d], action: mute}\n");
    cr_assert_not_null(policies);
    cr_assert_not_null(policy_of("a")->calendar);
    cr_assert_eq(policy_of("a")->calendar, policy_of("b")->calendar);
    cr_assert_neq(policy_of("a")->calendar, policy_of("c")->calendar);
    cr_assert_neq(policy_of("a")->calendar, policy_of("d")->calendar);
    cr_assert_eq(policy_of("c")->calendar, policy_of("unnamed")->calendar);
    close_all();
}

Test(shop_config, a_calendar_outlives_the_text_it_was_read_from)
{
    load("calendar: [{name: sale, from: 2026-11-27, to: 2026-11-28, shops: [a], action: mute}]\n");
    cr_assert_not_null(policies);
    yaml_file_done(&file);
    memset(&file, 0, sizeof file);
    cr_assert_str_eq(event_at("a", NOVEMBER_27), "sale");
    close_all();
}

Test(shop_config, all_that_is_wrong_with_a_calendar_is_told_at_its_place)
{
    load("shops: {a: {market: id}, b: {market: TH}}\n"
         "calendar:\n"
         "- black friday\n"
         "- {from: 2026-11-27, to: 2026-11-28, action: mute}\n"
         "- {name: x, to: 2026-11-28, action: mute}\n"
         "- {name: x, from: 2026-11-27, action: mute}\n"
         "- {name: x, from: 2026-11-27, to: 2026-11-27, action: mute}\n"
         "- {name: x, from: 2026-02-29, to: 2026-11-27, action: mute}\n"
         "- {name: x, from: 2026-01-01, to: 2026-04-04, action: mute}\n"
         "- {name: x, from: 2026-11-27, to: 2026-11-28}\n"
         "- {name: x, from: 2026-11-27, to: 2026-11-28, action: widen}\n"
         "- {name: x, from: 2026-11-27, to: 2026-11-28, action: mute, shops: []}\n"
         "- {name: x, from: 2026-11-27, to: 2026-11-28, action: mute, shops: [\"\"]}\n"
         "- {name: x, from: 2026-11-27, to: 2026-11-28, action: mute, markets: TH}\n"
         "- {name: x, from: 2026-11-27, to: 2026-11-28, action: mute, markets: [TH, MY]}\n"
         "- {name: x, form: 2026-11-27, from: 2026-11-27, to: 2026-11-28, action: mute}\n");
    cr_assert_null(policies);
    assert_told("shops.a.market", 1, "two capital letters");
    assert_told("calendar[0]", 3, "map of name, from, to");
    assert_told("calendar[1]", 4, "no name");
    assert_told("calendar[2]", 5, "no \"from\"");
    assert_told("calendar[3]", 6, "no \"to\"");
    assert_told("calendar[4].to", 7, "is not after");
    assert_told("calendar[5].from", 8, "no local time");
    assert_told("calendar[6].to", 9, "more than 92 days");
    assert_told("calendar[7]", 10, "no action");
    assert_told("calendar[8].action", 11, "like widen 2");
    assert_told("calendar[9].shops", 12, "must be a list");
    assert_told("calendar[10].shops[0]", 13, "id of a shop");
    assert_told("calendar[11].markets", 14, "must be a list");
    assert_told("calendar[12].markets[1]", 15, "shops.SHOP.market");
    assert_told("calendar[13].form", 16, "did you mean from?");
    cr_assert_eq(problems.count, 15);
    close_all();
}

Test(shop_config, an_action_is_a_word_and_a_factor_that_widens)
{
    static const char *const bad[] = {"Mute", "mute 2", "widen 1", "widen 0.5", "widen 101", "widen -2", "widen nan", "widen 0x3",
                                      "widen 2x", "widen 1.2.3", "widen 00000000003", "widen  2", "", "widen inf", "widen ."};
    static const char *const good[] = {"mute", "widen 2", "widen 1.01", "widen 100"};
    char text[200];
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        (void)snprintf(text, sizeof text, "calendar: [{name: x, from: 2026-11-27, to: 2026-11-28, action: \"%s\"}]\n", bad[i]);
        load(text);
        cr_assert_null(policies, "%s", bad[i]);
        assert_told("calendar[0].action", 1, "neither mute nor widen");
        close_all();
    }
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        (void)snprintf(text, sizeof text, "calendar: [{name: x, from: 2026-11-27, to: 2026-11-28, action: %s}]\n", good[i]);
        load(text);
        cr_assert_not_null(policies, "%s", good[i]);
        close_all();
    }
}

Test(shop_config, a_calendar_is_a_list_of_bounded_length)
{
    static char text[64 * (CALENDAR_EVENTS_MAX + 2)];
    load("calendar: {name: x}\n");
    cr_assert_null(policies);
    assert_told("calendar", 1, "must be a list of events");
    close_all();
    for (int count = CALENDAR_EVENTS_MAX; count <= CALENDAR_EVENTS_MAX + 1; count++) {
        size_t len = (size_t)sprintf(text, "calendar:\n");
        for (int i = 0; i < count; i++)
            len += (size_t)sprintf(text + len, "- {name: x, from: 2026-11-27, to: 2026-11-28, action: mute}\n");
        load(text);
        cr_assert_eq(policies != NULL, count <= CALENDAR_EVENTS_MAX);
        if (!policies)
            assert_told("calendar", 2, "257 events, more than 256");
        close_all();
    }
    load("calendar: null\n");
    cr_assert_null(policy_of("a")->calendar);
    close_all();
}
