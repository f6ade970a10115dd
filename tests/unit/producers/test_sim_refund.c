#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/hash.h"
#include "producers/sim_refund.h"
#include "producers/simulator.h"
#include "schemas/wire.h"

#define START_US INT64_C(1767225600000000) /* 2026-01-01 */
#define DAY_US INT64_C(86400000000)
#define ORDERS_MAX 60000

/* What the log said of an order, found by its number: ids are 5769, the seed in three digits, the number in twelve. */
struct seen {
    int64_t first_logged_us, created_us, sent_us, units, amount_minor, tax_minor, shipping_minor;
    uint32_t refunds, late_refunds;
    bool cancelled, refunded_before_sent, whole;
    struct order order;
    struct order_line lines[SIM_LINES_MAX];
    int64_t units_back[SIM_LINES_MAX], amount_back[SIM_LINES_MAX], tax_back[SIM_LINES_MAX], shipping_back;
};

static struct seen *seen;

static struct simulator_config config_of(uint64_t seed)
{
    printf("seed %llu\n", (unsigned long long)seed);
    return (struct simulator_config){
        .seed = seed, .shops = 5, .days = 30, .orders = 20000, .start_us = START_US, .refund_ppm = 85000};
}

static struct simulator *start(const struct simulator_config *config)
{
    struct err err = {0};
    struct simulator *simulator = simulator_new(config, &err);
    cr_assert_not_null(simulator, "%s", err.text);
    seen = calloc(ORDERS_MAX, sizeof *seen);
    cr_assert_not_null(seen);
    return simulator;
}

static void stop(struct simulator *simulator)
{
    simulator_free(simulator);
    free(seen);
}

static bool is_ours(struct text order_id)
{
    return memcmp(order_id.ptr, "5769", 4) == 0;
}

static struct seen *seen_of(struct text order_id)
{
    unsigned long long number = strtoull(order_id.ptr + 7, NULL, 10);
    cr_assert_lt(number, ORDERS_MAX);
    return &seen[number];
}

static void see_order(const struct sim_item *item)
{
    const struct order *order = &item->event->order;
    struct seen *s = seen_of(order->order_id);
    s->first_logged_us = s->first_logged_us ? s->first_logged_us : item->log_time_us;
    s->created_us = order->created_at_us;
    s->cancelled |= order->status == ORDER_CANCELLED;
    if (order->shipped_at_us != EVENT_ABSENT)
        s->sent_us = order->shipped_at_us;
    s->order = *order;
    memcpy(s->lines, order->lines, order->line_count * sizeof *order->lines);
}

/* The plain bytes of the records of some topics. */
static uint64_t hash_of(const struct simulator_config *config, bool (*wanted)(enum event_kind), uint64_t *ret_records)
{
    struct err err = {0};
    struct simulator *simulator = simulator_new(config, &err);
    struct wire_encoder *encoder = wire_encoder_new(&err);
    struct sim_item item;
    uint64_t hash = 0, records = 0;
    while (simulator_next(simulator, &item)) {
        const uint8_t *bytes;
        size_t len;
        if (!wanted(item.event->kind))
            continue;
        cr_assert(wire_encode(encoder, item.event, &bytes, &len, &err), "%s", err.text);
        hash = XXH3_64bits_withSeed(bytes, len, hash ^ (uint64_t)item.log_time_us ^ item.malformed);
        records++;
    }
    wire_encoder_free(encoder);
    simulator_free(simulator);
    *ret_records = records;
    return hash;
}

static bool is_refund(enum event_kind kind)
{
    return kind == EVENT_REFUND;
}

static bool is_old(enum event_kind kind)
{
    return kind == EVENT_ORDER || kind == EVENT_AD_SPEND;
}

Test(sim_refund, the_same_seed_gives_the_same_bytes_and_another_one_others)
{
    struct simulator_config config = config_of(1), other = config_of(2);
    uint64_t records;
    config.duplicate_ppm = config.late_ppm = config.malformed_ppm = 20000;
    uint64_t hash = hash_of(&config, is_refund, &records);
    cr_assert_gt(records, 1000);
    cr_assert_eq(hash, hash_of(&config, is_refund, &records));
    cr_assert_neq(hash, hash_of(&other, is_refund, &records));
}

Test(sim_refund, orders_and_ad_spend_do_not_depend_on_refunds)
{
    struct simulator_config with = config_of(3), without = config_of(3);
    uint64_t records, same;
    with.duplicate_ppm = with.late_ppm = with.malformed_ppm = 20000;
    with.incidents = 8;
    without = with;
    without.refund_ppm = 0;
    cr_assert_eq(hash_of(&with, is_old, &records), hash_of(&without, is_old, &same));
    cr_assert_eq(records, same);
    cr_assert_neq(hash_of(&with, is_refund, &records), 0);
    cr_assert_eq(hash_of(&without, is_refund, &records), 0, "no refunds without --refund-ppm");
    with.single_lives = true;
    cr_assert_eq(hash_of(&with, is_refund, &records), 0, "none in single lives");
}

/* Orders of the first 18 days, whose refunds have all come by the end of 30. */
static bool is_mature(const struct seen *s)
{
    return s->sent_us && s->created_us < START_US + 18 * DAY_US;
}

Test(sim_refund, of_orders_that_are_sent_6_to_9_percent_come_back_about_half_of_them_whole)
{
    struct simulator_config config = config_of(4);
    struct simulator *simulator = start(&config);
    struct sim_item item;
    uint64_t sent = 0, refunded = 0, whole = 0, before = 0, before_cancelled = 0;
    while (simulator_next(simulator, &item)) {
        if (item.event->kind == EVENT_ORDER)
            see_order(&item);
        if (item.event->kind != EVENT_REFUND || !is_ours(item.event->refund.order_id) ||
            item.event->revision != item.event->occurred_at_us)
            continue;
        const struct refund *refund = &item.event->refund;
        struct seen *s = seen_of(refund->order_id);
        s->refunds++;
        s->refunded_before_sent |= !refund->shipped_before;
        for (uint32_t i = 0; i < refund->line_count; i++)
            s->amount_minor += refund->lines[i].amount_minor;
    }
    for (uint32_t i = 0; i < ORDERS_MAX; i++) {
        struct seen *s = &seen[i];
        int64_t paid =
            s->order.customer_total_minor - s->order.tax_minor - s->order.shipping_paid_minor - s->order.buyer_fees_minor;
        sent += is_mature(s);
        refunded += is_mature(s) && s->refunds;
        whole += is_mature(s) && s->refunds && s->amount_minor == paid;
        before += s->sent_us && s->refunded_before_sent;
        before_cancelled += s->cancelled && s->refunds;
    }
    printf("%lu of %lu, %lu whole, before shipping %lu and %lu cancelled\n", refunded, sent, whole, before, before_cancelled);
    cr_assert(refunded * 100 > sent * 6 && refunded * 100 < sent * 9);
    cr_assert(whole * 100 > refunded * 40 && whole * 100 < refunded * 70);
    cr_assert(before_cancelled * 100 > before * 60 && before * 100 > before_cancelled * 60, "about as many cancelled as not");
    stop(simulator);
}

static void check_ids(const struct seen *s, const struct refund *refund)
{
    for (uint32_t i = 0; i < refund->line_count; i++) {
        char id[64];
        unsigned long line = strtoul(strchr(refund->lines[i].line_id.ptr, '-') + 1, NULL, 10);
        cr_assert(line >= 1 && line <= s->order.line_count);
        (void)snprintf(id, sizeof id, "%.*s-%lu", (int)refund->order_id.len, refund->order_id.ptr, line);
        cr_assert_eq(strlen(id), refund->lines[i].line_id.len);
        cr_assert_eq(memcmp(id, refund->lines[i].line_id.ptr, refund->lines[i].line_id.len), 0);
    }
}

/* What q units more of a line are worth where u have come back: one after the other, the last takes what is left. */
static int64_t worth(const struct order_line *line, int64_t u, int64_t q)
{
    int64_t seller = 0, platform = 0, sum = 0;
    for (int64_t i = 1; i <= u + q; i++) {
        int64_t seller_now = line->seller_discount_minor * i / line->quantity;
        int64_t platform_now = line->platform_discount_minor * i / line->quantity;
        if (i > u)
            sum += line->unit_list_minor - (seller_now - seller) - (platform_now - platform);
        seller = seller_now;
        platform = platform_now;
    }
    return sum;
}

static void check_part(struct seen *s, const struct refund_line *part)
{
    uint32_t i = (uint32_t)strtoul(strchr(part->line_id.ptr, '-') + 1, NULL, 10) - 1;
    const struct order_line *line = &s->lines[i];
    int64_t full = worth(line, s->units_back[i], part->quantity), before = worth(line, 0, s->units_back[i]);
    cr_assert_geq(part->amount_minor, 0);
    cr_assert_geq(part->tax_minor, 0);
    cr_assert(part->quantity || part->amount_minor, "a part of nothing");
    cr_assert(part->quantity || !part->restocked, "money is not restocked");
    if (part->quantity && s->amount_back[i] == before)
        cr_assert_eq(part->amount_minor, full, "a unit is worth list - its shares of the discounts");
    s->units_back[i] += part->quantity;
    s->amount_back[i] += part->amount_minor;
    s->tax_back[i] += part->tax_minor;
    cr_assert_leq(s->units_back[i], line->quantity);
    cr_assert_leq(s->amount_back[i], worth(line, 0, line->quantity));
    cr_assert_leq(s->tax_back[i], line->tax_minor);
    if (s->amount_back[i] == worth(line, 0, line->quantity))
        cr_assert_eq(s->tax_back[i], line->tax_minor, "the tax comes back with the last of the price");
}

Test(sim_refund, no_refunds_give_back_more_than_was_sold_and_units_bring_their_shares)
{
    struct simulator_config config = config_of(5);
    struct simulator *simulator = start(&config);
    struct sim_item item;
    uint64_t checked = 0;
    while (simulator_next(simulator, &item)) {
        if (item.event->kind == EVENT_ORDER)
            see_order(&item);
        if (item.event->kind != EVENT_REFUND || !is_ours(item.event->refund.order_id) ||
            item.event->revision != item.event->occurred_at_us)
            continue;
        const struct refund *refund = &item.event->refund;
        struct seen *s = seen_of(refund->order_id);
        cr_assert_gt(refund->line_count, 0);
        check_ids(s, refund);
        for (uint32_t i = 0; i < refund->line_count; i++)
            check_part(s, &refund->lines[i]);
        s->shipping_back += refund->shipping_refund_minor;
        cr_assert_leq(s->shipping_back, s->order.shipping_paid_minor);
        cr_assert_eq(refund->shipped_before, s->sent_us && item.event->occurred_at_us >= s->sent_us);
        cr_assert_eq(refund->chargeback, memcmp(refund->initiator.ptr, "BANK", 4) == 0);
        cr_assert_eq(refund->chargeback, refund->case_fee_minor != EVENT_ABSENT);
        checked++;
    }
    cr_assert_gt(checked, 1000);
    stop(simulator);
}

Test(sim_refund, restated_ones_come_with_a_higher_revision_and_some_chargebacks_are_won)
{
    struct simulator_config config = config_of(6);
    config.orders = 40000;
    struct simulator *simulator = start(&config);
    struct sim_item item;
    uint64_t stated = 0, restated = 0, won = 0, chargebacks = 0;
    while (simulator_next(simulator, &item)) {
        if (item.event->kind != EVENT_REFUND)
            continue;
        bool again = item.event->revision > item.event->occurred_at_us;
        cr_assert_geq(item.event->revision, item.event->occurred_at_us);
        cr_assert_eq(item.log_time_us, item.event->revision);
        stated += !again;
        restated += again;
        chargebacks += item.event->refund.chargeback && !again;
        won += item.event->refund.chargeback && item.event->refund.voided;
        cr_assert(again || !item.event->refund.voided);
    }
    printf("%lu stated, %lu restated, %lu chargebacks, %lu won\n", stated, restated, chargebacks, won);
    cr_assert(restated * 100 > stated * 4 && restated * 100 < stated * 15);
    cr_assert(chargebacks * 100 > stated && chargebacks * 100 < stated * 7);
    cr_assert(won * 100 > chargebacks * 10 && won * 100 < chargebacks * 50);
    stop(simulator);
}

Test(sim_refund, some_are_in_the_log_before_their_order_and_some_orders_never_come)
{
    struct simulator_config config = config_of(7);
    config.late_ppm = config.duplicate_ppm = 30000;
    struct simulator *simulator = start(&config);
    struct sim_item item;
    uint64_t early = 0, orphans = 0, late = 0, duplicates = 0, records = 0;
    while (simulator_next(simulator, &item)) {
        if (item.event->kind == EVENT_ORDER)
            see_order(&item);
        if (item.event->kind != EVENT_REFUND)
            continue;
        bool ours = is_ours(item.event->refund.order_id);
        records++;
        late += item.late;
        duplicates += item.duplicate;
        orphans += !ours;
        early += ours && !seen_of(item.event->refund.order_id)->first_logged_us;
    }
    printf("%lu records, %lu early, %lu orphans, %lu late, %lu duplicates\n", records, early, orphans, late, duplicates);
    cr_assert_gt(early, 50);
    cr_assert_gt(orphans, 10);
    cr_assert_lt(orphans * 10, records);
    cr_assert(late * 100 > records && late * 100 < records * 5);
    cr_assert(duplicates * 100 > records && duplicates * 100 < records * 5);
    stop(simulator);
}

Test(sim_refund, live_ones_follow_the_clock_and_so_do_settlements)
{
    struct simulator_config config = config_of(8);
    struct simulator *simulator = start(&config);
    uint64_t refunds = 0, settlements = 0;
    for (int64_t i = 0; i < 20000; i++) {
        struct sim_item item;
        int64_t now_us = START_US + 40 * DAY_US + i * 50000;
        simulator_next_live(simulator, now_us, &item);
        cr_assert_leq(item.event->occurred_at_us, now_us);
        refunds += item.event->kind == EVENT_REFUND;
        if (item.event->kind != EVENT_SETTLEMENT)
            continue;
        settlements++;
        cr_assert(item.event->settlement.settled_at_us <= now_us && item.event->settlement.settled_at_us > now_us - DAY_US);
    }
    cr_assert_gt(refunds, 100);
    cr_assert_gt(settlements, 100);
    stop(simulator);
}
