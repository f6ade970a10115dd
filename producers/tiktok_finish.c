/*
 * Only behind the last row of a file are its dates understood and its orders complete: here they become so, and what an order says of
 * itself is held against its lines.
 */
#include "producers/tiktok_rows.h"

#include "core/money.h"

static bool contradicts(const struct tiktok *tiktok, const struct csv_field *field, bool month_first, struct err *err)
{
    return err_set(err, ERR_FATAL, EXIT_CODE_DATA, "%s:%u:%u: this date is not %s, as those of market %.*s are: is the market right?",
                   tiktok->file, field->line, field->column, month_first ? "MM/DD/YYYY" : "DD/MM/YYYY", (int)tiktok->settings->market.len,
                   tiktok->settings->market.ptr);
}

/* By the market that was asked for, else by the dates themselves; never by how likely it is. */
static bool decide_dates(const struct tiktok *tiktok, bool *ret_month_first, struct err *err)
{
    const struct csv_field *day = &tiktok->day_first, *month = &tiktok->month_first, *undecided = &tiktok->undecided;
    if (tiktok->settings->market.len) {
        const struct market *market = market_find(tiktok->settings->market);
        *ret_month_first = market && market->month_first;
        const struct csv_field *other = *ret_month_first ? day : month;
        return !other->line || contradicts(tiktok, other, *ret_month_first, err);
    }
    if (day->line && month->line)
        return err_set(err, ERR_FATAL, EXIT_CODE_DATA, "%s:%u:%u: the month stands first here and second in line %u: these are two exports",
                       tiktok->file, month->line, month->column, day->line);
    if (!day->line && !month->line && undecided->line)
        return err_set(err, ERR_FATAL, EXIT_CODE_DATA,
                       "%s:%u:%u: no date of the file shows whether the day or the month stands first: give --market (US: the month)",
                       tiktok->file, undecided->line, undecided->column);
    *ret_month_first = month->line != 0;
    return true;
}

static bool place_time(const struct tiktok *tiktok, const struct read_time *time, bool month_first, int64_t *ret_us)
{
    int64_t local_us = time->local_us;
    *ret_us = EVENT_ABSENT;
    if (time->kind == TIME_ABSENT)
        return true;
    if (time->kind == TIME_SLASHED && !slash_time_local(time->slashed, month_first, &local_us))
        return false;
    *ret_us = zone_to_utc_us(tiktok->settings->zone, local_us);
    return true;
}

static bool place_times(const struct tiktok *tiktok, struct book_order *booked, const struct tiktok_order *order, bool month_first,
                        struct err *err)
{
    int64_t *places[ORDER_TIME_COUNT] = {&booked->order.created_at_us, &booked->order.paid_at_us, &booked->order.shipped_at_us,
                                         &booked->order.delivered_at_us, &booked->order.cancelled_at_us};
    for (size_t i = 0; i < ORDER_TIME_COUNT; i++)
        if (!place_time(tiktok, &order->times[i], month_first, places[i]))
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
    if (amount_of(read, AMOUNT_REFUND) || read->returned)
        add_finding(tiktok, booked, TIKTOK_REFUNDED, amount_of(read, AMOUNT_REFUND),
                    "refunded or returned since; the settlement has what that cost, the order is booked as sold");
    booked->revision = order_book_revision(booked);
    order_book_name(tiktok->book, booked, "tiktok");
    return true;
}

static bool find_market(const struct tiktok *tiktok, struct text *ret_market, struct err *err)
{
    const struct market *market = market_of_currency(tiktok->book->currency);
    *ret_market = tiktok->settings->market;
    if (ret_market->len)
        return true;
    if (!market)
        return err_set(err, ERR_FATAL, EXIT_CODE_DATA, "%s: neither file nor currency say in which country the shop sells: give --market",
                       tiktok->file);
    *ret_market = (struct text){market->code, 2};
    return true;
}

bool tiktok_finish_file(struct tiktok *tiktok, struct err *err)
{
    bool month_first = false;
    struct text market;
    struct order_book *book = tiktok->book;
    if (book->first_of_file == book->order_count)
        return true;
    if (!decide_dates(tiktok, &month_first, err) || !find_market(tiktok, &market, err))
        return false;
    for (uint32_t i = book->first_of_file; i < book->order_count; i++)
        if (!finish_order(tiktok, &book->orders[i], &tiktok->orders[i], month_first, market, err))
            return false;
    return true;
}
