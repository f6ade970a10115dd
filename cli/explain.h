/*
 * How the figures of one order came about: computed anew by the code of the stream, each fee taken apart into what it was made of, and
 * held against the rows that are stored. Pure: everything in and out is plain values.
 */
#ifndef CLI_EXPLAIN_H
#define CLI_EXPLAIN_H

#include "common/arena.h"
#include "core/order_fact.h"
#include "core/sold_order.h"
#include "postgres/order_load.h"

#define EXPLAIN_TERMS_MAX (COMPONENT_COUNT + FEE_SLOTS_MAX)
#define EXPLAIN_DIFFERENCES_MAX 100

/* A named amount of a base, as far as the rule's lines have it; sign -1 or +1. */
struct explain_term {
    const char *name;
    int sign;
    int64_t amount_minor;
};

/* One computation of a fee: of the order, of a line or of a SKU, as the rule's level says. */
struct explain_step {
    const uint32_t *lines; /* indexes, line_count of them */
    uint32_t line_count;
    int64_t base_minor;
    int64_t tier_minor;    /* of the base: what lies above the tier's edge */
    int64_t rounded_minor; /* rate x base, and the tier's, each rounded */
    int64_t fixed_minor;
    int64_t cap_minor;     /* -1: none */
    bool capped;
    int64_t amount_minor;
};

struct explain_fee {
    const struct fee_rule *rule;
    const struct fee_charge *charge;
    struct explain_term terms[EXPLAIN_TERMS_MAX]; /* sum of sign x amount is the charge's base */
    size_t term_count;
    struct explain_step *steps; /* none of an actual commission */
    uint32_t step_count;
    bool whole; /* terms and steps give what was charged; anything else is our bug, and a difference */
};

/* A refund and what it takes back, in the order in which refunds take effect. */
struct explain_refund {
    const struct loaded_refund *refund;
    struct event event;
    struct refund_fact made;       /* points to the event */
    enum reason reason;            /* why the refund could not be made anew; it takes nothing back then */
    const struct refund_effect *effects; /* effect_count of them, by line_no; 0 is what belongs to no line */
    size_t effect_count;
    const struct fee_refund_effect *fees; /* fee_count of them, charge by charge; of the explanation's sold order */
    size_t fee_count;
    int64_t net_minor;             /* what it takes off the order's net */
};

/* What an order should yield beside what was settled, by class of amount; all positive to the seller. */
struct explain_class {
    const char *name;
    bool is_expected;      /* the rules have a say in it */
    bool is_cash;          /* counts in no profit: ads paid from the proceeds, reserves */
    int64_t expected_minor, settled_minor;
};

#define EXPLAIN_CLASSES_MAX (SETTLED_CLASS_COUNT + 1)

struct explain_book {
    struct explain_class classes[EXPLAIN_CLASSES_MAX];
    size_t class_count;
    int64_t expected_minor, settled_minor; /* without cash */
    size_t foreign_count;  /* settled in another currency than the order's, and left out */
    bool fits;             /* else its sums are not to be read */
};

/* A figure that the stored rows and the computation disagree on. */
struct explain_difference {
    const char *where;  /* "order", "line 2", "refund r-1, line 2" */
    const char *column; /* as the warehouse calls it */
    const char *stored, *computed; /* computed NULL: stored says what is wrong */
};

struct explain_sums {
    int64_t gross_minor, seller_discount_minor, platform_discount_minor, net_minor;
    int64_t cost_minor; /* EVENT_ABSENT: not known of every line */
};

struct explanation {
    const struct loaded_order *loaded;
    struct shop shop;    /* the order's, with the policy of the configuration */
    struct event event;
    enum reason reason;  /* why the order could not be computed anew; all up to differences is empty then */
    struct order_fact made;
    struct fee_trace trace;
    struct explain_fee *fees; /* one per charge, in their order */
    size_t fee_count;
    struct explain_sums sums;
    struct sold_order sold; /* as the refunds met it */
    struct explain_refund *refunds;
    size_t refund_count;
    int64_t net_after_minor; /* net of the order less that of all refunds */
    int64_t restocked_minor; /* cost of goods that came back and can be sold again; EVENT_ABSENT: not known of all */
    int64_t after_cost_minor, profit_minor; /* net_after less cost, and with restocked again; EVENT_ABSENT: a cost is not known */
    struct explain_book book;
    bool same_rules;     /* the schedule is the one the order was stored with */
    struct explain_difference *differences;
    size_t difference_count; /* all; the first EXPLAIN_DIFFERENCES_MAX are kept */
};

/* loaded->found. Everything in ret is the arena's, the loaded order's and the policy's, and points into ret: it must not be copied. */
void explain_make(const struct loaded_order *loaded, const struct shop_policy *policy, struct arena *arena,
                  struct explanation *ret);

#endif
