#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "producers/sim_effect.h"
#include "producers/sim_truth.h"

#define START_US INT64_C(1767225600000000) /* 2026-01-01 */
#define DAY_US INT64_C(86400000000)
#define ORDERS_MAX 8000
#define REFUNDS_MAX 2000
#define SHOPS 5
#define DAYS 40
#define FIGURES BACK_COST /* those before; costs are held against another computation elsewhere */

static const char *const names[FIGURES] = {
    "refunds",      "units",          "gross_minor",       "seller_discount_minor",      "platform_discount_minor",
    "amount_minor", "tax_minor",      "shipping_minor",    "discrepancy_minor", "fx_minor",          "affiliate_commission_minor",
    "fees_returned_minor", "admin_fee_minor", "case_fee_minor", "net_minor"};

static int64_t half_away(int64_t amount, int64_t part, int64_t whole)
{
    int64_t product = amount * part, quotient = product / whole, rest = product % whole;
    return quotient + (2 * rest >= whole);
}

/* The second computation: everything that was sent is kept as it was, and each refund is worked off unit by unit. */
struct kept_order {
    char id[40];
    const struct sim_shop *shop;
    int64_t revision;
    struct order order;
    struct order_line lines[SIM_LINES_MAX];
    char skus[SIM_LINES_MAX][24];
    int64_t units[SIM_LINES_MAX], amount[SIM_LINES_MAX], affiliate[SIM_LINES_MAX], seller[SIM_LINES_MAX], platform[SIM_LINES_MAX];
    bool fees_are_back;
};

struct kept_refund {
    char id[64], order_id[40], line_ids[SIM_LINES_MAX][48];
    int64_t at_us, revision;
    struct refund refund;
    struct refund_line lines[SIM_LINES_MAX];
};

static struct kept_order orders[ORDERS_MAX];
static struct kept_refund refunds[REFUNDS_MAX];
static size_t order_count, refund_count;
static int64_t by_refund[SHOPS][DAYS][BACK_COUNT], by_order[SHOPS][DAYS][BACK_COUNT];

static void keep_text(char *to, size_t size, struct text text)
{
    (void)snprintf(to, size, "%.*s", (int)text.len, text.ptr);
}

static struct kept_order *order_of(const char *id)
{
    for (size_t i = 0; i < order_count; i++)
        if (strcmp(orders[i].id, id) == 0)
            return &orders[i];
    return NULL;
}

static void keep_order(const struct sim_item *item)
{
    char id[40];
    keep_text(id, sizeof id, item->event->order.order_id);
    struct kept_order *kept = order_of(id);
    if (!kept) {
        cr_assert_lt(order_count, ORDERS_MAX);
        kept = &orders[order_count++];
        kept->revision = INT64_MIN;
    }
    if (item->event->revision <= kept->revision)
        return;
    memcpy(kept->id, id, sizeof id);
    kept->shop = item->shop;
    kept->revision = item->event->revision;
    kept->order = item->event->order;
    for (uint32_t i = 0; i < kept->order.line_count; i++) {
        kept->lines[i] = item->event->order.lines[i];
        keep_text(kept->skus[i], sizeof kept->skus[i], kept->lines[i].platform_sku);
    }
}

static void keep_refund(const struct sim_item *item)
{
    char id[64];
    size_t i = 0;
    keep_text(id, sizeof id, item->event->refund.refund_id);
    while (i < refund_count && strcmp(refunds[i].id, id) != 0)
        i++;
    cr_assert_lt(i, REFUNDS_MAX);
    struct kept_refund *kept = &refunds[i];
    if (i == refund_count)
        refund_count++;
    else if (item->event->revision <= kept->revision)
        return;
    memcpy(kept->id, id, sizeof id);
    keep_text(kept->order_id, sizeof kept->order_id, item->event->refund.order_id);
    kept->revision = item->event->revision;
    kept->at_us = item->event->occurred_at_us;
    kept->refund = item->event->refund;
    for (uint32_t l = 0; l < kept->refund.line_count; l++) {
        kept->lines[l] = item->event->refund.lines[l];
        keep_text(kept->line_ids[l], sizeof kept->line_ids[l], kept->lines[l].line_id);
    }
}

static int compare_refunds(const void *a, const void *b)
{
    const struct kept_refund *left = a, *right = b;
    if (left->at_us != right->at_us)
        return left->at_us < right->at_us ? -1 : 1;
    return strcmp(left->id, right->id);
}

static int64_t list_of(const struct order_line *line)
{
    return line->unit_list_minor * line->quantity;
}

/* The line's part of an amount by weights, largest remainder: a cent at a time to the line that is owed most. */
static void deal_out(int64_t total, const int64_t *weights, uint32_t count, int64_t *parts)
{
    int64_t sum = 0;
    for (uint32_t i = 0; i < count; i++) {
        sum += weights[i];
        parts[i] = 0;
    }
    for (uint32_t i = 0; i < count; i++)
        for (; (parts[i] + 1) * sum <= total * weights[i]; parts[i]++)
            ;
    int64_t left = total;
    for (uint32_t i = 0; i < count; i++)
        left -= parts[i];
    for (bool given[SIM_LINES_MAX] = {false}; left; left--) {
        uint32_t best = count;
        for (uint32_t i = 0; i < count; i++)
            if (!given[i] && (best == count || total * weights[i] - parts[i] * sum > total * weights[best] - parts[best] * sum))
                best = i;
        given[best] = true;
        parts[best]++;
    }
}

static void referral_of(const struct kept_order *o, int64_t *parts)
{
    int64_t goods[SIM_LINES_MAX], shipping[SIM_LINES_MAX], base = o->order.shipping_paid_minor;
    for (uint32_t i = 0; i < o->order.line_count; i++) {
        goods[i] = list_of(&o->lines[i]) - o->lines[i].seller_discount_minor;
        base += goods[i];
    }
    deal_out(o->order.shipping_paid_minor, goods, o->order.line_count, shipping);
    for (uint32_t i = 0; i < o->order.line_count; i++)
        goods[i] += shipping[i];
    deal_out(half_away(base, 6, 100), goods, o->order.line_count, parts);
}

static bool all_is_back(const struct kept_order *o)
{
    for (uint32_t i = 0; i < o->order.line_count; i++)
        if (o->amount[i] < list_of(&o->lines[i]) - o->lines[i].seller_discount_minor - o->lines[i].platform_discount_minor)
            return false;
    return true;
}

static void bring_fees_back(struct kept_order *o, const struct refund *refund, int64_t *f)
{
    int64_t parts[SIM_LINES_MAX];
    if (o->shop->charges != SIM_TIKTOK_US || o->fees_are_back || !all_is_back(o))
        return;
    o->fees_are_back = true;
    referral_of(o, parts);
    for (uint32_t i = 0; i < o->order.line_count; i++) {
        f[BACK_FEES] += parts[i];
        for (uint32_t j = i + 1; j < o->order.line_count; j++) {
            if (strcmp(o->skus[i], o->skus[j]) != 0)
                continue;
            f[BACK_FEES] += parts[j]; /* one SKU, one cap */
            parts[i] += parts[j];
            parts[j] = 0;
        }
        int64_t fee = half_away(parts[i], 20, 100);
        f[BACK_ADMIN_FEE] += !refund->shipped_before && text_same(refund->initiator, text_of("BUYER")) ? 0 : fee > 500 ? 500 : fee; /* all of 2026 is behind the cap's first day */
    }
}

static void bring_line_back(struct kept_order *o, const struct refund_line *part, const char *line_id, int64_t *f)
{
    uint32_t i = (uint32_t)strtoul(strchr(line_id, '-') + 1, NULL, 10) - 1;
    const struct order_line *line = &o->lines[i];
    for (int64_t u = 0; u < part->quantity; u++) {
        o->units[i]++;
        int64_t seller = line->seller_discount_minor * o->units[i] / line->quantity - o->seller[i];
        int64_t platform = line->platform_discount_minor * o->units[i] / line->quantity - o->platform[i];
        o->seller[i] += seller;
        o->platform[i] += platform;
        f[BACK_SELLER_DISCOUNT] += seller;
        f[BACK_PLATFORM_DISCOUNT] += platform;
        f[BACK_UNITS]++;
    }
    int64_t paid = list_of(line) - line->seller_discount_minor - line->platform_discount_minor;
    int64_t commission = o->order.affiliate.creator.ptr ? half_away(paid, o->order.affiliate.rate_ppm, 1000000) : 0;
    o->amount[i] += part->amount_minor;
    f[BACK_AMOUNT] += part->amount_minor;
    f[BACK_TAX] += part->tax_minor;
    f[BACK_AFFILIATE] += half_away(commission, o->amount[i], paid) - o->affiliate[i];
    o->affiliate[i] = half_away(commission, o->amount[i], paid);
}

static uint64_t exchanged; /* refunds whose rate is not that of their order */

static void effect_of(const struct kept_refund *kept, struct kept_order *o, int64_t *f)
{
    const struct refund *refund = &kept->refund;
    f[BACK_CASE_FEE] = refund->case_fee_minor == EVENT_ABSENT ? 0 : refund->case_fee_minor;
    f[BACK_NET] = f[BACK_CASE_FEE];
    if (refund->voided)
        return;
    f[BACK_REFUNDS] = 1;
    for (uint32_t i = 0; i < refund->line_count; i++)
        bring_line_back(o, &kept->lines[i], kept->line_ids[i], f);
    bring_fees_back(o, refund, f);
    f[BACK_SHIPPING] = refund->shipping_refund_minor;
    f[BACK_DISCREPANCY] = refund->discrepancy_minor;
    if (refund->presentment.currency.ptr)
        f[BACK_FX] = half_away(refund->presentment.total_minor, refund->presentment.rate_ppb, 1000000000) -
                     half_away(refund->presentment.total_minor, o->order.presentment.rate_ppb, 1000000000);
    exchanged += f[BACK_FX] != 0;
    f[BACK_GROSS] = f[BACK_AMOUNT] + f[BACK_SELLER_DISCOUNT] + f[BACK_PLATFORM_DISCOUNT];
    f[BACK_NET] += f[BACK_AMOUNT] + f[BACK_PLATFORM_DISCOUNT] - f[BACK_AFFILIATE] - f[BACK_FEES] + f[BACK_ADMIN_FEE] +
                   f[BACK_DISCREPANCY] + f[BACK_FX];
}

static int64_t *day_at(int64_t days[SHOPS][DAYS][BACK_COUNT], const struct sim_shop *shop, int64_t at_us)
{
    int64_t day = (at_us + sim_offset_s(shop->zone, at_us) * INT64_C(1000000)) / DAY_US - START_US / DAY_US + 2;
    cr_assert(day >= 0 && day < DAYS);
    return days[shop->number - 1][day];
}

/* Returns how many wait for orders that are not there. */
static uint64_t compute(uint64_t *ret_unbooked)
{
    uint64_t parked = 0, unbooked = 0;
    qsort(refunds, refund_count, sizeof *refunds, compare_refunds);
    for (size_t i = 0; i < refund_count; i++) {
        struct kept_order *o = order_of(refunds[i].order_id);
        int64_t f[BACK_COUNT] = {0};
        parked += !o;
        if (!o)
            continue;
        if (o->order.status == ORDER_CANCELLED || o->order.status == ORDER_UNPAID) {
            unbooked++;
            continue;
        }
        effect_of(&refunds[i], o, f);
        for (int k = 0; k < FIGURES; k++) {
            day_at(by_refund, o->shop, refunds[i].at_us)[k] += f[k];
            day_at(by_order, o->shop, o->order.created_at_us)[k] += f[k];
        }
    }
    *ret_unbooked = unbooked;
    return parked;
}

static int64_t number_of(const char *json, const char *name)
{
    char quoted[64];
    (void)snprintf(quoted, sizeof quoted, "\"%s\": ", name);
    const char *at = strstr(json, quoted);
    cr_assert_not_null(at, "%s", name);
    return strtoll(at + strlen(quoted), NULL, 10);
}

/* Every row of the table is as computed, and no computed day has no row. */
static void check_table(const char *json, const char *name, int64_t days[SHOPS][DAYS][BACK_COUNT])
{
    char quoted[64];
    int64_t rows = 0, sums = 0;
    (void)snprintf(quoted, sizeof quoted, " \"%s\": [", name);
    const char *at = strstr(json, quoted), *end = at ? strstr(at, "\n ]") : NULL;
    cr_assert_not_null(end, "%s", name);
    while ((at = strstr(at, "{\"shop_id\": \"shop-")) && at < end) {
        int64_t shop = strtoll(at + 18, NULL, 10), month = strtoll(strstr(at, "\"day\"") + 13, NULL, 10);
        int64_t day = strtoll(strstr(at, "\"day\"") + 16, NULL, 10) + (month == 12 ? -32 : month == 2 ? 30 : -1) + 2;
        for (int k = 0; k < FIGURES; k++)
            cr_assert_eq(number_of(at, names[k]), days[shop - 1][day][k], "%s: shop-%ld day %ld %s", name, shop, day - 1,
                         names[k]);
        rows++;
        at++;
    }
    for (int s = 0; s < SHOPS; s++) {
        for (int d = 0; d < DAYS; d++) {
            bool any = false;
            for (int k = 0; k < FIGURES; k++)
                any |= days[s][d][k] != 0;
            sums += any;
        }
    }
    cr_assert_gt(rows, 30);
    cr_assert_eq(rows, sums);
}

Test(sim_truth_refund, agrees_with_a_second_computation_to_the_minor_unit)
{
    struct simulator_config config = {.seed = 11,
                                      .shops = SHOPS,
                                      .days = 25,
                                      .orders = 5000,
                                      .start_us = START_US,
                                      .late_ppm = 30000,
                                      .duplicate_ppm = 30000,
                                      .malformed_ppm = 30000,
                                      .incidents = 8,
                                      .refund_ppm = 200000};
    struct err err = {0};
    struct simulator *simulator = simulator_new(&config, &err);
    struct sim_truth *truth = sim_truth_new(&config);
    struct sim_item item;
    uint64_t malformed = 0, unbooked;
    printf("seed %llu\n", (unsigned long long)config.seed);
    while (simulator_next(simulator, &item)) {
        sim_truth_add(truth, &item);
        malformed += item.malformed && item.event->kind == EVENT_REFUND;
        if (!item.malformed && item.event->kind == EVENT_ORDER)
            keep_order(&item);
        if (!item.malformed && item.event->kind == EVENT_REFUND)
            keep_refund(&item);
    }
    uint64_t parked = compute(&unbooked);
    static char json[4 << 20];
    FILE *out = fmemopen(json, sizeof json, "w");
    cr_assert(sim_truth_write(truth, simulator, out));
    cr_assert_eq(fclose(out), 0);
    const char *refunds_json = strstr(json, " \"refunds\": {");
    cr_assert_gt(malformed, 10);
    cr_assert_gt(parked, 5);
    cr_assert_gt(exchanged, 5);
    cr_assert_gt(unbooked, 30);
    cr_assert_eq((uint64_t)number_of(refunds_json, "parked"), parked);
    cr_assert_eq((uint64_t)number_of(refunds_json, "unbooked"), unbooked);
    cr_assert_eq((uint64_t)number_of(strstr(refunds_json, "\"late\""), "refunds"), refund_count);
    check_table(json, "refund_days", by_refund);
    check_table(json, "refund_order_days", by_order);
    sim_truth_free(truth);
    simulator_free(simulator);
}
