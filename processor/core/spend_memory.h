/*
 * What the rows of ad platforms said last, so that a stale row is known for what it is and a restated one moves its bucket by the
 * difference. Of a bounded number, in two generations: when the newer one is full the older one is forgotten, which are days that no
 * bucket is open for any more, as long as there is room for a few days of all campaigns. Plain records, as core/record_pool.h has
 * them. Not thread-safe.
 */
#ifndef CORE_SPEND_MEMORY_H
#define CORE_SPEND_MEMORY_H

#include "core/key_table.h"
#include "core/record_pool.h"

enum { SPEND_FIGURES = 4 }; /* spend, clicks, reported orders, reported revenue */

struct spend_row {
    uint64_t hash;                 /* of the row's identity */
    int64_t revision;
    double figures[SPEND_FIGURES]; /* that the statistics have taken in */
};

struct spend_generation {
    struct record_pool rows; /* of struct spend_row */
    struct key_table table;  /* derived */
};

struct spend_memory {
    struct spend_generation newer, older;
    uint32_t generation_max;
};

/* Remembers at least rows_max / 2 rows and at most rows_max. */
void spend_memory_init(struct spend_memory *memory, uint32_t rows_max);
void spend_memory_done(struct spend_memory *memory);

/* NULL where there is none. The row may be changed, but for its hash, until the next call of spend_memory_add. */
struct spend_row *spend_memory_find(struct spend_memory *memory, uint64_t hash);

/* A row of zeros under a hash that is not there; NULL when memory is out. */
struct spend_row *spend_memory_add(struct spend_memory *memory, uint64_t hash);

/* As records of a snapshot; a memory that is restored must be new and of the same size. False where it does not fit. */
void spend_memory_save(const struct spend_memory *memory, struct snapshot_writer *writer);
bool spend_memory_restore(struct spend_memory *memory, struct snapshot_reader *reader);

#endif
