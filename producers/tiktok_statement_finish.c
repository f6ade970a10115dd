/*
 * Only behind the last row of a file is it known how its dates are to be read and which of its unknown columns are amounts. Then
 * a row becomes a line, and goes through the code of the stream: what would be refused there is refused here, with its place.
 */
#include "producers/tiktok_statement_rows.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "producers/grow.h"

#define NAME_BYTES 200

static void add_finding(struct statements *statements, const struct statement_row *row, const char *code, int64_t amount_minor,
                        const char *what)
{
    const struct finding finding = {code, row->entry_id, row->file, row->file_line, amount_minor, {NULL, 0}};
    findings_add(&statements->findings, &finding, "%s", what);
}

static void find_column_breaks(struct statements *statements)
{
    for (size_t i = 0; i < statements->column_count; i++) {
        const struct amount_column *column = &statements->columns[i];
        const struct finding unknown = {STATEMENT_UNKNOWN_COLUMN, {NULL, 0}, statements->cells.file, 1,
                                        column->sum_minor,        {NULL, 0}};
        const struct finding text = {STATEMENT_TEXT_COLUMN, {NULL, 0},    statements->cells.file,
                                     column->text_line,     EVENT_ABSENT, {NULL, 0}};
        if (column->known)
            continue;
        if (column->text_line)
            findings_add(&statements->findings, &text, "the column \"%.*s\" is not known and holds no amounts: it is passed over",
                         (int)column->name.len, column->name.ptr);
        else if (column->sum_minor)
            findings_add(&statements->findings, &unknown,
                         "the column \"%.*s\" is not known: it is settled as unknown, and in the total", (int)column->name.len,
                         column->name.ptr);
    }
}

static bool place_time(const struct statements *statements, struct statement_row *row, bool month_first, struct err *err)
{
    return tiktok_cells_place_time(&statements->cells, &row->settled, month_first, &row->settled_at_us) ||
           err_set(err, ERR_FATAL, EXIT_CODE_DATA, "%s:%u: the date of this row is no day of the calendar as %s", row->file,
                   row->file_line, month_first ? "MM/DD/YYYY" : "DD/MM/YYYY");
}

static struct text keep(struct statements *statements, const char *text, int len)
{
    return (struct text){arena_copy(&statements->texts, text, (size_t)len), (uint32_t)len};
}

/* South East Asia has no statement ids: what was settled on a day is its statement. */
static void name_statement(struct statements *statements, struct statement_row *row)
{
    char name[NAME_BYTES];
    struct tm day;
    time_t at_s = (time_t)(row->settled_at_us / 1000000) + zone_offset_s(statements->settings->zone, row->settled_at_us);
    if (row->statement_id.len)
        return;
    (void)gmtime_r(&at_s, &day); /* of the years 2000 to 2099 */
    int len = snprintf(name, sizeof name, "settled-%04d-%02d-%02d", day.tm_year + 1900, day.tm_mon + 1, day.tm_mday);
    row->statement_id = keep(statements, name, len);
}

static void name_transaction(struct statements *statements, struct statement_row *row, uint32_t times)
{
    char name[NAME_BYTES], count[16] = "";
    if (times > 1)
        (void)snprintf(count, sizeof count, "#%" PRIu32, times);
    int len = snprintf(name, sizeof name, "%.*s-%.*s%s", (int)row->statement_id.len, row->statement_id.ptr,
                       (int)row->entry_id.len, row->entry_id.ptr, count);
    row->transaction_id = keep(statements, name, len);
    len = snprintf(name, sizeof name, "tiktok-%.*s%s%.*s", (int)row->transaction_id.len, row->transaction_id.ptr,
                   row->sku.len ? "-" : "", (int)row->sku.len, row->sku.len ? row->sku.ptr : "");
    row->event_id = keep(statements, name, len);
}

static int compare_keys(const struct statement_row *a, const struct statement_row *b)
{
    int order = text_compare(a->statement_id, b->statement_id);
    order = order ? order : text_compare(a->entry_id, b->entry_id);
    return order ? order : text_compare(a->sku, b->sku);
}

/* Rows of one key by what they say: the sale before what it gave back. Where they stand in the file decides between equal ones
 * only, so that an export in another order names them alike. */
static int compare_rows(const void *left, const void *right)
{
    const struct statement_row *a = *(const struct statement_row *const *)left, *b = *(const struct statement_row *const *)right;
    int order = compare_keys(a, b);
    order = order ? order : (a->total_minor < b->total_minor) - (a->total_minor > b->total_minor);
    order = order ? order : text_compare(a->native_type, b->native_type);
    return order ? order : (a->file_line > b->file_line) - (a->file_line < b->file_line);
}

static bool name_transactions(struct statements *statements, struct err *err)
{
    size_t count = statements->row_count - statements->first_of_file;
    struct statement_row **rows = malloc(count * sizeof *rows);
    if (!rows)
        return err_set(err, ERR_FATAL, EXIT_CODE_INTERNAL, "out of memory");
    for (size_t i = 0; i < count; i++)
        rows[i] = &statements->rows[statements->first_of_file + i];
    qsort(rows, count, sizeof *rows, compare_rows);
    uint32_t times = 0;
    for (size_t i = 0; i < count; i++) {
        times = i && compare_keys(rows[i - 1], rows[i]) == 0 ? times + 1 : 1;
        name_transaction(statements, rows[i], times);
    }
    free(rows);
    return true;
}

/* A sum that is stated as 0 says something; a part that is 0 does not. */
static bool is_said(const struct amount_column *column, int64_t amount_minor)
{
    return amount_minor || (column->known && (column->known->class == SETTLED_PARENT || column->known->class == SETTLED_TOTAL));
}

static bool place_amounts(struct statements *statements, struct statement_row *row)
{
    uint32_t first = row->first, end = row->first + row->amount_count;
    row->first = (uint32_t)statements->settled_count;
    row->amount_count = 0;
    for (uint32_t i = first; i < end; i++) {
        const struct statement_amount *amount = &statements->amounts[i];
        const struct amount_column *column = &statements->columns[amount->column];
        if (column->text_line || !is_said(column, amount->amount_minor))
            continue;
        if (!grow_items(&statements->settled, statements->settled_count, &statements->settled_room, sizeof *statements->settled))
            return false;
        statements->settled[statements->settled_count++] = (struct settled_amount){column->name, amount->amount_minor};
        row->amount_count++;
    }
    return true;
}

static void find_breaks(struct statements *statements, const struct statement_row *row, const struct settlement_fact *fact)
{
    if (fact->total_break_minor)
        add_finding(statements, row, STATEMENT_TOTAL_DIFFERS, fact->total_break_minor,
                    "the total settlement amount is not sales + shipping + fees + adjustment, and is kept");
    if (fact->sales_break_minor)
        add_finding(statements, row, STATEMENT_SALES_DIFFER, fact->sales_break_minor,
                    "net sales or revenue are not gross less discounts and refunds, and are kept");
    if (fact->shipping_break_minor)
        add_finding(statements, row, STATEMENT_SHIPPING_DIFFERS, fact->shipping_break_minor,
                    "what carrier, platform and buyer pay for shipping does not come to nothing");
    if (fact->type == SETTLED_TYPE_UNKNOWN)
        add_finding(statements, row, STATEMENT_UNKNOWN_TYPE, fact->total_minor, "a type that is not known; it is in the total");
}

static bool check_row(struct statements *statements, size_t i, struct err *err)
{
    const struct statement_row *row = &statements->rows[i];
    struct settlement_fact fact;
    enum reason reason = settled_totals_fact(&statements->check, statement_event(statements, i), &fact);
    if (reason != REASON_NONE)
        return err_set(err, ERR_FATAL, EXIT_CODE_DATA, "%s:%u: this row would be refused: %s", row->file, row->file_line,
                       reason_name(reason));
    find_breaks(statements, row, &fact);
    return true;
}

static bool place_rows(struct statements *statements, bool month_first, struct err *err)
{
    for (size_t i = statements->first_of_file; i < statements->row_count; i++) {
        if (!place_time(statements, &statements->rows[i], month_first, err))
            return false;
        name_statement(statements, &statements->rows[i]);
        if (!place_amounts(statements, &statements->rows[i]))
            return err_set(err, ERR_FATAL, EXIT_CODE_INTERNAL, "out of memory");
    }
    return name_transactions(statements, err);
}

bool statement_finish_file(struct statements *statements, struct err *err)
{
    bool month_first = false;
    if (statements->first_of_file == statements->row_count)
        return true;
    if (!tiktok_cells_decide_dates(&statements->cells, &month_first, err))
        return false;
    if (!statements->cells.currency.len)
        return err_set(err, ERR_FATAL, EXIT_CODE_DATA, "%s: the file does not say its currency: give --market, or --currency",
                       statements->cells.file);
    find_column_breaks(statements);
    if (!place_rows(statements, month_first, err))
        return false;
    for (size_t i = statements->first_of_file; i < statements->row_count; i++)
        if (!check_row(statements, i, err))
            return false;
    return true;
}

const struct event *statement_event(struct statements *statements, uint64_t i)
{
    const struct statement_row *row = &statements->rows[i];
    statements->event = (struct event){.kind = EVENT_SETTLEMENT,
                                       .event_id = row->event_id,
                                       .shop_id = statements->settings->shop_id,
                                       .currency = statements->cells.currency,
                                       .amount_scale = statements->cells.amount_scale,
                                       .revision = row->settled_at_us + (row->payout_id.len != 0),
                                       .occurred_at_us = row->settled_at_us};
    statements->event.settlement = (struct settlement){.statement_id = row->statement_id,
                                                       .payout_id = row->payout_id,
                                                       .transaction_id = row->transaction_id,
                                                       .order_id = row->order_id,
                                                       .sku = row->sku,
                                                       .native_type = row->native_type,
                                                       .status = row->status,
                                                       .settled_at_us = row->settled_at_us,
                                                       .amounts = statements->settled + row->first,
                                                       .amount_count = row->amount_count};
    return &statements->event;
}
