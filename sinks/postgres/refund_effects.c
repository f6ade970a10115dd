/*
 * What refunds take back is a function of the order and of all its refunds as they stand now. So an order that either of them touched is
 * computed as a whole: its rows of fact_refund_lines are taken away, and made again from what the tables hold after this batch.
 *   1. Which orders: those of the batch's refunds; revised orders that have refunds; new orders that a parked refund waits for.
 *   2. One look-up each for their lines and their refunds; refunds_apply; aggregates move by new minus old.
 */
#include <stdlib.h>

#include "common/arena.h"
#include "core/refund_fact.h"
#include "postgres/fact_writer.h"

#define EFFECT_COLUMNS 27

static const struct pg_statement find_refunded = {
    "find_refunded",
    "SELECT u.n FROM unnest($1::int4[], $2::text[]) WITH ORDINALITY AS u(shop_key, order_id, n)"
    " WHERE EXISTS (SELECT FROM warehouse.fact_refunds r WHERE r.shop_key = u.shop_key AND r.order_id = u.order_id)"};

static const struct pg_statement any_parked = {
    "any_parked_refund", "SELECT EXISTS (SELECT FROM warehouse.fact_refunds WHERE order_key IS NULL)"};

static const struct pg_statement unpark = {
    "unpark_refunds",
    "UPDATE warehouse.fact_refunds r SET order_key = o.order_key FROM unnest($1::int4[], $2::text[]) AS u(shop_key, order_id)"
    " JOIN warehouse.fact_orders o ON o.shop_key = u.shop_key AND o.order_id = u.order_id"
    " WHERE r.shop_key = u.shop_key AND r.order_id = u.order_id AND r.order_key IS NULL"};

static const struct pg_statement remove_effects = {
    "remove_refund_lines",
    "DELETE FROM warehouse.fact_refund_lines f USING unnest($1::int4[], $2::text[]) WITH ORDINALITY AS u(shop_key, order_id, n)"
    " WHERE f.shop_key = u.shop_key AND f.order_id = u.order_id"
    " RETURNING u.n, f.booked, f.day, f.amount_scale, f.currency, f.quantity, f.gross_minor, f.seller_discount_minor,"
    " f.shipping_minor, f.discrepancy_minor, f.affiliate_commission_minor, f.fees_returned_minor, f.admin_fee_minor,"
    " f.case_fee_minor, f.net_minor, f.cost_minor"};

static const struct pg_statement load_lines = {
    "load_refunded_lines",
    "SELECT u.n, o.booked, o.day, o.amount_scale, o.currency, s.line_no, s.line_id, s.sku, s.quantity, s.gross_minor,"
    " s.seller_discount_minor, s.platform_discount_minor, s.affiliate_commission_minor, s.fee_returnable_minor,"
    " s.cost_minor"
    " FROM unnest($1::int4[], $2::text[]) WITH ORDINALITY AS u(shop_key, order_id, n)"
    " JOIN warehouse.fact_orders o ON o.shop_key = u.shop_key AND o.order_id = u.order_id"
    " LEFT JOIN warehouse.fact_sales s ON s.order_key = o.order_key ORDER BY u.n, s.line_no"};

static const struct pg_statement load_refunds = {
    "load_refunds",
    "SELECT u.n, r.refund_id, r.occurred_at, r.day, r.currency, r.amount_scale, r.flags, r.shipping_refund_minor,"
    " r.discrepancy_minor, r.case_fee_minor, l.line_id, l.quantity, l.amount_minor, l.tax_minor, l.restocked"
    " FROM unnest($1::int4[], $2::text[]) WITH ORDINALITY AS u(shop_key, order_id, n)"
    " JOIN warehouse.fact_refunds r ON r.shop_key = u.shop_key AND r.order_id = u.order_id"
    " LEFT JOIN LATERAL unnest(r.line_ids, r.quantities, r.amounts_minor, r.taxes_minor, r.restocked)"
    " AS l(line_id, quantity, amount_minor, tax_minor, restocked) ON true ORDER BY u.n, r.refund_id"};

static const char copy_sql[] =
    "COPY warehouse.fact_refund_lines (shop_key, line_no, findings, amount_scale, day, order_day, booked, restocked, quantity,"
    " gross_minor, seller_discount_minor, platform_discount_minor, amount_minor, tax_minor, shipping_minor, discrepancy_minor,"
    " affiliate_commission_minor, fees_returned_minor, admin_fee_minor, case_fee_minor, net_minor, row_hash, order_id,"
    " refund_id, currency, sku, cost_minor) FROM STDIN (FORMAT binary)";

/* An order to be computed. Texts are the batch's, or those of the result it came with. */
struct touched {
    const struct shop *shop;
    int32_t shop_key;
    struct text order_id;
};

/* What the tables hold of the touched orders, and where the reading of it stands. */
struct effects {
    struct fact_writer *writer;
    struct touched *orders;
    size_t count, room;
    PGresult *lines, *refunds, *old;
    int line_at, refund_at;
    struct arena arena; /* of one order */
    bool fits;          /* all sums so far */
};

static void touch(struct effects *effects, const struct shop *shop, const struct shop_dim *dim, struct text order_id)
{
    if (effects->count == effects->room) {
        effects->room = effects->room ? effects->room * 2 : 64;
        effects->orders = realloc(effects->orders, effects->room * sizeof *effects->orders);
        if (!effects->orders)
            abort();
    }
    effects->orders[effects->count++] = (struct touched){shop, dim->shop_key, order_id};
}

static int compare_touched(const void *a, const void *b)
{
    const struct touched *left = a, *right = b;
    if (left->shop_key != right->shop_key)
        return left->shop_key < right->shop_key ? -1 : 1;
    struct text x = left->order_id, y = right->order_id;
    int order = memcmp(x.ptr, y.ptr, x.len < y.len ? x.len : y.len);
    return order ? order : (x.len > y.len) - (x.len < y.len);
}

static void sort_touched(struct effects *effects)
{
    size_t unique = 0;
    qsort(effects->orders, effects->count, sizeof *effects->orders, compare_touched);
    for (size_t i = 0; i < effects->count; i++)
        if (!unique || compare_touched(&effects->orders[unique - 1], &effects->orders[i]) != 0)
            effects->orders[unique++] = effects->orders[i];
    effects->count = unique;
}

static bool is_any_parked(struct fact_writer *writer, bool *ret_any, struct pg_failure *failure)
{
    struct pg_call call = {.statement = &any_parked};
    if (!pg_run(writer->link, &call, 1, failure))
        return false;
    *ret_any = get_bool(call.result, 0, 0);
    pg_calls_clear(&call, 1);
    return true;
}

/* Revised orders may have refunds; new ones only where some are parked. Fills writer->slots with what is asked for. */
static size_t add_questions(struct fact_writer *writer, bool parked)
{
    size_t asked = 0;
    writer_slots(writer, writer->order_count);
    writer_column(writer, 0, PG_INT4);
    writer_column(writer, 1, PG_TEXT);
    for (size_t i = 0; i < writer->order_count; i++) {
        const struct order_row *row = &writer->orders[i];
        if (row->version.action != ROW_WHOLE || !(row->version.replaces || parked))
            continue;
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
    bool parked = false;
    if (!writer->order_count)
        return true;
    if (!is_any_parked(writer, &parked, failure))
        return false;
    if (!add_questions(writer, parked))
        return true;
    if (!writer_run(writer, &find_refunded, 2, &rows, failure))
        return false;
    for (int i = 0; i < PQntuples(rows); i++) {
        const struct order_row *row = &writer->orders[writer->slots[get_int8(rows, i, 0) - 1]];
        touch(effects, row->fact->shop, row->shop, row->fact->order->order_id);
    }
    PQclear(rows);
    return true;
}

static void touch_refunds(struct effects *effects)
{
    const struct fact_writer *writer = effects->writer;
    for (size_t i = 0; i < writer->refund_count; i++) {
        const struct refund_row *row = &writer->refunds[i];
        if (row->version.action != ROW_SKIP)
            touch(effects, row->fact->shop, row->shop, row->fact->refund->order_id);
    }
}

static const struct catalog_row *change_of_shop(const struct fact_writer *writer, int32_t shop_key)
{
    size_t i = 0;
    while (writer->catalog[i].shop->shop_key != shop_key) /* what was restated, a change of its shop has restated */
        i++;
    return &writer->catalog[i];
}

/* Orders with refunds whose lines cost something else now: a binary array of their ids, shop by shop. */
static void touch_restated(struct effects *effects)
{
    const struct fact_writer *writer = effects->writer;
    const struct catalog_row *change = NULL;
    for (int i = 0; i < PQntuples(writer->restated); i++) {
        int32_t shop_key = get_int4(writer->restated, i, 0);
        const char *at = PQgetvalue(writer->restated, i, 8);
        if (PQgetisnull(writer->restated, i, 8))
            continue;
        if (!change || change->shop->shop_key != shop_key)
            change = change_of_shop(writer, shop_key);
        uint64_t count = get_bits(at + 12, 4);
        for (at += 20; count; count--) {
            struct text order_id = {at + 4, (uint32_t)get_bits(at, 4)};
            touch(effects, change->fact->shop, change->shop, order_id);
            at += 4 + order_id.len;
        }
    }
}

static void fill_keys(struct effects *effects)
{
    struct fact_writer *writer = effects->writer;
    writer_column(writer, 0, PG_INT4);
    writer_column(writer, 1, PG_TEXT);
    for (size_t i = 0; i < effects->count; i++) {
        array_int4(&writer->columns[0], effects->orders[i].shop_key);
        array_text(&writer->columns[1], effects->orders[i].order_id);
    }
}

static bool load(struct effects *effects, struct pg_failure *failure)
{
    struct fact_writer *writer = effects->writer;
    const struct pg_statement *const statements[4] = {&remove_effects, &load_lines, &load_refunds, &unpark};
    struct pg_call calls[4] = {0};
    fill_keys(effects);
    for (int i = 0; i < 4; i++) {
        calls[i].statement = statements[i];
        call_array(&calls[i], &writer->columns[0]);
        call_array(&calls[i], &writer->columns[1]);
    }
    if (!pg_run(writer->link, calls, 4, failure))
        return false;
    effects->old = calls[0].result;
    effects->lines = calls[1].result;
    effects->refunds = calls[2].result;
    PQclear(calls[3].result);
    return true;
}

static struct rollup_key key_of(int32_t shop_key, int32_t day, int32_t amount_scale, struct text currency)
{
    struct rollup_key key = {.shop_key = shop_key, .day = day, .amount_scale = amount_scale};
    memcpy(key.currency, currency.ptr, currency.len < 3 ? currency.len : 3);
    return key;
}

static void subtract_old(struct effects *effects)
{
    const PGresult *rows = effects->old;
    for (int i = 0; i < PQntuples(rows); i++) {
        const struct touched *order = &effects->orders[get_int8(rows, i, 0) - 1];
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
                                             .cost_minor = get_int8_or_absent(rows, i, 15)};
        struct rollup_key key = key_of(order->shop_key, get_date(rows, i, 2), get_int2(rows, i, 3), get_text(rows, i, 4));
        effects->fits &= !get_bool(rows, i, 1) || rollup_add_refund(effects->writer->rollup, &key, &effect, -1);
    }
}

static void *in_arena(void *ctx, size_t size)
{
    return arena_alloc(ctx, size);
}

static bool is_row_of(const PGresult *rows, int row, size_t order)
{
    return row < PQntuples(rows) && get_int8(rows, row, 0) == (int64_t)order + 1;
}

/* false where the order has not come. */
static bool read_order(struct effects *effects, size_t index, struct sold_order *ret_order, struct refund_line_row *ret_row)
{
    const PGresult *rows = effects->lines;
    int first = effects->line_at, at = first;
    while (is_row_of(rows, at, index))
        at++;
    effects->line_at = at;
    if (at == first)
        return false;
    struct sold_line *lines = arena_alloc(&effects->arena, (size_t)(at - first) * sizeof *lines);
    uint32_t count = 0;
    for (int i = first; i < at && !PQgetisnull(rows, i, 5); i++)
        lines[count++] = (struct sold_line){.line_no = get_int2(rows, i, 5),
                                            .line_id = get_text(rows, i, 6),
                                            .sku = get_text(rows, i, 7),
                                            .quantity = get_int4(rows, i, 8),
                                            .gross_minor = get_int8(rows, i, 9),
                                            .seller_discount_minor = get_int8(rows, i, 10),
                                            .platform_discount_minor = get_int8(rows, i, 11),
                                            .affiliate_commission_minor = get_int8(rows, i, 12),
                                            .fee_returnable_minor = get_int8(rows, i, 13),
                                            .cost_minor = get_int8_or_absent(rows, i, 14)};
    *ret_order = (struct sold_order){.currency = get_text(rows, first, 4), .amount_scale = get_int2(rows, first, 3), .lines = lines,
                                     .line_count = count};
    *ret_row = (struct refund_line_row){.order_id = effects->orders[index].order_id,
                                        .currency = ret_order->currency,
                                        .amount_scale = ret_order->amount_scale,
                                        .order_day = get_date(rows, first, 2),
                                        .booked = get_bool(rows, first, 1)};
    return true;
}

/* A refund, and the day it was made on. */
struct stated {
    struct refund refund;
    int32_t day;
};

static bool same_refund(const PGresult *rows, int a, int b)
{
    struct text x = get_text(rows, a, 1), y = get_text(rows, b, 1);
    return x.len == y.len && memcmp(x.ptr, y.ptr, x.len) == 0;
}

static void read_refund(const PGresult *rows, int first, int end, struct refund_line *lines, struct stated *ret_stated,
                        struct refund_claim *ret_claim)
{
    int32_t flags = get_int2(rows, first, 6);
    uint32_t count = 0;
    for (int i = first; i < end && !PQgetisnull(rows, i, 10); i++)
        lines[count++] = (struct refund_line){.line_id = get_text(rows, i, 10),
                                              .quantity = get_int8(rows, i, 11),
                                              .amount_minor = get_int8(rows, i, 12),
                                              .tax_minor = get_int8(rows, i, 13),
                                              .restocked = get_bool(rows, i, 14)};
    ret_stated->day = get_date(rows, first, 3);
    ret_stated->refund = (struct refund){.refund_id = get_text(rows, first, 1),
                                         .shipped_before = flags & 1,
                                         .chargeback = flags & 2,
                                         .voided = flags & 4,
                                         .shipping_refund_minor = get_int8(rows, first, 7),
                                         .discrepancy_minor = get_int8(rows, first, 8),
                                         .case_fee_minor = get_int8_or_absent(rows, first, 9),
                                         .lines = lines,
                                         .line_count = count};
    *ret_claim = (struct refund_claim){.refund = &ret_stated->refund,
                                       .currency = get_text(rows, first, 4),
                                       .amount_scale = get_int2(rows, first, 5),
                                       .occurred_at_us = get_time(rows, first, 2)};
}

static size_t read_refunds(struct effects *effects, size_t index, struct refund_claim **ret_claims)
{
    const PGresult *rows = effects->refunds;
    int first = effects->refund_at, end = first;
    while (is_row_of(rows, end, index))
        end++;
    effects->refund_at = end;
    size_t count = 0, room = (size_t)(end - first) + 1;
    struct stated *stated = arena_alloc(&effects->arena, room * sizeof *stated);
    struct refund_line *lines = arena_alloc(&effects->arena, room * sizeof *lines);
    *ret_claims = arena_alloc(&effects->arena, room * sizeof **ret_claims);
    for (int i = first, next; i < end; i = next) {
        for (next = i + 1; next < end && same_refund(rows, i, next);)
            next++;
        read_refund(rows, i, next, lines + (i - first), &stated[count], &(*ret_claims)[count]);
        count++;
    }
    return count;
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
    copy_end(buffer, put_int8_or_null(at, effect->cost_minor));
}

static bool write_effects(struct effects *effects, size_t index, struct refund_line_row *row, const struct refund_claim *claims,
                          const struct refund_effect *made, size_t count, struct pg_failure *failure)
{
    const struct touched *order = &effects->orders[index];
    for (size_t i = 0; i < count; i++) {
        const struct stated *stated = (const struct stated *)claims[made[i].claim].refund; /* its first member */
        row->effect = &made[i];
        row->refund_id = stated->refund.refund_id;
        row->day = stated->day;
        struct rollup_key key = key_of(order->shop_key, row->day, row->amount_scale, row->currency);
        effects->fits &= !row->booked || rollup_add_refund(effects->writer->rollup, &key, &made[i], 1);
        put_effect(&effects->writer->copy, order->shop_key, row);
        if (!writer_flush(effects->writer, failure))
            return false;
    }
    return true;
}

static bool apply_one(struct effects *effects, size_t index, struct pg_failure *failure)
{
    const struct refund_terms *terms = &effects->orders[index].shop->policy->fees->refund;
    struct sold_order order;
    struct refund_line_row row;
    struct refund_claim *claims;
    struct refund_effect *made;
    size_t made_count, count;
    arena_reset(&effects->arena, SIZE_MAX);
    bool known = read_order(effects, index, &order, &row);
    count = read_refunds(effects, index, &claims);
    if (!known)
        return true;
    effects->fits &= refunds_apply(&order, terms, claims, count, in_arena, &effects->arena, &made, &made_count);
    return write_effects(effects, index, &row, claims, made, made_count, failure);
}

static bool apply_all(struct effects *effects, struct pg_failure *failure)
{
    struct fact_writer *writer = effects->writer;
    subtract_old(effects);
    if (!pg_copy_begin(writer->link, copy_sql, &writer->copy, failure))
        return false;
    for (size_t i = 0; i < effects->count; i++)
        if (!apply_one(effects, i, failure))
            return false;
    return pg_copy_end(writer->link, &writer->copy, failure) && (effects->fits || writer_fail_sum(failure));
}

bool refund_effects_write(struct fact_writer *writer, struct pg_failure *failure)
{
    struct effects effects = {.writer = writer, .fits = true};
    arena_init(&effects.arena);
    touch_refunds(&effects);
    touch_restated(&effects);
    bool ok = touch_orders(&effects, failure);
    if (ok && effects.count) {
        sort_touched(&effects);
        ok = load(&effects, failure) && apply_all(&effects, failure);
    }
    PQclear(effects.old);
    PQclear(effects.lines);
    PQclear(effects.refunds);
    arena_done(&effects.arena);
    free(effects.orders);
    return ok;
}
