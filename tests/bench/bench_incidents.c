/*
 * How many labelled incidents the shipped detector finds, and how often it cries wolf: 240 shops of 2, 8, 30 and 120 orders an hour over
 * 10 weeks, each with a drop to 30 % for 6 h, a spike of 2.5 times for 3 h and prices at a fifth for 4 h, from the simulator's own
 * arrivals and orders (producers/sim_hourly.h). They go through the processor's own detector with its defaults: widths of buckets that
 * follow from the volume, lateness, gates and the book of incidents. Nothing can be set but the seed: bench_incidents [SEED ...].
 *
 * A detection is an incident whose first bucket lies in the labelled hours or the one after, at least in part, in any metric of the key;
 * every other one that is told is a false alert, whatever came of it. Delays are in buckets of that incident.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/detector.h"
#include "producers/sim_hourly.h"
#include "support/sample.h"

#define KEYS 240
#define DAYS 70
#define HOURS (DAYS * 24)
#define VOLUMES 4
#define US_PER_HOUR INT64_C(3600000000)
#define START_US INT64_C(1767571200000000) /* Monday 2026-01-05 */
#define SEED_DEFAULT 1

static const uint32_t volumes[VOLUMES] = {2, 8, 30, 120};

/* What the stream has anything of. Silence is watched as it is by default. */
static const enum metric fed[] = {METRIC_ORDERS, METRIC_GROSS, METRIC_AVERAGE_ORDER_VALUE};
#define FED_COUNT (sizeof fed / sizeof *fed)
#define OPENINGS_MAX 1024

struct key_stream {
    int64_t orders[HOURS], gross_minor[HOURS];
    struct incident incidents[SIM_LABELLED_COUNT];
};

struct result {
    uint32_t incidents[INCIDENT_KIND_COUNT][VOLUMES], found[INCIDENT_KIND_COUNT][VOLUMES];
    uint32_t false_alerts[VOLUMES];
    uint32_t delays[8]; /* by buckets; the last: so many or more */
    uint32_t seeds;
};

static void make_stream(uint64_t seed, uint32_t number, uint32_t orders_per_hour, struct key_stream *ret_stream)
{
    static struct sim_hourly source;
    static int64_t amounts_minor[SIM_HOUR_ORDERS_MAX];
    struct sim_hour hour;
    sim_hourly_start(&source, seed, number, orders_per_hour, START_US, DAYS);
    *ret_stream = (struct key_stream){0};
    memcpy(ret_stream->incidents, source.incidents, sizeof ret_stream->incidents);
    for (size_t at = 0; sim_hourly_next(&source, amounts_minor, &hour); at++) {
        ret_stream->orders[at] = hour.orders;
        for (uint32_t i = 0; i < hour.orders; i++)
            ret_stream->gross_minor[at] += hour.gross_minor[i];
    }
}

/* The first bucket of an incident that was told. */
struct opening {
    int64_t start_us, end_us;
    bool explained;
};

struct openings {
    struct opening all[OPENINGS_MAX];
    size_t count;
};

static void take_openings(const struct facts *facts, struct openings *openings)
{
    for (size_t i = 0; i < facts->incident_count && openings->count < OPENINGS_MAX; i++) {
        const struct incident_fact *fact = &facts->incidents[i];
        if (fact->revision == 1)
            openings->all[openings->count++] = (struct opening){fact->opened_us, fact->opened_us + fact->width_us, false};
    }
}

static struct detector_config config_of(enum scorer_method method, size_t metrics)
{
    struct detector_config config;
    detector_config_default(&config);
    for (int metric = 0; metric < METRIC_COUNT; metric++)
        for (int dimension = 0; dimension < DIMENSION_COUNT; dimension++)
            config.metrics[metric].enabled[dimension] &= metric == METRIC_SOURCE_SILENT;
    for (size_t at = 0; at < metrics; at++) {
        struct detector_metric_config *metric = &config.metrics[fed[at]];
        metric->enabled[DIMENSION_SHOP] = true;
        if (method != metric->scorer.method)
            scorer_config_default(method, metric_rule(fed[at])->scale, &metric->scorer);
    }
    return config;
}

static void feed_hour(struct detector *detector, const struct shop *shop, const struct key_stream *stream, size_t hour,
                      struct openings *openings)
{
    const struct key key = {DIMENSION_SHOP, shop, 0, {"", 0}};
    const double sums[PART_COUNT] = {[PART_EVENTS] = (double)stream->orders[hour], [PART_GROSS] = (double)stream->gross_minor[hour]};
    int64_t at_us = START_US + (int64_t)hour * US_PER_HOUR + US_PER_HOUR / 2;
    struct facts facts = sample_facts();
    (void)detector_advance(detector, at_us, true, (struct origin){0}, &facts);
    struct key_record *record = stream->orders[hour] ? detector_key(detector, &key, at_us) : NULL;
    if (record)
        detector_add(detector, DIMENSION_SHOP, record, at_us, sums, (struct origin){0}, &facts);
    take_openings(&facts, openings);
}

static void detect(const struct key_stream *stream, enum scorer_method method, size_t metrics, struct openings *ret_openings)
{
    struct detector_config config = config_of(method, metrics);
    struct shop_table *shops = shop_table_new(1);
    const struct shop *shop = shops ? shop_table_get(shops, (struct text){"shop", 4}, 7, sample_policy_free, NULL) : NULL;
    struct detector *detector = shop ? detector_new(&config, FEED_ORDERS, shops) : NULL;
    if (!detector)
        abort();
    ret_openings->count = 0;
    for (size_t hour = 0; hour < HOURS; hour++)
        feed_hour(detector, shop, stream, hour, ret_openings);
    struct facts facts = sample_facts();
    (void)detector_advance(detector, START_US + HOURS * US_PER_HOUR, true, (struct origin){0}, &facts);
    take_openings(&facts, ret_openings);
    detector_free(detector);
    shop_table_free(shops);
}

/* The earliest of those that the incident explains, all of which are marked; NULL where there is none. */
static const struct opening *explain(const struct incident *incident, struct openings *openings)
{
    const struct opening *first = NULL;
    for (size_t i = 0; i < openings->count; i++) {
        struct opening *opening = &openings->all[i];
        if (opening->explained || opening->end_us <= incident->start_us || opening->start_us > incident->end_us)
            continue;
        opening->explained = true;
        first = !first || opening->start_us < first->start_us ? opening : first;
    }
    return first;
}

static void judge(const struct key_stream *stream, struct openings *openings, uint32_t volume, struct result *result)
{
    for (size_t i = 0; i < SIM_LABELLED_COUNT; i++) {
        const struct incident *incident = &stream->incidents[i];
        const struct opening *found = explain(incident, openings);
        result->incidents[incident->kind][volume]++;
        if (!found)
            continue;
        int64_t width_us = found->end_us - found->start_us, late_us = found->start_us - incident->start_us;
        int64_t delay = late_us > 0 ? (late_us + width_us - 1) / width_us : 0;
        result->found[incident->kind][volume]++;
        result->delays[delay < 7 ? delay : 7]++;
    }
    for (size_t i = 0; i < openings->count; i++)
        result->false_alerts[volume] += !openings->all[i].explained;
}

static void print_rate(uint32_t part, uint32_t all)
{
    printf(" %5.3f", all ? (double)part / all : 0);
}

static uint32_t sum(const uint32_t *counts, size_t from)
{
    uint32_t all = 0;
    for (size_t volume = from; volume < VOLUMES; volume++)
        all += counts[volume];
    return all;
}

static uint32_t median_delay(const struct result *result)
{
    uint32_t all = 0, so_far = 0, delay = 0;
    for (int i = 0; i < 8; i++)
        all += result->delays[i];
    for (; delay < 7 && (so_far += result->delays[delay]) * 2 < all; delay++) {
    }
    return delay;
}

static void print_result(const char *name, const struct result *result)
{
    uint32_t found = 0, all = 0, large_found = 0, large = 0, small_found = 0, small = 0;
    for (int kind = 0; kind < INCIDENT_KIND_COUNT; kind++) {
        found += sum(result->found[kind], 0);
        all += sum(result->incidents[kind], 0);
        large_found += sum(result->found[kind], 2);
        large += sum(result->incidents[kind], 2);
        small_found += result->found[kind][0];
        small += result->incidents[kind][0];
    }
    printf("%-26s", name);
    print_rate(found, all);
    print_rate(large_found, large);
    print_rate(small_found, small);
    printf("   %6.4f %6u", sum(result->false_alerts, 0) * 7.0 / (KEYS * DAYS * result->seeds), median_delay(result));
    for (int kind = 0; kind < INCIDENT_KIND_COUNT; kind++)
        for (int volume = 0; volume < VOLUMES && sum(result->incidents[kind], 0); volume++)
            printf("%s%4.2f", volume ? " " : "   ",
                   (double)result->found[kind][volume] / (result->incidents[kind][volume] ? result->incidents[kind][volume] : 1));
    printf("   ");
    for (int volume = 0; volume < VOLUMES; volume++)
        printf(" %.3f", result->false_alerts[volume] * 7.0 / (KEYS / VOLUMES * DAYS * result->seeds));
    printf("\n");
}

static const struct option {
    const char *name;
    enum scorer_method method;
    size_t metrics; /* the first so many that are fed */
} options[] = {
    {"seasonal (default)", SCORER_SEASONAL, FED_COUNT}, {"  orders and gross alone", SCORER_SEASONAL, 2},
    {"ewma", SCORER_EWMA, FED_COUNT},                   {"plain", SCORER_PLAIN, FED_COUNT},
    {"robust", SCORER_ROBUST, FED_COUNT},
};
#define OPTIONS (sizeof options / sizeof *options)

static void run_key(const struct key_stream *stream, uint32_t volume, struct result *results)
{
    static struct openings openings;
    for (size_t i = 0; i < OPTIONS; i++) {
        detect(stream, options[i].method, options[i].metrics, &openings);
        judge(stream, &openings, volume, &results[i]);
    }
}

static void run_seed(uint64_t seed, struct result *results)
{
    static struct key_stream stream;
    for (uint32_t key = 0; key < KEYS; key++) {
        uint32_t volume = key / (KEYS / VOLUMES);
        make_stream(seed, key + 1, volumes[volume], &stream);
        run_key(&stream, volume, results);
    }
    for (size_t i = 0; i < OPTIONS; i++)
        results[i].seeds++;
}

int main(int argc, char **argv)
{
    struct result results[OPTIONS] = {0};
    if (argc < 2)
        run_seed(SEED_DEFAULT, results);
    for (int i = 1; i < argc; i++)
        run_seed(strtoull(argv[i], NULL, 10), results);
    printf("%-26s %5s %5s %5s   %6s %6s   %-19s   %-19s   %-19s    %s\n", "metrics: orders, gross,", "all", ">=30", "2/h", "false", "delay",
           "recall: prices / 5", "drops", "spikes", "false alerts per key-week");
    printf("%-26s %17s   %6s %6s   %-19s   %-19s   %-19s    %s\n", "order value", "recall", "/key-w", "median", "2    8    30   120",
           "2    8    30   120", "2    8    30   120", "2     8     30    120 an hour");
    for (size_t i = 0; i < OPTIONS; i++)
        print_result(options[i].name, &results[i]);
    return 0;
}
