/*
 * What the engine knows of a shop: who it is, in what it books, and by which dated rules its fees are computed.
 * Filled from the configuration, from what the database knows (dim_shop), and from the shop's first order.
 */
#ifndef CORE_SHOP_H
#define CORE_SHOP_H

#include <stdbool.h>

#include "core/fees.h"
#include "core/zone.h"
#include "schemas/event.h"

struct calendar; /* core/calendar.h */

/* What the configuration says of one shop, or of every shop that it does not name. Shared, read-only. */
struct shop_policy {
    const struct zone *zone;               /* the shop's business day */
    const struct fee_schedule *fees;       /* never NULL; an empty schedule charges nothing */
    struct fee_seller seller;              /* what those fees may depend on */
    const char *zone_name;
    const char *currency;                  /* NULL: that of the shop's first order */
    int32_t amount_scale;                  /* -1: that of the shop's first order */
    const struct calendar *calendar;       /* known events, in the shop's own time; NULL: none */
};

/* One shop of one partition. Owned by the engine, at a fixed address until the engine is freed. */
struct shop {
    uint32_t index;        /* 0, 1, ... in the order in which shops came to the table */
    struct text id;
    uint64_t hash;
    const struct shop_policy *policy;
    char currency[4];      /* "" until the first order */
    int32_t amount_scale;  /* -1 until the first order */
    struct text platform;  /* of the first order; absent until then, likewise market */
    struct text market;
};

struct shop_table;

/* NULL when memory is out. */
struct shop_table *shop_table_new(uint32_t shops_max);
void shop_table_free(struct shop_table *table);

/* The shop of that id, made with policy_of(policy_ctx, id) where it is new; NULL where the table is full. */
struct shop *shop_table_get(struct shop_table *table, struct text id, uint64_t hash,
                            const struct shop_policy *(*policy_of)(void *ctx, struct text shop_id), void *policy_ctx);

/* The shop of that index, which there is. */
struct shop *shop_table_at(const struct shop_table *table, uint32_t index);

uint32_t shop_table_count(const struct shop_table *table);
/* In the order of their indexes. */
void shop_table_each(struct shop_table *table, void (*on_shop)(void *ctx, struct shop *shop), void *ctx);

/* Exchanges the policy of every shop. */
void shop_table_set_policies(struct shop_table *table, const struct shop_policy *(*policy_of)(void *ctx, struct text shop_id), void *policy_ctx);

/* Sets what a shop books in, once; later calls change nothing. false when memory is out. */
bool shop_learn(struct shop *shop, struct text currency, int32_t amount_scale, struct text platform, struct text market);

#endif
