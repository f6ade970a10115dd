#include "alerts/webhook.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static struct alert sample(void)
{
    return (struct alert){.id = {.hi = 1, .lo = UINT64_C(0xabcdef0000000000)},
                          .kind = text_of("incident"),
                          .shop_id = text_of("shop-\"7\"\n"),
                          .metric = text_of("gross"),
                          .dimension = text_of("sku"),
                          .key = text_of("red\\shoe"),
                          .status = text_of("open"),
                          .severity = text_of("alert"),
                          .direction = text_of("below"),
                          .hypothesis = text_of("orders -36 %"),
                          .currency = text_of("USD"),
                          .amount_scale = 2,
                          .revision = 3,
                          .since_us = 1,
                          .until_us = 2,
                          .closed_us = EVENT_ABSENT,
                          .value = 0.5};
}

Test(webhook_body, says_all_of_an_alert_and_escapes_what_records_say)
{
    static const char *const parts[] = {"{\"id\": \"0000000000000001abcdef0000000000\", \"kind\": \"incident\"",
                                        "\"shop_id\": \"shop-\\\"7\\\"\\u000a\"",
                                        "\"text\": \"incident open: gross of sku red\\\\shoe is below what was expected; orders -36 %\"",
                                        "\"closed_at\": null", "\"value\": 0.5", "\"revision\": 3"};
    struct alert alert = sample();
    size_t len;
    char *body = webhook_alert_body(&alert, &len);
    cr_assert_eq(strlen(body), len);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        cr_assert_not_null(strstr(body, parts[i]), "%s is not in %s", parts[i], body);
    free(body);
}

Test(webhook_body, of_what_was_held_back_says_how_many)
{
    struct held_alerts held = {.shop_id = text_of("shop-7"), .hour_us = 3600000000, .count = 12};
    size_t len;
    char *body = webhook_held_body(&held, &len);
    cr_assert_not_null(strstr(body, "\"kind\": \"held_back\""));
    cr_assert_not_null(strstr(body, "12 more alerts of shop shop-7"));
    cr_assert_not_null(strstr(body, "\"count\": 12"));
    free(body);
}
