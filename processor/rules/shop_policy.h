/*
 * The policies of all shops: which zone their days are of, which fee pack they are charged by, which events they know. Built
 * once from the configuration, then read-only: any thread may ask. Zones and packs that several shops share are loaded once.
 */
#ifndef RULES_SHOP_POLICY_H
#define RULES_SHOP_POLICY_H

#include <stddef.h>
#include <stdint.h>

#include "common/problems.h"
#include "core/calendar.h"
#include "core/shop.h"

/* Where a value stands, for problems. */
struct setting_place {
    const char *file;
    unsigned line, column; /* 0: the place has none */
    const char *key;       /* "shops.shop-7.timezone" */
};

/* A flag that a shop has, of those that its fee pack knows; local times of the shop. */
struct shop_flag_setting {
    const char *name;
    int64_t from_local_us, to_local_us; /* [from, to); INT64_MIN and INT64_MAX: always */
    struct setting_place at;
};

/* What the configuration says of one shop. Everything is borrowed during shop_policies_new only. */
struct shop_setting {
    const char *shop_id;     /* NULL: every shop that is not named */
    const char *timezone;    /* NULL: UTC */
    const char *fees_path;   /* a file that can be opened as it stands; NULL: no fees */
    const char *market;      /* what events of the calendar may be limited to; NULL: not said */
    const char *currency;    /* NULL: that of the shop's first order */
    int32_t amount_scale;    /* -1: that of the shop's first order */
    int64_t opened_local_us; /* when it began to sell, by its own clock; 0: not said */
    const struct shop_flag_setting *flags;
    size_t flag_count;
    struct setting_place timezone_at, fees_at;
};

/* A known event, by the clock of each shop that it is of. Both limits hold where both are given. Borrowed likewise. */
struct calendar_setting {
    const char *name;
    int64_t from_local_us, to_local_us; /* [from, to) */
    enum calendar_action action;
    double factor;                      /* of CALENDAR_WIDEN: above 1 */
    const char *const *shops;           /* sorted by strcmp, each once; they need no setting of their own */
    size_t shop_count;                  /* 0: of every shop */
    const char *const *markets;         /* of shops with such a setting: not every topic tells a shop's market, so none does */
    size_t market_count;                /* 0: of every market */
};

struct calendar_settings {
    const struct calendar_setting *items;
    size_t count; /* <= CALENDAR_EVENTS_MAX */
};

struct shop_policies;

/* NULL, with all that is wrong in problems (an unknown zone, a pack that cannot be read or is wrong). No two settings are of
 * the same shop; without a default one, unnamed shops live in UTC and are charged nothing. calendar may be NULL. */
struct shop_policies *shop_policies_new(const struct shop_setting *settings, size_t count,
                                        const struct calendar_settings *calendar, struct problems *problems);

/* Accepts NULL. No policy, and no fact made by it, may be in use any more. */
void shop_policies_free(struct shop_policies *policies);

/* Never NULL; lives as long as policies. ctx is the struct shop_policies: this is the engine's policy_of. */
const struct shop_policy *shop_policies_of(void *ctx, struct text shop_id);

#endif
