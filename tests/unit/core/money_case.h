/*
 * What the tests of the edge cases of money sell: an order of up to four lines, booked by a shop in a zone of its own and charged by a
 * schedule after that of TikTok Shop in the United States (6 % of list - seller discount + shipping paid by the buyer, a creator's
 * commission on list - both discounts) or in Indonesia (8 % of list - seller discount and Rp1,250 an order).
 */
#ifndef CORE_MONEY_CASE_H
#define CORE_MONEY_CASE_H

#include <criterion/criterion.h>
#include <string.h>

#include "core/order_fact.h"
#include "support/sample.h"

#define FOREVER .cap_minor = -1, .valid_from_us = INT64_MIN, .valid_to_us = INT64_MAX
#define CASE_LINES 4

static const struct admin_fee case_admin = {
    .rate_ppm = 200000, .cap_minor = 500, .level = FEE_PER_SKU, .free_for_buyer = true, .valid_from_us = INT64_MIN, .valid_to_us = INT64_MAX};
static const struct fee_rule case_us_rules[] = {
    {.name = "referral",
     .base = {[COMPONENT_LIST] = 1, [COMPONENT_SELLER_DISCOUNT] = -1, [COMPONENT_SHIPPING_PAID] = 1},
     .rate_ppm = 60000,
     .refund = {.kind = FEE_RETURNED, .admins = &case_admin, .admin_count = 1},
     FOREVER},
    {.name = "affiliate",
     .class = FEE_AFFILIATE,
     .level = FEE_PER_LINE,
     .rate_source = RATE_OF_AFFILIATE,
     .base = {[COMPONENT_LIST] = 1, [COMPONENT_SELLER_DISCOUNT] = -1, [COMPONENT_PLATFORM_DISCOUNT] = -1},
     .refund = {.kind = FEE_PRO_RATA},
     FOREVER}};
static const struct fee_schedule case_us = {
    .name = "us", .currency = "USD", .amount_scale = 2, .rules = case_us_rules, .rule_count = 2};

static const struct fee_rule case_id_rules[] = {
    {.name = "commission", .base = {[COMPONENT_LIST] = 1, [COMPONENT_SELLER_DISCOUNT] = -1}, .rate_ppm = 80000, FOREVER},
    {.name = "processing", .base = {[COMPONENT_LIST] = 1}, .fixed_minor = 1250, FOREVER}};
static const struct fee_schedule case_id = {.name = "id", .currency = "IDR", .rules = case_id_rules, .rule_count = 2};

struct money_case {
    struct order_line lines[CASE_LINES];
    struct event event;
    struct shop_policy policy;
    struct shop shop;
    struct facts facts;
    struct order_fact fact;
};

/* An order of lines without a price yet; ids and SKUs are "1", "2", ... */
static inline void case_init(struct money_case *at, const struct fee_schedule *schedule, uint32_t line_count)
{
    static const char *const ids[] = {"1", "2", "3", "4"};
    *at = (struct money_case){.policy = *sample_policy_free(NULL, text_of("s")), .facts = sample_facts()};
    at->policy.fees = schedule;
    at->event = sample_order("s", "o", at->lines, line_count);
    at->event.currency = text_of(schedule->currency ? schedule->currency : "USD");
    at->event.amount_scale = schedule->amount_scale;
    at->event.order.customer_total_minor = 0;
    for (uint32_t i = 0; i < line_count; i++)
        at->lines[i] = (struct order_line){.line_id = text_of(ids[i]), .platform_sku = text_of(ids[i]), .quantity = 1};
}

static inline enum reason case_book(struct money_case *at)
{
    at->shop = (struct shop){.id = text_of("s"), .policy = &at->policy};
    return order_fact_make(&at->event, &at->shop, (struct origin){0}, &at->facts, NULL, &at->fact);
}

/* Of an order that must be taken. */
static inline const struct line_fact *case_lines(struct money_case *at)
{
    enum reason reason = case_book(at);
    cr_assert_eq(reason, REASON_NONE, "%s", reason_name(reason));
    return at->fact.lines;
}

#endif
