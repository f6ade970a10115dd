/*
 * Orders as an importer puts them together: rows of a file come in any order, lines find their orders, and in the end each order is an
 * event. Everything is kept in memory, about 700 bytes an order and 200 a line or refund, up to a limit. One thread.
 */
#ifndef PRODUCERS_ORDER_BOOK_H
#define PRODUCERS_ORDER_BOOK_H

#include <stddef.h>

#include "producers/findings.h"
#include "producers/text_map.h"

#define BOOK_ORDERS_MAX 1000000
#define BOOK_LINES_MAX 2000000
#define BOOK_ID_BYTES_MAX 128 /* of an order */
#define BOOK_NONE UINT32_MAX

struct book_line {
    struct order_line line;
    uint32_t next; /* of the same order; BOOK_NONE: the last one */
};

struct book_order {
    struct order order; /* but for its lines */
    struct text event_id;
    int64_t revision, occurred_at_us;
    const char *file; /* where it stands first; borrowed */
    uint32_t file_line;
    uint32_t first, last, line_count;
};

struct book_refund {
    struct refund refund; /* but for its lines */
    struct text event_id;
    int64_t revision, occurred_at_us;
    uint32_t first, line_count; /* of the book's lines of refunds */
};

struct order_book {
    struct text shop_id, currency;
    int32_t amount_scale;
    struct arena texts;
    struct text_map ids;
    struct book_order *orders;
    struct book_line *lines;
    struct book_refund *refunds;
    struct refund_line *refund_lines;
    size_t order_room, line_room, refund_room, refund_line_room;
    uint32_t first_of_file; /* number of its first order: ids are those of this file only */
    uint32_t order_count, line_count, refund_count, refund_line_count;
    struct findings findings;
    struct event event; /* that order_book_event and order_book_refund_event give */
    struct order_line *event_lines;
};

/* The texts of shop_id and currency are borrowed. NULL with err when memory is out. */
struct order_book *order_book_new(struct text shop_id, struct text currency, int32_t amount_scale, struct err *err);
void order_book_free(struct order_book *book);

/* From here on, an id is that of a new order even where an earlier file had it: an export that overlaps another one is not more sales. */
void order_book_next_file(struct order_book *book);

/* A copy in the book's memory; absent stays absent. */
struct text order_book_keep(struct order_book *book, struct text text);

/* The order of that id, with *ret_new where this call made it: then all but its ids and the absent values is zero. NULL with err: too
 * many, or memory is out. Pointers to orders are valid until the next call; order_book_find gives NULL where there is none. */
struct book_order *order_book_put(struct order_book *book, struct text order_id, bool *ret_new, struct err *err);
struct book_order *order_book_find(const struct order_book *book, struct text order_id);

/* Adds a line; its texts must be the book's. NULL with err: too many lines of the order or in all, or memory is out. Valid until the next
 * call. */
struct book_line *order_book_add_line(struct order_book *book, struct book_order *order, const struct order_line *line, struct err *err);

/* The i-th line of an order, for going through them: i is a number such as order->first or line->next. */
struct book_line *order_book_line(const struct order_book *book, uint32_t i);

/* A revision for exports that have none: the latest of the order's times, which are of whole seconds; below, how far its status is in an
 * order's life, then the number of its lines. So a later export never loses to an earlier one, nor the whole to a part of a file. */
int64_t order_book_revision(const struct book_order *order);

/* The latest of an order's times. */
int64_t order_book_latest(const struct book_order *order);

/* Sets the ids of the event: prefix-order-revision. The order's id has at most BOOK_ID_BYTES_MAX bytes, prefix 20. */
void order_book_name(struct order_book *book, struct book_order *order, const char *prefix);

/* The buyer's key of a customer's id in the shop, in the book's memory; absent stays absent. */
struct text order_book_buyer(struct order_book *book, struct text customer_id);

/* Order i as an event; valid until the next call. */
const struct event *order_book_event(struct order_book *book, uint64_t i);

/* Adds a refund with its lines; all texts must be the book's. Its ids are made here: order-refunds, of which an order has one, and
 * prefix-order-refunds-revision. false with err when memory is out. */
bool order_book_add_refund(struct order_book *book, const struct refund *refund, int64_t revision, int64_t occurred_at_us,
                           const char *prefix, struct err *err);

/* Refund i as an event; valid until the next call. */
const struct event *order_book_refund_event(struct order_book *book, uint64_t i);

/* For formats (importer.h) whose state has the pointer to its book as its first member: what follows from the book alone, and a join
 * that has nothing left to do. Events are its orders, then its refunds. */
bool booked_join(void *import, struct err *err);
uint64_t booked_count(const void *import);
const struct event *booked_event(void *import, uint64_t i);
const struct findings *booked_findings(const void *import);

#endif
