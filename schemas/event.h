/*
 * Events as plain C, after decoding: what a shop says happened. Strings are slices of the decoded bytes, not
 * NUL-terminated, valid as long as the arena that holds those bytes; a slice with ptr == NULL is an absent value.
 * Money is int64 minor units at the event's amount_scale; times are microseconds since 1970 UTC, EVENT_ABSENT where
 * null; rates are parts per million, -1 where null.
 */
#ifndef SCHEMAS_EVENT_H
#define SCHEMAS_EVENT_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define EVENT_ABSENT INT64_MIN
#define EVENT_ID_BYTES_MAX 200
#define EVENT_LINES_MAX 10000 /* and the most of anything else that an event has many of */
#define EVENT_BYTES_MAX (1024 * 1024)

struct text {
    const char *ptr;
    uint32_t len;
};

/* A NUL-terminated string, borrowed. */
static inline struct text text_of(const char *string)
{
    return (struct text){string, (uint32_t)strlen(string)};
}

/* By bytes, and of equal beginnings the shorter one first; an absent text is as an empty one. */
static inline int text_compare(struct text a, struct text b)
{
    uint32_t len = a.len < b.len ? a.len : b.len;
    int order = len ? memcmp(a.ptr, b.ptr, len) : 0;
    return order ? order : (a.len > b.len) - (a.len < b.len);
}

static inline bool text_same(struct text a, struct text b)
{
    return a.len == b.len && (!a.len || memcmp(a.ptr, b.ptr, a.len) == 0);
}

/* Hash of a key or of a content, 128 bits: two unequal ones never meet in practice. */
struct hash128 {
    uint64_t lo, hi;
};

enum event_kind {
    EVENT_ORDER,
    EVENT_AD_SPEND,
    EVENT_REFUND,
    EVENT_SETTLEMENT,
    EVENT_SKU_MAPPING,
    EVENT_PRODUCT,
    EVENT_UNIT_COST,
    EVENT_SHOP,
    EVENT_KIND_COUNT
};

/* What a topic carries: one kind each, but for the catalog. */
enum event_topic { TOPIC_ORDERS, TOPIC_AD_SPEND, TOPIC_REFUNDS, TOPIC_SETTLEMENTS, TOPIC_CATALOG, TOPIC_COUNT };

static inline enum event_topic event_topic_of(enum event_kind kind)
{
    return kind < EVENT_SKU_MAPPING ? (enum event_topic)kind : TOPIC_CATALOG;
}

enum order_status {
    ORDER_UNPAID,
    ORDER_PAID,
    ORDER_SHIPPED,
    ORDER_DELIVERED,
    ORDER_COMPLETED,
    ORDER_CANCELLED,
    ORDER_ON_HOLD,
    ORDER_STATUS_COUNT
};

struct order_line {
    struct text line_id;
    struct text platform_sku;
    struct text seller_sku;   /* may be absent, and the next two */
    struct text product_name;
    struct text category;
    int64_t quantity;                /* negative on a credit note, never 0 */
    int64_t unit_list_minor;
    int64_t seller_discount_minor;   /* of the whole line, not of a unit; same sign as the line's gross */
    int64_t platform_discount_minor; /* likewise */
    int64_t tax_minor;
    uint64_t sku_hash; /* of platform_sku */
    bool gift;
};

struct affiliate {
    struct text creator;      /* absent: no affiliate */
    struct text content_type;
    struct text content_id;
    int64_t rate_ppm;                /* -1 absent */
    int64_t shop_ads_rate_ppm;       /* -1 absent */
    int64_t actual_commission_minor; /* EVENT_ABSENT until the platform says it */
};

/* What the buyer saw, where that is another currency than the shop's: the shop's is booked. */
struct presentment {
    struct text currency; /* absent: there is none, and the rest says nothing */
    int32_t amount_scale;
    int64_t total_minor;
    int64_t rate_ppb;     /* units of the shop's currency for one of the buyer's, in parts per billion */
};

struct order {
    struct text order_id;
    enum order_status status;
    struct text platform;
    struct text market;
    struct text cancelled_by;
    struct text buyer_key;
    struct text payment_method;
    struct text channel;
    struct text session_id;
    struct text linked_order_id;
    int64_t created_at_us;
    int64_t paid_at_us; /* this and the next three: EVENT_ABSENT where null */
    int64_t shipped_at_us;
    int64_t delivered_at_us;
    int64_t cancelled_at_us;
    bool mirror, sample, replacement, test, cod, taxes_included;
    int64_t shipping_list_minor;
    int64_t shipping_seller_discount_minor;
    int64_t shipping_platform_discount_minor;
    int64_t shipping_paid_minor;
    int64_t payment_platform_discount_minor;
    int64_t buyer_fees_minor;
    int64_t tax_minor;
    int64_t customer_total_minor;
    struct affiliate affiliate;
    struct presentment presentment; /* of customer_total */
    struct order_line *lines;
    uint32_t line_count;
    struct hash128 order_hash; /* of shop_id and order_id */
};

struct ad_spend {
    struct text platform;
    struct text account_id;
    struct text campaign_id;
    struct text campaign_name;
    struct text timezone;
    struct text channel;
    int32_t day;  /* days since 1970-01-01 in the account's zone */
    int32_t hour; /* 0..23, -1: the row covers the day */
    int64_t spend_minor;
    int64_t impressions; /* this and the next two: EVENT_ABSENT where null */
    int64_t clicks;
    int64_t reported_orders;
    int64_t reported_revenue_minor;
    struct hash128 row_hash; /* of shop_id, platform, account_id, campaign_id, day, hour */
};

struct refund_line {
    struct text line_id;
    int64_t quantity; /* 0: money back, nothing returned */
    int64_t amount_minor; /* of the goods, without tax, as the buyer gets it back */
    int64_t tax_minor;
    bool restocked; /* can be sold again */
};

/* Money given back to a buyer, or taken back by a bank. */
struct refund {
    struct text refund_id; /* known by it and its order: a revision that names another order is another refund, and a finding */
    struct text order_id;
    struct text initiator; /* BUYER, SELLER, PLATFORM, BANK ... */
    struct text reason;    /* may be absent */
    bool shipped_before;   /* the order was on its way already */
    bool chargeback;       /* by the buyer's bank */
    bool voided;           /* undone: a chargeback that was won, a refund that was withdrawn */
    int64_t shipping_refund_minor;
    int64_t discrepancy_minor; /* beyond lines, tax and shipping, as the platform states it */
    int64_t case_fee_minor;    /* what the case costs the seller, as stated; EVENT_ABSENT: nothing stated */
    struct presentment presentment; /* of all that the buyer gets back, at the rate of the refund */
    struct refund_line *lines;
    uint32_t line_count;
};

struct settled_amount {
    struct text field;    /* the platform's own name */
    int64_t amount_minor; /* positive: to the seller */
};

/* One transaction of a payout statement, per SKU where the platform says it. */
struct settlement {
    struct text statement_id;
    struct text payout_id; /* may be absent */
    struct text transaction_id;
    struct text order_id;  /* may be absent: not about an order */
    struct text sku;       /* may be absent */
    struct text native_type;
    struct text status;    /* the platform's: PAID, PROCESSING, FAILED ... */
    int64_t settled_at_us;
    struct settled_amount *amounts;
    uint32_t amount_count;
};

struct sku_component {
    struct text sku;  /* canonical */
    int64_t quantity; /* in one unit of the platform's SKU */
};

/* What one unit of a platform's SKU is made of, from valid_from until valid_to. */
struct sku_mapping {
    struct text platform_sku;
    int64_t valid_from_us;
    int64_t valid_to_us; /* EVENT_ABSENT: open */
    struct sku_component *components;
    uint32_t component_count;
};

struct product {
    struct text sku;      /* canonical */
    struct text name;     /* may be absent, and the next two */
    struct text category;
    struct text brand;
    int64_t valid_from_us;
};

struct unit_cost {
    struct text sku;      /* canonical */
    int64_t cost_minor;   /* of one unit */
    int64_t valid_from_us;
    int64_t valid_to_us;  /* EVENT_ABSENT: open */
};

struct shop_info {
    struct text name;     /* may be absent, and the next three */
    struct text platform;
    struct text market;
    struct text timezone;
    int64_t opened_at_us; /* EVENT_ABSENT: unknown */
    int64_t valid_from_us;
};

struct event {
    enum event_kind kind;
    struct text event_id;
    struct text shop_id;
    struct text currency; /* three capital letters; absent in mappings, products and shops */
    int32_t amount_scale;
    int64_t revision; /* the platform's updated_at in microseconds: the higher one wins; EVENT_ABSENT in a settlement without */
    int64_t occurred_at_us;
    uint64_t shop_hash;
    struct hash128 content_hash; /* of everything but event_id: equal revision and equal content is a duplicate */
    union {
        struct order order;
        struct ad_spend ad_spend;
        struct refund refund;
        struct settlement settlement;
        struct sku_mapping sku_mapping;
        struct product product;
        struct unit_cost unit_cost;
        struct shop_info shop;
    };
};

#endif
