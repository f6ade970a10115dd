#include "producers/tiktok_affiliate_rows.h"

#include <stdlib.h>
#include <string.h>

#include "producers/grow.h"

#define WORD_MAX 256

enum affiliate_column {
    AFFILIATE_ORDER,
    AFFILIATE_SKU,
    AFFILIATE_CREATOR,
    AFFILIATE_RATE,
    AFFILIATE_ADS_RATE,
    AFFILIATE_CONTENT_TYPE,
    AFFILIATE_CONTENT,
    AFFILIATE_CURRENCY,
    AFFILIATE_RETURNED,
    AFFILIATE_PAID_AT,
    AFFILIATE_AMOUNTS, /* those of enum commission_amount from here on */
    AFFILIATE_COLUMN_COUNT = AFFILIATE_AMOUNTS + COMMISSION_AMOUNT_COUNT
};

/* English heads are those of exports of 2025 and 2026, Indonesian and Vietnamese ones what sellers' own tools read from such
 * exports. */
static const struct csv_column columns[] = {
    {AFFILIATE_CREATOR, true, "Creator Username"},
    {AFFILIATE_ORDER, true, "Order ID"},
    {AFFILIATE_SKU, true, "SKU ID"},
    {AFFILIATE_RATE, true, "Standard commission rate"},
    {AFFILIATE_AMOUNTS + COMMISSION_PAID, true, "Actual Commission Payment"},
    {AFFILIATE_ADS_RATE, false, "Shop Ads commission rate"},
    {AFFILIATE_CONTENT_TYPE, false, "Content Type"},
    {AFFILIATE_CONTENT, false, "Content ID"},
    {AFFILIATE_CURRENCY, false, "Currency"},
    {AFFILIATE_RETURNED, false, "Fully returned or refunded"},
    {AFFILIATE_RETURNED, false, "Fully Returned or Refunded"},
    {AFFILIATE_PAID_AT, false, "Time Commission Paid"},
    {AFFILIATE_AMOUNTS + COMMISSION_EST_BASE, false, "Est. Commission Base"},
    {AFFILIATE_AMOUNTS + COMMISSION_EST, false, "Est. standard commission payment"},
    {AFFILIATE_AMOUNTS + COMMISSION_EST_ADS, false, "Est. Shop Ads commission payment"},
    {AFFILIATE_AMOUNTS + COMMISSION_EST_BONUS, false, "Est. co-funded creator bonus"},
    {AFFILIATE_AMOUNTS + COMMISSION_BASE, false, "Actual Commission Base"},
    {AFFILIATE_AMOUNTS + COMMISSION_PAID_ADS, false, "Actual Shop Ads commission payment"},
    {AFFILIATE_AMOUNTS + COMMISSION_PAID_BONUS, false, "Actual co-funded creator bonus"},

    {AFFILIATE_CREATOR, false, "Nama pengguna kreator"},
    {AFFILIATE_ORDER, false, "ID Pesanan"},
    {AFFILIATE_SKU, false, "ID SKU"},
    {AFFILIATE_RATE, false, "Persentase komisi standar"},
    {AFFILIATE_ADS_RATE, false, "Persentase komisi Iklan Toko"},
    {AFFILIATE_CONTENT_TYPE, false, "Jenis Konten"},
    {AFFILIATE_CONTENT, false, "ID Konten"},
    {AFFILIATE_CURRENCY, false, "Mata Uang"},
    {AFFILIATE_PAID_AT, false, "Waktu Komisi Dibayar"},
    {AFFILIATE_AMOUNTS + COMMISSION_EST_BASE, false, "Est. Acuan Komisi"},
    {AFFILIATE_AMOUNTS + COMMISSION_EST, false, "Perkiraan pembayaran komisi standar"},
    {AFFILIATE_AMOUNTS + COMMISSION_EST_ADS, false, "Perkiraan pembayaran komisi Iklan Toko"},
    {AFFILIATE_AMOUNTS + COMMISSION_EST_BONUS, false, "Perkiraan bonus kreator"},
    {AFFILIATE_AMOUNTS + COMMISSION_BASE, false, "Acuan Komisi Aktual"},
    {AFFILIATE_AMOUNTS + COMMISSION_PAID, false, "Pembayaran Komisi Aktual"},
    {AFFILIATE_AMOUNTS + COMMISSION_PAID_ADS, false, "Pembayaran komisi Iklan Toko aktual"},
    {AFFILIATE_AMOUNTS + COMMISSION_PAID_BONUS, false, "Bonus aktual kreator"},

    {AFFILIATE_CREATOR, false, "Tên người dùng nhà sáng tạo"},
    {AFFILIATE_ORDER, false, "ID đơn hàng"},
    {AFFILIATE_RATE, false, "Tỷ lệ hoa hồng tiêu chuẩn"},
    {AFFILIATE_ADS_RATE, false, "Tỷ lệ hoa hồng Quảng cáo cửa hàng"},
    {AFFILIATE_CONTENT_TYPE, false, "Loại nội dung"},
    {AFFILIATE_CONTENT, false, "Id nội dung"},
    {AFFILIATE_CURRENCY, false, "Đơn vị tiền tệ"},
    {AFFILIATE_PAID_AT, false, "Thời gian hoa hồng đã thanh toán"},
    {AFFILIATE_AMOUNTS + COMMISSION_EST_BASE, false, "Cơ sở hoa hồng ước tính"},
    {AFFILIATE_AMOUNTS + COMMISSION_EST, false, "Thanh toán hoa hồng tiêu chuẩn ước tính"},
    {AFFILIATE_AMOUNTS + COMMISSION_EST_ADS, false, "Thanh toán hoa hồng Quảng cáo cửa hàng ước tính"},
    {AFFILIATE_AMOUNTS + COMMISSION_EST_BONUS, false, "Thưởng đồng chi trả cho nhà sáng tạo ước tính"},
    {AFFILIATE_AMOUNTS + COMMISSION_BASE, false, "Cơ sở hoa hồng thực tế"},
    {AFFILIATE_AMOUNTS + COMMISSION_PAID, false, "Thanh toán hoa hồng thực tế"},
    {AFFILIATE_AMOUNTS + COMMISSION_PAID_ADS, false, "Thanh toán hoa hồng Quảng cáo cửa hàng thực tế"},
    {AFFILIATE_AMOUNTS + COMMISSION_PAID_BONUS, false, "Thưởng đồng chi trả cho nhà sáng tạo thực tế"},
    {0, false, NULL},
};

/* An affiliate file at hand. */
struct reading {
    struct affiliates *affiliates;
    const struct csv_reader *csv;
    uint16_t places[AFFILIATE_COLUMN_COUNT];
};

static const char *name_of(uint8_t column)
{
    return csv_column_name(columns, column);
}

static struct text field_text(const struct reading *reading, uint8_t column)
{
    struct text text = csv_trimmed(reading->csv, reading->places[column]);
    return tiktok_is_said(text) ? text : (struct text){NULL, 0};
}

static bool fail_at(const struct reading *reading, uint8_t column, struct err *err, const char *what)
{
    return csv_fail(reading->csv, csv_at(reading->csv, reading->places[column]), err, "%s %s", name_of(column), what);
}

static struct text keep(struct affiliates *affiliates, struct text text)
{
    return text.len ? (struct text){arena_copy(&affiliates->texts, text.ptr, text.len), text.len} : (struct text){NULL, 0};
}

/* "7.50%" or "7,50%"; what has no sign could be a share of 1. */
static bool read_rate(const struct reading *reading, uint8_t column, int64_t *ret_ppm, struct err *err)
{
    struct text text = field_text(reading, column);
    *ret_ppm = -1;
    if (!text.len)
        return true;
    bool is_percent = text.ptr[text.len - 1] == '%';
    text.len -= is_percent;
    if (import_amount(text, 4, ret_ppm) && (is_percent || !*ret_ppm) && *ret_ppm >= 0 && *ret_ppm <= 1000000)
        return true;
    return fail_at(reading, column, err, "must be like 7.50%, of at most 100%");
}

static bool read_word(const struct reading *reading, uint8_t column, struct text *ret_word, struct err *err)
{
    struct text word;
    if (!csv_text(reading->csv, reading->places[column], name_of(column), WORD_MAX, &word, err))
        return false;
    *ret_word = tiktok_is_said(word) ? keep(reading->affiliates, word) : (struct text){NULL, 0};
    return true;
}

static bool read_texts(const struct reading *reading, struct affiliate_row *row, struct err *err)
{
    struct text id;
    if (!tiktok_cells_id(reading->csv, reading->places[AFFILIATE_SKU], name_of(AFFILIATE_SKU), &id, err) ||
        !read_word(reading, AFFILIATE_CREATOR, &row->creator, err) ||
        !read_word(reading, AFFILIATE_CONTENT_TYPE, &row->content_type, err))
        return false;
    row->sku = keep(reading->affiliates, id);
    if (!row->creator.len)
        return fail_at(reading, AFFILIATE_CREATOR, err, "is empty");
    if (!field_text(reading, AFFILIATE_CONTENT).len)
        return true;
    if (!tiktok_cells_id(reading->csv, reading->places[AFFILIATE_CONTENT], name_of(AFFILIATE_CONTENT), &id, err))
        return false;
    row->content_id = keep(reading->affiliates, id);
    return true;
}

static bool read_amounts(const struct reading *reading, struct affiliate_row *row, struct err *err)
{
    struct tiktok_cells *cells = &reading->affiliates->orders->cells;
    if (!tiktok_cells_currency(cells, reading->csv, reading->places[AFFILIATE_CURRENCY], name_of(AFFILIATE_CURRENCY), err))
        return false;
    for (uint8_t i = 0; i < COMMISSION_AMOUNT_COUNT; i++) {
        uint8_t column = (uint8_t)(AFFILIATE_AMOUNTS + i);
        row->minor[i] = EVENT_ABSENT;
        if (field_text(reading, column).len &&
            !tiktok_cells_amount(cells, reading->csv, reading->places[column], name_of(column), &row->minor[i], err))
            return false;
    }
    return true;
}

/* Paid, or said to be something, or nothing because all came back. */
static bool read_actual(const struct reading *reading, struct affiliate_row *row, struct err *err)
{
    struct read_time paid_at;
    struct text returned = field_text(reading, AFFILIATE_RETURNED);
    bool said = row->minor[COMMISSION_PAID] != EVENT_ABSENT, some = false;
    for (int i = COMMISSION_PAID; i <= COMMISSION_PAID_BONUS; i++)
        some = some || (row->minor[i] != EVENT_ABSENT && row->minor[i] != 0);
    row->actual = some || (said && tiktok_is_yes(returned));
    if (!field_text(reading, AFFILIATE_PAID_AT).len)
        return true;
    row->actual = row->actual || said;
    return tiktok_cells_time(&reading->affiliates->orders->cells, reading->csv, reading->places[AFFILIATE_PAID_AT],
                             name_of(AFFILIATE_PAID_AT), &paid_at, err);
}

/* false: too many, or memory is out. */
static bool keep_row(struct affiliates *affiliates, struct text order_id, const struct affiliate_row *row)
{
    uint32_t before = affiliates->ids.count, number = text_map_put(&affiliates->ids, &affiliates->texts, order_id);
    if (number == TEXT_MAP_NONE || affiliates->row_count == AFFILIATE_ROWS_MAX ||
        !grow_items(&affiliates->groups, number, &affiliates->group_room, sizeof *affiliates->groups) ||
        !grow_items(&affiliates->rows, affiliates->row_count, &affiliates->row_room, sizeof *affiliates->rows))
        return false;
    struct affiliate_group *group = &affiliates->groups[number];
    if (number == before)
        *group = (struct affiliate_group){.first = BOOK_NONE, .last = BOOK_NONE};
    if (group->count++ == AFFILIATE_ORDER_ROWS_MAX)
        return false;
    uint32_t place = affiliates->row_count++;
    affiliates->rows[place] = *row;
    *(group->last == BOOK_NONE ? &group->first : &affiliates->rows[group->last].next) = place;
    group->last = place;
    return true;
}

static bool add_row(const struct reading *reading, struct err *err)
{
    struct affiliate_row row = {.file = reading->csv->name,
                                .file_line = reading->csv->fields[0].line,
                                .file_number = reading->affiliates->file_count,
                                .next = BOOK_NONE};
    struct text order_id;
    if (!tiktok_cells_id(reading->csv, reading->places[AFFILIATE_ORDER], name_of(AFFILIATE_ORDER), &order_id, err) ||
        !read_texts(reading, &row, err) || !read_rate(reading, AFFILIATE_RATE, &row.rate_ppm, err) ||
        !read_rate(reading, AFFILIATE_ADS_RATE, &row.ads_rate_ppm, err) || !read_amounts(reading, &row, err) ||
        !read_actual(reading, &row, err))
        return false;
    return keep_row(reading->affiliates, order_id, &row) ||
           csv_fail(reading->csv, &reading->csv->fields[0], err,
                    "more than %d rows, or than %d of an order, or memory is out: import the files one by one",
                    AFFILIATE_ROWS_MAX, AFFILIATE_ORDER_ROWS_MAX);
}

static bool read_affiliates(struct affiliates *affiliates, struct csv_reader *csv, struct err *err)
{
    struct reading reading = {.affiliates = affiliates, .csv = csv};
    enum csv_result result;
    if (!csv_find_columns(csv, columns, "an affiliate order export of TikTok Shop", AFFILIATE_COLUMN_COUNT, reading.places, err))
        return false;
    tiktok_cells_next_file(&affiliates->orders->cells, csv->name);
    affiliates->file_count++;
    struct tiktok_rows rows = tiktok_rows_below(csv, reading.places[AFFILIATE_ORDER]);
    while ((result = tiktok_rows_next(&rows, err)) == CSV_ROW)
        if (!add_row(&reading, err))
            return false;
    return result == CSV_END;
}

static bool is_creator(struct text head)
{
    for (const struct csv_column *column = columns; column->name; column++)
        if (column->id == AFFILIATE_CREATOR && text_is(head, column->name))
            return true;
    return false;
}

static bool has_creators(const struct csv_reader *csv)
{
    for (size_t i = 0; i < csv->field_count; i++)
        if (is_creator(text_trimmed(csv->fields[i].text)))
            return true;
    return false;
}

static bool read_file(void *import, struct csv_reader *csv, struct err *err)
{
    struct affiliates *affiliates = import;
    if (!csv_read_names(csv, err))
        return false;
    if (has_creators(csv))
        return read_affiliates(affiliates, csv, err);
    affiliates->order_file_count++;
    return tiktok_read_orders(affiliates->orders, csv, err);
}

static bool join(void *import, struct err *err)
{
    struct affiliates *affiliates = import;
    if (!affiliates->order_file_count)
        return err_set(
            err, ERR_FATAL, EXIT_CODE_DATA,
            "an affiliate export does not hold whole orders: give the order export (\"All orders\") of the same time as well");
    if (!affiliates->file_count)
        return err_set(err, ERR_FATAL, EXIT_CODE_DATA,
                       "no file is an affiliate order export: is tiktok-orders the format that is meant?");
    return affiliates_join(affiliates, err);
}

static void close_import(void *import)
{
    struct affiliates *affiliates = import;
    if (!affiliates)
        return;
    tiktok_free(affiliates->orders);
    arena_done(&affiliates->texts);
    text_map_done(&affiliates->ids);
    free(affiliates->groups);
    free(affiliates->rows);
    free(affiliates);
}

static void *open_import(const struct import_settings *settings, struct err *err)
{
    struct affiliates *affiliates = calloc(1, sizeof *affiliates);
    if (!affiliates) {
        (void)err_set(err, ERR_FATAL, EXIT_CODE_INTERNAL, "out of memory");
        return NULL;
    }
    arena_init(&affiliates->texts);
    affiliates->orders = tiktok_new(settings, err);
    if (!affiliates->orders) {
        close_import(affiliates);
        return NULL;
    }
    affiliates->book = affiliates->orders->book;
    return affiliates;
}

const struct import_format import_tiktok_affiliate = {
    .name = "tiktok-affiliate",
    .takes = IMPORT_TAKES_SHOP | IMPORT_TAKES_MARKET | IMPORT_TAKES_CURRENCY | IMPORT_TAKES_TIMEZONE,
    .open = open_import,
    .read = read_file,
    .join = join,
    .count = booked_count,
    .event = booked_event,
    .findings = booked_findings,
    .close = close_import,
};
