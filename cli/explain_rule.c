#include "cli/explain_rule.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "core/money.h"

#define LISTED_MAX 6

void phrase_add(struct phrase *phrase, const char *format, ...)
{
    va_list arguments;
    size_t room = sizeof phrase->text - phrase->used;
    va_start(arguments, format);
    int len = vsnprintf(phrase->text + phrase->used, room, format, arguments);
    va_end(arguments);
    phrase->used += len < 0 ? 0 : (size_t)len < room ? (size_t)len : room - 1;
}

const char *explain_class_name(enum fee_class class)
{
    static const char *const names[FEE_CLASS_COUNT] = {"platform fee", "payment fee", "affiliate commission", "other fee"};
    return names[class];
}

const char *explain_level_name(enum fee_level level)
{
    static const char *const names[FEE_LEVEL_COUNT] = {"order", "line", "unit", "SKU"};
    return names[level];
}

const char *explain_status_name(enum order_status status)
{
    static const char *const names[ORDER_STATUS_COUNT + 1] = {"UNPAID",    "PAID",      "SHIPPED", "DELIVERED",
                                                              "COMPLETED", "CANCELLED", "ON_HOLD", "of no known status"};
    return names[status];
}

const char *explain_clock_name(enum fee_clock clock)
{
    static const char *const names[FEE_CLOCK_COUNT] = {"creation", "delivery", "settlement"};
    return names[clock];
}

struct phrase explain_validity(const struct fee_schedule *schedule, const struct fee_rule *rule)
{
    struct phrase phrase = {.used = 0};
    const char *zone = schedule->zone ? schedule->zone_name : "UTC";
    if (rule->valid_from_us == INT64_MIN && rule->valid_to_us == INT64_MAX)
        phrase_add(&phrase, "always");
    if (rule->valid_from_us != INT64_MIN)
        phrase_add(&phrase, "from %s", figure_boundary(rule->valid_from_us, schedule->zone).text);
    if (rule->valid_to_us != INT64_MAX)
        phrase_add(&phrase, "%suntil %s", phrase.used ? " " : "", figure_boundary(rule->valid_to_us, schedule->zone).text);
    if (rule->valid_from_us != INT64_MIN || rule->valid_to_us != INT64_MAX)
        phrase_add(&phrase, " %s%s", zone, rule->valid_to_us == INT64_MAX ? ", no end" : "");
    return phrase;
}

static const char *joint(const struct phrase *phrase)
{
    return phrase->used ? "; " : "";
}

static void add_texts(struct phrase *phrase, const char *one, const struct fee_texts *texts)
{
    if (!texts->count)
        return;
    phrase_add(phrase, "%s%s %s", joint(phrase), one, texts->except ? "not " : "");
    for (uint32_t i = 0; i < texts->count && i < LISTED_MAX; i++)
        phrase_add(phrase, "%s%.*s", i ? ", " : "", (int)texts->items[i].len, texts->items[i].ptr);
    if (texts->count > LISTED_MAX)
        phrase_add(phrase, " and %" PRIu32 " more", texts->count - LISTED_MAX);
}

static void add_flags(struct phrase *phrase, const struct fee_schedule *schedule, uint64_t flags, const char *with)
{
    for (uint32_t i = 0; i < schedule->flag_count; i++)
        if (flags >> i & 1)
            phrase_add(phrase, "%sshops %s the flag %s", joint(phrase), with, schedule->flag_names[i]);
}

static void add_presence(struct phrase *phrase, enum fee_presence wanted, const char *present, const char *absent)
{
    if (wanted != FEE_PRESENT_OR_NOT)
        phrase_add(phrase, "%s%s", joint(phrase), wanted == FEE_PRESENT ? present : absent);
}

struct phrase explain_conditions(const struct fee_schedule *schedule, const struct fee_rule *rule)
{
    static const char *const reached[] = {"", "paid orders", "shipped orders", "delivered orders"};
    const struct fee_when *when = rule->when;
    struct phrase phrase = {.used = 0};
    if (!when)
        return phrase;
    add_texts(&phrase, "market", &when->markets);
    add_texts(&phrase, "category", &when->categories);
    if (when->reached != FEE_REACHED_ANY)
        phrase_add(&phrase, "%s%s", joint(&phrase), reached[when->reached]);
    add_presence(&phrase, when->affiliate, "sold by a creator", "not sold by a creator");
    add_presence(&phrase, when->shop_ads, "sold by shop ads", "not sold by shop ads");
    if (when->shop_age_from_days)
        phrase_add(&phrase, "%sshops open for %" PRId32 " days", joint(&phrase), when->shop_age_from_days);
    if (when->shop_age_below_days)
        phrase_add(&phrase, "%sshops open for less than %" PRId32 " days", joint(&phrase), when->shop_age_below_days);
    add_flags(&phrase, schedule, when->flags_on, "with");
    add_flags(&phrase, schedule, when->flags_off, "without");
    return phrase;
}

static void add_admin(struct phrase *phrase, const struct fee_schedule *schedule, const struct admin_fee *admin,
                      int32_t amount_scale)
{
    int64_t cap = -1;
    phrase_add(phrase, ", less %s of it", figure_rate(admin->rate_ppm).text);
    if (admin->cap_minor >= 0 && money_rescale(admin->cap_minor, schedule->amount_scale, amount_scale, &cap))
        phrase_add(phrase, " (at most %s per %s)", figure_money(cap, amount_scale).text, explain_level_name(admin->level));
    if (admin->valid_from_us != INT64_MIN)
        phrase_add(phrase, " from %s", figure_boundary(admin->valid_from_us, schedule->zone).text);
    if (admin->valid_to_us != INT64_MAX)
        phrase_add(phrase, " until %s", figure_boundary(admin->valid_to_us, schedule->zone).text);
    if (admin->free_for_buyer)
        phrase_add(phrase, " unless the buyer cancels before shipping");
}

struct phrase explain_refund_policy(const struct fee_schedule *schedule, const struct fee_rule *rule, int64_t from_us,
                                    int32_t amount_scale)
{
    static const char *const kinds[FEE_REFUND_KIND_COUNT] = {"kept", "returned", "returned with the refunded part",
                                                             "as the fees it is charged on"};
    static const char *const before[] = {"", "returned before shipping, then ", "returned before delivery, then "};
    const struct fee_refund_policy *policy = &rule->refund;
    struct phrase phrase = {.used = 0};
    phrase_add(&phrase, "%s%s", before[policy->reversed_before], kinds[policy->kind]);
    if (policy->kind == FEE_RETURNED)
        phrase_add(&phrase, policy->partial_pro_rata ? ", in part where less is refunded" : ", kept while less than the order is refunded");
    if (policy->fixed_kept_on_partial)
        phrase_add(&phrase, "; its fixed part is kept unless the whole order comes back");
    for (uint32_t i = 0; i < policy->admin_count; i++)
        if (policy->admins[i].valid_to_us > from_us)
            add_admin(&phrase, schedule, &policy->admins[i], amount_scale);
    return phrase;
}
