/*
 * Lines of payout statements and their amounts. They are restated seldom and summed by views, so that every one is asked for and
 * nothing moves but the two tables.
 */
#include <stdlib.h>

#include "postgres/fact_writer.h"

#define SETTLEMENT_COLUMNS 29
#define AMOUNT_COLUMNS 6

static const struct pg_statement ask = {
    "ask_settlements",
    "SELECT u.n, f.revision, f.content_hash"
    " FROM unnest($1::int4[], $2::text[], $3::text[], $4::int8[], $5::uuid[])"
    " WITH ORDINALITY AS u(shop_key, transaction_id, sku, revision, content_hash, n)"
    " LEFT JOIN warehouse.fact_settlements f ON f.shop_key = u.shop_key AND f.transaction_id = u.transaction_id"
    " AND f.sku = u.sku"
    " WHERE f.revision IS NULL OR f.revision <> u.revision OR f.content_hash <> u.content_hash"};

static const struct pg_statement remove_settlements = {
    "remove_settlements",
    "WITH gone AS (DELETE FROM warehouse.fact_settlements f"
    " USING unnest($1::int4[], $2::text[], $3::text[], $4::int8[], $5::uuid[])"
    " AS u(shop_key, transaction_id, sku, revision, content_hash)"
    " WHERE f.shop_key = u.shop_key AND f.transaction_id = u.transaction_id AND f.sku = u.sku AND f.revision = u.revision"
    " AND f.content_hash = u.content_hash RETURNING f.shop_key, f.transaction_id, f.sku),"
    " amounts AS (DELETE FROM warehouse.fact_settlement_lines l USING gone WHERE l.shop_key = gone.shop_key"
    " AND l.transaction_id = gone.transaction_id AND l.sku = gone.sku)"
    " SELECT count(*) FROM gone"};

static const char copy_settlements_sql[] =
    "COPY warehouse.fact_settlements (shop_key, day, revision, settled_at, occurred_at, content_hash, lines_hash, row_hash,"
    " total_minor, total_break_minor, sales_break_minor, shipping_break_minor, source_offset, source_partition, line_count,"
    " unknown_count, amount_scale, total_stated, transaction_id, sku, statement_id, native_type, type, status, currency,"
    " event_id, source_topic, payout_id, order_id) FROM STDIN (FORMAT binary)";

static const char copy_amounts_sql[] =
    "COPY warehouse.fact_settlement_lines (shop_key, amount_minor, transaction_id, sku, field, class)"
    " FROM STDIN (FORMAT binary)";

static struct text sku_of(const struct settlement *settlement)
{
    return settlement->sku.ptr ? settlement->sku : (struct text){"", 0};
}

static struct fold_item fold_settlement(struct fact_writer *writer, size_t i)
{
    struct settlement_row *row = &writer->settlements[i];
    return (struct fold_item){row->fact->key_hash, row->fact->revision, row->fact->content_hash, &row->action};
}

void settlements_take(struct fact_writer *writer, const struct settlement_fact *facts, size_t count)
{
    writer->settlements = writer_room(writer->settlements, &writer->settlement_room, count, sizeof *writer->settlements);
    writer->settlement_count = count;
    for (size_t i = 0; i < count; i++)
        writer->settlements[i] = (struct settlement_row){
            .fact = &facts[i], .shop = dims_shop(writer->dims, facts[i].shop), .action = ROW_WHOLE};
    writer_fold(writer, count, fold_settlement, &writer->counts.settlements_duplicate, &writer->counts.settlements_stale);
}

static void start_keys(struct fact_writer *writer)
{
    static const enum pg_type types[] = {PG_INT4, PG_TEXT, PG_TEXT, PG_INT8, PG_UUID};
    for (int i = 0; i < 5; i++)
        writer_column(writer, i, types[i]);
}

static void add_key(struct fact_writer *writer, const struct settlement_row *row, int64_t revision, struct hash128 content)
{
    array_int4(&writer->columns[0], row->shop->shop_key);
    array_text(&writer->columns[1], row->fact->settlement->transaction_id);
    array_text(&writer->columns[2], sku_of(row->fact->settlement));
    array_int8(&writer->columns[3], revision);
    array_uuid(&writer->columns[4], content);
}

static bool run_on_keys(struct fact_writer *writer, const struct pg_statement *statement, PGresult **ret_rows,
                        struct pg_failure *failure)
{
    struct pg_call call = {.statement = statement};
    for (int i = 0; i < 5; i++)
        call_array(&call, &writer->columns[i]);
    if (!pg_run(writer->link, &call, 1, failure))
        return false;
    *ret_rows = call.result;
    return true;
}

static void take_answer(struct settlement_row *row, const PGresult *rows, int i)
{
    row->action = ROW_WHOLE;
    if (PQgetisnull(rows, i, 1))
        return;
    row->old_revision = get_int8(rows, i, 1);
    row->old_content = get_uuid(rows, i, 2);
    row->replaces = compare_revisions(row->fact->revision, row->fact->content_hash, row->old_revision, row->old_content) > 0;
    if (!row->replaces)
        row->action = ROW_SKIP;
}

static size_t add_questions(struct fact_writer *writer)
{
    size_t count = 0;
    writer_slots(writer, writer->settlement_count);
    start_keys(writer);
    for (size_t i = 0; i < writer->settlement_count; i++) {
        struct settlement_row *row = &writer->settlements[i];
        if (row->action == ROW_SKIP)
            continue;
        row->action = ROW_SKIP;
        add_key(writer, row, row->fact->revision, row->fact->content_hash);
        writer->slots[count++] = (uint32_t)i;
    }
    return count;
}

bool settlements_ask(struct fact_writer *writer, struct pg_failure *failure)
{
    PGresult *rows;
    size_t asked = add_questions(writer);
    if (!asked)
        return true;
    if (!run_on_keys(writer, &ask, &rows, failure))
        return false;
    for (int i = 0; i < PQntuples(rows); i++) {
        struct settlement_row *row = &writer->settlements[writer->slots[get_int8(rows, i, 0) - 1]];
        take_answer(row, rows, i);
        writer->counts.settlements_stale += row->action == ROW_SKIP;
        writer->counts.settlements_revised += row->replaces;
        writer->counts.settlements_new += row->action == ROW_WHOLE && !row->replaces;
    }
    writer->counts.settlements_duplicate += asked - (size_t)PQntuples(rows);
    PQclear(rows);
    return true;
}

bool settlements_remove_old(struct fact_writer *writer, struct pg_failure *failure)
{
    PGresult *removed;
    if (!writer->counts.settlements_revised)
        return true;
    start_keys(writer);
    for (size_t i = 0; i < writer->settlement_count; i++)
        if (writer->settlements[i].replaces)
            add_key(writer, &writer->settlements[i], writer->settlements[i].old_revision, writer->settlements[i].old_content);
    if (!run_on_keys(writer, &remove_settlements, &removed, failure))
        return false;
    bool all = (uint64_t)get_int8(removed, 0, 0) == writer->counts.settlements_revised;
    PQclear(removed);
    return all || pg_fail_as(failure, PG_AGAIN, "40001", "PostgreSQL: another process changed settlements of this batch");
}

static size_t texts_len(const struct settlement_fact *fact, const struct position *source)
{
    const struct settlement *settlement = fact->settlement;
    return settlement->transaction_id.len + settlement->sku.len + settlement->statement_id.len + settlement->native_type.len +
           strlen(settled_type_name(fact->type)) + settlement->status.len + fact->currency.len + fact->event_id.len +
           strlen(source->topic) + settlement->payout_id.len + settlement->order_id.len;
}

static uint8_t *put_fixed(uint8_t *at, const struct settlement_row *row, const struct position *source)
{
    const struct settlement_fact *fact = row->fact;
    at = put_int4(at, row->shop->shop_key);
    at = put_date(at, fact->day);
    at = put_int8(at, fact->revision);
    at = put_time(at, fact->settlement->settled_at_us);
    at = put_time(at, fact->occurred_at_us);
    at = put_uuid(at, fact->content_hash);
    at = put_int8(at, (int64_t)fact->rows_hash);
    at = put_int8(at, (int64_t)fact->columns_hash);
    at = put_int8(at, fact->total_minor);
    at = put_int8(at, fact->total_break_minor);
    at = put_int8(at, fact->sales_break_minor);
    at = put_int8(at, fact->shipping_break_minor);
    at = put_int8(at, fact->origin.offset);
    at = put_int4(at, source->partition);
    at = put_int4(at, (int32_t)fact->row_count);
    at = put_int4(at, (int32_t)fact->unknown_count);
    at = put_int2(at, fact->amount_scale);
    return put_bool(at, fact->total_stated);
}

static void put_settlement(struct copy_buffer *buffer, const struct settlement_row *row, const struct position *source)
{
    const struct settlement_fact *fact = row->fact;
    const struct settlement *settlement = fact->settlement;
    uint8_t *at = copy_reserve(buffer, 2 + SETTLEMENT_COLUMNS * COPY_FIELD_MAX + texts_len(fact, source));
    at = put_fixed(put_u16(at, SETTLEMENT_COLUMNS), row, source);
    at = put_text(at, settlement->transaction_id);
    at = put_text(at, sku_of(settlement));
    at = put_text(at, settlement->statement_id);
    at = put_text(at, settlement->native_type);
    at = put_text(at, text_of(settled_type_name(fact->type)));
    at = put_text(at, settlement->status);
    at = put_text(at, fact->currency);
    at = put_text(at, fact->event_id);
    at = put_text(at, text_of(source->topic));
    at = put_text(at, settlement->payout_id);
    copy_end(buffer, put_text(at, settlement->order_id));
}

static void put_amount(struct copy_buffer *buffer, const struct settlement_row *row, const struct settled_row *amount)
{
    const struct settlement *settlement = row->fact->settlement;
    struct text class = text_of(settled_class_name(amount->class));
    size_t texts = settlement->transaction_id.len + settlement->sku.len + amount->field.len + class.len;
    uint8_t *at = copy_reserve(buffer, 2 + AMOUNT_COLUMNS * COPY_FIELD_MAX + texts);
    at = put_u16(at, AMOUNT_COLUMNS);
    at = put_int4(at, row->shop->shop_key);
    at = put_int8(at, amount->amount_minor);
    at = put_text(at, settlement->transaction_id);
    at = put_text(at, sku_of(settlement));
    at = put_text(at, amount->field);
    copy_end(buffer, put_text(at, class));
}

static bool copy_settlements(struct fact_writer *writer, struct pg_failure *failure)
{
    if (!pg_copy_begin(writer->link, copy_settlements_sql, &writer->copy, failure))
        return false;
    for (size_t i = 0; i < writer->settlement_count; i++) {
        const struct settlement_row *row = &writer->settlements[i];
        if (row->action == ROW_SKIP)
            continue;
        put_settlement(&writer->copy, row, &writer->batch->advances[row->fact->origin.slot].from);
        if (!writer_flush(writer, failure))
            return false;
    }
    return pg_copy_end(writer->link, &writer->copy, failure);
}

static bool copy_amounts(struct fact_writer *writer, struct pg_failure *failure)
{
    if (!pg_copy_begin(writer->link, copy_amounts_sql, &writer->copy, failure))
        return false;
    for (size_t i = 0; i < writer->settlement_count; i++) {
        const struct settlement_row *row = &writer->settlements[i];
        if (row->action == ROW_SKIP)
            continue;
        for (uint32_t amount = 0; amount < row->fact->row_count; amount++)
            put_amount(&writer->copy, row, &row->fact->rows[amount]);
        if (!writer_flush(writer, failure))
            return false;
    }
    return pg_copy_end(writer->link, &writer->copy, failure);
}

bool settlements_copy(struct fact_writer *writer, struct pg_failure *failure)
{
    if (!(writer->counts.settlements_new + writer->counts.settlements_revised))
        return true;
    return copy_settlements(writer, failure) && copy_amounts(writer, failure);
}
