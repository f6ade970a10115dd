/*
 * Lines of payout statements and their amounts. They are restated seldom and summed by views, so that every one is asked for and
 * nothing moves but the two tables.
 */
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
    " SELECT FROM gone"};

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

bool settlements_ask(struct fact_writer *writer, struct pg_failure *failure)
{
    struct write_counts *counts = &writer->counts;
    const struct version_counts met = {&counts->settlements_new, &counts->settlements_revised, &counts->settlements_duplicate,
                                       &counts->settlements_stale};
    return versions_ask(writer, &kind, writer->settlement_count, &met, failure);
}

bool settlements_remove_old(struct fact_writer *writer, struct pg_failure *failure)
{
    return versions_remove_old(writer, &kind, writer->settlement_count, failure);
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
        if (row->version.action == ROW_SKIP)
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
        if (row->version.action == ROW_SKIP)
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
