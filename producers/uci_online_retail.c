#include "producers/uci_online_retail.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/arena.h"
#include "common/hash.h"
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
    struct text id, customer;
    int64_t time_us, latest_us; /* of its first row, of its latest one */
    int64_t gross_minor;
    uint32_t first, last, row_count;
};

struct uci_orders {
    struct arena texts;
    struct row *rows;
    struct invoice *invoices;
    size_t row_room, invoice_room, slot_count;
    uint32_t *slots; /* index of an invoice + 1, 0: free */
    struct uci_totals totals;
    struct event event;
    struct order_line lines[EVENT_LINES_MAX];
    char line_ids[EVENT_LINES_MAX][12];
    char event_id[EVENT_ID_BYTES_MAX];
};

static struct text text_of(const char *string)
{
    return (struct text){string, (uint32_t)strlen(string)};
}

static struct text kept(struct uci_orders *orders, struct text text)
{
    if (!text.len)
        return (struct text){NULL, 0};
    return (struct text){arena_copy(&orders->texts, text.ptr, text.len), text.len};
}

/* Room for one more item; false when memory is out. */
static bool make_room(void **items, size_t count, size_t *room, size_t size)
{
    if (count < *room)
        return true;
    size_t more = *room ? *room * 2 : 4096;
    void *grown = realloc(*items, more * size);
    if (!grown)
        return false;
    *items = grown;
    *room = more;
    return true;
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

static uint32_t *slot_of(const struct uci_orders *orders, struct text id)
{
    size_t slot = hash64(id.ptr, id.len) & (orders->slot_count - 1);
    while (orders->slots[slot]) {
        struct text other = orders->invoices[orders->slots[slot] - 1].id;
        if (other.len == id.len && memcmp(other.ptr, id.ptr, id.len) == 0)
            break;
        slot = (slot + 1) & (orders->slot_count - 1);
    }
    return &orders->slots[slot];
}

static bool grow_slots(struct uci_orders *orders)
{
    if (orders->totals.orders * 2 < orders->slot_count)
        return true;
    free(orders->slots);
    orders->slot_count = orders->slot_count ? orders->slot_count * 2 : 8192;
    orders->slots = calloc(orders->slot_count, sizeof *orders->slots);
    for (size_t i = 0; orders->slots && i < orders->totals.orders; i++)
        *slot_of(orders, orders->invoices[i].id) = (uint32_t)i + 1;
    return orders->slots != NULL;
}

/* The invoice of that id, made where it is new; NULL when memory is out. */
static struct invoice *invoice_of(struct uci_orders *orders, struct text id)
{
    if (!grow_slots(orders) || !make_room((void **)&orders->invoices, orders->totals.orders, &orders->invoice_room, sizeof *orders->invoices))
        return NULL;
    uint32_t *slot = slot_of(orders, id);
    if (!*slot) {
        orders->invoices[orders->totals.orders] = (struct invoice){.id = kept(orders, id), .first = NO_ROW};
        *slot = (uint32_t)++orders->totals.orders;
    }
    return &orders->invoices[*slot - 1];
}

static int number_at(struct text text, uint32_t at, uint32_t digits)
{
    int number = 0;
    for (uint32_t i = at; i < at + digits; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9')
            return -1;
        number = number * 10 + text.ptr[i] - '0';
    }
    return number;
}

/* "2010-12-01 08:26:00", UTC. */
static bool read_time(struct text text, int64_t *ret_us)
{
    static const char form[] = "dddd-dd-dd dd:dd:dd";
    if (text.len != sizeof form - 1)
        return false;
    for (uint32_t i = 0; i < text.len; i++)
        if (form[i] != 'd' && text.ptr[i] != form[i])
            return false;
    struct tm time = {.tm_year = number_at(text, 0, 4) - 1900, .tm_mon = number_at(text, 5, 2) - 1, .tm_mday = number_at(text, 8, 2),
                      .tm_hour = number_at(text, 11, 2), .tm_min = number_at(text, 14, 2), .tm_sec = number_at(text, 17, 2)};
    struct tm same = time;
    *ret_us = (int64_t)timegm(&same) * 1000000;
    return time.tm_year >= 100 && same.tm_mon == time.tm_mon && same.tm_mday == time.tm_mday && same.tm_hour == time.tm_hour &&
           same.tm_min == time.tm_min && same.tm_sec == time.tm_sec;
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
    return read_time(date->text, ret_time_us) || csv_fail(csv, date, err, "InvoiceDate must be like 2010-12-01 08:26:00");
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
        invoice->customer = kept(orders, csv->fields[CUSTOMER].text);
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
    if (!invoice || !make_room((void **)&orders->rows, orders->totals.lines, &orders->row_room, sizeof *orders->rows))
        return err_set(err, ERR_FATAL, EXIT_CODE_INTERNAL, "out of memory for the rows of %s", csv->name);
    row.sku = kept(orders, csv->fields[STOCK_CODE].text);
    row.description = kept(orders, csv->fields[DESCRIPTION].text);
    return append_row(orders, csv, invoice, &row, time_us, err);
}

static bool read_rows(struct uci_orders *orders, struct csv_reader *csv, struct err *err)
{
    enum csv_result result = csv_next(csv, err);
    if (result == CSV_END)
        return err_set(err, ERR_FATAL, EXIT_CODE_DATA, "%s is empty", csv->name);
    if (result == CSV_BAD || !find_columns(csv, err))
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
    free(orders->slots);
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
                                  .buyer_key = invoice->customer,
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
