/*
 * Files of the source tree that the program carries inside: schemas and migrations. Made by the build.
 */
#ifndef COMMON_EMBEDDED_H
#define COMMON_EMBEDDED_H

#include <stddef.h>

struct embedded_file {
    const char *name; /* without folder; NULL ends a table */
    const char *data; /* NUL-terminated after size bytes */
    size_t size;
};

extern const struct embedded_file embedded_avro[]; /* schemas/avro, by name */
extern const struct embedded_file embedded_sql[];  /* schemas/sql, by name: the order of the migrations */

#endif
