/*
 * Why this exists: business days and the validity of fee rules need local time of many places at once, which
 * localtime() cannot give without changing the environment of all threads. Invariant of a table: changes rise
 * strictly, and each really changes the offset.
 */
#include "common/tz.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/suggest.h"
#include "common/tz_rule.h"

#define DATABASE "/usr/share/zoneinfo"
#define FILE_BYTES_MAX (64 * 1024)
#define HEADER_BYTES 44
#define TYPE_BYTES 6
#define DAY_S 86400
#define SECOND_US INT64_C(1000000)
#define YEAR_MIN 1970
#define PATH_BYTES_MAX 256
#define FOLDER_DEPTH_MAX 3

struct reader {
    const uint8_t *at;
    size_t left;
};

struct header {
    uint32_t is_ut_count, is_standard_count, leap_count, change_count, type_count, name_bytes;
};

static uint64_t read_big_endian(const uint8_t *bytes, size_t size)
{
    uint64_t value = 0;
    for (size_t i = 0; i < size; i++)
        value = value << 8 | bytes[i];
    return value;
}

static bool take(struct reader *reader, size_t size, const uint8_t **ret_bytes)
{
    if (reader->left < size)
        return false;
    *ret_bytes = reader->at;
    reader->at += size;
    reader->left -= size;
    return true;
}

static bool take_header(struct reader *reader, struct header *ret_header, char *ret_version)
{
    const uint8_t *bytes;
    if (!take(reader, HEADER_BYTES, &bytes) || memcmp(bytes, "TZif", 4) != 0)
        return false;
    uint32_t counts[6];
    for (size_t i = 0; i < 6; i++) {
        counts[i] = (uint32_t)read_big_endian(bytes + 20 + 4 * i, 4);
        if (counts[i] > FILE_BYTES_MAX)
            return false;
    }
    *ret_header = (struct header){counts[0], counts[1], counts[2], counts[3], counts[4], counts[5]};
    *ret_version = (char)bytes[4];
    return true;
}

/* The bytes after the types: names, leap seconds, and how the rules were meant; none of it moves an offset.
 */
static size_t rest_bytes(const struct header *header, size_t time_bytes)
{
    return header->name_bytes + header->leap_count * (time_bytes + 4) + header->is_standard_count +
           header->is_ut_count;
}

static bool skip_first_block(struct reader *reader, const struct header *header)
{
    const uint8_t *ignored;
    return take(reader, header->change_count * 5 + header->type_count * TYPE_BYTES + rest_bytes(header, 4),
                &ignored);
}

static bool offset_possible(int64_t offset_s)
{
    return offset_s > -DAY_S && offset_s < DAY_S;
}

/* false where the table is full, or time runs backwards. */
static bool table_push(struct tz_table *table, int64_t change_s, int32_t offset_s)
{
    int64_t change_us;
    if (__builtin_mul_overflow(change_s, SECOND_US, &change_us))
        change_us = change_s < 0 ? INT64_MIN : INT64_MAX;
    if (change_us < table->change_us[table->count - 1])
        return false;
    if (table->change_us[table->count - 1] == change_us)
        table->count--;
    if (table->count > 0 && table->offset_s[table->count - 1] == offset_s)
        return true;
    if (table->count == TZ_CHANGES_MAX)
        return false;
    table->change_us[table->count] = change_us;
    table->offset_s[table->count++] = offset_s;
    return true;
}

/* The changes of the 64-bit block. ret_last_s: the last one, INT64_MIN where there is none. */
static bool read_changes(struct reader *reader, const struct header *header, struct tz_table *table,
                         int64_t *ret_last_s)
{
    const uint8_t *times, *indexes, *types;
    if (!take(reader, (size_t)header->change_count * 8, &times) ||
        !take(reader, header->change_count, &indexes) ||
        !take(reader, (size_t)header->type_count * TYPE_BYTES, &types))
        return false;
    for (uint32_t i = 0; i < header->type_count; i++)
        if (!offset_possible((int32_t)read_big_endian(types + i * TYPE_BYTES, 4)))
            return false;
    table->count = 1;
    table->change_us[0] = INT64_MIN;
    table->offset_s[0] = (int32_t)read_big_endian(types, 4);
    *ret_last_s = INT64_MIN;
    for (uint32_t i = 0; i < header->change_count; i++) {
        int64_t change_s = (int64_t)read_big_endian(times + 8 * (size_t)i, 8);
        if (indexes[i] >= header->type_count || (i > 0 && change_s <= *ret_last_s))
            return false;
        *ret_last_s = change_s;
        if (!table_push(table, change_s, (int32_t)read_big_endian(types + indexes[i] * TYPE_BYTES, 4)))
            return false;
    }
    return true;
}

/* "\n" rule "\n"; an empty rule leaves the last offset standing. */
static bool read_footer(struct reader *reader, struct tz_rule *ret_rule, bool *ret_found)
{
    const uint8_t *bytes;
    if (!take(reader, 1, &bytes) || bytes[0] != '\n')
        return false;
    const uint8_t *end = memchr(reader->at, '\n', reader->left);
    if (!end)
        return false;
    *ret_found = end > reader->at;
    return !*ret_found || tz_rule_parse((const char *)reader->at, (size_t)(end - reader->at), ret_rule);
}

static bool extend_year(struct tz_table *table, const struct tz_rule *rule, int32_t year, int64_t after_s)
{
    int64_t from_s, to_s;
    tz_rule_year(rule, year, &from_s, &to_s);
    bool from_first = from_s < to_s;
    int64_t first_s = from_first ? from_s : to_s, second_s = from_first ? to_s : from_s;
    int32_t first_offset = from_first ? rule->daylight_s : rule->standard_s;
    int32_t second_offset = from_first ? rule->standard_s : rule->daylight_s;
    return (first_s <= after_s || table_push(table, first_s, first_offset)) &&
           (second_s <= after_s || table_push(table, second_s, second_offset));
}

static int32_t year_of(int64_t at_s)
{
    int32_t year = YEAR_MIN;
    while (year < TZ_YEAR_MAX && tz_year_day(year + 1) * DAY_S <= at_s)
        year++;
    return year;
}

static bool extend(struct tz_table *table, const struct tz_rule *rule, int64_t last_s)
{
    if (!rule->has_daylight)
        return table->offset_s[table->count - 1] == rule->standard_s;
    for (int32_t year = year_of(last_s); year <= TZ_YEAR_MAX; year++)
        if (!extend_year(table, rule, year, last_s))
            return false;
    return true;
}

bool tz_parse(const uint8_t *bytes, size_t size, struct tz_table *ret_table, struct err *err)
{
    struct reader reader = {bytes, size};
    struct header header;
    struct tz_rule rule;
    struct tz_table table;
    int64_t last_s;
    bool has_rule;
    char version;
    if (!take_header(&reader, &header, &version))
        return err_set(err, ERR_FATAL, EXIT_CODE_CONFIG, "not a time zone file");
    if (version < '2')
        return err_set(err, ERR_FATAL, EXIT_CODE_CONFIG,
                       "a time zone file of version 1, before 2005: install tzdata");
    if (!skip_first_block(&reader, &header) || !take_header(&reader, &header, &version))
        return err_set(err, ERR_FATAL, EXIT_CODE_CONFIG, "the time zone file is damaged");
    if (header.leap_count > 0)
        return err_set(err, ERR_FATAL, EXIT_CODE_CONFIG,
                       "a time zone that counts leap seconds; UTC here does not");
    const uint8_t *rest;
    if (header.type_count == 0 || !read_changes(&reader, &header, &table, &last_s) ||
        !take(&reader, rest_bytes(&header, 8), &rest) || !read_footer(&reader, &rule, &has_rule) ||
        (has_rule && !extend(&table, &rule, last_s)))
        return err_set(err, ERR_FATAL, EXIT_CODE_CONFIG,
                       "the time zone file is damaged, or moves its clocks too often");
    memcpy(ret_table, &table, sizeof table);
    return true;
}

/* Letters, digits, "_+-" and single slashes inside: no way out of the database's folder. */
static bool name_possible(const char *name)
{
    size_t len = strlen(name);
    if (len == 0 || len > TZ_NAME_BYTES_MAX || name[0] == '/' || name[len - 1] == '/' || strstr(name, "//"))
        return false;
    for (const char *at = name; *at; at++)
        if (!(*at >= 'a' && *at <= 'z') && !(*at >= 'A' && *at <= 'Z') && !(*at >= '0' && *at <= '9') &&
            !strchr("_+-/", *at))
            return false;
    return true;
}

static uint8_t *file_read(const char *path, size_t *ret_size)
{
    FILE *file = fopen(path, "rb");
    uint8_t *bytes = file ? malloc(FILE_BYTES_MAX) : NULL;
    if (bytes)
        *ret_size = fread(bytes, 1, FILE_BYTES_MAX, file);
    if (file)
        (void)fclose(file); /* nothing was written */
    return bytes;
}

/* Names of zones, to suggest one of. */
struct names {
    char (*items)[TZ_NAME_BYTES_MAX + 1];
    size_t count, room;
};

static void names_add(struct names *names, const char *name)
{
    if (names->count == names->room) {
        size_t room = names->room ? 2 * names->room : 512;
        void *grown = realloc(names->items, room * sizeof *names->items);
        if (!grown)
            return; /* a suggestion less */
        names->items = grown;
        names->room = room;
    }
    memcpy(names->items[names->count++], name, strlen(name) + 1); /* name_possible: it fits */
}

/* Adds every zone below a folder of the database; false where it is none. */
static bool names_walk(struct names *names, const char *below, int depth)
{
    char path[PATH_BYTES_MAX], name[PATH_BYTES_MAX];
    (void)snprintf(path, sizeof path, "%s/%s", DATABASE, below); /* both are short */
    DIR *folder = depth > 0 ? opendir(path) : NULL;
    if (!folder)
        return false;
    for (struct dirent *entry; (entry = readdir(folder));) {
        int len = snprintf(name, sizeof name, "%s%s%s", below, *below ? "/" : "", entry->d_name);
        if (len > TZ_NAME_BYTES_MAX || !name_possible(name) || strcmp(name, "posix") == 0 ||
            strcmp(name, "right") == 0)
            continue;
        if (!names_walk(names, name, depth - 1))
            names_add(names, name);
    }
    (void)closedir(folder); /* nothing was written */
    return true;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(a, b);
}

/* First the whole names, then the last parts of them: "Jakarta" means Asia/Jakarta. */
static const char *name_at(const void *ctx, size_t i)
{
    const struct names *names = ctx;
    if (i < names->count)
        return names->items[i];
    if (i >= 2 * names->count)
        return NULL;
    const char *name = names->items[i - names->count], *slash = strrchr(name, '/');
    return slash ? slash + 1 : name;
}

static bool refuse_unknown(const char *name, struct err *err)
{
    struct names names = {0};
    (void)names_walk(&names, "", FOLDER_DEPTH_MAX); /* no folder gives no names */
    if (names.count == 0)
        return err_set(err, ERR_FATAL, EXIT_CODE_CONFIG, "no time zones in %s: install tzdata", DATABASE);
    qsort(names.items, names.count, sizeof *names.items, compare_names); /* folders have no order */
    const char *nearest = suggest(name, name_at, &names);
    if (nearest) /* may be inside of a name: back to its start */
        nearest = names.items[(size_t)(nearest - names.items[0]) / sizeof *names.items];
    if (nearest)
        (void)err_set(err, ERR_FATAL, EXIT_CODE_CONFIG, "unknown time zone \"%s\"; did you mean %s?", name,
                      nearest);
    else
        (void)err_set(err, ERR_FATAL, EXIT_CODE_CONFIG, "unknown time zone \"%.*s\"", TZ_NAME_BYTES_MAX,
                      name);
    free(names.items);
    return false;
}

bool tz_load(const char *name, struct tz_table *ret_table, struct err *err)
{
    char path[PATH_BYTES_MAX];
    size_t size = 0;
    if (strcmp(name, "UTC") == 0) {
        ret_table->count = 1;
        ret_table->change_us[0] = INT64_MIN;
        ret_table->offset_s[0] = 0;
        return true;
    }
    if (!name_possible(name))
        return refuse_unknown(name, err);
    (void)snprintf(path, sizeof path, "%s/%s", DATABASE, name); /* name_possible: it fits */
    uint8_t *bytes = file_read(path, &size);
    /* A folder opens and reads as nothing, and the database holds lists that are no zones. */
    bool is_zone = bytes && size >= 4 && memcmp(bytes, "TZif", 4) == 0;
    bool ok = is_zone ? tz_parse(bytes, size, ret_table, err) : refuse_unknown(name, err);
    free(bytes);
    if (is_zone && !ok)
        err_prefix(err, "time zone %s", name);
    return ok;
}
