/*
 * Everything is kept per sold line as running totals: what comes back with a refund is the share of the new total minus the share of
 * the old one. So the parts of any number of refunds add up to those of one that takes all.
 */
#include "core/refund.h"

#include <stdlib.h>
#include <string.h>

#include "core/money.h"

__extension__ typedef __int128 wide;

/* A sold line and what has come back of it so far. */
struct line_state {
    const struct sold_line *sold;
    int64_t paid_minor;  /* list - both discounts */
    int64_t sales_minor; /* list - seller discount */
    int64_t units, amount_minor, sales_back_minor;
    int64_t affiliate_minor, fees_minor;
    int64_t restocked; /* units */
    size_t effect; /* index of the one of this claim, where effect_claim is its number + 1 */
    uint32_t effect_claim;
};

struct work {
    const struct sold_order *order;
    const struct refund_terms *terms;
    struct line_state *lines; /* by line id */
    uint32_t open_lines;      /* that have sales left */
    struct refund_effect *effects;
    size_t count, first; /* first: of the claim at hand */
    bool whole;               /* all lines have given back the fees that were kept until none had sales left */
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

/* The same, rounded half away from zero. */
static int64_t share(int64_t total, int64_t part, int64_t whole)
{
    wide product = (wide)total * part, half = product < 0 ? -(wide)whole / 2 : (wide)whole / 2;
    return (int64_t)((product + half) / whole);
}

static void add(struct work *work, int64_t *sum, int64_t part)
{
    work->fits &= money_add(*sum, part, sum);
}

/* Of total, what has come back once `money` of `whole` has, or where nothing was to be paid, `units` of the line's. */
static int64_t part_back(const struct line_state *line, int64_t total, int64_t money, int64_t whole)
{
    if (whole > 0)
        return share(total, clipped(money, whole), whole);
    if (line->sold->quantity <= 0)
        return 0;
    return share(total, clipped(line->units, line->sold->quantity), line->sold->quantity);
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

static bool is_open(const struct line_state *line)
{
    return line->sales_minor > 0 && line->sales_back_minor < line->sales_minor;
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
    bool was_open = is_open(line);
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
    effect->affiliate_commission_minor =
        part_back(line, line->sold->affiliate_commission_minor, line->amount_minor, line->paid_minor) - line->affiliate_minor;
    line->affiliate_minor += effect->affiliate_commission_minor;
    if (line->units > (quantity > 0 ? quantity : 0) || line->sales_back_minor > line->sales_minor)
        effect->findings |= REFUND_ABOVE_SALE;
    work->open_lines -= was_open && !is_open(line);
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

static void return_fees(struct work *work, struct line_state *line, uint32_t claim)
{
    int64_t back = part_back(line, line->sold->fee_returnable_minor, line->sales_back_minor, line->sales_minor);
    if (back == line->fees_minor)
        return;
    struct refund_effect *effect =
        line->effect_claim == claim + 1 ? &work->effects[line->effect] : new_effect(work, claim, line);
    effect->fees_returned_minor = back - line->fees_minor;
    line->fees_minor = back;
}

static void flag_kept(struct work *work, const struct refund *refund)
{
    /* every line of the claim that the order has, has its effect by now */
    for (uint32_t i = 0; i < refund->line_count; i++) {
        const struct line_state *line = find_line(work, refund->lines[i].line_id);
        if (line && line->sold->fee_returnable_minor)
            work->effects[line->effect].findings |= REFUND_FEES_ASSUMED_KEPT;
    }
}

/* Kept until the order is whole again, fees come back for every line at once. */
static void settle_fees(struct work *work, const struct refund *refund, uint32_t claim)
{
    if (work->terms->kept_on_partial && work->open_lines) {
        flag_kept(work, refund);
        return;
    }
    if (work->terms->kept_on_partial && !work->whole) {
        work->whole = true; /* and stays so: later claims move their own lines only */
        for (uint32_t i = 0; i < work->order->line_count; i++)
            return_fees(work, &work->lines[i], claim);
        return;
    }
    for (uint32_t i = 0; i < refund->line_count; i++) {
        struct line_state *line = find_line(work, refund->lines[i].line_id);
        if (line)
            return_fees(work, line, claim);
    }
}

const struct admin_fee *refund_admin_fee_at(const struct refund_terms *terms, int64_t at_us)
{
    for (size_t i = 0; i < terms->admin_fee_count; i++)
        if (at_us >= terms->admin_fees[i].valid_from_us && at_us < terms->admin_fees[i].valid_to_us)
            return &terms->admin_fees[i];
    return NULL;
}

static int compare_line_nos(const void *a, const void *b)
{
    int32_t left = ((const struct refund_effect *)a)->line_no, right = ((const struct refund_effect *)b)->line_no;
    return (left > right) - (left < right);
}

static int compare_skus(const void *a, const void *b)
{
    const struct refund_effect *left = a, *right = b;
    if (!left->sku.ptr || !right->sku.ptr)
        return (left->sku.ptr != NULL) - (right->sku.ptr != NULL);
    int order = text_compare(left->sku, right->sku);
    return order ? order : compare_line_nos(a, b);
}

/* The lines of a SKU share its cap: each takes what the fee of all so far has grown by. */
static void charge_admin(struct work *work, const struct admin_fee *admin, int64_t cap_minor)
{
    int64_t fees = 0, charged = 0, due = 0;
    qsort(work->effects + work->first, work->count - work->first, sizeof *work->effects, compare_skus);
    for (size_t i = work->first; i < work->count; i++) {
        struct refund_effect *effect = &work->effects[i];
        if (!effect->sku.ptr)
            continue;
        if (i == work->first || !effect[-1].sku.ptr || text_compare(effect[-1].sku, effect->sku) != 0)
            fees = charged = 0;
        if (effect->fees_returned_minor <= 0)
            continue;
        fees += effect->fees_returned_minor;
        work->fits &= money_rate(fees, admin->rate_ppm, &due);
        due = cap_minor >= 0 && due > cap_minor ? cap_minor : due;
        effect->admin_fee_minor = due - charged;
        charged = due;
    }
}

static void administer(struct work *work, const struct refund_claim *claim)
{
    const struct admin_fee *admin = refund_admin_fee_at(work->terms, claim->occurred_at_us);
    if (!admin || !claim->refund->shipped_before)
        return;
    int64_t cap_minor = admin->cap_minor;
    if (cap_minor >= 0)
        work->fits &= money_rescale(admin->cap_minor, work->terms->amount_scale, work->order->amount_scale, &cap_minor);
    charge_admin(work, admin, cap_minor);
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
    effect->net_minor = net;
}

static bool is_empty(const struct refund_effect *effect)
{
    return !effect->findings && !(effect->quantity | effect->amount_minor | effect->tax_minor | effect->shipping_minor |
                                  effect->discrepancy_minor | effect->case_fee_minor | effect->fees_returned_minor |
                                  effect->affiliate_commission_minor | effect->gross_minor);
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

static void apply_lines(struct work *work, const struct refund_claim *claim, uint32_t index)
{
    const struct refund *refund = claim->refund;
    work->effects[work->first].shipping_minor = refund->shipping_refund_minor;
    work->effects[work->first].discrepancy_minor = refund->discrepancy_minor;
    for (uint32_t i = 0; i < refund->line_count; i++) {
        struct line_state *line = find_line(work, refund->lines[i].line_id);
        if (line)
            take_back(work, line, &refund->lines[i], index);
        else
            add_unknown(work, &work->effects[work->first], &refund->lines[i]);
    }
    settle_fees(work, refund, index);
    administer(work, claim);
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
        int64_t sales = sold->gross_minor - sold->seller_discount_minor;
        work->lines[i] =
            (struct line_state){.sold = sold, .sales_minor = sales, .paid_minor = sales - sold->platform_discount_minor};
        work->open_lines += is_open(&work->lines[i]);
    }
    if (order->line_count)
        qsort(work->lines, order->line_count, sizeof *work->lines, compare_states);
}

static int compare_claims(const void *a, const void *b)
{
    const struct refund_claim *left = a, *right = b;
    if (left->occurred_at_us != right->occurred_at_us)
        return left->occurred_at_us < right->occurred_at_us ? -1 : 1;
    return text_compare(left->refund->refund_id, right->refund->refund_id);
}

/* A line each, one for the rest, and once fees for every line of the order. */
static size_t effects_max(const struct sold_order *order, const struct refund_claim *claims, size_t count)
{
    size_t most = order->line_count;
    for (size_t i = 0; i < count; i++)
        most += claims[i].refund->line_count + 1;
    return most;
}

bool refunds_apply(const struct sold_order *order, const struct refund_terms *terms, struct refund_claim *claims, size_t count,
                   void *(*alloc)(void *ctx, size_t size), void *alloc_ctx, struct refund_effect **ret_effects, size_t *ret_count)
{
    struct work work = {.order = order, .terms = terms, .fits = true};
    work.lines = alloc(alloc_ctx, (order->line_count + 1) * sizeof *work.lines);
    work.effects = alloc(alloc_ctx, (effects_max(order, claims, count) + 1) * sizeof *work.effects);
    start_lines(&work);
    if (count)
        qsort(claims, count, sizeof *claims, compare_claims);
    for (size_t i = 0; i < count; i++)
        apply_claim(&work, &claims[i], (uint32_t)i);
    *ret_effects = work.effects;
    *ret_count = work.count;
    return work.fits;
}
