/*
 * Any bytes as a fee pack. What the loader accepts must keep its promises: rules of one name never overlap,
 * and an order charged by them is refused or has fees that add up to a whole, with every split complete.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/fact.h"
#include "core/fees.h"
#include "core/money.h"
#include "rules/fee_pack.h"

#define LINES 3

static void require(bool holds)
{
    if (!holds)
        abort();
}

static void *allocate_never(void *ctx, size_t size)
{
    (void)ctx;
    (void)size;
    abort();
}

static void check_rules(const struct fee_schedule *schedule)
{
    for (size_t i = 0; i < schedule->rule_count; i++) {
        const struct fee_rule *rule = &schedule->rules[i];
        require(rule->valid_from_us < rule->valid_to_us && rule->rate_ppm >= 0 && rule->rate_ppm <= PPM);
        require(rule->fixed_minor >= 0 && rule->cap_minor >= -1 && rule->source[0] && rule->name[0]);
        require(schedule->currency || (rule->fixed_minor == 0 && rule->cap_minor == -1));
        for (size_t j = 0; j < i; j++) {
            const struct fee_rule *other = &schedule->rules[j];
            bool apart =
                rule->valid_from_us >= other->valid_to_us || other->valid_from_us >= rule->valid_to_us;
            require(apart || strcmp(rule->name, other->name) != 0);
        }
    }
}

static void check_order(const struct fee_schedule *schedule)
{
    struct order_line lines[LINES] = {
        {.line_id = {"b", 1}, .unit_list_minor = 1999, .seller_discount_minor = 100},
        {.line_id = {"a", 1}, .unit_list_minor = 1, .tax_minor = 7},
        {.line_id = {"c", 1}, .platform_discount_minor = 0}};
    struct line_fact facts[LINES] = {{.gross_minor = 1999}, {.gross_minor = 1}, {.gross_minor = 0}};
    struct event event = {.amount_scale = 2};
    event.currency = (struct text){schedule->currency ? schedule->currency : "EUR", 3};
    event.order = (struct order){.lines = lines,
                                 .line_count = LINES,
                                 .shipping_paid_minor = 599,
                                 .customer_total_minor = 2500,
                                 .created_at_us = INT64_C(1711954800000000)};
    event.order.affiliate = (struct affiliate){.creator = {"c", 1},
                                               .rate_ppm = 75000,
                                               .shop_ads_rate_ppm = -1,
                                               .actual_commission_minor = EVENT_ABSENT};
    enum reason reason = fees_apply(schedule, NULL, &event, allocate_never, NULL, facts, NULL);
    require(reason == REASON_NONE || reason == REASON_WRONG_SCALE || reason == REASON_AMOUNT_OVERFLOW);
    int64_t shipping = 0;
    for (size_t i = 0; i < LINES; i++)
        shipping += facts[i].shipping_share_minor;
    require(reason != REASON_NONE || shipping == 599);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t size_max, unsigned seed);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t size_max);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct problems problems = {.count = 0};
    struct fee_pack *pack = fee_pack_parse("fuzz", (const char *)data, size, &problems);
    require((pack != NULL) == (problems.count == 0));
    if (pack) {
        check_rules(fee_pack_schedule(pack));
        check_order(fee_pack_schedule(pack));
    }
    fee_pack_free(pack);
    problems_done(&problems);
    return 0;
}

static const char whole_pack[] = "name: p\ntimezone: UTC\ncurrency: USD\namount_scale: 2\nrules:\n"
                                 "- {name: r, class: platform, level: line, base: list - tax, rate_ppm: "
                                 "20000, fixed: 0.30, to: 2024-04-01, source: s}\n"
                                 "- {name: r, class: platform, level: order, base: list + shipping_paid, "
                                 "rate_ppm: 60000, cap: 5, from: 2024-04-01,"
                                 " source: s}\n"
                                 "- {name: a, class: affiliate, level: line, base: list - seller_discount, "
                                 "rate_of: affiliate, source: s}\n";

/* Random bytes are hardly ever YAML: now and then it starts again from a pack that is right. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t size_max, unsigned seed)
{
    bool fresh = (size < 16 || seed % 64 == 0) && sizeof whole_pack - 1 <= size_max;
    if (fresh) {
        size = sizeof whole_pack - 1;
        memcpy(data, whole_pack, size);
    }
    return fresh && seed % 2 ? size : LLVMFuzzerMutate(data, size, size_max);
}
