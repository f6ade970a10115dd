/*
 * Everything is kept per sold line as running totals: what comes back with a refund is the share of the new total minus the share of
 * the old one. So the parts of any number of refunds add up to those of one that takes all.
 */
#include "core/refund.h"

#include <stdlib.h>
#include <string.h>

#include "core/money.h"
#include "core/order_fact.h"

__extension__ typedef __int128 wide;

/* A sold line and what has come back of it so far. */
struct line_state {
    const struct sold_line *sold;
    int64_t sales_minor; /* list - seller discount */
    int64_t units, amount_minor, sales_back_minor;
    int64_t affiliate_minor, fees_minor; /* come back by the charges */
    int64_t restocked; /* units */
    size_t effect; /* index of the one of this claim, where effect_claim is its number + 1 */
    uint32_t effect_claim;
};

struct work {
    const struct sold_order *order;
    struct line_state *lines;   /* by line id */
    struct line_state **ranked; /* by the index of the order's lines */
    struct refund_effect *effects;
    size_t count, first; /* first: of the claim at hand */
    struct fee_refund_effect *fees;
    size_t fee_count, fee_at; /* fee_at: the first one that no claim has had yet */
    bool fits;
};

static int64_t clipped(int64_t part, int64_t whole)
{
    return part < 0 ? 0 : part > whole ? whole : part;
}

/* total x part / whole, rounded towards zero; whole > 0, 0 <= part <= whole. */
static int64_t share_down(int64_t total, int64_t part, int64_t whole)
{
    return (int64_t)((wide)total * part / whole);
}

static void add(struct work *work, int64_t *sum, int64_t part)
{
    work->fits &= money_add(*sum, part, sum);
}

static int64_t units_back(const struct line_state *line, int64_t total_minor, int64_t units)
{
    return line->sold->quantity > 0 ? share_down(total_minor, clipped(units, line->sold->quantity), line->sold->quantity) : 0;
}

static struct refund_effect *new_effect(struct work *work, uint32_t claim, struct line_state *line)
{
    struct refund_effect *effect = &work->effects[work->count];
    *effect = (struct refund_effect){.claim = claim, .line_no = line->sold->line_no, .sku = line->sold->sku};
    line->effect = work->count++;
    line->effect_claim = claim + 1;
    return effect;
}

/* What discounts do, for the units that can be sold again. */
static int64_t cost_back(struct work *work, struct line_state *line, const struct refund_line *back)
{
    int64_t before = line->restocked, cost = line->sold->cost_minor;
    if (!back->restocked || !back->quantity)
        return 0;
    add(work, &line->restocked, back->quantity);
    return cost == EVENT_ABSENT ? EVENT_ABSENT : units_back(line, cost, line->restocked) - units_back(line, cost, before);
}

static void take_back(struct work *work, struct line_state *line, const struct refund_line *back, uint32_t claim)
{
    struct refund_effect *effect = new_effect(work, claim, line);
    int64_t units = line->units, quantity = line->sold->quantity;
    effect->quantity = back->quantity;
    effect->amount_minor = back->amount_minor;
    effect->tax_minor = back->tax_minor;
    effect->restocked = back->restocked;
    add(work, &line->units, back->quantity);
    effect->cost_minor = cost_back(work, line, back);
    effect->seller_discount_minor = units_back(line, line->sold->seller_discount_minor, line->units) -
                                    units_back(line, line->sold->seller_discount_minor, units);
    effect->platform_discount_minor = units_back(line, line->sold->platform_discount_minor, line->units) -
                                      units_back(line, line->sold->platform_discount_minor, units);
    effect->gross_minor = back->amount_minor + effect->seller_discount_minor + effect->platform_discount_minor;
    add(work, &line->amount_minor, back->amount_minor);
    add(work, &line->sales_back_minor, effect->gross_minor - effect->seller_discount_minor);
    if (line->units > (quantity > 0 ? quantity : 0) || line->sales_back_minor > line->sales_minor)
        effect->findings |= REFUND_ABOVE_SALE;
}

static struct line_state *find_line(const struct work *work, struct text line_id)
{
    uint32_t low = 0, high = work->order->line_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        int order = text_compare(work->lines[middle].sold->line_id, line_id);
        if (order == 0)
            return &work->lines[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

static void add_unknown(struct work *work, struct refund_effect *rest, const struct refund_line *back)
{
    add(work, &rest->quantity, back->quantity);
    add(work, &rest->gross_minor, back->amount_minor);
    add(work, &rest->amount_minor, back->amount_minor);
    add(work, &rest->tax_minor, back->tax_minor);
    rest->findings |= REFUND_UNKNOWN_LINE;
}

static int compare_line_nos(const void *a, const void *b)
{
    int32_t left = ((const struct refund_effect *)a)->line_no, right = ((const struct refund_effect *)b)->line_no;
    return (left > right) - (left < right);
}

/* What the order was not charged does not come back. */
static int64_t bounded(const struct work *work, int64_t back_minor, int64_t charged_minor)
{
    if (!work->order->other_rules)
        return back_minor;
    return charged_minor < 0 ? -clipped(-back_minor, -charged_minor) : clipped(back_minor, charged_minor);
}

static void grow(struct work *work, int64_t *back_minor, int64_t by_minor, int64_t charged_minor, int64_t *ret_effect)
{
    int64_t before = bounded(work, *back_minor, charged_minor);
    add(work, back_minor, by_minor);
    add(work, ret_effect, bounded(work, *back_minor, charged_minor) - before);
}

static void take_fee(struct work *work, const struct fee_refund_effect *fee, uint32_t claim)
{
    struct line_state *line = work->ranked[fee->line];
    bool is_assumed = fee->marks & FEE_REFUND_ASSUMED;
    if (!fee->returned_minor && !fee->admin_minor && !is_assumed)
        return;
    struct refund_effect *effect =
        line->effect_claim == claim + 1 ? &work->effects[line->effect] : new_effect(work, claim, line);
    if (work->order->charges[fee->charge].class == FEE_AFFILIATE)
        grow(work, &line->affiliate_minor, fee->returned_minor, line->sold->affiliate_commission_minor,
             &effect->affiliate_commission_minor);
    else
        grow(work, &line->fees_minor, fee->returned_minor, line->sold->fees_minor, &effect->fees_returned_minor);
    add(work, &effect->admin_fee_minor, fee->admin_minor);
    effect->findings |= is_assumed ? REFUND_FEES_ASSUMED_KEPT : 0;
    effect->findings |= work->order->other_rules ? REFUND_OTHER_RULES : 0;
}

static void take_fees(struct work *work, uint32_t claim)
{
    for (; work->fee_at < work->fee_count && work->fees[work->fee_at].refund == claim; work->fee_at++)
        take_fee(work, &work->fees[work->fee_at], claim);
}

static void net_up(struct work *work, struct refund_effect *effect)
{
    int64_t net = effect->gross_minor;
    add(work, &net, -effect->seller_discount_minor);
    add(work, &net, -effect->affiliate_commission_minor);
    add(work, &net, -effect->fees_returned_minor);
    add(work, &net, effect->admin_fee_minor);
    add(work, &net, effect->case_fee_minor);
    add(work, &net, effect->discrepancy_minor);
    add(work, &net, effect->fx_minor);
    effect->net_minor = net;
}

static bool is_empty(const struct refund_effect *effect)
{
    return !effect->findings && !(effect->quantity | effect->amount_minor | effect->tax_minor | effect->shipping_minor |
                                  effect->discrepancy_minor | effect->case_fee_minor | effect->fees_returned_minor |
                                  effect->affiliate_commission_minor | effect->gross_minor | effect->fx_minor);
}

static void end_claim(struct work *work)
{
    size_t kept = work->first;
    qsort(work->effects + work->first, work->count - work->first, sizeof *work->effects, compare_line_nos);
    for (size_t i = work->first; i < work->count; i++) {
        net_up(work, &work->effects[i]);
        if (!is_empty(&work->effects[i]))
            work->effects[kept++] = work->effects[i];
    }
    work->count = kept;
}

/* What it was sold for then, and what it is given back for now; refund_fact_make has seen that the latter is an amount. */
static void exchange(const struct work *work, const struct presentment *back, struct refund_effect *rest)
{
    const struct presentment *sold = &work->order->presentment;
    int32_t scale = work->order->amount_scale;
    int64_t then, now;
    if (!back->currency.ptr)
        return;
    if (sold->currency.ptr && text_compare(sold->currency, back->currency) == 0 &&
        money_convert(back->total_minor, back->amount_scale, sold->rate_ppb, scale, &then) &&
        money_convert(back->total_minor, back->amount_scale, back->rate_ppb, scale, &now) && then <= AMOUNT_MAX_MINOR)
        rest->fx_minor = now - then;
    else
        rest->findings |= REFUND_OTHER_PRESENTMENT;
}

static void apply_lines(struct work *work, const struct refund_claim *claim, uint32_t index)
{
    const struct refund *refund = claim->refund;
    work->effects[work->first].shipping_minor = refund->shipping_refund_minor;
    work->effects[work->first].discrepancy_minor = refund->discrepancy_minor;
    exchange(work, &refund->presentment, &work->effects[work->first]);
    for (uint32_t i = 0; i < refund->line_count; i++) {
        struct line_state *line = find_line(work, refund->lines[i].line_id);
        if (line)
            take_back(work, line, &refund->lines[i], index);
        else
            add_unknown(work, &work->effects[work->first], &refund->lines[i]);
    }
    take_fees(work, index);
}

static bool same_currency(const struct sold_order *order, const struct refund_claim *claim)
{
    return order->amount_scale == claim->amount_scale && text_compare(order->currency, claim->currency) == 0;
}

static void apply_claim(struct work *work, const struct refund_claim *claim, uint32_t index)
{
    work->first = work->count;
    struct refund_effect *rest = &work->effects[work->count++];
    *rest = (struct refund_effect){.claim = index};
    if (!same_currency(work->order, claim)) {
        rest->findings |= REFUND_WRONG_CURRENCY;
        return;
    }
    if (claim->refund->case_fee_minor != EVENT_ABSENT)
        rest->case_fee_minor = claim->refund->case_fee_minor;
    if (!claim->refund->voided)
        apply_lines(work, claim, index);
    end_claim(work);
}

static int compare_states(const void *a, const void *b)
{
    return text_compare(((const struct line_state *)a)->sold->line_id, ((const struct line_state *)b)->sold->line_id);
}

static void start_lines(struct work *work)
{
    const struct sold_order *order = work->order;
    for (uint32_t i = 0; i < order->line_count; i++) {
        const struct sold_line *sold = &order->lines[i];
        work->lines[i] = (struct line_state){.sold = sold, .sales_minor = sold->gross_minor - sold->seller_discount_minor};
    }
    if (order->line_count)
        qsort(work->lines, order->line_count, sizeof *work->lines, compare_states);
    for (uint32_t i = 0; i < order->line_count; i++)
        work->ranked[work->lines[i].sold - order->lines] = &work->lines[i];
}

static int compare_claims(const void *a, const void *b)
{
    const struct refund_claim *left = a, *right = b;
    if (left->occurred_at_us != right->occurred_at_us)
        return left->occurred_at_us < right->occurred_at_us ? -1 : 1;
    return text_compare(left->refund->refund_id, right->refund->refund_id);
}

static struct fee_sold_line *fee_lines(const struct sold_order *order, void *(*alloc)(void *ctx, size_t size), void *alloc_ctx)
{
    struct fee_sold_line *lines = alloc(alloc_ctx, (order->line_count + 1) * sizeof *lines);
    for (uint32_t i = 0; i < order->line_count; i++) {
        const struct sold_line *sold = &order->lines[i];
        int64_t price = sold->gross_minor - sold->seller_discount_minor - sold->platform_discount_minor;
        lines[i] = (struct fee_sold_line){sold->sku, sold->quantity, price > 0 ? price : 0};
    }
    return lines;
}

static enum fee_progress progress_of(const struct sold_order *order, const struct refund_claim *claim)
{
    if (!claim->refund->shipped_before)
        return FEE_BEFORE_SHIPPING;
    if (order->delivered_at_us != EVENT_ABSENT)
        return claim->occurred_at_us < order->delivered_at_us ? FEE_BEFORE_DELIVERY : FEE_DELIVERED;
    return order->is_delivered ? FEE_DELIVERED : FEE_BEFORE_DELIVERY;
}

/* Lines that the order does not have, or that nobody bought, have no fees to give back. */
static uint32_t fee_lines_back(const struct work *work, const struct refund *refund, struct fee_returned_line *lines)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < refund->line_count; i++) {
        const struct line_state *line = find_line(work, refund->lines[i].line_id);
        if (line && line->sold->quantity > 0)
            lines[count++] = (struct fee_returned_line){(uint32_t)(line->sold - work->order->lines), refund->lines[i].quantity,
                                                        refund->lines[i].amount_minor};
    }
    return count;
}

static struct fee_return *fee_returns(const struct work *work, const struct refund_claim *claims, size_t count,
                                      struct fee_returned_line *lines, struct fee_return *returns)
{
    static const struct text buyer = {"BUYER", 5};
    for (size_t i = 0; i < count; i++) {
        const struct refund *refund = claims[i].refund;
        bool counts = !refund->voided && same_currency(work->order, &claims[i]);
        returns[i] = (struct fee_return){.at_us = claims[i].occurred_at_us,
                                         .progress = progress_of(work->order, &claims[i]),
                                         .buyer_cancels = text_same(refund->initiator, buyer),
                                         .lines = lines,
                                         .line_count = counts ? fee_lines_back(work, refund, lines) : 0};
        lines += returns[i].line_count;
    }
    return returns;
}

static size_t lines_back(const struct refund_claim *claims, size_t count)
{
    size_t lines = 0;
    for (size_t i = 0; i < count; i++)
        lines += claims[i].refund->line_count;
    return lines;
}

static void refund_fees(struct work *work, const struct refund_claim *claims, size_t count,
                        void *(*alloc)(void *ctx, size_t size), void *alloc_ctx)
{
    const struct sold_order *order = work->order;
    const struct fee_sold_order sold = {order->schedule, order->charges, order->charge_count, fee_lines(order, alloc, alloc_ctx),
                                        order->line_count, order->amount_scale};
    struct fee_returned_line *lines = alloc(alloc_ctx, (lines_back(claims, count) + 1) * sizeof *lines);
    struct fee_return *returns = alloc(alloc_ctx, (count + 1) * sizeof *returns);
    fee_returns(work, claims, count, lines, returns);
    work->fits &= fee_refund_apply(&sold, returns, count, alloc, alloc_ctx, &work->fees, &work->fee_count) == REASON_NONE;
}

/* A line each, one for the rest, and those of other lines when a charge is complete. */
static size_t effects_max(const struct work *work, const struct refund_claim *claims, size_t count)
{
    return lines_back(claims, count) + count + work->fee_count;
}

bool refunds_apply(const struct sold_order *order, struct refund_claim *claims, size_t count,
                   void *(*alloc)(void *ctx, size_t size), void *alloc_ctx, struct refund_effects *ret_effects)
{
    struct work work = {.order = order, .fits = true};
    work.lines = alloc(alloc_ctx, (order->line_count + 1) * sizeof *work.lines);
    work.ranked = alloc(alloc_ctx, (order->line_count + 1) * sizeof(struct line_state *));
    start_lines(&work);
    if (count)
        qsort(claims, count, sizeof *claims, compare_claims);
    if (order->charge_count)
        refund_fees(&work, claims, count, alloc, alloc_ctx);
    work.effects = alloc(alloc_ctx, (effects_max(&work, claims, count) + 1) * sizeof *work.effects);
    for (size_t i = 0; i < count; i++)
        apply_claim(&work, &claims[i], (uint32_t)i);
    *ret_effects = (struct refund_effects){work.effects, work.count, work.fees, work.fee_count};
    return work.fits;
}
