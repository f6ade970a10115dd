/*
 * What the fields of all of TikTok Shop's exports have in common: blanks and tabs glued to them, ids that a spreadsheet may have
 * rounded, dates whose order the market or the file itself must show, amounts that may say their currency. One thread.
 */
#ifndef PRODUCERS_TIKTOK_CELLS_H
#define PRODUCERS_TIKTOK_CELLS_H

#include "producers/csv_columns.h"
#include "producers/import_time.h"
#include "producers/importer.h"

#define TIKTOK_ID_MAX 64

struct tiktok_cells {
    const struct import_settings *settings; /* borrowed */
    struct text currency;                   /* absent until it is known: asked for, of the market, or said by an amount */
    char said[4];                           /* the currency that a column says */
    int32_t amount_scale;
    const char *file;                                   /* that is being read; borrowed */
    struct csv_field day_first, month_first, undecided; /* dates of the file that are so; line 0: none */
};

/* A time as it was read: on a wall, as UTC, or with a date whose order is not known yet. */
struct read_time {
    enum { TIME_ABSENT, TIME_LOCAL, TIME_UTC, TIME_SLASHED } kind;
    int64_t at_us;
    struct slash_time slashed;
};

void tiktok_cells_init(struct tiktok_cells *cells, const struct import_settings *settings);

/* Dates of another file may be written in another way. */
void tiktok_cells_next_file(struct tiktok_cells *cells, const char *file);

/* From here on amounts are in that currency, whose code lives as long as the import. */
void tiktok_settle_currency(struct tiktok_cells *cells, struct text code);

/* Fields of the row that was read last, by the place of their column (CSV_NO_COLUMN: it is not there) and its name for messages.
 * false with err, which names the place. An amount or time is absent (EVENT_ABSENT, TIME_ABSENT) where the field is empty; ids
 * may not be. */
bool tiktok_cells_id(const struct csv_reader *csv, uint16_t place, const char *name, struct text *ret_id, struct err *err);
bool tiktok_cells_amount(struct tiktok_cells *cells, const struct csv_reader *csv, uint16_t place, const char *name,
                         int64_t *ret_minor, struct err *err);
/* Of a column that says in what currency its row is: settles it where it is not known, and must be that one. */
bool tiktok_cells_currency(struct tiktok_cells *cells, const struct csv_reader *csv, uint16_t place, const char *name,
                           struct err *err);
bool tiktok_cells_time(struct tiktok_cells *cells, const struct csv_reader *csv, uint16_t place, const char *name,
                       struct read_time *ret_time, struct err *err);

/* Whether there is anything in a field: TikTok Shop writes "/" and "--" for nothing. */
bool tiktok_is_said(struct text text);

/* Behind the last row of the file: by the market that was asked for, else by the dates themselves; never by how likely it is. */
bool tiktok_cells_decide_dates(const struct tiktok_cells *cells, bool *ret_month_first, struct err *err);

/* EVENT_ABSENT of an absent time; false where there is no such day. */
bool tiktok_cells_place_time(const struct tiktok_cells *cells, const struct read_time *time, bool month_first, int64_t *ret_us);

/* The market that was asked for, else the only one with that currency. */
bool tiktok_cells_market(const struct tiktok_cells *cells, struct text *ret_market, struct err *err);

/* The rows below the names, each as wide as these. The first may explain the columns, without a number where the id is: then it is
 * passed over. */
struct tiktok_rows {
    struct csv_reader *csv;
    size_t width;
    uint16_t id_place;
    bool begun;
};

/* While the row of names is the one that was read last. */
struct tiktok_rows tiktok_rows_below(struct csv_reader *csv, uint16_t id_place);
enum csv_result tiktok_rows_next(struct tiktok_rows *rows, struct err *err);

#endif
