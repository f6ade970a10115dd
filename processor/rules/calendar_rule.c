/*
 * An event that is forgotten would silence a shop for good, so there are bounds: it ends, soon enough, and it is somebody's.
 */
#include "rules/calendar_rule.h"

#include <stdlib.h>
#include <string.h>

#include "rules/rule_field.h"

#define NAME_BYTES_MAX 100
#define SHOP_BYTES_MAX 200
#define FACTOR_MAX 100
#define DAYS_MAX 92
#define DAY_US INT64_C(86400000000)

struct calendar_reader {
    const struct yaml_file *file;
    struct problems *problems;
    struct arena *arena;
    const struct shop_setting *shops;
    size_t shop_count;
};

static bool read_name(struct calendar_reader *reader, struct yaml_node *item, struct calendar_setting *setting)
{
    struct yaml_node *node = yaml_get(item, "name");
    if (yaml_is_null(node))
        return yaml_problem(reader->file, item, reader->problems, "has no name: what is the event called?");
    if (!yaml_text(reader->file, node, reader->problems, &setting->name))
        return false;
    size_t len = strlen(setting->name);
    return (len && len <= NAME_BYTES_MAX) ||
           yaml_problem(reader->file, node, reader->problems, "must be of 1 to %d bytes", NAME_BYTES_MAX);
}

static bool read_time(struct calendar_reader *reader, struct yaml_node *item, const char *key, int64_t *ret_local_us)
{
    struct yaml_node *node = yaml_get(item, key);
    if (yaml_is_null(node))
        return yaml_problem(reader->file, item, reader->problems, "has no \"%s\": a local time of the shop, like %s: 2026-11-27",
                            key, key);
    return rule_local_time(reader->file, node, reader->problems, ret_local_us);
}

static bool read_times(struct calendar_reader *reader, struct yaml_node *item, struct calendar_setting *setting)
{
    bool from = read_time(reader, item, "from", &setting->from_local_us);
    if (!read_time(reader, item, "to", &setting->to_local_us) || !from)
        return false;
    if (setting->to_local_us <= setting->from_local_us)
        return yaml_problem(reader->file, yaml_get(item, "to"), reader->problems,
                            "is not after \"from\": it is the first moment after the event, so of a day the next one");
    if (setting->to_local_us - setting->from_local_us > DAYS_MAX * DAY_US)
        return yaml_problem(reader->file, yaml_get(item, "to"), reader->problems,
                            "is more than %d days after \"from\": what lasts that long is to be learned as normal", DAYS_MAX);
    return true;
}

/* "mute", or "widen 2.5". */
static bool parse_action(const char *text, struct calendar_setting *setting)
{
    static const char widen[] = "widen ";
    if (strcmp(text, "mute") == 0) {
        setting->action = CALENDAR_MUTE;
        return true;
    }
    const char *number = text + strlen(widen);
    if (strncmp(text, widen, strlen(widen)) != 0 || !*number || strspn(number, "0123456789.") != strlen(number) ||
        strlen(number) > 10)
        return false;
    char *end;
    setting->action = CALENDAR_WIDEN;
    setting->factor = strtod(number, &end);
    return !*end && setting->factor > 1 && setting->factor <= FACTOR_MAX;
}

static bool read_action(struct calendar_reader *reader, struct yaml_node *item, struct calendar_setting *setting)
{
    struct yaml_node *node = yaml_get(item, "action");
    const char *text = NULL;
    if (yaml_is_null(node))
        return yaml_problem(reader->file, item, reader->problems, "has no action: mute, or widen and a factor, like widen 2");
    if (!yaml_text(reader->file, node, reader->problems, &text))
        return false;
    return parse_action(text, setting) ||
           yaml_problem(reader->file, node, reader->problems,
                        "\"%.40s\" is neither mute nor widen and a factor above 1 and up to %d, like widen 2", text, FACTOR_MAX);
}

static size_t item_count(const struct yaml_node *list)
{
    size_t count = 0;
    for (const struct yaml_node *item = list->child; item; item = item->next)
        count++;
    return count;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* A list of names that each is_good; sorted, each once. */
static bool read_names(struct calendar_reader *reader, struct yaml_node *list, const char *what,
                       bool (*is_good)(struct calendar_reader *reader, struct yaml_node *node, const char *name),
                       const char *const **ret_names, size_t *ret_count)
{
    bool ok = true;
    size_t count = 0, distinct = 0;
    if (yaml_is_null(list))
        return true;
    if (list->kind != YAML_LIST || !list->child)
        return yaml_problem(reader->file, list, reader->problems, "must be a list of %s; without it the event is everybody's",
                            what);
    const char **names = arena_alloc(reader->arena, item_count(list) * sizeof *names);
    for (struct yaml_node *item = list->child; item; item = item->next) {
        names[count] = "";
        bool good = yaml_text(reader->file, item, reader->problems, &names[count]);
        ok &= good && is_good(reader, item, names[count]);
        count += good;
    }
    qsort(names, count, sizeof *names, compare_names);
    for (size_t i = 0; i < count; i++)
        if (!i || strcmp(names[i - 1], names[i]) != 0)
            names[distinct++] = names[i];
    *ret_names = names;
    *ret_count = distinct;
    return ok;
}

static bool is_shop(struct calendar_reader *reader, struct yaml_node *node, const char *name)
{
    size_t len = strlen(name);
    return (len && len <= SHOP_BYTES_MAX) ||
           yaml_problem(reader->file, node, reader->problems, "must be the id of a shop, of 1 to %d bytes", SHOP_BYTES_MAX);
}

static bool is_market(struct calendar_reader *reader, struct yaml_node *node, const char *name)
{
    for (size_t i = 0; i < reader->shop_count; i++)
        if (reader->shops[i].market && strcmp(reader->shops[i].market, name) == 0)
            return true;
    return yaml_problem(reader->file, node, reader->problems,
                        "no shop is said to be of market \"%.20s\": give it as shops.SHOP.market or shops.default.market", name);
}

static bool read_event(struct calendar_reader *reader, struct yaml_node *item, struct calendar_setting *ret_setting)
{
    static const char *const known[] = {"name", "from", "to", "shops", "markets", "action", NULL};
    *ret_setting = (struct calendar_setting){0};
    if (item->kind != YAML_MAP)
        return yaml_problem(reader->file, item, reader->problems, "must be a map of name, from, to and action");
    bool ok = read_name(reader, item, ret_setting);
    ok &= read_times(reader, item, ret_setting);
    ok &= read_action(reader, item, ret_setting);
    ok &= read_names(reader, yaml_get(item, "shops"), "shops", is_shop, &ret_setting->shops, &ret_setting->shop_count);
    ok &= read_names(reader, yaml_get(item, "markets"), "markets", is_market, &ret_setting->markets, &ret_setting->market_count);
    return yaml_unknown_keys(reader->file, item, reader->problems, known) && ok;
}

bool calendar_read(const struct yaml_file *file, struct yaml_node *list, const struct shop_setting *shops, size_t shop_count,
                   struct arena *arena, struct problems *problems, struct calendar_settings *ret_settings)
{
    struct calendar_reader reader = {file, problems, arena, shops, shop_count};
    bool ok = true;
    *ret_settings = (struct calendar_settings){NULL, 0};
    if (yaml_is_null(list))
        return true;
    if (list->kind != YAML_LIST)
        return yaml_problem(file, list, problems,
                            "must be a list of events, each {name: sale, from: 2026-11-27, to: 2026-11-28, action: mute}");
    size_t count = item_count(list);
    if (count > CALENDAR_EVENTS_MAX)
        return yaml_problem(file, list, problems, "holds %zu events, more than %d; past ones can go once they are processed",
                            count, CALENDAR_EVENTS_MAX);
    struct calendar_setting *settings = arena_alloc(arena, count * sizeof *settings), *setting = settings;
    for (struct yaml_node *item = list->child; item; item = item->next)
        ok &= read_event(&reader, item, setting++);
    *ret_settings = (struct calendar_settings){settings, count};
    return ok;
}
