/*
 * What the events of an import add up to, whatever the format. What is there twice, in files that overlap, counts once: as the revision
 * that will stand in the warehouse.
 */
#ifndef PRODUCERS_IMPORT_TOTALS_H
#define PRODUCERS_IMPORT_TOTALS_H

#include "producers/importer.h"

#define IMPORT_COLUMNS_MAX 256
#define IMPORT_TYPES_MAX 64
#define IMPORT_NAME_BYTES 201

/* Amounts of settlements under one name: of a column, or the totals of the lines of a type. */
struct named_total {
    char name[IMPORT_NAME_BYTES]; /* the platform's own */
    const char *class;            /* what it is here (core/settlement_names.h) */
    uint64_t count;               /* of lines that have it */
    int64_t amount_minor;
};

struct import_totals {
    char currency[4];     /* "" where there is no event with an amount */
    int32_t amount_scale;
    uint64_t orders, lines, orders_without_lines, repeated_orders;
    uint64_t by_status[ORDER_STATUS_COUNT];
    uint64_t samples, replacements, tests, mirrors, cod;
    int64_t units, gross_minor, seller_discount_minor, platform_discount_minor, shipping_minor;
    int64_t payment_platform_discount_minor, buyer_fees_minor, tax_minor, customer_total_minor;
    uint64_t affiliates, actual_commissions; /* orders that creators sold; those whose commission is final */
    int64_t actual_commission_minor;
    uint64_t refunds, repeated_refunds;
    int64_t refund_goods_minor, refund_tax_minor, refund_shipping_minor, refund_discrepancy_minor;
    uint64_t settlements, repeated_settlements;
    int64_t settled_minor;      /* the lines' totals as stated */
    int64_t settled_rows_minor; /* what the stream will book of them (core/settlement.h); the two are equal */
    struct named_total columns[IMPORT_COLUMNS_MAX], types[IMPORT_TYPES_MAX]; /* in the order of their first line */
    size_t column_count, type_count; /* those beyond the room are in settled_minor only */
};

/* Of all events of a joined import: orders, refunds and settlements. zone is that of the files. false with err: a total does not fit, the
 * events are of more than one currency, or memory is out. */
bool import_totals_make(const struct import_format *format, void *import, const struct zone *zone, struct import_totals *ret_totals,
                        struct err *err);

#endif
