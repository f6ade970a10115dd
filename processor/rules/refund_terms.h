/*
 * What a fee pack says of refunds: whether fees come back on a partial one, and what the platform charges for giving them back.
 *   refunds:
 *     partial: kept            or returned, which is the default
 *     admin_fees:
 *       - {rate_ppm: 200000, cap: 5.00, from: 2025-05-15, source: "..."}
 */
#ifndef RULES_REFUND_TERMS_H
#define RULES_REFUND_TERMS_H

#include "common/arena.h"
#include "common/yaml.h"
#include "core/fees.h"
#include "core/zone.h"

/* Reads the map at node (NULL: nothing is charged, everything may come back). Currency and scale are those of the schedule;
 * zone NULL: times are not read. What is made lives in arena. false with problems. */
bool refund_terms_read(const struct yaml_file *file, struct yaml_node *node, struct problems *problems, const struct zone *zone,
                       const struct fee_schedule *schedule, struct arena *arena, struct refund_terms *ret_terms);

#endif
