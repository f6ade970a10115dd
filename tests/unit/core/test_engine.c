#include "core/engine.h"

#include <criterion/criterion.h>
#include <stdio.h>

#include "core/detector_internal.h"
#include "core/engine_internal.h"
#include "support/sample.h"

static struct engine *engine_with(const struct shop_policy *(*policy_of)(void *, struct text))
{
    struct engine_config config = {.memory_orders = 1000, .shops_max = 10, .policy_of = policy_of};
    detector_config_default(&config.detector);
    return engine_new(&config, true);
}

static enum reason apply(struct engine *engine, struct event *event, struct facts *facts)
{
    static int64_t offset;
    return engine_apply(engine, event, (struct origin){.offset = offset++}, SAMPLE_TIME_US + 30 * 24 * SAMPLE_HOUR_US, facts);
}

Test(engine, a_redelivered_order_yields_nothing)
{
    struct engine *engine = engine_with(sample_policy_free);
    struct facts facts = sample_facts();
    struct order_line lines[1];
    struct event event = sample_order("s", "o", lines, 1);
    cr_assert_eq(apply(engine, &event, &facts), REASON_NONE);
    cr_assert_eq(apply(engine, &event, &facts), REASON_NONE);
    cr_assert_eq(facts.order_count, 1);
    cr_assert_eq(facts.orders[0].novelty, FACT_NEW);
    cr_assert_eq(engine_counters(engine)->duplicates, 1);
    engine_free(engine);
}

Test(engine, a_later_revision_in_the_same_batch_replaces_the_earlier_one)
{
    struct engine *engine = engine_with(sample_policy_free);
    struct facts facts = sample_facts();
    struct order_line lines[1];
    struct event paid = sample_order("s", "o", lines, 1), shipped = paid;
    shipped.revision++;
    shipped.order.status = ORDER_SHIPPED;
    sample_seal(&shipped);
    cr_assert_eq(apply(engine, &paid, &facts), REASON_NONE);
    cr_assert_eq(apply(engine, &shipped, &facts), REASON_NONE);
    cr_assert_eq(facts.order_count, 1);
    cr_assert_eq(facts.orders[0].order->status, ORDER_SHIPPED);
    cr_assert_eq(facts.orders[0].novelty, FACT_NEW, "no database has seen the order yet");
    engine_free(engine);
}

Test(engine, a_later_revision_in_a_later_batch_is_for_the_sink_to_settle)
{
    struct engine *engine = engine_with(sample_policy_free);
    struct facts facts = sample_facts();
    struct order_line lines[1];
    struct event paid = sample_order("s", "o", lines, 1), shipped = paid;
    cr_assert_eq(apply(engine, &paid, &facts), REASON_NONE);
    facts = sample_facts();
    shipped.revision++;
    cr_assert_eq(apply(engine, &shipped, &facts), REASON_NONE);
    cr_assert_eq(facts.order_count, 1);
    cr_assert_eq(facts.orders[0].novelty, FACT_UNSURE);
    engine_free(engine);
}

Test(engine, an_older_revision_late_changes_nothing)
{
    struct engine *engine = engine_with(sample_policy_free);
    struct facts facts = sample_facts();
    struct order_line lines[1];
    struct event newer = sample_order("s", "o", lines, 1), older = newer;
    older.revision--;
    cr_assert_eq(apply(engine, &newer, &facts), REASON_NONE);
    cr_assert_eq(apply(engine, &older, &facts), REASON_NONE);
    cr_assert_eq(facts.orders[0].revision, newer.revision);
    cr_assert_eq(engine_counters(engine)->stale, 1);
    engine_free(engine);
}

Test(engine, of_two_contents_of_one_revision_the_same_one_wins_in_any_order)
{
    struct order_line lines[2][1];
    struct event events[2] = {sample_order("s", "o", lines[0], 1), sample_order("s", "o", lines[1], 1)};
    lines[1][0].quantity = 3;
    sample_seal(&events[1]);
    int64_t gross[2];
    for (int first = 0; first < 2; first++) {
        struct engine *engine = engine_with(sample_policy_free);
        struct facts facts = sample_facts();
        cr_assert_eq(apply(engine, &events[first], &facts), REASON_NONE);
        cr_assert_eq(apply(engine, &events[1 - first], &facts), REASON_NONE);
        cr_assert_eq(facts.order_count, 1);
        cr_assert_eq(engine_counters(engine)->conflicts, 1);
        gross[first] = facts.orders[0].lines[0].gross_minor;
        engine_free(engine);
    }
    cr_assert_eq(gross[0], gross[1]);
}

Test(engine, a_shop_books_in_the_currency_and_scale_of_its_first_order)
{
    struct engine *engine = engine_with(sample_policy_free);
    struct facts facts = sample_facts();
    struct order_line lines[3][1];
    struct event first = sample_order("s", "1", lines[0], 1), euro = sample_order("s", "2", lines[1], 1),
                 mills = sample_order("s", "3", lines[2], 1);
    euro.currency = text_of("EUR");
    mills.amount_scale = 3;
    cr_assert_eq(apply(engine, &first, &facts), REASON_NONE);
    cr_assert_eq(apply(engine, &euro, &facts), REASON_WRONG_CURRENCY);
    cr_assert_eq(apply(engine, &mills, &facts), REASON_WRONG_SCALE);
    cr_assert_eq(facts.order_count, 1);
    engine_free(engine);
}

Test(engine, a_refused_order_teaches_a_shop_nothing)
{
    struct engine *engine = engine_with(sample_policy_free);
    struct facts facts = sample_facts();
    struct order_line lines[2][1];
    struct event bad = sample_order("s", "1", lines[0], 1), good = sample_order("s", "2", lines[1], 1);
    bad.currency = text_of("EUR");
    lines[0][0].quantity = 0;
    cr_assert_eq(apply(engine, &bad, &facts), REASON_IMPOSSIBLE_LINE);
    cr_assert_eq(apply(engine, &good, &facts), REASON_NONE);
    engine_free(engine);
}

Test(engine, what_a_database_knows_of_a_shop_holds)
{
    struct engine *engine = engine_with(sample_policy_free);
    struct facts facts = sample_facts();
    struct order_line lines[1];
    struct event event = sample_order("s", "1", lines, 1);
    cr_assert(engine_know_shop(engine, event.shop_id, event.shop_hash, text_of("GBP"), 2, text_of("p"), text_of("GB")));
    cr_assert_eq(apply(engine, &event, &facts), REASON_WRONG_CURRENCY);
    engine_free(engine);
}

Test(engine, more_shops_than_allowed_are_refused_not_mixed_up)
{
    struct engine *engine = engine_with(sample_policy_free);
    struct facts facts = sample_facts();
    static const char *const ids[] = {"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k"};
    for (int i = 0; i < 11; i++) {
        struct order_line lines[1];
        struct event event = sample_order(ids[i], "o", lines, 1);
        cr_assert_eq(apply(engine, &event, &facts), i < 10 ? REASON_NONE : REASON_TOO_MANY_SHOPS);
    }
    engine_free(engine);
}

Test(engine, an_old_status_change_that_memory_lost_is_not_vouched_for)
{
    struct engine_config config = {.memory_orders = 1000, .shops_max = 10, .policy_of = sample_policy_free};
    detector_config_default(&config.detector);
    struct engine *engine = engine_new(&config, false);
    struct facts facts = sample_facts();
    struct order_line lines[2][1];
    struct event delivered = sample_order("s", "1", lines[0], 1), paid = sample_order("s", "2", lines[1], 1);
    delivered.order.status = ORDER_DELIVERED;
    delivered.revision++;
    cr_assert_eq(apply(engine, &delivered, &facts), REASON_NONE);
    cr_assert_eq(apply(engine, &paid, &facts), REASON_NONE);
    cr_assert_eq(facts.orders[0].novelty, FACT_UNSURE);
    cr_assert_eq(facts.orders[1].novelty, FACT_NEW);
    engine_free(engine);
}

Test(engine, a_price_ten_times_too_high_is_an_anomaly_of_its_sku)
{
    struct engine *engine = engine_with(sample_policy_free);
    struct facts facts = sample_facts();
    static struct order_line lines[201][1];
    static char ids[201][12];
    for (int i = 0; i <= 200; i++) {
        (void)snprintf(ids[i], sizeof ids[i], "%d", i);
        struct event *event = facts.alloc(facts.alloc_ctx, sizeof *event);
        *event = sample_order("s", ids[i], lines[i], 1);
        event->order.created_at_us += i * SAMPLE_HOUR_US / 10;
        lines[i][0].unit_list_minor = i < 200 ? 2500 + i % 3 : 25000;
        sample_seal(event);
        cr_assert_eq(apply(engine, event, &facts), REASON_NONE);
    }
    bool found = false;
    for (size_t i = 0; i < facts.anomaly_count; i++)
        found |= facts.anomalies[i].metric == METRIC_UNIT_PRICE && facts.anomalies[i].above &&
                 facts.anomalies[i].value == 25000 && facts.anomalies[i].upper < 25000;
    cr_assert(found);
    engine_free(engine);
}

Test(engine, an_ad_day_is_passed_on_and_so_is_its_stale_restatement_for_it_is_kept)
{
    struct engine *engine = engine_with(sample_policy_free);
    struct facts facts = sample_facts();
    struct event first = sample_ad_spend("s", "c", 20454, 1000), restated = sample_ad_spend("s", "c", 20454, 1100);
    restated.revision++;
    cr_assert_eq(apply(engine, &first, &facts), REASON_NONE);
    cr_assert_eq(apply(engine, &restated, &facts), REASON_NONE);
    cr_assert_eq(apply(engine, &first, &facts), REASON_NONE);
    cr_assert_eq(facts.ad_spend_count, 3);
    cr_assert_eq(engine_counters(engine)->stale, 0, "the sink tells which one is");
    struct event negative = sample_ad_spend("s", "c", 20455, -1);
    cr_assert_eq(apply(engine, &negative, &facts), REASON_IMPOSSIBLE_AMOUNT);
    engine_free(engine);
}

static enum reason apply_logged(struct engine *engine, struct event *event, int64_t logged_at_us, struct facts *facts)
{
    return engine_apply(engine, event, (struct origin){0}, logged_at_us, facts);
}

Test(engine, an_event_from_more_than_a_day_after_it_was_logged_is_refused)
{
    struct engine *engine = engine_with(sample_policy_free);
    struct facts facts = sample_facts();
    struct order_line lines[1];
    const int64_t logged = SAMPLE_TIME_US, day = 24 * SAMPLE_HOUR_US;
    struct event order = sample_order("s", "o", lines, 1), report = sample_ad_spend("s", "c", 47000 /* in 2098 */, 1000);
    order.order.created_at_us = logged + day + 1;
    cr_assert_eq(apply_logged(engine, &order, logged, &facts), REASON_FROM_THE_FUTURE);
    cr_assert_eq(apply_logged(engine, &report, logged, &facts), REASON_FROM_THE_FUTURE);
    struct event refund = {.kind = EVENT_REFUND, .shop_id = text_of("s"), .currency = text_of("USD"), .amount_scale = 2,
                           .occurred_at_us = logged + day + 1};
    cr_assert_eq(apply_logged(engine, &refund, logged, &facts), REASON_FROM_THE_FUTURE);
    cr_assert(facts.order_count == 0 && facts.ad_spend_count == 0 && facts.refund_count == 0);
    cr_assert_eq(engine_counters(engine)->rejects, 3);
    order.order.created_at_us = logged + day;
    cr_assert_eq(apply_logged(engine, &order, logged, &facts), REASON_NONE);
    engine_free(engine);
}

Test(engine, where_nobody_knows_when_it_was_logged_one_order_of_2099_does_not_end_the_buckets)
{
    struct engine *engine = engine_with(sample_policy_free);
    struct facts facts = sample_facts();
    static struct order_line lines[100][1];
    static char ids[100][12];
    for (int i = 0; i < 100; i++) {
        (void)snprintf(ids[i], sizeof ids[i], "%d", i);
        struct event *event = facts.alloc(facts.alloc_ctx, sizeof *event);
        *event = sample_order("s", ids[i], lines[i], 1);
        event->order.created_at_us += (i == 50 ? 24 * 365 * 73 : i) * SAMPLE_HOUR_US;
        sample_seal(event);
        cr_assert_eq(apply_logged(engine, event, -1, &facts), REASON_NONE);
    }
    struct detector_counters counters;
    engine_detector_counters(engine, &counters);
    cr_assert_eq(facts.order_count, 100);
    cr_assert(counters.late_values == 0 && counters.doubted_values == 1 && counters.clock_restarts == 0);
    engine_free(engine);
}

static struct event sample_settlement(const char *shop, struct settled_amount *amounts, uint32_t count)
{
    struct event event = {.kind = EVENT_SETTLEMENT,
                          .event_id = text_of("event"),
                          .shop_id = text_of(shop),
                          .currency = text_of("USD"),
                          .amount_scale = 2,
                          .revision = EVENT_ABSENT,
                          .occurred_at_us = EVENT_ABSENT};
    event.settlement = (struct settlement){.statement_id = text_of("statement"),
                                           .transaction_id = text_of("transaction"),
                                           .native_type = text_of("Order"),
                                           .status = text_of("PAID"),
                                           .settled_at_us = SAMPLE_TIME_US,
                                           .amounts = amounts,
                                           .amount_count = count};
    return event;
}

static const struct shop_policy *policy_in_euro(void *ctx, struct text shop_id)
{
    static struct shop_policy policy;
    policy = *sample_policy_free(ctx, shop_id);
    policy.currency = "EUR";
    return &policy;
}

static const struct shop_policy *policy_in_mills(void *ctx, struct text shop_id)
{
    static struct shop_policy policy;
    policy = *sample_policy_free(ctx, shop_id);
    policy.amount_scale = 3;
    return &policy;
}

Test(engine, a_settlement_is_passed_on_as_often_as_it_comes)
{
    struct engine *engine = engine_with(sample_policy_free);
    struct facts facts = sample_facts();
    struct settled_amount amounts[] = {{text_of("Gross sales"), 1000}, {text_of("Galaxy fee"), -9}};
    struct event event = sample_settlement("s", amounts, 2);
    cr_assert_eq(apply(engine, &event, &facts), REASON_NONE);
    cr_assert_eq(apply(engine, &event, &facts), REASON_NONE);
    cr_assert_eq(facts.settlement_count, 2, "the sink knows what it holds");
    cr_assert_eq(facts.row_count, 2 * (1 + 2), "lines and their amounts");
    cr_assert_eq(engine_counters(engine)->settlements, 2);
    cr_assert_eq(engine_counters(engine)->settlements_unknown, 2);
    cr_assert_eq(engine_counters(engine)->settlements_broken, 0);
    engine_free(engine);
}

Test(engine, a_settlement_must_be_in_what_the_shop_is_configured_to_book_in)
{
    struct settled_amount amounts[] = {{text_of("Gross sales"), 1000}};
    struct event event = sample_settlement("s", amounts, 1);
    struct facts facts = sample_facts();
    struct engine *euro = engine_with(policy_in_euro), *mills = engine_with(policy_in_mills);
    cr_assert_eq(apply(euro, &event, &facts), REASON_WRONG_CURRENCY);
    cr_assert_eq(apply(mills, &event, &facts), REASON_WRONG_SCALE);
    cr_assert_eq(facts.settlement_count, 0);
    cr_assert_eq(engine_counters(euro)->rejects, 1);
    engine_free(euro);
    engine_free(mills);
}

/* The newest bucket of the first key of that dimension. */
static const struct bucket *first_bucket(const struct engine *engine, enum feed feed, enum dimension dimension)
{
    struct key_space *space = &engine->detectors[feed]->spaces[dimension];
    cr_assert(space->pool.count >= 1);
    return key_newest(&space->layout, record_pool_at(&space->pool, 0));
}

static struct event ad_day(const char *campaign, int64_t spend, int64_t clicks, int64_t orders, int64_t revenue)
{
    struct event event = sample_ad_spend("s", campaign, 20454, spend);
    event.ad_spend.clicks = clicks;
    event.ad_spend.reported_orders = orders;
    event.ad_spend.reported_revenue_minor = revenue;
    return event;
}

static void check_sums(const struct bucket *bucket, const double sums[PART_COUNT])
{
    for (int part = 0; part < PART_COUNT; part++)
        cr_assert_eq(bucket->sums[part], sums[part], "part %d: %g, not %g", part, bucket->sums[part], sums[part]);
}

Test(engine, ad_spend_is_in_its_campaigns_day_and_in_its_shops)
{
    struct engine *engine = engine_with(sample_policy_free);
    struct facts facts = sample_facts();
    struct event first = ad_day("c", 1000, 50, 2, 9000), second = ad_day("d", 300, EVENT_ABSENT, EVENT_ABSENT, EVENT_ABSENT);
    cr_assert_eq(apply(engine, &first, &facts), REASON_NONE);
    cr_assert_eq(apply(engine, &second, &facts), REASON_NONE);
    const struct bucket *shop = first_bucket(engine, FEED_SPEND, DIMENSION_SHOP);
    cr_assert(shop->start_us == SAMPLE_TIME_US && shop->end_us == SAMPLE_TIME_US + 24 * SAMPLE_HOUR_US, "the report's day");
    check_sums(shop, (const double[PART_COUNT]){[PART_EVENTS] = 2, [PART_SPEND] = 1300, [PART_CLICKS] = 50, [PART_REPORTED_ORDERS] = 2,
                                                [PART_REPORTED_REVENUE] = 9000});
    check_sums(first_bucket(engine, FEED_SPEND, DIMENSION_CAMPAIGN),
               (const double[PART_COUNT]){[PART_EVENTS] = 1, [PART_SPEND] = 1000, [PART_CLICKS] = 50, [PART_REPORTED_ORDERS] = 2,
                                          [PART_REPORTED_REVENUE] = 9000});
    engine_free(engine);
}

Test(engine, a_restated_ad_day_replaces_what_it_said_before_and_an_older_one_does_not)
{
    struct engine *engine = engine_with(sample_policy_free);
    struct facts facts = sample_facts();
    struct event first = ad_day("c", 1000, 50, 2, 9000), restated = ad_day("c", 1200, 40, 3, EVENT_ABSENT);
    restated.revision++;
    cr_assert_eq(apply(engine, &first, &facts), REASON_NONE);
    cr_assert_eq(apply(engine, &restated, &facts), REASON_NONE);
    cr_assert_eq(apply(engine, &restated, &facts), REASON_NONE);
    cr_assert_eq(apply(engine, &first, &facts), REASON_NONE);
    const double sums[PART_COUNT] = {[PART_EVENTS] = 1, [PART_SPEND] = 1200, [PART_CLICKS] = 40, [PART_REPORTED_ORDERS] = 3};
    check_sums(first_bucket(engine, FEED_SPEND, DIMENSION_SHOP), sums);
    check_sums(first_bucket(engine, FEED_SPEND, DIMENSION_CAMPAIGN), sums);
    engine_free(engine);
}

static struct event sample_refund(const char *id, struct refund_line *lines, uint32_t count)
{
    struct event event = {.kind = EVENT_REFUND, .event_id = text_of("event"), .shop_id = text_of("s"), .currency = text_of("USD"),
                          .amount_scale = 2, .revision = SAMPLE_TIME_US, .occurred_at_us = SAMPLE_TIME_US + SAMPLE_HOUR_US / 2};
    event.refund = (struct refund){.refund_id = text_of(id), .order_id = text_of("o"), .initiator = text_of("BUYER"),
                                   .case_fee_minor = EVENT_ABSENT, .lines = lines, .line_count = count};
    sample_seal(&event);
    return event;
}

Test(engine, a_refund_counts_once_with_all_that_the_buyer_gets_back)
{
    struct engine *engine = engine_with(sample_policy_free);
    struct facts facts = sample_facts();
    struct refund_line lines[] = {{.line_id = text_of("1"), .quantity = 1, .amount_minor = 2000, .tax_minor = 160},
                                  {.line_id = text_of("2"), .quantity = 0, .amount_minor = 500, .tax_minor = 40}};
    struct event refund = sample_refund("r", lines, 2), undone = sample_refund("u", NULL, 0), other = sample_refund("q", NULL, 0);
    refund.refund.shipping_refund_minor = 599;
    refund.refund.discrepancy_minor = -99;
    refund.refund.case_fee_minor = 1500; /* what it costs the seller beside, and no part of it */
    undone.refund.voided = true;
    undone.refund.shipping_refund_minor = 7777;
    other.refund.shipping_refund_minor = 100;
    for (int i = 0; i < 2; i++) {
        cr_assert_eq(apply(engine, &refund, &facts), REASON_NONE);
        cr_assert_eq(apply(engine, &undone, &facts), REASON_NONE);
        cr_assert_eq(apply(engine, &other, &facts), REASON_NONE);
    }
    const struct bucket *bucket = first_bucket(engine, FEED_REFUNDS, DIMENSION_SHOP);
    cr_assert_eq(bucket->start_us, SAMPLE_TIME_US);
    /* 2000 + 160 + 500 + 40 + 599 - 99, and 100 */
    check_sums(bucket, (const double[PART_COUNT]){[PART_EVENTS] = 2, [PART_REFUNDED] = 3300});
    engine_free(engine);
}
