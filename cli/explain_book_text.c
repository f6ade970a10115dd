/*
 * Costs, profit, and the second book: what is known of an order beside its own figures.
 */
#include <inttypes.h>
#include <string.h>

#include "cli/explain_rule.h"
#include "cli/explain_telling.h"
#include "core/money.h"

static void tell_components(const struct telling *telling, uint32_t line)
{
    const struct loaded_order *loaded = telling->explanation->loaded;
    struct phrase phrase = {.used = 0};
    bool mapped = false;
    for (size_t i = 0; i < loaded->component_count && phrase.used < sizeof phrase.text / 2; i++) {
        const struct loaded_component *component = &loaded->components[i];
        if (component->line != line)
            continue;
        mapped |= component->mapped;
        phrase_add(&phrase, "%s%" PRId64 " x %.*s %s%s", phrase.used ? ", " : "", component->quantity, (int)component->sku.len,
                   component->sku.ptr, component->unit_cost_minor == EVENT_ABSENT ? "of unknown cost" : "at ",
                   component->unit_cost_minor == EVENT_ABSENT ? "" : telling_money(telling, component->unit_cost_minor).text);
    }
    if (phrase.used)
        page_detail(&telling->page, "unit", "%s%s, when the order was created", phrase.text, mapped ? "" : " (not mapped: its own SKU)");
}

void explain_tell_line_cost(const struct telling *telling, uint32_t line)
{
    int64_t cost = telling->explanation->loaded->costs_minor[line], left;
    if (cost == EVENT_ABSENT)
        page_row(&telling->page, NONE, NONE, "Cost of goods unknown: profit incomplete");
    else if (money_subtract(telling->explanation->made.lines[line].net_minor, cost, &left))
        page_row(&telling->page, -cost, left, "Cost of goods");
    tell_components(telling, line);
}

void explain_tell_profit(const struct telling *telling)
{
    const struct explanation *explanation = telling->explanation;
    int64_t total = explanation->net_after_minor;
    page_gap(&telling->page);
    if (explanation->refund_count)
        page_result(&telling->page, NONE, total, "Net after refunds");
    if (explanation->profit_minor == EVENT_ABSENT) {
        page_row(&telling->page, NONE, NONE, "Cost of goods unknown: profit incomplete");
        return;
    }
    page_row(&telling->page, -explanation->sums.cost_minor, explanation->after_cost_minor, "Cost of goods");
    if (explanation->restocked_minor)
        page_row(&telling->page, explanation->restocked_minor, explanation->profit_minor, "Cost of what came back and can be sold again");
    page_result(&telling->page, NONE, explanation->profit_minor, "Profit before ads");
}

static void tell_transaction(const struct telling *telling, const struct loaded_settlement *settlement)
{
    const struct shop_policy *policy = telling->explanation->shop.policy;
    struct phrase phrase = {.used = 0};
    for (uint32_t i = 0; i < settlement->amount_count && phrase.used < sizeof phrase.text / 2; i++)
        phrase_add(&phrase, "%s%.*s %s", i ? ", " : "", (int)settlement->amounts[i].field.len, settlement->amounts[i].field.ptr,
                   figure_money(settlement->amounts[i].amount_minor, settlement->amount_scale).text);
    page_note(&telling->page, "%.*s %s: %.*s, statement %.*s, transaction %.*s, %s (%s), %.*s%s%.*s",
              (int)settlement->currency.len, settlement->currency.ptr,
              figure_money(settlement->total_minor, settlement->amount_scale).text, (int)settlement->native_type.len,
              settlement->native_type.ptr, (int)settlement->statement_id.len, settlement->statement_id.ptr,
              (int)settlement->transaction_id.len, settlement->transaction_id.ptr,
              figure_instant(settlement->settled_at_us, policy->zone).text, policy->zone_name, (int)settlement->status.len,
              settlement->status.ptr, settlement->payout_id.ptr ? ", payout " : "", (int)settlement->payout_id.len,
              settlement->payout_id.ptr ? settlement->payout_id.ptr : "");
    page_detail(&telling->page, "as stated", "%s%s", phrase.text, phrase.used < sizeof phrase.text / 2 ? "" : " ...");
}

static const char *label_of(const char *name)
{
    static const struct {
        const char *name, *label;
    } labels[] = {{"gross", "List price"},
                  {"seller_discount", "Seller discount"},
                  {"refund", "Net sales given back"},
                  {"shipping", "Shipping"},
                  {"platform_fee", "Platform fee"},
                  {"fees_returned", "Fees that come back"},
                  {"refund_admin_fee", "Administration fee of refunds"},
                  {"payment_fee", "Payment fee"},
                  {"affiliate", "Affiliate commission"},
                  {"other_fee", "Other fees"},
                  {"ads", "Ads paid from it: cash, no cost of the order"},
                  {"tax", "Tax"},
                  {"adjustment", "Adjustments and cases"},
                  {"reserve", "Reserve: cash, no cost of the order"},
                  {"unknown", "Without a name here"}};
    for (size_t i = 0; i < sizeof labels / sizeof *labels; i++)
        if (strcmp(labels[i].name, name) == 0)
            return labels[i].label;
    return name;
}

static void tell_classes(const struct telling *telling, bool cash)
{
    const struct explain_book *book = &telling->explanation->book;
    for (size_t i = 0; i < book->class_count; i++) {
        const struct explain_class *class = &book->classes[i];
        if (class->is_cash == cash && (class->expected_minor || class->settled_minor))
            page_books(&telling->page, class->is_expected ? class->expected_minor : NONE, class->settled_minor,
                       cash ? NONE : class->settled_minor - class->expected_minor, "%s", label_of(class->name));
    }
}

void explain_tell_book(const struct telling *telling)
{
    const struct loaded_order *loaded = telling->explanation->loaded;
    const struct explain_book *book = &telling->explanation->book;
    page_gap(&telling->page);
    if (!loaded->settlement_count) {
        page_head(&telling->page, PAGE_NO_COLUMNS, "Settlement");
        page_note(&telling->page, "not settled yet: all figures are what the rules expect");
        return;
    }
    page_head(&telling->page, PAGE_TWO_BOOKS, "Settlement, %.*s", (int)loaded->settlement_status.len, loaded->settlement_status.ptr);
    if (!book->fits) {
        page_warning(&telling->page, "its amounts are beyond all numbers");
        return;
    }
    tell_classes(telling, false);
    page_books(&telling->page, book->expected_minor, book->settled_minor, book->settled_minor - book->expected_minor,
               "Net, settled against expected");
    tell_classes(telling, true);
    if (book->foreign_count)
        page_warning(&telling->page, "%zu settled in another currency, not in these sums", book->foreign_count);
    for (size_t i = 0; i < loaded->settlement_count; i++)
        tell_transaction(telling, &loaded->settlements[i]);
}
