/*
 * TikTok Shop's affiliate order export as what it adds to orders: who sold a line for the shop, at what rate, and what that
 * cost. It does not hold whole orders, so it is read together with the order exports that it belongs to, in any order: a file
 * is known by its columns. What comes out are the orders and refunds of import_tiktok_orders; of those that creators sold,
 * later revisions with the affiliate in them.
 *
 * Rows find their line by order and SKU. An order has one affiliate here, its lines may have several:
 * - creator and content are those of the row with the largest commission base (of equal ones the first);
 * - the rate is what the rows state; where they differ, or some lines have no creator, it is the rate that makes their
 *   estimated commissions out of the whole order's commission base (list - both discounts), with a finding. A line is paid by
 *   the standard or by the shop-ads commission, never both: the shop-ads rate counts where a row has a shop-ads payment and no
 *   standard one;
 * - the actual commission is the sum of standard, shop-ads and co-funded payments, once every row of the order has one: it
 *   replaces the estimate, of which nothing is left. A row has it when its commission was paid, an actual payment is stated
 *   that is not 0, or one that is 0 where all came back.
 *
 * Actual commissions have what came back taken off already, while a refund takes off its part by itself (core/refund.h). So the
 * actual commission of an order of which goods were given back is what it would have been without: actual x paid / (paid -
 * given back), to the nearest unit, from which the refund leaves exactly what was paid where the order has one line. Where all
 * was given back and nothing is paid, the estimate stands, and the refund takes back all of it.
 */
#ifndef PRODUCERS_TIKTOK_AFFILIATE_H
#define PRODUCERS_TIKTOK_AFFILIATE_H

#include "producers/importer.h"

#define AFFILIATE_ROWS_MAX 1000000 /* of all files */
#define AFFILIATE_ORDER_ROWS_MAX 1000 /* of an order */

/* Codes of its findings, beside those of tiktok_orders.h. */
#define AFFILIATE_NO_ORDER "affiliate-without-order"     /* no order export has the order; by: estimated or actual commission */
#define AFFILIATE_NO_LINE "affiliate-without-line"       /* the order has no such SKU: it counts for the order all the same */
#define AFFILIATE_RATES_DIFFER "affiliate-rates-differ"  /* by: the commission that the order's one rate makes - the rows' estimates */
#define AFFILIATE_PARTLY_ACTUAL "affiliate-partly-actual" /* the estimate stands; by: what is actual already */
#define AFFILIATE_CREATORS_DIFFER "affiliate-creators-differ"
#define AFFILIATE_BASE_DIFFERS "affiliate-base-differs"  /* by: estimated commission base - (list - both discounts) of the line */
#define AFFILIATE_PAYMENT_DIFFERS "affiliate-payment-differs" /* by: estimated payment - rate x base */
#define AFFILIATE_KEPT "affiliate-kept"                  /* paid although all was given back; by: what */

extern const struct import_format import_tiktok_affiliate;

#endif
