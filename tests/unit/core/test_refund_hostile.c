/*
 * Refunds that somebody made to hurt: sums beyond all measure, orders of ten thousand lines with a hundred thousand refunds.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "charged.h"
#include "core/order_fact.h"
#include "core/refund.h"
#include "core/refund_fact.h"
#include "support/sample.h"

#define LINES EVENT_LINES_MAX
#define REFUNDS 100000

static enum reason reason_of(struct refund_line *lines, uint32_t count)
{
    static struct shop shop;
    struct event event = {.kind = EVENT_REFUND, .currency = text_of("USD"), .amount_scale = 2, .occurred_at_us = SAMPLE_TIME_US};
    struct refund_fact fact;
    shop = (struct shop){.id = text_of("s"), .policy = sample_policy_free(NULL, text_of("s"))};
    event.refund = (struct refund){.refund_id = text_of("r"), .order_id = text_of("o"), .initiator = text_of("BUYER"),
                                   .case_fee_minor = EVENT_ABSENT, .lines = lines, .line_count = count};
    return refund_fact_make(&event, &shop, (struct origin){0}, &fact);
}

/* Parked, it would else be the order that is refused when it comes. */
Test(refund_hostile, a_refund_whose_lines_add_up_beyond_all_measure_is_refused_itself)
{
    struct refund_line lines[] = {{.line_id = text_of("1"), .quantity = 1, .amount_minor = AMOUNT_MAX_MINOR},
                                  {.line_id = text_of("2"), .quantity = 1}};
    cr_expect_eq(reason_of(lines, 2), REASON_NONE);
    lines[1].amount_minor = 1;
    cr_expect_eq(reason_of(lines, 2), REASON_AMOUNT_OVERFLOW);
    lines[1].amount_minor = 0;
    lines[0].tax_minor = lines[1].tax_minor = AMOUNT_MAX_MINOR;
    cr_expect_eq(reason_of(lines, 2), REASON_AMOUNT_OVERFLOW);
}

static void *from_heap(void *ctx, size_t size)
{
    void **taken = ctx;
    while (*taken)
        taken++;
    return *taken = malloc(size);
}

/* Once the order is whole nothing of it can come back any more: a refund has only its own lines to look at. */
Test(refund_hostile, a_hundred_thousand_refunds_of_an_order_of_ten_thousand_lines_cost_what_their_lines_do, .timeout = 30)
{
    static const struct fee_rule rules[] = {{.refund = {.kind = FEE_RETURNED}}, {.class = FEE_AFFILIATE}};
    static const struct fee_schedule schedule = {.amount_scale = 2, .rules = rules, .rule_count = 2};
    static char ids[LINES][12], refund_ids[REFUNDS][12];
    struct sold_line *sold = calloc(LINES, sizeof *sold);
    struct refund *refunds = calloc(REFUNDS, sizeof *refunds);
    struct refund_line *lines = calloc(REFUNDS, sizeof *lines);
    struct refund_claim *claims = calloc(REFUNDS, sizeof *claims);
    struct refund_effects made;
    struct charged_order charged;
    void *taken[32] = {NULL};
    int64_t fees = 0;
    for (int i = 0; i < LINES; i++) {
        (void)snprintf(ids[i], sizeof ids[i], "%d", i);
        sold[i] = (struct sold_line){.line_id = text_of(ids[i]), .sku = text_of("a"), .line_no = i + 1, .quantity = 1, .fees_minor = 3};
    }
    for (int i = 0; i < REFUNDS; i++) {
        (void)snprintf(refund_ids[i], sizeof refund_ids[i], "%d", i);
        lines[i] = (struct refund_line){.line_id = text_of(ids[i % LINES]), .quantity = 1};
        refunds[i] = (struct refund){.refund_id = text_of(refund_ids[i]), .case_fee_minor = EVENT_ABSENT, .lines = &lines[i], .line_count = 1};
        claims[i] = (struct refund_claim){&refunds[i], text_of("USD"), 2, i};
    }
    charged_order_init(&charged, &schedule, sold, LINES);
    cr_assert(refunds_apply(&charged.sold, claims, REFUNDS, from_heap, taken, &made));
    for (size_t i = 0; i < made.count; i++)
        fees += made.effects[i].fees_returned_minor;
    cr_expect_eq(fees, 3 * LINES, "each line's fee once");
    for (int i = 0; i < 32; i++)
        free(taken[i]);
    charged_order_done(&charged);
    free(sold);
    free(refunds);
    free(lines);
    free(claims);
}
