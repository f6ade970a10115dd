/*
 * Real exports as events. All files are read, joined and checked before the first record is sent.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/command.h"
#include "cli/import_files.h"
#include "cli/import_report.h"
#include "cli/import_settings.h"
#include "cli/record_output.h"
#include "common/log.h"
#include "common/stopping.h"
#include "schemas/wire.h"

#define PROGRESS_EVERY_US 3000000
#define ARENA_KEPT_BYTES (4 * 1024 * 1024)

static const struct option_spec options[] = {
    {"shop", OPTION_TEXT, NULL, "ID", "the shop that the files are of, where the format does not say it", 0, 0},
    {"market", OPTION_TEXT, NULL, "CC", "its country, such as US: order of day and month in dates, currency", 0, 0},
    {"currency", OPTION_TEXT, NULL, "CCC", "its currency, such as USD, where neither files nor market say it", 0, 0},
    {"timezone", OPTION_TEXT, NULL, "ZONE", "of the files' local times (that of the shop in the configuration)", 0, 0},
    {"dry-run", OPTION_FLAG, NULL, NULL, "read, check and print totals and findings; send nothing", 0, 0},
    {"json", OPTION_FLAG, NULL, NULL, "totals and findings as one JSON object", 0, 0},
    {"out", OPTION_TEXT, NULL, "FILE", "write the records to FILE (- for stdout) instead of Kafka, as simulate --out does", 0, 0},
    {"brokers", OPTION_TEXT, "kafka.brokers", "LIST", "instead of kafka.brokers", 0, 0},
    {NULL, OPTION_FLAG, NULL, NULL, NULL, 0, 0},
};

struct import {
    const struct import_format *format;
    struct settled settled;
    struct import_files files;
    void *data; /* of the format */
    struct import_totals totals;
    struct wire_encoder *encoder;
    struct wire_decoder *decoder;
    struct arena arena;
    struct record_output output;
    int64_t started_us, told_us;
};

static int64_t clock_us(void)
{
    struct timespec at;
    (void)clock_gettime(CLOCK_MONOTONIC, &at); /* cannot fail for this clock */
    return at.tv_sec * INT64_C(1000000) + at.tv_nsec / 1000;
}

static void tell_progress(struct import *import, const char *what, uint64_t done, uint64_t of)
{
    int64_t now_us = clock_us();
    if (now_us - import->told_us < PROGRESS_EVERY_US)
        return;
    import->told_us = now_us;
    log_info("import: %s %" PRIu64 " of %" PRIu64 " records", what, done, of);
}

/* Nothing is sent that reading would refuse: the exporter's user can mend a file, the reader of a topic cannot. */
static bool check_event(struct import *import, const struct event *event, struct err *err)
{
    struct event decoded;
    const uint8_t *bytes;
    size_t len;
    struct text id = event->event_id, key = event->shop_id;
    if (!wire_encode(import->encoder, event, &bytes, &len, err))
        return false;
    arena_reset(&import->arena, ARENA_KEPT_BYTES);
    enum reason reason = wire_decode(import->decoder, event_topic_of(event->kind), (const uint8_t *)key.ptr, key.len, bytes, len, &import->arena, &decoded);
    return reason == REASON_NONE ||
           err_set(err, ERR_FATAL, EXIT_CODE_DATA, "the event \"%.*s\" would be refused: %s", (int)id.len, id.ptr, reason_name(reason));
}

static bool not_stopped(const char *what, uint64_t count, struct err *err)
{
    return !atomic_load(stopping_flag()) ||
           err_set(err, ERR_RETRY, EXIT_CODE_AGAIN,
                   "stopped after %" PRIu64 " records were %s: import again, what was sent is then a duplicate", count, what);
}

static bool check_events(struct import *import, struct err *err)
{
    uint64_t count = import->format->count(import->data);
    for (uint64_t i = 0; i < count; i++) {
        if (!not_stopped("checked", i, err) || !check_event(import, import->format->event(import->data, i), err))
            return false;
        tell_progress(import, "checked", i, count);
    }
    return true;
}

static bool read_all(struct import *import, struct err *err)
{
    import->data = import->format->open(&import->settled.settings, err);
    return import->data && import_files_read(&import->files, import->format, import->data, err) &&
           import->format->join(import->data, err) &&
           import_totals_make(import->format, import->data, import->settled.settings.zone, &import->totals, err) && check_events(import, err);
}

static bool send_event(struct import *import, const struct event *event, struct err *err)
{
    const uint8_t *bytes;
    size_t len;
    return wire_encode(import->encoder, event, &bytes, &len, err) &&
           record_output_send(&import->output, event->kind, event->shop_id, bytes, len, err);
}

static bool send_all(struct import *import, struct err *err)
{
    uint64_t count = import->format->count(import->data);
    for (uint64_t i = 0; i < count; i++) {
        if (!not_stopped("sent", i, err) || !send_event(import, import->format->event(import->data, i), err))
            return false;
        tell_progress(import, "sent", i, count);
    }
    return record_output_flush(&import->output, err);
}

static void report(const struct import *import, bool as_json)
{
    const struct import_report report = {.format = import->format,
                                         .settings = &import->settled.settings,
                                         .zone_name = import->settled.zone_name,
                                         .file_count = import->files.count,
                                         .totals = &import->totals,
                                         .findings = import->format->findings(import->data),
                                         .sent = import->output.sent};
    double seconds = (double)(clock_us() - import->started_us) / 1e6;
    import_report_findings(&report);
    if (record_output_is_stdout(&import->output))
        return;
    (as_json ? import_report_json : import_report_text)(&report, stdout);
    if (!as_json && import->output.sent)
        (void)printf("%" PRIu64 " records in %.1f s, %.0f a second\n", import->output.sent, seconds,
                     (double)import->output.sent / (seconds > 0 ? seconds : 1));
}

static bool prepare(struct invocation *invocation, struct import *import, struct err *err)
{
    bool dry_run = option_flag(invocation, "dry-run");
    import->format = import_format_find(invocation->arguments[0], err);
    if (!import->format)
        return false;
    if (dry_run && option_of(invocation, "out")->given)
        return err_set(err, ERR_FATAL, EXIT_CODE_USAGE, "--dry-run sends nothing, so there is nothing for --out");
    if (!import_settings_make(&import->settled, invocation, import->format, err) ||
        !import_files_list(&import->files, invocation->arguments + 1, invocation->argument_count - 1, err))
        return false;
    import->encoder = wire_encoder_new(err);
    import->decoder = import->encoder ? wire_decoder_new(err) : NULL;
    return import->decoder != NULL;
}

static bool import_all(struct invocation *invocation, struct import *import, struct err *err)
{
    if (!prepare(invocation, import, err) || !read_all(import, err))
        return false;
    bool sends = !option_flag(invocation, "dry-run");
    const char *path = option_text(invocation, "out", NULL);
    if (sends && (!record_output_open(&import->output, invocation->config, path, err) || !send_all(import, err)))
        return false;
    report(import, option_flag(invocation, "json"));
    return true;
}

static enum exit_code run_import(struct invocation *invocation)
{
    static struct import import; /* large, and there is one */
    struct err err = {0};
    stopping_install();
    arena_init(&import.arena);
    import.started_us = import.told_us = clock_us();
    bool good = import_all(invocation, &import, &err);
    good = record_output_close(&import.output, good ? &err : NULL) && good;
    if (!good)
        log_error("%s", err.text);
    if (import.data)
        import.format->close(import.data);
    wire_encoder_free(import.encoder);
    wire_decoder_free(import.decoder);
    arena_done(&import.arena);
    import_files_done(&import.files);
    return good ? EXIT_CODE_OK : err.exit_code;
}

const struct command command_import = {
    .name = "import",
    .summary = "send a shop's export as events",
    .help = "Examples:\n"
            "  tillstream import uci-online-retail online_retail.csv.gz\n"
            "  tillstream import olist --dry-run olist_sample/             read a folder, print its totals and what does not fit\n"
            "  tillstream import olist --dry-run --json orders.csv items.csv payments.csv\n"
            "  tillstream import tiktok-orders --shop my-shop --market US --timezone America/Los_Angeles \"All order.csv\"\n"
            "  tillstream import tiktok-settlement --dry-run --shop my-shop --market US statement.csv    its totals per column and type\n"
            "  tillstream import tiktok-affiliate --shop my-shop --market US \"All order.csv\" \"Affiliate orders.csv\"    orders with creators\n"
            "  tillstream import shopify-orders --shop my-shop --market US orders_export_1.csv orders_export_2.csv\n"
            "  tillstream import uci-online-retail --out records.bin online_retail.csv.gz  the same bytes for the same file, anywhere\n"
            "\n"
            "Arguments: FORMAT FILE...; a folder stands for its .csv and .csv.gz, a file may be compressed by gzip, - is stdin. All files\n"
            "are read and checked before anything is sent; importing them again, wholly or in part, changes nothing in the warehouse. What\n"
            "does not fit but is booked all the same is a finding. A buyer is known by a hash, never by name. Formats:\n"
            "  uci-online-retail   InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country; shop\n"
            "                      uci-online-retail, GBP in tenths of a penny, UTC\n"
            "  olist               the files of orders, items and payments of Olist, with those of customers, products and category names\n"
            "                      where they are given; shop olist (--shop), BRL, America/Sao_Paulo\n"
            "  tiktok-orders       the order export of TikTok Shop's Seller Center in English, Indonesian, Vietnamese or Thai; --shop is\n"
            "                      needed, --market where dates and amounts do not show it; times are local, of the shop's zone in the\n"
            "                      configuration or of --timezone\n"
            "  tiktok-settlement   the settlement export (\"Order details\") of the United States, the United Kingdom or South East Asia: a\n"
            "                      line per row under the platform's own names, unknown columns too; totals per column, and sums that do\n"
            "                      not meet as findings; --shop is needed, --market as above\n"
            "  tiktok-affiliate    the affiliate order export together with the order exports it belongs to, in any order: what\n"
            "                      tiktok-orders makes of the latter, with creators, rates and actual commissions in the orders\n"
            "  shopify-orders      the order export of Shopify's admin; --shop and --market are needed; orders whose Source is TikTok are\n"
            "                      mirrors\n"
            "What an order export says was given back is a refund: of the units that came back, else shared over the lines; what is left is its\n"
            "discrepancy.\n"
            "Exit code 0; 64 usage; 65 a file is broken (file:line:column); 69 Kafka is away, or --out cannot be written; 75 stopped by a\n"
            "signal.\n",
    .options = options,
    .arguments_min = 2,
    .arguments_max = 256,
    .needs_config = true,
    .run = run_import,
};
