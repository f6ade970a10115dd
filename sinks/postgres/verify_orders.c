/*
 * Orders and their lines, side by side in the order of their numbers: every row is made a fact again and hashed as the writer did.
 */
#include "postgres/verify.h"

#include <inttypes.h>
#include <stdlib.h>

#include "common/arena.h"
#include "common/hash.h"
#include "core/fact.h"
#include "postgres/cost_book.h"
#include "postgres/order_read.h"

#define FETCH "FETCH FORWARD 4096 FROM "
#define SHOP_AND_ORDER "shop %.*s, order %.*s"

static const char declare_orders[] =
    "DECLARE order_rows NO SCROLL CURSOR FOR SELECT " ORDER_READ_COLUMNS ORDER_READ_FROM " ORDER BY o.order_key";
static const struct pg_statement fetch_orders = {"fetch_orders", FETCH "order_rows"};

static const char declare_lines[] =
    "DECLARE line_rows NO SCROLL CURSOR FOR SELECT " LINE_READ_COLUMNS " FROM warehouse.fact_sales f ORDER BY order_key, line_no";
static const struct pg_statement fetch_lines = {"fetch_lines", FETCH "line_rows"};

struct order_check {
    struct verifier *verifier;
    struct row_stream orders, lines;
    bool more_orders, more_lines;
    struct arena arena; /* texts of the lines of one order */
    struct stored_order stored;
    size_t line_room;
    struct cost_book costs;
    bool any_costs;
};

static bool next_order(struct order_check *check, struct pg_failure *failure)
{
    return row_stream_next(&check->orders, check->verifier->link, &check->more_orders, failure);
}

static bool next_line(struct order_check *check, struct pg_failure *failure)
{
    return row_stream_next(&check->lines, check->verifier->link, &check->more_lines, failure);
}

/* Negative: the line's order comes before the order. */
static int compare_line(const struct order_check *check)
{
    int64_t key = get_int8(check->orders.rows, check->orders.row, 0);
    int64_t line_key = get_int8(check->lines.rows, check->lines.row, LINE_COLUMN_ORDER_KEY);
    return (line_key > key) - (line_key < key);
}

static bool is_of_order(const struct order_check *check)
{
    const PGresult *rows = check->lines.rows;
    int row = check->lines.row;
    struct text id = check->stored.fact.order->order_id, line_id = get_text(rows, row, LINE_COLUMN_ORDER_ID);
    return get_int4(rows, row, LINE_COLUMN_SHOP_KEY) == get_int4(check->orders.rows, check->orders.row, 1) &&
           line_id.len == id.len && memcmp(line_id.ptr, id.ptr, id.len) == 0;
}

static struct line_fact *add_line(struct order_check *check)
{
    struct order_fact *fact = &check->stored.fact;
    if (fact->line_count == check->line_room) {
        check->line_room = check->line_room ? check->line_room * 2 : 64;
        fact->lines = realloc(fact->lines, check->line_room * sizeof *fact->lines);
        if (!fact->lines)
            abort(); /* as the batch's arena does */
    }
    return &fact->lines[fact->line_count++];
}

static bool adds_up(const struct line_fact *line)
{
    __int128 rest = (__int128)line->gross_minor - line->seller_discount_minor - line->platform_fee_minor -
                    line->payment_fee_minor - line->affiliate_commission_minor - line->other_fees_minor;
    return rest == line->net_minor;
}

/* What a line must be by itself. */
static void check_line(struct order_check *check, const struct line_fact *line)
{
    const PGresult *rows = check->lines.rows;
    const struct order_fact *fact = &check->stored.fact;
    struct text shop_id = check->stored.shop.id, order_id = fact->order->order_id;
    int i = check->lines.row;
    if (!is_of_order(check) || get_date(rows, i, LINE_COLUMN_DAY) != fact->day ||
        get_bool(rows, i, LINE_COLUMN_BOOKED) != fact->booked)
        verify_difference(check->verifier, VERIFY_LINES,
                          SHOP_AND_ORDER ", line %" PRId32 ": shop, order, day or booked is not that of the order",
                          (int)shop_id.len, shop_id.ptr, (int)order_id.len, order_id.ptr, line->line_no);
    else if (!adds_up(line))
        verify_difference(check->verifier, VERIFY_LINES,
                          SHOP_AND_ORDER ", line %" PRId32 ": gross less discount, fees and commission is not net %" PRId64,
                          (int)shop_id.len, shop_id.ptr, (int)order_id.len, order_id.ptr, line->line_no, line->net_minor);
}

/* The catalog as it is now says what every line costs, of whatever age it is. */
static bool check_cost(struct order_check *check, const struct line_fact *line, struct pg_failure *failure)
{
    const struct order_fact *fact = &check->stored.fact;
    struct cost_entry key = {.shop_key = get_int4(check->lines.rows, check->lines.row, LINE_COLUMN_SHOP_KEY),
                             .amount_scale = check->stored.shop.amount_scale,
                             .sku = line->sku,
                             .sku_hash = hash64(line->sku.ptr, line->sku.len)};
    int64_t stored = get_int8_or_absent(check->lines.rows, check->lines.row, LINE_COLUMN_COST), cost = EVENT_ABSENT;
    memcpy(key.currency, check->stored.shop.currency, sizeof key.currency);
    if (check->any_costs) {
        size_t entry = cost_book_entry(&check->costs, &key);
        if (!cost_book_load(&check->costs, check->verifier->link, failure))
            return false;
        cost = cost_book_line(&check->costs, entry, fact->order->created_at_us, line->quantity);
    }
    if (cost != stored)
        verify_difference(check->verifier, VERIFY_LINES, SHOP_AND_ORDER ", line %" PRId32 ": its cost is not what the catalog says",
                          (int)check->stored.shop.id.len, check->stored.shop.id.ptr, (int)fact->order->order_id.len,
                          fact->order->order_id.ptr, line->line_no);
    return true;
}

static bool take_lines(struct order_check *check, struct pg_failure *failure)
{
    arena_reset(&check->arena, SIZE_MAX);
    check->stored.fact.line_count = 0;
    while (check->more_lines) {
        int order = compare_line(check);
        if (order > 0)
            return true;
        struct text id = get_text(check->lines.rows, check->lines.row, LINE_COLUMN_ORDER_ID);
        check->verifier->counts[VERIFY_LINES].rows++;
        if (order < 0) {
            verify_difference(check->verifier, VERIFY_LINES, "order %.*s: a line without its order", (int)id.len, id.ptr);
        } else {
            struct line_fact *line = add_line(check);
            line_read_row(check->lines.rows, check->lines.row, &check->arena, line);
            check_line(check, line);
            if (!check_cost(check, line, failure))
                return false;
        }
        if (!next_line(check, failure))
            return false;
    }
    return true;
}

static void check_order(struct order_check *check)
{
    const struct order_fact *fact = &check->stored.fact;
    struct text shop_id = check->stored.shop.id, order_id = fact->order->order_id;
    check->verifier->counts[VERIFY_ORDERS].rows++;
    if (lines_hash(fact) != fact->lines_hash)
        verify_difference(check->verifier, VERIFY_ORDERS, SHOP_AND_ORDER ": its lines are not those that were written",
                          (int)shop_id.len, shop_id.ptr, (int)order_id.len, order_id.ptr);
    else if (order_row_hash(fact) != check->stored.row_hash)
        verify_difference(check->verifier, VERIFY_ORDERS, SHOP_AND_ORDER ": its row is not the one that was written",
                          (int)shop_id.len, shop_id.ptr, (int)order_id.len, order_id.ptr);
}

static bool check_orders(struct order_check *check, struct pg_failure *failure)
{
    while (check->more_orders) {
        order_read_row(check->orders.rows, check->orders.row, &check->stored);
        if (!cost_book_start(&check->costs, check->verifier->link, &check->any_costs, failure) || !take_lines(check, failure))
            return false;
        check_order(check);
        if (!next_order(check, failure))
            return false;
    }
    for (; check->more_lines; check->verifier->counts[VERIFY_LINES].rows++) {
        struct text id = get_text(check->lines.rows, check->lines.row, LINE_COLUMN_ORDER_ID);
        verify_difference(check->verifier, VERIFY_LINES, "order %.*s: a line without its order", (int)id.len, id.ptr);
        if (!next_line(check, failure))
            return false;
    }
    return true;
}

bool verify_orders(struct verifier *verifier, struct pg_failure *failure)
{
    struct order_check check = {.verifier = verifier};
    arena_init(&check.arena);
    stored_order_init(&check.stored);
    bool done = row_stream_begin(&check.orders, verifier->link, declare_orders, &fetch_orders, failure) &&
                row_stream_begin(&check.lines, verifier->link, declare_lines, &fetch_lines, failure) &&
                next_order(&check, failure) && next_line(&check, failure) && check_orders(&check, failure);
    row_stream_done(&check.orders);
    row_stream_done(&check.lines);
    cost_book_done(&check.costs);
    free(check.stored.fact.lines);
    arena_done(&check.arena);
    return done;
}
