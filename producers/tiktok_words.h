/*
 * The words of TikTok Shop's exports, in the languages of its Seller Center: a table per question, so that a further language is a matter
 * of further rows.
 */
#ifndef PRODUCERS_TIKTOK_WORDS_H
#define PRODUCERS_TIKTOK_WORDS_H

#include "producers/csv_columns.h"

enum tiktok_column {
    TIKTOK_ORDER_ID, TIKTOK_STATUS, TIKTOK_SUBSTATUS, TIKTOK_TYPE, TIKTOK_SKU_ID, TIKTOK_SELLER_SKU, TIKTOK_PRODUCT_NAME,
    TIKTOK_QUANTITY, TIKTOK_RETURNED, TIKTOK_UNIT_PRICE, TIKTOK_SUBTOTAL, TIKTOK_PLATFORM_DISCOUNT, TIKTOK_SELLER_DISCOUNT,
    TIKTOK_SUBTOTAL_AFTER, TIKTOK_SHIPPING_AFTER, TIKTOK_SHIPPING_LIST, TIKTOK_SHIPPING_SELLER, TIKTOK_SHIPPING_COFUNDED,
    TIKTOK_SHIPPING_PLATFORM, TIKTOK_PAYMENT_DISCOUNT, TIKTOK_RETAIL_FEE, TIKTOK_SMALL_ORDER_FEE, TIKTOK_SERVICE_FEE, TIKTOK_HANDLING_FEE,
    TIKTOK_SHIPPING_INSURANCE, TIKTOK_ITEM_INSURANCE, TIKTOK_TAXES, TIKTOK_AMOUNT, TIKTOK_REFUND, TIKTOK_CREATED, TIKTOK_PAID,
    TIKTOK_SHIPPED, TIKTOK_DELIVERED, TIKTOK_CANCELLED, TIKTOK_CANCEL_BY, TIKTOK_BUYER, TIKTOK_PAYMENT_METHOD, TIKTOK_CATEGORY,
    TIKTOK_CHANNEL, TIKTOK_RETURN_TYPE, TIKTOK_ORDER_TYPE, TIKTOK_IS_SAMPLE, TIKTOK_IS_REPLACEMENT,
    TIKTOK_COLUMN_COUNT
};

extern const struct csv_column tiktok_columns[]; /* ends with a NULL name */

/* false where the word is not known. */
bool tiktok_status(struct text word, enum order_status *ret_status);

/* Who asked for a cancellation: BUYER, SELLER or PLATFORM; absent where the word is not known. */
struct text tiktok_initiator(struct text word);

bool tiktok_is_cash_on_delivery(struct text payment_method);
bool tiktok_is_sample(struct text type);
bool tiktok_is_replacement(struct text type);
/* "Yes", "true", "1" and what they are in other languages. */
bool tiktok_is_yes(struct text word);

#endif
