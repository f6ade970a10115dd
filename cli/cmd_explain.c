/*
 * One order, from list price to net: what every figure is made of, and whether the warehouse holds the same.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/explain_json.h"
#include "cli/explain_text.h"
#include "cli/servers.h"
#include "common/log.h"
#include "common/suggest.h"

#define LISTED_MAX 3

static const struct option_spec options[] = {
    {"dsn", OPTION_TEXT, "postgres.dsn", "DSN", "instead of postgres.dsn", 0, 0},
    {"json", OPTION_FLAG, NULL, NULL, "the explanation as one JSON object, in minor units", 0, 0},
    {NULL, OPTION_FLAG, NULL, NULL, NULL, 0, 0},
};

static struct text text_of_argument(const char *argument)
{
    return (struct text){argument, (uint32_t)strlen(argument)};
}

static bool starts_with(struct text text, const char *start)
{
    size_t len = strlen(start);
    return len && text.len >= len && memcmp(text.ptr, start, len) == 0;
}

static bool is_same_but_case(struct text text, const char *word)
{
    return strlen(word) == text.len && strncasecmp(text.ptr, word, text.len) == 0;
}

/* Ids as strings, for suggest(); ends with NULL. */
static const char **names_of(struct loaded_order *loaded)
{
    const char **names = arena_alloc(&loaded->arena, (loaded->nearby_count + 1) * sizeof *names);
    for (size_t i = 0; i < loaded->nearby_count; i++) {
        char *name = arena_alloc(&loaded->arena, loaded->nearby[i].len + 1);
        memcpy(name, loaded->nearby[i].ptr, loaded->nearby[i].len);
        name[loaded->nearby[i].len] = '\0';
        names[i] = name;
    }
    names[loaded->nearby_count] = NULL;
    return names;
}

/* Where others start like the word, it was cut off; the first few of them. */
static bool tell_longer(const struct loaded_order *loaded, const char *const *names, const char *word)
{
    const char *longer[LISTED_MAX];
    size_t count = 0;
    for (size_t i = 0; i < loaded->nearby_count; i++)
        if (starts_with(loaded->nearby[i], word) && count++ < LISTED_MAX)
            longer[count - 1] = names[i];
    if (count == 1)
        log_info("did you mean \"%s\"?", longer[0]);
    else if (count > 1)
        log_info("%s of them start so: %s, %s%s%s", count > LISTED_MAX ? "several" : "some", longer[0], longer[1],
                 count > 2 ? ", " : "", count > 2 ? longer[2] : "");
    return count > 0;
}

static void tell_nearby(struct loaded_order *loaded, const char *word)
{
    const char **names = names_of(loaded);
    for (size_t i = 0; i < loaded->nearby_count; i++)
        if (is_same_but_case(loaded->nearby[i], word)) {
            log_info("did you mean \"%s\"? Ids are told apart by case", names[i]);
            return;
        }
    const char *near = tell_longer(loaded, names, word) ? NULL : suggest_of(word, names);
    if (near)
        log_info("did you mean \"%s\"?", near);
}

static void tell_elsewhere(const struct loaded_order *loaded)
{
    for (size_t i = 0; i < loaded->elsewhere_count; i++)
        log_info("shop %.*s has an order of this id", (int)loaded->elsewhere[i].len, loaded->elsewhere[i].ptr);
}

static enum exit_code tell_unknown(struct loaded_order *loaded, const char *shop_id, const char *order_id)
{
    if (!loaded->shop_found)
        log_error("no shop is called \"%s\" here", shop_id);
    else
        log_error("shop %s has no order \"%s\" here", shop_id, order_id);
    if (loaded->refund_count)
        log_info("%zu refund%s here: the order has not come yet", loaded->refund_count,
                 loaded->refund_count == 1 ? " of it waits" : "s of it wait");
    if (loaded->settlement_count)
        log_info("a payout statement has settled it: the order has not come yet");
    tell_nearby(loaded, loaded->shop_found ? order_id : shop_id);
    tell_elsewhere(loaded);
    return EXIT_CODE_DATA;
}

static enum exit_code tell(const struct invocation *invocation, const struct loaded_order *loaded)
{
    struct arena arena;
    struct explanation explanation;
    bool colour = isatty(STDOUT_FILENO) && !getenv("NO_COLOR");
    arena_init(&arena);
    explain_make(loaded, shop_policies_of(invocation->config->policies, loaded->stored.shop.id), &arena, &explanation);
    if (option_flag(invocation, "json"))
        explain_json_print(&explanation, stdout);
    else
        explain_text_print(&explanation, colour, stdout);
    enum exit_code code = explanation.difference_count ? EXIT_CODE_MISMATCH : EXIT_CODE_OK;
    arena_done(&arena);
    return code;
}

static enum exit_code run_explain(struct invocation *invocation)
{
    const struct pg_settings settings = pg_settings_of(invocation->config, "tillstream explain");
    const char *shop_id = invocation->arguments[0], *order_id = invocation->arguments[1];
    struct loaded_order loaded = {.found = false};
    struct err err = {0};
    enum exit_code code;
    if (!pg_order_load(&settings, text_of_argument(shop_id), text_of_argument(order_id), &loaded, &err)) {
        log_error("%s", err.text);
        code = err.exit_code;
    } else {
        code = loaded.found ? tell(invocation, &loaded) : tell_unknown(&loaded, shop_id, order_id);
    }
    pg_order_done(&loaded);
    return code;
}

const struct command command_explain = {
    .name = "explain",
    .summary = "one order, from list price to net, figure by figure",
    .help = "Examples:\n"
            "  tillstream explain shop-7 576461413038785752 -c tillstream.yaml\n"
            "  tillstream explain shop-7 576461413038785752 --json\n"
            "\n"
            "Computes the order anew from the stored row, with the fee schedule that the configuration has for the shop: every fee\n"
            "with its base, rate, rounding and cap, refunds and what came back with them, what it cost, what was settled; then\n"
            "holds all of it against what is stored. Reads only. Exit code 0; 1 the stored row differs; 65 there is no such shop\n"
            "or order; 69 the server is away; 78 `migrate` is needed.\n",
    .options = options,
    .arguments_min = 2,
    .arguments_max = 2,
    .needs_config = true,
    .run = run_explain,
};
