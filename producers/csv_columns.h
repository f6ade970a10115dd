/*
 * Which column of a file holds what, by the names in its first row. A name is compared without regard to the case of ASCII letters and
 * to blanks, tabs and no-break spaces around it. A table names each column once or more often: in other languages and spellings.
 */
#ifndef PRODUCERS_CSV_COLUMNS_H
#define PRODUCERS_CSV_COLUMNS_H

#include "producers/csv.h"

#define CSV_NO_COLUMN UINT16_MAX

struct csv_column {
    uint8_t id;       /* what it holds: an index of ret_places */
    bool required;    /* of its first name in the table */
    const char *name; /* as in the file */
};

/* text without blanks, tabs, line ends and no-break spaces around it. */
struct text text_trimmed(struct text text);

/* Without regard to the case of ASCII letters. */
bool text_is(struct text text, const char *string);

/* The first name of a column in a table that has one: what messages call it. */
const char *csv_column_name(const struct csv_column *names, uint8_t id);

/* The row of names, which is the first one of a file. false with err: there is none. */
bool csv_read_names(struct csv_reader *csv, struct err *err);

/* Finds the columns in the row that was read last: ret_places[id], CSV_NO_COLUMN where it is not there, for ids below count. names ends
 * with a NULL name. false with err: one that is required is missing (what names the format), or one is there twice. */
bool csv_find_columns(const struct csv_reader *csv, const struct csv_column *names, const char *what, size_t count, uint16_t *ret_places,
                      struct err *err);

/* The field of the row that was read last; NULL where place is CSV_NO_COLUMN. */
const struct csv_field *csv_at(const struct csv_reader *csv, uint16_t place);

/* Its text, trimmed; absent where place is CSV_NO_COLUMN. */
struct text csv_trimmed(const struct csv_reader *csv, uint16_t place);

/* Whether the row has as many fields as the first row had. */
bool csv_check_width(const struct csv_reader *csv, size_t expected, struct err *err);

/* The field, trimmed, as UTF-8 of at most bytes_max bytes; absent (ptr NULL) where it is empty or its column is not there. Valid until
 * the next row. name is for the message. */
bool csv_text(const struct csv_reader *csv, uint16_t place, const char *name, uint32_t bytes_max, struct text *ret_text, struct err *err);

/* The same of a column that is there, and must not be empty. */
bool csv_id(const struct csv_reader *csv, uint16_t place, const char *name, uint32_t bytes_max, struct text *ret_text, struct err *err);

#endif
