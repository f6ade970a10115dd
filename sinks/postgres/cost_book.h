/*
 * What a unit of a SKU costs, as the catalog in the database has it: steps of time, asked for once per SKU and kept. The shops of a
 * writer are its own, so nobody else changes what is kept; it is forgotten where the writer itself changes the catalog, where a
 * transaction that has is rolled back, and where partitions are taken over.
 */
#ifndef POSTGRES_COST_BOOK_H
#define POSTGRES_COST_BOOK_H

#include "common/arena.h"
#include "postgres/pg_link.h"

struct cost_step {
    int64_t from_us;
    int64_t cost_minor; /* EVENT_ABSENT: unknown */
};

/* A SKU of a shop, in the currency and scale of its orders. */
struct cost_entry {
    int32_t shop_key;
    int32_t amount_scale;
    char currency[4];
    uint64_t sku_hash;
    struct text sku;
    const struct cost_step *steps; /* ascending; NULL: not asked for yet */
    uint32_t step_count;
};

struct cost_book {
    struct arena arena;
    struct cost_entry *entries;
    uint32_t *slots; /* entry + 1; a power of two, at most half full */
    size_t count, room, slot_room;
    size_t asked;    /* entries[asked..count) are to be asked for */
    size_t step_count; /* of all entries */
    struct pg_array columns[4];
    bool known_empty; /* the database has no costs at all */
    bool looked;      /* whether known_empty was looked up */
    bool tainted;     /* the catalog was changed in a transaction: forget before the next use */
};

void cost_book_done(struct cost_book *book);
void cost_book_forget(struct cost_book *book);

/* Starts a batch: forgets what may be wrong. *ret_any is false where no line can have a cost. */
bool cost_book_start(struct cost_book *book, struct pg_link *link, bool *ret_any, struct pg_failure *failure);
/* The index of the entry, which is made where it is new. */
size_t cost_book_entry(struct cost_book *book, const struct cost_entry *key);
/* Asks for all entries that were made since. */
bool cost_book_load(struct cost_book *book, struct pg_link *link, struct pg_failure *failure);
/* Cost of a line, EVENT_ABSENT where it is unknown or beyond all measure. */
int64_t cost_book_line(const struct cost_book *book, size_t entry, int64_t at_us, int64_t quantity);

#endif
