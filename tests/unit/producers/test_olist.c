#include "import_check.h"
#include "producers/import_totals.h"
#include "producers/olist.h"

#define ORDERS                                                                                                                             \
    "order_id,customer_id,order_status,order_purchase_timestamp,order_approved_at,order_delivered_carrier_date,order_delivered_customer_"  \
    "date\n"
#define ITEMS "order_id,order_item_id,product_id,price,freight_value\n"
#define PAYMENTS "order_id,payment_sequential,payment_type,payment_value\n"
#define ORDER_1 "o1,c1,delivered,2018-02-17 22:30:00,2018-02-17 22:40:00,,\n"
#define HOUR_US INT64_C(3600000000)

/* America/Sao_Paulo around the end of its summer of 2017/18: at 2018-02-18 02:00 UTC midnight became 23:00. */
static const struct zone sao_paulo = {.count = 2, .change_us = {INT64_MIN, INT64_C(1518919200000000)}, .offset_s = {-7200, -10800}};
static const struct import_settings settings = {
    .shop_id = {"olist", 5}, .market = {"BR", 2}, .currency = {"BRL", 3}, .amount_scale = -1, .zone = &sao_paulo};

static void *import(struct err *err, const char *const *files)
{
    return import_texts(&import_olist, &settings, files, err);
}

#define IMPORT(err, ...) import(err, (const char *const[]){__VA_ARGS__, NULL})

Test(olist, rows_of_files_in_any_order_become_one_order)
{
    struct err err = {0};
    void *data =
        IMPORT(&err, PAYMENTS "o1,2,voucher,10.0\no1,1,credit_card,110.55\n", ITEMS "o1,1,lamp,99.9,10.05\no1,2,cup,10.1,.5\n",
               ORDERS ORDER_1, "customer_id,customer_unique_id\nc1,person\n", "product_id,product_category_name\nlamp,moveis\ncup,outros\n",
               "product_category_name,product_category_name_english\nmoveis,furniture\n", "review_id,order_id\n1,\"o\n1\"\n");
    cr_assert_not_null(data, "%s", err.text);
    cr_assert_eq(import_olist.count(data), 1);
    const struct event *event = import_olist.event(data, 0);
    const struct order *order = &event->order;
    cr_assert(is(order->order_id, "o1") && is(event->shop_id, "olist") && is(event->currency, "BRL") && event->amount_scale == 2);
    cr_assert_eq(order->status, ORDER_DELIVERED);
    cr_assert_eq(order->line_count, 2);
    cr_assert(is(order->lines[0].line_id, "1") && is(order->lines[0].platform_sku, "lamp") && is(order->lines[0].category, "furniture"));
    cr_assert(is(order->lines[1].category, "outros") && order->lines[1].unit_list_minor == 1010 && order->lines[1].quantity == 1);
    cr_assert_eq(order->shipping_paid_minor, 1055);
    cr_assert_eq(order->shipping_list_minor, 1055);
    cr_assert_eq(order->customer_total_minor, 12055); /* 99.90 + 10.10 + 10.55 */
    cr_assert(is(order->payment_method, "credit_card"));
    cr_assert_eq(order->buyer_key.len, 32);
    cr_assert_eq(import_olist.findings(data)->count, 0);
    import_olist.close(data);
}

Test(olist, times_are_of_the_zone_and_one_that_comes_twice_is_the_first)
{
    struct err err = {0};
    void *data = IMPORT(&err, ORDERS "o1,c1,created,2018-02-17 22:30:00,,,\no2,c1,approved,2018-02-17 23:30:00,2018-02-18 00:00:00,,\n",
                        ITEMS, PAYMENTS);
    cr_assert_not_null(data, "%s", err.text);
    const int64_t change_us = sao_paulo.change_us[1];
    const struct order *order = &import_olist.event(data, 0)->order;
    cr_assert_eq(order->created_at_us, change_us - 3 * HOUR_US / 2);
    cr_assert_eq(order->paid_at_us, EVENT_ABSENT);
    order = &import_olist.event(data, 1)->order;
    cr_assert_eq(order->created_at_us, change_us - HOUR_US / 2);
    cr_assert_eq(order->paid_at_us, change_us + HOUR_US);
    import_olist.close(data);
}

Test(olist, an_order_without_items_is_kept_and_said_and_sums_that_do_not_meet_are_said)
{
    struct err err = {0};
    void *data = IMPORT(&err, ORDERS ORDER_1 "o2,c2,unavailable,2018-02-17 12:00:00,,,\no3,c3,shipped,2018-02-17 12:00:00,,,\n",
                        ITEMS "o1,1,lamp,10,1\no3,1,lamp,10,1\n", PAYMENTS "o1,1,voucher,10.98\no2,1,boleto,84.0\no3,1,voucher,11\n");
    cr_assert_not_null(data, "%s", err.text);
    cr_assert_eq(import_olist.count(data), 3);
    const struct event *event = import_olist.event(data, 1);
    cr_assert(event->order.line_count == 0 && event->order.customer_total_minor == 8400 && event->order.status == ORDER_ON_HOLD);
    cr_assert_eq(import_olist.findings(data)->count, 2);
    const struct finding *finding = finding_at(&import_olist, data, 0);
    cr_assert_str_eq(finding->code, OLIST_PAYMENTS_DIFFER);
    cr_assert_eq(finding->amount_minor, -2); /* 10.98 - 10 - 1 */
    cr_assert(is(finding->order_id, "o1"));
    finding = finding_at(&import_olist, data, 1);
    cr_assert_str_eq(finding->code, OLIST_WITHOUT_ITEMS);
    cr_assert_eq(finding->amount_minor, 8400);
    cr_assert_str_eq(finding->file, "f1.csv");
    cr_assert_eq(finding->line, 3);
    import_olist.close(data);
}

Test(olist, what_refers_to_nothing_or_comes_twice_or_is_no_number_is_named_with_its_place)
{
    static const struct {
        const char *files[4], *error;
    } cases[] = {
        {{ORDERS ORDER_1, ITEMS "o2,1,p,1,1\n", PAYMENTS}, "f2.csv:2: the order \"o2\" is in none of the files"},
        {{ORDERS ORDER_1, ITEMS, PAYMENTS "o1,1,voucher,1\no9,1,voucher,1\n"}, "f3.csv:3: the order \"o9\" is in none"},
        {{ORDERS ORDER_1, ORDERS ORDER_1, ITEMS, PAYMENTS}, "f2.csv:2:1: this order is there twice, first in f1.csv:2"},
        {{ORDERS ORDER_1, ITEMS "o1,1,p,1,1\no1,1,q,1,1\n", PAYMENTS}, "f2.csv:3:1: this item is there twice"},
        {{ORDERS ORDER_1, ITEMS, PAYMENTS "o1,1,voucher,1\no1,1,voucher,1\n"}, "f3.csv:3:1: this payment is there twice"},
        {{ORDERS ORDER_1, ITEMS "o1,1,p,1.005,1\n", PAYMENTS}, "f2.csv:2:8: price must be"},
        {{ORDERS ORDER_1, ITEMS "o1,1,p,-1,1\n", PAYMENTS}, "f2.csv:2:8: price must be"},
        {{ORDERS ORDER_1, ITEMS "o1,1,p,1,\n", PAYMENTS}, "f2.csv:2:10: freight_value must be"},
        {{ORDERS ORDER_1, ITEMS "o1,1,,1,1\n", PAYMENTS}, "f2.csv:2:6: product_id is empty"},
        {{ORDERS ORDER_1, ITEMS "o1,1,p,1\n", PAYMENTS}, "f2.csv:2:1: 4 fields where the first row has 5"},
        {{ORDERS ORDER_1, ITEMS, PAYMENTS "o1,x,voucher,1\n"}, "f3.csv:2:4: payment_sequential"},
        {{ORDERS "o1,c1,gone,2018-02-17 22:30:00,,,\n", ITEMS, PAYMENTS}, "f1.csv:2:7: order_status must be"},
        {{ORDERS "o1,c1,created,,,,\n", ITEMS, PAYMENTS}, "f1.csv:2:15: order_purchase_timestamp is empty"},
        {{ORDERS "o1,c1,created,17/02/2018 22:30,,,\n", ITEMS, PAYMENTS}, "f1.csv:2:15: a time must be like"},
        {{ORDERS ORDER_1}, "without olist_order_items_dataset.csv and olist_order_payments_dataset.csv"},
        {{ITEMS, PAYMENTS}, "without olist_orders_dataset.csv there are no orders"},
        {{"a,b\n1,2\n"}, "f1.csv:1:1: this is none of the files of Olist"},
        {{""}, "f1.csv is empty"},
        {{ORDERS ORDER_1, ITEMS "o1,1,p,92233720368547758.07,92233720368547758.07\no1,2,p,1,1\n", PAYMENTS},
         "f2.csv:3: the total of this order"},
        {{ORDERS ORDER_1, ITEMS "o1,1,p,92233720368547758.07,1\n", PAYMENTS}, "f1.csv:2: the total of this order"},
        {{ORDERS ORDER_1, ITEMS, PAYMENTS "o1,1,voucher,92233720368547758.07\no1,2,voucher,1\n"}, "f3.csv:3: the total of this order"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *files[5] = {0};
        struct err err = {0};
        memcpy(files, cases[i].files, sizeof cases[i].files);
        cr_assert_null(import(&err, files), "case %zu", i);
        assert_begins(&err, cases[i].error);
        cr_assert_eq(err.exit_code, EXIT_CODE_DATA);
    }
}

Test(olist, the_same_files_give_the_same_bytes_and_fewer_rows_never_a_later_revision)
{
    static uint8_t first[4096], second[4096];
    struct err err = {0};
    void *whole = IMPORT(&err, ORDERS ORDER_1, ITEMS "o1,1,lamp,10,1\no1,2,lamp,10,1\n", PAYMENTS "o1,1,voucher,22\n");
    void *again = IMPORT(&err, ORDERS ORDER_1, ITEMS "o1,1,lamp,10,1\no1,2,lamp,10,1\n", PAYMENTS "o1,1,voucher,22\n");
    void *part = IMPORT(&err, ORDERS ORDER_1, ITEMS "o1,1,lamp,10,1\n", PAYMENTS "o1,1,voucher,22\n");
    size_t len = encode_all(&import_olist, whole, first, sizeof first);
    cr_assert_eq(encode_all(&import_olist, again, second, sizeof second), len);
    cr_assert_eq(memcmp(first, second, len), 0);
    cr_assert_lt(import_olist.event(part, 0)->revision, import_olist.event(whole, 0)->revision);
    import_olist.close(whole);
    import_olist.close(again);
    import_olist.close(part);
}

Test(olist, totals_are_of_all_events)
{
    struct err err = {0};
    struct import_totals totals;
    void *data = IMPORT(&err, ORDERS ORDER_1 "o2,c2,canceled,2018-02-17 12:00:00,,,\n", ITEMS "o1,1,lamp,10,1.5\n",
                        PAYMENTS "o1,1,voucher,11.5\no2,1,boleto,3\n");
    cr_assert(import_totals_make(&import_olist, data, settings.zone, &totals, &err), "%s", err.text);
    cr_assert(totals.orders == 2 && totals.lines == 1 && totals.units == 1 && totals.orders_without_lines == 1 &&
              totals.repeated_orders == 0);
    cr_assert(totals.gross_minor == 1000 && totals.shipping_minor == 150 && totals.customer_total_minor == 1450);
    cr_assert(totals.by_status[ORDER_CANCELLED] == 1 && totals.by_status[ORDER_DELIVERED] == 1);
    cr_assert_str_eq(totals.currency, "BRL");
    import_olist.close(data);
}
