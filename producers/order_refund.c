#include "producers/order_refund.h"

#include <stdlib.h>

#include "core/money.h"

__extension__ typedef __int128 wide;

/* What a line can give back. */
struct claim {
    uint32_t line; /* of the book */
    int64_t units, goods_minor, tax_minor;
};

struct work {
    struct order_book *book;
    const struct book_order *booked;
    const struct stated_refund *stated;
    struct claim *claims;
    struct refund_line *lines;
    int64_t *weights, *parts; /* per claim, and one for what was left out */
    uint32_t *scratch;
    size_t count;
    int64_t rest_minor; /* of the amount, not yet placed */
    struct refund refund;
};

static const struct order_line *line_of(const struct work *work, size_t i)
{
    return &order_book_line(work->book, work->claims[i].line)->line;
}

/* total x units / quantity, rounded towards zero: as refunds are computed (core/refund.h). */
static int64_t units_of(int64_t total_minor, int64_t units, int64_t quantity)
{
    return (int64_t)((wide)total_minor * units / quantity);
}

static void claim_units(const struct work *work, struct claim *claim, int64_t units)
{
    const struct order_line *line = &order_book_line(work->book, claim->line)->line;
    int64_t quantity = line->quantity;
    int64_t gross = units * line->unit_list_minor, discount = units_of(line->seller_discount_minor, units, quantity);
    claim->tax_minor = units_of(line->tax_minor, units, quantity);
    claim->goods_minor = gross - discount - units_of(line->platform_discount_minor, units, quantity);
    if (work->booked->order.taxes_included)
        claim->goods_minor -= claim->tax_minor;
    if (claim->goods_minor < 0)
        claim->goods_minor = 0;
}

static int64_t returned_of(const struct work *work, uint32_t line)
{
    int64_t quantity = order_book_line(work->book, line)->line.quantity;
    int64_t units = work->stated->returned ? work->stated->returned[line] : 0;
    return units < quantity ? units : quantity;
}

static bool any_returned(const struct work *work)
{
    for (uint32_t i = work->booked->first; i != BOOK_NONE; i = order_book_line(work->book, i)->next)
        if (returned_of(work, i))
            return true;
    return false;
}

static bool is_whole(const struct work *work)
{
    int64_t total_minor = work->booked->order.customer_total_minor;
    return total_minor > 0 && work->stated->amount_minor >= total_minor;
}

/* Of the lines that came back; of all, where everything was given back, or none is said to have come. */
static void make_claims(struct work *work)
{
    bool by_line = !is_whole(work) && any_returned(work);
    for (uint32_t i = work->booked->first; i != BOOK_NONE; i = order_book_line(work->book, i)->next) {
        int64_t quantity = order_book_line(work->book, i)->line.quantity, returned = returned_of(work, i);
        struct claim *claim = &work->claims[work->count];
        if (by_line && !returned)
            continue;
        *claim = (struct claim){.line = i, .units = by_line ? returned : is_whole(work) ? quantity : 0};
        claim_units(work, claim, by_line ? returned : quantity);
        work->count++;
    }
}

/* Not added where nothing of it came back. false: an amount does not fit. */
static bool add_line(struct work *work, size_t i, int64_t goods_minor, int64_t tax_minor)
{
    const struct claim *claim = &work->claims[i];
    if (!goods_minor && !tax_minor && !claim->units)
        return true;
    work->lines[work->refund.line_count++] =
        (struct refund_line){.line_id = line_of(work, i)->line_id,
                             .quantity = claim->units,
                             .amount_minor = goods_minor,
                             .tax_minor = tax_minor,
                             .restocked = claim->units && is_whole(work) && !work->refund.shipped_before};
    return money_subtract(work->rest_minor, goods_minor, &work->rest_minor) &&
           money_subtract(work->rest_minor, tax_minor, &work->rest_minor);
}

/* What the order's own amounts leave unexplained of the customer's total is no money of the seller: it was a finding already. */
static bool place_whole(struct work *work)
{
    for (size_t i = 0; i < work->count; i++)
        if (!add_line(work, i, work->claims[i].goods_minor, work->claims[i].tax_minor))
            return false;
    const struct order *order = &work->booked->order;
    work->refund.shipping_refund_minor = order->shipping_paid_minor;
    return money_subtract(work->stated->amount_minor, order->customer_total_minor, &work->rest_minor);
}

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* A part of what a line claims: its tax as the claim has it, half away from zero. */
static bool add_part(struct work *work, size_t i)
{
    const struct claim *claim = &work->claims[i];
    int64_t whole = work->weights[i], part = work->parts[i];
    int64_t tax = whole ? (int64_t)(((wide)part * claim->tax_minor + whole / 2) / whole) : 0;
    return add_line(work, i, part - tax, tax);
}

static bool weigh(struct work *work, int64_t *ret_sum)
{
    int64_t sum = work->stated->left_out_minor;
    work->weights[work->count] = sum;
    for (size_t i = 0; i < work->count; i++)
        if (!money_add(work->claims[i].goods_minor, work->claims[i].tax_minor, &work->weights[i]) ||
            !money_add(sum, work->weights[i], &sum))
            return false;
    *ret_sum = sum;
    return true;
}

static void find_shared(struct work *work, int64_t shared_minor, int64_t claimed_minor)
{
    const struct book_order *booked = work->booked;
    const struct finding finding = {REFUND_SHARED,     booked->order.order_id, booked->file,
                                    booked->file_line, shared_minor,           {NULL, 0}};
    size_t sharing = 0;
    for (size_t i = 0; i <= work->count; i++)
        sharing += work->weights[i] != 0;
    if (shared_minor < claimed_minor && sharing > 1)
        findings_add(&work->book->findings, &finding, "what was given back is shared over %zu lines by what was paid for them",
                     sharing);
}

static bool place_part(struct work *work)
{
    const struct order *order = &work->booked->order;
    int64_t claimed, shared;
    if (!weigh(work, &claimed))
        return false;
    shared = claimed ? least(claimed, work->rest_minor) : 0;
    find_shared(work, shared, claimed);
    money_allocate(shared, work->weights, work->count + 1, work->scratch, work->parts);
    if (!claimed)
        work->parts[work->count] = 0;
    for (size_t i = 0; i < work->count; i++)
        if (!add_part(work, i))
            return false;
    work->rest_minor -= work->parts[work->count];
    work->refund.shipping_refund_minor = least(order->shipping_paid_minor, work->rest_minor);
    work->rest_minor -= work->refund.shipping_refund_minor;
    if (order->buyer_fees_minor > order->payment_platform_discount_minor)
        work->rest_minor -= least(order->buyer_fees_minor - order->payment_platform_discount_minor, work->rest_minor);
    return true;
}

static void find_break(const struct work *work, const char *code, int64_t amount_minor, const char *what)
{
    const struct book_order *booked = work->booked;
    const struct finding finding = {code, booked->order.order_id, booked->file, booked->file_line, amount_minor, {NULL, 0}};
    findings_add(&work->book->findings, &finding, "%s", what);
}

static bool place(struct work *work)
{
    make_claims(work);
    if (!(is_whole(work) ? place_whole(work) : place_part(work)))
        return false;
    work->refund.discrepancy_minor = work->rest_minor;
    if (work->rest_minor)
        find_break(work, REFUND_DISCREPANCY, work->rest_minor,
                   "what was given back is not of lines, taxes, shipping or fees as far as this");
    return true;
}

static bool take_room(struct work *work)
{
    size_t room = work->booked->line_count + 1;
    work->claims = malloc(room * sizeof *work->claims);
    work->lines = malloc(room * sizeof *work->lines);
    work->weights = malloc(room * sizeof *work->weights);
    work->parts = malloc(room * sizeof *work->parts);
    work->scratch = malloc(room * sizeof *work->scratch);
    return work->claims && work->lines && work->weights && work->parts && work->scratch;
}

static void give_room(struct work *work)
{
    free(work->claims);
    free(work->lines);
    free(work->weights);
    free(work->parts);
    free(work->scratch);
}

static int64_t units_returned(const struct work *work)
{
    int64_t units = 0;
    for (uint32_t i = work->booked->first; i != BOOK_NONE; i = order_book_line(work->book, i)->next)
        units += returned_of(work, i);
    return units;
}

static bool was_shipped(const struct order *order)
{
    return order->shipped_at_us != EVENT_ABSENT || order->delivered_at_us != EVENT_ABSENT || order->status == ORDER_SHIPPED ||
           order->status == ORDER_DELIVERED || order->status == ORDER_COMPLETED;
}

/* All that a later export can add to makes the revision later. */
static bool keep_refund(struct work *work, int64_t units, struct err *err)
{
    int64_t revision = work->booked->revision + work->stated->amount_minor + units;
    work->refund.lines = work->lines;
    return order_book_add_refund(work->book, &work->refund, revision, order_book_latest(work->booked), work->stated->prefix, err);
}

bool order_refund_add(struct order_book *book, const struct book_order *booked, const struct stated_refund *stated,
                      struct err *err)
{
    struct work work = {.book = book, .booked = booked, .stated = stated, .rest_minor = stated->amount_minor};
    int64_t units = units_returned(&work);
    if (!stated->amount_minor && units)
        find_break(&work, REFUND_RETURN_UNPAID, EVENT_ABSENT, "units came back and nothing was given back for them");
    if (!stated->amount_minor)
        return true;
    work.refund = (struct refund){.order_id = booked->order.order_id,
                                  .initiator = stated->initiator,
                                  .reason = stated->reason,
                                  .shipped_before = was_shipped(&booked->order),
                                  .case_fee_minor = EVENT_ABSENT};
    bool good = take_room(&work);
    if (!good)
        (void)err_set(err, ERR_FATAL, EXIT_CODE_INTERNAL, "out of memory");
    else if (!place(&work))
        good = err_set(err, ERR_FATAL, EXIT_CODE_DATA, "%s:%u: the refund of this order does not fit", booked->file,
                       booked->file_line);
    good = good && keep_refund(&work, units, err);
    give_room(&work);
    return good;
}
