/*
 * The edge cases of what becomes of an order, by their numbers: revisions, refunds, settlements, ads. Which test proves which case:
 * test_money_cases.c.
 */
#include "charged.h"
#include "core/engine.h"
#include "core/refund.h"
#include "money_case.h"
#include "schemas/wire.h"
#include "statement.h"

#define CLAIMS_MAX 4
#define EFFECTS_MAX 16

static struct statement line;

static struct engine *start(void)
{
    struct engine_config config = {.memory_orders = 100, .shops_max = 2, .policy_of = sample_policy_free};
    detector_config_default(&config.detector);
    return engine_new(&config, true);
}

static enum reason apply(struct engine *engine, struct event *event, struct facts *facts)
{
    static int64_t offset;
    return engine_apply(engine, event, (struct origin){.offset = offset++}, SAMPLE_TIME_US, facts);
}

/* 3 x 33.35 less 1.00 and 0.50: 98.55 for the buyer, 10 % of it 9.86 for the creator, 6 % of 99.05 = 5.94. A unit costs 11.00. */
static const struct sold_line three = {.line_id = {"1", 1}, .sku = {"a", 1}, .line_no = 1, .quantity = 3, .gross_minor = 10005,
                                       .seller_discount_minor = 100, .platform_discount_minor = 50, .affiliate_commission_minor = 986,
                                       .fees_minor = 594, .cost_minor = 3300};
/* The worked bridge: 50.00 less 5.00 and 5.00. */
static const struct sold_line bridge = {.line_id = {"1", 1}, .sku = {"a", 1}, .line_no = 1, .quantity = 1, .gross_minor = 5000,
                                        .seller_discount_minor = 500, .platform_discount_minor = 500, .affiliate_commission_minor = 400,
                                        .fees_minor = 306, .cost_minor = 1200};

static struct refund_effect effects[EFFECTS_MAX];

/* Effects of refunds that follow each other, each of one line. */
static size_t refund(const struct sold_line *sold, uint32_t line_count, const struct refund *refunds, size_t count)
{
    static struct facts facts;
    struct refund_claim claims[CLAIMS_MAX];
    struct refund_effects made;
    struct charged_order charged;
    facts = sample_facts();
    for (size_t i = 0; i < count; i++)
        claims[i] = (struct refund_claim){&refunds[i], text_of("USD"), 2, (int64_t)i};
    charged_order_init(&charged, &case_us, sold, line_count);
    cr_assert(refunds_apply(&charged.sold, claims, count, facts.alloc, facts.alloc_ctx, &made));
    charged_order_done(&charged);
    cr_assert_leq(made.count, EFFECTS_MAX);
    memcpy(effects, made.effects, made.count * sizeof *effects);
    return made.count;
}

#define BACK(id, units, amount, again)                                                                                            \
    {                                                                                                                             \
        .refund_id = {id, 1}, .initiator = {"BUYER", 5}, .case_fee_minor = EVENT_ABSENT, .shipped_before = true, .line_count = 1, \
        .lines = &(struct refund_line){.line_id = {"1", 1}, .quantity = units, .amount_minor = amount, .restocked = again}        \
    }

/* Case 7. 45.00 of sales, the creator's 4.00 and the fee of 3.06 come back before the parcel left: nothing is left, and nothing is kept. */
Test(money_cases_life, case_07_a_full_refund_before_shipping_leaves_nothing)
{
    struct refund all[] = {BACK("a", 1, 4000, true)};
    all[0].shipped_before = false;
    cr_assert_eq(refund(&bridge, 1, all, 1), 1);
    cr_expect_eq(effects[0].net_minor, 5000 - 500 - 400 - 306, "all of the order's net");
    cr_expect_eq(effects[0].admin_fee_minor, 0);
}

/* Case 9. 37.94 settled; later -45.00 + 3.06 + 4.00 less 0.61 = -38.55, a line of its own in a statement of its own: 0.61 is lost. */
Test(money_cases_life, case_09_a_refund_after_settlement_is_a_negative_line_of_a_later_statement)
{
    SETTLE(line, "Order", "USD", {"Total settlement amount", 3794}, {"Net sales", 4500}, {"Gross sales", 5000}, {"Seller discount", -500},
           {"Fees", -706}, {"Referral fee", -306}, {"Affiliate Commission", -400});
    int64_t sale = line.fact.total_minor;
    struct hash128 key = line.fact.key_hash;
    SETTLE(line, "Order", "USD", {"Total settlement amount", -3855}, {"Net sales", -4500}, {"Gross sales refund", -5000},
           {"Seller discount refund", 500}, {"Fees", 645}, {"Referral fee", 306}, {"Refund administration fee", -61},
           {"Affiliate Commission", 400});
    cr_expect_eq(sale + line.fact.total_minor, -61);
    cr_expect_eq(class_sum(&line.fact, SETTLED_REFUND_ADMIN_FEE), -61);
    line.event.settlement.transaction_id = text_of("later");
    cr_assert_eq(statement_make(&line), REASON_NONE);
    cr_expect_neq(line.fact.key_hash.lo, key.lo, "both lines stand");
}

/* Case 10. 10.00 of 40.00 back: 1.00 of the creator's 4.00; the fee is taken to be kept, and that is said. */
Test(money_cases_life, case_10_a_partial_refund_keeps_the_fee_until_the_settlement_says_otherwise)
{
    const struct refund part[] = {BACK("a", 0, 1000, false)};
    cr_assert_eq(refund(&bridge, 1, part, 1), 1);
    cr_expect_eq(effects[0].affiliate_commission_minor, 100);
    cr_expect_eq(effects[0].fees_returned_minor, 0);
    cr_expect_eq(effects[0].findings, REFUND_FEES_ASSUMED_KEPT);
}

/* Case 11. 6 % of 1,000.00 is 60.00 for each of two SKUs; 20 % of it 12.00, capped at 5.00 each. */
Test(money_cases_life, case_11_the_refund_fee_is_capped_per_sku_and_then_added_up)
{
    const struct sold_line sold[] = {{.line_id = {"1", 1}, .sku = {"a", 1}, .line_no = 1, .quantity = 1, .gross_minor = 100000, .fees_minor = 6000},
                                     {.line_id = {"2", 1}, .sku = {"b", 1}, .line_no = 2, .quantity = 1, .gross_minor = 100000, .fees_minor = 6000}};
    struct refund_line lines[] = {{.line_id = text_of("1"), .quantity = 1, .amount_minor = 100000},
                                  {.line_id = text_of("2"), .quantity = 1, .amount_minor = 100000}};
    struct refund all[] = {BACK("a", 1, 0, false)};
    all[0].lines = lines;
    all[0].line_count = 2;
    cr_assert_eq(refund(sold, 2, all, 1), 2);
    cr_expect_eq(effects[0].fees_returned_minor + effects[1].fees_returned_minor, 12000);
    cr_expect_eq(effects[0].admin_fee_minor + effects[1].admin_fee_minor, 1000);
}

/* Case 12. Discounts of 1.00 and 0.50 on three units: 33 + 33 + 34 and 16 + 17 + 17. The last unit takes the remainder. */
Test(money_cases_life, case_12_a_unit_of_three_gives_back_its_share_of_the_discounts)
{
    const struct refund units[] = {BACK("a", 1, 3286, true), BACK("b", 1, 3285, true), BACK("c", 1, 3284, true)};
    static const int64_t seller[] = {33, 33, 34}, platform[] = {16, 17, 17};
    cr_assert_eq(refund(&three, 1, units, 3), 3);
    for (int i = 0; i < 3; i++) {
        cr_expect_eq(effects[i].seller_discount_minor, seller[i]);
        cr_expect_eq(effects[i].platform_discount_minor, platform[i]);
        cr_expect_eq(effects[i].gross_minor, 3335);
        cr_expect_eq(effects[i].fees_returned_minor, i < 2 ? 0 : 594, "of the whole order only");
    }
}

/* Case 18. */
Test(money_cases_life, case_18_an_order_twice_is_one_and_an_older_revision_late_is_none)
{
    struct engine *engine = start();
    struct facts facts = sample_facts();
    struct order_line lines[1];
    struct event paid = sample_order("s", "o", lines, 1), shipped = paid;
    shipped.revision++;
    shipped.order.status = ORDER_SHIPPED;
    sample_seal(&shipped);
    cr_assert_eq(apply(engine, &shipped, &facts), REASON_NONE);
    cr_assert_eq(apply(engine, &shipped, &facts), REASON_NONE);
    cr_assert_eq(apply(engine, &paid, &facts), REASON_NONE);
    cr_expect_eq(facts.order_count, 1);
    cr_expect_eq(facts.orders[0].order->status, ORDER_SHIPPED);
    cr_expect_eq(engine_counters(engine)->duplicates, 1);
    cr_expect_eq(engine_counters(engine)->stale, 1);
    engine_free(engine);
}

/* Case 19. The engine needs no order for a refund: the sink parks it. */
Test(money_cases_life, case_19_a_refund_before_its_order_is_passed_on)
{
    struct engine *engine = start();
    struct facts facts = sample_facts();
    struct event event = {.kind = EVENT_REFUND, .event_id = text_of("e"), .shop_id = text_of("s"), .currency = text_of("USD"),
                          .amount_scale = 2, .occurred_at_us = SAMPLE_TIME_US};
    event.refund = (struct refund)BACK("a", 1, 4000, false);
    event.refund.order_id = text_of("nobody-knows-it");
    event.refund.initiator = text_of("BUYER");
    event_hash_keys(&event);
    cr_assert_eq(apply(engine, &event, &facts), REASON_NONE);
    cr_expect_eq(facts.refund_count, 1);
    engine_free(engine);
}

/* Case 28. Of three units that cost 33.00 one comes back to be sold again, one is the buyer's for nothing. */
Test(money_cases_life, case_28_only_what_is_restocked_gives_its_cost_back)
{
    const struct refund units[] = {BACK("a", 1, 3286, true), BACK("b", 1, 3285, false)};
    cr_assert_eq(refund(&three, 1, units, 2), 2);
    cr_expect_eq(effects[0].cost_minor, 1100);
    cr_expect_eq(effects[1].cost_minor, 0);
}

/* Case 33: the creator gets 90 of 100, 10 is withheld; the seller's cost is 100. */
Test(money_cases_life, case_33_the_sellers_cost_of_a_creator_is_before_the_withheld_tax)
{
    SETTLE(line, "Order", "VND", {"settlement_amount", 900}, {"revenue_amount", 1000}, {"fee_amount", -100},
           {"affiliate_commission_amount", -90}, {"affiliate_commission_before_pit", -100}, {"pit_amount", -10});
    cr_expect_eq(class_sum(&line.fact, SETTLED_AFFILIATE), -100);
}

/* Case 34. 7.18 of fees, of which 5.89 are named: the rest of 1.29 is booked, the 7.18 are not. */
Test(money_cases_life, case_34_components_and_what_they_leave_are_booked_and_never_their_sum)
{
    SETTLE(line, "Order", "USD", {"Total settlement amount", 2082}, {"Net sales", 2800}, {"Gross sales", 3500}, {"Seller discount", -700},
           {"Fees", -718}, {"Referral fee", -221}, {"Affiliate Commission", -368});
    const struct settled_row *residual = row_of(&line.fact, "residual:fees");
    cr_expect(residual && residual->amount_minor == -129);
    cr_expect_null(row_of(&line.fact, "fees"));
}

/* Case 38. Conversions land later; the spend without any order is a fact of its own. */
Test(money_cases_life, case_38_a_restated_ad_day_is_passed_on_and_so_is_a_stale_one_to_be_kept)
{
    struct engine *engine = start();
    struct facts facts = sample_facts();
    struct event first = sample_ad_spend("s", "c", 20454, 1000), restated = sample_ad_spend("s", "c", 20454, 1100);
    restated.revision++;
    restated.ad_spend.reported_orders = 3;
    cr_assert_eq(apply(engine, &restated, &facts), REASON_NONE);
    cr_assert_eq(apply(engine, &first, &facts), REASON_NONE);
    cr_assert_eq(facts.ad_spend_count, 2);
    cr_expect_eq(facts.ad_spends[0].spend->spend_minor, 1100);
    cr_expect_eq(facts.ad_spends[1].revision, first.revision, "the sink knows which one counts");
    cr_expect_eq(facts.order_count, 0);
    engine_free(engine);
}

/* Case 39. */
Test(money_cases_life, case_39_a_spend_of_0_is_0)
{
    struct engine *engine = start();
    struct facts facts = sample_facts();
    struct event none = sample_ad_spend("s", "c", 20454, 0);
    cr_assert_eq(apply(engine, &none, &facts), REASON_NONE);
    cr_assert_eq(facts.ad_spend_count, 1);
    cr_expect_eq(facts.ad_spends[0].spend->spend_minor, 0);
    engine_free(engine);
}

/* Case 40. 45.00 and 15.00 go at once; the case is won: the amount is back, what it cost is not. */
Test(money_cases_life, case_40_a_chargeback_that_is_won_costs_its_fee_only)
{
    struct refund taken[] = {BACK("a", 1, 4000, false)};
    taken[0].chargeback = true;
    taken[0].case_fee_minor = 1500;
    cr_assert_eq(refund(&bridge, 1, taken, 1), 2);
    cr_expect_eq(effects[0].net_minor, 1500);
    cr_expect_eq(effects[1].net_minor, 4500 - 400 - 306 + 61);
    taken[0].voided = true;
    cr_assert_eq(refund(&bridge, 1, taken, 1), 1);
    cr_expect_eq(effects[0].net_minor, 1500);
    taken[0].case_fee_minor = EVENT_ABSENT;
    cr_expect_eq(refund(&bridge, 1, taken, 1), 0, "absorbed by the platform");
}

/* Case 41. A cup of 20.00 paid with a card is sold for 20.00; a card that is sold is no line, as the importer has it: an order of nothing. */
Test(money_cases_life, case_41_a_redeemed_gift_card_is_tender_and_a_sold_one_no_sale)
{
    static struct money_case at;
    case_init(&at, &case_us, 1);
    at.lines[0].unit_list_minor = 2000;
    at.event.order.payment_method = text_of("gift_card");
    cr_expect_eq(case_lines(&at)->net_minor, 2000 - 120);
    cr_expect_eq(at.fact.lines[0].seller_discount_minor, 0);
    at.event.order.line_count = 0;
    at.event.order.customer_total_minor = 5000;
    case_lines(&at);
    cr_expect_eq(order_fact_gross(&at.fact), 0);
}
