/*
 * An explanation while it is told, and the chapters that stand in files of their own.
 */
#ifndef CLI_EXPLAIN_TELLING_H
#define CLI_EXPLAIN_TELLING_H

#include "cli/explain.h"
#include "cli/explain_rule.h"
#include "cli/page.h"

#define NONE EVENT_ABSENT /* an empty column */

struct telling {
    struct page page;
    const struct explanation *explanation;
    const struct order *order;
    const struct fee_schedule *schedule;
};

static inline struct figure telling_money(const struct telling *telling, int64_t amount_minor)
{
    return figure_money(amount_minor, telling->page.amount_scale);
}

/* What the buyer saw: the amount and its currency. */
struct phrase telling_presented(const struct presentment *presentment);

/* What a line cost, and what that is made of. */
void explain_tell_line_cost(const struct telling *telling, uint32_t line);

/* A block per refund; nothing where there is none. */
void explain_tell_refunds(const struct telling *telling);

/* Net after refunds, cost, profit. */
void explain_tell_profit(const struct telling *telling);

/* What was settled, beside what is expected. */
void explain_tell_book(const struct telling *telling);

#endif
