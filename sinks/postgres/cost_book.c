#include "postgres/cost_book.h"

#include <stdlib.h>

#include "core/mix.h"
#include "core/money.h"
#include "core/order_fact.h"

#define ENTRIES_MAX 200000 /* some 30 MB; beyond that all is forgotten and asked for again */
#define STEPS_MAX 1000000  /* likewise */
#define ASKED_MAX 4096     /* in one statement, which has its time limit */
#define ROOM_MIN 1024

static const struct pg_statement any_cost = {"any_unit_cost", "SELECT EXISTS (SELECT FROM warehouse.unit_cost)"};

static const struct pg_statement load_steps = {
    "load_cost_steps",
    "SELECT n, at, cost_minor FROM warehouse.cost_steps($1::int4[], $2::text[], $3::text[], $4::int2[])"};

void cost_book_forget(struct cost_book *book)
{
    arena_reset(&book->arena, SIZE_MAX);
    if (book->slot_room)
        memset(book->slots, 0, book->slot_room * sizeof *book->slots);
    book->count = book->asked = book->step_count = 0;
    book->looked = book->tainted = false;
}

void cost_book_done(struct cost_book *book)
{
    arena_done(&book->arena);
    free(book->entries);
    free(book->slots);
    for (int i = 0; i < 4; i++)
        copy_buffer_done(&book->columns[i].buffer);
    *book = (struct cost_book){.looked = false};
}

bool cost_book_start(struct cost_book *book, struct pg_link *link, bool *ret_any, struct pg_failure *failure)
{
    if (book->tainted || book->count > ENTRIES_MAX || book->step_count > STEPS_MAX)
        cost_book_forget(book);
    if (!book->looked) {
        struct pg_call call = {.statement = &any_cost};
        if (!pg_run(link, &call, 1, failure))
            return false;
        book->known_empty = !get_bool(call.result, 0, 0);
        book->looked = true;
        pg_calls_clear(&call, 1);
    }
    *ret_any = !book->known_empty;
    return true;
}

static uint64_t hash_of(const struct cost_entry *key)
{
    uint32_t currency;
    memcpy(&currency, key->currency, sizeof currency);
    return mix_fold(key->sku_hash ^ (uint64_t)(uint32_t)key->shop_key << 32,
                    UINT64_C(0x9e3779b97f4a7c15) ^ currency ^ (uint64_t)(uint32_t)key->amount_scale << 40);
}

static bool is_same(const struct cost_entry *a, const struct cost_entry *b)
{
    return a->sku_hash == b->sku_hash && a->shop_key == b->shop_key && a->amount_scale == b->amount_scale &&
           memcmp(a->currency, b->currency, sizeof a->currency) == 0 && a->sku.len == b->sku.len &&
           memcmp(a->sku.ptr, b->sku.ptr, a->sku.len) == 0;
}

static void *sized(void *memory, size_t size)
{
    memory = realloc(memory, size);
    if (!memory)
        abort();
    return memory;
}

static size_t slot_of(const struct cost_book *book, const struct cost_entry *key)
{
    size_t at = hash_of(key) & (book->slot_room - 1);
    while (book->slots[at] && !is_same(&book->entries[book->slots[at] - 1], key))
        at = (at + 1) & (book->slot_room - 1);
    return at;
}

static void grow(struct cost_book *book)
{
    book->slot_room = book->slot_room ? 2 * book->slot_room : 2 * ROOM_MIN;
    book->room = book->slot_room / 2;
    book->slots = sized(book->slots, book->slot_room * sizeof *book->slots);
    book->entries = sized(book->entries, book->room * sizeof *book->entries);
    memset(book->slots, 0, book->slot_room * sizeof *book->slots);
    for (size_t i = 0; i < book->count; i++)
        book->slots[slot_of(book, &book->entries[i])] = (uint32_t)i + 1;
}

size_t cost_book_entry(struct cost_book *book, const struct cost_entry *key)
{
    if (book->count == book->room)
        grow(book);
    size_t slot = slot_of(book, key);
    if (!book->slots[slot]) {
        struct cost_entry *entry = &book->entries[book->count++];
        *entry = *key;
        entry->sku.ptr = arena_copy(&book->arena, key->sku.ptr, key->sku.len);
        book->slots[slot] = (uint32_t)book->count;
    }
    return book->slots[slot] - 1;
}

static void fill_questions(struct cost_book *book, size_t end)
{
    static const enum pg_type types[] = {PG_INT4, PG_TEXT, PG_TEXT, PG_INT2};
    for (int i = 0; i < 4; i++)
        array_start(&book->columns[i], types[i]);
    for (size_t i = book->asked; i < end; i++) {
        const struct cost_entry *entry = &book->entries[i];
        array_int4(&book->columns[0], entry->shop_key);
        array_text(&book->columns[1], entry->sku);
        array_text(&book->columns[2], text_of(entry->currency));
        array_int2(&book->columns[3], entry->amount_scale);
    }
}

static void take_steps(struct cost_book *book, size_t asked_end, const PGresult *rows)
{
    int row = 0, row_count = PQntuples(rows);
    for (size_t i = book->asked; i < asked_end; i++) {
        int64_t number = (int64_t)(i - book->asked) + 1;
        int end = row;
        while (end < row_count && get_int8(rows, end, 0) == number)
            end++;
        struct cost_step *steps = arena_alloc(&book->arena, (size_t)(end - row) * sizeof *steps);
        book->entries[i].steps = steps;
        book->entries[i].step_count = (uint32_t)(end - row);
        for (; row < end; row++)
            *steps++ = (struct cost_step){get_time(rows, row, 1), get_int8_or_absent(rows, row, 2)};
    }
    book->step_count += (size_t)row_count;
    book->asked = asked_end;
}

static bool load_some(struct cost_book *book, struct pg_link *link, struct pg_failure *failure)
{
    struct pg_call call = {.statement = &load_steps};
    size_t end = book->count - book->asked > ASKED_MAX ? book->asked + ASKED_MAX : book->count;
    fill_questions(book, end);
    for (int i = 0; i < 4; i++)
        call_array(&call, &book->columns[i]);
    if (!pg_run(link, &call, 1, failure)) {
        book->tainted = true; /* entries without steps must not stay */
        return false;
    }
    take_steps(book, end, call.result);
    pg_calls_clear(&call, 1);
    return true;
}

bool cost_book_load(struct cost_book *book, struct pg_link *link, struct pg_failure *failure)
{
    while (book->asked < book->count)
        if (!load_some(book, link, failure))
            return false;
    return true;
}

int64_t cost_book_line(const struct cost_book *book, size_t entry, int64_t at_us, int64_t quantity)
{
    const struct cost_entry *found = &book->entries[entry];
    int64_t cost = EVENT_ABSENT;
    for (uint32_t i = found->step_count; i > 0; i--)
        if (found->steps[i - 1].from_us <= at_us) {
            cost = found->steps[i - 1].cost_minor;
            break;
        }
    if (cost == EVENT_ABSENT || !money_multiply(cost, quantity, &cost))
        return EVENT_ABSENT;
    return cost <= AMOUNT_MAX_MINOR && cost >= -AMOUNT_MAX_MINOR ? cost : EVENT_ABSENT;
}
