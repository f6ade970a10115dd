#include "core/catalog_fact.h"

#include <stdlib.h>
#include <string.h>

#include "core/mix.h"
#include "core/order_fact.h"

static int compare_components(const void *a, const void *b)
{
    return text_compare(((const struct sku_component *)a)->sku, ((const struct sku_component *)b)->sku);
}

static enum reason check_validity(int64_t from_us, int64_t to_us)
{
    return to_us != EVENT_ABSENT && to_us <= from_us ? REASON_IMPOSSIBLE_VALIDITY : REASON_NONE;
}

static enum reason check_mapping(struct sku_mapping *mapping)
{
    struct sku_component *components = mapping->components;
    if (mapping->component_count > 1)
        qsort(components, mapping->component_count, sizeof *components, compare_components);
    for (uint32_t i = 0; i < mapping->component_count; i++) {
        if (components[i].quantity <= 0)
            return REASON_IMPOSSIBLE_LINE;
        if (components[i].quantity > QUANTITY_MAX)
            return REASON_AMOUNT_OVERFLOW;
        if (text_compare(components[i].sku, mapping->platform_sku) == 0)
            return REASON_SELF_MAPPING;
        if (i && compare_components(&components[i - 1], &components[i]) == 0)
            return REASON_DUPLICATE_LINE;
    }
    return check_validity(mapping->valid_from_us, mapping->valid_to_us);
}

static enum reason check_cost(const struct unit_cost *cost)
{
    if (cost->cost_minor < 0)
        return REASON_IMPOSSIBLE_AMOUNT;
    if (cost->cost_minor > AMOUNT_MAX_MINOR)
        return REASON_AMOUNT_OVERFLOW;
    return check_validity(cost->valid_from_us, cost->valid_to_us);
}

static enum reason check(struct event *event, struct catalog_fact *fact)
{
    switch (event->kind) {
    case EVENT_SKU_MAPPING:
        fact->sku = event->sku_mapping.platform_sku;
        fact->valid_from_us = event->sku_mapping.valid_from_us;
        return check_mapping(&event->sku_mapping);
    case EVENT_UNIT_COST:
        fact->sku = event->unit_cost.sku;
        fact->valid_from_us = event->unit_cost.valid_from_us;
        return check_cost(&event->unit_cost);
    case EVENT_PRODUCT:
        fact->sku = event->product.sku;
        fact->valid_from_us = event->product.valid_from_us;
        return REASON_NONE;
    case EVENT_SHOP:
        fact->valid_from_us = event->shop.valid_from_us;
        return REASON_NONE;
    case EVENT_ORDER:
    case EVENT_AD_SPEND:
    case EVENT_REFUND:
    case EVENT_SETTLEMENT:
    case EVENT_KIND_COUNT:
        break;
    }
    return REASON_UNKNOWN_SCHEMA;
}

static struct hash128 key_hash(const struct catalog_fact *fact)
{
    return mix_key(fact->shop->hash, &fact->sku, 1, (uint64_t)fact->valid_from_us, (uint64_t)fact->event->kind);
}

enum reason catalog_fact_make(struct event *event, const struct shop *shop, struct origin origin, struct catalog_fact *ret_fact)
{
    *ret_fact = (struct catalog_fact){.shop = shop, .event = event, .sku = {"", 0}, .origin = origin};
    enum reason reason = check(event, ret_fact);
    if (reason == REASON_NONE)
        ret_fact->key_hash = key_hash(ret_fact);
    return reason;
}
