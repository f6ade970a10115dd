/*
 * Inside of the importer of Olist: the rows as they were read, which the joining puts together.
 */
#ifndef PRODUCERS_OLIST_ROWS_H
#define PRODUCERS_OLIST_ROWS_H

#include "producers/order_book.h"
#include "producers/importer.h"

enum file_kind { ORDERS, ITEMS, PAYMENTS, CUSTOMERS, PRODUCTS, CATEGORIES, IGNORED, FILE_KIND_COUNT };

/* Of a row. */
struct place {
    const char *file;
    uint32_t line;
};

struct item {
    struct place place;
    uint32_t order, id, product; /* numbers of texts */
    int64_t price_minor, freight_minor;
};

struct payment {
    struct place place;
    uint32_t order;
    int32_t sequence;
    struct text type;
    int64_t value_minor;
};

/* Pairs of texts: customer and person, product and category, category and its English name. */
struct pairs {
    struct text_map keys;
    struct text *values;
    size_t room;
};

struct olist {
    struct order_book *book; /* first: see booked_count */
    const struct zone *zone;
    struct text *customers; /* of the book's orders, by their numbers */
    struct text_map refs;   /* order, item and product ids that items and payments name */
    struct text_map rows_seen;
    struct item *items;
    struct payment *payments;
    size_t customer_room, item_room, payment_room, item_count, payment_count, row_count;
    struct pairs persons, categories, english;
    bool given[FILE_KIND_COUNT];
};

/* The usual name of a kind of file that may not be missing. */
const char *olist_usual_name(enum file_kind kind);

/* Joins what was read into the orders of the book, and adds what does not fit to its findings. */
bool olist_join(struct olist *olist, struct err *err);

#endif
