#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/money.h"

#define SEED UINT64_C(20240401)
#define COUNT_MAX 10000

__extension__ typedef __int128 wide;

static uint64_t random_next(uint64_t *state)
{
    uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* Of any magnitude, small ones as often as large ones, either sign. */
static int64_t random_amount(uint64_t *state)
{
    uint64_t bits = random_next(state) % 64;
    return (int64_t)random_next(state) >> bits;
}

static wide magnitude(wide value)
{
    return value < 0 ? -value : value;
}

Test(money, addition_subtraction_and_multiplication_stop_at_the_edges)
{
    int64_t result = 7;
    cr_assert(money_add(INT64_MAX - 1, 1, &result));
    cr_assert_eq(result, INT64_MAX);
    cr_assert(money_subtract(INT64_MIN + 1, 1, &result));
    cr_assert_eq(result, INT64_MIN);
    cr_assert(money_multiply(INT64_MIN / 2, 2, &result));
    cr_assert_eq(result, INT64_MIN);
    result = 7;
    cr_assert_not(money_add(INT64_MAX, 1, &result));
    cr_assert_not(money_add(INT64_MIN, -1, &result));
    cr_assert_not(money_subtract(INT64_MIN, 1, &result));
    cr_assert_not(money_subtract(0, INT64_MIN, &result));
    cr_assert_not(money_multiply(INT64_MIN, -1, &result));
    cr_assert_not(money_multiply(INT64_MAX, 2, &result));
    cr_assert_eq(result, 7, "an overflow leaves the output untouched");
}

/* The slow way: of at most nine decimals each, in 128 bits; amounts are small enough. */
static wide oracle_convert(int64_t amount, int32_t from, int64_t rate_ppb, int32_t to)
{
    wide product = magnitude((wide)amount * rate_ppb), whole = 1000000000;
    for (int i = 0; i < from; i++)
        whole *= 10;
    for (int i = 0; i < to; i++)
        product *= 10;
    wide result = (2 * product + whole) / (2 * whole);
    return amount < 0 ? -result : result;
}

/* 45.50 EUR at 1.087654321 = 49.4882716 USD; 1,000,000 VND at 0.00003937 = 39.37 USD; 1.234 KWD at 3.25 = 4.0105 -> 4.01 USD. */
Test(money, an_amount_of_another_currency_is_rounded_once_in_ours)
{
    uint64_t state = SEED;
    int64_t result = 7;
    cr_assert(money_convert(4550, 2, 1087654321, 2, &result) && result == 4949);
    cr_assert(money_convert(-4550, 2, 1087654321, 2, &result) && result == -4949);
    cr_assert(money_convert(1000000, 0, 39370, 2, &result) && result == 3937);
    cr_assert(money_convert(1234, 3, 3250000000, 2, &result) && result == 401);
    cr_assert(money_convert(1, 2, 500000000, 2, &result) && result == 1, "half a cent");
    cr_assert(money_convert(-1, 2, 500000000, 2, &result) && result == -1);
    for (int i = 0; i < 200000; i++) {
        int64_t amount = random_amount(&state) >> 24, rate = 1 + (int64_t)(random_next(&state) % 1000000000000);
        int32_t from = (int32_t)(random_next(&state) % 10), to = (int32_t)(random_next(&state) % 10);
        wide expected = oracle_convert(amount, from, rate, to);
        bool fits = expected >= INT64_MIN && expected <= INT64_MAX;
        cr_assert_eq(money_convert(amount, from, rate, to, &result), fits, "seed %llu, %d", (unsigned long long)SEED, i);
        cr_assert(!fits || result == (int64_t)expected, "seed %llu, %d", (unsigned long long)SEED, i);
    }
    result = 7;
    cr_assert_not(money_convert(1, 2, 0, 2, &result));
    cr_assert_not(money_convert(1, 2, MONEY_RATE_PPB_MAX + 1, 2, &result));
    cr_assert_not(money_convert(1, 10, 1, 2, &result));
    cr_assert_not(money_convert(INT64_MAX, 0, MONEY_RATE_PPB_MAX, 9, &result));
    cr_assert_eq(result, 7, "what does not fit leaves the output untouched");
}

Test(money, a_half_is_rounded_away_from_zero_on_both_sides)
{
    static const struct {
        int64_t amount, rate, part;
    } cases[] = {
        {1, 500000, 1},     {-1, 500000, -1},    {1, -500000, -1}, {-1, -500000, 1}, {1, 499999, 0},
        {-1, 499999, 0},    {3, 500000, 2},      {-3, 500000, -2}, {25, 60000, 2},   {-25, 60000, -2},
        {5099, 60000, 306}, {4000, 100000, 400}, {0, 1000000, 0},  {999, 0, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t part;
        cr_assert(money_rate(cases[i].amount, cases[i].rate, &part));
        cr_assert_eq(part, cases[i].part, "%ld x %ld ppm gave %ld", (long)cases[i].amount,
                     (long)cases[i].rate, (long)part);
    }
}

/* The nearest integer: the one whose distance to amount x rate is smallest, and of two the one farther from
 * zero. */
static bool rate_oracle(int64_t amount, int64_t rate, int64_t *ret_part)
{
    wide exact = (wide)amount * rate, down = magnitude(exact) / PPM;
    wide nearest = magnitude(exact) - down * PPM < (down + 1) * PPM - magnitude(exact) ? down : down + 1;
    wide part = exact < 0 ? -nearest : nearest;
    if (part > INT64_MAX || part < INT64_MIN)
        return false;
    *ret_part = (int64_t)part;
    return true;
}

Test(money, rates_agree_with_the_nearest_integer)
{
    uint64_t state = SEED;
    size_t refused = 0;
    for (int i = 0; i < 300000; i++) {
        int64_t amount = random_amount(&state), rate = random_amount(&state), part = 0, expected = 0;
        bool fits = money_rate(amount, rate, &part), should_fit = rate_oracle(amount, rate, &expected);
        cr_assert_eq(fits, should_fit, "seed %lu: %ld x %ld", (unsigned long)SEED, (long)amount, (long)rate);
        cr_assert(!fits || part == expected, "seed %lu: %ld x %ld gave %ld, not %ld", (unsigned long)SEED,
                  (long)amount, (long)rate, (long)part, (long)expected);
        refused += !fits;
    }
    cr_assert_gt(refused, 1000, "overflows were among the cases");
}

Test(money, rates_agree_with_the_nearest_integer_where_64_bits_end)
{
    for (int64_t rate = 1; rate <= PPM; rate += 999)
        for (int64_t step = -2; step <= 2; step++) {
            int64_t amount = INT64_MAX / rate + (rate > 1 ? step : -2), part = 0, expected = 0;
            for (int sign = -1; sign <= 1; sign += 2) {
                cr_assert(rate_oracle(sign * amount, rate, &expected));
                cr_assert(money_rate(sign * amount, rate, &part));
                cr_assert_eq(part, expected, "%ld x %ld", (long)(sign * amount), (long)rate);
            }
        }
}

Test(money, a_rate_of_the_largest_amounts_is_exact_or_refused)
{
    int64_t part = 7;
    cr_assert(money_rate(INT64_MAX, PPM, &part));
    cr_assert_eq(part, INT64_MAX);
    cr_assert(money_rate(INT64_MIN, PPM, &part));
    cr_assert_eq(part, INT64_MIN);
    part = 7;
    cr_assert_not(money_rate(INT64_MIN, -PPM, &part));
    cr_assert_not(money_rate(INT64_MAX, PPM + 1, &part));
    cr_assert_not(money_rate(INT64_MIN, INT64_MIN, &part));
    cr_assert_eq(part, 7);
}

Test(money, rescaling_never_loses_a_digit)
{
    int64_t amount = 7;
    cr_assert(money_rescale(30, 2, 3, &amount));
    cr_assert_eq(amount, 300);
    cr_assert(money_rescale(-300, 2, 0, &amount));
    cr_assert_eq(amount, -3);
    cr_assert(money_rescale(INT64_MIN, 4, 4, &amount));
    cr_assert_eq(amount, INT64_MIN);
    cr_assert(money_rescale(9, 0, 9, &amount));
    cr_assert_eq(amount, INT64_C(9000000000));
    amount = 7;
    cr_assert_not(money_rescale(30, 2, 0, &amount));
    cr_assert_not(money_rescale(INT64_MAX / 10 + 1, 0, 1, &amount));
    cr_assert_not(money_rescale(1, -1, 0, &amount));
    cr_assert_not(money_rescale(1, 0, 10, &amount));
    cr_assert_eq(amount, 7);
}

/* Gives every unit that the floors leave to the largest remainder left, one at a time, by looking at all of
 * them. */
static void allocate_oracle(int64_t total, const int64_t *weights, size_t count, int64_t *ret_parts)
{
    static bool served[COUNT_MAX];
    wide sum = 0, left = magnitude(total);
    for (size_t i = 0; i < count; i++)
        sum += magnitude(weights[i]);
    bool equal = sum == 0;
    if (equal)
        sum = (wide)count;
    for (size_t i = 0; i < count; i++) {
        wide floor = magnitude(total) * (equal ? 1 : magnitude(weights[i])) / sum;
        served[i] = false;
        left -= floor;
        ret_parts[i] = (int64_t)(total < 0 ? -floor : floor);
    }
    for (; left > 0; left--) {
        size_t best = count;
        wide best_remainder = -1;
        for (size_t i = 0; i < count; i++) {
            wide remainder = magnitude(total) * (equal ? 1 : magnitude(weights[i])) % sum;
            if (!served[i] && remainder > best_remainder) {
                best = i;
                best_remainder = remainder;
            }
        }
        served[best] = true;
        ret_parts[best] += total < 0 ? -1 : 1;
    }
}

static int64_t weights[COUNT_MAX], parts[COUNT_MAX], expected[COUNT_MAX];
static uint32_t scratch[COUNT_MAX];

static wide sum_of(const int64_t *values, size_t count)
{
    wide sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += values[i];
    return sum;
}

Test(money, allocation_agrees_with_giving_units_one_at_a_time)
{
    uint64_t state = SEED;
    for (int round = 0; round < 20000; round++) {
        size_t count = 1 + random_next(&state) % (round % 4 ? 5 : 40);
        int64_t total = random_amount(&state);
        bool small = random_next(&state) % 2;
        for (size_t i = 0; i < count; i++)
            weights[i] = small ? (int64_t)(random_next(&state) % 4) : random_amount(&state);
        if (random_next(&state) % 3 == 0)
            total = (int64_t)(random_next(&state) % 20) - 10;
        money_allocate(total, weights, count, scratch, parts);
        allocate_oracle(total, weights, count, expected);
        cr_assert_eq((int64_t)sum_of(parts, count), total);
        for (size_t i = 0; i < count; i++)
            cr_assert_eq(parts[i], expected[i], "seed %lu round %d: part %zu of %zu is %ld, not %ld",
                         (unsigned long)SEED, round, i, count, (long)parts[i], (long)expected[i]);
    }
}

Test(money, equal_remainders_go_to_the_lower_index)
{
    const int64_t equal[] = {5, 5, 5};
    money_allocate(5, equal, 3, scratch, parts);
    cr_assert(parts[0] == 2 && parts[1] == 2 && parts[2] == 1);
    money_allocate(-5, equal, 3, scratch, parts);
    cr_assert(parts[0] == -2 && parts[1] == -2 && parts[2] == -1);
    money_allocate(1, equal, 2, scratch, parts);
    cr_assert(parts[0] == 1 && parts[1] == 0);
}

Test(money, a_weight_of_zero_gets_nothing_unless_all_are_zero)
{
    const int64_t one[] = {0, 7, 0, 0}, none[] = {0, 0, 0, 0};
    money_allocate(99, one, 4, scratch, parts);
    cr_assert(parts[0] == 0 && parts[1] == 99 && parts[2] == 0 && parts[3] == 0);
    money_allocate(6, none, 4, scratch, parts);
    cr_assert(parts[0] == 2 && parts[1] == 2 && parts[2] == 1 && parts[3] == 1);
    money_allocate(-3, none, 2, scratch, parts);
    cr_assert(parts[0] == -2 && parts[1] == -1);
    money_allocate(6, none, 0, scratch, parts);
    cr_assert_eq(parts[0], -2, "nothing is written for no parts");
}

Test(money, ten_thousand_parts_of_the_largest_amounts_add_up)
{
    const int64_t totals[] = {INT64_MAX, INT64_MIN, 1, -9999, 123456789};
    uint64_t state = SEED;
    for (size_t t = 0; t < sizeof totals / sizeof *totals; t++)
        for (int kind = 0; kind < 3; kind++) {
            for (size_t i = 0; i < COUNT_MAX; i++)
                weights[i] = kind == 0 ? INT64_MIN : kind == 1 ? random_amount(&state) : 0;
            money_allocate(totals[t], weights, COUNT_MAX, scratch, parts);
            cr_assert_eq((int64_t)sum_of(parts, COUNT_MAX), totals[t]);
        }
    allocate_oracle(123456789, weights, COUNT_MAX, expected);
    cr_assert_arr_eq(parts, expected, sizeof parts);
}
