/*
 * An identity is a chain of quantities, each of which is the one before times one more factor: orders, units, gross. So a
 * quantity that is unknown is simply skipped, and effects are differences of logarithms along the chain.
 */
#include "core/hypothesis.h"

#include <math.h>
#include <string.h>

#define LINKS_MAX 3
#define ONE MEASURE_COUNT
#define LARGEST 1e30
#define SMALLEST 1e-30

enum side { EXPECTED, ACTUAL, SIDES };

/* over / under; ONE stands for 1. */
struct quotient {
    uint8_t over, under;
};

struct link {
    struct quotient value;
    enum effect effects[LINKS_MAX]; /* what makes it out of nothing, out of the first link, out of the second */
};

struct identity {
    struct quotient whole;
    unsigned link_count;
    struct link links[LINKS_MAX];
    bool deducts; /* the parts below, too */
    bool is_ratio; /* of which children do not add up */
    bool inverts; /* the first link is the inverse of what it is named after */
};

#define LINK(measure, ...) {{measure, ONE}, {__VA_ARGS__}}
#define PER_LINK(over, under, ...) {{over, under}, {__VA_ARGS__}}
#define WHOLE(over, under) .whole = {over, under}
#define LINKS(count, ...) .link_count = (count), .links = {__VA_ARGS__}
#define CLICKS_LINK LINK(MEASURE_CLICKS, EFFECT_CLICKS)
#define ORDERS_LINK LINK(MEASURE_ORDERS, EFFECT_ORDERS)
#define UNITS_LINK LINK(MEASURE_UNITS, EFFECT_UNITS, EFFECT_UNITS_PER_ORDER)
#define GROSS_LINK LINK(MEASURE_GROSS, EFFECT_GROSS, EFFECT_ORDER_VALUE, EFFECT_PRICE)

static const struct identity identities[SUBJECT_COUNT] = {
    [SUBJECT_ORDERS] = {WHOLE(MEASURE_ORDERS, ONE), LINKS(1, ORDERS_LINK)},
    [SUBJECT_UNITS] = {WHOLE(MEASURE_UNITS, ONE), LINKS(2, ORDERS_LINK, UNITS_LINK)},
    [SUBJECT_GROSS] = {WHOLE(MEASURE_GROSS, ONE), LINKS(3, ORDERS_LINK, UNITS_LINK, GROSS_LINK)},
    [SUBJECT_NET_PROFIT] = {WHOLE(MEASURE_NET, ONE), LINKS(3, ORDERS_LINK, UNITS_LINK, GROSS_LINK), .deducts = true},
    [SUBJECT_REFUNDS] = {WHOLE(MEASURE_REFUNDS, ONE), LINKS(1, LINK(MEASURE_REFUNDS, EFFECT_REFUNDS))},
    [SUBJECT_REFUND_RATE] = {WHOLE(MEASURE_REFUNDS, MEASURE_GROSS),
                             LINKS(2, PER_LINK(ONE, MEASURE_GROSS, EFFECT_GROSS),
                                   PER_LINK(MEASURE_REFUNDS, MEASURE_GROSS, EFFECT_OTHER, EFFECT_REFUNDS)),
                             .is_ratio = true, .inverts = true},
    [SUBJECT_AD_SPEND] = {WHOLE(MEASURE_SPEND, ONE),
                          LINKS(2, CLICKS_LINK, LINK(MEASURE_SPEND, EFFECT_SPEND, EFFECT_COST_PER_CLICK))},
    [SUBJECT_CLICKS] = {WHOLE(MEASURE_CLICKS, ONE), LINKS(1, CLICKS_LINK)},
    [SUBJECT_AVERAGE_ORDER_VALUE] = {WHOLE(MEASURE_GROSS, MEASURE_ORDERS),
                                     LINKS(2, PER_LINK(MEASURE_UNITS, MEASURE_ORDERS, EFFECT_UNITS_PER_ORDER),
                                           PER_LINK(MEASURE_GROSS, MEASURE_ORDERS, EFFECT_ORDER_VALUE, EFFECT_PRICE)),
                                     .is_ratio = true},
    [SUBJECT_ROAS] = {WHOLE(MEASURE_REPORTED_REVENUE, MEASURE_SPEND),
                      LINKS(2, PER_LINK(ONE, MEASURE_SPEND, EFFECT_SPEND),
                            PER_LINK(MEASURE_REPORTED_REVENUE, MEASURE_SPEND, EFFECT_OTHER, EFFECT_REPORTED_REVENUE)),
                      .is_ratio = true, .inverts = true},
    [SUBJECT_CONVERSION] = {WHOLE(MEASURE_REPORTED_ORDERS, MEASURE_CLICKS),
                            LINKS(2, PER_LINK(ONE, MEASURE_CLICKS, EFFECT_CLICKS),
                                  PER_LINK(MEASURE_REPORTED_ORDERS, MEASURE_CLICKS, EFFECT_OTHER, EFFECT_REPORTED_ORDERS)),
                            .is_ratio = true, .inverts = true},
};

static const struct identity volume_and_price = {
    WHOLE(MEASURE_GROSS, ONE), LINKS(2, LINK(MEASURE_UNITS, EFFECT_UNITS), LINK(MEASURE_GROSS, EFFECT_GROSS, EFFECT_PRICE))};

static const struct {
    enum measure measure;
    enum effect effect;
} deductions[] = {{MEASURE_DISCOUNT, EFFECT_DISCOUNTS},
                  {MEASURE_FEES, EFFECT_FEES},
                  {MEASURE_COMMISSION, EFFECT_COMMISSION},
                  {MEASURE_REFUNDS, EFFECT_REFUNDS},
                  {MEASURE_SPEND, EFFECT_SPEND}};
#define DEDUCTION_COUNT (sizeof deductions / sizeof *deductions)

void measures_set(struct measures *measures, enum measure measure, double value)
{
    bool usable = fabs(value) <= LARGEST; /* false of NaN, too */
    measures->of[measure] = usable && fabs(value) >= SMALLEST ? value : 0;
    measures->known = (measures->known & ~(1U << measure)) | (uint32_t)usable << measure;
}

static bool measure_of(const struct measures *measures, unsigned measure, double *ret)
{
    *ret = measure == ONE ? 1 : measures->of[measure];
    return measure == ONE || measures->known >> measure & 1;
}

static bool quotient_of(const struct measures *measures, struct quotient quotient, double *ret)
{
    double over, under;
    if (!measure_of(measures, quotient.over, &over) || !measure_of(measures, quotient.under, &under) || under == 0)
        return false;
    *ret = over / under;
    return true;
}

/* The links of an identity that are known. */
struct chain {
    unsigned count;
    enum effect effects[LINKS_MAX];
    double at[LINKS_MAX][SIDES];
};

/* Orders without units are nothing, but units without orders contradict each other: then orders say nothing. */
static bool contradicts(const double link[SIDES], const double next[SIDES])
{
    return (link[EXPECTED] == 0 && next[EXPECTED] != 0) || (link[ACTUAL] == 0 && next[ACTUAL] != 0);
}

static struct chain chain_of(const struct identity *identity, const struct measures *expected, const struct measures *actual)
{
    struct chain chain = {0};
    double at[LINKS_MAX][SIDES];
    unsigned used = 0, next = identity->link_count, before = 0;
    for (unsigned i = identity->link_count; i-- > 0;) {
        bool last = i + 1 == identity->link_count, known = quotient_of(expected, identity->links[i].value, &at[i][EXPECTED]) &&
                                                           quotient_of(actual, identity->links[i].value, &at[i][ACTUAL]);
        if (last && !known)
            return chain;
        if (!known || (!last && contradicts(at[i], at[next])))
            continue;
        used |= 1U << i;
        next = i;
    }
    for (unsigned i = 0; i < identity->link_count; i++) {
        if (!(used >> i & 1))
            continue;
        chain.effects[chain.count] = identity->links[i].effects[before];
        memcpy(chain.at[chain.count++], at[i], sizeof at[i]);
        before = i + 1;
    }
    return chain;
}

static double log_ratio(double after, double before)
{
    double growth = (after - before) / before;
    return fabs(growth) < 0.5 ? log1p(growth) : log(after / before); /* log alone loses all digits of a small growth */
}

static bool all_positive(const struct chain *chain)
{
    bool positive = true;
    for (unsigned i = 0; i < chain->count; i++)
        positive &= chain->at[i][EXPECTED] > 0 && chain->at[i][ACTUAL] > 0;
    return positive;
}

static void split_by_log_mean(const struct chain *chain, double ret_parts[LINKS_MAX])
{
    const double *whole = chain->at[chain->count - 1];
    double ratio = log_ratio(whole[ACTUAL], whole[EXPECTED]), before = 0;
    double weight = ratio == 0 ? whole[EXPECTED] : (whole[ACTUAL] - whole[EXPECTED]) / ratio;
    for (unsigned i = 0; i < chain->count; i++) {
        double up_to_here = log_ratio(chain->at[i][ACTUAL], chain->at[i][EXPECTED]);
        ret_parts[i] = weight * (up_to_here - before);
        before = up_to_here;
    }
}

/* Where there is nothing before, nothing says what the factor is: it is as on the other side. */
static void factors_of(const struct chain *chain, double ret_factors[LINKS_MAX][SIDES])
{
    for (unsigned i = 0; i < chain->count; i++)
        for (int side = 0; side < SIDES; side++) {
            double before = i ? chain->at[i - 1][side] : 1, other = i ? chain->at[i - 1][!side] : 1;
            ret_factors[i][side] = before != 0 ? chain->at[i][side] / before : other != 0 ? chain->at[i][!side] / other : 0;
        }
}

/* Each factor's step, averaged over all orders in which the factors can step: weighted by how many orders have the same set
 * of factors stepped before. */
static void split_by_midpoint(unsigned count, double factors[LINKS_MAX][SIDES], double ret_parts[LINKS_MAX])
{
    static const double weights[LINKS_MAX][LINKS_MAX] = {{1}, {1. / 2, 1. / 2}, {1. / 3, 1. / 6, 1. / 3}};
    for (unsigned i = 0; i < count; i++) {
        ret_parts[i] = 0;
        for (unsigned stepped = 0; stepped < 1U << count; stepped++) {
            double product = 1;
            unsigned steps = 0;
            if (stepped >> i & 1)
                continue;
            for (unsigned j = 0; j < count; j++) {
                steps += stepped >> j & 1;
                product *= j == i ? factors[j][ACTUAL] - factors[j][EXPECTED] : factors[j][stepped >> j & 1];
            }
            ret_parts[i] += weights[count - 1][steps] * product;
        }
    }
}

static void split_chain(const struct chain *chain, bool inverts, struct effect_part *effects)
{
    double factors[LINKS_MAX][SIDES], parts[LINKS_MAX];
    if (!chain->count)
        return;
    factors_of(chain, factors);
    if (all_positive(chain))
        split_by_log_mean(chain, parts);
    else
        split_by_midpoint(chain->count, factors, parts);
    for (unsigned i = 0; i < chain->count; i++)
        effects[chain->effects[i]] =
            (struct effect_part){parts[i], factors[i][EXPECTED], factors[i][ACTUAL], true, inverts && i == 0};
}

static double sum_of(const struct effect_part *effects)
{
    double sum = 0;
    for (int effect = 0; effect < EFFECT_COUNT; effect++)
        sum += effects[effect].part;
    return sum;
}

static void deduct(const struct hypothesis_input *input, struct hypothesis *hypothesis)
{
    struct effect_part *effects = hypothesis->effects;
    double before, after;
    for (size_t i = 0; i < DEDUCTION_COUNT; i++) {
        enum measure measure = deductions[i].measure;
        if (measure_of(&input->expected, measure, &before) && measure_of(&input->actual, measure, &after))
            effects[deductions[i].effect] = (struct effect_part){before - after, before, after, true, true};
    }
    effects[EFFECT_OTHER] = (struct effect_part){.part = hypothesis->deviation - sum_of(effects), .known = true};
}

/* Descending by the magnitude of the deviation; a total order of the keys of a bucket, so that their order on arrival is of
 * no effect. */
static bool comes_before(const struct child_part *a, const struct child_part *b)
{
    double left = fabs(a->deviation), right = fabs(b->deviation);
    if (left != right)
        return left > right;
    if (a->child->dimension != b->child->dimension)
        return a->child->dimension < b->child->dimension;
    return text_compare(a->child->key, b->child->key) < 0;
}

static void rank_child(struct hypothesis *hypothesis, struct child_part part)
{
    struct child_part *children = hypothesis->children;
    size_t at = hypothesis->child_count;
    if (at == HYPOTHESIS_CHILDREN_MAX && !comes_before(&part, &children[--at]))
        return;
    hypothesis->child_count = at + 1;
    for (; at && comes_before(&part, &children[at - 1]); at--)
        children[at] = children[at - 1];
    children[at] = part;
}

static void rank_children(const struct hypothesis_input *input, const struct identity *identity, struct hypothesis *hypothesis)
{
    double before, after;
    for (size_t i = 0; i < input->child_count; i++) {
        const struct hypothesis_child *child = &input->children[i];
        if (quotient_of(&child->expected, identity->whole, &before) && quotient_of(&child->actual, identity->whole, &after))
            rank_child(hypothesis, (struct child_part){child, after - before});
    }
}

/* Adds a child's effects on gross to sums. False where it does not say units and gross. */
static bool add_volume_and_price(const struct measures *expected, const struct measures *actual, struct effect_part *sums)
{
    struct effect_part effects[EFFECT_COUNT] = {0};
    struct chain chain = chain_of(&volume_and_price, expected, actual);
    if (chain.count != volume_and_price.link_count)
        return false;
    split_chain(&chain, false, effects);
    sums[EFFECT_UNITS].part += effects[EFFECT_UNITS].part;
    sums[EFFECT_PRICE].part += effects[EFFECT_PRICE].part;
    return true;
}

static void take_away(struct measures *rest, const struct measures *child)
{
    rest->of[MEASURE_UNITS] -= child->of[MEASURE_UNITS];
    rest->of[MEASURE_GROSS] -= child->of[MEASURE_GROSS];
}

/* Children that hold more than their parent leave no negative one behind. */
static void bound_below(struct measures *rest)
{
    measures_set(rest, MEASURE_UNITS, fmax(rest->of[MEASURE_UNITS], 0));
    measures_set(rest, MEASURE_GROSS, fmax(rest->of[MEASURE_GROSS], 0));
}

/* The effects of all children of a dimension on gross, with those not given as one more. False where none says enough. */
static bool sum_children(const struct hypothesis_input *input, const struct hypothesis *hypothesis, enum dimension dimension,
                         struct effect_part *ret_sums)
{
    struct measures expected = input->expected, actual = input->actual;
    bool any = false;
    for (size_t i = 0; i < hypothesis->child_count; i++) {
        const struct hypothesis_child *child = hypothesis->children[i].child;
        if (child->dimension != dimension || !add_volume_and_price(&child->expected, &child->actual, ret_sums))
            continue;
        take_away(&expected, &child->expected);
        take_away(&actual, &child->actual);
        any = true;
    }
    bound_below(&expected);
    bound_below(&actual);
    if (any)
        (void)add_volume_and_price(&expected, &actual, ret_sums); /* what it does not say is the residual's */
    return any;
}

static void part_mix_from_price(const struct hypothesis_input *input, struct hypothesis *hypothesis)
{
    struct effect_part *effects = hypothesis->effects;
    if (!effects[EFFECT_PRICE].known)
        return;
    for (enum dimension dimension = DIMENSION_SKU; dimension < DIMENSION_COUNT; dimension++) {
        struct effect_part sums[EFFECT_COUNT] = {0};
        if (!sum_children(input, hypothesis, dimension, sums))
            continue;
        double volume = effects[EFFECT_ORDERS].part + effects[EFFECT_UNITS_PER_ORDER].part + effects[EFFECT_UNITS].part;
        double average = effects[EFFECT_PRICE].part, mix = sums[EFFECT_UNITS].part - volume, price = sums[EFFECT_PRICE].part;
        hypothesis->mix_of = dimension;
        effects[EFFECT_PRICE].part = price;
        effects[EFFECT_MIX] = (struct effect_part){.part = mix, .known = true};
        effects[EFFECT_UNEXPLAINED] = (struct effect_part){.part = average - mix - price, .known = true};
        return;
    }
}

bool hypothesis_split(const struct hypothesis_input *input, struct hypothesis *ret_hypothesis)
{
    const struct identity *identity = &identities[input->subject];
    double before, after;
    if (!quotient_of(&input->expected, identity->whole, &before) || !quotient_of(&input->actual, identity->whole, &after))
        return false;
    struct chain chain = chain_of(identity, &input->expected, &input->actual);
    ret_hypothesis->expected = before;
    ret_hypothesis->deviation = after - before;
    ret_hypothesis->mix_of = DIMENSION_SHOP;
    ret_hypothesis->child_count = 0;
    memset(ret_hypothesis->effects, 0, sizeof ret_hypothesis->effects);
    split_chain(&chain, identity->inverts, ret_hypothesis->effects);
    if (identity->deducts)
        deduct(input, ret_hypothesis);
    if (!identity->is_ratio) {
        rank_children(input, identity, ret_hypothesis);
        part_mix_from_price(input, ret_hypothesis);
    }
    return true;
}
