#include "cli/sparkline.h"

#include <math.h>
#include <string.h>

#define LEVELS 8

/* None is a space: a space would be lost where text is wrapped, and a zero is a value. */
static const char *const blocks[LEVELS] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
static const char *const letters[LEVELS] = {"_", ".", ":", "-", "=", "+", "*", "#"};

const char *sparkline_glyph(const struct sparkline *line, double value)
{
    const char *const *glyphs = line->unicode ? blocks : letters;
    if (isnan(value))
        return line->unicode ? "·" : "?";
    double part = line->high > line->low ? (value - line->low) / (line->high - line->low) : 0;
    return glyphs[part <= 0 ? 0 : part >= 1 ? LEVELS - 1 : (int)(part * LEVELS)];
}

static void widen(struct sparkline *line, double value)
{
    if (isnan(value))
        return;
    line->low = fmin(line->low, value);
    line->high = fmax(line->high, value);
}

void sparkline_make(const double *values, size_t count, double lower, double upper, bool unicode, struct sparkline *ret_line)
{
    size_t used = 0;
    *ret_line = (struct sparkline){.unicode = unicode};
    count = count < SPARKLINE_VALUES_MAX ? count : SPARKLINE_VALUES_MAX;
    for (size_t i = 0; i < count; i++)
        widen(ret_line, values[i]);
    widen(ret_line, lower);
    widen(ret_line, upper);
    for (size_t i = 0; i < count; i++) {
        const char *glyph = sparkline_glyph(ret_line, values[i]);
        size_t len = strlen(glyph);
        memcpy(ret_line->text + used, glyph, len);
        used += len;
    }
    ret_line->text[used] = '\0';
}
