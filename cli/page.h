/*
 * A page of figures for people: a label to the left, an amount and a running total in columns to the right, and details below, wrapped.
 * What a record says is shown, but steers no terminal: control characters become spaces.
 */
#ifndef CLI_PAGE_H
#define CLI_PAGE_H

#include <stdbool.h>
#include <stdio.h>

#include "cli/figures.h"

struct page {
    FILE *out;
    bool colour;
    int32_t amount_scale;
};

enum page_columns { PAGE_NO_COLUMNS, PAGE_AMOUNT_AND_TOTAL, PAGE_TWO_BOOKS };

/* A headline, with the names of the columns below it. */
__attribute__((format(printf, 3, 4))) void page_head(const struct page *page, enum page_columns columns, const char *format, ...);

/* A label with its amount and the total behind it; EVENT_ABSENT: that column stays empty. */
__attribute__((format(printf, 4, 5))) void page_row(const struct page *page, int64_t amount_minor, int64_t total_minor,
                                                   const char *format, ...);

/* The same, as a result. */
__attribute__((format(printf, 4, 5))) void page_result(const struct page *page, int64_t amount_minor, int64_t total_minor,
                                                      const char *format, ...);

/* A label and the amounts of PAGE_TWO_BOOKS: expected, settled, difference; EVENT_ABSENT stays empty. */
__attribute__((format(printf, 5, 6))) void page_books(const struct page *page, int64_t expected_minor, int64_t settled_minor,
                                                     int64_t difference_minor, const char *format, ...);

/* A word and what there is to say of it, wrapped. */
__attribute__((format(printf, 3, 4))) void page_detail(const struct page *page, const char *word, const char *format, ...);

/* A sentence of its own, wrapped. */
__attribute__((format(printf, 2, 3))) void page_note(const struct page *page, const char *format, ...);

/* One that must not be overlooked. */
__attribute__((format(printf, 2, 3))) void page_warning(const struct page *page, const char *format, ...);

void page_gap(const struct page *page);

#endif
