#include "import_check.h"
#include "producers/order_refund.h"
#include "producers/tiktok_orders.h"
#include "producers/tiktok_words.h"

#define FORMAT (&import_tiktok_orders)
#define HEADER                                                                                                                             \
    "Order ID,Order Status,SKU ID,Quantity,SKU Unit Original Price,SKU Platform Discount,SKU Seller Discount,SKU Subtotal After Discount," \
    "Shipping Fee After Discount,Order Amount,Created Time,"
#define PLAIN HEADER "Note\n"
/* Order, status, SKU, quantity, price, platform discount, seller discount, after them, shipping, amount, created. */
#define ROW "577000000000000111,Completed,1729000000000000101,1,50.00,5.00,5.00,40.00,5.99,45.99,03/30/2026 9:05:00 PM,\n"

static const struct zone utc = {.count = 1, .change_us = {INT64_MIN}};
static const struct import_settings us = {.shop_id = {"shop-1", 6}, .market = {"US", 2}, .amount_scale = -1, .zone = &utc};
static const struct import_settings unsaid = {.shop_id = {"shop-1", 6}, .currency = {"USD", 3}, .amount_scale = -1, .zone = &utc};
static const struct import_settings nothing = {.shop_id = {"shop-1", 6}, .amount_scale = -1, .zone = &utc};

static void *import(const struct import_settings *settings, const char *text, struct err *err)
{
    return import_texts(FORMAT, settings, (const char *const[]){text, NULL}, err);
}

static void *import_good(const struct import_settings *settings, const char *text)
{
    struct err err = {0};
    void *data = import(settings, text, &err);
    cr_assert_not_null(data, "%s", err.text);
    return data;
}

static void refuse(const struct import_settings *settings, const char *text, const char *error)
{
    struct err err = {0};
    cr_assert_null(import(settings, text, &err), "%s", error);
    assert_begins(&err, error);
    cr_assert_eq(err.exit_code, EXIT_CODE_DATA);
}

#define MARCH_30_S INT64_C(1774904700) /* 2026-03-30 21:05:00 UTC, `date -u -d ... +%s` */

Test(tiktok_orders, an_order_has_its_amounts_once_however_many_lines_it_has)
{
    void *data = import_good(
        &us, HEADER "Taxes,Payment platform discount,Retail Delivery Fee,Original Shipping Fee,Shipping Fee Seller Discount,"
                    "Co-Funded Shipping Fee Discount,Shipping Fee Platform Discount,Buyer Username, Seller SKU\n"
                    "1,Shipped,11,1,50.00,2.00,10.00,38.00,2.00,60.77,03/30/2026 9:05:00 PM,4.00,1.50,0.28,7.99,1.00,2.00,2.99,anna,L\n"
                    "1,Shipped,22,2,9.99,0.00,1.99,17.99,2.00,60.77,03/30/2026 9:05:00 PM,4.00,1.50,0.28,7.99,1.00,2.00,2.99,anna,C\n");
    cr_assert_eq(FORMAT->count(data), 1);
    const struct event *event = FORMAT->event(data, 0);
    const struct order *order = &event->order;
    cr_assert_eq(FORMAT->findings(data)->count, 0); /* 38.00 + 17.99 + 2.00 + 4.00 + 0.28 - 1.50 = 60.77 */
    cr_assert(order->customer_total_minor == 6077 && order->tax_minor == 400 && order->payment_platform_discount_minor == 150);
    cr_assert(order->buyer_fees_minor == 28 && order->shipping_paid_minor == 200 && order->shipping_list_minor == 799);
    cr_assert_eq(order->shipping_seller_discount_minor, 300); /* 1.00 its own, 2.00 co-funded */
    cr_assert_eq(order->shipping_platform_discount_minor, 299);
    cr_assert_eq(order->line_count, 2);
    /* 4.00 over 38.00 and 17.99: 271.477 and 128.523 cents; the remainder goes to the second. */
    cr_assert_eq(order->lines[0].tax_minor, 271);
    cr_assert_eq(order->lines[1].tax_minor, 129);
    cr_assert(order->lines[1].quantity == 2 && order->lines[1].unit_list_minor == 999 && order->lines[1].seller_discount_minor == 199);
    cr_assert(is(order->lines[0].line_id, "11") && is(order->lines[0].seller_sku, "L") && is(order->market, "US"));
    cr_assert(is(event->currency, "USD") && event->amount_scale == 2 && order->buyer_key.len == 32);
    cr_assert_eq(order->created_at_us, MARCH_30_S * 1000000);
    FORMAT->close(data);
}

Test(tiktok_orders, tabs_blanks_and_a_row_of_explanations_do_not_matter)
{
    void *data = import_good(
        &us, "\xef\xbb\xbf\"Order ID\",Order Status,SKU ID, Quantity,SKU Unit Original Price,SKU Platform Discount,SKU Seller Discount,"
             "SKU Subtotal After Discount,Shipping Fee After Discount,Order Amount,Created Time\t\r\n"
             "Platform unique order ID.,Status,Id of the SKU,How many,Price,x,x,x,x,x,When\r\n"
             "\"577000000000000000\t\",Completed ,1729000000000000000\t,1,50,0,0,50,0,50,03/30/2026 9:05:00 PM\t\r\n");
    cr_assert_eq(FORMAT->count(data), 1);
    cr_assert(is(FORMAT->event(data, 0)->order.order_id, "577000000000000000")); /* the tab shows that it was never a number */
    FORMAT->close(data);
    refuse(&us, PLAIN ROW "Platform unique order ID.,x,x,x,x,x,x,x,x,x,x,x\n", "f1.csv:3:");
}

Test(tiktok_orders, an_id_that_a_spreadsheet_rounded_is_refused_with_its_place)
{
    refuse(&us, PLAIN "1.15E+18,Completed,1,1,1,0,0,1,0,1,03/30/2026 9:05:00 PM,\n", "f1.csv:2:1: Order ID 1.15E+18 was rounded");
    refuse(&us, PLAIN ROW "576461413038785000,Completed,1,1,1,0,0,1,0,1,03/30/2026 9:05:00 PM,\n",
           "f1.csv:3:1: Order ID 576461413038785000 was");
    refuse(&us, PLAIN "5764,Completed,1729384756012340000,1,1,0,0,1,0,1,03/30/2026 9:05:00 PM,\n",
           "f1.csv:2:16: SKU ID 1729384756012340000");
    refuse(&us, PLAIN "5764,Completed,1.73e+18,1,1,0,0,1,0,1,03/30/2026 9:05:00 PM,\n", "f1.csv:2:16: SKU ID 1.73e+18");
    FORMAT->close(import_good(&us, PLAIN "576461413038785001,Completed,123456789012345,1,1,0,0,1,0,1,03/30/2026 9:05:00 PM,\n"));
}

Test(tiktok_orders, days_and_months_are_decided_by_the_market_or_by_the_file_and_never_guessed)
{
    static const char row[] = "1,Completed,1,1,1,0,0,1,0,1,%s,\n";
    char first[512], second[512];
    (void)snprintf(first, sizeof first, PLAIN "1,Completed,1,1,1,0,0,1,0,1,%s,\n", "03/04/2026 9:05:00 PM");
    refuse(&unsaid, first, "f1.csv:2:29: no date of the file shows whether the day or the month stands first: give --market");
    void *data = import_good(&us, first);
    cr_assert_eq(FORMAT->event(data, 0)->order.created_at_us, (MARCH_30_S - 26 * 86400) * 1000000); /* March 4 */
    FORMAT->close(data);
    const struct import_settings gb = {.shop_id = {"s", 1}, .market = {"GB", 2}, .amount_scale = -1, .zone = &utc};
    data = import_good(&gb, first);
    cr_assert_eq(FORMAT->event(data, 0)->order.created_at_us, (MARCH_30_S + 4 * 86400) * 1000000); /* April 3 */
    cr_assert(is(FORMAT->event(data, 0)->currency, "GBP"));
    FORMAT->close(data);

    /* One date of the file is enough for all of them. */
    (void)snprintf(second, sizeof second, row, "30/03/2026 21:05:00");
    second[0] = '2';
    strcat(first, second);
    data = import_good(&unsaid, first);
    cr_assert_eq(FORMAT->event(data, 0)->order.created_at_us, (MARCH_30_S + 4 * 86400) * 1000000);
    cr_assert_eq(FORMAT->event(data, 1)->order.created_at_us, MARCH_30_S * 1000000);
    FORMAT->close(data);
    refuse(&us, first, "f1.csv:3:29: this date is not MM/DD/YYYY, as those of market US are");
    (void)snprintf(second, sizeof second, row, "03/30/2026 21:05:00");
    second[0] = '3';
    strcat(first, second);
    refuse(&unsaid, first, "f1.csv:4:29: the month stands first here and second in line 3");
    refuse(&us, PLAIN "1,Completed,1,1,1,0,0,1,0,1,02/30/2026 9:05:00 PM,\n", "f1.csv:2:29: Created Time must be like");
    refuse(&us, PLAIN "1,Completed,1,1,1,0,0,1,0,1,,\n", "f1.csv:2:29: Created Time is empty");
}

Test(tiktok_orders, currency_and_market_are_asked_for_or_written_in_the_file_and_never_guessed)
{
    refuse(&nothing, PLAIN ROW, "f1.csv:2:74: the file does not say its currency");
    refuse(&us, PLAIN "1,Completed,1,1,IDR 1,0,0,1,0,1,03/30/2026 9:05:00 PM,\n",
           "f1.csv:2:17: this is an amount in IDR where the shop books in USD");
    void *data = import_good(&nothing, PLAIN "1,Completed,1,1,IDR 100.000,IDR 0,IDR 0,IDR 100.000,0,IDR 100.000,30/03/2026 21:05:00,\n");
    const struct event *event = FORMAT->event(data, 0);
    cr_assert(is(event->currency, "IDR") && event->amount_scale == 0 && event->order.customer_total_minor == 100000 &&
              is(event->order.market, "ID"));
    FORMAT->close(data);
    refuse(&nothing, PLAIN "1,Completed,1,1,€1.00,0,0,€1.00,0,€1.00,30/03/2026 21:05:00,\n",
           "f1.csv: neither file nor currency say in which country");
}

Test(tiktok_orders, sums_that_do_not_meet_are_findings_and_are_booked_as_they_are)
{
    void *data = import_good(&us, HEADER "SKU Subtotal Before Discount,Original Shipping Fee,Order Refund Amount\n"
                                         "1,Completed,11,1,50,5,5,40.09,5,45.18,03/30/2026 9:05:00 PM,50.01,6,7.00\n"
                                         "1,Completed,12,1,0,0,0,0,5,45.20,03/30/2026 9:05:00 PM,0,6,7.00\n"
                                         "1,Canceled,12,1,0,0,0,0,,,03/30/2026 9:05:00 PM,0,,\n"
                                         "1,Completed,13,0,9,0,0,0,,,03/30/2026 9:05:00 PM,0,,\n");
    static const struct {
        const char *code;
        int64_t amount;
        uint32_t line;
    } expected[] = {{TIKTOK_LINE_DIFFERS, 9, 2},        {TIKTOK_SUBTOTAL_DIFFERS, 1, 2},
                    {TIKTOK_REPEATED_DIFFERS, 2, 3},    {TIKTOK_STATUS_DIFFERS, EVENT_ABSENT, 4},
                    {TIKTOK_NO_QUANTITY, 0, 5},         {TIKTOK_AMOUNT_DIFFERS, 9, 2} /* 45.18 - 40.09 - 5 */,
                    {TIKTOK_SHIPPING_DIFFERS, -100, 2}};
    cr_assert_eq(FORMAT->findings(data)->count, 7);
    for (size_t i = 0; i < 7; i++) {
        const struct finding *finding = finding_at(FORMAT, data, i);
        cr_assert_str_eq(finding->code, expected[i].code);
        cr_assert_eq(finding->amount_minor, expected[i].amount, "%s", finding->code);
        cr_assert_eq(finding->line, expected[i].line, "%s", finding->code);
    }
    const struct order *order = &FORMAT->event(data, 0)->order;
    cr_assert(order->line_count == 3 && order->customer_total_minor == 4518 && order->status == ORDER_COMPLETED);
    cr_assert(is(order->lines[1].line_id, "12") && is(order->lines[2].line_id, "12#2") && order->lines[1].gift && !order->lines[0].gift);
    FORMAT->close(data);
}

Test(tiktok_orders, what_was_given_back_is_a_refund_that_a_later_export_restates)
{
    static const char text[] = HEADER "Order Refund Amount,Sku Quantity of return,Cancelation/Return Type,Delivered Time,Cancelled Time,Cancel By\n"
                                      "1,Completed,11,3,10,0,3,27,2,29,03/30/2026 9:05:00 PM,%s,%s,Return/Refund,03/31/2026 9:05:00 PM,,\n"
                                      "2,Cancelled,12,1,9,0,0,9,0,9,03/30/2026 9:05:00 PM,9.00,,Cancel,,03/30/2026 9:06:00 PM,User\n"
                                      "3,Completed,13,1,9,0,0,9,0,9,03/30/2026 9:05:00 PM,,1,,03/31/2026 9:05:00 PM,,\n";
    char first[2048], second[2048];
    (void)snprintf(first, sizeof first, text, "9.00", "1");
    (void)snprintf(second, sizeof second, text, "18.00", "2");
    void *data = import_good(&us, first), *later = import_good(&us, second);
    cr_assert_eq(FORMAT->count(data), 5);
    const struct event *event = FORMAT->event(data, 3);
    const struct refund *refund = &event->refund;
    cr_assert(event->kind == EVENT_REFUND && is(refund->refund_id, "1-refunds") && is(refund->order_id, "1"));
    cr_assert(refund->shipped_before && is(refund->initiator, "BUYER") && is(refund->reason, "Return/Refund"));
    cr_assert_eq(event->occurred_at_us, (MARCH_30_S + 86400) * 1000000); /* it was delivered then */
    cr_assert(refund->line_count == 1 && is(refund->lines[0].line_id, "11"));
    cr_assert(refund->lines[0].quantity == 1 && refund->lines[0].amount_minor == 900 && !refund->lines[0].restocked); /* (30 - 3) / 3 */
    int64_t revision = event->revision;
    event = FORMAT->event(data, 4);
    cr_assert(!event->refund.shipped_before && is(event->refund.initiator, "BUYER") && event->refund.lines[0].restocked);
    cr_assert_eq(event->occurred_at_us, (MARCH_30_S + 60) * 1000000);
    event = FORMAT->event(later, 3);
    cr_assert(event->revision > revision && event->refund.lines[0].amount_minor == 1800 && event->refund.lines[0].quantity == 2);
    cr_assert_eq(FORMAT->findings(data)->count, 1);
    cr_assert_str_eq(finding_at(FORMAT, data, 0)->code, REFUND_RETURN_UNPAID);
    FORMAT->close(data);
    FORMAT->close(later);
}

Test(tiktok_orders, cancelled_sample_replacement_and_cash_on_delivery_are_marked)
{
    void *data = import_good(&us, HEADER "Normal or Pre-order,Payment Method,Cancelled Time,Cancel By,Order Substatus\n"
                                         "1,Cancelled,1,1,9,0,0,9,0,9,03/30/2026 9:05:00 PM,Normal,,03/31/2026 9:05:00 PM,User,Delivered\n"
                                         "2,Shipped,1,1,9,0,0,9,0,9,03/30/2026 9:05:00 PM,Sample,,,,Delivered\n"
                                         "3,Shipped,1,1,0,0,0,0,0,0,03/30/2026 9:05:00 PM,Normal,,,,In transit\n"
                                         "4,To ship,1,1,0,0,0,0,0,0,03/30/2026 9:05:00 PM,Replacement,,,,news\n"
                                         "5,On hold,1,1,9,0,0,9,0,9,03/30/2026 9:05:00 PM,Normal,Cash on delivery,,,\n");
    const struct order *order = &FORMAT->event(data, 0)->order;
    cr_assert(order->status == ORDER_CANCELLED && is(order->cancelled_by, "User") &&
              order->cancelled_at_us == (MARCH_30_S + 86400) * 1000000);
    order = &FORMAT->event(data, 1)->order;
    cr_assert(order->sample && order->status == ORDER_DELIVERED);
    order = &FORMAT->event(data, 2)->order;
    cr_assert(order->sample && order->status == ORDER_SHIPPED);
    cr_assert_str_eq(finding_at(FORMAT, data, 0)->code, TIKTOK_ZERO_PRICES);
    order = &FORMAT->event(data, 3)->order;
    cr_assert(order->replacement && !order->sample && order->status == ORDER_PAID);
    order = &FORMAT->event(data, 4)->order;
    cr_assert(order->cod && order->status == ORDER_ON_HOLD);
    cr_assert_eq(FORMAT->findings(data)->count, 1);
    FORMAT->close(data);
}

Test(tiktok_orders, what_no_order_can_have_is_refused_with_its_place)
{
    refuse(&us, PLAIN "1,Vanished,1,1,9,0,0,9,0,9,03/30/2026 9:05:00 PM,\n", "f1.csv:2:3: the status \"Vanished\" is not known");
    refuse(&us, PLAIN "1,Shipped,1,1.5,9,0,0,9,0,9,03/30/2026 9:05:00 PM,\n", "f1.csv:2:13: Quantity must be a whole number");
    refuse(&us, PLAIN "1,Shipped,1,,9,0,0,9,0,9,03/30/2026 9:05:00 PM,\n", "f1.csv:2:13: Quantity must be a whole number");
    refuse(&us, PLAIN "1,Shipped,1,1,9,5,4.01,9,0,9,03/30/2026 9:05:00 PM,\n", "f1.csv:2:19: the discounts are larger");
    refuse(&us, PLAIN "1,Shipped,1,1,-9,0,0,9,0,9,03/30/2026 9:05:00 PM,\n", "f1.csv:2:15: SKU Unit Original Price must be an amount");
    refuse(&us, PLAIN "1,Shipped,1,1,,0,0,9,0,9,03/30/2026 9:05:00 PM,\n", "f1.csv:2:15: SKU Unit Original Price is empty");
    refuse(&us, PLAIN "1,Shipped,1,999999999,9999999999999,0,0,9,0,9,03/30/2026 9:05:00 PM,\n",
           "f1.csv:2:23: price x quantity does not fit");
    refuse(&us, PLAIN ",Shipped,1,1,9,0,0,9,0,9,03/30/2026 9:05:00 PM,\n1", "f1.csv:2:1: Order ID is empty");
    refuse(&us, PLAIN "1,Shipped\n", "f1.csv:2:1: 2 fields where the first row has 12");
    refuse(&us, "Order ID,Name\n", "f1.csv:1:1: the column \"Order Status\" is missing: is this an order export of TikTok Shop?");
    refuse(&us, "", "f1.csv is empty");
}

Test(tiktok_orders, every_language_of_the_table_has_all_columns_that_are_needed)
{
    /* From one "Order ID" to the next one that comes behind other columns, a language. SKU ID and Quantity may stay English. */
    bool there[TIKTOK_COLUMN_COUNT] = {false};
    size_t languages = 0;
    for (const struct csv_column *column = tiktok_columns;; column++) {
        bool begins = !column->name || (column->id == TIKTOK_ORDER_ID && there[TIKTOK_AMOUNT]);
        for (const struct csv_column *needed = tiktok_columns; begins && needed->required; needed++)
            cr_assert(there[needed->id] || needed->id == TIKTOK_SKU_ID, "language %zu has no \"%s\"", languages, needed->name);
        languages += begins;
        if (begins)
            memset(there, 0, sizeof there);
        if (!column->name)
            break;
        there[column->id] = true;
    }
    cr_assert_eq(languages, 4);
}

Test(tiktok_orders, a_later_export_of_an_order_has_a_later_revision_and_the_same_one_the_same_bytes)
{
    static uint8_t first[4096], second[4096];
    void *data = import_good(&us, PLAIN ROW), *again = import_good(&us, PLAIN ROW);
    void *later = import_good(
        &us, PLAIN "577000000000000111,Cancelled,1729000000000000101,1,50.00,5.00,5.00,40.00,5.99,45.99,03/30/2026 9:05:00 PM,\n");
    size_t len = encode_all(FORMAT, data, first, sizeof first);
    cr_assert_eq(encode_all(FORMAT, again, second, sizeof second), len);
    cr_assert_eq(memcmp(first, second, len), 0);
    cr_assert_gt(FORMAT->event(later, 0)->revision, FORMAT->event(data, 0)->revision);
    FORMAT->close(data);
    FORMAT->close(again);
    FORMAT->close(later);
}
