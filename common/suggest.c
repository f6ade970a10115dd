#include "common/suggest.h"

#include <string.h>

#define WORD_MAX 64

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* Optimal string alignment distance, three rows at a time. */
static unsigned distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
    unsigned rows[3][WORD_MAX + 1];
    for (size_t j = 0; j <= b_len; j++)
        rows[0][j] = (unsigned)j;
    for (size_t i = 1; i <= a_len; i++) {
        unsigned *row = rows[i % 3], *above = rows[(i + 2) % 3], *two_above = rows[(i + 1) % 3];
        row[0] = (unsigned)i;
        for (size_t j = 1; j <= b_len; j++) {
            row[j] = least(least(above[j], row[j - 1]) + 1, above[j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = least(row[j], two_above[j - 2] + 1);
        }
    }
    return rows[a_len % 3][b_len];
}

const char *suggest(const char *word, const char *(*name_at)(const void *ctx, size_t i), const void *ctx)
{
    size_t len = strlen(word);
    const char *best = NULL, *name;
    unsigned best_distance = (unsigned)(len / 3 + 1);
    if (len > WORD_MAX)
        return NULL;
    for (size_t i = 0; (name = name_at(ctx, i)) != NULL; i++) {
        size_t name_len = strlen(name);
        unsigned d = name_len <= WORD_MAX ? distance(word, len, name, name_len) : WORD_MAX;
        if (d < best_distance || (d == best_distance && !best)) {
            best = name;
            best_distance = d;
        }
    }
    return best;
}

static const char *name_in_array(const void *ctx, size_t i)
{
    return ((const char *const *)ctx)[i];
}

const char *suggest_of(const char *word, const char *const *names)
{
    return suggest(word, name_in_array, names);
}
