/*
 * The state of an engine with many keys: how long saving it holds up the thread that reads, how large it is, and how long it takes
 * until an engine goes on from it, read from PostgreSQL where TILLSTREAM_TEST_DSN names a superuser (a database of its own is made
 * there). bench_snapshot [KEYS]: prints a name and a value per line, the best of three rounds.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/hash.h"
#include "core/engine.h"
#include "postgres/pg_migrate.h"
#include "postgres/pg_sink.h"
#include "processor/batch.h"
#include "support/sample.h"
#include "support/temp_database.h"

#define ROUNDS 3
#define SHOPS 100
#define LINES 4
#define TIMES 16 /* each SKU is sold */

static double now_ms(void)
{
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return (double)at.tv_sec * 1e3 + (double)at.tv_nsec / 1e6;
}

static void fail(const char *text)
{
    (void)fprintf(stderr, "bench_snapshot: %s\n", text);
    exit(1);
}

static struct engine_config bench_config(uint32_t keys)
{
    struct engine_config config = {.memory_orders = 131072, .shops_max = 10000, .policy_of = sample_policy_referral};
    detector_config_default(&config.detector);
    config.detector.keys_max = keys * 2 + 10 * SHOPS;
    return config;
}

static struct engine *engine_with_keys(const struct engine_config *config, uint32_t keys)
{
    struct engine *engine = engine_new(config, true);
    if (!engine)
        fail("out of memory");
    for (uint32_t i = 0; i < keys * TIMES / LINES; i++) {
        struct order_line lines[LINES];
        char shop[24], id[24], skus[LINES][24];
        (void)snprintf(shop, sizeof shop, "shop-%u", i % SHOPS);
        (void)snprintf(id, sizeof id, "order-%u", i);
        struct event event = sample_order(shop, id, lines, LINES);
        for (uint32_t j = 0; j < LINES; j++) {
            (void)snprintf(skus[j], sizeof skus[j], "SKU-%07u", (i / SHOPS * LINES + j) * SHOPS % keys + i % SHOPS);
            lines[j].platform_sku = text_of(skus[j]);
            lines[j].unit_list_minor += i % 97;
        }
        event.order.created_at_us += i * INT64_C(1000000);
        sample_seal(&event);
        struct facts facts = sample_facts();
        facts.sequence = i + 1;
        if (engine_apply(engine, &event, (struct origin){.offset = i}, -1, &facts) != REASON_NONE)
            fail("an order was refused");
    }
    return engine;
}

struct figures {
    double first_ms, save_ms, seal_ms, load_ms;
};

static void less(double *best, double value)
{
    *best = *best == 0 || value < *best ? value : *best;
}

/* first_ms: into memory that the process has not touched yet, as a lane's first state is. */
static void measure_memory(const struct engine_config *config, const struct engine *engine, struct snapshot_writer *writer,
                           struct figures *best)
{
    snapshot_done(writer);
    for (int again = 0; again < 2; again++) {
        double start = now_ms();
        snapshot_begin(writer);
        engine_save(engine, writer);
        less(again ? &best->save_ms : &best->first_ms, now_ms() - start);
    }
    if (writer->failed)
        fail("the state is too large");
    double start = now_ms();
    snapshot_seal(writer->bytes, writer->used, hash64);
    less(&best->seal_ms, now_ms() - start);
    struct snapshot_reader reader;
    start = now_ms();
    if (snapshot_open(&reader, writer->bytes, writer->used, hash64) != SNAPSHOT_GOOD)
        fail("the state does not open");
    struct engine *copy = engine_load(config, &reader);
    less(&best->load_ms, now_ms() - start);
    if (!copy)
        fail("the state does not load");
    engine_free(copy);
}

struct restoring {
    const struct engine_config *config;
    struct engine *engine;
};

static bool restore(void *ctx, const struct stored_state *state)
{
    struct restoring *restoring = ctx;
    struct snapshot_reader reader;
    if (snapshot_open(&reader, state->bytes, state->len, hash64) == SNAPSHOT_GOOD)
        restoring->engine = engine_load(restoring->config, &reader);
    return restoring->engine != NULL;
}

static void must(enum sink_result result, const struct err *err)
{
    if (result != SINK_OK)
        fail(err->text);
}

/* Milliseconds of the slowest piece, and of all. */
static void store(struct sink *sink, const struct position *position, const struct snapshot_writer *writer, double *ret_slowest,
                  double *ret_all)
{
    struct batch *batch = batch_new();
    struct err err = {0};
    double start = now_ms();
    *ret_slowest = 0;
    for (uint32_t i = 0; i < state_piece_count(writer->used); i++) {
        struct write_counts counts = {0};
        double piece_start = now_ms();
        batch_reset(batch, i + 1, 0);
        batch_seal(batch);
        batch->advances[0] = (struct advance){*position, position->next_offset};
        batch->advance_count = 1;
        batch->state = (struct state_piece){.next_offset = position->next_offset, .bytes = writer->bytes, .len = writer->used, .index = i};
        must(sink->write(sink, batch, &counts, &err), &err);
        *ret_slowest = now_ms() - piece_start > *ret_slowest ? now_ms() - piece_start : *ret_slowest;
    }
    *ret_all = now_ms() - start;
    batch_free(batch);
}

static void measure_database(const struct engine_config *config, const struct snapshot_writer *writer)
{
    struct temp_database database = {0};
    if (!temp_database_make(&database))
        fail("no database could be made");
    const struct pg_settings settings = {.dsn = database.dsn};
    const struct pg_sink_config sink_config = {.dsn = database.dsn, .pipeline = "bench", .owner = "bench"};
    struct position position = {.topic = "orders"};
    struct err err = {0};
    if (!pg_migrate(&settings, NULL, NULL, &err))
        fail(err.text);
    struct sink *sink = pg_sink_open(&sink_config, &err);
    if (!sink)
        fail(err.text);
    must(sink->take_over(sink, &position, 1, &err), &err);
    must(sink->start_at(sink, &position, 7, &err), &err);
    position.next_offset = 7;
    double slowest, all;
    store(sink, &position, writer, &slowest, &all);
    double start = now_ms();
    struct restoring restoring = {.config = config};
    must(sink->load_states(sink, &position, restore, &restoring, &err), &err);
    if (!restoring.engine)
        fail("no state came back");
    printf("snapshot_store_ms %.1f\n", all);
    printf("snapshot_store_ms_slowest_piece %.1f\n", slowest);
    printf("snapshot_restore_ms %.1f\n", now_ms() - start);
    engine_free(restoring.engine);
    sink->close(sink);
    temp_database_drop(&database);
}

int main(int argc, char **argv)
{
    uint32_t keys = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 100000;
    struct engine_config config = bench_config(keys);
    struct engine *engine = engine_with_keys(&config, keys);
    struct snapshot_writer writer = {.bytes_max = SIZE_MAX / 2};
    struct detector_counters counters;
    struct figures best = {0};
    for (int round = 0; round < ROUNDS; round++)
        measure_memory(&config, engine, &writer, &best);
    engine_detector_counters(engine, &counters);
    printf("snapshot_keys %llu\n", (unsigned long long)counters.keys);
    printf("snapshot_bytes %zu\n", writer.used);
    printf("snapshot_pause_ms_first %.1f\n", best.first_ms);
    printf("snapshot_pause_ms %.1f\n", best.save_ms);
    printf("snapshot_seal_ms %.1f\n", best.seal_ms);
    printf("snapshot_load_ms %.1f\n", best.load_ms);
    if (getenv(TEST_DSN_VARIABLE))
        measure_database(&config, &writer);
    snapshot_done(&writer);
    engine_free(engine);
    return 0;
}
