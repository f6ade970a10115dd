#include "producers/csv.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <zlib.h>

#define END (-1)
#define UNREADABLE "the file cannot be read: its compression is damaged, or it is cut off; fetch it again"

int csv_read_gzip(void *ctx, uint8_t *bytes, unsigned size)
{
    int count = gzread(ctx, bytes, size), code = Z_OK;
    /* zlib counts a file without its end as ended, and would only tell when it is closed. */
    if (count == 0)
        (void)gzerror(ctx, &code);
    return code == Z_OK ? count : -1;
}

void csv_init(struct csv_reader *reader, csv_read *read, void *ctx, const char *name)
{
    reader->read = read;
    reader->ctx = ctx;
    reader->name = name;
    reader->at = reader->filled = 0;
    reader->started = reader->failed = false;
    reader->line = reader->column = 1;
}

bool csv_fail(const struct csv_reader *reader, const struct csv_field *field, struct err *err, const char *format, ...)
{
    char text[ERR_TEXT_MAX];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return err_set(err, ERR_FATAL, EXIT_CODE_DATA, "%s:%u:%u: %s", reader->name, field->line, field->column, text);
}

static enum csv_result bad(struct csv_reader *reader, struct err *err, const char *what)
{
    const struct csv_field here = {.line = reader->line, .column = reader->column};
    (void)csv_fail(reader, &here, err, "%s", what);
    reader->failed = true;
    return CSV_BAD;
}

/* Appends what one read brings; false where it brings nothing. */
static bool fill(struct csv_reader *reader)
{
    unsigned room = (unsigned)sizeof reader->input - reader->filled;
    int count = reader->failed ? 0 : reader->read(reader->ctx, reader->input + reader->filled, room);
    reader->failed = reader->failed || count < 0;
    reader->filled += count > 0 ? (unsigned)count : 0;
    return count > 0;
}

/* The next byte without taking it, or END. */
static int peek(struct csv_reader *reader)
{
    if (reader->at == reader->filled) {
        reader->at = reader->filled = 0;
        (void)fill(reader); /* nothing: END below */
    }
    return reader->at < reader->filled ? reader->input[reader->at] : END;
}

static void take(struct csv_reader *reader)
{
    bool ends_line = reader->input[reader->at++] == '\n';
    reader->line += ends_line;
    reader->column = ends_line ? 1 : reader->column + 1;
}

static bool keep(struct csv_reader *reader, int byte)
{
    if (reader->used == sizeof reader->bytes)
        return false;
    reader->bytes[reader->used++] = (char)byte;
    return true;
}

/* NULL, or what is wrong. */
static const char *read_quoted(struct csv_reader *reader)
{
    take(reader);
    for (int byte = peek(reader); byte != END; byte = peek(reader)) {
        take(reader);
        if (byte == '"') {
            if (peek(reader) != '"')
                return NULL;
            take(reader);
        }
        if (!keep(reader, byte))
            return "a row is longer than 65536 bytes: is a closing quote missing?";
    }
    return "the file ends inside of a quoted field: a closing quote is missing";
}

static const char *read_plain(struct csv_reader *reader)
{
    for (int byte = peek(reader); byte != END && byte != ',' && byte != '\n' && byte != '\r'; byte = peek(reader)) {
        if (byte == '"')
            return "a quote in the middle of a field: quote the whole field and double the quotes in it";
        if (!keep(reader, byte))
            return "a row is longer than 65536 bytes";
        take(reader);
    }
    return NULL;
}

/* Behind a field: takes the comma or the end of the line. */
static const char *read_end(struct csv_reader *reader, bool *ret_last)
{
    int byte = peek(reader);
    *ret_last = byte != ',';
    if (byte == END)
        return NULL;
    if (byte != ',' && byte != '\n' && byte != '\r')
        return "text behind a closing quote";
    take(reader);
    if (byte != '\r')
        return NULL;
    if (peek(reader) != '\n')
        return "a carriage return without a line feed";
    take(reader);
    return NULL;
}

static const char *read_field(struct csv_reader *reader, bool *ret_last)
{
    if (reader->field_count == CSV_FIELDS_MAX)
        return "more than 128 fields in a row";
    struct csv_field *field = &reader->fields[reader->field_count++];
    field->line = reader->line;
    field->column = reader->column;
    field->text.ptr = reader->bytes + reader->used;
    size_t before = reader->used;
    bool quoted = peek(reader) == '"';
    const char *wrong = quoted ? read_quoted(reader) : read_plain(reader);
    /* TikTok Shop glues a tab to ids, which some tools leave outside of the quotes. */
    for (; quoted && !wrong && peek(reader) == '\t'; take(reader))
        if (!keep(reader, '\t'))
            return "a row is longer than 65536 bytes";
    field->text.len = (uint32_t)(reader->used - before);
    return wrong ? wrong : read_end(reader, ret_last);
}

static enum csv_result read_row(struct csv_reader *reader, struct err *err)
{
    bool last = false;
    reader->used = reader->field_count = 0;
    while (!last) {
        const char *wrong = read_field(reader, &last);
        if (reader->failed)
            return bad(reader, err, UNREADABLE);
        if (wrong)
            return bad(reader, err, wrong);
    }
    return CSV_ROW;
}

static void skip_byte_order_mark(struct csv_reader *reader)
{
    reader->started = true;
    while (reader->filled < 4 && fill(reader))
        continue;
    if (reader->filled >= 3 && memcmp(reader->input, "\xef\xbb\xbf", 3) == 0)
        reader->at = 3;
}

/* A zip file, by its first bytes: what spreadsheets save by themselves. */
static bool is_workbook(const struct csv_reader *reader)
{
    return reader->filled >= 4 && memcmp(reader->input, "PK\003\004", 4) == 0;
}

enum csv_result csv_next(struct csv_reader *reader, struct err *err)
{
    if (!reader->started) {
        skip_byte_order_mark(reader);
        if (is_workbook(reader))
            return bad(reader, err, "this is a spreadsheet's own file (.xlsx): export as CSV");
    }
    while (peek(reader) != END) {
        enum csv_result result = read_row(reader, err);
        if (result != CSV_ROW || reader->field_count > 1 || reader->fields[0].text.len)
            return result;
    }
    return reader->failed ? bad(reader, err, UNREADABLE) : CSV_END;
}

bool csv_decimal(struct text text, int32_t scale, int64_t *ret_minor)
{
    bool negative = text.len && text.ptr[0] == '-', pointed = false;
    int64_t value = 0;
    int32_t decimals = 0, digits = 0;
    for (uint32_t i = negative; i < text.len; i++) {
        if (text.ptr[i] == '.' && !pointed) {
            pointed = true;
            continue;
        }
        int digit = text.ptr[i] - '0';
        if (digit < 0 || digit > 9 || (decimals += pointed) > scale || __builtin_mul_overflow(value, 10, &value) ||
            __builtin_sub_overflow(value, digit, &value))
            return false;
        digits++;
    }
    for (; decimals < scale; decimals++)
        if (__builtin_mul_overflow(value, 10, &value))
            return false;
    if (!digits || (!negative && value == INT64_MIN))
        return false;
    *ret_minor = negative ? value : -value;
    return true;
}
