#include "core/settlement.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "core/money.h"
#include "core/order_fact.h"
#include "statement.h"

static struct statement line;

static void expect_row(const char *field, enum settled_class class, int64_t amount_minor)
{
    const struct settled_row *row = row_of(&line.fact, field);
    cr_assert_not_null(row, "%s is booked", field);
    cr_assert_eq(row->class, class, "%s is %s", field, settled_class_name(row->class));
    cr_assert_eq(row->amount_minor, amount_minor, "%s is %lld", field, (long long)row->amount_minor);
}

static void expect_no_breaks(void)
{
    cr_assert_eq(line.fact.total_break_minor, 0);
    cr_assert_eq(line.fact.sales_break_minor, 0);
    cr_assert_eq(line.fact.shipping_break_minor, 0);
    cr_assert_eq(line.fact.unknown_count, 0);
}

/* 50.00 less 5.00; shipping 5.99 paid by the buyer and passed on; 6 % of 45.00 + 5.99 = 3.0594; 10 % of 50 - 5 - 5 of the
 * platform's = 4.00. */
Test(settlement, a_sale_of_the_united_states_is_booked_by_its_components)
{
    SETTLE(line, "Order", "USD", {"Total settlement amount", 3794}, {"Net sales", 4500}, {"Gross sales", 5000},
           {"Seller discount", -500}, {"Shipping", 0}, {"TikTok Shop shipping fee", -599},
           {"Customer-paid shipping fee", 599}, {"Fees", -706}, {"Referral fee", -306}, {"Affiliate Commission", -400},
           {"Customer payment", 4914}, {"Adjustment amount", 0});
    cr_assert_eq(line.fact.type, SETTLED_TYPE_ORDER);
    cr_assert_eq(line.fact.row_count, 6);
    expect_row("gross_sales", SETTLED_GROSS, 5000);
    expect_row("seller_discount", SETTLED_SELLER_DISCOUNT, -500);
    expect_row("tiktok_shop_shipping_fee", SETTLED_SHIPPING, -599);
    expect_row("customer_paid_shipping_fee", SETTLED_SHIPPING, 599);
    expect_row("referral_fee", SETTLED_PLATFORM_FEE, -306);
    expect_row("affiliate_commission", SETTLED_AFFILIATE, -400);
    cr_assert(line.fact.total_stated);
    expect_no_breaks();
}

/* The referral fee of 3.06 comes back but for 20 % of it: 20 % of 6 % of 50.99 = 0.61188. Total: -45.00 + 3.06 + 4.00 - 0.61. */
Test(settlement, a_full_refund_after_shipping_keeps_the_administration_fee)
{
    SETTLE(line, "Order", "USD", {"Total settlement amount", -3855}, {"Net sales", -4500}, {"Gross sales refund", -5000},
           {"Seller discount refund", 500}, {"Fees", 645}, {"Referral fee", 306}, {"Refund administration fee", -61},
           {"Affiliate Commission", 400});
    expect_row("refund_administration_fee", SETTLED_REFUND_ADMIN_FEE, -61);
    cr_assert_eq(class_sum(&line.fact, SETTLED_REFUND), -4500);
    expect_no_breaks();
}

/* The cap of 5.00 holds per SKU: 20 % of 6 % of 50.99 = 0.61, of 500.00 = 6.00 -> 5.00, of 416.66 = 4.99992 -> 5.00;
 * together 10.61. */
Test(settlement, refund_fees_of_several_skus_are_each_a_line_of_its_own)
{
    const int64_t base[] = {5099, 50000, 41666}, fee[] = {61, 500, 500};
    int64_t sum = 0;
    for (int sku = 0; sku < 3; sku++) {
        int64_t referral, due;
        cr_assert(money_rate(base[sku], 60000, &referral));
        cr_assert(money_rate(base[sku], 60000 / 5, &due));
        cr_assert_eq(due < 500 ? due : 500, fee[sku]);
        SETTLE(line, "Order", "USD", {"settlement_amount", -base[sku] + referral - fee[sku]}, {"net_sales_amount", -base[sku]},
               {"gross_sales_refund_amount", -base[sku]}, {"fee_amount", referral - fee[sku]}, {"referral_fee_amount", referral},
               {"refund_administration_fee_amount", -fee[sku]});
        sum += class_sum(&line.fact, SETTLED_REFUND_ADMIN_FEE);
        expect_no_breaks();
    }
    cr_assert_eq(sum, -1061);
}

struct rupiah {
    int64_t gross, seller_discount, logistics, affiliate, fee;
};

/* fee = 8.00 % of (gross - seller discount) + 1,250 + logistics service + affiliate. The first: 8 % of 91,000 = 7,280, and the
 * affiliate's 7.5 % of 100,000 - 9,000 - 3,640 of the platform's = 6,552. */
static const struct rupiah indonesian[] = {
    {100000, 9000, 0, 6552, 7280 + 1250 + 6552},      {100000, 0, 1000, 0, 8000 + 1250 + 1000},
    {55000, 5500, 0, 0, 3960 + 1250},                 {249000, 24900, 2000, 16808, 17928 + 1250 + 2000 + 16808},
    {12500, 0, 350, 0, 1000 + 1250 + 350},            {73125, 3125, 0, 5250, 5600 + 1250 + 5250},
    {199900, 19990, 1500, 0, 14393 + 1250 + 1500},    {35000, 1750, 0, 0, 2660 + 1250},
    {1000000, 125000, 5000, 0, 70000 + 1250 + 5000},  {87500, 0, 700, 6563, 7000 + 1250 + 700 + 6563},
    {41250, 1250, 0, 0, 3200 + 1250},
};

Test(settlement, eleven_indonesian_fees_are_8_percent_and_1250_beside_what_they_name)
{
    cr_assert_eq(sizeof indonesian / sizeof *indonesian, 11);
    for (size_t i = 0; i < 11; i++) {
        const struct rupiah *order = &indonesian[i];
        int64_t after = order->gross - order->seller_discount, commission;
        cr_assert(money_rate(after, 80000, &commission));
        cr_assert_eq(commission + 1250 + order->logistics + order->affiliate, order->fee, "order %zu", i);
        SETTLE(line, "Order", "IDR", {"Total settlement amount", after - order->fee}, {"Total Revenue", after},
               {"Subtotal after seller discounts", after}, {"Subtotal before discounts", order->gross},
               {"Seller discounts", -order->seller_discount}, {"Refund subtotal after seller discounts", 0},
               {"Total Fees", -order->fee}, {"Affiliate commission", -order->affiliate},
               {"Shipping cost", -order->logistics}, {"Logistics service fee", -order->logistics},
               {"Ajustment amount", 0}, {"Customer payment", 93006});
        expect_row("residual:fees", SETTLED_PLATFORM_FEE, -commission - 1250);
        cr_assert_eq(class_sum(&line.fact, SETTLED_AFFILIATE), -order->affiliate);
        cr_assert_eq(class_sum(&line.fact, SETTLED_SHIPPING), -order->logistics);
        cr_assert_eq(class_sum(&line.fact, SETTLED_GROSS), order->gross);
        expect_no_breaks();
    }
}

/* Case 44. 100,000 delivered and given back: commission 8,000, processing 1,250 and logistics 1,000 are kept. */
Test(settlement, a_zero_sum_order_with_kept_fees_is_a_loss)
{
    SETTLE(line, "Order", "IDR", {"Total settlement amount", -10250}, {"Total Revenue", 0},
           {"Subtotal after seller discounts", 100000}, {"Subtotal before discounts", 100000},
           {"Refund subtotal after seller discounts", -100000}, {"Refund subtotal before seller discounts", -100000},
           {"Total Fees", -10250}, {"Shipping cost", -1000}, {"Logistics service fee", -1000});
    cr_assert_eq(line.fact.total_minor, -10250);
    expect_row("residual:fees", SETTLED_PLATFORM_FEE, -9250);
    cr_assert_eq(class_sum(&line.fact, SETTLED_GROSS) + class_sum(&line.fact, SETTLED_REFUND), 0);
    expect_no_breaks();
}

/* Case 7. */
Test(settlement, a_refund_before_shipping_settles_at_nothing)
{
    SETTLE(line, "Order", "IDR", {"Total settlement amount", 0}, {"Total Revenue", 0}, {"Total Fees", 0},
           {"Ajustment amount", 0});
    cr_assert_eq(line.fact.row_count, 0);
    cr_assert_eq(line.fact.total_minor, 0);
    expect_no_breaks();
}

/* Case 34. */
Test(settlement, a_parent_is_never_booked_beside_its_components)
{
    SETTLE(line, "Order", "USD", {"Total settlement amount", 2082}, {"Net sales", 2800}, {"Gross sales", 3500},
           {"Seller discount", -700}, {"Fees", -718}, {"Referral fee", -221}, {"Affiliate Commission", -368});
    expect_row("residual:fees", SETTLED_PLATFORM_FEE, -129);
    cr_assert_null(row_of(&line.fact, "fees"));
    cr_assert_null(row_of(&line.fact, "net_sales"));
    cr_assert_null(row_of(&line.fact, "total_settlement_amount"));
    expect_no_breaks();
}

/* Case 35. */
Test(settlement, an_unknown_amount_has_its_own_bucket_and_stays_in_the_total)
{
    SETTLE(line, "Order", "USD", {"settlement_amount", 4000}, {"net_sales_amount", 5000}, {"gross_sales_amount", 5000},
           {"fee_amount", -1000}, {"referral_fee_amount", -300}, {"galaxy_fee_amount", -700});
    expect_row("galaxy_fee_amount", SETTLED_UNKNOWN, -700);
    cr_assert_eq(line.fact.row_count, 3);
    cr_assert_eq(line.fact.unknown_count, 1);
    cr_assert_eq(line.fact.total_break_minor, 0);
}

Test(settlement, an_unknown_amount_beside_all_sums_completes_the_total)
{
    SETTLE(line, "Order", "USD", {"settlement_amount", 4700}, {"net_sales_amount", 5000}, {"gross_sales_amount", 5000},
           {"fee_amount", 0}, {"galaxy_bonus", -300});
    expect_row("galaxy_bonus", SETTLED_UNKNOWN, -300);
    cr_assert_eq(line.fact.row_count, 2);
    cr_assert_eq(line.fact.total_break_minor, 0);
}

Test(settlement, an_unknown_amount_that_no_sum_needs_is_alarmed_and_moves_no_total)
{
    SETTLE(line, "Order", "USD", {"settlement_amount", 4700}, {"net_sales_amount", 5000}, {"gross_sales_amount", 5000},
           {"fee_amount", -300}, {"referral_fee_amount", -300}, {"galaxy_note", -50});
    expect_row("galaxy_note", SETTLED_UNKNOWN, -50);
    expect_row("residual:fees", SETTLED_PLATFORM_FEE, 50);
    cr_assert_eq(line.fact.total_minor, 4700);
    cr_assert_eq(line.fact.unknown_count, 1);
}

Test(settlement, an_unknown_column_of_zeros_is_nobodys_business)
{
    SETTLE(line, "Order", "USD", {"settlement_amount", 100}, {"net_sales_amount", 100}, {"galaxy_fee", 0});
    cr_assert_eq(line.fact.unknown_count, 0);
}

Test(settlement, an_unknown_type_is_counted_and_stays_in_the_total)
{
    SETTLE(line, "Galaxy settlement", "USD", {"Total settlement amount", -4200}, {"Adjustment amount", -4200});
    cr_assert_eq(line.fact.type, SETTLED_TYPE_UNKNOWN);
    cr_assert_eq(line.fact.unknown_count, 1);
    expect_row("adjustment_amount", SETTLED_UNKNOWN, -4200);
}

/* Case 37, and one real month: 2,495,139 of ads paid from proceeds. */
Test(settlement, ads_paid_from_proceeds_are_cash_and_no_fee)
{
    SETTLE(line, "GMV payment for TikTok Ads", "IDR", {"Total settlement amount", -2495139}, {"Ajustment amount", -2495139},
           {"Total Revenue", 0}, {"Total Fees", 0});
    cr_assert_eq(class_sum(&line.fact, SETTLED_ADS), -2495139);
    cr_assert_eq(line.fact.row_count, 1);
    expect_no_breaks();
    SETTLE(line, "GMV_PAYMENT_FOR_ADS", "USD", {"settlement_amount", -5000});
    cr_assert_eq(class_sum(&line.fact, SETTLED_ADS), -5000);
    SETTLE(line, "Order", "USD", {"Total settlement amount", 800}, {"Net sales", 1000}, {"Gross sales", 1000}, {"Fees", -200},
           {"Referral fee", -60}, {"GMV Max ad fee", -140});
    expect_row("gmv_max_ad_fee", SETTLED_ADS, -140);
    cr_assert_eq(class_sum(&line.fact, SETTLED_PLATFORM_FEE), -60);
}

/* Cases 36 and 47. */
Test(settlement, reserves_and_balances_are_cash_timing_without_profit)
{
    static const char *const types[] = {"Reserve", "RESERVE", "Net earnings balance", "Net earnings deduction",
                                        "Bill payment (negative balance)"};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        SETTLE(line, types[i], "USD", {"Total settlement amount", -12345}, {"Adjustment amount", -12345});
        cr_assert_eq(class_sum(&line.fact, SETTLED_RESERVE), -12345, "%s", types[i]);
        cr_assert_eq(line.fact.row_count, 1);
        expect_no_breaks();
    }
}

Test(settlement, a_deposit_on_commissions_and_its_release_are_cash_timing)
{
    SETTLE(line, "ORDER", "MXN", {"settlement_amount", 10590}, {"revenue_amount", 13490},
           {"subtotal_before_discount_amount", 13490}, {"shipping_cost_amount", 0}, {"fee_tax_amount", -2900},
           {"sfp_service_fee_amount", -1079}, {"fee_per_item_sold_amount", -600}, {"affiliate_commission_deposit", -9900},
           {"affiliate_commission_release", 9900}, {"isr_amount", -291}, {"iva_amount", -930},
           {"actual_shipping_fee_amount", -4900}, {"shipping_fee_discount_amount", 4900}, {"fbm_shipping_cost_amount", -4900},
           {"platform_shipping_fee_discount_amount", 4900});
    cr_assert_eq(class_sum(&line.fact, SETTLED_RESERVE), 0);
    cr_assert_eq(class_sum(&line.fact, SETTLED_PLATFORM_FEE), -600);
    cr_assert_eq(class_sum(&line.fact, SETTLED_OTHER_FEE), -1079);
    cr_assert_eq(class_sum(&line.fact, SETTLED_TAX), -1221);
    cr_assert_null(row_of(&line.fact, "fbm_shipping_cost_amount"), "told a second time");
    cr_assert_null(row_of(&line.fact, "residual:fees"));
    expect_no_breaks();
}

/* Case 33: the creator gets 90 of 100, 10 is withheld; the seller's cost is 100. */
Test(settlement, the_sellers_cost_of_a_creator_is_before_the_tax_withheld_from_it)
{
    SETTLE(line, "Order", "VND", {"Total settlement amount", 900}, {"Total Revenue", 1000},
           {"Subtotal after seller discounts", 1000}, {"Total fees", -100}, {"Affiliate commission", -90},
           {"Affiliate commission before PIT (personal income tax)", -100},
           {"Personal income tax withheld from affiliate commission", -10});
    cr_assert_eq(class_sum(&line.fact, SETTLED_AFFILIATE), -100);
    cr_assert_eq(class_sum(&line.fact, SETTLED_TAX), 0);
    cr_assert_null(row_of(&line.fact, "residual:fees"));
    SETTLE(line, "Order", "VND", {"settlement_amount", 900}, {"revenue_amount", 1000}, {"fee_amount", -100},
           {"affiliate_commission_amount", -90}, {"affiliate_commission_before_pit", -100}, {"pit_amount", -10});
    cr_assert_eq(class_sum(&line.fact, SETTLED_AFFILIATE), -100);
    cr_assert_null(row_of(&line.fact, "residual:fees"));
    SETTLE(line, "Order", "VND", {"settlement_amount", 900}, {"revenue_amount", 1000}, {"fee_amount", -100},
           {"affiliate_commission_amount", -90}, {"affiliate_commission_before_pit", 0}, {"pit_amount", -10});
    cr_assert_eq(class_sum(&line.fact, SETTLED_AFFILIATE), -90, "a column of the API that says nothing");
    cr_assert_eq(class_sum(&line.fact, SETTLED_TAX), -10);
}

/* Case 31. */
Test(settlement, both_kinds_of_commission_are_the_affiliates)
{
    SETTLE(line, "Order", "USD", {"Net sales", 10000}, {"Gross sales", 10000}, {"Affiliate Shop Ads commission", -700},
           {"Affiliate partner commission", -50});
    cr_assert_eq(class_sum(&line.fact, SETTLED_AFFILIATE), -750);
    cr_assert_eq(line.fact.total_minor, 9250, "no total stated: the sum of the rows");
    cr_assert(!line.fact.total_stated);
}

/* Case 40. The amount and the fee go at once; the amount comes back when the case is won. */
Test(settlement, a_chargeback_takes_the_amount_and_its_fee)
{
    SETTLE(line, "Chargeback", "USD", {"Total settlement amount", -6499}, {"Adjustment amount", -6499});
    cr_assert_eq(line.fact.type, SETTLED_TYPE_CHARGEBACK);
    expect_row("adjustment_amount", SETTLED_ADJUSTMENT, -6499);
    SETTLE(line, "dispute", "USD", {"amount", -4999}, {"fee", -1500}, {"net", -6499});
    cr_assert_eq(line.fact.type, SETTLED_TYPE_CHARGEBACK);
    cr_assert_eq(class_sum(&line.fact, SETTLED_PAYMENT_FEE), -1500);
    expect_no_breaks();
}

Test(settlement, other_types_keep_their_name_and_adjust)
{
    static const struct {
        const char *native;
        enum settled_type type;
        enum settled_class class;
    } types[] = {{"Logistics reimbursement", SETTLED_TYPE_REIMBURSEMENT, SETTLED_ADJUSTMENT},
                 {"PLATFORM_REIMBURSEMENT", SETTLED_TYPE_REIMBURSEMENT, SETTLED_ADJUSTMENT},
                 {"Violation fee", SETTLED_TYPE_VIOLATION, SETTLED_ADJUSTMENT},
                 {"Rebate", SETTLED_TYPE_REBATE, SETTLED_ADJUSTMENT},
                 {"Other adjustment", SETTLED_TYPE_ADJUSTMENT, SETTLED_ADJUSTMENT},
                 {"FBT_WAREHOUSE_SERVICE_FEE", SETTLED_TYPE_SERVICE, SETTLED_OTHER_FEE},
                 {"STAMP_DUTY", SETTLED_TYPE_TAX, SETTLED_TAX}};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        SETTLE(line, types[i].native, "USD", {"Total settlement amount", -777});
        cr_assert_eq(line.fact.type, types[i].type, "%s", types[i].native);
        cr_assert_eq(class_sum(&line.fact, types[i].class), -777, "%s", types[i].native);
        expect_no_breaks();
    }
}

Test(settlement, a_total_that_its_parts_do_not_reach_is_a_finding)
{
    SETTLE(line, "Order", "USD", {"Total settlement amount", 3803}, {"Net sales", 4500}, {"Gross sales", 5000},
           {"Seller discount", -500}, {"Fees", -706}, {"Referral fee", -306}, {"Affiliate Commission", -400});
    cr_assert_eq(line.fact.total_break_minor, 9);
    cr_assert_eq(line.fact.sales_break_minor, 0);
    expect_row("residual:total", SETTLED_UNKNOWN, 9);
    SETTLE(line, "Order", "USD", {"Total settlement amount", 3803}, {"Net sales", 0}, {"Fees", 0});
    cr_assert_eq(line.fact.total_break_minor, 3803);
}

Test(settlement, net_sales_that_their_parts_do_not_reach_are_a_finding)
{
    SETTLE(line, "Order", "USD", {"Total settlement amount", 4478}, {"Net sales", 4478}, {"Gross sales", 5000},
           {"Seller discount", -500});
    cr_assert_eq(line.fact.sales_break_minor, -22);
    cr_assert_eq(line.fact.total_break_minor, 0);
    expect_row("residual:sales", SETTLED_UNKNOWN, -22);
    SETTLE(line, "Order", "THB", {"Total settlement amount", 4478}, {"Total Revenue", 4478},
           {"Subtotal after seller discounts", 4478}, {"Subtotal before discounts", 5000}, {"Seller discounts", -500});
    cr_assert_eq(line.fact.sales_break_minor, -22);
    expect_row("residual:subtotal", SETTLED_UNKNOWN, -22);
}

Test(settlement, shipping_that_is_not_passed_through_is_a_finding_in_south_east_asia)
{
    SETTLE(line, "Order", "PHP", {"Total settlement amount", 900}, {"Total Revenue", 1000}, {"Total fees", -100},
           {"Subtotal after seller discounts", 1000}, {"Seller shipping fee", -30}, {"Actual shipping fee", -130},
           {"Platform shipping fee discount", 60}, {"Customer shipping fee", 40}, {"Transaction fee", -70});
    cr_assert_eq(line.fact.shipping_break_minor, -30);
    cr_assert_eq(class_sum(&line.fact, SETTLED_SHIPPING), -30);
    cr_assert_null(row_of(&line.fact, "residual:fees"));
    SETTLE(line, "Order", "USD", {"settlement_amount", 501}, {"revenue_amount", 1000}, {"shipping_cost_amount", -499},
           {"actual_shipping_fee_amount", -499}, {"subtotal_before_discount_amount", 1000});
    cr_assert_eq(line.fact.shipping_break_minor, 0, "there the seller pays for it");
    expect_no_breaks();
}

Test(settlement, shipping_stands_in_the_fees_or_beside_them)
{
    SETTLE(line, "Order", "MYR", {"settlement_amount", 870}, {"revenue_amount", 1000}, {"fee_amount", -130},
           {"platform_commission_amount", -100}, {"shipping_fee_amount", -30}, {"shipping_cost_amount", 0},
           {"actual_return_shipping_fee_amount", -30});
    cr_assert_null(row_of(&line.fact, "residual:fees"));
    expect_no_breaks();
    SETTLE(line, "Order", "MYR", {"settlement_amount", 870}, {"revenue_amount", 1000}, {"fee_tax_amount", -100},
           {"platform_commission_amount", -100}, {"shipping_cost_amount", -30}, {"return_shipping_fee_amount", -30});
    cr_assert_null(row_of(&line.fact, "residual:fees"));
    expect_no_breaks();
    SETTLE(line, "Order", "GBP", {"settlement_amount", 870}, {"net_sales_amount", 1000}, {"revenue_amount", 1100},
           {"gross_sales_amount", 1000}, {"fee_amount", -100}, {"platform_commission_amount", -100},
           {"shipping_cost_amount", 0}, {"shipping_fee_amount", -30}, {"return_shipping_fee_amount", -30});
    cr_assert_null(row_of(&line.fact, "residual:fees"));
    expect_no_breaks();
}

Test(settlement, of_two_names_for_the_sales_that_of_the_market_stands)
{
    SETTLE(line, "Order", "USD", {"settlement_amount", 1000}, {"net_sales_amount", 1000}, {"revenue_amount", 1234});
    cr_assert_eq(class_sum(&line.fact, SETTLED_GROSS), 1000);
    SETTLE(line, "Order", "IDR", {"settlement_amount", 1234}, {"net_sales_amount", 1000}, {"revenue_amount", 1234});
    cr_assert_eq(class_sum(&line.fact, SETTLED_GROSS), 1234);
    SETTLE(line, "Order", "USD", {"settlement_amount", 1234}, {"net_sales_amount", 0}, {"revenue_amount", 1234});
    cr_assert_eq(class_sum(&line.fact, SETTLED_GROSS), 1234);
    expect_no_breaks();
}

Test(settlement, an_amount_stated_twice_is_refused)
{
    REFUSED(REASON_DUPLICATE_FIELD, "USD", {"Referral fee", -100}, {"referral_fee", -100});
    REFUSED(REASON_DUPLICATE_FIELD, "USD", {"Galaxy fee", -100}, {" galaxy  FEE ", -100});
    REFUSED(REASON_DUPLICATE_FIELD, "USD", {"Fees", -100}, {"fee_amount", -100});
    REFUSED(REASON_DUPLICATE_FIELD, "USD", {"net_sales", 1}, {"revenue_amount", 2}, {"net_sales_amount", 1});
    REFUSED(REASON_DUPLICATE_FIELD, "USD", {"settlement_amount", 5}, {"net", 5});
}

Test(settlement, a_line_without_amounts_is_refused)
{
    REFUSED(REASON_NO_AMOUNTS, "USD", {"Customer payment", 100}, {"sales_tax_amount", 5});
    statement_init(&line, "Order", "USD", NULL, 0);
    cr_assert_eq(statement_make(&line), REASON_NO_AMOUNTS);
}

Test(settlement, amounts_beyond_all_measure_are_refused)
{
    REFUSED(REASON_AMOUNT_OVERFLOW, "USD", {"Referral fee", AMOUNT_MAX_MINOR + 1});
    REFUSED(REASON_AMOUNT_OVERFLOW, "USD", {"Referral fee", INT64_MIN + 1});
    REFUSED(REASON_AMOUNT_OVERFLOW, "USD", {"Galaxy fee", INT64_MAX});
    REFUSED(REASON_AMOUNT_OVERFLOW, "USD", {"Referral fee", AMOUNT_MAX_MINOR}, {"Galaxy fee", 1});
    REFUSED(REASON_AMOUNT_OVERFLOW, "USD", {"Fees", -AMOUNT_MAX_MINOR}, {"Referral fee", AMOUNT_MAX_MINOR});
    SETTLE(line, "Order", "USD", {"Referral fee", -AMOUNT_MAX_MINOR});
}

Test(settlement, a_line_without_revision_or_time_has_those_of_its_settlement)
{
    SETTLE(line, "Order", "USD", {"Net sales", 1});
    cr_assert_eq(line.fact.revision, SAMPLE_TIME_US);
    cr_assert_eq(line.fact.occurred_at_us, SAMPLE_TIME_US);
    cr_assert_eq(line.fact.day, SAMPLE_TIME_US / (24 * SAMPLE_HOUR_US));
    line.event.occurred_at_us = SAMPLE_TIME_US + 7;
    cr_assert_eq(statement_make(&line), REASON_NONE);
    cr_assert_eq(line.fact.revision, SAMPLE_TIME_US + 7);
    line.event.revision = 3;
    cr_assert_eq(statement_make(&line), REASON_NONE);
    cr_assert_eq(line.fact.revision, 3);
}

Test(settlement, the_key_is_shop_transaction_and_sku)
{
    SETTLE(line, "Order", "USD", {"Net sales", 1});
    struct hash128 first = line.fact.key_hash;
    line.event.settlement.statement_id = text_of("another");
    cr_assert_eq(statement_make(&line), REASON_NONE);
    cr_assert_eq(line.fact.key_hash.lo, first.lo);
    cr_assert_eq(line.fact.key_hash.hi, first.hi);
    line.event.settlement.sku = text_of("sku");
    cr_assert_eq(statement_make(&line), REASON_NONE);
    cr_assert_neq(line.fact.key_hash.lo, first.lo);
}
