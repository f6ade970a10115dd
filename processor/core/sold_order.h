/*
 * An order as its refunds meet it: the lines as they were charged, and the charges behind their fees, computed anew.
 */
#ifndef CORE_SOLD_ORDER_H
#define CORE_SOLD_ORDER_H

#include "core/fact.h"
#include "core/refund.h"

/*
 * Of a fact with its lines as they are stored, by the rules of its shop's policy today; costs_minor by line, EVENT_ABSENT: unknown.
 * Where these rules charge something else than what is stored, or refuse the order, other_rules is set: a rule is a fact with
 * dates, so the rules of a day past change only where they were wrong. The event's texts are borrowed; all else is in memory of
 * alloc, which never returns NULL.
 */
void sold_order_make(const struct order_fact *stored, const struct shop *shop, const int64_t *costs_minor,
                     void *(*alloc)(void *ctx, size_t size), void *alloc_ctx, struct sold_order *ret_sold);

#endif
