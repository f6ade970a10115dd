#include "core/metric.h"

#include <assert.h>
#include <math.h>

#define SHOP (1u << DIMENSION_SHOP)
#define SKU (1u << DIMENSION_SKU)
#define CAMPAIGN (1u << DIMENSION_CAMPAIGN)
#define OF_LINES (1u << DIMENSION_SKU | 1u << DIMENSION_CATEGORY)
#define OF_ORDERS (SHOP | OF_LINES | 1u << DIMENSION_CHANNEL)

/* The names stand in the warehouse and in configurations: they never change. */
static const struct metric_rule rules[METRIC_COUNT] = {
    [METRIC_ORDER_VALUE] = {"order_value", FEED_ORDERS, true, SCALE_LOG, SHOP, SHOP},
    [METRIC_UNIT_PRICE] = {"unit_price", FEED_ORDERS, true, SCALE_LOG, SKU, SKU},
    [METRIC_DISCOUNT_SHARE] = {"discount_share", FEED_ORDERS, true, SCALE_RAW, SHOP, 0},
    [METRIC_MARGIN] = {"margin", FEED_ORDERS, true, SCALE_RAW, SHOP, 0},
    [METRIC_SHIPPING] = {"shipping", FEED_ORDERS, true, SCALE_RAW, SHOP, 0},
    [METRIC_ORDERS] = {"orders", FEED_ORDERS, false, SCALE_ROOT, OF_ORDERS, SHOP},
    [METRIC_UNITS] = {"units", FEED_ORDERS, false, SCALE_ROOT, OF_ORDERS, 0},
    [METRIC_GROSS] = {"gross", FEED_ORDERS, false, SCALE_ROOT, OF_ORDERS, SHOP | SKU | 1u << DIMENSION_CHANNEL},
    [METRIC_NET_PROFIT] = {"net_profit", FEED_ORDERS, false, SCALE_SIGNED_ROOT, OF_ORDERS, SHOP},
    [METRIC_AVERAGE_ORDER_VALUE] = {"average_order_value", FEED_ORDERS, false, SCALE_ROOT, SHOP | 1u << DIMENSION_CHANNEL, SHOP},
    [METRIC_REFUNDS] = {"refunds", FEED_REFUNDS, false, SCALE_ROOT, SHOP, SHOP},
    [METRIC_REFUND_RATE] = {"refund_rate", FEED_RATES, false, SCALE_RAW, SHOP, SHOP},
    [METRIC_AD_SPEND] = {"ad_spend", FEED_SPEND, false, SCALE_ROOT, SHOP | CAMPAIGN, CAMPAIGN},
    [METRIC_CLICKS] = {"clicks", FEED_SPEND, false, SCALE_ROOT, SHOP | CAMPAIGN, CAMPAIGN},
    [METRIC_ROAS] = {"roas", FEED_SPEND, false, SCALE_RAW, SHOP | CAMPAIGN, CAMPAIGN},
    [METRIC_CONVERSION] = {"conversion", FEED_SPEND, false, SCALE_RAW, SHOP | CAMPAIGN, CAMPAIGN},
    [METRIC_SOURCE_SILENT] = {"source_silent", FEED_ORDERS, false, SCALE_ROOT, SHOP, SHOP},
};

const struct metric_rule *metric_rule(enum metric metric)
{
    assert((unsigned)metric < METRIC_COUNT);
    return &rules[metric];
}

const char *metric_name(enum metric metric)
{
    return (unsigned)metric < METRIC_COUNT ? rules[metric].name : "unknown";
}

bool metric_of_bucket(enum metric metric, const double sums[PART_COUNT], double *ret_value)
{
    switch (metric) {
    case METRIC_ORDERS:
        *ret_value = sums[PART_EVENTS];
        return true;
    case METRIC_UNITS:
        *ret_value = sums[PART_UNITS];
        return true;
    case METRIC_GROSS:
        *ret_value = sums[PART_GROSS];
        return true;
    case METRIC_NET_PROFIT:
        *ret_value = sums[PART_NET];
        return true;
    case METRIC_AVERAGE_ORDER_VALUE:
        *ret_value = sums[PART_GROSS] / fmax(sums[PART_EVENTS], 1);
        return sums[PART_EVENTS] >= 1;
    case METRIC_REFUNDS:
        *ret_value = sums[PART_REFUNDED];
        return true;
    case METRIC_REFUND_RATE:
        *ret_value = sums[PART_REFUNDED] / fmax(sums[PART_GROSS], 1);
        return sums[PART_GROSS] > 0;
    case METRIC_AD_SPEND:
        *ret_value = sums[PART_SPEND];
        return true;
    case METRIC_CLICKS:
        *ret_value = sums[PART_CLICKS];
        return true;
    case METRIC_ROAS:
        *ret_value = sums[PART_REPORTED_REVENUE] / fmax(sums[PART_SPEND], 1);
        return sums[PART_SPEND] > 0;
    case METRIC_CONVERSION:
        *ret_value = sums[PART_REPORTED_ORDERS] / fmax(sums[PART_CLICKS], 1);
        return sums[PART_CLICKS] > 0;
    case METRIC_ORDER_VALUE:
    case METRIC_UNIT_PRICE:
    case METRIC_DISCOUNT_SHARE:
    case METRIC_MARGIN:
    case METRIC_SHIPPING:
    case METRIC_SOURCE_SILENT:
    case METRIC_COUNT:
        break;
    }
    return false;
}

uint32_t metric_weight(enum metric metric, const double sums[PART_COUNT])
{
    if (metric != METRIC_AVERAGE_ORDER_VALUE)
        return 1;
    return (uint32_t)fmin(fmax(sums[PART_EVENTS], 1), UINT32_MAX);
}

const char *dimension_name(enum dimension dimension)
{
    switch (dimension) {
    case DIMENSION_SHOP:
        return "shop";
    case DIMENSION_SKU:
        return "sku";
    case DIMENSION_CATEGORY:
        return "category";
    case DIMENSION_CHANNEL:
        return "channel";
    case DIMENSION_CAMPAIGN:
        return "campaign";
    case DIMENSION_COUNT:
        break;
    }
    return "unknown";
}

const char *severity_name(enum severity severity)
{
    switch (severity) {
    case SEVERITY_WARN:
        return "warn";
    case SEVERITY_ALERT:
        return "alert";
    case SEVERITY_FLAT:
        return "flat";
    }
    return "unknown";
}

const char *incident_status_name(enum incident_status status)
{
    switch (status) {
    case INCIDENT_OPEN:
        return "open";
    case INCIDENT_RECOVERED:
        return "recovered";
    case INCIDENT_NEW_NORMAL:
        return "new_normal";
    case INCIDENT_WITHDRAWN:
        return "withdrawn";
    }
    return "unknown";
}
