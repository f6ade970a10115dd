#include "cli/shop_config.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rules/calendar_rule.h"
#include "rules/rule_field.h"

#define KEY_BYTES 320

struct flag_text {
    struct shop_flag_setting items[FEE_FLAGS_MAX];
    char keys[FEE_FLAGS_MAX][KEY_BYTES];
};

struct setting_text {
    char fees_path[PATH_MAX];
    char timezone_key[KEY_BYTES], fees_key[KEY_BYTES];
    struct flag_text *flags; /* of the few shops that have any */
};

static size_t shop_count(const struct yaml_node *map)
{
    size_t count = 0;
    for (const struct yaml_node *entry = map ? map->child : NULL; entry; entry = entry->next)
        count++;
    return count;
}

static struct setting_place place_of(const struct yaml_file *file, const struct yaml_node *node, char *key)
{
    yaml_path(node, key, KEY_BYTES);
    return (struct setting_place){node->origin ? node->origin : file->path, node->origin ? 0 : node->line,
                                  node->origin ? 0 : node->column, key};
}

static bool is_code(const char *text, size_t len)
{
    return strlen(text) == len && strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == len;
}

static bool resolve(const struct yaml_file *file, const char *path, char *ret_path)
{
    const char *slash = strrchr(file->path, '/');
    int folder = path[0] == '/' || !slash ? 0 : (int)(slash - file->path) + 1;
    int len = snprintf(ret_path, PATH_MAX, "%.*s%s", folder, file->path, path);
    return len > 0 && len < PATH_MAX;
}

static bool read_fees(const struct yaml_file *file, struct yaml_node *node, struct problems *problems, struct setting_text *texts,
                      struct shop_setting *setting)
{
    const char *path = NULL;
    bool ok = yaml_text(file, node, problems, &path);
    if (!path)
        return ok;
    if (!resolve(file, path, texts->fees_path))
        return yaml_problem(file, node, problems, "is too long a path");
    setting->fees_path = texts->fees_path;
    setting->fees_at = place_of(file, node, texts->fees_key);
    return true;
}

/* "mall", or {name: new_seller, from: 2024-02-10, to: 2024-04-10}. */
static bool read_flag(const struct yaml_file *file, struct yaml_node *node, struct problems *problems, char *key,
                      struct shop_flag_setting *ret_flag)
{
    static const char *const known[] = {"name", "from", "to", NULL};
    struct yaml_node *name = node->kind == YAML_MAP ? yaml_get(node, "name") : node;
    *ret_flag = (struct shop_flag_setting){.from_local_us = INT64_MIN, .to_local_us = INT64_MAX, .at = place_of(file, node, key)};
    if (yaml_is_null(name))
        return yaml_problem(file, node, problems, "which flag? like mall, or {name: mall, from: 2024-04-01}");
    if (!yaml_text(file, name, problems, &ret_flag->name) || node->kind != YAML_MAP)
        return ret_flag->name != NULL;
    bool ok = rule_local_time(file, yaml_get(node, "from"), problems, &ret_flag->from_local_us);
    ok &= rule_local_time(file, yaml_get(node, "to"), problems, &ret_flag->to_local_us);
    if (ok && ret_flag->from_local_us >= ret_flag->to_local_us)
        ok = yaml_problem(file, yaml_get(node, "to"), problems, "ends before it begins");
    return yaml_unknown_keys(file, node, problems, known) && ok;
}

static bool read_flags(const struct yaml_file *file, struct yaml_node *list, struct problems *problems,
                       struct setting_text *texts, struct shop_setting *setting)
{
    bool ok = true;
    if (yaml_is_null(list))
        return true;
    if (list->kind != YAML_LIST)
        return yaml_problem(file, list, problems, "must be a list of flags that the fee pack knows: [mall]");
    texts->flags = calloc(1, sizeof *texts->flags);
    if (!texts->flags)
        return yaml_problem(file, list, problems, "out of memory");
    setting->flags = texts->flags->items;
    for (struct yaml_node *item = list->child; item; item = item->next) {
        size_t at = setting->flag_count;
        if (at == FEE_FLAGS_MAX)
            return yaml_problem(file, item, problems, "more than %d flags", FEE_FLAGS_MAX);
        if (read_flag(file, item, problems, texts->flags->keys[at], &texts->flags->items[at]))
            setting->flag_count++;
        else
            ok = false;
    }
    return ok;
}

static bool read_shop(const struct yaml_file *file, struct yaml_node *entry, struct problems *problems, struct setting_text *texts,
                      struct shop_setting *ret_setting)
{
    static const char *const known[] = {"timezone", "fees", "market", "currency", "amount_scale", "opened", "flags", NULL};
    int64_t scale = -1;
    *ret_setting = (struct shop_setting){.shop_id = strcmp(entry->key, "default") ? entry->key : NULL, .amount_scale = -1};
    if (entry->kind != YAML_MAP)
        return yaml_problem(file, entry, problems, "must be a map of keys");
    struct yaml_node *zone = yaml_get(entry, "timezone"), *currency = yaml_get(entry, "currency"),
                     *market = yaml_get(entry, "market");
    bool ok = yaml_text(file, zone, problems, &ret_setting->timezone);
    if (zone)
        ret_setting->timezone_at = place_of(file, zone, texts->timezone_key);
    ok &= read_fees(file, yaml_get(entry, "fees"), problems, texts, ret_setting);
    ok &= yaml_text(file, market, problems, &ret_setting->market);
    if (ret_setting->market && !is_code(ret_setting->market, 2))
        ok = yaml_problem(file, market, problems, "must be two capital letters, as ISO 3166 has them");
    ok &= yaml_text(file, currency, problems, &ret_setting->currency);
    if (ret_setting->currency && !is_code(ret_setting->currency, 3))
        ok = yaml_problem(file, currency, problems, "must be three capital letters, as ISO 4217 has them");
    ok &= yaml_int(file, yaml_get(entry, "amount_scale"), problems, 0, 9, &scale);
    ret_setting->amount_scale = (int32_t)scale;
    ok &= rule_local_time(file, yaml_get(entry, "opened"), problems, &ret_setting->opened_local_us);
    ok &= read_flags(file, yaml_get(entry, "flags"), problems, texts, ret_setting);
    return yaml_unknown_keys(file, entry, problems, known) && ok;
}

struct shop_policies *shop_config_load(const struct yaml_file *file, struct yaml_node *map, struct yaml_node *calendar_list,
                                       struct problems *problems)
{
    size_t count = shop_count(map), i = 0;
    struct shop_setting *settings = calloc(count + 1, sizeof *settings);
    struct setting_text *texts = calloc(count + 1, sizeof *texts);
    struct calendar_settings calendar;
    struct shop_policies *policies = NULL;
    struct arena arena;
    bool ok = settings && texts, good = true;
    arena_init(&arena);
    for (struct yaml_node *entry = map ? map->child : NULL; ok && entry; entry = entry->next, i++) {
        entry->used = true;
        good &= read_shop(file, entry, problems, &texts[i], &settings[i]);
    }
    if (ok) { /* even of shops that are wrong: their zones and packs are looked at too */
        good &= calendar_read(file, calendar_list, settings, count, &arena, problems, &calendar);
        policies = shop_policies_new(settings, count, good ? &calendar : NULL, problems);
    }
    arena_done(&arena);
    free(settings);
    for (size_t shop = 0; texts && shop < count; shop++)
        free(texts[shop].flags);
    free(texts);
    if (good)
        return policies;
    shop_policies_free(policies);
    return NULL;
}
