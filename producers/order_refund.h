/*
 * Refunds out of order exports, which state how much of an order the buyer got back in all, and at best how many units of a
 * line came back. All of it is one refund of the order, restated by every later export. What it is of:
 *
 *   1. As much as the customer paid, or more: all lines with all their units and taxes, and shipping; the rest of the
 *      customer's total, such as the buyer's fees less the platform's payment discount, was never the seller's. The goods are
 *      in stock again where the order was never sent.
 *   2. Less: the lines of which units came back, up to their units' price after discounts and taxes; where no line says so, all
 *      lines, as money without units. What is less than that is shared by largest remainder in proportion to these claims. What
 *      is more is of the shipping that was paid, then of the buyer's fees.
 *   3. What is left belongs to nothing that the order has: the refund's discrepancy, and a finding.
 *
 * Goods that came back count as lost: no export says that they can be sold again. Its time is the latest that the order has.
 */
#ifndef PRODUCERS_ORDER_REFUND_H
#define PRODUCERS_ORDER_REFUND_H

#include "producers/order_book.h"

/* Codes of its findings. */
#define REFUND_DISCREPANCY "refund-discrepancy"     /* by: what is left in the end */
#define REFUND_SHARED "refund-shared-out"           /* by: what was shared over lines that the export does not tell apart */
#define REFUND_RETURN_UNPAID "returned-unrefunded"  /* units came back, and nothing was given back: no refund */

struct stated_refund {
    int64_t amount_minor;
    const int64_t *returned;   /* units, by the book's numbers of lines; NULL: the export does not say */
    int64_t left_out_minor;    /* what was paid for lines that are none here, such as gift cards: it has its share */
    struct text initiator, reason;
    const char *prefix;        /* of the event's id */
};

/* Adds the refund to the book, with its order's revision and times as they are now; nothing where nothing was given back. false with err:
 * memory is out, or an amount does not fit. Pointers to orders stay valid. */
bool order_refund_add(struct order_book *book, const struct book_order *booked, const struct stated_refund *stated, struct err *err);

#endif
