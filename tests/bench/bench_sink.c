/*
 * The PostgreSQL sink against plain binary COPY of the same order and line rows into the same keyed tables: what exactly
 * once, aggregates, positions and revisions cost. bench_sink [ORDERS]: needs the DSN of a superuser in TILLSTREAM_TEST_DSN and makes
 * a database of its own there. Prints name and value per line.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/engine.h"
#include "postgres/order_rows.h"
#include "postgres/pg_migrate.h"
#include "postgres/pg_sink.h"
#include "processor/batch.h"
#include "schemas/wire.h"
#include "support/order_stream.h"
#include "support/sample.h"
#include "support/temp_database.h"

#define ROUNDS 3
#define BATCH_ROWS 20000

struct batches {
    struct batch **items;
    size_t count, room;
    uint64_t orders;
    struct engine *engines[STREAM_PARTITIONS]; /* own the shops that facts point to */
};

static double now_s(void)
{
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return (double)at.tv_sec + (double)at.tv_nsec / 1e9;
}

static void fail(const char *text)
{
    (void)fprintf(stderr, "bench_sink: %s\n", text);
    exit(1);
}

static struct batch *next_batch(struct batches *batches, int64_t *offsets)
{
    if (batches->count == batches->room) {
        batches->room = batches->room ? batches->room * 2 : 64;
        batches->items = realloc(batches->items, batches->room * sizeof *batches->items);
    }
    struct batch *batch = batch_new();
    if (!batches->items || !batch)
        fail("out of memory");
    batch_reset(batch, batches->count + 1, 0);
    batch->advance_count = STREAM_PARTITIONS;
    for (int32_t i = 0; i < STREAM_PARTITIONS; i++)
        batch->advances[i] =
            (struct advance){.from = {.topic = "orders", .partition = i, .next_offset = offsets[i], .epoch = i + 1},
                             .next_offset = offsets[i]};
    return batches->items[batches->count++] = batch;
}

/* The order in which a consumer would meet the records: a bit of every partition in turn. */
static void make_batches(struct batches *batches, const struct order_stream *stream)
{
    struct err err = {0};
    struct engine_config config = {.memory_orders = 131072, .shops_max = 10000, .policy_of = sample_policy_referral};
    detector_config_default(&config.detector);
    struct wire_decoder *decoder = wire_decoder_new(&err);
    for (int i = 0; i < STREAM_PARTITIONS; i++)
        batches->engines[i] = engine_new(&config, true);
    int64_t offsets[STREAM_PARTITIONS] = {0};
    size_t left = stream->record_count;
    struct batch *batch = next_batch(batches, offsets);
    for (uint32_t slot = 0; left; slot = (slot + 1) % STREAM_PARTITIONS) {
        const struct scripted_log *log = &stream->logs[slot];
        for (int i = 0; i < 100 && (size_t)offsets[slot] < log->count; i++, left--) {
            const struct record *record = &log->records[offsets[slot]++];
            struct event *event = arena_alloc(&batch->arena, sizeof *event);
            if (wire_decode(decoder, TOPIC_ORDERS, record->key, record->key_len, record->value, record->value_len,
                            &batch->arena, event) != REASON_NONE)
                fail("a record of the stream was refused");
            (void)engine_apply(batches->engines[slot], event, (struct origin){.offset = record->offset, .slot = slot}, -1,
                               &batch->facts); /* duplicates leave no fact */
            batch->advances[slot].next_offset = offsets[slot];
        }
        if (batch->facts.row_count >= BATCH_ROWS || !left) {
            facts_seal(&batch->facts);
            batches->orders += batch->facts.order_count;
            if (left)
                batch = next_batch(batches, offsets);
        }
    }
    wire_decoder_free(decoder);
}

static const char empty_sql[] =
    "TRUNCATE warehouse.fact_orders, warehouse.fact_sales, warehouse.agg_daily_sales, warehouse.agg_product_base,"
    " warehouse.agg_product_delta, warehouse.dim_shop, tillstream.source_position, tillstream.rule_set; CHECKPOINT";

static struct sink *open_sink(const struct temp_database *database)
{
    struct err err = {0};
    struct pg_sink_config config = {
        .dsn = database->dsn, .pipeline = "bench", .owner = "bench", .application_name = "bench_sink"};
    struct sink *sink = pg_sink_open(&config, &err);
    if (!sink)
        fail(err.text);
    return sink;
}

/* Gives the batches the epochs and offsets of a take-over. */
static void take_over(struct sink *sink, struct batches *batches)
{
    struct err err = {0};
    struct position positions[STREAM_PARTITIONS];
    for (int32_t i = 0; i < STREAM_PARTITIONS; i++)
        positions[i] = (struct position){.topic = "orders", .partition = i};
    if (sink->take_over(sink, positions, STREAM_PARTITIONS, &err) != SINK_OK)
        fail(err.text);
    for (int32_t i = 0; i < STREAM_PARTITIONS; i++)
        if (positions[i].next_offset < 0 && sink->start_at(sink, &positions[i], 0, &err) != SINK_OK)
            fail(err.text);
    for (size_t i = 0; i < batches->count; i++)
        for (int32_t slot = 0; slot < STREAM_PARTITIONS; slot++)
            batches->items[i]->advances[slot].from.epoch = positions[slot].epoch;
}

static double write_all(struct sink *sink, struct batches *batches, struct write_counts *counts)
{
    struct err err = {0};
    double start = now_s();
    for (size_t i = 0; i < batches->count; i++)
        if (sink->write(sink, batches->items[i], counts, &err) != SINK_OK)
            fail(err.text);
    return now_s() - start;
}

static double bench_sink(struct temp_database *database, struct batches *batches)
{
    struct write_counts counts = {0};
    temp_database_must(database->conn, empty_sql);
    struct sink *sink = open_sink(database);
    take_over(sink, batches);
    double seconds = write_all(sink, batches, &counts);
    if (counts.orders_new != batches->orders || counts.fallbacks)
        fail("not every order was written once");
    sink->close(sink);
    return seconds;
}

static double bench_replay(struct temp_database *database, struct batches *batches)
{
    struct write_counts counts = {0};
    temp_database_must(database->conn, "DELETE FROM tillstream.source_position");
    struct sink *sink = open_sink(database);
    take_over(sink, batches);
    double seconds = write_all(sink, batches, &counts);
    if (counts.orders_duplicate != batches->orders)
        fail("not every order was found to be there");
    sink->close(sink);
    return seconds;
}

static void copy_rows(struct pg_link *link, const struct batch *batch, struct copy_buffer *buffer,
                      const struct shop_dim *dim, int64_t first_key, bool lines)
{
    struct pg_failure failure = {0};
    bool ok = pg_copy_begin(link, lines ? copy_sales_sql : copy_orders_sql, buffer, &failure);
    for (size_t i = 0; ok && i < batch->facts.order_count; i++) {
        const struct order_fact *fact = &batch->facts.orders[i];
        struct shop_dim shop = *dim;
        shop.shop_key = atoi(fact->shop->id.ptr + 5) + 1; /* shop-N */
        struct order_row row = {.fact = fact, .shop = &shop, .order_key = first_key + (int64_t)i, .rule_set = 1};
        if (lines)
            put_line_rows(buffer, &row, NULL);
        else
            put_order_row(buffer, &row, &batch->advances[fact->origin.slot].from);
        if (buffer->used >= 65536)
            ok = pg_copy_flush(link, buffer, &failure);
    }
    if (!ok || !pg_copy_end(link, buffer, &failure))
        fail(failure.text);
}

static double bench_plain(struct temp_database *database, const struct batches *batches)
{
    struct pg_failure failure = {0};
    struct pg_settings settings = {.dsn = database->dsn};
    struct pg_link link = {.settings = &settings};
    struct copy_buffer buffer = {0};
    const struct shop_dim dim = {.platform = text_of("tiktok_shop"), .market = text_of("US")};
    temp_database_must(database->conn, empty_sql);
    if (!pg_link_open(&link, &failure))
        fail(failure.text);
    int64_t key = 1;
    double start = now_s();
    for (size_t i = 0; i < batches->count; i++) {
        if (!pg_do(&link, "BEGIN", &failure))
            fail(failure.text);
        copy_rows(&link, batches->items[i], &buffer, &dim, key, false);
        copy_rows(&link, batches->items[i], &buffer, &dim, key, true);
        key += (int64_t)batches->items[i]->facts.order_count;
        if (!pg_do(&link, "COMMIT", &failure))
            fail(failure.text);
    }
    double seconds = now_s() - start;
    pg_link_close(&link);
    copy_buffer_done(&buffer);
    return seconds;
}

static double least(const double *seconds)
{
    double least = seconds[0];
    for (int i = 1; i < ROUNDS; i++)
        least = seconds[i] < least ? seconds[i] : least;
    return least;
}

static void run(struct temp_database *database, struct batches *batches)
{
    double plain[ROUNDS], sink[ROUNDS], replay[ROUNDS];
    for (int round = 0; round < ROUNDS; round++) {
        plain[round] = bench_plain(database, batches);
        sink[round] = bench_sink(database, batches);
        replay[round] = bench_replay(database, batches);
        (void)fprintf(stderr, "plain %.0f  sink %.0f  replay %.0f orders/s\n", (double)batches->orders / plain[round],
                      (double)batches->orders / sink[round], (double)batches->orders / replay[round]);
    }
    printf("plain_copy_orders_per_s %.0f\n", (double)batches->orders / least(plain));
    printf("sink_orders_per_s %.0f\n", (double)batches->orders / least(sink));
    printf("sink_of_plain_copy %.3f\n", least(plain) / least(sink));
    printf("sink_replay_orders_per_s %.0f\n", (double)batches->orders / least(replay));
    printf("sink_replay_of_first_load %.3f\n", least(sink) / least(replay));
}

int main(int argc, char **argv)
{
    struct temp_database database = {0};
    struct err err = {0};
    struct order_stream stream;
    struct batches batches = {0};
    if (!temp_database_make(&database))
        fail("set " TEST_DSN_VARIABLE " to the DSN of a superuser");
    struct pg_settings settings = {.dsn = database.dsn};
    if (!pg_migrate(&settings, NULL, NULL, &err))
        fail(err.text);
    order_stream_make(&stream, "orders", argc > 1 ? (uint32_t)atoi(argv[1]) : 200000, 1);
    make_batches(&batches, &stream);
    run(&database, &batches);
    for (size_t i = 0; i < batches.count; i++)
        batch_free(batches.items[i]);
    free(batches.items);
    for (int i = 0; i < STREAM_PARTITIONS; i++)
        engine_free(batches.engines[i]);
    order_stream_done(&stream);
    temp_database_drop(&database);
    return 0;
}
