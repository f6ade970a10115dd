/*
 * What refunds take back is a function of the order and of all its refunds as they stand now. So an order that either of them touched is
 * computed as a whole: its rows of fact_refund_lines are taken away, and made again from what the tables hold after this batch.
 *   1. Which orders: those of the batch's refunds, unless they have yet to come; revised orders that have refunds; new orders that a
 *      parked refund waits for.
 *   2. One look-up for their refunds, and one for the lines that this batch has not written itself; refunds_apply; aggregates move by
 *      new minus old.
 */
#include <stdlib.h>

#include "postgres/fact_writer.h"
#include "postgres/refunded_orders.h"

#define EFFECT_COLUMNS 28

static const struct pg_statement find_refunded = {
    "find_refunded",
    "SELECT u.n FROM unnest($1::int4[], $2::text[]) WITH ORDINALITY AS u(shop_key, order_id, n)"
    " WHERE EXISTS (SELECT FROM warehouse.fact_refunds r WHERE r.shop_key = u.shop_key AND r.order_id = u.order_id)"};

static const struct pg_statement unpark = {
    "unpark_refunds",
    "UPDATE warehouse.fact_refunds r SET order_key = u.order_key"
    " FROM unnest($1::int4[], $2::text[], $3::int8[]) AS u(shop_key, order_id, order_key)"
    " WHERE r.shop_key = u.shop_key AND r.order_id = u.order_id AND r.order_key IS NULL"};

static const struct pg_statement remove_effects = {
    "remove_refund_lines",
    "DELETE FROM warehouse.fact_refund_lines f USING unnest($1::int4[], $2::text[], $3::int4[]) AS u(shop_key, order_id, n)"
    " WHERE f.shop_key = u.shop_key AND f.order_id = u.order_id"
    " RETURNING u.n, f.booked, f.day, f.amount_scale, f.currency, f.quantity, f.gross_minor, f.seller_discount_minor,"
    " f.shipping_minor, f.discrepancy_minor, f.affiliate_commission_minor, f.fees_returned_minor, f.admin_fee_minor,"
    " f.case_fee_minor, f.net_minor, f.cost_minor, f.fx_minor"};

static const char copy_sql[] =
    "COPY warehouse.fact_refund_lines (shop_key, line_no, findings, amount_scale, day, order_day, booked, restocked, quantity,"
    " gross_minor, seller_discount_minor, platform_discount_minor, amount_minor, tax_minor, shipping_minor, discrepancy_minor,"
    " affiliate_commission_minor, fees_returned_minor, admin_fee_minor, case_fee_minor, net_minor, row_hash, order_id,"
    " refund_id, currency, sku, cost_minor, fx_minor) FROM STDIN (FORMAT binary)";

/* An order to be computed. Texts are the batch's, or those of the result it came with. */
struct touched {
    const struct shop *shop;
    int32_t shop_key;
    struct text order_id;
    const struct order_row *written; /* by this batch; NULL: not, or not known to be */
};

/* The touched orders, and what the tables hold of them. */
struct effects {
    struct fact_writer *writer;
    struct touched *orders;
    size_t count, room;
    PGresult *old;
    struct refunded_orders held;
    size_t arrivals;    /* orders that refunds were waiting for, in the writer's columns */
    bool fits;          /* all sums so far */
};

static void touch(struct effects *effects, struct touched order)
{
    if (effects->count == effects->room) {
        effects->room = effects->room ? effects->room * 2 : 64;
        effects->orders = realloc(effects->orders, effects->room * sizeof *effects->orders);
        if (!effects->orders)
            abort();
    }
    effects->orders[effects->count++] = order;
}

static void touch_written(struct effects *effects, const struct order_row *row)
{
    touch(effects, (struct touched){row->fact->shop, row->shop->shop_key, row->fact->order->order_id, row});
}

static int compare_touched(const void *a, const void *b)
{
    const struct touched *left = a, *right = b;
    if (left->shop_key != right->shop_key)
        return left->shop_key < right->shop_key ? -1 : 1;
    return text_compare(left->order_id, right->order_id);
}

static void sort_touched(struct effects *effects)
{
    size_t unique = 0;
    qsort(effects->orders, effects->count, sizeof *effects->orders, compare_touched);
    for (size_t i = 0; i < effects->count; i++) {
        if (!unique || compare_touched(&effects->orders[unique - 1], &effects->orders[i]) != 0)
            effects->orders[unique++] = effects->orders[i];
        else if (effects->orders[i].written)
            effects->orders[unique - 1].written = effects->orders[i].written;
    }
    effects->count = unique;
}

/* Revised orders may have refunds, which ask for the delivery and the rate of exchange too, not only for the lines; new ones only
 * where some are parked. Fills writer->slots with what is asked for. */
static size_t add_questions(struct effects *effects)
{
    struct fact_writer *writer = effects->writer;
    size_t asked = 0;
    writer_slots(writer, writer->order_count);
    writer_column(writer, 0, PG_INT4);
    writer_column(writer, 1, PG_TEXT);
    for (size_t i = 0; i < writer->order_count; i++) {
        const struct order_row *row = &writer->orders[i];
        if (row->version.action == ROW_SKIP)
            continue;
        if (!row->version.replaces && !parked_orders_has(&writer->parked, row->shop->shop_key, row->fact->order->order_id))
            continue;
        if (!row->version.replaces && !writer->parked.many) {
            touch_written(effects, row);
            continue;
        }
        array_int4(&writer->columns[0], row->shop->shop_key);
        array_text(&writer->columns[1], row->fact->order->order_id);
        writer->slots[asked++] = (uint32_t)i;
    }
    return asked;
}

static bool touch_orders(struct effects *effects, struct pg_failure *failure)
{
    struct fact_writer *writer = effects->writer;
    PGresult *rows;
    if (!writer->order_count)
        return true;
    if (!parked_orders_load(&writer->parked, writer->link, failure))
        return false;
    if (!add_questions(effects))
        return true;
    if (!writer_run(writer, &find_refunded, 2, &rows, failure))
        return false;
    for (int i = 0; i < PQntuples(rows); i++)
        touch_written(effects, &writer->orders[writer->slots[get_int8(rows, i, 0) - 1]]);
    PQclear(rows);
    return true;
}

/* Of an order that has not come there is nothing to take back. */
static void touch_refunds(struct effects *effects)
{
    const struct fact_writer *writer = effects->writer;
    for (size_t i = 0; i < writer->refund_count; i++) {
        const struct refund_row *row = &writer->refunds[i];
        if (row->version.action != ROW_SKIP && row->order_key)
            touch(effects, (struct touched){row->fact->shop, row->shop->shop_key, row->fact->refund->order_id, NULL});
    }
}

static const struct catalog_row *change_of_shop(const struct fact_writer *writer, int32_t shop_key)
{
    size_t i = 0;
    while (writer->catalog[i].shop->shop_key != shop_key) /* what was restated, a change of its shop has restated */
        i++;
    return &writer->catalog[i];
}

/* Orders with refunds whose lines cost something else now: an array of their ids, shop by shop. */
static void touch_restated(struct effects *effects)
{
    const struct fact_writer *writer = effects->writer;
    const struct catalog_row *change = NULL;
    for (int i = 0; i < PQntuples(writer->restated); i++) {
        int32_t shop_key = get_int4(writer->restated, i, 0);
        struct array_reader order_ids = get_array(writer->restated, i, 8);
        if (!order_ids.left)
            continue;
        if (!change || change->shop->shop_key != shop_key)
            change = change_of_shop(writer, shop_key);
        while (order_ids.left)
            touch(effects, (struct touched){change->fact->shop, change->shop->shop_key, array_read(&order_ids), NULL});
    }
}

/* The keys of the touched orders of which is(order), with their numbers; returns how many. */
static size_t fill_keys(struct effects *effects, bool (*is)(const struct touched *order))
{
    struct pg_array *columns = effects->writer->columns;
    size_t count = 0;
    writer_column(effects->writer, 0, PG_INT4);
    writer_column(effects->writer, 1, PG_TEXT);
    writer_column(effects->writer, 2, PG_INT4);
    for (size_t i = 0; i < effects->count; i++) {
        if (!is(&effects->orders[i]))
            continue;
        array_int4(&columns[0], effects->orders[i].shop_key);
        array_text(&columns[1], effects->orders[i].order_id);
        array_int4(&columns[2], (int32_t)i);
        count++;
    }
    return count;
}

static bool is_any(const struct touched *order)
{
    return order != NULL;
}

/* Whose lines the batch has not at hand. */
static bool is_not_written(const struct touched *order)
{
    return !order->written;
}

/* Whose lines the batch has, but not what they cost: they stand where they stood. */
static bool keeps_lines(const struct touched *order)
{
    return order->written && order->written->version.action == ROW_HEADER;
}

/* A new order has had no refund lines. */
static bool had_effects(const struct touched *order)
{
    return !order->written || order->written->version.replaces;
}

static bool load_part(struct effects *effects, const struct pg_statement *statement, bool (*is)(const struct touched *order),
                      PGresult **ret_rows, struct pg_failure *failure)
{
    return !fill_keys(effects, is) || writer_run(effects->writer, statement, 3, ret_rows, failure);
}

static bool load_kept_costs(struct effects *effects, struct pg_failure *failure)
{
    struct pg_array *columns = effects->writer->columns;
    size_t count = 0;
    writer_column(effects->writer, 0, PG_INT8);
    writer_column(effects->writer, 1, PG_INT4);
    for (size_t i = 0; i < effects->count; i++) {
        if (!keeps_lines(&effects->orders[i]))
            continue;
        array_int8(&columns[0], effects->orders[i].written->order_key);
        array_int4(&columns[1], (int32_t)i);
        count++;
    }
    return !count || writer_run(effects->writer, &load_line_costs, 2, &effects->held.costs, failure);
}

static bool load(struct effects *effects, struct pg_failure *failure)
{
    return load_part(effects, &remove_effects, had_effects, &effects->old, failure) &&
           load_part(effects, &load_refunded_orders, is_not_written, &effects->held.orders, failure) &&
           load_part(effects, &load_refunded_lines, is_not_written, &effects->held.lines, failure) &&
           load_kept_costs(effects, failure) &&
           load_part(effects, &load_stated_refunds, is_any, &effects->held.refunds, failure);
}

static void subtract_old(struct effects *effects)
{
    const PGresult *rows = effects->old; /* NULL: none were asked for, and PQntuples says so */
    for (int i = 0; i < PQntuples(rows); i++) {
        const struct touched *order = &effects->orders[get_int4(rows, i, 0)];
        const struct refund_effect effect = {.quantity = get_int8(rows, i, 5),
                                             .gross_minor = get_int8(rows, i, 6),
                                             .seller_discount_minor = get_int8(rows, i, 7),
                                             .shipping_minor = get_int8(rows, i, 8),
                                             .discrepancy_minor = get_int8(rows, i, 9),
                                             .affiliate_commission_minor = get_int8(rows, i, 10),
                                             .fees_returned_minor = get_int8(rows, i, 11),
                                             .admin_fee_minor = get_int8(rows, i, 12),
                                             .case_fee_minor = get_int8(rows, i, 13),
                                             .net_minor = get_int8(rows, i, 14),
                                             .cost_minor = get_int8_or_absent(rows, i, 15),
                                             .fx_minor = get_int8(rows, i, 16)};
        struct rollup_key key = rollup_key_of(order->shop_key, get_date(rows, i, 2), get_int2(rows, i, 3), get_text(rows, i, 4));
        effects->fits &= !get_bool(rows, i, 1) || rollup_add_refund(effects->writer->rollup, &key, &effect, -1);
    }
}

static void *in_arena(void *ctx, size_t size)
{
    return arena_alloc(ctx, size);
}

static void put_effect(struct copy_buffer *buffer, int32_t shop_key, const struct refund_line_row *row)
{
    const struct refund_effect *effect = row->effect;
    size_t texts = row->order_id.len + row->refund_id.len + row->currency.len + effect->sku.len;
    uint8_t *at = copy_reserve(buffer, 2 + EFFECT_COLUMNS * COPY_FIELD_MAX + texts);
    at = put_u16(at, EFFECT_COLUMNS);
    at = put_int4(at, shop_key);
    at = put_int2(at, effect->line_no);
    at = put_int2(at, (int32_t)effect->findings);
    at = put_int2(at, row->amount_scale);
    at = put_date(at, row->day);
    at = put_date(at, row->order_day);
    at = put_bool(at, row->booked);
    at = put_bool(at, effect->restocked);
    at = put_int8(at, effect->quantity);
    at = put_int8(at, effect->gross_minor);
    at = put_int8(at, effect->seller_discount_minor);
    at = put_int8(at, effect->platform_discount_minor);
    at = put_int8(at, effect->amount_minor);
    at = put_int8(at, effect->tax_minor);
    at = put_int8(at, effect->shipping_minor);
    at = put_int8(at, effect->discrepancy_minor);
    at = put_int8(at, effect->affiliate_commission_minor);
    at = put_int8(at, effect->fees_returned_minor);
    at = put_int8(at, effect->admin_fee_minor);
    at = put_int8(at, effect->case_fee_minor);
    at = put_int8(at, effect->net_minor);
    at = put_int8(at, (int64_t)refund_line_hash(row));
    at = put_text(at, row->order_id);
    at = put_text(at, row->refund_id);
    at = put_text(at, row->currency);
    at = put_text(at, effect->sku);
    at = put_int8_or_null(at, effect->cost_minor);
    copy_end(buffer, put_int8(at, effect->fx_minor));
}

static bool write_effects(struct effects *effects, size_t index, const struct refunded_order *held,
                          const struct refund_effects *made, struct pg_failure *failure)
{
    const struct touched *order = &effects->orders[index];
    struct refund_line_row row = {.order_id = order->order_id,
                                  .currency = held->sold.currency,
                                  .amount_scale = held->sold.amount_scale,
                                  .order_day = held->fact->day,
                                  .booked = held->fact->booked};
    for (size_t i = 0; i < made->count; i++) {
        const struct stated *stated = (const struct stated *)held->claims[made->effects[i].claim].refund;
        row.effect = &made->effects[i];
        row.refund_id = stated->refund.refund_id;
        row.day = stated->day;
        struct rollup_key key = rollup_key_of(order->shop_key, row.day, row.amount_scale, row.currency);
        effects->fits &= !row.booked || rollup_add_refund(effects->writer->rollup, &key, row.effect, 1);
        put_effect(&effects->writer->copy, order->shop_key, &row);
        if (!writer_flush(effects->writer, failure))
            return false;
    }
    return true;
}

/* An order that a refund was waiting for. */
static void note_arrival(struct effects *effects, size_t index, int64_t order_key)
{
    struct pg_array *columns = effects->writer->columns;
    array_int4(&columns[0], effects->orders[index].shop_key);
    array_text(&columns[1], effects->orders[index].order_id);
    array_int8(&columns[2], order_key);
    effects->arrivals++;
}

static bool unpark_refunds(struct effects *effects, struct pg_failure *failure)
{
    PGresult *result;
    if (!effects->arrivals)
        return true;
    if (!writer_run(effects->writer, &unpark, 3, &result, failure))
        return false;
    PQclear(result);
    return true;
}

/* NULL: nobody knows, or the table does. */
static const int64_t *costs_of(const struct fact_writer *writer, const struct order_row *row)
{
    return row->version.action == ROW_WHOLE && writer->any_costs ? writer->line_costs + row->first_cost : NULL;
}

static bool apply_one(struct effects *effects, size_t index, struct pg_failure *failure)
{
    const struct order_row *written = effects->orders[index].written;
    struct refunded_order held;
    struct refund_effects made;
    if (!(written ? refunded_orders_take(&effects->held, index, written->fact, costs_of(effects->writer, written), &held)
                  : refunded_orders_read(&effects->held, index, effects->orders[index].shop->policy, &held)))
        return true;
    if (held.any_parked)
        note_arrival(effects, index, written ? written->order_key : held.order_key);
    effects->fits &= refunds_apply(&held.sold, held.claims, held.claim_count, in_arena, &effects->held.arena, &made);
    return write_effects(effects, index, &held, &made, failure);
}

static bool apply_all(struct effects *effects, struct pg_failure *failure)
{
    struct fact_writer *writer = effects->writer;
    writer_column(writer, 0, PG_INT4);
    writer_column(writer, 1, PG_TEXT);
    writer_column(writer, 2, PG_INT8);
    subtract_old(effects);
    if (!pg_copy_begin(writer->link, copy_sql, &writer->copy, failure))
        return false;
    for (size_t i = 0; i < effects->count; i++)
        if (!apply_one(effects, i, failure))
            return false;
    return pg_copy_end(writer->link, &writer->copy, failure) && unpark_refunds(effects, failure) &&
           (effects->fits || writer_fail_sum(failure));
}

bool refund_effects_write(struct fact_writer *writer, struct pg_failure *failure)
{
    struct effects effects = {.writer = writer, .fits = true};
    arena_init(&effects.held.arena);
    touch_refunds(&effects);
    touch_restated(&effects);
    bool ok = touch_orders(&effects, failure);
    if (ok && effects.count) {
        sort_touched(&effects);
        ok = load(&effects, failure) && apply_all(&effects, failure);
    }
    PQclear(effects.old);
    refunded_orders_done(&effects.held);
    free(effects.orders);
    return ok;
}
