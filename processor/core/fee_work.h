/*
 * One order at work: the scratch that charging it needs, in place for ordinary orders and from the caller for long ones.
 * Used by fees.c only. Everything is counted in ranks, the lines in the order of their ids, so that "ties by line id" is
 * "ties by index" all the way down. The invariant: the parts of every split add up to what was split.
 */
#ifndef CORE_FEE_WORK_H
#define CORE_FEE_WORK_H

#include "core/fact.h"
#include "core/fees.h"
#include "core/money.h"

#define FEE_STACK_LINES 64

/* The arrays have line_count entries, by rank. */
struct fee_work {
    const struct fee_schedule *schedule;
    const struct event *event;
    const struct order *order;
    const struct fee_context *context;
    void *(*alloc)(void *ctx, size_t size);
    void *alloc_ctx;
    struct line_fact *lines;
    uint32_t line_count;
    uint32_t *line_at; /* index of the line of that rank */
    uint32_t *scratch;
    uint32_t *by_sku;  /* ranks, those of one SKU together; filled by fee_work_group */
    bool is_grouped;
    int64_t *goods;    /* list - seller discount: what order-level money is spread by */
    int64_t *shipping; /* of what the buyer paid for it */
    int64_t *parts;    /* of the base of the rule at hand */
    int64_t *split;    /* of whatever was split last */
    int64_t *weights, *group; /* of the SKU at hand */
    int64_t *kept;     /* fees by slot and rank: slot x line_count + rank */
    bool is_traced;      /* else nobody asks what was rounded */
    int64_t fixed_minor; /* charged by the rule at hand */
    uint32_t marks;      /* likewise */
};

/* The room of an order of ordinary length. */
struct fee_room {
    uint32_t line_at[FEE_STACK_LINES], scratch[FEE_STACK_LINES], by_sku[FEE_STACK_LINES];
    int64_t goods[FEE_STACK_LINES], shipping[FEE_STACK_LINES], parts[FEE_STACK_LINES], split[FEE_STACK_LINES];
    int64_t weights[FEE_STACK_LINES], group[FEE_STACK_LINES];
    int64_t kept[FEE_SLOTS_MAX * FEE_STACK_LINES];
};

/* Non-zero where an amount is out of range in either direction; ORed together they ask once for a whole order. */
static inline uint64_t fee_work_excess(int64_t amount)
{
    return (uint64_t)(amount ^ (amount >> 63)) & ~(uint64_t)(FEES_AMOUNT_MAX_MINOR - 1);
}

/* False where an amount is beyond FEES_AMOUNT_MAX_MINOR. */
static inline bool fee_work_fits(const struct fee_work *work)
{
    const struct order *order = work->order;
    uint64_t beyond = fee_work_excess(order->shipping_paid_minor) | fee_work_excess(order->customer_total_minor) |
                      fee_work_excess(order->buyer_fees_minor) | fee_work_excess(order->payment_platform_discount_minor);
    for (uint32_t i = 0; i < work->line_count; i++) {
        const struct order_line *line = &order->lines[i];
        beyond |= fee_work_excess(work->lines[i].gross_minor) | fee_work_excess(line->seller_discount_minor) |
                  fee_work_excess(line->platform_discount_minor) | fee_work_excess(line->tax_minor);
    }
    return beyond == 0;
}

/* Gives work its arrays, ranks the lines and zeroes their fees. room must outlive work. */
void fee_work_begin(struct fee_work *work, struct fee_room *room);

/* Fills by_sku; once per order, however often it is called. */
void fee_work_group(struct fee_work *work);

/* Whether the lines of two ranks are of one SKU. */
bool fee_work_same_sku(const struct fee_work *work, uint32_t a, uint32_t b);

/* Adds the charge to the trace, with the parts and the split at hand; one that does not fit is counted. */
void fee_work_note(const struct fee_work *work, const struct fee_charge *made, struct fee_trace *trace);

/* Splits over the lines by weights (by rank) into ret_parts (by rank). */
static inline void fee_work_spread(struct fee_work *work, int64_t total_minor, const int64_t *weights, int64_t *ret_parts)
{
    money_allocate(total_minor, weights, work->line_count, work->scratch, ret_parts);
}

#endif
