#include "producers/sim_order.h"

#include <stdio.h>
#include <string.h>

#include "producers/sim_exchange.h"

#define HOUR_US INT64_C(3600000000)
#define MINUTE_US INT64_C(60000000)
#define DAY_US (24 * HOUR_US)

static void add_step(struct sim_life *life, enum order_status status, int64_t at_us)
{
    life->status[life->steps] = status;
    life->at_us[life->steps++] = at_us;
}

void sim_life_make(const struct sim_order_key *key, bool single, int64_t haste, struct sim_life *ret_life)
{
    struct random random;
    random_seed(&random, key->seed ^ UINT64_C(0x11fe), key->shop->number, key->number);
    int64_t at_us = key->created_us;
    *ret_life = (struct sim_life){0};
    if (!single && random_chance(&random, 80000)) {
        add_step(ret_life, ORDER_UNPAID, at_us);
        at_us += random_between(&random, MINUTE_US, 90 * MINUTE_US) / haste;
    }
    add_step(ret_life, ORDER_PAID, at_us);
    if (single)
        return;
    if (random_chance(&random, 45000)) {
        add_step(ret_life, ORDER_CANCELLED, at_us + random_between(&random, 10 * MINUTE_US, 20 * HOUR_US) / haste);
        return;
    }
    at_us += random_between(&random, 4 * HOUR_US, 44 * HOUR_US) / haste;
    add_step(ret_life, ORDER_SHIPPED, at_us);
    add_step(ret_life, ORDER_DELIVERED, at_us + random_between(&random, DAY_US, 5 * DAY_US) / haste);
}

/* Half away from zero, amounts here are positive. */
static int64_t part_of(int64_t amount, int64_t ppm)
{
    return (amount * ppm + 500000) / 1000000;
}

static int64_t price_of(const struct sim_shop *shop, const struct sim_sku *sku, int64_t at_us, const struct incident *incidents,
                        size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct incident *incident = &incidents[i];
        if (incident->kind == INCIDENT_PRICE && incident->shop + 1 == shop->number && at_us >= incident->start_us &&
            at_us < incident->end_us && (incident->target == SIM_ALL_SKUS || sku == &shop->skus[incident->target]))
            return part_of(sku->price_minor, incident->factor_ppm);
    }
    return sku->price_minor;
}

/* Three days in a row, every other week or so. */
static bool is_promotion(const struct sim_order_key *key)
{
    struct random random;
    random_seed(&random, key->seed ^ UINT64_C(0x9407), key->shop->number, (uint64_t)(key->created_us / (7 * DAY_US)));
    int64_t first = random_between(&random, 0, 4), day = key->created_us / DAY_US % 7;
    return random_chance(&random, 500000) && day >= first && day < first + 3;
}

static void make_line(struct order_line *line, struct random *random, const struct sim_shop *shop, const struct sim_sku *sku,
                      int64_t price_minor, int64_t seller_ppm, int64_t platform_ppm)
{
    int64_t quantity = random_chance(random, 800000) ? 1 : random_between(random, 2, 3), gross = price_minor * quantity;
    *line = (struct order_line){.platform_sku = text_of(sku->id),
                                .seller_sku = text_of(sku->seller_id),
                                .product_name = text_of(sku->name),
                                .category = text_of(sku->category),
                                .quantity = quantity,
                                .unit_list_minor = price_minor,
                                .seller_discount_minor = part_of(gross, seller_ppm),
                                .platform_discount_minor = part_of(gross, platform_ppm)};
    int64_t paid = gross - line->seller_discount_minor - line->platform_discount_minor;
    line->tax_minor = strcmp(shop->market, "US") == 0 ? part_of(paid, 70000) : 0;
}

static uint32_t line_count(struct random *random, bool single)
{
    static const uint32_t counts[20] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 3, 3, 4, 5};
    uint64_t draw = random_below(random, 20);
    return single ? 2 : counts[draw];
}

static void make_lines(const struct sim_order_key *key, struct random *random, bool single, const struct incident *incidents,
                       size_t incident_count, struct sim_scratch *scratch)
{
    struct order *order = &scratch->event.order;
    bool has_platform_money = strcmp(key->shop->platform, "shopify") != 0;
    int64_t seller_ppm = is_promotion(key) ? 150000 : random_chance(random, 100000) ? 50000 : 0;
    int64_t platform_ppm = has_platform_money && random_chance(random, 200000) ? random_between(random, 5, 10) * 10000 : 0;
    order->lines = scratch->lines;
    order->line_count = line_count(random, single);
    for (uint32_t i = 0; i < order->line_count; i++) {
        const struct sim_sku *sku = sim_shop_sku(key->shop, random_below(random, key->shop->sku_weight));
        make_line(&scratch->lines[i], random, key->shop, sku,
                  price_of(key->shop, sku, key->created_us, incidents, incident_count), seller_ppm, platform_ppm);
    }
}

static void name_lines(struct sim_scratch *scratch)
{
    for (uint32_t i = 0; i < scratch->event.order.line_count; i++) {
        (void)snprintf(scratch->line_ids[i], sizeof scratch->line_ids[i], "%.36s-%u", scratch->order_id, i + 1);
        scratch->lines[i].line_id = text_of(scratch->line_ids[i]);
    }
}

static void make_totals(struct random *random, const struct sim_shop *shop, struct order *order)
{
    int64_t paid = 0, tax = 0, ship = 599 * shop->unit;
    for (uint32_t i = 0; i < order->line_count; i++) {
        const struct order_line *line = &order->lines[i];
        paid += line->unit_list_minor * line->quantity - line->seller_discount_minor - line->platform_discount_minor;
        tax += line->tax_minor;
    }
    order->shipping_list_minor = ship;
    order->shipping_seller_discount_minor = paid >= 3500 * shop->unit ? ship : 0;
    int64_t left = ship - order->shipping_seller_discount_minor;
    order->shipping_platform_discount_minor = left && random_chance(random, 150000) ? left / 2 : 0;
    order->shipping_paid_minor = left - order->shipping_platform_discount_minor;
    order->tax_minor = tax;
    order->buyer_fees_minor = shop->charges == SIM_NO_CHARGES && shop->amount_scale == 0 ? 2000 : 0;
    order->customer_total_minor = paid + tax + order->shipping_paid_minor + order->buyer_fees_minor;
}

static void make_people(struct random *random, const struct sim_shop *shop, struct sim_scratch *scratch)
{
    static const char *const channels[] = {"organic", "video", "live", "search", "email"};
    static const char *const methods[] = {"card", "paypal", "wallet"};
    static const char *const creators[] = {"maria.cooks", "linen.lane", "two.tiny.shops", "soap.and.sun", "the.desk.edit"};
    struct order *order = &scratch->event.order;
    (void)snprintf(scratch->buyer, sizeof scratch->buyer, "%016llx", (unsigned long long)random_below(random, 40000) * 0x9e3779b97f4a7c15ull);
    order->buyer_key = text_of(scratch->buyer);
    order->payment_method = text_of(methods[random_below(random, 3)]);
    order->channel = text_of(channels[random_below(random, 5)]);
    order->affiliate = (struct affiliate){.rate_ppm = -1, .shop_ads_rate_ppm = -1, .actual_commission_minor = EVENT_ABSENT};
    if (shop->charges != SIM_TIKTOK_US || !random_chance(random, 350000))
        return;
    order->channel = text_of("affiliate");
    order->affiliate.creator = text_of(creators[random_below(random, 5)]);
    order->affiliate.content_type = text_of("video");
    order->affiliate.rate_ppm = random_between(random, 10, 20) * 10000;
}

static void make_times(const struct sim_life *life, uint32_t step, struct order *order)
{
    order->paid_at_us = order->shipped_at_us = order->delivered_at_us = order->cancelled_at_us = EVENT_ABSENT;
    for (uint32_t i = 0; i <= step; i++) {
        int64_t at_us = life->at_us[i];
        if (life->status[i] == ORDER_PAID)
            order->paid_at_us = at_us;
        else if (life->status[i] == ORDER_SHIPPED)
            order->shipped_at_us = at_us;
        else if (life->status[i] == ORDER_DELIVERED)
            order->delivered_at_us = at_us;
        else if (life->status[i] == ORDER_CANCELLED)
            order->cancelled_at_us = at_us;
    }
    if (life->status[step] == ORDER_CANCELLED)
        order->cancelled_by = text_of("BUYER");
}

void sim_order_make(const struct sim_order_key *key, const struct sim_life *life, uint32_t step, bool single,
                    const struct incident *incidents, size_t incident_count, struct sim_scratch *ret_scratch)
{
    const struct sim_shop *shop = key->shop;
    struct random random;
    random_seed(&random, key->seed ^ UINT64_C(0x0cde), shop->number, key->number);
    (void)snprintf(ret_scratch->order_id, sizeof ret_scratch->order_id, "5769%03u%012llu", (unsigned)(key->seed % 1000),
                   (unsigned long long)key->number);
    (void)snprintf(ret_scratch->event_id, sizeof ret_scratch->event_id, "%u-%.36s-%u", shop->number, ret_scratch->order_id, step);
    struct event *event = &ret_scratch->event;
    *event = (struct event){.kind = EVENT_ORDER,
                            .event_id = text_of(ret_scratch->event_id),
                            .shop_id = text_of(shop->id),
                            .currency = text_of(shop->currency),
                            .amount_scale = shop->amount_scale,
                            .revision = life->at_us[step],
                            .occurred_at_us = life->at_us[step]};
    event->order = (struct order){.order_id = text_of(ret_scratch->order_id),
                                  .status = life->status[step],
                                  .platform = text_of(shop->platform),
                                  .market = text_of(shop->market),
                                  .created_at_us = key->created_us};
    make_lines(key, &random, single, incidents, incident_count, ret_scratch);
    name_lines(ret_scratch);
    make_totals(&random, shop, &event->order);
    make_people(&random, shop, ret_scratch);
    make_times(life, step, &event->order);
    event->order.presentment = sim_presented(key, &event->order);
}

int64_t sim_order_gross(const struct sim_order_key *key, const struct incident *incidents, size_t incident_count)
{
    struct sim_scratch scratch = {.event.kind = EVENT_ORDER};
    struct random random;
    random_seed(&random, key->seed ^ UINT64_C(0x0cde), key->shop->number, key->number);
    make_lines(key, &random, true, incidents, incident_count, &scratch);
    int64_t gross_minor = 0;
    for (uint32_t i = 0; i < scratch.event.order.line_count; i++)
        gross_minor += scratch.lines[i].unit_list_minor * scratch.lines[i].quantity;
    return gross_minor;
}

static int64_t spend_factor(const struct sim_shop *shop, uint32_t campaign, int32_t day, const struct incident *incidents,
                            size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (incidents[i].kind == INCIDENT_SPEND && incidents[i].shop + 1 == shop->number && incidents[i].target == campaign &&
            incidents[i].start_us / DAY_US == day)
            return incidents[i].factor_ppm;
    return 1000000;
}

void sim_spend_make(const struct sim_shop *shop, uint64_t seed, uint32_t campaign, int32_t day, uint32_t restated, int64_t at_us,
                    const struct incident *incidents, size_t incident_count, struct sim_scratch *ret_scratch)
{
    struct random random;
    random_seed(&random, seed ^ UINT64_C(0xad5), shop->number * 16 + campaign, (uint64_t)day);
    int64_t spend = part_of(shop->campaign_spend_minor[campaign], random_between(&random, 850000, 1150000));
    spend = part_of(spend, spend_factor(shop, campaign, day, incidents, incident_count));
    if (restated)
        spend = part_of(spend, random_between(&random, 970000, 1030000));
    int64_t cents = spend / shop->unit;
    bool tiktok = strcmp(shop->platform, "tiktok_shop") == 0;
    (void)snprintf(ret_scratch->account, sizeof ret_scratch->account, "act-%u", shop->number);
    (void)snprintf(ret_scratch->campaign, sizeof ret_scratch->campaign, "cmp-%u-%u", shop->number, campaign + 1);
    (void)snprintf(ret_scratch->campaign_name, sizeof ret_scratch->campaign_name, "Always on %u", campaign + 1);
    (void)snprintf(ret_scratch->event_id, sizeof ret_scratch->event_id, "%s-%d-%u", ret_scratch->campaign, day, restated);
    struct event *event = &ret_scratch->event;
    *event = (struct event){.kind = EVENT_AD_SPEND,
                            .event_id = text_of(ret_scratch->event_id),
                            .shop_id = text_of(shop->id),
                            .currency = text_of(shop->currency),
                            .amount_scale = shop->amount_scale,
                            .revision = at_us,
                            .occurred_at_us = at_us};
    event->ad_spend = (struct ad_spend){.platform = text_of(tiktok ? "tiktok_ads" : "meta_ads"),
                                        .account_id = text_of(ret_scratch->account),
                                        .campaign_id = text_of(ret_scratch->campaign),
                                        .campaign_name = text_of(ret_scratch->campaign_name),
                                        .timezone = text_of(shop->zone_name),
                                        .channel = text_of(tiktok ? "tiktok" : "meta"),
                                        .day = day,
                                        .hour = -1,
                                        .spend_minor = spend,
                                        .impressions = cents * random_between(&random, 90, 140) / 100,
                                        .clicks = cents / random_between(&random, 40, 70),
                                        .reported_orders = cents / 900,
                                        .reported_revenue_minor = spend * 3};
}
