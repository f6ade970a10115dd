/*
 * What the engine makes of events: rows for the warehouse, as plain values. A sink writes them; nothing in them is a
 * secret of any database. Text and line arrays live in the batch's arena, shops in the engine.
 *
 * Money identity of every line, in minor units of the order's currency:
 *   net = gross - seller_discount - platform_fee - payment_fee - affiliate_commission - other_fees   (- cost, once known)
 */
#ifndef CORE_FACT_H
#define CORE_FACT_H

#include "core/settlement_names.h"
#include "core/shop.h"
#include "schemas/event.h"

/* Where a fact comes from: slot is the index of a (topic, partition) in the batch's positions. */
struct origin {
    int64_t offset;
    uint32_t slot;
};

struct line_fact {
    struct text line_id;
    struct text sku;      /* the platform's SKU */
    struct text category; /* may be absent */
    uint64_t sku_hash;
    int32_t line_no;      /* 1, 2, ... in the order's own sequence */
    int32_t quantity;
    bool gift;            /* as the platform states it; likewise the tax */
    int64_t tax_minor;
    int64_t gross_minor;  /* unit_list x quantity, before any discount; less the tax where prices include it */
    int64_t seller_discount_minor;
    int64_t platform_discount_minor;
    int64_t shipping_share_minor; /* of what the buyer paid for shipping */
    int64_t platform_fee_minor;
    int64_t payment_fee_minor;
    int64_t affiliate_commission_minor;
    int64_t other_fees_minor;
    int64_t fee_returnable_minor; /* of platform, payment and other fees: what a refund of the whole line gives back */
    int64_t net_minor;
};

/* What the engine knows of a row before any database is asked. A wrong NEW costs a fallback, never correctness. */
enum fact_novelty {
    FACT_NEW,   /* never seen, and nothing hints at an earlier revision */
    FACT_UNSURE /* a later revision, or an order older than the engine's memory */
};

struct order_fact {
    const struct shop *shop;
    struct event *event;
    struct order *order;      /* event->order: status, times, buyer, order-level money */
    struct text event_id;
    int64_t revision;
    int64_t occurred_at_us;
    struct hash128 content_hash;
    uint64_t lines_hash;      /* of all columns of all lines, day and booked: equal means that no line row changes */
    uint64_t row_hash;        /* of all columns of the order's row; verify recomputes it */
    struct line_fact *lines;
    uint32_t line_count;
    int32_t day;              /* of created_at, in the shop's zone; days since 1970-01-01 */
    bool booked;              /* counts in aggregates: a paid sale, not cancelled, unpaid, on hold, test, mirror, sample or replacement */
    enum fact_novelty novelty;
    const char *rule_set;     /* name and version of the fee schedule, NUL-terminated, lives as long as the program */
    struct origin origin;
};

struct ad_spend_fact {
    const struct shop *shop;
    struct ad_spend *spend;
    struct text event_id;
    struct text currency;
    int32_t amount_scale;
    int64_t revision;
    int64_t occurred_at_us;
    struct hash128 content_hash;
    uint64_t columns_hash; /* of all columns; verify recomputes it */
    struct origin origin;
};

struct refund_fact {
    const struct shop *shop;
    const struct refund *refund;
    struct text event_id;
    struct text currency;
    int32_t amount_scale;
    int64_t revision;
    int64_t occurred_at_us;
    struct hash128 content_hash;
    struct hash128 key_hash; /* of shop, order and refund: for tables in memory */
    uint64_t columns_hash;   /* of all columns; verify recomputes it */
    int32_t day;             /* of occurred_at, in the shop's zone */
    struct origin origin;
};

struct settled_row {
    struct text field; /* normalised; "residual:..." of a sum: what it holds beyond the amounts that are named */
    enum settled_class class;
    int64_t amount_minor; /* positive: to the seller; never 0 */
};

/* One line of a statement. The rows add up to total_minor. */
struct settlement_fact {
    const struct shop *shop;
    struct settlement *settlement;
    struct text event_id;
    struct text currency;
    int32_t amount_scale;
    int64_t revision;       /* without one: occurred_at */
    int64_t occurred_at_us; /* without one: settled_at */
    struct hash128 content_hash;
    struct hash128 key_hash; /* of shop, transaction and SKU: for tables in memory */
    enum settled_type type;
    int32_t day;            /* of settled_at, in the shop's zone */
    bool total_stated;      /* otherwise the total is the sum of the rows */
    int64_t total_minor;
    int64_t total_break_minor, sales_break_minor, shipping_break_minor; /* 0: the identity holds, or says nothing here */
    uint32_t unknown_count; /* amounts and types that have no name here */
    struct settled_row *rows;
    uint32_t row_count;
    uint64_t rows_hash;     /* of all columns of all rows */
    uint64_t columns_hash;  /* of all columns of the line; verify recomputes both */
    struct origin origin;
};

/* A version of the catalog: a mapping, a cost, a product or a shop, as event->kind says. */
struct catalog_fact {
    const struct shop *shop;
    const struct event *event;
    struct text sku;         /* the platform's of a mapping, else the seller's own; "" of a shop */
    int64_t valid_from_us;
    struct hash128 key_hash; /* of kind, shop, SKU and valid_from: for tables in memory */
    uint64_t columns_hash;   /* of all columns; verify recomputes it */
    struct origin origin;
};

/* What each is, and of which keys: core/metric.h. */
enum metric {
    METRIC_ORDER_VALUE,    /* gross of an order; key: the order, as for the next three but one */
    METRIC_UNIT_PRICE,     /* list price of a unit; key: the SKU */
    METRIC_DISCOUNT_SHARE, /* of an order's gross, what the seller gave away */
    METRIC_MARGIN,         /* of an order's gross, what is left after discounts, fees and commission */
    METRIC_SHIPPING,       /* what the buyer paid for shipping */
    METRIC_ORDERS,         /* from here on: of a bucket */
    METRIC_UNITS,
    METRIC_GROSS,
    METRIC_NET_PROFIT,
    METRIC_AVERAGE_ORDER_VALUE, /* gross / orders */
    METRIC_REFUNDS,        /* money given back */
    METRIC_REFUND_RATE,    /* money given back / gross of a day */
    METRIC_AD_SPEND,
    METRIC_CLICKS,
    METRIC_ROAS,           /* reported revenue / spend */
    METRIC_CONVERSION,     /* reported orders / clicks */
    METRIC_SOURCE_SILENT,  /* orders or reports that did not come, where everything of a shop stopped */
    METRIC_COUNT
};
const char *metric_name(enum metric metric);

/* What the key of a series is a key of, within its shop. */
enum dimension { DIMENSION_SHOP /* key: "" */, DIMENSION_SKU, DIMENSION_CATEGORY, DIMENSION_CHANNEL, DIMENSION_CAMPAIGN, DIMENSION_COUNT };
const char *dimension_name(enum dimension dimension);

enum severity { SEVERITY_WARN, SEVERITY_ALERT, SEVERITY_FLAT /* a baseline without spread changed */ };
const char *severity_name(enum severity severity);

/*
 * Values are in the metric's unit: minor units of the shop's currency, a count, or a share. One of a bucket is told when the bucket has
 * ended, and again when late events have changed it: of one shop, metric, dimension, key, window start and baseline the one with the
 * most edits stands.
 */
struct anomaly_fact {
    const struct shop *shop;
    enum metric metric;
    enum dimension dimension;
    struct text key;
    int64_t window_start_us; /* start of the bucket, or the event's own time */
    int64_t width_us;        /* of the bucket; 0 of an event */
    const char *baseline;    /* "events" or "buckets" */
    double value, expected, lower, upper; /* lower..upper: where a value would not even have been a warning */
    double z_raw, z_calibrated;
    uint32_t n;              /* values in the baseline */
    enum severity severity;
    bool above;              /* direction: value > expected */
    uint32_t edits;          /* how often it was told before */
    bool withdrawn;          /* late events have made the bucket ordinary */
    struct text hypothesis;  /* may be absent */
    struct origin origin;
};

/*
 * A stretch of time in which a series is not what was to be expected: one per shop, metric, dimension and key at a time. It is
 * told anew whenever something about it changes; revision grows by one each time, and the largest stands.
 */
enum incident_status {
    INCIDENT_OPEN,
    INCIDENT_RECOVERED,  /* back within bounds for as long as it takes to re-arm */
    INCIDENT_NEW_NORMAL, /* the level has settled elsewhere and is the baseline now */
    INCIDENT_WITHDRAWN   /* late events have made its buckets ordinary */
};
const char *incident_status_name(enum incident_status status);

struct incident_fact {
    const struct shop *shop;
    enum metric metric;
    enum dimension dimension;
    struct text key;
    int64_t opened_us;        /* start of its first bucket; with shop, metric, dimension and key its identity */
    int64_t last_us;          /* end of its last bucket so far */
    int64_t closed_us;        /* EVENT_ABSENT while it is open */
    uint32_t revision;        /* 1, 2, ... */
    enum incident_status status;
    enum severity severity;   /* the highest so far */
    bool above;
    double value, expected, lower, upper, z_calibrated; /* of the bucket that stood out most */
    int64_t peak_us;          /* start of that bucket */
    int64_t width_us;         /* of its buckets */
    uint32_t bucket_count;    /* buckets that stood out */
    uint32_t child_count;     /* incidents of narrower keys that were folded into this one */
    struct text hypothesis;   /* may be absent */
    struct origin origin;     /* of the event that showed the change */
};

/* A bucket of a shop that was seen whole and that nothing will move any more: what a rate of two topics is made of (core/refund_rate.h). */
struct settled_fact {
    const struct shop *shop;
    int64_t start_us, end_us;
    double sum;          /* gross, or given back, in minor units */
    uint32_t era;        /* how often its topic's time had gone back */
    bool given_back;
};

/* One batch of facts. The owner sets alloc (an arena: never NULL, given back all at once) and zeroes the rest. */
struct facts {
    void *(*alloc)(void *ctx, size_t size);
    void *alloc_ctx;
    struct order_fact *orders;
    struct ad_spend_fact *ad_spends;
    struct refund_fact *refunds;
    struct settlement_fact *settlements;
    struct catalog_fact *catalog;
    struct anomaly_fact *anomalies;
    struct incident_fact *incidents;
    struct settled_fact *settled;
    size_t order_count, order_room;
    size_t ad_spend_count, ad_spend_room;
    size_t refund_count, refund_room;
    size_t settlement_count, settlement_room;
    size_t catalog_count, catalog_room;
    size_t anomaly_count, anomaly_room;
    size_t incident_count, incident_room;
    size_t settled_count, settled_room;
    size_t row_count;  /* orders, refunds, settlements, the lines of all of them, ad spends, the catalog: what a batch limit counts */
    uint64_t sequence; /* different for every batch of a run, never 0: tells the engine whether an order is still open here */
};

/* As warehouse.fact_refunds has them: 1 shipped before, 2 chargeback, 4 voided. */
static inline unsigned refund_flags(const struct refund *refund)
{
    return (unsigned)refund->shipped_before | (unsigned)refund->chargeback << 1 | (unsigned)refund->voided << 2;
}

struct order_fact *facts_add_order(struct facts *facts);
struct ad_spend_fact *facts_add_ad_spend(struct facts *facts);
struct refund_fact *facts_add_refund(struct facts *facts);
struct settlement_fact *facts_add_settlement(struct facts *facts);
struct catalog_fact *facts_add_catalog(struct facts *facts);
struct anomaly_fact *facts_add_anomaly(struct facts *facts);
struct incident_fact *facts_add_incident(struct facts *facts);
struct settled_fact *facts_add_settled(struct facts *facts);

/* Fills lines_hash, row_hash, rows_hash and columns_hash of all facts. Apart from the engine, because a thread that writes can do it while
 * the next batch fills. */
void facts_seal(struct facts *facts);

/* Hashes over the columns as they stand in the warehouse. order_row_hash covers lines_hash too. */
uint64_t lines_hash(const struct order_fact *fact);
uint64_t order_row_hash(const struct order_fact *fact);
uint64_t ad_spend_columns_hash(const struct ad_spend_fact *fact);
uint64_t refund_columns_hash(const struct refund_fact *fact);
uint64_t catalog_columns_hash(const struct catalog_fact *fact);
/* settlement_columns_hash covers the shop's id and rows_hash too. */
uint64_t settlement_rows_hash(const struct settlement_fact *fact);
uint64_t settlement_columns_hash(const struct settlement_fact *fact);

#endif
