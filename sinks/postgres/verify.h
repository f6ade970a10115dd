/*
 * Proves the warehouse from itself, in one snapshot: every aggregate is the sum of its facts, every row still has the columns that
 * were written (its stored hash, computed anew), the money of every line and of every settlement adds up, and no fact lies beyond a committed position.
 */
#ifndef POSTGRES_VERIFY_H
#define POSTGRES_VERIFY_H

#include "postgres/pg_link.h"

#define VERIFY_EXAMPLES_MAX 10 /* differences of a check that are told in words */

enum verify_check {
    VERIFY_ORDERS,
    VERIFY_LINES,
    VERIFY_AD_SPENDS,
    VERIFY_REFUNDS,
    VERIFY_REFUND_LINES,
    VERIFY_SETTLEMENTS,
    VERIFY_SETTLED_AMOUNTS,
    VERIFY_CATALOG,
    VERIFY_ANOMALIES,
    VERIFY_INCIDENTS,
    VERIFY_DAILY_SALES,
    VERIFY_PRODUCTS,
    VERIFY_POSITIONS,
    VERIFY_CHECK_COUNT
};

struct verify_count {
    uint64_t rows;        /* looked at */
    uint64_t differences;
};

struct verifier {
    struct pg_link *link;
    struct verify_count counts[VERIFY_CHECK_COUNT];
    /* Told up to VERIFY_EXAMPLES_MAX differences of every check, one line each. */
    void (*on_difference)(void *ctx, enum verify_check check, const char *text);
    void *ctx;
};

/* Stable names: orders, lines, ad_spends, ... */
const char *verify_check_name(enum verify_check check);

/* true: all checks were made, counts tell what they found. false with err: they could not be made. Reads only. */
bool pg_verify(struct verifier *verifier, const struct pg_settings *settings, struct err *err);

/* The parts, inside the snapshot. */
bool verify_orders(struct verifier *verifier, struct pg_failure *failure);
bool verify_ad_spends(struct verifier *verifier, struct pg_failure *failure);
bool verify_refunds(struct verifier *verifier, struct pg_failure *failure);
bool verify_settlements(struct verifier *verifier, struct pg_failure *failure);
bool verify_catalog(struct verifier *verifier, struct pg_failure *failure);
bool verify_anomalies(struct verifier *verifier, struct pg_failure *failure);
bool verify_incidents(struct verifier *verifier, struct pg_failure *failure);
bool verify_sums(struct verifier *verifier, struct pg_failure *failure);

/* Every row of the query is a difference: how many there are, and this one in words; at most VERIFY_EXAMPLES_MAX rows come. */
bool verify_query(struct verifier *verifier, enum verify_check check, const struct pg_statement *differing,
                  struct pg_failure *failure);

/* Counts a difference and tells it. */
__attribute__((format(printf, 3, 4))) void verify_difference(struct verifier *verifier, enum verify_check check,
                                                            const char *format, ...);

/* Rows of a query, some thousands at a time. The current row is `row` of `rows`. Zero it, begin it, free it with row_stream_done. */
struct row_stream {
    const struct pg_statement *fetch; /* FETCH of the cursor */
    PGresult *rows;
    int row;
};

/* declare_sql is DECLARE of the cursor. */
bool row_stream_begin(struct row_stream *stream, struct pg_link *link, const char *declare_sql,
                      const struct pg_statement *fetch, struct pg_failure *failure);
/* Moves to the next row; *ret_there is false behind the last one. */
bool row_stream_next(struct row_stream *stream, struct pg_link *link, bool *ret_there, struct pg_failure *failure);
void row_stream_done(struct row_stream *stream);

#endif
