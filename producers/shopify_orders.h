/*
 * Shopify's order export as orders: a row per line, what is of the order as a whole on its first row only, rows of an order known by its
 * Name. Times carry their offset from UTC. The market is asked for.
 *
 * What the lines were sold for less is price x quantity of all of them less the Subtotal: a line's own discount stays with it, the rest is
 * shared out over the lines by largest remainder. Discount Amount beyond that was on shipping. Taxes are shared out over the taxable lines
 * alike; whether prices include them shows in the Total. A gift card that was sold is a debt and no sale: its line is left out, with a
 * finding; one that was redeemed is a way to pay. An order whose Source is TikTok is a mirror: the sale is that of the TikTok shop; until
 * 2024-03-19 samples came with their full price, those that say so in tags or notes are marked. Refunded Amount becomes a refund
 * (order_refund.h), but of a mirror.
 */
#ifndef PRODUCERS_SHOPIFY_ORDERS_H
#define PRODUCERS_SHOPIFY_ORDERS_H

#include "producers/importer.h"

#define SHOPIFY_LINES_MAX 1000 /* of an order */

/* Codes of its findings. */
#define SHOPIFY_TOTAL_DIFFERS "total-differs"             /* by: total - (subtotal + shipping + taxes + duties) */
#define SHOPIFY_DISCOUNT_DIFFERS "discount-differs"       /* by: discount amount - what lines and subtotal make it */
#define SHOPIFY_WITHOUT_LINES "order-without-lines"       /* by: its total */
#define SHOPIFY_NO_QUANTITY "line-without-quantity"       /* left out */
#define SHOPIFY_GIFT_CARD "gift-card-sold"                /* left out; by: its price x quantity */
#define SHOPIFY_FULL_PRICE_SAMPLE "sample-at-full-price"  /* by: the order's total */

extern const struct import_format import_shopify_orders;

#endif
