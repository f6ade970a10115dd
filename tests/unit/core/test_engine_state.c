/* A restored engine is the engine that was saved: put to the same events it says the same, whatever was saved where. */
#include "core/engine.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/hash.h"
#include "core/mix.h"
#include "support/sample.h"

#define EVENTS 1200
#define SEED 20260107u

static uint32_t random_state;

static uint32_t next_random(uint32_t below)
{
    random_state = random_state * 1664525u + 1013904223u;
    return (random_state >> 8) % below;
}

static struct engine_config config_of(uint32_t memory_orders, enum scorer_method method)
{
    struct engine_config config = {.memory_orders = memory_orders, .shops_max = 10, .policy_of = sample_policy_referral};
    detector_config_default(&config.detector);
    for (int metric = 0; metric < METRIC_COUNT; metric++)
    {
        struct scorer_config *scorer = &config.detector.metrics[metric].scorer;
        if (!metric_rule((enum metric)metric)->per_event)
            scorer_config_default(method, scorer->scale, scorer);
        scorer->window = metric_rule((enum metric)metric)->per_event ? scorer->window : 40;
        scorer->warm_up = SCORER_FIRST + 1;
    }
    config.detector.min_events = 2;
    return config;
}

static struct engine_config config_with(uint32_t memory_orders)
{
    return config_of(memory_orders, SCORER_SEASONAL);
}

/* Event number `number` of a fixed sequence: orders with revisions, redeliveries and spikes, and ad spend. */
static struct event event_of(uint32_t number, struct order_line *lines, char id[16])
{
    static const char *const shops[] = {"shop-a", "shop-b", "shop-c"};
    random_state = SEED + number * 977;
    (void)next_random(2);
    const char *shop = shops[next_random(3)];
    if (number % 40 == 0) {
        struct event spend = sample_ad_spend(shop, "campaign", 20454 + (int32_t)(number / 100), 1000 + next_random(900));
        spend.revision += next_random(5);
        return spend;
    }
    (void)snprintf(id, 16, "order-%u", number - next_random(number < 60 ? 1 : 60));
    struct event event = sample_order(shop, id, lines, 1 + next_random(3));
    event.order.created_at_us += number * (SAMPLE_HOUR_US / 12);
    event.revision = event.order.created_at_us + (int64_t)next_random(3) * SAMPLE_HOUR_US;
    event.order.status = (enum order_status)next_random(ORDER_STATUS_COUNT);
    lines[0].unit_list_minor = (1000 + next_random(4000)) * (number % 31 == 0 ? 30 : 1);
    sample_seal(&event);
    return event;
}

static void mix_double(struct mix *mix, double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    mix_two(mix, bits, 0);
}

/* Of all that the engine says of an event, but for where in the batch it stands. Anomalies and incidents of one event are sets. */
static uint64_t digest_of(const struct facts *facts, enum reason reason)
{
    uint64_t anomalies = 0;
    struct mix mix;
    for (size_t i = 0; i < facts->anomaly_count; i++) {
        const struct anomaly_fact *anomaly = &facts->anomalies[i];
        mix_init(&mix, anomaly->shop->hash);
        mix_two(&mix, anomaly->metric, anomaly->n);
        mix_two(&mix, (uint64_t)anomaly->window_start_us, (uint64_t)anomaly->severity);
        mix_text(&mix, anomaly->key);
        mix_double(&mix, anomaly->z_raw);
        mix_double(&mix, anomaly->expected);
        anomalies += mix_end(&mix);
    }
    for (size_t i = 0; i < facts->incident_count; i++) {
        const struct incident_fact *incident = &facts->incidents[i];
        mix_init(&mix, incident->shop->hash);
        mix_two(&mix, incident->metric, incident->revision);
        mix_two(&mix, (uint64_t)incident->opened_us, (uint64_t)incident->status << 32 | incident->bucket_count);
        mix_text(&mix, incident->key);
        mix_double(&mix, incident->z_calibrated);
        anomalies += mix_end(&mix);
    }
    mix_init(&mix, anomalies);
    mix_two(&mix, reason, facts->order_count);
    mix_two(&mix, facts->ad_spend_count, facts->order_count ? facts->orders[0].novelty : 0);
    return mix_end(&mix);
}

static uint64_t said_of(struct engine *engine, uint32_t number, uint64_t *anomalies)
{
    struct order_line lines[8];
    char id[16];
    struct event event = event_of(number, lines, id);
    struct facts facts = sample_facts();
    facts.sequence = number + 1;
    enum reason reason = engine_apply(engine, &event, (struct origin){.offset = number}, -1, &facts);
    *anomalies += facts.anomaly_count;
    return digest_of(&facts, reason);
}

static struct engine *restored(const struct engine_config *config, const struct engine *engine)
{
    struct snapshot_writer writer = {.bytes_max = 64 << 20};
    struct snapshot_reader reader;
    snapshot_begin(&writer);
    engine_save(engine, &writer);
    cr_assert_not(writer.failed);
    snapshot_seal(writer.bytes, writer.used, hash64);
    cr_assert_eq(snapshot_open(&reader, writer.bytes, writer.used, hash64), SNAPSHOT_GOOD);
    struct engine *copy = engine_load(config, &reader);
    snapshot_done(&writer);
    return copy;
}

Test(engine_state, a_restored_engine_says_of_every_later_event_what_the_saved_one_says)
{
    static const uint32_t memories[] = {100000, 400, 2048, 90}; /* never full; rotations; one; many */
    static const enum scorer_method methods[] = {SCORER_SEASONAL, SCORER_PLAIN, SCORER_EWMA, SCORER_ROBUST};
    for (size_t i = 0; i < sizeof memories / sizeof *memories; i++) {
        struct engine_config config = config_of(memories[i], methods[i]);
        struct engine *engine = engine_new(&config, true), *copy = NULL;
        uint64_t anomalies = 0, again = 0;
        for (uint32_t number = 0; number < EVENTS; number++) {
            if (number % 97 == 0) {
                struct engine *next = restored(&config, copy && number % 2 ? copy : engine);
                cr_assert(next, "after %u events", number);
                engine_free(copy);
                copy = next;
            }
            uint64_t said = said_of(engine, number, &anomalies);
            cr_assert_eq(said_of(copy, number, &again), said, "event %u, memory of %u", number, memories[i]);
        }
        cr_assert(anomalies > 15, "%lu", (unsigned long)anomalies);
        cr_assert_eq(again, anomalies);
        engine_free(copy);
        engine_free(engine);
    }
}

/* The checksum is put on after the damage: this is what only a careful reader refuses. */
Test(engine_state, hostile_bytes_under_a_good_checksum_are_refused_or_harmless)
{
    struct engine_config config = config_with(400);
    struct engine *engine = engine_new(&config, true);
    struct snapshot_writer writer = {.bytes_max = 64 << 20};
    uint64_t anomalies = 0;
    for (uint32_t number = 0; number < 500; number++)
        (void)said_of(engine, number, &anomalies);
    snapshot_begin(&writer);
    engine_save(engine, &writer);
    snapshot_seal(writer.bytes, writer.used, hash64);
    uint8_t *damaged = malloc(writer.used);
    uint32_t refused = 0, taken = 0;
    random_state = SEED;
    for (int round = 0; round < 3000; round++) {
        struct snapshot_reader reader;
        memcpy(damaged, writer.bytes, writer.used);
        for (uint32_t flips = 1 + next_random(4); flips > 0; flips--) {
            uint32_t at = 40 + next_random((uint32_t)writer.used - 40); /* behind the first section's length */
            damaged[at] ^= (uint8_t)(1u << next_random(8));
        }
        if (snapshot_open(&reader, damaged, writer.used, hash64) == SNAPSHOT_CUT)
            continue;
        snapshot_seal(damaged, writer.used, hash64);
        cr_assert_eq(snapshot_open(&reader, damaged, writer.used, hash64), SNAPSHOT_GOOD);
        struct engine *copy = engine_load(&config, &reader);
        refused += !copy;
        taken += copy != NULL;
        uint32_t state = random_state;
        for (uint32_t number = 500; copy && number < 530; number++)
            (void)said_of(copy, number, &anomalies);
        random_state = state;
        engine_free(copy);
    }
    cr_assert(refused > 100 && taken > 100, "%u refused, %u taken", refused, taken);
    free(damaged);
    snapshot_done(&writer);
    engine_free(engine);
}

Test(engine_state, every_setting_of_the_statistics_is_in_the_fingerprint)
{
    const struct engine_config base = config_with(1000);
    struct engine_config other = base;
    struct detector_metric_config *metric = &other.detector.metrics[METRIC_COUNT - 1];
    cr_assert_eq(engine_fingerprint(&base), engine_fingerprint(&other));
#define CHANGES(change)                                                                        \
    do {                                                                                       \
        other = base;                                                                          \
        change;                                                                                \
        cr_assert_neq(engine_fingerprint(&base), engine_fingerprint(&other), "%s", #change);  \
    } while (0)
    CHANGES(other.memory_orders++);
    CHANGES(other.detector.lateness_us++);
    CHANGES(other.detector.spend_lateness_us++);
    CHANGES(other.detector.forget_after_us++);
    CHANGES(other.detector.keys_max++);
    CHANGES(other.detector.min_events++);
    CHANGES(metric->enabled[DIMENSION_CAMPAIGN] ^= true);
    CHANGES(metric->alert_z += 1);
    CHANGES(metric->scorer.method = SCORER_PLAIN);
    CHANGES(metric->scorer.scale = SCALE_SIGNED_ROOT);
    CHANGES(metric->scorer.window++);
    CHANGES(metric->scorer.memory++);
    CHANGES(metric->scorer.tail_pace += 1);
    CHANGES(metric->scorer.warm_up++);
    CHANGES(metric->scorer.span++);
    CHANGES(metric->scorer.pace.hour += 1);
    CHANGES(metric->scorer.pace.weekday += 1);
    CHANGES(metric->scorer.clip_sd += 1);
    CHANGES(metric->scorer.floor_relative += 1);
    CHANGES(metric->scorer.floor_unit += 1);
    CHANGES(metric->scorer.last_z += 1);
    CHANGES(metric->scorer.mean_z += 1);
    CHANGES(metric->scorer.long_z += 1);
    CHANGES(metric->scorer.long_span++);
    CHANGES(metric->scorer.pace.in_proportion ^= true);
    CHANGES(metric->gate.direction = GATE_BELOW);
    CHANGES(metric->gate.rearm += 1);
    CHANGES(metric->gate.min_relative += 1);
    CHANGES(metric->gate.min_absolute += 1);
    CHANGES(metric->gate.refractory_us++);
    CHANGES(metric->gate.rearm_after++);
    CHANGES(metric->gate.settle_after++);
#undef CHANGES
}
