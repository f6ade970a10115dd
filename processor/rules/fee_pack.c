/*
 * Why this exists: rates are data that people write, so whatever can be wrong with them is said at once and
 * with its place, before a single order is charged. A pack is whole or it is not there.
 */
#include "rules/fee_pack.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rules/fee_loader.h"
#include "rules/named_zone.h"
#include "rules/rule_field.h"

#define SCALE_MAX 9
#define CURRENCY_LEN 3
#define MARKET_LEN 2

static const char *const pack_keys[] = {"name", "market", "timezone", "currency", "amount_scale", "flags", "rules", NULL};

struct fee_pack {
    struct fee_schedule schedule;
    struct arena arena; /* owns all that the schedule points to */
};

static void read_name(struct fee_loader *loader, struct yaml_node *root)
{
    const char *name = fee_loader_name(loader, root, "name");
    size_t size = RULE_NAME_BYTES_MAX + 10;
    char *versioned = arena_alloc(loader->arena, size);
    (void)snprintf(versioned, size, "%.*s@%08" PRIx64, RULE_NAME_BYTES_MAX, name ? name : "",
                   loader->file->hash >> 32);
    loader->schedule->name = versioned;
}

static void read_zone(struct fee_loader *loader, struct yaml_node *root)
{
    struct err err;
    const char *name = fee_loader_text(loader, root, "timezone");
    loader->zone_known = name && named_zone_load(name, &loader->zone, &err);
    if (name && !loader->zone_known)
        (void)fee_loader_problem(loader, yaml_get(root, "timezone"), "%s", err.text);
    if (!loader->zone_known)
        return;
    loader->schedule->zone = arena_copy(loader->arena, &loader->zone, sizeof loader->zone);
    loader->schedule->zone_name = fee_loader_keep(loader, name);
}

static bool is_capitals(const char *text, size_t len)
{
    return strlen(text) == len && strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == len;
}

static void read_currency(struct fee_loader *loader, struct yaml_node *root)
{
    const char *currency = NULL;
    int64_t scale = -1;
    struct yaml_node *currency_node = yaml_get(root, "currency"),
                     *scale_node = yaml_get(root, "amount_scale");
    bool fits = fee_loader_check(loader, yaml_text(loader->file, currency_node, loader->problems, &currency));
    if (currency && !is_capitals(currency, CURRENCY_LEN))
        fits = fee_loader_problem(loader, currency_node, "a currency is three capitals, like USD");
    bool scale_fits =
        fee_loader_check(loader, yaml_int(loader->file, scale_node, loader->problems, 0, SCALE_MAX, &scale));
    if (scale_fits && fits && (scale >= 0) != (currency != NULL))
        (void)fee_loader_problem(loader, currency ? currency_node : scale_node, "currency and amount_scale go together");
    loader->schedule->currency = fee_loader_keep(loader, currency);
    loader->schedule->amount_scale = scale >= 0 ? (int32_t)scale : 0;
}

static void read_market(struct fee_loader *loader, const struct yaml_node *node)
{
    const char *market = NULL;
    (void)fee_loader_check(loader, yaml_text(loader->file, node, loader->problems, &market));
    if (market && !is_capitals(market, MARKET_LEN))
        (void)fee_loader_problem(loader, node, "a market is two capitals, like US");
}

/* For people: an order's own market decides nothing but what rules ask of it. */
static void read_markets(struct fee_loader *loader, struct yaml_node *root)
{
    struct yaml_node *node = yaml_get(root, "market");
    if (!node || node->kind != YAML_LIST)
        read_market(loader, node);
    else
        for (struct yaml_node *item = node->child; item; item = item->next)
            read_market(loader, item);
}

static size_t count_items(const struct yaml_node *list)
{
    size_t count = 0;
    for (const struct yaml_node *item = list->child; item; item = item->next)
        count++;
    return count;
}

/* What a shop may say of itself: a map of names and what each means, which is for people. */
static void read_flags(struct fee_loader *loader, struct yaml_node *root)
{
    struct yaml_node *map = yaml_get(root, "flags");
    if (yaml_is_null(map))
        return;
    if (map->kind != YAML_MAP || count_items(map) > FEE_FLAGS_MAX) {
        (void)fee_loader_problem(loader, map, "flags is a map of at most %d names, each with what it means", FEE_FLAGS_MAX);
        return;
    }
    const char **names = arena_alloc(loader->arena, count_items(map) * sizeof *names);
    for (struct yaml_node *flag = map->child; flag; flag = flag->next) {
        if (!fee_loader_text(loader, map, flag->key))
            continue;
        names[loader->schedule->flag_count++] = fee_loader_keep(loader, flag->key);
    }
    loader->schedule->flag_names = names;
}

static void read_rules(struct fee_loader *loader, struct yaml_node *root)
{
    struct yaml_node *list = yaml_get(root, "rules");
    if (!list || list->kind != YAML_LIST) {
        (void)fee_loader_problem(loader, list ? list : root, "rules is missing: a list; [] charges nothing");
        return;
    }
    size_t count = count_items(list);
    if (count > FEE_PACK_RULES_MAX) {
        (void)fee_loader_problem(loader, list, "more than %d rules", FEE_PACK_RULES_MAX);
        return;
    }
    loader->rules = arena_alloc(loader->arena, count * sizeof *loader->rules);
    loader->slot_names = arena_alloc(loader->arena, FEE_SLOTS_MAX * sizeof *loader->slot_names);
    loader->schedule->rules = loader->rules;
    loader->schedule->slot_names = loader->slot_names;
    for (struct yaml_node *item = list->child; item; item = item->next)
        fee_rule_read(loader, item, loader->schedule->rule_count++);
    fee_rules_check(loader, list);
}

/* The currency comes before the rules, whose amounts need it, and so do the flags. */
static bool read_pack(struct fee_loader *loader)
{
    struct yaml_node *root = loader->file->root;
    if (!root)
        return problems_add(loader->problems, loader->file->path, 0, 0, "", "the fee pack is empty");
    read_name(loader, root);
    read_zone(loader, root);
    read_currency(loader, root);
    read_markets(loader, root);
    read_flags(loader, root);
    read_rules(loader, root);
    fee_loader_keys(loader, root, pack_keys);
    return loader->ok;
}

static struct fee_pack *pack_from(const struct yaml_file *file, struct problems *problems)
{
    struct fee_pack *pack = calloc(1, sizeof *pack);
    if (!pack) {
        (void)problems_add(problems, file->path, 0, 0, "", "memory is out");
        return NULL;
    }
    struct fee_loader loader = {
        .file = file, .problems = problems, .schedule = &pack->schedule, .arena = &pack->arena, .ok = true};
    arena_init(&pack->arena);
    if (read_pack(&loader))
        return pack;
    fee_pack_free(pack);
    return NULL;
}

struct fee_pack *fee_pack_load(const char *path, struct problems *problems)
{
    struct yaml_file file;
    struct fee_pack *pack = yaml_file_read(&file, path, problems) ? pack_from(&file, problems) : NULL;
    yaml_file_done(&file);
    return pack;
}

struct fee_pack *fee_pack_parse(const char *path, const char *text, size_t len, struct problems *problems)
{
    struct yaml_file file;
    struct fee_pack *pack =
        yaml_text_read(&file, path, text, len, problems) ? pack_from(&file, problems) : NULL;
    yaml_file_done(&file);
    return pack;
}

void fee_pack_free(struct fee_pack *pack)
{
    if (!pack)
        return;
    arena_done(&pack->arena);
    free(pack);
}

const struct fee_schedule *fee_pack_schedule(const struct fee_pack *pack)
{
    return &pack->schedule;
}
