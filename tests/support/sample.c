#include "support/sample.h"

#include <string.h>

#include "common/arena.h"
#include "common/hash.h"
#include "schemas/wire.h"

static const struct zone utc = {.count = 1, .change_us = {INT64_MIN}, .offset_s = {0}};

struct event sample_order(const char *shop, const char *order_id, struct order_line *lines, uint32_t line_count)
{
    static const char *const line_ids[] = {"1", "2", "3", "4", "5", "6", "7", "8"};
    for (uint32_t i = 0; i < line_count; i++)
        lines[i] = (struct order_line){.line_id = text_of(line_ids[i % 8]),
                                       .platform_sku = text_of("sku-a"),
                                       .quantity = 2,
                                       .unit_list_minor = 2500,
                                       .seller_discount_minor = 500};
    struct event event = {.kind = EVENT_ORDER,
                          .event_id = text_of("event"),
                          .shop_id = text_of(shop),
                          .currency = text_of("USD"),
                          .amount_scale = 2,
                          .revision = SAMPLE_TIME_US,
                          .occurred_at_us = SAMPLE_TIME_US};
    event.order = (struct order){.order_id = text_of(order_id),
                                 .status = ORDER_PAID,
                                 .platform = text_of("tiktok_shop"),
                                 .market = text_of("US"),
                                 .created_at_us = SAMPLE_TIME_US,
                                 .paid_at_us = SAMPLE_TIME_US,
                                 .shipped_at_us = EVENT_ABSENT,
                                 .delivered_at_us = EVENT_ABSENT,
                                 .cancelled_at_us = EVENT_ABSENT,
                                 .customer_total_minor = 4500,
                                 .affiliate = {.rate_ppm = -1,
                                               .shop_ads_rate_ppm = -1,
                                               .actual_commission_minor = EVENT_ABSENT},
                                 .lines = lines,
                                 .line_count = line_count};
    sample_seal(&event);
    return event;
}

struct event sample_ad_spend(const char *shop, const char *campaign, int32_t day, int64_t spend_minor)
{
    struct event event = {.kind = EVENT_AD_SPEND,
                          .event_id = text_of("event"),
                          .shop_id = text_of(shop),
                          .currency = text_of("USD"),
                          .amount_scale = 2,
                          .revision = SAMPLE_TIME_US,
                          .occurred_at_us = SAMPLE_TIME_US};
    event.ad_spend = (struct ad_spend){.platform = text_of("tiktok_ads"),
                                       .account_id = text_of("account"),
                                       .campaign_id = text_of(campaign),
                                       .timezone = text_of("UTC"),
                                       .day = day,
                                       .hour = -1,
                                       .spend_minor = spend_minor,
                                       .impressions = EVENT_ABSENT,
                                       .clicks = EVENT_ABSENT,
                                       .reported_orders = EVENT_ABSENT,
                                       .reported_revenue_minor = EVENT_ABSENT};
    sample_seal(&event);
    return event;
}

static struct hash128 content_of(const struct event *event)
{
    uint64_t hash = 0;
    if (event->kind == EVENT_AD_SPEND) {
        hash = hash64(&event->ad_spend.spend_minor, sizeof event->ad_spend.spend_minor);
    } else {
        for (uint32_t i = 0; i < event->order.line_count; i++)
            hash = hash * 31 + hash64(&event->order.lines[i].quantity, 5 * sizeof(int64_t));
        hash = hash * 31 + (uint64_t)event->order.status;
    }
    return (struct hash128){.lo = ~hash, .hi = hash};
}

void sample_seal(struct event *event)
{
    event_hash_keys(event);
    event->content_hash = content_of(event);
}

const struct shop_policy *sample_policy_free(void *ctx, struct text shop_id)
{
    static const struct fee_schedule none = {.name = "none"};
    static const struct shop_policy policy = {.zone = &utc, .fees = &none, .zone_name = "UTC", .amount_scale = -1};
    (void)ctx, (void)shop_id;
    return &policy;
}

const struct shop_policy *sample_policy_referral(void *ctx, struct text shop_id)
{
    static const struct fee_rule rules[] = {{.name = "referral",
                                             .source = "test",
                                             .class = FEE_PLATFORM,
                                             .level = FEE_PER_ORDER,
                                             .rate_source = RATE_OF_RULE,
                                             .base = {[COMPONENT_LIST] = 1,
                                                      [COMPONENT_SELLER_DISCOUNT] = -1,
                                                      [COMPONENT_SHIPPING_PAID] = 1},
                                             .rate_ppm = 60000,
                                             .cap_minor = -1,
                                             .valid_from_us = INT64_MIN,
                                             .valid_to_us = INT64_MAX}};
    static const struct fee_schedule referral = {.name = "referral", .amount_scale = 2, .rules = rules, .rule_count = 1};
    static const struct shop_policy policy = {.zone = &utc, .fees = &referral, .zone_name = "UTC", .amount_scale = -1};
    (void)ctx, (void)shop_id;
    return &policy;
}

static void *alloc_sample(void *ctx, size_t size)
{
    return arena_alloc(ctx, size);
}

struct facts sample_facts(void)
{
    static struct arena arena;
    static uint64_t sequence;
    arena_reset(&arena, SIZE_MAX);
    return (struct facts){.alloc = alloc_sample, .alloc_ctx = &arena, .sequence = ++sequence};
}
