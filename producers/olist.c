/*
 * Files come in any order, an item's before its order's too. So all rows are kept as they come, and join puts them together: orders
 * first, then what refers to them.
 */
#include "producers/olist.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "producers/csv_columns.h"
#include "producers/grow.h"
#include "producers/import_time.h"
#include "producers/olist_rows.h"

#define ROWS_MAX 4000000
#define ID_MAX 64

/* Columns of all files; none is in two of those that are read but the ids that join them. */
enum column {
    ORDER_ID,
    CUSTOMER_ID,
    STATUS,
    PURCHASED,
    APPROVED,
    SHIPPED,
    DELIVERED,
    ITEM_ID,
    PRODUCT_ID,
    PRICE,
    FREIGHT,
    SEQUENCE,
    PAYMENT_TYPE,
    PAYMENT_VALUE,
    PERSON_ID,
    CATEGORY,
    CATEGORY_ENGLISH,
    COLUMN_COUNT
};

static const struct csv_column order_columns[] = {{ORDER_ID, true, "order_id"},
                                                  {CUSTOMER_ID, true, "customer_id"},
                                                  {STATUS, true, "order_status"},
                                                  {PURCHASED, true, "order_purchase_timestamp"},
                                                  {APPROVED, true, "order_approved_at"},
                                                  {SHIPPED, true, "order_delivered_carrier_date"},
                                                  {DELIVERED, true, "order_delivered_customer_date"},
                                                  {0, false, NULL}};
static const struct csv_column item_columns[] = {{ORDER_ID, true, "order_id"},     {ITEM_ID, true, "order_item_id"},
                                                 {PRODUCT_ID, true, "product_id"}, {PRICE, true, "price"},
                                                 {FREIGHT, true, "freight_value"}, {0, false, NULL}};
static const struct csv_column payment_columns[] = {{ORDER_ID, true, "order_id"},
                                                    {SEQUENCE, true, "payment_sequential"},
                                                    {PAYMENT_TYPE, true, "payment_type"},
                                                    {PAYMENT_VALUE, true, "payment_value"},
                                                    {0, false, NULL}};
static const struct csv_column customer_columns[] = {
    {CUSTOMER_ID, true, "customer_id"}, {PERSON_ID, true, "customer_unique_id"}, {0, false, NULL}};
static const struct csv_column product_columns[] = {
    {PRODUCT_ID, true, "product_id"}, {CATEGORY, true, "product_category_name"}, {0, false, NULL}};
static const struct csv_column category_columns[] = {
    {CATEGORY, true, "product_category_name"}, {CATEGORY_ENGLISH, true, "product_category_name_english"}, {0, false, NULL}};

/* A file is of the first kind whose mark is among its columns. */
static const struct {
    enum file_kind kind;
    const char *mark, *usual_name;
    const struct csv_column *columns;
} files[] = {
    {ORDERS, "order_purchase_timestamp", "olist_orders_dataset.csv", order_columns},
    {ITEMS, "order_item_id", "olist_order_items_dataset.csv", item_columns},
    {PAYMENTS, "payment_sequential", "olist_order_payments_dataset.csv", payment_columns},
    {CUSTOMERS, "customer_unique_id", "olist_customers_dataset.csv", customer_columns},
    {CATEGORIES, "product_category_name_english", "product_category_name_translation.csv", category_columns},
    {PRODUCTS, "product_category_name", "olist_products_dataset.csv", product_columns},
    {IGNORED, "review_id", NULL, NULL},
    {IGNORED, "seller_city", NULL, NULL},
    {IGNORED, "geolocation_lat", NULL, NULL},
};
#define FILE_COUNT (sizeof files / sizeof *files)

static bool out_of_memory(struct err *err)
{
    return err_set(err, ERR_FATAL, EXIT_CODE_INTERNAL, "out of memory");
}

static struct place place_of(const struct csv_reader *csv)
{
    return (struct place){csv->name, csv->fields[0].line};
}

/* Remembers a row by what must be unique of it; false with err where it was there before, or memory is out. */
static bool is_first(struct olist *olist, const struct csv_reader *csv, const char *what, struct text a, struct text b, struct err *err)
{
    char key[2 * ID_MAX + 16];
    int len = snprintf(key, sizeof key, "%s\n%.*s\n%.*s", what, (int)a.len, a.ptr, (int)b.len, b.len ? b.ptr : "");
    uint32_t before = olist->rows_seen.count;
    uint32_t number = text_map_put(&olist->rows_seen, &olist->book->texts, (struct text){key, (uint32_t)len});
    if (number == TEXT_MAP_NONE)
        return out_of_memory(err);
    return number == before || csv_fail(csv, &csv->fields[0], err, "this %s is there twice: is a file given twice?", what);
}

static bool read_amount(const struct csv_reader *csv, uint16_t place, const char *name, int64_t *ret_minor, struct err *err)
{
    struct text text = text_trimmed(csv->fields[place].text);
    return (csv_decimal(text, OLIST_AMOUNT_SCALE, ret_minor) && *ret_minor >= 0) ||
           csv_fail(csv, &csv->fields[place], err, "%s must be a number from 0 on with at most %d digits behind the point", name,
                    OLIST_AMOUNT_SCALE);
}

static bool read_time(const struct olist *olist, const struct csv_reader *csv, uint16_t place, int64_t *ret_us, struct err *err)
{
    struct text text = text_trimmed(csv->fields[place].text);
    int64_t local_us;
    if (!text.len) {
        *ret_us = EVENT_ABSENT;
        return true;
    }
    if (!import_time_iso(text, &local_us))
        return csv_fail(csv, &csv->fields[place], err, "a time must be like 2018-07-24 20:41:37, of the years 2000 to 2099");
    *ret_us = zone_to_utc_us(olist->zone, local_us);
    return true;
}

/* created: not yet paid for. unavailable: paid for, but the seller has not got it, so it is not to be booked as a sale. */
static const struct {
    const char *name;
    enum order_status status;
} statuses[] = {{"created", ORDER_UNPAID},  {"approved", ORDER_PAID},       {"invoiced", ORDER_PAID},      {"processing", ORDER_PAID},
                {"shipped", ORDER_SHIPPED}, {"delivered", ORDER_DELIVERED}, {"canceled", ORDER_CANCELLED}, {"unavailable", ORDER_ON_HOLD}};

static bool read_status(const struct csv_reader *csv, uint16_t place, enum order_status *ret_status, struct err *err)
{
    struct text text = text_trimmed(csv->fields[place].text);
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++)
        if (text_is(text, statuses[i].name)) {
            *ret_status = statuses[i].status;
            return true;
        }
    return csv_fail(csv, &csv->fields[place], err,
                    "order_status must be created, approved, invoiced, processing, shipped, delivered, canceled or unavailable");
}

static bool read_times(const struct olist *olist, const struct csv_reader *csv, const uint16_t *places, struct order *order,
                       struct err *err)
{
    if (!read_time(olist, csv, places[PURCHASED], &order->created_at_us, err) ||
        !read_time(olist, csv, places[APPROVED], &order->paid_at_us, err) ||
        !read_time(olist, csv, places[SHIPPED], &order->shipped_at_us, err) ||
        !read_time(olist, csv, places[DELIVERED], &order->delivered_at_us, err))
        return false;
    return order->created_at_us != EVENT_ABSENT || csv_fail(csv, &csv->fields[places[PURCHASED]], err, "order_purchase_timestamp is empty");
}

static bool add_order(struct olist *olist, const struct csv_reader *csv, const uint16_t *places, struct err *err)
{
    struct text id, customer;
    bool is_new;
    if (!csv_id(csv, places[ORDER_ID], "order_id", ID_MAX, &id, err) ||
        !csv_id(csv, places[CUSTOMER_ID], "customer_id", ID_MAX, &customer, err))
        return false;
    struct book_order *booked = order_book_put(olist->book, id, &is_new, err);
    if (!booked)
        return false;
    if (!is_new)
        return csv_fail(csv, &csv->fields[places[ORDER_ID]], err, "this order is there twice, first in %s:%u: is a file given twice?",
                        booked->file, booked->file_line);
    booked->file = csv->name;
    booked->file_line = csv->fields[0].line;
    uint32_t number = olist->book->order_count - 1;
    if (!grow_items(&olist->customers, number, &olist->customer_room, sizeof *olist->customers))
        return out_of_memory(err);
    olist->customers[number] = order_book_keep(olist->book, customer);
    return read_status(csv, places[STATUS], &booked->order.status, err) && read_times(olist, csv, places, &booked->order, err);
}

/* The number of an id that a row refers to by. */
static bool refer(struct olist *olist, const struct csv_reader *csv, uint16_t place, const char *name, uint32_t *ret_number,
                  struct err *err)
{
    struct text id;
    if (!csv_id(csv, place, name, ID_MAX, &id, err))
        return false;
    *ret_number = text_map_put(&olist->refs, &olist->book->texts, id);
    return *ret_number != TEXT_MAP_NONE || out_of_memory(err);
}

static bool add_item(struct olist *olist, const struct csv_reader *csv, const uint16_t *places, struct err *err)
{
    struct item item = {.place = place_of(csv)};
    if (!refer(olist, csv, places[ORDER_ID], "order_id", &item.order, err) ||
        !refer(olist, csv, places[ITEM_ID], "order_item_id", &item.id, err) ||
        !refer(olist, csv, places[PRODUCT_ID], "product_id", &item.product, err) ||
        !read_amount(csv, places[PRICE], "price", &item.price_minor, err) ||
        !read_amount(csv, places[FREIGHT], "freight_value", &item.freight_minor, err) ||
        !is_first(olist, csv, "item", olist->refs.texts[item.order], olist->refs.texts[item.id], err))
        return false;
    if (!grow_items(&olist->items, olist->item_count, &olist->item_room, sizeof *olist->items))
        return out_of_memory(err);
    olist->items[olist->item_count++] = item;
    return true;
}

static bool add_payment(struct olist *olist, const struct csv_reader *csv, const uint16_t *places, struct err *err)
{
    struct payment payment = {.place = place_of(csv)};
    const struct csv_field *field = &csv->fields[places[SEQUENCE]];
    struct text type;
    int64_t sequence;
    if (!refer(olist, csv, places[ORDER_ID], "order_id", &payment.order, err) ||
        !csv_text(csv, places[PAYMENT_TYPE], "payment_type", ID_MAX, &type, err) ||
        !read_amount(csv, places[PAYMENT_VALUE], "payment_value", &payment.value_minor, err))
        return false;
    if (!csv_decimal(field->text, 0, &sequence) || sequence < 0 || sequence > INT32_MAX)
        return csv_fail(csv, field, err, "payment_sequential must be a whole number");
    if (!is_first(olist, csv, "payment", olist->refs.texts[payment.order], field->text, err))
        return false;
    if (!grow_items(&olist->payments, olist->payment_count, &olist->payment_room, sizeof *olist->payments))
        return out_of_memory(err);
    payment.sequence = (int32_t)sequence;
    payment.type = order_book_keep(olist->book, type);
    olist->payments[olist->payment_count++] = payment;
    return true;
}

static bool add_pair(struct olist *olist, struct pairs *pairs, const struct csv_reader *csv, uint16_t key_place, uint16_t value_place,
                     struct err *err)
{
    struct text key, value;
    if (!csv_id(csv, key_place, "the id", ID_MAX, &key, err) || !csv_text(csv, value_place, "the name", EVENT_ID_BYTES_MAX, &value, err))
        return false;
    if (!grow_items(&pairs->values, pairs->keys.count, &pairs->room, sizeof *pairs->values))
        return out_of_memory(err);
    uint32_t before = pairs->keys.count, number = text_map_put(&pairs->keys, &olist->book->texts, key);
    if (number == TEXT_MAP_NONE)
        return out_of_memory(err);
    if (number != before)
        return csv_fail(csv, &csv->fields[key_place], err, "this id is there twice: is a file given twice?");
    pairs->values[number] = order_book_keep(olist->book, value);
    return true;
}

static bool add_row(struct olist *olist, enum file_kind kind, const struct csv_reader *csv, const uint16_t *places, struct err *err)
{
    switch (kind) {
    case ORDERS:
        return add_order(olist, csv, places, err);
    case ITEMS:
        return add_item(olist, csv, places, err);
    case PAYMENTS:
        return add_payment(olist, csv, places, err);
    case CUSTOMERS:
        return add_pair(olist, &olist->persons, csv, places[CUSTOMER_ID], places[PERSON_ID], err);
    case PRODUCTS:
        return add_pair(olist, &olist->categories, csv, places[PRODUCT_ID], places[CATEGORY], err);
    case CATEGORIES:
        return add_pair(olist, &olist->english, csv, places[CATEGORY], places[CATEGORY_ENGLISH], err);
    case IGNORED:
    case FILE_KIND_COUNT:
        break;
    }
    return true;
}

static bool has_column(const struct csv_reader *csv, const char *name)
{
    for (size_t i = 0; i < csv->field_count; i++)
        if (text_is(text_trimmed(csv->fields[i].text), name))
            return true;
    return false;
}

/* Its index in files; FILE_COUNT with err. */
static size_t recognise(const struct csv_reader *csv, struct err *err)
{
    for (size_t i = 0; i < FILE_COUNT; i++)
        if (has_column(csv, files[i].mark))
            return i;
    (void)csv_fail(csv, &csv->fields[0], err,
                   "this is none of the files of Olist: of which order_id, order_item_id, payment_sequential, "
                   "customer_unique_id or product_category_name would be a column");
    return FILE_COUNT;
}

static bool read_rows(struct olist *olist, struct csv_reader *csv, size_t file, struct err *err)
{
    uint16_t places[COLUMN_COUNT];
    size_t width = csv->field_count;
    if (!csv_find_columns(csv, files[file].columns, files[file].usual_name, COLUMN_COUNT, places, err))
        return false;
    for (enum csv_result result;;) {
        result = csv_next(csv, err);
        if (result != CSV_ROW)
            return result == CSV_END;
        if (olist->row_count++ == ROWS_MAX)
            return csv_fail(csv, &csv->fields[0], err, "more than %d rows in all files", ROWS_MAX);
        if (!csv_check_width(csv, width, err) || !add_row(olist, files[file].kind, csv, places, err))
            return false;
    }
}

static bool read_file(void *import, struct csv_reader *csv, struct err *err)
{
    struct olist *olist = import;
    if (!csv_read_names(csv, err))
        return false;
    size_t file = recognise(csv, err);
    if (file == FILE_COUNT)
        return false;
    olist->given[files[file].kind] = true;
    return files[file].kind == IGNORED || read_rows(olist, csv, file, err);
}

const char *olist_usual_name(enum file_kind kind)
{
    size_t i = 0;
    while (files[i].kind != kind)
        i++;
    return files[i].usual_name;
}

static bool join(void *import, struct err *err)
{
    return olist_join(import, err);
}

static void close_import(void *import)
{
    struct olist *olist = import;
    if (!olist)
        return;
    struct pairs *pairs[] = {&olist->persons, &olist->categories, &olist->english};
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        text_map_done(&pairs[i]->keys);
        free(pairs[i]->values);
    }
    text_map_done(&olist->refs);
    text_map_done(&olist->rows_seen);
    free(olist->customers);
    free(olist->items);
    free(olist->payments);
    order_book_free(olist->book);
    free(olist);
}

static void *open_import(const struct import_settings *settings, struct err *err)
{
    struct olist *olist = calloc(1, sizeof *olist);
    if (!olist) {
        (void)out_of_memory(err);
        return NULL;
    }
    olist->zone = settings->zone;
    olist->book = order_book_new(settings->shop_id, settings->currency, OLIST_AMOUNT_SCALE, err);
    if (olist->book)
        return olist;
    close_import(olist);
    return NULL;
}

const struct import_format import_olist = {
    .name = "olist",
    .shop_id = "olist",
    .timezone = "America/Sao_Paulo",
    .market = "BR",
    .currency = "BRL",
    .takes = IMPORT_TAKES_SHOP | IMPORT_TAKES_TIMEZONE,
    .open = open_import,
    .read = read_file,
    .join = join,
    .count = booked_count,
    .event = booked_event,
    .findings = booked_findings,
    .close = close_import,
};
