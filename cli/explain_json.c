#include "cli/explain_json.h"

#include "cli/explain_rule.h"
#include "schemas/json_out.h"

static void put_presented(struct json_out *json, const struct presentment *presentment)
{
    if (!presentment->currency.ptr)
        return;
    json_begin(json, "presentment", '{');
    json_text(json, "currency", presentment->currency);
    json_number(json, "amount_scale", presentment->amount_scale);
    json_number(json, "total_minor", presentment->total_minor);
    json_number(json, "rate_ppb", presentment->rate_ppb);
    json_end(json, '}');
}

static void put_head(struct json_out *json, const struct explanation *explanation)
{
    const struct order *order = &explanation->event.order;
    const struct order_fact *stored = &explanation->loaded->stored.fact;
    json_text(json, "shop_id", explanation->shop.id);
    json_text(json, "order_id", order->order_id);
    json_string(json, "status", explain_status_name(order->status));
    json_flag(json, "booked", stored->booked);
    json_string(json, "day", figure_day(stored->day).text);
    json_text(json, "platform", order->platform);
    json_text(json, "market", order->market);
    json_string(json, "currency", explanation->shop.currency);
    json_number(json, "amount_scale", explanation->shop.amount_scale);
    put_presented(json, &order->presentment);
    json_number(json, "created_at_us", order->created_at_us);
    json_string(json, "timezone", explanation->shop.policy->zone_name);
    json_string(json, "rule_set", explanation->shop.policy->fees->name);
    json_string(json, "stored_rule_set", stored->rule_set);
}

static void put_line(struct json_out *json, const struct explanation *explanation, uint32_t index)
{
    const struct line_fact *line = &explanation->made.lines[index];
    const struct loaded_order *loaded = explanation->loaded;
    json_begin(json, NULL, '{');
    json_number(json, "line_no", line->line_no);
    json_text(json, "line_id", line->line_id);
    json_text(json, "sku", line->sku);
    json_text(json, "category", line->category);
    json_number(json, "quantity", line->quantity);
    json_number(json, "unit_list_minor", explanation->event.order.lines[index].unit_list_minor);
    json_number(json, "gross_minor", line->gross_minor);
    json_number(json, "seller_discount_minor", line->seller_discount_minor);
    json_number(json, "platform_discount_minor", line->platform_discount_minor);
    json_number(json, "net_sales_minor", line->gross_minor - line->seller_discount_minor);
    json_number(json, "tax_minor", line->tax_minor);
    json_number(json, "shipping_share_minor", line->shipping_share_minor);
    json_number(json, "platform_fee_minor", line->platform_fee_minor);
    json_number(json, "payment_fee_minor", line->payment_fee_minor);
    json_number(json, "affiliate_commission_minor", line->affiliate_commission_minor);
    json_number(json, "other_fees_minor", line->other_fees_minor);
    json_number(json, "fee_returnable_minor", line->fee_returnable_minor);
    json_number(json, "net_minor", line->net_minor);
    json_number(json, "cost_minor", loaded->costs_minor[index]);
    json_begin(json, "components", '[');
    for (size_t i = 0; i < loaded->component_count; i++) {
        if (loaded->components[i].line != index)
            continue;
        json_begin(json, NULL, '{');
        json_text(json, "sku", loaded->components[i].sku);
        json_flag(json, "mapped", loaded->components[i].mapped);
        json_number(json, "quantity", loaded->components[i].quantity);
        json_number(json, "unit_cost_minor", loaded->components[i].unit_cost_minor);
        json_end(json, '}');
    }
    json_end(json, ']');
    json_end(json, '}');
}

static void put_step(struct json_out *json, const struct explanation *explanation, const struct explain_fee *fee,
                     const struct explain_step *step)
{
    struct figure exact = figure_exact(step->base_minor - step->tier_minor, fee->charge->rate_ppm, step->tier_minor,
                                       fee->rule->tier_rate_ppm, explanation->shop.amount_scale);
    json_begin(json, NULL, '{');
    json_begin(json, "line_nos", '[');
    for (uint32_t i = 0; i < step->line_count; i++)
        json_number(json, NULL, explanation->made.lines[step->lines[i]].line_no);
    json_end(json, ']');
    json_number(json, "base_minor", step->base_minor);
    json_number(json, "above_tier_minor", step->tier_minor);
    json_string(json, "exact", exact.text);
    json_number(json, "rounded_minor", step->rounded_minor);
    json_number(json, "fixed_minor", step->fixed_minor);
    json_number(json, "cap_minor", step->cap_minor < 0 ? EVENT_ABSENT : step->cap_minor);
    json_flag(json, "capped", step->capped);
    json_number(json, "amount_minor", step->amount_minor);
    json_end(json, '}');
}

static int64_t bound(int64_t at_us)
{
    return at_us == INT64_MIN || at_us == INT64_MAX ? EVENT_ABSENT : at_us;
}

static void put_rule(struct json_out *json, const struct explanation *explanation, const struct fee_rule *rule)
{
    const struct fee_schedule *schedule = explanation->shop.policy->fees;
    json_string(json, "name", rule->name);
    json_string(json, "class", fee_class_name(rule->class));
    json_string(json, "level", fee_level_name(rule->level));
    json_string(json, "source", rule->source);
    json_string(json, "note", rule->note);
    json_number(json, "valid_from_us", bound(rule->valid_from_us));
    json_number(json, "valid_to_us", bound(rule->valid_to_us));
    json_string(json, "timezone", schedule->zone ? schedule->zone_name : "UTC");
    json_string(json, "conditions", explain_conditions(schedule, rule).text);
    json_string(json, "clock", explain_clock_name(rule->clock));
}

static void put_fee(struct json_out *json, const struct explanation *explanation, const struct explain_fee *fee, int64_t total_minor)
{
    const struct fee_charge *charge = fee->charge;
    json_begin(json, NULL, '{');
    put_rule(json, explanation, fee->rule);
    json_number(json, "at_us", charge->at_us);
    json_string(json, "book", charge->marks & FEE_ACTUAL ? "actual" : charge->marks & FEE_ESTIMATED ? "estimated" : "by_rule");
    json_begin(json, "base", '[');
    for (size_t i = 0; i < fee->term_count; i++) {
        json_begin(json, NULL, '{');
        json_string(json, "component", fee->terms[i].name);
        json_number(json, "sign", fee->terms[i].sign);
        json_number(json, "amount_minor", fee->terms[i].amount_minor);
        json_end(json, '}');
    }
    json_end(json, ']');
    json_number(json, "base_minor", charge->base_minor);
    json_number(json, "rate_ppm", charge->rate_ppm);
    json_begin(json, "steps", '[');
    for (uint32_t i = 0; i < fee->step_count; i++)
        put_step(json, explanation, fee, &fee->steps[i]);
    json_end(json, ']');
    json_number(json, "amount_minor", charge->amount_minor);
    json_begin(json, "split_minor", '[');
    for (uint32_t i = 0; i < explanation->made.line_count; i++)
        json_number(json, NULL, charge->parts[i].amount_minor);
    json_end(json, ']');
    json_number(json, "total_minor", total_minor);
    json_end(json, '}');
}

static void put_fees(struct json_out *json, const struct explanation *explanation)
{
    int64_t total = explanation->sums.gross_minor - explanation->sums.seller_discount_minor;
    json_begin(json, "fees", '[');
    for (size_t i = 0; i < explanation->fee_count; i++) {
        total -= explanation->fees[i].charge->amount_minor;
        put_fee(json, explanation, &explanation->fees[i], total);
    }
    json_end(json, ']');
}

static void put_effect(struct json_out *json, const struct refund_effect *effect)
{
    json_begin(json, NULL, '{');
    json_number(json, "line_no", effect->line_no);
    json_number(json, "quantity", effect->quantity);
    json_flag(json, "restocked", effect->restocked);
    json_number(json, "gross_minor", effect->gross_minor);
    json_number(json, "seller_discount_minor", effect->seller_discount_minor);
    json_number(json, "platform_discount_minor", effect->platform_discount_minor);
    json_number(json, "amount_minor", effect->amount_minor);
    json_number(json, "tax_minor", effect->tax_minor);
    json_number(json, "shipping_minor", effect->shipping_minor);
    json_number(json, "discrepancy_minor", effect->discrepancy_minor);
    json_number(json, "fx_minor", effect->fx_minor);
    json_number(json, "affiliate_commission_minor", effect->affiliate_commission_minor);
    json_number(json, "fees_returned_minor", effect->fees_returned_minor);
    json_number(json, "admin_fee_minor", effect->admin_fee_minor);
    json_number(json, "case_fee_minor", effect->case_fee_minor);
    json_number(json, "cost_minor", effect->cost_minor);
    json_number(json, "net_minor", effect->net_minor);
    json_flag(json, "above_sale", effect->findings & REFUND_ABOVE_SALE);
    json_flag(json, "unknown_line", effect->findings & REFUND_UNKNOWN_LINE);
    json_flag(json, "wrong_currency", effect->findings & REFUND_WRONG_CURRENCY);
    json_flag(json, "fees_assumed_kept", effect->findings & REFUND_FEES_ASSUMED_KEPT);
    json_flag(json, "other_rules", effect->findings & REFUND_OTHER_RULES);
    json_flag(json, "other_presentment", effect->findings & REFUND_OTHER_PRESENTMENT);
    json_end(json, '}');
}

static void put_refunded_fee(struct json_out *json, const struct sold_order *sold, const struct fee_refund_effect *fee)
{
    json_begin(json, NULL, '{');
    json_string(json, "rule", sold->schedule->rules[sold->charges[fee->charge].rule].name);
    json_number(json, "line_no", sold->lines[fee->line].line_no);
    json_number(json, "returned_minor", fee->returned_minor);
    json_number(json, "admin_minor", fee->admin_minor);
    json_number(json, "kept_minor", fee->kept_minor);
    json_flag(json, "assumed_kept", fee->marks & FEE_REFUND_ASSUMED);
    json_end(json, '}');
}

static void put_refund(struct json_out *json, const struct sold_order *sold, const struct explain_refund *refund,
                       int64_t total_minor)
{
    const struct refund_fact *fact = &refund->refund->stored.fact;
    json_begin(json, NULL, '{');
    json_text(json, "refund_id", fact->refund->refund_id);
    json_number(json, "occurred_at_us", fact->occurred_at_us);
    json_text(json, "initiator", fact->refund->initiator);
    json_text(json, "reason", fact->refund->reason);
    json_flag(json, "shipped_before", fact->refund->shipped_before);
    json_flag(json, "chargeback", fact->refund->chargeback);
    json_flag(json, "voided", fact->refund->voided);
    put_presented(json, &fact->refund->presentment);
    json_begin(json, "effects", '[');
    for (size_t i = 0; i < refund->effect_count; i++)
        put_effect(json, &refund->effects[i]);
    json_end(json, ']');
    json_begin(json, "fees", '[');
    for (size_t i = 0; i < refund->fee_count; i++)
        put_refunded_fee(json, sold, &refund->fees[i]);
    json_end(json, ']');
    json_number(json, "net_minor", refund->net_minor);
    json_number(json, "total_minor", total_minor);
    json_end(json, '}');
}

static void put_refunds(struct json_out *json, const struct explanation *explanation)
{
    int64_t total = explanation->sums.net_minor;
    json_begin(json, "refunds", '[');
    for (size_t i = 0; i < explanation->refund_count; i++) {
        total -= explanation->refunds[i].net_minor;
        put_refund(json, &explanation->sold, &explanation->refunds[i], total);
    }
    json_end(json, ']');
}

static void put_transaction(struct json_out *json, const struct loaded_settlement *settlement)
{
    json_begin(json, NULL, '{');
    json_text(json, "transaction_id", settlement->transaction_id);
    json_text(json, "sku", settlement->sku);
    json_text(json, "statement_id", settlement->statement_id);
    json_text(json, "payout_id", settlement->payout_id);
    json_text(json, "type", settlement->type);
    json_text(json, "native_type", settlement->native_type);
    json_text(json, "status", settlement->status);
    json_text(json, "currency", settlement->currency);
    json_number(json, "amount_scale", settlement->amount_scale);
    json_number(json, "settled_at_us", settlement->settled_at_us);
    json_number(json, "total_minor", settlement->total_minor);
    json_begin(json, "amounts", '[');
    for (uint32_t i = 0; i < settlement->amount_count; i++) {
        json_begin(json, NULL, '{');
        json_text(json, "field", settlement->amounts[i].field);
        json_string(json, "class", settlement->amounts[i].class < SETTLED_CLASS_COUNT ? settled_class_name(settlement->amounts[i].class)
                                                                                      : NULL);
        json_number(json, "amount_minor", settlement->amounts[i].amount_minor);
        json_end(json, '}');
    }
    json_end(json, ']');
    json_end(json, '}');
}

static void put_settlement(struct json_out *json, const struct explanation *explanation)
{
    const struct loaded_order *loaded = explanation->loaded;
    const struct explain_book *book = &explanation->book;
    json_begin(json, "settlement", '{');
    json_text(json, "status", loaded->settlement_status);
    json_begin(json, "classes", '[');
    for (size_t i = 0; loaded->settlement_count && book->fits && i < book->class_count; i++) {
        json_begin(json, NULL, '{');
        json_string(json, "class", book->classes[i].name);
        json_number(json, "expected_minor", book->classes[i].is_expected ? book->classes[i].expected_minor : EVENT_ABSENT);
        json_number(json, "settled_minor", book->classes[i].settled_minor);
        json_number(json, "difference_minor",
                    book->classes[i].is_cash ? EVENT_ABSENT : book->classes[i].settled_minor - book->classes[i].expected_minor);
        json_end(json, '}');
    }
    json_end(json, ']');
    json_number(json, "expected_minor", book->expected_minor);
    json_number(json, "settled_minor", loaded->settlement_count && book->fits ? book->settled_minor : EVENT_ABSENT);
    json_begin(json, "transactions", '[');
    for (size_t i = 0; i < loaded->settlement_count; i++)
        put_transaction(json, &loaded->settlements[i]);
    json_end(json, ']');
    json_end(json, '}');
}

static void put_check(struct json_out *json, const struct explanation *explanation)
{
    size_t count = explanation->difference_count < EXPLAIN_DIFFERENCES_MAX ? explanation->difference_count : EXPLAIN_DIFFERENCES_MAX;
    json_flag(json, "agrees", explanation->difference_count == 0);
    json_number(json, "difference_count", (int64_t)explanation->difference_count);
    json_begin(json, "differences", '[');
    for (size_t i = 0; i < count; i++) {
        json_begin(json, NULL, '{');
        json_string(json, "where", explanation->differences[i].where);
        json_string(json, "column", explanation->differences[i].column);
        json_string(json, "stored", explanation->differences[i].stored);
        json_string(json, "computed", explanation->differences[i].computed);
        json_end(json, '}');
    }
    json_end(json, ']');
}

static void put_order(struct json_out *json, const struct explanation *explanation)
{
    const struct explain_sums *sums = &explanation->sums;
    json_begin(json, "lines", '[');
    for (uint32_t i = 0; i < explanation->made.line_count; i++)
        put_line(json, explanation, i);
    json_end(json, ']');
    json_number(json, "gross_minor", sums->gross_minor);
    json_number(json, "seller_discount_minor", sums->seller_discount_minor);
    json_number(json, "platform_discount_minor", sums->platform_discount_minor);
    put_fees(json, explanation);
    json_number(json, "net_minor", sums->net_minor);
    put_refunds(json, explanation);
    json_number(json, "net_after_refunds_minor", explanation->net_after_minor);
    json_number(json, "cost_minor", sums->cost_minor);
    json_number(json, "restocked_cost_minor", explanation->restocked_minor);
    json_number(json, "profit_minor", explanation->profit_minor);
    put_settlement(json, explanation);
}

void explain_json_print(const struct explanation *explanation, FILE *out)
{
    struct json_out json = {.out = out};
    json_begin(&json, NULL, '{');
    put_head(&json, explanation);
    if (explanation->reason == REASON_NONE)
        put_order(&json, explanation);
    put_check(&json, explanation);
    json_end(&json, '}');
    (void)fputc('\n', out);
}
