/*
 * The "calendar" section of the configuration: a list of
 *     {name: black friday, from: 2026-11-27, to: 2026-12-01, action: widen 2}
 *     {name: stocktaking, from: 2026-07-01, to: "2026-07-01 06:00", shops: [shop-1], markets: [ID], action: mute}
 * from and to are on the wall of each shop, to is the first moment after. core/calendar.h says what follows of an event.
 */
#ifndef RULES_CALENDAR_RULE_H
#define RULES_CALENDAR_RULE_H

#include "common/arena.h"
#include "common/yaml.h"
#include "rules/shop_policy.h"

/* Reads list (an absent one is empty). What ret_settings points to is list's and arena's. shops: all that there are, for a
 * market that none of them has would limit an event to nobody. False with problems. */
bool calendar_read(const struct yaml_file *file, struct yaml_node *list, const struct shop_setting *shops, size_t shop_count,
                   struct arena *arena, struct problems *problems, struct calendar_settings *ret_settings);

#endif
