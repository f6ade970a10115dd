#include "rules/named_zone.h"

#include <string.h>

#include "common/tz.h"

_Static_assert(TZ_CHANGES_MAX <= ZONE_CHANGES_MAX, "every named zone fits");

bool named_zone_load(const char *name, struct zone *ret_zone, struct err *err)
{
    struct tz_table table;
    if (!tz_load(name, &table, err))
        return false;
    ret_zone->count = table.count;
    memcpy(ret_zone->change_us, table.change_us, table.count * sizeof *table.change_us);
    memcpy(ret_zone->offset_s, table.offset_s, table.count * sizeof *table.offset_s);
    zone_index(ret_zone);
    return true;
}
