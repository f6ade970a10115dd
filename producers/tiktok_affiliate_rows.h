/*
 * Inside of the importer of TikTok Shop's affiliate orders: what is kept of its rows until they meet their orders.
 */
#ifndef PRODUCERS_TIKTOK_AFFILIATE_ROWS_H
#define PRODUCERS_TIKTOK_AFFILIATE_ROWS_H

#include "producers/tiktok_affiliate.h"
#include "producers/tiktok_rows.h"

enum commission_amount {
    COMMISSION_EST_BASE, COMMISSION_EST, COMMISSION_EST_ADS, COMMISSION_EST_BONUS,
    COMMISSION_BASE, COMMISSION_PAID, COMMISSION_PAID_ADS, COMMISSION_PAID_BONUS,
    COMMISSION_AMOUNT_COUNT
};

struct affiliate_row {
    struct text sku, creator, content_type, content_id;
    int64_t minor[COMMISSION_AMOUNT_COUNT]; /* EVENT_ABSENT where the field is empty or its column is not there */
    int64_t rate_ppm, ads_rate_ppm;         /* -1: not said */
    bool actual;                            /* its commission is final */
    const char *file;
    uint32_t file_line, file_number;
    uint32_t next; /* of the same order; BOOK_NONE: the last one */
};

/* The rows of an order. */
struct affiliate_group {
    uint32_t first, last, count;
    bool used;
};

struct affiliates {
    struct order_book *book; /* that of orders; first: see booked_count */
    struct tiktok *orders;
    struct arena texts;
    struct text_map ids; /* of orders, as rows name them: numbers of groups */
    struct affiliate_group *groups;
    struct affiliate_row *rows;
    size_t group_room, row_room;
    uint32_t row_count, file_count, order_file_count;
};

/* Behind the last file: gives the orders of the book their affiliates. */
bool affiliates_join(struct affiliates *affiliates, struct err *err);

#endif
