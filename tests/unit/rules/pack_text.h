/*
 * What the tests of the reader of fee packs share: text in, a pack or one problem at its place out.
 */
#ifndef RULES_PACK_TEXT_H
#define RULES_PACK_TEXT_H

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "rules/fee_pack.h"

#define HEAD "name: p\ntimezone: America/New_York\ncurrency: USD\namount_scale: 2\nrules:\n"
#define ONE(keys) HEAD "- {name: r, level: order, source: s, " keys "}\n"
#define DATED(name, dates)                                                                                   \
    "- {name: " name ", class: platform, base: list, rate_ppm: 1, source: s, " dates "}\n"

static inline const char *problems_text(const struct problems *problems)
{
    static char text[8192];
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < problems->count && used < sizeof text; i++) {
        const struct problem *p = &problems->items[i];
        used += (size_t)snprintf(text + used, sizeof text - used, "%s:%u:%u: %s: %s\n", p->file, p->line,
                                 p->column, p->key, p->reason);
    }
    return text;
}

static inline struct fee_pack *parse(const char *text, struct problems *problems)
{
    *problems = (struct problems){.count = 0};
    return fee_pack_parse("pack.yaml", text, strlen(text), problems);
}

/* text is refused with exactly one problem, whose reason contains words, at the place in that line where at
 * begins. */
static inline void refuses(const char *text, unsigned line, const char *at, const char *words)
{
    struct problems problems;
    const char *start = text;
    for (unsigned i = 1; i < line; i++)
        start = strchr(start, '\n') + 1;
    unsigned column = (unsigned)(strstr(start, at) - start) + 1;
    cr_assert_null(parse(text, &problems), "%s", text);
    cr_assert_eq(problems.count, 1, "%s\n%s", text, problems_text(&problems));
    cr_assert(problems.items[0].line == line && problems.items[0].column == column &&
                  strstr(problems.items[0].reason, words),
              "%s\n%snot %u:%u %s", text, problems_text(&problems), line, column, words);
    problems_done(&problems);
}

static inline void accepts(const char *text)
{
    struct problems problems;
    struct fee_pack *pack = parse(text, &problems);
    cr_assert_not_null(pack, "%s\n%s", text, problems_text(&problems));
    cr_assert_eq(problems.count, 0);
    fee_pack_free(pack);
    problems_done(&problems);
}

#endif
