#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <zlib.h>

#include "producers/uci_online_retail.h"
#include "schemas/wire.h"

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
    cr_assert_eq(event->order.buyer_key.len, 32);
    cr_assert_neq(memcmp(event->order.buyer_key.ptr, "17850", 5), 0);
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

struct known {
    int64_t revision;
    uint8_t bytes[512]; /* of the record */
    size_t len;
};

/* The invoices "1", "2" and "3" of the rows whose bits are set; false for one that has none. */
static void know_part(const char *const *rows, unsigned bits, struct wire_encoder *encoder, struct known *ret_known, bool *ret_there)
{
    char text[1024] = HEADER;
    struct err err = {0};
    for (unsigned row = 0; rows[row]; row++)
        if (bits >> row & 1)
            strcat(text, rows[row]);
    struct uci_orders *orders = read_text(text, &err);
    cr_assert_not_null(orders, "%s", err.text);
    for (size_t i = 0; i < uci_orders_totals(orders)->orders; i++) {
        const struct event *event = uci_orders_event(orders, i);
        const uint8_t *bytes;
        int invoice = event->order.order_id.ptr[0] - '1';
        struct known *known = &ret_known[invoice];
        cr_assert(wire_encode(encoder, event, &bytes, &known->len, &err) && known->len <= sizeof known->bytes, "%s", err.text);
        memcpy(known->bytes, bytes, known->len);
        known->revision = event->revision;
        ret_there[invoice] = true;
    }
    uci_orders_free(orders);
}

Test(uci_online_retail, no_part_of_a_file_replaces_an_invoice_of_the_whole)
{
    static const char *const rows[] = {
        "1,A,x,1,2010-12-01 08:26:00,1,,UK\n", "1,B,x,1,2010-12-01 08:27:00,1,,UK\n", "2,A,x,1,2010-12-01 08:27:01,1,,UK\n",
        "1,C,x,1,2010-12-01 08:25:59,1,,UK\n", "3,A,x,1,2010-12-01 08:29:00,1,,UK\n", "3,A,x,1,2010-12-01 08:29:00,1,,UK\n",
        "2,A,x,1,2010-12-01 08:27:00,1,,UK\n", "3,A,x,1,2010-12-01 08:29:00,1,,UK\n", NULL};
    struct err err = {0};
    struct wire_encoder *encoder = wire_encoder_new(&err);
    struct known whole[3];
    bool there[3] = {0};
    know_part(rows, 0xff, encoder, whole, there);
    for (unsigned bits = 0; bits < 0xff; bits++) {
        struct known part[3];
        memset(there, 0, sizeof there);
        know_part(rows, bits, encoder, part, there);
        for (int i = 0; i < 3; i++) {
            bool same = there[i] && part[i].len == whole[i].len && memcmp(part[i].bytes, whole[i].bytes, part[i].len) == 0;
            cr_assert(!there[i] || same || part[i].revision < whole[i].revision, "rows %#x, invoice %d", bits, i + 1);
        }
    }
    wire_encoder_free(encoder);
}

Test(uci_online_retail, an_invoice_whose_total_does_not_fit_is_refused_though_the_file_s_does)
{
    struct err err = {0};
    cr_assert_null(read_text(HEADER "1,A,x,9223372036854775,2010-12-01 08:26:00,1,,UK\n"
                                    "2,A,x,-9223372036854775,2010-12-01 08:26:00,1,,UK\n"
                                    "1,A,x,9223372036854775,2010-12-01 08:26:00,1,,UK\n", &err));
    cr_assert_eq(strncmp(err.text, "uci.csv:4:7: ", 13), 0, "%s", err.text);
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

/* What the events themselves add up to. */
struct sums {
    int64_t gross, cancelled_gross, bad_debt_gross, units, months[13]; /* from December 2010 on */
    uint64_t lines, cancelled, lines_without_customer, free_lines;
};

static void add_event(struct sums *sums, const struct event *event)
{
    time_t at_s = (time_t)(event->order.created_at_us / 1000000);
    struct tm at;
    gmtime_r(&at_s, &at);
    int month = (at.tm_year - 110) * 12 + at.tm_mon - 11;
    bool cancels = event->order.order_id.ptr[0] == 'C';
    cr_assert(month >= 0 && month < 13);
    sums->cancelled += cancels;
    sums->lines += event->order.line_count;
    sums->lines_without_customer += event->order.buyer_key.ptr ? 0 : event->order.line_count;
    for (uint32_t i = 0; i < event->order.line_count; i++) {
        const struct order_line *line = &event->order.lines[i];
        int64_t gross = line->quantity * line->unit_list_minor;
        sums->gross += gross;
        sums->months[month] += gross;
        sums->cancelled_gross += cancels ? gross : 0;
        sums->bad_debt_gross += line->unit_list_minor < 0 ? gross : 0;
        sums->free_lines += line->unit_list_minor == 0;
        sums->units += line->quantity;
    }
}

static struct uci_orders *read_real_file(void)
{
    struct err err = {0};
    gzFile file = gzopen(REAL_FILE, "rb");
    if (!file)
        cr_skip_test("../shared/data/uci_online_retail is not there");
    csv_init(&csv, csv_read_gzip, file, "online_retail.csv.gz");
    struct uci_orders *orders = uci_orders_read(&csv, &err);
    (void)gzclose_r(file);
    cr_assert_not_null(orders, "%s", err.text);
    return orders;
}

Test(uci_online_retail, the_real_year_has_its_totals_to_the_tenth_of_a_penny)
{
    static const int64_t months[13] = {748957020, 560000260, 498062650, 683267080,  493207121,  723333510, 691123120,
                                       681300111, 682680510, 1019687622, 1070704670, 1461756250, 433668010};
    struct uci_orders *orders = read_real_file();
    struct sums sums = {0};
    cr_assert_eq(uci_orders_totals(orders)->orders, 25900);
    cr_assert_eq(uci_orders_totals(orders)->gross_minor, 9747747934);
    for (size_t i = 0; i < 25900; i++)
        add_event(&sums, uci_orders_event(orders, i));
    cr_assert_eq(sums.gross, 9747747934);
    for (int month = 0; month < 13; month++)
        cr_assert_eq(sums.months[month], months[month], "month %d", month);
    cr_assert_eq(sums.lines, 541909);
    cr_assert_eq(sums.units, 5176450);
    cr_assert_eq(sums.cancelled, 3836);
    cr_assert_eq(sums.cancelled_gross, -896812490);
    cr_assert_eq(sums.bad_debt_gross, -22124120);
    cr_assert_eq(sums.lines_without_customer, 135080);
    cr_assert_eq(sums.free_lines, 2515);
    uci_orders_free(orders);
}
