/*
 * Fees by dated rules. A rule is data: fee class, base (a signed sum of named components), rate, fixed part, cap, level,
 * half-open validity. A schedule is what one shop is charged by; rules of the same name never overlap in time.
 */
#ifndef CORE_FEES_H
#define CORE_FEES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "schemas/event.h"
#include "schemas/reason.h"

struct line_fact;
struct order_fact;

enum fee_class { FEE_PLATFORM, FEE_PAYMENT, FEE_AFFILIATE, FEE_OTHER, FEE_CLASS_COUNT };

/* What a base may be built of. A line's part of an order-level component is its share by (list - seller discount). */
enum fee_component {
    COMPONENT_LIST,              /* unit_list x quantity */
    COMPONENT_SELLER_DISCOUNT,
    COMPONENT_PLATFORM_DISCOUNT,
    COMPONENT_TAX,
    COMPONENT_SHIPPING_PAID,     /* by the buyer; order level */
    COMPONENT_CUSTOMER_TOTAL,    /* order level */
    COMPONENT_BUYER_FEES,        /* order level */
    COMPONENT_PAYMENT_PLATFORM_DISCOUNT, /* order level */
    COMPONENT_COUNT
};
const char *fee_component_name(enum fee_component component);
const char *fee_class_name(enum fee_class class);

enum fee_level { FEE_PER_ORDER, FEE_PER_LINE };

/* Where the rate stands: in the rule, or in the order's affiliate block: the shop-ads rate where there is one, else the
 * standard rate (the two exclude each other), and neither once the platform says the actual commission. */
enum fee_rate_source { RATE_OF_RULE, RATE_OF_AFFILIATE };

/* What becomes of a fee when goods come back. */
enum fee_on_refund { FEE_KEPT, FEE_RETURNED };

/* What a platform charges for giving a fee back. */
struct admin_fee {
    int64_t rate_ppm;      /* of the fee that comes back */
    int64_t cap_minor;     /* per refund and SKU, at the schedule's scale; -1: none */
    int64_t valid_from_us; /* of the refund; half-open as a rule's */
    int64_t valid_to_us;
};

struct refund_terms {
    bool kept_on_partial; /* fees come back only once the whole order has */
    const struct admin_fee *admin_fees; /* never overlapping */
    size_t admin_fee_count;
    int32_t amount_scale; /* of the caps */
};

struct fee_rule {
    const char *name;                 /* "referral"; rules of one name follow each other in time */
    const char *source;               /* where the figure comes from */
    enum fee_class class;
    enum fee_level level;             /* where it is rounded, and what fixed part and cap are counted by */
    enum fee_rate_source rate_source;
    int8_t base[COMPONENT_COUNT];     /* -1, 0, +1 */
    int64_t rate_ppm;
    int64_t fixed_minor;              /* at the schedule's scale; per line means per line, whatever its quantity */
    int64_t cap_minor;                /* of rate and fixed part together; -1: none */
    enum fee_on_refund on_refund;
    int64_t valid_from_us;            /* inclusive, INT64_MIN: always was */
    int64_t valid_to_us;              /* exclusive, INT64_MAX: no end */
};

struct fee_schedule {
    const char *name;                 /* "tiktok-us@<hash of the file>" : stands in fact_orders.rule_set */
    const char *currency;             /* of fixed parts, caps and every order it is for; NULL: any, if no rule has either */
    int32_t amount_scale;
    const struct fee_rule *rules;
    size_t rule_count;
    struct refund_terms refund;
};

/* An amount of an order beyond this overflows: a base then fits whatever its signs. */
#define FEES_AMOUNT_MAX_MINOR (INT64_C(1) << 58)

/*
 * Computes the fees of an order and writes platform_fee, payment_fee, affiliate_commission, other_fees, fee_returnable and
 * shipping_share of every line; lines[i] belongs to event->order.lines[i] and has its gross. What lines need not: net, sorted ids.
 *
 * - A rule applies when order->created_at_us lies in its validity. Rules of different names add up in their class.
 * - A fee is rate x base, rounded half away from zero once, at the rule's level; then the fixed part, then the cap.
 * - At order level it is split over the lines by largest remainder, weighted by each line's part of the base (whatever its
 *   sign), equal remainders to the line id that is lower by bytes; in equal parts where all parts are zero.
 * - shipping_share is what the buyer paid for shipping, split by (list - seller discount) in the same way.
 * - A negative base (a credit note) mirrors the fee: rate and cap count by magnitude. The fixed part is charged on positive
 *   bases only: it is the price of a sale, and platforms keep it when one is undone; of nothing nothing is charged.
 * - The fixed part is charged in full even where it exceeds the base, as platforms do: 0.30 on a sale of 0.10 is a loss the
 *   seller really has. Only a rate that alone takes more than its base (one above 100 %) is FEE_ABOVE_BASE.
 * - An actual commission replaces rate, fixed part and cap, and is split over the lines like a fee at order level; it is a
 *   figure, not an estimate, so nothing bounds it. An order without creator has no affiliate.
 * - Fixed part and cap are brought to the event's scale where that is exact; WRONG_SCALE where a rule in force has one that
 *   is not. A schedule with a currency refuses orders in another one: WRONG_CURRENCY.
 *
 * alloc serves scratch for orders of more than 64 lines; it never returns NULL. Returns REASON_NONE, AMOUNT_OVERFLOW,
 * WRONG_CURRENCY, WRONG_SCALE or FEE_ABOVE_BASE; the lines' fees are undefined then. Pure; cost is linear in rules x lines,
 * but for sorting ids and remainders.
 */
enum reason fees_apply(const struct fee_schedule *schedule, const struct event *event,
                       void *(*alloc)(void *ctx, size_t size), void *alloc_ctx, struct line_fact *lines);

#endif
