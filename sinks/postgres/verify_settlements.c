/*
 * Settlements and their amounts: every one is made a fact again, hashed as the writer did, and its amounts added up.
 */
#include "postgres/verify.h"

#include <inttypes.h>
#include <stdlib.h>

#include "core/fact.h"

#define FETCH "FETCH FORWARD 4096 FROM "
#define SHOP_AND_LINE "shop %.*s, transaction %.*s"

static const char declare_settlements[] =
    "DECLARE settlement_rows NO SCROLL CURSOR FOR SELECT f.shop_key, f.transaction_id, f.sku, f.day, f.revision, f.settled_at,"
    " f.occurred_at, f.content_hash, f.lines_hash, f.row_hash, f.total_minor, f.total_break_minor, f.sales_break_minor,"
    " f.shipping_break_minor, f.unknown_count, f.amount_scale, f.total_stated, f.statement_id, f.native_type,"
    " f.type, f.status, f.currency, f.event_id, f.payout_id, f.order_id, coalesce(s.shop_id, ''), f.fields,"
    " f.classes, f.amounts_minor"
    " FROM warehouse.fact_settlements f LEFT JOIN warehouse.dim_shop s USING (shop_key)"
    " ORDER BY f.shop_key, f.transaction_id, f.sku";
static const struct pg_statement fetch_settlements = {"fetch_settlements", FETCH "settlement_rows"};

struct settlement_check {
    struct verifier *verifier;
    struct row_stream stream;
    struct shop shop; /* its id alone */
    struct settlement settlement;
    struct settlement_fact fact;
    uint64_t stored_row_hash;
    bool even; /* as many fields as classes as amounts, and none of them null */
    size_t amount_room;
};

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
    fact->unknown_count = (uint32_t)get_int4(rows, i, c++);
    fact->amount_scale = get_int2(rows, i, c++);
    fact->total_stated = get_bool(rows, i, c++);
    return c;
}

/* Takes the next of the texts with commas between; absent: there is none. */
static struct text next_of(struct text *list)
{
    struct text first = *list;
    const char *comma = list->ptr ? memchr(list->ptr, ',', list->len) : NULL;
    if (comma) {
        first.len = (uint32_t)(comma - list->ptr);
        *list = (struct text){comma + 1, list->len - first.len - 1};
    } else {
        *list = (struct text){NULL, 0};
    }
    return first;
}

static bool add_amount(struct settlement_check *check, struct text field, struct text class, struct text amount)
{
    struct settlement_fact *fact = &check->fact;
    if (fact->row_count == check->amount_room) {
        check->amount_room = check->amount_room ? check->amount_room * 2 : 64;
        fact->rows = realloc(fact->rows, check->amount_room * sizeof *fact->rows);
        if (!fact->rows)
            abort(); /* as the batch's arena does */
    }
    if (!field.ptr || !class.ptr || !amount.ptr)
        return false;
    fact->rows[fact->row_count++] =
        (struct settled_row){.field = field, .class = class_of(class), .amount_minor = (int64_t)get_bits(amount.ptr, 8)};
    return true;
}

static void read_amounts(struct settlement_check *check, const PGresult *rows, int i, int c)
{
    struct text fields = get_text(rows, i, c), classes = get_text(rows, i, c + 1);
    struct array_reader amounts = get_array(rows, i, c + 2);
    check->fact.row_count = 0;
    check->even = true;
    while (check->even && amounts.left)
        check->even = add_amount(check, next_of(&fields), next_of(&classes), array_read(&amounts));
    bool empty = check->fact.row_count == 0; /* then the lists are an empty text each, otherwise they are used up */
    check->even &= empty ? !fields.len && !classes.len : !fields.ptr && !classes.ptr;
}

static void read_settlement(struct settlement_check *check, const PGresult *rows, int i)
{
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
    check->shop.id = get_text(rows, i, c++);
    read_amounts(check, rows, i, c);
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
    struct text shop_id = check->shop.id, id = check->settlement.transaction_id;
    check->verifier->counts[VERIFY_SETTLEMENTS].rows++;
    check->verifier->counts[VERIFY_SETTLED_AMOUNTS].rows += fact->row_count;
    if (!check->even || !classes_are_ours(fact) || settlement_rows_hash(fact) != fact->rows_hash)
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

bool verify_settlements(struct verifier *verifier, struct pg_failure *failure)
{
    struct settlement_check check = {.verifier = verifier};
    bool there, done = row_stream_begin(&check.stream, verifier->link, declare_settlements, &fetch_settlements, failure);
    check.fact.settlement = &check.settlement;
    check.fact.shop = &check.shop;
    while ((done = done && row_stream_next(&check.stream, verifier->link, &there, failure)) && there) {
        read_settlement(&check, check.stream.rows, check.stream.row);
        check_settlement(&check);
    }
    row_stream_done(&check.stream);
    free(check.fact.rows);
    return done;
}
