/*
 * Lines of random fields with random amounts, against a slow oracle that walks the tree of sums from the top.
 */
#include <stdlib.h>
#include <string.h>

#include "statement.h"

#define ROUNDS 100000

static uint64_t state;

static uint64_t below(uint64_t limit)
{
    state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (state >> 33) % limit;
}

static const char *const currencies[] = {"USD", "IDR", "GBP", "MXN"};
static const char *const native_types[] = {"Order", "Reserve", "GMV payment for TikTok Ads", "Chargeback", "Galaxy"};
static const char *const unknown_names[] = {"galaxy_fee", "nebula", "aaa_first", "zzz_last"};

/* Each name once, no two of the same sum but for the second name of sales and shipping. */
static uint32_t random_amounts(struct stated *ret_stated)
{
    uint32_t count, made = 0, wanted = 1 + (uint32_t)below(24);
    const struct settled_field *fields = settled_fields(&count);
    bool used[512] = {false}, summed[NODE_COUNT][2] = {{false}};
    for (uint32_t i = 0; i < wanted; i++) {
        uint32_t pick = (uint32_t)below(count);
        const struct settled_field *field = &fields[pick];
        bool is_sum = field->class == SETTLED_PARENT || field->class == SETTLED_TOTAL;
        if (used[pick] || (is_sum && summed[field->node][field->other]))
            continue;
        used[pick] = true;
        if (is_sum)
            summed[field->node][field->other] = true;
        ret_stated[made++] = (struct stated){field->name, below(5) ? (int64_t)below(20001) - 10000 : 0};
    }
    for (uint32_t i = (uint32_t)below(3); i-- > 0;)
        ret_stated[made++] = (struct stated){unknown_names[i], (int64_t)below(2001) - 1000};
    return made;
}

struct oracle {
    const struct stated *stated;
    uint32_t count;
    bool local;
};

static const struct settled_field *known(const struct oracle *oracle, uint32_t i)
{
    return settled_field_find(text_of(oracle->stated[i].field));
}

/* The amount that states a sum, by the rules of the header; NULL: none. */
static const struct stated *sum_of(const struct oracle *oracle, enum settled_node node)
{
    const struct stated *names[2] = {NULL, NULL};
    for (uint32_t i = 0; i < oracle->count; i++) {
        const struct settled_field *field = known(oracle, i);
        if (field && (field->class == SETTLED_PARENT || field->class == SETTLED_TOTAL) && field->node == node)
            names[field->other] = &oracle->stated[i];
    }
    int wanted = node == NODE_SALES && !oracle->local;
    const struct stated *first = names[wanted], *second = names[!wanted];
    return first && (first->amount_minor || !second || !second->amount_minor) ? first : second ? second : first;
}

static bool is_told_otherwise(const struct oracle *oracle, const struct settled_field *field)
{
    for (uint32_t i = 0; i < oracle->count; i++) {
        const struct settled_field *other = known(oracle, i);
        if (other && (other->says & field->yields) && (oracle->stated[i].amount_minor || other->says == SAYS_SHIPPING))
            return true;
    }
    return false;
}

/* What a sum is worth in the one above: what it states, or what lies under it. */
static int64_t value_of(const struct oracle *oracle, enum settled_node node)
{
    const struct stated *sum = sum_of(oracle, node);
    int64_t value = 0;
    if (sum)
        return sum->amount_minor;
    for (uint32_t i = 0; i < oracle->count; i++) {
        const struct settled_field *field = known(oracle, i);
        if (field && field->class < SETTLED_PARENT && field->node == node && !is_told_otherwise(oracle, field))
            value += oracle->stated[i].amount_minor;
    }
    return value;
}

static bool is_beside_fees(const struct oracle *oracle)
{
    const struct stated *shipping = sum_of(oracle, NODE_SHIPPING);
    return oracle->local ||
           (shipping && shipping->amount_minor && !settled_field_find(text_of(shipping->field))->other);
}

/* Unknown amounts count once, unless a stated sum has taken them in. */
static int64_t total_of(const struct oracle *oracle, int64_t unknown_outside)
{
    if (sum_of(oracle, NODE_TOTAL))
        return sum_of(oracle, NODE_TOTAL)->amount_minor;
    int64_t total = value_of(oracle, NODE_TOTAL) + unknown_outside;
    total += sum_of(oracle, NODE_SALES) ? value_of(oracle, NODE_SALES)
                                        : value_of(oracle, NODE_SALES) + value_of(oracle, NODE_SUBTOTAL) +
                                              value_of(oracle, NODE_REFUNDED);
    total += value_of(oracle, NODE_FEES);
    if (is_beside_fees(oracle) || !sum_of(oracle, NODE_FEES))
        total += value_of(oracle, NODE_SHIPPING);
    return total;
}

static bool any_sum_takes_unknown(const struct oracle *oracle)
{
    return sum_of(oracle, NODE_FEES) || sum_of(oracle, NODE_SALES) || sum_of(oracle, NODE_SHIPPING);
}

static void expect_rows(const struct settlement_fact *fact)
{
    cr_assert_eq(statement_sum(fact), fact->total_minor);
    for (uint32_t i = 0; i < fact->row_count; i++) {
        const struct settled_row *row = &fact->rows[i], *before = row - 1;
        cr_assert_lt(row->class, SETTLED_PARENT);
        cr_assert_neq(row->amount_minor, 0);
        if (!i)
            continue;
        uint32_t len = before->field.len < row->field.len ? before->field.len : row->field.len;
        int order = memcmp(before->field.ptr, row->field.ptr, len);
        cr_assert(order < 0 || (order == 0 && before->field.len < row->field.len), "in the order of their fields, each once");
    }
}

Test(settlement_random, rows_add_up_to_the_total_that_is_stated_or_made_of_the_parts)
{
    static struct statement line;
    struct stated stated[AMOUNTS_MAX];
    state = 20260101;
    for (int round = 0; round < ROUNDS; round++) {
        const char *currency = currencies[below(4)];
        uint32_t count = random_amounts(stated);
        statement_init(&line, native_types[below(5)], currency, stated, count);
        enum reason reason = statement_make(&line);
        if (reason == REASON_NO_AMOUNTS)
            continue;
        cr_assert_eq(reason, REASON_NONE, "round %d", round);
        expect_rows(&line.fact);
        const struct oracle oracle = {stated, count, strcmp(currency, "USD") == 0 || strcmp(currency, "GBP") == 0};
        int64_t unknown = 0;
        for (uint32_t i = 0; i < count; i++)
            unknown += known(&oracle, i) ? 0 : stated[i].amount_minor;
        if (unknown && any_sum_takes_unknown(&oracle) && !sum_of(&oracle, NODE_TOTAL))
            continue; /* which of them takes it is not the oracle's to say */
        cr_assert_eq(line.fact.total_minor, total_of(&oracle, unknown), "round %d", round);
    }
}

static uint64_t digest(const struct settlement_fact *fact)
{
    return settlement_rows_hash(fact) ^ (uint64_t)fact->total_minor * 31 ^ (uint64_t)fact->total_break_minor * 37 ^
           (uint64_t)fact->sales_break_minor * 41 ^ (uint64_t)fact->shipping_break_minor * 43 ^ fact->unknown_count;
}

Test(settlement_random, the_order_in_which_amounts_are_stated_says_nothing)
{
    static struct statement line;
    struct stated stated[AMOUNTS_MAX];
    state = 7;
    for (int round = 0; round < ROUNDS / 10; round++) {
        const char *currency = currencies[below(4)], *type = native_types[below(5)];
        uint32_t count = random_amounts(stated);
        statement_init(&line, type, currency, stated, count);
        enum reason reason = statement_make(&line);
        uint64_t first = reason == REASON_NONE ? digest(&line.fact) : 0;
        for (uint32_t i = count; i > 1; i--) {
            uint32_t j = (uint32_t)below(i);
            struct stated held = stated[i - 1];
            stated[i - 1] = stated[j];
            stated[j] = held;
        }
        statement_init(&line, type, currency, stated, count);
        cr_assert_eq(statement_make(&line), reason);
        if (reason == REASON_NONE)
            cr_assert_eq(digest(&line.fact), first, "round %d", round);
    }
}

static int64_t hostile_amount(void)
{
    static const int64_t edges[] = {0, 1, -1, INT64_MAX, INT64_MIN + 1, INT64_C(1000000000000000), INT64_C(-1000000000000000),
                                    INT64_C(1000000000000001), INT64_C(999999999999999)};
    return below(3) ? edges[below(sizeof edges / sizeof *edges)] : (int64_t)below(2000) - 1000;
}

/* Of any bytes, often those that normalising takes away, often a real name. */
static uint32_t hostile_name(char *ret_name)
{
    uint32_t count, len = (uint32_t)below(12);
    const struct settled_field *fields = settled_fields(&count);
    if (below(2)) {
        const char *name = fields[below(count)].name;
        len = (uint32_t)strlen(name);
        memcpy(ret_name, name, len);
    } else {
        for (uint32_t i = 0; i < len; i++)
            ret_name[i] = (char)(below(3) ? " _-()/%A"[below(8)] : (char)below(256));
    }
    return len;
}

Test(settlement_random, hostile_names_and_amounts_end_in_a_reason_or_in_rows_that_add_up)
{
    static struct statement line;
    static char names[AMOUNTS_MAX][128];
    uint64_t taken = 0, refused[REASON_COUNT] = {0};
    state = 99;
    for (int round = 0; round < ROUNDS; round++) {
        uint32_t count = (uint32_t)below(8);
        statement_init(&line, native_types[below(5)], currencies[below(4)], NULL, 0);
        for (uint32_t i = 0; i < count; i++)
            line.amounts[i] = (struct settled_amount){{names[i], hostile_name(names[i])}, hostile_amount()};
        line.event.settlement.amount_count = count;
        enum reason reason = statement_make(&line);
        refused[reason]++;
        if (reason != REASON_NONE)
            continue;
        taken++;
        expect_rows(&line.fact);
    }
    cr_assert_gt(taken, ROUNDS / 20);
    cr_assert_gt(refused[REASON_NO_AMOUNTS], 0);
    cr_assert_gt(refused[REASON_DUPLICATE_FIELD], 0);
    cr_assert_gt(refused[REASON_AMOUNT_OVERFLOW], 0);
    cr_assert_eq(taken + refused[REASON_NO_AMOUNTS] + refused[REASON_DUPLICATE_FIELD] + refused[REASON_AMOUNT_OVERFLOW], ROUNDS);
}
