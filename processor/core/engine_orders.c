/*
 * Orders: is it possible, what does it yield, is it new. The order of the checks matters: an event is judged
 * before memory is asked whether it is stale, because memory is gone after a restart and the verdict must not be.
 */
#include "core/engine_internal.h"
#include "core/mix.h"
#include "core/order_fact.h"

#define PREFETCH_LINES_MAX 8

/* Configured beats learned; an order of a shop that has neither is what the shop learns from. */
static enum reason check_currency(const struct shop *shop, const struct event *event)
{
    const char *currency = shop->policy->currency ? shop->policy->currency : shop->currency;
    int32_t scale = shop->policy->amount_scale >= 0 ? shop->policy->amount_scale : shop->amount_scale;
    if (currency[0] && !currency_is(currency, event->currency))
        return REASON_WRONG_CURRENCY;
    return scale >= 0 && scale != event->amount_scale ? REASON_WRONG_SCALE : REASON_NONE;
}

static uint64_t sku_key_hash(const struct shop *shop, uint64_t sku_hash)
{
    return mix_fold(shop->hash, sku_hash | 1);
}

static uint64_t text_key_hash(const struct shop *shop, enum dimension dimension, struct text text)
{
    struct mix mix;
    mix_init(&mix, shop->hash + (uint64_t)dimension);
    mix_text(&mix, text);
    return mix_end(&mix);
}

/* Keys are scattered over more memory than a cache holds: what an order will touch is fetched while its fees are computed. */
static void prefetch_places(const struct engine *engine, const struct shop *shop, const struct order *order)
{
    recent_orders_prefetch(engine->recent, order->order_hash);
    for (uint32_t i = 0; i < order->line_count && i < PREFETCH_LINES_MAX; i++)
        detector_prefetch_place(engine->detectors[FEED_ORDERS], DIMENSION_SKU, sku_key_hash(shop, order->lines[i].sku_hash));
}

static void prefetch_records(const struct engine *engine, const struct shop *shop, const struct order *order)
{
    for (uint32_t i = 0; i < order->line_count && i < PREFETCH_LINES_MAX; i++)
        detector_prefetch_record(engine->detectors[FEED_ORDERS], DIMENSION_SKU, sku_key_hash(shop, order->lines[i].sku_hash));
}

static void observe_value(const struct observation *seen, enum dimension dimension, struct key_record *record, enum metric metric,
                          double value, struct text shown)
{
    detector_event(seen->detector, dimension, record, metric, seen->at_us, value, shown, seen->origin, seen->facts);
}

static void line_sums(const struct line_fact *line, double ret_sums[PART_COUNT])
{
    ret_sums[PART_EVENTS] = 1;
    ret_sums[PART_UNITS] = (double)line->quantity;
    ret_sums[PART_GROSS] = (double)line->gross_minor;
    ret_sums[PART_SELLER_DISCOUNT] = (double)line->seller_discount_minor;
    ret_sums[PART_FEES] = (double)line->platform_fee_minor + (double)line->payment_fee_minor + (double)line->other_fees_minor;
    ret_sums[PART_COMMISSION] = (double)line->affiliate_commission_minor;
    ret_sums[PART_NET] = (double)line->net_minor;
}

static void observe_line(const struct observation *seen, const struct order_line *line, const struct line_fact *fact,
                         const double sums[PART_COUNT])
{
    struct key_record *record = observe(seen, DIMENSION_SKU, sku_key_hash(seen->shop, line->sku_hash), line->platform_sku, sums);
    if (record && line->unit_list_minor > 0 && line->quantity >= 0 && !line->gift)
        observe_value(seen, DIMENSION_SKU, record, METRIC_UNIT_PRICE, (double)line->unit_list_minor, line->platform_sku);
    if (fact->category.len && detector_wants(seen->detector, DIMENSION_CATEGORY))
        (void)observe(seen, DIMENSION_CATEGORY, text_key_hash(seen->shop, DIMENSION_CATEGORY, fact->category), fact->category, sums);
}

static void observe_whole_order(const struct observation *seen, const struct order *order, const double sums[PART_COUNT])
{
    struct key_record *record = observe(seen, DIMENSION_SHOP, 0, (struct text){"", 0}, sums);
    double gross = sums[PART_GROSS];
    if (record && gross > 0) {
        observe_value(seen, DIMENSION_SHOP, record, METRIC_ORDER_VALUE, gross, order->order_id);
        observe_value(seen, DIMENSION_SHOP, record, METRIC_DISCOUNT_SHARE, sums[PART_SELLER_DISCOUNT] / gross, order->order_id);
        observe_value(seen, DIMENSION_SHOP, record, METRIC_MARGIN, sums[PART_NET] / gross, order->order_id);
        observe_value(seen, DIMENSION_SHOP, record, METRIC_SHIPPING, (double)order->shipping_paid_minor, order->order_id);
    }
    if (order->channel.len && detector_wants(seen->detector, DIMENSION_CHANNEL))
        (void)observe(seen, DIMENSION_CHANNEL, text_key_hash(seen->shop, DIMENSION_CHANNEL, order->channel), order->channel, sums);
}

/* An order enters the statistics once, when it is first seen as a booked sale, by the time at which it was placed. */
static void observe_order(struct engine *engine, const struct order_fact *fact, bool vouched, struct facts *facts)
{
    const struct observation seen = {engine->detectors[FEED_ORDERS], fact->shop, fact->order->created_at_us, fact->origin, facts};
    if (!detector_advance(seen.detector, seen.at_us, vouched, fact->origin, facts))
        return;
    double whole[PART_COUNT] = {0}, sums[PART_COUNT];
    for (uint32_t i = 0; i < fact->line_count; i++) {
        line_sums(&fact->lines[i], sums);
        observe_line(&seen, &fact->order->lines[i], &fact->lines[i], sums);
        for (int part = 0; part < PART_COUNT; part++)
            whole[part] += sums[part];
    }
    whole[PART_EVENTS] = 1;
    observe_whole_order(&seen, fact->order, whole);
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

static void remember(struct engine *engine, struct recent_order *entry, struct order_fact *fact, bool vouched,
                     struct facts *facts)
{
    struct order_fact *open = entry ? open_fact(entry, facts) : NULL;
    fact->novelty = entry ? FACT_UNSURE : novelty_of(engine, fact->event);
    bool counts = fact->booked && (entry ? !entry->counted : fact->novelty == FACT_NEW);
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
        observe_order(engine, fact, vouched, facts);
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

enum reason engine_apply_order(struct engine *engine, struct event *event, struct origin origin, int64_t logged_at_us, struct facts *facts)
{
    if (is_from_the_future(event->order.created_at_us, logged_at_us))
        return REASON_FROM_THE_FUTURE;
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
    prefetch_records(engine, shop, &event->order);
    struct recent_order *entry = recent_orders_find(engine->recent, event->order.order_hash);
    if (entry && is_superseded(engine, entry, event))
        return REASON_NONE;
    if (!shop_learn(shop, event->currency, event->amount_scale, event->order.platform, event->order.market))
        return REASON_TOO_MANY_SHOPS;
    remember(engine, entry, &fact, logged_at_us >= 0, facts);
    engine->counters.orders++;
    return REASON_NONE;
}
