/*
 * What platforms call the types of settlement lines and the amounts in them, and what those are. Pure data and look-ups.
 */
#ifndef CORE_SETTLEMENT_NAMES_H
#define CORE_SETTLEMENT_NAMES_H

#include <stdbool.h>
#include <stdint.h>

#include "schemas/event.h"

/* X(enumerator, stable name): the names stand in the warehouse and in dashboards. */
#define SETTLED_TYPES(X)                                                                                     \
    X(ORDER, "order")                                                                                        \
    X(REFUND, "refund")                                                                                      \
    X(ADS_PAYMENT, "ads_payment") /* ads paid from the proceeds: cash only, the ad report has the cost */    \
    X(REIMBURSEMENT, "reimbursement")                                                                        \
    X(CHARGEBACK, "chargeback")                                                                              \
    X(VIOLATION, "violation")                                                                                \
    X(REBATE, "rebate")                                                                                      \
    X(SERVICE, "service")                                                                                    \
    X(TAX, "tax")                                                                                            \
    X(RESERVE, "reserve") /* cash timing, no profit; likewise balance */                                     \
    X(BALANCE, "balance")                                                                                    \
    X(ADJUSTMENT, "adjustment")                                                                              \
    X(UNKNOWN, "unknown")

#define SETTLED_CLASSES(X)                                                                                   \
    X(GROSS, "gross") /* list price, before any discount */                                                  \
    X(SELLER_DISCOUNT, "seller_discount")                                                                    \
    X(REFUND, "refund") /* of the gross, less the discount that it gives back */                             \
    X(SHIPPING, "shipping")                                                                                  \
    X(PLATFORM_FEE, "platform_fee")                                                                          \
    X(REFUND_ADMIN_FEE, "refund_admin_fee")                                                                  \
    X(PAYMENT_FEE, "payment_fee")                                                                            \
    X(AFFILIATE, "affiliate")                                                                                \
    X(OTHER_FEE, "other_fee") /* of programmes and services that the seller joined */                        \
    X(ADS, "ads")                                                                                            \
    X(TAX, "tax")                                                                                            \
    X(ADJUSTMENT, "adjustment")                                                                              \
    X(RESERVE, "reserve")                                                                                    \
    X(UNKNOWN, "unknown")                                                                                    \
    /* never booked: */                                                                                      \
    X(PARENT, "parent") /* the sum of other amounts of the line */                                           \
    X(TOTAL, "total")                                                                                        \
    X(MEMO, "memo") /* told for information, not part of the total */

enum settled_type {
#define SETTLED_TYPE_ENUM(id, name) SETTLED_TYPE_##id,
    SETTLED_TYPES(SETTLED_TYPE_ENUM)
#undef SETTLED_TYPE_ENUM
        SETTLED_TYPE_COUNT
};

enum settled_class {
#define SETTLED_CLASS_ENUM(id, name) SETTLED_##id,
    SETTLED_CLASSES(SETTLED_CLASS_ENUM)
#undef SETTLED_CLASS_ENUM
        SETTLED_CLASS_COUNT
};

const char *settled_type_name(enum settled_type type);
const char *settled_class_name(enum settled_class class);

/* The sums of a line: sales, fees and (by currency) shipping are parts of the total or of each other, see settlement.h. */
enum settled_node {
    NODE_TOTAL,
    NODE_SALES,    /* net sales, or revenue */
    NODE_SUBTOTAL, /* sales after seller discounts */
    NODE_REFUNDED, /* refunds after seller discounts */
    NODE_FEES,
    NODE_SHIPPING,
    NODE_COUNT
};

/* The same money can be stated twice: what says it counts, what yields to it is a memo then. Bits. */
#define SAYS_AFFILIATE 1     /* a creator's commission before the income tax withheld from it: the seller's cost */
#define SAYS_AFFILIATE_ADS 2 /* likewise of shop ads */
#define SAYS_CREATOR_TAX 4   /* the income tax is the creator's, and in the commission */
#define SAYS_SHIPPING 8      /* shipping is broken down in the way of the later API */

struct settled_field {
    const char *name;         /* normalised */
    enum settled_class class;
    enum settled_node node;   /* what the amount is a part of; of a parent or total: what it states */
    bool other;               /* of a parent: revenue, not net sales; shipping inside the fees, not beside them */
    bool passes, carrier;     /* one of the four that add up to 0 where shipping is passed through; the carrier's of these */
    unsigned says, yields;
};

/*
 * Lower case, runs of blanks and ASCII punctuation become one '_', none at the ends; bytes above 127 stay. ret_text has room for
 * text.len bytes and at least 1. Returns the length, at least 1.
 */
uint32_t settled_normalise(struct text text, char *ret_text);

/* By normalised name; NULL: unknown. */
const struct settled_field *settled_field_find(struct text name);
enum settled_type settled_type_find(struct text name);

/* For tests: the table, in the order of its names. */
const struct settled_field *settled_fields(uint32_t *ret_count);

#endif
