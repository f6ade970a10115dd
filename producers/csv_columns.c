#include "producers/csv_columns.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "common/suggest.h"
#include "schemas/utf8.h"

#define NAME_BYTES 80

static uint32_t blank_at_start(struct text text)
{
    static const char no_break[] = "\xc2\xa0";
    if (text.len && memchr(" \t\r\n", text.ptr[0], 4))
        return 1;
    return text.len >= 2 && memcmp(text.ptr, no_break, 2) == 0 ? 2 : 0;
}

static uint32_t blank_at_end(struct text text)
{
    if (text.len && memchr(" \t\r\n", text.ptr[text.len - 1], 4))
        return 1;
    return text.len >= 2 && memcmp(text.ptr + text.len - 2, "\xc2\xa0", 2) == 0 ? 2 : 0;
}

struct text text_trimmed(struct text text)
{
    for (uint32_t blank; (blank = blank_at_start(text)); text.len -= blank)
        text.ptr += blank;
    for (uint32_t blank; (blank = blank_at_end(text));)
        text.len -= blank;
    return text;
}

static int folded(char c)
{
    return tolower((unsigned char)c);
}

bool text_is(struct text text, const char *string)
{
    uint32_t i = 0;
    while (i < text.len && string[i] && folded(text.ptr[i]) == folded(string[i]))
        i++;
    return i == text.len && !string[i];
}

const char *csv_column_name(const struct csv_column *names, uint8_t id)
{
    while (names->id != id)
        names++;
    return names->name;
}

bool csv_read_names(struct csv_reader *csv, struct err *err)
{
    enum csv_result result = csv_next(csv, err);
    return result == CSV_END ? err_set(err, ERR_FATAL, EXIT_CODE_DATA, "%s is empty", csv->name) : result == CSV_ROW;
}

static const struct csv_column *column_of(const struct csv_column *names, struct text text)
{
    for (; names->name; names++)
        if (text_is(text, names->name))
            return names;
    return NULL;
}

struct header_names {
    size_t count;
    char names[CSV_FIELDS_MAX][NAME_BYTES];
};

static const char *name_at(const void *ctx, size_t i)
{
    const struct header_names *header = ctx;
    return i < header->count ? header->names[i] : NULL;
}

static void copy_names(const struct csv_reader *csv, struct header_names *ret_header)
{
    ret_header->count = csv->field_count;
    for (size_t i = 0; i < csv->field_count; i++) {
        struct text text = text_trimmed(csv->fields[i].text);
        (void)snprintf(ret_header->names[i], NAME_BYTES, "%.*s", (int)text.len, text.ptr); /* cut off: too long to be meant */
    }
}

static bool missing(const struct csv_reader *csv, const char *name, const char *what, struct err *err)
{
    struct header_names header;
    copy_names(csv, &header);
    const char *near = suggest(name, name_at, &header);
    return csv_fail(csv, &csv->fields[0], err, "the column \"%s\" is missing%s%s%s: is this %s?", name, near ? " (there is \"" : "",
                    near ? near : "", near ? "\")" : "", what);
}

bool csv_find_columns(const struct csv_reader *csv, const struct csv_column *names, const char *what, size_t count, uint16_t *ret_places,
                      struct err *err)
{
    for (size_t id = 0; id < count; id++)
        ret_places[id] = CSV_NO_COLUMN;
    for (size_t i = 0; i < csv->field_count; i++) {
        const struct csv_column *column = column_of(names, text_trimmed(csv->fields[i].text));
        if (column && ret_places[column->id] != CSV_NO_COLUMN)
            return csv_fail(csv, &csv->fields[i], err, "the column \"%s\" is there twice", column->name);
        if (column)
            ret_places[column->id] = (uint16_t)i;
    }
    for (; names->name; names++)
        if (names->required && ret_places[names->id] == CSV_NO_COLUMN)
            return missing(csv, names->name, what, err);
    return true;
}

const struct csv_field *csv_at(const struct csv_reader *csv, uint16_t place)
{
    return place < csv->field_count ? &csv->fields[place] : NULL;
}

struct text csv_trimmed(const struct csv_reader *csv, uint16_t place)
{
    const struct csv_field *field = csv_at(csv, place);
    return field ? text_trimmed(field->text) : (struct text){NULL, 0};
}

bool csv_check_width(const struct csv_reader *csv, size_t expected, struct err *err)
{
    return csv->field_count == expected ||
           csv_fail(csv, &csv->fields[0], err, "%zu fields where the first row has %zu", csv->field_count, expected);
}

bool csv_text(const struct csv_reader *csv, uint16_t place, const char *name, uint32_t bytes_max, struct text *ret_text, struct err *err)
{
    const struct csv_field *field = csv_at(csv, place);
    struct text text = csv_trimmed(csv, place);
    if (text.len > bytes_max)
        return csv_fail(csv, field, err, "%s has %u bytes: at most %u are taken", name, text.len, bytes_max);
    if (text.len && utf8_check((const uint8_t *)text.ptr, text.len) != REASON_NONE)
        return csv_fail(csv, field, err, "%s is not UTF-8, or holds a NUL: save the file as UTF-8", name);
    *ret_text = text.len ? text : (struct text){NULL, 0};
    return true;
}

bool csv_id(const struct csv_reader *csv, uint16_t place, const char *name, uint32_t bytes_max, struct text *ret_text, struct err *err)
{
    if (!csv_text(csv, place, name, bytes_max, ret_text, err))
        return false;
    return ret_text->len || csv_fail(csv, csv_at(csv, place), err, "%s is empty", name);
}
