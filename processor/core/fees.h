/*
 * Fees by dated rules. A rule is data: fee class, base (a signed sum of named components), rate, fixed part, cap, level, the
 * conditions it applies under, the clock that decides and its half-open validity, and what a refund gives back. A schedule is
 * what the shops of one market are charged by; rules of one name never charge the same line of the same order twice.
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
struct zone;

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

/* Where a fee is rounded, and what fixed part, cap and tier are counted by. An item is one unit: the fee of a line is rounded
 * once, its fixed part, cap and tier count once per unit. A SKU is all lines of one platform_sku. */
enum fee_level { FEE_PER_ORDER, FEE_PER_LINE, FEE_PER_ITEM, FEE_PER_SKU, FEE_LEVEL_COUNT };
const char *fee_level_name(enum fee_level level);

/* Where the rate stands: in the rule, or in the order's affiliate block: the shop-ads rate where there is one, else the
 * standard rate (the two exclude each other), and neither once the platform says the actual commission. */
enum fee_rate_source { RATE_OF_RULE, RATE_OF_AFFILIATE };

/* Whose instant must lie in the validity. One that has not struck yet is estimated by the order's creation. */
enum fee_clock { FEE_CLOCK_CREATED, FEE_CLOCK_DELIVERED, FEE_CLOCK_SETTLED, FEE_CLOCK_COUNT };

/* How far an order must get. One that is still on its way is charged in advance, as an estimate; one that was cancelled before
 * it got there is not charged. */
enum fee_reached { FEE_REACHED_ANY, FEE_REACHED_PAID, FEE_REACHED_SHIPPED, FEE_REACHED_DELIVERED };

enum fee_presence { FEE_PRESENT_OR_NOT, FEE_PRESENT, FEE_NOT_PRESENT };

/* A list of texts in ascending order by bytes, none twice. An absent text is in no list. */
struct fee_texts {
    const struct text *items;
    uint32_t count; /* 0: everything is allowed */
    bool except;    /* everything but the list is */
};

/* When a rule applies, of an order but for categories, which are of a line. All zeros: always. */
struct fee_when {
    struct fee_texts markets;
    struct fee_texts categories;
    enum fee_reached reached;
    enum fee_presence affiliate, shop_ads; /* a creator; a shop-ads rate */
    int32_t shop_age_from_days;  /* days of 24 hours since the shop opened, at the rule's instant; a shop of unknown age is old */
    int32_t shop_age_below_days; /* 0: no bound */
    uint64_t flags_on, flags_off; /* bits of the schedule's flags */
};

/* FEE_WITH_BASE: as the fees it is charged on are given back, for a base that is made of fees only. */
enum fee_refund_kind { FEE_KEPT, FEE_RETURNED, FEE_PRO_RATA, FEE_WITH_BASE, FEE_REFUND_KIND_COUNT };

/* How far an order had got when it was cancelled or refunded. */
enum fee_stage { FEE_STAGE_NEVER, FEE_STAGE_SHIPPING, FEE_STAGE_DELIVERY };

/* What a platform charges for giving a fee back, by the instant of the refund. Not returned itself. */
struct admin_fee {
    int64_t rate_ppm;          /* of what is given back */
    int64_t cap_minor;         /* at the schedule's scale; -1: none */
    enum fee_level level;      /* what it is rounded and capped by; never FEE_PER_ITEM */
    bool free_for_buyer;       /* nothing where the buyer cancels before shipping */
    int64_t valid_from_us;     /* inclusive */
    int64_t valid_to_us;       /* exclusive */
};

struct fee_refund_policy {
    enum fee_refund_kind kind;
    enum fee_stage reversed_before;  /* before that the fee is given back whatever kind says */
    bool partial_pro_rata;           /* FEE_RETURNED: a part of the order gives back its part, else nothing does until all is back (an assumption) */
    bool fixed_kept_on_partial;      /* the fixed part comes back only with the whole order */
    const struct admin_fee *admins;  /* FEE_RETURNED and FEE_PRO_RATA */
    uint32_t admin_count;
};

/* The fee of another name as part of a base: what VAT is charged on. */
struct fee_term {
    uint16_t slot; /* of schedule->slot_names */
    int8_t sign;   /* -1, +1 */
};

struct fee_rule {
    const char *name;                 /* "referral"; rules of one name follow each other in time or exclude each other */
    const char *source;               /* where the figure comes from */
    const char *note;                 /* may be NULL */
    enum fee_class class;
    enum fee_level level;
    enum fee_rate_source rate_source;
    enum fee_clock clock;
    int8_t base[COMPONENT_COUNT];     /* -1, 0, +1 */
    const struct fee_term *fees;      /* of slots that rules before this one fill */
    uint16_t fee_count;
    uint16_t slot;                    /* 1 + the slot that the fee is kept in for later bases; 0: in none */
    const struct fee_when *when;      /* NULL: always */
    int64_t rate_ppm;
    int64_t tier_above_minor;         /* the part of the base above it has another rate, rounded on its own; 0: no tier */
    int64_t tier_rate_ppm;
    int64_t fixed_minor;              /* at the schedule's scale */
    int64_t cap_minor;                /* of rate and fixed part together; -1: none */
    int64_t valid_from_us;            /* inclusive, INT64_MIN: always was */
    int64_t valid_to_us;              /* exclusive, INT64_MAX: no end */
    struct fee_refund_policy refund;
};

#define FEE_SLOTS_MAX 8
#define FEE_FLAGS_MAX 64

struct fee_schedule {
    const char *name;                 /* "tiktok-us@<hash of the file>" : stands in fact_orders.rule_set */
    const char *currency;             /* of fixed parts, caps and every order it is for; NULL: any, if no rule has either */
    int32_t amount_scale;
    const struct fee_rule *rules;
    size_t rule_count;
    const char *const *slot_names;    /* the rules' names that bases refer to */
    uint32_t slot_count;              /* at most FEE_SLOTS_MAX */
    const char *const *flag_names;    /* what a shop may say of itself; bit i of a mask is flag_names[i] */
    uint32_t flag_count;              /* at most FEE_FLAGS_MAX */
    const struct zone *zone;          /* where the days of its validities begin; NULL: it has none. For people: instants are UTC */
    const char *zone_name;
};

/* A flag of a shop, while it has it: [from, to). */
struct fee_flag {
    uint32_t bit;
    int64_t from_us, to_us;
};

/* What the configuration says of a shop as a seller. All zeros but opened_at_us: nothing. */
struct fee_seller {
    int64_t opened_at_us; /* EVENT_ABSENT: unknown */
    const struct fee_flag *flags;
    uint32_t flag_count;
};

/* What is known of an order beside the order. NULL stands for nothing. */
struct fee_context {
    const struct fee_seller *seller; /* NULL: nothing is known of it */
    int64_t settled_at_us;           /* EVENT_ABSENT: not settled yet */
};

enum fee_mark {
    FEE_ESTIMATED = 1, /* by a clock that has not struck, a status not reached, or a rate that an actual commission will replace */
    FEE_ACTUAL = 2,    /* the actual commission */
    FEE_CAPPED = 4,    /* somewhere */
    FEE_ROUNDED = 8    /* somewhere the exact fee was no whole number of minor units */
};

/* A line's part of a charge. */
struct fee_part {
    int64_t base_minor;
    int64_t amount_minor;
};

/* One rule at work on one order, at the order's scale. */
struct fee_charge {
    uint32_t rule;        /* index in schedule->rules */
    enum fee_class class;
    uint32_t marks;       /* of enum fee_mark */
    int64_t at_us;        /* the instant that decided */
    int64_t rate_ppm;
    int64_t fixed_minor;  /* of the amount: what the fixed part came to before the cap */
    int64_t base_minor;   /* sum of the parts */
    int64_t amount_minor; /* sum of the parts */
    struct fee_part *parts; /* by the index of the order's lines; in the trace's own room */
};

/* How the fees came about. The caller owns the room; charges that do not fit are counted in missed and left out. */
struct fee_trace {
    struct fee_charge *charges;
    size_t charge_room, charge_count;
    struct fee_part *parts;
    size_t part_room, part_count;
    size_t missed;
};

/* An amount of an order beyond this overflows: a base then fits whatever its signs. */
#define FEES_AMOUNT_MAX_MINOR (INT64_C(1) << 58)

/*
 * Computes the fees of an order and writes platform_fee, payment_fee, affiliate_commission, other_fees, fee_returnable and
 * shipping_share of every line; lines[i] belongs to event->order.lines[i] and has its gross. What lines need not: net, sorted ids.
 *
 * - A rule applies when the instant of its clock lies in its validity and its conditions hold. Lines of other categories are
 *   no part of its base; without any of its own it does not apply. Rules of different names add up in their class, in the order of the schedule.
 * - A fee is rate x base, rounded half away from zero once, at the rule's level; then the fixed part, then the cap.
 * - At order level it is split over the lines by largest remainder, weighted by each line's part of the base (whatever its
 *   sign), equal remainders to the line id that is lower by bytes; in equal parts where all parts are zero. At SKU level
 *   likewise over the lines of the SKU.
 * - A base may contain fees of rules before it, line by line, as they were charged: rounded, capped and split.
 * - fee_returnable is of the fees that rules return or return pro rata, affiliate commission apart.
 * - shipping_share is what the buyer paid for shipping, split by (list - seller discount) in the same way.
 * - A negative base (a credit note) mirrors the fee: rate, tier and cap count by magnitude. The fixed part is charged on
 *   positive bases only: it is the price of a sale, and platforms keep it when one is undone; of nothing nothing is charged.
 * - The fixed part is charged in full even where it exceeds the base, as platforms do: 0.30 on a sale of 0.10 is a loss the
 *   seller really has. Only a rate that alone takes more than its base (one above 100 %) is FEE_ABOVE_BASE.
 * - An actual commission replaces rate, fixed part and cap, and is split over the lines like a fee at order level; it is a
 *   figure, not an estimate, so nothing bounds it. An order without creator has no affiliate.
 * - Fixed part, cap and tier are brought to the event's scale where that is exact; WRONG_SCALE where a rule in force has one
 *   that is not. A schedule with a currency refuses orders in another one: WRONG_CURRENCY.
 *
 * context and trace may be NULL. alloc serves scratch for orders of more than 64 lines; it never returns NULL. Returns
 * REASON_NONE, AMOUNT_OVERFLOW, WRONG_CURRENCY, WRONG_SCALE or FEE_ABOVE_BASE; the lines' fees and the trace are undefined
 * then. Pure; cost is linear in rules x lines, but for sorting ids, SKUs and remainders.
 */
enum reason fees_apply(const struct fee_schedule *schedule, const struct fee_context *context, const struct event *event,
                       void *(*alloc)(void *ctx, size_t size), void *alloc_ctx, struct line_fact *lines,
                       struct fee_trace *trace);

#endif
