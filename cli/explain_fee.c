#include "cli/explain_fee.h"

#include <string.h>

#include "core/fee_when.h"
#include "core/money.h"

/* One charge at work. */
struct parting {
    const struct fee_schedule *schedule;
    const struct event *event;
    const struct order *order;
    const struct fee_trace *trace;
    const struct fee_charge *charge;
    const struct fee_rule *rule;
    struct arena *arena;
    struct explain_fee *fee;
    int64_t tier_minor, fixed_minor, cap_minor; /* of the rule, at the event's scale */
    bool fits;
};

static bool is_allowed(const struct parting *parting, uint32_t line)
{
    const struct fee_when *when = parting->rule->when;
    return !when || fee_texts_allow(&when->categories, parting->order->lines[line].category);
}

static void add(struct parting *parting, int64_t *sum, int64_t amount)
{
    parting->fits &= money_add(*sum, amount, sum);
}

static void add_term(struct parting *parting, const char *name, int sign, int64_t amount_minor)
{
    parting->fits &= parting->fee->term_count < EXPLAIN_TERMS_MAX;
    if (parting->fits)
        parting->fee->terms[parting->fee->term_count++] = (struct explain_term){name, sign, amount_minor};
}

static int64_t line_amount(const struct order_line *line, enum fee_component component)
{
    switch (component) {
    case COMPONENT_LIST:
        return line->unit_list_minor * line->quantity; /* fits: order_fact_make has seen it */
    case COMPONENT_SELLER_DISCOUNT:
        return line->seller_discount_minor;
    case COMPONENT_PLATFORM_DISCOUNT:
        return line->platform_discount_minor;
    case COMPONENT_TAX:
        return line->tax_minor;
    case COMPONENT_SHIPPING_PAID:
    case COMPONENT_CUSTOMER_TOTAL:
    case COMPONENT_BUYER_FEES:
    case COMPONENT_PAYMENT_PLATFORM_DISCOUNT:
    case COMPONENT_COUNT:
        break;
    }
    return 0;
}

static int64_t order_amount(const struct order *order, enum fee_component component)
{
    switch (component) {
    case COMPONENT_SHIPPING_PAID:
        return order->shipping_paid_minor;
    case COMPONENT_CUSTOMER_TOTAL:
        return order->customer_total_minor;
    case COMPONENT_BUYER_FEES:
        return order->buyer_fees_minor;
    case COMPONENT_PAYMENT_PLATFORM_DISCOUNT:
        return order->payment_platform_discount_minor;
    case COMPONENT_LIST:
    case COMPONENT_SELLER_DISCOUNT:
    case COMPONENT_PLATFORM_DISCOUNT:
    case COMPONENT_TAX:
    case COMPONENT_COUNT:
        break;
    }
    return 0;
}

static void take_line_terms(struct parting *parting)
{
    for (int component = 0; component < COMPONENT_SHIPPING_PAID; component++) {
        int64_t sum = 0;
        if (!parting->rule->base[component])
            continue;
        for (uint32_t i = 0; i < parting->order->line_count; i++)
            if (is_allowed(parting, i))
                add(parting, &sum, line_amount(&parting->order->lines[i], (enum fee_component)component));
        add_term(parting, fee_component_name((enum fee_component)component), parting->rule->base[component], sum);
    }
}

static void take_fee_terms(struct parting *parting)
{
    for (uint16_t i = 0; i < parting->rule->fee_count; i++) {
        const struct fee_term *term = &parting->rule->fees[i];
        int64_t sum = 0;
        for (const struct fee_charge *charge = parting->trace->charges; charge < parting->charge; charge++)
            for (uint32_t line = 0; line < parting->order->line_count; line++)
                if (parting->schedule->rules[charge->rule].slot == term->slot + 1 && is_allowed(parting, line))
                    add(parting, &sum, charge->parts[line].amount_minor);
        add_term(parting, parting->schedule->slot_names[term->slot], term->sign, sum);
    }
}

static int64_t sum_of_terms(struct parting *parting)
{
    int64_t sum = 0;
    for (size_t i = 0; i < parting->fee->term_count; i++)
        add(parting, &sum, parting->fee->terms[i].sign * parting->fee->terms[i].amount_minor);
    return sum;
}

/* What lines of other categories have of the order's money is no part of the base: the rest of it is what these lines have. */
static void take_order_terms(struct parting *parting)
{
    const int8_t *base = parting->rule->base;
    bool all = !parting->rule->when || !parting->rule->when->categories.count;
    int count = 0, last = 0;
    for (int component = COMPONENT_SHIPPING_PAID; component < COMPONENT_COUNT; component++) {
        if (!base[component])
            continue;
        if (all)
            add_term(parting, fee_component_name((enum fee_component)component), base[component],
                     order_amount(parting->order, (enum fee_component)component));
        last = component;
        count++;
    }
    if (all || !count)
        return;
    int64_t rest = parting->charge->base_minor - sum_of_terms(parting);
    if (count == 1)
        add_term(parting, fee_component_name((enum fee_component)last), base[last], base[last] * rest);
    else
        add_term(parting, "order_level_share", 1, rest);
}

static bool resolve(struct parting *parting)
{
    const struct fee_rule *rule = parting->rule;
    int32_t from = parting->schedule->amount_scale, to = parting->event->amount_scale;
    parting->cap_minor = -1;
    return money_rescale(rule->fixed_minor, from, to, &parting->fixed_minor) &&
           money_rescale(rule->tier_above_minor, from, to, &parting->tier_minor) &&
           (rule->cap_minor < 0 || money_rescale(rule->cap_minor, from, to, &parting->cap_minor));
}

static bool is_above(int64_t amount, int64_t edge, bool negative)
{
    return negative ? amount < edge : amount > edge;
}

static bool take_rates(const struct parting *parting, int64_t edge_minor, struct explain_step *step)
{
    int64_t base = step->base_minor, edge = base < 0 ? -edge_minor : edge_minor, below, above;
    if (edge == 0 || !is_above(base, edge, base < 0))
        return money_rate(base, parting->charge->rate_ppm, &step->rounded_minor);
    step->tier_minor = base - edge;
    return money_rate(edge, parting->charge->rate_ppm, &below) &&
           money_rate(step->tier_minor, parting->rule->tier_rate_ppm, &above) && money_add(below, above, &step->rounded_minor);
}

/* units multiply what counts per item; 1 elsewhere. */
static bool derive(const struct parting *parting, int64_t units, struct explain_step *step)
{
    int64_t edge, fee;
    if (!money_multiply(parting->tier_minor, units, &edge) || !take_rates(parting, edge, step) ||
        !money_multiply(parting->fixed_minor, units, &step->fixed_minor))
        return false;
    step->cap_minor = -1;
    if (parting->cap_minor >= 0 && !money_multiply(parting->cap_minor, units, &step->cap_minor))
        return false;
    if (step->base_minor <= 0)
        step->fixed_minor = 0;
    if (!money_add(step->rounded_minor, step->fixed_minor, &fee))
        return false;
    step->capped = step->cap_minor >= 0 && (fee > step->cap_minor || fee < -step->cap_minor);
    if (step->capped)
        fee = fee < 0 ? -step->cap_minor : step->cap_minor;
    return fee == step->amount_minor;
}

static void add_step(struct parting *parting, const uint32_t *lines, uint32_t count, int64_t units)
{
    struct explain_step *step = &parting->fee->steps[parting->fee->step_count++];
    *step = (struct explain_step){.lines = lines, .line_count = count};
    for (uint32_t i = 0; i < count; i++) {
        add(parting, &step->base_minor, parting->charge->parts[lines[i]].base_minor);
        add(parting, &step->amount_minor, parting->charge->parts[lines[i]].amount_minor);
    }
    parting->fits &= derive(parting, units, step);
}

static bool same_sku(const struct order_line *a, const struct order_line *b)
{
    return a->platform_sku.len == b->platform_sku.len && memcmp(a->platform_sku.ptr, b->platform_sku.ptr, a->platform_sku.len) == 0;
}

/* Lines of one SKU together, each SKU where its first line stands. Quadratic in the SKUs of one order that is looked at by a person. */
static void add_sku_steps(struct parting *parting, uint32_t *lines)
{
    const struct order *order = parting->order;
    uint32_t count = order->line_count, done = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t first = done, seen = 0;
        for (uint32_t j = 0; j < i && !seen; j++)
            seen = same_sku(&order->lines[i], &order->lines[j]);
        for (uint32_t j = i; j < count && !seen; j++)
            if (same_sku(&order->lines[i], &order->lines[j]))
                lines[done++] = j;
        if (done > first)
            add_step(parting, lines + first, done - first, 1);
    }
}

static void take_steps(struct parting *parting)
{
    uint32_t count = parting->order->line_count;
    uint32_t *lines = arena_alloc(parting->arena, count * sizeof *lines);
    parting->fee->steps = arena_alloc(parting->arena, count * sizeof *parting->fee->steps);
    for (uint32_t i = 0; i < count; i++)
        lines[i] = i;
    switch (parting->rule->level) {
    case FEE_PER_LINE:
    case FEE_PER_ITEM:
        for (uint32_t i = 0; i < count; i++) {
            int64_t quantity = parting->order->lines[i].quantity, units = quantity < 0 ? -quantity : quantity;
            if (is_allowed(parting, i))
                add_step(parting, lines + i, 1, parting->rule->level == FEE_PER_ITEM ? units : 1);
        }
        return;
    case FEE_PER_SKU:
        add_sku_steps(parting, lines);
        return;
    case FEE_PER_ORDER:
    case FEE_LEVEL_COUNT:
        add_step(parting, lines, count, 1);
    }
}

static bool adds_up(struct parting *parting)
{
    int64_t amount = 0;
    for (uint32_t i = 0; i < parting->fee->step_count; i++)
        add(parting, &amount, parting->fee->steps[i].amount_minor);
    return sum_of_terms(parting) == parting->charge->base_minor &&
           ((parting->charge->marks & FEE_ACTUAL) || amount == parting->charge->amount_minor) && parting->fits;
}

void explain_fee_make(const struct fee_schedule *schedule, const struct event *event, const struct fee_trace *trace, size_t index,
                      struct arena *arena, struct explain_fee *ret_fee)
{
    const struct fee_charge *charge = &trace->charges[index];
    struct parting parting = {.schedule = schedule, .event = event, .order = &event->order, .trace = trace, .charge = charge,
                              .rule = &schedule->rules[charge->rule], .arena = arena, .fee = ret_fee};
    *ret_fee = (struct explain_fee){.rule = parting.rule, .charge = charge};
    parting.fits = resolve(&parting);
    take_line_terms(&parting);
    take_fee_terms(&parting);
    take_order_terms(&parting);
    if (!(charge->marks & FEE_ACTUAL))
        take_steps(&parting);
    ret_fee->whole = adds_up(&parting);
}
