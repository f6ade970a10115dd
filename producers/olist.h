/*
 * The Brazilian e-commerce data set of Olist as orders of one shop, in BRL cents: the files of orders, items and payments, and where they
 * are given those of customers, products and category names, each known by its header. An item is a line of quantity 1; freight is
 * shipping that the buyer pays; what the buyer paid in all is the sum of the payments. Sellers, reviews and places are read over. Times
 * are local, of America/Sao_Paulo unless another zone is given.
 *
 * Where payments differ from items and freight, and where an order has no items, that is a finding. An item or payment of an order that
 * no file has, or one that is there twice, is an error.
 *
 * Source of the format: Brazilian E-Commerce Public Dataset by Olist, github.com/olist/work-at-olist-data, kaggle.com/olistbr.
 */
#ifndef PRODUCERS_OLIST_H
#define PRODUCERS_OLIST_H

#include "producers/importer.h"

#define OLIST_AMOUNT_SCALE 2

/* Codes of its findings. */
#define OLIST_PAYMENTS_DIFFER "payments-differ"  /* by: payments - items - freight, of an order with items */
#define OLIST_WITHOUT_ITEMS "order-without-items" /* by: its payments */

extern const struct import_format import_olist;

#endif
