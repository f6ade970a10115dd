/*
 * The columns of TikTok Shop's settlement exports that are no amounts, and what Indonesian and Vietnamese heads of amounts and types are in
 * English. Pure data: another language is a matter of further rows.
 */
#ifndef PRODUCERS_TIKTOK_STATEMENT_H
#define PRODUCERS_TIKTOK_STATEMENT_H

#include "producers/csv_columns.h"

enum statement_column {
    STATEMENT_TYPE, STATEMENT_ENTRY, STATEMENT_TOTAL, STATEMENT_DATE, STATEMENT_ID, STATEMENT_PAYMENT, STATEMENT_STATUS, STATEMENT_SKU,
    STATEMENT_RELATED, STATEMENT_CURRENCY,
    STATEMENT_COLUMN_COUNT
};

extern const struct csv_column statement_columns[]; /* ends with a NULL name; STATEMENT_TOTAL is an amount too */

/* The English name of a column. */
const char *statement_name(enum statement_column column);

/* Whether a column of that head is known to hold neither money nor anything that is needed. */
bool statement_is_text(struct text head);

struct statement_translation {
    const char *word, *english;
};

extern const struct statement_translation statement_amounts[]; /* ends with a NULL word */

/* The platform's own English name of an amount or a type; the text itself where none is known. */
struct text statement_amount_name(struct text head);
struct text statement_type_name(struct text type);

#endif
