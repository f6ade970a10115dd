/*
 * Random orders against rules: the parts add up, and everything equals an oracle that does what fees.h says
 * in the slowest way, with 128 bits and one unit at a time.
 */
#include <criterion/criterion.h>

#include "sale.h"

#define SEED UINT64_C(20260108)
#define LINES_MAX 80
#define RULES 5
#define ROUNDS 20000

static uint64_t state = SEED;

static uint64_t pick(uint64_t below)
{
    uint64_t z = (state += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (z ^ (z >> 31)) % below;
}

static void shuffle_ids(struct sale *sale)
{
    uint32_t count = sale->event.order.line_count;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t other = (uint32_t)pick(count);
        struct text id = sale->lines[i].line_id;
        sale->lines[i].line_id = sale->lines[other].line_id;
        sale->lines[other].line_id = id;
    }
}

static void random_sale(struct sale *sale)
{
    sale_init(sale, 1 + (uint32_t)pick(pick(10) ? 4 : LINES_MAX));
    struct order *order = &sale->event.order;
    int64_t sign = pick(5) ? 1 : -1, top = pick(3) ? 20 : 1000000000;
    for (uint32_t i = 0; i < order->line_count; i++) {
        struct order_line *line = &sale->lines[i];
        line->quantity = sign * (int64_t)(1 + pick(3));
        line->unit_list_minor = (int64_t)pick((uint64_t)top);
        int64_t left = line->unit_list_minor * line->quantity * sign;
        line->seller_discount_minor = sign * (int64_t)pick((uint64_t)left + 1);
        left -= sign * line->seller_discount_minor;
        line->platform_discount_minor = sign * (int64_t)pick((uint64_t)left + 1);
        line->tax_minor = sign * (int64_t)pick((uint64_t)top);
    }
    order->shipping_paid_minor = pick(3) ? sign * (int64_t)pick((uint64_t)top) : 0;
    order->customer_total_minor = sign * (int64_t)pick((uint64_t)top * 4);
    order->buyer_fees_minor = pick(2) ? (int64_t)pick(50) : 0;
    order->payment_platform_discount_minor = pick(2) ? (int64_t)pick(50) : 0;
    order->created_at_us = (int64_t)pick(4);
    if (pick(2))
        order->affiliate =
            (struct affiliate){.creator = text_of("creator"),
                               .rate_ppm = (int64_t)pick(1000001),
                               .shop_ads_rate_ppm = pick(2) ? (int64_t)pick(1000001) : -1,
                               .actual_commission_minor = pick(2) ? (int64_t)pick(5000) - 500 : EVENT_ABSENT};
    shuffle_ids(sale);
}

static void random_rule(struct fee_rule *rule)
{
    *rule = (struct fee_rule){.class = (enum fee_class)pick(FEE_CLASS_COUNT),
                              .level = pick(2) ? FEE_PER_LINE : FEE_PER_ORDER,
                              .rate_source = pick(3) ? RATE_OF_RULE : RATE_OF_AFFILIATE,
                              .rate_ppm = (int64_t)pick(pick(2) ? 100001 : 1000001),
                              .fixed_minor = pick(2) ? (int64_t)pick(40) : 0,
                              .cap_minor = pick(3) ? -1 : (int64_t)pick(60),
                              .valid_from_us = pick(2) ? INT64_MIN : (int64_t)pick(4),
                              .valid_to_us = pick(2) ? INT64_MAX : (int64_t)pick(4)};
    for (int i = 0; i < COMPONENT_COUNT; i++)
        rule->base[i] = pick(2) ? (int8_t)((int)pick(3) - 1) : 0;
}

/* Parts of total by the magnitude of weights, equal remainders to the id that is lower by bytes. */
static void oracle_split(const struct sale *sale, wide total, const wide *weights, wide *ret_parts)
{
    uint32_t count = sale->event.order.line_count;
    wide sum = 0, size = total < 0 ? -total : total, left = size;
    wide remainders[LINES_MAX];
    for (uint32_t i = 0; i < count; i++)
        sum += weights[i] < 0 ? -weights[i] : weights[i];
    for (uint32_t i = 0; i < count; i++) {
        wide weight = sum == 0 ? 1 : weights[i] < 0 ? -weights[i] : weights[i];
        wide whole = sum == 0 ? (wide)count : sum;
        ret_parts[i] = size * weight / whole;
        remainders[i] = size * weight % whole;
        left -= ret_parts[i];
    }
    for (; left > 0; left--) {
        uint32_t best = 0;
        for (uint32_t i = 1; i < count; i++)
            if (remainders[i] > remainders[best] ||
                (remainders[i] == remainders[best] &&
                 memcmp(sale->lines[i].line_id.ptr, sale->lines[best].line_id.ptr, 5) < 0))
                best = i;
        ret_parts[best]++;
        remainders[best] = -1;
    }
    for (uint32_t i = 0; i < count; i++)
        ret_parts[i] = total < 0 ? -ret_parts[i] : ret_parts[i];
}

static wide oracle_charge(const struct fee_rule *rule, wide rate_ppm, wide base)
{
    wide twice = 2 * base * rate_ppm, fee = (twice + (twice < 0 ? -1000000 : 1000000)) / 2000000;
    if (base > 0)
        fee += rule->fixed_minor;
    if (rule->cap_minor >= 0 && fee > rule->cap_minor)
        fee = rule->cap_minor;
    if (rule->cap_minor >= 0 && fee < -rule->cap_minor)
        fee = -rule->cap_minor;
    return fee;
}

static void oracle_rule(const struct sale *sale, const struct fee_rule *rule, wide fees[][FEE_CLASS_COUNT])
{
    const struct order *order = &sale->event.order;
    const struct affiliate *affiliate = &order->affiliate;
    wide goods[LINES_MAX], parts[LINES_MAX], shares[LINES_MAX], split[LINES_MAX], base = 0;
    wide order_level =
        (wide)rule->base[COMPONENT_SHIPPING_PAID] * order->shipping_paid_minor +
        (wide)rule->base[COMPONENT_CUSTOMER_TOTAL] * order->customer_total_minor +
        (wide)rule->base[COMPONENT_BUYER_FEES] * order->buyer_fees_minor +
        (wide)rule->base[COMPONENT_PAYMENT_PLATFORM_DISCOUNT] * order->payment_platform_discount_minor;
    bool of_affiliate = rule->rate_source == RATE_OF_AFFILIATE;
    if (of_affiliate && !affiliate->creator.ptr)
        return;
    wide rate = !of_affiliate                       ? rule->rate_ppm
                : affiliate->shop_ads_rate_ppm >= 0 ? affiliate->shop_ads_rate_ppm
                                                    : affiliate->rate_ppm;
    for (uint32_t i = 0; i < order->line_count; i++)
        goods[i] = (wide)sale->facts[i].gross_minor - sale->lines[i].seller_discount_minor;
    oracle_split(sale, order_level, goods, shares);
    for (uint32_t i = 0; i < order->line_count; i++) {
        const struct order_line *line = &sale->lines[i];
        parts[i] = shares[i] + (wide)rule->base[COMPONENT_LIST] * sale->facts[i].gross_minor +
                   (wide)rule->base[COMPONENT_SELLER_DISCOUNT] * line->seller_discount_minor +
                   (wide)rule->base[COMPONENT_PLATFORM_DISCOUNT] * line->platform_discount_minor +
                   (wide)rule->base[COMPONENT_TAX] * line->tax_minor;
        base += parts[i];
        split[i] = oracle_charge(rule, rate, parts[i]);
    }
    if (of_affiliate && affiliate->actual_commission_minor != EVENT_ABSENT)
        oracle_split(sale, affiliate->actual_commission_minor, parts, split);
    else if (rule->level == FEE_PER_ORDER)
        oracle_split(sale, oracle_charge(rule, rate, base), parts, split);
    for (uint32_t i = 0; i < order->line_count; i++)
        fees[i][rule->class] += split[i];
}

static void compare_line(const struct line_fact *line, const wide *fees, int round, uint32_t i)
{
    const int64_t ours[FEE_CLASS_COUNT] = {line->platform_fee_minor, line->payment_fee_minor,
                                           line->affiliate_commission_minor, line->other_fees_minor};
    for (int class = 0; class < FEE_CLASS_COUNT; class ++)
        cr_assert(ours[class] == fees[class], "seed %lu round %d line %u: %s is %ld, not %ld",
                  (unsigned long)SEED, round, i, fee_class_name((enum fee_class) class), (long)ours[class],
                  (long)fees[class]);
}

Test(fees_random, every_order_is_charged_as_the_slow_oracle_charges_it)
{
    for (int round = 0; round < ROUNDS; round++) {
        struct fee_rule rules[RULES];
        wide fees[LINES_MAX][FEE_CLASS_COUNT] = {{0}}, goods[LINES_MAX], shipping[LINES_MAX];
        const struct fee_schedule schedule = {
            .amount_scale = 2, .currency = "USD", .rules = rules, .rule_count = RULES};
        struct sale sale;
        random_sale(&sale);
        for (int i = 0; i < RULES; i++)
            random_rule(&rules[i]);
        cr_assert_eq(sale_charge(&sale, &schedule), REASON_NONE);
        for (int i = 0; i < RULES; i++)
            if (sale.event.order.created_at_us >= rules[i].valid_from_us &&
                sale.event.order.created_at_us < rules[i].valid_to_us)
                oracle_rule(&sale, &rules[i], fees);
        for (uint32_t i = 0; i < sale.event.order.line_count; i++)
            goods[i] = (wide)sale.facts[i].gross_minor - sale.lines[i].seller_discount_minor;
        oracle_split(&sale, sale.event.order.shipping_paid_minor, goods, shipping);
        for (uint32_t i = 0; i < sale.event.order.line_count; i++) {
            compare_line(&sale.facts[i], fees[i], round, i);
            cr_assert(sale.facts[i].shipping_share_minor == shipping[i], "seed %lu round %d",
                      (unsigned long)SEED, round);
        }
        sale_done(&sale);
    }
}

Test(fees_random, the_order_of_lines_changes_no_lines_fee)
{
    for (int round = 0; round < 2000; round++) {
        struct fee_rule rules[RULES];
        const struct fee_schedule schedule = {
            .amount_scale = 2, .currency = "USD", .rules = rules, .rule_count = RULES};
        struct sale sale;
        random_sale(&sale);
        for (int i = 0; i < RULES; i++)
            random_rule(&rules[i]);
        uint32_t count = sale.event.order.line_count;
        struct line_fact *before = calloc(count, sizeof *before);
        cr_assert_eq(sale_charge(&sale, &schedule), REASON_NONE);
        for (uint32_t i = 0; i < count; i++)
            before[count - 1 - i] = sale.facts[i];
        for (uint32_t i = 0; i < count / 2; i++) {
            struct order_line line = sale.lines[i];
            sale.lines[i] = sale.lines[count - 1 - i];
            sale.lines[count - 1 - i] = line;
        }
        cr_assert_eq(sale_charge(&sale, &schedule), REASON_NONE);
        cr_assert_arr_eq(sale.facts, before, count * sizeof *before);
        free(before);
        sale_done(&sale);
    }
}

static int64_t total_platform_fee(const struct sale *sale)
{
    int64_t sum = 0;
    for (uint32_t i = 0; i < sale->event.order.line_count; i++)
        sum += sale->facts[i].platform_fee_minor;
    return sum;
}

Test(fees_random, line_fees_add_up_to_the_fee_of_the_order_for_up_to_ten_thousand_lines)
{
    static const uint32_t counts[] = {1, 2, 3, 63, 64, 65, 1114, 10000};
    const struct fee_rule rule = {.base = REFERRAL_BASE, .rate_ppm = 60000, .fixed_minor = 30, ALWAYS};
    const struct fee_schedule schedule = {
        .amount_scale = 2, .currency = "USD", .rules = &rule, .rule_count = 1};
    for (size_t c = 0; c < sizeof counts / sizeof *counts; c++) {
        struct sale sale;
        int64_t base = 599, shipping = 0;
        sale_init(&sale, counts[c]);
        sale.event.order.shipping_paid_minor = base;
        for (uint32_t i = 0; i < counts[c]; i++) {
            sale.lines[i].unit_list_minor = 1 + (int64_t)pick(5000);
            base += sale.lines[i].unit_list_minor;
        }
        shuffle_ids(&sale);
        cr_assert_eq(sale_charge(&sale, &schedule), REASON_NONE);
        cr_assert_eq(total_platform_fee(&sale), (base * 6 + 50) / 100 + 30, "seed %lu, %u lines",
                     (unsigned long)SEED, counts[c]);
        for (uint32_t i = 0; i < counts[c]; i++)
            shipping += sale.facts[i].shipping_share_minor;
        cr_assert_eq(shipping, 599);
        sale_done(&sale);
    }
}
