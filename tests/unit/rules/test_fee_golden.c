/*
 * Golden orders of the shipped packs, with the arithmetic beside each. Figures in minor units: cents, satang, whole rupiah.
 */
#include <criterion/criterion.h>
#include <stdio.h>

#include "pack_order.h"

/* Days since 1970-01-01. */
enum {
    D2023_05_01 = 19478,
    D2024_03_01 = 19783,
    D2024_05_01 = 19844,
    D2024_09_01 = 19967,
    D2024_09_02 = 19968,
    D2025_08_01 = 20301,
    D2025_08_11 = 20311,
    D2025_12_15 = 20437,
    D2026_01_08 = 20461,
    D2026_02_15 = 20499,
    D2026_03_20 = 20532,
    D2026_08_01 = 20666
};

/* List 50.00, seller discount 5.00, platform discount 5.00, buyer shipping 5.99, tax 3.15: the customer pays 49.14. */
static void bridge_init(struct pack_order *order, const char *pack, int64_t created_at_us)
{
    pack_order_init(order, pack, created_at_us);
    pack_order_line(order, 5000, 500, 500, NULL)->tax_minor = 315;
    order->event.order.shipping_paid_minor = 599;
    order->event.order.tax_minor = 315;
    order->event.order.customer_total_minor = 4914;
}

Test(fee_golden, tiktok_us_the_worked_bridge)
{
    struct pack_order order;
    bridge_init(&order, "tiktok-us", DAY(D2026_08_01));
    pack_order_creator(&order, 100000);
    pack_order_charge(&order);
    cr_assert_eq(pack_order_find(&order, "referral")->base_minor, 5099); /* 50.00 - 5.00 + 5.99 */
    cr_assert_eq(pack_order_fee(&order, "referral"), 306);               /* 6 % x 50.99 = 3.0594 */
    cr_assert_eq(pack_order_fee(&order, "affiliate"), 400);              /* 10 % x (50.00 - 5.00 - 5.00) */
    cr_assert_eq(pack_order_total(&order), 706);
    pack_order_done(&order);
}

/* Case 1: the platform's discount lowers what is paid, not the referral base; but the affiliate's. */
Test(fee_golden, case_01_platform_discount_lowers_the_affiliate_base_only)
{
    struct pack_order order;
    bridge_init(&order, "tiktok-us", DAY(D2026_08_01));
    pack_order_creator(&order, 100000);
    order.lines[0].platform_discount_minor = 1500;
    pack_order_charge(&order);
    cr_assert_eq(pack_order_fee(&order, "referral"), 306);
    cr_assert_eq(pack_order_fee(&order, "affiliate"), 300); /* 10 % x (50.00 - 5.00 - 15.00) */
    pack_order_done(&order);
}

/* Case 2: the seller's discount lowers all bases. */
Test(fee_golden, case_02_seller_discount_lowers_all_bases)
{
    struct pack_order order;
    bridge_init(&order, "tiktok-us", DAY(D2026_08_01));
    pack_order_creator(&order, 100000);
    order.lines[0].seller_discount_minor = 1000;
    pack_order_charge(&order);
    cr_assert_eq(pack_order_fee(&order, "referral"), 276);  /* 6 % x 45.99 = 2.7594 */
    cr_assert_eq(pack_order_fee(&order, "affiliate"), 350); /* 10 % x (50.00 - 10.00 - 5.00) */
    pack_order_done(&order);
}

/* Case 3: what the buyer pays for shipping is part of the base in the United States and the United Kingdom, not in Indonesia,
 * Thailand, and of no affiliate. */
Test(fee_golden, case_03_shipping_is_in_the_base_where_the_market_says_so)
{
    static const struct {
        const char *pack, *rule;
        int64_t fee;
    } cases[] = {{"tiktok-us", "referral", 306},        /* 6 % x (45.00 + 5.99) */
                 {"tiktok-uk", "commission", 459},      /* 9 % x 50.99 = 4.5891 */
                 {"tiktok-eu", "commission", 459},      /* likewise */
                 {"tiktok-th", "commission", 337},      /* 7.49 % x 45.00 = 3.3705 */
                 {"tiktok-id", "dynamic_commission", 360}}; /* 8 % x 4500 */
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct pack_order order;
        bridge_init(&order, cases[i].pack, DAY(D2026_08_01));
        pack_order_creator(&order, 100000);
        pack_order_charge(&order);
        cr_assert_eq(pack_order_fee(&order, cases[i].rule), cases[i].fee, "%s", cases[i].pack);
        cr_assert_eq(pack_order_fee(&order, "affiliate"), 400, "%s", cases[i].pack);
        pack_order_done(&order);
    }
}

/* Case 4: tax moves no fee of TikTok's. */
Test(fee_golden, case_04_tax_is_in_no_base)
{
    struct pack_order order;
    bridge_init(&order, "tiktok-us", DAY(D2026_08_01));
    order.lines[0].tax_minor = 999;
    order.event.order.tax_minor = 999;
    order.event.order.customer_total_minor = 5598;
    pack_order_charge(&order);
    cr_assert_eq(pack_order_total(&order), 306);
    pack_order_done(&order);
}

Test(fee_golden, tiktok_us_new_shops_of_2023_pay_nothing_for_90_days)
{
    struct pack_order order;
    bridge_init(&order, "tiktok-us", DAY(D2023_05_01));
    order.seller.opened_at_us = DAY(D2023_05_01 - 90) + 1;
    pack_order_charge(&order);
    cr_assert_eq(pack_order_fee(&order, "referral"), 0, "89 days and 24 hours less a microsecond");
    order.seller.opened_at_us = DAY(D2023_05_01 - 90);
    pack_order_charge(&order);
    cr_assert_eq(pack_order_fee(&order, "referral"), 132); /* 2 % x 50.99 + 0.30 = 1.3198 */
    order.seller.opened_at_us = EVENT_ABSENT;
    pack_order_charge(&order);
    cr_assert_eq(pack_order_fee(&order, "referral"), 132, "a shop of unknown age is old");
    pack_order_done(&order);
}

Test(fee_golden, tiktok_us_new_sellers_of_2024_keep_the_old_rate_while_the_shop_says_so)
{
    struct pack_order order;
    bridge_init(&order, "tiktok-us", DAY(D2024_05_01));
    pack_order_flag(&order, "new_seller");
    pack_order_charge(&order);
    cr_assert_eq(pack_order_fee(&order, "referral"), 132); /* 2 % x 50.99 + 0.30 */
    order.flags[0].to_us = order.event.order.created_at_us;
    pack_order_charge(&order);
    cr_assert_eq(pack_order_fee(&order, "referral"), 306, "a flag ends before its end");
    order.flags[0] = (struct fee_flag){order.flags[0].bit, order.event.order.created_at_us, INT64_MAX};
    pack_order_charge(&order);
    cr_assert_eq(pack_order_fee(&order, "referral"), 132, "and begins at its beginning");
    pack_order_done(&order);
}

Test(fee_golden, tiktok_us_reduced_goods_pay_5_percent_and_3_on_the_part_over_10_000)
{
    struct pack_order order;
    pack_order_init(&order, "tiktok-us", DAY(D2026_08_01));
    pack_order_flag(&order, "reduced_rate");
    pack_order_line(&order, 1250050, 0, 0, NULL);
    pack_order_charge(&order);
    cr_assert_eq(pack_order_fee(&order, "referral"), 57502); /* 5 % x 10,000.00 = 500.00; 3 % x 2,500.50 = 75.015 -> 75.02 */
    order.lines[0].unit_list_minor = 1000000;
    pack_order_charge(&order);
    cr_assert_eq(pack_order_fee(&order, "referral"), 50000);
    pack_order_done(&order);
}

/* Its own published examples: a pair of shoes, a computer. */
Test(fee_golden, tiktok_uk_shoes_and_a_computer)
{
    struct pack_order order;
    pack_order_init(&order, "tiktok-uk", DAY(D2026_08_01));
    pack_order_line(&order, 10000, 1000, 1000, "Shoes");
    order.event.order.shipping_paid_minor = 500;
    pack_order_charge(&order);
    cr_assert_eq(pack_order_total(&order), 855); /* 9 % x (80 + 5 + 10) */
    pack_order_flag(&order, "reduced_categories");
    pack_order_charge(&order);
    cr_assert_eq(pack_order_total(&order), 855, "shoes are no reduced category");
    order.lines[0].unit_list_minor = 150000;
    order.lines[0].seller_discount_minor = 0;
    order.lines[0].platform_discount_minor = 20000;
    order.lines[0].category = text_of("Computers & Office Equipment");
    order.event.order.shipping_paid_minor = 5000;
    pack_order_charge(&order);
    cr_assert_eq(pack_order_total(&order), 7750); /* 5 % x (1,300 + 50 + 200) */
    pack_order_done(&order);
}

Test(fee_golden, tiktok_uk_rose_from_5_to_9_percent_at_midnight_of_london)
{
    struct pack_order order;
    pack_order_init(&order, "tiktok-uk", DAY(D2024_09_02) - HOUR - 1); /* 2024-09-02 00:00 BST is 23:00 UTC */
    pack_order_line(&order, 10000, 0, 0, NULL);
    pack_order_charge(&order);
    cr_assert_eq(pack_order_total(&order), 500);
    order.event.order.created_at_us++;
    pack_order_charge(&order);
    cr_assert_eq(pack_order_total(&order), 900);
    pack_order_done(&order);
}

Test(fee_golden, tiktok_eu_5_then_9_percent_electronics_7_new_shops_4)
{
    struct pack_order order;
    pack_order_init(&order, "tiktok-eu", DAY(D2026_01_08) - HOUR - 1); /* 00:00 CET is 23:00 UTC */
    pack_order_line(&order, 8000, 0, 0, "Phones & Electronics");
    pack_order_line(&order, 2000, 0, 0, "Shoes");
    pack_order_charge(&order);
    cr_assert_eq(pack_order_total(&order), 500); /* 5 % x 100.00 */
    order.event.order.created_at_us++;
    pack_order_charge(&order);
    cr_assert_eq(order.facts[0].platform_fee_minor, 560); /* 7 % x 80.00 */
    cr_assert_eq(order.facts[1].platform_fee_minor, 180); /* 9 % x 20.00 */
    order.seller.opened_at_us = order.event.order.created_at_us - DAY(60) + 1;
    pack_order_charge(&order);
    cr_assert_eq(pack_order_total(&order), 400); /* 4 % x 100.00 */
    order.seller.opened_at_us--;
    pack_order_charge(&order);
    cr_assert_eq(pack_order_total(&order), 740, "60 days are over");
    pack_order_done(&order);
}

/* fee = 8.00 % x (gross - seller discount) + 1,250 + logistics + affiliate, on the order whose affiliate commission was 6,552:
 * 100,000 - 9,000 of the seller, 3,640 of the platform. The logistics service is the carrier's. */
Test(fee_golden, tiktok_id_fees_of_real_orders)
{
    const int64_t logistics = 1000;
    struct pack_order order;
    pack_order_init(&order, "tiktok-id", DAY(D2026_08_01));
    pack_order_line(&order, 100000, 9000, 3640, NULL);
    pack_order_creator(&order, 75000);
    pack_order_charge(&order);
    cr_assert_eq(pack_order_fee(&order, "dynamic_commission"), 7280); /* 8 % x 91,000 */
    cr_assert_eq(pack_order_fee(&order, "order_processing"), 1250);
    cr_assert_eq(pack_order_fee(&order, "affiliate"), 6552); /* 7.5 % x (91,000 - 3,640) */
    cr_assert_eq(pack_order_total(&order) + logistics, 7280 + 1250 + 6552 + logistics);
    cr_assert_eq(order.trace.charge_count, 3, "and nothing else");
    pack_order_done(&order);
}

/* The identity over eleven orders of several lines, goods from 10,000 to 500,000: no item reaches the cap. */
Test(fee_golden, tiktok_id_the_identity_of_eleven_orders)
{
    for (int64_t i = 0; i < 11; i++) {
        struct pack_order order;
        int64_t goods = 0, affiliate_base = 0;
        pack_order_init(&order, "tiktok-id", DAY(D2026_08_01) + i * HOUR);
        for (int64_t line = 0; line <= i % 4; line++) {
            int64_t list = 10000 + i * 44500 + line * 100, seller = i * 500, platform = line * 1000;
            pack_order_line(&order, list, seller, platform, NULL);
            goods += list - seller;
            affiliate_base += list - seller - platform;
        }
        if (i % 3 == 0)
            pack_order_creator(&order, 100000);
        pack_order_charge(&order);
        /* Both are whole: goods and their parts are multiples of 100. */
        int64_t expected = goods * 8 / 100 + 1250 + (i % 3 == 0 ? affiliate_base / 10 : 0);
        cr_assert_eq(goods % 100, 0);
        cr_assert_eq(pack_order_total(&order), expected, "order %d", (int)i);
        pack_order_done(&order);
    }
}

Test(fee_golden, tiktok_id_caps_count_per_item)
{
    struct pack_order order;
    pack_order_init(&order, "tiktok-id", DAY(D2026_08_01));
    pack_order_flag(&order, "mall");
    pack_order_flag(&order, "pre_order");
    pack_order_line(&order, 600000, 0, 0, NULL)->quantity = 3;
    pack_order_line(&order, 4000000, 0, 0, NULL);
    pack_order_charge(&order);
    /* 8 % x 1,800,000 = 144,000, at most 3 x 40,000; 8 % x 4,000,000 = 320,000, at most 40,000 */
    cr_assert_eq(pack_order_fee(&order, "dynamic_commission"), 120000 + 40000);
    cr_assert(pack_order_find(&order, "dynamic_commission")->marks & FEE_CAPPED);
    /* 1.8 % x 1,800,000 = 32,400; 1.8 % x 4,000,000 = 72,000, at most 50,000 */
    cr_assert_eq(pack_order_fee(&order, "mall_service"), 32400 + 50000);
    cr_assert_eq(pack_order_fee(&order, "pre_order"), 174000); /* 3 % x 5,800,000 */
    cr_assert_eq(pack_order_fee(&order, "order_processing"), 1250);
    pack_order_done(&order);
}

/* Case 29, by the clock of delivery: created before 2025-08-11, delivered after it. */
Test(fee_golden, case_29_tiktok_id_processing_goes_by_the_day_of_delivery_in_jakarta)
{
    const int64_t begins = DAY(D2025_08_11) - 7 * HOUR; /* 00:00 in Jakarta */
    struct pack_order order;
    pack_order_init(&order, "tiktok-id", DAY(D2025_08_01));
    pack_order_line(&order, 100000, 0, 0, NULL);
    order.event.order.delivered_at_us = begins - 1;
    pack_order_charge(&order);
    cr_assert_eq(pack_order_fee(&order, "order_processing"), -1);
    order.event.order.delivered_at_us = begins;
    pack_order_charge(&order);
    cr_assert_eq(pack_order_fee(&order, "order_processing"), 1250);
    cr_assert_eq(pack_order_find(&order, "order_processing")->marks, 0);
    order.event.order.delivered_at_us = EVENT_ABSENT;
    order.event.order.status = ORDER_SHIPPED;
    pack_order_charge(&order);
    cr_assert_eq(pack_order_fee(&order, "order_processing"), -1, "not delivered yet: the day of creation decides");
    order.event.order.created_at_us = begins;
    pack_order_charge(&order);
    cr_assert_eq(pack_order_fee(&order, "order_processing"), 1250);
    cr_assert_eq(pack_order_find(&order, "order_processing")->marks, FEE_ESTIMATED);
    pack_order_done(&order);
}

/* Case 13, its second half: an order that was cancelled on its way has no fee per delivered order. */
Test(fee_golden, case_13_cancelled_before_delivery_there_is_no_processing_fee)
{
    struct pack_order order;
    pack_order_init(&order, "tiktok-id", DAY(D2026_08_01));
    pack_order_line(&order, 100000, 0, 0, NULL);
    order.event.order.status = ORDER_CANCELLED;
    pack_order_charge(&order);
    cr_assert_eq(pack_order_fee(&order, "order_processing"), 1250, "delivered, then cancelled: it stays");
    order.event.order.delivered_at_us = EVENT_ABSENT;
    pack_order_charge(&order);
    cr_assert_eq(pack_order_fee(&order, "order_processing"), -1);
    pack_order_done(&order);
}

Test(fee_golden, tiktok_id_new_shops_are_free_of_processing_while_they_say_so)
{
    struct pack_order order;
    pack_order_init(&order, "tiktok-id", DAY(D2026_08_01));
    pack_order_line(&order, 100000, 0, 0, NULL);
    pack_order_flag(&order, "first_50_orders");
    pack_order_charge(&order);
    cr_assert_eq(pack_order_fee(&order, "order_processing"), -1);
    pack_order_done(&order);
}

/* The page's own example of VAT on a commission: 11/12 x 12 % = 11 % of it. */
Test(fee_golden, tiktok_id_vat_is_charged_on_the_fees_it_names)
{
    struct pack_order order;
    pack_order_init(&order, "tiktok-id", DAY(D2026_08_01));
    pack_order_line(&order, 25000, 0, 0, NULL);
    pack_order_line(&order, 50001, 0, 0, NULL);
    pack_order_flag(&order, "vat_on_top");
    pack_order_flag(&order, "mall");
    pack_order_charge(&order);
    /* dynamic 2,000 + 4,000 (4,000.08), mall 450 + 900 (900.018): 7,350; 11 % = 808.5, away from zero */
    cr_assert_eq(pack_order_find(&order, "vat")->base_minor, 7350);
    cr_assert_eq(pack_order_fee(&order, "vat"), 809);
    cr_assert_eq(pack_order_find(&order, "vat")->parts[0].base_minor, 2450);
    cr_assert_eq(pack_order_find(&order, "vat")->parts[0].amount_minor, 270); /* 809 x 2,450 / 7,350 = 269.67 */
    cr_assert_eq(pack_order_find(&order, "vat")->parts[1].amount_minor, 539);
    pack_order_done(&order);
}

Test(fee_golden, tiktok_id_before_2026_02_13_has_both_commissions)
{
    struct pack_order order;
    pack_order_init(&order, "tiktok-id", DAY(D2025_12_15));
    pack_order_line(&order, 10000, 1000, 0, NULL);
    pack_order_charge(&order);
    cr_assert_eq(pack_order_fee(&order, "platform_commission"), 627); /* 6.97 % x 9,000 = 627.3 */
    cr_assert_eq(pack_order_fee(&order, "dynamic_commission"), 495);  /* 5.5 % x 9,000 */
    cr_assert_eq(pack_order_fee(&order, "order_processing"), 1250);
    pack_order_done(&order);
}

Test(fee_golden, tokopedia_legacy_took_its_highest_rate_of_goods_after_the_sellers_discount)
{
    struct pack_order order;
    pack_order_init(&order, "tokopedia-legacy", DAY(D2024_09_01));
    pack_order_line(&order, 10000, 1000, 500, NULL);
    pack_order_charge(&order);
    cr_assert_eq(pack_order_total(&order), 585); /* 6.5 % x 9,000 */
    order.event.order.created_at_us = DAY(D2025_08_01);
    pack_order_charge(&order);
    cr_assert_eq(pack_order_total(&order), 720); /* 8 % x 9,000 */
    order.event.order.created_at_us = DAY(D2026_08_01);
    pack_order_charge(&order);
    cr_assert_eq(pack_order_total(&order), 0, "it is tiktok-id then");
    pack_order_done(&order);
}

Test(fee_golden, tiktok_vn_transaction_of_what_is_paid_and_3_000_per_delivered_order)
{
    struct pack_order order;
    pack_order_init(&order, "tiktok-vn", DAY(D2024_05_01));
    pack_order_line(&order, 200000, 20000, 10000, NULL);
    order.event.order.customer_total_minor = 185000; /* 170,000 and 15,000 shipping */
    pack_order_charge(&order);
    cr_assert_eq(pack_order_total(&order), 7400); /* 4 % x 185,000 */
    order.event.order.created_at_us = DAY(D2026_08_01);
    order.event.order.delivered_at_us = DAY(D2026_08_01 + 2);
    pack_order_charge(&order);
    cr_assert_eq(pack_order_fee(&order, "transaction"), 9250); /* 5 % x 185,000 */
    cr_assert_eq(pack_order_fee(&order, "order_processing"), 3000);
    pack_order_done(&order);
}

/* The page's own examples: a guitar of THB 1,000 less 100, a headphone of 20,000. */
Test(fee_golden, tiktok_th_a_guitar_and_a_headphone)
{
    struct pack_order order;
    pack_order_init(&order, "tiktok-th", DAY(D2026_08_01));
    pack_order_line(&order, 100000, 10000, 0, "Toys & Hobbies");
    pack_order_line(&order, 2000000, 0, 0, "Phones & Electronics");
    pack_order_charge(&order);
    cr_assert_eq(order.trace.charge_count, 4); /* two rules of commerce growth, one per category */
    cr_assert_eq(order.charges[0].parts[0].amount_minor, 6741);  /* 7.49 % x 900.00 */
    cr_assert_eq(order.charges[1].parts[1].amount_minor, 19900); /* 5.35 % x 20,000.00 = 1,070.00, at most 199.00 */
    cr_assert_eq(order.charges[2].parts[0].amount_minor, 5778);  /* 6.42 % x 900.00 */
    cr_assert_eq(order.charges[1].parts[0].amount_minor, 0);
    cr_assert_eq(order.charges[2].parts[1].amount_minor, 0);
    pack_order_done(&order);
}

/* An unchanged 3.21 % on another base since 2026-03-21 00:00 in Bangkok. */
Test(fee_golden, tiktok_th_the_base_of_the_transaction_fee_changed)
{
    struct pack_order order;
    pack_order_init(&order, "tiktok-th", DAY(D2026_03_20) + 17 * HOUR - 1);
    pack_order_line(&order, 100000, 10000, 5000, NULL);
    order.event.order.payment_platform_discount_minor = 1000;
    order.event.order.customer_total_minor = 84000;
    pack_order_charge(&order);
    cr_assert_eq(pack_order_fee(&order, "transaction"), 2696); /* 3.21 % x 840.00 = 26.964 */
    order.event.order.created_at_us++;
    pack_order_charge(&order);
    cr_assert_eq(pack_order_fee(&order, "transaction"), 2889); /* 3.21 % x (840.00 + 50.00 + 10.00) = 28.89 */
    pack_order_done(&order);
}

Test(fee_golden, tiktok_my_takes_54_sen_per_delivered_order)
{
    struct pack_order order;
    pack_order_init(&order, "tiktok-my", DAY(D2026_02_15));
    pack_order_line(&order, 1000, 0, 0, NULL);
    pack_order_line(&order, 49000, 0, 0, NULL);
    pack_order_charge(&order);
    cr_assert_eq(pack_order_total(&order), 54);
    cr_assert_eq(order.facts[0].platform_fee_minor, 1); /* 0.54 x 10 / 500 = 0.0108 */
    pack_order_flag(&order, "support_waived");
    pack_order_charge(&order);
    cr_assert_eq(pack_order_total(&order), 0);
    pack_order_done(&order);
}

/* The notice's own examples of 2024-09: a guitar of 1,000 less 100, a car of 2,000 in a reduced category. */
Test(fee_golden, tiktok_sg_commission_by_category_and_transaction_of_what_is_paid)
{
    struct pack_order order;
    pack_order_init(&order, "tiktok-sg", DAY(D2024_09_01) + 12 * HOUR);
    pack_order_line(&order, 100000, 10000, 0, "Toys & Hobbies");
    pack_order_line(&order, 200000, 0, 0, "Phones & Electronics");
    order.event.order.customer_total_minor = 290000;
    pack_order_charge(&order);
    cr_assert_eq(order.facts[0].platform_fee_minor, 2943); /* 3.27 % x 900.00 */
    cr_assert_eq(order.facts[1].platform_fee_minor, 4360); /* 2.18 % x 2,000.00 */
    cr_assert_eq(pack_order_fee(&order, "transaction"), 6322); /* 2.18 % x 2,900.00 */
    order.event.order.created_at_us = DAY(D2025_08_01);
    pack_order_charge(&order);
    cr_assert_eq(order.facts[0].platform_fee_minor, 4415); /* 4.905 % x 900.00 = 44.145, away from zero */
    pack_order_done(&order);
}

Test(fee_golden, tiktok_ph_takes_3_pesos_per_delivered_order)
{
    struct pack_order order;
    pack_order_init(&order, "tiktok-ph", DAY(D2025_12_15));
    pack_order_line(&order, 10000, 0, 0, NULL);
    pack_order_charge(&order);
    cr_assert_eq(pack_order_total(&order), 300);
    order.event.order.created_at_us = DAY(D2025_08_01);
    order.event.order.delivered_at_us = DAY(D2025_08_01 + 2);
    pack_order_charge(&order);
    cr_assert_eq(pack_order_total(&order), 0);
    pack_order_done(&order);
}

Test(fee_golden, shopify_payments_by_plan_of_all_that_is_charged)
{
    static const struct {
        const char *pack;
        int64_t fee;
    } cases[] = {{"shopify-payments-us", 173},           /* 2.9 % x 49.14 + 0.30 = 1.72506 */
                 {"shopify-payments-us-grow", 163},      /* 2.7 % x 49.14 + 0.30 = 1.62678 */
                 {"shopify-payments-us-advanced", 153}}; /* 2.5 % x 49.14 + 0.30 = 1.5285 */
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct pack_order order;
        bridge_init(&order, cases[i].pack, DAY(D2026_08_01));
        pack_order_charge(&order);
        cr_assert_eq(pack_order_fee(&order, "processing"), cases[i].fee, "%s", cases[i].pack);
        pack_order_done(&order);
    }
}

/* Cases 30 and 31: the shop-ads rate in place of the standard one; the actual commission in place of both. */
Test(fee_golden, case_30_and_31_one_rate_and_then_the_actual_commission)
{
    struct pack_order order;
    bridge_init(&order, "tiktok-us", DAY(D2026_08_01));
    pack_order_creator(&order, 100000);
    order.event.order.affiliate.shop_ads_rate_ppm = 25000;
    pack_order_charge(&order);
    cr_assert_eq(pack_order_fee(&order, "affiliate"), 100); /* 2.5 % x 40.00, not 12.5 % */
    cr_assert_eq(pack_order_find(&order, "affiliate")->marks, FEE_ESTIMATED);
    order.event.order.affiliate.actual_commission_minor = 365;
    pack_order_charge(&order);
    cr_assert_eq(pack_order_fee(&order, "affiliate"), 365);
    cr_assert_eq(pack_order_find(&order, "affiliate")->marks, FEE_ACTUAL);
    pack_order_done(&order);
}

Test(fee_golden, every_shipped_rule_names_its_source)
{
    static const char *const packs[] = {"tiktok-us",  "tiktok-uk",        "tiktok-eu",           "tiktok-id",
                                        "tiktok-vn",  "tiktok-th",        "tiktok-my",           "tiktok-sg",
                                        "tiktok-ph",  "tokopedia-legacy", "shopify-payments-us", "shopify-payments-us-grow",
                                        "shopify-payments-us-advanced"};
    for (size_t i = 0; i < sizeof packs / sizeof *packs; i++) {
        struct pack_order order;
        pack_order_init(&order, packs[i], 0);
        cr_assert_gt(order.schedule->rule_count, 0);
        for (size_t r = 0; r < order.schedule->rule_count; r++)
            cr_assert_gt(strlen(order.schedule->rules[r].source), 20, "%s", packs[i]);
        pack_order_done(&order);
    }
}
