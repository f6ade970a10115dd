/*
 * Inside of the importer of TikTok Shop's orders: what is kept of a file until it has been read to its end.
 */
#ifndef PRODUCERS_TIKTOK_ROWS_H
#define PRODUCERS_TIKTOK_ROWS_H

#include "producers/import_amount.h"
#include "producers/order_book.h"
#include "producers/tiktok_cells.h"
#include "producers/tiktok_orders.h"
#include "producers/tiktok_words.h"

/* The amounts of an order as a whole. */
enum order_amount {
    AMOUNT_SHIPPING_PAID, AMOUNT_SHIPPING_LIST, AMOUNT_SHIPPING_SELLER, AMOUNT_SHIPPING_COFUNDED, AMOUNT_SHIPPING_PLATFORM,
    AMOUNT_PAYMENT_DISCOUNT, AMOUNT_RETAIL_FEE, AMOUNT_SMALL_ORDER_FEE, AMOUNT_SERVICE_FEE, AMOUNT_HANDLING_FEE,
    AMOUNT_SHIPPING_INSURANCE, AMOUNT_ITEM_INSURANCE, AMOUNT_TAXES, AMOUNT_ORDER, AMOUNT_REFUND,
    ORDER_AMOUNT_COUNT
};

enum order_time { TIME_CREATED, TIME_PAID, TIME_SHIPPED, TIME_DELIVERED, TIME_CANCELLED, ORDER_TIME_COUNT };

struct order_amounts {
    int64_t minor[ORDER_AMOUNT_COUNT]; /* EVENT_ABSENT where the field is empty or its column is not there */
};

/* What the book's order of the same number does not hold. */
struct tiktok_order {
    struct order_amounts amounts;
    struct read_time times[ORDER_TIME_COUNT];
    int64_t after_discount_minor; /* sum of the lines */
    struct text return_type;      /* in the book's memory, may be absent */
};

struct tiktok {
    struct order_book *book; /* first: see booked_count */
    struct tiktok_cells cells;
    struct tiktok_order *orders;
    int64_t *returned; /* units, by the book's numbers of lines */
    size_t order_room, line_room;
    uint16_t places[TIKTOK_COLUMN_COUNT];
    uint32_t scratch[TIKTOK_LINES_MAX];
    int64_t weights[TIKTOK_LINES_MAX], parts[TIKTOK_LINES_MAX];
};

/* The English name of a column. */
const char *tiktok_name(enum tiktok_column column);

/* Fields of the row that was read last. false with err, which names the place. Texts are valid until the next row; a text or amount that
 * is empty, or whose column is not there, is absent; a count is 0 then. */
bool tiktok_text(const struct tiktok *tiktok, const struct csv_reader *csv, enum tiktok_column column, uint32_t bytes_max,
                 struct text *ret_text, struct err *err);
bool tiktok_id(const struct tiktok *tiktok, const struct csv_reader *csv, enum tiktok_column column, struct text *ret_id, struct err *err);
bool tiktok_amount(struct tiktok *tiktok, const struct csv_reader *csv, enum tiktok_column column, int64_t *ret_minor, struct err *err);
bool tiktok_count(const struct tiktok *tiktok, const struct csv_reader *csv, enum tiktok_column column, int64_t *ret_count,
                  struct err *err);
bool tiktok_time(struct tiktok *tiktok, const struct csv_reader *csv, enum tiktok_column column, struct read_time *ret_time,
                 struct err *err);
bool tiktok_read_status(const struct tiktok *tiktok, const struct csv_reader *csv, enum order_status *ret_status, struct err *err);

/* NULL with err; free accepts NULL. */
struct tiktok *tiktok_new(const struct import_settings *settings, struct err *err);
void tiktok_free(struct tiktok *tiktok);

/* One file, of which the row of names was read last, to its end. */
bool tiktok_read_orders(struct tiktok *tiktok, struct csv_reader *csv, struct err *err);

/* Behind the last row of a file: times, taxes, sums; adds what does not fit to the book's findings. */
bool tiktok_finish_file(struct tiktok *tiktok, struct err *err);

#endif
