#include "core/fee_when.h"

#include <string.h>

#define DAY_US INT64_C(86400000000)

static struct fee_instant struck(int64_t at_us, const struct order *order)
{
    if (at_us == EVENT_ABSENT)
        return (struct fee_instant){order->created_at_us, true};
    return (struct fee_instant){at_us, false};
}

struct fee_instant fee_instant_of(enum fee_clock clock, const struct order *order, const struct fee_context *context)
{
    switch (clock) {
    case FEE_CLOCK_DELIVERED:
        return struck(order->delivered_at_us, order);
    case FEE_CLOCK_SETTLED:
        return struck(context ? context->settled_at_us : EVENT_ABSENT, order);
    case FEE_CLOCK_CREATED:
    case FEE_CLOCK_COUNT:
        break;
    }
    return (struct fee_instant){order->created_at_us, false};
}

bool fee_texts_allow(const struct fee_texts *texts, struct text text)
{
    uint32_t low = 0, high = text.ptr ? texts->count : 0;
    if (texts->count == 0)
        return true;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        int order = text_compare(texts->items[middle], text);
        if (order == 0)
            return !texts->except;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return texts->except;
}

/* An order that was delivered was shipped, and one that was shipped was paid or will be, on delivery. */
static bool has_reached(const struct order *order, enum fee_reached reached)
{
    bool delivered = order->delivered_at_us != EVENT_ABSENT || order->status == ORDER_DELIVERED ||
                     order->status == ORDER_COMPLETED;
    bool shipped = delivered || order->shipped_at_us != EVENT_ABSENT || order->status == ORDER_SHIPPED;
    switch (reached) {
    case FEE_REACHED_DELIVERED:
        return delivered;
    case FEE_REACHED_SHIPPED:
        return shipped;
    case FEE_REACHED_PAID:
        return shipped || order->paid_at_us != EVENT_ABSENT || order->status == ORDER_PAID;
    case FEE_REACHED_ANY:
        break;
    }
    return true;
}

static bool status_holds(enum fee_reached reached, const struct order *order, struct fee_instant *instant)
{
    if (has_reached(order, reached))
        return true;
    instant->estimated = true;
    return order->status != ORDER_CANCELLED;
}

static bool presence_holds(enum fee_presence wanted, bool present)
{
    return wanted == FEE_PRESENT_OR_NOT || (wanted == FEE_PRESENT) == present;
}

static bool age_holds(const struct fee_when *when, const struct fee_seller *seller, int64_t at_us)
{
    if (when->shop_age_from_days == 0 && when->shop_age_below_days == 0)
        return true;
    if (!seller || seller->opened_at_us == EVENT_ABSENT)
        return when->shop_age_below_days == 0;
    int64_t days = (at_us - seller->opened_at_us) / DAY_US;
    return days >= when->shop_age_from_days &&
           (when->shop_age_below_days == 0 || days < when->shop_age_below_days);
}

static bool flags_hold(const struct fee_when *when, const struct fee_seller *seller, int64_t at_us)
{
    uint64_t flags = 0;
    if (!(when->flags_on | when->flags_off))
        return true;
    for (uint32_t i = 0; seller && i < seller->flag_count; i++)
        if (at_us >= seller->flags[i].from_us && at_us < seller->flags[i].to_us)
            flags |= UINT64_C(1) << seller->flags[i].bit;
    return (flags & when->flags_on) == when->flags_on && !(flags & when->flags_off);
}

bool fee_when_holds(const struct fee_when *when, const struct order *order, const struct fee_context *context,
                    struct fee_instant *instant)
{
    const struct fee_seller *seller = context ? context->seller : NULL;
    const struct affiliate *affiliate = &order->affiliate;
    bool has_creator = affiliate->creator.ptr != NULL;
    return fee_texts_allow(&when->markets, order->market) && presence_holds(when->affiliate, has_creator) &&
           presence_holds(when->shop_ads, has_creator && affiliate->shop_ads_rate_ppm >= 0) &&
           age_holds(when, seller, instant->at_us) && flags_hold(when, seller, instant->at_us) &&
           status_holds(when->reached, order, instant);
}
