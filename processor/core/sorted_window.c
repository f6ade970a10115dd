/*
 * Invariant: places[0 .. n) is a permutation of 0 .. n - 1, and values[places[i]] never falls.
 */
#include "core/sorted_window.h"

#include <assert.h>
#include <math.h>
#include <string.h>

size_t sorted_window_bytes(uint32_t size)
{
    size_t places = (size * sizeof(uint16_t) + 7) / 8 * 8;
    return sizeof(struct sorted_window) + size * sizeof(double) + places;
}

static uint16_t *places_of(struct sorted_window *window, uint32_t size)
{
    return (uint16_t *)(window->values + size);
}

static double ranked(const struct sorted_window *window, uint32_t size, uint32_t rank)
{
    return window->values[((const uint16_t *)(window->values + size))[rank]];
}

/* How many of the first n ranks hold a value below the given one, or none above it. */
static uint32_t rank_of(const struct sorted_window *window, uint32_t size, double value)
{
    uint32_t low = 0, high = window->n;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (ranked(window, size, middle) < value)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void drop_place(struct sorted_window *window, uint32_t size, uint32_t place)
{
    uint16_t *places = places_of(window, size);
    uint32_t rank = rank_of(window, size, window->values[place]);
    while (places[rank] != place) /* equal values lie in any order */
        rank++;
    memmove(places + rank, places + rank + 1, (window->n - rank - 1) * sizeof *places);
    window->n--;
}

void sorted_window_push(struct sorted_window *window, uint32_t size, double value)
{
    assert(size >= 1 && size <= UINT16_MAX);
    if (window->n == size)
        drop_place(window, size, window->next);
    uint32_t rank = rank_of(window, size, value);
    uint16_t *places = places_of(window, size);
    memmove(places + rank + 1, places + rank, (window->n - rank) * sizeof *places);
    places[rank] = (uint16_t)window->next;
    window->values[window->next] = value;
    window->next = window->next + 1 == size ? 0 : window->next + 1;
    window->n++;
}

double sorted_window_median(const struct sorted_window *window, uint32_t size)
{
    assert(window->n >= 1);
    double upper = ranked(window, size, window->n / 2);
    return window->n % 2 ? upper : ranked(window, size, window->n / 2 - 1) / 2 + upper / 2;
}

/* The k-th smallest of the distances: the i nearest below and the k - i nearest above, with the right i found by bisection. */
static double kth_distance(const struct sorted_window *window, uint32_t size, double median, uint32_t k)
{
    uint32_t below = rank_of(window, size, median), above = window->n - below;
    uint32_t low = k + 1 > above ? k + 1 - above : 0, high = k + 1 < below ? k + 1 : below;
    while (low < high) {
        uint32_t i = (low + high) / 2; /* taking i from below is too few if the next of them is nearer than the last from above */
        if (median - ranked(window, size, below - 1 - i) < ranked(window, size, below + k - i) - median)
            low = i + 1;
        else
            high = i;
    }
    double from_below = low ? median - ranked(window, size, below - low) : 0;
    double from_above = low <= k ? ranked(window, size, below + k - low) - median : 0;
    return fmax(from_below, from_above);
}

double sorted_window_mad(const struct sorted_window *window, uint32_t size, double median)
{
    double upper = kth_distance(window, size, median, window->n / 2);
    return window->n % 2 ? upper : kth_distance(window, size, median, window->n / 2 - 1) / 2 + upper / 2;
}

bool sorted_window_fits(const struct sorted_window *window, uint32_t size)
{
    uint8_t seen[UINT16_MAX / 8 + 1] = {0};
    const uint16_t *places = (const uint16_t *)(window->values + size);
    if (window->n > size || window->next >= size || (window->n < size && window->next != window->n))
        return false;
    for (uint32_t rank = 0; rank < window->n; rank++) {
        uint16_t place = places[rank];
        if (place >= window->n || seen[place / 8] >> place % 8 & 1 || !isfinite(window->values[place]))
            return false;
        seen[place / 8] |= (uint8_t)(1u << place % 8);
        if (rank && ranked(window, size, rank - 1) > ranked(window, size, rank))
            return false;
    }
    return true;
}
