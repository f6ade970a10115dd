/*
 * Real exports as events. A file is read and checked as a whole before its first record is sent.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <zlib.h>

#include "cli/command.h"
#include "cli/servers.h"
#include "common/log.h"
#include "common/stopping.h"
#include "producers/kafka_output.h"
#include "producers/uci_online_retail.h"
#include "schemas/wire.h"

#define TIMEOUT_MS 15000
#define PROGRESS_RECORDS 100000

static const struct option_spec options[] = {
    {"dry-run", OPTION_FLAG, NULL, NULL, "read, check and print totals; send nothing", 0, 0},
    {"brokers", OPTION_TEXT, "kafka.brokers", "LIST", "instead of kafka.brokers", 0, 0},
    {NULL, OPTION_FLAG, NULL, NULL, NULL, 0, 0},
};

struct import {
    const struct app_config *config;
    struct wire_encoder *encoder;
    struct kafka_output *output; /* NULL: dry run */
    uint64_t sent;
};

static int read_gzip(void *ctx, uint8_t *bytes, unsigned size)
{
    return gzread(ctx, bytes, size); /* a file that is not compressed is read as it is */
}

static struct uci_orders *read_file(const char *path, struct err *err)
{
    gzFile file = gzopen(path, "rb");
    struct csv_reader *csv = malloc(sizeof *csv);
    struct uci_orders *orders = NULL;
    if (!file)
        (void)err_set(err, ERR_FATAL, EXIT_CODE_DATA, "%s cannot be read: %m", path);
    else if (!csv)
        (void)err_set(err, ERR_FATAL, EXIT_CODE_INTERNAL, "out of memory");
    else {
        csv_init(csv, read_gzip, file, path);
        orders = uci_orders_read(csv, err);
    }
    free(csv);
    if (file)
        (void)gzclose_r(file); /* it was only read */
    return orders;
}

static bool send_orders(struct import *import, struct uci_orders *orders, struct err *err)
{
    uint64_t count = uci_orders_totals(orders)->orders;
    for (uint64_t i = 0; i < count && !atomic_load(stopping_flag()); i++) {
        const struct event *event = uci_orders_event(orders, i);
        const uint8_t *bytes;
        size_t len;
        if (!wire_encode(import->encoder, event, &bytes, &len, err) ||
            !kafka_output_send(import->output, import->config->kafka.orders_topic, event->shop_id.ptr, event->shop_id.len, bytes, len, err))
            return false;
        if (++import->sent % PROGRESS_RECORDS == 0)
            log_info("%" PRIu64 " records", import->sent);
    }
    if (atomic_load(stopping_flag()))
        return err_set(err, ERR_RETRY, EXIT_CODE_AGAIN, "stopped after %" PRIu64 " records: import again, what was sent is then a duplicate",
                       import->sent);
    return kafka_output_flush(import->output, err);
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
    bool good = !import->output || send_orders(import, orders, err);
    if (good)
        print_totals(path, uci_orders_totals(orders));
    uci_orders_free(orders);
    return good;
}

static bool open_output(struct import *import, struct err *err)
{
    const struct kafka_output_config config = {.kafka = kafka_settings_of(import->config), .timeout_ms = TIMEOUT_MS};
    const char *const topics[] = {import->config->kafka.orders_topic, import->config->kafka.ad_spend_topic, NULL};
    import->encoder = wire_encoder_new(err);
    import->output = import->encoder ? kafka_output_open(&config, topics, err) : NULL;
    return import->output != NULL;
}

static bool import_all(struct invocation *invocation, struct import *import, struct err *err)
{
    if (strcmp(invocation->arguments[0], "uci-online-retail") != 0)
        return err_set(err, ERR_FATAL, EXIT_CODE_USAGE, "no format is called \"%s\"; there is: uci-online-retail", invocation->arguments[0]);
    if (!option_flag(invocation, "dry-run") && !open_output(import, err))
        return false;
    for (size_t i = 1; i < invocation->argument_count; i++)
        if (!import_file(import, invocation->arguments[i], err))
            return false;
    return true;
}

static enum exit_code run_import(struct invocation *invocation)
{
    struct import import = {.config = invocation->config};
    struct err err = {0};
    stopping_install();
    bool good = import_all(invocation, &import, &err);
    if (!good)
        log_error("%s", err.text);
    else if (import.output)
        (void)printf("%" PRIu64 " records sent\n", import.sent);
    kafka_output_close(import.output);
    wire_encoder_free(import.encoder);
    return good ? EXIT_CODE_OK : err.exit_code;
}

const struct command command_import = {
    .name = "import",
    .summary = "send a shop's export as events",
    .help = "Examples:\n"
            "  tillstream import uci-online-retail online_retail.csv.gz\n"
            "  tillstream import uci-online-retail --dry-run online_retail.csv     check the file and print its totals\n"
            "\n"
            "Arguments: FORMAT FILE...; a file may be compressed by gzip. A file is checked as a whole before anything of it is sent;\n"
            "importing it again, wholly or in part, changes nothing in the warehouse. Formats:\n"
            "  uci-online-retail   InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country; shop\n"
            "                      uci-online-retail, GBP in tenths of a penny, UTC\n"
            "Exit code 0; 64 usage; 65 a file is broken (file:line:column); 69 Kafka is away; 75 stopped by a signal.\n",
    .options = options,
    .arguments_min = 2,
    .arguments_max = 1000,
    .needs_config = true,
    .run = run_import,
};
