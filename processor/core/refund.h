/*
 * What refunds take back of an order. Pure, and a function of the order as it is now and of the set of its refunds as they are now:
 * in whatever order these came, the effects are the same. Refunds of an order take effect by (occurred_at, refund_id).
 *
 * Of a line that was sold with quantity Q and of which q units have come back so far, the discounts given back are
 * discount * q / Q, rounded towards zero: every unit has its share, the last one takes the remainder. What the buyer gets back
 * (amount) is a fact; gross is what makes it so:
 *   gross = amount + seller_discount + platform_discount            so that net sales fall by gross - seller_discount
 * Money back without units (quantity 0) has no share in the discounts.
 *
 * Fees and affiliate commission come back rule by rule, as fee_refund.h has it; so does the administration fee. How far the order
 * had got is said by the refund (shipped before?) and by the order's delivery. Who cancels is the refund's initiator; that a
 * buyer's cancellation before shipping was approved by itself is taken for granted: a fee charged for one is a leak to be found.
 *   net = gross - seller_discount - affiliate_commission - fees_returned + admin_fee + case_fee + discrepancy + fx
 * is what the seller loses against the order's net. Tax and shipping pass through. Of a line's cost, restocked units give back
 * cost * r / Q, rounded towards zero on all of them so far.
 * What was sold in another currency is taken back at the order's rate, as it was sold; where the rate of the refund differs,
 *   fx = total x rate of the refund - total x rate of the order, each rounded half away from zero
 * of all that the buyer gets back in that currency, stands on line 0.
 * A voided refund gives nothing back; what its case cost stays.
 */
#ifndef CORE_REFUND_H
#define CORE_REFUND_H

#include <stdbool.h>
#include <stddef.h>

#include "core/fee_refund.h"
#include "schemas/event.h"

/* A line as it was sold, of the order's latest revision. */
struct sold_line {
    struct text line_id, sku;
    int32_t line_no;
    int64_t quantity;
    int64_t gross_minor, seller_discount_minor, platform_discount_minor;
    int64_t affiliate_commission_minor, fees_minor; /* that it was charged; fees: platform, payment and other */
    int64_t cost_minor;                             /* EVENT_ABSENT: unknown */
};

struct sold_order {
    struct text currency;
    int32_t amount_scale;
    struct presentment presentment;
    const struct sold_line *lines;
    uint32_t line_count;
    bool is_delivered;
    int64_t delivered_at_us; /* EVENT_ABSENT: not known */
    const struct fee_schedule *schedule;
    const struct fee_charge *charges; /* by the schedule, with a part for every line */
    size_t charge_count;
    bool other_rules; /* the lines were charged something else than the charges say: they bound what comes back */
};

struct refund_claim {
    const struct refund *refund;
    struct text currency;
    int32_t amount_scale;
    int64_t occurred_at_us;
};

/* Findings: bits. The money is booked as it was stated all the same. */
enum refund_finding {
    REFUND_ABOVE_SALE = 1,     /* more units, or more money, than were sold */
    REFUND_UNKNOWN_LINE = 2,   /* of a line that the order does not have: booked on line 0 */
    REFUND_WRONG_CURRENCY = 4, /* in another currency or scale than the order: nothing is booked */
    REFUND_FEES_ASSUMED_KEPT = 8, /* a partial refund whose fees the platform has yet to settle */
    REFUND_OTHER_RULES = 16, /* fees come back by other rules than the order was charged by; never more than it was charged */
    REFUND_OTHER_PRESENTMENT = 32 /* the buyer got back what the order was not sold in: no difference of exchange can be told */
};

/* Of one refund on one line; line_no 0 has what belongs to no line: shipping, discrepancy, exchange, case fee, unknown lines. */
struct refund_effect {
    uint32_t claim;  /* index */
    int32_t line_no;
    struct text sku; /* of the sold line; absent on line 0 */
    int64_t quantity;
    int64_t gross_minor, seller_discount_minor, platform_discount_minor;
    int64_t amount_minor, tax_minor, shipping_minor, discrepancy_minor;
    int64_t fx_minor; /* what the seller gives back beyond what was sold, for the rate has moved */
    int64_t affiliate_commission_minor, fees_returned_minor; /* come back to the seller */
    int64_t admin_fee_minor, case_fee_minor;                 /* are charged */
    int64_t net_minor;
    int64_t cost_minor; /* of restocked goods, which the seller has again; EVENT_ABSENT: some came back, and their cost is unknown */
    bool restocked;
    unsigned findings;
};

/* What refunds do, and which fees are behind it. */
struct refund_effects {
    struct refund_effect *effects; /* claim by claim in the order in which they take effect, line_no by line_no; none without any figure */
    size_t count;
    struct fee_refund_effect *fees; /* of the order's charges; refund: the index of the claim, line: of the sold line */
    size_t fee_count;
};

/*
 * Writes the effects of all claims. Sorts claims[0..count) by the order in which they take effect first. alloc never returns NULL
 * and gives the memory of *ret_effects. false where a sum does not fit.
 */
bool refunds_apply(const struct sold_order *order, struct refund_claim *claims, size_t count,
                   void *(*alloc)(void *ctx, size_t size), void *alloc_ctx, struct refund_effects *ret_effects);

#endif
