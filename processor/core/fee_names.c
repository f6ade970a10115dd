#include "core/fees.h"

const char *fee_component_name(enum fee_component component)
{
    static const char *const names[COMPONENT_COUNT] = {
        [COMPONENT_LIST] = "list",
        [COMPONENT_SELLER_DISCOUNT] = "seller_discount",
        [COMPONENT_PLATFORM_DISCOUNT] = "platform_discount",
        [COMPONENT_TAX] = "tax",
        [COMPONENT_SHIPPING_PAID] = "shipping_paid",
        [COMPONENT_CUSTOMER_TOTAL] = "customer_total",
        [COMPONENT_BUYER_FEES] = "buyer_fees",
        [COMPONENT_PAYMENT_PLATFORM_DISCOUNT] = "payment_platform_discount",
    };
    return names[component];
}

const char *fee_class_name(enum fee_class class)
{
    static const char *const names[FEE_CLASS_COUNT] = {"platform", "payment", "affiliate", "other"};
    return names[class];
}

const char *fee_level_name(enum fee_level level)
{
    static const char *const names[FEE_LEVEL_COUNT] = {"order", "line", "item", "sku"};
    return names[level];
}
