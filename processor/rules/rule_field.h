/*
 * Readers for what only fee packs write: a base, an amount of money, a local time. Like those of common/yaml.h they add a
 * problem and return false where the value is none, and leave ret untouched then and where the node is null.
 */
#ifndef RULES_RULE_FIELD_H
#define RULES_RULE_FIELD_H

#include <stdbool.h>
#include <stdint.h>

#include "common/yaml.h"
#include "core/fees.h"
#include "core/zone.h"

/* "list - seller_discount + shipping_paid": each component at most once. ret_base has COMPONENT_COUNT entries. */
bool rule_base(const struct yaml_file *file, const struct yaml_node *node, struct problems *problems, int8_t *ret_base);

/* "0.30": minor units at scale (0..9), not negative, no more decimals than the scale has. */
bool rule_amount(const struct yaml_file *file, const struct yaml_node *node, struct problems *problems, int32_t scale,
                 int64_t *ret_minor);

/* "2024-04-01" or "2024-04-01 06:30": on the wall of that zone, as microseconds since 1970 UTC. Years 2000 to 2100. */
bool rule_time(const struct yaml_file *file, const struct yaml_node *node, struct problems *problems,
               const struct zone *zone, int64_t *ret_us);

#endif
