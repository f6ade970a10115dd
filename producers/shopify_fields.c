#include "producers/shopify_rows.h"

#include <ctype.h>
#include <string.h>

#include "producers/import_amount.h"
#include "producers/import_time.h"

const struct csv_column shopify_columns[] = {
    {SHOPIFY_NAME, true, "Name"},
    {SHOPIFY_FINANCIAL, true, "Financial Status"},
    {SHOPIFY_CURRENCY, true, "Currency"},
    {SHOPIFY_SUBTOTAL, true, "Subtotal"},
    {SHOPIFY_SHIPPING, true, "Shipping"},
    {SHOPIFY_TAXES, true, "Taxes"},
    {SHOPIFY_TOTAL, true, "Total"},
    {SHOPIFY_DISCOUNT, true, "Discount Amount"},
    {SHOPIFY_CREATED_AT, true, "Created at"},
    {SHOPIFY_QUANTITY, true, "Lineitem quantity"},
    {SHOPIFY_LINE_NAME, true, "Lineitem name"},
    {SHOPIFY_PRICE, true, "Lineitem price"},
    {SHOPIFY_EMAIL, false, "Email"},
    {SHOPIFY_PAID_AT, false, "Paid at"},
    {SHOPIFY_FULFILLMENT, false, "Fulfillment Status"},
    {SHOPIFY_FULFILLED_AT, false, "Fulfilled at"},
    {SHOPIFY_SKU, false, "Lineitem sku"},
    {SHOPIFY_TAXABLE, false, "Lineitem taxable"},
    {SHOPIFY_NOTES, false, "Notes"},
    {SHOPIFY_CANCELLED_AT, false, "Cancelled at"},
    {SHOPIFY_PAYMENT_METHOD, false, "Payment Method"},
    {SHOPIFY_REFUNDED_AMOUNT, false, "Refunded Amount"},
    {SHOPIFY_ID, false, "Id"},
    {SHOPIFY_TAGS, false, "Tags"},
    {SHOPIFY_SOURCE, false, "Source"},
    {SHOPIFY_LINE_DISCOUNT, false, "Lineitem discount"},
    {SHOPIFY_DUTIES, false, "Duties"},
    {0, false, NULL},
};

const char *shopify_name(enum shopify_column column)
{
    return csv_column_name(shopify_columns, (uint8_t)column);
}

bool shopify_text(const struct shopify *shopify, const struct csv_reader *csv, enum shopify_column column, uint32_t bytes_max,
                  struct text *ret_text, struct err *err)
{
    return csv_text(csv, shopify->places[column], shopify_name(column), bytes_max, ret_text, err);
}

bool shopify_fail(const struct shopify *shopify, const struct csv_reader *csv, enum shopify_column column, struct err *err,
                  const char *what)
{
    return csv_fail(csv, csv_at(csv, shopify->places[column]), err, "%s %s", shopify_name(column), what);
}

/* 0 where it is empty, or its column is not there. */
bool shopify_amount(const struct shopify *shopify, const struct csv_reader *csv, enum shopify_column column, int64_t *ret_minor,
                    struct err *err)
{
    struct text text;
    *ret_minor = 0;
    if (!shopify_text(shopify, csv, column, SHOPIFY_ID_MAX, &text, err))
        return false;
    return !text.len || (import_amount(text, shopify->book->amount_scale, ret_minor) && *ret_minor >= 0) ||
           shopify_fail(shopify, csv, column, err, "must be an amount from 0 on with the decimals of the currency");
}

bool shopify_time(const struct shopify *shopify, const struct csv_reader *csv, enum shopify_column column, int64_t *ret_us, struct err *err)
{
    struct text text;
    *ret_us = EVENT_ABSENT;
    return shopify_text(shopify, csv, column, SHOPIFY_ID_MAX, &text, err) &&
           (!text.len || import_time_offset(text, ret_us) ||
            shopify_fail(shopify, csv, column, err, "must be like 2024-03-18 21:05:00 -0400, of the years 2000 to 2099"));
}

bool shopify_contains(struct text text, const char *word)
{
    size_t len = strlen(word);
    for (uint32_t at = 0; at + len <= text.len; at++) {
        size_t same = 0;
        while (same < len && tolower((unsigned char)text.ptr[at + same]) == word[same])
            same++;
        if (same == len)
            return true;
    }
    return false;
}
