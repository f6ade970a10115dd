/*
 * What a rule may say beyond base and rate, what two rules may not say together, and what a refund policy is made of.
 */
#include <criterion/criterion.h>

#include "pack_text.h"

#define FLAGGED                                                                                                              \
    "name: p\ntimezone: America/New_York\ncurrency: USD\namount_scale: 2\n"                                                  \
    "flags: {mall: in the mall, pre_order: sells on pre-order}\nrules:\n"
#define WITH(keys) HEAD "- {name: r, class: platform, level: order, base: list, rate_ppm: 1, source: s, " keys "}\n"
#define NAMED(name, keys) "- {name: " name ", class: platform, level: order, base: list, rate_ppm: 1, source: s, " keys "}\n"

static const struct fee_rule *first_rule(const struct fee_pack *pack)
{
    return fee_pack_schedule(pack)->rules;
}

static struct fee_pack *pack_of(const char *text)
{
    struct problems problems;
    struct fee_pack *pack = parse(text, &problems);
    cr_assert_not_null(pack, "%s\n%s", text, problems_text(&problems));
    problems_done(&problems);
    return pack;
}

static bool holds_text(const struct fee_texts *texts, uint32_t at, const char *wanted)
{
    return at < texts->count && texts->items[at].len == strlen(wanted) &&
           memcmp(texts->items[at].ptr, wanted, strlen(wanted)) == 0;
}

Test(fee_rules, every_condition_reaches_the_rule)
{
    struct fee_pack *pack = pack_of(
        FLAGGED "- {name: r, class: platform, base: list, rate_ppm: 1, source: s, note: n, clock: settled, when: {market: [DE, AT],"
                " category_not: Toys, reached: shipped, affiliate: true, shop_ads: false, shop_age_from_days: 10,"
                " shop_age_below_days: 60, flag: mall, flag_not: [pre_order]}}\n");
    const struct fee_rule *rule = first_rule(pack);
    const struct fee_when *when = rule->when;
    cr_assert_str_eq(rule->note, "n");
    cr_assert_eq(rule->clock, FEE_CLOCK_SETTLED);
    cr_assert(when->markets.count == 2 && !when->markets.except);
    cr_assert(holds_text(&when->markets, 0, "AT") && holds_text(&when->markets, 1, "DE"), "sorted by bytes");
    cr_assert(when->categories.count == 1 && when->categories.except && holds_text(&when->categories, 0, "Toys"));
    cr_assert_eq(when->reached, FEE_REACHED_SHIPPED);
    cr_assert(when->affiliate == FEE_PRESENT && when->shop_ads == FEE_NOT_PRESENT);
    cr_assert(when->shop_age_from_days == 10 && when->shop_age_below_days == 60);
    cr_assert(when->flags_on == 1 && when->flags_off == 2);
    fee_pack_free(pack);
}

Test(fee_rules, levels_tiers_and_fees_of_other_rules_reach_the_rule)
{
    struct fee_pack *pack =
        pack_of(HEAD "- {name: a-b, class: platform, level: item, base: list, rate_ppm: 1, source: s, cap: 5}\n"
                     "- {name: c, class: other, level: sku, base: fee:a-b - tax, rate_ppm: 2, source: s,"
                     " tier: {above: 100.50, rate_ppm: 3}}\n");
    const struct fee_schedule *schedule = fee_pack_schedule(pack);
    cr_assert(schedule->slot_count == 1 && strcmp(schedule->slot_names[0], "a-b") == 0);
    cr_assert(schedule->rules[0].slot == 1 && schedule->rules[1].slot == 0);
    cr_assert(schedule->rules[0].level == FEE_PER_ITEM && schedule->rules[1].level == FEE_PER_SKU);
    cr_assert(schedule->rules[1].fee_count == 1 && schedule->rules[1].fees[0].slot == 0 && schedule->rules[1].fees[0].sign == 1);
    cr_assert_eq(schedule->rules[1].base[COMPONENT_TAX], -1);
    cr_assert(schedule->rules[1].tier_above_minor == 10050 && schedule->rules[1].tier_rate_ppm == 3);
    fee_pack_free(pack);
}

Test(fee_rules, a_refund_policy_reaches_the_rule)
{
    struct fee_pack *pack =
        pack_of(WITH("refund: {policy: returned_less_admin, partial: kept, fixed: kept_on_partial, reversed_before: delivery,"
                     " admin: [{rate_ppm: 200000, level: sku, to: 2025-05-15},"
                     " {rate_ppm: 200000, cap: 5, level: sku, free: buyer_cancels_before_shipping, from: 2025-05-15}]}"));
    const struct fee_refund_policy *policy = &first_rule(pack)->refund;
    cr_assert(policy->kind == FEE_RETURNED && !policy->partial_pro_rata && policy->fixed_kept_on_partial);
    cr_assert_eq(policy->reversed_before, FEE_STAGE_DELIVERY);
    cr_assert(policy->admin_count == 2 && policy->admins[0].cap_minor == -1 && policy->admins[1].cap_minor == 500);
    cr_assert(policy->admins[0].level == FEE_PER_SKU && !policy->admins[0].free_for_buyer && policy->admins[1].free_for_buyer);
    cr_assert_eq(policy->admins[0].valid_to_us, policy->admins[1].valid_from_us);
    fee_pack_free(pack);
}

Test(fee_rules, a_refund_policy_in_one_word)
{
    static const struct {
        const char *text;
        enum fee_refund_kind kind;
    } cases[] = {{WITH("refund: kept"), FEE_KEPT},
                 {WITH("refund: returned"), FEE_RETURNED},
                 {WITH("refund: pro_rata"), FEE_PRO_RATA},
                 {WITH("note: nothing said"), FEE_KEPT}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct fee_pack *pack = pack_of(cases[i].text);
        cr_assert_eq(first_rule(pack)->refund.kind, cases[i].kind, "%s", cases[i].text);
        fee_pack_free(pack);
    }
    refuses(WITH("refund: retuned"), 6, "retuned", "did you mean returned?");
    refuses(WITH("refund: returned_less_admin"), 6, "returned_less_admin", "go together");
    refuses(WITH("refund: {policy: returned_less_admin}"), 6, "{policy", "go together");
    refuses(WITH("refund: {policy: kept, admin: [{rate_ppm: 1}]}"), 6, "[{rate", "go together");
    refuses(WITH("refund: {policy: kept, partial: kept}"), 6, "kept}", "only a fee that is returned");
    refuses(WITH("refund: {reversed_before: delivery}"), 6, "{reversed", "policy is missing");
    refuses(WITH("refund: {policy: kept, revesed_before: delivery}"), 6, "revesed", "did you mean reversed_before?");
    refuses(WITH("refund: with_base"), 6, "with_base", "charged on other fees alone");
}

Test(fee_rules, an_administration_fee_says_its_rate_and_what_its_cap_counts_by)
{
#define ADMIN(keys) WITH("refund: {policy: returned_less_admin, admin: [" keys "]}")
    accepts(ADMIN("{rate_ppm: 200000}"));
    accepts(ADMIN("{rate_ppm: 1, to: 2025-01-01}, {rate_ppm: 2, from: 2025-01-01}"));
    refuses(ADMIN("{level: sku}"), 6, "{level", "rate_ppm is missing");
    refuses(ADMIN("{rate_ppm: 1, cap: 5}"), 6, "5}", "level is missing");
    refuses(ADMIN("{rate_ppm: 1, cap: 5.005, level: sku}"), 6, "5.005", "at most 2 decimals");
    refuses(ADMIN("{rate_ppm: 1, level: item}"), 6, "item", "by order, line or sku");
    refuses(ADMIN("{rate_ppm: 1}, {rate_ppm: 2, from: 2025-01-01}"), 6, "{rate_ppm: 2", "together with an administration fee");
    refuses(WITH("refund: {policy: returned_less_admin, admin: {rate_ppm: 1}}"), 6, "{rate_ppm", "admin is a list");
    refuses(ADMIN("5"), 6, "5]", "is a map");
}

Test(fee_rules, wrong_conditions_are_refused_at_their_place)
{
    refuses(WITH("when: {reached: delivred}"), 6, "delivred", "did you mean delivered?");
    refuses(WITH("when: {categry: a}"), 6, "categry", "did you mean category?");
    refuses(WITH("when: {category: []}"), 6, "[]", "1 to");
    refuses(WITH("when: {category: [a, b, a]}"), 6, "[a", "\"a\" stands there twice");
    refuses(WITH("when: {category: [a, '']}"), 6, "''", "in no list");
    refuses(WITH("when: {category: a, category_not: b}"), 6, "b}", "category stands there already");
    refuses(WITH("when: {affiliate: maybe}"), 6, "maybe", "");
    refuses(WITH("when: {shop_age_below_days: 0}"), 6, "0}", "");
    refuses(WITH("when: delivered"), 6, "delivered", "when is a map");
    refuses(WITH("clock: shipped"), 6, "shipped", "");
    refuses(WITH("when: {flag: mall}"), 6, "mall", "the pack has no flag");
    refuses(FLAGGED NAMED("a", "when: {flag: mal}"), 7, "mal}", "did you mean mall?");
    refuses(FLAGGED NAMED("a", "when: {flag: mall, flag_not: [mall]}"), 7, "{flag", "both on and off");
    refuses("name: p\ntimezone: UTC\nflags: [mall]\nrules: []\n", 3, "[mall]", "flags is a map");
    refuses("name: p\ntimezone: UTC\nmarket: [DE, germany]\nrules: []\n", 3, "germany", "two capitals");
}

Test(fee_rules, a_tier_has_a_bound_above_0_and_a_rate)
{
    refuses(WITH("tier: 5"), 6, "5}", "a tier is a map");
    refuses(WITH("tier: {above: 5}"), 6, "{above", "has both");
    refuses(WITH("tier: {rate_ppm: 5}"), 6, "{rate_ppm: 5", "has both");
    refuses(WITH("tier: {above: 0, rate_ppm: 5}"), 6, "0, rate_ppm: 5", "begins above 0");
    refuses("name: p\ntimezone: UTC\nrules:\n- {name: r, class: other, base: list, rate_ppm: 1, source: s,"
            " tier: {above: 5, rate_ppm: 1}}\n",
            4, "5, rate", "no currency");
}

Test(fee_rules, a_fee_is_charged_on_fees_of_rules_above_it)
{
#define VAT(base) "- {name: vat, class: platform, base: '" base "', rate_ppm: 110000, source: s, refund: with_base}\n"
    accepts(HEAD NAMED("commission", "") VAT("fee:commission"));
    accepts(HEAD NAMED("a", "") NAMED("b", "") VAT("fee:a + fee:b"));
    accepts(HEAD NAMED("a", "to: 2024-01-01") NAMED("a", "from: 2024-01-01") VAT("fee:a"));
    refuses(HEAD NAMED("commission", "") VAT("fee:comission"), 7, "'fee", "did you mean fee:commission?");
    refuses(HEAD NAMED("commission", "") VAT("fee:service"), 7, "'fee", "there is no rule \"service\"");
    refuses(HEAD VAT("fee:vat"), 6, "'fee", "charged on itself");
    refuses(HEAD VAT("fee:a") NAMED("a", ""), 6, "'fee", "of line 7 stands below");
    refuses(HEAD NAMED("a", "to: 2024-01-01") VAT("fee:a") NAMED("a", "from: 2024-01-01"), 7, "'fee", "of line 8 stands below");
    refuses(HEAD NAMED("a", "") VAT("fee:a + fee:a"), 7, "'fee", "twice");
    refuses(HEAD NAMED("a", "") VAT("fee:"), 7, "'fee", "which fee?");
    refuses(HEAD NAMED("a", "") VAT("fee:a + list"), 7, "with_base", "charged on other fees alone");
}

Test(fee_rules, rules_of_one_name_may_hold_at_once_where_they_exclude_each_other)
{
#define PAIR(a, b) FLAGGED NAMED("r", "when: {" a "}") NAMED("r", "when: {" b "}")
    accepts(PAIR("market: [DE, FR]", "market: IT"));
    accepts(PAIR("market: DE", "market_not: [DE, FR]"));
    accepts(PAIR("category: [a, b]", "category_not: [b, c, a]"));
    accepts(PAIR("affiliate: true", "affiliate: false"));
    accepts(PAIR("shop_ads: false", "shop_ads: true"));
    accepts(PAIR("shop_age_below_days: 60", "shop_age_from_days: 60"));
    accepts(PAIR("flag: mall", "flag_not: mall"));
    refuses(PAIR("market: [DE, FR]", "market: FR"), 8, "{name", "together with the rule \"r\" of line 7");
    refuses(PAIR("market_not: DE", "market_not: FR"), 8, "{name", "together");
    refuses(PAIR("category: [a, d]", "category_not: [b, c, a]"), 8, "{name", "together");
    refuses(PAIR("shop_age_below_days: 61", "shop_age_from_days: 60"), 8, "{name", "together");
    refuses(PAIR("flag: mall", "flag: pre_order"), 8, "{name", "together");
    refuses(PAIR("reached: shipped", "reached: delivered"), 8, "{name", "together");
    refuses(PAIR("market: DE", "category: a"), 8, "{name", "together");
}

Test(fee_rules, rules_of_one_name_have_one_clock)
{
    refuses(HEAD NAMED("a", "to: 2024-01-01") NAMED("a", "from: 2024-01-01, clock: delivered"), 7, "{name", "another clock");
}

Test(fee_rules, a_gap_between_rules_of_one_name_is_meant_or_wrong)
{
    refuses(HEAD DATED("a", "to: 2024-01-01") DATED("a", "from: 2024-01-02"), 7, "{name", "gap: intended");
    accepts(HEAD DATED("a", "to: 2024-01-01") DATED("a", "from: 2024-01-02, gap: intended"));
    accepts(HEAD DATED("a", "to: 2024-01-01") DATED("b", "from: 2024-01-02"));
    refuses(HEAD DATED("a", "from: 2025-01-01") DATED("a", "to: 2024-01-01"), 6, "{name", "gap: intended");
    refuses(HEAD DATED("a", "to: 2024-01-01") DATED("a", "from: 2024-01-01, gap: intended"), 7, "intended}", "no gap");
    refuses(HEAD DATED("a", "to: 2024-01-01") DATED("a", "from: 2024-01-02, gap: yes"), 7, "yes}", "");
    accepts(FLAGGED NAMED("a", "to: 2024-03-01, when: {flag: mall}") NAMED("a", "when: {flag_not: mall}")
                NAMED("a", "from: 2024-04-01, when: {flag: mall}"));
    refuses(FLAGGED NAMED("a", "to: 2024-01-01") NAMED("a", "from: 2024-02-01, when: {flag: mall}")
                NAMED("a", "from: 2024-02-01, when: {flag_not: mall}"),
            8, "{name", "gap: intended");
}
