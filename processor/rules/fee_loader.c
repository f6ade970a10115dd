#include "rules/fee_loader.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "rules/rule_field.h"

bool fee_loader_check(struct fee_loader *loader, bool ok)
{
    loader->ok = loader->ok && ok;
    return ok;
}

bool fee_loader_problem(struct fee_loader *loader, const struct yaml_node *node, const char *format, ...)
{
    char reason[512];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(reason, sizeof reason, format, args); /* cut text still names the place */
    va_end(args);
    return fee_loader_check(loader, yaml_problem(loader->file, node, loader->problems, "%s", reason));
}

const char *fee_loader_keep(struct fee_loader *loader, const char *text)
{
    return text ? arena_copy(loader->arena, text, strlen(text) + 1) : NULL;
}

const char *fee_loader_text(struct fee_loader *loader, struct yaml_node *map, const char *key)
{
    const char *text = NULL;
    struct yaml_node *node = yaml_get(map, key);
    if (!fee_loader_check(loader, yaml_text(loader->file, node, loader->problems, &text)))
        return NULL;
    if (text && *text)
        return text;
    (void)fee_loader_problem(loader, node ? node : map, "%s is missing", key);
    return NULL;
}

const char *fee_loader_name(struct fee_loader *loader, struct yaml_node *map, const char *key)
{
    const char *name = fee_loader_text(loader, map, key);
    if (name && (strlen(name) > RULE_NAME_BYTES_MAX ||
                 strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-_") != strlen(name)))
        (void)fee_loader_problem(loader, yaml_get(map, key), "a name is made of at most %d of a-z, 0-9, - and _",
                                 RULE_NAME_BYTES_MAX);
    return name;
}

void fee_loader_choice(struct fee_loader *loader, struct yaml_node *map, const char *key, const char *const *names,
                       int *ret_choice)
{
    (void)fee_loader_check(loader, yaml_choice(loader->file, yaml_get(map, key), loader->problems, names, ret_choice));
}

void fee_loader_amount(struct fee_loader *loader, struct yaml_node *node, int64_t *ret_minor)
{
    const struct fee_schedule *schedule = loader->schedule;
    if (yaml_is_null(node))
        return;
    if (!schedule->currency)
        (void)fee_loader_problem(loader, node, "the pack has no currency");
    else
        (void)fee_loader_check(
            loader, rule_amount(loader->file, node, loader->problems, schedule->amount_scale, ret_minor));
}

void fee_loader_validity(struct fee_loader *loader, struct yaml_node *map, int64_t *ret_from_us, int64_t *ret_to_us)
{
    struct yaml_node *from = yaml_get(map, "from"), *to = yaml_get(map, "to");
    *ret_from_us = INT64_MIN;
    *ret_to_us = INT64_MAX;
    if (!loader->zone_known)
        return;
    bool from_fits = rule_time(loader->file, from, loader->problems, &loader->zone, ret_from_us);
    bool to_fits = rule_time(loader->file, to, loader->problems, &loader->zone, ret_to_us);
    bool fits = fee_loader_check(loader, from_fits && to_fits);
    if (fits && *ret_from_us >= *ret_to_us)
        fits = fee_loader_problem(loader, to, "ends before it begins");
    if (!fits)
        *ret_to_us = *ret_from_us = INT64_MAX;
}

void fee_loader_keys(struct fee_loader *loader, const struct yaml_node *map, const char *const *known)
{
    (void)fee_loader_check(loader, yaml_unknown_keys(loader->file, map, loader->problems, known));
}
