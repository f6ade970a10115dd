/*
 * All that is wrong with some files, to be shown at once: "file:line:col: key: reason; did you mean X?".
 */
#ifndef COMMON_PROBLEMS_H
#define COMMON_PROBLEMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define PROBLEMS_MAX 200

struct problem {
    char *file;      /* or where else the value came from: an environment variable, a flag */
    unsigned line, column; /* from 1; 0: the place has none */
    char *key;       /* dotted path, may be "" */
    char *reason;
};

struct problems {
    struct problem items[PROBLEMS_MAX];
    size_t count;
    size_t unshown; /* beyond PROBLEMS_MAX */
};

void problems_done(struct problems *problems);

/* Adds one, unless it is there already word for word; file and key are copied. Always returns false, so that `return problems_add(...)` reads well. */
__attribute__((format(printf, 6, 7))) bool problems_add(struct problems *problems, const char *file, unsigned line,
                                                        unsigned column, const char *key, const char *format, ...);

/* A line each, in the order of files and places. */
void problems_print(const struct problems *problems, FILE *out);

#endif
