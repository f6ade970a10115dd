/*
 * Why this exists: a figure that cannot be taken apart is not believed. The order goes through order_fact_make again, with a trace; what
 * the trace does not say (which part of the fee is rate, fixed part or cap) is derived here from the rule, and held against the trace,
 * so that an explanation never shows a sum that is not the one that was charged.
 */
#include "cli/explain.h"

#include <inttypes.h>
#include <string.h>

#include "cli/explain_book.h"
#include "cli/explain_fee.h"
#include "cli/explain_finding.h"
#include "cli/explain_refund.h"
#include "core/money.h"

static void *in_arena(void *ctx, size_t size)
{
    return arena_alloc(ctx, size);
}

static void compare_line(struct explain_finding *finding, const struct line_fact *stored, const struct line_fact *made)
{
    finding->where = explain_text_in(finding->arena, "line %" PRId32, stored->line_no);
    explain_compare(finding, "line_no", stored->line_no, made->line_no);
    explain_compare(finding, "quantity", stored->quantity, made->quantity);
    explain_compare(finding, "gross_minor", stored->gross_minor, made->gross_minor);
    explain_compare(finding, "shipping_share_minor", stored->shipping_share_minor, made->shipping_share_minor);
    explain_compare(finding, "platform_fee_minor", stored->platform_fee_minor, made->platform_fee_minor);
    explain_compare(finding, "payment_fee_minor", stored->payment_fee_minor, made->payment_fee_minor);
    explain_compare(finding, "affiliate_commission_minor", stored->affiliate_commission_minor, made->affiliate_commission_minor);
    explain_compare(finding, "other_fees_minor", stored->other_fees_minor, made->other_fees_minor);
    explain_compare(finding, "fee_returnable_minor", stored->fee_returnable_minor, made->fee_returnable_minor);
    explain_compare(finding, "net_minor", stored->net_minor, made->net_minor);
}

static void compare_order(struct explain_finding *finding)
{
    const struct explanation *explanation = finding->explanation;
    const struct loaded_order *loaded = explanation->loaded;
    const struct order_fact *stored = &loaded->stored.fact, *made = &explanation->made;
    finding->where = "order";
    if (explanation->reason == REASON_NONE) {
        explain_compare(finding, "day", stored->day, made->day);
        explain_compare_flags(finding, "booked", stored->booked, made->booked);
        for (uint32_t i = 0; i < made->line_count; i++) {
            compare_line(finding, &stored->lines[i], &made->lines[i]);
            explain_compare_maybe(finding, "cost_minor", loaded->costs_minor[i], loaded->catalog_costs_minor[i]);
        }
    } else {
        explain_differs(finding, "row", "accepted", reason_name(explanation->reason));
    }
    for (size_t i = 0; i < explanation->fee_count; i++) {
        finding->where = explain_text_in(finding->arena, "fee %s", explanation->fees[i].rule->name);
        if (!explanation->fees[i].whole)
            explain_differs(finding, "steps", "its parts do not make it: a bug of this program", NULL);
    }
    finding->where = "order";
    if (!loaded->lines_intact)
        explain_differs(finding, "lines_hash", "the lines are not those that were written", NULL);
    if (!loaded->row_intact)
        explain_differs(finding, "row_hash", "the row is not the one that was written", NULL);
}

static void compute(struct explanation *explanation, struct arena *arena)
{
    struct facts facts = {.alloc = in_arena, .alloc_ctx = arena};
    const struct origin origin = {0};
    struct fee_trace *trace = &explanation->trace;
    explanation->reason =
        order_fact_make(&explanation->event, &explanation->shop, origin, &facts, trace, &explanation->made);
    if (explanation->reason != REASON_NONE)
        return;
    *trace = (struct fee_trace){.charge_room = trace->missed, .part_room = trace->missed * explanation->made.line_count};
    trace->charges = arena_alloc(arena, trace->charge_room * sizeof *trace->charges);
    trace->parts = arena_alloc(arena, trace->part_room * sizeof *trace->parts);
    explanation->reason =
        order_fact_make(&explanation->event, &explanation->shop, origin, &facts, trace, &explanation->made);
}

/* Of figures that order_fact_make has bounded: each net by 4 x AMOUNT_MAX_MINOR, which 2,000 lines of do not overflow. */
static bool add_up(struct explanation *explanation)
{
    struct explain_sums *sums = &explanation->sums;
    const struct order_fact *made = &explanation->made;
    bool fits = true;
    for (uint32_t i = 0; i < made->line_count; i++) {
        const struct line_fact *line = &made->lines[i];
        int64_t cost = explanation->loaded->costs_minor[i];
        fits &= money_add(sums->gross_minor, line->gross_minor, &sums->gross_minor);
        fits &= money_add(sums->seller_discount_minor, line->seller_discount_minor, &sums->seller_discount_minor);
        fits &= money_add(sums->platform_discount_minor, line->platform_discount_minor, &sums->platform_discount_minor);
        fits &= money_add(sums->net_minor, line->net_minor, &sums->net_minor);
        if (cost == EVENT_ABSENT || sums->cost_minor == EVENT_ABSENT)
            sums->cost_minor = EVENT_ABSENT;
        else
            fits &= money_add(sums->cost_minor, cost, &sums->cost_minor);
    }
    return fits;
}

static void take_apart(struct explanation *explanation, struct arena *arena)
{
    const struct fee_trace *trace = &explanation->trace;
    explanation->fee_count = trace->charge_count;
    explanation->fees = arena_alloc(arena, trace->charge_count * sizeof *explanation->fees);
    for (size_t i = 0; i < trace->charge_count; i++)
        explain_fee_make(explanation->shop.policy->fees, &explanation->event, trace, i, arena, &explanation->fees[i]);
}

static bool is_same_set(const struct order_fact *stored, const struct shop_policy *policy)
{
    return strcmp(stored->rule_set, policy->fees->name) == 0;
}

static bool take_restocked(struct explanation *explanation)
{
    bool fits = true;
    for (size_t i = 0; i < explanation->refund_count; i++)
        for (size_t n = 0; n < explanation->refunds[i].effect_count; n++) {
            int64_t cost = explanation->refunds[i].effects[n].cost_minor;
            if (cost == EVENT_ABSENT || explanation->restocked_minor == EVENT_ABSENT)
                explanation->restocked_minor = EVENT_ABSENT;
            else
                fits &= money_add(explanation->restocked_minor, cost, &explanation->restocked_minor);
        }
    return fits;
}

static bool take_profit(struct explanation *explanation)
{
    explanation->after_cost_minor = explanation->profit_minor = EVENT_ABSENT;
    if (!take_restocked(explanation))
        return false;
    if (explanation->sums.cost_minor == EVENT_ABSENT || explanation->restocked_minor == EVENT_ABSENT)
        return true;
    return money_subtract(explanation->net_after_minor, explanation->sums.cost_minor, &explanation->after_cost_minor) &&
           money_add(explanation->after_cost_minor, explanation->restocked_minor, &explanation->profit_minor);
}

void explain_make(const struct loaded_order *loaded, const struct shop_policy *policy, struct arena *arena,
                  struct explanation *ret)
{
    *ret = (struct explanation){.loaded = loaded,
                                .shop = loaded->stored.shop,
                                .event = loaded->stored.event,
                                .same_rules = is_same_set(&loaded->stored.fact, policy)};
    ret->shop.policy = policy;
    ret->differences = arena_alloc(arena, EXPLAIN_DIFFERENCES_MAX * sizeof *ret->differences);
    compute(ret, arena);
    if (ret->reason == REASON_NONE && !add_up(ret))
        ret->reason = REASON_AMOUNT_OVERFLOW;
    if (ret->reason == REASON_NONE)
        take_apart(ret, arena);
    if (ret->reason == REASON_NONE && !(explain_refunds_make(ret, arena) && take_profit(ret)))
        ret->reason = REASON_AMOUNT_OVERFLOW;
    if (ret->reason == REASON_NONE)
        explain_book_make(ret);
    struct explain_finding finding = {.explanation = ret, .arena = arena};
    compare_order(&finding);
    explain_refunds_compare(&finding);
    explain_settlements_compare(&finding);
}
