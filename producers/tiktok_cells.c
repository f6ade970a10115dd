#include "producers/tiktok_cells.h"

#include <ctype.h>
#include <string.h>

#include "producers/import_amount.h"
#include "producers/markets.h"

#define ROUNDED_DIGITS 15 /* what a spreadsheet keeps of a number */

void tiktok_cells_init(struct tiktok_cells *cells, const struct import_settings *settings)
{
    const struct market *market = market_find(settings->market);
    *cells = (struct tiktok_cells){.settings = settings, .amount_scale = 2};
    if (settings->currency.len)
        tiktok_settle_currency(cells, settings->currency);
    else if (market)
        tiktok_settle_currency(cells, (struct text){market->currency, 3});
}

void tiktok_cells_next_file(struct tiktok_cells *cells, const char *file)
{
    cells->file = file;
    cells->day_first = cells->month_first = cells->undecided = (struct csv_field){.line = 0};
}

void tiktok_settle_currency(struct tiktok_cells *cells, struct text code)
{
    const struct market *market = market_of_currency(code);
    cells->currency = code;
    cells->amount_scale = cells->settings->amount_scale >= 0 ? cells->settings->amount_scale
                          : market                           ? market->scale
                                                             : currency_scale(code);
}

static bool has_exponent(struct text id)
{
    const char *e = memchr(id.ptr, 'E', id.len);
    if (!e)
        e = memchr(id.ptr, 'e', id.len);
    return e && e > id.ptr && e + 1 < id.ptr + id.len && (e[1] == '+' || (e[1] >= '0' && e[1] <= '9')) && id.ptr[0] >= '0' &&
           id.ptr[0] <= '9';
}

static bool is_rounded(struct text id)
{
    bool zeros = id.len > ROUNDED_DIGITS;
    for (uint32_t i = 0; i < id.len; i++) {
        if (id.ptr[i] < '0' || id.ptr[i] > '9')
            return false;
        zeros = zeros && (i < ROUNDED_DIGITS || id.ptr[i] == '0');
    }
    return zeros;
}

/* Of a thousand good ids one ends with three zeros; but what still has the tab of the export has never been a number. */
bool tiktok_cells_id(const struct csv_reader *csv, uint16_t place, const char *name, struct text *ret_id, struct err *err)
{
    const struct csv_field *field = csv_at(csv, place);
    if (!csv_id(csv, place, name, TIKTOK_ID_MAX, ret_id, err))
        return false;
    if (!has_exponent(*ret_id) && (!is_rounded(*ret_id) || memchr(field->text.ptr, '\t', field->text.len)))
        return true;
    return csv_fail(csv, field, err, "%s %.*s was rounded by a spreadsheet: export the file again and do not open it in one",
                    name, (int)ret_id->len, ret_id->ptr);
}

static bool check_currency(struct tiktok_cells *cells, const struct csv_reader *csv, const struct csv_field *field,
                           const char *code, struct err *err)
{
    if (!cells->currency.len && code)
        tiktok_settle_currency(cells, (struct text){code, 3});
    if (!cells->currency.len)
        return csv_fail(csv, field, err,
                        "the file does not say its currency: give --market, or --currency, or set it for the shop");
    return !code || text_is(cells->currency, code) ||
           csv_fail(csv, field, err, "this is an amount in %s where the shop books in %.3s", code, cells->currency.ptr);
}

bool tiktok_cells_amount(struct tiktok_cells *cells, const struct csv_reader *csv, uint16_t place, const char *name,
                         int64_t *ret_minor, struct err *err)
{
    const struct csv_field *field = csv_at(csv, place);
    struct text text = csv_trimmed(csv, place);
    *ret_minor = EVENT_ABSENT;
    if (!text.len)
        return true;
    const char *code = import_amount_currency(&text);
    /* Nothing is nothing in every currency. */
    if (!code && import_amount(text, 2, ret_minor) && *ret_minor == 0)
        return true;
    if (!check_currency(cells, csv, field, code, err))
        return false;
    return import_amount(text, cells->amount_scale, ret_minor) ||
           csv_fail(csv, field, err, "%s must be an amount with at most %d digits behind the point", name,
                    (int)cells->amount_scale);
}

bool tiktok_is_said(struct text text)
{
    return text.len && !text_is(text, "/") && !text_is(text, "-") && !text_is(text, "--") && !text_is(text, "N/A");
}

bool tiktok_cells_currency(struct tiktok_cells *cells, const struct csv_reader *csv, uint16_t place, const char *name,
                           struct err *err)
{
    const struct csv_field *field = csv_at(csv, place);
    struct text code = csv_trimmed(csv, place);
    if (!tiktok_is_said(code))
        return true;
    for (uint32_t i = 0; i < code.len; i++)
        if (code.len != 3 || !isupper((unsigned char)code.ptr[i]))
            return csv_fail(csv, field, err, "%s must be a currency of ISO 4217 such as USD", name);
    if (!cells->currency.len) {
        memcpy(cells->said, code.ptr, 3);
        tiktok_settle_currency(cells, (struct text){cells->said, 3});
    }
    return text_same(cells->currency, code) ||
           csv_fail(csv, field, err, "this row is in %.3s where the shop books in %.3s", code.ptr, cells->currency.ptr);
}

static void note_date(struct tiktok_cells *cells, const struct csv_field *field, struct slash_time time)
{
    struct csv_field *note = time.first > 12 ? &cells->day_first : time.second > 12 ? &cells->month_first : &cells->undecided;
    if (!note->line)
        *note = *field;
}

bool tiktok_cells_time(struct tiktok_cells *cells, const struct csv_reader *csv, uint16_t place, const char *name,
                       struct read_time *ret_time, struct err *err)
{
    const struct csv_field *field = csv_at(csv, place);
    struct text text = csv_trimmed(csv, place);
    *ret_time = (struct read_time){.kind = TIME_ABSENT};
    if (!text.len)
        return true;
    ret_time->kind = TIME_LOCAL;
    if (import_time_iso(text, &ret_time->at_us) || import_date_iso(text, &ret_time->at_us))
        return true;
    ret_time->kind = TIME_SLASHED;
    int64_t at_us;
    if ((!import_time_slashed(text, &ret_time->slashed) && !import_date_slashed(text, &ret_time->slashed)) ||
        (!slash_time_local(ret_time->slashed, true, &at_us) && !slash_time_local(ret_time->slashed, false, &at_us)))
        return csv_fail(csv, field, err, "%s must be like 03/31/2026 9:05:00 PM or 31/03/2026 21:05:00", name);
    note_date(cells, field, ret_time->slashed);
    return true;
}

static bool contradicts(const struct tiktok_cells *cells, const struct csv_field *field, bool month_first, struct err *err)
{
    return err_set(err, ERR_FATAL, EXIT_CODE_DATA,
                   "%s:%u:%u: this date is not %s, as those of market %.*s are: is the market right?", cells->file, field->line,
                   field->column, month_first ? "MM/DD/YYYY" : "DD/MM/YYYY", (int)cells->settings->market.len,
                   cells->settings->market.ptr);
}

bool tiktok_cells_decide_dates(const struct tiktok_cells *cells, bool *ret_month_first, struct err *err)
{
    const struct csv_field *day = &cells->day_first, *month = &cells->month_first, *undecided = &cells->undecided;
    if (cells->settings->market.len) {
        const struct market *market = market_find(cells->settings->market);
        *ret_month_first = market && market->month_first;
        const struct csv_field *other = *ret_month_first ? day : month;
        return !other->line || contradicts(cells, other, *ret_month_first, err);
    }
    if (day->line && month->line)
        return err_set(err, ERR_FATAL, EXIT_CODE_DATA,
                       "%s:%u:%u: the month stands first here and second in line %u: these are two exports", cells->file,
                       month->line, month->column, day->line);
    if (!day->line && !month->line && undecided->line)
        return err_set(
            err, ERR_FATAL, EXIT_CODE_DATA,
            "%s:%u:%u: no date of the file shows whether the day or the month stands first: give --market (US: the month)",
            cells->file, undecided->line, undecided->column);
    *ret_month_first = month->line != 0;
    return true;
}

bool tiktok_cells_place_time(const struct tiktok_cells *cells, const struct read_time *time, bool month_first, int64_t *ret_us)
{
    int64_t local_us = time->at_us;
    *ret_us = time->kind == TIME_UTC ? time->at_us : EVENT_ABSENT;
    if (time->kind == TIME_ABSENT || time->kind == TIME_UTC)
        return true;
    if (time->kind == TIME_SLASHED && !slash_time_local(time->slashed, month_first, &local_us))
        return false;
    *ret_us = zone_to_utc_us(cells->settings->zone, local_us);
    return true;
}

bool tiktok_cells_market(const struct tiktok_cells *cells, struct text *ret_market, struct err *err)
{
    const struct market *market = market_of_currency(cells->currency);
    *ret_market = cells->settings->market;
    if (ret_market->len)
        return true;
    if (!market)
        return err_set(err, ERR_FATAL, EXIT_CODE_DATA,
                       "%s: neither file nor currency say in which country the shop sells: give --market", cells->file);
    *ret_market = (struct text){market->code, 2};
    return true;
}

static bool explains(const struct csv_reader *csv, uint16_t id_place)
{
    struct text text = csv_trimmed(csv, id_place);
    for (uint32_t i = 0; i < text.len; i++)
        if (text.ptr[i] >= '0' && text.ptr[i] <= '9')
            return false;
    return text.len > 0;
}

struct tiktok_rows tiktok_rows_below(struct csv_reader *csv, uint16_t id_place)
{
    return (struct tiktok_rows){.csv = csv, .width = csv->field_count, .id_place = id_place};
}

static enum csv_result next_row(const struct tiktok_rows *rows, struct err *err)
{
    enum csv_result result = csv_next(rows->csv, err);
    return result == CSV_ROW && !csv_check_width(rows->csv, rows->width, err) ? CSV_BAD : result;
}

enum csv_result tiktok_rows_next(struct tiktok_rows *rows, struct err *err)
{
    bool first = !rows->begun;
    rows->begun = true;
    enum csv_result result = next_row(rows, err);
    return first && result == CSV_ROW && explains(rows->csv, rows->id_place) ? next_row(rows, err) : result;
}
