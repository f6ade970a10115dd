#include "producers/uci_online_retail.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "producers/buyer_key.h"
#include "producers/csv_columns.h"
#include "producers/grow.h"
#include "producers/import_time.h"
#include "producers/text_map.h"
#include "schemas/utf8.h"

#define NO_ROW UINT32_MAX

enum column { INVOICE, STOCK_CODE, DESCRIPTION, QUANTITY, INVOICE_DATE, UNIT_PRICE, CUSTOMER, COUNTRY, COLUMN_COUNT };
static const char *const column_names[COLUMN_COUNT] = {"InvoiceNo",   "StockCode", "Description", "Quantity",
                                                       "InvoiceDate", "UnitPrice", "CustomerID",  "Country"};

struct row {
    struct text sku, description;
    int64_t quantity, unit_minor;
    uint32_t next; /* row of the same invoice */
};

struct invoice {
    struct text id, buyer_key;
    int64_t time_us, latest_us; /* of its first row, of its latest one */
    int64_t gross_minor;
    uint32_t first, last, row_count;
};

struct uci_orders {
    struct arena texts;
    struct row *rows;
    struct invoice *invoices;
    struct text_map ids; /* of the invoices, by their numbers */
    size_t row_room, invoice_room;
    struct uci_totals totals;
    struct event event;
    struct order_line lines[EVENT_LINES_MAX];
    char line_ids[EVENT_LINES_MAX][12];
    char event_id[EVENT_ID_BYTES_MAX];
};

static struct text kept(struct uci_orders *orders, struct text text)
{
    if (!text.len)
        return (struct text){NULL, 0};
    return (struct text){arena_copy(&orders->texts, text.ptr, text.len), text.len};
}

static struct text buyer_of(struct uci_orders *orders, struct text customer)
{
    char key[BUYER_KEY_BYTES];
    if (!customer.len)
        return (struct text){NULL, 0};
    buyer_key_make(text_of(UCI_SHOP_ID), customer, key);
    return kept(orders, (struct text){key, sizeof key});
}

static bool find_columns(const struct csv_reader *csv, struct err *err)
{
    for (size_t i = 0; i < COLUMN_COUNT; i++) {
        struct text name = i < csv->field_count ? csv->fields[i].text : (struct text){"", 0};
        if (name.len != strlen(column_names[i]) || memcmp(name.ptr, column_names[i], name.len) != 0)
            return csv_fail(csv, &csv->fields[i < csv->field_count ? i : 0], err,
                            "column %zu must be %s: is this the UCI Online Retail file?", i + 1, column_names[i]);
    }
    return true;
}

/* The invoice of that id, made where it is new; NULL when memory is out. */
static struct invoice *invoice_of(struct uci_orders *orders, struct text id)
{
    if (!grow_items(&orders->invoices, orders->totals.orders, &orders->invoice_room, sizeof *orders->invoices))
        return NULL;
    uint32_t number = text_map_put(&orders->ids, &orders->texts, id);
    if (number == TEXT_MAP_NONE)
        return NULL;
    if (number == orders->totals.orders) {
        orders->invoices[number] = (struct invoice){.id = orders->ids.texts[number], .first = NO_ROW};
        orders->totals.orders++;
    }
    return &orders->invoices[number];
}

static bool check_texts(const struct csv_reader *csv, struct err *err)
{
    if (csv->field_count != COLUMN_COUNT)
        return csv_fail(csv, &csv->fields[0], err, "%zu fields where 8 are expected", csv->field_count);
    for (size_t i = 0; i < COLUMN_COUNT; i++)
        if (utf8_check((const uint8_t *)csv->fields[i].text.ptr, csv->fields[i].text.len) != REASON_NONE)
            return csv_fail(csv, &csv->fields[i], err, "%s is not UTF-8, or holds a NUL: convert the file", column_names[i]);
    for (size_t i = INVOICE; i <= STOCK_CODE; i++)
        if (!csv->fields[i].text.len || csv->fields[i].text.len > 64)
            return csv_fail(csv, &csv->fields[i], err, "%s must have 1 to 64 bytes", column_names[i]);
    return true;
}

static bool read_numbers(const struct csv_reader *csv, struct row *row, int64_t *ret_time_us, struct err *err)
{
    const struct csv_field *quantity = &csv->fields[QUANTITY], *price = &csv->fields[UNIT_PRICE], *date = &csv->fields[INVOICE_DATE];
    int64_t gross_minor;
    if (!csv_decimal(quantity->text, 0, &row->quantity) || !row->quantity)
        return csv_fail(csv, quantity, err, "Quantity must be a whole number and not 0");
    if (!csv_decimal(price->text, UCI_AMOUNT_SCALE, &row->unit_minor))
        return csv_fail(csv, price, err, "UnitPrice must be a number with at most 3 digits behind the point");
    if (__builtin_mul_overflow(row->quantity, row->unit_minor, &gross_minor))
        return csv_fail(csv, price, err, "Quantity x UnitPrice does not fit");
    return import_time_iso(date->text, ret_time_us) || csv_fail(csv, date, err, "InvoiceDate must be like 2010-12-01 08:26:00");
}

static bool append_row(struct uci_orders *orders, const struct csv_reader *csv, struct invoice *invoice, struct row *row, int64_t time_us,
                       struct err *err)
{
    uint32_t number = (uint32_t)orders->totals.lines++;
    if (invoice->row_count == EVENT_LINES_MAX)
        return csv_fail(csv, &csv->fields[INVOICE], err, "more than %d lines in one invoice", EVENT_LINES_MAX);
    if (invoice->row_count++ == 0) {
        invoice->first = number;
        invoice->time_us = invoice->latest_us = time_us;
        invoice->buyer_key = buyer_of(orders, csv->fields[CUSTOMER].text);
    } else {
        orders->rows[invoice->last].next = number;
    }
    invoice->last = number;
    row->next = NO_ROW;
    if (invoice->latest_us < time_us)
        invoice->latest_us = time_us;
    orders->rows[number] = *row;
    int64_t gross_minor = row->quantity * row->unit_minor;
    if (__builtin_add_overflow(invoice->gross_minor, gross_minor, &invoice->gross_minor) ||
        __builtin_add_overflow(orders->totals.units, row->quantity, &orders->totals.units) ||
        __builtin_add_overflow(orders->totals.gross_minor, gross_minor, &orders->totals.gross_minor))
        return csv_fail(csv, &csv->fields[QUANTITY], err, "the total of the invoice or of the file does not fit");
    return true;
}

static bool add_row(struct uci_orders *orders, const struct csv_reader *csv, struct err *err)
{
    struct row row;
    int64_t time_us = 0;
    if (!check_texts(csv, err) || !read_numbers(csv, &row, &time_us, err))
        return false;
    if (orders->totals.lines == UCI_ROWS_MAX)
        return csv_fail(csv, &csv->fields[0], err, "more than %d rows: split the file between invoices", UCI_ROWS_MAX);
    struct invoice *invoice = invoice_of(orders, csv->fields[INVOICE].text);
    if (!invoice || !grow_items(&orders->rows, orders->totals.lines, &orders->row_room, sizeof *orders->rows))
        return err_set(err, ERR_FATAL, EXIT_CODE_INTERNAL, "out of memory for the rows of %s", csv->name);
    row.sku = kept(orders, csv->fields[STOCK_CODE].text);
    row.description = kept(orders, csv->fields[DESCRIPTION].text);
    return append_row(orders, csv, invoice, &row, time_us, err);
}

static bool read_rows(struct uci_orders *orders, struct csv_reader *csv, struct err *err)
{
    enum csv_result result;
    if (!csv_read_names(csv, err) || !find_columns(csv, err))
        return false;
    while ((result = csv_next(csv, err)) == CSV_ROW)
        if (!add_row(orders, csv, err))
            return false;
    return result == CSV_END;
}

struct uci_orders *uci_orders_read(struct csv_reader *csv, struct err *err)
{
    struct uci_orders *orders = calloc(1, sizeof *orders);
    if (!orders) {
        (void)err_set(err, ERR_FATAL, EXIT_CODE_INTERNAL, "out of memory");
        return NULL;
    }
    arena_init(&orders->texts);
    if (read_rows(orders, csv, err))
        return orders;
    uci_orders_free(orders);
    return NULL;
}

void uci_orders_free(struct uci_orders *orders)
{
    if (!orders)
        return;
    arena_done(&orders->texts);
    free(orders->rows);
    free(orders->invoices);
    text_map_done(&orders->ids);
    free(orders);
}

const struct uci_totals *uci_orders_totals(const struct uci_orders *orders)
{
    return &orders->totals;
}

static void fill_lines(struct uci_orders *orders, const struct invoice *invoice, struct order *order)
{
    order->lines = orders->lines;
    for (uint32_t i = invoice->first; i != NO_ROW; i = orders->rows[i].next) {
        const struct row *row = &orders->rows[i];
        char *line_id = orders->line_ids[order->line_count];
        (void)snprintf(line_id, sizeof *orders->line_ids, "%" PRIu32, i + 1);
        orders->lines[order->line_count++] = (struct order_line){.line_id = text_of(line_id),
                                                                 .platform_sku = row->sku,
                                                                 .product_name = row->description,
                                                                 .quantity = row->quantity,
                                                                 .unit_list_minor = row->unit_minor};
    }
}

const struct event *uci_orders_event(struct uci_orders *orders, size_t i)
{
    const struct invoice *invoice = &orders->invoices[i];
    struct event *event = &orders->event;
    (void)snprintf(orders->event_id, sizeof orders->event_id, "uci-%.*s", (int)invoice->id.len, invoice->id.ptr);
    /* Where rows are taken out of a file, neither the latest time of an invoice nor the number of its last row (4 s at most, so the
     * two do not mix) can grow, and both stay only where the invoice stays as it is: a part of a file never replaces the whole. */
    *event = (struct event){.kind = EVENT_ORDER,
                            .event_id = text_of(orders->event_id),
                            .shop_id = text_of(UCI_SHOP_ID),
                            .currency = text_of("GBP"),
                            .amount_scale = UCI_AMOUNT_SCALE,
                            .revision = invoice->latest_us + invoice->last + 1,
                            .occurred_at_us = invoice->time_us};
    event->order = (struct order){.order_id = invoice->id,
                                  .status = ORDER_PAID,
                                  .platform = text_of("direct"),
                                  .market = text_of("GB"),
                                  .buyer_key = invoice->buyer_key,
                                  .created_at_us = invoice->time_us,
                                  .paid_at_us = invoice->time_us,
                                  .shipped_at_us = EVENT_ABSENT,
                                  .delivered_at_us = EVENT_ABSENT,
                                  .cancelled_at_us = EVENT_ABSENT,
                                  .customer_total_minor = invoice->gross_minor};
    event->order.affiliate = (struct affiliate){.rate_ppm = -1, .shop_ads_rate_ppm = -1, .actual_commission_minor = EVENT_ABSENT};
    fill_lines(orders, invoice, &event->order);
    return event;
}

/* The orders of each file by themselves: an invoice may go on over pages of a file, never over files. */
struct uci_import {
    struct uci_orders **files;
    size_t file_count, room;
    uint64_t row_count;
};

static void *open_import(const struct import_settings *settings, struct err *err)
{
    (void)settings; /* the data set is of one shop, which is known */
    struct uci_import *import = calloc(1, sizeof *import);
    if (!import)
        (void)err_set(err, ERR_FATAL, EXIT_CODE_INTERNAL, "out of memory");
    return import;
}

static bool read_file(void *ctx, struct csv_reader *csv, struct err *err)
{
    struct uci_import *import = ctx;
    if (!grow_items(&import->files, import->file_count, &import->room, sizeof(struct uci_orders *)))
        return err_set(err, ERR_FATAL, EXIT_CODE_INTERNAL, "out of memory");
    struct uci_orders *orders = uci_orders_read(csv, err);
    if (!orders)
        return false;
    import->files[import->file_count++] = orders;
    import->row_count += orders->totals.lines;
    return import->row_count <= UCI_ROWS_MAX ||
           err_set(err, ERR_FATAL, EXIT_CODE_DATA, "more than %d rows in all: import the files one by one", UCI_ROWS_MAX);
}

static bool join_nothing(void *ctx, struct err *err)
{
    (void)ctx;
    (void)err;
    return true;
}

static uint64_t count_orders(const void *ctx)
{
    const struct uci_import *import = ctx;
    uint64_t count = 0;
    for (size_t i = 0; i < import->file_count; i++)
        count += import->files[i]->totals.orders;
    return count;
}

static const struct event *event_at(void *ctx, uint64_t i)
{
    struct uci_import *import = ctx;
    size_t file = 0;
    for (; i >= import->files[file]->totals.orders; file++)
        i -= import->files[file]->totals.orders;
    return uci_orders_event(import->files[file], i);
}

static const struct findings *no_findings(const void *ctx)
{
    static const struct findings none;
    (void)ctx;
    return &none;
}

static void close_import(void *ctx)
{
    struct uci_import *import = ctx;
    for (size_t i = 0; import && i < import->file_count; i++)
        uci_orders_free(import->files[i]);
    if (import)
        free(import->files);
    free(import);
}

const struct import_format import_uci_online_retail = {
    .name = "uci-online-retail",
    .shop_id = UCI_SHOP_ID,
    .timezone = "UTC",
    .market = "GB",
    .currency = "GBP",
    .open = open_import,
    .read = read_file,
    .join = join_nothing,
    .count = count_orders,
    .event = event_at,
    .findings = no_findings,
    .close = close_import,
};
