/*
 * Why this exists: rates are data that people write, so whatever can be wrong with them is said at once and
 * with its place, before a single order is charged. A pack is whole or it is not there.
 */
#include "rules/fee_pack.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "common/yaml.h"
#include "core/money.h"
#include "rules/named_zone.h"
#include "rules/refund_terms.h"
#include "rules/rule_field.h"

#define NAME_BYTES_MAX 64
#define SCALE_MAX 9
#define CURRENCY_LEN 3

static const char *const pack_keys[] = {"name",         "market", "timezone", "currency",
                                        "amount_scale", "rules",  "refunds",  NULL};
static const char *const rule_keys[] = {"name",  "class", "level", "base", "rate_ppm", "rate_of",
                                        "fixed", "cap",   "from",  "to",   "source",   "on_refund", NULL};
static const char *const level_names[] = {[FEE_PER_ORDER] = "order", [FEE_PER_LINE] = "line", NULL};
static const char *const on_refund_names[] = {[FEE_KEPT] = "kept", [FEE_RETURNED] = "returned", NULL};
static const char *const rate_owner_names[] = {"affiliate", NULL};

struct fee_pack {
    struct fee_schedule schedule;
    struct arena arena; /* owns all that the schedule points to */
};

struct loader {
    const struct yaml_file *file;
    struct problems *problems;
    struct fee_pack *pack;
    struct zone zone;
    bool zone_known; /* else times are not read: they would all be wrong for one reason */
    bool ok;
};

static const char *keep_text(struct loader *loader, const char *text)
{
    return text ? arena_copy(&loader->pack->arena, text, strlen(text) + 1) : NULL;
}

/* Takes note of a reader's result. */
static bool check(struct loader *loader, bool ok)
{
    loader->ok = loader->ok && ok;
    return ok;
}

/* The text of an entry that must be there; NULL with a problem. */
static const char *required_text(struct loader *loader, struct yaml_node *map, const char *key)
{
    const char *text = NULL;
    struct yaml_node *node = yaml_get(map, key);
    if (!check(loader, yaml_text(loader->file, node, loader->problems, &text)))
        return NULL;
    if (!text || !*text) {
        (void)check(loader,
                    yaml_problem(loader->file, node ? node : map, loader->problems, "%s is missing", key));
        return NULL;
    }
    return text;
}

static bool name_fits(const char *name)
{
    return strlen(name) <= NAME_BYTES_MAX &&
           strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-_") == strlen(name);
}

static const char *required_name(struct loader *loader, struct yaml_node *map)
{
    const char *name = required_text(loader, map, "name");
    if (name && !name_fits(name))
        (void)check(loader,
                    yaml_problem(loader->file, yaml_get(map, "name"), loader->problems,
                                 "a name is made of at most %d of a-z, 0-9, - and _", NAME_BYTES_MAX));
    return name;
}

/* One of names as an index; absent where the key is, which must not be. */
static int required_choice(struct loader *loader, struct yaml_node *map, const char *key,
                           const char *const *names)
{
    int choice = 0;
    if (required_text(loader, map, key))
        (void)check(loader, yaml_choice(loader->file, yaml_get(map, key), loader->problems, names, &choice));
    return choice;
}

static void read_name(struct loader *loader, struct yaml_node *root)
{
    const char *name = required_name(loader, root);
    size_t size = NAME_BYTES_MAX + 10;
    char *versioned = arena_alloc(&loader->pack->arena, size);
    (void)snprintf(versioned, size, "%.*s@%08" PRIx64, NAME_BYTES_MAX, name ? name : "",
                   loader->file->hash >> 32);
    loader->pack->schedule.name = versioned;
}

static void read_zone(struct loader *loader, struct yaml_node *root)
{
    struct err err;
    const char *name = required_text(loader, root, "timezone");
    loader->zone_known = name && named_zone_load(name, &loader->zone, &err);
    if (name && !loader->zone_known)
        (void)check(loader,
                    yaml_problem(loader->file, yaml_get(root, "timezone"), loader->problems, "%s", err.text));
}

static void read_currency(struct loader *loader, struct yaml_node *root)
{
    const char *currency = NULL;
    int64_t scale = -1;
    struct yaml_node *currency_node = yaml_get(root, "currency"),
                     *scale_node = yaml_get(root, "amount_scale");
    bool fits = yaml_text(loader->file, currency_node, loader->problems, &currency);
    if (currency &&
        (strlen(currency) != CURRENCY_LEN || strspn(currency, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != CURRENCY_LEN))
        fits = yaml_problem(loader->file, currency_node, loader->problems,
                            "a currency is three capitals, like USD");
    bool scale_fits = yaml_int(loader->file, scale_node, loader->problems, 0, SCALE_MAX, &scale);
    if (scale_fits && fits && (scale >= 0) != (currency != NULL))
        fits = yaml_problem(loader->file, currency ? currency_node : scale_node, loader->problems,
                            "currency and amount_scale go together");
    (void)check(loader, fits && scale_fits);
    loader->pack->schedule.currency = keep_text(loader, currency);
    loader->pack->schedule.amount_scale = scale >= 0 ? (int32_t)scale : 0;
}

static void read_rate(struct loader *loader, struct yaml_node *map, struct fee_rule *rule)
{
    int owner;
    struct yaml_node *rate = yaml_get(map, "rate_ppm"), *owner_node = yaml_get(map, "rate_of");
    (void)check(loader, yaml_int(loader->file, rate, loader->problems, 0, PPM, &rule->rate_ppm));
    (void)check(loader, yaml_choice(loader->file, owner_node, loader->problems, rate_owner_names, &owner));
    if (!yaml_is_null(owner_node))
        rule->rate_source = RATE_OF_AFFILIATE;
    if (!yaml_is_null(rate) && !yaml_is_null(owner_node))
        (void)check(loader, yaml_problem(loader->file, rate, loader->problems,
                                         "the rate is the affiliate's already"));
    if (yaml_is_null(rate) && yaml_is_null(owner_node) && yaml_is_null(yaml_get(map, "fixed")))
        (void)check(loader, yaml_problem(loader->file, map, loader->problems,
                                         "the rule charges nothing: rate_ppm, rate_of or fixed is missing"));
}

/* An amount needs to know in what, and by what it is counted. */
static void read_amount(struct loader *loader, struct yaml_node *map, const char *key, int64_t *ret_minor)
{
    const struct fee_schedule *schedule = &loader->pack->schedule;
    struct yaml_node *node = yaml_get(map, key);
    if (yaml_is_null(node))
        return;
    if (!schedule->currency)
        (void)check(loader, yaml_problem(loader->file, node, loader->problems, "the pack has no currency"));
    else
        (void)check(loader,
                    rule_amount(loader->file, node, loader->problems, schedule->amount_scale, ret_minor));
    if (yaml_is_null(yaml_get(map, "level")))
        (void)check(loader, yaml_problem(loader->file, node, loader->problems,
                                         "level is missing: per order or per line?"));
}

static void read_base(struct loader *loader, struct yaml_node *map, struct fee_rule *rule)
{
    if (required_text(loader, map, "base"))
        (void)check(loader, rule_base(loader->file, yaml_get(map, "base"), loader->problems, rule->base));
}

static void read_level(struct loader *loader, struct yaml_node *map, struct fee_rule *rule)
{
    int level = FEE_PER_ORDER;
    (void)check(loader,
                yaml_choice(loader->file, yaml_get(map, "level"), loader->problems, level_names, &level));
    rule->level = (enum fee_level)level;
}

static void read_on_refund(struct loader *loader, struct yaml_node *map, struct fee_rule *rule)
{
    int choice = FEE_KEPT;
    struct yaml_node *node = yaml_get(map, "on_refund");
    (void)check(loader, yaml_choice(loader->file, node, loader->problems, on_refund_names, &choice));
    rule->on_refund = (enum fee_on_refund)choice;
    if (rule->rate_source == RATE_OF_AFFILIATE && !yaml_is_null(node))
        (void)check(loader, yaml_problem(loader->file, node, loader->problems,
                                         "an affiliate's commission always comes back with what the buyer gets back"));
}

/* A rule whose times cannot be read is empty: it overlaps with nothing. */
static void read_validity(struct loader *loader, struct yaml_node *map, struct fee_rule *rule)
{
    struct yaml_node *from = yaml_get(map, "from"), *to = yaml_get(map, "to");
    rule->valid_from_us = INT64_MIN;
    rule->valid_to_us = INT64_MAX;
    if (!loader->zone_known)
        return;
    bool from_fits = rule_time(loader->file, from, loader->problems, &loader->zone, &rule->valid_from_us);
    bool to_fits = rule_time(loader->file, to, loader->problems, &loader->zone, &rule->valid_to_us);
    bool fits = check(loader, from_fits && to_fits);
    if (fits && rule->valid_from_us >= rule->valid_to_us)
        fits = check(loader, yaml_problem(loader->file, to, loader->problems, "ends before it begins"));
    if (!fits)
        rule->valid_to_us = rule->valid_from_us = INT64_MAX;
}

static void read_rule(struct loader *loader, struct yaml_node *map, struct fee_rule *rule)
{
    const char *class_names[FEE_CLASS_COUNT + 1] = {NULL};
    for (int i = 0; i < FEE_CLASS_COUNT; i++)
        class_names[i] = fee_class_name((enum fee_class)i);
    *rule =
        (struct fee_rule){.name = "", .cap_minor = -1, .valid_from_us = INT64_MAX, .valid_to_us = INT64_MAX};
    if (map->kind != YAML_MAP) {
        (void)check(loader, yaml_problem(loader->file, map, loader->problems, "a rule is a map of keys"));
        return;
    }
    const char *name = required_name(loader, map);
    rule->name = name ? keep_text(loader, name) : "";
    rule->source = keep_text(loader, required_text(loader, map, "source"));
    rule->class = (enum fee_class)required_choice(loader, map, "class", class_names);
    read_level(loader, map, rule);
    read_base(loader, map, rule);
    read_rate(loader, map, rule);
    read_amount(loader, map, "fixed", &rule->fixed_minor);
    read_amount(loader, map, "cap", &rule->cap_minor);
    read_on_refund(loader, map, rule);
    read_validity(loader, map, rule);
    (void)check(loader, yaml_unknown_keys(loader->file, map, loader->problems, rule_keys));
}

static bool overlap(const struct fee_rule *a, const struct fee_rule *b)
{
    return a->valid_from_us < b->valid_to_us && b->valid_from_us < a->valid_to_us;
}

static void check_pair(struct loader *loader, const struct fee_rule *earlier, unsigned earlier_line,
                       const struct fee_rule *rule, const struct yaml_node *map)
{
    bool same_name = *rule->name && strcmp(earlier->name, rule->name) == 0;
    bool both_affiliate = earlier->rate_source == RATE_OF_AFFILIATE && rule->rate_source == RATE_OF_AFFILIATE;
    if (same_name && overlap(earlier, rule))
        (void)check(loader, yaml_problem(loader->file, map, loader->problems,
                                         "is in force together with the rule \"%s\" of line %u", rule->name,
                                         earlier_line));
    else if (same_name && earlier->class != rule->class)
        (void)check(loader, yaml_problem(loader->file, map, loader->problems,
                                         "has another class than the rule \"%s\" of line %u", rule->name,
                                         earlier_line));
    else if (both_affiliate && overlap(earlier, rule))
        (void)check(loader,
                    yaml_problem(loader->file, map, loader->problems,
                                 "would charge the affiliate twice, with the rule of line %u", earlier_line));
}

static size_t count_items(const struct yaml_node *list)
{
    size_t count = 0;
    for (const struct yaml_node *item = list->child; item; item = item->next)
        count++;
    return count;
}

static void check_pairs(struct loader *loader, const struct yaml_node *list, const struct fee_rule *rules)
{
    const struct yaml_node *later = list->child;
    for (size_t i = 0; later; later = later->next, i++) {
        const struct yaml_node *earlier = list->child;
        for (size_t j = 0; j < i; earlier = earlier->next, j++)
            check_pair(loader, &rules[j], earlier->line, &rules[i], later);
    }
}

static void read_rules(struct loader *loader, struct yaml_node *root)
{
    struct yaml_node *list = yaml_get(root, "rules");
    if (!list || list->kind != YAML_LIST) {
        (void)check(loader, yaml_problem(loader->file, list ? list : root, loader->problems,
                                         "rules is missing: a list; [] charges nothing"));
        return;
    }
    size_t count = count_items(list);
    if (count > FEE_PACK_RULES_MAX) {
        (void)check(loader, yaml_problem(loader->file, list, loader->problems, "more than %d rules",
                                         FEE_PACK_RULES_MAX));
        return;
    }
    struct fee_rule *rules = arena_alloc(&loader->pack->arena, count * sizeof *rules);
    struct yaml_node *item = list->child;
    for (size_t i = 0; i < count; i++, item = item->next)
        read_rule(loader, item, &rules[i]);
    check_pairs(loader, list, rules);
    loader->pack->schedule.rules = rules;
    loader->pack->schedule.rule_count = count;
}

/* The currency comes before the rules, whose amounts need it. */
static bool read_pack(struct loader *loader)
{
    struct yaml_node *root = loader->file->root;
    const char *market = NULL;
    if (!root)
        return problems_add(loader->problems, loader->file->path, 0, 0, "", "the fee pack is empty");
    read_name(loader, root);
    read_zone(loader, root);
    read_currency(loader, root);
    (void)check(loader, yaml_text(loader->file, yaml_get(root, "market"), loader->problems, &market));
    read_rules(loader, root);
    struct fee_schedule *schedule = &loader->pack->schedule;
    (void)check(loader, refund_terms_read(loader->file, yaml_get(root, "refunds"), loader->problems,
                                          loader->zone_known ? &loader->zone : NULL, schedule, &loader->pack->arena,
                                          &schedule->refund));
    (void)check(loader, yaml_unknown_keys(loader->file, root, loader->problems, pack_keys));
    return loader->ok;
}

static struct fee_pack *pack_from(const struct yaml_file *file, struct problems *problems)
{
    struct fee_pack *pack = calloc(1, sizeof *pack);
    struct loader loader = {.file = file, .problems = problems, .pack = pack, .ok = true};
    if (!pack) {
        (void)problems_add(problems, file->path, 0, 0, "", "memory is out");
        return NULL;
    }
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
