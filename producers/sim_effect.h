/*
 * What refunds take back of an order, by arithmetic that is as plain as it can be: everything is computed for the first k refunds
 * and again for the first k + 1, and the difference is what that refund does. Nothing of the processor is used.
 *
 * - Refunds count by (occurred_at, refund_id). A voided one gives nothing back; its case fee stays.
 * - Of a line of Q units of which q have come back, discount * q / Q has, rounded towards zero.
 *   gross = amount + seller discount + platform discount.
 * - Affiliate commission comes back with the part of list - both discounts that has, half away from zero.
 * - tiktok_shop US: the referral fee comes back at once with the refund by which every line's list - both discounts has (of a line
 *   for which nothing was paid, all its units); of what comes back 20 % is kept per SKU, half away from zero, at most 5.00 for
 *   refunds from 2025-05-15 00:00 Pacific on, and nothing where the buyer cancels before the order has left. Shopify Payments
 *   keeps its fee, other shops have none.
 * - Of a line of cost C and Q units of which r have come back to the shelves, C * r / Q is given back, rounded towards zero.
 * - net = gross - seller discount - affiliate - fees returned + administration fee + case fee + discrepancy + fx, where
 *   fx = what the buyer got in another currency x rate of the refund - the same x rate of the order, each half away from zero.
 */
#ifndef PRODUCERS_SIM_EFFECT_H
#define PRODUCERS_SIM_EFFECT_H

#include "producers/sim_order.h"

enum sim_refund_figure {
    BACK_REFUNDS, /* 1, a voided one 0 */
    BACK_UNITS,
    BACK_GROSS,
    BACK_SELLER_DISCOUNT,
    BACK_PLATFORM_DISCOUNT,
    BACK_AMOUNT,
    BACK_TAX,
    BACK_SHIPPING,
    BACK_DISCREPANCY,
    BACK_FX,
    BACK_AFFILIATE,
    BACK_FEES,
    BACK_ADMIN_FEE,
    BACK_CASE_FEE,
    BACK_NET,
    BACK_COST,         /* of restocked units, as far as it is known */
    BACK_COST_UNKNOWN, /* lines whose units came back restocked, at a cost that is not known */
    BACK_COUNT
};

/* A line as it was sold, with its part of the fees. */
struct sim_sold_line {
    uint64_t line, sku; /* hashes */
    int64_t quantity, gross_minor, seller_discount_minor, platform_discount_minor;
    int64_t affiliate_minor, referral_minor; /* referral: what comes back in the end */
    int64_t cost_minor;                      /* of the whole line, where it is known; the caller's to fill */
    bool cost_known;
};

struct sim_claim_line {
    uint64_t line;
    int64_t quantity, amount_minor, tax_minor;
    bool restocked;
};

struct sim_claim {
    struct hash128 order; /* of its order */
    char refund_id[56];
    int64_t occurred_at_us, revision;
    bool shipped_before, by_buyer, voided;
    int64_t shipping_minor, discrepancy_minor, case_fee_minor; /* case fee 0: none */
    int64_t presented_minor, rate_ppb;                         /* in another currency of as many decimals; rate 0: there is none */
    int64_t sold_rate_ppb;                                     /* of the order; the caller's to fill, where that matters */
    uint32_t line_count;
    struct sim_claim_line lines[SIM_LINES_MAX];
};

/* The lines of an order, which come by ascending line ids, at most SIM_LINES_MAX; costs are unknown. Returns their number. */
uint32_t sim_sold_lines(const struct sim_shop *shop, const struct order *order, struct sim_sold_line *ret_lines);

/* The order's hash is the caller's to fill, where it wants one. */
void sim_claim_of(const struct event *event, struct sim_claim *ret_claim);

/* claims are in the order in which they count. Fills ret_figures[i] with what claims[i] does. */
void sim_effects(const struct sim_shop *shop, const struct sim_sold_line *lines, uint32_t line_count,
                 const struct sim_claim *claims, size_t count, int64_t (*ret_figures)[BACK_COUNT]);

/* By order, then in the order in which they count: for qsort. */
int sim_claim_compare(const void *a, const void *b);

/* amount * ppm / 1,000,000, half away from zero. */
int64_t sim_rate(int64_t amount, int64_t ppm);
/* The referral fee of an order on which it is charged. */
int64_t sim_referral(const struct order *order);

#endif
