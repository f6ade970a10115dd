/*
 * What refunds do to the fees of an order, rule by rule and line by line. Pure, and a function of the charges (the trace of
 * fees_apply) and of all refunds of the order in the order in which they take effect: what one refund does is what the sequence
 * with it gives beyond the sequence without it. So any number of partial refunds add up to the full one, to the minor unit.
 *
 * By the policy of a charge's rule:
 *   returned   where partial refunds are pro rata: fee x price given back / price of the line, half away from zero on all that has
 *              come back so far: each refund gives what the sum has grown by, and the last one takes the remainder. Of a line
 *              without a price, by its units. Where partial refunds are kept: nothing until all lines that bear the charge have
 *              come back, then all of it at once. Until then that is an assumption (marked): the settlement knows.
 *   pro_rata   in proportion, likewise.
 *   with_base  as much of the fee as has come back of the fees that it is charged on.
 *   kept       nothing, but before the stage that the policy names (reversed_before): there in proportion.
 * A fixed part that is kept on partial refunds comes back with the refund that completes the order: all lines that bear the
 * charge. It is a part of each line's fee, by largest remainder.
 *
 * The administration fee in force at the instant of the refund is rate x fee given back, half away from zero, then capped, on all
 * that has been given back under it so far of the order, line or SKU; each refund is charged what that has grown by. US: min(20 %
 * of the referral fee, $5.00) per SKU. A cap with more digits than the order's amounts have is the highest of them below it. None
 * on what is reversed, and none where the buyer cancels before shipping, if so said; who else cancels is charged.
 */
#ifndef CORE_FEE_REFUND_H
#define CORE_FEE_REFUND_H

#include "core/fees.h"

/* A line as it was sold. */
struct fee_sold_line {
    struct text sku;
    int64_t quantity;     /* one that is not above 0 gives nothing back: what refunds of credit notes would be nobody has seen */
    int64_t amount_minor; /* all that the buyer can get back for the goods: list - both discounts; not negative */
};

struct fee_sold_order {
    const struct fee_schedule *schedule; /* that the charges are of */
    const struct fee_charge *charges;    /* with a part for every line */
    size_t charge_count;
    const struct fee_sold_line *lines;
    uint32_t line_count;
    int32_t amount_scale; /* of the order */
};

enum fee_progress { FEE_BEFORE_SHIPPING, FEE_BEFORE_DELIVERY, FEE_DELIVERED };

struct fee_returned_line {
    uint32_t line;        /* index in the order's lines */
    int64_t quantity;     /* 0: money back, nothing returned */
    int64_t amount_minor; /* of the goods, without tax */
};

struct fee_return {
    int64_t at_us;
    enum fee_progress progress; /* of the order when it was refunded */
    bool buyer_cancels;         /* and nobody has to agree */
    const struct fee_returned_line *lines;
    uint32_t line_count;
};

enum fee_refund_mark {
    FEE_REFUND_ASSUMED = 1,   /* kept while not all of the order is back, until the settlement says otherwise */
    FEE_REFUND_ABOVE_SALE = 2 /* more units or money than were left: what is beyond has no fee */
};

/* What one refund does to one charge on one line. */
struct fee_refund_effect {
    uint32_t refund, charge, line; /* indexes */
    uint32_t marks;
    int64_t returned_minor; /* given back by this refund */
    int64_t admin_minor;    /* charged for it */
    int64_t admin_of_minor; /* what that is computed on: all that has come back so far of its order, line or SKU; 0: none is due */
    int64_t kept_minor;     /* of the line's fee, after this refund: what has not been given back */
};

/*
 * Writes the effects of all refunds: refund by refund, in it charge by charge, in it in the order of its lines, and those of
 * other lines, which completing the order concerns, by their index. alloc never returns NULL and gives scratch and *ret_effects.
 * Returns REASON_NONE, IMPOSSIBLE_LINE (no such line, or one sold with no quantity), IMPOSSIBLE_AMOUNT (negative) or
 * AMOUNT_OVERFLOW.
 */
enum reason fee_refund_apply(const struct fee_sold_order *order, const struct fee_return *refunds, size_t refund_count,
                             void *(*alloc)(void *ctx, size_t size), void *alloc_ctx,
                             struct fee_refund_effect **ret_effects, size_t *ret_count);

/* The administration fee in force at that instant; NULL: none. */
const struct admin_fee *fee_admin_at(const struct fee_refund_policy *policy, int64_t at_us);

#endif
