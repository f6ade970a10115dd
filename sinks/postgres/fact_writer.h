/*
 * Writes orders, ad spends, refunds, settlements and the catalog of a batch into facts and aggregates, inside an open transaction.
 *   1. What the engine vouches for as new goes straight into the tables. A row that is there already is a unique violation:
 *      the caller rolls back to its savepoint and writes the same range again, asking first.
 *   2. Rows that are asked for send their keys, revisions and content hashes only; the database answers with those it does
 *      not hold in that revision. A full replay ends there.
 *   3. What replaces an older revision: the old rows are deleted where they still are what was seen, and come back with the
 *      deletion. Aggregates move by new minus old. Lines that did not change are left alone.
 */
#ifndef POSTGRES_FACT_WRITER_H
#define POSTGRES_FACT_WRITER_H

#include "core/rollup.h"
#include "postgres/cost_book.h"
#include "postgres/dims.h"
#include "postgres/parked_orders.h"
#include "postgres/pg_link.h"
#include "postgres/version_writer.h"
#include "sinks/sink.h"

#define WRITER_COLUMNS 36

enum write_mode {
    WRITE_STRAIGHT, /* ask only for orders that the engine does not vouch for, and for settlements where some were there of late */
    WRITE_ASKING    /* ask for all */
};

/* Orders, ad spends, refunds, settlements and the catalog of a batch as one sequence: [first, last). */
struct fact_range {
    size_t first, last;
};

struct order_row {
    const struct order_fact *fact;
    const struct shop_dim *shop;
    int64_t order_key; /* 0: none yet */
    int32_t rule_set;
    struct version version;
    bool asked;
    size_t first_cost; /* of its lines, in the writer's line_costs */
    bool was_booked; /* and what else the revision in the table looks like: */
    struct rollup_key old_key;
};

struct spend_row {
    const struct ad_spend_fact *fact;
    const struct shop_dim *shop;
    struct version version;
    int64_t old_spend_minor;
    struct rollup_key old_key;
};

struct refund_row {
    const struct refund_fact *fact;
    const struct shop_dim *shop;
    int64_t order_key; /* 0: its order has not come */
    struct version version;
};

struct catalog_row {
    const struct catalog_fact *fact;
    const struct shop_dim *shop;
    struct version version;
};

struct settlement_row {
    const struct settlement_fact *fact;
    const struct shop_dim *shop;
    struct version version;
};

struct fact_writer {
    struct pg_link *link; /* borrowed, as are dims and batch */
    struct dims *dims;
    const struct batch *batch;
    struct rollup *rollup;
    struct copy_buffer copy;
    struct pg_array columns[WRITER_COLUMNS];
    struct order_row *orders;
    struct spend_row *spends;
    struct refund_row *refunds;
    struct settlement_row *settlements;
    struct catalog_row *catalog;
    size_t order_count, order_room, spend_count, spend_room;
    size_t refund_count, refund_room, settlement_count, settlement_room, catalog_count, catalog_room;
    enum event_kind catalog_kind; /* of the catalog rows at work; EVENT_KIND_COUNT: all */
    bool asks_settlements; /* some of those that came last were there already */
    struct cost_book costs;
    struct parked_orders parked;
    bool any_costs;          /* line_costs is filled */
    int64_t *line_costs;     /* of the lines that are written, order by order */
    size_t line_cost_room;
    PGresult *restated;      /* lines whose cost the catalog of the range has changed; the rollup borrows SKUs from it */
    int64_t next_order_key, end_order_key; /* numbers of ours that no order has */
    uint32_t *slots; /* to find keys that come twice in a batch */
    size_t slot_room;
    PGresult *old_lines; /* the rollup borrows SKUs from it */
    struct write_counts counts; /* of the last range */
    uint64_t vouched_asked;     /* of the last range: orders that the engine vouched for and that were asked for ... */
    uint64_t vouched_there;     /* ... and that were there all the same */
    uint64_t product_rows;      /* appended to the product deltas by the last range */
};

/* false when memory is out. */
bool fact_writer_init(struct fact_writer *writer, struct pg_link *link, struct dims *dims);
void fact_writer_done(struct fact_writer *writer);

/* Writes a range of the batch. On false the transaction must be rolled back to where it stood. Fails as PG_AGAIN where rows
 * changed between being asked for and being replaced. */
bool fact_writer_write(struct fact_writer *writer, const struct batch *batch, struct fact_range range,
                       enum write_mode mode, struct pg_failure *failure);

/* The steps; fact_writer_write has their order. */
bool orders_ask(struct fact_writer *writer, struct pg_failure *failure);
bool orders_remove_old(struct fact_writer *writer, struct pg_failure *failure);
bool orders_copy(struct fact_writer *writer, struct pg_failure *failure);
void spends_take(struct fact_writer *writer, const struct ad_spend_fact *facts, size_t count);
bool spends_ask(struct fact_writer *writer, struct pg_failure *failure);
bool spends_remove_old(struct fact_writer *writer, struct pg_failure *failure);
bool spends_copy(struct fact_writer *writer, struct pg_failure *failure);
void refunds_take(struct fact_writer *writer, const struct refund_fact *facts, size_t count);
bool refunds_ask(struct fact_writer *writer, struct pg_failure *failure);
bool refunds_remove_old(struct fact_writer *writer, struct pg_failure *failure);
bool refunds_copy(struct fact_writer *writer, struct pg_failure *failure);
void catalog_take(struct fact_writer *writer, const struct catalog_fact *facts, size_t count);
bool catalog_write(struct fact_writer *writer, struct pg_failure *failure);
/* Finds what the lines to be written cost; moves what lines cost that are there, after a change of the catalog. */
bool costs_find(struct fact_writer *writer, struct pg_failure *failure);
bool costs_restate(struct fact_writer *writer, struct pg_failure *failure);
/* What refunds take back of the orders that this range has touched; once orders and refunds are written. */
bool refund_effects_write(struct fact_writer *writer, struct pg_failure *failure);
void settlements_take(struct fact_writer *writer, const struct settlement_fact *facts, size_t count);
bool settlements_write(struct fact_writer *writer, enum write_mode mode, struct pg_failure *failure);
bool aggregates_write(struct fact_writer *writer, struct pg_failure *failure);

/* Starts the writer's array column i. */
void writer_column(struct fact_writer *writer, int i, enum pg_type type);
/* Runs a statement over the first columns; its rows are the caller's. */
bool writer_run(struct fact_writer *writer, const struct pg_statement *statement, int columns, PGresult **ret_rows,
                struct pg_failure *failure);
/* Memory of at least wanted items, whose content is lost where it grows. */
void *writer_room(void *memory, size_t *room, size_t wanted, size_t item_size);

/* Partitions were taken over: what was kept of the database may be wrong. */
void fact_writer_forget(struct fact_writer *writer);

/* Makes room for count numbers in writer->slots. */
void writer_slots(struct fact_writer *writer, size_t count);
/* Sends the copy buffer on where it is large enough. */
bool writer_flush(struct fact_writer *writer, struct pg_failure *failure);
/* A sum does not fit; false. */
bool writer_fail_sum(struct pg_failure *failure);

#endif
