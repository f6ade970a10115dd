/*
 * What a metric is: from which events it comes, of which keys it can be, and how it is taken from what a bucket holds. A metric's data
 * come from one topic, so that no verdict hangs on how two topics interleave; rates of two are made of what both have settled
 * (core/refund_rate.h).
 */
#ifndef CORE_METRIC_H
#define CORE_METRIC_H

#include "core/fact.h"
#include "core/scorer.h"

enum feed {
    FEED_ORDERS,
    FEED_SPEND,
    FEED_REFUNDS,
    FEED_LANES, /* those that a topic feeds: an engine has a detector of each */
    FEED_RATES = FEED_LANES,
    FEED_COUNT
};

/* Whose events are days of a shop already. */
static inline bool feed_is_daily(enum feed feed)
{
    return feed == FEED_SPEND || feed == FEED_RATES;
}

/* What a bucket adds up; a feed uses a place for one thing. Money is in minor units. */
enum bucket_part {
    PART_EVENTS = 0, /* orders (of a SKU or category: lines), reports, refunds */
    PART_UNITS = 1,
    PART_GROSS = 2,
    PART_SELLER_DISCOUNT = 3,
    PART_FEES = 4,
    PART_COMMISSION = 5,
    PART_NET = 6,
    PART_SPEND = 1,
    PART_CLICKS = 2,
    PART_REPORTED_ORDERS = 3,
    PART_REPORTED_REVENUE = 4,
    PART_REFUNDED = 1, /* of rates too, beside PART_GROSS */
    PART_COUNT = 7
};

struct metric_rule {
    const char *name;
    enum feed feed;      /* source_silent: of any */
    bool per_event;      /* a value of one event; otherwise of a bucket */
    enum scorer_scale scale;
    unsigned dimensions; /* bits: of which keys it can be ... */
    unsigned usual;      /* ... and is by default */
};

const struct metric_rule *metric_rule(enum metric metric);

/* A per-bucket metric's value. False where the bucket has none: a ratio without a denominator, and metrics of events. */
bool metric_of_bucket(enum metric metric, const double sums[PART_COUNT], double *ret_value);

/* How many events that value is the average of, for scorer_test_average: of an average order value the bucket's orders, else 1. >= 1. */
uint32_t metric_weight(enum metric metric, const double sums[PART_COUNT]);

#endif
