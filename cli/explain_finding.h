/*
 * Where stored rows and the computation disagree, while they are held against each other.
 */
#ifndef CLI_EXPLAIN_FINDING_H
#define CLI_EXPLAIN_FINDING_H

#include "cli/explain.h"

struct explain_finding {
    struct explanation *explanation;
    struct arena *arena;
    const char *where;
};

/* A text in the arena, cut to 255 bytes. */
__attribute__((format(printf, 2, 3))) const char *explain_text_in(struct arena *arena, const char *format, ...);

/* The texts live as long as the explanation. */
void explain_differs(struct explain_finding *finding, const char *column, const char *stored, const char *computed);

/* Nothing where the two are equal. */
void explain_compare(struct explain_finding *finding, const char *column, int64_t stored, int64_t computed);
/* EVENT_ABSENT is null. */
void explain_compare_maybe(struct explain_finding *finding, const char *column, int64_t stored, int64_t computed);
void explain_compare_flags(struct explain_finding *finding, const char *column, bool stored, bool computed);

#endif
