#include <stdlib.h>

#include "common/hash.h"
#include "postgres/order_rows.h"

/* A row per order that the table does not hold in exactly this revision: number from 1, and what it holds instead. */
static const struct pg_statement ask = {
    "ask_orders",
    "SELECT u.n, f.revision, f.content_hash, f.lines_hash, f.day, f.booked, f.amount_scale, f.currency,"
    " f.order_key, f.created_at FROM unnest($1::int4[], $2::text[], $3::int8[], $4::uuid[])"
    " WITH ORDINALITY AS u(shop_key, order_id, revision, content_hash, n)"
    " LEFT JOIN warehouse.fact_orders f ON f.shop_key = u.shop_key AND f.order_id = u.order_id"
    " WHERE f.revision IS NULL OR f.revision <> u.revision OR f.content_hash <> u.content_hash"};

static const struct pg_statement remove_orders = {
    "remove_orders",
    "DELETE FROM warehouse.fact_orders f"
    " USING unnest($1::int4[], $2::text[], $3::int8[], $4::uuid[]) AS u(shop_key, order_id, revision, content_hash)"
    " WHERE f.shop_key = u.shop_key AND f.order_id = u.order_id AND f.revision = u.revision"
    " AND f.content_hash = u.content_hash"};

static const struct pg_statement remove_lines = {
    "remove_lines",
    "DELETE FROM warehouse.fact_sales f USING unnest($1::int8[]) WITH ORDINALITY AS u(order_key, n)"
    " WHERE f.order_key = u.order_key"
    " RETURNING u.n, f.sku, f.quantity, f.gross_minor, f.seller_discount_minor, f.platform_discount_minor,"
    " f.shipping_share_minor, f.platform_fee_minor, f.payment_fee_minor, f.affiliate_commission_minor,"
    " f.other_fees_minor, f.net_minor, f.cost_minor"};

/* The first of a block of numbers for orders. What a rolled back transaction has taken is not given back. */
static const struct pg_statement take_order_keys = {"take_order_keys", "SELECT nextval('warehouse.order_key_block')"};
#define ORDER_KEY_BLOCK 65536

static struct rollup_key key_of(const struct order_row *row)
{
    const struct shop *shop = row->fact->shop;
    return rollup_key_of(row->shop->shop_key, row->fact->day, shop->amount_scale, text_of(shop->currency));
}

static bool keys_equal(const struct rollup_key *a, const struct rollup_key *b)
{
    return a->day == b->day && a->amount_scale == b->amount_scale &&
           memcmp(a->currency, b->currency, sizeof a->currency) == 0;
}

static void take_answer(struct order_row *row, const PGresult *rows, int i)
{
    row->version.action = ROW_WHOLE;
    if (PQgetisnull(rows, i, 1))
        return;
    row->version.old_revision = get_int8(rows, i, 1);
    row->version.old_content = get_uuid(rows, i, 2);
    row->order_key = get_int8(rows, i, 8);
    if (compare_revisions(row->fact->revision, row->fact->content_hash, row->version.old_revision, row->version.old_content) < 0) {
        row->version.action = ROW_SKIP;
        return;
    }
    row->version.replaces = true;
    row->was_booked = get_bool(rows, i, 5);
    row->old_key = rollup_key_of(row->shop->shop_key, get_date(rows, i, 4), get_int2(rows, i, 6), get_text(rows, i, 7));
    struct rollup_key key = key_of(row);
    /* Lines cost what their goods did when the order was created, which lines_hash does not know. */
    if ((uint64_t)get_int8(rows, i, 3) == row->fact->lines_hash && keys_equal(&key, &row->old_key) &&
        get_time(rows, i, 9) == row->fact->order->created_at_us)
        row->version.action = ROW_HEADER;
}

static void start_keys(struct fact_writer *writer)
{
    writer_column(writer, 0, PG_INT4);
    writer_column(writer, 1, PG_TEXT);
    writer_column(writer, 2, PG_INT8);
    writer_column(writer, 3, PG_UUID);
}

static void add_key(struct fact_writer *writer, const struct order_row *row)
{
    array_int4(&writer->columns[0], row->shop->shop_key);
    array_text(&writer->columns[1], row->fact->order->order_id);
}

/* Fills the columns with what is asked for and writer->slots with where it stands. No answer will mean a duplicate. */
static size_t add_questions(struct fact_writer *writer)
{
    size_t count = 0;
    writer_slots(writer, writer->order_count);
    start_keys(writer);
    for (size_t i = 0; i < writer->order_count; i++) {
        struct order_row *row = &writer->orders[i];
        if (!row->asked || row->version.action == ROW_SKIP)
            continue;
        row->version.action = ROW_SKIP;
        add_key(writer, row);
        array_int8(&writer->columns[2], row->fact->revision);
        array_uuid(&writer->columns[3], row->fact->content_hash);
        writer->slots[count++] = (uint32_t)i;
    }
    return count;
}

bool orders_ask(struct fact_writer *writer, struct pg_failure *failure)
{
    PGresult *rows;
    size_t asked = add_questions(writer);
    if (!asked)
        return true;
    if (!writer_run(writer, &ask, 4, &rows, failure))
        return false;
    for (int i = 0; i < PQntuples(rows); i++) {
        struct order_row *row = &writer->orders[writer->slots[get_int8(rows, i, 0) - 1]];
        take_answer(row, rows, i);
        writer->counts.orders_stale += row->version.action == ROW_SKIP;
        writer->counts.orders_revised += row->version.replaces;
    }
    writer->counts.orders_duplicate += asked - (size_t)PQntuples(rows);
    PQclear(rows);
    for (size_t i = 0; i < asked; i++) {
        const struct order_row *row = &writer->orders[writer->slots[i]];
        bool vouched = row->fact->novelty == FACT_NEW;
        writer->vouched_asked += vouched;
        writer->vouched_there += vouched && (row->version.action == ROW_SKIP || row->version.replaces);
    }
    return true;
}

static int compare_keys(const void *a, const void *b)
{
    const struct order_row *left = *(const struct order_row *const *)a, *right = *(const struct order_row *const *)b;
    if (left->shop->shop_key != right->shop->shop_key)
        return left->shop->shop_key < right->shop->shop_key ? -1 : 1;
    return text_compare(left->fact->order->order_id, right->fact->order->order_id);
}

/* The rows that replace an older revision, sorted by key. The caller frees them. */
static struct order_row **replacing(const struct fact_writer *writer, size_t *ret_count)
{
    struct order_row **sorted = malloc(writer->counts.orders_revised * sizeof(struct order_row *));
    size_t count = 0;
    if (!sorted)
        abort();
    for (size_t i = 0; i < writer->order_count; i++)
        if (writer->orders[i].version.replaces)
            sorted[count++] = &writer->orders[i];
    qsort(sorted, count, sizeof(struct order_row *), compare_keys);
    *ret_count = count;
    return sorted;
}

static bool remove_headers(struct fact_writer *writer, struct order_row **rows, size_t count,
                           struct pg_failure *failure)
{
    PGresult *removed;
    start_keys(writer);
    for (size_t i = 0; i < count; i++) {
        add_key(writer, rows[i]);
        array_int8(&writer->columns[2], rows[i]->version.old_revision);
        array_uuid(&writer->columns[3], rows[i]->version.old_content);
    }
    if (!writer_run(writer, &remove_orders, 4, &removed, failure))
        return false;
    bool all = strtoull(PQcmdTuples(removed), NULL, 10) == count;
    PQclear(removed);
    return all || pg_fail_as(failure, PG_AGAIN, "40001", "PostgreSQL: another process changed orders of this batch");
}

static bool subtract_order(struct fact_writer *writer, const struct order_row *row)
{
    return !row->was_booked || rollup_add_order(writer->rollup, &row->old_key, -1);
}

static bool subtract_line(struct fact_writer *writer, const struct order_row *row, const PGresult *rows, int i)
{
    struct text sku = get_text(rows, i, 1);
    const struct line_fact line = {.sku = sku,
                                   .sku_hash = hash64(sku.ptr, sku.len),
                                   .quantity = get_int4(rows, i, 2),
                                   .gross_minor = get_int8(rows, i, 3),
                                   .seller_discount_minor = get_int8(rows, i, 4),
                                   .platform_discount_minor = get_int8(rows, i, 5),
                                   .shipping_share_minor = get_int8(rows, i, 6),
                                   .platform_fee_minor = get_int8(rows, i, 7),
                                   .payment_fee_minor = get_int8(rows, i, 8),
                                   .affiliate_commission_minor = get_int8(rows, i, 9),
                                   .other_fees_minor = get_int8(rows, i, 10),
                                   .net_minor = get_int8(rows, i, 11)};
    return !row->was_booked || rollup_add_line(writer->rollup, &row->old_key, &line, get_int8_or_absent(rows, i, 12), -1);
}

/* rows[0..count) lose their lines; what those were comes back. */
static bool remove_their_lines(struct fact_writer *writer, struct order_row **rows, size_t count,
                               struct pg_failure *failure)
{
    writer_column(writer, 0, PG_INT8);
    for (size_t i = 0; i < count; i++)
        array_int8(&writer->columns[0], rows[i]->order_key);
    if (!writer_run(writer, &remove_lines, 1, &writer->old_lines, failure))
        return false;
    bool fits = true;
    for (size_t i = 0; i < count; i++)
        fits &= subtract_order(writer, rows[i]);
    for (int i = 0; i < PQntuples(writer->old_lines); i++)
        fits &= subtract_line(writer, rows[get_int8(writer->old_lines, i, 0) - 1], writer->old_lines, i);
    return fits || writer_fail_sum(failure);
}

bool orders_remove_old(struct fact_writer *writer, struct pg_failure *failure)
{
    size_t count, whole = 0;
    if (!writer->counts.orders_revised)
        return true;
    struct order_row **rows = replacing(writer, &count);
    bool ok = remove_headers(writer, rows, count, failure);
    for (size_t i = 0; i < count; i++)
        if (rows[i]->version.action == ROW_WHOLE)
            rows[whole++] = rows[i];
    ok = ok && (!whole || remove_their_lines(writer, rows, whole, failure));
    free(rows);
    return ok;
}

static bool take_block(struct fact_writer *writer, struct pg_failure *failure)
{
    struct pg_call call = {.statement = &take_order_keys};
    if (!pg_run(writer->link, &call, 1, failure))
        return false;
    writer->next_order_key = get_int8(call.result, 0, 0);
    writer->end_order_key = writer->next_order_key + ORDER_KEY_BLOCK;
    pg_calls_clear(&call, 1);
    return true;
}

static bool number_new(struct fact_writer *writer, struct pg_failure *failure)
{
    for (size_t i = 0; i < writer->order_count; i++) {
        struct order_row *row = &writer->orders[i];
        if (row->version.action != ROW_WHOLE || row->version.replaces)
            continue;
        if (writer->next_order_key == writer->end_order_key && !take_block(writer, failure))
            return false;
        row->order_key = writer->next_order_key++;
    }
    return true;
}

static bool copy_headers(struct fact_writer *writer, struct pg_failure *failure)
{
    if (!pg_copy_begin(writer->link, copy_orders_sql, &writer->copy, failure))
        return false;
    for (size_t i = 0; i < writer->order_count; i++) {
        const struct order_row *row = &writer->orders[i];
        if (row->version.action == ROW_SKIP)
            continue;
        put_order_row(&writer->copy, row, &writer->batch->advances[row->fact->origin.slot].from);
        if (!writer_flush(writer, failure))
            return false;
    }
    return pg_copy_end(writer->link, &writer->copy, failure);
}

static bool add_to_sums(struct fact_writer *writer, const struct order_row *row, const int64_t *costs)
{
    const struct order_fact *fact = row->fact;
    if (!fact->booked)
        return true;
    struct rollup_key key = key_of(row);
    bool fits = rollup_add_order(writer->rollup, &key, 1);
    for (uint32_t i = 0; i < fact->line_count; i++)
        fits &= rollup_add_line(writer->rollup, &key, &fact->lines[i], costs ? costs[i] : EVENT_ABSENT, 1);
    return fits;
}

/* Sums are made meanwhile: the server is busy with the lines that it was sent before. */
static bool copy_lines(struct fact_writer *writer, struct pg_failure *failure)
{
    bool fits = true;
    if (!pg_copy_begin(writer->link, copy_sales_sql, &writer->copy, failure))
        return false;
    for (size_t i = 0; i < writer->order_count; i++) {
        const struct order_row *row = &writer->orders[i];
        if (row->version.action != ROW_WHOLE)
            continue;
        const int64_t *costs = writer->any_costs ? writer->line_costs + row->first_cost : NULL;
        put_line_rows(&writer->copy, row, costs);
        fits &= add_to_sums(writer, row, costs);
        if (!writer_flush(writer, failure))
            return false;
    }
    return pg_copy_end(writer->link, &writer->copy, failure) && (fits || writer_fail_sum(failure));
}

bool orders_copy(struct fact_writer *writer, struct pg_failure *failure)
{
    size_t headers = 0, whole = 0;
    for (size_t i = 0; i < writer->order_count; i++) {
        const struct order_row *row = &writer->orders[i];
        headers += row->version.action != ROW_SKIP;
        whole += row->version.action == ROW_WHOLE;
        writer->counts.orders_new += row->version.action == ROW_WHOLE && !row->version.replaces;
    }
    return number_new(writer, failure) && (!headers || copy_headers(writer, failure)) &&
           (!whole || copy_lines(writer, failure));
}
