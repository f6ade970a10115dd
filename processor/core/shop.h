/*
 * What the engine knows of a shop: who it is, in what it books, and by which dated rules its fees are computed.
 * Filled from the configuration, from what the database knows (dim_shop), and from the shop's first order.
 */
#ifndef CORE_SHOP_H
#define CORE_SHOP_H

#include "core/fees.h"
#include "core/zone.h"
#include "schemas/event.h"

#define SHOP_TEXT_MAX (EVENT_ID_BYTES_MAX + 1)

/* What the configuration says of one shop, or of every shop that it does not name. Shared, read-only. */
struct shop_policy {
    const struct zone *zone;               /* the shop's business day */
    const struct fee_schedule *fees;       /* never NULL; an empty schedule charges nothing */
    const char *zone_name;
    const char *currency;                  /* NULL: that of the shop's first order */
    int32_t amount_scale;                  /* -1: that of the shop's first order */
};

/* One shop of one partition. Owned by the engine, at a fixed address until the engine is freed. */
struct shop {
    struct text id;
    uint64_t hash;
    const struct shop_policy *policy;
    char currency[4];      /* "" until the first order */
    int32_t amount_scale;  /* -1 until the first order */
    struct text platform;  /* of the first order; absent until then, likewise market */
    struct text market;
    char id_bytes[SHOP_TEXT_MAX];
    char platform_bytes[SHOP_TEXT_MAX];
    char market_bytes[SHOP_TEXT_MAX];
};

#endif
