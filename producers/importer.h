/*
 * What an import format is: from the bytes of its files to events. Files are read one after another and as a whole; what is wrong is an
 * error with its place, and nothing is an event before all of them were read. The same files with the same settings give the same
 * events, byte for byte. One thread.
 */
#ifndef PRODUCERS_IMPORTER_H
#define PRODUCERS_IMPORTER_H

#include "core/zone.h"
#include "producers/csv.h"
#include "producers/findings.h"

/* What the files of most formats do not say. All is borrowed while the import lives; ptr NULL is not given. */
struct import_settings {
    struct text shop_id;
    struct text market;       /* ISO 3166, two capitals */
    struct text currency;     /* ISO 4217, three capitals */
    int32_t amount_scale;     /* of currency; -1 where that is not given */
    const struct zone *zone;  /* of local times; never NULL */
};

enum import_takes { IMPORT_TAKES_SHOP = 1, IMPORT_TAKES_MARKET = 2, IMPORT_TAKES_CURRENCY = 4, IMPORT_TAKES_TIMEZONE = 8 };

struct import_format {
    const char *name;
    /* Of the format itself: where it has a shop, zone or currency of its own, that is what holds unless another one is asked for. */
    const char *shop_id, *timezone;
    const char *market, *currency;
    unsigned takes; /* which settings may be asked for: of enum import_takes */

    /* NULL with err: memory is out, or the settings do not do (EXIT_CODE_USAGE). */
    void *(*open)(const struct import_settings *settings, struct err *err);
    /* One file; its name is borrowed until close. */
    bool (*read)(void *import, struct csv_reader *csv, struct err *err);
    /* Once, behind the last file: puts together, finds what does not fit. */
    bool (*join)(void *import, struct err *err);
    /* After join. The event is valid until the next call. */
    uint64_t (*count)(const void *import);
    const struct event *(*event)(void *import, uint64_t i);
    const struct findings *(*findings)(const void *import);
    /* Accepts NULL. */
    void (*close)(void *import);
};

extern const struct import_format import_uci_online_retail, import_olist, import_tiktok_orders, import_tiktok_settlement,
    import_tiktok_affiliate, import_shopify_orders;

#endif
