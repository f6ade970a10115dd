/*
 * Money: int64 minor units, checked. No double anywhere. Every function that can overflow returns false then and leaves
 * its output untouched.
 */
#ifndef CORE_MONEY_H
#define CORE_MONEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PPM 1000000

static inline bool money_add(int64_t a, int64_t b, int64_t *ret_sum)
{
    int64_t sum;
    if (__builtin_add_overflow(a, b, &sum))
        return false;
    *ret_sum = sum;
    return true;
}

static inline bool money_subtract(int64_t a, int64_t b, int64_t *ret_difference)
{
    int64_t difference;
    if (__builtin_sub_overflow(a, b, &difference))
        return false;
    *ret_difference = difference;
    return true;
}

static inline bool money_multiply(int64_t amount_minor, int64_t factor, int64_t *ret_product)
{
    int64_t product;
    if (__builtin_mul_overflow(amount_minor, factor, &product))
        return false;
    *ret_product = product;
    return true;
}

/* money_rate for any operands; slow. */
bool money_rate_wide(int64_t amount_minor, int64_t rate_ppm, int64_t *ret_part_minor);

/* amount x rate, rounded half away from zero: 0.5 -> 1, -0.5 -> -1. Intermediates are 128 bits wide where they must be. */
static inline bool money_rate(int64_t amount_minor, int64_t rate_ppm, int64_t *ret_part_minor)
{
    int64_t product;
    /* A division of 128 bits costs ten times one of 64, and hardly anything sells for 9 * 10^12 cents. */
    if (__builtin_mul_overflow(amount_minor, rate_ppm, &product) || product > INT64_MAX - PPM / 2 ||
        product < INT64_MIN + PPM / 2)
        return money_rate_wide(amount_minor, rate_ppm, ret_part_minor);
    *ret_part_minor = (product + (product < 0 ? -(PPM / 2) : PPM / 2)) / PPM;
    return true;
}

/* Changes the number of decimals; false where that would lose a digit or overflow. Scales 0..9. */
bool money_rescale(int64_t amount, int32_t from_scale, int32_t to_scale, int64_t *ret_amount);

/* A rate is positive and at most 10^15 parts per billion: a million of one currency for one of another. */
#define MONEY_RATE_PPB_MAX INT64_C(1000000000000000)

/* An amount of another currency, at a rate in parts per billion for its unit, rounded half away from zero. Scales 0..9. */
bool money_convert(int64_t amount_minor, int32_t from_scale, int64_t rate_ppb, int32_t to_scale, int64_t *ret_amount_minor);

/*
 * Splits total over count weights by largest remainder: the parts add up to total exactly, for negative totals too, and
 * each differs from its exact share by less than one unit. Weights may have any sign: their magnitude counts. Equal
 * remainders go to the lower index (the caller keeps lines in the order of their ids). All weights zero: equal parts.
 * count 0: nothing is written. Runs in O(count log count) at worst and allocates nothing; scratch has count entries.
 * ret_parts and weights must not overlap. count <= UINT32_MAX.
 */
void money_allocate(int64_t total_minor, const int64_t *weights, size_t count, uint32_t *scratch, int64_t *ret_parts);

#endif
