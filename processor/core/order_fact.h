/*
 * From an order to its rows: what is possible at all, gross, fees, net, business day.
 */
#ifndef CORE_ORDER_FACT_H
#define CORE_ORDER_FACT_H

#include "core/fact.h"
#include "schemas/reason.h"

/* No single amount and no line's gross is larger; sums of thousands of them still fit an int64. */
#define AMOUNT_MAX_MINOR INT64_C(1000000000000000)
#define QUANTITY_MAX INT64_C(1000000000)

/* What the buyer saw, which has to make an amount of the shop's: IMPOSSIBLE_RATE, AMOUNT_OVERFLOW or REASON_NONE. */
enum reason presentment_check(const struct presentment *presentment, int32_t shops_scale);

/* Fills ret_fact from the event by the shop's rules, its lines in facts' memory; novelty and the hashes are not
 * filled. trace may be NULL: how the fees came about, as fees_apply fills it. Returns why the order is impossible, or
 * REASON_NONE. Pure. */
enum reason order_fact_make(struct event *event, const struct shop *shop, struct origin origin, struct facts *facts,
                            struct fee_trace *trace, struct order_fact *ret_fact);

/* Sum of the lines' gross; order_fact_make has made sure that it fits. */
int64_t order_fact_gross(const struct order_fact *fact);

#endif
