/*
 * Random orders against rules: the parts add up, and everything equals an oracle that does what fees.h says
 * in the slowest way, with 128 bits and one unit at a time.
 */
#include <criterion/criterion.h>

#include "sale.h"

#define SEED UINT64_C(20260108)
#define LINES_MAX 80
#define RULES 6
#define SLOTS 2
#define FLAGS 3
#define ROUNDS 20000

static uint64_t state = SEED;

static uint64_t pick(uint64_t below)
{
    uint64_t z = (state += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (z ^ (z >> 31)) % below;
}

static const char *const words[] = {"", "a", "ab", "b"};

/* One of few, so that they meet; or none. */
static struct text random_word(void)
{
    return pick(5) ? text_of(words[pick(4)]) : (struct text){0};
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
        line->category = random_word();
        line->platform_sku = text_of(words[1 + pick(3)]);
    }
    order->shipping_paid_minor = pick(3) ? sign * (int64_t)pick((uint64_t)top) : 0;
    order->customer_total_minor = sign * (int64_t)pick((uint64_t)top * 4);
    order->buyer_fees_minor = pick(2) ? (int64_t)pick(50) : 0;
    order->payment_platform_discount_minor = pick(2) ? (int64_t)pick(50) : 0;
    order->created_at_us = (int64_t)pick(4);
    order->delivered_at_us = pick(2) ? EVENT_ABSENT : (int64_t)pick(4);
    order->shipped_at_us = pick(2) ? EVENT_ABSENT : (int64_t)pick(4);
    order->paid_at_us = pick(2) ? EVENT_ABSENT : (int64_t)pick(4);
    order->status = (enum order_status)pick(ORDER_STATUS_COUNT);
    order->market = random_word();
    if (pick(2))
        order->affiliate =
            (struct affiliate){.creator = text_of("creator"),
                               .rate_ppm = (int64_t)pick(1000001),
                               .shop_ads_rate_ppm = pick(2) ? (int64_t)pick(1000001) : -1,
                               .actual_commission_minor = pick(2) ? (int64_t)pick(5000) - 500 : EVENT_ABSENT};
    else if (pick(2))
        order->affiliate.shop_ads_rate_ppm = (int64_t)pick(1000001); /* of nobody */
    shuffle_ids(sale);
}

/* Rules, and all that they point to. */
struct book {
    struct fee_rule rules[RULES];
    struct fee_when whens[RULES];
    struct text texts[RULES][2][4];
    struct fee_term terms[RULES][SLOTS];
    struct fee_flag flags[FLAGS];
    struct fee_seller seller;
    struct fee_context context;
    struct fee_schedule schedule;
};

static void random_texts(struct fee_texts *texts, struct text *room)
{
    *texts = (struct fee_texts){.items = room, .except = pick(2)};
    for (size_t i = 0; i < 4; i++)
        if (pick(3) == 0)
            room[texts->count++] = text_of(words[i]);
}

static void random_when(struct book *book, int i)
{
    struct fee_when *when = &book->whens[i];
    *when = (struct fee_when){.reached = (enum fee_reached)pick(4),
                              .affiliate = (enum fee_presence)(pick(2) ? 0 : pick(3)),
                              .shop_ads = (enum fee_presence)(pick(2) ? 0 : pick(3)),
                              .shop_age_from_days = (int32_t)(pick(3) ? 0 : pick(3)),
                              .shop_age_below_days = (int32_t)(pick(3) ? 0 : pick(4)),
                              .flags_on = pick(3) ? 0 : UINT64_C(1) << pick(FLAGS),
                              .flags_off = pick(3) ? 0 : UINT64_C(1) << pick(FLAGS)};
    if (pick(2))
        random_texts(&when->markets, book->texts[i][0]);
    if (pick(2))
        random_texts(&when->categories, book->texts[i][1]);
    book->rules[i].when = when;
}

static void random_rule(struct book *book, int at)
{
    struct fee_rule *rule = &book->rules[at];
    *rule = (struct fee_rule){.class = (enum fee_class)pick(FEE_CLASS_COUNT),
                              .level = (enum fee_level)pick(FEE_LEVEL_COUNT),
                              .rate_source = pick(3) ? RATE_OF_RULE : RATE_OF_AFFILIATE,
                              .clock = (enum fee_clock)(pick(2) ? 0 : pick(FEE_CLOCK_COUNT)),
                              .rate_ppm = (int64_t)pick(pick(2) ? 100001 : 1000001),
                              .tier_above_minor = pick(2) ? 0 : (int64_t)pick(200),
                              .tier_rate_ppm = (int64_t)pick(1000001),
                              .fixed_minor = pick(2) ? (int64_t)pick(40) : 0,
                              .cap_minor = pick(3) ? -1 : (int64_t)pick(60),
                              .slot = (uint16_t)pick(SLOTS + 1),
                              .valid_from_us = pick(2) ? INT64_MIN : (int64_t)pick(4),
                              .valid_to_us = pick(2) ? INT64_MAX : (int64_t)pick(4)};
    for (int i = 0; i < COMPONENT_COUNT; i++)
        rule->base[i] = pick(2) ? (int8_t)((int)pick(3) - 1) : 0;
    rule->fees = book->terms[at];
    for (uint16_t slot = 0; slot < SLOTS; slot++)
        if (pick(3) == 0)
            book->terms[at][rule->fee_count++] = (struct fee_term){slot, pick(2) ? 1 : -1};
    if (pick(2))
        random_when(book, at);
}

static void random_book(struct book *book)
{
    static const char *const slot_names[SLOTS] = {"one", "two"}, *const flag_names[FLAGS] = {"x", "y", "z"};
    for (int i = 0; i < RULES; i++)
        random_rule(book, i);
    for (int i = 0; i < FLAGS; i++)
        book->flags[i] = (struct fee_flag){(uint32_t)pick(FLAGS), pick(2) ? INT64_MIN : (int64_t)pick(4),
                                           pick(2) ? INT64_MAX : (int64_t)pick(4)};
    book->seller = (struct fee_seller){pick(3) ? (int64_t)pick(4) - (int64_t)pick(4) * INT64_C(86400000000) : EVENT_ABSENT,
                                       book->flags, (uint32_t)pick(FLAGS + 1)};
    book->context = (struct fee_context){pick(4) ? &book->seller : NULL, pick(2) ? (int64_t)pick(4) : EVENT_ABSENT};
    book->schedule = (struct fee_schedule){.amount_scale = 2, .currency = "USD", .rules = book->rules, .rule_count = RULES,
                                           .slot_names = slot_names, .slot_count = SLOTS, .flag_names = flag_names,
                                           .flag_count = FLAGS};
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

static wide oracle_round(wide base, wide rate_ppm)
{
    wide twice = 2 * base * rate_ppm;
    return (twice + (twice < 0 ? -1000000 : 1000000)) / 2000000;
}

/* Fixed part, cap and tier count times over. */
static wide oracle_charge(const struct fee_rule *rule, wide rate_ppm, wide base, wide times)
{
    wide above = rule->tier_above_minor * times, below = base < -above ? -above : base > above ? above : base;
    wide fee = above == 0 ? oracle_round(base, rate_ppm)
                          : oracle_round(below, rate_ppm) + oracle_round(base - below, rule->tier_rate_ppm);
    if (base > 0)
        fee += rule->fixed_minor * times;
    if (rule->cap_minor >= 0 && fee > rule->cap_minor * times)
        fee = rule->cap_minor * times;
    if (rule->cap_minor >= 0 && fee < -rule->cap_minor * times)
        fee = -rule->cap_minor * times;
    return fee;
}

static bool oracle_in(const struct fee_texts *texts, struct text text)
{
    bool listed = false;
    for (uint32_t i = 0; i < texts->count; i++)
        listed = listed || (text.ptr && text.len == texts->items[i].len && memcmp(text.ptr, texts->items[i].ptr, text.len) == 0);
    return texts->count == 0 || listed != texts->except;
}

static int64_t oracle_instant(const struct book *book, const struct order *order, enum fee_clock clock)
{
    int64_t at = clock == FEE_CLOCK_DELIVERED ? order->delivered_at_us
                 : clock == FEE_CLOCK_SETTLED ? book->context.settled_at_us
                                              : EVENT_ABSENT;
    return at == EVENT_ABSENT ? order->created_at_us : at;
}

static bool oracle_reached(const struct order *order, enum fee_reached reached)
{
    int got = 0;
    if (order->paid_at_us != EVENT_ABSENT || order->status == ORDER_PAID)
        got = 1;
    if (order->shipped_at_us != EVENT_ABSENT || order->status == ORDER_SHIPPED)
        got = 2;
    if (order->delivered_at_us != EVENT_ABSENT || order->status == ORDER_DELIVERED || order->status == ORDER_COMPLETED)
        got = 3;
    return got >= (int)reached || order->status != ORDER_CANCELLED;
}

static bool oracle_flag(const struct fee_seller *seller, uint32_t bit, int64_t at_us)
{
    for (uint32_t i = 0; seller && i < seller->flag_count; i++)
        if (seller->flags[i].bit == bit && seller->flags[i].from_us <= at_us && at_us < seller->flags[i].to_us)
            return true;
    return false;
}

static bool oracle_applies(const struct book *book, const struct order *order, const struct fee_rule *rule)
{
    int64_t at = oracle_instant(book, order, rule->clock);
    const struct fee_when *when = rule->when;
    const struct fee_seller *seller = book->context.seller;
    bool creator = order->affiliate.creator.ptr, ads = creator && order->affiliate.shop_ads_rate_ppm >= 0;
    bool some = false;
    if (at < rule->valid_from_us || at >= rule->valid_to_us || (rule->rate_source == RATE_OF_AFFILIATE && !creator))
        return false;
    if (!when)
        return true;
    if ((when->affiliate == FEE_PRESENT && !creator) || (when->affiliate == FEE_NOT_PRESENT && creator) ||
        (when->shop_ads == FEE_PRESENT && !ads) || (when->shop_ads == FEE_NOT_PRESENT && ads))
        return false;
    bool old = !seller || seller->opened_at_us == EVENT_ABSENT;
    wide age_us = old ? (wide)1 << 80 : (wide)at - seller->opened_at_us, day = INT64_C(86400000000);
    if (age_us < when->shop_age_from_days * day && when->shop_age_from_days)
        return false;
    if (when->shop_age_below_days && age_us >= when->shop_age_below_days * day)
        return false;
    for (uint32_t bit = 0; bit < FLAGS; bit++)
        if ((when->flags_on >> bit & 1 && !oracle_flag(seller, bit, at)) ||
            (when->flags_off >> bit & 1 && oracle_flag(seller, bit, at)))
            return false;
    for (uint32_t i = 0; i < order->line_count; i++)
        some = some || oracle_in(&when->categories, order->lines[i].category);
    return some && oracle_in(&when->markets, order->market) && oracle_reached(order, when->reached);
}

static bool same_sku(const struct sale *sale, uint32_t a, uint32_t b)
{
    struct text left = sale->lines[a].platform_sku, right = sale->lines[b].platform_sku;
    return left.len == right.len && memcmp(left.ptr, right.ptr, left.len) == 0;
}

/* The fee of the lines that are of one group with line `of`, split over them. */
static void oracle_group(const struct sale *sale, const struct fee_rule *rule, wide rate, const wide *parts, uint32_t of,
                         wide *split)
{
    uint32_t count = sale->event.order.line_count;
    wide base = 0, members[LINES_MAX];
    struct sale group = *sale;
    struct order_line lines[LINES_MAX];
    uint32_t at[LINES_MAX], n = 0;
    for (uint32_t i = 0; i < count; i++)
        if (rule->level == FEE_PER_ORDER || same_sku(sale, i, of)) {
            lines[n] = sale->lines[i];
            members[n] = parts[i];
            base += parts[i];
            at[n++] = i;
        }
    wide shares[LINES_MAX];
    group.lines = lines;
    group.event.order.line_count = n;
    oracle_split(&group, oracle_charge(rule, rate, base, 1), members, shares);
    for (uint32_t i = 0; i < n; i++)
        split[at[i]] = shares[i];
}

static void oracle_parts(const struct sale *sale, const struct fee_rule *rule, wide kept[][LINES_MAX], wide *parts)
{
    const struct order *order = &sale->event.order;
    wide goods[LINES_MAX], shares[LINES_MAX];
    wide order_level =
        (wide)rule->base[COMPONENT_SHIPPING_PAID] * order->shipping_paid_minor +
        (wide)rule->base[COMPONENT_CUSTOMER_TOTAL] * order->customer_total_minor +
        (wide)rule->base[COMPONENT_BUYER_FEES] * order->buyer_fees_minor +
        (wide)rule->base[COMPONENT_PAYMENT_PLATFORM_DISCOUNT] * order->payment_platform_discount_minor;
    for (uint32_t i = 0; i < order->line_count; i++)
        goods[i] = (wide)sale->facts[i].gross_minor - sale->lines[i].seller_discount_minor;
    oracle_split(sale, order_level, goods, shares);
    for (uint32_t i = 0; i < order->line_count; i++) {
        const struct order_line *line = &sale->lines[i];
        parts[i] = shares[i] + (wide)rule->base[COMPONENT_LIST] * sale->facts[i].gross_minor +
                   (wide)rule->base[COMPONENT_SELLER_DISCOUNT] * line->seller_discount_minor +
                   (wide)rule->base[COMPONENT_PLATFORM_DISCOUNT] * line->platform_discount_minor +
                   (wide)rule->base[COMPONENT_TAX] * line->tax_minor;
        for (uint16_t f = 0; f < rule->fee_count; f++)
            parts[i] += rule->fees[f].sign * kept[rule->fees[f].slot][i];
        if (rule->when && !oracle_in(&rule->when->categories, line->category))
            parts[i] = 0;
    }
}

static void oracle_rule(const struct sale *sale, const struct fee_rule *rule, wide kept[][LINES_MAX],
                        wide fees[][FEE_CLASS_COUNT])
{
    const struct order *order = &sale->event.order;
    const struct affiliate *affiliate = &order->affiliate;
    wide parts[LINES_MAX], split[LINES_MAX];
    bool of_affiliate = rule->rate_source == RATE_OF_AFFILIATE;
    wide rate = !of_affiliate                       ? rule->rate_ppm
                : affiliate->shop_ads_rate_ppm >= 0 ? affiliate->shop_ads_rate_ppm
                                                    : affiliate->rate_ppm;
    oracle_parts(sale, rule, kept, parts);
    for (uint32_t i = 0; i < order->line_count; i++) {
        wide quantity = sale->lines[i].quantity < 0 ? -sale->lines[i].quantity : sale->lines[i].quantity;
        if (rule->level == FEE_PER_LINE || rule->level == FEE_PER_ITEM)
            split[i] = oracle_charge(rule, rate, parts[i], rule->level == FEE_PER_ITEM ? quantity : 1);
        else
            oracle_group(sale, rule, rate, parts, i, split);
    }
    if (of_affiliate && affiliate->actual_commission_minor != EVENT_ABSENT)
        oracle_split(sale, affiliate->actual_commission_minor, parts, split);
    for (uint32_t i = 0; i < order->line_count; i++) {
        fees[i][rule->class] += split[i];
        if (rule->slot)
            kept[rule->slot - 1][i] += split[i];
    }
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

static enum reason charge_by(struct sale *sale, const struct book *book, struct fee_trace *trace)
{
    struct order *order = &sale->event.order;
    for (uint32_t i = 0; i < order->line_count; i++)
        sale->facts[i].gross_minor = sale->lines[i].unit_list_minor * sale->lines[i].quantity;
    return fees_apply(&book->schedule, &book->context, &sale->event, order->line_count > 64 ? allocate : allocate_never, sale,
                      sale->facts, trace);
}

/* The trace tells the same: its parts add up to the columns, its amounts and bases to its parts. */
static void compare_trace(const struct sale *sale, const struct fee_trace *trace, int round)
{
    wide fees[LINES_MAX][FEE_CLASS_COUNT] = {{0}};
    uint32_t count = sale->event.order.line_count;
    cr_assert_eq(trace->missed, 0);
    for (size_t c = 0; c < trace->charge_count; c++) {
        const struct fee_charge *charge = &trace->charges[c];
        wide base = 0, amount = 0;
        for (uint32_t i = 0; i < count; i++) {
            base += charge->parts[i].base_minor;
            amount += charge->parts[i].amount_minor;
            fees[i][charge->class] += charge->parts[i].amount_minor;
        }
        cr_assert(base == charge->base_minor && amount == charge->amount_minor, "round %d charge %zu", round, c);
    }
    for (uint32_t i = 0; i < count; i++)
        compare_line(&sale->facts[i], fees[i], round, i);
}

Test(fees_random, every_order_is_charged_as_the_slow_oracle_charges_it)
{
    static struct fee_charge charges[RULES];
    static struct fee_part parts[RULES * LINES_MAX];
    size_t applied = 0;
    for (int round = 0; round < ROUNDS; round++) {
        struct book book;
        wide fees[LINES_MAX][FEE_CLASS_COUNT] = {{0}}, kept[SLOTS][LINES_MAX] = {{0}}, goods[LINES_MAX], shipping[LINES_MAX];
        struct fee_trace trace = {charges, RULES, 0, parts, RULES * LINES_MAX, 0, 0};
        struct sale sale;
        random_sale(&sale);
        random_book(&book);
        cr_assert_eq(charge_by(&sale, &book, pick(2) ? &trace : NULL), REASON_NONE);
        for (int i = 0; i < RULES; i++)
            if (oracle_applies(&book, &sale.event.order, &book.rules[i])) {
                oracle_rule(&sale, &book.rules[i], kept, fees);
                applied++;
            }
        for (uint32_t i = 0; i < sale.event.order.line_count; i++)
            goods[i] = (wide)sale.facts[i].gross_minor - sale.lines[i].seller_discount_minor;
        oracle_split(&sale, sale.event.order.shipping_paid_minor, goods, shipping);
        for (uint32_t i = 0; i < sale.event.order.line_count; i++) {
            compare_line(&sale.facts[i], fees[i], round, i);
            cr_assert(sale.facts[i].shipping_share_minor == shipping[i], "seed %lu round %d",
                      (unsigned long)SEED, round);
        }
        if (trace.charge_count)
            compare_trace(&sale, &trace, round);
        sale_done(&sale);
    }
    cr_assert_gt(applied, ROUNDS, "most rules must have something to do: %zu", applied);
}

Test(fees_random, the_order_of_lines_changes_no_lines_fee)
{
    for (int round = 0; round < 2000; round++) {
        struct book book;
        struct sale sale;
        random_sale(&sale);
        random_book(&book);
        uint32_t count = sale.event.order.line_count;
        struct line_fact *before = calloc(count, sizeof *before);
        cr_assert_eq(charge_by(&sale, &book, NULL), REASON_NONE);
        for (uint32_t i = 0; i < count; i++)
            before[count - 1 - i] = sale.facts[i];
        for (uint32_t i = 0; i < count / 2; i++) {
            struct order_line line = sale.lines[i];
            sale.lines[i] = sale.lines[count - 1 - i];
            sale.lines[count - 1 - i] = line;
        }
        cr_assert_eq(charge_by(&sale, &book, NULL), REASON_NONE);
        cr_assert_arr_eq(sale.facts, before, count * sizeof *before);
        free(before);
        sale_done(&sale);
    }
}

Test(fees_random, a_trace_without_room_counts_what_it_misses_and_changes_no_fee)
{
    struct fee_charge charges[2];
    struct fee_part parts[2 * LINES_MAX];
    for (int round = 0; round < 2000; round++) {
        struct book book;
        struct sale sale;
        struct fee_trace none = {0}, some = {charges, 2, 0, parts, (size_t)pick(2 * LINES_MAX), 0, 0};
        random_sale(&sale);
        random_book(&book);
        uint32_t count = sale.event.order.line_count;
        cr_assert_eq(charge_by(&sale, &book, NULL), REASON_NONE);
        struct line_fact *before = malloc(count * sizeof *before);
        memcpy(before, sale.facts, count * sizeof *before);
        cr_assert_eq(charge_by(&sale, &book, &none), REASON_NONE);
        cr_assert_arr_eq(sale.facts, before, count * sizeof *before);
        cr_assert_eq(charge_by(&sale, &book, &some), REASON_NONE);
        cr_assert_eq(some.charge_count + some.missed, none.missed, "round %d", round);
        cr_assert_leq(some.part_count, some.part_room);
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
