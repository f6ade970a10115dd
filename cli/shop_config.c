#include "cli/shop_config.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEY_BYTES 320

struct setting_text {
    char fees_path[PATH_MAX];
    char timezone_key[KEY_BYTES], fees_key[KEY_BYTES];
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

static bool is_currency(const char *text)
{
    return strlen(text) == 3 && strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == 3;
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

static bool read_shop(const struct yaml_file *file, struct yaml_node *entry, struct problems *problems, struct setting_text *texts,
                      struct shop_setting *ret_setting)
{
    static const char *const known[] = {"timezone", "fees", "currency", "amount_scale", NULL};
    int64_t scale = -1;
    *ret_setting = (struct shop_setting){.shop_id = strcmp(entry->key, "default") ? entry->key : NULL, .amount_scale = -1};
    if (entry->kind != YAML_MAP)
        return yaml_problem(file, entry, problems, "must be a map of keys");
    struct yaml_node *zone = yaml_get(entry, "timezone"), *currency = yaml_get(entry, "currency");
    bool ok = yaml_text(file, zone, problems, &ret_setting->timezone);
    if (zone)
        ret_setting->timezone_at = place_of(file, zone, texts->timezone_key);
    ok &= read_fees(file, yaml_get(entry, "fees"), problems, texts, ret_setting);
    ok &= yaml_text(file, currency, problems, &ret_setting->currency);
    if (ret_setting->currency && !is_currency(ret_setting->currency))
        ok = yaml_problem(file, currency, problems, "must be three capital letters, as ISO 4217 has them");
    ok &= yaml_int(file, yaml_get(entry, "amount_scale"), problems, 0, 9, &scale);
    ret_setting->amount_scale = (int32_t)scale;
    return yaml_unknown_keys(file, entry, problems, known) && ok;
}

struct shop_policies *shop_config_load(const struct yaml_file *file, struct yaml_node *map, struct problems *problems)
{
    size_t count = shop_count(map), i = 0;
    struct shop_setting *settings = calloc(count + 1, sizeof *settings);
    struct setting_text *texts = calloc(count + 1, sizeof *texts);
    struct shop_policies *policies = NULL;
    bool ok = settings && texts, good = true;
    for (struct yaml_node *entry = map ? map->child : NULL; ok && entry; entry = entry->next, i++) {
        entry->used = true;
        good &= read_shop(file, entry, problems, &texts[i], &settings[i]);
    }
    if (ok) /* even of shops that are wrong: their zones and packs are looked at too */
        policies = shop_policies_new(settings, count, problems);
    free(settings);
    free(texts);
    if (good)
        return policies;
    shop_policies_free(policies);
    return NULL;
}
