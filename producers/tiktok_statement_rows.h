/*
 * Inside of the importer of TikTok Shop's settlements: what is kept of a file until it has been read to its end, and what becomes of it.
 */
#ifndef PRODUCERS_TIKTOK_STATEMENT_ROWS_H
#define PRODUCERS_TIKTOK_STATEMENT_ROWS_H

#include "producers/settled_totals.h"
#include "producers/tiktok_cells.h"
#include "producers/tiktok_settlement.h"
#include "producers/tiktok_statement.h"

/* A column of amounts of the file at hand. */
struct amount_column {
    struct text name;                  /* the platform's own, English where it is known */
    const struct settled_field *known; /* NULL: it is not */
    uint16_t place;
    uint32_t text_line; /* of its first field that is no amount; 0: all are. Only where it is not known */
    int64_t sum_minor;
};

struct statement_amount {
    uint16_t column; /* index, while its file is read */
    int64_t amount_minor;
};

struct statement_row {
    struct text event_id, statement_id, transaction_id, native_type, status;
    struct text payout_id, order_id, sku; /* may be absent */
    struct text entry_id;                 /* of the order or adjustment, as the file has it */
    const char *file;
    uint32_t file_line;
    struct read_time settled;
    int64_t settled_at_us, total_minor;
    uint32_t first, amount_count; /* of amounts while its file is read, of settled behind that */
};

struct statements {
    const struct import_settings *settings;
    struct tiktok_cells cells;
    struct arena texts;
    struct settled_totals check; /* runs lines through the code of the stream */
    struct findings findings;
    uint16_t places[STATEMENT_COLUMN_COUNT];
    bool dates_are_utc;
    struct amount_column columns[CSV_FIELDS_MAX];
    size_t column_count;
    struct statement_row *rows;
    struct settled_amount *settled;
    struct statement_amount *amounts; /* of the file at hand */
    size_t row_room, settled_room, amount_room, row_count, settled_count, amount_count, first_of_file;
    struct event event;
};

/* The event of row i; valid until the next call. */
const struct event *statement_event(struct statements *statements, uint64_t i);

/* Behind the last row of a file: dates, names of transactions, identities. */
bool statement_finish_file(struct statements *statements, struct err *err);

#endif
