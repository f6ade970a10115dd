/*
 * The crash property: whatever dies, whenever, and whoever goes on, the warehouse holds the facts and the anomalies of the undisturbed
 * run, and no anomaly was raised twice.
 */
#include "processor/recovery.h"

#include "shop_log.h"

struct messages {
    char level;
    char text[4096]; /* one after the other */
};

static void keep_message(void *ctx, char level, const char *text)
{
    struct messages *messages = ctx;
    size_t used = strlen(messages->text);
    messages->level = level == 'w' ? 'w' : messages->level;
    (void)snprintf(messages->text + used, sizeof messages->text - used, "%c %s\n", level, text);
}

Test(recovery, kills_at_random_records_repeat_and_miss_no_anomaly)
{
    static const struct {
        size_t batch_rows;
        int64_t every_us;
        uint32_t within;
    } cases[] = {{10, 0, 100}, {100, 0, 600}, {100, 20000, 600}, {37, 50000, 300}, {1000, 0, 2000}, {300, INT64_C(1) << 40, 3000}};
    struct shop_log *log = log_new();
    struct memory_sink_totals expected = undisturbed(log);
    uint32_t kills = 0;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct sink *sink = memory_sink_new();
        kills += run_with_kills(log, sink, config_with, cases[i].batch_rows, cases[i].every_us, cases[i].within);
        same(sink, &expected, "case", (long)i);
        sink->close(sink);
    }
    cr_assert(kills > 100, "%u", kills);
    cr_log_info("%u kills", kills);
    log_free(log);
}

Test(recovery, a_failure_at_any_write_repeats_and_misses_no_anomaly)
{
    struct shop_log *log = log_new();
    struct memory_sink_totals expected = undisturbed(log);
    for (int failure = MEMORY_LOSES_BEFORE; failure <= MEMORY_FENCES; failure++) {
        for (uint64_t nth = 1; nth <= 40; nth++) {
            struct sink *sink = memory_sink_new();
            int64_t clock = 0;
            struct pipeline_counts counts;
            for (int attempt = 0; attempt < 3; attempt++) {
                struct pipeline_config config = config_with(130, &clock);
                memory_sink_fail(sink, nth, (enum memory_failure)failure);
                if (run(log, sink, &config, &counts) == EXIT_CODE_OK)
                    break;
            }
            memory_sink_fail(sink, UINT64_MAX / 2, MEMORY_WORKS);
            struct pipeline_config config = config_with(130, &clock);
            cr_assert_eq(run(log, sink, &config, &counts), EXIT_CODE_OK);
            same(sink, &expected, "write", (long)nth);
            sink->close(sink);
        }
    }
    log_free(log);
}

Test(recovery, partitions_that_come_and_go_repeat_and_miss_no_anomaly)
{
    struct shop_log *log = log_new();
    struct memory_sink_totals expected = undisturbed(log);
    any_rebalance_tells(log, config_with, &expected, 150, 3000, 170);
    log_free(log);
}

Test(recovery, a_replay_into_an_empty_sink_raises_the_same_for_any_batch_size_and_interleaving)
{
    struct shop_log *log = log_new();
    struct memory_sink_totals expected = undisturbed(log);
    any_interleaving_tells(log, config_with, &expected);
    log_free(log);
}

/* Reads a part of the log with a state at about every batch, lets prepare do its worst, and reads on. */
static void interrupted(struct shop_log *log, struct sink *sink, void (*prepare)(struct shop_log *log, struct sink *sink),
                        void (*change)(struct pipeline_config *config), struct messages *ret_messages, struct pipeline_counts *ret_counts)
{
    int64_t clock = 0;
    struct pipeline_config config = config_with(8, &clock);
    struct pipeline_counts counts;
    *ret_messages = (struct messages){.level = 'i'};
    cr_assert_neq(run_with_fate(log, sink, &config, &(struct scripted_fate){.dies_at = 1300}, &counts), EXIT_CODE_OK);
    if (prepare)
        prepare(log, sink);
    config.on_message = keep_message;
    config.message_ctx = ret_messages;
    if (change)
        change(&config);
    cr_assert_eq(run(log, sink, &config, ret_counts), EXIT_CODE_OK);
}

static void spoil_one(struct shop_log *log, struct sink *sink)
{
    (void)log;
    memory_sink_spoil_states(sink, 1);
}

static void spoil_all(struct shop_log *log, struct sink *sink)
{
    (void)log;
    memory_sink_spoil_states(sink, 2);
}

static void forget_all(struct shop_log *log, struct sink *sink)
{
    (void)log;
    memory_sink_forget_states(sink);
}

Test(recovery, a_damaged_state_gives_way_to_the_one_before_and_says_so)
{
    struct shop_log *log = log_new();
    struct memory_sink_totals expected = undisturbed(log);
    struct sink *sink = memory_sink_new();
    struct messages messages;
    struct pipeline_counts counts;
    interrupted(log, sink, spoil_one, NULL, &messages, &counts);
    same(sink, &expected, "spoilt", 1);
    cr_assert(strstr(messages.text, "cannot be used: its checksum does not hold"), "%s", messages.text);
    cr_assert(strstr(messages.text, "records after the saved state of the statistics are read again"), "%s", messages.text);
    cr_assert_not(strstr(messages.text, "orders[0]: no usable state"), "%s", messages.text);
    cr_assert(counts.replayed > 0 && counts.replayed < 1000, "%lu", (unsigned long)counts.replayed);
    sink->close(sink);
    log_free(log);
}

Test(recovery, without_a_usable_state_the_statistics_are_rebuilt_from_the_log_and_that_is_said)
{
    void (*const prepare[])(struct shop_log *log, struct sink *sink) = {spoil_all, forget_all};
    struct shop_log *log = log_new();
    struct memory_sink_totals expected = undisturbed(log);
    for (size_t i = 0; i < 2; i++) {
        struct sink *sink = memory_sink_new();
        struct messages messages;
        struct pipeline_counts counts;
        interrupted(log, sink, prepare[i], NULL, &messages, &counts);
        same(sink, &expected, "prepared", (long)i);
        cr_assert(messages.level == 'w' && strstr(messages.text, "rebuilt from the log's beginning"), "%s", messages.text);
        sink->close(sink);
    }
    log_free(log);
}

static void raise_alert(struct pipeline_config *config)
{
    config->engine.detector.metrics[METRIC_ORDER_VALUE].alert_z += 1;
}

Test(recovery, a_state_of_other_settings_is_not_used)
{
    struct shop_log *log = log_new();
    struct sink *sink = memory_sink_new();
    struct messages messages;
    struct pipeline_counts counts;
    interrupted(log, sink, NULL, raise_alert, &messages, &counts);
    cr_assert(strstr(messages.text, "the settings of `detect` or `memory` were others"), "%s", messages.text);
    cr_assert(strstr(messages.text, "rebuilt from the log's beginning"), "%s", messages.text);
    sink->close(sink);
    log_free(log);
}

/* Drops what the sink has already of partition 0, and with it all that came after its states. */
static void truncate_log(struct shop_log *log, struct sink *sink)
{
    int64_t low = memory_sink_position(sink, "orders", 0);
    size_t gone = 0;
    while (log->records[0][gone].offset < low)
        gone++;
    log->logs[0].records += gone;
    log->logs[0].count -= gone;
    log->logs[0].low_offset = low;
    memory_sink_spoil_states(sink, 1);
}

Test(recovery, a_log_that_has_lost_what_came_after_the_state_is_said_and_the_state_used_as_it_is)
{
    struct shop_log *log = log_new();
    struct memory_sink_totals expected = undisturbed(log);
    struct sink *sink = memory_sink_new();
    struct messages messages;
    struct pipeline_counts counts;
    interrupted(log, sink, truncate_log, NULL, &messages, &counts);
    cr_assert(messages.level == 'w' && strstr(messages.text, "are gone from the log"), "%s", messages.text);
    cr_assert_not(strstr(messages.text, "orders[0]: no usable state"), "%s", messages.text);
    cr_assert_eq(totals_of(sink).digest, expected.digest);
    sink->close(sink);
    log_free(log);
}

Test(recovery, records_that_are_read_again_are_counted_once)
{
    struct shop_log *log = log_new();
    struct sink *sink = memory_sink_new();
    int64_t clock = 0;
    struct pipeline_config config = config_with(1000000, &clock);
    struct pipeline_counts all, first, second;
    config.snapshot_every_us = INT64_C(1) << 40;
    cr_assert_eq(run(log, sink, &config, &all), EXIT_CODE_OK);
    sink->close(sink);
    sink = memory_sink_new();
    config = config_with(40, &clock);
    cr_assert_neq(run_with_fate(log, sink, &config, &(struct scripted_fate){.dies_at = 1000}, &first), EXIT_CODE_OK);
    memory_sink_forget_states(sink);
    cr_assert_eq(run(log, sink, &config, &second), EXIT_CODE_OK);
    cr_assert(second.replayed > 500, "%lu", (unsigned long)second.replayed);
    cr_assert_eq(first.records + second.records, all.records);
    cr_assert_eq(first.anomalies + second.anomalies, all.anomalies);
    cr_assert_eq(first.writes.rejects + second.writes.rejects, all.writes.rejects);
    cr_assert_eq(second.detector.warnings + second.detector.alerts, second.anomalies);
    sink->close(sink);
    log_free(log);
}
