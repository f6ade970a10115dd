/*
 * A line's unit price is not kept: it is gross / quantity, exactly; with the tax that prices include, for gross is without. A row that does
 * not divide was altered, and gets a price of 0 that no computation will agree with.
 */
#include "postgres/order_read.h"

#include "core/money.h"

void stored_order_init(struct stored_order *stored)
{
    *stored = (struct stored_order){0};
    stored->fact.shop = &stored->shop;
    stored->fact.event = &stored->event;
    stored->fact.order = &stored->event.order;
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

void order_read_row(const PGresult *rows, int i, struct stored_order *ret_stored)
{
    int c = 2;
    struct order_fact *fact = &ret_stored->fact;
    struct order *order = &ret_stored->event.order;
    struct shop *shop = &ret_stored->shop;
    order->order_id = get_text(rows, i, c++);
    fact->day = get_date(rows, i, c++);
    fact->revision = get_int8(rows, i, c++);
    order->created_at_us = get_time(rows, i, c++);
    fact->occurred_at_us = get_time(rows, i, c++);
    fact->content_hash = get_uuid(rows, i, c++);
    fact->lines_hash = (uint64_t)get_int8(rows, i, c++);
    ret_stored->row_hash = (uint64_t)get_int8(rows, i, c++);
    c = read_money(order, rows, i, c);
    shop->amount_scale = get_int2(rows, i, c++);
    int32_t flags = get_int2(rows, i, c++);
    read_flags(order, flags);
    fact->booked = get_bool(rows, i, c++);
    fact->event_id = get_text(rows, i, c++);
    order->status = flags & ~63 ? ORDER_STATUS_COUNT : status_of(get_text(rows, i, c));
    struct text currency = get_text(rows, i, c + 1);
    memset(shop->currency, 0, sizeof shop->currency);
    memcpy(shop->currency, currency.ptr, currency.len == 3 ? 3 : 0);
    c = read_maybe_absent(order, rows, i, c + 2);
    fact->rule_set = PQgetvalue(rows, i, c++);
    shop->id = get_text(rows, i, c++);
    presentment_read(rows, i, c, &order->presentment);
}

void line_read_row(const PGresult *rows, int i, struct arena *arena, struct line_fact *ret_line)
{
    int c = LINE_COLUMN_BOOKED + 1;
    *ret_line = (struct line_fact){.line_no = get_int2(rows, i, LINE_COLUMN_LINE_NO)};
    ret_line->line_id = get_kept_text(rows, i, c++, arena);
    ret_line->sku = get_kept_text(rows, i, c++, arena);
    ret_line->category = get_kept_text(rows, i, c++, arena);
    ret_line->quantity = get_int4(rows, i, c++);
    ret_line->gross_minor = get_int8(rows, i, c++);
    ret_line->seller_discount_minor = get_int8(rows, i, c++);
    ret_line->platform_discount_minor = get_int8(rows, i, c++);
    ret_line->shipping_share_minor = get_int8(rows, i, c++);
    ret_line->platform_fee_minor = get_int8(rows, i, c++);
    ret_line->payment_fee_minor = get_int8(rows, i, c++);
    ret_line->affiliate_commission_minor = get_int8(rows, i, c++);
    ret_line->other_fees_minor = get_int8(rows, i, c++);
    ret_line->net_minor = get_int8(rows, i, c);
    c = LINE_COLUMN_COST + 1;
    ret_line->fee_returnable_minor = get_int8(rows, i, c++);
    ret_line->tax_minor = get_int8(rows, i, c++);
    ret_line->gift = get_bool(rows, i, c);
}

static int64_t unit_list_of(const struct line_fact *line, bool taxes_included)
{
    int64_t list;
    if (!money_add(line->gross_minor, taxes_included ? line->tax_minor : 0, &list) || line->quantity == 0 || list == INT64_MIN ||
        list % line->quantity != 0)
        return 0;
    return list / line->quantity;
}

void order_read_event(struct stored_order *stored, struct arena *arena)
{
    const struct order_fact *fact = &stored->fact;
    struct event *event = &stored->event;
    struct order_line *lines = arena_alloc(arena, fact->line_count * sizeof *lines);
    for (uint32_t i = 0; i < fact->line_count; i++)
        lines[i] = (struct order_line){.line_id = fact->lines[i].line_id,
                                       .platform_sku = fact->lines[i].sku,
                                       .category = fact->lines[i].category,
                                       .quantity = fact->lines[i].quantity,
                                       .unit_list_minor = unit_list_of(&fact->lines[i], event->order.taxes_included),
                                       .seller_discount_minor = fact->lines[i].seller_discount_minor,
                                       .platform_discount_minor = fact->lines[i].platform_discount_minor,
                                       .tax_minor = fact->lines[i].tax_minor,
                                       .gift = fact->lines[i].gift};
    event->kind = EVENT_ORDER;
    event->event_id = fact->event_id;
    event->shop_id = stored->shop.id;
    event->currency = (struct text){stored->shop.currency, (uint32_t)strlen(stored->shop.currency)};
    event->amount_scale = stored->shop.amount_scale;
    event->revision = fact->revision;
    event->occurred_at_us = fact->occurred_at_us;
    event->content_hash = fact->content_hash;
    event->order.lines = lines;
    event->order.line_count = fact->line_count;
}
