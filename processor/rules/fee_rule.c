/*
 * Why this exists: a rule is what people write and finance believes, so each of its keys is read by a function that knows what
 * can be wrong with it.
 */
#include <string.h>

#include "common/suggest.h"
#include "core/money.h"
#include "rules/fee_loader.h"
#include "rules/rule_field.h"

static const char *const rule_keys[] = {"name",   "class", "level", "base", "rate_ppm", "rate_of", "tier", "fixed", "cap", "clock",
                                        "when",   "from",  "to",    "gap",  "refund",   "source",  "note", NULL};
static const char *const tier_keys[] = {"above", "rate_ppm", NULL};
static const char *const rate_owner_names[] = {"affiliate", NULL};
static const char *const clock_names[] = {
    [FEE_CLOCK_CREATED] = "created", [FEE_CLOCK_DELIVERED] = "delivered", [FEE_CLOCK_SETTLED] = "settled", NULL};

static void read_rate(struct fee_loader *loader, struct yaml_node *map, struct fee_rule *rule)
{
    int owner;
    struct yaml_node *rate = yaml_get(map, "rate_ppm"), *owner_node = yaml_get(map, "rate_of");
    (void)fee_loader_check(loader, yaml_int(loader->file, rate, loader->problems, 0, PPM, &rule->rate_ppm));
    fee_loader_choice(loader, map, "rate_of", rate_owner_names, &owner);
    if (!yaml_is_null(owner_node))
        rule->rate_source = RATE_OF_AFFILIATE;
    if (!yaml_is_null(rate) && !yaml_is_null(owner_node))
        (void)fee_loader_problem(loader, rate, "the rate is the affiliate's already");
    if (yaml_is_null(rate) && yaml_is_null(owner_node) && yaml_is_null(yaml_get(map, "fixed")))
        (void)fee_loader_problem(loader, map, "the rule charges nothing: rate_ppm, rate_of or fixed is missing");
}

static void read_tier(struct fee_loader *loader, struct yaml_node *map, struct fee_rule *rule)
{
    struct yaml_node *tier = yaml_get(map, "tier");
    if (yaml_is_null(tier))
        return;
    if (tier->kind != YAML_MAP) {
        (void)fee_loader_problem(loader, tier, "a tier is a map: {above: 10000, rate_ppm: 30000}");
        return;
    }
    struct yaml_node *above = yaml_get(tier, "above"), *rate = yaml_get(tier, "rate_ppm");
    fee_loader_amount(loader, above, &rule->tier_above_minor);
    (void)fee_loader_check(loader, yaml_int(loader->file, rate, loader->problems, 0, PPM, &rule->tier_rate_ppm));
    if (yaml_is_null(above) || yaml_is_null(rate))
        (void)fee_loader_problem(loader, tier, "a tier has both: above and rate_ppm");
    else if (rule->tier_above_minor == 0 && loader->ok)
        (void)fee_loader_problem(loader, above, "a tier begins above 0; below it is the rule's own rate");
    fee_loader_keys(loader, tier, tier_keys);
}

/* An amount of a rule is counted by its level, so that has to be said. */
static void read_counted(struct fee_loader *loader, struct yaml_node *map, const char *key, int64_t *ret_minor)
{
    struct yaml_node *node = yaml_get(map, key);
    fee_loader_amount(loader, node, ret_minor);
    if (!yaml_is_null(node) && yaml_is_null(yaml_get(map, "level")))
        (void)fee_loader_problem(loader, node, "level is missing: per order, line, item or sku?");
}

static const struct yaml_node *item_at(const struct yaml_node *list, size_t index)
{
    const struct yaml_node *item = list->child;
    while (index-- > 0)
        item = item->next;
    return item;
}

/* The name of a rule that need not have been read; "" where it has none. */
static const char *written_name(const struct yaml_node *item)
{
    for (const struct yaml_node *entry = item->kind == YAML_MAP ? item->child : NULL; entry; entry = entry->next)
        if (strcmp(entry->key, "name") == 0 && entry->kind == YAML_SCALAR)
            return entry->scalar;
    return "";
}

static const char *rule_name_at(const void *ctx, size_t i)
{
    const struct fee_loader *loader = ctx;
    return i < loader->schedule->rule_count ? loader->rules[i].name : NULL;
}

/* Whether all rules of that name stand above: their fees are known when this one is charged. */
static bool fee_is_known(struct fee_loader *loader, const struct yaml_node *base, const char *name, size_t index)
{
    const struct yaml_node *list = base->parent->parent;
    bool above = false;
    if (strcmp(loader->rules[index].name, name) == 0)
        return fee_loader_problem(loader, base, "\"fee:%s\" is charged on itself", name);
    for (size_t i = 0; i < index; i++)
        above = above || strcmp(loader->rules[i].name, name) == 0;
    for (const struct yaml_node *item = item_at(list, index); item; item = item->next)
        if (strcmp(written_name(item), name) == 0)
            return fee_loader_problem(loader, base,
                                      "the rule \"%s\" of line %u stands below: a fee comes after all that it is charged on",
                                      name, item->line);
    if (above)
        return true;
    const char *nearest = suggest(name, rule_name_at, loader);
    if (nearest && *nearest)
        return fee_loader_problem(loader, base, "there is no rule \"%s\"; did you mean fee:%s?", name, nearest);
    return fee_loader_problem(loader, base, "there is no rule \"%s\" to be charged on", name);
}

/* The slot of that fee, which the rules of its name fill. */
static uint16_t slot_of(struct fee_loader *loader, const struct yaml_node *base, const char *name, size_t index)
{
    struct fee_schedule *schedule = loader->schedule;
    uint32_t slot = 0;
    while (slot < schedule->slot_count && strcmp(schedule->slot_names[slot], name) != 0)
        slot++;
    if (slot == FEE_SLOTS_MAX) {
        (void)fee_loader_problem(loader, base, "more than %d fees are charged on", FEE_SLOTS_MAX);
        return 0;
    }
    if (slot == schedule->slot_count)
        loader->slot_names[schedule->slot_count++] = fee_loader_keep(loader, name);
    for (size_t i = 0; i < index; i++)
        if (strcmp(loader->rules[i].name, name) == 0)
            loader->rules[i].slot = (uint16_t)(slot + 1);
    return (uint16_t)slot;
}

static void read_base(struct fee_loader *loader, struct yaml_node *map, size_t index)
{
    struct fee_rule *rule = &loader->rules[index];
    struct rule_base base = {.fee_count = 0};
    if (!fee_loader_text(loader, map, "base"))
        return;
    struct yaml_node *node = yaml_get(map, "base");
    if (!fee_loader_check(loader, rule_base(loader->file, node, loader->problems, &base)))
        return;
    memcpy(rule->base, base.components, sizeof rule->base);
    struct fee_term *fees = arena_alloc(loader->arena, base.fee_count * sizeof *fees);
    for (uint16_t i = 0; i < base.fee_count; i++)
        if (fee_is_known(loader, node, base.fees[i].name, index))
            fees[rule->fee_count++] =
                (struct fee_term){slot_of(loader, node, base.fees[i].name, index), base.fees[i].sign};
    rule->fees = fees;
}

static void read_kind(struct fee_loader *loader, struct yaml_node *map, struct fee_rule *rule)
{
    const char *class_names[FEE_CLASS_COUNT + 1] = {NULL}, *level_names[FEE_LEVEL_COUNT + 1] = {NULL};
    int class = 0, level = FEE_PER_ORDER, clock = FEE_CLOCK_CREATED;
    for (int i = 0; i < FEE_CLASS_COUNT; i++)
        class_names[i] = fee_class_name((enum fee_class)i);
    for (int i = 0; i < FEE_LEVEL_COUNT; i++)
        level_names[i] = fee_level_name((enum fee_level)i);
    if (fee_loader_text(loader, map, "class"))
        fee_loader_choice(loader, map, "class", class_names, &class);
    fee_loader_choice(loader, map, "level", level_names, &level);
    fee_loader_choice(loader, map, "clock", clock_names, &clock);
    rule->class = (enum fee_class)class;
    rule->level = (enum fee_level)level;
    rule->clock = (enum fee_clock)clock;
}

static void read_words(struct fee_loader *loader, struct yaml_node *map, struct fee_rule *rule)
{
    const char *name = fee_loader_name(loader, map, "name"), *note = NULL;
    rule->name = name ? fee_loader_keep(loader, name) : "";
    rule->source = fee_loader_keep(loader, fee_loader_text(loader, map, "source"));
    (void)fee_loader_check(loader, yaml_text(loader->file, yaml_get(map, "note"), loader->problems, &note));
    rule->note = fee_loader_keep(loader, note);
}

static void check_with_base(struct fee_loader *loader, struct yaml_node *map, const struct fee_rule *rule)
{
    bool of_fees_only = rule->fee_count > 0;
    for (int i = 0; i < COMPONENT_COUNT; i++)
        of_fees_only = of_fees_only && rule->base[i] == 0;
    if (rule->refund.kind == FEE_WITH_BASE && !of_fees_only && loader->ok)
        (void)fee_loader_problem(loader, yaml_get(map, "refund"), "with_base is for what is charged on other fees alone: base: fee:commission");
}

void fee_rule_read(struct fee_loader *loader, struct yaml_node *map, size_t index)
{
    struct fee_rule *rule = &loader->rules[index];
    *rule =
        (struct fee_rule){.name = "", .cap_minor = -1, .valid_from_us = INT64_MAX, .valid_to_us = INT64_MAX};
    if (map->kind != YAML_MAP) {
        (void)fee_loader_problem(loader, map, "a rule is a map of keys");
        return;
    }
    read_words(loader, map, rule);
    read_kind(loader, map, rule);
    read_base(loader, map, index);
    read_rate(loader, map, rule);
    read_tier(loader, map, rule);
    read_counted(loader, map, "fixed", &rule->fixed_minor);
    read_counted(loader, map, "cap", &rule->cap_minor);
    rule->when = fee_when_read(loader, yaml_get(map, "when"));
    fee_refund_read(loader, yaml_get(map, "refund"), &rule->refund);
    check_with_base(loader, map, rule);
    fee_loader_validity(loader, map, &rule->valid_from_us, &rule->valid_to_us);
    (void)yaml_get(map, "gap"); /* which is read when all rules are known */
    fee_loader_keys(loader, map, rule_keys);
}
