#include "producers/findings.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "producers/grow.h"

static void count_kind(struct findings *findings, const struct finding *finding)
{
    struct finding_kind *kind = findings->kinds, *end = findings->kinds + findings->kind_count;
    while (kind < end && strcmp(kind->code, finding->code) != 0)
        kind++;
    if (kind == end) {
        assert(findings->kind_count < FINDING_KINDS_MAX);
        *kind = (struct finding_kind){.code = finding->code};
        findings->kind_count++;
    }
    kind->count++;
    int64_t amount = finding->amount_minor == EVENT_ABSENT ? 0 : finding->amount_minor, sum;
    if (!__builtin_add_overflow(kind->amount_minor, amount, &sum))
        kind->amount_minor = sum;
}

void findings_add(struct findings *findings, const struct finding *finding, const char *format, ...)
{
    char text[ERR_TEXT_MAX];
    va_list arguments;
    findings->count++;
    count_kind(findings, finding);
    if (findings->kept == FINDINGS_MAX || !grow_items(&findings->items, findings->kept, &findings->room, sizeof *findings->items))
        return;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    struct finding *kept = &findings->items[findings->kept++];
    *kept = *finding;
    kept->order_id.ptr = arena_copy(&findings->texts, finding->order_id.ptr, finding->order_id.len);
    kept->text.len = (uint32_t)strlen(text);
    kept->text.ptr = arena_copy(&findings->texts, text, kept->text.len);
}

void findings_done(struct findings *findings)
{
    arena_done(&findings->texts);
    free(findings->items);
    *findings = (struct findings){0};
}
