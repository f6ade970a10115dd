#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/app_config.h"

static struct app_config config;
static struct problems problems;
static char path[64];

/* Loads a file of that text; the configuration is closed by close_config. */
static bool load(const char *text, const struct override *overrides, size_t count)
{
    (void)snprintf(path, sizeof path, "/tmp/tillstream-config-%d.yaml", (int)getpid());
    FILE *out = fopen(path, "w");
    cr_assert_not_null(out);
    cr_assert_geq(fputs(text, out), 0);
    cr_assert_eq(fclose(out), 0);
    memset(&problems, 0, sizeof problems);
    bool loaded = app_config_load(&config, path, overrides, count, &problems);
    cr_assert_eq(unlink(path), 0);
    return loaded;
}

static void close_config(void)
{
    app_config_done(&config);
    problems_done(&problems);
}

static const struct problem *problem_of(const char *key)
{
    for (size_t i = 0; i < problems.count; i++)
        if (strcmp(problems.items[i].key, key) == 0)
            return &problems.items[i];
    cr_assert_fail("no problem with %s", key);
    return NULL;
}

Test(app_config, an_empty_file_gives_the_defaults)
{
    cr_assert(load("", NULL, 0));
    cr_assert_str_eq(config.kafka.brokers, "localhost:9092");
    cr_assert_str_eq(config.kafka.orders_topic, "orders");
    cr_assert_str_eq(config.kafka.settlements_topic, "settlements");
    cr_assert_str_eq(config.kafka.catalog_topic, "catalog");
    cr_assert_str_eq(config.postgres.dsn, "postgresql:///tillstream");
    cr_assert_str_eq(config.postgres.owner_dsn, config.postgres.dsn);
    cr_assert_eq(config.batch.rows, 20000);
    cr_assert_eq(config.batch.bytes, 8 << 20);
    cr_assert_eq(config.batch.linger_us, 50000);
    cr_assert_eq(config.snapshot_every_us, 10000000);
    cr_assert_eq(config.quarantine.stop_above_ppm, 50000);
    close_config();
}

Test(app_config, what_comes_later_wins_over_what_came_before)
{
    const struct override overrides[] = {{"kafka.brokers", "env:1", "TILLSTREAM__KAFKA__BROKERS"},
                                         {"kafka.group", "env", "TILLSTREAM__KAFKA__GROUP"},
                                         {"kafka.brokers", "flag:1", "--brokers"}};
    cr_assert(load("kafka: {brokers: 'file:1', group: file}\npipeline: file\n", overrides, 3));
    cr_assert_str_eq(config.kafka.brokers, "flag:1");
    cr_assert_str_eq(config.kafka.group, "env");
    cr_assert_str_eq(config.pipeline, "file");
    close_config();
}

Test(app_config, sizes_and_durations_carry_their_units)
{
    cr_assert(load("batch: {bytes: 512KiB, linger: 2s, rows: 17}\ndetect: {lateness: 3h}\nstate: {snapshot_every: 500ms}\n", NULL, 0));
    cr_assert_eq(config.batch.bytes, 512 << 10);
    cr_assert_eq(config.batch.linger_us, 2000000);
    cr_assert_eq(config.snapshot_every_us, 500000);
    cr_assert_eq(config.batch.rows, 17);
    cr_assert_eq(config.detect.lateness_us, INT64_C(10800000000));
    close_config();
}

Test(app_config, all_problems_are_told_at_once_with_their_places_and_suggestions)
{
    cr_assert_not(load("kafka: {brokerz: 'x'}\n"
                       "batch: {rows: many, linger: 50}\n"
                       "quarantine: {stop_above_ppm: -1}\n"
                       "detect: {metrics: {unit_prize: {enabled: true}}, window_events: 17}\n", NULL, 0));
    cr_assert_eq(problem_of("kafka.brokerz")->line, 1);
    cr_assert_eq(problem_of("kafka.brokerz")->column, 9);
    cr_assert_not_null(strstr(problem_of("kafka.brokerz")->reason, "brokers"));
    cr_assert_eq(problem_of("batch.rows")->line, 2);
    cr_assert_eq(problem_of("batch.linger")->line, 2);
    cr_assert_eq(problem_of("quarantine.stop_above_ppm")->line, 3);
    cr_assert_not_null(strstr(problem_of("detect.metrics.unit_prize")->reason, "unit_price"));
    cr_assert_not_null(strstr(problem_of("detect.window_events")->reason, "16"));
    close_config();
}

Test(app_config, a_wrong_override_names_where_it_came_from)
{
    const struct override overrides[] = {{"batch.rows", "0", "TILLSTREAM__BATCH__ROWS"}};
    cr_assert_not(load("", overrides, 1));
    cr_assert_str_eq(problem_of("batch.rows")->file, "TILLSTREAM__BATCH__ROWS");
    close_config();
}

Test(app_config, a_secret_is_taken_from_a_file_or_the_environment_and_never_from_the_configuration)
{
    char secret_path[64], text[256];
    (void)snprintf(secret_path, sizeof secret_path, "/tmp/tillstream-secret-%d", (int)getpid());
    FILE *out = fopen(secret_path, "w");
    cr_assert_not_null(out);
    cr_assert_geq(fputs("pass word\n", out), 0);
    cr_assert_eq(fclose(out), 0);
    cr_assert_eq(chmod(secret_path, 0600), 0);
    (void)snprintf(text, sizeof text, "postgres: {password_file: \"%s\"}\n", secret_path);
    cr_assert(load(text, NULL, 0));
    cr_assert_str_eq(config.postgres.password, "pass word");
    close_config();
    cr_assert_eq(unlink(secret_path), 0);

    cr_assert_not(load(text, NULL, 0));
    cr_assert_not_null(strstr(problem_of("postgres.password_file")->reason, "cannot be read"));
    close_config();

    const struct override overrides[] = {{"postgres.password", "hush", "TILLSTREAM__POSTGRES__PASSWORD"}};
    cr_assert(load("", overrides, 1));
    cr_assert_str_eq(config.postgres.password, "hush");
    close_config();

    cr_assert_not(load("postgres: {password: hush}\n", NULL, 0));
    cr_assert_null(strstr(problem_of("postgres.password")->reason, "hush"));
    close_config();
}

Test(app_config, the_memory_of_orders_is_larger_than_two_batches)
{
    cr_assert_not(load("batch: {rows: 200000}\nmemory: {recent_orders: 300000}\n", NULL, 0));
    (void)problem_of("memory");
    close_config();
}

Test(app_config, a_file_that_is_not_there_is_a_problem)
{
    memset(&problems, 0, sizeof problems);
    cr_assert_not(app_config_load(&config, "/nowhere/tillstream.yaml", NULL, 0, &problems));
    cr_assert_eq(problems.count, 1);
    close_config();
}

Test(app_config, shops_have_their_zone_and_fees_and_unknown_ones_those_of_the_default)
{
    char text[512];
    (void)snprintf(text, sizeof text,
                   "shops:\n  default: {timezone: Asia/Jakarta, fees: \"%s/deploy/fees/none.yaml\"}\n"
                   "  \"shop-7\": {timezone: America/Los_Angeles, fees: \"%s/deploy/fees/tiktok-us.yaml\"}\n", SOURCE_DIR, SOURCE_DIR);
    cr_assert(load(text, NULL, 0), "%s", problems.count ? problems.items[0].reason : "");
    const struct shop_policy *named = shop_policies_of(config.policies, (struct text){"shop-7", 6});
    const struct shop_policy *other = shop_policies_of(config.policies, (struct text){"shop-8", 6});
    cr_assert_str_eq(named->zone_name, "America/Los_Angeles");
    cr_assert_str_eq(other->zone_name, "Asia/Jakarta");
    cr_assert_neq(named->fees, other->fees);
    close_config();

    cr_assert_not(load("shops: {default: {timezone: Asia/Jakartaa, fees: nowhere.yaml}}\n", NULL, 0));
    cr_assert_not_null(strstr(problem_of("shops.default.timezone")->reason, "Jakarta"));
    (void)problem_of("shops.default.fees");
    close_config();
}

Test(app_config, the_example_says_the_defaults_and_is_right)
{
    struct app_config defaults;
    memset(&problems, 0, sizeof problems);
    cr_assert(app_config_load(&config, SOURCE_DIR "/deploy/tillstream.example.yaml", NULL, 0, &problems), "%s",
              problems.count ? problems.items[0].reason : "");
    cr_assert(app_config_load(&defaults, NULL, NULL, 0, &problems));
    cr_assert_str_eq(config.kafka.brokers, defaults.kafka.brokers);
    cr_assert_str_eq(config.kafka.ad_spend_topic, defaults.kafka.ad_spend_topic);
    cr_assert_str_eq(config.kafka.refunds_topic, defaults.kafka.refunds_topic);
    cr_assert_str_eq(config.kafka.settlements_topic, defaults.kafka.settlements_topic);
    cr_assert_str_eq(config.kafka.catalog_topic, defaults.kafka.catalog_topic);
    cr_assert_str_eq(config.kafka.security.protocol, defaults.kafka.security.protocol);
    cr_assert_str_eq(config.postgres.dsn, defaults.postgres.dsn);
    cr_assert_str_eq(config.pipeline, defaults.pipeline);
    cr_assert_eq(memcmp(&config.batch, &defaults.batch, sizeof config.batch), 0);
    cr_assert_eq(memcmp(&config.quarantine, &defaults.quarantine, sizeof config.quarantine), 0);
    cr_assert_eq(config.recent_orders, defaults.recent_orders);
    cr_assert_eq(config.shops_max, defaults.shops_max);
    cr_assert_eq(memcmp(&config.detect, &defaults.detect, sizeof config.detect), 0, "detect");
    app_config_done(&defaults);
    close_config();
}

Test(app_config, a_webhook_needs_a_secret_and_a_safe_url, .fini = close_config)
{
    cr_assert_not(load("alerts: {webhook: {url: \"https://example.com/x\"}}\n", NULL, 0));
    cr_assert_not_null(strstr(problem_of("alerts.webhook")->reason, "secret_file"));
    close_config();
    cr_assert_not(load("alerts: {webhook: {url: \"http://example.com/T0KEN\"}}\n", NULL, 0));
    cr_assert_not_null(strstr(problem_of("alerts.webhook.url")->reason, "this machine only"));
    cr_assert_null(strstr(problem_of("alerts.webhook.url")->reason, "T0KEN"));
    close_config();
    cr_assert_not(load("alerts: {webhook: {url: \"https://example.com/\", secret: s}}\n", NULL, 0));
    cr_assert_not_null(strstr(problem_of("alerts.webhook.secret")->reason, "secret_file"));
    close_config();
    const struct override secret = {"alerts.webhook.secret", "s3cret", "TILLSTREAM__ALERTS__WEBHOOK__SECRET"};
    cr_assert(load("alerts: {webhook: {url: \"http://127.0.0.1:1/\", timeout: 2s, budget_per_shop_hour: 7}}\n", &secret, 1));
    cr_assert_str_eq(config.webhook.secret, "s3cret");
    cr_assert_eq(config.webhook.budget_per_shop_hour, 7);
    cr_assert_eq(config.webhook.timeout_us, 2000000);
}

Test(app_config, anomalies_do_not_go_where_events_come_from, .fini = close_config)
{
    cr_assert_not(load("kafka: {topics: {anomalies: ad-spend}}\n", NULL, 0));
    cr_assert_not_null(strstr(problem_of("kafka.topics.anomalies")->reason, "one of their own"));
    close_config();
    cr_assert(load("kafka: {topics: {anomalies: anomalies}}\n", NULL, 0));
    cr_assert_str_eq(config.kafka.anomalies_topic, "anomalies");
}

Test(app_config, brokers_are_local_only_if_all_of_them_are)
{
    static const char *const local[] = {"localhost", "localhost:9092", "127.0.0.1:9092,127.1.2.3", "[::1]:9092", "LOCALHOST:1, [::1]",
                                        "PLAINTEXT://localhost:9092"};
    static const char *const away[] = {"kafka:9092",       "localhost.example.com", "localhost:9092,kafka", "128.0.0.1:9092",
                                       "[2001:db8::1]:9092", "10.127.0.1",          "PLAINTEXT://kafka:9092", "127."};
    for (size_t i = 0; i < sizeof local / sizeof *local; i++)
        cr_expect(brokers_are_local(local[i]), "%s", local[i]);
    for (size_t i = 0; i < sizeof away / sizeof *away; i++)
        cr_expect_not(brokers_are_local(away[i]), "%s", away[i]);
}
