/*
 * Only behind the last row of a file are its dates understood and its orders complete: here they become so, and what an order says of
 * itself is held against its lines.
 */
#include "producers/tiktok_rows.h"

#include "core/money.h"
#include "producers/order_refund.h"

static bool place_times(const struct tiktok *tiktok, struct book_order *booked, const struct tiktok_order *order, bool month_first,
                        struct err *err)
{
    int64_t *places[ORDER_TIME_COUNT] = {&booked->order.created_at_us, &booked->order.paid_at_us, &booked->order.shipped_at_us,
                                         &booked->order.delivered_at_us, &booked->order.cancelled_at_us};
    for (size_t i = 0; i < ORDER_TIME_COUNT; i++)
        if (!tiktok_cells_place_time(&tiktok->cells, &order->times[i], month_first, places[i]))
            return err_set(err, ERR_FATAL, EXIT_CODE_DATA, "%s:%u: a date of this order is no day of the calendar as %s", booked->file,
                           booked->file_line, month_first ? "MM/DD/YYYY" : "DD/MM/YYYY");
    booked->occurred_at_us = booked->order.created_at_us;
    return true;
}

static int64_t amount_of(const struct tiktok_order *order, enum order_amount amount)
{
    int64_t minor = order->amounts.minor[amount];
    return minor == EVENT_ABSENT ? 0 : minor;
}

static bool sum_of(const struct tiktok_order *order, enum order_amount first, enum order_amount last, int64_t *ret_sum)
{
    int64_t sum = 0;
    for (enum order_amount i = first; i <= last; i++)
        if (!money_add(sum, amount_of(order, i), &sum))
            return false;
    *ret_sum = sum;
    return true;
}

static bool place_amounts(struct order *order, const struct tiktok_order *read)
{
    order->shipping_paid_minor = amount_of(read, AMOUNT_SHIPPING_PAID);
    order->shipping_list_minor =
        read->amounts.minor[AMOUNT_SHIPPING_LIST] == EVENT_ABSENT ? order->shipping_paid_minor : amount_of(read, AMOUNT_SHIPPING_LIST);
    order->shipping_platform_discount_minor = amount_of(read, AMOUNT_SHIPPING_PLATFORM);
    order->payment_platform_discount_minor = amount_of(read, AMOUNT_PAYMENT_DISCOUNT);
    order->tax_minor = amount_of(read, AMOUNT_TAXES);
    order->customer_total_minor = amount_of(read, AMOUNT_ORDER);
    return sum_of(read, AMOUNT_SHIPPING_SELLER, AMOUNT_SHIPPING_COFUNDED, &order->shipping_seller_discount_minor) &&
           sum_of(read, AMOUNT_RETAIL_FEE, AMOUNT_ITEM_INSURANCE, &order->buyer_fees_minor);
}

static int64_t paid_for(const struct order_line *line)
{
    return line->quantity * line->unit_list_minor - line->seller_discount_minor - line->platform_discount_minor;
}

/* Shares the taxes out; true where all lines are without a price. */
static bool share_taxes(struct tiktok *tiktok, const struct book_order *booked)
{
    size_t count = 0;
    bool free_of_charge = booked->line_count > 0;
    for (uint32_t i = booked->first; i != BOOK_NONE; i = order_book_line(tiktok->book, i)->next) {
        const struct order_line *line = &order_book_line(tiktok->book, i)->line;
        free_of_charge = free_of_charge && line->unit_list_minor == 0;
        tiktok->weights[count++] = paid_for(line);
    }
    money_allocate(booked->order.tax_minor, tiktok->weights, count, tiktok->scratch, tiktok->parts);
    count = 0;
    for (uint32_t i = booked->first; i != BOOK_NONE; i = order_book_line(tiktok->book, i)->next)
        order_book_line(tiktok->book, i)->line.tax_minor = tiktok->parts[count++];
    return free_of_charge;
}

static void add_finding(struct tiktok *tiktok, const struct book_order *booked, const char *code, int64_t amount_minor, const char *what)
{
    const struct finding finding = {code, booked->order.order_id, booked->file, booked->file_line, amount_minor, {NULL, 0}};
    findings_add(&tiktok->book->findings, &finding, "%s", what);
}

/* The identity of the export, exact in nearly all real rows; what breaks it by cents is booked all the same. */
static bool find_amount_break(struct tiktok *tiktok, const struct book_order *booked, const struct tiktok_order *read)
{
    const struct order *order = &booked->order;
    int64_t expected = read->after_discount_minor, difference;
    if (!money_add(expected, order->shipping_paid_minor, &expected) || !money_add(expected, order->tax_minor, &expected) ||
        !money_add(expected, order->buyer_fees_minor, &expected) ||
        !money_subtract(expected, order->payment_platform_discount_minor, &expected) ||
        !money_subtract(order->customer_total_minor, expected, &difference))
        return false;
    if (difference)
        add_finding(tiktok, booked, TIKTOK_AMOUNT_DIFFERS, difference,
                    "the order amount is not lines + shipping + taxes + fees - payment discount, and is kept");
    return true;
}

static bool find_shipping_break(struct tiktok *tiktok, const struct book_order *booked)
{
    const struct order *order = &booked->order;
    int64_t expected, difference;
    if (!money_subtract(order->shipping_list_minor, order->shipping_seller_discount_minor, &expected) ||
        !money_subtract(expected, order->shipping_platform_discount_minor, &expected) ||
        !money_subtract(order->shipping_paid_minor, expected, &difference))
        return false;
    if (difference)
        add_finding(tiktok, booked, TIKTOK_SHIPPING_DIFFERS, difference,
                    "shipping after discount is not the original fee less the discounts");
    return true;
}

/* Buyers send back what they got; a cancellation says who asked for it. */
static struct text initiator_of(const struct order *order)
{
    struct text known = tiktok_initiator(order->cancelled_by);
    return known.len ? known : order->status == ORDER_CANCELLED ? text_of("UNKNOWN") : text_of("BUYER");
}

static bool add_refund(struct tiktok *tiktok, const struct book_order *booked, const struct tiktok_order *read, struct err *err)
{
    const struct stated_refund stated = {.amount_minor = amount_of(read, AMOUNT_REFUND),
                                         .returned = tiktok->returned,
                                         .initiator = initiator_of(&booked->order),
                                         .reason = read->return_type,
                                         .prefix = "tiktok"};
    return order_refund_add(tiktok->book, booked, &stated, err);
}

static bool finish_order(struct tiktok *tiktok, struct book_order *booked, const struct tiktok_order *read, bool month_first,
                         struct text market, struct err *err)
{
    if (!place_times(tiktok, booked, read, month_first, err))
        return false;
    booked->order.market = market;
    if (!place_amounts(&booked->order, read) || !find_amount_break(tiktok, booked, read) || !find_shipping_break(tiktok, booked))
        return err_set(err, ERR_FATAL, EXIT_CODE_DATA, "%s:%u: the amounts of this order do not fit", booked->file, booked->file_line);
    if (share_taxes(tiktok, booked) && !booked->order.sample && !booked->order.replacement) {
        booked->order.sample = true;
        add_finding(tiktok, booked, TIKTOK_ZERO_PRICES, EVENT_ABSENT, "no line has a price: taken for a sample");
    }
    booked->revision = order_book_revision(booked);
    order_book_name(tiktok->book, booked, "tiktok");
    return add_refund(tiktok, booked, read, err);
}

bool tiktok_finish_file(struct tiktok *tiktok, struct err *err)
{
    bool month_first = false;
    struct text market;
    struct order_book *book = tiktok->book;
    if (book->first_of_file == book->order_count)
        return true;
    if (!tiktok_cells_decide_dates(&tiktok->cells, &month_first, err) || !tiktok_cells_market(&tiktok->cells, &market, err))
        return false;
    book->currency = tiktok->cells.currency;
    book->amount_scale = tiktok->cells.amount_scale;
    for (uint32_t i = book->first_of_file; i < book->order_count; i++)
        if (!finish_order(tiktok, &book->orders[i], &tiktok->orders[i], month_first, market, err))
            return false;
    return true;
}
