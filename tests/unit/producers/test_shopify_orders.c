#include "import_check.h"
#include "producers/shopify_orders.h"

#define FORMAT (&import_shopify_orders)
#define HEADER                                                                                                                             \
    "Name,Financial Status,Currency,Subtotal,Shipping,Taxes,Total,Discount Amount,Created at,Lineitem quantity,Lineitem name,Lineitem "    \
    "price,"
#define PLAIN HEADER "Note\n"
#define CREATED "2024-02-29 08:00:00 -0400"

static const struct zone utc = {.count = 1, .change_us = {INT64_MIN}};
static const struct import_settings us = {.shop_id = {"shop-1", 6}, .market = {"US", 2}, .amount_scale = -1, .zone = &utc};

static void *import(const char *text, struct err *err)
{
    return import_texts(FORMAT, &us, (const char *const[]){text, NULL}, err);
}

static void *import_good(const char *text)
{
    struct err err = {0};
    void *data = import(text, &err);
    cr_assert_not_null(data, "%s", err.text);
    return data;
}

static void refuse(const char *text, const char *error)
{
    struct err err = {0};
    cr_assert_null(import(text, &err), "%s", error);
    assert_begins(&err, error);
    cr_assert_eq(err.exit_code, EXIT_CODE_DATA);
}

static void assert_finding(void *data, size_t i, const char *code, int64_t amount_minor)
{
    const struct finding *finding = finding_at(FORMAT, data, i);
    cr_assert_str_eq(finding->code, code);
    cr_assert_eq(finding->amount_minor, amount_minor, "%s by %lld", code, (long long)finding->amount_minor);
}

Test(shopify_orders, an_order_is_its_first_row_and_all_lines_of_its_name)
{
    void *data = import_good(HEADER "Email,Paid at,Fulfillment Status,Fulfilled at,Lineitem sku,Payment Method,Id,Source\n"
                                    "#1001,paid,USD,50.00,5.99,4.00,59.99,10.00," CREATED
                                    ",1,Lamp,40.00,Anna@Example.com,2024-02-29 08:00:30 -0400,fulfilled,"
                                    "2024-03-01 08:00:00 -0400,LAMP-1,shopify_payments,5000000000001,web\n"
                                    "#1002,pending,USD,1.00,0,0,1.00,0," CREATED ",1,Cup,1.00,anna@example.com,,,,,,5000000000002,pos\n"
                                    "#1001,,,,,,,,,2,Cup,10.00,Anna@Example.com,,,,,,,\n");
    cr_assert_eq(FORMAT->count(data), 2);
    const struct event *event = FORMAT->event(data, 0);
    const struct order *order = &event->order;
    cr_assert_eq(FORMAT->findings(data)->count, 0);
    cr_assert(is(order->order_id, "5000000000001") && is(event->currency, "USD") && is(order->platform, "shopify") &&
              is(order->market, "US"));
    cr_assert(order->status == ORDER_SHIPPED && is(order->channel, "web") && is(order->payment_method, "shopify_payments") &&
              !order->mirror);
    cr_assert_eq(order->created_at_us, INT64_C(1709208000000000)); /* 2024-02-29 12:00 UTC */
    cr_assert_eq(order->paid_at_us - order->created_at_us, 30000000);
    cr_assert_eq(order->shipped_at_us - order->created_at_us, INT64_C(86400000000));
    cr_assert_eq(order->line_count, 2);
    /* 10.00 off 40.00 and 20.00: 6.67 (6.666...) and 3.33; 4.00 of taxes over 33.33 and 16.67: 2.6664 and 1.3336 */
    cr_assert(order->lines[0].seller_discount_minor == 667 && order->lines[1].seller_discount_minor == 333);
    cr_assert(order->lines[0].tax_minor == 267 && order->lines[1].tax_minor == 133);
    cr_assert(is(order->lines[0].platform_sku, "LAMP-1") && is(order->lines[1].platform_sku, "Cup") && is(order->lines[1].line_id, "2"));
    cr_assert(order->customer_total_minor == 5999 && order->tax_minor == 400 && order->shipping_paid_minor == 599 &&
              !order->taxes_included);
    struct text key = order->buyer_key;
    order = &FORMAT->event(data, 1)->order;
    cr_assert(key.len == 32 && memcmp(key.ptr, order->buyer_key.ptr, 32) == 0);
    cr_assert(order->status == ORDER_UNPAID && order->paid_at_us == EVENT_ABSENT);
    FORMAT->close(data);
}

Test(shopify_orders, a_line_keeps_its_own_discount_and_shipping_has_what_no_line_has)
{
    void *data = import_good(HEADER "Lineitem discount\n"
                                    /* 5.00 off the lamp, in the discount amount or not; 3.00 off everything */
                                    "#1,paid,USD,42.00,0,0,42.00,8.00," CREATED ",1,Lamp,40.00,5.00\n#1,,,,,,,,,1,Cup,10.00,0\n"
                                    "#2,paid,USD,42.00,0,0,42.00,3.00," CREATED ",1,Lamp,40.00,5.00\n#2,,,,,,,,,1,Cup,10.00,0\n"
                                    /* free shipping of 6.00: shown without it, and with it */
                                    "#3,paid,USD,50.00,0.00,0,50.00,6.00," CREATED ",1,Lamp,50.00,0\n"
                                    "#4,paid,USD,50.00,6.00,0,50.00,6.00," CREATED ",1,Lamp,50.00,0\n");
    cr_assert_eq(FORMAT->findings(data)->count, 0);
    for (uint64_t i = 0; i < 2; i++) {
        const struct order_line *lines = FORMAT->event(data, i)->order.lines;
        /* 3.00 over 35.00 and 10.00: 2.333 and 0.667 */
        cr_assert(lines[0].seller_discount_minor == 500 + 233 && lines[1].seller_discount_minor == 67);
    }
    for (uint64_t i = 2; i < 4; i++) {
        const struct order *order = &FORMAT->event(data, i)->order;
        cr_assert(order->lines[0].seller_discount_minor == 0 && order->shipping_list_minor == 600 && order->shipping_paid_minor == 0);
        cr_assert_eq(order->shipping_seller_discount_minor, 600);
    }
    FORMAT->close(data);
}

/* 20 % in 24.00: 3.00 of the goods' 18.00, and 1.00 of shipping's 6.00, which is no part of any line. */
Test(shopify_orders, of_taxes_in_the_prices_shipping_has_its_part)
{
    void *data = import_good(HEADER "Lineitem taxable\n"
                                    "#1,paid,EUR,18.00,6.00,4.00,24.00,0," CREATED ",1,Lamp,18.00,true\n"
                                    "#2,paid,EUR,18.00,6.00,4.00,28.00,0," CREATED ",1,Lamp,18.00,true\n");
    const struct order *order = &FORMAT->event(data, 0)->order;
    cr_assert(order->taxes_included && order->tax_minor == 400 && order->lines[0].tax_minor == 300);
    order = &FORMAT->event(data, 1)->order;
    cr_assert(!order->taxes_included && order->lines[0].tax_minor == 400, "beside the prices it is nobody's revenue");
    FORMAT->close(data);
}

Test(shopify_orders, taxes_in_the_prices_show_in_the_total_and_only_taxable_lines_have_some)
{
    void *data = import_good(HEADER "Lineitem taxable\n"
                                    "#1,paid,EUR,24.00,0,3.00,24.00,0," CREATED ",1,Lamp,18.00,true\n#1,,,,,,,,,1,Book,6.00,false\n"
                                    "#2,paid,EUR,24.00,0,3.00,27.00,0," CREATED ",1,Lamp,18.00,false\n#2,,,,,,,,,1,Book,6.00,false\n");
    const struct order *order = &FORMAT->event(data, 0)->order;
    cr_assert(order->taxes_included && order->lines[0].tax_minor == 300 && order->lines[1].tax_minor == 0);
    order = &FORMAT->event(data, 1)->order;
    cr_assert(!order->taxes_included && order->lines[0].tax_minor == 225 && order->lines[1].tax_minor == 75);
    cr_assert_eq(FORMAT->findings(data)->count, 0);
    FORMAT->close(data);
}

Test(shopify_orders, a_gift_card_sold_is_no_line_and_one_redeemed_is_no_discount)
{
    void *data = import_good(HEADER "Payment Method\n"
                                    "#1,paid,USD,65.00,0,0,65.00,5.00," CREATED
                                    ",1,My Gift Card - $50,50.00,shopify_payments\n#1,,,,,,,,,1,Cup,20.00,\n"
                                    "#2,paid,USD,20.00,0,0,20.00,0," CREATED ",1,Cup,20.00,gift_card + shopify_payments\n"
                                    "#3,paid,USD,50.00,0,0,50.00,0," CREATED ",1,Gift Card,50.00,shopify_payments\n");
    cr_assert_eq(FORMAT->findings(data)->count, 2);
    assert_finding(data, 0, SHOPIFY_GIFT_CARD, 5000);
    assert_finding(data, 1, SHOPIFY_GIFT_CARD, 5000);
    const struct order *order = &FORMAT->event(data, 0)->order;
    cr_assert(order->line_count == 1 && is(order->lines[0].line_id, "2") && order->lines[0].seller_discount_minor == 500);
    cr_assert_eq(order->customer_total_minor, 6500);
    order = &FORMAT->event(data, 1)->order;
    cr_assert(order->customer_total_minor == 2000 && order->lines[0].seller_discount_minor == 0 && order->line_count == 1);
    cr_assert_eq(FORMAT->event(data, 2)->order.line_count, 0);
    FORMAT->close(data);
}

Test(shopify_orders, case_20_and_21_a_tiktok_order_is_a_mirror_and_its_samples_of_before_march_2024_are_said)
{
    void *data = import_good(HEADER "Source,Tags,Notes\n"
                                    "#1,paid,USD,50,0,0,50,0,2024-03-18 19:59:59 -0400,1,Lamp,50,tiktok,\"US, TikTok Sample\",\n"
                                    "#2,paid,USD,50,0,0,50,0,2024-03-18 20:00:00 -0400,1,Lamp,50,TikTok Shop,,free sample\n"
                                    "#3,paid,USD,50,0,0,50,0,2024-03-18 19:59:59 -0400,1,Lamp,50,tiktok,,\n"
                                    "#4,paid,USD,50,0,0,50,0,2024-03-18 19:59:59 -0400,1,Lamp,50,web,sample,\n");
    static const bool mirror[] = {true, true, true, false}, sample[] = {true, true, false, false};
    for (uint64_t i = 0; i < 4; i++)
        cr_assert(FORMAT->event(data, i)->order.mirror == mirror[i] && FORMAT->event(data, i)->order.sample == sample[i], "order %d",
                  (int)i + 1);
    cr_assert_eq(FORMAT->findings(data)->count, 1);
    assert_finding(data, 0, SHOPIFY_FULL_PRICE_SAMPLE, 5000);
    FORMAT->close(data);
}

Test(shopify_orders, test_voided_cancelled_unpaid_and_refunded_orders_are_kept_as_what_they_are)
{
    static const enum order_status expected[] = {ORDER_PAID,   ORDER_CANCELLED, ORDER_CANCELLED, ORDER_UNPAID,
                                                 ORDER_UNPAID, ORDER_PAID,      ORDER_PAID};
    void *data = import_good(HEADER "Payment Method,Cancelled at,Refunded Amount\n"
                                    "#1,paid,USD,5,0,0,5,0," CREATED ",1,Cup,5,Bogus Gateway,,0\n"
                                    "#2,voided,USD,5,0,0,5,0," CREATED ",1,Cup,5,,,\n"
                                    "#3,refunded,USD,5,0,0,5,0," CREATED ",1,Cup,5,," CREATED ",5.00\n"
                                    "#4,authorized,USD,5,0,0,5,0," CREATED ",1,Cup,5,Cash on Delivery (COD),,\n"
                                    "#5,partially_paid,USD,5,0,0,5,0," CREATED ",1,Cup,5,,,\n"
                                    "#6,partially_refunded,USD,5,0,0,5,0," CREATED ",1,Cup,5,,,2.50\n"
                                    "#7,paid,USD,5,0,0,5,0," CREATED ",,,,,,\n");
    for (uint64_t i = 0; i < 7; i++)
        cr_assert_eq(FORMAT->event(data, i)->order.status, expected[i], "order %d", (int)i + 1);
    cr_assert(FORMAT->event(data, 0)->order.test && !FORMAT->event(data, 1)->order.test && FORMAT->event(data, 3)->order.cod);
    cr_assert_eq(FORMAT->findings(data)->count, 1);
    assert_finding(data, 0, SHOPIFY_WITHOUT_LINES, 500);
    cr_assert_eq(FORMAT->event(data, 6)->order.line_count, 0);
    cr_assert_eq(FORMAT->count(data), 9);
    const struct refund *whole = &FORMAT->event(data, 7)->refund;
    cr_assert(is(whole->order_id, "#3") && is(whole->initiator, "SELLER") && !whole->shipped_before);
    cr_assert(whole->lines[0].amount_minor == 500 && whole->lines[0].quantity == 1 && whole->lines[0].restocked);
    const struct refund *part = &FORMAT->event(data, 8)->refund;
    cr_assert(is(part->order_id, "#6") && part->lines[0].amount_minor == 250 && part->lines[0].quantity == 0 && !part->lines[0].restocked);
    FORMAT->close(data);
}

Test(shopify_orders, sums_that_do_not_meet_are_findings_and_no_line_is_sold_for_less_than_nothing)
{
    void *data = import_good(HEADER "Lineitem discount\n"
                                    "#1,paid,USD,45,0,0,45.09,0," CREATED ",1,Lamp,50,\n" /* 5.00 off without a discount; 0.09 too much */
                                    "#2,paid,USD,60,0,0,60,0," CREATED ",1,Lamp,50,\n"    /* more than its lines */
                                    "#3,paid,USD,48,0,0,48,2," CREATED ",1,Lamp,50,10\n"  /* the line's own discount is larger */
                                    "#4,paid,USD,0,0,0,0,0," CREATED ",0,Lamp,50,\n");
    assert_finding(data, 0, SHOPIFY_NO_QUANTITY, EVENT_ABSENT);
    assert_finding(data, 1, SHOPIFY_DISCOUNT_DIFFERS, -500);
    assert_finding(data, 2, SHOPIFY_TOTAL_DIFFERS, 9);
    assert_finding(data, 3, SHOPIFY_DISCOUNT_DIFFERS, 1000); /* 60 - 50 */
    assert_finding(data, 4, SHOPIFY_DISCOUNT_DIFFERS, 800);  /* 48 - (50 - 10) */
    assert_finding(data, 5, SHOPIFY_WITHOUT_LINES, 0);
    cr_assert_eq(FORMAT->event(data, 0)->order.lines[0].seller_discount_minor, 500);
    cr_assert_eq(FORMAT->event(data, 1)->order.lines[0].seller_discount_minor, 0);
    cr_assert_eq(FORMAT->event(data, 2)->order.lines[0].seller_discount_minor, 1000);
    FORMAT->close(data);
}

Test(shopify_orders, what_no_order_can_have_is_refused_with_its_place)
{
    refuse(PLAIN "#1,paid,USD,5,0,0,5,0,,1,Cup,5,\n", "f1.csv:2:23: Created at is empty: is this not the first row");
    refuse(PLAIN "#1,paid,USD,5,0,0,5,0,2024-02-29 08:00:00,1,Cup,5,\n", "f1.csv:2:23: Created at must be like");
    refuse(PLAIN "#1,lost,USD,5,0,0,5,0," CREATED ",1,Cup,5,\n", "f1.csv:2:4: Financial Status must be");
    refuse(PLAIN "#1,paid,usd,5,0,0,5,0," CREATED ",1,Cup,5,\n", "f1.csv:2:9: Currency must be");
    refuse(PLAIN "#1,paid,USD,5,0,0,5,0," CREATED ",1,Cup,5,\n#2,paid,EUR,5,0,0,5,0," CREATED ",1,Cup,5,\n",
           "f1.csv:3:9: this order is in EUR where the shop books in USD");
    refuse(PLAIN "#1,paid,USD,5,0,0,5,0," CREATED ",1,Cup,5,\n#1,paid,USD,5,0,0,5,0," CREATED ",1,Cup,5,\n",
           "f1.csv:3:1: the order \"#1\" began in line 2 already");
    refuse(PLAIN "#1,paid,USD,-5,0,0,5,0," CREATED ",1,Cup,5,\n", "f1.csv:2:13: Subtotal must be an amount");
    refuse(PLAIN "#1,paid,USD,,0,0,5,0," CREATED ",1,Cup,5,\n", "f1.csv:2:13: Subtotal is empty");
    refuse(PLAIN "#1,paid,USD,5,0,0,5,0," CREATED ",x,Cup,5,\n", "f1.csv:2:49: Lineitem quantity must be a whole number");
    refuse(PLAIN "#1,paid,USD,5,0,0,5,0," CREATED ",1,,5,\n", "f1.csv:2:51: Lineitem name is empty");
    refuse(HEADER "Lineitem discount\n#1,paid,USD,5,0,0,5,0," CREATED ",1,Cup,5,5.01\n", "f1.csv:2:57: Lineitem discount is larger");
    refuse(HEADER "Id\n#1,paid,USD,5,0,0,5,0," CREATED ",1,Cup,5,5.12E+12\n", "f1.csv:2:57: Id was rounded by a spreadsheet");
    refuse(PLAIN "#1,paid,USD,5,0,0,5,0," CREATED ",1000000000,Cup,9999999999999,\n",
           "f1.csv:2:64: Lineitem price x quantity does not fit");
    struct err err = {0};
    const struct import_settings nowhere = {.shop_id = {"s", 1}, .amount_scale = -1, .zone = &utc};
    cr_assert_null(FORMAT->open(&nowhere, &err));
    cr_assert_eq(err.exit_code, EXIT_CODE_USAGE);
}

/* Slow and obvious: whatever the discount, lines less discounts are the subtotal, and no part is negative or more than its line. */
Test(shopify_orders, shares_of_discount_and_tax_add_up_for_every_subtotal)
{
    for (int subtotal = 0; subtotal <= 1003; subtotal += 17) {
        char text[1024];
        int64_t left = 0, tax = 0;
        (void)snprintf(text, sizeof text,
                       PLAIN "#1,paid,USD,%d.%02d,0,0.%02d,%d.%02d,%d.%02d," CREATED
                             ",3,A,1.11,\n#1,,,,,,,,,1,B,6.70,\n#1,,,,,,,,,1,C,0,\n",
                       subtotal / 100, subtotal % 100, subtotal % 97, (subtotal + subtotal % 97) / 100, (subtotal + subtotal % 97) % 100,
                       (1003 - subtotal) / 100, (1003 - subtotal) % 100);
        void *data = import_good(text);
        cr_assert_eq(FORMAT->findings(data)->count, 0, "%s", text);
        const struct order *order = &FORMAT->event(data, 0)->order;
        for (uint32_t i = 0; i < 3; i++) {
            int64_t gross = order->lines[i].quantity * order->lines[i].unit_list_minor;
            cr_assert(order->lines[i].seller_discount_minor >= 0 && order->lines[i].seller_discount_minor <= gross);
            left += gross - order->lines[i].seller_discount_minor;
            tax += order->lines[i].tax_minor;
        }
        cr_assert_eq(left, subtotal);
        cr_assert_eq(tax, subtotal % 97);
        FORMAT->close(data);
    }
}
