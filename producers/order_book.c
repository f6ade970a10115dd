#include "producers/order_book.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "producers/buyer_key.h"
#include "producers/grow.h"

struct order_book *order_book_new(struct text shop_id, struct text currency, int32_t amount_scale, struct err *err)
{
    struct order_book *book = calloc(1, sizeof *book);
    if (!book) {
        (void)err_set(err, ERR_FATAL, EXIT_CODE_INTERNAL, "out of memory");
        return NULL;
    }
    arena_init(&book->texts);
    book->shop_id = shop_id;
    book->currency = currency;
    book->amount_scale = amount_scale;
    return book;
}

void order_book_free(struct order_book *book)
{
    if (!book)
        return;
    arena_done(&book->texts);
    text_map_done(&book->ids);
    findings_done(&book->findings);
    free(book->orders);
    free(book->lines);
    free(book->refunds);
    free(book->refund_lines);
    free(book);
}

void order_book_next_file(struct order_book *book)
{
    text_map_clear(&book->ids);
    book->first_of_file = book->order_count;
}

struct text order_book_keep(struct order_book *book, struct text text)
{
    return text.len ? (struct text){arena_copy(&book->texts, text.ptr, text.len), text.len} : (struct text){NULL, 0};
}

static void start_order(struct book_order *order, struct text order_id)
{
    *order = (struct book_order){.first = BOOK_NONE, .last = BOOK_NONE};
    order->order = (struct order){.order_id = order_id,
                                  .created_at_us = EVENT_ABSENT,
                                  .paid_at_us = EVENT_ABSENT,
                                  .shipped_at_us = EVENT_ABSENT,
                                  .delivered_at_us = EVENT_ABSENT,
                                  .cancelled_at_us = EVENT_ABSENT};
    order->order.affiliate = (struct affiliate){.rate_ppm = -1, .shop_ads_rate_ppm = -1, .actual_commission_minor = EVENT_ABSENT};
}

struct book_order *order_book_find(const struct order_book *book, struct text order_id)
{
    uint32_t number = text_map_find(&book->ids, order_id);
    return number == TEXT_MAP_NONE ? NULL : &book->orders[book->first_of_file + number];
}

/* NULL when there is no room for one more. */
static struct book_order *append_order(struct order_book *book, struct text order_id)
{
    if (book->order_count == BOOK_ORDERS_MAX || !grow_items(&book->orders, book->order_count, &book->order_room, sizeof *book->orders))
        return NULL;
    uint32_t number = text_map_put(&book->ids, &book->texts, order_id);
    if (number == TEXT_MAP_NONE)
        return NULL;
    struct book_order *order = &book->orders[book->order_count++];
    start_order(order, book->ids.texts[number]);
    return order;
}

struct book_order *order_book_put(struct order_book *book, struct text order_id, bool *ret_new, struct err *err)
{
    struct book_order *known = order_book_find(book, order_id), *order = known ? known : append_order(book, order_id);
    if (!order)
        (void)err_set(err, ERR_FATAL, EXIT_CODE_DATA, "more than %d orders, or memory is out: import the files one by one, or in parts",
                      BOOK_ORDERS_MAX);
    *ret_new = !known;
    return order;
}

struct book_line *order_book_add_line(struct order_book *book, struct book_order *order, const struct order_line *line, struct err *err)
{
    if (order->line_count == EVENT_LINES_MAX) {
        (void)err_set(err, ERR_FATAL, EXIT_CODE_DATA, "more than %d lines in the order \"%.*s\"", EVENT_LINES_MAX,
                      (int)order->order.order_id.len, order->order.order_id.ptr);
        return NULL;
    }
    if (book->line_count == BOOK_LINES_MAX || !grow_items(&book->lines, book->line_count, &book->line_room, sizeof *book->lines)) {
        (void)err_set(err, ERR_FATAL, EXIT_CODE_DATA, "more than %d lines, or memory is out: import the files one by one, or in parts",
                      BOOK_LINES_MAX);
        return NULL;
    }
    uint32_t number = book->line_count++;
    book->lines[number] = (struct book_line){*line, BOOK_NONE};
    *(order->line_count++ ? &book->lines[order->last].next : &order->first) = number;
    order->last = number;
    return &book->lines[number];
}

struct book_line *order_book_line(const struct order_book *book, uint32_t i)
{
    return &book->lines[i];
}

static int64_t later(int64_t a_us, int64_t b_us)
{
    return a_us > b_us ? a_us : b_us;
}

int64_t order_book_latest(const struct book_order *booked)
{
    const struct order *order = &booked->order;
    int64_t latest_us = later(later(order->created_at_us, order->paid_at_us), later(order->shipped_at_us, order->delivered_at_us));
    return later(latest_us, order->cancelled_at_us);
}

int64_t order_book_revision(const struct book_order *booked)
{
    static const int ranks[ORDER_STATUS_COUNT] = {[ORDER_UNPAID] = 0,    [ORDER_ON_HOLD] = 1,   [ORDER_PAID] = 2,     [ORDER_SHIPPED] = 3,
                                                  [ORDER_DELIVERED] = 4, [ORDER_COMPLETED] = 5, [ORDER_CANCELLED] = 6};
    return order_book_latest(booked) + ranks[booked->order.status] * 100000 + booked->line_count;
}

void order_book_name(struct order_book *book, struct book_order *order, const char *prefix)
{
    char id[EVENT_ID_BYTES_MAX];
    struct text order_id = order->order.order_id;
    int len = snprintf(id, sizeof id, "%s-%.*s-%" PRId64, prefix, (int)order_id.len, order_id.ptr, order->revision);
    order->event_id = order_book_keep(book, (struct text){id, (uint32_t)len});
}

struct text order_book_buyer(struct order_book *book, struct text customer_id)
{
    char key[BUYER_KEY_BYTES];
    if (!customer_id.len)
        return (struct text){NULL, 0};
    buyer_key_make(book->shop_id, customer_id, key);
    return order_book_keep(book, (struct text){key, sizeof key});
}

static void fill_lines(struct order_book *book, const struct book_order *order)
{
    if (!book->event_lines)
        book->event_lines = arena_alloc(&book->texts, EVENT_LINES_MAX * sizeof *book->event_lines);
    book->event.order.lines = book->event_lines;
    for (uint32_t i = order->first; i != BOOK_NONE; i = book->lines[i].next)
        book->event_lines[book->event.order.line_count++] = book->lines[i].line;
}

const struct event *order_book_event(struct order_book *book, uint64_t i)
{
    const struct book_order *order = &book->orders[i];
    book->event = (struct event){.kind = EVENT_ORDER,
                                 .event_id = order->event_id,
                                 .shop_id = book->shop_id,
                                 .currency = book->currency,
                                 .amount_scale = book->amount_scale,
                                 .revision = order->revision,
                                 .occurred_at_us = order->occurred_at_us,
                                 .order = order->order};
    book->event.order.line_count = 0;
    fill_lines(book, order);
    return &book->event;
}

static bool keep_refund_lines(struct order_book *book, const struct refund *refund)
{
    for (uint32_t i = 0; i < refund->line_count; i++) {
        if (!grow_items(&book->refund_lines, book->refund_line_count, &book->refund_line_room, sizeof *book->refund_lines))
            return false;
        book->refund_lines[book->refund_line_count++] = refund->lines[i];
    }
    return true;
}

static struct text print_id(struct order_book *book, const char *prefix, struct text order_id, int64_t revision)
{
    char id[EVENT_ID_BYTES_MAX];
    int len = prefix ? snprintf(id, sizeof id, "%s-%.*s-refunds-%" PRId64, prefix, (int)order_id.len, order_id.ptr, revision)
                     : snprintf(id, sizeof id, "%.*s-refunds", (int)order_id.len, order_id.ptr);
    return order_book_keep(book, (struct text){id, (uint32_t)len});
}

bool order_book_add_refund(struct order_book *book, const struct refund *refund, int64_t revision, int64_t occurred_at_us,
                           const char *prefix, struct err *err)
{
    uint32_t first = book->refund_line_count;
    if (!grow_items(&book->refunds, book->refund_count, &book->refund_room, sizeof *book->refunds) || !keep_refund_lines(book, refund))
        return err_set(err, ERR_FATAL, EXIT_CODE_INTERNAL, "out of memory");
    struct book_refund *kept = &book->refunds[book->refund_count++];
    *kept = (struct book_refund){.refund = *refund,
                                 .event_id = print_id(book, prefix, refund->order_id, revision),
                                 .revision = revision,
                                 .occurred_at_us = occurred_at_us,
                                 .first = first,
                                 .line_count = refund->line_count};
    kept->refund.refund_id = print_id(book, NULL, refund->order_id, 0);
    return true;
}

const struct event *order_book_refund_event(struct order_book *book, uint64_t i)
{
    const struct book_refund *kept = &book->refunds[i];
    book->event = (struct event){.kind = EVENT_REFUND,
                                 .event_id = kept->event_id,
                                 .shop_id = book->shop_id,
                                 .currency = book->currency,
                                 .amount_scale = book->amount_scale,
                                 .revision = kept->revision,
                                 .occurred_at_us = kept->occurred_at_us,
                                 .refund = kept->refund};
    book->event.refund.lines = kept->line_count ? book->refund_lines + kept->first : NULL;
    book->event.refund.line_count = kept->line_count;
    return &book->event;
}

bool booked_join(void *import, struct err *err)
{
    (void)import;
    (void)err;
    return true;
}

/* A pointer to a struct is one to its first member. */
static struct order_book *book_of(const void *import)
{
    return *(struct order_book *const *)import;
}

uint64_t booked_count(const void *import)
{
    return (uint64_t)book_of(import)->order_count + book_of(import)->refund_count;
}

const struct event *booked_event(void *import, uint64_t i)
{
    struct order_book *book = book_of(import);
    return i < book->order_count ? order_book_event(book, i) : order_book_refund_event(book, i - book->order_count);
}

const struct findings *booked_findings(const void *import)
{
    return &book_of(import)->findings;
}
