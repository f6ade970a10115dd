/*
 * The files of an import: their names, with folders opened up, and the reading of one after another.
 */
#ifndef CLI_IMPORT_FILES_H
#define CLI_IMPORT_FILES_H

#include <stddef.h>

#include "producers/importer.h"

#define IMPORT_FILES_MAX 1000

struct import_files {
    char **paths; /* in the order in which they are read */
    size_t count;
};

/* A folder stands for the files in it that end with .csv or .csv.gz, by name. false with err: something is not there, a folder has no
 * such file, or they are too many. Must be given to import_files_done either way. */
bool import_files_list(struct import_files *ret_files, const char *const *arguments, size_t count, struct err *err);
void import_files_done(struct import_files *files);

/* Reads every file into the import; "-" is stdin, compressed by gzip or not. */
bool import_files_read(const struct import_files *files, const struct import_format *format, void *import, struct err *err);

#endif
