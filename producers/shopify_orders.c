#include "producers/shopify_rows.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "producers/grow.h"
#include "producers/import_amount.h"

#define TEXT_MAX 4096
#define COUNT_MAX 1000000000

/* The money has not come, or has gone back before it was captured: no sale. What was refunded was one. */
static const struct {
    const char *word;
    enum order_status status;
} financial_words[] = {
    {"pending", ORDER_UNPAID},   {"authorized", ORDER_UNPAID},       {"partially_paid", ORDER_UNPAID},   {"paid", ORDER_PAID},
    {"refunded", ORDER_PAID},    {"partially_refunded", ORDER_PAID}, {"partially refunded", ORDER_PAID}, {"voided", ORDER_CANCELLED},
    {"expired", ORDER_CANCELLED}};

static bool read_status(const struct shopify *shopify, const struct csv_reader *csv, struct order *order, struct err *err)
{
    struct text financial, fulfillment;
    size_t i = 0, count = sizeof financial_words / sizeof *financial_words;
    if (!shopify_text(shopify, csv, SHOPIFY_FINANCIAL, SHOPIFY_ID_MAX, &financial, err) ||
        !shopify_text(shopify, csv, SHOPIFY_FULFILLMENT, SHOPIFY_ID_MAX, &fulfillment, err))
        return false;
    while (i < count && !text_is(financial, financial_words[i].word))
        i++;
    if (i == count)
        return shopify_fail(shopify, csv, SHOPIFY_FINANCIAL, err,
                            "must be pending, authorized, partially_paid, paid, partially_refunded, refunded, voided or expired");
    order->status = financial_words[i].status;
    if (order->status == ORDER_PAID && text_is(fulfillment, "fulfilled"))
        order->status = ORDER_SHIPPED;
    if (order->cancelled_at_us != EVENT_ABSENT)
        order->status = ORDER_CANCELLED;
    return true;
}

static bool read_times(const struct shopify *shopify, const struct csv_reader *csv, struct order *order, struct err *err)
{
    return shopify_time(shopify, csv, SHOPIFY_CREATED_AT, &order->created_at_us, err) &&
           shopify_time(shopify, csv, SHOPIFY_PAID_AT, &order->paid_at_us, err) &&
           shopify_time(shopify, csv, SHOPIFY_FULFILLED_AT, &order->shipped_at_us, err) &&
           shopify_time(shopify, csv, SHOPIFY_CANCELLED_AT, &order->cancelled_at_us, err);
}

static bool read_order_amounts(const struct shopify *shopify, const struct csv_reader *csv, struct shopify_order *read, struct order *order,
                               struct err *err)
{
    struct text subtotal;
    if (!shopify_text(shopify, csv, SHOPIFY_SUBTOTAL, SHOPIFY_ID_MAX, &subtotal, err))
        return false;
    if (!subtotal.len)
        return shopify_fail(shopify, csv, SHOPIFY_SUBTOTAL, err, "is empty");
    return shopify_amount(shopify, csv, SHOPIFY_SUBTOTAL, &read->subtotal_minor, err) &&
           shopify_amount(shopify, csv, SHOPIFY_SHIPPING, &read->shipping_minor, err) &&
           shopify_amount(shopify, csv, SHOPIFY_DISCOUNT, &read->discount_minor, err) &&
           shopify_amount(shopify, csv, SHOPIFY_DUTIES, &read->duties_minor, err) &&
           shopify_amount(shopify, csv, SHOPIFY_REFUNDED_AMOUNT, &read->refunded_minor, err) &&
           shopify_amount(shopify, csv, SHOPIFY_TAXES, &order->tax_minor, err) &&
           shopify_amount(shopify, csv, SHOPIFY_TOTAL, &order->customer_total_minor, err);
}

/* Addresses are the same to every mail server however they are capitalised. */
static struct text buyer_of(struct order_book *book, struct text email)
{
    char lower[EVENT_ID_BYTES_MAX];
    uint32_t len = email.len < sizeof lower ? email.len : (uint32_t)sizeof lower;
    for (uint32_t i = 0; i < len; i++)
        lower[i] = (char)tolower((unsigned char)email.ptr[i]);
    return order_book_buyer(book, (struct text){lower, len});
}

static bool read_order_texts(struct shopify *shopify, const struct csv_reader *csv, struct shopify_order *read, struct order *order,
                             struct err *err)
{
    struct text email, method, source, tags, notes;
    if (!shopify_text(shopify, csv, SHOPIFY_EMAIL, EVENT_ID_BYTES_MAX, &email, err) ||
        !shopify_text(shopify, csv, SHOPIFY_PAYMENT_METHOD, TEXT_MAX, &method, err) ||
        !shopify_text(shopify, csv, SHOPIFY_SOURCE, EVENT_ID_BYTES_MAX, &source, err) ||
        !shopify_text(shopify, csv, SHOPIFY_TAGS, CSV_ROW_BYTES_MAX, &tags, err) ||
        !shopify_text(shopify, csv, SHOPIFY_NOTES, CSV_ROW_BYTES_MAX, &notes, err))
        return false;
    order->buyer_key = buyer_of(shopify->book, email);
    order->payment_method = order_book_keep(shopify->book, method);
    order->channel = order_book_keep(shopify->book, source);
    order->mirror = shopify_contains(source, "tiktok");
    order->test = shopify_contains(method, "bogus");
    order->cod = shopify_contains(method, "cash on delivery");
    order->platform = (struct text){"shopify", 7};
    order->market = shopify->settings->market;
    read->says_sample = shopify_contains(tags, "sample") || shopify_contains(notes, "sample");
    return true;
}

static bool check_currency(struct shopify *shopify, const struct csv_reader *csv, struct err *err)
{
    struct order_book *book = shopify->book;
    struct text currency;
    if (!shopify_text(shopify, csv, SHOPIFY_CURRENCY, SHOPIFY_ID_MAX, &currency, err))
        return false;
    if (currency.len != 3 || !isupper((unsigned char)currency.ptr[0]))
        return shopify_fail(shopify, csv, SHOPIFY_CURRENCY, err, "must be a currency of ISO 4217 such as USD");
    if (!book->currency.len) {
        book->currency = order_book_keep(book, currency);
        book->amount_scale = shopify->settings->amount_scale >= 0 ? shopify->settings->amount_scale : currency_scale(currency);
    }
    return text_same(book->currency, currency) ||
           csv_fail(csv, csv_at(csv, shopify->places[SHOPIFY_CURRENCY]), err, "this order is in %.3s where the shop books in %.3s",
                    currency.ptr, book->currency.ptr);
}

/* The number that Shopify's API knows the order by, where the export has it. */
static bool read_order_id(struct shopify *shopify, const struct csv_reader *csv, struct order *order, struct err *err)
{
    struct text id;
    if (!shopify_text(shopify, csv, SHOPIFY_ID, SHOPIFY_ID_MAX, &id, err))
        return false;
    if (id.len && (memchr(id.ptr, '+', id.len) || memchr(id.ptr, 'E', id.len) || memchr(id.ptr, 'e', id.len)))
        return shopify_fail(shopify, csv, SHOPIFY_ID, err, "was rounded by a spreadsheet: export the file again and do not open it in one");
    if (id.len)
        order->order_id = order_book_keep(shopify->book, id);
    return true;
}

static bool start_order(struct shopify *shopify, const struct csv_reader *csv, struct book_order *booked, struct err *err)
{
    size_t number = (size_t)(booked - shopify->book->orders);
    if (!grow_items(&shopify->orders, number, &shopify->order_room, sizeof *shopify->orders))
        return false;
    struct shopify_order *read = &shopify->orders[number];
    struct order *order = &booked->order;
    *read = (struct shopify_order){0};
    booked->file = csv->name;
    booked->file_line = csv->fields[0].line;
    if (!read_times(shopify, csv, order, err))
        return false;
    if (order->created_at_us == EVENT_ABSENT)
        return shopify_fail(shopify, csv, SHOPIFY_CREATED_AT, err, "is empty: is this not the first row of the order?");
    return check_currency(shopify, csv, err) && read_order_amounts(shopify, csv, read, order, err) &&
           read_status(shopify, csv, order, err) && read_order_texts(shopify, csv, read, order, err) &&
           read_order_id(shopify, csv, order, err);
}

static bool continue_order(const struct shopify *shopify, const struct csv_reader *csv, const struct book_order *booked, struct err *err)
{
    struct text created;
    if (!shopify_text(shopify, csv, SHOPIFY_CREATED_AT, SHOPIFY_ID_MAX, &created, err))
        return false;
    return !created.len || csv_fail(csv, &csv->fields[0], err, "the order \"%.*s\" began in line %u already",
                                    (int)booked->order.order_id.len, booked->order.order_id.ptr, booked->file_line);
}

static void add_finding(struct shopify *shopify, const struct csv_reader *csv, const struct book_order *booked, const char *code,
                        int64_t amount_minor, const char *what)
{
    const struct finding finding = {code, booked->order.order_id, csv->name, csv->fields[0].line, amount_minor, {NULL, 0}};
    findings_add(&shopify->book->findings, &finding, "%s", what);
}

/* The first bytes of a text that ids may have, in whole characters. */
static struct text cut_to_id(struct text text)
{
    if (text.len > EVENT_ID_BYTES_MAX)
        for (text.len = EVENT_ID_BYTES_MAX; text.len && ((unsigned char)text.ptr[text.len] & 0xc0) == 0x80;)
            text.len--;
    return text;
}

static bool read_line(struct shopify *shopify, const struct csv_reader *csv, struct order_line *line, int64_t *ret_gross, struct err *err)
{
    struct text quantity, name, sku;
    if (!shopify_text(shopify, csv, SHOPIFY_QUANTITY, SHOPIFY_ID_MAX, &quantity, err) ||
        !shopify_text(shopify, csv, SHOPIFY_LINE_NAME, TEXT_MAX, &name, err) ||
        !shopify_text(shopify, csv, SHOPIFY_SKU, EVENT_ID_BYTES_MAX, &sku, err) ||
        !shopify_amount(shopify, csv, SHOPIFY_PRICE, &line->unit_list_minor, err) ||
        !shopify_amount(shopify, csv, SHOPIFY_LINE_DISCOUNT, &line->seller_discount_minor, err))
        return false;
    if (!csv_decimal(quantity, 0, &line->quantity) || line->quantity < 0 || line->quantity > COUNT_MAX)
        return shopify_fail(shopify, csv, SHOPIFY_QUANTITY, err, "must be a whole number");
    if (!sku.len && !name.len)
        return shopify_fail(shopify, csv, SHOPIFY_LINE_NAME, err, "is empty, and so is the SKU");
    if (__builtin_mul_overflow(line->quantity, line->unit_list_minor, ret_gross) || *ret_gross > IMPORT_AMOUNT_MAX_MINOR)
        return shopify_fail(shopify, csv, SHOPIFY_PRICE, err, "x quantity does not fit");
    if (line->quantity && line->seller_discount_minor > *ret_gross)
        return shopify_fail(shopify, csv, SHOPIFY_LINE_DISCOUNT, err, "is larger than price x quantity");
    line->seller_sku = order_book_keep(shopify->book, sku);
    line->product_name = order_book_keep(shopify->book, name);
    line->platform_sku = sku.len ? line->seller_sku : cut_to_id(line->product_name);
    return true;
}

/* An export has no mark for them but their name, which begins so in shops that did not rename the product. */
static bool is_gift_card(const struct order_line *line)
{
    static const char *const words[] = {"gift card",         "geschenkgutschein", "geschenkkarte", "carte-cadeau", "carte cadeau",
                                        "tarjeta de regalo", "tarjeta regalo",    "buono regalo",  "cadeaubon"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (shopify_contains(line->product_name, words[i]))
            return true;
    return false;
}

static bool keep_line(struct shopify *shopify, const struct csv_reader *csv, struct book_order *booked, struct order_line *line,
                      struct err *err)
{
    struct text taxable;
    char id[12];
    uint32_t row = shopify->orders[booked - shopify->book->orders].row_count;
    if (booked->line_count == SHOPIFY_LINES_MAX)
        return csv_fail(csv, &csv->fields[0], err, "more than %d lines in this order", SHOPIFY_LINES_MAX);
    if (!shopify_text(shopify, csv, SHOPIFY_TAXABLE, SHOPIFY_ID_MAX, &taxable, err) ||
        !grow_items(&shopify->untaxed, shopify->book->line_count, &shopify->line_room, sizeof *shopify->untaxed))
        return false;
    shopify->untaxed[shopify->book->line_count] = text_is(taxable, "false");
    int len = snprintf(id, sizeof id, "%u", row);
    line->line_id = order_book_keep(shopify->book, (struct text){id, (uint32_t)len});
    line->gift = line->unit_list_minor == 0;
    return order_book_add_line(shopify->book, booked, line, err) != NULL;
}

/* An order may have none, as one that was entered by hand: then the fields of the line are empty. */
static bool has_line(const struct shopify *shopify, const struct csv_reader *csv)
{
    return csv_trimmed(csv, shopify->places[SHOPIFY_QUANTITY]).len || csv_trimmed(csv, shopify->places[SHOPIFY_LINE_NAME]).len ||
           csv_trimmed(csv, shopify->places[SHOPIFY_PRICE]).len;
}

static bool add_line(struct shopify *shopify, const struct csv_reader *csv, struct book_order *booked, struct err *err)
{
    struct shopify_order *read = &shopify->orders[booked - shopify->book->orders];
    struct order_line line = {0};
    int64_t gross = 0;
    if (!has_line(shopify, csv))
        return true;
    read->row_count++;
    if (!read_line(shopify, csv, &line, &gross, err))
        return false;
    if (!line.quantity) {
        add_finding(shopify, csv, booked, SHOPIFY_NO_QUANTITY, EVENT_ABSENT, "a line without a quantity is left out");
        return true;
    }
    if (is_gift_card(&line)) {
        add_finding(shopify, csv, booked, SHOPIFY_GIFT_CARD, gross, "a gift card was sold: a debt, no sale; the line is left out");
        return !__builtin_add_overflow(read->gift_card_minor, gross - line.seller_discount_minor, &read->gift_card_minor) ||
               shopify_fail(shopify, csv, SHOPIFY_PRICE, err, "x quantity does not fit");
    }
    return (!__builtin_add_overflow(read->line_discount_minor, line.seller_discount_minor, &read->line_discount_minor) ||
            shopify_fail(shopify, csv, SHOPIFY_LINE_DISCOUNT, err, "does not fit")) &&
           keep_line(shopify, csv, booked, &line, err);
}

static bool add_row(struct shopify *shopify, const struct csv_reader *csv, struct err *err)
{
    struct text name;
    bool is_new;
    if (!csv_id(csv, shopify->places[SHOPIFY_NAME], shopify_name(SHOPIFY_NAME), SHOPIFY_ID_MAX, &name, err))
        return false;
    struct book_order *booked = order_book_put(shopify->book, name, &is_new, err);
    if (!booked)
        return false;
    if (!(is_new ? start_order(shopify, csv, booked, err) : continue_order(shopify, csv, booked, err)))
        return false;
    return add_line(shopify, csv, booked, err);
}

static bool read_file(void *import, struct csv_reader *csv, struct err *err)
{
    struct shopify *shopify = import;
    enum csv_result result;
    if (!csv_read_names(csv, err) ||
        !csv_find_columns(csv, shopify_columns, "an order export of Shopify", SHOPIFY_COLUMN_COUNT, shopify->places, err))
        return false;
    shopify->width = csv->field_count;
    order_book_next_file(shopify->book);
    while ((result = csv_next(csv, err)) == CSV_ROW)
        if (!csv_check_width(csv, shopify->width, err) || !add_row(shopify, csv, err))
            return false;
    return result == CSV_END && shopify_finish_file(shopify, err);
}

static void close_import(void *import)
{
    struct shopify *shopify = import;
    if (!shopify)
        return;
    order_book_free(shopify->book);
    free(shopify->orders);
    free(shopify->untaxed);
    free(shopify);
}

static void *open_import(const struct import_settings *settings, struct err *err)
{
    if (!settings->market.len) {
        (void)err_set(err, ERR_FATAL, EXIT_CODE_USAGE, "an export of Shopify does not say in which country the shop sells: give --market");
        return NULL;
    }
    struct shopify *shopify = calloc(1, sizeof *shopify);
    if (!shopify) {
        (void)err_set(err, ERR_FATAL, EXIT_CODE_INTERNAL, "out of memory");
        return NULL;
    }
    int32_t scale = settings->amount_scale >= 0 ? settings->amount_scale : settings->currency.len ? currency_scale(settings->currency) : 2;
    shopify->settings = settings;
    shopify->book = order_book_new(settings->shop_id, settings->currency, scale, err);
    if (shopify->book)
        return shopify;
    close_import(shopify);
    return NULL;
}

const struct import_format import_shopify_orders = {
    .name = "shopify-orders",
    .takes = IMPORT_TAKES_SHOP | IMPORT_TAKES_MARKET | IMPORT_TAKES_CURRENCY,
    .open = open_import,
    .read = read_file,
    .join = booked_join,
    .count = booked_count,
    .event = booked_event,
    .findings = booked_findings,
    .close = close_import,
};
