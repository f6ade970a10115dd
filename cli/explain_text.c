#include "cli/explain_text.h"

#include <inttypes.h>
#include <string.h>

#include "cli/explain_rule.h"
#include "cli/explain_telling.h"
#include "core/fee_when.h"

static void add_reason(struct phrase *phrase, bool holds, const char *reason)
{
    if (holds)
        phrase_add(phrase, "%s%s", phrase->used ? ", " : "", reason);
}

static struct phrase why_not_booked(const struct order *order)
{
    struct phrase phrase = {.used = 0};
    bool sold = order->status == ORDER_PAID || order->status == ORDER_SHIPPED || order->status == ORDER_DELIVERED ||
                order->status == ORDER_COMPLETED;
    add_reason(&phrase, !sold, "no paid sale");
    add_reason(&phrase, order->test, "a test");
    add_reason(&phrase, order->mirror, "the mirror of a sale booked elsewhere");
    add_reason(&phrase, order->sample, "a sample");
    add_reason(&phrase, order->replacement, "a replacement");
    return phrase;
}

static void tell_times(const struct telling *telling)
{
    const struct order *order = telling->order;
    const struct shop_policy *policy = telling->explanation->shop.policy;
    const struct {
        const char *what;
        int64_t at_us;
    } times[] = {{"paid", order->paid_at_us}, {"shipped", order->shipped_at_us}, {"delivered", order->delivered_at_us},
                 {"cancelled", order->cancelled_at_us}};
    struct phrase phrase = {.used = 0};
    phrase_add(&phrase, "created %s", figure_instant(order->created_at_us, policy->zone).text);
    for (size_t i = 0; i < sizeof times / sizeof *times; i++)
        if (times[i].at_us != EVENT_ABSENT)
            phrase_add(&phrase, ", %s %s", times[i].what, figure_instant(times[i].at_us, policy->zone).text);
    page_note(&telling->page, "%s (%s)", phrase.text, policy->zone_name);
}

static void tell_rules(const struct telling *telling)
{
    const struct explanation *explanation = telling->explanation;
    if (explanation->same_rules)
        page_note(&telling->page, "fees by the schedule %s, the one it was stored with", telling->schedule->name);
    else
        page_warning(&telling->page,
                     "fees by the schedule %s of the configuration. It was stored with %s: where figures differ, this may be why",
                     telling->schedule->name, explanation->loaded->stored.fact.rule_set);
}

static void tell_head(const struct telling *telling)
{
    const struct explanation *explanation = telling->explanation;
    const struct order *order = telling->order;
    const struct order_fact *stored = &explanation->loaded->stored.fact;
    page_head(&telling->page, PAGE_NO_COLUMNS, "Order %.*s of shop %.*s", (int)order->order_id.len, order->order_id.ptr,
              (int)explanation->shop.id.len, explanation->shop.id.ptr);
    if (stored->booked)
        page_note(&telling->page, "%s, booked: counts on %s", explain_status_name(order->status), figure_day(stored->day).text);
    else
        page_warning(&telling->page, "%s, not booked, counts nowhere: %s", explain_status_name(order->status),
                     why_not_booked(order).text);
    tell_times(telling);
    page_note(&telling->page, "%.*s, market %.*s; amounts in %s%s", (int)order->platform.len, order->platform.ptr,
              (int)order->market.len, order->market.ptr, explanation->shop.currency,
              order->taxes_included ? "; prices include tax" : "");
    tell_rules(telling);
}

static void tell_platform_discount(const struct telling *telling, int64_t discount_minor)
{
    if (discount_minor)
        page_note(&telling->page, "Platform discount %s: the platform's money. The buyer pays less, your sales stay",
                  telling_money(telling, discount_minor).text);
}

/* What was sold, to the net sales; gives the running total. */
static int64_t tell_sales(const struct telling *telling, int64_t gross, int64_t seller, int64_t platform)
{
    if (seller)
        page_row(&telling->page, -seller, gross - seller, "Seller discount: your money");
    page_result(&telling->page, NONE, gross - seller, "Net sales");
    tell_platform_discount(telling, platform);
    return gross - seller;
}

static const char *book_of(const struct fee_charge *charge)
{
    return charge->marks & FEE_ACTUAL ? "actual" : charge->marks & FEE_ESTIMATED ? "estimated" : "by rule";
}

static void tell_line(const struct telling *telling, uint32_t index)
{
    const struct explanation *explanation = telling->explanation;
    const struct line_fact *line = &explanation->made.lines[index];
    int64_t tax = telling->order->taxes_included ? line->tax_minor : 0, total = line->gross_minor + tax;
    page_gap(&telling->page);
    page_head(&telling->page, PAGE_AMOUNT_AND_TOTAL, "Line %" PRId32 ", %.*s", line->line_no, (int)line->sku.len, line->sku.ptr);
    page_row(&telling->page, total, total, "List price %s x %" PRId32 "%s",
             telling_money(telling, telling->order->lines[index].unit_list_minor).text, line->quantity, line->gift ? ", a gift" : "");
    total -= tax;
    if (tax)
        page_row(&telling->page, -tax, total, "Tax in the price: not yours");
    total = tell_sales(telling, total, line->seller_discount_minor, line->platform_discount_minor);
    for (size_t i = 0; i < explanation->fee_count; i++) {
        const struct explain_fee *fee = &explanation->fees[i];
        const struct fee_part *part = &fee->charge->parts[index];
        if (!part->amount_minor && !part->base_minor)
            continue;
        total -= part->amount_minor;
        page_row(&telling->page, -part->amount_minor, total, "%s (%s)", fee->rule->name, explain_class_name(fee->rule->class));
    }
    page_result(&telling->page, NONE, line->net_minor, "Net of the line");
    explain_tell_line_cost(telling, index);
}

static const char *sign_before(size_t index, int sign)
{
    return sign < 0 ? (index ? " - " : "-") : index ? " + " : "";
}

static void tell_base(const struct telling *telling, const struct explain_fee *fee)
{
    struct phrase phrase = {.used = 0};
    for (size_t i = 0; i < fee->term_count; i++)
        phrase_add(&phrase, "%s%s %s", sign_before(i, fee->terms[i].sign), fee->terms[i].name,
                   telling_money(telling, fee->terms[i].amount_minor).text);
    page_detail(&telling->page, "base", "%s = %s", phrase.text, telling_money(telling, fee->charge->base_minor).text);
}

static void tell_clock(const struct telling *telling, const struct explain_fee *fee)
{
    const struct fee_rule *rule = fee->rule;
    const struct fee_context context = {.settled_at_us = EVENT_ABSENT};
    bool struck = !fee_instant_of(rule->clock, telling->order, &context).estimated;
    const char *zone = telling->schedule->zone ? telling->schedule->zone_name : "UTC";
    struct figure at = figure_instant(fee->charge->at_us, telling->schedule->zone);
    page_detail(&telling->page, "valid", "%s", explain_validity(telling->schedule, rule).text);
    if (struck)
        page_detail(&telling->page, "clock", "the order's %s, %s %s", explain_clock_name(rule->clock), at.text, zone);
    else
        page_detail(&telling->page, "clock", "the order's %s: not yet; until then its creation decides, %s %s",
                    explain_clock_name(rule->clock), at.text, zone);
}

static void add_step_rate(const struct telling *telling, struct phrase *phrase, const struct explain_fee *fee,
                          const struct explain_step *step)
{
    int64_t below = step->base_minor - step->tier_minor, rate = fee->charge->rate_ppm, more = fee->rule->tier_rate_ppm;
    struct figure exact = figure_exact(below, rate, step->tier_minor, more, telling->page.amount_scale);
    phrase_add(phrase, "%s of %s", figure_rate(rate).text, telling_money(telling, below).text);
    if (step->tier_minor)
        phrase_add(phrase, " + %s of %s above the tier", figure_rate(more).text, telling_money(telling, step->tier_minor).text);
    phrase_add(phrase, " = %s", exact.text);
    if (strcmp(exact.text, telling_money(telling, step->rounded_minor).text) != 0)
        phrase_add(phrase, ", rounded %s", telling_money(telling, step->rounded_minor).text);
}

static void add_step_lines(const struct telling *telling, struct phrase *phrase, const struct explain_fee *fee,
                           const struct explain_step *step)
{
    if (fee->step_count < 2)
        return;
    const struct text sku = telling->order->lines[step->lines[0]].platform_sku;
    if (fee->rule->level == FEE_PER_SKU)
        phrase_add(phrase, "SKU %.*s: ", (int)sku.len, sku.ptr);
    else
        phrase_add(phrase, "line %" PRIu32 ": ", step->lines[0] + 1);
}

static void tell_step(const struct telling *telling, const struct explain_fee *fee, const struct explain_step *step)
{
    struct phrase phrase = {.used = 0};
    bool has_rate = fee->charge->rate_ppm || fee->rule->tier_above_minor || !step->fixed_minor;
    add_step_lines(telling, &phrase, fee, step);
    if (has_rate)
        add_step_rate(telling, &phrase, fee, step);
    if (step->fixed_minor && has_rate)
        phrase_add(&phrase, ", + %s fixed = %s", telling_money(telling, step->fixed_minor).text,
                   telling_money(telling, step->rounded_minor + step->fixed_minor).text);
    else if (step->fixed_minor)
        phrase_add(&phrase, "%s fixed", telling_money(telling, step->fixed_minor).text);
    if (step->cap_minor >= 0)
        phrase_add(&phrase, ", cap %s %s", telling_money(telling, step->cap_minor).text, step->capped ? "applies" : "not reached");
    page_detail(&telling->page, step == fee->steps ? "amount" : "", "%s", phrase.text);
}

static void tell_amount(const struct telling *telling, const struct explain_fee *fee)
{
    if (fee->charge->marks & FEE_ACTUAL) {
        page_detail(&telling->page, "amount", "%s, the actual commission as the platform states it; the rate of %s is not used",
                    telling_money(telling, fee->charge->amount_minor).text, figure_rate(fee->charge->rate_ppm).text);
        return;
    }
    for (uint32_t i = 0; i < fee->step_count; i++)
        tell_step(telling, fee, &fee->steps[i]);
    page_detail(&telling->page, "rounding", "half away from zero, once per %s%s",
                explain_level_name(fee->rule->level == FEE_PER_ITEM ? FEE_PER_LINE : fee->rule->level),
                fee->rule->level == FEE_PER_ITEM ? "; fixed part and cap count per unit" : "");
}

static void tell_split(const struct telling *telling, const struct explain_fee *fee)
{
    uint32_t count = telling->order->line_count;
    struct phrase phrase = {.used = 0};
    if (count < 2)
        return;
    for (uint32_t i = 0; i < count && phrase.used < sizeof phrase.text / 2; i++)
        phrase_add(&phrase, "%s%s on line %" PRIu32, i ? ", " : "", telling_money(telling, fee->charge->parts[i].amount_minor).text,
                   i + 1);
    page_detail(&telling->page, "split", "%s%s", phrase.text, phrase.used < sizeof phrase.text / 2 ? "" : " ...");
}

static void tell_estimate(const struct telling *telling, const struct explain_fee *fee)
{
    const struct fee_rule *rule = fee->rule;
    const struct fee_context context = {.settled_at_us = EVENT_ABSENT};
    if (!(fee->charge->marks & FEE_ESTIMATED))
        return;
    if (rule->rate_source == RATE_OF_AFFILIATE)
        page_detail(&telling->page, "estimate", "until the platform states the actual commission, which replaces it");
    else if (fee_instant_of(rule->clock, telling->order, &context).estimated)
        page_detail(&telling->page, "estimate", "the order's %s is still to come", explain_clock_name(rule->clock));
    else
        page_detail(&telling->page, "estimate", "charged in advance: the order has not got that far");
}

/* The column it stands in. */
static const char *book_name(enum fee_class class)
{
    static const char *const names[FEE_CLASS_COUNT] = {"platform_fee", "payment_fee", "affiliate_commission", "other_fees"};
    return names[class];
}

static void tell_fee(const struct telling *telling, const struct explain_fee *fee, int64_t total_minor)
{
    const struct fee_rule *rule = fee->rule;
    struct phrase conditions = explain_conditions(telling->schedule, rule);
    page_gap(&telling->page);
    page_row(&telling->page, -fee->charge->amount_minor, total_minor, "%s: %s, %s", rule->name, explain_class_name(rule->class),
             book_of(fee->charge));
    tell_base(telling, fee);
    tell_amount(telling, fee);
    tell_split(telling, fee);
    tell_estimate(telling, fee);
    tell_clock(telling, fee);
    if (conditions.used)
        page_detail(&telling->page, "for", "%s", conditions.text);
    page_detail(&telling->page, "refund", "%s",
                explain_refund_policy(telling->schedule, rule, fee->charge->at_us, telling->page.amount_scale).text);
    page_detail(&telling->page, "book", "%s of the expected book", book_name(rule->class));
    page_detail(&telling->page, "source", "%s", rule->source);
    if (rule->note)
        page_detail(&telling->page, "note", "%s", rule->note);
}

static int64_t line_taxes(const struct telling *telling)
{
    const struct order_fact *made = &telling->explanation->made;
    int64_t sum = 0;
    for (uint32_t i = 0; i < made->line_count; i++)
        sum += made->lines[i].tax_minor; /* fits: gross without it does, and with it */
    return sum;
}

/* What the buyer paid passes through: it explains the bases, and is no revenue but for the goods. */
static void tell_buyer(const struct telling *telling)
{
    const struct order *order = telling->order;
    const struct explain_sums *sums = &telling->explanation->sums;
    const struct {
        const char *what;
        int64_t amount_minor;
    } parts[] = {{"goods", sums->gross_minor - sums->seller_discount_minor - sums->platform_discount_minor},
                 {"shipping", order->shipping_paid_minor},
                 {"tax", order->taxes_included ? line_taxes(telling) : order->tax_minor},
                 {"buyer fees", order->buyer_fees_minor},
                 {"payment discount of the platform", -order->payment_platform_discount_minor}};
    struct phrase phrase = {.used = 0};
    int64_t rest = order->customer_total_minor;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        rest -= parts[i].amount_minor;
        if (parts[i].amount_minor)
            phrase_add(&phrase, "%s%s %s", phrase.used ? ", " : "", parts[i].what, telling_money(telling, parts[i].amount_minor).text);
    }
    if (rest)
        phrase_add(&phrase, "%snot told apart %s", phrase.used ? ", " : "", telling_money(telling, rest).text);
    page_note(&telling->page, "The buyer paid %s: %s", telling_money(telling, order->customer_total_minor).text, phrase.text);
    if (order->presentment.currency.ptr)
        page_note(&telling->page, "Stated to the buyer as %s, at %s %s for 1 %.*s", telling_presented(&order->presentment).text,
                  figure_money(order->presentment.rate_ppb, 9).text, telling->explanation->shop.currency,
                  (int)order->presentment.currency.len, order->presentment.currency.ptr);
}

static void tell_order(const struct telling *telling)
{
    const struct explanation *explanation = telling->explanation;
    const struct explain_sums *sums = &explanation->sums;
    int64_t tax = telling->order->taxes_included ? line_taxes(telling) : 0, total = sums->gross_minor + tax;
    page_gap(&telling->page);
    page_head(&telling->page, PAGE_AMOUNT_AND_TOTAL, "The order");
    page_row(&telling->page, total, total, "List price of %" PRIu32 " line%s", explanation->made.line_count,
             explanation->made.line_count == 1 ? "" : "s");
    total -= tax;
    if (tax)
        page_row(&telling->page, -tax, total, "Taxes in the prices: not yours");
    total = tell_sales(telling, total, sums->seller_discount_minor, sums->platform_discount_minor);
    tell_buyer(telling);
    for (size_t i = 0; i < explanation->fee_count; i++) {
        total -= explanation->fees[i].charge->amount_minor;
        tell_fee(telling, &explanation->fees[i], total);
    }
    page_gap(&telling->page);
    page_result(&telling->page, NONE, sums->net_minor, "Net of the order");
}

static void tell_check(const struct telling *telling)
{
    const struct explanation *explanation = telling->explanation;
    size_t kept = explanation->difference_count < EXPLAIN_DIFFERENCES_MAX ? explanation->difference_count : EXPLAIN_DIFFERENCES_MAX;
    page_gap(&telling->page);
    page_head(&telling->page, PAGE_NO_COLUMNS, "Check");
    if (!explanation->difference_count) {
        page_note(&telling->page, "agrees with the stored row");
        return;
    }
    page_warning(&telling->page, "DIFFERS from the stored row:");
    for (size_t i = 0; i < kept; i++) {
        const struct explain_difference *difference = &explanation->differences[i];
        page_warning(&telling->page, "%s, %s: %s%s%s%s", difference->where, difference->column, difference->computed ? "stored " : "",
                     difference->stored, difference->computed ? ", computed " : "", difference->computed ? difference->computed : "");
    }
    if (explanation->difference_count > kept)
        page_warning(&telling->page, "and %zu more", explanation->difference_count - kept);
}

void explain_text_print(const struct explanation *explanation, bool colour, FILE *out)
{
    const struct telling telling = {.page = {out, colour, explanation->shop.amount_scale},
                                    .explanation = explanation,
                                    .order = &explanation->event.order,
                                    .schedule = explanation->shop.policy->fees};
    tell_head(&telling);
    if (explanation->reason == REASON_NONE) {
        for (uint32_t i = 0; i < explanation->made.line_count; i++)
            tell_line(&telling, i);
        tell_order(&telling);
        explain_tell_refunds(&telling);
        explain_tell_profit(&telling);
        explain_tell_book(&telling);
    }
    tell_check(&telling);
}
