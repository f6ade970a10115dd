#include "core/sorted_window.h"

#include <math.h>
#include <stdlib.h>

#include <criterion/criterion.h>

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The oracle: sorts. */
static double median_of(const double *values, size_t n)
{
    double sorted[64];
    for (size_t i = 0; i < n; i++)
        sorted[i] = values[i];
    qsort(sorted, n, sizeof *sorted, compare);
    return n % 2 ? sorted[n / 2] : (sorted[n / 2 - 1] + sorted[n / 2]) / 2;
}

Test(sorted_window, median_and_mad_are_those_of_a_sorted_copy)
{
    uint64_t state = UINT64_C(20260306);
    for (uint32_t size = 1; size <= 40; size++) {
        struct sorted_window *window = calloc(1, sorted_window_bytes(size));
        double history[400];
        for (uint32_t i = 0; i < 400; i++) {
            state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
            history[i] = (double)(state >> 59) - (i % 3 ? 0 : 1e6 * (double)(i % 5)); /* few values: many are equal */
            sorted_window_push(window, size, history[i]);
            uint32_t n = i + 1 < size ? i + 1 : size;
            const double *last = history + i + 1 - n;
            double median = median_of(last, n), distances[64];
            for (uint32_t k = 0; k < n; k++)
                distances[k] = fabs(last[k] - median);
            cr_assert_eq(sorted_window_median(window, size), median, "size %u, value %u", size, i);
            cr_assert_eq(sorted_window_mad(window, size, median), median_of(distances, n), "size %u, value %u", size, i);
        }
        free(window);
    }
}
