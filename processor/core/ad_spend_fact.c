#include "core/ad_spend_fact.h"

#include <string.h>

#include "core/order_fact.h"

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

enum reason ad_spend_fact_make(struct event *event, const struct shop *shop, struct origin origin, struct ad_spend_fact *ret_fact)
{
    enum reason reason = check_ad_spend(&event->ad_spend);
    if (reason != REASON_NONE)
        return reason;
    *ret_fact = (struct ad_spend_fact){.shop = shop,
                                       .spend = &event->ad_spend,
                                       .event_id = event->event_id,
                                       .currency = event->currency,
                                       .amount_scale = event->amount_scale,
                                       .revision = event->revision,
                                       .occurred_at_us = event->occurred_at_us,
                                       .content_hash = event->content_hash,
                                       .origin = origin};
    return REASON_NONE;
}

struct text ad_spend_key(const struct ad_spend *spend, struct facts *facts)
{
    const struct text parts[] = {spend->platform, spend->account_id, spend->campaign_id};
    uint32_t len = parts[0].len + parts[1].len + parts[2].len + 2;
    char *key = facts->alloc(facts->alloc_ctx, len), *at = key;
    for (size_t i = 0; i < 3; i++) {
        memcpy(at, parts[i].ptr, parts[i].len);
        at += parts[i].len;
        if (i < 2)
            *at++ = '/';
    }
    return (struct text){key, len};
}
