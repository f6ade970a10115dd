#include <stdio.h>
#include <stdlib.h>

#include <criterion/criterion.h>

#include "core/detector_internal.h"
#include "detector_bench.h"

#define SEED UINT64_C(20260118)

/* The shop and one SKU, ten orders an hour. */
static void both(struct bench *bench, int64_t hour, double gross)
{
    hourly(bench, hour, gross);
    add(bench, DIMENSION_SKU, START + hour * HOUR + HOUR / 2, 10, gross / 2);
}

/* Only another shop goes on, which moves time. */
static void elsewhere(struct bench *bench, int64_t hour)
{
    advance(bench, hour);
}

Test(detector_life, a_silent_shop_is_one_alarm_and_not_a_drop_of_every_key)
{
    struct bench bench = bench_new();
    for (int64_t hour = 0; hour < 60; hour++)
        both(&bench, hour, usual(hour));
    for (int64_t hour = 60; hour <= 80; hour++)
        elsewhere(&bench, hour);
    const struct incident_fact *silence = incident_of(&bench, METRIC_SOURCE_SILENT, DIMENSION_SHOP, INCIDENT_OPEN);
    cr_assert_not_null(silence);
    /* Ten orders an hour: the second empty hour makes twenty that are missed, of which 16 are enough. */
    cr_assert_eq(silence->opened_us, START + 60 * HOUR);
    cr_assert(silence->expected > 16 && silence->expected < 24 && silence->value == 0);
    cr_assert_eq(silence->origin.offset, 62);
    cr_assert_eq(counters(&bench)->silences, 1);
    size_t standing = 0;
    for (size_t i = 0; i < bench.facts.incident_count; i++)
        standing += bench.facts.incidents[i].metric != METRIC_SOURCE_SILENT && bench.facts.incidents[i].status == INCIDENT_OPEN;
    size_t withdrawn = 0;
    for (size_t i = 0; i < bench.facts.incident_count; i++)
        withdrawn += bench.facts.incidents[i].status == INCIDENT_WITHDRAWN;
    cr_assert_eq(standing, withdrawn, "what was taken for a drop at first is withdrawn");
    for (int64_t hour = 81; hour < 100; hour++)
        both(&bench, hour, usual(hour));
    const struct incident_fact *over = incident_of(&bench, METRIC_SOURCE_SILENT, DIMENSION_SHOP, INCIDENT_RECOVERED);
    cr_assert_not_null(over);
    cr_assert(over->revision == 2 && over->opened_us == silence->opened_us && over->closed_us == START + 81 * HOUR + HOUR / 2);
    cr_assert_null(incident_of(&bench, METRIC_GROSS, DIMENSION_SKU, INCIDENT_RECOVERED), "and afterwards nothing has to recover");
    bench_done(&bench);
}

/* A shop that sells nothing from midnight to eight. */
static uint64_t silences_of(enum scorer_method method, int64_t end_hour)
{
    struct detector_config config = small_config();
    scorer_config_default(method, SCALE_ROOT, &config.metrics[METRIC_ORDERS].scorer);
    struct bench bench = bench_of(config, FEED_ORDERS);
    for (int64_t hour = 0; hour < 20 * 24; hour++)
        if (hour % 24 >= 8)
            hourly(&bench, hour, usual(hour));
    advance(&bench, end_hour);
    uint64_t silences = counters(&bench)->silences;
    bench_done(&bench);
    return silences;
}

Test(detector_life, a_quiet_night_is_no_silence_whatever_the_method_knows_of_hours)
{
    static const enum scorer_method methods[] = {SCORER_SEASONAL, SCORER_PLAIN, SCORER_EWMA, SCORER_ROBUST};
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
        cr_assert_eq(silences_of(methods[i], 20 * 24 + 8), 0, "method %zu", i);
        cr_assert_eq(silences_of(methods[i], 21 * 24 + 9), 1, "method %zu", i);
    }
}

Test(detector_life, orders_that_were_late_take_the_silence_back)
{
    struct bench bench = bench_new();
    for (int64_t hour = 0; hour < 60; hour++)
        both(&bench, hour, usual(hour));
    elsewhere(&bench, 62);
    cr_assert_not_null(incident_of(&bench, METRIC_SOURCE_SILENT, DIMENSION_SHOP, INCIDENT_OPEN));
    hourly(&bench, 61, usual(61));
    const struct incident_fact *withdrawn = incident_of(&bench, METRIC_SOURCE_SILENT, DIMENSION_SHOP, INCIDENT_WITHDRAWN);
    cr_assert(withdrawn && withdrawn->revision == 2);
    const struct anomaly_fact *anomaly = &bench.facts.anomalies[bench.facts.anomaly_count - 1];
    cr_assert(anomaly->metric == METRIC_SOURCE_SILENT && anomaly->withdrawn && anomaly->edits == 1);
    bench_done(&bench);
}

Test(detector_life, a_childs_incident_is_folded_into_its_shops)
{
    struct bench bench = bench_new();
    for (int64_t hour = 0; hour < 60; hour++)
        both(&bench, hour, usual(hour));
    for (int64_t hour = 60; hour < 64; hour++)
        both(&bench, hour, usual(hour) / 10);
    const struct incident_fact *parent = incident_of(&bench, METRIC_GROSS, DIMENSION_SHOP, INCIDENT_OPEN);
    cr_assert(parent && !parent->above && parent->child_count == 1);
    cr_assert_null(incident_of(&bench, METRIC_GROSS, DIMENSION_SKU, INCIDENT_OPEN));
    bool seen = false;
    for (size_t i = 0; i < bench.facts.anomaly_count; i++)
        seen |= bench.facts.anomalies[i].dimension == DIMENSION_SKU && text_same(bench.facts.anomalies[i].key, text_of("sku"));
    cr_assert(seen, "its anomalies are told all the same");
    bench_done(&bench);
}

Test(detector_life, what_stands_out_says_what_it_is_consistent_with)
{
    struct bench bench = bench_new();
    for (int64_t hour = 0; hour < 60; hour++)
        both(&bench, hour, usual(hour));
    both(&bench, 60, usual(60) / 10);
    advance(&bench, 61);
    const struct incident_fact *parent = incident_of(&bench, METRIC_GROSS, DIMENSION_SHOP, INCIDENT_OPEN);
    cr_assert(parent && parent->hypothesis.len > 20);
    cr_assert_eq(memcmp(parent->hypothesis.ptr, "gross -", 7), 0, "%.*s", (int)parent->hypothesis.len, parent->hypothesis.ptr);
    bench_done(&bench);
}

Test(detector_life, a_rare_key_is_judged_by_the_day_and_a_busy_one_by_the_hour)
{
    struct bench bench = bench_new();
    for (int64_t hour = 0; hour < 24 * 10; hour++) {
        hourly(&bench, hour, usual(hour));
        if (hour % 12 == 0)
            add(&bench, DIMENSION_SKU, START + hour * HOUR + HOUR / 2, 1, 5000);
    }
    cr_assert_eq(key_at(&bench, DIMENSION_SHOP, 0, 0)->width, WIDTH_HOUR);
    cr_assert_eq(key_at(&bench, DIMENSION_SKU, 3, 0)->width, WIDTH_DAY);
    cr_assert_eq(counters(&bench)->width_changes, 1, "and stays there");
    const struct bucket *bucket = key_newest(&bench.detector->spaces[DIMENSION_SKU].layout, key_at(&bench, DIMENSION_SKU, 3, 0));
    cr_assert(bucket->end_us - bucket->start_us == DAY && (bucket->start_us - START) % DAY == 0);
    bench_done(&bench);
}

Test(detector_life, one_event_a_year_ahead_that_nobody_vouches_for_changes_nothing)
{
    struct bench bench = bench_new();
    fill_hours(&bench, 60);
    cr_assert_not(detector_advance(bench.detector, START + 365 * DAY, false, origin_at(0), &bench.facts));
    for (int64_t hour = 60; hour < 70; hour++)
        hourly(&bench, hour, usual(hour));
    cr_assert(bench.facts.anomaly_count == 0 && counters(&bench)->late_values == 0 && counters(&bench)->doubted_values == 1);
    bench_done(&bench);
}

Test(detector_life, a_clock_that_jumps_a_year_ahead_and_back_is_followed)
{
    struct bench bench = bench_new();
    fill_hours(&bench, 200);
    for (int64_t hour = 0; hour < 100; hour++)
        hourly(&bench, 24 * 365 + hour, usual(hour));
    cr_assert_eq(counters(&bench)->late_values, 0);
    for (int64_t hour = 0; hour < 1000; hour++)
        hourly(&bench, 300 + hour, usual(hour));
    cr_assert_eq(counters(&bench)->clock_restarts, 1);
    cr_assert_lt(counters(&bench)->late_values, CLOCK_BACK_RUN);
    cr_assert_eq(incident_of(&bench, METRIC_GROSS, DIMENSION_SHOP, INCIDENT_OPEN), NULL);
    bench_done(&bench);
}

Test(detector_life, time_that_goes_back_a_little_is_late_and_no_more)
{
    struct bench bench = bench_new();
    fill_hours(&bench, 60);
    for (int i = 0; i < 1000; i++)
        hourly(&bench, 50, 1);
    cr_assert(counters(&bench)->late_values == 1000 && counters(&bench)->clock_restarts == 0);
    bench_done(&bench);
}

/* The reports of a day on which the ad platform said so much, at noon of it. */
static void reports(struct bench *bench, int64_t day, int count)
{
    const double sums[PART_COUNT] = {[PART_EVENTS] = count, [PART_SPEND] = 5000 * count};
    int64_t at_us = START + day * DAY + 12 * HOUR;
    cr_assert(detector_advance(bench->detector, at_us, true, origin_at(day), &bench->facts));
    if (!count)
        return; /* another shop's */
    struct key_record *record = key_at(bench, DIMENSION_SHOP, 0, at_us);
    cr_assert_not_null(record);
    detector_add(bench->detector, DIMENSION_SHOP, record, at_us, sums, origin_at(day), &bench->facts);
}

Test(detector_life, a_day_without_any_report_of_ads_is_silence)
{
    struct bench bench = bench_of(small_config(), FEED_SPEND);
    for (int64_t day = 0; day < 20; day++)
        reports(&bench, day, 3);
    reports(&bench, 20, 0);
    cr_assert_eq(bench.facts.incident_count, 0, "the day goes on");
    reports(&bench, 21, 0);
    const struct incident_fact *silence = incident_of(&bench, METRIC_SOURCE_SILENT, DIMENSION_SHOP, INCIDENT_OPEN);
    cr_assert_not_null(silence);
    cr_assert(silence->opened_us == START + 20 * DAY && silence->last_us == START + 21 * DAY && silence->origin.offset == 21);
    cr_assert(silence->expected > 1 && silence->expected <= 3 && silence->value == 0, "%g of 3 a day", silence->expected);
    cr_assert_eq(counters(&bench)->silences, 1);
    reports(&bench, 22, 3);
    const struct incident_fact *over = incident_of(&bench, METRIC_SOURCE_SILENT, DIMENSION_SHOP, INCIDENT_RECOVERED);
    cr_assert(over && over->closed_us == START + 22 * DAY + 12 * HOUR && over->revision == 2);
    bench_done(&bench);
}

Test(detector_life, reports_of_the_missing_day_take_the_silence_back)
{
    struct bench bench = bench_of(small_config(), FEED_SPEND);
    for (int64_t day = 0; day < 20; day++)
        reports(&bench, day, 3);
    reports(&bench, 21, 0);
    cr_assert_not_null(incident_of(&bench, METRIC_SOURCE_SILENT, DIMENSION_SHOP, INCIDENT_OPEN));
    reports(&bench, 20, 3);
    const struct incident_fact *withdrawn = incident_of(&bench, METRIC_SOURCE_SILENT, DIMENSION_SHOP, INCIDENT_WITHDRAWN);
    cr_assert(withdrawn && withdrawn->opened_us == START + 20 * DAY);
    cr_assert_eq(counters(&bench)->late_values, 0);
    bench_done(&bench);
}

Test(detector_life, a_shop_whose_ads_were_reported_for_less_than_a_week_is_not_missed)
{
    struct bench bench = bench_of(small_config(), FEED_SPEND);
    for (int64_t day = 0; day < 5; day++)
        reports(&bench, day, 3);
    reports(&bench, 6, 0);
    cr_assert_eq(bench.facts.incident_count, 0);
    bench_done(&bench);
}

static uint64_t next_random(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *state >> 33;
}

struct digest {
    uint64_t incidents, anomalies, told;
};

static void take_in(struct digest *digest, struct facts *facts)
{
    for (size_t i = 0; i < facts->incident_count; i++, digest->told++) {
        const struct incident_fact *incident = &facts->incidents[i];
        digest->incidents = digest->incidents * 31 + (uint64_t)incident->opened_us + incident->revision + incident->status +
                            (uint64_t)incident->value + incident->dimension;
    }
    for (size_t i = 0; i < facts->anomaly_count; i++, digest->told++) {
        const struct anomaly_fact *anomaly = &facts->anomalies[i];
        digest->anomalies = digest->anomalies * 31 + (uint64_t)anomaly->window_start_us + anomaly->edits + (uint64_t)anomaly->value;
    }
    *facts = sample_facts();
}

/* Orders of ten weeks with drops, spikes, late ones and gaps, in batches of so many. */
static struct digest run_in_batches(uint64_t batch)
{
    struct bench bench = bench_new();
    struct digest digest = {0};
    uint64_t state = SEED;
    for (uint64_t i = 0; i < 1600; i++) {
        double factor = i % 251 > 240 ? 0.2 : i % 173 == 80 ? 4 : 1;
        if (i % 400 < 390)
            both(&bench, (int64_t)(i - next_random(&state) % 2), factor * (80000 + (double)(next_random(&state) % 40000)));
        if (i % batch == 0)
            take_in(&digest, &bench.facts);
    }
    take_in(&digest, &bench.facts);
    bench_done(&bench);
    return digest;
}

Test(detector_life, batches_of_any_size_tell_the_same)
{
    printf("seed %llu\n", (unsigned long long)SEED);
    const struct digest whole = run_in_batches(2000);
    cr_assert_gt(whole.told, 20, "%lu", (unsigned long)whole.told);
    for (uint64_t batch = 1; batch < 500; batch = batch * 3 + 1) {
        const struct digest cut = run_in_batches(batch);
        cr_assert(cut.incidents == whole.incidents && cut.anomalies == whole.anomalies && cut.told == whole.told);
    }
}
