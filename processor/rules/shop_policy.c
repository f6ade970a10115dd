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

/* Which events of the configuration a shop knows: a bit each. */
struct known_events {
    uint64_t bits[CALENDAR_EVENTS_MAX / 64];
};

struct known_calendar {
    struct known_calendar *next;
    const struct zone *zone;
    struct known_events of;
    struct calendar calendar;
};

struct named_policy {
    struct text shop_id;
    const char *market; /* NULL: not said */
    struct shop_policy policy;
};

struct shop_policies {
    struct arena arena; /* all but what packs own themselves */
    struct known_zone *zones;
    struct known_pack *packs;
    struct known_calendar *calendars;
    struct named_policy *named; /* sorted by shop_id */
    size_t named_count;
    struct named_policy otherwise; /* shop_id: absent */
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

static bool named_make(struct shop_policies *policies, const struct shop_setting *setting, struct problems *problems,
                       struct named_policy *ret_named)
{
    const char *id = keep_text(policies, setting->shop_id);
    *ret_named = (struct named_policy){.shop_id = id ? text_of(id) : (struct text){NULL, 0},
                                       .market = keep_text(policies, setting->market)};
    return policy_make(policies, setting, problems, &ret_named->policy);
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
    bool ok = named_make(policies, &fallback, problems, &policies->otherwise);
    policies->named = arena_alloc(&policies->arena, count * sizeof *policies->named);
    for (size_t i = 0; i < count; i++) {
        struct named_policy *named = settings[i].shop_id ? &policies->named[policies->named_count++] : &policies->otherwise;
        ok = named_make(policies, &settings[i], problems, named) && ok;
    }
    qsort(policies->named, policies->named_count, sizeof *policies->named, compare_policies);
    return ok;
}

static struct named_policy *policy_find(struct shop_policies *policies, struct text shop_id)
{
    size_t low = 0, high = policies->named_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = text_compare(policies->named[middle].shop_id, shop_id);
        if (order == 0)
            return &policies->named[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return &policies->otherwise;
}

/* Shops that only the calendar names are as every other one, but for the calendar. */
static void name_shops_of(struct shop_policies *policies, const struct calendar_settings *settings)
{
    size_t room = policies->named_count, count = 0;
    for (size_t i = 0; i < settings->count; i++)
        room += settings->items[i].shop_count;
    struct named_policy *named = arena_alloc(&policies->arena, room * sizeof *named);
    for (; count < policies->named_count; count++)
        named[count] = policies->named[count];
    for (size_t i = 0; i < settings->count; i++)
        for (size_t j = 0; j < settings->items[i].shop_count; j++) {
            struct text shop_id = text_of(settings->items[i].shops[j]);
            if (policy_find(policies, shop_id) != &policies->otherwise)
                continue;
            named[count] = policies->otherwise;
            named[count++].shop_id = text_of(keep_text(policies, shop_id.ptr));
        }
    qsort(named, count, sizeof *named, compare_policies);
    policies->named = named;
    policies->named_count = 0;
    for (size_t i = 0; i < count; i++)
        if (!i || compare_policies(&named[i - 1], &named[i]) != 0)
            named[policies->named_count++] = named[i];
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(a, *(const char *const *)b);
}

static bool has_name(const char *const *names, size_t count, const char *name)
{
    return name && bsearch(name, names, count, sizeof *names, compare_names);
}

static bool has_market(const struct calendar_setting *setting, const char *market)
{
    for (size_t i = 0; market && i < setting->market_count; i++)
        if (strcmp(setting->markets[i], market) == 0)
            return true;
    return false;
}

static struct known_events events_of(const struct calendar_settings *settings, const struct named_policy *named)
{
    struct known_events of = {{0}};
    for (size_t i = 0; i < settings->count; i++) {
        const struct calendar_setting *setting = &settings->items[i];
        bool shop = !setting->shop_count || has_name(setting->shops, setting->shop_count, named->shop_id.ptr);
        bool market = !setting->market_count || has_market(setting, named->market);
        of.bits[i / 64] |= (uint64_t)(shop && market) << i % 64;
    }
    return of;
}

static const struct calendar_event *event_make(struct shop_policies *policies, const struct zone *zone,
                                               const struct calendar_setting *setting)
{
    struct calendar_event *event = arena_alloc(&policies->arena, sizeof *event);
    *event = (struct calendar_event){.from_us = zone_to_utc_us(zone, setting->from_local_us),
                                     .to_us = zone_to_utc_us(zone, setting->to_local_us),
                                     .name = keep_text(policies, setting->name),
                                     .action = setting->action,
                                     .factor = setting->factor};
    return event;
}

static const struct calendar *calendar_add(struct shop_policies *policies, const struct calendar_settings *settings,
                                           const struct zone *zone, const struct known_events *of)
{
    const struct calendar_event *events[CALENDAR_EVENTS_MAX];
    struct calendar_span spans[CALENDAR_SPANS(CALENDAR_EVENTS_MAX)];
    struct known_calendar *known = arena_alloc(&policies->arena, sizeof *known);
    for (size_t i = 0; i < settings->count; i++)
        events[i] = of->bits[i / 64] >> i % 64 & 1 ? event_make(policies, zone, &settings->items[i]) : NULL;
    size_t count = calendar_make(events, settings->count, spans);
    *known = (struct known_calendar){.next = policies->calendars, .zone = zone, .of = *of};
    known->calendar = (struct calendar){arena_copy(&policies->arena, spans, count * sizeof *spans), count};
    policies->calendars = known;
    return &known->calendar;
}

static const struct calendar *calendar_for(struct shop_policies *policies, const struct calendar_settings *settings,
                                           const struct named_policy *named)
{
    const struct known_events of = events_of(settings, named), none = {{0}};
    if (memcmp(&of, &none, sizeof of) == 0)
        return NULL;
    for (const struct known_calendar *known = policies->calendars; known; known = known->next)
        if (known->zone == named->policy.zone && memcmp(&known->of, &of, sizeof of) == 0)
            return &known->calendar;
    return calendar_add(policies, settings, named->policy.zone, &of);
}

static void calendars_fill(struct shop_policies *policies, const struct calendar_settings *settings)
{
    name_shops_of(policies, settings);
    policies->otherwise.policy.calendar = calendar_for(policies, settings, &policies->otherwise);
    for (size_t i = 0; i < policies->named_count; i++)
        policies->named[i].policy.calendar = calendar_for(policies, settings, &policies->named[i]);
}

struct shop_policies *shop_policies_new(const struct shop_setting *settings, size_t count,
                                        const struct calendar_settings *calendar, struct problems *problems)
{
    struct shop_policies *policies = calloc(1, sizeof *policies);
    if (!policies) {
        (void)problems_add(problems, "", 0, 0, "shops", "memory is out");
        return NULL;
    }
    arena_init(&policies->arena);
    if (!policies_fill(policies, settings, count, problems)) {
        shop_policies_free(policies);
        return NULL;
    }
    if (calendar)
        calendars_fill(policies, calendar);
    return policies;
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
    return &policy_find(ctx, shop_id)->policy;
}
