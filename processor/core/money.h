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

bool money_add(int64_t a, int64_t b, int64_t *ret_sum);
bool money_subtract(int64_t a, int64_t b, int64_t *ret_difference);
bool money_multiply(int64_t amount_minor, int64_t factor, int64_t *ret_product);

/* amount x rate, rounded half away from zero: 0.5 -> 1, -0.5 -> -1. Intermediates are 128 bits wide. */
bool money_rate(int64_t amount_minor, int64_t rate_ppm, int64_t *ret_part_minor);

/* Changes the number of decimals; false where that would lose a digit or overflow. Scales 0..9. */
bool money_rescale(int64_t amount, int32_t from_scale, int32_t to_scale, int64_t *ret_amount);

/*
 * Splits total over count weights by largest remainder: the parts add up to total exactly, for negative totals too, and
 * each differs from its exact share by less than one unit. Weights may have any sign: their magnitude counts. Equal
 * remainders go to the lower index (the caller keeps lines in the order of their ids). All weights zero: equal parts.
 * count 0: nothing is written. Runs in O(count log count) at worst and allocates nothing; scratch has count entries.
 * ret_parts and weights must not overlap. count <= UINT32_MAX.
 */
void money_allocate(int64_t total_minor, const int64_t *weights, size_t count, uint32_t *scratch, int64_t *ret_parts);

#endif
