/*
 * What is wrong with a folder is told with file and line: it may be any folder. A row with a value that is no number is kept as NaN,
 * which no scorer takes.
 */
#include "bench/nab_corpus.h"

#include <dirent.h>
#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_BYTES_MAX 512

static bool fail(struct err *err, const char *path, const char *what)
{
    return err_set(err, ERR_FATAL, EXIT_CODE_DATA, "%s: %s", path, what);
}

/* Days since 1970-01-01 of a date of the proleptic Gregorian calendar (H. Hinnant, "chrono-compatible low-level date algorithms"). */
static int64_t days_of(int64_t year, int month, int day)
{
    year -= month <= 2;
    int64_t era = (year >= 0 ? year : year - 399) / 400, of_era = year - era * 400;
    int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

/* "2014-04-10 07:15:00", perhaps with a fraction, which is dropped. */
static bool read_time(const char *text, int64_t *ret_s)
{
    int year, month, day, hour, minute, second = 0;
    if (sscanf(text, "%4d-%2d-%2d%*1[ T]%2d:%2d:%2d", &year, &month, &day, &hour, &minute, &second) < 5 || month < 1 || month > 12 ||
        day < 1 || day > 31 || hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60)
        return false;
    *ret_s = days_of(year, month, day) * 86400 + hour * 3600 + minute * 60 + second;
    return true;
}

static bool add_row(struct nab_series *series, int64_t at_s, double value)
{
    if (series->n == series->room) {
        uint32_t room = series->room ? series->room * 2 : 4096;
        int64_t *times = realloc(series->at_s, room * sizeof *times);
        series->at_s = times ? times : series->at_s;
        double *values = realloc(series->values, room * sizeof *values);
        series->values = values ? values : series->values;
        if (!times || !values)
            return false;
        series->room = room;
    }
    series->at_s[series->n] = at_s;
    series->values[series->n++] = value;
    return true;
}

static bool read_row(struct nab_series *series, const char *line)
{
    const char *comma = strchr(line, ',');
    int64_t at_s;
    if (!comma || !read_time(line, &at_s))
        return false;
    char *end;
    double value = strtod(comma + 1, &end);
    return add_row(series, at_s, end == comma + 1 ? NAN : value);
}

static bool read_rows(struct nab_series *series, FILE *file, const char *path, struct err *err)
{
    char line[LINE_BYTES_MAX];
    for (unsigned number = 1; fgets(line, sizeof line, file); number++)
        if (number > 1 && line[strspn(line, "\r\n")] && !read_row(series, line))
            return err_set(err, ERR_FATAL, EXIT_CODE_DATA, "%s:%u: no \"YYYY-MM-DD hh:mm:ss,value\"", path, number);
    return !ferror(file) || fail(err, path, strerror(errno));
}

static struct nab_series *add_series(struct nab_corpus *corpus)
{
    if (corpus->count == corpus->room) {
        size_t room = corpus->room ? corpus->room * 2 : 64;
        struct nab_series *larger = realloc(corpus->series, room * sizeof *larger);
        if (!larger)
            return NULL;
        corpus->series = larger;
        corpus->room = room;
    }
    corpus->series[corpus->count] = (struct nab_series){0};
    return &corpus->series[corpus->count++];
}

static bool read_series(struct nab_corpus *corpus, const char *folder, const char *category, const char *name, struct err *err)
{
    char path[4096];
    struct nab_series *series = add_series(corpus);
    if (!series)
        return fail(err, name, "out of memory");
    series->category_len = (int)strlen(category);
    if (snprintf(series->path, sizeof series->path, "%s/%s", category, name) >= (int)sizeof series->path ||
        snprintf(path, sizeof path, "%s/data/%s", folder, series->path) >= (int)sizeof path)
        return fail(err, name, "the name is too long");
    FILE *file = fopen(path, "r");
    if (!file)
        return fail(err, path, strerror(errno));
    bool read = read_rows(series, file, path, err);
    (void)fclose(file); /* was only read */
    return read;
}

static int is_visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static int is_csv(const struct dirent *entry)
{
    size_t len = strlen(entry->d_name);
    return entry->d_name[0] != '.' && len > 4 && strcmp(entry->d_name + len - 4, ".csv") == 0;
}

static void free_entries(struct dirent **entries, int count)
{
    for (int i = 0; i < count; i++)
        free(entries[i]);
    free(entries);
}

static bool read_category(struct nab_corpus *corpus, const char *folder, const char *category, struct err *err)
{
    char path[4096];
    (void)snprintf(path, sizeof path, "%s/data/%s", folder, category); /* too long: is not found */
    struct dirent **entries;
    int count = scandir(path, &entries, is_csv, alphasort);
    if (count < 0)
        return errno == ENOTDIR || fail(err, path, strerror(errno)); /* a file beside the categories */
    bool read = true;
    for (int i = 0; i < count && read; i++)
        read = read_series(corpus, folder, category, entries[i]->d_name, err);
    free_entries(entries, count);
    return read;
}

static bool read_data(struct nab_corpus *corpus, const char *folder, struct err *err)
{
    char path[4096];
    (void)snprintf(path, sizeof path, "%s/data", folder);
    struct dirent **entries;
    int count = scandir(path, &entries, is_visible, alphasort);
    if (count < 0)
        return fail(err, path, strerror(errno));
    bool read = true;
    for (int i = 0; i < count && read; i++)
        read = read_category(corpus, folder, entries[i]->d_name, err);
    free_entries(entries, count);
    return read && (corpus->count || fail(err, path, "has no CATEGORY/NAME.csv"));
}

/* The rows whose times lie in [from_s, to_s]; a window without rows is none. */
static void add_window(struct nab_series *series, int64_t from_s, int64_t to_s)
{
    struct nab_window window = {UINT32_MAX, 0};
    for (uint32_t i = 0; i < series->n; i++)
        if (series->at_s[i] >= from_s && series->at_s[i] <= to_s) {
            window.first = window.first < i ? window.first : i;
            window.last = i;
        }
    if (window.first != UINT32_MAX)
        series->windows[series->window_count++] = window;
}

static int window_compare(const void *a, const void *b)
{
    const struct nab_window *x = a, *y = b;
    return (x->first > y->first) - (x->first < y->first);
}

static bool read_windows(struct nab_series *series, const json_t *windows, const char *path, struct err *err)
{
    series->windows = calloc(json_array_size(windows) + 1, sizeof *series->windows);
    if (!series->windows)
        return fail(err, path, "out of memory");
    size_t i;
    const json_t *window;
    json_array_foreach(windows, i, window)
    {
        const char *from = json_string_value(json_array_get(window, 0)), *to = json_string_value(json_array_get(window, 1));
        int64_t from_s, to_s;
        if (!from || !to || !read_time(from, &from_s) || !read_time(to, &to_s))
            return err_set(err, ERR_FATAL, EXIT_CODE_DATA, "%s: window %zu of %s is not a pair of times", path, i + 1, series->path);
        add_window(series, from_s, to_s);
    }
    qsort(series->windows, series->window_count, sizeof *series->windows, window_compare);
    return true;
}

static bool read_labels(struct nab_corpus *corpus, const char *folder, struct err *err)
{
    char path[4096];
    json_error_t error;
    (void)snprintf(path, sizeof path, "%s/labels/combined_windows.json", folder);
    json_t *labels = json_load_file(path, 0, &error);
    if (!labels)
        return err_set(err, ERR_FATAL, EXIT_CODE_DATA, "%s:%d:%d: %s", path, error.line, error.column, error.text);
    bool read = true;
    for (size_t i = 0; i < corpus->count && read; i++) {
        const json_t *windows = json_object_get(labels, corpus->series[i].path);
        if (json_is_array(windows))
            read = read_windows(&corpus->series[i], windows, path, err);
        else
            read = err_set(err, ERR_FATAL, EXIT_CODE_DATA, "%s: has no list for %s", path, corpus->series[i].path);
    }
    json_decref(labels);
    return read;
}

bool nab_corpus_read(struct nab_corpus *ret_corpus, const char *folder, struct err *err)
{
    *ret_corpus = (struct nab_corpus){0};
    return read_data(ret_corpus, folder, err) && read_labels(ret_corpus, folder, err);
}

void nab_corpus_done(struct nab_corpus *corpus)
{
    for (size_t i = 0; i < corpus->count; i++) {
        free(corpus->series[i].at_s);
        free(corpus->series[i].values);
        free(corpus->series[i].windows);
    }
    free(corpus->series);
    *corpus = (struct nab_corpus){0};
}
