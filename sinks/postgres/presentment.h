/*
 * What buyers saw, as four columns that orders and refunds end with: all null where it is the shop's own currency.
 */
#ifndef POSTGRES_PRESENTMENT_H
#define POSTGRES_PRESENTMENT_H

#include "postgres/copy_buffer.h"
#include "postgres/pg_link.h"

#define PRESENTMENT_COLUMNS 4
#define PRESENTMENT_COPY_COLUMNS "presentment_currency, presentment_scale, presentment_total_minor, fx_rate_ppb"
#define PRESENTMENT_READ_COLUMNS(table) \
    table ".presentment_currency, " table ".presentment_scale, " table ".presentment_total_minor, " table ".fx_rate_ppb"

static inline uint8_t *put_presentment(uint8_t *at, const struct presentment *presentment)
{
    if (!presentment->currency.ptr) {
        for (int i = 0; i < PRESENTMENT_COLUMNS; i++)
            at = put_null(at);
        return at;
    }
    at = put_text(at, presentment->currency);
    at = put_int2(at, presentment->amount_scale);
    at = put_int8(at, presentment->total_minor);
    return put_int8(at, presentment->rate_ppb);
}

/* From that column on. The currency is borrowed from the result. */
static inline void presentment_read(const PGresult *rows, int i, int column, struct presentment *ret_presentment)
{
    *ret_presentment = (struct presentment){.total_minor = EVENT_ABSENT, .rate_ppb = EVENT_ABSENT};
    if (PQgetisnull(rows, i, column))
        return;
    *ret_presentment = (struct presentment){get_text(rows, i, column), get_int2(rows, i, column + 1), get_int8(rows, i, column + 2),
                                            get_int8(rows, i, column + 3)};
}

#endif
