/*
 * The refund rate across two lanes, and the crash property of it: whatever dies, whenever, and however the lanes interleave, the same days
 * stand out.
 */
#include "processor/rate_pairs.h"

#include "shop_log.h"

#define DAYS 36
#define WAVE_DAY 33

static struct event refund_of(const char *shop, const char *id, int64_t at_us, int64_t amount_minor)
{
    struct event event = {.kind = EVENT_REFUND,
                          .event_id = text_of("event"),
                          .shop_id = text_of(shop),
                          .currency = text_of("USD"),
                          .amount_scale = 2,
                          .revision = at_us,
                          .occurred_at_us = at_us};
    event.refund = (struct refund){.refund_id = text_of(id),
                                   .order_id = text_of(id),
                                   .initiator = text_of("BUYER"),
                                   .shipping_refund_minor = amount_minor,
                                   .case_fee_minor = EVENT_ABSENT};
    return event;
}

/* An order an hour and some of it given back; on one day of each shop half of it. Some come late. */
static struct shop_log *rate_log(void)
{
    static const char *const shops[PARTITIONS] = {"shop-a", "shop-b", "shop-c"};
    struct err err = {0};
    struct shop_log *log = calloc(1, sizeof *log);
    struct wire_encoder *encoder = wire_encoder_new(&err);
    cr_assert(encoder, "%s", err.text);
    random_state = SEED;
    for (int64_t hour = 0; hour < DAYS * 24; hour++)
        for (size_t lane = 0; lane < PARTITIONS; lane++) {
            struct order_line lines[1];
            char id[32];
            (void)snprintf(id, sizeof id, "o-%ld-%zu", (long)hour, lane);
            int64_t at_us = SAMPLE_TIME_US + hour * SAMPLE_HOUR_US + next_random(50) * INT64_C(60000000);
            struct event order = sample_order(shops[lane], id, lines, 1);
            order.order.created_at_us = order.revision = at_us;
            lines[0].unit_list_minor = 2000 + next_random(1000);
            append_event(log, encoder, lane, shops[lane], &order);
            bool wave = hour / 24 == WAVE_DAY - (int64_t)lane;
            struct event refund = refund_of(shops[lane], id, at_us, wave ? 2500 : 200 + next_random(100));
            append_event(log, encoder, PARTITIONS + lane, shops[lane], &refund);
        }
    wire_encoder_free(encoder);
    name_lanes(log, "refunds");
    return log;
}

/* Of all metrics that one alone. */
static struct pipeline_config rate_config(size_t batch_rows, int64_t *clock)
{
    struct pipeline_config config = config_with(batch_rows, clock);
    config.topics[1] = (struct pipeline_topic){"refunds", TOPIC_REFUNDS};
    for (int metric = 0; metric < METRIC_COUNT; metric++)
        memset(config.engine.detector.metrics[metric].enabled, 0, sizeof config.engine.detector.metrics[metric].enabled);
    config.engine.detector.metrics[METRIC_REFUND_RATE].enabled[DIMENSION_SHOP] = true;
    return config;
}

Test(rate_pairs, a_day_of_refunds_stands_out_in_each_shop)
{
    struct shop_log *log = rate_log();
    struct memory_sink_totals totals = totals_with(log, rate_config);
    cr_assert_eq(totals.anomalies, PARTITIONS, "%lu", (unsigned long)totals.anomalies);
    cr_assert_geq(totals.incidents, PARTITIONS);
    log_free(log);
}

Test(rate_pairs, kills_at_random_records_lose_no_day_and_make_up_none)
{
    static const struct {
        size_t batch_rows;
        int64_t every_us;
        uint32_t within;
    } cases[] = {{10, 0, 500}, {37, 50000, 900}, {100, 20000, 1500}, {1000, 0, 4000}, {300, INT64_C(1) << 40, 8000}};
    struct shop_log *log = rate_log();
    struct memory_sink_totals expected = totals_with(log, rate_config);
    uint32_t kills = 0;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct sink *sink = memory_sink_new();
        kills += run_with_kills(log, sink, rate_config, cases[i].batch_rows, cases[i].every_us, cases[i].within);
        same(sink, &expected, "case", (long)i);
        sink->close(sink);
    }
    cr_assert(kills > 30, "%u", kills);
    cr_log_info("%u kills", kills);
    log_free(log);
}

Test(rate_pairs, any_batch_size_and_interleaving_tells_the_same)
{
    struct shop_log *log = rate_log();
    struct memory_sink_totals expected = totals_with(log, rate_config);
    any_interleaving_tells(log, rate_config, &expected);
    log_free(log);
}

Test(rate_pairs, partitions_that_come_and_go_change_nothing)
{
    struct shop_log *log = rate_log();
    struct memory_sink_totals expected = totals_with(log, rate_config);
    any_rebalance_tells(log, rate_config, &expected, 400, 5000, 470);
    log_free(log);
}

Test(rate_pairs, where_states_are_spoilt_the_logs_are_read_again_and_tell_the_same)
{
    struct shop_log *log = rate_log();
    struct memory_sink_totals expected = totals_with(log, rate_config);
    for (uint64_t dies_at = 500; dies_at < 5000; dies_at += 450) {
        struct sink *sink = memory_sink_new();
        int64_t clock = 0;
        struct pipeline_config config = rate_config(8, &clock);
        struct pipeline_counts counts;
        cr_assert_neq(run_with_fate(log, sink, &config, &(struct scripted_fate){.dies_at = dies_at}, &counts), EXIT_CODE_OK);
        memory_sink_spoil_states(sink, 1 + dies_at % 4 / 2);
        cr_assert_eq(run(log, sink, &config, &counts), EXIT_CODE_OK);
        cr_assert_gt(counts.replayed, 0);
        same(sink, &expected, "died at", (long)dies_at);
        sink->close(sink);
    }
    log_free(log);
}
