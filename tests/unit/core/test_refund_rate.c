#include "core/refund_rate.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/bucket_clock.h"
#include "common/hash.h"
#include "detector_bench.h"

#define DAYS 60
#define SHOPS 3
#define HOURS (DAYS * 24)

static uint64_t random_state;

static uint32_t next_random(uint32_t below)
{
    random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(random_state >> 33) % below;
}

static struct engine_config config_of(void)
{
    struct engine_config config = {.memory_orders = 100, .shops_max = 10, .policy_of = sample_policy_free};
    config.detector = small_config();
    config.detector.metrics[METRIC_REFUND_RATE].enabled[DIMENSION_SHOP] = true;
    return config;
}

/* Buckets of both sides, each in the order in which it tells them. */
struct logs {
    struct shop shops[SHOPS];
    struct settled_fact told[2][HOURS * SHOPS];
    size_t count[2];
};

/* Gives back 4 to 6 %, and on the last but one day of the first shop 30 %. */
static struct logs *logs_new(void)
{
    static const char *const names[SHOPS] = {"shop-a", "shop-b", "shop-c"};
    struct logs *logs = calloc(1, sizeof *logs);
    random_state = 7;
    for (uint64_t i = 0; i < SHOPS; i++)
        logs->shops[i] = (struct shop){.id = text_of(names[i]), .hash = i + 1};
    for (int hour = 0; hour < HOURS; hour++)
        for (int shop = 0; shop < SHOPS; shop++) {
            bool wave = shop == 0 && hour / 24 == DAYS - 2;
            double sold = 9000 + next_random(2000);
            for (int side = 0; side < 2; side++)
                logs->told[side][logs->count[side]++] =
                    (struct settled_fact){.shop = &logs->shops[shop],
                                          .start_us = START + hour * HOUR,
                                          .end_us = START + (hour + 1) * HOUR,
                                          .sum = side ? (double)(int64_t)(sold * (wave ? 0.3 : 0.04 + next_random(20) * 1e-3)) : sold,
                                          .given_back = side == 1};
        }
    return logs;
}

/* The side's next bucket; it has settled what ended with it once the shops' buckets of that hour are all told. */
static void tell(struct refund_rate *rate, const struct logs *logs, int side, size_t at, struct facts *facts)
{
    const struct settled_fact *told = &logs->told[side][at];
    refund_rate_take(rate, told);
    struct settled_until until = {told->end_us - (at % SHOPS == SHOPS - 1 ? 0 : HOUR), told->era};
    refund_rate_reach(rate, side == 1, until, origin_at((int64_t)at), facts);
}

/* Everything that was told of, whatever moved the time. */
struct story {
    size_t anomalies, incidents;
    double z;
    uint64_t digest;
};

static uint64_t digest_of(uint64_t digest, int64_t a, double b)
{
    uint64_t bits;
    memcpy(&bits, &b, sizeof b);
    return (digest ^ (uint64_t)a ^ bits) * UINT64_C(0x9e3779b97f4a7c15);
}

static struct story story_of(const struct facts *facts)
{
    struct story story = {facts->anomaly_count, facts->incident_count, 0, 0};
    for (size_t i = 0; i < facts->anomaly_count; i++)
        story.digest = digest_of(story.digest, facts->anomalies[i].window_start_us, facts->anomalies[i].z_raw);
    for (size_t i = 0; i < facts->incident_count; i++)
        story.digest = digest_of(story.digest, facts->incidents[i].last_us + facts->incidents[i].revision, facts->incidents[i].value);
    return story;
}

/* Takes the place of rate. */
static struct refund_rate *restored(struct refund_rate *rate, const struct engine_config *config)
{
    struct snapshot_writer writer = {.bytes_max = 1 << 24};
    struct snapshot_reader reader;
    snapshot_begin(&writer);
    refund_rate_save(rate, &writer);
    snapshot_seal(writer.bytes, writer.used, hash64);
    cr_assert_eq(snapshot_open(&reader, writer.bytes, writer.used, hash64), SNAPSHOT_GOOD);
    struct refund_rate *loaded = refund_rate_load(config, &reader);
    cr_assert(loaded);
    snapshot_done(&writer);
    cr_assert(!refund_rate_is_newer(loaded, rate) && !refund_rate_is_newer(rate, loaded));
    refund_rate_free(rate);
    return loaded;
}

/* Tells both sides to their ends, one ahead of the other as far as chance has it. restores: now and then the state is saved and restored, and
 * either side falls back behind it, each to a place of its own, and tells again what it has told. */
static struct story told_by_chance(const struct logs *logs, uint64_t seed, uint32_t run_max, bool restores)
{
    struct engine_config config = config_of();
    struct refund_rate *rate = refund_rate_new(&config);
    struct facts facts = sample_facts();
    size_t at[2] = {0};
    random_state = seed;
    while (at[0] < logs->count[0] || at[1] < logs->count[1]) {
        int side = (int)next_random(2);
        for (uint32_t run = 1 + next_random(run_max); run && at[side] < logs->count[side]; run--)
            tell(rate, logs, side, at[side]++, &facts);
        if (!restores || next_random(10))
            continue;
        rate = restored(rate, &config);
        for (int of = 0; of < 2; of++)
            at[of] -= next_random((uint32_t)(at[of] < 500 ? at[of] : 500) + 1);
    }
    refund_rate_free(rate);
    return story_of(&facts);
}

static void same(struct story a, struct story b)
{
    cr_assert_eq(a.anomalies, b.anomalies, "%zu anomalies, not %zu", b.anomalies, a.anomalies);
    cr_assert_eq(a.incidents, b.incidents);
    cr_assert_eq(a.digest, b.digest);
}

Test(refund_rate, a_day_on_which_far_more_comes_back_of_what_is_sold_is_told_as_one_incident)
{
    struct logs *logs = logs_new();
    struct engine_config config = config_of();
    struct refund_rate *rate = refund_rate_new(&config);
    struct facts facts = sample_facts();
    for (size_t i = 0; i < logs->count[0]; i++)
        for (int side = 0; side < 2; side++)
            tell(rate, logs, side, i, &facts);
    cr_assert_eq(facts.anomaly_count, 1);
    const struct anomaly_fact *anomaly = &facts.anomalies[0];
    cr_assert_eq(anomaly->metric, METRIC_REFUND_RATE);
    cr_assert(text_same(anomaly->shop->id, text_of("shop-a")));
    cr_assert_eq(anomaly->window_start_us, START + (DAYS - 2) * DAY);
    cr_assert_eq(anomaly->width_us, DAY);
    cr_assert_float_eq(anomaly->value, 0.3, 1e-4);
    cr_assert(anomaly->expected > 0.045 && anomaly->expected < 0.055, "%g", anomaly->expected);
    cr_assert(anomaly->above && anomaly->upper < 0.3);
    cr_assert_eq(facts.incidents[0].metric, METRIC_REFUND_RATE);
    cr_assert_eq(facts.incidents[0].status, INCIDENT_OPEN);
    char text[400];
    (void)snprintf(text, sizeof text, "%.*s", (int)facts.incidents[0].hypothesis.len, facts.incidents[0].hypothesis.ptr);
    cr_assert_str_eq(text, "refund_rate +504 % against expected; consistent with: refunds +509 %, higher gross -5 %");
    refund_rate_free(rate);
    free(logs);
}

Test(refund_rate, what_is_told_is_the_same_however_the_two_topics_interleave)
{
    struct logs *logs = logs_new();
    struct story expected = told_by_chance(logs, 1, 1, false);
    cr_assert_gt(expected.anomalies, 0);
    for (uint64_t seed = 2; seed < 30; seed++)
        same(expected, told_by_chance(logs, seed, seed % 3 ? 40 : 100000, false));
    free(logs);
}

Test(refund_rate, it_is_the_detector_fed_with_whole_days_of_both_sides)
{
    struct logs *logs = logs_new();
    struct engine_config config = config_of();
    struct detector_config detector_config = config.detector;
    struct bench direct = bench_of(detector_config, FEED_RATES);
    struct shop *shops[SHOPS];
    for (int i = 0; i < SHOPS; i++)
        shops[i] = shop_table_get(direct.shops, logs->shops[i].id, logs->shops[i].hash, sample_policy_free, NULL);
    static struct facts facts;
    facts = direct.facts;
    for (int day = 0; day < DAYS; day++) {
        int64_t start_us = START + day * DAY;
        (void)detector_advance(direct.detector, start_us, true, origin_at(0), &facts);
        for (int shop = 0; shop < SHOPS; shop++) {
            double sums[PART_COUNT] = {[PART_EVENTS] = 1};
            for (size_t i = 0; i < logs->count[0]; i++)
                if (logs->told[0][i].shop == &logs->shops[shop] && logs->told[0][i].start_us / DAY == start_us / DAY) {
                    sums[PART_GROSS] += logs->told[0][i].sum;
                    sums[PART_REFUNDED] += logs->told[1][i].sum;
                }
            const struct key key = {DIMENSION_SHOP, shops[shop], 0, {"", 0}};
            struct key_record *record = detector_key(direct.detector, &key, start_us);
            detector_add(direct.detector, DIMENSION_SHOP, record, start_us, sums, origin_at(0), &facts);
        }
    }
    (void)detector_advance(direct.detector, START + DAYS * DAY, true, origin_at(0), &facts);
    struct story expected = story_of(&facts);
    bench_done(&direct);
    same(expected, told_by_chance(logs, 5, 300, false));
    free(logs);
}

Test(refund_rate, a_day_of_which_one_side_has_not_told_all_is_left_out)
{
    struct logs *logs = logs_new();
    struct story whole = told_by_chance(logs, 1, 1, false);
    size_t kept = 0;
    for (size_t i = 0; i < logs->count[1]; i++) /* noon of the bad day was not judged */
        if (logs->told[1][i].start_us != START + ((DAYS - 2) * 24 + 12) * HOUR || i % SHOPS)
            logs->told[1][kept++] = logs->told[1][i];
    cr_assert_eq(kept, logs->count[1] - 1);
    struct engine_config config = config_of();
    struct refund_rate *rate = refund_rate_new(&config);
    struct facts facts = sample_facts();
    for (size_t i = 0; i < logs->count[0]; i++)
        tell(rate, logs, 0, i, &facts);
    for (size_t i = 0; i < kept; i++) {
        refund_rate_take(rate, &logs->told[1][i]);
        refund_rate_reach(rate, true, (struct settled_until){logs->told[1][i].start_us, 0}, origin_at(0), &facts);
    }
    cr_assert_eq(whole.anomalies, 1);
    cr_assert_eq(facts.anomaly_count, 0);
    refund_rate_free(rate);
    free(logs);
}

Test(refund_rate, a_state_goes_on_where_it_stood_though_both_sides_tell_some_of_it_again)
{
    struct logs *logs = logs_new();
    struct story expected = told_by_chance(logs, 1, 1, false);
    for (uint64_t seed = 1; seed < 20; seed++)
        same(expected, told_by_chance(logs, seed, 200, true));
    free(logs);
}

static uint64_t constant_hash(const void *bytes, size_t len)
{
    (void)bytes, (void)len;
    return 0;
}

/* Every checksum holds, so that what lies behind them is reached. */
Test(refund_rate, hostile_bytes_under_good_checksums_are_refused_or_harmless)
{
    struct logs *logs = logs_new();
    struct engine_config config = config_of();
    struct refund_rate *rate = refund_rate_new(&config);
    struct facts facts = sample_facts();
    struct snapshot_writer writer = {.bytes_max = 1 << 24};
    uint32_t refused = 0, tries = 2000;
    for (size_t i = 0; i < 2000; i++)
        tell(rate, logs, 0, i, &facts);
    snapshot_begin(&writer);
    refund_rate_save(rate, &writer);
    snapshot_seal(writer.bytes, writer.used, constant_hash);
    random_state = 3;
    for (uint32_t i = 0; i < tries; i++) {
        struct snapshot_reader reader;
        size_t len = i % 8 ? writer.used : next_random((uint32_t)writer.used);
        uint8_t *copy = malloc(len + 1);
        memcpy(copy, writer.bytes, len);
        for (uint32_t flips = 1 + next_random(3); flips && len > 16; flips--)
            copy[16 + next_random(i % 2 && len > 500 ? 400 : (uint32_t)len - 16)] ^= (uint8_t)(1u << next_random(8));
        bool opens = snapshot_open(&reader, copy, len, constant_hash) == SNAPSHOT_GOOD;
        struct refund_rate *loaded = opens ? refund_rate_load(&config, &reader) : NULL;
        facts = sample_facts();
        for (size_t at = 1900; loaded && at < 2100; at++)
            for (int side = 0; side < 2; side++)
                tell(loaded, logs, side, at, &facts);
        refused += !loaded;
        refund_rate_free(loaded);
        free(copy);
    }
    cr_assert_gt(refused, tries / 4);
    snapshot_done(&writer);
    refund_rate_free(rate);
    free(logs);
}

Test(refund_rate, a_side_whose_time_goes_back_begins_anew_from_there)
{
    struct logs *logs = logs_new();
    struct engine_config config = config_of();
    struct refund_rate *rate = refund_rate_new(&config);
    struct facts facts = sample_facts();
    struct settled_fact ahead = {.shop = &logs->shops[0], .start_us = START + 400 * DAY, .end_us = START + 400 * DAY + HOUR, .sum = 5};
    for (int side = 0; side < 2; side++) { /* a clock a year ahead, of both */
        ahead.given_back = side == 1;
        refund_rate_take(rate, &ahead);
        refund_rate_reach(rate, side == 1, (struct settled_until){START + 401 * DAY, 0}, origin_at(0), &facts);
    }
    for (int side = 0; side < 2; side++)
        for (size_t i = 0; i < logs->count[side]; i++)
            logs->told[side][i].era = 1;
    for (size_t i = 0; i < logs->count[0]; i++)
        for (int side = 0; side < 2; side++)
            tell(rate, logs, side, i, &facts);
    cr_assert_eq(facts.anomaly_count, 1);
    cr_assert_eq(facts.anomalies[0].window_start_us, START + (DAYS - 2) * DAY);
    refund_rate_free(rate);
    free(logs);
}
