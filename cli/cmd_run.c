/*
 * The daemon: opens the edges, runs the pipeline, says what came of it.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/command.h"
#include "cli/run_alerts.h"
#include "cli/run_report.h"
#include "cli/servers.h"
#include "common/log.h"
#include "common/stopping.h"
#include "kafka/kafka_source.h"
#include "processor/pipeline.h"

#define PROGRESS_EVERY_US 5000000

static const struct option_spec options[] = {
    {"until-end", OPTION_FLAG, NULL, NULL, "stop at the end offsets seen at the start", 0, 0},
    {"accept-gap", OPTION_FLAG, NULL, NULL, "go on behind records that the log has dropped; they are noted in data_gap", 0, 0},
    {"instance-id", OPTION_TEXT, "kafka.instance_id", "NAME", "static member of the group: restarts without a rebalance", 0, 0},
    {"brokers", OPTION_TEXT, "kafka.brokers", "LIST", "instead of kafka.brokers", 0, 0},
    {"dsn", OPTION_TEXT, "postgres.dsn", "DSN", "instead of postgres.dsn", 0, 0},
    {"json", OPTION_FLAG, NULL, NULL, "print the summary at the end as JSON", 0, 0},
    {NULL, OPTION_FLAG, NULL, NULL, NULL, 0, 0},
};

struct running {
    struct invocation *invocation;
    struct shop_policies *reloaded; /* in use since a SIGHUP; the first ones stay the configuration's */
};

static int64_t now_us(void *ctx)
{
    struct timespec at;
    (void)ctx;
    (void)clock_gettime(CLOCK_MONOTONIC, &at); /* cannot fail for this clock */
    return at.tv_sec * INT64_C(1000000) + at.tv_nsec / 1000;
}

static void say(void *ctx, char level, const char *text)
{
    (void)ctx;
    log_line(level == 'w' ? LEVEL_WARN : LEVEL_INFO, "%s", text);
}

static bool wants_reload(void *ctx)
{
    (void)ctx;
    return stopping_take_reload();
}

/* All or nothing: a configuration or a pack with any problem leaves the old rules in force. */
static bool reload(void *ctx, struct engine_config *engine)
{
    struct running *running = ctx;
    struct problems problems = {0};
    struct app_config fresh;
    bool loaded = app_config_load(&fresh, running->invocation->config_path, NULL, 0, &problems);
    if (loaded) {
        struct shop_policies *old = running->reloaded;
        running->reloaded = fresh.policies;
        fresh.policies = NULL;
        engine->policy_ctx = running->reloaded;
        shop_policies_free(old);
        log_info("fee rules and shops reloaded");
    } else {
        problems_print(&problems, stderr);
        log_warn("the configuration has problems: the old fee rules stay in force");
    }
    problems_done(&problems);
    app_config_done(&fresh);
    return loaded;
}

static struct pipeline_config pipeline_config_of(const struct running *running)
{
    const struct app_config *app = running->invocation->config;
    return (struct pipeline_config){
        .topics = {{app->kafka.orders_topic, TOPIC_ORDERS}, {app->kafka.ad_spend_topic, TOPIC_AD_SPEND},
                   {app->kafka.refunds_topic, TOPIC_REFUNDS}, {app->kafka.settlements_topic, TOPIC_SETTLEMENTS},
                   {app->kafka.catalog_topic, TOPIC_CATALOG}},
        .topic_count = 5,
        .engine = {.detector = app->detect,
                   .memory_orders = (uint32_t)app->recent_orders,
                   .shops_max = (uint32_t)app->shops_max,
                   .policy_of = shop_policies_of,
                   .policy_ctx = app->policies},
        .batch_rows = (size_t)app->batch.rows,
        .batch_bytes = (size_t)app->batch.bytes,
        .linger_us = app->batch.linger_us,
        .snapshot_every_us = app->snapshot_every_us,
        .stop_above_ppm = (uint32_t)app->quarantine.stop_above_ppm,
        .stop_over_events = (uint32_t)app->quarantine.over_events,
        .until_end = option_flag(running->invocation, "until-end"),
        .accept_gap = option_flag(running->invocation, "accept-gap"),
        .now_us = now_us,
        .wants_swap = wants_reload,
        .on_swap = reload,
        .swap_ctx = (void *)running,
        .on_progress = run_report_progress,
        .progress_every_us = PROGRESS_EVERY_US,
        .on_message = say,
    };
}

static enum exit_code run_pipeline(struct running *running, struct pipeline *pipeline, struct err *err)
{
    const struct app_config *app = running->invocation->config;
    const struct kafka_source_config config = {.kafka = kafka_settings_of(app),
                                               .group = app->kafka.group,
                                               .instance_id = app->kafka.instance_id,
                                               /* Costs before the orders that they price, and orders before what follows them. */
                                               .topics = {app->kafka.catalog_topic, app->kafka.orders_topic, app->kafka.ad_spend_topic,
                                                          app->kafka.refunds_topic, app->kafka.settlements_topic, NULL}};
    const struct source_handler handler = pipeline_handler(pipeline);
    struct source *source = kafka_source_open(&config, &handler, err);
    if (!source)
        return err->exit_code;
    int64_t start_us = now_us(NULL);
    enum exit_code code = pipeline_run(pipeline, source, stopping_flag(), err);
    double seconds = (double)(now_us(NULL) - start_us) / 1e6;
    source->close(source);
    run_report_summary(pipeline_counts(pipeline), seconds, option_flag(running->invocation, "json"));
    return code;
}

static enum exit_code run_with_sink(struct running *running, struct sink *sink, struct err *err)
{
    const struct pipeline_config config = pipeline_config_of(running);
    struct pipeline *pipeline = pipeline_new(&config, sink, err);
    enum exit_code code = pipeline ? run_pipeline(running, pipeline, err) : err->exit_code;
    pipeline_free(pipeline);
    return code;
}

static enum exit_code run_run(struct invocation *invocation)
{
    struct running running = {.invocation = invocation};
    struct err err = {0};
    stopping_install();
    struct pg_sink_config sink_config = pg_sink_config_of(invocation->config);
    sink_config.should_stop = stopping_is_overdue;
    struct sink *sink = pg_sink_open(&sink_config, &err);
    struct run_alerts alerts = {.count = 0};
    bool ready = sink && run_alerts_start(&alerts, invocation->config, &sink_config, &err);
    enum exit_code code = ready ? run_with_sink(&running, sink, &err) : err.exit_code;
    if (sink)
        sink->close(sink);
    run_alerts_stop(&alerts);
    shop_policies_free(running.reloaded);
    if (code != EXIT_CODE_OK)
        log_error("%s", err.text);
    return code;
}

const struct command command_run = {
    .name = "run",
    .summary = "stream Kafka into PostgreSQL, exactly once",
    .help = "Examples:\n"
            "  tillstream run -c tillstream.yaml             until SIGTERM, which drains, commits and leaves\n"
            "  tillstream run --until-end                    what is in the topics now, then stop\n"
            "  tillstream run --instance-id till-1           one of several processes that share the partitions\n"
            "  tillstream run --until-end --accept-gap       go on although the log has dropped records\n"
            "  kill -HUP PID                                 read the fee rules again, all or nothing\n"
            "\n"
            "Reads on where the warehouse stands. Kafka or PostgreSQL away: waits, and goes on alone. Exit code 0; 65 too many records\n"
            "refused, or records gone from the log; 69 stopped while a server was away; 78 configuration, rights, versions.\n",
    .options = options,
    .needs_config = true,
    .run = run_run,
};
