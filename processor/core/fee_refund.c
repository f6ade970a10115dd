/*
 * Why running totals: what has come back so far decides what has been given back so far, and a refund gets the difference. No
 * rounding is ever added to another one.
 */
#include "core/fee_refund.h"

#include <stdlib.h>
#include <string.h>

#include "core/money.h"

__extension__ typedef __int128 wide;

/* What has come back of a line. */
struct line_state {
    int64_t units, amount_minor;
};

/* What this step of a refund brings back of a line. */
struct step {
    uint32_t line;
    int64_t amount_minor, units;
    uint32_t marks;
};

/* A charge on a line. */
struct part_state {
    int64_t fixed_minor;    /* of its fee: what only the whole order gives back */
    int64_t measure;        /* price or units that give back, of whole_measure */
    int64_t returned_minor;
};

/* An administration fee on a group of lines, at the line that leads it. */
struct group_state {
    int64_t subject_minor, charged_minor;
};

struct charge_state {
    const struct fee_charge *charge;
    const struct fee_rule *rule;
    struct part_state *parts;   /* by line */
    struct group_state *groups; /* administration fee x line count + leading line; NULL: no such fee */
    uint32_t open_lines;        /* that bear the charge and have not wholly given back */
};

struct refunding {
    const struct fee_sold_order *order;
    struct line_state *lines;
    struct charge_state *charges;
    uint32_t *leaders; /* of each line, the first line of its SKU; NULL: nobody asks */
    struct fee_refund_effect *effects;
    size_t count;
    bool completes; /* the refund at hand, the order for some charge */
    enum reason reason;
};

static void fail(struct refunding *refunding, enum reason reason)
{
    if (refunding->reason == REASON_NONE)
        refunding->reason = reason;
}

/* total x part / whole, half away from zero; 0 <= part <= whole. Of a line sold with no quantity nothing has a part. */
static int64_t share(int64_t total, int64_t part, int64_t whole)
{
    wide product = (wide)total * part, half = whole / 2;
    return whole > 0 ? (int64_t)((product + (product < 0 ? -half : half)) / whole) : 0;
}

static int64_t whole_measure(const struct refunding *refunding, uint32_t line)
{
    const struct fee_sold_line *sold = &refunding->order->lines[line];
    return sold->amount_minor > 0 ? sold->amount_minor : sold->quantity;
}

/* Whether nothing comes back but with the refund that completes the order. */
static bool waits_for_all(const struct fee_rule *rule)
{
    return rule->refund.kind == FEE_RETURNED && !rule->refund.partial_pro_rata;
}

static bool bears(const struct fee_charge *charge, uint32_t line)
{
    return charge->parts[line].amount_minor != 0 || charge->parts[line].base_minor != 0;
}

static bool is_reversed(const struct fee_refund_policy *policy, enum fee_progress progress)
{
    switch (policy->reversed_before) {
    case FEE_STAGE_SHIPPING:
        return progress == FEE_BEFORE_SHIPPING;
    case FEE_STAGE_DELIVERY:
        return progress != FEE_DELIVERED;
    case FEE_STAGE_NEVER:
        break;
    }
    return false;
}

static bool gives(const struct fee_rule *rule, const struct fee_return *refund)
{
    return rule->refund.kind == FEE_RETURNED || rule->refund.kind == FEE_PRO_RATA ||
           (rule->refund.kind == FEE_KEPT && is_reversed(&rule->refund, refund->progress));
}

/* Of the fees that this one is charged on: what they came to on that line, and what has been given back. */
static void sum_base(const struct refunding *refunding, const struct charge_state *state, uint32_t line, wide *ret_fees,
                     wide *ret_returned)
{
    *ret_fees = *ret_returned = 0;
    for (size_t c = 0; c < refunding->order->charge_count; c++) {
        const struct charge_state *other = &refunding->charges[c];
        for (uint16_t i = 0; i < state->rule->fee_count; i++) {
            if (other->rule->slot != state->rule->fees[i].slot + 1)
                continue;
            *ret_fees += state->rule->fees[i].sign * (wide)other->charge->parts[line].amount_minor;
            *ret_returned += state->rule->fees[i].sign * (wide)other->parts[line].returned_minor;
        }
    }
}

static int64_t returned_with_base(const struct refunding *refunding, const struct charge_state *state, uint32_t line)
{
    wide fees, returned;
    sum_base(refunding, state, line, &fees, &returned);
    if (fees <= 0 || fees > INT64_MAX || returned <= 0)
        return 0;
    return share(state->charge->parts[line].amount_minor, (int64_t)(returned < fees ? returned : fees), (int64_t)fees);
}

/* All that has been given back so far of a charge on a line. */
static int64_t returned_so_far(const struct refunding *refunding, const struct charge_state *state, uint32_t line)
{
    const struct part_state *part = &state->parts[line];
    int64_t fee = state->charge->parts[line].amount_minor;
    if (state->rule->refund.kind == FEE_WITH_BASE)
        return returned_with_base(refunding, state, line);
    if (waits_for_all(state->rule))
        return state->open_lines == 0 && part->measure > 0 ? fee : 0;
    return share(fee - part->fixed_minor, part->measure, whole_measure(refunding, line)) +
           (state->open_lines == 0 ? part->fixed_minor : 0);
}

const struct admin_fee *fee_admin_at(const struct fee_refund_policy *policy, int64_t at_us)
{
    for (uint32_t i = 0; i < policy->admin_count; i++)
        if (at_us >= policy->admins[i].valid_from_us && at_us < policy->admins[i].valid_to_us)
            return &policy->admins[i];
    return NULL;
}

static uint32_t leader_of(const struct refunding *refunding, enum fee_level level, uint32_t line)
{
    switch (level) {
    case FEE_PER_SKU:
        return refunding->leaders[line];
    case FEE_PER_LINE:
    case FEE_PER_ITEM:
        return line;
    case FEE_PER_ORDER:
    case FEE_LEVEL_COUNT:
        break;
    }
    return 0;
}

/* The highest fee that is not above the cap. */
static int64_t cap_of(int64_t cap_minor, int32_t from_scale, int32_t to_scale)
{
    int64_t cap;
    while (!money_rescale(cap_minor, from_scale, to_scale, &cap)) {
        if (from_scale <= to_scale)
            return -1; /* above any amount that fits */
        cap_minor /= 10;
        from_scale--;
    }
    return cap;
}

/* What is due on all that the group has been given back, less what it has been charged. */
static void charge_admin(struct refunding *refunding, struct charge_state *state, const struct fee_return *refund,
                         struct fee_refund_effect *effect)
{
    const struct fee_refund_policy *policy = &state->rule->refund;
    const struct admin_fee *admin = fee_admin_at(policy, refund->at_us);
    int64_t due = 0, cap = -1;
    bool is_buyers = refund->buyer_cancels && refund->progress == FEE_BEFORE_SHIPPING;
    if (!admin || is_reversed(policy, refund->progress) || (admin->free_for_buyer && is_buyers))
        return;
    struct group_state *group = &state->groups[(size_t)(admin - policy->admins) * refunding->order->line_count +
                                               leader_of(refunding, admin->level, effect->line)];
    if (admin->cap_minor >= 0)
        cap = cap_of(admin->cap_minor, refunding->order->schedule->amount_scale, refunding->order->amount_scale);
    if (!money_add(group->subject_minor, effect->returned_minor, &group->subject_minor) ||
        !money_rate(group->subject_minor, admin->rate_ppm, &due))
        fail(refunding, REASON_AMOUNT_OVERFLOW);
    if (cap >= 0 && due > cap)
        due = cap;
    effect->admin_minor = due - group->charged_minor;
    effect->admin_of_minor = group->subject_minor;
    group->charged_minor = due;
}

static void add_effect(struct refunding *refunding, struct charge_state *state, const struct fee_return *refund, uint32_t index,
                       const struct step *step)
{
    struct part_state *part = &state->parts[step->line];
    int64_t so_far = returned_so_far(refunding, state, step->line), returned = so_far - part->returned_minor;
    part->returned_minor = so_far;
    struct fee_refund_effect *effect = &refunding->effects[refunding->count++];
    *effect = (struct fee_refund_effect){.refund = index,
                                         .charge = (uint32_t)(state - refunding->charges),
                                         .line = step->line,
                                         .marks = step->marks,
                                         .returned_minor = returned,
                                         .kept_minor = state->charge->parts[step->line].amount_minor - so_far};
    if (state->groups)
        charge_admin(refunding, state, refund, effect);
}

static bool is_whole(const struct refunding *refunding, const struct charge_state *state, uint32_t line)
{
    return state->parts[line].measure == whole_measure(refunding, line);
}

/* Counts what the step brings of the charge's measure. */
static void count_step(const struct refunding *refunding, struct charge_state *state, const struct step *step)
{
    bool was_whole = is_whole(refunding, state, step->line);
    state->parts[step->line].measure += refunding->order->lines[step->line].amount_minor > 0 ? step->amount_minor : step->units;
    if (!was_whole && is_whole(refunding, state, step->line) && bears(state->charge, step->line))
        state->open_lines--;
}

/* Lines of other refunds, whose fixed parts come back with this one, and what is charged on those. */
static void add_others(struct refunding *refunding, struct charge_state *state, const struct fee_return *refund, uint32_t index)
{
    for (uint32_t line = 0; line < refunding->order->line_count; line++) {
        const struct step step = {.line = line};
        if (returned_so_far(refunding, state, line) != state->parts[line].returned_minor)
            add_effect(refunding, state, refund, index, &step);
    }
}

static void refund_charge(struct refunding *refunding, struct charge_state *state, const struct fee_return *refund, uint32_t index,
                          const struct step *steps)
{
    uint32_t open_lines = state->open_lines;
    for (uint32_t i = 0; i < refund->line_count && gives(state->rule, refund); i++)
        count_step(refunding, state, &steps[i]);
    for (uint32_t i = 0; i < refund->line_count; i++) {
        struct step step = steps[i];
        if (waits_for_all(state->rule) && state->open_lines > 0 && state->charge->parts[step.line].amount_minor != 0)
            step.marks |= FEE_REFUND_ASSUMED;
        add_effect(refunding, state, refund, index, &step);
    }
    refunding->completes = refunding->completes || (open_lines > 0 && state->open_lines == 0);
    if (refunding->completes)
        add_others(refunding, state, refund, index);
}

static int64_t clipped(int64_t amount, int64_t left)
{
    return amount < left ? amount : left;
}

static struct step take_line(struct refunding *refunding, const struct fee_returned_line *back)
{
    const struct fee_sold_line *sold = &refunding->order->lines[back->line];
    struct line_state *line = &refunding->lines[back->line];
    struct step step = {.line = back->line,
                        .units = clipped(back->quantity, sold->quantity - line->units),
                        .amount_minor = clipped(back->amount_minor, sold->amount_minor - line->amount_minor)};
    if (step.units < back->quantity || step.amount_minor < back->amount_minor)
        step.marks |= FEE_REFUND_ABOVE_SALE;
    line->units += step.units;
    line->amount_minor += step.amount_minor;
    return step;
}

static enum reason check_line(const struct fee_sold_order *order, const struct fee_returned_line *back)
{
    if (back->line >= order->line_count || order->lines[back->line].quantity <= 0)
        return REASON_IMPOSSIBLE_LINE;
    if (back->quantity < 0 || back->amount_minor < 0 || order->lines[back->line].amount_minor < 0)
        return REASON_IMPOSSIBLE_AMOUNT;
    return REASON_NONE;
}

static void take_refund(struct refunding *refunding, const struct fee_return *refund, uint32_t index, struct step *steps)
{
    for (uint32_t i = 0; i < refund->line_count; i++) {
        enum reason reason = check_line(refunding->order, &refund->lines[i]);
        if (reason != REASON_NONE) {
            fail(refunding, reason);
            return;
        }
        steps[i] = take_line(refunding, &refund->lines[i]);
    }
    refunding->completes = false;
    for (size_t c = 0; c < refunding->order->charge_count && refunding->reason == REASON_NONE; c++)
        refund_charge(refunding, &refunding->charges[c], refund, index, steps);
}

struct ranked_sku {
    struct text sku;
    uint32_t line;
};

static int compare_skus(const void *a, const void *b)
{
    const struct ranked_sku *left = a, *right = b;
    int order = text_compare(left->sku, right->sku);
    return order != 0 ? order : (left->line > right->line) - (left->line < right->line);
}

static void lead_skus(struct refunding *refunding, struct ranked_sku *skus)
{
    uint32_t count = refunding->order->line_count;
    for (uint32_t i = 0; i < count; i++)
        skus[i] = (struct ranked_sku){refunding->order->lines[i].sku, i};
    qsort(skus, count, sizeof *skus, compare_skus);
    for (uint32_t i = 0; i < count; i++)
        refunding->leaders[skus[i].line] = i > 0 && text_same(skus[i].sku, skus[i - 1].sku)
                                               ? refunding->leaders[skus[i - 1].line]
                                               : skus[i].line;
}

/* The fixed part of each line's fee, where the order has to come back whole for it. */
static void split_fixed(const struct refunding *refunding, struct charge_state *state, int64_t *weights, int64_t *shares,
                        uint32_t *scratch)
{
    uint32_t count = refunding->order->line_count;
    int64_t fixed = clipped(state->charge->fixed_minor, state->charge->amount_minor);
    if (!state->rule->refund.fixed_kept_on_partial || fixed <= 0)
        return;
    for (uint32_t i = 0; i < count; i++)
        weights[i] = state->charge->parts[i].amount_minor;
    money_allocate(fixed, weights, count, scratch, shares);
    for (uint32_t i = 0; i < count; i++)
        state->parts[i].fixed_minor = shares[i];
}

/* Each line of a refund, and all lines whenever a charge is complete: no more often than there are charges. */
static size_t effects_max(const struct fee_sold_order *order, const struct fee_return *refunds, size_t refund_count)
{
    size_t lines = order->line_count * order->charge_count;
    for (size_t i = 0; i < refund_count; i++)
        lines += refunds[i].line_count;
    return lines * order->charge_count;
}

static void begin_charge(struct refunding *refunding, struct charge_state *state, const struct fee_charge *charge,
                         void *(*alloc)(void *ctx, size_t size), void *alloc_ctx)
{
    const struct fee_sold_order *order = refunding->order;
    uint32_t count = order->line_count;
    const struct fee_rule *rule = &order->schedule->rules[charge->rule];
    size_t group_bytes = (size_t)rule->refund.admin_count * count * sizeof *state->groups;
    *state = (struct charge_state){.charge = charge, .rule = rule, .parts = alloc(alloc_ctx, count * sizeof *state->parts)};
    memset(state->parts, 0, count * sizeof *state->parts);
    if (group_bytes) {
        state->groups = alloc(alloc_ctx, group_bytes);
        memset(state->groups, 0, group_bytes);
    }
    for (uint32_t i = 0; i < count; i++)
        state->open_lines += bears(charge, i) && order->lines[i].quantity > 0;
}

static void begin(struct refunding *refunding, void *(*alloc)(void *ctx, size_t size), void *alloc_ctx)
{
    const struct fee_sold_order *order = refunding->order;
    uint32_t count = order->line_count;
    int64_t *weights = alloc(alloc_ctx, 2 * count * sizeof *weights);
    uint32_t *scratch = alloc(alloc_ctx, 2 * count * sizeof *scratch);
    refunding->lines = alloc(alloc_ctx, count * sizeof *refunding->lines);
    memset(refunding->lines, 0, count * sizeof *refunding->lines);
    refunding->leaders = scratch + count;
    lead_skus(refunding, alloc(alloc_ctx, count * sizeof(struct ranked_sku)));
    refunding->charges = alloc(alloc_ctx, order->charge_count * sizeof *refunding->charges);
    for (size_t c = 0; c < order->charge_count; c++) {
        begin_charge(refunding, &refunding->charges[c], &order->charges[c], alloc, alloc_ctx);
        split_fixed(refunding, &refunding->charges[c], weights, weights + count, scratch);
    }
}

enum reason fee_refund_apply(const struct fee_sold_order *order, const struct fee_return *refunds, size_t refund_count,
                             void *(*alloc)(void *ctx, size_t size), void *alloc_ctx,
                             struct fee_refund_effect **ret_effects, size_t *ret_count)
{
    struct refunding refunding = {.order = order, .reason = REASON_NONE};
    uint32_t steps_max = 0;
    for (size_t i = 0; i < refund_count; i++)
        steps_max = refunds[i].line_count > steps_max ? refunds[i].line_count : steps_max;
    struct step *steps = alloc(alloc_ctx, steps_max * sizeof *steps);
    refunding.effects = alloc(alloc_ctx, effects_max(order, refunds, refund_count) * sizeof *refunding.effects);
    begin(&refunding, alloc, alloc_ctx);
    for (size_t i = 0; i < refund_count && refunding.reason == REASON_NONE; i++)
        take_refund(&refunding, &refunds[i], (uint32_t)i, steps);
    if (refunding.reason != REASON_NONE)
        return refunding.reason;
    *ret_effects = refunding.effects;
    *ret_count = refunding.count;
    return REASON_NONE;
}
