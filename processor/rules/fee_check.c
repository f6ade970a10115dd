/*
 * Why this exists: each rule may be right and two of them still wrong together. Whether they can meet on one line of one order
 * is decided by what they say, not by trying orders: two rules that do not visibly exclude each other are refused.
 */
#include <string.h>

#include "rules/fee_loader.h"

static bool texts_contain(const struct fee_texts *texts, struct text text)
{
    for (uint32_t i = 0; i < texts->count; i++)
        if (texts->items[i].len == text.len && memcmp(texts->items[i].ptr, text.ptr, text.len) == 0)
            return true;
    return false;
}

/* Whether no text is allowed by both. Two lists of exceptions always leave some. */
static bool texts_exclude(const struct fee_texts *a, const struct fee_texts *b)
{
    if (a->count == 0 || b->count == 0 || (a->except && b->except))
        return false;
    if (a->except)
        return texts_exclude(b, a);
    for (uint32_t i = 0; i < a->count; i++)
        if (texts_contain(b, a->items[i]) != b->except)
            return false;
    return true;
}

static bool presences_exclude(enum fee_presence a, enum fee_presence b)
{
    return a != b && a != FEE_PRESENT_OR_NOT && b != FEE_PRESENT_OR_NOT;
}

static bool ages_exclude(const struct fee_when *a, const struct fee_when *b)
{
    return (a->shop_age_below_days > 0 && a->shop_age_below_days <= b->shop_age_from_days) ||
           (b->shop_age_below_days > 0 && b->shop_age_below_days <= a->shop_age_from_days);
}

static bool whens_exclude(const struct fee_when *a, const struct fee_when *b)
{
    if (!a || !b)
        return false;
    return texts_exclude(&a->markets, &b->markets) || texts_exclude(&a->categories, &b->categories) ||
           presences_exclude(a->affiliate, b->affiliate) || presences_exclude(a->shop_ads, b->shop_ads) ||
           ages_exclude(a, b) || (a->flags_on & b->flags_off) || (b->flags_on & a->flags_off);
}

static bool meet(const struct fee_rule *a, const struct fee_rule *b)
{
    return a->valid_from_us < b->valid_to_us && b->valid_from_us < a->valid_to_us && !whens_exclude(a->when, b->when);
}

static bool is_same_name(const struct fee_rule *a, const struct fee_rule *b)
{
    return *a->name && strcmp(a->name, b->name) == 0;
}

static void check_pair(struct fee_loader *loader, const struct fee_rule *earlier, unsigned earlier_line,
                       const struct fee_rule *rule, const struct yaml_node *map)
{
    bool both_affiliate = earlier->rate_source == RATE_OF_AFFILIATE && rule->rate_source == RATE_OF_AFFILIATE;
    bool same_name = is_same_name(earlier, rule);
    if (same_name && meet(earlier, rule))
        (void)fee_loader_problem(loader, map, "is in force together with the rule \"%s\" of line %u", rule->name,
                                 earlier_line);
    else if (same_name && earlier->class != rule->class)
        (void)fee_loader_problem(loader, map, "has another class than the rule \"%s\" of line %u", rule->name,
                                 earlier_line);
    else if (same_name && earlier->clock != rule->clock)
        (void)fee_loader_problem(loader, map,
                                 "has another clock than the rule \"%s\" of line %u: an order may meet both, or neither",
                                 rule->name, earlier_line);
    else if (both_affiliate && meet(earlier, rule))
        (void)fee_loader_problem(loader, map, "would charge the affiliate twice, with the rule of line %u",
                                 earlier_line);
}

/* Whether a rule of that name ended before this one begins, and none holds in between. */
static bool begins_after_gap(const struct fee_loader *loader, size_t index)
{
    const struct fee_rule *rule = &loader->rules[index];
    bool ended = false;
    for (size_t i = 0; i < loader->schedule->rule_count; i++) {
        const struct fee_rule *other = &loader->rules[i];
        if (i == index || !is_same_name(other, rule) || other->valid_from_us >= other->valid_to_us)
            continue;
        if (other->valid_from_us < rule->valid_from_us && other->valid_to_us >= rule->valid_from_us)
            return false;
        if (other->valid_from_us == rule->valid_from_us && i < index)
            return false; /* the same gap, which is that rule's */
        ended = ended || other->valid_to_us < rule->valid_from_us;
    }
    return ended && rule->valid_from_us < rule->valid_to_us;
}

static void check_gap(struct fee_loader *loader, struct yaml_node *map, size_t index)
{
    static const char *const intended[] = {"intended", NULL};
    int choice = 0;
    struct yaml_node *node = map->kind == YAML_MAP ? yaml_get(map, "gap") : NULL;
    bool gap = begins_after_gap(loader, index);
    if (!fee_loader_check(loader, yaml_choice(loader->file, node, loader->problems, intended, &choice)))
        return;
    if (gap && yaml_is_null(node))
        (void)fee_loader_problem(loader, map, "no rule \"%s\" is in force just before this one begins; gap: intended if none was",
                                 loader->rules[index].name);
    else if (!gap && !yaml_is_null(node) && loader->ok)
        (void)fee_loader_problem(loader, node, "there is no gap before this rule");
}

void fee_rules_check(struct fee_loader *loader, const struct yaml_node *list)
{
    struct yaml_node *later = list->child;
    for (size_t i = 0; later; later = later->next, i++) {
        const struct yaml_node *earlier = list->child;
        for (size_t j = 0; j < i; earlier = earlier->next, j++)
            check_pair(loader, &loader->rules[j], earlier->line, &loader->rules[i], later);
        check_gap(loader, later, i);
    }
}
