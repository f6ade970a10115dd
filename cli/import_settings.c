#include "cli/import_settings.h"

#include <stdio.h>
#include <string.h>

#include "common/log.h"
#include "common/suggest.h"
#include "rules/named_zone.h"

const struct import_format *const import_formats[] = {&import_uci_online_retail, &import_olist,          &import_tiktok_orders,
                                                      &import_tiktok_settlement, &import_tiktok_affiliate, &import_shopify_orders,
                                                      NULL};

static const char *format_name_at(const void *ctx, size_t i)
{
    (void)ctx;
    return import_formats[i] ? import_formats[i]->name : NULL;
}

const struct import_format *import_format_find(const char *name, struct err *err)
{
    char all[256] = "";
    for (size_t i = 0; import_formats[i]; i++) {
        if (strcmp(import_formats[i]->name, name) == 0)
            return import_formats[i];
        size_t len = strlen(all);
        (void)snprintf(all + len, sizeof all - len, "%s%s", len ? ", " : "", import_formats[i]->name);
    }
    const char *near = suggest(name, format_name_at, NULL);
    (void)err_set(err, ERR_FATAL, EXIT_CODE_USAGE, "no format is called \"%s\"%s%s%s are: %s", name, near ? "; did you mean \"" : "",
                  near ? near : "", near ? "\"? There" : "; there", all);
    return NULL;
}

static bool check_flags(const struct invocation *invocation, const struct import_format *format, struct err *err)
{
    static const struct {
        const char *name;
        enum import_takes bit;
    } flags[] = {{"shop", IMPORT_TAKES_SHOP},
                 {"market", IMPORT_TAKES_MARKET},
                 {"currency", IMPORT_TAKES_CURRENCY},
                 {"timezone", IMPORT_TAKES_TIMEZONE}};
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
        if (option_of(invocation, flags[i].name)->given && !(format->takes & flags[i].bit))
            return err_set(err, ERR_FATAL, EXIT_CODE_USAGE, "--%s is not for %s: the format says it", flags[i].name, format->name);
    return true;
}

static bool is_capitals(const char *text, size_t len)
{
    return !text || (strlen(text) == len && strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == len);
}

static bool check_texts(const char *shop_id, const char *market, const char *currency, const struct import_format *format, struct err *err)
{
    if (!shop_id || !shop_id[0] || strlen(shop_id) > EVENT_ID_BYTES_MAX)
        return err_set(err, ERR_FATAL, EXIT_CODE_USAGE, "%s files do not say which shop they are of: name it with --shop ID", format->name);
    if (!is_capitals(market, 2))
        return err_set(err, ERR_FATAL, EXIT_CODE_USAGE, "--market needs a country of ISO 3166 such as US, not \"%s\"", market);
    return is_capitals(currency, 3) ||
           err_set(err, ERR_FATAL, EXIT_CODE_USAGE, "--currency needs a currency of ISO 4217 such as USD, not \"%s\"", currency);
}

/* Absent where it is not given. */
static struct text text_given(const char *string)
{
    return string ? text_of(string) : (struct text){NULL, 0};
}

/* The zone of the files' local times: asked for, else the format's own, else the shop's. */
static bool settle_zone(struct settled *settled, const char *asked_for, const struct import_format *format,
                        const struct shop_policy *policy, struct err *err)
{
    const char *name = asked_for ? asked_for : format->timezone;
    settled->zone_name = name ? name : policy->zone_name;
    settled->settings.zone = name ? &settled->zone : policy->zone;
    if (name && !named_zone_load(name, &settled->zone, err)) {
        err->exit_code = EXIT_CODE_USAGE;
        return false;
    }
    if (strcmp(settled->zone_name, policy->zone_name) != 0)
        log_warn("times are read as %s, but the configuration has shop %.*s in %s, where its days will begin; set shops.\"%.*s\".timezone",
                 settled->zone_name, (int)settled->settings.shop_id.len, settled->settings.shop_id.ptr, policy->zone_name,
                 (int)settled->settings.shop_id.len, settled->settings.shop_id.ptr);
    return true;
}

static bool settle_currency(struct settled *settled, const char *asked_for, const struct import_format *format,
                            const struct shop_policy *policy, struct err *err)
{
    const char *said = asked_for ? asked_for : format->currency, *currency = said ? said : policy->currency;
    if (currency && policy->currency && strcmp(currency, policy->currency) != 0)
        return err_set(err, ERR_FATAL, EXIT_CODE_USAGE, "the configuration has shop %.*s in %s, this would be %s",
                       (int)settled->settings.shop_id.len, settled->settings.shop_id.ptr, policy->currency, currency);
    settled->settings.currency = text_given(currency);
    settled->settings.amount_scale = policy->amount_scale;
    return true;
}

bool import_settings_make(struct settled *ret_settled, const struct invocation *invocation, const struct import_format *format,
                          struct err *err)
{
    const char *shop_id = option_text(invocation, "shop", format->shop_id), *market = option_text(invocation, "market", format->market);
    const char *currency = option_text(invocation, "currency", NULL), *zone = option_text(invocation, "timezone", NULL);
    if (!check_flags(invocation, format, err) || !check_texts(shop_id, market, currency, format, err))
        return false;
    const struct shop_policy *policy = shop_policies_of(invocation->config->policies, text_of(shop_id));
    ret_settled->settings.shop_id = text_of(shop_id);
    ret_settled->settings.market = text_given(market);
    return settle_zone(ret_settled, zone, format, policy, err) && settle_currency(ret_settled, currency, format, policy, err);
}
