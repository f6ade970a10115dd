/*
 * Alerts as signed JSON to an HTTP server. Each request has X-Tillstream-Signature: sha256=HEX, the HMAC-SHA256 of the raw body under the
 * secret, and X-Tillstream-Id, by which a receiver knows what it has had. Of a shop's alerts within an hour only so many are sent; how many
 * more there were is told when the hour is over.
 */
#ifndef ALERTS_WEBHOOK_H
#define ALERTS_WEBHOOK_H

#include "alerts/alert_channel.h"

/* Borrowed while the channel lives. */
struct webhook_config {
    const char *url; /* http_url_problem has none with it */
    const char *secret;
    int64_t budget_per_shop_hour;
    int64_t timeout_us;
};

/* NULL with err. */
struct alert_channel *webhook_open(const struct webhook_config *config, struct err *err);

/* The bodies, as memory of malloc that is the caller's; NULL when memory is out. */
char *webhook_alert_body(const struct alert *alert, size_t *ret_len);
char *webhook_held_body(const struct held_alerts *held, size_t *ret_len);

#endif
