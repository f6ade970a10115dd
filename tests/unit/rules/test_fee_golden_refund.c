/*
 * What the shipped packs give back: golden orders that are refunded, with the arithmetic beside each.
 */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "core/fee_refund.h"
#include "pack_order.h"

#define AUG_2026 DAY(20666)

/* An order of a pack and one refund of all or some of it. */
struct refunded {
    struct pack_order order;
    struct fee_sold_line sold[PACK_LINES];
    struct fee_returned_line lines[PACK_LINES];
    struct fee_return refund;
    struct fee_refund_effect *effects;
    size_t count;
    void *taken[128];
    size_t taken_count;
};

static void *take(void *ctx, size_t size)
{
    struct refunded *refunded = ctx;
    cr_assert_lt(refunded->taken_count, sizeof refunded->taken / sizeof *refunded->taken);
    return refunded->taken[refunded->taken_count++] = malloc(size ? size : 1);
}

/* Charges the order and prepares a refund of all of it, after delivery. */
static void sell(struct refunded *refunded)
{
    struct pack_order *order = &refunded->order;
    pack_order_charge(order);
    for (uint32_t i = 0; i < order->event.order.line_count; i++) {
        const struct order_line *line = &order->lines[i];
        int64_t price = order->facts[i].gross_minor - line->seller_discount_minor - line->platform_discount_minor;
        refunded->sold[i] = (struct fee_sold_line){line->platform_sku, line->quantity, price};
        refunded->lines[i] = (struct fee_returned_line){i, line->quantity, price};
    }
    refunded->refund = (struct fee_return){order->event.order.created_at_us + DAY(9), FEE_DELIVERED, false, refunded->lines,
                                           order->event.order.line_count};
}

static void take_back(struct refunded *refunded)
{
    struct pack_order *order = &refunded->order;
    const struct fee_sold_order sold = {order->schedule, order->charges, order->trace.charge_count, refunded->sold,
                                        order->event.order.line_count, order->event.amount_scale};
    cr_assert_eq(
        fee_refund_apply(&sold, &refunded->refund, 1, take, refunded, &refunded->effects, &refunded->count), REASON_NONE);
}

static void refunded_done(struct refunded *refunded)
{
    for (size_t i = 0; i < refunded->taken_count; i++)
        free(refunded->taken[i]);
    pack_order_done(&refunded->order);
}

/* What the refund does to the charges of a rule. */
static struct fee_refund_effect effect_on(const struct refunded *refunded, const char *rule)
{
    struct fee_refund_effect sum = {.refund = 0};
    for (size_t i = 0; i < refunded->count; i++) {
        const struct fee_refund_effect *effect = &refunded->effects[i];
        if (strcmp(refunded->order.schedule->rules[refunded->order.charges[effect->charge].rule].name, rule) != 0)
            continue;
        sum.returned_minor += effect->returned_minor;
        sum.admin_minor += effect->admin_minor;
        sum.kept_minor += effect->kept_minor;
        sum.marks |= effect->marks;
    }
    return sum;
}

#define EXPECT(refunded, rule, returned, admin, kept)                                                                        \
    do {                                                                                                                     \
        struct fee_refund_effect sum_ = effect_on(refunded, rule);                                                           \
        cr_expect(sum_.returned_minor == (returned) && sum_.admin_minor == (admin) && sum_.kept_minor == (kept),             \
                  "%s: returned %ld, admin %ld, kept %ld", rule, (long)sum_.returned_minor, (long)sum_.admin_minor,          \
                  (long)sum_.kept_minor);                                                                                    \
    } while (0)

static void bridge_init(struct refunded *refunded, const char *pack, int64_t created_at_us)
{
    memset(refunded, 0, sizeof *refunded);
    pack_order_init(&refunded->order, pack, created_at_us);
    pack_order_line(&refunded->order, 5000, 500, 500, NULL);
    refunded->order.event.order.shipping_paid_minor = 599;
    refunded->order.event.order.customer_total_minor = 4914;
    pack_order_creator(&refunded->order, 100000);
    sell(refunded);
}

Test(fee_golden_refund, tiktok_us_the_worked_bridge_returns_3_06_and_keeps_0_61)
{
    struct refunded refunded;
    bridge_init(&refunded, "tiktok-us", AUG_2026);
    take_back(&refunded);
    EXPECT(&refunded, "referral", 306, 61, 0); /* 20 % x 3.06 = 0.612 */
    EXPECT(&refunded, "affiliate", 400, 0, 0);
    refunded_done(&refunded);
}

Test(fee_golden_refund, tiktok_us_before_shipping_it_depends_on_who_cancels)
{
    struct refunded refunded;
    bridge_init(&refunded, "tiktok-us", AUG_2026);
    refunded.refund.progress = FEE_BEFORE_SHIPPING;
    take_back(&refunded);
    EXPECT(&refunded, "referral", 306, 61, 0);
    refunded.refund.buyer_cancels = true;
    take_back(&refunded);
    EXPECT(&refunded, "referral", 306, 0, 0);
    refunded_done(&refunded);
}

/* 600.00 and no shipping: referral 36.00, of which 20 % is 7.20; at most 5.00 for refunds from 2025-05-15 in Los Angeles. */
Test(fee_golden_refund, tiktok_us_the_cap_holds_for_refunds_since_2025_05_15)
{
    struct refunded refunded;
    memset(&refunded, 0, sizeof refunded);
    pack_order_init(&refunded.order, "tiktok-us", DAY(20209)); /* 2025-05-01 */
    pack_order_line(&refunded.order, 60000, 0, 0, NULL);
    sell(&refunded);
    refunded.refund.at_us = DAY(20223) + 7 * HOUR - 1; /* 2025-05-15 00:00 PDT is 07:00 UTC */
    take_back(&refunded);
    EXPECT(&refunded, "referral", 3600, 720, 0);
    refunded.refund.at_us++;
    take_back(&refunded);
    EXPECT(&refunded, "referral", 3600, 500, 0);
    refunded_done(&refunded);
}

Test(fee_golden_refund, tiktok_us_on_less_than_a_unit_the_referral_fee_is_assumed_kept)
{
    struct refunded refunded;
    bridge_init(&refunded, "tiktok-us", AUG_2026);
    refunded.lines[0] = (struct fee_returned_line){0, 0, 1000};
    take_back(&refunded);
    EXPECT(&refunded, "referral", 0, 0, 306);
    EXPECT(&refunded, "affiliate", 100, 0, 300); /* 4.00 x 10 / 40 */
    cr_assert_eq(effect_on(&refunded, "referral").marks, FEE_REFUND_ASSUMED);
    refunded_done(&refunded);
}

/* 2023-05: 2 % x 50.99 + 0.30 = 1.32. A quarter of the price gives back a quarter of 1.02; the 0.30 stay while there is an order. */
Test(fee_golden_refund, tiktok_us_of_2023_keeps_its_30_cents_on_a_partial_refund)
{
    struct refunded refunded;
    bridge_init(&refunded, "tiktok-us", DAY(19478));
    refunded.lines[0] = (struct fee_returned_line){0, 0, 1000};
    take_back(&refunded);
    EXPECT(&refunded, "referral", 26, 0, 106); /* 1.02 / 4 = 0.255 */
    refunded.lines[0] = (struct fee_returned_line){0, 1, 4000};
    take_back(&refunded);
    EXPECT(&refunded, "referral", 132, 0, 0);
    refunded_done(&refunded);
}

Test(fee_golden_refund, tiktok_uk_and_eu_give_the_commission_back_in_proportion)
{
    static const char *const packs[] = {"tiktok-uk", "tiktok-eu"};
    for (size_t i = 0; i < 2; i++) {
        struct refunded refunded;
        bridge_init(&refunded, packs[i], AUG_2026);
        refunded.lines[0] = (struct fee_returned_line){0, 0, 1000};
        take_back(&refunded);
        EXPECT(&refunded, "commission", 115, 0, 344); /* 4.59 / 4 = 1.1475 */
        refunded_done(&refunded);
    }
}

/* A real refund after delivery settled at -10,250: 8,000 commission and 1,250 processing kept, and 1,000 logistics, which no rule
 * knows. One before shipping settled at 0. */
Test(fee_golden_refund, tiktok_id_after_delivery_costs_10_250_and_before_shipping_nothing)
{
    const int64_t logistics = 1000;
    struct refunded refunded;
    memset(&refunded, 0, sizeof refunded);
    pack_order_init(&refunded.order, "tiktok-id", AUG_2026);
    pack_order_line(&refunded.order, 60000, 0, 0, NULL);
    pack_order_line(&refunded.order, 40000, 0, 0, NULL);
    sell(&refunded);
    take_back(&refunded);
    EXPECT(&refunded, "dynamic_commission", 0, 0, 8000);
    EXPECT(&refunded, "order_processing", 0, 0, 1250);
    cr_assert_eq(effect_on(&refunded, "dynamic_commission").kept_minor + effect_on(&refunded, "order_processing").kept_minor +
                     logistics,
                 10250);
    refunded.refund.progress = FEE_BEFORE_SHIPPING;
    take_back(&refunded);
    EXPECT(&refunded, "dynamic_commission", 8000, 0, 0);
    EXPECT(&refunded, "order_processing", 1250, 0, 0);
    refunded.refund.line_count = 1;
    take_back(&refunded);
    EXPECT(&refunded, "dynamic_commission", 4800, 0, 0);
    EXPECT(&refunded, "order_processing", 0, 0, 750); /* of the first line: 1,250 x 60 / 100; the order goes on */
    refunded_done(&refunded);
}

Test(fee_golden_refund, tiktok_vn_shrinks_the_transaction_fee_and_keeps_the_processing_fee)
{
    struct refunded refunded;
    memset(&refunded, 0, sizeof refunded);
    pack_order_init(&refunded.order, "tiktok-vn", AUG_2026);
    pack_order_line(&refunded.order, 200000, 20000, 10000, NULL);
    refunded.order.event.order.customer_total_minor = 170000;
    sell(&refunded);
    refunded.lines[0] = (struct fee_returned_line){0, 0, 85000};
    take_back(&refunded);
    EXPECT(&refunded, "transaction", 4250, 0, 4250); /* 5 % x (170,000 - 85,000) stays */
    EXPECT(&refunded, "order_processing", 0, 0, 3000);
    refunded_done(&refunded);
}

Test(fee_golden_refund, tiktok_th_gives_the_commission_back_and_keeps_the_growth_fee)
{
    struct refunded refunded;
    memset(&refunded, 0, sizeof refunded);
    pack_order_init(&refunded.order, "tiktok-th", AUG_2026);
    pack_order_line(&refunded.order, 100000, 10000, 0, "Toys & Hobbies");
    refunded.order.event.order.customer_total_minor = 90000;
    sell(&refunded);
    take_back(&refunded);
    EXPECT(&refunded, "commission", 6741, 0, 0);
    EXPECT(&refunded, "commerce_growth", 0, 0, 5778);
    EXPECT(&refunded, "transaction", 0, 0, 2889); /* 3.21 % x 900.00: the formula of 2026-03-21 has no refund in it */
    refunded_done(&refunded);
}

Test(fee_golden_refund, fees_per_delivered_order_stay_after_delivery)
{
    static const struct {
        const char *pack, *rule;
        int64_t fee;
    } cases[] = {{"tiktok-my", "platform_support", 54}, {"tiktok-ph", "order_processing", 300}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct refunded refunded;
        bridge_init(&refunded, cases[i].pack, AUG_2026);
        take_back(&refunded);
        EXPECT(&refunded, cases[i].rule, 0, 0, cases[i].fee);
        refunded.refund.progress = FEE_BEFORE_DELIVERY;
        take_back(&refunded);
        EXPECT(&refunded, cases[i].rule, cases[i].fee, 0, 0);
        refunded_done(&refunded);
    }
}

Test(fee_golden_refund, tiktok_sg_both_fees_shrink_with_what_is_refunded)
{
    struct refunded refunded;
    bridge_init(&refunded, "tiktok-sg", AUG_2026);
    refunded.lines[0] = (struct fee_returned_line){0, 0, 2000};
    take_back(&refunded);
    EXPECT(&refunded, "commission", 111, 0, 110);  /* 4.905 % x 45.00 = 2.21; half of it */
    EXPECT(&refunded, "transaction", 54, 0, 53);   /* 2.18 % x 49.14 = 1.07; half of it */
    refunded_done(&refunded);
}

Test(fee_golden_refund, shopify_keeps_what_the_card_cost)
{
    struct refunded refunded;
    bridge_init(&refunded, "shopify-payments-us", AUG_2026);
    refunded.refund.progress = FEE_BEFORE_SHIPPING;
    take_back(&refunded);
    EXPECT(&refunded, "processing", 0, 0, 173);
    refunded_done(&refunded);
}
