/*
 * What a batch changes in the aggregates: new rows minus old ones, summed before any database is asked. Pure.
 * Keys carry the sink's number of a shop, so one rollup is good for one sink.
 */
#ifndef CORE_ROLLUP_H
#define CORE_ROLLUP_H

#include <string.h>

#include "core/fact.h"
#include "core/refund.h"

/* The sums that both aggregates keep of booked lines. */
enum rollup_sum {
    SUM_LINES,
    SUM_UNITS,
    SUM_GROSS,
    SUM_SELLER_DISCOUNT,
    SUM_PLATFORM_DISCOUNT,
    SUM_SHIPPING_SHARE,
    SUM_PLATFORM_FEE,
    SUM_PAYMENT_FEE,
    SUM_AFFILIATE_COMMISSION,
    SUM_OTHER_FEES,
    SUM_NET,
    SUM_COST,       /* of the lines whose cost is known */
    SUM_COST_LINES, /* how many these are */
    ROLLUP_SUM_COUNT
};

/* The sums of booked refund lines. */
enum rollup_refund_sum {
    REFUND_SUM_LINES,
    REFUND_SUM_UNITS,
    REFUND_SUM_NET_SALES, /* gross - seller discount */
    REFUND_SUM_GROSS,
    REFUND_SUM_SELLER_DISCOUNT,
    REFUND_SUM_SHIPPING,
    REFUND_SUM_DISCREPANCY,
    REFUND_SUM_FX,
    REFUND_SUM_AFFILIATE_COMMISSION,
    REFUND_SUM_FEES_RETURNED,
    REFUND_SUM_ADMIN_FEE,
    REFUND_SUM_CASE_FEE,
    REFUND_SUM_NET,
    REFUND_SUM_COST,
    REFUND_SUM_COST_UNKNOWN, /* rows */
    ROLLUP_REFUND_SUM_COUNT
};

struct rollup_key {
    int32_t shop_key;
    int32_t day; /* since 1970-01-01 */
    int32_t amount_scale;
    char currency[4];
};

/* Of the first three letters of the currency. */
static inline struct rollup_key rollup_key_of(int32_t shop_key, int32_t day, int32_t amount_scale, struct text currency)
{
    struct rollup_key key = {.shop_key = shop_key, .day = day, .amount_scale = amount_scale};
    memcpy(key.currency, currency.ptr, currency.len < 3 ? currency.len : 3);
    return key;
}

struct daily_delta {
    struct rollup_key key;
    int64_t orders, ad_spend_minor, ad_spend_rows;
    int64_t sums[ROLLUP_SUM_COUNT];
    int64_t refunds[ROLLUP_REFUND_SUM_COUNT];
};

struct product_delta {
    int32_t shop_key;
    int32_t day;
    uint64_t sku_hash;
    struct text sku; /* borrowed from the first line that was added */
    int64_t sums[ROLLUP_SUM_COUNT];
};

struct rollup;

/* Ends the program when memory is out, as the batch's arena does; so do the adding functions. */
struct rollup *rollup_new(void);
void rollup_free(struct rollup *rollup);
/* Forgets all sums, keeps the memory. */
void rollup_reset(struct rollup *rollup);

/* sign is 1 for a row that is written and -1 for one that is taken away. A line's sku and sku_hash must be filled and the sku
 * live until the next reset. All return false where a sum does not fit an int64; the rollup is then good for a reset only. */
bool rollup_add_order(struct rollup *rollup, const struct rollup_key *key, int sign);
/* cost_minor EVENT_ABSENT: unknown. */
bool rollup_add_line(struct rollup *rollup, const struct rollup_key *key, const struct line_fact *line, int64_t cost_minor, int sign);
/* Costs alone: by how much the known ones of lines with this SKU have grown, and by how many lines. */
bool rollup_add_cost(struct rollup *rollup, const struct rollup_key *key, struct text sku, uint64_t sku_hash, int64_t cost_minor,
                     int64_t lines);
bool rollup_add_refund(struct rollup *rollup, const struct rollup_key *key, const struct refund_effect *effect, int sign);
bool rollup_add_ad_spend(struct rollup *rollup, const struct rollup_key *key, int64_t spend_minor, int sign);

/* The rows that are not all zero; the rollup's, until its next reset, before which nothing more may be added. Daily rows
 * are sorted by shop, day, currency, scale, so that everybody locks in one order. */
const struct daily_delta *rollup_daily(struct rollup *rollup, size_t *ret_count);
const struct product_delta *rollup_products(struct rollup *rollup, size_t *ret_count);

#endif
