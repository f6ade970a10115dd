#include "producers/sim_truth_refund.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/hash.h"
#include "producers/sim_effect.h"
#include "producers/sim_json.h"
#include "producers/sim_table.h"
#include "schemas/wire.h"

#define DAY_US INT64_C(86400000000)
#define DAYS_BEFORE 2
#define DAYS_AFTER 40

static const char *const figure_names[BACK_COUNT] = {
    "refunds",      "units",          "gross_minor",       "seller_discount_minor",      "platform_discount_minor",
    "amount_minor", "tax_minor",      "shipping_minor",    "discrepancy_minor", "fx_minor", "affiliate_commission_minor",
    "fees_returned_minor", "admin_fee_minor", "case_fee_minor", "net_minor",
    "cost_minor",   "cost_unknown"};

/* An order as its last revision says. */
struct sold {
    const struct sim_shop *shop;
    int64_t created_at_us, revision;
    int64_t rate_ppb; /* of another currency that it was sold in; 0: none */
    struct sim_sold_line *lines; /* owned */
    uint32_t line_count;
    bool booked;
};

struct day {
    int64_t figures[BACK_COUNT];
};

struct sim_refund_truth {
    struct simulator_config config;
    int32_t first_day;
    uint32_t day_count;
    struct day *by_refund, *by_order; /* by shop, then day */
    struct sim_table order_table, refund_table;
    struct sold *orders;
    struct sim_claim *claims;
    uint64_t sent, duplicates, stale, late, parked, unbooked;
    uint64_t malformed[REASON_COUNT];
};

struct sim_refund_truth *sim_refund_truth_new(const struct simulator_config *config)
{
    struct sim_refund_truth *truth = calloc(1, sizeof *truth);
    if (!truth)
        return NULL;
    truth->config = *config;
    truth->first_day = (int32_t)(config->start_us / DAY_US) - DAYS_BEFORE;
    truth->day_count = config->days + DAYS_BEFORE + DAYS_AFTER;
    truth->by_refund = calloc((size_t)config->shops * truth->day_count, sizeof *truth->by_refund);
    truth->by_order = calloc((size_t)config->shops * truth->day_count, sizeof *truth->by_order);
    if (truth->by_refund && truth->by_order)
        return truth;
    sim_refund_truth_free(truth);
    return NULL;
}

void sim_refund_truth_free(struct sim_refund_truth *truth)
{
    if (!truth)
        return;
    for (uint32_t i = 0; i < truth->order_table.count; i++)
        free(truth->orders[i].lines);
    free(truth->orders);
    free(truth->claims);
    sim_table_done(&truth->order_table);
    sim_table_done(&truth->refund_table);
    free(truth->by_refund);
    free(truth->by_order);
    free(truth);
}

static bool is_booked(const struct order *order)
{
    return order->status == ORDER_PAID || order->status == ORDER_SHIPPED || order->status == ORDER_DELIVERED ||
           order->status == ORDER_COMPLETED;
}

static void add_order(struct sim_refund_truth *truth, const struct sim_item *item, const struct event *event)
{
    uint32_t known = truth->order_table.count, index = sim_table_add(&truth->order_table, event->order.order_hash);
    if (index == known) {
        truth->orders = sim_array_grow(truth->orders, known, sizeof *truth->orders);
        truth->orders[index] = (struct sold){.shop = item->shop, .revision = INT64_MIN};
    }
    struct sold *sold = &truth->orders[index];
    if (event->revision <= sold->revision)
        return;
    struct sim_sold_line *lines = realloc(sold->lines, event->order.line_count * sizeof *lines);
    if (!lines)
        abort();
    sold->lines = lines;
    sold->line_count = sim_sold_lines(item->shop, &event->order, lines);
    sold->created_at_us = event->order.created_at_us;
    sold->revision = event->revision;
    sold->rate_ppb = event->order.presentment.currency.ptr ? event->order.presentment.rate_ppb : 0;
    sold->booked = is_booked(&event->order);
}

static struct hash128 hash_of(struct text text, uint64_t seed)
{
    XXH128_hash_t hash = XXH3_128bits_withSeed(text.ptr, text.len, seed);
    return (struct hash128){hash.low64, hash.high64};
}

static void add_refund(struct sim_refund_truth *truth, const struct sim_item *item, const struct event *event)
{
    uint32_t known = truth->refund_table.count;
    uint32_t index = sim_table_add(&truth->refund_table, hash_of(event->refund.refund_id, event->shop_hash));
    truth->sent++;
    truth->late += item->late;
    if (index == known) {
        truth->claims = sim_array_grow(truth->claims, known, sizeof *truth->claims);
        truth->claims[index] = (struct sim_claim){.revision = INT64_MIN};
    }
    struct sim_claim *claim = &truth->claims[index];
    truth->duplicates += event->revision == claim->revision;
    truth->stale += event->revision < claim->revision;
    if (event->revision <= claim->revision)
        return;
    sim_claim_of(event, claim);
    claim->order = hash_of(event->refund.order_id, event->shop_hash); /* as wire.h has order_hash */
}

void sim_refund_truth_add(struct sim_refund_truth *truth, const struct sim_item *item)
{
    struct event event = *item->event;
    event_hash_keys(&event);
    if (event.kind == EVENT_ORDER && item->malformed == REASON_NONE)
        add_order(truth, item, &event);
    if (event.kind == EVENT_REFUND && item->malformed == REASON_NONE)
        add_refund(truth, item, &event);
    if (event.kind == EVENT_REFUND)
        truth->malformed[item->malformed]++;
}

void sim_refund_truth_price(struct sim_refund_truth *truth, const struct sim_catalog_truth *catalog)
{
    for (uint32_t i = 0; i < truth->order_table.count; i++) {
        struct sold *sold = &truth->orders[i];
        for (uint32_t l = 0; l < sold->line_count; l++) {
            struct sim_sold_line *line = &sold->lines[l];
            int64_t unit_minor = 0;
            line->cost_known = sim_catalog_truth_cost(catalog, sold->shop, line->sku, sold->created_at_us, &unit_minor);
            line->cost_minor = unit_minor * line->quantity;
        }
    }
}

void sim_refund_truth_orders(const struct sim_refund_truth *truth,
                             void (*on_order)(void *ctx, const struct sim_shop *shop, int64_t created_at_us,
                                              const struct sim_sold_line *lines, uint32_t line_count),
                             void *ctx)
{
    for (uint32_t i = 0; i < truth->order_table.count; i++) {
        const struct sold *sold = &truth->orders[i];
        if (sold->booked)
            on_order(ctx, sold->shop, sold->created_at_us, sold->lines, sold->line_count);
    }
}

static void add_to_day(const struct sim_refund_truth *truth, struct day *days, const struct sim_shop *shop, int64_t at_us,
                       const int64_t *figures)
{
    int64_t local_us = at_us + sim_offset_s(shop->zone, at_us) * INT64_C(1000000);
    uint32_t index = (uint32_t)((int32_t)(local_us / DAY_US) - truth->first_day);
    struct day *day = &days[(size_t)(shop->number - 1) * truth->day_count + index];
    for (int i = 0; index < truth->day_count && i < BACK_COUNT; i++)
        day->figures[i] += figures[i];
}

/* All refunds of one order. */
static void book(struct sim_refund_truth *truth, struct sim_claim *claims, size_t count)
{
    uint32_t index = sim_table_find(&truth->order_table, claims->order);
    const struct sold *sold = index == SIM_TABLE_NONE ? NULL : &truth->orders[index];
    truth->parked += sold ? 0 : count;
    truth->unbooked += sold && !sold->booked ? count : 0;
    if (!sold || !sold->booked)
        return;
    int64_t(*figures)[BACK_COUNT] = calloc(count, sizeof *figures);
    if (!figures)
        abort();
    for (size_t i = 0; i < count; i++)
        claims[i].sold_rate_ppb = sold->rate_ppb;
    sim_effects(sold->shop, sold->lines, sold->line_count, claims, count, figures);
    for (size_t i = 0; i < count; i++) {
        add_to_day(truth, truth->by_refund, sold->shop, claims[i].occurred_at_us, figures[i]);
        add_to_day(truth, truth->by_order, sold->shop, sold->created_at_us, figures[i]);
    }
    free(figures);
}

static void book_all(struct sim_refund_truth *truth)
{
    size_t count = truth->refund_table.count, end;
    struct sim_claim *claims = malloc((count + 1) * sizeof *claims);
    if (!claims)
        abort();
    if (count)
        memcpy(claims, truth->claims, count * sizeof *claims);
    qsort(claims, count, sizeof *claims, sim_claim_compare);
    for (size_t i = 0; i < count; i = end) {
        for (end = i + 1; end < count && memcmp(&claims[end].order, &claims[i].order, sizeof claims->order) == 0; end++)
            ;
        book(truth, claims + i, end - i);
    }
    free(claims);
}

static bool is_empty(const struct day *day)
{
    for (int i = 0; i < BACK_COUNT; i++)
        if (day->figures[i])
            return false;
    return true;
}

static void write_days(const struct sim_refund_truth *truth, const struct day *days, const char *name,
                       const struct simulator *simulator, FILE *out)
{
    const char *comma = "";
    (void)fprintf(out, " \"%s\": [", name);
    for (uint32_t i = 0; i < truth->config.shops; i++) {
        for (uint32_t d = 0; d < truth->day_count; d++) {
            const struct day *day = &days[(size_t)i * truth->day_count + d];
            if (is_empty(day))
                continue;
            (void)fprintf(out, "%s\n  ", comma);
            sim_json_shop(simulator_shop(simulator, i), out);
            sim_json_day(truth->first_day + (int32_t)d, out);
            sim_json_figures(figure_names, day->figures, BACK_COUNT, out);
            comma = ",";
        }
    }
    (void)fputs("\n ],\n", out);
}

void sim_refund_truth_write(struct sim_refund_truth *truth, const struct simulator *simulator, FILE *out)
{
    size_t bytes = (size_t)truth->config.shops * truth->day_count * sizeof *truth->by_refund;
    memset(truth->by_refund, 0, bytes);
    memset(truth->by_order, 0, bytes);
    truth->parked = truth->unbooked = 0;
    book_all(truth);
    (void)fprintf(out,
                  " \"refunds\": {\"sent\": %" PRIu64 ", \"duplicates\": %" PRIu64 ", \"stale\": %" PRIu64 ", \"late\": %" PRIu64
                  ", \"refunds\": %" PRIu32 ", \"parked\": %" PRIu64 ", \"unbooked\": %" PRIu64 ", \"malformed\": ",
                  truth->sent, truth->duplicates, truth->stale, truth->late, truth->refund_table.count, truth->parked,
                  truth->unbooked);
    sim_json_reasons(truth->malformed, out);
    (void)fputs("},\n", out);
    write_days(truth, truth->by_refund, "refund_days", simulator, out);
    write_days(truth, truth->by_order, "refund_order_days", simulator, out);
}
