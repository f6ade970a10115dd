/*
 * Real exports as events. A file is read and checked as a whole before its first record is sent.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>

#include "cli/command.h"
#include "cli/servers.h"
#include "common/log.h"
#include "common/stopping.h"
#include "producers/kafka_output.h"
#include "producers/uci_online_retail.h"
#include "schemas/wire.h"

#define TIMEOUT_MS 15000
#define PROGRESS_EVERY_US 3000000

static const struct option_spec options[] = {
    {"dry-run", OPTION_FLAG, NULL, NULL, "read, check and print totals; send nothing", 0, 0},
    {"out", OPTION_TEXT, NULL, "FILE", "write the records to FILE (- for stdout) instead of Kafka, as simulate --out does", 0, 0},
    {"brokers", OPTION_TEXT, "kafka.brokers", "LIST", "instead of kafka.brokers", 0, 0},
    {NULL, OPTION_FLAG, NULL, NULL, NULL, 0, 0},
};

struct import {
    const struct app_config *config;
    struct wire_encoder *encoder;
    struct kafka_output *output; /* one of the two; both NULL: dry run */
    FILE *file;
    uint64_t sent;
    int64_t started_us, told_us;
};

static int64_t clock_us(void)
{
    struct timespec at;
    (void)clock_gettime(CLOCK_MONOTONIC, &at); /* cannot fail for this clock */
    return at.tv_sec * INT64_C(1000000) + at.tv_nsec / 1000;
}

static gzFile open_file(const char *path)
{
    if (strcmp(path, "-") != 0)
        return gzopen(path, "rb");
    int copy = dup(STDIN_FILENO); /* closed with the gzFile */
    gzFile file = copy < 0 ? NULL : gzdopen(copy, "rb");
    if (!file && copy >= 0)
        (void)close(copy); /* it was only to be read */
    return file;
}

static struct uci_orders *read_file(const char *path, struct err *err)
{
    gzFile file = open_file(path);
    struct csv_reader *csv = malloc(sizeof *csv);
    struct uci_orders *orders = NULL;
    if (!file)
        (void)err_set(err, ERR_FATAL, EXIT_CODE_DATA, "%s cannot be read: %m", path);
    else if (!csv)
        (void)err_set(err, ERR_FATAL, EXIT_CODE_INTERNAL, "out of memory");
    else {
        csv_init(csv, csv_read_gzip, file, strcmp(path, "-") == 0 ? "stdin" : path);
        orders = uci_orders_read(csv, err);
    }
    free(csv);
    if (file)
        (void)gzclose_r(file); /* it was only read */
    return orders;
}

static bool write_record(FILE *out, const char *topic, struct text key, const uint8_t *value, size_t len, struct err *err)
{
    const uint32_t lengths[] = {(uint32_t)strlen(topic), key.len, (uint32_t)len};
    bool written = fwrite(lengths, sizeof lengths, 1, out) == 1 && fwrite(topic, lengths[0], 1, out) == 1 &&
                   fwrite(key.ptr, key.len, 1, out) == 1 && fwrite(value, len, 1, out) == 1;
    return written || err_set(err, ERR_FATAL, EXIT_CODE_UNAVAILABLE, "the records cannot be written: %m");
}

static bool send_event(struct import *import, const struct event *event, struct err *err)
{
    const char *topic = import->config->kafka.orders_topic;
    struct text key = event->shop_id;
    const uint8_t *bytes;
    size_t len;
    if (!wire_encode(import->encoder, event, &bytes, &len, err))
        return false;
    import->sent++;
    return import->file ? write_record(import->file, topic, key, bytes, len, err)
                        : kafka_output_send(import->output, topic, key.ptr, key.len, bytes, len, err);
}

static void tell_progress(struct import *import, uint64_t of)
{
    int64_t now_us = clock_us();
    if (now_us - import->told_us < PROGRESS_EVERY_US)
        return;
    import->told_us = now_us;
    log_info("import: %" PRIu64 " records, %" PRIu64 " in this file", import->sent, of);
}

static bool send_orders(struct import *import, struct uci_orders *orders, struct err *err)
{
    uint64_t count = uci_orders_totals(orders)->orders;
    for (uint64_t i = 0; i < count && !atomic_load(stopping_flag()); i++) {
        if (!send_event(import, uci_orders_event(orders, i), err))
            return false;
        tell_progress(import, count);
    }
    if (atomic_load(stopping_flag()))
        return err_set(err, ERR_RETRY, EXIT_CODE_AGAIN, "stopped after %" PRIu64 " records: import again, what was sent is then a duplicate",
                       import->sent);
    return !import->output || kafka_output_flush(import->output, err);
}

static void print_totals(const char *path, const struct uci_totals *totals)
{
    static const long long unit = 1000; /* tenths of a penny, UCI_AMOUNT_SCALE */
    long long gross = totals->gross_minor;
    (void)printf("%s: %" PRIu64 " orders, %" PRIu64 " lines, %" PRId64 " units, gross %s%lld.%03lld GBP\n", path,
                 totals->orders, totals->lines, totals->units, gross < 0 ? "-" : "", llabs(gross) / unit, llabs(gross) % unit);
}

static bool import_file(struct import *import, const char *path, struct err *err)
{
    struct uci_orders *orders = read_file(path, err);
    if (!orders)
        return false;
    bool good = (!import->output && !import->file) || send_orders(import, orders, err);
    if (good && import->file != stdout)
        print_totals(path, uci_orders_totals(orders));
    uci_orders_free(orders);
    return good;
}

static bool open_output(struct import *import, const char *path, struct err *err)
{
    import->encoder = wire_encoder_new(err);
    if (!import->encoder)
        return false;
    if (path) {
        import->file = strcmp(path, "-") == 0 ? stdout : fopen(path, "wb");
        return import->file || err_set(err, ERR_FATAL, EXIT_CODE_UNAVAILABLE, "%s cannot be written: %m", path);
    }
    const struct kafka_output_config config = {.kafka = kafka_settings_of(import->config), .timeout_ms = TIMEOUT_MS};
    const char *const topics[] = {import->config->kafka.orders_topic, import->config->kafka.ad_spend_topic, NULL};
    import->output = kafka_output_open(&config, topics, err);
    return import->output != NULL;
}

static bool import_all(struct invocation *invocation, struct import *import, struct err *err)
{
    if (strcmp(invocation->arguments[0], "uci-online-retail") != 0)
        return err_set(err, ERR_FATAL, EXIT_CODE_USAGE, "no format is called \"%s\"; there is: uci-online-retail", invocation->arguments[0]);
    if (option_flag(invocation, "dry-run") && option_of(invocation, "out")->given)
        return err_set(err, ERR_FATAL, EXIT_CODE_USAGE, "--dry-run sends nothing, so there is nothing for --out");
    if (!option_flag(invocation, "dry-run") && !open_output(import, option_text(invocation, "out", NULL), err))
        return false;
    for (size_t i = 1; i < invocation->argument_count; i++)
        if (!import_file(import, invocation->arguments[i], err))
            return false;
    return true;
}

static enum exit_code finish(struct import *import, bool good, struct err *err)
{
    double seconds = (double)(clock_us() - import->started_us) / 1e6;
    if (import->file && (import->file == stdout ? fflush(stdout) : fclose(import->file)) != 0 && good)
        good = err_set(err, ERR_FATAL, EXIT_CODE_UNAVAILABLE, "the records cannot be written: %m");
    if (!good)
        log_error("%s", err->text);
    else if (import->encoder && import->file != stdout)
        (void)printf("%" PRIu64 " records in %.1f s, %.0f a second\n", import->sent, seconds,
                     (double)import->sent / (seconds > 0 ? seconds : 1));
    kafka_output_close(import->output);
    wire_encoder_free(import->encoder);
    return good ? EXIT_CODE_OK : err->exit_code;
}

static enum exit_code run_import(struct invocation *invocation)
{
    struct import import = {.config = invocation->config, .started_us = clock_us()};
    struct err err = {0};
    stopping_install();
    import.told_us = import.started_us;
    bool good = import_all(invocation, &import, &err);
    return finish(&import, good, &err);
}

const struct command command_import = {
    .name = "import",
    .summary = "send a shop's export as events",
    .help = "Examples:\n"
            "  tillstream import uci-online-retail online_retail.csv.gz\n"
            "  tillstream import uci-online-retail --dry-run online_retail.csv     check the file and print its totals\n"
            "  tillstream import uci-online-retail --out records.bin online_retail.csv.gz  the same bytes for the same file, anywhere\n"
            "\n"
            "Arguments: FORMAT FILE...; a file may be compressed by gzip, - is stdin. A file is checked as a whole before anything of it is sent;\n"
            "importing it again, wholly or in part, changes nothing in the warehouse. Formats:\n"
            "  uci-online-retail   InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country; shop\n"
            "                      uci-online-retail, GBP in tenths of a penny, UTC\n"
            "Exit code 0; 64 usage; 65 a file is broken (file:line:column); 69 Kafka is away, or --out cannot be written; 75 stopped by a signal.\n",
    .options = options,
    .arguments_min = 2,
    .arguments_max = 1000,
    .needs_config = true,
    .run = run_import,
};
