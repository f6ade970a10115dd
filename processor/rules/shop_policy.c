/*
 * Why this exists: thousands of shops share a handful of zones and packs, each of them kilobytes large and
 * read per order. So both are kept once, in chains that own them, and a policy only points there.
 */
#include "rules/shop_policy.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/arena.h"
#include "common/suggest.h"
#include "rules/fee_pack.h"
#include "rules/named_zone.h"

static const struct fee_schedule no_fees = {.name = "none"};

struct known_zone {
    struct known_zone *next;
    const char *name;
    struct zone zone;
};

struct known_pack {
    struct known_pack *next;
    const char *path;
    struct fee_pack *pack; /* NULL: could not be loaded, which has been said */
};

struct named_policy {
    struct text shop_id;
    struct shop_policy policy;
};

struct shop_policies {
    struct arena arena; /* all but what packs own themselves */
    struct known_zone *zones;
    struct known_pack *packs;
    struct named_policy *named; /* sorted by shop_id */
    size_t named_count;
    struct shop_policy otherwise;
};

static const char *keep_text(struct shop_policies *policies, const char *text)
{
    return text ? arena_copy(&policies->arena, text, strlen(text) + 1) : NULL;
}

static bool report(struct problems *problems, const struct setting_place *at, const char *reason)
{
    return problems_add(problems, at->file ? at->file : "", at->line, at->column, at->key ? at->key : "",
                        "%s", reason);
}

/* NULL with a problem, for every shop that names no zone. */
static const struct known_zone *zone_for(struct shop_policies *policies, const struct shop_setting *setting,
                                         struct problems *problems)
{
    const char *name = setting->timezone ? setting->timezone : "UTC";
    struct err err;
    for (const struct known_zone *zone = policies->zones; zone; zone = zone->next)
        if (strcmp(zone->name, name) == 0)
            return zone;
    struct known_zone *zone = arena_alloc(&policies->arena, sizeof *zone);
    if (!named_zone_load(name, &zone->zone, &err)) {
        (void)report(problems, &setting->timezone_at, err.text);
        return NULL;
    }
    zone->name = keep_text(policies, name);
    zone->next = policies->zones;
    policies->zones = zone;
    return zone;
}

static struct known_pack *pack_add(struct shop_policies *policies, const char *path,
                                   struct problems *problems)
{
    struct known_pack *pack = arena_alloc(&policies->arena, sizeof *pack);
    *pack = (struct known_pack){.next = policies->packs, .path = keep_text(policies, path)};
    pack->pack = fee_pack_load(path, problems);
    policies->packs = pack;
    return pack;
}

/* NULL with a problem. What is wrong inside a pack is said once, that it cannot be opened for every shop that
 * names it. */
static const struct fee_schedule *fees_for(struct shop_policies *policies, const struct shop_setting *setting,
                                           struct problems *problems)
{
    const char *path = setting->fees_path;
    if (!path)
        return &no_fees;
    struct known_pack *pack = policies->packs;
    while (pack && strcmp(pack->path, path) != 0)
        pack = pack->next;
    if (!pack && access(path, R_OK) != 0) {
        struct err err;
        (void)err_set(&err, ERR_FATAL, EXIT_CODE_CONFIG, "cannot read the fee pack %s: %s", path,
                      strerror(errno));
        (void)report(problems, &setting->fees_at, err.text);
        return NULL;
    }
    if (!pack)
        pack = pack_add(policies, path, problems);
    return pack->pack ? fee_pack_schedule(pack->pack) : NULL;
}

static const char *flag_at(const void *ctx, size_t i)
{
    const struct fee_schedule *fees = ctx;
    return i < fees->flag_count ? fees->flag_names[i] : NULL;
}

static bool flag_unknown(const struct fee_schedule *fees, const struct shop_flag_setting *flag, struct problems *problems)
{
    struct err err;
    const char *nearest = suggest(flag->name, flag_at, fees);
    if (nearest)
        (void)err_set(&err, ERR_FATAL, EXIT_CODE_CONFIG, "the fee pack knows no flag \"%s\"; did you mean %s?", flag->name,
                      nearest);
    else
        (void)err_set(&err, ERR_FATAL, EXIT_CODE_CONFIG, "the fee pack knows no flag \"%s\"", flag->name);
    return report(problems, &flag->at, err.text);
}

static bool flag_make(const struct zone *zone, const struct fee_schedule *fees, const struct shop_flag_setting *setting,
                      struct problems *problems, struct fee_flag *ret_flag)
{
    uint32_t bit = 0;
    while (bit < fees->flag_count && strcmp(fees->flag_names[bit], setting->name) != 0)
        bit++;
    if (bit == fees->flag_count)
        return flag_unknown(fees, setting, problems);
    *ret_flag = (struct fee_flag){bit, INT64_MIN, INT64_MAX};
    if (setting->from_local_us != INT64_MIN)
        ret_flag->from_us = zone_to_utc_us(zone, setting->from_local_us);
    if (setting->to_local_us != INT64_MAX)
        ret_flag->to_us = zone_to_utc_us(zone, setting->to_local_us);
    return true;
}

static bool seller_make(struct shop_policies *policies, const struct shop_setting *setting, const struct zone *zone,
                        const struct fee_schedule *fees, struct problems *problems, struct fee_seller *ret_seller)
{
    struct fee_flag *flags = arena_alloc(&policies->arena, setting->flag_count * sizeof *flags);
    bool ok = true;
    for (size_t i = 0; i < setting->flag_count; i++)
        ok = flag_make(zone, fees, &setting->flags[i], problems, &flags[i]) && ok;
    *ret_seller = (struct fee_seller){
        .opened_at_us = setting->opened_local_us ? zone_to_utc_us(zone, setting->opened_local_us) : EVENT_ABSENT,
        .flags = flags,
        .flag_count = (uint32_t)setting->flag_count};
    return ok;
}

static bool policy_make(struct shop_policies *policies, const struct shop_setting *setting,
                        struct problems *problems, struct shop_policy *ret_policy)
{
    const struct known_zone *zone = zone_for(policies, setting, problems);
    const struct fee_schedule *fees = fees_for(policies, setting, problems);
    struct fee_seller seller;
    if (!zone || !fees || !seller_make(policies, setting, &zone->zone, fees, problems, &seller))
        return false;
    *ret_policy = (struct shop_policy){.zone = &zone->zone,
                                       .fees = fees,
                                       .seller = seller,
                                       .zone_name = zone->name,
                                       .currency = keep_text(policies, setting->currency),
                                       .amount_scale = setting->amount_scale};
    return true;
}

static int compare_policies(const void *a, const void *b)
{
    return text_compare(((const struct named_policy *)a)->shop_id,
                         ((const struct named_policy *)b)->shop_id);
}

/* Goes through all settings even when one is wrong, so that everything is said at once. */
static bool policies_fill(struct shop_policies *policies, const struct shop_setting *settings, size_t count,
                          struct problems *problems)
{
    const struct shop_setting fallback = {.amount_scale = -1};
    bool ok = policy_make(policies, &fallback, problems, &policies->otherwise);
    policies->named = arena_alloc(&policies->arena, count * sizeof *policies->named);
    for (size_t i = 0; i < count; i++) {
        const char *id = settings[i].shop_id;
        struct named_policy *named = &policies->named[policies->named_count];
        ok = policy_make(policies, &settings[i], problems, id ? &named->policy : &policies->otherwise) && ok;
        if (!id)
            continue;
        named->shop_id = (struct text){keep_text(policies, id), (uint32_t)strlen(id)};
        policies->named_count++;
    }
    qsort(policies->named, policies->named_count, sizeof *policies->named, compare_policies);
    return ok;
}

struct shop_policies *shop_policies_new(const struct shop_setting *settings, size_t count,
                                        struct problems *problems)
{
    struct shop_policies *policies = calloc(1, sizeof *policies);
    if (!policies) {
        (void)problems_add(problems, "", 0, 0, "shops", "memory is out");
        return NULL;
    }
    arena_init(&policies->arena);
    if (policies_fill(policies, settings, count, problems))
        return policies;
    shop_policies_free(policies);
    return NULL;
}

void shop_policies_free(struct shop_policies *policies)
{
    if (!policies)
        return;
    for (struct known_pack *pack = policies->packs; pack; pack = pack->next)
        fee_pack_free(pack->pack);
    arena_done(&policies->arena);
    free(policies);
}

const struct shop_policy *shop_policies_of(void *ctx, struct text shop_id)
{
    const struct shop_policies *policies = ctx;
    size_t low = 0, high = policies->named_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = text_compare(policies->named[middle].shop_id, shop_id);
        if (order == 0)
            return &policies->named[middle].policy;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return &policies->otherwise;
}
