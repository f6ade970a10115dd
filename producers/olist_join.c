#include "producers/olist_rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "producers/olist.h"

static struct text value_of(const struct pairs *pairs, struct text key)
{
    uint32_t number = key.len ? text_map_find(&pairs->keys, key) : TEXT_MAP_NONE;
    return number == TEXT_MAP_NONE ? (struct text){NULL, 0} : pairs->values[number];
}

static bool check_files(const struct olist *olist, struct err *err)
{
    char missing[256] = "";
    for (enum file_kind kind = ORDERS; kind <= PAYMENTS; kind++)
        if (!olist->given[kind]) {
            size_t len = strlen(missing);
            (void)snprintf(missing + len, sizeof missing - len, "%s%s", len ? " and " : "", olist_usual_name(kind));
        }
    return !missing[0] ||
           err_set(err, ERR_FATAL, EXIT_CODE_DATA,
                   "without %s there are no orders to join: name that file too, or the folder that holds all of them", missing);
}

/* The order that a row refers to; NULL with err. */
static struct book_order *order_of(const struct olist *olist, uint32_t ref, struct place place, struct err *err)
{
    struct text id = olist->refs.texts[ref];
    struct book_order *order = order_book_find(olist->book, id);
    if (!order)
        (void)err_set(err, ERR_FATAL, EXIT_CODE_DATA,
                      "%s:%u: the order \"%.*s\" is in none of the files: name the file of orders that has it", place.file, place.line,
                      (int)id.len, id.ptr);
    return order;
}

static bool too_large(struct place place, struct err *err)
{
    return err_set(err, ERR_FATAL, EXIT_CODE_DATA, "%s:%u: the total of this order does not fit", place.file, place.line);
}

static bool join_item(struct olist *olist, const struct item *item, struct err *err)
{
    struct book_order *booked = order_of(olist, item->order, item->place, err);
    struct text product = olist->refs.texts[item->product], category = value_of(&olist->categories, product);
    struct text english = value_of(&olist->english, category);
    const struct order_line line = {.line_id = olist->refs.texts[item->id],
                                    .platform_sku = product,
                                    .category = english.len ? english : category,
                                    .quantity = 1,
                                    .unit_list_minor = item->price_minor};
    if (!booked || !order_book_add_line(olist->book, booked, &line, err))
        return false;
    struct order *order = &booked->order;
    if (__builtin_add_overflow(order->shipping_paid_minor, item->freight_minor, &order->shipping_paid_minor))
        return too_large(item->place, err);
    order->shipping_list_minor = order->shipping_paid_minor;
    return true;
}

/* The method is that of the largest payment, of equal ones of the first: most orders have one. */
static bool join_payment(struct olist *olist, const struct payment *payment, struct payment *largest, struct err *err)
{
    struct book_order *booked = order_of(olist, payment->order, payment->place, err);
    if (!booked)
        return false;
    struct payment *held = &largest[booked - olist->book->orders];
    bool larger =
        payment->value_minor > held->value_minor || (payment->value_minor == held->value_minor && payment->sequence < held->sequence);
    if (!held->place.file || larger) {
        *held = *payment;
        booked->order.payment_method = payment->type;
    }
    return !__builtin_add_overflow(booked->order.customer_total_minor, payment->value_minor, &booked->order.customer_total_minor) ||
           too_large(payment->place, err);
}

static bool join_payments(struct olist *olist, struct err *err)
{
    struct payment *largest = calloc((size_t)olist->book->order_count + 1, sizeof *largest);
    bool good = largest || err_set(err, ERR_FATAL, EXIT_CODE_INTERNAL, "out of memory");
    for (size_t i = 0; good && i < olist->payment_count; i++)
        good = join_payment(olist, &olist->payments[i], largest, err);
    free(largest);
    return good;
}

static void finish_order(struct olist *olist, uint32_t number)
{
    struct book_order *booked = &olist->book->orders[number];
    booked->revision = order_book_revision(booked);
    booked->occurred_at_us = booked->order.created_at_us;
    order_book_name(olist->book, booked, "olist");
    booked->order.platform = (struct text){"olist", 5};
    booked->order.market = (struct text){"BR", 2};
    booked->order.buyer_key = order_book_buyer(olist->book, value_of(&olist->persons, olist->customers[number]));
}

static bool find_difference(struct olist *olist, const struct book_order *booked, struct err *err)
{
    int64_t expected_minor = booked->order.shipping_paid_minor, paid_minor = booked->order.customer_total_minor;
    struct finding finding = {NULL, booked->order.order_id, booked->file, booked->file_line, paid_minor, {NULL, 0}};
    for (uint32_t i = booked->first; i != BOOK_NONE; i = order_book_line(olist->book, i)->next)
        if (__builtin_add_overflow(expected_minor, order_book_line(olist->book, i)->line.unit_list_minor, &expected_minor))
            return too_large((struct place){booked->file, booked->file_line}, err);
    if (!booked->line_count) {
        finding.code = OLIST_WITHOUT_ITEMS;
        findings_add(&olist->book->findings, &finding, "the order has no items and is kept without lines; its payments");
    } else if (expected_minor != paid_minor) {
        finding.code = OLIST_PAYMENTS_DIFFER;
        finding.amount_minor = paid_minor - expected_minor;
        findings_add(&olist->book->findings, &finding, "payments less items and freight, kept as they are");
    }
    return true;
}

bool olist_join(struct olist *olist, struct err *err)
{
    if (!check_files(olist, err))
        return false;
    for (size_t i = 0; i < olist->item_count; i++)
        if (!join_item(olist, &olist->items[i], err))
            return false;
    if (!join_payments(olist, err))
        return false;
    for (uint32_t i = 0; i < olist->book->order_count; i++) {
        finish_order(olist, i);
        if (!find_difference(olist, &olist->book->orders[i], err))
            return false;
    }
    return true;
}
