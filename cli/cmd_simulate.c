/*
 * History at full speed, then live at a rate. The generator is pure; here are the encoder, the clock and Kafka.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/command.h"
#include "cli/record_output.h"
#include "common/log.h"
#include "common/stopping.h"
#include "producers/import_time.h"
#include "producers/sim_truth.h"
#include "schemas/wire.h"

#define DAY_US INT64_C(86400000000)
#define DEFAULT_START_DAY 20454 /* 2026-01-01 */
#define PROGRESS_EVERY_US 3000000

static const struct option_spec options[] = {
    {"seed", OPTION_COUNT, NULL, "N", "the same seed gives the same bytes (1)", 0, INT64_MAX},
    {"shops", OPTION_COUNT, NULL, "N", "number of shops, of very different size (5)", 1, SIM_SHOPS_MAX},
    {"days", OPTION_COUNT, NULL, "N", "days of history (30)", 0, 3660},
    {"orders", OPTION_COUNT, NULL, "N", "orders of the history, about (10000)", 0, 1000000000},
    {"start", OPTION_TEXT, NULL, "DATE", "first day, UTC (2026-01-01; with --rate so that the history ends today)", 0, 0},
    {"rate", OPTION_COUNT, NULL, "N", "then go on live with N events a second until stopped", 1, 1000000},
    {"truth", OPTION_TEXT, NULL, "FILE", "write exact totals and incidents of the history as JSON", 0, 0},
    {"duplicate-ppm", OPTION_COUNT, NULL, "N", "records sent twice, of a million (0)", 0, 1000000},
    {"late-ppm", OPTION_COUNT, NULL, "N", "records that arrive hours late (0)", 0, 1000000},
    {"malformed-ppm", OPTION_COUNT, NULL, "N", "broken records put in between (0)", 0, 1000000},
    {"refund-ppm", OPTION_COUNT, NULL, "N", "orders that have refunds, of a million that are sent to their buyers (85000)", 0, 1000000},
    {"leak-ppm", OPTION_COUNT, NULL, "N", "orders of a million that are charged beyond the rules when settled; of refunded ones ten times as many (5000)", 0, 1000000},
    {"incidents", OPTION_COUNT, NULL, "N", "price errors, drops, spikes, overspending to be found (0)", 0, SIM_INCIDENTS_MAX},
    {"lives", OPTION_TEXT, NULL, "KIND", "full: orders change status, come back and are settled, goods have costs; single: each once, as paid, with two lines (full)", 0, 0},
    {"out", OPTION_TEXT, NULL, "FILE", "write the records to FILE (- for stdout) instead of Kafka: u32 lengths of topic, key and value, then their bytes", 0, 0},
    {"brokers", OPTION_TEXT, "kafka.brokers", "LIST", "instead of kafka.brokers", 0, 0},
    {NULL, OPTION_FLAG, NULL, NULL, NULL, 0, 0},
};

struct simulation {
    struct invocation *invocation;
    struct simulator_config config;
    struct simulator *simulator;
    struct sim_truth *truth;
    struct wire_encoder *encoder;
    struct record_output output;
    uint8_t spoilt[65536];
    int64_t started_us, told_us;
};

static int64_t clock_us(clockid_t clock)
{
    struct timespec at;
    (void)clock_gettime(clock, &at); /* cannot fail for these clocks */
    return at.tv_sec * INT64_C(1000000) + at.tv_nsec / 1000;
}

static bool send_item(struct simulation *simulation, const struct sim_item *item, struct err *err)
{
    const uint8_t *bytes;
    size_t len;
    if (!wire_encode(simulation->encoder, item->event, &bytes, &len, err))
        return false;
    if (item->malformed != REASON_NONE && len + 8 < sizeof simulation->spoilt) {
        memcpy(simulation->spoilt, bytes, len);
        len = sim_spoil(item->malformed, simulation->spoilt, len);
        bytes = item->malformed == REASON_NULL_VALUE ? NULL : simulation->spoilt;
    }
    return record_output_send(&simulation->output, item->event->kind, item->event->shop_id, bytes, len, err);
}

static void tell_progress(struct simulation *simulation, const char *what)
{
    int64_t now_us = clock_us(CLOCK_MONOTONIC);
    if (now_us - simulation->told_us < PROGRESS_EVERY_US)
        return;
    simulation->told_us = now_us;
    log_info("%s: %" PRIu64 " records", what, simulation->output.sent);
}

static bool send_history(struct simulation *simulation, struct err *err)
{
    struct sim_item item;
    while (!atomic_load(stopping_flag()) && simulator_next(simulation->simulator, &item)) {
        if (simulation->truth)
            sim_truth_add(simulation->truth, &item);
        if (!send_item(simulation, &item, err))
            return false;
        if (simulation->output.sent % 4096 == 0)
            tell_progress(simulation, "history");
    }
    return record_output_flush(&simulation->output, err);
}

/* As many as are due by now, then a short sleep: a late tick is made up for. */
static bool send_live(struct simulation *simulation, int64_t rate, struct err *err)
{
    int64_t start_us = clock_us(CLOCK_MONOTONIC), sent = 0;
    log_info("live: %" PRId64 " events a second until stopped", rate);
    while (!atomic_load(stopping_flag())) {
        int64_t due = (clock_us(CLOCK_MONOTONIC) - start_us) * rate / 1000000;
        for (; sent < due && !atomic_load(stopping_flag()); sent++) {
            struct sim_item item;
            simulator_next_live(simulation->simulator, clock_us(CLOCK_REALTIME), &item);
            if (!send_item(simulation, &item, err))
                return false;
        }
        const struct timespec nap = {.tv_nsec = 5000000};
        (void)nanosleep(&nap, NULL); /* cut short by a signal: as good */
        tell_progress(simulation, "live");
    }
    return record_output_flush(&simulation->output, err);
}

static bool write_truth(struct simulation *simulation, const char *path, struct err *err)
{
    FILE *out = fopen(path, "w");
    bool written = out && sim_truth_write(simulation->truth, simulation->simulator, out);
    if (out && fclose(out) != 0)
        written = false;
    return written || err_set(err, ERR_FATAL, EXIT_CODE_UNAVAILABLE, "%s cannot be written: %m", path);
}

/* A live stream that is started again goes on; it does not send its history a second time. */
static bool history_wanted(struct simulation *simulation, struct err *err, bool *ret_wanted)
{
    bool empty = true;
    struct kafka_output *kafka = simulation->output.kafka;
    if (kafka && option_of(simulation->invocation, "rate")->given &&
        !kafka_output_is_empty(kafka, simulation->invocation->config->kafka.orders_topic, &empty, err))
        return false;
    if (!empty)
        log_info("the topic holds a history already: going on live");
    *ret_wanted = empty;
    return true;
}

static bool simulate(struct simulation *simulation, struct err *err)
{
    const char *truth_path = option_text(simulation->invocation, "truth", NULL);
    bool wanted;
    if (!history_wanted(simulation, err, &wanted))
        return false;
    if (wanted && !send_history(simulation, err))
        return false;
    if (wanted && truth_path && !write_truth(simulation, truth_path, err))
        return false;
    int64_t rate = option_count(simulation->invocation, "rate", 0);
    return !rate || send_live(simulation, rate, err);
}

static bool read_config(struct simulation *simulation, struct err *err)
{
    struct invocation *invocation = simulation->invocation;
    const char *start = option_text(invocation, "start", NULL), *lives = option_text(invocation, "lives", "full");
    int64_t days = option_count(invocation, "days", 30);
    simulation->config = (struct simulator_config){
        .seed = (uint64_t)option_count(invocation, "seed", 1),
        .shops = (uint32_t)option_count(invocation, "shops", 5),
        .days = (uint32_t)days,
        .orders = (uint64_t)option_count(invocation, "orders", 10000),
        .start_us = DEFAULT_START_DAY * DAY_US,
        .duplicate_ppm = (uint32_t)option_count(invocation, "duplicate-ppm", 0),
        .late_ppm = (uint32_t)option_count(invocation, "late-ppm", 0),
        .malformed_ppm = (uint32_t)option_count(invocation, "malformed-ppm", 0),
        .incidents = (uint32_t)option_count(invocation, "incidents", 0),
        .refund_ppm = (uint32_t)option_count(invocation, "refund-ppm", 85000),
        .leak_ppm = (uint32_t)option_count(invocation, "leak-ppm", 5000),
        .single_lives = strcmp(lives, "single") == 0,
    };
    if (strcmp(lives, "single") != 0 && strcmp(lives, "full") != 0)
        return err_set(err, ERR_FATAL, EXIT_CODE_USAGE, "--lives is full or single, not \"%s\"", lives);
    if (start && !import_date_iso(text_of(start), &simulation->config.start_us))
        return err_set(err, ERR_FATAL, EXIT_CODE_USAGE, "--start needs a date such as 2026-01-01, not \"%s\"", start);
    if (!start && option_of(invocation, "rate")->given)
        simulation->config.start_us = (clock_us(CLOCK_REALTIME) / DAY_US - days) * DAY_US;
    return true;
}

static bool prepare(struct simulation *simulation, struct err *err)
{
    if (!read_config(simulation, err))
        return false;
    simulation->simulator = simulator_new(&simulation->config, err);
    simulation->encoder = wire_encoder_new(err);
    if (option_of(simulation->invocation, "truth")->given)
        simulation->truth = sim_truth_new(&simulation->config);
    return simulation->simulator && simulation->encoder &&
           record_output_open(&simulation->output, simulation->invocation->config, option_text(simulation->invocation, "out", NULL), err);
}

static enum exit_code finish(struct simulation *simulation, bool good, struct err *err)
{
    double seconds = (double)(clock_us(CLOCK_MONOTONIC) - simulation->started_us) / 1e6;
    bool to_stdout = record_output_is_stdout(&simulation->output);
    good = record_output_close(&simulation->output, good ? err : NULL) && good;
    if (!good)
        log_error("%s", err->text);
    else if (!to_stdout)
        (void)printf("%" PRIu64 " records in %.1f s, %.0f a second\n", simulation->output.sent, seconds,
                     (double)simulation->output.sent / (seconds > 0 ? seconds : 1));
    sim_truth_free(simulation->truth);
    wire_encoder_free(simulation->encoder);
    simulator_free(simulation->simulator);
    return good ? EXIT_CODE_OK : err->exit_code;
}

static enum exit_code run_simulate(struct invocation *invocation)
{
    static struct simulation simulation; /* large, and there is one */
    struct err err = {0};
    stopping_install();
    simulation.invocation = invocation;
    simulation.started_us = clock_us(CLOCK_MONOTONIC);
    bool good = prepare(&simulation, &err) && simulate(&simulation, &err);
    return finish(&simulation, good, &err);
}

const struct command command_simulate = {
    .name = "simulate",
    .summary = "fill the topics with shops whose truth is known to the minor unit",
    .help = "Examples:\n"
            "  tillstream simulate --days 30 --orders 100000 --incidents 8 --truth truth.json\n"
            "  tillstream simulate --seed 7 --duplicate-ppm 10000 --late-ppm 10000 --malformed-ppm 1000\n"
            "  tillstream simulate --days 30 --orders 100000 --rate 50      a month up to today, then live until stopped\n"
            "  tillstream simulate --days 1 --out records.bin               the same bytes for the same seed, anywhere\n"
            "\n"
            "Sends orders, refunds, settlements, ad spend and the catalog of simulated shops to the topics of the configuration. Exit code 0; 64 usage; 69 Kafka is away.\n",
    .options = options,
    .needs_config = true,
    .run = run_simulate,
};
