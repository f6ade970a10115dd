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

int compare_revisions(int64_t a, struct hash128 a_content, int64_t b, struct hash128 b_content)
{
    if (a != b)
        return a < b ? -1 : 1;
    if (a_content.hi != b_content.hi)
        return a_content.hi < b_content.hi ? -1 : 1;
    return (a_content.lo > b_content.lo) - (a_content.lo < b_content.lo);
}

void writer_slots(struct fact_writer *writer, size_t count)
{
    writer->slots = writer_room(writer->slots, &writer->slot_room, count, sizeof *writer->slots);
}

/* Empties a table of keys that is never more than half full; returns its mask. */
static size_t clear_keys(struct fact_writer *writer, size_t count)
{
    size_t room = 64;
    while (room < count * 2)
        room *= 2;
    writer_slots(writer, room);
    memset(writer->slots, 0, room * sizeof *writer->slots);
    return room - 1;
}

bool writer_flush(struct fact_writer *writer, struct pg_failure *failure)
{
    return writer->copy.used < CHUNK_BYTES || pg_copy_flush(writer->link, &writer->copy, failure);
}

bool writer_fail_sum(struct pg_failure *failure)
{
    return pg_fail_as(failure, PG_REFUSED, "22003", "a sum of the batch's amounts does not fit 64 bits");
}

static bool hashes_equal(struct hash128 a, struct hash128 b)
{
    return a.lo == b.lo && a.hi == b.hi;
}

static struct fold_item fold_order(struct fact_writer *writer, size_t i)
{
    struct order_row *row = &writer->orders[i];
    return (struct fold_item){row->fact->order->order_hash, row->fact->revision, row->fact->content_hash, &row->action};
}

static struct fold_item fold_spend(struct fact_writer *writer, size_t i)
{
    struct spend_row *row = &writer->spends[i];
    return (struct fold_item){row->fact->spend->row_hash, row->fact->revision, row->fact->content_hash, &row->action};
}

static struct fold_item fold_refund(struct fact_writer *writer, size_t i)
{
    struct refund_row *row = &writer->refunds[i];
    return (struct fold_item){row->fact->key_hash, row->fact->revision, row->fact->content_hash, &row->action};
}

void writer_fold(struct fact_writer *writer, size_t count, fold_item_at *item_at, uint64_t *duplicate, uint64_t *stale)
{
    size_t mask = clear_keys(writer, count);
    for (size_t i = 0; i < count; i++) {
        struct fold_item item = item_at(writer, i);
        size_t at = item.key.lo & mask;
        while (writer->slots[at] && !hashes_equal(item_at(writer, writer->slots[at] - 1).key, item.key))
            at = (at + 1) & mask;
        int order = 1;
        if (writer->slots[at]) {
            struct fold_item held = item_at(writer, writer->slots[at] - 1);
            order = compare_revisions(item.revision, item.content, held.revision, held.content);
            *duplicate += order == 0;
            *stale += order != 0;
            *(order > 0 ? held : item).action = ROW_SKIP;
        }
        if (order > 0)
            writer->slots[at] = (uint32_t)i + 1;
    }
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
                               .action = ROW_WHOLE,
                               .asked = mode == WRITE_ASKING || fact->novelty == FACT_UNSURE};
    }
    if (mode == WRITE_ASKING)
        writer_fold(writer, writer->order_count, fold_order, &writer->counts.orders_duplicate, &writer->counts.orders_stale);
}

static void take_spends(struct fact_writer *writer, struct fact_range range)
{
    const struct facts *facts = &writer->batch->facts;
    size_t before = facts->order_count, end = before + facts->ad_spend_count;
    size_t first = clamp(range.first > before ? range.first : before, end), last = clamp(range.last, end);
    writer->spend_count = last > first ? last - first : 0;
    writer->spends = writer_room(writer->spends, &writer->spend_room, writer->spend_count, sizeof *writer->spends);
    for (size_t i = 0; i < writer->spend_count; i++) {
        const struct ad_spend_fact *fact = &facts->ad_spends[first - before + i];
        writer->spends[i] =
            (struct spend_row){.fact = fact, .shop = dims_shop(writer->dims, fact->shop), .action = ROW_WHOLE};
    }
    writer_fold(writer, writer->spend_count, fold_spend, &writer->counts.ad_spends_duplicate, &writer->counts.ad_spends_stale);
}

static void take_refunds(struct fact_writer *writer, struct fact_range range)
{
    const struct facts *facts = &writer->batch->facts;
    size_t before = facts->order_count + facts->ad_spend_count, end = before + facts->refund_count;
    size_t first = clamp(range.first > before ? range.first : before, end), last = clamp(range.last, end);
    writer->refund_count = last > first ? last - first : 0;
    writer->refunds = writer_room(writer->refunds, &writer->refund_room, writer->refund_count, sizeof *writer->refunds);
    for (size_t i = 0; i < writer->refund_count; i++) {
        const struct refund_fact *fact = &facts->refunds[first - before + i];
        writer->refunds[i] =
            (struct refund_row){.fact = fact, .shop = dims_shop(writer->dims, fact->shop), .action = ROW_WHOLE};
    }
    writer_fold(writer, writer->refund_count, fold_refund, &writer->counts.refunds_duplicate, &writer->counts.refunds_stale);
}

static void take_settlements(struct fact_writer *writer, struct fact_range range)
{
    const struct facts *facts = &writer->batch->facts;
    size_t before = facts->order_count + facts->ad_spend_count + facts->refund_count, end = before + facts->settlement_count;
    size_t first = clamp(range.first > before ? range.first : before, end), last = clamp(range.last, end);
    settlements_take(writer, last > first ? &facts->settlements[first - before] : NULL, last > first ? last - first : 0);
}

static void take_catalog(struct fact_writer *writer, struct fact_range range)
{
    const struct facts *facts = &writer->batch->facts;
    size_t before = facts->order_count + facts->ad_spend_count + facts->refund_count + facts->settlement_count;
    size_t end = before + facts->catalog_count;
    size_t first = clamp(range.first > before ? range.first : before, end), last = clamp(range.last, end);
    catalog_take(writer, last > first ? &facts->catalog[first - before] : NULL, last > first ? last - first : 0);
}

void fact_writer_forget(struct fact_writer *writer)
{
    cost_book_forget(&writer->costs);
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
    take_spends(writer, range);
    take_refunds(writer, range);
    take_settlements(writer, range);
    take_catalog(writer, range);
    if (!catalog_write(writer, failure) || !orders_ask(writer, failure) || !spends_ask(writer, failure) || !orders_remove_old(writer, failure) ||
        !spends_remove_old(writer, failure) || !costs_find(writer, failure) || !orders_copy(writer, failure) ||
        !costs_restate(writer, failure))
        return false;
    crash_point("mid_copy");
    return spends_copy(writer, failure) && refunds_ask(writer, failure) && refunds_remove_old(writer, failure) &&
           refunds_copy(writer, failure) && refund_effects_write(writer, failure) && settlements_ask(writer, failure) &&
           settlements_remove_old(writer, failure) && settlements_copy(writer, failure) && aggregates_write(writer, failure);
}
