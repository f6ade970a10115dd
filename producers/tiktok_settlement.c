#include "producers/tiktok_statement_rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "producers/grow.h"

#define WORD_MAX 128

static struct text keep(struct statements *statements, struct text text)
{
    return text.len ? (struct text){arena_copy(&statements->texts, text.ptr, text.len), text.len} : (struct text){NULL, 0};
}

/* Absent where the field is empty, or its column is not there. */
static bool read_id(struct statements *statements, const struct csv_reader *csv, enum statement_column column,
                    struct text *ret_id, struct err *err)
{
    uint16_t place = statements->places[column];
    struct text id;
    *ret_id = (struct text){NULL, 0};
    if (!tiktok_is_said(csv_trimmed(csv, place)))
        return true;
    if (!tiktok_cells_id(csv, place, statement_name(column), &id, err))
        return false;
    *ret_id = keep(statements, id);
    return id.len <= STATEMENT_ID_BYTES_MAX || csv_fail(csv, csv_at(csv, place), err, "%s has %u bytes: at most %d are taken",
                                                        statement_name(column), id.len, STATEMENT_ID_BYTES_MAX);
}

static bool read_word(struct statements *statements, const struct csv_reader *csv, enum statement_column column,
                      struct text *ret_word, struct err *err)
{
    return csv_text(csv, statements->places[column], statement_name(column), WORD_MAX, ret_word, err);
}

static bool read_ids(struct statements *statements, const struct csv_reader *csv, struct statement_row *row, struct err *err)
{
    struct text related;
    if (!read_id(statements, csv, STATEMENT_ENTRY, &row->entry_id, err) ||
        !read_id(statements, csv, STATEMENT_ID, &row->statement_id, err) ||
        !read_id(statements, csv, STATEMENT_PAYMENT, &row->payout_id, err) ||
        !read_id(statements, csv, STATEMENT_SKU, &row->sku, err) || !read_id(statements, csv, STATEMENT_RELATED, &related, err))
        return false;
    if (!row->entry_id.len)
        return csv_fail(csv, csv_at(csv, statements->places[STATEMENT_ENTRY]), err, "%s is empty",
                        statement_name(STATEMENT_ENTRY));
    row->order_id = related;
    return true;
}

static enum settled_type type_of(struct text name)
{
    char normal[WORD_MAX];
    return settled_type_find((struct text){normal, settled_normalise(name, normal)});
}

/* What is about an order names it: as itself, or as related. */
static bool read_type(struct statements *statements, const struct csv_reader *csv, struct statement_row *row, struct err *err)
{
    struct text type, status;
    if (!read_word(statements, csv, STATEMENT_TYPE, &type, err) || !read_word(statements, csv, STATEMENT_STATUS, &status, err))
        return false;
    if (!type.len)
        return csv_fail(csv, csv_at(csv, statements->places[STATEMENT_TYPE]), err, "%s is empty", statement_name(STATEMENT_TYPE));
    row->native_type = keep(statements, statement_type_name(type));
    enum settled_type known = type_of(row->native_type);
    if (!row->order_id.len && (known == SETTLED_TYPE_ORDER || known == SETTLED_TYPE_REFUND))
        row->order_id = row->entry_id;
    row->status = tiktok_is_said(status) ? keep(statements, status) : row->payout_id.len ? text_of("PAID") : text_of("SETTLED");
    return true;
}

static bool read_date(struct statements *statements, const struct csv_reader *csv, struct statement_row *row, struct err *err)
{
    uint16_t place = statements->places[STATEMENT_DATE];
    if (!tiktok_cells_time(&statements->cells, csv, place, statement_name(STATEMENT_DATE), &row->settled, err))
        return false;
    if (row->settled.kind == TIME_ABSENT)
        return csv_fail(csv, csv_at(csv, place), err, "%s is empty", statement_name(STATEMENT_DATE));
    if (row->settled.kind == TIME_LOCAL && statements->dates_are_utc)
        row->settled.kind = TIME_UTC;
    return true;
}

/* An unknown column that once held no amount is text from there on, and before. */
static bool read_amount(struct statements *statements, const struct csv_reader *csv, struct amount_column *column,
                        int64_t *ret_minor, struct err *err)
{
    char name[WORD_MAX];
    struct err ignored = {0};
    *ret_minor = EVENT_ABSENT;
    if (column->text_line || !tiktok_is_said(csv_trimmed(csv, column->place)))
        return true;
    (void)snprintf(name, sizeof name, "%.*s", (int)column->name.len, column->name.ptr); /* cut off: only for the message */
    if (tiktok_cells_amount(&statements->cells, csv, column->place, name, ret_minor, column->known ? err : &ignored))
        return true;
    *ret_minor = EVENT_ABSENT;
    column->text_line = column->known ? 0 : csv->fields[0].line;
    return !column->known;
}

static bool keep_amount(struct statements *statements, const struct csv_reader *csv, uint16_t number, int64_t amount_minor,
                        struct err *err)
{
    struct amount_column *column = &statements->columns[number];
    if (statements->settled_count + statements->amount_count == STATEMENT_AMOUNTS_MAX ||
        !grow_items(&statements->amounts, statements->amount_count, &statements->amount_room, sizeof *statements->amounts))
        return csv_fail(csv, &csv->fields[0], err, "more than %d amounts, or memory is out: import the files one by one",
                        STATEMENT_AMOUNTS_MAX);
    statements->amounts[statements->amount_count++] = (struct statement_amount){number, amount_minor};
    return !__builtin_add_overflow(column->sum_minor, amount_minor, &column->sum_minor) ||
           csv_fail(csv, csv_at(csv, column->place), err, "the total of this column does not fit");
}

static bool read_amounts(struct statements *statements, const struct csv_reader *csv, struct statement_row *row, struct err *err)
{
    row->first = (uint32_t)statements->amount_count;
    for (size_t i = 0; i < statements->column_count; i++) {
        int64_t amount_minor;
        if (!read_amount(statements, csv, &statements->columns[i], &amount_minor, err) ||
            (amount_minor != EVENT_ABSENT && !keep_amount(statements, csv, (uint16_t)i, amount_minor, err)))
            return false;
        if (statements->columns[i].place == statements->places[STATEMENT_TOTAL])
            row->total_minor = amount_minor;
    }
    row->amount_count = (uint32_t)statements->amount_count - row->first;
    return row->total_minor != EVENT_ABSENT ||
           csv_fail(csv, csv_at(csv, statements->places[STATEMENT_TOTAL]), err, "%s is empty", statement_name(STATEMENT_TOTAL));
}

static bool add_row(struct statements *statements, const struct csv_reader *csv, struct err *err)
{
    struct statement_row row = {.file = csv->name, .file_line = csv->fields[0].line, .total_minor = EVENT_ABSENT};
    if (statements->row_count == STATEMENT_ROWS_MAX ||
        !grow_items(&statements->rows, statements->row_count, &statements->row_room, sizeof *statements->rows))
        return csv_fail(csv, &csv->fields[0], err, "more than %d rows, or memory is out: import the files one by one",
                        STATEMENT_ROWS_MAX);
    if (!read_ids(statements, csv, &row, err) || !read_type(statements, csv, &row, err) ||
        !read_date(statements, csv, &row, err) ||
        !tiktok_cells_currency(&statements->cells, csv, statements->places[STATEMENT_CURRENCY],
                               statement_name(STATEMENT_CURRENCY), err) ||
        !read_amounts(statements, csv, &row, err))
        return false;
    statements->rows[statements->row_count++] = row;
    return true;
}

static bool is_placed(const struct statements *statements, uint16_t place)
{
    for (size_t i = 0; i < STATEMENT_COLUMN_COUNT; i++)
        if (i != STATEMENT_TOTAL && statements->places[i] == place)
            return true;
    return false;
}

static bool same_amount(struct text a, struct text b)
{
    char normal_a[EVENT_ID_BYTES_MAX], normal_b[EVENT_ID_BYTES_MAX];
    return text_same((struct text){normal_a, settled_normalise(a, normal_a)},
                     (struct text){normal_b, settled_normalise(b, normal_b)});
}

static bool add_column(struct statements *statements, const struct csv_reader *csv, uint16_t place, struct err *err)
{
    char normal[EVENT_ID_BYTES_MAX];
    struct text head;
    if (!csv_text(csv, place, "the head of a column", EVENT_ID_BYTES_MAX, &head, err))
        return false;
    if (!head.len || statement_is_text(head))
        return true;
    head = statement_amount_name(head);
    for (size_t i = 0; i < statements->column_count; i++)
        if (same_amount(statements->columns[i].name, head))
            return csv_fail(csv, csv_at(csv, place), err, "the column \"%.*s\" is there twice", (int)head.len, head.ptr);
    statements->columns[statements->column_count++] = (struct amount_column){
        .name = keep(statements, head),
        .known = settled_field_find((struct text){normal, settled_normalise(head, normal)}),
        .place = place,
    };
    return true;
}

/* All that is neither an id nor a text is an amount. */
static bool find_columns(struct statements *statements, const struct csv_reader *csv, struct err *err)
{
    if (!csv_find_columns(csv, statement_columns, "a settlement export of TikTok Shop", STATEMENT_COLUMN_COUNT,
                          statements->places, err))
        return false;
    struct text date = csv_trimmed(csv, statements->places[STATEMENT_DATE]);
    statements->dates_are_utc = date.len > 5 && memcmp(date.ptr + date.len - 5, "(UTC)", 5) == 0;
    statements->column_count = 0;
    for (uint16_t place = 0; place < csv->field_count; place++)
        if (!is_placed(statements, place) && !add_column(statements, csv, place, err))
            return false;
    return true;
}

static bool read_rows(struct statements *statements, struct csv_reader *csv, struct err *err)
{
    enum csv_result result;
    struct tiktok_rows rows = tiktok_rows_below(csv, statements->places[STATEMENT_ENTRY]);
    while ((result = tiktok_rows_next(&rows, err)) == CSV_ROW)
        if (!add_row(statements, csv, err))
            return false;
    return result == CSV_END;
}

static bool read_file(void *import, struct csv_reader *csv, struct err *err)
{
    struct statements *statements = import;
    if (!csv_read_names(csv, err) || !find_columns(statements, csv, err))
        return false;
    tiktok_cells_next_file(&statements->cells, csv->name);
    statements->first_of_file = statements->row_count;
    statements->amount_count = 0;
    return read_rows(statements, csv, err) && statement_finish_file(statements, err);
}

static bool join(void *import, struct err *err)
{
    (void)import;
    (void)err;
    return true;
}

static void close_import(void *import)
{
    struct statements *statements = import;
    if (!statements)
        return;
    arena_done(&statements->texts);
    settled_totals_done(&statements->check);
    findings_done(&statements->findings);
    free(statements->rows);
    free(statements->settled);
    free(statements->amounts);
    free(statements);
}

static void *open_import(const struct import_settings *settings, struct err *err)
{
    struct statements *statements = calloc(1, sizeof *statements);
    if (!statements) {
        (void)err_set(err, ERR_FATAL, EXIT_CODE_INTERNAL, "out of memory");
        return NULL;
    }
    arena_init(&statements->texts);
    settled_totals_init(&statements->check, settings->zone);
    statements->settings = settings;
    tiktok_cells_init(&statements->cells, settings);
    return statements;
}

static uint64_t count_rows(const void *import)
{
    return ((const struct statements *)import)->row_count;
}

static const struct event *event_at(void *import, uint64_t i)
{
    return statement_event(import, i);
}

static const struct findings *findings_of(const void *import)
{
    return &((const struct statements *)import)->findings;
}

const struct import_format import_tiktok_settlement = {
    .name = "tiktok-settlement",
    .takes = IMPORT_TAKES_SHOP | IMPORT_TAKES_MARKET | IMPORT_TAKES_CURRENCY | IMPORT_TAKES_TIMEZONE,
    .open = open_import,
    .read = read_file,
    .join = join,
    .count = count_rows,
    .event = event_at,
    .findings = findings_of,
    .close = close_import,
};
