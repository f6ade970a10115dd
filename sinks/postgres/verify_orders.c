/*
 * Orders and their lines, side by side in the order of their numbers: every row is made a fact again and hashed as the writer did.
 */
#include "postgres/verify.h"

#include <inttypes.h>
#include <stdlib.h>

#include "common/arena.h"
#include "core/fact.h"

#define FETCH "FETCH FORWARD 4096 FROM "
#define SHOP_AND_ORDER "shop %.*s, order %.*s"

static const char declare_orders[] =
    "DECLARE order_rows NO SCROLL CURSOR FOR SELECT o.order_key, o.shop_key, o.order_id, o.day, o.revision, o.created_at,"
    " o.occurred_at, o.content_hash, o.lines_hash, o.row_hash, o.shipping_list_minor, o.shipping_seller_discount_minor,"
    " o.shipping_platform_discount_minor, o.shipping_paid_minor, o.payment_platform_discount_minor, o.buyer_fees_minor,"
    " o.tax_minor, o.customer_total_minor, o.amount_scale, o.flags, o.booked, o.event_id, o.status, o.currency,"
    " o.paid_at, o.shipped_at, o.delivered_at, o.cancelled_at, o.buyer_key, o.channel, o.payment_method, o.session_id,"
    " o.linked_order_id, o.cancelled_by, o.affiliate_creator, o.affiliate_content_type, o.affiliate_content_id,"
    " o.affiliate_rate_ppm, o.affiliate_shop_ads_rate_ppm, o.affiliate_actual_commission_minor,"
    " coalesce(o.platform, s.platform), coalesce(o.market, s.market), coalesce(r.name, ''), s.shop_id"
    " FROM warehouse.fact_orders o LEFT JOIN warehouse.dim_shop s USING (shop_key)"
    " LEFT JOIN tillstream.rule_set r USING (rule_set) ORDER BY o.order_key";
static const struct pg_statement fetch_orders = {"fetch_orders", FETCH "order_rows"};

static const char declare_lines[] =
    "DECLARE line_rows NO SCROLL CURSOR FOR SELECT order_key, shop_key, order_id, line_no, day, booked, line_id, sku, category,"
    " quantity, gross_minor, seller_discount_minor, platform_discount_minor, shipping_share_minor, platform_fee_minor,"
    " payment_fee_minor, affiliate_commission_minor, other_fees_minor, net_minor, cost_minor,"
    " fee_returnable_minor"
    " FROM warehouse.fact_sales ORDER BY order_key, line_no";
static const struct pg_statement fetch_lines = {"fetch_lines", FETCH "line_rows"};

struct order_check {
    struct verifier *verifier;
    struct row_stream orders, lines;
    bool more_orders, more_lines;
    struct arena arena; /* texts of the lines of one order */
    struct shop shop;   /* what the order's row says of it */
    struct event event;
    struct order_fact fact;
    uint64_t stored_row_hash;
    size_t line_room;
};

static bool next_order(struct order_check *check, struct pg_failure *failure)
{
    return row_stream_next(&check->orders, check->verifier->link, &check->more_orders, failure);
}

static bool next_line(struct order_check *check, struct pg_failure *failure)
{
    return row_stream_next(&check->lines, check->verifier->link, &check->more_lines, failure);
}

static enum order_status status_of(struct text text)
{
    static const char *const status_names[ORDER_STATUS_COUNT] = {"UNPAID",    "PAID",      "SHIPPED", "DELIVERED",
                                                                 "COMPLETED", "CANCELLED", "ON_HOLD"};
    for (int i = 0; i < ORDER_STATUS_COUNT; i++)
        if (strlen(status_names[i]) == text.len && memcmp(status_names[i], text.ptr, text.len) == 0)
            return (enum order_status)i;
    return ORDER_STATUS_COUNT; /* none: no hash was ever made with it */
}

static void read_flags(struct order *order, int32_t flags)
{
    order->mirror = flags & 1;
    order->sample = flags & 2;
    order->replacement = flags & 4;
    order->test = flags & 8;
    order->cod = flags & 16;
    order->taxes_included = flags & 32;
}

static int64_t rate_of(const PGresult *rows, int i, int column)
{
    return PQgetisnull(rows, i, column) ? -1 : get_int4(rows, i, column);
}

static int read_money(struct order *order, const PGresult *rows, int i, int c)
{
    order->shipping_list_minor = get_int8(rows, i, c++);
    order->shipping_seller_discount_minor = get_int8(rows, i, c++);
    order->shipping_platform_discount_minor = get_int8(rows, i, c++);
    order->shipping_paid_minor = get_int8(rows, i, c++);
    order->payment_platform_discount_minor = get_int8(rows, i, c++);
    order->buyer_fees_minor = get_int8(rows, i, c++);
    order->tax_minor = get_int8(rows, i, c++);
    order->customer_total_minor = get_int8(rows, i, c++);
    return c;
}

static int read_maybe_absent(struct order *order, const PGresult *rows, int i, int c)
{
    int64_t *const times[] = {&order->paid_at_us, &order->shipped_at_us, &order->delivered_at_us, &order->cancelled_at_us};
    struct text *const texts[] = {&order->buyer_key,    &order->channel,           &order->payment_method,
                                  &order->session_id,   &order->linked_order_id,   &order->cancelled_by,
                                  &order->affiliate.creator, &order->affiliate.content_type, &order->affiliate.content_id};
    for (size_t n = 0; n < sizeof times / sizeof *times; n++)
        *times[n] = get_time(rows, i, c++);
    for (size_t n = 0; n < sizeof texts / sizeof *texts; n++)
        *texts[n] = get_text(rows, i, c++);
    order->affiliate.rate_ppm = rate_of(rows, i, c++);
    order->affiliate.shop_ads_rate_ppm = rate_of(rows, i, c++);
    order->affiliate.actual_commission_minor = get_int8_or_absent(rows, i, c++);
    order->platform = get_text(rows, i, c++);
    order->market = get_text(rows, i, c++);
    return c;
}

static void read_order(struct order_check *check)
{
    const PGresult *rows = check->orders.rows;
    int i = check->orders.row, c = 2;
    struct order_fact *fact = &check->fact;
    struct order *order = fact->order;
    order->order_id = get_text(rows, i, c++);
    fact->day = get_date(rows, i, c++);
    fact->revision = get_int8(rows, i, c++);
    order->created_at_us = get_time(rows, i, c++);
    fact->occurred_at_us = get_time(rows, i, c++);
    fact->content_hash = get_uuid(rows, i, c++);
    fact->lines_hash = (uint64_t)get_int8(rows, i, c++);
    check->stored_row_hash = (uint64_t)get_int8(rows, i, c++);
    c = read_money(order, rows, i, c);
    check->shop.amount_scale = get_int2(rows, i, c++);
    int32_t flags = get_int2(rows, i, c++);
    read_flags(order, flags);
    fact->booked = get_bool(rows, i, c++);
    fact->event_id = get_text(rows, i, c++);
    order->status = flags & ~63 ? ORDER_STATUS_COUNT : status_of(get_text(rows, i, c));
    struct text currency = get_text(rows, i, c + 1);
    memset(check->shop.currency, 0, sizeof check->shop.currency);
    memcpy(check->shop.currency, currency.ptr, currency.len == 3 ? 3 : 0);
    c = read_maybe_absent(order, rows, i, c + 2);
    fact->rule_set = PQgetvalue(rows, i, c++);
    check->shop.id = get_text(rows, i, c);
}

/* Negative: the line's order comes before the order. */
static int compare_line(const struct order_check *check)
{
    int64_t key = get_int8(check->orders.rows, check->orders.row, 0), line_key = get_int8(check->lines.rows, check->lines.row, 0);
    return (line_key > key) - (line_key < key);
}

static bool is_of_order(const struct order_check *check)
{
    struct text id = check->fact.order->order_id, line_id = get_text(check->lines.rows, check->lines.row, 2);
    return get_int4(check->lines.rows, check->lines.row, 1) == get_int4(check->orders.rows, check->orders.row, 1) &&
           line_id.len == id.len && memcmp(line_id.ptr, id.ptr, id.len) == 0;
}

static struct text kept_text(struct order_check *check, struct text text)
{
    if (text.ptr)
        text.ptr = arena_copy(&check->arena, text.ptr, text.len);
    return text;
}

static struct line_fact *add_line(struct order_check *check)
{
    struct order_fact *fact = &check->fact;
    if (fact->line_count == check->line_room) {
        check->line_room = check->line_room ? check->line_room * 2 : 64;
        fact->lines = realloc(fact->lines, check->line_room * sizeof *fact->lines);
        if (!fact->lines)
            abort(); /* as the batch's arena does */
    }
    return &fact->lines[fact->line_count++];
}

static void read_line(struct order_check *check, struct line_fact *line)
{
    const PGresult *rows = check->lines.rows;
    int i = check->lines.row, c = 6;
    *line = (struct line_fact){.line_no = get_int2(rows, i, 3)};
    line->line_id = kept_text(check, get_text(rows, i, c++));
    line->sku = kept_text(check, get_text(rows, i, c++));
    line->category = kept_text(check, get_text(rows, i, c++));
    line->quantity = get_int4(rows, i, c++);
    line->gross_minor = get_int8(rows, i, c++);
    line->seller_discount_minor = get_int8(rows, i, c++);
    line->platform_discount_minor = get_int8(rows, i, c++);
    line->shipping_share_minor = get_int8(rows, i, c++);
    line->platform_fee_minor = get_int8(rows, i, c++);
    line->payment_fee_minor = get_int8(rows, i, c++);
    line->affiliate_commission_minor = get_int8(rows, i, c++);
    line->other_fees_minor = get_int8(rows, i, c++);
    line->net_minor = get_int8(rows, i, c);
    line->fee_returnable_minor = get_int8(rows, i, c + 2);
}

static bool adds_up(const struct line_fact *line)
{
    __int128 rest = (__int128)line->gross_minor - line->seller_discount_minor - line->platform_fee_minor -
                    line->payment_fee_minor - line->affiliate_commission_minor - line->other_fees_minor;
    return rest == line->net_minor;
}

/* What a line must be by itself. Costs are not computed yet, so that one which is there was written by somebody else. */
static void check_line(struct order_check *check, const struct line_fact *line)
{
    const PGresult *rows = check->lines.rows;
    const struct order_fact *fact = &check->fact;
    struct text shop_id = check->shop.id, order_id = fact->order->order_id;
    int i = check->lines.row;
    if (!is_of_order(check) || get_date(rows, i, 4) != fact->day || get_bool(rows, i, 5) != fact->booked || !PQgetisnull(rows, i, 19))
        verify_difference(check->verifier, VERIFY_LINES,
                          SHOP_AND_ORDER ", line %" PRId32 ": shop, order, day, booked or cost is not that of the order",
                          (int)shop_id.len, shop_id.ptr, (int)order_id.len, order_id.ptr, line->line_no);
    else if (!adds_up(line))
        verify_difference(check->verifier, VERIFY_LINES,
                          SHOP_AND_ORDER ", line %" PRId32 ": gross less discount, fees and commission is not net %" PRId64,
                          (int)shop_id.len, shop_id.ptr, (int)order_id.len, order_id.ptr, line->line_no, line->net_minor);
}

static bool take_lines(struct order_check *check, struct pg_failure *failure)
{
    arena_reset(&check->arena, SIZE_MAX);
    check->fact.line_count = 0;
    while (check->more_lines) {
        int order = compare_line(check);
        if (order > 0)
            return true;
        struct text id = get_text(check->lines.rows, check->lines.row, 2);
        check->verifier->counts[VERIFY_LINES].rows++;
        if (order < 0) {
            verify_difference(check->verifier, VERIFY_LINES, "order %.*s: a line without its order", (int)id.len, id.ptr);
        } else {
            struct line_fact *line = add_line(check);
            read_line(check, line);
            check_line(check, line);
        }
        if (!next_line(check, failure))
            return false;
    }
    return true;
}

static void check_order(struct order_check *check)
{
    const struct order_fact *fact = &check->fact;
    struct text shop_id = check->shop.id, order_id = fact->order->order_id;
    check->verifier->counts[VERIFY_ORDERS].rows++;
    if (lines_hash(fact) != fact->lines_hash)
        verify_difference(check->verifier, VERIFY_ORDERS, SHOP_AND_ORDER ": its lines are not those that were written",
                          (int)shop_id.len, shop_id.ptr, (int)order_id.len, order_id.ptr);
    else if (order_row_hash(fact) != check->stored_row_hash)
        verify_difference(check->verifier, VERIFY_ORDERS, SHOP_AND_ORDER ": its row is not the one that was written",
                          (int)shop_id.len, shop_id.ptr, (int)order_id.len, order_id.ptr);
}

static bool check_orders(struct order_check *check, struct pg_failure *failure)
{
    while (check->more_orders) {
        read_order(check);
        if (!take_lines(check, failure))
            return false;
        check_order(check);
        if (!next_order(check, failure))
            return false;
    }
    for (; check->more_lines; check->verifier->counts[VERIFY_LINES].rows++) {
        struct text id = get_text(check->lines.rows, check->lines.row, 2);
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
    check.fact.shop = &check.shop;
    check.fact.event = &check.event;
    check.fact.order = &check.event.order;
    bool done = row_stream_begin(&check.orders, verifier->link, declare_orders, &fetch_orders, failure) &&
                row_stream_begin(&check.lines, verifier->link, declare_lines, &fetch_lines, failure) &&
                next_order(&check, failure) && next_line(&check, failure) && check_orders(&check, failure);
    row_stream_done(&check.orders);
    row_stream_done(&check.lines);
    free(check.fact.lines);
    arena_done(&check.arena);
    return done;
}
