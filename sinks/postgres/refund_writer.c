/*
 * Refunds as they are stated. They are few: every one is asked for. Its order, where it is there, may have come in this very batch:
 * orders are written before.
 */
#include "postgres/fact_writer.h"
#include "postgres/presentment.h"

#define REFUND_COLUMNS (26 + PRESENTMENT_COLUMNS)

static const struct pg_statement ask = {
    "ask_refunds",
    "SELECT u.n, f.revision, f.content_hash, o.order_key"
    " FROM unnest($1::int4[], $2::text[], $3::text[], $4::int8[], $5::uuid[])"
    " WITH ORDINALITY AS u(shop_key, order_id, refund_id, revision, content_hash, n)"
    " LEFT JOIN warehouse.fact_refunds f ON f.shop_key = u.shop_key AND f.order_id = u.order_id AND f.refund_id = u.refund_id"
    " LEFT JOIN warehouse.fact_orders o ON o.shop_key = u.shop_key AND o.order_id = u.order_id"
    " WHERE f.revision IS NULL OR f.revision <> u.revision OR f.content_hash <> u.content_hash"};

static const struct pg_statement remove_refunds = {
    "remove_refunds",
    "DELETE FROM warehouse.fact_refunds f"
    " USING unnest($1::int4[], $2::text[], $3::text[], $4::int8[], $5::uuid[])"
    " AS u(shop_key, order_id, refund_id, revision, content_hash)"
    " WHERE f.shop_key = u.shop_key AND f.order_id = u.order_id AND f.refund_id = u.refund_id AND f.revision = u.revision"
    " AND f.content_hash = u.content_hash"};

static const char copy_sql[] =
    "COPY warehouse.fact_refunds (shop_key, day, revision, occurred_at, content_hash, row_hash, shipping_refund_minor,"
    " discrepancy_minor, source_offset, source_partition, amount_scale, flags, order_id, refund_id, event_id, currency,"
    " initiator, source_topic, line_ids, quantities, amounts_minor, taxes_minor, restocked, order_key, case_fee_minor, reason,"
    " " PRESENTMENT_COPY_COLUMNS ") FROM STDIN (FORMAT binary)";

static struct versioned refund_at(struct fact_writer *writer, size_t i)
{
    struct refund_row *row = &writer->refunds[i];
    return (struct versioned){row->fact->key_hash, row->fact->revision, row->fact->content_hash, &row->version};
}

static void add_key(struct fact_writer *writer, size_t i)
{
    const struct refund_row *row = &writer->refunds[i];
    array_int4(&writer->columns[0], row->shop->shop_key);
    array_text(&writer->columns[1], row->fact->refund->order_id);
    array_text(&writer->columns[2], row->fact->refund->refund_id);
}

static void take_order(struct fact_writer *writer, size_t i, const PGresult *rows, int answer)
{
    writer->refunds[i].order_key = PQgetisnull(rows, answer, 3) ? 0 : get_int8(rows, answer, 3);
}

static const struct version_kind kind = {
    .what = "refunds",
    .ask = &ask,
    .remove = &remove_refunds,
    .types = {PG_INT4, PG_TEXT, PG_TEXT, PG_INT8, PG_UUID},
    .columns = 5,
    .at = refund_at,
    .add_key = add_key,
    .take = take_order,
};

void refunds_take(struct fact_writer *writer, const struct refund_fact *facts, size_t count)
{
    writer->refunds = writer_room(writer->refunds, &writer->refund_room, count, sizeof *writer->refunds);
    writer->refund_count = count;
    for (size_t i = 0; i < count; i++)
        writer->refunds[i] = (struct refund_row){
            .fact = &facts[i], .shop = dims_shop(writer->dims, facts[i].shop), .version.action = ROW_WHOLE};
    versions_fold(writer, count, refund_at, &writer->counts.refunds_duplicate, &writer->counts.refunds_stale);
}

bool refunds_ask(struct fact_writer *writer, struct pg_failure *failure)
{
    struct write_counts *counts = &writer->counts;
    const struct version_counts met = {&counts->refunds_new, &counts->refunds_revised, &counts->refunds_duplicate, &counts->refunds_stale};
    return versions_ask(writer, &kind, writer->refund_count, &met, failure);
}

bool refunds_remove_old(struct fact_writer *writer, struct pg_failure *failure)
{
    return versions_remove_old(writer, &kind, writer->refund_count, failure);
}

/* The columns of the refund's lines as arrays; returns their size. */
static size_t fill_lines(struct fact_writer *writer, const struct refund *refund)
{
    static const enum pg_type types[] = {PG_TEXT, PG_INT8, PG_INT8, PG_INT8, PG_BOOL};
    size_t size = 0;
    for (int i = 0; i < 5; i++)
        writer_column(writer, i, types[i]);
    for (uint32_t i = 0; i < refund->line_count; i++) {
        const struct refund_line *line = &refund->lines[i];
        array_text(&writer->columns[0], line->line_id);
        array_int8(&writer->columns[1], line->quantity);
        array_int8(&writer->columns[2], line->amount_minor);
        array_int8(&writer->columns[3], line->tax_minor);
        array_bool(&writer->columns[4], line->restocked);
    }
    for (int i = 0; i < 5; i++)
        size += writer->columns[i].buffer.used;
    return size;
}

static void put_refund(struct fact_writer *writer, const struct refund_row *row, const struct position *source)
{
    const struct refund_fact *fact = row->fact;
    const struct refund *refund = fact->refund;
    size_t texts = refund->order_id.len + refund->refund_id.len + fact->event_id.len + fact->currency.len + refund->initiator.len +
                   refund->reason.len + refund->presentment.currency.len + strlen(source->topic) + fill_lines(writer, refund);
    uint8_t *at = copy_reserve(&writer->copy, 2 + REFUND_COLUMNS * COPY_FIELD_MAX + texts);
    at = put_u16(at, REFUND_COLUMNS);
    at = put_int4(at, row->shop->shop_key);
    at = put_date(at, fact->day);
    at = put_int8(at, fact->revision);
    at = put_time(at, fact->occurred_at_us);
    at = put_uuid(at, fact->content_hash);
    at = put_int8(at, (int64_t)fact->columns_hash);
    at = put_int8(at, refund->shipping_refund_minor);
    at = put_int8(at, refund->discrepancy_minor);
    at = put_int8(at, fact->origin.offset);
    at = put_int4(at, source->partition);
    at = put_int2(at, fact->amount_scale);
    at = put_int2(at, (int32_t)refund_flags(refund));
    at = put_text(at, refund->order_id);
    at = put_text(at, refund->refund_id);
    at = put_text(at, fact->event_id);
    at = put_text(at, fact->currency);
    at = put_text(at, refund->initiator);
    at = put_text(at, text_of(source->topic));
    for (int i = 0; i < 5; i++)
        at = put_array(at, &writer->columns[i]);
    at = row->order_key ? put_int8(at, row->order_key) : put_null(at);
    at = put_int8_or_null(at, refund->case_fee_minor);
    at = put_text(at, refund->reason);
    copy_end(&writer->copy, put_presentment(at, &refund->presentment));
}

bool refunds_copy(struct fact_writer *writer, struct pg_failure *failure)
{
    if (!(writer->counts.refunds_new + writer->counts.refunds_revised))
        return true;
    if (!pg_copy_begin(writer->link, copy_sql, &writer->copy, failure))
        return false;
    for (size_t i = 0; i < writer->refund_count; i++) {
        const struct refund_row *row = &writer->refunds[i];
        if (row->version.action == ROW_SKIP)
            continue;
        if (!row->order_key)
            parked_orders_add(&writer->parked, row->shop->shop_key, row->fact->refund->order_id);
        put_refund(writer, row, &writer->batch->advances[row->fact->origin.slot].from);
        if (!writer_flush(writer, failure))
            return false;
    }
    return pg_copy_end(writer->link, &writer->copy, failure);
}
