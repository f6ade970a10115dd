#include "producers/sim_effect.h"

#include <string.h>

#include "common/hash.h"

#define REFERRAL_PPM 60000
#define PPB INT64_C(1000000000)
#define ADMIN_PPM 200000
#define ADMIN_CAP_MINOR 500
#define ADMIN_CAP_FROM_US INT64_C(1747292400000000) /* 2025-05-15 07:00 UTC: midnight in Los Angeles */

__extension__ typedef __int128 wide;

/* amount * part / whole, half away from zero. */
static int64_t share(int64_t amount, int64_t part, int64_t whole)
{
    wide product = (wide)amount * part;
    return (int64_t)((product + (product < 0 ? -whole / 2 : whole / 2)) / whole);
}

int64_t sim_rate(int64_t amount, int64_t ppm)
{
    return share(amount, ppm, 1000000);
}

int64_t sim_referral(const struct order *order)
{
    int64_t base = order->shipping_paid_minor;
    for (uint32_t i = 0; i < order->line_count; i++)
        base += order->lines[i].unit_list_minor * order->lines[i].quantity - order->lines[i].seller_discount_minor;
    return sim_rate(base, REFERRAL_PPM);
}

/* Largest remainder, the lower index first; in equal parts where all weights are zero. */
static void split(int64_t total, const int64_t *weights, uint32_t count, int64_t *ret_parts)
{
    int64_t sum = 0, left = total, ones[SIM_LINES_MAX], rests[SIM_LINES_MAX];
    for (uint32_t i = 0; i < count; i++)
        sum += weights[i];
    for (uint32_t i = 0; i < count; i++) {
        ones[i] = sum ? weights[i] : 1;
        wide product = (wide)total * ones[i];
        int64_t whole = sum ? sum : (int64_t)count;
        ret_parts[i] = (int64_t)(product / whole);
        rests[i] = (int64_t)(product % whole);
        left -= ret_parts[i];
    }
    for (; left > 0; left--) {
        uint32_t best = 0;
        for (uint32_t i = 1; i < count; i++)
            if (rests[i] > rests[best])
                best = i;
        ret_parts[best]++;
        rests[best] = -1;
    }
}

static void split_referral(const struct order *order, struct sim_sold_line *lines)
{
    int64_t goods[SIM_LINES_MAX] = {0}, shipping[SIM_LINES_MAX], fees[SIM_LINES_MAX];
    for (uint32_t i = 0; i < order->line_count; i++)
        goods[i] = lines[i].gross_minor - lines[i].seller_discount_minor;
    split(order->shipping_paid_minor, goods, order->line_count, shipping);
    for (uint32_t i = 0; i < order->line_count; i++)
        goods[i] += shipping[i];
    split(sim_referral(order), goods, order->line_count, fees);
    for (uint32_t i = 0; i < order->line_count; i++)
        lines[i].referral_minor = fees[i];
}

uint32_t sim_sold_lines(const struct sim_shop *shop, const struct order *order, struct sim_sold_line *ret_lines)
{
    for (uint32_t i = 0; i < order->line_count; i++) {
        const struct order_line *line = &order->lines[i];
        int64_t gross = line->unit_list_minor * line->quantity;
        int64_t paid = gross - line->seller_discount_minor - line->platform_discount_minor;
        ret_lines[i] = (struct sim_sold_line){
            .line = hash64(line->line_id.ptr, line->line_id.len),
            .sku = hash64(line->platform_sku.ptr, line->platform_sku.len),
            .quantity = line->quantity,
            .gross_minor = gross,
            .seller_discount_minor = line->seller_discount_minor,
            .platform_discount_minor = line->platform_discount_minor,
            .affiliate_minor = order->affiliate.creator.ptr ? sim_rate(paid, order->affiliate.rate_ppm) : 0,
        };
    }
    if (shop->charges == SIM_TIKTOK_US)
        split_referral(order, ret_lines);
    return order->line_count;
}

void sim_claim_of(const struct event *event, struct sim_claim *ret_claim)
{
    const struct refund *refund = &event->refund;
    *ret_claim = (struct sim_claim){.occurred_at_us = event->occurred_at_us,
                                    .revision = event->revision,
                                    .shipped_before = refund->shipped_before,
                                    .by_buyer = refund->initiator.len == 5 && memcmp(refund->initiator.ptr, "BUYER", 5) == 0,
                                    .voided = refund->voided,
                                    .shipping_minor = refund->shipping_refund_minor,
                                    .discrepancy_minor = refund->discrepancy_minor,
                                    .case_fee_minor = refund->case_fee_minor == EVENT_ABSENT ? 0 : refund->case_fee_minor,
                                    .line_count = refund->line_count};
    if (refund->presentment.currency.ptr) {
        ret_claim->presented_minor = refund->presentment.total_minor;
        ret_claim->rate_ppb = refund->presentment.rate_ppb;
    }
    memcpy(ret_claim->refund_id, refund->refund_id.ptr, refund->refund_id.len);
    for (uint32_t i = 0; i < refund->line_count; i++) {
        const struct refund_line *line = &refund->lines[i];
        ret_claim->lines[i] = (struct sim_claim_line){hash64(line->line_id.ptr, line->line_id.len), line->quantity,
                                                      line->amount_minor, line->tax_minor, line->restocked};
    }
}

/* Of a line, after some refunds. */
struct line_back {
    int64_t quantity, restocked, amount_minor, tax_minor, seller_discount_minor, platform_discount_minor, affiliate_minor;
    int64_t cost_minor;
};

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static struct line_back line_after(const struct sim_sold_line *line, const struct sim_claim *claims, size_t count)
{
    struct line_back back = {0};
    for (size_t i = 0; i < count; i++) {
        for (uint32_t l = 0; l < claims[i].line_count && !claims[i].voided; l++) {
            if (claims[i].lines[l].line != line->line)
                continue;
            back.quantity += claims[i].lines[l].quantity;
            back.restocked += claims[i].lines[l].restocked ? claims[i].lines[l].quantity : 0;
            back.amount_minor += claims[i].lines[l].amount_minor;
            back.tax_minor += claims[i].lines[l].tax_minor;
        }
    }
    int64_t units = least(back.quantity, line->quantity),
            paid = line->gross_minor - line->seller_discount_minor - line->platform_discount_minor;
    back.seller_discount_minor = line->seller_discount_minor * units / line->quantity;
    back.platform_discount_minor = line->platform_discount_minor * units / line->quantity;
    back.affiliate_minor = paid > 0 ? share(line->affiliate_minor, least(back.amount_minor, paid), paid)
                                    : share(line->affiliate_minor, units, line->quantity);
    back.cost_minor = line->cost_known ? line->cost_minor * least(back.restocked, line->quantity) / line->quantity : 0;
    return back;
}

/* Whether of every line with a fee all that was paid for it has come back; where nothing was, all its units. */
static bool is_whole(const struct sim_sold_line *lines, uint32_t line_count, const struct sim_claim *claims, size_t count)
{
    for (uint32_t i = 0; i < line_count; i++) {
        struct line_back back = line_after(&lines[i], claims, count);
        int64_t paid = lines[i].gross_minor - lines[i].seller_discount_minor - lines[i].platform_discount_minor;
        bool has_fee = lines[i].referral_minor || lines[i].gross_minor != lines[i].seller_discount_minor;
        if (has_fee && (paid > 0 ? back.amount_minor < paid : back.quantity < lines[i].quantity))
            return false;
    }
    return true;
}

/* Per SKU, each counted at its first line. */
static int64_t admin_fee(const struct sim_sold_line *lines, uint32_t line_count, int64_t at_us)
{
    int64_t sum = 0;
    for (uint32_t i = 0; i < line_count; i++) {
        int64_t fees = 0;
        bool seen = false;
        for (uint32_t j = 0; j < line_count; j++) {
            seen |= j < i && lines[j].sku == lines[i].sku;
            fees += lines[j].sku == lines[i].sku ? lines[j].referral_minor : 0;
        }
        int64_t fee = sim_rate(fees, ADMIN_PPM);
        if (!seen)
            sum += at_us >= ADMIN_CAP_FROM_US ? least(fee, ADMIN_CAP_MINOR) : fee;
    }
    return sum;
}

static void return_fees(const struct sim_sold_line *lines, uint32_t line_count, const struct sim_claim *claims, size_t count,
                        int64_t *figures)
{
    const struct sim_claim *last = &claims[count - 1];
    if (last->voided || !is_whole(lines, line_count, claims, count) ||
        (count > 1 && is_whole(lines, line_count, claims, count - 1)))
        return;
    for (uint32_t i = 0; i < line_count; i++)
        figures[BACK_FEES] += lines[i].referral_minor;
    if (last->shipped_before || !last->by_buyer)
        figures[BACK_ADMIN_FEE] = admin_fee(lines, line_count, last->occurred_at_us);
}

static void add_line(const struct sim_sold_line *line, const struct sim_claim *claims, size_t count, int64_t *figures)
{
    struct line_back now = line_after(line, claims, count), before = line_after(line, claims, count - 1);
    figures[BACK_UNITS] += now.quantity - before.quantity;
    figures[BACK_AMOUNT] += now.amount_minor - before.amount_minor;
    figures[BACK_TAX] += now.tax_minor - before.tax_minor;
    figures[BACK_SELLER_DISCOUNT] += now.seller_discount_minor - before.seller_discount_minor;
    figures[BACK_PLATFORM_DISCOUNT] += now.platform_discount_minor - before.platform_discount_minor;
    figures[BACK_AFFILIATE] += now.affiliate_minor - before.affiliate_minor;
    figures[BACK_COST] += now.cost_minor - before.cost_minor;
    figures[BACK_COST_UNKNOWN] += !line->cost_known && now.restocked != before.restocked;
}

/* What the last of so many claims does. */
static void last_effect(const struct sim_shop *shop, const struct sim_sold_line *lines, uint32_t line_count,
                        const struct sim_claim *claims, size_t count, int64_t *figures)
{
    const struct sim_claim *last = &claims[count - 1];
    for (uint32_t i = 0; i < line_count; i++)
        add_line(&lines[i], claims, count, figures);
    if (shop->charges == SIM_TIKTOK_US)
        return_fees(lines, line_count, claims, count, figures);
    figures[BACK_REFUNDS] = !last->voided;
    figures[BACK_SHIPPING] = last->voided ? 0 : last->shipping_minor;
    figures[BACK_DISCREPANCY] = last->voided ? 0 : last->discrepancy_minor;
    if (!last->voided && last->rate_ppb && last->sold_rate_ppb)
        figures[BACK_FX] = share(last->presented_minor, last->rate_ppb, PPB) - share(last->presented_minor, last->sold_rate_ppb, PPB);
    figures[BACK_CASE_FEE] = last->case_fee_minor;
    figures[BACK_GROSS] = figures[BACK_AMOUNT] + figures[BACK_SELLER_DISCOUNT] + figures[BACK_PLATFORM_DISCOUNT];
    figures[BACK_NET] = figures[BACK_GROSS] - figures[BACK_SELLER_DISCOUNT] - figures[BACK_AFFILIATE] - figures[BACK_FEES] +
                        figures[BACK_ADMIN_FEE] + figures[BACK_CASE_FEE] + figures[BACK_DISCREPANCY] + figures[BACK_FX];
}

void sim_effects(const struct sim_shop *shop, const struct sim_sold_line *lines, uint32_t line_count,
                 const struct sim_claim *claims, size_t count, int64_t (*ret_figures)[BACK_COUNT])
{
    for (size_t i = 0; i < count; i++) {
        memset(ret_figures[i], 0, sizeof ret_figures[i]);
        last_effect(shop, lines, line_count, claims, i + 1, ret_figures[i]);
    }
}

int sim_claim_compare(const void *a, const void *b)
{
    const struct sim_claim *left = a, *right = b;
    if (left->order.hi != right->order.hi)
        return left->order.hi < right->order.hi ? -1 : 1;
    if (left->order.lo != right->order.lo)
        return left->order.lo < right->order.lo ? -1 : 1;
    if (left->occurred_at_us != right->occurred_at_us)
        return left->occurred_at_us < right->occurred_at_us ? -1 : 1;
    return strcmp(left->refund_id, right->refund_id);
}
