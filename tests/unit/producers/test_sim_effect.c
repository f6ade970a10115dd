#include <criterion/criterion.h>

#include "producers/sim_effect.h"

#define START_US INT64_C(1767225600000000) /* 2026-01-01 */
#define CAP_FROM_US INT64_C(1747292400000000) /* 2025-05-15 07:00 UTC */

/* Golden: line of 3 units, list 3 x 10.00, seller 1.00, platform 0.50, creator 10 % of 28.50 = 2.85; shipping 5.99.
 * Referral is 6 % of 29.00 + 5.99 = 34.99: 2.0994 -> 2.10.
 * One unit: shares 100 / 3 = 33 and 50 / 3 = 16, amount 1000 - 49 = 951. The other two: shares 67 and 34, amount 1899.
 * Affiliate 285 x 951 / 2850 = 95.1 -> 95, then 190. Referral comes back with the second, 20 % of 210 = 42 of it is kept. */
Test(sim_effect, a_unit_and_then_the_rest_of_a_line)
{
    static char sku[] = "s";
    struct order_line line = {.line_id = {"l", 1}, .platform_sku = {sku, 1}, .quantity = 3, .unit_list_minor = 1000,
                              .seller_discount_minor = 100, .platform_discount_minor = 50};
    struct order order = {.lines = &line, .line_count = 1, .shipping_paid_minor = 599,
                          .affiliate = {.creator = {"c", 1}, .rate_ppm = 100000}};
    struct sim_shop shop = {.charges = SIM_TIKTOK_US};
    struct sim_sold_line sold[SIM_LINES_MAX];
    struct refund_line first = {.line_id = {"l", 1}, .quantity = 1, .amount_minor = 951},
                       rest = {.line_id = {"l", 1}, .quantity = 2, .amount_minor = 1899};
    struct event events[2] = {{.occurred_at_us = START_US}, {.occurred_at_us = START_US + 1}};
    struct sim_claim claims[2];
    int64_t figures[2][BACK_COUNT];
    events[0].refund = (struct refund){
        .refund_id = {"a", 1}, .shipped_before = true, .case_fee_minor = EVENT_ABSENT, .lines = &first, .line_count = 1};
    events[1].refund = events[0].refund;
    events[1].refund.lines = &rest;
    sim_claim_of(&events[0], &claims[0]);
    sim_claim_of(&events[1], &claims[1]);
    cr_assert_eq(sim_sold_lines(&shop, &order, sold), 1);
    cr_assert_eq(sold[0].referral_minor, 210);
    cr_assert_eq(sold[0].affiliate_minor, 285);
    sim_effects(&shop, sold, 1, claims, 2, figures);
    /* 951 + 33 + 16 = 1000; 1000 - 33 - 95 = 872 */
    cr_assert_eq(figures[0][BACK_GROSS], 1000);
    cr_assert_eq(figures[0][BACK_FEES], 0);
    cr_assert_eq(figures[0][BACK_NET], 872);
    /* 1899 + 67 + 34 = 2000; 2000 - 67 - 190 - 210 + 42 = 1575 */
    cr_assert_eq(figures[1][BACK_GROSS], 2000);
    cr_assert_eq(figures[1][BACK_AFFILIATE], 190);
    cr_assert_eq(figures[1][BACK_FEES], 210);
    cr_assert_eq(figures[1][BACK_ADMIN_FEE], 42);
    cr_assert_eq(figures[1][BACK_NET], 1575);
}

/* All of an order at once; returns what it does. */
static void whole(const struct sim_shop *shop, const struct order *order, int64_t at_us, bool shipped, const char *initiator,
                  int64_t *ret_figures)
{
    struct sim_sold_line sold[SIM_LINES_MAX];
    struct refund_line back[SIM_LINES_MAX];
    struct sim_claim claim;
    struct event event = {.occurred_at_us = at_us};
    for (uint32_t i = 0; i < order->line_count; i++)
        back[i] = (struct refund_line){.line_id = order->lines[i].line_id,
                                       .quantity = order->lines[i].quantity,
                                       .amount_minor = order->lines[i].unit_list_minor * order->lines[i].quantity};
    event.refund = (struct refund){.refund_id = {"r", 1},
                                   .initiator = text_of(initiator),
                                   .shipped_before = shipped,
                                   .case_fee_minor = EVENT_ABSENT,
                                   .lines = back,
                                   .line_count = order->line_count};
    sim_claim_of(&event, &claim);
    cr_assert_eq(sim_sold_lines(shop, order, sold), order->line_count);
    sim_effects(shop, sold, order->line_count, &claim, 1, (int64_t(*)[BACK_COUNT])ret_figures);
}

/* 6 % of 600.00 is 36.00, 20 % of that 7.20: above the cap of 5.00, which began on a day. A buyer who cancels before the order has left costs none. */
Test(sim_effect, the_refund_fee_is_capped_since_a_day_and_is_spared_where_the_buyer_cancels_in_time)
{
    struct order_line line = {.line_id = {"l", 1}, .platform_sku = {"s", 1}, .quantity = 1, .unit_list_minor = 60000};
    struct order order = {.lines = &line, .line_count = 1};
    struct sim_shop shop = {.charges = SIM_TIKTOK_US};
    int64_t figures[BACK_COUNT];
    whole(&shop, &order, CAP_FROM_US - 1, true, "BUYER", figures);
    cr_assert_eq(figures[BACK_FEES], 3600);
    cr_assert_eq(figures[BACK_ADMIN_FEE], 720);
    whole(&shop, &order, CAP_FROM_US, true, "BUYER", figures);
    cr_assert_eq(figures[BACK_ADMIN_FEE], 500);
    whole(&shop, &order, CAP_FROM_US, false, "BUYER", figures);
    cr_assert_eq(figures[BACK_FEES], 3600);
    cr_assert_eq(figures[BACK_ADMIN_FEE], 0);
    whole(&shop, &order, CAP_FROM_US, false, "SELLER", figures);
    cr_assert_eq(figures[BACK_ADMIN_FEE], 500);
    shop.charges = SIM_SHOPIFY_US;
    whole(&shop, &order, CAP_FROM_US, true, "BUYER", figures);
    cr_assert_eq(figures[BACK_FEES], 0);
    cr_assert_eq(figures[BACK_NET], 60000);
}

/* Lines of 300.00 and 500.00: fees 18.00 and 30.00. Of two SKUs 3.60 + min(6.00, 5.00) = 8.60; of one min(9.60, 5.00). */
Test(sim_effect, the_cap_is_of_a_sku_not_of_a_line)
{
    struct order_line lines[] = {{.line_id = {"1", 1}, .platform_sku = {"a", 1}, .quantity = 1, .unit_list_minor = 30000},
                                 {.line_id = {"2", 1}, .platform_sku = {"b", 1}, .quantity = 1, .unit_list_minor = 50000}};
    struct order order = {.lines = lines, .line_count = 2};
    struct sim_shop shop = {.charges = SIM_TIKTOK_US};
    int64_t figures[BACK_COUNT];
    whole(&shop, &order, START_US, true, "BUYER", figures);
    cr_assert_eq(figures[BACK_ADMIN_FEE], 860);
    lines[1].platform_sku = lines[0].platform_sku;
    whole(&shop, &order, START_US, true, "BUYER", figures);
    cr_assert_eq(figures[BACK_ADMIN_FEE], 500);
}

/* 6 % of 0.15 is 0.009 -> 0.01: the remainders of 0.67 and 0.33 give it to the first line. */
Test(sim_effect, the_referral_fee_is_split_by_largest_remainder)
{
    struct order_line lines[] = {{.line_id = {"1", 1}, .platform_sku = {"a", 1}, .quantity = 1, .unit_list_minor = 10},
                                 {.line_id = {"2", 1}, .platform_sku = {"b", 1}, .quantity = 1, .unit_list_minor = 5}};
    struct order order = {.lines = lines, .line_count = 2};
    struct sim_shop shop = {.charges = SIM_TIKTOK_US};
    struct sim_sold_line sold[SIM_LINES_MAX];
    cr_assert_eq(sim_sold_lines(&shop, &order, sold), 2);
    cr_assert_eq(sold[0].referral_minor, 1);
    cr_assert_eq(sold[1].referral_minor, 0);
}

/* Of a line of 3 that cost 10.00: the first comes back restocked, 1000 / 3 = 333; the second is lost; the third makes it two that
 * are back on the shelves, 1000 x 2 / 3 = 666, 333 more. Had all three come, the last would have brought 334. */
Test(sim_effect, only_restocked_units_give_their_cost_back_and_the_last_one_takes_the_remainder)
{
    struct sim_shop shop = {.charges = SIM_NO_CHARGES};
    struct sim_sold_line line = {.line = 7, .quantity = 3, .gross_minor = 3000, .cost_minor = 1000, .cost_known = true};
    struct sim_claim claims[3];
    int64_t figures[3][BACK_COUNT];
    for (int i = 0; i < 3; i++)
        claims[i] = (struct sim_claim){.line_count = 1, .lines = {{7, 1, 1000, 0, i != 1}}};
    sim_effects(&shop, &line, 1, claims, 3, figures);
    cr_assert_eq(figures[0][BACK_COST], 333);
    cr_assert_eq(figures[1][BACK_COST], 0);
    cr_assert_eq(figures[2][BACK_COST], 333);
    claims[1].lines[0].restocked = true;
    sim_effects(&shop, &line, 1, claims, 3, figures);
    cr_assert_eq(figures[2][BACK_COST], 334);
    cr_assert_eq(figures[2][BACK_COST_UNKNOWN], 0);
}

Test(sim_effect, a_cost_that_is_not_known_is_unknown_only_where_units_come_back_restocked)
{
    struct sim_shop shop = {.charges = SIM_NO_CHARGES};
    struct sim_sold_line line = {.line = 7, .quantity = 3, .gross_minor = 3000};
    struct sim_claim claims[3] = {{.line_count = 1, .lines = {{7, 1, 1000, 0, true}}},
                                  {.line_count = 1, .lines = {{7, 1, 1000, 0, false}}},
                                  {.line_count = 1, .voided = true, .lines = {{7, 1, 1000, 0, true}}}};
    int64_t figures[3][BACK_COUNT];
    sim_effects(&shop, &line, 1, claims, 3, figures);
    cr_assert_eq(figures[0][BACK_COST_UNKNOWN], 1);
    cr_assert_eq(figures[1][BACK_COST_UNKNOWN], 0);
    cr_assert_eq(figures[2][BACK_COST_UNKNOWN], 0, "a voided refund gives nothing back");
    for (int i = 0; i < 3; i++)
        cr_assert_eq(figures[i][BACK_COST], 0);
}
