#include "core/order_fact.h"

#include <criterion/criterion.h>
#include <stdio.h>

#include "support/sample.h"

static struct shop shop_with(const struct shop_policy *(*policy_of)(void *, struct text))
{
    return (struct shop){.id = text_of("s"), .policy = policy_of(NULL, text_of("s")), .currency = "USD", .amount_scale = 2};
}

static enum reason make(struct event *event, struct order_fact *ret_fact)
{
    static struct shop shop;
    static struct facts facts;
    shop = shop_with(sample_policy_referral);
    facts = sample_facts();
    return order_fact_make(event, &shop, (struct origin){0}, &facts, NULL, ret_fact);
}

Test(order_fact, net_is_gross_less_discount_and_fees)
{
    struct order_line lines[1];
    struct event event = sample_order("s", "o", lines, 1);
    struct order_fact fact;
    cr_assert_eq(make(&event, &fact), REASON_NONE);
    const struct line_fact *line = &fact.lines[0];
    cr_assert_eq(line->gross_minor, 5000);
    cr_assert_eq(line->platform_fee_minor, 270); /* 6 % of 45.00 */
    cr_assert_eq(line->net_minor, 5000 - 500 - 270);
    cr_assert(fact.booked);
    cr_assert_eq(fact.day, 20454); /* 2026-01-01 */
}

Test(order_fact, only_real_paid_sales_are_booked)
{
    struct order_line lines[1];
    struct order_fact fact;
    const bool booked[ORDER_STATUS_COUNT] = {[ORDER_PAID] = true, [ORDER_SHIPPED] = true, [ORDER_DELIVERED] = true, [ORDER_COMPLETED] = true};
    for (int status = 0; status < ORDER_STATUS_COUNT; status++) {
        struct event event = sample_order("s", "o", lines, 1);
        event.order.status = (enum order_status)status;
        cr_assert_eq(make(&event, &fact), REASON_NONE);
        cr_assert_eq(fact.booked, booked[status], "status %d", status);
    }
    for (int flag = 0; flag < 4; flag++) {
        struct event event = sample_order("s", "o", lines, 1);
        bool *const flags[] = {&event.order.test, &event.order.mirror, &event.order.sample, &event.order.replacement};
        *flags[flag] = true;
        cr_assert_eq(make(&event, &fact), REASON_NONE);
        cr_assert_not(fact.booked, "flag %d", flag);
    }
}

struct refusal {
    int64_t quantity, unit_list, seller_discount, platform_discount, tax;
    enum reason reason;
};

Test(order_fact, impossible_lines_are_refused_by_name)
{
    static const struct refusal refusals[] = {
        {1, 1000, 0, 0, 0, REASON_NONE},
        {0, 1000, 0, 0, 0, REASON_IMPOSSIBLE_LINE},
        {1, 1000, 1001, 0, 0, REASON_IMPOSSIBLE_LINE},
        {1, 1000, 600, 401, 0, REASON_IMPOSSIBLE_LINE},
        {1, 1000, 600, 400, 0, REASON_NONE},
        {1, 1000, -1, 0, 0, REASON_IMPOSSIBLE_LINE},
        {-2, 1000, -500, 0, 0, REASON_NONE}, /* a credit note gives its discount back */
        {-2, 1000, 500, 0, 0, REASON_IMPOSSIBLE_LINE},
        {1, -5000, 0, 0, 0, REASON_NONE},    /* a bad debt adjustment */
        {1, 0, 0, 0, 0, REASON_NONE},
        {1, 1000, EVENT_ABSENT, 0, 0, REASON_IMPOSSIBLE_LINE},
        {INT64_MAX, 1000, 0, 0, 0, REASON_AMOUNT_OVERFLOW},
        {1, INT64_MAX, 0, 0, 0, REASON_AMOUNT_OVERFLOW},
        {1000000000, AMOUNT_MAX_MINOR, 0, 0, 0, REASON_AMOUNT_OVERFLOW},
        {1, AMOUNT_MAX_MINOR, 0, 0, 0, REASON_NONE},
        {1, 1000, 0, 0, INT64_MIN, REASON_AMOUNT_OVERFLOW},
    };
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        struct order_line lines[1];
        struct event event = sample_order("s", "o", lines, 1);
        lines[0].quantity = refusals[i].quantity;
        lines[0].unit_list_minor = refusals[i].unit_list;
        lines[0].seller_discount_minor = refusals[i].seller_discount;
        lines[0].platform_discount_minor = refusals[i].platform_discount;
        lines[0].tax_minor = refusals[i].tax;
        struct order_fact fact;
        enum reason reason = make(&event, &fact);
        cr_assert_eq(reason, refusals[i].reason, "case %zu: %s", i, reason_name(reason));
    }
}

Test(order_fact, a_line_id_that_repeats_is_refused_in_short_and_long_orders)
{
    static struct order_line lines[100];
    static char ids[100][12];
    for (uint32_t count = 2; count <= 100; count += 49) {
        struct event event = sample_order("s", "o", lines, count);
        for (uint32_t i = 0; i < count; i++) {
            cr_assert(snprintf(ids[i], sizeof ids[i], "%u", i) > 0);
            lines[i].line_id = text_of(ids[i]);
        }
        struct order_fact fact;
        cr_assert_eq(make(&event, &fact), REASON_NONE);
        lines[count - 1].line_id = lines[0].line_id;
        cr_assert_eq(make(&event, &fact), REASON_DUPLICATE_LINE, "%u lines", count);
    }
}

Test(order_fact, rates_beyond_the_whole_are_refused)
{
    struct order_line lines[1];
    struct event event = sample_order("s", "o", lines, 1);
    struct order_fact fact;
    event.order.affiliate.creator = text_of("creator");
    event.order.affiliate.rate_ppm = 1000001;
    cr_assert_eq(make(&event, &fact), REASON_IMPOSSIBLE_RATE);
    event.order.affiliate.rate_ppm = -1;
    cr_assert_eq(make(&event, &fact), REASON_IMPOSSIBLE_RATE);
    event.order.affiliate.rate_ppm = 100000;
    cr_assert_eq(make(&event, &fact), REASON_NONE);
}

Test(order_fact, any_changed_column_changes_the_row_hash)
{
    struct order_line lines[2];
    struct event event = sample_order("s", "o", lines, 2);
    struct order_fact fact;
    lines[1].line_id = text_of("2");
    cr_assert_eq(make(&event, &fact), REASON_NONE);
    struct facts facts = {.orders = &fact, .order_count = 1};
    facts_seal(&facts);
    uint64_t row = fact.row_hash, all_lines = fact.lines_hash;
    event.order.status = ORDER_SHIPPED;
    facts_seal(&facts);
    cr_assert_neq(fact.row_hash, row);
    cr_assert_eq(fact.lines_hash, all_lines, "a shipped order has the lines of a paid one");
    fact.lines[1].net_minor++;
    facts_seal(&facts);
    cr_assert_neq(fact.lines_hash, all_lines);
}
