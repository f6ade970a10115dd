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

static struct engine_config config_with(uint32_t memory_orders)
{
    struct engine_config config = {.memory_orders = memory_orders, .shops_max = 10, .policy_of = sample_policy_referral};
    detector_config_default(&config.detector);
    for (int metric = 0; metric < METRIC_COUNT; metric++)
        config.detector.metrics[metric].warm_up = 6;
    return config;
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

/* Of all that the engine says of an event, but for where in the batch it stands. Anomalies of one event are a set. */
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
    static const uint32_t memories[] = {100000, 400, 2048}; /* never full; many rotations; one */
    for (size_t i = 0; i < sizeof memories / sizeof *memories; i++) {
        struct engine_config config = config_with(memories[i]);
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

Test(engine_state, every_setting_of_the_statistics_is_in_the_fingerprint)
{
    struct engine_config base = config_with(1000), other = base;
    cr_assert_eq(engine_fingerprint(&base), engine_fingerprint(&other));
    other.memory_orders++;
    cr_assert_neq(engine_fingerprint(&base), engine_fingerprint(&other));
    other = base;
    other.detector.lateness_us++;
    cr_assert_neq(engine_fingerprint(&base), engine_fingerprint(&other));
    other = base;
    other.detector.keys_max++;
    cr_assert_neq(engine_fingerprint(&base), engine_fingerprint(&other));
}
