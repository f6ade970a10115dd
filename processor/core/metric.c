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
