#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "producers/csv.h"

struct pieces {
    const char *bytes;
    size_t len, at;
    unsigned piece; /* bytes per read */
    bool breaks;    /* fails at the end */
};

static int read_piece(void *ctx, uint8_t *bytes, unsigned size)
{
    struct pieces *pieces = ctx;
    size_t left = pieces->len - pieces->at, count = left < pieces->piece ? left : pieces->piece;
    count = count < size ? count : size;
    if (!count && pieces->breaks)
        return -1;
    memcpy(bytes, pieces->bytes + pieces->at, count);
    pieces->at += count;
    return (int)count;
}

static struct csv_reader reader;

/* All rows as text: fields in brackets, rows on lines; behind it the error, if there is one. */
static void read_all(const char *bytes, size_t len, unsigned piece, char *ret_text, size_t size)
{
    struct pieces pieces = {bytes, len, 0, piece, false};
    struct err err = {0};
    enum csv_result result;
    size_t used = 0;
    csv_init(&reader, read_piece, &pieces, "f.csv");
    ret_text[0] = 0;
    while ((result = csv_next(&reader, &err)) == CSV_ROW) {
        for (size_t i = 0; i < reader.field_count; i++)
            used += (size_t)snprintf(ret_text + used, size - used, "[%.*s]", (int)reader.fields[i].text.len, reader.fields[i].text.ptr);
        used += (size_t)snprintf(ret_text + used, size - used, "\n");
    }
    if (result == CSV_BAD)
        (void)snprintf(ret_text + used, size - used, "%s", err.text);
}

static void expect(const char *bytes, const char *expected)
{
    char text[1024];
    for (unsigned piece = 1; piece <= strlen(bytes) + 1; piece++) {
        read_all(bytes, strlen(bytes), piece, text, sizeof text);
        cr_assert_str_eq(text, expected, "read by %u bytes", piece);
    }
}

Test(csv, reads_fields_rows_and_both_line_ends_however_the_bytes_come)
{
    expect("a,b\r\n1,,\n\nlast", "[a][b]\n[1][][]\n[last]\n");
    expect("\"1\"\t,2\t\n", "[1\t][2\t]\n");
    expect("\"a,\"\"b\"\"\r\nc\",d\n", "[a,\"b\"\r\nc][d]\n");
    expect("", "");
    expect("\xef\xbb\xbfid\n1", "[id]\n[1]\n");
    expect("\xef\xbb\xbf\"id\"\n", "[id]\n");
    expect("\xef\xbb", "[\xef\xbb]\n");
}

Test(csv, names_line_and_column_of_what_is_wrong)
{
    expect("a,b\n1,x\"y\n", "[a][b]\nf.csv:2:4: a quote in the middle of a field: quote the whole field and double the quotes in it");
    expect("\"a\"b\n", "f.csv:1:4: text behind a closing quote");
    expect("1\n\"a", "[1]\nf.csv:2:3: the file ends inside of a quoted field: a closing quote is missing");
    expect("PK\003\004x,y\n", "f.csv:1:1: this is a spreadsheet's own file (.xlsx): export as CSV");
    expect("a\rb", "f.csv:1:3: a carriage return without a line feed");
}

Test(csv, says_where_each_field_begins)
{
    const char bytes[] = "a,\"x\ny\",c\n";
    struct pieces pieces = {bytes, sizeof bytes - 1, 0, 100, false};
    csv_init(&reader, read_piece, &pieces, "f.csv");
    cr_assert_eq(csv_next(&reader, NULL), CSV_ROW);
    cr_assert_eq(reader.fields[1].line, 1);
    cr_assert_eq(reader.fields[1].column, 3);
    cr_assert_eq(reader.fields[2].line, 2);
    cr_assert_eq(reader.fields[2].column, 4);
}

Test(csv, refuses_rows_without_end_and_without_number_of_fields)
{
    static char bytes[CSV_ROW_BYTES_MAX + 10];
    char text[1024];
    memset(bytes, 'x', sizeof bytes);
    read_all(bytes, sizeof bytes, 4096, text, sizeof text);
    cr_assert_str_eq(text, "f.csv:1:65537: a row is longer than 65536 bytes");
    memset(bytes, ',', 200);
    read_all(bytes, 200, 4096, text, sizeof text);
    cr_assert_str_eq(text, "f.csv:1:129: more than 128 fields in a row");
}

Test(csv, tells_a_file_that_breaks_off_from_one_that_ends)
{
    struct pieces pieces = {"a,b\n1", 5, 0, 100, true};
    struct err err = {0};
    csv_init(&reader, read_piece, &pieces, "f.csv");
    cr_assert_eq(csv_next(&reader, &err), CSV_ROW);
    cr_assert_eq(csv_next(&reader, &err), CSV_BAD);
    cr_assert_eq(err.exit_code, EXIT_CODE_DATA);
}

/* The rows of a gzip file cut off behind len bytes, and how its reading ended. */
static size_t rows_of(const uint8_t *gzip, size_t len, enum csv_result *ret_end)
{
    char path[] = "/tmp/test_csv_XXXXXX";
    int descriptor = mkstemp(path);
    cr_assert(descriptor >= 0 && unlink(path) == 0 && write(descriptor, gzip, len) == (ssize_t)len && lseek(descriptor, 0, SEEK_SET) == 0);
    gzFile file = gzdopen(descriptor, "rb");
    struct err err = {0};
    size_t rows = 0;
    csv_init(&reader, csv_read_gzip, file, "f.csv.gz");
    while ((*ret_end = csv_next(&reader, &err)) == CSV_ROW)
        rows++;
    (void)gzclose_r(file);
    return rows;
}

/* Flushed at row ends, so that many of the cuts give whole rows only. */
static size_t compress_rows(uint8_t *ret_gzip, size_t size)
{
    z_stream stream = {.next_out = ret_gzip, .avail_out = (uInt)size};
    cr_assert_eq(deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    for (int row = 0; row < 3; row++) {
        stream.next_in = (Bytef *)(uintptr_t) "a,b\n";
        stream.avail_in = 4;
        cr_assert_eq(deflate(&stream, Z_FULL_FLUSH), Z_OK);
    }
    cr_assert_eq(deflate(&stream, Z_FINISH), Z_STREAM_END);
    size_t len = stream.total_out;
    (void)deflateEnd(&stream);
    return len;
}

Test(csv, a_compressed_file_that_is_cut_off_anywhere_is_never_taken_for_whole)
{
    uint8_t gzip[256];
    enum csv_result end;
    size_t len = compress_rows(gzip, sizeof gzip), whole_rows = 0;
    cr_assert_eq(rows_of(gzip, len, &end), 3);
    cr_assert_eq(end, CSV_END);
    for (size_t cut = 2; cut < len; cut++) { /* a single byte is not known as gzip yet */
        whole_rows += rows_of(gzip, cut, &end) > 0;
        cr_assert_eq(end, CSV_BAD, "cut off behind %zu of %zu bytes", cut, len);
    }
    cr_assert_gt(whole_rows, 0);
}

static int64_t decimal(const char *text, int32_t scale)
{
    int64_t minor;
    return csv_decimal((struct text){text, (uint32_t)strlen(text)}, scale, &minor) ? minor : -999;
}

Test(csv, decimals_are_exact_or_refused)
{
    cr_assert_eq(decimal("2.55", 3), 2550);
    cr_assert_eq(decimal("-11062.06", 3), -11062060);
    cr_assert_eq(decimal("0.001", 3), 1);
    cr_assert_eq(decimal("6", 0), 6);
    cr_assert_eq(decimal("-9223372036854775.808", 3), INT64_MIN);
    static const char *const refused[] = {"", "-", ".", "1e3", "0.0001", "1.2.3", " 1", "1 ", "+1", "9223372036854775.808", "0x1"};
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        cr_assert_eq(decimal(refused[i], 3), -999, "%s", refused[i]);
}
