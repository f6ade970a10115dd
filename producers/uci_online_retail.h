/*
 * The UCI Online Retail data set as orders: a UK shop's year, one row per line of an invoice. An invoice is an order, the number of a
 * row in the file is the line's id, credit notes have negative quantities, amounts are tenths of a penny. Rows of one invoice need not
 * be neighbours, so the file is read as a whole (about 100 bytes a row) before the first order is there.
 *
 * Source of the format: Chen, D. (2015), Online Retail, UCI Machine Learning Repository, doi:10.24432/C5BW33.
 */
#ifndef PRODUCERS_UCI_ONLINE_RETAIL_H
#define PRODUCERS_UCI_ONLINE_RETAIL_H

#include "producers/importer.h"

#define UCI_ROWS_MAX 4000000
#define UCI_AMOUNT_SCALE 3
#define UCI_SHOP_ID "uci-online-retail"

struct uci_orders;

struct uci_totals {
    uint64_t orders, lines;
    int64_t units, gross_minor;
};

/* Reads and checks all rows. NULL with err: the first row that is wrong, as file:line:column. */
struct uci_orders *uci_orders_read(struct csv_reader *csv, struct err *err);
void uci_orders_free(struct uci_orders *orders);

const struct uci_totals *uci_orders_totals(const struct uci_orders *orders);

/* Order i of totals->orders, in the order of the file; valid until the next call. The same file gives the same events. */
const struct event *uci_orders_event(struct uci_orders *orders, size_t i);

#endif
