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

#define RULE_NAME_BYTES_MAX 64
#define RULE_BASE_FEES_MAX 8

/* A base as it is written: components, and fees of other rules by their name. */
struct rule_base {
    int8_t components[COMPONENT_COUNT]; /* -1, 0, +1 */
    struct {
        char name[RULE_NAME_BYTES_MAX + 1];
        int8_t sign;
    } fees[RULE_BASE_FEES_MAX];
    uint16_t fee_count;
};

/* "list - seller_discount + fee:commission": each component and each fee at most once. */
bool rule_base(const struct yaml_file *file, const struct yaml_node *node, struct problems *problems,
               struct rule_base *ret_base);

/* "0.30": minor units at scale (0..9), not negative, no more decimals than the scale has. */
bool rule_amount(const struct yaml_file *file, const struct yaml_node *node, struct problems *problems, int32_t scale,
                 int64_t *ret_minor);

/* "2024-04-01" or "2024-04-01 06:30": microseconds since 1970 on the wall. Years 2000 to 2100. */
bool rule_local_time(const struct yaml_file *file, const struct yaml_node *node, struct problems *problems,
                     int64_t *ret_local_us);

/* The same on the wall of that zone, as microseconds since 1970 UTC. */
bool rule_time(const struct yaml_file *file, const struct yaml_node *node, struct problems *problems,
               const struct zone *zone, int64_t *ret_us);

#endif
