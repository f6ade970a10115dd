/*
 * The edge cases that a ledger of shops must get right, by their numbers, and which test proves each. "cases" is this file (what an
 * order is), "life" test_money_cases_life.c (what becomes of it), "py" tests/integration/test_money_cases.py (what crosses events and
 * reaches the warehouse). All have the number in the name: case_01, test_case_01.
 *
 *  1 platform discount          rules/test_fee_golden                    25 unmapped SKU            py, integration/test_costs
 *  2 seller discount            rules/test_fee_golden                    26 bundle                  py, integration/test_costs
 *  3 buyer-paid shipping        rules/test_fee_golden                    27 cost change             py, integration/test_costs
 *  4 sales tax                  rules/test_fee_golden                    28 restock                 life, py
 *  5 taxes included             cases, py, producers/test_shopify_orders 29 fee change              rules/test_fee_golden
 *  6 buyer service fee          cases                                    30 locked rate             rules/test_fee_golden, two_books
 *  7 full refund                core/test_fee_refund, life, two_books    31 ads or standard rate    rules/test_fee_golden, cases
 *  8 buyer cancels              core/test_fee_refund, two_books, py      32 actual commission       cases, two_books
 *  9 refund after settlement    life, py, two_books                      33 withheld tax            core/test_settlement, life
 * 10 partial refund             core/test_fee_refund, life, py           34 parent and components   core/test_settlement, life
 * 11 refund fee cap             core/test_fee_refund, life, py           35 unknown fee             core/test_settlement, py, two_books
 * 12 1 of 3 units               core/test_fee_refund, life               36 reserves                core/test_settlement, py, two_books
 * 13 fee per order              fee_refund, fee_golden, py               37 ads from proceeds       core/test_settlement, py, two_books
 * 14 split over lines           cases                                    38 ad day restated         life, py
 * 15 half a cent                cases                                    39 spend 0                 life, py
 * 16 no minor units             cases                                    40 chargeback              core/test_settlement, life, py
 * 17 several currencies         core/test_refund, cases, py              41 gift card               life, producers/test_shopify_orders
 * 18 twice, or late             life, py                                 42 cash on delivery        cases, py
 * 19 refund before its order    life, py, integration/test_refunds       43 unpaid, test, voided    cases, py
 * 20 one sale of three sources  cases, py, producers/test_shopify_orders 44 loss of kept fees       core/test_fee_refund, two_books
 * 21 samples at full price      producers/test_shopify_orders            45 several lines           cases, producers/test_tiktok_orders
 * 22 sample                     cases, py                                46 days                    cases, py
 * 23 gift line                  cases                                    47 negative month          py, two_books
 * 24 replacement                cases, py                                48 guest and account       cases (what an order says of its buyer)
 *
 * two_books is integration/test_two_books. 22 and 24: what goes out costs what it costs without being a sale. 48: an order says of its
 * buyer what the platform does; customers that are merged there are none yet.
 */
#include "money_case.h"

#include "core/engine.h"
#include "core/money.h"

static struct money_case at;

/* Case 5. 20 % inside of the price: 120.00 has 20.00, 60.00 less 12.00 has 8.00. Commission of the United Kingdom is on what is charged, with
 * tax: 9 % of 168.00 = 15.12, of which 120 / 168 = 10.80. Sold were 100.00 and 40.00. */
Test(money_cases, case_05_taxes_in_the_price_are_backed_out_of_each_line)
{
    static const struct fee_rule rule = {.base = {[COMPONENT_LIST] = 1, [COMPONENT_SELLER_DISCOUNT] = -1}, .rate_ppm = 90000, FOREVER};
    static const struct fee_schedule uk = {.name = "uk", .currency = "GBP", .amount_scale = 2, .rules = &rule, .rule_count = 1};
    case_init(&at, &uk, 2);
    at.event.order.taxes_included = true;
    at.event.order.tax_minor = 2800;
    at.lines[0].unit_list_minor = 12000;
    at.lines[0].tax_minor = 2000;
    at.lines[1].unit_list_minor = 6000;
    at.lines[1].seller_discount_minor = 1200;
    at.lines[1].tax_minor = 800;
    const struct line_fact *lines = case_lines(&at);
    cr_expect_eq(lines[0].gross_minor, 10000);
    cr_expect_eq(lines[0].platform_fee_minor, 1080);
    cr_expect_eq(lines[0].net_minor, 10000 - 1080);
    cr_expect_eq(lines[1].gross_minor - lines[1].seller_discount_minor, 4000);
    cr_expect_eq(lines[1].platform_fee_minor, 432);
    cr_expect_eq(lines[1].net_minor, 4000 - 432);
    at.event.order.taxes_included = false;
    lines = case_lines(&at);
    cr_expect_eq(lines[0].gross_minor, 12000, "tax beside the price is no part of it");
}

/* Case 5. A credit note mirrors its sale; what cannot be added up is refused. */
Test(money_cases, case_05_taxes_of_a_credit_note_are_backed_out_and_those_beyond_all_measure_refused)
{
    case_init(&at, &case_us, 2);
    at.event.order.taxes_included = true;
    at.lines[0].quantity = -1;
    at.lines[0].unit_list_minor = 12000;
    at.lines[0].tax_minor = -2000;
    cr_expect_eq(case_lines(&at)->gross_minor, -10000);
    at.lines[0].tax_minor = at.lines[1].tax_minor = AMOUNT_MAX_MINOR;
    cr_expect_eq(case_book(&at), REASON_AMOUNT_OVERFLOW);
}

/* Case 6. A real row: the buyer pays 93,006 of which 2,006 are the platform's; sold are 91,000. 8 % = 7,280 and 1,250. */
Test(money_cases, case_06_a_buyers_service_fee_is_no_revenue_and_in_no_base)
{
    case_init(&at, &case_id, 1);
    at.lines[0].unit_list_minor = 91000;
    at.event.order.buyer_fees_minor = 2006;
    at.event.order.customer_total_minor = 93006;
    const struct line_fact *line = case_lines(&at);
    cr_expect_eq(line->gross_minor, 91000);
    cr_expect_eq(line->platform_fee_minor, 7280 + 1250);
    cr_expect_eq(line->net_minor, 91000 - 8530);
}

/* Case 14. 1 % of 3 x 16.67 = 0.5001: 0.50 is 17 + 17 + 16, the lower ids first; the credit note mirrors it. */
Test(money_cases, case_14_a_fee_of_the_order_is_split_by_largest_remainder_also_when_negative)
{
    static const struct fee_rule rule = {.base = {[COMPONENT_LIST] = 1}, .rate_ppm = 10000, FOREVER};
    static const struct fee_schedule one = {.name = "one", .amount_scale = 2, .rules = &rule, .rule_count = 1};
    for (int64_t sign = 1; sign >= -1; sign -= 2) {
        case_init(&at, &one, 3);
        for (int i = 0; i < 3; i++)
            at.lines[i] = (struct order_line){.line_id = text_of(i == 0 ? "c" : i == 1 ? "a" : "b"), .platform_sku = text_of("x"),
                                              .quantity = sign, .unit_list_minor = 1667};
        const struct line_fact *lines = case_lines(&at);
        cr_expect_eq(lines[0].platform_fee_minor, sign * 16);
        cr_expect_eq(lines[1].platform_fee_minor, sign * 17);
        cr_expect_eq(lines[2].platform_fee_minor, sign * 17);
    }
}

/* Case 15. 6 % of 0.25 = 0.015 -> 0.02 on each of three lines: 0.06 in all. Of the order: 6 % of 0.75 = 0.045 -> 0.05. Neither is rounded again. */
Test(money_cases, case_15_a_half_cent_goes_away_from_zero_at_the_level_of_its_rule_and_sums_are_left_alone)
{
    struct fee_rule rule = {.base = {[COMPONENT_LIST] = 1}, .rate_ppm = 60000, FOREVER};
    const struct fee_schedule one = {.name = "one", .amount_scale = 2, .rules = &rule, .rule_count = 1};
    for (int64_t sign = 1; sign >= -1; sign -= 2)
        for (int level = 0; level < 2; level++) {
            int64_t sum = 0;
            rule.level = level ? FEE_PER_LINE : FEE_PER_ORDER;
            case_init(&at, &one, 3);
            for (int i = 0; i < 3; i++) {
                at.lines[i].unit_list_minor = 25;
                at.lines[i].quantity = sign;
            }
            const struct line_fact *lines = case_lines(&at);
            for (int i = 0; i < 3; i++)
                sum += lines[i].platform_fee_minor;
            cr_expect_eq(sum, sign * (level ? 6 : 5));
        }
}

/* Case 16. 8 % of 91,007 = 7,280.56 -> 7,281 whole rupiah. */
Test(money_cases, case_16_a_currency_without_minor_units_has_whole_fees_and_never_meets_another_one)
{
    case_init(&at, &case_id, 1);
    at.lines[0].unit_list_minor = 91007;
    cr_expect_eq(case_lines(&at)->platform_fee_minor, 7281 + 1250);
    at.event.currency = text_of("USD");
    cr_expect_eq(case_book(&at), REASON_WRONG_CURRENCY, "an order has one currency: that of its schedule");
    at.event.currency = text_of("IDR");
    at.event.amount_scale = 2;
    cr_expect_eq(case_lines(&at)->platform_fee_minor, 7281 + 125000, "91,007 sen: 72.81, and 1,250.00");
}

static enum reason apply_to_shop(struct engine *engine, const char *id, const char *currency, struct facts *facts)
{
    static struct order_line lines[8];
    static int64_t offset;
    struct event *event = facts->alloc(facts->alloc_ctx, sizeof *event);
    *event = sample_order("s", id, &lines[offset % 8], 1);
    event->currency = text_of(currency);
    sample_seal(event);
    return engine_apply(engine, event, (struct origin){.offset = offset++}, SAMPLE_TIME_US, facts);
}

/* Case 17. Money is booked in the shop's own currency only; what the rate of a refund makes of it: core/test_refund. */
Test(money_cases, case_17_a_shop_books_in_its_own_currency)
{
    struct engine_config config = {.memory_orders = 100, .shops_max = 2, .policy_of = sample_policy_free};
    detector_config_default(&config.detector);
    struct engine *engine = engine_new(&config, true);
    struct facts facts = sample_facts();
    cr_expect_eq(apply_to_shop(engine, "1", "USD", &facts), REASON_NONE);
    cr_expect_eq(apply_to_shop(engine, "2", "EUR", &facts), REASON_WRONG_CURRENCY);
    cr_expect_eq(apply_to_shop(engine, "3", "USD", &facts), REASON_NONE);
    cr_expect_eq(facts.order_count, 2);
    engine_free(engine);
}

/* Case 17. 45.00 USD are 41.67 EUR to the buyer; the rate has to be one, and to make an amount. */
Test(money_cases, case_17_what_the_buyer_saw_is_kept_and_books_nothing)
{
    case_init(&at, &case_us, 1);
    at.lines[0].unit_list_minor = 4500;
    (void)case_lines(&at);
    uint64_t without = order_row_hash(&at.fact);
    at.event.order.presentment = (struct presentment){text_of("EUR"), 2, 4167, 1080000000};
    cr_expect_eq(case_lines(&at)->gross_minor, 4500);
    cr_expect_neq(order_row_hash(&at.fact), without, "kept in the row");
    at.event.order.presentment.rate_ppb = 0;
    cr_expect_eq(case_book(&at), REASON_IMPOSSIBLE_RATE);
    at.event.order.presentment.rate_ppb = MONEY_RATE_PPB_MAX;
    cr_expect_eq(case_book(&at), REASON_NONE);
    at.event.order.presentment.total_minor = AMOUNT_MAX_MINOR;
    cr_expect_eq(case_book(&at), REASON_AMOUNT_OVERFLOW);
}

/* Books an order of 45.00 with one flag set, and says whether it counts. */
static bool is_booked_with(bool *flag)
{
    at.lines[0].unit_list_minor = 4500;
    *flag = true;
    case_lines(&at);
    cr_assert_eq(at.fact.lines[0].gross_minor, 4500, "kept as it is stated");
    *flag = false;
    return at.fact.booked;
}

/* Case 20. */
Test(money_cases, case_20_a_mirror_of_another_platforms_sale_is_kept_and_not_booked)
{
    case_init(&at, &case_us, 1);
    cr_expect_not(is_booked_with(&at.event.order.mirror));
    case_lines(&at);
    cr_expect(at.fact.booked, "the sale itself is");
}

/* Case 22. */
Test(money_cases, case_22_a_free_sample_is_no_order_and_its_creator_is_kept)
{
    case_init(&at, &case_us, 1);
    at.event.order.affiliate = (struct affiliate){text_of("creator"), .rate_ppm = 0, .shop_ads_rate_ppm = -1, .actual_commission_minor = EVENT_ABSENT};
    cr_expect_not(is_booked_with(&at.event.order.sample));
    cr_expect_eq(at.fact.order->affiliate.creator.len, 7);
}

/* Case 23. 6 % of 44.00 + 5.99 = 2.9994 -> 3.00: none on the gift. All gifts: 6 % of 5.99 = 0.3594 -> 0.36 in equal parts. */
Test(money_cases, case_23_a_gift_bears_no_fee_unless_all_lines_are_gifts)
{
    case_init(&at, &case_us, 2);
    at.lines[0].gift = true;
    at.lines[1].unit_list_minor = 4400;
    at.event.order.shipping_paid_minor = 599;
    const struct line_fact *lines = case_lines(&at);
    cr_expect(lines[0].platform_fee_minor == 0 && lines[0].shipping_share_minor == 0 && lines[0].net_minor == 0);
    cr_expect(lines[1].platform_fee_minor == 300 && lines[1].shipping_share_minor == 599);
    at.lines[1].unit_list_minor = 0;
    lines = case_lines(&at);
    cr_expect(lines[0].platform_fee_minor == 18 && lines[1].platform_fee_minor == 18);
    cr_expect(lines[0].shipping_share_minor == 300 && lines[1].shipping_share_minor == 299);
}

/* Case 24. */
Test(money_cases, case_24_a_replacement_is_no_sale_and_knows_its_order)
{
    case_init(&at, &case_us, 1);
    at.event.order.linked_order_id = text_of("first");
    cr_expect_not(is_booked_with(&at.event.order.replacement));
    cr_expect_eq(at.fact.order->linked_order_id.len, 5);
}

/* Case 31. 2.5 % for shop ads in place of 10 %: of 40.00 it is 1.00, and nothing of it where the ads rate is 0. */
Test(money_cases, case_31_the_rate_of_shop_ads_excludes_the_standard_one)
{
    case_init(&at, &case_us, 1);
    at.lines[0] = (struct order_line){.line_id = text_of("1"), .platform_sku = text_of("1"), .quantity = 1, .unit_list_minor = 5000,
                                      .seller_discount_minor = 500, .platform_discount_minor = 500};
    at.event.order.affiliate = (struct affiliate){text_of("creator"), .rate_ppm = 100000, .shop_ads_rate_ppm = 25000,
                                                  .actual_commission_minor = EVENT_ABSENT};
    cr_expect_eq(case_lines(&at)->affiliate_commission_minor, 100);
    at.event.order.affiliate.shop_ads_rate_ppm = 0;
    cr_expect_eq(case_lines(&at)->affiliate_commission_minor, 0);
    at.event.order.affiliate.shop_ads_rate_ppm = -1;
    cr_expect_eq(case_lines(&at)->affiliate_commission_minor, 400);
}

/* Case 32. */
Test(money_cases, case_32_the_actual_commission_replaces_the_estimate)
{
    case_init(&at, &case_us, 1);
    at.lines[0].unit_list_minor = 4000;
    at.event.order.affiliate =
        (struct affiliate){text_of("creator"), .rate_ppm = 100000, .shop_ads_rate_ppm = -1, .actual_commission_minor = 350};
    cr_expect_eq(case_lines(&at)->affiliate_commission_minor, 350, "not 4.00, and never both");
}

/* Case 42. A parcel that nobody paid for comes back as a cancelled order. */
Test(money_cases, case_42_cash_on_delivery_that_is_not_paid_is_no_revenue)
{
    static const enum order_status statuses[] = {ORDER_UNPAID, ORDER_CANCELLED, ORDER_ON_HOLD};
    case_init(&at, &case_us, 1);
    at.event.order.cod = true;
    for (size_t i = 0; i < 3; i++) {
        at.event.order.status = statuses[i];
        case_lines(&at);
        cr_expect_not(at.fact.booked, "status %d", (int)statuses[i]);
    }
    at.event.order.status = ORDER_DELIVERED;
    case_lines(&at);
    cr_expect(at.fact.booked);
}

/* Case 43. */
Test(money_cases, case_43_unpaid_held_test_and_voided_orders_are_kept_and_not_booked)
{
    static const enum order_status statuses[] = {ORDER_UNPAID, ORDER_ON_HOLD, ORDER_CANCELLED};
    case_init(&at, &case_us, 1);
    cr_expect_not(is_booked_with(&at.event.order.test));
    for (size_t i = 0; i < 3; i++) {
        at.event.order.status = statuses[i];
        case_lines(&at);
        cr_expect_not(at.fact.booked);
    }
}

/* Case 45. Shipping of 5.99 counts once: 6 % of 20.00 + 30.00 + 5.99 = 3.3594 -> 3.36, whatever the number of lines. */
Test(money_cases, case_45_what_is_of_the_order_counts_once_however_many_lines_it_has)
{
    case_init(&at, &case_us, 3);
    at.lines[0].unit_list_minor = 2000;
    at.lines[1].unit_list_minor = 2500;
    at.lines[2].unit_list_minor = 500;
    at.event.order.shipping_paid_minor = 599;
    const struct line_fact *lines = case_lines(&at);
    cr_expect_eq(lines[0].shipping_share_minor + lines[1].shipping_share_minor + lines[2].shipping_share_minor, 599);
    cr_expect_eq(lines[0].platform_fee_minor + lines[1].platform_fee_minor + lines[2].platform_fee_minor, 336);
}

/* Case 46. In New York 2024-03-10 has 23 hours: it begins at 05:00 UTC and ends at 04:00 UTC. */
Test(money_cases, case_46_the_business_day_is_the_shops_own_also_on_a_day_of_23_hours)
{
    static const struct zone new_york = {.count = 2, .change_us = {INT64_MIN, INT64_C(1710054000000000)}, .offset_s = {-18000, -14400}};
    static const int64_t begin_us = INT64_C(1710046800000000), hours_us = 23 * SAMPLE_HOUR_US;
    const int64_t times_us[] = {begin_us - 1, begin_us, begin_us + hours_us - 1, begin_us + hours_us};
    const int32_t days[] = {19791, 19792, 19792, 19793};
    case_init(&at, &case_us, 1);
    at.policy.zone = &new_york;
    for (size_t i = 0; i < 4; i++) {
        at.event.order.created_at_us = times_us[i];
        case_lines(&at);
        cr_expect_eq(at.fact.day, days[i], "%zu: %d", i, at.fact.day);
    }
}

/* Case 48, as far as it is there: a guest has no key, and nobody is made one. */
Test(money_cases, case_48_a_guest_stays_without_a_key)
{
    case_init(&at, &case_us, 1);
    case_lines(&at);
    cr_expect_null(at.fact.order->buyer_key.ptr);
    at.event.order.buyer_key = text_of("hash");
    case_lines(&at);
    cr_expect_eq(at.fact.order->buyer_key.len, 4);
}
