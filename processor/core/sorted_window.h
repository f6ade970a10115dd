/*
 * Median and median absolute deviation of exactly the last values of a series: a ring, and its places in the order of their
 * values. A push is a binary search and a move of 2-byte places; the MAD is the middle of two sorted runs (what lies below the
 * median, backwards, and what lies above), found by bisection, so nothing is sorted twice.
 *
 * Pointer-free; all zero is empty. Values are finite. Pure, no failure. Not thread-safe.
 */
#ifndef CORE_SORTED_WINDOW_H
#define CORE_SORTED_WINDOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sorted_window {
    uint32_t n, next;
    double values[]; /* size of them, and after them size uint16_t places, rising by value */
};

/* Bytes of a window of size values; 1 <= size <= 65535, and the same in every call. A multiple of 8. */
size_t sorted_window_bytes(uint32_t size);
void sorted_window_push(struct sorted_window *window, uint32_t size, double value);

/* Whether bytes that come from outside can be a window of that size. */
bool sorted_window_fits(const struct sorted_window *window, uint32_t size);

/* n >= 1. Of an even count: the mean of the two in the middle. */
double sorted_window_median(const struct sorted_window *window, uint32_t size);
/* The median of |value - median|. */
double sorted_window_mad(const struct sorted_window *window, uint32_t size, double median);

#endif
