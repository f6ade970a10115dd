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

bool problems_add(struct problems *problems, const char *file, unsigned line, unsigned column, const char *key,
                  const char *format, ...)
{
    if (problems->count == PROBLEMS_MAX) {
        problems->unshown++;
        return false;
    }
    char reason[1024];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(reason, sizeof reason, format, args); /* cut text still names the place */
    va_end(args);
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

void problems_print(const struct problems *problems, FILE *out)
{
    for (size_t i = 0; i < problems->count; i++)
        print_one(&problems->items[i], out);
    if (problems->unshown)
        (void)fprintf(out, "... and %zu more\n", problems->unshown);
}
