/*
 * What the events of an import add up to, whatever the format. An order that is there twice, in files that overlap, counts once: as the
 * revision that will stand in the warehouse.
 */
#ifndef PRODUCERS_IMPORT_TOTALS_H
#define PRODUCERS_IMPORT_TOTALS_H

#include "producers/importer.h"

struct import_totals {
    char currency[4];     /* "" where there is no order */
    int32_t amount_scale;
    uint64_t orders, lines, orders_without_lines, repeated_orders;
    uint64_t by_status[ORDER_STATUS_COUNT];
    uint64_t samples, replacements, tests, mirrors, cod;
    int64_t units, gross_minor, seller_discount_minor, platform_discount_minor, shipping_minor;
    int64_t payment_platform_discount_minor, buyer_fees_minor, tax_minor, customer_total_minor;
};

/* Of all events of a joined import. false with err: a total does not fit, the events are of more than one currency, or memory is out. */
bool import_totals_make(const struct import_format *format, void *import, struct import_totals *ret_totals, struct err *err);

#endif
