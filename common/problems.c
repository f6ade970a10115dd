#include "common/problems.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

void problems_done(struct problems *problems)
{
    for (size_t i = 0; i < problems->count; i++) {
        free(problems->items[i].file);
        free(problems->items[i].key);
        free(problems->items[i].reason);
    }
    problems->count = problems->unshown = 0;
}

static bool is_told(const struct problems *problems, const char *file, unsigned line, unsigned column, const char *key,
                    const char *reason)
{
    for (size_t i = problems->count; i-- > 0;) {
        const struct problem *told = &problems->items[i];
        if (told->line == line && told->column == column && told->file && strcmp(told->file, file) == 0 && told->key &&
            strcmp(told->key, key) == 0 && told->reason && strcmp(told->reason, reason) == 0)
            return true;
    }
    return false;
}

bool problems_add(struct problems *problems, const char *file, unsigned line, unsigned column, const char *key,
                  const char *format, ...)
{
    char reason[1024];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(reason, sizeof reason, format, args); /* cut text still names the place */
    va_end(args);
    if (is_told(problems, file, line, column, key, reason))
        return false;
    if (problems->count == PROBLEMS_MAX) {
        problems->unshown++;
        return false;
    }
    problems->items[problems->count++] = (struct problem){
        .file = strdup(file), .line = line, .column = column, .key = strdup(key), .reason = strdup(reason)};
    return false;
}

static void print_one(const struct problem *problem, FILE *out)
{
    (void)fputs(problem->file ? problem->file : "", out);
    if (problem->line)
        (void)fprintf(out, ":%u:%u", problem->line, problem->column);
    if (problem->key && problem->key[0])
        (void)fprintf(out, ": %s", problem->key);
    (void)fprintf(out, ": %s\n", problem->reason ? problem->reason : "out of memory");
}

static bool is_same_file(const struct problem *a, const struct problem *b)
{
    return a->file && b->file && strcmp(a->file, b->file) == 0;
}

/* Where the problem belongs among shown ones: behind the last of its file that stands no later. */
static size_t place_of(const struct problem *problem, const struct problem *const *shown, size_t count)
{
    size_t at = count;
    while (at && !is_same_file(shown[at - 1], problem))
        at--;
    if (!at)
        return count;
    while (at && is_same_file(shown[at - 1], problem) &&
           (shown[at - 1]->line > problem->line ||
            (shown[at - 1]->line == problem->line && shown[at - 1]->column > problem->column)))
        at--;
    return at;
}

void problems_print(const struct problems *problems, FILE *out)
{
    const struct problem *shown[PROBLEMS_MAX];
    for (size_t i = 0; i < problems->count; i++) {
        size_t at = place_of(&problems->items[i], shown, i);
        memmove(shown + at + 1, shown + at, (i - at) * sizeof *shown);
        shown[at] = &problems->items[i];
    }
    for (size_t i = 0; i < problems->count; i++)
        print_one(shown[i], out);
    if (problems->unshown)
        (void)fprintf(out, "... and %zu more\n", problems->unshown);
}
