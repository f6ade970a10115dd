/*
 * Where a metric left what its past lets expect: open and past incidents, newest first.
 */
#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/incident_text.h"
#include "cli/servers.h"
#include "common/log.h"
#include "common/suggest.h"
#include "producers/import_time.h"

#define LIMIT 20
#define LIMIT_MAX 1000
#define SECOND_US INT64_C(1000000)

static const struct option_spec options[] = {
    {"shop", OPTION_TEXT, NULL, "SHOP", "only of this shop", 0, 0},
    {"metric", OPTION_TEXT, NULL, "METRIC", "only of this metric: orders, gross, ad_spend, ...", 0, 0},
    {"open", OPTION_FLAG, NULL, NULL, "only those that are open", 0, 0},
    {"since", OPTION_TEXT, NULL, "TIME", "not over before: 2026-01-31, 2026-01-31T12:00:00 (UTC), or 12h, 7d ago", 0, 0},
    {"limit", OPTION_COUNT, NULL, "N", "at most so many (20)", 1, LIMIT_MAX},
    {"dsn", OPTION_TEXT, "postgres.dsn", "DSN", "instead of postgres.dsn", 0, 0},
    {"json", OPTION_FLAG, NULL, NULL, "one JSON object, times in microseconds, money in minor units", 0, 0},
    {NULL, OPTION_FLAG, NULL, NULL, NULL, 0, 0},
};

/* "12h", "7d": so long ago. */
static bool read_age(const char *word, int64_t *ret_us)
{
    char *end;
    long long number = strtoll(word, &end, 10);
    int64_t unit_s = *end == 'd' ? 86400 : *end == 'h' ? 3600 : *end == 'm' ? 60 : 0;
    if (end == word || !unit_s || end[1] || number < 0 || number > 100000000)
        return false;
    *ret_us = ((int64_t)time(NULL) - number * unit_s) * SECOND_US;
    return true;
}

static bool read_since(const char *word, int64_t *ret_us)
{
    char whole[32];
    (void)snprintf(whole, sizeof whole, "%.20s%s", word, strlen(word) == 10 ? "T00:00:00" : "");
    size_t len = strlen(whole);
    if (len == 20 && whole[19] == 'Z')
        whole[19] = '\0';
    return read_age(word, ret_us) || (strlen(word) <= 20 && import_time_iso(text_of(whole), ret_us));
}

static bool is_metric(const char *word)
{
    const char *names[METRIC_COUNT + 1] = {NULL};
    for (int metric = 0; metric < METRIC_COUNT; metric++) {
        names[metric] = metric_name((enum metric)metric);
        if (strcmp(names[metric], word) == 0)
            return true;
    }
    const char *near = suggest_of(word, names);
    log_error("no metric is called \"%s\"%s%s%s", word, near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
    return false;
}

static bool read_filter(const struct invocation *invocation, struct incident_filter *ret_filter)
{
    const char *since = option_text(invocation, "since", NULL);
    *ret_filter = (struct incident_filter){.shop_id = option_text(invocation, "shop", NULL),
                                           .metric = option_text(invocation, "metric", NULL),
                                           .only_open = option_flag(invocation, "open"),
                                           .since_us = EVENT_ABSENT,
                                           .limit = (int32_t)option_count(invocation, "limit", LIMIT)};
    if (since && !read_since(since, &ret_filter->since_us)) {
        log_error("--since needs a time such as 2026-01-31, 2026-01-31T12:00:00, 12h or 7d, not \"%s\"", since);
        return false;
    }
    return !ret_filter->metric || is_metric(ret_filter->metric);
}

/* What the user's locale says of characters. */
static bool speaks_utf8(void)
{
    locale_t locale = newlocale(LC_CTYPE_MASK, "", (locale_t)0);
    bool utf8 = locale && strcmp(nl_langinfo_l(CODESET, locale), "UTF-8") == 0;
    if (locale)
        freelocale(locale);
    return utf8;
}

static enum exit_code tell(const struct invocation *invocation, const struct incident_filter *filter,
                           const struct loaded_incidents *loaded)
{
    const struct incident_page page = {.out = stdout,
                                       .colour = isatty(STDOUT_FILENO) && !getenv("NO_COLOR"),
                                       .unicode = speaks_utf8(),
                                       .policies = invocation->config->policies};
    if (!loaded->shop_found) {
        log_error("no shop is called \"%s\" here", filter->shop_id);
        return EXIT_CODE_DATA;
    }
    if (option_flag(invocation, "json"))
        incidents_print_json(&page, loaded);
    else
        incidents_print_text(&page, loaded);
    return EXIT_CODE_OK;
}

static enum exit_code run_incidents(struct invocation *invocation)
{
    const struct pg_settings settings = pg_settings_of(invocation->config, "tillstream incidents");
    struct incident_filter filter;
    struct loaded_incidents loaded = {.count = 0};
    struct err err = {0};
    if (!read_filter(invocation, &filter))
        return EXIT_CODE_USAGE;
    enum exit_code code;
    if (pg_incidents_load(&settings, &filter, &loaded, &err)) {
        code = tell(invocation, &filter, &loaded);
    } else {
        log_error("%s", err.text);
        code = err.exit_code;
    }
    pg_incidents_done(&loaded);
    return code;
}

const struct command command_incidents = {
    .name = "incidents",
    .summary = "what stood out: open and past incidents, newest first",
    .help = "Examples:\n"
            "  tillstream incidents --open                       what is not over\n"
            "  tillstream incidents --shop shop-7 --since 7d     a shop's week\n"
            "  tillstream incidents --metric ad_spend --limit 5\n"
            "  tillstream incidents --since 2026-01-01 --json    for programs\n"
            "\n"
            "Of each: since when, the value that stood out most against the range that was expected, what that is consistent with,\n"
            "and the series around it as the warehouse has it now, late events and revisions included. Times are the shop's own.\n"
            "A value within its range was told because of the mean of several up to it (--json: of_mean).\n"
            "Reads only. Exit code 0; 64 usage; 65 there is no such shop; 69 the server is away; 78 `migrate` is needed.\n",
    .options = options,
    .needs_config = true,
    .run = run_incidents,
};
