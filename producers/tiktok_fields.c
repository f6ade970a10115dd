#include "producers/tiktok_rows.h"

#include "producers/import_amount.h"

#define WORD_MAX 128
#define COUNT_MAX 1000000000

const char *tiktok_name(enum tiktok_column column)
{
    return csv_column_name(tiktok_columns, (uint8_t)column);
}

bool tiktok_text(const struct tiktok *tiktok, const struct csv_reader *csv, enum tiktok_column column, uint32_t bytes_max,
                 struct text *ret_text, struct err *err)
{
    return csv_text(csv, tiktok->places[column], tiktok_name(column), bytes_max, ret_text, err);
}

bool tiktok_id(const struct tiktok *tiktok, const struct csv_reader *csv, enum tiktok_column column, struct text *ret_id, struct err *err)
{
    return tiktok_cells_id(csv, tiktok->places[column], tiktok_name(column), ret_id, err);
}

bool tiktok_amount(struct tiktok *tiktok, const struct csv_reader *csv, enum tiktok_column column, int64_t *ret_minor, struct err *err)
{
    uint16_t place = tiktok->places[column];
    return tiktok_cells_amount(&tiktok->cells, csv, place, tiktok_name(column), ret_minor, err) &&
           (*ret_minor == EVENT_ABSENT || *ret_minor >= 0 ||
            csv_fail(csv, csv_at(csv, place), err, "%s must be an amount from 0 on", tiktok_name(column)));
}

bool tiktok_time(struct tiktok *tiktok, const struct csv_reader *csv, enum tiktok_column column, struct read_time *ret_time,
                 struct err *err)
{
    uint16_t place = tiktok->places[column];
    return tiktok_cells_time(&tiktok->cells, csv, place, tiktok_name(column), ret_time, err) &&
           (ret_time->kind != TIME_ABSENT || column != TIKTOK_CREATED ||
            csv_fail(csv, csv_at(csv, place), err, "%s is empty", tiktok_name(column)));
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
    struct text text = csv_trimmed(csv, tiktok->places[column]);
    *ret_count = 0;
    return (!text.len && column != TIKTOK_QUANTITY) || (import_amount(text, 0, ret_count) && *ret_count >= 0 && *ret_count <= COUNT_MAX) ||
           csv_fail(csv, field, err, "%s must be a whole number", tiktok_name(column));
}
