/*
 * From a refund event to its row, and the hashes of refund rows. What a refund does to its order: refund.h.
 */
#ifndef CORE_REFUND_FACT_H
#define CORE_REFUND_FACT_H

#include "core/fact.h"
#include "core/refund.h"

/* Fills ret_fact by the shop's zone; columns_hash is not filled. Sorts the refund's lines by id. Returns why the refund is
 * impossible, whatever its order is, or REASON_NONE. Pure. */
enum reason refund_fact_make(struct event *event, const struct shop *shop, struct origin origin, struct refund_fact *ret_fact);

/* A row of warehouse.fact_refund_lines as it stands there. */
struct refund_line_row {
    struct text order_id, refund_id, currency;
    int32_t amount_scale;
    int32_t day, order_day; /* of the refund and of its order */
    bool booked;
    const struct refund_effect *effect;
};

/* Over all columns but row_hash and shop_key. */
uint64_t refund_line_hash(const struct refund_line_row *row);

#endif
