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

#define EVENT_ABSENT INT64_MIN
#define EVENT_ID_BYTES_MAX 200
#define EVENT_LINES_MAX 10000
#define EVENT_BYTES_MAX (1024 * 1024)

struct text {
    const char *ptr;
    uint32_t len;
};

/* Hash of a key or of a content, 128 bits: two unequal ones never meet in practice. */
struct hash128 {
    uint64_t lo, hi;
};

enum event_kind { EVENT_ORDER, EVENT_AD_SPEND, EVENT_KIND_COUNT };

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

struct event {
    enum event_kind kind;
    struct text event_id;
    struct text shop_id;
    struct text currency; /* three capital letters */
    int32_t amount_scale;
    int64_t revision; /* the platform's updated_at in microseconds: the higher one wins */
    int64_t occurred_at_us;
    uint64_t shop_hash;
    struct hash128 content_hash; /* of everything but event_id: equal revision and equal content is a duplicate */
    union {
        struct order order;
        struct ad_spend ad_spend;
    };
};

#endif
