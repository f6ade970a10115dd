/*
 * An import format fed from memory: files are texts, and what comes out is the joined import or the error.
 */
#ifndef PRODUCERS_IMPORT_CHECK_H
#define PRODUCERS_IMPORT_CHECK_H

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "producers/importer.h"
#include "schemas/wire.h"

struct memory_file {
    const char *bytes;
    size_t at;
};

static inline int read_memory(void *ctx, uint8_t *bytes, unsigned size)
{
    struct memory_file *memory = ctx;
    size_t left = strlen(memory->bytes + memory->at), count = left < size ? left : size;
    memcpy(bytes, memory->bytes + memory->at, count);
    memory->at += count;
    return (int)count;
}

/* files ends with NULL; the names are f1.csv, f2.csv and so on. NULL with err. */
static inline void *import_texts(const struct import_format *format, const struct import_settings *settings, const char *const *files,
                                 struct err *err)
{
    static struct csv_reader csv;
    static const char *const names[] = {"f1.csv", "f2.csv", "f3.csv", "f4.csv", "f5.csv", "f6.csv", "f7.csv", "f8.csv"};
    void *import = format->open(settings, err);
    bool good = import != NULL;
    for (size_t i = 0; good && files[i]; i++) {
        struct memory_file memory = {files[i], 0};
        csv_init(&csv, read_memory, &memory, names[i]);
        good = format->read(import, &csv, err);
    }
    if (good && format->join(import, err))
        return import;
    format->close(import);
    return NULL;
}

static inline bool is(struct text text, const char *expected)
{
    return text.ptr && text.len == strlen(expected) && memcmp(text.ptr, expected, text.len) == 0;
}

/* The first line of the error, up to len bytes of it, is what is expected. */
static inline void assert_begins(const struct err *err, const char *expected)
{
    cr_assert_eq(strncmp(err->text, expected, strlen(expected)), 0, "\"%s\" instead of \"%s...\"", err->text, expected);
}

static inline const struct finding *finding_at(const struct import_format *format, const void *import, size_t i)
{
    const struct findings *findings = format->findings(import);
    cr_assert_lt(i, findings->kept);
    return &findings->items[i];
}

/* The bytes of every event of an import: equal bytes are equal events. Returns their number. */
static inline size_t encode_all(const struct import_format *format, void *import, uint8_t *ret_bytes, size_t size)
{
    struct err err = {0};
    struct wire_encoder *encoder = wire_encoder_new(&err);
    size_t used = 0;
    cr_assert_not_null(encoder, "%s", err.text);
    for (uint64_t i = 0; i < format->count(import); i++) {
        const uint8_t *bytes;
        size_t len;
        cr_assert(wire_encode(encoder, format->event(import, i), &bytes, &len, &err), "%s", err.text);
        cr_assert_leq(used + len, size);
        memcpy(ret_bytes + used, bytes, len);
        used += len;
    }
    wire_encoder_free(encoder);
    return used;
}

#endif
