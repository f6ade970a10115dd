#include "import_check.h"
#include "producers/import_totals.h"
#include "producers/tiktok_orders.h"

#define HEADER                                                                                                                             \
    "Order ID,Order Status,SKU ID,Quantity,SKU Unit Original Price,SKU Platform Discount,SKU Seller Discount,SKU Subtotal After Discount," \
    "Shipping Fee After Discount,Order Amount,Created Time\n"

static const struct zone utc = {.count = 1, .change_us = {INT64_MIN}};
static const struct import_settings us = {.shop_id = {"s", 1}, .market = {"US", 2}, .amount_scale = -1, .zone = &utc};

static bool make(const char *const *files, struct import_totals *ret_totals, struct err *err)
{
    void *data = import_texts(&import_tiktok_orders, &us, files, err);
    cr_assert_not_null(data, "%s", err->text);
    bool good = import_totals_make(&import_tiktok_orders, data, &utc, ret_totals, err);
    import_tiktok_orders.close(data);
    return good;
}

Test(import_totals, an_order_of_files_that_overlap_counts_once_as_its_latest_revision)
{
    struct err err = {0};
    struct import_totals totals;
    const char *const files[] = {
        HEADER "1,Completed,1,2,9,0,1,17,1,18,03/30/2026 9:05:00 PM\n2,Shipped,1,1,5,0,0,5,0,5,03/30/2026 9:05:00 PM\n",
        HEADER "1,Shipped,1,1,9,0,0,9,0,9,03/30/2026 9:05:00 PM\n3,Shipped,1,1,7,2,0,5,0,5,03/30/2026 9:05:00 PM\n", NULL};
    cr_assert(make(files, &totals, &err), "%s", err.text);
    cr_assert(totals.orders == 3 && totals.repeated_orders == 1 && totals.lines == 3 && totals.units == 4);
    cr_assert(totals.gross_minor == 1800 + 500 + 700 && totals.seller_discount_minor == 100 && totals.platform_discount_minor == 200);
    cr_assert(totals.shipping_minor == 100 && totals.customer_total_minor == 1800 + 500 + 500);
    cr_assert(totals.by_status[ORDER_COMPLETED] == 1 && totals.by_status[ORDER_SHIPPED] == 2);
}

Test(import_totals, a_refund_that_a_later_file_restates_counts_once)
{
    static const char refunded[] =
        "Order ID,Order Status,SKU ID,Quantity,SKU Unit Original Price,SKU Platform Discount,SKU Seller Discount,SKU Subtotal After Discount,"
        "Shipping Fee After Discount,Order Amount,Created Time,Order Refund Amount\n";
    struct err err = {0};
    struct import_totals totals;
    char first[1024], second[1024];
    (void)snprintf(first, sizeof first, "%s1,Completed,1,1,9,0,0,9,1,10,03/30/2026 9:05:00 PM,4\n", refunded);
    (void)snprintf(second, sizeof second, "%s1,Completed,1,1,9,0,0,9,1,10,03/30/2026 9:05:00 PM,10\n", refunded);
    cr_assert(make((const char *const[]){second, first, NULL}, &totals, &err), "%s", err.text);
    cr_assert(totals.orders == 1 && totals.refunds == 1 && totals.repeated_refunds == 1);
    cr_assert(totals.refund_goods_minor == 900 && totals.refund_shipping_minor == 100 && totals.refund_discrepancy_minor == 0);
}

Test(import_totals, what_the_engine_would_call_an_overflow_is_refused_before_it_is_sent)
{
    struct err err = {0};
    struct import_totals totals;
    const char *const files[] = {"InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
                                 "1,A,x,1,2010-12-01 08:26:00,1000000000000.001,,UK\n",
                                 NULL};
    void *data = import_texts(&import_uci_online_retail, &us, files, &err);
    cr_assert_not_null(data, "%s", err.text);
    cr_assert(!import_totals_make(&import_uci_online_retail, data, &utc, &totals, &err));
    import_uci_online_retail.close(data);
    assert_begins(&err, "order \"1\" has an amount or quantity beyond all reason");
}

Test(import_totals, of_no_orders_are_zero)
{
    struct err err = {0};
    struct import_totals totals;
    cr_assert(make((const char *const[]){HEADER, NULL}, &totals, &err));
    cr_assert(totals.orders == 0 && totals.currency[0] == 0);
}
