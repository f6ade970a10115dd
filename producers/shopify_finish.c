/*
 * Only behind the last row of a file are its orders complete: here discounts and taxes find their lines, and what an order says of itself
 * is held against them.
 */
#include "producers/shopify_rows.h"

#include "core/money.h"
#include "producers/order_refund.h"

/* 2024-03-19 00:00 UTC: from then on TikTok Shop sends samples to Shopify without a price (its notes on free samples, 3176508412987179). */
#define SAMPLES_FREE_FROM_US INT64_C(1710806400000000)

static void add_finding(struct shopify *shopify, const struct book_order *booked, const char *code, int64_t amount_minor, const char *what)
{
    const struct finding finding = {code, booked->order.order_id, booked->file, booked->file_line, amount_minor, {NULL, 0}};
    findings_add(&shopify->book->findings, &finding, "%s", what);
}

static struct order_line *line_at(const struct shopify *shopify, uint32_t i)
{
    return &order_book_line(shopify->book, i)->line;
}

static uint32_t next_of(const struct shopify *shopify, uint32_t i)
{
    return order_book_line(shopify->book, i)->next;
}

static int64_t paid_for(const struct order_line *line)
{
    return line->quantity * line->unit_list_minor - line->seller_discount_minor;
}

/* weights: what is left to pay for each line, of the taxable ones only where that is asked for. Returns their number. */
static size_t weigh(struct shopify *shopify, const struct book_order *booked, bool taxable_only, int64_t *ret_sum)
{
    size_t count = 0;
    *ret_sum = 0;
    for (uint32_t i = booked->first; i != BOOK_NONE; i = next_of(shopify, i)) {
        int64_t weight = taxable_only && shopify->untaxed[i] ? 0 : paid_for(line_at(shopify, i));
        shopify->weights[count++] = weight;
        if (!money_add(*ret_sum, weight, ret_sum))
            return SIZE_MAX;
    }
    return count;
}

/* The part of the discount that is no line's own goes over all lines. */
static void share_discount(struct shopify *shopify, const struct book_order *booked, size_t count, int64_t discount_minor)
{
    size_t part = 0;
    money_allocate(discount_minor, shopify->weights, count, shopify->scratch, shopify->parts);
    for (uint32_t i = booked->first; i != BOOK_NONE; i = next_of(shopify, i))
        line_at(shopify, i)->seller_discount_minor += shopify->parts[part++];
}

/* Of taxes that prices include, shipping has its part: it stays with the order. */
static void share_taxes(struct shopify *shopify, const struct book_order *booked)
{
    int64_t sum;
    size_t count = weigh(shopify, booked, true, &sum), part = 0;
    if (!sum)
        count = weigh(shopify, booked, false, &sum);
    if (count && booked->order.taxes_included)
        shopify->weights[count++] = booked->order.shipping_paid_minor;
    money_allocate(booked->order.tax_minor, shopify->weights, count, shopify->scratch, shopify->parts);
    for (uint32_t i = booked->first; i != BOOK_NONE; i = next_of(shopify, i))
        line_at(shopify, i)->tax_minor = shopify->parts[part++];
}

/* Sets *ret_on_shipping: what of the discount is none of the lines'. false: an amount does not fit. */
static bool place_discount(struct shopify *shopify, const struct book_order *booked, const struct shopify_order *read,
                           int64_t *ret_on_shipping)
{
    int64_t left, shared, of_lines, difference;
    size_t count = weigh(shopify, booked, false, &left);
    *ret_on_shipping = 0;
    if (count == SIZE_MAX)
        return false;
    if (!count && !read->gift_card_minor)
        return true; /* said by itself */
    /* Lines less their own discounts, with the cards that were left out, less what came to be the subtotal. */
    if (!money_add(left, read->gift_card_minor, &shared) || !money_subtract(shared, read->subtotal_minor, &shared))
        return false;
    int64_t possible = shared < 0 ? 0 : shared > left ? left : shared;
    share_discount(shopify, booked, count, possible);
    if (!money_add(possible, read->line_discount_minor, &of_lines) || !money_subtract(read->discount_minor, of_lines, &difference))
        return false;
    if (difference > 0 && shared == possible)
        *ret_on_shipping = difference;
    else if (shared != possible || (difference && read->discount_minor != possible))
        add_finding(shopify, booked, SHOPIFY_DISCOUNT_DIFFERS, shared != possible ? possible - shared : difference,
                    "lines, subtotal and discount amount do not meet; the subtotal counts as far as it can");
    return true;
}

/* Whether Total is subtotal + shipping + duties with the taxes beside it or in it; and whether shipping is as it was before its discount.
 */
static bool place_total(struct shopify *shopify, struct book_order *booked, const struct shopify_order *read,
                        int64_t shipping_discount_minor)
{
    struct order *order = &booked->order;
    int64_t sum, rest;
    if (!money_add(read->subtotal_minor, read->shipping_minor, &sum) || !money_add(sum, read->duties_minor, &sum) ||
        !money_subtract(order->customer_total_minor, sum, &rest))
        return false;
    bool discounted = rest == order->tax_minor || rest == 0, listed = false;
    if (!discounted && shipping_discount_minor <= read->shipping_minor) {
        listed = rest + shipping_discount_minor == order->tax_minor || rest + shipping_discount_minor == 0;
        rest += listed ? shipping_discount_minor : 0;
    }
    order->taxes_included = order->tax_minor && rest == 0;
    order->shipping_paid_minor = read->shipping_minor - (listed ? shipping_discount_minor : 0);
    order->shipping_list_minor = read->shipping_minor + (listed ? 0 : shipping_discount_minor);
    order->shipping_seller_discount_minor = shipping_discount_minor;
    order->buyer_fees_minor = read->duties_minor;
    if (!discounted && !listed)
        add_finding(shopify, booked, SHOPIFY_TOTAL_DIFFERS, rest - order->tax_minor,
                    "the total is not subtotal + shipping + taxes + duties, and is kept");
    return true;
}

static void mark_sample(struct shopify *shopify, struct book_order *booked, const struct shopify_order *read)
{
    struct order *order = &booked->order;
    if (!order->mirror || !read->says_sample)
        return;
    order->sample = true;
    if (order->created_at_us < SAMPLES_FREE_FROM_US && order->customer_total_minor)
        add_finding(shopify, booked, SHOPIFY_FULL_PRICE_SAMPLE, order->customer_total_minor,
                    "a sample that TikTok Shop sent with its full price: nothing of it was paid");
}

/* The sale of a mirror is that of another platform, and so is what was given back of it. In Shopify it is the shop that refunds. */
static bool add_refund(struct shopify *shopify, const struct book_order *booked, const struct shopify_order *read, struct err *err)
{
    const struct stated_refund stated = {.amount_minor = read->refunded_minor,
                                         .left_out_minor = read->gift_card_minor,
                                         .initiator = text_of("SELLER"),
                                         .prefix = "shopify"};
    return booked->order.mirror || order_refund_add(shopify->book, booked, &stated, err);
}

static bool finish_order(struct shopify *shopify, struct book_order *booked, const struct shopify_order *read, struct err *err)
{
    int64_t shipping_discount_minor;
    if (!place_discount(shopify, booked, read, &shipping_discount_minor) || !place_total(shopify, booked, read, shipping_discount_minor))
        return err_set(err, ERR_FATAL, EXIT_CODE_DATA, "%s:%u: the amounts of this order do not fit", booked->file, booked->file_line);
    share_taxes(shopify, booked);
    mark_sample(shopify, booked, read);
    if (!booked->line_count && !read->gift_card_minor)
        add_finding(shopify, booked, SHOPIFY_WITHOUT_LINES, booked->order.customer_total_minor,
                    "the order has no lines and is kept without them; its total");
    booked->occurred_at_us = booked->order.created_at_us;
    booked->revision = order_book_revision(booked);
    order_book_name(shopify->book, booked, "shopify");
    return add_refund(shopify, booked, read, err);
}

bool shopify_finish_file(struct shopify *shopify, struct err *err)
{
    struct order_book *book = shopify->book;
    for (uint32_t i = book->first_of_file; i < book->order_count; i++)
        if (!finish_order(shopify, &book->orders[i], &shopify->orders[i], err))
            return false;
    return true;
}
