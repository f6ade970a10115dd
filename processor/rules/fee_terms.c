/*
 * Why this exists: under which conditions a rule applies and what a refund gives back are small languages of their own.
 */
#include <stdlib.h>
#include <string.h>

#include "common/suggest.h"
#include "core/money.h"
#include "rules/fee_loader.h"

#define LIST_ITEMS_MAX 2000
#define SHOP_AGE_DAYS_MAX 36500
#define RETURNED_LESS_ADMIN FEE_REFUND_KIND_COUNT /* is FEE_RETURNED and the list of administration fees */

static const char *const when_keys[] = {"market",   "market_not", "category",            "category_not",        "reached", "affiliate",
                                        "shop_ads", "flag",       "flag_not", "shop_age_from_days", "shop_age_below_days", NULL};
static const char *const reached_names[] = {[FEE_REACHED_ANY] = "any",
                                            [FEE_REACHED_PAID] = "paid",
                                            [FEE_REACHED_SHIPPED] = "shipped",
                                            [FEE_REACHED_DELIVERED] = "delivered",
                                            NULL};
static const char *const refund_keys[] = {"policy", "reversed_before", "partial", "fixed", "admin", NULL};
static const char *const kind_names[] = {
    [FEE_KEPT] = "kept",           [FEE_RETURNED] = "returned",
    [FEE_PRO_RATA] = "pro_rata",   [FEE_WITH_BASE] = "with_base",
    [RETURNED_LESS_ADMIN] = "returned_less_admin", NULL};
static const char *const stage_names[] = {
    [FEE_STAGE_NEVER] = "never", [FEE_STAGE_SHIPPING] = "shipping", [FEE_STAGE_DELIVERY] = "delivery", NULL};
static const char *const partial_names[] = {"kept", "pro_rata", NULL};
static const char *const fixed_names[] = {"returned", "kept_on_partial", NULL};
static const char *const admin_keys[] = {"rate_ppm", "cap", "level", "free", "from", "to", NULL};
static const char *const free_names[] = {"never", "buyer_cancels_before_shipping", NULL};

static int compare_texts(const void *a, const void *b)
{
    const struct text *left = a, *right = b;
    int order = memcmp(left->ptr, right->ptr, left->len < right->len ? left->len : right->len);
    return order != 0 ? order : (left->len > right->len) - (left->len < right->len);
}

/* The items of a list, or the one that stands there without brackets. */
static struct yaml_node *first_item(struct yaml_node *node)
{
    return node->kind == YAML_LIST ? node->child : node;
}

static struct yaml_node *next_item(const struct yaml_node *list, const struct yaml_node *item)
{
    return list->kind == YAML_LIST ? item->next : NULL;
}

static uint32_t count_items(struct yaml_node *list)
{
    uint32_t count = 0;
    for (struct yaml_node *item = first_item(list); item; item = next_item(list, item))
        count++;
    return count;
}

static const char *read_item(struct fee_loader *loader, const struct yaml_node *item)
{
    const char *text = NULL;
    if (!fee_loader_check(loader, yaml_text(loader->file, item, loader->problems, &text)))
        return NULL;
    if (!text || !*text)
        (void)fee_loader_problem(loader, item, "an empty text is in no list");
    return text && *text ? text : NULL;
}

static void read_texts(struct fee_loader *loader, struct yaml_node *list, bool except, struct fee_texts *ret_texts)
{
    uint32_t room = count_items(list), count = 0;
    if (room == 0 || room > LIST_ITEMS_MAX) {
        (void)fee_loader_problem(loader, list, "a list has 1 to %d entries", LIST_ITEMS_MAX);
        return;
    }
    struct text *items = arena_alloc(loader->arena, room * sizeof *items);
    for (struct yaml_node *item = first_item(list); item; item = next_item(list, item)) {
        const char *text = read_item(loader, item);
        if (text)
            items[count++] = (struct text){fee_loader_keep(loader, text), (uint32_t)strlen(text)};
    }
    qsort(items, count, sizeof *items, compare_texts);
    for (uint32_t i = 1; i < count; i++)
        if (compare_texts(&items[i - 1], &items[i]) == 0)
            (void)fee_loader_problem(loader, list, "\"%s\" stands there twice", items[i].ptr);
    *ret_texts = (struct fee_texts){items, count, except};
}

static void read_list(struct fee_loader *loader, struct yaml_node *map, const char *key, const char *key_not,
                      struct fee_texts *ret_texts)
{
    struct yaml_node *in = yaml_get(map, key), *out = yaml_get(map, key_not);
    if (in && out)
        (void)fee_loader_problem(loader, out, "%s stands there already", key);
    else if (in || out)
        read_texts(loader, in ? in : out, !in, ret_texts);
}

static const char *flag_at(const void *ctx, size_t i)
{
    const struct fee_schedule *schedule = ctx;
    return i < schedule->flag_count ? schedule->flag_names[i] : NULL;
}

static uint64_t read_flag(struct fee_loader *loader, const struct yaml_node *item)
{
    const struct fee_schedule *schedule = loader->schedule;
    const char *name = read_item(loader, item), *nearest = name ? suggest(name, flag_at, schedule) : NULL;
    for (uint32_t i = 0; name && i < schedule->flag_count; i++)
        if (strcmp(schedule->flag_names[i], name) == 0)
            return UINT64_C(1) << i;
    if (nearest)
        (void)fee_loader_problem(loader, item, "the pack has no flag \"%s\"; did you mean %s?", name, nearest);
    else if (name)
        (void)fee_loader_problem(loader, item, "the pack has no flag \"%s\": flags names all there are", name);
    return 0;
}

static uint64_t read_flags(struct fee_loader *loader, struct yaml_node *list)
{
    uint64_t flags = 0;
    for (struct yaml_node *item = list ? first_item(list) : NULL; item; item = next_item(list, item))
        flags |= read_flag(loader, item);
    return flags;
}

static enum fee_presence read_presence(struct fee_loader *loader, struct yaml_node *map, const char *key)
{
    struct yaml_node *node = yaml_get(map, key);
    bool present = false;
    if (!fee_loader_check(loader, yaml_bool(loader->file, node, loader->problems, &present)) || yaml_is_null(node))
        return FEE_PRESENT_OR_NOT;
    return present ? FEE_PRESENT : FEE_NOT_PRESENT;
}

static int32_t read_days(struct fee_loader *loader, struct yaml_node *map, const char *key)
{
    int64_t days = 0;
    (void)fee_loader_check(loader, yaml_int(loader->file, yaml_get(map, key), loader->problems, 1, SHOP_AGE_DAYS_MAX, &days));
    return (int32_t)days;
}

const struct fee_when *fee_when_read(struct fee_loader *loader, struct yaml_node *map)
{
    int reached = FEE_REACHED_ANY;
    if (!map)
        return NULL;
    if (map->kind != YAML_MAP) {
        (void)fee_loader_problem(loader, map, "when is a map of conditions, all of which must hold");
        return NULL;
    }
    struct fee_when *when = arena_alloc(loader->arena, sizeof *when);
    *when = (struct fee_when){.shop_age_from_days = read_days(loader, map, "shop_age_from_days"),
                              .shop_age_below_days = read_days(loader, map, "shop_age_below_days"),
                              .affiliate = read_presence(loader, map, "affiliate"),
                              .shop_ads = read_presence(loader, map, "shop_ads"),
                              .flags_on = read_flags(loader, yaml_get(map, "flag")),
                              .flags_off = read_flags(loader, yaml_get(map, "flag_not"))};
    read_list(loader, map, "market", "market_not", &when->markets);
    read_list(loader, map, "category", "category_not", &when->categories);
    fee_loader_choice(loader, map, "reached", reached_names, &reached);
    when->reached = (enum fee_reached)reached;
    if (when->flags_on & when->flags_off)
        (void)fee_loader_problem(loader, map, "a flag is asked for both on and off");
    fee_loader_keys(loader, map, when_keys);
    return when;
}

static void read_admin(struct fee_loader *loader, struct yaml_node *map, struct admin_fee *admin)
{
    const char *level_names[FEE_LEVEL_COUNT + 1] = {NULL};
    int level = FEE_PER_ORDER, free_for = 0;
    *admin = (struct admin_fee){.cap_minor = -1, .valid_from_us = INT64_MAX, .valid_to_us = INT64_MAX};
    if (map->kind != YAML_MAP) {
        (void)fee_loader_problem(loader, map, "an administration fee is a map: {rate_ppm: 200000, cap: 5, level: sku}");
        return;
    }
    for (int i = 0; i < FEE_LEVEL_COUNT; i++)
        level_names[i] = fee_level_name((enum fee_level)i);
    struct yaml_node *rate = yaml_get(map, "rate_ppm"), *cap = yaml_get(map, "cap"), *level_node = yaml_get(map, "level");
    (void)fee_loader_check(loader, yaml_int(loader->file, rate, loader->problems, 0, PPM, &admin->rate_ppm));
    if (yaml_is_null(rate))
        (void)fee_loader_problem(loader, map, "rate_ppm is missing: of what is given back");
    fee_loader_amount(loader, cap, &admin->cap_minor);
    fee_loader_choice(loader, map, "level", level_names, &level);
    if (level == FEE_PER_ITEM)
        (void)fee_loader_problem(loader, level_node, "an administration fee is counted by order, line or sku");
    if (!yaml_is_null(cap) && yaml_is_null(level_node))
        (void)fee_loader_problem(loader, cap, "level is missing: per order, line or sku?");
    fee_loader_choice(loader, map, "free", free_names, &free_for);
    admin->level = (enum fee_level)level;
    admin->free_for_buyer = free_for == 1;
    fee_loader_validity(loader, map, &admin->valid_from_us, &admin->valid_to_us);
    fee_loader_keys(loader, map, admin_keys);
}

static void check_admins(struct fee_loader *loader, const struct yaml_node *list, const struct admin_fee *admins)
{
    const struct yaml_node *item = list->child;
    for (uint32_t i = 0; item; item = item->next, i++)
        for (uint32_t j = 0; j < i; j++)
            if (admins[i].valid_from_us < admins[j].valid_to_us && admins[j].valid_from_us < admins[i].valid_to_us)
                (void)fee_loader_problem(loader, item, "is in force together with an administration fee above");
}

static void read_admins(struct fee_loader *loader, struct yaml_node *list, struct fee_refund_policy *policy)
{
    if (list->kind != YAML_LIST || !list->child) {
        (void)fee_loader_problem(loader, list, "admin is a list of administration fees, one after the other in time");
        return;
    }
    struct admin_fee *admins = arena_alloc(loader->arena, count_items(list) * sizeof *admins);
    for (struct yaml_node *item = list->child; item; item = item->next)
        read_admin(loader, item, &admins[policy->admin_count++]);
    policy->admins = admins;
    check_admins(loader, list, admins);
}

static void read_policy(struct fee_loader *loader, struct yaml_node *map, struct fee_refund_policy *policy)
{
    int kind = FEE_KEPT, stage = FEE_STAGE_NEVER, partial = 0, fixed = 0;
    struct yaml_node *admin = yaml_get(map, "admin");
    if (fee_loader_text(loader, map, "policy"))
        fee_loader_choice(loader, map, "policy", kind_names, &kind);
    fee_loader_choice(loader, map, "reversed_before", stage_names, &stage);
    fee_loader_choice(loader, map, "partial", partial_names, &partial);
    fee_loader_choice(loader, map, "fixed", fixed_names, &fixed);
    bool less_admin = kind == RETURNED_LESS_ADMIN;
    policy->kind = less_admin ? FEE_RETURNED : (enum fee_refund_kind)kind;
    policy->reversed_before = (enum fee_stage)stage;
    policy->partial_pro_rata = partial == 1;
    policy->fixed_kept_on_partial = fixed == 1;
    if (admin)
        read_admins(loader, admin, policy);
    if (less_admin != (admin != NULL))
        (void)fee_loader_problem(loader, admin ? admin : map, "policy: returned_less_admin and admin go together");
    if (policy->kind != FEE_RETURNED && !yaml_is_null(yaml_get(map, "partial")))
        (void)fee_loader_problem(loader, yaml_get(map, "partial"), "only a fee that is returned asks for partial refunds");
    fee_loader_keys(loader, map, refund_keys);
}

void fee_refund_read(struct fee_loader *loader, struct yaml_node *node, struct fee_refund_policy *ret_policy)
{
    int kind = FEE_KEPT;
    if (yaml_is_null(node))
        return;
    if (node->kind == YAML_MAP) {
        read_policy(loader, node, ret_policy);
        return;
    }
    if (!fee_loader_check(loader, yaml_choice(loader->file, node, loader->problems, kind_names, &kind)))
        return;
    if (kind == RETURNED_LESS_ADMIN)
        (void)fee_loader_problem(loader, node, "policy: returned_less_admin and admin go together");
    else
        ret_policy->kind = (enum fee_refund_kind)kind;
}
