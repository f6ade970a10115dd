/*
 * "Did you mean": the nearest of some names.
 */
#ifndef COMMON_SUGGEST_H
#define COMMON_SUGGEST_H

#include <stddef.h>

/* The name nearest to word by edit distance (insertions, deletions, replacements, swaps of neighbours), or NULL where none is
 * near enough to be meant. names are borrowed; name_at(ctx, i) may give NULL for "no more". Words beyond 64 bytes get none. */
const char *suggest(const char *word, const char *(*name_at)(const void *ctx, size_t i), const void *ctx);

/* The same over an array that ends with NULL. */
const char *suggest_of(const char *word, const char *const *names);

#endif
