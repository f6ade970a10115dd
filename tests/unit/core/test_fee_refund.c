#include <criterion/criterion.h>

#include "core/fee_refund.h"
#include "core/money.h"
#include "sale.h"

#define MAY_15_2025 INT64_C(1747267200000000)
#define LINES 4

static const struct admin_fee us_admins[] = {
    {.rate_ppm = 200000, .cap_minor = -1, .level = FEE_PER_SKU, .free_for_buyer = true, .valid_from_us = INT64_MIN,
     .valid_to_us = MAY_15_2025},
    {.rate_ppm = 200000, .cap_minor = 500, .level = FEE_PER_SKU, .free_for_buyer = true, .valid_from_us = MAY_15_2025,
     .valid_to_us = INT64_MAX}};
static const struct fee_rule us_rules[] = {{.name = "referral",
                                            .base = REFERRAL_BASE,
                                            .rate_ppm = 60000,
                                            .refund = {.kind = FEE_RETURNED, .admins = us_admins, .admin_count = 2},
                                            ALWAYS},
                                           {.name = "affiliate",
                                            .class = FEE_AFFILIATE,
                                            .level = FEE_PER_LINE,
                                            .rate_source = RATE_OF_AFFILIATE,
                                            .base = AFFILIATE_BASE,
                                            .refund = {.kind = FEE_PRO_RATA},
                                            ALWAYS}};
static const struct fee_schedule us = {.currency = "USD", .amount_scale = 2, .rules = us_rules, .rule_count = 2};

/* An order with its charges, and the memory of what is computed of it. */
struct life {
    struct sale sale;
    const struct fee_schedule *schedule;
    struct fee_charge charges[8];
    struct fee_part parts[8 * LINES];
    struct fee_trace trace;
    struct fee_sold_line sold[LINES];
    struct fee_sold_order order;
    struct fee_refund_effect *effects;
    size_t count;
    void *taken[256];
    size_t taken_count;
};

static void *take(void *ctx, size_t size)
{
    struct life *life = ctx;
    cr_assert_lt(life->taken_count, sizeof life->taken / sizeof *life->taken);
    return life->taken[life->taken_count++] = malloc(size ? size : 1);
}

static void life_init(struct life *life, const struct fee_schedule *schedule, uint32_t line_count)
{
    memset(life, 0, sizeof *life);
    sale_init(&life->sale, line_count);
    life->schedule = schedule;
    if (schedule->currency)
        life->sale.event.currency = text_of(schedule->currency);
    life->sale.event.amount_scale = schedule->amount_scale;
}

static void life_done(struct life *life)
{
    sale_done(&life->sale);
    for (size_t i = 0; i < life->taken_count; i++)
        free(life->taken[i]);
}

static void life_sell(struct life *life)
{
    uint32_t count = life->sale.event.order.line_count;
    life->trace = (struct fee_trace){life->charges, 8, 0, life->parts, 8 * LINES, 0, 0};
    for (uint32_t i = 0; i < count; i++) {
        const struct order_line *line = &life->sale.lines[i];
        life->sale.facts[i].gross_minor = line->unit_list_minor * line->quantity;
        life->sold[i] = (struct fee_sold_line){line->platform_sku, line->quantity,
                                               life->sale.facts[i].gross_minor - line->seller_discount_minor -
                                                   line->platform_discount_minor};
    }
    cr_assert_eq(fees_apply(life->schedule, NULL, &life->sale.event, allocate_never, NULL, life->sale.facts, &life->trace),
                 REASON_NONE);
    cr_assert_eq(life->trace.missed, 0);
    life->order = (struct fee_sold_order){life->schedule, life->charges,   life->trace.charge_count,
                                          life->sold,     count, life->sale.event.amount_scale};
}

static void life_refund(struct life *life, const struct fee_return *refunds, size_t count)
{
    cr_assert_eq(fee_refund_apply(&life->order, refunds, count, take, life, &life->effects, &life->count), REASON_NONE);
}

/* What a refund does to a charge, on all lines. */
static struct fee_refund_effect sum_of(const struct life *life, uint32_t refund, uint32_t charge)
{
    struct fee_refund_effect sum = {.refund = refund, .charge = charge};
    for (size_t i = 0; i < life->count; i++)
        if (life->effects[i].refund == refund && life->effects[i].charge == charge) {
            sum.returned_minor += life->effects[i].returned_minor;
            sum.admin_minor += life->effects[i].admin_minor;
            sum.kept_minor += life->effects[i].kept_minor;
            sum.marks |= life->effects[i].marks;
        }
    return sum;
}

#define EXPECT(life, refund, charge, returned, admin, kept)                                                                  \
    do {                                                                                                                     \
        struct fee_refund_effect sum_ = sum_of(life, refund, charge);                                                        \
        cr_expect(sum_.returned_minor == (returned) && sum_.admin_minor == (admin) && sum_.kept_minor == (kept),             \
                  "refund %d charge %d: returned %ld, admin %ld, kept %ld", (int)(refund), (int)(charge),                    \
                  (long)sum_.returned_minor, (long)sum_.admin_minor, (long)sum_.kept_minor);                                 \
    } while (0)

#define REFUND(...) .at_us = MAY_15_2025, .progress = FEE_DELIVERED, .lines = (const struct fee_returned_line[]){__VA_ARGS__}

static void bridge_init(struct life *life)
{
    life_init(life, &us, 1);
    life->sale.lines[0].unit_list_minor = 5000;
    life->sale.lines[0].seller_discount_minor = 500;
    life->sale.lines[0].platform_discount_minor = 500;
    life->sale.event.order.shipping_paid_minor = 599;
    life->sale.event.order.affiliate.creator = text_of("creator");
    life->sale.event.order.affiliate.rate_ppm = 100000;
    life_sell(life);
}

/* The worked bridge: 3.06 returned, 20 % x 3.06 = 0.612 kept. */
Test(fee_refund, the_worked_bridge_gives_back_3_06_and_is_charged_0_61)
{
    struct life life;
    bridge_init(&life);
    life_refund(&life, &(struct fee_return){REFUND({0, 1, 4000}), .line_count = 1}, 1);
    EXPECT(&life, 0, 0, 306, 61, 0);
    EXPECT(&life, 0, 1, 400, 0, 0);
    life_done(&life);
}

Test(fee_refund, case_07_a_full_refund_leaves_no_referral_fee)
{
    struct life life;
    bridge_init(&life);
    life_refund(&life, &(struct fee_return){REFUND({0, 0, 4000}), .line_count = 1}, 1);
    EXPECT(&life, 0, 0, 306, 61, 0);
    cr_assert_eq(life.effects[0].marks, 0, "all of the price is back: the order is, whether returned or not");
    life_done(&life);
}

Test(fee_refund, case_08_a_buyer_who_cancels_before_shipping_costs_no_administration_fee)
{
    struct life life;
    bridge_init(&life);
    struct fee_return refund = {REFUND({0, 1, 4000}), .line_count = 1};
    refund.progress = FEE_BEFORE_SHIPPING;
    refund.buyer_cancels = true;
    life_refund(&life, &refund, 1);
    EXPECT(&life, 0, 0, 306, 0, 0);
    refund.buyer_cancels = false;
    life_refund(&life, &refund, 1);
    EXPECT(&life, 0, 0, 306, 61, 0); /* the seller cancels: as 30 of 30 real cancelled orders were charged */
    refund.progress = FEE_BEFORE_DELIVERY;
    refund.buyer_cancels = true;
    life_refund(&life, &refund, 1);
    EXPECT(&life, 0, 0, 306, 61, 0); /* too late */
    life_done(&life);
}

/* Case 10: the affiliate's in proportion, the referral fee assumed kept, and said so. */
Test(fee_refund, case_10_a_partial_refund_keeps_the_referral_fee_until_the_settlement_says_otherwise)
{
    struct life life;
    bridge_init(&life);
    const struct fee_return refunds[] = {{REFUND({0, 0, 1000}), .line_count = 1}, {REFUND({0, 1, 3000}), .line_count = 1}};
    life_refund(&life, refunds, 2);
    EXPECT(&life, 0, 0, 0, 0, 306);
    EXPECT(&life, 0, 1, 100, 0, 300); /* 4.00 x 10 / 40 */
    cr_assert_eq(sum_of(&life, 0, 0).marks, FEE_REFUND_ASSUMED);
    cr_assert_eq(sum_of(&life, 0, 1).marks, 0);
    EXPECT(&life, 1, 0, 306, 61, 0); /* the rest of the price: the order is wholly back */
    EXPECT(&life, 1, 1, 300, 0, 0);
    life_done(&life);
}

/* Case 11: the cap is of each SKU, then they are added up. */
Test(fee_refund, case_11_the_administration_fee_is_capped_per_sku_and_then_added_up)
{
    struct life life;
    life_init(&life, &us, 3);
    for (int i = 0; i < 3; i++)
        life.sale.lines[i].unit_list_minor = 50000;
    life.sale.lines[0].platform_sku = life.sale.lines[1].platform_sku = text_of("a");
    life.sale.lines[2].platform_sku = text_of("b");
    life_sell(&life);
    /* referral 30.00 each; a: 20 % x 60.00 = 12.00, at most 5.00; b: 20 % x 30.00 = 6.00, at most 5.00 */
    const struct fee_return at_once = {REFUND({0, 1, 50000}, {1, 1, 50000}, {2, 1, 50000}), .line_count = 3};
    life_refund(&life, &at_once, 1);
    EXPECT(&life, 0, 0, 9000, 1000, 0);
    const struct fee_return one_by_one[] = {{REFUND({0, 1, 50000}), .line_count = 1},
                                            {REFUND({1, 1, 50000}), .line_count = 1},
                                            {REFUND({2, 1, 50000}), .line_count = 1}};
    life_refund(&life, one_by_one, 3);
    EXPECT(&life, 0, 0, 0, 0, 3000);
    EXPECT(&life, 1, 0, 0, 0, 3000);
    EXPECT(&life, 2, 0, 9000, 1000, 0);
    struct fee_return before = at_once;
    before.at_us = MAY_15_2025 - 1;
    life_refund(&life, &before, 1);
    EXPECT(&life, 0, 0, 9000, 1800, 0); /* no cap yet: 20 % x 90.00 */
    life_done(&life);
}

/* Where a part of the order gives back its part: the first rule of 2023 had no administration fee, but a cap counts here, too. */
static const struct fee_rule parted_rules[] = {
    {.name = "referral",
     .base = REFERRAL_BASE,
     .rate_ppm = 60000,
     .refund = {.kind = FEE_RETURNED, .partial_pro_rata = true, .admins = us_admins, .admin_count = 2},
     ALWAYS}};
static const struct fee_schedule parted = {.currency = "USD", .amount_scale = 2, .rules = parted_rules, .rule_count = 1};

/* Case 12: list 3 x 33.35 less 1.00: referral 6 % x 99.05 = 5.943. */
Test(fee_refund, case_12_each_of_three_units_gives_back_its_part_and_the_last_one_the_remainder)
{
    struct life life;
    life_init(&life, &parted, 1);
    life.sale.lines[0].unit_list_minor = 3335;
    life.sale.lines[0].quantity = 3;
    life.sale.lines[0].seller_discount_minor = 100;
    life_sell(&life);
    cr_assert_eq(life.charges[0].amount_minor, 594); /* 6 % x 99.05 = 5.943 */
    const struct fee_return units[] = {{REFUND({0, 1, 3302}), .line_count = 1},
                                       {REFUND({0, 1, 3301}), .line_count = 1},
                                       {REFUND({0, 1, 3302}), .line_count = 1}};
    life_refund(&life, units, 3);
    EXPECT(&life, 0, 0, 198, 40, 396); /* 20 % x 1.98 = 0.396 */
    EXPECT(&life, 1, 0, 198, 39, 198); /* 20 % x 3.96 = 0.792, of which 0.40 is charged */
    EXPECT(&life, 2, 0, 198, 40, 0);   /* 20 % x 5.94 = 1.188 -> 1.19 */
    life_done(&life);
}

Test(fee_refund, half_a_cent_goes_away_from_zero_and_the_last_unit_takes_the_remainder)
{
    struct life life;
    life_init(&life, &parted, 1);
    life.sale.lines[0].unit_list_minor = 2542;
    life.sale.lines[0].quantity = 2;
    life_sell(&life);
    cr_assert_eq(life.charges[0].amount_minor, 305); /* 6 % x 50.84 = 3.0504 */
    const struct fee_return units[] = {{REFUND({0, 1, 2542}), .line_count = 1}, {REFUND({0, 1, 2542}), .line_count = 1}};
    life_refund(&life, units, 2);
    EXPECT(&life, 0, 0, 153, 31, 152); /* 1.525 -> 1.53; 20 % = 0.306 */
    EXPECT(&life, 1, 0, 152, 30, 0);   /* 20 % x 3.05 = 0.61 in all */
    life_done(&life);
}

/* $9.00 and $6.00 of 20 % of what came back; $5.00 in all for a, however often it comes. */
Test(fee_refund, a_sku_that_comes_back_in_parts_has_one_cap)
{
    struct life life;
    life_init(&life, &parted, 1);
    life.sale.lines[0].unit_list_minor = 60000;
    life.sale.lines[0].quantity = 2;
    life_sell(&life);
    const struct fee_return units[] = {{REFUND({0, 0, 40000}), .line_count = 1}, {REFUND({0, 2, 80000}), .line_count = 1}};
    life_refund(&life, units, 2);
    EXPECT(&life, 0, 0, 2400, 480, 4800); /* 6 % x 400.00, 20 % of it */
    EXPECT(&life, 1, 0, 4800, 20, 0);
    cr_assert_eq(life.effects[1].admin_of_minor, 7200);
    life_done(&life);
}

/* A cap of 5.01 on an order in tenths: 5.0 is the most that can be charged. */
Test(fee_refund, a_cap_with_more_digits_than_the_order_has_is_the_highest_amount_below_it)
{
    static const struct admin_fee odd = {.rate_ppm = PPM, .cap_minor = 501, .valid_from_us = INT64_MIN, .valid_to_us = INT64_MAX};
    struct life life;
    bridge_init(&life);
    struct fee_rule rules[2] = {us_rules[0], us_rules[1]};
    rules[0].refund.admins = &odd;
    rules[0].refund.admin_count = 1;
    const struct fee_schedule schedule = {.amount_scale = 2, .rules = rules, .rule_count = 2};
    life.order.schedule = &schedule;
    life.order.amount_scale = 1;
    life_refund(&life, &(struct fee_return){REFUND({0, 1, 4000}), .line_count = 1}, 1);
    EXPECT(&life, 0, 0, 306, 50, 0);
    life_done(&life);
}

static const struct fee_rule id_rules[] = {
    {.name = "dynamic",
     .base = {1, -1},
     .level = FEE_PER_ITEM,
     .rate_ppm = 80000,
     .cap_minor = 40000,
     .valid_from_us = INT64_MIN,
     .valid_to_us = INT64_MAX,
     .slot = 1,
     .refund = {.kind = FEE_KEPT, .reversed_before = FEE_STAGE_DELIVERY}},
    {.name = "processing",
     .base = {1, -1},
     .fixed_minor = 1250,
     ALWAYS,
     .refund = {.kind = FEE_KEPT, .reversed_before = FEE_STAGE_DELIVERY, .fixed_kept_on_partial = true}},
    {.name = "vat",
     .fees = (const struct fee_term[]){{0, 1}},
     .fee_count = 1,
     .rate_ppm = 110000,
     ALWAYS,
     .refund = {.kind = FEE_WITH_BASE}}};
static const char *const id_slots[] = {"dynamic"};
static const struct fee_schedule id = {.currency = "IDR", .rules = id_rules, .rule_count = 3, .slot_names = id_slots, .slot_count = 1};

static void indonesian_init(struct life *life)
{
    life_init(life, &id, 2);
    life->sale.lines[0].unit_list_minor = 60000;
    life->sale.lines[1].unit_list_minor = 40000;
    life_sell(life);
    cr_assert_eq(life->charges[0].amount_minor, 8000); /* 8 % x 100,000 */
    cr_assert_eq(life->charges[1].amount_minor, 1250);
    cr_assert_eq(life->charges[2].amount_minor, 880); /* 11 % x 8,000 */
}

/* A real refund after delivery settled at -10,250: 8,000 commission, 1,250 processing, 1,000 logistics; one before at 0. */
Test(fee_refund, case_13_and_44_after_delivery_all_fees_stay_before_it_none)
{
    struct life life;
    indonesian_init(&life);
    struct fee_return refund = {REFUND({0, 1, 60000}, {1, 1, 40000}), .line_count = 2};
    life_refund(&life, &refund, 1);
    EXPECT(&life, 0, 0, 0, 0, 8000);
    EXPECT(&life, 0, 1, 0, 0, 1250);
    EXPECT(&life, 0, 2, 0, 0, 880);
    for (refund.progress = FEE_BEFORE_SHIPPING; refund.progress <= FEE_BEFORE_DELIVERY; refund.progress++) {
        life_refund(&life, &refund, 1);
        EXPECT(&life, 0, 0, 8000, 0, 0);
        EXPECT(&life, 0, 1, 1250, 0, 0);
        EXPECT(&life, 0, 2, 880, 0, 0);
    }
    life_done(&life);
}

static const struct fee_rule reversed_rules[] = {
    {.name = "a", .base = {1}, .rate_ppm = 100000, ALWAYS, .refund = {.kind = FEE_KEPT, .reversed_before = FEE_STAGE_SHIPPING}},
    {.name = "b",
     .base = {1},
     .rate_ppm = 100000,
     ALWAYS,
     .refund = {.kind = FEE_RETURNED, .reversed_before = FEE_STAGE_SHIPPING, .admins = us_admins, .admin_count = 2}}};
static const struct fee_schedule reversed = {.currency = "USD", .amount_scale = 2, .rules = reversed_rules, .rule_count = 2};

Test(fee_refund, what_is_reversed_before_shipping_costs_no_administration_fee_whoever_cancels)
{
    struct life life;
    life_init(&life, &reversed, 1);
    life.sale.lines[0].unit_list_minor = 1000;
    life_sell(&life);
    struct fee_return refund = {REFUND({0, 1, 1000}), .line_count = 1};
    refund.progress = FEE_BEFORE_SHIPPING;
    life_refund(&life, &refund, 1);
    EXPECT(&life, 0, 0, 100, 0, 0);
    EXPECT(&life, 0, 1, 100, 0, 0);
    refund.progress = FEE_BEFORE_DELIVERY;
    life_refund(&life, &refund, 1);
    EXPECT(&life, 0, 0, 0, 0, 100); /* on its way: too late to be reversed */
    EXPECT(&life, 0, 1, 100, 20, 0);
    life_done(&life);
}

Test(fee_refund, a_fee_per_order_comes_back_with_the_whole_order_only)
{
    struct life life;
    indonesian_init(&life);
    struct fee_return refunds[] = {{REFUND({0, 1, 60000}), .line_count = 1}, {REFUND({1, 1, 40000}), .line_count = 1}};
    refunds[0].progress = refunds[1].progress = FEE_BEFORE_SHIPPING;
    life_refund(&life, refunds, 2);
    EXPECT(&life, 0, 0, 4800, 0, 0);
    EXPECT(&life, 0, 1, 0, 0, 750); /* of 1,250 on the first line */
    EXPECT(&life, 0, 2, 528, 0, 0); /* 11 % x 4,800 */
    EXPECT(&life, 1, 1, 1250, 0, 0);
    EXPECT(&life, 1, 2, 352, 0, 0);
    refunds[1].progress = FEE_DELIVERED;
    life_refund(&life, refunds, 2);
    EXPECT(&life, 1, 0, 0, 0, 3200);
    EXPECT(&life, 1, 1, 0, 0, 500); /* one line was delivered: the fee per order stays */
    life_done(&life);
}

/* 2 % x 50.99 + 0.30 = 1.32: on a refund of half the price, 0.51 of the rate's 1.02; the 0.30 with the rest. */
Test(fee_refund, the_fixed_part_of_2023_stays_on_a_partial_refund)
{
    static const struct fee_rule rule = {.base = REFERRAL_BASE,
                                         .rate_ppm = 20000,
                                         .fixed_minor = 30,
                                         ALWAYS,
                                         .refund = {.kind = FEE_RETURNED, .partial_pro_rata = true, .fixed_kept_on_partial = true}};
    static const struct fee_schedule schedule = {.currency = "USD", .amount_scale = 2, .rules = &rule, .rule_count = 1};
    struct life life;
    life_init(&life, &schedule, 1);
    life.sale.lines[0].unit_list_minor = 4500;
    life.sale.event.order.shipping_paid_minor = 599;
    life_sell(&life);
    const struct fee_return refunds[] = {{REFUND({0, 0, 2250}), .line_count = 1}, {REFUND({0, 0, 2250}), .line_count = 1}};
    life_refund(&life, refunds, 2);
    EXPECT(&life, 0, 0, 51, 0, 81);
    EXPECT(&life, 1, 0, 81, 0, 0);
    cr_assert_eq(sum_of(&life, 0, 0).marks, 0, "the policy says what a partial refund gives: nothing is assumed");
    life_done(&life);
}

Test(fee_refund, more_than_was_sold_gives_back_what_was_charged_and_says_so)
{
    struct life life;
    bridge_init(&life);
    const struct fee_return refunds[] = {{REFUND({0, 2, 4001}), .line_count = 1}, {REFUND({0, 1, 4000}), .line_count = 1}};
    life_refund(&life, refunds, 2);
    EXPECT(&life, 0, 0, 306, 61, 0);
    EXPECT(&life, 1, 0, 0, 0, 0);
    cr_assert(sum_of(&life, 0, 0).marks & FEE_REFUND_ABOVE_SALE);
    cr_assert(sum_of(&life, 1, 1).marks & FEE_REFUND_ABOVE_SALE);
    life_done(&life);
}

Test(fee_refund, impossible_lines_and_amounts_have_their_reason)
{
    struct life life;
    bridge_init(&life);
    struct fee_returned_line line = {1, 1, 100};
    const struct fee_return refund = {.at_us = MAY_15_2025, .lines = &line, .line_count = 1};
    cr_assert_eq(fee_refund_apply(&life.order, &refund, 1, take, &life, &life.effects, &life.count), REASON_IMPOSSIBLE_LINE);
    line = (struct fee_returned_line){0, -1, 100};
    cr_assert_eq(fee_refund_apply(&life.order, &refund, 1, take, &life, &life.effects, &life.count), REASON_IMPOSSIBLE_AMOUNT);
    line = (struct fee_returned_line){0, 1, -100};
    cr_assert_eq(fee_refund_apply(&life.order, &refund, 1, take, &life, &life.effects, &life.count), REASON_IMPOSSIBLE_AMOUNT);
    line = (struct fee_returned_line){0, 1, 4000};
    life.sold[0].quantity = 0;
    cr_assert_eq(fee_refund_apply(&life.order, &refund, 1, take, &life, &life.effects, &life.count), REASON_IMPOSSIBLE_LINE);
    life_done(&life);
}

static uint64_t state = UINT64_C(20260515);

static uint64_t pick(uint64_t below)
{
    uint64_t z = (state += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (z ^ (z >> 31)) % below;
}

static void random_life(struct life *life, const struct fee_schedule *schedule)
{
    life_init(life, schedule, 1 + (uint32_t)pick(LINES));
    for (uint32_t i = 0; i < life->sale.event.order.line_count; i++) {
        struct order_line *line = &life->sale.lines[i];
        line->platform_sku = text_of(pick(2) ? "a" : "b");
        line->quantity = 1 + (int64_t)pick(4);
        line->unit_list_minor = pick(8) ? (int64_t)pick(30000) : 0;
        line->seller_discount_minor = (int64_t)pick((uint64_t)(line->unit_list_minor * line->quantity) + 1);
    }
    life->sale.event.order.shipping_paid_minor = (int64_t)pick(1000);
    life->sale.event.order.affiliate.creator = text_of("creator");
    life->sale.event.order.affiliate.rate_ppm = (int64_t)pick(300000);
    life_sell(life);
}

/* What is left of a line, in a random number of refunds of one line each. */
static size_t random_refunds(const struct life *life, struct fee_return *refunds, struct fee_returned_line *lines, size_t room)
{
    size_t count = 0;
    int64_t units[LINES] = {0}, amounts[LINES] = {0};
    for (; count + LINES < room && pick(6); count++) {
        uint32_t at = (uint32_t)pick(life->order.line_count);
        const struct fee_sold_line *sold = &life->sold[at];
        lines[count] = (struct fee_returned_line){at, (int64_t)pick((uint64_t)(sold->quantity - units[at]) + 1),
                                                  (int64_t)pick((uint64_t)(sold->amount_minor - amounts[at]) + 1)};
        units[at] += lines[count].quantity;
        amounts[at] += lines[count].amount_minor;
    }
    for (uint32_t at = 0; at < life->order.line_count; at++, count++)
        lines[count] =
            (struct fee_returned_line){at, life->sold[at].quantity - units[at], life->sold[at].amount_minor - amounts[at]};
    for (size_t i = 0; i < count; i++)
        refunds[i] = (struct fee_return){.at_us = MAY_15_2025, .progress = FEE_DELIVERED, .lines = &lines[i], .line_count = 1};
    return count;
}

/* The slow way: of the affiliate's pro-rata fee after some refunds, by the price back in all. */
static wide oracle_pro_rata(const struct life *life, const struct fee_return *refunds, size_t count, uint32_t line)
{
    const struct fee_sold_line *sold = &life->sold[line];
    wide fee = life->charges[1].parts[line].amount_minor, units = 0, amount = 0;
    for (size_t i = 0; i < count; i++)
        if (refunds[i].lines[0].line == line) {
            units += refunds[i].lines[0].quantity;
            amount += refunds[i].lines[0].amount_minor;
        }
    wide part = sold->amount_minor > 0 ? amount : units, whole = sold->amount_minor > 0 ? sold->amount_minor : sold->quantity;
    return (2 * fee * part + whole) / (2 * whole);
}

static wide oracle_admin(const struct life *life, wide returned_by_line[LINES])
{
    wide sum = 0;
    for (const char *sku = "ab"; *sku; sku++) {
        wide returned = 0;
        for (uint32_t i = 0; i < life->order.line_count; i++)
            if (life->sold[i].sku.ptr[0] == *sku)
                returned += returned_by_line[i];
        wide fee = (2 * returned * 20 + 100) / 200;
        sum += fee > 500 ? 500 : fee;
    }
    return sum;
}

Test(fee_refund, any_sequence_of_partial_refunds_adds_up_to_the_full_one)
{
    for (int round = 0; round < 20000; round++) {
        struct life life;
        struct fee_return refunds[24];
        struct fee_returned_line lines[24];
        wide returned[2][LINES] = {{0}}, admin = 0;
        random_life(&life, &us);
        size_t count = random_refunds(&life, refunds, lines, 24), at = 0;
        life_refund(&life, refunds, count);
        for (size_t refund = 0; refund < count; refund++) {
            for (; at < life.count && life.effects[at].refund == refund; at++) {
                const struct fee_refund_effect *effect = &life.effects[at];
                returned[effect->charge][effect->line] += effect->returned_minor;
                admin += effect->admin_minor;
                cr_assert(effect->returned_minor >= 0 && effect->admin_minor >= 0, "round %d", round);
                cr_assert(effect->kept_minor + returned[effect->charge][effect->line] ==
                              life.charges[effect->charge].parts[effect->line].amount_minor,
                          "round %d", round);
            }
            for (uint32_t i = 0; i < life.order.line_count; i++)
                cr_assert(returned[1][i] == oracle_pro_rata(&life, refunds, refund + 1, i), "round %d refund %zu", round, refund);
            cr_assert(admin == oracle_admin(&life, returned[0]), "round %d refund %zu: admin", round, refund);
        }
        for (uint32_t charge = 0; charge < 2; charge++)
            for (uint32_t i = 0; i < life.order.line_count; i++)
                cr_assert(returned[charge][i] == life.charges[charge].parts[i].amount_minor, "round %d", round);
        life_done(&life);
    }
}

Test(fee_refund, what_comes_later_changes_nothing_before_it)
{
    for (int round = 0; round < 3000; round++) {
        struct life life;
        struct fee_return refunds[24];
        struct fee_returned_line lines[24];
        random_life(&life, &us);
        size_t count = random_refunds(&life, refunds, lines, 24), some = 1 + pick(count);
        life_refund(&life, refunds, count);
        const struct fee_refund_effect *all = life.effects;
        life_refund(&life, refunds, some);
        for (size_t i = 0; i < life.count; i++)
            cr_assert_eq(memcmp(&all[i], &life.effects[i], sizeof *all), 0, "round %d", round);
        life_done(&life);
    }
}
