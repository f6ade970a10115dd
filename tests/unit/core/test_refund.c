#include "core/refund.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "charged.h"
#include "support/sample.h"

#define EFFECTS_MAX 256

static char pool[1 << 20];
static size_t pool_used;

static void *pool_alloc(void *ctx, size_t size)
{
    (void)ctx;
    size = (size + 15) & ~(size_t)15;
    cr_assert_leq(pool_used + size, sizeof pool);
    pool_used += size;
    return pool + pool_used - size;
}

#define FOREVER .valid_from_us = INT64_MIN, .valid_to_us = INT64_MAX

static const struct admin_fee us_admin = {.rate_ppm = 200000, .cap_minor = 500, .level = FEE_PER_SKU, .free_for_buyer = true, FOREVER};
static const struct fee_rule us_rules[] = {{.refund = {.kind = FEE_RETURNED, .admins = &us_admin, .admin_count = 1}},
                                           {.class = FEE_AFFILIATE, .refund = {.kind = FEE_PRO_RATA}}};
static const struct fee_schedule us = {.amount_scale = 2, .rules = us_rules, .rule_count = 2};
static const struct fee_rule pro_rata_rules[] = {{.refund = {.kind = FEE_PRO_RATA}}, {.class = FEE_AFFILIATE, .refund = {.kind = FEE_PRO_RATA}}};
static const struct fee_schedule pro_rata = {.amount_scale = 2, .rules = pro_rata_rules, .rule_count = 2};

static struct refund_effect effects[EFFECTS_MAX];
static size_t effect_count;

static bool apply_sold(const struct sold_order *sold, struct refund_claim *claims, size_t count)
{
    struct refund_effects made;
    pool_used = 0;
    bool fits = refunds_apply(sold, claims, count, pool_alloc, NULL, &made);
    effect_count = made.count;
    cr_assert_leq(effect_count, EFFECTS_MAX);
    memcpy(effects, made.effects, effect_count * sizeof *effects);
    return fits;
}

static bool apply(const struct sold_order *order, const struct fee_schedule *schedule, struct refund_claim *claims, size_t count)
{
    struct charged_order charged;
    charged_order_init(&charged, schedule, order->lines, order->line_count);
    bool fits = apply_sold(&charged.sold, claims, count);
    charged_order_done(&charged);
    return fits;
}

static struct refund_claim claim_of(const struct refund *refund, int64_t at_us)
{
    return (struct refund_claim){.refund = refund, .currency = text_of("USD"), .amount_scale = 2, .occurred_at_us = at_us};
}

static struct refund refund_of(const char *id, struct refund_line *lines, uint32_t count)
{
    return (struct refund){.refund_id = text_of(id), .order_id = text_of("o"), .initiator = text_of("BUYER"), .shipped_before = true,
                           .case_fee_minor = EVENT_ABSENT, .lines = lines, .line_count = count};
}

/* list 50.00, seller discount 5.00, platform discount 5.00, buyer shipping 5.99: referral 6 % of 50.99 = 3.06, affiliate 4.00 */
static const struct sold_line bridge_line = {.line_id = {"1", 1}, .sku = {"a", 1}, .line_no = 1, .quantity = 1, .gross_minor = 5000,
                                             .seller_discount_minor = 500, .platform_discount_minor = 500,
                                             .affiliate_commission_minor = 400, .fees_minor = 306};
static const struct sold_order bridge = {.currency = {"USD", 3}, .amount_scale = 2, .lines = &bridge_line, .line_count = 1};

Test(refund, the_worked_bridge_returns_3_06_and_keeps_0_61)
{
    struct refund_line line = {.line_id = text_of("1"), .quantity = 1, .amount_minor = 4000, .tax_minor = 315};
    struct refund refund = refund_of("r", &line, 1);
    struct refund_claim claim = claim_of(&refund, 0);
    refund.shipping_refund_minor = 599;
    cr_assert(apply(&bridge, &us, &claim, 1));
    cr_assert_eq(effect_count, 2);
    cr_assert_eq(effects[0].line_no, 0);
    cr_assert_eq(effects[0].shipping_minor, 599);
    cr_assert_eq(effects[0].net_minor, 0);
    cr_assert_eq(effects[1].gross_minor, 5000);
    cr_assert_eq(effects[1].seller_discount_minor, 500);
    cr_assert_eq(effects[1].fees_returned_minor, 306);
    cr_assert_eq(effects[1].admin_fee_minor, 61); /* 20 % of 3.06 = 0.612 */
    cr_assert_eq(effects[1].affiliate_commission_minor, 400);
    cr_assert_eq(effects[1].net_minor, 4500 - 400 - 306 + 61);
}

Test(refund, before_shipping_the_administration_fee_depends_on_who_cancels)
{
    struct refund_line line = {.line_id = text_of("1"), .quantity = 1, .amount_minor = 4000};
    struct refund refund = refund_of("r", &line, 1);
    struct refund_claim claim = claim_of(&refund, 0);
    refund.shipped_before = false;
    cr_assert(apply(&bridge, &us, &claim, 1));
    cr_assert_eq(effects[0].fees_returned_minor, 306);
    cr_assert_eq(effects[0].admin_fee_minor, 0);
    refund.initiator = text_of("SELLER");
    cr_assert(apply(&bridge, &us, &claim, 1));
    cr_assert_eq(effects[0].fees_returned_minor, 306);
    cr_assert_eq(effects[0].admin_fee_minor, 61); /* 20 % of 3.06 = 0.612 */
}

/* 12.50 an order, kept once delivered: the order's own delivery decides where it is known, else its status. */
Test(refund, a_fee_that_is_reversed_before_delivery_asks_when_the_order_was_delivered)
{
    static const struct fee_rule rules[] = {{.refund = {.kind = FEE_KEPT, .reversed_before = FEE_STAGE_DELIVERY}},
                                            {.class = FEE_AFFILIATE, .refund = {.kind = FEE_PRO_RATA}}};
    static const struct fee_schedule schedule = {.amount_scale = 2, .rules = rules, .rule_count = 2};
    const struct sold_line sold = {.line_id = {"1", 1}, .sku = {"a", 1}, .line_no = 1, .quantity = 1, .gross_minor = 10000, .fees_minor = 1250};
    struct refund_line line = {.line_id = text_of("1"), .quantity = 1, .amount_minor = 10000};
    struct refund refund = refund_of("r", &line, 1);
    struct refund_claim claim = claim_of(&refund, 500);
    const struct {
        bool is_delivered;
        int64_t delivered_at_us, back_minor;
    } cases[] = {{true, EVENT_ABSENT, 0}, {false, EVENT_ABSENT, 1250}, {true, 500, 0}, {true, 501, 1250}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct charged_order charged;
        charged_order_init(&charged, &schedule, &sold, 1);
        charged.sold.is_delivered = cases[i].is_delivered;
        charged.sold.delivered_at_us = cases[i].delivered_at_us;
        cr_assert(apply_sold(&charged.sold, &claim, 1));
        cr_expect_eq(effects[0].fees_returned_minor, cases[i].back_minor, "case %zu", i);
        cr_expect_eq(effects[0].net_minor, 10000 - cases[i].back_minor, "case %zu", i);
        charged_order_done(&charged);
    }
}

/* Charged 2.00 and 3.00; the rules of today say 3.06 and 4.00: no more comes back than was charged, and that is said. */
Test(refund, by_other_rules_than_it_was_charged_by_no_more_comes_back_than_was_charged)
{
    struct refund_line line = {.line_id = text_of("1"), .quantity = 1, .amount_minor = 4000};
    struct refund refund = refund_of("r", &line, 1);
    struct refund_claim claim = claim_of(&refund, 0);
    struct charged_order charged;
    struct sold_line stored = bridge_line;
    stored.fees_minor = 200;
    stored.affiliate_commission_minor = 300;
    charged_order_init(&charged, &us, &bridge_line, 1);
    charged.sold.lines = &stored;
    charged.sold.other_rules = true;
    cr_assert(apply_sold(&charged.sold, &claim, 1));
    cr_assert_eq(effects[0].fees_returned_minor, 200);
    cr_assert_eq(effects[0].affiliate_commission_minor, 300);
    cr_assert_eq(effects[0].findings, REFUND_OTHER_RULES);
    charged_order_done(&charged);
}

Test(refund, the_administration_fee_is_capped_per_sku_and_then_summed)
{
    /* 6 % of 500.00 = 30.00 each: 20 % is 6.00, capped at 5.00 for b (two lines together 12.00) and at 5.00 for c */
    const struct sold_line sold[] = {{.line_id = {"1", 1}, .sku = {"b", 1}, .line_no = 1, .quantity = 1, .gross_minor = 50000, .fees_minor = 3000},
                                     {.line_id = {"2", 1}, .sku = {"b", 1}, .line_no = 2, .quantity = 1, .gross_minor = 50000, .fees_minor = 3000},
                                     {.line_id = {"3", 1}, .sku = {"c", 1}, .line_no = 3, .quantity = 1, .gross_minor = 50000, .fees_minor = 3000}};
    const struct sold_order order = {.currency = {"USD", 3}, .amount_scale = 2, .lines = sold, .line_count = 3};
    struct refund_line lines[] = {{.line_id = text_of("1"), .quantity = 1, .amount_minor = 50000},
                                  {.line_id = text_of("2"), .quantity = 1, .amount_minor = 50000},
                                  {.line_id = text_of("3"), .quantity = 1, .amount_minor = 50000}};
    struct refund refund = refund_of("r", lines, 3);
    struct refund_claim claim = claim_of(&refund, 0);
    cr_assert(apply(&order, &us, &claim, 1));
    cr_assert_eq(effect_count, 3);
    cr_assert_eq(effects[0].admin_fee_minor, 500);
    cr_assert_eq(effects[1].admin_fee_minor, 0);
    cr_assert_eq(effects[2].admin_fee_minor, 500);
}

Test(refund, one_unit_of_three_gives_back_its_share_and_the_last_the_remainder)
{
    /* 3 x 10.00, seller discount 1.00, platform discount 0.50: 33 + 33 + 34 and 16 + 17 + 17 */
    const struct sold_line sold = {.line_id = {"1", 1}, .sku = {"a", 1}, .line_no = 1, .quantity = 3, .gross_minor = 3000,
                                   .seller_discount_minor = 100, .platform_discount_minor = 50, .affiliate_commission_minor = 100,
                                   .fees_minor = 200};
    const struct sold_order order = {.currency = {"USD", 3}, .amount_scale = 2, .lines = &sold, .line_count = 1};
    struct refund_line lines[] = {{.line_id = text_of("1"), .quantity = 1, .amount_minor = 951},
                                  {.line_id = text_of("1"), .quantity = 1, .amount_minor = 950},
                                  {.line_id = text_of("1"), .quantity = 1, .amount_minor = 949}};
    struct refund refunds[] = {refund_of("a", &lines[0], 1), refund_of("b", &lines[1], 1), refund_of("c", &lines[2], 1)};
    struct refund_claim claims[] = {claim_of(&refunds[0], 1), claim_of(&refunds[1], 2), claim_of(&refunds[2], 3)};
    cr_assert(apply(&order, &pro_rata, claims, 3));
    cr_assert_eq(effect_count, 3);
    cr_assert_eq(effects[0].seller_discount_minor, 33);
    cr_assert_eq(effects[1].seller_discount_minor, 33);
    cr_assert_eq(effects[2].seller_discount_minor, 34);
    cr_assert_eq(effects[0].platform_discount_minor, 16);
    cr_assert_eq(effects[0].gross_minor, 1000);
    cr_assert_eq(effects[1].gross_minor, 1000);
    cr_assert_eq(effects[2].gross_minor, 1000);
    cr_assert_eq(effects[0].affiliate_commission_minor, 33); /* 100 x 951 / 2850 = 33.4 */
    cr_assert_eq(effects[1].affiliate_commission_minor, 34); /* 100 x 1901 / 2850 = 66.7, less 33 */
    cr_assert_eq(effects[2].affiliate_commission_minor, 33);
    cr_assert_eq(effects[0].fees_returned_minor + effects[1].fees_returned_minor + effects[2].fees_returned_minor, 200);
}

Test(refund, fees_kept_on_a_partial_refund_come_back_with_the_one_that_completes_the_order)
{
    const struct sold_line sold[] = {{.line_id = {"1", 1}, .sku = {"a", 1}, .line_no = 1, .quantity = 1, .gross_minor = 1000, .fees_minor = 60},
                                     {.line_id = {"2", 1}, .sku = {"b", 1}, .line_no = 2, .quantity = 1, .gross_minor = 2000, .fees_minor = 120},
                                     {.line_id = {"3", 1}, .sku = {"gift", 4}, .line_no = 3, .quantity = 1}};
    const struct sold_order order = {.currency = {"USD", 3}, .amount_scale = 2, .lines = sold, .line_count = 3};
    struct refund_line lines[] = {{.line_id = text_of("2"), .quantity = 1, .amount_minor = 2000},
                                  {.line_id = text_of("1"), .quantity = 1, .amount_minor = 1000}};
    struct refund refunds[] = {refund_of("a", &lines[0], 1), refund_of("b", &lines[1], 1)};
    struct refund_claim claims[] = {claim_of(&refunds[0], 1), claim_of(&refunds[1], 2)};
    cr_assert(apply(&order, &us, claims, 2));
    cr_assert_eq(effect_count, 3);
    cr_assert_eq(effects[0].findings, REFUND_FEES_ASSUMED_KEPT);
    cr_assert_eq(effects[0].fees_returned_minor, 0);
    cr_assert_eq(effects[1].claim, 1);
    cr_assert_eq(effects[1].line_no, 1);
    cr_assert_eq(effects[1].fees_returned_minor, 60);
    cr_assert_eq(effects[1].admin_fee_minor, 12);
    cr_assert_eq(effects[2].line_no, 2);
    cr_assert_eq(effects[2].quantity, 0);
    cr_assert_eq(effects[2].fees_returned_minor, 120);
    cr_assert_eq(effects[2].admin_fee_minor, 24);
    cr_assert_eq(effects[2].net_minor, 24 - 120);
}

Test(refund, a_voided_one_gives_nothing_back_but_its_case_fee_stays)
{
    struct refund_line line = {.line_id = text_of("1"), .quantity = 1, .amount_minor = 4000};
    struct refund refund = refund_of("r", &line, 1);
    struct refund_claim claim = claim_of(&refund, 0);
    refund.voided = refund.chargeback = true;
    refund.case_fee_minor = 1500;
    cr_assert(apply(&bridge, &us, &claim, 1));
    cr_assert_eq(effect_count, 1);
    cr_assert_eq(effects[0].line_no, 0);
    cr_assert_eq(effects[0].net_minor, 1500);
    refund.case_fee_minor = EVENT_ABSENT;
    cr_assert(apply(&bridge, &us, &claim, 1));
    cr_assert_eq(effect_count, 0);
}

Test(refund, more_than_was_sold_and_lines_that_never_were_are_findings_not_losses)
{
    struct refund_line lines[] = {{.line_id = text_of("1"), .quantity = 2, .amount_minor = 9000},
                                  {.line_id = text_of("9"), .quantity = 1, .amount_minor = 700, .tax_minor = 7}};
    struct refund refund = refund_of("r", lines, 2);
    struct refund_claim claim = claim_of(&refund, 0);
    cr_assert(apply(&bridge, &us, &claim, 1));
    cr_assert_eq(effect_count, 2);
    cr_assert_eq(effects[0].line_no, 0);
    cr_assert_eq(effects[0].findings & REFUND_UNKNOWN_LINE, REFUND_UNKNOWN_LINE);
    cr_assert_eq(effects[0].gross_minor, 700);
    cr_assert_eq(effects[1].findings, REFUND_ABOVE_SALE);
    cr_assert_eq(effects[1].amount_minor, 9000);
    cr_assert_eq(effects[1].affiliate_commission_minor, 400);
    cr_assert_eq(effects[1].fees_returned_minor, 306);
}

Test(refund, of_another_currency_or_scale_books_nothing_but_a_finding)
{
    struct refund_line line = {.line_id = text_of("1"), .quantity = 1, .amount_minor = 4000};
    struct refund refund = refund_of("r", &line, 1);
    struct refund_claim claims[] = {claim_of(&refund, 0), claim_of(&refund, 1)};
    claims[0].currency = text_of("EUR");
    claims[1].amount_scale = 0;
    cr_assert(apply(&bridge, &us, claims, 2));
    cr_assert_eq(effect_count, 2);
    for (size_t i = 0; i < 2; i++) {
        cr_assert_eq(effects[i].findings, REFUND_WRONG_CURRENCY);
        cr_assert_eq(effects[i].amount_minor | effects[i].net_minor, 0);
    }
}

/* Sold for 45.00 EUR at 1.08 = 48.60 USD. 45.00 EUR back at 1.10 cost 49.50, 0.90 more; at 1.06 47.70, 0.90 less. */
Test(refund, what_was_sold_in_another_currency_is_taken_back_as_it_was_sold_and_the_rate_has_a_line_of_its_own)
{
    const struct sold_line sold = {.line_id = {"1", 1}, .sku = {"a", 1}, .line_no = 1, .quantity = 1, .gross_minor = 4860};
    struct refund_line line = {.line_id = text_of("1"), .quantity = 1, .amount_minor = 4860};
    struct refund refund = refund_of("r", &line, 1);
    struct refund_claim claim = claim_of(&refund, 0);
    struct charged_order charged;
    charged_order_init(&charged, &us, &sold, 1);
    charged.sold.presentment = (struct presentment){text_of("EUR"), 2, 4500, 1080000000};
    refund.presentment = (struct presentment){text_of("EUR"), 2, 4500, 1100000000};
    cr_assert(apply_sold(&charged.sold, &claim, 1));
    cr_assert_eq(effect_count, 2);
    cr_expect(effects[0].line_no == 0 && effects[0].fx_minor == 90 && effects[0].net_minor == 90 && effects[0].findings == 0);
    cr_expect(effects[1].gross_minor == 4860 && effects[1].net_minor == 4860 && effects[1].fx_minor == 0);
    refund.presentment.rate_ppb = 1060000000;
    cr_assert(apply_sold(&charged.sold, &claim, 1));
    cr_expect_eq(effects[0].fx_minor, -90);
    refund.presentment.rate_ppb = 1080000000;
    cr_assert(apply_sold(&charged.sold, &claim, 1));
    cr_expect_eq(effect_count, 1, "the same rate: there is nothing to tell");
    refund.presentment.currency = text_of("GBP");
    cr_assert(apply_sold(&charged.sold, &claim, 1));
    cr_expect(effects[0].findings == REFUND_OTHER_PRESENTMENT && effects[0].fx_minor == 0);
    refund.voided = true;
    cr_assert(apply_sold(&charged.sold, &claim, 1));
    cr_expect_eq(effect_count, 0, "a voided one gives nothing back in any currency");
    charged_order_done(&charged);
}

Test(refund, only_restocked_units_give_their_cost_back_and_an_unknown_cost_stays_unknown)
{
    /* 3 units that cost 10.00 in all: 3.33, 3.33, 3.34 */
    struct sold_line sold = {.line_id = {"1", 1}, .sku = {"a", 1}, .line_no = 1, .quantity = 3, .gross_minor = 3000, .cost_minor = 1000};
    const struct sold_order order = {.currency = {"USD", 3}, .amount_scale = 2, .lines = &sold, .line_count = 1};
    struct refund_line lines[] = {{.line_id = text_of("1"), .quantity = 1, .amount_minor = 1000, .restocked = true},
                                  {.line_id = text_of("1"), .quantity = 1, .amount_minor = 1000},
                                  {.line_id = text_of("1"), .quantity = 1, .amount_minor = 1000, .restocked = true}};
    struct refund refunds[] = {refund_of("a", &lines[0], 1), refund_of("b", &lines[1], 1), refund_of("c", &lines[2], 1)};
    struct refund_claim claims[] = {claim_of(&refunds[0], 1), claim_of(&refunds[1], 2), claim_of(&refunds[2], 3)};
    cr_assert(apply(&order, &pro_rata, claims, 3));
    cr_assert_eq(effects[0].cost_minor, 333);
    cr_assert_eq(effects[1].cost_minor, 0);
    cr_assert_eq(effects[2].cost_minor, 333); /* 1000 x 2 / 3 less 333 */
    sold.cost_minor = EVENT_ABSENT;
    cr_assert(apply(&order, &pro_rata, claims, 3));
    cr_assert_eq(effects[0].cost_minor, EVENT_ABSENT);
    cr_assert_eq(effects[1].cost_minor, 0);
}

static uint64_t next(uint64_t *state, uint64_t below)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return (z ^ z >> 31) % below;
}

struct life {
    struct sold_line sold[4];
    char line_ids[4], skus[4], refund_ids[8];
    struct sold_order order;
    struct refund_line lines[8][4];
    struct refund refunds[8];
    struct refund_claim claims[8];
    size_t count;
};

static void make_sold(struct life *life, uint64_t *seed)
{
    uint32_t count = 1 + (uint32_t)next(seed, 4);
    for (uint32_t i = 0; i < count; i++) {
        struct sold_line *line = &life->sold[i];
        int64_t quantity = 1 + (int64_t)next(seed, 5), gross = quantity * (int64_t)next(seed, 3000);
        int64_t seller = gross ? (int64_t)next(seed, (uint64_t)gross + 1) / 4 : 0;
        int64_t platform = gross ? (int64_t)next(seed, (uint64_t)(gross - seller) + 1) / 4 : 0;
        life->line_ids[i] = (char)('4' - i);
        life->skus[i] = (char)('a' + next(seed, 2));
        *line = (struct sold_line){.line_id = {&life->line_ids[i], 1}, .sku = {&life->skus[i], 1}, .line_no = (int32_t)i + 1,
                                   .quantity = quantity, .gross_minor = gross, .seller_discount_minor = seller,
                                   .platform_discount_minor = platform,
                                   .affiliate_commission_minor = (gross - seller - platform) / 7, .fees_minor = (gross - seller) / 16};
    }
    life->order = (struct sold_order){.currency = {"USD", 3}, .amount_scale = 2, .lines = life->sold, .line_count = count};
}

/* Takes the order back unit by unit, each refund a few units of some lines, the amount by the plain share of the units. */
static void make_refunds(struct life *life, uint64_t *seed)
{
    int64_t left[4], back[4][2] = {{0}};
    for (uint32_t i = 0; i < life->order.line_count; i++)
        left[i] = life->sold[i].quantity;
    life->count = 0;
    for (size_t r = 0; r < 8; r++) {
        struct refund *refund = &life->refunds[r];
        life->refund_ids[r] = (char)('a' + r);
        *refund = (struct refund){.refund_id = {&life->refund_ids[r], 1}, .shipped_before = next(seed, 4) != 0,
                                  .case_fee_minor = EVENT_ABSENT, .lines = life->lines[r]};
        for (uint32_t i = 0; i < life->order.line_count; i++) {
            const struct sold_line *sold = &life->sold[i];
            int64_t units = r == 7 ? left[i] : (int64_t)next(seed, (uint64_t)left[i] + 1), all = sold->quantity - left[i] + units;
            if (!units)
                continue;
            int64_t seller = sold->seller_discount_minor * all / sold->quantity, platform = sold->platform_discount_minor * all / sold->quantity;
            int64_t amount = sold->gross_minor / sold->quantity * units - (seller - back[i][0]) - (platform - back[i][1]);
            refund->lines[refund->line_count++] = (struct refund_line){.line_id = sold->line_id, .quantity = units, .amount_minor = amount};
            back[i][0] = seller;
            back[i][1] = platform;
            left[i] -= units;
        }
        if (refund->line_count)
            life->claims[life->count++] = claim_of(refund, (int64_t)r / 2);
    }
}

static void shuffle(struct life *life, uint64_t *seed)
{
    for (size_t i = life->count; i > 1; i--) {
        size_t other = next(seed, i);
        struct refund_claim kept = life->claims[i - 1];
        life->claims[i - 1] = life->claims[other];
        life->claims[other] = kept;
    }
}

Test(refund, parts_add_up_to_the_whole_in_any_order_of_arrival, .timeout = 120)
{
    static struct life life;
    static struct refund_effect first[EFFECTS_MAX];
    uint64_t seed = 20260101;
    printf("seed %llu\n", (unsigned long long)seed);
    for (int round = 0; round < 100000; round++) {
        const struct fee_schedule *schedule = round % 2 ? &us : &pro_rata;
        make_sold(&life, &seed);
        make_refunds(&life, &seed);
        cr_assert(apply(&life.order, schedule, life.claims, life.count));
        size_t count = effect_count;
        memcpy(first, effects, sizeof first);
        int64_t gross = 0, sold = 0, seller = 0, fees = 0, returnable = 0, affiliate = 0, commission = 0, net = 0, parts = 0;
        for (size_t i = 0; i < count; i++) {
            const struct refund_effect *effect = &effects[i];
            cr_assert_not(effect->findings & REFUND_ABOVE_SALE, "round %d", round);
            gross += effect->gross_minor;
            seller += effect->seller_discount_minor;
            fees += effect->fees_returned_minor;
            affiliate += effect->affiliate_commission_minor;
            net += effect->net_minor;
            parts += effect->gross_minor - effect->seller_discount_minor - effect->affiliate_commission_minor - effect->fees_returned_minor + effect->admin_fee_minor;
        }
        for (uint32_t i = 0; i < life.order.line_count; i++) {
            sold += life.sold[i].gross_minor;
            seller -= life.sold[i].seller_discount_minor;
            returnable += life.sold[i].fees_minor;
            commission += life.sold[i].affiliate_commission_minor;
        }
        cr_assert_eq(gross, sold, "round %d", round);
        cr_assert_eq(seller, 0);
        cr_assert_eq(fees, returnable, "round %d: %lld of %lld", round, (long long)fees, (long long)returnable);
        cr_assert_eq(affiliate, commission);
        cr_assert_eq(net, parts);
        shuffle(&life, &seed);
        cr_assert(apply(&life.order, schedule, life.claims, life.count));
        cr_assert_eq(effect_count, count);
        for (size_t i = 0; i < count; i++)
            cr_assert(effects[i].claim == first[i].claim && effects[i].line_no == first[i].line_no && effects[i].net_minor == first[i].net_minor &&
                      effects[i].admin_fee_minor == first[i].admin_fee_minor);
    }
}
