/*
 * A metric's settings come from its defaults, then from what `detect` says of all metrics, then from what it says of this one. Its method is
 * read first, because what is sensible hangs on it.
 */
#include "cli/detect_config.h"

#include <string.h>

#define SECOND_US INT64_C(1000000)
#define DAY_US (86400 * SECOND_US)

struct reading {
    const struct yaml_file *file;
    struct problems *problems;
    bool ok;
};

static bool is_per_event(int metric)
{
    return metric_rule((enum metric)metric)->per_event;
}

static void read_number(struct reading *reading, struct yaml_node *map, const char *key, double min, double *ret)
{
    reading->ok &= yaml_double(reading->file, yaml_get(map, key), reading->problems, min, 1e9, ret);
}

static void read_count(struct reading *reading, struct yaml_node *map, const char *key, int64_t min, int64_t max, uint32_t *ret)
{
    int64_t value = *ret;
    reading->ok &= yaml_int(reading->file, yaml_get(map, key), reading->problems, min, max, &value);
    *ret = (uint32_t)value;
}

static void read_window(struct reading *reading, struct yaml_node *map, const char *key, int metric, struct scorer_config *scorer)
{
    bool whole = scorer->method == SCORER_PLAIN || scorer->method == SCORER_ROBUST;
    if (is_per_event(metric))
        read_count(reading, map, key, 16, 65536, &scorer->window);
    else
        read_count(reading, map, key, 30, whole ? SCORER_WINDOW_MAX : 65536, whole ? &scorer->window : &scorer->memory);
    if (is_per_event(metric) && scorer->window % 16)
        reading->ok = yaml_problem(reading->file, yaml_get(map, key), reading->problems, "must be a multiple of 16");
}

static void read_limits(struct reading *reading, struct yaml_node *map, struct detector_metric_config *config)
{
    struct scorer_config *scorer = &config->scorer;
    double warn_z = scorer->last_z;
    read_number(reading, map, "warn_z", 0.1, &warn_z);
    scorer->mean_z *= warn_z / scorer->last_z; /* means stand out at levels of their own, in proportion */
    scorer->long_z *= warn_z / scorer->last_z;
    scorer->last_z = warn_z;
    read_number(reading, map, "alert_z", 0.1, &config->alert_z);
    read_number(reading, map, "floor_relative", 0, &scorer->floor_relative);
    read_number(reading, map, "floor_unit", 0, &scorer->floor_unit);
    read_count(reading, map, "warm_up", SCORER_FIRST + 1, 1000000, &scorer->warm_up);
    if (map && config->alert_z < scorer->last_z)
        reading->ok = yaml_problem(reading->file, map, reading->problems, "alert_z must not be below warn_z");
}

/* `keys: [shop, sku]`: of which keys the metric is watched. */
static void read_keys(struct reading *reading, struct yaml_node *node, int metric, bool ret_enabled[DIMENSION_COUNT])
{
    const char *names[DIMENSION_COUNT + 1] = {NULL};
    if (yaml_is_null(node))
        return;
    if (node->kind != YAML_LIST) {
        reading->ok = yaml_problem(reading->file, node, reading->problems, "must be a list like [shop, sku]");
        return;
    }
    for (int dimension = 0; dimension < DIMENSION_COUNT; dimension++)
        names[dimension] = dimension_name((enum dimension)dimension);
    memset(ret_enabled, 0, DIMENSION_COUNT * sizeof *ret_enabled);
    for (struct yaml_node *item = node->child; item; item = item->next) {
        int dimension = -1;
        reading->ok &= yaml_choice(reading->file, item, reading->problems, names, &dimension);
        if (dimension < 0)
            continue;
        if (metric_rule((enum metric)metric)->dimensions >> dimension & 1)
            ret_enabled[dimension] = true;
        else
            reading->ok = yaml_problem(reading->file, item, reading->problems, "%s is not known of a %s", metric_name((enum metric)metric),
                                       names[dimension]);
    }
}

static void read_method(struct reading *reading, struct yaml_node *node, int metric, struct scorer_config *scorer)
{
    static const char *const names[] = {[SCORER_SEASONAL] = "seasonal", [SCORER_PLAIN] = "plain", [SCORER_EWMA] = "ewma",
                                        [SCORER_ROBUST] = "robust", NULL};
    int method = (int)scorer->method;
    if (yaml_is_null(node))
        return;
    if (is_per_event(metric)) {
        reading->ok = yaml_problem(reading->file, node, reading->problems, "a metric of events has no choice of methods");
        return;
    }
    reading->ok &= yaml_choice(reading->file, node, reading->problems, names, &method);
    double floor_unit = scorer->floor_unit;
    if (method != (int)scorer->method)
        scorer_config_default((enum scorer_method)method, metric_rule((enum metric)metric)->scale, scorer);
    scorer->floor_unit = floor_unit;
}

static void read_direction(struct reading *reading, struct yaml_node *node, enum gate_direction *ret_direction)
{
    static const char *const names[] = {[GATE_BOTH] = "both", [GATE_ABOVE] = "above", [GATE_BELOW] = "below", NULL};
    int direction = (int)*ret_direction;
    reading->ok &= yaml_choice(reading->file, node, reading->problems, names, &direction);
    *ret_direction = (enum gate_direction)direction;
}

static void read_metric(struct reading *reading, struct yaml_node *map, int metric, struct detector_metric_config *config)
{
    static const char *const known[] = {"enabled", "keys",           "method",     "direction", "warn_z", "alert_z", "window",
                                        "warm_up", "floor_relative", "floor_unit", NULL};
    bool enabled = true;
    if (!map)
        return;
    reading->ok &= yaml_bool(reading->file, yaml_get(map, "enabled"), reading->problems, &enabled);
    read_keys(reading, yaml_get(map, "keys"), metric, config->enabled);
    if (!enabled)
        memset(config->enabled, 0, sizeof config->enabled);
    read_direction(reading, yaml_get(map, "direction"), &config->gate.direction);
    read_window(reading, map, "window", metric, &config->scorer);
    read_limits(reading, map, config);
    reading->ok &= yaml_unknown_keys(reading->file, map, reading->problems, known);
}

static struct yaml_node *map_of(struct reading *reading, struct yaml_node *parent, const char *key)
{
    struct yaml_node *map = NULL;
    reading->ok &= yaml_map(reading->file, yaml_get(parent, key), reading->problems, &map);
    return map;
}

static void read_metrics(struct reading *reading, struct yaml_node *map, struct detector_config *config)
{
    const char *names[METRIC_COUNT + 1] = {NULL};
    struct yaml_node *metrics = map_of(reading, map, "metrics");
    for (int metric = 0; metric < METRIC_COUNT; metric++) {
        struct detector_metric_config *of = &config->metrics[metric];
        names[metric] = metric_name((enum metric)metric);
        struct yaml_node *own = map_of(reading, metrics, names[metric]);
        if (own)
            read_method(reading, yaml_get(own, "method"), metric, &of->scorer);
        read_window(reading, map, is_per_event(metric) ? "window_events" : "window_buckets", metric, &of->scorer);
        read_limits(reading, map, of);
        read_metric(reading, own, metric, of);
    }
    reading->ok &= yaml_unknown_keys(reading->file, metrics, reading->problems, names);
}

static void read_times(struct reading *reading, struct yaml_node *map, struct detector_config *config)
{
    reading->ok &= yaml_duration(reading->file, yaml_get(map, "lateness"), reading->problems, 0, LATENESS_MAX_US, &config->lateness_us);
    reading->ok &= yaml_duration(reading->file, yaml_get(map, "spend_lateness"), reading->problems, 0, 28 * DAY_US,
                                 &config->spend_lateness_us);
    reading->ok &= yaml_duration(reading->file, yaml_get(map, "forget_after"), reading->problems, DAY_US, 400 * DAY_US,
                                 &config->forget_after_us);
    int64_t longest_us = config->lateness_us > config->spend_lateness_us ? config->lateness_us : config->spend_lateness_us;
    if (map && config->forget_after_us < longest_us + 2 * DAY_US)
        reading->ok = yaml_problem(reading->file, map, reading->problems, "forget_after must be at least two days longer than any lateness");
}

bool detect_config_read(const struct yaml_file *file, struct yaml_node *map, struct problems *problems, struct detector_config *ret_config)
{
    static const char *const known[] = {"window_events", "window_buckets", "warn_z",       "alert_z",  "lateness",   "spend_lateness",
                                        "forget_after",  "keys_max",       "min_events",   "metrics",  "warm_up",    "floor_relative",
                                        "floor_unit",    NULL};
    struct reading reading = {file, problems, true};
    detector_config_default(ret_config);
    read_metrics(&reading, map, ret_config);
    read_times(&reading, map, ret_config);
    read_count(&reading, map, "keys_max", 1, 100000000, &ret_config->keys_max);
    read_count(&reading, map, "min_events", 1, 255, &ret_config->min_events);
    reading.ok &= yaml_unknown_keys(file, map, problems, known);
    return reading.ok;
}
