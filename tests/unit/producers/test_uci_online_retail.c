#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <zlib.h>

#include "producers/uci_online_retail.h"

#define HEADER "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
#define REAL_FILE SOURCE_DIR "/../shared/data/uci_online_retail/online_retail.csv.gz"

struct memory {
    const char *bytes;
    size_t at;
};

static int read_memory(void *ctx, uint8_t *bytes, unsigned size)
{
    struct memory *memory = ctx;
    size_t left = strlen(memory->bytes + memory->at), count = left < size ? left : size;
    memcpy(bytes, memory->bytes + memory->at, count);
    memory->at += count;
    return (int)count;
}

static int read_gzip(void *ctx, uint8_t *bytes, unsigned size)
{
    return gzread(ctx, bytes, size);
}

static struct csv_reader csv;

static struct uci_orders *read_text(const char *bytes, struct err *err)
{
    struct memory memory = {bytes, 0};
    csv_init(&csv, read_memory, &memory, "uci.csv");
    return uci_orders_read(&csv, err);
}

static bool is(struct text text, const char *expected)
{
    return text.len == strlen(expected) && (!text.len || memcmp(text.ptr, expected, text.len) == 0);
}

Test(uci_online_retail, an_invoice_is_one_order_even_where_its_rows_are_no_neighbours)
{
    struct err err = {0};
    struct uci_orders *orders = read_text(HEADER "1,A,Lamp,6,2010-12-01 08:26:00,2.55,17850,UK\n"
                                                 "2,B,,1,2010-12-01 08:27:00,0.001,,UK\n"
                                                 "1,C,Cup,1,2010-12-01 08:28:00,1,17850,UK\n", &err);
    cr_assert_not_null(orders, "%s", err.text);
    cr_assert_eq(uci_orders_totals(orders)->orders, 2);
    const struct event *event = uci_orders_event(orders, 0);
    cr_assert(is(event->order.order_id, "1"));
    cr_assert_eq(event->order.line_count, 2);
    cr_assert(is(event->order.lines[0].line_id, "1"));
    cr_assert(is(event->order.lines[1].line_id, "3"));
    cr_assert_eq(event->order.lines[0].unit_list_minor, 2550);
    cr_assert_eq(event->order.customer_total_minor, 6 * 2550 + 1000);
    cr_assert_eq(event->order.created_at_us, INT64_C(1291191960000000));
    event = uci_orders_event(orders, 1);
    cr_assert_null(event->order.buyer_key.ptr);
    cr_assert_null(event->order.lines[0].product_name.ptr);
    uci_orders_free(orders);
}

Test(uci_online_retail, credit_notes_and_bad_debt_stay_as_they_are)
{
    struct err err = {0};
    struct uci_orders *orders = read_text(HEADER "C3,A,Lamp,-6,2010-12-01 08:26:00,2.55,17850,UK\n"
                                                 "A4,B,Adjust bad debt,1,2011-08-12 14:51:00,-11062.06,,UK\n", &err);
    cr_assert_not_null(orders, "%s", err.text);
    cr_assert_eq(uci_orders_event(orders, 0)->order.lines[0].quantity, -6);
    cr_assert_eq(uci_orders_event(orders, 1)->order.lines[0].unit_list_minor, -11062060);
    cr_assert_eq(uci_orders_totals(orders)->gross_minor, -6 * 2550 - 11062060);
    cr_assert_eq(uci_orders_totals(orders)->units, -5);
    uci_orders_free(orders);
}

Test(uci_online_retail, part_of_an_invoice_never_replaces_the_whole)
{
    struct err err = {0};
    struct uci_orders *part = read_text(HEADER "1,A,Lamp,6,2010-12-01 08:26:00,2.55,17850,UK\n", &err);
    int64_t revision = uci_orders_event(part, 0)->revision;
    uci_orders_free(part);
    struct uci_orders *whole = read_text(HEADER "1,A,Lamp,6,2010-12-01 08:26:00,2.55,17850,UK\n1,B,,1,2010-12-01 08:26:00,1,17850,UK\n", &err);
    cr_assert_gt(uci_orders_event(whole, 0)->revision, revision);
    uci_orders_free(whole);
}

Test(uci_online_retail, a_broken_row_is_named_with_line_and_column)
{
    static const struct {
        const char *row, *place;
    } cases[] = {
        {"1,A,x,0,2010-12-01 08:26:00,1,,UK\n", "uci.csv:2:7: Quantity"},
        {"1,A,x,1.5,2010-12-01 08:26:00,1,,UK\n", "uci.csv:2:7: Quantity"},
        {"1,A,x,1,2010-02-29 08:26:00,1,,UK\n", "uci.csv:2:9: InvoiceDate"},
        {"1,A,x,1,01/12/2010 08:26,1,,UK\n", "uci.csv:2:9: InvoiceDate"},
        {"1,A,x,1,2010-12-01 08:26:00,1.2345,,UK\n", "uci.csv:2:29: UnitPrice"},
        {",A,x,1,2010-12-01 08:26:00,1,,UK\n", "uci.csv:2:1: InvoiceNo"},
        {"1,A,\xff,1,2010-12-01 08:26:00,1,,UK\n", "uci.csv:2:5: Description"},
        {"1,A,x,1,2010-12-01 08:26:00,1,\n", "uci.csv:2:1: 7 fields"},
        {"1,A,x,9223372036854775807,2010-12-01 08:26:00,1,,UK\n", "uci.csv:2:47: Quantity x UnitPrice"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[256];
        struct err err = {0};
        (void)snprintf(text, sizeof text, HEADER "%s", cases[i].row);
        cr_assert_null(read_text(text, &err));
        cr_assert_eq(strncmp(err.text, cases[i].place, strlen(cases[i].place)), 0, "%s", err.text);
        cr_assert_eq(err.exit_code, EXIT_CODE_DATA);
    }
}

Test(uci_online_retail, another_file_is_not_taken_for_this_one)
{
    struct err err = {0};
    cr_assert_null(read_text("order,amount\n1,2\n", &err));
    cr_assert_not_null(strstr(err.text, "InvoiceNo"));
    cr_assert_null(read_text("", &err));
}

Test(uci_online_retail, the_real_year_has_its_totals_to_the_tenth_of_a_penny)
{
    struct err err = {0};
    gzFile file = gzopen(REAL_FILE, "rb");
    if (!file)
        cr_skip_test("../shared/data/uci_online_retail is not there");
    csv_init(&csv, read_gzip, file, "online_retail.csv.gz");
    struct uci_orders *orders = uci_orders_read(&csv, &err);
    (void)gzclose_r(file);
    cr_assert_not_null(orders, "%s", err.text);
    cr_assert_eq(uci_orders_totals(orders)->orders, 25900);
    cr_assert_eq(uci_orders_totals(orders)->lines, 541909);
    cr_assert_eq(uci_orders_totals(orders)->units, 5176450);
    cr_assert_eq(uci_orders_totals(orders)->gross_minor, 9747747934);
    uci_orders_free(orders);
}
