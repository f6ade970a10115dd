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
    if (findings & REFUND_WRONG_CURRENCY)
        page_warning(&telling->page, "in another currency than the order: nothing is booked");
}

/* Fees that their rules keep, whatever comes back. */
static struct phrase kept_by_rule(const struct telling *telling, int32_t line_no)
{
    struct phrase phrase = {.used = 0};
    for (size_t i = 0; i < telling->explanation->fee_count; i++) {
        const struct explain_fee *fee = &telling->explanation->fees[i];
        int64_t amount = fee->charge->parts[line_no - 1].amount_minor;
        bool comes_back = fee->rule->class == FEE_AFFILIATE || fee->rule->refund.kind == FEE_RETURNED ||
                          fee->rule->refund.kind == FEE_PRO_RATA;
        if (amount && !comes_back && phrase.used < sizeof phrase.text / 2)
            phrase_add(&phrase, "%s%s %s", phrase.used ? ", " : "", fee->rule->name, telling_money(telling, amount).text);
    }
    return phrase;
}

static void tell_fees(const struct telling *telling, const struct refund_effect *effect, int64_t *total)
{
    const struct line_fact *line = &telling->explanation->made.lines[effect->line_no - 1];
    struct phrase kept = kept_by_rule(telling, effect->line_no);
    if (effect->fees_returned_minor) {
        *total += effect->fees_returned_minor;
        page_row(&telling->page, effect->fees_returned_minor, *total, "Fees that come back, of %s",
                 telling_money(telling, line->fee_returnable_minor).text);
    }
    if (effect->affiliate_commission_minor) {
        *total += effect->affiliate_commission_minor;
        page_row(&telling->page, effect->affiliate_commission_minor, *total, "Affiliate commission that comes back, of %s",
                 telling_money(telling, line->affiliate_commission_minor).text);
    }
    if (effect->findings & REFUND_FEES_ASSUMED_KEPT)
        page_detail(&telling->page, "kept", "%s of fees: not all of the order came back; until the settlement they are taken to be kept",
                    telling_money(telling, line->fee_returnable_minor).text);
    if (kept.used)
        page_detail(&telling->page, "kept", "%s: what its rule keeps stays with the platform", kept.text);
}

static void tell_line(const struct telling *telling, const struct refund_effect *effect, int64_t *total)
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
    tell_fees(telling, effect, total);
    tell_findings(telling, effect->findings);
}

static bool same_sku(const struct refund_effect *a, const struct refund_effect *b)
{
    return a->line_no && b->line_no && a->sku.len == b->sku.len && memcmp(a->sku.ptr, b->sku.ptr, a->sku.len) == 0;
}

/* The fee is counted per SKU: told with the SKU's first line that has any. */
static void tell_admin_of_sku(const struct telling *telling, const struct explain_refund *refund, size_t first, int64_t *total)
{
    int64_t back = 0, charged = 0, cap = -1;
    struct phrase phrase = {.used = 0};
    for (size_t i = 0; i < refund->effect_count; i++) {
        if (!same_sku(&refund->effects[first], &refund->effects[i]))
            continue;
        if (i < first)
            return;
        back += refund->effects[i].fees_returned_minor; /* no more than the fees, which add up */
        charged += refund->effects[i].admin_fee_minor;
    }
    if (!charged)
        return;
    *total -= charged;
    page_row(&telling->page, -charged, *total, "Administration fee, SKU %.*s", (int)refund->effects[first].sku.len,
             refund->effects[first].sku.ptr);
    if (refund->admin->cap_minor >= 0)
        (void)money_rescale(refund->admin->cap_minor, telling->schedule->amount_scale, telling->page.amount_scale, &cap);
    struct figure exact = figure_exact(back, refund->admin->rate_ppm, 0, 0, telling->page.amount_scale);
    phrase_add(&phrase, "%s of %s that came back = %s", figure_rate(refund->admin->rate_ppm).text, telling_money(telling, back).text,
               exact.text);
    if (charged != cap && strcmp(exact.text, telling_money(telling, charged).text) != 0)
        phrase_add(&phrase, ", rounded %s", telling_money(telling, charged).text);
    if (cap >= 0)
        phrase_add(&phrase, ", cap %s %s", telling_money(telling, cap).text, charged == cap ? "applies" : "not reached");
    page_detail(&telling->page, "amount", "%s", phrase.text);
}

static void tell_admin(const struct telling *telling, const struct explain_refund *refund, int64_t *total)
{
    int64_t back = 0;
    for (size_t i = 0; i < refund->effect_count; i++) {
        back += refund->effects[i].fees_returned_minor;
        if (refund->effects[i].line_no && refund->admin)
            tell_admin_of_sku(telling, refund, i, total);
    }
    if (back && !refund->refund->stored.refund.shipped_before)
        page_note(&telling->page, "No administration fee: the order was not on its way yet");
}

static void tell_rest(const struct telling *telling, const struct refund_effect *effect, int64_t *total)
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
            tell_line(telling, &refund->effects[i], &total);
        else
            tell_rest(telling, &refund->effects[i], &total);
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
