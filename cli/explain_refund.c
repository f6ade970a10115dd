#include "cli/explain_refund.h"

#include <string.h>

#include "core/money.h"

static void *in_arena(void *ctx, size_t size)
{
    return arena_alloc(ctx, size);
}

/* The stream's own judgement of the refund. It sorts the lines: they are copied. */
static void make_refund(const struct explanation *explanation, const struct loaded_refund *loaded, struct arena *arena,
                        struct explain_refund *ret)
{
    const struct refund_fact *fact = &loaded->stored.fact;
    const struct refund *refund = &loaded->stored.refund;
    *ret = (struct explain_refund){.refund = loaded};
    ret->event = (struct event){.kind = EVENT_REFUND,
                                .event_id = fact->event_id,
                                .shop_id = explanation->shop.id,
                                .currency = fact->currency,
                                .amount_scale = fact->amount_scale,
                                .revision = fact->revision,
                                .occurred_at_us = fact->occurred_at_us,
                                .content_hash = fact->content_hash,
                                .refund = *refund};
    if (refund->line_count)
        ret->event.refund.lines = arena_copy(arena, refund->lines, refund->line_count * sizeof *refund->lines);
    ret->reason = refund_fact_make(&ret->event, &explanation->shop, (struct origin){0}, &ret->made);
}

static size_t claims_of(const struct explanation *explanation, struct refund_claim *claims)
{
    size_t count = 0;
    for (size_t i = 0; i < explanation->refund_count; i++) {
        const struct explain_refund *refund = &explanation->refunds[i];
        if (refund->reason == REASON_NONE)
            claims[count++] = (struct refund_claim){refund->made.refund, refund->made.currency, refund->made.amount_scale,
                                                    refund->made.occurred_at_us};
    }
    return count;
}

/* Effects of one claim follow each other, and claims stand in the order of the refunds. */
static bool take_effects(struct explanation *explanation, const struct refund_effects *all)
{
    uint32_t claim = 0;
    bool fits = true;
    for (size_t i = 0, at = 0, fee_at = 0; i < explanation->refund_count; i++) {
        struct explain_refund *refund = &explanation->refunds[i];
        if (refund->reason != REASON_NONE)
            continue;
        refund->effects = all->effects + at;
        refund->fees = all->fees + fee_at;
        for (; at < all->count && all->effects[at].claim == claim; at++) {
            fits &= money_add(refund->net_minor, all->effects[at].net_minor, &refund->net_minor);
            refund->effect_count++;
        }
        for (; fee_at < all->fee_count && all->fees[fee_at].refund == claim; fee_at++)
            refund->fee_count++;
        fits &= money_subtract(explanation->net_after_minor, refund->net_minor, &explanation->net_after_minor);
        claim++;
    }
    return fits;
}

bool explain_refunds_make(struct explanation *explanation, struct arena *arena)
{
    const struct loaded_order *loaded = explanation->loaded;
    struct refund_claim *claims = arena_alloc(arena, loaded->refund_count * sizeof *claims);
    struct refund_effects effects;
    sold_order_make(&loaded->stored.fact, &explanation->shop, loaded->costs_minor, in_arena, arena, &explanation->sold);
    explanation->net_after_minor = explanation->sums.net_minor;
    explanation->refund_count = loaded->refund_count;
    explanation->refunds = arena_alloc(arena, loaded->refund_count * sizeof *explanation->refunds);
    for (size_t i = 0; i < loaded->refund_count; i++)
        make_refund(explanation, &loaded->refunds[i], arena, &explanation->refunds[i]);
    return refunds_apply(&explanation->sold, claims, claims_of(explanation, claims), in_arena, arena, &effects) &&
           take_effects(explanation, &effects);
}

static const struct loaded_effect *stored_effect(const struct loaded_order *loaded, struct text refund_id, int32_t line_no)
{
    for (size_t i = 0; i < loaded->effect_count; i++)
        if (loaded->effects[i].effect.line_no == line_no && text_same(loaded->effects[i].row.refund_id, refund_id))
            return &loaded->effects[i];
    return NULL;
}

static void compare_effect(struct explain_finding *finding, const struct refund_effect *stored, const struct refund_effect *made)
{
    explain_compare(finding, "quantity", stored->quantity, made->quantity);
    explain_compare(finding, "gross_minor", stored->gross_minor, made->gross_minor);
    explain_compare(finding, "seller_discount_minor", stored->seller_discount_minor, made->seller_discount_minor);
    explain_compare(finding, "platform_discount_minor", stored->platform_discount_minor, made->platform_discount_minor);
    explain_compare(finding, "amount_minor", stored->amount_minor, made->amount_minor);
    explain_compare(finding, "tax_minor", stored->tax_minor, made->tax_minor);
    explain_compare(finding, "shipping_minor", stored->shipping_minor, made->shipping_minor);
    explain_compare(finding, "discrepancy_minor", stored->discrepancy_minor, made->discrepancy_minor);
    explain_compare(finding, "fx_minor", stored->fx_minor, made->fx_minor);
    explain_compare(finding, "affiliate_commission_minor", stored->affiliate_commission_minor, made->affiliate_commission_minor);
    explain_compare(finding, "fees_returned_minor", stored->fees_returned_minor, made->fees_returned_minor);
    explain_compare(finding, "admin_fee_minor", stored->admin_fee_minor, made->admin_fee_minor);
    explain_compare(finding, "case_fee_minor", stored->case_fee_minor, made->case_fee_minor);
    explain_compare(finding, "net_minor", stored->net_minor, made->net_minor);
    explain_compare_maybe(finding, "cost_minor", stored->cost_minor, made->cost_minor);
    explain_compare(finding, "findings", stored->findings, made->findings);
    explain_compare_flags(finding, "restocked", stored->restocked, made->restocked);
}

static void compare_row(struct explain_finding *finding, const struct explain_refund *refund, const struct loaded_effect *stored)
{
    const struct explanation *explanation = finding->explanation;
    explain_compare(finding, "day", stored->row.day, refund->made.day);
    explain_compare(finding, "order_day", stored->row.order_day, explanation->made.day);
    explain_compare_flags(finding, "booked", stored->row.booked, explanation->made.booked);
    if (!stored->intact)
        explain_differs(finding, "row_hash", "the row is not the one that was written", NULL);
}

static void name_place(struct explain_finding *finding, struct text refund_id, int32_t line_no)
{
    finding->where = explain_text_in(finding->arena, "refund %.*s, line %d", (int)refund_id.len, refund_id.ptr, (int)line_no);
}

/* Whether the computation has that effect, too. */
static bool is_made(const struct explanation *explanation, const struct loaded_effect *stored)
{
    for (size_t i = 0; i < explanation->refund_count; i++) {
        const struct explain_refund *refund = &explanation->refunds[i];
        if (!text_same(refund->refund->stored.refund.refund_id, stored->row.refund_id))
            continue;
        for (size_t n = 0; n < refund->effect_count; n++)
            if (refund->effects[n].line_no == stored->effect.line_no)
                return true;
    }
    return false;
}

static void compare_head(struct explain_finding *finding, const struct explain_refund *refund)
{
    const struct refund_fact *stored = &refund->refund->stored.fact;
    finding->where = explain_text_in(finding->arena, "refund %.*s", (int)stored->refund->refund_id.len, stored->refund->refund_id.ptr);
    if (refund->reason == REASON_NONE)
        explain_compare(finding, "day", stored->day, refund->made.day);
    else
        explain_differs(finding, "row", "accepted", reason_name(refund->reason));
    if (!refund->refund->intact)
        explain_differs(finding, "row_hash", "the row is not the one that was written", NULL);
}

static void compare_made(struct explain_finding *finding, const struct explain_refund *refund)
{
    struct text id = refund->refund->stored.refund.refund_id;
    compare_head(finding, refund);
    for (size_t i = 0; i < refund->effect_count; i++) {
        const struct loaded_effect *stored = stored_effect(finding->explanation->loaded, id, refund->effects[i].line_no);
        name_place(finding, id, refund->effects[i].line_no);
        if (!stored) {
            explain_differs(finding, "row", "none", "there is one");
            continue;
        }
        compare_effect(finding, &stored->effect, &refund->effects[i]);
        compare_row(finding, refund, stored);
    }
}

void explain_refunds_compare(struct explain_finding *finding)
{
    const struct explanation *explanation = finding->explanation;
    const struct loaded_order *loaded = explanation->loaded;
    if (explanation->reason != REASON_NONE)
        return;
    for (size_t i = 0; i < explanation->refund_count; i++)
        compare_made(finding, &explanation->refunds[i]);
    for (size_t i = 0; i < loaded->effect_count; i++) {
        name_place(finding, loaded->effects[i].row.refund_id, loaded->effects[i].effect.line_no);
        if (!is_made(explanation, &loaded->effects[i]))
            explain_differs(finding, "row", "there is one", "none");
    }
}
