/*
 * Whatever rules charge whatever order: terms add up to the base, steps to the fee, and what a step says gives its amount.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "cli/explain_fee.h"
#include "support/sample.h"

#define SEED UINT64_C(11)
#define ROUNDS 20000
#define LINES 6
#define RULES 5
#define SLOTS 2

static uint64_t state = SEED;
static const char *const words[] = {"a", "b", "c"};
static const char *const slot_names[SLOTS] = {"one", "two"};

static uint64_t pick(uint64_t count)
{
    state = state * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return (state >> 33) % count;
}

/* A schedule of rules of every kind, and an order of up to six lines that they charge. */
struct trial {
    struct fee_rule rules[RULES];
    struct fee_when whens[RULES];
    struct text categories[2];
    struct fee_term terms[RULES][SLOTS];
    struct fee_schedule schedule;
    struct event event;
    struct order_line lines[LINES];
    struct line_fact facts[LINES];
    struct fee_charge charges[RULES];
    struct fee_part parts[RULES * LINES];
    struct fee_trace trace;
};

static void random_rule(struct trial *trial, int at)
{
    struct fee_rule *rule = &trial->rules[at];
    *rule = (struct fee_rule){.name = "r",
                              .class = (enum fee_class)pick(FEE_CLASS_COUNT),
                              .level = (enum fee_level)pick(FEE_LEVEL_COUNT),
                              .rate_source = pick(3) ? RATE_OF_RULE : RATE_OF_AFFILIATE,
                              .rate_ppm = (int64_t)pick(pick(2) ? 100001 : 1000001),
                              .tier_above_minor = pick(2) ? 0 : (int64_t)pick(2000),
                              .tier_rate_ppm = (int64_t)pick(1000001),
                              .fixed_minor = pick(2) ? (int64_t)pick(40) : 0,
                              .cap_minor = pick(3) ? -1 : (int64_t)pick(600),
                              .slot = (uint16_t)pick(SLOTS + 1),
                              .fees = trial->terms[at],
                              .valid_from_us = INT64_MIN,
                              .valid_to_us = INT64_MAX};
    for (int i = 0; i < COMPONENT_COUNT; i++)
        rule->base[i] = pick(2) ? (int8_t)((int)pick(3) - 1) : 0;
    for (uint16_t slot = 0; slot < SLOTS; slot++)
        if (pick(3) == 0)
            trial->terms[at][rule->fee_count++] = (struct fee_term){slot, pick(2) ? 1 : -1};
    if (pick(3) == 0) {
        trial->whens[at] = (struct fee_when){.categories = {trial->categories, 1 + (uint32_t)pick(2), pick(2)}};
        rule->when = &trial->whens[at];
    }
}

static void random_order(struct trial *trial)
{
    int64_t sign = pick(5) ? 1 : -1;
    trial->event = sample_order("s", "o", trial->lines, 1 + (uint32_t)pick(LINES));
    struct order *order = &trial->event.order;
    static const char *const ids[LINES] = {"4", "1", "3", "6", "2", "5"};
    for (uint32_t i = 0; i < order->line_count; i++) {
        int64_t quantity = sign * (int64_t)(1 + pick(3)), unit = (int64_t)pick(5000);
        int64_t discount = sign * (int64_t)pick((uint64_t)unit / 2 + 1);
        trial->lines[i] = (struct order_line){.line_id = text_of(ids[i]),
                                              .platform_sku = text_of(words[pick(3)]),
                                              .category = pick(4) ? text_of(words[pick(3)]) : (struct text){0},
                                              .quantity = quantity,
                                              .unit_list_minor = unit,
                                              .seller_discount_minor = discount,
                                              .platform_discount_minor = discount,
                                              .tax_minor = sign * (int64_t)pick(500)};
        trial->facts[i] = (struct line_fact){.line_id = text_of(ids[i]), .gross_minor = unit * quantity};
    }
    order->shipping_paid_minor = pick(3) ? sign * (int64_t)pick(1000) : 0;
    order->customer_total_minor = sign * (int64_t)pick(20000);
    order->buyer_fees_minor = (int64_t)pick(50);
    order->payment_platform_discount_minor = (int64_t)pick(50);
    order->affiliate = (struct affiliate){.creator = text_of("creator"),
                                          .rate_ppm = (int64_t)pick(1000001),
                                          .shop_ads_rate_ppm = -1,
                                          .actual_commission_minor = pick(4) ? EVENT_ABSENT : (int64_t)pick(500)};
}

static void random_trial(struct trial *trial)
{
    memset(trial, 0, sizeof *trial);
    trial->categories[0] = text_of("a");
    trial->categories[1] = text_of("b");
    for (int i = 0; i < RULES; i++)
        random_rule(trial, i);
    trial->schedule = (struct fee_schedule){
        .name = "s", .amount_scale = 2, .rules = trial->rules, .rule_count = RULES, .slot_names = slot_names, .slot_count = SLOTS};
    trial->trace = (struct fee_trace){
        .charges = trial->charges, .charge_room = RULES, .parts = trial->parts, .part_room = RULES * LINES};
    random_order(trial);
}

static void *in_arena(void *ctx, size_t size)
{
    return arena_alloc(ctx, size);
}

static void assert_whole(const struct trial *trial, size_t at, struct arena *arena)
{
    struct explain_fee fee;
    int64_t base = 0, lines = 0;
    explain_fee_make(&trial->schedule, &trial->event, &trial->trace, at, arena, &fee);
    cr_assert(fee.whole, "seed %llu", (unsigned long long)SEED);
    for (size_t i = 0; i < fee.term_count; i++)
        base += fee.terms[i].sign * fee.terms[i].amount_minor;
    cr_assert_eq(base, fee.charge->base_minor);
    for (uint32_t i = 0; i < fee.step_count; i++) {
        const struct explain_step *step = &fee.steps[i];
        int64_t full = step->rounded_minor + step->fixed_minor;
        cr_assert_eq(step->amount_minor, !step->capped ? full : full < 0 ? -step->cap_minor : step->cap_minor);
        lines += step->line_count;
    }
    cr_assert(lines == 0 || fee.rule->when || lines == trial->event.order.line_count);
}

Test(explain_fee, every_fee_is_taken_apart_to_the_unit)
{
    static struct trial trial;
    struct arena arena;
    size_t explained = 0, actual = 0, capped = 0;
    arena_init(&arena);
    for (int round = 0; round < ROUNDS; round++) {
        random_trial(&trial);
        arena_reset(&arena, SIZE_MAX);
        if (fees_apply(&trial.schedule, NULL, &trial.event, in_arena, &arena, trial.facts, &trial.trace) != REASON_NONE)
            continue;
        for (size_t i = 0; i < trial.trace.charge_count; i++) {
            assert_whole(&trial, i, &arena);
            explained++;
            actual += (trial.charges[i].marks & FEE_ACTUAL) != 0;
            capped += (trial.charges[i].marks & FEE_CAPPED) != 0;
        }
    }
    cr_assert_gt(explained, ROUNDS);
    cr_assert_gt(actual, 100);
    cr_assert_gt(capped, 1000);
    arena_done(&arena);
}

static const struct fee_rule tiered = {.name = "r", .level = FEE_PER_ITEM, .base = {[COMPONENT_LIST] = 1}, .rate_ppm = 50000,
                                       .tier_above_minor = 1000, .tier_rate_ppm = 30000, .fixed_minor = 30, .cap_minor = 90,
                                       .valid_from_us = INT64_MIN, .valid_to_us = INT64_MAX};

Test(explain_fee, per_item_tier_fixed_part_and_cap_count_by_unit)
{
    /* 3 x 15.05 = 45.15: 5 % of 3 x 10.00 = 1.50, 3 % of 15.15 = 0.4545 -> 0.45; + 3 x 0.30 = 2.85, above the cap of 3 x 0.90 */
    static struct trial trial;
    struct arena arena;
    struct explain_fee fee;
    arena_init(&arena);
    trial.rules[0] = tiered;
    trial.schedule = (struct fee_schedule){.name = "s", .amount_scale = 2, .rules = trial.rules, .rule_count = 1};
    trial.trace = (struct fee_trace){.charges = trial.charges, .charge_room = 1, .parts = trial.parts, .part_room = LINES};
    trial.event = sample_order("s", "o", trial.lines, 1);
    trial.lines[0] =
        (struct order_line){.line_id = text_of("1"), .platform_sku = text_of("a"), .quantity = 3, .unit_list_minor = 1505};
    trial.facts[0].gross_minor = 4515;
    cr_assert_eq(fees_apply(&trial.schedule, NULL, &trial.event, in_arena, &arena, trial.facts, &trial.trace), REASON_NONE);
    explain_fee_make(&trial.schedule, &trial.event, &trial.trace, 0, &arena, &fee);
    cr_assert(fee.whole);
    cr_assert_eq(fee.step_count, 1);
    cr_assert_eq(fee.steps[0].tier_minor, 1515);
    cr_assert_eq(fee.steps[0].rounded_minor, 195);
    cr_assert_eq(fee.steps[0].fixed_minor, 90);
    cr_assert_eq(fee.steps[0].cap_minor, 270);
    cr_assert(fee.steps[0].capped);
    cr_assert_eq(fee.steps[0].amount_minor, 270);
    arena_done(&arena);
}

Test(explain_fee, a_trace_that_does_not_follow_from_its_rule_is_not_whole)
{
    static struct trial trial;
    struct arena arena;
    struct explain_fee fee;
    arena_init(&arena);
    trial.rules[0] = tiered;
    trial.schedule = (struct fee_schedule){.name = "s", .amount_scale = 2, .rules = trial.rules, .rule_count = 1};
    trial.trace = (struct fee_trace){.charges = trial.charges, .charge_room = 1, .parts = trial.parts, .part_room = LINES};
    trial.event = sample_order("s", "o", trial.lines, 1);
    trial.lines[0] =
        (struct order_line){.line_id = text_of("1"), .platform_sku = text_of("a"), .quantity = 3, .unit_list_minor = 1505};
    trial.facts[0].gross_minor = 4515;
    cr_assert_eq(fees_apply(&trial.schedule, NULL, &trial.event, in_arena, &arena, trial.facts, &trial.trace), REASON_NONE);
    trial.parts[0].amount_minor = 269;
    explain_fee_make(&trial.schedule, &trial.event, &trial.trace, 0, &arena, &fee);
    cr_assert(!fee.whole);
    arena_done(&arena);
}
