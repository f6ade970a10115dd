/*
 * Why this exists: every figure in the warehouse is made by these few functions. Magnitudes are unsigned and
 * signs are put back at the end, so that a credit note is the exact mirror of its sale.
 */
#include "core/money.h"

#define SCALE_MAX 9

__extension__ typedef unsigned __int128 wide;

static uint64_t magnitude(int64_t amount)
{
    return amount < 0 ? -(uint64_t)amount : (uint64_t)amount;
}

static int64_t with_sign(uint64_t amount, bool negative)
{
    return (int64_t)(negative ? -amount : amount);
}

bool money_rate_wide(int64_t amount_minor, int64_t rate_ppm, int64_t *ret_part_minor)
{
    bool negative = (amount_minor < 0) != (rate_ppm < 0);
    wide product = (wide)magnitude(amount_minor) * magnitude(rate_ppm);
    wide part = (product + PPM / 2) / PPM;
    if (part > (uint64_t)INT64_MAX + negative)
        return false;
    *ret_part_minor = with_sign((uint64_t)part, negative);
    return true;
}

static const int64_t powers[SCALE_MAX + 1] = {1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000, 1000000000};

bool money_convert(int64_t amount_minor, int32_t from_scale, int64_t rate_ppb, int32_t to_scale, int64_t *ret_amount_minor)
{
    if (from_scale < 0 || from_scale > SCALE_MAX || to_scale < 0 || to_scale > SCALE_MAX || rate_ppb <= 0 ||
        rate_ppb > MONEY_RATE_PPB_MAX)
        return false;
    wide product = (wide)magnitude(amount_minor) * (uint64_t)rate_ppb, whole = (wide)powers[9] * (uint64_t)powers[from_scale];
    if (__builtin_mul_overflow(product, (wide)powers[to_scale], &product))
        return false;
    wide amount = product / whole + (product % whole >= (whole + 1) / 2);
    if (amount > (uint64_t)INT64_MAX + (amount_minor < 0))
        return false;
    *ret_amount_minor = with_sign((uint64_t)amount, amount_minor < 0);
    return true;
}

bool money_rescale(int64_t amount, int32_t from_scale, int32_t to_scale, int64_t *ret_amount)
{
    if (from_scale < 0 || from_scale > SCALE_MAX || to_scale < 0 || to_scale > SCALE_MAX)
        return false;
    if (from_scale <= to_scale)
        return money_multiply(amount, powers[to_scale - from_scale], ret_amount);
    int64_t divisor = powers[from_scale - to_scale];
    if (amount % divisor != 0)
        return false;
    *ret_amount = amount / divisor;
    return true;
}

/* What is split, and what one unit of weight is measured against. */
struct allocation {
    uint64_t total;
    wide weight_sum;
    const int64_t *weights; /* NULL: all weights are 1 */
};

static uint64_t weight_at(const struct allocation *allocation, size_t index)
{
    return allocation->weights ? magnitude(allocation->weights[index]) : 1;
}

static uint64_t floor_at(const struct allocation *allocation, size_t index)
{
    wide product = (wide)allocation->total * weight_at(allocation, index);
    if ((product | allocation->weight_sum) <= UINT64_MAX)
        return (uint64_t)product / (uint64_t)allocation->weight_sum;
    return (uint64_t)(product / allocation->weight_sum);
}

/* Recomputed from the floor with two multiplications: up to 77 bits would not fit the scratch. */
static wide remainder_at(const struct allocation *allocation, size_t index, int64_t floor)
{
    return (wide)allocation->total * weight_at(allocation, index) -
           (wide)(uint64_t)floor * allocation->weight_sum;
}

static bool comes_first(const struct allocation *allocation, const int64_t *floors, uint32_t a, uint32_t b)
{
    wide of_a = remainder_at(allocation, a, floors[a]), of_b = remainder_at(allocation, b, floors[b]);
    return of_a != of_b ? of_a > of_b : a < b;
}

static void heap_sift(const struct allocation *allocation, const int64_t *floors, uint32_t *heap,
                      size_t count, size_t at)
{
    uint32_t moved = heap[at];
    for (;;) {
        size_t child = 2 * at + 1;
        if (child >= count)
            break;
        if (child + 1 < count && comes_first(allocation, floors, heap[child + 1], heap[child]))
            child++;
        if (!comes_first(allocation, floors, heap[child], moved))
            break;
        heap[at] = heap[child];
        at = child;
    }
    heap[at] = moved;
}

/* One more unit for each of the left parts with the largest remainders. A part that got its unit leaves the
 * heap, so no comparison meets it again. */
static void give_rest(const struct allocation *allocation, uint64_t left, uint32_t *heap, size_t count,
                      int64_t *parts)
{
    for (size_t i = 0; i < count; i++)
        heap[i] = (uint32_t)i;
    for (size_t i = count / 2; i-- > 0;)
        heap_sift(allocation, parts, heap, count, i);
    for (; left > 0; left--) {
        parts[heap[0]]++;
        heap[0] = heap[--count];
        heap_sift(allocation, parts, heap, count, 0);
    }
}

#define NARROW_MAX ((UINT64_C(1) << 31) - 1)

/* Two remainders add up to the weight sum or are both zero, so the first part is its share rounded half up,
 * and a tie is its own: one division for the order of one or two lines that nearly all orders are. */
static uint64_t first_of_two(uint64_t total, uint64_t weight, wide weight_sum)
{
    if ((total | weight_sum) <= NARROW_MAX)
        return (2 * total * weight + (uint64_t)weight_sum) / (2 * (uint64_t)weight_sum);
    wide product = (wide)total * weight;
    uint64_t floor = (uint64_t)(product / weight_sum);
    return floor + (2 * (product - floor * weight_sum) >= weight_sum);
}

static void allocate_two(int64_t total_minor, const int64_t *weights, int64_t *ret_parts)
{
    uint64_t total = magnitude(total_minor), weight = magnitude(weights[0]);
    wide weight_sum = (wide)weight + magnitude(weights[1]);
    if (weight_sum == 0) {
        weight = 1;
        weight_sum = 2;
    }
    uint64_t first = first_of_two(total, weight, weight_sum);
    ret_parts[0] = with_sign(first, total_minor < 0);
    ret_parts[1] = with_sign(total - first, total_minor < 0);
}

static void allocate_many(int64_t total_minor, const int64_t *weights, size_t count, uint32_t *scratch,
                          int64_t *ret_parts)
{
    struct allocation allocation = {.total = magnitude(total_minor), .weights = weights};
    for (size_t i = 0; i < count; i++)
        allocation.weight_sum += magnitude(weights[i]);
    if (allocation.weight_sum == 0) {
        allocation.weights = NULL;
        allocation.weight_sum = count;
    }
    uint64_t left = allocation.total;
    for (size_t i = 0; i < count; i++) {
        uint64_t floor = floor_at(&allocation, i);
        ret_parts[i] = (int64_t)floor;
        left -= floor;
    }
    if (left > 0)
        give_rest(&allocation, left, scratch, count, ret_parts);
    for (size_t i = 0; i < count; i++)
        ret_parts[i] = with_sign((uint64_t)ret_parts[i], total_minor < 0);
}

void money_allocate(int64_t total_minor, const int64_t *weights, size_t count, uint32_t *scratch,
                    int64_t *ret_parts)
{
    if (count > 2)
        allocate_many(total_minor, weights, count, scratch, ret_parts);
    else if (count == 2)
        allocate_two(total_minor, weights, ret_parts);
    else if (count == 1)
        ret_parts[0] = total_minor;
}
