#include "cli/import_report.h"

#include <inttypes.h>
#include <stddef.h>
#include <string.h>

#include "common/log.h"
#include "schemas/event_rules.h"
#include "schemas/utf8.h"

#define SHOWN_OF_A_KIND 50

struct total {
    const char *name;
    int64_t amount;
    bool is_money;
};

#define TOTALS_MAX 16

static size_t list_orders(const struct import_totals *totals, struct total *ret_list)
{
    const struct total list[] = {{"orders", (int64_t)totals->orders, false},
                                 {"orders_without_lines", (int64_t)totals->orders_without_lines, false},
                                 {"repeated_orders", (int64_t)totals->repeated_orders, false},
                                 {"lines", (int64_t)totals->lines, false},
                                 {"units", totals->units, false},
                                 {"gross", totals->gross_minor, true},
                                 {"seller_discount", totals->seller_discount_minor, true},
                                 {"platform_discount", totals->platform_discount_minor, true},
                                 {"payment_platform_discount", totals->payment_platform_discount_minor, true},
                                 {"shipping", totals->shipping_minor, true},
                                 {"buyer_fees", totals->buyer_fees_minor, true},
                                 {"tax", totals->tax_minor, true},
                                 {"customer_total", totals->customer_total_minor, true},
                                 {"actual_commission", totals->actual_commission_minor, true}};
    memcpy(ret_list, list, sizeof list);
    return sizeof list / sizeof *list;
}

static size_t list_refunds(const struct import_totals *totals, struct total *ret_list)
{
    const struct total list[] = {{"refunds", (int64_t)totals->refunds, false},
                                 {"repeated_refunds", (int64_t)totals->repeated_refunds, false},
                                 {"refund_goods", totals->refund_goods_minor, true},
                                 {"refund_tax", totals->refund_tax_minor, true},
                                 {"refund_shipping", totals->refund_shipping_minor, true},
                                 {"refund_discrepancy", totals->refund_discrepancy_minor, true}};
    memcpy(ret_list, list, sizeof list);
    return sizeof list / sizeof *list;
}

static size_t list_settlements(const struct import_totals *totals, struct total *ret_list)
{
    const struct total list[] = {{"settlement_lines", (int64_t)totals->settlements, false},
                                 {"repeated_settlement_lines", (int64_t)totals->repeated_settlements, false},
                                 {"total_settlement_amount", totals->settled_minor, true},
                                 {"sum_of_rows", totals->settled_rows_minor, true}};
    memcpy(ret_list, list, sizeof list);
    return sizeof list / sizeof *list;
}

typedef size_t list_maker(const struct import_totals *totals, struct total *ret_list);

/* What an import may hold, kind by kind, and how many it holds of each. */
static const struct {
    list_maker *list;
    size_t offset; /* of the uint64_t that counts them */
} kinds[] = {{list_orders, offsetof(struct import_totals, orders)},
             {list_refunds, offsetof(struct import_totals, refunds)},
             {list_settlements, offsetof(struct import_totals, settlements)}};
#define KIND_COUNT (sizeof kinds / sizeof *kinds)

static bool has_kind(const struct import_totals *totals, size_t kind)
{
    uint64_t count;
    memcpy(&count, (const char *)totals + kinds[kind].offset, sizeof count);
    return count > 0;
}

static size_t list_flags(const struct import_totals *totals, struct total *ret_list)
{
    const struct total list[] = {{"samples", (int64_t)totals->samples, false},
                                 {"replacements", (int64_t)totals->replacements, false},
                                 {"tests", (int64_t)totals->tests, false},
                                 {"mirrors", (int64_t)totals->mirrors, false},
                                 {"cash_on_delivery", (int64_t)totals->cod, false},
                                 {"affiliates", (int64_t)totals->affiliates, false},
                                 {"actual_commissions", (int64_t)totals->actual_commissions, false}};
    memcpy(ret_list, list, sizeof list);
    return sizeof list / sizeof *list;
}

void write_amount(FILE *out, int64_t amount_minor, int32_t scale)
{
    uint64_t amount = amount_minor < 0 ? -(uint64_t)amount_minor : (uint64_t)amount_minor, unit = 1;
    for (int32_t i = 0; i < scale; i++)
        unit *= 10;
    (void)fprintf(out, "%s%" PRIu64, amount_minor < 0 ? "-" : "", amount / unit);
    if (scale)
        (void)fprintf(out, ".%0*" PRIu64, scale, amount % unit);
}

static void write_total(FILE *out, const struct total *total, int32_t scale)
{
    if (total->is_money)
        write_amount(out, total->amount, scale);
    else
        (void)fprintf(out, "%" PRId64, total->amount);
}

static void print_counts(const char *what, const struct total *list, size_t count, FILE *out)
{
    bool first = true;
    for (size_t i = 0; i < count; i++) {
        if (!list[i].amount)
            continue;
        (void)fprintf(out, "%s%s %" PRId64, first ? what : ", ", list[i].name, list[i].amount);
        first = false;
    }
    if (!first)
        (void)fputc('\n', out);
}

static size_t list_statuses(const struct import_totals *totals, struct total *ret_list)
{
    for (size_t i = 0; i < ORDER_STATUS_COUNT; i++)
        ret_list[i] = (struct total){order_status_symbols[i], (int64_t)totals->by_status[i], false};
    return ORDER_STATUS_COUNT;
}

static void print_totals(const struct total *list, size_t count, int32_t scale, FILE *out)
{
    for (size_t i = 0; i < count; i++) {
        (void)fprintf(out, "  %-26s", list[i].name);
        write_total(out, &list[i], scale);
        (void)fputc('\n', out);
    }
}

/* Names are text of the file: nothing in them may move a terminal's cursor. */
static void print_name(const char *name, FILE *out)
{
    for (; *name; name++)
        (void)fputc((unsigned char)*name < 0x20 || *name == 0x7f ? '?' : *name, out);
}

static void print_named(const char *what, const struct named_total *list, size_t count, int32_t scale, FILE *out)
{
    for (size_t i = 0; i < count; i++) {
        (void)fprintf(out, "  %s ", what);
        print_name(list[i].name, out);
        (void)fprintf(out, " (%s, %" PRIu64 " lines): ", list[i].class, list[i].count);
        write_amount(out, list[i].amount_minor, scale);
        (void)fputc('\n', out);
    }
}

void import_report_text(const struct import_report *report, FILE *out)
{
    struct total list[TOTALS_MAX];
    const struct import_totals *totals = report->totals;
    (void)fprintf(out, "%s: %zu file%s of shop %.*s, amounts in %s, local times of %s\n", report->format->name, report->file_count,
                  report->file_count == 1 ? "" : "s", (int)report->settings->shop_id.len, report->settings->shop_id.ptr,
                  totals->currency[0] ? totals->currency : "no currency", report->zone_name);
    for (size_t kind = 0; kind < KIND_COUNT; kind++)
        if (has_kind(totals, kind))
            print_totals(list, kinds[kind].list(totals, list), totals->amount_scale, out);
    print_named("column", totals->columns, totals->column_count, totals->amount_scale, out);
    print_named("type", totals->types, totals->type_count, totals->amount_scale, out);
    print_counts("  status: ", list, list_statuses(totals, list), out);
    print_counts("  marked: ", list, list_flags(totals, list), out);
    for (size_t i = 0; i < report->findings->kind_count; i++) {
        const struct finding_kind *kind = &report->findings->kinds[i];
        (void)fprintf(out, "  findings: %s %" PRIu64 "%s", kind->code, kind->count, kind->amount_minor ? ", in all " : "");
        if (kind->amount_minor)
            write_amount(out, kind->amount_minor, totals->amount_scale);
        (void)fputc('\n', out);
    }
}

static void write_string(FILE *out, struct text text)
{
    /* The name of a file may be any bytes, JSON may not. */
    bool is_text = utf8_check((const uint8_t *)text.ptr, text.len) == REASON_NONE;
    (void)fputc('"', out);
    for (uint32_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        if (c == '"' || c == '\\')
            (void)fprintf(out, "\\%c", c);
        else if (c < 0x20)
            (void)fprintf(out, "\\u%04x", c);
        else
            (void)fputc(c < 0x80 || is_text ? c : '?', out);
    }
    (void)fputc('"', out);
}

static void write_name(FILE *out, const char *string)
{
    write_string(out, (struct text){string, (uint32_t)strlen(string)});
}

/* Amounts are strings: a reader's floating point must not round them. */
static void write_members(const struct total *list, size_t count, int32_t scale, FILE *out)
{
    for (size_t i = 0; i < count; i++) {
        (void)fprintf(out, "%s\"%s\": %s", i ? ", " : "", list[i].name, list[i].is_money ? "\"" : "");
        write_total(out, &list[i], scale);
        (void)fputs(list[i].is_money ? "\"" : "", out);
    }
}

static void write_named(const char *what, const struct named_total *list, size_t count, int32_t scale, FILE *out)
{
    (void)fprintf(out, ", \"%s\": {", what);
    for (size_t i = 0; i < count; i++) {
        (void)fputs(i ? ", " : "", out);
        write_name(out, list[i].name);
        (void)fprintf(out, ": {\"class\": \"%s\", \"lines\": %" PRIu64 ", \"amount\": \"", list[i].class, list[i].count);
        write_amount(out, list[i].amount_minor, scale);
        (void)fputs("\"}", out);
    }
    (void)fputc('}', out);
}

static void write_kinds(const struct import_report *report, FILE *out)
{
    (void)fputs(", \"finding_kinds\": {", out);
    for (size_t i = 0; i < report->findings->kind_count; i++) {
        const struct finding_kind *kind = &report->findings->kinds[i];
        (void)fprintf(out, "%s\"%s\": {\"count\": %" PRIu64 ", \"amount\": \"", i ? ", " : "", kind->code, kind->count);
        write_amount(out, kind->amount_minor, report->totals->amount_scale);
        (void)fputs("\"}", out);
    }
    (void)fputc('}', out);
}

static void write_findings(const struct import_report *report, FILE *out)
{
    (void)fputs(", \"findings\": [", out);
    for (size_t i = 0; i < report->findings->kept; i++) {
        const struct finding *finding = &report->findings->items[i];
        (void)fprintf(out, "%s{\"code\": \"%s\", \"order_id\": ", i ? ", " : "", finding->code);
        write_string(out, finding->order_id);
        (void)fputs(", \"file\": ", out);
        write_name(out, finding->file);
        (void)fprintf(out, ", \"line\": %" PRIu32 ", \"amount\": ", finding->line);
        (void)fputs(finding->amount_minor == EVENT_ABSENT ? "null" : "\"", out);
        if (finding->amount_minor != EVENT_ABSENT) {
            write_amount(out, finding->amount_minor, report->totals->amount_scale);
            (void)fputc('"', out);
        }
        (void)fputs(", \"text\": ", out);
        write_string(out, finding->text);
        (void)fputc('}', out);
    }
    (void)fputc(']', out);
}

void import_report_json(const struct import_report *report, FILE *out)
{
    struct total list[TOTALS_MAX];
    (void)fputs("{\"format\": ", out);
    write_name(out, report->format->name);
    (void)fputs(", \"shop_id\": ", out);
    write_string(out, report->settings->shop_id);
    (void)fprintf(out, ", \"currency\": \"%s\", \"timezone\": \"%s\", \"files\": %zu, \"sent\": %" PRIu64 ", \"totals\": {",
                  report->totals->currency, report->zone_name, report->file_count, report->sent);
    for (size_t kind = 0; kind < KIND_COUNT; kind++) {
        (void)fputs(kind ? ", " : "", out);
        write_members(list, kinds[kind].list(report->totals, list), report->totals->amount_scale, out);
    }
    (void)fputs("}, \"status\": {", out);
    write_members(list, list_statuses(report->totals, list), 0, out);
    (void)fputs("}, \"marked\": {", out);
    write_members(list, list_flags(report->totals, list), 0, out);
    (void)fputc('}', out);
    write_named("columns", report->totals->columns, report->totals->column_count, report->totals->amount_scale, out);
    write_named("types", report->totals->types, report->totals->type_count, report->totals->amount_scale, out);
    write_kinds(report, out);
    write_findings(report, out);
    (void)fputs("}\n", out);
}

static void log_finding(const struct finding *finding, int32_t scale)
{
    char amount[32] = "";
    FILE *text = finding->amount_minor == EVENT_ABSENT ? NULL : fmemopen(amount, sizeof amount, "w");
    if (text) {
        write_amount(text, finding->amount_minor, scale);
        (void)fclose(text); /* a memory of sufficient size */
    }
    log_warn("%s:%" PRIu32 ": %s: %s%.*s%s%.*s%s%s", finding->file, finding->line, finding->code, finding->order_id.len ? "order " : "",
             (int)finding->order_id.len, finding->order_id.ptr, finding->order_id.len ? ": " : "", (int)finding->text.len, finding->text.ptr, amount[0] ? ": " : "", amount);
}

void import_report_findings(const struct import_report *report)
{
    const struct findings *findings = report->findings;
    for (size_t k = 0; k < findings->kind_count; k++) {
        uint64_t shown = 0;
        for (size_t i = 0; i < findings->kept && shown < SHOWN_OF_A_KIND; i++)
            if (strcmp(findings->items[i].code, findings->kinds[k].code) == 0 && ++shown)
                log_finding(&findings->items[i], report->totals->amount_scale);
        if (findings->kinds[k].count > shown)
            log_warn("%s: %" PRIu64 " more; --dry-run --json lists them all", findings->kinds[k].code, findings->kinds[k].count - shown);
    }
}
