#include "producers/sim_malformed.h"

#include "producers/simulator.h"

#define COST_MINOR_MAX INT64_C(1000000000000000)
#define COUNT(array) (sizeof(array) / sizeof(array)[0])

#define OF_BYTES                                                                                                     \
    REASON_TRUNCATED, REASON_NULL_VALUE, REASON_WRONG_FRAME, REASON_UNKNOWN_SCHEMA, REASON_TRAILING_BYTES,           \
        REASON_BAD_UTF8, REASON_BAD_LENGTH

static const enum reason of_orders[] = {OF_BYTES, REASON_WRONG_CURRENCY, REASON_WRONG_SCALE, REASON_IMPOSSIBLE_LINE};
static const enum reason of_refunds[] = {OF_BYTES, REASON_IMPOSSIBLE_LINE, REASON_IMPOSSIBLE_AMOUNT};
static const enum reason of_bytes[] = {OF_BYTES};
static const enum reason of_mappings[] = {REASON_SELF_MAPPING, REASON_IMPOSSIBLE_VALIDITY, REASON_IMPOSSIBLE_LINE,
                                          REASON_DUPLICATE_LINE, OF_BYTES};
/* Not of another currency: that can be told only once the shop has sold something. */
static const enum reason of_costs[] = {REASON_IMPOSSIBLE_VALIDITY, REASON_IMPOSSIBLE_AMOUNT, REASON_AMOUNT_OVERFLOW, OF_BYTES};

static const struct {
    const enum reason *reasons;
    size_t count;
} of_kinds[EVENT_KIND_COUNT] = {
    [EVENT_ORDER] = {of_orders, COUNT(of_orders)},
    [EVENT_AD_SPEND] = {of_bytes, COUNT(of_bytes)},
    [EVENT_REFUND] = {of_refunds, COUNT(of_refunds)},
    [EVENT_SETTLEMENT] = {of_bytes, COUNT(of_bytes)},
    [EVENT_SKU_MAPPING] = {of_mappings, COUNT(of_mappings)},
    [EVENT_PRODUCT] = {of_bytes, COUNT(of_bytes)},
    [EVENT_UNIT_COST] = {of_costs, COUNT(of_costs)},
    [EVENT_SHOP] = {of_bytes, COUNT(of_bytes)},
};

enum reason sim_malformed_reason(enum event_kind kind, uint32_t turn)
{
    return of_kinds[kind].reasons[turn % of_kinds[kind].count];
}

static void spoil_order(enum reason reason, struct event *event)
{
    static const char currency[] = "XTS"; /* ISO 4217 for tests */
    if (reason == REASON_WRONG_CURRENCY)
        event->currency = (struct text){currency, 3};
    if (reason == REASON_WRONG_SCALE)
        event->amount_scale++;
    if (reason == REASON_IMPOSSIBLE_LINE)
        event->order.lines[0].quantity = 0;
}

static void spoil_refund(enum reason reason, struct refund *refund)
{
    if (reason == REASON_IMPOSSIBLE_LINE)
        refund->lines[0].quantity = -1;
    if (reason == REASON_IMPOSSIBLE_AMOUNT)
        refund->lines[0].amount_minor = -1;
}

static void spoil_mapping(enum reason reason, struct sku_mapping *mapping)
{
    if (reason == REASON_SELF_MAPPING)
        mapping->components[0].sku = mapping->platform_sku;
    if (reason == REASON_IMPOSSIBLE_VALIDITY)
        mapping->valid_to_us = mapping->valid_from_us;
    if (reason == REASON_IMPOSSIBLE_LINE)
        mapping->components[0].quantity = 0;
    if (reason == REASON_DUPLICATE_LINE) {
        mapping->components[1] = mapping->components[0];
        mapping->component_count = 2;
    }
}

static void spoil_cost(enum reason reason, struct unit_cost *cost)
{
    if (reason == REASON_IMPOSSIBLE_VALIDITY)
        cost->valid_to_us = cost->valid_from_us - 1;
    if (reason == REASON_IMPOSSIBLE_AMOUNT)
        cost->cost_minor = -1;
    if (reason == REASON_AMOUNT_OVERFLOW)
        cost->cost_minor = COST_MINOR_MAX + 1;
}

void sim_spoil_event(enum reason reason, struct event *event)
{
    if (event->kind == EVENT_ORDER)
        spoil_order(reason, event);
    if (event->kind == EVENT_REFUND)
        spoil_refund(reason, &event->refund);
    if (event->kind == EVENT_SKU_MAPPING)
        spoil_mapping(reason, &event->sku_mapping);
    if (event->kind == EVENT_UNIT_COST)
        spoil_cost(reason, &event->unit_cost);
}

size_t sim_spoil(enum reason reason, uint8_t *bytes, size_t len)
{
    switch ((int)reason) {
    case REASON_TRUNCATED:
        return len - 1;
    case REASON_TRAILING_BYTES:
        bytes[len] = 0;
        return len + 1;
    case REASON_WRONG_FRAME:
        bytes[0] = 1;
        return len;
    case REASON_UNKNOWN_SCHEMA:
        bytes[4] = 99;
        return len;
    case REASON_BAD_LENGTH:
        bytes[5] = 1; /* the length of the first text becomes -1 */
        return len;
    case REASON_BAD_UTF8:
        bytes[6] = 0xff; /* the first text's first byte */
        return len;
    default:
        return len;
    }
}
