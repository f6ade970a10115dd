#include "core/refund_fact.h"

#include <criterion/criterion.h>

#include "core/zone.h"
#include "support/sample.h"

static struct refund_fact fact;

static enum reason reason_of(const struct refund *refund)
{
    static struct shop shop;
    static struct event event;
    shop = (struct shop){.id = text_of("s"), .hash = 7, .policy = sample_policy_referral(NULL, text_of("s"))};
    event = (struct event){.kind = EVENT_REFUND, .currency = text_of("USD"), .amount_scale = 2, .occurred_at_us = INT64_C(1767225600000000),
                           .refund = *refund};
    return refund_fact_make(&event, &shop, (struct origin){0}, &fact);
}

static struct refund refund_of(const char *id, struct refund_line *lines, uint32_t count)
{
    return (struct refund){.refund_id = text_of(id), .order_id = text_of("o"), .initiator = text_of("BUYER"),
                           .case_fee_minor = EVENT_ABSENT, .lines = lines, .line_count = count};
}

Test(refund_fact, impossible_ones_are_refused_with_a_reason)
{
    struct refund_line lines[2] = {{.line_id = text_of("1"), .quantity = 1, .amount_minor = 1}, {.line_id = text_of("2"), .quantity = 1}};
    struct refund refund = refund_of("r", lines, 2);
    cr_assert_eq(reason_of(&refund), REASON_NONE);
    lines[1].amount_minor = -1;
    cr_assert_eq(reason_of(&refund), REASON_IMPOSSIBLE_AMOUNT);
    lines[1].amount_minor = INT64_MAX;
    cr_assert_eq(reason_of(&refund), REASON_AMOUNT_OVERFLOW);
    lines[1].amount_minor = 0;
    lines[1].quantity = -1;
    cr_assert_eq(reason_of(&refund), REASON_IMPOSSIBLE_LINE);
    lines[1].quantity = 0;
    lines[1].line_id = text_of("1");
    cr_assert_eq(reason_of(&refund), REASON_DUPLICATE_LINE);
    refund.line_count = 1;
    refund.shipping_refund_minor = -5;
    cr_assert_eq(reason_of(&refund), REASON_IMPOSSIBLE_AMOUNT);
}

Test(refund_fact, lines_are_sorted_so_that_their_sequence_does_not_matter)
{
    struct refund_line lines[] = {{.line_id = text_of("2"), .quantity = 1}, {.line_id = text_of("1"), .quantity = 3}};
    struct refund refund = refund_of("r", lines, 2);
    cr_assert_eq(reason_of(&refund), REASON_NONE);
    uint64_t hash = refund_columns_hash(&fact);
    cr_assert_eq(fact.refund->lines[0].quantity, 3);
    cr_assert_eq(fact.day, 20454); /* 2026-01-01 */
    struct refund_line kept = lines[0];
    lines[0] = lines[1];
    lines[1] = kept;
    cr_assert_eq(reason_of(&refund), REASON_NONE);
    cr_assert_eq(refund_columns_hash(&fact), hash);
}
