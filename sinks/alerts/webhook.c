/*
 * One request a round, in the order of the outbox: so whoever wants the thread to end waits for one request at most.
 *   1. A request that was answered with 2xx is settled. Whoever dies between the answer and that sends it again: at least once.
 *   2. After any other answer the same alert is tried again after a wait, and none overtakes it.
 */
#include "alerts/webhook.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alerts/http_post.h"
#include "alerts/signature.h"
#include "common/crash_point.h"

struct webhook {
    struct alert_channel channel; /* first: the vtable is the object */
    struct webhook_config config;
    struct http_post *post;
};

static bool post(struct webhook *webhook, struct hash128 alert_id, char *body, size_t len, struct err *err)
{
    char id[ALERT_ID_CHARS + 1], signature[SIGNATURE_CHARS + 1], id_header[96], signature_header[128];
    const char *const headers[] = {"Content-Type: application/json", id_header, signature_header, "Expect:", NULL};
    bool good = body && signature_make(webhook->config.secret, strlen(webhook->config.secret), body, len, signature);
    if (!good) {
        free(body);
        return err_set(err, ERR_RETRY, EXIT_CODE_INTERNAL, "webhook: out of memory");
    }
    alert_id_text(alert_id, id);
    (void)snprintf(id_header, sizeof id_header, "X-Tillstream-Id: %s", id);
    (void)snprintf(signature_header, sizeof signature_header, "X-Tillstream-Signature: sha256=%s", signature);
    good = http_post_send(webhook->post, headers, body, len, err);
    free(body);
    return good;
}

static bool tell(struct webhook *webhook, struct outbox *outbox, const struct alert *alert, struct err *err)
{
    int64_t sent;
    size_t len;
    if (!outbox_sent_count(outbox, 0, &sent, err))
        return false;
    if (sent >= webhook->config.budget_per_shop_hour)
        return outbox_settle(outbox, 0, false, err);
    char *body = webhook_alert_body(alert, &len);
    if (!post(webhook, alert->id, body, len, err))
        return false;
    crash_point("webhook_answered");
    return outbox_settle(outbox, 0, true, err);
}

static bool tell_held(struct webhook *webhook, struct outbox *outbox, bool *ret_idle, struct err *err)
{
    struct held_alerts held;
    bool there;
    size_t len;
    if (!outbox_held(outbox, &there, &held, err))
        return false;
    if (!there)
        return true;
    *ret_idle = false;
    char *body = webhook_held_body(&held, &len);
    return post(webhook, held.id, body, len, err) && outbox_forget_held(outbox, &held, err);
}

static bool webhook_round(struct alert_channel *self, struct outbox *outbox, bool *ret_idle, struct err *err)
{
    struct webhook *webhook = (struct webhook *)self;
    const struct alert *alerts;
    size_t count;
    if (!outbox_take(outbox, 1, &alerts, &count, err))
        return false;
    *ret_idle = count == 0;
    return count ? tell(webhook, outbox, &alerts[0], err) : tell_held(webhook, outbox, ret_idle, err);
}

static void webhook_close(struct alert_channel *self)
{
    struct webhook *webhook = (struct webhook *)self;
    http_post_free(webhook->post);
    free(webhook);
}

struct alert_channel *webhook_open(const struct webhook_config *config, struct err *err)
{
    struct webhook *webhook = calloc(1, sizeof *webhook);
    if (!webhook) {
        (void)err_set(err, ERR_FATAL, EXIT_CODE_INTERNAL, "out of memory for the webhook");
        return NULL;
    }
    webhook->channel = (struct alert_channel){webhook_round, webhook_close};
    webhook->config = *config;
    webhook->post = http_post_new(config->url, "tillstream/" TILLSTREAM_VERSION, config->timeout_us, err);
    if (webhook->post)
        return &webhook->channel;
    webhook_close(&webhook->channel);
    return NULL;
}
