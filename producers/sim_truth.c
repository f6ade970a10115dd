#include "producers/sim_truth.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "producers/sim_json.h"
#include "producers/sim_truth_refund.h"
#include "producers/sim_truth_settlement.h"
#include "schemas/wire.h"

#define DAY_US INT64_C(86400000000)
#define DAYS_BEFORE 2
#define DAYS_AFTER 40

enum figure {
    FIGURE_ORDERS,
    FIGURE_LINES,
    FIGURE_UNITS,
    FIGURE_GROSS,
    FIGURE_SELLER_DISCOUNT,
    FIGURE_PLATFORM_DISCOUNT,
    FIGURE_SHIPPING,
    FIGURE_PLATFORM_FEE,
    FIGURE_PAYMENT_FEE,
    FIGURE_AFFILIATE,
    FIGURE_NET,
    FIGURE_AD_SPEND,
    FIGURE_COST,       /* of the lines whose cost is known */
    FIGURE_COST_LINES, /* how many these are */
    FIGURE_COUNT
};

static const char *const figure_names[FIGURE_COUNT] = {
    "orders",        "lines",              "units",             "gross_minor",
    "seller_discount_minor", "platform_discount_minor", "shipping_minor", "platform_fee_minor",
    "payment_fee_minor", "affiliate_commission_minor", "net_minor", "ad_spend_minor",
    "cost_minor",    "cost_lines"};

struct day {
    int64_t figures[FIGURE_COUNT];
};

/* The revision of an order or an ad row that counts, and what it said. */
struct latest {
    struct hash128 hash; /* lo 0: free */
    int64_t revision, spend_minor;
    bool booked;
};

struct sim_truth {
    struct simulator_config config;
    int32_t first_day;
    uint32_t day_count;
    struct day *days; /* by shop, then day */
    struct latest *latest;
    size_t room, count;
    uint64_t sent[EVENT_KIND_COUNT], duplicates, stale, late;
    uint64_t malformed[REASON_COUNT];
    struct sim_refund_truth *refunds;         /* NULL: nothing comes back */
    struct sim_settlement_truth *settlements; /* NULL: nothing is settled */
    struct sim_catalog_truth *catalog;        /* NULL: there is none */
};

struct sim_truth *sim_truth_new(const struct simulator_config *config)
{
    struct sim_truth *truth = calloc(1, sizeof *truth);
    if (!truth)
        return NULL;
    truth->config = *config;
    truth->first_day = (int32_t)(config->start_us / DAY_US) - DAYS_BEFORE;
    truth->day_count = config->days + DAYS_BEFORE + DAYS_AFTER;
    truth->room = 1 << 12;
    truth->days = calloc((size_t)config->shops * truth->day_count, sizeof *truth->days);
    truth->latest = calloc(truth->room, sizeof *truth->latest);
    bool more = !config->single_lives;
    truth->refunds = more ? sim_refund_truth_new(config) : NULL;
    truth->settlements = more ? sim_settlement_truth_new() : NULL;
    truth->catalog = more ? sim_catalog_truth_new(config) : NULL;
    if (truth->days && truth->latest && (!more || (truth->refunds && truth->settlements && truth->catalog)))
        return truth;
    sim_truth_free(truth);
    return NULL;
}

void sim_truth_free(struct sim_truth *truth)
{
    if (!truth)
        return;
    sim_refund_truth_free(truth->refunds);
    sim_settlement_truth_free(truth->settlements);
    sim_catalog_truth_free(truth->catalog);
    free(truth->days);
    free(truth->latest);
    free(truth);
}

static struct latest *slot_of(struct latest *table, size_t room, struct hash128 hash)
{
    size_t i = hash.lo & (room - 1);
    while (table[i].hash.lo && (table[i].hash.lo != hash.lo || table[i].hash.hi != hash.hi))
        i = (i + 1) & (room - 1);
    return &table[i];
}

static void grow(struct sim_truth *truth)
{
    struct latest *larger = calloc(truth->room * 2, sizeof *larger);
    if (!larger)
        abort();
    for (size_t i = 0; i < truth->room; i++)
        if (truth->latest[i].hash.lo)
            *slot_of(larger, truth->room * 2, truth->latest[i].hash) = truth->latest[i];
    free(truth->latest);
    truth->latest = larger;
    truth->room *= 2;
}

static struct latest *latest_of(struct sim_truth *truth, struct hash128 hash)
{
    if (truth->count * 2 >= truth->room)
        grow(truth);
    struct latest *latest = slot_of(truth->latest, truth->room, hash);
    if (!latest->hash.lo) {
        *latest = (struct latest){.hash = hash, .revision = INT64_MIN};
        truth->count++;
    }
    return latest;
}

static struct day *day_of(const struct sim_truth *truth, const struct sim_shop *shop, int32_t day)
{
    uint32_t index = (uint32_t)(day - truth->first_day);
    return index < truth->day_count ? &truth->days[(size_t)(shop->number - 1) * truth->day_count + index] : NULL;
}

/* Half away from zero. */
static int64_t percentage(int64_t amount, int64_t ppm)
{
    __extension__ typedef __int128 wide;
    wide product = (wide)amount * ppm;
    return (int64_t)((product + (product < 0 ? -500000 : 500000)) / 1000000);
}

static void add_lines(const struct order *order, int64_t *figures)
{
    for (uint32_t i = 0; i < order->line_count; i++) {
        const struct order_line *line = &order->lines[i];
        int64_t gross = line->unit_list_minor * line->quantity;
        figures[FIGURE_LINES]++;
        figures[FIGURE_UNITS] += line->quantity;
        figures[FIGURE_GROSS] += gross;
        figures[FIGURE_SELLER_DISCOUNT] += line->seller_discount_minor;
        figures[FIGURE_PLATFORM_DISCOUNT] += line->platform_discount_minor;
        if (order->affiliate.creator.ptr)
            figures[FIGURE_AFFILIATE] += percentage(
                gross - line->seller_discount_minor - line->platform_discount_minor, order->affiliate.rate_ppm);
    }
}

/* What the order is worth to a day, by the rules in the header. */
static void order_figures(const struct sim_shop *shop, const struct order *order, int64_t *ret_figures)
{
    int64_t *f = ret_figures;
    f[FIGURE_ORDERS] = 1;
    f[FIGURE_SHIPPING] = order->shipping_paid_minor;
    add_lines(order, f);
    if (shop->charges == SIM_TIKTOK_US)
        f[FIGURE_PLATFORM_FEE] = percentage(f[FIGURE_GROSS] - f[FIGURE_SELLER_DISCOUNT] + order->shipping_paid_minor, 60000);
    if (shop->charges == SIM_SHOPIFY_US)
        f[FIGURE_PAYMENT_FEE] = percentage(order->customer_total_minor, 29000) + 30;
    f[FIGURE_NET] = f[FIGURE_GROSS] - f[FIGURE_SELLER_DISCOUNT] - f[FIGURE_PLATFORM_FEE] - f[FIGURE_PAYMENT_FEE] -
                    f[FIGURE_AFFILIATE];
}

static bool is_booked(const struct order *order)
{
    return order->status == ORDER_PAID || order->status == ORDER_SHIPPED || order->status == ORDER_DELIVERED ||
           order->status == ORDER_COMPLETED;
}

static void move_order(struct sim_truth *truth, const struct sim_item *item, struct latest *latest)
{
    const struct order *order = &item->event->order;
    int64_t offset_us = sim_offset_s(item->shop->zone, order->created_at_us) * INT64_C(1000000);
    struct day *day = day_of(truth, item->shop, (int32_t)((order->created_at_us + offset_us) / DAY_US));
    int64_t figures[FIGURE_COUNT] = {0}, sign = (int64_t)is_booked(order) - (int64_t)latest->booked;
    order_figures(item->shop, order, figures);
    for (int i = 0; day && i < FIGURE_COUNT; i++)
        day->figures[i] += sign * figures[i];
    latest->booked = is_booked(order);
}

static void move_spend(struct sim_truth *truth, const struct sim_item *item, struct latest *latest)
{
    const struct ad_spend *spend = &item->event->ad_spend;
    struct day *day = day_of(truth, item->shop, spend->day);
    if (day)
        day->figures[FIGURE_AD_SPEND] += spend->spend_minor - latest->spend_minor;
    latest->spend_minor = spend->spend_minor;
}

void sim_truth_add(struct sim_truth *truth, const struct sim_item *item)
{
    struct event event = *item->event;
    if (truth->refunds)
        sim_refund_truth_add(truth->refunds, item);
    if (truth->settlements)
        sim_settlement_truth_add(truth->settlements, item);
    if (truth->catalog)
        sim_catalog_truth_add(truth->catalog, item);
    if (event.kind != EVENT_ORDER && event.kind != EVENT_AD_SPEND)
        return;
    if (item->malformed != REASON_NONE) {
        truth->malformed[item->malformed]++;
        return;
    }
    event_hash_keys(&event);
    truth->sent[event.kind]++;
    truth->late += item->late;
    struct latest *latest = latest_of(truth, event.kind == EVENT_ORDER ? event.order.order_hash : event.ad_spend.row_hash);
    truth->duplicates += event.revision == latest->revision;
    truth->stale += event.revision < latest->revision;
    if (event.revision <= latest->revision)
        return;
    latest->revision = event.revision;
    if (event.kind == EVENT_ORDER)
        move_order(truth, item, latest);
    else
        move_spend(truth, item, latest);
}

static bool is_empty(const int64_t *figures)
{
    for (int i = 0; i < FIGURE_COUNT; i++)
        if (figures[i])
            return false;
    return true;
}

static void write_days(const struct sim_truth *truth, const struct simulator *simulator, FILE *out)
{
    const char *comma = "";
    (void)fputs(" \"days\": [", out);
    for (uint32_t i = 0; i < truth->config.shops; i++) {
        for (uint32_t d = 0; d < truth->day_count; d++) {
            const struct day *day = &truth->days[(size_t)i * truth->day_count + d];
            if (is_empty(day->figures))
                continue;
            (void)fprintf(out, "%s\n  ", comma);
            sim_json_shop(simulator_shop(simulator, i), out);
            sim_json_day(truth->first_day + (int32_t)d, out);
            sim_json_figures(figure_names, day->figures, FIGURE_COUNT, out);
            comma = ",";
        }
    }
    (void)fputs("\n ],\n", out);
}

static void write_shops(const struct sim_truth *truth, const struct simulator *simulator, FILE *out)
{
    (void)fputs(" \"shops\": [", out);
    for (uint32_t i = 0; i < truth->config.shops; i++) {
        int64_t sums[FIGURE_COUNT] = {0};
        for (uint32_t d = 0; d < truth->day_count; d++)
            for (int f = 0; f < FIGURE_COUNT; f++)
                sums[f] += truth->days[(size_t)i * truth->day_count + d].figures[f];
        (void)fputs(i ? ",\n  " : "\n  ", out);
        sim_json_shop(simulator_shop(simulator, i), out);
        sim_json_figures(figure_names, sums, FIGURE_COUNT, out);
    }
    (void)fputs("\n ],\n", out);
}

static void write_incidents(const struct simulator *simulator, FILE *out)
{
    size_t count;
    const struct incident *incidents = simulator_incidents(simulator, &count);
    (void)fputs(" \"incidents\": [", out);
    for (size_t i = 0; i < count; i++) {
        const struct incident *incident = &incidents[i];
        const struct sim_shop *shop = simulator_shop(simulator, incident->shop);
        char key[64] = "";
        if (incident->kind == INCIDENT_PRICE)
            (void)snprintf(key, sizeof key, "%s", shop->skus[incident->target].id);
        if (incident->kind == INCIDENT_SPEND)
            (void)snprintf(key, sizeof key, "%s/act-%u/cmp-%u-%u",
                           strcmp(shop->platform, "tiktok_shop") == 0 ? "tiktok_ads" : "meta_ads", shop->number, shop->number,
                           incident->target + 1);
        (void)fprintf(out,
                      "%s\n  {\"kind\": \"%s\", \"shop_id\": \"%s\", \"metric\": \"%s\", \"key\": \"%s\", \"start_us\": %" PRId64
                      ", \"end_us\": %" PRId64 ", \"factor_ppm\": %" PRId64 "}",
                      i ? "," : "", incident_kind_name(incident->kind), shop->id, incident_metric(incident->kind), key,
                      incident->start_us, incident->end_us, incident->factor_ppm);
    }
    (void)fputs("\n ],\n", out);
}

static void cost_order(void *ctx, const struct sim_shop *shop, int64_t created_at_us, const struct sim_sold_line *lines,
                       uint32_t line_count)
{
    int64_t offset_us = sim_offset_s(shop->zone, created_at_us) * INT64_C(1000000);
    struct day *day = day_of(ctx, shop, (int32_t)((created_at_us + offset_us) / DAY_US));
    for (uint32_t i = 0; day && i < line_count; i++) {
        day->figures[FIGURE_COST] += lines[i].cost_known ? lines[i].cost_minor : 0;
        day->figures[FIGURE_COST_LINES] += lines[i].cost_known;
    }
}

/* Anew, as costs move whenever something comes to be known. */
static void cost_days(struct sim_truth *truth)
{
    for (size_t i = 0; i < (size_t)truth->config.shops * truth->day_count; i++)
        truth->days[i].figures[FIGURE_COST] = truth->days[i].figures[FIGURE_COST_LINES] = 0;
    sim_refund_truth_price(truth->refunds, truth->catalog);
    sim_refund_truth_orders(truth->refunds, cost_order, truth);
}

bool sim_truth_write(struct sim_truth *truth, const struct simulator *simulator, FILE *out)
{
    (void)fprintf(out, "{\n \"seed\": %" PRIu64 ",\n \"sent\": {\"orders\": %" PRIu64 ", \"ad_spends\": %" PRIu64
                       ", \"duplicates\": %" PRIu64 ", \"stale\": %" PRIu64 ", \"late\": %" PRIu64 "},\n \"malformed\": ",
                  truth->config.seed, truth->sent[EVENT_ORDER], truth->sent[EVENT_AD_SPEND], truth->duplicates, truth->stale,
                  truth->late);
    sim_json_reasons(truth->malformed, out);
    (void)fputs(",\n", out);
    if (truth->catalog)
        cost_days(truth);
    write_incidents(simulator, out);
    write_shops(truth, simulator, out);
    write_days(truth, simulator, out);
    if (truth->refunds)
        sim_refund_truth_write(truth->refunds, simulator, out);
    if (truth->settlements)
        sim_settlement_truth_write(truth->settlements, out);
    if (truth->catalog)
        sim_catalog_truth_write(truth->catalog, simulator, out);
    (void)fputs(" \"assumes\": \"tiktok_shop US: 6 % referral and affiliates; shopify US: 2.9 % + 0.30; others: no fees; "
                "refunds: tiktok_shop US returns fees with the refund that ends the order, less 20 %\"\n}\n",
                out);
    return !ferror(out);
}
