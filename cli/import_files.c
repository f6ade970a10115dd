#include "cli/import_files.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "common/stopping.h"

static bool out_of_memory(struct err *err)
{
    return err_set(err, ERR_FATAL, EXIT_CODE_INTERNAL, "out of memory");
}

/* folder may be NULL. */
static bool add_path(struct import_files *files, const char *folder, const char *name, struct err *err)
{
    if (files->count == IMPORT_FILES_MAX)
        return err_set(err, ERR_FATAL, EXIT_CODE_USAGE, "more than %d files: import them in parts", IMPORT_FILES_MAX);
    size_t size = (folder ? strlen(folder) + 1 : 0) + strlen(name) + 1;
    char *path = malloc(size);
    if (!path)
        return out_of_memory(err);
    (void)snprintf(path, size, "%s%s%s", folder ? folder : "", folder ? "/" : "", name);
    files->paths[files->count++] = path;
    return true;
}

static bool ends_with(const char *text, const char *end)
{
    size_t len = strlen(text), end_len = strlen(end);
    return len > end_len && strcmp(text + len - end_len, end) == 0;
}

static int is_export(const struct dirent *entry)
{
    return entry->d_name[0] != '.' && (ends_with(entry->d_name, ".csv") || ends_with(entry->d_name, ".csv.gz"));
}

static int by_bytes(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name); /* not alphasort: that asks the locale */
}

static bool add_folder(struct import_files *files, const char *folder, struct err *err)
{
    struct dirent **entries = NULL;
    int count = scandir(folder, &entries, is_export, by_bytes);
    if (count < 0)
        return err_set(err, ERR_FATAL, EXIT_CODE_DATA, "the folder %s cannot be read: %m", folder);
    bool good = count > 0 || err_set(err, ERR_FATAL, EXIT_CODE_DATA, "no file in %s ends with .csv or .csv.gz", folder);
    for (int i = 0; i < count; i++) {
        good = good && add_path(files, folder, entries[i]->d_name, err);
        free(entries[i]);
    }
    free(entries);
    return good;
}

bool import_files_list(struct import_files *ret_files, const char *const *arguments, size_t count, struct err *err)
{
    *ret_files = (struct import_files){.paths = calloc(IMPORT_FILES_MAX, sizeof *ret_files->paths)};
    if (!ret_files->paths)
        return out_of_memory(err);
    for (size_t i = 0; i < count; i++) {
        struct stat status;
        bool is_stdin = strcmp(arguments[i], "-") == 0;
        if (!is_stdin && stat(arguments[i], &status) != 0)
            return err_set(err, ERR_FATAL, EXIT_CODE_DATA, "%s cannot be read: %m", arguments[i]);
        bool is_folder = !is_stdin && S_ISDIR(status.st_mode);
        if (!(is_folder ? add_folder(ret_files, arguments[i], err) : add_path(ret_files, NULL, arguments[i], err)))
            return false;
    }
    return true;
}

void import_files_done(struct import_files *files)
{
    for (size_t i = 0; i < files->count; i++)
        free(files->paths[i]);
    free(files->paths);
    *files = (struct import_files){0};
}

static gzFile open_file(const char *path)
{
    if (strcmp(path, "-") != 0)
        return gzopen(path, "rb");
    int copy = dup(STDIN_FILENO); /* closed with the gzFile */
    gzFile file = copy < 0 ? NULL : gzdopen(copy, "rb");
    if (!file && copy >= 0)
        (void)close(copy); /* it was only to be read */
    return file;
}

static bool read_file(const char *path, const struct import_format *format, void *import, struct csv_reader *csv, struct err *err)
{
    gzFile file = open_file(path);
    if (!file)
        return err_set(err, ERR_FATAL, EXIT_CODE_DATA, "%s cannot be read: %m", path);
    csv_init(csv, csv_read_gzip, file, strcmp(path, "-") == 0 ? "stdin" : path);
    bool good = format->read(import, csv, err);
    (void)gzclose_r(file); /* it was only read */
    return good;
}

bool import_files_read(const struct import_files *files, const struct import_format *format, void *import, struct err *err)
{
    struct csv_reader *csv = malloc(sizeof *csv);
    if (!csv)
        return out_of_memory(err);
    bool good = true;
    for (size_t i = 0; good && i < files->count; i++)
        good = (!atomic_load(stopping_flag()) || err_set(err, ERR_RETRY, EXIT_CODE_AGAIN, "stopped before anything was sent")) &&
               read_file(files->paths[i], format, import, csv, err);
    free(csv);
    return good;
}
