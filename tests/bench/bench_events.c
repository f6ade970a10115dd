/*
 * What single order values raise: per 10,000 of the simulator's own orders at 30 an hour, of which nothing is wrong, and which share of them
 * would stand out if a mistake made them so many times as large. As it ships, and on other scales and without knowing the tail; nothing
 * can be set but the seed: bench_events [SEED].
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/detector.h"
#include "core/event_series.h"
#include "producers/sim_hourly.h"

#define SHOPS 5 /* one of each kind */
#define DAYS 70
#define START_US INT64_C(1767571200000000) /* Monday 2026-01-05 */

static const double mistakes[] = {10, 100, 0.2, 0.01};
#define MISTAKES (sizeof mistakes / sizeof *mistakes)

static const struct option {
    const char *name;
    enum scorer_scale scale;
    bool knows_tail;
} options[] = {{"logarithm (default)", SCALE_LOG, true}, {"  tail not known", SCALE_LOG, false}, {"root", SCALE_ROOT, true},
               {"  tail not known", SCALE_ROOT, false}, {"as it is", SCALE_RAW, true},            {"  tail not known", SCALE_RAW, false}};
#define OPTIONS (sizeof options / sizeof *options)

struct judge {
    struct scorer_config config;
    struct event_series series;
    uint64_t tested, raised, found[MISTAKES];
};

static bool stands_out(const struct judge *judge, double value)
{
    struct event_sample sample = event_sample_of(&judge->series, &judge->config, value);
    struct verdict verdict;
    return event_series_test(&judge->series, &judge->config, &sample, 1, &verdict);
}

static void see(struct judge *judge, double value)
{
    struct event_sample sample = event_sample_of(&judge->series, &judge->config, value);
    if (sample.baseline.n >= judge->config.warm_up) {
        judge->tested++;
        judge->raised += stands_out(judge, value);
        for (size_t i = 0; i < MISTAKES; i++)
            judge->found[i] += stands_out(judge, fmax(round(value * mistakes[i]), 1));
    }
    event_series_learn(&judge->series, &judge->config, &sample);
}

static bool is_labelled(const struct sim_hourly *source, int64_t hour_us)
{
    for (size_t i = 0; i < SIM_LABELLED_COUNT; i++)
        if (source->incidents[i].kind == INCIDENT_PRICE && hour_us >= source->incidents[i].start_us && hour_us < source->incidents[i].end_us)
            return true;
    return false;
}

static void run_shop(uint64_t seed, uint32_t number, struct judge judges[OPTIONS])
{
    static struct sim_hourly source;
    static int64_t amounts[SIM_HOUR_ORDERS_MAX];
    struct sim_hour hour;
    for (size_t i = 0; i < OPTIONS; i++)
        judges[i].series = (struct event_series){0};
    sim_hourly_start(&source, seed, number, 30, START_US, DAYS);
    while (sim_hourly_next(&source, amounts, &hour))
        for (uint32_t order = 0; order < hour.orders && !is_labelled(&source, hour.start_us); order++)
            for (size_t i = 0; i < OPTIONS; i++)
                see(&judges[i], (double)amounts[order]);
}

int main(int argc, char **argv)
{
    struct detector_config shipped;
    struct judge judges[OPTIONS] = {0};
    detector_config_default(&shipped);
    for (size_t i = 0; i < OPTIONS; i++) {
        judges[i].config = shipped.metrics[METRIC_ORDER_VALUE].scorer;
        judges[i].config.scale = options[i].scale;
        judges[i].config.tail_pace *= options[i].knows_tail;
    }
    for (uint32_t number = 1; number <= SHOPS; number++)
        run_shop(argc > 1 ? strtoull(argv[1], NULL, 10) : 1, number, judges);
    printf("%-22s %16s   found at x 10, x 100, / 5, / 100\n", "order values", "raised in 10,000");
    for (size_t i = 0; i < OPTIONS; i++) {
        printf("%-22s %16.2f  ", options[i].name, 1e4 * (double)judges[i].raised / (double)judges[i].tested);
        for (size_t m = 0; m < MISTAKES; m++)
            printf(" %.3f", (double)judges[i].found[m] / (double)judges[i].tested);
        printf("\n");
    }
    return 0;
}
