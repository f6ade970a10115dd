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

/* What a base may be built of. Order-level components are spread over lines where a rule works per line. */
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

/* Where the rate stands: in the rule, or in the order's affiliate block. */
enum fee_rate_source { RATE_OF_RULE, RATE_OF_AFFILIATE };

struct fee_rule {
    const char *name;                 /* "referral"; rules of one name follow each other in time */
    const char *source;               /* where the figure comes from */
    enum fee_class class;
    enum fee_level level;             /* where it is rounded, and what fixed part and cap are counted by */
    enum fee_rate_source rate_source;
    int8_t base[COMPONENT_COUNT];     /* -1, 0, +1 */
    int64_t rate_ppm;
    int64_t fixed_minor;              /* at the schedule's scale */
    int64_t cap_minor;                /* -1: none */
    int64_t valid_from_us;            /* inclusive, INT64_MIN: always was */
    int64_t valid_to_us;              /* exclusive, INT64_MAX: no end */
};

struct fee_schedule {
    const char *name;                 /* "tiktok-us@<hash of the file>" : stands in fact_orders.rule_set */
    const char *currency;             /* of fixed parts and caps; NULL where no rule has any */
    int32_t amount_scale;
    const struct fee_rule *rules;
    size_t rule_count;
};

/*
 * Computes the fees of fact's lines from fact->order, writes platform_fee, payment_fee, affiliate_commission, other_fees and
 * shipping_share of every line (gross must be set). A rule applies when order->created_at_us lies in its validity. A fee at
 * order level is rounded once and split over the lines by largest remainder, weighted by each line's part of the base, ties
 * by line id. A negative base (a credit note) gives a negative fee; the fixed part then is not charged.
 * alloc serves scratch for long orders. Returns REASON_NONE, AMOUNT_OVERFLOW, WRONG_CURRENCY, WRONG_SCALE or FEE_ABOVE_BASE;
 * lines are undefined then. Pure; cost is linear in rules x lines.
 */
enum reason fees_apply(const struct fee_schedule *schedule, const struct event *event,
                       void *(*alloc)(void *ctx, size_t size), void *alloc_ctx, struct line_fact *lines);

#endif
