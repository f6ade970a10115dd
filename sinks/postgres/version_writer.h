/*
 * Rows that come in revisions: of those with one key the latest stays, and of equally late ones that with the larger content hash. What is
 * the same for all kinds of them, inside an open transaction: folding of a batch, asking the table, removing what is replaced.
 */
#ifndef POSTGRES_VERSION_WRITER_H
#define POSTGRES_VERSION_WRITER_H

#include "postgres/pg_link.h"

struct fact_writer;

enum row_action { ROW_SKIP, ROW_HEADER, ROW_WHOLE };

/* What is to be done with a row, and what it replaces. */
struct version {
    enum row_action action;
    bool replaces;
    int64_t old_revision;
    struct hash128 old_content;
};

struct versioned {
    struct hash128 key;
    int64_t revision;
    struct hash128 content;
    struct version *version; /* NULL: a row of another kind */
};
typedef struct versioned versioned_at(struct fact_writer *writer, size_t i);

#define VERSION_COLUMNS_MAX 8

struct version_kind {
    const char *what;                         /* "ad spends", in messages */
    const struct pg_statement *ask;           /* a row per key that is not there in exactly this revision: number from 1, what is there */
    const struct pg_statement *remove;        /* touches a row per key that is there in exactly this revision */
    enum pg_type types[VERSION_COLUMNS_MAX];  /* of their parameters: the key, revision, content */
    int columns;
    versioned_at *at;
    void (*add_key)(struct fact_writer *writer, size_t i); /* to the columns but the last two */
    /* What else the answer says of a row that is to be written; may be NULL. */
    void (*take)(struct fact_writer *writer, size_t i, const PGresult *rows, int row);
};

struct version_counts {
    uint64_t *fresh, *revised, *duplicate, *stale;
};

/* Negative where revision a loses to b, 0 where they are the same. */
int compare_revisions(int64_t a, struct hash128 a_content, int64_t b, struct hash128 b_content);

/* Of rows with the same key only the latest is written, the others are skipped. */
void versions_fold(struct fact_writer *writer, size_t count, versioned_at *at, uint64_t *duplicate, uint64_t *stale);
/* Decides for rows that are not skipped yet: skip, or write whole, perhaps in place of an older revision. */
bool versions_ask(struct fact_writer *writer, const struct version_kind *kind, size_t count, const struct version_counts *counts,
                  struct pg_failure *failure);
/* Fails as PG_AGAIN where rows changed since they were asked for. */
bool versions_remove_old(struct fact_writer *writer, const struct version_kind *kind, size_t count, struct pg_failure *failure);

#endif
