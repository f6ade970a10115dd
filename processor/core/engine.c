/*
 * One event at a time: is it possible, what does it yield, is it new. The order of the checks matters: an event is judged
 * before memory is asked whether it is stale, because memory is gone after a restart and the verdict must not be.
 */
#include "core/engine_internal.h"

#include <stdlib.h>
#include <string.h>

#include "core/catalog_fact.h"
#include "core/mix.h"
#include "core/money.h"
#include "core/order_fact.h"
#include "core/refund_fact.h"
#include "core/settlement.h"

#define MICROS_PER_DAY INT64_C(86400000000)
#define PREFETCH_LINES_MAX 8

struct engine *engine_new(const struct engine_config *config, bool from_start)
{
    struct engine *engine = calloc(1, sizeof *engine);
    if (!engine)
        return NULL;
    engine->config = *config;
    engine->from_start = from_start;
    engine->order_watermark_us = engine->spend_watermark_us = INT64_MIN;
    engine->shops = shop_table_new(config->shops_max);
    engine->recent = recent_orders_new(config->memory_orders);
    engine->order_detector = detector_new(&config->detector);
    engine->spend_detector = detector_new(&config->detector);
    if (engine->shops && engine->recent && engine->order_detector && engine->spend_detector)
        return engine;
    engine_free(engine);
    return NULL;
}

void engine_free(struct engine *engine)
{
    if (!engine)
        return;
    detector_free(engine->spend_detector);
    detector_free(engine->order_detector);
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

static struct shop *shop_of(struct engine *engine, const struct event *event)
{
    return shop_table_get(engine->shops, event->shop_id, event->shop_hash, engine->config.policy_of,
                          engine->config.policy_ctx);
}

static bool currency_is(const char *currency, struct text text)
{
    return text.len == 3 && memcmp(currency, text.ptr, 3) == 0;
}

/* Configured beats learned; an order of a shop that has neither is what the shop learns from. */
static enum reason check_currency(const struct shop *shop, const struct event *event)
{
    const char *currency = shop->policy->currency ? shop->policy->currency : shop->currency;
    int32_t scale = shop->policy->amount_scale >= 0 ? shop->policy->amount_scale : shop->amount_scale;
    if (currency[0] && !currency_is(currency, event->currency))
        return REASON_WRONG_CURRENCY;
    return scale >= 0 && scale != event->amount_scale ? REASON_WRONG_SCALE : REASON_NONE;
}

/* What a shop has learned hangs on which topic was read first, and after a restart on what came later: a verdict on anything but
 * orders must not. */
static enum reason check_configured(const struct shop *shop, const struct event *event)
{
    if (shop->policy->currency && !currency_is(shop->policy->currency, event->currency))
        return REASON_WRONG_CURRENCY;
    return shop->policy->amount_scale >= 0 && shop->policy->amount_scale != event->amount_scale ? REASON_WRONG_SCALE : REASON_NONE;
}

static struct series series_of(enum metric metric, const struct shop *shop, uint64_t hash, struct text key)
{
    return (struct series){.metric = metric, .shop = shop, .hash = hash, .key = key};
}

static uint64_t unit_price_hash(const struct shop *shop, const struct order_line *line)
{
    return mix_fold(shop->hash, line->sku_hash | 1);
}

/* Keys are scattered over more memory than a cache holds: what an order will touch is fetched while its fees are computed. */
static void prefetch_places(const struct engine *engine, const struct shop *shop, const struct order *order)
{
    recent_orders_prefetch(engine->recent, order->order_hash);
    for (uint32_t i = 0; i < order->line_count && i < PREFETCH_LINES_MAX; i++)
        detector_prefetch_place(engine->order_detector, METRIC_UNIT_PRICE, unit_price_hash(shop, &order->lines[i]));
}

static void prefetch_values(const struct engine *engine, const struct shop *shop, const struct order *order)
{
    for (uint32_t i = 0; i < order->line_count && i < PREFETCH_LINES_MAX; i++)
        detector_prefetch_values(engine->order_detector, METRIC_UNIT_PRICE, unit_price_hash(shop, &order->lines[i]));
}

static void observe_lines(struct engine *engine, const struct order_fact *fact, struct facts *facts)
{
    for (uint32_t i = 0; i < fact->line_count; i++) {
        const struct order_line *line = &fact->order->lines[i];
        if (line->unit_list_minor <= 0 || line->quantity < 0 || line->gift)
            continue;
        struct series series =
            series_of(METRIC_UNIT_PRICE, fact->shop, unit_price_hash(fact->shop, line), line->platform_sku);
        detector_event(engine->order_detector, &series, fact->order->created_at_us, (double)line->unit_list_minor,
                       fact->origin, facts);
    }
}

/* An order enters the statistics once, when it is first seen as a booked sale, by the time at which it was placed. */
static void observe_order(struct engine *engine, const struct order_fact *fact, struct facts *facts)
{
    int64_t at_us = fact->order->created_at_us, gross = order_fact_gross(fact);
    if (at_us > engine->order_watermark_us) {
        engine->order_watermark_us = at_us;
        detector_advance(engine->order_detector, at_us, fact->origin, facts);
    }
    struct series series = series_of(METRIC_ORDER_VALUE, fact->shop, fact->shop->hash, fact->order->order_id);
    if (gross > 0)
        detector_event(engine->order_detector, &series, at_us, (double)gross, fact->origin, facts);
    observe_lines(engine, fact, facts);
    series = series_of(METRIC_HOURLY_ORDERS, fact->shop, fact->shop->hash, (struct text){"", 0});
    detector_bucket(engine->order_detector, &series, at_us, 1, 0, fact->origin, facts);
    series.metric = METRIC_HOURLY_GROSS;
    detector_bucket(engine->order_detector, &series, at_us, (double)gross, 0, fact->origin, facts);
}

/* The earlier revision's fact, where it still waits in this very batch. */
static struct order_fact *open_fact(const struct recent_order *entry, const struct facts *facts)
{
    if (entry->sequence != (uint32_t)facts->sequence || entry->index >= facts->order_count)
        return NULL;
    return &facts->orders[entry->index];
}

/* An order that memory does not hold is taken for new where memory is whole, or where the event looks like a first one. */
static enum fact_novelty novelty_of(const struct engine *engine, const struct event *event)
{
    const struct order *order = &event->order;
    bool first = order->status == ORDER_UNPAID || order->status == ORDER_PAID || event->revision == order->created_at_us;
    bool whole = engine->from_start && recent_orders_complete(engine->recent);
    return first || whole ? FACT_NEW : FACT_UNSURE;
}

static void remember(struct engine *engine, struct recent_order *entry, struct order_fact *fact, bool timely,
                     struct facts *facts)
{
    struct order_fact *open = entry ? open_fact(entry, facts) : NULL;
    fact->novelty = entry ? FACT_UNSURE : novelty_of(engine, fact->event);
    bool counts = fact->booked && timely && (entry ? !entry->counted : fact->novelty == FACT_NEW);
    if (!entry)
        entry = recent_orders_add(engine->recent, fact->order->order_hash);
    if (open) {
        fact->novelty = open->novelty;
        *open = *fact;
        engine->counters.folded++;
    } else {
        *facts_add_order(facts) = *fact;
        entry->sequence = (uint32_t)facts->sequence;
        entry->index = (uint32_t)(facts->order_count - 1) & INT32_MAX;
        facts->row_count++;
    }
    facts->row_count += fact->line_count;
    entry->revision = fact->revision;
    entry->content = fact->content_hash.hi;
    if (counts) {
        entry->counted = 1;
        observe_order(engine, fact, facts);
    }
}

/* True where the revision that memory holds stands and the event changes nothing. */
static bool is_superseded(struct engine *engine, const struct recent_order *entry, const struct event *event)
{
    if (event->revision > entry->revision)
        return false;
    if (event->revision < entry->revision) {
        engine->counters.stale++;
        return true;
    }
    if (event->content_hash.hi == entry->content) {
        engine->counters.duplicates++;
        return true;
    }
    engine->counters.conflicts++;
    return event->content_hash.hi < entry->content;
}

/* An event from the future is booked, but its time would close every bucket. */
static bool is_from_the_future(int64_t at_us, int64_t logged_at_us)
{
    return logged_at_us >= 0 && at_us > logged_at_us + MICROS_PER_DAY;
}

static enum reason apply_order(struct engine *engine, struct event *event, struct origin origin, int64_t logged_at_us,
                               struct facts *facts)
{
    struct shop *shop = shop_of(engine, event);
    if (!shop)
        return REASON_TOO_MANY_SHOPS;
    prefetch_places(engine, shop, &event->order);
    enum reason reason = check_currency(shop, event);
    if (reason != REASON_NONE)
        return reason;
    struct order_fact fact;
    reason = order_fact_make(event, shop, origin, facts, NULL, &fact);
    if (reason != REASON_NONE)
        return reason;
    prefetch_values(engine, shop, &event->order);
    struct recent_order *entry = recent_orders_find(engine->recent, event->order.order_hash);
    if (entry && is_superseded(engine, entry, event))
        return REASON_NONE;
    if (!shop_learn(shop, event->currency, event->amount_scale, event->order.platform, event->order.market))
        return REASON_TOO_MANY_SHOPS;
    remember(engine, entry, &fact, !is_from_the_future(event->order.created_at_us, logged_at_us), facts);
    engine->counters.orders++;
    return REASON_NONE;
}

static enum reason check_ad_spend(const struct ad_spend *spend)
{
    const int64_t amounts[] = {spend->spend_minor, spend->impressions, spend->clicks, spend->reported_orders,
                               spend->reported_revenue_minor};
    for (size_t i = 0; i < sizeof amounts / sizeof *amounts; i++) {
        if (amounts[i] == EVENT_ABSENT)
            continue;
        if (amounts[i] < 0)
            return REASON_IMPOSSIBLE_AMOUNT;
        if (amounts[i] > AMOUNT_MAX_MINOR)
            return REASON_AMOUNT_OVERFLOW;
    }
    bool day_known = spend->day >= 10957 && spend->day <= 47482; /* 2000-01-01 to 2100-01-01 */
    return day_known && spend->hour >= -1 && spend->hour <= 23 ? REASON_NONE : REASON_TIME_OUT_OF_RANGE;
}

/* What a campaign spent in a day moves with every restatement: the day's row replaces what it said before. */
static void observe_ad_spend(struct engine *engine, const struct ad_spend_fact *fact, int64_t replaced_minor,
                             struct facts *facts)
{
    const struct ad_spend *spend = fact->spend;
    int64_t day_us = spend->day * MICROS_PER_DAY;
    if (day_us > engine->spend_watermark_us) {
        engine->spend_watermark_us = day_us;
        detector_advance(engine->spend_detector, day_us, fact->origin, facts);
    }
    struct mix mix;
    mix_init(&mix, fact->shop->hash);
    mix_text(&mix, spend->platform);
    mix_text(&mix, spend->account_id);
    mix_text(&mix, spend->campaign_id);
    struct series series = series_of(METRIC_DAILY_SPEND, fact->shop, mix_end(&mix), ad_spend_key(spend, facts));
    detector_bucket(engine->spend_detector, &series, day_us, (double)spend->spend_minor, (double)replaced_minor,
                    fact->origin, facts);
}

/*
 * Ad rows are few: one a day and campaign. They share the memory of recent orders (its keys are 128-bit hashes of
 * differently built strings); content holds the spend that the statistics have taken in.
 */
static enum reason apply_ad_spend(struct engine *engine, struct event *event, struct origin origin, int64_t logged_at_us,
                                  struct facts *facts)
{
    struct shop *shop = shop_of(engine, event);
    if (!shop)
        return REASON_TOO_MANY_SHOPS;
    if (shop->policy->currency && !currency_is(shop->policy->currency, event->currency))
        return REASON_WRONG_CURRENCY;
    enum reason reason = check_ad_spend(&event->ad_spend);
    if (reason != REASON_NONE)
        return reason;
    struct recent_order *entry = recent_orders_find(engine->recent, event->ad_spend.row_hash);
    if (entry && event->revision < entry->revision) {
        engine->counters.stale++;
        return REASON_NONE;
    }
    struct ad_spend_fact *fact = facts_add_ad_spend(facts);
    *fact = (struct ad_spend_fact){.shop = shop,
                                   .spend = &event->ad_spend,
                                   .event_id = event->event_id,
                                   .currency = event->currency,
                                   .amount_scale = event->amount_scale,
                                   .revision = event->revision,
                                   .occurred_at_us = event->occurred_at_us,
                                   .content_hash = event->content_hash,
                                   .origin = origin};
    facts->row_count++;
    engine->counters.ad_spends++;
    bool repeated = entry && event->revision == entry->revision;
    if (repeated || is_from_the_future(event->ad_spend.day * MICROS_PER_DAY, logged_at_us))
        return REASON_NONE;
    observe_ad_spend(engine, fact, entry ? (int64_t)entry->content : 0, facts);
    if (!entry)
        entry = recent_orders_add(engine->recent, event->ad_spend.row_hash);
    entry->revision = event->revision;
    entry->content = (uint64_t)event->ad_spend.spend_minor;
    return REASON_NONE;
}

/* What a refund does to its order only the sink can tell: the order may be years old. */
static enum reason apply_refund(struct engine *engine, struct event *event, struct origin origin, struct facts *facts)
{
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
        return apply_order(engine, event, origin, logged_at_us, facts);
    case EVENT_AD_SPEND:
        return apply_ad_spend(engine, event, origin, logged_at_us, facts);
    case EVENT_REFUND:
        return apply_refund(engine, event, origin, facts);
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

static void set_policy(void *ctx, struct shop *shop)
{
    const struct engine_config *config = ctx;
    shop->policy = config->policy_of(config->policy_ctx, shop->id);
}

void engine_set_policies(struct engine *engine, const struct shop_policy *(*policy_of)(void *ctx, struct text shop_id),
                         void *policy_ctx)
{
    engine->config.policy_of = policy_of;
    engine->config.policy_ctx = policy_ctx;
    shop_table_each(engine->shops, set_policy, &engine->config);
}

const struct engine_counters *engine_counters(const struct engine *engine)
{
    return &engine->counters;
}

void engine_forget_counters(struct engine *engine)
{
    engine->counters = (struct engine_counters){0};
    detector_forget_counters(engine->order_detector);
    detector_forget_counters(engine->spend_detector);
}

void engine_detector_counters(const struct engine *engine, struct detector_counters *ret_counters)
{
    const struct detector_counters *orders = detector_counters(engine->order_detector);
    const struct detector_counters *spend = detector_counters(engine->spend_detector);
    *ret_counters = (struct detector_counters){
        .keys = orders->keys + spend->keys,
        .keys_refused = orders->keys_refused + spend->keys_refused,
        .late_values = orders->late_values + spend->late_values,
        .tests = orders->tests + spend->tests,
        .warnings = orders->warnings + spend->warnings,
        .alerts = orders->alerts + spend->alerts,
    };
}
