/*
 * Why this exists: a refund is where money is lost in small parts, so each part is told: what came back, what stayed, and by which rule.
 */
#include <inttypes.h>
#include <string.h>

#include "cli/explain_rule.h"
#include "cli/explain_telling.h"
#include "core/money.h"

static void tell_head(const struct telling *telling, const struct explain_refund *refund)
{
    const struct refund_fact *fact = &refund->refund->stored.fact;
    const struct refund *stated = fact->refund;
    const struct shop_policy *policy = telling->explanation->shop.policy;
    page_gap(&telling->page);
    page_head(&telling->page, PAGE_AMOUNT_AND_TOTAL, "%s %.*s", stated->chargeback ? "Chargeback" : "Refund", (int)stated->refund_id.len,
              stated->refund_id.ptr);
    page_note(&telling->page, "%s (%s), by %.*s, %s shipping%s%.*s", figure_instant(fact->occurred_at_us, policy->zone).text,
              policy->zone_name, (int)stated->initiator.len, stated->initiator.ptr, stated->shipped_before ? "after" : "before",
              stated->reason.ptr ? ": " : "", (int)stated->reason.len, stated->reason.ptr ? stated->reason.ptr : "");
    if (stated->voided)
        page_warning(&telling->page, "voided: it gives nothing back, what its case cost stays");
}

static void tell_findings(const struct telling *telling, unsigned findings)
{
    if (findings & REFUND_ABOVE_SALE)
        page_warning(&telling->page, "more came back than was sold; it is booked as it was stated");
    if (findings & REFUND_UNKNOWN_LINE)
        page_warning(&telling->page, "of a line that the order does not have; booked on no line");
    if (findings & REFUND_OTHER_RULES)
        page_warning(&telling->page, "fees come back by other rules than the order was charged by, and never more than it was charged");
    if (findings & REFUND_OTHER_PRESENTMENT)
        page_warning(&telling->page, "in a currency that the order was not sold in: no difference of exchange is booked");
    if (findings & REFUND_WRONG_CURRENCY)
        page_warning(&telling->page, "in another currency than the order: nothing is booked");
}

static const struct fee_rule *rule_of(const struct telling *telling, const struct fee_refund_effect *fee)
{
    const struct sold_order *sold = &telling->explanation->sold;
    return &sold->schedule->rules[sold->charges[fee->charge].rule];
}

static void tell_back(const struct telling *telling, const char *name, int64_t back_minor, int64_t of_minor, int64_t *total)
{
    if (!back_minor)
        return;
    *total += back_minor;
    page_row(&telling->page, back_minor, *total, "Comes back of %s, %s", name, telling_money(telling, of_minor).text);
}

/* By other rules than it was charged by: fee by fee the two say nothing of each other. */
static void tell_bounded(const struct telling *telling, const struct refund_effect *effect, int64_t *total)
{
    const struct sold_line *line = &telling->explanation->sold.lines[effect->line_no - 1];
    tell_back(telling, "fees", effect->fees_returned_minor, line->fees_minor, total);
    tell_back(telling, "affiliate commission", effect->affiliate_commission_minor, line->affiliate_commission_minor, total);
}

static void tell_kept(const struct telling *telling, const struct phrase *assumed, const struct phrase *kept)
{
    if (assumed->used)
        page_detail(&telling->page, "kept", "%s: not all of the order came back; until the settlement it is taken to be kept",
                    assumed->text);
    if (kept->used)
        page_detail(&telling->page, "kept", "%s: what its rule keeps stays with the platform", kept->text);
}

static void tell_fees(const struct telling *telling, const struct explain_refund *refund, const struct refund_effect *effect,
                      int64_t *total)
{
    struct phrase assumed = {.used = 0}, kept = {.used = 0};
    for (size_t i = 0; i < refund->fee_count; i++) {
        const struct fee_refund_effect *fee = &refund->fees[i];
        const struct fee_rule *rule = rule_of(telling, fee);
        struct phrase *phrase = fee->marks & FEE_REFUND_ASSUMED ? &assumed : &kept;
        if (fee->line + 1 != (uint32_t)effect->line_no)
            continue;
        tell_back(telling, rule->name, fee->returned_minor,
                  telling->explanation->sold.charges[fee->charge].parts[fee->line].amount_minor, total);
        bool stays = !fee->returned_minor && fee->kept_minor && rule->refund.kind != FEE_PRO_RATA;
        if (stays && phrase->used < sizeof phrase->text / 2)
            phrase_add(phrase, "%s%s %s", phrase->used ? ", " : "", rule->name, telling_money(telling, fee->kept_minor).text);
    }
    tell_kept(telling, &assumed, &kept);
}

static void tell_line(const struct telling *telling, const struct explain_refund *refund, const struct refund_effect *effect,
                      int64_t *total)
{
    int64_t sales = effect->gross_minor - effect->seller_discount_minor;
    if (effect->quantity || effect->amount_minor || effect->tax_minor)
        page_row(&telling->page, NONE, NONE, "Line %" PRId32 ", %.*s: %" PRId64 " unit%s%s", effect->line_no, (int)effect->sku.len,
                 effect->sku.ptr, effect->quantity, effect->quantity == 1 ? "" : "s", effect->restocked ? ", restocked" : "");
    else
        page_row(&telling->page, NONE, NONE, "Line %" PRId32 ", %.*s, with the whole order", effect->line_no, (int)effect->sku.len,
                 effect->sku.ptr);
    if (effect->amount_minor || effect->tax_minor)
        page_detail(&telling->page, "buyer", "gets %s back%s%s%s", telling_money(telling, effect->amount_minor).text,
                    effect->tax_minor ? ", and tax of " : "",
                    effect->tax_minor ? telling_money(telling, effect->tax_minor).text : "",
                    effect->tax_minor ? ", which passes through" : "");
    if (sales || effect->gross_minor) {
        *total -= sales;
        page_row(&telling->page, -sales, *total, "Net sales given back");
        if (effect->platform_discount_minor)
            page_detail(&telling->page, "amount", "%s to the buyer + %s that the platform had given = %s",
                        telling_money(telling, effect->amount_minor).text,
                        telling_money(telling, effect->platform_discount_minor).text, telling_money(telling, sales).text);
    }
    if (effect->findings & REFUND_OTHER_RULES)
        tell_bounded(telling, effect, total);
    else
        tell_fees(telling, refund, effect, total);
    tell_findings(telling, effect->findings);
}

static const struct admin_fee *admin_of(const struct telling *telling, const struct explain_refund *refund,
                                        const struct fee_refund_effect *fee)
{
    return fee_admin_at(&rule_of(telling, fee)->refund, refund->made.occurred_at_us);
}

/* Whether the two are charged for together. */
static bool same_group(const struct telling *telling, enum fee_level level, const struct fee_refund_effect *a,
                       const struct fee_refund_effect *b)
{
    const struct sold_line *lines = telling->explanation->sold.lines;
    if (a->charge != b->charge)
        return false;
    if (level == FEE_PER_SKU)
        return text_same(lines[a->line].sku, lines[b->line].sku);
    return level == FEE_PER_ORDER || a->line == b->line;
}

static void tell_admin_amount(const struct telling *telling, const struct admin_fee *admin, int64_t of_minor, int64_t charged_minor)
{
    int64_t due, cap = -1;
    struct phrase phrase = {.used = 0};
    struct figure exact = figure_exact(of_minor, admin->rate_ppm, 0, 0, telling->page.amount_scale);
    if (admin->cap_minor >= 0)
        (void)money_rescale(admin->cap_minor, telling->schedule->amount_scale, telling->page.amount_scale, &cap);
    if (!money_rate(of_minor, admin->rate_ppm, &due))
        return;
    phrase_add(&phrase, "%s of %s that came back = %s", figure_rate(admin->rate_ppm).text, telling_money(telling, of_minor).text,
               exact.text);
    if (strcmp(exact.text, telling_money(telling, due).text) != 0)
        phrase_add(&phrase, ", rounded %s", telling_money(telling, due).text);
    if (cap >= 0)
        phrase_add(&phrase, ", cap %s %s", telling_money(telling, cap).text, due > cap ? "applies" : "not reached");
    due = cap >= 0 && due > cap ? cap : due;
    if (due != charged_minor)
        phrase_add(&phrase, ", of which %s was charged before", telling_money(telling, due - charged_minor).text);
    page_detail(&telling->page, "amount", "%s", phrase.text);
}

/* Told with the first fee of those that are charged for together. */
static void tell_admin_of_group(const struct telling *telling, const struct explain_refund *refund, size_t first, int64_t *total)
{
    const struct fee_refund_effect *fee = &refund->fees[first];
    const struct admin_fee *admin = admin_of(telling, refund, fee);
    const struct sold_line *line = &telling->explanation->sold.lines[fee->line];
    int64_t of = 0, charged = 0;
    for (size_t i = 0; i < refund->fee_count; i++) {
        if (!same_group(telling, admin->level, fee, &refund->fees[i]))
            continue;
        if (i < first)
            return;
        charged += refund->fees[i].admin_minor; /* a part of the fees, which add up */
        of = refund->fees[i].admin_of_minor;
    }
    if (!charged)
        return;
    *total -= charged;
    if (admin->level == FEE_PER_SKU)
        page_row(&telling->page, -charged, *total, "Administration fee of %s, SKU %.*s", rule_of(telling, fee)->name,
                 (int)line->sku.len, line->sku.ptr);
    else
        page_row(&telling->page, -charged, *total, "Administration fee of %s", rule_of(telling, fee)->name);
    tell_admin_amount(telling, admin, of, charged);
}

static void tell_admin(const struct telling *telling, const struct explain_refund *refund, int64_t *total)
{
    bool is_spared = false;
    for (size_t i = 0; i < refund->fee_count; i++) {
        if (!admin_of(telling, refund, &refund->fees[i]))
            continue;
        is_spared |= refund->fees[i].returned_minor > 0 && !refund->fees[i].admin_of_minor;
        tell_admin_of_group(telling, refund, i, total);
    }
    if (is_spared)
        page_note(&telling->page, "No administration fee: cancelled before shipping, by the buyer or by a rule that reverses the fee");
}

struct phrase telling_presented(const struct presentment *presentment)
{
    struct phrase phrase = {.used = 0};
    phrase_add(&phrase, "%s %.*s", figure_money(presentment->total_minor, presentment->amount_scale).text,
               (int)presentment->currency.len, presentment->currency.ptr);
    return phrase;
}

static void tell_exchange(const struct telling *telling, const struct explain_refund *refund, int64_t fx_minor, int64_t *total)
{
    const struct presentment *back = &refund->refund->stored.refund.presentment;
    if (!fx_minor)
        return;
    *total -= fx_minor;
    page_row(&telling->page, -fx_minor, *total, "Difference of exchange");
    page_detail(&telling->page, "rate", "%s given back, at %s; sold at %s", telling_presented(back).text,
                figure_money(back->rate_ppb, 9).text, figure_money(telling->order->presentment.rate_ppb, 9).text);
}

static void tell_rest(const struct telling *telling, const struct explain_refund *refund, const struct refund_effect *effect,
                      int64_t *total)
{
    int64_t sales = effect->gross_minor - effect->seller_discount_minor;
    if (effect->shipping_minor)
        page_note(&telling->page, "Shipping of %s given back: passes through", telling_money(telling, effect->shipping_minor).text);
    if (sales) {
        *total -= sales;
        page_row(&telling->page, -sales, *total, "Given back for no line of the order");
    }
    if (effect->discrepancy_minor) {
        *total -= effect->discrepancy_minor;
        page_row(&telling->page, -effect->discrepancy_minor, *total, "Beyond lines, tax and shipping, as the platform states it");
    }
    tell_exchange(telling, refund, effect->fx_minor, total);
    if (effect->case_fee_minor) {
        *total -= effect->case_fee_minor;
        page_row(&telling->page, -effect->case_fee_minor, *total, "Fee of the case");
    }
    tell_findings(telling, effect->findings);
}

static int64_t tell_refund(const struct telling *telling, const struct explain_refund *refund, int64_t total)
{
    int64_t after = total - refund->net_minor; /* explain_refunds_make has seen that it fits */
    tell_head(telling, refund);
    for (size_t i = 0; i < refund->effect_count; i++) {
        if (refund->effects[i].line_no)
            tell_line(telling, refund, &refund->effects[i], &total);
        else
            tell_rest(telling, refund, &refund->effects[i], &total);
    }
    tell_admin(telling, refund, &total);
    page_result(&telling->page, -refund->net_minor, after, "Net of the %s",
                refund->refund->stored.refund.chargeback ? "chargeback" : "refund");
    return after;
}

void explain_tell_refunds(const struct telling *telling)
{
    int64_t total = telling->explanation->sums.net_minor;
    for (size_t i = 0; i < telling->explanation->refund_count; i++)
        total = tell_refund(telling, &telling->explanation->refunds[i], total);
}
