/*
 * Settlements and their amounts, side by side in the order of their keys: every one is made a fact again, hashed as the writer
 * did, and its amounts added up.
 */
#include "postgres/verify.h"

#include <inttypes.h>
#include <stdlib.h>

#include "common/arena.h"
#include "core/fact.h"

#define FETCH "FETCH FORWARD 4096 FROM "
#define SHOP_AND_LINE "shop %.*s, transaction %.*s"

static const char declare_settlements[] =
    "DECLARE settlement_rows NO SCROLL CURSOR FOR SELECT f.shop_key, f.transaction_id, f.sku, f.day, f.revision, f.settled_at,"
    " f.occurred_at, f.content_hash, f.lines_hash, f.row_hash, f.total_minor, f.total_break_minor, f.sales_break_minor,"
    " f.shipping_break_minor, f.line_count, f.unknown_count, f.amount_scale, f.total_stated, f.statement_id, f.native_type,"
    " f.type, f.status, f.currency, f.event_id, f.payout_id, f.order_id, coalesce(s.shop_id, '')"
    " FROM warehouse.fact_settlements f LEFT JOIN warehouse.dim_shop s USING (shop_key)"
    " ORDER BY f.shop_key, f.transaction_id, f.sku";
static const struct pg_statement fetch_settlements = {"fetch_settlements", FETCH "settlement_rows"};

static const char declare_amounts[] =
    "DECLARE amount_rows NO SCROLL CURSOR FOR SELECT shop_key, transaction_id, sku, field, class, amount_minor"
    " FROM warehouse.fact_settlement_lines ORDER BY shop_key, transaction_id, sku, field";
static const struct pg_statement fetch_amounts = {"fetch_amounts", FETCH "amount_rows"};

struct settlement_check {
    struct verifier *verifier;
    struct row_stream settlements, amounts;
    bool more_settlements, more_amounts;
    struct arena arena; /* texts of the amounts of one settlement */
    struct text shop_id;
    struct settlement settlement;
    struct settlement_fact fact;
    uint64_t stored_row_hash;
    uint32_t stored_line_count;
    size_t amount_room;
};

static bool next_settlement(struct settlement_check *check, struct pg_failure *failure)
{
    return row_stream_next(&check->settlements, check->verifier->link, &check->more_settlements, failure);
}

static bool next_amount(struct settlement_check *check, struct pg_failure *failure)
{
    return row_stream_next(&check->amounts, check->verifier->link, &check->more_amounts, failure);
}

static bool is_named(struct text text, const char *name)
{
    return strlen(name) == text.len && memcmp(text.ptr, name, text.len) == 0;
}

/* Of a name that is none the hash was never made: any one will differ. */
static enum settled_type type_of(struct text text)
{
    for (int i = 0; i < SETTLED_TYPE_COUNT; i++)
        if (is_named(text, settled_type_name((enum settled_type)i)))
            return (enum settled_type)i;
    return SETTLED_TYPE_COUNT;
}

static enum settled_class class_of(struct text text)
{
    for (int i = 0; i < SETTLED_PARENT; i++)
        if (is_named(text, settled_class_name((enum settled_class)i)))
            return (enum settled_class)i;
    return SETTLED_CLASS_COUNT;
}

static int read_numbers(struct settlement_check *check, const PGresult *rows, int i, int c)
{
    struct settlement_fact *fact = &check->fact;
    fact->day = get_date(rows, i, c++);
    fact->revision = get_int8(rows, i, c++);
    check->settlement.settled_at_us = get_time(rows, i, c++);
    fact->occurred_at_us = get_time(rows, i, c++);
    fact->content_hash = get_uuid(rows, i, c++);
    fact->rows_hash = (uint64_t)get_int8(rows, i, c++);
    check->stored_row_hash = (uint64_t)get_int8(rows, i, c++);
    fact->total_minor = get_int8(rows, i, c++);
    fact->total_break_minor = get_int8(rows, i, c++);
    fact->sales_break_minor = get_int8(rows, i, c++);
    fact->shipping_break_minor = get_int8(rows, i, c++);
    check->stored_line_count = (uint32_t)get_int4(rows, i, c++);
    fact->unknown_count = (uint32_t)get_int4(rows, i, c++);
    fact->amount_scale = get_int2(rows, i, c++);
    fact->total_stated = get_bool(rows, i, c++);
    return c;
}

static void read_settlement(struct settlement_check *check)
{
    const PGresult *rows = check->settlements.rows;
    int i = check->settlements.row;
    struct settlement *settlement = &check->settlement;
    settlement->transaction_id = get_text(rows, i, 1);
    settlement->sku = get_text(rows, i, 2);
    int c = read_numbers(check, rows, i, 3);
    settlement->statement_id = get_text(rows, i, c++);
    settlement->native_type = get_text(rows, i, c++);
    check->fact.type = type_of(get_text(rows, i, c++));
    settlement->status = get_text(rows, i, c++);
    check->fact.currency = get_text(rows, i, c++);
    check->fact.event_id = get_text(rows, i, c++);
    settlement->payout_id = get_text(rows, i, c++);
    settlement->order_id = get_text(rows, i, c++);
    check->shop_id = get_text(rows, i, c);
}

/* Negative: the amount's settlement comes before the current one. */
static int compare_amount(const struct settlement_check *check)
{
    const PGresult *rows = check->amounts.rows;
    int i = check->amounts.row;
    int32_t key = get_int4(check->settlements.rows, check->settlements.row, 0), amount_key = get_int4(rows, i, 0);
    int order = (amount_key > key) - (amount_key < key);
    if (!order)
        order = text_compare(get_text(rows, i, 1), check->settlement.transaction_id);
    return order ? order : text_compare(get_text(rows, i, 2), check->settlement.sku);
}

static void add_amount(struct settlement_check *check)
{
    struct settlement_fact *fact = &check->fact;
    const PGresult *rows = check->amounts.rows;
    int i = check->amounts.row;
    if (fact->row_count == check->amount_room) {
        check->amount_room = check->amount_room ? check->amount_room * 2 : 64;
        fact->rows = realloc(fact->rows, check->amount_room * sizeof *fact->rows);
        if (!fact->rows)
            abort(); /* as the batch's arena does */
    }
    struct text field = get_text(rows, i, 3);
    field.ptr = arena_copy(&check->arena, field.ptr, field.len);
    fact->rows[fact->row_count++] =
        (struct settled_row){.field = field, .class = class_of(get_text(rows, i, 4)), .amount_minor = get_int8(rows, i, 5)};
}

static void tell_stray(struct settlement_check *check)
{
    struct text id = get_text(check->amounts.rows, check->amounts.row, 1);
    verify_difference(check->verifier, VERIFY_SETTLED_AMOUNTS, "transaction %.*s: an amount without its settlement", (int)id.len,
                      id.ptr);
}

static bool take_amounts(struct settlement_check *check, struct pg_failure *failure)
{
    arena_reset(&check->arena, SIZE_MAX);
    check->fact.row_count = 0;
    while (check->more_amounts) {
        int order = compare_amount(check);
        if (order > 0)
            return true;
        check->verifier->counts[VERIFY_SETTLED_AMOUNTS].rows++;
        if (order < 0)
            tell_stray(check);
        else
            add_amount(check);
        if (!next_amount(check, failure))
            return false;
    }
    return true;
}

static bool classes_are_ours(const struct settlement_fact *fact)
{
    for (uint32_t i = 0; i < fact->row_count; i++)
        if (fact->rows[i].class == SETTLED_CLASS_COUNT)
            return false;
    return fact->type != SETTLED_TYPE_COUNT;
}

static bool adds_up(const struct settlement_fact *fact)
{
    __int128 sum = 0;
    for (uint32_t i = 0; i < fact->row_count; i++)
        sum += fact->rows[i].amount_minor;
    return sum == fact->total_minor;
}

static void check_settlement(struct settlement_check *check)
{
    const struct settlement_fact *fact = &check->fact;
    struct text shop_id = check->shop_id, id = check->settlement.transaction_id;
    check->verifier->counts[VERIFY_SETTLEMENTS].rows++;
    if (!classes_are_ours(fact) || fact->row_count != check->stored_line_count || settlement_rows_hash(fact) != fact->rows_hash)
        verify_difference(check->verifier, VERIFY_SETTLED_AMOUNTS, SHOP_AND_LINE ": its amounts are not those that were written",
                          (int)shop_id.len, shop_id.ptr, (int)id.len, id.ptr);
    else if (!adds_up(fact))
        verify_difference(check->verifier, VERIFY_SETTLED_AMOUNTS,
                          SHOP_AND_LINE ": its amounts do not add up to its total of %" PRId64, (int)shop_id.len, shop_id.ptr,
                          (int)id.len, id.ptr, fact->total_minor);
    else if (settlement_columns_hash(fact) != check->stored_row_hash)
        verify_difference(check->verifier, VERIFY_SETTLEMENTS, SHOP_AND_LINE ": its row is not the one that was written",
                          (int)shop_id.len, shop_id.ptr, (int)id.len, id.ptr);
}

static bool check_settlements(struct settlement_check *check, struct pg_failure *failure)
{
    while (check->more_settlements) {
        read_settlement(check);
        if (!take_amounts(check, failure))
            return false;
        check_settlement(check);
        if (!next_settlement(check, failure))
            return false;
    }
    for (; check->more_amounts; check->verifier->counts[VERIFY_SETTLED_AMOUNTS].rows++) {
        tell_stray(check);
        if (!next_amount(check, failure))
            return false;
    }
    return true;
}

bool verify_settlements(struct verifier *verifier, struct pg_failure *failure)
{
    struct settlement_check check = {.verifier = verifier};
    arena_init(&check.arena);
    check.fact.settlement = &check.settlement;
    bool done = row_stream_begin(&check.settlements, verifier->link, declare_settlements, &fetch_settlements, failure) &&
                row_stream_begin(&check.amounts, verifier->link, declare_amounts, &fetch_amounts, failure) &&
                next_settlement(&check, failure) && next_amount(&check, failure) && check_settlements(&check, failure);
    row_stream_done(&check.settlements);
    row_stream_done(&check.amounts);
    free(check.fact.rows);
    arena_done(&check.arena);
    return done;
}
