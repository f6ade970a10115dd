/*
 * A zone of the core by its name: the core knows no files, so this is where the two meet.
 */
#ifndef RULES_NAMED_ZONE_H
#define RULES_NAMED_ZONE_H

#include <stdbool.h>

#include "common/err.h"
#include "core/zone.h"

/* The zone of that name, indexed. An unknown one fills err with a suggestion and leaves ret_zone as it was. */
bool named_zone_load(const char *name, struct zone *ret_zone, struct err *err);

#endif
