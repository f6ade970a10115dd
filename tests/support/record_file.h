/*
 * Reads a file of records as `tillstream simulate --out` writes it, into logs for the scripted source.
 */
#ifndef SUPPORT_RECORD_FILE_H
#define SUPPORT_RECORD_FILE_H

#include "support/scripted_source.h"

struct record_file {
    uint8_t *bytes;
    struct record *records;
    struct scripted_log logs[2];
    size_t log_count;
};

bool record_file_read(struct record_file *ret_file, const char *path);
void record_file_done(struct record_file *file);

#endif
