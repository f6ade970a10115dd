/*
 * Any bytes as a fee pack. What the loader accepts must keep its promises: rules of one name never charge one line twice, an
 * order charged by them is refused or has fees that add up to their trace, and a full refund gives back no more than was charged.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/fact.h"
#include "core/fee_refund.h"
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

static void check_admins(const struct fee_schedule *schedule, const struct fee_refund_policy *policy)
{
    for (uint32_t i = 0; i < policy->admin_count; i++) {
        const struct admin_fee *admin = &policy->admins[i];
        require(admin->rate_ppm >= 0 && admin->rate_ppm <= PPM && admin->cap_minor >= -1);
        require(admin->level != FEE_PER_ITEM && admin->valid_from_us < admin->valid_to_us);
        require(schedule->currency || admin->cap_minor == -1);
        for (uint32_t j = 0; j < i; j++)
            require(admin->valid_from_us >= policy->admins[j].valid_to_us ||
                    policy->admins[j].valid_from_us >= admin->valid_to_us);
    }
}

static void check_rules(const struct fee_schedule *schedule)
{
    require(schedule->slot_count <= FEE_SLOTS_MAX && schedule->flag_count <= FEE_FLAGS_MAX);
    for (size_t i = 0; i < schedule->rule_count; i++) {
        const struct fee_rule *rule = &schedule->rules[i];
        require(rule->valid_from_us < rule->valid_to_us && rule->rate_ppm >= 0 && rule->rate_ppm <= PPM);
        require(rule->fixed_minor >= 0 && rule->cap_minor >= -1 && rule->source[0] && rule->name[0]);
        require(rule->tier_above_minor >= 0 && rule->tier_rate_ppm >= 0 && rule->tier_rate_ppm <= PPM);
        require(schedule->currency ||
                (rule->fixed_minor == 0 && rule->cap_minor == -1 && rule->tier_above_minor == 0));
        require(rule->slot <= schedule->slot_count);
        for (uint16_t f = 0; f < rule->fee_count; f++)
            require(rule->fees[f].slot < schedule->slot_count);
        check_admins(schedule, &rule->refund);
    }
}

static bool is_for(const struct fee_rule *rule, struct text category)
{
    const struct fee_texts *texts = rule->when ? &rule->when->categories : NULL;
    bool listed = false;
    for (uint32_t i = 0; texts && i < texts->count; i++)
        listed = listed || (texts->items[i].len == category.len && memcmp(texts->items[i].ptr, category.ptr, category.len) == 0);
    return !texts || texts->count == 0 || listed != texts->except;
}

static void check_trace(const struct fee_schedule *schedule, const struct fee_trace *trace, const struct line_fact *facts,
                        const struct order *order)
{
    int64_t fees[LINES] = {0};
    require(trace->missed == 0);
    for (size_t c = 0; c < trace->charge_count; c++) {
        const struct fee_rule *rule = &schedule->rules[trace->charges[c].rule];
        for (size_t i = 0; i < LINES; i++)
            fees[i] += trace->charges[c].parts[i].amount_minor;
        for (size_t d = 0; d < c; d++) {
            const struct fee_rule *other = &schedule->rules[trace->charges[d].rule];
            for (size_t i = 0; strcmp(rule->name, other->name) == 0 && i < LINES; i++)
                require(!is_for(rule, order->lines[i].category) || !is_for(other, order->lines[i].category));
        }
    }
    for (size_t i = 0; i < LINES; i++)
        require(fees[i] == facts[i].platform_fee_minor + facts[i].payment_fee_minor + facts[i].affiliate_commission_minor +
                               facts[i].other_fees_minor);
}

/* Memory of one run, given back when it ends. */
struct pool {
    void *blocks[FEE_PACK_RULES_MAX * 4];
    size_t count;
};

static void *take(void *ctx, size_t size)
{
    struct pool *pool = ctx;
    require(pool->count < sizeof pool->blocks / sizeof *pool->blocks);
    void *block = malloc(size ? size : 1);
    require(block != NULL);
    return pool->blocks[pool->count++] = block;
}

static void check_refund(const struct fee_schedule *schedule, const struct fee_trace *trace, int32_t amount_scale)
{
    static struct pool pool;
    const struct fee_sold_line sold[LINES] = {{{"s", 1}, 1, 1899}, {{"s", 1}, 1, 1}, {{"t", 1}, 1, 0}};
    const struct fee_returned_line lines[LINES] = {{0, 1, 1899}, {1, 1, 1}, {2, 1, 0}};
    const struct fee_return refund = {INT64_C(1747267200000000), FEE_BEFORE_DELIVERY, false, lines, LINES};
    const struct fee_sold_order order = {schedule, trace->charges, trace->charge_count, sold, LINES, amount_scale};
    struct fee_refund_effect *effects;
    size_t count = 0;
    pool.count = 0;
    enum reason reason = fee_refund_apply(&order, &refund, 1, take, &pool, &effects, &count);
    require(reason == REASON_NONE || reason == REASON_AMOUNT_OVERFLOW);
    for (size_t i = 0; reason == REASON_NONE && i < count; i++) {
        int64_t fee = trace->charges[effects[i].charge].parts[effects[i].line].amount_minor;
        require(effects[i].kept_minor <= (fee > 0 ? fee : 0) && effects[i].kept_minor >= (fee < 0 ? fee : 0));
    }
    for (size_t i = 0; i < pool.count; i++)
        free(pool.blocks[i]);
}

static void check_order(const struct fee_schedule *schedule)
{
    static struct fee_charge charges[FEE_PACK_RULES_MAX];
    static struct fee_part parts[FEE_PACK_RULES_MAX * LINES];
    struct order_line lines[LINES] = {
        {.line_id = {"b", 1}, .platform_sku = {"s", 1}, .category = {"Toys", 4}, .quantity = 1, .unit_list_minor = 1999,
         .seller_discount_minor = 100},
        {.line_id = {"a", 1}, .platform_sku = {"s", 1}, .category = {"Shoes", 5}, .quantity = 1, .unit_list_minor = 1, .tax_minor = 7},
        {.line_id = {"c", 1}, .platform_sku = {"t", 1}, .category = {"", 0}, .quantity = 1, .platform_discount_minor = 0}};
    struct line_fact facts[LINES] = {{.gross_minor = 1999}, {.gross_minor = 1}, {.gross_minor = 0}};
    struct event event = {.amount_scale = 2};
    struct fee_trace trace = {charges, FEE_PACK_RULES_MAX, 0, parts, FEE_PACK_RULES_MAX * LINES, 0, 0};
    const struct fee_flag flag = {0, INT64_MIN, INT64_MAX};
    const struct fee_seller seller = {INT64_C(1709251200000000), &flag, schedule->flag_count > 0};
    const struct fee_context context = {&seller, EVENT_ABSENT};
    event.currency = (struct text){schedule->currency ? schedule->currency : "EUR", 3};
    event.order = (struct order){.status = ORDER_SHIPPED,
                                 .lines = lines,
                                 .line_count = LINES,
                                 .market = {"US", 2},
                                 .shipping_paid_minor = 599,
                                 .customer_total_minor = 2500,
                                 .created_at_us = INT64_C(1711954800000000),
                                 .paid_at_us = EVENT_ABSENT,
                                 .shipped_at_us = EVENT_ABSENT,
                                 .delivered_at_us = EVENT_ABSENT};
    event.order.affiliate = (struct affiliate){.creator = {"c", 1},
                                               .rate_ppm = 75000,
                                               .shop_ads_rate_ppm = -1,
                                               .actual_commission_minor = EVENT_ABSENT};
    enum reason reason = fees_apply(schedule, &context, &event, allocate_never, NULL, facts, &trace);
    require(reason == REASON_NONE || reason == REASON_AMOUNT_OVERFLOW);
    int64_t shipping = 0;
    for (size_t i = 0; i < LINES; i++)
        shipping += facts[i].shipping_share_minor;
    require(reason != REASON_NONE || shipping == 599);
    if (reason == REASON_NONE) {
        check_trace(schedule, &trace, facts, &event.order);
        check_refund(schedule, &trace, event.amount_scale);
    }
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

static const char whole_pack[] =
    "name: p\ntimezone: UTC\ncurrency: USD\namount_scale: 2\nflags: {mall: m, new: n}\nrules:\n"
    "- {name: r, class: platform, level: line, base: list - tax, rate_ppm: 20000, fixed: 0.30, to: 2024-04-01, source: s}\n"
    "- {name: r, class: platform, level: order, base: list + shipping_paid, rate_ppm: 60000, cap: 5, from: 2024-04-01,\n"
    "  tier: {above: 10, rate_ppm: 3}, refund: {policy: returned_less_admin, partial: kept, fixed: kept_on_partial,\n"
    "  reversed_before: shipping, admin: [{rate_ppm: 200000, level: sku, to: 2025-05-15}, {rate_ppm: 200000, cap: 5,\n"
    "  level: sku, free: buyer_cancels_before_shipping, from: 2025-05-15}]}, source: s, note: n}\n"
    "- {name: c, class: platform, level: item, base: list, rate_ppm: 5, cap: 3, when: {category: [Toys, Games], flag: mall,\n"
    "  reached: delivered, shop_age_below_days: 60, market: US}, refund: pro_rata, clock: delivered, source: s}\n"
    "- {name: c, class: platform, level: sku, base: list, rate_ppm: 6, when: {category_not: [Toys, Games], flag_not: [new],\n"
    "  affiliate: true, shop_ads: false, shop_age_from_days: 1}, refund: kept, clock: delivered, source: s}\n"
    "- {name: a, class: affiliate, level: line, base: list - seller_discount, rate_of: affiliate, source: s}\n"
    "- {name: v, class: other, base: fee:r + fee:c, rate_ppm: 110000, refund: with_base, source: s}\n";

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
