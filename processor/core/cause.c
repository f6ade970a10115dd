/*
 * What a bucket that stands out is consistent with, in a sentence: its sums and what they should have been, and those of the keys within
 * the shop that have a bucket of the same time. What should have been comes from the metrics' own scorers; of sums that are not
 * watched, from how the key's sums are usually made up.
 */
#include <math.h>
#include <string.h>

#include "core/detector_internal.h"
#include "core/hypothesis.h"

/* Which sum of a bucket says a measure, and which metric tells what it should be. */
struct measure_rule {
    enum measure measure;
    enum bucket_part part;
    enum metric metric; /* METRIC_COUNT: none */
};

static const struct measure_rule of_orders[] = {
    {MEASURE_GROSS, PART_GROSS, METRIC_GROSS},
    {MEASURE_ORDERS, PART_EVENTS, METRIC_ORDERS},
    {MEASURE_UNITS, PART_UNITS, METRIC_UNITS},
    {MEASURE_NET, PART_NET, METRIC_NET_PROFIT},
    {MEASURE_DISCOUNT, PART_SELLER_DISCOUNT, METRIC_COUNT},
    {MEASURE_FEES, PART_FEES, METRIC_COUNT},
    {MEASURE_COMMISSION, PART_COMMISSION, METRIC_COUNT},
};
static const struct measure_rule of_spend[] = {
    {MEASURE_SPEND, PART_SPEND, METRIC_AD_SPEND},
    {MEASURE_CLICKS, PART_CLICKS, METRIC_CLICKS},
    {MEASURE_REPORTED_ORDERS, PART_REPORTED_ORDERS, METRIC_COUNT},
    {MEASURE_REPORTED_REVENUE, PART_REPORTED_REVENUE, METRIC_COUNT},
};
static const struct measure_rule of_rates[] = {{MEASURE_REFUNDS, PART_REFUNDED, METRIC_COUNT}, {MEASURE_GROSS, PART_GROSS, METRIC_COUNT}};
static const struct measure_rule of_refunds[] = {{MEASURE_REFUNDS, PART_REFUNDED, METRIC_REFUNDS}};

static const struct {
    const struct measure_rule *rules;
    size_t count;
} feeds[FEED_COUNT] = {
    [FEED_ORDERS] = {of_orders, sizeof of_orders / sizeof *of_orders},
    [FEED_SPEND] = {of_spend, sizeof of_spend / sizeof *of_spend},
    [FEED_REFUNDS] = {of_refunds, sizeof of_refunds / sizeof *of_refunds},
    [FEED_RATES] = {of_rates, sizeof of_rates / sizeof *of_rates},
};

static bool is_subject(enum metric metric, enum subject *ret_subject)
{
    static const struct {
        enum metric metric;
        enum subject subject;
    } subjects[] = {{METRIC_ORDERS, SUBJECT_ORDERS},     {METRIC_UNITS, SUBJECT_UNITS},       {METRIC_GROSS, SUBJECT_GROSS},
                    {METRIC_NET_PROFIT, SUBJECT_NET_PROFIT}, {METRIC_REFUNDS, SUBJECT_REFUNDS}, {METRIC_AD_SPEND, SUBJECT_AD_SPEND},
                    {METRIC_CLICKS, SUBJECT_CLICKS},     {METRIC_ROAS, SUBJECT_ROAS},         {METRIC_CONVERSION, SUBJECT_CONVERSION},
                    {METRIC_REFUND_RATE, SUBJECT_REFUND_RATE},
                    {METRIC_AVERAGE_ORDER_VALUE, SUBJECT_AVERAGE_ORDER_VALUE}};
    for (size_t i = 0; i < sizeof subjects / sizeof *subjects; i++)
        if (subjects[i].metric == metric) {
            *ret_subject = subjects[i].subject;
            return true;
        }
    return false;
}

/* Of one metric of a key; false where its scorer does not know yet. */
static bool expected_of(const struct detector *detector, const struct key_layout *layout, const struct key_record *record,
                        enum metric metric, const struct bucket *bucket, double *ret_expected)
{
    int slot = metric == METRIC_COUNT ? -1 : layout->slot_of[metric];
    if (slot < 0)
        return false;
    struct series *series = key_series(layout, record, (unsigned)slot);
    enum bucket_width width = bucket_width_of_span(bucket->start_us, bucket->end_us);
    const struct scorer_config *config = &detector->scorers[metric][width];
    if (series->width != (uint32_t)width + 1 || scorer_count(series_scorer(series)) < config->warm_up)
        return false;
    const struct zone *zone = key_shop(detector, record)->policy->zone;
    *ret_expected = scorer_expected(series_scorer(series), config, bucket_slot(zone, bucket->start_us));
    return true;
}

/* What the usual sums are to be multiplied by before a scorer has said anything. Of rates no sum has a scorer; but a day is one event of
 * theirs, so the usual number of these says how much of their memory is filled. */
static double first_scale(const struct detector *detector, const struct key_record *record)
{
    double days = (double)record->usual[PART_EVENTS];
    return detector->feed == FEED_RATES && days > 0 ? 1 / days : 0;
}

/* What all sums of a bucket should have been: the first that a scorer knows gives the scale of those that none does. */
static void expect(const struct detector *detector, const struct key_layout *layout, const struct key_record *record,
                   const struct bucket *bucket, struct measures *ret_expected)
{
    const struct measure_rule *rules = feeds[detector->feed].rules;
    size_t count = feeds[detector->feed].count;
    double scale = first_scale(detector, record), value;
    for (size_t i = 0; i < count; i++) {
        double usual = (double)record->usual[rules[i].part];
        if (!expected_of(detector, layout, record, rules[i].metric, bucket, &value))
            continue;
        measures_set(ret_expected, rules[i].measure, value);
        scale = scale > 0 || usual <= 0 ? scale : value / usual;
    }
    for (size_t i = 0; i < count && scale > 0; i++)
        if (!(ret_expected->known >> rules[i].measure & 1))
            measures_set(ret_expected, rules[i].measure, (double)record->usual[rules[i].part] * scale);
}

static void measure(enum feed feed, const struct bucket *bucket, struct measures *ret_actual)
{
    for (size_t i = 0; i < feeds[feed].count; i++)
        measures_set(ret_actual, feeds[feed].rules[i].measure, bucket->sums[feeds[feed].rules[i].part]);
}

static const struct bucket *bucket_of_span(const struct key_layout *layout, const struct key_record *record, const struct bucket *span)
{
    for (unsigned place = 0; place < record->count; place++) {
        const struct bucket *bucket = key_bucket(layout, record, place);
        if (bucket->start_us == span->start_us && bucket->end_us == span->end_us)
            return bucket;
    }
    return NULL;
}

struct family {
    struct hypothesis_child children[HYPOTHESIS_CHILDREN_MAX];
    double sizes[HYPOTHESIS_CHILDREN_MAX];
    size_t count;
};

/* Keeps the children that are off most: by what the feed's first measure is off. */
static void keep_child(struct family *family, const struct hypothesis_child *child, enum measure by)
{
    double size = fabs(child->actual.of[by] - child->expected.of[by]);
    size_t at = family->count;
    if (family->count < HYPOTHESIS_CHILDREN_MAX) {
        family->count++;
    } else {
        at = 0;
        for (size_t i = 1; i < family->count; i++)
            at = family->sizes[i] < family->sizes[at] ? i : at;
        if (size <= family->sizes[at])
            return;
    }
    family->children[at] = *child;
    family->sizes[at] = size;
}

static void gather(const struct detector *detector, const struct key_record *shop, const struct bucket *span, struct family *family)
{
    for (int dimension = DIMENSION_SHOP + 1; dimension < DIMENSION_COUNT; dimension++) {
        const struct key_space *space = &detector->spaces[dimension];
        for (uint32_t i = 0; i < space->pool.count; i++) {
            const struct key_record *record = record_pool_at(&space->pool, i);
            const struct bucket *bucket = record->live && record->shop == shop->shop ? bucket_of_span(&space->layout, record, span) : NULL;
            if (!bucket)
                continue;
            struct hypothesis_child child = {.dimension = (enum dimension)dimension,
                                             .key = key_texts_at(&space->texts, record->text_at, record->text_len)};
            measure(detector->feed, bucket, &child.actual);
            expect(detector, &space->layout, record, bucket, &child.expected);
            if (child.expected.known)
                keep_child(family, &child, feeds[detector->feed].rules[0].measure);
        }
    }
}

size_t cause_text(const struct detector *detector, const struct watched *watched, const struct bucket *bucket, char *ret_text, size_t room)
{
    struct hypothesis_input input = {0};
    struct family family = {.count = 0};
    const struct key_layout *layout = &watched->space->layout;
    if (!is_subject(layout->metrics[watched->slot], &input.subject))
        return 0;
    measure(detector->feed, bucket, &input.actual);
    expect(detector, layout, watched->record, bucket, &input.expected);
    if (watched->dimension == DIMENSION_SHOP)
        gather(detector, watched->record, bucket, &family);
    input.children = family.children;
    input.child_count = family.count;
    return hypothesis_text(&input, ret_text, room);
}
