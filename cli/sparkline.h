/*
 * A series as one line of characters, a column a value: eight heights from the lowest value shown (or 0, where all are above it) to the
 * highest. Pure.
 */
#ifndef CLI_SPARKLINE_H
#define CLI_SPARKLINE_H

#include <stdbool.h>
#include <stddef.h>

#define SPARKLINE_VALUES_MAX 64

struct sparkline {
    double low, high; /* of the scale */
    bool unicode;     /* block elements; else ASCII */
    char text[SPARKLINE_VALUES_MAX * 3 + 1];
};

/* values: NAN where there is none, shown as a gap mark. lower and upper are put on the same scale; NAN leaves one out. At most
 * SPARKLINE_VALUES_MAX values are shown. */
void sparkline_make(const double *values, size_t count, double lower, double upper, bool unicode, struct sparkline *ret_line);

/* The character of a value on the scale of the line; beyond it, that of its nearer end. */
const char *sparkline_glyph(const struct sparkline *line, double value);

#endif
