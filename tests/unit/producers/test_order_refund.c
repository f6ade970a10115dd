#include <criterion/criterion.h>

#include "producers/order_refund.h"
#include "producers/random.h"

#define HOUR_US INT64_C(3600000000)
#define CREATED_US INT64_C(1774904700000000)

/* An order of two lines: 3 x 10.00 less 1.00 of the seller and 2.00 of the platform with 2.50 of taxes, 1 x 20.00 with 1.50;
 * shipping 4.00, buyer's fees 0.28, 1.00 off by the platform at the payment: 27.00 + 20.00 + 4.00 (taxes) + 4.00 + 0.28 - 1.00
 * = 54.28. */
static struct book_order *make_order(struct order_book *book, bool shipped)
{
    struct err err = {0};
    bool is_new;
    struct book_order *booked = order_book_put(book, text_of("o1"), &is_new, &err);
    struct order_line lines[] = {
        {.line_id = text_of("a"),
         .platform_sku = text_of("a"),
         .quantity = 3,
         .unit_list_minor = 1000,
         .seller_discount_minor = 100,
         .platform_discount_minor = 200,
         .tax_minor = 250},
        {.line_id = text_of("b"), .platform_sku = text_of("b"), .quantity = 1, .unit_list_minor = 2000, .tax_minor = 150}};
    for (size_t i = 0; i < 2; i++)
        cr_assert_not_null(order_book_add_line(book, booked, &lines[i], &err));
    booked->file = "f.csv";
    booked->order.created_at_us = booked->order.paid_at_us = CREATED_US;
    booked->order.shipped_at_us = shipped ? CREATED_US + HOUR_US : EVENT_ABSENT;
    booked->order.status = shipped ? ORDER_SHIPPED : ORDER_CANCELLED;
    booked->order.shipping_paid_minor = 400;
    booked->order.buyer_fees_minor = 28;
    booked->order.payment_platform_discount_minor = 100;
    booked->order.tax_minor = 400;
    booked->order.customer_total_minor = 5428;
    booked->revision = order_book_revision(booked);
    return booked;
}

static struct order_book *make_book(void)
{
    struct err err = {0};
    struct order_book *book = order_book_new(text_of("s"), text_of("USD"), 2, &err);
    cr_assert_not_null(book);
    return book;
}

static const struct event *refund(struct order_book *book, const struct book_order *booked, int64_t amount_minor,
                                  const int64_t *returned)
{
    struct err err = {0};
    const struct stated_refund stated = {
        .amount_minor = amount_minor, .returned = returned, .initiator = text_of("BUYER"), .prefix = "test"};
    cr_assert(order_refund_add(book, booked, &stated, &err), "%s", err.text);
    return order_book_refund_event(book, book->refund_count - 1);
}

static void assert_line(const struct event *event, uint32_t i, int64_t quantity, int64_t amount_minor, int64_t tax_minor)
{
    const struct refund_line *line = &event->refund.lines[i];
    cr_assert(line->quantity == quantity && line->amount_minor == amount_minor && line->tax_minor == tax_minor,
              "line %u: %ld units, %ld + %ld", i, (long)line->quantity, (long)line->amount_minor, (long)line->tax_minor);
}

Test(order_refund, of_all_that_was_paid_gives_back_every_unit_and_the_sellers_money_only)
{
    struct order_book *book = make_book();
    const struct event *event = refund(book, make_order(book, true), 5428, NULL);
    assert_line(event, 0, 3, 2700, 250);
    assert_line(event, 1, 1, 2000, 150);
    cr_assert(event->refund.shipping_refund_minor == 400 &&
              event->refund.discrepancy_minor == 0); /* 0.28 - 1.00 are not the seller's */
    cr_assert(event->refund.shipped_before && !event->refund.lines[0].restocked && event->occurred_at_us == CREATED_US + HOUR_US);
    cr_assert_eq(book->findings.count, 0);
    order_book_free(book);
}

Test(order_refund, of_what_was_never_sent_puts_the_goods_back_into_stock)
{
    struct order_book *book = make_book();
    const struct event *event = refund(book, make_order(book, false), 5428, NULL);
    cr_assert(!event->refund.shipped_before && event->refund.lines[0].restocked && event->refund.lines[1].restocked);
    order_book_free(book);
}

Test(order_refund, beyond_what_was_paid_is_a_discrepancy_and_a_finding)
{
    struct order_book *book = make_book();
    const struct event *event = refund(book, make_order(book, true), 5437, NULL);
    cr_assert_eq(event->refund.discrepancy_minor, 9);
    cr_assert(book->findings.count == 1 && strcmp(book->findings.items[0].code, REFUND_DISCREPANCY) == 0);
    order_book_free(book);
}

Test(order_refund, of_units_that_came_back_is_theirs)
{
    struct order_book *book = make_book();
    /* 1 of 3: 10.00 - 0.33 - 0.66 = 9.01, taxes 0.83, both towards zero as the refund's discounts are. */
    const struct event *event = refund(book, make_order(book, true), 984, (const int64_t[]){1, 0});
    cr_assert_eq(event->refund.line_count, 1);
    assert_line(event, 0, 1, 901, 83);
    cr_assert(event->refund.shipping_refund_minor == 0 && event->refund.discrepancy_minor == 0 && book->findings.count == 0);
    order_book_free(book);
}

Test(order_refund, beyond_the_units_that_came_back_is_of_shipping_then_of_fees_then_of_nothing)
{
    struct order_book *book = make_book();
    struct book_order *booked = make_order(book, true);
    booked->order.payment_platform_discount_minor = 0;
    const struct event *event = refund(book, booked, 984 + 250, (const int64_t[]){1, 0});
    cr_assert(event->refund.shipping_refund_minor == 250 && event->refund.discrepancy_minor == 0);
    event = refund(book, booked, 984 + 400 + 28, (const int64_t[]){1, 0});
    cr_assert(event->refund.shipping_refund_minor == 400 && event->refund.discrepancy_minor == 0);
    event = refund(book, booked, 984 + 400 + 28 + 5, (const int64_t[]){1, 0});
    cr_assert(event->refund.shipping_refund_minor == 400 && event->refund.discrepancy_minor == 5);
    order_book_free(book);
}

Test(order_refund, of_no_line_in_particular_is_shared_by_what_was_paid_and_told)
{
    struct order_book *book = make_book();
    /* 10.00 over 29.50 and 21.50: 5.784 and 4.216. Of 5.78, 5.78 x 2.50 / 29.50 = 0.49 are taxes; of 4.22, 4.22 x 1.50 / 21.50 =
     * 0.29. */
    const struct event *event = refund(book, make_order(book, true), 1000, NULL);
    assert_line(event, 0, 0, 578 - 49, 49);
    assert_line(event, 1, 0, 422 - 29, 29);
    cr_assert(book->findings.count == 1 && strcmp(book->findings.items[0].code, REFUND_SHARED) == 0);
    cr_assert_eq(book->findings.items[0].amount_minor, 1000);
    order_book_free(book);
}

Test(order_refund, of_prices_with_taxes_in_them_has_goods_without)
{
    struct order_book *book = make_book();
    struct book_order *booked = make_order(book, true);
    booked->order.taxes_included = true;
    booked->order.customer_total_minor = 2700 + 2000 + 400 + 28 - 100;
    const struct event *event = refund(book, booked, booked->order.customer_total_minor, NULL);
    assert_line(event, 0, 3, 2450, 250);
    cr_assert_eq(event->refund.discrepancy_minor, 0);
    order_book_free(book);
}

Test(order_refund, of_nothing_is_none)
{
    struct err err = {0};
    struct order_book *book = make_book();
    const struct stated_refund stated = {.initiator = text_of("BUYER"), .prefix = "test"};
    cr_assert(order_refund_add(book, make_order(book, true), &stated, &err));
    cr_assert(book->refund_count == 0 && book->findings.count == 0);
    order_book_free(book);
}

Test(order_refund, parts_add_up_to_what_was_given_back_whatever_that_was)
{
    struct random random;
    struct order_book *book = make_book();
    struct book_order *booked = make_order(book, true);
    booked->order.buyer_fees_minor = booked->order.payment_platform_discount_minor = 0;
    booked->order.customer_total_minor = 5500;
    random_seed(&random, 20, 1, 1);
    for (int i = 0; i < 20000; i++) {
        int64_t amount = random_between(&random, 1, 7000), sum;
        const int64_t returned[] = {random_between(&random, 0, 4), random_between(&random, 0, 1)};
        const struct event *event = refund(book, booked, amount, returned);
        sum = event->refund.shipping_refund_minor + event->refund.discrepancy_minor;
        for (uint32_t line = 0; line < event->refund.line_count; line++) {
            cr_assert(event->refund.lines[line].amount_minor >= 0 && event->refund.lines[line].tax_minor >= 0);
            sum += event->refund.lines[line].amount_minor + event->refund.lines[line].tax_minor;
        }
        cr_assert_eq(sum, amount, "round %d", i);
    }
    order_book_free(book);
}
