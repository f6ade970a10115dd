/*
 * Lines of payout statements with their amounts. They are restated seldom and summed by views: nothing moves but their table. So they go
 * straight into it, under a savepoint of their own; where one is there already all of the range are asked for, and those of the next
 * ranges too, until none of a range was there.
 */
#include "postgres/fact_writer.h"

#define SETTLEMENT_COLUMNS 31

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
    "DELETE FROM warehouse.fact_settlements f"
    " USING unnest($1::int4[], $2::text[], $3::text[], $4::int8[], $5::uuid[])"
    " AS u(shop_key, transaction_id, sku, revision, content_hash)"
    " WHERE f.shop_key = u.shop_key AND f.transaction_id = u.transaction_id AND f.sku = u.sku AND f.revision = u.revision"
    " AND f.content_hash = u.content_hash"};

static const char copy_sql[] =
    "COPY warehouse.fact_settlements (shop_key, day, revision, settled_at, occurred_at, content_hash, lines_hash, row_hash,"
    " total_minor, total_break_minor, sales_break_minor, shipping_break_minor, source_offset, source_partition,"
    " unknown_count, amount_scale, total_stated, transaction_id, sku, statement_id, native_type, type, status, currency,"
    " event_id, source_topic, fields, classes, amounts_minor, payout_id, order_id) FROM STDIN (FORMAT binary)";

static struct text sku_of(const struct settlement *settlement)
{
    return settlement->sku.ptr ? settlement->sku : (struct text){"", 0};
}

static struct versioned settlement_at(struct fact_writer *writer, size_t i)
{
    struct settlement_row *row = &writer->settlements[i];
    return (struct versioned){row->fact->key_hash, row->fact->revision, row->fact->content_hash, &row->version};
}

static void add_key(struct fact_writer *writer, size_t i)
{
    const struct settlement_row *row = &writer->settlements[i];
    array_int4(&writer->columns[0], row->shop->shop_key);
    array_text(&writer->columns[1], row->fact->settlement->transaction_id);
    array_text(&writer->columns[2], sku_of(row->fact->settlement));
}

static const struct version_kind kind = {
    .what = "settlements",
    .ask = &ask,
    .remove = &remove_settlements,
    .types = {PG_INT4, PG_TEXT, PG_TEXT, PG_INT8, PG_UUID},
    .columns = 5,
    .at = settlement_at,
    .add_key = add_key,
};

void settlements_take(struct fact_writer *writer, const struct settlement_fact *facts, size_t count)
{
    writer->settlements = writer_room(writer->settlements, &writer->settlement_room, count, sizeof *writer->settlements);
    writer->settlement_count = count;
    for (size_t i = 0; i < count; i++)
        writer->settlements[i] = (struct settlement_row){
            .fact = &facts[i], .shop = dims_shop(writer->dims, facts[i].shop), .version.action = ROW_WHOLE};
    versions_fold(writer, count, settlement_at, &writer->counts.settlements_duplicate, &writer->counts.settlements_stale);
}

/* Learns whether asking was worth it. */
static bool ask_for_all(struct fact_writer *writer, struct pg_failure *failure)
{
    struct write_counts *counts = &writer->counts;
    const struct version_counts met = {&counts->settlements_new, &counts->settlements_revised, &counts->settlements_duplicate,
                                       &counts->settlements_stale};
    uint64_t folded = counts->settlements_duplicate + counts->settlements_stale;
    if (!versions_ask(writer, &kind, writer->settlement_count, &met, failure))
        return false;
    writer->asks_settlements = counts->settlements_revised + counts->settlements_duplicate + counts->settlements_stale > folded;
    return true;
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
    at = put_int4(at, (int32_t)fact->unknown_count);
    at = put_int2(at, fact->amount_scale);
    return put_bool(at, fact->total_stated);
}

/* A text of texts with commas between, of which there are none in them. */
static void list_text(struct copy_buffer *list, struct text text)
{
    uint8_t *at = copy_reserve(list, text.len + 1);
    if (list->used)
        *at++ = ',';
    memcpy(at, text.ptr, text.len);
    copy_end(list, at + text.len);
}

/* The columns of its amounts; returns their size. */
static size_t fill_amounts(struct fact_writer *writer, const struct settlement_fact *fact)
{
    struct pg_array *columns = writer->columns;
    columns[0].buffer.used = columns[1].buffer.used = 0;
    writer_column(writer, 2, PG_INT8);
    for (uint32_t i = 0; i < fact->row_count; i++) {
        list_text(&columns[0].buffer, fact->rows[i].field);
        list_text(&columns[1].buffer, text_of(settled_class_name(fact->rows[i].class)));
        array_int8(&columns[2], fact->rows[i].amount_minor);
    }
    return columns[0].buffer.used + columns[1].buffer.used + columns[2].buffer.used;
}

static uint8_t *put_list(uint8_t *at, const struct copy_buffer *list)
{
    return put_text(at, (struct text){list->used ? (const char *)list->bytes : "", (uint32_t)list->used});
}

static void put_settlement(struct fact_writer *writer, const struct settlement_row *row, const struct position *source)
{
    const struct settlement_fact *fact = row->fact;
    const struct settlement *settlement = fact->settlement;
    size_t texts = texts_len(fact, source) + fill_amounts(writer, fact);
    uint8_t *at = copy_reserve(&writer->copy, 2 + SETTLEMENT_COLUMNS * COPY_FIELD_MAX + texts);
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
    at = put_list(at, &writer->columns[0].buffer);
    at = put_list(at, &writer->columns[1].buffer);
    at = put_array(at, &writer->columns[2]);
    at = put_text(at, settlement->payout_id);
    copy_end(&writer->copy, put_text(at, settlement->order_id));
}

static bool copy_all(struct fact_writer *writer, struct pg_failure *failure)
{
    if (!pg_copy_begin(writer->link, copy_sql, &writer->copy, failure))
        return false;
    for (size_t i = 0; i < writer->settlement_count; i++) {
        const struct settlement_row *row = &writer->settlements[i];
        if (row->version.action == ROW_SKIP)
            continue;
        put_settlement(writer, row, &writer->batch->advances[row->fact->origin.slot].from);
        if (!writer_flush(writer, failure))
            return false;
    }
    return pg_copy_end(writer->link, &writer->copy, failure);
}

/* *ret_done is false where one is there already: the transaction then stands where it stood before. */
static bool write_straight(struct fact_writer *writer, bool *ret_done, struct pg_failure *failure)
{
    if (!pg_do(writer->link, "SAVEPOINT settlements", failure))
        return false;
    *ret_done = copy_all(writer, failure);
    if (*ret_done) {
        for (size_t i = 0; i < writer->settlement_count; i++)
            writer->counts.settlements_new += writer->settlements[i].version.action != ROW_SKIP;
        return pg_do(writer->link, "RELEASE SAVEPOINT settlements", failure);
    }
    if (failure->kind != PG_REFUSED || !pg_failed_as(failure, "23505"))
        return false;
    writer->counts.fallbacks++;
    return pg_do(writer->link, "ROLLBACK TO SAVEPOINT settlements; RELEASE SAVEPOINT settlements", failure);
}

static bool write_asking(struct fact_writer *writer, struct pg_failure *failure)
{
    return ask_for_all(writer, failure) && versions_remove_old(writer, &kind, writer->settlement_count, failure) &&
           (!(writer->counts.settlements_new + writer->counts.settlements_revised) || copy_all(writer, failure));
}

bool settlements_write(struct fact_writer *writer, enum write_mode mode, struct pg_failure *failure)
{
    bool done = false;
    if (!writer->settlement_count)
        return true;
    if (mode == WRITE_STRAIGHT && !writer->asks_settlements && !write_straight(writer, &done, failure))
        return false;
    return done || write_asking(writer, failure);
}
