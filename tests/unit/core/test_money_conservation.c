/*
 * Random lives of orders: quantities, discounts of seller and platform, shipping, a creator, costs known and unknown, refunds whole and
 * partial, of units and of money alone, above what was sold and of lines that never were, voided and revised, restocked or not. Orders and
 * refunds arrive in any order and as often as they like; what is left is the latest revision of each, as a warehouse keeps it.
 *
 * Of every life, for its order and currency:
 *   gross - seller discount - fees - commission - cost - (what refunds take back) + (cost of what is restocked) - result = 0
 * where the result is the sum of the rows, and every part is computed once more here, from the events alone, by what must come out
 * in the end, however it came about. And the result is the same in any order of arrival.
 */
#include <stdio.h>

#include "core/refund_fact.h"
#include "core/sold_order.h"
#include "money_case.h"

#define SEED UINT64_C(20260214)
#define LIVES 1000000
#define REFUNDS 4
#define ARRIVALS_MAX 32
#define FOREIGN_LINE 9

__extension__ typedef __int128 wide;

static uint64_t state = SEED;

static uint64_t below(uint64_t bound)
{
    uint64_t z = state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return (z ^ z >> 31) % bound;
}

static int64_t amount_up_to(int64_t most)
{
    return most > 0 ? (int64_t)below((uint64_t)most + 1) : 0;
}

/* An order in two revisions, and refunds in two revisions each: [0] is the one that the other replaces. */
struct life {
    struct order_line lines[2][CASE_LINES];
    struct event orders[2];
    int64_t unit_costs[CASE_LINES]; /* EVENT_ABSENT: unknown */
    struct refund_line back[REFUNDS][2][CASE_LINES + 1];
    struct event refunds[REFUNDS][2];
    uint32_t refund_count;
    struct event *arrivals[ARRIVALS_MAX];
    size_t arrival_count;
};

static const char *const ids[] = {"1", "2", "3", "4", "", "", "", "", "", "9"};

static void make_line(struct order_line *line, uint32_t i)
{
    int64_t quantity = 1 + (int64_t)below(4), list = below(8) ? (int64_t)below(20000) : 0, gross = quantity * list;
    int64_t seller = below(2) ? amount_up_to(gross / 3) : 0;
    *line = (struct order_line){.line_id = text_of(ids[i]),
                                .platform_sku = text_of(below(3) ? ids[i] : "1"),
                                .quantity = quantity,
                                .unit_list_minor = list,
                                .seller_discount_minor = seller,
                                .platform_discount_minor = below(2) ? amount_up_to((gross - seller) / 2) : 0,
                                .tax_minor = amount_up_to(gross / 12)};
}

static void make_order(struct life *life)
{
    uint32_t count = 1 + (uint32_t)below(CASE_LINES);
    for (int revision = 0; revision < 2; revision++) {
        struct event *event = &life->orders[revision];
        *event = sample_order("s", "o", life->lines[revision], 0);
        event->revision += revision;
        event->content_hash.hi = (uint64_t)revision;
        event->order.lines = life->lines[revision];
        event->order.line_count = revision ? count : 1 + (uint32_t)below(count);
        event->order.shipping_paid_minor = below(2) ? (int64_t)below(1000) : 0;
        event->order.taxes_included = below(4) == 0;
        if (below(2))
            event->order.affiliate = (struct affiliate){text_of("creator"), .rate_ppm = (int64_t)below(300000), .shop_ads_rate_ppm = -1,
                                                        .actual_commission_minor = below(4) ? EVENT_ABSENT : (int64_t)below(500)};
        for (uint32_t i = 0; i < event->order.line_count; i++)
            make_line(&life->lines[revision][i], i);
    }
    for (uint32_t i = 0; i < CASE_LINES; i++)
        life->unit_costs[i] = below(5) ? (int64_t)below(9000) : EVENT_ABSENT;
}

static void make_refund_lines(struct life *life, struct refund_line *lines, struct refund *refund)
{
    const struct order *order = &life->orders[1].order;
    bool whole = below(3) == 0;
    for (uint32_t i = 0; i < order->line_count; i++) {
        const struct order_line *sold = &order->lines[i];
        int64_t left = sold->unit_list_minor * sold->quantity - sold->seller_discount_minor - sold->platform_discount_minor;
        int64_t units = whole ? sold->quantity : amount_up_to(sold->quantity);
        if (!whole && below(3) == 0)
            continue;
        lines[refund->line_count++] = (struct refund_line){.line_id = sold->line_id,
                                                           .quantity = units,
                                                           .amount_minor = whole ? left : amount_up_to(left * 5 / 4),
                                                           .restocked = below(2)};
    }
    if (below(16) == 0)
        lines[refund->line_count++] =
            (struct refund_line){.line_id = text_of(ids[FOREIGN_LINE]), .quantity = 1, .amount_minor = (int64_t)below(900)};
}

static void make_refunds(struct life *life)
{
    static const char *const refund_ids[REFUNDS] = {"a", "b", "c", "d"};
    life->refund_count = (uint32_t)below(REFUNDS + 1);
    for (uint32_t r = 0; r < life->refund_count; r++)
        for (int revision = 0; revision < 2; revision++) {
            struct event *event = &life->refunds[r][revision];
            *event = (struct event){.kind = EVENT_REFUND, .event_id = text_of("e"), .shop_id = text_of("s"), .currency = text_of("USD"),
                                    .amount_scale = 2, .revision = revision, .occurred_at_us = SAMPLE_TIME_US + (int64_t)(r / 2)};
            event->refund = (struct refund){.refund_id = text_of(refund_ids[r]),
                                            .order_id = text_of("o"),
                                            .initiator = text_of("BUYER"),
                                            .shipped_before = below(4) != 0,
                                            .voided = below(10) == 0,
                                            .shipping_refund_minor = (int64_t)below(600),
                                            .discrepancy_minor = below(4) ? 0 : (int64_t)below(100) - 50,
                                            .case_fee_minor = below(6) ? EVENT_ABSENT : 1500,
                                            .lines = life->back[r][revision]};
            make_refund_lines(life, life->back[r][revision], &event->refund);
            event->content_hash = (struct hash128){.hi = (uint64_t)revision, .lo = r};
        }
}

/* All events once or twice, in any order; the latest revision of each is among them. */
static void arrive(struct life *life)
{
    life->arrival_count = 0;
    for (int twice = 0; twice < 2; twice++)
        for (int revision = 0; revision < 2; revision++) {
            if (revision ? !twice || below(4) == 0 : below(2))
                life->arrivals[life->arrival_count++] = &life->orders[revision];
            for (uint32_t r = 0; r < life->refund_count; r++)
                if (revision ? !twice || below(4) == 0 : below(2))
                    life->arrivals[life->arrival_count++] = &life->refunds[r][revision];
        }
    for (size_t i = life->arrival_count; i > 1; i--) {
        size_t other = below(i);
        struct event *kept = life->arrivals[i - 1];
        life->arrivals[i - 1] = life->arrivals[other];
        life->arrivals[other] = kept;
    }
}

/* What an order came to, part by part; result and the effects' own sums are of the rows. */
struct books {
    int64_t gross, seller_discount, platform_fee, commission, cost;
    int64_t back_sales, back_commission, back_fees, back_admin, back_case, back_discrepancy, back_cost;
    int64_t result, unknown_costs, effects;
    uint64_t rows; /* hash of all refund rows */
};

/* As a warehouse keeps them: the row with the latest revision. */
struct kept {
    struct order_fact order;
    struct refund_fact refunds[REFUNDS];
    uint32_t refund_count;
    bool any;
};

static void keep_refund(struct kept *kept, const struct refund_fact *fact)
{
    uint32_t r = 0;
    while (r < kept->refund_count && kept->refunds[r].refund->refund_id.ptr[0] != fact->refund->refund_id.ptr[0])
        r++;
    if (r == kept->refund_count)
        kept->refunds[kept->refund_count++] = *fact;
    else if (fact->revision > kept->refunds[r].revision)
        kept->refunds[r] = *fact;
}

static void keep(struct money_case *shop, struct event *event, struct kept *kept)
{
    struct origin origin = {0};
    if (event->kind == EVENT_REFUND) {
        struct refund_fact fact;
        cr_assert_eq(refund_fact_make(event, &shop->shop, origin, &fact), REASON_NONE);
        keep_refund(kept, &fact);
        return;
    }
    struct order_fact fact;
    enum reason reason = order_fact_make(event, &shop->shop, origin, &shop->facts, NULL, &fact);
    cr_assert_eq(reason, REASON_NONE, "%s", reason_name(reason));
    if (!kept->any || fact.revision > kept->order.revision)
        kept->order = fact;
    kept->any = true;
}

static void add_sale(const struct life *life, const struct order_fact *order, int64_t *costs, struct books *books)
{
    for (uint32_t i = 0; i < order->line_count; i++) {
        const struct line_fact *line = &order->lines[i];
        int64_t unit = life->unit_costs[i], cost = costs[i] = unit == EVENT_ABSENT ? EVENT_ABSENT : unit * line->quantity;
        books->gross += line->gross_minor;
        books->seller_discount += line->seller_discount_minor;
        books->platform_fee += line->platform_fee_minor + line->payment_fee_minor + line->other_fees_minor;
        books->commission += line->affiliate_commission_minor;
        books->cost += cost == EVENT_ABSENT ? 0 : cost;
        books->unknown_costs += cost == EVENT_ABSENT;
        books->result += line->net_minor - (cost == EVENT_ABSENT ? 0 : cost);
    }
}

static void add_effect(const struct refund_effect *effect, const struct refund_claim *claims, struct books *books)
{
    const struct refund_line_row row = {.refund_id = claims[effect->claim].refund->refund_id, .currency = text_of("USD"),
                                        .order_id = text_of("o"), .effect = effect};
    int64_t cost = effect->cost_minor == EVENT_ABSENT ? 0 : effect->cost_minor;
    books->back_sales += effect->gross_minor - effect->seller_discount_minor;
    books->back_commission += effect->affiliate_commission_minor;
    books->back_fees += effect->fees_returned_minor;
    books->back_admin += effect->admin_fee_minor;
    books->back_case += effect->case_fee_minor;
    books->back_discrepancy += effect->discrepancy_minor;
    books->back_cost += cost;
    books->result -= effect->net_minor - cost;
    books->rows += refund_line_hash(&row);
    books->effects++;
}

static void book_life(struct money_case *shop, const struct life *life, struct books *ret_books, struct kept *ret_kept)
{
    int64_t costs[CASE_LINES];
    struct sold_order sold;
    struct refund_claim claims[REFUNDS];
    struct refund_effects made;
    shop->facts = sample_facts();
    *ret_kept = (struct kept){.any = false};
    *ret_books = (struct books){0};
    for (size_t i = 0; i < life->arrival_count; i++)
        keep(shop, life->arrivals[i], ret_kept);
    add_sale(life, &ret_kept->order, costs, ret_books);
    sold_order_make(&ret_kept->order, &shop->shop, costs, shop->facts.alloc, shop->facts.alloc_ctx, &sold);
    cr_assert_not(sold.other_rules);
    for (uint32_t r = 0; r < ret_kept->refund_count; r++)
        claims[r] = (struct refund_claim){ret_kept->refunds[r].refund, text_of("USD"), 2, ret_kept->refunds[r].occurred_at_us};
    cr_assert(refunds_apply(&sold, claims, ret_kept->refund_count, shop->facts.alloc, shop->facts.alloc_ctx, &made));
    for (size_t i = 0; i < made.count; i++)
        add_effect(&made.effects[i], claims, ret_books);
}

/* What came back of a line in the end. */
struct came_back {
    int64_t units, amount, restocked;
};

static int64_t at_most(int64_t amount, int64_t most)
{
    return amount < most ? amount : most;
}

static int64_t nearest_share(int64_t total, int64_t part, int64_t whole)
{
    return (int64_t)((2 * (wide)total * part + whole) / (2 * (wide)whole));
}

static void came_back_of(const struct kept *kept, struct text line_id, struct came_back *ret_back)
{
    *ret_back = (struct came_back){0};
    for (uint32_t r = 0; r < kept->refund_count; r++) {
        const struct refund *refund = kept->refunds[r].refund;
        for (uint32_t n = 0; n < refund->line_count && !refund->voided; n++)
            if (refund->lines[n].line_id.ptr[0] == line_id.ptr[0]) {
                ret_back->units += refund->lines[n].quantity;
                ret_back->amount += refund->lines[n].amount_minor;
                ret_back->restocked += refund->lines[n].restocked ? refund->lines[n].quantity : 0;
            }
    }
}

/* Whether the buyer has all back that any line was sold for; of lines without a price, all units. */
static bool is_whole(const struct kept *kept)
{
    for (uint32_t i = 0; i < kept->order.line_count; i++) {
        const struct line_fact *line = &kept->order.lines[i];
        int64_t price = line->gross_minor - line->seller_discount_minor - line->platform_discount_minor;
        struct came_back back;
        came_back_of(kept, line->line_id, &back);
        if (line->platform_fee_minor && (price > 0 ? back.amount < price : back.units < line->quantity))
            return false;
    }
    return true;
}

/* The parts that follow from what came back in the end, whenever it did. Costs of the last revision, fees of a whole order only. */
static void expect_back(const struct life *life, const struct kept *kept, struct books *ret_books)
{
    struct came_back foreign;
    came_back_of(kept, text_of(ids[FOREIGN_LINE]), &foreign);
    *ret_books = (struct books){.back_sales = foreign.amount};
    for (uint32_t i = 0; i < kept->order.line_count; i++) {
        const struct line_fact *line = &kept->order.lines[i];
        int64_t paid = line->gross_minor - line->seller_discount_minor - line->platform_discount_minor, units, unit = life->unit_costs[i];
        struct came_back back;
        came_back_of(kept, line->line_id, &back);
        units = at_most(back.units, line->quantity);
        ret_books->back_sales += back.amount + line->platform_discount_minor * units / line->quantity;
        ret_books->back_commission += paid > 0 ? nearest_share(line->affiliate_commission_minor, at_most(back.amount, paid), paid)
                                               : nearest_share(line->affiliate_commission_minor, units, line->quantity);
        ret_books->back_cost += unit == EVENT_ABSENT ? 0 : unit * at_most(back.restocked, line->quantity);
    }
    for (uint32_t r = 0; r < kept->refund_count; r++) {
        const struct refund *refund = kept->refunds[r].refund;
        ret_books->back_discrepancy += refund->voided ? 0 : refund->discrepancy_minor;
        ret_books->back_case += refund->case_fee_minor == EVENT_ABSENT ? 0 : refund->case_fee_minor;
    }
}

static void check_life(const struct life *life, const struct books *books, const struct kept *kept, int number)
{
    struct books expected;
    expect_back(life, kept, &expected);
    int64_t back = expected.back_sales - expected.back_commission - books->back_fees + books->back_admin + expected.back_case +
                   expected.back_discrepancy;
    cr_assert_eq(books->gross - books->seller_discount - books->platform_fee - books->commission - books->cost - back + expected.back_cost -
                     books->result,
                 0, "life %d of seed %llu", number, (unsigned long long)SEED);
    cr_assert_eq(books->back_commission, expected.back_commission, "life %d", number);
    cr_assert_eq(books->back_cost, expected.back_cost, "life %d", number);
    cr_assert(books->back_fees >= 0 && books->back_fees <= books->platform_fee, "life %d", number);
    cr_assert(books->back_admin >= 0 && books->back_admin <= CASE_LINES * case_admin.cap_minor && 4 * books->back_admin <= books->back_fees + 8,
              "life %d: %lld of %lld", number, (long long)books->back_admin, (long long)books->back_fees);
    if (!is_whole(kept))
        cr_assert_eq(books->back_fees, 0, "life %d: kept until the order is whole", number);
}

static void check_same(const struct books *a, const struct books *b, int number)
{
    cr_assert(a->result == b->result && a->rows == b->rows && a->effects == b->effects && a->unknown_costs == b->unknown_costs,
              "life %d of seed %llu depends on the order of arrival", number, (unsigned long long)SEED);
}

Test(money_conservation, of_a_million_random_lives_every_cent_is_accounted_for_in_any_order_of_arrival, .timeout = 300)
{
    static struct life life;
    static struct money_case shop;
    struct books books, again;
    struct kept kept;
    uint64_t refunded = 0, whole = 0, incomplete = 0;
    case_init(&shop, &case_us, 1);
    shop.shop = (struct shop){.id = text_of("s"), .policy = &shop.policy, .currency = "USD", .amount_scale = 2};
    printf("seed %llu, %d lives\n", (unsigned long long)SEED, LIVES);
    for (int number = 0; number < LIVES; number++) {
        make_order(&life);
        make_refunds(&life);
        arrive(&life);
        book_life(&shop, &life, &books, &kept);
        check_life(&life, &books, &kept, number);
        refunded += books.back_sales > 0;
        whole += books.back_fees > 0;
        incomplete += books.unknown_costs > 0;
        arrive(&life);
        book_life(&shop, &life, &again, &kept);
        check_same(&books, &again, number);
    }
    cr_assert(refunded > LIVES / 2 && whole > LIVES / 50 && incomplete > LIVES / 10, "%llu refunded, %llu whole, %llu incomplete",
              (unsigned long long)refunded, (unsigned long long)whole, (unsigned long long)incomplete);
}
