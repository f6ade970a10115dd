#include "producers/tiktok_rows.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "producers/grow.h"

#define WORD_MAX 64
#define TEXT_MAX 256

static const enum tiktok_column amount_columns[ORDER_AMOUNT_COUNT] = {[AMOUNT_SHIPPING_PAID] = TIKTOK_SHIPPING_AFTER,
                                                                      [AMOUNT_SHIPPING_LIST] = TIKTOK_SHIPPING_LIST,
                                                                      [AMOUNT_SHIPPING_SELLER] = TIKTOK_SHIPPING_SELLER,
                                                                      [AMOUNT_SHIPPING_COFUNDED] = TIKTOK_SHIPPING_COFUNDED,
                                                                      [AMOUNT_SHIPPING_PLATFORM] = TIKTOK_SHIPPING_PLATFORM,
                                                                      [AMOUNT_PAYMENT_DISCOUNT] = TIKTOK_PAYMENT_DISCOUNT,
                                                                      [AMOUNT_RETAIL_FEE] = TIKTOK_RETAIL_FEE,
                                                                      [AMOUNT_SMALL_ORDER_FEE] = TIKTOK_SMALL_ORDER_FEE,
                                                                      [AMOUNT_SERVICE_FEE] = TIKTOK_SERVICE_FEE,
                                                                      [AMOUNT_HANDLING_FEE] = TIKTOK_HANDLING_FEE,
                                                                      [AMOUNT_SHIPPING_INSURANCE] = TIKTOK_SHIPPING_INSURANCE,
                                                                      [AMOUNT_ITEM_INSURANCE] = TIKTOK_ITEM_INSURANCE,
                                                                      [AMOUNT_TAXES] = TIKTOK_TAXES,
                                                                      [AMOUNT_ORDER] = TIKTOK_AMOUNT,
                                                                      [AMOUNT_REFUND] = TIKTOK_REFUND};

static const enum tiktok_column time_columns[ORDER_TIME_COUNT] = {[TIME_CREATED] = TIKTOK_CREATED,
                                                                  [TIME_PAID] = TIKTOK_PAID,
                                                                  [TIME_SHIPPED] = TIKTOK_SHIPPED,
                                                                  [TIME_DELIVERED] = TIKTOK_DELIVERED,
                                                                  [TIME_CANCELLED] = TIKTOK_CANCELLED};

static bool read_amounts(struct tiktok *tiktok, const struct csv_reader *csv, struct order_amounts *ret_amounts, struct err *err)
{
    for (size_t i = 0; i < ORDER_AMOUNT_COUNT; i++)
        if (!tiktok_amount(tiktok, csv, amount_columns[i], &ret_amounts->minor[i], err))
            return false;
    return true;
}

static bool read_flags(const struct tiktok *tiktok, const struct csv_reader *csv, struct order *order, struct err *err)
{
    struct text type, order_type, sample, replacement;
    if (!tiktok_text(tiktok, csv, TIKTOK_TYPE, WORD_MAX, &type, err) ||
        !tiktok_text(tiktok, csv, TIKTOK_ORDER_TYPE, WORD_MAX, &order_type, err) ||
        !tiktok_text(tiktok, csv, TIKTOK_IS_SAMPLE, WORD_MAX, &sample, err) ||
        !tiktok_text(tiktok, csv, TIKTOK_IS_REPLACEMENT, WORD_MAX, &replacement, err))
        return false;
    order->sample = tiktok_is_sample(type) || tiktok_is_sample(order_type) || tiktok_is_yes(sample);
    order->replacement = tiktok_is_replacement(type) || tiktok_is_replacement(order_type) || tiktok_is_yes(replacement);
    return true;
}

static bool read_order_texts(struct tiktok *tiktok, const struct csv_reader *csv, struct order *order, struct text *ret_return_type,
                             struct err *err)
{
    struct text method, by, buyer, channel, type;
    if (!tiktok_text(tiktok, csv, TIKTOK_PAYMENT_METHOD, TEXT_MAX, &method, err) ||
        !tiktok_text(tiktok, csv, TIKTOK_CANCEL_BY, TEXT_MAX, &by, err) || !tiktok_text(tiktok, csv, TIKTOK_BUYER, TEXT_MAX, &buyer, err) ||
        !tiktok_text(tiktok, csv, TIKTOK_CHANNEL, WORD_MAX, &channel, err) ||
        !tiktok_text(tiktok, csv, TIKTOK_RETURN_TYPE, TEXT_MAX, &type, err))
        return false;
    *ret_return_type = order_book_keep(tiktok->book, type);
    order->payment_method = order_book_keep(tiktok->book, method);
    order->cod = tiktok_is_cash_on_delivery(method);
    order->cancelled_by = order_book_keep(tiktok->book, by);
    order->buyer_key = order_book_buyer(tiktok->book, buyer);
    order->platform = text_is(channel, "Tokopedia") ? (struct text){"tokopedia", 9} : (struct text){"tiktok_shop", 11};
    return true;
}

static bool start_order(struct tiktok *tiktok, const struct csv_reader *csv, struct book_order *booked, struct err *err)
{
    size_t number = (size_t)(booked - tiktok->book->orders);
    if (!grow_items(&tiktok->orders, number, &tiktok->order_room, sizeof *tiktok->orders))
        return err_set(err, ERR_FATAL, EXIT_CODE_INTERNAL, "out of memory");
    struct tiktok_order *order = &tiktok->orders[number];
    *order = (struct tiktok_order){0};
    booked->file = csv->name;
    booked->file_line = csv->fields[0].line;
    for (size_t i = 0; i < ORDER_TIME_COUNT; i++)
        if (!tiktok_time(tiktok, csv, time_columns[i], &order->times[i], err))
            return false;
    return read_amounts(tiktok, csv, &order->amounts, err) && tiktok_read_status(tiktok, csv, &booked->order.status, err) &&
           read_flags(tiktok, csv, &booked->order, err) && read_order_texts(tiktok, csv, &booked->order, &order->return_type, err);
}

static void add_finding(struct tiktok *tiktok, const struct csv_reader *csv, const struct book_order *booked, const char *code,
                        int64_t amount_minor, const char *what)
{
    const struct finding finding = {code, booked->order.order_id, csv->name, csv->fields[0].line, amount_minor, {NULL, 0}};
    findings_add(&tiktok->book->findings, &finding, "%s", what);
}

/* An order's later rows say the same again, or nothing. */
static bool compare_order(struct tiktok *tiktok, const struct csv_reader *csv, struct book_order *booked, struct err *err)
{
    struct tiktok_order *order = &tiktok->orders[booked - tiktok->book->orders];
    struct order_amounts amounts;
    enum order_status status;
    if (!read_amounts(tiktok, csv, &amounts, err) || !tiktok_read_status(tiktok, csv, &status, err))
        return false;
    for (size_t i = 0; i < ORDER_AMOUNT_COUNT; i++) {
        int64_t first = order->amounts.minor[i], again = amounts.minor[i];
        if (again == EVENT_ABSENT || first == again)
            continue;
        if (first == EVENT_ABSENT)
            order->amounts.minor[i] = again;
        else
            add_finding(tiktok, csv, booked, TIKTOK_REPEATED_DIFFERS, again - first, tiktok_name(amount_columns[i]));
    }
    if (status != booked->order.status) {
        add_finding(tiktok, csv, booked, TIKTOK_STATUS_DIFFERS, EVENT_ABSENT, "a line has another status than the order's first one");
        booked->order.status = booked->order.status == ORDER_CANCELLED ? status : booked->order.status;
    }
    return true;
}

/* The SKU; where the order has it in several lines, those behind the first one have a number. */
static struct text line_id_of(struct tiktok *tiktok, const struct book_order *booked, struct text sku)
{
    char id[TIKTOK_ID_MAX + 16];
    uint32_t before = 0;
    for (uint32_t i = booked->first; i != BOOK_NONE; i = order_book_line(tiktok->book, i)->next)
        before += text_same(order_book_line(tiktok->book, i)->line.platform_sku, sku);
    if (!before)
        return sku;
    int len = snprintf(id, sizeof id, "%.*s#%u", (int)sku.len, sku.ptr, before + 1);
    return order_book_keep(tiktok->book, (struct text){id, (uint32_t)len});
}

static bool read_required(struct tiktok *tiktok, const struct csv_reader *csv, enum tiktok_column column, int64_t *ret_minor,
                          struct err *err)
{
    return tiktok_amount(tiktok, csv, column, ret_minor, err) &&
           (*ret_minor != EVENT_ABSENT || csv_fail(csv, csv_at(csv, tiktok->places[column]), err, "%s is empty", tiktok_name(column)));
}

struct line_money {
    int64_t gross_minor, expected_minor, after_minor, before_minor;
};

static bool read_line_money(struct tiktok *tiktok, const struct csv_reader *csv, struct order_line *line, struct line_money *ret_money,
                            struct err *err)
{
    if (!tiktok_count(tiktok, csv, TIKTOK_QUANTITY, &line->quantity, err) ||
        !read_required(tiktok, csv, TIKTOK_UNIT_PRICE, &line->unit_list_minor, err) ||
        !read_required(tiktok, csv, TIKTOK_PLATFORM_DISCOUNT, &line->platform_discount_minor, err) ||
        !read_required(tiktok, csv, TIKTOK_SELLER_DISCOUNT, &line->seller_discount_minor, err) ||
        !read_required(tiktok, csv, TIKTOK_SUBTOTAL_AFTER, &ret_money->after_minor, err) ||
        !tiktok_amount(tiktok, csv, TIKTOK_SUBTOTAL, &ret_money->before_minor, err))
        return false;
    if (__builtin_mul_overflow(line->quantity, line->unit_list_minor, &ret_money->gross_minor) ||
        ret_money->gross_minor > IMPORT_AMOUNT_MAX_MINOR)
        return csv_fail(csv, csv_at(csv, tiktok->places[TIKTOK_UNIT_PRICE]), err, "price x quantity does not fit");
    if (line->quantity && (line->platform_discount_minor > ret_money->gross_minor ||
                           line->seller_discount_minor > ret_money->gross_minor - line->platform_discount_minor))
        return csv_fail(csv, csv_at(csv, tiktok->places[TIKTOK_SELLER_DISCOUNT]), err, "the discounts are larger than price x quantity");
    ret_money->expected_minor = ret_money->gross_minor - (line->quantity ? line->platform_discount_minor + line->seller_discount_minor : 0);
    return true;
}

static void find_line_breaks(struct tiktok *tiktok, const struct csv_reader *csv, const struct book_order *booked,
                             const struct line_money *money)
{
    if (money->after_minor != money->expected_minor)
        add_finding(tiktok, csv, booked, TIKTOK_LINE_DIFFERS, money->after_minor - money->expected_minor,
                    "the subtotal after discount is not price x quantity less the discounts");
    if (money->before_minor != EVENT_ABSENT && money->before_minor != money->gross_minor)
        add_finding(tiktok, csv, booked, TIKTOK_SUBTOTAL_DIFFERS, money->before_minor - money->gross_minor,
                    "the subtotal before discount is not price x quantity, which counts");
}

static bool read_line_texts(struct tiktok *tiktok, const struct csv_reader *csv, struct order_line *line, struct err *err)
{
    struct text seller_sku, name, category;
    if (!tiktok_text(tiktok, csv, TIKTOK_SELLER_SKU, EVENT_ID_BYTES_MAX, &seller_sku, err) ||
        !tiktok_text(tiktok, csv, TIKTOK_PRODUCT_NAME, 4096, &name, err) ||
        !tiktok_text(tiktok, csv, TIKTOK_CATEGORY, 4096, &category, err))
        return false;
    line->seller_sku = order_book_keep(tiktok->book, seller_sku);
    line->product_name = order_book_keep(tiktok->book, name);
    line->category = order_book_keep(tiktok->book, category);
    return true;
}

static bool add_line(struct tiktok *tiktok, const struct csv_reader *csv, struct book_order *booked, struct text sku, struct err *err)
{
    struct tiktok_order *order = &tiktok->orders[booked - tiktok->book->orders];
    struct order_line line = {0};
    struct line_money money = {0};
    int64_t returned;
    if (!read_line_money(tiktok, csv, &line, &money, err) || !tiktok_count(tiktok, csv, TIKTOK_RETURNED, &returned, err) ||
        !read_line_texts(tiktok, csv, &line, err))
        return false;
    if (__builtin_add_overflow(order->after_discount_minor, money.after_minor, &order->after_discount_minor))
        return csv_fail(csv, &csv->fields[0], err, "the total of this order does not fit");
    if (!line.quantity) {
        add_finding(tiktok, csv, booked, TIKTOK_NO_QUANTITY, money.after_minor, "a line without a quantity is left out");
        return true;
    }
    if (booked->line_count == TIKTOK_LINES_MAX)
        return csv_fail(csv, &csv->fields[0], err, "more than %d lines in this order", TIKTOK_LINES_MAX);
    if (!grow_items(&tiktok->returned, tiktok->book->line_count, &tiktok->line_room, sizeof *tiktok->returned))
        return err_set(err, ERR_FATAL, EXIT_CODE_INTERNAL, "out of memory");
    tiktok->returned[tiktok->book->line_count] = returned;
    find_line_breaks(tiktok, csv, booked, &money);
    line.platform_sku = order_book_keep(tiktok->book, sku);
    line.line_id = line_id_of(tiktok, booked, line.platform_sku);
    line.gift = line.unit_list_minor == 0;
    return order_book_add_line(tiktok->book, booked, &line, err) != NULL;
}

static bool add_row(struct tiktok *tiktok, const struct csv_reader *csv, struct err *err)
{
    struct text id, sku;
    bool is_new;
    if (!tiktok_id(tiktok, csv, TIKTOK_ORDER_ID, &id, err) || !tiktok_id(tiktok, csv, TIKTOK_SKU_ID, &sku, err))
        return false;
    struct book_order *booked = order_book_put(tiktok->book, id, &is_new, err);
    if (!booked)
        return false;
    if (!(is_new ? start_order(tiktok, csv, booked, err) : compare_order(tiktok, csv, booked, err)))
        return false;
    return add_line(tiktok, csv, booked, sku, err);
}

static bool read_rows(struct tiktok *tiktok, struct csv_reader *csv, struct err *err)
{
    enum csv_result result;
    struct tiktok_rows rows = tiktok_rows_below(csv, tiktok->places[TIKTOK_ORDER_ID]);
    while ((result = tiktok_rows_next(&rows, err)) == CSV_ROW)
        if (!add_row(tiktok, csv, err))
            return false;
    return result == CSV_END;
}

bool tiktok_read_orders(struct tiktok *tiktok, struct csv_reader *csv, struct err *err)
{
    if (!csv_find_columns(csv, tiktok_columns, "an order export of TikTok Shop", TIKTOK_COLUMN_COUNT, tiktok->places, err))
        return false;
    tiktok_cells_next_file(&tiktok->cells, csv->name);
    order_book_next_file(tiktok->book);
    return read_rows(tiktok, csv, err) && tiktok_finish_file(tiktok, err);
}

void tiktok_free(struct tiktok *tiktok)
{
    if (!tiktok)
        return;
    order_book_free(tiktok->book);
    free(tiktok->orders);
    free(tiktok->returned);
    free(tiktok);
}

struct tiktok *tiktok_new(const struct import_settings *settings, struct err *err)
{
    struct tiktok *tiktok = calloc(1, sizeof *tiktok);
    if (!tiktok) {
        (void)err_set(err, ERR_FATAL, EXIT_CODE_INTERNAL, "out of memory");
        return NULL;
    }
    tiktok_cells_init(&tiktok->cells, settings);
    tiktok->book = order_book_new(settings->shop_id, tiktok->cells.currency, tiktok->cells.amount_scale, err);
    if (tiktok->book)
        return tiktok;
    tiktok_free(tiktok);
    return NULL;
}

static void *open_import(const struct import_settings *settings, struct err *err)
{
    return tiktok_new(settings, err);
}

static bool read_file(void *import, struct csv_reader *csv, struct err *err)
{
    return csv_read_names(csv, err) && tiktok_read_orders(import, csv, err);
}

static void close_import(void *import)
{
    tiktok_free(import);
}

const struct import_format import_tiktok_orders = {
    .name = "tiktok-orders",
    .takes = IMPORT_TAKES_SHOP | IMPORT_TAKES_MARKET | IMPORT_TAKES_CURRENCY | IMPORT_TAKES_TIMEZONE,
    .open = open_import,
    .read = read_file,
    .join = booked_join,
    .count = booked_count,
    .event = booked_event,
    .findings = booked_findings,
    .close = close_import,
};
