#include "cli/detect_config.h"

#include <stdio.h>
#include <string.h>

#include <criterion/criterion.h>

#define HOUR_US INT64_C(3600000000)
#define DAY_US (24 * HOUR_US)

static struct detector_config config;
static struct problems problems;

/* text: what stands below `detect:`, in flow style on the file's second line. */
static bool read_text(const char *text)
{
    char whole[512];
    struct yaml_file file;
    int len = snprintf(whole, sizeof whole, "detect:\n  %s\n", text);
    cr_assert(len > 0 && (size_t)len < sizeof whole);
    problems_done(&problems);
    memset(&problems, 0, sizeof problems);
    cr_assert(yaml_text_read(&file, "t.yaml", whole, (size_t)len, &problems), "%s", text);
    bool ok = detect_config_read(&file, yaml_get(file.root, "detect"), &problems, &config);
    yaml_file_done(&file);
    cr_assert_eq(ok, problems.count == 0, "%s: %zu problems", text, problems.count);
    return ok;
}

static void done(void)
{
    problems_done(&problems);
}

static struct detector_config defaults(void)
{
    struct detector_config shipped;
    detector_config_default(&shipped);
    return shipped;
}

Test(detect_config, an_empty_section_is_what_ships, .fini = done)
{
    struct detector_config shipped = defaults();
    cr_assert(read_text("{}") && memcmp(&config, &shipped, sizeof config) == 0);
    cr_assert(read_text("") && memcmp(&config, &shipped, sizeof config) == 0);
}

Test(detect_config, times_and_limits_are_taken_up_to_their_ends, .fini = done)
{
    cr_assert(read_text("{lateness: 168h, spend_lateness: 28d, forget_after: 400d, keys_max: 100000000, min_events: 255}"));
    cr_assert(config.lateness_us == LATENESS_MAX_US && config.spend_lateness_us == 28 * DAY_US && config.forget_after_us == 400 * DAY_US);
    cr_assert(config.keys_max == 100000000 && config.min_events == 255);
    cr_assert(read_text("{lateness: 0s, spend_lateness: 0s, forget_after: 2d, keys_max: 1, min_events: 1}"));
    cr_assert(config.lateness_us == 0 && config.spend_lateness_us == 0 && config.forget_after_us == 2 * DAY_US);
    cr_assert(config.keys_max == 1 && config.min_events == 1);
}

Test(detect_config, windows_are_of_events_or_of_buckets, .fini = done)
{
    struct detector_config shipped = defaults();
    cr_assert(read_text("{window_events: 64, window_buckets: 500}"));
    for (int metric = 0; metric < METRIC_COUNT; metric++) {
        bool of_events = metric_rule((enum metric)metric)->per_event;
        cr_assert_eq(config.metrics[metric].scorer.window, of_events ? 64 : shipped.metrics[metric].scorer.window);
        cr_assert_eq(config.metrics[metric].scorer.memory, of_events ? shipped.metrics[metric].scorer.memory : 500);
    }
    cr_assert(read_text("{window_events: 16, window_buckets: 30}") && read_text("{window_events: 65536, window_buckets: 65536}"));
    cr_assert(read_text("{window_buckets: 500, metrics: {gross: {method: plain}, units: {method: robust, window: 60}}}"));
    cr_assert(config.metrics[METRIC_GROSS].scorer.window == 500 && config.metrics[METRIC_UNITS].scorer.window == 60);
    cr_assert_eq(config.metrics[METRIC_ORDERS].scorer.memory, 500);
}

Test(detect_config, a_metrics_own_word_goes_before_that_of_all, .fini = done)
{
    cr_assert(read_text("{warn_z: 5, alert_z: 7, warm_up: 50, floor_relative: 0.1, floor_unit: 3,"
                        " metrics: {roas: {warn_z: 2, alert_z: 2.5, warm_up: 9, floor_relative: 0, floor_unit: 0.5, window: 40}}}"));
    const struct detector_metric_config *all = &config.metrics[METRIC_ORDERS], *own = &config.metrics[METRIC_ROAS];
    cr_assert(all->scorer.last_z == 5 && all->alert_z == 7 && all->scorer.warm_up == 50);
    cr_assert(all->scorer.floor_relative == 0.1 && all->scorer.floor_unit == 3);
    cr_assert(own->scorer.last_z == 2 && own->alert_z == 2.5 && own->scorer.warm_up == 9);
    cr_assert(own->scorer.floor_relative == 0 && own->scorer.floor_unit == 0.5 && own->scorer.memory == 40);
}

Test(detect_config, the_levels_of_means_move_with_that_of_a_value, .fini = done)
{
    struct detector_config shipped = defaults();
    const struct scorer_config *before = &shipped.metrics[METRIC_GROSS].scorer, *now = &config.metrics[METRIC_GROSS].scorer;
    cr_assert(read_text("{metrics: {gross: {warn_z: 2.2, alert_z: 9}}}"));
    cr_assert_float_eq(now->mean_z, before->mean_z * 2.2 / before->last_z, 1e-12);
    cr_assert_float_eq(now->long_z, before->long_z * 2.2 / before->last_z, 1e-12);
}

Test(detect_config, a_metric_is_switched_off_and_watched_of_other_keys, .fini = done)
{
    cr_assert(read_text("{metrics: {orders: {enabled: false}, gross: {keys: [category]}, units: {keys: [shop, sku, category, channel]},"
                        " clicks: {keys: []}}}"));
    static const bool none[DIMENSION_COUNT], category[DIMENSION_COUNT] = {[DIMENSION_CATEGORY] = true};
    static const bool all_but_campaign[DIMENSION_COUNT] = {true, true, true, true, false};
    cr_assert_eq(memcmp(config.metrics[METRIC_ORDERS].enabled, none, sizeof none), 0);
    cr_assert_eq(memcmp(config.metrics[METRIC_CLICKS].enabled, none, sizeof none), 0);
    cr_assert_eq(memcmp(config.metrics[METRIC_GROSS].enabled, category, sizeof category), 0);
    cr_assert_eq(memcmp(config.metrics[METRIC_UNITS].enabled, all_but_campaign, sizeof none), 0);
    cr_assert(read_text("{metrics: {shipping: {enabled: true, keys: [shop]}}}") && config.metrics[METRIC_SHIPPING].enabled[DIMENSION_SHOP]);
}

Test(detect_config, methods_and_directions_have_names, .fini = done)
{
    static const struct {
        const char *text;
        enum scorer_method method;
        enum gate_direction direction;
    } cases[] = {{"{metrics: {gross: {method: seasonal, direction: both}}}", SCORER_SEASONAL, GATE_BOTH},
                 {"{metrics: {gross: {method: plain, direction: above}}}", SCORER_PLAIN, GATE_ABOVE},
                 {"{metrics: {gross: {method: ewma, direction: below}}}", SCORER_EWMA, GATE_BELOW},
                 {"{metrics: {gross: {method: robust, direction: above}}}", SCORER_ROBUST, GATE_ABOVE}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cr_assert(read_text(cases[i].text), "%s", cases[i].text);
        cr_assert_eq(config.metrics[METRIC_GROSS].scorer.method, cases[i].method);
        cr_assert_eq(config.metrics[METRIC_GROSS].gate.direction, cases[i].direction);
    }
    cr_assert(read_text("{metrics: {roas: {method: plain}}}") && config.metrics[METRIC_ROAS].scorer.floor_unit == 0.05, "its unit stays");
}

/* What is wrong, the column of line 2 that is pointed at, its key, and a word of the reason. */
static const struct {
    const char *text;
    unsigned column;
    const char *key, *reason;
} wrong[] = {
    {"{window_events: 8}", 19, "detect.window_events", "16"},
    {"{window_events: 65552}", 19, "detect.window_events", "65536"},
    {"{window_events: 40}", 19, "detect.window_events", "multiple of 16"},
    {"{window_events: many}", 19, "detect.window_events", "number"},
    {"{window_buckets: 29}", 20, "detect.window_buckets", "30"},
    {"{window_buckets: 65537}", 20, "detect.window_buckets", "65536"},
    {"{metrics: {gross: {method: plain, window: 2881}}}", 45, "detect.metrics.gross.window", "2880"},
    {"{metrics: {order_value: {window: 17}}}", 36, "detect.metrics.order_value.window", "multiple of 16"},
    {"{warn_z: 0}", 12, "detect.warn_z", "0.1"},
    {"{warn_z: .nan}", 12, "detect.warn_z", "number"},
    {"{alert_z: -1}", 13, "detect.alert_z", "0.1"},
    {"{warn_z: 6, alert_z: 5}", 3, "detect", "alert_z must not be below warn_z"},
    {"{metrics: {gross: {alert_z: 3}}}", 21, "detect.metrics.gross", "alert_z must not be below warn_z"},
    {"{floor_relative: -0.1}", 20, "detect.floor_relative", "0"},
    {"{floor_unit: -1}", 16, "detect.floor_unit", "0"},
    {"{warm_up: 8}", 13, "detect.warm_up", "9"},
    {"{warm_up: 1000001}", 13, "detect.warm_up", "1000000"},
    {"{lateness: 169h}", 14, "detect.lateness", "too large"},
    {"{lateness: 2}", 14, "detect.lateness", "unit"},
    {"{spend_lateness: 29d}", 20, "detect.spend_lateness", "too large"},
    {"{forget_after: 12h}", 18, "detect.forget_after", "too small"},
    {"{forget_after: 401d}", 18, "detect.forget_after", "too large"},
    {"{forget_after: 4d}", 3, "detect", "two days longer"},
    {"{keys_max: 0}", 14, "detect.keys_max", "1"},
    {"{keys_max: 100000001}", 14, "detect.keys_max", "100000000"},
    {"{min_events: 256}", 16, "detect.min_events", "255"},
    {"{min_event: 8}", 4, "detect.min_event", "min_events"},
    {"{metrics: [gross]}", 13, "detect.metrics", "map"},
    {"{metrics: {grossy: {}}}", 14, "detect.metrics.grossy", "gross"},
    {"{metrics: {gross: 3}}", 21, "detect.metrics.gross", "map"},
    {"{metrics: {gross: {enabled: maybe}}}", 31, "detect.metrics.gross.enabled", "true"},
    {"{metrics: {gross: {keys: shop}}}", 28, "detect.metrics.gross.keys", "list"},
    {"{metrics: {gross: {keys: [shop, skuu]}}}", 35, "detect.metrics.gross.keys[1]", "sku"},
    {"{metrics: {gross: {keys: [campaign]}}}", 29, "detect.metrics.gross.keys[0]", "gross is not known of a campaign"},
    {"{metrics: {gross: {method: plane}}}", 30, "detect.metrics.gross.method", "plain"},
    {"{metrics: {unit_price: {method: plain}}}", 35, "detect.metrics.unit_price.method", "no choice"},
    {"{metrics: {gross: {direction: abov}}}", 33, "detect.metrics.gross.direction", "above"},
    {"{metrics: {gross: {colour: red}}}", 22, "detect.metrics.gross.colour", ""},
};

static const struct problem *problem_of(const char *key)
{
    for (size_t i = 0; i < problems.count; i++)
        if (strcmp(problems.items[i].key, key) == 0)
            return &problems.items[i];
    return NULL;
}

Test(detect_config, every_mistake_is_told_at_its_place, .fini = done)
{
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        cr_assert_not(read_text(wrong[i].text), "%s", wrong[i].text);
        const struct problem *problem = problem_of(wrong[i].key);
        cr_expect(problem && problem->line == 2 && problem->column == wrong[i].column && strstr(problem->reason, wrong[i].reason) &&
                      strcmp(problem->file, "t.yaml") == 0,
                  "%s: %s, at %u: %s", wrong[i].text, problem ? problem->key : problems.items[0].key,
                  problem ? problem->column : problems.items[0].column, problem ? problem->reason : problems.items[0].reason);
        cr_expect_eq(problems.count, 1, "%s: one mistake is told %zu times", wrong[i].text, problems.count);
    }
}
