/*
 * One event at a time: is it possible, and what does it yield. Of orders, which may be new or not, engine_orders.c knows.
 */
#include "core/engine_internal.h"

#include <stdlib.h>
#include <string.h>

#include "core/ad_spend_fact.h"
#include "core/catalog_fact.h"
#include "core/mix.h"
#include "core/refund_fact.h"
#include "core/settlement.h"

#define MICROS_PER_DAY INT64_C(86400000000)
#define MICROS_PER_HOUR INT64_C(3600000000)

struct engine *engine_new(const struct engine_config *config, bool from_start)
{
    struct engine *engine = calloc(1, sizeof *engine);
    if (!engine)
        return NULL;
    engine->config = *config;
    engine->from_start = from_start;
    engine->shops = shop_table_new(config->shops_max);
    engine->recent = recent_orders_new(config->memory_orders);
    spend_memory_init(&engine->spend_rows, config->memory_orders);
    bool whole = engine->shops && engine->recent;
    for (int feed = 0; feed < FEED_LANES && whole; feed++) {
        engine->detectors[feed] = detector_new(&config->detector, (enum feed)feed, engine->shops);
        whole = engine->detectors[feed] != NULL;
    }
    if (whole)
        return engine;
    engine_free(engine);
    return NULL;
}

void engine_free(struct engine *engine)
{
    if (!engine)
        return;
    for (int feed = 0; feed < FEED_LANES; feed++)
        detector_free(engine->detectors[feed]);
    spend_memory_done(&engine->spend_rows);
    recent_orders_free(engine->recent);
    shop_table_free(engine->shops);
    free(engine);
}

bool engine_know_shop(struct engine *engine, struct text shop_id, uint64_t shop_hash, struct text currency,
                      int32_t amount_scale, struct text platform, struct text market)
{
    struct shop *shop =
        shop_table_get(engine->shops, shop_id, shop_hash, engine->config.policy_of, engine->config.policy_ctx);
    return shop && shop_learn(shop, currency, amount_scale, platform, market);
}

/* What a shop has learned hangs on which topic was read first, and after a restart on what came later: a verdict on anything but
 * orders must not. */
static enum reason check_configured(const struct shop *shop, const struct event *event)
{
    if (shop->policy->currency && !currency_is(shop->policy->currency, event->currency))
        return REASON_WRONG_CURRENCY;
    return shop->policy->amount_scale >= 0 && shop->policy->amount_scale != event->amount_scale ? REASON_WRONG_SCALE : REASON_NONE;
}

/* Noon of the report's day, or its hour, on the shop's clocks: a day is the account's, and is taken for the shop's. */
static int64_t reported_at_us(const struct shop *shop, const struct ad_spend *spend)
{
    int64_t local_us = spend->day * MICROS_PER_DAY + (spend->hour < 0 ? 12 : spend->hour) * MICROS_PER_HOUR;
    return local_us - zone_offset_s(shop->policy->zone, local_us) * INT64_C(1000000);
}

static double known(int64_t amount)
{
    return amount == EVENT_ABSENT ? 0 : (double)amount;
}

/* What a campaign spent moves with every restatement: a row replaces what it said before. row: NULL where it has said nothing. */
static void observe_ad_spend(struct engine *engine, const struct ad_spend_fact *fact, struct spend_row *row, bool vouched,
                             struct facts *facts)
{
    const struct ad_spend *spend = fact->spend;
    const struct observation seen = {engine->detectors[FEED_SPEND], fact->shop, reported_at_us(fact->shop, spend), fact->origin, facts};
    const double figures[SPEND_FIGURES] = {known(spend->spend_minor), known(spend->clicks), known(spend->reported_orders),
                                           known(spend->reported_revenue_minor)};
    double sums[PART_COUNT] = {[PART_EVENTS] = !row};
    if (!detector_advance(seen.detector, seen.at_us, vouched, fact->origin, facts))
        return;
    if (!row)
        row = spend_memory_add(&engine->spend_rows, spend->row_hash.lo);
    if (!row)
        return;
    row->revision = fact->revision;
    for (int i = 0; i < SPEND_FIGURES; i++) {
        sums[PART_SPEND + i] = figures[i] - row->figures[i];
        row->figures[i] = figures[i];
    }
    (void)observe(&seen, DIMENSION_SHOP, 0, (struct text){"", 0}, sums);
    struct mix mix;
    mix_init(&mix, fact->shop->hash);
    mix_text(&mix, spend->platform);
    mix_text(&mix, spend->account_id);
    mix_text(&mix, spend->campaign_id);
    (void)observe(&seen, DIMENSION_CAMPAIGN, mix_end(&mix), ad_spend_key(spend, facts), sums);
}

static enum reason apply_ad_spend(struct engine *engine, struct event *event, struct origin origin, int64_t logged_at_us,
                                  struct facts *facts)
{
    if (is_from_the_future(event->ad_spend.day * MICROS_PER_DAY, logged_at_us))
        return REASON_FROM_THE_FUTURE;
    struct shop *shop = shop_of(engine, event);
    if (!shop)
        return REASON_TOO_MANY_SHOPS;
    if (shop->policy->currency && !currency_is(shop->policy->currency, event->currency))
        return REASON_WRONG_CURRENCY;
    struct ad_spend_fact made;
    enum reason reason = ad_spend_fact_make(event, shop, origin, &made);
    if (reason != REASON_NONE)
        return reason;
    struct spend_row *row = spend_memory_find(&engine->spend_rows, event->ad_spend.row_hash.lo);
    struct ad_spend_fact *fact = facts_add_ad_spend(facts);
    *fact = made;
    facts->row_count++;
    engine->counters.ad_spends++;
    if (!row || event->revision > row->revision) /* what is older is kept beside the latest, by the sink */
        observe_ad_spend(engine, fact, row, logged_at_us >= 0, facts);
    return REASON_NONE;
}

/* A refund enters the statistics once, as it was first told. */
static void observe_refund(struct engine *engine, const struct refund_fact *fact, bool vouched, struct facts *facts)
{
    const struct refund *refund = fact->refund;
    const struct observation seen = {engine->detectors[FEED_REFUNDS], fact->shop, fact->occurred_at_us, fact->origin, facts};
    if (refund->voided || recent_orders_find(engine->recent, fact->key_hash))
        return;
    recent_orders_add(engine->recent, fact->key_hash)->revision = fact->revision;
    if (!detector_advance(seen.detector, seen.at_us, vouched, fact->origin, facts))
        return;
    double sums[PART_COUNT] = {[PART_EVENTS] = 1};
    sums[PART_REFUNDED] = (double)refund->shipping_refund_minor + (double)refund->discrepancy_minor;
    for (uint32_t i = 0; i < refund->line_count; i++)
        sums[PART_REFUNDED] += (double)refund->lines[i].amount_minor + (double)refund->lines[i].tax_minor;
    (void)observe(&seen, DIMENSION_SHOP, 0, (struct text){"", 0}, sums);
}

/* What a refund does to its order only the sink can tell: the order may be years old. */
static enum reason apply_refund(struct engine *engine, struct event *event, struct origin origin, int64_t logged_at_us,
                                struct facts *facts)
{
    if (is_from_the_future(event->occurred_at_us, logged_at_us))
        return REASON_FROM_THE_FUTURE;
    struct shop *shop = shop_of(engine, event);
    if (!shop)
        return REASON_TOO_MANY_SHOPS;
    struct refund_fact fact;
    enum reason reason = check_configured(shop, event);
    if (reason == REASON_NONE)
        reason = refund_fact_make(event, shop, origin, &fact);
    if (reason != REASON_NONE)
        return reason;
    *facts_add_refund(facts) = fact;
    facts->row_count += 1 + event->refund.line_count;
    engine->counters.refunds++;
    observe_refund(engine, &fact, logged_at_us >= 0, facts);
    return REASON_NONE;
}

/* What is stale, the sink tells. */
static enum reason apply_settlement(struct engine *engine, struct event *event, struct origin origin, struct facts *facts)
{
    struct shop *shop = shop_of(engine, event);
    struct settlement_fact fact;
    if (!shop)
        return REASON_TOO_MANY_SHOPS;
    enum reason reason = check_configured(shop, event);
    if (reason == REASON_NONE)
        reason = settlement_fact_make(event, shop, origin, facts, &fact);
    if (reason != REASON_NONE)
        return reason;
    *facts_add_settlement(facts) = fact;
    facts->row_count += 1 + fact.row_count;
    engine->counters.settlements++;
    engine->counters.settlements_unknown += fact.unknown_count > 0;
    engine->counters.settlements_broken += fact.total_break_minor || fact.sales_break_minor || fact.shipping_break_minor;
    return REASON_NONE;
}

/* Mappings, products and shops have no currency. */
static enum reason apply_catalog(struct engine *engine, struct event *event, struct origin origin, struct facts *facts)
{
    struct shop *shop = shop_of(engine, event);
    struct catalog_fact fact;
    if (!shop)
        return REASON_TOO_MANY_SHOPS;
    enum reason reason = event->kind == EVENT_UNIT_COST ? check_configured(shop, event) : REASON_NONE;
    if (reason == REASON_NONE)
        reason = catalog_fact_make(event, shop, origin, &fact);
    if (reason != REASON_NONE)
        return reason;
    *facts_add_catalog(facts) = fact;
    facts->row_count++;
    engine->counters.catalog++;
    return REASON_NONE;
}

static enum reason apply_event(struct engine *engine, struct event *event, struct origin origin, int64_t logged_at_us,
                               struct facts *facts)
{
    switch (event->kind) {
    case EVENT_ORDER:
        return engine_apply_order(engine, event, origin, logged_at_us, facts);
    case EVENT_AD_SPEND:
        return apply_ad_spend(engine, event, origin, logged_at_us, facts);
    case EVENT_REFUND:
        return apply_refund(engine, event, origin, logged_at_us, facts);
    case EVENT_SETTLEMENT:
        return apply_settlement(engine, event, origin, facts);
    case EVENT_SKU_MAPPING:
    case EVENT_PRODUCT:
    case EVENT_UNIT_COST:
    case EVENT_SHOP:
        return apply_catalog(engine, event, origin, facts);
    case EVENT_KIND_COUNT:
        break;
    }
    return REASON_UNKNOWN_SCHEMA;
}

enum reason engine_apply(struct engine *engine, struct event *event, struct origin origin, int64_t logged_at_us,
                         struct facts *facts)
{
    enum reason reason = apply_event(engine, event, origin, logged_at_us, facts);
    engine->counters.rejects += reason != REASON_NONE;
    return reason;
}

struct settled_until engine_settled_until(const struct engine *engine, enum feed feed)
{
    return detector_settled_until(engine->detectors[feed]);
}

void engine_set_policies(struct engine *engine, const struct shop_policy *(*policy_of)(void *ctx, struct text shop_id),
                         void *policy_ctx)
{
    engine->config.policy_of = policy_of;
    engine->config.policy_ctx = policy_ctx;
    shop_table_set_policies(engine->shops, policy_of, policy_ctx);
}

const struct engine_counters *engine_counters(const struct engine *engine)
{
    return &engine->counters;
}

void engine_forget_counters(struct engine *engine)
{
    engine->counters = (struct engine_counters){0};
    for (int feed = 0; feed < FEED_LANES; feed++)
        detector_forget_counters(engine->detectors[feed]);
}

void engine_detector_counters(const struct engine *engine, struct detector_counters *ret_counters)
{
    *ret_counters = (struct detector_counters){0};
    for (int feed = 0; feed < FEED_LANES; feed++)
        detector_counters_add(ret_counters, detector_counters(engine->detectors[feed]));
}
