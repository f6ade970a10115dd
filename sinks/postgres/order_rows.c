#include "postgres/order_rows.h"

#include "postgres/presentment.h"

#define ORDER_COLUMNS (46 + PRESENTMENT_COLUMNS)
#define LINE_COLUMNS 23

const char copy_orders_sql[] =
    "COPY warehouse.fact_orders (order_key, shop_key, day, revision, created_at, occurred_at, content_hash, lines_hash, row_hash,"
    " shipping_list_minor, shipping_seller_discount_minor, shipping_platform_discount_minor, shipping_paid_minor,"
    " payment_platform_discount_minor, buyer_fees_minor, tax_minor, customer_total_minor, source_offset,"
    " source_partition, rule_set, amount_scale, flags, booked, order_id, event_id, status, currency, source_topic,"
    " paid_at, shipped_at, delivered_at, cancelled_at, buyer_key, channel, payment_method, session_id, linked_order_id,"
    " cancelled_by, affiliate_creator, affiliate_content_type, affiliate_content_id, affiliate_rate_ppm,"
    " affiliate_shop_ads_rate_ppm, affiliate_actual_commission_minor, platform, market, " PRESENTMENT_COPY_COLUMNS ") FROM STDIN (FORMAT binary)";

const char copy_sales_sql[] =
    "COPY warehouse.fact_sales (order_key, shop_key, day, gross_minor, seller_discount_minor, platform_discount_minor,"
    " shipping_share_minor, platform_fee_minor, payment_fee_minor, affiliate_commission_minor, other_fees_minor,"
    " net_minor, fee_returnable_minor, tax_minor, quantity, line_no, booked, gift, order_id, line_id, sku, category, cost_minor) FROM STDIN (FORMAT binary)";

static struct text status_text(enum order_status status)
{
    static const char *const names[ORDER_STATUS_COUNT] = {"UNPAID",    "PAID",      "SHIPPED", "DELIVERED",
                                                          "COMPLETED", "CANCELLED", "ON_HOLD"};
    return text_of(names[status]);
}

static int32_t flags_of(const struct order *order)
{
    return order->mirror | order->sample << 1 | order->replacement << 2 | order->test << 3 | order->cod << 4 |
           order->taxes_included << 5;
}

/* What an order shares with its shop is left out. */
static struct text unless_shops(struct text text, struct text shops)
{
    bool same = text.ptr && shops.ptr && text.len == shops.len && memcmp(text.ptr, shops.ptr, text.len) == 0;
    return same ? (struct text){NULL, 0} : text;
}

static size_t texts_len(const struct order_row *row, const struct position *source)
{
    const struct order *order = row->fact->order;
    return strlen(source->topic) + order->order_id.len + row->fact->event_id.len + order->buyer_key.len +
           order->channel.len + order->payment_method.len + order->session_id.len + order->linked_order_id.len +
           order->cancelled_by.len + order->affiliate.creator.len + order->affiliate.content_type.len +
           order->affiliate.content_id.len + order->platform.len + order->market.len + order->presentment.currency.len;
}

static uint8_t *put_money(uint8_t *at, const struct order *order)
{
    at = put_int8(at, order->shipping_list_minor);
    at = put_int8(at, order->shipping_seller_discount_minor);
    at = put_int8(at, order->shipping_platform_discount_minor);
    at = put_int8(at, order->shipping_paid_minor);
    at = put_int8(at, order->payment_platform_discount_minor);
    at = put_int8(at, order->buyer_fees_minor);
    at = put_int8(at, order->tax_minor);
    return put_int8(at, order->customer_total_minor);
}

static uint8_t *put_rate(uint8_t *at, int64_t rate_ppm)
{
    return rate_ppm < 0 ? put_null(at) : put_int4(at, (int32_t)rate_ppm);
}

static uint8_t *put_affiliate(uint8_t *at, const struct affiliate *affiliate)
{
    if (!affiliate->creator.ptr) {
        for (int i = 0; i < 6; i++)
            at = put_null(at);
        return at;
    }
    at = put_text(at, affiliate->creator);
    at = put_text(at, affiliate->content_type);
    at = put_text(at, affiliate->content_id);
    at = put_rate(at, affiliate->rate_ppm);
    at = put_rate(at, affiliate->shop_ads_rate_ppm);
    return put_int8_or_null(at, affiliate->actual_commission_minor);
}

static uint8_t *put_maybe_absent(uint8_t *at, const struct order *order, const struct shop_dim *shop)
{
    at = put_time(at, order->paid_at_us);
    at = put_time(at, order->shipped_at_us);
    at = put_time(at, order->delivered_at_us);
    at = put_time(at, order->cancelled_at_us);
    at = put_text(at, order->buyer_key);
    at = put_text(at, order->channel);
    at = put_text(at, order->payment_method);
    at = put_text(at, order->session_id);
    at = put_text(at, order->linked_order_id);
    at = put_text(at, order->cancelled_by);
    at = put_affiliate(at, &order->affiliate);
    at = put_text(at, unless_shops(order->platform, shop->platform));
    at = put_text(at, unless_shops(order->market, shop->market));
    return put_presentment(at, &order->presentment);
}

void put_order_row(struct copy_buffer *buffer, const struct order_row *row, const struct position *source)
{
    const struct order_fact *fact = row->fact;
    const struct order *order = fact->order;
    uint8_t *at = copy_reserve(buffer, 2 + ORDER_COLUMNS * COPY_FIELD_MAX + texts_len(row, source));
    at = put_u16(at, ORDER_COLUMNS);
    at = put_int8(at, row->order_key);
    at = put_int4(at, row->shop->shop_key);
    at = put_date(at, fact->day);
    at = put_int8(at, fact->revision);
    at = put_time(at, order->created_at_us);
    at = put_time(at, fact->occurred_at_us);
    at = put_uuid(at, fact->content_hash);
    at = put_int8(at, (int64_t)fact->lines_hash);
    at = put_int8(at, (int64_t)fact->row_hash);
    at = put_money(at, order);
    at = put_int8(at, fact->origin.offset);
    at = put_int4(at, source->partition);
    at = put_int4(at, row->rule_set);
    at = put_int2(at, fact->shop->amount_scale);
    at = put_int2(at, flags_of(order));
    at = put_bool(at, fact->booked);
    at = put_text(at, order->order_id);
    at = put_text(at, fact->event_id);
    at = put_text(at, status_text(order->status));
    at = put_text(at, text_of(fact->shop->currency));
    at = put_text(at, text_of(source->topic));
    copy_end(buffer, put_maybe_absent(at, order, row->shop));
}

static uint8_t *put_line(uint8_t *at, const struct order_row *row, const struct line_fact *line, int64_t cost_minor)
{
    at = put_u16(at, LINE_COLUMNS);
    at = put_int8(at, row->order_key);
    at = put_int4(at, row->shop->shop_key);
    at = put_date(at, row->fact->day);
    at = put_int8(at, line->gross_minor);
    at = put_int8(at, line->seller_discount_minor);
    at = put_int8(at, line->platform_discount_minor);
    at = put_int8(at, line->shipping_share_minor);
    at = put_int8(at, line->platform_fee_minor);
    at = put_int8(at, line->payment_fee_minor);
    at = put_int8(at, line->affiliate_commission_minor);
    at = put_int8(at, line->other_fees_minor);
    at = put_int8(at, line->net_minor);
    at = put_int8(at, line->fee_returnable_minor);
    at = put_int8(at, line->tax_minor);
    at = put_int4(at, line->quantity);
    at = put_int2(at, line->line_no);
    at = put_bool(at, row->fact->booked);
    at = put_bool(at, line->gift);
    at = put_text(at, row->fact->order->order_id);
    at = put_text(at, line->line_id);
    at = put_text(at, line->sku);
    at = put_text(at, line->category);
    return put_int8_or_null(at, cost_minor);
}

void put_line_rows(struct copy_buffer *buffer, const struct order_row *row, const int64_t *costs)
{
    for (uint32_t i = 0; i < row->fact->line_count; i++) {
        const struct line_fact *line = &row->fact->lines[i];
        size_t texts = row->fact->order->order_id.len + line->line_id.len + line->sku.len + line->category.len;
        uint8_t *at = copy_reserve(buffer, 2 + LINE_COLUMNS * COPY_FIELD_MAX + texts);
        copy_end(buffer, put_line(at, row, line, costs ? costs[i] : EVENT_ABSENT));
    }
}
