#include "schemas/event_rules.h"

#include <stddef.h>

#define EVENT_RULE(id, kind_id, presence_id, member)                                                         \
    {.name = #id, .presence = FIELD_##presence_id, .kind = FIELD_##kind_id,                                  \
     .offset = offsetof(struct event, member)},
#define LINE_RULE(id, kind_id, presence_id, member)                                                          \
    {.name = #id, .presence = FIELD_##presence_id, .kind = FIELD_##kind_id,                                  \
     .offset = offsetof(struct order_line, member)},
#define RECORD_RULE(id, record_id, presence_id, fields_id)                                                   \
    {.name = #id, .presence = FIELD_##presence_id, .kind = FIELD_KIND_COUNT, .record = &rule_##record_id},
#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static const struct field_rule shipping_fields[] = {SHIPPING_FIELDS(EVENT_RULE)};
static const struct field_rule affiliate_fields[] = {AFFILIATE_FIELDS(EVENT_RULE)};
static const struct field_rule line_fields[] = {LINE_FIELDS(LINE_RULE)};

static const struct record_rule rule_Shipping = {"Shipping", shipping_fields, COUNT(shipping_fields)};
static const struct record_rule rule_Affiliate = {"Affiliate", affiliate_fields, COUNT(affiliate_fields)};
static const struct record_rule rule_OrderLine = {"OrderLine", line_fields, COUNT(line_fields)};

static const struct field_rule order_fields[] = {ORDER_FIELDS(EVENT_RULE, RECORD_RULE)};
static const struct field_rule ad_spend_fields[] = {AD_SPEND_FIELDS(EVENT_RULE, RECORD_RULE)};

const struct record_rule event_rules[EVENT_KIND_COUNT] = {
    [EVENT_ORDER] = {"Order", order_fields, COUNT(order_fields)},
    [EVENT_AD_SPEND] = {"AdSpend", ad_spend_fields, COUNT(ad_spend_fields)},
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
