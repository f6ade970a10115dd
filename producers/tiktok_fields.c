#include "producers/tiktok_rows.h"

#include <string.h>

#include "producers/import_amount.h"

#define WORD_MAX 128
#define ROUNDED_DIGITS 15 /* what a spreadsheet keeps of a number */
#define COUNT_MAX 1000000000

const char *tiktok_name(enum tiktok_column column)
{
    const struct csv_column *names = tiktok_columns;
    while (names->id != column)
        names++;
    return names->name;
}

bool tiktok_text(const struct tiktok *tiktok, const struct csv_reader *csv, enum tiktok_column column, uint32_t bytes_max,
                 struct text *ret_text, struct err *err)
{
    return csv_text(csv, tiktok->places[column], tiktok_name(column), bytes_max, ret_text, err);
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
bool tiktok_id(const struct tiktok *tiktok, const struct csv_reader *csv, enum tiktok_column column, struct text *ret_id, struct err *err)
{
    const struct csv_field *field = csv_at(csv, tiktok->places[column]);
    if (!csv_id(csv, tiktok->places[column], tiktok_name(column), TIKTOK_ID_MAX, ret_id, err))
        return false;
    if (!has_exponent(*ret_id) && (!is_rounded(*ret_id) || memchr(field->text.ptr, '\t', field->text.len)))
        return true;
    return csv_fail(csv, field, err, "%s %.*s was rounded by a spreadsheet: export the file again and do not open it in one",
                    tiktok_name(column), (int)ret_id->len, ret_id->ptr);
}

void tiktok_settle_currency(struct tiktok *tiktok, struct text code)
{
    const struct market *market = market_of_currency(code);
    tiktok->book->currency = code;
    tiktok->book->amount_scale = tiktok->settings->amount_scale >= 0 ? tiktok->settings->amount_scale
                                 : market                            ? market->scale
                                                                     : currency_scale(code);
}

static bool check_currency(struct tiktok *tiktok, const struct csv_reader *csv, const struct csv_field *field, const char *code,
                           struct err *err)
{
    if (!tiktok->book->currency.len && code)
        tiktok_settle_currency(tiktok, (struct text){code, 3});
    if (!tiktok->book->currency.len)
        return csv_fail(csv, field, err, "the file does not say its currency: give --market, or --currency, or set it for the shop");
    return !code || text_is(tiktok->book->currency, code) ||
           csv_fail(csv, field, err, "this is an amount in %s where the shop books in %.3s", code, tiktok->book->currency.ptr);
}

/* EVENT_ABSENT where it is empty, or its column is not there. */
bool tiktok_amount(struct tiktok *tiktok, const struct csv_reader *csv, enum tiktok_column column, int64_t *ret_minor, struct err *err)
{
    const struct csv_field *field = csv_at(csv, tiktok->places[column]);
    struct text text = field ? text_trimmed(field->text) : (struct text){NULL, 0};
    *ret_minor = EVENT_ABSENT;
    if (!text.len)
        return true;
    const char *code = import_amount_currency(&text);
    /* Nothing is nothing in every currency. */
    if (!code && import_amount(text, 2, ret_minor) && *ret_minor == 0)
        return true;
    if (!check_currency(tiktok, csv, field, code, err))
        return false;
    return (import_amount(text, tiktok->book->amount_scale, ret_minor) && *ret_minor >= 0) ||
           csv_fail(csv, field, err, "%s must be an amount from 0 on with at most %d digits behind the point", tiktok_name(column),
                    (int)tiktok->book->amount_scale);
}

static void note_date(struct tiktok *tiktok, const struct csv_field *field, struct slash_time time)
{
    struct csv_field *note = time.first > 12 ? &tiktok->day_first : time.second > 12 ? &tiktok->month_first : &tiktok->undecided;
    if (!note->line)
        *note = *field;
}

bool tiktok_time(struct tiktok *tiktok, const struct csv_reader *csv, enum tiktok_column column, struct read_time *ret_time,
                 struct err *err)
{
    const struct csv_field *field = csv_at(csv, tiktok->places[column]);
    struct text text = field ? text_trimmed(field->text) : (struct text){NULL, 0};
    *ret_time = (struct read_time){.kind = TIME_ABSENT};
    if (!text.len)
        return column != TIKTOK_CREATED || csv_fail(csv, field, err, "%s is empty", tiktok_name(column));
    ret_time->kind = TIME_LOCAL;
    if (import_time_iso(text, &ret_time->local_us))
        return true;
    ret_time->kind = TIME_SLASHED;
    int64_t local_us;
    if (!import_time_slashed(text, &ret_time->slashed) ||
        (!slash_time_local(ret_time->slashed, true, &local_us) && !slash_time_local(ret_time->slashed, false, &local_us)))
        return csv_fail(csv, field, err, "%s must be like 03/31/2026 9:05:00 PM or 31/03/2026 21:05:00", tiktok_name(column));
    note_date(tiktok, field, ret_time->slashed);
    return true;
}

/* The substatus says more where it is known: an order that is "Shipped" may be delivered already. */
bool tiktok_read_status(const struct tiktok *tiktok, const struct csv_reader *csv, enum order_status *ret_status, struct err *err)
{
    struct text status, substatus;
    enum order_status finer;
    if (!tiktok_text(tiktok, csv, TIKTOK_STATUS, WORD_MAX, &status, err) ||
        !tiktok_text(tiktok, csv, TIKTOK_SUBSTATUS, WORD_MAX, &substatus, err))
        return false;
    if (!tiktok_status(status, ret_status))
        return csv_fail(csv, csv_at(csv, tiktok->places[TIKTOK_STATUS]), err, "the status \"%.*s\" is not known", (int)status.len,
                        status.len ? status.ptr : "");
    if (*ret_status != ORDER_CANCELLED && substatus.len && tiktok_status(substatus, &finer))
        *ret_status = finer;
    return true;
}

bool tiktok_count(const struct tiktok *tiktok, const struct csv_reader *csv, enum tiktok_column column, int64_t *ret_count, struct err *err)
{
    const struct csv_field *field = csv_at(csv, tiktok->places[column]);
    struct text text = field ? text_trimmed(field->text) : (struct text){NULL, 0};
    *ret_count = 0;
    return (!text.len && column != TIKTOK_QUANTITY) || (import_amount(text, 0, ret_count) && *ret_count >= 0 && *ret_count <= COUNT_MAX) ||
           csv_fail(csv, field, err, "%s must be a whole number", tiktok_name(column));
}
