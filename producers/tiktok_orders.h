/*
 * TikTok Shop's order export ("All orders" of the Seller Center as CSV, some 60 columns) as orders: a row is a line, an order's own amounts
 * stand on each of its rows and count once.
 *
 * Blanks and tabs around fields and names go; names, statuses and payment methods may be in the languages of tiktok_words.h; a second
 * row that explains the columns is passed over. Dates are MM/DD/YYYY in the market US and DD/MM/YYYY elsewhere; without a market the
 * file's own dates must show it. Currency is that asked for, of the market, or written beside the amounts. An id that a spreadsheet
 * has rounded is refused: 1.15E+18, or 15 digits and zeros behind them without the tab that the export puts there.
 *
 * Co-funded discounts of shipping are counted as the seller's, since the file does not say how they are shared; taxes are shared out to
 * the lines by what was paid for them, by largest remainder. An order whose lines all have no price is taken for a sample. Order Refund
 * Amount and Sku Quantity of return become a refund (order_refund.h).
 */
#ifndef PRODUCERS_TIKTOK_ORDERS_H
#define PRODUCERS_TIKTOK_ORDERS_H

#include "producers/importer.h"

#define TIKTOK_LINES_MAX 1000 /* of an order */

/* Codes of its findings. */
#define TIKTOK_AMOUNT_DIFFERS "order-amount-differs"       /* by: amount - (lines + shipping + taxes + buyer fees - payment discount) */
#define TIKTOK_LINE_DIFFERS "line-differs"                 /* by: subtotal after discount - (price x quantity - discounts) */
#define TIKTOK_SUBTOTAL_DIFFERS "subtotal-differs"         /* by: subtotal before discount - price x quantity */
#define TIKTOK_SHIPPING_DIFFERS "shipping-differs"         /* by: fee after discounts - (original fee - discounts) */
#define TIKTOK_REPEATED_DIFFERS "repeated-amount-differs"  /* an order's amount is another one on a later row, by so much */
#define TIKTOK_STATUS_DIFFERS "status-differs"             /* the same of the status; the first one that is not cancelled counts */
#define TIKTOK_ZERO_PRICES "all-prices-zero"               /* taken for a sample */
#define TIKTOK_NO_QUANTITY "line-without-quantity"         /* left out; by: its subtotal after discount */

extern const struct import_format import_tiktok_orders;

#endif
