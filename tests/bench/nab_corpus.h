/*
 * Series with labelled windows, from a folder laid out like the Numenta Anomaly Benchmark: data/CATEGORY/NAME.csv with the columns
 * timestamp,value, and labels/combined_windows.json. Files come in the order of their names.
 */
#ifndef BENCH_NAB_CORPUS_H
#define BENCH_NAB_CORPUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"

struct nab_window {
    uint32_t first, last; /* rows, both included */
};

struct nab_series {
    char path[512];       /* CATEGORY/NAME.csv, as the labels have it */
    int category_len;     /* of path */
    uint32_t n, room;
    int64_t *at_s;        /* as if the timestamps were UTC; may stand still, leap or go back */
    double *values;       /* NaN where a row has none */
    struct nab_window *windows; /* by their first rows */
    uint32_t window_count;
};

struct nab_corpus {
    struct nab_series *series;
    size_t count, room;
};

/* False with err; the corpus must be given to nab_corpus_done either way. */
bool nab_corpus_read(struct nab_corpus *ret_corpus, const char *folder, struct err *err);
void nab_corpus_done(struct nab_corpus *corpus);

#endif
