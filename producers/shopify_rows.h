/*
 * Inside of the importer of Shopify's orders: what is kept of a file until it has been read to its end.
 */
#ifndef PRODUCERS_SHOPIFY_ROWS_H
#define PRODUCERS_SHOPIFY_ROWS_H

#include "producers/csv_columns.h"
#include "producers/importer.h"
#include "producers/order_book.h"
#include "producers/shopify_orders.h"

enum shopify_column {
    SHOPIFY_NAME, SHOPIFY_EMAIL, SHOPIFY_FINANCIAL, SHOPIFY_PAID_AT, SHOPIFY_FULFILLMENT, SHOPIFY_FULFILLED_AT, SHOPIFY_CURRENCY,
    SHOPIFY_SUBTOTAL, SHOPIFY_SHIPPING, SHOPIFY_TAXES, SHOPIFY_TOTAL, SHOPIFY_DISCOUNT, SHOPIFY_CREATED_AT, SHOPIFY_QUANTITY,
    SHOPIFY_LINE_NAME, SHOPIFY_PRICE, SHOPIFY_SKU, SHOPIFY_TAXABLE, SHOPIFY_NOTES, SHOPIFY_CANCELLED_AT, SHOPIFY_PAYMENT_METHOD,
    SHOPIFY_REFUNDED_AMOUNT, SHOPIFY_ID, SHOPIFY_TAGS, SHOPIFY_SOURCE, SHOPIFY_LINE_DISCOUNT, SHOPIFY_DUTIES,
    SHOPIFY_COLUMN_COUNT
};

/* What the book's order of the same number does not hold. */
struct shopify_order {
    int64_t subtotal_minor, shipping_minor, discount_minor, duties_minor, refunded_minor;
    int64_t line_discount_minor, gift_card_minor; /* sums of its rows; the second one of what was left out, less its discounts */
    bool says_sample;
    uint32_t row_count;
};

#define SHOPIFY_ID_MAX 64

struct shopify {
    struct order_book *book; /* first: see booked_count */
    const struct import_settings *settings;
    struct shopify_order *orders;
    bool *untaxed; /* by the book's numbers of lines */
    size_t order_room, line_room;
    uint16_t places[SHOPIFY_COLUMN_COUNT];
    size_t width;
    uint32_t scratch[SHOPIFY_LINES_MAX + 1]; /* of the lines, and of shipping */
    int64_t weights[SHOPIFY_LINES_MAX + 1], parts[SHOPIFY_LINES_MAX + 1];
};

extern const struct csv_column shopify_columns[]; /* ends with a NULL name */

/* The name of a column. */
const char *shopify_name(enum shopify_column column);

/* An error at the field of a column: its name, then what; false, for `return`. */
bool shopify_fail(const struct shopify *shopify, const struct csv_reader *csv, enum shopify_column column, struct err *err,
                  const char *what);

/* Fields of the row that was read last. false with err, which names the place. Texts are valid until the next row, and absent where the
 * field is empty or its column is not there, as times are; amounts are 0 then. */
bool shopify_text(const struct shopify *shopify, const struct csv_reader *csv, enum shopify_column column, uint32_t bytes_max,
                  struct text *ret_text, struct err *err);
bool shopify_amount(const struct shopify *shopify, const struct csv_reader *csv, enum shopify_column column, int64_t *ret_minor,
                    struct err *err);
bool shopify_time(const struct shopify *shopify, const struct csv_reader *csv, enum shopify_column column, int64_t *ret_us,
                  struct err *err);

/* Whether word, in small letters, is somewhere in text. */
bool shopify_contains(struct text text, const char *word);

/* Behind the last row of a file: discounts, taxes, sums; adds what does not fit to the book's findings. */
bool shopify_finish_file(struct shopify *shopify, struct err *err);

#endif
