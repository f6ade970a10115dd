#include "schemas/event_rules.h"

#include <stddef.h>

#define EVENT_RULE(id, kind_id, presence_id, member)                                                         \
    {.name = #id, .presence = FIELD_##presence_id, .kind = FIELD_##kind_id,                                  \
     .offset = offsetof(struct event, member)},
#define RECORD_RULE(id, record_id, presence_id, fields_id)                                                   \
    {.name = #id, .presence = FIELD_##presence_id, .kind = FIELD_KIND_COUNT, .record = &rule_##record_id},
#define ARRAY_RULE(id, record_id, items, item_count)                                                         \
    {.name = #id, .presence = FIELD_REPEATED, .kind = FIELD_KIND_COUNT, .record = &rule_##record_id,         \
     .offset = offsetof(struct event, items), .count_offset = offsetof(struct event, item_count)},
#define ITEM_RULE(item, id, kind_id, presence_id, member)                                                    \
    {.name = #id, .presence = FIELD_##presence_id, .kind = FIELD_##kind_id, .offset = offsetof(item, member)},
#define COUNT(array) (sizeof(array) / sizeof(array)[0])

#define LINE_RULE(...) ITEM_RULE(struct order_line, __VA_ARGS__)
#define REFUND_LINE_RULE(...) ITEM_RULE(struct refund_line, __VA_ARGS__)
#define SETTLED_AMOUNT_RULE(...) ITEM_RULE(struct settled_amount, __VA_ARGS__)
#define SKU_COMPONENT_RULE(...) ITEM_RULE(struct sku_component, __VA_ARGS__)

static const struct field_rule shipping_fields[] = {SHIPPING_FIELDS(EVENT_RULE)};
static const struct field_rule affiliate_fields[] = {AFFILIATE_FIELDS(EVENT_RULE)};
static const struct field_rule presentment_fields[] = {PRESENTMENT_FIELDS(EVENT_RULE)};
static const struct field_rule refund_presentment_fields[] = {REFUND_PRESENTMENT_FIELDS(EVENT_RULE)};
static const struct field_rule line_fields[] = {LINE_FIELDS(LINE_RULE)};
static const struct field_rule refund_line_fields[] = {REFUND_LINE_FIELDS(REFUND_LINE_RULE)};
static const struct field_rule settled_amount_fields[] = {SETTLED_AMOUNT_FIELDS(SETTLED_AMOUNT_RULE)};
static const struct field_rule sku_component_fields[] = {SKU_COMPONENT_FIELDS(SKU_COMPONENT_RULE)};

static const struct record_rule rule_Shipping = {"Shipping", shipping_fields, COUNT(shipping_fields), 0};
static const struct record_rule rule_Affiliate = {"Affiliate", affiliate_fields, COUNT(affiliate_fields), 0};
static const struct record_rule rule_Presentment = {"Presentment", presentment_fields, COUNT(presentment_fields), 0};
static const struct record_rule rule_RefundPresentment = {"RefundPresentment", refund_presentment_fields, COUNT(refund_presentment_fields),
                                                          0};
static const struct record_rule rule_OrderLine = {"OrderLine", line_fields, COUNT(line_fields), sizeof(struct order_line)};
static const struct record_rule rule_RefundLine = {"RefundLine", refund_line_fields, COUNT(refund_line_fields),
                                                   sizeof(struct refund_line)};
static const struct record_rule rule_SettledAmount = {"SettledAmount", settled_amount_fields, COUNT(settled_amount_fields),
                                                      sizeof(struct settled_amount)};
static const struct record_rule rule_SkuComponent = {"SkuComponent", sku_component_fields, COUNT(sku_component_fields),
                                                     sizeof(struct sku_component)};

#define EVENT_FIELDS(id) {id##_FIELDS(EVENT_RULE, RECORD_RULE, ARRAY_RULE)}
static const struct field_rule order_fields[] = EVENT_FIELDS(ORDER);
static const struct field_rule ad_spend_fields[] = EVENT_FIELDS(AD_SPEND);
static const struct field_rule refund_fields[] = EVENT_FIELDS(REFUND);
static const struct field_rule settlement_fields[] = EVENT_FIELDS(SETTLEMENT);
static const struct field_rule sku_mapping_fields[] = EVENT_FIELDS(SKU_MAPPING);
static const struct field_rule product_fields[] = EVENT_FIELDS(PRODUCT);
static const struct field_rule unit_cost_fields[] = EVENT_FIELDS(UNIT_COST);
static const struct field_rule shop_fields[] = EVENT_FIELDS(SHOP);

const struct record_rule event_rules[EVENT_KIND_COUNT] = {
    [EVENT_ORDER] = {"Order", order_fields, COUNT(order_fields), 0},
    [EVENT_AD_SPEND] = {"AdSpend", ad_spend_fields, COUNT(ad_spend_fields), 0},
    [EVENT_REFUND] = {"Refund", refund_fields, COUNT(refund_fields), 0},
    [EVENT_SETTLEMENT] = {"SettlementLine", settlement_fields, COUNT(settlement_fields), 0},
    [EVENT_SKU_MAPPING] = {"SkuMapping", sku_mapping_fields, COUNT(sku_mapping_fields), 0},
    [EVENT_PRODUCT] = {"Product", product_fields, COUNT(product_fields), 0},
    [EVENT_UNIT_COST] = {"UnitCost", unit_cost_fields, COUNT(unit_cost_fields), 0},
    [EVENT_SHOP] = {"Shop", shop_fields, COUNT(shop_fields), 0},
};

#define SYMBOL(id) #id,
const char *const order_status_symbols[ORDER_STATUS_COUNT] = {ORDER_STATUS_SYMBOLS(SYMBOL)};

#define KIND_TYPE(id, c_type, absent, avro_type, logical) {SCHEMA_##avro_type, logical},
static const struct {
    enum schema_type type;
    const char *logical;
} kinds[] = {FIELD_KINDS(KIND_TYPE)};

enum schema_type field_avro_type(enum field_kind kind, const char **ret_logical)
{
    *ret_logical = kinds[kind].logical;
    return kinds[kind].type;
}
