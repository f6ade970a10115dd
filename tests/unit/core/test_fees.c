#include <criterion/criterion.h>

#include "sale.h"
/* One line of that list price, nothing else; its platform fee. */
static int64_t simple_fee(const struct fee_rule *rule, int64_t list_minor)
{
    const struct fee_schedule schedule = {
        .currency = "USD", .amount_scale = 2, .rules = rule, .rule_count = 1};
    struct sale sale;
    sale_init(&sale, 1);
    sale.lines[0].unit_list_minor = list_minor;
    cr_assert_eq(sale_charge(&sale, &schedule), REASON_NONE);
    int64_t fee = sale.facts[0].platform_fee_minor;
    sale_done(&sale);
    return fee;
}

static const struct fee_rule us_rules[] = {
    {.name = "referral", .class = FEE_PLATFORM, .base = REFERRAL_BASE, .rate_ppm = 60000, ALWAYS},
    {.name = "affiliate",
     .class = FEE_AFFILIATE,
     .level = FEE_PER_LINE,
     .rate_source = RATE_OF_AFFILIATE,
     .base = AFFILIATE_BASE,
     ALWAYS},
};
static const struct fee_schedule us = {.name = "us", .amount_scale = 2, .rules = us_rules, .rule_count = 2};

/* List 50.00, seller discount 5.00, platform discount 5.00, buyer shipping 5.99, tax 3.15: the customer
 * pays 49.14. */
static void bridge_init(struct sale *sale)
{
    sale_init(sale, 1);
    sale->lines[0].unit_list_minor = 5000;
    sale->lines[0].seller_discount_minor = 500;
    sale->lines[0].platform_discount_minor = 500;
    sale->lines[0].tax_minor = 315;
    sale->event.order.shipping_paid_minor = 599;
    sale->event.order.tax_minor = 315;
    sale->event.order.customer_total_minor = 4914;
    sale->event.order.affiliate.creator = text_of("creator");
    sale->event.order.affiliate.rate_ppm = 100000;
}

Test(fees, the_worked_bridge_gives_3_06_and_4_00)
{
    struct sale sale;
    bridge_init(&sale);
    cr_assert_eq(sale_charge(&sale, &us), REASON_NONE);
    cr_assert_eq(sale.facts[0].platform_fee_minor, 306);
    cr_assert_eq(sale.facts[0].affiliate_commission_minor, 400);
    cr_assert_eq(sale.facts[0].shipping_share_minor, 599);
    cr_assert_eq(sale.facts[0].payment_fee_minor, 0);
    cr_assert_eq(sale.facts[0].other_fees_minor, 0);
    sale_done(&sale);
}

Test(fees, the_same_rate_on_paid_or_on_gross_is_another_figure)
{
    const struct fee_rule on_paid = {.base = {[COMPONENT_CUSTOMER_TOTAL] = 1}, .rate_ppm = 60000, ALWAYS};
    const struct fee_rule on_gross = {.base = {[COMPONENT_LIST] = 1}, .rate_ppm = 60000, ALWAYS};
    const struct fee_rule *rules[] = {&on_paid, &on_gross};
    const int64_t fees[] = {295, 300};
    for (size_t i = 0; i < 2; i++) {
        const struct fee_schedule schedule = {.amount_scale = 2, .rules = rules[i], .rule_count = 1};
        struct sale sale;
        bridge_init(&sale);
        cr_assert_eq(sale_charge(&sale, &schedule), REASON_NONE);
        cr_assert_eq(sale.facts[0].platform_fee_minor, fees[i]);
        sale_done(&sale);
    }
}

Test(fees, platform_discount_and_tax_do_not_move_the_referral_fee)
{
    struct sale sale;
    bridge_init(&sale);
    sale.lines[0].platform_discount_minor = 4000;
    sale.lines[0].tax_minor = 999;
    cr_assert_eq(sale_charge(&sale, &us), REASON_NONE);
    cr_assert_eq(sale.facts[0].platform_fee_minor, 306);
    cr_assert_eq(sale.facts[0].affiliate_commission_minor, 50, "but the affiliate's");
    sale_done(&sale);
}

Test(fees, a_rule_holds_from_its_first_microsecond_to_the_one_before_its_end)
{
    const int64_t change_us =
        INT64_C(1711944000000000); /* 2024-04-01 00:00 in New York, which is 04:00 UTC */
    const struct fee_rule rules[] = {{.name = "referral",
                                      .base = {1},
                                      .rate_ppm = 20000,
                                      .fixed_minor = 30,
                                      .cap_minor = -1,
                                      .valid_from_us = INT64_MIN,
                                      .valid_to_us = change_us},
                                     {.name = "referral",
                                      .base = {1},
                                      .rate_ppm = 60000,
                                      .cap_minor = -1,
                                      .valid_from_us = change_us,
                                      .valid_to_us = INT64_MAX}};
    const struct fee_schedule schedule = {
        .currency = "USD", .amount_scale = 2, .rules = rules, .rule_count = 2};
    struct sale sale;
    sale_init(&sale, 1);
    sale.lines[0].unit_list_minor = 10000;
    sale.event.order.created_at_us = change_us - 1;
    cr_assert_eq(sale_charge(&sale, &schedule), REASON_NONE);
    cr_assert_eq(sale.facts[0].platform_fee_minor, 230);
    sale.event.order.created_at_us = change_us;
    cr_assert_eq(sale_charge(&sale, &schedule), REASON_NONE);
    cr_assert_eq(sale.facts[0].platform_fee_minor, 600);
    sale_done(&sale);
}

Test(fees, a_half_cent_goes_away_from_zero_on_a_sale_and_on_its_credit_note)
{
    const struct fee_rule rule = {.base = {1}, .rate_ppm = 60000, ALWAYS};
    cr_assert_eq(simple_fee(&rule, 25), 2); /* 1.5 */
    cr_assert_eq(simple_fee(&rule, -25), -2);
    cr_assert_eq(simple_fee(&rule, 24), 1); /* 1.44 */
    cr_assert_eq(simple_fee(&rule, -24), -1);
}

Test(fees, the_cap_counts_by_magnitude_and_includes_the_fixed_part)
{
    const struct fee_rule rule = {.base = {1},
                                  .rate_ppm = 60000,
                                  .fixed_minor = 30,
                                  .cap_minor = 500,
                                  .valid_from_us = INT64_MIN,
                                  .valid_to_us = INT64_MAX};
    cr_assert_eq(simple_fee(&rule, 7833), 500);
    cr_assert_eq(simple_fee(&rule, 7800), 498);
    cr_assert_eq(simple_fee(&rule, 1000000), 500);
    cr_assert_eq(simple_fee(&rule, -1000000), -500);
}

Test(fees, a_credit_note_gives_the_rate_back_but_not_the_fixed_part)
{
    const struct fee_rule rule = {.base = {1}, .rate_ppm = 29000, .fixed_minor = 30, ALWAYS};
    cr_assert_eq(simple_fee(&rule, 10000), 320);
    cr_assert_eq(simple_fee(&rule, -10000), -290);
    cr_assert_eq(simple_fee(&rule, -4000), -116);
    cr_assert_eq(simple_fee(&rule, 0), 0);
}

Test(fees, a_fixed_part_above_the_base_is_charged_in_full)
{
    const struct fee_rule rule = {.base = {1}, .rate_ppm = 29000, .fixed_minor = 30, ALWAYS};
    cr_assert_eq(simple_fee(&rule, 10), 30);
    cr_assert_eq(simple_fee(&rule, 1), 30);
}

Test(fees, a_rate_that_takes_more_than_the_base_is_refused)
{
    const struct fee_rule rule = {.base = {1}, .rate_ppm = 1500000, ALWAYS};
    const struct fee_schedule schedule = {.amount_scale = 2, .rules = &rule, .rule_count = 1};
    struct sale sale;
    sale_init(&sale, 1);
    for (int sign = -1; sign <= 1; sign += 2) {
        sale.lines[0].unit_list_minor = sign * 100;
        cr_assert_eq(sale_charge(&sale, &schedule), REASON_FEE_ABOVE_BASE);
    }
    sale_done(&sale);
}

Test(fees, a_currency_without_minor_units_has_whole_fees)
{
    const struct fee_rule rules[] = {{.name = "commission",
                                      .base = {1, -1},
                                      .rate_ppm = 80000,
                                      .level = FEE_PER_LINE,
                                      .cap_minor = 40000,
                                      .valid_from_us = INT64_MIN,
                                      .valid_to_us = INT64_MAX},
                                     {.name = "processing", .base = {1, -1}, .fixed_minor = 1250, ALWAYS}};
    const struct fee_schedule schedule = {
        .currency = "IDR", .amount_scale = 0, .rules = rules, .rule_count = 2};
    struct sale sale;
    sale_init(&sale, 2);
    sale.event.currency = text_of("IDR");
    sale.event.amount_scale = 0;
    sale.lines[0].unit_list_minor = 91000;
    sale.lines[1].unit_list_minor = 900000; /* 72,000 without the cap */
    cr_assert_eq(sale_charge(&sale, &schedule), REASON_NONE);
    cr_assert_eq(sale.facts[0].platform_fee_minor, 7280 + 115);
    cr_assert_eq(sale.facts[1].platform_fee_minor, 40000 + 1135);
    sale_done(&sale);
}

Test(fees, fixed_part_and_cap_follow_the_events_scale_where_that_is_exact)
{
    struct fee_rule rule = {.base = {1},
                            .rate_ppm = 100000,
                            .fixed_minor = 30,
                            .cap_minor = 500,
                            .valid_from_us = INT64_MIN,
                            .valid_to_us = INT64_MAX};
    const struct fee_schedule schedule = {
        .currency = "USD", .amount_scale = 2, .rules = &rule, .rule_count = 1};
    struct sale sale;
    sale_init(&sale, 1);
    sale.event.amount_scale = 3;
    sale.lines[0].unit_list_minor = 1000;
    cr_assert_eq(sale_charge(&sale, &schedule), REASON_NONE);
    cr_assert_eq(sale.facts[0].platform_fee_minor, 400);
    sale.lines[0].unit_list_minor = 100000;
    cr_assert_eq(sale_charge(&sale, &schedule), REASON_NONE);
    cr_assert_eq(sale.facts[0].platform_fee_minor, 5000);
    sale.event.amount_scale = 1;
    cr_assert_eq(sale_charge(&sale, &schedule), REASON_NONE, "30 cents are 3 tenths");
    sale.event.amount_scale = 0;
    cr_assert_eq(sale_charge(&sale, &schedule), REASON_WRONG_SCALE);
    rule.fixed_minor = 0;
    cr_assert_eq(sale_charge(&sale, &schedule), REASON_NONE, "5.00 is 5");
    rule.cap_minor = 501;
    cr_assert_eq(sale_charge(&sale, &schedule), REASON_WRONG_SCALE);
    rule.valid_to_us = sale.event.order.created_at_us;
    cr_assert_eq(sale_charge(&sale, &schedule), REASON_NONE, "a rule that is not in force has no scale");
    sale_done(&sale);
}

Test(fees, a_schedule_with_a_currency_refuses_every_other_one)
{
    const struct fee_rule rule = {.base = {1}, .rate_ppm = 29000, .fixed_minor = 30, ALWAYS};
    const struct fee_schedule schedule = {
        .currency = "USD", .amount_scale = 2, .rules = &rule, .rule_count = 1};
    struct sale sale;
    sale_init(&sale, 1);
    sale.event.currency = text_of("GBP");
    cr_assert_eq(sale_charge(&sale, &schedule), REASON_WRONG_CURRENCY);
    sale.event.currency = text_of("USDT");
    cr_assert_eq(sale_charge(&sale, &schedule), REASON_WRONG_CURRENCY);
    sale.event.currency = text_of("US");
    cr_assert_eq(sale_charge(&sale, &schedule), REASON_WRONG_CURRENCY);
    cr_assert_eq(sale_charge(&sale, &us), REASON_NONE, "one without a currency takes any");
    sale_done(&sale);
}

Test(fees, the_shop_ads_rate_excludes_the_standard_rate)
{
    struct sale sale;
    bridge_init(&sale);
    sale.event.order.affiliate.shop_ads_rate_ppm = 25000;
    cr_assert_eq(sale_charge(&sale, &us), REASON_NONE);
    cr_assert_eq(sale.facts[0].affiliate_commission_minor, 100);
    sale.event.order.affiliate.shop_ads_rate_ppm = 0;
    cr_assert_eq(sale_charge(&sale, &us), REASON_NONE);
    cr_assert_eq(sale.facts[0].affiliate_commission_minor, 0);
    sale_done(&sale);
}

Test(fees, an_order_without_creator_has_no_affiliate)
{
    struct sale sale;
    bridge_init(&sale);
    sale.event.order.affiliate.creator = (struct text){0};
    sale.event.order.affiliate.actual_commission_minor = 400;
    cr_assert_eq(sale_charge(&sale, &us), REASON_NONE);
    cr_assert_eq(sale.facts[0].affiliate_commission_minor, 0);
    sale_done(&sale);
}

Test(fees, the_actual_commission_replaces_the_estimate_and_is_split_to_the_cent)
{
    struct sale sale;
    bridge_init(&sale);
    sale_done(&sale);
    sale_init(&sale, 3);
    for (int i = 0; i < 3; i++)
        sale.lines[i].unit_list_minor = 1000;
    sale.event.order.affiliate = (struct affiliate){text_of("creator"), .rate_ppm = 100000,
                                                    .shop_ads_rate_ppm = -1, .actual_commission_minor = 365};
    cr_assert_eq(sale_charge(&sale, &us), REASON_NONE);
    cr_assert_eq(sale.facts[0].affiliate_commission_minor, 122);
    cr_assert_eq(sale.facts[1].affiliate_commission_minor, 122);
    cr_assert_eq(sale.facts[2].affiliate_commission_minor, 121);
    sale.event.order.affiliate.actual_commission_minor = 0;
    cr_assert_eq(sale_charge(&sale, &us), REASON_NONE);
    cr_assert_eq(sale.facts[0].affiliate_commission_minor, 0);
    sale_done(&sale);
}

Test(fees, ties_go_to_the_lower_line_id_wherever_it_stands)
{
    static const char *const ids[] = {"b", "a10", "a2"};
    const struct fee_rule rule = {.base = {1}, .rate_ppm = 10000, ALWAYS};
    const struct fee_schedule schedule = {.amount_scale = 2, .rules = &rule, .rule_count = 1};
    struct sale sale;
    sale_init(&sale, 3);
    sale.event.order.shipping_paid_minor = 1;
    for (int i = 0; i < 3; i++) {
        sale.lines[i].line_id = text_of(ids[i]);
        sale.lines[i].unit_list_minor = 1667; /* a fee of 0.50 on 50.01 in all: 17, 17, 16 */
    }
    cr_assert_eq(sale_charge(&sale, &schedule), REASON_NONE);
    cr_assert_eq(sale.facts[0].platform_fee_minor, 16);
    cr_assert_eq(sale.facts[1].platform_fee_minor, 17);
    cr_assert_eq(sale.facts[2].platform_fee_minor, 17);
    cr_assert_eq(sale.facts[1].shipping_share_minor, 1, "a10 is the lowest by bytes");
    sale.event.order.line_count = 2;
    cr_assert_eq(sale_charge(&sale, &schedule), REASON_NONE);
    cr_assert_eq(sale.facts[1].platform_fee_minor, 17); /* 0.33 on 33.34 */
    cr_assert_eq(sale.facts[0].platform_fee_minor, 16);
    sale_done(&sale);
}

Test(fees, gifts_take_no_share_unless_everything_is_a_gift)
{
    struct sale sale;
    sale_init(&sale, 2);
    sale.event.order.shipping_paid_minor = 599;
    sale.lines[1].unit_list_minor = 4400;
    cr_assert_eq(sale_charge(&sale, &us), REASON_NONE);
    cr_assert_eq(sale.facts[0].platform_fee_minor, 0);
    cr_assert_eq(sale.facts[1].platform_fee_minor, 300);
    cr_assert_eq(sale.facts[1].shipping_share_minor, 599);
    sale.lines[1].unit_list_minor = 0;
    cr_assert_eq(sale_charge(&sale, &us), REASON_NONE);
    cr_assert_eq(sale.facts[0].shipping_share_minor, 300);
    cr_assert_eq(sale.facts[1].shipping_share_minor, 299);
    cr_assert_eq(sale.facts[0].platform_fee_minor, 18);
    cr_assert_eq(sale.facts[1].platform_fee_minor, 18);
    sale_done(&sale);
}

Test(fees, rules_of_different_names_add_up_in_their_class)
{
    const struct fee_rule rules[] = {
        {.name = "a", .base = {1}, .rate_ppm = 10000, ALWAYS},
        {.name = "b", .base = {1}, .rate_ppm = 20000, .level = FEE_PER_LINE, ALWAYS},
        {.name = "c", .class = FEE_PAYMENT, .base = {1}, .rate_ppm = 30000, ALWAYS},
        {.name = "d", .class = FEE_OTHER, .base = {1}, .rate_ppm = 40000, ALWAYS}};
    const struct fee_schedule schedule = {.amount_scale = 2, .rules = rules, .rule_count = 4};
    struct sale sale;
    sale_init(&sale, 1);
    sale.lines[0].unit_list_minor = 1000;
    cr_assert_eq(sale_charge(&sale, &schedule), REASON_NONE);
    cr_assert_eq(sale.facts[0].platform_fee_minor, 30);
    cr_assert_eq(sale.facts[0].payment_fee_minor, 30);
    cr_assert_eq(sale.facts[0].other_fees_minor, 40);
    sale_done(&sale);
}

Test(fees, amounts_that_cannot_be_added_up_overflow)
{
    struct sale sale;
    sale_init(&sale, 64);
    for (int i = 0; i < 64; i++)
        sale.lines[i].unit_list_minor = FEES_AMOUNT_MAX_MINOR - 1;
    cr_assert_eq(sale_charge(&sale, &us), REASON_AMOUNT_OVERFLOW, "the sum");
    sale.event.order.line_count = 2;
    cr_assert_eq(sale_charge(&sale, &us), REASON_NONE);
    cr_assert_eq(sale.facts[0].platform_fee_minor + sale.facts[1].platform_fee_minor,
                 (int64_t)(((wide)2 * (FEES_AMOUNT_MAX_MINOR - 1) * 6 + 50) / 100));
    sale.lines[0].unit_list_minor = FEES_AMOUNT_MAX_MINOR;
    cr_assert_eq(sale_charge(&sale, &us), REASON_AMOUNT_OVERFLOW, "one of them");
    sale.lines[0].unit_list_minor = 1;
    sale.event.order.customer_total_minor = EVENT_ABSENT;
    cr_assert_eq(sale_charge(&sale, &us), REASON_AMOUNT_OVERFLOW, "an amount that nobody filled");
    sale_done(&sale);
}

Test(fees, fees_that_cannot_be_added_up_overflow)
{
    const struct fee_rule rules[] = {{.name = "a", .base = {1}, .fixed_minor = INT64_MAX - 5, ALWAYS},
                                     {.name = "b", .base = {1}, .fixed_minor = 6, ALWAYS}};
    const struct fee_schedule schedule = {
        .currency = "USD", .amount_scale = 2, .rules = rules, .rule_count = 2};
    struct sale sale;
    sale_init(&sale, 1);
    sale.lines[0].unit_list_minor = 1;
    cr_assert_eq(sale_charge(&sale, &schedule), REASON_AMOUNT_OVERFLOW);
    sale_done(&sale);
}

Test(fees, an_order_without_lines_is_charged_nothing)
{
    struct sale sale;
    sale_init(&sale, 0);
    sale.event.order.shipping_paid_minor = 500;
    cr_assert_eq(sale_charge(&sale, &us), REASON_NONE);
    sale_done(&sale);
}
