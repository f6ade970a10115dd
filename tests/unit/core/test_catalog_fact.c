#include "core/catalog_fact.h"

#include <criterion/criterion.h>

#include "support/sample.h"

static struct catalog_fact fact;
static struct shop shop = {.id = {"s", 1}, .hash = 7};

static enum reason mapping_reason(struct sku_component *components, uint32_t count, int64_t to_us)
{
    static struct event event;
    event = (struct event){.kind = EVENT_SKU_MAPPING,
                           .sku_mapping = {.platform_sku = text_of("p"), .valid_from_us = 100, .valid_to_us = to_us,
                                           .components = components, .component_count = count}};
    return catalog_fact_make(&event, &shop, (struct origin){0}, &fact);
}

static enum reason cost_reason(int64_t cost_minor, int64_t to_us)
{
    static struct event event;
    event = (struct event){.kind = EVENT_UNIT_COST,
                           .unit_cost = {.sku = text_of("a"), .cost_minor = cost_minor, .valid_from_us = 100, .valid_to_us = to_us}};
    return catalog_fact_make(&event, &shop, (struct origin){0}, &fact);
}

Test(catalog_fact, a_bundle_is_a_version_of_its_platform_sku)
{
    struct sku_component components[] = {{text_of("b"), 2}, {text_of("a"), 1}};
    cr_assert_eq(mapping_reason(components, 2, EVENT_ABSENT), REASON_NONE);
    cr_assert_eq(fact.sku.ptr[0], 'p');
    cr_assert_eq(fact.valid_from_us, 100);
    cr_assert_eq(components[0].sku.ptr[0], 'a'); /* sorted: the sequence does not matter */
    cr_assert_eq(mapping_reason(components, 0, EVENT_ABSENT), REASON_NONE);
}

Test(catalog_fact, impossible_mappings_are_refused_with_a_reason)
{
    struct sku_component self[] = {{text_of("p"), 1}}, none[] = {{text_of("a"), 0}}, twice[] = {{text_of("a"), 1}, {text_of("a"), 2}},
                         many[] = {{text_of("a"), INT64_MAX}}, good[] = {{text_of("a"), 1}};
    cr_assert_eq(mapping_reason(self, 1, EVENT_ABSENT), REASON_SELF_MAPPING);
    cr_assert_eq(mapping_reason(none, 1, EVENT_ABSENT), REASON_IMPOSSIBLE_LINE);
    cr_assert_eq(mapping_reason(twice, 2, EVENT_ABSENT), REASON_DUPLICATE_LINE);
    cr_assert_eq(mapping_reason(many, 1, EVENT_ABSENT), REASON_AMOUNT_OVERFLOW);
    cr_assert_eq(mapping_reason(good, 1, 100), REASON_IMPOSSIBLE_VALIDITY);
    cr_assert_eq(mapping_reason(good, 1, 101), REASON_NONE);
}

Test(catalog_fact, impossible_costs_are_refused_with_a_reason)
{
    cr_assert_eq(cost_reason(0, EVENT_ABSENT), REASON_NONE);
    cr_assert_eq(cost_reason(-1, EVENT_ABSENT), REASON_IMPOSSIBLE_AMOUNT);
    cr_assert_eq(cost_reason(INT64_MAX, EVENT_ABSENT), REASON_AMOUNT_OVERFLOW);
    cr_assert_eq(cost_reason(5, 99), REASON_IMPOSSIBLE_VALIDITY);
}

Test(catalog_fact, versions_of_one_sku_and_kinds_of_one_version_are_different_rows)
{
    struct sku_component components[] = {{text_of("b"), 1}};
    cr_assert_eq(mapping_reason(components, 1, EVENT_ABSENT), REASON_NONE);
    struct hash128 mapping = fact.key_hash;
    uint64_t columns = catalog_columns_hash(&fact);
    cr_assert_eq(cost_reason(5, EVENT_ABSENT), REASON_NONE);
    cr_assert_neq(fact.key_hash.lo, mapping.lo);
    cr_assert_neq(catalog_columns_hash(&fact), columns);
}
