#include "producers/sim_truth_settlement.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/hash.h"
#include "producers/sim_json.h"
#include "producers/sim_settlement.h"
#include "producers/sim_table.h"
#include "schemas/wire.h"

enum settled_figure {
    SUM_LINES,
    SUM_TOTAL,
    SUM_GROSS,
    SUM_SELLER_DISCOUNT,
    SUM_REFUND,
    SUM_SHIPPING,
    SUM_PLATFORM_FEE,
    SUM_REFUND_ADMIN_FEE,
    SUM_AFFILIATE,
    SUM_ADJUSTMENT,
    SUM_UNKNOWN,
    SUM_ADS,
    SUM_RESERVE,
    SUM_COUNT
};

static const char *const figure_names[SUM_COUNT] = {
    "lines",        "total_minor",        "gross_minor",            "seller_discount_minor", "refund_minor",
    "shipping_minor", "platform_fee_minor", "refund_admin_fee_minor", "affiliate_minor",       "adjustment_minor",
    "unknown_minor", "ads_minor",          "reserve_minor"};

struct statement {
    const struct sim_shop *shop;
    char id[32];
    int64_t figures[SUM_COUNT];
};

struct found_leak {
    const struct sim_shop *shop;
    char order_id[40];
    uint32_t statement;
    enum sim_leak kind;
    int64_t amount_minor;
};

/* How many refunds an order has, and how many of them its lines do. */
struct followed {
    const struct sim_shop *shop;
    char order_id[40];
    uint32_t refunds, settled_refunds;
    bool settled;
};

struct sim_settlement_truth {
    struct sim_table statement_table, transaction_table, refund_table, order_table;
    struct statement *statements;
    struct found_leak *leaks;
    struct followed *orders;
    size_t leak_count;
    uint64_t sent, duplicates, late;
    uint64_t malformed[REASON_COUNT];
};

struct sim_settlement_truth *sim_settlement_truth_new(void)
{
    return calloc(1, sizeof(struct sim_settlement_truth));
}

void sim_settlement_truth_free(struct sim_settlement_truth *truth)
{
    if (!truth)
        return;
    sim_table_done(&truth->statement_table);
    sim_table_done(&truth->transaction_table);
    sim_table_done(&truth->refund_table);
    sim_table_done(&truth->order_table);
    free(truth->statements);
    free(truth->leaks);
    free(truth->orders);
    free(truth);
}

static struct hash128 hash_of(struct text text, uint64_t seed)
{
    XXH128_hash_t hash = XXH3_128bits_withSeed(text.ptr, text.len, seed);
    return (struct hash128){hash.low64, hash.high64};
}

static void copy_id(char *to, size_t size, struct text id)
{
    (void)snprintf(to, size, "%.*s", (int)id.len, id.ptr);
}

static uint32_t statement_of(struct sim_settlement_truth *truth, const struct sim_item *item, uint64_t shop_hash)
{
    struct text id = item->event->settlement.statement_id;
    uint32_t known = truth->statement_table.count, index = sim_table_add(&truth->statement_table, hash_of(id, shop_hash));
    if (index == known) {
        truth->statements = sim_array_grow(truth->statements, known, sizeof *truth->statements);
        truth->statements[index] = (struct statement){.shop = item->shop};
        copy_id(truth->statements[index].id, sizeof truth->statements[index].id, id);
    }
    return index;
}

static struct followed *order_of(struct sim_settlement_truth *truth, const struct sim_item *item, struct text order_id,
                                 uint64_t shop_hash)
{
    uint32_t known = truth->order_table.count, index = sim_table_add(&truth->order_table, hash_of(order_id, shop_hash));
    if (index == known) {
        truth->orders = sim_array_grow(truth->orders, known, sizeof *truth->orders);
        truth->orders[index] = (struct followed){.shop = item->shop};
        copy_id(truth->orders[index].order_id, sizeof truth->orders[index].order_id, order_id);
    }
    return &truth->orders[index];
}

static bool is_text(struct text text, const char *string)
{
    return text.len == strlen(string) && memcmp(text.ptr, string, text.len) == 0;
}

/* SUM_COUNT: a sum of others, or nothing at all. */
static enum settled_figure class_of(const struct settlement *settlement, struct text field)
{
    static const enum settled_figure classes[STATED_FIELD_COUNT] = {
        [STATED_TOTAL] = SUM_TOTAL,           [STATED_NET_SALES] = SUM_COUNT,      [STATED_GROSS] = SUM_GROSS,
        [STATED_GROSS_REFUND] = SUM_REFUND,   [STATED_DISCOUNT] = SUM_SELLER_DISCOUNT, [STATED_DISCOUNT_REFUND] = SUM_REFUND,
        [STATED_REFERRAL] = SUM_PLATFORM_FEE, [STATED_ADMIN] = SUM_REFUND_ADMIN_FEE, [STATED_AFFILIATE] = SUM_AFFILIATE,
        [STATED_TRANSACTION] = SUM_COUNT,     [STATED_SHIPPING_PAID] = SUM_SHIPPING, [STATED_SHIPPING_ACTUAL] = SUM_SHIPPING,
        [STATED_ADJUSTMENT] = SUM_ADJUSTMENT, [STATED_UNKNOWN] = SUM_UNKNOWN};
    int i = 0;
    while (i < STATED_FIELD_COUNT && !is_text(field, sim_settled_fields[i]))
        i++;
    enum settled_figure class = i < STATED_FIELD_COUNT ? classes[i] : SUM_UNKNOWN;
    if (class == SUM_TOTAL || class == SUM_COUNT)
        return class;
    if (is_text(settlement->native_type, "GMV payment for TikTok Ads"))
        return SUM_ADS;
    return settlement->native_type.len > 7 && memcmp(settlement->native_type.ptr, "Reserve", 7) == 0 ? SUM_RESERVE : class;
}

static void add_amounts(struct statement *statement, const struct settlement *settlement)
{
    statement->figures[SUM_LINES]++;
    for (uint32_t i = 0; i < settlement->amount_count; i++) {
        enum settled_figure class = class_of(settlement, settlement->amounts[i].field);
        if (class != SUM_COUNT)
            statement->figures[class] += settlement->amounts[i].amount_minor;
    }
}

static void add_leak(struct sim_settlement_truth *truth, const struct sim_item *item, uint32_t statement)
{
    truth->leaks = sim_array_grow(truth->leaks, truth->leak_count, sizeof *truth->leaks);
    struct found_leak *leak = &truth->leaks[truth->leak_count++];
    *leak = (struct found_leak){.shop = item->shop, .statement = statement, .kind = item->leak, .amount_minor = item->leak_minor};
    copy_id(leak->order_id, sizeof leak->order_id, item->event->settlement.order_id);
}

static void add_settlement(struct sim_settlement_truth *truth, const struct sim_item *item, uint64_t shop_hash)
{
    const struct settlement *settlement = &item->event->settlement;
    uint32_t known = truth->transaction_table.count;
    truth->sent++;
    truth->late += item->late;
    if (sim_table_add(&truth->transaction_table, hash_of(settlement->transaction_id, shop_hash)) != known) {
        truth->duplicates++;
        return;
    }
    uint32_t statement = statement_of(truth, item, shop_hash);
    add_amounts(&truth->statements[statement], settlement);
    if (item->leak != LEAK_NONE)
        add_leak(truth, item, statement);
    if (!settlement->order_id.ptr)
        return;
    struct followed *order = order_of(truth, item, settlement->order_id, shop_hash);
    order->settled = true;
    if (item->settled_refunds > order->settled_refunds)
        order->settled_refunds = item->settled_refunds;
}

static void add_refund(struct sim_settlement_truth *truth, const struct sim_item *item, uint64_t shop_hash)
{
    const struct refund *refund = &item->event->refund;
    uint32_t known = truth->refund_table.count;
    if (sim_table_add(&truth->refund_table, hash_of(refund->refund_id, shop_hash)) == known)
        order_of(truth, item, refund->order_id, shop_hash)->refunds++;
}

void sim_settlement_truth_add(struct sim_settlement_truth *truth, const struct sim_item *item)
{
    uint64_t shop_hash = hash64(item->event->shop_id.ptr, item->event->shop_id.len);
    if (item->event->kind == EVENT_SETTLEMENT)
        truth->malformed[item->malformed]++;
    if (item->malformed != REASON_NONE)
        return;
    if (item->event->kind == EVENT_SETTLEMENT)
        add_settlement(truth, item, shop_hash);
    if (item->event->kind == EVENT_REFUND)
        add_refund(truth, item, shop_hash);
}

static void write_statements(const struct sim_settlement_truth *truth, FILE *out)
{
    (void)fputs(" \"statements\": [", out);
    for (uint32_t i = 0; i < truth->statement_table.count; i++) {
        const struct statement *statement = &truth->statements[i];
        (void)fputs(i ? ",\n  " : "\n  ", out);
        sim_json_shop(statement->shop, out);
        (void)fprintf(out, ", \"statement_id\": \"%s\"", statement->id);
        sim_json_figures(figure_names, statement->figures, SUM_COUNT, out);
    }
    (void)fputs("\n ],\n", out);
}

static void write_leaks(const struct sim_settlement_truth *truth, FILE *out)
{
    (void)fputs(" \"leaks\": [", out);
    for (size_t i = 0; i < truth->leak_count; i++) {
        const struct found_leak *leak = &truth->leaks[i];
        (void)fprintf(out,
                      "%s\n  {\"shop_id\": \"%s\", \"order_id\": \"%s\", \"statement_id\": \"%s\", \"kind\": \"%s\", "
                      "\"amount_minor\": %" PRId64 "}",
                      i ? "," : "", leak->shop->id, leak->order_id, truth->statements[leak->statement].id,
                      sim_leak_name(leak->kind), leak->amount_minor);
    }
    (void)fputs("\n ],\n", out);
}

static void write_unsettled(const struct sim_settlement_truth *truth, FILE *out)
{
    const char *comma = "";
    (void)fputs(" \"unsettled\": [", out);
    for (uint32_t i = 0; i < truth->order_table.count; i++) {
        const struct followed *order = &truth->orders[i];
        if (!order->settled || order->refunds <= order->settled_refunds)
            continue;
        (void)fprintf(out, "%s\n  {\"shop_id\": \"%s\", \"order_id\": \"%s\"}", comma, order->shop->id, order->order_id);
        comma = ",";
    }
    (void)fputs("\n ],\n", out);
}

void sim_settlement_truth_write(const struct sim_settlement_truth *truth, FILE *out)
{
    (void)fprintf(out,
                  " \"settlements\": {\"sent\": %" PRIu64 ", \"duplicates\": %" PRIu64 ", \"late\": %" PRIu64
                  ", \"lines\": %" PRIu32 ", \"malformed\": ",
                  truth->sent, truth->duplicates, truth->late, truth->transaction_table.count);
    sim_json_reasons(truth->malformed, out);
    (void)fputs("},\n", out);
    write_statements(truth, out);
    write_leaks(truth, out);
    write_unsettled(truth, out);
}
