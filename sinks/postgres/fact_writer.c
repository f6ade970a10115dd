#include "postgres/fact_writer.h"

#include <stdlib.h>

#include "common/crash_point.h"

#define CHUNK_BYTES (64 * 1024)

bool fact_writer_init(struct fact_writer *writer, struct pg_link *link, struct dims *dims)
{
    *writer = (struct fact_writer){.link = link, .dims = dims, .rollup = rollup_new()};
    return writer->rollup != NULL;
}

void fact_writer_done(struct fact_writer *writer)
{
    PQclear(writer->old_lines);
    rollup_free(writer->rollup);
    copy_buffer_done(&writer->copy);
    for (int i = 0; i < WRITER_COLUMNS; i++)
        copy_buffer_done(&writer->columns[i].buffer);
    free(writer->orders);
    free(writer->spends);
    free(writer->refunds);
    free(writer->settlements);
    free(writer->catalog);
    free(writer->line_costs);
    cost_book_done(&writer->costs);
    parked_orders_done(&writer->parked);
    PQclear(writer->restated);
    free(writer->slots);
    *writer = (struct fact_writer){0};
}

void writer_column(struct fact_writer *writer, int i, enum pg_type type)
{
    array_start(&writer->columns[i], type);
}

bool writer_run(struct fact_writer *writer, const struct pg_statement *statement, int columns, PGresult **ret_rows,
                struct pg_failure *failure)
{
    struct pg_call call = {.statement = statement};
    for (int i = 0; i < columns; i++)
        call_array(&call, &writer->columns[i]);
    if (!pg_run(writer->link, &call, 1, failure))
        return false;
    *ret_rows = call.result;
    return true;
}

void *writer_room(void *memory, size_t *room, size_t wanted, size_t item_size)
{
    if (wanted <= *room)
        return memory;
    free(memory);
    *room = wanted + wanted / 2;
    memory = malloc(*room * item_size);
    if (!memory)
        abort();
    return memory;
}

static size_t clamp(size_t value, size_t max)
{
    return value < max ? value : max;
}

void writer_slots(struct fact_writer *writer, size_t count)
{
    writer->slots = writer_room(writer->slots, &writer->slot_room, count, sizeof *writer->slots);
}

bool writer_flush(struct fact_writer *writer, struct pg_failure *failure)
{
    return writer->copy.used < CHUNK_BYTES || pg_copy_flush(writer->link, &writer->copy, failure);
}

bool writer_fail_sum(struct pg_failure *failure)
{
    return pg_fail_as(failure, PG_REFUSED, "22003", "a sum of the batch's amounts does not fit 64 bits");
}

static struct versioned order_at(struct fact_writer *writer, size_t i)
{
    struct order_row *row = &writer->orders[i];
    return (struct versioned){row->fact->order->order_hash, row->fact->revision, row->fact->content_hash, &row->version};
}

static void take_orders(struct fact_writer *writer, struct fact_range range, enum write_mode mode)
{
    const struct facts *facts = &writer->batch->facts;
    size_t first = clamp(range.first, facts->order_count), last = clamp(range.last, facts->order_count);
    writer->order_count = last - first;
    writer->orders = writer_room(writer->orders, &writer->order_room, writer->order_count, sizeof *writer->orders);
    for (size_t i = first; i < last; i++) {
        const struct order_fact *fact = &facts->orders[i];
        writer->orders[i - first] =
            (struct order_row){.fact = fact,
                               .shop = dims_shop(writer->dims, fact->shop),
                               .rule_set = dims_rule_set(writer->dims, fact->rule_set),
                               .version.action = ROW_WHOLE,
                               .asked = mode == WRITE_ASKING || fact->novelty == FACT_UNSURE};
    }
    if (mode == WRITE_ASKING)
        versions_fold(writer, writer->order_count, order_at, &writer->counts.orders_duplicate, &writer->counts.orders_stale);
}

/* The part of a range that falls on count facts which stand behind `before` others. */
static struct fact_range part_of(struct fact_range range, size_t before, size_t count)
{
    size_t end = before + count, first = clamp(range.first > before ? range.first : before, end), last = clamp(range.last, end);
    return (struct fact_range){first - before, last > first ? last - before : first - before};
}

/* NULL + 0 is no address. */
#define FROM(array, part) ((part).last > (part).first ? &(array)[(part).first] : NULL)

static void take_others(struct fact_writer *writer, struct fact_range range)
{
    const struct facts *facts = &writer->batch->facts;
    size_t before = facts->order_count;
    struct fact_range part = part_of(range, before, facts->ad_spend_count);
    spends_take(writer, FROM(facts->ad_spends, part), part.last - part.first);
    part = part_of(range, before += facts->ad_spend_count, facts->refund_count);
    refunds_take(writer, FROM(facts->refunds, part), part.last - part.first);
    part = part_of(range, before += facts->refund_count, facts->settlement_count);
    settlements_take(writer, FROM(facts->settlements, part), part.last - part.first);
    part = part_of(range, before += facts->settlement_count, facts->catalog_count);
    catalog_take(writer, FROM(facts->catalog, part), part.last - part.first);
}

void fact_writer_forget(struct fact_writer *writer)
{
    cost_book_forget(&writer->costs);
    parked_orders_forget(&writer->parked);
}

static void start_range(struct fact_writer *writer, const struct batch *batch)
{
    writer->batch = batch;
    writer->counts = (struct write_counts){0};
    writer->vouched_asked = writer->vouched_there = writer->product_rows = 0;
    rollup_reset(writer->rollup);
    PQclear(writer->old_lines);
    PQclear(writer->restated);
    writer->old_lines = writer->restated = NULL;
}

bool fact_writer_write(struct fact_writer *writer, const struct batch *batch, struct fact_range range,
                       enum write_mode mode, struct pg_failure *failure)
{
    start_range(writer, batch);
    if (!dims_resolve(writer->dims, writer->link, &batch->facts, failure))
        return false;
    take_orders(writer, range, mode);
    take_others(writer, range);
    if (!catalog_write(writer, failure) || !orders_ask(writer, failure) || !spends_ask(writer, failure) || !orders_remove_old(writer, failure) ||
        !spends_remove_old(writer, failure) || !costs_find(writer, failure) || !orders_copy(writer, failure) ||
        !costs_restate(writer, failure))
        return false;
    crash_point("mid_copy");
    return spends_copy(writer, failure) && refunds_ask(writer, failure) && refunds_remove_old(writer, failure) &&
           refunds_copy(writer, failure) && refund_effects_write(writer, failure) && settlements_write(writer, mode, failure) &&
           aggregates_write(writer, failure);
}
