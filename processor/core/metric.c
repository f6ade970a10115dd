#include "core/fact.h"

/* The names stand in the warehouse and in configurations: they never change. */
const char *metric_name(enum metric metric)
{
    switch (metric) {
    case METRIC_ORDER_VALUE:
        return "order_value";
    case METRIC_UNIT_PRICE:
        return "unit_price";
    case METRIC_HOURLY_ORDERS:
        return "hourly_orders";
    case METRIC_HOURLY_GROSS:
        return "hourly_gross";
    case METRIC_DAILY_SPEND:
        return "daily_spend";
    case METRIC_COUNT:
        break;
    }
    return "unknown";
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
