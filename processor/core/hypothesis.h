/*
 * What a bucket that stands out is consistent with: the deviation of its metric from the expected bucket, split over the
 * metric's identity, and the narrower series that carry it. Pure: no allocation, no I/O; a function of its arguments,
 * whatever the order of the children. Any thread.
 *
 * Identities. An unknown measure drops out and its neighbours merge: without units, gross is orders x order value.
 *   orders, refunds, clicks    themselves: nothing but children to tell
 *   units                      orders x units per order
 *   gross                      orders x units per order x price
 *   net_profit                 gross as above - discounts - fees - commission - refunds - spend + other;
 *                              other is what net holds beyond the parts that are known
 *   ad_spend                   clicks x cost per click
 *   average_order_value        gross / orders: units per order x price, in which a mix that has changed shows as well
 *   roas, conversion           reported revenue / spend, reported orders / clicks
 *                              (ratios do not add up: their children are ignored)
 *
 * A product R = x1 x2 ... is split by log-mean weights, effect_k = (R1 - R0) / ln(R1 / R0) * ln(xk1 / xk0) (LMDI: Ang,
 * Energy Policy 33, 2005), which is exact, does not depend on the order of the factors, and is antisymmetric when actual and
 * expected are exchanged. Where a factor is 0 or negative it has no logarithm: then by the midpoint form, the mean over all
 * orders in which the factors can be exchanged, which has the same three properties. A factor that nothing says (the price
 * of no units) is taken as unchanged.
 *
 * Price and mix. An average price also moves when cheap and dear keys trade places. Where children of a dimension say units
 * and gross, price is the sum of their own price effects, and mix is the rest of the average's; children that are not given
 * are one more child, the parent less those given. Expectations of parent and children are made apart, so the children may
 * hold more than the parent: what is left over then is the residual, EFFECT_UNEXPLAINED.
 *
 * Use: fill both sides with measures_set, of the parent and of at most some dozens of its children (more are no error), then
 *     char text[HYPOTHESIS_TEXT_BYTES];
 *     size_t len = hypothesis_text(&input, text, sizeof text);
 * "gross -38 % against expected; consistent with: orders -36 % (sku MUG-RED -71 %, 92 % of it), price -3 %, rest +1 %"
 * An effect's figure is its part of the metric, in percent of the expected metric, so that those of a sentence and its rest
 * (what is not named, the residual, and rounding) add up to the headline's. A child's first figure is its own change in the
 * same respect, against its own expectation; "of it" is its share of the effect, or of the metric where the metric is its
 * only effect. Children of several dimensions overlap. Figures are rounded half away from zero to whole percents.
 */
#ifndef CORE_HYPOTHESIS_H
#define CORE_HYPOTHESIS_H

#include "core/fact.h"

#define HYPOTHESIS_CHILDREN_MAX 64 /* of more, those with the largest deviation; the others count as not given */
#define HYPOTHESIS_TEXT_BYTES 640  /* no sentence is longer, its end included */

/* Sums of one bucket. Money in minor units of the shop's currency; deductions are positive where they lower the profit. */
enum measure {
    MEASURE_ORDERS,
    MEASURE_UNITS,
    MEASURE_GROSS, /* at list prices */
    MEASURE_DISCOUNT,
    MEASURE_FEES,
    MEASURE_COMMISSION,
    MEASURE_REFUNDS,
    MEASURE_SPEND,
    MEASURE_NET,
    MEASURE_CLICKS,
    MEASURE_REPORTED_ORDERS,
    MEASURE_REPORTED_REVENUE,
    MEASURE_COUNT
};

/* All zero: nothing is known. */
struct measures {
    double of[MEASURE_COUNT];
    uint32_t known; /* bit per measure */
};

/* Anything that is not finite, or beyond 1e30, stays unknown; magnitudes below 1e-30 are 0. */
void measures_set(struct measures *measures, enum measure measure, double value);

enum subject {
    SUBJECT_ORDERS,
    SUBJECT_UNITS,
    SUBJECT_GROSS,
    SUBJECT_NET_PROFIT,
    SUBJECT_AVERAGE_ORDER_VALUE,
    SUBJECT_REFUNDS,
    SUBJECT_REFUND_RATE,
    SUBJECT_AD_SPEND,
    SUBJECT_CLICKS,
    SUBJECT_ROAS,
    SUBJECT_CONVERSION,
    SUBJECT_COUNT
};

struct hypothesis_child {
    enum dimension dimension; /* each dimension is a partition of the parent */
    struct text key;          /* borrowed; any bytes */
    struct measures actual, expected;
};

struct hypothesis_input {
    enum subject subject;
    struct measures actual, expected;
    const struct hypothesis_child *children; /* borrowed; no key twice in a dimension */
    size_t child_count;
};

enum effect {
    EFFECT_ORDERS,
    EFFECT_UNITS_PER_ORDER,
    EFFECT_UNITS, /* where orders are unknown */
    EFFECT_PRICE,
    EFFECT_ORDER_VALUE, /* where units are unknown */
    EFFECT_GROSS,       /* where both are */
    EFFECT_MIX,
    EFFECT_DISCOUNTS,
    EFFECT_FEES,
    EFFECT_COMMISSION,
    EFFECT_REFUNDS,
    EFFECT_SPEND,
    EFFECT_CLICKS,
    EFFECT_COST_PER_CLICK,
    EFFECT_REPORTED_ORDERS,
    EFFECT_REPORTED_REVENUE,
    EFFECT_OTHER,
    EFFECT_UNEXPLAINED,
    EFFECT_COUNT
};

struct effect_part {
    double part;          /* of the deviation, in the metric's unit */
    double before, after; /* the factor or measure itself, expected and actual; 0 of mix, other and unexplained */
    bool known;
    bool deducted;        /* the metric falls where it rises */
};

struct child_part {
    const struct hypothesis_child *child;
    double deviation; /* of the metric */
};

struct hypothesis {
    double expected, deviation;               /* of the metric; deviation = actual - expected */
    struct effect_part effects[EFFECT_COUNT]; /* the parts of those known add up to deviation, but for the last digits */
    enum dimension mix_of;                    /* whose keys the mix is of; DIMENSION_SHOP: price is the plain average's */
    struct child_part children[HYPOTHESIS_CHILDREN_MAX]; /* largest deviation first; of equal ones by dimension and key */
    size_t child_count;
};

/* False, and nothing filled, where the metric is unknown on a side. */
bool hypothesis_split(const struct hypothesis_input *input, struct hypothesis *ret_hypothesis);

/* The sentence, UTF-8 without control characters and with an end, in at most room bytes: what does not fit is left out in whole
 * parts. Returns its length; 0 where the metric is unknown or does not deviate, or room does not hold the beginning. */
size_t hypothesis_text(const struct hypothesis_input *input, char *ret_text, size_t room);

#endif
