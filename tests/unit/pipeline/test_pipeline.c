#include "shop_log.h"

Test(pipeline, any_batch_size_leaves_the_same_tables_and_the_same_anomalies)
{
    struct shop_log *log = log_new();
    struct memory_sink_totals expected = undisturbed(log);
    static const size_t rows[] = {1, 2, 7, 100, 5000, 1000000};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int64_t clock = 0;
        struct pipeline_config config = config_with(rows[i], &clock);
        struct sink *sink = memory_sink_new();
        struct pipeline_counts counts;
        cr_assert_eq(run(log, sink, &config, &counts), EXIT_CODE_OK);
        struct memory_sink_totals totals = totals_of(sink);
        cr_assert_eq(totals.digest, expected.digest, "batches of %zu rows", rows[i]);
        cr_assert_eq(totals.net_minor, expected.net_minor);
        cr_assert_eq(totals.anomalies, expected.anomalies);
        sink->close(sink);
    }
    log_free(log);
}

Test(pipeline, reading_everything_again_changes_nothing)
{
    struct shop_log *log = log_new();
    struct memory_sink_totals expected = undisturbed(log);
    struct sink *sink = memory_sink_new();
    for (int round = 0; round < 3; round++) {
        int64_t clock = 0;
        struct pipeline_config config = config_with(333, &clock);
        struct pipeline_counts counts;
        memory_sink_rewind(sink);
        cr_assert_eq(run(log, sink, &config, &counts), EXIT_CODE_OK);
        cr_assert_eq(totals_of(sink).digest, expected.digest, "round %d", round);
        cr_assert_eq(totals_of(sink).anomalies, expected.anomalies);
    }
    sink->close(sink);
    log_free(log);
}

/* Fails write number `nth` in that way, then starts again until the end is reached, as an operator or systemd would. */
static void run_with_failure(const struct shop_log *log, struct sink *sink, uint64_t nth, enum memory_failure failure)
{
    memory_sink_fail(sink, nth, failure);
    for (int attempt = 0; attempt < 3; attempt++) {
        int64_t clock = 0;
        struct pipeline_config config = config_with(400, &clock);
        struct pipeline_counts counts;
        if (run(log, sink, &config, &counts) == EXIT_CODE_OK)
            return;
    }
    cr_assert_fail("did not come to the end");
}

Test(pipeline, a_failure_at_any_write_loses_and_doubles_nothing)
{
    struct shop_log *log = log_new();
    struct memory_sink_totals expected = undisturbed(log);
    for (int failure = MEMORY_LOSES_BEFORE; failure <= MEMORY_FENCES; failure++) {
        for (uint64_t nth = 1; nth <= 9; nth++) {
            struct sink *sink = memory_sink_new();
            run_with_failure(log, sink, nth, (enum memory_failure)failure);
            struct memory_sink_totals totals = totals_of(sink);
            cr_assert_eq(totals.digest, expected.digest, "failure %d at write %lu", failure, (unsigned long)nth);
            cr_assert_eq(totals.net_minor, expected.net_minor);
            sink->close(sink);
        }
    }
    log_free(log);
}

Test(pipeline, too_many_refused_records_stop_the_run_and_say_why)
{
    struct shop_log *log = log_new();
    int64_t clock = 0;
    struct pipeline_config config = config_with(100, &clock);
    config.stop_above_ppm = 5000; /* the log has about 2 % */
    struct sink *sink = memory_sink_new();
    struct pipeline_counts counts;
    cr_assert_eq(run(log, sink, &config, &counts), EXIT_CODE_DATA);
    cr_assert(totals_of(sink).rejects <= 6);
    sink->close(sink);
    log_free(log);
}

Test(pipeline, records_that_the_log_has_dropped_are_noted_and_stop_the_run_unless_accepted)
{
    struct shop_log *log = log_new();
    struct sink *sink = memory_sink_new();
    int64_t clock = 0;
    struct pipeline_config config = config_with(100, &clock);
    struct pipeline_counts counts;
    struct position start = {.topic = "orders", .partition = 0, .next_offset = -1};
    struct err err = {0};
    cr_assert_eq(sink->start_at(sink, &start, 6, &err), SINK_OK);
    log->logs[0].low_offset = 101;
    log->logs[0].records += 48;
    log->logs[0].count -= 48;
    cr_assert_eq(run(log, sink, &config, &counts), EXIT_CODE_DATA);
    cr_assert_eq(memory_sink_position(sink, "orders", 0), 6);
    config.accept_gap = true;
    cr_assert_eq(run(log, sink, &config, &counts), EXIT_CODE_OK);
    sink->close(sink);
    log_free(log);
}

Test(pipeline, a_log_that_ends_before_our_position_stops_the_run)
{
    struct shop_log *log = log_new();
    struct sink *sink = memory_sink_new();
    int64_t clock = 0;
    struct pipeline_config config = config_with(100, &clock);
    struct pipeline_counts counts;
    struct position start = {.topic = "orders", .partition = 0, .next_offset = -1};
    struct err err = {0};
    cr_assert_eq(sink->start_at(sink, &start, 1000000, &err), SINK_OK);
    cr_assert_eq(run(log, sink, &config, &counts), EXIT_CODE_DATA);
    sink->close(sink);
    log_free(log);
}
