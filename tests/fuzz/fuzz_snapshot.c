/*
 * Hostile states of an engine. An input is a whole snapshot (first byte even), or edits of a good one: offset (3 bytes), new byte. What is
 * held: no crash, no endless work; what is refused is refused whole, and an engine that was taken from it can be put to events.
 * Every checksum holds here, so that what lies behind them is reached.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/engine.h"
#include "support/sample.h"

#define EVENTS 160

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

static struct engine_config config;
static struct snapshot_writer base;

static uint64_t constant_hash(const void *bytes, size_t len)
{
    (void)bytes, (void)len;
    return 0;
}

static void apply(struct engine *engine, uint32_t number)
{
    struct order_line lines[2];
    char id[24], shop[24];
    (void)snprintf(shop, sizeof shop, "shop-%u", number % 3);
    (void)snprintf(id, sizeof id, "order-%u", number);
    struct facts facts = sample_facts();
    struct event event = sample_order(shop, id, lines, 2);
    if (number % 9 == 0)
        event = sample_ad_spend(shop, "campaign", 20454 + (int32_t)(number / 9), 1000 + number);
    else
        event.order.created_at_us += number * (SAMPLE_HOUR_US / 3);
    sample_seal(&event);
    facts.sequence = number + 1;
    (void)engine_apply(engine, &event, (struct origin){.offset = number}, -1, &facts);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc, (void)argv;
    config = (struct engine_config){.memory_orders = 64, .shops_max = 10, .policy_of = sample_policy_referral};
    detector_config_default(&config.detector);
    config.detector.keys_max = 64;
    struct engine *engine = engine_new(&config, true);
    if (!engine)
        abort();
    for (uint32_t number = 0; number < EVENTS; number++)
        apply(engine, number);
    base.bytes_max = 64 << 20;
    snapshot_begin(&base);
    engine_save(engine, &base);
    snapshot_seal(base.bytes, base.used, constant_hash);
    engine_free(engine);
    return base.failed;
}

static void run(const uint8_t *bytes, size_t len)
{
    struct snapshot_reader reader;
    if (snapshot_open(&reader, bytes, len, constant_hash) != SNAPSHOT_GOOD)
        return;
    struct engine *engine = engine_load(&config, &reader);
    for (uint32_t number = EVENTS; engine && number < EVENTS + 20; number++)
        apply(engine, number);
    engine_free(engine);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!size)
        return 0;
    if (data[0] % 2 == 0) {
        run(data + 1, size - 1);
        return 0;
    }
    uint8_t *bytes = malloc(base.used);
    if (!bytes)
        abort();
    memcpy(bytes, base.bytes, base.used);
    for (size_t at = 1; at + 4 <= size; at += 4)
        bytes[(data[at] | (size_t)data[at + 1] << 8 | (size_t)data[at + 2] << 16) % base.used] = data[at + 3];
    run(bytes, base.used);
    free(bytes);
    return 0;
}
