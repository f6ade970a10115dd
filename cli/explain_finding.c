#include "cli/explain_finding.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *explain_text_in(struct arena *arena, const char *format, ...)
{
    char text[256];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments); /* ids are cut: they are only to be recognised */
    va_end(arguments);
    return arena_copy(arena, text, strlen(text) + 1);
}

void explain_differs(struct explain_finding *finding, const char *column, const char *stored, const char *computed)
{
    struct explanation *explanation = finding->explanation;
    if (explanation->difference_count++ < EXPLAIN_DIFFERENCES_MAX)
        explanation->differences[explanation->difference_count - 1] =
            (struct explain_difference){finding->where, column, stored, computed};
}

void explain_compare(struct explain_finding *finding, const char *column, int64_t stored, int64_t computed)
{
    if (stored != computed)
        explain_differs(finding, column, explain_text_in(finding->arena, "%" PRId64, stored),
                        explain_text_in(finding->arena, "%" PRId64, computed));
}

static const char *number_or_null(struct arena *arena, int64_t number)
{
    return number == EVENT_ABSENT ? "null" : explain_text_in(arena, "%" PRId64, number);
}

void explain_compare_maybe(struct explain_finding *finding, const char *column, int64_t stored, int64_t computed)
{
    if (stored != computed)
        explain_differs(finding, column, number_or_null(finding->arena, stored), number_or_null(finding->arena, computed));
}

void explain_compare_flags(struct explain_finding *finding, const char *column, bool stored, bool computed)
{
    if (stored != computed)
        explain_differs(finding, column, stored ? "true" : "false", computed ? "true" : "false");
}
