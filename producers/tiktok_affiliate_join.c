/*
 * Rows of creators meet the lines that they sold. An order that is there twice, in order exports that overlap, gets them each
 * time: which of the two stands is a matter of their revisions.
 */
#include "producers/tiktok_affiliate_rows.h"

#include "core/money.h"

#define ROUNDING_MINOR 1 /* by how much a stated payment may differ from rate x base */

/* Above the number of lines, below the rank of the next status (order_book_revision). */
#define REVISION_OF_AFFILIATE 20000
#define REVISION_OF_ACTUAL 20000
#define REVISION_OF_REFUND 10000

__extension__ typedef __int128 wide;

/* An order and its rows. */
struct joining {
    struct affiliates *affiliates;
    struct book_order *booked;
    const struct book_refund *refund; /* NULL: none */
    uint32_t first, file_number;      /* rows of that file count */
    const struct affiliate_row *main; /* with the largest base */
    uint32_t row_count, actual_count;
    int64_t base_minor; /* of the order: what was paid for its lines */
    int64_t est_base_minor, est_minor, actual_base_minor, actual_minor;
    bool plain; /* one rate of one kind makes all estimates */
    bool fits;
};

static void add(struct joining *joining, int64_t *sum, int64_t amount)
{
    joining->fits = money_add(*sum, amount, sum) && joining->fits;
}

static int64_t amount_of(const struct affiliate_row *row, enum commission_amount amount)
{
    return row->minor[amount] == EVENT_ABSENT ? 0 : row->minor[amount];
}

static const struct affiliate_row *row_at(const struct joining *joining, uint32_t i)
{
    return &joining->affiliates->rows[i];
}

/* The next row that counts, from i on; BOOK_NONE behind the last one. */
static uint32_t counting(const struct joining *joining, uint32_t i)
{
    while (i != BOOK_NONE && row_at(joining, i)->file_number != joining->file_number)
        i = row_at(joining, i)->next;
    return i;
}

static void add_finding(const struct joining *joining, const struct affiliate_row *row, const char *code, int64_t amount_minor,
                        const char *what)
{
    const struct finding finding = {code, joining->booked->order.order_id, row->file, row->file_line, amount_minor, {NULL, 0}};
    findings_add(&joining->affiliates->book->findings, &finding, "%s", what);
}

/* Of exports that overlap, the one that knows most; of equal ones the later. */
static uint32_t choose_file(const struct affiliates *affiliates, uint32_t first)
{
    uint32_t best = 0, best_actual = 0, file = 0, actual = 0;
    for (uint32_t i = first; i != BOOK_NONE; i = affiliates->rows[i].next) {
        actual = affiliates->rows[i].file_number == file ? actual : 0;
        file = affiliates->rows[i].file_number;
        actual += affiliates->rows[i].actual;
        if (actual >= best_actual) {
            best = file;
            best_actual = actual;
        }
    }
    return best;
}

static int64_t paid_for(const struct order *order, const struct order_line *line)
{
    return line->quantity * line->unit_list_minor - line->seller_discount_minor - line->platform_discount_minor -
           (order->taxes_included ? line->tax_minor : 0);
}

/* The base of the lines of a SKU; false where the order has none. */
static bool find_lines(const struct joining *joining, struct text sku, int64_t *ret_base)
{
    const struct order_book *book = joining->affiliates->book;
    bool found = false;
    *ret_base = 0;
    for (uint32_t i = joining->booked->first; i != BOOK_NONE; i = order_book_line(book, i)->next) {
        const struct order_line *line = &order_book_line(book, i)->line;
        if (!text_same(line->platform_sku, sku))
            continue;
        found = true;
        *ret_base += paid_for(&joining->booked->order, line);
    }
    return found;
}

static uint32_t rows_of(const struct joining *joining, struct text sku)
{
    uint32_t count = 0;
    for (uint32_t i = counting(joining, joining->first); i != BOOK_NONE; i = counting(joining, row_at(joining, i)->next))
        count += text_same(row_at(joining, i)->sku, sku);
    return count;
}

static bool every_line_has_a_row(const struct joining *joining)
{
    const struct order_book *book = joining->affiliates->book;
    for (uint32_t i = joining->booked->first; i != BOOK_NONE; i = order_book_line(book, i)->next)
        if (!rows_of(joining, order_book_line(book, i)->line.platform_sku))
            return false;
    return true;
}

/* Exclusive: by a shop ad, or not. */
static bool row_is_ads(const struct affiliate_row *row)
{
    return (amount_of(row, COMMISSION_EST_ADS) || amount_of(row, COMMISSION_PAID_ADS)) && !amount_of(row, COMMISSION_EST) &&
           !amount_of(row, COMMISSION_PAID);
}

static int64_t rate_of(const struct affiliate_row *row)
{
    int64_t rate_ppm = row_is_ads(row) ? row->ads_rate_ppm : row->rate_ppm;
    return rate_ppm < 0 ? 0 : rate_ppm;
}

/* What the row estimates: as stated, else by its rate. */
static int64_t estimate_of(const struct affiliate_row *row, int64_t base_minor)
{
    int64_t payment = 0;
    if (row->minor[COMMISSION_EST] == EVENT_ABSENT && row->minor[COMMISSION_EST_ADS] == EVENT_ABSENT)
        return money_rate(base_minor, rate_of(row), &payment) ? payment : 0;
    return amount_of(row, COMMISSION_EST) + amount_of(row, COMMISSION_EST_ADS) + amount_of(row, COMMISSION_EST_BONUS);
}

static void find_row_breaks(const struct joining *joining, const struct affiliate_row *row, int64_t line_base_minor,
                            bool has_line)
{
    int64_t by_rate = 0, stated = amount_of(row, COMMISSION_EST) + amount_of(row, COMMISSION_EST_ADS);
    bool has_estimate = row->minor[COMMISSION_EST_BASE] != EVENT_ABSENT;
    if (!has_line)
        add_finding(joining, row, AFFILIATE_NO_LINE, EVENT_ABSENT,
                    "the order has no line of this SKU: it counts for the order all the same");
    else if (has_estimate && row->minor[COMMISSION_EST_BASE] != line_base_minor && rows_of(joining, row->sku) == 1)
        add_finding(joining, row, AFFILIATE_BASE_DIFFERS, row->minor[COMMISSION_EST_BASE] - line_base_minor,
                    "the estimated commission base is not price x quantity less the discounts");
    if (!has_estimate || (row->minor[COMMISSION_EST] == EVENT_ABSENT && row->minor[COMMISSION_EST_ADS] == EVENT_ABSENT) ||
        !money_rate(row->minor[COMMISSION_EST_BASE], rate_of(row), &by_rate))
        return;
    if (stated - by_rate > ROUNDING_MINOR || by_rate - stated > ROUNDING_MINOR)
        add_finding(joining, row, AFFILIATE_PAYMENT_DIFFERS, stated - by_rate, "the estimated payment is not rate x base");
}

static bool same_terms(const struct affiliate_row *a, const struct affiliate_row *b)
{
    return row_is_ads(a) == row_is_ads(b) && rate_of(a) == rate_of(b);
}

static void add_row(struct joining *joining, const struct affiliate_row *row)
{
    int64_t line_base;
    bool has_line = find_lines(joining, row->sku, &line_base);
    int64_t base = row->minor[COMMISSION_EST_BASE] == EVENT_ABSENT ? line_base : row->minor[COMMISSION_EST_BASE];
    find_row_breaks(joining, row, line_base, has_line);
    joining->plain = joining->plain && has_line && same_terms(joining->main, row) && !amount_of(row, COMMISSION_EST_BONUS);
    joining->actual_count += row->actual;
    add(joining, &joining->est_base_minor, base);
    add(joining, &joining->est_minor, estimate_of(row, base));
    add(joining, &joining->actual_base_minor, row->minor[COMMISSION_BASE] == EVENT_ABSENT ? 0 : row->minor[COMMISSION_BASE]);
    for (int i = COMMISSION_PAID; row->actual && i <= COMMISSION_PAID_BONUS; i++)
        add(joining, &joining->actual_minor, amount_of(row, (enum commission_amount)i));
}

static void choose_main(struct joining *joining)
{
    bool creators_differ = false;
    for (uint32_t i = counting(joining, joining->first); i != BOOK_NONE; i = counting(joining, row_at(joining, i)->next)) {
        const struct affiliate_row *row = row_at(joining, i);
        creators_differ = creators_differ || (joining->main && !text_same(joining->main->creator, row->creator));
        joining->row_count++;
        if (!joining->main || amount_of(row, COMMISSION_EST_BASE) > amount_of(joining->main, COMMISSION_EST_BASE))
            joining->main = row;
    }
    if (creators_differ)
        add_finding(joining, joining->main, AFFILIATE_CREATORS_DIFFER, EVENT_ABSENT,
                    "lines of the order were sold by different creators: it is booked under the one with the largest base");
}

static void sum_lines(struct joining *joining)
{
    const struct order_book *book = joining->affiliates->book;
    for (uint32_t i = joining->booked->first; i != BOOK_NONE; i = order_book_line(book, i)->next)
        add(joining, &joining->base_minor, paid_for(&joining->booked->order, &order_book_line(book, i)->line));
}

/* The rate that makes the rows' commissions out of all that was paid; half away from zero. */
static int64_t blended_ppm(const struct joining *joining)
{
    if (joining->base_minor <= 0 || joining->est_minor <= 0)
        return 0;
    wide ppm = ((wide)joining->est_minor * PPM + joining->base_minor / 2) / joining->base_minor;
    return ppm > PPM ? PPM : (int64_t)ppm;
}

static void place_rates(struct joining *joining, struct affiliate *affiliate)
{
    const struct affiliate_row *main = joining->main;
    int64_t made = 0;
    if (joining->plain && every_line_has_a_row(joining)) {
        affiliate->rate_ppm = main->rate_ppm < 0 ? 0 : main->rate_ppm;
        affiliate->shop_ads_rate_ppm = row_is_ads(main) ? rate_of(main) : -1;
        return;
    }
    affiliate->rate_ppm = blended_ppm(joining);
    affiliate->shop_ads_rate_ppm = -1;
    if (money_rate(joining->base_minor, affiliate->rate_ppm, &made))
        add_finding(joining, main, AFFILIATE_RATES_DIFFER, made - joining->est_minor,
                    "not every line has the same rate: the order's is that which makes their commissions, as far as this");
}

static int64_t given_back(const struct joining *joining)
{
    int64_t goods = 0;
    if (joining->refund)
        for (uint32_t i = 0; i < joining->refund->line_count; i++)
            goods += joining->affiliates->book->refund_lines[joining->refund->first + i].amount_minor;
    return goods;
}

/* What the commission would be had nothing come back: of it a refund leaves what was paid. EVENT_ABSENT: the estimate stands. */
static int64_t before_refund(const struct joining *joining)
{
    int64_t back = given_back(joining), paid = joining->base_minor;
    if (back <= 0 || (joining->est_base_minor > 0 && joining->actual_base_minor >= joining->est_base_minor))
        return joining->actual_minor;
    if (back < paid) {
        wide product = (wide)joining->actual_minor * paid,
             half = product < 0 ? -(wide)(paid - back) / 2 : (wide)(paid - back) / 2;
        return (int64_t)((product + half) / (paid - back));
    }
    if (joining->actual_minor)
        add_finding(joining, joining->main, AFFILIATE_KEPT, joining->actual_minor,
                    "all was given back, and a commission was paid all the same: the settlement has it");
    return EVENT_ABSENT;
}

static void place_actual(struct joining *joining, struct affiliate *affiliate)
{
    affiliate->actual_commission_minor = EVENT_ABSENT;
    if (joining->actual_count == joining->row_count)
        affiliate->actual_commission_minor = before_refund(joining);
    else if (joining->actual_count)
        add_finding(joining, joining->main, AFFILIATE_PARTLY_ACTUAL, joining->actual_minor,
                    "some rows of the order have their actual commission and others do not: the estimate stands until all have");
}

static void revise(const struct joining *joining)
{
    struct book_order *booked = joining->booked;
    booked->revision += REVISION_OF_AFFILIATE;
    if (joining->actual_count == joining->row_count)
        booked->revision += REVISION_OF_ACTUAL;
    if (joining->refund)
        booked->revision += REVISION_OF_REFUND;
    order_book_name(joining->affiliates->book, booked, "tiktok");
}

static bool join_order(struct joining *joining, struct err *err)
{
    const struct affiliate_row *main;
    struct affiliate affiliate = {.rate_ppm = 0};
    sum_lines(joining);
    choose_main(joining);
    main = joining->main;
    for (uint32_t i = counting(joining, joining->first); i != BOOK_NONE; i = counting(joining, row_at(joining, i)->next))
        add_row(joining, row_at(joining, i));
    if (!joining->fits)
        return err_set(err, ERR_FATAL, EXIT_CODE_DATA, "%s:%u: the commissions of this order do not fit", main->file,
                       main->file_line);
    affiliate.creator = main->creator;
    affiliate.content_type = main->content_type;
    affiliate.content_id = main->content_id;
    place_rates(joining, &affiliate);
    place_actual(joining, &affiliate);
    joining->booked->order.affiliate = affiliate;
    revise(joining);
    return true;
}

static void find_unused(struct affiliates *affiliates)
{
    for (uint32_t i = 0; i < affiliates->ids.count; i++) {
        const struct affiliate_row *row = &affiliates->rows[affiliates->groups[i].first];
        int64_t commission = row->actual ? amount_of(row, COMMISSION_PAID) : amount_of(row, COMMISSION_EST);
        const struct finding finding = {AFFILIATE_NO_ORDER, affiliates->ids.texts[i], row->file, row->file_line, commission,
                                        {NULL, 0}};
        if (!affiliates->groups[i].used)
            findings_add(&affiliates->book->findings, &finding, "no order export has this order: its commission is left out");
    }
}

/* The book's refunds are in the order of its orders. */
static const struct book_refund *refund_of(const struct order_book *book, const struct book_order *booked, uint32_t *next)
{
    if (*next == book->refund_count || book->refunds[*next].refund.order_id.ptr != booked->order.order_id.ptr)
        return NULL;
    return &book->refunds[(*next)++];
}

bool affiliates_join(struct affiliates *affiliates, struct err *err)
{
    struct order_book *book = affiliates->book;
    uint32_t next_refund = 0;
    for (uint32_t i = 0; i < book->order_count; i++) {
        struct book_order *booked = &book->orders[i];
        const struct book_refund *refund = refund_of(book, booked, &next_refund);
        uint32_t number = text_map_find(&affiliates->ids, booked->order.order_id);
        if (number == TEXT_MAP_NONE)
            continue;
        struct affiliate_group *group = &affiliates->groups[number];
        struct joining joining = {
            .affiliates = affiliates, .booked = booked, .refund = refund, .first = group->first, .plain = true, .fits = true};
        group->used = true;
        joining.file_number = choose_file(affiliates, group->first);
        if (!join_order(&joining, err))
            return false;
    }
    find_unused(affiliates);
    return true;
}
