/*
 * Rows of a CSV file by RFC 4180, as a stream: quoted fields with doubled quotes and line ends inside, LF or CRLF, a byte order mark in
 * front. Bounded: a row that is longer, or has more fields, is an error with its place. Pure but for the callback, of which the one
 * for real files is here too. One thread.
 */
#ifndef PRODUCERS_CSV_H
#define PRODUCERS_CSV_H

#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "schemas/event.h"

#define CSV_FIELDS_MAX 128
#define CSV_ROW_BYTES_MAX 65536

struct csv_field {
    struct text text;       /* valid until the next row; never absent */
    uint32_t line, column;  /* of its first byte, both from 1; columns are bytes */
};

/* Fills bytes with up to size bytes. Returns how many, 0 at the end, -1 where reading failed. */
typedef int csv_read(void *ctx, uint8_t *bytes, unsigned size);

struct csv_reader {
    csv_read *read;
    void *ctx;
    const char *name; /* of the file, in messages; borrowed */
    uint8_t input[16384];
    unsigned at, filled;
    bool started, failed;
    uint32_t line, column; /* of the next byte */
    char bytes[CSV_ROW_BYTES_MAX];
    size_t used;
    struct csv_field fields[CSV_FIELDS_MAX];
    size_t field_count;
};

enum csv_result { CSV_ROW, CSV_END, CSV_BAD };

/* Reads a gzFile (ctx), compressed or not. A compressed file that breaks off is a failure, never an end. */
csv_read csv_read_gzip;

void csv_init(struct csv_reader *reader, csv_read *read, void *ctx, const char *name);

/* The next row that is not empty: reader->fields[0..field_count). CSV_BAD with err (exit code 65): no further row can be read. */
enum csv_result csv_next(struct csv_reader *reader, struct err *err);

/* An error at a field, as file:line:column; false, for `return`. */
__attribute__((format(printf, 4, 5))) bool csv_fail(const struct csv_reader *reader, const struct csv_field *field, struct err *err,
                                                    const char *format, ...);

/* Exact: "-12.345" at scale 3 is -12345. false where it is no number, has more digits behind the point than scale, or does not fit. */
bool csv_decimal(struct text text, int32_t scale, int64_t *ret_minor);

#endif
