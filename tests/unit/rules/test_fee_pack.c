#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/fact.h"
#include "core/fees.h"
#include "rules/fee_pack.h"

#include "pack_text.h"

#define PACKS SOURCE_DIR "/deploy/fees/"
#define RULE "- {name: r, class: platform, level: order, base: list, rate_ppm: 1, source: s}\n"

static struct fee_pack *load(const char *path)
{
    struct problems problems = {.count = 0};
    struct fee_pack *pack = fee_pack_load(path, &problems);
    cr_assert_not_null(pack, "%s", problems_text(&problems));
    problems_done(&problems);
    return pack;
}

static void *allocate_never(void *ctx, size_t size)
{
    (void)ctx;
    cr_assert_fail("%zu bytes allocated", size);
    return NULL;
}

/* The worked bridge: list 50.00, both discounts 5.00, shipping 5.99, tax 3.15, 10 % to a creator, at that
 * time. */
static struct line_fact charge_bridge(const char *pack_path, int64_t created_at_us)
{
    struct fee_pack *pack = load(pack_path);
    struct order_line line = {.line_id = text_of("1"),
                              .quantity = 1,
                              .unit_list_minor = 5000,
                              .seller_discount_minor = 500,
                              .platform_discount_minor = 500,
                              .tax_minor = 315};
    struct event event = {.currency = text_of("USD"), .amount_scale = 2};
    event.order = (struct order){.created_at_us = created_at_us,
                                 .shipping_paid_minor = 599,
                                 .tax_minor = 315,
                                 .customer_total_minor = 4914,
                                 .lines = &line,
                                 .line_count = 1};
    event.order.affiliate = (struct affiliate){.creator = text_of("c"),
                                               .rate_ppm = 100000,
                                               .shop_ads_rate_ppm = -1,
                                               .actual_commission_minor = EVENT_ABSENT};
    struct line_fact fact = {.gross_minor = 5000};
    cr_assert_eq(fees_apply(fee_pack_schedule(pack), NULL, &event, allocate_never, NULL, &fact, NULL), REASON_NONE);
    fee_pack_free(pack);
    return fact;
}

Test(fee_pack, tiktok_us_gives_the_worked_bridge)
{
    struct line_fact fact = charge_bridge(PACKS "tiktok-us.yaml", INT64_C(1750000000000000));
    cr_assert_eq(fact.platform_fee_minor, 306);
    cr_assert_eq(fact.affiliate_commission_minor, 400);
    cr_assert_eq(fact.payment_fee_minor, 0);
    cr_assert_eq(fact.other_fees_minor, 0);
}

Test(fee_pack, tiktok_us_changes_at_midnight_of_the_market_to_the_microsecond)
{
    static const struct {
        int64_t created_at_us, fee_minor;
    } cases[] = {
        {INT64_C(1680505199999999), 178}, /* 2.9 % x 50.99 + 0.30 until 2023-04-03 00:00 PDT, 07:00 UTC */
        {INT64_C(1680505200000000), 132}, /* 2 % x 50.99 + 0.30 */
        {INT64_C(1711954799999999),
         132}, /* until 2024-04-01 00:00 PDT, 07:00 UTC; by winter time it were 08:00 */
        {INT64_C(1711954800000000), 306},
        {INT64_C(1719817200000000), 306}, /* 2024-07-01: the 8 % that were announced and never came */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        cr_assert_eq(charge_bridge(PACKS "tiktok-us.yaml", cases[i].created_at_us).platform_fee_minor,
                     cases[i].fee_minor, "case %zu", i);
}

Test(fee_pack, shopify_payments_us_takes_its_part_of_all_that_is_charged)
{
    struct line_fact fact = charge_bridge(PACKS "shopify-payments-us.yaml", INT64_C(1750000000000000));
    cr_assert_eq(fact.payment_fee_minor, 173); /* 2.9 % x 49.14 + 0.30 = 1.72506 */
    cr_assert_eq(fact.platform_fee_minor, 0);
    cr_assert_eq(fact.affiliate_commission_minor, 400);
}

Test(fee_pack, none_charges_nothing_in_any_currency)
{
    struct fee_pack *pack = load(PACKS "none.yaml");
    cr_assert_eq(fee_pack_schedule(pack)->rule_count, 0);
    cr_assert_null(fee_pack_schedule(pack)->currency);
    fee_pack_free(pack);
}

Test(fee_pack, the_name_carries_a_hash_of_the_files_bytes)
{
    struct problems problems;
    struct fee_pack *pack = parse(HEAD RULE, &problems), *same = parse(HEAD RULE, &problems),
                    *other = parse(HEAD RULE "# a word\n", &problems);
    const char *name = fee_pack_schedule(pack)->name;
    cr_assert_eq(strlen(name), 10);
    cr_assert_eq(strncmp(name, "p@", 2), 0);
    cr_assert_eq(strspn(name + 2, "0123456789abcdef"), 8);
    cr_assert_str_eq(name, fee_pack_schedule(same)->name);
    cr_assert_str_neq(name, fee_pack_schedule(other)->name);
    fee_pack_free(pack);
    fee_pack_free(same);
    fee_pack_free(other);
}

Test(fee_pack, every_key_reaches_the_schedule)
{
    struct problems problems;
    struct fee_pack *pack =
        parse("name: all\nmarket: US\ntimezone: UTC\ncurrency: USD\namount_scale: 3\nrules:\n"
              "- name: one\n  class: other\n  level: line\n  base: -tax + list - buyer_fees\n"
              "  rate_ppm: 12345\n  fixed: 1.5\n  cap: \"20\"\n  from: 2024-02-29\n"
              "  to: \"2024-03-01 06:30\"\n  source: a page\n"
              "- {name: two, class: affiliate, base: customer_total, rate_of: affiliate, source: x}\n",
              &problems);
    cr_assert_not_null(pack, "%s", problems_text(&problems));
    const struct fee_schedule *schedule = fee_pack_schedule(pack);
    const struct fee_rule *one = &schedule->rules[0], *two = &schedule->rules[1];
    const int8_t base[COMPONENT_COUNT] = {
        [COMPONENT_LIST] = 1, [COMPONENT_TAX] = -1, [COMPONENT_BUYER_FEES] = -1};
    cr_assert(schedule->amount_scale == 3 && schedule->rule_count == 2);
    cr_assert_str_eq(one->name, "one");
    cr_assert_str_eq(one->source, "a page");
    cr_assert(one->class == FEE_OTHER && one->level == FEE_PER_LINE && one->rate_source == RATE_OF_RULE);
    cr_assert_arr_eq(one->base, base, sizeof base);
    cr_assert(one->rate_ppm == 12345 && one->fixed_minor == 1500 && one->cap_minor == 20000);
    cr_assert_eq(one->valid_from_us, INT64_C(1709164800000000));
    cr_assert_eq(one->valid_to_us, INT64_C(1709274600000000));
    cr_assert(two->class == FEE_AFFILIATE && two->level == FEE_PER_ORDER &&
              two->rate_source == RATE_OF_AFFILIATE);
    cr_assert(two->fixed_minor == 0 && two->cap_minor == -1 && two->valid_from_us == INT64_MIN &&
              two->valid_to_us == INT64_MAX);
    fee_pack_free(pack);
}


Test(fee_pack, a_wrong_word_is_refused_with_its_place_and_the_nearest_right_one)
{
    refuses(ONE("class: platfrom, base: list, rate_ppm: 1"), 6, "platfrom", "did you mean platform?");
    refuses(ONE("class: platform, base: list - seler_discount, rate_ppm: 1"), 6, "list - seler_discount",
            "did you mean seller_discount?");
    refuses(ONE("class: platform, base: list, rate_of: afiliate"), 6, "afiliate", "did you mean affiliate?");
    refuses(ONE("class: platform, base: list, rate_pm: 1, rate_ppm: 1"), 6, "rate_pm",
            "did you mean rate_ppm?");
    refuses(HEAD "- {name: r, class: platform, level: lin, base: list, rate_ppm: 1, source: s}\n", 6, "lin,",
            "did you mean line");
    refuses("name: p\ntimezone: America/NewYork\nrules: []\n", 2, "America",
            "did you mean America/New_York?");
    refuses("name: p\ntimezone: UTC\nrules: []\nmarkt: US\n", 4, "markt", "did you mean market");
}

Test(fee_pack, a_base_is_a_sum_of_components_with_signs)
{
    accepts(ONE("class: platform, base: list, rate_ppm: 1"));
    accepts(ONE("class: platform, base: '  -list+tax -  shipping_paid ', rate_ppm: 1"));
    refuses(ONE("class: platform, base: list -, rate_ppm: 1"), 6, "list -", "a component is missing");
    refuses(ONE("class: platform, base: list - - tax, rate_ppm: 1"), 6, "list - - tax",
            "a component is missing");
    refuses(ONE("class: platform, base: list tax, rate_ppm: 1"), 6, "list tax", "is missing between");
    refuses(ONE("class: platform, base: list - list, rate_ppm: 1"), 6, "list - list", "twice");
    refuses(ONE("class: platform, base: 5 * list, rate_ppm: 1"), 6, "5 * list", "unknown component \"5\"");
}

Test(fee_pack, rates_outside_of_0_to_100_percent_are_refused)
{
    accepts(ONE("class: platform, base: list, rate_ppm: 1000000"));
    accepts(ONE("class: platform, base: list, rate_ppm: 0"));
    refuses(ONE("class: platform, base: list, rate_ppm: 1000001"), 6, "1000001", "");
    refuses(ONE("class: platform, base: list, rate_ppm: -1"), 6, "-1", "");
    refuses(ONE("class: platform, base: list, rate_ppm: 2.9"), 6, "2.9", "");
    refuses(ONE("class: platform, base: list, rate_ppm: 1, rate_of: affiliate"), 6, "1",
            "affiliate's already");
    refuses(ONE("class: platform, base: list"), 6, "{name", "charges nothing");
}

Test(fee_pack, amounts_are_exact_and_say_in_what_and_by_what_they_count)
{
    accepts(ONE("class: platform, base: list, fixed: 0.30"));
    accepts(ONE("class: platform, base: list, rate_ppm: 1, cap: 5"));
    refuses(ONE("class: platform, base: list, fixed: 0.305"), 6, "0.305", "at most 2 decimals");
    refuses(ONE("class: platform, base: list, fixed: -0.30"), 6, "-0.30", "no amount");
    refuses(ONE("class: platform, base: list, fixed: 1e3"), 6, "1e3", "no amount");
    refuses(ONE("class: platform, base: list, fixed: 99999999999999999"), 6, "99999999999999999",
            "no amount");
    refuses("name: p\ntimezone: UTC\nrules:\n- {name: r, class: other, level: order, base: list, fixed: 1, "
            "source: s}\n",
            4, "1, source", "no currency");
    refuses(HEAD "- {name: r, class: other, base: list, rate_ppm: 1, cap: 5, source: s}\n", 6, "5, source",
            "level is missing");
    refuses("name: p\ntimezone: UTC\ncurrency: USD\nrules: []\n", 3, "USD", "go together");
    refuses("name: p\ntimezone: UTC\namount_scale: 2\nrules: []\n", 3, "2", "go together");
    refuses("name: p\ntimezone: UTC\ncurrency: Usd\namount_scale: 2\nrules: []\n", 3, "Usd",
            "three capitals");
    refuses("name: p\ntimezone: UTC\ncurrency: USD\namount_scale: 10\nrules: []\n", 4, "10", "");
}

Test(fee_pack, rules_of_one_name_follow_each_other)
{
    accepts(HEAD DATED("a", "to: 2024-01-01") DATED("a", "from: 2024-01-01"));
    accepts(HEAD DATED("a", "from: 2024-01-01") DATED("a", "from: 2023-06-01, to: 2024-01-01")
                DATED("b", ""));
    refuses(HEAD DATED("a", "to: \"2024-01-01 00:01\"") DATED("a", "from: 2024-01-01"), 7, "{name",
            "together with the rule \"a\" of line 6");
    refuses(HEAD DATED("a", "") DATED("b", "") DATED("a", "from: 2030-01-01, to: 2030-01-02"), 8, "{name",
            "of line 6");
    refuses(HEAD DATED("a", "from: 2024-01-02, to: 2024-01-01"), 6, "2024-01-01}", "ends before it begins");
    refuses(HEAD DATED("a", "from: 2024-01-01, to: 2024-01-01"), 6, "2024-01-01}", "ends before it begins");
    refuses(HEAD DATED("a", "to: 2024-01-01") "- {name: a, class: other, base: list, rate_ppm: 1, source: s, "
                                              "from: 2024-01-01}\n",
            7, "{name", "another class");
}

Test(fee_pack, only_days_and_minutes_that_exist_are_dates)
{
    accepts(HEAD DATED("a", "from: 2024-02-29"));
    refuses(HEAD DATED("a", "from: 2023-02-29"), 6, "2023-02-29", "no local time");
    refuses(HEAD DATED("a", "from: 2024-13-01"), 6, "2024-13-01", "no local time");
    refuses(HEAD DATED("a", "from: 2024-1-1"), 6, "2024-1-1", "no local time");
    refuses(HEAD DATED("a", "from: 1999-12-31"), 6, "1999-12-31", "no local time");
    refuses(HEAD DATED("a", "from: '2024-01-01 24:00'"), 6, "'2024-01-01 24:00'", "no local time");
    refuses(HEAD DATED("a", "from: '2024-01-01 10:00:00'"), 6, "'2024-01-01 10:00:00'", "no local time");
    refuses(HEAD DATED("a", "from: 2024-01-01T10:00"), 6, "2024-01-01T10:00", "no local time");
    refuses(HEAD DATED("a", "from: yesterday"), 6, "yesterday", "no local time");
}

Test(fee_pack, two_rules_never_charge_the_affiliate_at_once)
{
    refuses(HEAD "- {name: a, class: affiliate, base: list, rate_of: affiliate, source: s}\n"
                 "- {name: b, class: affiliate, base: list, rate_of: affiliate, source: s}\n",
            7, "{name", "affiliate twice");
}

Test(fee_pack, what_must_be_there_is_missed_by_name)
{
    refuses("timezone: UTC\nrules: []\n", 1, "timezone", "name is missing");
    refuses("name: p\nrules: []\n", 1, "name", "timezone is missing");
    refuses("name: p\ntimezone: UTC\n", 1, "name", "rules is missing");
    refuses("name: p\ntimezone: UTC\nrules: {}\n", 3, "{}", "rules is missing");
    refuses("name: P 1\ntimezone: UTC\nrules: []\n", 1, "P 1", "a name is made of");
    refuses(HEAD "- {name: r, class: platform, base: list, rate_ppm: 1}\n", 6, "{name", "source is missing");
    refuses(HEAD "- {name: r, class: platform, base: list, rate_ppm: 1, source: ''}\n", 6, "''",
            "source is missing");
    refuses(HEAD "- {class: platform, base: list, rate_ppm: 1, source: s}\n", 6, "{class", "name is missing");
    refuses(HEAD "- {name: r, base: list, rate_ppm: 1, source: s}\n", 6, "{name", "class is missing");
    refuses(HEAD "- {name: r, class: platform, rate_ppm: 1, source: s}\n", 6, "{name", "base is missing");
    refuses(HEAD "- r\n", 6, "r", "a rule is a map");
}

Test(fee_pack, all_that_is_wrong_is_said_at_once)
{
    struct problems problems;
    cr_assert_null(
        parse("name: p\ntimezone: Mars\ncurrency: USD\namount_scale: 2\nrules:\n"
              "- {name: a, class: x, level: y, base: z, rate_ppm: -1, fixed: q, cap: w, source: s}\n"
              "- {name: b, class: platform, base: list, rate_ppm: 1}\n",
              &problems));
    cr_assert_eq(problems.count, 8, "%s", problems_text(&problems));
    problems_done(&problems);
}

Test(fee_pack, a_file_that_is_not_there_or_no_yaml_is_a_problem)
{
    struct problems problems = {.count = 0};
    cr_assert_null(fee_pack_load(PACKS "no-such-pack.yaml", &problems));
    cr_assert_eq(problems.count, 1);
    problems_done(&problems);
    cr_assert_null(parse("", &problems));
    cr_assert_geq(problems.count, 1);
    problems_done(&problems);
    cr_assert_null(parse("rules: [", &problems));
    cr_assert_geq(problems.count, 1);
    problems_done(&problems);
}

Test(fee_pack, a_pack_without_end_of_rules_is_refused)
{
    size_t room = sizeof HEAD + (FEE_PACK_RULES_MAX + 1) * 64;
    char *text = malloc(room);
    cr_assert_not_null(text);
    size_t len = (size_t)snprintf(text, room, "%s", HEAD);
    for (int i = 0; i <= FEE_PACK_RULES_MAX; i++)
        len += (size_t)snprintf(text + len, room - len, "- {name: r%d}\n", i);
    refuses(text, 6, "- ", "more than 1000 rules");
    free(text);
}
