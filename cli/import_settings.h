/*
 * What an import knows besides its files: from the format, from flags, from what the configuration says of the shop.
 */
#ifndef CLI_IMPORT_SETTINGS_H
#define CLI_IMPORT_SETTINGS_H

#include "cli/command.h"
#include "producers/importer.h"

struct settled {
    struct import_settings settings; /* its texts are borrowed from flags, configuration and format */
    const char *zone_name;
    struct zone zone;                /* may be what settings.zone is */
};

/* The format of that name; NULL with err that lists them all. */
const struct import_format *import_format_find(const char *name, struct err *err);

/* All formats; ends with NULL. */
extern const struct import_format *const import_formats[];

/* A flag beats the configuration, which beats the format but for the zone of its times: that one is a fact. false with err
 * (EXIT_CODE_USAGE): a flag is not for this format, or says what cannot be, or the shop is not said. */
bool import_settings_make(struct settled *ret_settled, const struct invocation *invocation, const struct import_format *format,
                          struct err *err);

#endif
