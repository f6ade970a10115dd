/*
 * What an importer noticed and books all the same: sums that do not meet, orders without lines. Nothing of it is a refusal.
 */
#ifndef PRODUCERS_FINDINGS_H
#define PRODUCERS_FINDINGS_H

#include <stddef.h>

#include "common/arena.h"
#include "common/err.h"
#include "schemas/event.h"

#define FINDINGS_MAX 200000 /* kept; those behind are counted only */
#define FINDING_KINDS_MAX 24

struct finding {
    const char *code;     /* stable, as "payments-differ" */
    struct text order_id;
    const char *file;     /* borrowed */
    uint32_t line;        /* from 1 */
    int64_t amount_minor; /* by how much; EVENT_ABSENT where there is no amount */
    struct text text;     /* one line for people */
};

struct finding_kind {
    const char *code;
    uint64_t count;
    int64_t amount_minor; /* sum, as far as it fits */
};

/* Zeroed, there are none. */
struct findings {
    struct arena texts;
    struct finding *items;
    size_t kept, room;
    uint64_t count;
    struct finding_kind kinds[FINDING_KINDS_MAX]; /* in the order of their first finding */
    size_t kind_count;
};

/* Copies order_id and the text; code and file are borrowed. Never fails: where memory is out it only counts. code is one of fewer than
 * FINDING_KINDS_MAX. */
__attribute__((format(printf, 3, 4))) void findings_add(struct findings *findings, const struct finding *finding, const char *format, ...);

void findings_done(struct findings *findings);

#endif
